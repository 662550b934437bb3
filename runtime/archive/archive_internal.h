/* Inside the archive: shared by archive.c (the set in memory) and safetensors.c (its file). */
#ifndef RL_ARCHIVE_INTERNAL_H
#define RL_ARCHIVE_INTERNAL_H

#include "archive/archive.h"

#include <stdbool.h>

RL_C_BEGIN

#define RL_METADATA "__metadata__" /* the header's entry for the strings */
#define RL_CHECKSUM "fnv1a64"      /* the string that holds the checksum */

typedef struct rl_string {
  char *key, *value;
} rl_string;

struct rl_archive {
  rl_array **arrays;
  int n_arrays, array_room;
  rl_string *strings;
  int n_strings, string_room;
};

typedef struct rl_dtype_info {
  const char *name;
  size_t size; /* bytes of an element */
} rl_dtype_info;

enum { RL_DTYPES = RL_U8 + 1 };
extern const rl_dtype_info rl_dtypes[RL_DTYPES];

size_t rl_array_size(const rl_array *array); /* bytes */

/* Append without looking whether the name is there already; they copy. False when out of memory. */
bool rl_archive_append_array(rl_archive *archive, const rl_array *model, const void *data);
bool rl_archive_append_string(rl_archive *archive, const char *key, const char *value);

RL_C_END

#endif
