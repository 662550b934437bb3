/* Reading and writing tables that describe things; see description.h. */
#include "description.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

void rll_read_name(lua_State *L, const char *name, char *out, size_t size, const char *what) {
  const char *text = rll_string(L, lua_gettop(L), name, "", what);
  if (strlen(text) >= size)
    luaL_error(L, "%s: %s \"%s\" is longer than %d letters", what, name, text, (int)size - 1);
  strcpy(out, text);
}

float rll_read_float(lua_State *L, const char *name, double fallback, const char *what) {
  return (float)rll_number(L, lua_gettop(L), name, fallback, -FLT_MAX, FLT_MAX, what);
}

void rll_read_pair_here(lua_State *L, const char *name, float out[2], const char *what) {
  for (int i = 0; i < 2; i++) {
    if (lua_istable(L, -1))
      lua_rawgeti(L, -1, i + 1);
    else
      lua_pushnil(L);
    if (lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "%s: %s: two numbers {x, y} expected", what, name);
    out[i] = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what) {
  lua_getfield(L, -1, name);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else
    rll_read_pair_here(L, name, out, what);
}

void rll_push_field(lua_State *L, const char *name, const char *what) {
  lua_getfield(L, -1, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1)) luaL_error(L, "%s: %s: table expected, got %s", what, name, luaL_typename(L, -1));
}

void rll_push_element(lua_State *L, int i, const char *list, const char *what) {
  lua_rawgeti(L, -1, i);
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: %s %d: table expected, got %s", what, list, i, luaL_typename(L, -1));
}

int rll_check_count(lua_State *L, const char *list, int max, const char *what) {
  int n = (int)lua_rawlen(L, -1);
  if (n > max) luaL_error(L, "%s: at most %d %s, got %d", what, max, list, n);
  return n;
}

void rll_push_float(lua_State *L, float value) {
  char text[32];
  double number = 0.0;
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)value);
    sscanf(text, "%lf", &number);
    if ((float)number == value) break;
  }
  lua_pushnumber(L, number);
}

void rll_set_float(lua_State *L, const char *name, float value) {
  rll_push_float(L, value);
  lua_setfield(L, -2, name);
}

void rll_push_pair(lua_State *L, const float pair[2]) {
  lua_createtable(L, 2, 0);
  for (int i = 0; i < 2; i++) {
    rll_push_float(L, pair[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

void rll_set_pair(lua_State *L, const char *name, const float pair[2]) {
  rll_push_pair(L, pair);
  lua_setfield(L, -2, name);
}
