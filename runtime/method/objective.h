/* What a policy-gradient step improves, and what the value's regression minimises: losses for a learner, with
 * their gradients by the outputs of the network. Minimised, as means over the minibatch, is
 *
 *   score       -A log pi(a|s)                              REINFORCE, actor-critic, A2C
 *   surrogate   -ratio A                                    NPG, TRPO; ratio = pi(a|s) / pi_old(a|s)
 *   clipped     -min(ratio A, clip(ratio, 1-clip, 1+clip) A)                     PPO, GRPO
 *   penalized   -ratio A + kl_coef KL(pi_old || pi)         PPO with an adaptive penalty
 *
 * each with - entropy_coef H(pi) + base_kl_coef KL(pi || pi_base), with symmetry_coef |mean(s) - image of mean(image of s)|^2
 * where that is asked for, and for the value
 *
 *   value_coef .5 max((V - target)^2, (V_old + clip(V - V_old, -value_clip, value_clip) - target)^2)
 *
 * A value head on the policy's trunk adds the second to the first. */
#ifndef RL_OBJECTIVE_H
#define RL_OBJECTIVE_H

#include "method/baseline.h"

RL_C_BEGIN

/* What the stats of a learner hold under these losses, as sums over rows. */
enum {
  RL_STAT_POLICY_LOSS, /* without entropy and base */
  RL_STAT_APPROX_KL,   /* (ratio - 1) - log ratio */
  RL_STAT_CLIPPED,
  RL_STAT_ENTROPY,
  RL_STAT_KL,         /* KL(pi_old || pi), where `exact_kl` */
  RL_STAT_BASE_KL,    /* KL(pi || pi_base) */
  RL_STAT_VALUE_LOSS, /* without value_coef */
  RL_STAT_ASYMMETRY   /* |mean(s) - image of mean(image of s)|^2, where samples have images */
};

/* What losses read of the samples, cell by cell as a rollout has them; behind them, where there are any, those of
 * their images. */
typedef struct rl_samples {
  int cells; /* from this on they are images */
  const float *obs, *action, *log_prob, *output, *value, *target;
  const float *log_std; /* where all states share one */
} rl_samples;

typedef struct rl_objective {
  rl_objective_kind kind;
  double clip, kl_coef, entropy_coef, base_kl_coef, value_clip, value_coef;
  bool exact_kl, value_head; /* value_head: its loss counts */
  const rl_policy *policy;
  const float *theta; /* that its outputs come from; NULL: its own */
  rl_samples samples;
  const rl_mirror *mirror; /* of the action: each sample is followed by its image; or NULL */
  bool images_act;         /* images count as samples */
  double symmetry_coef;
  const rl_policy *base;       /* or NULL */
  const float *base_output;    /* [batch rows, the base's outputs] */
  const int *first;            /* the current minibatch: samples, */
  const float *advantage;      /* and the advantage of each */
  const rl_baseline *baseline; /* or NULL */
  size_t capacity;             /* rows */
  float *scratch;              /* for each row of a minibatch: scratch_width floats */
} rl_objective;

/* RL_NO_MEMORY. Policy, batch and the numbers are the caller's to set. */
rl_status rl_objective_reserve(rl_objective *objective, const rl_policy *policy, int rows, rl_error *error);
void rl_objective_release(rl_objective *objective);

rl_loss rl_policy_loss, rl_value_loss; /* contexts: the objective */
rl_metric rl_policy_metric;            /* the Fisher metric of the policy's distributions */
rl_amendment rl_policy_amend;          /* the masks of a policy that has them */

/* loss value of a minibatch from a learner's stats: mean of policy loss - entropy + base + asymmetry */
double rl_objective_value(const rl_objective *objective, const double *stats, int rows);

RL_C_END

#endif
