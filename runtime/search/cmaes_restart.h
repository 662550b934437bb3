/* CMA-ES with restarts, for functions with many optima: when a run has ended for one of its own reasons the
 * next one begins elsewhere, with another population.
 *
 *   none   one run, as in cmaes.h
 *   ipop   the population grows by popsize_factor each time (Auger & Hansen 2005)
 *   bipop  two regimes, of which the one that has spent fewer evaluations is next, the large one when neither
 *          has spent more (Hansen 2009, "Benchmarking a BI-Population CMA-ES on the BBOB-2009 Function
 *          Testbed"): the large one is as in ipop; the small one has a population of
 *          floor(l (L / l)^(U^2)) and a step size of sigma 10^(-2 U), with l the first population, L that of
 *          the latest large run, U uniform in [0, 1), anew for both, and ends after half as many evaluations
 *          as that run. The first run belongs to neither.
 *
 * The first run begins at x0, every other anywhere: uniformly between the bounds of coordinates that have
 * two, else normally about x0 with the initial standard deviation.
 *
 * The functions are those of cmaes.h. Memory is allocated at a restart, which is where a run is told its last
 * values. The same seed and values give the same runs; the first run is the one without restarts. */
#ifndef RL_CMAES_RESTART_H
#define RL_CMAES_RESTART_H

#include "search/cmaes.h"

RL_C_BEGIN

typedef enum rl_restarts { RL_RESTARTS_NONE, RL_RESTARTS_IPOP, RL_RESTARTS_BIPOP, RL_RESTARTS } rl_restarts;

extern const char *const rl_restart_names[RL_RESTARTS + 1]; /* "none" ...; NULL-terminated */

typedef struct rl_cmaes_restart_options {
  rl_cmaes_options run;  /* max_evaluations and target are of all runs, everything else of each */
  rl_restarts restarts;  /* none */
  int max_restarts;      /* with a larger population than the first, 9 */
  double popsize_factor; /* 2 */
} rl_cmaes_restart_options;

rl_cmaes_restart_options rl_cmaes_restart_defaults(void);

typedef struct rl_cmaes_restarts rl_cmaes_restarts;

rl_status rl_cmaes_restarts_create(rl_cmaes_restarts **search, int n, const double *x0,
                                   const rl_cmaes_restart_options *options, rl_error *error);
void rl_cmaes_restarts_free(rl_cmaes_restarts *search); /* NULL is allowed */

/* RL_NO_MEMORY from tell: the values were taken, but the next run could not begin; ask tries again. */
rl_status rl_cmaes_restarts_ask(rl_cmaes_restarts *search, const double **x, rl_error *error);
rl_status rl_cmaes_restarts_tell(rl_cmaes_restarts *search, const double *value, rl_error *error);
rl_status rl_cmaes_restarts_inject(rl_cmaes_restarts *search, const double *x, rl_error *error);

/* Why all of it should end: "target" or "max_evaluations", or why the last run did, with "max_restarts". */
enum { RL_CMAES_RESTARTS_CRITERIA = RL_CMAES_CRITERIA + 1 };
int rl_cmaes_restarts_stop(const rl_cmaes_restarts *search, const char *names[RL_CMAES_RESTARTS_CRITERIA]);
/* Why the run before this one ended; 0 in the first. */
int rl_cmaes_restarts_ended(const rl_cmaes_restarts *search, const char *names[RL_CMAES_CRITERIA]);

/* The run that is on: its mean, sigma, population, candidates, iterations. Valid until the next tell, ask,
 * inject or load. */
const rl_cmaes *rl_cmaes_restarts_run(const rl_cmaes_restarts *search);
int rl_cmaes_restarts_count(const rl_cmaes_restarts *search);          /* of restarts so far */
int64_t rl_cmaes_restarts_iterations(const rl_cmaes_restarts *search); /* these three of all runs */
int64_t rl_cmaes_restarts_evaluations(const rl_cmaes_restarts *search);
int64_t rl_cmaes_restarts_not_finite(const rl_cmaes_restarts *search);
/* Of all runs; NULL before the first tell. */
const double *rl_cmaes_restarts_best(const rl_cmaes_restarts *search, double *value, int64_t *evaluation);
/* As given, with numbers for what was left to it in the first run; arrays are those of the run. */
const rl_cmaes_restart_options *rl_cmaes_restarts_options(const rl_cmaes_restarts *search);
void rl_cmaes_restarts_set_limits(rl_cmaes_restarts *search, const rl_cmaes_restart_options *options);
size_t rl_cmaes_restarts_bytes(const rl_cmaes_restarts *search);

/* As in cmaes.h (cmaes_restart_state.c). A failed load leaves it as it was. */
rl_status rl_cmaes_restarts_save(const rl_cmaes_restarts *search, rl_archive *archive, const char *prefix,
                                 rl_error *error);
rl_status rl_cmaes_restarts_load(rl_cmaes_restarts *search, const rl_archive *archive, const char *prefix,
                                 rl_error *error);

RL_C_END

#endif
