/* The set of arrays and strings in memory; its file is in safetensors.c. */
#include "archive/archive_internal.h"

#include "base/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const rl_dtype_info rl_dtypes[RL_DTYPES] = {
    [RL_F32] = {"F32", 4}, [RL_F64] = {"F64", 8}, [RL_I32] = {"I32", 4},
    [RL_I64] = {"I64", 8}, [RL_U64] = {"U64", 8}, [RL_U8] = {"U8", 1}};

static char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = rl_allocate(size, 1);
  return copy ? memcpy(copy, text, size) : NULL;
}

static void free_array(rl_array *array) {
  if (!array) return;
  rl_release((void *)array->name);
  rl_release((void *)array->data);
  rl_release(array);
}

rl_archive *rl_archive_new(void) { return rl_allocate(1, sizeof(rl_archive)); }

void rl_archive_free(rl_archive *archive) {
  if (!archive) return;
  for (int i = 0; i < archive->n_arrays; i++) free_array(archive->arrays[i]);
  for (int i = 0; i < archive->n_strings; i++) {
    rl_release(archive->strings[i].key);
    rl_release(archive->strings[i].value);
  }
  rl_release(archive->arrays);
  rl_release(archive->strings);
  rl_release(archive);
}

/* Makes room for one more element of `size` bytes. */
static bool grow(void **items, int used, int *room, size_t size) {
  if (used < *room) return true;
  int larger = *room ? 2 * *room : 16;
  void *copy = rl_allocate((size_t)larger, size);
  if (!copy) return false;
  if (used) memcpy(copy, *items, (size_t)used * size);
  rl_release(*items);
  *items = copy;
  *room = larger;
  return true;
}

size_t rl_array_size(const rl_array *array) { return (size_t)array->count * rl_dtypes[array->dtype].size; }

/* A copy of `model`, of its name and of `data`; NULL when out of memory. */
static rl_array *new_array(const rl_array *model, const void *data) {
  rl_array *array = rl_allocate(1, sizeof *array);
  if (!array) return NULL;
  *array = *model;
  void *copy = rl_allocate((size_t)model->count, rl_dtypes[model->dtype].size);
  array->name = copy_text(model->name);
  array->data = copy;
  if (!array->name || !copy) {
    free_array(array);
    return NULL;
  }
  if (model->count) memcpy(copy, data, rl_array_size(model));
  return array;
}

bool rl_archive_append_array(rl_archive *archive, const rl_array *model, const void *data) {
  void *items = archive->arrays;
  if (!grow(&items, archive->n_arrays, &archive->array_room, sizeof *archive->arrays)) return false;
  archive->arrays = items;
  rl_array *array = new_array(model, data);
  if (array) archive->arrays[archive->n_arrays++] = array;
  return array != NULL;
}

bool rl_archive_append_string(rl_archive *archive, const char *key, const char *value) {
  void *items = archive->strings;
  if (!grow(&items, archive->n_strings, &archive->string_room, sizeof *archive->strings)) return false;
  archive->strings = items;
  rl_string made = {copy_text(key), copy_text(value)};
  if (!made.key || !made.value) {
    rl_release(made.key);
    rl_release(made.value);
    return false;
  }
  archive->strings[archive->n_strings++] = made;
  return true;
}

static int find_array(const rl_archive *archive, const char *name) {
  for (int i = 0; i < archive->n_arrays; i++)
    if (!strcmp(archive->arrays[i]->name, name)) return i;
  return -1;
}

static int find_string(const rl_archive *archive, const char *key) {
  for (int i = 0; i < archive->n_strings; i++)
    if (!strcmp(archive->strings[i].key, key)) return i;
  return -1;
}

rl_status rl_archive_put(rl_archive *archive, const char *name, rl_dtype dtype, int ndim,
                         const int64_t *shape, const void *data, rl_error *error) {
  assert(ndim >= 0 && ndim <= RL_ARCHIVE_DIMS && strcmp(name, RL_METADATA) != 0);
  rl_array model = {.name = name, .dtype = dtype, .ndim = ndim, .count = 1};
  for (int i = 0; i < ndim; i++) {
    assert(shape[i] >= 0);
    model.shape[i] = shape[i];
    model.count *= shape[i];
  }
  int old = find_array(archive, name);
  bool done;
  if (old >= 0) {
    rl_array *array = new_array(&model, data);
    done = array != NULL;
    if (done) {
      free_array(archive->arrays[old]);
      archive->arrays[old] = array;
    }
  } else {
    done = rl_archive_append_array(archive, &model, data);
  }
  return done ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for array \"%.64s\"", name);
}

rl_status rl_archive_put_string(rl_archive *archive, const char *key, const char *value, rl_error *error) {
  assert(strcmp(key, RL_CHECKSUM) != 0);
  int old = find_string(archive, key);
  bool done;
  if (old >= 0) {
    char *copy = copy_text(value);
    done = copy != NULL;
    if (done) {
      rl_release(archive->strings[old].value);
      archive->strings[old].value = copy;
    }
  } else {
    done = rl_archive_append_string(archive, key, value);
  }
  return done ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for string \"%.64s\"", key);
}

const rl_array *rl_archive_find(const rl_archive *archive, const char *name) {
  int i = find_array(archive, name);
  return i < 0 ? NULL : archive->arrays[i];
}

const char *rl_archive_string(const rl_archive *archive, const char *key) {
  int i = find_string(archive, key);
  return i < 0 ? NULL : archive->strings[i].value;
}

int rl_archive_count(const rl_archive *archive) { return archive->n_arrays; }

const rl_array *rl_archive_at(const rl_archive *archive, int index) {
  assert(index >= 0 && index < archive->n_arrays);
  return archive->arrays[index];
}

rl_status rl_archive_get(const rl_archive *archive, const char *name, rl_dtype dtype, int64_t count,
                         void *data, rl_error *error) {
  const rl_array *array = rl_archive_find(archive, name);
  if (!array) return rl_fail(error, RL_BAD_FORMAT, "array \"%.64s\" is missing", name);
  if (array->dtype != dtype || array->count != count)
    return rl_fail(error, RL_BAD_FORMAT,
                   "array \"%.64s\" holds %" PRId64 " elements of %s where %" PRId64 " of %s are needed",
                   name, array->count, rl_dtypes[array->dtype].name, count, rl_dtypes[dtype].name);
  if (count) memcpy(data, array->data, rl_array_size(array));
  return RL_OK;
}

const char *rl_archive_key(char name[RL_ARCHIVE_NAME], const char *prefix, const char *part) {
  snprintf(name, RL_ARCHIVE_NAME, "%s.%s", prefix, part);
  return name;
}
