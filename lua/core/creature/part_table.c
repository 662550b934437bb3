/* Parts of descriptions as Lua tables; see part_table.h. */
#include "core/creature/part_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT = 128 };

/* --- rows --- */

bool rll_is_given(lua_State *L, const char *name) {
  const bool given = lua_getfield(L, -1, name) != LUA_TNIL;
  lua_pop(L, 1);
  return given;
}

static void copy_name(lua_State *L, char out[RL_NAME], const char *text, const char *name, const char *what) {
  if (strlen(text) >= RL_NAME)
    luaL_error(L, "%s: %s \"%s\" is longer than %d letters", what, name, text, RL_NAME - 1);
  strcpy(out, text);
}

void rll_read_name(lua_State *L, const char *name, char out[RL_NAME], const char *what) {
  copy_name(L, out, rll_string(L, lua_gettop(L), name, "", what), name, what);
}

void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what) {
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

float rll_read_number(lua_State *L, const char *name, const char *what) {
  if (lua_getfield(L, -1, name) != LUA_TNUMBER) rll_number(L, lua_gettop(L) - 1, name, 0.0, 0.0, 0.0, what);
  const float value = (float)lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

static void read_row(lua_State *L, const rl_option *row, void *at, const char *what) {
  const int table = lua_gettop(L);
  switch (row->type) {
  case RL_OPTION_PAIR:
    lua_getfield(L, table, row->name);
    rll_read_pair(L, row->name, at, what);
    break;
  case RL_OPTION_NAME: rll_read_name(L, row->name, at, what); break;
  case RL_OPTION_BOOLEAN: *(bool *)at = rll_boolean(L, table, row->name, false, what); break;
  case RL_OPTION_INTEGER:
    *(int *)at = (int)rll_integer(L, table, row->name, 0, (int64_t)row->min, (int64_t)row->max, what);
    break;
  case RL_OPTION_CHOICE: *(int *)at = rll_choice(L, table, row->name, 0, row->choices, what); break;
  default: *(float *)at = rll_read_number(L, row->name, what);
  }
}

void rll_read_part(lua_State *L, rl_options rows, const char *const *more, void *part, const char *what) {
  static const char *const none[] = {NULL};
  rll_check_option_names(L, lua_gettop(L), rl_options_of(rows, ~0U), more ? more : none, what);
  for (int i = 0; i < rows.count; i++) {
    const rl_option *row = &rows.rows[i];
    if (rl_option_has(row, rows.traits) && rll_is_given(L, row->name))
      read_row(L, row, (char *)part + row->offset, what);
  }
}

/* .7 shall read back as 0.7, not 0.69999998807907. */
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

void rll_push_pair(lua_State *L, const float pair[2]) {
  lua_createtable(L, 2, 0);
  for (int i = 0; i < 2; i++) {
    rll_push_float(L, pair[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

static void set_row(lua_State *L, const rl_option *row, const void *at) {
  switch (row->type) {
  case RL_OPTION_PAIR: rll_push_pair(L, at); break;
  case RL_OPTION_NAME:
    if (!*(const char *)at) return;
    lua_pushstring(L, at);
    break;
  case RL_OPTION_BOOLEAN:
    if (!*(const bool *)at) return;
    lua_pushboolean(L, true);
    break;
  case RL_OPTION_INTEGER: lua_pushinteger(L, *(const int *)at); break;
  case RL_OPTION_CHOICE: lua_pushstring(L, row->choices[*(const int *)at]); break;
  default: rll_push_float(L, *(const float *)at);
  }
  lua_setfield(L, -2, row->name);
}

void rll_set_part(lua_State *L, rl_options rows, const void *part) {
  for (int i = 0; i < rows.count; i++)
    if (rl_option_has(&rows.rows[i], rows.traits))
      set_row(L, &rows.rows[i], (const char *)part + rows.rows[i].offset);
}

/* --- tables in tables --- */

void rll_push_table(lua_State *L, const char *name, const char *what) {
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1)) luaL_error(L, "%s: %s: table expected, got %s", what, name, luaL_typename(L, -1));
}

int rll_read_list(lua_State *L, const rll_list *list, void *first, const char *what) {
  char where[WHAT];
  rll_push_table(L, list->name, what);
  const int n = (int)lua_rawlen(L, -1);
  if (n == 0) {
    lua_pushnil(L);
    if (lua_next(L, -2))
      luaL_error(L, "%s: %s: a list expected, got a table without [1]; each %s is a table in it", what,
                 list->name, list->element);
  }
  if (n > list->most) luaL_error(L, "%s: at most %d %s, got %d", what, list->most, list->elements, n);
  for (int i = 0; i < n; i++) {
    snprintf(where, sizeof where, "%.100s: %s %d", what, list->element, i + 1);
    if (lua_rawgeti(L, -1, i + 1) != LUA_TTABLE)
      luaL_error(L, "%s: table expected, got %s", where, luaL_typename(L, -1));
    list->read(L, (char *)first + (size_t)i * list->size, list->numbered ? where : what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return n;
}

void rll_set_list(lua_State *L, const rll_list *list, const void *first, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_newtable(L);
    list->set(L, (const char *)first + (size_t)i * list->size);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, list->name);
}

typedef struct entry { /* an rl_joint_angle, an rl_follower */
  char name[RL_NAME];
  float value;
} entry;

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

int rll_read_map(lua_State *L, const rll_map *map, void *first, const char *what) {
  int n = 0;
  rll_push_table(L, map->name, what);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    entry here;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s: %s: the name of a %s = %s expected", what, map->name, map->key, map->value);
    if (n == map->most) luaL_error(L, "%s: at most %d %s", what, map->most, map->name);
    memset(&here, 0, sizeof here);
    copy_name(L, here.name, lua_tostring(L, -2), map->key, what);
    here.value = (float)lua_tonumber(L, -1);
    memcpy((char *)first + (size_t)n++ * sizeof here, &here, sizeof here);
  }
  lua_pop(L, 1);
  qsort(first, (size_t)n, sizeof(entry), by_name);
  return n;
}

void rll_set_map(lua_State *L, const char *name, const void *first, int n) {
  lua_newtable(L);
  for (int i = 0; i < n; i++) {
    entry here;
    memcpy(&here, (const char *)first + (size_t)i * sizeof here, sizeof here);
    rll_push_float(L, here.value);
    lua_setfield(L, -2, here.name);
  }
  lua_setfield(L, -2, name);
}
