/* Event files against what TensorBoard 2.21 itself writes and reads. The record whose bytes are given was written by its
 * own RecordWriter; tests/peers/tensorboard.sh has it read whole runs. */
#include "check.h"

#include "record/event.h"

#include <stdio.h>
#include <string.h>

static void is(const rl_event *event, const char *hexadecimal) {
  assert_int_equal(2 * event->size, strlen(hexadecimal));
  for (size_t i = 0; i < event->size; i++) {
    char byte[3];
    snprintf(byte, sizeof byte, "%02x", event->bytes[i]);
    assert_memory_equal(byte, hexadecimal + 2 * i, 2);
  }
}

static void a_record_has_the_bytes_that_tensorboard_writes(void **state) {
  (void)state;
  rl_event event = {0};
  rl_event_begin(&event);
  rl_event_number(&event, "train/loss", -2.5f);
  assert_int_equal(rl_event_end(&event, 1700000000.25, 300, NULL), RL_OK);
  is(&event,
     "2100000000000000017becf60900001040fc54d94110ac022a130a110a0a747261696e2f6c6f737315000020c031b03b50");
  rl_event_release(&event);
}

/* Records at the steps 0, 10, 20 ... of two numbers each, behind one of settings. */
static size_t write_file(unsigned char *file, int n, size_t *ends) {
  rl_event event = {0};
  size_t size = 0;
  rl_event_begin(&event);
  rl_event_setting(&event, "gravity", 1.62, NULL);
  rl_event_setting(&event, "env", 0, "biped");
  rl_event_end_settings(&event);
  for (int i = 0; i <= n; i++) {
    if (i > 0) {
      rl_event_begin(&event);
      rl_event_number(&event, "a", (float)i);
      rl_event_number(&event, "a longer name", -1.0f / (float)i);
    }
    assert_int_equal(rl_event_end(&event, 1e9 + i, 10 * i, NULL), RL_OK);
    memcpy(file + size, event.bytes, event.size);
    size += event.size;
    ends[i] = size;
  }
  rl_event_release(&event);
  return size;
}

enum { RECORDS = 20 };

static void a_file_is_cut_behind_the_last_whole_record_that_is_not_later(void **state) {
  (void)state;
  unsigned char file[8192];
  size_t ends[RECORDS + 1], size = write_file(file, RECORDS, ends);
  for (int i = 0; i <= RECORDS; i++) {
    assert_int_equal(rl_event_cut(file, size, 10 * i), ends[i]);
    assert_int_equal(rl_event_cut(file, size, 10 * i + 9), ends[i]);
  }
  assert_int_equal(rl_event_cut(file, size, INT64_MAX), size);
  for (size_t cut = 0; cut < size; cut++) {
    int whole = -1;
    while (whole < RECORDS && ends[whole + 1] <= cut) whole++;
    assert_int_equal(rl_event_cut(file, cut, INT64_MAX), whole < 0 ? 0 : ends[whole]);
  }
}

static void nothing_behind_a_damaged_byte_is_kept(void **state) {
  (void)state;
  unsigned char file[8192];
  size_t ends[RECORDS + 1], size = write_file(file, RECORDS, ends);
  for (size_t at = 0; at < size; at++)
    for (int bit = 1; bit < 256; bit *= 2) {
      int whole = -1;
      while (ends[whole + 1] <= at) whole++;
      file[at] ^= (unsigned char)bit;
      assert_int_equal(rl_event_cut(file, size, INT64_MAX), whole < 0 ? 0 : ends[whole]);
      file[at] ^= (unsigned char)bit;
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_record_has_the_bytes_that_tensorboard_writes),
      cmocka_unit_test(a_file_is_cut_behind_the_last_whole_record_that_is_not_later),
      cmocka_unit_test(nothing_behind_a_damaged_byte_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
