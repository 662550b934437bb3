/* What a method of derivative-free search must offer so that search.h can show it. A method's file ends in a
 * table of its options and one rl_search_class for each of its kinds:
 *
 *   static const rl_option options[] = {{"popsize", RL_OPTION_INTEGER, offsetof(rl_weighted_options,
 * popsize), 2, 1 << 20, ALL, false, NULL}, ...}; const rl_search_class rl_search_cem = {.name = "cem", .kind
 * = RL_CEM, .options = options, ...};
 *
 * Functions take the method as the pointer that create gave. What they promise is said in search.h. */
#ifndef RL_SEARCH_CLASS_H
#define RL_SEARCH_CLASS_H

#include "search/search.h"

RL_C_BEGIN

struct rl_search_class {
  const char *name; /* "cem": rl.cem */
  int kind;         /* which of the methods that share these functions, and the table */

  const rl_option *options;
  int n_options;
  size_t options_size;
  void (*defaults)(int kind, void *options);

  bool bounded; /* knows lower, upper, fixed, integer by itself; otherwise they are NULL in its space */
  rl_status (*create)(void **method, const rl_search_space *space, const void *options, rl_error *error);
  void (*free)(void *method);

  rl_status (*ask)(void *method, rl_error *error);
  const double *(*candidates)(void *method, int *count); /* NULL: nothing was asked for */
  rl_status (*tell)(void *method, const double *value, rl_error *error);
  rl_status (*inject)(void *method, const double *x, rl_error *error); /* NULL: takes none */
  int (*stop)(void *method, const char *names[RL_SEARCH_CRITERIA]);
  void (*state)(void *method, rl_search_state *state); /* fills the arrays in; sigma NAN: has none */

  const void *(*get_options)(void *method);
  void (*set_options)(void *method, const void *options); /* the live ones have changed */
  size_t (*bytes)(void *method);

  rl_status (*save)(void *method, rl_archive *archive, const char *prefix, rl_error *error);
  rl_status (*load)(void *method, const rl_archive *archive, const char *prefix, rl_error *error);
};

/* search_cmaes.c, search_weighted.c, search_directions.c */
extern const rl_search_class rl_search_cmaes, rl_search_cem, rl_search_rwr, rl_search_pi2, rl_search_power;
extern const rl_search_class rl_search_ars, rl_search_openai_es, rl_search_finite_difference,
    rl_search_hill_climb;

RL_C_END

#endif
