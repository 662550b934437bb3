/* What came of an update: the numbers of rl_method_stats. */
#include "method/update.h"

#include <math.h>

double rl_update_explained_variance(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  if (!rl_collector_has_critic(&m->collector)) return (double)NAN;
  double n = r->n_rows, target_mean = 0.0, error_mean = 0.0, total = 0.0, residual = 0.0;
  for (int k = 0; k < r->n_rows; k++) {
    double target = (double)r->target.data[r->rows[k]];
    target_mean += target / n;
    error_mean += (target - (double)r->value.data[r->rows[k]]) / n;
  }
  for (int k = 0; k < r->n_rows; k++) {
    double target = (double)r->target.data[r->rows[k]],
           error = target - (double)r->value.data[r->rows[k]] - error_mean;
    total += (target - target_mean) * (target - target_mean);
    residual += error * error;
  }
  return total > 0.0 ? 1.0 - residual / total : 0.0;
}

rl_method_stats rl_update_summarize(const rl_method *m) {
  const rl_training *policy = &m->of_policy;
  const double none = (double)NAN, n = (double)policy->rows, *sums = policy->sums;
  bool natural = rl_update_is_natural(m), single = rl_update_takes_one_step(m),
       workers = rl_update_has_workers(m);
  bool clipped = m->objective.kind == RL_CLIPPED, adapts = m->is->adaptive_penalty;
  rl_method_stats stats = {
      .approx_kl = natural || single || workers ? m->approx_kl : sums[RL_STAT_APPROX_KL] / n,
      .kl = natural || single || adapts ? m->kl : none,
      .entropy = sums[RL_STAT_ENTROPY] / n,
      .policy_loss = sums[RL_STAT_POLICY_LOSS] / n,
      .value_loss = none,
      .clip_fraction = clipped ? sums[RL_STAT_CLIPPED] / n : none,
      .explained_variance = m->explained,
      .grad_norm = policy->grad_norm / (double)policy->minibatches,
      .base_kl = m->base ? sums[RL_STAT_BASE_KL] / n : none,
      .demonstrated = rl_update_imitates(m) ? policy->demonstrated / (double)policy->minibatches : none,
      .asymmetry = rl_update_has_images(m) ? sums[RL_STAT_ASYMMETRY] / n : none,
      .beta = m->objective.kind == RL_PENALIZED ? m->options.kl_coef : none,
      .improvement = natural ? m->improvement : none,
      .backtracks = m->is->line_search ? m->backtracks : none,
      .lr = m->options.anneal ? rl_update_lr(m, m->options.lr) : none,
      .alpha = none,
      .mean_q = none,
      .effective_fraction = none,
      .gradient_steps = none,
      .remembered = none,
      .epochs_done = policy->epochs,
  };
  if (m->value) stats.value_loss = m->of_value.sums[RL_STAT_VALUE_LOSS] / (double)m->of_value.rows;
  if (m->policy->value_head) stats.value_loss = sums[RL_STAT_VALUE_LOSS] / n;
  return stats;
}
