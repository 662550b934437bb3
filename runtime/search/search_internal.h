/* What the files of the search face share. `space` is of points; a method that is not `bounded` searches
 * numbers without bounds instead, one for each of the `searched` coordinates. */
#ifndef RL_SEARCH_INTERNAL_H
#define RL_SEARCH_INTERNAL_H

#include "search/search_class.h"

RL_C_BEGIN

struct rl_search {
  const rl_search_class *method;
  void *self; /* the method's object */

  rl_search_space space; /* n; its arrays are those below */
  double *x0, *lower, *upper, *scale;
  bool *fixed, *integer;
  const char **names; /* into letters, or NULL */
  char *letters;      /* names with a zero after each */
  size_t letter_count;
  int searched;    /* coordinates that are not fixed */
  int *coordinate; /* [searched] which they are */

  const double *asked; /* [count, n] of the last ask; NULL: nothing to tell */
  int count, capacity;
  double *x; /* [capacity, n] where candidates are mapped to */

  rl_search_state state, inner; /* inner: as an unbounded method sees it */
  double *unbounded_start, *unbounded_scale;
  void *options; /* room for a changed copy */
  double deadline;
  double *block; /* all arrays of doubles but x */
  size_t doubles;
};

/* Takes the candidates over from the method, as points. */
rl_status rl_search_map(rl_search *search, rl_error *error);

RL_C_END

#endif
