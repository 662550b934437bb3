/* Loading the state of a vectoriser: the file is checked as the input of a user is, and read into a twin, which takes the place
 * of the vectoriser when all is well. */
#include "env/vec_env_state.h"

#include "base/memory.h"

#include <string.h>

bool rl_vec_env_are_taken(const rl_vec_env *env, const float *actions, int64_t steps) {
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

static bool is_sensible_copy(const rl_vec_env *env, const rl_books *b, int world) {
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
    if (!is_sensible_row(env, i)) return false;
  return b->loss[world] < RL_LOSSES && b->pieces[world] >= 0 && b->pieces[world] <= RL_MAX_REPLAY &&
         b->bytes[world] >= 0 && rl_rng_is_sound(&b->streams[world].start) &&
         rl_rng_is_sound(&b->streams[world].own) && rl_rng_is_sound(&b->now[world]);
}

/* Where each copy finds its actions, pieces and bytes. */
static rl_status place_copies(const rl_vec_env *env, rl_loading *l, int64_t actions, int64_t pieces,
                              int64_t bytes, rl_error *error) {
  int64_t used_actions = 0, used_pieces = 0, used_bytes = 0;
  const rl_books *b = &l->books;
  for (int i = 0; i < env->worlds; i++) {
    if (!is_sensible_copy(env, b, i))
      return rl_fail(error, RL_BAD_FORMAT, "%s: the state of copy %d is not sensible", env->def->name, i + 1);
    const bool replayed = !b->loss[i] && !rl_vec_env_has_copies(env, l);
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
                              const rl_saved_array *a, rl_error *error) {
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
  rl_saved_array arrays[RL_MAX_SAVED_ARRAYS];
  int n_arrays = rl_vec_env_list_arrays(env, &l->books, arrays);
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
    const rl_saved_array *a = &arrays[i];
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
  if (!rl_vec_env_are_taken(env, l->actions, actions))
    return rl_fail(error, RL_BAD_FORMAT, "%s.actions: not actions of %s", prefix, env->def->name);
  return place_copies(env, l, actions, pieces, bytes, error);
}

static rl_status load_twin(rl_vec_env *twin, rl_loading *l, const rl_archive *archive, const char *prefix,
                           rl_error *error) {
  rl_status status = check_same(twin, archive, prefix, error);
  if (!status) status = read_arrays(twin, l, archive, prefix, error);
  if (!status) status = check_options(twin, error);
  if (!status) status = find_data(twin, l, archive, prefix, error);
  return status ? status : rl_vec_env_load_copies(twin, l, error);
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
  return rl_books_make(&l->books, copies) && places;
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
      rl_vec_env_note(twin, l.books.loss, "have begun");
      change_places(env, twin);
      status = rl_vec_env_load_players(env, archive, prefix, true, error); /* it can */
    }
    twin->action_file = NULL;
  }
  rl_vec_env_free(twin);
  rl_books_release(&l.books);
  rl_release(l.memory);
  return status;
}
