/* The state of a vectoriser: how every copy's episode began, what it is now or the actions since, and the sums over the episode.
 * Shared by vec_env_state.c (what it is, and saving it), vec_env_load.c and vec_env_replay.c. */
#ifndef RL_VEC_ENV_STATE_H
#define RL_VEC_ENV_STATE_H

#include "env/vec_env_internal.h"

RL_C_BEGIN

/* The stream as the episode began, and the copy's own where it draws from its group's. */
typedef struct rl_stream_pair {
  rl_rng start, own;
} rl_stream_pair;

/* What there is of each copy beside the arrays of the vectoriser. */
typedef struct rl_books {
  rl_stream_pair *streams;
  rl_rng *now;
  uint8_t *loss;           /* an rl_loss */
  int64_t *pieces, *bytes; /* how many */
} rl_books;

struct rl_loading {
  rl_books books;
  const rl_action_piece *pieces;
  const float *actions, *observation; /* observation: to compare with, or NULL */
  const char *bytes;
  const double *state;
  int64_t *first_piece, *first_action, *first_byte; /* [n] */
  int64_t piece_steps;
  void *memory;
};

/* An array that is saved and loaded as it lies in memory. */
typedef struct rl_saved_array {
  const char *suffix;
  rl_dtype dtype;
  int64_t rows, cols;
  void *data;
  bool later; /* files of version 0.1 do not have it */
} rl_saved_array;

enum { RL_MAX_SAVED_ARRAYS = 20 };

/* Returns how many arrays there are. */
int rl_vec_env_list_arrays(const rl_vec_env *env, const rl_books *b,
                           rl_saved_array arrays[RL_MAX_SAVED_ARRAYS]);

bool rl_books_make(rl_books *b, int worlds); /* false: out of memory */
void rl_books_release(rl_books *b);

/* Says in a notice how many copies `what`, and why. loss: [worlds] */
void rl_vec_env_note(rl_vec_env *env, const uint8_t *loss, const char *what);

/* Whether copies are saved as they are, rather than as how they came there. */
static inline bool rl_vec_env_is_kept(const rl_vec_env *env) {
  return env->def->load || env->def->load_bytes;
}

/* Whether the actions of so many steps of a world are as a step leaves them; what the masks were is not known yet. */
bool rl_vec_env_are_taken(const rl_vec_env *env, const float *actions, int64_t steps);

/* Whether the file has the copies as they were. Version 0.1 replayed all. */
static inline bool rl_vec_env_has_copies(const rl_vec_env *env, const rl_loading *l) {
  return l->state || (l->bytes && env->def->load_bytes);
}

/* Makes the copies of a twin, whose arrays are read, what they were. What cannot go on begins its next episode: books.loss. */
rl_status rl_vec_env_load_copies(rl_vec_env *env, rl_loading *l, rl_error *error);

RL_C_END

#endif
