#include "core/env/copy_state.h"

#include <string.h>

enum { MOST = 1 << 16 }; /* bytes */

static const char no_memory[] = "there is no memory for its state";

static const char *put(const rll_state_writer *w, const void *data, size_t size) {
  if (w->out->used + size > MOST) return "its state is of more than 64 KiB, which are not worth the way";
  return rll_put_bytes(w->out, data, size) ? NULL : no_memory;
}

static const char *put_tagged(const rll_state_writer *w, char tag, const void *data, size_t size) {
  const char *why = put(w, &tag, 1);
  return why || !size ? why : put(w, data, size);
}

/* Before 5.3 there are no integers, and what stands for lua_isinteger there does not see the sign of -0. */
static const char *write_number(lua_State *L, const rll_state_writer *w, int index) {
  if (LUA_VERSION_NUM >= 503 && lua_isinteger(L, index))
    return put_tagged(w, RLL_INTEGER, &(int64_t){(int64_t)lua_tointeger(L, index)}, sizeof(int64_t));
  return put_tagged(w, RLL_DOUBLE, &(double){(double)lua_tonumber(L, index)}, sizeof(double));
}

static const char *write_text(lua_State *L, const rll_state_writer *w, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  if (length > INT32_MAX) return no_memory;
  const char *why = put_tagged(w, RLL_STRING, &(int32_t){(int32_t)length}, sizeof(int32_t));
  return why ? why : put(w, text, length);
}

static const char *write_value(lua_State *L, const rll_state_writer *w, int index, int depth);

static const char in_a_row[] = "its state has a table whose numbered entries are not 1, 2, 3 ... in a row";

static const char *write_list(lua_State *L, const rll_state_writer *w, int index, int n, int depth) {
  const char *why = NULL;
  for (int i = 1; i <= n && !why; i++) {
    lua_rawgeti(L, index, i);
    why = lua_isnil(L, -1) ? in_a_row : write_value(L, w, lua_gettop(L), depth);
    lua_pop(L, 1);
  }
  return why;
}

/* Named entries, which it counts. Those of the list must come in their order, as they do from a table made anew. */
static const char *write_names(lua_State *L, const rll_state_writer *w, int index, int n, int32_t *names,
                               int depth) {
  const char *why = NULL;
  int numbers = 0;
  lua_pushnil(L);
  while (!why && lua_next(L, index)) {
    const int key = lua_gettop(L) - 1, type = lua_type(L, key);
    if (type == LUA_TNUMBER) {
      if (lua_tonumber(L, key) != (lua_Number)++numbers) why = in_a_row;
    } else if (type != LUA_TSTRING)
      why = "its state has a table with keys that are neither numbers nor names";
    else {
      ++*names;
      why = write_text(L, w, key);
      if (!why) why = write_value(L, w, key + 1, depth);
    }
    lua_pop(L, 1);
  }
  return why || numbers == n ? why : in_a_row;
}

static const char *write_table(lua_State *L, const rll_state_writer *w, int index, int depth) {
  const void *address = lua_topointer(L, index);
  int32_t counts[2] = {(int32_t)lua_rawlen(L, index), 0};
  if (depth == RLL_MOST_DEPTH || !lua_checkstack(L, 8)) return "its state is nested too deep";
  if (lua_getmetatable(L, index)) {
    lua_pop(L, 1);
    return "its state has a table with a metatable";
  }
  if (rll_seen_find(w->seen, address) >= 0) return "its state has a table in two places";
  if (w->crew ? rll_crew_reaches(w->crew, address) : rll_crew_has_carried(L, index))
    return "its state has a table that is found outside of it, too";
  if (!rll_seen_add(w->seen, address)) return no_memory;
  const char *why = put(w, &(char){RLL_TABLE}, 1);
  const size_t head = w->out->used;
  if (!why) why = put(w, counts, sizeof counts);
  if (!why) why = write_list(L, w, index, counts[0], depth + 1);
  if (!why) why = write_names(L, w, index, counts[0], &counts[1], depth + 1);
  if (why) return why;
  memcpy(w->out->data + head, counts, sizeof counts);
  return NULL;
}

/* Leaves what it likes on the stack when it refuses. */
static const char *write_value(lua_State *L, const rll_state_writer *w, int index, int depth) {
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN: return put_tagged(w, lua_toboolean(L, index) ? RLL_TRUE : RLL_FALSE, NULL, 0);
  case LUA_TNUMBER: return write_number(L, w, index);
  case LUA_TSTRING: return write_text(L, w, index);
  case LUA_TTABLE: return write_table(L, w, index, depth);
  default:
    if (lua_rawequal(L, index, w->rng)) return put_tagged(w, RLL_STRANGE, NULL, 0);
    return "its state is no plain data (numbers, strings, booleans, tables of these)";
  }
}

const char *rll_write_state(lua_State *L, const rll_state_writer *writer, int index) {
  const int top = lua_gettop(L);
  const char *why = write_value(L, writer, lua_absindex(L, index), 0);
  lua_settop(L, top);
  return why;
}

static void take(const char **at, void *out, size_t size) {
  memcpy(out, *at, size);
  *at += size;
}

static void read_table(lua_State *L, const char **at, int rng) {
  int32_t counts[2];
  take(at, counts, sizeof counts);
  luaL_checkstack(L, 8, "the state of a copy");
  lua_createtable(L, counts[0], counts[1]);
  for (int i = 1; i <= counts[0]; i++) {
    rll_read_state(L, at, rng);
    lua_rawseti(L, -2, i);
  }
  for (int i = 0; i < counts[1]; i++) {
    int32_t length;
    (*at)++;
    take(at, &length, sizeof length);
    lua_pushlstring(L, *at, (size_t)length);
    *at += length;
    rll_read_state(L, at, rng);
    lua_rawset(L, -3);
  }
}

void rll_read_state(lua_State *L, const char **at, int rng) {
  double number;
  int64_t integer;
  int32_t length;
  switch (*(*at)++) {
  case RLL_FALSE: lua_pushboolean(L, 0); break;
  case RLL_TRUE: lua_pushboolean(L, 1); break;
  case RLL_DOUBLE:
    take(at, &number, sizeof number);
    lua_pushnumber(L, number);
    break;
  case RLL_INTEGER:
    take(at, &integer, sizeof integer);
    lua_pushinteger(L, (lua_Integer)integer);
    break;
  case RLL_STRING:
    take(at, &length, sizeof length);
    lua_pushlstring(L, *at, (size_t)length);
    *at += length;
    break;
  case RLL_STRANGE: lua_pushvalue(L, rng); break;
  default: read_table(L, at, rng);
  }
}

void rll_refill(lua_State *L, int into, int from) {
  luaL_checkstack(L, 8, "the state of a copy");
  for (lua_pushnil(L); lua_next(L, into); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_rawget(L, from);
    const bool gone = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!gone) continue;
    lua_pushvalue(L, -2);
    lua_pushnil(L);
    lua_rawset(L, into);
  }
  for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
    const int key = lua_gettop(L) - 1;
    lua_pushvalue(L, key);
    lua_rawget(L, into);
    if (lua_istable(L, -1) && lua_istable(L, key + 1))
      rll_refill(L, key + 2, key + 1);
    else {
      lua_pushvalue(L, key);
      lua_pushvalue(L, key + 1);
      lua_rawset(L, into);
    }
    lua_settop(L, key + 1);
  }
}
