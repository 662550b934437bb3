/* An update: what the batch must be; the steps, which are epochs of minibatches, one step over the whole
 * batch or a natural one with or without a line search; the value's regression beside them; what came of it.
 *
 * All is done in pieces, and each training knows what its next one is. An update at once does all pieces of
 * the policy beside all of the value. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "base/vector.h"
#include "method/method_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

rl_status rl_method_check_parameters(const rl_method *m, rl_error *error) {
  rl_status status = rl_policy_check_finite(m->policy, "policy", error);
  if (!status && m->value) status = rl_network_check_finite(&m->value->network, "value", error);
  if (!status && m->base) status = rl_policy_check_finite(m->base, "base", error);
  if (!status && m->baseline.kind) status = rl_network_check_finite(&m->baseline.network, "baseline", error);
  return status;
}

rl_status rl_method_check_idle(const rl_method *m, rl_error *error) {
  rl_status status = rl_method_check_here(m, error);
  if (status || m->phase == RL_IDLE) return status;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s is half done, by %s: let it come to its end, or give it up with its reset()",
                 m->phase == RL_COLLECTING ? "a batch" : "an update",
                 m->agent ? "an agent" : "a trainer or by the call that this one is made from");
}

static bool is_natural(const rl_method *m) { return m->is->step == RL_STEP_NATURAL; }
static bool has_workers(const rl_method *m) { return m->is->step == RL_STEP_WORKERS; }
static bool takes_one_step(const rl_method *m) { return m->is->step == RL_STEP_ONCE; }
static bool has_baseline(const rl_method *m) { return m->baseline.kind != RL_BASELINE_STATE; }
static int epochs_of(const rl_method *m) { return has_workers(m) ? 1 : m->options.epochs; }

/* Batches are the user's to change, and a choice is an index. */
static rl_status check_choices(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const rl_space *space = &m->policy->action;
  const int size = m->policy->observation.size;
  rl_error why;
  for (int k = 0; space->kind != RL_BOX && k < r->n_rows; k++) {
    const size_t row = (size_t)r->rows[k];
    const float *mask = rl_space_mask(space, r->obs.data + row * (size_t)size, size),
                *action = r->action.data + row * (size_t)rl_space_width(space);
    if (rl_space_has(space, mask, action)) continue;
    const int step = r->rows[k] / r->copies + 1, copy = r->rows[k] % r->copies + 1;
    if (space->kind == RL_DISCRETE && !mask)
      return rl_fail(error, RL_BAD_ARGUMENT, "action of step %d, copy %d is %g, not one of 0 .. %d", step,
                     copy, (double)*action, space->size - 1);
    rl_space_check_action(space, mask, action, &why);
    return rl_fail(error, RL_BAD_ARGUMENT, "step %d, copy %d: %s", step, copy, why.message);
  }
  return RL_OK;
}

static rl_status check_batch(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {{"observation", &r->obs}, {"action", &r->action}, {"log_prob", &r->log_prob},
               {"reward", &r->reward},   {"value", &r->value},   {"advantage", &r->advantage},
               {"target", &r->target}};
  const size_t n = m->replay ? 4 : sizeof parts / sizeof *parts; /* nobody estimated the others */
  for (size_t i = 0; i < n; i++) {
    size_t cells = (size_t)r->steps * (size_t)r->copies, count = (size_t)rl_tensor_count(parts[i].tensor);
    size_t width = count / cells;
    if (rl_first_not_finite(parts[i].tensor->data, count) == count) continue;
    for (int k = 0; k < r->n_rows; k++) /* what is not of the batch does not matter */
      if (rl_first_not_finite(parts[i].tensor->data + (size_t)r->rows[k] * width, width) < width)
        return rl_fail(error, RL_NOT_FINITE, "%s of step %d, copy %d is not a finite number", parts[i].name,
                       r->rows[k] / r->copies + 1, r->rows[k] % r->copies + 1);
  }
  return check_choices(m, error);
}

static bool has_images(const rl_method *m) { return m->images.symmetry != NULL; }

/* Of the samples, with their images. */
static int cells_of(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  return r->steps * r->copies * (has_images(m) ? 2 : 1);
}
static int rows_of(const rl_method *m) { return m->collector.rollout.n_rows * (has_images(m) ? 2 : 1); }
static bool is_recurrent(const rl_method *m) {
  return m->policy->network.gru || (m->value && m->value->network.gru);
}

static const int *all_rows(const rl_method *m) {
  if (is_recurrent(m)) return m->in_turn;
  return has_images(m) ? m->images.pairs : m->collector.rollout.rows;
}
static const float *observations(const rl_method *m) {
  return has_images(m) ? m->images.obs : m->collector.rollout.obs.data;
}

static rl_samples samples_of(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  if (has_images(m)) return rl_images_samples(&m->images, r->log_std);
  return (rl_samples){cells_of(m),    r->obs.data,   r->action.data, r->log_prob.data,
                      r->output.data, r->value.data, r->target.data, r->log_std};
}

static rl_status make_images(rl_method *m, rl_error *error) {
  const rl_symmetric how = m->options.symmetric;
  m->images.symmetry = NULL;
  if (how != RL_SYMMETRIC_DATA && how != RL_SYMMETRIC_LOSS) return RL_OK;
  return rl_images_make(&m->images, rl_vec_env_def(m->collector.env)->symmetry, &m->collector.rollout,
                        m->policy, error);
}

/* --- demonstrations --- */

/* lambda_0 lambda_1^k max A (Rajeswaran et al. 2018, equation 5), A as the objective sees it. */
static double demonstration_weight(const rl_method *m, int rows) {
  double most = 0.0;
  for (int r = 0; r < rows; r++) most = fmax(most, (double)m->advantage[r]);
  return most * m->options.demonstration_coef * pow(m->options.demonstration_decay, (double)m->updates);
}

static bool imitates(const rl_method *m) {
  return m->imitation.samples > 0 && m->options.demonstration_coef > 0.0;
}

/* As many demonstrated steps stand beside a minibatch, or the batch, as it has rows; all, if there are fewer. */
static int shown_beside(const rl_method *m, int rows) {
  return rows < m->imitation.samples ? rows : m->imitation.samples;
}

static rl_status prepare_imitation(rl_method *m, int rows, rl_error *error) {
  const int samples = m->imitation.samples, beside = shown_beside(m, rows);
  if (!imitates(m)) return RL_OK;
  if (samples + beside > m->shown_room) {
    rl_release(m->shown);
    m->shown = rl_allocate((size_t)(samples + beside), sizeof(int));
    m->shown_room = m->shown ? samples + beside : 0;
    if (!m->shown) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d demonstrated steps", samples);
  }
  return rl_imitation_begin(&m->imitation, beside, 0.0, error);
}

/* All of them in an order of this update, the first once more at the end, so that as many as stand beside a minibatch are
 * in a row wherever they begin. */
static void show(rl_method *m) {
  const int samples = m->imitation.samples;
  if (!imitates(m)) return;
  for (int i = 0; i < samples; i++) m->shown[i] = i;
  rl_rng_shuffle(&m->shuffle, m->shown, samples);
  for (int i = samples; i < m->shown_room; i++) m->shown[i] = m->shown[i - samples];
}

/* Lists the batch sequence by sequence. */
static rl_status make_sequences(rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  if (!is_recurrent(m)) return RL_OK;
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

static rl_status make_room(rl_method *m, rl_error *error) {
  const int cells = cells_of(m), rows = rows_of(m);
  size_t order = (size_t)epochs_of(m) * (size_t)rows;
  if (cells > m->capacity) {
    rl_release(m->advantage);
    rl_release(m->base_output);
    m->advantage = rl_allocate((size_t)cells, sizeof(float));
    size_t width = m->base ? (size_t)rl_policy_outputs(m->base) : 1;
    m->base_output = rl_allocate((m->base ? (size_t)cells : 1) * width, sizeof(float));
    m->capacity = m->advantage && m->base_output ? cells : 0;
  }
  if (order > m->order_capacity) {
    rl_release(m->order);
    m->order = rl_allocate(order, sizeof(int));
    m->order_capacity = m->order ? order : 0;
  }
  if (!m->capacity || !m->order_capacity)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", rows);
  rl_status status = rl_objective_reserve(&m->objective, m->policy, rows, error);
  if (status || !m->is->of_episodes) return status;
  return rl_episodic_begin(&m->episodic, &m->collector.rollout, m->policy_learner.optimizer.size,
                           has_images(m) ? &m->images : NULL, error);
}

/* What the objective has besides advantages. */
static void weigh_extras(rl_method *m, bool on) {
  const rl_method_options *o = &m->options;
  m->objective.entropy_coef = on ? o->entropy_coef : 0.0;
  m->objective.symmetry_coef = on && o->symmetric == RL_SYMMETRIC_LOSS ? o->symmetry_coef : 0.0;
  m->objective.base = on ? m->base : NULL;
}

static void set_objective(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_objective *objective = &m->objective;
  weigh_extras(m, true);
  objective->kind = m->is->objective;
  if (objective->kind == RL_CLIPPED && o->clip == 0.0) objective->kind = RL_SURROGATE;
  objective->clip = o->clip;
  objective->kl_coef = o->kl_coef;
  objective->base_kl_coef = o->base_kl_coef;
  objective->value_clip = o->value_clip;
  objective->value_coef = o->value_coef;
  objective->value_head = m->policy->value_head;
  objective->theta = NULL;
  objective->exact_kl = false;
  objective->samples = samples_of(m);
  objective->mirror = has_images(m) ? &m->images.symmetry->action : NULL;
  objective->images_act = o->symmetric == RL_SYMMETRIC_DATA;
  objective->base_output = m->base_output;
  objective->baseline = has_baseline(m) ? &m->baseline : NULL;
  m->prepared = m->base || has_baseline(m) ? 0 : objective->samples.cells;
}

/* Cells that base and policy see at a time. */
enum { PREPARED = 16 * RL_ROWS };

static bool is_prepared(const rl_method *m) { return m->prepared == cells_of(m); }

/* Pieces are all of samples, or all of images. */
static rl_status prepare_piece(rl_method *m, rl_error *error) {
  const int cells = m->objective.samples.cells, first = m->prepared;
  const int left = (first < cells ? cells : cells_of(m)) - first, n = left < PREPARED ? left : PREPARED;
  const size_t at = (size_t)first;
  rl_status status = RL_OK;
  m->prepared += n;
  if (has_baseline(m)) rl_baseline_judge(&m->baseline, first, n);
  if (m->base)
    status = rl_policy_apply(m->base, observations(m) + at * (size_t)m->policy->observation.size, n,
                             m->base_output + at * (size_t)rl_policy_outputs(m->base), error);
  return status || first < cells ? status : rl_images_judge(&m->images, m->policy, m->value, first, n, error);
}

/* What the value learns from: what a central critic reads is put together for the whole batch. */
static rl_status join(rl_method *m, const float **input, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const int cells = r->steps * r->copies;
  *input = observations(m);
  if (!r->central.agents) return RL_OK;
  if (cells > m->joined_capacity) {
    rl_release(m->joined);
    m->joined = rl_allocate((size_t)cells * (size_t)r->central.width, sizeof *m->joined);
    m->joined_capacity = m->joined ? cells : 0;
    if (!m->joined)
      return rl_fail(error, RL_NO_MEMORY, "out of memory for what %d agents see", r->central.agents);
  }
  rl_central_join(&r->central, r->obs.data, r->action.data, 0, cells, m->joined);
  *input = m->joined;
  return RL_OK;
}

static rl_crew *crew_of(rl_method *m, const rl_training *t) {
  return t == &m->of_policy ? &m->workers.policy : &m->workers.value;
}

static rl_status begin_workers(rl_method *m, rl_error *error) {
  const int *lengths = m->collector.rollout.length, each = has_images(m) ? 2 : 1;
  rl_status status = rl_crew_begin(&m->workers.policy, &m->policy_learner, m->order, lengths, each, error);
  if (!status && m->value)
    status = rl_crew_begin(&m->workers.value, &m->value_learner, m->order, lengths, each, error);
  return status;
}

/* Is there a batch, and can it be learnt from? */
static rl_status check_fresh(rl_method *m, rl_error *error) {
  rl_status status = rl_method_check_idle(m, error);
  if (status) return status;
  if (!m->fresh) return rl_fail(error, RL_BAD_ARGUMENT, "collect a batch before each update");
  if (!m->collector.rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the batch has no step: its agent has rested all the time, while its world went on; make "
                   "batches longer, or the world with together = true");
  status = rl_method_check_parameters(m, error);
  if (!status) status = rl_collector_renew(&m->collector, error);
  return status ? status : check_batch(m, error);
}

/* Samples of a minibatch: of the value, and of a policy that goes through minibatches. */
static int minibatch_of(const rl_method *m) {
  int rows = m->collector.rollout.n_rows, minibatch = has_workers(m) ? 0 : m->options.minibatch;
  return minibatch == 0 || minibatch > rows ? rows : minibatch;
}

static rl_status prepare(rl_method *m, int rows, rl_error *error) {
  rl_status status = check_fresh(m, error);
  if (status) return status;   /* whose it may be */
  m->objective.base = m->base; /* decides about the scratch */
  status = make_images(m, error);
  if (!status) status = make_sequences(m, error);
  if (!status) status = make_room(m, error);
  if (status) return status;
  set_objective(m);
  const int cells = cells_of(m), most = has_images(m) ? 2 * rows : rows;
  const float *of_value;
  status = prepare_imitation(m, most, error);
  if (!status && has_baseline(m))
    status = rl_baseline_begin(&m->baseline, &m->collector.rollout, minibatch_of(m), error);
  if (!status) status = join(m, &of_value, error);
  if (!status) status = rl_learner_begin(&m->policy_learner, observations(m), cells, most, error);
  if (!status && m->value) status = rl_learner_begin(&m->value_learner, of_value, cells, most, error);
  return status || !has_workers(m) ? status : begin_workers(m, error);
}

/* Of the batch: what an image has in common with its sample. */
static int cell_of(const rl_method *m, int i) {
  return i < m->objective.samples.cells ? i : i - m->objective.samples.cells;
}

static double annealed(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
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

static void weigh_steps(const rl_method *m, const int *index, int rows, float *advantage) {
  if (!m->options.discounted_gradient) return;
  for (int r = 0; r < rows; r++)
    advantage[r] *=
        (float)pow(m->options.collect.gamma, (double)m->collector.rollout.time[cell_of(m, index[r])]);
}

/* The advantages of a minibatch, as the policy's objective is to see them. */
static float fill_advantages(const rl_method *m, const int *index, int rows, float *advantage) {
  float scale = 1.0f;
  for (int r = 0; r < rows; r++) advantage[r] = m->collector.rollout.advantage.data[cell_of(m, index[r])];
  if (m->options.normalize_advantage && rows > (has_images(m) ? 2 : 1))
    scale = normalize(m, index, rows, advantage);
  weigh_steps(m, index, rows, advantage);
  return scale;
}

static void take_advantages(rl_method *m, const int *index, int rows) {
  m->objective.first = index;
  m->objective.advantage = m->advantage;
  const float scale = fill_advantages(m, index, rows, m->advantage);
  if (!has_baseline(m)) return;
  for (int r = 0; r < rows; r++) m->baseline.scale[r] = scale;
  weigh_steps(m, index, rows, m->baseline.scale);
}

/* Minibatches of workers, one behind the other. */
static void take_advantages_of_workers(rl_method *m) {
  const rl_crew *crew = &m->workers.policy;
  m->objective.first = m->order;
  m->objective.advantage = m->advantage;
  for (int w = 0; w < crew->count; w++)
    fill_advantages(m, crew->index[w], crew->n[w], m->advantage + (crew->index[w] - m->order));
}

static void begin_epoch(rl_training *t) {
  memset(t->sums, 0, sizeof t->sums);
  t->grad_norm = t->demonstrated = 0.0;
  t->rows = t->minibatches = 0;
  t->epochs++;
}

/* Adds a minibatch's figures up; false when its gradient is not finite, or as good as. */
static bool account(rl_training *training, const rl_learner *learner, int rows) {
  training->bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  if (training->bad) return false;
  for (int k = 0; k < RL_LOSS_STATS; k++) training->sums[k] += learner->stats[k];
  training->grad_norm += learner->gradient_norm;
  training->rows += rows;
  training->minibatches++;
  return true;
}

/* Threads that have collected the next batch come to help: then `train` decides anew. */
static bool goes_on_at_once(const rl_method *m) {
  return m->at_once && !(m->shares_threads && rl_collector_busy(&m->collector) == 0);
}

/* A pass that has been started, or as much of it as goes into a piece; true when it is complete. */
static bool go_on(rl_method *m, rl_training *t, rl_learner *learner) {
  do t->passing = rl_learner_go_on(learner);
  while (goes_on_at_once(m) && t->passing && !rl_stop_asked());
  return !t->passing;
}

/* A pass over rows, or as much of it as goes into a piece; true when it is complete. Until then its stage is
 * called again, and what that does before must have no other effect the second time. Where both trainings go on
 * together a pass is only started, and it is complete when its stage is called again. */
static bool pass(rl_method *m, rl_training *t, rl_pass kind, const int *index, int rows) {
  if (!t->passing) rl_learner_start(t->learner, kind, index, rows, m->natural.along);
  if (!m->together) return go_on(m, t, t->learner);
  t->passing = !t->passing;
  return !t->passing;
}

static rl_stage after_descent(const rl_method *m, bool policy) {
  return policy && (takes_one_step(m) || has_workers(m) || m->is->adaptive_penalty) ? RL_STAGE_MEASURE
                                                                                    : RL_STAGE_TRAINED;
}

typedef struct samples {
  const int *index;
  int rows;
} samples;

/* Recurrent networks learn from whole sequences: so many rows that none is cut. */
static int whole_sequences(const rl_method *m, const int *index, int rows, int left) {
  const rl_rollout *r = &m->collector.rollout;
  while (rows < left && index[rows] == index[rows - 1] + r->copies && index[rows] / r->copies % r->sequence)
    rows++;
  return rows;
}

/* The next minibatch of a training; makes ready for it, also when that has been done. */
static samples next_minibatch(rl_method *m, rl_training *t) {
  int rows = rows_of(m), left = rows - t->next;
  if (t->next == 0 && !t->passing) begin_epoch(t);
  samples next = {m->order + (size_t)(t->epochs - 1) * (size_t)rows + (size_t)t->next,
                  left < t->minibatch ? left : t->minibatch};
  if (is_recurrent(m)) next.rows = whole_sequences(m, next.index, next.rows, left);
  if (t == &m->of_policy && !t->passing) take_advantages(m, next.index, next.rows);
  return next;
}

/* Along the gradient of the minibatch that stands at `next`. */
static rl_stage step_down(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const int left = rows_of(m) - t->next;
  rl_learner_step(t->learner, o->sgd ? RL_SGD : RL_ADAM, t->lr, o->max_grad_norm);
  t->next = left <= t->minibatch ? 0 : t->next + t->minibatch;
  return t->next == 0 && t->epochs == t->planned ? after_descent(m, t == &m->of_policy) : RL_STAGE_MINIBATCH;
}

static rl_stage descend(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const bool policy = t == &m->of_policy;
  rl_learner *learner = t->learner;
  const samples now = next_minibatch(m, t);
  if (!pass(m, t, RL_PASS_GRADIENT, now.index, now.rows)) return RL_STAGE_MINIBATCH;
  if (!account(t, learner, now.rows)) return RL_STAGE_TRAINED;
  if (policy && o->target_kl > 0.0 && learner->stats[RL_STAT_APPROX_KL] / now.rows > 1.5 * o->target_kl)
    return after_descent(m, policy);
  return policy && imitates(m) ? RL_STAGE_IMITATE : step_down(m, t);
}

/* All gradients, then all steps: of the policy, or of the value. */
static rl_stage ask_workers(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const bool policy = t == &m->of_policy;
  rl_crew *crew = crew_of(m, t);
  if (!t->passing) {
    begin_epoch(t);
    if (policy) take_advantages_of_workers(m);
    rl_crew_start(crew, &m->objective);
  }
  do t->passing = rl_crew_go_on(crew, m->at_once);
  while (m->at_once && t->passing && !rl_stop_asked());
  if (t->passing) return RL_STAGE_WORKERS;
  for (int w = 0; w < crew->count; w++)
    if (!account(t, &crew->learner[w], crew->n[w])) return RL_STAGE_TRAINED;
  rl_crew_step(crew, t->learner, o->sgd ? RL_SGD : RL_RMSPROP, t->lr, o->max_grad_norm);
  return after_descent(m, policy);
}

/* KL of the old policy to the one that is there now, and the objective, over the whole batch; in pieces, true
 * with the last. */
static bool evaluate_kl(rl_method *m, double *objective) {
  const rl_learner *learner = &m->policy_learner;
  const int rows = rows_of(m);
  m->objective.exact_kl = !has_workers(m); /* which are as many old policies */
  if (!pass(m, &m->of_policy, RL_PASS_EVALUATE, all_rows(m), rows)) return false;
  m->objective.exact_kl = false;
  m->kl = learner->stats[RL_STAT_KL] / rows;
  m->approx_kl = learner->stats[RL_STAT_APPROX_KL] / rows;
  *objective = rl_objective_value(&m->objective, learner->stats, rows);
  return true;
}

/* theta = old theta + length * direction */
static void move(rl_method *m, double length) {
  const rl_learner *learner = &m->policy_learner;
  float *theta = learner->network->theta.data, step = (float)length;
  for (size_t i = 0; i < learner->optimizer.size; i++)
    theta[i] = learner->saved_theta[i] + step * m->natural.x[i];
}

static rl_stage measure(rl_method *m) {
  take_advantages(m, all_rows(m), rows_of(m));
  double objective;
  return evaluate_kl(m, &objective) ? RL_STAGE_TRAINED : RL_STAGE_MEASURE;
}

/* Towards the ascent that natural steps improve along. */
static rl_stage aim(rl_method *m) {
  const rl_learner *learner = &m->policy_learner;
  for (size_t i = 0; i < learner->optimizer.size; i++) m->ascent[i] = -learner->gradient[i];
  if (learner->gradient_norm == 0.0) return RL_STAGE_TRAINED; /* nothing to improve: no advantages */
  rl_natural_begin(&m->natural, m->ascent, m->options.cg_iterations);
  return m->is->of_episodes ? RL_STAGE_EPISODES : RL_STAGE_DIRECTION;
}

static rl_stage begin_natural(rl_method *m) {
  const rl_learner *learner = &m->policy_learner;
  const int rows = rows_of(m);
  take_advantages(m, all_rows(m), rows);
  if (!pass(m, &m->of_policy, RL_PASS_GRADIENT, all_rows(m), rows)) return RL_STAGE_GRADIENT;
  begin_epoch(&m->of_policy);
  if (!account(&m->of_policy, learner, rows)) return RL_STAGE_TRAINED;
  m->before = rl_objective_value(&m->objective, learner->stats, rows);
  return imitates(m) ? RL_STAGE_IMITATE : aim(m);
}

/* The score of the next episode: the gradient where all of its steps were as good. */
static rl_stage score_episode(rl_method *m) {
  int rows;
  const int *index = rl_episodic_rows(&m->episodic, &rows);
  if (!m->of_policy.passing) {
    for (int r = 0; r < rows; r++) m->advantage[r] = 1.0f;
    m->objective.first = index;
    m->objective.advantage = m->advantage;
    weigh_steps(m, index, rows, m->advantage);
    weigh_extras(m, false);
  }
  if (!pass(m, &m->of_policy, RL_PASS_GRADIENT, index, rows)) return RL_STAGE_EPISODES;
  if (!rl_episodic_take(&m->episodic, m->policy_learner.gradient)) return RL_STAGE_EPISODES;
  weigh_extras(m, true);
  take_advantages(m, all_rows(m), rows_of(m));
  return RL_STAGE_DIRECTION;
}

/* The gradient of demonstrated steps joins that of the batch, or of the minibatch beside which they stand. */
static void join_gradients(rl_method *m, rl_training *t, int rows, int shown) {
  rl_learner *learner = &m->policy_learner;
  const rl_learner *own = &m->imitation.learner;
  const float weight = (float)demonstration_weight(m, rows);
  for (size_t i = 0; i < learner->optimizer.size; i++) learner->gradient[i] += weight * own->gradient[i];
  learner->gradient_norm = sqrt(rl_sum_squares(learner->gradient, learner->optimizer.size));
  t->bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  t->demonstrated += rl_imitation_likelihood(&m->imitation, shown);
}

static rl_stage imitate(rl_method *m, rl_training *t) {
  const int all = rows_of(m), left = all - t->next;
  const int rows = is_natural(m) ? all : left < t->minibatch ? left : t->minibatch;
  const int beside = shown_beside(m, is_natural(m) ? all : t->minibatch);
  const int64_t before = (int64_t)(t->epochs - 1) * rl_pieces(all, t->minibatch) + t->minibatches - 1;
  const int *shown = m->shown + (before * beside) % m->imitation.samples;
  if (!t->passing) {
    rl_imitation_weigh(&m->imitation, shown, beside, 1.0);
    rl_learner_start(&m->imitation.learner, RL_PASS_GRADIENT, shown, beside, NULL);
  }
  if (!go_on(m, t, &m->imitation.learner)) return RL_STAGE_IMITATE;
  join_gradients(m, t, rows, beside);
  if (t->bad) return RL_STAGE_TRAINED;
  return is_natural(m) ? aim(m) : step_down(m, t);
}

/* The learner's gradient becomes the Fisher matrix times `along`; in pieces, true with the last. */
static bool multiply(rl_method *m, const int *sample, int rows) {
  rl_learner *learner = &m->policy_learner;
  const bool whole = m->is->of_episodes && rl_estimator_is_of_episodes(m->options.collect.advantage);
  if (!whole && !pass(m, &m->of_policy, RL_PASS_FISHER, sample, rows)) return false;
  if (m->is->of_episodes)
    rl_episodic_product(&m->episodic, m->natural.along, whole ? 1.0 : 0.5, learner->gradient);
  return true;
}

static rl_stage find_direction(rl_method *m) {
  const rl_method_options *o = &m->options;
  const int *sample = o->fisher_fraction < 1.0 ? m->order : all_rows(m);
  int rows = (int)ceil(o->fisher_fraction * m->collector.rollout.n_rows) * (has_images(m) ? 2 : 1);
  if (rl_natural_goes_on(&m->natural)) {
    if (multiply(m, sample, rows)) rl_natural_take(&m->natural, &m->policy_learner, o->damping);
    return RL_STAGE_DIRECTION;
  }
  double curvature = rl_natural_curvature(&m->natural, m->ascent);
  m->of_policy.bad = !isfinite(curvature);
  if (m->of_policy.bad || !(curvature > 0.0)) return RL_STAGE_TRAINED;
  m->length = o->step > 0.0 ? o->step : sqrt(2.0 * o->max_kl / curvature);
  return RL_STAGE_LINE;
}

/* With a line search (Schulman et al. 2015, appendix C) a try: wanted is the first step along the line that
 * improves the surrogate objective and keeps to the trust region, both measured on the whole batch. */
static rl_stage step_along(rl_method *m) {
  bool search = m->is->line_search;
  if (!search || m->tries < m->options.max_backtracks) {
    double now;
    if (!m->of_policy.passing) move(m, m->length);
    if (!evaluate_kl(m, &now)) return RL_STAGE_LINE;
    m->improvement = m->before - now;
    if (!search) return RL_STAGE_TRAINED;
    m->backtracks = m->tries++;
    m->length *= m->options.backtrack_ratio;
    return m->improvement > 0.0 && m->kl <= m->options.max_kl ? RL_STAGE_TRAINED : RL_STAGE_LINE;
  }
  rl_learner_restore(&m->policy_learner);
  m->backtracks = -1;
  m->kl = m->approx_kl = m->improvement = 0.0;
  return RL_STAGE_TRAINED;
}

static rl_stage fit_baseline(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const rl_baseline_fit fit = {m->order,
                               rows_of(m),
                               minibatch_of(m),
                               o->sgd ? RL_SGD : RL_ADAM,
                               annealed(m, o->value_lr > 0.0 && !is_natural(m) ? o->value_lr : o->lr),
                               o->max_grad_norm};
  int rows;
  const int *index = rl_baseline_next(&m->baseline, &fit, &rows);
  if (!t->passing) rl_learner_start(&m->baseline.learner, RL_PASS_GRADIENT, index, rows, NULL);
  if (!go_on(m, t, &m->baseline.learner)) return RL_STAGE_BASELINE;
  return rl_baseline_step(&m->baseline, &fit) ? RL_STAGE_BASELINE : RL_STAGE_TRAINED;
}

/* The next piece of a training. */
static void train_piece(rl_method *m, rl_training *t) {
  const rl_stage was = t->stage;
  switch (was) {
  case RL_STAGE_MINIBATCH: t->stage = descend(m, t); break;
  case RL_STAGE_WORKERS: t->stage = ask_workers(m, t); break;
  case RL_STAGE_MEASURE: t->stage = measure(m); break;
  case RL_STAGE_IMITATE: t->stage = imitate(m, t); break;
  case RL_STAGE_GRADIENT: t->stage = begin_natural(m); break;
  case RL_STAGE_EPISODES: t->stage = score_episode(m); break;
  case RL_STAGE_DIRECTION: t->stage = find_direction(m); break;
  case RL_STAGE_LINE: t->stage = step_along(m); break;
  case RL_STAGE_BASELINE: t->stage = fit_baseline(m, t); break;
  case RL_STAGE_TRAINED: break;
  }
  if (t == &m->of_policy && has_baseline(m) && t->stage == RL_STAGE_TRAINED && was < RL_STAGE_BASELINE &&
      !t->bad)
    t->stage = RL_STAGE_BASELINE;
  t->pieces += !t->passing;
  t->calls += !(m->together && t->passing);
}

static void train_one(void *context, int index, int worker) {
  rl_method *m = context;
  rl_training *t = index == 0 ? &m->of_policy : &m->of_value;
  (void)worker;
  do train_piece(m, t);
  while (goes_on_at_once(m) && t->stage != RL_STAGE_TRAINED && !rl_stop_asked());
}

/* Both trainings at once, and the passes of each cut: all of them, or, of an update in pieces, one of each. */

static rl_training *training_of(rl_method *m, int which) { return which == 0 ? &m->of_policy : &m->of_value; }

/* Goes on until a training needs a pass; false: it has ended. */
static bool start_pass(rl_method *m, rl_training *t) {
  while (t->stage != RL_STAGE_TRAINED && !t->passing && !rl_stop_asked()) train_piece(m, t);
  return t->passing;
}

static bool go_on_together(void *context, int which) {
  rl_method *m = context;
  rl_training *t = training_of(m, which);
  train_piece(m, t);
  return goes_on_at_once(m) && start_pass(m, t);
}

static void train_together(rl_method *m) {
  rl_learner *learners[] = {&m->policy_learner, &m->value_learner};
  m->together = true;
  const bool policy = start_pass(m, &m->of_policy), value = start_pass(m, &m->of_value);
  if (policy && value) rl_learner_run_together(learners, 2, go_on_together, m);
  m->together = false;
}

static void begin_training(rl_method *m) {
  const rl_method_options *o = &m->options;
  const int rows = rows_of(m), minibatch = minibatch_of(m) * (has_images(m) ? 2 : 1);
  const bool natural = is_natural(m), once = takes_one_step(m);
  const rl_stage first = has_workers(m) ? RL_STAGE_WORKERS : RL_STAGE_MINIBATCH;
  m->kl = m->approx_kl = m->improvement = 0.0;
  m->backtracks = m->tries = m->shuffled = 0;
  m->of_policy = (rl_training){.learner = &m->policy_learner,
                               .stage = natural ? RL_STAGE_GRADIENT : first,
                               .minibatch = once ? rows : minibatch,
                               .planned = once ? 1 : epochs_of(m),
                               .lr = annealed(m, o->lr)};
  m->of_value = (rl_training){.learner = &m->value_learner,
                              .stage = m->value ? first : RL_STAGE_TRAINED,
                              .minibatch = minibatch,
                              .planned = epochs_of(m),
                              .lr = annealed(m, o->value_lr > 0.0 && !natural ? o->value_lr : o->lr)};
  m->of_value.expected = m->value ? (int64_t)epochs_of(m) * rl_pieces(rows, minibatch) : 0;
  m->of_policy.expected = natural
                              ? o->cg_iterations + 3 + (m->is->of_episodes ? m->collector.rollout.copies : 0)
                              : (int64_t)m->of_policy.planned * rl_pieces(rows, m->of_policy.minibatch);
  if (has_baseline(m)) m->of_policy.expected += rl_pieces(rows, minibatch);
}

/* The sequences of the batch in another order. */
static void shuffle_sequences(rl_method *m, int *order) {
  const rl_rollout *r = &m->collector.rollout;
  if (minibatch_of(m) < r->n_rows) rl_rng_shuffle(&m->shuffle, m->parts, m->n_parts);
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
  if (has_images(m)) rl_images_pair_up(&m->images, m->order, n, m->order);
  m->shuffled++;
}

/* A permutation of the batch for the next epoch; where one minibatch is the whole batch its order is as good
 * as any. */
static void shuffle(rl_method *m) {
  if (has_workers(m)) {
    sort_by_worker(m);
    return;
  }
  const int rows = m->collector.rollout.n_rows;
  if (m->shuffled == 0) show(m);
  int *order = m->order + (size_t)m->shuffled++ * (size_t)rows_of(m);
  if (is_recurrent(m)) {
    shuffle_sequences(m, order);
    return;
  }
  memcpy(order, m->collector.rollout.rows, (size_t)rows * sizeof *order);
  if (minibatch_of(m) < rows || m->options.fisher_fraction < 1.0) rl_rng_shuffle(&m->shuffle, order, rows);
  if (has_images(m)) rl_images_pair_up(&m->images, order, rows, order);
}

/* Where the two trainings are pieces themselves nobody waits: on two threads, and where minibatches are not worth a cut.
 * A natural step has more to do than the value beside it. Same arithmetic. */
static void train(rl_method *m) {
  const bool policy = m->of_policy.stage != RL_STAGE_TRAINED, value = m->of_value.stage != RL_STAGE_TRAINED;
  const bool both = policy && value, natural = is_natural(m);
  const bool small = m->options.minibatch > 0 && m->options.minibatch <= RL_ROWS;
  const bool short_passes = m->of_policy.stage == RL_STAGE_MINIBATCH && m->of_policy.minibatch <= PREPARED &&
                            m->of_value.minibatch <= PREPARED; /* one each makes a piece */
  if (has_workers(m))                                          /* each training has work for all threads */
    train_one(m, policy ? 0 : 1, 0);
  else if (both && !imitates(m) && !has_baseline(m) && (m->at_once || short_passes) &&
           (natural ? rl_threads() > 1 : rl_threads() > 2 && !small))
    train_together(m);
  else if (both && (rl_threads() <= 2 || (small && !natural)))
    rl_parallel_for(2, train_one, m);
  else
    train_one(m, policy ? 0 : 1, 0);
}

void rl_method_undo_update(rl_method *m) {
  if (m->saved.waits) {
    rl_tensor *theta[] = {&m->policy->network.theta, m->value ? &m->value->network.theta : NULL};
    const rl_tensor *before[] = {&m->saved.policy, &m->saved.value};
    for (int i = 0; i < 2 && theta[i]; i++)
      memcpy(theta[i]->data, before[i]->data, (size_t)theta[i]->shape[0] * sizeof(float));
    return;
  }
  if (m->replay) {
    rl_replay_undo(m);
    return;
  }
  rl_learner_restore(&m->policy_learner);
  if (m->value) rl_learner_restore(&m->value_learner);
  if (has_baseline(m)) rl_learner_restore(&m->baseline.learner);
  rl_crew_restore(&m->workers.policy);
  rl_crew_restore(&m->workers.value);
}

static rl_status not_finite(rl_method *m, const char *what, int epoch, rl_error *error) {
  char when[64];
  const rl_replay *r = m->replay; /* done are those before the bad one */
  if (r)
    snprintf(when, sizeof when, "gradient step %lld of %lld",
             (long long)(r->done + (r->bad_critic || m->of_policy.bad)), (long long)r->planned);
  else
    snprintf(when, sizeof when, "epoch %d", epoch);
  rl_method_undo_update(m);
  const rl_method_options *o = &m->options;
  const char *option = !is_natural(m) ? "lr" : o->step > 0.0 ? "step" : "max_kl";
  double now = !is_natural(m) ? o->lr : o->step > 0.0 ? o->step : o->max_kl;
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (%s); policy and value keep their last good parameters. A smaller "
                 "%s (now %g) or rewards of a smaller scale may help",
                 what, when, option, now);
}

static double explained_variance(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  if (!rl_collector_has_critic(&m->collector)) return (double)NAN;
  double n = r->n_rows, target_mean = 0.0, error_mean = 0.0, total = 0.0, residual = 0.0;
  for (int k = 0; k < r->n_rows; k++) {
    double target = (double)r->target.data[r->rows[k]];
    target_mean += target / n;
    error_mean += (target - (double)r->value.data[r->rows[k]]) / n;
  }
  for (int k = 0; k < r->n_rows; k++) {
    double target = (double)r->target.data[r->rows[k]],
           error = target - (double)r->value.data[r->rows[k]] - error_mean;
    total += (target - target_mean) * (target - target_mean);
    residual += error * error;
  }
  return total > 0.0 ? 1.0 - residual / total : 0.0;
}

static rl_method_stats summarize(const rl_method *m) {
  const rl_training *policy = &m->of_policy;
  const double none = (double)NAN, n = (double)policy->rows, *sums = policy->sums;
  bool natural = is_natural(m), single = takes_one_step(m), workers = has_workers(m);
  bool clipped = m->objective.kind == RL_CLIPPED, adapts = m->is->adaptive_penalty;
  rl_method_stats stats = {
      .approx_kl = natural || single || workers ? m->approx_kl : sums[RL_STAT_APPROX_KL] / n,
      .kl = natural || single || adapts ? m->kl : none,
      .entropy = sums[RL_STAT_ENTROPY] / n,
      .policy_loss = sums[RL_STAT_POLICY_LOSS] / n,
      .value_loss = none,
      .clip_fraction = clipped ? sums[RL_STAT_CLIPPED] / n : none,
      .explained_variance = m->explained,
      .grad_norm = policy->grad_norm / (double)policy->minibatches,
      .base_kl = m->base ? sums[RL_STAT_BASE_KL] / n : none,
      .demonstrated = imitates(m) ? policy->demonstrated / (double)policy->minibatches : none,
      .asymmetry = has_images(m) ? sums[RL_STAT_ASYMMETRY] / n : none,
      .beta = m->objective.kind == RL_PENALIZED ? m->options.kl_coef : none,
      .improvement = natural ? m->improvement : none,
      .backtracks = m->is->line_search ? m->backtracks : none,
      .lr = m->options.anneal ? annealed(m, m->options.lr) : none,
      .alpha = none,
      .mean_q = none,
      .effective_fraction = none,
      .gradient_steps = none,
      .remembered = none,
      .epochs_done = policy->epochs,
  };
  if (m->value) stats.value_loss = m->of_value.sums[RL_STAT_VALUE_LOSS] / (double)m->of_value.rows;
  if (m->policy->value_head) stats.value_loss = sums[RL_STAT_VALUE_LOSS] / n;
  return stats;
}

/* Schulman et al. 2017, section 4. */
static void adapt_penalty(rl_method *m) {
  if (!m->is->adaptive_penalty) return;
  double *kl_coef = &m->options.kl_coef;
  if (m->kl > 1.5 * m->options.max_kl) *kl_coef = fmin(2.0 * *kl_coef, 1e9);
  if (m->kl < m->options.max_kl / 1.5) *kl_coef = fmax(0.5 * *kl_coef, 1e-9);
}

static void observe(rl_method *m) {
  rl_network *networks[] = {&m->policy->network, m->value ? &m->value->network : NULL};
  const rl_rollout *r = &m->collector.rollout;
  const int *rows = r->n_rows == r->steps * r->copies ? NULL : r->rows;
  rl_normalizer *all[2];
  int count = 0;
  if (r->central.agents) rl_network_observe(networks[1], m->joined, r->central.width, r->rows, r->n_rows);
  for (int i = 0; i < 2 && networks[i]; i++)
    if (networks[i]->normalizer.size && !(i && r->central.agents)) all[count++] = &networks[i]->normalizer;
  rl_normalizer_update_all(all, count, r->obs.data, (int)r->obs.shape[2], rows, r->n_rows);
  for (int i = 0; i < 2 && networks[i]; i++) {
    rl_network *network = networks[i];
    if (rl_network_is_symmetric(network))
      rl_normalizer_mirror(&network->normalizer, &network->ties.input);
    else if (has_images(m))
      rl_normalizer_mirror(&network->normalizer, &m->images.symmetry->observation);
    rl_network_follow(network, network->theta.data);
    rl_crew_follow(i ? &m->workers.value : &m->workers.policy, network);
  }
  if (has_baseline(m)) rl_baseline_observe(&m->baseline);
}

rl_status rl_method_begin_update(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  rl_status status = rl_method_check_idle(m, error); /* before a look at the batch, which a thread may have */
  if (status) return status;
  m->shuffle_before = m->shuffle;
  if (m->replay) {
    status = check_fresh(m, error);
    if (!status) status = rl_replay_begin(m, error);
    if (!status) m->phase = RL_UPDATING;
    return status;
  }
  status = prepare(m, m->collector.rollout.n_rows, error);
  if (status) return status;
  if (!o->collect.episodes && !has_workers(m) && !m->collector.rollout.rests &&
      o->minibatch > m->collector.rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d is more than the %d steps of the batch",
                   o->minibatch, m->collector.rollout.n_rows);
  m->explained = explained_variance(m);
  begin_training(m);
  m->phase = RL_UPDATING;
  return RL_OK;
}

static rl_status finish(rl_method *m, rl_method_stats *stats, rl_error *error) {
  if (m->replay && m->replay->bad_critic) return not_finite(m, "the gradient of a critic", 1, error);
  if (m->of_policy.bad) return not_finite(m, "the gradient of the policy", m->of_policy.epochs, error);
  if (!isfinite(m->kl + m->approx_kl))
    return not_finite(m, "the KL to the new policy", m->of_policy.epochs, error);
  if (m->baseline.bad) return not_finite(m, "the gradient of the baseline", 1, error);
  if (m->of_value.bad) return not_finite(m, "the gradient of the value", m->of_value.epochs, error);
  rl_error bad;
  if (rl_method_check_parameters(m, &bad)) return not_finite(m, "a parameter", epochs_of(m), error);
  const bool offline = m->replay && m->replay->asked;
  adapt_penalty(m);
  *stats = m->replay ? rl_replay_finish(m) : summarize(m);
  if (!m->replay) observe(m);
  m->updates++;
  m->fresh = m->fresh && offline;
  return RL_OK;
}

static void repeat(rl_method *m, rl_training *t, int64_t calls) {
  while (t->stage != RL_STAGE_TRAINED && t->calls < calls) train_piece(m, t);
}

/* Begins the update that was saved again, and goes as far. */
static rl_status take_up(rl_method *m, rl_error *error) {
  const rl_saved_update *saved = &m->saved;
  const bool trains = saved->policy_calls + saved->value_calls > 0;
  const int64_t agent = m->agent;
  rl_method_undo_update(m);
  m->saved.waits = false;
  m->phase = RL_IDLE;
  rl_status status = m->replay && m->replay->asked ? rl_method_begin_offline(m, m->replay->asked, error)
                                                   : rl_method_begin_update(m, error);
  if (status) return status;
  m->agent = agent;
  if (m->replay) {
    while (m->of_policy.calls < saved->policy_calls && rl_replay_advance(m)) continue;
    return RL_OK;
  }
  while (!status && !is_prepared(m) && (trains || m->prepared < saved->prepared))
    status = prepare_piece(m, error);
  while (!status && m->shuffled < epochs_of(m) && (trains || m->shuffled < saved->shuffled)) shuffle(m);
  if (status) return status;
  repeat(m, &m->of_policy, saved->policy_calls);
  repeat(m, &m->of_value, saved->value_calls);
  return RL_OK;
}

rl_status rl_method_advance_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  rl_status status = m->saved.waits ? take_up(m, error) : RL_OK;
  if (status) {
    m->phase = RL_IDLE;
    return status;
  }
  bool trained = m->of_policy.stage == RL_STAGE_TRAINED && m->of_value.stage == RL_STAGE_TRAINED;
  if (m->replay) {
    trained = !rl_replay_advance(m);
    if (trained) status = finish(m, stats, error);
  } else if (!is_prepared(m))
    status = prepare_piece(m, error);
  else if (m->shuffled < epochs_of(m))
    shuffle(m);
  else if (!trained)
    train(m);
  else
    status = finish(m, stats, error);
  if (status || trained) m->phase = RL_IDLE;
  return status;
}

double rl_method_update_fraction(const rl_method *m) {
  if (m->saved.waits) return 0.0;
  if (m->replay) return rl_replay_fraction(m);
  double done = (double)(m->of_policy.pieces + m->of_value.pieces);
  return fmin(done / (double)(m->of_policy.expected + m->of_value.expected), 1.0);
}

rl_status rl_method_gradient(rl_method *m, const int *index, int rows, float *dpolicy, float *dvalue,
                             rl_error *error) {
  if (rows < 1) return rl_fail(error, RL_BAD_ARGUMENT, "a minibatch of %d rows", rows);
  if (m->replay) return rl_fail(error, RL_BAD_ARGUMENT, "it learns from its memory, not from a batch");
  rl_status status = prepare(m, rows, error);
  if (status) return status;
  const rl_rollout *batch = &m->collector.rollout;
  int copies = batch->copies;
  if (rows > batch->n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d samples of a batch of %d", rows, batch->n_rows);
  for (int r = 0; r < rows; r++) {
    int i = index[r];
    if (i < 0 || i >= batch->steps * copies)
      return rl_fail(error, RL_BAD_ARGUMENT, "sample %d is not one of 0 .. %d", i, batch->steps * copies - 1);
    if (i / copies >= batch->length[i % copies])
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "step %d of copy %d is not a sample: the copy's episode had ended", i / copies + 1,
                     i % copies + 1);
  }
  for (int k = 0; is_recurrent(m) && k < rows; k++)
    if (index[k] / copies % batch->sequence && (k == 0 || index[k] != index[k - 1] + copies))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "step %d of copy %d: recurrent networks (gru) learn from whole sequences of %d steps",
                     index[k] / copies + 1, index[k] % copies + 1, batch->sequence);
  while (!status && !is_prepared(m)) status = prepare_piece(m, error);
  if (status) return status;
  if (has_images(m)) {
    rl_images_pair_up(&m->images, index, rows, m->order);
    index = m->order;
    rows *= 2;
  }
  take_advantages(m, index, rows);
  rl_learner_gradient(&m->policy_learner, index, rows);
  if (imitates(m)) {
    rl_training alone = {0};
    const int beside = shown_beside(m, rows);
    for (int i = 0; i < beside; i++) m->shown[i] = i;
    rl_imitation_weigh(&m->imitation, m->shown, beside, 1.0);
    rl_learner_gradient(&m->imitation.learner, m->shown, beside);
    join_gradients(m, &alone, rows, beside);
  }
  memcpy(dpolicy, m->policy_learner.gradient, m->policy_learner.optimizer.size * sizeof(float));
  if (!m->value || !dvalue) return RL_OK;
  rl_learner_gradient(&m->value_learner, index, rows);
  memcpy(dvalue, m->value_learner.gradient, m->value_learner.optimizer.size * sizeof(float));
  return RL_OK;
}
