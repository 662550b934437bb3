/* rl.adam, rl.sgd and rl.rmsprop: steps of a policy, a value or a tensor along a gradient, downhill. They hold the
 * parameters by their memory, so a step is seen wherever those are. */
#include "archive/option_state.h"
#include "network/optimizer.h"

#include "core/base/archive.h"
#include "core/base/option_table.h"
#include "core/base/policy_object.h"

#include <string.h>

static const rll_type adam_type = {"rl.adam"}, sgd_type = {"rl.sgd"}, rmsprop_type = {"rl.rmsprop"};

typedef struct optimizer_object {
  rl_tensor theta;
  rl_optimizer optimizer, made; /* made: its options when it was made */
} optimizer_object;

static optimizer_object *check_optimizer(lua_State *L) {
  optimizer_object *self = rll_test(L, 1, &sgd_type);
  if (!self) self = rll_test(L, 1, &rmsprop_type);
  return self ? self : rll_check(L, 1, &adam_type);
}

static rl_tensor check_parameters(lua_State *L, int arg) {
  if (rll_test(L, arg, &rll_policy_type)) return rl_tensor_share(&rll_check_policy(L, arg)->network.theta);
  if (rll_test(L, arg, &rll_value_type)) return rl_tensor_share(&rll_check_value(L, arg)->network.theta);
  const rl_tensor *tensor = rll_test(L, arg, &rll_tensor_type);
  if (!tensor) rll_type_error(L, arg, "policy, value or tensor");
  if (!rl_tensor_is_contiguous(tensor)) rll_argument_error(L, arg, "a tensor with gaps: :clone() it first");
  return rl_tensor_share(tensor);
}

/* The options at 2. */
static void read_options(lua_State *L, rl_optimizer *optimizer, bool running, const char *what) {
  const rl_options list = rl_optimizer_options(optimizer->kind);
  rll_check_option_names(L, 2, list, (const char *const[]){NULL}, what);
  rll_read_options(L, 2, list, optimizer, running, what);
}

/* The parameters go into the object first: what follows may raise. */
static int new_optimizer(lua_State *L, const rll_type *type, rl_optimizer_kind kind) {
  rl_error error;
  lua_settop(L, 2);
  optimizer_object *self = rll_new(L, type, sizeof *self);
  self->theta = check_parameters(L, 1);
  if (rl_optimizer_init(&self->optimizer, kind, (size_t)rl_tensor_count(&self->theta), &error))
    return rll_raise(L, &error);
  read_options(L, &self->optimizer, false, type->name);
  self->made = self->optimizer;
  return 1;
}

/* rl.adam(policy, { lr =, beta1 =, beta2 =, epsilon =, max_grad_norm = }) */
static int adam_new(lua_State *L) { return new_optimizer(L, &adam_type, RL_ADAM); }

/* rl.sgd(policy, { lr =, max_grad_norm = }) */
static int sgd_new(lua_State *L) { return new_optimizer(L, &sgd_type, RL_SGD); }

/* rl.rmsprop(policy, { lr =, decay =, epsilon =, max_grad_norm = }) */
static int rmsprop_new(lua_State *L) { return new_optimizer(L, &rmsprop_type, RL_RMSPROP); }

static int gc(lua_State *L) {
  optimizer_object *self = check_optimizer(L);
  rl_tensor_release(&self->theta);
  rl_optimizer_release(&self->optimizer);
  return 0;
}

/* optimizer:step(gradient) -> its norm before clipping; one step downhill. A gradient that is not finite is
 * refused and changes nothing. */
static int step(lua_State *L) {
  optimizer_object *self = check_optimizer(L);
  const rl_tensor *theta = &self->theta;
  const float *gradient = rll_check_floats(L, 2, theta->ndim, theta->shape, "gradient");
  rl_error error;
  double norm;
  if (rl_optimizer_descend(&self->optimizer, theta->data, gradient, &norm, &error))
    return luaL_error(L, "step: %s", error.message);
  lua_pushnumber(L, norm);
  return 1;
}

/* optimizer:set{ lr =, max_grad_norm = }: schedules */
static int set(lua_State *L) {
  optimizer_object *self = check_optimizer(L);
  rll_check_kind(L, 2, LUA_TTABLE);
  read_options(L, &self->optimizer, true, "set");
  return 0;
}

/* optimizer:options() -> { lr =, ... } as they are now */
static int options(lua_State *L) {
  const optimizer_object *self = check_optimizer(L);
  lua_newtable(L);
  rll_set_options(L, rl_optimizer_options(self->optimizer.kind), &self->optimizer);
  return 1;
}

/* optimizer:describe() -> the rows of its options */
static int describe(lua_State *L) {
  rll_push_option_rows(L, rl_optimizer_options(check_optimizer(L)->optimizer.kind));
  return 1;
}

/* Their state (core/base/archive.h): not the parameters, which belong to others. */

static void ready(lua_State *L) { check_optimizer(L); }

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  const optimizer_object *self = check_optimizer(L);
  rl_status status = rl_optimizer_save(&self->optimizer, archive, prefix, error);
  return status ? status
                : rl_options_save(rl_optimizer_options(self->optimizer.kind), &self->made, &self->optimizer,
                                  archive, prefix, error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  optimizer_object *self = check_optimizer(L);
  rl_optimizer set = self->optimizer; /* of it only the options */
  char notice[RL_NOTICE] = "";
  const rl_options list = rl_optimizer_options(set.kind);
  rl_status status = rl_options_load(list, &self->made, &set, archive, prefix, notice, error);
  if (!status) status = rl_optimizer_load(&self->optimizer, archive, prefix, error);
  for (int i = 0; !status && i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits))
      rl_option_set(&self->optimizer, &list.rows[i], rl_option_get(&set, &list.rows[i]));
  if (!status) memcpy(error->message, notice, sizeof notice);
  return status;
}

static const rll_state optimizer_state = {"optimizer", ready, put_state, take_state};

void rll_open_optimizer(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"step", step}, {"set", set}, {"options", options}, {"describe", describe}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", gc}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"adam", adam_new}, {"sgd", sgd_new}, {"rmsprop", rmsprop_new}, {NULL, NULL}};
  rll_register(L, &adam_type, methods, metamethods);
  rll_register(L, &sgd_type, methods, metamethods);
  rll_register(L, &rmsprop_type, methods, metamethods);
  rll_add_state(L, &adam_type, &optimizer_state);
  rll_add_state(L, &sgd_type, &optimizer_state);
  rll_add_state(L, &rmsprop_type, &optimizer_state);
  luaL_setfuncs(L, functions, 0);
}
