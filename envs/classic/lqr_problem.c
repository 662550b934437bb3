/* The matrices of a linear-quadratic problem: what fits together, and the gain that is best for them. */
#include "classic/lqr.h"

#include <math.h>
#include <string.h>

enum { A, B, Q, R, N_MATRICES, AREA = RL_LQR_MAX * RL_LQR_MAX };
static const char *const names[N_MATRICES] = {"A", "B", "Q", "R"};
static const double LARGEST = 1e6;
static const double TOLERANCE = 1e-6; /* what float32 makes of a symmetric or semidefinite matrix */

/* Small dense linear algebra, row-major. */

/* out [rows, cols] += x y, where x is [rows, inner] and y [inner, cols] */
static void add_product(double *out, const double *x, const double *y, int rows, int inner, int cols) {
  for (int i = 0; i < rows; i++)
    for (int k = 0; k < inner; k++)
      for (int j = 0; j < cols; j++) out[i * cols + j] += x[i * inner + k] * y[k * cols + j];
}

/* out [rows, cols] += x'y, where x is [inner, rows] and y [inner, cols] */
static void add_turned_product(double *out, const double *x, const double *y, int rows, int inner, int cols) {
  for (int k = 0; k < inner; k++)
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < cols; j++) out[i * cols + j] += x[k * rows + i] * y[k * cols + j];
}

/* Replaces the lower triangle of x [n, n] by its Cholesky factor; false when x is not positive definite. */
static bool factor(double *x, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      double sum = x[i * n + j];
      for (int k = 0; k < j; k++) sum -= x[i * n + k] * x[j * n + k];
      if (i == j && !(sum > 0.0)) return false;
      x[i * n + j] = i == j ? sqrt(sum) : sum / x[j * n + j];
    }
  return true;
}

/* Replaces y [n, cols] by x^-1 y, given the Cholesky factor of x. */
static void solve(const double *x, double *y, int n, int cols) {
  for (int c = 0; c < cols; c++) {
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) y[i * cols + c] -= x[i * n + k] * y[k * cols + c];
      y[i * cols + c] /= x[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) y[i * cols + c] -= x[k * n + i] * y[k * cols + c];
      y[i * cols + c] /= x[i * n + i];
    }
  }
}

static double largest(const double *x, int size) {
  double most = 0.0;
  for (int i = 0; i < size; i++) most = fmax(most, fabs(x[i]));
  return most;
}

/* What fits. */

static rl_status refuse(const rl_matrix *matrix, const char *fault, rl_error *error) {
  return rl_fail(error, RL_BAD_ARGUMENT, "lqr: %s [%d, %d] %s", matrix->name, matrix->rows, matrix->cols,
                 fault);
}

/* Sorts the matrices by name. */
static rl_status take(const rl_matrix *taken[N_MATRICES], const rl_matrix *matrices, int n_matrices,
                      rl_error *error) {
  for (int i = 0; i < n_matrices; i++) {
    int k = 0;
    while (k < N_MATRICES && strcmp(names[k], matrices[i].name) != 0) k++;
    if (k == N_MATRICES) return rl_fail_unknown(error, "matrix", matrices[i].name, names, N_MATRICES);
    if (taken[k]) return refuse(&matrices[i], "is given twice", error);
    taken[k] = &matrices[i];
  }
  return RL_OK;
}

/* Copies the matrix, or the identity, to `out`. */
static rl_status copy(double *out, const rl_matrix *matrix, int rows, int cols, rl_error *error) {
  for (int i = 0; !matrix && i < rows; i++) out[i * cols + i] = 1.0;
  if (!matrix) return RL_OK;
  if (matrix->rows != rows || matrix->cols != cols)
    return rl_fail(error, RL_BAD_ARGUMENT, "lqr: %s: shape [%d, %d] expected, got [%d, %d]", matrix->name,
                   rows, cols, matrix->rows, matrix->cols);
  for (int i = 0; i < rows * cols; i++) {
    if (!(fabs(matrix->data[i]) <= LARGEST))
      return rl_fail(error, RL_BAD_ARGUMENT, "lqr: %s [%d, %d] has %g in row %d, column %d: not in [-%g, %g]",
                     matrix->name, rows, cols, matrix->data[i], i / cols + 1, i % cols + 1, LARGEST, LARGEST);
    out[i] = matrix->data[i];
  }
  return RL_OK;
}

/* Makes x [n, n] exactly symmetric, if it nearly is. */
static bool symmetrize(double *x, int n, double tolerance) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) {
      if (fabs(x[i * n + j] - x[j * n + i]) > tolerance) return false;
      x[i * n + j] = x[j * n + i] = 0.5 * (x[i * n + j] + x[j * n + i]);
    }
  return true;
}

/* Whether x [n, n] + margin I is positive definite. */
static bool is_positive(const double *x, int n, double margin) {
  double shifted[AREA];
  memcpy(shifted, x, sizeof shifted);
  for (int i = 0; i < n; i++) shifted[i * n + i] += margin;
  return factor(shifted, n);
}

static rl_status check_costs(rl_lqr *lqr, const rl_matrix *const given[N_MATRICES], rl_error *error) {
  const double q = largest(lqr->Q, lqr->n * lqr->n), r = largest(lqr->R, lqr->m * lqr->m);
  if (!symmetrize(lqr->Q, lqr->n, TOLERANCE * q)) return refuse(given[Q], "is not symmetric", error);
  if (!symmetrize(lqr->R, lqr->m, TOLERANCE * r)) return refuse(given[R], "is not symmetric", error);
  if (q > 0.0 && !is_positive(lqr->Q, lqr->n, TOLERANCE * q))
    return refuse(given[Q], "is not positive semidefinite: some states would earn", error);
  if (!is_positive(lqr->R, lqr->m, -1e-12 * r))
    return refuse(given[R], "is not positive definite: some actions would be free", error);
  return RL_OK;
}

rl_status rl_lqr_make(rl_lqr *lqr, const rl_matrix *matrices, int n_matrices, rl_error *error) {
  const rl_matrix *given[N_MATRICES] = {NULL};
  rl_status status = take(given, matrices, n_matrices, error);
  if (status) return status;
  for (int k = 0; k < N_MATRICES; k++)
    if (given[k] && (given[k]->rows < 1 || given[k]->rows > RL_LQR_MAX || given[k]->cols < 1 ||
                     given[k]->cols > RL_LQR_MAX))
      return refuse(given[k], "has a size outside 1 .. 16", error);
  const rl_matrix *of_states = given[A] ? given[A] : given[B] ? given[B] : given[Q];
  *lqr = (rl_lqr){.n = of_states ? of_states->rows : given[R] ? given[R]->rows : 1};
  lqr->m = given[B] ? given[B]->cols : lqr->n;
  status = copy(lqr->A, given[A], lqr->n, lqr->n, error);
  if (!status) status = copy(lqr->B, given[B], lqr->n, lqr->m, error);
  if (!status) status = copy(lqr->Q, given[Q], lqr->n, lqr->n, error);
  if (!status) status = copy(lqr->R, given[R], lqr->m, lqr->m, error);
  return status ? status : check_costs(lqr, given, error);
}

/* The gain. */

/* One round of the Riccati equation: K of P, then what K costs, which is the next P. The form P = Q + K'R K +
 * (A + B K)'P (A + B K) has no differences in which digits could be lost. Returns the largest change in P,
 * relative to its largest entry; infinity when it overflows. */
static double iterate(const rl_lqr *lqr, double *P, double *K) {
  const int n = lqr->n, m = lqr->m;
  double PB[AREA] = {0}, cost[AREA], F[AREA], PF[AREA] = {0}, RK[AREA] = {0}, next[AREA];
  add_product(PB, P, lqr->B, n, n, m);
  memcpy(cost, lqr->R, sizeof cost);
  add_turned_product(cost, lqr->B, PB, m, n, m);
  memset(K, 0, AREA * sizeof *K);
  add_turned_product(K, PB, lqr->A, m, n, n);
  if (!factor(cost, m)) return INFINITY;
  solve(cost, K, m, n);
  for (int i = 0; i < m * n; i++) K[i] = -K[i];
  memcpy(F, lqr->A, sizeof F);
  add_product(F, lqr->B, K, n, m, n);
  add_product(PF, P, F, n, n, n);
  add_product(RK, lqr->R, K, m, m, n);
  memcpy(next, lqr->Q, sizeof next);
  add_turned_product(next, K, RK, n, m, n);
  add_turned_product(next, F, PF, n, n, n);
  double change = 0.0, size = 0.0;
  for (int i = 0; i < n * n; i++) {
    if (!isfinite(next[i])) return INFINITY;
    change = fmax(change, fabs(next[i] - P[i]));
    size = fmax(size, fabs(next[i]));
    P[i] = next[i];
  }
  return size > 0.0 ? change / size : 0.0;
}

rl_status rl_lqr_gain(const rl_lqr *lqr, double gamma, double *K, rl_error *error) {
  enum { ROUNDS = 100000 };
  const double converged = 1e-13;
  if (!(gamma >= 0.0 && gamma <= 1.0))
    return rl_fail(error, RL_BAD_ARGUMENT, "option gamma: %g is outside [0, 1]", gamma);
  rl_lqr scaled = *lqr; /* with sqrt(gamma) A and sqrt(gamma) B the discount is 1 */
  for (int i = 0; i < AREA; i++) {
    scaled.A[i] *= sqrt(gamma);
    scaled.B[i] *= sqrt(gamma);
  }
  double P[AREA], gain[AREA], change = 1.0;
  memcpy(P, lqr->Q, sizeof P);
  for (int round = 0; round < ROUNDS && change > converged && change < INFINITY; round++)
    change = iterate(&scaled, P, gain);
  if (change > converged)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "lqr: no gain is best for A [%d, %d], B [%d, %d] and gamma %g: the actions cannot keep the "
        "cost of the state finite",
        lqr->n, lqr->n, lqr->n, lqr->m, gamma);
  memcpy(K, gain, (size_t)(lqr->m * lqr->n) * sizeof *K);
  return RL_OK;
}
