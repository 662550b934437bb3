/* env:evaluate of a population of parameter vectors, and env:evaluate_designs of a population of bodies: over
 * all cores (episodes/population.c), with the options and the reward of the environment. Both in slices too, and in a
 * thread: env:evaluation and env:design_evaluation. */
#include "base/memory.h"
#include "base/ranks.h"
#include "core/base/launch.h"
#include "core/base/policy_object.h"
#include "core/base/slice.h"
#include "core/creature/creature_table.h"
#include "core/env/env_object.h"
#include "core/episodes/population.h"
#include "creature/feasible.h"
#include "episodes/population.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CANDIDATES = 1 << 20 };

static const char *const option_names[] = {"episodes", "max_steps", "deterministic", "common", "observe",
                                           "seed",     "round",     "first",         "means",  NULL};
static const char *const design_option_names[] = {
    "episodes", "max_steps", "deterministic", "common",  "observe", "seed", "round",
    "first",    "policy",    "candidates",    "details", "means",   NULL};

static bool is_string(lua_State *L, int table, const char *name) {
  if (!lua_istable(L, table)) return false;
  lua_getfield(L, table, name);
  const bool is = lua_type(L, -1) == LUA_TSTRING;
  lua_pop(L, 1);
  return is;
}

static rl_population_options check_options(lua_State *L, int table, rll_env *env, const char *what,
                                           const char *const *names) {
  rll_check_options(L, table, what, names);
  rl_population_options how = rl_population_defaults();
  how.episodes = (int)rll_integer(L, table, "episodes", how.episodes, 1, 1 << 16, what);
  how.max_steps = rll_integer(L, table, "max_steps", how.max_steps, 0, INT64_C(1) << 40, what);
  how.deterministic = rll_boolean(L, table, "deterministic", how.deterministic, what);
  how.common = rll_boolean(L, table, "common", how.common, what);
  how.scale = is_string(L, table, "observe");
  if (how.scale) rll_choice(L, table, "observe", 0, (const char *const[]){"scale", NULL}, what);
  how.observe = how.scale || rll_boolean(L, table, "observe", how.observe, what);
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

/* --- an evaluation, at once, in slices or in a thread --- */

typedef struct evaluation {
  rll_loan loan;
  rll_env *env;
  rl_judge face; /* of its reward */
  rl_population who;
  rl_population_options how;
  rl_population_result result;
  rl_population_work *work; /* NULL: not begun, done, or failed */
  rl_env_def **defs;        /* [who.n] of designs, NULL: refused; or NULL: of candidates */
  bool details;             /* of the designs are wanted */
  int n_means;              /* wanted of each candidate */
} evaluation;

/* In its uservalue: the environment; a table for what its copies have in Lua; why designs were refused; names whose
 * means are wanted; and, to keep them alive, the policy, the candidates and the arrays of results. */
enum { EVALUATION_ENV = 1, EVALUATION_ENTRIES, EVALUATION_REASONS, EVALUATION_MEANS, EVALUATION_REST };

static const rll_type evaluation_type = {"rl.population_evaluation"};

static void end(rll_loan *loan) {
  evaluation *self = (evaluation *)loan;
  rl_population_free(self->work);
  self->work = NULL;
  for (int i = 0; self->defs && i < self->who.n; i++) rl_env_def_free(self->defs[i]);
  rl_release(self->defs);
  self->defs = NULL;
}

/* Gives back what it holds, but for the results: now, as the collector does not see how large designs are. */
static void finish(evaluation *self) {
  if (self->env) rll_env_take_back(self->env, &self->loan);
  end(&self->loan);
}

static int evaluation_gc(lua_State *L) {
  finish(rll_check(L, 1, &evaluation_type));
  return 0;
}

/* Pops a value, which then lives as long as the evaluation at stack place `place`. */
static void keep(lua_State *L, int place) {
  lua_getuservalue(L, place);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

static double *keep_numbers(lua_State *L, int place, int n, int width) {
  double *numbers = new_numbers(L, n, width);
  keep(L, place);
  return numbers;
}

/* Pushes one of the environment at 1. */
static evaluation *new_evaluation(lua_State *L, rll_env *env) {
  evaluation *self = rll_new(L, &evaluation_type, sizeof *self);
  self->env = env;
  rll_env_lend(env, &self->loan, end);
  lua_createtable(L, EVALUATION_REST + 6, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, EVALUATION_ENV);
  for (int i = EVALUATION_ENTRIES; i < EVALUATION_REST; i++) {
    lua_newtable(L);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, -2);
  return self;
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

/* A field, or a term of the reward, which comes after the fields; -1: neither. */
static int find_mean(const rll_env *env, const char *name) {
  const int field = rl_env_find_field(env->def, name), n_terms = rl_vec_env_n_terms(env->vec);
  for (int k = 0; field < 0 && k < n_terms; k++)
    if (strcmp(rl_vec_env_term_name(env->vec, k), name) == 0) return env->def->n_fields + k;
  return field;
}

static int unknown_mean(lua_State *L, const rll_env *env, const char *name) {
  const int n_fields = env->def->n_fields, n = n_fields + rl_vec_env_n_terms(env->vec);
  const char **names = lua_newuserdata(L, (size_t)(n + 1) * sizeof *names);
  rl_error error;
  for (int k = 0; k < n; k++)
    names[k] = k < n_fields ? env->def->fields[k].name : rl_vec_env_term_name(env->vec, k - n_fields);
  rl_fail_unknown(&error, "field or term", name, names, (size_t)n);
  return luaL_error(L, "option means: %s", error.message);
}

/* Option `means` of the table at `table`, for the evaluation at `place`: names of fields and of terms. Those of a reward
 * in Lua are known when it has been called. */
static void check_means(lua_State *L, int table, int place, evaluation *self, const char *what) {
  if (lua_isnil(L, table)) return;
  lua_getfield(L, table, "means");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  const int list = lua_gettop(L);
  if (!lua_istable(L, list)) luaL_error(L, "%s: option means: a list of names expected", what);
  self->n_means = (int)lua_rawlen(L, list);
  lua_createtable(L, self->n_means, 0);
  for (int k = 1; k <= self->n_means; k++) {
    lua_rawgeti(L, list, k);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "%s: option means: name %d is no string", what, k);
    if (!self->env->judge && find_mean(self->env, lua_tostring(L, -1)) < 0)
      unknown_mean(L, self->env, lua_tostring(L, -1));
    lua_rawseti(L, list + 1, k);
  }
  lua_getuservalue(L, place);
  lua_insert(L, -2);
  lua_rawseti(L, -2, EVALUATION_MEANS);
  lua_settop(L, list - 1);
}

/* Pushes [n, means]: over the steps of each candidate. */
static void push_means(lua_State *L, int place, const evaluation *self) {
  const rl_population_result *result = &self->result;
  const int n = self->who.n, n_fields = self->env->def->n_fields;
  rl_tensor *means = rll_new_tensor(L, 2, (int64_t[]){n, self->n_means});
  lua_getuservalue(L, place);
  lua_rawgeti(L, -1, EVALUATION_MEANS);
  for (int k = 0; k < self->n_means; k++) {
    lua_rawgeti(L, -1, k + 1);
    const int column = find_mean(self->env, lua_tostring(L, -1));
    if (column < 0) unknown_mean(L, self->env, lua_tostring(L, -1));
    lua_pop(L, 1);
    for (size_t i = 0; i < (size_t)n; i++) {
      const double mean = column < n_fields ? result->means[i * (size_t)n_fields + (size_t)column]
                                            : result->terms[i * RL_MAX_TERMS + (size_t)(column - n_fields)] /
                                                  result->lengths[i];
      means->data[i * (size_t)self->n_means + (size_t)k] = (float)mean;
    }
  }
  lua_pop(L, 2);
}

/* Pushes { return =, length =, terminated = share, fields = {}, terms = {} } of design i, or
 * { refused = why }; `reasons`: stack place. */
static void push_detail(lua_State *L, const evaluation *self, int i, int reasons) {
  const rll_env *env = self->env;
  const rl_population_result *result = &self->result;
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

/* Ends the evaluation at stack place `place` and pushes its results: returns [n], stats, lengths [n]; or, of designs,
 * returns [n], stats and the details that were wanted. */
static int push_results(lua_State *L, int place, evaluation *self) {
  const rl_population_stats *stats = &self->result.stats;
  const bool designs = self->defs != NULL;
  const int n = self->who.n;
  finish(self);
  push_vector(L, self->result.returns, n);
  push_stats(L, self->env, stats, ((int64_t)n - stats->refused) * self->how.episodes);
  if (self->n_means > 0) {
    push_means(L, place, self);
    lua_setfield(L, -2, "means");
  }
  if (!designs) {
    push_vector(L, self->result.lengths, n);
    return 3;
  }
  lua_getuservalue(L, place);
  lua_rawgeti(L, -1, EVALUATION_REASONS);
  lua_remove(L, -2);
  const int reasons = lua_gettop(L);
  lua_pushinteger(L, stats->refused);
  lua_setfield(L, reasons - 1, "refused");
  lua_pushvalue(L, reasons);
  lua_setfield(L, reasons - 1, "reasons");
  if (self->details) {
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
      push_detail(L, self, i, reasons);
      lua_rawseti(L, -2, i + 1);
    }
  }
  lua_remove(L, reasons);
  return self->details ? 3 : 2;
}

/* Ranks without work: said once. */
static void tell_of_idle_ranks(lua_State *L, int64_t episodes) {
  static bool told;
  if (rl_ranks_own() > 0 || rl_ranks_count() <= episodes || told || !rll_in_rlrun(L)) return;
  told = true;
  fprintf(stderr, "rlrun: %d ranks for %d episodes: some have nothing to do\n", rl_ranks_count(),
          (int)episodes);
}

/* The evaluation at the top is complete but for what is the environment's: does all of it, or begins it. */
static int run(lua_State *L, evaluation *self, bool slices) {
  const int place = lua_gettop(L);
  rll_env *env = self->env;
  rl_error error;
  self->result.returns = keep_numbers(L, place, self->who.n, 1);
  if (!self->defs || self->details || self->n_means > 0)
    self->result.lengths = keep_numbers(L, place, self->who.n, 1);
  if (self->n_means > 0) self->result.means = keep_numbers(L, place, self->who.n, env->def->n_fields);
  if (self->details || self->n_means > 0)
    self->result.terms = keep_numbers(L, place, self->who.n, RL_MAX_TERMS);
  self->who.def = env->def;
  self->who.options = rl_vec_env_options(env->vec);
  self->who.judge = rll_judge_face(env->judge, &self->face);
  if (slices) {
    if (rl_population_begin(&self->work, &self->who, &self->how, &self->result, &error))
      return rll_raise(L, &error);
    return 1;
  }
  tell_of_idle_ranks(L, (int64_t)self->who.n * self->how.episodes);
  rll_env_begin_copies(L, 1, env, 0);
  rl_status status = rl_evaluate_population(&self->who, &self->how, &self->result, &error);
  rll_env_end(L, env, status, &error);
  return push_results(L, place, self);
}

/* The script may change its own before the evaluation is done. */
static void copy_candidates(lua_State *L, int place, evaluation *self) {
  const rl_population *who = &self->who;
  if (!who->candidates) return;
  const size_t size = (size_t)who->n * (size_t)who->policy->network.theta.shape[0] * sizeof(float);
  self->who.candidates = memcpy(lua_newuserdata(L, size), who->candidates, size);
  keep(L, place);
}

/* Policy, candidates and options at 2, 3 and 4. */
static int evaluate_candidates(lua_State *L, bool slices) {
  const char *what = slices ? "evaluation" : "evaluate";
  rll_env *env = rll_check_env(L, 1);
  rl_population who = {.policy = rll_check_policy(L, 2)};
  lua_settop(L, 4);
  const int64_t parameters = who.policy->network.theta.shape[0];
  who.candidates = rll_check_floats(L, 3, 2, (int64_t[]){-1, parameters}, "candidates");
  const int64_t n = rll_check_tensor(L, 3)->shape[0];
  rll_check_argument(L, n >= 1 && n <= MAX_CANDIDATES, 3, "1 to 1048576 candidates expected");
  who.n = (int)n;
  const rl_population_options how = check_options(L, 4, env, what, option_names);
  evaluation *self = new_evaluation(L, env); /* at 5 */
  self->who = who;
  self->how = how;
  lua_pushvalue(L, 2);
  keep(L, 5);
  check_means(L, 4, 5, self, what);
  if (slices) copy_candidates(L, 5, self);
  return run(L, self, slices);
}

int rll_evaluate_candidates(lua_State *L) { return evaluate_candidates(L, false); }

/* env:evaluation(policy, candidates, options): what env:evaluate does, in slices or in a thread */
static int evaluation_new(lua_State *L) { return evaluate_candidates(L, true); }

static evaluation *check_evaluation(lua_State *L) {
  evaluation *self = rll_check(L, 1, &evaluation_type);
  if (!self->work) luaL_error(L, "the evaluation is over: it has given its results, or failed");
  return self;
}

/* Pushes how far it is and, when that is all, its results. */
static int push_progress(lua_State *L, evaluation *self, bool done, double fraction) {
  lua_pushnumber(L, done ? 1.0 : fraction);
  return done ? 1 + push_results(L, 1, self) : 1;
}

/* evaluation:advance(milliseconds) -> how much of it is done (0 to 1); and, when that is all, what
 * env:evaluate or env:evaluate_designs returns */
static int evaluation_advance(lua_State *L) {
  rl_error error;
  rl_status status = RL_OK;
  bool done = false;
  lua_settop(L, 2);
  rll_check(L, 1, &evaluation_type);
  rll_slice slice = rll_check_slice(L, 2);
  evaluation *self = check_evaluation(L);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, 3, EVALUATION_ENV); /* at 4 */
  lua_rawgeti(L, 3, EVALUATION_ENTRIES);
  rll_env *env = rll_check_env(L, 4);
  rll_env_begin_copies(L, 4, env, 5);
  while (!status && !done && rll_slice_has_time(&slice))
    status = rl_population_advance(self->work, &done, &error);
  const double fraction = rl_population_fraction(self->work);
  if (status && status != RL_BAD_ARGUMENT) finish(self); /* that: a thread is at it */
  rll_env_end(L, env, status, &error);
  return push_progress(L, self, done, fraction);
}

/* evaluation:start(): in a thread, for environments without functions in Lua */
static int evaluation_start(lua_State *L) {
  evaluation *self = check_evaluation(L);
  rl_error error;
  return rl_population_start(self->work, &error) ? rll_raise(L, &error) : 0;
}

/* evaluation:poll() -> what advance gives, of the thread */
static int evaluation_poll(lua_State *L) {
  evaluation *self = check_evaluation(L);
  rl_error error;
  bool done;
  const rl_status status = rl_population_poll(self->work, &done, &error);
  if (status && status != RL_BAD_ARGUMENT) finish(self); /* that: there is no thread */
  if (status) return rll_raise(L, &error);
  return push_progress(L, self, done, rl_population_fraction(self->work));
}

/* --- bodies --- */

/* Makes the definitions of the creature tables in the list at 2 for the evaluation at `place`. What cannot be built gets
 * an entry number = reason. */
static void build(lua_State *L, int place, evaluation *self, const char *what) {
  rl_error error;
  self->defs = rl_allocate((size_t)self->who.n, sizeof *self->defs);
  if (!self->defs) luaL_error(L, "%s: out of memory for %d designs", what, self->who.n);
  self->who.designs = (const rl_env_def *const *)self->defs;
  lua_getuservalue(L, place);
  lua_rawgeti(L, -1, EVALUATION_REASONS);
  for (int i = 0; i < self->who.n; i++) {
    lua_rawgeti(L, 2, i + 1);
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: design %d: table expected, got %s", what, i + 1, luaL_typename(L, -1));
    const rl_creature *creature = rll_check_creature(L, lua_gettop(L));
    rl_status status = rl_creature_feasible(creature, &error);
    if (!status) status = rl_creature_env(creature, &self->defs[i], &error);
    lua_pop(L, 2);
    if (status == RL_NO_MEMORY) rll_raise(L, &error);
    if (!status) continue;
    lua_pushstring(L, error.message);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pop(L, 2);
}

/* The options `policy` and `candidates` [n, parameters] of the table at 3, for the evaluation at `place`. */
static void check_drivers(lua_State *L, int place, evaluation *self, const char *what) {
  rl_population *who = &self->who;
  if (lua_isnil(L, 3)) return;
  lua_getfield(L, 3, "policy");
  if (!lua_isnil(L, -1)) who->policy = rll_check_policy(L, lua_gettop(L));
  keep(L, place);
  lua_getfield(L, 3, "candidates");
  if (!lua_isnil(L, -1)) {
    if (!who->policy) luaL_error(L, "%s: option candidates needs the option policy", what);
    who->candidates = rll_check_floats(
        L, lua_gettop(L), 2, (int64_t[]){who->n, who->policy->network.theta.shape[0]}, "candidates");
  }
  keep(L, place);
}

static int evaluate_bodies(lua_State *L, bool slices) {
  const char *what = slices ? "design_evaluation" : "evaluate_designs";
  rll_env *env = rll_check_env(L, 1);
  rll_check_kind(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  const int n = (int)lua_rawlen(L, 2), place = 4;
  rll_check_argument(L, n >= 1 && n <= MAX_CANDIDATES, 2, "a list of 1 to 1048576 creature tables expected");
  const rl_population_options how = check_options(L, 3, env, what, design_option_names);
  const bool details = rll_boolean(L, 3, "details", false, what);
  evaluation *self = new_evaluation(L, env);
  self->who.n = n;
  self->how = how;
  self->details = details;
  check_drivers(L, place, self, what);
  check_means(L, 3, place, self, what);
  if (slices) copy_candidates(L, place, self);
  build(L, place, self, what);
  if (details) {
    self->result.terminated = keep_numbers(L, place, n, 1);
    self->result.fields = keep_numbers(L, place, n, env->def->n_fields);
  }
  return run(L, self, slices);
}

/* env:evaluate_designs(designs, {policy =, candidates =, details = false, and the options of a population})
 * -> returns [n], stats, details */
static int evaluate_designs(lua_State *L) { return evaluate_bodies(L, false); }

/* env:design_evaluation(designs, options): the same in slices or in a thread */
static int design_evaluation(lua_State *L) { return evaluate_bodies(L, true); }

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
  static const luaL_Reg methods[] = {{"evaluate_designs", evaluate_designs},
                                     {"evaluation", evaluation_new},
                                     {"design_evaluation", design_evaluation},
                                     {NULL, NULL}};
  static const luaL_Reg evaluation_methods[] = {
      {"advance", evaluation_advance}, {"start", evaluation_start}, {"poll", evaluation_poll}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", evaluation_gc}, {NULL, NULL}};
  rll_register(L, &evaluation_type, evaluation_methods, metamethods);
  rll_add_methods(L, &rll_env_type, methods);
  lua_pushcfunction(L, feasible);
  lua_setfield(L, -2, "feasible");
}
