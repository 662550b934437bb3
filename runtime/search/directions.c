/* Creating, asking and telling; the steps themselves are in directions_step.c and hill_climb.c. */
#include "search/directions_internal.h"

#include "base/memory.h"
#include "search/search_space.h"

#include <math.h>
#include <string.h>

static bool in_pairs(const rl_direction_options *o) {
  return o->kind == RL_ARS || o->kind == RL_OPENAI_ES || (o->kind == RL_FINITE_DIFFERENCE && o->central);
}

enum { REGRESSION = 1 << 12 }; /* the largest system of least squares */

static rl_status check(int n, const double *x0, const double *scale, const rl_direction_options *o,
                       rl_error *error) {
  rl_status status =
      rl_options_check((rl_options){rl_direction_table, RL_DIRECTION_TABLE, 1U << o->kind}, o, error);
  if (status) return status;
  if (n < 1 || n > 1 << 24)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d coordinates are not 1 to %d", n, 1 << 24);
  if ((o->kind == RL_ARS || o->kind == RL_OPENAI_ES) && o->directions < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "option directions: %d, at least 1 expected", o->directions);
  if (o->kind == RL_ARS && o->top > o->directions)
    return rl_fail(error, RL_BAD_ARGUMENT, "option top: %d is more than the %d directions", o->top,
                   o->directions);
  if (o->kind == RL_FINITE_DIFFERENCE && o->directions > REGRESSION && n > REGRESSION)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option directions: least squares with %d directions in %d coordinates: one of the "
                   "numbers must be at most %d",
                   o->directions, n, REGRESSION);
  return rl_search_space_check(&(rl_search_space){.n = n, .x0 = x0, .scale = scale}, error);
}

/* Cuts the block into its arrays, or only counts when there is none yet. */
static size_t lay_out(rl_directions *s) {
  const rl_direction_options *o = &s->options;
  size_t n = (size_t)s->n, directions = (size_t)s->directions, used = 0;
  bool differences = o->kind == RL_FINITE_DIFFERENCE, regression = differences && directions;
  size_t system = regression ? (directions < n ? directions : n) : 0;
  size_t moments = o->kind == RL_OPENAI_ES ? 2 * n : 0;
  struct {
    double **array;
    size_t size;
  } parts[] = {{&s->mean, n},
               {&s->next_mean, n},
               {&s->scale, n},
               {&s->deviation, n},
               {&s->best, n},
               {&s->gradient, n},
               {&s->moment, moments},
               {&s->next_moment, moments},
               {&s->direction, directions * n},
               {&s->x, (size_t)s->count * n},
               {&s->value, (size_t)s->count},
               {&s->difference, differences ? (directions ? directions : n) : 0},
               {&s->gram, system * system},
               {&s->factor, system * system}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (s->block) *parts[i].array = s->block + used;
    used += parts[i].size;
  }
  return used;
}

static void size_up(rl_directions *s) {
  const rl_direction_options *o = &s->options;
  int tried = o->kind == RL_FINITE_DIFFERENCE && !o->directions ? s->n : o->directions;
  s->directions = o->kind == RL_HILL_CLIMB ? o->popsize : o->directions;
  s->count = o->kind == RL_HILL_CLIMB ? o->popsize + o->reevaluate : in_pairs(o) ? 2 * tried : tried + 1;
}

rl_status rl_directions_create(rl_directions **out, int n, const double *x0, const double *scale,
                               const rl_direction_options *options, rl_error *error) {
  *out = NULL;
  rl_status status = check(n, x0, scale, options, error);
  if (status) return status;
  rl_directions *s = rl_allocate(1, sizeof *s);
  if (!s) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  s->options = *options;
  s->n = n;
  size_up(s);
  s->doubles = lay_out(s);
  s->block = rl_allocate(s->doubles, sizeof *s->block);
  s->order = rl_allocate((size_t)s->count + (size_t)s->directions, sizeof *s->order);
  if (!s->block || !s->order) {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for %d candidates of %d coordinates", s->count, n);
    rl_directions_free(s);
    return status;
  }
  lay_out(s);
  memcpy(s->mean, x0, (size_t)n * sizeof *x0);
  for (int i = 0; i < n; i++) s->scale[i] = scale ? scale[i] : 1.0;
  rl_search_record_init(&s->record, n, s->best, x0, options->seed);
  s->sigma = s->sigma_given = options->sigma;
  s->incumbent = (double)NAN;
  *out = s;
  return RL_OK;
}

void rl_directions_free(rl_directions *s) {
  if (!s) return;
  rl_release(s->block);
  rl_release(s->order);
  rl_release(s);
}

int rl_directions_size(const rl_directions *s) { return s->n; }
int rl_directions_count(const rl_directions *s) { return s->count; }
const double *rl_directions_candidates(const rl_directions *s) { return s->record.asked ? s->x : NULL; }
rl_direction_options *rl_directions_get_options(rl_directions *s) { return &s->options; }

size_t rl_directions_bytes(const rl_directions *s) {
  return sizeof *s + s->doubles * sizeof *s->block +
         ((size_t)s->count + (size_t)s->directions) * sizeof *s->order;
}

/* Asking. */

bool rl_directions_mean_first(const rl_directions *s) {
  const rl_direction_options *o = &s->options;
  if (o->kind == RL_HILL_CLIMB) return o->reevaluate || s->record.iterations == 0;
  return !in_pairs(o);
}

static double sigma_now(const rl_directions *s) {
  bool adapted = s->options.kind == RL_HILL_CLIMB && s->options.sigma == s->sigma_given;
  return adapted ? s->sigma : s->options.sigma;
}

/* x = mean + step d_k */
static void place(const rl_directions *s, double *x, int k, double step) {
  size_t n = (size_t)s->n;
  memcpy(x, s->mean, n * sizeof *x);
  if (!s->directions) {
    x[k] += step * s->scale[k];
    return;
  }
  const double *d = s->direction + (size_t)k * n;
  for (size_t i = 0; i < n; i++) x[i] += step * s->scale[i] * d[i];
}

bool rl_directions_place(rl_directions *s) {
  size_t n = (size_t)s->n;
  bool pairs = in_pairs(&s->options);
  int first = rl_directions_mean_first(s);
  if (first) memcpy(s->x, s->mean, n * sizeof *s->x);
  for (int row = first; row < s->count; row++) {
    int k = pairs ? row / 2 : row - first;
    place(s, s->x + (size_t)row * n, k, pairs && row % 2 ? -s->width : s->width);
  }
  return rl_all_finite(s->x, n * (size_t)s->count);
}

rl_status rl_directions_ask(rl_directions *s, const double **x, rl_error *error) {
  size_t n = (size_t)s->n;
  s->width = s->sigma = sigma_now(s);
  s->sigma_given = s->options.sigma;
  for (size_t i = 0; i < n * (size_t)s->directions; i++)
    s->direction[i] = (double)rl_rng_normal(&s->record.rng);
  s->record.asked = rl_directions_place(s);
  if (!s->record.asked)
    return rl_fail(error, RL_NOT_FINITE, "sigma %g makes candidates that are not finite", s->width);
  *x = s->x;
  return RL_OK;
}

/* Telling. */

/* value [count], those that are not finite as the worst of those that are. A power of two is taken out, so
 * that sums of them stay finite; returns its exponent. */
static int read_values(rl_directions *s, int finite) {
  const rl_rank *order = s->order;
  int exponent;
  frexp(fmax(fabs(order[0].value), fabs(order[finite - 1].value)), &exponent);
  for (int j = 0; j < s->count; j++)
    s->value[order[j].index] = ldexp(order[j < finite ? j : finite - 1].value, -exponent);
  return exponent;
}

static rl_status step(rl_directions *s, int finite, rl_error *error) {
  int exponent = read_values(s, finite);
  rl_status status = RL_OK;
  if (s->options.kind == RL_ARS)
    rl_ars_step(s);
  else if (s->options.kind == RL_OPENAI_ES)
    rl_openai_es_step(s);
  else if (s->options.kind == RL_FINITE_DIFFERENCE)
    status = rl_finite_difference_step(s, exponent, error);
  else
    rl_hill_climb_step(s, finite);
  size_t n = (size_t)s->n, moments = s->options.kind == RL_OPENAI_ES ? 2 * n : 0;
  if (!status && !(rl_all_finite(s->next_mean, n) && rl_all_finite(s->next_moment, moments)))
    status = rl_fail(error, RL_NOT_FINITE, "the step leads to a mean that is not finite: lower lr (%g)",
                     s->options.lr);
  if (status) return status;
  s->moved = 0.0;
  for (size_t i = 0; i < n; i++) s->moved = fmax(s->moved, fabs(s->next_mean[i] - s->mean[i]));
  memcpy(s->mean, s->next_mean, n * sizeof *s->mean);
  if (moments) memcpy(s->moment, s->next_moment, moments * sizeof *s->moment);
  return RL_OK;
}

rl_status rl_directions_tell(rl_directions *s, const double *value, rl_error *error) {
  int finite;
  bool minimize = s->options.minimize;
  rl_status status = rl_search_record_rank(&s->record, value, s->count, minimize, s->order, &finite, error);
  if (!status) status = step(s, finite, error);
  if (!status) rl_search_record_end(&s->record, s->x, s->count, minimize, s->order, finite);
  return status;
}

/* Where it stands. */

int rl_directions_stop(const rl_directions *s, const char *names[RL_DIRECTIONS_STOPS]) {
  const rl_direction_options *o = &s->options;
  int count = 0;
  double moves = s->moved;
  if (o->kind == RL_HILL_CLIMB) {
    moves = 0.0;
    for (int i = 0; i < s->n; i++) moves = fmax(moves, sigma_now(s) * s->scale[i]);
  }
  if (o->tolx > 0.0 && s->record.iterations > 0 && moves <= o->tolx) names[count++] = "tolx";
  const rl_search_limits limits = {o->minimize, o->max_iterations, o->max_evaluations, o->target};
  return count + rl_search_record_stop(&s->record, limits, names + count);
}

rl_directions_state rl_directions_get_state(rl_directions *s) {
  for (int i = 0; i < s->n; i++) s->deviation[i] = sigma_now(s) * s->scale[i];
  return (rl_directions_state){.mean = s->mean,
                               .deviation = s->deviation,
                               .best = s->best,
                               .best_value = s->record.best_value,
                               .best_evaluation = s->record.best_evaluation,
                               .iterations = s->record.iterations,
                               .evaluations = s->record.evaluations,
                               .not_finite = s->record.not_finite,
                               .sigma = sigma_now(s)};
}
