/* Worlds of several creatures as Lua tables: to the plain struct of envs/creature/world.h. */
#ifndef RLL_WORLD_TABLE_H
#define RLL_WORLD_TABLE_H

#include "core/base/binding.h"
#include "creature/world.h"

/* Whether the value at `arg` is the table of a world. */
bool rll_is_world(lua_State *L, int arg);

/* The description of the table at `arg`, in a userdata that is pushed and keeps what it points to. Its other keys are
 * options, which are moved into a table that is pushed below it. Raises, naming the part, for what is no description. */
rl_world *rll_check_world(lua_State *L, int arg);

/* Pushes its table, in which agents, senses and bodies are lists. */
void rll_push_world(lua_State *L, const rl_world *world);

void rll_open_world_table(lua_State *L);

#endif
