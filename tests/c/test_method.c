/* What collecting and updating do, method by method: which estimates, how many steps of which kind and size,
 * and what the stats say. The gradients themselves are in test_objective.c, the steps of natural methods in
 * test_trust_region.c, and what holds over whole runs in test_method_run.c. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "toy_agent.h"

static rl_env_def box_def, choice_def;

static void batches_of_other_lengths_go_on_where_the_last_one_ended(void **state) {
  (void)state;
  rl_method_options options = defaults_of("ppo");
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
  rl_method_options options = defaults_of("ppo");
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
  assert_int_equal(stats.epochs_done, 1);
  for (int k = 0; k < 2; k++) {
    double scale = 1e-4 / sqrt(inner(d[k], d[k], count(networks[k])));
    for (size_t i = 0; i < count(networks[k]); i++) {
      double g = scale * (double)d[k][i], want = (double)before[k][i] - 0.01 * g / (fabs(g) + 1e-5);
      assert_near(networks[k]->theta.data[i], want, 0.01 * 2e-5 + 1e-7); /* see test_adam.c */
    }
  }
  agent_free(&a);
}

/* An update takes the steps of its batch in, those that were taken. */
static void an_update_takes_the_batch_into_both_normalisers(void **state) {
  (void)state;
  for (int episodes = 0; episodes < 2; episodes++) {
    rl_method_options options = defaults_of("ppo");
    options.collect.episodes = episodes;
    agent a;
    double sum = 0.0, n = 0.0;
    agent_new(&a, &box_def, &options);
    rl_vec_env_options(a.env)[TOY_NOISE] = 0.35; /* some copies finish early */
    for (int i = 1; i <= 2; i++) {
      const rl_rollout *b = collect(&a, STEPS);
      assert_near(a.policy.network.normalizer.count, n, 0.0);
      for (int k = 0; k < b->n_rows; k++) sum += (double)b->obs.data[b->rows[k] * OBS];
      n += b->n_rows;
      update(&a);
      assert_near(a.policy.network.normalizer.count, n, 0.0);
      assert_near(a.policy.network.normalizer.mean[0], sum / n, 1e-9);
      assert_near(a.value.network.normalizer.count, n, 0.0);
    }
    agent_free(&a);
  }
}

/* With all old log-probabilities lowered by 1/2 the mean of ratio - 1 - log ratio is e^.5 - 1 - .5
 * = .1487. */
static void the_policy_stops_at_the_target_kl_and_the_value_does_not(void **state) {
  (void)state;
  const double kl = exp(0.5) - 1.5, targets[] = {0.09, 0.11}; /* times 1.5: below and above */
  for (int k = 0; k < 2; k++) {
    rl_method_options options = defaults_of("ppo");
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
    assert_int_equal(stats.epochs_done, k == 0 ? 1 : 2);
    assert_int_equal(memcmp(policy, a.policy.network.theta.data, n_policy * sizeof(float)) == 0, k == 0);
    assert_true(memcmp(value, a.value.network.theta.data, n_value * sizeof(float)) != 0);
    agent_free(&a);
  }
}

/* Updates so far that Adam has made of the policy or the value. */
static int64_t adam_steps(const agent *a, const char *name) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  int64_t steps;
  assert_ok(rl_method_save(a->method, archive, "method", &error));
  assert_ok(rl_archive_get(archive, name, RL_I64, 1, &steps, &error));
  rl_archive_free(archive);
  return steps;
}

/* 240 rows in minibatches of 64 are 4 steps an epoch, those of episodes fewer. One-step methods take theirs
 * over the whole batch, natural ones without Adam; either way the value is fitted in epochs. Each worker takes one step
 * with either. 240 steps at .05 gradient steps each are 12, too. */
static void each_method_takes_its_steps(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    const rl_method_class *c = class_of(&options);
    options.collect.episodes = c->groups;
    options.epochs = 3;
    options.minibatch = 64;
    options.replay = 0.05;
    agent a;
    agent_new(&a, &box_def, &options);
    const bool workers = c->step == RL_STEP_WORKERS;
    const int rows = collect(&a, STEPS)->n_rows, steps = workers ? COPIES : 3 * ((rows + 63) / 64);
    assert_true(c->groups || workers || steps == 12);
    const int epochs = update(&a).epochs_done;
    assert_int_equal(epochs, c->step == RL_STEP_EPOCHS ? 3 : remembers(c) ? 0 : 1);
    const int expected[] = {
        [RL_STEP_EPOCHS] = steps, [RL_STEP_ONCE] = 1, [RL_STEP_WORKERS] = COPIES, [RL_STEP_REPLAY] = 12};
    assert_int_equal(adam_steps(&a, "method.policy_adam.step"),
                     c->step == RL_STEP_NATURAL ? 0 : expected[c->step]);
    if (!c->groups) assert_int_equal(adam_steps(&a, "method.value_adam.step"), steps);
    agent_free(&a);
  }
}

/* theta -= lr gradient, for the value with a rate of its own; both fall to 0 over four updates. The first layer follows the
 * normaliser besides. */
static void plain_steps_are_annealed_to_nothing(void **state) {
  (void)state;
  rl_method_options options = defaults_of("a2c");
  rl_error error;
  agent a;
  options.sgd = true;
  options.lr = 0.05;
  options.value_lr = 0.02;
  options.max_grad_norm = 0.0;
  options.anneal = 4;
  agent_new(&a, &box_def, &options);
  rl_network *networks[] = {&a.policy.network, &a.value.network};
  for (int i = 0; i < 6; i++) {
    const rl_rollout *b = collect(&a, STEPS);
    float d[2][MAX_PARAMETERS], old[2][MAX_PARAMETERS];
    assert_ok(rl_method_gradient(a.method, b->rows, ROWS, d[0], d[1], &error));
    for (int k = 0; k < 2; k++) memcpy(old[k], networks[k]->theta.data, count(networks[k]) * sizeof(float));
    update(&a);
    for (int k = 0; k < 2; k++) {
      double lr = (k == 0 ? 0.05 : 0.02) * (i < 4 ? 1.0 - i / 4.0 : 0.0);
      const size_t first = rl_mlp_layer_at(&networks[k]->mlp, 1).weight;
      for (size_t n = i == 0 ? 0 : first; n < count(networks[k]); n++)
        assert_near(networks[k]->theta.data[n], (double)old[k][n] - lr * (double)d[k][n], 2e-7);
      if (i >= 4)
        assert_memory_equal(old[k] + first, networks[k]->theta.data + first,
                            (count(networks[k]) - first) * sizeof(float));
    }
  }
  agent_free(&a);
}

/* Twice as strong when the KL is over 1.5 times what it aims at, half when it is under 1 / 1.5. */
static void the_penalty_adapts_to_the_kl(void **state) {
  (void)state;
  double reached = 0.0;
  const struct {
    double times, beta; /* of the KL reached without a change; what becomes of a beta of .3 */
  } table[] = {{1.0, 0.3}, {1.4, 0.3}, {1.6, 0.15}, {0.7, 0.3}, {0.6, 0.6}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rl_method_options options = defaults_of("ppo_penalty");
    options.kl_coef = 0.3;
    options.max_kl = i == 0 ? 0.01 : reached * table[i].times;
    agent a;
    agent_new(&a, &box_def, &options);
    collect(&a, STEPS);
    rl_method_stats stats = update(&a);
    reached = stats.kl;
    assert_true(reached > 0.0);
    if (i > 0) assert_near(stats.beta, table[i].beta, 1e-12);
    agent_free(&a);
  }
}

static void a_method_has_the_stats_that_mean_something(void **state) {
  (void)state;
  enum {
    KL = 1,
    CLIP = 2,
    VALUE = 4,
    BETA = 8,
    NATURAL = 16,
    SEARCH = 32,
    BASE = 64,
    BATCH = 128,
    MEMORY = 256,
    TEMPERATURE = 512,
    WEIGHTS = 1024,
    ENTROPY = 2048
  };
  for (int i = 0; i < 2 * method_count(); i++) {
    rl_method_options options = defaults_of(method_name(i / 2));
    const rl_method_class *c = class_of(&options);
    const agent_parts parts = parts_of(c, i % 2);
    const bool many_steps = c->step == RL_STEP_EPOCHS || c->step == RL_STEP_WORKERS || remembers(c);
    unsigned of_method = (!many_steps || c->adaptive_penalty ? KL : 0) |
                         (remembers(c) ? MEMORY | (c->objective == RL_SOFT            ? TEMPERATURE
                                                   : c->objective == RL_DETERMINISTIC ? 0
                                                                                      : WEIGHTS)
                                       : BATCH) |
                         (c->objective == RL_DETERMINISTIC ? 0 : ENTROPY) |
                         (c->objective == RL_CLIPPED ? CLIP : 0) | (c->objective == RL_PENALIZED ? BETA : 0) |
                         (c->step == RL_STEP_NATURAL ? NATURAL : 0) | (c->line_search ? SEARCH : 0) |
                         (c->groups ? 0 : VALUE) | (parts.with_base ? BASE : 0);
    agent a;
    agent_new_of(&a, &parts, &box_def, &options, 1);
    collect(&a, STEPS);
    rl_method_stats s = update(&a);
    const struct {
      double value;
      unsigned flag; /* 0: of all methods */
    } stats[] = {{s.approx_kl, BATCH},
                 {s.entropy, ENTROPY},
                 {s.policy_loss, 0},
                 {s.grad_norm, 0},
                 {s.kl, KL},
                 {s.clip_fraction, CLIP},
                 {s.value_loss, VALUE},
                 {s.beta, BETA},
                 {remembers(c) ? 0.0 : s.explained_variance, VALUE},
                 {s.alpha, TEMPERATURE},
                 {s.effective_fraction, WEIGHTS},
                 {s.mean_q, MEMORY},
                 {s.gradient_steps, MEMORY},
                 {s.remembered, MEMORY},
                 {s.improvement, NATURAL},
                 {s.backtracks, SEARCH},
                 {s.base_kl, BASE}};
    for (size_t k = 0; k < sizeof stats / sizeof *stats; k++) {
      bool has = stats[k].flag == 0 || (of_method & stats[k].flag) != 0;
      assert_true(has ? isfinite(stats[k].value) : isnan(stats[k].value));
    }
    agent_free(&a);
  }
}

/* With a discount of 0 the return is the reward, divided by the deviation of all of them (1e-8 beside the
 * variance) and clipped, or one of the two. What the batch shows are the rewards of the environment. */
static void estimates_are_of_filtered_rewards(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    rl_method_options options = defaults_of("ppo");
    double clip = k < 2 ? 0.9 : 0.0, mean = 0.0, variance = 0.0, clipped = 0.0;
    options.collect.advantage = RL_REWARD_TO_GO;
    options.collect.gamma = 0.0;
    options.collect.reward_scaling = k % 2 == 1;
    options.collect.reward_clip = clip;
    agent a;
    agent_new(&a, &box_def, &options);
    const rl_rollout *b = collect(&a, STEPS);
    for (int i = 0; i < ROWS; i++) mean += (double)b->reward.data[i] / ROWS;
    for (int i = 0; i < ROWS; i++)
      variance += ((double)b->reward.data[i] - mean) * ((double)b->reward.data[i] - mean) / ROWS;
    double scale = k % 2 == 1 ? 1.0 / sqrt(variance + 1e-8) : 1.0;
    for (int i = 0; i < ROWS; i++) {
      double r = (double)b->reward.data[i] * scale;
      assert_near(b->advantage.data[i], clip > 0.0 ? fmin(fmax(r, -clip), clip) : r, 2e-6);
      clipped += fabs(r) > 0.9;
    }
    assert_near(b->stats.mean_reward, mean, 1e-6);
    assert_true(clipped > 0.0 && clipped < ROWS);
    agent_free(&a);
  }
}

/* Two groups of three copies: each copy's advantage is one number, its return less the group's mean over the
 * group's deviation. */
static void grpo_compares_the_episodes_of_a_group(void **state) {
  (void)state;
  rl_method_options options = defaults_of("grpo");
  agent a;
  double returns[COPIES] = {0};
  agent_new_of(&a, &(agent_parts){.no_value = true}, &box_def, &options, 1);
  const rl_rollout *b = collect(&a, STEPS);
  for (int k = 0; k < b->n_rows; k++) returns[b->rows[k] % COPIES] += (double)b->reward.data[b->rows[k]];
  for (int k = 0; k < b->n_rows; k++) {
    int i = b->rows[k], c = i % COPIES, first = c - c % 3;
    double mean = (returns[first] + returns[first + 1] + returns[first + 2]) / 3.0, variance = 0.0;
    for (int m = first; m < first + 3; m++) variance += (returns[m] - mean) * (returns[m] - mean) / 3.0;
    assert_near(b->advantage.data[i], (returns[c] - mean) / sqrt(variance), 1e-5);
  }
  update(&a);
  agent_free(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches_of_other_lengths_go_on_where_the_last_one_ended),
      cmocka_unit_test(one_minibatch_is_one_clipped_step_of_adam),
      cmocka_unit_test(an_update_takes_the_batch_into_both_normalisers),
      cmocka_unit_test(the_policy_stops_at_the_target_kl_and_the_value_does_not),
      cmocka_unit_test(each_method_takes_its_steps),
      cmocka_unit_test(plain_steps_are_annealed_to_nothing),
      cmocka_unit_test(the_penalty_adapts_to_the_kl),
      cmocka_unit_test(a_method_has_the_stats_that_mean_something),
      cmocka_unit_test(estimates_are_of_filtered_rewards),
      cmocka_unit_test(grpo_compares_the_episodes_of_a_group),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  rl_set_threads(
      1); /* but where threads are the question: waiting ones spin, which a busy machine makes slow */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
