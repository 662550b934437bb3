/* Activation functions against libm in double: the values on a dense grid and at the ends of the number line,
 * both ways of applying them, and their derivatives. */
#include "tensor/activation.h"

#include "check.h"
#include "levels.h"

#include <float.h>

/* What activation.h promises of tanh: 1.49e-7 at 4.51 and, relative, 3.18e-7 at .174 measured over all floats. */
static const double tanh_error = 1.6e-7, tanh_relative_error = 4e-7;

static float tanh_of(float x) {
  rl_activate(RL_TANH, &x, 1);
  return x;
}

static void tanh_is_within_its_error_of_libm_on_a_dense_grid(void **state) {
  (void)state;
  enum { N = 12 * 8192 };
  static float y[2 * N + 1];
  for (int i = -N; i <= N; i++) y[i + N] = (float)i / 8192.0f;
  rl_activate(RL_TANH, y, 2 * N + 1);
  for (int i = -N; i <= N; i++) {
    assert_near(y[i + N], tanh((double)i / 8192.0), tanh_error);
    assert_true(fabsf(y[i + N]) <= 1.0f); /* or 1 - y^2 would be negative */
    assert_true(y[i + N] == -y[N - i]);
  }
}

static void tanh_of_small_numbers_is_relatively_exact(void **state) {
  (void)state;
  for (float x = 0.5f; x > 1e-30f; x *= 0.7f) {
    assert_near((double)tanh_of(x) / tanh((double)x), 1.0, tanh_relative_error);
    assert_near((double)tanh_of(-x) / tanh((double)x), -1.0, tanh_relative_error);
  }
  assert_true(tanh_of(0.0f) == 0.0f);
}

static void tanh_at_the_ends_of_the_number_line_is_one(void **state) {
  (void)state;
  const float ends[] = {9.5f, 20.0f, 1e10f, FLT_MAX, INFINITY};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    assert_near(tanh_of(ends[i]), 1.0, tanh_error);
    assert_near(tanh_of(-ends[i]), -1.0, tanh_error);
    assert_true(fabsf(tanh_of(ends[i])) <= 1.0f);
  }
}

static void relu_is_the_positive_part(void **state) {
  (void)state;
  float y[] = {-INFINITY, -FLT_MAX, -1.5f, -0.0f, 0.0f, FLT_MIN, 2.5f, FLT_MAX, INFINITY};
  const float want[] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, FLT_MIN, 2.5f, FLT_MAX, INFINITY};
  rl_activate(RL_RELU, y, 9);
  for (int i = 0; i < 9; i++) assert_true(y[i] == want[i]);
}

static void a_nan_stays_a_nan(void **state) {
  (void)state;
  const rl_activation all[] = {RL_IDENTITY, RL_TANH, RL_RELU};
  for (int f = 0; f < 3; f++) {
    for (int at = 0; at < 17; at++) { /* in each lane and in the rest */
      float y[17] = {0};
      y[at] = NAN;
      rl_activate(all[f], y, 17);
      for (int i = 0; i < 17; i++) assert_true(isnan(y[i]) == (i == at));
    }
  }
}

static void gradients_are_the_derivatives_times_what_comes_in(void **state) {
  (void)state;
  const rl_activation all[] = {RL_IDENTITY, RL_TANH, RL_RELU};
  for (int f = 0; f < 3; f++) {
    for (int i = -41; i <= 41; i += 2) {
      double x = 0.1 * i, slope = all[f] == RL_TANH   ? 1.0 - tanh(x) * tanh(x)
                                  : all[f] == RL_RELU ? x > 0.0
                                                      : 1.0;
      float y = (float)x, dy = -3.0f;
      rl_activate(all[f], &y, 1);
      rl_activation_gradient(all[f], &y, &dy, 1);
      assert_near(dy, -3.0 * slope, 3.0 * (2.0 * tanh_error + 1e-7)); /* d(1 - y^2) = 2 y dy */
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tanh_is_within_its_error_of_libm_on_a_dense_grid),
      cmocka_unit_test(tanh_of_small_numbers_is_relatively_exact),
      cmocka_unit_test(tanh_at_the_ends_of_the_number_line_is_one),
      cmocka_unit_test(relu_is_the_positive_part),
      cmocka_unit_test(a_nan_stays_a_nan),
      cmocka_unit_test(gradients_are_the_derivatives_times_what_comes_in),
  };
  return run_at_all_levels(tests);
}
