/* The one face of all derivative-free methods: ask for candidates, tell what they returned, until it says why
 * it should stop.
 *
 *   rl_search_space space = {.n = n, .x0 = x0, .lower = lower};
 *   const rl_search_setting settings[] = {{"popsize", 20}, {"noise", 0.1}, {NULL, 0}};
 *   status = rl_search_create(&search, rl_search_find("cem", &error), &space, settings, &error);
 *   while (!status && !rl_search_stop(search, NULL)) {
 *     status = rl_search_ask(search, &x, &count, &error);
 *     for (int k = 0; k < count; k++) value[k] = f(x + k * space.n);
 *     if (!status) status = rl_search_tell(search, value, &error);
 *   }
 *
 * The options of a method, with default, range, unit and meaning, are the rows of rl_search_option_table.
 * Bounds, whole numbers and fixed coordinates work in every method: it searches, through numbers without
 * bounds (rl_bounds_transform), the coordinates that are not fixed; candidates are rounded where they must be
 * whole. A standard deviation is at most a third of the range of a coordinate with two bounds.
 *
 * Which methods there are is the list in searches.c; a method is a file of its own with an rl_search_class
 * (search_class.h) and a row there. Everything is computed in double and by one thread, and no clock decides
 * anything but where rl_search_limit_seconds says so: the same seed and the same values give the same run.
 * Asks and tells allocate nothing, but where a method starts again with another population. */
#ifndef RL_SEARCH_H
#define RL_SEARCH_H

#include "archive/archive.h"
#include "base/option.h"
#include "search/search_space.h"

RL_C_BEGIN

typedef struct rl_search_class rl_search_class;
typedef struct rl_search rl_search;

const rl_search_class *const *rl_search_classes(int *count);
const rl_search_class *rl_search_find(const char *name, rl_error *error); /* NULL: names those there are */

/* The rows that this method has, of a struct that begins with those of all. */
rl_options rl_search_option_table(const rl_search_class *method);

/* An option that has another value than its default; a choice is given by its number among `choices`. */
typedef struct rl_search_setting {
  const char *name;
  double value;
} rl_search_setting;

/* The list of settings ends with one without a name; NULL: none. A method that is NULL is refused with the
 * message that `error` holds already, that of rl_search_find. RL_BAD_ARGUMENT naming coordinate or option, RL_NOT_FINITE for bounds
 * beyond the range of numbers, RL_NO_MEMORY; *search is NULL then. */
rl_status rl_search_create(rl_search **search, const rl_search_class *method, const rl_search_space *space,
                           const rl_search_setting *settings, rl_error *error);
void rl_search_free(rl_search *search); /* NULL is allowed */

/* Draws the next candidates: *x [count, n], valid until the next call. The count may differ from ask to ask.
 * Asking again without telling forgets the former. RL_NOT_FINITE when the search has left the range of
 * numbers. */
rl_status rl_search_ask(rl_search *search, const double **x, int *count, rl_error *error);
/* What the last ask gave and tell will take values of; NULL when there is nothing to tell. */
const double *rl_search_candidates(const rl_search *search, int *count);
/* The same in float32, each rounded to the nearest within its bounds (where there is one), which inject and x0
 * take. rl_search_told_f32: the values that tell will be given are of those, and best will be one of them. */
void rl_search_candidates_f32(const rl_search *search, float *x);
void rl_search_told_f32(rl_search *search);
/* So for any point x [n] of the space: out [n]. */
void rl_search_point_f32(const rl_search *search, const double *x, float *out);
/* The value of each candidate. Values that are not finite rank worst and are counted; where all of them are,
 * nothing else changes, and after 50 such tells in a row "not_finite" ends the search. RL_NO_MEMORY: the values were taken, but a restart found no memory;
 * ask tries again. */
rl_status rl_search_tell(rl_search *search, const double *value, rl_error *error);
/* Where candidates have several objectives, or numbers beside them such as constraints (rl_search_view says
 * how many): value [count, objectives], more [count, extras], NULL where there are none. A candidate is worst
 * where one of its numbers is not finite. */
rl_status rl_search_tell_more(rl_search *search, const double *value, const double *more, rl_error *error);

/* x [n] will be a candidate of the next ask, in methods that can take one. RL_BAD_ARGUMENT naming the method that cannot, or the
 * coordinate that is out of its bounds or not whole. */
bool rl_search_can_inject(const rl_search *search);
rl_status rl_search_inject(rl_search *search, const double *x, rl_error *error);

/* Writes the names of the criteria that are met (names may be NULL); returns how many. */
enum { RL_SEARCH_CRITERIA = 24 };
int rl_search_stop(const rl_search *search, const char *names[RL_SEARCH_CRITERIA]);
/* One more criterion, "max_seconds": since this call. Nothing else looks at a clock. HUGE_VAL: none. */
void rl_search_limit_seconds(rl_search *search, double seconds);

typedef struct rl_search_state {
  double *mean;      /* [n] of the distribution, as a point: within bounds, rounded where integer */
  double *deviation; /* [n] standard deviations, 0 where fixed; where there are bounds, of what is searched */
  double *best;      /* [n] the best candidate so far, as evaluated; what it holds before the first tell says
                 * nothing */
  double best_return;      /* as told, its value; NAN before the first tell, and where there are several */
  int64_t best_evaluation; /* which it was, from 1; 0: none yet */
  int64_t iterations, evaluations, not_finite;
  int objectives, extras;    /* numbers that a candidate is told */
  const double *best_extras; /* [extras] those of the best */
  double violation; /* of constraints by the best, the sum of what is above 0; NAN where there are none */
  double sigma; /* the step size; where a method has none of its own, root mean square of deviation / scale */
  int popsize;  /* candidates of the next ask */
  int noise_evaluations; /* that the value of each should be the mean of; 1 but where a method
                          * measures noise */
  int restarts;
  int64_t cells, filled, outside; /* of an archive; candidates whose measures were out of its range; else 0 */
  double qd_score;    /* sum over the filled cells of value less score_from (of costs, of what is less) */
  const char *notice; /* what it does otherwise than it was told, or would do better; "": nothing */
  int n_ended;        /* why the run before the latest restart ended: so many names */
  const char *ended[RL_SEARCH_CRITERIA];
} rl_search_state;

/* The arrays live in the search, until the next call. */
const rl_search_state *rl_search_view(rl_search *search);

/* The elite of a cell of the archive, of which there are `cells`; the last measure varies fastest. False where
 * the cell is empty. x [n]; *measures live in the search; *value as told. */
bool rl_search_elite(const rl_search *search, int64_t cell, double *x, const double **measures,
                     double *value);
/* Of several objectives: the points that no other one dominates, of those that the search keeps, ordered by the first
 * objective, best first. *x [count, n], *value [count, objectives] as told, valid until the next call. 0: nothing was
 * told, or the method has one objective. */
int rl_search_front(rl_search *search, const double **x, const double **value);
/* What these cover between them and the reference [objectives], a value that each of them should be better than. NAN
 * where there is one objective. */
double rl_search_hypervolume(rl_search *search, const double *reference);

const rl_search_class *rl_search_method(const rl_search *search);
const rl_search_space *rl_search_problem(const rl_search *search); /* its arrays are never NULL but `names` */
/* The values of the rows of its table (rl_option_get), with numbers for what was left to it. */
const void *rl_search_options(const rl_search *search);
/* Changes an option during a run. RL_BAD_ARGUMENT when it is not live, or out of its range. */
rl_status rl_search_set(rl_search *search, const char *name, double value, rl_error *error);
size_t rl_search_bytes(const rl_search *search); /* of memory that it holds */

/* The whole state, also between ask and tell; the run then goes on bit for bit. Load wants a search of the
 * same problem, and names what differs: method, space, names, options that are not live (but the seed). Live
 * options that were set go on; one that was made otherwise stays as it is here, and `notice` names it. A failed load
 * leaves the search as it was. */
rl_status rl_search_save(const rl_search *search, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_search_load(rl_search *search, const rl_archive *archive, const char *prefix, rl_error *error);
const char *rl_search_notice(const rl_search *search); /* of the last load; "": there is none */

RL_C_END

#endif
