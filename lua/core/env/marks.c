#include "core/env/marks.h"

#include <string.h>

enum { DEPTH = 6, VALUES = 10000 }; /* that are looked at, in each upvalue */

typedef struct look {
  lua_State *L;
  int left;
} look;

static uint64_t mix(uint64_t hash, const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < size; i++) hash = (hash ^ at[i]) * 0x100000001b3u;
  return hash;
}

static uint64_t mix_word(uint64_t hash, uint64_t word) { return mix(hash, &word, sizeof word); }

/* Whether the table at `index` is a module, or the globals. */
static bool is_module(lua_State *L, int index) {
  bool found = false;
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  if (lua_istable(L, -1))
    for (lua_pushnil(L); !found && lua_next(L, -2); lua_pop(L, found ? 2 : 1))
      found = lua_rawequal(L, -1, index);
  lua_pop(L, 1);
  return found;
}

static uint64_t hash_value(look *l, int index, int depth);

/* In any order of its keys. */
static uint64_t hash_table(look *l, int index, int depth) {
  lua_State *L = l->L;
  uint64_t sum = LUA_TTABLE;
  if (is_module(L, index)) return sum;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (l->left <= 0) {
      lua_pop(L, 2);
      break;
    }
    const int key = lua_gettop(L) - 1;
    sum += mix_word(hash_value(l, key, depth + 1), hash_value(l, key + 1, depth + 1));
  }
  return sum;
}

static uint64_t hash_function(look *l, int index, int depth) {
  lua_State *L = l->L;
  uint64_t hash = LUA_TFUNCTION;
  if (lua_iscfunction(L, index)) return hash;
  for (int i = 1; lua_getupvalue(L, index, i); i++) {
    hash = mix_word(hash, hash_value(l, lua_gettop(L), depth + 1));
    lua_pop(L, 1);
  }
  return hash;
}

static uint64_t hash_object(lua_State *L, int index) {
  const rl_rng *rng = rll_test(L, index, &rll_rng_type);
  if (rng) return mix(LUA_TUSERDATA, rng, sizeof *rng);
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  if (!tensor || !rl_tensor_is_contiguous(tensor) || rl_tensor_count(tensor) > VALUES) return LUA_TUSERDATA;
  return mix(LUA_TUSERDATA, tensor->data, (size_t)rl_tensor_count(tensor) * sizeof *tensor->data);
}

static uint64_t hash_value(look *l, int index, int depth) {
  lua_State *L = l->L;
  const int type = lua_type(L, index);
  size_t length;
  if (depth > DEPTH || l->left-- <= 0 || !lua_checkstack(L, 8)) return 0;
  switch (type) {
  case LUA_TBOOLEAN: return mix_word((uint64_t)type, (uint64_t)lua_toboolean(L, index));
  case LUA_TNUMBER: return mix((uint64_t)type, &(double){lua_tonumber(L, index)}, sizeof(double));
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, index, &length);
    return mix((uint64_t)type, text, length);
  }
  case LUA_TTABLE: return hash_table(l, index, depth);
  case LUA_TFUNCTION: return hash_function(l, index, depth);
  case LUA_TUSERDATA: return hash_object(L, index);
  default: return (uint64_t)type;
  }
}

/* Pushes the name of the value that is looked at `i`th; NULL, with nothing pushed: there is none. Of what is no
 * function, an object that can be called, there is one. */
static const char *look_at(lua_State *L, int function, int i, uint64_t *hash) {
  look l = {L, VALUES};
  const char *name = "its fields";
  if (lua_isfunction(L, function)) {
    name = lua_getupvalue(L, function, i + 1);
    if (!name) return NULL;
  } else {
    if (i > 0 || lua_isnil(L, function)) return NULL;
    lua_pushvalue(L, function);
  }
  *hash = hash_value(&l, lua_gettop(L), 0);
  lua_pop(L, 1);
  lua_pushstring(L, name);
  return name;
}

void rll_mark_upvalues(lua_State *L, int function, rll_marks *marks) {
  function = lua_absindex(L, function);
  for (int i = 0; i < RLL_UPVALUES && look_at(L, function, i, &marks->mark[i]); i++) lua_pop(L, 1);
}

bool rll_push_changed_upvalue(lua_State *L, int function, const rll_marks *marks) {
  uint64_t now;
  function = lua_absindex(L, function);
  for (int i = 0; i < RLL_UPVALUES && look_at(L, function, i, &now); i++) {
    if (now != marks->mark[i]) return true;
    lua_pop(L, 1);
  }
  return false;
}
