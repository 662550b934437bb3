/* The policy families: diagonal Gaussian for boxes, free or squashed into their bounds (squash.h), categorical for
 * discrete actions, and products of those (not squashed).
 *
 * A batch of distributions is read from the outputs of a network. Row r has its means, or logits, at head +
 * r * head_stride and, when Gaussian, its log-stds at log_std + r * log_std_stride; stride 0: all rows share
 * them. Actions are [rows, size] for Gaussians and [rows] (the index, as a float) for categoricals; a product has all
 * of its factors' heads, log-stds and actions side by side.
 *
 * The vjp functions are gradients of sum_r weight[r] * f_r: they ADD to dhead and dlog_std, which are laid
 * out as head and log_std are (stride 0: the sum over the rows); dlog_std may be NULL. */
#ifndef RL_DIST_H
#define RL_DIST_H

#include "base/space.h"

#include <stdbool.h>

RL_C_BEGIN

typedef struct rl_dist {
  rl_space_kind
      kind; /* RL_BOX: Gaussian, RL_DISCRETE: categorical, RL_FACTORS: the product of those of `space` */
  int size;
  const float *head;
  int head_stride;
  const float *log_std; /* of real numbers; NULL where there are none */
  int log_std_stride;
  float middle, half;    /* half > 0: of the bounds that a Gaussian is squashed into */
  const rl_space *space; /* of RL_FACTORS */
} rl_dist;

/* One stream a row when `per_row`, otherwise rng[0] for all in order. */
void rl_dist_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action);
void rl_dist_mode(const rl_dist *dist, int rows, float *action); /* the mean; the likeliest choice */
void rl_dist_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob /* [rows] */);
/* This and what follows but for the gradient of the log-probability: not of a squashed Gaussian, which has no entropy in
 * closed form. */
void rl_dist_entropy(const rl_dist *dist, int rows, float *entropy /* [rows] */);
void rl_dist_kl(const rl_dist *old, const rl_dist *new_, int rows, float *kl /* [rows] */);

void rl_dist_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                          float *dhead, float *dlog_std);
void rl_dist_entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead, float *dlog_std);
/* KL(old || new), with respect to the new distribution. */
void rl_dist_kl_vjp(const rl_dist *old, const rl_dist *new_, int rows, const float *weight, float *dhead,
                    float *dlog_std);
/* KL(dist || base), with respect to the first. */
void rl_dist_kl_to_base_vjp(const rl_dist *dist, const rl_dist *base, int rows, const float *weight,
                            float *dhead, float *dlog_std);

/* The Fisher metric of the distribution's own parameters, the second derivative of KL(dist || .) at dist:
 * diag(1/std^2) on means, 2 on log-stds, diag(p) - p p^T on logits. ADDS weight[r] * metric * tangent of row
 * r; tangents are laid out as head and log_std are, vlog_std may be NULL (then so is dlog_std). */
void rl_dist_fisher(const rl_dist *dist, int rows, const float *weight, const float *vhead,
                    const float *vlog_std, float *dhead, float *dlog_std);

RL_C_END

#endif
