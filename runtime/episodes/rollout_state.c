/* A rollout to an archive and back: streams and counters, and the batch itself where it is still needed. */
#include "episodes/rollout.h"

#include "base/memory.h"
#include "base/vector.h"

#include <math.h>
#include <string.h>

enum { STATS = 7 };

static bool has_been_followed(const rl_rollout *r, const rl_vec_env *env) {
  return r->moves == rl_vec_env_moves(env) || r->moves >= RL_AGENT_MOVES(UINT32_MAX);
}

/* Of a policy that remembers: numbers of all copies, or nothing any more. */
static rl_status save_memory(const rl_rollout *r, const float *memory, const rl_policy *policy,
                             rl_archive *archive, const char *name, rl_error *error) {
  const int64_t own = rl_network_memory(&policy->network);
  if (!own) return RL_OK;
  return rl_archive_put(archive, name, RL_F32, 2, (int64_t[]){r->copies, own}, memory, error);
}

/* So many numbers of a file, which may not have them. */
static rl_status check_numbers(int64_t n, const rl_archive *archive, const char *name, const rl_array **array,
                               rl_error *error) {
  *array = n ? rl_archive_find(archive, name) : NULL;
  if (!*array) return RL_OK;
  if ((*array)->dtype != RL_F32 || (*array)->count != n ||
      rl_first_not_finite((*array)->data, (size_t)n) < (size_t)n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not what this policy remembers", name);
  return RL_OK;
}

static void take_numbers(float *numbers, int64_t n, const rl_array *array) {
  if (array)
    memcpy(numbers, array->data, (size_t)n * sizeof *numbers);
  else if (n)
    memset(numbers, 0, (size_t)n * sizeof *numbers);
}

static int64_t of_memory(const rl_rollout *r, const rl_policy *policy) {
  return (int64_t)r->copies * rl_network_memory(&policy->network);
}

static int64_t of_value_memory(const rl_rollout *r) {
  return r->value_states.units ? (int64_t)r->copies * r->value_states.own : 0;
}

/* The units before each sequence. */
static int64_t of_begin(const rl_rollout *r, const rl_states *s) {
  const int64_t sequences = r->sequence ? (r->steps + r->sequence - 1) / r->sequence : 0;
  return sequences * r->copies * s->units;
}

rl_status rl_rollout_save(const rl_rollout *rollout, const rl_vec_env *env, const rl_policy *policy,
                          rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_rollout_stats *s = &rollout->stats;
  double stats[STATS] = {(double)s->total_steps, (double)s->episodes, (double)s->terminated, s->mean_return,
                         s->mean_length,         s->mean_reward,      (double)s->n_terms};
  rl_archive_key(name, prefix, "streams");
  rl_status status = rl_archive_put(archive, name, RL_U64, 2, (int64_t[]){rollout->copies, RL_RNG_WORDS},
                                    rollout->streams, error);
  rl_archive_key(name, prefix, "stats");
  if (!status) status = rl_archive_put(archive, name, RL_F64, 1, (int64_t[]){STATS}, stats, error);
  rl_archive_key(name, prefix, "terms");
  if (!status) status = rl_archive_put(archive, name, RL_F64, 1, (int64_t[]){RL_MAX_TERMS}, s->terms, error);
  const int64_t cut = s->cut;
  rl_archive_key(name, prefix, "cut");
  if (!status) status = rl_archive_put(archive, name, RL_I64, 1, (int64_t[]){1}, &cut, error);
  rl_archive_key(name, prefix, "memory");
  if (status || !has_been_followed(rollout, env)) return status;
  status = save_memory(rollout, rollout->memory, policy, archive, name, error);
  if (status || !rollout->value_states.units) return status;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "value_memory"), RL_F32, 2,
                        (int64_t[]){rollout->copies, rollout->value_states.own}, rollout->value_states.memory,
                        error);
}

/* A number of a file as a counter; false when it is none. */
static bool read_count(double number, int64_t *count) {
  if (!(number >= 0.0 && number <= (double)RL_MAX_COUNT)) return false;
  *count = (int64_t)number;
  return true;
}

static bool read_stats(const double stats[STATS], rl_rollout_stats *out) {
  int64_t n_terms;
  *out = (rl_rollout_stats){.mean_return = stats[3], .mean_length = stats[4], .mean_reward = stats[5]};
  if (!read_count(stats[0], &out->total_steps) || !read_count(stats[1], &out->episodes) ||
      !read_count(stats[2], &out->terminated) || !read_count(stats[6], &n_terms) || n_terms > RL_MAX_TERMS)
    return false;
  out->n_terms = (int)n_terms;
  return true;
}

/* Files of version 0.1 do not have it. */
static rl_status load_cut(rl_rollout_stats *stats, int copies, const rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t cut;
  if (!rl_archive_find(archive, rl_archive_key(name, prefix, "cut"))) return RL_OK;
  rl_status status = rl_archive_get(archive, name, RL_I64, 1, &cut, error);
  if (!status && (cut < 0 || cut > copies)) status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status) stats->cut = cut;
  return status;
}

rl_status rl_rollout_load(rl_rollout *rollout, const rl_policy *policy, const rl_archive *archive,
                          const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  double stats[STATS];
  rl_rollout_stats loaded;
  const size_t copies = (size_t)rollout->copies;
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "stats"), RL_F64, STATS, stats, error);
  if (!status && !read_stats(stats, &loaded))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "terms"), RL_F64, RL_MAX_TERMS,
                            loaded.terms, error);
  if (!status) status = load_cut(&loaded, rollout->copies, archive, prefix, error);
  const rl_array *memory;
  rl_archive_key(name, prefix, "memory");
  if (!status) status = check_numbers(of_memory(rollout, policy), archive, name, &memory, error);
  if (status) return status;
  const rl_array *of_value;
  rl_archive_key(name, prefix, "value_memory");
  status = check_numbers(of_value_memory(rollout), archive, name, &of_value, error);
  if (status) return status;
  rl_rng *streams = rl_allocate(copies, sizeof *streams);
  if (!streams) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  status = rl_archive_get(archive, rl_archive_key(name, prefix, "streams"), RL_U64,
                          (int64_t)copies * RL_RNG_WORDS, streams, error);
  for (size_t i = 0; !status && i < copies; i++)
    if (!rl_rng_is_sound(&streams[i])) status = rl_fail(error, RL_BAD_FORMAT, "%s: not random streams", name);
  if (!status) {
    memcpy(rollout->streams, streams, copies * sizeof *streams);
    take_numbers(rollout->memory, of_memory(rollout, policy), memory);
    take_numbers(rollout->value_states.memory, of_value_memory(rollout), of_value);
    rollout->moves = memory ? RL_ANY_MOVES : RL_NO_MOVES;
    rollout->stats = loaded;
  }
  rl_release(streams);
  return status;
}

/* The batch. */

enum { PARTS = 17, COUNTS = 9, SUMS = 3 };

typedef struct batch_part {
  const char *name;
  rl_dtype dtype;
  size_t size; /* bytes of an element */
  int64_t count;
  void *data;
} batch_part;

typedef struct batch_sizes {
  int64_t steps, copies, obs, width, outputs, log_std;
} batch_sizes;

/* The parts of a batch of these sizes, in the memory of a rollout that has them, or of one that is empty. */
static void list_parts(const rl_rollout *r, const batch_sizes *z, batch_part parts[PARTS]) {
  const int64_t rows = z->steps * z->copies;
  const batch_part list[PARTS] = {{"obs", RL_F32, 4, rows * z->obs, r->obs.data},
                                  {"action", RL_F32, 4, rows * z->width, r->action.data},
                                  {"output", RL_F32, 4, rows * z->outputs, r->output.data},
                                  {"log_prob", RL_F32, 4, rows, r->log_prob.data},
                                  {"reward", RL_F32, 4, rows, r->reward.data},
                                  {"value", RL_F32, 4, rows, r->value.data},
                                  {"advantage", RL_F32, 4, rows, r->advantage.data},
                                  {"target", RL_F32, 4, rows, r->target.data},
                                  {"cut_value", RL_F32, 4, rows, r->cut_value.data},
                                  {"last_value", RL_F32, 4, z->copies, r->last_value.data},
                                  {"log_std", RL_F32, 4, z->log_std, r->log_std},
                                  {"terminated", RL_U8, 1, rows, r->terminated},
                                  {"truncated", RL_U8, 1, rows, r->truncated},
                                  {"time", RL_I32, 4, rows, r->time},
                                  {"length", RL_I32, 4, z->copies, r->length},
                                  {"rows", RL_I32, 4, rows, r->rows},
                                  {"sums", RL_F64, 8, SUMS + RL_MAX_TERMS, NULL}};
  memcpy(parts, list, sizeof list);
}

/* Numbers of the log-std in files: of a choice, which has none, as many as it has choices. */
static int64_t saved_log_std(const rl_space *action) {
  return action->kind == RL_DISCRETE ? action->size : rl_space_reals(action);
}

static batch_sizes sizes_of(const rl_vec_env *env, const rl_policy *policy, int64_t steps) {
  const rl_env_def *def = rl_vec_env_def(env);
  return (batch_sizes){steps,
                       rl_vec_env_copies(env),
                       policy->observation.size,
                       rl_space_width(&def->action),
                       rl_policy_outputs(policy),
                       saved_log_std(&def->action)};
}

/* What late values need. */
static rl_status save_late(const rl_rollout *r, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t size = r->last_obs.shape[1], cuts = r->n_cut;
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "last_obs"), RL_F32, 2,
                                    r->last_obs.shape, r->last_obs.data, error);
  if (status || !cuts) return status;
  status = rl_archive_put(archive, rl_archive_key(name, prefix, "cut_obs"), RL_F32, 2,
                          (int64_t[]){cuts, size}, r->cut_obs, error);
  return status ? status
                : rl_archive_put(archive, rl_archive_key(name, prefix, "cut_row"), RL_I32, 1, &cuts,
                                 r->cut_row, error);
}

/* A step that was cut, or beside one in its world. */
static bool is_cut(const rl_rollout *r, int cell) {
  const int world = cell - cell % r->agents;
  for (int i = world; i < world + r->agents; i++)
    if (r->truncated[i]) return true;
  return false;
}

static rl_status load_cuts(rl_rollout *r, const rl_array *rows, const rl_archive *archive, const char *prefix,
                           rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t size = r->last_obs.shape[1], cells = (int64_t)r->progress.steps * r->copies;
  if (rows->dtype != RL_I32 || rows->count > cells)
    return rl_fail(error, RL_BAD_FORMAT, "%s.cut_row: not the ends of episodes", prefix);
  const size_t n = (size_t)rows->count;
  r->cut_obs = rl_allocate(n * (size_t)size, sizeof *r->cut_obs);
  r->cut_row = rl_allocate(n, sizeof *r->cut_row);
  if (!r->cut_obs || !r->cut_row) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  r->n_cut = r->cut_room = (int)n;
  memcpy(r->cut_row, rows->data, n * sizeof *r->cut_row);
  for (size_t i = 0; i < n; i++)
    if (r->cut_row[i] < 0 || r->cut_row[i] >= cells || !is_cut(r, r->cut_row[i]))
      return rl_fail(error, RL_BAD_FORMAT, "%s.cut_row: not the ends of episodes", prefix);
  return rl_archive_get(archive, rl_archive_key(name, prefix, "cut_obs"), RL_F32, rows->count * size,
                        r->cut_obs, error);
}

/* A choice is an index, of actions that are looked up without a check. */
static rl_status check_choices(const rl_rollout *r, const rl_space *action, const char *prefix,
                               rl_error *error) {
  const int64_t rows = (int64_t)r->progress.steps * r->copies;
  const int64_t width = rl_space_width(action);
  for (int64_t i = 0; action->kind != RL_BOX && i < rows; i++)
    if (!rl_space_has(action, NULL, r->action.data + i * width))
      return rl_fail(error, RL_BAD_FORMAT, "%s.action: not choices of %d", prefix, action->size);
  return RL_OK;
}

static rl_status load_late(rl_rollout *r, const rl_space *action, const rl_archive *archive,
                           const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  r->late = rl_archive_find(archive, rl_archive_key(name, prefix, "last_obs")) != NULL;
  if (!r->late) return RL_OK;
  rl_status status =
      rl_archive_get(archive, name, RL_F32, rl_tensor_count(&r->last_obs), r->last_obs.data, error);
  if (!status) status = check_choices(r, action, prefix, error);
  const rl_array *rows = rl_archive_find(archive, rl_archive_key(name, prefix, "cut_row"));
  return status || !rows ? status : load_cuts(r, rows, archive, prefix, error);
}

/* Of recurrent networks: the units of policy and value before each sequence, and the value's after the batch. Of a critic
 * of actions: the baseline. */
enum { STATES = 4 };
typedef struct state_part {
  const char *name;
  int64_t count;
  float *data;
} state_part;

static void list_states(const rl_rollout *r, state_part parts[STATES]) {
  const state_part list[STATES] = {
      {"state", of_begin(r, &r->states), r->states.begin},
      {"value_state", of_begin(r, &r->value_states), r->value_states.begin},
      {"last_value_memory", of_value_memory(r), r->value_states.last},
      {"baseline", r->central.action ? (int64_t)r->steps * r->copies : 0, r->baseline}};
  memcpy(parts, list, sizeof list);
}

static rl_status save_states(const rl_rollout *r, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  state_part parts[STATES];
  rl_status status = RL_OK;
  list_states(r, parts);
  for (int i = 0; !status && i < STATES; i++)
    if (parts[i].count)
      status = rl_archive_put(archive, rl_archive_key(name, prefix, parts[i].name), RL_F32, 1,
                              &parts[i].count, parts[i].data, error);
  return status;
}

rl_status rl_rollout_read_states(rl_rollout *r, const rl_archive *archive, const char *prefix,
                                 rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  state_part parts[STATES];
  list_states(r, parts);
  for (int i = 0; i < STATES; i++) {
    const rl_array *array;
    rl_status status =
        check_numbers(parts[i].count, archive, rl_archive_key(name, prefix, parts[i].name), &array, error);
    if (!status && parts[i].count && !array) status = rl_fail(error, RL_BAD_FORMAT, "%s: missing", name);
    if (status) return status;
    take_numbers(parts[i].data, parts[i].count, array);
  }
  return RL_OK;
}

rl_status rl_rollout_save_batch(const rl_rollout *rollout, const rl_vec_env *env, const rl_policy *policy,
                                rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  batch_part parts[PARTS];
  const rl_rollout_progress *p = &rollout->progress;
  const batch_sizes sizes = sizes_of(env, policy, rollout->steps);
  const int64_t counts[COUNTS] = {
      rollout->steps, p->steps,        p->full,
      p->valued,      p->episodes,     p->finished,
      p->terminated,  rollout->n_rows, p->moves == RL_ANY_MOVES || p->moves == rl_vec_env_moves(env)};
  double sums[SUMS + RL_MAX_TERMS] = {p->returns, p->lengths, p->rewards};
  memcpy(sums + SUMS, p->terms, sizeof p->terms);
  list_parts(rollout, &sizes, parts);
  parts[PARTS - 1].data = sums;
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "progress"), RL_I64, 1,
                                    (int64_t[]){COUNTS}, counts, error);
  for (int i = 0; !status && i < PARTS; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, parts[i].name), parts[i].dtype, 1,
                            &parts[i].count, parts[i].data, error);
  rl_archive_key(name, prefix, "last_memory");
  if (!status && p->full) status = save_memory(rollout, rollout->last_memory, policy, archive, name, error);
  if (!status) status = save_states(rollout, archive, prefix, error);
  return status || !rollout->late ? status : save_late(rollout, archive, prefix, error);
}

bool rl_rollout_has_batch(const rl_archive *archive, const char *prefix) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_find(archive, rl_archive_key(name, prefix, "progress")) != NULL;
}

static bool is_sensible(const int64_t counts[COUNTS], int64_t copies) {
  for (int i = 0; i < COUNTS; i++)
    if (counts[i] < 0 || counts[i] > RL_MAX_COUNT) return false;
  return counts[0] >= 1 && counts[0] <= 1 << 24 && counts[0] * copies <= 1 << 28 && counts[1] <= counts[0] &&
         counts[2] <= 1 && (counts[2] || counts[1] < counts[0]) && counts[3] <= counts[1] * copies &&
         counts[4] <= 1 && counts[7] <= counts[1] * copies && counts[8] <= 1;
}

/* Before anything of these sizes is allocated: is all of it in the file? */
static rl_status check_parts(const batch_sizes *sizes, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  batch_part parts[PARTS];
  list_parts(&(rl_rollout){0}, sizes, parts);
  for (int i = 0; i < PARTS; i++) {
    const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, parts[i].name));
    if (!array || array->dtype != parts[i].dtype || array->count != parts[i].count)
      return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not of a batch of %lld steps of %lld copies",
                     name, (long long)sizes->steps, (long long)sizes->copies);
  }
  return RL_OK;
}

/* What indexes the arrays. */
static rl_status check_places(const rl_rollout *r, const char *prefix, rl_error *error) {
  const int rows = r->progress.steps * r->copies;
  bool good = true;
  for (int i = 0; i < r->n_rows; i++) good = good && r->rows[i] >= 0 && r->rows[i] < rows;
  for (int i = 0; i < r->copies; i++) good = good && r->length[i] >= 0 && r->length[i] <= r->progress.steps;
  for (int i = 0; i < rows; i++)
    good = good && r->time[i] >= 0 && r->terminated[i] <= 1 && r->truncated[i] <= 1;
  return good ? RL_OK : rl_fail(error, RL_BAD_FORMAT, "%s: not the steps of a batch", prefix);
}

rl_status rl_rollout_read_batch(rl_rollout *out, const rl_vec_env *env, const rl_policy *policy,
                                const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  batch_part parts[PARTS];
  int64_t counts[COUNTS];
  double sums[SUMS + RL_MAX_TERMS];
  *out = (rl_rollout){0};
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "progress"), RL_I64, COUNTS, counts, error);
  if (!status && !is_sensible(counts, rl_vec_env_copies(env)))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (status) return status;
  const batch_sizes sizes = sizes_of(env, policy, counts[0]);
  status = check_parts(&sizes, archive, prefix, error);
  if (!status) status = rl_rollout_init(out, (int)counts[0], env, policy, 0, error);
  if (status) return status;
  list_parts(out, &sizes, parts);
  parts[PARTS - 1].data = sums;
  for (int i = 0; i < PARTS; i++) {
    const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, parts[i].name));
    if (parts[i].count) memcpy(parts[i].data, array->data, (size_t)parts[i].count * parts[i].size);
  }
  out->n_rows = (int)counts[7];
  out->progress = (rl_rollout_progress){.steps = (int)counts[1],
                                        .full = counts[2] != 0,
                                        .valued = (int)counts[3],
                                        .episodes = counts[4] != 0,
                                        .moves = counts[8] ? RL_ANY_MOVES : RL_ANY_MOVES - 1,
                                        .returns = sums[0],
                                        .lengths = sums[1],
                                        .rewards = sums[2],
                                        .finished = counts[5],
                                        .terminated = counts[6]};
  memcpy(out->progress.terms, sums + SUMS, sizeof out->progress.terms);
  status = check_places(out, prefix, error);
  const rl_array *memory;
  rl_archive_key(name, prefix, "last_memory");
  if (!status) status = check_numbers(of_memory(out, policy), archive, name, &memory, error);
  if (!status) take_numbers(out->last_memory, of_memory(out, policy), memory);
  if (!status) status = load_late(out, &policy->action, archive, prefix, error);
  if (status) rl_rollout_release(out);
  return status;
}
