/* The policy-gradient methods, rl.ppo, rl.trpo ..., and rl.rollout, which only collects: one struct, two
 * types. Which methods and options there are is in the tables of runtime/method. */
#include "method/method.h"

#include "core/base/option_table.h"
#include "core/base/policy_object.h"
#include "core/env/env_object.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const rll_type method_type = {"rl.method"}, rollout_type = {"rl.rollout"};

typedef struct collecting {
  rl_method *method;      /* NULL: a rollout, */
  rl_collector collector; /* which is this */
  rll_env *env;
  char name[24]; /* "rl.ppo" */
} collecting;

/* In the uservalue: the environment, which rll_env_begin wants there, policy, value and base, to keep them
 * alive, and the batch that update will take. */
enum { ENV = 1, POLICY, VALUE, BASE, LAST_BATCH };

static collecting *check_method(lua_State *L, int arg) { return rll_check(L, arg, &method_type); }

static collecting *check_either(lua_State *L, int arg) {
  collecting *self = rll_test(L, arg, &rollout_type);
  return self ? self : check_method(L, arg);
}

static rl_options rows_of(const collecting *self) {
  return self->method ? rl_method_option_table(rl_method_class_of(self->method)) : rl_collect_option_table();
}

static const void *options_of(const collecting *self) {
  return self->method ? (const void *)rl_method_settings(self->method) : &self->collector.options;
}

static rl_rollout *rollout_of(collecting *self) {
  return self->method ? rl_method_rollout(self->method) : rl_collector_rollout(&self->collector);
}

/* method:options() -> { name = "ppo", gamma =, ... } as they are now */
static int method_options(lua_State *L) {
  const collecting *self = check_either(L, 1);
  const rl_options list = rows_of(self);
  lua_createtable(L, 0, list.count + 1);
  rll_set_string(L, "name", self->name + 3);
  rll_set_options(L, list, options_of(self));
  return 1;
}

/* Pushes rows with the defaults in place of those that the table has for all. */
static int push_rows(lua_State *L, rl_options list, const void *defaults) {
  rl_option rows[RL_METHOD_ROWS];
  rll_push_option_rows(L, rl_options_with(list, defaults, rows));
  return 1;
}

static int push_method_rows(lua_State *L, const rl_method_class *method, bool with_value) {
  const rl_method_options defaults = rl_method_defaults(method->name, with_value);
  push_rows(L, rl_method_option_table(method), &defaults);
  rll_set_string(L, "name", method->name);
  rll_set_string(L, "meaning", method->meaning);
  rll_set_string(L, "source", method->source);
  return 1;
}

static int push_collect_rows(lua_State *L, bool with_value) {
  const rl_collect_options defaults = rl_collect_defaults(with_value);
  push_rows(L, rl_collect_option_table(), &defaults);
  rll_set_string(L, "name", "rollout");
  rll_set_string(L, "meaning", "collects and estimates, for an update of one's own");
  return 1;
}

/* method:describe() -> the rows of its options */
static int method_describe(lua_State *L) {
  const collecting *self = check_either(L, 1);
  bool with_value =
      rl_collector_has_critic(self->method ? rl_method_collector(self->method) : &self->collector);
  if (!self->method) return push_collect_rows(L, with_value);
  return push_method_rows(L, rl_method_class_of(self->method), with_value);
}

/* core.describe_method("ppo") -> { name =, meaning =, source =, rows ... }, as with a critic; "rollout" too.
 */
static int describe_method(lua_State *L) {
  rl_error error;
  const char *name = luaL_checkstring(L, 1);
  if (strcmp(name, "rollout") == 0) return push_collect_rows(L, true);
  const rl_method_class *method = rl_method_find(name, &error);
  return method ? push_method_rows(L, method, true) : rll_raise(L, &error);
}

/* Pushes the option `name`, of this type; NULL when it is nil and may be. */
static void *check_part(lua_State *L, const collecting *self, const char *name, const rll_type *type,
                        bool optional) {
  lua_getfield(L, 1, name);
  if (optional && lua_isnil(L, -1)) return NULL;
  void *part = rll_test(L, -1, type);
  if (!part)
    luaL_error(L, "%s: option %s: %s expected, got %s", self->name, name, type->name,
               lua_isnil(L, -1) ? "nothing" : rll_type_name(L, lua_gettop(L)));
  return part;
}

static int fail(lua_State *L, const collecting *self, const rl_error *error) {
  return luaL_error(L, "%s: %s", self->name, error->message);
}

/* The parts of the table at 1, which go into the uservalue of the object at 2. */
typedef struct parts {
  rl_policy *policy, *base;
  rl_value *value;
  bool critic;
} parts;

static collecting *new_object(lua_State *L, const rll_type *type, const char *name, rl_options list,
                              parts *p) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  collecting *self = rll_new(L, type, sizeof *self);
  snprintf(self->name, sizeof self->name, "rl.%s", name);
  const bool is_method = type == &method_type;
  rll_check_option_names(L, 1, list,
                         (const char *const[]){"env", "policy", "value", is_method ? "base" : NULL, NULL},
                         self->name);
  self->env = check_part(L, self, "env", &rll_env_type, false);
  p->policy = check_part(L, self, "policy", &rll_policy_type, false);
  p->value = check_part(L, self, "value", &rll_value_type, true);
  p->base = check_part(L, self, "base", &rll_policy_type, true);
  p->critic = p->value || p->policy->value_head;
  lua_createtable(L, LAST_BATCH, 0);
  for (int i = ENV; i <= BASE; i++) {
    lua_pushvalue(L, i + 2);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, 2);
  lua_settop(L, 2);
  return self;
}

/* rl.ppo{ env =, policy =, value =, base =, ... }; upvalue 1: the method's place in the table */
static int method_new(lua_State *L) {
  rl_error error;
  int count;
  const rl_method_class *method = &rl_method_classes(&count)[lua_tointeger(L, lua_upvalueindex(1))];
  const rl_options list = rl_method_option_table(method);
  parts p;
  collecting *self = new_object(L, &method_type, method->name, list, &p);
  rl_method_options options = rl_method_defaults(method->name, p.critic);
  rll_read_options(L, 1, list, &options, false, self->name);
  if (rl_method_create(&self->method, self->env->vec, p.policy, p.value, p.base, &options, &error))
    return fail(L, self, &error);
  return 1;
}

/* rl.rollout{ env =, policy =, value =, ... } */
static int rollout_new(lua_State *L) {
  rl_error error;
  const rl_options list = rl_collect_option_table();
  parts p;
  collecting *self = new_object(L, &rollout_type, "rollout", list, &p);
  rl_collect_options options = rl_collect_defaults(p.critic);
  rll_read_options(L, 1, list, &options, false, self->name);
  if (rl_collector_init(&self->collector, self->env->vec, p.policy, p.value, &options, &error))
    return fail(L, self, &error);
  return 1;
}

static int method_tostring(lua_State *L) {
  const collecting *self = check_either(L, 1);
  lua_pushfstring(L, "%s of %s", self->name, self->env->def->name);
  return 1;
}

static int method_gc(lua_State *L) {
  collecting *self = check_either(L, 1);
  rl_method_free(self->method);
  rl_collector_release(&self->collector);
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

static void push_collect_stats(lua_State *L, const collecting *self, const rl_rollout_stats *stats) {
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
  collecting *self = check_either(L, 1);
  rl_error error;
  lua_Integer steps = luaL_checkinteger(L, 2);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 2, "1 to 16777216 steps of each copy expected");
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, ENV);
  rll_env_begin(L, lua_gettop(L), self->env);
  rl_status status = self->method ? rl_method_collect(self->method, (int)steps, &error)
                                  : rl_collector_collect(&self->collector, (int)steps, &error);
  rl_error named;
  if (status && status != RL_CALLBACK) rl_fail(&named, status, "%s: %s", self->name, error.message);
  rll_env_end(L, self->env, status, &named);
  const rl_rollout *rollout = rollout_of(self);
  lua_createtable(L, 0, BATCH_PARTS + 4);
  push_collect_stats(L, self, &rollout->stats);
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
static collecting *check_last_batch(lua_State *L, const char *what) {
  collecting *self = check_method(L, 1);
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
  const collecting *self = check_last_batch(L, "update");
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
  rll_set_integer(L, "epochs_done", stats.epochs_done);
  return 1;
}

/* method:gradient(batch, samples) -> the gradients of the two losses over these samples of the batch (1 to
 * steps x copies, as batch tensors flattened count them), as one minibatch; the second only with a value */
static int method_gradient(lua_State *L) {
  const collecting *self = check_last_batch(L, "gradient");
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
  collecting *self = check_either(L, 1);
  rl_error error;
  const rl_options list = rows_of(self);
  luaL_checktype(L, 2, LUA_TTABLE);
  rll_check_option_names(L, 2, list, (const char *const[]){NULL}, self->name);
  rl_status status;
  if (self->method) {
    rl_method_options options = *rl_method_settings(self->method);
    rll_read_options(L, 2, list, &options, true, self->name);
    status = rl_method_set_options(self->method, &options, &error);
  } else {
    rl_collect_options options = self->collector.options;
    rll_read_options(L, 2, list, &options, true, self->name);
    status = rl_collector_set(&self->collector, &options, &error);
  }
  return status ? fail(L, self, &error) : 0;
}

void rll_open_method(lua_State *L) {
  static const luaL_Reg rollout[] = {{"collect", method_collect},
                                     {"set", method_set},
                                     {"options", method_options},
                                     {"describe", method_describe},
                                     {NULL, NULL}};
  static const luaL_Reg methods[] = {{"collect", method_collect},
                                     {"set", method_set},
                                     {"options", method_options},
                                     {"describe", method_describe},
                                     {"update", method_update},
                                     {"gradient", method_gradient},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", method_gc}, {"__tostring", method_tostring}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"rollout", rollout_new}, {"describe_method", describe_method}, {NULL, NULL}};
  rll_register(L, &rollout_type, rollout, metamethods);
  rll_register(L, &method_type, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
  int count;
  const rl_method_class *classes = rl_method_classes(&count);
  lua_createtable(L, count, 0); /* methods: the names of all */
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, i);
    lua_pushcclosure(L, method_new, 1);
    lua_setfield(L, -3, classes[i].name);
    lua_pushstring(L, classes[i].name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "methods");
}
