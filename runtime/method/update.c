/* An update: what the batch must be; the steps, which are epochs of minibatches, one step over the whole
 * batch or a natural one with or without a line search; the value's regression beside them; what came
 * of it. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "method/method_internal.h"

#include <math.h>
#include <string.h>

static bool is_natural(const rl_method *m) { return m->is->step == RL_STEP_NATURAL; }
static bool takes_one_step(const rl_method *m) { return m->is->step == RL_STEP_ONCE; }

/* Batches are the user's to change, and a choice is an index. */
static rl_status check_choices(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const rl_space *space = &m->policy->action;
  for (int k = 0; space->kind == RL_DISCRETE && k < r->n_rows; k++) {
    float choice = r->action.data[r->rows[k]];
    if (!(choice >= 0.0f && choice < (float)space->size) || choice != floorf(choice))
      return rl_fail(error, RL_BAD_ARGUMENT, "action of step %d, copy %d is %g, not one of 0 .. %d",
                     r->rows[k] / r->copies + 1, r->rows[k] % r->copies + 1, (double)choice, space->size - 1);
  }
  return RL_OK;
}

static rl_status check_batch(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {{"observation", &r->obs}, {"action", &r->action},       {"log_prob", &r->log_prob},
               {"value", &r->value},     {"advantage", &r->advantage}, {"target", &r->target}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
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

static rl_status make_room(rl_method *m, rl_error *error) {
  const rl_rollout *batch = &m->collector.rollout;
  int cells = batch->steps * batch->copies, rows = batch->n_rows;
  size_t order = (size_t)m->options.epochs * (size_t)rows;
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
  return rl_objective_reserve(&m->objective, m->policy, rows, error);
}

static rl_status set_objective(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  const rl_rollout *batch = &m->collector.rollout;
  rl_objective *objective = &m->objective;
  objective->kind = m->is->objective;
  if (objective->kind == RL_CLIPPED && o->clip == 0.0) objective->kind = RL_SURROGATE;
  objective->clip = o->clip;
  objective->kl_coef = o->kl_coef;
  objective->entropy_coef = o->entropy_coef;
  objective->base_kl_coef = o->base_kl_coef;
  objective->value_clip = o->value_clip;
  objective->value_coef = o->value_coef;
  objective->value_head = m->policy->value_head;
  objective->exact_kl = false;
  objective->batch = batch;
  objective->base = m->base;
  objective->base_output = m->base_output;
  if (!m->base) return RL_OK;
  return rl_network_apply(&m->base->network, batch->obs.data, batch->steps * batch->copies, m->base_output,
                          error);
}

static rl_status prepare(rl_method *m, int rows, rl_error *error) {
  if (!m->fresh) return rl_fail(error, RL_BAD_ARGUMENT, "collect a batch before each update");
  const rl_rollout *r = &m->collector.rollout;
  m->objective.base = m->base; /* decides about the scratch */
  rl_status status = rl_method_check_parameters(m, error);
  if (!status) status = check_batch(m, error);
  if (!status) status = make_room(m, error);
  if (!status) status = set_objective(m, error);
  int cells = r->steps * r->copies;
  if (!status) status = rl_learner_begin(&m->policy_learner, r->obs.data, cells, rows, error);
  if (!status && m->value) status = rl_learner_begin(&m->value_learner, r->obs.data, cells, rows, error);
  return status;
}

/* Rows of a minibatch: of the value, and of a policy that goes through minibatches. */
static int minibatch_of(const rl_method *m) {
  int rows = m->collector.rollout.n_rows, minibatch = m->options.minibatch;
  return minibatch == 0 || minibatch > rows ? rows : minibatch;
}

static double annealed(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
}

/* The advantages of a minibatch, as the policy's objective is to see them. */
static void take_advantages(rl_method *m, const int *index, int rows) {
  float *advantage = m->advantage;
  for (int r = 0; r < rows; r++) advantage[r] = m->collector.rollout.advantage.data[index[r]];
  m->objective.first = index;
  m->objective.advantage = advantage;
  if (m->options.normalize_advantage && rows > 1) {
    double mean, variance;
    rl_mean_variance(advantage, (size_t)rows, &mean, &variance);
    float center = (float)mean, inverse = (float)(1.0 / (sqrt(variance) + 1e-8));
    for (int r = 0; r < rows; r++) advantage[r] = (advantage[r] - center) * inverse;
  }
  if (m->options.discounted_gradient)
    for (int r = 0; r < rows; r++)
      advantage[r] *= (float)pow(m->options.collect.gamma, (double)m->collector.rollout.time[index[r]]);
}

static void begin_epoch(rl_training *training, int epoch) { *training = (rl_training){.epochs = epoch + 1}; }

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

static void descend_policy(rl_method *m, int epochs, int minibatch) {
  const rl_method_options *o = &m->options;
  rl_learner *learner = &m->policy_learner;
  int rows = m->collector.rollout.n_rows;
  for (int epoch = 0; epoch < epochs; epoch++) {
    begin_epoch(&m->of_policy, epoch);
    for (int first = 0; first < rows; first += minibatch) {
      int n = rows - first < minibatch ? rows - first : minibatch;
      const int *index = m->order + (size_t)epoch * (size_t)rows + (size_t)first;
      take_advantages(m, index, n);
      rl_learner_gradient(learner, index, n);
      if (!account(&m->of_policy, learner, n)) return;
      if (o->target_kl > 0.0 && learner->stats[RL_STAT_APPROX_KL] / n > 1.5 * o->target_kl) return;
      rl_learner_step(learner, o->sgd ? RL_SGD : RL_ADAM, annealed(m, o->lr), o->max_grad_norm);
    }
  }
}

/* KL of the old policy to the one that is there now, over the whole batch. */
static double evaluate_kl(rl_method *m) {
  rl_learner *learner = &m->policy_learner;
  int rows = m->collector.rollout.n_rows;
  m->objective.exact_kl = true;
  rl_learner_evaluate(learner, m->collector.rollout.rows, rows);
  m->objective.exact_kl = false;
  m->kl = learner->stats[RL_STAT_KL] / rows;
  m->approx_kl = learner->stats[RL_STAT_APPROX_KL] / rows;
  return rl_objective_value(&m->objective, learner->stats, rows);
}

/* theta = old theta + length * direction */
static void move(rl_method *m, double length) {
  const rl_learner *learner = &m->policy_learner;
  float *theta = learner->network->theta.data, step = (float)length;
  for (size_t i = 0; i < learner->optimizer.size; i++)
    theta[i] = learner->saved_theta[i] + step * m->natural.x[i];
}

/* Schulman et al. 2015, appendix C: the first step along the line that improves the surrogate objective and
 * keeps to the trust region, both measured on the whole batch. */
static void search_line(rl_method *m, double full, double before) {
  double length = full;
  for (int k = 0; k < m->options.max_backtracks; k++, length *= m->options.backtrack_ratio) {
    move(m, length);
    double after = evaluate_kl(m);
    if (!(after < before) || !(m->kl <= m->options.max_kl)) continue;
    m->backtracks = k;
    m->improvement = before - after;
    return;
  }
  rl_learner_restore(&m->policy_learner);
  m->backtracks = -1;
  m->kl = m->approx_kl = m->improvement = 0.0;
}

static void step_naturally(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_learner *learner = &m->policy_learner;
  int rows = m->collector.rollout.n_rows, fisher_rows = (int)ceil(o->fisher_fraction * rows);
  size_t size = learner->optimizer.size;
  begin_epoch(&m->of_policy, 0);
  take_advantages(m, m->collector.rollout.rows, rows);
  rl_learner_gradient(learner, m->collector.rollout.rows, rows);
  if (!account(&m->of_policy, learner, rows)) return;
  double before = rl_objective_value(&m->objective, learner->stats, rows);
  for (size_t i = 0; i < size; i++) m->ascent[i] = -learner->gradient[i];
  m->backtracks = 0;
  m->kl = m->approx_kl = m->improvement = 0.0;
  if (learner->gradient_norm == 0.0) return; /* nothing to improve: no advantages */
  const int *sample = o->fisher_fraction < 1.0 ? m->order : m->collector.rollout.rows;
  double curvature =
      rl_natural_solve(&m->natural, learner, sample, fisher_rows, m->ascent, o->damping, o->cg_iterations);
  m->of_policy.bad = !isfinite(curvature);
  if (m->of_policy.bad || !(curvature > 0.0)) return;
  double length = o->step > 0.0 ? o->step : sqrt(2.0 * o->max_kl / curvature);
  if (m->is->line_search) {
    search_line(m, length, before);
  } else {
    move(m, length);
    m->improvement = before - evaluate_kl(m);
  }
}

static void train_policy(rl_method *m) {
  if (is_natural(m))
    step_naturally(m);
  else if (takes_one_step(m))
    descend_policy(m, 1, m->collector.rollout.n_rows);
  else
    descend_policy(m, m->options.epochs, minibatch_of(m));
  if (m->of_policy.bad || is_natural(m)) return;
  if (takes_one_step(m) || m->is->adaptive_penalty) {
    take_advantages(m, m->collector.rollout.rows, m->collector.rollout.n_rows);
    evaluate_kl(m);
  }
}

static void train_value(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_learner *learner = &m->value_learner;
  int rows = m->collector.rollout.n_rows, minibatch = minibatch_of(m);
  double lr = annealed(m, o->value_lr > 0.0 && !is_natural(m) ? o->value_lr : o->lr);
  for (int epoch = 0; epoch < o->epochs; epoch++) {
    begin_epoch(&m->of_value, epoch);
    for (int first = 0; first < rows; first += minibatch) {
      int n = rows - first < minibatch ? rows - first : minibatch;
      rl_learner_gradient(learner, m->order + (size_t)epoch * (size_t)rows + (size_t)first, n);
      if (!account(&m->of_value, learner, n)) return;
      rl_learner_step(learner, o->sgd ? RL_SGD : RL_ADAM, lr, o->max_grad_norm);
    }
  }
}

static void train_piece(void *context, int index, int worker) {
  (void)worker;
  if (index == 0)
    train_policy(context);
  else
    train_value(context);
}

/* A permutation of the batch for each epoch; where one minibatch is the whole batch its order is as good as
 * any. */
static void shuffle(rl_method *m) {
  int rows = m->collector.rollout.n_rows;
  bool whole = minibatch_of(m) == rows && m->options.fisher_fraction >= 1.0;
  for (int epoch = 0; epoch < m->options.epochs; epoch++) {
    int *order = m->order + (size_t)epoch * (size_t)rows;
    memcpy(order, m->collector.rollout.rows, (size_t)rows * sizeof *order);
    if (!whole) rl_rng_shuffle(&m->shuffle, order, rows);
  }
}

/* On one or two threads the two trainings are the pieces; with more, each cuts its minibatches. Same
 * arithmetic. */
static void train(rl_method *m) {
  m->of_policy = m->of_value = (rl_training){0};
  m->kl = m->approx_kl = 0.0;
  shuffle(m);
  bool small = m->options.minibatch > 0 && m->options.minibatch <= RL_ROWS;
  if (m->value && (rl_threads() <= 2 || (small && !is_natural(m)))) {
    rl_parallel_for(2, train_piece, m);
    return;
  }
  train_policy(m);
  if (m->value) train_value(m);
}

static rl_status not_finite(rl_method *m, const char *what, int epoch, rl_error *error) {
  rl_learner_restore(&m->policy_learner);
  if (m->value) rl_learner_restore(&m->value_learner);
  const rl_method_options *o = &m->options;
  const char *option = !is_natural(m) ? "lr" : o->step > 0.0 ? "step" : "max_kl";
  double now = !is_natural(m) ? o->lr : o->step > 0.0 ? o->step : o->max_kl;
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (epoch %d); policy and value keep their last good parameters. A smaller "
                 "%s (now %g) or rewards of a smaller scale may help",
                 what, epoch, option, now);
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

static rl_method_stats summarize(const rl_method *m, double explained) {
  const rl_training *policy = &m->of_policy;
  const double none = (double)NAN, n = (double)policy->rows, *sums = policy->sums;
  bool natural = is_natural(m), single = takes_one_step(m);
  bool clipped = m->objective.kind == RL_CLIPPED, adapts = m->is->adaptive_penalty;
  rl_method_stats stats = {
      .approx_kl = natural || single ? m->approx_kl : sums[RL_STAT_APPROX_KL] / n,
      .kl = natural || single || adapts ? m->kl : none,
      .entropy = sums[RL_STAT_ENTROPY] / n,
      .policy_loss = sums[RL_STAT_POLICY_LOSS] / n,
      .value_loss = none,
      .clip_fraction = clipped ? sums[RL_STAT_CLIPPED] / n : none,
      .explained_variance = explained,
      .grad_norm = policy->grad_norm / (double)policy->minibatches,
      .base_kl = m->base ? sums[RL_STAT_BASE_KL] / n : none,
      .beta = m->objective.kind == RL_PENALIZED ? m->options.kl_coef : none,
      .improvement = natural ? m->improvement : none,
      .backtracks = m->is->line_search ? m->backtracks : none,
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
  for (int i = 0; i < 2 && networks[i]; i++)
    if (networks[i]->normalizer.size)
      rl_normalizer_update(&networks[i]->normalizer, r->obs.data, rows, r->n_rows);
}

rl_status rl_method_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  const rl_method_options *o = &m->options;
  rl_status status = prepare(m, m->collector.rollout.n_rows, error);
  if (status) return status;
  if (!o->collect.episodes && o->minibatch > m->collector.rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d is more than the %d steps of the batch",
                   o->minibatch, m->collector.rollout.n_rows);
  double explained = explained_variance(m);
  train(m);
  if (m->of_policy.bad) return not_finite(m, "the gradient of the policy", m->of_policy.epochs, error);
  if (!isfinite(m->kl + m->approx_kl))
    return not_finite(m, "the KL to the new policy", m->of_policy.epochs, error);
  if (m->of_value.bad) return not_finite(m, "the gradient of the value", m->of_value.epochs, error);
  rl_error bad;
  if (rl_method_check_parameters(m, &bad)) return not_finite(m, "a parameter", m->options.epochs, error);
  adapt_penalty(m);
  *stats = summarize(m, explained);
  observe(m);
  m->updates++;
  m->fresh = false;
  return RL_OK;
}

rl_status rl_method_gradient(rl_method *m, const int *index, int rows, float *dpolicy, float *dvalue,
                             rl_error *error) {
  if (rows < 1) return rl_fail(error, RL_BAD_ARGUMENT, "a minibatch of %d rows", rows);
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
  take_advantages(m, index, rows);
  rl_learner_gradient(&m->policy_learner, index, rows);
  memcpy(dpolicy, m->policy_learner.gradient, m->policy_learner.optimizer.size * sizeof(float));
  if (!m->value || !dvalue) return RL_OK;
  rl_learner_gradient(&m->value_learner, index, rows);
  memcpy(dvalue, m->value_learner.gradient, m->value_learner.optimizer.size * sizeof(float));
  return RL_OK;
}
