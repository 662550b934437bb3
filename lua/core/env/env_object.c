#include "core/env/env_object.h"

#include "base/memory.h"

#include "core/base/launch.h"
#include "core/env/lua_env.h"
#include "creature/creature.h"

#include <stdio.h>
#include <string.h>

const rll_type rll_env_type = {"rl.env"};

bool rll_env_is_open(const rll_env *env) { return env->vec && (!env->world || env->world->vec); }

rll_env *rll_check_env(lua_State *L, int arg) {
  rll_env *env = rll_check(L, arg, &rll_env_type);
  if (!rll_env_is_open(env)) rll_argument_error(L, arg, "the environment is closed");
  return env;
}

/* Pushes the world of the agent at `arg`. */
static rll_env *push_world(lua_State *L, int arg) {
  lua_getuservalue(L, arg);
  lua_rawgeti(L, -1, RLL_ENV_WORLD);
  lua_remove(L, -2);
  return rll_check_env(L, lua_gettop(L));
}

rll_env *rll_env_enter_world(lua_State *L, int arg) {
  rll_env *env = rll_check_env(L, arg);
  if (!env->world) return env;
  env = push_world(L, arg);
  lua_replace(L, arg);
  return env;
}

/* Who is stepped, lent and refused. */
static rll_env *world_of(const rll_env *env) { return env->world ? env->world : (rll_env *)(uintptr_t)env; }

void rll_env_open(lua_State *L, int place, int n, uint64_t seed, const double *options, int reward, int done,
                  ptrdiff_t bytes_a_copy) {
  rll_env *env = rll_check(L, place, &rll_env_type);
  rl_error error;
  rl_judge face;
  if (rl_vec_env_create(&env->vec, env->def, n, seed, 0, options, &error)) rll_raise(L, &error);
  const size_t n_options = (size_t)env->def->n_options;
  env->made = rl_allocate(n_options + 1, sizeof *env->made);
  if (!env->made) luaL_error(L, "%s: out of memory", env->def->name);
  memcpy(env->made, options, n_options * sizeof *options);
  env->footprint = n * bytes_a_copy;
  rll_track(L, env->footprint);
  lua_createtable(L, RLL_ENV_ENTRIES, 0);
  env->judge = rll_judge_new(L, env->def, reward, done);
  lua_rawseti(L, -2, RLL_ENV_JUDGE);
  lua_setuservalue(L, place);
  rl_vec_env_set_judge(env->vec, rll_judge_face(env->judge, &face));
}

void rll_env_take_back(rll_env *env, const rll_loan *loan) {
  rll_loan **place = &world_of(env)->loans;
  while (*place && *place != loan) place = &(*place)->next;
  if (*place) *place = loan->next;
}

void rll_env_lend(rll_env *env, rll_loan *loan, void (*end)(rll_loan *loan)) {
  env = world_of(env);
  rll_env_take_back(env, loan);
  loan->end = end;
  loan->next = env->loans;
  env->loans = loan;
}

void rll_env_refuse_busy(lua_State *L, const rll_env *env) {
  for (const rll_loan *loan = world_of(env)->loans; loan; loan = loan->next)
    if (loan->busy)
      luaL_error(L, "%s is busy: the thread of a trainer has it, and its method, until trainer:stop()",
                 env->def->name);
}

void rll_env_refuse_lent(lua_State *L, const rll_env *env) {
  rll_env_refuse_busy(L, env);
  for (rll_loan *loan = world_of(env)->loans; loan; loan = loan->next)
    if (loan->wait) loan->wait(loan);
}

void rll_env_refuse_running(lua_State *L, const rll_env *env) {
  rll_env_refuse_busy(L, env);
  rll_callback_refuse(L, &world_of(env)->callback, env->def->name);
}

void rll_env_refuse(lua_State *L, const rll_env *env) {
  rll_env_refuse_lent(L, env);
  rll_callback_refuse(L, &world_of(env)->callback, env->def->name);
}

/* entries: see lua_env.h */
static void begin(lua_State *L, int arg, rll_env *env, int entries) {
  rll_callback_begin(L, &env->callback, env->def->name);
  lua_getuservalue(L, arg);
  int place = lua_gettop(L);
  lua_rawgeti(L, place, RLL_ENV_JUDGE);
  rll_judge_begin(env->judge, &env->callback, place + 1);
  if (env->lua) rll_lua_env_begin(L, env->lua, &env->callback, place, entries);
}

void rll_env_begin(lua_State *L, int arg, rll_env *env) {
  rll_env_refuse_lent(L, env);
  if (env->world) {
    env = push_world(L, arg);
    arg = lua_gettop(L);
  }
  begin(L, arg, env, 0);
}

void rll_env_begin_copies(lua_State *L, int arg, rll_env *env, int entries) {
  if (!entries) lua_newtable(L);
  begin(L, arg, env, entries ? entries : lua_gettop(L));
}

/* Of a creature that ends its episodes in their first step. */
static void push_fall(lua_State *L, const rll_env *env) {
  const rl_creature *creature = env->judge->any[RLL_DONE] ? NULL : rl_creature_of(env->def);
  const char *body = creature ? rl_creature_falls_on(creature) : NULL;
  if (body)
    lua_pushfstring(
        L, "it stands on body %s, which is none of its feet: that is a fall, which ends the episode", body);
  else
    lua_pushnil(L);
}

void rll_env_push_notice(lua_State *L, const rll_env *env, int closure) {
  if (env->world) {
    lua_pushnil(L);
  } else if (env->lua) {
    rll_lua_env_push_notice(L, env->lua);
  } else {
    rll_judge_push_notice(L, env->judge, closure);
    if (!lua_isnil(L, -1)) return;
    lua_pop(L, 1);
    push_fall(L, env);
  }
}

/* A library says nothing, a program that trains should. */
static void tell(lua_State *L, const rll_env *env) {
  bool *told = env->lua ? &env->lua->told : &env->judge->told;
  if (*told || !rll_in_rlrun(L) || !lua_checkstack(L, 10)) return;
  rll_env_push_notice(L, env, env->judge->closure);
  *told = !lua_isnil(L, -1);
  if (*told) fprintf(stderr, "%s: %s\n", env->def->name, lua_tostring(L, -1));
  lua_pop(L, 1);
}

void rll_env_end(lua_State *L, rll_env *env, rl_status status, const rl_error *error) {
  if (env->world && !env->callback.L) env = env->world; /* but for copies of its own */
  if (env->lua) rll_lua_env_end(env->lua);
  rll_callback_end(L, &env->callback, status, error);
  if (!status) tell(L, env); /* may run out of memory, which must not leave the environment busy */
}
