/* What the jobs of a population came to: means over the episodes of each candidate, and the statistics of what was observed. */
#include "episodes/population_internal.h"

#include <math.h>

/* Means over the episodes of candidate c. */
static void average(const rl_population_work *p, int c, rl_population_result *result) {
  const int episodes = p->how.episodes, n_fields = p->def->n_fields;
  double total = 0.0, steps = 0.0, terminated = 0.0;
  for (int job = c * episodes; job < (c + 1) * episodes; job++) {
    total += p->returns[job] / episodes;
    steps += (double)p->lengths[job] / episodes;
    terminated += (p->ends[job] == RL_JOB_TERMINATED) / (double)episodes;
  }
  result->returns[c] = total;
  if (result->lengths) result->lengths[c] = steps;
  if (result->terminated) result->terminated[c] = terminated;
  for (int k = 0; result->fields && k < n_fields; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += (double)p->fields[(size_t)job * (size_t)n_fields + (size_t)k];
    result->fields[(size_t)c * (size_t)n_fields + (size_t)k] = sum / episodes;
  }
  for (size_t k = 0; result->terms && k < RL_MAX_TERMS; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += p->terms[(size_t)job * RL_MAX_TERMS + k];
    result->terms[(size_t)c * RL_MAX_TERMS + k] = sum / episodes;
  }
}

static void average_fields(const rl_population_work *p, int c, double *means) {
  const int episodes = p->how.episodes, n_fields = p->def->n_fields;
  int64_t steps = 0;
  for (int job = c * episodes; job < (c + 1) * episodes; job++) steps += p->lengths[job];
  for (int k = 0; k < n_fields; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += p->sums[(size_t)job * (size_t)n_fields + (size_t)k];
    means[k] = steps > 0 ? sum / (double)steps : (double)NAN;
  }
}

static void take_moments(const rl_population_work *p) {
  rl_network *network = &p->who.policy->network;
  for (int job = 0; job < p->jobs; job++) {
    if (p->ends[job] == RL_JOB_NOT_FINITE || p->ends[job] == RL_JOB_REFUSED) continue;
    const double *mean = p->moments + (size_t)job * 2 * rl_population_obs_size(p);
    rl_normalizer_merge(&network->normalizer, (double)p->lengths[job], mean,
                        mean + rl_population_obs_size(p));
  }
  if (rl_network_is_symmetric(network)) rl_normalizer_mirror(&network->normalizer, &network->ties.input);
}

void rl_population_summarize(const rl_population_work *p, rl_population_result *result) {
  rl_population_stats *stats = &result->stats;
  *stats = (rl_population_stats){0};
  for (int c = 0; c < p->who.n; c++) {
    average(p, c, result);
    if (result->means) average_fields(p, c, result->means + (size_t)c * (size_t)p->def->n_fields);
    stats->refused += !rl_population_design(p, c * p->how.episodes);
  }
  for (int job = 0; job < p->jobs; job++) {
    stats->steps += p->lengths[job];
    stats->terminated += p->ends[job] == RL_JOB_TERMINATED;
    stats->not_finite += p->ends[job] == RL_JOB_NOT_FINITE;
  }
  if (p->moments && p->who.policy->network.normalizer.size) take_moments(p);
}
