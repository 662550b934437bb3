/* What networks read that have a history: the last observations of the same episode, in batches that go on where the last
 * one ended, in pieces, at once, ahead, in populations and recordings; and where nobody can know what came before. */
#include "base/parallel.h"
#include "check.h"
#include "episodes/evaluate.h"
#include "episodes/population.h"
#include "method/agent.h"
#include "toy_agent.h"

enum { HISTORY = 3, LONG = 60, INPUTS = HISTORY * OBS };

static rl_env_def box_def;

static const agent_parts parts = {.history = HISTORY};

/* The last observations of one copy, as a list that grows. */
typedef struct past {
  float seen[4096][OBS];
  int n, begin; /* of the episode */
} past;

static void add(past *p, const float *observation) { memcpy(p->seen[p->n++], observation, sizeof *p->seen); }

/* All that is read: before the episode began its first observation. */
static void window(const past *p, float out[INPUTS]) {
  for (int k = 0; k < HISTORY; k++) {
    const int at = p->n - HISTORY + k;
    memcpy(out + k * OBS, p->seen[at < p->begin ? p->begin : at], sizeof *p->seen);
  }
}

static double value_of(agent *a, const float x[INPUTS]) {
  rl_error error;
  float y;
  assert_ok(rl_network_apply(&a->value.network, x, 1, &y, &error));
  return (double)y;
}

/* Plays a batch again in `env`, which stands where it began, and goes on with the pasts; counts ends. */
static void check_batch(agent *a, rl_vec_env *env, past *pasts, int *terminated, int *truncated) {
  const rl_rollout *r = rl_method_rollout(a->method);
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_error error;
  float x[INPUTS], y[2];
  for (int t = 0; t < r->steps; t++) {
    for (int c = 0; c < COPIES; c++) {
      const int i = t * COPIES + c;
      if (r->time[i] == 0) pasts[c].begin = pasts[c].n;
      add(&pasts[c], view->observation + c * OBS);
      window(&pasts[c], x);
      assert_memory_equal(r->obs.data + i * INPUTS, x, sizeof x);
      assert_ok(rl_network_apply(&a->policy.network, x, 1, y, &error));
      assert_near(r->output.data[i], y[0], 1e-5);
      assert_near(r->value.data[i], value_of(a, x), 1e-5);
    }
    assert_ok(rl_vec_env_step(env, r->action.data + t * COPIES, &error));
    for (int c = 0; c < COPIES; c++) {
      const int i = t * COPIES + c;
      *terminated += r->terminated[i];
      *truncated += r->truncated[i];
      if (!r->truncated[i]) continue;
      add(&pasts[c], view->final_observation + c * OBS);
      window(&pasts[c], x);
      assert_near(r->cut_value.data[i], value_of(a, x), 1e-5);
    }
  }
  for (int c = 0; c < COPIES; c++) {
    past after = pasts[c];
    if (view->terminated[c] || view->truncated[c]) after.begin = after.n;
    add(&after, view->observation + c * OBS);
    window(&after, x);
    assert_near(r->last_value.data[c], value_of(a, x), 1e-5);
  }
}

/* The pasts are those of copies that nobody has moved but the batches. */
static void check_batches(int threads, bool pieces, int lag) {
  static past pasts[COPIES];
  rl_error error;
  rl_vec_env *env;
  agent a;
  int terminated = 0, truncated = 0;
  rl_method_options options = defaults_of("ppo");
  if (lag) rl_collect_ahead(&options.collect, 1, true);
  rl_set_threads(threads);
  memset(pasts, 0, sizeof pasts);
  agent_new_of(&a, &parts, &box_def, &options, 5);
  assert_ok(rl_vec_env_create(&env, &box_def, COPIES, 5, 0, NULL, &error));
  assert_ok(rl_vec_env_reset(env, &error));
  a.policy.network.theta.data[count(&a.policy.network) - 1] = 1.5f; /* so wild that some terminate */
  for (int batch = 0; batch < 4; batch++) {
    const int steps = batch == 2 ? LONG / 2 : LONG; /* another length: another rollout */
    rl_method_stats stats;
    if (pieces) {
      assert_ok(rl_method_begin_collect(a.method, steps, &error));
      while (rl_method_phase_of(a.method) == RL_COLLECTING)
        assert_ok(rl_method_advance(a.method, &stats, &error));
    } else {
      collect(&a, steps);
    }
    check_batch(&a, env, pasts, &terminated, &truncated);
    if (lag) continue; /* or another policy would have acted in the batch after next */
    update(&a);
  }
  assert_true(terminated > 3 && truncated > 10);
  rl_vec_env_free(env);
  agent_free(&a);
  rl_set_threads(1);
}

static void a_batch_has_what_each_copy_has_seen(void **state) {
  (void)state;
  for (int threads = 1; threads <= 2; threads++)
    for (int pieces = 0; pieces < 2; pieces++) check_batches(threads, pieces, 0);
}

static void so_has_a_batch_that_was_collected_ahead(void **state) {
  (void)state;
  for (int threads = 1; threads <= 2; threads++)
    for (int pieces = 0; pieces < 2; pieces++) check_batches(threads, pieces, 1);
}

/* Copies that the program has moved in between are as if their episode began: what they had seen is not known. */
static void copies_that_others_have_moved_begin_anew(void **state) {
  (void)state;
  rl_error error;
  agent a;
  const rl_method_options options = defaults_of("ppo");
  const float still[COPIES] = {0};
  agent_new_of(&a, &parts, &box_def, &options, 5);
  collect(&a, 7);
  assert_ok(rl_vec_env_step(a.env, still, &error));
  const rl_rollout *r = collect(&a, 7);
  for (int c = 0; c < COPIES; c++) {
    const float *x = r->obs.data + c * INPUTS;
    assert_true(r->time[c] > 0);
    for (int k = 1; k < HISTORY; k++) assert_memory_equal(x, x + k * OBS, OBS * sizeof(float));
  }
  agent_free(&a);
}

/* The normaliser takes each observation once, and all of a history by the same numbers. */
static void statistics_are_of_observations(void **state) {
  (void)state;
  agent a;
  const rl_method_options options = defaults_of("ppo");
  agent_new_of(&a, &parts, &box_def, &options, 5);
  const rl_rollout *r = collect(&a, LONG);
  double mean[OBS] = {0};
  for (int i = 0; i < LONG * COPIES; i++)
    for (int k = 0; k < OBS; k++)
      mean[k] += (double)r->obs.data[i * INPUTS + INPUTS - OBS + k] / (LONG * COPIES);
  update(&a);
  const rl_normalizer *n = &a.policy.network.normalizer;
  assert_int_equal(n->size, OBS);
  assert_near(n->count, LONG * COPIES, 0.0);
  for (int k = 0; k < OBS; k++) assert_near(n->mean[k], mean[k], 1e-9);
  float x[INPUTS] = {1, 2, 3, 4, 5, 6}, y[INPUTS];
  rl_network_normalize(&a.policy.network, x, 1, y);
  for (int i = 0; i < INPUTS; i++) {
    const double deviation = sqrt(n->m2[i % OBS] / n->count + 1e-8);
    assert_near(y[i], fmin(fmax(((double)x[i] - n->mean[i % OBS]) / deviation, -10.0), 10.0), 1e-4);
  }
  agent_free(&a);
}

/* Copies of a linear policy whose mean is the oldest observation's x, doubled. */
static void make_late(rl_policy *policy) {
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.network.n_hidden = 0;
  options.network.normalize = false;
  options.network.history = HISTORY;
  assert_ok(rl_policy_init(policy, &box_def.observation, &box_def.action, &options, &error));
  memset(policy->network.theta.data, 0, count(&policy->network) * sizeof(float));
  policy->network.theta.data[0] = 2.0f;
}

/* The return of the same episode by hand: streams of a population are those of its candidate. */
static void populations_and_recordings_remember(void **state) {
  (void)state;
  enum { EPISODES = 5 };
  rl_error error;
  rl_policy policy;
  rl_recording recordings[EPISODES];
  rl_evaluation evaluation;
  make_late(&policy);
  assert_ok(rl_evaluate(&evaluation, &box_def, NULL, NULL, &policy, EPISODES, true, 3, recordings, EPISODES,
                        &error));
  for (int e = 0; e < EPISODES; e++) {
    const rl_recording *r = &recordings[e];
    for (int t = 0; t + 1 < r->length; t++) { /* v' = v / 2 + push / 5 + noise, whose deviation is .05 */
      const float *now = r->observation + t * OBS, *next = now + OBS,
                  *late = r->observation + (t < HISTORY - 1 ? 0 : t - HISTORY + 1) * OBS;
      const double push = fmin(fmax(2.0 * (double)late[0], -1.0), 1.0);
      assert_near(next[1], 0.5 * (double)now[1] + 0.2 * push, 0.3);
    }
    rl_recording_release(&recordings[e]);
  }
  rl_evaluation_release(&evaluation);
  double options[TOY_OPTIONS] = {0.0, 25.0};
  double returns[EPISODES], again[EPISODES];
  rl_population population = {.def = &box_def, .options = options, .n = EPISODES, .policy = &policy};
  rl_population_options how = rl_population_defaults();
  rl_population_result result = {.returns = returns};
  assert_ok(rl_evaluate_population(&population, &how, &result, &error));
  assert_true(returns[0] != returns[1]);
  result.returns = again;
  rl_set_threads(2);
  assert_ok(rl_evaluate_population(&population, &how, &result, &error));
  rl_set_threads(1);
  assert_memory_equal(returns, again, sizeof returns);
  for (int c = 0; c < EPISODES;
       c++) { /* x0 again from the first reward, 1 - x1 x1 and its effort, is not needed: all alike */
    how.first = c;
    population.n = 1;
    result.returns = again;
    assert_ok(rl_evaluate_population(&population, &how, &result, &error));
    assert_true(again[0] == returns[c]);
  }
  rl_policy_release(&policy);
}

/* What acts while an agent learns remembers as well, and does not change what the last state of the batch is worth. */
static void an_agent_remembers(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_agent *actor;
  static past pasts[COPIES];
  rl_method_options options = defaults_of("ppo");
  memset(pasts, 0, sizeof pasts);
  options.minibatch = 0;
  options.value_lr = 1e-9; /* the value stays as it is */
  agent_new_of(&a, &parts, &box_def, &options, 5);
  a.value.network.normalizer.size = 0;
  assert_ok(rl_agent_create(&actor, a.method, 8, &error));
  rl_rng rng;
  rl_rng_init(&rng, 1, 1);
  int batches = 0;
  double last[COPIES] = {0};
  for (int t = 0; t < 60; t++) {
    float now[COPIES * OBS], reward[COPIES] = {0}, x[INPUTS];
    uint8_t over[COPIES];
    const float *action;
    rl_rng_fill_normal(&rng, now, COPIES * OBS);
    const bool before = rl_agent_learns(actor);
    assert_ok(rl_agent_see(actor, now, &error));
    const rl_rollout *r = &rl_method_collector(a.method)->rollout;
    if (!before && rl_agent_learns(actor)) /* the state after the batch, with what came before it */
      for (int c = 0; c < COPIES; c++) {
        past after = pasts[c];
        add(&after, now + c * OBS);
        window(&after, x);
        last[c] = value_of(&a, x);
        batches += c == 0;
      }
    assert_ok(rl_agent_act(actor, &action, &error));
    for (int c = 0; c < COPIES; c++) {
      add(&pasts[c], now + c * OBS);
      over[c] = rl_rng_uniform(&rng) < 0.1f;
      if (!rl_agent_learns(actor)) {
        window(&pasts[c], x);
        const int row = r->progress.steps;
        assert_memory_equal(r->obs.data + (row * COPIES + c) * INPUTS, x, sizeof x);
      }
      if (over[c]) pasts[c].begin = pasts[c].n;
    }
    assert_ok(rl_agent_reward(actor, reward, over, NULL, NULL, &error));
    rl_method_stats stats;
    if (t % 4 == 3 && rl_agent_learns(actor)) { /* its values come late: it has acted since */
      while (rl_agent_learns(actor)) assert_ok(rl_agent_advance(actor, &stats, &error));
      for (int c = 0; c < COPIES; c++) assert_near(r->last_value.data[c], last[c], 1e-4);
    }
  }
  assert_true(batches > 2);
  rl_agent_free(actor);
  agent_free(&a);
}

static void a_value_or_base_with_another_history_is_refused(void **state) {
  (void)state;
  rl_error error;
  agent a;
  const rl_method_options options = defaults_of("ppo");
  rl_method *method;
  agent_new_of(&a, &parts, &box_def, &options, 5);
  rl_value value;
  rl_policy base;
  const rl_network_options one = rl_value_defaults();
  const rl_policy_options plain = rl_policy_defaults();
  assert_ok(rl_value_init(&value, &box_def.observation, &one, &error));
  assert_ok(rl_policy_init(&base, &box_def.observation, &box_def.action, &plain, &error));
  assert_refused(rl_method_create(&method, a.env, &a.policy, &value, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE,
                 "option history: the policy reads the last 3 observations, the value the last 1");
  assert_refused(rl_method_create(&method, a.env, &a.policy, &a.value, &base, NULL, &options, &error),
                 RL_BAD_SHAPE, "option base: it reads the last 1 observations, the policy the last 3");
  rl_value_release(&value);
  rl_policy_release(&base);
  agent_free(&a);
}

int main(void) {
  box_def = toy_box();
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_batch_has_what_each_copy_has_seen),
                                     cmocka_unit_test(so_has_a_batch_that_was_collected_ahead),
                                     cmocka_unit_test(copies_that_others_have_moved_begin_anew),
                                     cmocka_unit_test(statistics_are_of_observations),
                                     cmocka_unit_test(populations_and_recordings_remember),
                                     cmocka_unit_test(an_agent_remembers),
                                     cmocka_unit_test(a_value_or_base_with_another_history_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
