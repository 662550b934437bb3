/* CMA-ES with restarts, for functions with many optima: when a run has ended for one of its own reasons the
 * next one begins elsewhere, with another population.
 *
 *   none   one run
 *   ipop   the population grows by popsize_factor each time (Auger & Hansen 2005)
 *   bipop  two regimes, of which the one that has spent fewer evaluations is next, the large one when neither
 *          has spent more (Hansen 2009, "Benchmarking a BI-Population CMA-ES on the BBOB-2009 Function
 *          Testbed"): the large one is as in ipop; the small one has a population of
 *          floor(l (L / l)^(U^2)) and a step size of sigma 10^(-2 U), with l the first population, L that of
 *          the latest large run, U uniform in [0, 1), drawn for each, and ends after as many evaluations as
 *          that run. The first run counts as a small one.
 *
 * The first run begins at x0, every other anywhere: uniformly between the bounds, or restart_lower and
 * restart_upper within them, of coordinates that have two, else normally about x0 with the initial standard
 * deviation.
 *
 * Memory is allocated at a restart, which is where a run is told its last values. The same seed and values
 * give the same runs; the first run is the one without restarts. */
#include "search/cmaes_internal.h"

#include "tensor/eigen.h"

#include <string.h>

const char *const rl_restart_names[RL_RESTARTS + 1] = {"none", "ipop", "bipop", NULL};

void rl_cmaes_size_up(rl_search *s, int popsize) {
  rl_cmaes *es = s->state;
  int N = s->n;
  bool diagonal = es->options->diagonal;
  es->strategy.n = N;
  es->strategy.popsize = popsize;
  es->repeats = rl_cmaes_repeats(es->options->reevaluate, popsize);
  es->history = rl_cmaes_history(N, popsize);
  es->lwork = diagonal ? 1 : N < RL_CMAES_LARGE ? (int)rl_symmetric_work(N) : 70 * N;
  es->liwork = diagonal || N < RL_CMAES_LARGE ? 1 : 12 * N;
  s->count = popsize + es->repeats;
}

void rl_cmaes_plan_first(rl_search *s) {
  rl_cmaes *es = s->state;
  uint64_t seed = es->options->common.seed;
  es->course = (rl_cmaes_course){.popsize = es->options->popsize, .seed = (int64_t)seed};
  rl_rng_init_use(&es->rng, seed, RL_STREAM_SEARCH, 1);
}

static double large_popsize(const rl_cmaes_options *o, int64_t large) {
  const double most = 1 << 24;
  return fmin(most, floor(o->popsize * pow(o->popsize_factor, (double)large) + 0.5));
}

/* Books the run that has ended and decides on the next; returns its step size. */
static double plan(const rl_search *s, rl_cmaes_course *c, rl_rng *rng) {
  const rl_cmaes_options *o = s->options;
  double sigma = o->common.sigma, first = o->popsize;
  int64_t evaluations = s->evaluations - c->evaluations;
  c->ended = rl_cmaes_criteria(s);
  c->restarts++;
  c->iterations = s->iterations;
  c->evaluations = s->evaluations;
  c->spent[c->regime] += evaluations;
  if (c->regime == RL_LARGE_RUN) c->latest_large = evaluations;
  bool small = o->restarts == RL_RESTARTS_BIPOP &&
               c->spent[RL_FIRST_RUN] + c->spent[RL_SMALL_RUN] < c->spent[RL_LARGE_RUN];
  c->regime = small ? RL_SMALL_RUN : RL_LARGE_RUN;
  if (small) {
    double u = (double)rl_rng_uniform(rng);
    c->popsize = (int64_t)floor(first * pow(large_popsize(o, c->large) / first, u * u));
    sigma *= pow(10.0, -2.0 * (double)rl_rng_uniform(rng));
    c->budget = c->latest_large;
  } else {
    c->popsize = (int64_t)large_popsize(o, ++c->large);
    c->budget = 0;
  }
  uint64_t high = rl_rng_u32(rng), low = rl_rng_u32(rng);
  c->seed = (int64_t)(high << 32 | low);
  return sigma;
}

rl_status rl_cmaes_restart_if_due(rl_search *s, rl_error *error) {
  const char *names[RL_SEARCH_CRITERIA];
  rl_cmaes *es = s->state;
  if (rl_cmaes_criteria(s) == 0 || rl_cmaes_stop(s, names) > 0) return RL_OK;
  rl_cmaes_course c = es->course;
  rl_rng rng = es->rng;
  double sigma = plan(s, &c, &rng);
  int popsize = es->strategy.popsize;
  rl_cmaes_size_up(s, (int)c.popsize);
  rl_status status = rl_search_reserve(s, error);
  if (status) {
    rl_cmaes_size_up(s, popsize);
    return status;
  }
  const rl_cmaes_options *o = es->options;
  rl_search_draw(s, &rng, o->common.sigma, o->restart_lower, o->restart_upper, s->mean);
  es->course = c;
  es->rng = rng;
  rl_rng_init_use(&s->rng, (uint64_t)c.seed, RL_STREAM_SEARCH, 0);
  rl_cmaes_begin_run(s, sigma);
  return RL_OK;
}

void rl_cmaes_choose(rl_search *s, int parents) {
  rl_cmaes *es = s->state;
  es->strategy.parents = parents;
  rl_cmaes_strategy_init(&es->strategy, es->options->active, es->options->diagonal);
}

void rl_cmaes_begin_at(rl_search *s, const double *mean) {
  rl_cmaes *es = s->state;
  const size_t size = (size_t)s->n * sizeof *mean;
  es->course.restarts++;
  es->course.iterations = s->iterations;
  es->course.evaluations = s->evaluations;
  memcpy(s->mean, mean, size);
  memset(es->p_sigma, 0, size);
  memset(es->p_c, 0, size);
  rl_cmaes_begin_run(s, es->options->common.sigma);
}
