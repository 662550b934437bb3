/* Householder's reduction to a tridiagonal matrix, and the QL algorithm with implicit shifts (Golub & Van
 * Loan, "Matrix Computations", section 8.3). Rows of eigenvectors are what QL turns, so that memory is read
 * in order; sums run along rows too, as the compiler can vectorise them without changing their order. */
#include "tensor/eigen.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

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

static void rotate(double *restrict x, double *restrict y, double c, double s, int n) {
  for (int i = 0; i < n; i++) {
    double old = y[i];
    y[i] = s * x[i] + c * old;
    x[i] = c * x[i] - s * old;
  }
}

/* One sweep of rotations, from the block's end m up to its beginning l, with the shift of Wilkinson's kind
 * that the first two of the diagonal give. */
static void sweep(int n, int l, int m, double *q, double *d, double *e) {
  double g = (d[l + 1] - d[l]) / (2.0 * e[l]), r = hypot(g, 1.0), s = 1.0, c = 1.0, moved = 0.0;
  g = d[m] - d[l] + e[l] / (g + (g >= 0.0 ? r : -r));
  for (int i = m - 1; i >= l; i--) {
    double f = s * e[i], b = c * e[i];
    r = sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r == 0.0) { /* the block falls apart here */
      d[i + 1] -= moved;
      e[m] = 0.0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - moved;
    r = (d[i] - g) * s + 2.0 * c * b;
    moved = s * r;
    d[i + 1] = g + moved;
    g = c * r - b;
    double *row = q + (size_t)i * (size_t)n;
    rotate(row, row + n, c, s, n);
  }
  d[l] -= moved;
  e[l] = g;
  e[m] = 0.0;
}

static bool diagonalize(int n, double *q, double *d, double *e) {
  double norm = 0.0; /* of T: what is below its rounding is 0 */
  e[n - 1] = 0.0;
  for (int i = 0; i < n; i++) norm = fmax(norm, fabs(d[i]) + fabs(e[i]));
  for (int l = 0; l < n; l++)
    for (int tries = 0;; tries++) {
      int m = l;
      while (m + 1 < n && fabs(e[m]) > DBL_EPSILON * norm) m++;
      if (m == l) break;
      if (tries == 50) return false;
      sweep(n, l, m, q, d, e);
    }
  return true;
}

bool rl_symmetric_eigen(int n, double *a, double *value, double *work) {
  double greatest = 0.0;
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++) {
      double x = fabs(a[(size_t)i * (size_t)n + (size_t)j]);
      if (!isfinite(x)) return false;
      if (x > greatest) greatest = x;
    }
  int exponent = 0; /* squares neither overflow nor vanish between 1/2 and 1; a power of two rounds nothing */
  frexp(greatest, &exponent);
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++) {
      double x = ldexp(a[(size_t)i * (size_t)n + (size_t)j], -exponent);
      a[(size_t)i * (size_t)n + (size_t)j] = a[(size_t)j * (size_t)n + (size_t)i] = x;
    }
  tridiagonalize(n, a, value, work, work + n);
  accumulate(n, a, value, work + n);
  if (!diagonalize(n, a, value, work)) return false;
  for (int i = 0; i < n; i++) value[i] = ldexp(value[i], exponent);
  return true;
}
