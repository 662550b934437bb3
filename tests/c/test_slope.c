/* Slopes of elementwise operations and of reductions against their formulas, one number at a time: any length, ties,
 * what is infinite or no number, any number of threads. That slopes are derivatives is test_variable.c's. */
#include "autodiff/slope.h"

#include "autodiff/variable.h"
#include "base/parallel.h"
#include "check.h"
#include "levels.h"

#include <math.h>
#include <string.h>

static const float special[] = {0.0f,   -0.0f,    1.0f,      -1.0f, 2.0f,  0.5f,
                                1e-40f, INFINITY, -INFINITY, NAN,   3e38f, -7.25f};
enum { SPECIAL = sizeof special / sizeof *special, MOST = SPECIAL * SPECIAL };

typedef float formula(float x, float y);

static float of_abs(float x, float y) { return (void)y, x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }
static float of_square(float x, float y) { return (void)y, 2 * x; }
static float of_sqrt(float x, float y) { return (void)x, 0.5f / y; }
static float of_log(float x, float y) { return (void)y, 1 / x; }
static float of_tanh(float x, float y) { return (void)x, 1 - y * y; }
static float of_sigmoid(float x, float y) { return (void)x, y * (1 - y); }
static float of_relu(float x, float y) { return (void)y, x > 0 ? 1.0f : 0.0f; }
static float of_quotient(float a, float b) { return (void)a, 1 / b; }
static float of_divisor(float b, float z) { return -z / b; }
static float of_base(float a, float b) { return b == 0 ? 0 : b == 2 ? 2 * a : b * powf(a, b - 1); }
static float of_exponent(float a, float z) { return z == 0 ? 0 : z * logf(a); }
static float of_least(float a, float b) { return a == b ? 0.5f : a < b ? 1.0f : 0.0f; }
static float of_other_least(float a, float b) { return a == b ? 0.5f : a < b ? 0.0f : 1.0f; }
static float of_greatest(float a, float b) { return a == b ? 0.5f : a > b ? 1.0f : 0.0f; }
static float of_other_greatest(float a, float b) { return a == b ? 0.5f : a > b ? 0.0f : 1.0f; }

typedef struct row {
  rl_element_loop *loop;
  formula *slope;
} row;

static int rows_of(row *out) {
  const rl_slope_kernels *kernels = RL_KERNELS(rl_slope_table);
  const row all[] = {
      {kernels->unary[RL_OP_ABS], of_abs},
      {kernels->unary[RL_OP_SQUARE], of_square},
      {kernels->unary[RL_OP_SQRT], of_sqrt},
      {kernels->unary[RL_OP_LOG], of_log},
      {kernels->unary[RL_OP_TANH], of_tanh},
      {kernels->unary[RL_OP_SIGMOID], of_sigmoid},
      {kernels->unary[RL_OP_RELU], of_relu},
      {kernels->binary[0][RL_OP_DIV], of_quotient},
      {kernels->quotient, of_divisor},
      {kernels->binary[0][RL_OP_POW], of_base},
      {kernels->power, of_exponent},
      {kernels->binary[0][RL_OP_MINIMUM], of_least},
      {kernels->binary[1][RL_OP_MINIMUM], of_other_least},
      {kernels->binary[0][RL_OP_MAXIMUM], of_greatest},
      {kernels->binary[1][RL_OP_MAXIMUM], of_other_greatest},
  };
  memcpy(out, all, sizeof all);
  return (int)(sizeof all / sizeof *all);
}

static bool is_same(float x, float y) { return (isnan(x) && isnan(y)) || memcmp(&x, &y, sizeof x) == 0; }

static void slopes_of_any_numbers_are_those_of_the_formulas(void **state) {
  (void)state;
  float g[MOST], x[MOST], y[MOST], z[MOST + 1];
  row rows[32];
  int n_rows = rows_of(rows);
  for (int i = 0; i < MOST; i++) {
    g[i] = i % 3 ? 1.5f : -0.25f;
    x[i] = special[i / SPECIAL];
    y[i] = special[i % SPECIAL];
  }
  for (int k = 0; k < n_rows; k++)
    for (int n = 0; n <= MOST; n += n < 70 ? 1 : 37) {
      z[n] = 42.0f;
      rows[k].loop(n, z, g, x, y);
      for (int i = 0; i < n; i++) {
        float slope = rows[k].slope(x[i], y[i]);
        if (!is_same(z[i], g[i] * slope))
          fail_msg("loop %d: %a at (%a, %a)", k, (double)z[i], (double)x[i], (double)y[i]);
      }
      assert_true(z[n] == 42.0f);
    }
}

/* A square of one kind, and a power of another, in one row. */
static void squares_are_powers_like_others(void **state) {
  (void)state;
  enum { N = 37 };
  float g[N], a[N], two[N], mixed[N], of_squares[N], of_mixed[N];
  for (int i = 0; i < N; i++)
    g[i] = 1.0f, a[i] = 0.3f * (float)(i - 9), two[i] = 2.0f, mixed[i] = i % 5 ? 2.0f : 3.0f;
  rl_element_loop *loop = RL_KERNELS(rl_slope_table)->binary[0][RL_OP_POW];
  loop(N, of_squares, g, a, two);
  loop(N, of_mixed, g, a, mixed);
  for (int i = 0; i < N; i++) {
    assert_true(of_squares[i] == 2.0f * a[i]);
    assert_true(of_mixed[i] == (i % 5 ? 2.0f * a[i] : 3.0f * powf(a[i], 2.0f)));
  }
}

/* d sum(weight * reduce(x)) / dx, against a walk along each line. */
static void gradients_of_reductions_go_where_they_belong(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {{5, 7, 3},   {1, 1, 1},   {300, 2, 17},
                                      {4, 129, 1}, {2, 40, 40}, {3, 1, 5}};
  static const rl_reduction ops[] = {RL_REDUCE_SUM, RL_REDUCE_MEAN, RL_REDUCE_MAX, RL_REDUCE_MIN};
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int dim = RL_ALL; dim < 3; dim++)
      for (int k = 0; k < 4; k++) {
        rl_tensor x, weight, gradient;
        rl_error error;
        assert_ok(rl_tensor_zeros(&x, 3, shapes[s], &error));
        int64_t count = rl_tensor_count(&x);
        for (int64_t i = 0; i < count; i++)
          x.data[i] = floorf(4.0f * rl_rng_uniform(&rng)) - 1.0f; /* many ties */
        rl_variable *leaf, *reduced, *w, *product, *loss;
        assert_ok(rl_variable_leaf(&leaf, &x, &error));
        assert_ok(rl_variable_reduce(&reduced, ops[k], leaf, dim, &error));
        assert_ok(rl_tensor_clone(&weight, rl_variable_tensor(reduced), &error));
        for (int64_t i = 0; i < rl_tensor_count(&weight); i++) weight.data[i] = 1.0f + (float)(i % 11);
        assert_ok(rl_variable_constant(&w, &weight, &error));
        assert_ok(rl_variable_binary(&product, RL_OP_MUL, reduced, w, &error));
        assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, product, RL_ALL, &error));
        rl_target target = {.name = "x", .source = &x};
        assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error));
        int64_t outer = 1, n = dim == RL_ALL ? count : shapes[s][dim], inner = 1;
        for (int i = 0; dim != RL_ALL && i < 3; i++)
          *(i < dim ? &outer : i > dim ? &inner : &n) *= i == dim ? 1 : shapes[s][i];
        for (int64_t o = 0; o < outer; o++)
          for (int64_t i = 0; i < inner; i++) {
            const float value = rl_variable_tensor(reduced)->data[o * inner + i];
            bool taken = false;
            for (int64_t j = 0; j < n; j++) {
              int64_t at = (o * n + j) * inner + i;
              float want = weight.data[o * inner + i];
              if (k == 1) want = (float)((double)want / (double)n);
              if (k >= 2 && (taken || x.data[at] != value)) want = 0.0f;
              if (k >= 2 && want != 0.0f) taken = true;
              assert_true(gradient.data[at] == want);
            }
            assert_true(k < 2 || taken);
          }
        rl_tensor_release(&gradient), rl_tensor_release(&weight), rl_tensor_release(&x);
        rl_variable *all[] = {leaf, reduced, w, product, loss};
        for (size_t i = 0; i < 5; i++) rl_variable_release(all[i]);
      }
}

/* Large enough for all threads, with an input that is stretched. */
static void gradients_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  rl_tensor a, b, first[2];
  rl_error error;
  assert_ok(rl_tensor_zeros(&a, 2, (int64_t[]){600, 301}, &error));
  assert_ok(rl_tensor_zeros(&b, 1, (int64_t[]){301}, &error));
  for (int64_t i = 0; i < rl_tensor_count(&a); i++) a.data[i] = 0.5f + rl_rng_uniform(&rng);
  for (int64_t i = 0; i < rl_tensor_count(&b); i++) b.data[i] = 0.5f + rl_rng_uniform(&rng);
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    rl_variable *x, *y, *z[6];
    rl_tensor gradient[2];
    assert_ok(rl_variable_leaf(&x, &a, &error));
    assert_ok(rl_variable_leaf(&y, &b, &error));
    assert_ok(rl_variable_binary(&z[0], RL_OP_DIV, x, y, &error));
    assert_ok(rl_variable_binary(&z[1], RL_OP_MAXIMUM, z[0], y, &error));
    assert_ok(rl_variable_clamp(&z[2], z[1], 0.6f, 1.9f, &error));
    assert_ok(rl_variable_binary(&z[3], RL_OP_POW, z[2], y, &error));
    assert_ok(rl_variable_unary(&z[4], RL_OP_TANH, z[3], &error));
    assert_ok(rl_variable_reduce(&z[5], RL_REDUCE_MEAN, z[4], RL_ALL, &error));
    rl_target targets[] = {{.name = "a", .source = &a}, {.name = "b", .source = &b}};
    assert_ok(rl_variable_gradients(z[5], 2, targets, gradient, &error));
    for (int k = 0; k < 2; k++) {
      if (threads == 1) {
        first[k] = gradient[k];
        continue;
      }
      assert_memory_equal(gradient[k].data, first[k].data,
                          (size_t)rl_tensor_count(&first[k]) * sizeof(float));
      rl_tensor_release(&gradient[k]);
    }
    for (int k = 0; k < 6; k++) rl_variable_release(z[k]);
    rl_variable_release(x), rl_variable_release(y);
  }
  rl_set_threads(0);
  rl_tensor_release(&first[0]), rl_tensor_release(&first[1]), rl_tensor_release(&a), rl_tensor_release(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slopes_of_any_numbers_are_those_of_the_formulas),
      cmocka_unit_test(squares_are_powers_like_others),
      cmocka_unit_test(gradients_of_reductions_go_where_they_belong),
      cmocka_unit_test(gradients_are_the_same_bytes_for_any_number_of_threads),
  };
  return run_at_all_levels(tests);
}
