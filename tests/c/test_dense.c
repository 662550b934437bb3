/* The kernels of dense layers against plain loops in double, over odd sizes and all numbers of rows that a piece can
 * have, for each level; that levels agree to the byte; that a row does not depend on the rows beside it. */
#include "tensor/dense.h"

#include "check.h"
#include "levels.h"

enum { SIZES = 7, MAX_SIZE = 511, MAX_ROWS = 70, ALL_ROWS_TO = 65 };
static const int sizes[SIZES] = {1, 3, 15, 17, 63, 65, 511};
static const rl_activation activations[3] = {RL_IDENTITY, RL_TANH, RL_RELU};

/* A float32 sum of n terms is wrong by about 6e-8 sqrt(n) of the norm of its terms, 1.4e-6 for 511; tanh by 4e-7. */
static const double tolerance = 3e-6, tanh_error = 4e-7;

/* A layer and all that its kernels take and give. Rows are padded, and what lies behind them is NaN where nobody may
 * read it. */
typedef struct problem {
  int in, out;
  size_t x_stride, y_stride, transposed;
  float *x, *weight, *bias, *d, *y, *dweight, *dbias, *dx, *turned, *scratch;
} problem;

/* Within what tanh gives, most of them. */
static float *padded_rows(rl_rng *rng, int width, size_t stride) {
  float *rows = zeros(MAX_ROWS * stride, sizeof *rows);
  for (size_t r = 0; r < MAX_ROWS; r++) fill_normal(rng, rows + r * stride, (size_t)width, 0.3f);
  return rows;
}

static problem make(int in, int out) {
  rl_rng rng;
  rl_rng_init(&rng, (uint64_t)in, (uint64_t)out);
  const size_t n = (size_t)in * (size_t)out;
  problem p = {.in = in, .out = out, .x_stride = rl_dense_stride(in), .y_stride = rl_dense_stride(out)};
  p.transposed = (size_t)out * p.x_stride;
  p.x = padded_rows(&rng, in, p.x_stride);
  p.d = padded_rows(&rng, out, p.y_stride);
  p.y = zeros(MAX_ROWS * p.y_stride, sizeof(float));
  p.dx = zeros(MAX_ROWS * p.x_stride, sizeof(float));
  p.weight = zeros(n, sizeof(float));
  p.dweight = zeros(n, sizeof(float));
  p.bias = zeros((size_t)out, sizeof(float));
  p.dbias = zeros((size_t)out, sizeof(float));
  p.turned = zeros(p.transposed, sizeof(float));
  p.scratch = zeros(p.transposed, sizeof(float));
  fill_normal(&rng, p.weight, n, 1.0f / sqrtf((float)in));
  fill_normal(&rng, p.bias, (size_t)out, 1.0f);
  return p;
}

static void release(problem *p) {
  float *all[] = {p->x, p->weight, p->bias, p->d, p->y, p->dweight, p->dbias, p->dx, p->turned, p->scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static rl_dense layer_of(const problem *p, int rows) {
  return (rl_dense){rows, p->in, p->out, p->x, p->x_stride};
}

static void set_nan(float *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = NAN;
}

/* Everything of one layer. x stands for what an activation gave, too. */
static void run(problem *p, int rows, rl_activation f) {
  const rl_dense_kernels *kernels = RL_KERNELS(rl_dense_table);
  const rl_dense layer = layer_of(p, rows);
  set_nan(p->turned, p->transposed);
  set_nan(p->scratch, p->transposed);
  set_nan(p->y, (size_t)rows * p->y_stride);
  set_nan(p->dx, (size_t)rows * p->x_stride);
  set_nan(p->dweight, (size_t)p->in * (size_t)p->out);
  set_nan(p->dbias, (size_t)p->out);
  kernels->transpose(p->in, p->out, p->weight, p->turned);
  kernels->forward(&layer, p->weight, p->turned, p->bias, f, NULL, p->y, p->y_stride);
  kernels->gradient(&layer, p->d, p->y_stride, p->dweight, p->dbias, p->scratch);
  kernels->input_gradient(&layer, p->d, p->y_stride, p->turned, f, p->dx, p->x_stride);
}

static double apply(rl_activation f, double x) {
  return f == RL_TANH ? tanh(x) : f == RL_RELU ? fmax(x, 0.0) : x;
}

static double slope(rl_activation f, double y) {
  return f == RL_TANH ? 1.0 - y * y : f == RL_RELU ? y > 0.0 : 1.0;
}

/* sum of x[i] y[i], both at a distance; adds the squares of its terms to *squares */
static double product(const float *x, size_t x_step, const float *y, size_t y_step, int n, double *squares) {
  double sum = 0.0;
  for (size_t i = 0; i < (size_t)n; i++) {
    const double term = (double)x[i * x_step] * (double)y[i * y_step];
    sum += term;
    *squares += term * term;
  }
  return sum;
}

/* squares: of the terms of all sums. */
static void check_rows(const float *got, size_t stride, int rows, int width, const double *want,
                       double squares, double each) {
  double apart = 0.0;
  for (size_t r = 0; r < (size_t)rows; r++) {
    for (size_t j = 0; j < (size_t)width; j++) {
      const double w = want[r * (size_t)width + j], e = (double)got[r * stride + j] - w;
      apart += e * e;
    }
    for (size_t j = (size_t)width; stride > (size_t)width && j < rl_dense_padded(width); j++)
      assert_true(got[r * stride + j] == 0.0f);
  }
  assert_near(sqrt(apart), 0.0, tolerance * sqrt(squares) + each * sqrt((double)rows * width));
}

static void check(const problem *p, int rows, rl_activation f) {
  const size_t in = (size_t)p->in, out = (size_t)p->out, n = (size_t)rows;
  double *want = zeros((n > in ? n : in) * (in > out ? in : out), sizeof *want), squares = 0.0;
  for (size_t r = 0; r < n; r++)
    for (size_t j = 0; j < out; j++)
      want[r * out + j] = apply(
          f, (double)p->bias[j] + product(p->x + r * p->x_stride, 1, p->weight + j, out, p->in, &squares));
  for (size_t j = 0; j < out; j++) squares += (double)rows * (double)p->bias[j] * (double)p->bias[j];
  check_rows(p->y, p->y_stride, rows, p->out, want, squares, tanh_error);
  squares = 0.0;
  for (size_t r = 0; r < n; r++)
    for (size_t i = 0; i < in; i++)
      want[r * in + i] = slope(f, (double)p->x[r * p->x_stride + i]) *
                         product(p->d + r * p->y_stride, 1, p->weight + i * out, 1, p->out, &squares);
  check_rows(p->dx, p->x_stride, rows, p->in, want, squares, 0.0);
  squares = 0.0;
  for (size_t i = 0; i < in; i++)
    for (size_t j = 0; j < out; j++)
      want[i * out + j] = product(p->x + i, p->x_stride, p->d + j, p->y_stride, rows, &squares);
  check_rows(p->dweight, out, p->in, p->out, want, squares, 0.0);
  squares = 0.0;
  const float one = 1.0f;
  for (size_t j = 0; j < out; j++) want[j] = product(&one, 0, p->d + j, p->y_stride, rows, &squares);
  check_rows(p->dbias, out, 1, p->out, want, squares, 0.0);
  free(want);
}

static void layers_of_all_odd_sizes_agree_with_plain_loops_in_double(void **state) {
  (void)state;
  for (int k = 0; k < SIZES * SIZES; k++) {
    problem p = make(sizes[k / SIZES], sizes[k % SIZES]);
    const bool small = p.in <= ALL_ROWS_TO && p.out <= ALL_ROWS_TO;
    for (int rows = 1; rows <= MAX_ROWS; rows += small ? 1 : 23) {
      run(&p, rows, activations[rows % 3]);
      check(&p, rows, activations[rows % 3]);
    }
    release(&p);
  }
}

static void a_row_does_not_depend_on_the_rows_beside_it(void **state) {
  (void)state;
  for (int k = 0; k < SIZES * SIZES; k++) {
    problem p = make(sizes[k / SIZES], sizes[k % SIZES]);
    float *all = zeros(MAX_ROWS * p.y_stride, sizeof *all);
    run(&p, MAX_ROWS, RL_TANH);
    memcpy(all, p.y, MAX_ROWS * p.y_stride * sizeof *all);
    for (int rows = 1; rows < 13; rows++) {
      run(&p, rows, RL_TANH);
      for (size_t r = 0; r < (size_t)rows; r++)
        assert_memory_equal(p.y + r * p.y_stride, all + r * p.y_stride, (size_t)p.out * sizeof *all);
    }
    free(all);
    release(&p);
  }
}

/* y += x W, and y = (x W + bias) f'(.): of tangents. */
static void tangents_add_up_and_take_the_slope(void **state) {
  (void)state;
  for (int k = 0; k < SIZES * SIZES; k++) {
    problem p = make(sizes[k / SIZES], sizes[k % SIZES]);
    const int rows = 1 + k % MAX_ROWS;
    const rl_dense layer = layer_of(&p, rows);
    const rl_dense_kernels *kernels = RL_KERNELS(rl_dense_table);
    double *want = zeros((size_t)rows * (size_t)p.out, sizeof *want);
    run(&p, rows, RL_IDENTITY);
    for (size_t r = 0; r < (size_t)rows; r++)
      for (size_t j = 0; j < (size_t)p.out; j++)
        want[r * (size_t)p.out + j] = (2.0 * (double)p.y[r * p.y_stride + j] - (double)p.bias[j]) *
                                      slope(RL_TANH, (double)p.d[r * p.y_stride + j]);
    kernels->forward(&layer, p.weight, p.turned, NULL, RL_TANH, p.d, p.y, p.y_stride);
    check_rows(p.y, p.y_stride, rows, p.out, want, 0.0, 2e-6); /* of numbers around 1 */
    free(want);
    release(&p);
  }
}

/* Plain C on x86-64 rounds products once more. */
static void avx2_and_avx512_give_the_same_bytes(void **state) {
  (void)state;
  if (rl_cpu_best() != RL_CPU_AVX512) skip();
  for (int k = 0; k < SIZES * SIZES; k++) {
    problem p = make(sizes[k / SIZES], sizes[k % SIZES]), q = make(p.in, p.out);
    for (int rows = 1; rows <= MAX_ROWS; rows += 23) {
      rl_cpu_use(RL_CPU_AVX2);
      run(&p, rows, activations[k % 3]);
      rl_cpu_use(RL_CPU_AVX512);
      run(&q, rows, activations[k % 3]);
      for (size_t r = 0; r < (size_t)rows; r++) {
        assert_memory_equal(p.y + r * p.y_stride, q.y + r * p.y_stride, (size_t)p.out * sizeof(float));
        assert_memory_equal(p.dx + r * p.x_stride, q.dx + r * p.x_stride, (size_t)p.in * sizeof(float));
      }
      assert_memory_equal(p.dweight, q.dweight, (size_t)p.in * (size_t)p.out * sizeof(float));
      assert_memory_equal(p.dbias, q.dbias, (size_t)p.out * sizeof(float));
    }
    release(&p);
    release(&q);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_of_all_odd_sizes_agree_with_plain_loops_in_double),
      cmocka_unit_test(a_row_does_not_depend_on_the_rows_beside_it),
      cmocka_unit_test(tangents_add_up_and_take_the_slope),
  };
  const struct CMUnitTest between[] = {cmocka_unit_test(avx2_and_avx512_give_the_same_bytes)};
  return run_at_all_levels(tests) + cmocka_run_group_tests(between, NULL, NULL);
}
