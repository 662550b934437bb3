/* env:collect: methods that learn side by side from one world. */
#include "method/beside.h"

#include "core/method/method_object.h"

#include <stdio.h>
#include <time.h>

/* The methods of the table at 2, in the order of the agents; pushed, in this order. */
static int push_methods(lua_State *L, const rll_env *env, rll_method *found[RL_MAX_AGENTS]) {
  int count = 0;
  luaL_checkstack(L, RL_MAX_AGENTS + 16, "too many agents");
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
    if (lua_type(L, -2) != LUA_TSTRING || rl_env_find_agent(env->def, lua_tostring(L, -2)) < 0)
      luaL_error(L, "%s: collect: %s is none of its agents", env->def->name, rll_text(L, -2));
  for (int a = 0; a < env->def->n_agents; a++) {
    const rl_env_def *agent = env->def->agents[a];
    lua_getfield(L, 2, agent->agent);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    rll_method *method = found[count++] = rll_check_method(L, lua_gettop(L));
    if (method->env->world != env || rl_vec_env_seat(method->env->vec) != a)
      luaL_error(L, "%s: collect: %s = %s of %s, not of env:agent(\"%s\")", env->def->name, agent->agent,
                 method->name, method->env->def->name, agent->agent);
  }
  if (!count) luaL_error(L, "%s: collect: methods by agents expected: { a = ppo, ... }", env->def->name);
  return count;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* env:collect({ a = method, ... }, steps of each world) -> { a = batch, ... } */
static int env_collect(lua_State *L) {
  rll_env *env = rll_env_enter_world(L, 1);
  rll_method *found[RL_MAX_AGENTS];
  rl_method *methods[RL_MAX_AGENTS];
  rl_error error;
  lua_settop(L, 3);
  if (!env->def->agents) return luaL_error(L, "%s is no world of several agents", env->def->name);
  rll_check_kind(L, 2, LUA_TTABLE);
  const lua_Integer steps = luaL_checkinteger(L, 3);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 3, "1 to 16777216 steps of each world expected");
  const int count = push_methods(L, env, found), first = lua_gettop(L) - count + 1;
  for (int i = 0; i < count; i++) methods[i] = found[i]->method;
  rll_env_begin(L, 1, env);
  const double start = now();
  rl_status status = rl_methods_collect(methods, count, (int)steps, &error);
  for (int i = 0; i < count; i++) found[i]->collecting += (now() - start) / count;
  rll_env_end(L, env, status, &error);
  lua_createtable(L, 0, count);
  for (int i = 0; i < count; i++) {
    rll_push_batch(L, first + i, found[i]);
    lua_setfield(L, -2, env->def->agents[rl_vec_env_seat(found[i]->env->vec)]->agent);
  }
  return 1;
}

void rll_open_beside(lua_State *L) {
  static const luaL_Reg methods[] = {{"collect", env_collect}, {NULL, NULL}};
  rll_add_methods(L, &rll_env_type, methods);
}
