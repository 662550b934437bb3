/* Proximal policy optimisation with the clipped objective (Schulman et al. 2017), with the choices of Huang
 * et al. 2022: GAE, advantages normalised by minibatch, several epochs of shuffled minibatches, an entropy
 * bonus, optional value clipping, gradient-norm clipping, early stop on KL.
 *
 * Policy and value are separate networks with their own Adam and their own gradient clipping, so the two
 * train side by side on two threads. Minimised: policy:  mean(-min(ratio A, clip(ratio, 1-clip, 1+clip) A)) -
 * entropy * mean(H) value:   value_coef * mean(.5 max((V - target)^2, (V_old + clip(V - V_old, -value_clip,
 * value_clip) - target)^2))
 *
 *   rl_ppo_options options = rl_ppo_defaults();
 *   rl_ppo *ppo; rl_ppo_create(&ppo, env, policy, value, &options, &error);
 *   for (int i = 0; i < 200; i++) {
 *     rl_ppo_collect(ppo, 2048, &error);   // steps of each copy
 *     rl_ppo_update(ppo, &stats, &error);
 *   }
 */
#ifndef RL_PPO_H
#define RL_PPO_H

#include "rollout.h"

typedef struct rl_ppo_options {
  double gamma;         /* discount, .99 */
  double lambda;        /* of GAE, .95 */
  double lr;            /* Adam's step, 3e-4 */
  double clip;          /* of the ratio, .2 */
  double value_clip;    /* of the value, in units of return; 0: off (the default) */
  double entropy;       /* coefficient of the bonus, 0 */
  double value_coef;    /* .5 */
  double max_grad_norm; /* .5; 0: off */
  double
      target_kl; /* the policy stops for this update when a minibatch's KL is over 1.5 times this; 0: off */
  int epochs;    /* 10 */
  int minibatch; /* 64 */
  bool normalize_advantage; /* on */
  uint64_t seed;            /* of actions and shuffles, 1 */
} rl_ppo_options;

typedef struct rl_ppo_stats {
  double approx_kl, clip_fraction, entropy, policy_loss, value_loss; /* means over the last epoch */
  double explained_variance; /* of the targets by the values before the update */
  double grad_norm;          /* of the policy, before clipping, mean over the last epoch */
  int epochs;                /* that the policy began */
} rl_ppo_stats;

typedef struct rl_ppo rl_ppo;

rl_ppo_options rl_ppo_defaults(void);
rl_status rl_ppo_check(const rl_ppo_options *options,
                       rl_error *error); /* RL_BAD_ARGUMENT naming the option */

/* Env, policy and value must outlive it. RL_BAD_SHAPE when they do not fit together. */
rl_status rl_ppo_create(rl_ppo **ppo, rl_vec_env *env, rl_policy *policy, rl_value *value,
                        const rl_ppo_options *options, rl_error *error);
void rl_ppo_free(rl_ppo *ppo);

/* May be changed between updates (a schedule), within what rl_ppo_check allows. */
rl_ppo_options *rl_ppo_get_options(rl_ppo *ppo);

/* Collects `steps` of each copy and computes advantages. Errors as rl_vec_env_step. */
rl_status rl_ppo_collect(rl_ppo *ppo, int steps, rl_error *error);
rl_rollout *rl_ppo_rollout(rl_ppo *ppo); /* NULL before the first collect */

/* Trains on the collected batch, then takes its observations into the normalisers. RL_NOT_FINITE naming the
 * quantity; policy and value are then as they were before the call. RL_BAD_ARGUMENT without a fresh batch. */
rl_status rl_ppo_update(rl_ppo *ppo, rl_ppo_stats *stats, rl_error *error);

/* Gradients of the two losses over the samples `index` [rows] of the batch, as one minibatch: dpolicy
 * [policy parameters], dvalue [value parameters]. No step is taken. Errors as rl_ppo_update; RL_BAD_ARGUMENT
 * for an index outside the batch. */
rl_status rl_ppo_gradient(rl_ppo *ppo, const int *index, int rows, float *dpolicy, float *dvalue,
                          rl_error *error);

/* Optimisers, shuffle and action streams, counters: "<prefix>.*". Networks and environment save themselves. A
 * failed load leaves the object as it was. */
rl_status rl_ppo_save(const rl_ppo *ppo, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_ppo_load(rl_ppo *ppo, const rl_archive *archive, const char *prefix, rl_error *error);

#endif
