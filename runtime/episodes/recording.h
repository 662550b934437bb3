/* One episode, remembered step by step: what a replay shows, and what is measured of it. */
#ifndef RL_RECORDING_H
#define RL_RECORDING_H

#include "env/vec_env.h"
#include "network/policy.h"

RL_C_BEGIN

typedef struct rl_recording {
  int length, capacity; /* moments: the start and one after each step */
  int n_bodies, n_fields, n_traces, obs_size;
  int agent;          /* of a world: whose it is */
  float *poses;       /* [length, n_bodies, 3]: x m, y m, angle rad */
  float *fields;      /* [length, n_fields] */
  float *traces;      /* [length, n_traces] */
  float *observation; /* [length, obs_size] */
  float *reward;      /* [length]; 0 at the start */
  float *terms;       /* [length, RL_MAX_TERMS] of the reward */
  bool ended;         /* false: it was cut at max_steps */
  bool terminated;    /* and so it did; else truncated, or cut */
  int n_drawn;        /* bodies that something is drawn of: the last ones may have nothing to show */
  int n_followed;     /* the first of those, for a camera to follow: without the props */
} rl_recording;

/* What a replay draws over time. */
typedef struct rl_curve {
  char name[80];
  const char *unit;
  const float *values; /* [length], `stride` numbers apart */
  int stride;
} rl_curve;

/* Whether the policy, which may be NULL, can act in this environment, of a world for all agents: RL_BAD_SHAPE, giving both sizes,
 * or RL_BAD_ARGUMENT naming agents that are not alike. */
rl_status rl_check_player(const rl_policy *policy, const rl_env_def *def, rl_error *error);

/* Runs an episode on the only copy of `env`, which is reset first and must not restart, with the most likely
 * actions when deterministic, else actions sampled from `rng`. Without a policy: actions of zeros when
 * deterministic, for what has a controller of its own, else uniformly random ones (rl_space_sample). Errors
 * as rl_vec_env_step. Release the result also after a failure. */
rl_status rl_record(rl_recording *recording, rl_vec_env *env, rl_policy *policy, bool deterministic,
                    rl_rng *rng, int64_t max_steps, rl_error *error);
/* The same of the only world of `env`, as `agent` sees it: fields, observations and rewards are its own. */
rl_status rl_record_agent(rl_recording *recording, rl_vec_env *env, int agent, rl_policy *policy,
                          bool deterministic, rl_rng *rng, int64_t max_steps, rl_error *error);
void rl_recording_release(rl_recording *recording);

/* The same piece by piece, of any copies of `env`: have those that will be recorded measured (before they are
 * reset), begin a recording (of a world: of that agent), add the moment that a copy shows now (RL_NO_MEMORY), and how many bodies
 * are drawn at the end. */
void rl_recording_watch(rl_vec_env *env, int copy);
void rl_recording_begin(rl_recording *recording, const rl_env_def *def, int agent);
rl_status rl_recording_add(rl_recording *recording, rl_vec_env *env, int copy, rl_error *error);

/* The actions [n, width] of all copies of `env`, as rl_record chooses them. streams: [n]; memory: rl_player_memory numbers, at
 * first zeros. In a world of several agents a recording is of the row that is added: its observations, fields and rewards,
 * until its world is over. */
size_t rl_player_memory(const rl_policy *policy, const rl_vec_env *env); /* of a policy, or NULL */
rl_status rl_choose_actions(rl_policy *policy, const rl_vec_env *env, bool deterministic, rl_rng *streams,
                            float *memory, float *action, rl_error *error);
/* Those of a world whose agents all have players (players.h). RL_BAD_ARGUMENT naming one that has none. */
rl_status rl_play_actions(const rl_vec_env *env, float *action, rl_error *error);

/* How many bodies of a copy something is drawn of, and how many of those a camera follows. */
void rl_drawn_bodies(rl_vec_env *env, int *n_drawn, int *n_followed);

/* The curves of a recording of `env`: the speed, if there is a field "vx" in m/s, the reward, its terms
 * sorted by name, and the fields of an environment that has few of them. Returns how many. Names, units and
 * values belong to the recording and to `env`. */
enum { RL_CURVE_FIELDS = 32, RL_MAX_CURVES = 2 + RL_MAX_TERMS + RL_CURVE_FIELDS };
int rl_recording_curves(const rl_recording *recording, const rl_vec_env *env, rl_curve curves[RL_MAX_CURVES]);

RL_C_END

#endif
