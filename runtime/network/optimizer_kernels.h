/* What an update does to vectors as long as the parameters, by the levels of cpu.h. */
#ifndef RL_OPTIMIZER_KERNELS_H
#define RL_OPTIMIZER_KERNELS_H

#include "base/cpu.h"

#include <stddef.h>

RL_C_BEGIN

/* m, v: moments of scale times the gradient; theta -= rate m / (sqrt(v) inverse + epsilon). */
typedef struct rl_adam_step {
  float beta1, beta2, scale, rate, inverse, epsilon;
} rl_adam_step;

/* v: moment of scale times the gradient; theta -= rate scale gradient / sqrt(v + epsilon). */
typedef struct rl_rmsprop_step {
  float decay, scale, rate, epsilon;
} rl_rmsprop_step;

typedef struct rl_optimizer_kernels {
  void (*adam)(const rl_adam_step *step, float *theta, float *m, float *v, const float *gradient, size_t n);
  void (*rmsprop)(const rl_rmsprop_step *step, float *theta, float *v, const float *gradient, size_t n);
  /* sum [n] = `count` vectors, which begin `stride` floats apart, in their order; the first may be `sum`. */
  void (*add)(float *sum, const float *x, size_t stride, int count, size_t n);
  double (*sum_squares)(const float *x, size_t n);
} rl_optimizer_kernels;
RL_KERNEL_TABLE(rl_optimizer_kernels, rl_optimizer_table);

RL_C_END

#endif
