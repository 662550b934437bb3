/* CMA-ES: minimises or maximises a function of n numbers of which only the ranking of candidates is seen
 * (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; symbols as there).
 *
 *   rl_cmaes_options options = rl_cmaes_defaults();
 *   options.sigma = 0.5;
 *   status = rl_cmaes_create(&es, n, x0, &options, &error);
 *   while (!rl_cmaes_stop(es, NULL)) {
 *     status = rl_cmaes_ask(es, &x, &error);
 *     for (int k = 0; k < rl_cmaes_asked(es); k++) value[k] = f(x + k * n);
 *     status = rl_cmaes_tell(es, value, &error);
 *   }
 *
 * Everything is computed in double and by one thread; no clock decides anything: the same seed and the same
 * values give the same run. Nothing is allocated after create. */
#ifndef RL_CMAES_H
#define RL_CMAES_H

#include "archive/archive.h"
#include "search/search_space.h"

RL_C_BEGIN

/* The constants of a run (cmaes_strategy.c), which follow from the dimension and the population alone. */
typedef struct rl_cmaes_strategy {
  int n;               /* N: coordinates that are searched */
  int popsize;         /* lambda */
  int mu;              /* how many have a positive weight */
  double *weights;     /* [popsize], best first; the positive ones sum to 1 */
  double mu_eff;       /* of the positive weights */
  double c_sigma;      /* rate of the step size's path */
  double d_sigma;      /* damping of the step size */
  double c_c;          /* rate of the covariance's path */
  double c_1, c_mu;    /* rates of the rank-one and the rank-mu update */
  double chi_n;        /* expected length of a standard normal vector */
  int decompose_every; /* generations between eigendecompositions */
} rl_cmaes_strategy;

int rl_cmaes_default_popsize(int n);                     /* 4 + floor(3 ln n) */
int64_t rl_cmaes_default_iterations(int n, int popsize); /* 100 + 150 (n + 3)^2 / sqrt(popsize) */
rl_status rl_cmaes_strategy_init(rl_cmaes_strategy *strategy, int n, int popsize, bool active, bool diagonal,
                                 rl_error *error);
void rl_cmaes_strategy_release(rl_cmaes_strategy *strategy);

/* Box bounds (cmaes_bounds.c): any number to one in [lower, upper]. The identity but for a margin at each
 * bound, where it is quadratic; mirrored outside. -INFINITY and INFINITY: no bound. */
double rl_bounds_transform(double x, double lower, double upper);
double rl_bounds_inverse(double y, double lower, double upper); /* of lower <= y <= upper; nearest to it */

typedef struct rl_cmaes_options {
  double sigma;  /* initial standard deviation of every coordinate, 0.3 */
  int popsize;   /* candidates a generation; 0: rl_cmaes_default_popsize of the searched coordinates */
  uint64_t seed; /* 1 */
  bool active;   /* negative weights for the worse half, on */
  bool diagonal; /* variances only (sep-CMA-ES, Ros & Hansen 2008): linear time in n, off */
  bool minimize; /* off: what is told is maximised */
  /* Noise (cmaes_noise.c). What is told should be the mean of rl_cmaes_noise_evaluations values. */
  double reevaluate;         /* share of the candidates, two at least, that is asked for twice; 0: none */
  int max_noise_evaluations; /* beyond which noise is met by a wider sigma instead, 1 */
  /* [n], or NULL; copied by create. */
  const double *lower, *upper; /* infinite: no bound */
  const double *scale;         /* factor on sigma of each coordinate, 1 */
  const bool *fixed;           /* stays at x0 */
  const bool *integer;         /* candidates are rounded; never spread less than reaches the next number */
  /* What ends a run; see rl_cmaes_stop. 0 never does, nor does an infinite tolupsigma or conditioncov. */
  double tolfun;           /* 1e-11 */
  double tolfunhist;       /* 1e-12 */
  double tolx;             /* 1e-11 */
  double tolupsigma;       /* 1e20 */
  double conditioncov;     /* 1e14; met also where the covariance has no eigenvectors and begins anew */
  int flatfitness;         /* generations in a row, 2 */
  bool stagnation;         /* on */
  int64_t max_iterations;  /* 0: rl_cmaes_default_iterations of the searched coordinates */
  int64_t max_evaluations; /* 0: none */
  double target;           /* a value that is good enough; NAN: none */
} rl_cmaes_options;

rl_cmaes_options rl_cmaes_defaults(void);

typedef struct rl_cmaes rl_cmaes;

/* x0 [n] is the initial mean. Refuses, naming the coordinate (from 1): bounds crossed or x0 outside of them,
 * a scale or sigma that is not positive, no number left to search. */
rl_status rl_cmaes_create(rl_cmaes **es, int n, const double *x0, const rl_cmaes_options *options,
                          rl_error *error);
void rl_cmaes_free(rl_cmaes *es); /* NULL is allowed */

/* Draws a population: *x [rl_cmaes_asked, n], within bounds, rounded where integer; valid until the next ask.
 * Those beyond popsize repeat the first of it, to be evaluated a second time. Asking again without telling
 * forgets the former. RL_NOT_FINITE when the distribution has left the range of double, which stop() would
 * have told before. */
rl_status rl_cmaes_ask(rl_cmaes *es, const double **x, rl_error *error);
/* What the last ask gave and tell will take values of; NULL when there is nothing to tell. */
const double *rl_cmaes_candidates(const rl_cmaes *es);

/* Takes the value of each candidate. Values that are not finite rank worst and are counted; when there is no
 * candidate without, RL_NOT_FINITE, and nothing has changed. Equal values rank by their index. */
rl_status rl_cmaes_tell(rl_cmaes *es, const double *value, rl_error *error);

/* x [n] will be a candidate of the next ask. Where it is far away it moves the distribution no more than a
 * good sample would (Hansen 2011, "Injecting external solutions into CMA-ES"). At most popsize at a time. */
rl_status rl_cmaes_inject(rl_cmaes *es, const double *x, rl_error *error);

/* Why the run should end: 0 when it should not, else how many criteria are met, with their names.
 * (cmaes_stop.c) */
enum { RL_CMAES_CRITERIA = 12 };
int rl_cmaes_stop(const rl_cmaes *es, const char *names[RL_CMAES_CRITERIA]); /* names may be NULL */

size_t rl_cmaes_bytes(const rl_cmaes *es); /* of memory that it holds */
int rl_cmaes_size(const rl_cmaes *es);     /* n */
int rl_cmaes_popsize(const rl_cmaes *es);
int rl_cmaes_asked(const rl_cmaes *es); /* candidates of an ask: popsize and those to re-evaluate */
int rl_cmaes_noise_evaluations(const rl_cmaes *es); /* of each candidate of the next ask, as noise demands */
double rl_cmaes_sigma(const rl_cmaes *es);
int64_t rl_cmaes_iterations(const rl_cmaes *es);
int64_t rl_cmaes_evaluations(const rl_cmaes *es);
int64_t rl_cmaes_not_finite(const rl_cmaes *es); /* values told so far that were not finite */
const rl_cmaes_strategy *rl_cmaes_strategy_of(const rl_cmaes *es);
const rl_cmaes_options *
rl_cmaes_options_of(const rl_cmaes *es); /* with numbers for 0, its arrays filled in */
/* Takes what ends a run over from `options`: limits may change in mid-run. */
void rl_cmaes_set_limits(rl_cmaes *es, const rl_cmaes_options *options);
void rl_cmaes_mean(const rl_cmaes *es, double *x); /* [n], within bounds, rounded where integer */
/* [n] standard deviations, 0 where fixed; where there are bounds, of the number that is searched. */
void rl_cmaes_deviations(const rl_cmaes *es, double *deviation);
/* The best candidate that was told, its value (the mean of two where it was evaluated twice) and the number
 * (from 1) of its evaluation; NULL before the first tell. It is a sample: where values are noisy, a lucky
 * one. */
const double *rl_cmaes_best(const rl_cmaes *es, double *value, int64_t *evaluation);

/* The whole state, also between ask and tell. Load wants one that was created for the same problem, and names
 * what differs; tolerances and limits may. The run then continues bit for bit. (cmaes_state.c) */
rl_status rl_cmaes_save(const rl_cmaes *es, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_cmaes_load(rl_cmaes *es, const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
