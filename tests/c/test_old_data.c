/* Learning from steps of others: the weights and gradients of advantage-weighted and off-policy actor-critic, cases worked by
 * hand, what a memory refuses, and updates without a batch. Methods of every kind are in test_method*.c. */
#include "learner_gradient.h"
#include "method/method_internal.h"
#include "toy_agent.h"

#include <math.h>
#include <string.h>

static rl_env_def box_def, choice_def;

static rl_method_options options_of(const char *name) {
  rl_method_options options = defaults_of(name);
  options.minibatch = 70; /* a piece and a short one */
  options.sgd = true;
  options.entropy_coef = class_of(&options)->objective == RL_RATIO ? 0.1 : 0.0;
  return options;
}

/* Stops in front of the policy's pass of the first gradient step, with weights. */
static rl_replay *begin(agent *a) {
  rl_error error;
  collect(a, STEPS);
  update(a);
  disturb(&a->policy.network, 0.1f, 1);
  collect(a, STEPS);
  disturb(&a->policy.network, 0.1f, 2);
  assert_ok(rl_method_begin_update(a->method, &error));
  assert_true(rl_replay_advance(a->method));
  return a->method->replay;
}

static double with_bonus(const rl_learner *learner) {
  return learner->stats[RL_STAT_POLICY_LOSS] - 0.1 * learner->stats[RL_STAT_ENTROPY];
}

static void likelihoods_have_their_gradients(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    const bool ratio = k >= 2;
    rl_method_options options = options_of(ratio ? "off_pac" : "awac");
    agent a;
    agent_new(&a, k % 2 ? &choice_def : &box_def, &options);
    rl_replay *r = begin(&a);
    r->way->weigh(a.method);
    check_learner_gradient(&a.method->policy_learner, r, ratio ? with_bonus : policy_loss_of, 1e-3f, 2e-3);
    rl_method_stop(a.method);
    agent_free(&a);
  }
}

/* Weights are in the proportion of exp(A / scale), and 1 on average; a large scale makes them all alike. */
static void better_actions_weigh_more(void **state) {
  (void)state;
  for (int k = 0; k < 2; k++) {
    rl_method_options options = options_of("awac");
    options.advantage_scale = k ? 1e9 : 0.5;
    agent a;
    agent_new(&a, &box_def, &options);
    rl_replay *r = begin(&a);
    r->way->weigh(a.method);
    double sum = 0.0;
    for (int row = 0; row < r->rows; row++) sum += (double)r->weight[row];
    assert_near(sum, r->rows, 1e-3);
    float q[2][2]; /* of rows 0 and 1, by both critics */
    for (int c = 0; c < RL_CRITICS; c++) {
      rl_network *critic = c ? &r->twin : &a.value.network;
      const float *in = a.method->value_learner.input;
      float work[4096];
      assert_true(rl_mlp_workspace(&critic->mlp, 2) < 4096);
      memcpy(q[c], rl_mlp_forward(&critic->mlp, critic->theta.data, NULL, in, 2, work), sizeof q[c]);
    }
    const double first = (double)fminf(q[0][0], q[1][0]) - (double)r->worth[0],
                 second = (double)fminf(q[0][1], q[1][1]) - (double)r->worth[1];
    assert_near(log((double)r->weight[0] / (double)r->weight[1]), (first - second) / options.advantage_scale,
                1e-3);
    rl_method_stop(a.method);
    agent_free(&a);
  }
}

/* Whose gradient, but for what it takes to be constant, is rho (delta grad V(s) - gamma h(s) grad V(s')). */
static double corrected_loss(void *context) {
  const rl_method *method = context;
  const rl_learner *learner = &method->value_learner;
  const rl_replay *r = method->replay;
  const rl_mlp *mlp = &learner->network->mlp;
  const int rows = r->rows;
  float work[32768];
  double sum = 0.0;
  assert_true(rl_mlp_workspace(mlp, 2 * rows) < sizeof work / sizeof *work);
  const float *v = rl_mlp_forward(mlp, learner->network->theta.data, NULL, learner->input, 2 * rows, work);
  for (int row = 0; row < rows; row++)
    sum += (double)r->ratio[row] *
           (-(double)r->target[row] * (double)v[row] +
            0.9 * (double)r->goes_on[row] * (double)r->aside[row] * (double)v[rows + row]) /
           rows;
  return sum;
}

static void a_corrected_value_steps_along_both_terms(void **state) {
  (void)state;
  rl_method_options options = options_of("off_pac");
  options.collect.gamma = 0.9;
  options.collect.rho_clip = 1.1;
  agent a;
  agent_new(&a, &box_def, &options);
  const rl_replay *r = begin(&a);
  rl_learner *learner = &a.method->value_learner;
  const size_t n = count(learner->network);
  float gradient[MAX_PARAMETERS];
  double want[MAX_PARAMETERS];
  rl_learner_gradient(learner, r->index, 2 * r->rows);
  memcpy(gradient, learner->gradient, n * sizeof *gradient);
  float_differences(corrected_loss, a.method, learner->network->theta.data, n, 1e-3f, want);
  assert_relative(gradient, want, n, 2e-3);
  for (int row = 0; row < r->rows; row++) assert_true(r->ratio[row] > 0.0f && r->ratio[row] <= 1.1f);
  rl_method_stop(a.method);
  agent_free(&a);
}

/* Steps from x = 1 to x = 2 without a reward, and V linear: "w, 2w" (Tsitsiklis & Van Roy 1997). With gamma = .9 each TD
 * error of plain learning makes the next larger: .7 times its rate for V = w x + b; corrected it comes to rest. */
static void plain_learning_runs_away_where_the_corrected_rests(void **state) {
  (void)state;
  enum { N = 8 };
  float obs[N][OBS] = {{0}}, next[N][OBS] = {{0}}, action[N] = {0}, reward[N] = {0}, terminated[N] = {0},
        log_prob[N] = {0};
  for (int k = 0; k < N; k++) {
    obs[k][0] = 1.0f;
    next[k][0] = 2.0f;
  }
  const rl_steps steps = {N, obs[0], action, reward, next[0], terminated, log_prob, NULL};
  double left[2], at_first[2];
  for (int corrected = 0; corrected < 2; corrected++) {
    rl_method_options options = options_of("off_pac");
    options.minibatch = N;
    options.collect.gamma = 0.9;
    options.ratios = false;
    options.correction = corrected;
    options.lr = 1e-9; /* the policy stays */
    options.value_lr = 0.05;
    options.max_grad_norm = 0.0;
    rl_error error;
    rl_method_stats stats;
    agent a;
    agent_new_of(&a, &(agent_parts){.no_hidden = true}, &box_def, &options, 1);
    a.value.network.normalizer.size = 0; /* obs as they are */
    a.policy.network.normalizer.size = 0;
    float *theta = a.value.network.theta.data;
    for (size_t i = 0; i < count(&a.value.network); i++) theta[i] = 1.0f;
    assert_ok(rl_method_remember(a.method, &steps, &error));
    assert_int_equal(rl_method_remembered(a.method), N);
    assert_ok(rl_method_update_offline(a.method, 1, &stats, &error));
    at_first[corrected] = sqrt(2.0 * stats.value_loss);
    assert_near(at_first[corrected], 0.7, 1e-5); /* .9 (2 + 1) - (1 + 1) */
    assert_ok(rl_method_update_offline(a.method, 400, &stats, &error));
    assert_ok(rl_method_update_offline(a.method, 1, &stats, &error));
    left[corrected] = sqrt(2.0 * stats.value_loss);
    agent_free(&a);
  }
  assert_true(left[0] > 1e3);
  assert_true(left[1] < 0.07);
}

/* What the policy does twice as often as who acted weighs twice. */
static void ratios_are_to_who_acted(void **state) {
  (void)state;
  enum { N = 70 };
  float obs[N][OBS], action[N], reward[N] = {0}, terminated[N] = {0}, log_prob[N];
  rl_method_options options = options_of("off_pac");
  options.collect.rho_clip = 100.0;
  rl_error error;
  agent a;
  agent_new(&a, &choice_def, &options);
  for (int k = 0; k < N; k++) {
    obs[k][0] = 0.01f * (float)k;
    obs[k][1] = -0.3f;
    action[k] = (float)(k % 2);
  }
  rl_dist dist;
  assert_ok(rl_policy_dist(&a.policy, obs[0], N, &dist, &error));
  rl_dist_log_prob(&dist, N, action, log_prob);
  for (int k = 0; k < N; k++) log_prob[k] -= 0.693147181f;
  const rl_steps steps = {N, obs[0], action, reward, obs[0], terminated, log_prob, NULL};
  a.policy.network.normalizer.size = a.value.network.normalizer.size = 0;
  assert_ok(rl_method_remember(a.method, &steps, &error));
  assert_ok(rl_method_begin_offline(a.method, 1, &error));
  assert_true(rl_replay_advance(a.method));
  for (int row = 0; row < N; row++) assert_near((double)a.method->replay->ratio[row], 2.0, 2e-2);
  rl_method_stop(a.method);
  agent_free(&a);
}

static void what_cannot_be_remembered_is_named(void **state) {
  (void)state;
  rl_error error;
  rl_method_stats stats;
  agent a;
  rl_method_options options = options_of("off_pac");
  agent_new(&a, &choice_def, &options);
  float obs[2][OBS] = {{0}}, action[2] = {0, 1}, reward[2] = {0}, terminated[2] = {0, 1}, log_prob[2] = {0};
  rl_steps steps = {2, obs[0], action, reward, obs[0], terminated, NULL, NULL};
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_BAD_ARGUMENT, "log_prob is missing");
  steps.log_prob = log_prob;
  action[1] = 99.0f;
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_BAD_ARGUMENT, "action of step 2");
  action[1] = 1.0f;
  reward[1] = NAN;
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_NOT_FINITE, "reward of step 2");
  reward[1] = 0.0f;
  terminated[0] = 0.5f;
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_BAD_ARGUMENT, "terminated of step 1");
  terminated[0] = 0.0f;
  assert_int_equal(rl_method_remembered(a.method), 0);
  assert_ok(rl_method_remember(a.method, &steps, &error));
  assert_refused(rl_method_update_offline(a.method, 5, &stats, &error), RL_BAD_ARGUMENT,
                 "the memory has 2 steps, fewer than a minibatch of 70");
  agent_free(&a);
  options = defaults_of("ppo");
  agent_new(&a, &choice_def, &options);
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_BAD_ARGUMENT, "has no memory");
  agent_free(&a);
  const rl_env_def masked = toy_factors();
  options = options_of("off_pac");
  agent_new(&a, &masked, &options);
  float seen[] = {0, 0, 1, 1, 1, 1, 1}, next[] = {0, 0, 0, 1, 0, 0, 0}, of_three[3] = {0};
  steps = (rl_steps){1, seen, of_three, reward, next, terminated, log_prob, NULL};
  assert_refused(rl_method_remember(a.method, &steps, &error), RL_BAD_ARGUMENT,
                 "next_obs of step 1: the mask of brake allows none of 2 choices");
  terminated[0] = 1.0f; /* nothing is done there */
  assert_ok(rl_method_remember(a.method, &steps, &error));
  agent_free(&a);
}

/* Demonstrations are remembered with the frames that the policy reads: the oldest first, the first of an episode standing for
 * those before it. */
static void demonstrations_are_remembered_as_the_policy_reads_them(void **state) {
  (void)state;
  for (int history = 1; history <= 3; history += 2) {
    rl_method_options options = options_of("awac");
    rl_error error;
    rl_demonstration demo;
    agent a;
    agent_new_of(&a, &(agent_parts){.history = history}, &choice_def, &options, 1);
    assert_ok(demonstrate(&demo, &choice_def, &error));
    assert_ok(rl_method_remember_shown(a.method, &demo, &error));
    const rl_memory *memory = &a.method->replay->memory;
    assert_int_equal(memory->count, demo.steps);
    for (int64_t k = 0, begin = 0; k < demo.steps; k++) {
      const rl_memory_step step = rl_memory_at(memory, (int)k);
      const bool ends = demo.terminated[k] || demo.truncated[k];
      for (int f = 0; f < history; f++) {
        const int64_t at = k - history + 1 + f;
        const float *seen = demo.obs + (at < begin ? begin : at) * OBS,
                    *then = f == history - 1 ? rl_demonstration_next(&demo, k)
                                             : demo.obs + (at + 1 < begin ? begin : at + 1) * OBS;
        assert_memory_equal(step.obs + f * OBS, seen, OBS * sizeof(float));
        assert_memory_equal(step.after + f * OBS, then, OBS * sizeof(float));
      }
      assert_float_equal(step.action[0], demo.actions[k], 0.0f);
      assert_float_equal(step.reward, demo.reward[k], 0.0f);
      assert_int_equal(step.goes_on, !demo.terminated[k]);
      if (ends) begin = k + 1;
    }
    agent_free(&a);
    options = options_of("off_pac");
    agent_new(&a, &choice_def, &options);
    assert_refused(rl_method_remember_shown(a.method, &demo, &error), RL_BAD_ARGUMENT,
                   "the demonstration: off_pac weighs steps by how likely they were: log_prob is missing");
    agent_free(&a);
    options = options_of("awac");
    agent_new(&a, &box_def, &options);
    assert_refused(rl_method_remember_shown(a.method, &demo, &error), RL_BAD_SHAPE, "the demonstration");
    assert_int_equal(rl_method_remembered(a.method), 0);
    agent_free(&a);
    rl_demonstration_release(&demo);
  }
}

/* Saved in the middle of an update without a batch, while a batch waits for its own, and gone on with elsewhere. */
static void an_update_without_a_batch_goes_on_with_the_same_bytes(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = options_of(method_name(kind));
    if (!remembers(class_of(&options))) continue;
    rl_error error;
    rl_method_stats stats;
    agent a, b;
    const agent_parts parts = {.normalizer = (rl_normalizer_map)(kind % 3)};
    agent_new_of(&a, &parts, &box_def, &options, 1);
    agent_new_of(&b, &parts, &box_def, &options, 1);
    collect(&a, STEPS);
    update(&a);
    collect(&a, STEPS);
    assert_ok(rl_method_begin_offline(a.method, 5, &error));
    for (int k = 0; k < 7; k++) assert_ok(rl_method_advance(a.method, &stats, &error));
    rl_archive *half = state_of(&a);
    load_state(&b, half);
    agent *both[] = {&a, &b};
    for (int k = 0; k < 2; k++) {
      while (rl_method_phase_of(both[k]->method) == RL_UPDATING)
        assert_ok(rl_method_advance(both[k]->method, &stats, &error));
      assert_near(stats.gradient_steps, 5.0, 0.0);
      assert_true(rl_method_has_batch(both[k]->method));
      update(both[k]);
    }
    assert_memory_equal(a.policy.network.theta.data, b.policy.network.theta.data,
                        count(&a.policy.network) * sizeof(float));
    assert_memory_equal(a.value.network.theta.data, b.value.network.theta.data,
                        count(&a.value.network) * sizeof(float));
    rl_archive_free(half);
    agent_free(&a);
    agent_free(&b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(likelihoods_have_their_gradients),
      cmocka_unit_test(better_actions_weigh_more),
      cmocka_unit_test(a_corrected_value_steps_along_both_terms),
      cmocka_unit_test(plain_learning_runs_away_where_the_corrected_rests),
      cmocka_unit_test(ratios_are_to_who_acted),
      cmocka_unit_test(what_cannot_be_remembered_is_named),
      cmocka_unit_test(demonstrations_are_remembered_as_the_policy_reads_them),
      cmocka_unit_test(an_update_without_a_batch_goes_on_with_the_same_bytes),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
