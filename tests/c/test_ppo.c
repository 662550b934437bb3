/* Proximal policy optimisation: its two gradients against central differences of the whole loss written out in double
 * (networks, normalisation, distribution, clip, bonus), the table of the clip, what a batch holds, what stops an
 * update, and that a run is the same bytes for any number of threads and through a checkpoint. */
#include "ppo.h"

#include "check.h"
#include "memory.h"
#include "parallel.h"
#include "toy_env.h"

#include <stdio.h>
#include <unistd.h>

enum { COPIES = 6, STEPS = 40, ROWS = COPIES * STEPS, OBS = 2, MAX_PARAMETERS = 128 };

static rl_env_def box_def, choice_def;

typedef struct agent {
  rl_vec_env *env;
  rl_policy policy;
  rl_value value;
  rl_ppo *ppo;
} agent;

static rl_network_options small_network(uint64_t seed) {
  rl_network_options options = rl_network_defaults(0.5f); /* so large that actions depend on observations at once */
  options.hidden[0] = 6;
  options.hidden[1] = 5;
  options.seed = seed;
  return options;
}

static rl_status agent_create(agent *a, const rl_env_def *def, const rl_ppo_options *options, uint64_t seed,
                              rl_error *error) {
  *a = (agent){0};
  rl_network_options network = small_network(seed);
  rl_status status = rl_vec_env_create(&a->env, def, COPIES, seed, 0, NULL, error);
  if (!status) status = rl_policy_init(&a->policy, &def->observation, &def->action, &network, -0.5f, error);
  if (!status) status = rl_value_init(&a->value, &def->observation, &network, error);
  if (!status) status = rl_ppo_create(&a->ppo, a->env, &a->policy, &a->value, options, error);
  return status;
}

static void agent_free(agent *a) {
  rl_ppo_free(a->ppo);
  rl_policy_release(&a->policy);
  rl_value_release(&a->value);
  rl_vec_env_free(a->env);
}

/* Its pointers into the agent are why it is filled in place. */
static void agent_new(agent *a, const rl_env_def *def, const rl_ppo_options *options) {
  rl_error error;
  assert_ok(agent_create(a, def, options, 1, &error));
}

static rl_rollout *collect(agent *a, int steps) {
  rl_error error;
  assert_ok(rl_ppo_collect(a->ppo, steps, &error));
  return rl_ppo_rollout(a->ppo);
}

static rl_ppo_stats update(agent *a) {
  rl_error error;
  rl_ppo_stats stats;
  assert_ok(rl_ppo_update(a->ppo, &stats, &error));
  return stats;
}

static size_t count(const rl_network *network) { return (size_t)network->theta.shape[0]; }

/* The normalised observation of one row, in double, from the statistics. */
static void normalized(const rl_network *network, const float *obs, double *x) {
  const rl_normalizer *n = &network->normalizer;
  for (int i = 0; i < OBS; i++) {
    x[i] = (double)obs[i];
    if (n->count > 0.0) x[i] = (x[i] - n->mean[i]) / sqrt(n->m2[i] / n->count + 1e-8);
    x[i] = fmin(fmax(x[i], -10.0), 10.0);
  }
}

static double log_prob_of(const agent *a, const double *theta, const float *obs, float action, double *entropy) {
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
  const rl_ppo_options *options;
  const int *index;
  int rows;
  double advantage[ROWS]; /* normalised */
} minibatch;

static void fill_minibatch(minibatch *m, agent *a, const int *index, int rows) {
  *m = (minibatch){a, rl_ppo_rollout(a->ppo), rl_ppo_get_options(a->ppo), index, rows, {0}};
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
    double v = value_of(m->agent, theta, m->batch->obs.data + i * OBS), target = (double)m->batch->target.data[i];
    double old = (double)m->batch->value.data[i], moved = old + fmin(fmax(v - old, -range), range);
    double loss = (v - target) * (v - target), clipped = (moved - target) * (moved - target);
    sum += 0.5 * (range > 0.0 && clipped > loss ? clipped : loss);
  }
  return m->options->value_coef * sum / m->rows;
}

/* Moves the parameters off those the batch was collected with, so that ratios and values differ from the old ones. */
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
  assert_ok(rl_ppo_gradient(a->ppo, index, rows, dpolicy, dvalue, &error));
  widen(a->policy.network.theta.data, theta, n_policy);
  central_differences(policy_objective, &m, theta, n_policy, want);
  assert_relative(dpolicy, want, n_policy, tolerance);
  widen(a->value.network.theta.data, theta, n_value);
  central_differences(value_objective, &m, theta, n_value, want);
  assert_relative(dvalue, want, n_value, tolerance);
  if (rows > 2) assert_in_range((unsigned)(100.0 * clipped_share(&m)), 5, 60); /* the clip has been at work */
}

/* One update first, so that the normalisers have statistics; then a fresh batch and other parameters. Pieces are of 64
 * rows: 64 is one, 150 three. */
static void check_losses(const rl_env_def *def, rl_ppo_options options) {
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
  rl_ppo_options options = rl_ppo_defaults();
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
  } table[] = {{1.5, 2.0f, true},   {1.5, -2.0f, false}, {0.5, 2.0f, false}, {0.5, -2.0f, true},
               {1.1, 2.0f, false},  {1.1, -2.0f, false}, {0.9, 2.0f, false}, {0.9, -2.0f, false},
               {1.21, 2.0f, true},  {0.79, -2.0f, true}, {1.0, 2.0f, false}, {30.0, -2.0f, false}};
  const rl_env_def *defs[] = {&box_def, &choice_def};
  rl_ppo_options options = rl_ppo_defaults();
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
      assert_ok(rl_ppo_gradient(a.ppo, &k, 1, dpolicy, dvalue, &error));
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
  rl_ppo_options options = rl_ppo_defaults();
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
  rl_vec_env_reset(again);
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
      assert_near(b->log_prob.data[i], log_prob_of(&a, theta, obs + c * OBS, b->action.data[i], &entropy), 1e-5);
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
  rl_ppo_options options = rl_ppo_defaults();
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
  rl_ppo_options options = rl_ppo_defaults();
  agent whole, parts;
  agent_new(&whole, &box_def, &options);
  agent_new(&parts, &box_def, &options);
  const float *actions = collect(&whole, STEPS)->action.data;
  assert_memory_equal(collect(&parts, 15)->action.data, actions, 15 * COPIES * sizeof(float));
  assert_memory_equal(collect(&parts, 25)->action.data, actions + 15 * COPIES, 25 * COPIES * sizeof(float));
  assert_int_equal(rl_ppo_rollout(parts.ppo)->stats.total_steps, ROWS);
  agent_free(&whole);
  agent_free(&parts);
}

/* With one epoch of one minibatch the stats are those of the old parameters, and the step is Adam's first: against the
 * sign of the gradient, whose norm was clipped to max_grad_norm before. */
static void one_minibatch_is_one_clipped_step_of_adam(void **state) {
  (void)state;
  rl_ppo_options options = rl_ppo_defaults();
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
  assert_ok(rl_ppo_gradient(a.ppo, index, ROWS, d[0], d[1], &error));
  for (int k = 0; k < 2; k++) memcpy(before[k], networks[k]->theta.data, count(networks[k]) * sizeof(float));
  double targets = 0.0, target_mean = 0.0, residual = 0.0, residual_mean = 0.0, loss = 0.0;
  for (int i = 0; i < ROWS; i++) target_mean += (double)b->target.data[i] / ROWS;
  for (int i = 0; i < ROWS; i++) residual_mean += ((double)b->target.data[i] - (double)b->value.data[i]) / ROWS;
  for (int i = 0; i < ROWS; i++) {
    double e = (double)b->target.data[i] - (double)b->value.data[i];
    targets += ((double)b->target.data[i] - target_mean) * ((double)b->target.data[i] - target_mean);
    residual += (e - residual_mean) * (e - residual_mean);
    loss += 0.5 * e * e / ROWS;
  }
  rl_ppo_stats stats = update(&a);
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
  rl_ppo_options options = rl_ppo_defaults();
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

/* With all old log-probabilities lowered by 1/2 the mean of ratio - 1 - log ratio is e^.5 - 1 - .5 = .1487. */
static void the_policy_stops_at_the_target_kl_and_the_value_does_not(void **state) {
  (void)state;
  const double kl = exp(0.5) - 1.5, targets[] = {0.09, 0.11}; /* times 1.5: below and above */
  for (int k = 0; k < 2; k++) {
    rl_ppo_options options = rl_ppo_defaults();
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
    rl_ppo_stats stats = update(&a);
    assert_near(stats.approx_kl, kl, 1e-3); /* the steps of 1e-6 move it a little */
    assert_near(stats.clip_fraction, 1.0, 0.0);
    assert_int_equal(stats.epochs, k == 0 ? 1 : 2);
    assert_int_equal(memcmp(policy, a.policy.network.theta.data, n_policy * sizeof(float)) == 0, k == 0);
    assert_true(memcmp(value, a.value.network.theta.data, n_value * sizeof(float)) != 0);
    agent_free(&a);
  }
}

/* Parameters of both networks and both optimisers, as they would be saved. */
static rl_archive *state_of(const agent *a) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_ppo_save(a->ppo, archive, "ppo", &error));
  assert_ok(rl_network_save(&a->policy.network, archive, "policy", &error));
  assert_ok(rl_network_save(&a->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_save(a->env, archive, "env", &error));
  return archive;
}

static void assert_same_array(const rl_archive *a, const rl_archive *b, const char *name) {
  const rl_array *x = rl_archive_find(a, name), *y = rl_archive_find(b, name);
  assert_true(x && y && x->count == y->count && x->count > 0);
  assert_memory_equal(x->data, y->data, (size_t)x->count * (x->dtype == RL_F32 ? 4 : x->dtype == RL_U8 ? 1 : 8));
}

static const char *const trained[] = {"policy.theta",      "value.theta",       "ppo.policy_adam.m", "ppo.policy_adam.v",
                                      "ppo.policy_adam.step", "ppo.value_adam.m", "ppo.value_adam.v", "ppo.value_adam.step",
                                      "policy.normalizer.mean", "value.normalizer.count"};

/* Spoils the batch after one good update; nothing that is trained may change. */
static void check_spoiled(rl_ppo_options options, void (*spoil)(rl_rollout *), const char *text) {
  rl_error error;
  rl_ppo_stats stats;
  agent a;
  agent_new(&a, &box_def, &options);
  collect(&a, STEPS);
  update(&a);
  spoil(collect(&a, STEPS));
  rl_archive *before = state_of(&a);
  assert_refused(rl_ppo_update(a.ppo, &stats, &error), RL_NOT_FINITE, text);
  rl_archive *after = state_of(&a);
  for (size_t i = 0; i < sizeof trained / sizeof *trained; i++) assert_same_array(before, after, trained[i]);
  rl_archive_free(before);
  rl_archive_free(after);
  collect(&a, STEPS);
  update(&a); /* and it goes on with the next batch */
  agent_free(&a);
}

static void spoil_observation(rl_rollout *b) { b->obs.data[3] = NAN; }
static void spoil_action(rl_rollout *b) { b->action.data[7] = INFINITY; }
static void spoil_log_prob(rl_rollout *b) { b->log_prob.data[0] = -INFINITY; }
static void spoil_value(rl_rollout *b) { b->value.data[ROWS - 1] = NAN; }
static void spoil_advantage(rl_rollout *b) { b->advantage.data[COPIES + 2] = NAN; }
static void spoil_target(rl_rollout *b) { b->target.data[1] = INFINITY; }

/* Finite, but the ratio times the advantage is not: e^20 * -3e38. One row, so good minibatches come first. */
static void spoil_policy_gradient(rl_rollout *b) {
  b->log_prob.data[50] = -1e4f;
  b->advantage.data[50] = -3e38f;
}

static void spoil_value_gradient(rl_rollout *b) { b->target.data[50] = 3e38f; }

static void what_is_not_finite_is_named_and_costs_nothing(void **state) {
  (void)state;
  rl_ppo_options options = rl_ppo_defaults();
  options.epochs = 3;
  check_spoiled(options, spoil_observation, "observation of step 1, copy 2");
  check_spoiled(options, spoil_action, "action of step 2, copy 2");
  check_spoiled(options, spoil_log_prob, "log_prob of step 1, copy 1");
  check_spoiled(options, spoil_value, "value of step 40, copy 6");
  check_spoiled(options, spoil_advantage, "advantage of step 2, copy 3");
  check_spoiled(options, spoil_target, "target of step 1, copy 2");
  options.normalize_advantage = false;
  check_spoiled(options, spoil_policy_gradient, "gradient of the policy");
  options.value_coef = 1e4;
  check_spoiled(options, spoil_value_gradient, "gradient of the value");
}

static void an_update_wants_a_fresh_batch_and_sensible_options(void **state) {
  (void)state;
  rl_ppo_options options = rl_ppo_defaults();
  rl_ppo_stats stats;
  rl_error error;
  agent a;
  agent_new(&a, &box_def, &options);
  assert_null(rl_ppo_rollout(a.ppo));
  assert_refused(rl_ppo_update(a.ppo, &stats, &error), RL_BAD_ARGUMENT, "collect");
  assert_refused(rl_ppo_collect(a.ppo, 0, &error), RL_BAD_ARGUMENT, "0 steps");
  collect(&a, STEPS);
  rl_ppo_get_options(a.ppo)->minibatch = ROWS + 1;
  assert_refused(rl_ppo_update(a.ppo, &stats, &error), RL_BAD_ARGUMENT, "minibatch");
  rl_ppo_get_options(a.ppo)->minibatch = ROWS;
  rl_ppo_get_options(a.ppo)->lr = (double)NAN;
  assert_refused(rl_ppo_update(a.ppo, &stats, &error), RL_BAD_ARGUMENT, "lr");
  rl_ppo_get_options(a.ppo)->lr = 1e-3;
  update(&a);
  assert_refused(rl_ppo_update(a.ppo, &stats, &error), RL_BAD_ARGUMENT, "collect");
  float d[MAX_PARAMETERS];
  collect(&a, STEPS);
  assert_refused(rl_ppo_gradient(a.ppo, (int[]){0}, 0, d, d, &error), RL_BAD_ARGUMENT, "0");
  assert_refused(rl_ppo_gradient(a.ppo, (int[]){ROWS}, 1, d, d, &error), RL_BAD_ARGUMENT, "240");
  assert_refused(rl_ppo_gradient(a.ppo, (int[]){0, -1}, 2, d, d, &error), RL_BAD_ARGUMENT, "-1");
  agent_free(&a);
}

static void options_out_of_range_are_named(void **state) {
  (void)state;
  rl_error error;
  const struct {
    const char *name;
    rl_ppo_options options;
  } bad[] = {{"gamma", {.gamma = 1.01}}, {"lambda", {.lambda = -0.1}}, {"clip", {.clip = 0.0}}, {"epochs", {.epochs = 0}}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    rl_ppo_options options = rl_ppo_defaults();
    assert_ok(rl_ppo_check(&options, &error));
    if (i == 0) options.gamma = bad[i].options.gamma;
    if (i == 1) options.lambda = bad[i].options.lambda;
    if (i == 2) options.clip = bad[i].options.clip;
    if (i == 3) options.epochs = bad[i].options.epochs;
    assert_refused(rl_ppo_check(&options, &error), RL_BAD_ARGUMENT, bad[i].name);
  }
}

static void networks_of_other_sizes_are_refused(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_ppo *ppo;
  rl_ppo_options options = rl_ppo_defaults();
  rl_network_options network = rl_network_defaults(1.0f);
  rl_value wide;
  rl_policy choice;
  agent_new(&a, &box_def, &options);
  assert_ok(rl_value_init(&wide, &(rl_space){RL_BOX, 7, 0.0f, 1.0f}, &network, &error));
  assert_ok(rl_policy_init(&choice, &box_def.observation, &choice_def.action, &network, 0.0f, &error));
  assert_refused(rl_ppo_create(&ppo, a.env, &a.policy, &wide, &options, &error), RL_BAD_SHAPE, "7");
  assert_refused(rl_ppo_create(&ppo, a.env, &choice, &a.value, &options, &error), RL_BAD_SHAPE, "discrete");
  assert_null(ppo);
  rl_value_release(&wide);
  rl_policy_release(&choice);
  agent_free(&a);
}

/* 100 of 240 rows: minibatches of two pieces and a short one. On three threads the pieces of a minibatch are spread,
 * on two the policy and the value are. */
static void the_parameters_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  rl_ppo_options options = rl_ppo_defaults();
  options.minibatch = 100;
  options.epochs = 3;
  options.entropy = 0.01;
  rl_archive *seen[3];
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    agent a;
    agent_new(&a, &box_def, &options);
    for (int i = 0; i < 3; i++) {
      collect(&a, STEPS);
      update(&a);
    }
    seen[threads - 1] = state_of(&a);
    for (size_t i = 0; i < sizeof trained / sizeof *trained; i++)
      assert_same_array(seen[0], seen[threads - 1], trained[i]);
    agent_free(&a);
  }
  for (int i = 0; i < 3; i++) rl_archive_free(seen[i]);
  rl_set_threads(0);
}

static void load(agent *a, const rl_archive *archive) {
  rl_error error;
  assert_ok(rl_ppo_load(a->ppo, archive, "ppo", &error));
  assert_ok(rl_network_load(&a->policy.network, archive, "policy", &error));
  assert_ok(rl_network_load(&a->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_load(a->env, archive, "env", &error));
}

static void a_checkpoint_continues_with_the_same_bytes(void **state) {
  (void)state;
  char path[] = "/tmp/rl-ppo-XXXXXX";
  rl_error error;
  close(mkstemp(path));
  const rl_env_def *defs[] = {&box_def, &choice_def};
  rl_ppo_options options = rl_ppo_defaults();
  for (int k = 0; k < 2; k++) {
    agent first, second;
    rl_archive *archive;
    agent_new(&first, defs[k], &options);
    assert_ok(agent_create(&second, defs[k], &options, 4321, &error)); /* nothing of its own may remain */
    for (int i = 0; i < 2; i++) {
      collect(&first, STEPS - 7); /* episodes are 25 long: some copies are in the middle of one */
      update(&first);
    }
    archive = state_of(&first);
    assert_ok(rl_archive_save(archive, path, &error));
    rl_archive_free(archive);
    assert_ok(rl_archive_load(&archive, path, &error));
    load(&second, archive);
    rl_archive_free(archive);
    for (int i = 0; i < 2; i++) {
      collect(&first, STEPS);
      collect(&second, STEPS);
      rl_ppo_stats a = update(&first), b = update(&second);
      assert_memory_equal(&a, &b, sizeof a);
    }
    rl_archive *x = state_of(&first), *y = state_of(&second);
    assert_int_equal(rl_archive_count(x), rl_archive_count(y));
    for (int i = 0; i < rl_archive_count(x); i++) assert_same_array(x, y, rl_archive_at(x, i)->name);
    rl_archive_free(x);
    rl_archive_free(y);
    agent_free(&first);
    agent_free(&second);
  }
  unlink(path);
}

static void an_altered_checkpoint_is_refused(void **state) {
  (void)state;
  rl_error error;
  rl_ppo_options options = rl_ppo_defaults();
  agent a;
  agent_new(&a, &box_def, &options);
  collect(&a, STEPS);
  update(&a);
  const int64_t negative = -1, huge = INT64_MAX;
  const uint64_t stream[RL_RNG_WORDS] = {0, 0, 0, 0, 0, UINT64_MAX};
  const double stats[7] = {(double)NAN};
  const struct {
    const char *name;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } changes[] = {{"ppo.steps", RL_I64, 1, &negative}, {"ppo.steps", RL_I64, 1, &huge},
                 {"ppo.shuffle", RL_U64, RL_RNG_WORDS, stream}, {"ppo.rollout.stats", RL_F64, 7, stats},
                 {"ppo.rollout.streams", RL_U64, RL_RNG_WORDS, stream}};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    rl_archive *archive = state_of(&a);
    assert_ok(rl_archive_put(archive, changes[i].name, changes[i].dtype, 1, &changes[i].count, changes[i].data, &error));
    assert_refused(rl_ppo_load(a.ppo, archive, "ppo", &error), RL_BAD_FORMAT, "ppo");
    rl_archive_free(archive);
  }
  agent_free(&a);
}

/* An allocator that refuses one allocation after another, and knows what is still in use. */
typedef struct limited {
  int left, in_use;
} limited;

static void *limited_allocate(size_t size, size_t alignment, void *context) {
  limited *l = context;
  if (l->left-- <= 0) return NULL;
  l->in_use++;
  return aligned_alloc(alignment, size);
}

static void limited_release(void *memory, void *context) {
  limited *l = context;
  l->in_use--;
  free(memory);
}

static void *plain_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return aligned_alloc(alignment, size);
}

static void plain_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static rl_status whole_life(rl_error *error) {
  rl_ppo_options options = rl_ppo_defaults();
  rl_ppo_stats stats;
  agent a;
  rl_archive *archive = NULL;
  options.epochs = 1;
  rl_status status = agent_create(&a, &box_def, &options, 1, error);
  if (!status) status = rl_ppo_collect(a.ppo, 12, error);
  if (!status) status = rl_ppo_update(a.ppo, &stats, error);
  if (!status) status = rl_ppo_collect(a.ppo, STEPS, error);
  if (!status && !(archive = rl_archive_new())) status = RL_NO_MEMORY;
  if (!status) status = rl_ppo_save(a.ppo, archive, "ppo", error);
  if (!status) status = rl_vec_env_save(a.env, archive, "env", error);
  if (!status) status = rl_ppo_load(a.ppo, archive, "ppo", error);
  if (!status) status = rl_vec_env_load(a.env, archive, "env", error);
  rl_archive_free(archive);
  agent_free(&a);
  return status;
}

static void every_allocation_may_fail_and_nothing_leaks(void **state) {
  (void)state;
  rl_error error;
  rl_status status = RL_NO_MEMORY;
  int allowed = 0;
  rl_set_threads(1);
  for (; status == RL_NO_MEMORY && allowed < 10000; allowed++) {
    limited l = {allowed, 0};
    rl_set_allocator((rl_allocator){limited_allocate, limited_release, &l});
    status = whole_life(&error);
    rl_set_allocator((rl_allocator){plain_allocate, plain_release, NULL});
    assert_int_equal(l.in_use, 0);
  }
  assert_ok(status);
  assert_true(allowed > 100); /* that many allocations were refused, one by one */
  rl_set_threads(0);
}

/* Mean reward of a step after 30 batches of 384 steps. A point that starts in [-1, 1] and is never pushed earns 1 - E[x^2] =
 * 2/3 a step less what the noise takes; one pushed straight to 0 about .95. */
static double learn(const rl_env_def *def, uint64_t seed) {
  rl_ppo_options options = rl_ppo_defaults();
  rl_error error;
  agent a;
  options.lr = 3e-3;
  options.seed = seed;
  assert_ok(agent_create(&a, def, &options, seed, &error));
  for (int i = 0; i < 30; i++) {
    collect(&a, 64);
    update(&a);
  }
  double reward = collect(&a, 256)->stats.mean_reward;
  agent_free(&a);
  return reward;
}

static void three_seeds_of_three_learn_to_stay_near_the_middle(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    double box = learn(&box_def, seed), choice = learn(&choice_def, seed);
    if (box < 0.85 || choice < 0.85) print_error("seed %d: %g %g\n", (int)seed, box, choice);
    assert_true(box > 0.85 && choice > 0.85);
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
      cmocka_unit_test(what_is_not_finite_is_named_and_costs_nothing),
      cmocka_unit_test(an_update_wants_a_fresh_batch_and_sensible_options),
      cmocka_unit_test(options_out_of_range_are_named),
      cmocka_unit_test(networks_of_other_sizes_are_refused),
      cmocka_unit_test(the_parameters_are_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(a_checkpoint_continues_with_the_same_bytes),
      cmocka_unit_test(an_altered_checkpoint_is_refused),
      cmocka_unit_test(every_allocation_may_fail_and_nothing_leaks),
      cmocka_unit_test(three_seeds_of_three_learn_to_stay_near_the_middle),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
