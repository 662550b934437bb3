#include "env_object.h"

const rll_type rll_env_type = {"rl.env"};

rll_env *rll_check_env(lua_State *L, int arg) {
  rll_env *env = rll_check(L, arg, &rll_env_type);
  if (!env->vec) luaL_argerror(L, arg, "the environment is closed");
  return env;
}

void rll_env_begin(lua_State *L, int arg, rll_env *env) {
  lua_getuservalue(L, arg);
  lua_rawgeti(L, -1, 1);
  rll_judge_begin(L, env->judge, lua_gettop(L));
}

void rll_env_end(lua_State *L, rll_env *env, rl_status status, const rl_error *error) {
  rll_judge_end(L, env->judge, status, error);
}
