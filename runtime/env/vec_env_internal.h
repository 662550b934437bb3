/* Inside the vectoriser: shared by vec_env.c (stepping) and vec_env_state.c (saving and loading). */
#ifndef RL_VEC_ENV_INTERNAL_H
#define RL_VEC_ENV_INTERNAL_H

#include "base/parallel.h"
#include "env/vec_env.h"

#include <math.h>

RL_C_BEGIN

typedef struct rl_copy {
  void *self;
  rl_rng rng, start; /* now, and as it was when the episode began */
  rl_rng own;        /* while it borrows its group's stream for an episode */
  uint8_t borrowed;
  float *history; /* [history_steps, width] actions since the episode began */
  int64_t history_capacity;
  bool out_of_memory;
  rl_status status; /* of an environment that can fail */
} rl_copy;

typedef struct rl_replay { /* while a state is loaded */
  const int64_t *first;    /* [n] index of each copy's first action */
  const float *actions;
} rl_replay;

struct rl_vec_env {
  const rl_env_def *def;
  int n;
  uint64_t seed;
  uint32_t first_stream;
  bool restart, is_reset;
  uint64_t moves;
  rl_error *error; /* of the current call */
  rl_replay replay;
  rl_judge judge;
  double *options;        /* [n_options] for the next resets */
  double *options_in_use; /* [n, n_options] */
  rl_copy *copies;        /* [n] */
  rl_vec_view view;
  /* The arrays behind the view, writable. */
  float *action, *observation, *final_observation, *fields, *final_fields, *reward, *terms;
  uint8_t *terminated, *truncated, *idle;
  double *judged_reward; /* [n] */
  double *episode_return, *episode_terms;
  int64_t *episode_length;
};

static inline size_t width(const rl_vec_env *env) { return (size_t)rl_space_width(&env->def->action); }
static inline size_t obs_size(const rl_vec_env *env) { return (size_t)env->def->observation.size; }
static inline size_t n_fields(const rl_vec_env *env) { return (size_t)env->def->n_fields; }

static inline const double *options_in_use(const rl_vec_env *env, int i) {
  return env->options_in_use + (size_t)i * (size_t)env->def->n_options;
}

static inline bool is_choice(const rl_space *space, float a) {
  return a >= 0.0f && a < (float)space->size && a == floorf(a);
}

/* Where copy i writes what it shows. */
rl_env_io rl_vec_env_io(rl_vec_env *env, int i);

/* Begins an episode with the stream and options that the copy has in use. The terms of a reset are zeros that
 * nothing reads: the view keeps those of the last step. */
void rl_vec_env_begin(rl_vec_env *env, int i);

/* Calls piece(env, i, worker) for every copy: on all threads, or in order on this one up to the first that
 * fails. */
rl_status rl_vec_env_each(rl_vec_env *env, rl_piece *piece, rl_error *error);

/* Room in the history for an action after `length` others; doubles, so that it is rare. */
bool rl_vec_env_reserve(rl_vec_env *env, rl_copy *copy, int64_t length);

RL_C_END

#endif
