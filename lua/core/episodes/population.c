/* env:evaluate of a population of parameter vectors, and env:evaluate_designs of a population of bodies: over
 * all cores (episodes/population.c), with the options and the reward of the environment. */
#include "base/memory.h"
#include "core/base/launch.h"
#include "core/base/policy_object.h"
#include "core/base/slice.h"
#include "core/creature/creature_table.h"
#include "core/env/env_object.h"
#include "core/episodes/population.h"
#include "creature/feasible.h"
#include "episodes/population.h"

#include <string.h>

enum { MAX_CANDIDATES = 1 << 20 };

static const char *const option_names[] = {"episodes", "max_steps", "deterministic", "common", "observe",
                                           "seed",     "round",     "first",         NULL};
static const char *const design_option_names[] = {"episodes", "max_steps",  "deterministic", "common",
                                                  "observe",  "seed",       "round",         "first",
                                                  "policy",   "candidates", "details",       NULL};

static rl_population_options check_options(lua_State *L, int table, rll_env *env, const char *what,
                                           const char *const *names) {
  rll_check_options(L, table, what, names);
  rl_population_options how = rl_population_defaults();
  how.episodes = (int)rll_integer(L, table, "episodes", how.episodes, 1, 1 << 16, what);
  how.max_steps = rll_integer(L, table, "max_steps", how.max_steps, 0, INT64_C(1) << 40, what);
  how.deterministic = rll_boolean(L, table, "deterministic", how.deterministic, what);
  how.common = rll_boolean(L, table, "common", how.common, what);
  how.observe = rll_boolean(L, table, "observe", how.observe, what);
  how.seed = rll_seed(L, table, what);
  how.round = (uint64_t)rll_integer(L, table, "round", (int64_t)env->rounds, 0, UINT32_MAX, what);
  how.first = (int)rll_integer(L, table, "first", 1, 1, MAX_CANDIDATES, what) - 1;
  env->rounds++;
  return how;
}

/* Pushes a userdata of zeroed numbers. */
static double *new_numbers(lua_State *L, int n, int width) {
  const size_t size = (size_t)n * (size_t)width * sizeof(double);
  return memset(lua_newuserdata(L, size + 1), 0, size);
}

static void push_vector(lua_State *L, const double *x, int64_t n) {
  rl_tensor *tensor = rll_new_tensor(L, 1, &n);
  for (int64_t i = 0; i < n; i++) tensor->data[i] = (float)x[i];
}

/* Evaluates with the environment at 1 and pushes the returns [n]. `who` lacks what is the environment's. */
static void evaluate(lua_State *L, rll_env *env, rl_population *who, const rl_population_options *how,
                     rl_population_result *result) {
  rl_error error;
  rl_judge face;
  result->returns = new_numbers(L, who->n, 1);
  who->def = env->def;
  who->options = rl_vec_env_options(env->vec);
  who->judge = rll_judge_face(env->judge, &face);
  rll_env_begin_copies(L, 1, env, 0);
  rl_status status = rl_evaluate_population(who, how, result, &error);
  rll_env_end(L, env, status, &error);
  push_vector(L, result->returns, who->n);
}

static void push_stats(lua_State *L, rll_env *env, const rl_population_stats *stats, int64_t episodes) {
  env->steps += stats->steps;
  lua_createtable(L, 0, 7);
  rll_set_integer(L, "steps", env->steps); /* as those of a method: all so far */
  rll_set_integer(L, "new_steps", stats->steps);
  rll_set_integer(L, "episodes", episodes);
  rll_set_integer(L, "terminated", stats->terminated);
  rll_set_integer(L, "not_finite", stats->not_finite);
}

/* Policy, candidates and options at 2, 3 and 4. */
static rl_population check_candidates(lua_State *L, rll_env *env, const char *what,
                                      rl_population_options *how) {
  rl_population who = {.policy = rll_check_policy(L, 2)};
  lua_settop(L, 4);
  const int64_t parameters = who.policy->network.theta.shape[0];
  who.candidates = rll_check_floats(L, 3, 2, (int64_t[]){-1, parameters}, "candidates");
  const int64_t n = rll_check_tensor(L, 3)->shape[0];
  luaL_argcheck(L, n >= 1 && n <= MAX_CANDIDATES, 3, "1 to 1048576 candidates expected");
  who.n = (int)n;
  *how = check_options(L, 4, env, what, option_names);
  return who;
}

int rll_evaluate_candidates(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rl_population_options how;
  rl_population who = check_candidates(L, env, "evaluate", &how);
  rl_population_result result = {.lengths = new_numbers(L, who.n, 1)};
  evaluate(L, env, &who, &how, &result);
  push_stats(L, env, &result.stats, (int64_t)who.n * how.episodes);
  push_vector(L, result.lengths, who.n);
  return 3;
}

/* --- in slices --- */

/* env:evaluation(policy, candidates, options): what env:evaluate does, for a program that must draw. */
typedef struct evaluation {
  rll_env *env;
  rl_judge face; /* of its reward */
  rl_population who;
  rl_population_options how;
  rl_population_result result;
  rl_population_work *work; /* NULL: done, or failed */
} evaluation;

/* In its uservalue: the environment; a table for what its copies have in Lua; the policy, copies of the
 * candidates and the arrays of results, to keep them alive. */
enum { EVALUATION_ENV = 1, EVALUATION_ENTRIES, EVALUATION_REST };

static const rll_type evaluation_type = {"rl.population_evaluation"};

static void stop(evaluation *self) {
  if (self->env && self->env->vec)
    rl_population_free(self->work); /* a closed one has freed what copies are of */
  self->work = NULL;
}

static int evaluation_gc(lua_State *L) {
  stop(rll_check(L, 1, &evaluation_type));
  return 0;
}

static int evaluation_new(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rl_population_options how;
  const rl_population who = check_candidates(L, env, "evaluation", &how);
  rl_error error;
  evaluation *self = rll_new(L, &evaluation_type, sizeof *self); /* at 5 */
  lua_createtable(L, EVALUATION_REST + 3, 0);                    /* at 6 */
  lua_pushvalue(L, 1);
  lua_rawseti(L, 6, EVALUATION_ENV);
  lua_newtable(L);
  lua_rawseti(L, 6, EVALUATION_ENTRIES);
  lua_pushvalue(L, 2);
  lua_rawseti(L, 6, EVALUATION_REST);
  const size_t size = (size_t)who.n * (size_t)who.policy->network.theta.shape[0] * sizeof(float);
  self->env = env;
  self->how = how;
  self->who = who;
  self->who.candidates = memcpy(lua_newuserdata(L, size), who.candidates, size);
  lua_rawseti(L, 6, EVALUATION_REST + 1);
  self->result.returns = new_numbers(L, who.n, 1);
  lua_rawseti(L, 6, EVALUATION_REST + 2);
  self->result.lengths = new_numbers(L, who.n, 1);
  lua_rawseti(L, 6, EVALUATION_REST + 3);
  lua_setuservalue(L, 5);
  self->who.def = env->def;
  self->who.options = rl_vec_env_options(env->vec);
  self->who.judge = rll_judge_face(env->judge, &self->face);
  if (rl_population_begin(&self->work, &self->who, &how, &self->result, &error)) return rll_raise(L, &error);
  return 1;
}

/* evaluation:advance(milliseconds) -> how much of it is done (0 to 1); and, when that is all, what
 * env:evaluate returns */
static int evaluation_advance(lua_State *L) {
  evaluation *self = rll_check(L, 1, &evaluation_type);
  rl_error error;
  rl_status status = RL_OK;
  bool done = false;
  lua_settop(L, 2);
  rll_slice slice = rll_check_slice(L, 2);
  if (!self->work) return luaL_error(L, "the evaluation is over: it has given its results, or failed");
  lua_getuservalue(L, 1);
  lua_rawgeti(L, 3, EVALUATION_ENV); /* at 4 */
  lua_rawgeti(L, 3, EVALUATION_ENTRIES);
  rll_env *env = rll_check_env(L, 4);
  rll_env_begin_copies(L, 4, env, 5);
  while (!status && !done && rll_slice_has_time(&slice))
    status = rl_population_advance(self->work, &done, &error);
  const double fraction = rl_population_fraction(self->work);
  if (status || done) stop(self);
  rll_env_end(L, env, status, &error);
  lua_pushnumber(L, done ? 1.0 : fraction);
  if (!done) return 1;
  push_vector(L, self->result.returns, self->who.n);
  push_stats(L, env, &self->result.stats, (int64_t)self->who.n * self->how.episodes);
  push_vector(L, self->result.lengths, self->who.n);
  return 4;
}

/* --- bodies --- */

/* The definitions made of creature tables, released whatever raises. */
typedef struct designs {
  int n;
  rl_env_def **defs; /* [n] NULL: refused */
} designs;

static const rll_type designs_type = {"rl.designs"};

static int designs_gc(lua_State *L) {
  designs *self = rll_check(L, 1, &designs_type);
  for (int i = 0; i < self->n; i++) rl_env_def_free(self->defs[i]);
  rl_release(self->defs);
  *self = (designs){0};
  return 0;
}

/* Makes the definitions of the creature tables in the list at `list`, pushed as one object. What cannot be
 * built gets an entry number = reason in the table at `reasons`. */
static designs *build(lua_State *L, int list, int n, int reasons) {
  designs *self = rll_new(L, &designs_type, sizeof *self);
  rl_error error;
  self->defs = rl_allocate((size_t)n, sizeof(rl_env_def *));
  if (!self->defs) luaL_error(L, "evaluate_designs: out of memory for %d designs", n);
  self->n = n;
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, list, i + 1);
    if (!lua_istable(L, -1))
      luaL_error(L, "evaluate_designs: design %d: table expected, got %s", i + 1, luaL_typename(L, -1));
    const rl_creature *creature = rll_check_creature(L, lua_gettop(L));
    rl_status status = rl_creature_feasible(creature, &error);
    if (!status) status = rl_creature_env(creature, &self->defs[i], &error);
    lua_pop(L, 2);
    if (status == RL_NO_MEMORY) rll_raise(L, &error);
    if (!status) continue;
    lua_pushstring(L, error.message);
    lua_rawseti(L, reasons, i + 1);
  }
  return self;
}

/* Pushes { return =, length =, terminated = share, fields = {}, terms = {} } of design i, or
 * { refused = why }. */
static void push_detail(lua_State *L, const rll_env *env, const rl_population_result *result, int i,
                        int reasons) {
  const int n_fields = env->def->n_fields, n_terms = rl_vec_env_n_terms(env->vec);
  lua_createtable(L, 0, 5);
  lua_rawgeti(L, reasons, i + 1);
  if (!lua_isnil(L, -1)) {
    lua_setfield(L, -2, "refused");
    return;
  }
  lua_pop(L, 1);
  rll_set_number(L, "return", result->returns[i]);
  rll_set_number(L, "length", result->lengths[i]);
  rll_set_number(L, "terminated", result->terminated[i]);
  lua_createtable(L, 0, n_fields);
  for (int k = 0; k < n_fields; k++)
    rll_set_number(L, env->def->fields[k].name, result->fields[(size_t)i * (size_t)n_fields + (size_t)k]);
  lua_setfield(L, -2, "fields");
  lua_createtable(L, 0, n_terms);
  for (int k = 0; k < n_terms; k++)
    rll_set_number(L, rl_vec_env_term_name(env->vec, k), result->terms[(size_t)i * RL_MAX_TERMS + (size_t)k]);
  lua_setfield(L, -2, "terms");
}

/* The options `policy` and `candidates` [n, parameters] of the table at 3, left on the stack. */
static void check_drivers(lua_State *L, int n, rl_population *who) {
  if (lua_isnil(L, 3)) return;
  lua_getfield(L, 3, "policy");
  if (!lua_isnil(L, -1)) who->policy = rll_check_policy(L, lua_gettop(L));
  lua_getfield(L, 3, "candidates");
  if (lua_isnil(L, -1)) return;
  if (!who->policy) luaL_error(L, "evaluate_designs: option candidates needs the option policy");
  who->candidates = rll_check_floats(L, lua_gettop(L), 2, (int64_t[]){n, who->policy->network.theta.shape[0]},
                                     "candidates");
}

/* env:evaluate_designs(designs, {policy =, candidates =, details = false, and the options of a population})
 * -> returns [n], stats, details */
static int evaluate_designs(lua_State *L) {
  static const char what[] = "evaluate_designs";
  rll_env *env = rll_check_env(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  const int n = (int)lua_rawlen(L, 2);
  luaL_argcheck(L, n >= 1 && n <= MAX_CANDIDATES, 2, "a list of 1 to 1048576 creature tables expected");
  const rl_population_options how = check_options(L, 3, env, what, design_option_names);
  const bool details = rll_boolean(L, 3, "details", false, what);
  rl_population who = {.n = n};
  rl_population_result result = {0};
  check_drivers(L, n, &who);
  lua_newtable(L);
  const int reasons = lua_gettop(L);
  designs *made = build(L, 2, n, reasons);
  const int place = lua_gettop(L);
  who.designs = (const rl_env_def *const *)made->defs;
  if (details) {
    result.lengths = new_numbers(L, n, 1);
    result.terminated = new_numbers(L, n, 1);
    result.fields = new_numbers(L, n, env->def->n_fields);
    result.terms = new_numbers(L, n, RL_MAX_TERMS);
  }
  evaluate(L, env, &who, &how, &result);
  lua_pushcfunction(L, designs_gc); /* now: the collector does not see how large they are */
  lua_pushvalue(L, place);
  lua_call(L, 1, 0);
  push_stats(L, env, &result.stats, ((int64_t)n - result.stats.refused) * how.episodes);
  rll_set_integer(L, "refused", result.stats.refused);
  lua_pushvalue(L, reasons);
  lua_setfield(L, -2, "reasons");
  if (!details) return 2;
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    push_detail(L, env, &result, i, reasons);
    lua_rawseti(L, -2, i + 1);
  }
  return 3;
}

/* rl.feasible(design) -> true; or false and why a search over bodies is refused this one */
static int feasible(lua_State *L) {
  rl_error error;
  const rl_creature *creature = rll_check_creature(L, 1);
  const rl_status status = rl_creature_feasible(creature, &error);
  if (status && status != RL_BAD_ARGUMENT) return rll_raise(L, &error);
  lua_pushboolean(L, !status);
  if (!status) return 1;
  lua_pushstring(L, error.message);
  return 2;
}

void rll_open_population(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"evaluate_designs", evaluate_designs}, {"evaluation", evaluation_new}, {NULL, NULL}};
  static const luaL_Reg evaluation_methods[] = {{"advance", evaluation_advance}, {NULL, NULL}};
  static const luaL_Reg evaluation_metamethods[] = {{"__gc", evaluation_gc}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", designs_gc}, {NULL, NULL}};
  rll_register(L, &designs_type, NULL, metamethods);
  rll_register(L, &evaluation_type, evaluation_methods, evaluation_metamethods);
  rll_add_methods(L, &rll_env_type, methods);
  lua_pushcfunction(L, feasible);
  lua_setfield(L, -2, "feasible");
}
