#include "tensor/least_squares.h"

#include "tensor/cholesky.h"

#include <stddef.h>
#include <string.h>

/* gradient = direction^T weight. */
static void combine(int m, int n, const double *direction, const double *weight, double *gradient) {
  memset(gradient, 0, (size_t)n * sizeof *gradient);
  for (int k = 0; k < m; k++)
    for (int i = 0; i < n; i++) gradient[i] += weight[k] * direction[(size_t)k * (size_t)n + (size_t)i];
}

/* direction^T direction [n, n] */
static void gram_of_columns(int m, int n, const double *direction, double *gram) {
  memset(gram, 0, (size_t)n * (size_t)n * sizeof *gram);
  for (int k = 0; k < m; k++) {
    const double *d = direction + (size_t)k * (size_t)n;
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) gram[(size_t)i * (size_t)n + (size_t)j] += d[i] * d[j];
  }
}

/* direction direction^T [m, m] */
static void gram_of_rows(int m, int n, const double *direction, double *gram) {
  for (int k = 0; k < m; k++)
    for (int l = 0; l < m; l++) {
      const double *a = direction + (size_t)k * (size_t)n, *b = direction + (size_t)l * (size_t)n;
      double sum = 0.0;
      for (int i = 0; i < n; i++) sum += a[i] * b[i];
      gram[(size_t)k * (size_t)m + (size_t)l] = sum;
    }
}

bool rl_least_squares(int m, int n, const double *direction, double *difference, double *gram, double *factor,
                      double *gradient) {
  if (m < n) { /* many gradients fit: the shortest is a combination of the directions */
    gram_of_rows(m, n, direction, gram);
    if (!rl_cholesky(m, gram, factor)) return false;
    rl_cholesky_solve(m, factor, difference);
    combine(m, n, direction, difference, gradient);
    return true;
  }
  gram_of_columns(m, n, direction, gram);
  if (!rl_cholesky(n, gram, factor)) return false;
  combine(m, n, direction, difference, gradient);
  rl_cholesky_solve(n, factor, gradient);
  return true;
}
