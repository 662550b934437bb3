/* The Fisher information matrix of small policies, built in double as the mean of J^T M J over the rows (J
 * the derivatives of the distribution's parameters by theta, by central differences; M the metric of the
 * textbook), and what rl_natural makes of it without ever forming it: products, and solutions by conjugate
 * gradient. */
#include "network/natural.h"

#include "base/parallel.h"
#include "check.h"
#include "method/objective.h"
#include "reference_policy.h"

enum { OBS = 3, MOST_OBS = 6, MAX = 96, PHI = 2 * REFERENCE_ACTIONS, ROWS = 70, MANY = 64 * 64 + 500 };

typedef struct problem {
  rl_policy policy;
  rl_objective objective;
  rl_learner learner;
  float obs[MANY * MOST_OBS];
  int index[MANY]; /* shuffled */
  size_t size;     /* parameters */
} problem;

typedef struct setup {
  rl_space_kind kind;
  rl_std_kind std;
  bool value_head, layer_norm;
} setup;

static const setup setups[] = {
    {RL_BOX, RL_STD_FREE, false, false},    {RL_BOX, RL_STD_FREE, true, true},
    {RL_BOX, RL_STD_STATE, false, false},   {RL_BOX, RL_STD_STATE, true, false},
    {RL_BOX, RL_STD_FIXED, false, false},   {RL_DISCRETE, RL_STD_FREE, false, false},
    {RL_DISCRETE, RL_STD_FREE, true, true}, {RL_FACTORS, RL_STD_FREE, false, false},
    {RL_FACTORS, RL_STD_STATE, true, true}};
enum { SETUPS = sizeof setups / sizeof *setups };

/* A choice of three, of which the mask forbids some, and a number. */
static const rl_space factors = {
    .kind = RL_FACTORS,
    .size = 4,
    .masked = true,
    .n_factors = 2,
    .factor = {{"gear", RL_DISCRETE, 3, 0.0f, 0.0f}, {"push", RL_BOX, 1, -1.0f, 1.0f}}};

static void add_masks(problem *p, const float *seen) {
  const int size = p->policy.observation.size;
  for (int r = 0; r < MANY; r++) {
    float *row = p->obs + r * size;
    memcpy(row, seen + r * OBS, OBS * sizeof *row);
    for (int i = OBS; i < size; i++) row[i] = (r >> (i - OBS)) % 2 || i == OBS + r % 3 ? 1.0f : 0.0f;
  }
}

static problem *problem_new(const setup *s) {
  problem *p = zeros(1, sizeof *p);
  rl_error error;
  rl_rng rng;
  rl_policy_options options = rl_policy_defaults();
  options.std = s->std;
  options.value_head = s->value_head;
  options.network = rl_network_defaults(1.0f);
  options.network.n_hidden = 1;
  options.network.hidden[0] = 6;
  options.network.layer_norm = s->layer_norm;
  const bool masked = s->kind == RL_FACTORS;
  const rl_space simple = {.kind = s->kind, .size = s->kind == RL_BOX ? 2 : 3, .low = -1.0f, .high = 1.0f},
                 action = masked ? factors : simple,
                 observation = {
                     .kind = RL_BOX, .size = masked ? MOST_OBS : OBS, .low = -INFINITY, .high = INFINITY};
  assert_ok(rl_policy_init(&p->policy, &observation, &action, &options, &error));
  p->size = (size_t)p->policy.network.theta.shape[0];
  p->objective.policy = &p->policy;
  assert_ok(rl_learner_init(&p->learner, &p->policy.network, RL_ADAM, rl_policy_loss, rl_policy_metric,
                            &p->objective, &error));
  static float seen[MANY * OBS];
  rl_rng_init(&rng, 51, 0);
  fill_normal(&rng, seen, MANY * OBS, 2.0f);
  if (masked)
    add_masks(p, seen);
  else
    memcpy(p->obs, seen, sizeof seen);
  p->objective.samples.obs = p->obs;
  if (masked) p->learner.amend = rl_policy_amend;
  rl_normalizer_update(&p->policy.network.normalizer, p->obs, NULL, MANY);
  for (int i = 0; i < MANY; i++) p->index[i] = i;
  rl_rng_shuffle(&rng, p->index, MANY);
  assert_true(p->size <= MAX);
  assert_ok(rl_learner_begin(&p->learner, p->obs, MANY, MANY, &error));
  return p;
}

static void problem_free(problem *p) {
  rl_learner_release(&p->learner);
  rl_policy_release(&p->policy);
  free(p);
}

/* Head and log-std of the distribution in one state: [2 size]; masked choices have no parameter. */
static void parameters_of(const problem *p, const double *theta, const float *obs, double *phi) {
  reference_dist dist = reference_policy(&p->policy, theta, obs, NULL);
  for (int i = 0; i < dist.size; i++) {
    phi[i] = dist.head[i] == reference_never ? 0.0 : dist.head[i];
    phi[dist.size + i] = dist.log_std[i];
  }
}

/* M u: 1 / std^2 on means, 2 on log-stds; diag(p) - p p^T on logits. */
static void apply_metric(const reference_dist *dist, const double *u, double *out) {
  if (dist->kind == RL_FACTORS) { /* of the choice, then of the number */
    int column;
    double part[PHI] = {0.0}, of_number[2], moved[2] = {u[3], u[4]};
    const reference_dist gear = reference_part(dist, 0, &column), push = reference_part(dist, 1, &column);
    apply_metric(&gear, u, part);
    apply_metric(&push, moved, of_number);
    memset(out, 0, PHI * sizeof *out);
    memcpy(out, part, 3 * sizeof *out);
    out[3] = of_number[0];
    out[4] = of_number[1];
    return;
  }
  double p[REFERENCE_ACTIONS] = {0.0}, mean = 0.0;
  int n = dist->size;
  for (int i = 0; i < n && dist->kind == RL_DISCRETE; i++)
    mean += (p[i] = dist->head[i] == reference_never ? 0.0 : exp(reference_log_softmax(dist, i))) * u[i];
  for (int i = 0; i < n; i++) {
    out[i] = dist->kind == RL_DISCRETE ? p[i] * (u[i] - mean) : u[i] * exp(-2.0 * dist->log_std[i]);
    out[n + i] = dist->kind == RL_DISCRETE ? 0.0 : 2.0 * u[n + i];
  }
}

/* Adds J^T M J / rows of one state to F [size, size]. */
static void add_row(const problem *p, double *theta, const float *obs, int rows, double *fisher) {
  const double h = 1e-6;
  double j[MAX][PHI] = {{0}}, mj[MAX][PHI];
  int n_phi = 2 * p->policy.action.size;
  reference_dist dist = reference_policy(&p->policy, theta, obs, NULL);
  for (size_t i = 0; i < p->size; i++) {
    double at = theta[i], above[PHI], below[PHI];
    theta[i] = at + h;
    parameters_of(p, theta, obs, above);
    theta[i] = at - h;
    parameters_of(p, theta, obs, below);
    theta[i] = at;
    for (int k = 0; k < n_phi; k++) j[i][k] = (above[k] - below[k]) / (2.0 * h);
    apply_metric(&dist, j[i], mj[i]);
  }
  for (size_t a = 0; a < p->size; a++)
    for (size_t b = 0; b < p->size; b++)
      for (int k = 0; k < n_phi; k++) fisher[a * p->size + b] += j[a][k] * mj[b][k] / rows;
}

static void explicit_fisher(const problem *p, int rows, double *fisher) {
  double theta[MAX];
  widen(p->policy.network.theta.data, theta, p->size);
  memset(fisher, 0, p->size * p->size * sizeof *fisher);
  for (int r = 0; r < rows; r++)
    add_row(p, theta, p->obs + p->index[r] * p->policy.observation.size, rows, fisher);
}

/* Each column of the matrix is its product with a unit vector. float32 through one hidden layer, twice. */
static void products_are_those_of_the_explicit_matrix(void **state) {
  (void)state;
  static double fisher[MAX * MAX];
  static float got[MAX * MAX];
  for (int s = 0; s < SETUPS; s++) {
    problem *p = problem_new(&setups[s]);
    size_t n = p->size;
    explicit_fisher(p, ROWS, fisher);
    for (size_t i = 0; i < n; i++) {
      float unit[MAX] = {0};
      unit[i] = 1.0f;
      rl_natural_product(&p->learner, p->index, ROWS, 0.0, unit, got + i * n);
    }
    assert_relative(got, fisher, n * n, 1e-5);
    for (size_t i = 0; i < n; i++) fisher[i * n + i] += 0.3;
    for (size_t i = 0; i < n; i++) {
      float unit[MAX] = {0};
      unit[i] = 1.0f;
      rl_natural_product(&p->learner, p->index, ROWS, 0.3, unit, got + i * n);
    }
    assert_relative(got, fisher, n * n, 1e-5);
    problem_free(p);
  }
}

static void the_matrix_is_symmetric_and_positive_semidefinite(void **state) {
  (void)state;
  for (int s = 0; s < SETUPS; s++) {
    problem *p = problem_new(&setups[s]);
    rl_rng rng;
    rl_rng_init(&rng, 52, 0);
    for (int k = 0; k < 20; k++) {
      float u[MAX], v[MAX], fu[MAX], fv[MAX];
      fill_normal(&rng, u, p->size, 1.0f);
      fill_normal(&rng, v, p->size, 1.0f);
      rl_natural_product(&p->learner, p->index, ROWS, 0.0, u, fu);
      rl_natural_product(&p->learner, p->index, ROWS, 0.0, v, fv);
      double scale = sqrt(inner(u, u, p->size) * inner(fv, fv, p->size));
      assert_near(inner(u, fv, p->size), inner(v, fu, p->size), 1e-5 * scale);
      assert_true(inner(v, fv, p->size) > 0.0);
    }
    problem_free(p);
  }
}

/* (F + damping) v in double */
static void dense_product(const double *fisher, size_t n, double damping, const double *v, double *out) {
  for (size_t i = 0; i < n; i++) {
    out[i] = damping * v[i];
    for (size_t j = 0; j < n; j++) out[i] += fisher[i * n + j] * v[j];
  }
}

/* Solves (F + damping) x = g by Gaussian elimination; positive definite, so without pivoting. */
static void dense_solve(const double *fisher, size_t n, double damping, const float *g, double *x) {
  static double a[MAX][MAX];
  for (size_t i = 0; i < n; i++) {
    x[i] = (double)g[i];
    for (size_t j = 0; j < n; j++) a[i][j] = fisher[i * n + j] + (i == j ? damping : 0.0);
  }
  for (size_t k = 0; k < n; k++)
    for (size_t i = k + 1; i < n; i++) {
      double factor = a[i][k] / a[k][k];
      for (size_t j = k; j < n; j++) a[i][j] -= factor * a[k][j];
      x[i] -= factor * x[k];
    }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; j++) x[k] -= a[k][j] * x[j];
    x[k] /= a[k][k];
  }
}

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* Hestenes & Stiefel 1952 in double. */
static void dense_conjugate_gradient(const double *fisher, size_t n, double damping, const float *g,
                                     int iterations, double *x) {
  double residual[MAX], along[MAX], product[MAX];
  widen(g, residual, n);
  widen(g, along, n);
  memset(x, 0, n * sizeof *x);
  for (int k = 0; k < iterations; k++) {
    double squares = dot(residual, residual, n);
    dense_product(fisher, n, damping, along, product);
    double step = squares / dot(along, product, n);
    for (size_t i = 0; i < n; i++) x[i] += step * along[i];
    for (size_t i = 0; i < n; i++) residual[i] -= step * product[i];
    double ratio = dot(residual, residual, n) / squares;
    for (size_t i = 0; i < n; i++) along[i] = residual[i] + ratio * along[i];
  }
}

/* With `iterations` of 0 the solution is the exact one, else where as many steps in double come to. */
static void check_solution(const problem *p, const double *fisher, double damping, int iterations,
                           double tolerance) {
  rl_natural natural;
  rl_error error;
  rl_rng rng;
  float g[MAX];
  double want[MAX], x[MAX], product[MAX];
  size_t n = p->size;
  rl_learner learner = p->learner; /* what a product changes is reached through pointers */
  rl_rng_init(&rng, 53, 0);
  fill_normal(&rng, g, n, 1.0f);
  assert_ok(rl_natural_init(&natural, n, &error));
  double curvature =
      rl_natural_solve(&natural, &learner, p->index, ROWS, g, damping, iterations ? iterations : 500);
  if (iterations)
    dense_conjugate_gradient(fisher, n, damping, g, iterations, want);
  else
    dense_solve(fisher, n, damping, g, want);
  assert_relative(natural.x, want, n, tolerance);
  widen(natural.x, x, n);
  dense_product(fisher, n, damping, x, product);
  double by_definition = dot(x, product, n);
  assert_near(curvature, by_definition, 1e-5 * by_definition);
  rl_natural_release(&natural);
}

/* Early on it walks with the iteration in double; later the two part where eigenvalues are spread wide
 * (rounding costs it orthogonality), to meet again at the solution. It ends when the residual is 1e-5 of g,
 * which leaves the solution off by at most that times the condition of the matrix; usually by less
 * than 1e-5. */
static void conjugate_gradient_solves_as_well_as_float32_lets_it(void **state) {
  (void)state;
  static double fisher[MAX * MAX];
  for (int s = 0; s < SETUPS; s++) {
    problem *p = problem_new(&setups[s]);
    explicit_fisher(p, ROWS, fisher);
    for (int iterations = 1; iterations <= 5; iterations += 2)
      check_solution(p, fisher, 0.1, iterations, 1e-5);
    check_solution(p, fisher, 0.1, 0, 2e-5);
    check_solution(p, fisher, 1.0, 0, 2e-5);
    problem_free(p);
  }
}

static void a_gradient_of_zero_has_no_direction(void **state) {
  (void)state;
  problem *p = problem_new(&setups[0]);
  rl_natural natural;
  rl_error error;
  const float g[MAX] = {0};
  assert_ok(rl_natural_init(&natural, p->size, &error));
  natural.x[0] = 7.0f;
  assert_near(rl_natural_solve(&natural, &p->learner, p->index, ROWS, g, 0.1, 10), 0.0, 0.0);
  assert_memory_equal(natural.x, g, p->size * sizeof(float));
  rl_natural_release(&natural);
  problem_free(p);
}

/* Pieces of 64 rows go through in waves of 64: the product of all rows is the mean of those of its parts. */
static void many_rows_are_the_mean_of_few(void **state) {
  (void)state;
  problem *p = problem_new(&setups[0]);
  rl_rng rng;
  float v[MAX], all[MAX], part[MAX];
  double want[MAX] = {0};
  rl_rng_init(&rng, 54, 0);
  fill_normal(&rng, v, p->size, 1.0f);
  rl_natural_product(&p->learner, p->index, MANY, 0.0, v, all);
  for (int first = 0; first < MANY; first += 1000) {
    int rows = MANY - first < 1000 ? MANY - first : 1000;
    rl_natural_product(&p->learner, p->index + first, rows, 0.0, v, part);
    for (size_t i = 0; i < p->size; i++) want[i] += (double)part[i] * rows / MANY;
  }
  assert_relative(all, want, p->size, 1e-5);
  problem_free(p);
}

static void products_and_solutions_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  for (int s = 0; s < SETUPS; s += 5) {
    problem *p = problem_new(&setups[s]);
    rl_natural natural;
    rl_error error;
    rl_rng rng;
    float v[MAX], seen[3][MAX], solved[3][MAX];
    rl_rng_init(&rng, 55, 0);
    fill_normal(&rng, v, p->size, 1.0f);
    assert_ok(rl_natural_init(&natural, p->size, &error));
    for (int threads = 1; threads <= 3; threads++) {
      rl_set_threads(threads);
      rl_natural_product(&p->learner, p->index, MANY, 0.1, v, seen[threads - 1]);
      rl_natural_solve(&natural, &p->learner, p->index, 200, v, 0.1, 5);
      memcpy(solved[threads - 1], natural.x, p->size * sizeof(float));
      assert_memory_equal(seen[0], seen[threads - 1], p->size * sizeof(float));
      assert_memory_equal(solved[0], solved[threads - 1], p->size * sizeof(float));
    }
    rl_natural_release(&natural);
    problem_free(p);
  }
  rl_set_threads(1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_those_of_the_explicit_matrix),
      cmocka_unit_test(the_matrix_is_symmetric_and_positive_semidefinite),
      cmocka_unit_test(conjugate_gradient_solves_as_well_as_float32_lets_it),
      cmocka_unit_test(a_gradient_of_zero_has_no_direction),
      cmocka_unit_test(many_rows_are_the_mean_of_few),
      cmocka_unit_test(products_and_solutions_are_the_same_bytes_for_any_number_of_threads),
  };
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
