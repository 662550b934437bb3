/* CMA-ES, with restarts, as one of the searches of search.h: it has bounds, whole numbers and fixed
 * coordinates itself. */
#include "search/cmaes_restart.h"
#include "search/search_class.h"

#include <math.h>

#define AT(field) offsetof(rl_cmaes_restart_options, field)
#define ALL       ~0U

static const rl_option_def table[] = {
    {"sigma", RL_OPTION_NUMBER, AT(run.sigma), 1e-300, 1e150, ALL, false, NULL},
    {"popsize", RL_OPTION_INTEGER, AT(run.popsize), 0, 1 << 24, ALL, false, NULL},
    {"seed", RL_OPTION_SEED, AT(run.seed), 0, 0x1p53, ALL, false, NULL},
    {"active", RL_OPTION_BOOLEAN, AT(run.active), 0, 1, ALL, false, NULL},
    {"diagonal", RL_OPTION_BOOLEAN, AT(run.diagonal), 0, 1, ALL, false, NULL},
    {"minimize", RL_OPTION_BOOLEAN, AT(run.minimize), 0, 1, ALL, false, NULL},
    {"restarts", RL_OPTION_CHOICE, AT(restarts), 0, RL_RESTARTS - 1, ALL, false, rl_restart_names},
    {"max_restarts", RL_OPTION_INTEGER, AT(max_restarts), 0, 1000, ALL, true, NULL},
    {"popsize_factor", RL_OPTION_NUMBER, AT(popsize_factor), 1, 1000, ALL, false, NULL},
    {"reevaluate", RL_OPTION_NUMBER, AT(run.reevaluate), 0, 1, ALL, false, NULL},
    {"max_noise_evaluations", RL_OPTION_INTEGER, AT(run.max_noise_evaluations), 1, INT32_MAX, ALL, false,
     NULL},
    {"tolfun", RL_OPTION_NUMBER, AT(run.tolfun), 0, HUGE_VAL, ALL, true, NULL},
    {"tolfunhist", RL_OPTION_NUMBER, AT(run.tolfunhist), 0, HUGE_VAL, ALL, true, NULL},
    {"tolx", RL_OPTION_NUMBER, AT(run.tolx), 0, HUGE_VAL, ALL, true, NULL},
    {"tolupsigma", RL_OPTION_NUMBER, AT(run.tolupsigma), 0, HUGE_VAL, ALL, true, NULL},
    {"conditioncov", RL_OPTION_NUMBER, AT(run.conditioncov), 0, HUGE_VAL, ALL, true, NULL},
    {"flatfitness", RL_OPTION_INTEGER, AT(run.flatfitness), 0, INT32_MAX, ALL, true, NULL},
    {"stagnation", RL_OPTION_BOOLEAN, AT(run.stagnation), 0, 1, ALL, true, NULL},
    {"max_iterations", RL_OPTION_COUNT, AT(run.max_iterations), 0, 0x1p53, ALL, true, NULL},
    {"max_evaluations", RL_OPTION_COUNT, AT(run.max_evaluations), 0, 0x1p53, ALL, true, NULL},
    {"target", RL_OPTION_NUMBER, AT(run.target), -HUGE_VAL, HUGE_VAL, ALL, true, NULL},
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
