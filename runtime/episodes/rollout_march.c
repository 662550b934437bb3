/* Many steps at once.
 *
 * Where copies need not wait for each other no thread waits for another but at the end: copies go on in bands, and who
 * has none of his own left takes those of others. What is summed in the order of the steps is kept until then. */
#include "episodes/rollout_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"

#include <stdalign.h>
#include <string.h>

enum {
  TOGETHER = 1 << 14, /* steps of all copies at once: what is kept of them has to fit */
  BANDS = 4,          /* of a thread */
  TAKEN = 1 << 30
};

struct rl_band {
  alignas(RL_ALIGNMENT) atomic_int done; /* steps, and whether a thread is taking some */
};

void rl_march_begin_step(const rl_march *m, size_t i, size_t at) {
  m->outcomes[at].rests = rl_vec_env_view(m->env)->idle[i];
}

void rl_march_keep_step(const rl_march *m, size_t i, size_t row, size_t at) {
  const rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t size = (size_t)r->obs.shape[2], n_terms = (size_t)m->n_terms;
  const uint8_t rests = m->outcomes[at].rests;
  m->outcomes[at] = rl_outcome_of(view, i);
  m->outcomes[at].rests = rests;
  r->reward.data[row] = view->reward[i];
  r->terminated[row] = view->terminated[i];
  r->truncated[row] = view->truncated[i];
  memcpy(m->terms + at * n_terms, view->terms + i * RL_MAX_TERMS, n_terms * sizeof *m->terms);
  if (view->truncated[i])
    rl_rollout_recall(m->policy, r->memory, i, view->final_observation, m->last + at * size);
}

/* Who rests begins anew in this batch: no reward before that is of the episode. */
static void begin_rows(const rl_march *m, size_t first, size_t rows, size_t row, size_t at) {
  for (size_t k = 0; k < rows; k++) {
    rl_march_begin_step(m, first + k, at + k);
    if (m->outcomes[at + k].rests) m->rollout->time[row + k] = 0;
  }
}

/* A world that fails stops; the others go on, so that how far they come does not depend on the threads. */
static void step_band(rl_march *m, int which, int from, int to, int worker) {
  const rl_rollout *r = m->rollout;
  const int first = m->part.first + which * m->size, left = m->part.end - first,
            rows = left < m->size ? left : m->size;
  const size_t width = (size_t)rl_space_width(&m->policy->action), agents = (size_t)r->agents;
  for (int s = from; s < to; s++) {
    if (rl_stop_asked()) {
      atomic_store_explicit(&m->cut, true, memory_order_relaxed);
      return;
    }
    const size_t at = (size_t)s * (size_t)r->copies + (size_t)first, row = rl_rollout_row(r) + at;
    rl_rollout_act_rows(r, rl_vec_env_view(m->env), m->policy, first, rows, row, worker);
    begin_rows(m, (size_t)first, (size_t)rows, row, at);
    for (size_t k = 0; k < (size_t)rows; k += agents) {
      const size_t copy = (size_t)first + k;
      bool *failed = &m->failed[copy];
      if (*failed) continue;
      *failed = !rl_vec_env_step_copy(m->env, (int)(copy / agents), s, r->action.data + (row + k) * width);
      for (size_t a = 0; a < agents; a++) rl_march_keep_step(m, copy + a, row + k + a, at + k + a);
    }
  }
}

/* Takes the band of a thread that is furthest behind; -1: all are taken or done. */
static int take_band(rl_march *m, int thread, int *done) {
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

/* What a thread does. The fewer steps are left the fewer it takes at a time, so that all threads end together. */
static void march_piece(void *context, int thread, int worker) {
  rl_march *m = context;
  for (int k = 0; k < m->threads;) {
    int done;
    const int which = take_band(m, (thread + k) % m->threads, &done);
    if (which < 0) {
      k++;
      continue;
    }
    const int left = m->steps - done, to = m->threads > 1 ? done + (left + 3) / 4 : m->steps;
    step_band(m, which, done, to, worker);
    atomic_store(&m->bands[which].done, to);
    k = 0; /* his own may be there again */
  }
}

/* In the order of one step at a time. */
static rl_status take_march(const rl_march *m, rl_policy *policy, rl_value *value, rl_error *error) {
  rl_rollout *r = m->rollout;
  const size_t n = (size_t)m->steps * (size_t)r->copies, row = rl_rollout_row(r),
               size = (size_t)r->obs.shape[2];
  rl_status status = RL_OK;
  for (size_t k = 0; k < n && !status; k++) {
    if (m->outcomes[k].rests) { /* while its world went on: no part of an episode */
      r->terminated[row + k] = 1;
      continue;
    }
    r->rows[r->n_rows++] = (int)(row + k);
    if (m->outcomes[k].truncated)
      status = rl_rollout_take_cut(r, policy, value, m->last + k * size, row + k, error);
    rl_rollout_account(&r->progress, m->outcomes[k], m->terms + k * (size_t)m->n_terms, m->n_terms);
  }
  r->progress.steps += m->steps;
  r->progress.full = r->progress.steps == r->steps;
  if (r->progress.full) rl_rollout_keep_memory(r, policy);
  return status;
}

/* Several bands to a thread, so that they come out even, unless steps are too short for that. Of whole worlds. */
static int band_size(int copies, const rl_env_def *def) {
  const int agents = rl_env_agents(def), least = def->copies_a_piece * agents;
  int size = rl_threads() > 1 ? copies / (BANDS * rl_threads()) : RL_ROWS;
  if (size < least) size = least;
  if (size > RL_ROWS) size = RL_ROWS;
  return size < agents ? agents : size - size % agents;
}

static rl_status make_bands(rl_march *m, rl_error *error) {
  const int copies = m->part.end - m->part.first;
  m->size = band_size(copies, rl_vec_env_def(m->env));
  m->n_bands = rl_pieces(copies, m->size);
  m->threads = rl_threads() < m->n_bands ? rl_threads() : m->n_bands;
  m->bands = rl_allocate((size_t)m->n_bands + 1, sizeof *m->bands);
  m->failed = rl_allocate((size_t)m->rollout->copies, sizeof *m->failed);
  if (m->bands && m->failed) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", copies);
}

rl_status rl_march_step_apart(rl_march *m, rl_policy *policy, rl_error *error) {
  rl_rollout *r = m->rollout;
  rl_status status = rl_rollout_check_moves(r, m->env, error);
  if (!status) status = rl_network_reserve(&policy->network, error);
  if (!status) status = make_bands(m, error);
  if (!status) {
    rl_vec_env_begin_apart(m->env);
    rl_parallel_for(m->threads, march_piece, m);
    status = rl_vec_env_end_apart(m->env, m->steps, error);
    r->progress.moves = r->moves = rl_vec_env_moves(m->env);
    for (int i = m->part.first; i < m->part.end; i++) r->length[i] += m->steps;
  }
  if (!status && atomic_load_explicit(&m->cut, memory_order_relaxed))
    status = rl_fail(error, RL_INTERRUPTED, "interrupted");
  rl_release(m->bands);
  rl_release(m->failed);
  return status;
}

rl_status rl_rollout_step_many(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                               rl_error *error) {
  const int left = rollout->steps - rollout->progress.steps, most = TOGETHER / rollout->copies;
  rl_march m = {.rollout = rollout,
                .env = env,
                .policy = policy,
                .steps = most < 1      ? 1
                         : most < left ? most
                                       : left,
                .part = {0, rollout->copies},
                .n_terms = rl_vec_env_n_terms(env)};
  const size_t n = (size_t)m.steps * (size_t)rollout->copies;
  m.outcomes = rl_allocate_unset(n * sizeof *m.outcomes, 0);
  m.terms = rl_allocate_unset(n * (size_t)m.n_terms * sizeof *m.terms, 0);
  m.last = rl_allocate_unset(n * (size_t)rollout->obs.shape[2] * sizeof *m.last, 0);
  rl_status status =
      m.outcomes && m.terms && m.last
          ? rl_march_step_apart(&m, policy, error)
          : rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", rollout->copies);
  if (!status) status = take_march(&m, policy, value, error);
  rl_release(m.outcomes);
  rl_release(m.terms);
  rl_release(m.last);
  return status;
}
