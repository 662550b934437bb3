/* rl.env: environments as Lua sees them. Converts options, actions and results; what happens in a step is in
 * runtime/env/vec_env.c, what a reward function may do in judge.c. */
#include "core/env/env_object.h"

#include "base/memory.h"
#include "core/creature/creature_table.h"
#include "core/creature/world_table.h"
#include "core/base/launch.h"
#include "core/base/option_table.h"
#include "core/env/matrices.h"
#include "registry.h"

#include <string.h>

/* The value at the top. */
static void read_option(lua_State *L, const rl_env_def *def, double *values, const char *name) {
  rl_error error;
  const int type = rll_plain_type(L, -1);
  if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN)
    luaL_error(L, "%s: option %s: number or string expected, got %s", def->name, name, lua_typename(L, type));
  const rl_option *option = rl_options_find(rl_env_options(def), name, &error);
  if (!option) luaL_error(L, "%s: %s", def->name, error.message);
  const bool boolean = option->type == RL_OPTION_BOOLEAN;
  if (boolean != (type == LUA_TBOOLEAN))
    luaL_error(L, "%s: option %s: %s expected, got %s", def->name, name,
               boolean ? "true or false" : "number or string", lua_typename(L, type));
  const double number = boolean ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
  if (rl_env_set_option(def, values, name, number, type == LUA_TSTRING ? lua_tostring(L, -1) : NULL, &error))
    luaL_error(L, "%s: %s", def->name, error.message);
}

/* Options at `table` that belong to the environment go into `values`; `own` names those that are the
 * binding's. Matrices are left alone where the definition has taken them. */
static void read_options(lua_State *L, int table, const rl_env_def *def, double *values,
                         const char *const *own, bool has_matrices) {
  if (lua_isnoneornil(L, table)) return;
  rll_check_kind(L, table, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "%s: options have names, got %s", def->name, rll_text(L, -2));
    const char *name = lua_tostring(L, -2);
    int k = 0;
    while (own[k] && strcmp(own[k], name) != 0) k++;
    if (!own[k] && !(has_matrices && rll_is_matrix(L, -1))) {
      read_option(L, def, values, name);
    }
    lua_pop(L, 1);
  }
}

static void push_field(lua_State *L, int table, const char *name) {
  if (lua_isnoneornil(L, table))
    lua_pushnil(L);
  else
    lua_getfield(L, table, name);
}

/* Pushes field `name` of the table, which must be a function or absent. */
static void push_function(lua_State *L, int table, const char *name) {
  push_field(L, table, name);
  if (!lua_isnil(L, -1) && !rll_is_callable(L, -1))
    luaL_error(L, "rl.env: option %s: function expected, got %s", name, rll_type_name(L, -1));
}

static const char *const own_options[] = {"n", "seed", "reward", "done", "save", "load", "motion", NULL};

/* A world at 1 is replaced by its description, its options are then at 2. */
static void take_world(lua_State *L) {
  if (!rll_is_world(L, 1)) return;
  if (!lua_isnil(L, 2))
    luaL_error(L,
               "rl.env: the options of a world stand beside its creatures, in one table; got two arguments");
  rll_check_world(L, 1);
  lua_replace(L, 1);
  lua_replace(L, 2);
}

static rl_status open_definition(lua_State *L, const rl_matrix *matrices, int n_matrices, rl_env_def **def,
                                 rl_error *error) {
  if (lua_isuserdata(L, 1)) return rl_world_env(lua_touserdata(L, 1), def, error);
  if (lua_istable(L, 1)) return rl_creature_env(rll_check_creature(L, 1), def, error);
  return rl_registry_open(luaL_checkstring(L, 1), matrices, n_matrices, def, error);
}

/* Pushes an rll_env that has the definition of the name, creature or world at 1. */
static rll_env *push_definition(lua_State *L, const rl_matrix *matrices, int n_matrices) {
  rl_error error;
  rll_env *env = rll_new(L, &rll_env_type, sizeof *env);
  const int place = lua_gettop(L);
  rl_status status = open_definition(L, matrices, n_matrices, &env->def, &error);
  if (status) rll_raise(L, &error);
  lua_settop(L, place);
  return env;
}

/* A creature that is written in Lua takes the place of its name at 1. */
static void find_creature(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING && rll_push_lua_creature(L, lua_tostring(L, 1), 0)) lua_replace(L, 1);
}

/* Option motion: the name or creature at 1 becomes a creature of its own that follows it. */
static void set_motion(lua_State *L) {
  if (!rll_has_option(L, 2, "motion")) return;
  if (!lua_istable(L, 1)) {
    rll_push_named_creature(L, luaL_checkstring(L, 1));
  } else {
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, -4);
    }
  }
  lua_getfield(L, 2, "motion");
  lua_setfield(L, -2, "motion");
  lua_replace(L, 1);
}

/* rl.env(name | creature, options) */
static int env_new(lua_State *L) {
  rl_matrix matrices[RLL_MAX_MATRICES];
  int n_matrices = 0;
  lua_settop(L, 2);
  take_world(L);
  find_creature(L);
  if (!lua_isuserdata(L, 1)) set_motion(L);
  if (lua_type(L, 1) == LUA_TSTRING)
    n_matrices = rll_check_matrices(L, 2, luaL_checkstring(L, 1), own_options, matrices);
  const rl_env_def *def = push_definition(L, matrices, n_matrices)->def;
  lua_insert(L, 3);
  double *values = lua_newuserdata(L, (size_t)(def->n_options + 1) * sizeof *values);
  rl_env_defaults(def, values);
  if (!n_matrices) rll_check_option_names(L, 2, rl_env_options(def), own_options, def->name);
  read_options(L, 2, def, values, own_options, n_matrices > 0);
  int n = (int)rll_integer(L, 2, "n", 1, 1, 1 << 16, "rl.env");
  uint64_t seed = rll_seed(L, 2, "rl.env");
  const int reward = lua_gettop(L) + 1;
  for (int part = 0; part < RLL_JUDGE_PARTS; part++) {
    push_field(L, 2, rll_judge_names[part]);
    rll_judge_check(L, def, lua_gettop(L), (rll_judge_part)part, false);
  }
  rll_env_open(L, 3, n, seed, values, reward, reward + 1, 100000); /* a small world, about */
  lua_getuservalue(L, 3);
  push_function(L, 2, "save");
  push_function(L, 2, "load");
  if (lua_isnil(L, -1) != lua_isnil(L, -2))
    return luaL_error(L, "rl.env: options save and load come together");
  lua_rawseti(L, -3, RLL_ENV_LOAD);
  lua_rawseti(L, -2, RLL_ENV_SAVE);
  lua_pushvalue(L, 3);
  return 1;
}

static void push_fields(lua_State *L, const rl_env_def *def) {
  lua_createtable(L, def->n_fields, 0);
  for (int i = 0; i < def->n_fields; i++) {
    lua_createtable(L, 0, 3);
    rll_set_string(L, "name", def->fields[i].name);
    rll_set_string(L, "unit", def->fields[i].unit);
    rll_set_string(L, "meaning", def->fields[i].meaning);
    lua_rawseti(L, -2, i + 1);
  }
}

static void set_names(lua_State *L, const char *field, const char *const *names, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; names && i < n; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, field);
}

static void set_agents(lua_State *L, const rl_env_def *def) {
  lua_createtable(L, def->n_agents, 0);
  for (int a = 0; a < def->n_agents; a++) {
    const rl_env_def *agent = def->agents[a];
    lua_createtable(L, 0, 5);
    rll_set_string(L, "name", agent->agent);
    rll_set_integer(L, "team", agent->team);
    set_names(L, "observations", agent->observation_names, agent->observation.size);
    set_names(L, "actions", agent->action_names, agent->action.size);
    push_fields(L, agent);
    lua_setfield(L, -2, "fields");
    lua_rawseti(L, -2, a + 1);
  }
  lua_setfield(L, -2, "agents");
}

/* core.describe_env(name | creature | world) -> { name =, meaning =, options = rows, fields = rows }: env:describe() and
 * env:fields(); of a world agents = { { name =, team =, observations = names, actions = names, fields = rows }, ... }, too */
static int describe_env(lua_State *L) {
  lua_settop(L, 2);
  take_world(L);
  lua_settop(L, 1);
  find_creature(L);
  const rl_env_def *def = push_definition(L, NULL, 0)->def;
  lua_createtable(L, 0, 4);
  rll_set_string(L, "name", def->name);
  rll_set_string(L, "meaning", def->summary ? def->summary : "");
  rll_push_option_rows(L, rl_env_options(def));
  lua_setfield(L, -2, "options");
  push_fields(L, def);
  lua_setfield(L, -2, "fields");
  if (def->agents) set_agents(L, def);
  return 1;
}

static int env_gc(lua_State *L) {
  rll_env *env = rll_check(L, 1, &rll_env_type);
  for (rll_loan *loan; (loan = env->loans);) {
    env->loans = loan->next;
    loan->end(loan);
  }
  rll_track(L, -env->footprint);
  rl_release(env->made);
  env->made = NULL;
  rl_vec_env_free(env->vec);
  rl_env_def_free(env->def);
  env->vec = NULL;
  env->def = NULL;
  env->footprint = 0;
  return 0;
}

/* A new tensor [n, width], or [n] when width is 0, with these numbers. */
static void push_floats(lua_State *L, const float *data, int n, int width) {
  rl_tensor *tensor = rll_new_tensor(L, width ? 2 : 1, (int64_t[]){n, width});
  memcpy(tensor->data, data, (size_t)n * (size_t)(width ? width : 1) * sizeof *data);
}

static void push_flags(lua_State *L, const uint8_t *flags, int n) {
  rl_tensor *tensor = rll_new_tensor(L, 1, (int64_t[]){n});
  for (int i = 0; i < n; i++) tensor->data[i] = flags[i] ? 1.0f : 0.0f;
}

/* env:reset([{ seed = }]) -> observations [n, obs] */
static int env_reset(lua_State *L) {
  static const char *const names[] = {"seed", NULL};
  rll_env *env = rll_check_env(L, 1);
  rl_error error;
  lua_settop(L, 2);
  rll_check_options(L, 2, "reset", names);
  rll_env_refuse(L, env);
  if (rll_has_option(L, 2, "seed")) rl_vec_env_reseed(env->vec, rll_seed(L, 2, "reset"));
  rll_env_begin(L, 1, env);
  rl_status status = rl_vec_env_reset(env->vec, &error);
  rll_env_end(L, env, status, &error);
  push_floats(L, rl_vec_env_view(env->vec)->observation, rl_vec_env_copies(env->vec),
              env->def->observation.size);
  return 1;
}

/* env:step(actions) -> observations, rewards, terminated, truncated */
static int env_step(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rl_error error;
  int n = rl_vec_env_copies(env->vec), width = rl_space_width(&env->def->action);
  const bool discrete = env->def->action.kind == RL_DISCRETE;
  const float *actions = rll_check_floats(L, 2, discrete ? 1 : 2, (int64_t[]){n, width}, "actions");
  rll_env_begin(L, 1, env);
  rl_status status = rl_vec_env_step(env->vec, actions, &error);
  rll_env_end(L, env, status, &error);
  const rl_vec_view *view = rl_vec_env_view(env->vec);
  push_floats(L, view->observation, n, env->def->observation.size);
  push_floats(L, view->reward, n, 0);
  push_flags(L, view->terminated, n);
  push_flags(L, view->truncated, n);
  return 4;
}

/* env:action_mask() -> [n, choices]: 1 for what each copy may do now, 0 for what not; nil without masks */
static int env_action_mask(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rll_env_refuse_lent(L, env);
  const rl_env_def *def = env->def;
  const int n = rl_vec_env_copies(env->vec), choices = rl_space_choices(&def->action);
  const float *observation = rl_vec_env_view(env->vec)->observation;
  if (!def->action.masked) return 0;
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){n, choices});
  for (int i = 0; i < n; i++, observation += def->observation.size)
    memcpy(out->data + (size_t)i * (size_t)choices,
           rl_space_mask(&def->action, observation, def->observation.size), (size_t)choices * sizeof(float));
  return 1;
}

/* env:final_observation() -> [n, obs]: where the last step ended an episode, its last observation; elsewhere
 * of no meaning */
static int env_final_observation(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rll_env_refuse_lent(L, env);
  push_floats(L, rl_vec_env_view(env->vec)->final_observation, rl_vec_env_copies(env->vec),
              env->def->observation.size);
  return 1;
}

/* env:fields() -> { {name=, unit=, meaning=}, ... }: everything a reward can read */
static int env_fields(lua_State *L) {
  push_fields(L, rll_check_env(L, 1)->def);
  return 1;
}

/* env:options() -> { gravity = 9.81, ground = "flat", ... }: what env:set takes, as at the next reset */
static int env_options(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  const double *values = rl_vec_env_options(env->vec);
  lua_createtable(L, 0, env->def->n_options);
  for (int i = 0; i < env->def->n_options; i++) rll_set_option(L, &env->def->options[i], values[i]);
  return 1;
}

/* env:describe() -> the rows of its options */
static int env_describe(lua_State *L) {
  rll_push_option_rows(L, rl_env_options(rll_check_env(L, 1)->def));
  return 1;
}

/* The functions `reward` and `done` of the table at 2 take the places of those that there are; false: the
 * environment's own. At 4: its uservalue, at 5: the judge's closure. */
static void set_functions(lua_State *L, rll_env *env) {
  rl_judge face;
  for (int part = 0; part < RLL_JUDGE_PARTS; part++) {
    lua_settop(L, 5);
    lua_getfield(L, 2, rll_judge_names[part]);
    if (lua_isnil(L, 6)) continue;
    if (lua_isboolean(L, 6)) lua_pushnil(L);
    rll_judge_set(L, env->judge, 5, part, lua_gettop(L));
  }
  rl_vec_env_set_judge(env->vec, rll_judge_face(env->judge, &face));
}

/* env:set{ gravity = 9.81 }: from each copy's next reset on; env:set{ reward = f }: from the next step on */
static int env_set(lua_State *L) {
  static const char *const functions[] = {"reward", "done", NULL}, *const none[] = {NULL};
  rll_env *env = rll_check_env(L, 1);
  rll_env_refuse_lent(L, env);
  rll_check_kind(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  rll_env_refuse(L, env);
  if (env->world && (rll_has_option(L, 2, "reward") || rll_has_option(L, 2, "done")))
    return luaL_error(L, "%s: reward and done are functions of the world: set them there", env->def->name);
  size_t size = (size_t)(env->def->n_options + 1) * sizeof(double);
  double *values = lua_newuserdata(L, size); /* all or nothing */
  memcpy(values, rl_vec_env_options(env->vec), size - sizeof(double));
  read_options(L, 2, env->def, values, env->lua ? none : functions, false);
  for (int part = 0; !env->lua && part < RLL_JUDGE_PARTS; part++) {
    lua_getfield(L, 2, functions[part]);
    rll_judge_check(L, env->def, lua_gettop(L), (rll_judge_part)part, true);
    lua_pop(L, 1);
  }
  lua_getuservalue(L, 1);
  lua_rawgeti(L, 4, RLL_ENV_JUDGE);
  set_functions(L, env);
  memcpy(rl_vec_env_options(env->vec), values, size - sizeof(double));
  return 0;
}

/* env:agent(name) -> an environment that sees and does what this agent does, with as many copies as there are worlds: for a
 * policy and a method of its own. A step of it is one of the worlds, whose others are played (env:players). */
static int env_agent(lua_State *L) {
  rll_env *env = rll_env_enter_world(L, 1);
  const char *names[RL_MAX_AGENTS], *name = luaL_checkstring(L, 2);
  rl_error error;
  lua_settop(L, 2);
  const int a = rl_env_find_agent(env->def, name);
  for (int i = 0; i < env->def->n_agents; i++) names[i] = env->def->agents[i]->agent;
  if (!env->def->agents) return luaL_error(L, "%s is no world of several agents", env->def->name);
  if (a < 0) {
    rl_fail_unknown(&error, "agent", name, names, (size_t)env->def->n_agents);
    return luaL_error(L, "%s: %s", env->def->name, error.message);
  }
  rll_env *own = rll_new(L, &rll_env_type, sizeof *own); /* at 3 */
  own->def = (rl_env_def *)env->def->agents[a];          /* the world's, which frees it */
  lua_pushnil(L);
  rll_env_open(L, 3, rl_vec_env_worlds(env->vec), rl_vec_env_seed(env->vec), rl_vec_env_options(env->vec), 4,
               4, 100);
  lua_getuservalue(L, 3);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, RLL_ENV_WORLD);
  rl_vec_env_free(own->vec);
  own->vec = NULL;
  own->world = env;
  if (rl_vec_env_create_seat(&own->vec, env->vec, a, &error)) return rll_raise(L, &error);
  lua_pushvalue(L, 3);
  return 1;
}

static const char *const kinds[] = {"box", "discrete", "factors"};

/* The factors of the space whose table is at the top. */
static void set_factors(lua_State *L, const rl_space *space) {
  lua_createtable(L, space->n_factors, 0);
  for (int f = 0; f < space->n_factors; f++) {
    const rl_factor *factor = &space->factor[f];
    lua_createtable(L, 0, 5);
    if (factor->name[0]) rll_set_string(L, "name", factor->name);
    rll_set_string(L, "kind", kinds[factor->kind]);
    rll_set_integer(L, "size", factor->size);
    rll_set_number(L, "low", (double)factor->low);
    rll_set_number(L, "high", (double)factor->high);
    lua_rawseti(L, -2, f + 1);
  }
  lua_setfield(L, -2, "factors");
}

void rll_push_space(lua_State *L, const rl_space *space, const char *const *names) {
  lua_createtable(L, 0, 7);
  rll_set_string(L, "kind", kinds[space->kind]);
  rll_set_integer(L, "size", space->size);
  rll_set_number(L, "low", (double)space->low);
  rll_set_number(L, "high", (double)space->high);
  if (space->kind == RL_FACTORS) {
    set_factors(L, space);
    rll_set_integer(L, "width", rl_space_width(space));
  }
  if (space->masked) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "masked");
    rll_set_integer(L, "choices", rl_space_choices(space));
  }
  if (!names) return;
  lua_createtable(L, space->size, 0);
  for (int i = 0; i < space->size; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "names");
}

/* Pushes { { name =, team = }, ... }, nil of one that has no names for its agents. */
static void push_agents(lua_State *L, const rl_env_def *def) {
  if (!def->agents) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, def->n_agents, 0);
  for (int a = 0; a < def->n_agents; a++) {
    lua_createtable(L, 0, 2);
    rll_set_string(L, "name", def->agents[a]->agent);
    rll_set_integer(L, "team", def->agents[a]->team);
    lua_rawseti(L, -2, a + 1);
  }
}

/* Methods, then the properties n, worlds, agents, name, dt, observation_space, action_space, physics_seconds, notice. */
static int env_index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1)) return 1;
  const rll_env *env = rll_check_env(L, 1);
  const char *key = lua_tostring(L, 2);
  if (!key) key = "";
  if (strcmp(key, "n") == 0)
    lua_pushinteger(L, rl_vec_env_copies(env->vec));
  else if (strcmp(key, "worlds") == 0)
    lua_pushinteger(L, rl_vec_env_worlds(env->vec));
  else if (strcmp(key, "agents") == 0)
    push_agents(L, env->def);
  else if (strcmp(key, "name") == 0)
    lua_pushstring(L, env->def->name);
  else if (strcmp(key, "dt") == 0)
    lua_pushnumber(L, rl_vec_env_dt(env->vec));
  else if (strcmp(key, "observation_space") == 0)
    rll_push_space(L, &env->def->observation, env->def->observation_names);
  else if (strcmp(key, "action_space") == 0)
    rll_push_space(L, &env->def->action, env->def->action_names);
  else if (strcmp(key, "physics_seconds") == 0) {
    rll_env_refuse_lent(L, env);
    lua_pushnumber(L, rl_vec_env_physics_seconds(env->vec));
  } else if (strcmp(key, "notice") == 0) {
    lua_getuservalue(L, 1);
    lua_rawgeti(L, -1, RLL_ENV_JUDGE);
    rll_env_push_notice(L, env, lua_gettop(L));
  } else
    lua_pushnil(L);
  return 1;
}

static int env_tostring(lua_State *L) {
  const rll_env *env = rll_check_env(L, 1);
  lua_pushfstring(L, "rl.env %s: %d copies, %d observations, %d actions", env->def->name,
                  rl_vec_env_copies(env->vec), env->def->observation.size, env->def->action.size);
  return 1;
}

/* rl.envs() -> { name, ... } and a table name -> summary */
static int env_names(lua_State *L) {
  lua_createtable(L, rl_registry_count(), 0);
  lua_createtable(L, 0, rl_registry_count());
  for (int i = 0; i < rl_registry_count(); i++) {
    lua_pushstring(L, rl_registry_name(i));
    lua_rawseti(L, -3, i + 1);
    rll_set_string(L, rl_registry_name(i), rl_registry_summary(i));
  }
  return 2;
}

void rll_open_env(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"env", env_new}, {"envs", env_names}, {"describe_env", describe_env}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"reset", env_reset},
                                     {"step", env_step},
                                     {"fields", env_fields},
                                     {"options", env_options},
                                     {"describe", env_describe},
                                     {"set", env_set},
                                     {"agent", env_agent},
                                     {"final_observation", env_final_observation},
                                     {"action_mask", env_action_mask},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", env_index}, {"__gc", env_gc}, {"__tostring", env_tostring}, {NULL, NULL}};
  rll_register(L, &rll_env_type, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
}
