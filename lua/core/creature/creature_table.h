/* Creatures as Lua tables: to and from the plain struct of envs/creature.h. */
#ifndef RLL_CREATURE_TABLE_H
#define RLL_CREATURE_TABLE_H

#include "core/base/binding.h"
#include "creature/creature.h"

/* The description of the table at `arg`, in a userdata that is pushed. Raises, naming the part, for what is
 * no description; what cannot stand or move is found by rl_creature_check. */
rl_creature *rll_check_creature(lua_State *L, int arg);

void rll_push_creature(lua_State *L, const rl_creature *creature); /* its table */
/* A body without joints, of the table at the top; its other numbers are those of `more`, of the struct `part`. */
void rll_read_loose(lua_State *L, rl_body *body, rl_options more, void *part, const char *what);
void rll_set_loose(lua_State *L, const rl_body *body, rl_options more, const void *part);
/* That of a creature in C. Raises where there is none of this name. */
void rll_push_named_creature(lua_State *L, const char *name);

/* Pushes the table of the creature of this name that is written in Lua (lua/rl/creatures.lua); false, and
 * nothing pushed, when there is none. */
bool rll_push_lua_creature(lua_State *L, const char *name, int numbers);

#endif
