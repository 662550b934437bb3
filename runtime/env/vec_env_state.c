/* The state of a vectoriser: how every copy's episode began, the actions since, and the sums over
 * the episode. Loading replays the episodes. */
#include "env/vec_env_internal.h"

#include "base/memory.h"

#include <string.h>

/* An array that is saved and loaded as it lies in memory. */
typedef struct saved_array {
  const char *suffix;
  rl_dtype dtype;
  int64_t rows, cols;
  void *data;
} saved_array;

enum { MAX_ARRAYS = 16 };

/* The stream as the episode began, and the copy's own where it draws from its group's. */
typedef struct stream_pair {
  rl_rng start, own;
} stream_pair;

/* streams [n]. Returns how many arrays there are. */
static int list_arrays(const rl_vec_env *env, stream_pair *streams, saved_array arrays[MAX_ARRAYS]) {
  int64_t n = env->n, n_options = env->def->n_options;
  const saved_array list[] = {
      {"streams", RL_U64, n, 2 * RL_RNG_WORDS, streams},
      {"options", RL_F64, 1, n_options, env->options},
      {"options_in_use", RL_F64, n, n_options, env->options_in_use},
      {"terminated", RL_U8, n, 1, env->terminated},
      {"truncated", RL_U8, n, 1, env->truncated},
      {"idle", RL_U8, n, 1, env->idle},
      {"reward", RL_F32, n, 1, env->reward},
      {"terms", RL_F32, n, RL_MAX_TERMS, env->terms},
      {"final_observation", RL_F32, n, env->def->observation.size, env->final_observation},
      {"final_fields", RL_F32, n, env->def->n_fields, env->final_fields},
      {"episode_return", RL_F64, n, 1, env->episode_return},
      {"episode_terms", RL_F64, n, RL_MAX_TERMS, env->episode_terms},
      {"episode_length", RL_I64, n, 1, env->episode_length}};
  memcpy(arrays, list, sizeof list);
  return (int)(sizeof list / sizeof *list);
}

/* Steps of the episode that goes on: 0 for a copy that has just restarted, whose sums still show the last
 * one, and for all where the next use begins with a reset. */
static int64_t steps_since_reset(const rl_vec_env *env, int i) {
  if (!env->is_reset) return 0;
  return !env->idle[i] && (env->terminated[i] || env->truncated[i]) ? 0 : env->episode_length[i];
}

static rl_status check_repeatable(const rl_vec_env *env, rl_error *error) {
  if (env->def->repeatable) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s cannot repeat an episode, so its state cannot be saved: it is not declared repeatable",
                 env->def->name);
}

rl_status rl_vec_env_save(const rl_vec_env *env, rl_archive *archive, const char *prefix, rl_error *error) {
  rl_status status = check_repeatable(env, error);
  if (status) return status;
  char name[RL_ARCHIVE_NAME];
  int64_t n = env->n, total = 0;
  for (int i = 0; i < env->n; i++) total += steps_since_reset(env, i);
  stream_pair *streams = rl_allocate((size_t)n, sizeof *streams);
  float *actions = rl_allocate((size_t)total * width(env) + 1, sizeof *actions);
  if (!streams || !actions) {
    rl_release(streams);
    rl_release(actions);
    return rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", env->def->name);
  }
  float *at = actions;
  for (int i = 0; i < env->n; i++) {
    size_t count = (size_t)steps_since_reset(env, i) * width(env);
    const rl_copy *c = &env->copies[i];
    streams[i].start = env->is_reset ? c->start : c->rng;
    streams[i].own = c->borrowed ? c->own : streams[i].start;
    if (count) memcpy(at, env->copies[i].history, count * sizeof *at);
    at += count;
  }
  saved_array arrays[MAX_ARRAYS];
  int n_arrays = list_arrays(env, streams, arrays);
  const uint8_t is_reset = env->is_reset;
  status = rl_archive_put_string(archive, rl_archive_key(name, prefix, "name"), env->def->name, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "is_reset"), RL_U8, 1, (int64_t[]){1},
                            &is_reset, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "actions"), RL_F32, 2,
                            (int64_t[]){total, (int64_t)width(env)}, actions, error);
  for (int i = 0; !status && i < n_arrays; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, arrays[i].suffix), arrays[i].dtype, 2,
                            (int64_t[]){arrays[i].rows, arrays[i].cols}, arrays[i].data, error);
  rl_release(streams);
  rl_release(actions);
  return status;
}

static void replay_piece(void *context, int i, int worker) {
  rl_vec_env *env = context;
  const rl_replay *r = &env->replay;
  rl_copy *c = &env->copies[i];
  (void)worker;
  uint8_t idle = env->idle[i];
  float terms[RL_MAX_TERMS]; /* the environment's own, of no interest here */
  rl_vec_env_begin(env, i);
  env->idle[i] = idle;
  rl_env_io io = rl_vec_env_io(env, i);
  io.terms = terms;
  int64_t steps = steps_since_reset(env, i);
  c->out_of_memory = false;
  for (int64_t t = 0; t < steps && !c->status; t++) {
    const float *action = r->actions + (size_t)(r->first[i] + t) * width(env);
    c->out_of_memory = !rl_vec_env_reserve(env, c, t);
    if (c->out_of_memory) return;
    memcpy(c->history + (size_t)t * width(env), action, width(env) * sizeof *action);
    env->def->step(c->self, action, &io);
    c->status = io.status;
  }
}

/* The options, streams and lengths of a file are checked as the input of a user is. */
static rl_status check_loaded(const rl_vec_env *env, const stream_pair *streams, int64_t total,
                              int64_t *first, rl_error *error) {
  const rl_env_def *def = env->def;
  int64_t sum = 0;
  for (int i = 0; i < env->n; i++) {
    int64_t steps = steps_since_reset(env, i);
    bool flags = !env->is_reset || (env->terminated[i] + env->truncated[i] <= 1 && env->idle[i] <= 1);
    if (!flags || env->episode_length[i] < 0 || env->episode_length[i] > RL_MAX_COUNT ||
        steps > total - sum || !rl_rng_is_sound(&streams[i].start) || !rl_rng_is_sound(&streams[i].own))
      return rl_fail(error, RL_BAD_FORMAT, "%s: state of copy %d does not fit its actions", def->name, i + 1);
    first[i] = sum;
    sum += steps;
  }
  if (sum != total)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %lld actions too many", def->name, (long long)(total - sum));
  for (int i = env->is_reset ? 0 : env->n; i <= env->n; i++) {
    const double *values = i < env->n ? options_in_use(env, i) : env->options;
    for (int k = 0; k < def->n_options; k++)
      if (!(values[k] >= def->options[k].min && values[k] <= def->options[k].max))
        return rl_fail(error, RL_BAD_FORMAT, "%s: saved option %s is %g", def->name, def->options[k].name,
                       values[k]);
  }
  return RL_OK;
}

static bool is_taken_action(const rl_space *space, float a) { /* as take_actions leaves them */
  return space->kind == RL_BOX ? isfinite(a) && a >= space->low && a <= space->high : is_choice(space, a);
}

static rl_status load_state(rl_vec_env *env, const rl_archive *archive, const char *prefix,
                            stream_pair *streams, int64_t *first, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *saved = rl_archive_string(archive, rl_archive_key(name, prefix, "name"));
  if (!saved || strcmp(saved, env->def->name) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: state of \"%.32s\", not of %s", prefix, saved ? saved : "",
                   env->def->name);
  const rl_array *actions = rl_archive_find(archive, rl_archive_key(name, prefix, "actions"));
  if (!actions || actions->dtype != RL_F32 || actions->ndim != 2 || actions->shape[1] != (int64_t)width(env))
    return rl_fail(error, RL_BAD_FORMAT, "%s is missing or has another shape", name);
  saved_array arrays[MAX_ARRAYS];
  int n_arrays = list_arrays(env, streams, arrays);
  uint8_t is_reset;
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "is_reset"), RL_U8, 1, &is_reset, error);
  env->is_reset = !status && is_reset;
  for (int i = 0; !status && i < n_arrays; i++)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, arrays[i].suffix), arrays[i].dtype,
                            arrays[i].rows * arrays[i].cols, arrays[i].data, error);
  if (!status) status = check_loaded(env, streams, actions->shape[0], first, error);
  if (status) return status;
  const float *values = actions->data;
  for (int64_t k = 0; k < actions->count; k++)
    if (!is_taken_action(&env->def->action, values[k]))
      return rl_fail(error, RL_BAD_FORMAT, "%s.actions: action %lld is %g", prefix, (long long)k + 1,
                     (double)values[k]);
  for (int i = 0; i < env->n; i++) {
    rl_copy *c = &env->copies[i];
    c->rng = streams[i].start;
    c->own = streams[i].own;
    c->borrowed = c->own.stream != c->rng.stream;
  }
  if (!env->is_reset) return RL_OK;
  env->replay = (rl_replay){first, values};
  status = rl_vec_env_each(env, replay_piece, error);
  if (status) return status;
  for (int i = 0; i < env->n; i++)
    if (env->copies[i].out_of_memory)
      return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  return RL_OK;
}

rl_status rl_vec_env_load(rl_vec_env *env, const rl_archive *archive, const char *prefix, rl_error *error) {
  env->moves++;
  rl_status status = check_repeatable(env, error);
  if (status) return status;
  size_t n_options = (size_t)env->def->n_options;
  stream_pair *streams = rl_allocate((size_t)env->n, sizeof *streams);
  int64_t *first = rl_allocate((size_t)env->n, sizeof *first);
  double *options = rl_allocate(n_options, sizeof *options);
  if (!streams || !first || !options) {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  } else {
    memcpy(options, env->options, n_options * sizeof *options);
    status = load_state(env, archive, prefix, streams, first, error);
    if (status) memcpy(env->options, options, n_options * sizeof *options);
  }
  rl_release(streams);
  rl_release(first);
  rl_release(options);
  if (status) rl_vec_env_reset(env, NULL);
  return status;
}
