/* The policy-gradient methods: rl.ppo, rl.trpo ... and rl.rollout. One type; which options a method has is
 * the table in runtime/method_options.c. collect and update are one call each into runtime/method.c. */
#include "method/method.h"

#include "core/base/option_table.h"
#include "core/base/policy_object.h"
#include "core/env/env_object.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const rll_type method_type = {"rl.method"};

typedef struct method_object {
  rl_method *method;
  rll_env *env;
  char name[24]; /* "rl.ppo" */
} method_object;

/* In the uservalue: the environment, which rll_env_begin wants there, policy, value and base, to keep them
 * alive, and the batch that update will take. */
enum { ENV = 1, POLICY, VALUE, BASE, LAST_BATCH };

static method_object *check_method(lua_State *L, int arg) { return rll_check(L, arg, &method_type); }

/* The options at `table` over what `options` holds. */
static void read_options(lua_State *L, int table, const method_object *self, rl_method_options *options) {
  const rl_options list = rl_method_option_table(options->kind);
  for (int i = 0; i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits))
      rl_option_set(options, &list.rows[i], rll_read_option(L, table, &list.rows[i], options, self->name));
}

/* method:options() -> { name = "ppo", gamma =, ... } as they are now */
static int method_options(lua_State *L) {
  const rl_method_options *options = rl_method_get_options(check_method(L, 1)->method);
  const rl_options list = rl_method_option_table(options->kind);
  lua_createtable(L, 0, list.count + 2);
  rll_set_string(L, "name", rl_method_names[options->kind]);
  rll_set_integer(L, "seed", (int64_t)options->seed);
  rll_set_options(L, list, options);
  return 1;
}

/* Pushes the option `name`, of this type; NULL when it is nil and may be. */
static void *check_part(lua_State *L, const method_object *self, const char *name, const rll_type *type,
                        bool optional) {
  lua_getfield(L, 1, name);
  if (optional && lua_isnil(L, -1)) return NULL;
  void *part = rll_test(L, -1, type);
  if (!part)
    luaL_error(L, "%s: option %s: %s expected, got %s", self->name, name, type->name,
               lua_isnil(L, -1) ? "nothing" : rll_type_name(L, lua_gettop(L)));
  return part;
}

/* Raises the error as one of the method, whose name some messages begin with. */
static int fail(lua_State *L, const method_object *self, const rl_error *error) {
  bool named = strncmp(error->message, "rl.", 3) == 0;
  return luaL_error(L, "%s%s%s", named ? "" : self->name, named ? "" : ": ", error->message);
}

/* rl.ppo{ env =, policy =, value =, base =, ... }; upvalue 1: rl_method_kind */
static int method_new(lua_State *L) {
  rl_error error;
  rl_method_kind kind = (rl_method_kind)lua_tointeger(L, lua_upvalueindex(1));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  method_object *self = rll_new(L, &method_type, sizeof *self); /* at 2 */
  strcpy(self->name, "rl.");
  strncat(self->name, rl_method_names[kind], sizeof self->name - 4);
  const rl_options list = rl_method_option_table(kind);
  rll_check_option_names(L, 1, list, (const char *const[]){"env", "policy", "value", "base", "seed", NULL},
                         self->name);
  self->env = check_part(L, self, "env", &rll_env_type, false);
  rl_policy *policy = check_part(L, self, "policy", &rll_policy_type, false);
  rl_value *value = check_part(L, self, "value", &rll_value_type, true);
  rl_policy *base = check_part(L, self, "base", &rll_policy_type, true);
  rl_method_options options = rl_method_defaults(kind, value || policy->value_head);
  read_options(L, 1, self, &options);
  options.seed = rll_seed(L, 1, self->name);
  if (value && policy->value_head)
    luaL_error(L, "%s: the policy has a value head and there is a value besides: leave one out", self->name);
  if (kind == RL_GRPO && (value || policy->value_head) && !rl_estimator_needs_value(options.advantage))
    luaL_error(L, "%s: advantage \"%s\" needs no critic: leave the value out", self->name,
               rl_estimator_names[options.advantage]);
  lua_createtable(L, LAST_BATCH, 0);
  for (int i = ENV; i <= BASE; i++) {
    lua_pushvalue(L, i + 2);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, 2);
  if (rl_method_create(&self->method, self->env->vec, policy, value, base, &options, &error))
    return fail(L, self, &error);
  lua_settop(L, 2);
  return 1;
}

static int method_tostring(lua_State *L) {
  const method_object *self = check_method(L, 1);
  lua_pushfstring(L, "%s of %s", self->name, self->env->def->name);
  return 1;
}

static int method_gc(lua_State *L) {
  method_object *self = check_method(L, 1);
  rl_method_free(self->method);
  self->method = NULL;
  return 0;
}

/* What a batch shows of a rollout: the rollout's own memory. */
typedef struct batch_part {
  const char *name;
  size_t offset; /* of an rl_tensor in rl_rollout */
} batch_part;

static const batch_part batch_parts[] = {{"obs", offsetof(rl_rollout, obs)},
                                         {"action", offsetof(rl_rollout, action)},
                                         {"log_prob", offsetof(rl_rollout, log_prob)},
                                         {"reward", offsetof(rl_rollout, reward)},
                                         {"value", offsetof(rl_rollout, value)},
                                         {"advantage", offsetof(rl_rollout, advantage)},
                                         {"target", offsetof(rl_rollout, target)},
                                         {"cut_value", offsetof(rl_rollout, cut_value)},
                                         {"last_value", offsetof(rl_rollout, last_value)}};
enum { BATCH_PARTS = sizeof batch_parts / sizeof *batch_parts };

static const rl_tensor *part_of(const rl_rollout *rollout, int i) {
  return (const rl_tensor *)(const void *)((const char *)rollout + batch_parts[i].offset);
}

static void push_collect_stats(lua_State *L, const method_object *self) {
  const rl_rollout_stats *stats = &rl_method_rollout(self->method)->stats;
  lua_createtable(L, 0, 7);
  rll_set_integer(L, "steps", stats->total_steps);
  rll_set_integer(L, "episodes", stats->episodes);
  rll_set_integer(L, "terminated", stats->terminated);
  rll_set_integer(L, "cut", stats->cut);
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

/* Sets field `valid`: 1 where a step was taken. */
static void set_valid(lua_State *L, const rl_rollout *rollout) {
  rl_tensor *tensor = rll_new_tensor(L, 2, (int64_t[]){rollout->steps, rollout->copies});
  for (int k = 0; k < rollout->n_rows; k++) tensor->data[rollout->rows[k]] = 1.0f;
  lua_setfield(L, -2, "valid");
}

/* method:collect(steps of each copy) -> batch: { stats =, obs =, action =, log_prob =, reward =, value =,
 * terminated =, truncated =, valid =, cut_value =, last_value =, advantage =, target = }; its tensors are
 * [steps, copies, ...] views that the next collect writes over (last_value: [copies]) */
static int method_collect(lua_State *L) {
  method_object *self = check_method(L, 1);
  rl_error error;
  lua_Integer steps = luaL_checkinteger(L, 2);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 2, "1 to 16777216 steps of each copy expected");
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, ENV);
  rll_env_begin(L, lua_gettop(L), self->env);
  rl_status status = rl_method_collect(self->method, (int)steps, &error);
  rl_error named;
  if (status && status != RL_CALLBACK) rl_fail(&named, status, "%s: %s", self->name, error.message);
  rll_env_end(L, self->env, status, &named);
  rl_rollout *rollout = rl_method_rollout(self->method);
  lua_createtable(L, 0, BATCH_PARTS + 4);
  push_collect_stats(L, self);
  lua_setfield(L, -2, "stats");
  for (int i = 0; i < BATCH_PARTS; i++) {
    rll_push_tensor(L, rl_tensor_share(part_of(rollout, i)));
    lua_setfield(L, -2, batch_parts[i].name);
  }
  set_flags(L, "terminated", rollout, rollout->terminated);
  set_flags(L, "truncated", rollout, rollout->truncated);
  set_valid(L, rollout);
  lua_getuservalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, LAST_BATCH);
  lua_pop(L, 1);
  return 1;
}

/* A part may be changed in place; another tensor in its place would be ignored, so it is refused. */
static method_object *check_last_batch(lua_State *L, const char *what) {
  method_object *self = check_method(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, LAST_BATCH);
  if (!lua_rawequal(L, 2, -1))
    luaL_error(L, "%s: %s takes the batch that its own last collect gave", self->name, what);
  lua_pop(L, 2);
  const rl_rollout *rollout = rl_method_rollout(self->method);
  for (int i = 0; rollout && i < BATCH_PARTS; i++) {
    lua_getfield(L, 2, batch_parts[i].name);
    const rl_tensor *part = rll_test(L, -1, &rll_tensor_type);
    if (!part || part->data != part_of(rollout, i)->data || !rl_tensor_same_shape(part, part_of(rollout, i)))
      luaL_error(L, "%s: batch.%s was replaced: change it in place, batch.%s:copy_(x)", self->name,
                 batch_parts[i].name, batch_parts[i].name);
    lua_pop(L, 1);
  }
  return self;
}

/* method:update(batch) -> stats: those that the method has */
static int method_update(lua_State *L) {
  method_object *self = check_last_batch(L, "update");
  rl_error error;
  rl_method_stats stats;
  if (rl_method_update(self->method, &stats, &error)) return fail(L, self, &error);
  lua_createtable(L, 0, 13);
  rll_set_number(L, "approx_kl", stats.approx_kl);
  rll_set_number(L, "kl", stats.kl);
  rll_set_number(L, "entropy", stats.entropy);
  rll_set_number(L, "policy_loss", stats.policy_loss);
  rll_set_number(L, "value_loss", stats.value_loss);
  rll_set_number(L, "clip_fraction", stats.clip_fraction);
  rll_set_number(L, "explained_variance", stats.explained_variance);
  rll_set_number(L, "grad_norm", stats.grad_norm);
  rll_set_number(L, "base_kl", stats.base_kl);
  rll_set_number(L, "beta", stats.beta);
  rll_set_number(L, "improvement", stats.improvement);
  rll_set_number(L, "backtracks", stats.backtracks);
  rll_set_integer(L, "epochs", stats.epochs);
  return 1;
}

/* method:gradient(batch, samples) -> the gradients of the two losses over these samples of the batch (1 to
 * steps x copies, as batch tensors flattened count them), as one minibatch; the second only with a value */
static int method_gradient(lua_State *L) {
  method_object *self = check_last_batch(L, "gradient");
  rl_error error;
  const rl_tensor *samples = rll_check_tensor(L, 3);
  int64_t rows = rl_tensor_count(samples);
  const rl_rollout *rollout = rl_method_rollout(self->method);
  if (!rollout) return luaL_error(L, "%s: collect a batch first", self->name);
  luaL_argcheck(L, samples->ndim == 1 && rows >= 1 && rows <= 1 << 24, 3, "a list of samples expected");
  int *index = lua_newuserdata(L, (size_t)rows * sizeof *index);
  for (int64_t r = 0; r < rows; r++) {
    float sample = samples->data[r * samples->stride[0]];
    int last = rollout->steps * rollout->copies;
    if (!(sample >= 1.0f && sample <= (float)last) || floorf(sample) != sample)
      return luaL_error(L, "%s: sample %f is not one of 1 .. %d", self->name, (double)sample, last);
    index[r] = (int)sample - 1;
  }
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, POLICY);
  const rl_policy *policy = rll_check_policy(L, lua_gettop(L));
  lua_rawgeti(L, -2, VALUE);
  const rl_value *value = rll_test(L, -1, &rll_value_type);
  rl_tensor *dpolicy = rll_new_tensor(L, 1, policy->network.theta.shape);
  rl_tensor *dvalue = value ? rll_new_tensor(L, 1, value->network.theta.shape) : NULL;
  if (rl_method_gradient(self->method, index, (int)rows, dpolicy->data, dvalue ? dvalue->data : NULL, &error))
    return fail(L, self, &error);
  return dvalue ? 2 : 1;
}

/* method:set{ lr = 1e-4 }: schedules */
static int method_set(lua_State *L) {
  method_object *self = check_method(L, 1);
  rl_error error;
  rl_method_options options = *rl_method_get_options(self->method);
  luaL_checktype(L, 2, LUA_TTABLE);
  const rl_options list = rl_method_option_table(options.kind);
  rll_check_option_names(L, 2, list, (const char *const[]){NULL}, self->name);
  read_options(L, 2, self, &options);
  if (rl_method_set_options(self->method, &options, &error)) return fail(L, self, &error);
  return 0;
}

/* core.method_options("ppo") -> the names of the options that rl.ppo has */
static int method_option_names(lua_State *L) {
  rl_error error;
  const char *name = luaL_checkstring(L, 1);
  int kind = 0;
  while (kind < RL_METHODS && strcmp(name, rl_method_names[kind]) != 0) kind++;
  if (kind == RL_METHODS) {
    rl_fail_unknown(&error, "method", name, rl_method_names, RL_METHODS);
    return rll_raise(L, &error);
  }
  const rl_options list = rl_method_option_table((rl_method_kind)kind);
  rll_push_option_names(L, list);
  return 1;
}

void rll_open_method(lua_State *L) {
  static const luaL_Reg methods[] = {{"collect", method_collect},   {"update", method_update},
                                     {"gradient", method_gradient}, {"set", method_set},
                                     {"options", method_options},   {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", method_gc}, {"__tostring", method_tostring}, {NULL, NULL}};
  rll_register(L, &method_type, methods, metamethods);
  for (int kind = 0; kind < RL_METHODS; kind++) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, method_new, 1);
    lua_setfield(L, -2, rl_method_names[kind]);
  }
  lua_pushcfunction(L, method_option_names);
  lua_setfield(L, -2, "method_options");
}
