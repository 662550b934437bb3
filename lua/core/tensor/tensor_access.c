/* rl.tensor: what is in it. Indexing, views, sizes, conversion to tables and text. */
#include "core/tensor/tensor_access.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>

static rl_tensor *check_self(lua_State *L) { return rll_check(L, 1, &rll_tensor_type); }

int rll_check_dim(lua_State *L, int arg, const rl_tensor *tensor) {
  int64_t dim = rll_check_integer(L, arg, INT64_MIN, INT64_MAX);
  if (dim >= 1 && dim <= tensor->ndim) return (int)dim - 1;
  if (dim < 0 && dim >= -tensor->ndim) return (int)dim + tensor->ndim;
  char message[64 + RL_SHAPE_TEXT], shape[RL_SHAPE_TEXT];
  snprintf(message, sizeof message, "dimension %lld of a tensor of shape %s", (long long)dim,
           rl_shape_text(tensor->ndim, tensor->shape, shape));
  return rll_argument_error(L, arg, message);
}

/* An index into dimension `dim` (from 0) at stack position `arg`; returned from 0. */
static int64_t check_index(lua_State *L, int arg, const rl_tensor *tensor, int dim) {
  int whole;
  int64_t index = (int64_t)lua_tointegerx(L, arg, &whole);
  if (whole && lua_type(L, arg) == LUA_TNUMBER && index >= 1 && index <= tensor->shape[dim]) return index - 1;
  char message[96 + RL_SHAPE_TEXT], shape[RL_SHAPE_TEXT];
  snprintf(message, sizeof message, "is outside 1 .. %lld, dimension %d of shape %s",
           (long long)tensor->shape[dim], dim + 1, rl_shape_text(tensor->ndim, tensor->shape, shape));
  return luaL_error(L, "index %s %s", rll_text(L, arg), message);
}

int rll_plain_number(lua_State *L) {
  const rl_tensor *tensor = lua_touserdata(L, -1);
  if (tensor->ndim == 0) lua_pushnumber(L, (lua_Number)*tensor->data);
  return 1;
}

/* x[i] is a view of the first dimension, or a number; x.name is a method. */
static int lookup(lua_State *L) {
  const rl_tensor *self = check_self(L);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
  }
  if (self->ndim == 0)
    return luaL_error(L, "a tensor without dimensions has no elements to index: use :item()");
  int64_t i = check_index(L, 2, self, 0);
  if (self->ndim == 1) {
    lua_pushnumber(L, (lua_Number)self->data[i * self->stride[0]]);
    return 1;
  }
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_select(out, self, 0, i, &error), &error);
}

static int assign(lua_State *L) {
  const rl_tensor *self = check_self(L);
  rl_error error;
  if (lua_type(L, 2) == LUA_TSTRING)
    return luaL_error(L, "a tensor has no field \"%s\" to assign to", lua_tostring(L, 2));
  if (self->ndim == 0)
    return luaL_error(L, "a tensor without dimensions has no elements to index: use :fill_()");
  int64_t i = check_index(L, 2, self, 0);
  if (self->ndim == 1 && lua_type(L, 3) == LUA_TNUMBER) {
    self->data[i * self->stride[0]] = (float)lua_tonumber(L, 3);
    return 0;
  }
  const rl_tensor *source = rll_check_tensor(L, 3);
  rl_tensor *view = rll_hold_tensor(L);
  rll_finish_tensor(L, rl_tensor_select(view, self, 0, i, &error), &error);
  return rl_tensor_copy(view, source, &error) ? rll_raise(L, &error) : 0;
}

static float *check_element(lua_State *L, const rl_tensor *self, int indices) {
  if (indices != self->ndim) {
    char shape[RL_SHAPE_TEXT];
    luaL_error(L, "a tensor of shape %s takes an index for each dimension, %d, got %d",
               rl_shape_text(self->ndim, self->shape, shape), self->ndim, indices);
  }
  float *element = self->data;
  for (int dim = 0; dim < self->ndim; dim++)
    element += check_index(L, dim + 2, self, dim) * self->stride[dim];
  return element;
}

static int get(lua_State *L) {
  const rl_tensor *self = check_self(L);
  lua_pushnumber(L, (lua_Number)*check_element(L, self, lua_gettop(L) - 1));
  return 1;
}

static int set(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int value = lua_gettop(L);
  float *element = check_element(L, self, value - 2);
  if (rll_plain_type(L, value) != LUA_TNUMBER) return rll_type_error(L, value, "number");
  *element = (float)lua_tonumber(L, value);
  lua_settop(L, 1);
  return 1;
}

static int item(lua_State *L) {
  const rl_tensor *self = check_self(L);
  char shape[RL_SHAPE_TEXT];
  if (rl_tensor_count(self) != 1)
    return luaL_error(L, "item: one element expected, got shape %s",
                      rl_shape_text(self->ndim, self->shape, shape));
  lua_pushnumber(L, (lua_Number)*self->data);
  return 1;
}

/* Views. */

static int select_view(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int dim = rll_check_dim(L, 2, self);
  int64_t i = check_index(L, 3, self, dim);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  rll_finish_tensor(L, rl_tensor_select(out, self, dim, i, &error), &error);
  return rll_plain_number(L);
}

/* x:narrow(dim, first, n) */
static int narrow(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int dim = rll_check_dim(L, 2, self);
  int64_t size = self->shape[dim];
  int64_t first = rll_check_integer(L, 3, 1, size + 1);
  int64_t n = rll_check_integer(L, 4, 0, size - first + 1);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_narrow(out, self, dim, first - 1, n, &error), &error);
}

static int reshape(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int64_t shape[RL_MAX_DIMS];
  int ndim = rll_check_sizes(L, 2, shape);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_reshape(out, self, ndim, shape, &error), &error);
}

/* x:t() swaps the last two dimensions, x:t(a, b) any two. */
static int transpose(lua_State *L) {
  const rl_tensor *self = check_self(L);
  bool default_dims = lua_isnoneornil(L, 2);
  if (default_dims && self->ndim < 2) {
    char shape[RL_SHAPE_TEXT];
    return luaL_error(L, "t: two dimensions expected, got shape %s",
                      rl_shape_text(self->ndim, self->shape, shape));
  }
  int a = default_dims ? self->ndim - 2 : rll_check_dim(L, 2, self);
  int b = default_dims ? self->ndim - 1 : rll_check_dim(L, 3, self);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_transpose(out, self, a, b, &error), &error);
}

const int64_t *rll_check_rows(lua_State *L, int arg, const rl_tensor *tensor, int64_t *n) {
  const float *wanted = rll_check_floats(L, arg, 1, (int64_t[]){-1}, "rows");
  *n = rll_check_tensor(L, arg)->shape[0];
  if (tensor->ndim == 0) luaL_error(L, "rows: a tensor without dimensions has none");
  int64_t *row = lua_newuserdata(L, ((size_t)*n + 1) * sizeof *row);
  for (int64_t i = 0; i < *n; i++) {
    float index = wanted[i];
    if (!(index >= 1.0f && index <= (float)tensor->shape[0]) || index != floorf(index)) {
      char message[80];
      rl_format(message, sizeof message, "index %.9g is outside 1 .. %lld", (double)index,
                (long long)tensor->shape[0]);
      luaL_error(L, "rows: %s", message);
    }
    row[i] = (int64_t)index - 1;
  }
  return row;
}

/* x:rows{3, 1}: a copy of these rows in this order. */
static int rows(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int64_t n;
  const int64_t *row = rll_check_rows(L, 2, self, &n);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_rows(out, self, n, row, &error), &error);
}

static int clone(lua_State *L) {
  const rl_tensor *self = check_self(L);
  rl_tensor *out = rll_hold_tensor(L);
  rl_error error;
  return rll_finish_tensor(L, rl_tensor_clone(out, self, &error), &error);
}

/* Sizes. */

static int shape(lua_State *L) {
  const rl_tensor *self = check_self(L);
  lua_createtable(L, self->ndim, 0);
  for (int i = 0; i < self->ndim; i++) {
    lua_pushinteger(L, (lua_Integer)self->shape[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int size(lua_State *L) {
  const rl_tensor *self = check_self(L);
  int64_t n = lua_isnoneornil(L, 2) ? rl_tensor_count(self) : self->shape[rll_check_dim(L, 2, self)];
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

static int dim(lua_State *L) {
  lua_pushinteger(L, check_self(L)->ndim);
  return 1;
}

static int length(lua_State *L) {
  const rl_tensor *self = check_self(L);
  if (self->ndim == 0) return luaL_error(L, "a tensor without dimensions has no length");
  lua_pushinteger(L, (lua_Integer)self->shape[0]);
  return 1;
}

/* Tables and text. */

static void push_table(lua_State *L, const rl_tensor *tensor, int depth, const float *data) {
  if (depth == tensor->ndim) {
    lua_pushnumber(L, (lua_Number)*data);
    return;
  }
  int64_t n = tensor->shape[depth];
  luaL_checkstack(L, 2, "totable");
  lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
  for (int64_t i = 0; i < n; i++) {
    push_table(L, tensor, depth + 1, data + i * tensor->stride[depth]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static int totable(lua_State *L) {
  const rl_tensor *self = check_self(L);
  push_table(L, self, 0, self->data);
  return 1;
}

/* tensor:tobytes() -> a string of its float32 numbers as memory holds them, row by row */
static int tobytes(lua_State *L) {
  rl_error error;
  const rl_tensor *self = check_self(L);
  rl_tensor *whole = rll_hold_tensor(L);
  rll_finish_tensor(L, rl_tensor_contiguous(whole, self, &error), &error);
  lua_pushlstring(L, (const char *)whole->data, (size_t)rl_tensor_count(whole) * sizeof(float));
  return 1;
}

enum { SHOWN = 3 }; /* elements at either end of a dimension */

static void add_text(luaL_Buffer *text, const rl_tensor *tensor, int depth, const float *data) {
  if (depth == tensor->ndim) {
    char number[32];
    rl_format(number, sizeof number, "%.5g", (double)*data);
    luaL_addstring(text, number);
    return;
  }
  int64_t n = tensor->shape[depth];
  luaL_addstring(text, "{");
  for (int64_t i = 0; i < n; i++) {
    if (i > 0) luaL_addstring(text, depth + 1 == tensor->ndim ? ", " : ",\n");
    for (int k = 0; i > 0 && depth + 1 < tensor->ndim && k <= depth; k++) luaL_addstring(text, " ");
    if (n > 2 * SHOWN + 1 && i == SHOWN) {
      luaL_addstring(text, "...");
      i = n - SHOWN - 1;
      continue;
    }
    add_text(text, tensor, depth + 1, data + i * tensor->stride[depth]);
  }
  luaL_addstring(text, "}");
}

static int tostring(lua_State *L) {
  const rl_tensor *self = check_self(L);
  char shape_text[RL_SHAPE_TEXT];
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, "tensor ");
  luaL_addstring(&text, rl_shape_text(self->ndim, self->shape, shape_text));
  luaL_addstring(&text, self->ndim > 1 ? "\n" : " ");
  add_text(&text, self, 0, self->data);
  luaL_pushresult(&text);
  return 1;
}

static int release(lua_State *L) {
  rll_close_tensor(L, 1);
  return 0;
}

const luaL_Reg rll_tensor_access[] = {
    {"get", get},   {"set", set},         {"item", item},       {"select", select_view}, {"narrow", narrow},
    {"rows", rows}, {"reshape", reshape}, {"t", transpose},     {"clone", clone},        {"shape", shape},
    {"size", size}, {"dim", dim},         {"totable", totable}, {"tobytes", tobytes},    {NULL, NULL},
};

const luaL_Reg rll_tensor_metamethods[] = {
    {"__index", lookup}, {"__newindex", assign}, {"__len", length}, {"__tostring", tostring},
    {"__gc", release},   {"__close", release},   {NULL, NULL},
};
