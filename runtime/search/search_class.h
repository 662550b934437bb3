/* What a method of derivative-free search must offer so that search.h can show it. The method says how it
 * draws candidates and what it learns from their values. Everything else is here once: the problem, bounds,
 * whole numbers, fixed coordinates, options, the random stream, counters, the best so far, limits, files.
 *
 * A method searches numbers without bounds: one for each of the `n` coordinates that are not fixed, which
 * become points of the space by rl_bounds_transform and rounding. The smallest one has a struct that begins
 * with rl_search_common for its options, a struct for its state, a table of options, and three functions:
 *
 *   parts   lists the arrays that it needs; those with a name are saved, beside mean, best, counters, rng.
 *           What else the next tell reads is state, too: s->row, and s->deviation where ask does not set it
 *   ask     fills s->row [count, n] in from s->mean, s->deviation and s->rng
 *   tell    moves s->mean and s->deviation by s->value and s->order
 *
 * and ends in its class, to which searches.c has a row:
 *
 *   const rl_search_class rl_search_mine = {.name = "mine", .options = rows, .n_options = ..., .parts = ...};
 *
 * rl_search_create also takes a class that is not in that list. One whose candidates are told several values, or
 * numbers beside them, says so in create: s->objectives, s->extras. */
#ifndef RL_SEARCH_CLASS_H
#define RL_SEARCH_CLASS_H

#include "archive/option_state.h"
#include "base/rank.h"
#include "base/rng.h"
#include "search/search.h"

#include <math.h>

RL_C_BEGIN

/* What the options of every method begin with. */
typedef struct rl_search_common {
  double sigma;
  uint64_t seed;
  bool minimize;
  double tolx;
  int64_t max_iterations, max_evaluations; /* 0: none */
  double target;                           /* NAN: none */
} rl_search_common;

/* The rows that mean the same in every method, for its table; of one for several objectives, which have no best
 * value, all but the last. What sigma, tolx and max_iterations mean
 * exactly, and their defaults, is the method's to say. */
#define RL_SEARCH_ROWS_OF_ANY                                                                                \
  {.name = "seed",                                                                                           \
   .meaning = "of the random numbers",                                                                       \
   .value = 1,                                                                                               \
   .max = 0x1p53,                                                                                            \
   .type = RL_OPTION_SEED,                                                                                   \
   .offset = offsetof(rl_search_common, seed)},                                                              \
      {.name = "minimize",                                                                                   \
       .meaning = "whether the values told are costs, else returns",                                         \
       .max = 1,                                                                                             \
       .type = RL_OPTION_BOOLEAN,                                                                            \
       .offset = offsetof(rl_search_common, minimize)},                                                      \
  {                                                                                                          \
    .name = "max_evaluations", .meaning = "ends the search after so many evaluations; 0: no limit",          \
    .max = 0x1p53, .type = RL_OPTION_COUNT, .offset = offsetof(rl_search_common, max_evaluations),           \
    .live = true                                                                                             \
  }

#define RL_SEARCH_ROWS                                                                                       \
  RL_SEARCH_ROWS_OF_ANY, {                                                                                   \
    .name = "target", .meaning = "ends the search at a value that is as good; none by default",              \
    .value = (double)NAN, .min = -HUGE_VAL, .max = HUGE_VAL, .type = RL_OPTION_NUMBER,                       \
    .offset = offsetof(rl_search_common, target), .live = true                                               \
  }

#define RL_SEARCH_MAX_ITERATIONS                                                                             \
  {                                                                                                          \
    .name = "max_iterations", .meaning = "ends the search after so many iterations; 0: no limit",            \
    .max = 0x1p53, .type = RL_OPTION_COUNT, .offset = offsetof(rl_search_common, max_iterations),            \
    .live = true                                                                                             \
  }

/* A row of `parts`: memory of the search, `*array` [count], or `count` numbers of the method's own struct. */
typedef struct rl_search_part {
  const char *name; /* in a saved search; NULL: not saved */
  size_t count;
  double **array;
  rl_rank **ranks; /* or these; never saved */
  double *number;
  int64_t *whole;
  rl_rng *rng;
  bool any;      /* may hold what is not finite */
  bool optional; /* may be missing in the file: version 0.1 did not save it. Whole numbers are then 0 */
} rl_search_part;

enum { RL_SEARCH_PARTS = 64, RL_SEARCH_INNER = 64 };

typedef struct rl_elites rl_elites;

struct rl_search {
  const rl_search_class *method;
  void *options; /* the class's struct; begins with rl_search_common */
  void *made;    /* the same as it was made with, sigma as it was given */
  void *state;   /* the class's struct */

  rl_search_space space;             /* none of its arrays is NULL but `names` */
  int n;                             /* coordinates that are searched, */
  int *coordinate;                   /* [n] and which they are */
  double *start;                     /* [n] where the mean begins */
  double *scale;                     /* [n] factor on sigma */
  double *mean, *deviation;          /* [n] of the distribution; kept by the method */
  rl_rng rng;                        /* of the candidates */
  rl_elites *elites;                 /* in the state, of what keeps an archive (elites.h); else NULL */
  rl_search *inner[RL_SEARCH_INNER]; /* searches of its own, which create makes; saved and freed with it */
  int n_inner;

  bool asked;     /* candidates wait for their values */
  int count;      /* candidates of an ask: create sets it, rl_search_reserve follows */
  int objectives; /* values that each of them is told; 1 where create does not say another number */
  int extras;     /* numbers that each of them is told beside; 0 where create does not */
  double *row;    /* [count, n] candidates */
  double *x;      /* [count, space.n] as points */
  double *value;  /* [count, objectives] as told, negated when minimising; NAN where one number that the
                   * candidate was told, extras included, is not finite */
  double *extra;  /* [count, extras] as told */
  rl_rank *order; /* [count] of values, of the first objective, best first, NAN last */
  int finite;     /* of them are not NAN */
  rl_rank first;  /* the best candidate and its value; tell may name another one. Not of several objectives */
  double first_violation; /* of constraints, by `first`: 0 where tell does not say another number */
  int64_t iterations, evaluations, not_finite;
  bool barren;             /* no candidate of the last tell had a finite value, or one that tell can use */
  int64_t barren_asks;     /* such tells in a row */
  double *best;            /* [space.n] as it was evaluated */
  double best_return;      /* as told; NAN: none yet, or several objectives */
  double *best_extra;      /* [extras] that it was told */
  double best_violation;   /* of constraints: one that violates less is better, whatever it returned */
  int64_t best_evaluation; /* which it was, from 1; 0: none yet */

  /* Of search.c and search_create.c alone. */
  rl_search_state view;
  double deadline;
  const rl_search_setting *settings; /* while it is made; else NULL */
  char notice[RL_NOTICE], limited[RL_NOTICE], advice[RL_NOTICE], words[2 * RL_NOTICE + 2];
  double *given_scale; /* [space.n]; that in force is space.scale */
  bool rounded;        /* the candidates were evaluated in float32 */
  bool *fixed, *integer;
  rl_search_measure *measures;
  const char **names; /* into letters, or NULL */
  char *letters;      /* names with a zero after each */
  size_t letter_count;
  double *space_block, *block; /* of arrays that stay; of parts and what depends on count */
  size_t space_doubles, doubles;
};

struct rl_search_class {
  const char *name;             /* "cem": rl.cem */
  const char *meaning, *source; /* one line each */
  int kind;                     /* among methods that share a table: whose rows have the bit 1 << kind */
  const rl_option *options;
  int n_options;
  size_t options_size, state_size; /* state_size may be 0 */
  const char
      *extras; /* what the numbers beside the values are, where create may ask for some: "constraints" */
  bool elites; /* keeps an archive, over the measures of the space */
  bool
      steps_whole; /* moves whole numbers by steps of its own; else none begins with a deviation too small for it */
  bool points; /* fills s->x in as well, by itself, and saves it: candidates that no number stands for */

  int (*parts)(rl_search *s, rl_search_part *list); /* returns how many; sizes may depend on s->count */
  rl_status (*ask)(rl_search *s, rl_error *error);
  rl_status (*tell)(rl_search *s, rl_error *error); /* a failure must leave the state as it was */

  /* Each of these may be NULL. */
  rl_status (*create)(rl_search *s, rl_error *error); /* checks options, sets count, sizes and numbers */
  void (*begin)(rl_search *s);                        /* fills arrays in, once there is memory */
  rl_status (*told)(rl_search *s, rl_error *error);   /* when counters and best are up to date */
  rl_status (*inject)(rl_search *s, const double *x, rl_error *error); /* x is within the space */
  int (*stop)(const rl_search *s, const char **names); /* else rl_search_met(s, widest deviation, names) */
  void (*view)(rl_search *s, rl_search_state *view);   /* what is more than mean and deviation */
  /* Of several objectives: the points that no other one dominates and their values, as rl_search_front gives them;
   * the hypervolume that these cover, as rl_search_hypervolume does. */
  int (*front)(rl_search *s, const double **x, const double **value);
  double (*hypervolume)(rl_search *s, const double *reference);

  /* Of a load, before parts are read: sets the sizes that the file asks for, and reserves them. */
  rl_status (*resize)(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error);
  rl_status (*loaded)(rl_search *s, const char *prefix, rl_error *error); /* checks, and fills in the rest */
  /* Whether the option was left to the method here, and an older version made that value of it. */
  bool (*is_former)(const rl_search *s, const rl_option *option, double value);
  /* *modern: the file's arrays as they are named now, if it is of version 0.1; else NULL. */
  rl_status (*modernize)(const rl_search *s, const rl_archive *archive, const char *prefix,
                         rl_archive **modern, rl_error *error);
};

/* For methods. */

static inline const rl_search_common *rl_search_common_of(const rl_search *s) {
  return (const rl_search_common *)s->options;
}

/* Of create: whether somebody has set the option, and what to tell who has not. */
bool rl_search_was_set(const rl_search *s, const char *option);
void rl_search_advise(rl_search *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Allocates arrays for the count and the sizes that the method has now; a failure leaves the old ones. */
rl_status rl_search_reserve(rl_search *s, rl_error *error);
/* g [n] anywhere between least and greatest and its bounds: uniformly where both ends are finite, else about x0
 * with sigma as the standard deviation in units of scale. */
void rl_search_draw(const rl_search *s, rl_rng *rng, double sigma, double least, double greatest, double *g);
void rl_search_coordinates(const rl_search *s, const double *x, double *g); /* g [n] for x [space.n] */
/* x [space.n] for g [n] */
void rl_search_point(const rl_search *s, const double *g, double *x);
/* x [space.n] of a candidate that was told, as it was evaluated: in float32 where it was handed out so. */
void rl_search_evaluated(const rl_search *s, int candidate, double *x);
/* Writes "tolx" (where `step`, of the coordinate that still moves most, is not above it), "max_iterations",
 * "max_evaluations" and "target" where they are met; returns how many. */
int rl_search_met(const rl_search *s, double step, const char **names);
double rl_search_widest(const rl_search *s); /* of deviations */
/* Whole numbers, for methods whose steps would be too small for them. Coordinate i of n is one: */
static inline bool rl_search_is_whole(const rl_search *s, int i) { return s->integer[s->coordinate[i]]; }
double rl_search_within(const rl_search *s, int i, double g); /* g, or the bound that it is beyond */
double rl_search_nearest_whole(const rl_search *s, int i, double g);
/* The standard deviation of a normal step that leaves a whole number with this probability (below 1). */
double rl_search_whole_deviation(double probability);
/* The widest standard deviation of coordinate i of n: a third of its range. Infinite without bounds. */
double rl_search_widest_step(const rl_search *s, int i);
/* Sigma no larger than is of use in some coordinate; scales with which no coordinate is too wide. Both are in
 * force for the option sigma; they are for methods whose sigma grows. */
double rl_search_limit_sigma(const rl_search *s, double sigma);
void rl_search_limit_scale(rl_search *s, double sigma);
bool rl_search_is_spent(const rl_search *s);     /* max_evaluations */
bool rl_search_is_on_target(const rl_search *s); /* target */
bool rl_all_finite(const double *x, size_t n);

/* For the files of search.h itself. */

void rl_search_place(rl_search *s); /* candidates as points */
void rl_search_limit(rl_search *s); /* sigma and scales in force, and the words for it */
rl_status rl_search_twin(const rl_search *s, rl_search **twin,
                         rl_error *error); /* started again, same options */
#define RL_SEARCH_LEAST_WHOLE 0.3 /* deviation: one step in ten leaves a whole number, from its middle */
enum { RL_SEARCH_BARREN = 50 };   /* asks in a row without a finite value that end a search */

RL_C_END

#endif
