/* How good are the candidates of a search? A population is evaluated over all cores, each candidate in copies
 * of the environment of its own: parameter vectors of one policy, or bodies (designs of one creature), or
 * both.
 *
 * Every episode is a job of its own with streams of its own, so the answers are the same for any number of
 * threads, and of a part of a population what they are in the whole. Threads take the next job as soon as one has
 * ended. Where a judge (a reward in Lua) has to be asked after every step on the calling thread, copies step
 * together, and a copy whose episode has ended takes the next job at once. */
#ifndef RL_POPULATION_H
#define RL_POPULATION_H

#include "env/vec_env.h"
#include "network/policy.h"

RL_C_BEGIN

typedef struct rl_population_options {
  int episodes;       /* of each candidate, 1 */
  int64_t max_steps;  /* of an episode; 0: until it ends (the default) */
  bool deterministic; /* the most likely actions (the default), else sampled ones */
  bool common;    /* common random numbers: episode e of every candidate draws from the same streams; off */
  bool observe;   /* takes all observations into the policy's normaliser afterwards (ARS V2); off */
  bool scale;     /* with observe: and their negatives, so that it takes nothing off and 0 stays 0; off */
  uint64_t seed;  /* 1 */
  int first;      /* the first candidate's place in the population that this is a part of, from 0; 0 */
  uint64_t round; /* other streams for each: the generation of a search, say; 0 */
} rl_population_options;

rl_population_options rl_population_defaults(void);

/* Who is evaluated, and in what. */
typedef struct rl_population {
  const rl_env_def *def;
  const double *options; /* [n_options] checked values; NULL: the defaults */
  const rl_judge *judge; /* NULL: the environment's own reward */
  int n;                 /* candidates */
  /* [n] the definition that each candidate is simulated with, alike to `def` (rl_env_alike); where it is NULL
   * the candidate was refused: it costs nothing and its return is NaN. NULL: `def` for all. */
  const rl_env_def *const *designs;
  /* Gives architecture and normaliser. NULL: actions of zeros, for what has a controller of its own. */
  rl_policy *policy;
  const float *candidates; /* [n, parameters of the policy]; NULL: the policy's own for all */
} rl_population;

typedef struct rl_population_stats {
  int64_t steps;      /* of all episodes */
  int64_t terminated; /* episodes that did */
  int64_t not_finite; /* episodes that an action or a reward that is not finite ended: their return is NaN */
  int refused;        /* candidates that were */
} rl_population_stats;

/* Results: means over a candidate's episodes. The caller's arrays; all but `returns` may be NULL.
 * Zeros, but for means, where a candidate was refused. */
typedef struct rl_population_result {
  double *returns;    /* [n] not discounted */
  double *lengths;    /* [n] steps */
  double *terminated; /* [n] share of the episodes */
  double *fields;     /* [n, n_fields] at the end of the episode */
  double *terms;      /* [n, RL_MAX_TERMS] sums over the episode */
  double *means;      /* [n, n_fields] over all steps of the candidate; NAN where it has none */
  rl_population_stats stats;
} rl_population_result;

/* In pieces, with the same result: begin, then advance until `done`, which fills the result. What `population`
 * and `result` point to must live as long, but for `options`; the policy is taken as it is at the beginning. Errors
 * as below; after one there is only free. */
typedef struct rl_population_work rl_population_work;
rl_status rl_population_begin(rl_population_work **work, const rl_population *population,
                              const rl_population_options *how, rl_population_result *result,
                              rl_error *error);
/* Some steps of an episode on each thread, one of each copy where there is a judge. */
rl_status rl_population_advance(rl_population_work *work, bool *done, rl_error *error);
/* The same on a thread of its own: start, then poll until `done`. poll does not wait; it fills the result, and gives the
 * errors of advance. RL_BAD_ARGUMENT with functions that are the program's to call: a judge, an interpreter. */
rl_status rl_population_start(rl_population_work *work, rl_error *error);
rl_status rl_population_poll(rl_population_work *work, bool *done, rl_error *error);
double rl_population_fraction(const rl_population_work *work); /* of the episodes that are over: 0 to 1 */
void rl_population_free(rl_population_work *work);

/* RL_BAD_SHAPE when policy and environment do not fit, RL_BAD_ARGUMENT (naming the candidate whose design is
 * not alike), RL_NO_MEMORY; RL_CALLBACK from the judge or an environment that can fail. */
rl_status rl_evaluate_population(const rl_population *population, const rl_population_options *how,
                                 rl_population_result *result, rl_error *error);

RL_C_END

#endif
