/* Baselines that depend on the action: that the gradient is the one that their formulas say, by finite differences; on a
 * quadratic problem of one step, where gradient and variances can be worked out by hand, that they change nothing but the
 * variance, and that by as much; what is refused. */
#include "check.h"
#include "method/method_internal.h"
#include "toy_agent.h"

static rl_env_def box_def, pair_def, choice_def, factors_def;

/* --- the gradient, by its definition --- */

enum { MOST_INPUTS = MOST_OBS + 6, MOST_FACTORS = 3, USED = 70 };

/* What the critic gives for each factor of a step at its mean (factorised), or d . (a - mean) and d itself (q_prop). */
typedef struct taken {
  double amount[MOST_FACTORS], slope[MOST_FACTORS];
} taken;

static double critic(rl_method *m, const float *x) {
  rl_error error;
  float q;
  assert_ok(rl_network_apply(&m->baseline.network, x, 1, &q, &error));
  return (double)q;
}

/* An action as numbers: itself, or one number for each choice. */
static void encode(const rl_space *space, const float *action, const float *output, int at_mean, float *x) {
  for (int f = 0, k = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < rl_factor_width(&factor); i++, k++, action++) {
      double total = 0.0;
      for (int j = 0; j < factor.size; j++) total += exp((double)output[j]);
      for (int j = 0; factor.kind == RL_DISCRETE && j < factor.size; j++)
        *x++ = k == at_mean ? (float)(exp((double)output[j]) / total) : j == (int)action[0] ? 1.0f : 0.0f;
      if (factor.kind == RL_BOX) *x++ = k == at_mean ? output[i] : action[0];
    }
    output += factor.size;
  }
}

static taken take(agent *a, int cell) {
  rl_method *m = a->method;
  const rl_rollout *r = rl_method_rollout(m);
  const int size = a->policy.observation.size, width = rl_space_width(&a->policy.action);
  const float *output = r->output.data + (size_t)cell * (size_t)rl_policy_outputs(&a->policy),
              *action = r->action.data + (size_t)cell * (size_t)width;
  float x[MOST_INPUTS];
  taken t = {{0.0}, {0.0}};
  memcpy(x, r->obs.data + (size_t)cell * (size_t)size, (size_t)size * sizeof *x);
  if (m->options.baseline == RL_BASELINE_FACTORISED) {
    for (int f = 0; f < width; f++) {
      encode(&a->policy.action, action, output, f, x + size);
      t.amount[f] = critic(m, x);
    }
    return t;
  }
  memcpy(x + size, output, (size_t)width * sizeof *x);
  for (int i = 0; i < width; i++) { /* central difference */
    const float h = 0.02f, mean = output[i];
    x[size + i] = mean + h;
    const double above = critic(m, x);
    x[size + i] = mean - h;
    t.slope[i] = (above - critic(m, x)) / (2.0 * (double)h);
    x[size + i] = mean;
    for (int f = 0; f < width; f++) t.amount[f] += t.slope[i] * (double)(action[i] - mean);
  }
  return t;
}

/* Log-probability of each factor of an action, and the means, by the policy as it is now. */
static void log_probs(agent *a, int cell, double *log_prob, double *mean) {
  rl_error error;
  const rl_rollout *r = rl_method_rollout(a->method);
  const rl_space *space = &a->policy.action;
  float y[16];
  const float *action = r->action.data + (size_t)cell * (size_t)rl_space_width(space);
  assert_ok(rl_policy_apply(&a->policy, r->obs.data + (size_t)cell * (size_t)a->policy.observation.size, 1, y,
                            &error));
  const rl_dist dist = rl_policy_read(&a->policy, y);
  const float *log_std = dist.log_std;
  for (int f = 0, at = 0, k = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++, k++, log_std++) {
      const double std = exp((double)*log_std), z = ((double)action[k] - (double)y[at + i]) / std;
      log_prob[k] = -0.5 * z * z - (double)*log_std - 0.5 * log(2.0 * acos(-1.0));
      mean[k] = (double)y[at + i];
    }
    if (factor.kind == RL_DISCRETE) {
      double total = 0.0;
      for (int j = 0; j < factor.size; j++) total += exp((double)y[at + j]);
      log_prob[k] = (double)y[at + (int)action[k]] - log(total);
      mean[k++] = 0.0;
    }
    at += factor.size;
  }
}

/* The sum whose slope the gradient is: weights are what they are where the policy stands. */
static double weighted(agent *a, const int *index, double (*weight)[MOST_FACTORS],
                       double (*back)[MOST_FACTORS]) {
  double total = 0.0, log_prob[MOST_FACTORS], mean[MOST_FACTORS];
  for (int r = 0; r < USED; r++) {
    log_probs(a, index[r], log_prob, mean);
    for (int f = 0; f < rl_space_width(&a->policy.action); f++)
      total -= (weight[r][f] * log_prob[f] + back[r][f] * mean[f]) / USED;
  }
  return total;
}

static void check_gradient(const char *name, const rl_env_def *def, rl_baseline_kind kind, rl_std_kind std,
                           rl_normalizer_map map) {
  rl_error error;
  rl_method_options options = defaults_of(name);
  options.baseline = kind;
  options.discounted_gradient = true;
  options.collect.gamma = 0.9;
  options.minibatch = 32;
  agent a;
  const agent_parts parts = {.std = std, .no_value = class_of(&options)->groups, .normalizer = map};
  agent_new_of(&a, &parts, def, &options, 1);
  assert_int_equal(a.method->baseline.network.normalizer.map, map);
  for (int k = 0; k < 2; k++) { /* so that the critic says something */
    collect(&a, STEPS);
    update(&a);
  }
  const rl_rollout *batch = collect(&a, STEPS);
  const int width = rl_space_width(&def->action);
  const size_t n = count(&a.policy.network);
  disturb(&a.policy.network, 0.05f, 3);
  int index[USED];
  double weight[USED][MOST_FACTORS], back[USED][MOST_FACTORS], mean = 0.0, variance = 0.0;
  for (int r = 0; r < USED; r++) index[r] = batch->rows[r];
  for (int r = 0; r < USED; r++) mean += (double)batch->advantage.data[index[r]] / USED;
  for (int r = 0; r < USED; r++) variance += pow((double)batch->advantage.data[index[r]] - mean, 2.0) / USED;
  double scale = options.normalize_advantage ? 1.0 / sqrt(variance) : 1.0;
  if (!options.normalize_advantage) mean = 0.0;
  for (int r = 0; r < USED; r++) {
    const taken t = take(&a, index[r]);
    const double decay = scale * pow(0.9, (double)batch->time[index[r]]);
    double log_prob[MOST_FACTORS], means[MOST_FACTORS], joint = 0.0;
    log_probs(&a, index[r], log_prob, means);
    for (int f = 0; f < width; f++) joint += log_prob[f];
    const double ratio = exp(joint - (double)batch->log_prob.data[index[r]]);
    for (int f = 0; f < width; f++) {
      const double advantage = decay * ((double)batch->advantage.data[index[r]] - mean - t.amount[f]);
      const bool binds = class_of(&options)->objective == RL_CLIPPED &&
                         (advantage > 0.0 ? ratio > 1.0 + options.clip : ratio < 1.0 - options.clip);
      weight[r][f] = binds ? 0.0 : class_of(&options)->objective == RL_SCORE ? advantage : ratio * advantage;
      back[r][f] = decay * t.slope[f];
    }
  }
  float gradient[MAX_PARAMETERS], value[MAX_PARAMETERS];
  assert_ok(rl_method_gradient(a.method, index, USED, gradient, value, &error));
  const double norm = sqrt(inner(gradient, gradient, n));
  for (int k = 0; k < 8; k++) {
    float along[MAX_PARAMETERS], theta[MAX_PARAMETERS];
    rl_rng rng;
    rl_rng_init(&rng, 7, (uint64_t)k);
    fill_normal(&rng, along, n, 1.0f);
    memcpy(theta, a.policy.network.theta.data, n * sizeof *theta);
    double side[2];
    const float h = 2e-3f;
    for (int s = 0; s < 2; s++) {
      for (size_t i = 0; i < n; i++) a.policy.network.theta.data[i] = theta[i] + (s ? h : -h) * along[i];
      side[s] = weighted(&a, index, weight, back);
    }
    memcpy(a.policy.network.theta.data, theta, n * sizeof *theta);
    assert_near(inner(gradient, along, n), (side[1] - side[0]) / (2.0 * (double)h), 4e-3 * norm);
  }
  agent_free(&a);
}

static void each_number_is_moved_by_an_advantage_of_its_own(void **state) {
  (void)state;
  const char *const names[] = {"a2c", "npg", "ppo", "grpo"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const rl_normalizer_map map = (rl_normalizer_map)(i % 3);
    check_gradient(names[i], &pair_def, RL_BASELINE_FACTORISED, i % 2 ? RL_STD_STATE : RL_STD_FREE, map);
    check_gradient(names[i], &factors_def, RL_BASELINE_FACTORISED, i % 2 ? RL_STD_FREE : RL_STD_STATE, map);
    check_gradient(names[i], &pair_def, RL_BASELINE_Q_PROP, i % 2 ? RL_STD_FREE : RL_STD_FIXED, map);
    check_gradient(names[i], &box_def, RL_BASELINE_Q_PROP, RL_STD_STATE, map);
  }
}

/* --- a quadratic problem of one step --- */

/* reward = sum_i (l_i a_i - k_i a_i^2) + m a_1 a_2 */
enum { N = 3, WORLDS = 64, LONG = 64 };
static const double l[N] = {1.0, -0.8, 0.6}, k[N] = {0.3, 0.5, 0.2}, cross = 0.4, log_std = -0.5;

static rl_status quadratic_create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, 1, def, error);
}
static void quadratic_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  (void)self, (void)options, (void)rng;
  io->observation[0] = 0.0f;
}
static void quadratic_step(void *self, const float *action, rl_env_io *io) {
  (void)self;
  double reward = cross * (double)action[0] * (double)action[1];
  for (int i = 0; i < N; i++) {
    const double x = (double)action[i];
    reward += l[i] * x - k[i] * x * x;
  }
  io->reward = reward;
  io->terminated = true;
  io->observation[0] = 0.0f;
}
static double second(const double *options) {
  (void)options;
  return 1.0;
}

static rl_env_def quadratic(void) {
  return (rl_env_def){.name = "quadratic",
                      .summary = "one step",
                      .observation = {.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f},
                      .action = {.kind = RL_BOX, .size = N, .low = -INFINITY, .high = INFINITY},
                      .repeatable = true,
                      .create = quadratic_create,
                      .free = rl_release,
                      .reset = quadratic_reset,
                      .step = quadratic_step,
                      .dt = second};
}

/* The variance of the gradient by mean i where all means are 0: with z normal and s the deviation it is that of
 * z_i / s (A - b_i), from the moments of z: E z^2 = 1, E z^4 = 3, E z^2 (z^2 - 1)^2 = 10, E z^6 = 15. */
static double variance_of(rl_baseline_kind kind, int i) {
  const double s2 = exp(2.0 * log_std), s4 = s2 * s2, m = cross * cross * s4 * (i < 2 ? 3.0 : 1.0);
  double others = 0.0, curved = 0.0;
  for (int j = 0; j < N; j++)
    if (j != i) {
      others += l[j] * l[j] * s2 + 2.0 * k[j] * k[j] * s4;
      curved += 2.0 * k[j] * k[j] * s4;
    }
  const double own = 3.0 * l[i] * l[i] * s2;
  switch (kind) {
  case RL_BASELINE_STATE: return (own + 10.0 * k[i] * k[i] * s4 + others + m) / s2 - l[i] * l[i];
  case RL_BASELINE_FACTORISED: return (own + 15.0 * k[i] * k[i] * s4 + (i < 2 ? m : 0.0)) / s2 - l[i] * l[i];
  default: return (10.0 * k[i] * k[i] * s4 + curved + m) / s2;
  }
}

/* What a step says about the gradient by mean i, and by the log of deviation i. */
static void estimate(const rl_method *m, int cell, int i, double *by_mean, double *by_log_std) {
  const rl_rollout *r = &m->collector.rollout;
  const rl_baseline *b = &m->baseline;
  const bool q_prop = b->kind == RL_BASELINE_Q_PROP;
  const double s2 = exp(2.0 * log_std), x = (double)r->action.data[cell * N + i];
  double advantage = (double)r->advantage.data[cell];
  if (b->kind) advantage -= (double)b->amount[cell * b->factors + (q_prop ? 0 : i)];
  *by_mean = x / s2 * advantage + (q_prop ? (double)b->slope[cell * N + i] : 0.0);
  *by_log_std = (x * x / s2 - 1.0) * advantage;
}

static void check_estimates(rl_method *m, rl_policy *policy, rl_baseline_kind kind) {
  enum { BATCHES = 12 };
  rl_error error;
  const size_t n = (size_t)policy->network.theta.shape[0];
  const double total = BATCHES * WORLDS * LONG;
  double sum[2][N] = {{0.0}}, squares[2][N] = {{0.0}};
  for (int batch = 0; batch < BATCHES; batch++) {
    rl_method_stats stats;
    float gradient[16];
    double before[2][N];
    memcpy(before, sum, sizeof sum);
    assert_ok(rl_method_collect(m, LONG, &error));
    const rl_rollout *r = rl_method_rollout(m);
    assert_ok(rl_method_gradient(m, r->rows, r->n_rows, gradient, NULL, &error));
    for (int cell = 0; cell < WORLDS * LONG; cell++)
      for (int i = 0; i < N; i++) {
        double g[2];
        estimate(m, cell, i, &g[0], &g[1]);
        for (int w = 0; w < 2; w++) {
          sum[w][i] += g[w];
          squares[w][i] += g[w] * g[w];
        }
      }
    for (int i = 0; i < N; i++) { /* theta: a weight of each mean, the means, the log-stds */
      assert_near(gradient[N + i], -(sum[0][i] - before[0][i]) / r->n_rows, 2e-5);
      assert_near(gradient[n - N + (size_t)i], -(sum[1][i] - before[1][i]) / r->n_rows, 2e-5);
    }
    assert_ok(rl_method_update(m, &stats, &error));
  }
  for (int i = 0; i < N; i++) {
    const double exact[2] = {l[i], -2.0 * k[i] * exp(2.0 * log_std)};
    for (int w = 0; w < 2; w++) {
      const double mean = sum[w][i] / total, variance = squares[w][i] / total - mean * mean;
      assert_near(mean, exact[w], 3.5 * sqrt(variance / total));
      if (w == 0) assert_near(variance / variance_of(kind, i), 1.0, 0.06);
    }
  }
}

static void only_the_variance_changes_and_as_predicted(void **state) {
  (void)state;
  rl_error error;
  const rl_env_def def = quadratic();
  for (int kind = RL_BASELINE_STATE; kind <= RL_BASELINE_Q_PROP; kind++) {
    rl_vec_env *env;
    rl_policy policy;
    rl_value value;
    rl_method *m;
    rl_policy_options plain = rl_policy_defaults();
    rl_network_options critic_shape = rl_value_defaults();
    plain.network.n_hidden = 0;
    plain.network.normalize = critic_shape.normalize = false;
    plain.log_std = (float)log_std;
    critic_shape.hidden[0] = critic_shape.hidden[1] = 32;
    rl_method_options options = rl_method_defaults("a2c", true);
    options.baseline = (rl_baseline_kind)kind;
    options.lr = 0.0; /* the policy stays */
    options.value_lr = 3e-3;
    options.minibatch = 64;
    options.anneal = 50;
    assert_ok(rl_vec_env_create(&env, &def, WORLDS, 5, 0, NULL, &error));
    assert_ok(rl_policy_init(&policy, &def.observation, &def.action, &plain, &error));
    assert_ok(rl_value_init(&value, &def.observation, &critic_shape, &error));
    assert_ok(rl_method_create(&m, env, &policy, &value, NULL, NULL, &options, &error));
    for (int updates = 0; updates < 38; updates++) {
      rl_method_stats stats;
      assert_ok(rl_method_collect(m, LONG, &error));
      assert_ok(rl_method_update(m, &stats, &error));
    }
    check_estimates(m, &policy, (rl_baseline_kind)kind);
    rl_method_free(m);
    rl_policy_release(&policy);
    rl_value_release(&value);
    rl_vec_env_free(env);
  }
}

/* --- refusals --- */

static void refuses(const rl_env_def *def, const agent_parts *parts, const rl_method_options *options,
                    const char *text) {
  rl_error error;
  agent a;
  assert_refused(agent_create_of(&a, parts, def, options, 1, &error), RL_BAD_ARGUMENT, text);
  agent_free(&a);
}

static void what_has_no_such_baseline_is_refused_by_name(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = defaults_of("trpo");
  const agent_parts parts = {0};
  options.baseline = RL_BASELINE_FACTORISED;
  refuses(&box_def, &parts, &options,
          "\"factorised\" is for actions of several numbers or choices, those of toy are one number: use "
          "baseline = \"q_prop\" or");
  refuses(&choice_def, &parts, &options, "those of toy_choice are one choice: use baseline = \"state\"");
  options.baseline = RL_BASELINE_Q_PROP;
  refuses(&choice_def, &parts, &options, "use baseline = \"state\"");
  refuses(&factors_def, &parts, &options,
          "actions of toy_factors have choices: use baseline = \"factorised\"");
  options.symmetric = RL_SYMMETRIC_DATA;
  refuses(&pair_def, &parts, &options, "option baseline: mirror images have none");
  options.symmetric = RL_SYMMETRIC_OFF;
  options.collect.lag = 1;
  refuses(&pair_def, &parts, &options, "option baseline: what it takes away");
  options.collect.lag = 0;
  agent a;
  agent_new(&a, &pair_def, &options);
  options.baseline = RL_BASELINE_STATE;
  assert_refused(rl_method_set_options(a.method, &options, &error), RL_BAD_ARGUMENT, "option baseline");
  agent_free(&a);
  for (int i = 0; i < method_count(); i++) { /* the option of a method that can */
    const rl_method_class *c = rl_method_find(method_name(i), &error);
    const bool has = rl_options_find(rl_method_option_table(c), "baseline", &error) != NULL;
    assert_int_equal(has, (c->step == RL_STEP_ONCE && !c->of_actions) || c->step == RL_STEP_EPOCHS ||
                              (c->step == RL_STEP_NATURAL && !c->of_episodes));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_number_is_moved_by_an_advantage_of_its_own),
      cmocka_unit_test(only_the_variance_changes_and_as_predicted),
      cmocka_unit_test(what_has_no_such_baseline_is_refused_by_name),
  };
  box_def = toy_box();
  pair_def = toy_pair();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
