/* All worlds, on all threads, or in order where an environment is of the program; and the rehearsals before those
 * (rl_rehearsal). */
#include "env/vec_env_internal.h"

typedef struct each {
  rl_vec_env *env;
  rl_piece *piece;
  int size; /* worlds to a piece of work */
} each;

static void each_piece(void *context, int index, int worker) {
  const each *e = context;
  const rl_ranks_part part = e->env->part;
  const int first = part.first + index * e->size,
            end = first + e->size < part.end ? first + e->size : part.end;
  for (int i = first; i < end; i++) e->piece(e->env, i, worker);
}

/* Copies to a piece where a judge is asked, which takes as long as the shortest steps, or longer. */
enum { ASKED = 32 };

int rl_vec_env_piece_size(const rl_vec_env *env, bool asking) {
  const int size = env->def->copies_a_piece > 1 ? env->def->copies_a_piece : 1;
  return asking && size > ASKED ? ASKED : size;
}

enum { AGAIN = 8 }; /* times that a rehearsal is repeated */

/* Whether there was one, which is to be ended. */
static bool rehearse(rl_vec_env *env, rl_piece *piece) {
  const rl_rehearsal *rehearsal = env->def->rehearsal;
  if (!rehearsal || !piece || env->pace.plain || env->worlds < 2 || rl_threads() < 2) return false;
  const int share = env->worlds / (4 * rl_threads()) + 1;
  each e = {env, piece, share < ASKED ? share : ASKED};
  bool again = true;
  for (int i = 0; again && i <= AGAIN; i++) {
    again = rehearsal->begin(env->def);
    if (!again) break;
    rl_parallel_for(rl_pieces(env->worlds, e.size), each_piece, &e);
    again = rehearsal->again(env->def);
  }
  return true;
}

rl_status rl_vec_env_each(rl_vec_env *env, rl_piece *piece, rl_piece *rehearsal, rl_error *error) {
  if (!env->def->serial) {
    each e = {env, piece, rl_vec_env_piece_size(env, env->asking)};
    rl_parallel_for(rl_pieces(env->part.end - env->part.first, e.size), each_piece, &e);
    return RL_OK;
  }
  rl_status status = RL_OK;
  const bool rehearsed = rehearse(env, rehearsal);
  env->error = error;
  for (int i = 0; i < env->worlds && !status; i++) {
    env->copies[i].status = RL_OK;
    piece(env, i, 0);
    status = env->copies[i].status;
  }
  env->error = NULL;
  if (rehearsed) env->def->rehearsal->end(env->def);
  return status;
}
