#include "method/method_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <math.h>
#include <string.h>

static rl_status acquire(rl_method *m, rl_error *error) {
  bool natural = rl_method_is_natural(m);
  rl_network *network = &m->policy->network;
  size_t size = (size_t)network->theta.shape[0];
  rl_status status =
      rl_learner_init(&m->policy_learner, network, rl_policy_loss, rl_policy_metric, &m->objective, error);
  if (!status && m->value)
    status =
        rl_learner_init(&m->value_learner, &m->value->network, rl_value_loss, NULL, &m->objective, error);
  if (!status) status = rl_reward_filter_init(&m->filter, rl_vec_env_copies(m->env), error);
  if (!status && natural) status = rl_natural_init(&m->natural, size, error);
  if (status) return status;
  m->old_log_std = rl_allocate((size_t)m->policy->action.size, sizeof(float));
  m->ascent = rl_allocate(natural ? size : 1, sizeof(float));
  if (m->old_log_std && m->ascent) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu parameters", size);
}

rl_status rl_method_create(rl_method **out, rl_vec_env *env, rl_policy *policy, rl_value *value,
                           rl_policy *base, const rl_method_options *options, rl_error *error) {
  *out = NULL;
  rl_status status = rl_method_check_parts(env, policy, value, base, options, error);
  if (status) return status;
  rl_method *m = rl_allocate(1, sizeof *m);
  if (!m) return rl_fail(error, RL_NO_MEMORY, "out of memory for rl.%s", rl_method_names[options->kind]);
  m->options = *options;
  m->env = env;
  m->policy = policy;
  m->value = value;
  m->base = base;
  rl_rng_init_use(&m->shuffle, options->seed, RL_STREAM_SHUFFLE, 0);
  status = acquire(m, error);
  if (status) {
    rl_method_free(m);
    return status;
  }
  *out = m;
  return RL_OK;
}

void rl_method_free(rl_method *m) {
  if (!m) return;
  rl_rollout_release(&m->rollout);
  rl_reward_filter_release(&m->filter);
  rl_objective_release(&m->objective);
  rl_learner_release(&m->policy_learner);
  rl_learner_release(&m->value_learner);
  rl_natural_release(&m->natural);
  rl_release(m->old_log_std);
  rl_release(m->ascent);
  rl_release(m->reward);
  rl_release(m->order);
  rl_release(m->advantage);
  rl_release(m->base_output);
  rl_release(m);
}

const rl_method_options *rl_method_get_options(const rl_method *m) { return &m->options; }

rl_status rl_method_set_options(rl_method *m, const rl_method_options *options, rl_error *error) {
  if (options->kind != m->options.kind)
    return rl_fail(error, RL_BAD_ARGUMENT, "rl.%s cannot become rl.%s", rl_method_names[m->options.kind],
                   rl_method_names[options->kind]);
  rl_status status = rl_method_check_parts(m->env, m->policy, m->value, m->base, options, error);
  if (status) return status;
  m->options = *options;
  return RL_OK;
}

rl_rollout *rl_method_rollout(rl_method *m) { return m->has_rollout ? &m->rollout : NULL; }

/* A batch of another length is a new rollout that goes on with the old one's streams and counters. */
static rl_status resize(rl_method *m, int steps, rl_error *error) {
  if (m->has_rollout && m->rollout.steps == steps) return RL_OK;
  rl_rollout rollout;
  rl_status status = rl_rollout_init(&rollout, steps, m->env, m->policy, m->options.seed, error);
  if (status) return status;
  float *reward = rl_allocate((size_t)steps * (size_t)rollout.copies, sizeof *reward);
  if (!reward) {
    rl_rollout_release(&rollout);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", steps);
  }
  rl_release(m->reward);
  m->reward = reward;
  if (m->has_rollout) {
    memcpy(rollout.streams, m->rollout.streams, (size_t)rollout.copies * sizeof(rl_rng));
    rollout.stats = m->rollout.stats;
    rl_rollout_release(&m->rollout);
  }
  m->rollout = rollout;
  m->has_rollout = true;
  return RL_OK;
}

static void estimate(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_trajectories batch = rl_rollout_trajectories(&m->rollout);
  if (o->reward_scaling || o->reward_clip > 0.0) {
    rl_reward_filter_apply(&m->filter, &batch, o->gamma, o->reward_scaling, o->reward_clip, m->reward);
    batch.reward = m->reward;
  }
  rl_estimate_options options = {o->advantage, o->gamma, o->lambda, o->n_step, o->group};
  rl_estimate(&batch, &options, m->rollout.advantage.data, m->rollout.target.data);
}

rl_status rl_method_collect(rl_method *m, int steps, rl_error *error) {
  m->fresh = false;
  rl_status status = rl_method_check_parameters(m, error);
  if (!status) status = resize(m, steps, error);
  if (!status)
    status = m->options.episodes ? rl_rollout_collect_episodes(&m->rollout, m->env, m->policy, m->value,
                                                               m->options.group, error)
                                 : rl_rollout_collect(&m->rollout, m->env, m->policy, m->value, error);
  if (status) return status;
  const float *log_std = rl_policy_log_std(m->policy);
  if (log_std) memcpy(m->old_log_std, log_std, (size_t)m->policy->action.size * sizeof *log_std);
  estimate(m);
  m->fresh = true;
  return RL_OK;
}

static rl_status make_room(rl_method *m, rl_error *error) {
  int cells = m->rollout.steps * m->rollout.copies, rows = m->rollout.n_rows;
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

static const rl_objective_kind objectives[RL_METHODS] = {
    [RL_REINFORCE] = RL_SCORE, [RL_ACTOR_CRITIC] = RL_SCORE,    [RL_A2C] = RL_SCORE,
    [RL_NPG] = RL_SURROGATE,   [RL_TRPO] = RL_SURROGATE,        [RL_PPO] = RL_CLIPPED,
    [RL_GRPO] = RL_CLIPPED,    [RL_PPO_PENALTY] = RL_PENALIZED,
};

static rl_status set_objective(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  rl_objective *objective = &m->objective;
  objective->kind = objectives[o->kind];
  if (objective->kind == RL_CLIPPED && o->clip == 0.0) objective->kind = RL_SURROGATE;
  objective->clip = o->clip;
  objective->beta = o->beta;
  objective->entropy = o->entropy;
  objective->base_kl = o->base_kl;
  objective->value_clip = o->value_clip;
  objective->value_coef = o->value_coef;
  objective->value_head = rl_method_is_shared(m);
  objective->exact_kl = false;
  objective->batch = &m->rollout;
  objective->base = m->base;
  objective->base_output = m->base_output;
  objective->old_log_std = m->old_log_std;
  if (!m->base) return RL_OK;
  return rl_network_apply(&m->base->network, m->rollout.obs.data, m->rollout.steps * m->rollout.copies,
                          m->base_output, error);
}

static rl_status not_finite(rl_method *m, const char *what, int epoch, rl_error *error) {
  rl_learner_restore(&m->policy_learner);
  if (m->value) rl_learner_restore(&m->value_learner);
  const rl_method_options *o = &m->options;
  bool natural = rl_method_is_natural(m);
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (epoch %d); policy and value keep their last good parameters. A smaller "
                 "%s (now %g) or rewards of a smaller scale may help",
                 what, epoch,
                 !natural        ? "lr"
                 : o->step > 0.0 ? "step"
                                 : "kl",
                 !natural        ? o->lr
                 : o->step > 0.0 ? o->step
                                 : o->kl);
}

static rl_status prepare(rl_method *m, int rows, rl_error *error) {
  if (m->options.kind == RL_ROLLOUT)
    return rl_fail(error, RL_BAD_ARGUMENT, "rl.rollout only collects: the update is yours to write");
  if (!m->fresh) return rl_fail(error, RL_BAD_ARGUMENT, "collect a batch before each update");
  const rl_rollout *r = &m->rollout;
  m->objective.base = m->base; /* decides about the scratch */
  rl_status status = rl_method_check_parameters(m, error);
  if (!status) status = rl_method_check_batch(m, error);
  if (!status) status = make_room(m, error);
  if (!status) status = set_objective(m, error);
  int cells = r->steps * r->copies;
  if (!status) status = rl_learner_begin(&m->policy_learner, r->obs.data, cells, rows, error);
  if (!status && m->value) status = rl_learner_begin(&m->value_learner, r->obs.data, cells, rows, error);
  return status;
}

static double explained_variance(const rl_method *m) {
  const rl_rollout *r = &m->rollout;
  if (!m->value && !m->policy->value_head) return (double)NAN;
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
  rl_method_kind kind = m->options.kind;
  bool natural = rl_method_is_natural(m), single = rl_method_is_single_step(m);
  bool clipped = m->objective.kind == RL_CLIPPED, penalized = kind == RL_PPO_PENALTY;
  rl_method_stats stats = {
      .approx_kl = natural || single ? m->approx_kl : sums[RL_STAT_APPROX_KL] / n,
      .kl = natural || single || penalized ? m->kl : none,
      .entropy = sums[RL_STAT_ENTROPY] / n,
      .policy_loss = sums[RL_STAT_POLICY_LOSS] / n,
      .value_loss = none,
      .clip_fraction = clipped ? sums[RL_STAT_CLIPPED] / n : none,
      .explained_variance = explained,
      .grad_norm = policy->grad_norm / (double)policy->minibatches,
      .base_kl = m->base ? sums[RL_STAT_BASE_KL] / n : none,
      .beta = penalized ? m->options.beta : none,
      .improvement = natural ? m->improvement : none,
      .backtracks = kind == RL_TRPO ? m->backtracks : none,
      .epochs = policy->epochs,
  };
  if (m->value) stats.value_loss = m->of_value.sums[RL_STAT_VALUE_LOSS] / (double)m->of_value.rows;
  if (rl_method_is_shared(m)) stats.value_loss = sums[RL_STAT_VALUE_LOSS] / n;
  return stats;
}

/* Schulman et al. 2017, section 4. */
static void adapt_penalty(rl_method *m) {
  if (m->options.kind != RL_PPO_PENALTY) return;
  double *beta = &m->options.beta;
  if (m->kl > 1.5 * m->options.kl) *beta = fmin(2.0 * *beta, 1e9);
  if (m->kl < m->options.kl / 1.5) *beta = fmax(0.5 * *beta, 1e-9);
}

static void observe(rl_method *m) {
  rl_network *networks[] = {&m->policy->network, m->value ? &m->value->network : NULL};
  const rl_rollout *r = &m->rollout;
  const int *rows = r->n_rows == r->steps * r->copies ? NULL : r->rows;
  for (int i = 0; i < 2 && networks[i]; i++)
    if (networks[i]->normalizer.size)
      rl_normalizer_update(&networks[i]->normalizer, r->obs.data, rows, r->n_rows);
}

rl_status rl_method_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  const rl_method_options *o = &m->options;
  rl_status status = prepare(m, m->rollout.n_rows, error);
  if (status) return status;
  if (!o->episodes && o->minibatch > m->rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d is more than the %d steps of the batch",
                   o->minibatch, m->rollout.n_rows);
  double explained = explained_variance(m);
  rl_method_train(m);
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
  const rl_rollout *batch = &m->rollout;
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
  rl_method_take_advantages(m, index, rows);
  rl_learner_gradient(&m->policy_learner, index, rows);
  memcpy(dpolicy, m->policy_learner.gradient, m->policy_learner.optimizer.size * sizeof(float));
  if (!m->value || !dvalue) return RL_OK;
  rl_learner_gradient(&m->value_learner, index, rows);
  memcpy(dvalue, m->value_learner.gradient, m->value_learner.optimizer.size * sizeof(float));
  return RL_OK;
}
