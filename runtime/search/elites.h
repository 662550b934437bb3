/* An archive of elites: a grid over measures of what a candidate does, with the best candidate in each cell
 * (Mouret & Clune 2015, "Illuminating search spaces by mapping elites"). What searches for many good
 * candidates that differ keeps one. A grid without measures is a single cell. */
#ifndef RL_ELITES_H
#define RL_ELITES_H

#include "search/search_class.h"

RL_C_BEGIN

enum {
  RL_ELITES_CELLS = 1 << 24,   /* the most */
  RL_ELITES_NUMBERS = 1 << 27, /* that an archive may hold: 1 GiB */
  RL_ELITES_PARTS = 9
};

/* Elites have places in the order in which their cells were filled; a better one takes over the place. */
struct rl_elites {
  const rl_search_measure *measures;
  int n_measures, n;
  int64_t cells, filled;
  int64_t outside; /* candidates whose measures were out of range */
  double score;    /* sum of values over the filled cells */
  double *place;   /* [cells] of the elite, from 1; 0: empty */
  double *value;   /* [cells] greater is better */
  double *measure; /* [cells, n_measures] */
  double *x;       /* [cells, n] points, as they were evaluated */
};

typedef enum rl_elites_change { RL_ELITES_NONE, RL_ELITES_BETTER, RL_ELITES_NEW } rl_elites_change;

/* What a candidate means to the archive as it is. */
typedef struct rl_elites_verdict {
  rl_elites_change change;
  int64_t cell; /* -1: none */
  double gain;  /* value over that of the elite; of a new cell the value; without cell NAN */
} rl_elites_verdict;

/* The row of every method with an archive, in options that have the member. */
#define RL_ELITES_SCORE_FROM(member)                                                                         \
  {                                                                                                          \
    .name = "score_from", .meaning = "value of a filled cell that counts nothing in qd_score", .min = -1e15, \
    .max = 1e15, .type = RL_OPTION_NUMBER, .offset = (member), .live = true                                  \
  }

/* In create: the grid of the search's measures, which it is then told with values. */
rl_status rl_elites_init(rl_elites *elites, rl_search *s, rl_error *error);
int rl_elites_parts(rl_elites *elites, rl_search_part *list);
/* In resize and loaded. */
rl_status rl_elites_resize(rl_elites *elites, const rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_elites_loaded(rl_elites *elites, const char *prefix, rl_error *error);

/* The cell of measures, the last of which varies fastest; both ends of a range belong to it; -1: out of range. */
int64_t rl_elites_cell(const rl_elites *elites, const double *measure);
rl_elites_verdict rl_elites_judge(const rl_elites *elites, double value,
                                  const double *measure); /* NAN: none */
/* All candidates that were told. */
void rl_elites_tell(rl_elites *elites, const rl_search *s);
/* What a view says of it; score_from: the value that counts nothing in qd_score. */
void rl_elites_view(const rl_elites *elites, const rl_search *s, double score_from, rl_search_state *view);
/* One of the filled cells, each as likely; NULL: none is. */
const double *rl_elites_draw(const rl_elites *elites, rl_rng *rng);

RL_C_END

#endif
