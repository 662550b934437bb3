/* CMA-ES: minimises or maximises a function of n numbers of which only the ranking of candidates is seen
 * (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; symbols and equations as there). */
#include "search/cmaes_internal.h"

#include "tensor/gemm.h"

#include <string.h>

#define AT(field) offsetof(rl_cmaes_options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation of every coordinate at first, times its scale", 0.3, 1e-300, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma)},
    {"popsize", "",
     "candidates an iteration; 0: 4 + floor(3 ln n), with w whole numbers 4 + floor(3 ln n + 3 ln w)", 0, 0,
     1 << 24, .type = RL_OPTION_INTEGER, .offset = AT(popsize)},
    {"active", "", "the worse half of the candidates has negative weights", 1, 0, 1,
     .type = RL_OPTION_BOOLEAN, .offset = AT(active)},
    {"diagonal", "", "variances only, in time linear in n (sep-CMA-ES)", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(diagonal)},
    {"restarts", "",
     "what follows a run that its own criteria have ended: nothing, runs with a growing population, or those "
     "and short ones in turn",
     0, 0, RL_RESTARTS - 1, .type = RL_OPTION_CHOICE, .offset = AT(restarts), .choices = rl_restart_names},
    {"max_restarts", "", "restarts with a larger population than the first", 9, 0, 1000,
     .type = RL_OPTION_INTEGER, .offset = AT(max_restarts), .live = true},
    {"popsize_factor", "", "by which the population grows with a restart", 2, 1, 1000,
     .type = RL_OPTION_NUMBER, .offset = AT(popsize_factor)},
    {"restart_lower", "", "no run but the first begins below it; the bound by default", (double)NAN,
     -HUGE_VAL, HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(restart_lower), .live = true},
    {"restart_upper", "", "no run but the first begins above it; the bound by default", (double)NAN,
     -HUGE_VAL, HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(restart_upper), .live = true},
    {"tolgap", "",
     "ends a run but the first when the best values of recent iterations differ by less than this share of "
     "their distance from the best of all runs; 0: never",
     0.03, 0, HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolgap), .live = true},
    {"tolxup", "",
     "with restarts, ends a run when it steps more than this times as far as at first; 0: never", 1e4, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolxup), .live = true},
    {"constraints", "", "numbers told beside each value that must not be above 0 (augmented Lagrangian)", 0,
     0, 10000, .type = RL_OPTION_INTEGER, .offset = AT(constraints)},
    {"reevaluate", "",
     "for noisy returns: share of the candidates, two at least, that is asked for twice; 0: none", 0, 0, 1,
     .type = RL_OPTION_NUMBER, .offset = AT(reevaluate)},
    {"max_noise_evaluations", "", "evaluations of a candidate beyond which noise is met by a wider sigma",
     100, 1, INT32_MAX, .type = RL_OPTION_INTEGER, .offset = AT(max_noise_evaluations), .live = true},
    {"tolfun", "", "ends a run when recent values differ by less", 1e-11, 0, HUGE_VAL,
     .type = RL_OPTION_NUMBER, .offset = AT(tolfun), .live = true},
    {"tolfunhist", "", "ends a run when the best values of recent iterations differ by less", 1e-12, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolfunhist), .live = true},
    {"tolx", "", "ends a run when it steps less than this in every coordinate", 1e-11, 0, HUGE_VAL,
     .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    {"tolupsigma", "", "ends a run when sigma has grown more than this and the eigenvalues have not", 1e20, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolupsigma), .live = true},
    {"conditioncov", "", "ends a run when the condition of the covariance is above it; 0: never", 1e14, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(conditioncov), .live = true},
    {"flatfitness", "",
     "ends a run after so many iterations in a row with equal values, more where whole numbers are held; 0: "
     "never",
     2, 0, INT32_MAX, .type = RL_OPTION_INTEGER, .offset = AT(flatfitness), .live = true},
    {"stagnation", "", "ends a run whose values have not become better for long", 1, 0, 1,
     .type = RL_OPTION_BOOLEAN, .offset = AT(stagnation), .live = true},
    {"max_iterations", "", "ends a run after so many iterations; 0: 100 + 150 (n + 3)^2 / sqrt(popsize)", 0,
     0, 0x1p53, .type = RL_OPTION_COUNT, .offset = AT(common.max_iterations), .live = true},
    RL_SEARCH_ROWS};

/* Creating. */

static int parts(rl_search *s, rl_search_part *list) {
  rl_cmaes *es = s->state;
  bool diagonal = es->options->diagonal;
  size_t n = (size_t)s->space.n, N = (size_t)s->n, popsize = (size_t)es->strategy.popsize,
         square = diagonal ? N : N * N, history = (size_t)es->history, twice = es->repeats ? 2 * popsize : 0,
         kept = es->iterations < es->history ? (size_t)es->iterations : history,
         directed = rl_cmaes_is_directed(es) ? N : 0,
         work = (size_t)es->lwork > history ? (size_t)es->lwork : history;
  const rl_search_part all[] = {{"course", RL_COURSE_WORDS, .whole = (int64_t *)&es->course},
                                {"rng", 1, .rng = &es->rng},
                                {"sigma", 1, .number = &es->sigma},
                                {"first_sigma", 1, .number = &es->first_sigma},
                                {"condition", 1, .number = &es->condition, .any = true},
                                {"noise_evaluations", 1, .number = &es->noise_evaluations},
                                {"decomposed", 1, .whole = &es->decomposed},
                                {"flat", 1, .whole = &es->flat},
                                {"criteria", 1, .whole = &es->criteria},
                                {"lost", 1, .whole = &es->lost, .optional = true},
                                {"n_injected", 1, .whole = &es->n_injected},
                                {"p_sigma", N, .array = &es->p_sigma},
                                {"p_c", N, .array = &es->p_c},
                                {"C", square, .array = &es->C},
                                {"B", diagonal ? 0 : square, .array = &es->B},
                                {"D", N, .array = &es->D},
                                {"z", popsize * N, .array = &es->z},
                                {"y", popsize * N, .array = &es->y},
                                {"x", (size_t)s->count * n, .number = s->x},
                                {"direction", directed, .array = &es->direction, .optional = true},
                                {"trend", 1, .number = &es->trend, .optional = true},
                                {"injected", popsize * n, .array = &es->injected},
                                {"history_best", kept, .number = es->history_best},
                                {"history_median", kept, .number = es->history_median, .any = true},
                                {NULL, history, .array = &es->history_best},
                                {NULL, history, .array = &es->history_median},
                                {NULL, popsize, .array = &es->strategy.weights},
                                {"spread", N, .array = &es->spread, .optional = true},
                                {"held", N, .array = &es->held, .optional = true},
                                {NULL, (size_t)s->count, .array = &es->cost},
                                {NULL, popsize, .ranks = &es->order},
                                {NULL, N, .array = &es->y_mean},
                                {NULL, N, .array = &es->z_mean},
                                {NULL, twice, .ranks = &es->pairs},
                                {NULL, twice, .array = &es->ranks},
                                {NULL, (popsize + 1) * N, .array = &es->rows},
                                {NULL, work, .array = &es->work},
                                {NULL, (size_t)es->liwork, .array = &es->iwork}};
  memcpy(list, all, sizeof all);
  const int count = sizeof all / sizeof *all;
  return count + (es->options->constraints ? rl_cmaes_limit_parts(es, list + count) : 0);
}

void rl_cmaes_advise(rl_search *s, bool diagonal, int covariances) {
  if (diagonal || s->n < RL_CMAES_LARGE || rl_search_was_set(s, "diagonal")) return;
  rl_search_advise(
      s,
      "the covariance of %d coordinates takes %.3g MB and much time; diagonal = true needs little "
      "of both (diagonal = false: as it is, without this message)",
      s->n, 2.0 * covariances * s->n * s->n * sizeof(double) / 1e6);
}

static rl_status create(rl_search *s, rl_error *error) {
  rl_cmaes *es = s->state;
  rl_cmaes_options *o = s->options;
  es->options = o;
  es->mean = s->mean;
  if (o->popsize == 0) o->popsize = rl_cmaes_default_popsize(s->n, rl_cmaes_count_whole(s));
  if (o->popsize < 2)
    return rl_fail(error, RL_BAD_ARGUMENT, "popsize: at least 2 candidates, got %d", o->popsize);
  if (o->restart_lower > o->restart_upper)
    return rl_fail(error, RL_BAD_ARGUMENT, "restart_lower: %g is above restart_upper, %g", o->restart_lower,
                   o->restart_upper);
  if (!o->diagonal && s->n > 20000)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a full covariance of %d coordinates is too large: search with diagonal", s->n);
  if (o->common.max_iterations == 0 && o->restarts == RL_RESTARTS_NONE)
    o->common.max_iterations = rl_cmaes_default_iterations(s->n, o->popsize);
  s->extras = o->constraints;
  rl_cmaes_advise(s, o->diagonal, 1);
  rl_gemm_use_one_thread();
  rl_cmaes_size_up(s, o->popsize);
  return RL_OK;
}

static void begin(rl_search *s) {
  rl_cmaes_plan_first(s);
  rl_cmaes_begin_run(s, rl_search_common_of(s)->sigma);
}

/* Asking and telling. */

static rl_status ask(rl_search *s, rl_error *error) {
  rl_cmaes *es = s->state;
  rl_status status = rl_cmaes_restart_if_due(s, error);
  if (status) return status;
  size_t N = (size_t)s->n, n = (size_t)s->space.n, popsize = (size_t)es->strategy.popsize;
  rl_rng_fill_normal_f64(&s->rng, es->z, popsize * N);
  rl_cmaes_direct(es);
  rl_cmaes_transform_samples(es);
  for (size_t k = (size_t)es->n_injected; k < popsize; k++) {
    double *g = es->y_mean;
    for (size_t i = 0; i < N; i++) g[i] = es->mean[i] + es->sigma * es->spread[i] * es->y[k * N + i];
    if (!rl_all_finite(g, N))
      return rl_fail(error, RL_NOT_FINITE,
                     "the search has left the range of numbers (sigma %g): it should have been stopped",
                     es->sigma);
    rl_search_point(s, g, s->x + k * n);
  }
  for (int k = 0; k < es->n_injected; k++) rl_cmaes_place_injected(s, k);
  memcpy(s->x + popsize * n, s->x, (size_t)es->repeats * n * sizeof *s->x);
  es->n_injected = 0;
  return RL_OK;
}

/* Where a point is far away it moves the distribution no more than a good sample would (Hansen 2011,
 * "Injecting external solutions into CMA-ES"). */
static rl_status inject(rl_search *s, const double *x, rl_error *error) {
  rl_cmaes *es = s->state;
  if (es->n_injected == es->strategy.popsize)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: a generation has only %d candidates",
                   es->strategy.popsize);
  double *place = es->injected + (size_t)es->n_injected++ * (size_t)s->space.n;
  for (int i = 0; i < s->space.n; i++) place[i] = x[i];
  return RL_OK;
}

/* What is told as a cost: infinite where it is not finite. */
static double cost_of(double value) { return isnan(value) ? INFINITY : -value; }

/* Fills in the order; returns how much noise is in the way. */
static double rank_population(const rl_search *s) {
  rl_cmaes *es = s->state;
  if (es->repeats > 0) return rl_cmaes_rank_twice(es, es->cost);
  if (s->extras == 0)
    for (int k = 0; k < s->count; k++)
      es->order[k] = (rl_rank){cost_of(s->order[k].value), s->order[k].index};
  else {
    for (int k = 0; k < s->count; k++) es->order[k] = (rl_rank){es->cost[k], k};
    rl_rank_ascending(es->order, s->count);
  }
  return 0.0;
}

/* Where ranks have been averaged, the best value need not come first. */
static rl_rank best_candidate(const rl_cmaes *es) {
  rl_rank best = es->order[0];
  for (int k = 1; k < es->strategy.popsize; k++)
    if (es->order[k].value < best.value) best = es->order[k];
  return (rl_rank){-best.value, best.index};
}

static rl_status tell(rl_search *s, rl_error *error) {
  (void)error;
  rl_cmaes *es = s->state;
  int popsize = es->strategy.popsize, sound = 0;
  for (int k = 0; k < s->count; k++) es->cost[k] = cost_of(s->value[k]);
  for (int k = 0; k < popsize; k++)
    sound += isfinite(es->cost[k]) && (k >= es->repeats || isfinite(es->cost[popsize + k]));
  if (sound == 0) {
    s->barren = true;
    return RL_OK;
  }
  if (s->extras > 0) rl_cmaes_penalise(s);
  double noise = rank_population(s);
  if (s->extras == 0) {
    s->first = best_candidate(es);
  } else {
    rl_cmaes_name_feasible(s);
    rl_cmaes_adapt_limits(s);
  }
  rl_cmaes_update(s);
  rl_cmaes_spread(s);
  if (es->repeats > 0) rl_cmaes_treat_noise(es, noise);
  rl_cmaes_check_stop(es);
  return RL_OK;
}

static void view(rl_search *s, rl_search_state *v) {
  const rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) s->deviation[i] = es->sigma * rl_cmaes_deviation(es, i);
  v->sigma = es->sigma;
  v->noise_evaluations = (int)(es->noise_evaluations + 0.5);
  if (s->extras > 0) v->violation = s->best_violation;
  v->restarts = (int)es->course.restarts;
  v->n_ended = rl_cmaes_criteria_names(es->course.ended, v->ended);
}

/* Loading. */

static bool is_course(const rl_cmaes_course *c) {
  const int64_t *words = (const int64_t *)c;
  for (int i = 0; i < RL_COURSE_WORDS; i++) /* but the seed */
    if (&words[i] != &c->seed && (words[i] < 0 || words[i] > INT64_C(1) << 53)) return false;
  return c->restarts <= INT32_MAX && c->large <= c->restarts && c->ended < 1 << RL_CMAES_CRITERIA &&
         c->regime < RL_REGIMES && c->popsize >= 2 && c->popsize <= 1 << 24;
}

/* The run that was on. The file, not a number in it, says how much memory that takes. */
static rl_status resize(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_cmaes *es = s->state;
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "course"), RL_I64, RL_COURSE_WORDS,
                                    &es->course, error);
  if (status) return status;
  if (!is_course(&es->course) || es->course.iterations > s->iterations ||
      es->course.evaluations > s->evaluations)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not the course of a search", name);
  const rl_array *x = rl_archive_find(archive, rl_archive_key(name, prefix, "x"));
  if (!x || x->count < es->course.popsize * s->space.n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not of %d candidates", name,
                   (int)es->course.popsize);
  rl_cmaes_size_up(s, (int)es->course.popsize);
  status = rl_search_reserve(s, error);
  if (status) return status;
  rl_cmaes_begin_run(s, es->first_sigma);
  es->held[0] = -1.0; /* not known, where the file does not say */
  es->iterations = s->iterations - es->course.iterations;
  return RL_OK;
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  rl_cmaes *es = s->state;
  int64_t evaluations = s->evaluations - es->course.evaluations;
  bool sound = es->iterations <= (INT64_C(1) << 53) / s->count && evaluations % s->count == 0 &&
               evaluations >= es->iterations * s->count && es->decomposed >= 0 &&
               es->decomposed <= es->iterations && es->flat >= 0 && (es->lost == 0 || es->lost == 1) &&
               es->n_injected >= 0 && es->n_injected <= es->strategy.popsize && es->criteria >= 0 &&
               es->criteria < 1 << RL_CMAES_CRITERIA && es->sigma > 0.0 && es->first_sigma > 0.0 &&
               es->condition >= 1.0 && es->noise_evaluations >= 1.0 && es->noise_evaluations <= INT32_MAX &&
               rl_cmaes_is_covariance(es, es->C);
  sound = sound && rl_cmaes_limits_are_sound(es);
  if (es->held[0] < 0.0) { /* version 0.1 spread whole numbers anew in each generation */
    memcpy(es->spread, s->scale, (size_t)s->n * sizeof *es->spread);
    rl_cmaes_spread(s);
  }
  for (int i = 0; i < s->n; i++) sound = sound && es->D[i] > 0.0 && es->spread[i] > 0.0;
  for (int i = 0; i < es->history; i++) sound = sound && !isnan(es->history_median[i]);
  return sound ? RL_OK : rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
}

static bool is_former(const rl_search *s, const rl_option *option, double value) {
  const rl_cmaes_options *made = s->made;
  return option->offset == AT(popsize) &&
         made->popsize == rl_cmaes_default_popsize(s->n, rl_cmaes_count_whole(s)) &&
         value == (double)rl_cmaes_default_popsize(s->n, 0);
}

const rl_search_class rl_search_cmaes = {.name = "cmaes",
                                         .meaning = "covariance matrix adaptation evolution strategy",
                                         .source = "Hansen 2016, arXiv:1604.00772",
                                         .options = table,
                                         .n_options = sizeof table / sizeof *table,
                                         .options_size = sizeof(rl_cmaes_options),
                                         .state_size = sizeof(rl_cmaes),
                                         .extras = "constraints",
                                         .points = true,
                                         .create = create,
                                         .parts = parts,
                                         .begin = begin,
                                         .ask = ask,
                                         .tell = tell,
                                         .told = rl_cmaes_restart_if_due,
                                         .inject = inject,
                                         .stop = rl_cmaes_stop,
                                         .view = view,
                                         .resize = resize,
                                         .loaded = loaded,
                                         .is_former = is_former,
                                         .modernize = rl_cmaes_modernize};
