/* Inside a policy-gradient method: method.c (collecting, checks, statistics), method_train.c (the steps),
 * method_check.c (what is refused), method_state.c (saving and loading). */
#ifndef RL_METHOD_INTERNAL_H
#define RL_METHOD_INTERNAL_H

#include "method/method.h"
#include "method/objective.h"
#include "method/reward_filter.h"
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
  rl_method_options options;
  rl_vec_env *env;
  rl_policy *policy;
  rl_value *value; /* or NULL */
  rl_policy *base; /* or NULL */
  rl_rollout rollout;
  rl_reward_filter filter;
  bool has_rollout, fresh;
  int64_t updates; /* so far */
  rl_objective objective;
  rl_learner policy_learner, value_learner;
  rl_natural natural;
  float *old_log_std; /* [action.size] that the batch was collected with, where all states share one */
  float *ascent;      /* [policy parameters] the gradient that a natural method improves along */
  rl_rng shuffle;
  float *reward; /* [steps, copies] filtered */
  int *order;    /* [epochs, rows]: a permutation of the batch for each epoch */
  size_t order_capacity;
  float *advantage;   /* [rows] of the minibatch at work */
  float *base_output; /* [steps, copies, outputs of the base] */
  int capacity;       /* steps x copies of the largest batch so far */
  rl_training of_policy, of_value;
  double kl, approx_kl, improvement; /* as in rl_method_stats */
  int backtracks;
};

static inline bool rl_method_is_natural(const rl_method *m) {
  return m->options.kind == RL_NPG || m->options.kind == RL_TRPO;
}

/* Steps that go once over the whole batch. */
static inline bool rl_method_is_single_step(const rl_method *m) {
  return m->options.kind == RL_REINFORCE || m->options.kind == RL_ACTOR_CRITIC || m->options.kind == RL_A2C;
}

/* One network has both heads and takes one step for both. */
static inline bool rl_method_is_shared(const rl_method *m) { return !m->value && m->policy->value_head; }

rl_status rl_method_check_parts(const rl_vec_env *env, const rl_policy *policy, const rl_value *value,
                                const rl_policy *base, const rl_method_options *options, rl_error *error);
rl_status rl_method_check_parameters(const rl_method *method, rl_error *error); /* finite? */
rl_status rl_method_check_batch(const rl_method *method,
                                rl_error *error); /* finite, and choices that exist? */

/* Rows of a minibatch: of the value, and of a policy that goes through minibatches. */
int rl_method_minibatch(const rl_method *method);

/* The advantages of a minibatch, as the policy's objective is to see them. */
void rl_method_take_advantages(rl_method *method, const int *index, int rows);

/* Trains policy and value on the batch. Fills of_policy, of_value and the numbers beside them. */
void rl_method_train(rl_method *method);

RL_C_END

#endif
