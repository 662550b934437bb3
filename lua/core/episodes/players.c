/* env:players{ b = policy, c = { policy, ... } | "random" | "zero" | false }: who plays agents of a world where only others
 * are asked to act, as for a method of env:agent(name). The world keeps them. */
#include "episodes/players.h"

#include "core/base/policy_object.h"
#include "core/episodes/track.h"

#include <string.h>

static const rll_type policies_type = {"rl.player_policies"};

/* Who asks: env:players, whose policies all play, or evaluations and recordings, which may have fewer worlds than there
 * are policies. */
typedef enum asker { PLAYERS, CAST } asker;

/* The policy, or the list of them, at `arg`, pushed as an array that keeps them; their number. */
static int push_policies(lua_State *L, int arg, const rl_env_def *agent, int worlds, asker who) {
  const bool list = !rll_test(L, arg, &rll_policy_type);
  if (list && lua_type(L, arg) != LUA_TTABLE)
    return luaL_error(L, "%s: %sa policy, a list of policies, \"random\"%s expected, got %s", agent->name,
                      who == CAST ? "" : "players: ", who == CAST ? " or \"zero\"" : ", \"zero\" or false",
                      rll_type_name(L, arg));
  int count = list ? (int)lua_rawlen(L, arg) : 1;
  if (who == CAST && count > worlds) count = worlds;
  if (count < 1)
    return luaL_error(L, "%s: %sa list of policies expected, got one of none", agent->name,
                      who == CAST ? "" : "players: ");
  if (count > worlds)
    return luaL_error(L, "%s: players: a list of 1 to %d policies, one for each world, expected, got %d",
                      agent->name, worlds, count);
  rl_policy **policies = rll_new(L, &policies_type, (size_t)count * sizeof(rl_policy *));
  lua_createtable(L, count, 0); /* a list of the user's may change */
  for (int i = 0; i < count; i++) {
    if (list)
      lua_rawgeti(L, arg, i + 1);
    else
      lua_pushvalue(L, arg);
    policies[i] = rll_check_policy(L, lua_gettop(L));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setuservalue(L, -2);
  return count;
}

/* Has agent `a` in `vec` played by what is at `value`. Pushes an array of policies, or nil where they are none. */
static void play(lua_State *L, int value, const rl_env_def *def, int a, bool likely, rl_vec_env *vec,
                 asker who) {
  const rl_env_def *agent = def->agents[a];
  rl_player_kind kind = likely ? RL_PLAYER_MODE : RL_PLAYER_POLICY;
  rl_policy *const *policies = NULL;
  rl_error error;
  int count = 0;
  if (who == PLAYERS && rll_plain_type(L, value) == LUA_TBOOLEAN && !lua_toboolean(L, value)) {
    kind = RL_PLAYER_NONE;
  } else if (lua_type(L, value) == LUA_TSTRING) {
    const char *name = lua_tostring(L, value);
    kind = strcmp(name, "random") == 0 ? RL_PLAYER_RANDOM : RL_PLAYER_ZERO;
    if (kind == RL_PLAYER_ZERO && strcmp(name, "zero") != 0)
      luaL_error(L, "%s: %s\"random\" or \"zero\" expected, got \"%s\"", agent->name,
                 who == CAST ? "" : "players: ", name);
  } else {
    count = push_policies(L, value, agent, rl_vec_env_worlds(vec), who);
    policies = lua_touserdata(L, -1);
  }
  if (rl_vec_env_play(vec, a, kind, policies, count, &error)) rll_raise(L, &error);
  if (!count) lua_pushnil(L);
}

/* Sets who plays agent `a` to what is at the top, which is popped; `players`: the table that keeps them. */
static void set_player(lua_State *L, rll_env *env, int a, bool likely, int players) {
  const int value = lua_gettop(L);
  play(L, value, env->def, a, likely, env->vec, PLAYERS);
  if (rll_test(L, value, &rll_policy_type) || lua_type(L, value) == LUA_TSTRING)
    lua_pushvalue(L, value);
  else if (!lua_isnil(L, -1))
    lua_getuservalue(L, -1);
  lua_setfield(L, players, env->def->agents[a]->agent);
  lua_settop(L, value - 1);
}

rll_cast rll_check_cast(lua_State *L, int arg) {
  const int agent = rl_vec_env_seat(rll_check_env(L, arg)->vec);
  rll_env *env = rll_env_enter_world(L, arg);
  rll_cast cast = {env, agent, agent >= 0, NULL};
  if (agent < 0 && env->def->agents && lua_type(L, arg + 1) == LUA_TTABLE) {
    cast.by_players = true;
    rll_check_agents(L, arg + 1, env->def);
    return cast;
  }
  rl_policy *policy = rll_check_player(L, arg + 1);
  if (agent < 0) cast.policy = policy;
  if (!policy && env->def->unlike) cast.by_players = true; /* each by chance, or at rest, in its own way */
  return cast;
}

void rll_set_cast(lua_State *L, int arg, const rll_cast *cast, bool deterministic, rl_vec_env *vec) {
  const rl_env_def *def = cast->env->def;
  rl_error error;
  if (!cast->by_players) return;
  rll_env_refuse_busy(L, cast->env);
  luaL_checkstack(L, 2 * RL_MAX_AGENTS + 8, "too many agents");
  for (int a = 0; a < def->n_agents; a++) {
    if (cast->agent >= 0 && cast->agent != a) continue;
    if (cast->agent < 0 && lua_istable(L, arg + 1))
      lua_getfield(L, arg + 1, def->agents[a]->agent);
    else
      lua_pushvalue(L, arg + 1);
    if (lua_isnil(L, -1))
      lua_pop(L, 1);
    else
      play(L, lua_gettop(L), def, a, deterministic, vec, CAST);
  }
  if (rl_vec_env_play_alike(vec, cast->env->vec, &error) ||
      rl_vec_env_check_played(vec, (1u << def->n_agents) - 1, &error))
    rll_raise(L, &error);
}

/* Pushes the table of the world at 1 that keeps who plays. */
static void push_kept(lua_State *L) {
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_ENV_PLAYERS);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, RLL_ENV_PLAYERS);
  }
  lua_remove(L, -2);
}

/* Of what is at the top, if that is a list: the one that is there keeps alive whom the world plays by, and a script may change
 * what it is given. */
static void push_copy(lua_State *L) {
  const int list = lua_gettop(L), count = lua_istable(L, list) ? (int)lua_rawlen(L, list) : 0;
  if (!count) {
    lua_pushvalue(L, list);
    return;
  }
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, list, i);
    lua_rawseti(L, -2, i);
  }
}

/* env:players({ b = policy }, { deterministic = false }) -> who plays, by agent; without arguments only that */
static int env_players(lua_State *L) {
  rll_env *env = rll_env_enter_world(L, 1);
  lua_settop(L, 3);
  if (!env->def->agents) return luaL_error(L, "%s is no world of several agents", env->def->name);
  push_kept(L);
  if (!lua_isnil(L, 2)) {
    rll_check_kind(L, 2, LUA_TTABLE);
    rll_check_options(L, 3, "players", (const char *const[]){"deterministic", NULL});
    const bool likely = rll_boolean(L, 3, "deterministic", false, "players");
    rll_check_agents(L, 2, env->def);
    rll_env_refuse(L, env);
    for (int a = 0; a < env->def->n_agents; a++) {
      lua_getfield(L, 2, env->def->agents[a]->agent);
      if (lua_isnil(L, -1))
        lua_pop(L, 1);
      else
        set_player(L, env, a, likely, 4);
    }
  }
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, 4);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    push_copy(L);
    lua_remove(L, -2);
    lua_rawset(L, -4);
  }
  return 1;
}

void rll_open_players(lua_State *L) {
  static const luaL_Reg methods[] = {{"players", env_players}, {NULL, NULL}};
  rll_register(L, &policies_type, NULL, NULL);
  rll_add_methods(L, &rll_env_type, methods);
}
