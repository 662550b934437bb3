#include "core/carry/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rll_libraries[RLL_LIBRARIES] = {"_G", "string", "table", "math", "utf8", "bit32", "bit"};

static const lua_CFunction openers[RLL_LIBRARIES] = {
    luaopen_base,  luaopen_string, luaopen_table, luaopen_math,
#if LUA_VERSION_NUM >= 503
    luaopen_utf8,
#else
    NULL,
#endif
#if LUA_VERSION_NUM == 502
    luaopen_bit32,
#else
    NULL,
#endif
#ifdef LUA_JITLIBNAME
    luaopen_bit,
#endif
};

/* What does more than compute. All that is not in the kit is strange to the state of a worker (image.h). */
static const char *const left_out[] = {"print",    "load",   "loadstring", "loadfile", "dofile",
                                       "require",  "module", "getfenv",    "setfenv",  "collectgarbage",
                                       "gcinfo",   "warn",   "newproxy",   "dump",     "foreach",
                                       "foreachi", "random", "randomseed"};

int rll_trap(lua_State *W) {
  rll_trapped *trapped = lua_touserdata(W, lua_upvalueindex(1));
  const char *what = lua_tostring(W, lua_upvalueindex(2));
  if (!trapped->trapped) snprintf(trapped->what, sizeof trapped->what, "%s", what);
  trapped->trapped = true;
  return luaL_error(W, "%s", what);
}

uint64_t rll_identity(lua_State *L, int index) {
  const lua_CFunction function = lua_tocfunction(L, index);
  uintptr_t address = 0;
  if (function) {
    memcpy(&address, &function, sizeof address);
    return address;
  }
  /* LuaJIT's own: "function: builtin#29" */
  const int top = lua_gettop(L);
  index = lua_absindex(L, index);
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED"); /* package.loaded in every Lua */
  lua_getfield(L, -1, "_G");
  lua_getfield(L, -1, "tostring");
  uint64_t identity = 0;
  if (lua_iscfunction(L, -1)) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    const char *text = lua_tostring(L, -1), *number = text ? strchr(text, '#') : NULL;
    if (number) identity = strtoull(number + 1, NULL, 10);
  }
  lua_settop(L, top);
  return identity;
}

int rll_kit_find(const rll_kit *kit, int library, uint64_t identity) {
  const int end = library < 0 || !kit->full ? kit->n : kit->begin[library + 1];
  for (int i = library < 0 ? 0 : kit->begin[library]; i < end; i++)
    if (kit->entry[i].identity == identity) return i;
  return -1;
}

/* Registry of a worker's state: by these addresses. */
static const char functions_key, locked_key, orders_key;

static void push_registered(lua_State *W, const char *key) { lua_rawgetp(W, LUA_REGISTRYINDEX, key); }

/* Upvalues of what stands for a function of the libraries: those of rll_trap, then: */
enum { UP_ORIGINAL = 3, UP_LOCKED, UP_ORDERS };

static int call_original(lua_State *W) {
  lua_pushvalue(W, lua_upvalueindex(UP_ORIGINAL));
  lua_insert(W, 1);
  lua_call(W, lua_gettop(W) - 1, LUA_MULTRET);
  return lua_gettop(W);
}

static bool is_in(lua_State *W, int upvalue, int index) {
  if (!lua_istable(W, index)) return false;
  lua_pushvalue(W, index);
  lua_rawget(W, lua_upvalueindex(upvalue));
  const bool found = lua_toboolean(W, -1);
  lua_pop(W, 1);
  return found;
}

static int guarded(lua_State *W) {
  const int type = lua_type(W, 1);
  if (is_in(W, UP_LOCKED, 1) || type == LUA_TUSERDATA || type == LUA_TSTRING) return rll_trap(W);
  return call_original(W);
}

static bool shows_address(lua_State *W, int index) {
  const int type = lua_type(W, index);
  return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TTHREAD;
}

static int guarded_tostring(lua_State *W) {
  if (shows_address(W, 1) && (lua_type(W, 1) == LUA_TUSERDATA || !luaL_getmetafield(W, 1, "__tostring")))
    return rll_trap(W);
  if (shows_address(W, 1)) lua_pop(W, 1);
  return call_original(W);
}

static int guarded_format(lua_State *W) {
  for (int i = 1; i <= lua_gettop(W); i++)
    if (shows_address(W, i)) return rll_trap(W);
  return call_original(W);
}

/* The order of the keys of a table depends on the state where strings or objects are among several. Of what the
 * function has made itself no other state knows it. */
static bool has_own_order(lua_State *W, int index) {
  bool seeded = false;
  int n = 0;
  for (lua_pushnil(W); lua_next(W, index); lua_pop(W, 1)) {
    const int type = lua_type(W, -2);
    n++;
    seeded = seeded || (type != LUA_TNUMBER && type != LUA_TBOOLEAN);
    if (!seeded || n < 2) continue;
    lua_pop(W, 2);
    return true;
  }
  return false;
}

static int count(lua_State *W, int index) {
  int n = 0;
  for (lua_pushnil(W); lua_next(W, index); lua_pop(W, 1)) n++;
  return n;
}

/* orders[t]: its number of entries, where pairs goes as it does here; or a list of that and of key -> next key, with the
 * first key behind this address. */
static void push_start(lua_State *W) { lua_pushlightuserdata(W, (void *)(uintptr_t)&orders_key); }

static int follow(lua_State *W) {
  lua_settop(W, 2);
  if (lua_isnil(W, 2))
    push_start(W);
  else
    lua_pushvalue(W, 2);
  lua_rawget(W, lua_upvalueindex(1));
  if (lua_isnil(W, -1)) return 1;
  lua_pushvalue(W, -1);
  lua_rawget(W, 1);
  return 2;
}

enum { AS_IT_IS, FOLLOWED, TRAPPED };

/* How the table at 1 is to be gone through; pushes key -> next key where it is followed. */
static int order_of(lua_State *W) {
  if (!lua_istable(W, 1)) return AS_IT_IS;
  if (is_in(W, UP_LOCKED, 1)) return TRAPPED;
  lua_pushvalue(W, 1);
  lua_rawget(W, lua_upvalueindex(UP_ORDERS));
  if (lua_isnil(W, -1)) return has_own_order(W, 1) ? TRAPPED : AS_IT_IS;
  const bool followed = lua_istable(W, -1);
  if (followed) lua_rawgeti(W, -1, 1);
  const int n = (int)lua_tointeger(W, -1);
  lua_pop(W, 1);
  if (n != count(W, 1)) return TRAPPED; /* it has been written to */
  if (!followed) return AS_IT_IS;
  lua_rawgeti(W, -1, 2);
  return FOLLOWED;
}

static int guarded_pairs(lua_State *W) {
  if (lua_istable(W, 1) && luaL_getmetafield(W, 1, "__pairs")) {
    lua_settop(W, 1);
    return is_in(W, UP_LOCKED, 1) ? rll_trap(W) : call_original(W);
  }
  const int top = lua_gettop(W), order = order_of(W);
  if (order == TRAPPED) return rll_trap(W);
  if (order == FOLLOWED) {
    lua_pushcclosure(W, follow, 1);
    lua_pushvalue(W, 1);
    lua_pushnil(W);
    return 3;
  }
  lua_settop(W, top);
  return call_original(W);
}

static int guarded_next(lua_State *W) {
  if (lua_gettop(W) == 1) lua_settop(W, 2);
  const int top = lua_gettop(W), order = order_of(W);
  if (order == TRAPPED) return rll_trap(W);
  if (order == FOLLOWED) {
    lua_pushcclosure(W, follow, 1);
    lua_insert(W, 1);
    lua_settop(W, 3);
    lua_call(W, 2, LUA_MULTRET);
    return lua_gettop(W);
  }
  lua_settop(W, top);
  return call_original(W);
}

static const struct {
  const char *name;
  lua_CFunction function;
  const char *what;
} guards[] = {
    {"pairs", guarded_pairs, "it goes through a table by pairs, in an order that no other state has"},
    {"next", guarded_next, "it goes through a table by next, in an order that no other state has"},
    {"tostring", guarded_tostring, "it makes text of the address of an object"},
    {"format", guarded_format, "it makes text of the address of an object"},
    {"rawget", guarded, "it looks into the globals by rawget"},
    {"rawset", guarded, "it writes to the globals by rawset"},
    {"getmetatable", guarded, "it asks for the metatable of the globals, of strings or of an object"},
    {"setmetatable", guarded, "it sets the metatable of the globals"}};

/* A function at the top -> what the worker's state has in its place. */
static void guard(lua_State *W, const char *name, rll_trapped *trapped) {
  for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
    if (strcmp(guards[i].name, name) != 0) continue;
    lua_pushlightuserdata(W, trapped);
    lua_pushstring(W, guards[i].what);
    lua_pushvalue(W, -3);
    push_registered(W, &locked_key);
    push_registered(W, &orders_key);
    lua_pushcclosure(W, guards[i].function, UP_ORDERS);
    lua_remove(W, -2);
    return;
  }
}

static bool is_left_out(const char *name) {
  for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
    if (strcmp(left_out[i], name) == 0) return true;
  return false;
}

/* Its place in the kit, which another state may have filled already. */
static int add_entry(rll_kit *kit, int library, const char *name, uint64_t identity) {
  const int found = rll_kit_find(kit, library, identity);
  if (found >= 0 || kit->full || kit->n == RLL_KIT) return found;
  kit->entry[kit->n].identity = identity;
  strcpy(kit->entry[kit->n].name, name);
  return kit->n++;
}

/* The table of a library is at the top, that of the functions below it. */
static void take_library(lua_State *W, rll_kit *kit, int library, rll_trapped *trapped) {
  for (lua_pushnil(W); lua_next(W, -2); lua_pop(W, 1)) {
    if (lua_type(W, -2) != LUA_TSTRING || !lua_iscfunction(W, -1)) continue;
    const char *name = lua_tostring(W, -2);
    if (is_left_out(name) || strlen(name) >= sizeof kit->entry[0].name) continue;
    const int entry = add_entry(kit, library, name, rll_identity(W, -1));
    if (entry < 0) continue;
    lua_pushvalue(W, -1);
    guard(W, name, trapped);
    lua_rawseti(W, -5, entry + 1);
  }
}

static void register_weak(lua_State *W, const char *key) {
  lua_newtable(W);
  lua_newtable(W);
  lua_pushliteral(W, "k");
  lua_setfield(W, -2, "__mode");
  lua_setmetatable(W, -2);
  lua_rawsetp(W, LUA_REGISTRYINDEX, key);
}

void rll_kit_open(lua_State *W, rll_kit *kit, rll_trapped *trapped) {
  register_weak(W, &locked_key);
  register_weak(W, &orders_key);
  lua_newtable(W);
  for (int i = 0; i < RLL_LIBRARIES; i++) {
    if (!kit->full) kit->begin[i] = kit->begin[i + 1] = kit->n;
    if (openers[i]) {
      luaL_requiref(W, rll_libraries[i], openers[i], 1);
      take_library(W, kit, i, trapped);
      lua_pop(W, 1);
    }
    if (!kit->full) kit->begin[i + 1] = kit->n;
  }
  kit->full = true;
  lua_rawsetp(W, LUA_REGISTRYINDEX, &functions_key);
}

void rll_kit_push(lua_State *W, int entry) {
  push_registered(W, &functions_key);
  lua_rawgeti(W, -1, entry + 1);
  lua_remove(W, -2);
}

void rll_kit_set_order(lua_State *W, int n, int order) {
  const int table = lua_gettop(W);
  push_registered(W, &orders_key);
  lua_pushvalue(W, table);
  if (order) {
    lua_createtable(W, 2, 0);
    lua_pushinteger(W, n);
    lua_rawseti(W, -2, 1);
    lua_createtable(W, 0, n);
    push_start(W);
    for (int i = 1; i <= n; i++) {
      lua_rawgeti(W, order, i);
      lua_pushvalue(W, -1);
      lua_insert(W, -3);
      lua_rawset(W, -4);
    }
    lua_pop(W, 1);
    lua_rawseti(W, -2, 2);
  } else
    lua_pushinteger(W, n);
  lua_rawset(W, -3);
  lua_pop(W, 1);
}

void rll_kit_lock(lua_State *W) {
  push_registered(W, &locked_key);
  lua_pushvalue(W, -2);
  lua_pushboolean(W, 1);
  lua_rawset(W, -3);
  lua_pop(W, 1);
}
