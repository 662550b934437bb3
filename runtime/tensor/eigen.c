/* Householder's reduction to a tridiagonal matrix (Golub & Van Loan, "Matrix Computations", section 8.3), whose
 * eigenvectors are turned back. Larger matrices are reduced by LAPACK, in blocks. */
#include "tensor/eigen.h"

#include "tensor/eight.h"
#include "tensor/tridiagonal.h"

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

enum { LARGEST_OWN = 128, BLOCK = 32 }; /* rows up to which LAPACK's reduction is slower; of its blocks */

static double dot(const double *x, const double *y, int from, int end) {
  eight sum = {0};
  for (int j = from; j < end; j += EIGHT) sum += eight_load(x + j) * eight_load(y + j);
  return eight_total(&sum);
}

/* Rows of `stride` numbers, a multiple of EIGHT. All that follows passes over a matrix once for a reflector: the
 * change by the one before and the sum for the next are in one loop, four rows at a time. */

/* Of rows [first, end): A_i -= v_i p + p_i v from column `left` on; sum += w_i A_i of what it has become. */
static void reduce_rows(double *a, int stride, int left, int first, int end, const double *v, const double *p,
                        const double *w, double *sum) {
  int i = first;
  for (; i + 4 <= end; i += 4) {
    double *row = a + (ptrdiff_t)i * stride;
    const double v0 = v[i], v1 = v[i + 1], v2 = v[i + 2], v3 = v[i + 3];
    const double p0 = p[i], p1 = p[i + 1], p2 = p[i + 2], p3 = p[i + 3];
    const double w0 = w[i], w1 = w[i + 1], w2 = w[i + 2], w3 = w[i + 3];
    for (int j = left; j < stride; j += EIGHT) {
      double *at = row + j;
      eight x = eight_load(v + j), y = eight_load(p + j);
      eight r0 = eight_load(at) - v0 * y - p0 * x, r1 = eight_load(at + stride) - v1 * y - p1 * x;
      eight r2 = eight_load(at + 2 * stride) - v2 * y - p2 * x,
            r3 = eight_load(at + 3 * stride) - v3 * y - p3 * x;
      eight_store(at, r0);
      eight_store(at + stride, r1);
      eight_store(at + 2 * stride, r2);
      eight_store(at + 3 * stride, r3);
      eight_store(sum + j, eight_load(sum + j) + ((w0 * r0 + w1 * r1) + (w2 * r2 + w3 * r3)));
    }
  }
  for (; i < end; i++)
    for (int j = left; j < stride; j += EIGHT) {
      double *at = a + (ptrdiff_t)i * stride + j;
      eight r = eight_load(at) - v[i] * eight_load(p + j) - p[i] * eight_load(v + j);
      eight_store(at, r);
      eight_store(sum + j, eight_load(sum + j) + w[i] * r);
    }
}

/* A = Q T Q^T with T of diagonal d and off[0 .. n - 2] beside it. Q is the product of I - beta_k v v^T; v is left in
 * row k, which is 0 elsewhere. room [4, stride]. */
static void reduce(int n, int stride, double *a, double *d, double *off, double *beta, double *room) {
  double *p = room, *next = room + stride, *zero = room + 2 * stride, *spare = room + 3 * stride;
  const double *v = zero;
  memset(room, 0, 4 * (size_t)stride * sizeof *room);
  for (int k = 0; k < n; k++) {
    double *row = a + (ptrdiff_t)k * stride;
    int left = k / EIGHT * EIGHT;
    reduce_rows(a, stride, left, k, k + 1, v, p, zero, spare);
    d[k] = row[k];
    if (k == n - 1) break;
    double head = row[k + 1], norm;
    memset(row, 0, ((size_t)k + 2) * sizeof *row);
    double tail = k + 2 < n ? dot(row, row, left, stride) : 0.0;
    norm = sqrt(head * head + tail);
    off[k] = tail == 0.0 ? head : head > 0.0 ? -norm : norm;
    row[k + 1] = tail == 0.0 ? 0.0 : head - off[k];
    beta[k] = tail == 0.0 ? 0.0 : 2.0 / (row[k + 1] * row[k + 1] + tail);
    memset(next, 0, (size_t)stride * sizeof *next);
    left = (k + 1) / EIGHT * EIGHT;
    reduce_rows(a, stride, left, k + 1, n, v, p, row, next);
    for (int j = left; j < stride; j += EIGHT) eight_store(next + j, beta[k] * eight_load(next + j));
    double half = -0.5 * beta[k] * dot(next, row, left, stride);
    for (int j = left; j < stride; j += EIGHT)
      eight_store(next + j, eight_load(next + j) + half * eight_load(row + j));
    double *was = p;
    p = next;
    next = was;
    v = row;
  }
}

/* Of rows [first, end): Z_i += c v_i p; sum += w_i Z_i of what it has become. */
static void turn_rows(double *z, int stride, int first, int end, double c, const double *v, const double *p,
                      const double *w, double *sum) {
  int i = first;
  for (; i + 4 <= end; i += 4) {
    double *row = z + (ptrdiff_t)i * stride;
    const double c0 = c * v[i], c1 = c * v[i + 1], c2 = c * v[i + 2], c3 = c * v[i + 3];
    const double w0 = w[i], w1 = w[i + 1], w2 = w[i + 2], w3 = w[i + 3];
    for (int j = 0; j < stride; j += EIGHT) {
      double *at = row + j;
      eight y = eight_load(p + j);
      eight r0 = eight_load(at) + c0 * y, r1 = eight_load(at + stride) + c1 * y;
      eight r2 = eight_load(at + 2 * stride) + c2 * y, r3 = eight_load(at + 3 * stride) + c3 * y;
      eight_store(at, r0);
      eight_store(at + stride, r1);
      eight_store(at + 2 * stride, r2);
      eight_store(at + 3 * stride, r3);
      eight_store(sum + j, eight_load(sum + j) + ((w0 * r0 + w1 * r1) + (w2 * r2 + w3 * r3)));
    }
  }
  for (; i < end; i++)
    for (int j = 0; j < stride; j += EIGHT) {
      double *at = z + (ptrdiff_t)i * stride + j;
      eight r = eight_load(at) + c * v[i] * eight_load(p + j);
      eight_store(at, r);
      eight_store(sum + j, eight_load(sum + j) + w[i] * r);
    }
}

/* Z = Q Z, with the reflectors that `reduce` left. */
static void turn(int n, int stride, const double *a, const double *beta, double *z, double *room) {
  double *p = room, *next = room + stride;
  const double *zero = room + 2 * stride;
  memset(room, 0, 3 * (size_t)stride * sizeof *room);
  for (int k = n - 2; k >= 0; k--) { /* the first pass only sums */
    const double *v = k + 1 < n - 1 ? a + (ptrdiff_t)(k + 1) * stride : zero, *w = a + (ptrdiff_t)k * stride;
    double c = k + 1 < n - 1 ? -beta[k + 1] : 0.0;
    memset(next, 0, (size_t)stride * sizeof *next);
    turn_rows(z, stride, k + 1, n, c, v, p, w, next);
    double *was = p;
    p = next;
    next = was;
  }
  if (n > 1) turn_rows(z, stride, 1, n, -beta[0], a, p, zero, next);
}

static size_t stride_of(int n) { return ((size_t)n + EIGHT - 1) / EIGHT * EIGHT; }

/* By the reduction above. */
static bool eigen_of_small(int n, double *a, double *value, double *off, double *room) {
  size_t side = (size_t)n, stride = stride_of(n), square = side * stride;
  size_t u_stride = (size_t)rl_tridiagonal_stride(n);
  double *matrix = room, *z = matrix + square, *beta = z + square, *arrays = beta + stride;
  double *u = arrays + 4 * stride, *work = u + side * u_stride;
  for (size_t i = 0; i < side; i++) {
    memcpy(matrix + i * stride, a + i * side, side * sizeof *a);
    memset(matrix + i * stride + side, 0, (stride - side) * sizeof *a);
    memset(z + i * stride + side, 0, (stride - side) * sizeof *z);
  }
  reduce(n, (int)stride, matrix, value, off, beta, arrays);
  if (!rl_tridiagonal_eigen(n, value, off, u, work)) return false;
  for (size_t i = 0; i < side; i++)
    for (size_t j = 0; j < side; j++) z[i * stride + j] = u[j * u_stride + i];
  turn(n, (int)stride, matrix, beta, z, arrays);
  for (size_t i = 0; i < side; i++)
    for (size_t j = 0; j < side; j++) a[i * side + j] = z[j * stride + i];
  return true;
}

static bool eigen_of_large(int n, double *a, double *value, double *off, double *room) {
  size_t side = (size_t)n;
  int info = 0, lwork = n * BLOCK, stride = rl_tridiagonal_stride(n);
  double *tau = room, *u = tau + side, *work = u + side * (size_t)stride;
  dsytrd_("L", &n, a, &n, value, off, tau, work, &lwork, &info, 1); /* upper by rows is lower by columns */
  if (info != 0 || !rl_tridiagonal_eigen(n, value, off, u, work)) return false;
  dormtr_("L", "L", "N", &n, &n, a, &n, tau, u, &stride, work, &lwork, &info, 1, 1, 1);
  for (size_t i = 0; i < side; i++) memcpy(a + i * side, u + i * (size_t)stride, side * sizeof *a);
  return info == 0;
}

size_t rl_symmetric_work(int n) {
  size_t side = (size_t)n, stride = stride_of(n), more = rl_tridiagonal_work(n), least = side * BLOCK;
  size_t vectors = side * (size_t)rl_tridiagonal_stride(n);
  if (n <= LARGEST_OWN) return side + 2 * side * stride + 5 * stride + vectors + more;
  return 2 * side + vectors + (more > least ? more : least);
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
