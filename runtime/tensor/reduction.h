/* Loops that reduce, by the levels of cpu.h, which give the same bytes. */
#ifndef RL_REDUCTION_H
#define RL_REDUCTION_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

typedef struct rl_reduction_kernels {
  double (*sum)(int64_t n, const float *x);
  /* The greatest or the least of n > 0 numbers; NaN if one is. */
  float (*best)(int64_t n, const float *x, bool least);
  /* Over rows, which lie `row` numbers apart, for each of n columns: sum[j] += x[i * row + j] in the order of i; the
   * best of best[j] and x[i * row + j], into best[j]; the same, and at[j] = first + i where that is better than before. */
  void (*add)(int64_t rows, int64_t n, const float *x, int64_t row, double *sum);
  void (*better)(int64_t rows, int64_t n, const float *x, int64_t row, bool least, float *best);
  void (*better_at)(int64_t rows, int64_t n, const float *x, int64_t row, bool least, int32_t first,
                    float *best, int32_t *at);
  /* The first that is equal to `value`, or NaN where that is; n if there is none. */
  int64_t (*find)(int64_t n, const float *x, float value);
} rl_reduction_kernels;
RL_KERNEL_TABLE(rl_reduction_kernels, rl_reduction_table);

RL_C_END

#endif
