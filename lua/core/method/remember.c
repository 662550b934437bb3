/* method:remember: steps of whoever took them, into the memory of a method that has one. */
#include "core/base/demonstration_object.h"
#include "core/base/policy_object.h"
#include "core/method/method_object.h"

#include <stdio.h>

static const char *const parts[] = {"obs",        "action",   "reward", "next_obs",
                                    "terminated", "log_prob", "valid",  NULL};

/* Field `name` of the table of steps as floats, of this shape; they lie at the top of the stack. */
static const float *read_part(lua_State *L, const rll_method *self, const char *name, int ndim,
                              const int64_t *shape, bool optional) {
  char what[48];
  snprintf(what, sizeof what, "%s: remember: %s", self->name, name);
  lua_getfield(L, 2, name);
  if (lua_isnil(L, -1)) {
    if (!optional) luaL_error(L, "%s is missing", what);
    return NULL;
  }
  return rll_check_floats(L, lua_gettop(L), ndim, shape, what);
}

/* The steps of the table at 2, whose numbers go on the stack. */
static rl_steps read_steps(lua_State *L, const rll_method *self) {
  const rl_space *action = &self->env->def->action;
  const int64_t size = rl_method_collector(self->method)->policy->observation.size;
  rl_steps steps;
  steps.obs = read_part(L, self, "obs", 2, (int64_t[]){-1, size}, false);
  const int64_t n = rll_check_tensor(L, lua_gettop(L))->shape[0];
  if (n < 1 || n > 1 << 28) luaL_error(L, "%s: remember: obs has no steps, or too many", self->name);
  steps.count = (int)n;
  steps.action = read_part(L, self, "action", action->kind == RL_DISCRETE ? 1 : 2,
                           (int64_t[]){n, rl_space_width(action)}, false);
  steps.reward = read_part(L, self, "reward", 1, &n, false);
  steps.next_obs = read_part(L, self, "next_obs", 2, (int64_t[]){n, size}, false);
  steps.terminated = read_part(L, self, "terminated", 1, &n, false);
  steps.log_prob = read_part(L, self, "log_prob", 1, &n, true);
  steps.valid = read_part(L, self, "valid", 1, &n, true);
  return steps;
}

/* method:remember(demonstrations), method:remember{ obs =, action =, reward =, next_obs =, terminated =, log_prob =, valid = }, a row
 * for each step -> steps in the memory */
static int method_remember(lua_State *L) {
  rll_method *self = rll_check_method(L, 1);
  rl_error error;
  rl_status status;
  rll_env_refuse_running(L, self->env);
  lua_settop(L, 2);
  rl_demonstration *demo = rll_test(L, 2, &rll_demonstration_type);
  if (demo) {
    status = rl_demonstration_cut(demo, NULL, &error);
    if (!status) status = rl_method_remember_shown(self->method, demo, &error);
  } else {
    rll_check_kind(L, 2, LUA_TTABLE);
    rll_check_options(L, 2, "remember", parts);
    const rl_steps steps = read_steps(L, self);
    status = rl_method_remember(self->method, &steps, &error);
  }
  if (status) return rll_method_fail(L, self, &error);
  lua_pushnumber(L, (lua_Number)rl_method_remembered(self->method));
  return 1;
}

void rll_open_remember(lua_State *L) {
  static const luaL_Reg functions[] = {{"remember", method_remember}, {NULL, NULL}};
  rll_add_methods(L, &rll_method_type, functions);
}
