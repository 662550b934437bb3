/* The limit of memory of a confined state (confine.h): that of rl_allocate (base/memory.h). */
#ifndef RLL_BUDGET_H
#define RLL_BUDGET_H

#include "base/memory.h"

#include <lua.h>

#include <stdbool.h>

typedef struct rll_limit {
  rl_budget *budget; /* NULL: none */
  size_t kept;       /* bytes in use after the last full collection */
} rll_limit;

/* From now on what is allocated for the state counts towards the limit, which must last as long as the state. */
void rll_limit_memory(lua_State *L, rll_limit *limit);

/* Before anything is allocated for a Lua object: it counts for this state. `making`: frees what the script has dropped
 * first, where much of the limit is taken. */
void rll_use_budget(lua_State *L, bool making);

#endif
