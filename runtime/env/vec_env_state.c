/* The state of a vectoriser: how every copy's episode began, what it is now or the actions since, and the sums over the
 * episode. It is loaded into a twin, which takes the place of the vectoriser when all is well. */
#include "env/vec_env_internal.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* The stream as the episode began, and the copy's own where it draws from its group's. */
typedef struct stream_pair {
  rl_rng start, own;
} stream_pair;

/* What there is of each copy beside the arrays of the vectoriser. */
typedef struct books {
  stream_pair *streams;
  rl_rng *now;
  uint8_t *loss;           /* an rl_loss */
  int64_t *pieces, *bytes; /* how many */
} books;

struct rl_loading {
  books books;
  const rl_action_piece *pieces;
  const float *actions, *observation; /* observation: to compare with, or NULL */
  const char *bytes;
  const double *state;
  int64_t *first_piece, *first_action, *first_byte; /* [n] */
  int64_t piece_steps;
  void *memory;
};

/* An array that is saved and loaded as it lies in memory. */
typedef struct saved_array {
  const char *suffix;
  rl_dtype dtype;
  int64_t rows, cols;
  void *data;
  bool later; /* files of version 0.1 do not have it */
} saved_array;

enum { MAX_ARRAYS = 20 };

/* Returns how many arrays there are. */
static int list_arrays(const rl_vec_env *env, const books *b, saved_array arrays[MAX_ARRAYS]) {
  int64_t n = env->n, worlds = env->worlds, n_options = env->def->n_options;
  const saved_array list[] = {
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

static void free_books(books *b) {
  rl_release(b->streams);
  rl_release(b->now);
  rl_release(b->loss);
  rl_release(b->pieces);
  rl_release(b->bytes);
}

static bool make_books(books *b, int copies) {
  const size_t n = (size_t)copies;
  *b = (books){rl_allocate(n, sizeof *b->streams), rl_allocate(n, sizeof *b->now), rl_allocate(n, 1),
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

/* What cannot go on. */

static void note(rl_vec_env *env, const uint8_t *loss, const char *what) {
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

/* Saving. */

static bool is_kept_as_it_is(const rl_vec_env *env) { return env->def->load || env->def->load_bytes; }

static void fill_books(rl_vec_env *env, books *b) {
  const bool synced = !env->action_file || !rl_action_file_sync(env->action_file, NULL);
  for (int i = 0; i < env->worlds; i++) {
    rl_copy *c = &env->copies[i];
    if (c->n_pieces && !synced) rl_vec_env_lose(env, c, RL_LOST_FILE);
    b->streams[i].start = env->is_reset ? c->start : c->rng;
    b->streams[i].own = c->borrowed ? c->own : b->streams[i].start;
    b->now[i] = c->rng;
    if (!env->is_reset || is_kept_as_it_is(env)) continue;
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

static int64_t actions_to_save(const rl_vec_env *env, const books *b, int i) {
  if (b->loss[i] || is_kept_as_it_is(env)) return 0;
  return rl_vec_env_age(env, i) ? rl_vec_env_in_memory(env, i) : 0;
}

static rl_status put_actions(const rl_vec_env *env, const books *b, rl_archive *archive, const char *prefix,
                             rl_error *error) {
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

static rl_status put_bytes(rl_vec_env *env, books *b, rl_archive *archive, const char *prefix,
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

static rl_status save(rl_vec_env *env, books *b, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  saved_array arrays[MAX_ARRAYS];
  const uint8_t is_reset = env->is_reset;
  const int64_t piece_steps = rl_vec_env_piece_steps(env);
  const int n_arrays = list_arrays(env, b, arrays);
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
  if (!status) note(env, b->loss, "begin");
  return status;
}

rl_status rl_vec_env_save(rl_vec_env *env, rl_archive *archive, const char *prefix, rl_error *error) {
  books b;
  env = world_of(env);
  rl_status status = env->away ? rl_vec_env_fetch(env, error) : RL_OK;
  if (status) return status;
  status = make_books(&b, env->worlds)
               ? save(env, &b, archive, prefix, error)
               : rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  free_books(&b);
  if (!status) status = rl_vec_env_save_players(env, archive, prefix, error);
  return status;
}

/* Loading: the file is checked as the input of a user is. */

/* As take_actions leaves them; what the masks were is not known yet. */
static bool are_taken_actions(const rl_vec_env *env, const float *actions, int64_t steps) {
  for (int64_t t = 0; t < steps * env->agents; t++)
    if (!rl_space_is_within(&env->def->action, actions + (size_t)t * width(env))) return false;
  return true;
}

static rl_status check_options(const rl_vec_env *env, rl_error *error) {
  const rl_env_def *def = env->def;
  for (int i = env->is_reset ? 0 : env->worlds; i <= env->worlds; i++) {
    const double *values = i < env->worlds ? options_in_use(env, i) : env->options;
    for (int k = 0; k < def->n_options; k++)
      if (!(values[k] >= def->options[k].min && values[k] <= def->options[k].max))
        return rl_fail(error, RL_BAD_FORMAT, "%s: saved option %s is %g", def->name, def->options[k].name,
                       values[k]);
  }
  return RL_OK;
}

static bool is_sensible_row(const rl_vec_env *env, int i) {
  const bool flags = !env->is_reset || (env->terminated[i] + env->truncated[i] <= 1 && env->idle[i] <= 1);
  return flags && env->episode_length[i] >= 0 && env->episode_length[i] <= RL_MAX_COUNT &&
         isfinite(env->episode_return[i]);
}

static bool is_sensible_copy(const rl_vec_env *env, const books *b, int world) {
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
    if (!is_sensible_row(env, i)) return false;
  return b->loss[world] < RL_LOSSES && b->pieces[world] >= 0 && b->pieces[world] <= RL_MAX_REPLAY &&
         b->bytes[world] >= 0 && rl_rng_is_sound(&b->streams[world].start) &&
         rl_rng_is_sound(&b->streams[world].own) && rl_rng_is_sound(&b->now[world]);
}

/* Version 0.1 replayed all. */
static bool has_copies(const rl_vec_env *env, const rl_loading *l) {
  return l->state || (l->bytes && env->def->load_bytes);
}

/* Where each copy finds its actions, pieces and bytes. */
static rl_status place_copies(const rl_vec_env *env, rl_loading *l, int64_t actions, int64_t pieces,
                              int64_t bytes, rl_error *error) {
  int64_t used_actions = 0, used_pieces = 0, used_bytes = 0;
  const books *b = &l->books;
  for (int i = 0; i < env->worlds; i++) {
    if (!is_sensible_copy(env, b, i))
      return rl_fail(error, RL_BAD_FORMAT, "%s: the state of copy %d is not sensible", env->def->name, i + 1);
    const bool replayed = !b->loss[i] && !has_copies(env, l);
    const int64_t steps = replayed ? rl_vec_env_age(env, i) - b->pieces[i] * l->piece_steps : 0;
    if (steps < 0 || steps > actions - used_actions || b->pieces[i] > pieces - used_pieces ||
        b->bytes[i] > bytes - used_bytes)
      return rl_fail(error, RL_BAD_FORMAT, "%s: state of copy %d does not fit its actions", env->def->name,
                     i + 1);
    l->first_action[i] = used_actions;
    l->first_piece[i] = used_pieces;
    l->first_byte[i] = used_bytes;
    used_actions += steps;
    used_pieces += b->pieces[i];
    used_bytes += b->bytes[i];
  }
  if (used_actions != actions || used_pieces != pieces || used_bytes != bytes)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %lld actions too many", env->def->name,
                   (long long)(actions - used_actions));
  return RL_OK;
}

/* The array of rows of this width; *rows: how many. NULL where it is missing and may be. */
static rl_status find_rows(const rl_archive *archive, const char *prefix, const char *suffix, rl_dtype dtype,
                           int64_t cols, bool needed, const void **data, int64_t *rows, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, suffix));
  *data = NULL;
  *rows = 0;
  if (!array && !needed) return RL_OK;
  if (!array || array->dtype != dtype || array->ndim != 2 || array->shape[1] != cols)
    return rl_fail(error, RL_BAD_FORMAT, "%s is missing or has another shape", name);
  *data = array->data;
  *rows = array->shape[0];
  return RL_OK;
}

static rl_status check_same(const rl_vec_env *env, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *saved = rl_archive_string(archive, rl_archive_key(name, prefix, "name"));
  if (!saved || strcmp(saved, env->def->name) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: state of \"%.32s\", not of %s", prefix, saved ? saved : "",
                   env->def->name);
  const rl_array *length = rl_archive_find(archive, rl_archive_key(name, prefix, "episode_length"));
  if (length && length->count != env->n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %lld copies of %s there, %d here", prefix,
                   (long long)length->count / env->agents, env->def->name, env->worlds);
  const rl_array *final = rl_archive_find(archive, rl_archive_key(name, prefix, "final_observation"));
  const int size = env->def->observation.size;
  if (final && final->count != (int64_t)env->n * size)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %s with %lld observations there, %d here", prefix,
                   env->def->name, (long long)(final->count / env->n), size);
  return RL_OK;
}

/* Options that a file of an older version lacks are the last ones, and have their defaults. */
static rl_status read_options(const rl_vec_env *env, const rl_archive *archive, const char *name,
                              const saved_array *a, rl_error *error) {
  const rl_array *saved = rl_archive_find(archive, name);
  const int64_t had = saved && saved->ndim == 2 && saved->shape[1] < a->cols ? saved->shape[1] : a->cols;
  double *values = a->data;
  rl_status status = rl_archive_get(archive, name, a->dtype, a->rows * had, values, error);
  for (int64_t row = a->rows - 1; !status && row >= 0; row--) { /* from the last: they move apart */
    memmove(values + row * a->cols, values + row * had, (size_t)had * sizeof *values);
    for (int64_t k = had; k < a->cols; k++) values[row * a->cols + k] = env->def->options[k].value;
  }
  return status;
}

static rl_status read_arrays(rl_vec_env *env, rl_loading *l, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  saved_array arrays[MAX_ARRAYS];
  int n_arrays = list_arrays(env, &l->books, arrays);
  uint8_t is_reset;
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "is_reset"), RL_U8, 1, &is_reset, error);
  env->is_reset = !status && is_reset;
  l->piece_steps = rl_vec_env_piece_steps(env);
  if (!status && rl_archive_find(archive, rl_archive_key(name, prefix, "piece_steps")))
    status = rl_archive_get(archive, name, RL_I64, 1, &l->piece_steps, error);
  if (!status && (l->piece_steps < 1 || l->piece_steps > RL_ACTION_PIECE))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  for (int i = 0; !status && i < n_arrays; i++) {
    const saved_array *a = &arrays[i];
    rl_archive_key(name, prefix, a->suffix);
    if (a->data == env->options || a->data == env->options_in_use)
      status = read_options(env, archive, name, a, error);
    else if (!a->later || rl_archive_find(archive, name))
      status = rl_archive_get(archive, name, a->dtype, a->rows * a->cols, a->data, error);
    else if (a->data == l->books.now)
      for (int k = 0; k < env->worlds; k++) l->books.now[k] = l->books.streams[k].start;
  }
  return status;
}

static rl_status find_data(const rl_vec_env *env, rl_loading *l, const rl_archive *archive,
                           const char *prefix, rl_error *error) {
  int64_t actions, pieces, bytes, rows;
  const void *data;
  rl_status status =
      find_rows(archive, prefix, "actions", RL_F32, (int64_t)world_width(env), true, &data, &actions, error);
  l->actions = data;
  if (!status) status = find_rows(archive, prefix, "pieces", RL_U64, 2, false, &data, &pieces, error);
  if (!status) {
    l->pieces = data;
    status = find_rows(archive, prefix, "bytes", RL_U8, 1, false, &data, &bytes, error);
  }
  if (!status) {
    l->bytes = data;
    status = find_rows(archive, prefix, "observation", RL_F32, env->def->observation.size, false, &data,
                       &rows, error);
  }
  if (!status) {
    l->observation = rows == env->n ? data : NULL;
    status = find_rows(archive, prefix, "state", RL_F64, env->def->n_state, false, &data, &rows, error);
  }
  if (status) return status;
  l->state = rows == env->worlds && env->def->load ? data : NULL;
  for (size_t k = 0; l->state && k < (size_t)env->worlds * (size_t)env->def->n_state; k++)
    if (!isfinite(l->state[k])) return rl_fail(error, RL_NOT_FINITE, "%s.state is not finite", prefix);
  if (!are_taken_actions(env, l->actions, actions))
    return rl_fail(error, RL_BAD_FORMAT, "%s.actions: not actions of %s", prefix, env->def->name);
  return place_copies(env, l, actions, pieces, bytes, error);
}

/* The copy begins its next episode, with the stream as it was. */
static void lose(rl_vec_env *env, int i, rl_loss why) {
  rl_copy *c = &env->copies[i];
  const books *b = &env->loading->books;
  c->rng = c->borrowed ? c->own : b->now[i];
  c->borrowed = 0;
  env->loading->books.loss[i] = (uint8_t)why;
  rl_vec_env_begin_anew(env, i);
}

static bool failed(const rl_copy *c) { return c->status || c->out_of_memory; }

/* Whether the masks allow what the agents of a world are to do. */
static bool is_allowed(const rl_vec_env *env, const rl_env_io *io, const float *action) {
  for (int a = 0; env->def->action.masked && a < env->agents; a++)
    if (!rl_space_has(&env->def->action, io[a].action_mask, action + (size_t)a * width(env))) return false;
  return true;
}

/* Steps that the copy has taken, from the `first`-th of its episode on, until it fails; they are then in its history where
 * they are `kept`. An agent that has ended did so after as many steps as its episode had. */
static rl_loss replay(rl_vec_env *env, int world, const float *actions, int64_t steps, int64_t first,
                      bool kept) {
  rl_copy *c = &env->copies[world];
  rl_terms terms[RL_MAX_AGENTS]; /* the environment's own, of no interest here */
  rl_env_io io[RL_MAX_AGENTS];
  rl_vec_env_io(env, world, io, terms);
  for (int64_t t = 0; t < steps && !c->status; t++) {
    const float *action = actions + (size_t)t * world_width(env);
    for (int a = 0; env->agents > 1 && a < env->agents; a++) {
      const int i = first_row(env, world) + a;
      io[a].over = env->idle[i] && first + t >= env->episode_length[i];
    }
    if (!is_allowed(env, io, action)) return RL_LOST_DIFFERENT;
    if (kept) {
      c->out_of_memory = !rl_vec_env_reserve(env, c, t);
      if (c->out_of_memory) return RL_KEPT;
      memcpy(c->history + (size_t)t * world_width(env), action, world_width(env) * sizeof *action);
    }
    env->def->step(c->self, action, io);
    c->status = io[0].status;
  }
  return RL_KEPT;
}

static rl_loss replay_pieces(rl_vec_env *env, int i) {
  rl_copy *c = &env->copies[i];
  const rl_loading *l = env->loading;
  const int64_t count = l->books.pieces[i], steps = rl_vec_env_piece_steps(env);
  if (!count) return RL_KEPT;
  if (!env->action_file || steps != l->piece_steps) return RL_LOST_FILE;
  float *bytes = rl_allocate(RL_ACTION_PIECE, 1);
  c->pieces = rl_allocate((size_t)count, sizeof *c->pieces);
  c->out_of_memory = !bytes || !c->pieces;
  rl_loss loss = RL_KEPT;
  for (int64_t k = 0; !failed(c) && !loss && k < count; k++) {
    const rl_action_piece *piece = &l->pieces[l->first_piece[i] + k];
    c->pieces[k] = *piece;
    if (!rl_action_file_read(env->action_file, piece, bytes) || !are_taken_actions(env, bytes, steps))
      loss = RL_LOST_FILE;
    else
      loss = replay(env, i, bytes, steps, k * steps, false);
  }
  rl_release(bytes);
  if (c->out_of_memory) return RL_KEPT;
  c->n_pieces = loss ? 0 : (int)count;
  c->piece_room = (int)count;
  return loss;
}

static void replay_piece(void *context, int i, int worker) {
  rl_vec_env *env = context;
  const rl_loading *l = env->loading;
  rl_copy *c = &env->copies[i];
  (void)worker;
  c->out_of_memory = false;
  if (l->books.loss[i]) {
    lose(env, i, (rl_loss)l->books.loss[i]);
    return;
  }
  if (!env->def->repeatable) {
    lose(env, i, RL_LOST_REPEATABLE);
    return;
  }
  const int64_t steps = rl_vec_env_age(env, i) - l->books.pieces[i] * l->piece_steps;
  uint8_t idle[RL_MAX_AGENTS], *idles = env->idle + first_row(env, i);
  memcpy(idle, idles, (size_t)env->agents);
  rl_vec_env_begin(env, i);
  memcpy(idles, idle, (size_t)env->agents);
  rl_loss loss = c->status ? RL_KEPT : replay_pieces(env, i);
  if (!loss && !failed(c))
    loss = replay(env, i, l->actions + (size_t)l->first_action[i] * world_width(env), steps,
                  rl_vec_env_age(env, i) - steps, true);
  if (loss) {
    lose(env, i, loss);
    return;
  }
  if (failed(c)) return;
  const size_t size = (size_t)env->agents * obs_size(env), at = (size_t)i * size;
  if (l->observation && memcmp(env->observation + at, l->observation + at, size * sizeof(float)) != 0)
    lose(env, i, RL_LOST_DIFFERENT);
}

/* A copy as it was. */
static void take_piece(void *context, int i, int worker) {
  rl_vec_env *env = context;
  const rl_loading *l = env->loading;
  const rl_env_def *def = env->def;
  rl_copy *c = &env->copies[i];
  rl_env_io io[RL_MAX_AGENTS];
  rl_terms terms[RL_MAX_AGENTS];
  (void)worker;
  rl_vec_env_io(env, i, io, terms);
  c->out_of_memory = false;
  c->start = c->rng;
  c->rng = l->books.now[i];
  if (def->load)
    def->load(c->self, options_in_use(env, i), &c->rng, l->state + (size_t)i * (size_t)def->n_state, io);
  else
    def->load_bytes(c->self, options_in_use(env, i), &c->rng, l->bytes + l->first_byte[i],
                    (size_t)l->books.bytes[i], io);
  c->status = io[0].status;
}

static rl_status load_copies(rl_vec_env *env, rl_loading *l, rl_error *error) {
  for (int i = 0; i < env->worlds; i++) {
    rl_copy *c = &env->copies[i];
    c->rng = l->books.streams[i].start;
    c->own = l->books.streams[i].own;
    c->borrowed = c->own.stream != c->rng.stream;
  }
  if (!env->is_reset) return RL_OK;
  if (env->action_file && rl_action_file_open(env->action_file, error)) return RL_BAD_FILE;
  env->loading = l;
  rl_status status = rl_vec_env_each(env, has_copies(env, l) ? take_piece : replay_piece, NULL, error);
  env->loading = NULL;
  for (int i = 0; !status && i < env->worlds; i++)
    if (env->copies[i].out_of_memory)
      status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  return status;
}

static rl_status load_twin(rl_vec_env *twin, rl_loading *l, const rl_archive *archive, const char *prefix,
                           rl_error *error) {
  rl_status status = check_same(twin, archive, prefix, error);
  if (!status) status = read_arrays(twin, l, archive, prefix, error);
  if (!status) status = check_options(twin, error);
  if (!status) status = find_data(twin, l, archive, prefix, error);
  return status ? status : load_copies(twin, l, error);
}

/* The pieces that copies now have are in use, and no others. */
static rl_status adopt_pieces(rl_vec_env *env, rl_error *error) {
  int64_t count = 0;
  for (int i = 0; i < env->worlds; i++) count += env->copies[i].n_pieces;
  rl_action_piece *all = rl_allocate((size_t)count + 1, sizeof *all), *at = all;
  if (!all) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  for (int i = 0; i < env->worlds; i++) {
    const rl_copy *c = &env->copies[i];
    if (c->n_pieces) memcpy(at, c->pieces, (size_t)c->n_pieces * sizeof *at);
    at += c->n_pieces;
  }
  rl_status status = rl_action_file_adopt(env->action_file, all, count, error);
  rl_release(all);
  return status;
}

/* What is not state stays. */
static void change_places(rl_vec_env *env, rl_vec_env *twin) {
  rl_vec_env was = *env;
  *env = *twin;
  *twin = was;
  env->seed = was.seed;
  env->restart = was.restart;
  env->judge = was.judge;
  env->players = was.players;
  env->streams = was.streams;
  env->given = was.given;
  env->givers = 0;
  twin->players = (rl_players){0};
  twin->streams = NULL;
  twin->given = NULL;
  env->moves = was.moves + 1;
  env->piece = was.piece;
  twin->piece = NULL;
  twin->action_file = NULL;
}

static bool make_loading(rl_loading *l, int copies) {
  const size_t n = (size_t)copies;
  int64_t *places = rl_allocate(3 * n, sizeof *places);
  l->memory = places;
  l->first_piece = places;
  l->first_action = places ? places + n : NULL;
  l->first_byte = places ? places + 2 * n : NULL;
  return make_books(&l->books, copies) && places;
}

rl_status rl_vec_env_load(rl_vec_env *env, const rl_archive *archive, const char *prefix, rl_error *error) {
  rl_vec_env *twin = NULL;
  rl_loading l = {0};
  env = world_of(env);
  rl_status status = rl_vec_env_load_players(env, archive, prefix, false, error);
  if (!status) status = rl_vec_env_create(&twin, env->def, env->worlds, env->seed, 0, NULL, error);
  if (!status && !make_loading(&l, env->worlds))
    status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  if (!status) {
    twin->action_file = env->action_file;
    status = load_twin(twin, &l, archive, prefix, error);
    if (!status && env->action_file) status = adopt_pieces(twin, error);
    if (!status) {
      note(twin, l.books.loss, "have begun");
      change_places(env, twin);
      status = rl_vec_env_load_players(env, archive, prefix, true, error); /* it can */
    }
    twin->action_file = NULL;
  }
  rl_vec_env_free(twin);
  free_books(&l.books);
  rl_release(l.memory);
  return status;
}
