/* Loops over plain float vectors that several modules need. Sums run in double over fixed SIMD lanes: the
 * same bits for the same build, whatever the number of threads. */
#ifndef RL_VECTOR_H
#define RL_VECTOR_H

#include "base/linkage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

RL_C_BEGIN

double rl_sum(const float *x, size_t n);
double rl_sum_squares(const float *x, size_t n);
double rl_dot(const float *x, const float *y, size_t n);
void rl_add(float *y, const float *x, size_t n); /* y += x */
void rl_scale(float *x, float factor, size_t n); /* x *= factor */
void rl_mean_variance(const float *x, size_t n, double *mean,
                      double *variance); /* population variance; 0, 0 for n = 0 */
/* Index of the first element that is NaN or infinite; n when there is none. */
size_t rl_first_not_finite(const float *x, size_t n);
/* By which one sees that numbers have changed, on from `seed`. */
uint64_t rl_mark(const float *x, size_t n, uint64_t seed);

RL_C_END

#endif
