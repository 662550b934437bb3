/* Squashed Gaussians: the density that they say they have, the same by the action and by the noise, and the gradients
 * through the noise, against finite differences of the same formulas in double precision. */
#include "network/squash.h"

#include "check.h"

#include <math.h>
#include <string.h>

enum { SIZE = 3, ROWS = 5, N = ROWS * SIZE, STRIDE = 2 * SIZE + 1 };

static const double half_log_two_pi = 0.91893853320467274178;

/* log of the density of middle + half tanh(u), u = mean + exp(log_std) noise, by the change of variables itself. */
static double reference(double mean, double log_std, double noise, double half, double *action) {
  const double u = mean + exp(log_std) * noise, t = tanh(u);
  if (action) *action = half * t;
  return -0.5 * noise * noise - log_std - half_log_two_pi - log(half) - log1p(-t * t);
}

static rl_dist squashed(const float *y, float middle, float half) {
  return (rl_dist){.kind = RL_BOX,
                   .size = SIZE,
                   .head = y,
                   .head_stride = STRIDE,
                   .log_std = y + SIZE,
                   .log_std_stride = STRIDE,
                   .middle = middle,
                   .half = half};
}

static void draw(float *y, float *noise) {
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  rl_rng_fill_normal(&rng, y, ROWS * STRIDE);
  rl_rng_fill_normal(&rng, noise, N);
  for (int i = 0; i < ROWS * STRIDE; i++) /* log-stds within the range */
    if (i % STRIDE >= SIZE) y[i] = 1.5f * tanhf(y[i]);
}

static void noise_gives_the_action_and_its_density(void **state) {
  (void)state;
  float y[ROWS * STRIDE], noise[N], action[N], log_prob[ROWS], again[ROWS], scratch[3 * N], kept[3 * N];
  draw(y, noise);
  const rl_dist dist = squashed(y, 0.5f, 2.0f);
  rl_squash_forward(&dist, ROWS, noise, action, log_prob, scratch, kept);
  rl_dist_log_prob(&dist, ROWS, action, again);
  for (int r = 0; r < ROWS; r++) {
    double want = 0.0, at;
    for (int i = 0; i < SIZE; i++) {
      const float *row = y + r * STRIDE;
      want += reference((double)row[i], (double)row[SIZE + i], (double)noise[r * SIZE + i], 2.0, &at);
      assert_near((double)action[r * SIZE + i], 0.5 + at, 1e-6);
    }
    assert_near((double)log_prob[r], want, 2e-5);
    assert_near((double)again[r], want, 2e-3); /* an action near a bound has lost digits of u */
  }
}

/* Far out tanh is 1 to all digits of a float; the density is what the formula without rounding says. */
static void nothing_overflows_where_tanh_is_one(void **state) {
  (void)state;
  float y[ROWS * STRIDE] = {0}, noise[N] = {0}, action[N], log_prob[ROWS], scratch[3 * N], kept[3 * N];
  y[0] = 60.0f;
  y[1] = -60.0f;
  y[SIZE] = 50.0f; /* counts as 2 */
  const rl_dist dist = squashed(y, 0.0f, 1.0f);
  rl_squash_forward(&dist, ROWS, noise, action, log_prob, scratch, kept);
  assert_near((double)action[0], 1.0, 0.0);
  assert_near((double)action[1], -1.0, 0.0);
  /* -log(1 - tanh^2 u) = 2 |u| - 2 log 2 there */
  assert_near((double)log_prob[0], -3 * half_log_two_pi - 2.0 + 2 * (120.0 - 2 * log(2.0)), 1e-3);
  float d[ROWS * STRIDE] = {0}, daction[N];
  for (int i = 0; i < N; i++) daction[i] = 1.0f;
  rl_squash_backward(&dist, ROWS, kept, daction, 1.0f, d, d + SIZE);
  for (int i = 0; i < ROWS * STRIDE; i++) assert_true(isfinite(d[i]));
  assert_near((double)d[SIZE], 0.0, 0.0); /* beyond the range there is no gradient */
  rl_dist_log_prob(&dist, ROWS, action, log_prob);
  for (int r = 0; r < ROWS; r++) assert_true(isfinite(log_prob[r]));
}

/* Over the actions within the bounds the density sums to 1: the middle of many small steps. */
static void a_density_is_one_in_all(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    float y[2] = {(float)k - 1.5f, k % 2 ? -0.7f : 0.4f}, action, log_prob;
    const rl_dist dist = {.kind = RL_BOX,
                          .size = 1,
                          .head = y,
                          .head_stride = 2,
                          .log_std = y + 1,
                          .log_std_stride = 2,
                          .middle = 1.0f,
                          .half = 3.0f};
    double sum = 0.0;
    enum { STEPS = 200000 };
    for (int i = 0; i < STEPS; i++) {
      action = (float)(-2.0 + 6.0 * (i + 0.5) / STEPS);
      rl_dist_log_prob(&dist, 1, &action, &log_prob);
      sum += exp((double)log_prob) * 6.0 / STEPS;
    }
    assert_near(sum, 1.0, 2e-3);
  }
}

/* sum over rows of weight . action + 0.7 log_prob */
static double loss(const double *y, const float *noise, const float *weight) {
  double sum = 0.0, action;
  for (int r = 0; r < ROWS; r++)
    for (int i = 0; i < SIZE; i++) {
      const double *row = y + r * STRIDE;
      sum += 0.7 * reference(row[i], row[SIZE + i], (double)noise[r * SIZE + i], 2.0, &action);
      sum += (double)weight[r * SIZE + i] * action;
    }
  return sum;
}

static void gradients_go_through_the_noise(void **state) {
  (void)state;
  float y[ROWS * STRIDE], noise[N], action[N], log_prob[ROWS], scratch[3 * N], kept[3 * N], weight[N];
  float d[ROWS * STRIDE] = {0};
  double x[ROWS * STRIDE];
  draw(y, noise);
  for (int i = 0; i < N; i++) weight[i] = 0.3f * (float)(i % 7) - 1.0f;
  for (int i = 0; i < ROWS * STRIDE; i++) x[i] = (double)y[i];
  const rl_dist dist = squashed(y, 0.5f, 2.0f);
  rl_squash_forward(&dist, ROWS, noise, action, log_prob, scratch, kept);
  rl_squash_backward(&dist, ROWS, kept, weight, 0.7f, d, d + SIZE);
  for (int i = 0; i < ROWS * STRIDE; i++) {
    if (i % STRIDE == 2 * SIZE) continue; /* a value, say: no part of it */
    const double step = 1e-5, at = x[i];
    x[i] = at + step;
    const double up = loss(x, noise, weight);
    x[i] = at - step;
    const double down = loss(x, noise, weight);
    x[i] = at;
    assert_near((double)d[i], (up - down) / (2 * step), 1e-4);
  }
}

/* The gradient of the log-probability of given actions. */
static void a_log_probability_has_its_gradient(void **state) {
  (void)state;
  float y[ROWS * STRIDE], noise[N], action[N], log_prob[ROWS], scratch[3 * N], kept[3 * N];
  float d[ROWS * STRIDE] = {0};
  const float weight[ROWS] = {1.0f, -0.5f, 0.25f, 2.0f, 1.5f};
  draw(y, noise);
  for (int i = 0; i < ROWS * STRIDE; i++) y[i] *= 0.3f;
  const rl_dist dist = squashed(y, 0.0f, 1.0f);
  rl_squash_forward(&dist, ROWS, noise, action, log_prob, scratch, kept);
  rl_dist_log_prob_vjp(&dist, ROWS, action, weight, d, d + SIZE);
  for (int r = 0; r < ROWS; r++)
    for (int i = 0; i < SIZE; i++) { /* that of the Gaussian: z / std and z^2 - 1 */
      const double z = (double)noise[r * SIZE + i], w = (double)weight[r];
      assert_near((double)d[r * STRIDE + i], w * z * exp(-(double)y[r * STRIDE + SIZE + i]), 1e-4);
      assert_near((double)d[r * STRIDE + SIZE + i], w * (z * z - 1.0), 1e-4);
    }
}

static void samples_are_within_the_bounds_and_the_mode_is_the_mean(void **state) {
  (void)state;
  float y[ROWS * STRIDE], noise[N], action[N];
  draw(y, noise);
  for (int r = 0; r < ROWS; r++) y[r * STRIDE + SIZE] = 5.0f;
  const rl_dist dist = squashed(y, 0.5f, 2.0f);
  rl_rng rng;
  rl_rng_init(&rng, 4, 0);
  for (int k = 0; k < 1000; k++) {
    rl_dist_sample(&dist, ROWS, &rng, false, action);
    for (int i = 0; i < N; i++) assert_true(action[i] >= -1.5f && action[i] <= 2.5f);
  }
  rl_dist_mode(&dist, ROWS, action);
  for (int i = 0; i < N; i++)
    assert_near((double)action[i], 0.5 + 2.0 * tanh((double)y[i / SIZE * STRIDE + i % SIZE]), 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noise_gives_the_action_and_its_density),
      cmocka_unit_test(nothing_overflows_where_tanh_is_one),
      cmocka_unit_test(a_density_is_one_in_all),
      cmocka_unit_test(gradients_go_through_the_noise),
      cmocka_unit_test(a_log_probability_has_its_gradient),
      cmocka_unit_test(samples_are_within_the_bounds_and_the_mode_is_the_mean),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
