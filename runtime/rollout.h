/* A batch of experience: `steps` of each of `copies`, time first, and how it is collected. */
#ifndef RL_ROLLOUT_H
#define RL_ROLLOUT_H

#include "policy.h"
#include "vec_env.h"

/* What happened while collecting. Means over episodes are of those that finished in this batch; NaN when
 * none did. */
typedef struct rl_rollout_stats {
  int64_t total_steps;             /* of all batches so far */
  int64_t episodes, terminated;    /* finished in this batch; of those, how many terminated */
  double mean_return, mean_length; /* of finished episodes */
  double mean_reward;              /* per step of the batch */
  int n_terms;
  double terms[RL_MAX_TERMS]; /* per step of the batch */
} rl_rollout_stats;

typedef struct rl_rollout {
  int steps, copies;
  rl_tensor obs;                              /* [steps, copies, obs_size] as the environment gave them */
  rl_tensor action;                           /* [steps, copies, action width] as sampled, not clamped */
  rl_tensor log_prob;                         /* [steps, copies] */
  rl_tensor reward, value, advantage, target; /* [steps, copies] */
  rl_tensor cut_value;             /* [steps, copies] value of the state a truncated step ended at, else 0 */
  rl_tensor last_value;            /* [copies] value of the state after the last step */
  uint8_t *terminated, *truncated; /* [steps, copies] */
  rl_rng *streams;                 /* [copies] of the actions */
  rl_rollout_stats stats;
} rl_rollout;

rl_status rl_rollout_init(rl_rollout *rollout, int steps, const rl_vec_env *env, uint64_t seed,
                          rl_error *error);
void rl_rollout_release(rl_rollout *rollout);

/* Steps the environment with sampled actions, from where it stands (resets it the first time), then evaluates
 * `value` (NULL: all values 0). Errors as rl_vec_env_step; the rollout is then incomplete. */
rl_status rl_rollout_collect(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             rl_error *error);

/* The action streams and the stats: array "<prefix>.streams" and so on. */
rl_status rl_rollout_save(const rl_rollout *rollout, rl_archive *archive, const char *prefix,
                          rl_error *error);
rl_status rl_rollout_load(rl_rollout *rollout, const rl_archive *archive, const char *prefix,
                          rl_error *error);

#endif
