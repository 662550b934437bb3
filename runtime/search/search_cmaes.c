/* CMA-ES, with restarts, as one of the searches of search.h: it has bounds, whole numbers and fixed
 * coordinates itself. */
#include "search/cmaes_restart.h"
#include "search/search_class.h"

#include <math.h>

#define AT(field) offsetof(rl_cmaes_restart_options, field)
#define ALL       ~0U

static const rl_option table[] = {
    {.name = "sigma", .type = RL_OPTION_NUMBER, .offset = AT(run.sigma), .min = 1e-300, .max = 1e150},
    {.name = "popsize", .type = RL_OPTION_INTEGER, .offset = AT(run.popsize), .min = 0, .max = 1 << 24},
    {.name = "seed", .type = RL_OPTION_SEED, .offset = AT(run.seed), .min = 0, .max = 0x1p53},
    {.name = "active", .type = RL_OPTION_BOOLEAN, .offset = AT(run.active), .min = 0, .max = 1},
    {.name = "diagonal", .type = RL_OPTION_BOOLEAN, .offset = AT(run.diagonal), .min = 0, .max = 1},
    {.name = "minimize", .type = RL_OPTION_BOOLEAN, .offset = AT(run.minimize), .min = 0, .max = 1},
    {.name = "restarts",
     .type = RL_OPTION_CHOICE,
     .offset = AT(restarts),
     .min = 0,
     .max = RL_RESTARTS - 1,
     .choices = rl_restart_names},
    {.name = "max_restarts",
     .type = RL_OPTION_INTEGER,
     .offset = AT(max_restarts),
     .min = 0,
     .max = 1000,
     .live = true},
    {.name = "popsize_factor", .type = RL_OPTION_NUMBER, .offset = AT(popsize_factor), .min = 1, .max = 1000},
    {.name = "reevaluate", .type = RL_OPTION_NUMBER, .offset = AT(run.reevaluate), .min = 0, .max = 1},
    {.name = "max_noise_evaluations",
     .type = RL_OPTION_INTEGER,
     .offset = AT(run.max_noise_evaluations),
     .min = 1,
     .max = INT32_MAX},
    {.name = "tolfun",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.tolfun),
     .min = 0,
     .max = HUGE_VAL,
     .live = true},
    {.name = "tolfunhist",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.tolfunhist),
     .min = 0,
     .max = HUGE_VAL,
     .live = true},
    {.name = "tolx",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.tolx),
     .min = 0,
     .max = HUGE_VAL,
     .live = true},
    {.name = "tolupsigma",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.tolupsigma),
     .min = 0,
     .max = HUGE_VAL,
     .live = true},
    {.name = "conditioncov",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.conditioncov),
     .min = 0,
     .max = HUGE_VAL,
     .live = true},
    {.name = "flatfitness",
     .type = RL_OPTION_INTEGER,
     .offset = AT(run.flatfitness),
     .min = 0,
     .max = INT32_MAX,
     .live = true},
    {.name = "stagnation",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(run.stagnation),
     .min = 0,
     .max = 1,
     .live = true},
    {.name = "max_iterations",
     .type = RL_OPTION_COUNT,
     .offset = AT(run.max_iterations),
     .min = 0,
     .max = 0x1p53,
     .live = true},
    {.name = "max_evaluations",
     .type = RL_OPTION_COUNT,
     .offset = AT(run.max_evaluations),
     .min = 0,
     .max = 0x1p53,
     .live = true},
    {.name = "target",
     .type = RL_OPTION_NUMBER,
     .offset = AT(run.target),
     .min = -HUGE_VAL,
     .max = HUGE_VAL,
     .live = true},
};

static void defaults(int kind, void *options) {
  (void)kind;
  *(rl_cmaes_restart_options *)options = rl_cmaes_restart_defaults();
}

static rl_status create(void **method, const rl_search_space *space, const void *options, rl_error *error) {
  rl_cmaes_restarts *search;
  rl_cmaes_restart_options o = *(const rl_cmaes_restart_options *)options;
  o.run.lower = space->lower;
  o.run.upper = space->upper;
  o.run.scale = space->scale;
  o.run.fixed = space->fixed;
  o.run.integer = space->integer;
  rl_status status = rl_cmaes_restarts_create(&search, space->n, space->x0, &o, error);
  *method = search;
  return status;
}

static void free_method(void *method) { rl_cmaes_restarts_free(method); }

static rl_status ask(void *method, rl_error *error) {
  const double *x;
  return rl_cmaes_restarts_ask(method, &x, error);
}

static const double *candidates(void *method, int *count) {
  const rl_cmaes *run = rl_cmaes_restarts_run(method);
  *count = rl_cmaes_asked(run);
  return rl_cmaes_candidates(run);
}

static rl_status tell(void *method, const double *value, rl_error *error) {
  return rl_cmaes_restarts_tell(method, value, error);
}

static rl_status inject(void *method, const double *x, rl_error *error) {
  return rl_cmaes_restarts_inject(method, x, error);
}

static int stop(void *method, const char *names[RL_SEARCH_CRITERIA]) {
  return rl_cmaes_restarts_stop(method, names);
}

static void state(void *method, rl_search_state *s) {
  const rl_cmaes *run = rl_cmaes_restarts_run(method);
  s->best_value = (double)NAN;
  s->best_evaluation = 0;
  const double *best = rl_cmaes_restarts_best(method, &s->best_value, &s->best_evaluation);
  for (int i = 0; best && i < rl_cmaes_size(run); i++) s->best[i] = best[i];
  rl_cmaes_mean(run, s->mean);
  rl_cmaes_deviations(run, s->deviation);
  s->sigma = rl_cmaes_sigma(run);
  s->iterations = rl_cmaes_restarts_iterations(method);
  s->evaluations = rl_cmaes_restarts_evaluations(method);
  s->not_finite = rl_cmaes_restarts_not_finite(method);
  s->popsize = rl_cmaes_asked(run);
  s->noise_evaluations = rl_cmaes_noise_evaluations(run);
  s->restarts = rl_cmaes_restarts_count(method);
  s->n_ended = rl_cmaes_restarts_ended(method, s->ended);
}

static const void *get_options(void *method) { return rl_cmaes_restarts_options(method); }
static void set_options(void *method, const void *options) { rl_cmaes_restarts_set_limits(method, options); }
static size_t bytes(void *method) { return rl_cmaes_restarts_bytes(method); }

static rl_status save(void *method, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_cmaes_restarts_save(method, archive, prefix, error);
}

static rl_status load(void *method, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_cmaes_restarts_load(method, archive, prefix, error);
}

const rl_search_class rl_search_cmaes = {.name = "cmaes",
                                         .options = table,
                                         .n_options = sizeof table / sizeof *table,
                                         .options_size = sizeof(rl_cmaes_restart_options),
                                         .defaults = defaults,
                                         .bounded = true,
                                         .create = create,
                                         .free = free_method,
                                         .ask = ask,
                                         .candidates = candidates,
                                         .tell = tell,
                                         .inject = inject,
                                         .stop = stop,
                                         .state = state,
                                         .get_options = get_options,
                                         .set_options = set_options,
                                         .bytes = bytes,
                                         .save = save,
                                         .load = load};
