/* The muscles of a creature as Lua tables. */
#ifndef RLL_MUSCLE_TABLE_H
#define RLL_MUSCLE_TABLE_H

#include "core/base/binding.h"
#include "creature/creature.h"

/* Reads field `muscles` of the description at the top of the stack; none when absent. */
void rll_read_muscles(lua_State *L, rl_creature *creature, const char *what);
/* Sets it, an empty list for a creature without. */
void rll_set_muscles(lua_State *L, const rl_creature *creature);

#endif
