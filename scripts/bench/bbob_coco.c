/* The functions of COCO's suite bbob as a module of Lua; bbob.py builds it, with COCO's coco.c.
 *
 *   local f, best = require("bbob_coco").problem(function, dimension, instance)
 *   f({ x1, x2, ... }) --> value, a double; best: the least there is */
#include "coco.h"

#include <lauxlib.h>

/* Of coco.c, but not in its header. */
coco_problem_t *coco_get_bbob_problem(size_t function, size_t dimension, size_t instance);
double coco_problem_get_best_value(const coco_problem_t *problem);

static const char type_name[] = "bbob_coco.problem";

static int evaluate(lua_State *L) {
  coco_problem_t *problem = *(coco_problem_t **)luaL_checkudata(L, 1, type_name);
  double x[64], value;
  int n = (int)coco_problem_get_dimension(problem);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    x[i] = luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
  coco_evaluate_function(problem, x, &value);
  lua_pushnumber(L, value);
  return 1;
}

static int release(lua_State *L) {
  coco_problem_free(*(coco_problem_t **)luaL_checkudata(L, 1, type_name));
  return 0;
}

static int problem(lua_State *L) {
  int function = (int)luaL_checkinteger(L, 1), dimension = (int)luaL_checkinteger(L, 2);
  luaL_argcheck(L, function >= 1 && function <= 24, 1, "1 to 24");
  luaL_argcheck(L, dimension >= 2 && dimension <= 64, 2, "2 to 64");
  coco_problem_t *p = coco_get_bbob_problem((size_t)function, (size_t)dimension, (size_t)luaL_checkinteger(L, 3));
  *(coco_problem_t **)lua_newuserdata(L, sizeof p) = p;
  if (luaL_newmetatable(L, type_name)) {
    lua_pushcfunction(L, evaluate);
    lua_setfield(L, -2, "__call");
    lua_pushcfunction(L, release);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_pushnumber(L, coco_problem_get_best_value(p));
  return 2;
}

int luaopen_bbob_coco(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, problem);
  lua_setfield(L, -2, "problem");
  return 1;
}
