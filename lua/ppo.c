/* rl.ppo: the method object. collect and update are one call each into runtime/ppo.c. */
#include "ppo.h"

#include "env_object.h"
#include "policy_object.h"

#include <math.h>
#include <stddef.h>

static const rll_type ppo_type = {"rl.ppo"};

typedef struct ppo_object {
  rl_ppo *ppo;
  rll_env *env;
} ppo_object;

/* In the uservalue: the environment, which rll_env_begin wants there, the policy and the value, to keep them
 * alive, and the batch that update will take. */
enum { ENV = 1, POLICY, VALUE, LAST_BATCH };

static ppo_object *check_ppo(lua_State *L, int arg) { return rll_check(L, arg, &ppo_type); }

/* The options that are numbers: where each lies. */
typedef struct number_option {
  const char *name;
  size_t offset;
} number_option;

static const number_option numbers[] = {{"gamma", offsetof(rl_ppo_options, gamma)},
                                        {"lambda", offsetof(rl_ppo_options, lambda)},
                                        {"lr", offsetof(rl_ppo_options, lr)},
                                        {"clip", offsetof(rl_ppo_options, clip)},
                                        {"value_clip", offsetof(rl_ppo_options, value_clip)},
                                        {"entropy", offsetof(rl_ppo_options, entropy)},
                                        {"value_coef", offsetof(rl_ppo_options, value_coef)},
                                        {"max_grad_norm", offsetof(rl_ppo_options, max_grad_norm)},
                                        {"target_kl", offsetof(rl_ppo_options, target_kl)}};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static double *number_at(rl_ppo_options *options, int i) {
  return (double *)(void *)((char *)options + numbers[i].offset);
}

/* `more`: names beside those that ppo:set takes; NULL-terminated. */
static void check_names(lua_State *L, int table, const char *const *more) {
  const char *names[NUMBERS + 16];
  int n = 0;
  for (; n < NUMBERS; n++) names[n] = numbers[n].name;
  names[n++] = "epochs";
  names[n++] = "minibatch";
  names[n++] = "normalize_advantage";
  while (*more) names[n++] = *more++;
  names[n] = NULL;
  rll_check_options(L, table, "rl.ppo", names);
}

/* The numbers at `table` over what `options` holds. */
static void read_options(lua_State *L, int table, rl_ppo_options *options) {
  rl_error error;
  for (int i = 0; i < NUMBERS; i++) {
    double *value = number_at(options, i);
    *value = rll_number(L, table, numbers[i].name, *value, -HUGE_VAL, HUGE_VAL, "rl.ppo");
  }
  options->epochs = (int)rll_integer(L, table, "epochs", options->epochs, 1, 1000, "rl.ppo");
  options->minibatch = (int)rll_integer(L, table, "minibatch", options->minibatch, 1, 1 << 28, "rl.ppo");
  options->normalize_advantage =
      rll_boolean(L, table, "normalize_advantage", options->normalize_advantage, "rl.ppo");
  if (rl_ppo_check(options, &error)) luaL_error(L, "rl.ppo: %s", error.message);
}

/* ppo:options() -> { name = "ppo", gamma =, ... } as they are now */
static int ppo_options(lua_State *L) {
  rl_ppo_options *options = rl_ppo_get_options(check_ppo(L, 1)->ppo);
  lua_createtable(L, 0, NUMBERS + 5);
  rll_set_string(L, "name", "ppo");
  for (int i = 0; i < NUMBERS; i++) rll_set_number(L, numbers[i].name, *number_at(options, i));
  rll_set_integer(L, "epochs", options->epochs);
  rll_set_integer(L, "minibatch", options->minibatch);
  rll_set_integer(L, "seed", (int64_t)options->seed);
  lua_pushboolean(L, options->normalize_advantage);
  lua_setfield(L, -2, "normalize_advantage");
  return 1;
}

/* Pushes the option `name`, which must be there and of this type. */
static void *check_part(lua_State *L, const char *name, const rll_type *type) {
  lua_getfield(L, 1, name);
  void *part = rll_test(L, -1, type);
  if (!part)
    luaL_error(L, "rl.ppo: option %s: %s expected, got %s", name, type->name,
               lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
  return part;
}

/* rl.ppo{ env =, policy =, value =, ... } */
static int ppo_new(lua_State *L) {
  rl_error error;
  rl_ppo_options options = rl_ppo_defaults();
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  check_names(L, 1, (const char *const[]){"env", "policy", "value", "seed", NULL});
  read_options(L, 1, &options);
  options.seed = rll_seed(L, 1, "rl.ppo");
  rll_env *env = check_part(L, "env", &rll_env_type);
  rl_policy *policy = check_part(L, "policy", &rll_policy_type);
  rl_value *value = check_part(L, "value", &rll_value_type);
  ppo_object *self = rll_new(L, &ppo_type, sizeof *self);
  lua_createtable(L, LAST_BATCH, 0);
  for (int i = ENV; i <= VALUE; i++) {
    lua_pushvalue(L, i + 1);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, 5);
  self->env = env;
  if (rl_ppo_create(&self->ppo, env->vec, policy, value, &options, &error))
    return luaL_error(L, "rl.ppo: %s", error.message);
  return 1;
}

static int ppo_tostring(lua_State *L) {
  const ppo_object *self = check_ppo(L, 1);
  lua_pushfstring(L, "rl.ppo of %s", self->env->def->name);
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

/* Sets field `name` of the table at the top: 1 where a flag is set, [steps, copies]. */
static void set_flags(lua_State *L, const char *name, const rl_rollout *rollout, const uint8_t *flags) {
  rl_tensor *tensor = rll_new_tensor(L, 2, (int64_t[]){rollout->steps, rollout->copies});
  for (int64_t i = 0; i < rl_tensor_count(tensor); i++) tensor->data[i] = flags[i] ? 1.0f : 0.0f;
  lua_setfield(L, -2, name);
}

/* ppo:collect(steps of each copy) -> batch: { stats =, obs =, action =, log_prob =, reward =, value =,
 * terminated =, truncated =, cut_value =, last_value =, advantage =, target = }; its tensors are [steps,
 * copies, ...] views that the next collect writes over (last_value: [copies]) */
static int ppo_collect(lua_State *L) {
  ppo_object *self = check_ppo(L, 1);
  rl_error error;
  lua_Integer steps = luaL_checkinteger(L, 2);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 2, "1 to 16777216 steps of each copy expected");
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, ENV);
  rll_env_begin(L, lua_gettop(L), self->env);
  rl_status status = rl_ppo_collect(self->ppo, (int)steps, &error);
  rll_env_end(L, self->env, status, &error);
  rl_rollout *rollout = rl_ppo_rollout(self->ppo);
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {
      {"obs", &rollout->obs},       {"action", &rollout->action},       {"log_prob", &rollout->log_prob},
      {"reward", &rollout->reward}, {"value", &rollout->value},         {"advantage", &rollout->advantage},
      {"target", &rollout->target}, {"cut_value", &rollout->cut_value}, {"last_value", &rollout->last_value}};
  lua_createtable(L, 0, 8);
  push_collect_stats(L, self);
  lua_setfield(L, -2, "stats");
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    rll_push_tensor(L, rl_tensor_share(parts[i].tensor));
    lua_setfield(L, -2, parts[i].name);
  }
  set_flags(L, "terminated", rollout, rollout->terminated);
  set_flags(L, "truncated", rollout, rollout->truncated);
  lua_getuservalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, LAST_BATCH);
  lua_pop(L, 1);
  return 1;
}

/* ppo:update(batch) -> stats */
static int ppo_update(lua_State *L) {
  ppo_object *self = check_ppo(L, 1);
  rl_error error;
  rl_ppo_stats stats;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, LAST_BATCH);
  if (!lua_rawequal(L, 2, -1))
    return luaL_error(L, "rl.ppo: update takes the batch that this ppo's last collect gave");
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
  ppo_object *self = check_ppo(L, 1);
  rl_ppo_options options = *rl_ppo_get_options(self->ppo);
  luaL_checktype(L, 2, LUA_TTABLE);
  check_names(L, 2, (const char *const[]){NULL});
  read_options(L, 2, &options);
  *rl_ppo_get_options(self->ppo) = options;
  return 0;
}

void rll_open_ppo(lua_State *L) {
  static const luaL_Reg methods[] = {{"collect", ppo_collect},
                                     {"update", ppo_update},
                                     {"set", ppo_set},
                                     {"options", ppo_options},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", ppo_gc}, {"__tostring", ppo_tostring}, {NULL, NULL}};
  rll_register(L, &ppo_type, methods, metamethods);
  lua_pushcfunction(L, ppo_new);
  lua_setfield(L, -2, "ppo");
}
