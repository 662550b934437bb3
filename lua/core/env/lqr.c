/* rl.lqr_gain: the exact answer of the environment "lqr". */
#include "classic/lqr.h"

#include "core/env/matrices.h"

/* rl.lqr_gain{ A =, B =, Q =, R =, gamma = 1 } -> K, a table of m rows of n numbers: the best action is
 * K s */
static int lqr_gain(lua_State *L) {
  static const char *const known[] = {"A", "B", "Q", "R", "gamma", NULL};
  static const char *const own[] = {"gamma", NULL};
  const char *what = "rl.lqr_gain";
  rl_matrix matrices[RLL_MAX_MATRICES];
  rl_error error;
  lua_settop(L, 1);
  rll_check_options(L, 1, what, known);
  double gamma = rll_number(L, 1, "gamma", 1.0, 0.0, 1.0, what);
  for (int i = 0; lua_istable(L, 1) && i < 4; i++) {
    lua_getfield(L, 1, known[i]);
    if (!lua_isnil(L, -1) && !rll_is_matrix(L, -1))
      luaL_error(L, "%s: option %s: matrix expected, got %s", what, known[i], luaL_typename(L, -1));
    lua_pop(L, 1);
  }
  rl_lqr *lqr = lua_newuserdata(L, sizeof *lqr);
  double *K = lua_newuserdata(L, (size_t)RL_LQR_MAX * RL_LQR_MAX * sizeof *K);
  int n_matrices = rll_check_matrices(L, 1, what, own, matrices);
  if (rl_lqr_make(lqr, matrices, n_matrices, &error)) return rll_raise(L, &error);
  if (rl_lqr_gain(lqr, gamma, K, &error)) return rll_raise(L, &error);
  lua_createtable(L, lqr->m, 0);
  for (int i = 0; i < lqr->m; i++) {
    lua_createtable(L, lqr->n, 0);
    for (int j = 0; j < lqr->n; j++) {
      lua_pushnumber(L, K[i * lqr->n + j]);
      lua_rawseti(L, -2, j + 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

void rll_open_lqr(lua_State *L) {
  lua_pushcfunction(L, lqr_gain);
  lua_setfield(L, -2, "lqr_gain");
}
