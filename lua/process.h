/* rl.process: children, for the commands of rlrun (rl/commands). Scripts do not have it. */
#ifndef RLL_PROCESS_H
#define RLL_PROCESS_H

#include <lua.h>

int luaopen_rl_process(lua_State *L);

#endif
