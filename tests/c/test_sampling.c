/* Sampling from the two policy families: the moments and frequencies that the samples should have, and which
 * stream a row draws from. */
#include "network/dist.h"

#include "check.h"
#include "two_dists.h"

enum { SAMPLES = 100000 };

/* Of n samples the mean has a standard error of sigma / sqrt n, the variance one of sigma^2 sqrt(2 / n), the
 * correlation of independent ones 1 / sqrt n; bounds are four of each. */
static void gaussian_samples_have_the_mean_and_the_deviation(void **state) {
  (void)state;
  static float action[2 * SAMPLES], heads[2 * SAMPLES];
  const float mean[2] = {3.0f, -1.0f}, log_std[2] = {-0.69314718f, 1.0986123f}; /* 1/2 and 3 */
  const double sigma[2] = {0.5, 3.0}, n = SAMPLES;
  for (int k = 0; k < 2 * SAMPLES; k++) heads[k] = mean[k % 2];
  rl_rng rng;
  rl_rng_init(&rng, 21, 0);
  rl_dist dist = gaussian(2, heads, log_std);
  rl_dist_sample(&dist, SAMPLES, &rng, false, action);
  double sum[2] = {0}, squares[2] = {0}, cross = 0.0;
  for (int r = 0; r < SAMPLES; r++) {
    double z[2];
    for (int i = 0; i < 2; i++) {
      z[i] = ((double)action[2 * r + i] - (double)mean[i]) / sigma[i];
      sum[i] += z[i] / n;
      squares[i] += z[i] * z[i] / n;
    }
    cross += z[0] * z[1] / n;
  }
  for (int i = 0; i < 2; i++) assert_near(sum[i], 0.0, 4.0 / sqrt(n));
  for (int i = 0; i < 2; i++) assert_near(squares[i], 1.0, 4.0 * sqrt(2.0 / n));
  assert_near(cross, 0.0, 4.0 / sqrt(n));
}

static void categorical_samples_come_as_often_as_they_should(void **state) {
  (void)state;
  static float action[SAMPLES], heads[3 * SAMPLES];
  const float logits[3] = {0.0f, 1.0986123f, -30.0f}; /* 1/4, 3/4, 7e-14 */
  for (int k = 0; k < 3 * SAMPLES; k++) heads[k] = logits[k % 3];
  rl_rng rng;
  rl_rng_init(&rng, 22, 0);
  rl_dist dist = categorical(3, heads);
  rl_dist_sample(&dist, SAMPLES, &rng, false, action);
  int count[3] = {0};
  for (int r = 0; r < SAMPLES; r++) count[(int)action[r]]++;
  assert_near(count[0] / (double)SAMPLES, 0.25, 4.0 * sqrt(0.25 * 0.75 / SAMPLES));
  assert_int_equal(count[2], 0);
}

enum { ROWS = 5, STRIDE = 7 };

/* Rows of three means or logits, three log-stds and a value, as a network with all three heads gives them. */
static void a_stream_a_row_gives_the_row_the_same_action_in_any_company(void **state) {
  (void)state;
  float outputs[ROWS * STRIDE];
  rl_rng rng;
  rl_rng_init(&rng, 10, 0);
  fill_normal(&rng, outputs, ROWS * STRIDE, 1.0f);
  const rl_dist all[] = {{.kind = RL_BOX,
                          .size = 3,
                          .head = outputs,
                          .head_stride = STRIDE,
                          .log_std = outputs + 3,
                          .log_std_stride = STRIDE},
                         {.kind = RL_DISCRETE,
                          .size = 3,
                          .head = outputs,
                          .head_stride = STRIDE,
                          .log_std = NULL,
                          .log_std_stride = 0}};
  for (int k = 0; k < 2; k++) {
    rl_rng streams[ROWS];
    float together[ROWS * 3], single[3];
    size_t width = k == 0 ? 3 : 1;
    for (int r = 0; r < ROWS; r++) rl_rng_init(&streams[r], 9, (uint64_t)r);
    rl_dist_sample(&all[k], ROWS, streams, true, together);
    for (int r = 0; r < ROWS; r++) {
      const float *y = outputs + r * STRIDE;
      rl_dist dist = k == 0 ? gaussian(3, y, y + 3) : categorical(3, y);
      rl_rng alone;
      rl_rng_init(&alone, 9, (uint64_t)r);
      rl_dist_sample(&dist, 1, &alone, true, single);
      assert_memory_equal(single, together + (size_t)r * width, width * sizeof(float));
    }
  }
}

/* The largest uniform deviate is 1 - 2^-24; rounding must not carry it over the sum of the probabilities that
 * are not 0 into a choice that has none. */
static void a_choice_without_probability_is_never_drawn(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 31, 0);
  for (int k = 0; k < 20000; k++) {
    float logits[6], action;
    fill_normal(&rng, logits, 5, 1.0f);
    logits[5] = -1e6f;
    rl_rng last = {.block = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, .used = 0};
    rl_dist dist = categorical(6, logits);
    rl_dist_sample(&dist, 1, &last, false, &action);
    assert_true(action < 5.0f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gaussian_samples_have_the_mean_and_the_deviation),
      cmocka_unit_test(categorical_samples_come_as_often_as_they_should),
      cmocka_unit_test(a_stream_a_row_gives_the_row_the_same_action_in_any_company),
      cmocka_unit_test(a_choice_without_probability_is_never_drawn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
