/* The face of all searches: keeps the problem, and brings bounds, whole numbers and fixed coordinates to the
 * methods that do not know them. Saving is in search_state.c. */
#include "search/search_internal.h"

#include "base/memory.h"
#include "search/cmaes.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* One row a method. */
static const rl_search_class *const classes[] = {
    &rl_search_cmaes,     &rl_search_cem, &rl_search_rwr,       &rl_search_pi2,
    &rl_search_power,     &rl_search_ars, &rl_search_openai_es, &rl_search_finite_difference,
    &rl_search_hill_climb};
enum { CLASSES = sizeof classes / sizeof *classes };

const rl_search_class *const *rl_search_classes(int *count) {
  *count = CLASSES;
  return classes;
}

const rl_search_class *rl_search_find(const char *name, rl_error *error) {
  const char *names[CLASSES];
  for (int i = 0; i < CLASSES; i++) {
    if (strcmp(classes[i]->name, name) == 0) return classes[i];
    names[i] = classes[i]->name;
  }
  rl_fail_unknown(error, "search method", name, names, CLASSES);
  return NULL;
}

rl_options rl_search_option_table(const rl_search_class *method) {
  return (rl_options){method->options, method->n_options, 1U << method->kind};
}

/* Creating. */

/* Cuts the block into its arrays, or only counts while there is none. */
static size_t lay_out(rl_search *s) {
  size_t n = (size_t)s->space.n, used = 0;
  double **arrays[] = {&s->x0,         &s->lower,           &s->upper,
                       &s->scale,      &s->state.mean,      &s->state.deviation,
                       &s->state.best, &s->inner.mean,      &s->inner.deviation,
                       &s->inner.best, &s->unbounded_start, &s->unbounded_scale};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    if (s->block) *arrays[i] = s->block + used;
    used += n;
  }
  return used;
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

static rl_status copy_space(rl_search *s, const rl_search_space *space, rl_error *error) {
  size_t n = (size_t)space->n;
  s->space.n = space->n;
  s->doubles = lay_out(s);
  s->block = rl_allocate(s->doubles, sizeof *s->block);
  s->fixed = rl_allocate(n, sizeof *s->fixed);
  s->integer = rl_allocate(n, sizeof *s->integer);
  s->coordinate = rl_allocate(n, sizeof *s->coordinate);
  s->options = rl_allocate(1, s->method->options_size);
  if (!s->block || !s->fixed || !s->integer || !s->coordinate || !s->options)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a search of %d coordinates", space->n);
  lay_out(s);
  for (int i = 0; i < space->n; i++) {
    s->x0[i] = space->x0[i];
    s->lower[i] = space->lower ? space->lower[i] : -INFINITY;
    s->upper[i] = space->upper ? space->upper[i] : INFINITY;
    s->scale[i] = space->scale ? space->scale[i] : 1.0;
    s->fixed[i] = space->fixed && space->fixed[i];
    s->integer[i] = space->integer && space->integer[i];
    if (!s->fixed[i]) s->coordinate[s->searched++] = i;
  }
  s->space = (rl_search_space){.n = space->n,
                               .x0 = s->x0,
                               .lower = s->lower,
                               .upper = s->upper,
                               .scale = s->scale,
                               .fixed = s->fixed,
                               .integer = s->integer};
  return copy_names(s, space->names, error);
}

/* What a method that knows no bounds searches: the coordinates that are not fixed, without bounds. */
static rl_search_space unbounded(const rl_search *s) {
  for (int i = 0; i < s->searched; i++) {
    int c = s->coordinate[i];
    s->unbounded_start[i] = rl_bounds_inverse(s->x0[c], s->lower[c], s->upper[c]);
    s->unbounded_scale[i] = s->scale[c];
  }
  return (rl_search_space){.n = s->searched, .x0 = s->unbounded_start, .scale = s->unbounded_scale};
}

rl_status rl_search_create(rl_search **out, const rl_search_class *method, const rl_search_space *space,
                           const void *options, rl_error *error) {
  *out = NULL;
  rl_status status = rl_search_space_check(space, error);
  if (!status) status = rl_options_check(rl_search_option_table(method), options, error);
  if (status) return status;
  rl_search *s = rl_allocate(1, sizeof *s);
  if (!s) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  s->method = method;
  status = copy_space(s, space, error);
  if (!status) {
    rl_search_space inner = method->bounded ? s->space : unbounded(s);
    status = method->create(&s->self, &inner, options, error);
  }
  if (status) {
    rl_search_free(s);
    return status;
  }
  rl_search_limit_seconds(s, HUGE_VAL);
  *out = s;
  return RL_OK;
}

void rl_search_free(rl_search *s) {
  if (!s) return;
  if (s->self) s->method->free(s->self);
  rl_release(s->block);
  rl_release(s->fixed);
  rl_release(s->integer);
  rl_release(s->coordinate);
  rl_release(s->options);
  rl_release(s->names);
  rl_release(s->letters);
  rl_release(s->x);
  rl_release(s);
}

/* From what an unbounded method searches to a point, and back. */

static void to_point(const rl_search *s, const double *g, double *x) {
  memcpy(x, s->x0, (size_t)s->space.n * sizeof *x);
  for (int i = 0; i < s->searched; i++) {
    int c = s->coordinate[i];
    x[c] = rl_bounds_transform(g[i], s->lower[c], s->upper[c]);
    if (s->integer[c]) x[c] = rl_search_round(x[c], s->lower[c], s->upper[c]);
  }
}

static void from_point(const rl_search *s, const double *x, double *g) {
  for (int i = 0; i < s->searched; i++) {
    int c = s->coordinate[i];
    g[i] = rl_bounds_inverse(x[c], s->lower[c], s->upper[c]);
  }
}

rl_status rl_search_map(rl_search *s, rl_error *error) {
  const double *g = s->method->candidates(s->self, &s->count);
  size_t n = (size_t)s->space.n;
  s->asked = g;
  if (!g || s->method->bounded) return RL_OK;
  if (s->count > s->capacity) {
    rl_release(s->x);
    s->x = rl_allocate((size_t)s->count * n, sizeof *s->x);
    s->capacity = s->x ? s->count : 0;
    s->asked = NULL;
    if (!s->x) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d candidates", s->count);
  }
  for (int k = 0; k < s->count; k++) to_point(s, g + (size_t)k * (size_t)s->searched, s->x + (size_t)k * n);
  s->asked = s->x;
  return RL_OK;
}

/* Asking and telling. */

rl_status rl_search_ask(rl_search *s, const double **x, int *count, rl_error *error) {
  s->asked = NULL;
  rl_status status = s->method->ask(s->self, error);
  if (!status) status = rl_search_map(s, error);
  *x = s->asked;
  *count = s->count;
  return status;
}

const double *rl_search_candidates(const rl_search *s, int *count) {
  *count = s->asked ? s->count : 0;
  return s->asked;
}

void rl_search_candidates_f32(const rl_search *s, float *out) {
  int n = s->space.n;
  for (int k = 0; s->asked && k < s->count; k++)
    for (int i = 0; i < n; i++) {
      size_t at = (size_t)k * (size_t)n + (size_t)i;
      float x = (float)s->asked[at];
      if ((double)x < s->lower[i]) x = nextafterf(x, INFINITY);
      if ((double)x > s->upper[i]) x = nextafterf(x, -INFINITY);
      out[at] = x;
    }
}

rl_status rl_search_tell(rl_search *s, const double *value, rl_error *error) {
  int finite = 0;
  if (!s->asked) return rl_fail(error, RL_BAD_ARGUMENT, "tell: ask first");
  for (int k = 0; k < s->count; k++) finite += isfinite(value[k]) != 0;
  if (finite == 0)
    return rl_fail(error, RL_NOT_FINITE,
                   "tell: none of the %d values is a finite number; nothing was changed", s->count);
  rl_status status = s->method->tell(s->self, value, error);
  if (!status) s->asked = NULL;
  return status;
}

bool rl_search_can_inject(const rl_search *s) { return s->method->inject != NULL; }

rl_status rl_search_inject(rl_search *s, const double *x, rl_error *error) {
  char label[RL_COORDINATE_TEXT];
  if (!s->method->inject)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: %s takes no candidates from outside", s->method->name);
  for (int i = 0; i < s->space.n; i++) {
    rl_search_space_label(&s->space, i, label);
    if (!(x[i] >= s->lower[i] && x[i] <= s->upper[i] && isfinite(x[i])))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %s is %g, outside its bounds [%g, %g]",
                     label, x[i], s->lower[i], s->upper[i]);
    if (s->integer[i] && !s->fixed[i] && x[i] != nearbyint(x[i]))
      return rl_fail(error, RL_BAD_ARGUMENT, "inject: coordinate %s is %g, a whole number is needed", label,
                     x[i]);
  }
  if (s->method->bounded) return s->method->inject(s->self, x, error);
  from_point(s, x, s->inner.mean);
  return s->method->inject(s->self, s->inner.mean, error);
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

int rl_search_stop(const rl_search *s, const char *names[RL_SEARCH_CRITERIA]) {
  const char *met[RL_SEARCH_CRITERIA];
  int count = s->method->stop(s->self, met);
  if (s->deadline != HUGE_VAL && seconds_now() >= s->deadline) met[count++] = "max_seconds";
  if (names) memcpy(names, met, (size_t)count * sizeof *met);
  return count;
}

/* Of the coordinates that are searched. */
static double mean_step(const rl_search *s) {
  double squares = 0.0;
  for (int i = 0; i < s->searched; i++) {
    int c = s->coordinate[i];
    double step = s->state.deviation[c] / s->scale[c];
    squares += step * step / s->searched;
  }
  return sqrt(squares);
}

const rl_search_state *rl_search_get_state(rl_search *s) {
  rl_search_state *state = s->method->bounded ? &s->state : &s->inner;
  state->sigma = (double)NAN;
  state->noise_evaluations = 1;
  s->method->state(s->self, state);
  if (!s->method->bounded) {
    double *mean = s->state.mean, *deviation = s->state.deviation, *best = s->state.best;
    s->state = s->inner;
    s->state.mean = mean;
    s->state.deviation = deviation;
    s->state.best = best;
    to_point(s, s->inner.mean, mean);
    to_point(s, s->inner.best, best);
    memset(deviation, 0, (size_t)s->space.n * sizeof *deviation);
    for (int i = 0; i < s->searched; i++) deviation[s->coordinate[i]] = s->inner.deviation[i];
  }
  if (isnan(s->state.sigma)) s->state.sigma = mean_step(s);
  return &s->state;
}

const rl_search_class *rl_search_method(const rl_search *s) { return s->method; }
const rl_search_space *rl_search_get_space(const rl_search *s) { return &s->space; }
const void *rl_search_options(const rl_search *s) { return s->method->get_options(s->self); }

rl_status rl_search_set(rl_search *s, const rl_option *option, double value, rl_error *error) {
  if (!option->live || !rl_option_has(option, 1U << s->method->kind))
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: cannot change in mid-run", option->name);
  rl_status status = rl_option_check_value(option, value, error);
  if (status) return status;
  memcpy(s->options, rl_search_options(s), s->method->options_size);
  rl_option_set(s->options, option, value);
  s->method->set_options(s->self, s->options);
  return RL_OK;
}

size_t rl_search_bytes(const rl_search *s) {
  size_t n = (size_t)s->space.n;
  return sizeof *s + (s->doubles + (size_t)s->capacity * n) * sizeof(double) + s->letter_count +
         s->method->bytes(s->self);
}
