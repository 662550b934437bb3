/* Householder's reduction to a tridiagonal matrix (Golub & Van Loan, "Matrix Computations", section 8.3), whose
 * eigenvectors are turned back. Sums run along rows, as the compiler can vectorise them without changing their
 * order. Larger matrices are reduced by LAPACK, in blocks. */
#include "tensor/eigen.h"

#include "tensor/tridiagonal.h"

#include <cblas.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* LAPACK, inside OpenBLAS; no header of Debian's declares it. The last ones are the lengths of the strings, as
 * Fortran passes them. */
void dsytrd_(const char *uplo, const int *n, double *a, const int *lda, double *d, double *e, double *tau,
             double *work, const int *lwork, int *info, size_t uplo_length);
void dormtr_(const char *side, const char *uplo, const char *trans, const int *m, const int *n,
             const double *a, const int *lda, const double *tau, double *c, const int *ldc, double *work,
             const int *lwork, int *info, size_t side_length, size_t uplo_length, size_t trans_length);

enum { LARGEST_OWN = 64, BLOCK = 32 }; /* rows up to which LAPACK's reduction is slower; of its blocks */

static double dot(const double *x, const double *y, int n) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

static void add(double *restrict y, double factor, const double *restrict x, int n) {
  for (int i = 0; i < n; i++) y[i] += factor * x[i];
}

/* sum = factor M^T v, with v in the row above the first of M [n, n], whose rows are `stride` apart. */
static void combine_rows(double *sum, double factor, const double *v, int n, int stride) {
  memset(sum, 0, (size_t)n * sizeof *sum);
  for (int i = 0; i < n; i++) add(sum, factor * v[i], v + (size_t)(i + 1) * (size_t)stride, n);
}

/* A = Q T Q^T with T of diagonal diag(a) and off[0 .. n - 2] beside it. Q is the product of I - beta v v^T;
 * the v of step k is left in row k after the diagonal, its beta in beta[k]. */
static void tridiagonalize(int n, double *a, double *beta, double *off, double *p) {
  for (int k = 0; k + 2 < n; k++) {
    int m = n - k - 1;
    double *v = a + (size_t)k * (size_t)n + k + 1;
    double tail = dot(v + 1, v + 1, m - 1), head = v[0];
    off[k] = head;
    beta[k] = 0.0;
    if (tail == 0.0) continue;
    double norm = sqrt(head * head + tail);
    off[k] = head > 0.0 ? -norm : norm;
    v[0] = head - off[k];
    beta[k] = 2.0 / (v[0] * v[0] + tail);
    combine_rows(p, beta[k], v, m, n);
    add(p, -0.5 * beta[k] * dot(p, v, m), v, m);
    for (int i = 0; i < m; i++) { /* A -= v p^T + p v^T */
      double *row = v + (size_t)(i + 1) * (size_t)n;
      add(row, -v[i], p, m);
      add(row, -p[i], v, m);
    }
  }
  if (n > 1) off[n - 2] = a[(size_t)n * (size_t)n - (size_t)n - 1];
}

/* a becomes Q^T, and value, which held beta, the diagonal of T. */
static void accumulate(int n, double *a, double *value, double *p) {
  for (int k = n - 1; k >= 0; k--) {
    double *row = a + (size_t)k * (size_t)n, *v = row + k + 1;
    double beta = k + 2 < n ? value[k] : 0.0;
    int m = n - k - 1;
    if (beta != 0.0) { /* Q -= beta v (v^T Q) */
      combine_rows(p, -beta, v, m, n);
      for (int i = 0; i < m; i++) add(v + (size_t)(i + 1) * (size_t)n, v[i], p, m);
    }
    value[k] = row[k];
    row[k] = 1.0;
    memset(v, 0, (size_t)m * sizeof *v);
    for (int i = k + 1; i < n; i++) a[(size_t)i * (size_t)n + (size_t)k] = 0.0;
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) {
      double *low = a + (size_t)i * (size_t)n + j, *high = a + (size_t)j * (size_t)n + i, swap = *low;
      *low = *high;
      *high = swap;
    }
}

/* By the reduction above: the rows of a become the vectors. */
static bool eigen_of_small(int n, double *a, double *value, double *off, double *room) {
  size_t side = (size_t)n;
  tridiagonalize(n, a, value, off, room);
  accumulate(n, a, value, room);
  if (n <= RL_LARGEST_QL) return rl_tridiagonal_ql(n, value, off, a);
  double *u = room, *product = u + side * side;
  if (!rl_tridiagonal_eigen(n, value, off, u, u + side * side)) return false;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, u, n, a, n, 0.0, product, n);
  memcpy(a, product, side * side * sizeof *a);
  return true;
}

static bool eigen_of_large(int n, double *a, double *value, double *off, double *room) {
  size_t side = (size_t)n;
  double *tau = room, *u = tau + side, *work = u + side * side;
  int info = 0, lwork = n * BLOCK;
  dsytrd_("L", &n, a, &n, value, off, tau, work, &lwork, &info, 1); /* upper by rows is lower by columns */
  if (info != 0 || !rl_tridiagonal_eigen(n, value, off, u, work)) return false;
  dormtr_("L", "L", "N", &n, &n, a, &n, tau, u, &n, work, &lwork, &info, 1, 1, 1);
  memcpy(a, u, side * side * sizeof *a);
  return info == 0;
}

size_t rl_symmetric_work(int n) {
  size_t side = (size_t)n, more = rl_tridiagonal_work(n), least = side * BLOCK;
  return 2 * side + side * side + (more > least ? more : least);
}

bool rl_symmetric_eigen(int n, double *a, double *value, double *work) {
  size_t side = (size_t)n;
  double greatest = 0.0;
  for (size_t i = 0; i < side; i++)
    for (size_t j = i; j < side; j++) {
      double x = fabs(a[i * side + j]);
      if (!isfinite(x)) return false;
      if (x > greatest) greatest = x;
    }
  int exponent = 0; /* squares neither overflow nor vanish between 1/2 and 1; a power of two rounds nothing */
  frexp(greatest, &exponent);
  double first = ldexp(1.0, -exponent / 2), second = ldexp(1.0, exponent / 2 - exponent);
  for (size_t i = 0; i < side; i++)
    for (size_t j = i; j < side; j++) a[i * side + j] = a[j * side + i] = a[i * side + j] * first * second;
  bool found = n <= LARGEST_OWN ? eigen_of_small(n, a, value, work, work + side)
                                : eigen_of_large(n, a, value, work, work + side);
  for (int i = 0; found && i < n; i++) value[i] = ldexp(value[i], exponent);
  return found;
}
