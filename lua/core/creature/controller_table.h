/* Controllers of muscles as Lua tables: to and from the plain struct of envs/controller.h. */
#ifndef RLL_CONTROLLER_TABLE_H
#define RLL_CONTROLLER_TABLE_H

#include "core/base/binding.h"
#include "muscle/controller.h"

/* Reads the table at the top of the stack. Raises, naming the rule, for what is no description; parts that
 * the creature has not are found by rl_controller_check. */
void rll_read_controller(lua_State *L, rl_controller *controller, const char *what);

/* Pushes the table that reads back as `controller`. */
void rll_push_controller(lua_State *L, const rl_controller *controller);

#endif
