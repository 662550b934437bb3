/* How good are the candidates of a search? A population of parameter vectors of one policy is evaluated over
 * all cores, a different vector in each copy of the environment.
 *
 * Every episode is a job of its own with streams of its own, so the answers are the same for any number of
 * threads. Threads take the next job as soon as one has ended. Where a judge (a reward in Lua) has to be
 * asked after every step on the calling thread, copies step together, and a copy whose episode has ended
 * takes the next job at once. */
#ifndef RL_POPULATION_H
#define RL_POPULATION_H

#include "policy.h"
#include "vec_env.h"

typedef struct rl_population_options {
  int episodes;       /* of each candidate, 1 */
  int64_t max_steps;  /* of an episode; 0: until it ends (the default) */
  bool deterministic; /* the most likely actions (the default), else sampled ones */
  bool common;    /* common random numbers: episode e of every candidate draws from the same streams; off */
  bool observe;   /* takes all observations into the policy's normaliser afterwards (ARS V2); off */
  uint64_t seed;  /* 1 */
  uint64_t round; /* other streams for each: the generation of a search, say; 0 */
} rl_population_options;

typedef struct rl_population_stats {
  int64_t steps;      /* of all episodes */
  int64_t terminated; /* episodes that did */
  int64_t
      not_finite; /* episodes given up because an action or a reward was not finite: their return is NaN */
} rl_population_stats;

rl_population_options rl_population_defaults(void);

/* candidates [n, parameters of the policy]; returns [n]: means over the episodes, not discounted. options and
 * judge as a vectoriser takes them. The policy gives the architecture and the normaliser; its own parameters
 * are not used. RL_BAD_SHAPE when policy and environment do not fit, RL_BAD_ARGUMENT, RL_NO_MEMORY;
 * RL_CALLBACK from the judge or an environment that can fail. */
rl_status rl_evaluate_population(const rl_env_def *def, const double *options, const rl_judge *judge,
                                 rl_policy *policy, const float *candidates, int n,
                                 const rl_population_options *how, double *returns,
                                 rl_population_stats *stats, rl_error *error);

#endif
