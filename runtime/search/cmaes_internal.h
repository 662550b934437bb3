/* What the files of CMA-ES share. A coordinate of x is searched through a number without bounds, g:
 * x = rl_bounds_transform(g), and g ~ mean + sigma * spread * N(0, C). */
#ifndef RL_CMAES_INTERNAL_H
#define RL_CMAES_INTERNAL_H

#include "base/rank.h"
#include "base/rng.h"
#include "search/cmaes.h"

RL_C_BEGIN

struct rl_cmaes {
  int n;                    /* of x; N = strategy.n of them are searched */
  rl_cmaes_options options; /* its arrays are those below */
  rl_cmaes_strategy strategy;
  rl_rng rng;

  /* the problem */
  int *coordinate;                    /* [N] of x */
  bool *fixed, *integer;              /* [n] */
  double *x0, *lower, *upper, *scale; /* [n] */

  /* the distribution */
  double sigma;
  double *mean;          /* [N] */
  double *spread;        /* [N] scale, and more where an integer needs it */
  double *p_sigma, *p_c; /* [N] evolution paths */
  double *C;             /* [N, N] upper triangle; diagonal: [N] */
  double *B;             /* [N, N] a row is an eigenvector of C; diagonal: none */
  double *D;             /* [N] square roots of the eigenvalues */
  double condition;      /* of C when it was last decomposed */
  bool lost;             /* C had no eigenvectors, and was made anew */
  int64_t decomposed;    /* in which iteration */

  /* the population */
  bool asked;
  int n_injected;
  int repeats;      /* of the first candidates, behind the population */
  double *z, *y;    /* [popsize, N] y = B D z */
  double *x;        /* [popsize + repeats, n] */
  double *cost;     /* [popsize + repeats] the value, negated when maximising; infinite where not finite */
  double *injected; /* [popsize, n] */
  rl_rank *order;   /* [popsize] of costs, best first */

  /* what has happened */
  int64_t iterations, evaluations, not_finite, best_evaluation;
  double best_cost;
  double *best;                          /* [n] */
  int history;                           /* generations that stagnation can look back on */
  double *history_best, *history_median; /* [history] costs, at iteration % history */
  int64_t flat;                          /* generations in a row whose better 70% were equal */
  uint32_t criteria;                     /* met: a bit each */
  double noise_evaluations;              /* that each candidate should have */

  /* room to work */
  double *y_mean, *z_mean; /* [N] */
  rl_rank *pairs;          /* [2 popsize] */
  double *ranks;           /* [2 popsize] */
  double *rows;            /* [popsize + 1, N] */
  double *work;            /* of dsyevd; and [history] of stagnation */
  int *iwork;
  int lwork, liwork;
  double *memory; /* all doubles */
  size_t doubles;
};

/* Standard deviation of coordinate i of N, over sigma. */
double rl_cmaes_deviation(const rl_cmaes *es, int i);
void rl_cmaes_spread(rl_cmaes *es);   /* fills in spread */
void rl_cmaes_identity(rl_cmaes *es); /* C and its eigenvectors */
bool rl_cmaes_is_covariance(const rl_cmaes *es, const double *C);
void rl_cmaes_update(rl_cmaes *es);       /* the distribution, by the order */
int rl_cmaes_history(int n, int popsize); /* how long a history is needed */

int rl_cmaes_repeats(double share, int popsize);
/* The order of a population of which some were evaluated twice, by cost [popsize + repeats]. Returns how much
 * more the ranks have changed than is accepted: above 0, noise is in the way. */
double rl_cmaes_rank_twice(rl_cmaes *es, const double *cost);
double rl_cmaes_change_limit(double rank, int popsize); /* of ranks 1 to 2 popsize - 1 */
void rl_cmaes_treat_noise(rl_cmaes *es, double s);      /* more evaluations or a wider step, or fewer */

void rl_cmaes_take_limits(rl_cmaes_options *to, const rl_cmaes_options *from);

uint32_t rl_cmaes_criteria(const rl_cmaes *es); /* that are met: a bit each */
int rl_cmaes_criteria_names(uint32_t met, const char *names[RL_CMAES_CRITERIA]);
void rl_cmaes_check_stop(rl_cmaes *es); /* fills in criteria, after an update */

RL_C_END

#endif
