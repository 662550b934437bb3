/* The two policy families: diagonal Gaussian for boxes, categorical for discrete actions.
 *
 * A batch of distributions is `head` [rows, size] (the means, or the logits) and, for Gaussians, `log_std`
 * [size] shared by all rows (log_std_stride 0) or [rows, size] (log_std_stride = size). Actions are [rows,
 * size] for Gaussians and [rows] (the index, as a float) for categoricals.
 *
 * The vjp functions are gradients of sum_r weight[r] * f_r: they ADD to dhead [rows, size] and dlog_std (same
 * layout as log_std; may be NULL). KL is KL(old || new) and is differentiated with respect to the new
 * distribution. */
#ifndef RL_DISTRIBUTION_H
#define RL_DISTRIBUTION_H

#include "env.h"

typedef struct rl_dist {
  rl_space_kind kind; /* RL_BOX: Gaussian, RL_DISCRETE: categorical */
  int size;
  const float *head;
  const float *log_std; /* NULL for categorical */
  int log_std_stride;
} rl_dist;

/* One stream a row when `per_row`, otherwise rng[0] for all in order. */
void rl_dist_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action);
void rl_dist_mode(const rl_dist *dist, int rows, float *action); /* the mean; the likeliest choice */
void rl_dist_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob /* [rows] */);
void rl_dist_entropy(const rl_dist *dist, int rows, float *entropy /* [rows] */);
void rl_dist_kl(const rl_dist *old, const rl_dist *new_, int rows, float *kl /* [rows] */);

void rl_dist_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                          float *dhead, float *dlog_std);
void rl_dist_entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead, float *dlog_std);
void rl_dist_kl_vjp(const rl_dist *old, const rl_dist *new_, int rows, const float *weight, float *dhead,
                    float *dlog_std);

#endif
