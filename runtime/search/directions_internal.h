/* What the files of search along directions share. */
#ifndef RL_DIRECTIONS_INTERNAL_H
#define RL_DIRECTIONS_INTERNAL_H

#include "search/directions.h"
#include "search/search_record.h"

RL_C_BEGIN

struct rl_directions {
  rl_direction_options options;
  int n, count;   /* coordinates; candidates of an ask */
  int directions; /* drawn for an ask; 0: the coordinates */
  rl_search_record record;
  double width; /* sigma of the last ask */
  double moved; /* the largest step of a coordinate in the last iteration */

  /* Hill climbing. */
  double sigma, sigma_given; /* as adapted; the option that it began from */
  double incumbent;          /* the mean's value, turned so that more is better; NAN: not known yet */
  int64_t incumbent_evaluations;

  /* All of these are parts of one block. */
  double *mean, *next_mean, *scale, *deviation, *best, *gradient; /* [n] */
  double *moment, *next_moment;                                   /* [2, n] of Adam */
  double *direction;                                              /* [directions, n] */
  double *x;                                                      /* [count, n] */
  double *value;         /* [count] turned, finite, and scaled by a power of two to at most 1 */
  double *difference;    /* [directions or n] of a pair, or from the mean */
  double *gram, *factor; /* [k, k], k = min(directions, n): least squares */
  rl_rank *order;        /* [count] */
  double *block;
  size_t doubles;
};

/* Whether the first candidate is the mean. */
bool rl_directions_mean_first(const rl_directions *s);
/* Fills x in: mean, directions and width say all about it. False when not all of it is finite. */
bool rl_directions_place(rl_directions *s);

/* next_mean, from `order` and `value`; `exponent`: what value was told is value * 2^exponent. */
void rl_ars_step(rl_directions *s);
void rl_openai_es_step(rl_directions *s);
rl_status rl_finite_difference_step(rl_directions *s, int exponent, rl_error *error);
/* Also moves sigma and the incumbent. finite: how many in `order` have a value. */
void rl_hill_climb_step(rl_directions *s, int finite);

RL_C_END

#endif
