/* The levels of kernels: which one runs, and that they give the same bytes. */
#include "base/cpu.h"
#include "tensor/activation.h"

#include "check.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The level that a process of its own chooses, with RL_KERNELS as given. */
static int level_with(const char *wanted) {
  pid_t child = fork();
  if (child == 0) {
    setenv("RL_KERNELS", wanted, 1);
    execl("/proc/self/exe", "test_cpu", "level", (char *)NULL);
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_environment_lowers_the_level_and_never_raises_it(void **state) {
  (void)state;
  int best = (int)rl_cpu_use(RL_CPU_AVX512);
  for (int level = 0; level < RL_CPU_LEVELS; level++)
    assert_int_equal(level_with(rl_cpu_level_names[level]), level < best ? level : best);
  assert_int_equal(level_with("none of them"), best);
  assert_int_equal(level_with(""), best);
}

/* Where plain C fuses products it gives the same bytes too. */
static bool rounds_more(int level) {
#ifdef __x86_64__
  return level == RL_CPU_PLAIN;
#else
  (void)level;
  return false;
#endif
}

static void levels_give_the_same_bytes(void **state) {
  (void)state;
  enum { N = 1000 };
  float x[N], best[N], y[N];
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  fill_normal(&rng, x, N, 3.0f);
  rl_cpu_use(RL_CPU_AVX512);
  memcpy(best, x, sizeof x);
  rl_activate(RL_TANH, best, N);
  for (int level = 0; level < RL_CPU_LEVELS; level++) {
    if ((int)rl_cpu_use((rl_cpu_level)level) != level) continue;
    memcpy(y, x, sizeof x);
    rl_activate(RL_TANH, y, N);
    for (int i = 0; rounds_more(level) && i < N; i++) assert_near(y[i], best[i], 5e-7);
    if (!rounds_more(level)) assert_memory_equal(y, best, sizeof y);
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "level") == 0) return (int)rl_cpu();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_environment_lowers_the_level_and_never_raises_it),
      cmocka_unit_test(levels_give_the_same_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
