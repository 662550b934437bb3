#include "episodes/rollout.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"

#include <math.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

rl_status rl_rollout_init(rl_rollout *rollout, int steps, const rl_vec_env *env, const rl_policy *policy,
                          uint64_t seed, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  int64_t copies = rl_vec_env_copies(env);
  *rollout = (rl_rollout){.steps = steps, .copies = (int)copies};
  if (steps < 1 || steps > 1 << 24 || (int64_t)steps * copies > 1 << 28)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d steps of %d copies do not make a batch of 1 to %d", steps,
                   (int)copies, 1 << 28);
  struct {
    rl_tensor *tensor;
    int ndim;
    int64_t last;
  } parts[] = {{&rollout->obs, 3, def->observation.size},
               {&rollout->action, def->action.kind == RL_BOX ? 3 : 2, def->action.size},
               {&rollout->output, 3, rl_policy_outputs(policy)},
               {&rollout->log_prob, 2, 0},
               {&rollout->reward, 2, 0},
               {&rollout->value, 2, 0},
               {&rollout->advantage, 2, 0},
               {&rollout->target, 2, 0},
               {&rollout->cut_value, 2, 0}};
  rl_status status = rl_tensor_zeros(&rollout->last_value, 1, &copies, error);
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status =
        rl_tensor_zeros(parts[i].tensor, parts[i].ndim, (int64_t[]){steps, copies, parts[i].last}, error);
  size_t rows = (size_t)steps * (size_t)copies;
  rollout->terminated = rl_allocate(rows, 1);
  rollout->truncated = rl_allocate(rows, 1);
  rollout->time = rl_allocate(rows, sizeof(int));
  rollout->rows = rl_allocate(rows, sizeof(int));
  rollout->length = rl_allocate((size_t)copies, sizeof(int));
  rollout->streams = rl_allocate((size_t)copies, sizeof(rl_rng));
  rollout->log_std = rl_allocate((size_t)def->action.size, sizeof(float));
  if (!status && !(rollout->log_std && rollout->terminated && rollout->truncated && rollout->time &&
                   rollout->rows && rollout->length && rollout->streams))
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d x %d steps", steps, (int)copies);
  if (status) {
    rl_rollout_release(rollout);
    return status;
  }
  for (int i = 0; i < rollout->copies; i++)
    rl_rng_init_use(&rollout->streams[i], seed, RL_STREAM_ACTION, (uint32_t)i);
  rollout->stats.mean_return = rollout->stats.mean_length = (double)NAN;
  return RL_OK;
}

void rl_rollout_release(rl_rollout *rollout) {
  rl_tensor *tensors[] = {&rollout->obs,       &rollout->action,    &rollout->output,    &rollout->log_prob,
                          &rollout->reward,    &rollout->value,     &rollout->advantage, &rollout->target,
                          &rollout->cut_value, &rollout->last_value};
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) rl_tensor_release(tensors[i]);
  rl_release(rollout->terminated);
  rl_release(rollout->truncated);
  rl_release(rollout->time);
  rl_release(rollout->rows);
  rl_release(rollout->length);
  rl_release(rollout->streams);
  rl_release(rollout->log_std);
  *rollout = (rl_rollout){0};
}

/* What a step came to. */
typedef struct outcome {
  float reward;
  uint8_t terminated, truncated;
  double episode_return;
  int64_t episode_length;
} outcome;

static outcome outcome_of(const rl_vec_view *view, size_t i) {
  return (outcome){view->reward[i], view->terminated[i], view->truncated[i], view->episode_return[i],
                   view->episode_length[i]};
}

static void account(rl_rollout_progress *p, outcome o, const float *terms, int n_terms) {
  p->rewards += (double)o.reward;
  for (int k = 0; k < n_terms; k++) p->terms[k] += (double)terms[k];
  if (!o.terminated && !o.truncated) return;
  p->finished++;
  p->terminated += o.terminated;
  p->returns += o.episode_return;
  p->lengths += (double)o.episode_length;
}

static void summarize(rl_rollout *rollout, const rl_vec_view *view, int n_terms) {
  const rl_rollout_progress *p = &rollout->progress;
  rl_rollout_stats *stats = &rollout->stats;
  double steps = (double)rollout->n_rows;
  stats->total_steps += rollout->n_rows;
  stats->episodes = p->finished;
  stats->terminated = p->terminated;
  stats->mean_return = p->finished ? p->returns / (double)p->finished : (double)NAN;
  stats->mean_length = p->finished ? p->lengths / (double)p->finished : (double)NAN;
  stats->mean_reward = p->rewards / steps;
  stats->n_terms = n_terms;
  for (int k = 0; k < n_terms; k++) stats->terms[k] = p->terms[k] / steps;
  stats->cut = 0;
  for (int i = 0; i < rollout->copies; i++)
    stats->cut += !view->idle[i] && !view->terminated[i] && !view->truncated[i];
}

/* V of these states, by the value, or else by the value head; nothing is written without either. */
static rl_status evaluate(rl_policy *policy, rl_value *value, const float *obs, int rows, float *out,
                          rl_error *error) {
  if (value) return rl_network_apply(&value->network, obs, rows, out, error);
  return policy->value_head ? rl_policy_value(policy, obs, rows, out, error) : RL_OK;
}

/* Steps of copy i since its episode began. */
static int64_t age(const rl_vec_view *view, size_t i) {
  return view->terminated[i] || view->truncated[i] ? 0 : view->episode_length[i];
}

void rl_rollout_open(rl_rollout *rollout, const rl_policy *policy) {
  rollout->progress = (rl_rollout_progress){.moves = RL_ANY_MOVES};
  rollout->n_rows = 0;
  memset(rollout->cut_value.data, 0, (size_t)rl_tensor_count(&rollout->cut_value) * sizeof(float));
  memset(rollout->length, 0, (size_t)rollout->copies * sizeof(int));
  const float *log_std = rl_policy_log_std(policy);
  if (log_std) memcpy(rollout->log_std, log_std, (size_t)policy->action.size * sizeof *log_std);
}

/* Where the step that is open begins in the arrays. */
static size_t row_now(const rl_rollout *rollout) {
  return (size_t)rollout->progress.steps * (size_t)rollout->copies;
}

const float *rl_rollout_actions(const rl_rollout *rollout) {
  size_t width = rollout->action.ndim == 3 ? (size_t)rollout->action.shape[2] : 1;
  return rollout->action.data + row_now(rollout) * width;
}

/* Draws actions of `rows` copies from what the network has said; row: the place of the first in the arrays. */
static void draw(const rl_rollout *r, const rl_policy *policy, int first, int rows, size_t row) {
  float *action = r->action.data + row * (size_t)rl_space_width(&policy->action);
  rl_dist dist = rl_policy_read(policy, r->output.data + row * (size_t)r->output.shape[2]);
  rl_dist_sample(&dist, rows, r->streams + first, true, action);
  rl_dist_log_prob(&dist, rows, action, r->log_prob.data + row);
}

typedef struct drawing {
  const rl_rollout *rollout;
  const rl_policy *policy;
} drawing;

enum { DRAWN = 16 }; /* rows of a piece: hundreds of copies are worth all threads */

static void draw_piece(void *context, int index, int worker) {
  const drawing *d = context;
  const int first = index * DRAWN, left = d->rollout->copies - first;
  (void)worker;
  draw(d->rollout, d->policy, first, left < DRAWN ? left : DRAWN, row_now(d->rollout) + (size_t)first);
}

rl_status rl_rollout_act(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy, rl_error *error) {
  size_t copies = (size_t)rollout->copies, row = row_now(rollout);
  size_t obs_size = (size_t)rollout->obs.shape[2];
  float *obs = rollout->obs.data + row * obs_size;
  float *output = rollout->output.data + row * (size_t)rollout->output.shape[2];
  memcpy(obs, view->observation, copies * obs_size * sizeof *obs);
  for (size_t i = 0; i < copies; i++) {
    rollout->time[row + i] = (int)age(view, i);
    if (!view->idle[i]) rollout->rows[rollout->n_rows++] = (int)(row + i);
    rollout->length[i] += !view->idle[i];
  }
  rl_status status = rl_network_apply(&policy->network, obs, rollout->copies, output, error);
  if (status) return status;
  drawing d = {rollout, policy};
  rl_parallel_for(rl_pieces(rollout->copies, DRAWN), draw_piece, &d);
  return RL_OK;
}

static bool all_idle(const rl_vec_view *view, int copies) {
  for (int i = 0; i < copies; i++)
    if (!view->idle[i]) return false;
  return true;
}

rl_status rl_rollout_take(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                          rl_value *value, rl_error *error) {
  size_t copies = (size_t)rollout->copies, row = row_now(rollout), obs_size = (size_t)rollout->obs.shape[2];
  rl_status status = RL_OK;
  memcpy(rollout->reward.data + row, view->reward, copies * sizeof(float));
  memcpy(rollout->terminated + row, view->terminated, copies);
  memcpy(rollout->truncated + row, view->truncated, copies);
  for (size_t i = 0; i < copies && !status; i++)
    if (view->truncated[i])
      status = evaluate(policy, value, view->final_observation + i * obs_size, 1,
                        rollout->cut_value.data + row + i, error);
  if (status) return status;
  for (size_t i = 0; i < copies; i++)
    if (!view->idle[i] || view->terminated[i] || view->truncated[i])
      account(&rollout->progress, outcome_of(view, i), view->terms + i * RL_MAX_TERMS, n_terms);
  rollout->progress.steps++;
  rollout->progress.full = rollout->progress.steps == rollout->steps || all_idle(view, rollout->copies);
  return RL_OK;
}

/* After the last step. Places that this batch leaves empty must not show numbers of the last one, or what was
 * done to them. */
static void finish_steps(rl_rollout *rollout, const rl_vec_view *view, int n_terms, bool by_head) {
  size_t rows = row_now(rollout), all = (size_t)rollout->steps * (size_t)rollout->copies, rest = all - rows;
  memset(rollout->reward.data + rows, 0, rest * sizeof(float));
  memset(rollout->value.data, 0, all * sizeof(float));
  memset(rollout->last_value.data, 0, (size_t)rollout->copies * sizeof(float));
  memset(rollout->terminated + rows, 0, rest);
  memset(rollout->truncated + rows, 0, rest);
  summarize(rollout, view, n_terms);
  size_t outputs = (size_t)rollout->output.shape[2];
  for (size_t r = 0; by_head && r < rows; r++) /* the value head has given it already */
    rollout->value.data[r] = rollout->output.data[(r + 1) * outputs - 1];
}

/* Rows that are valued at a time: a multiple of what a network takes as a piece of work, so that results do
 * not depend on it. */
enum { VALUED = 16 * RL_ROWS };

rl_status rl_rollout_close(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                           rl_value *value, bool *done, rl_error *error) {
  rl_rollout_progress *p = &rollout->progress;
  int rows = (int)row_now(rollout), first = p->valued, n = rows - first < VALUED ? rows - first : VALUED;
  *done = false;
  if (first == 0) finish_steps(rollout, view, n_terms, !value && policy->value_head);
  rl_status status = RL_OK;
  if (value)
    status = evaluate(policy, value, rollout->obs.data + (size_t)first * (size_t)rollout->obs.shape[2], n,
                      rollout->value.data + first, error);
  p->valued = value ? first + n : rows;
  if (status || p->valued < rows) return status;
  *done = true;
  return evaluate(policy, value, view->observation, rollout->copies, rollout->last_value.data, error);
}

static rl_status check_running(const rl_vec_view *view, int copies, rl_error *error) {
  for (int i = 0; i < copies; i++)
    if (view->idle[i])
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "copy %d has finished and does not restart: reset before collecting", i + 1);
  return RL_OK;
}

rl_status rl_rollout_begin(rl_rollout *rollout, rl_vec_env *env, const rl_policy *policy, bool episodes,
                           int group, rl_error *error) {
  rl_status status = RL_OK;
  if (episodes && group > 1)
    status = rl_vec_env_reset_groups(env, group, error);
  else if (episodes || !rl_vec_env_is_reset(env))
    status = rl_vec_env_reset(env, error);
  if (!status && !episodes) status = check_running(rl_vec_env_view(env), rollout->copies, error);
  if (status) return status;
  rl_rollout_open(rollout, policy);
  rollout->progress.episodes = episodes;
  rollout->progress.moves = rl_vec_env_moves(env);
  return RL_OK;
}

static rl_status check_moves(const rl_rollout *rollout, const rl_vec_env *env, rl_error *error) {
  if (rollout->progress.moves == RL_ANY_MOVES || rollout->progress.moves == rl_vec_env_moves(env))
    return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s was reset or stepped while a batch is being collected in pieces: the batch is given up",
                 rl_vec_env_def(env)->name);
}

/* One step of all copies; where episodes are collected a copy that has finished rests. */
static rl_status step(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                      rl_error *error) {
  const rl_vec_view *view = rl_vec_env_view(env);
  bool restart = rl_vec_env_restart(env);
  rl_status status = check_moves(rollout, env, error);
  if (!status) status = rl_rollout_act(rollout, view, policy, error);
  if (status) return status;
  rl_vec_env_set_restart(env, restart && !rollout->progress.episodes);
  status = rl_vec_env_step(env, rl_rollout_actions(rollout), error);
  rl_vec_env_set_restart(env, restart);
  rollout->progress.moves = rl_vec_env_moves(env);
  if (status) return status;
  return rl_rollout_take(rollout, view, rl_vec_env_n_terms(env), policy, value, error);
}

/* --- many steps at once ---
 *
 * Where copies need not wait for each other no thread waits for another but at the end: copies go on in bands, and who
 * has none of his own left takes those of others. What is summed in the order of the steps is kept until then. */

enum {
  TOGETHER = 1 << 16, /* steps of all copies at once: what is kept of them has to fit */
  BANDS = 4,          /* of a thread */
  TAKEN = 1 << 30
};

typedef struct band {
  alignas(RL_ALIGNMENT) atomic_int done; /* steps, and whether a thread is taking some */
} band;

typedef struct march {
  rl_rollout *rollout;
  rl_vec_env *env;
  const rl_policy *policy;
  const rl_network *critic; /* or NULL */
  int steps, n_terms;
  int size, n_bands, threads; /* size: copies of a band */
  band *bands;
  outcome *outcomes; /* [steps, copies] */
  float *terms;      /* [steps, copies, n_terms] */
  float *says;       /* [threads, outputs] what the critic says */
  bool *failed;      /* [copies] */
  atomic_bool cut;   /* the program has asked to stop: steps are missing */
} march;

static void act_rows(const march *m, int first, int rows, size_t row, int worker) {
  const rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t size = (size_t)r->obs.shape[2];
  float *obs = r->obs.data + row * size;
  memcpy(obs, view->observation + (size_t)first * size, (size_t)rows * size * sizeof *obs);
  for (int k = 0; k < rows; k++) r->time[row + (size_t)k] = (int)age(view, (size_t)(first + k));
  rl_network_apply_rows(&m->policy->network, obs, rows, r->output.data + row * (size_t)r->output.shape[2],
                        worker);
  draw(r, m->policy, first, rows, row);
}

/* V of the state that a copy was cut off in. */
static float value_cut(const march *m, size_t i, int worker) {
  const rl_vec_view *view = rl_vec_env_view(m->env);
  if (!m->critic) return 0.0f;
  const size_t outputs = (size_t)rl_mlp_outputs(&m->critic->mlp);
  float *says = m->says + (size_t)worker * outputs;
  rl_network_apply_rows(m->critic, view->final_observation + i * (size_t)m->rollout->obs.shape[2], 1, says,
                        worker);
  return says[outputs - 1];
}

static void keep_step(const march *m, size_t i, size_t row, size_t at, int worker) {
  const rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t n_terms = (size_t)m->n_terms;
  m->outcomes[at] = outcome_of(view, i);
  r->reward.data[row] = view->reward[i];
  r->terminated[row] = view->terminated[i];
  r->truncated[row] = view->truncated[i];
  memcpy(m->terms + at * n_terms, view->terms + i * RL_MAX_TERMS, n_terms * sizeof *m->terms);
  if (view->truncated[i]) r->cut_value.data[row] = value_cut(m, i, worker);
}

/* A copy that fails stops; the others go on, so that how far they come does not depend on the threads. */
static void step_band(march *m, int which, int from, int to, int worker) {
  const rl_rollout *r = m->rollout;
  const int first = which * m->size, left = r->copies - first, rows = left < m->size ? left : m->size;
  const size_t width = (size_t)rl_space_width(&m->policy->action);
  for (int s = from; s < to; s++) {
    if (rl_stop_asked()) {
      atomic_store_explicit(&m->cut, true, memory_order_relaxed);
      return;
    }
    const size_t at = (size_t)s * (size_t)r->copies + (size_t)first, row = row_now(r) + at;
    act_rows(m, first, rows, row, worker);
    for (int k = 0; k < rows; k++) {
      const size_t copy = (size_t)k;
      if (m->failed[first + k]) continue;
      m->failed[first + k] =
          !rl_vec_env_step_copy(m->env, first + k, s, r->action.data + (row + copy) * width);
      keep_step(m, (size_t)first + copy, row + copy, at + copy, worker);
    }
  }
}

/* Takes the band of this thread that is furthest behind; -1: none is there. */
static int take_band(march *m, int thread, int *done) {
  const int first = (int)((int64_t)m->n_bands * thread / m->threads);
  const int end = (int)((int64_t)m->n_bands * (thread + 1) / m->threads);
  for (;;) {
    int least = -1;
    *done = m->steps;
    for (int b = first; b < end; b++) {
      const int steps = atomic_load_explicit(&m->bands[b].done, memory_order_relaxed);
      if (steps >= *done) continue;
      least = b;
      *done = steps;
    }
    if (least < 0 || atomic_compare_exchange_strong(&m->bands[least].done, done, *done | TAKEN)) return least;
  }
}

/* What a thread does. The fewer steps are left the fewer it takes at a time: all threads are to end together. */
static void march_piece(void *context, int index, int worker) {
  march *m = context;
  for (int k = 0; k < m->threads; k++) {
    int done;
    for (int b; (b = take_band(m, (index + k) % m->threads, &done)) >= 0;) {
      const int left = m->steps - done, to = m->threads > 1 ? done + (left + 3) / 4 : m->steps;
      step_band(m, b, done, to, worker);
      atomic_store(&m->bands[b].done, to);
      if (k > 0) k = 0; /* his own may have been put back meanwhile */
    }
  }
}

/* In the order of one step at a time. */
static void take_march(const march *m) {
  rl_rollout *r = m->rollout;
  const size_t n = (size_t)m->steps * (size_t)r->copies, row = row_now(r);
  for (size_t k = 0; k < n; k++) {
    r->rows[r->n_rows++] = (int)(row + k);
    account(&r->progress, m->outcomes[k], m->terms + k * (size_t)m->n_terms, m->n_terms);
  }
  for (int i = 0; i < r->copies; i++) r->length[i] += m->steps;
  r->progress.steps += m->steps;
  r->progress.full = r->progress.steps == r->steps;
}

static rl_status step_apart(march *m, rl_error *error) {
  rl_rollout *r = m->rollout;
  rl_vec_env_begin_apart(m->env);
  rl_parallel_for(m->threads, march_piece, m);
  rl_status status = rl_vec_env_end_apart(m->env, m->steps, error);
  r->progress.moves = rl_vec_env_moves(m->env);
  if (!status && atomic_load_explicit(&m->cut, memory_order_relaxed))
    status = rl_fail(error, RL_INTERRUPTED, "interrupted");
  if (!status) take_march(m);
  return status;
}

/* Several bands to a thread, so that they come out even, unless steps are too short for that. */
static int band_size(int copies, const rl_env_def *def) {
  int size = rl_threads() > 1 ? copies / (BANDS * rl_threads()) : RL_ROWS;
  if (size < def->copies_a_piece) size = def->copies_a_piece;
  if (size > RL_ROWS) size = RL_ROWS;
  return size < 1 ? 1 : size < copies ? size : copies;
}

static rl_status step_many(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                           rl_error *error) {
  const int copies = rollout->copies, left = rollout->steps - rollout->progress.steps,
            most = TOGETHER / copies;
  rl_network *critic = value ? &value->network : policy->value_head ? &policy->network : NULL;
  march m = {.rollout = rollout,
             .env = env,
             .policy = policy,
             .critic = critic,
             .steps = most < 1      ? 1
                      : most < left ? most
                                    : left,
             .size = band_size(copies, rl_vec_env_def(env)),
             .n_terms = rl_vec_env_n_terms(env)};
  m.n_bands = rl_pieces(copies, m.size);
  m.threads = rl_threads() < m.n_bands ? rl_threads() : m.n_bands;
  rl_status status = check_moves(rollout, env, error);
  if (!status) status = rl_network_reserve(&policy->network, error);
  if (!status && critic) status = rl_network_reserve(critic, error);
  if (status) return status;
  const size_t n = (size_t)m.steps * (size_t)copies;
  m.bands = rl_allocate((size_t)m.n_bands, sizeof *m.bands);
  m.outcomes = rl_allocate_unset(n * sizeof *m.outcomes, 0);
  m.terms = rl_allocate_unset(n * (size_t)m.n_terms * sizeof *m.terms, 0);
  m.says = rl_allocate((size_t)rl_threads() * (critic ? (size_t)rl_mlp_outputs(&critic->mlp) : 1),
                       sizeof *m.says);
  m.failed = rl_allocate((size_t)copies, sizeof *m.failed);
  status = m.bands && m.outcomes && m.terms && m.says && m.failed
               ? step_apart(&m, error)
               : rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", copies);
  void *arrays[] = {m.bands, m.outcomes, m.terms, m.says, m.failed};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
  return status;
}

static bool may_step_many(const rl_rollout *rollout, const rl_vec_env *env) {
  return rollout->at_once && !rollout->progress.episodes && rl_vec_env_restart(env) &&
         rl_vec_env_may_part(env);
}

rl_status rl_rollout_advance(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool *done, rl_error *error) {
  *done = false;
  rl_status status;
  if (rollout->progress.full)
    status =
        rl_rollout_close(rollout, rl_vec_env_view(env), rl_vec_env_n_terms(env), policy, value, done, error);
  else if (may_step_many(rollout, env))
    status = step_many(rollout, env, policy, value, error);
  else
    status = step(rollout, env, policy, value, error);
  if ((status || *done) && rollout->progress.episodes) rl_vec_env_abandon(env);
  return status;
}

rl_status rl_rollout_collect(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool episodes, int group, rl_error *error) {
  bool done = false;
  rl_status status = rl_rollout_begin(rollout, env, policy, episodes, group, error);
  rollout->at_once = true;
  while (!status && !done) status = rl_rollout_advance(rollout, env, policy, value, &done, error);
  rollout->at_once = false;
  return status;
}

double rl_rollout_fraction(const rl_rollout *rollout) {
  const rl_rollout_progress *p = &rollout->progress;
  const double rows = (double)p->steps * rollout->copies; /* to value one is about a tenth of the work */
  if (p->full) return 0.9 + 0.1 * (double)p->valued / rows;
  return 0.9 * p->steps / rollout->steps;
}

rl_trajectories rl_rollout_trajectories(const rl_rollout *rollout) {
  return (rl_trajectories){.steps = rollout->steps,
                           .copies = rollout->copies,
                           .length = rollout->length,
                           .time = rollout->time,
                           .reward = rollout->reward.data,
                           .value = rollout->value.data,
                           .terminated = rollout->terminated,
                           .truncated = rollout->truncated,
                           .cut_value = rollout->cut_value.data,
                           .last_value = rollout->last_value.data};
}
