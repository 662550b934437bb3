/* What is asked of categorical distributions, which is mostly exp and log (dist.h says what each is), by the levels of
 * cpu.h. */
#ifndef RL_CATEGORICAL_KERNELS_H
#define RL_CATEGORICAL_KERNELS_H

#include "base/cpu.h"
#include "network/dist.h"

RL_C_BEGIN

typedef struct rl_categorical_kernels {
  void (*log_prob)(const rl_dist *dist, int rows, const float *action, float *log_prob);
  void (*entropy)(const rl_dist *dist, int rows, float *entropy);
  void (*kl)(const rl_dist *old, const rl_dist *new_, int rows, float *kl);
  void (*log_prob_vjp)(const rl_dist *dist, int rows, const float *action, const float *weight, float *dhead);
  void (*entropy_vjp)(const rl_dist *dist, int rows, const float *weight, float *dhead);
  void (*fisher)(const rl_dist *dist, int rows, const float *weight, const float *vhead, float *dhead);
} rl_categorical_kernels;
RL_KERNEL_TABLE(rl_categorical_kernels, rl_categorical_table);

RL_C_END

#endif
