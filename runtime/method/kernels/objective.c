#include "method/objective_kernels.h"

#include "base/lanes.h"
#include "tensor/kernels/elementary.h"

/* Sixteen rows at a time, summed apart. */
typedef struct sums {
  double loss[LANES], approx_kl[LANES], clipped[LANES];
} sums;

/* Rows `first` to `first` + n - 1; kind is a constant where this is inlined. */
INLINE void weigh_rows(const rl_weighing *how, const rl_objective_kind kind, int n, const float *log_prob,
                       const float *old_log_prob, const float *advantage, float *weight, sums *sum) {
  const float low = how->low, high = how->high, per_row = how->per_row;
#pragma omp simd
  for (int r = 0; r < n; r++) {
    const float log_ratio = log_prob[r] - old_log_prob[r], a = advantage[r];
    const float ratio = exponential(log_ratio < 20.0f ? log_ratio : 20.0f);
    const float cut = ratio < low ? low : ratio > high ? high : ratio;
    const float gain = ratio * a, least = cut * a < gain ? cut * a : gain;
    const bool binds = (ratio > high && a > 0.0f) || (ratio < low && a < 0.0f);
    weight[r] = per_row * (kind == RL_SCORE ? -a : kind == RL_CLIPPED && binds ? 0.0f : -gain);
    sum->loss[r] -= (double)(kind == RL_SCORE ? log_prob[r] * a : kind == RL_CLIPPED ? least : gain);
    sum->approx_kl[r] += (double)((ratio - 1.0f) - log_ratio);
    sum->clipped[r] += kind == RL_CLIPPED && cut != ratio ? 1.0 : 0.0;
  }
}

INLINE rl_weighed weigh_as(const rl_weighing *how, const rl_objective_kind kind, int rows,
                           const float *log_prob, const float *old_log_prob, const float *advantage,
                           float *weight) {
  sums sum = {0};
  int r = 0;
  for (; r + LANES <= rows; r += LANES)
    weigh_rows(how, kind, LANES, log_prob + r, old_log_prob + r, advantage + r, weight + r, &sum);
  weigh_rows(how, kind, rows - r, log_prob + r, old_log_prob + r, advantage + r, weight + r, &sum);
  rl_weighed all = {0};
  for (int l = 0; l < LANES; l++) {
    all.loss += sum.loss[l];
    all.approx_kl += sum.approx_kl[l];
    all.clipped += sum.clipped[l];
  }
  return all;
}

static rl_weighed weigh(const rl_weighing *how, int rows, const float *log_prob, const float *old_log_prob,
                        const float *advantage, float *weight) {
  switch (how->kind) {
  case RL_SCORE: return weigh_as(how, RL_SCORE, rows, log_prob, old_log_prob, advantage, weight);
  case RL_CLIPPED: return weigh_as(how, RL_CLIPPED, rows, log_prob, old_log_prob, advantage, weight);
  default: return weigh_as(how, RL_SURROGATE, rows, log_prob, old_log_prob, advantage, weight);
  }
}

const rl_objective_kernels RL_AT_LEVEL(rl_objective_table) = {weigh};
