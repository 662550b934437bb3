/* Making a search: what it is of, in memory of its own, its deviations as far as bounds allow them, and the distribution that it
 * begins with. */
#include "base/memory.h"
#include "base/text.h"
#include "search/search_class.h"

#include <stdio.h>
#include <string.h>

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
