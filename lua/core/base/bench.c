/* rl.bench: what benchmarks compare with, so that both are timed in one process. */
#include "core/base/binding.h"

#include <cblas.h>
#include <time.h>

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* sgemm(m, n, k, trans_a, trans_b, repeats) -> seconds of one product C [m, n] = op(A) op(B) by OpenBLAS, on
 * one thread */
static int bench_sgemm(lua_State *L) {
  int64_t size[3];
  for (int i = 0; i < 3; i++) {
    size[i] = luaL_checkinteger(L, i + 1);
    rll_check_argument(L, size[i] >= 1 && size[i] <= 4096, i + 1, "a size of 1 to 4096 expected");
  }
  bool trans_a = lua_toboolean(L, 4), trans_b = lua_toboolean(L, 5);
  lua_Integer repeats = luaL_checkinteger(L, 6);
  int m = (int)size[0], n = (int)size[1], k = (int)size[2];
  rl_tensor *a = rll_new_tensor(L, 1, (int64_t[]){(int64_t)m * k});
  rl_tensor *b = rll_new_tensor(L, 1, (int64_t[]){(int64_t)k * n});
  rl_tensor *c = rll_new_tensor(L, 1, (int64_t[]){(int64_t)m * n});
  int lda = trans_a ? m : k, ldb = trans_b ? k : n;
  openblas_set_num_threads(1);
  double start = seconds_now();
  for (lua_Integer i = 0; i < repeats; i++)
    cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, m, n,
                k, 1.0f, a->data, lda, b->data, ldb, 0.0f, c->data, n);
  lua_pushnumber(L, (seconds_now() - start) / (double)(repeats > 0 ? repeats : 1));
  return 1;
}

void rll_open_bench(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, bench_sgemm);
  lua_setfield(L, -2, "sgemm");
  lua_setfield(L, -2, "bench");
}
