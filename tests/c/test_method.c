/* Proximal policy optimisation: its two gradients against central differences of the whole loss written out
 * in double (networks, normalisation, distribution, clip, bonus), the table of the clip, what a batch holds,
 * and what one step does. What holds over whole runs is in test_ppo_run.c. */
#include "method.h"

#include "check.h"
#include "parallel.h"
#include "toy_agent.h"

static rl_env_def box_def, choice_def;

static void batches_of_other_lengths_go_on_where_the_last_one_ended(void **state) {
  (void)state;
  rl_method_options options = defaults_of(RL_PPO);
  agent whole, parts;
  agent_new(&whole, &box_def, &options);
  agent_new(&parts, &box_def, &options);
  const float *actions = collect(&whole, STEPS)->action.data;
  assert_memory_equal(collect(&parts, 15)->action.data, actions, 15 * COPIES * sizeof(float));
  assert_memory_equal(collect(&parts, 25)->action.data, actions + 15 * COPIES, 25 * COPIES * sizeof(float));
  assert_int_equal(rl_method_rollout(parts.method)->stats.total_steps, ROWS);
  agent_free(&whole);
  agent_free(&parts);
}

/* With one epoch of one minibatch the stats are those of the old parameters, and the step is Adam's first:
 * against the sign of the gradient, whose norm was clipped to max_grad_norm before. */
static void one_minibatch_is_one_clipped_step_of_adam(void **state) {
  (void)state;
  rl_method_options options = defaults_of(RL_PPO);
  options.epochs = 1;
  options.minibatch = ROWS;
  options.max_grad_norm = 1e-4; /* so small that Adam's epsilon shows how much was clipped */
  options.lr = 0.01;
  rl_error error;
  agent a;
  agent_new(&a, &box_def, &options);
  rl_rollout *b = collect(&a, STEPS);
  int index[ROWS];
  float d[2][MAX_PARAMETERS], before[2][MAX_PARAMETERS];
  rl_network *networks[] = {&a.policy.network, &a.value.network};
  for (int i = 0; i < ROWS; i++) index[i] = i;
  assert_ok(rl_method_gradient(a.method, index, ROWS, d[0], d[1], &error));
  for (int k = 0; k < 2; k++) memcpy(before[k], networks[k]->theta.data, count(networks[k]) * sizeof(float));
  double targets = 0.0, target_mean = 0.0, residual = 0.0, residual_mean = 0.0, loss = 0.0;
  for (int i = 0; i < ROWS; i++) target_mean += (double)b->target.data[i] / ROWS;
  for (int i = 0; i < ROWS; i++)
    residual_mean += ((double)b->target.data[i] - (double)b->value.data[i]) / ROWS;
  for (int i = 0; i < ROWS; i++) {
    double e = (double)b->target.data[i] - (double)b->value.data[i];
    targets += ((double)b->target.data[i] - target_mean) * ((double)b->target.data[i] - target_mean);
    residual += (e - residual_mean) * (e - residual_mean);
    loss += 0.5 * e * e / ROWS;
  }
  rl_method_stats stats = update(&a);
  assert_near(stats.approx_kl, 0.0, 1e-6);
  assert_near(stats.clip_fraction, 0.0, 0.0);
  assert_near(stats.policy_loss, 0.0, 1e-5); /* advantages have mean 0 */
  assert_near(stats.entropy, -0.5 + 1.4189385332, 1e-6);
  assert_near(stats.value_loss, loss, 1e-5 * loss);
  assert_near(stats.explained_variance, 1.0 - residual / targets, 1e-5);
  assert_near(stats.grad_norm, sqrt(inner(d[0], d[0], count(networks[0]))), 1e-5 * stats.grad_norm);
  assert_int_equal(stats.epochs, 1);
  for (int k = 0; k < 2; k++) {
    double scale = 1e-4 / sqrt(inner(d[k], d[k], count(networks[k])));
    for (size_t i = 0; i < count(networks[k]); i++) {
      double g = scale * (double)d[k][i], want = (double)before[k][i] - 0.01 * g / (fabs(g) + 1e-5);
      assert_near(networks[k]->theta.data[i], want, 0.01 * 2e-5 + 1e-7); /* see test_adam.c */
    }
  }
  agent_free(&a);
}

static void an_update_takes_the_batch_into_both_normalisers(void **state) {
  (void)state;
  rl_method_options options = defaults_of(RL_PPO);
  agent a;
  agent_new(&a, &box_def, &options);
  for (int i = 1; i <= 2; i++) {
    collect(&a, STEPS);
    assert_near(a.policy.network.normalizer.count, (i - 1) * ROWS, 0.0);
    update(&a);
    assert_near(a.policy.network.normalizer.count, i * ROWS, 0.0);
    assert_near(a.value.network.normalizer.count, i * ROWS, 0.0);
  }
  agent_free(&a);
}

/* With all old log-probabilities lowered by 1/2 the mean of ratio - 1 - log ratio is e^.5 - 1 - .5 = .1487.
 */
static void the_policy_stops_at_the_target_kl_and_the_value_does_not(void **state) {
  (void)state;
  const double kl = exp(0.5) - 1.5, targets[] = {0.09, 0.11}; /* times 1.5: below and above */
  for (int k = 0; k < 2; k++) {
    rl_method_options options = defaults_of(RL_PPO);
    options.target_kl = targets[k];
    options.epochs = 2;
    options.lr = 1e-6;
    agent a;
    agent_new(&a, &box_def, &options);
    rl_rollout *b = collect(&a, STEPS);
    float policy[MAX_PARAMETERS], value[MAX_PARAMETERS];
    size_t n_policy = count(&a.policy.network), n_value = count(&a.value.network);
    memcpy(policy, a.policy.network.theta.data, n_policy * sizeof(float));
    memcpy(value, a.value.network.theta.data, n_value * sizeof(float));
    for (int i = 0; i < ROWS; i++) b->log_prob.data[i] -= 0.5f;
    rl_method_stats stats = update(&a);
    assert_near(stats.approx_kl, kl, 1e-3); /* the steps of 1e-6 move it a little */
    assert_near(stats.clip_fraction, 1.0, 0.0);
    assert_int_equal(stats.epochs, k == 0 ? 1 : 2);
    assert_int_equal(memcmp(policy, a.policy.network.theta.data, n_policy * sizeof(float)) == 0, k == 0);
    assert_true(memcmp(value, a.value.network.theta.data, n_value * sizeof(float)) != 0);
    agent_free(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches_of_other_lengths_go_on_where_the_last_one_ended),
      cmocka_unit_test(one_minibatch_is_one_clipped_step_of_adam),
      cmocka_unit_test(an_update_takes_the_batch_into_both_normalisers),
      cmocka_unit_test(the_policy_stops_at_the_target_kl_and_the_value_does_not),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  rl_set_threads(
      1); /* but where threads are the question: waiting ones spin, which a busy machine makes slow */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
