/* When a run of CMA-ES should end: section B.3 of the tutorial. */
#include "search/cmaes_internal.h"

enum {
  TOLFUN,
  TOLFUNHIST,
  TOLX,
  TOLUPSIGMA,
  CONDITIONCOV,
  NOEFFECTAXIS,
  NOEFFECTCOORD,
  STAGNATION,
  FLATFITNESS,
  MAX_ITERATIONS,
  MAX_EVALUATIONS,
  TARGET,
  TOLGAP,
  TOLXUP
};

static const char *const criteria[RL_CMAES_CRITERIA] = {
    "tolfun",          "tolfunhist",    "tolx",       "tolupsigma",  "conditioncov",
    "noeffectaxis",    "noeffectcoord", "stagnation", "flatfitness", "max_iterations",
    "max_evaluations", "target",        "tolgap",     "tolxup"};

static size_t slot(const rl_cmaes *es, int64_t iteration) { return (size_t)(iteration % es->history); }

/* The k-th last generation, from 0. */
static double recent_best(const rl_cmaes *es, int64_t k) {
  return es->history_best[slot(es, es->iterations - 1 - k)];
}

/* The least of the best costs of the last 10 + 30 N / popsize generations, and their range. */
typedef struct recent {
  int64_t generations;
  double least, range;
} recent;

static recent recent_costs(const rl_cmaes *es) {
  int64_t generations =
      10 + 30 * (int64_t)es->strategy.n / es->strategy.popsize + (int64_t)(2.0 * rl_cmaes_patience(es));
  if (generations > es->history) generations = es->history;
  double low = INFINITY, high = -INFINITY;
  for (int64_t k = 0; k < generations && k < es->iterations; k++) {
    low = fmin(low, recent_best(es, k));
    high = fmax(high, recent_best(es, k));
  }
  return (recent){generations, low, high - low};
}

/* A later run that converges to something worse than what has been found: at its pace it would take tens of
 * such windows to catch up. */
static bool is_behind(const rl_search *s) {
  const rl_cmaes *es = s->state;
  const rl_cmaes_options *o = es->options;
  if (o->restarts == RL_RESTARTS_NONE || es->course.restarts == 0 || o->tolgap == 0.0) return false;
  if (o->constraints > 0) return false; /* costs have penalties in them, the best has none */
  double best = rl_search_common_of(s)->minimize ? s->best_return : -s->best_return;
  recent now = recent_costs(es);
  return es->iterations >= now.generations && now.range < o->tolgap * (now.least - best);
}

/* Limits, and what other runs have found, are looked at when asked: they may have changed since the last
 * update. */
int64_t rl_cmaes_criteria(const rl_search *s) {
  const rl_cmaes *es = s->state;
  const rl_cmaes_options *o = es->options;
  int64_t met = es->criteria, most = o->common.max_iterations, budget = es->course.budget;
  if (most == 0 && o->restarts != RL_RESTARTS_NONE)
    most = rl_cmaes_default_iterations(s->n, es->strategy.popsize);
  if (most > 0 && es->iterations >= most) met |= 1 << MAX_ITERATIONS;
  if (budget > 0 && s->evaluations - es->course.evaluations >= budget) met |= 1 << MAX_EVALUATIONS;
  if (is_behind(s)) met |= 1 << TOLGAP;
  return met;
}

int rl_cmaes_criteria_names(int64_t met, const char **names) {
  int count = 0;
  for (int i = 0; i < RL_CMAES_CRITERIA; i++)
    if (met >> i & 1) names[count++] = criteria[i];
  return count;
}

/* Of all runs there are max_evaluations and target; why a run ends counts where none comes after it. */
int rl_cmaes_stop(const rl_search *s, const char **names) {
  const rl_cmaes *es = s->state;
  bool restarts = es->options->restarts != RL_RESTARTS_NONE;
  bool last = !restarts || es->course.large >= es->options->max_restarts;
  int64_t met = last ? rl_cmaes_criteria(s) : 0;
  if (rl_search_is_spent(s)) met |= 1 << MAX_EVALUATIONS;
  if (rl_search_is_on_target(s)) met |= 1 << TARGET;
  int count = rl_cmaes_criteria_names(met, names);
  if (count > 0 && last && restarts) names[count++] = "max_restarts";
  if (count > 0 && s->best_violation > 0.0) names[count++] = "infeasible";
  return count;
}

/* The shortest window in which stagnation is looked for: see there. */
static int64_t least_window(int n, int popsize) {
  return 100 + (int64_t)(100.0 * pow((double)n, 1.5) / popsize);
}

int rl_cmaes_history(int n, int popsize) {
  const int64_t most = 20000;
  int64_t window = rl_cmaes_default_iterations(n, popsize) / 5, least = least_window(n, popsize);
  if (window < least) window = least;
  return (int)(window < most ? window : most);
}

/* Least and greatest of the finite costs. Where ranks have been averaged, the order is not that of costs. */
static double least_cost(const rl_cmaes *es) {
  double low = INFINITY;
  for (int k = 0; k < es->strategy.popsize; k++) low = fmin(low, es->order[k].value);
  return low;
}

static double greatest_cost(const rl_cmaes *es) {
  double high = -INFINITY;
  for (int k = 0; k < es->strategy.popsize; k++)
    if (isfinite(es->order[k].value)) high = fmax(high, es->order[k].value);
  return high;
}

static bool is_flat(const rl_cmaes *es) {
  int most = (es->strategy.popsize * 7 + 9) / 10;
  for (int k = 1; k < most; k++)
    if (es->order[k].value != es->order[0].value) return false;
  return true;
}

static bool steps_are_below(const rl_cmaes *es, double tolerance) {
  for (int i = 0; i < es->strategy.n; i++)
    if (!(es->sigma * rl_cmaes_deviation(es, i) < tolerance) ||
        !(es->sigma * es->spread[i] * fabs(es->p_c[i]) < tolerance))
      return false;
  return true;
}

/* A tenth of a standard deviation along one axis, another each generation, changes no coordinate. */
static bool axis_has_no_effect(const rl_cmaes *es) {
  int N = es->strategy.n, axis = (int)(es->iterations % N);
  double step = 0.1 * es->sigma * es->D[axis];
  if (es->options->diagonal) return es->mean[axis] == es->mean[axis] + step * es->spread[axis];
  const double *b = es->B + (size_t)axis * (size_t)N;
  for (int i = 0; i < N; i++)
    if (es->mean[i] != es->mean[i] + step * es->spread[i] * b[i]) return false;
  return true;
}

static bool coordinate_has_no_effect(const rl_cmaes *es) {
  for (int i = 0; i < es->strategy.n; i++)
    if (es->mean[i] == es->mean[i] + 0.2 * es->sigma * rl_cmaes_deviation(es, i)) return true;
  return false;
}

/* Median of `count` generations of a history, the first of which is number `from`. */
static double median_of(rl_cmaes *es, const double *history, int64_t from, int64_t count) {
  for (int64_t k = 0; k < count; k++) es->work[k] = history[slot(es, from + k)];
  return rl_select(es->work, (int)count, (int)(count / 2));
}

/* Neither the best nor the median values of the last 30% of a window are better than those of its first 30%.
 * The window is the last 20% of the run, of at least 100 + 100 N^1.5 / popsize generations and at most 20% of
 * the default max_iterations or 20,000: with the tutorial's least, 120 + 30 N / popsize, 3 of 51 runs on the
 * discus at N = 20 ended while they learnt C. */
static bool has_stagnated(rl_cmaes *es) {
  int64_t window = es->iterations / 5, least = least_window(es->strategy.n, es->strategy.popsize);
  if (window < least) window = least;
  if (window > es->history) window = es->history;
  int64_t every = 20; /* medians are dear: ten times a window or so */
  while (every * 10 < window) every *= 2;
  if (es->iterations < window || es->iterations % every != 0) return false;
  int64_t first = es->iterations - window, part = window * 3 / 10, last = es->iterations - part;
  const double *best = es->history_best, *median = es->history_median;
  return median_of(es, best, last, part) >= median_of(es, best, first, part) &&
         median_of(es, median, last, part) >= median_of(es, median, first, part);
}

static void record(rl_cmaes *es) {
  es->history_best[slot(es, es->iterations - 1)] = least_cost(es);
  es->history_median[slot(es, es->iterations - 1)] = es->order[es->strategy.popsize / 2].value;
  es->flat = is_flat(es) ? es->flat + 1 : 0;
}

void rl_cmaes_check_stop(rl_cmaes *es) {
  const rl_cmaes_options *o = es->options;
  record(es);
  bool met[RL_CMAES_CRITERIA] = {false};
  double range = es->iterations < 10 ? INFINITY : recent_costs(es).range, greatest = 0.0;
  for (int i = 0; i < es->strategy.n; i++) greatest = fmax(greatest, es->D[i]);
  met[TOLFUN] = fmax(range, greatest_cost(es) - least_cost(es)) < o->tolfun;
  met[TOLFUNHIST] = range < o->tolfunhist;
  met[TOLX] = steps_are_below(es, o->common.tolx);
  met[TOLUPSIGMA] = o->tolupsigma > 0.0 && !(es->sigma / es->first_sigma <= o->tolupsigma * greatest);
  met[TOLXUP] = o->restarts != RL_RESTARTS_NONE && o->tolxup > 0.0 &&
                es->sigma * greatest > o->tolxup * es->first_sigma;
  met[CONDITIONCOV] = es->lost || (o->conditioncov > 0.0 && es->condition > o->conditioncov);
  met[NOEFFECTAXIS] = axis_has_no_effect(es);
  met[NOEFFECTCOORD] = coordinate_has_no_effect(es);
  met[STAGNATION] = o->stagnation && o->constraints == 0 && has_stagnated(es);
  met[FLATFITNESS] = o->flatfitness > 0 && (double)es->flat >= o->flatfitness * (1.0 + rl_cmaes_patience(es));
  es->criteria = 0;
  for (int i = 0; i < RL_CMAES_CRITERIA; i++) es->criteria |= (int64_t)met[i] << i;
}
