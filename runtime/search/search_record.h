/* What every derivative-free search keeps, whatever its update: its stream of random numbers, the best
 * candidate so far, how many there were, and when that is enough. Part of a method's object; `best` is memory
 * of the method. */
#ifndef RL_SEARCH_RECORD_H
#define RL_SEARCH_RECORD_H

#include "archive/archive.h"
#include "base/rank.h"
#include "base/rng.h"

#include <stdbool.h>

RL_C_BEGIN

typedef struct rl_search_record {
  int n;
  rl_rng rng;
  bool asked;              /* candidates wait for their values */
  double *best;            /* [n] */
  double best_value;       /* as told; NAN: none yet */
  int64_t best_evaluation; /* which it was, from 1; 0: none yet */
  int64_t iterations, evaluations, not_finite;
} rl_search_record;

void rl_search_record_init(rl_search_record *record, int n, double *best, const double *x0, uint64_t seed);

/* Orders the values [count] that were told, turned so that more is better, those that are not finite last as
 * NAN. *finite: how many are. RL_BAD_ARGUMENT when nothing was asked for, RL_NOT_FINITE when none is finite.
 */
rl_status rl_search_record_rank(const rl_search_record *record, const double *value, int count, bool minimize,
                                rl_rank *order, int *finite, rl_error *error);

/* The iteration is over: counts, and keeps the first in order if it is the best so far. x [count, n]. */
void rl_search_record_end(rl_search_record *record, const double *x, int count, bool minimize,
                          const rl_rank *order, int finite);

typedef struct rl_search_limits {
  bool minimize;
  int64_t max_iterations, max_evaluations; /* 0: none */
  double target;                           /* NAN: none */
} rl_search_limits;

/* Writes "max_iterations", "max_evaluations", "target" where they are met; returns how many. */
enum { RL_SEARCH_LIMITS = 3 };
int rl_search_record_stop(const rl_search_record *record, rl_search_limits limits, const char **names);

/* Arrays "<prefix>.counters", ".stream", ".best", ".best_value". Load may leave the record half read when it
 * fails. */
rl_status rl_search_record_save(const rl_search_record *record, rl_archive *archive, const char *prefix,
                                rl_error *error);
rl_status rl_search_record_load(rl_search_record *record, const rl_archive *archive, const char *prefix,
                                rl_error *error);

bool rl_all_finite(const double *x, size_t n);

/* Arrays of doubles "<prefix>.<suffix>" [count], which must be finite when they are read. */
typedef struct rl_saved_array {
  const char *suffix;
  double *data;
  size_t count;
} rl_saved_array;

rl_status rl_saved_arrays_put(const rl_saved_array *arrays, int n, rl_archive *archive, const char *prefix,
                              rl_error *error);
rl_status rl_saved_arrays_get(const rl_saved_array *arrays, int n, const rl_archive *archive,
                              const char *prefix, rl_error *error);

RL_C_END

#endif
