/* Which run comes after which. */
#include "search/cmaes_restart_internal.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

const char *const rl_restart_names[RL_RESTARTS + 1] = {"none", "ipop", "bipop", NULL};

rl_cmaes_restart_options rl_cmaes_restart_defaults(void) {
  return (rl_cmaes_restart_options){
      .run = rl_cmaes_defaults(), .restarts = RL_RESTARTS_NONE, .max_restarts = 9, .popsize_factor = 2.0};
}

rl_cmaes_options rl_cmaes_restarts_run_options(const rl_cmaes_restarts *s, const course *c, double sigma) {
  rl_cmaes_options o = s->options.run;
  o.popsize = (int)c->popsize;
  o.sigma = sigma;
  o.seed = (uint64_t)c->seed;
  int64_t left = o.max_evaluations - c->evaluations;
  if (o.max_evaluations == 0)
    o.max_evaluations = c->budget;
  else if (c->budget == 0 || left < c->budget)
    o.max_evaluations = left > 0 ? left : 1;
  else
    o.max_evaluations = c->budget;
  return o;
}

static rl_status check_options(const rl_cmaes_restart_options *o, rl_error *error) {
  if (o->restarts < 0 || o->restarts >= RL_RESTARTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "restarts: none, ipop or bipop, got number %d", (int)o->restarts);
  if (o->max_restarts < 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "max_restarts: %d is negative", o->max_restarts);
  if (!(o->popsize_factor >= 1.0 && isfinite(o->popsize_factor)))
    return rl_fail(error, RL_BAD_ARGUMENT, "popsize_factor: at least 1, got %g", o->popsize_factor);
  return RL_OK;
}

/* The options' arrays are those that the run has copied. */
void rl_cmaes_restarts_adopt(rl_cmaes_restarts *s, rl_cmaes *run) {
  const rl_cmaes_options *o = rl_cmaes_options_of(run);
  rl_cmaes_free(s->run);
  s->run = run;
  s->options.run.lower = o->lower;
  s->options.run.upper = o->upper;
  s->options.run.scale = o->scale;
  s->options.run.fixed = o->fixed;
  s->options.run.integer = o->integer;
}

rl_status rl_cmaes_restarts_create(rl_cmaes_restarts **out, int n, const double *x0,
                                   const rl_cmaes_restart_options *options, rl_error *error) {
  *out = NULL;
  rl_cmaes *run;
  rl_status status = check_options(options, error);
  if (!status) status = rl_cmaes_create(&run, n, x0, &options->run, error);
  if (status) return status;
  rl_cmaes_restarts *s = rl_allocate(1, sizeof *s);
  double *memory = rl_allocate(4 * (size_t)n, sizeof *memory);
  if (!s || !memory) {
    rl_cmaes_free(run);
    rl_release(s);
    rl_release(memory);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for CMA-ES on %d coordinates", n);
  }
  s->memory = s->x0 = memory;
  s->start = memory + n;
  s->next = memory + 2 * (size_t)n;
  s->best = memory + 3 * (size_t)n;
  memcpy(s->x0, x0, (size_t)n * sizeof *x0);
  memcpy(s->start, x0, (size_t)n * sizeof *x0);
  s->options = *options;
  s->options.run.popsize = rl_cmaes_popsize(run);
  if (options->restarts == RL_RESTARTS_NONE)
    s->options.run.max_iterations = rl_cmaes_options_of(run)->max_iterations;
  s->sigma = options->run.sigma;
  s->course.popsize = rl_cmaes_popsize(run);
  s->course.seed = (int64_t)options->run.seed;
  rl_rng_init_use(&s->rng, options->run.seed, RL_STREAM_SEARCH, 1);
  rl_cmaes_restarts_adopt(s, run);
  *out = s;
  return RL_OK;
}

void rl_cmaes_restarts_free(rl_cmaes_restarts *s) {
  if (!s) return;
  rl_cmaes_free(s->run);
  rl_release(s->memory);
  rl_release(s);
}

/* Where a run begins: x [n]. */
static void draw_start(const rl_cmaes_restarts *s, rl_rng *rng, double *x) {
  const rl_cmaes_options *o = &s->options.run;
  for (int i = 0; i < rl_cmaes_size(s->run); i++) {
    double lower = o->lower[i], upper = o->upper[i];
    x[i] = s->x0[i];
    if (o->fixed[i]) continue;
    if (isfinite(lower) && isfinite(upper)) {
      double u = (double)rl_rng_uniform(rng);
      x[i] = fmin(fmax((1.0 - u) * lower + u * upper, lower), upper);
    } else {
      double g =
          rl_bounds_inverse(s->x0[i], lower, upper) + o->sigma * o->scale[i] * (double)rl_rng_normal(rng);
      if (isfinite(g)) x[i] = rl_bounds_transform(g, lower, upper);
    }
  }
}

static double large_popsize(const rl_cmaes_restarts *s, int64_t large) {
  const double most = 1 << 24;
  return fmin(most, floor(s->options.run.popsize * pow(s->options.popsize_factor, (double)large) + 0.5));
}

/* Books the run that has ended and decides on the next; returns its step size. */
static double plan(const rl_cmaes_restarts *s, course *c, rl_rng *rng) {
  double sigma = s->options.run.sigma, first = s->options.run.popsize;
  int64_t evaluations = rl_cmaes_evaluations(s->run);
  c->restarts++;
  c->iterations += rl_cmaes_iterations(s->run);
  c->evaluations += evaluations;
  c->not_finite += rl_cmaes_not_finite(s->run);
  c->ended = rl_cmaes_criteria(s->run);
  c->spent[c->regime] += evaluations;
  if (c->regime == LARGE) c->latest_large = evaluations;
  c->regime = s->options.restarts == RL_RESTARTS_BIPOP && c->spent[SMALL] < c->spent[LARGE] ? SMALL : LARGE;
  if (c->regime == LARGE) {
    c->popsize = (int64_t)large_popsize(s, ++c->large);
    c->budget = 0;
  } else {
    double u = (double)rl_rng_uniform(rng);
    c->popsize = (int64_t)floor(first * pow(large_popsize(s, c->large) / first, u * u));
    sigma *= pow(10.0, -2.0 * (double)rl_rng_uniform(rng));
    c->budget = c->latest_large > 1 ? c->latest_large / 2 : 1;
  }
  uint64_t high = rl_rng_u32(rng), low = rl_rng_u32(rng);
  c->seed = (int64_t)(high << 32 | low);
  return sigma;
}

static bool is_better(const rl_cmaes_restarts *s, double value) {
  if (s->course.best_evaluation == 0) return true;
  return s->options.run.minimize ? value < s->best_value : value > s->best_value;
}

/* The best of this run, where it is better than all before; else NULL. */
static const double *better_of_run(const rl_cmaes_restarts *s, double *value, int64_t *evaluation) {
  const double *x = rl_cmaes_best(s->run, value, evaluation);
  return x && is_better(s, *value) ? x : NULL;
}

static rl_status begin_next(rl_cmaes_restarts *s, rl_error *error) {
  course c = s->course;
  rl_rng rng = s->rng;
  rl_cmaes *run;
  double value, sigma = plan(s, &c, &rng);
  int64_t evaluation;
  draw_start(s, &rng, s->next);
  rl_cmaes_options o = rl_cmaes_restarts_run_options(s, &c, sigma);
  rl_status status = rl_cmaes_create(&run, rl_cmaes_size(s->run), s->next, &o, error);
  if (status) return status;
  const double *best = better_of_run(s, &value, &evaluation);
  if (best) {
    memcpy(s->best, best, (size_t)rl_cmaes_size(s->run) * sizeof *best);
    s->best_value = value;
    c.best_evaluation = s->course.evaluations + evaluation;
  }
  double *start = s->start;
  s->start = s->next;
  s->next = start;
  s->course = c;
  s->rng = rng;
  s->sigma = sigma;
  rl_cmaes_restarts_adopt(s, run);
  return RL_OK;
}

static rl_status begin_if_due(rl_cmaes_restarts *s, rl_error *error) {
  bool due = rl_cmaes_stop(s->run, NULL) > 0 && rl_cmaes_restarts_stop(s, NULL) == 0;
  return due ? begin_next(s, error) : RL_OK;
}

rl_status rl_cmaes_restarts_ask(rl_cmaes_restarts *s, const double **x, rl_error *error) {
  rl_status status = begin_if_due(s, error);
  return status ? status : rl_cmaes_ask(s->run, x, error);
}

rl_status rl_cmaes_restarts_tell(rl_cmaes_restarts *s, const double *value, rl_error *error) {
  rl_status status = rl_cmaes_tell(s->run, value, error);
  return status ? status : begin_if_due(s, error);
}

rl_status rl_cmaes_restarts_inject(rl_cmaes_restarts *s, const double *x, rl_error *error) {
  return rl_cmaes_inject(s->run, x, error);
}

int rl_cmaes_restarts_stop(const rl_cmaes_restarts *s, const char *names[RL_CMAES_RESTARTS_CRITERIA]) {
  const rl_cmaes_restart_options *o = &s->options;
  const char *met[RL_CMAES_RESTARTS_CRITERIA];
  int count = 0;
  double value;
  bool restarts = o->restarts != RL_RESTARTS_NONE, last = !restarts || s->course.large >= o->max_restarts;
  if (last) {
    count = rl_cmaes_stop(s->run, met);
    if (count > 0 && restarts) met[count++] = "max_restarts";
  } else {
    if (o->run.max_evaluations > 0 && rl_cmaes_restarts_evaluations(s) >= o->run.max_evaluations)
      met[count++] = "max_evaluations";
    if (rl_cmaes_restarts_best(s, &value, NULL) &&
        (o->run.minimize ? value <= o->run.target : value >= o->run.target))
      met[count++] = "target";
  }
  if (names) memcpy(names, met, (size_t)count * sizeof *met);
  return count;
}

int rl_cmaes_restarts_ended(const rl_cmaes_restarts *s, const char *names[RL_CMAES_CRITERIA]) {
  return rl_cmaes_criteria_names((uint32_t)s->course.ended, names);
}

const rl_cmaes *rl_cmaes_restarts_run(const rl_cmaes_restarts *s) { return s->run; }
int rl_cmaes_restarts_count(const rl_cmaes_restarts *s) { return (int)s->course.restarts; }

int64_t rl_cmaes_restarts_iterations(const rl_cmaes_restarts *s) {
  return s->course.iterations + rl_cmaes_iterations(s->run);
}

int64_t rl_cmaes_restarts_evaluations(const rl_cmaes_restarts *s) {
  return s->course.evaluations + rl_cmaes_evaluations(s->run);
}

int64_t rl_cmaes_restarts_not_finite(const rl_cmaes_restarts *s) {
  return s->course.not_finite + rl_cmaes_not_finite(s->run);
}

const double *rl_cmaes_restarts_best(const rl_cmaes_restarts *s, double *value, int64_t *evaluation) {
  double of_run;
  int64_t in_run;
  const double *best = better_of_run(s, &of_run, &in_run);
  if (!best && s->course.best_evaluation == 0) return NULL;
  if (value) *value = best ? of_run : s->best_value;
  if (evaluation) *evaluation = best ? s->course.evaluations + in_run : s->course.best_evaluation;
  return best ? best : s->best;
}

const rl_cmaes_restart_options *rl_cmaes_restarts_options(const rl_cmaes_restarts *s) { return &s->options; }

void rl_cmaes_restarts_set_limits(rl_cmaes_restarts *s, const rl_cmaes_restart_options *options) {
  s->options.max_restarts = options->max_restarts;
  rl_cmaes_take_limits(&s->options.run, &options->run);
  rl_cmaes_options o = rl_cmaes_restarts_run_options(s, &s->course, s->sigma);
  if (o.max_iterations == 0 && s->options.restarts != RL_RESTARTS_NONE)
    o.max_iterations = rl_cmaes_default_iterations(rl_cmaes_strategy_of(s->run)->n, o.popsize);
  rl_cmaes_set_limits(s->run, &o);
}

size_t rl_cmaes_restarts_bytes(const rl_cmaes_restarts *s) {
  return sizeof *s + 4 * (size_t)rl_cmaes_size(s->run) * sizeof *s->memory + rl_cmaes_bytes(s->run);
}
