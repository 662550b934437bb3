/* Inside a policy-gradient method: method.c (parts, options, collecting, saving) and update.c (an update). */
#ifndef RL_METHOD_INTERNAL_H
#define RL_METHOD_INTERNAL_H

#include "method/method.h"
#include "method/objective.h"
#include "network/natural.h"

RL_C_BEGIN

/* What one of the two trainings, which run side by side, came to. */
typedef struct rl_training {
  double sums[RL_LOSS_STATS], grad_norm; /* of the last epoch, over its rows and minibatches */
  int64_t rows, minibatches;
  int epochs;
  bool bad; /* a gradient was not finite */
} rl_training;

struct rl_method {
  const rl_method_class *is;
  rl_method_options options;
  rl_collector collector;
  rl_policy *policy;
  rl_value *value; /* or NULL */
  rl_policy *base; /* or NULL */
  bool fresh;      /* there is a batch for an update */
  int64_t updates; /* so far */
  rl_objective objective;
  rl_learner policy_learner, value_learner;
  rl_natural natural;
  float *ascent; /* [policy parameters] the gradient that a natural method improves along */
  rl_rng shuffle;
  int *order; /* [epochs, rows]: a permutation of the batch for each epoch */
  size_t order_capacity;
  float *advantage;   /* [rows] of the current minibatch */
  float *base_output; /* [steps, copies, outputs of the base] */
  int capacity;       /* steps x copies of the largest batch so far */
  rl_training of_policy, of_value;
  double kl, approx_kl, improvement; /* as in rl_method_stats */
  int backtracks;
};

rl_status rl_method_check_parameters(const rl_method *method, rl_error *error); /* finite? */

RL_C_END

#endif
