/* What the numeric C tests share: comparisons that print what they saw, test data, and a multi-layer
 * perceptron in double, written one row and one unit at a time, against which the batched float32 one is
 * held.
 *
 * Errors of vectors are measured relative to the norm of the expected vector: float32 rounds each sum to
 * about 6e-8 of its largest term, which says nothing about small components but bounds the whole. */
#ifndef CHECK_H
#define CHECK_H

#include "base/rng.h"
#include "network/mlp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline void check_near(double got, double want, double tolerance, const char *file, int line) {
  if (fabs(got - want) <= tolerance) return;
  print_error("got %.9g, want %.9g, apart %.3g > %.3g\n", got, want, fabs(got - want), tolerance);
  _fail(file, line);
}
/* |got - want| <= tolerance; fails for NaN */
#define assert_near(got, want, tolerance)                                                                    \
  check_near((double)(got), (double)(want), tolerance, __FILE__, __LINE__)

/* |got - want| / |want| in the Euclidean norm; |got| when want is 0. */
static inline double relative_error(const float *got, const double *want, size_t n) {
  double apart = 0.0, norm = 0.0;
  for (size_t i = 0; i < n; i++) {
    apart += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
    norm += want[i] * want[i];
  }
  return sqrt(apart) / (norm > 0.0 ? sqrt(norm) : 1.0);
}
#define assert_relative(got, want, n, tolerance)                                                             \
  check_near(relative_error(got, want, n), 0.0, tolerance, __FILE__, __LINE__)

static inline void check_ok(rl_status status, const rl_error *error, const char *file, int line) {
  if (status == RL_OK) return;
  print_error("status %d: %s\n", (int)status, error->message);
  _fail(file, line);
}
#define assert_ok(status)                                                                                    \
  check_ok(status, &error, __FILE__, __LINE__) /* wants an rl_error named error in scope */

/* The call fails with `want` and its message mentions `text`. */
static inline void check_refused(rl_status status, rl_status want, const rl_error *error, const char *text,
                                 const char *file, int line) {
  if (status == want && strstr(error->message, text)) return;
  print_error("status %d, want %d with \"%s\": %s\n", (int)status, (int)want, text,
              status ? error->message : "");
  _fail(file, line);
}
#define assert_refused(status, want, text) check_refused(status, want, &error, text, __FILE__, __LINE__)

static inline void *zeros(size_t count, size_t size) {
  void *memory = calloc(count + 1, size);
  assert_non_null(memory);
  return memory;
}

static inline void fill_normal(rl_rng *rng, float *x, size_t n, float scale) {
  for (size_t i = 0; i < n; i++) x[i] = scale * rl_rng_normal(rng);
}

static inline void widen(const float *x, double *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = (double)x[i];
}

static inline double inner(const float *x, const float *y, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
  return sum;
}

enum { REFERENCE_WIDTH = 128 };

static inline void reference_layer_norm(double *h, int n, const double *gain, const double *shift) {
  double mean = 0.0, variance = 0.0;
  for (int j = 0; j < n; j++) mean += h[j] / n;
  for (int j = 0; j < n; j++) variance += (h[j] - mean) * (h[j] - mean) / n;
  for (int j = 0; j < n; j++) h[j] = (h[j] - mean) / sqrt(variance + 1e-5) * gain[j] + shift[j];
}

/* One row: x [inputs] -> y [outputs]. theta laid out as mlp.h says. Returns the smallest |input of an
 * activation|: how far the row is from a kink of ReLU. */
static inline double reference_forward(const rl_mlp *mlp, const double *theta, const double *x, double *y) {
  double in[REFERENCE_WIDTH], out[REFERENCE_WIDTH], margin = INFINITY;
  int inputs = mlp->inputs;
  for (int i = 0; i < inputs; i++) in[i] = x[i];
  for (int l = 0; l < mlp->n_layers; l++) {
    int outputs = mlp->width[l], hidden = l < mlp->n_layers - 1;
    for (int j = 0; j < outputs; j++) {
      out[j] = theta[inputs * outputs + j];
      for (int i = 0; i < inputs; i++) out[j] += in[i] * theta[i * outputs + j];
    }
    theta += inputs * outputs + outputs;
    if (hidden && mlp->layer_norm) {
      reference_layer_norm(out, outputs, theta, theta + outputs);
      theta += 2 * outputs;
    }
    for (int j = 0; j < outputs; j++) {
      if (hidden && fabs(out[j]) < margin) margin = fabs(out[j]);
      if (hidden && mlp->activation == RL_TANH) out[j] = tanh(out[j]);
      if (hidden && mlp->activation == RL_RELU) out[j] = out[j] > 0.0 ? out[j] : 0.0;
      in[j] = out[j];
    }
    inputs = outputs;
  }
  for (int j = 0; j < inputs; j++) y[j] = in[j];
  return margin;
}

/* Gradient of f at theta [n] by central differences. The step of 1e-6 leaves 1e-10 of rounding and less of
 * curvature. */
static inline void central_differences(double (*f)(const double *theta, void *context), void *context,
                                       double *theta, size_t n, double *gradient) {
  const double h = 1e-6;
  for (size_t i = 0; i < n; i++) {
    double at = theta[i];
    theta[i] = at + h;
    double above = f(theta, context);
    theta[i] = at - h;
    gradient[i] = (above - f(theta, context)) / (2.0 * h);
    theta[i] = at;
  }
}

/* The same where theta is float32, which takes a larger step: f has its rounding, 1e-7 of it, over the step. The width is that
 * of the parameters as they were rounded. */
static inline void float_differences(double (*f)(void *context), void *context, float *theta, size_t n,
                                     float step, double *gradient) {
  for (size_t i = 0; i < n; i++) {
    const float at = theta[i], up = at + step, down = at - step;
    theta[i] = up;
    const double above = f(context);
    theta[i] = down;
    gradient[i] = (above - f(context)) / ((double)up - (double)down);
    theta[i] = at;
  }
}

#endif
