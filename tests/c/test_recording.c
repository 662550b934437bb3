/* Recordings of an environment that has nothing to draw, and random actions: within the bounds of a box and
 * uniform there, of unit variance where there are none, each choice as often as any other. */
#include "episodes/evaluate.h"

#include "check.h"
#include "toy_env.h"

enum { SAMPLES = 20000 };

static void a_recording_without_a_policy_is_an_episode_of_random_or_of_zero_actions(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_error error;
  rl_vec_env *env;
  rl_recording r;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  assert_ok(rl_vec_env_create(&env, &def, 1, 1, 0, NULL, &error));
  rl_vec_env_set_restart(env, false);
  assert_ok(rl_record(&r, env, NULL, false, &rng, 1000, &error));
  assert_int_equal(r.length, 26); /* the start and 25 steps, the toy's limit */
  assert_false(r.terminated);
  assert_memory_equal(r.observation, r.fields,
                      (size_t)r.length * 2 * sizeof(float)); /* the toy's are the same */
  assert_true(r.reward[0] == 0.0f);
  float apart = 0.0f; /* actions are not all the same: the reward's second term is -.01 push^2 */
  for (int t = 2; t < r.length; t++)
    apart += fabsf(r.terms[t * RL_MAX_TERMS + 1] - r.terms[RL_MAX_TERMS + 1]);
  assert_true(apart > 0.0f);
  rl_recording_release(&r);
  assert_ok(rl_record(&r, env, NULL, true, &rng, 1000, &error));
  for (int t = 1; t < r.length; t++) assert_true(r.terms[t * RL_MAX_TERMS + 1] == 0.0f);
  rl_recording_release(&r);
  rl_vec_env_free(env);
}

static void an_evaluation_records_as_many_of_its_episodes_as_it_is_told(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_error error;
  rl_evaluation plain, result;
  rl_recording recordings[2];
  assert_ok(rl_evaluate(&plain, &def, NULL, NULL, NULL, 3, false, 1, NULL, 0, &error));
  assert_ok(rl_evaluate(&result, &def, NULL, NULL, NULL, 3, false, 1, recordings, 2, &error));
  for (int i = 0; i < 3; i++) assert_true(plain.episode[i].total_return == result.episode[i].total_return);
  assert_true(result.episode[0].total_return != result.episode[1].total_return); /* streams of their own */
  for (int i = 0; i < 2; i++) {
    const rl_recording *r = &recordings[i];
    double sum = 0.0;
    assert_int_equal(r->length, result.episode[i].length + 1);
    assert_true(r->ended && r->terminated == result.episode[i].terminated);
    for (int t = 0; t < r->length; t++) sum += (double)r->reward[t];
    assert_near(sum, result.episode[i].total_return, 1e-5);
    assert_memory_equal(r->fields + (r->length - 1) * r->n_fields, result.fields + i * result.n_fields,
                        (size_t)r->n_fields * sizeof(float));
    rl_recording_release(&recordings[i]);
  }
  rl_evaluation_release(&plain);
  rl_evaluation_release(&result);
}

static void the_curves_are_speed_reward_its_terms_by_name_and_the_fields(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_error error;
  rl_vec_env *env;
  rl_recording r;
  rl_rng rng;
  rl_curve curves[RL_MAX_CURVES];
  rl_rng_init(&rng, 5, 0);
  assert_ok(rl_vec_env_create(&env, &def, 1, 1, 0, NULL, &error));
  rl_vec_env_set_restart(env, false);
  assert_ok(rl_record(&r, env, NULL, false, &rng, 1000, &error));
  assert_int_equal(r.n_drawn, 0); /* the toy draws nothing */
  assert_int_equal(r.n_followed, 0);
  int n = rl_recording_curves(&r, env, curves);
  assert_int_equal(n, 1 + def.n_terms + def.n_fields); /* no field is called vx */
  assert_string_equal(curves[0].name, "reward");
  for (int i = 1; i < def.n_terms; i++) assert_true(strcmp(curves[i].name, curves[i + 1].name) < 0);
  for (int k = 0; k < def.n_fields; k++) {
    const rl_curve *curve = &curves[1 + def.n_terms + k];
    assert_int_equal(strncmp(curve->name, "state: ", 7), 0);
    assert_string_equal(curve->name + 7, def.fields[k].name);
    assert_string_equal(curve->unit, def.fields[k].unit);
    for (int t = 0; t < r.length; t++)
      assert_true(curve->values[t * curve->stride] == r.fields[t * r.n_fields + k]);
  }
  for (int t = 0; t < r.length; t++) { /* the terms add up to the reward */
    double sum = 0.0;
    for (int i = 1; i <= def.n_terms; i++) sum += (double)curves[i].values[t * curves[i].stride];
    assert_near(sum, (double)curves[0].values[t * curves[0].stride], 1e-6);
  }
  rl_recording_release(&r);
  rl_vec_env_free(env);
}

/* Mean and variance of a uniform variable on [low, high] are (low + high) / 2 and (high - low)^2 / 12; those
 * of SAMPLES draws deviate by sd / sqrt(SAMPLES) and, for both laws here, by less than variance * sqrt(2 /
 * SAMPLES). Four deviations. */
static void check_box(float low, float high, double mean, double variance) {
  rl_space box = {.kind = RL_BOX, .size = 1, .low = low, .high = high};
  rl_rng rng;
  rl_rng_init(&rng, 6, 0);
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < SAMPLES; i++) {
    float a;
    rl_space_sample(&box, NULL, &rng, &a);
    assert_true(isfinite(a) && a >= low && a <= high);
    sum += (double)a / SAMPLES;
    squares += (double)a * (double)a / SAMPLES;
  }
  assert_near(sum, mean, 4.0 * sqrt(variance / SAMPLES));
  assert_near(squares - sum * sum, variance, 4.0 * variance * sqrt(2.0 / SAMPLES));
}

static void random_actions_of_a_box_are_uniform_or_normal_where_it_has_no_bounds(void **state) {
  (void)state;
  check_box(-1.0f, 1.0f, 0.0, 4.0 / 12.0);
  check_box(10.0f, 16.0f, 13.0, 36.0 / 12.0);
  check_box(-INFINITY, INFINITY, 0.0, 1.0);
  check_box(-3e38f, 3e38f, 0.0, 1.0);
}

static void random_choices_are_equally_frequent(void **state) {
  (void)state;
  rl_space space = {.kind = RL_DISCRETE, .size = 4};
  int count[4] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 7, 0);
  for (int i = 0; i < SAMPLES; i++) {
    float a;
    rl_space_sample(&space, NULL, &rng, &a);
    assert_true(a == floorf(a) && a >= 0.0f && a <= 3.0f);
    count[(int)a]++;
  }
  for (int k = 0; k < 4; k++) /* binomial: deviation sqrt(n p (1 - p)) */
    assert_near(count[k], SAMPLES / 4.0, 4.0 * sqrt(SAMPLES * 0.25 * 0.75));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_recording_without_a_policy_is_an_episode_of_random_or_of_zero_actions),
      cmocka_unit_test(an_evaluation_records_as_many_of_its_episodes_as_it_is_told),
      cmocka_unit_test(the_curves_are_speed_reward_its_terms_by_name_and_the_fields),
      cmocka_unit_test(random_actions_of_a_box_are_uniform_or_normal_where_it_has_no_bounds),
      cmocka_unit_test(random_choices_are_equally_frequent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
