/* rl.ppo: the method object. collect and update are one call each into runtime/ppo.c. */
#include "ppo.h"

#include "env_object.h"
#include "policy_object.h"

#include <string.h>

static const rll_type ppo_type = {"rl.ppo"};

typedef struct ppo_object {
  rl_ppo *ppo;
  rll_env *env;
} ppo_object;

static ppo_object *check_ppo(lua_State *L, int arg) { return rll_check(L, arg, &ppo_type); }

static const char *const option_names[] = {"env",
                                           "policy",
                                           "value",
                                           "gamma",
                                           "lambda",
                                           "lr",
                                           "clip",
                                           "value_clip",
                                           "entropy",
                                           "value_coef",
                                           "max_grad_norm",
                                           "target_kl",
                                           "epochs",
                                           "minibatch",
                                           "normalize_advantage",
                                           "seed",
                                           NULL};

/* The numbers at `table` over what `options` holds. */
static void read_options(lua_State *L, int table, rl_ppo_options *options) {
  const struct {
    const char *name;
    double *value;
  } numbers[] = {{"gamma", &options->gamma},
                 {"lambda", &options->lambda},
                 {"lr", &options->lr},
                 {"clip", &options->clip},
                 {"value_clip", &options->value_clip},
                 {"entropy", &options->entropy},
                 {"value_coef", &options->value_coef},
                 {"max_grad_norm", &options->max_grad_norm},
                 {"target_kl", &options->target_kl}};
  rl_error error;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    *numbers[i].value = rll_number(L, table, numbers[i].name, *numbers[i].value, -1e300, 1e300, "rl.ppo");
  options->epochs = (int)rll_integer(L, table, "epochs", options->epochs, 1, 1000, "rl.ppo");
  options->minibatch = (int)rll_integer(L, table, "minibatch", options->minibatch, 1, 1 << 28, "rl.ppo");
  options->normalize_advantage =
      rll_boolean(L, table, "normalize_advantage", options->normalize_advantage, "rl.ppo");
  if (rl_ppo_check(options, &error)) luaL_error(L, "rl.ppo: %s", error.message);
}

static void push_needed(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) luaL_error(L, "rl.ppo: option %s is missing", name);
}

/* rl.ppo{ env =, policy =, value =, ... } */
static int ppo_new(lua_State *L) {
  rl_error error;
  rl_ppo_options options = rl_ppo_defaults();
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  rll_check_options(L, 1, "rl.ppo", option_names);
  read_options(L, 1, &options);
  options.seed = rll_seed(L, 1, "rl.ppo");
  push_needed(L, 1, "env");
  push_needed(L, 1, "policy");
  push_needed(L, 1, "value");
  rll_env *env = rll_check_env(L, 2);
  rl_policy *policy = rll_check_policy(L, 3);
  rl_value *value = rll_check_value(L, 4);
  ppo_object *self = rll_new(L, &ppo_type, sizeof *self);
  lua_createtable(L, 3, 0); /* keeps the three alive; env comes first, as rll_env_begin wants its userdata */
  for (int i = 1; i <= 3; i++) {
    lua_pushvalue(L, i + 1);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, 5);
  self->env = env;
  if (rl_ppo_create(&self->ppo, env->vec, policy, value, &options, &error))
    return luaL_error(L, "rl.ppo: %s", error.message);
  return 1;
}

static int ppo_gc(lua_State *L) {
  ppo_object *self = check_ppo(L, 1);
  rl_ppo_free(self->ppo);
  self->ppo = NULL;
  return 0;
}

static void push_collect_stats(lua_State *L, const ppo_object *self) {
  const rl_rollout_stats *stats = &rl_ppo_rollout(self->ppo)->stats;
  lua_createtable(L, 0, 7);
  rll_set_integer(L, "steps", stats->total_steps);
  rll_set_integer(L, "episodes", stats->episodes);
  rll_set_integer(L, "terminated", stats->terminated);
  rll_set_number(L, "mean_return", stats->mean_return);
  rll_set_number(L, "mean_length", stats->mean_length);
  rll_set_number(L, "mean_reward", stats->mean_reward);
  lua_createtable(L, 0, stats->n_terms);
  for (int i = 0; i < stats->n_terms; i++)
    rll_set_number(L, rl_vec_env_term_name(self->env->vec, i), stats->terms[i]);
  lua_setfield(L, -2, "terms");
}

/* ppo:collect(steps of each copy) -> batch: { stats =, obs =, action =, log_prob =, reward =, value =,
 * advantage =, target = }; its tensors are [steps, copies, ...] views that the next collect writes over */
static int ppo_collect(lua_State *L) {
  ppo_object *self = check_ppo(L, 1);
  rl_error error;
  lua_Integer steps = luaL_checkinteger(L, 2);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 2, "1 to 16777216 steps of each copy expected");
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  rll_env_begin(L, lua_gettop(L), self->env);
  rl_status status = rl_ppo_collect(self->ppo, (int)steps, &error);
  rll_env_end(L, self->env, status, &error);
  rl_rollout *rollout = rl_ppo_rollout(self->ppo);
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {{"obs", &rollout->obs},       {"action", &rollout->action}, {"log_prob", &rollout->log_prob},
               {"reward", &rollout->reward}, {"value", &rollout->value},   {"advantage", &rollout->advantage},
               {"target", &rollout->target}};
  lua_createtable(L, 0, 8);
  push_collect_stats(L, self);
  lua_setfield(L, -2, "stats");
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    rll_push_tensor(L, rl_tensor_share(parts[i].tensor));
    lua_setfield(L, -2, parts[i].name);
  }
  return 1;
}

/* ppo:update(batch) -> stats */
static int ppo_update(lua_State *L) {
  ppo_object *self = check_ppo(L, 1);
  rl_error error;
  rl_ppo_stats stats;
  luaL_checktype(L, 2, LUA_TTABLE);
  if (rl_ppo_update(self->ppo, &stats, &error)) return luaL_error(L, "rl.ppo: %s", error.message);
  lua_createtable(L, 0, 8);
  rll_set_number(L, "approx_kl", stats.approx_kl);
  rll_set_number(L, "clip_fraction", stats.clip_fraction);
  rll_set_number(L, "entropy", stats.entropy);
  rll_set_number(L, "policy_loss", stats.policy_loss);
  rll_set_number(L, "value_loss", stats.value_loss);
  rll_set_number(L, "explained_variance", stats.explained_variance);
  rll_set_number(L, "grad_norm", stats.grad_norm);
  rll_set_integer(L, "epochs", stats.epochs);
  return 1;
}

/* ppo:set{ lr = 1e-4 }: schedules */
static int ppo_set(lua_State *L) {
  static const char *const names[] = {
      "gamma",         "lambda",    "lr",     "clip",      "value_clip",          "entropy", "value_coef",
      "max_grad_norm", "target_kl", "epochs", "minibatch", "normalize_advantage", NULL};
  ppo_object *self = check_ppo(L, 1);
  rl_ppo_options options = *rl_ppo_get_options(self->ppo);
  luaL_checktype(L, 2, LUA_TTABLE);
  rll_check_options(L, 2, "rl.ppo", names);
  read_options(L, 2, &options);
  *rl_ppo_get_options(self->ppo) = options;
  return 0;
}

void rll_open_ppo(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"collect", ppo_collect}, {"update", ppo_update}, {"set", ppo_set}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", ppo_gc}, {NULL, NULL}};
  rll_register(L, &ppo_type, methods, metamethods);
  lua_pushcfunction(L, ppo_new);
  lua_setfield(L, -2, "ppo");
}
