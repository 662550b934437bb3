/* Saving a vectoriser: what its state is, and what cannot go on from it. */
#include "env/vec_env_state.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

int rl_vec_env_list_arrays(const rl_vec_env *env, const rl_books *b,
                           rl_saved_array arrays[RL_MAX_SAVED_ARRAYS]) {
  int64_t n = env->n, worlds = env->worlds, n_options = env->def->n_options;
  const rl_saved_array list[] = {
      {"streams", RL_U64, worlds, 2 * RL_RNG_WORDS, b->streams, false},
      {"options", RL_F64, 1, n_options, env->options, false},
      {"options_in_use", RL_F64, worlds, n_options, env->options_in_use, false},
      {"terminated", RL_U8, n, 1, env->terminated, false},
      {"truncated", RL_U8, n, 1, env->truncated, false},
      {"idle", RL_U8, n, 1, env->idle, false},
      {"reward", RL_F32, n, 1, env->reward, false},
      {"terms", RL_F32, n, RL_MAX_TERMS, env->terms, false},
      {"final_observation", RL_F32, n, env->def->observation.size, env->final_observation, false},
      {"final_fields", RL_F32, n, env->def->n_fields, env->final_fields, false},
      {"episode_return", RL_F64, n, 1, env->episode_return, false},
      {"episode_terms", RL_F64, n, RL_MAX_TERMS, env->episode_terms, false},
      {"episode_length", RL_I64, n, 1, env->episode_length, false},
      {"now", RL_U64, worlds, RL_RNG_WORDS, b->now, true},
      {"loss", RL_U8, worlds, 1, b->loss, true},
      {"piece_counts", RL_I64, worlds, 1, b->pieces, true},
      {"byte_counts", RL_I64, worlds, 1, b->bytes, true}};
  memcpy(arrays, list, sizeof list);
  return (int)(sizeof list / sizeof *list);
}

void rl_books_release(rl_books *b) {
  rl_release(b->streams);
  rl_release(b->now);
  rl_release(b->loss);
  rl_release(b->pieces);
  rl_release(b->bytes);
}

bool rl_books_make(rl_books *b, int copies) {
  const size_t n = (size_t)copies;
  *b = (rl_books){rl_allocate(n, sizeof *b->streams), rl_allocate(n, sizeof *b->now), rl_allocate(n, 1),
                  rl_allocate(n, sizeof *b->pieces), rl_allocate(n, sizeof *b->bytes)};
  return b->streams && b->now && b->loss && b->pieces && b->bytes;
}

/* 0 for a copy that has just restarted, whose sums still show the last one, and for all where the next use begins with a
 * reset. */
int64_t rl_vec_env_age(const rl_vec_env *env, int world) {
  int64_t age = 0;
  for (int i = first_row(env, world); env->is_reset && i < first_row(env, world + 1); i++) {
    const bool begun = !env->idle[i] && (env->terminated[i] || env->truncated[i]);
    if (!begun && env->episode_length[i] > age) age = env->episode_length[i];
  }
  return age;
}

void rl_vec_env_note(rl_vec_env *env, const uint8_t *loss, const char *what) {
  static const char *const reasons[RL_LOSSES] = {
      [RL_LOST_LONG] = "an episode of more than a million steps is not kept",
      [RL_LOST_MEMORY] = "the actions of a long episode are kept in the folder of a run only",
      [RL_LOST_FILE] = "the file with the actions of a long episode is missing, damaged or cannot be written",
      [RL_LOST_REPEATABLE] = "it is not repeatable and has no save and load",
      [RL_LOST_DIFFERENT] = "its episodes come out differently here",
      [RL_LOST_DISTURBED] = "somebody has disturbed it"};
  int count = 0, first = 0;
  for (int i = 0; i < env->worlds; i++) {
    count += loss[i] != RL_KEPT;
    if (!first) first = loss[i];
  }
  env->notice[0] = '\0';
  if (count)
    snprintf(env->notice, sizeof env->notice,
             "%.64s: not bit for bit: %d of %d copies %s their next episode: %s", env->def->name, count,
             env->worlds, what, reasons[first]);
}

const char *rl_vec_env_notice(const rl_vec_env *env) { return const_world_of(env)->notice; }

static void fill_books(rl_vec_env *env, rl_books *b) {
  const bool synced = !env->action_file || !rl_action_file_sync(env->action_file, NULL);
  for (int i = 0; i < env->worlds; i++) {
    rl_copy *c = &env->copies[i];
    if (c->n_pieces && !synced) rl_vec_env_lose(env, c, RL_LOST_FILE);
    b->streams[i].start = env->is_reset ? c->start : c->rng;
    b->streams[i].own = c->borrowed ? c->own : b->streams[i].start;
    b->now[i] = c->rng;
    if (!env->is_reset || rl_vec_env_is_kept(env)) continue;
    b->loss[i] = (uint8_t)(env->def->repeatable ? c->loss : RL_LOST_REPEATABLE);
    if (!b->loss[i] && rl_vec_env_age(env, i)) b->pieces[i] = c->n_pieces;
  }
}

static rl_status put(rl_archive *archive, const char *prefix, const char *suffix, rl_dtype dtype,
                     int64_t rows, int64_t cols, const void *data, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_put(archive, rl_archive_key(name, prefix, suffix), dtype, 2, (int64_t[]){rows, cols},
                        data, error);
}

static int64_t actions_to_save(const rl_vec_env *env, const rl_books *b, int i) {
  if (b->loss[i] || rl_vec_env_is_kept(env)) return 0;
  return rl_vec_env_age(env, i) ? rl_vec_env_in_memory(env, i) : 0;
}

static rl_status put_actions(const rl_vec_env *env, const rl_books *b, rl_archive *archive,
                             const char *prefix, rl_error *error) {
  int64_t total = 0, total_pieces = 0;
  for (int i = 0; i < env->worlds; i++) {
    total += actions_to_save(env, b, i);
    total_pieces += b->pieces[i];
  }
  float *actions = rl_allocate((size_t)total * world_width(env) + 1, sizeof *actions), *at = actions;
  rl_action_piece *pieces = rl_allocate((size_t)total_pieces + 1, sizeof *pieces), *piece = pieces;
  rl_status status = RL_OK;
  if (!actions || !pieces) status = rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  for (int i = 0; !status && i < env->worlds; i++) {
    const rl_copy *c = &env->copies[i];
    const size_t count = (size_t)actions_to_save(env, b, i) * world_width(env);
    if (count) memcpy(at, c->history, count * sizeof *at);
    if (b->pieces[i]) memcpy(piece, c->pieces, (size_t)b->pieces[i] * sizeof *piece);
    at += count;
    piece += b->pieces[i];
  }
  if (!status)
    status = put(archive, prefix, "actions", RL_F32, total, (int64_t)world_width(env), actions, error);
  if (!status) status = put(archive, prefix, "pieces", RL_U64, total_pieces, 2, pieces, error);
  rl_release(actions);
  rl_release(pieces);
  return status;
}

static rl_status put_state(const rl_vec_env *env, rl_archive *archive, const char *prefix, rl_error *error) {
  const size_t n = (size_t)env->worlds, n_state = (size_t)env->def->n_state;
  double *state = rl_allocate(n * n_state, sizeof *state);
  if (!state) return rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  for (size_t i = 0; env->is_reset && i < n; i++) env->def->save(env->copies[i].self, state + i * n_state);
  rl_status status = put(archive, prefix, "state", RL_F64, env->worlds, (int64_t)n_state, state, error);
  rl_release(state);
  return status;
}

typedef struct growing {
  char *data;
  size_t used, room;
} growing;

static bool append(growing *g, const void *bytes, size_t size) {
  if (g->used + size > g->room) {
    const size_t room = 2 * (g->used + size);
    char *data = rl_allocate(room, 1);
    if (!data) return false;
    if (g->used) memcpy(data, g->data, g->used);
    rl_release(g->data);
    g->data = data;
    g->room = room;
  }
  if (size) memcpy(g->data + g->used, bytes, size);
  g->used += size;
  return true;
}

static rl_status put_bytes(rl_vec_env *env, rl_books *b, rl_archive *archive, const char *prefix,
                           rl_error *error) {
  growing all = {0};
  rl_status status = RL_OK;
  env->error = error;
  for (int i = 0; env->is_reset && !status && i < env->worlds; i++) {
    rl_env_io io[RL_MAX_AGENTS];
    rl_vec_env_io(env, i, io, NULL);
    size_t size = 0;
    const void *bytes = env->def->save_bytes(env->copies[i].self, &size, io);
    status = io[0].status;
    b->bytes[i] = (int64_t)size;
    if (!status && !append(&all, bytes, size))
      status = rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  }
  env->error = NULL;
  if (!status) status = put(archive, prefix, "bytes", RL_U8, (int64_t)all.used, 1, all.data, error);
  rl_release(all.data);
  return status;
}

static rl_status save(rl_vec_env *env, rl_books *b, rl_archive *archive, const char *prefix,
                      rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_saved_array arrays[RL_MAX_SAVED_ARRAYS];
  const uint8_t is_reset = env->is_reset;
  const int64_t piece_steps = rl_vec_env_piece_steps(env);
  const int n_arrays = rl_vec_env_list_arrays(env, b, arrays);
  fill_books(env, b);
  rl_status status =
      rl_archive_put_string(archive, rl_archive_key(name, prefix, "name"), env->def->name, error);
  if (!status) status = put(archive, prefix, "is_reset", RL_U8, 1, 1, &is_reset, error);
  if (!status) status = put(archive, prefix, "piece_steps", RL_I64, 1, 1, &piece_steps, error);
  if (!status && is_reset)
    status = put(archive, prefix, "observation", RL_F32, env->n, env->def->observation.size, env->observation,
                 error);
  if (!status) status = put_actions(env, b, archive, prefix, error);
  if (!status && env->def->load) status = put_state(env, archive, prefix, error);
  if (!status && env->def->load_bytes) status = put_bytes(env, b, archive, prefix, error);
  for (int i = 0; !status && i < n_arrays; i++)
    status = put(archive, prefix, arrays[i].suffix, arrays[i].dtype, arrays[i].rows, arrays[i].cols,
                 arrays[i].data, error);
  if (!status) rl_vec_env_note(env, b->loss, "begin");
  return status;
}

rl_status rl_vec_env_save(rl_vec_env *env, rl_archive *archive, const char *prefix, rl_error *error) {
  rl_books b;
  env = world_of(env);
  rl_status status = env->away ? rl_vec_env_fetch(env, error) : RL_OK;
  if (status) return status;
  status = rl_books_make(&b, env->worlds)
               ? save(env, &b, archive, prefix, error)
               : rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  rl_books_release(&b);
  if (!status) status = rl_vec_env_save_players(env, archive, prefix, error);
  return status;
}
