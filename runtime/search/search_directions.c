/* The methods of directions.h as searches of search.h. */
#include "search/directions.h"
#include "search/search_class.h"

#include <string.h>

static void defaults(int kind, void *options) {
  *(rl_direction_options *)options = rl_direction_defaults((rl_direction_method)kind);
}

static rl_status create(void **method, const rl_search_space *space, const void *options, rl_error *error) {
  rl_directions *search;
  rl_status status = rl_directions_create(&search, space->n, space->x0, space->scale, options, error);
  *method = search;
  return status;
}

static void free_method(void *method) { rl_directions_free(method); }

static rl_status ask(void *method, rl_error *error) {
  const double *x;
  return rl_directions_ask(method, &x, error);
}

static const double *candidates(void *method, int *count) {
  *count = rl_directions_count(method);
  return rl_directions_candidates(method);
}

static rl_status tell(void *method, const double *value, rl_error *error) {
  return rl_directions_tell(method, value, error);
}

static int stop(void *method, const char *names[RL_SEARCH_CRITERIA]) {
  return rl_directions_stop(method, names);
}

static void state(void *method, rl_search_state *s) {
  const rl_directions_state d = rl_directions_get_state(method);
  size_t n = (size_t)rl_directions_size(method);
  memcpy(s->mean, d.mean, n * sizeof *s->mean);
  memcpy(s->deviation, d.deviation, n * sizeof *s->deviation);
  memcpy(s->best, d.best, n * sizeof *s->best);
  s->best_value = d.best_value;
  s->best_evaluation = d.best_evaluation;
  s->iterations = d.iterations;
  s->evaluations = d.evaluations;
  s->not_finite = d.not_finite;
  s->sigma = d.sigma;
  s->popsize = rl_directions_count(method);
}

static const void *get_options(void *method) { return rl_directions_get_options(method); }

static void set_options(void *method, const void *options) {
  *rl_directions_get_options(method) = *(const rl_direction_options *)options;
}

static size_t bytes(void *method) { return rl_directions_bytes(method); }

static rl_status save(void *method, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_directions_save(method, archive, prefix, error);
}

static rl_status load(void *method, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_directions_load(method, archive, prefix, error);
}

/* They differ in the kind alone. */
#define ALONG_DIRECTIONS(direction_method, method_name)                                                      \
  {                                                                                                          \
    .name = method_name, .kind = direction_method, .options = rl_direction_table,                            \
    .n_options = RL_DIRECTION_TABLE, .options_size = sizeof(rl_direction_options), .defaults = defaults,     \
    .create = create, .free = free_method, .ask = ask, .candidates = candidates, .tell = tell, .stop = stop, \
    .state = state, .get_options = get_options, .set_options = set_options, .bytes = bytes, .save = save,    \
    .load = load                                                                                             \
  }

const rl_search_class rl_search_ars = ALONG_DIRECTIONS(RL_ARS, "ars");
const rl_search_class rl_search_openai_es = ALONG_DIRECTIONS(RL_OPENAI_ES, "openai_es");
const rl_search_class rl_search_finite_difference =
    ALONG_DIRECTIONS(RL_FINITE_DIFFERENCE, "finite_difference");
const rl_search_class rl_search_hill_climb = ALONG_DIRECTIONS(RL_HILL_CLIMB, "hill_climb");
