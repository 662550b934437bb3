/* The methods of weighted.h as searches of search.h. */
#include "search/search_class.h"
#include "search/weighted.h"

#include <math.h>
#include <string.h>

#define AT(field) offsetof(rl_weighted_options, field)
enum {
  CEM = 1 << RL_CEM,
  RWR = 1 << RL_RWR,
  PI2 = 1 << RL_PI2,
  POWER = 1 << RL_POWER,
  ALL = CEM | RWR | PI2 | POWER
};

static const rl_option table[] = {
    {.name = "sigma", .type = RL_OPTION_NUMBER, .offset = AT(sigma), .min = 1e-150, .max = 1e150},
    {.name = "popsize", .type = RL_OPTION_INTEGER, .offset = AT(popsize), .min = 2, .max = 1 << 20},
    {.name = "seed", .type = RL_OPTION_SEED, .offset = AT(seed), .min = 0, .max = 0x1p53},
    {.name = "full", .type = RL_OPTION_BOOLEAN, .offset = AT(full), .min = 0, .max = 1},
    {.name = "elite",
     .type = RL_OPTION_NUMBER,
     .offset = AT(elite),
     .min = 1e-6,
     .max = 1,
     .traits = CEM | POWER},
    {.name = "beta",
     .type = RL_OPTION_NUMBER,
     .offset = AT(beta),
     .min = 0,
     .max = 1e6,
     .traits = RWR | PI2,
     .live = true},
    {.name = "adapt", .type = RL_OPTION_BOOLEAN, .offset = AT(adapt), .min = 0, .max = 1, .traits = PI2},
    {.name = "rate", .type = RL_OPTION_NUMBER, .offset = AT(rate), .min = 0, .max = 1, .live = true},
    {.name = "decay", .type = RL_OPTION_NUMBER, .offset = AT(decay), .min = 0, .max = 1, .live = true},
    {.name = "noise", .type = RL_OPTION_NUMBER, .offset = AT(noise), .min = 0, .max = 1e300, .live = true},
    {.name = "minimize", .type = RL_OPTION_BOOLEAN, .offset = AT(minimize), .min = 0, .max = 1},
    {.name = "tolx", .type = RL_OPTION_NUMBER, .offset = AT(tolx), .min = 0, .max = 1e300, .live = true},
    {.name = "max_iterations",
     .type = RL_OPTION_COUNT,
     .offset = AT(max_iterations),
     .min = 0,
     .max = 0x1p53,
     .live = true},
    {.name = "max_evaluations",
     .type = RL_OPTION_COUNT,
     .offset = AT(max_evaluations),
     .min = 0,
     .max = 0x1p53,
     .live = true},
    {.name = "target",
     .type = RL_OPTION_NUMBER,
     .offset = AT(target),
     .min = -HUGE_VAL,
     .max = HUGE_VAL,
     .live = true},
};

static void defaults(int kind, void *options) {
  *(rl_weighted_options *)options = rl_weighted_defaults((rl_weighting)kind);
}

static rl_status create(void **method, const rl_search_space *space, const void *options, rl_error *error) {
  rl_weighted *search;
  rl_status status = rl_weighted_create(&search, space->n, space->x0, space->scale, options, error);
  *method = search;
  return status;
}

static void free_method(void *method) { rl_weighted_free(method); }

static rl_status ask(void *method, rl_error *error) {
  const double *x;
  return rl_weighted_ask(method, &x, error);
}

static const double *candidates(void *method, int *count) {
  *count = rl_weighted_get_options(method)->popsize;
  return rl_weighted_candidates(method);
}

static rl_status tell(void *method, const double *value, rl_error *error) {
  return rl_weighted_tell(method, value, error);
}

static int stop(void *method, const char *names[RL_SEARCH_CRITERIA]) {
  return rl_weighted_stop(method, names);
}

static void state(void *method, rl_search_state *s) {
  const rl_weighted_state w = rl_weighted_get_state(method);
  size_t n = (size_t)rl_weighted_size(method);
  memcpy(s->mean, w.mean, n * sizeof *s->mean);
  memcpy(s->deviation, w.deviation, n * sizeof *s->deviation);
  memcpy(s->best, w.best, n * sizeof *s->best);
  s->best_value = w.best_value;
  s->best_evaluation = w.best_evaluation;
  s->iterations = w.iterations;
  s->evaluations = w.evaluations;
  s->not_finite = w.not_finite;
  s->popsize = rl_weighted_get_options(method)->popsize;
}

static const void *get_options(void *method) { return rl_weighted_get_options(method); }

static void set_options(void *method, const void *options) {
  *rl_weighted_get_options(method) = *(const rl_weighted_options *)options;
}

static size_t bytes(void *method) { return rl_weighted_bytes(method); }

static rl_status save(void *method, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_weighted_save(method, archive, prefix, error);
}

static rl_status load(void *method, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_weighted_load(method, archive, prefix, error);
}

/* They differ in the kind alone. */
#define WEIGHTED(weighting, method_name)                                                                     \
  {                                                                                                          \
    .name = method_name, .kind = weighting, .options = table, .n_options = sizeof table / sizeof *table,     \
    .options_size = sizeof(rl_weighted_options), .defaults = defaults, .create = create,                     \
    .free = free_method, .ask = ask, .candidates = candidates, .tell = tell, .stop = stop, .state = state,   \
    .get_options = get_options, .set_options = set_options, .bytes = bytes, .save = save, .load = load       \
  }

const rl_search_class rl_search_cem = WEIGHTED(RL_CEM, "cem");
const rl_search_class rl_search_rwr = WEIGHTED(RL_RWR, "rwr");
const rl_search_class rl_search_pi2 = WEIGHTED(RL_PI2, "pi2");
const rl_search_class rl_search_power = WEIGHTED(RL_POWER, "power");
