/* rl.dist: what a policy does in a batch of states, with log-probabilities, entropy and KL as variables; and
 * the forward pass of a value. */
#include "core/base/policy_object.h"
#include "core/tensor/variable.h"

static const rll_type dist_type = {"rl.dist"};

typedef struct dist_object {
  rl_dist_variable dist;
  ptrdiff_t reported; /* bytes, to rll_track */
} dist_object;

static dist_object *check_dist(lua_State *L, int arg) {
  dist_object *object = rll_check(L, arg, &dist_type);
  if (!object->dist.head) rll_argument_error(L, arg, "the distribution is closed");
  return object;
}

static int finish(lua_State *L, rl_status status, const rl_error *error) {
  if (status) return rll_raise(L, error);
  dist_object *object = lua_touserdata(L, -1);
  object->reported = (ptrdiff_t)rl_dist_variable_bytes(&object->dist);
  rll_track(L, object->reported);
  return 1;
}

static int release(lua_State *L) {
  dist_object *object = rll_check(L, 1, &dist_type);
  rl_dist_variable_release(&object->dist);
  rll_track(L, -object->reported);
  object->reported = 0;
  return 0;
}

/* Observations [n, size] at `arg`. */
static const float *check_observations(lua_State *L, int arg, int size, int *n) {
  const float *obs = rll_check_floats(L, arg, 2, (int64_t[]){-1, size}, "observations");
  int64_t rows = rll_check_tensor(L, arg)->shape[0];
  rll_check_argument(L, rows <= 1 << 24, arg, "too many observations");
  *n = (int)rows;
  return obs;
}

/* policy:dist(observations) */
static int policy_dist(lua_State *L) {
  const rl_policy *policy = rll_check_policy(L, 1);
  rl_error error;
  int rows;
  const float *obs = check_observations(L, 2, policy->observation.size, &rows);
  dist_object *object = rll_new(L, &dist_type, sizeof *object);
  return finish(L, rl_variable_policy(&object->dist, policy, obs, rows, &error), &error);
}

/* value:forward(observations) -> variable [n] */
static int value_forward(lua_State *L) {
  const rl_value *value = rll_check_value(L, 1);
  rl_error error;
  int rows;
  const float *obs = check_observations(L, 2, value->network.mlp.inputs, &rows);
  rl_variable **out = rll_hold_variable(L);
  return rll_finish_variable(L, rl_variable_value(out, value, obs, rows, &error), &error);
}

/* dist:log_prob(actions) -> variable [n] */
static int log_prob(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  const rl_tensor *actions = rll_check_tensor(L, 2);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_log_prob(out, &self->dist, actions, &error), &error);
}

/* dist:entropy() -> variable [n] */
static int entropy(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_entropy(out, &self->dist, &error), &error);
}

/* p:kl(q) -> variable [n]: KL(p || q) */
static int kl(lua_State *L) {
  const dist_object *p = check_dist(L, 1), *q = check_dist(L, 2);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_kl(out, &p->dist, &q->dist, &error), &error);
}

/* dist:detach(): the same distribution, without a way back to the policy's parameters */
static int detach(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  rl_error error;
  dist_object *object = rll_new(L, &dist_type, sizeof *object);
  return finish(L, rl_dist_variable_detach(&object->dist, &self->dist, &error), &error);
}

static int push_part(lua_State *L, rl_variable *part) {
  *rll_hold_variable(L) = rl_variable_share(part);
  return rll_finish_variable(L, RL_OK, NULL);
}

static int refuse_factors(lua_State *L, const char *what) {
  return luaL_error(
      L, "%s: these are several factors; use :head(), which has what belongs to each in their order", what);
}

/* dist:head() -> variable [n, size]: means of real numbers and logits of choices, factor after factor */
static int head(lua_State *L) { return push_part(L, check_dist(L, 1)->dist.head); }

/* dist:mean() -> variable [n, size], of a Gaussian */
static int mean(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  if (self->dist.space.kind == RL_FACTORS) return refuse_factors(L, "mean");
  if (self->dist.space.kind != RL_BOX)
    return luaL_error(L, "mean: choices have none; use :logits(), or policy:mean(obs) for the likeliest");
  return push_part(L, self->dist.head);
}

/* dist:log_std() -> variable [reals] or [n, reals], of real numbers */
static int log_std(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  if (!self->dist.log_std) return luaL_error(L, "log_std: choices have none; use :logits()");
  return push_part(L, self->dist.log_std);
}

/* dist:logits() -> variable [n, size], of choices */
static int logits(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  if (self->dist.space.kind == RL_FACTORS) return refuse_factors(L, "logits");
  if (self->dist.space.kind != RL_DISCRETE)
    return luaL_error(L, "logits: a Gaussian has none; use :mean() and :log_std()");
  return push_part(L, self->dist.head);
}

/* dist:value() -> variable [n], of a policy with a value head */
static int value(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  if (!self->dist.value)
    return luaL_error(
        L, "value: the policy has no value head; make it with rl.policy(env, { value_head = true })");
  return push_part(L, self->dist.value);
}

static int tostring(lua_State *L) {
  const dist_object *self = check_dist(L, 1);
  static const char *const kinds[] = {"Gaussian", "categorical", "product"}, *const units[] = {
                                                                                 "actions", "choices",
                                                                                 "numbers and choices"};
  lua_pushfstring(L, "rl.dist: %s, %d states, %d %s", kinds[self->dist.space.kind],
                  (int)rl_variable_tensor(self->dist.head)->shape[0], self->dist.space.size,
                  units[self->dist.space.kind]);
  return 1;
}

/* A method more for a type of another file. */
static void add_method(lua_State *L, const rll_type *type, const char *name, lua_CFunction method) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1); /* the methods */
  lua_pushcfunction(L, method);
  lua_setfield(L, -2, name);
  lua_pop(L, 3);
}

void rll_open_dist(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"log_prob", log_prob}, {"entropy", entropy}, {"kl", kl},     {"mean", mean},
      {"log_std", log_std},   {"logits", logits},   {"head", head}, {"value", value},
      {"detach", detach},     {NULL, NULL},
  };
  static const luaL_Reg metamethods[] = {
      {"__gc", release}, {"__close", release}, {"__tostring", tostring}, {NULL, NULL}};
  rll_register(L, &dist_type, methods, metamethods);
  add_method(L, &rll_policy_type, "dist", policy_dist);
  add_method(L, &rll_value_type, "forward", value_forward);
}
