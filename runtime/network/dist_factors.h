/* What is asked of the product of several distributions (dist.h says what each is): log-probabilities, entropies and KL of
 * independent factors are sums, and each has its own part of head, log-std and action. */
#ifndef RL_DIST_FACTORS_H
#define RL_DIST_FACTORS_H

#include "network/dist.h"

RL_C_BEGIN

void rl_factors_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action);
void rl_factors_mode(const rl_dist *dist, int rows, float *action);
void rl_factors_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob);
void rl_factors_entropy(const rl_dist *dist, int rows, float *entropy);
void rl_factors_kl(const rl_dist *old, const rl_dist *new_, int rows, float *kl);
void rl_factors_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                             float *dhead, float *dlog_std);
void rl_factors_entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead,
                            float *dlog_std);
void rl_factors_kl_vjp(const rl_dist *old, const rl_dist *new_, int rows, const float *weight, float *dhead,
                       float *dlog_std);
void rl_factors_kl_to_base_vjp(const rl_dist *dist, const rl_dist *base, int rows, const float *weight,
                               float *dhead, float *dlog_std);
void rl_factors_fisher(const rl_dist *dist, int rows, const float *weight, const float *vhead,
                       const float *vlog_std, float *dhead, float *dlog_std);

RL_C_END

#endif
