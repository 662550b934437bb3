/* CMA-ES with restarts to an archive and back: the run that is on, and how it came to it. */
#include "search/cmaes_restart_internal.h"

#include <math.h>
#include <string.h>

enum { PROBLEM = 4, SCALARS = 2 };

static const char *const problem_names[PROBLEM] = {"restarts", "popsize", "sigma", "popsize_factor"};

static void describe(const rl_cmaes_restarts *s, double problem[PROBLEM]) {
  problem[0] = s->options.restarts;
  problem[1] = s->options.run.popsize;
  problem[2] = s->options.run.sigma;
  problem[3] = s->options.popsize_factor;
}

rl_status rl_cmaes_restarts_save(const rl_cmaes_restarts *s, rl_archive *archive, const char *prefix,
                                 rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  double problem[PROBLEM];
  describe(s, problem);
  const double scalars[SCALARS] = {s->sigma, s->best_value};
  const struct {
    const char *name;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } parts[] = {{"problem", RL_F64, PROBLEM, problem},
               {"x0", RL_F64, rl_cmaes_size(s->run), s->x0},
               {"start", RL_F64, rl_cmaes_size(s->run), s->start},
               {"best", RL_F64, rl_cmaes_size(s->run), s->best},
               {"course", RL_I64, COURSE_WORDS, &s->course},
               {"scalars", RL_F64, SCALARS, scalars},
               {"rng", RL_U64, RL_RNG_WORDS, &s->rng}};
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, parts[i].name), parts[i].dtype, 1,
                            &parts[i].count, parts[i].data, error);
  return status ? status : rl_cmaes_save(s->run, archive, rl_archive_key(name, prefix, "run"), error);
}

/* The named array of n finite numbers; NULL when it is not. */
static const double *find_vector(const rl_archive *archive, const char *prefix, const char *part, int n,
                                 rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, part));
  bool sound = array && array->dtype == RL_F64 && array->count == n;
  for (int i = 0; sound && i < n; i++) sound = isfinite(((const double *)array->data)[i]);
  if (!sound) rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not %d finite doubles", name, n);
  return sound ? array->data : NULL;
}

/* Names the first thing in which the saved problem differs; rl_cmaes_load looks at the rest of it. */
static rl_status check_problem(const rl_cmaes_restarts *s, const rl_archive *archive, const char *prefix,
                               rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  double here[PROBLEM], there[PROBLEM];
  int n = rl_cmaes_size(s->run);
  describe(s, here);
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "problem"), RL_F64, PROBLEM, there, error);
  for (int i = 0; !status && i < PROBLEM; i++)
    if (there[i] != here[i])
      status = rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %s is %g there, %g here",
                       prefix, problem_names[i], there[i], here[i]);
  const double *x0 = status ? NULL : find_vector(archive, prefix, "x0", n, error);
  if (!x0) return RL_BAD_FORMAT;
  for (int i = 0; i < n; i++)
    if (x0[i] != s->x0[i])
      return rl_fail(error, RL_BAD_FORMAT,
                     "%s: saved from another problem: x0 of coordinate %d is %g there, %g here", prefix,
                     i + 1, x0[i], s->x0[i]);
  return RL_OK;
}

static bool is_sound(const course *c, const double scalars[SCALARS], const rl_rng *rng) {
  const int64_t counts[] = {c->restarts,     c->large,           c->iterations,   c->evaluations,
                            c->not_finite,   c->best_evaluation, c->spent[FIRST], c->spent[LARGE],
                            c->spent[SMALL], c->latest_large,    c->budget};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (counts[i] < 0 || counts[i] > INT64_C(1) << 53) return false;
  return c->restarts <= INT32_MAX && c->large <= c->restarts && c->best_evaluation <= c->evaluations &&
         c->ended >= 0 && c->ended < 1 << RL_CMAES_CRITERIA && c->regime >= FIRST && c->regime < REGIMES &&
         c->popsize >= 2 && c->popsize <= 1 << 24 && scalars[0] > 0.0 && isfinite(scalars[0]) &&
         (isfinite(scalars[1]) || c->best_evaluation == 0) && rng->used <= 4 && rng->has_spare <= 1 &&
         isfinite(rng->spare);
}

/* The run that was on, begun where it was and loaded. The file, not a number in it, says how much memory that
 * takes. */
static rl_status load_run(const rl_cmaes_restarts *s, const course *c, double sigma, const double *start,
                          rl_cmaes **run, const rl_archive *archive, const char *prefix, rl_error *error) {
  char of_run[RL_ARCHIVE_NAME], name[RL_ARCHIVE_NAME];
  int n = rl_cmaes_size(s->run);
  rl_archive_key(of_run, prefix, "run");
  const rl_array *x = rl_archive_find(archive, rl_archive_key(name, of_run, "x"));
  if (!x || x->count < c->popsize * n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not of %d candidates", name, (int)c->popsize);
  rl_cmaes_options o = rl_cmaes_restarts_run_options(s, c, sigma);
  rl_status status = rl_cmaes_create(run, n, start, &o, error);
  if (!status) status = rl_cmaes_load(*run, archive, of_run, error);
  if (status) rl_cmaes_free(*run);
  return status;
}

rl_status rl_cmaes_restarts_load(rl_cmaes_restarts *s, const rl_archive *archive, const char *prefix,
                                 rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  course c;
  double scalars[SCALARS];
  uint64_t words[RL_RNG_WORDS];
  rl_rng rng;
  rl_cmaes *run;
  int n = rl_cmaes_size(s->run);
  rl_status status = check_problem(s, archive, prefix, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "course"), RL_I64, COURSE_WORDS, &c, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "scalars"), RL_F64, SCALARS, scalars, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "rng"), RL_U64, RL_RNG_WORDS, words, error);
  if (status) return status;
  memcpy(&rng, words, sizeof rng);
  if (!is_sound(&c, scalars, &rng))
    return rl_fail(error, RL_BAD_FORMAT, "%s: course, scalars or rng are not those of a search", prefix);
  const double *start = find_vector(archive, prefix, "start", n, error);
  const double *best = start ? find_vector(archive, prefix, "best", n, error) : NULL;
  if (!best) return RL_BAD_FORMAT;
  status = load_run(s, &c, scalars[0], start, &run, archive, prefix, error);
  if (status) return status;
  memcpy(s->start, start, (size_t)n * sizeof *start);
  memcpy(s->best, best, (size_t)n * sizeof *best);
  s->course = c;
  s->rng = rng;
  s->sigma = scalars[0];
  s->best_value = scalars[1];
  rl_cmaes_restarts_adopt(s, run);
  return RL_OK;
}
