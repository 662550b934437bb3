/* rl.clone: behaviour cloning. The policy and the environment, which only the Lua part of it needs, lie in the uservalue. */
#include "method/cloning.h"

#include "core/base/archive.h"
#include "core/base/demonstration_object.h"
#include "core/base/option_table.h"
#include "core/base/policy_object.h"
#include "core/base/slice.h"
#include "core/env/env_object.h"
#include "episodes/demonstrate.h"

#include <stdio.h>

static const rll_type cloning_type = {"rl.cloning"};
static const char what[] = "rl.clone";

typedef struct cloning {
  rl_cloning *cloning;
} cloning;

static rl_cloning *check(lua_State *L, int arg) {
  const cloning *self = rll_check(L, arg, &cloning_type);
  if (!self->cloning) luaL_error(L, "rl.clone has ended");
  return self->cloning;
}

static int cloning_gc(lua_State *L) {
  cloning *self = rll_check(L, 1, &cloning_type);
  rl_cloning_free(self->cloning);
  self->cloning = NULL;
  return 0;
}

static int fail(lua_State *L, const rl_error *error) {
  rl_error named;
  rl_fail(&named, error->status, "%s: %s", what, error->message);
  return rll_raise(L, &named);
}

/* Pushes the part of this name. */
static void *check_part(lua_State *L, const char *name, const rll_type *type, bool optional) {
  lua_getfield(L, 1, name);
  if (optional && lua_isnil(L, -1)) return NULL;
  void *part = rll_test(L, -1, type);
  if (!part)
    luaL_error(L, "%s: option %s: %s expected, got %s", what, name, type->name,
               lua_isnil(L, -1) ? "nothing" : rll_type_name(L, lua_gettop(L)));
  return part;
}

/* rl.clone{ policy =, demonstrations =, env =, lr =, ... }; the environment: for symmetric, and to test the policy in */
static int cloning_new(lua_State *L) {
  rl_error error;
  rl_cloning_options options;
  const rl_options rows = rl_cloning_option_table();
  rl_options_defaults(rows, &options);
  rll_check_kind(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  cloning *self = rll_new(L, &cloning_type, sizeof *self); /* at 2 */
  rll_check_option_names(L, 1, rows, (const char *const[]){"policy", "demonstrations", "env", NULL}, what);
  rl_policy *policy = check_part(L, "policy", &rll_policy_type, false);
  rl_demonstration *demo = check_part(L, "demonstrations", &rll_demonstration_type, false);
  const rll_env *env = check_part(L, "env", &rll_env_type, true);
  rll_read_options(L, 1, rows, &options, false, what);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, 3);
  lua_rawseti(L, -2, 1);
  lua_pushvalue(L, 5);
  lua_rawseti(L, -2, 2);
  lua_setuservalue(L, 2);
  if (rl_demonstration_cut(demo, NULL, &error)) return fail(L, &error);
  if (env) {
    const rl_demonstrated of = rl_demonstrated_of(env->def);
    if (rl_demonstration_fits(demo, &of, &error) ||
        rl_policy_fits(policy, &env->def->observation, &env->def->action, env->def->name, &error))
      return fail(L, &error);
  }
  const rl_symmetry *symmetry = NULL;
  if (options.symmetric == RL_SYMMETRIC_DATA) {
    if (!env) return luaL_error(L, "%s: option symmetric: give env, which knows the mirror images", what);
    if (rl_env_symmetry(env->def, &symmetry, &error))
      return luaL_error(L, "%s: option symmetric: %s", what, error.message);
  }
  if (rl_cloning_create(&self->cloning, policy, demo, symmetry, &options, &error)) return fail(L, &error);
  lua_settop(L, 2);
  return 1;
}

static int push_stats(lua_State *L, const rl_cloning_stats *stats) {
  lua_createtable(L, 0, 6);
  rll_set_integer(L, "epoch", stats->epoch);
  rll_set_number(L, "likelihood", stats->likelihood);
  rll_set_number(L, "held_out", stats->held_out);
  rll_set_number(L, "best", stats->best);
  rll_set_number(L, "entropy", stats->entropy);
  rll_set_number(L, "grad_norm", stats->grad_norm);
  return 1;
}

/* clone:update() -> stats: an epoch */
static int cloning_update(lua_State *L) {
  rl_error error;
  rl_cloning_stats stats;
  return rl_cloning_update(check(L, 1), &stats, &error) ? fail(L, &error) : push_stats(L, &stats);
}

/* clone:advance(milliseconds) -> stats when an epoch is complete, else nil */
static int cloning_advance(lua_State *L) {
  rl_error error;
  rl_cloning_stats stats;
  rl_cloning *self = check(L, 1);
  rll_slice slice = rll_check_slice(L, 2);
  for (bool done = false; rll_slice_has_time(&slice);) {
    if (rl_cloning_advance(self, &done, &stats, &error)) return fail(L, &error);
    if (done) return push_stats(L, &stats);
  }
  return 0;
}

/* clone:stop() -> why it has stopped, "epochs" or "held_out"; nil while it goes on */
static int cloning_stop(lua_State *L) {
  static const char *const reasons[] = {NULL, "epochs", "held_out"};
  const char *reason = reasons[rl_cloning_stopped(check(L, 1))];
  if (!reason) return 0;
  lua_pushstring(L, reason);
  return 1;
}

/* clone:options() -> { lr =, ... } */
static int cloning_options(lua_State *L) {
  const rl_cloning *self = check(L, 1);
  lua_newtable(L);
  rll_set_options(L, rl_cloning_option_table(), rl_cloning_settings(self));
  return 1;
}

static int push_rows(lua_State *L) {
  rll_push_option_rows(L, rl_cloning_option_table());
  rll_set_string(L, "name", "clone");
  rll_set_string(L, "meaning", "a policy is fitted to demonstrations, by maximum likelihood");
  rll_set_string(L, "source", "Pomerleau 1989");
  return 1;
}

/* clone:describe() -> the rows of its options */
static int cloning_describe(lua_State *L) {
  check(L, 1);
  return push_rows(L);
}

/* core.describe_clone() */
static int describe_clone(lua_State *L) { return push_rows(L); }

/* clone:parts() -> policy, env or nil */
static int cloning_parts(lua_State *L) {
  check(L, 1);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  return 2;
}

static int cloning_tostring(lua_State *L) {
  check(L, 1);
  lua_pushstring(L, what);
  return 1;
}

static void ready(lua_State *L) { check(L, 1); }

static rl_status put(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_cloning_save(check(L, 1), archive, prefix, error);
}

static rl_status take(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rl_cloning *self = check(L, 1);
  rl_status status = rl_cloning_load(self, archive, prefix, error);
  if (!status && *rl_cloning_notice(self))
    snprintf(error->message, sizeof error->message, "%s: %s", what, rl_cloning_notice(self));
  return status;
}

void rll_open_cloning(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"clone", cloning_new}, {"describe_clone", describe_clone}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"update", cloning_update},
                                     {"advance", cloning_advance},
                                     {"stop", cloning_stop},
                                     {"options", cloning_options},
                                     {"describe", cloning_describe},
                                     {"parts", cloning_parts},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", cloning_gc}, {"__tostring", cloning_tostring}, {NULL, NULL}};
  static const rll_state state = {"clone", ready, put, take};
  rll_register(L, &cloning_type, methods, metamethods);
  rll_add_state(L, &cloning_type, &state);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cloning_type); /* for what is written in Lua */
  lua_pushstring(L, "methods");
  lua_rawget(L, -2);
  lua_setfield(L, -3, "cloning");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
