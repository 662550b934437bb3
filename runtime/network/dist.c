#include "network/dist.h"

#include "network/categorical_kernels.h"
#include "network/dist_factors.h"
#include "network/squash.h"

#include <math.h>
#include <stddef.h>

static const float half_log_two_pi = 0.918938533204673f;

static float largest(const float *x, int n) {
  float top = x[0];
  for (int i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
  return top;
}

/* The logsumexp of a categorical row: the log-probability of choice i is logits[i] minus it. */
static float log_normalizer(const float *logits, int n) {
  float top = largest(logits, n), sum = 0.0f;
  for (int i = 0; i < n; i++) sum += expf(logits[i] - top);
  return top + logf(sum);
}

static const float *head_row(const rl_dist *dist, int r) {
  return dist->head + (size_t)r * (size_t)dist->head_stride;
}

static const float *log_std_row(const rl_dist *dist, int r) {
  return dist->log_std + (size_t)r * (size_t)dist->log_std_stride;
}

/* Where all rows share the deviation: std to this power, of each action; false: it is computed where it is used. */
enum { SHARED = 64 };

static bool share_std(const rl_dist *dist, float power, float shared[SHARED]) {
  if (dist->kind == RL_DISCRETE || dist->log_std_stride != 0 || dist->size > SHARED) return false;
  for (int i = 0; i < dist->size; i++) shared[i] = expf(power * dist->log_std[i]);
  return true;
}

/* Inverts the cumulative distribution, unnormalised: u * total stays below the total, which the same sum
 * reaches at the last choice that has any weight, so rounding never lets one without be drawn. */
static int draw(const float *logits, int n, float u) {
  float top = largest(logits, n), total = 0.0f, cumulative = 0.0f;
  for (int i = 0; i < n; i++) total += expf(logits[i] - top);
  for (int i = 0; i < n - 1; i++) {
    cumulative += expf(logits[i] - top);
    if (u * total < cumulative) return i;
  }
  return n - 1;
}

void rl_dist_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action) {
  if (dist->half > 0.0f) {
    rl_squash_sample(dist, rows, rng, per_row, action);
    return;
  }
  if (dist->kind == RL_FACTORS) {
    rl_factors_sample(dist, rows, rng, per_row, action);
    return;
  }
  float shared[SHARED];
  const bool share = share_std(dist, 1.0f, shared);
  for (int r = 0; r < rows; r++) {
    rl_rng *stream = per_row ? &rng[r] : rng;
    const float *head = head_row(dist, r);
    if (dist->kind == RL_DISCRETE) {
      action[r] = (float)draw(head, dist->size, rl_rng_uniform(stream));
      continue;
    }
    const float *log_std = log_std_row(dist, r);
    float *row = action + (size_t)r * (size_t)dist->size;
    for (int i = 0; i < dist->size; i++)
      row[i] = head[i] + (share ? shared[i] : expf(log_std[i])) * rl_rng_normal(stream);
  }
}

void rl_dist_mode(const rl_dist *dist, int rows, float *action) {
  if (dist->half > 0.0f) {
    rl_squash_mode(dist, rows, action);
    return;
  }
  if (dist->kind == RL_FACTORS) {
    rl_factors_mode(dist, rows, action);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *head = head_row(dist, r);
    if (dist->kind == RL_BOX) {
      for (int i = 0; i < dist->size; i++) action[(size_t)r * (size_t)dist->size + (size_t)i] = head[i];
      continue;
    }
    int best = 0;
    for (int i = 1; i < dist->size; i++) best = head[i] > head[best] ? i : best;
    action[r] = (float)best;
  }
}

void rl_dist_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_log_prob(dist, rows, action, log_prob);
    return;
  }
  if (dist->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->log_prob(dist, rows, action, log_prob);
    return;
  }
  if (dist->half > 0.0f) {
    rl_squash_log_prob(dist, rows, action, log_prob);
    return;
  }
  float shared[SHARED];
  const bool share = share_std(dist, -1.0f, shared);
  float constant = 0.0f;
  for (int i = 0; share && i < dist->size; i++) constant += dist->log_std[i] + half_log_two_pi;
  for (int r = 0; r < rows; r++) {
    const float *head = head_row(dist, r);
    const float *log_std = log_std_row(dist, r), *row = action + (size_t)r * (size_t)dist->size;
    float sum = 0.0f;
    if (share)
      for (int i = 0; i < dist->size; i++) {
        float z = (row[i] - head[i]) * shared[i];
        sum += z * z;
      }
    else
      for (int i = 0; i < dist->size; i++) {
        float z = (row[i] - head[i]) * expf(-log_std[i]);
        sum += z * z;
        constant = (i == 0 ? 0.0f : constant) + log_std[i] + half_log_two_pi;
      }
    log_prob[r] = -0.5f * sum - constant;
  }
}

void rl_dist_entropy(const rl_dist *dist, int rows, float *entropy) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_entropy(dist, rows, entropy);
    return;
  }
  if (dist->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->entropy(dist, rows, entropy);
    return;
  }
  for (int r = 0; r < rows; r++) {
    float sum = 0.0f;
    for (int i = 0; i < dist->size; i++) sum += log_std_row(dist, r)[i] + 0.5f + half_log_two_pi;
    entropy[r] = sum;
    if (dist->log_std_stride == 0) {
      for (r = 1; r < rows; r++) entropy[r] = sum; /* it depends on nothing else */
      return;
    }
  }
}

void rl_dist_kl(const rl_dist *old, const rl_dist *new_, int rows, float *kl) {
  if (old->kind == RL_FACTORS) {
    rl_factors_kl(old, new_, rows, kl);
    return;
  }
  if (old->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->kl(old, new_, rows, kl);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *p = head_row(old, r), *q = head_row(new_, r);
    const float *p_log = log_std_row(old, r), *q_log = log_std_row(new_, r);
    float sum = 0.0f;
    for (int i = 0; i < old->size; i++) {
      float z = (p[i] - q[i]) * expf(-q_log[i]),
            ratio = expf(p_log[i] - q_log[i]); /* of the standard deviations */
      sum += q_log[i] - p_log[i] + 0.5f * (ratio * ratio + z * z - 1.0f);
    }
    kl[r] = sum;
  }
}

static float *dhead_row(const rl_dist *dist, float *dhead, int r) {
  return dhead + (size_t)r * (size_t)dist->head_stride;
}

static float *dlog_std_row(const rl_dist *dist, float *dlog_std, int r) {
  return dlog_std ? dlog_std + (size_t)r * (size_t)dist->log_std_stride : NULL;
}

void rl_dist_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                          float *dhead, float *dlog_std) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_log_prob_vjp(dist, rows, action, weight, dhead, dlog_std);
    return;
  }
  if (dist->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->log_prob_vjp(dist, rows, action, weight, dhead);
    return;
  }
  if (dist->half > 0.0f) {
    rl_squash_log_prob_vjp(dist, rows, action, weight, dhead, dlog_std);
    return;
  }
  float shared[SHARED], along[SHARED] = {0}; /* the latter: the gradient of the log-stds that all share */
  const bool share = share_std(dist, -1.0f, shared);
  for (int r = 0; r < rows; r++) {
    const float *head = head_row(dist, r);
    float *d = dhead_row(dist, dhead, r);
    const float *log_std = log_std_row(dist, r), *row = action + (size_t)r * (size_t)dist->size;
    float *dl = dlog_std_row(dist, dlog_std, r);
    if (share)
      for (int i = 0; i < dist->size; i++) {
        float z = (row[i] - head[i]) * shared[i];
        d[i] += weight[r] * z * shared[i];
        along[i] += weight[r] * (z * z - 1.0f);
      }
    else
      for (int i = 0; i < dist->size; i++) {
        float inverse = expf(-log_std[i]), z = (row[i] - head[i]) * inverse;
        d[i] += weight[r] * z * inverse;
        if (dl) dl[i] += weight[r] * (z * z - 1.0f);
      }
  }
  for (int i = 0; share && dlog_std && i < dist->size; i++) dlog_std[i] += along[i];
}

void rl_dist_entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead, float *dlog_std) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_entropy_vjp(dist, rows, weight, dhead, dlog_std);
    return;
  }
  if (dist->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->entropy_vjp(dist, rows, weight, dhead);
    return;
  }
  for (int r = 0; dlog_std && r < rows; r++) {
    float *dl = dlog_std_row(dist, dlog_std, r);
    for (int i = 0; i < dist->size; i++) dl[i] += weight[r];
  }
}

void rl_dist_kl_vjp(const rl_dist *old, const rl_dist *new_, int rows, const float *weight, float *dhead,
                    float *dlog_std) {
  if (old->kind == RL_FACTORS) {
    rl_factors_kl_vjp(old, new_, rows, weight, dhead, dlog_std);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *p = head_row(old, r), *q = head_row(new_, r);
    float *d = dhead_row(new_, dhead, r);
    if (old->kind == RL_DISCRETE) {
      float p_normalizer = log_normalizer(p, old->size), q_normalizer = log_normalizer(q, old->size);
      for (int i = 0; i < old->size; i++)
        d[i] += weight[r] * (expf(q[i] - q_normalizer) - expf(p[i] - p_normalizer));
      continue;
    }
    const float *p_log = log_std_row(old, r), *q_log = log_std_row(new_, r);
    float *dl = dlog_std_row(new_, dlog_std, r);
    for (int i = 0; i < old->size; i++) {
      float inverse = expf(-q_log[i]), z = (q[i] - p[i]) * inverse, ratio = expf(p_log[i] - q_log[i]);
      d[i] += weight[r] * z * inverse;
      if (dl) dl[i] += weight[r] * (1.0f - ratio * ratio - z * z);
    }
  }
}

void rl_dist_kl_to_base_vjp(const rl_dist *dist, const rl_dist *base, int rows, const float *weight,
                            float *dhead, float *dlog_std) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_kl_to_base_vjp(dist, base, rows, weight, dhead, dlog_std);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *p = head_row(dist, r), *q = head_row(base, r);
    float *d = dhead_row(dist, dhead, r);
    if (dist->kind == RL_DISCRETE) {
      float p_normalizer = log_normalizer(p, dist->size), q_normalizer = log_normalizer(q, dist->size),
            kl = 0.0f;
      for (int i = 0; i < dist->size; i++)
        kl += expf(p[i] - p_normalizer) * ((p[i] - p_normalizer) - (q[i] - q_normalizer));
      for (int i = 0; i < dist->size; i++) {
        float log_ratio = (p[i] - p_normalizer) - (q[i] - q_normalizer);
        d[i] += weight[r] * expf(p[i] - p_normalizer) * (log_ratio - kl);
      }
      continue;
    }
    const float *p_log = log_std_row(dist, r), *q_log = log_std_row(base, r);
    float *dl = dlog_std_row(dist, dlog_std, r);
    for (int i = 0; i < dist->size; i++) {
      float inverse = expf(-q_log[i]), ratio = expf(p_log[i] - q_log[i]);
      d[i] += weight[r] * (p[i] - q[i]) * inverse * inverse;
      if (dl) dl[i] += weight[r] * (ratio * ratio - 1.0f);
    }
  }
}

void rl_dist_fisher(const rl_dist *dist, int rows, const float *weight, const float *vhead,
                    const float *vlog_std, float *dhead, float *dlog_std) {
  if (dist->kind == RL_FACTORS) {
    rl_factors_fisher(dist, rows, weight, vhead, vlog_std, dhead, dlog_std);
    return;
  }
  if (dist->kind == RL_DISCRETE) {
    RL_KERNELS(rl_categorical_table)->fisher(dist, rows, weight, vhead, dhead);
    return;
  }
  float shared[SHARED];
  const bool share = share_std(dist, -1.0f, shared);
  for (int r = 0; r < rows; r++) {
    const float *v = vhead + (size_t)r * (size_t)dist->head_stride;
    float *d = dhead_row(dist, dhead, r);
    const float *log_std = log_std_row(dist, r);
    const float *vl = vlog_std ? vlog_std + (size_t)r * (size_t)dist->log_std_stride : NULL;
    float *dl = dlog_std_row(dist, dlog_std, r);
    for (int i = 0; i < dist->size; i++) {
      float inverse = share ? shared[i] : expf(-log_std[i]);
      d[i] += weight[r] * v[i] * inverse * inverse;
      if (vl && dl) dl[i] += weight[r] * 2.0f * vl[i];
    }
  }
}
