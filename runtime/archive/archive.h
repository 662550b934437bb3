/* A set of named arrays and a few strings, kept as a safetensors file: the one form in which policies,
 * checkpoints and the state of every object leave the process.
 *
 * Format (https://huggingface.co/docs/safetensors): u64 header length, a JSON header
 * {name: {dtype, shape, data_offsets}, "__metadata__": {string: string}}, then little-endian data. A file is
 * written under a temporary name beside the target, flushed, and renamed: a crash never costs the old file. A
 * checksum of all arrays and strings, in the order of their names, travels in the metadata ("fnv1a64"), so
 * that an altered file is noticed and one that Python only wrote again is accepted; files without it are read
 * all the same. Reading trusts nothing in the file.
 *
 *   rl_archive *archive = rl_archive_new();
 *   status = rl_archive_put(archive, "theta", RL_F32, 1, (int64_t[]){n}, theta, &error);
 *   status = rl_archive_put_string(archive, "format", "rl-policy", &error);
 *   status = rl_archive_save(archive, "policy.safetensors", &error);
 *   rl_archive_free(archive);
 */
#ifndef RL_ARCHIVE_H
#define RL_ARCHIVE_H

#include "base/file.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

typedef enum rl_dtype { RL_F32, RL_F64, RL_I32, RL_I64, RL_U64, RL_U8 } rl_dtype;

enum { RL_ARCHIVE_DIMS = 8 };

typedef struct rl_array {
  const char *name;
  rl_dtype dtype;
  int ndim;
  int64_t shape[RL_ARCHIVE_DIMS];
  int64_t count;    /* elements */
  const void *data; /* owned by the archive, aligned for its type */
} rl_array;

typedef struct rl_archive rl_archive;

rl_archive *rl_archive_new(void); /* empty; NULL when out of memory */
void rl_archive_free(rl_archive *archive);

/* Copies the data in. A name that is there already is replaced. RL_NO_MEMORY is the only failure. The names
 * "__metadata__" (of an array) and "fnv1a64" (of a string) belong to the format. */
rl_status rl_archive_put(rl_archive *archive, const char *name, rl_dtype dtype, int ndim,
                         const int64_t *shape, const void *data, rl_error *error);
rl_status rl_archive_put_string(rl_archive *archive, const char *key, const char *value, rl_error *error);

/* What a counter of a file may come to: far beyond any run, and not so near to the end of its type that the next step
 * overflows. */
#define RL_MAX_COUNT (INT64_C(1) << 53)

/* Writes "PREFIX.PART", the way objects name their arrays, and returns it. */
enum { RL_ARCHIVE_NAME = 128 };
const char *rl_archive_key(char name[RL_ARCHIVE_NAME], const char *prefix, const char *part);

/* NULL when there is none of that name. What they return lives until that name is put again or the archive
 * freed. */
const rl_array *rl_archive_find(const rl_archive *archive, const char *name);
const char *rl_archive_string(const rl_archive *archive, const char *key);
int rl_archive_count(const rl_archive *archive);
const rl_array *rl_archive_at(const rl_archive *archive, int index);

/* Copies the named array out. RL_BAD_FORMAT, naming the array, when it is missing or has another type or
 * number of elements than `count` (the message gives both). */
rl_status rl_archive_get(const rl_archive *archive, const char *name, rl_dtype dtype, int64_t count,
                         void *data, rl_error *error);

/* RL_BAD_FILE naming the path and the system's reason; on failure no temporary file is left. */
rl_status rl_archive_save(const rl_archive *archive, const char *path, rl_error *error);

/* RL_BAD_FILE, or RL_BAD_FORMAT saying what is wrong: too short, header length beyond the file, invalid JSON,
 * unknown dtype, offsets outside the data or not matching shape and dtype, overlapping arrays, trailing bytes
 * that belong to no array, checksum that does not match. *archive is NULL on failure. */
rl_status rl_archive_load(rl_archive **archive, const char *path, rl_error *error);
/* The same, but for a checksum that does not match: *altered says so, for files that one may edit elsewhere. */
rl_status rl_archive_load_altered(rl_archive **archive, const char *path, bool *altered, rl_error *error);

RL_C_END

#endif
