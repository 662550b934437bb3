/* What a copy's episode is replayed from: the actions since it began. The last ones are in memory; where there is a file for
 * them, whole pieces of earlier ones are there. */
#include "env/vec_env_internal.h"

#include "base/memory.h"

#include <string.h>

enum { IN_MEMORY = 1 << 24 }; /* bytes of a copy's actions where there is no file */

static int64_t steps_of(const rl_vec_env *env, int64_t bytes) {
  return bytes / (int64_t)(world_width(env) * sizeof(float));
}

int64_t rl_vec_env_piece_steps(const rl_vec_env *env) { return steps_of(env, RL_ACTION_PIECE); }

bool rl_vec_env_is_replayed(const rl_vec_env *env) {
  return env->def->repeatable && !env->def->load && !env->def->load_bytes;
}

static void forget(rl_vec_env *env, rl_copy *c) {
  for (int k = 0; k < c->n_pieces && env->action_file; k++)
    rl_action_file_drop(env->action_file, &c->pieces[k]);
  c->n_pieces = 0;
}

void rl_vec_env_lose(rl_vec_env *env, rl_copy *c, rl_loss why) {
  forget(env, c);
  rl_release(c->history);
  c->history = NULL;
  c->history_capacity = 0;
  c->loss = why;
}

void rl_vec_env_begin_history(rl_vec_env *env, rl_copy *c) {
  forget(env, c);
  c->loss = RL_KEPT;
}

static int64_t spilled(const rl_vec_env *env, const rl_copy *c) {
  return c->n_pieces * rl_vec_env_piece_steps(env);
}

/* Also of an episode that has ended, until its books are cleared. */
static int64_t length_of(const rl_vec_env *env, int world) {
  int64_t length = 0; /* that of who is still there, or was last */
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
    if (env->episode_length[i] > length) length = env->episode_length[i];
  return length;
}

int64_t rl_vec_env_in_memory(const rl_vec_env *env, int world) {
  return length_of(env, world) - spilled(env, &env->copies[world]);
}

bool rl_vec_env_reserve(rl_vec_env *env, rl_copy *c, int64_t length) {
  if (length < c->history_capacity) return true;
  int64_t first = steps_of(env, IN_MEMORY) < 1024 ? steps_of(env, IN_MEMORY) : 1024,
          capacity = c->history_capacity ? 2 * c->history_capacity : first;
  float *history = rl_allocate((size_t)capacity * world_width(env), sizeof *history);
  if (!history) return false;
  if (c->history) memcpy(history, c->history, (size_t)length * world_width(env) * sizeof *history);
  rl_release(c->history);
  c->history = history;
  c->history_capacity = capacity;
  return true;
}

bool rl_vec_env_disturb(rl_vec_env *env, int index, const rl_disturbance *disturbance) {
  env = world_of(env);
  if (!env->def->disturb || !env->is_reset) return false;
  rl_copy *c = &env->copies[index / env->agents];
  env->def->disturb(c->self, disturbance);
  rl_vec_env_lose(env, c, RL_LOST_DISTURBED);
  return true;
}

bool rl_vec_env_remember(rl_vec_env *env, int i, const float *action) {
  rl_copy *c = &env->copies[i];
  if (!rl_vec_env_is_replayed(env) || c->loss) return true;
  const int64_t at = rl_vec_env_in_memory(env, i);
  if (!env->action_file && at >= steps_of(env, IN_MEMORY)) rl_vec_env_lose(env, c, RL_LOST_MEMORY);
  if (length_of(env, i) >= RL_MAX_REPLAY) rl_vec_env_lose(env, c, RL_LOST_LONG);
  if (c->loss) return true;
  if (!rl_vec_env_reserve(env, c, at)) return false;
  memcpy(c->history + (size_t)at * world_width(env), action, world_width(env) * sizeof *action);
  return true;
}

static bool add_piece(rl_copy *c, const rl_action_piece *piece) {
  if (c->n_pieces == c->piece_room) {
    const int room = c->piece_room ? 2 * c->piece_room : 16;
    rl_action_piece *pieces = rl_allocate((size_t)room, sizeof *pieces);
    if (!pieces) return false;
    if (c->pieces) memcpy(pieces, c->pieces, (size_t)c->n_pieces * sizeof *pieces);
    rl_release(c->pieces);
    c->pieces = pieces;
    c->piece_room = room;
  }
  c->pieces[c->n_pieces++] = *piece;
  return true;
}

/* A file that cannot be written costs the copies whose actions do not go into it their episodes, no more. */
void rl_vec_env_spill_copy(rl_vec_env *env, int i) {
  rl_copy *c = &env->copies[i];
  const int64_t piece_steps = rl_vec_env_piece_steps(env);
  const size_t bytes = (size_t)piece_steps * world_width(env) * sizeof(float);
  while (env->action_file && !c->loss && c->history && rl_vec_env_in_memory(env, i) >= piece_steps) {
    rl_action_piece piece;
    memcpy(env->piece, c->history, bytes);
    if (rl_action_file_write(env->action_file, env->piece, &piece, NULL) || !add_piece(c, &piece)) {
      rl_vec_env_lose(env, c, RL_LOST_FILE);
      return;
    }
    const size_t left = (size_t)rl_vec_env_in_memory(env, i) * world_width(env) * sizeof(float);
    memmove(c->history, (char *)c->history + bytes, left);
  }
}

rl_status rl_vec_env_spill(rl_vec_env *env, const char *path, rl_error *error) {
  env = world_of(env);
  if (rl_ranks_count() > 1) path = NULL; /* of all of them, none could write to it for all */
  rl_action_file *file = path ? rl_action_file_new(path) : NULL;
  if (path && !env->piece) env->piece = rl_allocate(RL_ACTION_PIECE, 1);
  if (path && !(file && env->piece)) {
    rl_action_file_free(file);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for %s", path);
  }
  for (int i = 0; i < env->worlds; i++)
    if (env->copies[i].n_pieces) rl_vec_env_lose(env, &env->copies[i], RL_LOST_FILE);
  rl_action_file_free(env->action_file);
  env->action_file = file;
  return RL_OK;
}
