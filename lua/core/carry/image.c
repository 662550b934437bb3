#include "core/carry/image.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* --- bytes --- */

bool rll_put_bytes(rll_bytes *bytes, const void *data, size_t size) {
  if (bytes->used + size > bytes->room) {
    const size_t room = 2 * (bytes->used + size) + 256;
    char *grown = rl_allocate_unset(room, 0);
    if (!grown) return false;
    if (bytes->used) memcpy(grown, bytes->data, bytes->used);
    rl_release(bytes->data);
    bytes->data = grown;
    bytes->room = room;
  }
  if (size) memcpy(bytes->data + bytes->used, data, size);
  bytes->used += size;
  return true;
}

void rll_release_bytes(rll_bytes *bytes) {
  rl_release(bytes->data);
  *bytes = (rll_bytes){0};
}

/* --- addresses: open addressing; a slot of another round is empty --- */

typedef struct rll_seen_slot {
  const void *address;
  uint32_t round;
  int number;
} seen_slot;

static size_t place_of(const rll_seen *seen, const void *address) {
  size_t place = (size_t)(((uintptr_t)address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (seen->room - 1);
  while (seen->slots[place].round == seen->round && seen->slots[place].address != address)
    place = (place + 1) & (seen->room - 1);
  return place;
}

void rll_seen_clear(rll_seen *seen) {
  seen->round++;
  seen->n = 0;
}

int rll_seen_find(const rll_seen *seen, const void *address) {
  if (!seen->room) return -1;
  const seen_slot *slot = &seen->slots[place_of(seen, address)];
  return slot->round == seen->round ? slot->number : -1;
}

static bool grow(rll_seen *seen) {
  rll_seen larger = {.room = seen->room ? 2 * seen->room : 64, .round = 1, .n = seen->n};
  larger.slots = rl_allocate(larger.room, sizeof *larger.slots);
  if (!larger.slots) return false;
  for (size_t i = 0; i < seen->room; i++) {
    if (seen->slots[i].round != seen->round) continue;
    seen_slot *slot = &larger.slots[place_of(&larger, seen->slots[i].address)];
    *slot = seen->slots[i];
    slot->round = 1;
  }
  rl_release(seen->slots);
  *seen = larger;
  return true;
}

bool rll_seen_add(rll_seen *seen, const void *address) {
  if (2 * (size_t)(seen->n + 1) > seen->room && !grow(seen)) return false;
  seen->slots[place_of(seen, address)] = (seen_slot){address, seen->round, seen->n};
  seen->n++;
  return true;
}

void rll_seen_release(rll_seen *seen) {
  rl_release(seen->slots);
  *seen = (rll_seen){0};
}

/* --- the walk --- */

/* "upvalue 'total' (walk.lua:12)", "global 'config'", "config.gains", "math.random" */
static const char *place(rll_walk *w) {
  lua_State *L = w->L;
  if (!w->kind) return "the function";
  if (strcmp(w->kind, "library") == 0) return w->key ? lua_pushfstring(L, "%s.%s", w->name, w->key) : w->name;
  if (strcmp(w->kind, "global") == 0)
    return w->key ? lua_pushfstring(L, "%s.%s", w->name, w->key) : lua_pushfstring(L, "global '%s'", w->name);
  lua_Debug info = {0};
  if (!w->function) return lua_pushfstring(L, "upvalue '%s'", w->name);
  lua_pushvalue(L, w->function);
  lua_getinfo(L, ">S", &info);
  return lua_pushfstring(L, "upvalue '%s' (%s:%d)", w->name, info.short_src, info.linedefined);
}

static void explain(rll_walk *w, const char *format) {
  const int top = lua_gettop(w->L);
  luaL_checkstack(w->L, 10, NULL);
  const char *text = lua_pushfstring(w->L, format, place(w));
  snprintf(w->why, sizeof w->why, "%s", text);
  lua_settop(w->L, top);
}

static bool give_up(rll_walk *w, const char *format) {
  if (!w->differs) explain(w, format);
  return false;
}

static bool put(rll_walk *w, const void *data, size_t size) {
  if (w->was) {
    if (w->at + size <= w->was->used && memcmp(w->was->data + w->at, data, size) == 0) {
      w->at += size;
      return true;
    }
    w->differs = true;
    return false;
  }
  if (w->out->used + size > RLL_MOST_BYTES) return give_up(w, "%s is too large");
  return rll_put_bytes(w->out, data, size) || give_up(w, "there is no memory for %s");
}

static bool put_tag(rll_walk *w, char tag) { return put(w, &tag, 1); }

static bool put_int(rll_walk *w, int number) { return put(w, &(int32_t){number}, sizeof(int32_t)); }

static bool put_text(rll_walk *w, const char *text, size_t length) {
  return put_int(w, (int)length) && put(w, text, length);
}

static bool put_pointer(rll_walk *w, const void *pointer) {
  return put_tag(w, RLL_POINTER) && put(w, &pointer, sizeof pointer);
}

/* Whether the object has come before; its number is put then. */
static bool again(rll_walk *w, const void *address, bool *result) {
  const int number = rll_seen_find(w->seen, address);
  if (number < 0) {
    *result = rll_seen_add(w->seen, address) || give_up(w, "there is no memory for %s");
    return !*result;
  }
  *result = put_tag(w, RLL_AGAIN) && put_int(w, number);
  return true;
}

static bool put_value(rll_walk *w, int index);

static bool is_globals(lua_State *L, int index) {
  lua_pushglobaltable(L);
  const bool same = lua_rawequal(L, -1, index);
  lua_pop(L, 1);
  return same;
}

static bool put_number(rll_walk *w, int index) {
  lua_State *L = w->L;
  if (LUA_VERSION_NUM >= 503 && lua_isinteger(L, index))
    return put_tag(w, RLL_INTEGER) && put(w, &(int64_t){lua_tointeger(L, index)}, sizeof(int64_t));
  return put_tag(w, RLL_DOUBLE) && put(w, &(double){lua_tonumber(L, index)}, sizeof(double));
}

static bool put_strange(rll_walk *w, int index) {
  bool result;
  lua_State *L = w->L;
  if (again(w, lua_topointer(L, index), &result)) return result;
  const int type = lua_type(L, index), top = lua_gettop(L);
  luaL_checkstack(L, 10, NULL);
  const char *what = place(w);
  const char *text = type == LUA_TFUNCTION ? lua_pushfstring(L, "it calls %s, a function in C", what)
                     : type == LUA_TTABLE  ? lua_pushfstring(L, "it uses %s, which is this library", what)
                                           : lua_pushfstring(L, "it uses %s, which is of type %s", what,
                                                             rll_type_name(L, index));
  result = put_tag(w, RLL_STRANGE) && put_int(w, type) && put_text(w, text, strlen(text));
  lua_settop(L, top);
  return result;
}

static bool put_builtin(rll_walk *w, int index) {
  const int entry = rll_kit_find(w->kit, -1, rll_identity(w->L, index));
  return entry < 0 ? put_strange(w, index) : put_tag(w, RLL_BUILTIN) && put_int(w, entry);
}

/* Which library the table is, as far as it goes by that name; -1: none. */
static int library_of(lua_State *L, int index) {
  int found = -1;
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED"); /* package.loaded in every Lua */
  for (int i = 1; found < 0 && lua_istable(L, -1) && i < RLL_LIBRARIES; i++) {
    lua_getfield(L, -1, rll_libraries[i]);
    if (lua_rawequal(L, -1, index)) found = i;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

/* A library: what in it is not as the kit has it. */
static bool put_library(rll_walk *w, int index, int library) {
  lua_State *L = w->L;
  const rll_walk before = *w;
  int same = 0;
  bool good = put_tag(w, RLL_LIBRARY) && put_int(w, library);
  w->kind = "library";
  w->name = rll_libraries[library];
  lua_pushnil(L);
  while (good && lua_next(L, index)) {
    const int value = lua_gettop(L), key = value - 1;
    const int entry = lua_iscfunction(L, value) ? rll_kit_find(w->kit, library, rll_identity(L, value)) : -1;
    const bool named = lua_type(L, key) == LUA_TSTRING;
    w->key = named ? lua_tostring(L, key) : NULL;
    if (entry >= 0 && named && strcmp(w->kit->entry[entry].name, w->key) == 0)
      same++;
    else
      good = put_value(w, key) && put_value(w, value);
    lua_settop(L, key);
  }
  if (good && same != w->kit->begin[library + 1] - w->kit->begin[library]) {
    w->key = NULL;
    good = give_up(w, "functions of %s have been replaced or taken away");
  }
  w->kind = before.kind;
  w->name = before.name;
  w->key = before.key;
  return good && put_tag(w, RLL_END);
}

/* The table that require "rl" gives: modules keep it, so that functions which never use it reach all that it reaches. */
static bool is_rl(lua_State *L, int index) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_pushliteral(L, "rl");
  lua_rawget(L, -2);
  const bool same = lua_rawequal(L, -1, index);
  lua_pop(L, 2);
  return same;
}

/* Such tables change by themselves. */
static bool has_field(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  const bool has = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return has;
}

static bool put_metatable(rll_walk *w, int index) {
  lua_State *L = w->L;
  if (!lua_getmetatable(L, index)) return put_tag(w, RLL_NIL);
  const bool good = !has_field(L, "__mode") && !has_field(L, "__gc") && !has_field(L, "__close")
                        ? put_value(w, lua_gettop(L))
                        : give_up(w, "%s has a table with a finaliser or weak references");
  lua_pop(L, 1);
  return good;
}

/* How many entries the table has, and whether they come in the order 1, 2, ... and then at most one other. */
static int survey(lua_State *L, int index, bool *regular) {
  const size_t length = lua_rawlen(L, index);
  size_t n = 0;
  *regular = true;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    n++;
    if (n <= length)
      *regular = *regular && lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) == (lua_Number)n;
    else
      *regular = *regular && n == length + 1;
  }
  return (int)n;
}

static bool put_entries(rll_walk *w, int index) {
  lua_State *L = w->L;
  const char *outer = w->key;
  bool good = true;
  lua_pushnil(L);
  while (good && lua_next(L, index)) {
    const int value = lua_gettop(L), key = value - 1;
    if (!outer && lua_type(L, key) == LUA_TSTRING) w->key = lua_tostring(L, key);
    good = put_value(w, key) && put_value(w, value);
    if (!outer) w->key = NULL;
    lua_settop(L, key);
  }
  return good && put_tag(w, RLL_END);
}

static bool put_table(rll_walk *w, int index) {
  lua_State *L = w->L;
  bool result, regular;
  if (is_globals(L, index)) return put_tag(w, RLL_GLOBALS);
  if (is_rl(L, index)) return put_strange(w, index);
  if (again(w, lua_topointer(L, index), &result)) return result;
  const int library = library_of(L, index);
  if (library > 0) return put_library(w, index, library);
  const int n = survey(L, index, &regular);
  if (n > w->left) return give_up(w, "%s holds more than 10000 values");
  return put_tag(w, RLL_TABLE) && put_int(w, n) && put_int(w, regular) &&
         put_int(w, (int)lua_rawlen(L, index)) && put_metatable(w, index) && put_entries(w, index);
}

#if RLL_UPVALUE_IDS
static const void *upvalue_id(lua_State *L, int function, int i) { return lua_upvalueid(L, function, i); }
static bool is_shared(rll_walk *w, int function, int i, const char *name) {
  (void)w, (void)function, (void)i, (void)name;
  return false;
}
#else
static const void *upvalue_id(lua_State *L, int function, int i) {
  (void)L, (void)function, (void)i;
  return NULL;
}

/* Whether upvalue i of the function at `function` is also upvalue j of the one at the top: a value that this one gets for
 * a moment is seen by that. */
static bool is_one(lua_State *L, int function, int i, int j) {
  static const char mark;
  const int other = lua_gettop(L);
  lua_getupvalue(L, other, j);
  lua_pushlightuserdata(L, (void *)(uintptr_t)&mark);
  lua_setupvalue(L, other, j);
  lua_getupvalue(L, function, i);
  const bool same = lua_touserdata(L, -1) == &mark;
  lua_pop(L, 1);
  lua_setupvalue(L, other, j);
  return same;
}

/* Whether a function that has come before has the upvalue too. What is a function itself may be shared: it is hardly
 * replaced for the length of a call. */
static bool is_shared(rll_walk *w, int function, int i, const char *name) {
  lua_State *L = w->L;
  const int top = lua_gettop(L);
  bool shared = false;
  if (lua_isfunction(L, top)) return false;
  for (int k = 1; k < w->n_held && !shared; k++) {
    lua_rawgeti(L, w->held, k);
    const char *other;
    for (int j = 1; !shared && (other = lua_getupvalue(L, top + 1, j)); j++) {
      lua_settop(L, top + 1);
      shared = !lua_rawequal(L, function, top + 1) && strcmp(other, name) == 0 && is_one(L, function, i, j);
    }
    lua_settop(L, top);
  }
  return shared;
}
#endif

static bool put_upvalue(rll_walk *w, int function, int i, const char *name) {
  const void *id = upvalue_id(w->L, function, i);
  const int number = id ? rll_seen_find(w->seen, id) : -1;
  if (number >= 0) return put_tag(w, RLL_SHARED) && put_int(w, number);
  if (id && !rll_seen_add(w->seen, id)) return give_up(w, "there is no memory for %s");
  w->function = function;
  w->kind = "upvalue";
  w->name = name;
  w->key = NULL;
  if (is_shared(w, function, i, name))
    return give_up(w, "%s is shared by functions, and this Lua does not show it");
  return put_tag(w, RLL_UPVALUE) && put_value(w, lua_gettop(w->L));
}

static bool put_function(rll_walk *w, int index) {
  lua_State *L = w->L;
  const rll_walk before = *w;
  bool good;
  const void *address = lua_topointer(L, index);
  if (again(w, address, &good)) return good;
  if (w->held) {
    lua_pushvalue(L, index);
    lua_rawseti(L, w->held, ++w->n_held);
  }
#if LUA_VERSION_NUM < 502
  lua_getfenv(L, index);
  good = is_globals(L, lua_gettop(L));
  lua_pop(L, 1);
  if (!good) return give_up(w, "%s has globals of its own");
#endif
  int n = 0;
  while (lua_getupvalue(L, index, n + 1)) {
    lua_pop(L, 1);
    n++;
  }
  good = put_tag(w, RLL_FUNCTION) && put(w, &address, sizeof address) && put_int(w, n);
  for (int i = 1; good && i <= n; i++) {
    const char *name = lua_getupvalue(L, index, i);
    good = put_upvalue(w, index, i, name);
    lua_pop(L, 1);
  }
  w->function = before.function;
  w->kind = before.kind;
  w->name = before.name;
  w->key = before.key;
  return good;
}

static bool put_deep(rll_walk *w, int index) {
  if (w->depth == RLL_MOST_DEPTH || !lua_checkstack(w->L, 12)) return give_up(w, "%s is nested too deep");
  w->depth++;
  const bool good = lua_istable(w->L, index) ? put_table(w, index) : put_function(w, index);
  w->depth--;
  return good;
}

/* `index` is a stack place, from the bottom. */
static bool put_value(rll_walk *w, int index) {
  lua_State *L = w->L;
  size_t length;
  if (w->left-- <= 0) return give_up(w, "%s: more than 10000 values");
  switch (lua_type(L, index)) {
  case LUA_TNIL: return put_tag(w, RLL_NIL);
  case LUA_TBOOLEAN: return put_tag(w, lua_toboolean(L, index) ? RLL_TRUE : RLL_FALSE);
  case LUA_TNUMBER: return put_number(w, index);
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, index, &length);
    if (length > RLL_MOST_BYTES) return give_up(w, "%s is too large");
    return put_tag(w, RLL_STRING) && put_text(w, text, length);
  }
  case LUA_TLIGHTUSERDATA: return put_pointer(w, lua_touserdata(L, index));
  case LUA_TTABLE: return put_deep(w, index);
  case LUA_TFUNCTION: return lua_iscfunction(L, index) ? put_builtin(w, index) : put_deep(w, index);
  case LUA_TUSERDATA: return put_strange(w, index);
  case LUA_TTHREAD: return give_up(w, "%s is a coroutine");
  default: return give_up(w, "%s is no value of Lua's own");
  }
}

static bool put_global(rll_walk *w) {
  lua_State *L = w->L;
  const int name = lua_gettop(L);
  size_t length;
  w->kind = "global";
  w->name = lua_tolstring(L, name, &length);
  lua_pushglobaltable(L);
  const bool computed = lua_getmetatable(L, -1);
  if (computed) lua_pop(L, 1);
  lua_pushvalue(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (computed && lua_isnil(L, -1)) return give_up(w, "%s comes from the metatable of the globals");
  return put_text(w, w->name, length) && put_value(w, lua_gettop(L));
}

/* What methods of strings are found in: ("x"):rep(2). */
static bool put_string_library(rll_walk *w) {
  lua_State *L = w->L;
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, LUA_STRLIBNAME);
  const int library = lua_gettop(L);
  lua_pushliteral(L, "");
  const bool known = luaL_getmetafield(L, -1, "__index") && lua_rawequal(L, -1, library);
  w->kind = "library";
  w->name = LUA_STRLIBNAME;
  if (!known || !lua_istable(L, library)) return give_up(w, "strings have methods that are not those of %s");
  return put_value(w, library);
}

bool rll_walk_all(rll_walk *w, int first, int n, int names) {
  lua_State *L = w->L;
  const int top = lua_gettop(L), n_names = (int)lua_rawlen(L, names);
  luaL_checkstack(L, 12, NULL);
  rll_seen_clear(w->seen);
  if (w->out) w->out->used = 0;
  w->at = 0;
  w->left = RLL_MOST_VALUES;
  w->n_held = w->depth = w->function = 0;
  w->kind = w->name = w->key = NULL;
  w->differs = false;
  bool good = put_string_library(w);
  lua_settop(L, top);
  w->kind = NULL;
  for (int i = 0; good && i < n; i++) good = put_value(w, first + i);
  good = good && put_int(w, n_names);
  for (int i = 1; good && i <= n_names; i++) {
    lua_rawgeti(L, names, i);
    good = put_global(w);
    lua_settop(L, top);
  }
  if (good && w->was && w->at != w->was->used) good = false;
  lua_settop(L, top);
  return good;
}
