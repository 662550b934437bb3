/* What each method improves: the gradient that it follows against central differences of the whole loss, from
 * the parameters on, written out in double. So are the value's, and the table of PPO's clip. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "levels.h"
#include "reference_policy.h"
#include "toy_agent.h"

static rl_env_def box_def, pair_def, choice_def;

/* One minibatch of a batch, with what the loss needs of it besides the parameters. */
typedef struct minibatch {
  const agent *agent;
  const rl_rollout *batch;
  const rl_method_options *options;
  const int *index;
  int rows;
  double advantage[ROWS]; /* as the objective is to see them */
  double old_log_std[REFERENCE_ACTIONS], base_theta[MAX_PARAMETERS], beta;
} minibatch;

/* old_theta: the policy's parameters when the batch was collected */
static void fill_minibatch(minibatch *m, const agent *a, const double *old_theta, double beta,
                           const int *index, int rows) {
  *m = (minibatch){.agent = a,
                   .beta = beta,
                   .batch = rl_method_rollout(a->method),
                   .options = rl_method_settings(a->method),
                   .index = index,
                   .rows = rows};
  reference_log_std(&a->policy, old_theta, m->old_log_std);
  if (a->has_base) widen(a->base.network.theta.data, m->base_theta, count(&a->base.network));
  double mean = 0.0, variance = 0.0;
  for (int r = 0; r < rows; r++) m->advantage[r] = (double)m->batch->advantage.data[index[r]];
  for (int r = 0; r < rows; r++) mean += m->advantage[r] / rows;
  for (int r = 0; r < rows; r++) variance += (m->advantage[r] - mean) * (m->advantage[r] - mean) / rows;
  for (int r = 0; r < rows && rows > 1 && m->options->normalize_advantage; r++)
    m->advantage[r] = (m->advantage[r] - mean) / (sqrt(variance) + 1e-8);
  for (int r = 0; r < rows && m->options->discounted_gradient; r++)
    m->advantage[r] *= pow(m->options->collect.gamma, m->batch->time[index[r]]);
}

static const float *obs_of(const minibatch *m, int r) { return m->batch->obs.data + m->index[r] * OBS; }

static const float *action_of(const minibatch *m, int r) {
  return m->batch->action.data + m->index[r] * rl_space_width(&m->agent->policy.action);
}

/* The distribution that the action was drawn from: of the outputs in the batch. */
static reference_dist old_dist(const minibatch *m, int r) {
  double y[REFERENCE_OUTPUTS];
  int outputs = rl_policy_outputs(&m->agent->policy);
  widen(m->batch->output.data + m->index[r] * outputs, y, (size_t)outputs);
  return reference_read(&m->agent->policy, m->old_log_std, y);
}

static double ratio_of(const minibatch *m, const reference_dist *dist, int r) {
  return exp(reference_log_prob(dist, action_of(m, r)) - (double)m->batch->log_prob.data[m->index[r]]);
}

/* The value's regression: Schulman et al. 2017, equation 9, with the clip of its implementations. */
static double value_term(const minibatch *m, int r, double v) {
  double old = (double)m->batch->value.data[m->index[r]], target = (double)m->batch->target.data[m->index[r]];
  double range = m->options->value_clip, moved = old + fmin(fmax(v - old, -range), range);
  double loss = (v - target) * (v - target), clipped = (moved - target) * (moved - target);
  return m->options->value_coef * 0.5 * (range > 0.0 && clipped > loss ? clipped : loss);
}

/* What is minimised, of one row, but for entropy, base and value. */
static double objective_term(const minibatch *m, const reference_dist *dist, int r) {
  double advantage = m->advantage[r], ratio = ratio_of(m, dist, r), clip = m->options->clip;
  reference_dist old;
  switch (class_of(m->options)->objective) {
  case RL_SCORE: return -reference_log_prob(dist, action_of(m, r)) * advantage;
  case RL_CLIPPED:
    if (clip == 0.0) return -ratio * advantage;
    return -fmin(ratio * advantage, fmin(fmax(ratio, 1.0 - clip), 1.0 + clip) * advantage);
  case RL_PENALIZED: old = old_dist(m, r); return -ratio * advantage + m->beta * reference_kl(&old, dist);
  default: return -ratio * advantage;
  }
}

static double policy_loss(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0;
  for (int r = 0; r < m->rows; r++) {
    double y[REFERENCE_OUTPUTS];
    const rl_policy *policy = &m->agent->policy;
    reference_dist dist = reference_policy(policy, theta, obs_of(m, r), y), base;
    sum += objective_term(m, &dist, r) - m->options->entropy_coef * reference_entropy(&dist);
    if (m->agent->has_base) {
      base = reference_policy(&m->agent->base, m->base_theta, obs_of(m, r), NULL);
      sum += m->options->base_kl_coef * reference_kl(&dist, &base);
    }
    if (policy->value_head) sum += value_term(m, r, y[rl_policy_outputs(policy) - 1]);
  }
  return sum / m->rows;
}

static double value_loss(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0;
  for (int r = 0; r < m->rows; r++)
    sum += value_term(m, r, reference_value(&m->agent->value, theta, obs_of(m, r)));
  return sum / m->rows;
}

static double clipped_share(const minibatch *m) {
  double theta[MAX_PARAMETERS], clip = m->options->clip, share = 0.0;
  widen(m->agent->policy.network.theta.data, theta, count(&m->agent->policy.network));
  for (int r = 0; r < m->rows; r++) {
    reference_dist dist = reference_policy(&m->agent->policy, theta, obs_of(m, r), NULL);
    double ratio = ratio_of(m, &dist, r);
    share += (ratio > 1.0 + clip && m->advantage[r] > 0.0) || (ratio < 1.0 - clip && m->advantage[r] < 0.0);
  }
  return share / m->rows;
}

/* float32 through two hidden layers, a distribution and a sum over the rows. */
static const double tolerance = 2e-5;

static void check_gradients(agent *a, const double *old_theta, double beta, const int *index, int rows) {
  minibatch m;
  rl_error error;
  float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
  double theta[MAX_PARAMETERS], want[MAX_PARAMETERS];
  size_t n_policy = count(&a->policy.network);
  fill_minibatch(&m, a, old_theta, beta, index, rows);
  assert_ok(rl_method_gradient(a->method, index, rows, dpolicy, dvalue, &error));
  widen(a->policy.network.theta.data, theta, n_policy);
  central_differences(policy_loss, &m, theta, n_policy, want);
  assert_relative(dpolicy, want, n_policy, tolerance);
  bool clips =
      class_of(m.options)->objective == RL_CLIPPED && m.options->clip > 0.0 && !class_of(m.options)->groups;
  if (rows > 50 && clips) /* the clip has been at work */
    assert_in_range((unsigned)(100.0 * clipped_share(&m)), 5, 60);
  if (!a->has_value) return;
  size_t n_value = count(&a->value.network);
  widen(a->value.network.theta.data, theta, n_value);
  central_differences(value_loss, &m, theta, n_value, want);
  assert_relative(dvalue, want, n_value, tolerance);
}

/* One update first, so that the normalisers have statistics; then a fresh batch and other parameters. Sizes
 * of minibatches end with a 0; pieces of work are of 64 rows. */
static void check_losses(const rl_env_def *def, const agent_parts *parts, const rl_method_options *options,
                         const int *sizes) {
  agent a;
  rl_rng rng;
  int index[ROWS];
  double old_theta[MAX_PARAMETERS];
  agent_new_of(&a, parts, def, options, 1);
  collect(&a, STEPS);
  double beta = update(&a).beta; /* it has adapted */
  widen(a.policy.network.theta.data, old_theta, count(&a.policy.network));
  const rl_rollout *batch = collect(&a, STEPS);
  disturb(&a.policy.network, 0.15f, 0);
  if (a.has_value) disturb(&a.value.network, 0.05f, 1);
  memcpy(index, batch->rows, (size_t)batch->n_rows * sizeof *index);
  rl_rng_init(&rng, 17, 0);
  rl_rng_shuffle(&rng, index, batch->n_rows);
  for (; *sizes; sizes++) check_gradients(&a, old_theta, beta, index, *sizes);
  agent_free(&a);
}

static const int few[] = {2, 70, 0}, many[] = {1, 2, 64, 150, 0};

static void ppo_follows_the_gradient_of_its_loss(void **state) {
  (void)state;
  rl_method_options options = defaults_of("ppo");
  check_losses(&box_def, &(agent_parts){0}, &options, many);
  check_losses(&choice_def, &(agent_parts){0}, &options, many);
  options.entropy_coef = 0.03;
  options.value_clip = 0.1;
  options.value_coef = 0.7;
  check_losses(&pair_def, &(agent_parts){0}, &options, few);
  check_losses(&choice_def, &(agent_parts){0}, &options, few);
  options.normalize_advantage = false;
  options.clip = 0.05;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
}

static void every_objective_has_its_gradient(void **state) {
  (void)state;
  for (int kind = 0; kind < 2 * method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind / 2));
    if (kind % 2 && class_of(&options)->objective != RL_CLIPPED) continue;
    if (kind % 2) options.clip = 0.0; /* the plain surrogate */
    options.kl_coef = 0.6;
    options.entropy_coef = 0.02;
    options.base_kl_coef = 0.3;
    const agent_parts parts = {.with_base = true, .no_value = class_of(&options)->groups};
    check_losses(&pair_def, &parts, &options, few);
    check_losses(&choice_def, &parts, &options, few);
  }
}

static void every_kind_of_policy_has_its_gradient(void **state) {
  (void)state;
  const agent_parts all[] = {
      {.std = RL_STD_STATE, .with_base = true},
      {.std = RL_STD_FIXED, .with_base = true},
      {.layer_norm = true},
      {.no_value = true, .value_head = true, .with_base = true},
      {.no_value = true, .value_head = true, .std = RL_STD_STATE, .layer_norm = true, .with_base = true},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    rl_method_options options = defaults_of("ppo_penalty");
    options.kl_coef = 0.6;
    options.entropy_coef = 0.02;
    options.base_kl_coef = all[i].with_base ? 0.3 : 0.0;
    options.value_clip = 0.1;
    check_losses(&pair_def, &all[i], &options, few);
    if (i >= 2) check_losses(&choice_def, &all[i], &options, few);
  }
}

static void advantages_may_be_weighed_by_the_discount_of_their_time(void **state) {
  (void)state;
  rl_method_options options = defaults_of("a2c");
  options.discounted_gradient = true;
  options.collect.gamma = 0.9;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
  options.normalize_advantage = false;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
}

/* One sample at a time, its old log-probability set so that the ratio is as the table wants it. */
static void the_gradient_vanishes_exactly_where_the_clip_binds(void **state) {
  (void)state;
  const struct {
    double ratio;
    float advantage;
    bool binds;
  } table[] = {{1.5, 2.0f, true},  {1.5, -2.0f, false}, {0.5, 2.0f, false}, {0.5, -2.0f, true},
               {1.1, 2.0f, false}, {1.1, -2.0f, false}, {0.9, 2.0f, false}, {0.9, -2.0f, false},
               {1.21, 2.0f, true}, {0.79, -2.0f, true}, {1.0, 2.0f, false}, {30.0, -2.0f, false}};
  const rl_env_def *defs[] = {&box_def, &choice_def};
  rl_method_options options = defaults_of("ppo");
  for (int d = 0; d < 2; d++) {
    agent a;
    agent_new(&a, defs[d], &options);
    rl_rollout *batch = collect(&a, STEPS);
    size_t n = count(&a.policy.network);
    double theta[MAX_PARAMETERS], want[MAX_PARAMETERS];
    widen(a.policy.network.theta.data, theta, n);
    for (int k = 0; k < 12; k++) {
      float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
      rl_error error;
      minibatch m;
      reference_dist dist = reference_policy(&a.policy, theta, batch->obs.data + k * OBS, NULL);
      double log_prob = reference_log_prob(&dist, batch->action.data + k);
      batch->log_prob.data[k] = (float)(log_prob - log(table[k].ratio));
      batch->advantage.data[k] = table[k].advantage;
      assert_ok(rl_method_gradient(a.method, &k, 1, dpolicy, dvalue, &error));
      fill_minibatch(&m, &a, theta, 0.0, &k, 1);
      central_differences(policy_loss, &m, theta, n, want);
      assert_relative(dpolicy, want, n, tolerance);
      for (size_t i = 0; i < n && table[k].binds; i++) assert_true(dpolicy[i] == 0.0f);
      if (!table[k].binds) assert_true(inner(dpolicy, dpolicy, n) > 0.0);
    }
    agent_free(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ppo_follows_the_gradient_of_its_loss),
      cmocka_unit_test(every_objective_has_its_gradient),
      cmocka_unit_test(every_kind_of_policy_has_its_gradient),
      cmocka_unit_test(advantages_may_be_weighed_by_the_discount_of_their_time),
      cmocka_unit_test(the_gradient_vanishes_exactly_where_the_clip_binds),
  };
  box_def = toy_box();
  pair_def = toy_pair();
  choice_def = toy_discrete();
  rl_set_threads(1);
  return run_at_all_levels(tests);
}
