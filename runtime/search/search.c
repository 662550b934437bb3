/* The face of all searches: the problem, candidates as points, the best so far, limits, options. Files are in
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

/* Creating. */

static size_t doubles_of(const rl_search_part *part) {
  const size_t line = RL_ALIGNMENT / sizeof(double);
  size_t doubles = part->array   ? part->count
                   : part->ranks ? part->count * sizeof(rl_rank) / sizeof(double)
                                 : 0;
  return (doubles + line - 1) / line * line;
}

/* One block for all of them; a failure leaves the one that was. */
static rl_status allocate(double **block, size_t *doubles, const rl_search_part *parts, int n,
                          rl_error *error) {
  size_t total = 0;
  for (int i = 0; i < n; i++) total += doubles_of(&parts[i]);
  double *at = rl_allocate(total, sizeof *at);
  if (!at) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search: %zu numbers", total);
  rl_release(*block);
  *block = at;
  *doubles = total;
  for (int i = 0; i < n; at += doubles_of(&parts[i++])) {
    if (parts[i].array) *parts[i].array = at;
    if (parts[i].ranks) *parts[i].ranks = (rl_rank *)(void *)at;
  }
  return RL_OK;
}

rl_status rl_search_reserve(rl_search *s, rl_error *error) {
  size_t count = (size_t)s->count, row = s->method->points ? 0 : (size_t)s->n;
  enum { OWN = 5 };
  rl_search_part parts[RL_SEARCH_PARTS + OWN] = {{.array = &s->row, .count = count * row},
                                                 {.array = &s->x, .count = count * (size_t)s->space.n},
                                                 {.array = &s->value, .count = count * (size_t)s->objectives},
                                                 {.array = &s->extra, .count = count * (size_t)s->extras},
                                                 {.ranks = &s->order, .count = count}};
  return allocate(&s->block, &s->doubles, parts, OWN + s->method->parts(s, parts + OWN), error);
}

static rl_status copy_names(rl_search *s, const char *const *names, rl_error *error) {
  size_t n = (size_t)s->space.n;
  if (!names) return RL_OK;
  for (size_t i = 0; i < n; i++) s->letter_count += strlen(names[i]) + 1;
  s->names = rl_allocate(n, sizeof *s->names);
  s->letters = rl_allocate(s->letter_count, 1);
  if (!s->names || !s->letters) return rl_fail(error, RL_NO_MEMORY, "out of memory for names");
  char *at = s->letters;
  for (size_t i = 0; i < n; i++) {
    size_t length = strlen(names[i]) + 1;
    s->names[i] = memcpy(at, names[i], length);
    at += length;
  }
  s->space.names = s->names;
  return RL_OK;
}

/* Coordinates without a choice are fixed, unless no other one is left. */
static int choose_fixed(const rl_search_space *space, bool *fixed) {
  int searched = 0, single = 0;
  for (int i = 0; i < space->n; i++) {
    fixed[i] = space->fixed && space->fixed[i];
    searched += !fixed[i];
    single += !fixed[i] && rl_search_space_is_single(space, i);
  }
  if (single == searched) return searched;
  for (int i = 0; i < space->n; i++) fixed[i] = fixed[i] || rl_search_space_is_single(space, i);
  return searched - single;
}

static rl_status copy_space(rl_search *s, const rl_search_space *space, rl_error *error) {
  size_t n = (size_t)space->n, searched = 0;
  double *x0 = NULL, *lower = NULL, *upper = NULL, *scale = NULL;
  s->fixed = rl_allocate(n, sizeof *s->fixed);
  s->integer = rl_allocate(n, sizeof *s->integer);
  if (s->fixed) searched = (size_t)choose_fixed(space, s->fixed);
  s->coordinate = rl_allocate(searched, sizeof *s->coordinate);
  s->measures = rl_allocate((size_t)space->n_measures, sizeof *s->measures);
  if (!s->fixed || !s->integer || !s->coordinate || !s->measures)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a search of %d coordinates", space->n);
  const rl_search_part parts[] = {{.array = &x0, .count = n},
                                  {.array = &lower, .count = n},
                                  {.array = &upper, .count = n},
                                  {.array = &scale, .count = n},
                                  {.array = &s->given_scale, .count = n},
                                  {.array = &s->view.mean, .count = n},
                                  {.array = &s->view.deviation, .count = n},
                                  {.array = &s->view.best, .count = n},
                                  {.array = &s->best, .count = n},
                                  {.array = &s->start, .count = searched},
                                  {.array = &s->scale, .count = searched},
                                  {.array = &s->mean, .count = searched},
                                  {.array = &s->deviation, .count = searched}};
  rl_status status = allocate(&s->space_block, &s->space_doubles, parts, sizeof parts / sizeof *parts, error);
  if (status) return status;
  for (int i = 0; i < space->n; i++) {
    x0[i] = space->x0[i];
    rl_search_space_take(space, i, &x0[i]);
    lower[i] = space->lower ? space->lower[i] : -INFINITY;
    upper[i] = space->upper ? space->upper[i] : INFINITY;
    scale[i] = s->given_scale[i] = space->scale ? space->scale[i] : 1.0;
    s->integer[i] = space->integer && space->integer[i];
    if (s->fixed[i] && rl_search_space_is_single(space, i)) x0[i] = floor(upper[i]);
    if (s->fixed[i]) continue;
    s->coordinate[s->n] = i;
    s->scale[s->n] = scale[i];
    s->start[s->n++] = s->integer[i] ? x0[i] : rl_bounds_inverse(x0[i], lower[i], upper[i]);
  }
  for (int i = 0; i < space->n_measures; i++) s->measures[i] = space->measures[i];
  s->space = (rl_search_space){.n = space->n,
                               .x0 = x0,
                               .lower = lower,
                               .upper = upper,
                               .scale = scale,
                               .fixed = s->fixed,
                               .integer = s->integer,
                               .n_measures = space->n_measures,
                               .measures = s->measures};
  return copy_names(s, space->names, error);
}

static rl_status read_settings(void *options, rl_options list, const rl_search_setting *settings,
                               rl_error *error) {
  rl_options_defaults(list, options);
  for (; settings && settings->name; settings++) {
    const rl_option *option = rl_options_find(list, settings->name, error);
    rl_status status = option ? rl_option_check_value(option, settings->value, error) : RL_BAD_ARGUMENT;
    if (status) return status;
    rl_option_set(options, option, settings->value);
  }
  return rl_options_check(list, options, error);
}

/* Deviations beyond a third of the range would only see the mirror images of what is between the bounds. Each
 * whole number has a range of 1. */
double rl_search_widest_step(const rl_search *s, int i) {
  int c = s->coordinate[i];
  double lower = s->space.lower[c], upper = s->space.upper[c];
  return (s->integer[c] ? floor(upper) - ceil(lower) + 1.0 : upper - lower) / 3.0;
}

double rl_search_limit_sigma(const rl_search *s, double sigma) {
  double widest = 0.0;
  for (int i = 0; i < s->n; i++)
    widest = fmax(widest, fmin(sigma, rl_search_widest_step(s, i) / s->given_scale[s->coordinate[i]]));
  return widest;
}

/* The deviation of coordinate i for this sigma. */
static double limited(const rl_search *s, int i, double sigma) {
  double given = sigma * s->given_scale[s->coordinate[i]];
  bool frozen = rl_search_is_whole(s, i) && !s->method->steps_whole && given < RL_SEARCH_LEAST_WHOLE;
  return fmin(frozen ? RL_SEARCH_LEAST_WHOLE : given, rl_search_widest_step(s, i));
}

void rl_search_limit_scale(rl_search *s, double sigma) {
  for (int i = 0; i < s->n; i++) {
    double given = s->given_scale[s->coordinate[i]], deviation = limited(s, i, sigma);
    s->scale[i] = deviation == sigma * given ? given : deviation / sigma;
  }
}

void rl_search_limit(rl_search *s) {
  rl_search_common *o = s->options;
  char label[RL_COORDINATE_TEXT], why[80] = "the least of use for a whole number";
  double given = o->sigma;
  int changed = 0, first = 0;
  o->sigma = rl_search_limit_sigma(s, given);
  rl_search_limit_scale(s, o->sigma);
  for (int i = s->n - 1; i >= 0; i--) {
    int c = s->coordinate[i];
    ((double *)s->space.scale)[c] = s->scale[i];
    if (limited(s, i, given) == given * s->given_scale[c]) continue;
    changed++;
    first = i;
  }
  s->limited[0] = '\0';
  if (changed == 0) return;
  int c = s->coordinate[first];
  double said = given * s->given_scale[c], is = limited(s, first, given);
  if (is < said)
    rl_format(why, sizeof why, "a third of its range [%g, %g]", s->space.lower[c], s->space.upper[c]);
  rl_format(s->limited, sizeof s->limited,
            "the standard deviation of coordinate %s is %.4g, %s, where sigma and scale say %.4g",
            rl_search_space_label(&s->space, c, label), is, why, said);
  if (changed > 1) {
    size_t length = strlen(s->limited);
    rl_format(s->limited + length, sizeof s->limited - length, "; %d more are changed so", changed - 1);
  }
}

/* The distribution that every method begins with. */
static void begin(rl_search *s) {
  const rl_search_common *o = s->options;
  memcpy(s->mean, s->start, (size_t)s->n * sizeof *s->mean);
  for (int i = 0; i < s->n; i++) s->deviation[i] = o->sigma * s->scale[i];
  memcpy(s->best, s->space.x0, (size_t)s->space.n * sizeof *s->best);
  s->best_return = (double)NAN;
  for (int i = 0; i < s->extras; i++) s->best_extra[i] = (double)NAN;
  rl_rng_init_use(&s->rng, o->seed, RL_STREAM_SEARCH, 0);
  if (s->method->begin) s->method->begin(s);
}

bool rl_search_was_set(const rl_search *s, const char *option) {
  for (const rl_search_setting *at = s->settings; at && at->name; at++)
    if (strcmp(at->name, option) == 0) return true;
  return false;
}

void rl_search_advise(rl_search *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  rl_vformat(s->advice, sizeof s->advice, format, arguments);
  va_end(arguments);
}

static rl_status create(rl_search *s, const rl_search_space *space, const rl_search_setting *settings,
                        const void *options, rl_error *error) {
  const rl_search_class *method = s->method;
  s->options = rl_allocate(1, method->options_size);
  s->made = rl_allocate(1, method->options_size);
  s->state = rl_allocate(1, method->state_size);
  if (!s->options || !s->made || !s->state) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  if (options) memcpy(s->options, options, method->options_size);
  rl_status status =
      options ? RL_OK : read_settings(s->options, rl_search_option_table(method), settings, error);
  if (!status) status = copy_space(s, space, error);
  if (!status && !rl_all_finite(s->start, (size_t)s->n))
    status = rl_fail(error, RL_NOT_FINITE, "x0: bounds too far apart for the range of numbers");
  s->objectives = 1;
  s->settings = settings;
  const double sigma = ((const rl_search_common *)s->options)->sigma;
  if (!status) rl_search_limit(s);
  if (!status && method->create) status = method->create(s, error);
  s->settings = NULL;
  if (!status) s->best_extra = rl_allocate((size_t)s->extras + 1, sizeof *s->best_extra);
  if (!status && !s->best_extra) status = rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  if (!status) status = rl_search_reserve(s, error);
  if (!status) begin(s);
  memcpy(s->made, s->options, method->options_size);
  ((rl_search_common *)s->made)->sigma = sigma;
  s->deadline = HUGE_VAL;
  return status;
}

static rl_status create_with(rl_search **out, const rl_search_class *method, const rl_search_space *space,
                             const rl_search_setting *settings, const void *options, rl_error *error) {
  rl_search *s = rl_allocate(1, sizeof *s);
  *out = NULL;
  if (!s) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  s->method = method;
  rl_status status = create(s, space, settings, options, error);
  if (status)
    rl_search_free(s);
  else
    *out = s;
  return status;
}

rl_status rl_search_create(rl_search **out, const rl_search_class *method, const rl_search_space *space,
                           const rl_search_setting *settings, rl_error *error) {
  *out = NULL;
  if (!method) return RL_BAD_ARGUMENT;
  rl_status status = rl_search_space_check(space, error);
  if (!status && space->n_measures > 0 && !method->elites)
    status = rl_fail(error, RL_BAD_ARGUMENT, "measures: %s keeps no archive of candidates", method->name);
  return status ? status : create_with(out, method, space, settings, NULL, error);
}

rl_status rl_search_twin(const rl_search *s, rl_search **twin, rl_error *error) {
  rl_search_space space = s->space;
  space.scale = s->given_scale;
  return create_with(twin, s->method, &space, NULL, s->options, error);
}

void rl_search_free(rl_search *s) {
  if (!s) return;
  for (int i = 0; i < s->n_inner; i++) rl_search_free(s->inner[i]);
  void *const owned[] = {s->options, s->made,     s->state,      (void *)s->names, s->letters, s->fixed,
                         s->integer, s->measures, s->coordinate, s->space_block,   s->block,   s->best_extra,
                         s};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) rl_release(owned[i]);
}

/* Candidates. */

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

/* Where it stands. */

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
