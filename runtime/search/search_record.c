#include "search/search_record.h"

#include <math.h>
#include <string.h>

void rl_search_record_init(rl_search_record *r, int n, double *best, const double *x0, uint64_t seed) {
  *r = (rl_search_record){.n = n, .best = best, .best_value = (double)NAN};
  memcpy(best, x0, (size_t)n * sizeof *best);
  rl_rng_init_use(&r->rng, seed, RL_STREAM_SEARCH, 0);
}

rl_status rl_search_record_rank(const rl_search_record *r, const double *value, int count, bool minimize,
                                rl_rank *order, int *finite, rl_error *error) {
  if (!r->asked)
    return rl_fail(error, RL_BAD_ARGUMENT, "ask for candidates before telling what they returned");
  *finite = 0;
  for (int k = 0; k < count; k++) {
    double turned = minimize ? -value[k] : value[k];
    order[k] = (rl_rank){isfinite(turned) ? turned : (double)NAN, k};
    *finite += isfinite(turned) != 0;
  }
  if (!*finite) return rl_fail(error, RL_NOT_FINITE, "none of the %d values is finite", count);
  rl_rank_descending(order, count);
  return RL_OK;
}

static bool better(const rl_search_record *r, double value, bool minimize) {
  if (isnan(r->best_value)) return true;
  return minimize ? value < r->best_value : value > r->best_value;
}

void rl_search_record_end(rl_search_record *r, const double *x, int count, bool minimize,
                          const rl_rank *order, int finite) {
  double value = minimize ? -order[0].value : order[0].value;
  if (better(r, value, minimize)) {
    r->best_value = value;
    r->best_evaluation = r->evaluations + order[0].index + 1;
    memcpy(r->best, x + (size_t)order[0].index * (size_t)r->n, (size_t)r->n * sizeof *r->best);
  }
  r->asked = false;
  r->iterations++;
  r->evaluations += count;
  r->not_finite += count - finite;
}

int rl_search_record_stop(const rl_search_record *r, rl_search_limits limits, const char **names) {
  int count = 0;
  if (limits.max_iterations && r->iterations >= limits.max_iterations) names[count++] = "max_iterations";
  if (limits.max_evaluations && r->evaluations >= limits.max_evaluations) names[count++] = "max_evaluations";
  if (!isnan(limits.target) && !isnan(r->best_value) &&
      (limits.minimize ? r->best_value <= limits.target : r->best_value >= limits.target))
    names[count++] = "target";
  return count;
}

/* Saving. */

enum { COUNTERS = 5 };

rl_status rl_search_record_save(const rl_search_record *r, rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t counters[COUNTERS] = {r->iterations, r->evaluations, r->not_finite, r->best_evaluation,
                                      r->asked ? 1 : 0};
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "counters"), RL_I64, 1,
                                    (int64_t[]){COUNTERS}, counters, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "stream"), RL_U64, 1,
                            (int64_t[]){RL_RNG_WORDS}, &r->rng, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "best"), RL_F64, 1,
                            (int64_t[]){(int64_t)r->n}, r->best, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "best_value"), RL_F64, 1, (int64_t[]){1},
                            &r->best_value, error);
  return status;
}

rl_status rl_search_record_load(rl_search_record *r, const rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t counters[COUNTERS];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "counters"), RL_I64, COUNTERS, counters, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "stream"), RL_U64, RL_RNG_WORDS, &r->rng, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "best_value"), RL_F64, 1, &r->best_value, error);
  const rl_saved_array best = {"best", r->best, (size_t)r->n};
  if (!status) status = rl_saved_arrays_get(&best, 1, archive, prefix, error);
  if (status) return status;
  bool sensible = r->rng.used <= 4 && r->rng.has_spare <= 1 && isfinite(r->rng.spare) &&
                  counters[3] <= counters[1] && counters[4] <= 1 &&
                  isfinite(r->best_value) == (counters[3] > 0);
  for (int i = 0; i < COUNTERS; i++)
    sensible = sensible && counters[i] >= 0 && counters[i] <= INT64_C(1) << 53;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  r->iterations = counters[0];
  r->evaluations = counters[1];
  r->not_finite = counters[2];
  r->best_evaluation = counters[3];
  r->asked = counters[4] != 0;
  return RL_OK;
}

rl_status rl_saved_arrays_put(const rl_saved_array *arrays, int n, rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < n; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, arrays[i].suffix), RL_F64, 1,
                            (int64_t[]){(int64_t)arrays[i].count}, arrays[i].data, error);
  return status;
}

bool rl_all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

rl_status rl_saved_arrays_get(const rl_saved_array *arrays, int n, const rl_archive *archive,
                              const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < n; i++) {
    rl_archive_key(name, prefix, arrays[i].suffix);
    status = rl_archive_get(archive, name, RL_F64, (int64_t)arrays[i].count, arrays[i].data, error);
    if (!status && !rl_all_finite(arrays[i].data, arrays[i].count))
      status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  }
  return status;
}
