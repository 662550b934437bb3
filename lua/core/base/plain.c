/* Numbers and flags of numpy, in a state that lupa has made for Python: float64 arrives as a number, all others arrive as
 * objects. lupa's module `python`, which is loaded in such a state, leads to what they have in Python. */
#include "core/base/binding.h"

/* object -> its number or boolean; anything else, or an error, where it has none: an array has more than 0 dimensions. */
static int item_of(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED"); /* package.loaded in every Lua */
  lua_getfield(L, -1, "python");
  if (!lua_istable(L, -1)) return 0;
  lua_getfield(L, -1, "as_attrgetter");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "ndim");
  if (lua_type(L, -1) != LUA_TNUMBER || lua_tonumber(L, -1) != 0) return 0;
  lua_getfield(L, -2, "item");
  lua_call(L, 0, 1);
  return 1;
}

int rll_plain_type(lua_State *L, int index) {
  int type = lua_type(L, index);
  if (type != LUA_TUSERDATA) return type;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 2, "a number");
  lua_pushcfunction(L, item_of);
  lua_pushvalue(L, index);
  bool found = lua_pcall(L, 1, 1, 0) == 0;
  int item = lua_type(L, -1);
  if (!found || (item != LUA_TNUMBER && item != LUA_TBOOLEAN)) {
    lua_pop(L, 1);
    return type;
  }
  lua_replace(L, index);
  return item;
}
