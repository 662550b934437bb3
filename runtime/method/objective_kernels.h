/* What the loss of a policy does to each row of a piece, by the levels of cpu.h. */
#ifndef RL_OBJECTIVE_KERNELS_H
#define RL_OBJECTIVE_KERNELS_H

#include "base/cpu.h"
#include "method/methods.h"

RL_C_BEGIN

typedef struct rl_weighing {
  rl_objective_kind kind;
  float low, high; /* the clip */
  float per_row;   /* 1 / rows of the minibatch */
} rl_weighing;

/* Sums over rows. */
typedef struct rl_weighed {
  double loss, approx_kl, clipped;
} rl_weighed;

typedef struct rl_objective_kernels {
  /* weight: what log pi(a|s) is to be multiplied by in the gradient of the mean. */
  rl_weighed (*weigh)(const rl_weighing *how, int rows, const float *log_prob, const float *old_log_prob,
                      const float *advantage, float *weight);
} rl_objective_kernels;
RL_KERNEL_TABLE(rl_objective_kernels, rl_objective_table);

RL_C_END

#endif
