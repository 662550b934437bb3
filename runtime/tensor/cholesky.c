#include "tensor/cholesky.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static bool factorize(size_t n, const double *a, double *l, double jitter) {
  memset(l, 0, n * n * sizeof *l);
  for (size_t j = 0; j < n; j++) {
    double square = a[j * n + j] + jitter;
    for (size_t k = 0; k < j; k++) square -= l[j * n + k] * l[j * n + k];
    if (!(square > 0.0)) return false;
    l[j * n + j] = sqrt(square);
    for (size_t i = j + 1; i < n; i++) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = sum / l[j * n + j];
    }
  }
  return true;
}

bool rl_cholesky(int n, const double *matrix, double *factor) {
  double largest = 0.0, jitter = 0.0;
  for (size_t i = 0; i < (size_t)n; i++) largest = fmax(largest, matrix[i * (size_t)n + i]);
  for (int attempt = 0; attempt < 8; attempt++) {
    if (factorize((size_t)n, matrix, factor, jitter)) return true;
    jitter = attempt ? 100.0 * jitter : 1e-16 * largest;
  }
  return false;
}

void rl_cholesky_solve(int n, const double *factor, double *x) {
  for (int i = 0; i < n; i++) {
    const double *row = factor + (size_t)i * (size_t)n;
    for (int k = 0; k < i; k++) x[i] -= row[k] * x[k];
    x[i] /= row[i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int k = i + 1; k < n; k++) x[i] -= factor[(size_t)k * (size_t)n + (size_t)i] * x[k];
    x[i] /= factor[(size_t)i * (size_t)n + (size_t)i];
  }
}
