/* The vectoriser: n copies of an environment stepped together on all threads.
 *
 * Where a copy is a world of k agents, all that is said of a copy here is said of a row: there are n k of them, those of a
 * world in a row (row i is of agent i % k in world i / k), each with its own observations, actions, rewards and end. An
 * agent that has ended while its world goes on is idle until its world begins anew, which is when all its agents have
 * ended. Streams, options and what is saved are the world's.
 *
 * Workload: millions of steps of 10 to 50 us each. A step allocates nothing (but for a copy's action history,
 * which grows to the longest episode seen and stays). Copies that finish restart at once: `observation` is
 * then the first of the new episode, and `final_observation`, `final_fields` and the episode's sums are kept
 * until the next step.
 *
 * A judge, if there is one, replaces the environment's reward, its end, or both. It runs on the calling
 * thread, copy after copy, so it may be a Lua function. Its rewards must be finite. One that threads may ask is asked
 * by them, right after a copy's physics; what they got counts if the judge accepts it, else all is judged once more on
 * the calling thread.
 *
 * The state of a copy is saved as numbers where its implementation can say them, or else as what led to it: the stream
 * and options its episode began with and the actions since. Loading replays the episode, which gives the same bits (Box2D
 * cannot be saved otherwise). A copy that can do neither begins its next episode where it is loaded. */
#ifndef RL_VEC_ENV_H
#define RL_VEC_ENV_H

#include "archive/archive.h"
#include "env/env.h"

RL_C_BEGIN

enum { RL_MAX_TERMS = 32 };

typedef struct rl_judgement {
  int copy, agent;     /* the world, and the agent in it, 0, 1, ... */
  const float *fields; /* [n_fields]; those of the world's other agents lie before and behind */
  const float *action; /* [width], clamped to the bounds */
  double reward;       /* in: the environment's; out: the judge's */
  bool terminated;     /* in: the environment's; out: the judge's */
  float *terms;        /* [RL_MAX_TERMS] in: the environment's; out: the terms that make up the reward */
} rl_judgement;

typedef struct rl_judge {
  void *context;
  rl_status (*judge)(void *context, rl_judgement *judgement, rl_error *error);
  /* NULL: all agents have a reward, or else of which. */
  bool (*rewards)(void *context, int agent);
  int (*n_terms)(void *context); /* may grow while running, up to RL_MAX_TERMS */
  const char *(*term_name)(void *context, int index);
  /* All three or none (NULL), for one that threads may ask. On the calling thread, before a step: whether they may now;
   * on any thread, `worker` as in a loop (base/parallel.h); on the calling thread, after the step. */
  bool (*begin)(void *context);
  void (*ask)(void *context, int worker, rl_judgement *judgement);
  rl_status (*accept)(void *context, bool *accepted, rl_error *error);
  /* Where the places of terms follow from the order in which they come up: gives them others; NULL: they are fixed. */
  void (*place_terms)(void *context, const char *const *names, int count);
} rl_judge;

/* Whether threads are to be asked in the next step, of so many pieces. judge: or NULL. */
bool rl_judge_begin(const rl_judge *judge, int pieces);

/* What the copies show now. Arrays belong to the vectoriser; [n, ...] in the order of the copies. */
typedef struct rl_vec_view {
  const float *observation;              /* [n, observation.size] */
  const float *fields;                   /* [n, n_fields] */
  const float *reward;                   /* [n] of the last step */
  const float *terms;                    /* [n, RL_MAX_TERMS] of the last step */
  const uint8_t *terminated, *truncated; /* [n] in the last step; never both */
  const uint8_t *idle;                   /* [n] finished and not restarted: the next step skips it */
  /* Valid where terminated or truncated: */
  const float *final_observation; /* [n, observation.size] */
  const float *final_fields;      /* [n, n_fields] */
  /* Sums over the episode that finished in the last step, or else the one that goes on: */
  const double *episode_return;  /* [n] */
  const double *episode_terms;   /* [n, RL_MAX_TERMS] */
  const int64_t *episode_length; /* [n] */
} rl_vec_view;

typedef struct rl_vec_env rl_vec_env;

/* Who plays agents of a world for a program that asks for the actions of others only: see players.h. */
typedef struct rl_players {
  void *context;
  bool (*plays)(void *context, int agent);
  /* For the agents of the set `agents` (bit a: agent a): their rows of action [n, width]. */
  rl_status (*act)(void *context, const rl_vec_env *world, uint32_t agents, float *action, rl_error *error);
  /* What they remember, "<prefix>.*"; apply: false: only whether it could be loaded. */
  rl_status (*save)(const void *context, rl_archive *archive, const char *prefix, rl_error *error);
  rl_status (*load)(void *context, const rl_archive *archive, const char *prefix, bool apply,
                    rl_error *error);
  void (*free)(void *context);
} rl_players;

/* n: copies, or worlds. `options`: [n_options] checked values, or NULL for the defaults. `def` must outlive the vectoriser. Copy i
 * draws from stream (seed, first_stream + i). RL_BAD_ARGUMENT, RL_NO_MEMORY. */
rl_status rl_vec_env_create(rl_vec_env **env, const rl_env_def *def, int n, uint64_t seed,
                            uint32_t first_stream, const double *options, rl_error *error);
void rl_vec_env_free(rl_vec_env *env);

/* An environment that is the seat of one agent in the worlds of another: a row for each world, in which that agent is the
 * only one that there is to see. A step of it is one of the worlds, whose other agents are played (RL_BAD_ARGUMENT naming
 * one that is not). All else that is asked of it is asked of `world`, which must outlive its use. */
rl_status rl_vec_env_create_seat(rl_vec_env **seat, rl_vec_env *world, int agent, rl_error *error);
/* Of a world, which frees them; NULL: nobody plays. */
void rl_vec_env_set_players(rl_vec_env *world, const rl_players *players);
const rl_players *rl_vec_env_players(const rl_vec_env *world);
/* Of the actions of a world's players, one for each row; they stay when players change, and are saved with the world. NULL: out of
 * memory. */
rl_rng *rl_vec_env_player_streams(rl_vec_env *world);
/* RL_BAD_ARGUMENT naming one of these agents (bit a: agent a) that nobody plays. */
rl_status rl_vec_env_check_played(const rl_vec_env *world, uint32_t agents, rl_error *error);
/* The worlds that it is a seat in, or itself; which agent's seat it is, or -1. */
rl_vec_env *rl_vec_env_world(rl_vec_env *env);
int rl_vec_env_seat(const rl_vec_env *env);
/* Where the agent of a seat rests in all worlds, these go on until it does not. Nothing of other environments. */
rl_status rl_vec_env_pass(rl_vec_env *env, rl_error *error);
/* A step for several seats: each takes its agent's actions [worlds, width of the agent], then the worlds step, in which the
 * agents that have a player and no seat that was given actions are played. Errors as rl_vec_env_step. */
void rl_vec_env_give(rl_vec_env *seat, const float *action);
rl_status rl_vec_env_step_given(rl_vec_env *world, rl_error *error);

const rl_env_def *rl_vec_env_def(const rl_vec_env *env);
int rl_vec_env_copies(const rl_vec_env *env); /* rows */
int rl_vec_env_worlds(const rl_vec_env *env); /* as many as copies, where each has one agent */
int rl_vec_env_agents(const rl_vec_env *env); /* of a world */
/* Whether the world of this row has ended and does not restart. */
bool rl_vec_env_is_over(const rl_vec_env *env, int row);
uint64_t rl_vec_env_seed(const rl_vec_env *env);
const rl_vec_view *rl_vec_env_view(const rl_vec_env *env);
void *rl_vec_env_copy(rl_vec_env *env, int index); /* for draw and poses */
double rl_vec_env_dt(const rl_vec_env *env);       /* seconds of a step */
double rl_vec_env_physics_seconds(const rl_vec_env *env);

/* Options that each copy takes up at its next reset: [n_options], values checked by rl_env_set_option. */
double *rl_vec_env_options(rl_vec_env *env);
void rl_vec_env_set_judge(rl_vec_env *env, const rl_judge *judge); /* NULL: none */
/* Can any thread step it? RL_BAD_ARGUMENT when it has a judge, or copies that call into an interpreter. */
rl_status rl_vec_env_check_thread(const rl_vec_env *env, rl_error *error);
rl_status rl_env_check_thread(const rl_env_def *def, const rl_judge *judge,
                              rl_error *error); /* judge: or NULL */
/* Off: a finished copy stays idle until rl_vec_env_reset. On by default. */
void rl_vec_env_set_restart(rl_vec_env *env, bool restart);
bool rl_vec_env_restart(const rl_vec_env *env);

/* The terms of the reward, of the judge where there is one: how many have come up so far, and their names. */
int rl_vec_env_n_terms(const rl_vec_env *env);
const char *rl_vec_env_term_name(const rl_vec_env *env, int index);

/* All copies. RL_CALLBACK from an environment that can fail. */
rl_status rl_vec_env_reset(rl_vec_env *env, rl_error *error);
/* All copies, so that each `group` in a row begin in the same state and, with the same actions, go on alike:
 * for this episode they draw from one stream. RL_BAD_ARGUMENT when groups of that size do not divide the
 * copies, or the environment is not repeatable. */
rl_status rl_vec_env_reset_groups(rl_vec_env *env, int group, rl_error *error);
/* Before a reset: all copies draw as those of a new environment with this seed. */
void rl_vec_env_reseed(rl_vec_env *env, uint64_t seed);
/* The unfinished episodes are given up: the next collect begins with a reset, a step refuses to go on. */
void rl_vec_env_abandon(rl_vec_env *env);
bool rl_vec_env_is_reset(const rl_vec_env *env);
/* Counts resets, steps and loads: who works in pieces sees by it that somebody else has moved the copies. */
uint64_t rl_vec_env_moves(const rl_vec_env *env);

/* action [n, width]. RL_NOT_FINITE or RL_BAD_ARGUMENT naming copy and action, before anything moves;
 * RL_CALLBACK from the judge or an environment that can fail, after which the copies must be reset. */
rl_status rl_vec_env_step(rl_vec_env *env, const float *action, rl_error *error);

/* Steps that copies take apart from each other, for who needs them together only after some: where no judge is asked, no
 * actions go to a file and no copy waits for the others (serial). Between begin and end, inside parallel pieces,
 * step_copy takes the `step`-th of them with action [agents, width]; false: it failed, and the copy takes no more. end counts
 * `steps`; errors as rl_vec_env_step, of the earliest that failed. */
bool rl_vec_env_may_part(const rl_vec_env *env);
void rl_vec_env_begin_apart(rl_vec_env *env);
bool rl_vec_env_step_copy(rl_vec_env *env, int copy, int step, const float *action);
rl_status rl_vec_env_end_apart(rl_vec_env *env, int steps, rl_error *error);

/* False: nothing disturbs such copies. One that was disturbed is not saved: it begins its next episode where it is
 * loaded. */
bool rl_vec_env_disturb(rl_vec_env *env, int index, const rl_disturbance *disturbance);

/* Actions of episodes too long for memory (16 MiB a copy) go to this file, which belongs to the one environment; saves
 * refer to it, so load wants the same file. NULL: none, as at first. An episode of more than a million steps is not kept.
 * RL_NO_MEMORY. */
rl_status rl_vec_env_spill(rl_vec_env *env, const char *path, rl_error *error);

/* Arrays "<prefix>.*"; copies that wait for a reset are saved as such. Load wants the same environment and
 * number of copies; on failure nothing has changed. RL_CALLBACK from an environment that can fail. */
rl_status rl_vec_env_save(rl_vec_env *env, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_vec_env_load(rl_vec_env *env, const rl_archive *archive, const char *prefix, rl_error *error);
/* Of the last save or load: which copies do not go on bit for bit but begin their next episode, and why; "": all go on.
 * Valid until the next. */
const char *rl_vec_env_notice(const rl_vec_env *env);

RL_C_END

#endif
