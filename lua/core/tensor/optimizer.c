/* rl.adam and rl.sgd: steps of a policy, a value or a tensor along a gradient, downhill. They hold the
 * parameters by their memory, so a step is seen wherever those are. */
#include "base/vector.h"
#include "core/base/policy_object.h"
#include "network/adam.h"

#include <math.h>

static const rll_type adam_type = {"rl.adam"}, sgd_type = {"rl.sgd"};

typedef struct optimizer {
  rl_tensor theta;
  rl_adam adam; /* size 0: plain gradient descent */
  double lr, max_grad_norm;
} optimizer;

static optimizer *check_optimizer(lua_State *L) {
  optimizer *self = rll_test(L, 1, &sgd_type);
  return self ? self : rll_check(L, 1, &adam_type);
}

static rl_tensor check_parameters(lua_State *L, int arg) {
  if (rll_test(L, arg, &rll_policy_type)) return rl_tensor_share(&rll_check_policy(L, arg)->network.theta);
  if (rll_test(L, arg, &rll_value_type)) return rl_tensor_share(&rll_check_value(L, arg)->network.theta);
  const rl_tensor *tensor = rll_test(L, arg, &rll_tensor_type);
  if (!tensor) rll_type_error(L, arg, "policy, value or tensor");
  if (!rl_tensor_is_contiguous(tensor)) luaL_argerror(L, arg, "a tensor with gaps: :clone() it first");
  return rl_tensor_share(tensor);
}

static void read_rates(lua_State *L, int table, optimizer *self, const char *what) {
  self->lr = rll_number(L, table, "lr", self->lr, 0, 10, what);
  self->max_grad_norm = rll_number(L, table, "max_grad_norm", self->max_grad_norm, 0, HUGE_VAL, what);
}

/* The parameters go into the object first: what follows may raise. */
static optimizer *push_optimizer(lua_State *L, const rll_type *type, double lr) {
  lua_settop(L, 2);
  optimizer *self = rll_new(L, type, sizeof *self);
  self->theta = check_parameters(L, 1);
  self->lr = lr;
  return self;
}

/* rl.adam(policy, { lr = 3e-4, beta1 = .9, beta2 = .999, epsilon = 1e-5, max_grad_norm = 0 }) */
static int adam_new(lua_State *L) {
  static const char what[] = "rl.adam";
  optimizer *self = push_optimizer(L, &adam_type, 3e-4);
  rl_error error;
  rll_check_options(L, 2, what,
                    (const char *const[]){"lr", "beta1", "beta2", "epsilon", "max_grad_norm", NULL});
  read_rates(L, 2, self, what);
  if (rl_adam_init(&self->adam, (size_t)rl_tensor_count(&self->theta), &error)) return rll_raise(L, &error);
  self->adam.beta1 = rll_number(L, 2, "beta1", self->adam.beta1, 0, 1 - 1e-9, what);
  self->adam.beta2 = rll_number(L, 2, "beta2", self->adam.beta2, 0, 1 - 1e-9, what);
  self->adam.epsilon = rll_number(L, 2, "epsilon", self->adam.epsilon, 1e-30, 1, what);
  return 1;
}

/* rl.sgd(policy, { lr = .01, max_grad_norm = 0 }) */
static int sgd_new(lua_State *L) {
  optimizer *self = push_optimizer(L, &sgd_type, 0.01);
  rll_check_options(L, 2, "rl.sgd", (const char *const[]){"lr", "max_grad_norm", NULL});
  read_rates(L, 2, self, "rl.sgd");
  return 1;
}

static int gc(lua_State *L) {
  optimizer *self = check_optimizer(L);
  rl_tensor_release(&self->theta);
  rl_adam_release(&self->adam);
  return 0;
}

/* optimizer:step(gradient) -> its norm before clipping; one step downhill. A gradient that is not finite is
 * refused and changes nothing. */
static int step(lua_State *L) {
  optimizer *self = check_optimizer(L);
  const rl_tensor *theta = &self->theta;
  const float *gradient = rll_check_floats(L, 2, theta->ndim, theta->shape, "gradient");
  size_t n = (size_t)rl_tensor_count(theta), bad = rl_first_not_finite(gradient, n);
  if (bad < n) {
    lua_pushinteger(L, (lua_Integer)bad + 1);
    return luaL_error(L, "step: element %s of the gradient is not a finite number; nothing was changed",
                      lua_tostring(L, -1));
  }
  double norm = sqrt(rl_sum_squares(gradient, n));
  if (!(norm < 1e18)) /* its square would not fit Adam's moments */
    return luaL_error(L, "step: the norm of the gradient is beyond 1e18; nothing was changed");
  double scale = self->max_grad_norm > 0 && norm > self->max_grad_norm ? self->max_grad_norm / norm : 1.0;
  if (self->adam.size) {
    rl_adam_step(&self->adam, theta->data, gradient, scale, self->lr);
  } else {
    float rate = (float)(self->lr * scale);
    for (size_t i = 0; i < n; i++) theta->data[i] -= rate * gradient[i];
  }
  lua_pushnumber(L, norm);
  return 1;
}

/* optimizer:set{ lr =, max_grad_norm = }: schedules */
static int set(lua_State *L) {
  optimizer *self = check_optimizer(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  rll_check_options(L, 2, "set", (const char *const[]){"lr", "max_grad_norm", NULL});
  read_rates(L, 2, self, "set");
  return 0;
}

void rll_open_optimizer(lua_State *L) {
  static const luaL_Reg methods[] = {{"step", step}, {"set", set}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", gc}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"adam", adam_new}, {"sgd", sgd_new}, {NULL, NULL}};
  rll_register(L, &adam_type, methods, metamethods);
  rll_register(L, &sgd_type, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
}
