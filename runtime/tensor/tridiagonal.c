/* Divide and conquer (Cuppen 1981; Gu & Eisenstat 1995, "A divide-and-conquer algorithm for the symmetric
 * tridiagonal eigenproblem"): T is two halves and a matrix of rank one, so that its eigenvalues are the roots of
 *
 *   f(x) = 1 / rho + sum_i z_i^2 / (d_i - x),
 *
 * one between each two of those of the halves, d, and its eigenvectors are products of those of the halves with
 * the vectors z_i / (d_i - x). Small halves are left to the QL algorithm. Sums run in eight lanes, which the
 * compiler makes one instruction of where there is one. */
#include "tensor/tridiagonal.h"

#include "tensor/eight.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LARGEST_QL = 26 }; /* halves up to this are left to it */

/* The QL algorithm with implicit shifts (Golub & Van Loan, "Matrix Computations", section 8.3). */

/* Of n numbers, in whole eights: what is behind them is 0, or may be turned. */
static inline void rotate(double *x, double *y, double c, double s, int n) {
  for (int i = 0; i < n; i += EIGHT) {
    eight p = eight_load(x + i), q = eight_load(y + i);
    eight_store(y + i, s * p + c * q);
    eight_store(x + i, c * p - s * q);
  }
}

/* One sweep of rotations, from the block's end m up to its beginning l, with the shift of Wilkinson's kind
 * that the first two of the diagonal give. */
static inline void sweep(int n, int l, int m, double *q, int stride, double *d, double *e, bool half) {
  double g = (d[l + 1] - d[l]) / (2.0 * e[l]), r = hypot(g, 1.0), s = 1.0, c = 1.0, moved = 0.0;
  g = d[m] - d[l] + e[l] / (g + (g >= 0.0 ? r : -r));
  for (int i = m - 1; i >= l; i--) {
    double f = s * e[i], b = c * e[i];
    double squares = f * f + g * g, inverse = half ? 1.0 / squares : 0.0; /* beside the root, not behind it */
    r = sqrt(squares);
    e[i + 1] = r;
    if (squares < DBL_MIN) { /* the block falls apart here */
      d[i + 1] -= moved;
      e[m] = 0.0;
      return;
    }
    inverse *= r;
    s = half ? f * inverse : f / r;
    c = half ? g * inverse : g / r;
    g = d[i + 1] - moved;
    r = (d[i] - g) * s + 2.0 * c * b;
    moved = s * r;
    d[i + 1] = g + moved;
    g = c * r - b;
    double *row = q + (ptrdiff_t)i * stride;
    rotate(row, row + stride, c, s, n);
  }
  d[l] -= moved;
  e[l] = g;
  e[m] = 0.0;
}

/* `half`: of a larger T. A whole one goes its way to the bit of version 0.1, whose signs a run that goes on needs.
 * T of size k; q [k rows of n] are turned with it. e has room for k. */
static bool diagonalize(int k, double *q, int stride, double *d, double *e, bool half) {
  double norm = 0.0; /* of T: what is below its rounding is 0 */
  e[k - 1] = 0.0;
  for (int i = 0; i < k; i++) norm = fmax(norm, fabs(d[i]) + fabs(e[i]));
  for (int l = 0; l < k; l++)
    for (int tries = 0;; tries++) {
      int m = l;
      while (m + 1 < k && fabs(e[m]) > DBL_EPSILON * norm) m++;
      if (m == l) break;
      if (tries == 50) return false;
      sweep(k, l, m, q, stride, d, e, half);
    }
  return true;
}

/* A merge: room for k poles, in arrays of a multiple of EIGHT. */
typedef struct merge {
  double *d, *z;  /* ascending; what is beyond k is a pole without weight, far away */
  double *weight; /* of the vectors: Gu & Eisenstat's z */
  double *gap;    /* [k, stride] d_i - root_j in row j: the differences, for which the root is too coarse */
  double rho_inverse;
  int k, stride;
} merge;

typedef struct sums {
  double value, slope, size; /* f and its derivative; the sum of magnitudes, to which f is exact */
} sums;

/* Of f at the place from which the poles are gap_i away. */
static sums evaluate(const merge *m, const double *gap) {
  const eight_mask no_sign = (eight_mask){0} + INT64_MAX;
  eight value = {0}, slope = {0}, size = {0};
  for (int i = 0; i < m->k; i += EIGHT) {
    eight z = eight_load(m->z + i), t = z / eight_load(gap + i), term = z * t;
    value += term;
    slope += t * t;
    size += (eight)((eight_mask)term & no_sign);
  }
  return (sums){m->rho_inverse + eight_total(&value), eight_total(&slope),
                m->rho_inverse + eight_total(&size)};
}

/* From here, where the poles on either side are a and b away, to the root of c + s / (a - x) + t / (b - x). */
static double step_to_root(double a, double b, double c, double s, double t, double value) {
  double p = c * (a + b) + s + t, q = a * b * value, root = sqrt(fmax(p * p - 4.0 * q * c, 0.0));
  return p <= 0.0 ? (p - root) / (2.0 * c) : 2.0 * q / (p + root);
}

/* Root j: its row of gaps; returns the root. The first step knows the weights of the two poles, those after it that
 * of the nearer one, beside what makes value and slope right (Li 1993, "Solving secular equations stably and
 * efficiently": fixed weight). Where a step leaves the bracket, that is halved. */
static double find_root(const merge *m, int j) {
  double *gap = m->gap + (size_t)j * (size_t)m->stride;
  bool last = j == m->k - 1, upper = false;
  double origin = m->d[j], width = last ? 2.0 / m->rho_inverse : m->d[j + 1] - origin;
  double near = m->z[j] * m->z[j], far = last ? 0.0 : m->z[j + 1] * m->z[j + 1];
  double x = width / 2.0, low = 0.0, high = width;
  for (int tries = 0; tries < 80; tries++) {
    for (int i = 0; i < m->stride; i += EIGHT) eight_store(gap + i, (eight_load(m->d + i) - origin) - x);
    sums s = evaluate(m, gap);
    if (fabs(s.value) <= 2.0 * DBL_EPSILON * s.size) break;
    if (s.value < 0.0)
      low = x;
    else
      high = x;
    double a = gap[j], b = last ? HUGE_VAL : gap[j + 1], step;
    if (tries == 0 && s.value < 0.0 && !last) { /* the pole above is nearer: the root is counted from there */
      upper = true;
      origin = m->d[j + 1];
      x = b > 0.0 ? -b : x - width;
      low = x;
      high = 0.0;
    }
    if (last) {
      double c = s.value - a * s.slope;
      step = a + a * a * s.slope / c;
    } else if (tries == 0) {
      step = step_to_root(a, b, s.value - near / a - far / b, near, far, s.value);
    } else if (upper) {
      double rest = s.slope - far / (b * b);
      step = step_to_root(a, b, s.value - far / b - a * rest, a * a * rest, far, s.value);
    } else {
      double rest = s.slope - near / (a * a);
      step = step_to_root(a, b, s.value - near / a - b * rest, near, b * b * rest, s.value);
    }
    double next = x + step;
    if (!(next > low && next < high)) next = low + (high - low) / 2.0;
    if (next == x || next == low || next == high) break;
    x = next;
  }
  return origin + x;
}

/* The z for which the roots that were found are exact, so that the vectors are orthogonal. */
static void find_weights(const merge *m) {
  for (int i = 0; i < m->k; i++) m->weight[i] = m->gap[(size_t)i * (size_t)m->stride + (size_t)i];
  for (int j = 0; j < m->k; j++) {
    const double *gap = m->gap + (size_t)j * (size_t)m->stride;
    double own = m->weight[j];
    for (int i = 0; i < m->stride; i += EIGHT)
      eight_store(m->weight + i,
                  eight_load(m->weight + i) * (eight_load(gap + i) / (eight_load(m->d + i) - m->d[j])));
    m->weight[j] = own;
  }
  for (int i = 0; i < m->k; i++) m->weight[i] = copysign(sqrt(fabs(m->weight[i])), m->z[i]);
}

/* Rows of gaps become unit vectors. */
static void find_vectors(const merge *m) {
  for (int i = m->k; i < m->stride; i++) m->weight[i] = 0.0;
  for (int j = 0; j < m->k; j++) {
    double *row = m->gap + (size_t)j * (size_t)m->stride;
    eight squares = {0};
    for (int i = 0; i < m->k; i += EIGHT) {
      eight v = eight_load(m->weight + i) / eight_load(row + i);
      squares += v * v;
      eight_store(row + i, v);
    }
    double scale = 1.0 / sqrt(eight_total(&squares));
    for (int i = 0; i < m->k; i += EIGHT) eight_store(row + i, eight_load(row + i) * scale);
  }
}

typedef struct pole {
  double d, z;
  int row, half; /* half: 0, 2; 1 where it is of both */
} pole;

static void sort(pole *p, pole *room, int n) {
  for (int width = 1; width < n; width *= 2) {
    for (int from = 0; from < n; from += 2 * width) {
      int a = from, a_end = from + width < n ? from + width : n, b = a_end,
          b_end = a_end + width < n ? a_end + width : n;
      for (int at = from; at < b_end; at++)
        room[at] = b >= b_end || (a < a_end && p[a].d <= p[b].d) ? p[a++] : p[b++];
    }
    memcpy(p, room, (size_t)n * sizeof *p);
  }
}

/* Poles that are eigenvalues already go to the end: those that z does not see, and of two that are as good as one
 * the turned one. Returns how many are left. */
static int deflate(int n, pole *p, pole *room, double rho, double *u, int stride) {
  double greatest = 0.0, weight = 0.0;
  int k = 0, done = n;
  for (int i = 0; i < n; i++) {
    greatest = fmax(greatest, fabs(p[i].d));
    weight = fmax(weight, fabs(p[i].z));
  }
  const double tolerance = 8.0 * DBL_EPSILON * fmax(greatest, weight);
  for (int i = 0; i < n; i++) {
    if (rho * fabs(p[i].z) <= tolerance) {
      room[--done] = p[i];
      continue;
    }
    pole *before = k > 0 ? &room[k - 1] : NULL;
    double length = before ? sqrt(before->z * before->z + p[i].z * p[i].z) : 1.0;
    double c = p[i].z / length, s = before ? before->z / length : 0.0;
    if (!before || fabs((p[i].d - before->d) * c * s) > tolerance) {
      room[k++] = p[i];
      continue;
    }
    double *x = u + (ptrdiff_t)before->row * stride, *y = u + (ptrdiff_t)p[i].row * stride;
    rotate(x, y, c, s, n);
    pole turned = {before->d * c * c + p[i].d * s * s, 0.0, before->row, before->half},
         kept = {before->d * s * s + p[i].d * c * c, length, p[i].row, p[i].half};
    if (turned.half != kept.half) turned.half = kept.half = 1;
    room[--done] = turned;
    room[k - 1] = kept;
  }
  memcpy(p, room, (size_t)n * sizeof *p);
  return k;
}

typedef struct room {
  double *gap, *rows, *arrays; /* [n, stride], [n, n], [3, stride] */
  pole *poles;                 /* [2, n] */
  double *off;                 /* [n] of QL */
  bool halves;                 /* T is larger than QL takes at once */
} room;

/* In U [n rows, `stride` apart]: rows of halves [0, half) and [half, n); z by their ends. d becomes the
 * eigenvalues, U their vectors. */
static void join(int n, int half, double coupling, double *d, double *u, int stride, const room *r) {
  const double scale = sqrt(0.5);
  pole *p = r->poles, *room_of_poles = r->poles + n;
  double rho = 2.0 * fabs(coupling);
  for (int i = 0; i < n; i++) {
    double z = u[(ptrdiff_t)i * stride + (i < half ? half - 1 : half)] * scale;
    p[i] = (pole){d[i], i >= half && coupling < 0.0 ? -z : z, i, i < half ? 0 : 2};
  }
  sort(p, room_of_poles, n);
  int k = deflate(n, p, room_of_poles, rho, u, stride);
  int padded = (k + EIGHT - 1) / EIGHT * EIGHT;
  merge m = {r->arrays, r->arrays + padded, r->arrays + 2 * padded, r->gap, 1.0 / rho, k, padded};
  for (int i = 0; i < padded; i++) {
    m.d[i] = i < k ? p[i].d : HUGE_VAL;
    m.z[i] = i < k ? p[i].z : 0.0;
  }
  for (int i = k; i < padded; i++) m.d[i] = 1e30 * (1.0 + i);
  for (int j = 0; j < k; j++) d[j] = find_root(&m, j);
  for (int j = k; j < n; j++) d[j] = p[j].d;
  find_weights(&m);
  find_vectors(&m);
  /* rows by half, the first columns of the vectors likewise */
  int counts[3] = {0}, at[3], place = 0;
  for (int i = 0; i < k; i++) counts[p[i].half]++;
  at[0] = 0;
  at[1] = counts[0];
  at[2] = counts[0] + counts[1];
  int *order = (int *)(void *)room_of_poles;
  for (int i = 0; i < k; i++) order[at[p[i].half]++] = i;
  size_t bytes = (size_t)n * sizeof *u;
  for (; place < n; place++) {
    int row = p[place < k ? order[place] : place].row;
    memcpy(r->rows + (size_t)place * (size_t)n, u + (ptrdiff_t)row * stride, bytes);
  }
  for (int j = 0; j < k; j++) {
    double *row = m.gap + (size_t)j * (size_t)padded;
    for (int i = 0; i < k; i++) m.weight[i] = row[order[i]];
    memcpy(row, m.weight, (size_t)k * sizeof *row);
  }
  int first = counts[0] + counts[1], second = counts[1] + counts[2];
  for (int j = k; j < n; j++) memcpy(u + (ptrdiff_t)j * stride, r->rows + (size_t)j * (size_t)n, bytes);
  if (k == 0) return;
  if (first > 0)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, k, half, first, 1.0, m.gap, padded, r->rows, n,
                0.0, u, stride);
  else
    for (int j = 0; j < k; j++) memset(u + (ptrdiff_t)j * stride, 0, (size_t)half * sizeof *u);
  if (second > 0)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, k, n - half, second, 1.0, m.gap + counts[0],
                padded, r->rows + (size_t)counts[0] * (size_t)n + half, n, 0.0, u + half, stride);
  else
    for (int j = 0; j < k; j++) memset(u + (ptrdiff_t)j * stride + half, 0, (size_t)(n - half) * sizeof *u);
}

static bool solve(int n, double *d, double *e, double *u, int stride, const room *r) {
  if (n <= LARGEST_QL) {
    for (int i = 0; i < n; i++) u[(ptrdiff_t)i * stride + i] = 1.0;
    for (int i = 0; i + 1 < n; i++) r->off[i] = e[i];
    return diagonalize(n, u, stride, d, r->off, r->halves);
  }
  int half = n / 2;
  double coupling = e[half - 1];
  d[half - 1] -= fabs(coupling);
  d[half] -= fabs(coupling);
  double *second = u + (ptrdiff_t)half * stride + half;
  if (!solve(half, d, e, u, stride, r) || !solve(n - half, d + half, e + half, second, stride, r))
    return false;
  join(n, half, coupling, d, u, stride, r);
  return true;
}

size_t rl_tridiagonal_work(int n) {
  size_t side = (size_t)n, stride = (side + EIGHT - 1) / EIGHT * EIGHT;
  return side * stride + side * side + 3 * stride + 2 * side * sizeof(pole) / sizeof(double) + side;
}

int rl_tridiagonal_stride(int n) { return (n + EIGHT - 1) / EIGHT * EIGHT + EIGHT; }

bool rl_tridiagonal_eigen(int n, double *d, double *e, double *u, double *work) {
  size_t side = (size_t)n, padded = (side + EIGHT - 1) / EIGHT * EIGHT;
  int stride = rl_tridiagonal_stride(n);
  room r = {.gap = work, .rows = work + side * padded, .halves = n > LARGEST_QL};
  r.arrays = r.rows + side * side;
  r.off = r.arrays + 3 * padded;
  r.poles = (pole *)(void *)(r.off + side);
  memset(u, 0, side * (size_t)stride * sizeof *u);
  return solve(n, d, e, u, stride, &r);
}
