/* Archives: what goes in comes out, the file is what the safetensors format says, a damaged or hostile file
 * is refused with a message, and a failed save leaves no file. Headers of foreign files are written by
 * hand here. */
#include "archive/archive.h"

#include "base/memory.h"

#include "scarce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/rl-archive-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/a.safetensors", folder);
  return 0;
}

static int count_files(void) {
  int n = 0;
  DIR *dir = opendir(folder);
  while (readdir(dir)) n++;
  closedir(dir);
  return n - 2;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

static rl_archive *example(void) {
  static const float theta[6] = {1.0f, -2.5f, 3.25f, 0.0f, 1e-30f, -1e30f};
  static const double mean[2] = {0.1, -0.2};
  static const uint8_t flags[3] = {1, 0, 255};
  static const int64_t step = -7;
  rl_archive *archive = rl_archive_new();
  rl_error error;
  assert_int_equal(rl_archive_put(archive, "flags", RL_U8, 1, (int64_t[]){3}, flags, &error), RL_OK);
  assert_int_equal(rl_archive_put(archive, "theta", RL_F32, 2, (int64_t[]){2, 3}, theta, &error), RL_OK);
  assert_int_equal(rl_archive_put(archive, "mean", RL_F64, 1, (int64_t[]){2}, mean, &error), RL_OK);
  assert_int_equal(rl_archive_put(archive, "step", RL_I64, 0, NULL, &step, &error), RL_OK);
  assert_int_equal(rl_archive_put(archive, "none", RL_F32, 2, (int64_t[]){0, 4}, NULL, &error), RL_OK);
  assert_int_equal(rl_archive_put_string(archive, "format", "rl-policy", &error), RL_OK);
  assert_int_equal(rl_archive_put_string(archive, "note", "quote \" and line\nand ü", &error), RL_OK);
  return archive;
}

static void save_example(void) {
  rl_archive *archive = example();
  rl_error error;
  assert_int_equal(rl_archive_save(archive, path, &error), RL_OK);
  rl_archive_free(archive);
}

static void everything_put_in_comes_back_from_the_file(void **state) {
  (void)state;
  rl_archive *archive;
  rl_error error;
  float theta[6];
  int64_t step;
  save_example();
  assert_int_equal(rl_archive_load(&archive, path, &error), RL_OK);
  assert_int_equal(rl_archive_count(archive), 5);
  assert_int_equal(rl_archive_get(archive, "theta", RL_F32, 6, theta, &error), RL_OK);
  assert_memory_equal(theta, ((float[]){1.0f, -2.5f, 3.25f, 0.0f, 1e-30f, -1e30f}), sizeof theta);
  assert_int_equal(rl_archive_get(archive, "step", RL_I64, 1, &step, &error), RL_OK);
  assert_int_equal(step, -7);
  assert_int_equal(rl_archive_find(archive, "theta")->shape[1], 3);
  assert_int_equal(rl_archive_find(archive, "none")->count, 0);
  assert_int_equal(rl_archive_find(archive, "none")->shape[1], 4);
  assert_string_equal(rl_archive_string(archive, "note"), "quote \" and line\nand ü");
  assert_null(rl_archive_find(archive, "nothing"));
  assert_null(rl_archive_string(archive, "nothing"));
  rl_archive_free(archive);
}

static void a_name_put_twice_holds_the_second_value(void **state) {
  (void)state;
  rl_archive *archive = example();
  rl_error error;
  int32_t number = 0;
  assert_int_equal(rl_archive_put(archive, "theta", RL_I32, 0, NULL, &(int32_t){42}, &error), RL_OK);
  assert_int_equal(rl_archive_put_string(archive, "format", "other", &error), RL_OK);
  assert_int_equal(rl_archive_count(archive), 5);
  assert_int_equal(rl_archive_get(archive, "theta", RL_I32, 1, &number, &error), RL_OK);
  assert_int_equal(number, 42);
  assert_string_equal(rl_archive_string(archive, "format"), "other");
  rl_archive_free(archive);
}

static void getting_a_missing_or_different_array_says_what_was_needed(void **state) {
  (void)state;
  rl_archive *archive = example();
  rl_error error;
  float values[8];
  assert_int_equal(rl_archive_get(archive, "phi", RL_F32, 6, values, &error), RL_BAD_FORMAT);
  assert_string_equal(error.message, "array \"phi\" is missing");
  assert_int_equal(rl_archive_get(archive, "theta", RL_F32, 8, values, &error), RL_BAD_FORMAT);
  assert_string_equal(error.message, "array \"theta\" holds 6 elements of F32 where 8 of F32 are needed");
  assert_int_equal(rl_archive_get(archive, "mean", RL_F32, 2, values, &error), RL_BAD_FORMAT);
  assert_string_equal(error.message, "array \"mean\" holds 2 elements of F64 where 2 of F32 are needed");
  rl_archive_free(archive);
}

/* Reads the file, at most `room` bytes. */
static size_t slurp(unsigned char *bytes, size_t room) {
  FILE *file = fopen(path, "rb");
  size_t size = fread(bytes, 1, room, file);
  fclose(file);
  return size;
}

/* Removes the file first: some file systems flush one that is emptied and written again, which is slow. */
static void spill(const void *bytes, size_t size) {
  unlink(path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void the_data_begins_at_a_multiple_of_eight_and_large_elements_come_first(void **state) {
  (void)state;
  unsigned char bytes[4096];
  uint64_t length;
  save_example();
  size_t size = slurp(bytes, sizeof bytes);
  memcpy(&length, bytes, 8);
  assert_int_equal(length % 8, 0);
  assert_int_equal(size, 8 + length + 2 * 8 + 8 + 6 * 4 + 3);
  assert_memory_equal(bytes + 8 + length, ((double[]){0.1, -0.2}), 16);
  assert_non_null(
      strstr((char *)bytes + 8, "\"theta\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[24,48]}"));
}

static void the_same_content_gives_the_same_bytes(void **state) {
  (void)state;
  unsigned char first[4096], second[4096];
  save_example();
  size_t size = slurp(first, sizeof first);
  save_example();
  assert_int_equal(slurp(second, sizeof second), size);
  assert_memory_equal(first, second, size);
  assert_int_equal(count_files(), 1);
}

/* Whether two archives hold the same. */
static int same(const rl_archive *a, const rl_archive *b) {
  if (rl_archive_count(a) != rl_archive_count(b)) return 0;
  for (int i = 0; i < rl_archive_count(a); i++) {
    const rl_array *x = rl_archive_at(a, i), *y = rl_archive_find(b, x->name);
    size_t size = x->dtype == RL_U8 ? 1 : x->dtype == RL_F32 || x->dtype == RL_I32 ? 4 : 8;
    if (!y || x->dtype != y->dtype || x->ndim != y->ndim || x->count != y->count) return 0;
    if (memcmp(x->shape, y->shape, sizeof x->shape) || memcmp(x->data, y->data, size * (size_t)x->count))
      return 0;
  }
  return 1;
}

static void a_file_cut_short_at_any_byte_is_refused(void **state) {
  (void)state;
  unsigned char bytes[4096];
  save_example();
  size_t size = slurp(bytes, sizeof bytes);
  for (size_t n = 0; n < size; n++) {
    rl_archive *archive;
    rl_error error = {RL_OK, ""};
    spill(bytes, n);
    assert_int_equal(rl_archive_load(&archive, path, &error), RL_BAD_FORMAT);
    assert_null(archive);
    assert_non_null(strstr(error.message, path));
  }
  bytes[size] = 0;
  spill(bytes, size + 1);
  rl_archive *archive;
  assert_int_equal(rl_archive_load(&archive, path, NULL), RL_BAD_FORMAT);
}

/* A flip that is not refused changed nothing that is read: padding, or the checksum's own name. */
static void no_flipped_bit_changes_what_is_read(void **state) {
  (void)state;
  unsigned char bytes[4096];
  rl_archive *truth = example();
  int accepted = 0;
  save_example();
  size_t size = slurp(bytes, sizeof bytes);
  uint64_t length;
  memcpy(&length, bytes, 8);
  for (size_t bit = 0; bit < 8 * size; bit++) {
    rl_archive *archive;
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    spill(bytes, size);
    if (rl_archive_load(&archive, path, NULL) == RL_OK) {
      accepted++;
      assert_true(bit / 8 < 8 + length);
      assert_true(same(truth, archive));
      assert_string_equal(rl_archive_string(archive, "format"), "rl-policy");
    }
    rl_archive_free(archive);
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  }
  assert_in_range(accepted, 0, 7 * 8 + 8);
  rl_archive_free(truth);
}

static void random_damage_never_does_more_than_fail(void **state) {
  (void)state;
  unsigned char bytes[4096], damaged[4096];
  uint32_t random = 12345;
  save_example();
  size_t size = slurp(bytes, sizeof bytes);
  for (int trial = 0; trial < 4000; trial++) {
    rl_archive *archive;
    memcpy(damaged, bytes, size);
    for (int i = 0; i <= trial % 5; i++) {
      random = random * 1664525u + 1013904223u;
      damaged[(random >> 8) % (trial % 2 ? size : 300)] =
          (unsigned char)"\"{}[],:0919eE-+.\\u F\xff"[random % 22];
      random = random * 1664525u + 1013904223u;
    }
    spill(damaged, size);
    rl_archive_load(&archive, path, NULL);
    rl_archive_free(archive);
  }
}

/* A file with this header and `data` bytes of zero after it. */
static rl_status load_header(const char *header, size_t data, rl_archive **archive, rl_error *error) {
  unsigned char bytes[4096] = {0};
  uint64_t length = strlen(header);
  memcpy(bytes, &length, 8);
  memcpy(bytes + 8, header, length);
  spill(bytes, 8 + length + data);
  return rl_archive_load(archive, path, error);
}

static void a_file_without_checksum_is_read(void **state) {
  (void)state;
  rl_archive *archive;
  rl_error error;
  const char *header = "{\"b\":{\"shape\":[1,2],\"dtype\":\"F32\",\"data_offsets\":[4,12]},"
                       "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}   ";
  assert_int_equal(load_header(header, 12, &archive, &error), RL_OK);
  assert_int_equal(rl_archive_find(archive, "a")->ndim, 0);
  assert_int_equal(rl_archive_find(archive, "b")->count, 2);
  rl_archive_free(archive);
  assert_int_equal(load_header("{}", 0, &archive, &error), RL_OK);
  assert_int_equal(rl_archive_count(archive), 0);
  rl_archive_free(archive);
}

static void a_wrong_header_is_refused_with_the_reason(void **state) {
  (void)state;
#define ONE(dtype, shape, offsets)                                                                           \
  "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
  static const struct {
    const char *header, *reason;
  } cases[] = {
      {"", "not JSON"},
      {"[]", "not JSON"},
      {"{} x", "not JSON"},
      {"{\"a\":1}", "its description is not"},
      {"{\"a\":{}}", "its description is not"},
      {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
       "its description is not"},
      {ONE("\"F16\"", "[2]", "[0,4]"), "dtype \"F16\" is none of"},
      {ONE("7", "[1]", "[0,4]"), "dtype is not a string"},
      {ONE("\"F32\"", "1", "[0,4]"), "shape is not a list"},
      {ONE("\"F32\"", "[-1]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[0.5]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[1e400]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[18014398509481984]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[\"1\"]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[4294967296,4294967296,1]", "[0,4]"), "too large"},
      {ONE("\"F32\"", "[4611686018427387904,4]", "[0,4]"), "not a size"},
      {ONE("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "more than 8"},
      {ONE("\"F32\"", "[1]", "[0]"), "not two sizes"},
      {ONE("\"F32\"", "[1]", "[0,4,4]"), "not two sizes"},
      {ONE("\"F32\"", "[1]", "{\"x\":0,\"y\":4}"), "not two sizes"},
      {ONE("\"F32\"", "[1]", "[4,0]"), "outside the data"},
      {ONE("\"F32\"", "[2]", "[0,8]"), "outside the data"},
      {ONE("\"F32\"", "[2]", "[0,4]"), "do not match"},
      {ONE("\"F32\"", "[]", "[0,3]"), "do not match"},
      {ONE("\"U8\"", "[3]", "[0,3]"), "belong to no array"},
      {ONE("\"U8\"", "[3]", "[1,4]"), "belong to no array"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
       "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
       "overlaps"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
       "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
       "\"a\" appears twice"},
      {"{\"__metadata__\":{\"k\":1}}", "metadata \"k\" is not a string"},
      {"{\"__metadata__\":[]}", "is no object"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", "appears twice"},
      {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":["
       "0,4]}}",
       "\"k\" appears twice"},
      {"{\"__metadata__\":{\"fnv1a64\":\"x\"},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
       "checksum does not match"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rl_archive *archive;
    rl_error error = {RL_OK, ""};
    assert_int_equal(load_header(cases[i].header, 4, &archive, &error), RL_BAD_FORMAT);
    if (!strstr(error.message, cases[i].reason)) fail_msg("%s gave: %s", cases[i].header, error.message);
  }
}

static void deeply_nested_json_is_refused(void **state) {
  (void)state;
  char header[2001] = "{\"a\":";
  rl_archive *archive;
  memset(header + 5, '[', 1995);
  assert_int_equal(load_header(header, 0, &archive, NULL), RL_BAD_FORMAT);
}

static void a_missing_file_or_a_folder_names_the_path_and_the_reason(void **state) {
  (void)state;
  rl_archive *archive;
  rl_error error;
  assert_int_equal(rl_archive_load(&archive, "/nowhere/p.safetensors", &error), RL_BAD_FILE);
  assert_string_equal(error.message, "cannot read /nowhere/p.safetensors: No such file or directory");
  assert_int_equal(rl_archive_load(&archive, folder, &error), RL_BAD_FILE);
  assert_non_null(strstr(error.message, "not a regular file"));
}

static void a_failed_save_keeps_the_old_file_and_leaves_no_other(void **state) {
  (void)state;
  rl_archive *archive = example();
  rl_error error;
  assert_int_equal(rl_archive_save(archive, "/nowhere/p.safetensors", &error), RL_BAD_FILE);
  assert_string_equal(error.message, "cannot write /nowhere/p.safetensors: No such file or directory");
  assert_int_equal(mkdir(path, 0755), 0);
  assert_int_equal(rl_archive_save(archive, path, &error), RL_BAD_FILE);
  assert_non_null(strstr(error.message, "it is a folder"));
  assert_int_equal(count_files(), 1);
  assert_int_equal(rmdir(path), 0);
  assert_int_equal(rl_write_file("/dev/null", "x", 1, &error), RL_BAD_FILE);
  assert_non_null(strstr(error.message, "not a regular file"));
  rl_archive_free(archive);
}

/* An allocator that fails at the n-th call. */
static void running_out_of_memory_anywhere_is_reported_and_loses_nothing(void **state) {
  (void)state;
  save_example();
  rl_set_allocator((rl_allocator){scarce_allocate, scarce_release, NULL});
  rl_status status = RL_NO_MEMORY;
  for (int n = 0; status == RL_NO_MEMORY; n++) {
    rl_archive *archive;
    allocations_left = n;
    status = rl_archive_load(&archive, path, NULL);
    if (!status) {
      rl_status saved = RL_NO_MEMORY;
      for (int m = 0; saved == RL_NO_MEMORY; m++) {
        allocations_left = m;
        saved = rl_archive_save(archive, path, NULL);
      }
      assert_int_equal(saved, RL_OK);
    }
    rl_archive_free(archive);
    assert_in_range(n, 0, 200);
  }
  assert_int_equal(status, RL_OK);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      TEST(everything_put_in_comes_back_from_the_file),
      TEST(a_name_put_twice_holds_the_second_value),
      TEST(getting_a_missing_or_different_array_says_what_was_needed),
      TEST(the_data_begins_at_a_multiple_of_eight_and_large_elements_come_first),
      TEST(the_same_content_gives_the_same_bytes),
      TEST(a_file_cut_short_at_any_byte_is_refused),
      TEST(no_flipped_bit_changes_what_is_read),
      TEST(random_damage_never_does_more_than_fail),
      TEST(a_file_without_checksum_is_read),
      TEST(a_wrong_header_is_refused_with_the_reason),
      TEST(deeply_nested_json_is_refused),
      TEST(a_missing_file_or_a_folder_names_the_path_and_the_reason),
      TEST(a_failed_save_keeps_the_old_file_and_leaves_no_other),
      TEST(running_out_of_memory_anywhere_is_reported_and_loses_nothing), /* last: the allocator stays */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
