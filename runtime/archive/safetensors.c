/* The file of an archive: its checksum, the header that is written and the header that is read. */
#include "archive/archive_internal.h"

#include "base/memory.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are written as they lie in memory");

static const size_t MAX_HEADER = 100000000;           /* bytes, as in the safetensors library */
static const double MAX_INTEGER = 9007199254740992.0; /* 2^53: JSON numbers arrive as doubles */

/* The checksum: FNV-1a, 64 bits, over everything but itself in the order of the names */

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text) {
  return hash_bytes(hash, text, strlen(text) + 1);
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(rl_array *const *)a)->name, (*(rl_array *const *)b)->name);
}

static int by_key(const void *a, const void *b) {
  return strcmp(((const rl_string *)a)->key, ((const rl_string *)b)->key);
}

/* Copies of the two lists in the order of the names; false when out of memory. */
static bool sorted_lists(const rl_archive *archive, rl_array ***arrays, rl_string **strings) {
  size_t n = (size_t)archive->n_arrays, m = (size_t)archive->n_strings;
  *arrays = rl_allocate(n, sizeof **arrays);
  *strings = rl_allocate(m, sizeof **strings);
  if (!*arrays || !*strings) return false;
  if (n) memcpy(*arrays, archive->arrays, n * sizeof **arrays);
  if (m) memcpy(*strings, archive->strings, m * sizeof **strings);
  qsort(*arrays, n, sizeof **arrays, by_name);
  qsort(*strings, m, sizeof **strings, by_key);
  return true;
}

/* Writes 16 hexadecimal digits; false when out of memory. */
static bool checksum(const rl_archive *archive, char digits[17]) {
  rl_array **arrays = NULL;
  rl_string *strings = NULL;
  bool done = sorted_lists(archive, &arrays, &strings);
  uint64_t hash = 0xcbf29ce484222325u;
  for (int i = 0; done && i < archive->n_arrays; i++) {
    const rl_array *array = arrays[i];
    hash = hash_text(hash, array->name);
    hash = hash_text(hash, rl_dtypes[array->dtype].name);
    hash = hash_bytes(hash, array->shape, (size_t)array->ndim * sizeof *array->shape);
    hash = hash_bytes(hash, array->data, rl_array_size(array));
  }
  for (int i = 0; done && i < archive->n_strings; i++) {
    if (!strcmp(strings[i].key, RL_CHECKSUM)) continue;
    hash = hash_text(hash, strings[i].key);
    hash = hash_text(hash, strings[i].value);
  }
  rl_release(arrays);
  rl_release(strings);
  snprintf(digits, 17, "%016" PRIx64, hash);
  return done;
}

/* Writing */

/* Adds an array's description to the header. */
static bool describe_array(cJSON *header, const rl_array *array, size_t begin) {
  char shape[RL_ARCHIVE_DIMS * 21 + 2] = "", offsets[64];
  size_t used = 0;
  for (int i = 0; i < array->ndim; i++)
    used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? "," : "[", array->shape[i]);
  snprintf(shape + used, sizeof shape - used, "%s", used ? "]" : "[]");
  snprintf(offsets, sizeof offsets, "[%zu,%zu]", begin, begin + rl_array_size(array));
  cJSON *item = cJSON_AddObjectToObject(header, array->name);
  return item && cJSON_AddStringToObject(item, "dtype", rl_dtypes[array->dtype].name) &&
         cJSON_AddRawToObject(item, "shape", shape) && cJSON_AddRawToObject(item, "data_offsets", offsets);
}

static bool describe_strings(cJSON *header, const rl_archive *archive) {
  char digits[17];
  cJSON *metadata = cJSON_AddObjectToObject(header, RL_METADATA);
  if (!metadata || !checksum(archive, digits)) return false;
  for (int i = 0; i < archive->n_strings; i++) {
    const rl_string *s = &archive->strings[i];
    if (strcmp(s->key, RL_CHECKSUM) && !cJSON_AddStringToObject(metadata, s->key, s->value)) return false;
  }
  return cJSON_AddStringToObject(metadata, RL_CHECKSUM, digits) != NULL;
}

/* The header's text, and in `pieces` the data in file order: large elements first, so that each array is
 * aligned for its type. NULL when out of memory; to be freed with cJSON_free. */
static char *header_text(const rl_archive *archive, rl_file_piece *pieces) {
  static const size_t sizes[] = {8, 4, 1};
  cJSON *header = cJSON_CreateObject();
  bool done = header && describe_strings(header, archive);
  size_t offset = 0;
  for (int s = 0; s < 3; s++) {
    for (int i = 0; done && i < archive->n_arrays; i++) {
      const rl_array *array = archive->arrays[i];
      if (rl_dtypes[array->dtype].size != sizes[s]) continue;
      done = describe_array(header, array, offset);
      *pieces++ = (rl_file_piece){array->data, rl_array_size(array)};
      offset += rl_array_size(array);
    }
  }
  char *text = done ? cJSON_PrintUnformatted(header) : NULL;
  cJSON_Delete(header);
  return text;
}

rl_status rl_archive_save(const rl_archive *archive, const char *path, rl_error *error) {
  size_t n = (size_t)archive->n_arrays + 3;
  rl_file_piece *pieces = rl_allocate(n, sizeof *pieces);
  char *text = pieces ? header_text(archive, pieces + 3) : NULL;
  rl_status status;
  if (text) {
    size_t length = strlen(text), padding = (8 - length % 8) % 8; /* spaces, so that the data is aligned */
    uint64_t header_length = length + padding;
    pieces[0] = (rl_file_piece){&header_length, sizeof header_length};
    pieces[1] = (rl_file_piece){text, length};
    pieces[2] = (rl_file_piece){"        ", padding};
    status = rl_write_pieces(path, pieces, n, error);
  } else {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory writing %s", path);
  }
  cJSON_free(text);
  rl_release(pieces);
  return status;
}

/* Reading */

typedef struct reader {
  const char *path;
  const unsigned char *data; /* after the header */
  size_t size;
  rl_archive *archive;
  bool *altered; /* NULL: a checksum that does not match is an error */
  rl_error *error;
} reader;

/* A whole number in [0, 2^53]. */
static bool read_integer(const cJSON *item, int64_t *value) {
  if (!cJSON_IsNumber(item)) return false;
  double number = item->valuedouble;
  if (!(number >= 0 && number <= MAX_INTEGER)) return false;
  *value = (int64_t)number;
  return (double)*value == number;
}

/* The name is the file's own; but whatever else the file may be, its first bytes are the length of JSON that comes next. */
static rl_status bad_array(const reader *r, const char *name, const char *what) {
  return rl_fail(r->error, RL_BAD_FORMAT, "%s: array \"%.64s\": %s", r->path, name, what);
}

static rl_status read_dtype(const reader *r, const cJSON *item, rl_array *array) {
  const char *name = cJSON_GetStringValue(item);
  if (!name) return bad_array(r, array->name, "dtype is not a string");
  for (int i = 0; i < RL_DTYPES; i++) {
    if (strcmp(name, rl_dtypes[i].name)) continue;
    array->dtype = (rl_dtype)i;
    return RL_OK;
  }
  char what[128];
  snprintf(what, sizeof what, "dtype \"%.16s\" is none of F32, F64, I32, I64, U64, U8", name);
  return bad_array(r, array->name, what);
}

static rl_status read_shape(const reader *r, const cJSON *list, rl_array *array) {
  if (!cJSON_IsArray(list)) return bad_array(r, array->name, "shape is not a list");
  const cJSON *item;
  array->count = 1;
  cJSON_ArrayForEach(item, list) {
    int64_t n;
    if (array->ndim == RL_ARCHIVE_DIMS) return bad_array(r, array->name, "shape has more than 8 dimensions");
    if (!read_integer(item, &n)) return bad_array(r, array->name, "shape holds something that is not a size");
    if (n && array->count > (int64_t)MAX_INTEGER / n) return bad_array(r, array->name, "shape is too large");
    array->shape[array->ndim++] = n;
    array->count *= n;
  }
  return RL_OK;
}

static rl_status read_offsets(const reader *r, const cJSON *list, const rl_array *array, size_t *begin) {
  int64_t first, end;
  if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != 2 || !read_integer(list->child, &first) ||
      !read_integer(list->child->next, &end))
    return bad_array(r, array->name, "data_offsets are not two sizes");
  if (first > end || (uint64_t)end > r->size)
    return bad_array(r, array->name, "data_offsets lie outside the data: the file is cut short or altered");
  if ((size_t)(end - first) / rl_dtypes[array->dtype].size != (size_t)array->count ||
      (size_t)(end - first) % rl_dtypes[array->dtype].size)
    return bad_array(r, array->name, "data_offsets do not match shape and dtype");
  *begin = (size_t)first;
  return RL_OK;
}

typedef struct extent {
  size_t begin, size;
  const char *name; /* the JSON's */
} extent;

static rl_status read_array(const reader *r, const cJSON *item, extent *place) {
  rl_array model = {.name = item->string};
  const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
  const cJSON *shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
  const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
  if (!cJSON_IsObject(item) || !dtype || !shape || !offsets || cJSON_GetArraySize(item) != 3)
    return bad_array(r, model.name, "its description is not dtype, shape and data_offsets");
  rl_status status = read_dtype(r, dtype, &model);
  if (!status) status = read_shape(r, shape, &model);
  if (!status) status = read_offsets(r, offsets, &model, &place->begin);
  if (status) return status;
  place->size = rl_array_size(&model);
  place->name = model.name;
  if (rl_archive_append_array(r->archive, &model, r->data + place->begin)) return RL_OK;
  return rl_fail(r->error, RL_NO_MEMORY, "out of memory reading %s", r->path);
}

static rl_status read_strings(const reader *r, const cJSON *metadata) {
  if (!cJSON_IsObject(metadata))
    return rl_fail(r->error, RL_BAD_FORMAT, "%s: " RL_METADATA " is no object", r->path);
  const cJSON *item;
  cJSON_ArrayForEach(item, metadata) {
    if (!cJSON_IsString(item))
      return rl_fail(r->error, RL_BAD_FORMAT, "%s: metadata \"%.64s\" is not a string", r->path,
                     item->string);
    if (!rl_archive_append_string(r->archive, item->string, item->valuestring))
      return rl_fail(r->error, RL_NO_MEMORY, "out of memory reading %s", r->path);
  }
  return RL_OK;
}

static int by_place(const void *a, const void *b) {
  const extent *x = a, *y = b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return (x->size > y->size) - (x->size < y->size);
}

/* The arrays, in the order of their places, must cover the data without gap or overlap. */
static rl_status check_cover(const reader *r, extent *places, int n) {
  size_t end = 0;
  qsort(places, (size_t)n, sizeof *places, by_place);
  for (int i = 0; i < n; i++) {
    if (places[i].begin < end) return bad_array(r, places[i].name, "it overlaps another array");
    if (places[i].begin > end) return bad_array(r, places[i].name, "bytes before it belong to no array");
    end += places[i].size;
  }
  if (end == r->size) return RL_OK;
  return rl_fail(r->error, RL_BAD_FORMAT, "%s: the last %zu bytes belong to no array", r->path,
                 r->size - end);
}

static rl_status read_items(const reader *r, const cJSON *header) {
  const cJSON *item;
  int n = 0, metadata = 0;
  extent *places = rl_allocate((size_t)cJSON_GetArraySize(header), sizeof *places);
  rl_status status = RL_OK;
  if (!places) return rl_fail(r->error, RL_NO_MEMORY, "out of memory reading %s", r->path);
  cJSON_ArrayForEach(item, header) {
    if (!strcmp(item->string, RL_METADATA))
      status = metadata++ ? rl_fail(r->error, RL_BAD_FORMAT, "%s: " RL_METADATA " appears twice", r->path)
                          : read_strings(r, item);
    else
      status = read_array(r, item, &places[n++]);
    if (status) break;
  }
  if (!status) status = check_cover(r, places, n);
  rl_release(places);
  return status;
}

static rl_status check_duplicates(const reader *r) {
  rl_array **arrays = NULL;
  rl_string *strings = NULL;
  const char *twice = NULL;
  bool done = sorted_lists(r->archive, &arrays, &strings);
  for (int i = 1; done && i < r->archive->n_arrays; i++)
    if (!strcmp(arrays[i - 1]->name, arrays[i]->name)) twice = arrays[i]->name;
  for (int i = 1; done && i < r->archive->n_strings; i++)
    if (!strcmp(strings[i - 1].key, strings[i].key)) twice = strings[i].key;
  rl_release(arrays);
  rl_release(strings);
  if (!done) return rl_fail(r->error, RL_NO_MEMORY, "out of memory reading %s", r->path);
  return twice ? rl_fail(r->error, RL_BAD_FORMAT, "%s: \"%.64s\" appears twice", r->path, twice) : RL_OK;
}

static rl_status check_checksum(const reader *r) {
  const char *written = rl_archive_string(r->archive, RL_CHECKSUM);
  char digits[17];
  if (!written) return RL_OK;
  if (!checksum(r->archive, digits))
    return rl_fail(r->error, RL_NO_MEMORY, "out of memory reading %s", r->path);
  bool same = !strcmp(written, digits);
  if (r->altered) *r->altered = !same;
  if (same || r->altered) return RL_OK;
  return rl_fail(r->error, RL_BAD_FORMAT,
                 "%s: the checksum does not match: the file was altered or damaged after it was written",
                 r->path);
}

static rl_status read_header(const reader *r, const char *text, size_t length) {
  const char *end = NULL;
  cJSON *header = NULL;
  if (length && *text == '{' && !memchr(text, 0, length))
    header = cJSON_ParseWithLengthOpts(text, length, &end, 0);
  while (header && end < text + length && *end == ' ') end++;
  rl_status status = RL_OK;
  if (!cJSON_IsObject(header) || end != text + length)
    status = rl_fail(r->error, RL_BAD_FORMAT, "%s: the header is not JSON: no safetensors file, or damaged",
                     r->path);
  if (!status) status = read_items(r, header);
  if (!status) status = check_duplicates(r);
  if (!status) status = check_checksum(r);
  cJSON_Delete(header);
  return status;
}

static rl_status read_bytes(reader *r, const unsigned char *bytes, size_t size) {
  uint64_t length;
  if (size < sizeof length)
    return rl_fail(r->error, RL_BAD_FORMAT, "%s: too short for a safetensors file (%zu bytes)", r->path,
                   size);
  memcpy(&length, bytes, sizeof length);
  if (length > size - sizeof length || length > MAX_HEADER)
    return rl_fail(
        r->error, RL_BAD_FORMAT,
        "%s: the header is said to end beyond the file (%zu bytes): cut short, or no safetensors file",
        r->path, size);
  r->data = bytes + sizeof length + length;
  r->size = size - sizeof length - (size_t)length;
  return read_header(r, (const char *)bytes + sizeof length, (size_t)length);
}

rl_status rl_archive_load(rl_archive **archive, const char *path, rl_error *error) {
  return rl_archive_load_altered(archive, path, NULL, error);
}

rl_status rl_archive_load_altered(rl_archive **archive, const char *path, bool *altered, rl_error *error) {
  unsigned char *bytes;
  size_t size;
  *archive = NULL;
  if (altered) *altered = false;
  rl_status status = rl_read_file(path, &bytes, &size, error);
  if (!status) {
    reader r = {.path = path, .archive = rl_archive_new(), .altered = altered, .error = error};
    status = r.archive ? read_bytes(&r, bytes, size)
                       : rl_fail(error, RL_NO_MEMORY, "out of memory reading %s", path);
    if (status)
      rl_archive_free(r.archive);
    else
      *archive = r.archive;
  }
  rl_release(bytes);
  return status;
}
