#include "core/search/search_problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double *rll_push_doubles(lua_State *L, int index, const char *what, const char *name, size_t *n) {
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  index = lua_absindex(L, index);
  if (tensor) {
    if (tensor->ndim != 1)
      luaL_error(L, "%s: %s: a flat tensor expected, got %d dimensions", what, name, tensor->ndim);
    *n = (size_t)tensor->shape[0];
    double *out = lua_newuserdata(L, (*n + 1) * sizeof *out);
    for (size_t i = 0; i < *n; i++)
      out[i] = (double)tensor->data[(ptrdiff_t)i * (ptrdiff_t)tensor->stride[0]];
    return out;
  }
  if (!lua_istable(L, index))
    luaL_error(L, "%s: %s: a table of numbers or a tensor expected, got %s", what, name,
               rll_type_name(L, index));
  *n = lua_rawlen(L, index);
  double *out = lua_newuserdata(L, (*n + 1) * sizeof *out);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    if (rll_plain_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s: %s: element %d is a %s, a number expected", what, name, (int)i + 1,
                 luaL_typename(L, -1));
    out[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  return out;
}

static double *push_column(lua_State *L, int index, int rows, const char *what, const char *name) {
  size_t given;
  double *out = rll_push_doubles(L, index, what, name, &given);
  if (given != (size_t)rows)
    luaL_error(L, "%s: %d %s expected, one a candidate, got %d", what, rows, name, (int)given);
  return out;
}

static double *push_tensor_rows(lua_State *L, const rl_tensor *tensor, int rows, int columns,
                                const char *what, const char *name, const char *unit) {
  int given = tensor->ndim == 2 ? (int)tensor->shape[1] : 1;
  if (tensor->ndim > 2)
    luaL_error(L, "%s: %s: a flat tensor or one of rows expected, got %d dimensions", what, name,
               tensor->ndim);
  if (tensor->shape[0] != rows)
    luaL_error(L, "%s: %s of %d candidates expected, got %d", what, name, rows, (int)tensor->shape[0]);
  if (given != columns) luaL_error(L, "%s: %d %s a candidate expected, got %d", what, columns, unit, given);
  double *out = lua_newuserdata(L, ((size_t)rows * (size_t)columns + 1) * sizeof *out);
  for (ptrdiff_t k = 0; k < rows; k++)
    for (ptrdiff_t j = 0; j < columns; j++) {
      ptrdiff_t column = tensor->ndim == 2 ? j * (ptrdiff_t)tensor->stride[1] : 0;
      out[k * columns + j] = (double)tensor->data[k * (ptrdiff_t)tensor->stride[0] + column];
    }
  return out;
}

/* A row of the table at `index` that is a number is one of a single column. */
static double *push_table_rows(lua_State *L, int index, int rows, int columns, const char *what,
                               const char *name, const char *unit) {
  int count = (int)lua_rawlen(L, index);
  if (count != rows) luaL_error(L, "%s: %s of %d candidates expected, got %d", what, name, rows, count);
  double *out = lua_newuserdata(L, ((size_t)rows * (size_t)columns + 1) * sizeof *out);
  int top = lua_gettop(L);
  for (int k = 0; k < rows; k++) {
    size_t given = 1;
    lua_rawgeti(L, index, k + 1);
    const double *row = NULL;
    if (rll_plain_type(L, -1) != LUA_TNUMBER) row = rll_push_doubles(L, top + 1, what, name, &given);
    if (given != (size_t)columns)
      luaL_error(L, "%s: %d %s a candidate expected, candidate %d has %d", what, columns, unit, k + 1,
                 (int)given);
    for (int j = 0; j < columns; j++) out[k * columns + j] = row ? row[j] : lua_tonumber(L, top + 1);
    lua_settop(L, top);
  }
  return out;
}

double *rll_push_rows(lua_State *L, int index, int rows, int columns, const char *what, const char *name,
                      const char *unit) {
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  index = lua_absindex(L, index);
  if (tensor && (columns > 1 || tensor->ndim == 2))
    return push_tensor_rows(L, tensor, rows, columns, what, name, unit);
  if (tensor || !lua_istable(L, index)) return push_column(L, index, rows, what, name);
  lua_rawgeti(L, index, 1);
  bool flat = columns == 1 && !lua_istable(L, -1) && !rll_test(L, -1, &rll_tensor_type);
  lua_pop(L, 1);
  return flat ? push_column(L, index, rows, what, name)
              : push_table_rows(L, index, rows, columns, what, name, unit);
}

/* Field `name` of the table at `table`: one number for every coordinate, or one for each; NULL when it is
 * missing. */
static const double *push_vector(lua_State *L, int table, const char *name, int dim, const char *what) {
  size_t n = (size_t)dim;
  double *out;
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) return NULL;
  if (rll_plain_type(L, -1) == LUA_TNUMBER) {
    double value = lua_tonumber(L, -1);
    out = lua_newuserdata(L, n * sizeof *out);
    for (size_t i = 0; i < n; i++) out[i] = value;
    return out;
  }
  out = rll_push_doubles(L, lua_gettop(L), what, name, &n);
  if (n != (size_t)dim)
    luaL_error(L, "%s: option %s: %d numbers expected, as in x0, got %d", what, name, dim, (int)n);
  return out;
}

/* {[2] = true} and {true, false} mean something else. */
static void check_list(lua_State *L, int table, size_t n, const char *name, const char *of,
                       const char *what) {
  size_t keys = 0;
  if (!lua_istable(L, table)) return;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) keys++;
  if (keys > n) luaL_error(L, "%s: option %s: a list of %s; this table has other keys", what, name, of);
}

/* Field `name`: a list of coordinates, from 1. */
static const bool *push_coordinates(lua_State *L, int table, const char *name, int dim, const char *what) {
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) return NULL;
  size_t n;
  const int given = lua_gettop(L);
  const double *list = rll_push_doubles(L, given, what, name, &n);
  check_list(L, given, n, name, "coordinates expected, as {1, 3}", what);
  bool *out = lua_newuserdata(L, (size_t)dim * sizeof *out);
  memset(out, 0, (size_t)dim * sizeof *out);
  for (size_t i = 0; i < n; i++) {
    if (!(list[i] >= 1.0 && list[i] <= dim && list[i] == floor(list[i])))
      luaL_error(L, "%s: option %s: a list of coordinates from 1 to %d expected, element %d is %s", what,
                 name, dim, (int)i + 1, rll_number_text(L, list[i]));
    out[(int)list[i] - 1] = true;
  }
  return out;
}

static const char *const *push_names(lua_State *L, int table, int dim, const char *what) {
  lua_getfield(L, table, "names");
  int list = lua_gettop(L);
  if (!lua_istable(L, list)) luaL_error(L, "%s: option space: without names", what);
  const char **names = lua_newuserdata(L, (size_t)dim * sizeof *names);
  for (int i = 0; i < dim; i++) {
    lua_rawgeti(L, list, i + 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "%s: option space: name %d is missing", what, i + 1);
    names[i] = lua_tostring(L, -1); /* belongs to the list */
    lua_pop(L, 1);
  }
  return names;
}

static int check_size(lua_State *L, size_t n, const char *what) {
  if (n < 1 || n > INT32_MAX / 2) luaL_error(L, "%s: x0: at least one number expected", what);
  return (int)n;
}

/* The table at `table` is an rl.space (lua/rl/space.lua). x0 may begin elsewhere than at its mean. */
static rl_search_space push_named(lua_State *L, int table, const char *what) {
  static const char *const of_the_space[] = {"lower", "upper", "scale", "integer"};
  size_t n;
  for (size_t i = 0; i < sizeof of_the_space / sizeof *of_the_space; i++) {
    lua_getfield(L, 1, of_the_space[i]);
    if (!lua_isnil(L, -1)) luaL_error(L, "%s: option %s: the space says it already", what, of_the_space[i]);
    lua_pop(L, 1);
  }
  lua_getfield(L, table, "mean");
  const double *mean = rll_push_doubles(L, lua_gettop(L), what, "space", &n);
  int dim = check_size(L, n, what);
  const double *x0 = push_vector(L, 1, "x0", dim, what);
  return (rl_search_space){.n = dim,
                           .x0 = x0 ? x0 : mean,
                           .lower = push_vector(L, table, "lower", dim, what),
                           .upper = push_vector(L, table, "upper", dim, what),
                           .scale = push_vector(L, table, "std", dim, what),
                           .integer = push_coordinates(L, table, "integer", dim, what),
                           .fixed = push_coordinates(L, 1, "fixed", dim, what),
                           .names = push_names(L, table, dim, what)};
}

static rl_search_measure check_measure(lua_State *L, int table, int i, const char *what) {
  static const char *const names[] = {"name", "lower", "upper", "cells", NULL};
  char place[64];
  rl_search_measure measure = {.cells = 0};
  snprintf(place, sizeof place, "%.40s: measure %d", what, i + 1);
  if (!lua_istable(L, table))
    luaL_error(L, "%s: a table {name =, lower =, upper =, cells =} expected, got %s", place,
               rll_type_name(L, table));
  rll_check_options(L, table, place, names);
  lua_getfield(L, table, "name");
  if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) >= sizeof measure.name)
    luaL_error(L, "%s: a name of at most %d letters expected", place, RL_MEASURE_NAME - 1);
  snprintf(measure.name, sizeof measure.name, "%s", lua_tostring(L, -1));
  lua_pop(L, 1);
  for (int k = 1; names[k]; k++) {
    lua_getfield(L, table, names[k]);
    if (lua_isnil(L, -1)) luaL_error(L, "%s: %s is missing", place, names[k]);
    lua_pop(L, 1);
  }
  measure.lower = rll_number(L, table, "lower", (double)NAN, -1e300, 1e300, place);
  measure.upper = rll_number(L, table, "upper", (double)NAN, -1e300, 1e300, place);
  measure.cells = (int)rll_integer(L, table, "cells", 0, 0, INT32_MAX, place);
  return measure;
}

/* Field `measures` of the table at 1: a list of tables. */
static void push_measures(lua_State *L, rl_search_space *space, const char *what) {
  lua_getfield(L, 1, "measures");
  if (lua_isnil(L, -1)) return;
  const int list = lua_gettop(L);
  if (!lua_istable(L, list))
    luaL_error(L, "%s: option measures: a list of measures expected, got %s", what, rll_type_name(L, list));
  const size_t n = lua_rawlen(L, list);
  if (n > RL_SEARCH_MEASURES)
    luaL_error(L, "%s: option measures: at most %d, got %d", what, RL_SEARCH_MEASURES, (int)n);
  check_list(L, list, n, "measures", "measures expected", what);
  rl_search_measure *measures = lua_newuserdata(L, (n + 1) * sizeof *measures);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (int)i + 1);
    measures[i] = check_measure(L, lua_gettop(L), (int)i, what);
    lua_pop(L, 1);
  }
  space->n_measures = (int)n;
  space->measures = measures;
}

static rl_search_space push_coordinates_of(lua_State *L, const char *what) {
  size_t n;
  luaL_checkstack(L, 24, what);
  lua_getfield(L, 1, "space");
  if (!lua_isnil(L, -1)) {
    int space = lua_gettop(L);
    if (!lua_istable(L, space) || strcmp(rll_type_name(L, space), "rl.space") != 0)
      luaL_error(L, "%s: option space: what rl.space gives expected, got %s", what, rll_type_name(L, space));
    return push_named(L, space, what);
  }
  lua_getfield(L, 1, "x0");
  const double *x0 = rll_push_doubles(L, lua_gettop(L), what, "x0", &n);
  int dim = check_size(L, n, what);
  return (rl_search_space){.n = dim,
                           .x0 = x0,
                           .lower = push_vector(L, 1, "lower", dim, what),
                           .upper = push_vector(L, 1, "upper", dim, what),
                           .scale = push_vector(L, 1, "scale", dim, what),
                           .fixed = push_coordinates(L, 1, "fixed", dim, what),
                           .integer = push_coordinates(L, 1, "integer", dim, what)};
}

rl_search_space rll_push_search_space(lua_State *L, const char *what) {
  rl_search_space space = push_coordinates_of(L, what);
  push_measures(L, &space, what);
  return space;
}

/* Sets field `name` to the list; not when every number is `silent`. */
static void set_list(lua_State *L, const char *name, const double *x, int n, double silent) {
  bool says = false;
  for (int i = 0; i < n; i++) says = says || x[i] != silent;
  if (!says) return;
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushnumber(L, x[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

static void set_coordinates(lua_State *L, const char *name, const bool *chosen, int n) {
  int count = 0;
  lua_newtable(L);
  for (int i = 0; i < n; i++) {
    if (!chosen[i]) continue;
    lua_pushinteger(L, i + 1);
    lua_rawseti(L, -2, ++count);
  }
  if (count)
    lua_setfield(L, -2, name);
  else
    lua_pop(L, 1);
}

static void set_measures(lua_State *L, const rl_search_space *space) {
  if (space->n_measures == 0) return;
  lua_createtable(L, space->n_measures, 0);
  for (int i = 0; i < space->n_measures; i++) {
    lua_createtable(L, 0, 4);
    rll_set_string(L, "name", space->measures[i].name);
    rll_set_number(L, "lower", space->measures[i].lower);
    rll_set_number(L, "upper", space->measures[i].upper);
    rll_set_integer(L, "cells", space->measures[i].cells);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "measures");
}

void rll_set_search_space(lua_State *L, const rl_search_space *space) {
  set_list(L, "x0", space->x0, space->n, (double)NAN);
  set_list(L, "lower", space->lower, space->n, -INFINITY);
  set_list(L, "upper", space->upper, space->n, INFINITY);
  set_list(L, "scale", space->scale, space->n, 1.0);
  set_coordinates(L, "fixed", space->fixed, space->n);
  set_coordinates(L, "integer", space->integer, space->n);
  set_measures(L, space);
}

int rll_within(lua_State *L) {
  double x = luaL_checknumber(L, 1), lower = luaL_checknumber(L, 2), upper = luaL_checknumber(L, 3);
  const rl_search_space space = {.n = 1, .lower = &lower, .upper = &upper};
  if (!rl_search_space_take(&space, 0, &x)) return 0;
  lua_pushnumber(L, x);
  return 1;
}
