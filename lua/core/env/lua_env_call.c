/* What the functions of an environment in Lua are given and what they return. */
#include "core/env/lua_env_internal.h"

#include "base/memory.h"
#include "core/base/option_table.h"
#include "core/base/pack.h"

#include <math.h>
#include <string.h>

const char *const rll_lua_function_names[] = {[RLL_UP_RESET] = "reset",
                                              [RLL_UP_STEP] = "step",
                                              [RLL_UP_POSES] = "poses",
                                              [RLL_UP_SAVE] = "save",
                                              [RLL_UP_LOAD] = "load"};

/* "step (walk.lua:12)" */
static const char *describe(lua_State *L, int function) {
  return rll_callback_describe(L, rll_lua_function_names[function], lua_upvalueindex(function));
}

static void bad_result(lua_State *L, int function, const char *expected, int index) {
  const char *got = rll_type_name(L, index);
  luaL_error(L, "%s must return %s, got %s", describe(L, function), expected, got);
}

static const char *not_finite(float value) { return isnan(value) ? "nan" : value > 0.0f ? "inf" : "-inf"; }

static void read_list(lua_State *L, int function, int index, float *out, int count, const char *noun) {
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, index, i + 1);
    if (rll_plain_type(L, -1) != LUA_TNUMBER) {
      const char *got = rll_type_name(L, -1);
      luaL_error(L, "%s: number %d of the %s is a %s", describe(L, function), i + 1, noun, got);
    }
    out[i] = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

/* Numbers of the list or tensor at `index`; `noun` is what they are. */
static void read_numbers(lua_State *L, int function, int index, float *out, int count, const char *noun) {
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  if (!tensor && !lua_istable(L, index)) bad_result(L, function, "a list of numbers or a tensor", index);
  int64_t length = tensor ? rl_tensor_count(tensor) : (int64_t)lua_rawlen(L, index);
  if (length != count)
    luaL_error(L, "%s returned %d %s, %d expected", describe(L, function), (int)length, noun, count);
  if (tensor)
    memcpy(out, rll_check_floats(L, index, 1, (int64_t[]){count}, noun), (size_t)count * sizeof *out);
  else
    read_list(L, function, index, out, count, noun);
  for (int i = 0; i < count; i++)
    if (!isfinite(out[i]))
      luaL_error(L, "%s: number %d of the %s is %s", describe(L, function), i + 1, noun, not_finite(out[i]));
}

/* Where the part of agent `a` is of the result at `index`, pushed in a world of several; where it is shared, one for all will
 * do. */
static int part_of(lua_State *L, const rll_lua_env *lua, int function, int index, int a, const char *what,
                   bool shared) {
  if (!lua->agents || (shared && !lua_istable(L, index))) return index;
  luaL_checkstack(L, 8, "too many agents");
  if (!lua_istable(L, index))
    bad_result(L, function, lua_pushfstring(L, "a table of %s by agents", what), index);
  lua_pushstring(L, lua->agent_names[a]);
  lua_rawget(L, index);
  return lua_gettop(L);
}

/* " of agent a" */
static const char *whose(lua_State *L, const rll_lua_env *lua, int a) {
  return lua->agents ? lua_pushfstring(L, " of agent %s", lua->agent_names[a]) : "";
}

/* What an agent sees and does. */
static const rl_env_def *def_of(const rll_lua_env *lua, int a) {
  return lua->agents ? &lua->agents[a] : &lua->def;
}

static void read_observation(lua_State *L, const rll_lua_call *now, int function, int a) {
  const rll_lua_env *lua = now->copy->lua;
  const int size = def_of(lua, a)->n_fields; /* without the mask */
  const char *noun = lua_pushfstring(L, "observations%s", whose(L, lua, a));
  const int index = part_of(L, lua, function, RLL_AT_ENTRY + 1, a, "observations", false);
  if (lua->agents && lua_isnil(L, index))
    luaL_error(L, "%s: agent %s has no observations: its first result must have them for each",
               describe(L, function), lua->agent_names[a]);
  if (lua->def.unlike) { /* others see more; there are no masks */
    memset(now->io[a].observation, 0, (size_t)lua->def.observation.size * sizeof(float));
    memset(now->io[a].fields, 0, (size_t)lua->def.n_fields * sizeof(float));
  }
  read_numbers(L, function, index, now->io[a].observation, size, noun);
  memcpy(now->io[a].fields, now->io[a].observation, (size_t)size * sizeof(float));
}

/* The mask at `index`, if there are any. `over`: no action follows, so that it may allow nothing. */
static void read_mask(lua_State *L, const rll_lua_call *now, int function, int index, int a, bool over) {
  const rll_lua_env *lua = now->copy->lua;
  const rl_space *space = &lua->def.action;
  float *mask = rl_env_mask(&lua->def, now->io[a].observation);
  rl_error error;
  if (!mask) {
    rll_refuse_mask(L, index, &lua->senses.action, space, describe, function);
    return;
  }
  if (!lua_isnil(L, index)) index = part_of(L, lua, function, index, a, "masks", false);
  rll_read_mask(L, index, &lua->senses.action, space, describe, function, mask);
  if (!over && rl_space_check_mask(space, mask, &error))
    luaL_error(L, "%s: %s%s", describe(L, function), error.message, whose(L, lua, a));
}

static double read_reward(lua_State *L, const rll_lua_env *lua, int a) {
  const int index = part_of(L, lua, RLL_UP_STEP, RLL_AT_ENTRY + 2, a, "rewards", true);
  if (index != RLL_AT_ENTRY + 2 && lua_isnil(L, index))
    luaL_error(L, "%s: agent %s has no reward: its second result must have one for each, or be one for all",
               describe(L, RLL_UP_STEP), lua->agent_names[a]);
  if (rll_plain_type(L, index) != LUA_TNUMBER)
    bad_result(L, RLL_UP_STEP,
               lua_pushfstring(L, "a number as its second result, the reward%s", whose(L, lua, a)), index);
  double reward = lua_tonumber(L, index);
  if (!isfinite((float)reward)) /* a double may be too large for a float */
    luaL_error(L, "%s: the reward%s is %s", describe(L, RLL_UP_STEP), whose(L, lua, a),
               not_finite((float)reward));
  return reward;
}

static bool read_flag(lua_State *L, const rll_lua_env *lua, int place, int a, const char *expected) {
  const int index = part_of(L, lua, RLL_UP_STEP, place, a, "flags", true);
  if (rll_plain_type(L, index) != LUA_TBOOLEAN && !lua_isnil(L, index))
    bad_result(L, RLL_UP_STEP, expected, index);
  return lua_toboolean(L, index);
}

/* Refuses keys of the result at `index` that name no agent, once its parts were read. named: how many of them there are, all
 * of agents, or 0. */
static void check_keys(lua_State *L, const rll_lua_env *lua, int function, int index, int named,
                       const char *what) {
  const char *names[RL_MAX_AGENTS];
  rl_error error;
  int keys = 0;
  if (!lua->agents || !lua_istable(L, index)) return;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) keys++;
  if (keys == named) return;
  for (int a = 0; a < lua->def.n_agents; a++) names[a] = lua->agent_names[a];
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    int a = 0;
    while (key && a < lua->def.n_agents && strcmp(key, names[a]) != 0) a++;
    if (key && a < lua->def.n_agents) continue;
    if (!key) key = luaL_tolstring(L, -2, NULL);
    rl_fail_unknown(&error, "agent", key, names, (size_t)lua->def.n_agents);
    luaL_error(L, "%s: %s: %s", describe(L, function), what, error.message);
  }
}

static rl_rng *push_rng(lua_State *L) {
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_RNG);
  return lua_touserdata(L, -1);
}

/* The user's own options as they hold for this episode. */
static void set_values(lua_State *L, const rl_env_def *def, const double *options) {
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_VALUES);
  for (int i = RLL_LUA_OWN; i < def->n_options; i++) rll_set_option(L, &def->options[i], options[i]);
  lua_pop(L, 1);
}

void rll_lua_work_reset(lua_State *L, const rll_lua_call *now) {
  set_values(L, &now->copy->lua->def, now->options);
  lua_pushvalue(L, lua_upvalueindex(RLL_UP_RESET));
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_SELF);
  rl_rng *rng = push_rng(L);
  *rng = *now->copy->stream;
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_VALUES);
  lua_call(L, 3, 2);
  *now->copy->stream = *rng;
  for (int a = 0; a < rll_lua_agents(now->copy->lua); a++) {
    read_observation(L, now, RLL_UP_RESET, a);
    read_mask(L, now, RLL_UP_RESET, RLL_AT_ENTRY + 2, a, false);
    lua_settop(L, RLL_AT_ENTRY + 2);
  }
  check_keys(L, now->copy->lua, RLL_UP_RESET, RLL_AT_ENTRY + 1, rll_lua_agents(now->copy->lua),
             "observations");
  check_keys(L, now->copy->lua, RLL_UP_RESET, RLL_AT_ENTRY + 2, 0, "masks");
}

/* What step gets: of several agents the actions of those that are still there, by name. */
static void push_actions(lua_State *L, const rll_lua_call *now) {
  const rll_lua_env *lua = now->copy->lua;
  const size_t width = (size_t)rl_space_width(&lua->def.action);
  if (!lua->agents) {
    rll_push_action(L, &lua->senses.action, &lua->def.action, now->action);
    return;
  }
  lua_createtable(L, 0, lua->def.n_agents);
  for (int a = 0; a < lua->def.n_agents; a++) {
    if (now->copy->gone >> a & 1) continue;
    const rl_space *own = &lua->agents[a].action;
    const float *action = now->action + (size_t)a * width;
    if (own->kind == RL_DISCRETE && *action >= (float)own->size)
      luaL_error(L, "the action of agent %s is choice %d of %d", lua->agent_names[a], (int)*action + 1,
                 own->size);
    rll_push_action(L, lua->acts[a], own, action);
    lua_setfield(L, -2, lua->agent_names[a]);
  }
}

void rll_lua_work_step(lua_State *L, const rll_lua_call *now) {
  rll_lua_copy *c = now->copy;
  lua_pushvalue(L, lua_upvalueindex(RLL_UP_STEP));
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_SELF);
  push_actions(L, now);
  rl_rng *rng = push_rng(L);
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_VALUES);
  lua_call(L, 4, 5);
  *c->stream = *rng;
  int there = 0;
  for (int a = 0; a < rll_lua_agents(c->lua); a++) {
    rl_env_io *io = &now->io[a];
    if (c->gone >> a & 1) continue;
    there++;
    read_observation(L, now, RLL_UP_STEP, a);
    io->reward = read_reward(L, c->lua, a);
    io->terminated =
        read_flag(L, c->lua, RLL_AT_ENTRY + 3, a, "true or false as its third result, terminated");
    io->truncated =
        read_flag(L, c->lua, RLL_AT_ENTRY + 4, a, "true or false as its fourth result, truncated") ||
        (c->limit > 0.0 && (double)c->steps >= c->limit);
    read_mask(L, now, RLL_UP_STEP, RLL_AT_ENTRY + 5, a, io->terminated || io->truncated);
    lua_settop(L, RLL_AT_ENTRY + 5);
  }
  const char *const parts[] = {"observations", "rewards", "terminated", "truncated", "masks"};
  for (int i = 0; i < 5; i++) /* flags and masks of some may be missing */
    check_keys(L, c->lua, RLL_UP_STEP, RLL_AT_ENTRY + 1 + i, i < 2 ? there : 0, parts[i]);
}

void rll_lua_work_poses(lua_State *L, const rll_lua_call *now) {
  lua_pushvalue(L, lua_upvalueindex(RLL_UP_POSES));
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_SELF);
  lua_call(L, 1, 1);
  read_numbers(L, RLL_UP_POSES, RLL_AT_ENTRY + 1, now->poses, 3 * now->copy->lua->def.n_bodies,
               "coordinates");
}

void rll_lua_work_save(lua_State *L, const rll_lua_call *now) {
  rll_lua_env *lua = now->copy->lua;
  const size_t head = rll_lua_head_size(lua);
  size_t length;
  const char *what = describe(L, RLL_UP_SAVE);
  lua_pushvalue(L, lua_upvalueindex(RLL_UP_SAVE));
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_SELF);
  lua_call(L, 1, 1);
  rll_pack(L, -1, what);
  const char *data = lua_tolstring(L, -1, &length);
  if (head + length > lua->saved_room) {
    char *room = rl_allocate(2 * (head + length), 1);
    if (!room) luaL_error(L, "out of memory");
    rl_release(lua->saved);
    lua->saved = room;
    lua->saved_room = 2 * (head + length);
  }
  memcpy(lua->saved, &now->copy->steps, sizeof(int64_t));
  memcpy(lua->saved + sizeof(int64_t), now->io->observation, head - sizeof(int64_t));
  memcpy(lua->saved + head, data, length);
  *now->written = head + length;
}

void rll_lua_work_load(lua_State *L, const rll_lua_call *now) {
  const rll_lua_env *lua = now->copy->lua;
  const size_t head = rll_lua_head_size(lua);
  set_values(L, &lua->def, now->options);
  lua_pushvalue(L, lua_upvalueindex(RLL_UP_LOAD));
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_SELF);
  *now->damaged = !rll_unpack(L, now->bytes + head, now->size - head);
  if (*now->damaged) return;
  rl_rng *rng = push_rng(L);
  *rng = *now->copy->stream;
  lua_rawgeti(L, RLL_AT_ENTRY, RLL_ENTRY_VALUES);
  lua_call(L, 4, 0);
  *rng = *now->copy->stream;
}
