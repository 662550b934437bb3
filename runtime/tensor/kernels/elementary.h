/* exp and log of one element, for loops of kernels that the compiler vectorises: every operation is written out, so that an
 * element has the same result wherever in a loop it stands. */
#ifndef RL_KERNELS_ELEMENTARY_H
#define RL_KERNELS_ELEMENTARY_H

#include "base/lanes.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* ln 2 in two parts, of which products of the first with exponents are exact. */
static const float LN2_HIGH = 0.693145751953125f, LN2_LOW = 1.42860682e-6f;

/* 2^n exp(r) with r between -ln 2 / 2 and ln 2 / 2. Adding ROUND rounds to whole numbers, which then are the lowest
 * bits. 2^n comes in two factors: n goes from -150, where denormal numbers end, to 128, which is infinity. */
INLINE float exponential(float x) {
  const float ROUND = 0x1.8p23f;
  float in = x < -104.0f ? -104.0f : x > 89.0f ? 89.0f : x;
  float shifted = in * 1.44269504f + ROUND, n = shifted - ROUND;
  float r = rl_fused(-n, LN2_LOW, rl_fused(-n, LN2_HIGH, in));
  float p = 0.001381446262f;
  p = rl_fused(p, r, 0.008368780455f);
  p = rl_fused(p, r, 0.04166839429f);
  p = rl_fused(p, r, 0.1666652011f);
  p = rl_fused(p, r, 0.4999999341f);
  p = rl_fused(p, r * r, r) + 1.0f;
  int32_t power = (int32_t)(bits_of(shifted) - bits_of(ROUND)), half = power >> 1;
  return p * float_of((uint32_t)(half + 127) << 23) * float_of((uint32_t)(power - half + 127) << 23);
}

/* x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2). */
INLINE float logarithm(float x) {
  const uint32_t ROOT_HALF = 0x3f3504f3;
  bool tiny = x < FLT_MIN;
  uint32_t bits = bits_of(tiny ? x * 0x1p23f : x) - ROOT_HALF;
  float e = (float)((int32_t)bits >> 23) - (tiny ? 23.0f : 0.0f);
  float f = float_of((bits & 0x7fffff) + ROOT_HALF) - 1.0f, f2 = f * f;
  float p = -0.07634197694f;
  p = rl_fused(p, f, 0.127613868f);
  p = rl_fused(p, f, -0.1316020473f);
  p = rl_fused(p, f, 0.142017873f);
  p = rl_fused(p, f, -0.1662335844f);
  p = rl_fused(p, f, 0.200012256f);
  p = rl_fused(p, f, -0.2500082097f);
  p = rl_fused(p, f, 0.3333333172f);
  float y = rl_fused(e, LN2_HIGH, f + rl_fused(-0.5f, f2, rl_fused(f * f2, p, e * LN2_LOW)));
  y = x == 0.0f ? -INFINITY : x < 0.0f ? NAN : y;
  return x < INFINITY ? y : x; /* infinity and NaN stay */
}

#endif
