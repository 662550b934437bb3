/* The three maps of a multi-layer perceptron against a naive one in double (check.h): values, the
 * vector-Jacobian product and the Jacobian-vector product by central differences of that reference, and the
 * two as transposes of each other. Then layout, sizes and initialisation by their formulas. */
#include "network/mlp.h"

#include "check.h"
#include "levels.h"

/* float32 sums of at most 40 terms, four layers of them, and tanh's own 3e-7: a few 1e-6 of the norm. Layer
 * normalisation divides by the spread of a row, which magnifies the rounding of rows that are nearly
 * constant. */
static const double tolerance = 1e-5;

enum { INPUTS = 5, OUTPUTS = 3, MAX_ROWS = 64 };
static const int hidden_widths[3] = {7, 40, 6};
static const int row_counts[3] = {1, 3, 64};

/* One network with random parameters and inputs, in both precisions. */
typedef struct problem {
  rl_mlp mlp;
  int rows;
  size_t n_theta, n_x, n_y;
  float *theta, *transposed, *x, *workspace;
  double *theta64, *x64;
  rl_rng rng;
} problem;

static double reference_rows(const problem *p, const double *theta, const double *x, double *y) {
  double margin = INFINITY;
  for (int r = 0; r < p->rows; r++)
    margin = fmin(margin, reference_forward(&p->mlp, theta, x + r * INPUTS, y + r * OUTPUTS));
  return margin;
}

/* Draws until no unit is nearer than 1e-4 to a kink of ReLU: a hundred times what the differences move it. */
static void draw(problem *p) {
  double y[MAX_ROWS * OUTPUTS];
  do {
    fill_normal(&p->rng, p->theta, p->n_theta, 0.5f);
    fill_normal(&p->rng, p->x, p->n_x, 1.0f);
    widen(p->theta, p->theta64, p->n_theta);
    widen(p->x, p->x64, p->n_x);
  } while (reference_rows(p, p->theta64, p->x64, y) < 1e-4 && p->mlp.activation == RL_RELU);
}

static problem problem_new(int n_hidden, rl_activation activation, bool layer_norm, int rows) {
  problem p = {.mlp = {INPUTS, n_hidden + 1, {0}, activation, layer_norm}, .rows = rows};
  for (int i = 0; i < n_hidden; i++) p.mlp.width[i] = hidden_widths[i];
  p.mlp.width[n_hidden] = OUTPUTS;
  p.n_theta = rl_mlp_parameters(&p.mlp);
  p.n_x = (size_t)rows * INPUTS;
  p.n_y = (size_t)rows * OUTPUTS;
  p.theta = zeros(p.n_theta, sizeof(float));
  p.x = zeros(p.n_x, sizeof(float));
  p.theta64 = zeros(p.n_theta, sizeof(double));
  p.x64 = zeros(p.n_x, sizeof(double));
  size_t work = rl_mlp_workspace(&p.mlp, rows);
  p.workspace = zeros(work, sizeof(float));
  for (size_t i = 0; i < work; i++) p.workspace[i] = NAN; /* nothing may be read before it is written */
  rl_rng_init(&p.rng, 7, (uint64_t)(n_hidden * 1000 + rows));
  draw(&p);
  p.transposed = zeros(rl_mlp_transposed(&p.mlp), sizeof(float));
  rl_mlp_transpose(&p.mlp, p.theta, true, p.transposed);
  return p;
}

static void problem_free(problem *p) {
  free(p->theta);
  free(p->x);
  free(p->theta64);
  free(p->x64);
  free(p->workspace);
  free(p->transposed);
}

/* Runs a check over all depths, activations, with and without layer norm, and numbers of rows. */
static void for_all_networks(void (*check)(problem *p)) {
  for (int k = 0; k < 4 * 2 * 2 * 3; k++) {
    problem p = problem_new(k % 4, k / 4 % 2 ? RL_RELU : RL_TANH, k / 8 % 2, row_counts[k / 16]);
    check(&p);
    problem_free(&p);
  }
}

static void check_forward(problem *p) {
  double want[MAX_ROWS * OUTPUTS];
  reference_rows(p, p->theta64, p->x64, want);
  const float *y = rl_mlp_forward(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace);
  assert_relative(y, want, p->n_y, tolerance);
}

static void forward_agrees_with_a_naive_network_in_double(void **state) {
  (void)state;
  for_all_networks(check_forward);
}

/* sum(dy * f(x; theta)) as a function of (theta, x), one after the other. */
typedef struct weighted_output {
  problem *p;
  const float *dy;
} weighted_output;

static double product_with_dy(const double *theta_and_x, void *context) {
  const weighted_output *q = context;
  double y[MAX_ROWS * OUTPUTS], sum = 0.0;
  reference_rows(q->p, theta_and_x, theta_and_x + q->p->n_theta, y);
  for (size_t i = 0; i < q->p->n_y; i++) sum += (double)q->dy[i] * y[i];
  return sum;
}

static void check_vjp(problem *p) {
  size_t n = p->n_theta + p->n_x;
  float dy[MAX_ROWS * OUTPUTS], *d = zeros(n, sizeof(float));
  double *at = zeros(n, sizeof(double)), *want = zeros(n, sizeof(double));
  fill_normal(&p->rng, dy, p->n_y, 1.0f);
  memcpy(at, p->theta64, p->n_theta * sizeof *at);
  memcpy(at + p->n_theta, p->x64, p->n_x * sizeof *at);
  central_differences(product_with_dy, &(weighted_output){p, dy}, at, n, want);
  for (size_t i = 0; i < n; i++) d[i] = NAN; /* to be overwritten, not added to */
  rl_mlp_forward(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace);
  rl_mlp_vjp(&p->mlp, p->theta, p->transposed, p->x, p->rows, p->workspace, dy, d, d + p->n_theta);
  assert_relative(d, want, p->n_theta, tolerance);
  assert_relative(d + p->n_theta, want + p->n_theta, p->n_x, tolerance);
  float *only_theta = zeros(p->n_theta, sizeof(float));
  rl_mlp_vjp(&p->mlp, p->theta, p->transposed, p->x, p->rows, p->workspace, dy, only_theta, NULL);
  assert_memory_equal(only_theta, d, p->n_theta * sizeof(float));
  free(d);
  free(at);
  free(want);
  free(only_theta);
}

static void vjp_agrees_with_central_differences(void **state) {
  (void)state;
  for_all_networks(check_vjp);
}

/* (f(theta + h v, x + h vx) - f(theta - h v, x - h vx)) / 2h; vx may be NULL. */
static void directional_difference(const problem *p, const float *v, const float *vx, double *want) {
  const double h = 1e-6;
  double above[MAX_ROWS * OUTPUTS], below[MAX_ROWS * OUTPUTS];
  double *theta = zeros(p->n_theta, sizeof(double)), *x = zeros(p->n_x, sizeof(double));
  for (int sign = -1; sign <= 1; sign += 2) {
    for (size_t i = 0; i < p->n_theta; i++) theta[i] = p->theta64[i] + sign * h * (double)v[i];
    for (size_t i = 0; i < p->n_x; i++) x[i] = p->x64[i] + (vx ? sign * h * (double)vx[i] : 0.0);
    reference_rows(p, theta, x, sign > 0 ? above : below);
  }
  for (size_t i = 0; i < p->n_y; i++) want[i] = (above[i] - below[i]) / (2.0 * h);
  free(theta);
  free(x);
}

static void check_jvp(problem *p) {
  float *v = zeros(p->n_theta, sizeof(float)), *vx = zeros(p->n_x, sizeof(float)), vy[MAX_ROWS * OUTPUTS];
  double want[MAX_ROWS * OUTPUTS];
  fill_normal(&p->rng, v, p->n_theta, 0.3f);
  fill_normal(&p->rng, vx, p->n_x, 0.3f);
  rl_mlp_forward(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace);
  for (int with_x = 0; with_x < 2; with_x++) {
    directional_difference(p, v, with_x ? vx : NULL, want);
    for (size_t i = 0; i < p->n_y; i++) vy[i] = NAN;
    rl_mlp_jvp(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace, v, with_x ? vx : NULL, vy);
    assert_relative(vy, want, p->n_y, tolerance);
  }
  free(v);
  free(vx);
}

static void jvp_agrees_with_central_differences(void **state) {
  (void)state;
  for_all_networks(check_jvp);
}

/* Both sides are sums of products whose sizes the two norms bound (Cauchy-Schwarz). */
static void check_transposes(problem *p) {
  float *v = zeros(p->n_theta, sizeof(float)), *vx = zeros(p->n_x, sizeof(float));
  float *d = zeros(p->n_theta, sizeof(float)), *dx = zeros(p->n_x, sizeof(float));
  float u[MAX_ROWS * OUTPUTS], vy[MAX_ROWS * OUTPUTS];
  fill_normal(&p->rng, v, p->n_theta, 1.0f);
  fill_normal(&p->rng, vx, p->n_x, 1.0f);
  fill_normal(&p->rng, u, p->n_y, 1.0f);
  rl_mlp_forward(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace);
  rl_mlp_jvp(&p->mlp, p->theta, NULL, p->x, p->rows, p->workspace, v, vx, vy);
  rl_mlp_vjp(&p->mlp, p->theta, p->transposed, p->x, p->rows, p->workspace, u, d, dx);
  double scale = sqrt(inner(u, u, p->n_y) * inner(vy, vy, p->n_y));
  assert_near(inner(d, v, p->n_theta) + inner(dx, vx, p->n_x), inner(u, vy, p->n_y), 1e-6 * scale);
  free(v);
  free(vx);
  free(d);
  free(dx);
}

static void vjp_and_jvp_are_transposes(void **state) {
  (void)state;
  for_all_networks(check_transposes);
}

static void a_single_layer_is_x_times_w_plus_b(void **state) {
  (void)state;
  const rl_mlp mlp = {2, 1, {3}, RL_TANH, true}; /* the last layer has neither activation nor normalisation */
  const float theta[] = {1,  2, 3, /* weights from the first input */ 4, 5, 6, /* from the second */ 10,
                         20, 30 /* b */};
  const float x[] = {1, -1, 2, 0.5f}, want[] = {7, 17, 27, 14, 26.5f, 39};
  float workspace[256];
  assert_int_equal(rl_mlp_parameters(&mlp), 9);
  assert_true(rl_mlp_workspace(&mlp, 2) <= 256);
  const float *y = rl_mlp_forward(&mlp, theta, NULL, x, 2, workspace);
  for (int i = 0; i < 6; i++) assert_true(y[i] == want[i]);
}

static void parameters_are_weights_and_biases_and_two_more_a_normalised_unit(void **state) {
  (void)state;
  rl_mlp mlp = {3, 3, {4, 5, 2}, RL_TANH, false};
  assert_int_equal(rl_mlp_parameters(&mlp), (3 * 4 + 4) + (4 * 5 + 5) + (5 * 2 + 2));
  mlp.layer_norm = true;
  assert_int_equal(rl_mlp_parameters(&mlp), (3 * 4 + 4 + 2 * 4) + (4 * 5 + 5 + 2 * 5) + (5 * 2 + 2));
}

static void assert_orthogonal(const float *weight, int in, int out, double gain) {
  bool tall = in >= out;
  int n = tall ? out : in, m = tall ? in : out;
  for (int a = 0; a < n; a++) {
    for (int b = 0; b < n; b++) {
      double product = 0.0;
      for (int k = 0; k < m; k++)
        product += tall ? (double)weight[k * out + a] * (double)weight[k * out + b]
                        : (double)weight[a * out + k] * (double)weight[b * out + k];
      assert_near(product, a == b ? gain * gain : 0.0, 1e-6 * gain * gain);
    }
  }
}

/* Theta of inputs 8 -> 5 -> 12 -> 12 -> 2, initialised; *at points to each layer in turn. */
static void orthogonal_weights_have_orthonormal_columns_or_rows_times_the_gain(void **state) {
  (void)state;
  const rl_mlp mlp = {8, 4, {5, 12, 12, 2}, RL_TANH, true};
  float *theta = zeros(rl_mlp_parameters(&mlp), sizeof(float)), *at = theta;
  rl_rng rng;
  rl_error error;
  rl_rng_init(&rng, 3, 0);
  assert_ok(rl_mlp_init(&mlp, RL_INIT_ORTHOGONAL, 1.41421356f, 0.01f, &rng, theta, &error));
  for (int l = 0, in = 8; l < 4; in = mlp.width[l++]) {
    int out = mlp.width[l];
    assert_orthogonal(at, in, out, l < 3 ? 1.41421356 : 0.01);
    at += in * out;
    for (int j = 0; j < out; j++) assert_true(*at++ == 0.0f);          /* bias */
    for (int j = 0; l < 3 && j < out; j++) assert_true(*at++ == 1.0f); /* gain */
    for (int j = 0; l < 3 && j < out; j++) assert_true(*at++ == 0.0f); /* shift */
  }
  free(theta);
}

static void xavier_weights_are_uniform_within_their_bound(void **state) {
  (void)state;
  const rl_mlp mlp = {60, 2, {90, 4}, RL_TANH, false};
  size_t n = rl_mlp_parameters(&mlp);
  float *theta = zeros(n, sizeof(float));
  double limit = 2.0 * sqrt(6.0 / (60 + 90)), sum = 0.0, squares = 0.0, last = 0.5 * sqrt(6.0 / (90 + 4));
  rl_rng rng;
  rl_error error;
  rl_rng_init(&rng, 3, 0);
  assert_ok(rl_mlp_init(&mlp, RL_INIT_XAVIER, 2.0f, 0.5f, &rng, theta, &error));
  for (int i = 0; i < 60 * 90; i++) {
    assert_true(fabs((double)theta[i]) <= limit * (1.0 + 1e-6));
    sum += (double)theta[i] / (60 * 90);
    squares += (double)theta[i] * (double)theta[i] / (60 * 90);
  }
  /* A uniform's variance is limit^2 / 3; of 5400 samples the standard error of the mean is 0.0079 limit, of
   * the variance 0.0041 limit^2: four of each. */
  assert_near(sum, 0.0, 4 * 0.0079 * limit);
  assert_near(squares, limit * limit / 3.0, 4 * 0.0041 * limit * limit);
  for (int i = 60 * 90; i < 60 * 90 + 90; i++) assert_true(theta[i] == 0.0f);
  for (size_t i = 60 * 90 + 90; i < n - 4; i++) assert_true(fabs((double)theta[i]) <= last * (1.0 + 1e-6));
  for (size_t i = n - 4; i < n; i++) assert_true(theta[i] == 0.0f);
  free(theta);
}

static void sizes_out_of_range_are_refused_with_the_size(void **state) {
  (void)state;
  rl_error error;
  assert_ok(rl_mlp_check(&(rl_mlp){1, 1, {1}, RL_TANH, false}, &error));
  assert_ok(rl_mlp_check(&(rl_mlp){RL_MAX_WIDTH, 2, {RL_MAX_WIDTH, 1}, RL_TANH, false}, &error));
  assert_refused(rl_mlp_check(&(rl_mlp){1, 0, {1}, RL_TANH, false}, &error), RL_BAD_ARGUMENT, "-1");
  assert_refused(rl_mlp_check(&(rl_mlp){1, 9, {1}, RL_TANH, false}, &error), RL_BAD_ARGUMENT, "8");
  assert_refused(rl_mlp_check(&(rl_mlp){0, 1, {1}, RL_TANH, false}, &error), RL_BAD_ARGUMENT, "0");
  assert_refused(rl_mlp_check(&(rl_mlp){1, 2, {4, -3}, RL_TANH, false}, &error), RL_BAD_ARGUMENT, "layer 2");
  assert_refused(rl_mlp_check(&(rl_mlp){1, 1, {65537}, RL_TANH, false}, &error), RL_BAD_ARGUMENT, "65537");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forward_agrees_with_a_naive_network_in_double),
      cmocka_unit_test(vjp_agrees_with_central_differences),
      cmocka_unit_test(jvp_agrees_with_central_differences),
      cmocka_unit_test(vjp_and_jvp_are_transposes),
      cmocka_unit_test(a_single_layer_is_x_times_w_plus_b),
      cmocka_unit_test(parameters_are_weights_and_biases_and_two_more_a_normalised_unit),
      cmocka_unit_test(orthogonal_weights_have_orthonormal_columns_or_rows_times_the_gain),
      cmocka_unit_test(xavier_weights_are_uniform_within_their_bound),
      cmocka_unit_test(sizes_out_of_range_are_refused_with_the_size),
  };
  return run_at_all_levels(tests);
}
