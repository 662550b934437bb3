/* Activation functions of sixteen lanes, and their slopes in terms of y = f(x), for kernels. */
#ifndef RL_KERNELS_ACTIVATION_H
#define RL_KERNELS_ACTIVATION_H

#include "base/lanes.h"
#include "tensor/activation.h"

static inline lanes horner(lanes p, lanes x, float constant) { return lanes_fma(p, x, lanes_set(constant)); }

static inline lanes tanh_rational(lanes x) {
  const float limit = 7.90531110763549805f; /* beyond it tanh rounds to 1 */
  x = lanes_max(lanes_set(-limit), x);
  x = lanes_min(lanes_set(limit), x);
  lanes x2 = lanes_multiply(x, x);
  lanes p = lanes_set(-2.76076847742355e-16f);
  p = horner(p, x2, 2.00018790482477e-13f);
  p = horner(p, x2, -8.60467152213735e-11f);
  p = horner(p, x2, 5.12229709037114e-08f);
  p = horner(p, x2, 1.48572235717979e-05f);
  p = horner(p, x2, 6.37261928875436e-04f);
  p = horner(p, x2, 4.89352455891786e-03f);
  lanes q = lanes_set(1.19825839466702e-06f);
  q = horner(q, x2, 1.18534705686654e-04f);
  q = horner(q, x2, 2.26843463243900e-03f);
  q = horner(q, x2, 4.89352518554385e-03f);
  return lanes_divide(lanes_multiply(x, p), q);
}

static inline lanes activated(rl_activation f, lanes x) {
  if (f == RL_TANH) return tanh_rational(x);
  return f == RL_RELU ? lanes_max(lanes_set(0.0f), x) : x; /* keeps a NaN a NaN */
}

static inline lanes slope_times(rl_activation f, lanes y, lanes dy) {
  if (f == RL_TANH) return lanes_multiply(dy, lanes_fma(lanes_negate(y), y, lanes_set(1.0f)));
  if (f == RL_RELU) return lanes_select(lanes_less(lanes_set(0.0f), y), dy, lanes_set(0.0f));
  return dy;
}

#endif
