/* What a derivative-free search moves in: n coordinates with a place to begin, bounds and scales, of which
 * some may be whole numbers and some may stay where they are. */
#ifndef RL_SEARCH_SPACE_H
#define RL_SEARCH_SPACE_H

#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

/* Of what a candidate does, which an archive is a grid over: `cells` of equal width in [lower, upper]. */
enum { RL_SEARCH_MEASURES = 8, RL_MEASURE_NAME = 48 };
typedef struct rl_search_measure {
  char name[RL_MEASURE_NAME];
  double lower, upper;
  int cells;
} rl_search_measure;

typedef struct rl_search_space {
  int n;
  const double *x0;                  /* [n] initial mean */
  const double *lower, *upper;       /* [n] or NULL; infinite: no bound */
  const double *scale;               /* [n] or NULL: factor on sigma, 1 */
  const bool *fixed;                 /* [n] or NULL: stays at x0 */
  const bool *integer;               /* [n] or NULL: candidates are whole numbers */
  const char *const *names;          /* [n] or NULL: of the coordinates, for messages and resume files */
  int n_measures;                    /* in methods that keep an archive of many good candidates */
  const rl_search_measure *measures; /* [n_measures] */
} rl_search_space;

/* RL_BAD_ARGUMENT, RL_NOT_FINITE or RL_BAD_SHAPE, naming the coordinate (from 1): bounds crossed, x0 outside of them or not finite, a scale that is
 * not positive, a whole number where there is none between its bounds, no coordinate left to search; a measure
 * without name or cells, or of an empty range. */
rl_status rl_search_space_check(const rl_search_space *space, rl_error *error);

/* "3", or "3 (thigh.length)", in `text`, which it returns. */
enum { RL_COORDINATE_TEXT = 96 };
const char *rl_search_space_label(const rl_search_space *space, int i, char text[RL_COORDINATE_TEXT]);

/* To the whole number in [lower, upper] that is nearest. */
double rl_search_round(double x, double lower, double upper);

/* The point of the space that is nearest to x, in coordinate i: within its bounds, whole where it must be, x0
 * where it is fixed. */
double rl_search_space_nearest(const rl_search_space *space, int i, double x);
/* x, which is of the space, as float32: the nearest that is within the bounds, or the nearest of all where no
 * float32 lies between them. */
float rl_search_space_f32(const rl_search_space *space, int i, double x);
/* Whether x stands for a number within the bounds, which it then becomes: it is one, or it is a bound as float32
 * rounds it. */
bool rl_search_space_take(const rl_search_space *space, int i, double *x);
/* Whether a whole number has no choice: one lies between its bounds. */
bool rl_search_space_is_single(const rl_search_space *space, int i);

/* Box bounds as a transformation: any number to one in [lower, upper]. The identity but for a margin at each
 * bound, where it is quadratic, so that an optimum on a bound is reached without a kink; mirrored outside, so
 * that every number is a valid one. -INFINITY and INFINITY: no bound. */
double rl_bounds_transform(double x, double lower, double upper);
double rl_bounds_inverse(double y, double lower, double upper); /* of lower <= y <= upper; nearest to it */

RL_C_END

#endif
