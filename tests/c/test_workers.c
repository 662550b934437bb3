/* Workers, each with parameters of its own: who acts, whose values a batch has, what an update comes to (against a model that
 * takes one gradient after the other), and what happens when somebody else writes to the policy. Threads, pieces, saving
 * and failures are tested with those of all methods. */
#include "method/workers.h"
#include "toy_agent.h"

#include <string.h>

enum { FEW = 5, MOST = 2 * ROWS };

static rl_env_def box_def, choice_def, factors_def;

/* What a worker has taken, as the model knows it. */
typedef struct shadow {
  float policy[COPIES][MAX_PARAMETERS], value[COPIES][MAX_PARAMETERS];
} shadow;

static rl_method_options options_of(const agent_parts *parts) {
  rl_method_options options = defaults_of("a3c");
  options.lr = 0.02;
  options.value_lr = 0.01;
  options.max_grad_norm = 0.3;
  options.normalize_advantage = true;
  options.base_kl_coef = parts->with_base ? 0.2 : 0.0;
  return options;
}

static void take(float *to, const rl_network *network) {
  memcpy(to, network->theta.data, count(network) * sizeof *to);
}

static void put(rl_network *network, const float *from) {
  memcpy(network->theta.data, from, count(network) * sizeof *from);
}

static void take_all(shadow *s, const agent *a, int copy) {
  take(s->policy[copy], &a->policy.network);
  if (a->has_value) take(s->value[copy], &a->value.network);
}

/* theta -= lr g / sqrt(v + epsilon), in double. */
static void step(float *theta, double *v, const float *gradient, size_t n, double lr, double longest) {
  double norm = 0.0;
  for (size_t i = 0; i < n; i++) norm += (double)gradient[i] * (double)gradient[i];
  const double scale = fmin(1.0, longest / sqrt(norm));
  for (size_t i = 0; i < n; i++) {
    const double g = scale * (double)gradient[i];
    v[i] = 0.99 * v[i] + 0.01 * g * g;
    theta[i] = (float)((double)theta[i] - lr * g / sqrt(v[i] + 1e-5));
  }
}

static int rows_of(const rl_rollout *r, int copy, int *index) {
  for (int s = 0; s < r->length[copy]; s++) index[s] = s * r->copies + copy;
  return r->length[copy];
}

/* Actions, and values, are of the parameters that the copy's worker has. */
static void check_batch(agent *a, const shadow *s, const rl_rollout *r) {
  rl_error error;
  rl_dist dist;
  float now[MAX_PARAMETERS], now_value[MAX_PARAMETERS], log_prob[ROWS], value[ROWS];
  const int cells = r->steps * r->copies;
  take(now, &a->policy.network);
  if (a->has_value) take(now_value, &a->value.network);
  for (int c = 0; c < COPIES; c++) {
    put(&a->policy.network, s->policy[c]);
    if (a->has_value) put(&a->value.network, s->value[c]);
    assert_ok(rl_policy_dist(&a->policy, r->obs.data, cells, &dist, &error));
    rl_dist_log_prob(&dist, cells, r->action.data, log_prob);
    if (a->has_value) assert_ok(rl_network_apply(&a->value.network, r->obs.data, cells, value, &error));
    if (!a->has_value) assert_ok(rl_policy_value(&a->policy, r->obs.data, cells, value, &error));
    for (int k = c; k < cells; k += COPIES) {
      assert_near(r->log_prob.data[k], log_prob[k], 1e-6);
      assert_near(r->value.data[k], value[k], 1e-6);
    }
    const float *last = r->last_obs.data + c * r->last_obs.shape[1];
    if (a->has_value) assert_ok(rl_network_apply(&a->value.network, last, 1, value, &error));
    if (!a->has_value) assert_ok(rl_policy_value(&a->policy, last, 1, value, &error));
    assert_near(r->last_value.data[c], *value, 1e-6);
    for (int k = 0; k < r->n_cut; k++) {
      if (r->cut_row[k] % COPIES != c) continue;
      const float *cut = r->cut_obs + k * r->last_obs.shape[1];
      if (a->has_value) assert_ok(rl_network_apply(&a->value.network, cut, 1, value, &error));
      if (!a->has_value) assert_ok(rl_policy_value(&a->policy, cut, 1, value, &error));
      assert_near(r->cut_value.data[r->cut_row[k]], *value, 1e-6);
    }
  }
  put(&a->policy.network, now);
  if (a->has_value) put(&a->value.network, now_value);
}

/* An update by the model: gradients where the workers are, then their steps in turn. */
static void model(agent *a, shadow *s, const rl_rollout *r, double *v, double *v_value) {
  rl_error error;
  const rl_method_options *o = rl_method_settings(a->method);
  rl_network *policy = &a->policy.network, *value = &a->value.network;
  float now[MAX_PARAMETERS], now_value[MAX_PARAMETERS];
  static float d[COPIES][MAX_PARAMETERS], d_value[COPIES][MAX_PARAMETERS];
  take(now, policy);
  if (a->has_value) take(now_value, value);
  for (int c = 0; c < COPIES; c++) {
    int index[MOST];
    const int rows = rows_of(r, c, index);
    put(policy, s->policy[c]);
    if (a->has_value) put(value, s->value[c]);
    assert_ok(rl_method_gradient(a->method, index, rows, d[c], d_value[c], &error));
  }
  put(policy, now);
  if (a->has_value) put(value, now_value);
  for (int c = 0; c < COPIES; c++) {
    step(policy->theta.data, v, d[c], count(policy), o->lr, o->max_grad_norm);
    if (a->has_value)
      step(value->theta.data, v_value, d_value[c], count(value), o->value_lr, o->max_grad_norm);
    take_all(s, a, c);
  }
}

static double apart(const float *x, const float *y, size_t n) {
  double most = 0.0;
  for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)x[i] - (double)y[i]));
  return most;
}

static void compare(const rl_env_def *def, const agent_parts *parts, int steps) {
  const rl_method_options options = options_of(parts);
  static shadow s;
  double v[MAX_PARAMETERS] = {0}, v_value[MAX_PARAMETERS] = {0};
  float found[MAX_PARAMETERS], found_value[MAX_PARAMETERS];
  agent a;
  agent_new_of(&a, parts, def, &options, 1);
  rl_network *policy = &a.policy.network, *value = &a.value.network;
  for (int c = 0; c < COPIES; c++) take_all(&s, &a, c);
  for (int i = 0; i < 4; i++) {
    const rl_rollout *r = collect(&a, steps);
    check_batch(&a, &s, r);
    take(found, policy);
    if (a.has_value) take(found_value, value);
    model(&a, &s, r, v, v_value);
    put(policy, found);
    if (a.has_value) put(value, found_value);
    assert_int_equal(update(&a).epochs_done, 1);
    for (int c = 0; c < COPIES; c++) {
      rl_network_follow(policy, s.policy[c]);
      if (a.has_value) rl_network_follow(value, s.value[c]);
    }
    assert_true(apart(policy->theta.data, found, count(policy)) > 1e-3);
    assert_true(apart(policy->theta.data, s.policy[COPIES - 1], count(policy)) < 1e-5);
    if (a.has_value) assert_true(apart(value->theta.data, s.value[COPIES - 1], count(value)) < 1e-5);
    assert_true(apart(s.policy[0], s.policy[COPIES - 1], count(policy)) > 1e-3); /* else it says little */
    put(policy, s.policy[COPIES - 1]); /* rounding does not add up: */
    if (a.has_value) put(value, s.value[COPIES - 1]);
    for (int c = 0; c < COPIES; c++) { /* the workers have what the model has */
      rl_crew *crew = &rl_method_collector(a.method)->workers->policy;
      memcpy(crew->theta + (size_t)c * crew->size, s.policy[c], crew->size * sizeof(float));
      crew = &rl_method_collector(a.method)->workers->value;
      if (a.has_value) memcpy(crew->theta + (size_t)c * crew->size, s.value[c], crew->size * sizeof(float));
    }
  }
  agent_free(&a);
}

static void an_update_is_that_of_a_model_that_takes_one_worker_after_the_other(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &choice_def, &factors_def};
  for (int i = 0; i < 12; i++) {
    const bool head = i % 4 == 3;
    const agent_parts parts = {.std = i % 4 == 1   ? RL_STD_STATE
                                      : i % 4 == 2 ? RL_STD_FIXED
                                                   : RL_STD_FREE,
                               .value_head = head,
                               .no_value = head,
                               .layer_norm = i % 2,
                               .with_base = i % 4 == 2};
    compare(defs[i % 3], &parts, i % 4 ? FEW : STEPS);
  }
}

static void somebody_who_writes_to_the_policy_writes_for_all_workers(void **state) {
  (void)state;
  static shadow s;
  const rl_method_options options = options_of(&(agent_parts){0});
  agent a;
  agent_new(&a, &box_def, &options);
  collect(&a, FEW);
  update(&a);
  a.policy.network.theta.data[3] += 0.25f;
  for (int c = 0; c < COPIES; c++) take_all(&s, &a, c);
  check_batch(&a, &s, collect(&a, FEW));
  update(&a);
  a.value.network.theta.data[0] -= 0.5f;
  for (int c = 0; c < COPIES; c++) take_all(&s, &a, c);
  check_batch(&a, &s, collect(&a, FEW));
  agent_free(&a);
}

static void workers_have_no_lag(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = defaults_of("a3c");
  options.collect.lag = 1;
  assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, "option lag: each worker of a3c");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_update_is_that_of_a_model_that_takes_one_worker_after_the_other),
      cmocka_unit_test(somebody_who_writes_to_the_policy_writes_for_all_workers),
      cmocka_unit_test(workers_have_no_lag),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
