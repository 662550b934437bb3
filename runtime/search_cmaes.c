/* CMA-ES as one of the searches of search.h: it has bounds, whole numbers and fixed coordinates itself. */
#include "cmaes.h"
#include "search_class.h"

#include <math.h>

#define AT(field) offsetof(rl_cmaes_options, field)
#define ALL       ~0U

static const rl_option_def table[] = {
    {"sigma", RL_OPTION_NUMBER, AT(sigma), 1e-300, 1e150, ALL, false, NULL},
    {"popsize", RL_OPTION_INTEGER, AT(popsize), 0, 1 << 24, ALL, false, NULL},
    {"seed", RL_OPTION_SEED, AT(seed), 0, 0x1p53, ALL, false, NULL},
    {"active", RL_OPTION_BOOLEAN, AT(active), 0, 1, ALL, false, NULL},
    {"diagonal", RL_OPTION_BOOLEAN, AT(diagonal), 0, 1, ALL, false, NULL},
    {"minimize", RL_OPTION_BOOLEAN, AT(minimize), 0, 1, ALL, false, NULL},
    {"tolfun", RL_OPTION_NUMBER, AT(tolfun), 0, HUGE_VAL, ALL, true, NULL},
    {"tolfunhist", RL_OPTION_NUMBER, AT(tolfunhist), 0, HUGE_VAL, ALL, true, NULL},
    {"tolx", RL_OPTION_NUMBER, AT(tolx), 0, HUGE_VAL, ALL, true, NULL},
    {"tolupsigma", RL_OPTION_NUMBER, AT(tolupsigma), 0, HUGE_VAL, ALL, true, NULL},
    {"conditioncov", RL_OPTION_NUMBER, AT(conditioncov), 0, HUGE_VAL, ALL, true, NULL},
    {"flatfitness", RL_OPTION_INTEGER, AT(flatfitness), 0, INT32_MAX, ALL, true, NULL},
    {"stagnation", RL_OPTION_BOOLEAN, AT(stagnation), 0, 1, ALL, true, NULL},
    {"max_iterations", RL_OPTION_COUNT, AT(max_iterations), 0, 0x1p53, ALL, true, NULL},
    {"max_evaluations", RL_OPTION_COUNT, AT(max_evaluations), 0, 0x1p53, ALL, true, NULL},
    {"target", RL_OPTION_NUMBER, AT(target), -HUGE_VAL, HUGE_VAL, ALL, true, NULL},
};

static void defaults(int kind, void *options) {
  (void)kind;
  *(rl_cmaes_options *)options = rl_cmaes_defaults();
}

static rl_status create(void **method, const rl_search_space *space, const void *options, rl_error *error) {
  rl_cmaes *es;
  rl_cmaes_options o = *(const rl_cmaes_options *)options;
  o.lower = space->lower;
  o.upper = space->upper;
  o.scale = space->scale;
  o.fixed = space->fixed;
  o.integer = space->integer;
  rl_status status = rl_cmaes_create(&es, space->n, space->x0, &o, error);
  *method = es;
  return status;
}

static void free_method(void *method) { rl_cmaes_free(method); }

static rl_status ask(void *method, rl_error *error) {
  const double *x;
  return rl_cmaes_ask(method, &x, error);
}

static const double *candidates(void *method, int *count) {
  *count = rl_cmaes_popsize(method);
  return rl_cmaes_candidates(method);
}

static rl_status tell(void *method, const double *value, rl_error *error) {
  return rl_cmaes_tell(method, value, error);
}

static rl_status inject(void *method, const double *x, rl_error *error) {
  return rl_cmaes_inject(method, x, error);
}

static int stop(void *method, const char *names[RL_SEARCH_CRITERIA]) { return rl_cmaes_stop(method, names); }

static void state(void *method, rl_search_state *s) {
  s->best_value = (double)NAN;
  s->best_evaluation = 0;
  const double *best = rl_cmaes_best(method, &s->best_value, &s->best_evaluation);
  for (int i = 0; best && i < rl_cmaes_size(method); i++) s->best[i] = best[i];
  rl_cmaes_mean(method, s->mean);
  rl_cmaes_deviations(method, s->deviation);
  s->sigma = rl_cmaes_sigma(method);
  s->iterations = rl_cmaes_iterations(method);
  s->evaluations = rl_cmaes_evaluations(method);
  s->not_finite = rl_cmaes_not_finite(method);
  s->popsize = rl_cmaes_popsize(method);
}

static const void *get_options(void *method) { return rl_cmaes_options_of(method); }
static void set_options(void *method, const void *options) { rl_cmaes_set_limits(method, options); }
static size_t bytes(void *method) { return rl_cmaes_bytes(method); }

static rl_status save(void *method, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_cmaes_save(method, archive, prefix, error);
}

static rl_status load(void *method, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_cmaes_load(method, archive, prefix, error);
}

const rl_search_class rl_search_cmaes = {.name = "cmaes",
                                         .options = table,
                                         .n_options = sizeof table / sizeof *table,
                                         .options_size = sizeof(rl_cmaes_options),
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
