/* What the files of CMA-ES share. A coordinate of x is searched through a number without bounds, g:
 * x = rl_bounds_transform(g), and g ~ mean + sigma * spread * N(0, C). */
#ifndef RL_CMAES_INTERNAL_H
#define RL_CMAES_INTERNAL_H

#include "search/search_class.h"

RL_C_BEGIN

/* Of the step size, which follow from how many coordinates have a part in it. */
typedef struct rl_step_rates {
  double c_sigma; /* rate of its path */
  double d_sigma; /* its damping */
  double chi_n;   /* expected length of a standard normal vector */
} rl_step_rates;

/* The constants of a run, which follow from the dimension and the population alone. */
typedef struct rl_cmaes_strategy {
  int n;           /* N: coordinates that are searched */
  int popsize;     /* lambda */
  int parents;     /* how many alone have a weight; 0: half of them positive ones, the others negative ones */
  int mu;          /* how many have a positive weight */
  double *weights; /* [popsize], best first; the positive ones sum to 1 */
  double mu_eff;   /* of the positive weights */
  double c_c;      /* rate of the covariance's path */
  double c_1, c_mu; /* rates of the rank-one and the rank-mu update */
  rl_step_rates rates;
  bool mirrored;  /* so few candidates that the last one is the mirror image of the worst before it */
  bool two_point; /* the last two are on either side of the mean, where it went: their ranks tell sigma */
  int decompose_every; /* generations between eigendecompositions */
  double margin;       /* standard deviations that leave 1/(2 n) beyond them */
} rl_cmaes_strategy;

enum { RL_CMAES_LARGE = 1000 }; /* from so many coordinates on a full covariance is large */

/* 4 + floor(3 ln n); with whole numbers 4 + floor(3 ln n + 3 ln whole) */
int rl_cmaes_default_popsize(int n, int whole);
int64_t rl_cmaes_default_iterations(int n, int popsize); /* 100 + 150 (n + 3)^2 / sqrt(popsize) */
/* n, popsize and the memory of the weights are there. */
void rl_cmaes_strategy_init(rl_cmaes_strategy *strategy, bool active, bool diagonal);

extern const rl_search_class rl_search_cmaes;

typedef enum rl_restarts { RL_RESTARTS_NONE, RL_RESTARTS_IPOP, RL_RESTARTS_BIPOP, RL_RESTARTS } rl_restarts;
extern const char *const rl_restart_names[RL_RESTARTS + 1]; /* "none" ...; NULL-terminated */

typedef struct rl_cmaes_options {
  rl_search_common common;
  int popsize; /* of the first run */
  bool active, diagonal;
  double reevaluate;
  int max_noise_evaluations;
  double tolfun, tolfunhist, tolupsigma, conditioncov;
  int flatfitness;
  bool stagnation;
  rl_restarts restarts;
  int max_restarts;
  double popsize_factor, restart_lower, restart_upper, tolgap, tolxup;
  int constraints;
} rl_cmaes_options;

typedef enum rl_regime { RL_FIRST_RUN, RL_LARGE_RUN, RL_SMALL_RUN, RL_REGIMES } rl_regime;

/* Which run it is and what the runs before it have brought; saved as it is. */
typedef struct rl_cmaes_course {
  int64_t restarts, large;         /* so far; of them with a larger population */
  int64_t iterations, evaluations; /* of all runs before */
  int64_t spent[RL_REGIMES];       /* evaluations of all runs before */
  int64_t latest_large;            /* evaluations of the latest large run */
  int64_t ended;                   /* criteria of the run before */
  /* this run */
  int64_t regime, popsize, seed;
  int64_t budget; /* evaluations; 0: no end */
} rl_cmaes_course;

enum { RL_COURSE_WORDS = sizeof(rl_cmaes_course) / sizeof(int64_t) };

/* Of each constraint, [constraints]. */
typedef struct rl_cmaes_limits {
  double *gamma, *omega; /* multiplier and penalty; 0: it has not been violated yet */
  double *g, cost;       /* of the mean */
  double *g_new;         /* of the next mean */
  double *width;         /* deviation among the candidates */
  double cost_width;
  double *sample; /* [popsize] */
} rl_cmaes_limits;

typedef struct rl_cmaes {
  const rl_cmaes_options *options; /* of the search */
  rl_cmaes_strategy strategy;

  /* the distribution */
  double sigma;
  double *mean;          /* [N] of the search */
  double *spread;        /* [N] scale, and more where an integer needs it */
  double *p_sigma, *p_c; /* [N] evolution paths */
  double *direction;     /* [N] y of what is mirrored, or where the mean went; 0: none, or none drawn */
  double trend;          /* of the two ranks: above 0, sigma should grow */
  double *held;          /* [N] 1: a whole number that is held */
  double *C;             /* [N, N] upper triangle; diagonal: [N] */
  double *B;             /* [N, N] a row is an eigenvector of C; diagonal: none */
  double *D;             /* [N] square roots of the eigenvalues */
  double condition;      /* of C when it was last decomposed */
  int64_t lost;          /* 1: C had no eigenvectors, and starts again as the identity */
  int64_t decomposed;    /* in which iteration */

  /* the population */
  int64_t n_injected;
  int repeats;      /* of the first candidates, after the population */
  double *z, *y;    /* [popsize, N] y = B D z */
  double *cost;     /* [popsize + repeats] the value, negated when maximising; infinite where not finite */
  double *injected; /* [popsize, n] */
  rl_rank *order;   /* [popsize] of costs, best first */

  /* what has happened */
  int64_t iterations;                    /* of this run */
  int history;                           /* generations that stagnation can look back on */
  double *history_best, *history_median; /* [history] costs, at iteration % history */
  int64_t flat;                          /* generations in a row whose better 70% were equal */
  int64_t criteria;                      /* met: a bit each */
  double noise_evaluations;              /* that each candidate should have */

  rl_cmaes_limits limits;

  /* runs */
  rl_cmaes_course course;
  rl_rng rng;         /* where runs begin, and their seeds */
  double first_sigma; /* of this run */

  /* room to work */
  double *y_mean, *z_mean; /* [N] */
  rl_rank *pairs;          /* [2 popsize] */
  double *ranks;           /* [2 popsize] */
  double *rows;            /* [popsize + 1, N] */
  double *work,
      *iwork; /* of the decomposition; dsyevr takes iwork as ints; work also [history] of stagnation */
  int lwork, liwork;
} rl_cmaes;

/* A run from s->mean on, with memory of its size: the initial distribution. (cmaes_run.c) */
void rl_cmaes_begin_run(rl_search *s, double sigma);
void rl_cmaes_transform_samples(rl_cmaes *es); /* y = B D z for the whole population */
bool rl_cmaes_is_directed(const rl_cmaes *es); /* it may have a direction */
void rl_cmaes_direct(rl_cmaes *es);            /* turns samples z where some are not to be independent */
/* Candidate k becomes an injected point. The step that the update sees is shortened to the length of a long
 * sample. */
void rl_cmaes_place_injected(rl_search *s, int k);
void rl_cmaes_update(rl_search *s);                   /* the next distribution, by the order */
double rl_cmaes_deviation(const rl_cmaes *es, int i); /* of coordinate i of N, over sigma */
bool rl_cmaes_is_covariance(const rl_cmaes *es, const double *C);

void rl_cmaes_spread(rl_search *s); /* brings spread up to date */

/* Whole numbers. (cmaes_whole.c) */
double rl_cmaes_margin(int n);
int rl_cmaes_count_whole(const rl_search *s);
int rl_cmaes_count_held(const rl_cmaes *es);
double rl_cmaes_patience(const rl_cmaes *es); /* factor on generations without news, less 1 */
void rl_cmaes_recombine_held(rl_search *s);   /* their means */
void rl_cmaes_hold(rl_search *s);             /* says which are held, and sets their spread */

int rl_cmaes_repeats(double share, int popsize);
/* The order of a population of which some were evaluated twice, by cost [popsize + repeats]. Returns how much
 * more the ranks have changed than is accepted: above 0, noise is in the way. */
double rl_cmaes_rank_twice(rl_cmaes *es, const double *cost);
double rl_cmaes_change_limit(double rank, int popsize); /* of ranks 1 to 2 popsize - 1 */
void rl_cmaes_treat_noise(rl_cmaes *es, double s);      /* more evaluations or a wider step, or fewer */

/* Constraints. (cmaes_constraints.c) */
int rl_cmaes_limit_parts(rl_cmaes *es, rl_search_part *list);
void rl_cmaes_limits_begin(rl_cmaes *es); /* of a run */
bool rl_cmaes_limits_are_sound(const rl_cmaes *es);
void rl_cmaes_penalise(rl_search *s);     /* adds to the costs */
void rl_cmaes_adapt_limits(rl_search *s); /* multipliers and penalties, by the order */
/* Fills in first and first_violation: the best of the candidates that violate least. */
void rl_cmaes_name_feasible(rl_search *s);

enum { RL_CMAES_CRITERIA = 14 };
int64_t rl_cmaes_criteria(const rl_search *s); /* why the run should end: a bit each */
int rl_cmaes_criteria_names(int64_t met, const char **names);
void rl_cmaes_check_stop(rl_cmaes *es);   /* fills in criteria, after an update */
int rl_cmaes_history(int n, int popsize); /* how long a history is needed */

/* Sets what depends on the population. (cmaes_restart.c) */
void rl_cmaes_size_up(rl_search *s, int popsize);
void rl_cmaes_plan_first(rl_search *s);
/* In create: so many full covariances are large, where nobody has asked for them. */
void rl_cmaes_advise(rl_search *s, bool diagonal, int covariances);
/* For who says itself from what a run learns, and when the next begins: the next tell is to learn from so many
 * candidates; another run from this mean [N], with the first sigma. */
void rl_cmaes_choose(rl_search *s, int parents);
void rl_cmaes_begin_at(rl_search *s, const double *mean);
rl_status rl_cmaes_restart_if_due(rl_search *s, rl_error *error);
int rl_cmaes_stop(const rl_search *s, const char **names);
rl_status rl_cmaes_modernize(const rl_search *s, const rl_archive *archive, const char *prefix,
                             rl_archive **modern, rl_error *error);

RL_C_END

#endif
