/* The policy-gradient methods, rl.ppo, rl.trpo ..., and rl.rollout, which only collects: one struct, two
 * types. Which methods and options there are is in the tables of runtime/method. */
#include "core/method/method_object.h"

#include "core/base/archive.h"
#include "core/base/demonstration_object.h"
#include "core/base/launch.h"
#include "core/base/option_table.h"
#include "base/parallel.h"
#include "core/base/policy_object.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const rll_type rll_method_type = {"rl.method"};
static const rll_type rollout_type = {"rl.rollout"};

static rll_method *any(lua_State *L, int arg) {
  rll_method *self = rll_test(L, arg, &rollout_type);
  return self ? self : rll_check(L, arg, &rll_method_type);
}

void rll_check_open(lua_State *L, const rll_method *self) {
  if (!self->open || !rll_env_is_open(self->env))
    luaL_error(L, "%s, or its environment, has ended", self->name);
}

static rll_method *check_either(lua_State *L, int arg) {
  rll_method *self = any(L, arg);
  rll_check_open(L, self);
  return self;
}

rll_method *rll_check_method(lua_State *L, int arg) {
  rll_check(L, arg, &rll_method_type);
  return check_either(L, arg);
}

/* Of either: one begins with the other. */
typedef union settings {
  rl_collect_options collect;
  rl_method_options method;
} settings;

static rl_options rows_of(const rl_method_class *method) {
  return method ? rl_method_option_table(method) : rl_collect_option_table();
}

static settings defaults_of(const rl_method_class *method, bool with_value) {
  if (!method) return (settings){.collect = rl_collect_defaults(with_value)};
  return (settings){.method = rl_method_defaults(method->name, with_value)};
}

static settings settings_of(const rll_method *self) {
  if (!self->is) return (settings){.collect = self->collector.options};
  return (settings){.method = *rl_method_settings(self->method)};
}

static rl_rollout *rollout_of(rll_method *self) {
  return self->is ? rl_method_rollout(self->method) : rl_collector_rollout(&self->collector);
}

/* method:options() -> { name = "ppo", gamma =, ... } as they are now */
static int method_options(lua_State *L) {
  const rll_method *self = check_either(L, 1);
  rll_env_refuse_busy(L, self->env); /* ppo_penalty changes its own */
  const settings options = settings_of(self);
  lua_newtable(L);
  rll_set_string(L, "name", self->name + 3);
  rll_set_options(L, rows_of(self->is), &options);
  return 1;
}

static void set_true(lua_State *L, const char *name) {
  lua_pushboolean(L, true);
  lua_setfield(L, -2, name);
}

/* Pushes { name =, meaning =, source =, policy =, value = the options that those are made with, rows ... }, the rows with the defaults of this method. */
static int push_rows(lua_State *L, const rl_method_class *method, bool with_value) {
  rl_option rows[RL_METHOD_ROWS];
  const settings defaults = defaults_of(method, with_value);
  rll_push_option_rows(L, rl_options_with(rows_of(method), &defaults, rows));
  rll_set_string(L, "name", method ? method->name : "rollout");
  rll_set_string(L, "meaning", method ? method->meaning : "collects batches for an update of one's own");
  if (method) rll_set_string(L, "source", method->source);
  lua_newtable(L);
  if (method && method->central) set_true(L, "central");
  if (method && rl_method_values_actions(method)) set_true(L, "action");
  lua_setfield(L, -2, "value");
  lua_newtable(L);
  if (method && rl_method_goes_through_actions(method)) set_true(L, "squash");
  if (method && rl_method_wants_fixed_std(method)) rll_set_string(L, "std", rl_std_names[RL_STD_FIXED]);
  lua_setfield(L, -2, "policy");
  return 1;
}

/* method:describe() -> the rows of its options */
static int method_describe(lua_State *L) {
  const rll_method *self = check_either(L, 1);
  const rl_collector *collector = self->is ? rl_method_collector(self->method) : &self->collector;
  return push_rows(L, self->is, rl_collector_has_critic(collector));
}

/* core.describe_method("ppo") -> the same of a method with a critic; "rollout" too */
static int describe_method(lua_State *L) {
  rl_error error;
  const char *name = luaL_checkstring(L, 1);
  const rl_method_class *method = rl_method_find(name, &error);
  if (!method && strcmp(name, "rollout") != 0) return rll_raise(L, &error);
  return push_rows(L, method, true);
}

/* Pushes the option `name`, of this type; NULL when it is nil and may be. */
static void *check_part(lua_State *L, const rll_method *self, const char *name, const rll_type *type,
                        bool optional) {
  lua_getfield(L, 1, name);
  if (optional && lua_isnil(L, -1)) return NULL;
  void *part = rll_test(L, -1, type);
  if (!part)
    luaL_error(L, "%s: option %s: %s expected, got %s", self->name, name, type->name,
               lua_isnil(L, -1) ? "nothing" : rll_type_name(L, lua_gettop(L)));
  return part;
}

int rll_method_fail(lua_State *L, const rll_method *self, const rl_error *error) {
  rl_error named;
  rl_fail(&named, error->status, "%s: %s", self->name, error->message);
  return rll_raise(L, &named);
}

/* rl.ppo{ env =, policy =, value =, base =, ... }, rl.rollout{ ... }; upvalue 1: the method, or NULL */
static int method_new(lua_State *L) {
  rl_error error;
  const rl_method_class *method = lua_touserdata(L, lua_upvalueindex(1));
  const rl_options list = rows_of(method);
  rll_check_kind(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const int made = method ? rll_make_from_env(L, "policy", method->name) : 0;
  if (made) return made;
  rll_method *self = rll_new(L, method ? &rll_method_type : &rollout_type, sizeof *self); /* at 2 */
  self->is = method;
  snprintf(self->name, sizeof self->name, "rl.%s", method ? method->name : "rollout");
  rll_check_option_names(L, 1, list,
                         (const char *const[]){"env", "policy", "value", method ? "base" : NULL,
                                               method ? "demonstrations" : NULL, NULL},
                         self->name);
  self->env = check_part(L, self, "env", &rll_env_type, false);
  rl_policy *policy = check_part(L, self, "policy", &rll_policy_type, false);
  rl_value *value = check_part(L, self, "value", &rll_value_type, true);
  rl_policy *base = check_part(L, self, "base", &rll_policy_type, true);
  rl_demonstration *demo = check_part(L, self, "demonstrations", &rll_demonstration_type, true);
  if (demo && rl_demonstration_cut(demo, NULL, &error)) return rll_method_fail(L, self, &error);
  settings options = defaults_of(method, value || policy->value_head);
  const int lag = (int)rll_integer(L, 1, "lag", 0, 0, RL_MAX_LAG, self->name);
  if (lag) rl_collect_ahead(&options.collect, lag, value || policy->value_head);
  rll_read_options(L, 1, list, &options, false, self->name);
  lua_createtable(L, RLL_METHOD_BATCH, 0);
  for (int i = RLL_METHOD_ENV; i <= RLL_METHOD_BASE; i++) {
    lua_pushvalue(L, i + 2);
    lua_rawseti(L, -2, i);
  }
  lua_setuservalue(L, 2);
  rl_vec_env *env = self->env->vec;
  if (method ? rl_method_create(&self->method, env, policy, value, base, demo, &options.method, &error)
             : rl_collector_init(&self->collector, env, policy, value, &options.collect, &error))
    return rll_method_fail(L, self, &error);
  self->open = true;
  lua_settop(L, 2);
  return 1;
}

static int method_tostring(lua_State *L) {
  const rll_method *self = check_either(L, 1);
  lua_pushfstring(L, "%s of %s", self->name, self->env->def->name);
  return 1;
}

static int method_gc(lua_State *L) {
  rll_method *self = any(L, 1);
  self->open = false;
  if (self->loan.wait) rll_env_take_back(self->env, &self->loan);
  rl_method_free(self->method);
  rl_collector_release(&self->collector);
  self->method = NULL;
  return 0;
}

void rll_method_begin(lua_State *L, int arg, rll_method *self) {
  lua_getuservalue(L, arg);
  lua_rawgeti(L, -1, RLL_METHOD_ENV);
  rll_env_begin(L, lua_gettop(L), self->env);
}

void rll_method_end(lua_State *L, rll_method *self, rl_status status, const rl_error *error) {
  rl_error named;
  if (status && status != RL_CALLBACK) rl_fail(&named, status, "%s: %s", self->name, error->message);
  rll_env_end(L, self->env, status, &named);
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

void rll_push_collect_stats(lua_State *L, const rll_method *self, const rl_rollout_stats *stats) {
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

/* Sets field `name` of the table at the top: 1 where a flag is set, [steps, copies]. NULL: where a step was
 * taken. */
static void set_flags(lua_State *L, const char *name, const rl_rollout *rollout, const uint8_t *flags) {
  rl_tensor *tensor = rll_new_tensor(L, 2, (int64_t[]){rollout->steps, rollout->copies});
  for (int64_t i = 0; flags && i < rl_tensor_count(tensor); i++) tensor->data[i] = flags[i] ? 1.0f : 0.0f;
  for (int k = 0; !flags && k < rollout->n_rows; k++) tensor->data[rollout->rows[k]] = 1.0f;
  lua_setfield(L, -2, name);
}

/* Seconds of a clock that only goes forward. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Pushes { stats =, obs =, action =, log_prob =, reward =, value =, terminated =, truncated =, valid =, cut_value =,
 * last_value =, advantage =, target = }; its tensors are [steps, copies, ...] views that the next collect writes over
 * (last_value: [copies]). It is the batch that update will take. */
int rll_push_batch(lua_State *L, int arg, rll_method *self) {
  const rl_rollout *rollout = rollout_of(self);
  lua_createtable(L, 0, BATCH_PARTS + 4);
  rll_push_collect_stats(L, self, &rollout->stats);
  lua_setfield(L, -2, "stats");
  for (int i = 0; i < BATCH_PARTS; i++) {
    rll_push_shared(L, part_of(rollout, i));
    lua_setfield(L, -2, batch_parts[i].name);
  }
  set_flags(L, "terminated", rollout, rollout->terminated);
  set_flags(L, "truncated", rollout, rollout->truncated);
  set_flags(L, "valid", rollout, NULL);
  lua_getuservalue(L, arg);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, RLL_METHOD_BATCH);
  lua_pop(L, 1);
  return 1;
}

/* --- option lag --- */

static void wait_for_batch(rll_loan *loan) {
  const rll_method *self = (const rll_method *)(const void *)loan;
  if (self->is)
    rl_method_wait(self->method);
  else
    rl_collector_wait(&self->collector);
}

static void end_batch(rll_loan *loan) {
  rll_method *self = (rll_method *)(void *)loan;
  if (self->is)
    rl_method_leave(self->method);
  else
    rl_collector_leave(&self->collector);
}

/* The environment is the thread's that collects the next batch. A program that trains is told where there can be none. */
static void lend(lua_State *L, rll_method *self) {
  rl_error error;
  if (!settings_of(self).collect.lag) return;
  self->loan.wait = wait_for_batch;
  rll_env_lend(self->env, &self->loan, end_batch);
  if (self->one_by_one || rl_threads() < 2 || !rll_in_rlrun(L) ||
      !rl_vec_env_check_thread(self->env->vec, &error))
    return;
  self->one_by_one = true;
  fprintf(
      stderr,
      "%s: option lag: %s calls functions of the script, which another thread cannot: batches are collected "
      "before updates, not beside them, with the same results\n",
      self->name, self->env->def->name);
}

/* Of each copy, where the script does not say. */
static lua_Integer steps_of_batch(lua_State *L, const rll_method *self) {
  const int batch = self->is ? self->is->batch : RL_BATCH, copies = rl_vec_env_copies(self->env->vec);
  if (!batch || settings_of(self).collect.episodes)
    return luaL_error(
        L, "%s: collect(steps): a batch is one episode of each copy: of how many steps at most?", self->name);
  return (batch + copies - 1) / copies;
}

/* method:collect(steps of each copy) -> batch */
static int method_collect(lua_State *L) {
  rll_method *self = check_either(L, 1);
  rl_error error;
  lua_Integer steps = lua_isnoneornil(L, 2) ? steps_of_batch(L, self) : luaL_checkinteger(L, 2);
  luaL_argcheck(L, steps >= 1 && steps <= 1 << 24, 2, "1 to 16777216 steps of each copy expected");
  rll_method_begin(L, 1, self);
  const double start = now();
  rl_status status = self->is ? rl_method_collect(self->method, (int)steps, &error)
                              : rl_collector_collect(&self->collector, (int)steps, &error);
  self->collecting += now() - start;
  rll_method_end(L, self, status, &error);
  lend(L, self);
  return rll_push_batch(L, 1, self);
}

/* method:batch() -> the batch that waits for its update, also after a load; or nil */
static int method_batch(lua_State *L) {
  rll_method *self = rll_check_method(L, 1);
  if (!rl_method_has_batch(self->method)) return 0;
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_METHOD_BATCH);
  return lua_isnil(L, -1) ? rll_push_batch(L, 1, self) : 1;
}

/* A part may be changed in place; another tensor in its place would be ignored, so it is refused. */
static rll_method *check_last_batch(lua_State *L, const char *what) {
  rll_method *self = rll_check_method(L, 1);
  rll_env_refuse_running(L, self->env);
  rll_check_kind(L, 2, LUA_TTABLE);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_METHOD_BATCH);
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

/* __index of stats: a name of version 0.1 raises with the one that took its place. */
static int absent_statistic(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "epochs") == 0)
    return luaL_error(L, "statistic epochs is called epochs_done since version 0.2");
  return 0;
}

/* A library says nothing, a program that trains should. */
static void tell_annealed(lua_State *L, rll_method *self) {
  if (self->annealed || !rll_in_rlrun(L)) return;
  self->annealed = true;
  fprintf(stderr, "%s: the learning rate is 0 from here on: the %d updates of option anneal are over\n",
          self->name, rl_method_settings(self->method)->anneal);
}

void rll_push_update_stats(lua_State *L, rll_method *self, const rl_method_stats *stats) {
  if (stats->lr == 0.0) tell_annealed(L, self);
  lua_createtable(L, 0, 14);
  rll_set_number(L, "approx_kl", stats->approx_kl);
  rll_set_number(L, "kl", stats->kl);
  rll_set_number(L, "entropy", stats->entropy);
  rll_set_number(L, "policy_loss", stats->policy_loss);
  rll_set_number(L, "value_loss", stats->value_loss);
  rll_set_number(L, "clip_fraction", stats->clip_fraction);
  rll_set_number(L, "explained_variance", stats->explained_variance);
  rll_set_number(L, "grad_norm", stats->grad_norm);
  rll_set_number(L, "base_kl", stats->base_kl);
  rll_set_number(L, "demonstrated", stats->demonstrated);
  rll_set_number(L, "asymmetry", stats->asymmetry);
  rll_set_number(L, "beta", stats->beta);
  rll_set_number(L, "improvement", stats->improvement);
  rll_set_number(L, "backtracks", stats->backtracks);
  rll_set_number(L, "lr", stats->lr);
  if (self->is->step == RL_STEP_REPLAY) {
    rll_set_number(L, "alpha", stats->alpha);
    rll_set_number(L, "mean_q", stats->mean_q);
    rll_set_number(L, "effective_fraction", stats->effective_fraction);
    rll_set_number(L, "gradient_steps", stats->gradient_steps);
    rll_set_number(L, "remembered", stats->remembered);
  } else {
    rll_set_integer(L, "epochs_done", stats->epochs_done);
  }
  if (luaL_newmetatable(L, "rl.stats")) {
    lua_pushcfunction(L, absent_statistic);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
}

/* method:update(batch), method:update(gradient steps) -> stats: those that the method has */
static int method_update(lua_State *L) {
  rl_error error;
  rl_method_stats stats;
  const bool offline = lua_type(L, 2) == LUA_TNUMBER;
  rll_method *self = offline ? rll_check_method(L, 1) : check_last_batch(L, "update");
  const lua_Integer steps = offline ? luaL_checkinteger(L, 2) : 0;
  if (offline) rll_env_refuse_running(L, self->env);
  const double start = now();
  if (offline ? rl_method_update_offline(self->method, steps, &stats, &error)
              : rl_method_update(self->method, &stats, &error))
    return rll_method_fail(L, self, &error);
  self->updating += now() - start;
  rll_push_update_stats(L, self, &stats);
  return 1;
}

/* core.method_seconds(method) -> those that collect and those that update have taken so far */
static int method_seconds(lua_State *L) {
  const rll_method *self = check_either(L, 1);
  lua_pushnumber(L, self->collecting);
  lua_pushnumber(L, self->updating);
  return 2;
}

/* method:gradient(batch, samples) -> the gradients of the two losses over these samples of the batch (1 to
 * steps x copies, as batch tensors flattened count them), as one minibatch; the second only with a value */
static int method_gradient(lua_State *L) {
  const rll_method *self = check_last_batch(L, "gradient");
  rl_error error;
  const rl_tensor *samples = rll_check_tensor(L, 3);
  int64_t rows = rl_tensor_count(samples);
  const rl_rollout *rollout = rl_method_rollout(self->method);
  if (!rollout) return luaL_error(L, "%s: collect a batch first", self->name);
  rll_check_argument(L, samples->ndim == 1 && rows >= 1 && rows <= 1 << 24, 3, "a list of samples expected");
  int *index = lua_newuserdata(L, (size_t)rows * sizeof *index);
  for (int64_t r = 0; r < rows; r++) {
    float sample = samples->data[r * samples->stride[0]];
    int last = rollout->steps * rollout->copies;
    if (!(sample >= 1.0f && sample <= (float)last) || floorf(sample) != sample)
      return luaL_error(L, "%s: sample %s is not one of 1 .. %d", self->name,
                        rll_number_text(L, (double)sample), last);
    index[r] = (int)sample - 1;
  }
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_METHOD_POLICY);
  const rl_policy *policy = rll_check_policy(L, lua_gettop(L));
  lua_rawgeti(L, -2, RLL_METHOD_VALUE);
  const rl_value *value = rll_test(L, -1, &rll_value_type);
  rl_tensor *dpolicy = rll_new_tensor(L, 1, policy->network.theta.shape);
  rl_tensor *dvalue = value ? rll_new_tensor(L, 1, value->network.theta.shape) : NULL;
  if (rl_method_gradient(self->method, index, (int)rows, dpolicy->data, dvalue ? dvalue->data : NULL, &error))
    return rll_method_fail(L, self, &error);
  return dvalue ? 2 : 1;
}

/* method:set{ lr = 1e-4 }: schedules */
static int method_set(lua_State *L) {
  rll_method *self = check_either(L, 1);
  rl_error error;
  const rl_options list = rows_of(self->is);
  settings options = settings_of(self);
  rll_env_refuse_running(L, self->env);
  rll_check_kind(L, 2, LUA_TTABLE);
  rll_check_option_names(L, 2, list, (const char *const[]){NULL}, self->name);
  rll_read_options(L, 2, list, &options, true, self->name);
  if (self->is ? rl_method_set_options(self->method, &options.method, &error)
               : rl_collector_set(&self->collector, &options.collect, &error))
    return rll_method_fail(L, self, &error);
  return 0;
}

/* Their state (core/base/archive.h). */

static void ready(lua_State *L) { rll_env_refuse(L, check_either(L, 1)->env); }

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const rll_method *self = check_either(L, 1);
  rll_env_refuse(L, self->env);
  return self->is ? rl_method_save(self->method, archive, prefix, error)
                  : rl_collector_save(&self->collector, archive, prefix, false, error);
}

/* The batch that was collected here is no longer the method's. */
static void forget_batch(lua_State *L) {
  lua_getuservalue(L, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, RLL_METHOD_BATCH);
  lua_pop(L, 1);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rll_method *self = check_either(L, 1);
  rl_status status = self->is ? rl_method_load(self->method, archive, prefix, error)
                              : rl_collector_load(&self->collector, archive, prefix, error);
  if (status) return status;
  forget_batch(L);
  const char *notice = self->is ? rl_method_notice(self->method) : self->collector.notice;
  if (*notice) snprintf(error->message, sizeof error->message, "%s: %s", self->name, notice);
  return RL_OK;
}

static const rll_state method_state = {"method", ready, put_state, take_state},
                       rollout_state = {"rollout", ready, put_state, take_state};

/* core.method_parts(method) -> { env =, policy =, value =, base = }: what it was made of */
static int method_parts(lua_State *L) {
  static const char *const names[] = {"env", "policy", "value", "base"};
  check_either(L, 1);
  lua_getuservalue(L, 1);
  lua_createtable(L, 0, 4);
  for (int i = RLL_METHOD_ENV; i <= RLL_METHOD_BASE; i++) {
    lua_rawgeti(L, -2, i);
    lua_setfield(L, -2, names[i - RLL_METHOD_ENV]);
  }
  return 1;
}

/* Sets the constructor as a field of the module at the top. */
static void set_constructor(lua_State *L, const rl_method_class *method) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)method);
  lua_pushcclosure(L, method_new, 1);
  lua_setfield(L, -2, method ? method->name : "rollout");
}

void rll_open_method(lua_State *L) {
  static const luaL_Reg methods[] = {{"collect", method_collect}, {"set", method_set},
                                     {"options", method_options}, {"describe", method_describe},
                                     {"update", method_update},   {"gradient", method_gradient},
                                     {"batch", method_batch},     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", method_gc}, {"__tostring", method_tostring}, {NULL, NULL}};
  luaL_Reg rollout[] = {methods[0], methods[1], methods[2], methods[3], {NULL, NULL}};
  rll_register(L, &rollout_type, rollout, metamethods);
  rll_register(L, &rll_method_type, methods, metamethods);
  rll_add_state(L, &rollout_type, &rollout_state);
  rll_add_state(L, &rll_method_type, &method_state);
  lua_pushcfunction(L, describe_method);
  lua_setfield(L, -2, "describe_method");
  lua_pushcfunction(L, method_seconds);
  lua_setfield(L, -2, "method_seconds");
  lua_pushcfunction(L, method_parts);
  lua_setfield(L, -2, "method_parts");
  int count;
  const rl_method_class *classes = rl_method_classes(&count);
  set_constructor(L, NULL);
  for (int i = 0; i < count; i++) set_constructor(L, &classes[i]);
  lua_createtable(L, count, 0); /* methods: the names of all */
  for (int i = 0; i < count; i++) {
    lua_pushstring(L, classes[i].name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "methods");
}
