/* The steps: epochs of minibatches for PPO and GRPO, one step for the score-function methods, a natural step
 * or a trust region for NPG and TRPO, and the value's regression. */
#include "base/parallel.h"
#include "base/vector.h"
#include "method/method_internal.h"

#include <math.h>
#include <string.h>

int rl_method_minibatch(const rl_method *m) {
  int rows = m->rollout.n_rows, minibatch = m->options.minibatch;
  return minibatch == 0 || minibatch > rows ? rows : minibatch;
}

static double annealed(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
}

void rl_method_take_advantages(rl_method *m, const int *index, int rows) {
  float *advantage = m->advantage;
  for (int r = 0; r < rows; r++) advantage[r] = m->rollout.advantage.data[index[r]];
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
      advantage[r] *= (float)pow(m->options.gamma, (double)m->rollout.time[index[r]]);
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
  int rows = m->rollout.n_rows;
  for (int epoch = 0; epoch < epochs; epoch++) {
    begin_epoch(&m->of_policy, epoch);
    for (int first = 0; first < rows; first += minibatch) {
      int n = rows - first < minibatch ? rows - first : minibatch;
      const int *index = m->order + (size_t)epoch * (size_t)rows + (size_t)first;
      rl_method_take_advantages(m, index, n);
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
  int rows = m->rollout.n_rows;
  m->objective.exact_kl = true;
  rl_learner_evaluate(learner, m->rollout.rows, rows);
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
  for (int k = 0; k < m->options.backtracks; k++, length *= m->options.backtrack_ratio) {
    move(m, length);
    double after = evaluate_kl(m);
    if (!(after < before) || !(m->kl <= m->options.kl)) continue;
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
  int rows = m->rollout.n_rows, fisher_rows = (int)ceil(o->fisher_fraction * rows);
  size_t size = learner->optimizer.size;
  begin_epoch(&m->of_policy, 0);
  rl_method_take_advantages(m, m->rollout.rows, rows);
  rl_learner_gradient(learner, m->rollout.rows, rows);
  if (!account(&m->of_policy, learner, rows)) return;
  double before = rl_objective_value(&m->objective, learner->stats, rows);
  for (size_t i = 0; i < size; i++) m->ascent[i] = -learner->gradient[i];
  m->backtracks = 0;
  m->kl = m->approx_kl = m->improvement = 0.0;
  if (learner->gradient_norm == 0.0) return; /* nothing to improve: no advantages */
  const int *sample = o->fisher_fraction < 1.0 ? m->order : m->rollout.rows;
  double curvature =
      rl_natural_solve(&m->natural, learner, sample, fisher_rows, m->ascent, o->damping, o->cg_iterations);
  m->of_policy.bad = !isfinite(curvature);
  if (m->of_policy.bad || !(curvature > 0.0)) return;
  double length = o->step > 0.0 ? o->step : sqrt(2.0 * o->kl / curvature);
  if (o->kind == RL_TRPO) {
    search_line(m, length, before);
  } else {
    move(m, length);
    m->improvement = before - evaluate_kl(m);
  }
}

static void train_policy(rl_method *m) {
  if (rl_method_is_natural(m))
    step_naturally(m);
  else if (rl_method_is_single_step(m))
    descend_policy(m, 1, m->rollout.n_rows);
  else
    descend_policy(m, m->options.epochs, rl_method_minibatch(m));
  if (m->of_policy.bad || rl_method_is_natural(m)) return;
  if (rl_method_is_single_step(m) || m->options.kind == RL_PPO_PENALTY) {
    rl_method_take_advantages(m, m->rollout.rows, m->rollout.n_rows);
    evaluate_kl(m);
  }
}

static void train_value(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_learner *learner = &m->value_learner;
  int rows = m->rollout.n_rows, minibatch = rl_method_minibatch(m);
  double lr = annealed(m, o->value_lr > 0.0 && !rl_method_is_natural(m) ? o->value_lr : o->lr);
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
  int rows = m->rollout.n_rows;
  bool whole = rl_method_minibatch(m) == rows && m->options.fisher_fraction >= 1.0;
  for (int epoch = 0; epoch < m->options.epochs; epoch++) {
    int *order = m->order + (size_t)epoch * (size_t)rows;
    memcpy(order, m->rollout.rows, (size_t)rows * sizeof *order);
    if (!whole) rl_rng_shuffle(&m->shuffle, order, rows);
  }
}

/* On one or two threads the two trainings are the pieces; with more, each cuts its minibatches. Same
 * arithmetic. */
void rl_method_train(rl_method *m) {
  m->of_policy = m->of_value = (rl_training){0};
  m->kl = m->approx_kl = 0.0;
  shuffle(m);
  bool small = m->options.minibatch > 0 && m->options.minibatch <= RL_ROWS;
  if (m->value && (rl_threads() <= 2 || (small && !rl_method_is_natural(m)))) {
    rl_parallel_for(2, train_piece, m);
    return;
  }
  train_policy(m);
  if (m->value) train_value(m);
}
