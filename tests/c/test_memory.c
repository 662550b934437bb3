/* Budgets: who is charged for an allocation, and when. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { OVERHEAD = 2 * RL_ALIGNMENT };

static void an_allocation_beyond_the_limit_is_refused_before_it_is_made(void **state) {
  (void)state;
  rl_budget *budget = rl_budget_create("test", 10000);
  assert_null(rl_budget_use(budget));
  assert_ptr_equal(rl_budget_in_use(), budget);
  assert_null(rl_allocate(1, 10001));
  assert_null(rl_allocate(SIZE_MAX / 2, 1));
  assert_null(rl_allocate(SIZE_MAX, 1));
  assert_null(rl_allocate(SIZE_MAX / 2, 3));
  assert_int_equal(rl_budget_used(budget), 0);
  void *first = rl_allocate(1, 5000), *second = rl_allocate(1, 4000);
  assert_non_null(first);
  assert_non_null(second);
  assert_in_range(rl_budget_used(budget), 9000, 9000 + 2 * OVERHEAD);
  assert_null(rl_allocate(1, 1000));
  rl_release(first);
  first = rl_allocate(1, 1000);
  assert_non_null(first);
  rl_release(first);
  rl_release(second);
  assert_int_equal(rl_budget_used(budget), 0);
  assert_int_equal(rl_budget_limit(budget), 10000);
  assert_ptr_equal(rl_budget_use(NULL), budget);
  rl_budget_free(budget);
}

static void what_an_object_takes_beside_its_memory_counts_too(void **state) {
  (void)state;
  rl_budget *budget = rl_budget_create("test", 10000);
  rl_budget_use(budget);
  assert_null(rl_allocate_unset(1000, 9001));
  assert_null(rl_allocate_unset(1000, SIZE_MAX));
  void *memory = rl_allocate_unset(1000, 5000);
  assert_non_null(memory);
  assert_in_range(rl_budget_used(budget), 6000, 6000 + OVERHEAD);
  rl_budget_use(NULL);
  rl_release(memory);
  assert_int_equal(rl_budget_used(budget), 0);
  rl_budget_free(budget);
}

static void what_counts_may_outlive_its_budget(void **state) {
  (void)state;
  rl_budget *budget = rl_budget_create("test", 10000);
  rl_budget_use(budget);
  char *memory = rl_allocate(100, 1);
  rl_budget_use(NULL);
  rl_budget_free(budget);
  memset(memory, 1, 100);
  rl_release(memory); /* a leak or a second free is seen by the address sanitizer */
}

static void a_failure_says_which_limit_it_met_and_a_later_one_does_not(void **state) {
  (void)state;
  rl_error error;
  rl_budget *budget = rl_budget_create("test", 1000);
  rl_budget_use(budget);
  assert_false(rl_budget_refused(budget));
  assert_null(rl_allocate(1, 2000));
  rl_fail(&error, RL_NO_MEMORY, "out of memory for %s", "it");
  assert_string_equal(error.message, "not enough memory: test allows 1000 bytes: out of memory for it");
  rl_fail(&error, RL_NO_MEMORY, "out of memory for %s", "it");
  assert_string_equal(error.message, "out of memory for it");
  assert_true(rl_budget_refused(budget));
  assert_false(rl_budget_refused(budget));
  rl_error named;
  assert_null(rl_allocate(1, 2000));
  rl_fail(&error, RL_NO_MEMORY, "out of memory for %s", "it");
  assert_null(rl_allocate(1, 2000)); /* before the message gets the name of who asked */
  rl_fail(&named, RL_NO_MEMORY, "rl.ppo: %s", error.message);
  assert_string_equal(named.message,
                      "rl.ppo: not enough memory: test allows 1000 bytes: out of memory for it");
  rl_budget_use(NULL);
  rl_budget_free(budget);
}

static void allocate_one(void *context, int index, int worker) {
  (void)worker;
  ((void **)context)[index] = rl_allocate(1, 1000);
}

static void loops_use_the_budget_of_the_thread_that_starts_them(void **state) {
  (void)state;
  enum { N = 64, ALLOWED = 10 };
  void *memory[N];
  rl_set_threads(4);
  rl_budget *budget = rl_budget_create("test", ALLOWED * (1000 + OVERHEAD));
  rl_budget_use(budget);
  rl_parallel_for(N, allocate_one, memory);
  rl_budget_use(NULL);
  int made = 0;
  for (int i = 0; i < N; i++) made += memory[i] != NULL;
  assert_in_range(made, 1, ALLOWED + 1);
  for (int i = 0; i < N; i++) rl_release(memory[i]);
  assert_int_equal(rl_budget_used(budget), 0);
  rl_budget_free(budget);
  rl_parallel_for(N, allocate_one, memory); /* without any */
  for (int i = 0; i < N; i++) {
    assert_non_null(memory[i]);
    rl_release(memory[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_allocation_beyond_the_limit_is_refused_before_it_is_made),
      cmocka_unit_test(what_an_object_takes_beside_its_memory_counts_too),
      cmocka_unit_test(what_counts_may_outlive_its_budget),
      cmocka_unit_test(a_failure_says_which_limit_it_met_and_a_later_one_does_not),
      cmocka_unit_test(loops_use_the_budget_of_the_thread_that_starts_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
