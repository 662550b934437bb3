#include "core/base/callback.h"

#include "core/base/budget.h"

#include <string.h>

/* A message gets its prefix and the traceback of the user's function; any other value stays what it is.
 * Upvalue: the callback. */
static int explain(lua_State *L) {
  const rll_callback *self = lua_touserdata(L, lua_upvalueindex(1));
  if (lua_type(L, 1) != LUA_TSTRING && !lua_isnil(L, 1)) return 1; /* nil would be no error */
  const char *message = luaL_tolstring(L, 1, NULL);
  if (strstr(message, "attempt to yield"))
    message =
        lua_pushfstring(L,
                        "%s: what is called in the middle of a step cannot wait; a game that owns its loop "
                        "hands its steps in, with method:agent()",
                        message);
  if (self->name && self->step)
    message =
        lua_pushfstring(L, "%s: copy %d, step %d: %s", self->name, self->copy + 1, (int)self->step, message);
  else if (self->name)
    message = lua_pushfstring(L, "%s: copy %d: %s", self->name, self->copy + 1, message);
  luaL_traceback(L, L, message, 1);
  return 1;
}

void rll_callback_refuse(lua_State *L, const rll_callback *self, const char *name) {
  if (self->L) luaL_error(L, "%s is busy: its own functions cannot use it", name);
}

void rll_callback_begin(lua_State *L, rll_callback *self, const char *name) {
  rll_callback_refuse(L, self, name);
  luaL_checkstack(L, 16, "too many nested calls");
  lua_pushlightuserdata(L, self);
  lua_pushcclosure(L, explain, 1);
  self->handler = lua_gettop(L);
  lua_pushnil(L);
  self->failure = lua_gettop(L);
  self->name = NULL;
  self->L = L;
}

rl_status rll_callback_run(rll_callback *self, int n_args, int n_results, rl_error *error) {
  lua_State *L = self->L;
  int failed = lua_pcall(L, n_args, n_results, self->handler);
  rll_use_budget(L, false); /* the function may have used another state */
  if (!failed) return RL_OK;
  if (lua_isnil(L, self->failure))
    lua_replace(L, self->failure);
  else
    lua_pop(L, 1);
  return rl_fail(error, RL_CALLBACK, "a function of the caller failed");
}

void rll_callback_end(lua_State *L, rll_callback *self, rl_status status, const rl_error *error) {
  self->L = NULL;
  if ((status == RL_OK || status == RL_CALLBACK) && !lua_isnil(L, self->failure)) {
    lua_pushvalue(L, self->failure);
    lua_error(L);
  }
  if (status) rll_raise(L, error);
}

const char *rll_callback_describe(lua_State *L, const char *what, int function) {
  lua_Debug info;
  if (!lua_isfunction(L, function)) return lua_pushstring(L, what);
  lua_pushvalue(L, function);
  lua_getinfo(L, ">S", &info);
  return lua_pushfstring(L, "%s (%s:%d)", what, info.short_src, info.linedefined);
}
