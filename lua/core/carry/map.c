/* core.map: what rl.map (lua/rl/map.lua) has computed by a crew. Rows and values travel as plain data. */
#include "core/carry/crew.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "core/base/launch.h"
#include "core/base/pack.h"
#include "core/carry/image.h"

#include <stdio.h>
#include <string.h>

static const rll_type mapping_type = {"rl.mapping"};

typedef struct row {
  const char *bytes; /* of a string that Lua keeps */
  size_t size;
  int index;
  rll_bytes value;
} row;

typedef struct mapping {
  rll_crew *crew;
  row *rows; /* [n] */
  int n;
} mapping;

static int release(lua_State *L) {
  mapping *self = rll_check(L, 1, &mapping_type);
  for (int i = 0; self->rows && i < self->n; i++) rll_release_bytes(&self->rows[i].value);
  rl_release(self->rows);
  self->rows = NULL;
  return 0;
}

/* Upvalues: the function, where the row is found. */
static int run_row(lua_State *W) {
  row *r = *(void **)lua_touserdata(W, lua_upvalueindex(2));
  size_t before, after, size;
  enum { ROW = 1, BYTES, VALUE };
  if (!rll_unpack(W, r->bytes, r->size)) return luaL_error(W, "the row is no plain data");
  rll_pack(W, ROW, "rl.map");
  lua_pushvalue(W, lua_upvalueindex(1));
  lua_pushvalue(W, ROW);
  lua_pushinteger(W, r->index);
  lua_call(W, 2, 1);
  if (lua_rawequal(W, ROW, VALUE)) return rll_crew_refuse(W, "it returns its row");
  rll_pack(W, ROW, "rl.map");
  const char *was = lua_tolstring(W, BYTES, &before), *is = lua_tolstring(W, -1, &after);
  if (before != after || memcmp(was, is, after) != 0) return rll_crew_refuse(W, "it writes to its row");
  rll_pack(W, VALUE, "rl.map");
  const char *value = lua_tolstring(W, -1, &size);
  if (!rll_put_bytes(&r->value, value, size)) return luaL_error(W, "not enough memory");
  return 0;
}

static void enter(lua_State *W, int n, void *context, void **now) {
  (void)n, (void)context;
  lua_pushvalue(W, 1);
  lua_pushlightuserdata(W, now);
  lua_pushcclosure(W, run_row, 2);
}

static void map_piece(void *context, int index, int worker) {
  const mapping *self = context;
  rll_crew_call(self->crew, worker, &self->rows[index]);
}

/* (mapping, list of rows, list to keep their bytes in, first) */
static int take_rows(lua_State *L) {
  mapping *self = lua_touserdata(L, 1);
  const int first = (int)lua_tointeger(L, 4);
  for (int i = 0; i < self->n; i++) {
    row *r = &self->rows[i];
    lua_rawgeti(L, 2, first + i);
    rll_pack(L, -1, "rl.map");
    r->index = first + i;
    r->bytes = lua_tolstring(L, -1, &r->size);
    lua_rawseti(L, 3, i + 1);
    lua_pop(L, 1);
  }
  return 0;
}

/* In the registry: the crew, the place of the function that it was for, and why functions stay, by their places. */
static const char home;
enum { CREW = 1, PLACE, STAYS };

static void push_home(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &home);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_createtable(L, STAYS, 0);
  rll_crew_new(L, enter, NULL);
  lua_rawseti(L, -2, CREW);
  lua_newtable(L);
  lua_rawseti(L, -2, STAYS);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &home);
}

/* Whether the function knows a row as an object of its own: a copy is given another one, which is not equal to it. */
static bool knows_rows(lua_State *L, const rll_crew *crew, int rows, int first, int n) {
  bool knows = rll_crew_holds(crew, lua_topointer(L, rows));
  for (int i = 0; i < n && !knows; i++) {
    lua_rawgeti(L, rows, first + i);
    knows = rll_crew_holds(crew, lua_topointer(L, -1));
    lua_pop(L, 1);
  }
  return knows;
}

/* A library says nothing, a program should. */
static void tell(lua_State *L, const char *place, const char *why) {
  if (rll_in_rlrun(L)) fprintf(stderr, "rl.map: %s runs on one thread: %s\n", place, why);
}

static bool compute(lua_State *L, mapping *self, int rows, int first) {
  lua_pushcfunction(L, take_rows);
  lua_pushvalue(L, -2);
  lua_pushvalue(L, rows);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_insert(L, -5); /* the bytes are kept below the function */
  lua_pushinteger(L, first);
  if (lua_pcall(L, 4, 0, 0)) return false;
  rl_parallel_for(self->n, map_piece, self);
  return rll_crew_accept(self->crew);
}

/* core.map(f, rows, first) -> the values of f(rows[i], i) for i from first on, by i; nothing where they are to be
 * computed one after another */
static int map(lua_State *L) {
  enum { FUNCTION = 1, ROWS, FIRST, HOME, STAYING, WHERE, CREW_PLACE, SELF };
  const int first = (int)luaL_checkinteger(L, FIRST), n = (int)lua_rawlen(L, ROWS) - first + 1;
  if (n < 2 || rl_threads() < 2 || !lua_isfunction(L, FUNCTION) || lua_iscfunction(L, FUNCTION)) return 0;
  lua_settop(L, FIRST);
  push_home(L);
  lua_rawgeti(L, HOME, STAYS);
  lua_Debug info;
  lua_pushvalue(L, FUNCTION);
  lua_getinfo(L, ">S", &info);
  lua_pushfstring(L, "function (%s:%d)", info.short_src, info.linedefined);
  lua_pushvalue(L, WHERE);
  lua_rawget(L, STAYING);
  if (!lua_isnil(L, -1)) return 0;
  lua_pop(L, 1);
  lua_rawgeti(L, HOME, CREW);
  rll_crew *crew = lua_touserdata(L, CREW_PLACE);
  lua_rawgeti(L, HOME, PLACE);
  if (!lua_rawequal(L, -1, WHERE)) rll_crew_forget(crew);
  lua_pop(L, 1);
  lua_pushvalue(L, WHERE);
  lua_rawseti(L, HOME, PLACE);
  rll_crew_expire(crew);
  bool computed = rll_crew_carry(L, CREW_PLACE, FUNCTION, 1);
  const bool knows = computed && knows_rows(L, crew, ROWS, first, n);
  computed = computed && !knows;
  mapping *self = rll_new(L, &mapping_type, sizeof *self);
  self->crew = crew;
  self->n = n;
  if (computed && !(self->rows = rl_allocate((size_t)n, sizeof *self->rows)))
    return luaL_error(L, "rl.map: out of memory for %d rows", n);
  luaL_checkstack(L, 10, NULL);
  computed = computed && compute(L, self, ROWS, first);
  rl_error error;
  if (!computed && rl_stop_check(&error)) return rll_raise(L, &error);
  const char *why = knows ? "its rows are also what it reads" : rll_crew_notice(crew);
  if (*why) {
    tell(L, lua_tostring(L, WHERE), why);
    lua_pushvalue(L, WHERE);
    lua_pushstring(L, why);
    lua_rawset(L, STAYING);
  }
  if (!computed) return 0;
  lua_createtable(L, first - 1 + n, 0);
  const int values = lua_gettop(L);
  for (int i = 0; i < n; i++) {
    if (!rll_unpack(L, self->rows[i].value.data, self->rows[i].value.used))
      return luaL_error(L, "rl.map: a value is no plain data");
    lua_rawseti(L, values, first + i);
  }
  return 1;
}

void rll_open_map(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", release}, {NULL, NULL}};
  rll_register(L, &mapping_type, NULL, metamethods);
  lua_pushcfunction(L, map);
  lua_setfield(L, -2, "map");
}
