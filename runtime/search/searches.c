/* Which searches there are: a row a method, NAME for the class rl_search_NAME, in a file of its own or with
 * its relatives. */
#include "search/search_class.h"

#include <string.h>

#define METHODS(ROW)                                                                                         \
  ROW(cmaes)                                                                                                 \
  ROW(cem)                                                                                                   \
  ROW(rwr)                                                                                                   \
  ROW(pi2)                                                                                                   \
  ROW(power)                                                                                                 \
  ROW(ars)                                                                                                   \
  ROW(openai_es)                                                                                             \
  ROW(finite_difference)                                                                                     \
  ROW(hill_climb)                                                                                            \
  ROW(mo_cmaes)                                                                                              \
  ROW(map_elites)                                                                                            \
  ROW(cma_me)

#define DECLARE(name) extern const rl_search_class rl_search_##name;
#define LIST(name)    &rl_search_##name,
METHODS(DECLARE)
static const rl_search_class *const classes[] = {METHODS(LIST)};
enum { CLASSES = sizeof classes / sizeof *classes };

const rl_search_class *const *rl_search_classes(int *count) {
  *count = CLASSES;
  return classes;
}

const rl_search_class *rl_search_find(const char *name, rl_error *error) {
  const char *names[CLASSES];
  for (int i = 0; i < CLASSES; i++) {
    if (strcmp(classes[i]->name, name) == 0) return classes[i];
    names[i] = classes[i]->name;
  }
  rl_fail_unknown(error, "search method", name, names, CLASSES);
  return NULL;
}
