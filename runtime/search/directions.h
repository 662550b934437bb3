/* Search along directions: the mean is tried out with small steps away from it, and moves by what they
 * returned. Candidates are mean + sigma d for directions d, standard normal but where said otherwise.
 *
 *   method             step of the mean
 *   ars                lr / (b sigma_R) sum_k (r+_k - r-_k) d_k over the b best directions by max(r+, r-);
 *                      sigma_R is the standard deviation of the 2b returns (Mania, Guy & Recht 2018)
 *   openai_es          Adam along sum_k (u+_k - u-_k) d_k / (2N) - weight_decay mean; u are the ranks of all
 *                      2N returns, scaled to [-1/2, 1/2], equal returns sharing one (Salimans et al. 2017)
 *   finite_difference  lr times the gradient: along every coordinate, or fitted by least squares to
 *                      directions at random (Peters & Schaal 2008)
 *   hill_climb         to the best candidate where that is not worse than the mean; sigma by the one-fifth
 *                      success rule (Rechenberg 1973)
 *
 * ARS comes in four versions. `top` below `directions` makes V1-t and V2-t of V1 and V2. V2 normalises the
 * observations, which is the policy's business: evaluate with its normaliser observing once an iteration.
 *
 * r+ and r- are of the pair mean + sigma d, mean - sigma d. All of it is done in units of `scale`. Values
 * that are not finite count as the worst of those that are.
 *
 * Everything is computed in double, in order, by one thread. Nothing is allocated after create. */
#ifndef RL_DIRECTIONS_H
#define RL_DIRECTIONS_H

#include "archive/archive.h"
#include "base/option.h"

#include <stdbool.h>

RL_C_BEGIN

typedef enum rl_direction_method {
  RL_ARS,
  RL_OPENAI_ES,
  RL_FINITE_DIFFERENCE,
  RL_HILL_CLIMB,
  RL_DIRECTION_METHODS
} rl_direction_method;

extern const char *const rl_direction_names[RL_DIRECTION_METHODS + 1]; /* "ars" ...; NULL-terminated */

typedef struct rl_direction_options {
  rl_direction_method kind;
  int directions;      /* ars: 8, openai_es: 50; finite_difference: 0, along every coordinate */
  int top;             /* ars: b, the directions that are used; 0: all */
  int popsize;         /* hill_climb: candidates a step, 8 */
  double sigma;        /* how far candidates are: ars .03 (its nu), openai_es .02, finite_difference .01;
                          hill_climb .1, to begin with, and anew whenever it is changed */
  double lr;           /* ars .02 (its alpha), openai_es .01, finite_difference .1 */
  double weight_decay; /* openai_es: .005 */
  bool central;        /* finite_difference: from pairs, else from one candidate each and the mean; on */
  bool normalize;      /* finite_difference: the step has length lr (in units of scale); off */
  bool adapt;          /* hill_climb: sigma grows with success; on. Off: random search about the best */
  double decay;        /* hill_climb: factor on sigma after a step, 1 */
  bool reevaluate;     /* hill_climb: where returns are noisy the mean is a candidate of each step, and what
                          counts is the average of all it has returned; off */
  uint64_t seed;       /* 1 */
  bool minimize;       /* off: what is told is maximised */
  double tolx;         /* ends when the mean moved (hill_climb: when sigma is) no more, in any coordinate;
                          hill_climb: 1e-12, else 0: never */
  int64_t max_iterations, max_evaluations; /* 0: none */
  double target;                           /* a value that is good enough; NAN: none */
} rl_direction_options;

rl_direction_options rl_direction_defaults(rl_direction_method kind);

/* Each option with its range and which methods have it. */
enum { RL_DIRECTION_TABLE = 17 };
extern const rl_option rl_direction_table[RL_DIRECTION_TABLE];

typedef struct rl_directions rl_directions;

/* x0 [n] is the initial mean, scale [n] (or NULL) a factor on sigma of each coordinate; both are read by
 * create alone. RL_BAD_ARGUMENT naming option or coordinate. */
rl_status rl_directions_create(rl_directions **search, int n, const double *x0, const double *scale,
                               const rl_direction_options *options, rl_error *error);
void rl_directions_free(rl_directions *search); /* NULL is allowed */

int rl_directions_size(const rl_directions *search);
size_t rl_directions_bytes(const rl_directions *search);                /* of memory that it holds */
rl_direction_options *rl_directions_get_options(rl_directions *search); /* those that are live: at any time */

/* The next candidates: *x [count, n], valid until the next ask. Pairs lie together, + before -. The mean is
 * first where it is a candidate: in forward differences, where it is to be evaluated again, and in the first
 * step of hill climbing. RL_NOT_FINITE when sigma * scale leads out of the numbers there are. */
rl_status rl_directions_ask(rl_directions *search, const double **x, rl_error *error);
int rl_directions_count(const rl_directions *search); /* of candidates in an ask; the same each time */
/* What the last ask gave; NULL when there is nothing to tell. */
const double *rl_directions_candidates(const rl_directions *search);

/* The values [count] of those candidates. RL_NOT_FINITE when none is finite or when the step leads out of the
 * numbers there are, RL_BAD_ARGUMENT when nothing was asked for; the search is then as before. */
rl_status rl_directions_tell(rl_directions *search, const double *value, rl_error *error);

enum { RL_DIRECTIONS_STOPS = 4 };
/* Writes the names of the criteria that are met; returns how many. */
int rl_directions_stop(const rl_directions *search, const char *names[RL_DIRECTIONS_STOPS]);

typedef struct rl_directions_state {
  const double *mean;      /* [n] */
  const double *deviation; /* [n] sigma * scale */
  const double *best;      /* [n] the best candidate so far */
  double best_value;       /* NAN before the first tell */
  int64_t best_evaluation; /* which it was, from 1; 0: none yet */
  int64_t iterations, evaluations, not_finite;
  double sigma;
} rl_directions_state;

rl_directions_state rl_directions_get_state(rl_directions *search); /* its arrays: until the next call */

/* Arrays "<prefix>.*", also between ask and tell: a loaded search goes on with the same candidates. Wants the
 * same method, size and number of candidates; a failed load leaves it as it was. */
rl_status rl_directions_save(const rl_directions *search, rl_archive *archive, const char *prefix,
                             rl_error *error);
rl_status rl_directions_load(rl_directions *search, const rl_archive *archive, const char *prefix,
                             rl_error *error);

RL_C_END

#endif
