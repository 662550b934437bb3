#include "network/squash.h"

#include <math.h>
#include <string.h>

static const float half_log_two_pi = 0.918938533204673f, log_two = 0.693147180559945f;

static float clamped(float log_std) {
  return log_std < RL_MIN_LOG_STD ? RL_MIN_LOG_STD : log_std > RL_MAX_LOG_STD ? RL_MAX_LOG_STD : log_std;
}

static const float *head_row(const rl_dist *dist, int r) {
  return dist->head + (size_t)r * (size_t)dist->head_stride;
}

static const float *log_std_row(const rl_dist *dist, int r) {
  return dist->log_std + (size_t)r * (size_t)dist->log_std_stride;
}

void rl_squash_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action) {
  for (int r = 0; r < rows; r++) {
    const float *mean = head_row(dist, r), *log_std = log_std_row(dist, r);
    for (int i = 0; i < dist->size; i++) {
      const float u = mean[i] + expf(clamped(log_std[i])) * rl_rng_normal(per_row ? &rng[r] : rng);
      *action++ = dist->middle + dist->half * tanhf(u);
    }
  }
}

void rl_squash_mode(const rl_dist *dist, int rows, float *action) {
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < dist->size; i++) *action++ = dist->middle + dist->half * tanhf(head_row(dist, r)[i]);
}

/* u that gives an action; where rounding has brought that to a bound, one that is as near as floats are. */
static float before(const rl_dist *dist, float action) {
  const float most = 1.0f - 0x1p-24f, t = (action - dist->middle) / dist->half;
  return atanhf(t > most ? most : t < -most ? -most : t);
}

void rl_squash_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob) {
  const float constant = half_log_two_pi + 2.0f * log_two + logf(dist->half);
  for (int r = 0; r < rows; r++) {
    const float *mean = head_row(dist, r), *given = log_std_row(dist, r);
    float sum = 0.0f;
    for (int i = 0; i < dist->size; i++) {
      const float u = before(dist, *action++), log_std = clamped(given[i]), size = fabsf(u);
      const float z = (u - mean[i]) * expf(-log_std);
      sum += 2.0f * (size + log1pf(expf(-2.0f * size))) - 0.5f * z * z - log_std - constant;
    }
    log_prob[r] = sum;
  }
}

void rl_squash_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                            float *dhead, float *dlog_std) {
  for (int r = 0; r < rows; r++) {
    const float *mean = head_row(dist, r), *given = log_std_row(dist, r);
    float *d = dhead + (size_t)r * (size_t)dist->head_stride;
    float *dl = dlog_std ? dlog_std + (size_t)r * (size_t)dist->log_std_stride : NULL;
    for (int i = 0; i < dist->size; i++) {
      const float log_std = clamped(given[i]), inverse = expf(-log_std);
      const float z = (before(dist, *action++) - mean[i]) * inverse;
      d[i] += weight[r] * z * inverse;
      if (dl && log_std == given[i]) dl[i] += weight[r] * (z * z - 1.0f);
    }
  }
}

void rl_squash_forward(const rl_dist *dist, int rows, const float *noise, float *action, float *log_prob,
                       float *scratch, float *kept) {
  const size_t size = (size_t)dist->size, n = (size_t)rows * size;
  float *mean = scratch, *log_std = scratch + n, *parts = scratch + 2 * n;
  for (int r = 0; r < rows; r++) {
    memcpy(mean + (size_t)r * size, head_row(dist, r), size * sizeof *mean);
    memcpy(log_std + (size_t)r * size, log_std_row(dist, r), size * sizeof *log_std);
  }
  RL_KERNELS(rl_squash_table)
      ->forward(n, mean, log_std, noise, dist->middle, dist->half, action, parts, kept);
  for (int r = 0; r < rows; r++) {
    log_prob[r] = 0.0f;
    for (size_t i = 0; i < size; i++) log_prob[r] += parts[(size_t)r * size + i];
  }
}

void rl_squash_backward(const rl_dist *dist, int rows, const float *kept, const float *daction,
                        float dlog_prob, float *dhead, float *dlog_std) {
  const size_t size = (size_t)dist->size, n = (size_t)rows * size;
  const float *squashed = kept, *slope = kept + n, *spread = kept + 2 * n;
  for (int r = 0; r < rows; r++) {
    float *d = dhead + (size_t)r * (size_t)dist->head_stride;
    float *dl = dlog_std ? dlog_std + (size_t)r * (size_t)dist->log_std_stride : NULL;
    const float *given = log_std_row(dist, r);
    for (size_t i = 0; i < size; i++) {
      const size_t k = (size_t)r * size + i;
      const float du = dlog_prob * 2.0f * squashed[k] + daction[k] * dist->half * slope[k];
      d[i] += du;
      if (dl && clamped(given[i]) == given[i]) dl[i] += du * spread[k] - dlog_prob;
    }
  }
}
