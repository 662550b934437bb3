#include "record/event.h"

#include "base/memory.h"

#include <string.h>

/* Numbers of the fields, and how they lie in the file: event.proto, summary.proto, plugin_data.proto (hparams) and
 * struct.proto. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_SUMMARY = 5, SUMMARY_VALUE = 1 };
enum { VALUE_TAG = 1, VALUE_SIMPLE = 2, VALUE_METADATA = 9, METADATA_PLUGIN = 1 };
enum { PLUGIN_NAME = 1, PLUGIN_CONTENT = 2, CONTENT_START = 3, START_HPARAMS = 1 };
enum { ENTRY_KEY = 1, ENTRY_VALUE = 2, STRUCT_NUMBER = 2, STRUCT_STRING = 3 };
enum { FRAME_HEAD = 12, FRAME_TAIL = 4, MAX_VARINT = 10 };

/* CRC-32C (Castagnoli), reflected, four bits at a time. */
static uint32_t checksum(const unsigned char *bytes, size_t size) {
  static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                     0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                     0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ table[crc & 15];
    crc = (crc >> 4) ^ table[crc & 15];
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8; /* masked: a checksum of data that holds checksums */
}

static void store(unsigned char *at, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(number >> (8 * i));
}

static uint64_t load(const unsigned char *at, int bytes) {
  uint64_t number = 0;
  for (int i = 0; i < bytes; i++) number |= (uint64_t)at[i] << (8 * i);
  return number;
}

/* Room for `count` more bytes; NULL when there is none. */
static unsigned char *grow(rl_event *event, size_t count) {
  if (event->failed) return NULL;
  if (event->size + count > event->capacity) {
    size_t capacity = 2 * (event->size + count) + 256;
    unsigned char *bytes = rl_allocate(capacity, 1);
    if (!bytes) {
      event->failed = true;
      return NULL;
    }
    if (event->size) memcpy(bytes, event->bytes, event->size);
    rl_release(event->bytes);
    event->bytes = bytes;
    event->capacity = capacity;
  }
  event->size += count;
  return event->bytes + event->size - count;
}

static void put(rl_event *event, const void *data, size_t size) {
  unsigned char *at = size ? grow(event, size) : NULL;
  if (at) memcpy(at, data, size);
}

static size_t varint_size(uint64_t number) {
  size_t size = 1;
  for (; number > 127; number >>= 7) size++;
  return size;
}

static void put_varint(rl_event *event, uint64_t number) {
  unsigned char bytes[MAX_VARINT];
  size_t size = 0;
  for (; number > 127; number >>= 7) bytes[size++] = (unsigned char)(number | 128);
  bytes[size++] = (unsigned char)number;
  put(event, bytes, size);
}

static void put_key(rl_event *event, unsigned field, unsigned type) { put_varint(event, field << 3 | type); }

static void put_fixed(rl_event *event, unsigned field, unsigned type, uint64_t number) {
  unsigned char bytes[8];
  int size = type == FIXED64 ? 8 : 4;
  store(bytes, number, size);
  put_key(event, field, type);
  put(event, bytes, (size_t)size);
}

static void put_double(rl_event *event, unsigned field, double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  put_fixed(event, field, FIXED64, bits);
}

/* The key and the length of what follows, `size` bytes. */
static void open_bytes(rl_event *event, unsigned field, size_t size) {
  put_key(event, field, BYTES);
  put_varint(event, size);
}

static void put_text(rl_event *event, unsigned field, const char *text) {
  open_bytes(event, field, strlen(text));
  put(event, text, strlen(text));
}

/* How long a field of bytes is with its key (of one byte) and its length. */
static size_t with_head(size_t size) { return 1 + varint_size(size) + size; }

/* Puts a head before all that is there from `from` on. */
static void enclose(rl_event *event, size_t from, unsigned field) {
  size_t size = event->size - from, head = with_head(size) - size;
  if (!grow(event, head)) return;
  memmove(event->bytes + from + head, event->bytes + from, size);
  event->size = from;
  open_bytes(event, field, size);
  event->size = from + head + size;
}

void rl_event_release(rl_event *event) {
  rl_release(event->bytes);
  *event = (rl_event){0};
}

/* Between begin and end the bytes are the summary. */
void rl_event_begin(rl_event *event) {
  event->size = 0;
  event->failed = false;
}

void rl_event_number(rl_event *event, const char *tag, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  open_bytes(event, SUMMARY_VALUE, with_head(strlen(tag)) + 5);
  put_text(event, VALUE_TAG, tag);
  put_fixed(event, VALUE_SIMPLE, FIXED32, bits);
}

/* An entry of a map from name to value. */
void rl_event_setting(rl_event *event, const char *name, double number, const char *text) {
  size_t value = text ? with_head(strlen(text)) : 9;
  open_bytes(event, START_HPARAMS, with_head(strlen(name)) + with_head(value));
  put_text(event, ENTRY_KEY, name);
  open_bytes(event, ENTRY_VALUE, value);
  if (text)
    put_text(event, STRUCT_STRING, text);
  else
    put_double(event, STRUCT_NUMBER, number);
}

/* What was entered becomes the content of a value that belongs to the plug-in. */
void rl_event_end_settings(rl_event *event) {
  static const char plugin[] = "hparams", tag[] = "_hparams_/session_start_info";
  enclose(event, 0, CONTENT_START);
  enclose(event, 0, PLUGIN_CONTENT);
  put_text(event, PLUGIN_NAME, plugin);
  enclose(event, 0, METADATA_PLUGIN);
  enclose(event, 0, VALUE_METADATA);
  put_text(event, VALUE_TAG, tag);
  enclose(event, 0, SUMMARY_VALUE);
}

rl_status rl_event_end(rl_event *event, double wall_time, int64_t step, rl_error *error) {
  enclose(event, 0, EVENT_SUMMARY);
  size_t summary = event->size, fields = 9 + 1 + varint_size((uint64_t)step), length = fields + summary;
  if (!grow(event, FRAME_HEAD + fields + FRAME_TAIL))
    return rl_fail(error, RL_NO_MEMORY, "out of memory for an event");
  unsigned char *record = event->bytes, *message = record + FRAME_HEAD;
  memmove(message + fields, record, summary);
  event->size = FRAME_HEAD;
  put_double(event, EVENT_WALL_TIME, wall_time);
  put_key(event, EVENT_STEP, VARINT);
  put_varint(event, (uint64_t)step);
  store(record, length, 8);
  store(record + 8, checksum(record, 8), 4);
  store(message + length, checksum(message, length), 4);
  event->size = FRAME_HEAD + length + FRAME_TAIL;
  return RL_OK;
}

/* Reads a number of variable length from *at on and moves it; false when it does not end. */
static bool read_varint(const unsigned char **at, const unsigned char *end, uint64_t *number) {
  *number = 0;
  for (int shift = 0; *at < end && shift < 64; shift += 7) {
    unsigned char byte = *(*at)++;
    *number |= (uint64_t)(byte & 127) << shift;
    if (!(byte & 128)) return true;
  }
  return false;
}

/* The step of an Event, 0 where it has none; false for what is no message. */
static bool read_step(const unsigned char *at, const unsigned char *end, int64_t *step) {
  *step = 0;
  while (at < end) {
    uint64_t key, number;
    if (!read_varint(&at, end, &key)) return false;
    if ((key & 7) == VARINT) {
      if (!read_varint(&at, end, &number)) return false;
      if (key >> 3 == EVENT_STEP) *step = (int64_t)number;
      continue;
    }
    uint64_t size = (key & 7) == FIXED64 ? 8 : 4;
    if ((key & 7) == BYTES && !read_varint(&at, end, &size)) return false;
    if (((key & 7) != FIXED64 && (key & 7) != FIXED32 && (key & 7) != BYTES) || size > (uint64_t)(end - at))
      return false;
    at += size;
  }
  return true;
}

size_t rl_event_cut(const unsigned char *bytes, size_t size, int64_t step) {
  size_t at = 0;
  while (size - at >= FRAME_HEAD + FRAME_TAIL) {
    const unsigned char *record = bytes + at;
    uint64_t length = load(record, 8);
    int64_t of_record;
    if (load(record + 8, 4) != checksum(record, 8) || length > size - at - FRAME_HEAD - FRAME_TAIL) break;
    const unsigned char *data = record + FRAME_HEAD;
    if (load(data + length, 4) != checksum(data, (size_t)length) ||
        !read_step(data, data + length, &of_record) || of_record > step)
      break;
    at += FRAME_HEAD + (size_t)length + FRAME_TAIL;
  }
  return at;
}
