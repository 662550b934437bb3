/* A group of tests once for each level of kernels that this processor has. */
#ifndef LEVELS_H
#define LEVELS_H

#include "base/cpu.h"

/* Returns the number of failures, as cmocka_run_group_tests does. */
#define run_at_all_levels(tests) run_group_at_all_levels(tests, sizeof tests / sizeof *tests)

static inline int run_group_at_all_levels(const struct CMUnitTest *tests, size_t n) {
  int failures = 0;
  for (int level = 0; level < RL_CPU_LEVELS; level++)
    if ((int)rl_cpu_use((rl_cpu_level)level) == level)
      failures += _cmocka_run_group_tests(rl_cpu_level_names[level], tests, n, NULL, NULL);
  return failures;
}

#endif
