/* Searches that version 0.1 has saved: a run of its own inside of its restarts, each with its counters, best
 * and problem. The arrays get the names that they have now. */
#include "search/cmaes_internal.h"

#include <stdio.h>

/* Words of what was saved in one array. */
enum { COURSE = 15, COUNTERS = 9, SCALARS = 4 };

typedef struct saved {
  int64_t course[COURSE], counters[COUNTERS];
  double scalars[SCALARS], of_restarts[2];
} saved;

static rl_status read_saved(saved *v, const rl_archive *archive, const char *prefix, rl_error *error) {
  const struct {
    const char *part;
    rl_dtype dtype;
    int count;
    void *data;
  } parts[] = {{"course", RL_I64, COURSE, v->course},
               {"run.counters", RL_I64, COUNTERS, v->counters},
               {"run.scalars", RL_F64, SCALARS, v->scalars},
               {"scalars", RL_F64, 2, v->of_restarts}};
  char name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, parts[i].part), parts[i].dtype,
                            parts[i].count, parts[i].data, error);
  for (int i = 0; !status && i < COUNTERS; i++)
    if (v->counters[i] < 0 || v->counters[i] > INT64_C(1) << 53 || v->course[i] < 0 ||
        v->course[i] > INT64_C(1) << 53)
      status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible counters", prefix);
  return status;
}

static rl_status copy(const rl_archive *archive, const char *prefix, const char *from, const char *to,
                      rl_archive *modern, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, from));
  if (!array) return RL_OK; /* loading will name it */
  return rl_archive_put(modern, rl_archive_key(name, prefix, to), array->dtype, array->ndim, array->shape,
                        array->data, error);
}

static rl_status translate(const rl_search *s, const saved *v, const rl_archive *archive, const char *prefix,
                           rl_archive *modern, rl_error *error) {
  static const char *const names[][2] = {{"rng", "rng"}, {"run.rng", "stream"}};
  static const char *const of_run[] = {
      "mean", "p_sigma", "p_c", "C", "B", "D", "z", "y", "x", "injected", "history_best", "history_median"};
  const int64_t *c = v->course, *r = v->counters;
  const double sign = rl_search_common_of(s)->minimize ? 1.0 : -1.0;
  double of_run_best = sign * v->scalars[2], best = v->of_restarts[1];
  bool in_run = r[3] > 0 && (c[5] == 0 || sign * of_run_best < sign * best);
  int64_t best_evaluation = in_run ? c[3] + r[3] : c[5];
  if (in_run) best = of_run_best;
  if (best_evaluation == 0) best = (double)NAN;
  const int64_t counters[5] = {c[2] + r[0], c[3] + r[1], c[4] + r[2], best_evaluation, r[6]};
  const int64_t course[RL_COURSE_WORDS] = {c[0], c[1],  c[2],  c[3],  c[6],  c[7], c[8],
                                           c[9], c[10], c[11], c[12], c[13], c[14]};
  const struct {
    const char *part;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } parts[] = {{"counters", RL_I64, 5, counters},
               {"course", RL_I64, RL_COURSE_WORDS, course},
               {"best_value", RL_F64, 1, &best},
               {"decomposed", RL_I64, 1, &r[4]},
               {"flat", RL_I64, 1, &r[5]},
               {"n_injected", RL_I64, 1, &r[7]},
               {"criteria", RL_I64, 1, &r[8]},
               {"sigma", RL_F64, 1, &v->scalars[0]},
               {"condition", RL_F64, 1, &v->scalars[1]},
               {"noise_evaluations", RL_F64, 1, &v->scalars[3]},
               {"first_sigma", RL_F64, 1, &v->of_restarts[0]}};
  char name[RL_ARCHIVE_NAME], from[32];
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status = rl_archive_put(modern, rl_archive_key(name, prefix, parts[i].part), parts[i].dtype, 1,
                            &parts[i].count, parts[i].data, error);
  for (size_t i = 0; !status && i < sizeof of_run / sizeof *of_run; i++) {
    snprintf(from, sizeof from, "run.%s", of_run[i]);
    status = copy(archive, prefix, from, of_run[i], modern, error);
  }
  for (size_t i = 0; !status && i < 2; i++)
    status = copy(archive, prefix, names[i][0], names[i][1], modern, error);
  if (!status) status = copy(archive, prefix, in_run ? "run.best" : "best", "best", modern, error);
  return status;
}

rl_status rl_cmaes_modernize(const rl_search *s, const rl_archive *archive, const char *prefix,
                             rl_archive **modern, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  saved v;
  if (!rl_archive_find(archive, rl_archive_key(name, prefix, "run.counters"))) return RL_OK;
  rl_status status = read_saved(&v, archive, prefix, error);
  if (status) return status;
  *modern = rl_archive_new();
  if (!*modern) return rl_fail(error, RL_NO_MEMORY, "out of memory for loading CMA-ES");
  return translate(s, &v, archive, prefix, *modern, error);
}
