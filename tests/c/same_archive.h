/* Two states are the same to the byte. */
#ifndef SAME_ARCHIVE_H
#define SAME_ARCHIVE_H

#include "archive/archive_internal.h"
#include "check.h"

static inline void assert_same_bytes(const rl_archive *x, const rl_archive *y) {
  assert_int_equal(rl_archive_count(x), rl_archive_count(y));
  for (int i = 0; i < rl_archive_count(x); i++) {
    const rl_array *a = rl_archive_at(x, i), *b = rl_archive_find(y, a->name);
    assert_true(b && a->count == b->count && a->dtype == b->dtype);
    assert_memory_equal(a->data, b->data, rl_array_size(a));
  }
}

#endif
