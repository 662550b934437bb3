/* Which kernels this processor runs. A kernel is a C file in a wing's folder kernels/, compiled once for each level
 * below (rl_wing in CMakeLists.txt) and reached through a table of function pointers:
 *
 *   sum.h             typedef struct rl_sum_kernels { float (*sum)(const float *x, size_t n); } rl_sum_kernels;
 *                     RL_KERNEL_TABLE(rl_sum_kernels, rl_sum_table);
 *   kernels/sum.c     const rl_sum_kernels RL_AT_LEVEL(rl_sum_table) = {sum};
 *   sum.c             RL_KERNELS(rl_sum_table)->sum(x, n);
 *
 * Kernels are written with the sixteen lanes of lanes.h, so that AVX2 and AVX-512 give the same bytes. Plain C gives
 * them too where the processor fuses multiplication and addition (aarch64), and rounds products once more where it
 * does not. */
#ifndef RL_CPU_H
#define RL_CPU_H

#include "base/linkage.h"

RL_C_BEGIN

typedef enum rl_cpu_level { RL_CPU_PLAIN, RL_CPU_AVX2, RL_CPU_AVX512, RL_CPU_LEVELS } rl_cpu_level;

extern const char *const rl_cpu_level_names[RL_CPU_LEVELS + 1]; /* "plain", "avx2", "avx512", NULL */

rl_cpu_level rl_cpu_best(void); /* that this processor has */
/* The one in use: the best, unless the environment variable RL_KERNELS, one of those names, lowers it;
 * looked up once. */
rl_cpu_level rl_cpu(void);
/* From now on this level, for tests; gives the one that there is when the processor has less. */
rl_cpu_level rl_cpu_use(rl_cpu_level level);

#define RL_JOIN(name, level)       name##_##level
#define RL_JOIN_LEVEL(name, level) RL_JOIN(name, level)
#define RL_AT_LEVEL(name)          RL_JOIN_LEVEL(name, RL_LEVEL)

#define RL_KERNEL_TABLE(type, name) extern const type name##_plain, name##_avx2, name##_avx512

#ifdef __x86_64__
#define RL_KERNELS(name)                                                                                     \
  (rl_cpu() == RL_CPU_AVX512 ? &name##_avx512 : rl_cpu() == RL_CPU_AVX2 ? &name##_avx2 : &name##_plain)
#else
#define RL_KERNELS(name) (&name##_plain)
#endif

RL_C_END

#endif
