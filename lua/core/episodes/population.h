/* What evaluate.c hands on when it is given candidates. */
#ifndef RLL_POPULATION_H
#define RLL_POPULATION_H

#include "core/base/binding.h"

/* env:evaluate(policy, candidates, {episodes = 1, max_steps = 0, deterministic = true, common = false,
 * observe = false, seed =, round =}) -> returns [n], stats, lengths [n] */
int rll_evaluate_candidates(lua_State *L);

#endif
