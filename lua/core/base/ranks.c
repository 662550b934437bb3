/* What a script, and rl.run, know of the ranks that it runs on (base/ranks.h). */
#include "base/ranks.h"

#include "core/base/binding.h"

#include "base/memory.h"

#include <string.h>

/* ranks() -> { rank = from 0, count =, bytes = that this one has given to the others, waited = seconds } */
static int ranks(lua_State *L) {
  const rl_ranks_cost cost = rl_ranks_spent();
  lua_createtable(L, 0, 4);
  rll_set_integer(L, "rank", rl_ranks_own());
  rll_set_integer(L, "count", rl_ranks_count());
  rll_set_integer(L, "bytes", cost.bytes);
  rll_set_number(L, "waited", cost.seconds);
  return 1;
}

/* agree(number | true | false) -> that of rank 0 */
static int agree(lua_State *L) {
  const bool boolean = lua_type(L, 1) != LUA_TNUMBER;
  const double number = rl_ranks_agree(boolean ? lua_toboolean(L, 1) : lua_tonumber(L, 1));
  if (boolean)
    lua_pushboolean(L, number != 0.0);
  else
    lua_pushnumber(L, number);
  return 1;
}

/* agree_text(text) -> that of rank 0 */
static int agree_text(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  if (rl_ranks_count() == 1) return lua_settop(L, 1), 1;
  size_t *sizes = lua_newuserdata(L, (size_t)rl_ranks_count() * sizeof *sizes);
  char *all = rl_ranks_gather(text, rl_ranks_own() ? 0 : size, sizes);
  lua_pushlstring(L, all, sizes[0]);
  rl_release(all);
  return 1;
}

void rll_open_ranks(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"ranks", ranks}, {"agree", agree}, {"agree_text", agree_text}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
