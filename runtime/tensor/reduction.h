/* Loops that reduce, by the levels of cpu.h, which give the same bytes. */
#ifndef RL_REDUCTION_H
#define RL_REDUCTION_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

typedef struct rl_reduction_kernels {
  double (*sum)(int64_t n, const float *x);
  /* sum[j] += x[j] */
  void (*add)(int64_t n, const float *x, double *sum);
  /* The greatest or the least of n > 0 numbers; NaN if one is. */
  float (*best)(int64_t n, const float *x, bool least);
  /* The same of best[j] and x[j], into best[j]. */
  void (*better)(int64_t n, const float *x, bool least, float *best);
  /* The same, and at[j] = row where that is x[j] and not as good before. */
  void (*better_at)(int64_t n, const float *x, bool least, int32_t row, float *best, int32_t *at);
  /* The first that is equal to `value`, or NaN where that is; n if there is none. */
  int64_t (*find)(int64_t n, const float *x, float value);
} rl_reduction_kernels;
RL_KERNEL_TABLE(rl_reduction_kernels, rl_reduction_table);

RL_C_END

#endif
