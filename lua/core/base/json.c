/* core.json(value[, pretty]) -> text. Tables with keys 1..n are lists, others objects with sorted keys (an
 * empty one is an object); numbers have the fewest digits that read back the same; NaN and infinity are null;
 * what JSON has no word for is the name of its type. And core.parse_json. */
#include "base/text.h"
#include "core/base/binding.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rll_type box_type = {"rl.json"};

typedef struct box { /* holds what an error would leak */
  cJSON *tree;
  char *text;
} box;

enum { MAX_DEPTH = 100 };

static int free_box(lua_State *L) {
  box *self = rll_check(L, 1, &box_type);
  cJSON_Delete(self->tree);
  cJSON_free(self->text);
  *self = (box){NULL, NULL};
  return 0;
}

/* Hangs the item into the tree. */
static cJSON *attach(lua_State *L, cJSON *parent, const char *name, cJSON *item) {
  if (!item || !(name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item))) {
    cJSON_Delete(item);
    luaL_error(L, "out of memory");
  }
  return item;
}

static cJSON *new_number(lua_State *L, int index) {
  char text[32];
  double number = lua_tonumber(L, index);
  if (!isfinite(number)) return cJSON_CreateNull();
  if (lua_isinteger(L, index)) {
    snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, index));
  } else {
    void *before = rl_point_begin();
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(text, sizeof text, "%.*g", digits, number);
      if (strtod(text, NULL) == number) break;
    }
    rl_point_end(before);
  }
  return cJSON_CreateRaw(text);
}

/* A list for a table with keys 1..n, n > 0. */
static cJSON *new_container(lua_State *L, int index) {
  size_t n = lua_rawlen(L, index), count = 0;
  bool list = n > 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    double key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
    list = list && key >= 1 && key <= (double)n && key == floor(key);
    count++;
  }
  return list && count == n ? cJSON_CreateArray() : cJSON_CreateObject();
}

typedef struct key {
  const char *text;
  int index;
} key;

static int by_text(const void *a, const void *b) {
  return strcmp(((const key *)a)->text, ((const key *)b)->text);
}

/* Pushes a list of the table's keys, a list of their texts, and the array of both, ordered by the texts. */
static key *sorted_keys(lua_State *L, int index, int *n) {
  *n = 0;
  lua_newtable(L);
  lua_newtable(L);
  int keys = lua_gettop(L) - 1, texts = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    int type = lua_type(L, -2);
    lua_pushvalue(L, -2);
    lua_rawseti(L, keys, ++*n);
    if (type == LUA_TNUMBER && !lua_isinteger(L, -2))
      rll_number_text(L, lua_tonumber(L, -2));
    else if (type == LUA_TSTRING || type == LUA_TNUMBER)
      lua_pushvalue(L, -2);
    else
      lua_pushstring(L, lua_typename(L, type));
    lua_tostring(L, -1); /* turns the copy of a number into a string */
    lua_rawseti(L, texts, *n);
  }
  key *sorted = lua_newuserdata(L, ((size_t)*n + 1) * sizeof *sorted);
  for (int i = 0; i < *n; i++) {
    lua_rawgeti(L, texts, i + 1);
    sorted[i] = (key){lua_tostring(L, -1), i + 1};
    lua_pop(L, 1);
  }
  qsort(sorted, (size_t)*n, sizeof *sorted, by_text);
  return sorted;
}

static void add_value(lua_State *L, cJSON *parent, const char *name, int depth);

static void add_members(lua_State *L, int index, cJSON *object, int depth) {
  int n;
  const key *keys = sorted_keys(L, index, &n);
  int list = lua_gettop(L) - 2;
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, list, keys[i].index);
    lua_rawget(L, index);
    add_value(L, object, keys[i].text, depth + 1);
  }
  lua_pop(L, 3);
}

/* Adds the value at the top of the stack and pops it. */
static void add_value(lua_State *L, cJSON *parent, const char *name, int depth) {
  int index = lua_gettop(L);
  int type = lua_type(L, index);
  if (depth > MAX_DEPTH)
    luaL_error(L, "json: tables nested deeper than %d (one that holds itself?)", MAX_DEPTH);
  luaL_checkstack(L, 10, "json");
  if (type == LUA_TTABLE) {
    cJSON *item = attach(L, parent, name, new_container(L, index));
    if (cJSON_IsObject(item)) add_members(L, index, item, depth);
    for (int i = 1, n = cJSON_IsArray(item) ? (int)lua_rawlen(L, index) : 0; i <= n; i++) {
      lua_rawgeti(L, index, i);
      add_value(L, item, NULL, depth + 1);
    }
  } else if (type == LUA_TNUMBER) {
    attach(L, parent, name, new_number(L, index));
  } else if (type == LUA_TBOOLEAN) {
    attach(L, parent, name, cJSON_CreateBool(lua_toboolean(L, index)));
  } else if (type == LUA_TNIL) {
    attach(L, parent, name, cJSON_CreateNull());
  } else {
    attach(L, parent, name,
           cJSON_CreateString(type == LUA_TSTRING ? lua_tostring(L, index) : lua_typename(L, type)));
  }
  lua_pop(L, 1);
}

static int json(lua_State *L) {
  luaL_checkany(L, 1);
  bool pretty = lua_toboolean(L, 2);
  box *self = rll_new(L, &box_type, sizeof *self);
  self->tree = cJSON_CreateArray(); /* around the value */
  if (!self->tree) return luaL_error(L, "out of memory");
  int place = lua_gettop(L);
  lua_pushvalue(L, 1);
  add_value(L, self->tree, NULL, 0);
  self->text = pretty ? cJSON_Print(self->tree->child) : cJSON_PrintUnformatted(self->tree->child);
  if (!self->text) return luaL_error(L, "out of memory");
  lua_pushstring(L, self->text);
  lua_pushcfunction(L, free_box); /* now, not when it is collected */
  lua_pushvalue(L, place);
  lua_call(L, 1, 0);
  return 1;
}

/* False where it is nested too deep; what it has pushed then is left for the caller. */
static bool push_json(lua_State *L, const cJSON *item, int depth) {
  if (depth > MAX_DEPTH) return false;
  luaL_checkstack(L, 5, "json");
  if (cJSON_IsArray(item) || cJSON_IsObject(item)) {
    lua_newtable(L);
    int i = 0;
    for (const cJSON *part = item->child; part; part = part->next) {
      if (!push_json(L, part, depth + 1)) return false;
      if (part->string)
        lua_setfield(L, -2, part->string);
      else
        lua_rawseti(L, -2, ++i);
    }
  } else if (cJSON_IsString(item)) {
    lua_pushstring(L, item->valuestring);
  } else if (cJSON_IsNumber(item)) {
    const double number = item->valuedouble;
    if (number == floor(number) && fabs(number) <= 0x1p53)
      lua_pushinteger(L, (lua_Integer)number);
    else
      lua_pushnumber(L, number);
  } else if (cJSON_IsBool(item)) {
    lua_pushboolean(L, cJSON_IsTrue(item));
  } else {
    lua_pushnil(L);
  }
  return true;
}

/* core.parse_json(text) -> value | nil, message; null is nil, and leaves no trace in a table */
static int parse_json(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  box *self = rll_new(L, &box_type, sizeof *self);
  self->tree = cJSON_ParseWithLength(text, size);
  if (!self->tree) {
    lua_pushnil(L);
    lua_pushstring(L, "no JSON");
    return 2;
  }
  const bool whole = push_json(L, self->tree, 0);
  cJSON_Delete(self->tree);
  self->tree = NULL;
  if (whole) return 1;
  lua_pushnil(L);
  lua_pushfstring(L, "nested deeper than %d", MAX_DEPTH);
  return 2;
}

void rll_open_json(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", free_box}, {NULL, NULL}};
  rll_register(L, &box_type, NULL, metamethods);
  lua_pushcfunction(L, json);
  lua_setfield(L, -2, "json");
  lua_pushcfunction(L, parse_json);
  lua_setfield(L, -2, "parse_json");
}
