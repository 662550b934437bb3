/* Actions of several factors, and masks: what is never drawn, what has no gradient, what is refused, what files hold.
 * Gradients against formulas are in test_dist.c, test_objective.c and test_natural.c. */
#include "base/parallel.h"
#include "check.h"
#include "episodes/population.h"
#include "levels.h"
#include "toy_agent.h"

#include <unistd.h>

enum { SEEN = 3, CHOICES = 11, ALL = SEEN + CHOICES, WIDTH = 3 };

static const rl_space observation = {.kind = RL_BOX, .size = ALL, .low = -INFINITY, .high = INFINITY};
static const rl_space game = {.kind = RL_FACTORS,
                              .size = CHOICES + 2,
                              .masked = true,
                              .n_factors = 3,
                              .factor = {{"card", RL_DISCRETE, 8, 0.0f, 0.0f},
                                         {"aim", RL_BOX, 2, -1.0f, 2.0f},
                                         {"gear", RL_DISCRETE, 3, 0.0f, 0.0f}}};

/* Masks at random, each of which allows something; every fifth allows one choice. */
static void fill_masks(rl_rng *rng, float *obs, int rows) {
  fill_normal(rng, obs, (size_t)rows * ALL, 1.0f);
  for (int r = 0; r < rows; r++) {
    float *mask = obs + r * ALL + SEEN;
    for (int i = 0; i < CHOICES; i++) mask[i] = r % 5 == 0 ? 0.0f : (float)rl_rng_below(rng, 2);
    mask[rl_rng_below(rng, 8)] = 1.0f;
    mask[8 + rl_rng_below(rng, 3)] = 1.0f;
  }
}

static void policy_new(rl_policy *policy, rl_std_kind std, float gain) {
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.network = rl_network_defaults(gain);
  options.network.n_hidden = 1;
  options.network.hidden[0] = 16;
  options.std = std;
  assert_ok(rl_policy_init(policy, &observation, &game, &options, &error));
}

static bool is_allowed(const float *obs, const float *action) {
  return obs[SEEN + (int)action[0]] == 1.0f && obs[SEEN + 8 + (int)action[3]] == 1.0f;
}

static void no_forbidden_choice_is_drawn_in_ten_million(void **state) {
  (void)state;
  enum { ROWS_AT_ONCE = 1000, TIMES = 5000 }; /* two choices each */
  static float obs[ROWS_AT_ONCE * ALL], action[ROWS_AT_ONCE * 4];
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  rl_policy policies[2];
  policy_new(&policies[0], RL_STD_FREE, 1.0f);
  policy_new(&policies[1], RL_STD_STATE, 1e4f); /* so sure of itself that all others have probability 0 */
  for (int k = 0; k < TIMES; k++) {
    rl_dist dist;
    if (k % 50 == 0) fill_masks(&rng, obs, ROWS_AT_ONCE);
    if (k % 50 < 2) assert_ok(rl_policy_dist(&policies[k % 2], obs, ROWS_AT_ONCE, &dist, &error));
    if (k % 50 >= 2) dist = rl_policy_read(&policies[k % 2], policies[k % 2].output);
    rl_dist_sample(&dist, ROWS_AT_ONCE, &rng, false, action);
    for (int r = 0; r < ROWS_AT_ONCE; r++) assert_true(is_allowed(obs + r * ALL, action + r * 4));
    if (k % 50 > 1) continue;
    rl_dist_mode(&dist, ROWS_AT_ONCE, action);
    for (int r = 0; r < ROWS_AT_ONCE; r++) {
      assert_true(is_allowed(obs + r * ALL, action + r * 4));
      rl_space_sample(&game, obs + r * ALL + SEEN, &rng, action + r * 4);
      assert_true(is_allowed(obs + r * ALL, action + r * 4));
      rl_space_rest(&game, obs + r * ALL + SEEN, action + r * 4);
      assert_true(is_allowed(obs + r * ALL, action + r * 4));
    }
  }
  for (int i = 0; i < 2; i++) rl_policy_release(&policies[i]);
}

/* What is allowed shares the probability as its logits say: binomial, four deviations. */
static void allowed_choices_are_as_frequent_as_their_softmax(void **state) {
  (void)state;
  enum { DRAWS = 200000 };
  const float mask[] = {1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1};
  float obs[ALL] = {0.5f, -1.0f, 0.2f}, action[4];
  rl_error error;
  rl_policy policy;
  rl_dist dist;
  rl_rng rng;
  int count[CHOICES] = {0};
  memcpy(obs + SEEN, mask, sizeof mask);
  policy_new(&policy, RL_STD_FREE, 1.0f);
  assert_ok(rl_policy_dist(&policy, obs, 1, &dist, &error));
  rl_rng_init(&rng, 4, 0);
  for (int k = 0; k < DRAWS; k++) {
    rl_dist_sample(&dist, 1, &rng, false, action);
    count[(int)action[0]]++;
    count[8 + (int)action[3]]++;
  }
  for (int f = 0; f < 2; f++) {
    const float *logits = dist.head + (f ? 10 : 0);
    double total = 0.0;
    for (int i = 0; i < (f ? 3 : 8); i++)
      if (mask[8 * f + i] != 0.0f) total += exp((double)logits[i]);
    for (int i = 0; i < (f ? 3 : 8); i++) {
      const double p = mask[8 * f + i] == 0.0f ? 0.0 : exp((double)logits[i]) / total;
      assert_near(count[8 * f + i], DRAWS * p, 4.0 * sqrt(DRAWS * p * (1.0 - p)));
    }
  }
  rl_policy_release(&policy);
}

static void what_is_forbidden_has_no_gradient_and_one_choice_no_entropy(void **state) {
  (void)state;
  enum { N = 100 };
  static float obs[N * ALL], action[N * 4], d[N * (CHOICES + 2)], value[N], other_output[N * (CHOICES + 2)];
  float dlog_std[2] = {0}, weight[N], v[N * (CHOICES + 2)];
  rl_error error;
  rl_policy policy, other;
  rl_dist dist;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  fill_masks(&rng, obs, N);
  fill_normal(&rng, weight, N, 1.0f);
  fill_normal(&rng, v, N * (CHOICES + 2), 1.0f);
  policy_new(&policy, RL_STD_FREE, 1.0f);
  policy_new(&other, RL_STD_FREE, 2.0f);
  assert_ok(rl_policy_apply(&other, obs, N, other_output, &error));
  assert_ok(rl_policy_dist(&policy, obs, N, &dist, &error));
  const rl_dist base = rl_policy_read(&other, other_output);
  rl_dist_sample(&dist, N, &rng, false, action);
  rl_dist_log_prob_vjp(&dist, N, action, weight, d, dlog_std);
  rl_dist_entropy_vjp(&dist, N, weight, d, dlog_std);
  rl_dist_kl_vjp(&base, &dist, N, weight, d, dlog_std);
  rl_dist_kl_to_base_vjp(&dist, &base, N, weight, d, dlog_std);
  rl_dist_fisher(&dist, N, weight, v, dlog_std, d, dlog_std);
  int moved = 0;
  for (int r = 0; r < N; r++) {
    const float *mask = obs + r * ALL + SEEN, *row = d + r * (CHOICES + 2);
    for (int i = 0; i < CHOICES; i++)
      if (mask[i] == 0.0f)
        assert_true(row[i < 8 ? i : i + 2] == 0.0f);
      else
        moved += row[i < 8 ? i : i + 2] != 0.0f;
  }
  assert_true(moved > 300);
  rl_dist_entropy(&dist, N, value);
  const double of_aim = log(2.0 * 3.14159265358979323846 * exp(1.0)) + 2.0 * -0.5;
  for (int r = 0; r < N; r += 5) assert_near(value[r], of_aim, 1e-5); /* one card, one gear */
  rl_dist_kl(&base, &dist, N, value);
  for (int r = 0; r < N; r++) assert_true(isfinite(value[r]));
  rl_policy_release(&policy);
  rl_policy_release(&other);
}

/* A toy whose masks allow nothing from the fourth step of an episode on; where `ends`, that step ends it. */
static bool ends;

static void starve(void *self, const float *action, rl_env_io *io) {
  const int steps = ((toy *)self)->steps;
  toy_step(self, action, io);
  io->terminated = ends && steps == 3;
  if (steps >= 3) memset(io->action_mask, 0, 3 * sizeof(float));
}

static void a_mask_that_allows_nothing_is_refused_with_copy_and_step(void **state) {
  (void)state;
  for (int threads = 1; threads <= 2; threads++)
    for (int i = 0; i < method_count(); i++) {
      const rl_method_options options = defaults_of(method_name(i));
      rl_env_def def = toy_factors();
      rl_error error;
      agent a;
      if (!suited(class_of(&options), &def, NULL)) continue;
      rl_set_threads(threads);
      def.step = starve;
      agent_new_of(&a, &(agent_parts){.no_value = class_of(&options)->groups}, &def, &options, 1);
      ends = false;
      assert_refused(rl_method_collect(a.method, STEPS, &error), RL_BAD_ARGUMENT,
                     "copy 1, step 5: the mask of kick allows none of 3 choices");
      ends = true; /* a state that is the last has no need of one */
      assert_ok(rl_vec_env_reset(a.env, &error));
      assert_ok(rl_method_collect(a.method, STEPS, &error));
      agent_free(&a);
    }
  rl_set_threads(1);
}

static void a_forbidden_action_is_refused_before_anything_moves(void **state) {
  (void)state;
  const rl_env_def def = toy_factors();
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_vec_env_create(&env, &def, 2, 1, 0, NULL, &error));
  assert_ok(rl_vec_env_reset(env, &error));
  const float *seen = rl_vec_env_view(env)->observation;
  const uint64_t moves = rl_vec_env_moves(env);
  float action[6] = {0.0f, 1.0f, 0.0f, 0.0f, 1.0f, 1.0f}; /* nothing moves at first: no brake */
  assert_true(seen[7 + 6] == 0.0f);
  assert_refused(rl_vec_env_step(env, action, &error), RL_BAD_ARGUMENT,
                 "copy 2, step 1: brake is 1, which the mask does not allow");
  action[5] = 2.0f;
  assert_refused(rl_vec_env_step(env, action, &error), RL_BAD_ARGUMENT, "brake is 2, not one of 0 .. 1");
  action[5] = 0.0f;
  action[3] = NAN;
  assert_refused(rl_vec_env_step(env, action, &error), RL_NOT_FINITE, "copy 2, step 1: number 1 is nan");
  assert_int_equal(rl_vec_env_moves(env), moves);
  action[3] = 7.0f; /* clamped */
  assert_ok(rl_vec_env_step(env, action, &error));
  rl_vec_env_free(env);
}

static void populations_keep_to_masks(void **state) {
  (void)state;
  enum { N = 20 };
  rl_env_def def = toy_factors();
  rl_error error;
  rl_policy policy;
  rl_policy_options options = rl_policy_defaults();
  double returns[N];
  rl_population_result result = {.returns = returns};
  assert_ok(rl_policy_init(&policy, &def.observation, &def.action, &options, &error));
  const size_t n = count(&policy.network);
  float *candidates = zeros(N * n, sizeof *candidates);
  rl_rng rng;
  rl_rng_init(&rng, 8, 0);
  fill_normal(&rng, candidates, N * n, 1.0f);
  rl_population who = {.def = &def, .n = N, .policy = &policy, .candidates = candidates};
  rl_population_options how = rl_population_defaults();
  for (int k = 0; k < 2; k++) { /* the environment aborts where an action is forbidden */
    how.deterministic = k == 0;
    assert_ok(rl_evaluate_population(&who, &how, &result, &error));
    assert_true(result.stats.steps > 5 * N);
  }
  def.step = starve;
  ends = false;
  assert_refused(rl_evaluate_population(&who, &how, &result, &error), RL_BAD_ARGUMENT,
                 "candidate 1, step 5: the mask allows none of the choices");
  who.policy = NULL;
  who.candidates = NULL;
  def.step = toy_step;
  assert_ok(rl_evaluate_population(&who, &how, &result, &error)); /* rests */
  rl_policy_release(&policy);
  free(candidates);
}

static void files_hold_what_actions_are(void **state) {
  (void)state;
  char path[] = "/tmp/rl-actions-XXXXXX";
  close(mkstemp(path));
  for (int std = RL_STD_FREE; std <= RL_STD_FIXED; std++) {
    rl_error error;
    rl_policy policy, loaded;
    float obs[ALL] = {0.1f, 0.2f, 0.3f}, one[2 * (CHOICES + 2)], other[2 * (CHOICES + 2)];
    for (int i = SEEN; i < ALL; i++) obs[i] = (float)(i % 2);
    policy_new(&policy, (rl_std_kind)std, 1.0f);
    assert_ok(rl_policy_save(&policy, path, &error));
    assert_ok(rl_policy_load(&loaded, path, &error));
    assert_true(rl_space_same(&loaded.action, &game));
    assert_true(loaded.action.factor[1].low == -1.0f && loaded.action.factor[1].high == 2.0f);
    assert_ok(rl_policy_fits(&loaded, &observation, &game, "game", &error));
    assert_ok(rl_policy_apply(&policy, obs, 1, one, &error));
    assert_ok(rl_policy_apply(&loaded, obs, 1, other, &error));
    assert_memory_equal(one, other, (size_t)rl_policy_outputs(&policy) * sizeof *one);
    rl_space renamed = game;
    renamed.factor[0].name[0] = 'C';
    assert_refused(rl_policy_fits(&loaded, &observation, &renamed, "game", &error), RL_BAD_SHAPE,
                   "environment game takes \"factors: Card discrete 8, aim box 2, gear discrete 3, masked\"");
    rl_policy_release(&policy);
    rl_policy_release(&loaded);
  }
  unlink(path);
}

static void spaces_are_read_as_they_are_written(void **state) {
  (void)state;
  const char *const good[] = {"box 4",
                              "discrete 3",
                              "discrete 3, masked",
                              "factors: box 1",
                              "factors: gear discrete 3",
                              "factors: box 1, discrete 65536, masked"},
                    *const bad[] = {
                        "",
                        "box",
                        "box 0",
                        "box 2x",
                        "gear discrete 3",
                        "box 1, box 2",
                        "masked",
                        "factors: ",
                        "factors: masked",
                        "box 1, masked, box 2",
                        "factors: ge-ar discrete 3",
                        "factors: gear discrete 999999999, gear discrete 999999999, gear discrete 999999999",
                        "factors: gearsgearsgearsgearsgearsgearsgears discrete 3",
                        "factors: gear wheel discrete 3"};
  char text[RL_SPACE_TEXT];
  rl_space space;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_true(rl_space_from_text(&space, good[i]));
    assert_string_equal(rl_space_text(&space, text), good[i]);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (rl_space_from_text(&space, bad[i])) fail_msg("\"%s\" is no space", bad[i]);
}

static void what_no_space_can_be_is_named(void **state) {
  (void)state;
  rl_error error;
  rl_space space = game;
  assert_ok(rl_space_check(&space, "action", &error));
  space.size++;
  assert_refused(rl_space_check(&space, "action", &error), RL_BAD_ARGUMENT,
                 "its size is 14, that of its factors 13");
  space = game;
  memcpy(space.factor[2].name, "card", 5);
  assert_refused(rl_space_check(&space, "action", &error), RL_BAD_ARGUMENT, "two factors are named \"card\"");
  space = game;
  space.factor[1].high = -1.0f;
  assert_refused(rl_space_check(&space, "action", &error), RL_BAD_ARGUMENT, "lower bound -1 of factor 2");
  space = (rl_space){.kind = RL_BOX, .size = 2, .low = 0.0f, .high = 1.0f, .masked = true};
  assert_refused(rl_space_check(&space, "action", &error), RL_BAD_ARGUMENT,
                 "no choice that a mask could forbid");
  space = (rl_space){.kind = RL_FACTORS, .n_factors = RL_MAX_FACTORS + 1};
  assert_refused(rl_space_check(&space, "action", &error), RL_BAD_ARGUMENT, "65 factors, not 1 to 64");
}

int main(void) {
  const struct CMUnitTest gradients[] = {
      cmocka_unit_test(what_is_forbidden_has_no_gradient_and_one_choice_no_entropy),
  };
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_forbidden_choice_is_drawn_in_ten_million),
      cmocka_unit_test(allowed_choices_are_as_frequent_as_their_softmax),
      cmocka_unit_test(a_mask_that_allows_nothing_is_refused_with_copy_and_step),
      cmocka_unit_test(a_forbidden_action_is_refused_before_anything_moves),
      cmocka_unit_test(populations_keep_to_masks),
      cmocka_unit_test(files_hold_what_actions_are),
      cmocka_unit_test(spaces_are_read_as_they_are_written),
      cmocka_unit_test(what_no_space_can_be_is_named),
  };
  rl_set_threads(1);
  return run_at_all_levels(gradients) + cmocka_run_group_tests(tests, NULL, NULL);
}
