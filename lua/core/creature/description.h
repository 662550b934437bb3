/* Fields of tables that describe things (creature_table.c, muscle_table.c), read and written. All work on the
 * table at the top of the stack; `what` begins the messages: "creature hopper: body leg". */
#ifndef RLL_DESCRIPTION_H
#define RLL_DESCRIPTION_H

#include "core/base/binding.h"
#include "creature/creature.h"

/* Copies the string field `name`; empty when absent. */
void rll_read_name(lua_State *L, const char *name, char out[RL_NAME], const char *what);
/* Any number: one that is not finite is the description's fault, and a search counts it (rl_creature_check).
 */
float rll_read_number(lua_State *L, const char *name, double fallback, const char *what);
/* Field `name` = {x, y}; stays as it is when absent. */
void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what);
void rll_read_pair_here(lua_State *L, const char *name, float out[2],
                        const char *what); /* pops the pair itself */

/* Pushes field `name`, a table; an empty one when absent. */
void rll_push_table(lua_State *L, const char *name, const char *what);
/* Pushes element i of the list at the top, a table. */
void rll_push_element(lua_State *L, int i, const char *list, const char *what);
int rll_check_count(lua_State *L, const char *list, int max, const char *what);

/* Numbers are written as the shortest decimal that reads back as the same float. */
void rll_set_float(lua_State *L, const char *name, float value);
void rll_push_pair(lua_State *L, const float pair[2]);
void rll_set_pair(lua_State *L, const char *name, const float pair[2]);

#endif
