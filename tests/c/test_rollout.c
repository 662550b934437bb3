/* What a batch holds, by playing its actions again in an environment of the same seed: batches that go on
 * where the last one ended, and batches of one episode of each copy, some of them in groups that
 * begin alike. */
#include "episodes/rollout.h"

#include "base/parallel.h"
#include "check.h"
#include "reference_policy.h"
#include "toy_agent.h"

static rl_env_def box_def, choice_def, factors_def;

/* A rollout without a method; the agent's method is one that only lends its networks. */
typedef struct player {
  agent agent;
  rl_rollout rollout;
  rl_value *value; /* as given to the rollout */
} player;

static void player_new(player *p, const agent_parts *parts, const rl_env_def *def, int steps) {
  rl_error error;
  rl_method_options options = defaults_of("ppo");
  options.collect.advantage = RL_REWARD_TO_GO; /* needs no critic */
  agent_new_of(&p->agent, parts, def, &options, 1);
  p->value = p->agent.has_value ? &p->agent.value : NULL;
  assert_ok(rl_rollout_init(&p->rollout, steps, p->agent.env, &p->agent.policy, 1, &error));
}

static void player_free(player *p) {
  rl_rollout_release(&p->rollout);
  agent_free(&p->agent);
}

static void go_on(player *p) {
  rl_error error;
  assert_ok(rl_rollout_collect(&p->rollout, p->agent.env, &p->agent.policy, p->value, false, 1, &error));
}

static void play_episodes(player *p, int group) {
  rl_error error;
  assert_ok(rl_rollout_collect(&p->rollout, p->agent.env, &p->agent.policy, p->value, true, group, &error));
}

/* V of a state by whatever evaluates states: the value, the policy's head, nothing. */
static double value_in(const player *p, const float *obs) {
  double theta[MAX_PARAMETERS], y[REFERENCE_OUTPUTS];
  const rl_policy *policy = &p->agent.policy;
  if (p->value) {
    widen(p->value->network.theta.data, theta, count(&p->value->network));
    return reference_value(p->value, theta, obs);
  }
  widen(policy->network.theta.data, theta, count(&policy->network));
  reference_policy(policy, theta, obs, y);
  return policy->value_head ? y[rl_policy_outputs(policy) - 1] : 0.0;
}

/* What the stats should come to. */
typedef struct books {
  int rows, episodes, terminated, truncated;
  double reward, terms[2], returns, lengths;
} books;

/* Copy c at step t as the environment `view`, which has just taken that step, shows it. */
static void check_cell(const player *p, const rl_vec_view *view, int t, int c, books *sums) {
  const rl_rollout *b = &p->rollout;
  int i = t * COPIES + c;
  double theta[MAX_PARAMETERS], y[REFERENCE_OUTPUTS];
  const rl_policy *policy = &p->agent.policy;
  const int size = policy->observation.size;
  const float *obs = b->obs.data + i * size, *action = b->action.data + i * rl_space_width(&policy->action);
  int outputs = rl_policy_outputs(policy);
  widen(policy->network.theta.data, theta, count(&policy->network));
  reference_dist dist = reference_policy(policy, theta, obs, y);
  assert_near(b->log_prob.data[i], reference_log_prob(&dist, action), 1e-5);
  assert_relative(b->output.data + i * outputs, y, (size_t)outputs, 1e-5);
  assert_near(b->value.data[i], value_in(p, obs), 1e-5);
  double cut = view->truncated[c] ? value_in(p, view->final_observation + c * size) : 0.0;
  assert_near(b->cut_value.data[i], cut, 1e-5);
  assert_true(b->reward.data[i] == view->reward[c]);
  assert_true(b->terminated[i] == view->terminated[c] && b->truncated[i] == view->truncated[c]);
  assert_int_equal(b->rows[sums->rows], i); /* in order, and none but the steps that were taken */
  sums->rows++;
  sums->reward += (double)view->reward[c];
  for (int k = 0; k < 2; k++) sums->terms[k] += (double)view->terms[c * RL_MAX_TERMS + k];
  if (!view->terminated[c] && !view->truncated[c]) return;
  sums->episodes++;
  sums->terminated += view->terminated[c];
  sums->truncated += view->truncated[c];
  sums->returns += view->episode_return[c];
  sums->lengths += (double)view->episode_length[c];
}

static void check_stats(const rl_rollout *b, const books *sums) {
  const rl_rollout_stats *s = &b->stats;
  assert_int_equal(b->n_rows, sums->rows);
  assert_int_equal(s->episodes, sums->episodes);
  assert_int_equal(s->terminated, sums->terminated);
  assert_int_equal(s->n_terms, 2);
  assert_near(s->mean_reward, sums->reward / sums->rows, 1e-9);
  for (int k = 0; k < 2; k++) assert_near(s->terms[k], sums->terms[k] / sums->rows, 1e-9);
  if (sums->episodes == 0) assert_true(isnan(s->mean_return) && isnan(s->mean_length));
  if (sums->episodes == 0) return;
  assert_near(s->mean_return, sums->returns / sums->episodes, 1e-9);
  assert_near(s->mean_length, sums->lengths / sums->episodes, 1e-9);
}

/* Plays the batch again in `env`, which stands where the batch began. Idle copies take no step. */
static books replay(const player *p, rl_vec_env *env) {
  const rl_rollout *b = &p->rollout;
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_error error;
  const int size = p->agent.policy.observation.size, width = rl_space_width(&p->agent.policy.action);
  books sums = {0};
  int lengths[COPIES] = {0};
  for (int t = 0; t < b->steps; t++) {
    bool idle[COPIES], all = true;
    for (int c = 0; c < COPIES; c++) {
      int i = t * COPIES + c;
      all = all && view->idle[c];
      idle[c] = view->idle[c];
      lengths[c] += !idle[c];
      if (idle[c]) continue;
      assert_memory_equal(b->obs.data + i * size, view->observation + c * size, (size_t)size * sizeof(float));
      assert_int_equal(b->time[i], view->terminated[c] || view->truncated[c] ? 0 : view->episode_length[c]);
    }
    if (all) break;
    assert_ok(rl_vec_env_step(env, b->action.data + t * COPIES * width, &error));
    for (int c = 0; c < COPIES; c++)
      if (!idle[c]) check_cell(p, view, t, c, &sums);
  }
  for (int c = 0; c < COPIES; c++) {
    assert_int_equal(b->length[c], lengths[c]);
    if (!view->idle[c]) assert_near(b->last_value.data[c], value_in(p, view->observation + c * size), 1e-5);
  }
  check_stats(b, &sums);
  return sums;
}

static rl_vec_env *again(const rl_env_def *def) {
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_vec_env_create(&env, def, COPIES, 1, 0, NULL, &error));
  return env;
}

static const agent_parts critics[] = {{0}, {.no_value = true, .value_head = true}, {.no_value = true}};

static void a_batch_holds_what_the_environment_and_the_networks_said(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &choice_def, &factors_def};
  for (int k = 0; k < 9; k++) {
    player p;
    player_new(&p, &critics[k / 3], defs[k % 3], STEPS);
    rl_vec_env *env = again(defs[k % 3]);
    int truncated = 0;
    rl_vec_env_reset(env, NULL);
    for (int i = 0; i < 2; i++) { /* the second goes on where the first ended */
      go_on(&p);
      books sums = replay(&p, env);
      assert_int_equal(sums.rows, ROWS);
      assert_int_equal(p.rollout.stats.total_steps, (i + 1) * ROWS);
      truncated += sums.truncated;
    }
    assert_true(truncated > 0);
    rl_vec_env_free(env);
    player_free(&p);
  }
}

static void a_batch_too_short_for_an_episode_has_no_mean_return(void **state) {
  (void)state;
  player p;
  player_new(&p, &critics[0], &box_def, 1);
  go_on(&p);
  assert_true(isnan(p.rollout.stats.mean_return) && p.rollout.stats.episodes == 0);
  player_free(&p);
}

/* Strong noise throws some copies out, the others last to the limit of 25. The second batch is shorter than
 * that: it holds the beginnings of episodes, and nothing of the batch before. */
static void a_batch_of_episodes_holds_one_of_each_copy(void **state) {
  (void)state;
  for (int k = 0; k < 3; k++) {
    player p;
    player_new(&p, &critics[k], &box_def, STEPS);
    rl_vec_env *env = again(&box_def);
    rl_vec_env_options(env)[TOY_NOISE] = rl_vec_env_options(p.agent.env)[TOY_NOISE] = 0.35;
    rl_vec_env_set_restart(env, false);
    for (int i = 0; i < 3; i++) {
      play_episodes(&p, 1);
      rl_vec_env_reset(env, NULL);
      books sums = replay(&p, env);
      assert_int_equal(sums.episodes, COPIES);
      assert_true(sums.rows < 25 * COPIES);
    }
    assert_true(p.rollout.stats.total_steps > 0);
    assert_true(rl_vec_env_restart(p.agent.env)); /* as it was */
    rl_vec_env_free(env);
    player_free(&p);
  }
}

static void an_episode_that_the_batch_cuts_short_is_no_finished_one(void **state) {
  (void)state;
  player p;
  player_new(&p, &critics[0], &box_def, 10);
  rl_vec_env *env = again(&box_def);
  rl_vec_env_set_restart(env, false);
  for (int i = 0; i < 2; i++) { /* each batch begins with a reset */
    play_episodes(&p, 1);
    rl_vec_env_reset(env, NULL);
    books sums = replay(&p, env);
    assert_int_equal(sums.rows, 10 * COPIES);
    assert_int_equal(sums.episodes, 0);
  }
  rl_vec_env_free(env);
  player_free(&p);
}

/* Where no step was taken nothing shows of a longer batch before: neither rewards nor ends. */
static void behind_the_last_step_there_is_nothing(void **state) {
  (void)state;
  player p;
  player_new(&p, &critics[0], &box_def, STEPS);
  rl_vec_env_options(p.agent.env)[TOY_NOISE] = 0.35; /* ends of both kinds */
  play_episodes(&p, 1);
  assert_true(p.rollout.stats.terminated > 0 && p.rollout.stats.terminated < COPIES);
  rl_vec_env_options(p.agent.env)[TOY_NOISE] = 0.05;
  rl_vec_env_options(p.agent.env)[TOY_LIMIT] = 3.0;
  play_episodes(&p, 1);
  const rl_rollout *b = &p.rollout;
  assert_int_equal(b->n_rows, 3 * COPIES);
  for (int i = 3 * COPIES; i < ROWS; i++) {
    assert_true(b->reward.data[i] == 0.0f && b->value.data[i] == 0.0f && b->cut_value.data[i] == 0.0f);
    assert_true(!b->terminated[i] && !b->truncated[i]);
  }
  player_free(&p);
}

/* In the first states of a batch: how many differ from the copy before. */
static int changes(const rl_rollout *b) {
  int n = 0;
  for (int c = 1; c < COPIES; c++)
    n += memcmp(b->obs.data + c * OBS, b->obs.data + (c - 1) * OBS, OBS * sizeof(float)) != 0;
  return n;
}

/* Two groups of three. Actions are their own, so copies of a group part; with the same actions they would go
 * on alike, noise and all. */
static void copies_of_a_group_begin_alike(void **state) {
  (void)state;
  player p;
  rl_error error;
  float starts[3][COPIES * OBS];
  player_new(&p, &critics[0], &box_def, STEPS);
  rl_vec_env *env = again(&box_def), *alike = again(&box_def);
  rl_vec_env_set_restart(env, false);
  for (int i = 0; i < 3; i++) {
    play_episodes(&p, 3);
    assert_ok(rl_vec_env_reset_groups(env, 3, &error));
    replay(&p, env);
    assert_int_equal(changes(&p.rollout), 1);
    memcpy(starts[i], p.rollout.obs.data, sizeof starts[i]);
    assert_true(i == 0 || memcmp(starts[i], starts[i - 1], sizeof starts[i]) != 0);
    for (int c = 1; c < COPIES; c++) assert_true(p.rollout.action.data[c] != p.rollout.action.data[c - 1]);
  }
  assert_ok(rl_vec_env_reset_groups(alike, 3, &error));
  for (int t = 0; t < 25; t++) {
    const float push[COPIES] = {0.1f, 0.1f, 0.1f, -0.2f, -0.2f, -0.2f};
    assert_ok(rl_vec_env_step(alike, push, &error));
    const rl_vec_view *view = rl_vec_env_view(alike);
    const float *x = t < 24 ? view->observation : view->final_observation;
    for (int c = 0; c < COPIES; c++)
      assert_memory_equal(x + c * OBS, x + (c - c % 3) * OBS, OBS * sizeof(float));
    assert_true(x[0] != x[3 * OBS]);
  }
  rl_vec_env_free(env);
  rl_vec_env_free(alike);
  player_free(&p);
}

static void after_a_group_the_environment_serves_any_other_use(void **state) {
  (void)state;
  player p;
  player_new(&p, &critics[0], &box_def, STEPS);
  play_episodes(&p, 3);
  assert_false(rl_vec_env_is_reset(p.agent.env));
  go_on(&p);
  assert_int_equal(p.rollout.n_rows, ROWS);
  assert_int_equal(changes(&p.rollout), COPIES - 1); /* all begin differently */
  for (int c = 0; c < COPIES; c++) assert_int_equal(p.rollout.time[c], 0);
  rl_method_stats stats;
  rl_error error;
  assert_ok(rl_method_collect(p.agent.method, STEPS, &error)); /* PPO on the same environment */
  assert_ok(rl_method_update(p.agent.method, &stats, &error));
  assert_true(rl_method_rollout(p.agent.method)->time[0] > 0); /* it went on where the copies stood */
  play_episodes(&p, 1);
  assert_int_equal(p.rollout.time[0], 0);
  player_free(&p);
}

static void copies_that_rest_are_not_collected_from(void **state) {
  (void)state;
  player p;
  rl_error error;
  player_new(&p, &critics[0], &box_def, STEPS);
  rl_vec_env_options(p.agent.env)[TOY_LIMIT] = 1.0;
  rl_vec_env_set_restart(p.agent.env, false);
  rl_vec_env_reset(p.agent.env, NULL);
  assert_ok(rl_vec_env_step(p.agent.env, (float[COPIES]){0}, &error));
  assert_refused(rl_rollout_collect(&p.rollout, p.agent.env, &p.agent.policy, p.value, false, 1, &error),
                 RL_BAD_ARGUMENT, "copy 1 has finished");
  player_free(&p);
}

static void batches_that_nobody_can_have_are_refused(void **state) {
  (void)state;
  player p;
  rl_error error;
  rl_rollout rollout;
  const int steps[] = {0, -1, (1 << 24) + 1};
  player_new(&p, &critics[0], &box_def, 1);
  for (int i = 0; i < 3; i++)
    assert_refused(rl_rollout_init(&rollout, steps[i], p.agent.env, &p.agent.policy, 1, &error),
                   RL_BAD_ARGUMENT, "steps of 6 copies");
  player_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_holds_what_the_environment_and_the_networks_said),
      cmocka_unit_test(a_batch_too_short_for_an_episode_has_no_mean_return),
      cmocka_unit_test(a_batch_of_episodes_holds_one_of_each_copy),
      cmocka_unit_test(an_episode_that_the_batch_cuts_short_is_no_finished_one),
      cmocka_unit_test(behind_the_last_step_there_is_nothing),
      cmocka_unit_test(copies_of_a_group_begin_alike),
      cmocka_unit_test(after_a_group_the_environment_serves_any_other_use),
      cmocka_unit_test(copies_that_rest_are_not_collected_from),
      cmocka_unit_test(batches_that_nobody_can_have_are_refused),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
