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

/* p = p x + constant */
static inline void horner(lanes *p, const lanes *x, const int n, float constant) {
  const lanes c = lanes_set(constant);
  ALL_TOGETHER(p[i] = lanes_fma(p[i], x[i], c))
}

static inline void tanh_rational(lanes *x, const int n) {
  const lanes limit = lanes_set(7.90531110763549805f),
              low = lanes_negate(limit); /* beyond it tanh rounds to 1 */
  const lanes p0 = lanes_set(-2.76076847742355e-16f), q0 = lanes_set(1.19825839466702e-06f);
  lanes x2[TOGETHER], p[TOGETHER], q[TOGETHER];
  ALL_TOGETHER(x[i] = lanes_min(limit, lanes_max(low, x[i])))
  ALL_TOGETHER(x2[i] = lanes_multiply(x[i], x[i]))
  ALL_TOGETHER(p[i] = p0)
  ALL_TOGETHER(q[i] = q0)
  horner(p, x2, n, 2.00018790482477e-13f);
  horner(q, x2, n, 1.18534705686654e-04f);
  horner(p, x2, n, -8.60467152213735e-11f);
  horner(q, x2, n, 2.26843463243900e-03f);
  horner(p, x2, n, 5.12229709037114e-08f);
  horner(q, x2, n, 4.89352518554385e-03f);
  horner(p, x2, n, 1.48572235717979e-05f);
  horner(p, x2, n, 6.37261928875436e-04f);
  horner(p, x2, n, 4.89352455891786e-03f);
  ALL_TOGETHER(x[i] = lanes_divide(lanes_multiply(x[i], p[i]), q[i]))
}

/* x = f(x) of n sixteens, 1 or TOGETHER */
static inline void activate_lanes(rl_activation f, lanes *x, const int n) {
  if (f == RL_TANH)
    tanh_rational(x, n);
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
