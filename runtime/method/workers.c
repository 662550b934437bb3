#include "method/workers.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <string.h>

/* --- the parameters of each --- */

static float *theta_of(const rl_crew *crew, int worker) { return crew->theta + (size_t)worker * crew->size; }

rl_status rl_crew_init(rl_crew *crew, int count, const rl_learner *learner, rl_error *error) {
  const rl_network *network = learner->network;
  const size_t n = (size_t)count, size = (size_t)network->theta.shape[0];
  const size_t width = (size_t)network->mlp.inputs + (size_t)rl_mlp_outputs(&network->mlp);
  *crew = (rl_crew){.count = count, .size = size, .rows_size = RL_ROWS * width};
  crew->theta = rl_allocate(n * size, sizeof(float));
  crew->saved = rl_allocate(n * size, sizeof(float));
  crew->rows = rl_allocate(n * crew->rows_size, sizeof(float));
  crew->learner = rl_allocate(n, sizeof *crew->learner);
  crew->objective = rl_allocate(n, sizeof *crew->objective);
  crew->index = rl_allocate(n, sizeof *crew->index);
  crew->n = rl_allocate(n, sizeof *crew->n);
  crew->passing = rl_allocate(n, sizeof *crew->passing);
  rl_status status = crew->theta && crew->saved && crew->rows && crew->learner && crew->objective &&
                             crew->index && crew->n && crew->passing
                         ? RL_OK
                         : rl_fail(error, RL_NO_MEMORY, "out of memory for %d workers", count);
  for (int w = 0; w < count && !status; w++)
    status =
        rl_learner_init_beside(&crew->learner[w], learner, theta_of(crew, w), &crew->objective[w], error);
  if (status) rl_crew_release(crew);
  return status;
}

void rl_crew_release(rl_crew *crew) {
  for (int w = 0; crew->learner && w < crew->count; w++) rl_learner_release(&crew->learner[w]);
  void *arrays[] = {crew->theta,     crew->saved, crew->rows, crew->learner,
                    crew->objective, crew->index, crew->n,    crew->passing};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
  *crew = (rl_crew){0};
}

static void take(rl_crew *crew, int worker, const rl_network *shared) {
  memcpy(theta_of(crew, worker), shared->theta.data, crew->size * sizeof(float));
}

void rl_crew_gather(rl_crew *crew, const rl_network *shared) {
  for (int w = 0; w < crew->count; w++) take(crew, w, shared);
}

bool rl_crew_is_stray(const rl_crew *crew, const rl_network *shared) {
  return crew->count &&
         memcmp(theta_of(crew, crew->count - 1), shared->theta.data, crew->size * sizeof(float)) != 0;
}

void rl_crew_follow(rl_crew *crew, const rl_network *shared) {
  for (int w = 0; w < crew->count; w++) rl_network_follow(shared, theta_of(crew, w));
}

/* --- gradients --- */

rl_status rl_crew_begin(rl_crew *crew, const rl_learner *learner, const int *order, const int *lengths,
                        int each, rl_error *error) {
  rl_status status = RL_OK;
  for (int w = 0; w < crew->count && !status; w++) {
    crew->index[w] = order;
    crew->n[w] = lengths[w] * each;
    order += crew->n[w];
    status = rl_learner_begin_beside(&crew->learner[w], learner, crew->n[w], error);
  }
  memcpy(crew->saved, crew->theta, (size_t)crew->count * crew->size * sizeof *crew->saved);
  return status;
}

void rl_crew_start(rl_crew *crew, const rl_objective *objective) {
  for (int w = 0; w < crew->count; w++) {
    crew->objective[w] = *objective;
    crew->objective[w].theta = theta_of(crew, w);
    crew->passing[w] = false;
  }
  crew->done = 0;
}

static void pass_piece(void *context, int index, int thread) {
  rl_crew *crew = context;
  const int w = crew->done + index;
  rl_learner *learner = &crew->learner[w];
  (void)thread;
  if (!crew->passing[w]) rl_learner_start(learner, RL_PASS_GRADIENT, crew->index[w], crew->n[w], NULL);
  crew->passing[w] = rl_learner_go_on(learner);
}

enum { TOGETHER = 16 * RL_ROWS }; /* samples in a piece of an update */

bool rl_crew_go_on(rl_crew *crew, bool all) {
  int end = crew->done, rows = 0;
  while (end < crew->count && (all || end == crew->done || rows + crew->n[end] <= TOGETHER))
    rows += crew->n[end++];
  rl_parallel_for(end - crew->done, pass_piece, crew);
  while (crew->done < end && !crew->passing[crew->done]) crew->done++;
  return crew->done < crew->count;
}

void rl_crew_step(rl_crew *crew, rl_learner *shared, rl_optimizer_kind kind, double lr,
                  double max_grad_norm) {
  for (int w = 0; w < crew->count; w++) {
    rl_learner_step_by(shared, &crew->learner[w], kind, lr, max_grad_norm);
    take(crew, w, shared->network);
  }
}

void rl_crew_restore(rl_crew *crew) {
  if (!crew->count) return;
  memcpy(crew->theta, crew->saved, (size_t)crew->count * crew->size * sizeof *crew->theta);
}

/* --- values --- */

/* Rows from `first` on, each `step` after the one before: x [.., inputs] -> y [.., outputs]. */
static void apply(const rl_crew *crew, const rl_network *network, int worker, int first, int end, int step,
                  const float *x, float *y, int thread) {
  const size_t in = (size_t)network->mlp.inputs, out = (size_t)rl_mlp_outputs(&network->mlp);
  float *input = crew->rows + (size_t)worker * crew->rows_size, *output = input + RL_ROWS * in;
  while (first < end) {
    int n = 0;
    for (int row = first; row < end && n < RL_ROWS; row += step, n++)
      memcpy(input + (size_t)n * in, x + (size_t)row * in, in * sizeof *input);
    rl_network_apply_rows(network, theta_of(crew, worker), input, n, output, thread);
    for (int r = 0; r < n; r++, first += step)
      memcpy(y + (size_t)first * out, output + (size_t)r * out, out * sizeof *y);
  }
}

typedef struct valuing {
  const rl_workers *workers;
  const rl_policy *policy;
  const rl_value *value; /* or NULL: there is a head */
  rl_rollout *rollout;
} valuing;

/* Of one state. */
static float value_of(const valuing *j, int worker, const float *obs, int thread) {
  const rl_crew *crew = j->value ? &j->workers->value : &j->workers->policy;
  const rl_network *network = j->value ? &j->value->network : &j->policy->network;
  float *output = crew->rows + (size_t)worker * crew->rows_size;
  rl_network_apply_rows(network, theta_of(crew, worker), obs, 1, output, thread);
  return output[rl_mlp_outputs(&network->mlp) - 1];
}

static void value_piece(void *context, int w, int thread) {
  const valuing *j = context;
  rl_rollout *r = j->rollout;
  const size_t size = (size_t)r->obs.shape[2], outputs = (size_t)r->output.shape[2];
  const int end = r->length[w] * r->copies;
  if (j->value)
    apply(&j->workers->value, &j->value->network, w, w, end, r->copies, r->obs.data, r->value.data, thread);
  for (int row = w; !j->value && row < end; row += r->copies) /* the head has said it already */
    r->value.data[row] = r->output.data[((size_t)row + 1) * outputs - 1];
  for (int k = 0; k < r->n_cut; k++)
    if (r->cut_row[k] % r->copies == w)
      r->cut_value.data[r->cut_row[k]] = value_of(j, w, r->cut_obs + (size_t)k * size, thread);
  r->last_value.data[w] = value_of(j, w, r->last_obs.data + (size_t)w * size, thread);
}

rl_status rl_workers_value(rl_workers *workers, rl_rollout *rollout, rl_policy *policy, rl_value *value,
                           rl_error *error) {
  valuing j = {.workers = workers, .policy = policy, .value = value, .rollout = rollout};
  rl_status status = rl_network_reserve(value ? &value->network : &policy->network, error);
  if (status) return status;
  if (value || policy->value_head) rl_parallel_for(rollout->copies, value_piece, &j);
  rollout->progress.valued = rollout->progress.steps * rollout->copies;
  return RL_OK;
}
