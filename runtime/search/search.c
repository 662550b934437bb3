/* The face of all searches: candidates as points, the best so far, limits, options. One is made in search_create.c; files are in
 * search_state.c, the list of methods in searches.c. */
#include "base/memory.h"
#include "base/ranks.h"
#include "base/text.h"
#include "search/search_class.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

rl_options rl_search_option_table(const rl_search_class *method) {
  return (rl_options){method->options, method->n_options, 1U << method->kind};
}

void rl_search_draw(const rl_search *s, rl_rng *rng, double sigma, double least, double greatest, double *g) {
  double *x = s->view.mean; /* is filled in anew whenever somebody looks */
  memcpy(x, s->space.x0, (size_t)s->space.n * sizeof *x);
  for (int i = 0; i < s->n; i++) {
    int c = s->coordinate[i];
    double lower = s->space.lower[c], upper = s->space.upper[c];
    double from = fmin(fmax(lower, least), upper), to = fmax(fmin(upper, greatest), lower);
    if (isfinite(from) && isfinite(to)) {
      double u = (double)rl_rng_uniform(rng);
      x[c] = fmin(fmax((1.0 - u) * from + u * to, from), to);
    } else {
      double around = s->start[i] + sigma * s->scale[i] * (double)rl_rng_normal(rng);
      if (isfinite(around)) x[c] = rl_bounds_transform(around, lower, upper);
    }
  }
  rl_search_coordinates(s, x, g);
}

void rl_search_coordinates(const rl_search *s, const double *x, double *g) {
  for (int i = 0; i < s->n; i++) {
    int c = s->coordinate[i];
    g[i] = s->integer[c] ? x[c] : rl_bounds_inverse(x[c], s->space.lower[c], s->space.upper[c]);
  }
}

void rl_search_point(const rl_search *s, const double *g, double *x) {
  if (s->n < s->space.n) memcpy(x, s->space.x0, (size_t)s->space.n * sizeof *x);
  for (int i = 0; i < s->n; i++) {
    int c = s->coordinate[i];
    double lower = s->space.lower[c], upper = s->space.upper[c];
    if (s->integer[c])
      x[c] = rl_search_round(g[i], lower, upper);
    else
      x[c] = lower == -INFINITY && upper == INFINITY ? g[i] : rl_bounds_transform(g[i], lower, upper);
  }
}

double rl_search_within(const rl_search *s, int i, double g) {
  int c = s->coordinate[i];
  return isfinite(g) ? fmin(fmax(g, ceil(s->space.lower[c])), floor(s->space.upper[c])) : g;
}

double rl_search_nearest_whole(const rl_search *s, int i, double g) {
  return rl_search_space_nearest(&s->space, s->coordinate[i], g);
}

double rl_search_whole_deviation(double probability) {
  double low = 0.0, high = 10.0; /* how many of them make the half step: P(|N| > z) = erfc(z / sqrt 2) */
  for (int t = 0; t < 60; t++) {
    double z = 0.5 * (low + high);
    *(erfc(z * sqrt(0.5)) > probability ? &low : &high) = z;
  }
  return 0.5 / high;
}

void rl_search_place(rl_search *s) {
  for (size_t k = 0; !s->method->points && k < (size_t)s->count; k++)
    rl_search_point(s, s->row + k * (size_t)s->n, s->x + k * (size_t)s->space.n);
}

rl_status rl_search_ask(rl_search *s, const double **x, int *count, rl_error *error) {
  s->asked = s->rounded = false;
  rl_status status = s->method->ask(s, error);
  if (!status) rl_search_place(s);
  s->asked = !status;
  *x = rl_search_candidates(s, count);
  return status;
}

const double *rl_search_candidates(const rl_search *s, int *count) {
  *count = s->asked ? s->count : 0;
  return s->asked ? s->x : NULL;
}

void rl_search_candidates_f32(const rl_search *s, float *out) {
  for (int k = 0; s->asked && k < s->count; k++, out += s->space.n)
    rl_search_point_f32(s, s->x + (size_t)k * (size_t)s->space.n, out);
}

void rl_search_point_f32(const rl_search *s, const double *x, float *out) {
  for (int i = 0; i < s->space.n; i++) out[i] = rl_search_space_f32(&s->space, i, x[i]);
}

void rl_search_told_f32(rl_search *s) { s->rounded = s->asked; }

/* Greater is better from here on. */
static void rank(rl_search *s, const double *value, const double *more) {
  double sign = rl_search_common_of(s)->minimize ? -1.0 : 1.0;
  size_t objectives = (size_t)s->objectives, extras = (size_t)s->extras;
  s->finite = 0;
  for (size_t k = 0; k < (size_t)s->count; k++) {
    double *mine = s->value + k * objectives, *extra = s->extra + k * extras;
    bool finite = rl_all_finite(value + k * objectives, objectives);
    if (extras > 0) {
      memcpy(extra, more + k * extras, extras * sizeof *extra);
      finite = finite && rl_all_finite(extra, extras);
    }
    for (size_t j = 0; j < objectives; j++) mine[j] = finite ? sign * value[k * objectives + j] : (double)NAN;
    s->order[k] = (rl_rank){mine[0], (int)k};
    s->finite += finite;
  }
  s->barren = s->finite == 0;
  rl_rank_descending(s->order, s->count);
  s->first = s->order[0];
  s->first_violation = 0.0;
}

static bool is_better(const rl_search *s, double value) {
  if (isnan(s->best_return)) return true;
  if (s->first_violation != s->best_violation) return s->first_violation < s->best_violation;
  return rl_search_common_of(s)->minimize ? value < s->best_return : value > s->best_return;
}

void rl_search_evaluated(const rl_search *s, int candidate, double *out) {
  const double *x = s->x + (size_t)candidate * (size_t)s->space.n;
  for (int i = 0; i < s->space.n; i++)
    out[i] = s->rounded ? (double)rl_search_space_f32(&s->space, i, x[i]) : x[i];
}

static void record_best(rl_search *s) {
  double value = rl_search_common_of(s)->minimize ? -s->first.value : s->first.value;
  if (s->objectives > 1 || !is_better(s, value)) return;
  s->best_return = value;
  s->best_violation = s->first_violation;
  const size_t extras = (size_t)s->extras;
  if (extras > 0)
    memcpy(s->best_extra, s->extra + (size_t)s->first.index * extras, extras * sizeof *s->best_extra);
  s->best_evaluation = s->evaluations + s->first.index + 1;
  rl_search_evaluated(s, s->first.index, s->best);
}

static void count(rl_search *s) {
  s->asked = false;
  s->iterations += !s->barren;
  s->barren_asks = s->barren ? s->barren_asks + 1 : 0;
  s->evaluations += s->count;
  s->not_finite += s->count - s->finite;
}

rl_status rl_search_tell(rl_search *s, const double *value, rl_error *error) {
  if (s->asked && s->objectives > 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "tell: %d objectives a candidate expected", s->objectives);
  return rl_search_tell_more(s, value, NULL, error);
}

/* Ranks that went apart are noticed here, whatever the values come from. */
static rl_status compare_ranks(rl_search *s, const double *value, rl_error *error) {
  int count;
  if (rl_ranks_count() == 1) return RL_OK;
  const double *x = rl_search_candidates(s, &count);
  uint64_t mark = rl_ranks_mark(x, (size_t)count * (size_t)s->space.n * sizeof *x, 0);
  mark = rl_ranks_mark(value, (size_t)count * (size_t)s->objectives * sizeof *value, mark);
  return rl_ranks_meet("generation told", (uint64_t)s->iterations + 1, mark, RL_OK, error);
}

rl_status rl_search_tell_more(rl_search *s, const double *value, const double *more, rl_error *error) {
  if (!s->asked) return rl_fail(error, RL_BAD_ARGUMENT, "tell: ask first");
  if (s->extras > 0 && !more)
    return rl_fail(error, RL_BAD_ARGUMENT, "tell: %d %s a candidate expected, got none", s->extras,
                   s->method->extras);
  rl_status status = compare_ranks(s, value, error);
  if (status) return status;
  rank(s, value, more);
  status = s->barren ? RL_OK : s->method->tell(s, error);
  if (status) return status;
  if (!s->barren) record_best(s);
  count(s);
  return s->method->told && !s->barren ? s->method->told(s, error) : RL_OK;
}

bool rl_search_can_inject(const rl_search *s) { return s->method->inject != NULL; }

rl_status rl_search_inject(rl_search *s, const double *x, rl_error *error) {
  char label[RL_COORDINATE_TEXT];
  if (!s->method->inject)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: %s takes no candidates from outside", s->method->name);
  double *point = s->view.mean; /* is filled in anew whenever somebody looks */
  for (int i = 0; i < s->space.n; i++) {
    double at = x[i];
    rl_search_space_label(&s->space, i, label);
    if (!rl_search_space_take(&s->space, i, &at))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %s is %g, outside its bounds [%g, %g]",
                     label, at, s->space.lower[i], s->space.upper[i]);
    if (s->integer[i] && !s->fixed[i] && at != nearbyint(at))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %s is %g, a whole number is needed", label,
                     at);
    point[i] = rl_search_space_nearest(&s->space, i, at);
  }
  return s->method->inject(s, point, error);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void rl_search_limit_seconds(rl_search *s, double seconds) {
  s->deadline = seconds == HUGE_VAL ? HUGE_VAL : seconds_now() + seconds;
}

bool rl_search_is_spent(const rl_search *s) {
  int64_t most = rl_search_common_of(s)->max_evaluations;
  return most > 0 && s->evaluations >= most;
}

bool rl_search_is_on_target(const rl_search *s) { /* neither, where one of them is NAN */
  const rl_search_common *o = s->options;
  return s->best_violation == 0.0 &&
         (o->minimize ? s->best_return <= o->target : s->best_return >= o->target);
}

int rl_search_met(const rl_search *s, double step, const char **names) {
  const rl_search_common *o = s->options;
  int count = 0;
  if (step <= o->tolx) names[count++] = "tolx";
  if (o->max_iterations > 0 && s->iterations >= o->max_iterations) names[count++] = "max_iterations";
  if (rl_search_is_spent(s)) names[count++] = "max_evaluations";
  if (rl_search_is_on_target(s)) names[count++] = "target";
  return count;
}

double rl_search_widest(const rl_search *s) {
  double widest = 0.0;
  for (int i = 0; i < s->n; i++) widest = fmax(widest, s->deviation[i]);
  return widest;
}

int rl_search_stop(const rl_search *s, const char *names[RL_SEARCH_CRITERIA]) {
  const char *met[RL_SEARCH_CRITERIA];
  int count = s->method->stop ? s->method->stop(s, met) : rl_search_met(s, rl_search_widest(s), met);
  if (s->barren_asks >= RL_SEARCH_BARREN) met[count++] = "not_finite";
  if (s->deadline != HUGE_VAL && rl_ranks_agree(seconds_now() >= s->deadline) != 0.0)
    met[count++] = "max_seconds";
  if (names) memcpy(names, met, (size_t)count * sizeof *met);
  return count;
}

/* The root mean square of the deviations, in units of scale. */
static double mean_step(const rl_search *s) {
  double squares = 0.0;
  for (int i = 0; i < s->n; i++) {
    double step = s->deviation[i] / s->scale[i];
    squares += step * step / s->n;
  }
  return sqrt(squares);
}

const rl_search_state *rl_search_view(rl_search *s) {
  rl_search_state *v = &s->view;
  size_t n = (size_t)s->space.n;
  v->best_return = s->best_return;
  v->best_evaluation = s->best_evaluation;
  v->iterations = s->iterations;
  v->evaluations = s->evaluations;
  v->not_finite = s->not_finite;
  v->objectives = s->objectives;
  v->extras = s->extras;
  v->best_extras = s->best_extra;
  v->violation = (double)NAN;
  v->sigma = (double)NAN;
  v->popsize = s->count;
  v->noise_evaluations = 1;
  if (s->method->view) s->method->view(s, v);
  if (isnan(v->sigma)) v->sigma = mean_step(s);
  snprintf(s->words, sizeof s->words, "%s%s%s", s->limited, *s->limited && *s->advice ? "; " : "", s->advice);
  v->notice = s->words;
  rl_search_point(s, s->mean, v->mean);
  memcpy(v->best, s->best, n * sizeof *v->best);
  memset(v->deviation, 0, n * sizeof *v->deviation);
  for (int i = 0; i < s->n; i++) v->deviation[s->coordinate[i]] = s->deviation[i];
  return v;
}

int rl_search_front(rl_search *s, const double **x, const double **value) {
  *x = *value = NULL;
  return s->method->front ? s->method->front(s, x, value) : 0;
}

double rl_search_hypervolume(rl_search *s, const double *reference) {
  return s->method->hypervolume ? s->method->hypervolume(s, reference) : (double)NAN;
}

const rl_search_class *rl_search_method(const rl_search *s) { return s->method; }
const rl_search_space *rl_search_problem(const rl_search *s) { return &s->space; }
const void *rl_search_options(const rl_search *s) { return s->options; }

const char *rl_search_notice(const rl_search *s) { return s->notice; }

rl_status rl_search_set(rl_search *s, const char *name, double value, rl_error *error) {
  const rl_option *option = rl_options_find(rl_search_option_table(s->method), name, error);
  if (!option) return RL_BAD_ARGUMENT;
  if (!option->live)
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: cannot change during a run", option->name);
  rl_status status = rl_option_check_value(option, value, error);
  if (!status) rl_option_set(s->options, option, value);
  if (!status && option->offset == offsetof(rl_search_common, sigma)) rl_search_limit(s);
  return status;
}

size_t rl_search_bytes(const rl_search *s) {
  size_t inner = 0;
  for (int i = 0; i < s->n_inner; i++) inner += rl_search_bytes(s->inner[i]);
  return inner + sizeof *s + (size_t)s->space.n_measures * sizeof *s->measures + s->method->options_size +
         s->method->state_size + (s->space_doubles + s->doubles) * sizeof(double) + s->letter_count;
}

bool rl_all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i])) return false;
  return true;
}
