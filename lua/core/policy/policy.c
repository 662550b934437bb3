/* rl.policy: a network with its spaces, its files and its flat parameter vector. */
#include "core/base/archive.h"
#include "core/base/confine.h"
#include "core/base/option_table.h"
#include "core/base/policy_object.h"
#include "core/env/env_object.h"
#include "core/policy/network_memory.h"
#include "core/policy/network_table.h"
#include "export/export.h"

#include <string.h>

const rll_type rll_policy_type = {"rl.policy"};

typedef struct policy_object {
  rl_policy policy; /* first: the others see only this */
  rll_memory memory;
} policy_object;

rl_policy *rll_check_policy(lua_State *L, int arg) { return rll_check(L, arg, &rll_policy_type); }

static rll_memory *policy_memory(lua_State *L) { return &((policy_object *)rll_check_policy(L, 1))->memory; }

/* rl.policy(env, { hidden =, ... }) */
static int policy_new(lua_State *L) {
  rl_error error;
  rll_env *env = rll_check_env(L, 1);
  rl_policy_options options = rl_policy_defaults();
  if (lua_istable(L, 2) && rll_boolean(L, 2, "squash", false, "rl.policy")) options.std = RL_STD_STATE;
  rll_read_network_options(L, rl_policy_option_table(), &options, &options.network, "rl.policy");
  rll_read_network_symmetry(L, env, &options.network, "rl.policy");
  rl_policy *policy = rll_new(L, &rll_policy_type, sizeof(policy_object));
  if (rl_policy_init(policy, &env->def->observation, &env->def->action, &options, &error) ||
      rl_policy_name_actions(policy, env->def->action_names, &error))
    return rll_raise(L, &error);
  return 1;
}

/* policy:clone() -> the same in memory of its own: what a policy may be kept near (base) */
static int policy_clone(lua_State *L) {
  rl_error error;
  const rl_policy *policy = rll_check_policy(L, 1);
  rl_policy *clone = rll_new(L, &rll_policy_type, sizeof(policy_object));
  return rl_policy_clone(clone, policy, &error) ? rll_raise(L, &error) : 1;
}

/* rl.load_policy(path[, env]) -> policy[, a notice when the file was altered], or nil and a message; with an
 * environment, one that fits it */
static int load_policy(lua_State *L) {
  rl_error error;
  const char *path = rll_read_path(L, 1);
  rll_env *env = lua_isnoneornil(L, 2) ? NULL : rll_check_env(L, 2);
  rl_policy *policy = rll_new(L, &rll_policy_type, sizeof(policy_object));
  rl_status status = rl_policy_load(policy, path, &error);
  if (!status && env) status = rl_env_check_shared(env->def, &error);
  if (!status && env)
    status = rl_policy_fits(policy, &env->def->observation, &env->def->action, env->def->name, &error);
  return status ? rll_push_outcome(L, status, &error) : rll_push_loaded(L, path, policy->altered);
}

/* core.policy_fits(policy, env) -> true, or nil and a message */
static int policy_fits(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  const rl_env_def *def = rll_check_env(L, 2)->def;
  rl_error error = {.message = ""};
  return rll_push_outcome(L, rl_policy_fits(policy, &def->observation, &def->action, def->name, &error),
                          &error);
}

/* policy:save(path) -> true, or nil and a message */
static int policy_save(lua_State *L) {
  rl_error error = {.message = ""};
  rl_status status = rl_policy_save(rll_check_policy(L, 1), rll_write_path(L, 2), &error);
  return rll_push_outcome(L, status, &error);
}

/* policy:export(path) -> true, or nil and a message; an extension that it does not know is an error */
static int policy_export(lua_State *L) {
  rl_error error;
  rl_status status = rl_policy_export(rll_check_policy(L, 1), rll_write_path(L, 2), &error);
  if (status == RL_BAD_ARGUMENT) return rll_raise(L, &error);
  if (status) return rll_push_outcome(L, status, &error);
  lua_pushboolean(L, 1);
  return 1;
}

static void check_masks(lua_State *L, const rl_policy *policy, const float *obs, int rows, bool whole) {
  rl_error error;
  const int size = whole ? policy->observation.size : rl_network_size(&policy->network);
  if (rl_policy_check_masks(policy, obs, size, rows, &error)) rll_raise(L, &error);
}

static int policy_reset(lua_State *L) {
  rll_memory *m = policy_memory(L);
  return rll_reset_memory(L, &rll_check_policy(L, 1)->network, m);
}

static void policy_ready(lua_State *L) { rll_check_policy(L, 1); }

static rl_status put_policy(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const rl_policy *policy = rll_check_policy(L, 1);
  rl_status status = rl_policy_put(policy, archive, prefix, error);
  return status ? status : rll_put_memory(&policy->network, policy_memory(L), archive, prefix, error);
}

static rl_status take_policy(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rll_memory taken;
  rl_policy *policy = rll_check_policy(L, 1);
  rl_status status = rll_read_memory(&policy->network, &taken, archive, prefix, error);
  if (!status) status = rl_policy_take(policy, archive, prefix, error);
  rll_take_memory(policy_memory(L), &taken, status);
  return status;
}

/* Its state (core/base/archive.h). */
static const rll_state policy_state = {"policy", policy_ready, put_policy, take_policy};

/* Action distributions for the observations at `arg`; sets the number of rows. */
static rl_dist check_dist(lua_State *L, rl_policy *policy, int arg, int *rows) {
  rl_error error;
  rl_dist dist;
  bool whole;
  const float *obs = rll_check_observations(L, &policy->network, arg, rows, &whole);
  check_masks(L, policy, obs, *rows, whole);
  rll_memory *m = policy_memory(L);
  const bool steps = rl_network_memory(&policy->network) && !whole;
  if (steps) rll_remember(L, &policy->network, m, *rows, "policy");
  if (steps ? rl_policy_step(policy, obs, *rows, m->numbers, &dist, &error)
            : rl_policy_dist(policy, obs, *rows, &dist, &error))
    rll_raise(L, &error);
  return dist;
}

static rl_tensor *push_actions(lua_State *L, const rl_policy *policy, int rows) {
  return rll_new_tensor(L, policy->action.kind == RL_DISCRETE ? 1 : 2,
                        (int64_t[]){rows, rl_space_width(&policy->action)});
}

/* policy:act(observations, rng) -> actions, log-probabilities [n] */
static int policy_act(lua_State *L) {
  int rows;
  rl_policy *policy = rll_check_policy(L, 1);
  rl_rng *rng = rll_check(L, 3, &rll_rng_type);
  rl_dist dist = check_dist(L, policy, 2, &rows);
  rl_tensor *action = push_actions(L, policy, rows);
  rl_dist_sample(&dist, rows, rng, false, action->data);
  rl_tensor *log_prob = rll_new_tensor(L, 1, (int64_t[]){rows});
  rl_dist_log_prob(&dist, rows, action->data, log_prob->data);
  return 2;
}

/* policy:mean(observations) -> the most likely actions */
static int policy_mean(lua_State *L) {
  int rows;
  rl_policy *policy = rll_check_policy(L, 1);
  rl_dist dist = check_dist(L, policy, 2, &rows);
  rl_dist_mode(&dist, rows, push_actions(L, policy, rows)->data);
  return 1;
}

/* policy:observe(observations): what update does at its end */
static int policy_observe(lua_State *L) { return rll_observe_rows(L, &rll_check_policy(L, 1)->network); }

/* policy:free() -> what is free of theta: of a symmetric policy one of each two parameters */
static int policy_free(lua_State *L) {
  const rl_network *network = &rll_check_policy(L, 1)->network;
  const bool tied = rl_network_is_symmetric(network);
  const int64_t n = tied ? (int64_t)network->ties.n_free : network->theta.shape[0];
  rl_tensor *out = rll_new_tensor(L, 1, &n);
  if (tied)
    rl_ties_gather(&network->ties, network->theta.data, out->data);
  else
    memcpy(out->data, network->theta.data, (size_t)n * sizeof(float));
  return 1;
}

/* policy:spread(free [n] or [rows, n]) -> theta of each */
static int policy_spread(lua_State *L) {
  const rl_network *network = &rll_check_policy(L, 1)->network;
  const bool tied = rl_network_is_symmetric(network);
  const int64_t size = network->theta.shape[0], n = tied ? (int64_t)network->ties.n_free : size;
  const int ndim = rll_check_tensor(L, 2)->ndim == 1 ? 1 : 2;
  const int64_t one[] = {n}, many[] = {-1, n};
  const float *free = rll_check_floats(L, 2, ndim, ndim == 1 ? one : many, "free parameters");
  const int64_t rows = ndim == 1 ? 1 : rll_check_tensor(L, 2)->shape[0];
  rl_tensor *out = rll_new_tensor(L, ndim, ndim == 1 ? &size : (int64_t[]){rows, size});
  for (int64_t r = 0; r < rows; r++)
    if (tied)
      rl_ties_spread(&network->ties, free + r * n, out->data + r * size);
    else
      memcpy(out->data + r * size, free + r * n, (size_t)n * sizeof(float));
  return 1;
}

/* As that of an environment. */
static void push_action_space(lua_State *L, const rl_policy *policy) {
  const size_t n = policy->action_names ? (size_t)policy->action.size : 0;
  const char **names = lua_newuserdata(L, (n + 1) * sizeof *names);
  for (size_t i = 0; i < n; i++) names[i] = policy->action_names[i];
  rll_push_space(L, &policy->action, n ? names : NULL);
}

/* theta and log_std are live views. */
static int policy_index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1)) return 1;
  const rl_policy *policy = rll_check_policy(L, 1);
  const char *key = lua_tostring(L, 2);
  if (key && strcmp(key, "theta") == 0) {
    rll_push_shared(L, &policy->network.theta);
  } else if (key && strcmp(key, "log_std") == 0 && rl_policy_log_std(policy)) {
    bool fixed = policy->std == RL_STD_FIXED;
    rl_tensor *view = rll_push_shared(L, fixed ? &policy->fixed_log_std : &policy->network.theta);
    view->data = rl_policy_log_std(policy);
    view->shape[0] = policy->reals;
  } else if (key && strcmp(key, "action_space") == 0) {
    push_action_space(L, policy);
  }
  return 1;
}

/* policy:options() -> the architecture */
static int policy_get_options(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  rll_push_architecture(L, &policy->network);
  if (policy->reals) rll_set_string(L, "std", rl_std_names[policy->std]);
  lua_pushboolean(L, policy->squash);
  lua_setfield(L, -2, "squash");
  lua_pushboolean(L, policy->value_head);
  lua_setfield(L, -2, "value_head");
  return 1;
}

/* policy:describe() -> the rows of the options it is made with */
static int policy_describe(lua_State *L) {
  rll_check_policy(L, 1);
  return rll_describe_network(L, rl_policy_option_table());
}

static int policy_tostring(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  lua_pushfstring(L, "rl.policy: %d observations, %d actions, %d parameters",
                  rl_network_size(&policy->network), policy->action.size,
                  (int)policy->network.theta.shape[0]);
  return 1;
}

static int policy_gc(lua_State *L) {
  rll_forget(policy_memory(L));
  rl_policy_release(rll_check_policy(L, 1));
  return 0;
}

void rll_open_policy(lua_State *L) {
  static const luaL_Reg methods[] = {{"act", policy_act},
                                     {"mean", policy_mean},
                                     {"reset", policy_reset},
                                     {"observe", policy_observe},
                                     {"save", policy_save},
                                     {"clone", policy_clone},
                                     {"options", policy_get_options},
                                     {"describe", policy_describe},
                                     {"export", policy_export},
                                     {"free", policy_free},
                                     {"spread", policy_spread},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", policy_index}, {"__gc", policy_gc}, {"__tostring", policy_tostring}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"policy", policy_new}, {"load_policy", load_policy}, {"policy_fits", policy_fits}, {NULL, NULL}};
  rll_register(L, &rll_policy_type, methods, metamethods);
  rll_add_state(L, &rll_policy_type, &policy_state);
  luaL_setfuncs(L, functions, 0);
}
