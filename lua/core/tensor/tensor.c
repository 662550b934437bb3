/* rl.tensor: making them and computing with them. Methods that differ only in the operation share one
 * function, which has the operation as upvalue 1. Results without dimensions (a sum over all, x:dot(y)) are
 * plain numbers. */
#include "core/tensor/tensor_access.h"
#include "core/tensor/variable.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rl_tensor *check_self(lua_State *L) { return rll_check(L, 1, &rll_tensor_type); }

/* An operand: numbers, the commonest, need no tensor of their own on the heap. NULL: it is a variable, and
 * the operation is one of variables. */
typedef struct operand {
  rl_tensor tensor;
  float number;
} operand;

static const rl_tensor *check_operand(lua_State *L, int arg, operand *self) {
  if (lua_type(L, arg) != LUA_TNUMBER) {
    const rl_tensor *tensor = rll_test(L, arg, &rll_tensor_type);
    if (tensor) return tensor;
    return rll_test(L, arg, &rll_variable_type) ? NULL : rll_check_tensor(L, arg);
  }
  self->number = (float)lua_tonumber(L, arg);
  self->tensor = rl_tensor_wrap(&self->number, 0, NULL);
  return &self->tensor;
}

/* What is to be written into a tensor. */
static const rl_tensor *check_source(lua_State *L, int arg, operand *self) {
  const rl_tensor *source = check_operand(L, arg, self);
  if (!source) rll_argument_error(L, arg, "a tensor does not remember how it was computed: use :value()");
  return source;
}

static int upvalue(lua_State *L) { return (int)lua_tointeger(L, lua_upvalueindex(1)); }

static int finish(lua_State *L, rl_status status, const rl_error *error) {
  rll_finish_tensor(L, status, error);
  return rll_plain_number(L);
}

static int finish_in_place(lua_State *L, rl_status status, const rl_error *error) {
  if (status) return rll_raise(L, error);
  lua_settop(L, 1);
  return 1;
}

/* Elementwise. */

static int unary(lua_State *L) {
  const rl_tensor *x = check_self(L);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return finish(L, rl_tensor_unary(out, (rl_unary)upvalue(L), x, &error), &error);
}

static int unary_in_place(lua_State *L) {
  rl_tensor *self = check_self(L);
  rl_error error;
  return finish_in_place(L, rl_tensor_unary_into(self, (rl_unary)upvalue(L), self, &error), &error);
}

static int binary(lua_State *L) {
  operand left, right;
  const rl_tensor *a = check_operand(L, 1, &left), *b = check_operand(L, 2, &right);
  if (!a || !b) return rll_variable_binary(L, (rl_binary)upvalue(L));
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return finish(L, rl_tensor_binary(out, (rl_binary)upvalue(L), a, b, &error), &error);
}

/* x:gt(y) is y < x */
static int binary_swapped(lua_State *L) {
  lua_settop(L, 2);
  lua_insert(L, 1);
  return binary(L);
}

static int binary_in_place(lua_State *L) {
  rl_tensor *self = check_self(L);
  operand right;
  const rl_tensor *y = check_source(L, 2, &right);
  rl_error error;
  return finish_in_place(L, rl_tensor_binary_into(self, (rl_binary)upvalue(L), self, y, &error), &error);
}

static int copy_in_place(lua_State *L) {
  rl_tensor *self = check_self(L);
  operand right;
  const rl_tensor *source = check_source(L, 2, &right);
  rl_error error;
  return finish_in_place(L, rl_tensor_copy(self, source, &error), &error);
}

static int fill_in_place(lua_State *L) {
  rl_tensor *self = check_self(L);
  if (lua_type(L, 2) != LUA_TNUMBER) return rll_type_error(L, 2, "number");
  rl_tensor_fill(self, (float)lua_tonumber(L, 2));
  lua_settop(L, 1);
  return 1;
}

static int zero_in_place(lua_State *L) {
  rl_tensor_fill(check_self(L), 0.0f);
  lua_settop(L, 1);
  return 1;
}

/* The bounds of x:clamp(lo, hi); either may be nil. */
static rl_status check_bounds(lua_State *L, float *low, float *high, rl_error *error) {
  double least = luaL_optnumber(L, 2, -INFINITY), most = luaL_optnumber(L, 3, INFINITY);
  *low = (float)least, *high = (float)most;
  if (least <= most) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "clamp: no number is between %g and %g", least, most);
}

static int clamp(lua_State *L) {
  const rl_tensor *x = check_self(L);
  lua_settop(L, 3);
  float low, high;
  rl_error error;
  rl_status status = check_bounds(L, &low, &high, &error);
  rl_tensor *out = rll_hold_tensor(L);
  if (!status) status = rl_tensor_clamp(out, x, low, high, &error);
  return finish(L, status, &error);
}

static int clamp_in_place(lua_State *L) {
  rl_tensor *self = check_self(L);
  float low, high;
  rl_error error;
  rl_status status = check_bounds(L, &low, &high, &error);
  if (!status) status = rl_tensor_clamp_into(self, self, low, high, &error);
  return finish_in_place(L, status, &error);
}

/* rl.where(condition, a, b) */
static int where(lua_State *L) {
  operand place[3];
  const rl_tensor *condition = check_operand(L, 1, &place[0]);
  const rl_tensor *a = check_operand(L, 2, &place[1]), *b = check_operand(L, 3, &place[2]);
  if (!condition || !a || !b) return rll_variable_where(L);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return finish(L, rl_tensor_where(out, condition, a, b, &error), &error);
}

/* Whole tensors. */

/* x:sum() is a number, x:sum(dim) a tensor without that dimension. argmax counts from 1. */
static int reduce(lua_State *L) {
  const rl_tensor *x = check_self(L);
  rl_reduction op = (rl_reduction)upvalue(L);
  double shift = op == RL_REDUCE_ARGMAX || op == RL_REDUCE_ARGMIN ? 1.0 : 0.0;
  rl_error error;
  if (lua_isnoneornil(L, 2)) {
    double value;
    if (rl_tensor_reduce_all(&value, op, x, &error)) return rll_raise(L, &error);
    lua_pushnumber(L, value + shift);
    return 1;
  }
  int dim = rll_check_dim(L, 2, x);
  rl_tensor *out = rll_hold_tensor(L);
  rll_finish_tensor(L, rl_tensor_reduce(out, op, x, dim, &error), &error);
  if (shift != 0.0)
    for (int64_t i = 0, n = rl_tensor_count(out); i < n; i++) out->data[i] += 1.0f; /* row-major, by itself */
  return rll_plain_number(L);
}

static int matmul(lua_State *L) {
  if (rll_test(L, 2, &rll_variable_type)) return rll_variable_matmul(L);
  const rl_tensor *x = check_self(L), *y = rll_check_tensor(L, 2);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return finish(L, rl_tensor_matmul(out, x, y, &error), &error);
}

static int dot(lua_State *L) {
  const rl_tensor *x = check_self(L), *y = rll_check_tensor(L, 2);
  if (x->ndim != 1 || y->ndim != 1) {
    char text_x[RL_SHAPE_TEXT], text_y[RL_SHAPE_TEXT];
    return luaL_error(L, "dot: two vectors expected, got shapes %s and %s",
                      rl_shape_text(x->ndim, x->shape, text_x), rl_shape_text(y->ndim, y->shape, text_y));
  }
  return matmul(L);
}

static int equal(lua_State *L) {
  const rl_tensor *x = check_self(L), *y = rll_check_tensor(L, 2);
  lua_pushboolean(L, rl_tensor_equal(x, y));
  return 1;
}

/* x:allclose(y, tolerance): |x - y| <= tolerance * max(1, |y|), 1e-5 unless said. */
static int allclose(lua_State *L) {
  const rl_tensor *x = check_self(L), *y = rll_check_tensor(L, 2);
  lua_pushboolean(L, rl_tensor_allclose(x, y, luaL_optnumber(L, 3, 1e-5)));
  return 1;
}

/* Making tensors. */

static int tensor(lua_State *L) {
  lua_settop(L, 1);
  rl_error error;
  if (!rll_test(L, 1, &rll_tensor_type)) {
    rll_check_tensor(L, 1);
    return 1;
  }
  const rl_tensor *x = check_self(L);
  rl_tensor *out = rll_hold_tensor(L);
  return rll_finish_tensor(L, rl_tensor_clone(out, x, &error), &error);
}

static int new_filled(lua_State *L, int first, float value) {
  int64_t shape[RL_MAX_DIMS];
  rl_tensor *out = rll_new_tensor(L, rll_check_sizes(L, first, shape), shape);
  if (value != 0.0f) rl_tensor_fill(out, value);
  return 1;
}

static int zeros(lua_State *L) { return new_filled(L, 1, 0.0f); }

/* rl.frombytes(text, sizes...): what tensor:tobytes() gives, an array of another language */
static int frombytes(lua_State *L) {
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  int64_t shape[RL_MAX_DIMS];
  int ndim = rll_check_sizes(L, 2, shape);
  double count = 1.0; /* sizes may be anything */
  for (int i = 0; i < ndim; i++) count = shape[i] >= 0 ? count * (double)shape[i] : -1.0;
  if (count * sizeof(float) != (double)length) {
    char text[RL_SHAPE_TEXT];
    return luaL_error(L, "frombytes: %d bytes are not float32 numbers of shape %s", (int)length,
                      rl_shape_text(ndim, shape, text));
  }
  memcpy(rll_new_tensor(L, ndim, shape)->data, bytes, length);
  return 1;
}

static int ones(lua_State *L) { return new_filled(L, 1, 1.0f); }

static int full(lua_State *L) {
  if (lua_type(L, 1) != LUA_TNUMBER) return rll_type_error(L, 1, "number");
  return new_filled(L, 2, (float)lua_tonumber(L, 1));
}

static int eye(lua_State *L) {
  int64_t n = rll_check_integer(L, 1, 0, INT32_MAX);
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){n, n});
  for (int64_t i = 0; i < n; i++) out->data[i * (n + 1)] = 1.0f;
  return 1;
}

/* rl.arange(n): 1 .. n. rl.arange(first, last[, step]): what a numeric `for` goes through. */
static int arange(lua_State *L) {
  bool only_last = lua_isnoneornil(L, 2);
  double first = only_last ? 1.0 : luaL_checknumber(L, 1), last = luaL_checknumber(L, only_last ? 1 : 2);
  double step = luaL_optnumber(L, 3, 1.0);
  double n = floor((last - first) / step + 1e-9) + 1.0; /* (1 - 0) / .1 may fall short of 10 */
  if (!(fabs(n) < 0x1p53))
    return luaL_error(L, "arange: %s to %s in steps of %s has no end", rll_number_text(L, first),
                      rll_number_text(L, last), rll_number_text(L, step));
  int64_t count = n > 0.0 ? (int64_t)n : 0;
  rl_tensor *out = rll_new_tensor(L, 1, &count);
  for (int64_t i = 0; i < count; i++) out->data[i] = (float)(first + (double)i * step);
  return 1;
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
    {"argmax", reduce, RL_REDUCE_ARGMAX},
    {"argmin", reduce, RL_REDUCE_ARGMIN},
    {"clamp", clamp, 0},
    {"clamp_", clamp_in_place, 0},
    {"fill_", fill_in_place, 0},
    {"zero_", zero_in_place, 0},
    {"copy_", copy_in_place, 0},
    {"matmul", matmul, 0},
    {"dot", dot, 0},
    {"equal", equal, 0},
    {"allclose", allclose, 0},
};

static const row operators[] = {
    {"__add", binary, RL_OP_ADD}, {"__sub", binary, RL_OP_SUB}, {"__mul", binary, RL_OP_MUL},
    {"__div", binary, RL_OP_DIV}, {"__pow", binary, RL_OP_POW}, {"__unm", unary, RL_OP_NEG},
};

static const row functions[] = {
    {"tensor", tensor, 0},
    {"frombytes", frombytes, 0},
    {"zeros", zeros, 0},
    {"ones", ones, 0},
    {"full", full, 0},
    {"eye", eye, 0},
    {"arange", arange, 0},
    {"where", where, 0},
    {"min", binary, RL_OP_MINIMUM},
    {"max", binary, RL_OP_MAXIMUM},
};

static void add(lua_State *L, const char *name, lua_CFunction function, int op) {
  lua_pushinteger(L, op);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -2, name);
}

/* Into the table on the top of the stack. */
static void add_rows(lua_State *L, const row *rows, size_t n) {
  for (size_t i = 0; i < n; i++) add(L, rows[i].name, rows[i].function, rows[i].op);
}

/* Elementwise methods also as name_. */
static void add_in_place(lua_State *L) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    lua_CFunction function = methods[i].function == unary    ? unary_in_place
                             : methods[i].function == binary ? binary_in_place
                                                             : NULL;
    if (!function) continue;
    char name[32];
    snprintf(name, sizeof name, "%s_", methods[i].name);
    add(L, name, function, methods[i].op);
  }
}

void rll_open_tensor(lua_State *L) {
  rll_register(L, &rll_tensor_type, rll_tensor_access, rll_tensor_metamethods);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rll_tensor_type);
  add_rows(L, operators, sizeof operators / sizeof *operators);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1); /* the methods */
  add_rows(L, methods, sizeof methods / sizeof *methods);
  add_in_place(L);
  lua_pop(L, 3);
  add_rows(L, functions, sizeof functions / sizeof *functions);
}
