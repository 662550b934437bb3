/* CMA-ES: creation, ask, tell, inject, and what a run can be asked. */
#include "search/cmaes_internal.h"

#include "base/memory.h"
#include "tensor/gemm.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

rl_cmaes_options rl_cmaes_defaults(void) {
  return (rl_cmaes_options){.sigma = 0.3,
                            .seed = 1,
                            .active = true,
                            .max_noise_evaluations = 1,
                            .tolfun = 1e-11,
                            .tolfunhist = 1e-12,
                            .tolx = 1e-11,
                            .tolupsigma = 1e20,
                            .conditioncov = 1e14,
                            .flatfitness = 2,
                            .stagnation = true,
                            .target = NAN};
}

static rl_status check_options(int n, const double *x0, const rl_cmaes_options *o, rl_error *error) {
  const struct {
    const char *name;
    double value;
  } none_negative[] = {{"tolfun", o->tolfun},
                       {"tolfunhist", o->tolfunhist},
                       {"tolx", o->tolx},
                       {"tolupsigma", o->tolupsigma},
                       {"conditioncov", o->conditioncov},
                       {"flatfitness", o->flatfitness},
                       {"max_iterations", (double)o->max_iterations},
                       {"max_evaluations", (double)o->max_evaluations}};
  if (!(o->sigma > 0.0 && isfinite(o->sigma)))
    return rl_fail(error, RL_BAD_ARGUMENT, "sigma: a positive number, got %g", o->sigma);
  for (size_t i = 0; i < sizeof none_negative / sizeof *none_negative; i++)
    if (!(none_negative[i].value >= 0.0))
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: %g is negative", none_negative[i].name,
                     none_negative[i].value);
  if (!(o->reevaluate >= 0.0 && o->reevaluate <= 1.0))
    return rl_fail(error, RL_BAD_ARGUMENT, "reevaluate: %g is not a share between 0 and 1", o->reevaluate);
  if (o->max_noise_evaluations < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "max_noise_evaluations: at least 1, got %d",
                   o->max_noise_evaluations);
  const rl_search_space space = {n, x0, o->lower, o->upper, o->scale, o->fixed, o->integer, NULL};
  return rl_search_space_check(&space, error);
}

/* Where the next `count` doubles of the one block are; with memory NULL, only counts. */
static double *take(double *memory, size_t *used, size_t count) {
  double *at = memory ? memory + *used : NULL;
  *used += (count + 7) / 8 * 8; /* cache lines */
  return at;
}

static size_t lay_out(rl_cmaes *es, double *memory) {
  size_t used = 0, n = (size_t)es->n, N = (size_t)es->strategy.n, popsize = (size_t)es->strategy.popsize;
  size_t square = es->options.diagonal ? N : N * N;
  double **vectors[] = {&es->x0, &es->lower, &es->upper, &es->scale, &es->best};
  double **searched[] = {&es->mean, &es->spread, &es->p_sigma, &es->p_c, &es->D, &es->y_mean, &es->z_mean};
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) *vectors[i] = take(memory, &used, n);
  for (size_t i = 0; i < sizeof searched / sizeof *searched; i++) *searched[i] = take(memory, &used, N);
  es->C = take(memory, &used, square);
  es->B = take(memory, &used, es->options.diagonal ? 0 : square);
  es->z = take(memory, &used, popsize * N);
  es->y = take(memory, &used, popsize * N);
  es->x = take(memory, &used, (popsize + (size_t)es->repeats) * n);
  es->cost = take(memory, &used, popsize + (size_t)es->repeats);
  es->ranks = take(memory, &used, es->repeats > 0 ? 2 * popsize : 0);
  es->injected = take(memory, &used, popsize * n);
  es->rows = take(memory, &used, (popsize + 1) * N);
  es->history = rl_cmaes_history(es->strategy.n, es->strategy.popsize);
  es->history_best = take(memory, &used, (size_t)es->history);
  es->history_median = take(memory, &used, (size_t)es->history);
  es->lwork = es->options.diagonal ? 1 : (int)(1 + 6 * N + 2 * N * N);
  es->liwork = es->options.diagonal ? 1 : (int)(3 + 5 * N);
  es->work = take(memory, &used, (size_t)(es->lwork > es->history ? es->lwork : es->history));
  return used;
}

static rl_status reserve(rl_cmaes *es, rl_error *error) {
  if (!es->options.diagonal && es->strategy.n > 20000)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a full covariance of %d coordinates is too large: search with diagonal", es->strategy.n);
  size_t n = (size_t)es->n;
  es->doubles = lay_out(es, NULL);
  es->memory = rl_allocate(es->doubles, sizeof *es->memory);
  es->coordinate = rl_allocate(n, sizeof *es->coordinate);
  es->fixed = rl_allocate(n, sizeof *es->fixed);
  es->integer = rl_allocate(n, sizeof *es->integer);
  es->order = rl_allocate((size_t)es->strategy.popsize, sizeof *es->order);
  es->pairs = rl_allocate(es->repeats > 0 ? 2 * (size_t)es->strategy.popsize : 1, sizeof *es->pairs);
  es->iwork = rl_allocate((size_t)es->liwork, sizeof *es->iwork);
  if (!es->memory || !es->coordinate || !es->fixed || !es->integer || !es->order || !es->pairs || !es->iwork)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for CMA-ES on %d coordinates", es->n);
  lay_out(es, es->memory);
  return RL_OK;
}

/* The initial distribution. */
static void start(rl_cmaes *es, const double *x0, const rl_cmaes_options *o) {
  int N = 0;
  for (int i = 0; i < es->n; i++) {
    es->x0[i] = x0[i];
    es->lower[i] = o->lower ? o->lower[i] : -INFINITY;
    es->upper[i] = o->upper ? o->upper[i] : INFINITY;
    es->scale[i] = o->scale ? o->scale[i] : 1.0;
    es->integer[i] = o->integer && o->integer[i];
    es->fixed[i] = o->fixed && o->fixed[i];
    if (!es->fixed[i]) es->coordinate[N++] = i;
  }
  es->options.lower = es->lower;
  es->options.upper = es->upper;
  es->options.scale = es->scale;
  es->options.fixed = es->fixed;
  es->options.integer = es->integer;
  for (int i = 0; i < N; i++) {
    int c = es->coordinate[i];
    es->mean[i] = rl_bounds_inverse(x0[c], es->lower[c], es->upper[c]);
  }
  rl_cmaes_identity(es);
  es->sigma = o->sigma;
  es->condition = 1.0;
  es->best_cost = INFINITY;
  es->noise_evaluations = 1.0;
  rl_cmaes_spread(es);
}

rl_status rl_cmaes_create(rl_cmaes **out, int n, const double *x0, const rl_cmaes_options *o,
                          rl_error *error) {
  *out = NULL;
  rl_status status = check_options(n, x0, o, error);
  if (status) return status;
  rl_cmaes *es = rl_allocate(1, sizeof *es);
  if (!es) return rl_fail(error, RL_NO_MEMORY, "out of memory for CMA-ES");
  es->n = n;
  es->options = *o;
  int N = 0;
  for (int i = 0; i < n; i++) N += !(o->fixed && o->fixed[i]);
  if (o->popsize == 0 && N > 0) es->options.popsize = rl_cmaes_default_popsize(N);
  if (o->max_iterations == 0)
    es->options.max_iterations = rl_cmaes_default_iterations(N, es->options.popsize);
  status = rl_cmaes_strategy_init(&es->strategy, N, es->options.popsize, o->active, o->diagonal, error);
  es->repeats = rl_cmaes_repeats(o->reevaluate, es->options.popsize);
  if (!status) status = reserve(es, error);
  if (status) {
    rl_cmaes_free(es);
    return status;
  }
  rl_rng_init_use(&es->rng, o->seed, RL_STREAM_SEARCH, 0);
  rl_gemm_use_one_thread();
  start(es, x0, o);
  *out = es;
  return RL_OK;
}

void rl_cmaes_free(rl_cmaes *es) {
  if (!es) return;
  rl_cmaes_strategy_release(&es->strategy);
  rl_release(es->memory);
  rl_release(es->coordinate);
  rl_release(es->fixed);
  rl_release(es->integer);
  rl_release(es->order);
  rl_release(es->pairs);
  rl_release(es->iwork);
  rl_release(es);
}

/* From the unbounded numbers of the search to a point that can be evaluated. */
static void to_point(const rl_cmaes *es, const double *g, double *x) {
  memcpy(x, es->x0, (size_t)es->n * sizeof *x);
  for (int i = 0; i < es->strategy.n; i++) {
    int c = es->coordinate[i];
    x[c] = rl_bounds_transform(g[i], es->lower[c], es->upper[c]);
    if (es->integer[c]) x[c] = rl_search_round(x[c], es->lower[c], es->upper[c]);
  }
}

/* y = B D z for the whole population. */
static void transform_samples(rl_cmaes *es) {
  int N = es->strategy.n, popsize = es->strategy.popsize;
  double *scaled = es->options.diagonal ? es->y : es->rows;
  for (int k = 0; k < popsize; k++)
    for (int i = 0; i < N; i++)
      scaled[(size_t)k * (size_t)N + (size_t)i] = es->D[i] * es->z[(size_t)k * (size_t)N + (size_t)i];
  if (!es->options.diagonal)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, popsize, N, N, 1.0, scaled, N, es->B, N, 0.0,
                es->y, N);
}

/* Candidate k becomes an injected point. The step that the update sees is shortened to the length of a long
 * sample. */
static void place_injected(rl_cmaes *es, int k) {
  int N = es->strategy.n, n = es->n;
  double *z = es->z + (size_t)k * (size_t)N, *y = es->y + (size_t)k * (size_t)N,
         *x = es->x + (size_t)k * (size_t)n;
  double squares = 0.0, longest = sqrt((double)N) + 2.0 * N / (N + 2.0);
  memcpy(x, es->injected + (size_t)k * (size_t)n, (size_t)n * sizeof *x);
  for (int i = 0; i < N; i++) {
    int c = es->coordinate[i];
    y[i] = (rl_bounds_inverse(x[c], es->lower[c], es->upper[c]) - es->mean[i]) / (es->sigma * es->spread[i]);
  }
  if (es->options.diagonal)
    memcpy(z, y, (size_t)N * sizeof *z);
  else
    cblas_dgemv(CblasRowMajor, CblasNoTrans, N, N, 1.0, es->B, N, y, 1, 0.0, z, 1);
  for (int i = 0; i < N; i++) {
    z[i] /= es->D[i];
    squares += z[i] * z[i];
  }
  double shorten = squares > longest * longest ? longest / sqrt(squares) : 1.0;
  for (int i = 0; i < N; i++) {
    z[i] *= shorten;
    y[i] *= shorten;
  }
}

rl_status rl_cmaes_ask(rl_cmaes *es, const double **x, rl_error *error) {
  int N = es->strategy.n, popsize = es->strategy.popsize;
  size_t count = (size_t)popsize * (size_t)N;
  for (size_t i = 0; i < count; i++) es->z[i] = (double)rl_rng_normal(&es->rng);
  transform_samples(es);
  for (int k = es->n_injected; k < popsize; k++) {
    double *g = es->y_mean;
    for (int i = 0; i < N; i++) {
      g[i] = es->mean[i] + es->sigma * es->spread[i] * es->y[(size_t)k * (size_t)N + (size_t)i];
      if (!isfinite(g[i]))
        return rl_fail(error, RL_NOT_FINITE,
                       "the search has left the range of numbers (sigma %g): it should have been stopped",
                       es->sigma);
    }
    to_point(es, g, es->x + (size_t)k * (size_t)es->n);
  }
  for (int k = 0; k < es->n_injected; k++) place_injected(es, k);
  memcpy(es->x + (size_t)popsize * (size_t)es->n, es->x, (size_t)es->repeats * (size_t)es->n * sizeof *es->x);
  es->n_injected = 0;
  es->asked = true;
  *x = es->x;
  return RL_OK;
}

rl_status rl_cmaes_inject(rl_cmaes *es, const double *x, rl_error *error) {
  if (es->n_injected == es->strategy.popsize)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: a generation has only %d candidates",
                   es->strategy.popsize);
  for (int i = 0; i < es->n; i++) {
    if (!(x[i] >= es->lower[i] && x[i] <= es->upper[i] && isfinite(x[i])))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %d is %g, outside its bounds [%g, %g]",
                     i + 1, x[i], es->lower[i], es->upper[i]);
    if (es->integer[i] && x[i] != nearbyint(x[i]))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %d is %g, a whole number is needed", i + 1,
                     x[i]);
  }
  double *place = es->injected + (size_t)es->n_injected++ * (size_t)es->n;
  memcpy(place, es->x0, (size_t)es->n * sizeof *place); /* the fixed ones */
  for (int i = 0; i < es->strategy.n; i++) place[es->coordinate[i]] = x[es->coordinate[i]];
  return RL_OK;
}

/* Fills in cost and order; returns how much noise is in the way. */
static double rank_population(rl_cmaes *es) {
  if (es->repeats > 0) return rl_cmaes_rank_twice(es, es->cost);
  for (int k = 0; k < es->strategy.popsize; k++) es->order[k] = (rl_rank){es->cost[k], k};
  rl_rank_ascending(es->order, es->strategy.popsize);
  return 0.0;
}

/* Where ranks have been averaged, the best value need not come first. */
static void keep_best(rl_cmaes *es) {
  const rl_rank *best = &es->order[0];
  for (int k = 1; k < es->strategy.popsize; k++)
    if (es->order[k].value < best->value) best = &es->order[k];
  if (!(best->value < es->best_cost)) return;
  es->best_cost = best->value;
  es->best_evaluation = es->evaluations + best->index + 1;
  memcpy(es->best, es->x + (size_t)best->index * (size_t)es->n, (size_t)es->n * sizeof *es->best);
}

rl_status rl_cmaes_tell(rl_cmaes *es, const double *value, rl_error *error) {
  int popsize = es->strategy.popsize, asked = rl_cmaes_asked(es), bad = 0, sound = 0;
  if (!es->asked) return rl_fail(error, RL_BAD_ARGUMENT, "tell: ask first");
  for (int k = 0; k < asked; k++) {
    double cost = es->options.minimize ? value[k] : -value[k];
    es->cost[k] = isfinite(value[k]) ? cost : INFINITY;
    bad += !isfinite(value[k]);
  }
  for (int k = 0; k < popsize; k++)
    sound += isfinite(es->cost[k]) && (k >= es->repeats || isfinite(es->cost[popsize + k]));
  if (sound == 0)
    return rl_fail(error, RL_NOT_FINITE,
                   "tell: none of the %d values is a finite number; nothing was changed", popsize);
  double noise = rank_population(es);
  keep_best(es);
  es->evaluations += asked;
  es->not_finite += bad;
  es->asked = false;
  rl_cmaes_update(es);
  if (es->repeats > 0) rl_cmaes_treat_noise(es, noise);
  rl_cmaes_check_stop(es);
  return RL_OK;
}

const double *rl_cmaes_candidates(const rl_cmaes *es) { return es->asked ? es->x : NULL; }
size_t rl_cmaes_bytes(const rl_cmaes *es) { return sizeof *es + es->doubles * sizeof *es->memory; }
int rl_cmaes_size(const rl_cmaes *es) { return es->n; }
int rl_cmaes_popsize(const rl_cmaes *es) { return es->strategy.popsize; }
int rl_cmaes_asked(const rl_cmaes *es) { return es->strategy.popsize + es->repeats; }
int rl_cmaes_noise_evaluations(const rl_cmaes *es) { return (int)(es->noise_evaluations + 0.5); }
double rl_cmaes_sigma(const rl_cmaes *es) { return es->sigma; }
int64_t rl_cmaes_iterations(const rl_cmaes *es) { return es->iterations; }
int64_t rl_cmaes_evaluations(const rl_cmaes *es) { return es->evaluations; }
int64_t rl_cmaes_not_finite(const rl_cmaes *es) { return es->not_finite; }
const rl_cmaes_strategy *rl_cmaes_strategy_of(const rl_cmaes *es) { return &es->strategy; }
const rl_cmaes_options *rl_cmaes_options_of(const rl_cmaes *es) { return &es->options; }
void rl_cmaes_mean(const rl_cmaes *es, double *x) { to_point(es, es->mean, x); }

void rl_cmaes_take_limits(rl_cmaes_options *to, const rl_cmaes_options *from) {
  to->tolfun = from->tolfun;
  to->tolfunhist = from->tolfunhist;
  to->tolx = from->tolx;
  to->tolupsigma = from->tolupsigma;
  to->conditioncov = from->conditioncov;
  to->flatfitness = from->flatfitness;
  to->stagnation = from->stagnation;
  to->max_iterations = from->max_iterations;
  to->max_evaluations = from->max_evaluations;
  to->target = from->target;
}

void rl_cmaes_set_limits(rl_cmaes *es, const rl_cmaes_options *o) { rl_cmaes_take_limits(&es->options, o); }

void rl_cmaes_deviations(const rl_cmaes *es, double *deviation) {
  memset(deviation, 0, (size_t)es->n * sizeof *deviation);
  for (int i = 0; i < es->strategy.n; i++)
    deviation[es->coordinate[i]] = es->sigma * rl_cmaes_deviation(es, i);
}

const double *rl_cmaes_best(const rl_cmaes *es, double *value, int64_t *evaluation) {
  if (es->best_evaluation == 0) return NULL;
  if (value) *value = es->options.minimize ? es->best_cost : -es->best_cost;
  if (evaluation) *evaluation = es->best_evaluation;
  return es->best;
}
