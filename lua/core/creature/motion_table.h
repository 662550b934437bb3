/* Motions that creatures follow, as Lua tables: what rl.motion gives, or { rate = 100, periodic = true, values = {
 * hip_l_angle = { ... }, root_angle = { ... }, root_x = { ... } }, advance = { root_x = 1.4 } }. Of the columns those that are
 * called as angles of joints and root_angle, root_x and root_y are read. */
#ifndef RLL_MOTION_TABLE_H
#define RLL_MOTION_TABLE_H

#include "core/base/binding.h"
#include "creature/creature.h"

/* Reads field `motion` of the table at the top of the stack; false: it has none. The numbers are in a userdata that is
 * pushed (nil: none). Raises for what is no such table; what the creature has not is found by rl_motion_check. */
bool rll_read_motion(lua_State *L, rl_motion *motion, const char *what);

/* Pushes the table that reads back as `motion`. */
void rll_push_motion(lua_State *L, const rl_motion *motion);

#endif
