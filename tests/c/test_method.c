/* Proximal policy optimisation: its two gradients against central differences of the whole loss written out
 * in double (networks, normalisation, distribution, clip, bonus), the table of the clip, what a batch holds,
 * and what one step does. What holds over whole runs is in test_ppo_run.c. */
#include "method.h"

#include "check.h"
#include "parallel.h"
#include "toy_agent.h"

static rl_env_def box_def, choice_def;

/* The normalised observation of one row, in double, from the statistics. */
static void normalized(const rl_network *network, const float *obs, double *x) {
  const rl_normalizer *n = &network->normalizer;
  for (int i = 0; i < OBS; i++) {
    x[i] = (double)obs[i];
    if (n->count > 0.0) x[i] = (x[i] - n->mean[i]) / sqrt(n->m2[i] / n->count + 1e-8);
    x[i] = fmin(fmax(x[i], -10.0), 10.0);
  }
}

static double log_prob_of(const agent *a, const double *theta, const float *obs, float action,
                          double *entropy) {
  const rl_mlp *mlp = &a->policy.network.mlp;
  const double pi = 3.14159265358979323846;
  double x[OBS], head[3], sum = 0.0;
  normalized(&a->policy.network, obs, x);
  reference_forward(mlp, theta, x, head);
  if (a->policy.action.kind == RL_BOX) {
    double log_std = theta[rl_mlp_parameters(mlp)], z = ((double)action - head[0]) / exp(log_std);
    *entropy = log_std + 0.5 * log(2.0 * pi * exp(1.0));
    return -0.5 * z * z - log_std - 0.5 * log(2.0 * pi);
  }
  for (int i = 0; i < 3; i++) sum += exp(head[i]);
  *entropy = 0.0;
  for (int i = 0; i < 3; i++) *entropy -= exp(head[i]) / sum * (head[i] - log(sum));
  return head[(int)action] - log(sum);
}

/* One minibatch of a batch, with what the loss needs of it besides the parameters. */
typedef struct minibatch {
  agent *agent;
  rl_rollout *batch;
  const rl_method_options *options;
  const int *index;
  int rows;
  double advantage[ROWS]; /* normalised */
} minibatch;

static void fill_minibatch(minibatch *m, agent *a, const int *index, int rows) {
  *m = (minibatch){a, rl_method_rollout(a->ppo), rl_method_get_options(a->ppo), index, rows, {0}};
  double mean = 0.0, variance = 0.0;
  for (int r = 0; r < rows; r++) m->advantage[r] = (double)m->batch->advantage.data[index[r]];
  if (rows < 2 || !m->options->normalize_advantage) return;
  for (int r = 0; r < rows; r++) mean += m->advantage[r] / rows;
  for (int r = 0; r < rows; r++) variance += (m->advantage[r] - mean) * (m->advantage[r] - mean) / rows;
  for (int r = 0; r < rows; r++) m->advantage[r] = (m->advantage[r] - mean) / (sqrt(variance) + 1e-8);
}

static double row_log_ratio(const minibatch *m, const double *theta, int r, double *entropy) {
  int i = m->index[r];
  return log_prob_of(m->agent, theta, m->batch->obs.data + i * OBS, m->batch->action.data[i], entropy) -
         (double)m->batch->log_prob.data[i];
}

/* Equation 7 of Schulman et al. 2017, negated, less the entropy bonus. */
static double policy_objective(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0, clip = m->options->clip;
  for (int r = 0; r < m->rows; r++) {
    double entropy, ratio = exp(row_log_ratio(m, theta, r, &entropy)), advantage = m->advantage[r];
    sum -= fmin(ratio * advantage, fmin(fmax(ratio, 1.0 - clip), 1.0 + clip) * advantage);
    sum -= m->options->entropy * entropy;
  }
  return sum / m->rows;
}

static double value_of(const agent *a, const double *theta, const float *obs) {
  double x[OBS], y;
  normalized(&a->value.network, obs, x);
  reference_forward(&a->value.network.mlp, theta, x, &y);
  return y;
}

static double value_objective(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0, range = m->options->value_clip;
  for (int r = 0; r < m->rows; r++) {
    int i = m->index[r];
    double v = value_of(m->agent, theta, m->batch->obs.data + i * OBS),
           target = (double)m->batch->target.data[i];
    double old = (double)m->batch->value.data[i], moved = old + fmin(fmax(v - old, -range), range);
    double loss = (v - target) * (v - target), clipped = (moved - target) * (moved - target);
    sum += 0.5 * (range > 0.0 && clipped > loss ? clipped : loss);
  }
  return m->options->value_coef * sum / m->rows;
}

/* Moves the parameters off those the batch was collected with, so that ratios and values differ from the old
 * ones. */
static void disturb(rl_network *network, float scale, uint64_t stream) {
  rl_rng rng;
  rl_rng_init(&rng, 1234, stream);
  for (size_t i = 0; i < count(network); i++) network->theta.data[i] += scale * rl_rng_normal(&rng);
}

static double clipped_share(const minibatch *m) {
  double theta[MAX_PARAMETERS], entropy, clip = m->options->clip, share = 0.0;
  widen(m->agent->policy.network.theta.data, theta, count(&m->agent->policy.network));
  for (int r = 0; r < m->rows; r++) {
    double ratio = exp(row_log_ratio(m, theta, r, &entropy));
    share += (ratio > 1.0 + clip && m->advantage[r] > 0.0) || (ratio < 1.0 - clip && m->advantage[r] < 0.0);
  }
  return share / m->rows;
}

/* float32 through two hidden layers, a distribution and a sum over the rows. */
static const double tolerance = 2e-5;

static void check_gradients(agent *a, const int *index, int rows) {
  minibatch m;
  rl_error error;
  float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
  double theta[MAX_PARAMETERS], want[MAX_PARAMETERS];
  size_t n_policy = count(&a->policy.network), n_value = count(&a->value.network);
  fill_minibatch(&m, a, index, rows);
  assert_ok(rl_method_gradient(a->ppo, index, rows, dpolicy, dvalue, &error));
  widen(a->policy.network.theta.data, theta, n_policy);
  central_differences(policy_objective, &m, theta, n_policy, want);
  assert_relative(dpolicy, want, n_policy, tolerance);
  widen(a->value.network.theta.data, theta, n_value);
  central_differences(value_objective, &m, theta, n_value, want);
  assert_relative(dvalue, want, n_value, tolerance);
  if (rows > 2) assert_in_range((unsigned)(100.0 * clipped_share(&m)), 5, 60); /* the clip has been at work */
}

/* One update first, so that the normalisers have statistics; then a fresh batch and other parameters. Pieces
 * are of 64 rows: 64 is one, 150 three. */
static void check_losses(const rl_env_def *def, rl_method_options options) {
  const int sizes[] = {1, 2, 64, 150};
  agent a;
  rl_rng rng;
  int index[ROWS];
  rl_rng_init(&rng, 17, 0);
  agent_new(&a, def, &options);
  collect(&a, STEPS);
  update(&a);
  collect(&a, STEPS);
  disturb(&a.policy.network, 0.15f, 0);
  disturb(&a.value.network, 0.05f, 1);
  for (int i = 0; i < ROWS; i++) index[i] = i;
  rl_rng_shuffle(&rng, index, ROWS);
  for (int i = 0; i < 4; i++) check_gradients(&a, index, sizes[i]);
  agent_free(&a);
}

static void gradients_agree_with_central_differences_of_the_whole_loss(void **state) {
  (void)state;
  rl_method_options options = rl_method_defaults(RL_PPO, true);
  check_losses(&box_def, options);
  check_losses(&choice_def, options);
  options.entropy = 0.03;
  options.value_clip = 0.1;
  options.value_coef = 0.7;
  check_losses(&box_def, options);
  check_losses(&choice_def, options);
  options.normalize_advantage = false;
  options.clip = 0.05;
  check_losses(&box_def, options);
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
  rl_method_options options = rl_method_defaults(RL_PPO, true);
  for (int d = 0; d < 2; d++) {
    agent a;
    agent_new(&a, defs[d], &options);
    rl_rollout *batch = collect(&a, STEPS);
    size_t n = count(&a.policy.network);
    double theta[MAX_PARAMETERS], entropy, want[MAX_PARAMETERS];
    widen(a.policy.network.theta.data, theta, n);
    for (int k = 0; k < 12; k++) {
      float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
      rl_error error;
      minibatch m;
      double log_prob = log_prob_of(&a, theta, batch->obs.data + k * OBS, batch->action.data[k], &entropy);
      batch->log_prob.data[k] = (float)(log_prob - log(table[k].ratio));
      batch->advantage.data[k] = table[k].advantage;
      assert_ok(rl_method_gradient(a.ppo, &k, 1, dpolicy, dvalue, &error));
      fill_minibatch(&m, &a, &k, 1);
      central_differences(policy_objective, &m, theta, n, want);
      assert_relative(dpolicy, want, n, tolerance);
      for (size_t i = 0; i < n && table[k].binds; i++) assert_true(dpolicy[i] == 0.0f);
      if (!table[k].binds) assert_true(inner(dpolicy, dpolicy, n) > 0.0);
    }
    agent_free(&a);
  }
}

/* Plays the actions of the batch again in an environment of the same seed. */
static void a_batch_holds_what_the_environment_and_the_networks_said(void **state) {
  (void)state;
  rl_method_options options = rl_method_defaults(RL_PPO, true);
  rl_error error;
  agent a;
  rl_vec_env *again;
  double theta[MAX_PARAMETERS], value_theta[MAX_PARAMETERS], entropy;
  int truncations = 0;
  agent_new(&a, &box_def, &options);
  widen(a.policy.network.theta.data, theta, count(&a.policy.network));
  widen(a.value.network.theta.data, value_theta, count(&a.value.network));
  rl_rollout *b = collect(&a, STEPS);
  assert_ok(rl_vec_env_create(&again, &box_def, COPIES, 1, 0, NULL, &error));
  rl_vec_env_reset(again, NULL);
  const rl_vec_view *view = rl_vec_env_view(again);
  for (int t = 0; t < STEPS; t++) {
    const float *obs = b->obs.data + t * COPIES * OBS;
    assert_memory_equal(obs, view->observation, COPIES * OBS * sizeof(float));
    assert_ok(rl_vec_env_step(again, b->action.data + t * COPIES, &error));
    assert_memory_equal(b->reward.data + t * COPIES, view->reward, COPIES * sizeof(float));
    assert_memory_equal(b->terminated + t * COPIES, view->terminated, COPIES);
    assert_memory_equal(b->truncated + t * COPIES, view->truncated, COPIES);
    for (int c = 0; c < COPIES; c++) {
      int i = t * COPIES + c;
      double cut = view->truncated[c] ? value_of(&a, value_theta, view->final_observation + c * OBS) : 0.0;
      assert_near(b->log_prob.data[i], log_prob_of(&a, theta, obs + c * OBS, b->action.data[i], &entropy),
                  1e-5);
      assert_near(b->value.data[i], value_of(&a, value_theta, obs + c * OBS), 1e-5);
      assert_near(b->cut_value.data[i], cut, 1e-5);
      truncations += view->truncated[c];
    }
  }
  assert_true(truncations > 0);
  for (int c = 0; c < COPIES; c++)
    assert_near(b->last_value.data[c], value_of(&a, value_theta, view->observation + c * OBS), 1e-5);
  rl_vec_env_free(again);
  agent_free(&a);
}

static void the_stats_of_a_batch_are_means_over_it(void **state) {
  (void)state;
  rl_method_options options = rl_method_defaults(RL_PPO, true);
  agent a;
  agent_new(&a, &box_def, &options);
  rl_rollout *b = collect(&a, 1);
  assert_true(isnan(b->stats.mean_return) && b->stats.episodes == 0);
  b = collect(&a, STEPS);
  double reward = 0.0;
  int episodes = 0, terminated = 0;
  for (int i = 0; i < ROWS; i++) {
    reward += (double)b->reward.data[i] / ROWS;
    episodes += b->terminated[i] || b->truncated[i];
    terminated += b->terminated[i];
  }
  assert_near(b->stats.mean_reward, reward, 1e-9);
  assert_near(b->stats.terms[0] + b->stats.terms[1], reward, 1e-6); /* the terms are its parts */
  assert_int_equal(b->stats.n_terms, 2);
  assert_int_equal(b->stats.episodes, episodes);
  assert_int_equal(b->stats.terminated, terminated);
  assert_int_equal(b->stats.total_steps, ROWS + COPIES);
  assert_true(b->stats.mean_length >= 2.0 && b->stats.mean_length <= 25.0);
  agent_free(&a);
}

static void batches_of_other_lengths_go_on_where_the_last_one_ended(void **state) {
  (void)state;
  rl_method_options options = rl_method_defaults(RL_PPO, true);
  agent whole, parts;
  agent_new(&whole, &box_def, &options);
  agent_new(&parts, &box_def, &options);
  const float *actions = collect(&whole, STEPS)->action.data;
  assert_memory_equal(collect(&parts, 15)->action.data, actions, 15 * COPIES * sizeof(float));
  assert_memory_equal(collect(&parts, 25)->action.data, actions + 15 * COPIES, 25 * COPIES * sizeof(float));
  assert_int_equal(rl_method_rollout(parts.ppo)->stats.total_steps, ROWS);
  agent_free(&whole);
  agent_free(&parts);
}

/* With one epoch of one minibatch the stats are those of the old parameters, and the step is Adam's first:
 * against the sign of the gradient, whose norm was clipped to max_grad_norm before. */
static void one_minibatch_is_one_clipped_step_of_adam(void **state) {
  (void)state;
  rl_method_options options = rl_method_defaults(RL_PPO, true);
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
  assert_ok(rl_method_gradient(a.ppo, index, ROWS, d[0], d[1], &error));
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
  rl_method_options options = rl_method_defaults(RL_PPO, true);
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
    rl_method_options options = rl_method_defaults(RL_PPO, true);
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
      cmocka_unit_test(gradients_agree_with_central_differences_of_the_whole_loss),
      cmocka_unit_test(the_gradient_vanishes_exactly_where_the_clip_binds),
      cmocka_unit_test(a_batch_holds_what_the_environment_and_the_networks_said),
      cmocka_unit_test(the_stats_of_a_batch_are_means_over_it),
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
