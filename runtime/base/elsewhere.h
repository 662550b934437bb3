/* What options are called in other libraries: who comes from there is told our name. */
#ifndef RL_BASE_ELSEWHERE_H
#define RL_BASE_ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>

/* Of `names` the one that is called `name` elsewhere; NULL where none is. `is_foreign` says whether it is a word of
 * another library at all: then what is spelt alike means something else. */
const char *rl_elsewhere_name(const char *name, const char *const *names, size_t n, bool *is_foreign);

#endif
