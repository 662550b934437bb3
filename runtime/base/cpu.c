#include "base/cpu.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *const rl_cpu_level_names[RL_CPU_LEVELS + 1] = {"plain", "avx2", "avx512", NULL};

/* What the flags of rl_wing let the compiler use. */
rl_cpu_level rl_cpu_best(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  return avx2 && avx512 ? RL_CPU_AVX512 : avx2 ? RL_CPU_AVX2 : RL_CPU_PLAIN;
#else
  return RL_CPU_PLAIN;
#endif
}

static rl_cpu_level chosen_level(void) {
  const char *wanted = getenv("RL_KERNELS");
  rl_cpu_level best = rl_cpu_best();
  for (int level = 0; wanted && level < (int)best; level++)
    if (strcmp(wanted, rl_cpu_level_names[level]) == 0) return (rl_cpu_level)level;
  return best;
}

static _Atomic int in_use = -1;

rl_cpu_level rl_cpu(void) {
  int level = atomic_load_explicit(&in_use, memory_order_relaxed);
  if (level >= 0) return (rl_cpu_level)level;
  level = (int)chosen_level();
  atomic_store_explicit(&in_use, level, memory_order_relaxed);
  return (rl_cpu_level)level;
}

rl_cpu_level rl_cpu_use(rl_cpu_level level) {
  rl_cpu_level best = rl_cpu_best();
  if (level > best) level = best;
  atomic_store_explicit(&in_use, (int)level, memory_order_relaxed);
  return level;
}
