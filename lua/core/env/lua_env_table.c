/* rl.lua_env{...}: the user's table as an environment. What its functions get and may return is
 * in lua_env_call.c. */
#include "core/env/env_object.h"

#include "base/memory.h"
#include "core/base/launch.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_SIZE = 1 << 16,  /* of a space */
  MAX_AGENT_NAME = 31, /* as of a world's creatures: it is part of names of columns, files and arrays */
};

static const char who[] = "rl.lua_env";

/* In place of reset and step where the table has neither: the loop is the game's, and the environment only
 * says what is seen and done. */
static int refuse(lua_State *L) {
  return luaL_error(L, "it has neither reset nor step: its game hands in what happens, to method:agent(n)");
}

static void push_function(lua_State *L, const char *name, bool optional) {
  lua_getfield(L, 1, name);
  if (optional && lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushcfunction(L, refuse);
  }
  if (!rll_is_callable(L, -1))
    luaL_error(L, "%s: option %s: function expected, got %s", who, name, rll_type_name(L, -1));
}

static void copy_name(lua_State *L, char out[RLL_LUA_NAME], const char *name, const char *option) {
  size_t length = strlen(name);
  if (length < 1 || length >= RLL_LUA_NAME)
    luaL_error(L, "%s: option %s: a name of 1 to %d letters expected, got \"%s\"", who, option,
               RLL_LUA_NAME - 1, name);
  memcpy(out, name, length + 1);
}

/* "can.gear.up", or "can3": the numbers of the mask behind `size` observations. */
static void name_mask(rll_lua_senses *to, const rl_space *space, int size) {
  for (int f = 0, at = 0; space->masked && f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < factor.size; i++, at++) {
      if (factor.kind == RL_BOX) continue;
      to->observation_names[size] = to->names[size];
      if (to->action.names)
        snprintf(to->names[size++], RLL_LUA_NAME, "can.%.59s", to->action.names[at]);
      else
        snprintf(to->names[size++], RLL_LUA_NAME, "can%d", i + 1);
    }
  }
}

/* observation = 6, or the names of its numbers, in the table at 1; behind them is the mask. */
static void read_observation_option(lua_State *L, rll_lua_senses *to, rl_env_def *def) {
  lua_getfield(L, 1, "observation");
  bool named = lua_istable(L, -1);
  int size = named ? (int)lua_rawlen(L, -1) : (int)rll_integer(L, 1, "observation", 0, 1, MAX_SIZE, who);
  if (size < 1 || size > MAX_SIZE)
    luaL_error(L, "%s: option observation: how many numbers, or a list of their names, expected", who);
  const int masks = def->action.masked ? rl_space_choices(&def->action) : 0, all = size + masks;
  def->observation = (rl_space){.kind = RL_BOX, .size = all, .low = -INFINITY, .high = INFINITY};
  to->names = rl_allocate((size_t)all, sizeof *to->names);
  to->fields = rl_allocate((size_t)size, sizeof *to->fields);
  to->observation_names = rl_allocate((size_t)all, sizeof *to->observation_names);
  if (!to->names || !to->fields || !to->observation_names) luaL_error(L, "%s: out of memory", who);
  for (int i = 0; i < size; i++) {
    to->observation_names[i] = to->names[i];
    to->fields[i] = (rl_field){to->names[i], "", "a number of the observation"};
    snprintf(to->names[i], RLL_LUA_NAME, "o%d", i + 1);
    if (!named) continue;
    lua_rawgeti(L, -1, i + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "%s: option observation: name %d is a %s", who, i + 1, luaL_typename(L, -1));
    copy_name(L, to->names[i], lua_tostring(L, -1), "observation");
    lua_pop(L, 1);
  }
  name_mask(to, &def->action, size);
  for (int i = 0; named && i < all; i++)
    for (int k = 0; k < i && k < size; k++)
      if (strcmp(to->names[k], to->names[i]) == 0)
        luaL_error(L, "%s: option observation: two numbers are named \"%s\"%s", who, to->names[i],
                   i < size ? "" : ": that is what the mask calls one of its own");
  def->observation_names = to->observation_names;
  def->fields = to->fields;
  def->n_fields = size;
  lua_pop(L, 1);
}

static void read_scene_option(lua_State *L, rll_lua_env *lua) {
  static const char *const views[] = {"side", "above", NULL};
  lua->def.above = rll_choice(L, 1, "view", 0, views, who) == 1;
  lua_getfield(L, 1, "shapes");
  if (!lua_isnil(L, -1)) rll_read_scene(L, lua_gettop(L), &lua->scene, "rl.lua_env: shapes");
  lua_getfield(L, 1, "poses");
  bool function = rll_is_callable(L, -1), moves = lua->scene.n_bodies > 0;
  if (moves != function || (!function && !lua_isnil(L, -1)))
    luaL_error(L, "%s: option poses: %s expected, got %s", who,
               moves ? "a function that says where the bodies of shapes are"
                     : "shapes with bodies, which it moves,",
               luaL_typename(L, -1));
  lua->def.n_bodies = lua->scene.n_bodies;
  lua_pop(L, 2);
}

/* Field `what` of the table at the top: { 2, 1, -3 } says that of an image the first number is the second, the second the
 * first, and the third the opposite of itself. */
static rl_mirror read_mirror(lua_State *L, const char *what, int n, int *places, float *signs) {
  const rl_mirror mirror = {n, places, signs};
  rl_error error;
  lua_getfield(L, -1, what);
  if (!lua_istable(L, -1) || (int)lua_rawlen(L, -1) != n)
    luaL_error(L, "%s: option symmetry: %s: a list of %d places expected, got %s", who, what, n,
               lua_istable(L, -1) ? "another number of them" : luaL_typename(L, -1));
  for (int i = 0; i < n; i++) {
    const double place = rll_element(L, i + 1, 0);
    if (!(fabs(place) >= 1 && fabs(place) <= n) || place != floor(place))
      luaL_error(L, "%s: option symmetry: %s: place %d is one of 1 to %d, or its negative", who, what, i + 1,
                 n);
    places[i] = (int)fabs(place) - 1;
    signs[i] = place < 0 ? -1.0f : 1.0f;
  }
  lua_pop(L, 1);
  if (rl_mirror_check(&mirror, n, what, &error)) luaL_error(L, "%s: option %s", who, error.message);
  return mirror;
}

/* A mask changes places as the choices do. */
static void mirror_mask(rll_lua_env *lua, int size) {
  const rl_space *space = &lua->def.action;
  const int all = lua->def.observation.size;
  if (!space->masked) return;
  for (int f = 0, at = 0, to = size; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < factor.size; i++, at++) {
      if (factor.kind == RL_BOX) continue;
      int from = lua->symmetry.action.from[at], reals = 0;
      for (int g = 0, first = 0; first <= from; first += rl_space_factor(space, g++).size)
        if (rl_space_factor(space, g).kind == RL_BOX) reals += rl_space_factor(space, g).size;
      lua->places[to] = size + from - reals;
      lua->signs[to++] = 1.0f;
    }
  }
  lua->symmetry.observation.n = all;
}

/* symmetry = { observation = places, action = places } */
static void read_symmetry_option(lua_State *L, rll_lua_env *lua) {
  const rl_space *action = &lua->def.action;
  const int all = lua->def.observation.size, n = lua->def.n_fields, m = action->size;
  rl_error error;
  lua_getfield(L, 1, "symmetry");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  static const char *const names[] = {"observation", "action", NULL};
  rll_check_options(L, lua_gettop(L), "rl.lua_env: option symmetry", names);
  lua->places = rl_allocate((size_t)(all + m), sizeof *lua->places);
  lua->signs = rl_allocate((size_t)(all + m), sizeof *lua->signs);
  if (!lua->places || !lua->signs) luaL_error(L, "%s: out of memory", who);
  lua->symmetry.observation = read_mirror(L, "observation", n, lua->places, lua->signs);
  lua->symmetry.fields = lua->symmetry.observation;
  lua->symmetry.action = read_mirror(L, "action", m, lua->places + all, lua->signs + all);
  if (rl_mirror_check_actions(&lua->symmetry.action, action, &error))
    luaL_error(L, "%s: option %s", who, error.message);
  mirror_mask(lua, n);
  lua->def.symmetry = &lua->symmetry;
  lua_pop(L, 1);
}

static const rl_option option_rows[RLL_LUA_OWN] = {
    [RLL_LUA_DT] = {"dt", "s", "time of a step, for replays", 0.05, 1e-6, 1e6, .live = true},
    [RLL_LUA_LIMIT] = {"limit", "steps", "at which an episode is truncated; 0: none", 1000.0, 0.0, 1 << 30,
                       .type = RL_OPTION_INTEGER, .live = true},
};

static bool is_taken(const rll_lua_env *lua, const char *name, const char *const *names) {
  for (; *names; names++)
    if (strcmp(*names, name) == 0) return true;
  for (int i = RLL_LUA_OWN; i < lua->def.n_options; i++)
    if (strcmp(lua->options[i].name, name) == 0) return true;
  return false;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const rl_option *)a)->name, ((const rl_option *)b)->name);
}

/* options = { difficulty = 1, windy = false }: options of one's own and their defaults, which reset and step are given
 * and env:set changes. */
static void read_own_options(lua_State *L, rll_lua_env *lua, const char *const *names) {
  lua_getfield(L, 1, "options");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: option options: table expected, got %s", who, luaL_typename(L, -1));
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    const int at = lua->def.n_options, type = lua_type(L, -1);
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "%s: option options: names expected, got a %s", who, luaL_typename(L, -2));
    const char *name = lua_tostring(L, -2);
    if (at == RLL_LUA_OPTIONS)
      luaL_error(L, "%s: option options: more than %d", who, (int)RLL_LUA_OPTIONS - RLL_LUA_OWN);
    if (is_taken(lua, name, names))
      luaL_error(L, "%s: option options: \"%s\" is an option already", who, name);
    if (type != LUA_TBOOLEAN && !(type == LUA_TNUMBER && isfinite(lua_tonumber(L, -1))))
      luaL_error(L, "%s: option options: %s: a finite number, true or false expected, got %s", who, name,
                 rll_type_name(L, lua_gettop(L)));
    copy_name(L, lua->own_names[at - RLL_LUA_OWN], name, "options");
    lua->options[at] = (rl_option){
        lua->own_names[at - RLL_LUA_OWN], "", "of this environment", 0.0, -DBL_MAX, DBL_MAX, .live = true};
    lua->options[at].value = type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
    if (type == LUA_TBOOLEAN) {
      lua->options[at].type = RL_OPTION_BOOLEAN;
      lua->options[at].min = 0.0;
      lua->options[at].max = 1.0;
    }
    lua->def.n_options++;
  }
  lua_pop(L, 1);
  qsort(lua->options + RLL_LUA_OWN, (size_t)(lua->def.n_options - RLL_LUA_OWN), sizeof *lua->options,
        by_name);
}

/* In the table at 1. */
static bool has(lua_State *L, const char *option) {
  lua_getfield(L, 1, option);
  const bool given = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return given;
}

/* Puts the table of agent `a` where options are read, at 1; false: it has none. */
static bool enter_agent(lua_State *L, int a) {
  lua_getfield(L, 1, "agents");
  if (lua_istable(L, -1)) {
    lua_rawgeti(L, -1, a + 1);
    lua_remove(L, -2);
  }
  const bool found = lua_istable(L, -1);
  if (found)
    lua_insert(L, 1);
  else
    lua_pop(L, 1);
  return found;
}

/* Where only agents say what they see or do, the first of them does it for the world; true: its table is at 1. */
static bool enter_first(lua_State *L, const char *option) {
  if (has(L, option) || !enter_agent(L, 0)) return false;
  if (has(L, option)) return true;
  lua_remove(L, 1);
  return false;
}

static void check_own_action(lua_State *L, const rl_env_def *agent, const rl_space *all) {
  const rl_space *own = &agent->action;
  if (all->masked || all->kind == RL_FACTORS || own->kind == RL_FACTORS)
    luaL_error(L, "%s: agent %s: an action of its own is a box or one choice, as those of all, without masks",
               who, agent->agent);
  if (own->kind != all->kind || own->low != all->low || own->high != all->high)
    luaL_error(L, "%s: agent %s: its action is of another kind, or has other bounds, than those of others",
               who, agent->agent);
}

/* What an agent sees and does where its table says that. all: the world has the option, too. */
static void read_own_senses(lua_State *L, rll_lua_env *lua, int a, const bool all[2]) {
  static const char *const options[] = {"action", "observation"};
  rll_lua_senses *own = &lua->own[a];
  rl_env_def *agent = &lua->agents[a];
  const bool entered = enter_agent(L, a);
  for (int i = 0; i < 2; i++) {
    if (!(entered && has(L, options[i]))) {
      if (!all[i])
        luaL_error(L, "%s: agent %s has no %s: give it one, or one for all beside agents", who, agent->agent,
                   options[i]);
    } else if (i == 0) {
      rll_read_action(L, &own->action, &agent->action);
      check_own_action(L, agent, &lua->def.action);
      own->action.silent = lua->senses.action.silent;
      agent->action_names = own->action.name_list;
      lua->acts[a] = &own->action;
      lua->def.unlike = true;
    } else {
      read_observation_option(L, own, agent);
      lua->def.unlike = true;
    }
  }
  if (entered) lua_remove(L, 1);
}

/* The world has room for what any of its agents sees and does; its names are those of the one with most. */
static void widen(rll_lua_env *lua, int n) {
  rl_env_def *all = &lua->def;
  for (int a = 0; a < n; a++) {
    const rl_env_def *agent = &lua->agents[a];
    if (agent->n_fields > all->n_fields) {
      all->observation = agent->observation;
      all->observation_names = agent->observation_names;
      all->fields = agent->fields;
      all->n_fields = agent->n_fields;
    }
    if (agent->action.size > all->action.size) {
      all->action = agent->action;
      all->action_names = agent->action_names;
    }
  }
}

static void copy_agent_name(lua_State *L, char out[RLL_LUA_NAME], const char *name) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  const size_t length = strlen(name);
  if (length < 1 || length > MAX_AGENT_NAME || name[strspn(name, letters)] || isdigit((unsigned char)name[0]))
    luaL_error(L, "%s: option agents: a name of 1 to %d letters, digits and _ expected, got \"%s\"", who,
               MAX_AGENT_NAME, name);
  memcpy(out, name, length + 1);
}

/* agents = { "a", "b" }, or { { name = "a", team = 1, observation =, action = }, ... }: several, which see and do the same
 * but for what they have of their own. */
static void read_agents(lua_State *L, rll_lua_env *lua) {
  static const char *const names[] = {"name", "team", "observation", "action", NULL},
                           what[] = "rl.lua_env: option agents";
  int teams[RL_MAX_AGENTS];
  lua_getfield(L, 1, "agents");
  lua->def.together = rll_boolean(L, 1, "together", false, who);
  const bool none = lua_isnil(L, -1);
  const int n = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
  if (!none && (n < 2 || n > RL_MAX_AGENTS))
    luaL_error(L, "%s: the names of 2 to %d agents expected, got %s", what, RL_MAX_AGENTS,
               lua_istable(L, -1) ? lua_pushfstring(L, "%d", n) : rll_type_name(L, lua_gettop(L)));
  for (int a = 0; a < n; a++, lua_pop(L, 1)) {
    lua_rawgeti(L, -1, a + 1);
    teams[a] = a + 1;
    if (lua_istable(L, -1)) {
      const int place = lua_gettop(L);
      rll_check_options(L, place, what, names);
      teams[a] = (int)rll_integer(L, place, "team", a + 1, 1, RL_MAX_AGENTS, what);
      copy_agent_name(L, lua->agent_names[a], rll_string(L, place, "name", "", what));
    } else {
      if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s: agent %d: a name expected, got %s", what, a + 1, rll_type_name(L, lua_gettop(L)));
      copy_agent_name(L, lua->agent_names[a], lua_tostring(L, -1));
    }
    for (int b = 0; b < a; b++)
      if (strcmp(lua->agent_names[a], lua->agent_names[b]) == 0)
        luaL_error(L, "%s: two are named \"%s\"; rename one", what, lua->agent_names[a]);
  }
  lua_pop(L, 1);
  if (none) return;
  const bool all[2] = {has(L, "action"), has(L, "observation")};
  lua->own = rl_allocate((size_t)n, sizeof *lua->own);
  lua->agents = rl_allocate((size_t)n, sizeof *lua->agents);
  lua->long_names = rl_allocate((size_t)n, sizeof *lua->long_names);
  if (!lua->own || !lua->agents || !lua->long_names) luaL_error(L, "%s: out of memory", who);
  for (int a = 0; a < n; a++) {
    rl_env_def *agent = &lua->agents[a];
    snprintf(lua->long_names[a], sizeof *lua->long_names, "%s.%s", lua->name, lua->agent_names[a]);
    *agent = lua->def;
    agent->name = lua->long_names[a];
    agent->summary = "an agent of a world";
    agent->agent = lua->agent_names[a];
    agent->team = teams[a];
    agent->symmetry = NULL;
    agent->asymmetry = "it is not alone in its world";
    agent->rehearsal = NULL;
    agent->n_bodies = 0;
    agent->draw = NULL;
    agent->poses = NULL;
    agent->free_def = NULL;
    rl_env_seat(agent);
    lua->list[a] = agent;
    lua->acts[a] = &lua->senses.action;
  }
  lua->def.n_agents = n; /* from here on all is released that these have */
  for (int a = 0; a < n; a++) read_own_senses(L, lua, a, all);
  widen(lua, n);
  if (lua->def.symmetry)
    luaL_error(L, "%s: option symmetry: agents of a world have no mirror images: leave one of both out", who);
  lua->def.asymmetry = "its agents are not alone";
  lua->def.agents = lua->list;
}

static void read_options(lua_State *L, rll_lua_env *lua) {
  static const char *const names[] = {"agents",   "together", "n",    "seed",    "name",  "observation",
                                      "action",   "reset",    "step", "dt",      "limit", "repeatable",
                                      "shapes",   "poses",    "view", "options", "save",  "load",
                                      "symmetry", "masked",   NULL};
  lua_getfield(L, 1, "reward");
  if (!lua_isnil(L, -1))
    luaL_error(L, "%s: option reward: step returns the reward, as its second result", who);
  lua_getfield(L, 1, "done");
  if (!lua_isnil(L, -1))
    luaL_error(L, "%s: option done: step says that the task has ended, as its third result", who);
  lua_pop(L, 2);
  rll_check_options(L, 1, who, names);
  copy_name(L, lua->name, rll_string(L, 1, "name", "lua_env", who), "name");
  memcpy(lua->options, option_rows, sizeof option_rows);
  read_own_options(L, lua, names);
  rl_option *dt = &lua->options[RLL_LUA_DT], *limit = &lua->options[RLL_LUA_LIMIT];
  dt->value = rll_number(L, 1, dt->name, dt->value, dt->min, dt->max, who);
  limit->value = (double)rll_integer(L, 1, limit->name, (int64_t)limit->value, (int64_t)limit->min,
                                     (int64_t)limit->max, who);
  lua->def.repeatable = rll_boolean(L, 1, "repeatable", false, who);
  const bool silent = !has(L, "masked"), masked = rll_boolean(L, 1, "masked", false, who);
  bool of_agent = enter_first(L, "action");
  rll_read_action(L, &lua->senses.action, &lua->def.action);
  if (of_agent) lua_remove(L, 1);
  lua->senses.action.silent = silent;
  lua->def.action.masked = masked;
  lua->def.action_names = lua->senses.action.name_list;
  of_agent = enter_first(L, "observation");
  read_observation_option(L, &lua->senses, &lua->def);
  if (of_agent) lua_remove(L, 1);
  read_scene_option(L, lua);
  read_symmetry_option(L, lua);
  read_agents(L, lua);
}

/* Pushes the functions save and load, or nils. */
static void push_savers(lua_State *L, rll_lua_env *lua) {
  static const char *const names[] = {"save", "load"};
  int given = 0;
  for (int i = 0; i < 2; i++) {
    lua_getfield(L, 1, names[i]);
    given += !lua_isnil(L, -1);
    if (!lua_isnil(L, -1) && !rll_is_callable(L, -1))
      luaL_error(L, "%s: option %s: function expected, got %s", who, names[i],
                 rll_type_name(L, lua_gettop(L)));
  }
  if (given == 1) luaL_error(L, "%s: options save and load come together", who);
  if (given) rll_lua_env_can_save(lua);
}

/* rl.lua_env{ observation =, action =, reset =, step =, n =, seed =, name =, dt =, limit =, repeatable =,
 * shapes =, poses =, view =, options =, save =, load =, symmetry =,
 * masked =, agents =, together = } */
static int lua_env_new(lua_State *L) {
  rll_check_kind(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  rll_env *env = rll_new(L, &rll_env_type, sizeof *env); /* at 2 */
  rll_lua_env *lua = rll_lua_env_allocate();
  if (!lua) return luaL_error(L, "%s: out of memory", who);
  env->lua = lua;
  env->def = &lua->def;
  read_options(L, lua);
  int n = (int)rll_integer(L, 1, "n", 1, 1, 1 << 16, who);
  double values[RLL_LUA_OPTIONS];
  rl_env_defaults(env->def, values);
  lua_pushnil(L);
  rll_env_open(L, 2, n, rll_seed(L, 1, who), values, 3, 3, 1000 + 40 * lua->def.observation.size);
  lua_getuservalue(L, 2);
  lua_getfield(L, 1, "reset");
  lua_getfield(L, 1, "step");
  const bool played = lua_isnil(L, -1) && lua_isnil(L, -2); /* by a game */
  lua_pop(L, 2);
  push_function(L, "reset", played);
  push_function(L, "step", played);
  lua_getfield(L, 1, "poses");
  push_savers(L, lua);
  rll_lua_env_push_runner(L, lua);
  lua_rawseti(L, -2, RLL_ENV_RUNNER);
  lua_newtable(L);
  lua_rawseti(L, -2, RLL_ENV_ENTRIES);
  lua_settop(L, 2);
  return 1;
}

void rll_open_lua_env(lua_State *L) {
  lua_pushcfunction(L, lua_env_new);
  lua_setfield(L, -2, "lua_env");
}
