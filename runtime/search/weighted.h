/* Search by weighted maximum likelihood: candidates are drawn from a Gaussian, weighed by what they returned,
 * and the Gaussian moves to the likeliest one of the weighted candidates,
 *
 *   mu' = sum_k w_k x_k,   Sigma' = sum_k w_k (x_k - c)(x_k - c)^T,   sum_k w_k = 1.
 *
 *   method  weights                                                             centre c
 *   cem     1/K for the best K, the elite (Rubinstein 1999)                     mu'
 *   rwr     exp(beta r), r the return scaled to [0, 1] (Peters & Schaal 2007)   mu'
 *   pi2     the same (Theodorou et al. 2010; Stulp & Sigaud 2012)               mu; Sigma only where `adapt`
 *   power   proportional to the return, over the best K there have ever been (Kober & Peters 2009)   mu
 *
 * To each variance `noise` is added after an update, which keeps the noisy cross-entropy method (Szita &
 * Lorincz 2006) from closing in too early.
 *
 * Everything is computed in double, in order, by one thread. Nothing is allocated after create. */
#ifndef RL_WEIGHTED_H
#define RL_WEIGHTED_H

#include "archive/archive.h"

#include <stdbool.h>

RL_C_BEGIN

typedef enum rl_weighting { RL_CEM, RL_RWR, RL_PI2, RL_POWER, RL_WEIGHTINGS } rl_weighting;

extern const char *const rl_weighting_names[RL_WEIGHTINGS + 1]; /* "cem" ...; NULL-terminated */

typedef struct rl_weighted_options {
  rl_weighting kind;
  int popsize;   /* candidates a generation, 100; power: 10 */
  double sigma;  /* initial standard deviation of every coordinate, 1 */
  bool full;     /* the whole covariance, else variances only: off */
  double elite;  /* cem, power: share (of popsize) that is the elite, .1; power: 1 */
  double beta;   /* rwr, pi2: 10 */
  bool adapt;    /* pi2: its covariance-adapting form; off */
  double rate;   /* of the covariance: Sigma = (1 - rate) Sigma + rate Sigma'; 1 */
  double decay;  /* factor on every standard deviation after an update, 1 */
  double noise;  /* added to every variance after an update, 0; may be changed in between (a schedule) */
  uint64_t seed; /* 1 */
  bool minimize; /* off: what is told is maximised */
  double tolx;   /* ends when no standard deviation is above this, 1e-12 */
  int64_t max_iterations, max_evaluations; /* 0: none */
  double target;                           /* a value that is good enough; NAN: none */
} rl_weighted_options;

rl_weighted_options rl_weighted_defaults(rl_weighting kind);

typedef struct rl_weighted rl_weighted;

/* x0 [n] is the initial mean, scale [n] (or NULL) a factor on sigma of each coordinate; both are read by
 * create alone. RL_BAD_ARGUMENT naming option or coordinate. */
rl_status rl_weighted_create(rl_weighted **search, int n, const double *x0, const double *scale,
                             const rl_weighted_options *options, rl_error *error);
void rl_weighted_free(rl_weighted *search); /* NULL is allowed */

int rl_weighted_size(const rl_weighted *search);
size_t rl_weighted_bytes(const rl_weighted *search); /* of memory that it holds */
rl_weighted_options *
rl_weighted_get_options(rl_weighted *search); /* noise, decay, rate, limits: at any time */

/* The next generation: *x [popsize, n], valid until the next ask. RL_NOT_FINITE when the covariance has lost
 * its definiteness beyond repair. */
rl_status rl_weighted_ask(rl_weighted *search, const double **x, rl_error *error);
/* What the last ask gave; NULL when there is nothing to tell. */
const double *rl_weighted_candidates(const rl_weighted *search);

/* The values [popsize] of that generation. Those that are not finite rank last and have no weight; they are
 * counted. RL_NOT_FINITE when none is finite, RL_BAD_ARGUMENT without a generation asked for, or (power) for
 * a negative value; the search is then as before. */
rl_status rl_weighted_tell(rl_weighted *search, const double *value, rl_error *error);

enum { RL_WEIGHTED_STOPS = 4 };
/* Writes the names of the criteria that are met; returns how many. */
int rl_weighted_stop(const rl_weighted *search, const char *names[RL_WEIGHTED_STOPS]);

typedef struct rl_weighted_state {
  const double *mean;      /* [n] */
  const double *deviation; /* [n] standard deviations */
  const double *best;      /* [n] the best candidate so far */
  double best_value;       /* NAN before the first generation */
  int64_t best_evaluation; /* which it was, from 1; 0: none yet */
  int64_t iterations, evaluations, not_finite;
} rl_weighted_state;

rl_weighted_state rl_weighted_get_state(const rl_weighted *search);

/* Arrays "<prefix>.*", also between ask and tell: a loaded search goes on with the same candidates. Wants the
 * same method, size and population; a failed load leaves it as it was. */
rl_status rl_weighted_save(const rl_weighted *search, rl_archive *archive, const char *prefix,
                           rl_error *error);
rl_status rl_weighted_load(rl_weighted *search, const rl_archive *archive, const char *prefix,
                           rl_error *error);

RL_C_END

#endif
