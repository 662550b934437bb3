#include "core/carry/hand.h"

#include "base/memory.h"
#include "base/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOST_MEMORY =
      1 << 26, /* bytes of a hand's state: a function that takes more may be one that takes all there is */
  RESERVE = 1 << 20,  /* of a state that has a budget */
  INSTRUCTIONS = 4096 /* between looks at whether to stop */
};

/* Registry: the hand of a state. */
static const char hand_key;

/* Registry: the set of tables and functions that were carried. */
static const char carried_key;

static rll_hand *hand_of(lua_State *W) {
  lua_rawgetp(W, LUA_REGISTRYINDEX, &hand_key);
  rll_hand *hand = lua_touserdata(W, -1);
  lua_pop(W, 1);
  return hand;
}

static void *allocate(void *context, void *block, size_t before, size_t size) {
  rll_hand *hand = context;
  if (!block) before = 0;
  if (size == 0) {
    free(block);
    hand->memory -= before;
    return NULL;
  }
  if (size > before && hand->memory + size - before > hand->limit) return NULL;
  void *moved = realloc(block, size);
  if (moved) hand->memory += size - before;
  return moved;
}

static void set_fate(rll_hand *hand, rll_fate fate, const char *why) {
  if (hand->fate >= fate) return;
  hand->fate = fate;
  snprintf(hand->why, sizeof hand->why, "%s", why);
}

/* --- who never ends --- */

static void raise_always(lua_State *W, lua_Debug *record) {
  (void)record;
  luaL_error(W, "interrupted");
}

/* A hook that comes to the caller's state is to end what runs there: then it shall run there. */
static bool must_end(const rll_hand *hand) {
  return rl_stop_asked() || hand->trapped.trapped || lua_gethook(hand->load->caller) ||
         atomic_load_explicit(&hand->load->spoiled, memory_order_relaxed);
}

static void watch(lua_State *W, lua_Debug *record) {
  rll_hand *hand = hand_of(W);
  if (!must_end(hand)) return;
  set_fate(hand, RLL_PASSES, "interrupted");
  lua_sethook(W, raise_always, LUA_MASKCOUNT, 1);
  raise_always(W, record);
}

/* --- building: the image back into values --- */

typedef struct build {
  lua_State *W;
  rll_hand *hand;
  const char *at;
  int objects, upvalues; /* stack places of lists: the objects, functions for upvalues; places of upvalues */
  int sealed, globals;   /* tables and functions that can be written to; the table of globals */
  int n, n_codes, n_sealed;
  bool large;         /* inside a large table */
  int holder, number; /* as in an rll_sealed */
} build;

static void take(build *b, void *out, size_t size) {
  memcpy(out, b->at, size);
  b->at += size;
}

static int take_int(build *b) {
  int32_t number;
  take(b, &number, sizeof number);
  return number;
}

static void push_text(build *b) {
  const int length = take_int(b);
  lua_pushlstring(b->W, b->at, (size_t)length);
  b->at += length;
}

/* The object at the top is the next one. */
static void keep(build *b) {
  lua_pushvalue(b->W, -1);
  lua_rawseti(b->W, b->objects, ++b->n);
}

/* The object at the top can be written to: where it is found, and whether it is part of a large table, is noted now, what it
 * holds when all is built. */
static void note(build *b) {
  lua_State *W = b->W;
  lua_pushvalue(W, -1);
  lua_rawseti(W, b->sealed, ++b->n_sealed);
  if (!rll_seal_note(&b->hand->seal, b->large, b->holder, b->number)) luaL_error(W, "not enough memory");
}

static void push_value(build *b);

/* Pairs up to RLL_END into the table at `table`; their keys also into the list at `order` unless that is 0. Whether one
 * of them has a place of its own in this state. */
static bool take_entries(build *b, int table, int order) {
  bool seeded = false;
  for (int i = 1; *b->at != RLL_END; i++) {
    push_value(b);
    seeded = seeded || (lua_type(b->W, -1) != LUA_TNUMBER && lua_type(b->W, -1) != LUA_TBOOLEAN);
    if (order) {
      lua_pushvalue(b->W, -1);
      lua_rawseti(b->W, order, i);
    }
    push_value(b);
    lua_rawset(b->W, table);
  }
  b->at++;
  return seeded;
}

static void push_table(build *b) {
  lua_State *W = b->W;
  const int n = take_int(b), regular = take_int(b), length = take_int(b);
  lua_createtable(W, length, n > length ? n - length : 0);
  const int table = lua_gettop(W);
  const bool outer = b->large;
  b->large = outer || n > RLL_LARGE;
  keep(b);
  note(b);
  push_value(b); /* metatable */
  if (!regular) lua_newtable(W);
  const int order = regular ? 0 : table + 2;
  const bool seeded = take_entries(b, table, order);
  if ((int)lua_rawlen(W, table) != length)
    luaL_error(W, "a table with holes has another length in another state");
  lua_pushvalue(W, table);
  if (seeded || order) rll_kit_set_order(W, n, order);
  lua_pushvalue(W, table + 1);
  if (lua_isnil(W, -1))
    lua_pop(W, 1);
  else
    lua_setmetatable(W, -2);
  lua_settop(W, table);
  b->large = outer;
}

static void push_trap(build *b, const char *what) {
  lua_pushlightuserdata(b->W, &b->hand->trapped);
  lua_pushstring(b->W, what);
  lua_pushcclosure(b->W, rll_trap, 2);
}

/* A table that shows what is in the one at the top (popped) and cannot be written. */
static void lock(build *b, const char *what) {
  lua_State *W = b->W;
  lua_newtable(W);
  rll_kit_lock(W);
  lua_createtable(W, 0, 2);
  lua_pushvalue(W, -3);
  lua_setfield(W, -2, "__index");
  push_trap(b, what);
  lua_setfield(W, -2, "__newindex");
  lua_setmetatable(W, -2);
  lua_remove(W, -2);
}

static void push_library(build *b) {
  lua_State *W = b->W;
  const rll_kit *kit = &b->hand->load->kit;
  const int library = take_int(b), number = ++b->n;
  lua_newtable(W);
  const int table = lua_gettop(W);
  for (int i = kit->begin[library]; i < kit->begin[library + 1]; i++) {
    rll_kit_push(W, i);
    lua_setfield(W, table, kit->entry[i].name);
  }
  if (strcmp(rll_libraries[library], LUA_STRLIBNAME) == 0) {
    lua_pushliteral(W, "");
    if (lua_getmetatable(W, -1)) {
      lua_pushvalue(W, table);
      lua_setfield(W, -2, "__index");
    }
    lua_settop(W, table);
  }
  lua_pushvalue(W, table);
  lock(b, "it writes to a library");
  lua_pushvalue(W, -1);
  lua_rawseti(W, b->objects, number);
  take_entries(b, table, 0);
  lua_remove(W, table);
}

static const char *const events[] = {
    "__index", "__newindex", "__call", "__add", "__sub",      "__mul",   "__div",   "__mod",  "__pow",
    "__unm",   "__idiv",     "__band", "__bor", "__bxor",     "__shl",   "__shr",   "__bnot", "__concat",
    "__len",   "__eq",       "__lt",   "__le",  "__tostring", "__pairs", "__ipairs"};

/* What cannot be here: whoever does more than hand it on is noticed. */
static void push_strange(build *b) {
  lua_State *W = b->W;
  const int type = take_int(b);
  push_text(b);
  const int text = lua_gettop(W);
  if (type == LUA_TFUNCTION)
    push_trap(b, lua_tostring(W, text));
  else {
    if (type == LUA_TTABLE) {
      lua_newtable(W);
      rll_kit_lock(W);
    } else
      lua_newuserdata(W, 1);
    lua_newtable(W);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
      push_trap(b, lua_tostring(W, text));
      lua_setfield(W, -2, events[i]);
    }
    lua_setmetatable(W, -2);
  }
  lua_remove(W, text);
  keep(b);
}

static const char *read_code(lua_State *W, void *context, size_t *size) {
  rll_bytes **bytes = context;
  (void)W;
  const rll_bytes *code = *bytes;
  *bytes = NULL;
  *size = code ? code->used : 0;
  return code ? code->data : NULL;
}

static void push_function(build *b) {
  lua_State *W = b->W;
  b->at += sizeof(void *);
  const int n = take_int(b);
  rll_bytes *code = &b->hand->load->codes[b->n_codes++].bytes;
  if (lua_load(W, read_code, &code, "=carried", "b")) lua_error(W);
  const int function = lua_gettop(W);
  const build outer = *b;
  b->large = false; /* what a function keeps for itself is looked at */
  keep(b);
  note(b);
  b->holder = b->n_sealed - 1;
  for (int i = 1; i <= n; i++) {
    b->number = i;
    if (*b->at++ == RLL_UPVALUE) {
#if RLL_UPVALUE_IDS
      lua_pushvalue(W, function);
      keep(b);
      lua_pop(W, 1);
      lua_pushinteger(W, i);
      lua_rawseti(W, b->upvalues, b->n);
#endif
      push_value(b);
      lua_setupvalue(W, function, i);
    } else {
#if RLL_UPVALUE_IDS
      const int number = take_int(b) + 1;
      lua_rawgeti(W, b->objects, number);
      lua_rawgeti(W, b->upvalues, number);
      lua_upvaluejoin(W, function, i, function + 1, (int)lua_tointeger(W, -1));
      lua_pop(W, 2);
#endif
    }
  }
  b->large = outer.large;
  b->holder = outer.holder;
  b->number = outer.number;
}

static void push_value(build *b) {
  lua_State *W = b->W;
  double number;
  int64_t integer;
  void *pointer;
  luaL_checkstack(W, 16, "what was carried");
  switch (*b->at++) {
  case RLL_NIL: lua_pushnil(W); break;
  case RLL_FALSE: lua_pushboolean(W, 0); break;
  case RLL_TRUE: lua_pushboolean(W, 1); break;
  case RLL_DOUBLE:
    take(b, &number, sizeof number);
    lua_pushnumber(W, number);
    break;
  case RLL_INTEGER:
    take(b, &integer, sizeof integer);
    lua_pushinteger(W, (lua_Integer)integer);
    break;
  case RLL_STRING: push_text(b); break;
  case RLL_POINTER:
    take(b, &pointer, sizeof pointer);
    lua_pushlightuserdata(W, pointer);
    break;
  case RLL_AGAIN: lua_rawgeti(W, b->objects, take_int(b) + 1); break;
  case RLL_GLOBALS: lua_pushvalue(W, b->globals); break;
  case RLL_TABLE: push_table(b); break;
  case RLL_LIBRARY: push_library(b); break;
  case RLL_BUILTIN: rll_kit_push(W, take_int(b)); break;
  case RLL_STRANGE: push_strange(b); break;
  case RLL_FUNCTION: push_function(b); break;
  default: luaL_error(W, "not an image");
  }
}

/* __index of the globals. Upvalues: names of those that there are, nil ones too. */
static int want(lua_State *W) {
  rll_hand *hand = hand_of(W);
  size_t length;
  lua_pushvalue(W, 2);
  lua_rawget(W, lua_upvalueindex(1));
  if (lua_toboolean(W, -1)) return 0;
  const char *name = lua_type(W, 2) == LUA_TSTRING ? lua_tolstring(W, 2, &length) : NULL;
  hand->trapped.trapped = true;
  if (name && length < sizeof hand->wanted && strlen(name) == length) {
    if (hand->fate == RLL_GOOD) strcpy(hand->wanted, name);
    set_fate(hand, RLL_PASSES, "a global was not carried");
  } else
    set_fate(hand, RLL_LASTS, "it reads a global without a name");
  return luaL_error(W, "a global was not carried");
}

static void make_globals(build *b) {
  lua_State *W = b->W;
  lua_newtable(W);
  b->globals = lua_gettop(W);
  b->holder = RLL_GLOBALS_TABLE;
  note(b);
  rll_kit_lock(W);
  lua_newtable(W);
  lua_newtable(W);
  lua_pushcclosure(W, want, 1);
  lua_setfield(W, -2, "__index");
  push_trap(b, "it writes a global");
  lua_setfield(W, -2, "__newindex");
  push_trap(b, "it goes through the globals");
  lua_setfield(W, -2, "__pairs");
  push_trap(b, "it goes through the globals");
  lua_setfield(W, -2, "__len");
  lua_setmetatable(W, -2);
  lua_pushvalue(W, b->globals);
#if LUA_VERSION_NUM >= 502
  lua_rawseti(W, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
#else
  lua_replace(W, LUA_GLOBALSINDEX);
#endif
}

/* Those that were named to the walk; pushes the list of their names. */
static void take_globals(build *b) {
  lua_State *W = b->W;
  const int n = take_int(b);
  lua_createtable(W, n, 0);
  const int names = lua_gettop(W);
  lua_getmetatable(W, b->globals);
  lua_getfield(W, -1, "__index");
  lua_getupvalue(W, -1, 1);
  const int known = lua_gettop(W);
  b->holder = RLL_GLOBAL;
  for (int i = 1; i <= n; i++) {
    b->number = i;
    push_text(b);
    lua_pushvalue(W, -1);
    lua_rawseti(W, names, i);
    lua_pushvalue(W, -1);
    lua_pushboolean(W, 1);
    lua_rawset(W, known);
    push_value(b);
    lua_rawset(W, b->globals);
  }
  lua_settop(W, names);
}

/* --- what it has, compared with what it had --- */

/* Upvalues of `turn` and `look`; strings: kept, for they are known by their addresses. */
enum { UP_HAND = 1, UP_CALLED, UP_NAMES, UP_SEALED, UP_STRINGS, UPVALUES = UP_STRINGS };

/* "it writes upvalue 'total' (walk.lua:12)" */
static void tell_write(lua_State *W, rll_hand *hand, int found, int slot) {
  const rll_sealed *object = &hand->seal.objects[found];
  const rll_slot *slots = hand->seal.slots + object->first;
  const int holder = object->function ? found : object->holder,
            number = object->function ? slot + 1 : object->number;
  char why[sizeof hand->why];
  if (holder == RLL_GLOBALS_TABLE)
    snprintf(why, sizeof why, slot < object->n ? "it writes global '%s'" : "it writes a global",
             slot < object->n ? (const char *)slots[slot].as.address : "");
  else if (holder == RLL_GLOBAL) {
    lua_rawgeti(W, lua_upvalueindex(UP_NAMES), number);
    snprintf(why, sizeof why, "it writes global '%s'", lua_tostring(W, -1));
  } else {
    lua_Debug info;
    lua_rawgeti(W, lua_upvalueindex(UP_SEALED), holder + 1);
    const char *name = lua_getupvalue(W, -1, number);
    lua_pushvalue(W, -2);
    lua_getinfo(W, ">S", &info);
    snprintf(why, sizeof why, "it writes upvalue '%s' (%s:%d)", name, info.short_src, info.linedefined);
  }
  set_fate(hand, RLL_LASTS, why);
}

static void compare(lua_State *W, rll_hand *hand, bool large) {
  int found, slot;
  if (!rll_seal_holds(W, &hand->seal, lua_upvalueindex(UP_SEALED), large, &found, &slot))
    tell_write(W, hand, found, slot);
}

/* A call, and whether it has written. */
static int turn(lua_State *W) {
  rll_hand *hand = lua_touserdata(W, lua_upvalueindex(UP_HAND));
  lua_pushvalue(W, lua_upvalueindex(UP_CALLED));
  lua_call(W, 0, 0);
  if (!hand->trapped.trapped) compare(W, hand, false);
  return 0;
}

static int look(lua_State *W) {
  compare(W, lua_touserdata(W, lua_upvalueindex(UP_HAND)), true);
  return 0;
}

static int make(lua_State *W) {
  rll_hand *hand = lua_touserdata(W, 1);
  const rll_load *load = hand->load;
  build b = {.W = W, .hand = hand, .at = load->image.data};
  lua_settop(W, 0);
  luaL_checkstack(W, 16, NULL);
  lua_settop(W, load->n);
  lua_newtable(W);
  b.objects = lua_gettop(W);
  lua_newtable(W);
  b.upvalues = lua_gettop(W);
  lua_newtable(W);
  b.sealed = lua_gettop(W);
  rll_seal_clear(&hand->seal);
  make_globals(&b);
  push_value(&b); /* the library of strings */
  lua_pop(W, 1);
  for (int i = 1; i <= load->n; i++) {
    push_value(&b);
    lua_replace(W, i);
  }
  take_globals(&b);
  const int names = lua_gettop(W);
  lua_newtable(W);
  const int strings = lua_gettop(W);
  if (!rll_seal_close(W, &hand->seal, b.sealed, strings)) return luaL_error(W, "not enough memory");
  lua_createtable(W, 0, b.n_sealed);
  for (int i = 1; i <= b.n_sealed; i++) {
    lua_rawgeti(W, b.sealed, i);
    lua_pushboolean(W, 1);
    lua_rawset(W, -3);
  }
  lua_rawsetp(W, LUA_REGISTRYINDEX, &carried_key);
  load->enter(W, load->n, load->context, &hand->now);
  const int called = lua_gettop(W);
  for (int k = 0; k < 2; k++) {
    lua_pushlightuserdata(W, hand);
    lua_pushvalue(W, called);
    lua_pushvalue(W, names);
    lua_pushvalue(W, b.sealed);
    lua_pushvalue(W, strings);
    lua_pushcclosure(W, k ? look : turn, UPVALUES);
  }
  return 2;
}

/* Calls the function below its arguments. */
static bool call(rll_hand *hand, int n_args, int n_results) {
  lua_State *W = hand->W;
  lua_sethook(W, watch, LUA_MASKCOUNT, INSTRUCTIONS);
  if (!lua_pcall(W, n_args, n_results, 0)) return hand->fate == RLL_GOOD && !hand->trapped.trapped;
  const char *message = lua_tostring(W, -1);
  if (hand->fate == RLL_GOOD && hand->trapped.trapped)
    set_fate(hand, RLL_LASTS, hand->trapped.what);
  else if (hand->fate == RLL_GOOD)
    set_fate(hand, RLL_FAILED, message ? message : "an error that is no text");
  lua_pop(W, 1);
  return false;
}

static bool has_built(rll_hand *hand) {
  lua_State *W = hand->W;
  if (hand->generation == hand->load->generation) return true;
  lua_settop(W, 0);
  lua_pushcfunction(W, make);
  lua_pushlightuserdata(W, hand);
  if (!call(hand, 1, 2)) return false;
  hand->generation = hand->load->generation;
  return true;
}

bool rll_hand_call(rll_hand *hand, void *now) {
  hand->asked = true;
  hand->now = now;
  bool good = has_built(hand);
  if (good) {
    lua_pushvalue(hand->W, 1);
    good = call(hand, 0, 0);
  }
  hand->now = NULL;
  if (good) return true;
  if (hand->fate == RLL_GOOD) set_fate(hand, RLL_LASTS, hand->trapped.what); /* the error was caught */
  hand->generation = 0;
  return false;
}

bool rll_crew_has_carried(lua_State *W, int index) {
  index = lua_absindex(W, index);
  lua_rawgetp(W, LUA_REGISTRYINDEX, &carried_key);
  lua_pushvalue(W, index);
  lua_rawget(W, -2);
  const bool found = lua_toboolean(W, -1);
  lua_pop(W, 2);
  return found;
}

bool rll_hand_check(rll_hand *hand) {
  if (hand->seal.n_large == 0) return true;
  lua_pushvalue(hand->W, 2);
  if (call(hand, 0, 0)) return true;
  hand->generation = 0;
  return false;
}

void rll_hand_note(lua_State *W, rll_fate fate, const char *why) { set_fate(hand_of(W), fate, why); }

void rll_hand_rest(rll_hand *hand) {
  hand->asked = hand->trapped.trapped = false;
  hand->fate = RLL_GOOD;
  hand->wanted[0] = '\0';
}

/* --- life --- */

static int open_libraries(lua_State *W) {
  rll_hand *hand = lua_touserdata(W, 1);
  lua_settop(W, 0);
  lua_pushlightuserdata(W, hand);
  lua_rawsetp(W, LUA_REGISTRYINDEX, &hand_key);
  rll_kit_open(W, &hand->load->kit, &hand->trapped);
  return 0;
}

rll_hand *rll_hand_new(rll_load *load) {
  rll_hand *hand = rl_allocate(1, sizeof *hand);
  if (!hand) return NULL;
  hand->load = load;
  hand->limit = MOST_MEMORY;
  if (rl_budget_in_use()) {
    hand->limit = RESERVE;
    hand->reserve = rl_allocate_unset(1, RESERVE);
  }
  if (!rl_budget_in_use() || hand->reserve) hand->W = lua_newstate(allocate, hand);
#ifdef LUA_JITLIBNAME
  if (!hand->W && (!rl_budget_in_use() || hand->reserve))
    hand->W = luaL_newstate(); /* where it wants its own allocator */
#endif
  if (hand->W) {
    lua_pushcfunction(hand->W, open_libraries);
    lua_pushlightuserdata(hand->W, hand);
    if (lua_pcall(hand->W, 1, 0, 0) == 0) return hand;
  }
  rll_hand_free(hand);
  return NULL;
}

void rll_hand_free(rll_hand *hand) {
  if (!hand) return;
  if (hand->W) lua_close(hand->W);
  rl_release(hand->reserve);
  rll_seal_release(&hand->seal);
  rl_release(hand);
}
