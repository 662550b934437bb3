#include "base/vector.h"

#include <math.h>
#include <string.h>

double rl_sum(const float *x, size_t n) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++) sum += (double)x[i];
  return sum;
}

double rl_sum_squares(const float *x, size_t n) { return rl_dot(x, x, n); }

double rl_dot(const float *x, const float *y, size_t n) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
  return sum;
}

void rl_add(float *y, const float *x, size_t n) {
#pragma omp simd
  for (size_t i = 0; i < n; i++) y[i] += x[i];
}

void rl_scale(float *x, float factor, size_t n) {
#pragma omp simd
  for (size_t i = 0; i < n; i++) x[i] *= factor;
}

void rl_mean_variance(const float *x, size_t n, double *mean, double *variance) {
  double center = n ? rl_sum(x, n) / (double)n : 0.0, squares = 0.0;
#pragma omp simd reduction(+ : squares)
  for (size_t i = 0; i < n; i++) squares += ((double)x[i] - center) * ((double)x[i] - center);
  *mean = center;
  *variance = n ? squares / (double)n : 0.0;
}

size_t rl_first_not_finite(const float *x, size_t n) {
  float poison = 0.0f; /* x * 0 is 0 for a finite number and NaN otherwise */
#pragma omp simd reduction(+ : poison)
  for (size_t i = 0; i < n; i++) poison += x[i] * 0.0f;
  if (poison == 0.0f) return n;
  size_t i = 0;
  while (i < n && isfinite(x[i])) i++;
  return i;
}

uint64_t rl_mark(const float *x, size_t n, uint64_t seed) {
  uint64_t lane[4] = {seed, 1, 2, 3}; /* side by side: a multiplication waits for the one before it */
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    uint64_t *h = &lane[i % 4];
    *h = (*h ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
    *h ^= *h >> 29;
  }
  for (int k = 1; k < 4; k++)
    lane[0] = ((lane[0] << 7 | lane[0] >> 57) ^ lane[k]) * UINT64_C(0xBF58476D1CE4E5B9);
  return lane[0] ^ lane[0] >> 31;
}
