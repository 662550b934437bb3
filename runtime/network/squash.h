/* Gaussians squashed into bounds (Haarnoja et al. 2018, appendix C): u = mean + std n with n from a standard normal
 * distribution, and the action middle + half tanh(u). Log-stds count from RL_MIN_LOG_STD to RL_MAX_LOG_STD, and have no
 * gradient beyond.
 *
 * log(1 - tanh^2 u) = 2 (log 2 - |u| - log(1 + exp(-2 |u|))) loses nothing where tanh has come to 1. */
#ifndef RL_SQUASH_H
#define RL_SQUASH_H

#include "base/cpu.h"
#include "network/dist.h"

RL_C_BEGIN

#define RL_MIN_LOG_STD (-20.0f)
#define RL_MAX_LOG_STD 2.0f

/* The functions of dist.h for such a distribution. The density of an action at a bound is that of one just within. */
void rl_squash_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action);
void rl_squash_mode(const rl_dist *dist, int rows, float *action);
void rl_squash_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob);
void rl_squash_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                            float *dhead, float *dlog_std);

/* Actions as a function of noise. What backward needs of forward is kept: tanh u, its derivative, and std n, each
 * [rows, size]. */
static inline size_t rl_squash_kept(int size, int rows) {
  return 3 * (size_t)rows * (size_t)size;
} /* floats */

/* noise [rows, size] from a standard normal distribution; writes action [rows, size], log_prob [rows]; scratch
 * and kept are rl_squash_kept floats each. */
void rl_squash_forward(const rl_dist *dist, int rows, const float *noise, float *action, float *log_prob,
                       float *scratch, float *kept);
/* The gradient of a function of actions and log-probabilities through them: daction [rows, size], and one weight for all
 * log-probabilities. ADDS to dhead and dlog_std as the vjp functions of dist.h do. */
void rl_squash_backward(const rl_dist *dist, int rows, const float *kept, const float *daction,
                        float dlog_prob, float *dhead, float *dlog_std);

/* The elements of forward, by the levels of cpu.h: log_prob [n] of each number of an action. */
typedef struct rl_squash_kernels {
  void (*forward)(size_t n, const float *mean, const float *log_std, const float *noise, float middle,
                  float half, float *action, float *log_prob, float *kept);
} rl_squash_kernels;
RL_KERNEL_TABLE(rl_squash_kernels, rl_squash_table);

RL_C_END

#endif
