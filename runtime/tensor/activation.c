#include "tensor/activation.h"

static inline float tanh_rational(float x) {
  const float limit = 7.90531110763549805f; /* beyond it tanh rounds to 1 */
  x = x < -limit ? -limit : x;
  x = x > limit ? limit : x;
  float x2 = x * x;
  float p = -2.76076847742355e-16f;
  p = p * x2 + 2.00018790482477e-13f;
  p = p * x2 - 8.60467152213735e-11f;
  p = p * x2 + 5.12229709037114e-08f;
  p = p * x2 + 1.48572235717979e-05f;
  p = p * x2 + 6.37261928875436e-04f;
  p = p * x2 + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * x2 + 1.18534705686654e-04f;
  q = q * x2 + 2.26843463243900e-03f;
  q = q * x2 + 4.89352518554385e-03f;
  return x * p / q;
}

void rl_activate(rl_activation f, float *y, size_t n) {
  if (f == RL_TANH) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) y[i] = tanh_rational(y[i]);
  } else if (f == RL_RELU) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) y[i] = y[i] < 0.0f ? 0.0f : y[i]; /* keeps a NaN a NaN */
  }
}

void rl_activate_rows(rl_activation f, const float *bias, float *y, int rows, int cols) {
  for (int r = 0; r < rows; r++) {
    float *row = y + (size_t)r * (size_t)cols;
    if (f == RL_TANH) {
#pragma omp simd
      for (int c = 0; c < cols; c++) row[c] = tanh_rational(row[c] + bias[c]);
    } else {
#pragma omp simd
      for (int c = 0; c < cols; c++) row[c] += bias[c];
      rl_activate(f, row, (size_t)cols);
    }
  }
}

void rl_activation_gradient(rl_activation f, const float *y, float *dy, size_t n) {
  if (f == RL_TANH) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) dy[i] *= 1.0f - y[i] * y[i];
  } else if (f == RL_RELU) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) dy[i] = y[i] > 0.0f ? dy[i] : 0.0f;
  }
}
