/* Fields of descriptions; see description.h. */
#include "core/creature/description.h"

#include <stdio.h>
#include <string.h>

/* Copies the string field `name` of the table at the top of the stack. */
void rll_read_name(lua_State *L, const char *name, char out[RL_NAME], const char *what) {
  const char *text = rll_string(L, lua_gettop(L), name, "", what);
  if (strlen(text) >= RL_NAME)
    luaL_error(L, "%s: %s \"%s\" is longer than %d letters", what, name, text, RL_NAME - 1);
  strcpy(out, text);
}

float rll_read_number(lua_State *L, const char *name, double fallback, const char *what) {
  lua_getfield(L, -1, name);
  const bool number = lua_type(L, -1) == LUA_TNUMBER;
  const double value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return (float)(number ? value : rll_number(L, lua_gettop(L), name, fallback, 0.0, 0.0, what));
}

/* {x, y} at the top of the stack; pops it. */
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

/* Field `name` = {x, y}; stays as it is when absent. */
void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what) {
  lua_getfield(L, -1, name);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else
    rll_read_pair_here(L, name, out, what);
}

/* Pushes field `name`, a table; an empty one when absent. */
void rll_push_table(lua_State *L, const char *name, const char *what) {
  lua_getfield(L, -1, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1)) luaL_error(L, "%s: %s: table expected, got %s", what, name, luaL_typename(L, -1));
}

/* Pushes element i of the list at the top, a table. */
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

/* Shortest decimal that is the same float: .7 shall read back as 0.7, not 0.69999998807907. */
static void push_float(lua_State *L, float value) {
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
  push_float(L, value);
  lua_setfield(L, -2, name);
}

void rll_push_pair(lua_State *L, const float pair[2]) {
  lua_createtable(L, 2, 0);
  for (int i = 0; i < 2; i++) {
    push_float(L, pair[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

void rll_set_pair(lua_State *L, const char *name, const float pair[2]) {
  rll_push_pair(L, pair);
  lua_setfield(L, -2, name);
}
