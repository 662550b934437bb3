/* rl.rng: a random stream named by a seed and a stream number (base/rng.h). The same seed gives the same
 * numbers on every machine and for any number of threads. */
#include "core/base/archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const rll_type rll_rng_type = {"rl.rng"};

/* Without a look at the budget: what makes an object does that, and threads draw numbers in states of their own. */
static rl_rng *check_self(lua_State *L) {
  rl_rng *self = rll_test(L, 1, &rll_rng_type);
  if (!self) rll_type_error(L, 1, rll_rng_type.name);
  return self;
}

/* rl.rng(seed[, stream]): a number, or "shuffle", the stream by which a method of that seed shuffles its
 * minibatches */
static int new (lua_State *L) {
  int64_t seed = rll_check_integer(L, 1, INT64_MIN, INT64_MAX);
  bool shuffle = lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "shuffle") == 0;
  int64_t stream = lua_isnoneornil(L, 2) || shuffle ? 0 : rll_check_integer(L, 2, 0, UINT32_MAX);
  rl_rng *self = rll_new(L, &rll_rng_type, sizeof *self);
  rl_rng_init_use(self, (uint64_t)seed, shuffle ? RL_STREAM_SHUFFLE : RL_STREAM_USER, (uint32_t)stream);
  return 1;
}

/* rng:normal(sizes...); without sizes, one number */
static int normal(lua_State *L) {
  rl_rng *self = check_self(L);
  if (lua_gettop(L) == 1) {
    lua_pushnumber(L, (lua_Number)rl_rng_normal(self));
    return 1;
  }
  int64_t shape[RL_MAX_DIMS];
  rl_tensor *out = rll_new_tensor(L, rll_check_sizes(L, 2, shape), shape);
  rl_rng_fill_normal(self, out->data, rl_tensor_count(out));
  return 1;
}

/* rng:uniform(sizes...), in [0, 1) */
static int uniform(lua_State *L) {
  rl_rng *self = check_self(L);
  if (lua_gettop(L) == 1) {
    lua_pushnumber(L, (lua_Number)rl_rng_uniform(self));
    return 1;
  }
  int64_t shape[RL_MAX_DIMS];
  rl_tensor *out = rll_new_tensor(L, rll_check_sizes(L, 2, shape), shape);
  rl_rng_fill_uniform(self, out->data, rl_tensor_count(out), 0.0f, 1.0f);
  return 1;
}

/* rng:integer(n) in 1 .. n, rng:integer(low, high) in low .. high */
static int integer(lua_State *L) {
  const int64_t limit = INT64_C(1) << 52;
  rl_rng *self = check_self(L);
  bool range = !lua_isnoneornil(L, 3);
  int64_t low = range ? rll_check_integer(L, 2, -limit, limit) : 1;
  int64_t high = rll_check_integer(L, range ? 3 : 2, low, low + UINT32_MAX - 1);
  lua_pushinteger(L, (lua_Integer)(low + rl_rng_below(self, (uint32_t)(high - low + 1))));
  return 1;
}

/* rng:permutation(n): 1 .. n in random order, as a tensor, which x:rows takes */
static int permutation(lua_State *L) {
  rl_rng *self = check_self(L);
  int64_t n = rll_check_integer(L, 2, 0, 1 << 24); /* whole numbers that a float holds */
  rl_tensor *out = rll_new_tensor(L, 1, &n);
  int *order = lua_newuserdata(L, ((size_t)n + 1) * sizeof *order);
  for (int i = 0; i < (int)n; i++) order[i] = i + 1;
  rl_rng_shuffle(self, order, (int)n);
  for (int64_t i = 0; i < n; i++) out->data[i] = (float)order[i];
  lua_pop(L, 1);
  return 1;
}

/* rng:split(): a new, independent stream; this one moves on. */
static int split(lua_State *L) {
  rl_rng *self = check_self(L);
  rl_rng *child = rll_new(L, &rll_rng_type, sizeof *child);
  *child = rl_rng_split(self);
  return 1;
}

/* rng:state() is the stream and its position as text, for rng:restore(state). */
static int state(lua_State *L) {
  const rl_rng *self = check_self(L);
  uint64_t words[RL_RNG_WORDS];
  char text[RL_RNG_WORDS * 16 + 1];
  memcpy(words, self, sizeof words);
  for (int i = 0; i < RL_RNG_WORDS; i++) snprintf(text + 16 * i, 17, "%016" PRIx64, words[i]);
  lua_pushstring(L, text);
  return 1;
}

static int restore(lua_State *L) {
  rl_rng *self = check_self(L), saved;
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  uint64_t words[RL_RNG_WORDS];
  bool good = length == RL_RNG_WORDS * 16 && strspn(text, "0123456789abcdef") == length;
  for (int i = 0; good && i < RL_RNG_WORDS; i++) good = sscanf(text + 16 * i, "%16" SCNx64, &words[i]) == 1;
  if (good) memcpy(&saved, words, sizeof saved);
  if (!good || !rl_rng_is_sound(&saved)) return rll_argument_error(L, 2, "not the state of a random stream");
  *self = saved;
  lua_settop(L, 1);
  return 1;
}

/* Its state (core/base/archive.h). */

static void ready(lua_State *L) { check_self(L); }

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_put(archive, rl_archive_key(name, prefix, "stream"), RL_U64, 1, (int64_t[]){RL_RNG_WORDS},
                        check_self(L), error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rl_rng *self = check_self(L), saved;
  char name[RL_ARCHIVE_NAME];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "stream"), RL_U64, RL_RNG_WORDS, &saved, error);
  if (status) return status;
  if (!rl_rng_is_sound(&saved)) return rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  *self = saved;
  return RL_OK;
}

static const rll_state rng_state = {"rng", ready, put_state, take_state};

/* Upvalues: what draws one number; what refuses to draw more. */
static int draw_one(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(lua_gettop(L) == 1 ? 1 : 2));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

rl_rng *rll_new_lone_rng(lua_State *L, lua_CFunction refuse) {
  const luaL_Reg methods[] = {{"permutation", refuse}, {"split", refuse},    {"integer", integer},
                              {"state", state},        {"restore", restore}, {NULL, NULL}};
  static const luaL_Reg draws[] = {{"normal", normal}, {"uniform", uniform}, {NULL, NULL}};
  rl_rng *self = lua_newuserdata(L, sizeof *self);
  memset(self, 0, sizeof *self);
  rll_register(L, &rll_rng_type, methods, NULL);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rll_rng_type);
  lua_getfield(L, -1, "__index");
  for (const luaL_Reg *draw = draws; draw->name; draw++) {
    lua_pushcfunction(L, draw->func);
    lua_pushcfunction(L, refuse);
    lua_pushcclosure(L, draw_one, 2);
    lua_setfield(L, -2, draw->name);
  }
  lua_pop(L, 1);
  lua_setmetatable(L, -2);
  return self;
}

void rll_open_rng(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"normal", normal}, {"uniform", uniform}, {"integer", integer}, {"permutation", permutation},
      {"split", split},   {"state", state},     {"restore", restore}, {NULL, NULL},
  };
  rll_register(L, &rll_rng_type, methods, NULL);
  rll_add_state(L, &rll_rng_type, &rng_state);
  lua_pushcfunction(L, new);
  lua_setfield(L, -2, "rng");
}
