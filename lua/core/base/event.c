/* Records of TensorBoard's event files (record/event.h) as strings, for rl/events.lua. */
#include "core/base/binding.h"
#include "record/event.h"

#include <limits.h>

static const rll_type event_type = {"rl.event"}; /* holds the bytes, so that an error does not leak them */

static int release(lua_State *L) {
  rl_event_release(rll_check(L, 1, &event_type));
  return 0;
}

static int finish(lua_State *L, rl_event *event, double wall_time, int64_t step) {
  rl_error error;
  if (rl_event_end(event, wall_time, step, &error)) return rll_raise(L, &error);
  lua_pushlstring(L, (const char *)event->bytes, event->size);
  rl_event_release(event);
  return 1;
}

/* event(wall_time, step, tags, numbers) -> record: two lists of one length */
static int numbers(lua_State *L) {
  double wall_time = luaL_checknumber(L, 1);
  int64_t step = rll_check_integer(L, 2, -(INT64_C(1) << 53), INT64_C(1) << 53);
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TTABLE);
  rl_event *event = rll_new(L, &event_type, sizeof *event);
  rl_event_begin(event);
  for (int i = 1, n = (int)lua_rawlen(L, 3); i <= n; i++) {
    lua_rawgeti(L, 3, i);
    lua_rawgeti(L, 4, i);
    rl_event_number(event, luaL_checkstring(L, -2), (float)luaL_checknumber(L, -1));
    lua_pop(L, 2);
  }
  return finish(L, event, wall_time, step);
}

/* settings_event(wall_time, names, values) -> record: values are numbers, or texts for anything else */
static int settings(lua_State *L) {
  double wall_time = luaL_checknumber(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  rl_event *event = rll_new(L, &event_type, sizeof *event);
  rl_event_begin(event);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n; i++) {
    lua_rawgeti(L, 2, i);
    lua_rawgeti(L, 3, i);
    bool number = lua_type(L, -1) == LUA_TNUMBER;
    rl_event_setting(event, luaL_checkstring(L, -2), number ? lua_tonumber(L, -1) : 0,
                     number ? NULL : luaL_checkstring(L, -1));
    lua_pop(L, 2);
  }
  rl_event_end_settings(event);
  return finish(L, event, wall_time, 0);
}

/* cut_events(bytes, step) -> those of the first records that are whole and not later */
static int cut(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  int64_t step = rll_check_integer(L, 2, -(INT64_C(1) << 53), INT64_C(1) << 53);
  lua_pushlstring(L, bytes, rl_event_cut((const unsigned char *)bytes, size, step));
  return 1;
}

void rll_open_event(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"event", numbers}, {"settings_event", settings}, {"cut_events", cut}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", release}, {NULL, NULL}};
  rll_register(L, &event_type, NULL, metamethods);
  luaL_setfuncs(L, functions, 0);
}
