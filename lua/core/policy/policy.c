/* rl.policy and rl.value: networks with their spaces, their files and their flat parameter vector. */
#include "core/base/archive.h"
#include "core/base/confine.h"
#include "core/base/policy_object.h"

#include "base/memory.h"
#include "base/vector.h"
#include "core/base/option_table.h"
#include "core/env/env_object.h"
#include "export/export.h"

#include <math.h>
#include <string.h>

const rll_type rll_policy_type = {"rl.policy"}, rll_value_type = {"rl.value"};

/* What a network remembers of the rows that it was last asked about: [rows, rl_network_memory]. */
typedef struct memory {
  float *numbers;
  int rows;
} memory;

typedef struct policy_object {
  rl_policy policy; /* first: the others see only this */
  memory memory;
} policy_object;

typedef struct value_object {
  rl_value value;
  memory memory;
} value_object;

rl_policy *rll_check_policy(lua_State *L, int arg) { return rll_check(L, arg, &rll_policy_type); }
rl_value *rll_check_value(lua_State *L, int arg) { return rll_check(L, arg, &rll_value_type); }

static memory *policy_memory(lua_State *L) { return &((policy_object *)rll_check_policy(L, 1))->memory; }
static memory *value_memory(lua_State *L) { return &((value_object *)rll_check_value(L, 1))->memory; }

/* hidden = {64, 64}: the widths of the hidden layers; {} for a linear map */
static void read_hidden(lua_State *L, int table, rl_network_options *options, const char *what) {
  lua_getfield(L, table, "hidden");
  if (!lua_isnil(L, -1)) {
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: option hidden: table of widths expected, got %s", what, luaL_typename(L, -1));
    int n = (int)lua_rawlen(L, -1);
    if (n > RL_MAX_LAYERS - 1)
      luaL_error(L, "%s: option hidden: at most %d layers, got %d", what, RL_MAX_LAYERS - 1, n);
    options->n_hidden = n;
    for (int i = 0; i < n; i++) {
      lua_rawgeti(L, -1, i + 1);
      lua_Number width = lua_tonumber(L, -1);
      if (!(width >= 1 && width <= RL_MAX_WIDTH) || floor(width) != width)
        luaL_error(L, "%s: option hidden: layer %d: a width of 1 to %d expected, got %s", what, i + 1,
                   RL_MAX_WIDTH, rll_text(L, -1));
      options->hidden[i] = (int)width;
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

/* The options at 2 of a policy, or of a value, into `options`, which begins with those of the network. */
static void read_options(lua_State *L, rl_options list, void *options, rl_network_options *network,
                         const char *what) {
  lua_settop(L, 2);
  rll_check_option_names(L, 2, list, (const char *const[]){"hidden", NULL}, what);
  if (lua_istable(L, 2)) read_hidden(L, 2, network, what);
  rll_read_options(L, 2, list, options, false, what);
}

/* What option symmetric goes by: raises, saying why, where the environment has none. */
static void read_symmetry(lua_State *L, const rll_env *env, rl_network_options *options, const char *what) {
  rl_error error;
  if (options->symmetric && rl_env_symmetry(env->def, &options->symmetry, &error))
    luaL_error(L, "%s: option symmetric: %s", what, error.message);
}

/* rl.policy(env, { hidden =, ... }) */
static int policy_new(lua_State *L) {
  rl_error error;
  rll_env *env = rll_check_env(L, 1);
  rl_policy_options options = rl_policy_defaults();
  if (lua_istable(L, 2) && rll_boolean(L, 2, "squash", false, "rl.policy")) options.std = RL_STD_STATE;
  read_options(L, rl_policy_option_table(), &options, &options.network, "rl.policy");
  read_symmetry(L, env, &options.network, "rl.policy");
  rl_policy *policy = rll_new(L, &rll_policy_type, sizeof(policy_object));
  if (rl_policy_init(policy, &env->def->observation, &env->def->action, &options, &error) ||
      rl_policy_name_actions(policy, env->def->action_names, &error))
    return rll_raise(L, &error);
  return 1;
}

/* rl.value(env, { hidden =, ... }) */
static int value_new(lua_State *L) {
  rl_error error;
  rll_env *env = rll_check_env(L, 1);
  rl_network_options options = rl_value_defaults();
  read_options(L, rl_value_option_table(), &options, &options, "rl.value");
  read_symmetry(L, env, &options, "rl.value");
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

/* policy:clone() -> the same in memory of its own: what a policy may be kept near (base) */
static int policy_clone(lua_State *L) {
  rl_error error;
  const rl_policy *policy = rll_check_policy(L, 1);
  rl_policy *clone = rll_new(L, &rll_policy_type, sizeof(policy_object));
  return rl_policy_clone(clone, policy, &error) ? rll_raise(L, &error) : 1;
}

static int push_loaded(lua_State *L, const char *path, bool altered) {
  if (!altered) return 1;
  lua_pushfstring(L, "%s: altered after it was saved: its checksum is another", path);
  return 2;
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
  return status ? rll_push_outcome(L, status, &error) : push_loaded(L, path, policy->altered);
}

/* core.policy_fits(policy, env) -> true, or nil and a message */
static int policy_fits(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  const rl_env_def *def = rll_check_env(L, 2)->def;
  rl_error error = {.message = ""};
  return rll_push_outcome(L, rl_policy_fits(policy, &def->observation, &def->action, def->name, &error),
                          &error);
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

/* rl.load_value(path[, env]), in the same way */
static int load_value(lua_State *L) {
  rl_error error;
  bool altered;
  const char *path = rll_read_path(L, 1);
  rll_env *env = lua_isnoneornil(L, 2) ? NULL : rll_check_env(L, 2);
  rl_value *value = rll_new(L, &rll_value_type, sizeof(value_object));
  rl_status status = rl_value_load(value, path, &altered, &error);
  if (!status && env) status = check_inputs(value, env->def, path, &error);
  return status ? rll_push_outcome(L, status, &error) : push_loaded(L, path, altered);
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

/* --- what is remembered between calls --- */

static void forget(memory *m) {
  rl_release(m->numbers);
  *m = (memory){0};
}

/* Room for so many rows, which are those of the last call, or the first. */
static void remember(lua_State *L, const rl_network *network, memory *m, int rows, const char *what) {
  const size_t own = (size_t)rl_network_memory(network);
  if (m->rows == rows) return;
  if (m->rows)
    luaL_error(L, "the %s remembers %d rows of observations, %d are given: %s:reset() before others", what,
               m->rows, rows, what);
  m->numbers = rl_allocate((size_t)rows * own, sizeof *m->numbers);
  if (!m->numbers) luaL_error(L, "out of memory to remember %d rows", rows);
  m->rows = rows;
}

/* The observations at `arg`, [n, size], which are remembered, or with all that is read, [n, inputs]; sets the number of
 * rows. */
static const float *check_observations(lua_State *L, const rl_network *network, int arg, int *rows,
                                       bool *whole) {
  const int size = rl_network_size(network), inputs = network->mlp.inputs;
  const rl_tensor *given = rll_check_tensor(L, arg);
  *whole = given->ndim == 2 && given->shape[1] == inputs && inputs != size && !network->gru;
  const float *obs = rll_check_floats(L, arg, 2, (int64_t[]){-1, *whole ? inputs : size}, "observations");
  const int64_t n = rll_check_tensor(L, arg)->shape[0];
  rll_check_argument(L, n <= 1 << 24, arg, "too many observations");
  *rows = (int)n;
  return obs;
}

static void check_masks(lua_State *L, const rl_policy *policy, const float *obs, int rows, bool whole) {
  rl_error error;
  const int size = whole ? policy->observation.size : rl_network_size(&policy->network);
  if (rl_policy_check_masks(policy, obs, size, rows, &error)) rll_raise(L, &error);
}

/* reset([done]): a new episode of all rows, or of those whose number in `done` is not 0 */
static int reset(lua_State *L, const rl_network *network, memory *m) {
  const size_t own = (size_t)rl_network_memory(network);
  if (lua_isnoneornil(L, 2)) {
    forget(m);
    return 0;
  }
  const float *done = rll_check_floats(L, 2, 1, (int64_t[]){m->rows ? m->rows : -1}, "done");
  for (size_t r = 0; r < (size_t)m->rows; r++)
    if (done[r] != 0.0f) memset(m->numbers + r * own, 0, own * sizeof *m->numbers);
  return 0;
}

static int policy_reset(lua_State *L) {
  memory *m = policy_memory(L);
  return reset(L, &rll_check_policy(L, 1)->network, m);
}

static int value_reset(lua_State *L) {
  memory *m = value_memory(L);
  return reset(L, &rll_check_value(L, 1)->network, m);
}

static rl_status put_memory(const rl_network *network, const memory *m, rl_archive *archive,
                            const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (!m->rows) return RL_OK;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "memory"), RL_F32, 2,
                        (int64_t[]){m->rows, rl_network_memory(network)}, m->numbers, error);
}

/* Rows that are there, into `taken`, which takes the place of what is remembered when all is well. */
static rl_status read_memory(const rl_network *network, memory *taken, const rl_archive *archive,
                             const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  *taken = (memory){0};
  const int own = rl_network_memory(network);
  const rl_array *array = own ? rl_archive_find(archive, rl_archive_key(name, prefix, "memory")) : NULL;
  if (!array) return RL_OK;
  if (array->dtype != RL_F32 || array->count % own || array->count / own > 1 << 24 ||
      rl_first_not_finite(array->data, (size_t)array->count) < (size_t)array->count)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not what this network remembers", name);
  taken->numbers = rl_allocate((size_t)array->count, sizeof(float));
  if (!taken->numbers) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  memcpy(taken->numbers, array->data, (size_t)array->count * sizeof(float));
  taken->rows = (int)(array->count / own);
  return RL_OK;
}

static void take_memory(memory *m, memory *taken, rl_status status) {
  forget(status ? taken : m);
  if (!status) *m = *taken;
}

/* Their states (core/base/archive.h). */

static void policy_ready(lua_State *L) { rll_check_policy(L, 1); }
static void value_ready(lua_State *L) { rll_check_value(L, 1); }

static rl_status put_policy(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const rl_policy *policy = rll_check_policy(L, 1);
  rl_status status = rl_policy_put(policy, archive, prefix, error);
  return status ? status : put_memory(&policy->network, policy_memory(L), archive, prefix, error);
}

static rl_status take_policy(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  memory taken;
  rl_policy *policy = rll_check_policy(L, 1);
  rl_status status = read_memory(&policy->network, &taken, archive, prefix, error);
  if (!status) status = rl_policy_take(policy, archive, prefix, error);
  take_memory(policy_memory(L), &taken, status);
  return status;
}

static rl_status put_value(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const rl_network *network = &rll_check_value(L, 1)->network;
  rl_status status = rl_network_check_finite(network, "value", error);
  if (!status) status = rl_network_save(network, archive, prefix, error);
  return status ? status : put_memory(network, value_memory(L), archive, prefix, error);
}

static rl_status take_value(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  memory taken;
  rl_network *network = &rll_check_value(L, 1)->network;
  rl_status status = read_memory(network, &taken, archive, prefix, error);
  if (!status) status = rl_network_take(network, archive, prefix, error);
  take_memory(value_memory(L), &taken, status);
  return status;
}

static const rll_state policy_state = {"policy", policy_ready, put_policy, take_policy},
                       value_state = {"value", value_ready, put_value, take_value};

/* Action distributions for the observations at `arg`; sets the number of rows. */
static rl_dist check_dist(lua_State *L, rl_policy *policy, int arg, int *rows) {
  rl_error error;
  rl_dist dist;
  bool whole;
  const float *obs = check_observations(L, &policy->network, arg, rows, &whole);
  check_masks(L, policy, obs, *rows, whole);
  memory *m = policy_memory(L);
  const bool steps = rl_network_memory(&policy->network) && !whole;
  if (steps) remember(L, &policy->network, m, *rows, "policy");
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

/* Takes the observations at 2, whose last dimension is an observation, into the normaliser. */
static int observe(lua_State *L, rl_network *network) {
  const rl_tensor *obs = rll_check_tensor(L, 2);
  int size = rl_network_size(network);
  if (obs->ndim >= 1 && obs->shape[obs->ndim - 1] == network->mlp.inputs) size = network->mlp.inputs;
  if (obs->ndim < 1 || obs->shape[obs->ndim - 1] != size) {
    char shape[RL_SHAPE_TEXT];
    return luaL_error(L, "observations: shape [..., %d] expected, got %s", size,
                      rl_shape_text(obs->ndim, obs->shape, shape));
  }
  rl_tensor *rows = rll_hold_tensor(L);
  rl_error error;
  rll_finish_tensor(
      L, rl_tensor_reshape(rows, obs, 2, (int64_t[]){rl_tensor_count(obs) / size, size}, &error), &error);
  rll_check_argument(L, rows->shape[0] <= INT32_MAX, 2, "too many observations");
  size_t n = (size_t)rl_tensor_count(rows), bad = rl_first_not_finite(rows->data, n);
  if (bad < n) {
    lua_pushinteger(L, (lua_Integer)(bad / (size_t)size) + 1);
    return luaL_error(L, "observations: a number of row %s is not finite", lua_tostring(L, -1));
  }
  rl_network_observe(network, rows->data, size, NULL, (int)rows->shape[0]);
  rl_network_follow(network, network->theta.data);
  return 0;
}

/* policy:observe(observations), value:observe(observations): what update does at its end */
static int policy_observe(lua_State *L) { return observe(L, &rll_check_policy(L, 1)->network); }
static int value_observe(lua_State *L) { return observe(L, &rll_check_value(L, 1)->network); }

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

/* value:predict(observations) -> [n] */
static int value_predict(lua_State *L) {
  rl_error error;
  bool whole;
  int rows;
  rl_value *value = rll_check_value(L, 1);
  const float *obs = check_observations(L, &value->network, 2, &rows, &whole);
  memory *m = value_memory(L);
  const bool steps = rl_network_memory(&value->network) && !whole;
  if (steps) remember(L, &value->network, m, rows, "value");
  rl_tensor *out = rll_new_tensor(L, 1, &(int64_t){rows});
  if (steps ? rl_value_step(value, obs, rows, m->numbers, out->data, &error)
            : rl_network_apply(&value->network, obs, rows, out->data, &error))
    return rll_raise(L, &error);
  return 1;
}

/* theta and log_std are live views. */
/* As that of an environment. */
static void push_action_space(lua_State *L, const rl_policy *policy) {
  const size_t n = policy->action_names ? (size_t)policy->action.size : 0;
  const char **names = lua_newuserdata(L, (n + 1) * sizeof *names);
  for (size_t i = 0; i < n; i++) names[i] = policy->action_names[i];
  rll_push_space(L, &policy->action, n ? names : NULL);
}

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

static int value_index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1)) return 1;
  const rl_value *value = rll_check_value(L, 1);
  const char *key = lua_tostring(L, 2);
  if (key && strcmp(key, "theta") == 0) rll_push_shared(L, &value->network.theta);
  return 1;
}

/* Pushes { layers =, activation =, layer_norm =, normalize =, normalizer =, parameters =, history =, seed = }; no seed of what was loaded. */
static int push_architecture(lua_State *L, const rl_network *network) {
  lua_createtable(L, 0, 8);
  lua_createtable(L, network->mlp.n_layers + 1, 0);
  for (int i = 0; i <= network->mlp.n_layers; i++) {
    const bool last = i == network->mlp.n_layers;
    lua_pushinteger(L, !i     ? network->mlp.inputs
                       : last ? rl_network_outputs(network)
                              : network->mlp.width[i - 1]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "layers");
  rll_set_string(L, "activation", rl_activation_names[network->mlp.activation]);
  lua_pushboolean(L, network->mlp.layer_norm);
  lua_setfield(L, -2, "layer_norm");
  lua_pushboolean(L, network->normalizer.size > 0);
  lua_setfield(L, -2, "normalize");
  rll_set_string(L, "normalizer", rl_normalizer_names[network->normalizer.map]);
  lua_pushboolean(L, rl_network_is_symmetric(network));
  lua_setfield(L, -2, "symmetric");
  rll_set_integer(L, "history", network->history);
  rll_set_integer(L, "gru", network->gru);
  if (isfinite(network->clip)) rll_set_number(L, "clip", (double)network->clip);
  rll_set_integer(L, "parameters", network->theta.shape[0]);
  if (network->seed != RL_NO_SEED) rll_set_integer(L, "seed", (int64_t)network->seed);
  return 1;
}

/* policy:options(), value:options() -> the architecture */
static int policy_get_options(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  push_architecture(L, &policy->network);
  if (policy->reals) rll_set_string(L, "std", rl_std_names[policy->std]);
  lua_pushboolean(L, policy->squash);
  lua_setfield(L, -2, "squash");
  lua_pushboolean(L, policy->value_head);
  lua_setfield(L, -2, "value_head");
  return 1;
}

static int value_get_options(lua_State *L) { return push_architecture(L, &rll_check_value(L, 1)->network); }

/* Rows of the options, and one for `hidden`, which is a list. */
static int describe(lua_State *L, rl_options list) {
  const rl_network_options defaults = rl_network_defaults(1.0f);
  rll_push_option_rows(L, list);
  lua_createtable(L, 0, 8);
  rll_set_string(L, "name", "hidden");
  rll_set_string(L, "type", "list");
  rll_set_string(L, "unit", "");
  rll_set_string(L, "meaning", "widths of the hidden layers; an empty list: a linear map");
  rll_set_integer(L, "min", 1);
  rll_set_integer(L, "max", RL_MAX_WIDTH);
  lua_createtable(L, defaults.n_hidden, 0);
  for (int i = 0; i < defaults.n_hidden; i++) {
    lua_pushinteger(L, defaults.hidden[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "default");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "live");
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  return 1;
}

/* policy:describe(), value:describe() -> the rows of the options it is made with */
static int policy_describe(lua_State *L) {
  rll_check_policy(L, 1);
  return describe(L, rl_policy_option_table());
}

static int value_describe(lua_State *L) {
  rll_check_value(L, 1);
  return describe(L, rl_value_option_table());
}

static int policy_tostring(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  lua_pushfstring(L, "rl.policy: %d observations, %d actions, %d parameters",
                  rl_network_size(&policy->network), policy->action.size,
                  (int)policy->network.theta.shape[0]);
  return 1;
}

static int value_tostring(lua_State *L) {
  const rl_value *value = rll_check_value(L, 1);
  lua_pushfstring(L, "rl.value: %d observations, %d parameters", rl_network_size(&value->network),
                  (int)value->network.theta.shape[0]);
  return 1;
}

static int policy_gc(lua_State *L) {
  forget(policy_memory(L));
  rl_policy_release(rll_check_policy(L, 1));
  return 0;
}

static int value_gc(lua_State *L) {
  forget(value_memory(L));
  rl_value_release(rll_check_value(L, 1));
  return 0;
}

void rll_open_policy(lua_State *L) {
  static const luaL_Reg policy_methods[] = {{"act", policy_act},
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
  static const luaL_Reg value_methods[] = {{"predict", value_predict},   {"reset", value_reset},
                                           {"observe", value_observe},   {"options", value_get_options},
                                           {"describe", value_describe}, {NULL, NULL}};
  static const luaL_Reg policy_metamethods[] = {
      {"__index", policy_index}, {"__gc", policy_gc}, {"__tostring", policy_tostring}, {NULL, NULL}};
  static const luaL_Reg value_metamethods[] = {
      {"__index", value_index}, {"__gc", value_gc}, {"__tostring", value_tostring}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"policy", policy_new},       {"value", value_new},
                                       {"load_policy", load_policy}, {"load_value", load_value},
                                       {"policy_fits", policy_fits}, {NULL, NULL}};
  rll_register(L, &rll_policy_type, policy_methods, policy_metamethods);
  rll_register(L, &rll_value_type, value_methods, value_metamethods);
  rll_add_state(L, &rll_policy_type, &policy_state);
  rll_add_state(L, &rll_value_type, &value_state);
  luaL_setfuncs(L, functions, 0);
}
