/* Natural methods on the toy environment: what a step did to the policy is recomputed over the batch in
 * double. TRPO never accepts a step that leaves the trust region or worsens what it improves; NPG goes as far
 * along the natural gradient as it was asked to. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "method/objective.h"
#include "network/natural.h"
#include "reference_policy.h"
#include "toy_agent.h"

static rl_env_def box_def, pair_def, choice_def, factors_def;

/* What was there before an update: afterwards the normaliser has other statistics. */
typedef struct before {
  double theta[MAX_PARAMETERS], x[ROWS][MOST_OBS];
  float bytes[MAX_PARAMETERS]; /* theta as it is stored */
  double advantage[ROWS];      /* normalised */
} before;

static const float *obs_of(const agent *a, int i) {
  return rl_method_rollout(a->method)->obs.data + i * a->policy.observation.size;
}

static void remember(before *b, const agent *a) {
  const rl_rollout *batch = rl_method_rollout(a->method);
  double mean = 0.0, variance = 0.0;
  memcpy(b->bytes, a->policy.network.theta.data, count(&a->policy.network) * sizeof(float));
  widen(b->bytes, b->theta, count(&a->policy.network));
  for (int i = 0; i < ROWS; i++) {
    reference_normalize(&a->policy.network, obs_of(a, i), b->x[i]);
    mean += (double)batch->advantage.data[i] / ROWS;
  }
  for (int i = 0; i < ROWS; i++) {
    double apart = (double)batch->advantage.data[i] - mean;
    variance += apart * apart / ROWS;
  }
  for (int i = 0; i < ROWS; i++)
    b->advantage[i] = ((double)batch->advantage.data[i] - mean) / (sqrt(variance) + 1e-8);
}

/* x: normalised as it was then; obs has the mask. */
static reference_dist dist_at(const rl_policy *policy, const double *theta, const double *x,
                              const float *obs) {
  double y[REFERENCE_OUTPUTS], shared[REFERENCE_ACTIONS];
  reference_forward(&policy->network.mlp, theta, x, y);
  reference_mask(policy, obs, y);
  reference_log_std(policy, theta, shared);
  return reference_read(policy, shared, y);
}

/* Means over the batch of the KL of the old policy to the one of theta, and of what is improved. */
static double evaluate(const agent *a, const before *b, const double *theta, double *kl) {
  const rl_rollout *batch = rl_method_rollout(a->method);
  const rl_method_options *options = rl_method_settings(a->method);
  double objective = 0.0;
  *kl = 0.0;
  for (int i = 0; i < ROWS; i++) {
    reference_dist old = dist_at(&a->policy, b->theta, b->x[i], obs_of(a, i)),
                   new_ = dist_at(&a->policy, theta, b->x[i], obs_of(a, i));
    const float *action = batch->action.data + i * rl_space_width(&a->policy.action);
    double ratio = exp(reference_log_prob(&new_, action) - (double)batch->log_prob.data[i]);
    *kl += reference_kl(&old, &new_) / ROWS;
    objective += (ratio * b->advantage[i] + options->entropy_coef * reference_entropy(&new_)) / ROWS;
    if (!a->has_base) continue;
    double base_theta[MAX_PARAMETERS];
    widen(a->base.network.theta.data, base_theta, count(&a->base.network));
    reference_dist base = reference_policy(&a->base, base_theta, obs_of(a, i), NULL);
    objective -= options->base_kl_coef * reference_kl(&new_, &base) / ROWS;
  }
  return objective;
}

/* A KL in float32 is a sum of terms of order 1 that cancel, each rounded to 6e-8: 3e-7 for two actions. It
 * may be the same in all rows (a shared log-std), so the mean does not make it smaller. A ratio is off by
 * what its log-probabilities are, 5e-7; these errors differ from row to row. */
static const double kl_tolerance = 3e-7, objective_tolerance = 1e-6;

typedef struct tally {
  int accepted, shortened, refused;
} tally;

/* If the step was cut short, the longer one before it would not have done. */
static void check_longer_step(const agent *a, const before *b, const double *theta, double old_objective) {
  const rl_method_options *options = rl_method_settings(a->method);
  double longer[MAX_PARAMETERS], kl;
  for (size_t i = 0; i < count(&a->policy.network); i++)
    longer[i] = b->theta[i] + (theta[i] - b->theta[i]) / options->backtrack_ratio;
  double gain = evaluate(a, b, longer, &kl) - old_objective;
  assert_true(kl > options->max_kl - 1e-5 * options->max_kl - kl_tolerance || gain < objective_tolerance);
}

static void check_update(agent *a, tally *t) {
  static before b;
  const rl_method_options *options = rl_method_settings(a->method);
  double theta[MAX_PARAMETERS], kl;
  size_t n = count(&a->policy.network);
  collect(a, STEPS);
  remember(&b, a);
  double old_objective = evaluate(a, &b, b.theta, &kl);
  rl_method_stats stats = update(a);
  if (stats.backtracks < 0.0) {
    assert_memory_equal(a->policy.network.theta.data, b.bytes, n * sizeof(float));
    assert_true(stats.kl == 0.0 && stats.approx_kl == 0.0 && stats.improvement == 0.0);
    t->refused++;
    return;
  }
  widen(a->policy.network.theta.data, theta, n);
  double gain = evaluate(a, &b, theta, &kl) - old_objective;
  if (!(kl <= options->max_kl + kl_tolerance && gain > -objective_tolerance))
    print_error("kl %g of %g, gain %g\n", kl, options->max_kl, gain);
  assert_true(kl <= options->max_kl + kl_tolerance && gain > -objective_tolerance);
  assert_near(stats.kl, kl, kl_tolerance);
  assert_near(stats.improvement, gain, objective_tolerance);
  assert_true(stats.backtracks < options->max_backtracks);
  if (stats.backtracks > 0.0) check_longer_step(a, &b, theta, old_objective);
  t->accepted++;
  t->shortened += stats.backtracks > 0.0;
}

/* Log-uniform in [low, high]. */
static double between(rl_rng *rng, double low, double high) {
  return low * pow(high / low, (double)rl_rng_uniform(rng));
}

static void trpo_keeps_to_its_region_and_never_lowers_the_surrogate(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &choice_def, &pair_def, &factors_def};
  const agent_parts parts[] = {{.raw = true},
                               {.raw = true, .std = RL_STD_STATE},
                               {.raw = true, .with_base = true},
                               {.raw = true, .std = RL_STD_FIXED}};
  rl_rng rng;
  tally t = {0, 0, 0};
  rl_rng_init(&rng, 61, 0);
  for (int k = 0; k < 24; k++) {
    rl_method_options options = defaults_of("trpo");
    agent a;
    options.max_kl = between(&rng, 1e-4, 0.1);
    options.fisher_fraction = between(&rng, 0.1, 1.0);
    options.damping = between(&rng, 1e-3, 1.0);
    options.cg_iterations = 1 + (int)rl_rng_below(&rng, 15);
    options.max_backtracks = 1 + (int)rl_rng_below(&rng, 4);
    options.backtrack_ratio = between(&rng, 0.3, 0.9);
    options.entropy_coef = k % 3 == 0 ? 0.01 : 0.0;
    options.base_kl_coef = parts[k % 4].with_base ? 0.2 : 0.0;
    options.epochs = 2;
    agent_new_of(&a, &parts[k % 4], defs[k / 4 % 4], &options, (uint64_t)k);
    for (int i = 0; i < 5; i++) check_update(&a, &t);
    agent_free(&a);
  }
  assert_true(t.accepted > 60 && t.shortened > 10); /* it has all been at work */
}

/* A region so wide that the second-order model of the KL says nothing about the step it allows. */
static void a_step_that_does_not_do_is_taken_back_bit_for_bit(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &choice_def};
  for (int d = 0; d < 2; d++) {
    rl_method_options options = defaults_of("trpo");
    options.max_kl = 100.0;
    options.max_backtracks = 1;
    agent a;
    tally t = {0, 0, 0};
    float value[MAX_PARAMETERS];
    agent_new(&a, defs[d], &options);
    memcpy(value, a.value.network.theta.data, count(&a.value.network) * sizeof(float));
    check_update(&a, &t);
    assert_int_equal(t.refused, 1);
    assert_true(memcmp(value, a.value.network.theta.data, count(&a.value.network) * sizeof(float)) != 0);
    agent_free(&a);
  }
}

/* The step d is so long that half d^T (F + damping) d is the asked kl. Half d^T F d, which is then kl -
 * damping |d|^2 / 2, is the KL but for the third order: an error that shrinks with the root of kl, relative
 * to it. */
static void npg_goes_as_far_as_the_asked_kl_to_second_order(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &choice_def, &pair_def, &factors_def};
  const double kls[] = {1e-2, 1e-4}, third[] = {1.0, 1.0, 1.0, 2.0}; /* of the last it is 1.23 and 1.36 */
  for (int d = 0; d < 4; d++)
    for (int k = 0; k < 2; k++) {
      static before b;
      rl_method_options options = defaults_of("npg");
      options.max_kl = kls[k];
      agent a;
      double theta[MAX_PARAMETERS], kl, squares = 0.0;
      agent_new(&a, defs[d], &options);
      collect(&a, STEPS);
      remember(&b, &a);
      double old_objective = evaluate(&a, &b, b.theta, &kl);
      rl_method_stats stats = update(&a);
      widen(a.policy.network.theta.data, theta, count(&a.policy.network));
      for (size_t i = 0; i < count(&a.policy.network); i++)
        squares += (theta[i] - b.theta[i]) * (theta[i] - b.theta[i]);
      double gain = evaluate(&a, &b, theta, &kl) - old_objective,
             second_order = kls[k] - options.damping * squares / 2.0;
      assert_true(second_order > 0.3 * kls[k]);
      assert_near(kl / second_order, 1.0, third[d] * sqrt(kls[k]));
      assert_near(stats.kl, kl, kl_tolerance);
      assert_near(stats.improvement, gain, objective_tolerance);
      assert_true(gain > 0.0 && isnan(stats.backtracks));
      agent_free(&a);
    }
}

/* theta += step F^-1 g, with the direction solved for here. */
static void npg_of_a_fixed_step_moves_by_that_times_the_natural_gradient(void **state) {
  (void)state;
  rl_method_options options = defaults_of("npg");
  rl_error error;
  agent a;
  rl_learner learner;
  rl_natural natural;
  rl_objective objective = {.policy = &a.policy};
  float g[MAX_PARAMETERS], moved[MAX_PARAMETERS], old[MAX_PARAMETERS];
  double want[MAX_PARAMETERS];
  options.step = 0.05;
  agent_new(&a, &pair_def, &options);
  const rl_rollout *batch = collect(&a, STEPS);
  size_t n = count(&a.policy.network);
  assert_ok(rl_learner_init(&learner, &a.policy.network, RL_ADAM, rl_policy_loss, rl_policy_metric,
                            &objective, &error));
  assert_ok(rl_learner_begin(&learner, batch->obs.data, ROWS, ROWS, &error));
  assert_ok(rl_natural_init(&natural, n, &error));
  assert_ok(rl_method_gradient(a.method, batch->rows, ROWS, g, NULL, &error));
  rl_natural_solve(&natural, &learner, batch->rows, ROWS, g, options.damping, options.cg_iterations);
  memcpy(old, a.policy.network.theta.data, n * sizeof(float));
  update(&a);
  for (size_t i = 0; i < n; i++) {
    want[i] = -options.step * (double)natural.x[i]; /* g is of a loss */
    moved[i] = a.policy.network.theta.data[i] - old[i];
  }
  assert_relative(moved, want, n, 1e-5); /* theta of order 1 is rounded to 6e-8, moves are of order .02 */
  rl_natural_release(&natural);
  rl_learner_release(&learner);
  agent_free(&a);
}

/* The direction then is another, on a sample that differs from update to update; the value is
 * not concerned. */
static void the_fisher_matrix_may_be_of_a_part_of_the_batch(void **state) {
  (void)state;
  agent a[2];
  for (int k = 0; k < 2; k++) {
    rl_method_options options = defaults_of("trpo");
    options.fisher_fraction = k == 0 ? 1.0 : 0.2;
    agent_new(&a[k], &box_def, &options);
    collect(&a[k], STEPS);
    update(&a[k]);
  }
  size_t policy = count(&a[0].policy.network) * sizeof(float),
         value = count(&a[0].value.network) * sizeof(float);
  assert_true(memcmp(a[0].policy.network.theta.data, a[1].policy.network.theta.data, policy) != 0);
  assert_memory_equal(a[0].value.network.theta.data, a[1].value.network.theta.data, value);
  for (int k = 0; k < 2; k++) agent_free(&a[k]);
}

/* The others that report a KL do so of the policy after the update; A2C estimates it too, from the ratios of
 * the actions that were taken. */
static void the_kl_that_is_reported_is_the_one_there_is(void **state) {
  (void)state;
  const char *const kinds[] = {"a2c", "ppo_penalty"};
  const rl_env_def *defs[] = {&choice_def, &pair_def, &factors_def};
  for (int k = 0; k < 6; k++) {
    static before b;
    rl_method_options options = defaults_of(kinds[k / 3]);
    options.lr = 0.02;
    agent a;
    double theta[MAX_PARAMETERS], kl, approximate = 0.0;
    agent_new_of(&a, &(agent_parts){.std = k == 1 ? RL_STD_STATE : RL_STD_FREE}, defs[k % 3], &options, 1);
    const rl_rollout *batch = collect(&a, STEPS);
    remember(&b, &a);
    rl_method_stats stats = update(&a);
    widen(a.policy.network.theta.data, theta, count(&a.policy.network));
    evaluate(&a, &b, theta, &kl);
    assert_true(kl > 1e-4);
    assert_near(stats.kl, kl, kl_tolerance);
    for (int i = 0; i < ROWS; i++) {
      reference_dist dist = dist_at(&a.policy, theta, b.x[i], obs_of(&a, i));
      const float *action = batch->action.data + i * rl_space_width(&a.policy.action);
      double log_ratio = reference_log_prob(&dist, action) - (double)batch->log_prob.data[i];
      approximate += (exp(log_ratio) - 1.0 - log_ratio) / ROWS;
    }
    if (class_of(&options)->step == RL_STEP_ONCE) assert_near(stats.approx_kl, approximate, kl_tolerance);
    agent_free(&a);
  }
}

/* Equal advantages leave nothing to improve, but where longer episodes have more of them. */
static void without_advantages_the_policy_stays(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    if (class_of(&options)->step != RL_STEP_NATURAL || class_of(&options)->of_episodes) continue;
    agent a;
    float old[MAX_PARAMETERS];
    agent_new(&a, &box_def, &options);
    rl_rollout *batch = collect(&a, STEPS);
    memcpy(old, a.policy.network.theta.data, count(&a.policy.network) * sizeof(float));
    for (int i = 0; i < ROWS; i++) batch->advantage.data[i] = 3.0f;
    rl_method_stats stats = update(&a);
    assert_memory_equal(old, a.policy.network.theta.data, count(&a.policy.network) * sizeof(float));
    assert_true(stats.kl == 0.0 && stats.improvement == 0.0);
    agent_free(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trpo_keeps_to_its_region_and_never_lowers_the_surrogate),
      cmocka_unit_test(a_step_that_does_not_do_is_taken_back_bit_for_bit),
      cmocka_unit_test(npg_goes_as_far_as_the_asked_kl_to_second_order),
      cmocka_unit_test(npg_of_a_fixed_step_moves_by_that_times_the_natural_gradient),
      cmocka_unit_test(the_fisher_matrix_may_be_of_a_part_of_the_batch),
      cmocka_unit_test(the_kl_that_is_reported_is_the_one_there_is),
      cmocka_unit_test(without_advantages_the_policy_stays),
  };
  box_def = toy_box();
  pair_def = toy_pair();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
