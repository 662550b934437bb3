/* method:agent(n): a method that is handed its steps by a game that owns its loop. */
#include "base/stop.h"
#include "core/base/archive.h"
#include "core/base/policy_object.h"
#include "core/base/slice.h"
#include "core/method/method_object.h"
#include "method/agent.h"

#include <string.h>

static const rll_type agent_type = {"rl.agent"};

typedef struct agent {
  rll_method *of; /* kept by the uservalue: { method } */
  rl_agent *agent;
  bool slices; /* the game calls advance; else act does all of an update */
} agent;

static agent *check_agent(lua_State *L) {
  agent *self = rll_check(L, 1, &agent_type);
  if (!self->agent) rll_argument_error(L, 1, "the agent is closed");
  rll_check_open(L, self->of);
  rll_env_refuse_lent(L, self->of->env);
  return self;
}

static int copies_of(const agent *self) { return rl_vec_env_copies(self->of->env->vec); }

/* Actions for what each copy sees, and the stats of the batch and its update where this call has done one. */
static int agent_act(lua_State *L) {
  agent *self = check_agent(L);
  const rl_env_def *def = self->of->env->def;
  const int64_t n = copies_of(self), width = rl_space_width(&def->action);
  rl_error error;
  rl_method_stats stats;
  const float *action,
      *observation = rll_check_floats(L, 2, 2, (int64_t[]){n, def->observation.size}, "observations");
  bool learns = false;
  rl_status status = rl_agent_see(self->agent, observation, &error);
  while (!status && !self->slices && rl_agent_learns(self->agent)) {
    learns = true;
    status = rl_stop_check(&error); /* the next call goes on with it */
    if (!status) status = rl_agent_advance(self->agent, &stats, &error);
  }
  if (!status) status = rl_agent_act(self->agent, &action, &error);
  if (status) return rll_method_fail(L, self->of, &error);
  rl_tensor *out = rll_new_tensor(L, def->action.kind == RL_DISCRETE ? 1 : 2, (int64_t[]){n, width});
  memcpy(out->data, action, (size_t)n * (size_t)width * sizeof *action);
  if (!learns) return 1;
  rll_push_collect_stats(L, self->of, &rl_method_rollout(self->of->method)->stats);
  rll_push_update_stats(L, self->of, &stats);
  return 3;
}

/* The argument `arg`: nil for none, true or false of a single copy, a list of those, or a tensor of 0 and 1.
 * Its flags, one a copy, are pushed. */
static const uint8_t *check_flags(lua_State *L, int arg, int n, const char *what) {
  if (lua_isnoneornil(L, arg)) {
    lua_pushnil(L);
    return NULL;
  }
  uint8_t *flags = memset(lua_newuserdata(L, (size_t)n), 0, (size_t)n);
  if (rll_plain_type(L, arg) == LUA_TBOOLEAN && n == 1) {
    flags[0] = (uint8_t)lua_toboolean(L, arg);
    return flags;
  }
  if (lua_istable(L, arg)) {
    lua_rawgeti(L, arg, 1);
    const bool booleans = rll_plain_type(L, -1) == LUA_TBOOLEAN;
    lua_pop(L, 1);
    for (int i = 0; booleans && i < n; i++) {
      lua_rawgeti(L, arg, i + 1);
      if (rll_plain_type(L, -1) != LUA_TBOOLEAN || (int)lua_rawlen(L, arg) != n)
        luaL_error(L, "%s: a list of %d booleans expected", what, n);
      flags[i] = (uint8_t)lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
    if (booleans) return flags;
  }
  const float *numbers = rll_check_floats(L, arg, 1, (int64_t[]){n}, what);
  for (int i = 0; i < n; i++) {
    if (numbers[i] != 0.0f && numbers[i] != 1.0f)
      luaL_error(L, "%s of copy %d is %s, neither 0 nor 1", what, i + 1,
                 rll_number_text(L, (double)numbers[i]));
    flags[i] = numbers[i] != 0.0f;
  }
  return flags;
}

/* agent:reward(rewards, terminated, truncated, final_observations) */
static int agent_reward(lua_State *L) {
  agent *self = check_agent(L);
  const int n = copies_of(self);
  rl_error error;
  lua_settop(L, 5);
  const float *reward = rll_check_floats(L, 2, 1, (int64_t[]){n}, "rewards"), *last = NULL;
  if (!lua_isnil(L, 5))
    last =
        rll_check_floats(L, 5, 2, (int64_t[]){n, self->of->env->def->observation.size}, "final observations");
  const uint8_t *terminated = check_flags(L, 3, n, "terminated"),
                *truncated = check_flags(L, 4, n, "truncated");
  if (rl_agent_reward(self->agent, reward, terminated, truncated, last, &error))
    return rll_method_fail(L, self->of, &error);
  return 0;
}

/* agent:advance(milliseconds): a slice of an update, with the results of trainer:advance */
static int agent_advance(lua_State *L) {
  agent *self = check_agent(L);
  rl_method_stats stats;
  rl_error error;
  rll_slice s = rll_check_slice(L, 2);
  bool learns = rl_agent_learns(self->agent);
  while (rl_agent_learns(self->agent) && rll_slice_has_time(&s))
    if (rl_agent_advance(self->agent, &stats, &error)) return rll_method_fail(L, self->of, &error);
  return rll_push_progress(L, self->of, learns && !rl_agent_learns(self->agent) ? &stats : NULL);
}

/* agent:reset(): all copies begin anew, and what is half done is given up */
static int agent_reset(lua_State *L) {
  agent *self = check_agent(L);
  if (self->of->env->callback.L)
    return luaL_error(L, "%s: what is half done cannot be given up by a function that it calls",
                      self->of->name);
  rl_agent_reset(self->agent);
  return 0;
}

static int agent_gc(lua_State *L) {
  agent *self = rll_check(L, 1, &agent_type);
  rl_agent_free(self->agent);
  self->agent = NULL;
  return 0;
}

/* Its state (core/base/archive.h); the batch so far is the method's. */

static void ready(lua_State *L) { rll_env_refuse(L, check_agent(L)->of->env); }

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_agent_save(check_agent(L)->agent, archive, prefix, error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_agent_load(check_agent(L)->agent, archive, prefix, error);
}

static const rll_state agent_state = {"agent", ready, put_state, take_state};

/* method:agent(n, { steps = 128, slices = false }) */
static int agent_new(lua_State *L) {
  static const char what[] = "agent";
  rll_method *of = rll_check_method(L, 1);
  rl_error error;
  lua_settop(L, 3);
  const int copies = rl_vec_env_copies(of->env->vec);
  const int64_t n = lua_isnoneornil(L, 2) ? copies : rll_check_integer(L, 2, 1, INT32_MAX);
  if (n != copies)
    return luaL_error(L, "%s: an agent has as many copies as its environment, %d: make that with n = %d",
                      of->name, copies, (int)n);
  rll_check_options(L, 3, what, (const char *const[]){"steps", "slices", NULL});
  agent *self = rll_new(L, &agent_type, sizeof *self);
  self->of = of;
  self->slices = rll_boolean(L, 3, "slices", false, what);
  const int steps = (int)rll_integer(L, 3, "steps", 128, 1, 1 << 24, what);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  if (rl_agent_create(&self->agent, of->method, steps, &error)) return rll_method_fail(L, of, &error);
  return 1;
}

void rll_open_agent(lua_State *L) {
  static const luaL_Reg functions[] = {{"agent", agent_new}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"act", agent_act},
                                     {"reward", agent_reward},
                                     {"advance", agent_advance},
                                     {"reset", agent_reset},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", agent_gc}, {NULL, NULL}};
  rll_register(L, &agent_type, methods, metamethods);
  rll_add_state(L, &agent_type, &agent_state);
  rll_add_methods(L, &rll_method_type, functions);
}
