/* Actions of an environment in Lua: the option that says what they are, the values that step gets, the masks that reset and
 * step return. */
#ifndef RLL_LUA_ACTION_H
#define RLL_LUA_ACTION_H

#include "core/base/binding.h"
#include "env/env.h"

enum { RLL_CHOICE_NAME = 48 };

typedef struct rll_lua_action {
  bool silent;  /* nobody has said whether there are masks */
  bool by_name; /* factors were given by name, and go to step so; or as a list */
  char (*names)[RLL_CHOICE_NAME + RL_FACTOR_NAME]; /* [action.size] "gear.up"; NULL: nothing has a name */
  const char **name_list;                          /* of those */
  uint8_t *own; /* [action.size] where in that the choice's own name begins; 0: choices are numbers */
} rll_lua_action;

/* Options action and masked of the table at 1. */
void rll_read_action(lua_State *L, rll_lua_action *as, rl_space *space);
void rll_release_action(rll_lua_action *as);

/* Number `index` of the list at the top; `fallback` where there is none, NaN where it is something else. */
double rll_element(lua_State *L, int index, double fallback);

/* Pushes what step is given. */
void rll_push_action(lua_State *L, const rll_lua_action *as, const rl_space *space, const float *action);

/* Pushes what errors call a function that the environment has been given. */
typedef const char *rll_teller(lua_State *L, int function);

/* Where there are no masks: raises an error if there is one at `index` all the same, and nobody has said `masked = false`. */
void rll_refuse_mask(lua_State *L, int index, const rll_lua_action *as, const rl_space *space,
                     rll_teller *tell, int function);

/* The mask at `index`, nil for one that allows all, that `function` has returned, into mask [choices]. */
void rll_read_mask(lua_State *L, int index, const rll_lua_action *as, const rl_space *space, rll_teller *tell,
                   int function, float *mask);

#endif
