/* Exported policies as files: what cannot be written leaves the old file, and running out of memory anywhere is reported.
 * That they act as the policy does is in export_spec.lua. */
#include "export/export.h"

#include "base/file.h"
#include "base/memory.h"
#include "check.h"

#include <stdio.h>
#include <unistd.h>

static const char *const extensions[] = {"lua", "onnx", "h"};
enum { FORMS = 3 };

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/rl-export-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static const char *path_of(int form) {
  static char path[96];
  snprintf(path, sizeof path, "%s/2-brain.%s", folder, extensions[form]);
  return path;
}

static int remove_folder(void **state) {
  (void)state;
  for (int form = 0; form < FORMS; form++) unlink(path_of(form));
  return rmdir(folder); /* fails when a temporary file was left */
}

static rl_policy policy_new(void) {
  rl_policy policy;
  rl_error error;
  const rl_space observation = {.kind = RL_BOX, .size = 40, .low = -1e30f, .high = 1e30f},
                 action = {.kind = RL_BOX, .size = 3, .low = -INFINITY, .high = INFINITY};
  rl_policy_options options = rl_policy_defaults();
  options.network.layer_norm = true;
  options.std = RL_STD_STATE;
  assert_ok(rl_policy_init(&policy, &observation, &action, &options, &error));
  return policy;
}

static void check_begins(int form, const char *text) {
  unsigned char *bytes;
  size_t size;
  rl_error error;
  assert_ok(rl_read_file(path_of(form), &bytes, &size, &error));
  assert_true(size > strlen(text) && !memcmp(bytes, text, strlen(text)));
  rl_release(bytes);
}

static void a_name_that_is_none_in_c_becomes_one(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy = policy_new();
  assert_ok(rl_policy_export(&policy, path_of(2), &error));
  check_begins(2, "/* A policy of rlrun in C99: _2_brain(observation, action)");
  rl_policy_release(&policy);
}

static void a_policy_that_is_not_finite_leaves_the_old_file(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy = policy_new();
  for (int form = 0; form < FORMS; form++)
    assert_ok(rl_write_file(path_of(form), "the old one ", 12, &error));
  policy.network.theta.data[4] = INFINITY;
  for (int form = 0; form < FORMS; form++) {
    assert_refused(rl_policy_export(&policy, path_of(form), &error), RL_NOT_FINITE, "parameter 5");
    check_begins(form, "the old one");
  }
  rl_policy_release(&policy);
}

static void another_extension_is_refused_with_those_there_are(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy = policy_new();
  assert_refused(rl_policy_export(&policy, "/nowhere/brain.pt", &error), RL_BAD_ARGUMENT, ".lua, .onnx, .h");
  assert_refused(rl_policy_export(&policy, "brain", &error), RL_BAD_ARGUMENT, "brain");
  rl_policy_release(&policy);
}

/* An allocator that fails at the n-th call, and counts what it has given. */
static int calls_left = 1 << 30, held;

static void *failing_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  if (calls_left-- <= 0) return NULL;
  held++;
  return aligned_alloc(alignment, size);
}

static void failing_release(void *memory, void *context) {
  (void)context;
  held -= memory != NULL;
  free(memory);
}

static void running_out_of_memory_anywhere_is_reported_and_loses_nothing(void **state) {
  (void)state;
  rl_error error;
  rl_set_allocator((rl_allocator){failing_allocate, failing_release, NULL});
  rl_policy policy = policy_new();
  int before = held;
  for (int form = 0; form < FORMS; form++) {
    rl_status status = RL_NO_MEMORY;
    for (int n = 0; status == RL_NO_MEMORY; n++) {
      assert_in_range(n, 0, 2000);
      calls_left = n;
      status = rl_policy_export(&policy, path_of(form), &error);
      assert_int_equal(held, before);
    }
    assert_ok(status);
  }
  rl_policy_release(&policy);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      TEST(a_name_that_is_none_in_c_becomes_one), TEST(a_policy_that_is_not_finite_leaves_the_old_file),
      TEST(another_extension_is_refused_with_those_there_are),
      TEST(running_out_of_memory_anywhere_is_reported_and_loses_nothing), /* last: the allocator stays */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
