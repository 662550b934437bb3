/* Episodic natural actor-critic on linear policies: the step against the fit of returns by scores, both worked out here in
 * double from the batch, and against the natural gradient of a linear-quadratic problem, which is known. */
#include "tensor/cholesky.h"
#include "toy_agent.h"

enum { D = 3 }; /* parameters: two weights and a bias; the deviation is fixed */

/* With a deviation that is fixed the distribution's parameter is its mean. */
static agent_parts linear(void) {
  return (agent_parts){.std = RL_STD_FIXED, .no_value = true, .no_hidden = true};
}

static rl_method_options enac(rl_estimator advantage, double step) {
  rl_method_options options = rl_method_defaults("enac", false);
  options.collect.advantage = advantage;
  options.collect.gamma = 1.0;
  options.step = step;
  return options;
}

/* grad log pi of a cell by weights and bias; features: the observation and 1. */
static void score_of(const agent *a, const rl_rollout *r, int cell, double features[D], double score[D]) {
  float x[OBS];
  rl_network_normalize(&a->policy.network, r->obs.data + cell * OBS, 1, x);
  const double sigma = exp((double)r->log_std[0]);
  const double z = ((double)r->action.data[cell] - (double)r->output.data[cell]) / (sigma * sigma);
  for (int i = 0; i < OBS; i++) features[i] = (double)x[i];
  features[OBS] = 1.0;
  for (int i = 0; i < D; i++) score[i] = z * features[i];
}

/* The solution of (F + damping) w = g as the comment of episodic.h has it. */
static void fit(const agent *a, const rl_rollout *r, bool by_time, double damping, double w[D]) {
  double matrix[D * D] = {0.0}, factor[D * D], score[COPIES][D] = {{0.0}}, mean[D] = {0.0},
                    total[COPIES] = {0.0};
  const double n = r->n_rows, sigma = exp((double)r->log_std[0]), share = by_time ? 0.5 : 1.0;
  memset(w, 0, D * sizeof *w);
  for (int c = 0; c < COPIES; c++)
    for (int t = 0; t < r->length[c]; t++) total[c] += (double)r->reward.data[t * COPIES + c];
  for (int k = 0; k < r->n_rows; k++) {
    double features[D], s[D], going = 0.0, b = 0.0;
    const int cell = r->rows[k], c = cell % COPIES, t = cell / COPIES;
    score_of(a, r, cell, features, s);
    double to_go[COPIES] = {0.0};
    for (int e = 0; e < COPIES; e++) {
      for (int u = by_time ? t : 0; u < r->length[e]; u++) to_go[e] += (double)r->reward.data[u * COPIES + e];
      if (by_time && t >= r->length[e]) continue;
      going += 1.0;
      b += to_go[e];
    }
    for (int i = 0; i < D; i++) {
      score[c][i] += s[i];
      w[i] += s[i] * (to_go[c] - b / going) / n;
      for (int j = 0; by_time && j < D; j++)
        matrix[i * D + j] += 0.5 * features[i] * features[j] / (sigma * sigma) / n;
    }
  }
  for (int c = 0; c < COPIES; c++)
    for (int i = 0; i < D; i++) mean[i] += score[c][i] / COPIES;
  for (int c = 0; c < COPIES; c++)
    for (int i = 0; i < D; i++)
      for (int j = 0; j < D; j++)
        matrix[i * D + j] += share * (score[c][i] - mean[i]) * (score[c][j] - mean[j]) / n;
  for (int i = 0; i < D; i++) matrix[i * D + i] += damping;
  assert_true(rl_cholesky(D, matrix, factor));
  rl_cholesky_solve(D, factor, w);
}

static void the_step_is_the_fit_of_returns_by_scores(void **state) {
  (void)state;
  for (int by_time = 0; by_time < 2; by_time++) {
    const double step = 1e-3;
    const rl_method_options options = enac(by_time ? RL_TIME_BASELINE : RL_CONSTANT_BASELINE, step);
    const agent_parts parts = linear();
    rl_env_def def = toy_box();
    agent a;
    agent_new_of(&a, &parts, &def, &options, 3);
    rl_normalizer_release(&a.policy.network.normalizer); /* weights would follow its statistics */
    for (int round = 0; round < 3; round++) {
      const rl_rollout *r = collect(&a, STEPS);
      float before[D];
      double w[D];
      assert_int_equal(count(&a.policy.network), D);
      memcpy(before, a.policy.network.theta.data, sizeof before);
      fit(&a, r, by_time, options.damping, w);
      const rl_method_stats stats = update(&a);
      for (int i = 0; i < D; i++) {
        const double moved = (double)a.policy.network.theta.data[i] - (double)before[i];
        assert_true(fabs(moved - step * w[i]) < 2e-4 * step * (fabs(w[0]) + fabs(w[1]) + fabs(w[2])));
      }
      assert_true(stats.kl > 0.0);
    }
    agent_free(&a);
  }
}

/* One step of s = 1 or -1 and a: the reward is -(s + a)^2 - a^2. With a = k s + b + sigma e the return is
 * J = -(1 + 2 k + 2 k^2) - 2 b^2 - 2 sigma^2, the Fisher matrix of (k, b) is 1 / sigma^2, and so the natural gradient
 * sigma^2 (-2 - 4 k, -4 b). */
static void lq_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  toy *t = self;
  (void)options;
  t->x = rl_rng_uniform(rng) < 0.5f ? -1.0 : 1.0;
  io->observation[0] = io->fields[TOY_X] = (float)t->x;
  io->observation[1] = io->fields[TOY_V] = 0.0f;
  io->terms[0] = io->terms[1] = 0.0f;
}

static void lq_step(void *self, const float *action, rl_env_io *io) {
  toy *t = self;
  const double a = (double)action[0], s = t->x;
  io->terms[0] = (float)(-(s + a) * (s + a));
  io->terms[1] = (float)(-a * a);
  io->reward = (double)io->terms[0] + (double)io->terms[1];
  io->terminated = true;
  io->truncated = false;
}

static void it_is_the_natural_gradient_of_a_linear_quadratic_problem(void **state) {
  (void)state;
  enum { EPISODES = 40000 };
  const double step = 1e-3, k = -0.2, b = 0.3, sigma = 0.5;
  rl_env_def def = toy_box();
  def.action.low = -INFINITY;
  def.action.high = INFINITY;
  def.reset = lq_reset;
  def.step = lq_step;
  rl_vec_env *env;
  rl_policy policy;
  rl_method *method;
  rl_error error;
  rl_method_stats stats;
  rl_method_options options = enac(RL_CONSTANT_BASELINE, step);
  options.damping = 0.0;
  rl_policy_options shape = rl_policy_defaults();
  shape.network.n_hidden = 0;
  shape.network.normalize = false;
  shape.std = RL_STD_FIXED;
  shape.log_std = (float)log(sigma);
  assert_ok(rl_vec_env_create(&env, &def, EPISODES, 1, 0, NULL, &error));
  assert_ok(rl_policy_init(&policy, &def.observation, &def.action, &shape, &error));
  float *theta = policy.network.theta.data;
  theta[0] = (float)k;
  theta[1] = 0.0f; /* of the observation that is always 0 */
  theta[2] = (float)b;
  assert_ok(rl_method_create(&method, env, &policy, NULL, NULL, NULL, &options, &error));
  assert_ok(rl_method_collect(method, 1, &error));
  assert_ok(rl_method_update(method, &stats, &error));
  const double w[] = {((double)theta[0] - (double)(float)k) / step,
                      ((double)theta[2] - (double)(float)b) / step};
  /* The fit's error has the deviation sigma sd(residual) / sqrt(episodes): residuals are below 2 here. */
  const double tolerance = 4.0 * sigma * 2.0 / sqrt(EPISODES);
  assert_true(fabs(w[0] - sigma * sigma * (-2.0 - 4.0 * k)) < tolerance);
  assert_true(fabs(w[1] - sigma * sigma * -4.0 * b) < tolerance);
  assert_float_equal(theta[1], 0.0f, 0.0f);
  rl_method_free(method);
  rl_policy_release(&policy);
  rl_vec_env_free(env);
}

static void it_wants_episodes_to_compare(void **state) {
  (void)state;
  const rl_method_options options = enac(RL_CONSTANT_BASELINE, 0.0);
  rl_env_def def = toy_box();
  rl_vec_env *env;
  rl_policy policy;
  rl_method *method;
  rl_error error;
  const rl_policy_options shape = rl_policy_defaults();
  assert_ok(rl_vec_env_create(&env, &def, 1, 1, 0, NULL, &error));
  assert_ok(rl_policy_init(&policy, &def.observation, &def.action, &shape, &error));
  assert_int_equal(rl_method_create(&method, env, &policy, NULL, NULL, NULL, &options, &error),
                   RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "n = 2 or more"));
  rl_policy_release(&policy);
  rl_vec_env_free(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_step_is_the_fit_of_returns_by_scores),
      cmocka_unit_test(it_is_the_natural_gradient_of_a_linear_quadratic_problem),
      cmocka_unit_test(it_wants_episodes_to_compare),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
