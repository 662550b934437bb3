/* Policies and values as variables: gradients through theta against central differences of a policy written
 * in double, one row at a time, for every kind of policy; the same bytes for any number of threads. */
#include "autodiff/variable.h"

#include "base/parallel.h"
#include "check.h"

enum { OBS = 3, ACTIONS = 2, ROWS = 70 /* two pieces */, MOST = 400 /* parameters */ };

typedef enum question {
  LOG_PROB,
  ENTROPY,
  KL_FROM,
  KL_TO,
  VALUE
} question; /* KL(other || it), KL(it || other) */

/* A policy, another one to compare with, states, actions and a weight for each. */
typedef struct fixture {
  rl_policy policy, other;
  float obs[ROWS * OBS], weight[ROWS], action[ROWS * ACTIONS];
  rl_tensor actions;
  question what;
} fixture;

static const rl_space observation = {.kind = RL_BOX, .size = OBS, .low = -INFINITY, .high = INFINITY},
                      box = {.kind = RL_BOX, .size = ACTIONS, .low = -1, .high = 1},
                      choice = {.kind = RL_DISCRETE, .size = ACTIONS};

static rl_policy_options small(void) {
  rl_policy_options options = rl_policy_defaults();
  options.network.n_hidden = 2;
  options.network.hidden[0] = 5;
  options.network.hidden[1] = 4;
  options.network.output_gain = 1.0f;
  return options;
}

static void init_policy(rl_policy *policy, const rl_space *action, const rl_policy_options *options,
                        const float *obs, uint64_t seed) {
  rl_error error;
  rl_rng rng;
  assert_ok(rl_policy_init(policy, &observation, action, options, &error));
  rl_rng_init(&rng, seed, 0);
  rl_tensor theta = policy->network.theta;
  assert_true(theta.shape[0] <= MOST);
  for (int64_t i = 0; i < theta.shape[0]; i++) theta.data[i] += 0.2f * rl_rng_normal(&rng);
  rl_normalizer_update(&policy->network.normalizer, obs, NULL, ROWS);
}

static void init_fixture(fixture *self, const rl_space *action, const rl_policy_options *options) {
  rl_rng rng;
  rl_rng_init(&rng, 4, 0);
  fill_normal(&rng, self->obs, ROWS * OBS, 2.0f);
  fill_normal(&rng, self->weight, ROWS, 1.0f);
  fill_normal(&rng, self->action, ROWS * ACTIONS, 1.0f);
  bool discrete = action->kind == RL_DISCRETE;
  for (int r = 0; discrete && r < ROWS; r++) self->action[r] = (float)rl_rng_below(&rng, ACTIONS);
  self->actions = rl_tensor_wrap(self->action, discrete ? 1 : 2, (int64_t[]){ROWS, ACTIONS});
  init_policy(&self->policy, action, options, self->obs, 1);
  init_policy(&self->other, action, options, self->obs, 2);
}

static void release_fixture(fixture *self) {
  rl_policy_release(&self->policy);
  rl_policy_release(&self->other);
}

/* The reference. */

/* One row of outputs of a policy with parameters theta. */
static void outputs(const rl_policy *policy, const double *theta, const float *obs, double *y) {
  const rl_normalizer *normalizer = &policy->network.normalizer;
  double x[OBS];
  for (int i = 0; i < OBS; i++) {
    double variance = normalizer->m2[i] / normalizer->count;
    x[i] = ((double)obs[i] - normalizer->mean[i]) / sqrt(variance + 1e-8);
  }
  reference_forward(&policy->network.mlp, theta, x, y);
}

static void read_log_std(const rl_policy *policy, const double *theta, const double *y, double *log_std) {
  for (int i = 0; policy->action.kind == RL_BOX && i < ACTIONS; i++)
    log_std[i] = policy->std == RL_STD_STATE  ? y[ACTIONS + i]
                 : policy->std == RL_STD_FREE ? theta[rl_mlp_parameters(&policy->network.mlp) + (size_t)i]
                                              : (double)policy->fixed_log_std.data[i];
}

static void log_softmax(const double *logits, double *log_p) {
  double sum = 0.0;
  for (int i = 0; i < ACTIONS; i++) sum += exp(logits[i]);
  for (int i = 0; i < ACTIONS; i++) log_p[i] = logits[i] - log(sum);
}

static double categorical_answer(question what, const double *p, const double *q, const float *action) {
  double sum = 0.0;
  if (what == LOG_PROB) return p[(int)*action];
  for (int i = 0; i < ACTIONS; i++)
    sum += what == ENTROPY ? -exp(p[i]) * p[i]
           : what == KL_TO ? exp(p[i]) * (p[i] - q[i])
                           : exp(q[i]) * (q[i] - p[i]);
  return sum;
}

/* KL(p || q) of one action's Gaussians: log(sq/sp) + (sp^2 + (mp - mq)^2) / (2 sq^2) - 1/2 */
static double gaussian_kl(double mp, double lp, double mq, double lq) {
  return lq - lp + (exp(2.0 * lp) + (mp - mq) * (mp - mq)) / (2.0 * exp(2.0 * lq)) - 0.5;
}

static double gaussian_answer(question what, const double *mp, const double *lp, const double *mq,
                              const double *lq, const float *action) {
  const double pi = 3.14159265358979323846;
  double sum = 0.0;
  for (int i = 0; i < ACTIONS; i++) {
    double z = ((double)action[i] - mp[i]) / exp(lp[i]);
    sum += what == LOG_PROB  ? -0.5 * z * z - lp[i] - 0.5 * log(2.0 * pi)
           : what == ENTROPY ? 0.5 * log(2.0 * pi * exp(1.0)) + lp[i]
           : what == KL_TO   ? gaussian_kl(mp[i], lp[i], mq[i], lq[i])
                             : gaussian_kl(mq[i], lq[i], mp[i], lp[i]);
  }
  return sum;
}

static double reference(const double *theta, void *context) {
  const fixture *self = context;
  double other[MOST], sum = 0.0;
  widen(self->other.network.theta.data, other, (size_t)self->other.network.theta.shape[0]);
  for (int r = 0; r < ROWS; r++) {
    double y[REFERENCE_WIDTH], z[REFERENCE_WIDTH], a[ACTIONS], b[ACTIONS], answer;
    outputs(&self->policy, theta, self->obs + r * OBS, y);
    outputs(&self->other, other, self->obs + r * OBS, z);
    if (self->what == VALUE) {
      answer = y[rl_policy_outputs(&self->policy) - 1];
    } else if (self->policy.action.kind == RL_DISCRETE) {
      log_softmax(y, a);
      log_softmax(z, b);
      answer = categorical_answer(self->what, a, b, self->action + r);
    } else {
      read_log_std(&self->policy, theta, y, a);
      read_log_std(&self->other, other, z, b);
      answer = gaussian_answer(self->what, y, a, z, b, self->action + r * ACTIONS);
    }
    sum += (double)self->weight[r] * answer;
  }
  return sum;
}

/* The thing itself. */

/* sum(weight * x), releasing x */
static rl_variable *weigh(const fixture *self, rl_variable *x) {
  rl_error error;
  rl_variable *w, *product, *sum;
  rl_tensor weight = rl_tensor_wrap((float *)self->weight, 1, (int64_t[]){ROWS});
  assert_ok(rl_variable_constant(&w, &weight, &error));
  assert_ok(rl_variable_binary(&product, RL_OP_MUL, w, x, &error));
  assert_ok(rl_variable_reduce(&sum, RL_REDUCE_SUM, product, RL_ALL, &error));
  rl_variable_release(w);
  rl_variable_release(x);
  rl_variable_release(product);
  return sum;
}

static rl_variable *ask(const fixture *self) {
  rl_error error;
  rl_dist_variable dist, other;
  rl_variable *answer;
  assert_ok(rl_variable_policy(&dist, &self->policy, self->obs, ROWS, &error));
  assert_ok(rl_variable_policy(&other, &self->other, self->obs, ROWS, &error));
  switch (self->what) {
  case LOG_PROB: assert_ok(rl_variable_log_prob(&answer, &dist, &self->actions, &error)); break;
  case ENTROPY: assert_ok(rl_variable_entropy(&answer, &dist, &error)); break;
  case KL_FROM: assert_ok(rl_variable_kl(&answer, &other, &dist, &error)); break;
  case KL_TO: assert_ok(rl_variable_kl(&answer, &dist, &other, &error)); break;
  case VALUE: answer = rl_variable_share(dist.value); break;
  }
  rl_dist_variable_release(&dist);
  rl_dist_variable_release(&other);
  return weigh(self, answer);
}

static void check_question(fixture *self, question what) {
  rl_error error;
  rl_tensor gradient;
  rl_target target = {.name = "the policy", .source = &self->policy.network.theta};
  size_t n = (size_t)self->policy.network.theta.shape[0];
  double theta[MOST], want[MOST];
  self->what = what;
  widen(self->policy.network.theta.data, theta, n);
  rl_variable *loss = ask(self);
  assert_near(rl_variable_tensor(loss)->data[0], reference(theta, self), 1e-4);
  assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error));
  central_differences(reference, self, theta, n, want);
  assert_relative(gradient.data, want, n, 1e-5);
  rl_tensor_release(&gradient);
  rl_variable_release(loss);
}

static void check_policy(const rl_space *action, const rl_policy_options *options) {
  fixture self;
  init_fixture(&self, action, options);
  bool fixed = action->kind == RL_BOX && options->std == RL_STD_FIXED;
  for (question what = LOG_PROB; what <= KL_TO; what++)
    if (!(what == ENTROPY && fixed)) check_question(&self, what); /* which is a constant */
  if (options->value_head) check_question(&self, VALUE);
  release_fixture(&self);
}

static void a_gaussian_policy_has_its_gradients_with_every_kind_of_log_std(void **state) {
  (void)state;
  rl_policy_options options = small();
  for (rl_std_kind std = RL_STD_FREE; std <= RL_STD_FIXED; std++) {
    options.std = std;
    check_policy(&box, &options);
  }
}

static void a_categorical_policy_has_its_gradients(void **state) {
  (void)state;
  rl_policy_options options = small();
  check_policy(&choice, &options);
}

static void value_heads_and_layer_norm_have_their_gradients(void **state) {
  (void)state;
  rl_policy_options options = small();
  options.network.layer_norm = true;
  options.value_head = true;
  check_policy(&choice, &options);
  check_policy(&box, &options);
  options.std = RL_STD_STATE;
  check_policy(&box, &options);
}

static void the_entropy_of_a_fixed_std_does_not_depend_on_the_policy(void **state) {
  (void)state;
  fixture self;
  rl_error error;
  rl_tensor gradient;
  rl_policy_options options = small();
  options.std = RL_STD_FIXED;
  init_fixture(&self, &box, &options);
  self.what = ENTROPY;
  rl_variable *loss = ask(&self);
  rl_target target = {.name = "the parameters of the policy", .source = &self.policy.network.theta};
  assert_refused(rl_variable_gradients(loss, 1, &target, &gradient, &error), RL_BAD_ARGUMENT,
                 "the loss does not depend on the parameters of the policy");
  rl_variable_release(loss);
  release_fixture(&self);
}

static double reference_value(const double *theta, void *context) {
  const fixture *self = context;
  double sum = 0.0;
  for (int r = 0; r < ROWS; r++) {
    double x[OBS], y;
    for (int i = 0; i < OBS; i++) x[i] = fmin(fmax((double)self->obs[r * OBS + i], -10.0), 10.0);
    reference_forward(&self->policy.network.mlp, theta, x, &y);
    sum += (double)self->weight[r] * y;
  }
  return sum;
}

static void a_value_has_its_gradient_at_the_parameters_of_its_forward_pass(void **state) {
  (void)state;
  fixture self;
  rl_error error;
  rl_value value;
  rl_variable *v;
  rl_tensor gradient;
  rl_policy_options options = small();
  options.network.normalize = false;
  double theta[MOST], want[MOST];
  rl_rng rng;
  rl_rng_init(&rng, 4, 0);
  fill_normal(&rng, self.obs, ROWS * OBS, 2.0f);
  fill_normal(&rng, self.weight, ROWS, 1.0f);
  assert_ok(rl_value_init(&value, &observation, &options.network, &error));
  self.policy.network = value.network; /* borrowed: the reference wants its sizes */
  size_t n = (size_t)value.network.theta.shape[0];
  widen(value.network.theta.data, theta, n);
  assert_ok(rl_variable_value(&v, &value, self.obs, ROWS, &error));
  rl_variable *loss = weigh(&self, v);
  rl_tensor_fill(&value.network.theta, 0.5f);
  rl_target target = {.name = "the value", .source = &value.network.theta};
  assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error));
  central_differences(reference_value, &self, theta, n, want);
  assert_relative(gradient.data, want, n, 1e-5);
  rl_tensor_release(&gradient);
  rl_variable_release(loss);
  rl_value_release(&value);
}

static void a_graph_outlives_its_policy(void **state) {
  (void)state;
  fixture self;
  rl_error error;
  rl_tensor gradient, theta;
  rl_policy_options options = small();
  init_fixture(&self, &box, &options);
  self.what = LOG_PROB;
  rl_variable *loss = ask(&self);
  theta = rl_tensor_share(&self.policy.network.theta);
  release_fixture(&self);
  rl_target target = {.name = "the policy", .source = &theta};
  assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error));
  rl_tensor_release(&gradient);
  rl_tensor_release(&theta);
  rl_variable_release(loss);
}

static void two_policies_have_gradients_of_their_own(void **state) {
  (void)state;
  fixture self;
  rl_error error;
  rl_tensor both[2], alone;
  rl_policy_options options = small();
  init_fixture(&self, &box, &options);
  rl_target targets[] = {{.name = "the policy", .source = &self.policy.network.theta},
                         {.name = "the other", .source = &self.other.network.theta}};
  self.what = KL_TO;
  rl_variable *loss = ask(&self);
  assert_ok(rl_variable_gradients(loss, 2, targets, both, &error));
  rl_variable_release(loss);
  rl_policy swap = self.policy; /* KL(policy || other) by the other is KL_FROM of the two swapped */
  self.policy = self.other;
  self.other = swap;
  self.what = KL_FROM;
  targets[1].source = &self.policy.network.theta;
  loss = ask(&self);
  assert_ok(rl_variable_gradients(loss, 1, &targets[1], &alone, &error));
  assert_true(rl_tensor_equal(&both[1], &alone));
  assert_false(rl_tensor_equal(&both[0], &alone));
  rl_variable_release(loss);
  rl_tensor_release(&both[0]);
  rl_tensor_release(&both[1]);
  rl_tensor_release(&alone);
  release_fixture(&self);
}

/* A policy of the usual size, and enough rows for more than one block of pieces. */
enum { MANY = 64 * 40 + 17 };

typedef struct large {
  rl_policy policy;
  float *obs, *action;
} large;

static void init_large(large *self) {
  rl_error error;
  rl_rng rng;
  rl_policy_options options = rl_policy_defaults();
  self->obs = zeros(MANY * OBS, sizeof(float));
  self->action = zeros(MANY * ACTIONS, sizeof(float));
  rl_rng_init(&rng, 9, 0);
  fill_normal(&rng, self->obs, MANY * OBS, 1.0f);
  fill_normal(&rng, self->action, MANY * ACTIONS, 1.0f);
  assert_ok(rl_policy_init(&self->policy, &observation, &box, &options, &error));
}

static void release_large(large *self) {
  rl_policy_release(&self->policy);
  free(self->obs);
  free(self->action);
}

/* Of the sum of log-probabilities over some of the rows. */
static rl_tensor large_gradient(const large *self, int first, int rows) {
  rl_error error;
  rl_tensor gradient, actions = rl_tensor_wrap(self->action + first * ACTIONS, 2, (int64_t[]){rows, ACTIONS});
  rl_dist_variable dist;
  rl_variable *log_prob, *loss;
  rl_target target = {.name = "the policy", .source = &self->policy.network.theta};
  assert_ok(rl_variable_policy(&dist, &self->policy, self->obs + first * OBS, rows, &error));
  assert_ok(rl_variable_log_prob(&log_prob, &dist, &actions, &error));
  assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, log_prob, RL_ALL, &error));
  assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error));
  rl_dist_variable_release(&dist);
  rl_variable_release(log_prob);
  rl_variable_release(loss);
  return gradient;
}

static void gradients_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  large self;
  init_large(&self);
  rl_tensor seen[3];
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    seen[threads - 1] = large_gradient(&self, 0, MANY);
    size_t bytes = (size_t)rl_tensor_count(&seen[0]) * sizeof(float);
    assert_memory_equal(seen[0].data, seen[threads - 1].data, bytes);
  }
  for (int i = 0; i < 3; i++) rl_tensor_release(&seen[i]);
  rl_set_threads(1);
  release_large(&self);
}

static void the_gradient_of_a_large_batch_is_the_sum_of_its_parts(void **state) {
  (void)state;
  large self;
  init_large(&self);
  rl_tensor whole = large_gradient(&self, 0, MANY);
  size_t n = (size_t)rl_tensor_count(&whole);
  double *sum = zeros(n, sizeof(double));
  for (int first = 0; first < MANY; first += 500) {
    rl_tensor part = large_gradient(&self, first, MANY - first < 500 ? MANY - first : 500);
    for (size_t i = 0; i < n; i++) sum[i] += (double)part.data[i];
    rl_tensor_release(&part);
  }
  assert_relative(whole.data, sum, n, 1e-5);
  free(sum);
  rl_tensor_release(&whole);
  release_large(&self);
}

static void impossible_actions_are_refused_with_their_row(void **state) {
  (void)state;
  fixture self;
  rl_error error;
  rl_dist_variable dist, gaussian;
  rl_variable *out;
  rl_policy_options options = small();
  init_fixture(&self, &choice, &options);
  assert_ok(rl_variable_policy(&dist, &self.policy, self.obs, ROWS, &error));
  const float bad[] = {-1.0f, ACTIONS, 0.5f, NAN, INFINITY};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    self.action[4] = bad[i];
    assert_refused(rl_variable_log_prob(&out, &dist, &self.actions, &error), RL_BAD_ARGUMENT, "row 5");
  }
  rl_tensor few = rl_tensor_wrap(self.action, 1, (int64_t[]){4});
  assert_refused(rl_variable_log_prob(&out, &dist, &few, &error), RL_BAD_SHAPE, "[70] expected, got [4]");
  release_fixture(&self);
  init_fixture(&self, &box, &options);
  assert_ok(rl_variable_policy(&gaussian, &self.policy, self.obs, ROWS, &error));
  assert_refused(rl_variable_kl(&out, &dist, &gaussian, &error), RL_BAD_SHAPE, "categorical");
  rl_dist_variable_release(&gaussian);
  rl_dist_variable_release(&dist);
  release_fixture(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gaussian_policy_has_its_gradients_with_every_kind_of_log_std),
      cmocka_unit_test(a_categorical_policy_has_its_gradients),
      cmocka_unit_test(value_heads_and_layer_norm_have_their_gradients),
      cmocka_unit_test(the_entropy_of_a_fixed_std_does_not_depend_on_the_policy),
      cmocka_unit_test(a_value_has_its_gradient_at_the_parameters_of_its_forward_pass),
      cmocka_unit_test(a_graph_outlives_its_policy),
      cmocka_unit_test(two_policies_have_gradients_of_their_own),
      cmocka_unit_test(gradients_are_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(the_gradient_of_a_large_batch_is_the_sum_of_its_parts),
      cmocka_unit_test(impossible_actions_are_refused_with_their_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
