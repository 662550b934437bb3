/* rl.variable: tensors that remember how they were computed (autodiff/variable.h), with the methods and
 * operators of tensors. Numbers, tables and tensors among the operands are constants. */
#include "core/tensor/variable.h"

#include "core/base/policy_object.h"
#include "core/tensor/tensor_access.h"

#include <math.h>
#include <string.h>

const rll_type rll_variable_type = {"rl.variable"};

typedef struct variable_object {
  rl_variable *variable;
  ptrdiff_t reported; /* bytes, to rll_track */
} variable_object;

static rl_variable *test_variable(lua_State *L, int index) {
  const variable_object *object = rll_test(L, index, &rll_variable_type);
  return object ? object->variable : NULL;
}

rl_variable **rll_hold_variable(lua_State *L) {
  variable_object *object = rll_new(L, &rll_variable_type, sizeof *object);
  return &object->variable;
}

int rll_finish_variable(lua_State *L, rl_status status, const rl_error *error) {
  if (status) return rll_raise(L, error);
  variable_object *object = lua_touserdata(L, -1);
  object->reported = (ptrdiff_t)rl_variable_bytes(object->variable);
  rll_track(L, object->reported);
  return 1;
}

static int release(lua_State *L) {
  variable_object *object = rll_check(L, 1, &rll_variable_type);
  rl_variable_release(object->variable);
  object->variable = NULL;
  rll_track(L, -object->reported);
  object->reported = 0;
  return 0;
}

static rl_variable *check_self(lua_State *L) {
  const variable_object *object = rll_check(L, 1, &rll_variable_type);
  if (!object->variable) luaL_error(L, "the variable is closed");
  return object->variable;
}

/* A variable; a tensor, a number or a (nested) table of numbers takes its place as a constant. */
static rl_variable *check_operand(lua_State *L, int arg) {
  rl_error error;
  if (rll_test(L, arg, &rll_variable_type)) {
    rl_variable *variable = test_variable(L, arg);
    if (!variable) rll_argument_error(L, arg, "the variable is closed");
    return variable;
  }
  const rl_tensor *tensor = rll_check_tensor(L, arg);
  rl_variable **out = rll_hold_variable(L);
  rll_finish_variable(L, rl_variable_constant(out, tensor, &error), &error);
  lua_replace(L, arg);
  return *out;
}

static int upvalue(lua_State *L) { return (int)lua_tointeger(L, lua_upvalueindex(1)); }

/* rl.variable(tensor): a leaf, to differentiate by */
static int new (lua_State *L) {
  lua_settop(L, 1);
  rl_error error;
  if (rll_test(L, 1, &rll_variable_type)) return rll_argument_error(L, 1, "it is a variable already");
  const rl_tensor *tensor = rll_check_tensor(L, 1);
  rl_variable **out = rll_hold_variable(L);
  return rll_finish_variable(L, rl_variable_leaf(out, tensor, &error), &error);
}

/* Elementwise. */

static int unary(lua_State *L) {
  rl_variable *x = check_self(L), **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_unary(out, (rl_unary)upvalue(L), x, &error), &error);
}

/* Comparisons give tensors of 1 and 0: no gradient goes through them. */
static int compare(lua_State *L, rl_binary op, const rl_variable *a, const rl_variable *b) {
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_binary(out, op, rl_variable_tensor(a), rl_variable_tensor(b), &error),
                           &error);
}

int rll_variable_binary(lua_State *L, rl_binary op) {
  lua_settop(L, 2);
  rl_variable *a = check_operand(L, 1), *b = check_operand(L, 2);
  rl_error error;
  if (op == RL_OP_LT || op == RL_OP_LE || op == RL_OP_EQ) return compare(L, op, a, b);
  rl_variable **out = rll_hold_variable(L);
  return rll_finish_variable(L, rl_variable_binary(out, op, a, b, &error), &error);
}

static int binary(lua_State *L) { return rll_variable_binary(L, (rl_binary)upvalue(L)); }

/* x:gt(y) is y < x */
static int binary_swapped(lua_State *L) {
  lua_settop(L, 2);
  lua_insert(L, 1);
  return binary(L);
}

/* x:clamp(low, high); a bound may be nil */
static int clamp(lua_State *L) {
  rl_variable *x = check_self(L);
  float low = (float)luaL_optnumber(L, 2, -INFINITY), high = (float)luaL_optnumber(L, 3, INFINITY);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_clamp(out, x, low, high, &error), &error);
}

int rll_variable_where(lua_State *L) {
  lua_settop(L, 3);
  if (rll_test(L, 1, &rll_variable_type))
    return rll_argument_error(
        L, 1, "a condition has no gradient: a tensor expected, as x:lt(y) gives, or x:value()");
  const rl_tensor *condition = rll_check_tensor(L, 1);
  rl_variable *a = check_operand(L, 2), *b = check_operand(L, 3), **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_where(out, condition, a, b, &error), &error);
}

/* Reductions, products, views. Unlike those of tensors, results without dimensions stay variables. */

static int reduce(lua_State *L) {
  rl_variable *x = check_self(L);
  int dim = lua_isnoneornil(L, 2) ? RL_ALL : rll_check_dim(L, 2, rl_variable_tensor(x));
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_reduce(out, (rl_reduction)upvalue(L), x, dim, &error), &error);
}

int rll_variable_matmul(lua_State *L) {
  lua_settop(L, 2);
  rl_variable *a = check_operand(L, 1), *b = check_operand(L, 2), **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_matmul(out, a, b, &error), &error);
}

/* x:t() swaps the last two dimensions, x:t(a, b) any two */
static int transpose(lua_State *L) {
  rl_variable *x = check_self(L);
  const rl_tensor *value = rl_variable_tensor(x);
  bool default_dims = lua_isnoneornil(L, 2);
  char shape[RL_SHAPE_TEXT];
  if (default_dims && value->ndim < 2)
    return luaL_error(L, "t: two dimensions expected, got shape %s",
                      rl_shape_text(value->ndim, value->shape, shape));
  int a = default_dims ? value->ndim - 2 : rll_check_dim(L, 2, value);
  int b = default_dims ? value->ndim - 1 : rll_check_dim(L, 3, value);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_transpose(out, x, a, b, &error), &error);
}

static int reshape(lua_State *L) {
  rl_variable *x = check_self(L);
  int64_t shape[RL_MAX_DIMS];
  int ndim = rll_check_sizes(L, 2, shape);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_reshape(out, x, ndim, shape, &error), &error);
}

/* x:narrow(dim, first, n) */
static int narrow(lua_State *L) {
  rl_variable *x = check_self(L);
  int dim = rll_check_dim(L, 2, rl_variable_tensor(x));
  int64_t size = rl_variable_tensor(x)->shape[dim];
  int64_t first = rll_check_integer(L, 3, 1, size + 1);
  int64_t n = rll_check_integer(L, 4, 0, size - first + 1);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_narrow(out, x, dim, first - 1, n, &error), &error);
}

static int select_view(lua_State *L) {
  rl_variable *x = check_self(L);
  int dim = rll_check_dim(L, 2, rl_variable_tensor(x));
  int64_t index = rll_check_integer(L, 3, 1, rl_variable_tensor(x)->shape[dim]);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_select(out, x, dim, index - 1, &error), &error);
}

/* x:rows{3, 1} */
static int rows(lua_State *L) {
  rl_variable *x = check_self(L);
  int64_t n;
  const int64_t *index = rll_check_rows(L, 2, rl_variable_tensor(x), &n);
  rl_variable **out = rll_hold_variable(L);
  rl_error error;
  return rll_finish_variable(L, rl_variable_rows(out, x, n, index, &error), &error);
}

/* Numbers and sizes. */

/* x:value(): the numbers as a tensor, without the graph */
static int value(lua_State *L) {
  const rl_variable *x = check_self(L);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_clone(out, rl_variable_tensor(x), &error), &error);
}

static int item(lua_State *L) {
  const rl_tensor *x = rl_variable_tensor(check_self(L));
  char shape[RL_SHAPE_TEXT];
  if (rl_tensor_count(x) != 1)
    return luaL_error(L, "item: one element expected, got shape %s", rl_shape_text(x->ndim, x->shape, shape));
  lua_pushnumber(L, (lua_Number)*x->data);
  return 1;
}

static int shape(lua_State *L) {
  const rl_tensor *x = rl_variable_tensor(check_self(L));
  lua_createtable(L, x->ndim, 0);
  for (int i = 0; i < x->ndim; i++) {
    lua_pushinteger(L, (lua_Integer)x->shape[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int size(lua_State *L) {
  const rl_tensor *x = rl_variable_tensor(check_self(L));
  int64_t n = lua_isnoneornil(L, 2) ? rl_tensor_count(x) : x->shape[rll_check_dim(L, 2, x)];
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

static int dim(lua_State *L) {
  lua_pushinteger(L, rl_variable_tensor(check_self(L))->ndim);
  return 1;
}

static int length(lua_State *L) {
  const rl_tensor *x = rl_variable_tensor(check_self(L));
  if (x->ndim == 0) return luaL_error(L, "a variable without dimensions has no length");
  lua_pushinteger(L, (lua_Integer)x->shape[0]);
  return 1;
}

/* As that of a tensor, but with another first word. */
static int tostring(lua_State *L) {
  rl_tensor *view = rll_hold_tensor(L);
  *view = rl_tensor_share(rl_variable_tensor(check_self(L)));
  const char *text = luaL_tolstring(L, -1, NULL);
  lua_pushfstring(L, "variable%s", text + strlen("tensor"));
  return 1;
}

/* x[i] is a slice of the first dimension; x.name is a method. */
static int lookup(lua_State *L) {
  check_self(L);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    lua_settop(L, 2);
    lua_pushinteger(L, 1);
    lua_insert(L, 2); /* x, 1, i */
    return select_view(L);
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  size_t length = 0;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : NULL;
  if (lua_isnil(L, -1) && length > 1 && name[length - 1] == '_')
    return luaL_error(
        L, "%s: a variable is not changed in place, since gradients need its numbers; use y = x:%s()", name,
        lua_pushlstring(L, name, length - 1));
  return 1;
}

static int assign(lua_State *L) {
  return luaL_error(L, "a variable is not changed in place, since gradients need its numbers");
}

/* Gradients. */

/* What stands at `arg`; its name stays on the stack. */
static rl_target check_target(lua_State *L, int arg) {
  rl_target target = {0};
  char shape[RL_SHAPE_TEXT];
  const rl_tensor *tensor = rll_test(L, arg, &rll_tensor_type);
  if (rll_test(L, arg, &rll_policy_type)) {
    target.source = &rll_check_policy(L, arg)->network.theta;
    lua_pushliteral(L, "the parameters of the policy");
  } else if (rll_test(L, arg, &rll_value_type)) {
    target.source = &rll_check_value(L, arg)->network.theta;
    lua_pushliteral(L, "the parameters of the value");
  } else if (rll_test(L, arg, &rll_variable_type)) {
    target.variable = check_operand(L, arg);
    tensor = rl_variable_tensor(target.variable);
    lua_pushfstring(L, "argument %d, a variable of shape %s", arg - 1,
                    rl_shape_text(tensor->ndim, tensor->shape, shape));
  } else if (tensor) {
    target.source = tensor;
    lua_pushfstring(L, "argument %d, a tensor of shape %s", arg - 1,
                    rl_shape_text(tensor->ndim, tensor->shape, shape));
  } else {
    rll_type_error(L, arg, "policy, value or variable");
  }
  target.name = lua_tostring(L, -1);
  return target;
}

/* loss:grad(target, ...) -> one gradient for each: d loss / d target */
static int grad(lua_State *L) {
  rl_variable *loss = check_self(L);
  const rl_tensor *value = rl_variable_tensor(loss);
  int n = lua_gettop(L) - 1;
  char shape[RL_SHAPE_TEXT];
  rl_error error;
  if (rl_tensor_count(value) != 1)
    return luaL_error(L, "loss is not a scalar: shape %s; use :mean() or :sum()",
                      rl_shape_text(value->ndim, value->shape, shape));
  if (n == 0) return luaL_error(L, "grad: policy, value or variables to differentiate by expected");
  luaL_checkstack(L, 2 * n + 8, "too many targets");
  rl_target *target = lua_newuserdata(L, (size_t)n * sizeof *target);
  rl_tensor *gradient = lua_newuserdata(L, (size_t)n * sizeof *gradient);
  for (int i = 0; i < n; i++) target[i] = check_target(L, i + 2);
  int first = lua_gettop(L) + 1;
  for (int i = 0; i < n; i++) rll_hold_tensor(L);
  if (rl_variable_gradients(loss, n, target, gradient, &error)) return rll_raise(L, &error);
  for (int i = 0; i < n; i++) *(rl_tensor *)lua_touserdata(L, first + i) = gradient[i];
  for (int i = 0; i < n; i++) {
    lua_pushvalue(L, first + i);
    rll_finish_tensor(L, RL_OK, NULL);
    lua_pop(L, 1);
  }
  return n;
}

/* The face. */

typedef struct row {
  const char *name;
  lua_CFunction function;
  int op;
} row;

static const row methods[] = {
    {"neg", unary, RL_OP_NEG},
    {"abs", unary, RL_OP_ABS},
    {"sign", unary, RL_OP_SIGN},
    {"square", unary, RL_OP_SQUARE},
    {"sqrt", unary, RL_OP_SQRT},
    {"exp", unary, RL_OP_EXP},
    {"log", unary, RL_OP_LOG},
    {"tanh", unary, RL_OP_TANH},
    {"sigmoid", unary, RL_OP_SIGMOID},
    {"relu", unary, RL_OP_RELU},
    {"sin", unary, RL_OP_SIN},
    {"cos", unary, RL_OP_COS},
    {"floor", unary, RL_OP_FLOOR},
    {"add", binary, RL_OP_ADD},
    {"sub", binary, RL_OP_SUB},
    {"mul", binary, RL_OP_MUL},
    {"div", binary, RL_OP_DIV},
    {"pow", binary, RL_OP_POW},
    {"lt", binary, RL_OP_LT},
    {"le", binary, RL_OP_LE},
    {"eq", binary, RL_OP_EQ},
    {"gt", binary_swapped, RL_OP_LT},
    {"ge", binary_swapped, RL_OP_LE},
    {"sum", reduce, RL_REDUCE_SUM},
    {"mean", reduce, RL_REDUCE_MEAN},
    {"max", reduce, RL_REDUCE_MAX},
    {"min", reduce, RL_REDUCE_MIN},
    {"clamp", clamp, 0},
    {"matmul", rll_variable_matmul, 0},
    {"t", transpose, 0},
    {"reshape", reshape, 0},
    {"narrow", narrow, 0},
    {"select", select_view, 0},
    {"rows", rows, 0},
    {"value", value, 0},
    {"item", item, 0},
    {"shape", shape, 0},
    {"size", size, 0},
    {"dim", dim, 0},
    {"grad", grad, 0},
};

static const row operators[] = {
    {"__add", binary, RL_OP_ADD}, {"__sub", binary, RL_OP_SUB}, {"__mul", binary, RL_OP_MUL},
    {"__div", binary, RL_OP_DIV}, {"__pow", binary, RL_OP_POW}, {"__unm", unary, RL_OP_NEG},
};

/* Into the table on the top of the stack; the operation is upvalue 1. */
static void add_rows(lua_State *L, const row *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, list[i].op);
    lua_pushcclosure(L, list[i].function, 1);
    lua_setfield(L, -2, list[i].name);
  }
}

void rll_open_variable(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__index", lookup}, {"__newindex", assign}, {"__len", length}, {"__tostring", tostring},
      {"__gc", release},   {"__close", release},   {NULL, NULL},
  };
  rll_register(L, &rll_variable_type, NULL, metamethods);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rll_variable_type);
  add_rows(L, operators, sizeof operators / sizeof *operators);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1); /* the methods */
  add_rows(L, methods, sizeof methods / sizeof *methods);
  lua_pop(L, 3);
  lua_pushcfunction(L, new);
  lua_setfield(L, -2, "variable");
}
