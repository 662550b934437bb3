/* What an environment is made of, for the record that a run keeps of it: its seed, its creature or matrices as they
 * were read, and the functions that were given to it. */
#include "core/creature/creature_table.h"
#include "core/creature/world_table.h"
#include "core/env/env_object.h"

#include "classic/lqr.h"
#include "creature/creature.h"

/* Sets field `name` of the table at the top: rows of numbers. */
static void set_matrix(lua_State *L, const char *name, const double *x, int rows, int columns) {
  lua_createtable(L, rows, 0);
  for (int i = 0; i < rows; i++) {
    lua_createtable(L, columns, 0);
    for (int j = 0; j < columns; j++) {
      lua_pushnumber(L, x[i * columns + j]);
      lua_rawseti(L, -2, j + 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

static void set_problem(lua_State *L, const rl_lqr *lqr) {
  lua_createtable(L, 0, 4);
  set_matrix(L, "A", lqr->A, lqr->n, lqr->n);
  set_matrix(L, "B", lqr->B, lqr->n, lqr->m);
  set_matrix(L, "Q", lqr->Q, lqr->n, lqr->n);
  set_matrix(L, "R", lqr->R, lqr->m, lqr->m);
  lua_setfield(L, -2, "matrices");
}

/* Sets field "functions" of the table at the top: those that were given, by name. */
static void set_functions(lua_State *L, const rll_env *env) {
  lua_newtable(L);
  const int functions = lua_gettop(L);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_ENV_JUDGE);
  for (int part = 0; part < RLL_JUDGE_PARTS; part++) {
    for (int a = 0; a < env->judge->agents; a++) {
      if (env->judge->agents > 1)
        lua_pushfstring(L, "%s_%s", rll_judge_names[part], env->def->agents[a]->agent);
      else
        lua_pushstring(L, rll_judge_names[part]);
      rll_judge_push(L, env->judge, functions + 2, (rll_judge_part)part, a);
      lua_rawset(L, functions);
    }
  }
  lua_pop(L, 1);
  if (env->lua) {
    lua_rawgeti(L, -1, RLL_ENV_RUNNER);
    rll_lua_env_set_functions(L, functions + 2, functions);
  }
  lua_settop(L, functions);
  lua_setfield(L, -2, "functions");
}

static void set_world(lua_State *L, const rll_env *env) {
  rl_world *world = lua_newuserdata(L, sizeof *world);
  const bool found = rl_world_of(env->def, world);
  if (found) {
    rll_push_world(L, world);
    lua_setfield(L, -3, "world");
  }
  lua_pop(L, 1);
}

/* core.env_world(env) -> the world that it is an agent of, or itself */
static int env_world(lua_State *L) {
  lua_settop(L, 1);
  rll_env_enter_world(L, 1);
  return 1;
}

/* core.env_facts(env) -> { seed =, creature = table, world = table, agent = name, matrices = { A = rows, ... }, functions = { reward =, ... } }:
 * of an agent those of its world */
static int env_facts(lua_State *L) {
  const char *agent = rll_check_env(L, 1)->def->agent;
  const rll_env *env = rll_env_enter_world(L, 1);
  const rl_creature *creature = rl_creature_of(env->def);
  const rl_lqr *lqr = rl_lqr_of(env->def);
  lua_settop(L, 1);
  lua_createtable(L, 0, 4);
  rll_set_integer(L, "seed", (int64_t)rl_vec_env_seed(env->vec));
  if (creature) {
    rll_push_creature(L, creature);
    lua_setfield(L, -2, "creature");
  }
  if (env->def->agents) set_world(L, env);
  if (agent) rll_set_string(L, "agent", agent);
  if (lqr) set_problem(L, lqr);
  set_functions(L, env);
  return 1;
}

void rll_open_facts(lua_State *L) {
  lua_pushcfunction(L, env_facts);
  lua_setfield(L, -2, "env_facts");
  lua_pushcfunction(L, env_world);
  lua_setfield(L, -2, "env_world");
}
