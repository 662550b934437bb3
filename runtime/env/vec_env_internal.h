/* Inside the vectoriser: shared by vec_env.c (its making and what it tells), vec_env_begin.c (resets), vec_env_step.c (steps),
 * vec_env_each.c (loops over worlds), vec_env_history.c (what an episode is replayed from), vec_env_ranks.c, vec_env_seat.c and
 * those of vec_env_state.h (saving and loading). */
#ifndef RL_VEC_ENV_INTERNAL_H
#define RL_VEC_ENV_INTERNAL_H

#include "base/parallel.h"
#include "base/ranks.h"
#include "env/action_file.h"
#include "env/vec_env.h"

#include <math.h>
#include <stdatomic.h>

RL_C_BEGIN

/* Why an episode cannot go on elsewhere: the copy begins its next one there. In files by these numbers. */
typedef enum rl_loss {
  RL_KEPT,
  RL_LOST_LONG,       /* it is longer than RL_MAX_REPLAY */
  RL_LOST_MEMORY,     /* there is no file for its actions, and they are too many for memory */
  RL_LOST_FILE,       /* its actions are not in their file */
  RL_LOST_REPEATABLE, /* the environment is not repeatable */
  RL_LOST_DIFFERENT,  /* replayed, it came to another state */
  RL_LOST_DISTURBED,  /* by somebody who watched */
  RL_LOSSES
} rl_loss;

enum { RL_MAX_REPLAY = 1000000 }; /* steps of an episode that is replayed */

typedef struct rl_copy {
  void *self;
  rl_rng rng, start; /* now, and as it was when the episode began */
  rl_rng own;        /* while it borrows its group's stream for an episode */
  uint8_t borrowed;
  rl_loss loss;
  float *history; /* [in memory, width] actions since the last whole piece */
  int64_t history_capacity;
  rl_action_piece *pieces; /* of the actions before those */
  int n_pieces, piece_room;
  bool out_of_memory;
  bool refused, finite; /* in the current step: its action; its reward */
  int failed_at;        /* of the steps that copies take apart: the one that failed */
  rl_status status;     /* of an environment that can fail: that of its first agent */
} rl_copy;

typedef struct rl_loading rl_loading; /* vec_env_state.h */

/* Whether rehearsals gain time, which depends on what a step has to do. The results are the same, so a clock may choose. */
typedef struct rl_pace {
  bool plain; /* the current step, and what belongs to it: without */
  int steps;
  double least[2]; /* seconds of the quickest step lately: with, without */
} rl_pace;

struct rl_vec_env {
  const rl_env_def *def;
  rl_vec_env *
      world; /* of a seat (vec_env_seat.c), which has of what follows the arrays of the view only; else NULL */
  int agent;          /* whose seat it is */
  uint64_t looked;    /* moves of the world that these are of */
  rl_players players; /* of a world */
  rl_rng *streams;    /* [n] that players draw from, made when they are first wanted */
  float *given;       /* [n, width] actions of seats, */
  uint32_t givers;    /* and which agents have given theirs */
  int worlds, agents; /* copies of the definition, and the agents in each */
  int n;              /* rows: worlds * agents, row i is of agent i % agents in world i / agents */
  uint64_t seed;
  uint32_t first_stream;
  bool restart, is_reset;
  rl_ranks_part part; /* the worlds that are stepped: all, but while ranks share them */
  bool away;          /* what other ranks have stepped is not here */
  uint64_t moves;
  rl_pace pace;
  atomic_bool failed;          /* in the current step, a copy of which not all is well */
  rl_error *error;             /* of the current call */
  rl_loading *loading;         /* while a state is loaded */
  rl_action_file *action_file; /* or NULL */
  void *piece;                 /* [RL_ACTION_PIECE] bytes on the way there, where there is one */
  char notice[256];
  rl_judge judge;
  double *options;        /* [n_options] for the next resets */
  double *options_in_use; /* [worlds, n_options] */
  rl_copy *copies;        /* [worlds] */
  rl_vec_view view;
  /* The arrays behind the view, writable. */
  float *action, *observation, *final_observation, *fields, *final_fields, *reward, *terms;
  uint8_t *terminated, *truncated, *idle;
  double *judged_reward; /* [n] */
  bool asking;           /* the judge, in the current step, by threads; what they get: */
  rl_judgement *judged;  /* [n], made when it is first wanted */
  float *judged_terms;   /* [n, RL_MAX_TERMS] */
  double *episode_return, *episode_terms;
  int64_t *episode_length;
};

static inline size_t width(const rl_vec_env *env) { return (size_t)rl_space_width(&env->def->action); }
static inline size_t obs_size(const rl_vec_env *env) { return (size_t)env->def->observation.size; }
static inline size_t n_fields(const rl_vec_env *env) { return (size_t)env->def->n_fields; }

/* Floats of the actions of a world, and its first row. */
static inline size_t world_width(const rl_vec_env *env) { return (size_t)env->agents * width(env); }
static inline int first_row(const rl_vec_env *env, int world) { return world * env->agents; }

static inline const double *options_in_use(const rl_vec_env *env, int i) {
  return env->options_in_use + (size_t)i * (size_t)env->def->n_options;
}

/* Whose state it is: a seat has none of its own. */
static inline rl_vec_env *world_of(rl_vec_env *env) { return env->world ? env->world : env; }
static inline const rl_vec_env *const_world_of(const rl_vec_env *env) {
  return env->world ? env->world : env;
}

static inline bool is_choice(const rl_space *space, float a) {
  return a >= 0.0f && a < (float)space->size && a == floorf(a);
}

/* Where a row is written; where those of a world are, their terms beside those of the view if `terms` is not NULL. */
rl_env_io rl_vec_env_row_io(rl_vec_env *env, int row);
typedef float rl_terms[RL_MAX_TERMS];
void rl_vec_env_io(rl_vec_env *env, int world, rl_env_io io[RL_MAX_AGENTS], rl_terms *terms);

/* Begins an episode with the stream and options that the copy has in use. The terms of a reset are zeros that
 * nothing reads: the view keeps those of the last step. */
void rl_vec_env_begin(rl_vec_env *env, int i);

/* Calls piece(env, world, worker) for every world: on all threads, or in order on this one up to the first that
 * fails. `rehearsal`: what threads may try before, or NULL. */
rl_status rl_vec_env_each(rl_vec_env *env, rl_piece *piece, rl_piece *rehearsal, rl_error *error);
/* Worlds to a piece of its work; asking: the judge as well. */
int rl_vec_env_piece_size(const rl_vec_env *env, bool asking);

/* Begins an episode of the copy with the options that are set, and no sums. */
void rl_vec_env_begin_anew(rl_vec_env *env, int i);

/* The next episode of a copy: with the stream of its own and the options that are set. The sums stay, to be looked at. */
void rl_vec_env_reset_copy(rl_vec_env *env, int i);
void rl_vec_env_clear_books(rl_vec_env *env, int row); /* the sums of an episode */

/* Steps of the episode of a world that goes on. */
int64_t rl_vec_env_age(const rl_vec_env *env, int world);

/* What other ranks have stepped (vec_env_ranks.c): what saves and resets need of it, or all of it. */
rl_status rl_vec_env_fetch(rl_vec_env *env, rl_error *error);
rl_status rl_vec_env_bring_home(rl_vec_env *env, rl_error *error);

/* Seats: the rows are those that the world now shows. */
void rl_vec_env_look(rl_vec_env *seat);
rl_status rl_vec_env_step_seat(rl_vec_env *seat, const float *action, rl_error *error);
rl_status rl_vec_env_save_players(const rl_vec_env *world, rl_archive *archive, const char *prefix,
                                  rl_error *error);
rl_status rl_vec_env_load_players(rl_vec_env *world, const rl_archive *archive, const char *prefix,
                                  bool apply, rl_error *error);

/* Histories. */

bool rl_vec_env_is_replayed(const rl_vec_env *env); /* or are copies saved as they are */
int64_t rl_vec_env_piece_steps(const rl_vec_env *env);
int64_t rl_vec_env_in_memory(const rl_vec_env *env, int i); /* steps */
void rl_vec_env_begin_history(rl_vec_env *env, rl_copy *copy);
void rl_vec_env_lose(rl_vec_env *env, rl_copy *copy, rl_loss why);
/* Room for an action after `length` others; doubles, so that it is rare. */
bool rl_vec_env_reserve(rl_vec_env *env, rl_copy *copy, int64_t length);
bool rl_vec_env_remember(rl_vec_env *env, int i, const float *action); /* false: out of memory */
void rl_vec_env_spill_copy(rl_vec_env *env, int i); /* whole pieces go to the file; on one thread */

RL_C_END

#endif
