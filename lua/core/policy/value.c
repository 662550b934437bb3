/* rl.value: a network that tells returns. */
#include "core/base/archive.h"
#include "core/base/confine.h"
#include "core/base/option_table.h"
#include "core/base/policy_object.h"
#include "core/env/env_object.h"
#include "core/policy/network_memory.h"
#include "core/policy/network_table.h"

#include <string.h>

const rll_type rll_value_type = {"rl.value"};

typedef struct value_object {
  rl_value value; /* first: the others see only this */
  rll_memory memory;
} value_object;

rl_value *rll_check_value(lua_State *L, int arg) { return rll_check(L, arg, &rll_value_type); }

static rll_memory *value_memory(lua_State *L) { return &((value_object *)rll_check_value(L, 1))->memory; }

/* rl.value(env, { hidden =, ... }) */
static int value_new(lua_State *L) {
  rl_error error;
  rll_env *env = rll_check_env(L, 1);
  rl_network_options options = rl_value_defaults();
  rll_read_network_options(L, rl_value_option_table(), &options, &options, "rl.value");
  rll_read_network_symmetry(L, env, &options, "rl.value");
  if (options.central && rl_vec_env_seat(env->vec) >= 0)
    luaL_error(L,
               "rl.value: option central: a central critic is of a whole world with one policy: a seat, as "
               "%s is, sees its own observations only",
               env->def->name);
  rl_value *value = rll_new(L, &rll_value_type, sizeof(value_object));
  const rl_space *observation = &env->def->observation, *action = &env->def->action;
  rl_status status;
  if (options.central)
    status = rl_central_value_init(value, observation, options.action ? action : NULL,
                                   rl_env_agents(env->def), &options, &error);
  else if (options.action)
    status = rl_action_value_init(value, observation, action, &options, &error);
  else
    status = rl_value_init(value, observation, &options, &error);
  if (status) return rll_raise(L, &error);
  return 1;
}

/* Observations, with a history and an action or without, or all that a central critic is of. */
static rl_status check_inputs(const rl_value *value, const rl_env_def *def, const char *path,
                              rl_error *error) {
  const int given = rl_network_size(&value->network), size = def->observation.size;
  const int of_action = given - rl_space_width(&def->action);
  const bool central = given == rl_central_width(size, 0, rl_env_agents(def)) ||
                       given == rl_central_width(size, def->action.size, rl_env_agents(def));
  if (given == size || central || (of_action >= size && of_action % size == 0)) return RL_OK;
  return rl_fail(error, RL_BAD_SHAPE, "%s: it takes %d observations, environment %s gives %d", path, given,
                 def->name, size);
}

/* rl.load_value(path[, env]), as rl.load_policy */
static int load_value(lua_State *L) {
  rl_error error;
  bool altered;
  const char *path = rll_read_path(L, 1);
  rll_env *env = lua_isnoneornil(L, 2) ? NULL : rll_check_env(L, 2);
  rl_value *value = rll_new(L, &rll_value_type, sizeof(value_object));
  rl_status status = rl_value_load(value, path, &altered, &error);
  if (!status && env) status = check_inputs(value, env->def, path, &error);
  return status ? rll_push_outcome(L, status, &error) : rll_push_loaded(L, path, altered);
}

static int value_reset(lua_State *L) {
  rll_memory *m = value_memory(L);
  return rll_reset_memory(L, &rll_check_value(L, 1)->network, m);
}

static void value_ready(lua_State *L) { rll_check_value(L, 1); }

static rl_status put_value(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const rl_network *network = &rll_check_value(L, 1)->network;
  rl_status status = rl_network_check_finite(network, "value", error);
  if (!status) status = rl_network_save(network, archive, prefix, error);
  return status ? status : rll_put_memory(network, value_memory(L), archive, prefix, error);
}

static rl_status take_value(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rll_memory taken;
  rl_network *network = &rll_check_value(L, 1)->network;
  rl_status status = rll_read_memory(network, &taken, archive, prefix, error);
  if (!status) status = rl_network_take(network, archive, prefix, error);
  rll_take_memory(value_memory(L), &taken, status);
  return status;
}

/* Its state (core/base/archive.h). */
static const rll_state value_state = {"value", value_ready, put_value, take_value};

/* value:predict(observations) -> [n] */
static int value_predict(lua_State *L) {
  rl_error error;
  bool whole;
  int rows;
  rl_value *value = rll_check_value(L, 1);
  const float *obs = rll_check_observations(L, &value->network, 2, &rows, &whole);
  rll_memory *m = value_memory(L);
  const bool steps = rl_network_memory(&value->network) && !whole;
  if (steps) rll_remember(L, &value->network, m, rows, "value");
  rl_tensor *out = rll_new_tensor(L, 1, &(int64_t){rows});
  if (steps ? rl_value_step(value, obs, rows, m->numbers, out->data, &error)
            : rl_network_apply(&value->network, obs, rows, out->data, &error))
    return rll_raise(L, &error);
  return 1;
}

/* value:observe(observations): what update does at its end */
static int value_observe(lua_State *L) { return rll_observe_rows(L, &rll_check_value(L, 1)->network); }

/* theta is a live view. */
static int value_index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1)) return 1;
  const rl_value *value = rll_check_value(L, 1);
  const char *key = lua_tostring(L, 2);
  if (key && strcmp(key, "theta") == 0) rll_push_shared(L, &value->network.theta);
  return 1;
}

/* value:options() -> the architecture */
static int value_get_options(lua_State *L) {
  return rll_push_architecture(L, &rll_check_value(L, 1)->network);
}

/* value:describe() -> the rows of the options it is made with */
static int value_describe(lua_State *L) {
  rll_check_value(L, 1);
  return rll_describe_network(L, rl_value_option_table());
}

static int value_tostring(lua_State *L) {
  const rl_value *value = rll_check_value(L, 1);
  lua_pushfstring(L, "rl.value: %d observations, %d parameters", rl_network_size(&value->network),
                  (int)value->network.theta.shape[0]);
  return 1;
}

static int value_gc(lua_State *L) {
  rll_forget(value_memory(L));
  rl_value_release(rll_check_value(L, 1));
  return 0;
}

void rll_open_value(lua_State *L) {
  static const luaL_Reg methods[] = {{"predict", value_predict},   {"reset", value_reset},
                                     {"observe", value_observe},   {"options", value_get_options},
                                     {"describe", value_describe}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", value_index}, {"__gc", value_gc}, {"__tostring", value_tostring}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"value", value_new}, {"load_value", load_value}, {NULL, NULL}};
  rll_register(L, &rll_value_type, methods, metamethods);
  rll_add_state(L, &rll_value_type, &value_state);
  luaL_setfuncs(L, functions, 0);
}
