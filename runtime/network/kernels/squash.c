#include "network/squash.h"

#include "tensor/kernels/elementary.h"

/* What the densities of a normal number and of its tanh have besides. */
static const float half_log_two_pi = 0.918938533204673f, log_four = 1.386294361119891f;

static void forward(size_t n, const float *mean, const float *log_std, const float *noise, float middle,
                    float half, float *action, float *log_prob, float *kept) {
  float *squashed = kept, *slope = kept + n, *spread = kept + 2 * n;
  const float constant = half_log_two_pi + log_four + logarithm(half);
#pragma omp simd
  for (size_t i = 0; i < n; i++) {
    const float given = log_std[i], log_deviation = given < RL_MIN_LOG_STD   ? RL_MIN_LOG_STD
                                                    : given > RL_MAX_LOG_STD ? RL_MAX_LOG_STD
                                                                             : given;
    const float away = exponential(log_deviation) * noise[i], u = mean[i] + away;
    const float size = u < 0.0f ? -u : u, e = exponential(-2.0f * size), above = 1.0f + e;
    const float tanh_size = (1.0f - e) / above, tanh_u = u < 0.0f ? -tanh_size : tanh_size;
    squashed[i] = tanh_u;
    slope[i] = 4.0f * e / (above * above);
    spread[i] = away;
    action[i] = middle + half * tanh_u;
    log_prob[i] = 2.0f * (size + logarithm(above)) - 0.5f * noise[i] * noise[i] - log_deviation - constant;
  }
}

const rl_squash_kernels RL_AT_LEVEL(rl_squash_table) = {forward};
