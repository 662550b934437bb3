#include "core/env/matrices.h"

#include <string.h>

enum { MOST_ROWS = 1024 };

bool rll_is_matrix(lua_State *L, int index) {
  return lua_istable(L, index) || rll_test(L, index, &rll_tensor_type);
}

static void no_matrix(lua_State *L, const char *what, const char *name) {
  luaL_error(L,
             "%s: option %s: not a matrix, which is a table of rows like {{1, 2}, {3, 4}} or a tensor [n, m]",
             what, name);
}

/* The length of the table at the top. */
static int length_of(lua_State *L, const char *what, const char *name) {
  const size_t length = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  if (length < 1 || length > MOST_ROWS) no_matrix(L, what, name);
  return (int)length;
}

static double number_at(lua_State *L, int column, const char *what, const char *name) {
  lua_rawgeti(L, -1, column);
  if (lua_type(L, -1) != LUA_TNUMBER) no_matrix(L, what, name);
  const double value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

/* Replaces the table of rows at the top by a userdata with its numbers. */
static rl_matrix read_rows(lua_State *L, const char *what, const char *name) {
  const int rows = length_of(L, what, name);
  int cols = 0;
  double *data = NULL;
  for (int i = 0; i < rows; i++) {
    lua_rawgeti(L, data ? -2 : -1, i + 1);
    const int length = length_of(L, what, name);
    if (data && length != cols)
      luaL_error(L, "%s: option %s: row %d has %d numbers, row 1 has %d", what, name, i + 1, length, cols);
    if (!data) {
      cols = length;
      data = lua_newuserdata(L, (size_t)rows * (size_t)cols * sizeof *data);
      lua_insert(L, -2);
    }
    for (int j = 0; j < cols; j++) data[i * cols + j] = number_at(L, j + 1, what, name);
    lua_pop(L, 1);
  }
  lua_remove(L, -2);
  return (rl_matrix){name, rows, cols, data};
}

int rll_check_matrices(lua_State *L, int table, const char *what, const char *const *own,
                       rl_matrix matrices[RLL_MAX_MATRICES]) {
  int n = 0;
  lua_newtable(L); /* keeps the numbers */
  const int keep = lua_gettop(L);
  if (!lua_istable(L, table)) return 0;
  luaL_checkstack(L, 8, what);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    bool wanted = name && rll_is_matrix(L, -1);
    for (int i = 0; wanted && own[i]; i++) wanted = strcmp(own[i], name) != 0;
    if (wanted && n == RLL_MAX_MATRICES) luaL_error(L, "%s: more than %d matrices", what, n);
    if (!wanted) {
      lua_pop(L, 1);
      continue;
    }
    if (!lua_istable(L, -1)) { /* a tensor */
      lua_getfield(L, -1, "totable");
      lua_insert(L, -2);
      lua_call(L, 1, 1);
      if (!lua_istable(L, -1)) no_matrix(L, what, name);
    }
    matrices[n++] = read_rows(L, what, name);
    lua_rawseti(L, keep, n);
  }
  return n;
}
