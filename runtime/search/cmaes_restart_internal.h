/* What cmaes_restart.c and cmaes_restart_state.c share. */
#ifndef RL_CMAES_RESTART_INTERNAL_H
#define RL_CMAES_RESTART_INTERNAL_H

#include "search/cmaes_internal.h"
#include "search/cmaes_restart.h"

RL_C_BEGIN

typedef enum regime { FIRST, LARGE, SMALL, REGIMES } regime;

/* Which run it is and what the runs before it have brought; saved as it is. */
typedef struct course {
  int64_t restarts, large;                                      /* so far; of them with a larger population */
  int64_t iterations, evaluations, not_finite, best_evaluation; /* of all runs before */
  int64_t spent[REGIMES];                                       /* evaluations of all runs before */
  int64_t latest_large;                                         /* evaluations of the latest large run */
  int64_t ended;                                                /* criteria of the run before */
  /* this run */
  int64_t regime, popsize, seed;
  int64_t budget; /* evaluations; 0: no end */
} course;

enum { COURSE_WORDS = sizeof(course) / sizeof(int64_t) };

struct rl_cmaes_restarts {
  rl_cmaes_restart_options options;
  rl_cmaes *run;
  rl_rng rng; /* where runs begin, and their seeds */
  course course;
  double sigma;                     /* of this run at first */
  double best_value;                /* of the runs before */
  double *x0, *start, *next, *best; /* [n] of the first run; of this one; room for the next; of all before */
  double *memory;
};

/* What a run is created with: its own population, step size, seed and share of the evaluations. */
rl_cmaes_options rl_cmaes_restarts_run_options(const rl_cmaes_restarts *s, const course *c, double sigma);
/* Makes `run` the one that is on, and frees the one before. */
void rl_cmaes_restarts_adopt(rl_cmaes_restarts *s, rl_cmaes *run);

RL_C_END

#endif
