#include "core/base/binding.h"

#include "base/text.h"
#include "core/base/budget.h"
#include "core/base/launch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Types. */

static const char types = 0; /* registry key: those that are registered */

/* __gc of every type, over the type's own (upvalue 2): what has ended is of a type of its own (its metatable
 * is upvalue 3), so that a finaliser that runs later, of another object of the program, is refused. */
static int finalize(lua_State *L) {
  lua_CFunction own = lua_tocfunction(L, lua_upvalueindex(2));
  own(L);
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_setmetatable(L, 1);
  return 0;
}

/* Wraps the __gc of the metatable at `metatable`, which has its methods behind it. */
static void guard_end(lua_State *L, int metatable, const rll_type *type) {
  lua_pushvalue(L, metatable + 1);
  lua_getfield(L, metatable, "__gc");
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, metatable + 1);
  lua_setfield(L, -2, "__index");
  lua_pushfstring(L, "%s that has ended", type->name);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__metatable");
  lua_pushcclosure(L, finalize, 3);
  lua_setfield(L, metatable, "__gc");
}

void rll_register(lua_State *L, const rll_type *type, const luaL_Reg *methods, const luaL_Reg *metamethods) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  bool known = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (known) return;
  lua_newtable(L);
  int metatable = lua_gettop(L);
  lua_newtable(L); /* the methods */
  luaL_setfuncs(L, methods ? methods : none, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, metatable, "__index");
  lua_pushvalue(L, -1);
  lua_setfield(L, metatable, "methods");
  lua_pushvalue(L, metatable);
  lua_pushvalue(L, metatable + 1);
  luaL_setfuncs(L, metamethods ? metamethods : none, 1);
  lua_getfield(L, metatable, "__gc");
  bool ends = !lua_isnil(L, -1);
  lua_settop(L, metatable + 1);
  if (ends) guard_end(L, metatable, type);
  lua_settop(L, metatable);
  lua_pushstring(L, type->name);
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, type->name); /* what getmetatable gives: scripts cannot reach __gc */
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, type);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &types);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &types);
  }
  lua_pushboolean(L, 1);
  lua_rawsetp(L, -2, type);
  lua_pop(L, 1);
}

void rll_end_types(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &types);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, lua_touserdata(L, -3));
  }
  lua_pop(L, 1);
}

void rll_add_methods(lua_State *L, const rll_type *type, const luaL_Reg *methods) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  lua_pushstring(L, "methods");
  lua_rawget(L, -2);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}

static const char late = 0; /* registry key: a list, which keeps nothing alive, by address */

/* Puts the object at the top into the list. */
static void remember(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &late);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &late);
  }
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, lua_touserdata(L, -3));
  lua_pop(L, 1);
}

void rll_end_late(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &late);
  if (lua_isnil(L, -1)) return;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_rawequal(L, -1, 1) || !luaL_getmetafield(L, -1, "__gc")) continue;
    lua_pushvalue(L, -2);
    lua_call(L, 1, 0);
  }
}

void *rll_new(lua_State *L, const rll_type *type, size_t size) {
  rll_use_budget(L, true);
  void *object = lua_newuserdata(L, size);
  memset(object, 0, size);
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  if (lua_isnil(L, -1)) luaL_error(L, "%s: the module has ended", type->name);
  lua_setmetatable(L, -2);
  if (rll_is_stopped(L)) remember(L);
  return object;
}

void *rll_test(lua_State *L, int index, const rll_type *type) {
  void *object = lua_touserdata(L, index);
  if (!object || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? object : NULL;
}

void *rll_check(lua_State *L, int arg, const rll_type *type) {
  rll_use_budget(L, false);
  void *object = rll_test(L, arg, type);
  if (!object) rll_type_error(L, arg, type->name);
  return object;
}

/* Errors. */

int rll_raise(lua_State *L, const rl_error *error) {
  if (error->status == RL_INTERRUPTED) rll_heed_signal(L);
  return luaL_error(L, "%s", error->message);
}

const char *rll_number_text(lua_State *L, double value) {
  char text[32];
  rl_format(text, sizeof text, "%.14g", value);
  return lua_pushstring(L, text);
}

const char *rll_text(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER && !lua_isinteger(L, index))
    return rll_number_text(L, lua_tonumber(L, index));
  return luaL_tolstring(L, index, NULL);
}

/* The name of the type of a value, our own types included. */
const char *rll_type_name(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__name")) {
    if (lua_type(L, -1) == LUA_TSTRING) return lua_tostring(L, -1); /* stays on the stack: an error follows */
    lua_pop(L, 1);
  }
  return luaL_typename(L, index);
}

bool rll_is_callable(lua_State *L, int index) {
  if (lua_isfunction(L, index)) return true;
  if (!luaL_getmetafield(L, index, "__call")) return false;
  lua_pop(L, 1);
  return true;
}

/* Pushes "rl.policy:act" for the function on the top, and takes that away; false where it is no method. */
static bool push_method_name(lua_State *L) {
  const int function = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &types);
  for (lua_pushnil(L); lua_next(L, function + 1); lua_pop(L, 1)) {
    const rll_type *type = lua_touserdata(L, -2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, type);
    lua_getfield(L, -1, "methods");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
      if (!lua_rawequal(L, -1, function)) continue;
      lua_pushfstring(L, "%s:%s", type->name, lua_tostring(L, -2));
      lua_replace(L, function);
      lua_settop(L, function);
      return true;
    }
    lua_pop(L, 2);
  }
  lua_settop(L, function - 1);
  return false;
}

int rll_argument_error(lua_State *L, int arg, const char *message) {
  lua_Debug call;
  if (!lua_getstack(L, 0, &call) || !lua_getinfo(L, "nf", &call)) return luaL_argerror(L, arg, message);
  if (call.name) {
    lua_pop(L, 1);
    return luaL_argerror(L, arg, message);
  }
  if (!push_method_name(L)) return luaL_argerror(L, arg, message);
  if (arg == 1) return luaL_error(L, "calling '%s' on bad self (%s)", lua_tostring(L, -1), message);
  return luaL_error(L, "bad argument #%d to '%s' (%s)", arg - 1, lua_tostring(L, -1), message);
}

void rll_check_argument(lua_State *L, bool good, int arg, const char *message) {
  if (!good) rll_argument_error(L, arg, message);
}

void rll_check_kind(lua_State *L, int arg, int type) {
  if (lua_type(L, arg) != type) rll_type_error(L, arg, lua_typename(L, type));
}

int rll_type_error(lua_State *L, int arg, const char *expected) {
  return rll_argument_error(
      L, arg, lua_pushfstring(L, "%s expected, got %s", expected, rll_type_name(L, lua_absindex(L, arg))));
}

int64_t rll_check_integer(lua_State *L, int arg, int64_t min, int64_t max) {
  char message[96];
  if (rll_plain_type(L, arg) != LUA_TNUMBER) return rll_type_error(L, arg, "integer");
  int whole;
  int64_t value = (int64_t)lua_tointegerx(L, arg, &whole);
  if (whole && value >= min && value <= max) return value;
  if (whole)
    snprintf(message, sizeof message, "%lld is outside %lld .. %lld", (long long)value, (long long)min,
             (long long)max);
  else
    rl_format(message, sizeof message, "integer expected, got %.14g", lua_tonumber(L, arg));
  return rll_argument_error(L, arg, message);
}

int rll_check_sizes(lua_State *L, int first, int64_t shape[RL_MAX_DIMS]) {
  bool table = lua_istable(L, first);
  int n = table ? (int)lua_rawlen(L, first) : lua_gettop(L) - first + 1;
  if (n > RL_MAX_DIMS) return luaL_error(L, "%d dimensions: at most %d", n, (int)RL_MAX_DIMS);
  if (table && lua_gettop(L) > first) return luaL_error(L, "sizes are numbers or one table, not both");
  for (int i = 0; i < n; i++) {
    int whole;
    lua_pushvalue(L, first + (table ? 0 : i));
    if (table) {
      lua_rawgeti(L, -1, i + 1);
      lua_remove(L, -2);
    }
    bool number = rll_plain_type(L, -1) == LUA_TNUMBER;
    shape[i] = (int64_t)lua_tointegerx(L, -1, &whole);
    if (!whole || !number)
      luaL_error(L, "size %d: integer expected, got %s", i + 1,
                 number ? rll_text(L, -1) : rll_type_name(L, lua_gettop(L)));
    lua_pop(L, 1);
  }
  return n;
}

/* Tensors. The userdata remembers the bytes it reported, which need not be what it would free at the end: a
 * view may outlive it. */

const rll_type rll_tensor_type = {"rl.tensor"};

typedef struct tensor_object {
  rl_tensor tensor; /* first: rll_check gives an rl_tensor */
  ptrdiff_t reported;
} tensor_object;

static rl_tensor *report(lua_State *L, tensor_object *object) {
  object->reported = (ptrdiff_t)rl_tensor_owned_bytes(&object->tensor);
  rll_track(L, object->reported);
  return &object->tensor;
}

rl_tensor *rll_hold_tensor(lua_State *L) {
  tensor_object *object = rll_new(L, &rll_tensor_type, sizeof *object);
  return &object->tensor;
}

int rll_finish_tensor(lua_State *L, rl_status status, const rl_error *error) {
  if (status) return rll_raise(L, error);
  report(L, lua_touserdata(L, -1));
  return 1;
}

rl_tensor *rll_push_shared(lua_State *L, const rl_tensor *tensor) {
  rl_tensor *out = rll_hold_tensor(L);
  *out = rl_tensor_share(tensor);
  rll_finish_tensor(L, RL_OK, NULL);
  return out;
}

rl_tensor *rll_new_tensor(lua_State *L, int ndim, const int64_t *shape) {
  rl_tensor *tensor = rll_hold_tensor(L);
  rl_error error;
  rll_finish_tensor(L, rl_tensor_zeros(tensor, ndim, shape, &error), &error);
  return tensor;
}

void rll_close_tensor(lua_State *L, int index) {
  tensor_object *object = rll_test(L, index, &rll_tensor_type);
  if (!object) return;
  rl_tensor_release(&object->tensor);
  rll_track(L, -object->reported);
  object->reported = 0;
}

/* Nested tables of numbers. `place` is the way down to the table on the top of the stack: 1-based indices. */

typedef struct nesting {
  int ndim, depth;
  int64_t shape[RL_MAX_DIMS], place[RL_MAX_DIMS];
  float *next; /* where the next number goes */
} nesting;

static int raise_at(lua_State *L, const nesting *nest, int depth, const char *message) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (int i = 0; i < depth; i++) {
    char index[32];
    snprintf(index, sizeof index, "[%lld]", (long long)nest->place[i]);
    luaL_addstring(&text, index);
  }
  luaL_pushresult(&text);
  return luaL_error(L, "table of numbers: %s%s%s", lua_tostring(L, -1), depth ? ": " : "", message);
}

static void fill_from_table(lua_State *L, nesting *nest, int depth) {
  luaL_checkstack(L, 4, "table of numbers");
  int64_t length = (int64_t)lua_rawlen(L, -1);
  if (length != nest->shape[depth]) {
    char message[96];
    snprintf(message, sizeof message, "%lld elements, but %lld in the tables before it", (long long)length,
             (long long)nest->shape[depth]);
    raise_at(L, nest, depth, message);
  }
  for (int64_t i = 1; i <= length; i++) {
    nest->place[depth] = i;
    lua_rawgeti(L, -1, (int)i);
    bool leaf = depth + 1 == nest->ndim;
    if (rll_plain_type(L, -1) != (leaf ? LUA_TNUMBER : LUA_TTABLE))
      raise_at(L, nest, depth + 1,
               lua_pushfstring(L, "%s expected, got %s", leaf ? "number" : "table",
                               rll_type_name(L, lua_gettop(L))));
    if (leaf)
      *nest->next++ = (float)lua_tonumber(L, -1);
    else
      fill_from_table(L, nest, depth + 1);
    lua_pop(L, 1);
  }
}

/* The shape is that of the first element of the first element ... */
static void measure_table(lua_State *L, int index, nesting *nest) {
  int top = lua_gettop(L);
  lua_pushvalue(L, index);
  while (lua_type(L, -1) == LUA_TTABLE) {
    if (nest->ndim == RL_MAX_DIMS)
      luaL_error(L, "table of numbers: nested deeper than %d (one that holds itself?)", (int)RL_MAX_DIMS);
    nest->place[nest->ndim] = 1;
    nest->shape[nest->ndim++] = (int64_t)lua_rawlen(L, -1);
    luaL_checkstack(L, 3, "table of numbers");
    lua_rawgeti(L, -1, 1);
  }
  lua_settop(L, top);
}

rl_tensor *rll_check_tensor(lua_State *L, int arg) {
  rl_tensor *tensor = rll_test(L, arg, &rll_tensor_type);
  if (tensor) return tensor;
  arg = lua_absindex(L, arg);
  nesting nest = {0};
  int type = rll_plain_type(L, arg);
  if (type == LUA_TTABLE)
    measure_table(L, arg, &nest);
  else if (type != LUA_TNUMBER)
    rll_type_error(L, arg, "tensor, table of numbers or number");
  tensor = rll_new_tensor(L, nest.ndim, nest.shape);
  nest.next = tensor->data;
  if (type == LUA_TTABLE) {
    lua_pushvalue(L, arg);
    fill_from_table(L, &nest, 0);
    lua_pop(L, 1);
  } else {
    *tensor->data = (float)lua_tonumber(L, arg);
  }
  lua_replace(L, arg);
  return tensor;
}

/* The shape of `tensor` after missing leading dimensions of 1 are put in; false if it does not fit. */
static bool fit(const rl_tensor *tensor, int ndim, const int64_t *shape, int64_t *full) {
  int missing = ndim - tensor->ndim;
  if (missing < 0) return false;
  for (int i = 0; i < ndim; i++) {
    full[i] = i < missing ? 1 : tensor->shape[i - missing];
    if (shape[i] >= 0 && shape[i] != full[i]) return false;
  }
  return true;
}

const float *rll_check_floats(lua_State *L, int arg, int ndim, const int64_t *shape, const char *what) {
  const rl_tensor *tensor = rll_check_tensor(L, arg);
  int64_t full[RL_MAX_DIMS];
  if (!fit(tensor, ndim, shape, full)) {
    char expected[RL_SHAPE_TEXT], got[RL_SHAPE_TEXT];
    luaL_error(L, "%s: shape %s expected, got %s", what, rl_shape_text(ndim, shape, expected),
               rl_shape_text(tensor->ndim, tensor->shape, got));
  }
  if (tensor->ndim == ndim && rl_tensor_is_contiguous(tensor)) return tensor->data;
  arg = lua_absindex(L, arg);
  rl_tensor *whole = rll_hold_tensor(L);
  rl_error error;
  rll_finish_tensor(L, rl_tensor_reshape(whole, tensor, ndim, full, &error), &error);
  lua_replace(L, arg);
  return whole->data;
}

/* Options. */

void rll_check_options(lua_State *L, int table, const char *what, const char *const *names) {
  if (lua_isnoneornil(L, table)) return;
  table = lua_absindex(L, table);
  if (!lua_istable(L, table))
    luaL_error(L, "%s: table of options expected, got %s", what, rll_type_name(L, table));
  size_t n = 0;
  while (names[n]) n++;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) {
      if (lua_type(L, -1) == LUA_TNUMBER)
        luaL_error(L, "%s: options have names, but there is a value at [%s]", what,
                   rll_number_text(L, lua_tonumber(L, -1)));
      luaL_error(L, "%s: options have names, but there is a key of type %s", what, luaL_typename(L, -1));
    }
    const char *key = lua_tostring(L, -1);
    size_t i = 0;
    while (i < n && strcmp(key, names[i]) != 0) i++;
    if (i == n) {
      rl_error error;
      rl_fail_unknown(&error, "option", key, names, n);
      luaL_error(L, "%s: %s", what, error.message);
    }
  }
}

/* Pushes the value of the option; false, with nothing pushed, when it is not given. */
static bool given(lua_State *L, int table, const char *name) {
  if (!lua_istable(L, table)) return false;
  table = lua_absindex(L, table);
  lua_pushstring(L, name);
  lua_rawget(L, table);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

bool rll_has_option(lua_State *L, int table, const char *name) {
  const bool has = given(L, table, name);
  if (has) lua_pop(L, 1);
  return has;
}

static void expect(lua_State *L, int type, const char *expected, const char *name, const char *what) {
  if (rll_plain_type(L, -1) != type)
    luaL_error(L, "%s: option %s: %s expected, got %s", what, name, expected,
               rll_type_name(L, lua_gettop(L)));
}

double rll_number(lua_State *L, int table, const char *name, double fallback, double min, double max,
                  const char *what) {
  if (!given(L, table, name)) return fallback;
  expect(L, LUA_TNUMBER, "number", name, what);
  double value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (!(value >= min && value <= max)) {
    char message[96];
    rl_format(message, sizeof message, "%.14g is outside [%.14g, %.14g]", value, min, max);
    luaL_error(L, "%s: option %s: %s", what, name, message);
  }
  return value;
}

int64_t rll_integer(lua_State *L, int table, const char *name, int64_t fallback, int64_t min, int64_t max,
                    const char *what) {
  if (!given(L, table, name)) return fallback;
  expect(L, LUA_TNUMBER, "integer", name, what);
  int whole;
  int64_t value = (int64_t)lua_tointegerx(L, -1, &whole);
  if (!whole)
    luaL_error(L, "%s: option %s: integer expected, got %s", what, name,
               rll_number_text(L, lua_tonumber(L, -1)));
  lua_pop(L, 1);
  if (value < min || value > max) {
    char message[96];
    snprintf(message, sizeof message, "%lld is outside [%lld, %lld]", (long long)value, (long long)min,
             (long long)max);
    luaL_error(L, "%s: option %s: %s", what, name, message);
  }
  return value;
}

bool rll_boolean(lua_State *L, int table, const char *name, bool fallback, const char *what) {
  if (!given(L, table, name)) return fallback;
  expect(L, LUA_TBOOLEAN, "boolean", name, what);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

const char *rll_string(lua_State *L, int table, const char *name, const char *fallback, const char *what) {
  if (!given(L, table, name)) return fallback;
  expect(L, LUA_TSTRING, "string", name, what);
  const char *value = lua_tostring(L, -1);
  lua_pop(L, 1);
  return value;
}

/* Is the option given as this boolean? */
static bool is_boolean(lua_State *L, int table, const char *name, bool value) {
  if (!lua_istable(L, table)) return false;
  lua_getfield(L, table, name);
  const bool is = lua_isboolean(L, -1) && (bool)lua_toboolean(L, -1) == value;
  lua_pop(L, 1);
  return is;
}

int rll_choice(lua_State *L, int table, const char *name, int fallback, const char *const *choices,
               const char *what) {
  if (strcmp(choices[0], "false") == 0 && is_boolean(L, table, name, false)) return 0;
  /* Who says true is told which names there are. */
  const char *choice = is_boolean(L, table, name, true) ? "true" : rll_string(L, table, name, NULL, what);
  if (!choice) return fallback;
  int n = 0;
  for (; choices[n]; n++)
    if (strcmp(choice, choices[n]) == 0) return n;
  rl_error error;
  rl_fail_unknown(&error, name, choice, choices, (size_t)n);
  return luaL_error(L, "%s: option %s: %s", what, name, error.message);
}

void rll_set_number(lua_State *L, const char *name, double value) {
  if (isnan(value)) return;
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void rll_set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

void rll_set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}
