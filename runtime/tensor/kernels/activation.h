/* Activation functions of sixteen lanes, and their slopes in terms of y = f(x), for kernels. */
#ifndef RL_KERNELS_ACTIVATION_H
#define RL_KERNELS_ACTIVATION_H

#include "base/lanes.h"
#include "tensor/activation.h"

/* Sixteens that go through the steps of a function side by side: a constant is loaded once for all of them. */
#ifdef __AVX512F__
enum { TOGETHER = 4 };
#else
enum { TOGETHER = 1 };
#endif

#define ALL_TOGETHER(statement)                                                                              \
  _Pragma("GCC unroll 4") for (int i = 0; i < n; i++) { statement; }

/* With x = n ln 2 / 2 + s, |s| <= ln 2 / 4, and b = s coth s: tanh x = (2^n (b + s) - (b - s)) / (2^n (b + s) + (b - s)).
 * About half of the operations multiply: many processors add, compare and select beside them. */
static inline void tanh_lanes(lanes *x, const int n) {
  const lanes limit = lanes_set(10.0f), low = lanes_negate(limit); /* beyond it tanh rounds to 1 */
  const lanes round = lanes_set(RL_LANES_POWER), halves = lanes_set(2.88539008f);
  const lanes half = lanes_set(-0.34657359f), one = lanes_set(1.0f), zero = lanes_set(0.0f);
  const lanes b1 = lanes_set(0.33333251f), b2 = lanes_set(-0.022134044f);
  lanes shifted[TOGETHER], whole[TOGETHER], s2[TOGETHER], b[TOGETHER], power[TOGETHER], minus[TOGETHER];
  ALL_TOGETHER(x[i] = lanes_min(limit, lanes_max(low, x[i])))
  ALL_TOGETHER(shifted[i] = lanes_fma(x[i], halves, round))
  ALL_TOGETHER(whole[i] = lanes_subtract(shifted[i], round))
  ALL_TOGETHER(power[i] = lanes_power(shifted[i]))
  ALL_TOGETHER(x[i] = lanes_fma(whole[i], half, x[i]))
  ALL_TOGETHER(s2[i] = lanes_multiply(x[i], x[i]))
  ALL_TOGETHER(b[i] = lanes_fma(s2[i], b2, b1))
  ALL_TOGETHER(b[i] = lanes_fma(b[i], s2[i], one))
  ALL_TOGETHER(minus[i] = lanes_subtract(b[i], x[i]))
  ALL_TOGETHER(b[i] = lanes_add(b[i], x[i]))
  ALL_TOGETHER(s2[i] = lanes_fma(b[i], power[i], lanes_negate(minus[i])))
  ALL_TOGETHER(b[i] = lanes_fma(b[i], power[i], minus[i]))
  ALL_TOGETHER(s2[i] = lanes_select(lanes_equal(whole[i], zero), lanes_add(x[i], x[i]), s2[i]))
  ALL_TOGETHER(x[i] = lanes_divide(s2[i], b[i]))
}

/* x = f(x) of n sixteens, 1 or TOGETHER */
static inline void activate_lanes(rl_activation f, lanes *x, const int n) {
  if (f == RL_TANH)
    tanh_lanes(x, n);
  else if (f == RL_RELU)
    ALL_TOGETHER(x[i] = lanes_max(lanes_set(0.0f), x[i])) /* keeps a NaN a NaN */
}

static inline lanes activated(rl_activation f, lanes x) {
  activate_lanes(f, &x, 1);
  return x;
}

static inline lanes slope_times(rl_activation f, lanes y, lanes dy) {
  if (f == RL_TANH) return lanes_multiply(dy, lanes_fma(lanes_negate(y), y, lanes_set(1.0f)));
  if (f == RL_RELU) return lanes_select(lanes_less(lanes_set(0.0f), y), dy, lanes_set(0.0f));
  return dy;
}

#endif
