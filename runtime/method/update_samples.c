/* The samples of an update: the batch and its mirror images, sequence by sequence where networks are recurrent; the order
 * in which epochs go through them; and their advantages, as the policy's objective is to see them. */
#include "base/memory.h"
#include "base/vector.h"
#include "method/update.h"

#include <math.h>
#include <string.h>

const int *rl_update_all_rows(const rl_method *m) {
  if (rl_update_is_recurrent(m)) return m->in_turn;
  return rl_update_has_images(m) ? m->images.pairs : m->collector.rollout.rows;
}

rl_status rl_update_make_images(rl_method *m, rl_error *error) {
  const rl_symmetric how = m->options.symmetric;
  m->images.symmetry = NULL;
  if (how != RL_SYMMETRIC_DATA && how != RL_SYMMETRIC_LOSS) return RL_OK;
  return rl_images_make(&m->images, rl_vec_env_def(m->collector.env)->symmetry, &m->collector.rollout,
                        m->policy, error);
}

rl_status rl_update_make_sequences(rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  if (!rl_update_is_recurrent(m)) return RL_OK;
  if ((size_t)r->n_rows > m->in_turn_capacity) {
    rl_release(m->in_turn);
    rl_release(m->parts);
    m->in_turn = rl_allocate((size_t)r->n_rows, sizeof(int));
    m->parts = rl_allocate((size_t)r->n_rows, sizeof(int));
    m->in_turn_capacity = m->in_turn && m->parts ? (size_t)r->n_rows : 0;
    if (!m->in_turn_capacity) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d steps", r->n_rows);
  }
  int n = 0;
  m->n_parts = 0;
  for (int first = 0; first < r->progress.steps; first += r->sequence)
    for (int c = 0; c < r->copies; c++) {
      const int end = first + r->sequence < r->length[c] ? first + r->sequence : r->length[c];
      if (first < end) m->parts[m->n_parts++] = n;
      for (int t = first; t < end; t++) m->in_turn[n++] = t * r->copies + c;
    }
  const rl_sequences sequences = {r->copies, r->sequence, r->time, r->states.begin};
  m->policy_learner.sequences = m->value_learner.sequences = sequences;
  m->value_learner.sequences.begin = r->value_states.begin;
  return RL_OK;
}

/* --- order --- */

int rl_update_minibatch(const rl_method *m) {
  int rows = m->collector.rollout.n_rows, minibatch = rl_update_has_workers(m) ? 0 : m->options.minibatch;
  return minibatch == 0 || minibatch > rows ? rows : minibatch;
}

int rl_update_whole_sequences(const rl_method *m, const int *index, int rows, int left) {
  const rl_rollout *r = &m->collector.rollout;
  while (rows < left && index[rows] == index[rows - 1] + r->copies && index[rows] / r->copies % r->sequence)
    rows++;
  return rows;
}

/* The sequences of the batch in another order. */
static void shuffle_sequences(rl_method *m, int *order) {
  const rl_rollout *r = &m->collector.rollout;
  if (rl_update_minibatch(m) < r->n_rows) rl_rng_shuffle(&m->shuffle, m->parts, m->n_parts);
  for (int p = 0, n = 0; p < m->n_parts; p++) {
    int at = m->parts[p];
    do order[n++] = m->in_turn[at++];
    while (at < r->n_rows && m->in_turn[at] == m->in_turn[at - 1] + r->copies &&
           m->in_turn[at] / r->copies % r->sequence);
  }
}

/* The samples of the first worker, then those of the next. */
static void sort_by_worker(rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  int n = 0;
  for (int c = 0; c < r->copies; c++)
    for (int s = 0; s < r->length[c]; s++) m->order[n++] = s * r->copies + c;
  if (rl_update_has_images(m)) rl_images_pair_up(&m->images, m->order, n, m->order);
  m->shuffled++;
}

void rl_update_shuffle(rl_method *m) {
  if (rl_update_has_workers(m)) {
    sort_by_worker(m);
    return;
  }
  const int rows = m->collector.rollout.n_rows;
  if (m->shuffled == 0) rl_update_show(m);
  int *order = m->order + (size_t)m->shuffled++ * (size_t)rl_update_rows(m);
  if (rl_update_is_recurrent(m)) {
    shuffle_sequences(m, order);
    return;
  }
  memcpy(order, m->collector.rollout.rows, (size_t)rows * sizeof *order);
  if (rl_update_minibatch(m) < rows || m->options.fisher_fraction < 1.0)
    rl_rng_shuffle(&m->shuffle, order, rows);
  if (rl_update_has_images(m)) rl_images_pair_up(&m->images, order, rows, order);
}

/* --- advantages --- */

/* Of the batch: what an image has in common with its sample. */
static int cell_of(const rl_method *m, int i) {
  return i < m->objective.samples.cells ? i : i - m->objective.samples.cells;
}

/* Mean 0, deviation 1. Under weights rho of V-trace it is their mean that is taken away, as rho m: a constant would draw the
 * policy to the one that has acted, or drive it away from there. Returns what they are multiplied by. */
static float normalize(const rl_method *m, const int *index, int rows, float *advantage) {
  double mean, variance;
  rl_mean_variance(advantage, (size_t)rows, &mean, &variance);
  if (m->collector.has_ratio) {
    double weights = 0.0;
    for (int r = 0; r < rows; r++) weights += rl_collector_weight(&m->collector, cell_of(m, index[r]));
    const double center = weights > 0.0 ? mean * rows / weights : 0.0;
    for (int r = 0; r < rows; r++)
      advantage[r] -= (float)(center * rl_collector_weight(&m->collector, cell_of(m, index[r])));
    rl_mean_variance(advantage, (size_t)rows, &mean, &variance);
  }
  float center = (float)mean, inverse = (float)(1.0 / (sqrt(variance) + 1e-8));
  for (int r = 0; r < rows; r++) advantage[r] = (advantage[r] - center) * inverse;
  return inverse;
}

void rl_update_weigh_steps(const rl_method *m, const int *index, int rows, float *advantage) {
  if (!m->options.discounted_gradient) return;
  for (int r = 0; r < rows; r++)
    advantage[r] *=
        (float)pow(m->options.collect.gamma, (double)m->collector.rollout.time[cell_of(m, index[r])]);
}

/* The advantages of a minibatch, as the policy's objective is to see them. */
static float fill_advantages(const rl_method *m, const int *index, int rows, float *advantage) {
  float scale = 1.0f;
  for (int r = 0; r < rows; r++) advantage[r] = m->collector.rollout.advantage.data[cell_of(m, index[r])];
  if (m->options.normalize_advantage && rows > (rl_update_has_images(m) ? 2 : 1))
    scale = normalize(m, index, rows, advantage);
  rl_update_weigh_steps(m, index, rows, advantage);
  return scale;
}

void rl_update_take_advantages(rl_method *m, const int *index, int rows) {
  m->objective.first = index;
  m->objective.advantage = m->advantage;
  const float scale = fill_advantages(m, index, rows, m->advantage);
  if (!rl_update_has_baseline(m)) return;
  for (int r = 0; r < rows; r++) m->baseline.scale[r] = scale;
  rl_update_weigh_steps(m, index, rows, m->baseline.scale);
}

void rl_update_take_worker_advantages(rl_method *m) {
  const rl_crew *crew = &m->workers.policy;
  m->objective.first = m->order;
  m->objective.advantage = m->advantage;
  for (int w = 0; w < crew->count; w++)
    fill_advantages(m, crew->index[w], crew->n[w], m->advantage + (crew->index[w] - m->order));
}
