/* What the hosts share: programs in C that run Lua scripts, as a game does, and live on. */
#ifndef RL_TEST_HOST_H
#define RL_TEST_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs the script with the arguments up to a NULL; says on standard error what is wrong. */
static inline bool run_script(lua_State *L, const char *script, char **arguments) {
  int n = 0;
  bool good = luaL_loadfile(L, script) == 0;
  for (; good && arguments && arguments[n]; n++) lua_pushstring(L, arguments[n]);
  good = good && lua_pcall(L, n, 0, 0) == 0;
  if (!good) fprintf(stderr, "%s: %s\n", script, lua_tostring(L, -1));
  return good;
}

static inline lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  if (!L) abort();
  luaL_openlibs(L);
  return L;
}

#endif
