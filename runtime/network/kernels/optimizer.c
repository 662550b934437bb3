#include "network/optimizer_kernels.h"

#include "base/lanes.h"

typedef struct moments {
  lanes m, v, theta;
} moments;

static inline moments step(const rl_adam_step *s, moments at, lanes gradient) {
  const lanes g = lanes_multiply(gradient, lanes_set(s->scale)), g2 = lanes_multiply(g, g);
  at.m = lanes_fma(lanes_set(s->beta1), at.m, lanes_multiply(lanes_set(1.0f - s->beta1), g));
  at.v = lanes_fma(lanes_set(s->beta2), at.v, lanes_multiply(lanes_set(1.0f - s->beta2), g2));
  const lanes size = lanes_fma(lanes_sqrt(at.v), lanes_set(s->inverse), lanes_set(s->epsilon));
  at.theta = lanes_subtract(at.theta, lanes_divide(lanes_multiply(lanes_set(s->rate), at.m), size));
  return at;
}

static void adam(const rl_adam_step *s, float *theta, float *m, float *v, const float *gradient, size_t n) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const moments at = step(s, (moments){lanes_load(m + i), lanes_load(v + i), lanes_load(theta + i)},
                            lanes_load(gradient + i));
    lanes_store(m + i, at.m);
    lanes_store(v + i, at.v);
    lanes_store(theta + i, at.theta);
  }
  if (i == n) return;
  const size_t k = n - i;
  const moments before = {lanes_load_first(m + i, k), lanes_load_first(v + i, k),
                          lanes_load_first(theta + i, k)};
  const moments at = step(s, before, lanes_load_first(gradient + i, k));
  lanes_store_first(m + i, k, at.m);
  lanes_store_first(v + i, k, at.v);
  lanes_store_first(theta + i, k, at.theta);
}

static void rmsprop(const rl_rmsprop_step *s, float *theta, float *v, const float *gradient, size_t n) {
  for (size_t i = 0; i < n; i += LANES) {
    const size_t k = n - i < LANES ? n - i : LANES;
    const lanes g = lanes_multiply(lanes_load_first(gradient + i, k), lanes_set(s->scale));
    const lanes square = lanes_multiply(lanes_set(1.0f - s->decay), lanes_multiply(g, g)),
                mean = lanes_fma(lanes_set(s->decay), lanes_load_first(v + i, k), square),
                size = lanes_sqrt(lanes_add(mean, lanes_set(s->epsilon)));
    const lanes step = lanes_divide(lanes_multiply(lanes_set(s->rate), g), size);
    lanes_store_first(v + i, k, mean);
    lanes_store_first(theta + i, k, lanes_subtract(lanes_load_first(theta + i, k), step));
  }
}

static lanes sum_at(const float *x, size_t stride, int count, size_t i, size_t k) {
  lanes sum = lanes_load_first(x + i, k);
  for (int p = 1; p < count; p++) sum = lanes_add(sum, lanes_load_first(x + (size_t)p * stride + i, k));
  return sum;
}

static void add(float *sum, const float *x, size_t stride, int count, size_t n) {
  for (size_t i = 0; i < n; i += LANES) {
    const size_t k = n - i < LANES ? n - i : LANES;
    lanes_store_first(sum + i, k, sum_at(x, stride, count, i, k));
  }
}

/* In float over blocks of BLOCK lanes, of which each sum goes into double. */
enum { BLOCK = 16 * LANES };

static double sum_squares(const float *x, size_t n) {
  double total = 0.0;
  for (size_t first = 0; first < n; first += BLOCK) {
    const size_t end = n - first < BLOCK ? n : first + BLOCK;
    lanes sum[4] = {lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f)};
    size_t i = first;
    for (; i + 4 * LANES <= end; i += 4 * LANES)
#pragma GCC unroll 4
      for (int l = 0; l < 4; l++) {
        const lanes y = lanes_load(x + i + l * LANES);
        sum[l] = lanes_fma(y, y, sum[l]);
      }
    for (; i < end; i += LANES) {
      const lanes y = lanes_load_first(x + i, end - i < LANES ? end - i : LANES);
      sum[0] = lanes_fma(y, y, sum[0]);
    }
    total += (double)lanes_sum(lanes_add(lanes_add(sum[0], sum[1]), lanes_add(sum[2], sum[3])));
  }
  return total;
}

const rl_optimizer_kernels RL_AT_LEVEL(rl_optimizer_table) = {adam, rmsprop, add, sum_squares};
