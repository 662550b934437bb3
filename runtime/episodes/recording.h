/* One episode, remembered step by step: what a replay shows. */
#ifndef RL_RECORDING_H
#define RL_RECORDING_H

#include "env/vec_env.h"
#include "network/policy.h"

RL_C_BEGIN

typedef struct rl_recording {
  int length, capacity; /* moments: the start and one after each step */
  int n_bodies, n_fields, obs_size;
  float *poses;       /* [length, n_bodies, 3]: x m, y m, angle rad */
  float *fields;      /* [length, n_fields] */
  float *observation; /* [length, obs_size] */
  float *reward;      /* [length]; 0 at the start */
  float *terms;       /* [length, RL_MAX_TERMS] of the reward */
  bool terminated;    /* how it ended; false too when it was cut at max_steps */
} rl_recording;

/* Runs an episode on the only copy of `env`, which is reset first and must not restart, with the most likely
 * actions when deterministic, else actions sampled from `rng`. Without a policy: actions of zeros when
 * deterministic, for what has a controller of its own, else uniformly random ones (rl_space_sample). Errors
 * as rl_vec_env_step. Release the result also after a failure. */
rl_status rl_record(rl_recording *recording, rl_vec_env *env, rl_policy *policy, bool deterministic,
                    rl_rng *rng, int64_t max_steps, rl_error *error);
void rl_recording_release(rl_recording *recording);

RL_C_END

#endif
