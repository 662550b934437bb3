/* The file that `require "rl.core"` opens: it opens the module proper, engine.so beside it, so that the host's names
 * never come between that and its own libraries. Without this a game that has a Box2D of its own, of whatever
 * version, under names that are exported, would have our creatures stepped by it.
 *
 * RTLD_DEEPBIND: what engine.so and the libraries that come with it ask for is looked for among them first, in the
 * program second. RTLD_LOCAL: nobody else finds it there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

int luaopen_rl_core(lua_State *L);

int luaopen_rl_core(lua_State *L) {
  static const char name[] = "engine.so";
  int (*open)(lua_State *) = luaopen_rl_core;
  void *address, *found;
  memcpy(&address, &open, sizeof address); /* ISO C has no cast between the two kinds of pointer */
  Dl_info here;
  if (!dladdr(address, &here) || !here.dli_fname)
    return luaL_error(L, "rl.core: its own file is not to be found");
  const char *slash = strrchr(here.dli_fname, '/');
  lua_pushlstring(L, here.dli_fname, slash ? (size_t)(slash - here.dli_fname) + 1 : 0);
  lua_pushstring(L, name);
  lua_concat(L, 2);
  /* Sanitizers must see each allocation, and refuse this flag. */
  int own_names =
      dlsym(RTLD_DEFAULT, "__asan_init") || dlsym(RTLD_DEFAULT, "__tsan_init") ? 0 : RTLD_DEEPBIND;
  void *engine = dlopen(lua_tostring(L, -1), RTLD_NOW | RTLD_LOCAL | own_names);
  if (!engine) return luaL_error(L, "rl.core: %s", dlerror());
  found = dlsym(engine, "luaopen_rl_core");
  if (!found || found == address) return luaL_error(L, "rl.core: %s is another file", lua_tostring(L, -1));
  memcpy(&open, &found, sizeof open);
  return open(L);
}
