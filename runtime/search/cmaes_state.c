/* CMA-ES to an archive and back: a table of arrays, so that what is saved is what is loaded. */
#include "search/cmaes_internal.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { PROBLEM_ARRAYS = 4, STATE_ARRAYS = 13, COUNTERS = 9, SCALARS = 4, CHOICES = 5 };

typedef struct part {
  const char *name;
  double *data;
  size_t count;
} part;

/* What must be the same in the run that is resumed. */
static void list_problem(const rl_cmaes *es, part parts[PROBLEM_ARRAYS]) {
  size_t n = (size_t)es->n;
  const part list[PROBLEM_ARRAYS] = {
      {"x0", es->x0, n}, {"lower", es->lower, n}, {"upper", es->upper, n}, {"scale", es->scale, n}};
  memcpy(parts, list, sizeof list);
}

static void list_state(const rl_cmaes *es, part parts[STATE_ARRAYS]) {
  size_t n = (size_t)es->n, N = (size_t)es->strategy.n, popsize = (size_t)es->strategy.popsize;
  size_t square = es->options.diagonal ? N : N * N, history = (size_t)es->history;
  if (es->iterations < es->history) history = (size_t)es->iterations;
  const part list[STATE_ARRAYS] = {{"mean", es->mean, N},
                                   {"p_sigma", es->p_sigma, N},
                                   {"p_c", es->p_c, N},
                                   {"C", es->C, square},
                                   {"B", es->B, es->options.diagonal ? 0 : square},
                                   {"D", es->D, N},
                                   {"z", es->z, popsize * N},
                                   {"y", es->y, popsize * N},
                                   {"x", es->x, (popsize + (size_t)es->repeats) * n},
                                   {"injected", es->injected, popsize * n},
                                   {"best", es->best, n},
                                   {"history_best", es->history_best, history},
                                   {"history_median", es->history_median, history}};
  memcpy(parts, list, sizeof list);
}

/* popsize, how many are evaluated twice, and one bit an option and coordinate: what else makes the problem.
 */
static void describe(const rl_cmaes *es, int64_t *choices) {
  const bool options[3] = {es->options.active, es->options.diagonal, es->options.minimize};
  choices[0] = es->strategy.popsize;
  choices[1] = es->repeats;
  for (int i = 0; i < 3; i++) choices[2 + i] = options[i];
  for (int i = 0; i < es->n; i++) choices[CHOICES + i] = es->integer[i] ? 1 : 0;
  for (int i = 0; i < es->n; i++) choices[CHOICES + es->n + i] = es->fixed[i] ? 1 : 0;
}

static const char *choice_name(const rl_cmaes *es, int64_t i) {
  static const char *const names[CHOICES] = {"popsize", "reevaluate", "active", "diagonal", "minimize"};
  if (i < CHOICES) return names[i];
  return i < CHOICES + es->n ? "integer" : "fixed";
}

static rl_status put_all(rl_archive *archive, const char *prefix, const part *parts, int n, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < n; i++) {
    int64_t count = (int64_t)parts[i].count;
    if (count > 0)
      status = rl_archive_put(archive, rl_archive_key(name, prefix, parts[i].name), RL_F64, 1, &count,
                              parts[i].data, error);
  }
  return status;
}

rl_status rl_cmaes_save(const rl_cmaes *es, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  part problem[PROBLEM_ARRAYS], state[STATE_ARRAYS];
  list_problem(es, problem);
  list_state(es, state);
  const int64_t counters[COUNTERS] = {es->iterations,      es->evaluations, es->not_finite,
                                      es->best_evaluation, es->decomposed,  es->flat,
                                      es->asked ? 1 : 0,   es->n_injected,  es->criteria};
  const double scalars[SCALARS] = {es->sigma, es->condition, es->best_cost, es->noise_evaluations};
  int64_t n_choices = CHOICES + 2 * (int64_t)es->n, n_counters = COUNTERS, n_scalars = SCALARS,
          words = RL_RNG_WORDS;
  int64_t *choices = rl_allocate((size_t)n_choices, sizeof *choices);
  if (!choices) return rl_fail(error, RL_NO_MEMORY, "out of memory for saving CMA-ES");
  describe(es, choices);
  rl_status status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "choices"), RL_I64, 1, &n_choices, choices, error);
  rl_release(choices);
  if (!status) status = put_all(archive, prefix, problem, PROBLEM_ARRAYS, error);
  if (!status) status = put_all(archive, prefix, state, STATE_ARRAYS, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "counters"), RL_I64, 1, &n_counters,
                            counters, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "scalars"), RL_F64, 1, &n_scalars, scalars,
                            error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "rng"), RL_U64, 1, &words, &es->rng, error);
  return status;
}

/* Names the first thing in which the saved problem differs. */
static rl_status check_problem(const rl_cmaes *es, const rl_archive *archive, const char *prefix,
                               rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  part problem[PROBLEM_ARRAYS];
  list_problem(es, problem);
  int64_t n_choices = CHOICES + 2 * (int64_t)es->n;
  int64_t *saved = rl_allocate(2 * (size_t)n_choices, sizeof *saved);
  double *vector = rl_allocate((size_t)es->n, sizeof *vector);
  rl_status status =
      saved && vector ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for loading CMA-ES");
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "choices"), RL_I64, n_choices, saved, error);
  if (!status) describe(es, saved + n_choices);
  for (int64_t i = 0; !status && i < n_choices; i++)
    if (saved[i] != saved[n_choices + i])
      status = rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %s differs", prefix,
                       choice_name(es, i));
  for (int k = 0; !status && k < PROBLEM_ARRAYS; k++) {
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, problem[k].name), RL_F64, es->n, vector, error);
    for (int i = 0; !status && i < es->n; i++)
      if (vector[i] != problem[k].data[i])
        status = rl_fail(error, RL_BAD_FORMAT,
                         "%s: saved from another problem: %s of coordinate %d is %g there, %g here", prefix,
                         problem[k].name, i + 1, vector[i], problem[k].data[i]);
  }
  rl_release(saved);
  rl_release(vector);
  return status;
}

static bool are_sound(const rl_cmaes *es, const int64_t *counters, const double *scalars, const rl_rng *rng) {
  int asked = rl_cmaes_asked(es);
  for (int i = 0; i < COUNTERS; i++)
    if (counters[i] < 0 || counters[i] > INT64_C(1) << 53) return false;
  return counters[0] <= (INT64_C(1) << 53) / asked && counters[1] == counters[0] * asked &&
         counters[4] <= counters[0] && counters[3] <= counters[1] && counters[6] <= 1 &&
         counters[7] <= es->strategy.popsize && counters[8] < 1 << RL_CMAES_CRITERIA && scalars[0] > 0.0 &&
         isfinite(scalars[0]) && scalars[1] >= 1.0 && scalars[3] >= 1.0 &&
         scalars[3] <= es->options.max_noise_evaluations && (isfinite(scalars[2]) || counters[3] == 0) &&
         rng->used <= 4 && rng->has_spare <= 1 && isfinite(rng->spare);
}

/* Every array is there and holds finite numbers (a median may be infinite). */
static rl_status check_arrays(const rl_archive *archive, const char *prefix, const part *parts,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  for (int k = 0; k < STATE_ARRAYS; k++) {
    if (parts[k].count == 0) continue;
    const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, parts[k].name));
    if (!array || array->dtype != RL_F64 || array->count != (int64_t)parts[k].count)
      return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not %zu doubles", name, parts[k].count);
    const double *data = array->data;
    bool median = strcmp(parts[k].name, "history_median") == 0, root = strcmp(parts[k].name, "D") == 0;
    for (size_t i = 0; i < parts[k].count; i++)
      if (isnan(data[i]) || (isinf(data[i]) && !median) || (root && data[i] <= 0.0))
        return rl_fail(error, RL_BAD_FORMAT, "%s: element %zu is %g", name, i + 1, data[i]);
  }
  return RL_OK;
}

rl_status rl_cmaes_load(rl_cmaes *es, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t counters[COUNTERS];
  double scalars[SCALARS];
  uint64_t words[RL_RNG_WORDS];
  rl_rng rng;
  part state[STATE_ARRAYS];
  rl_status status = check_problem(es, archive, prefix, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "counters"), RL_I64, COUNTERS, counters, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "scalars"), RL_F64, SCALARS, scalars, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "rng"), RL_U64, RL_RNG_WORDS, words, error);
  if (status) return status;
  memcpy(&rng, words, sizeof rng);
  if (!are_sound(es, counters, scalars, &rng))
    return rl_fail(error, RL_BAD_FORMAT, "%s: counters, scalars or rng are not those of a run", prefix);
  rl_cmaes saved = *es; /* as long a history as was saved */
  saved.iterations = counters[0];
  list_state(&saved, state);
  status = check_arrays(archive, prefix, state, error);
  if (status) return status;
  if (!rl_cmaes_is_covariance(es, rl_archive_find(archive, rl_archive_key(name, prefix, "C"))->data))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a covariance", name);
  for (int k = 0; k < STATE_ARRAYS; k++)
    if (state[k].count > 0)
      memcpy(state[k].data, rl_archive_find(archive, rl_archive_key(name, prefix, state[k].name))->data,
             state[k].count * sizeof(double));
  es->iterations = counters[0];
  es->evaluations = counters[1];
  es->not_finite = counters[2];
  es->best_evaluation = counters[3];
  es->decomposed = counters[4];
  es->flat = counters[5];
  es->asked = counters[6] != 0;
  es->n_injected = (int)counters[7];
  es->criteria = (uint32_t)counters[8];
  es->sigma = scalars[0];
  es->condition = scalars[1];
  es->best_cost = scalars[2];
  es->noise_evaluations = scalars[3];
  es->rng = rng;
  rl_cmaes_spread(es);
  return RL_OK;
}
