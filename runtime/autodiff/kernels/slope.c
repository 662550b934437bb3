/* The same bytes at each level, but for tanh in plain C for processors without a fused multiply-add. */
#include "autodiff/slope.h"

#include "base/lanes.h"

#include <math.h>

#define ARGUMENTS int64_t n, float *z, const float *g, const float *x, const float *y
#define LOOP(name, slope)                                                                                    \
  static void name(ARGUMENTS) {                                                                              \
    (void)x, (void)y;                                                                                        \
    _Pragma("omp simd") for (int64_t i = 0; i < n; i++) z[i] = g[i] * (slope);                               \
  }

LOOP(abs_slope, x[i] > 0.0f ? 1.0f : x[i] < 0.0f ? -1.0f : 0.0f)
LOOP(square_slope, 2.0f * x[i])
LOOP(sqrt_slope, 0.5f / y[i])
LOOP(log_slope, 1.0f / x[i])
LOOP(tanh_slope, rl_fused(-y[i], y[i], 1.0f))
LOOP(sigmoid_slope, y[i] * (1.0f - y[i]))
LOOP(relu_slope, x[i] > 0.0f ? 1.0f : 0.0f)

LOOP(divided, 1.0f / y[i])
LOOP(quotient, -y[i] / x[i])
LOOP(minimum_left, x[i] == y[i] ? 0.5f : x[i] < y[i] ? 1.0f : 0.0f)
LOOP(minimum_right, x[i] == y[i] ? 0.5f : x[i] < y[i] ? 0.0f : 1.0f)
LOOP(maximum_left, x[i] == y[i] ? 0.5f : x[i] > y[i] ? 1.0f : 0.0f)
LOOP(maximum_right, x[i] == y[i] ? 0.5f : x[i] > y[i] ? 0.0f : 1.0f)

static void clamp_slope(ARGUMENTS) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) z[i] = x[i] == y[i] ? g[i] : 0.0f;
}

/* Powers are libm's, as the operation's are; squares, by far the most frequent, need none. */
static void base_slope(ARGUMENTS) {
  int other = 0;
#pragma omp simd reduction(| : other)
  for (int64_t i = 0; i < n; i++) other |= y[i] != 2.0f;
  if (!other) {
    square_slope(n, z, g, x, NULL);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    z[i] = g[i] * (y[i] == 0.0f ? 0.0f : y[i] == 2.0f ? 2.0f * x[i] : y[i] * powf(x[i], y[i] - 1.0f));
}

static void power_slope(ARGUMENTS) {
  for (int64_t i = 0; i < n; i++) z[i] = g[i] * (y[i] == 0.0f ? 0.0f : y[i] * logf(x[i]));
}

const rl_slope_kernels RL_AT_LEVEL(rl_slope_table) = {
    .unary = {[RL_OP_ABS] = abs_slope,
              [RL_OP_SQUARE] = square_slope,
              [RL_OP_SQRT] = sqrt_slope,
              [RL_OP_LOG] = log_slope,
              [RL_OP_TANH] = tanh_slope,
              [RL_OP_SIGMOID] = sigmoid_slope,
              [RL_OP_RELU] = relu_slope},
    .binary = {{[RL_OP_DIV] = divided,
                [RL_OP_POW] = base_slope,
                [RL_OP_MINIMUM] = minimum_left,
                [RL_OP_MAXIMUM] = maximum_left},
               {[RL_OP_MINIMUM] = minimum_right, [RL_OP_MAXIMUM] = maximum_right}},
    .quotient = quotient,
    .power = power_slope,
    .clamp = clamp_slope};
