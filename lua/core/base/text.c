/* core.format, core.tonumber: string.format and tonumber, with a decimal point in every locale. What the module writes
 * and reads goes through them. */
#include "base/text.h"
#include "core/base/binding.h"

/* Upvalue: the function. */
static int with_point(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  void *before = rl_point_begin();
  const int failed = lua_pcall(L, lua_gettop(L) - 1, 1, 0);
  rl_point_end(before);
  return failed ? lua_error(L) : 1;
}

static void set(lua_State *L, const char *name) {
  lua_pushcclosure(L, with_point, 1);
  lua_setfield(L, -2, name);
}

void rll_open_text(lua_State *L) {
  lua_getglobal(L, "string");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "format");
    lua_remove(L, -2);
  }
  set(L, "format");
  lua_getglobal(L, "tonumber");
  set(L, "tonumber");
}
