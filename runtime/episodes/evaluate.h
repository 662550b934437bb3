/* How good is a policy? Episodes on copies of their own, so that training is not disturbed, one episode a
 * copy, so that short episodes do not count more often than long ones. */
#ifndef RL_EVALUATE_H
#define RL_EVALUATE_H

#include "episodes/recording.h"

RL_C_BEGIN

typedef struct rl_episode {
  double total_return; /* not discounted */
  int64_t length;      /* steps */
  bool terminated;     /* else truncated */
} rl_episode;

typedef struct rl_evaluation {
  int episodes, n_fields, n_terms; /* episodes: of agents, those of a world in a row */
  int agent;                       /* whose episodes count in what follows, or -1: those of all */
  double mean_return, mean_length;
  int terminated;      /* episodes that did */
  rl_episode *episode; /* [episodes] */
  float *fields;       /* [episodes, n_fields] at the end of each */
  double *terms;       /* [episodes, RL_MAX_TERMS] sums */
} rl_evaluation;

/* Runs `episodes` episodes of `def` (options and judge as a vectoriser takes them), with actions as rl_record
 * takes them; of a world of several agents an episode of each. Episode i draws from stream (seed, i) of its own, and is remembered in recordings[i] where i
 * is less than n_recordings; nothing in there is drawn. Errors as rl_vec_env_step. Release the result and the
 * recordings also after a failure. */
rl_status rl_evaluate(rl_evaluation *result, const rl_env_def *def, const double *options,
                      const rl_judge *judge, rl_policy *policy, int episodes, bool deterministic,
                      uint64_t seed, rl_recording *recordings, int n_recordings, rl_error *error);
/* The same of a world in which all agents have players (players.h): `env` is new, has as many worlds as there are episodes,
 * and is as rl_evaluate makes one with rl_evaluation_env. agent: whose episodes count, and are recorded; -1: those of all. */
rl_status rl_evaluation_env(rl_vec_env **env, const rl_env_def *def, const double *options,
                            const rl_judge *judge, int episodes, uint64_t seed, rl_error *error);
rl_status rl_evaluate_played(rl_evaluation *result, rl_vec_env *env, int agent, rl_recording *recordings,
                             int n_recordings, rl_error *error);
void rl_evaluation_release(rl_evaluation *result);

RL_C_END

#endif
