/* Rows of observations that a network is asked about, and what it remembers of them between calls. */
#include "core/policy/network_memory.h"

#include "base/memory.h"
#include "base/vector.h"

#include <string.h>

void rll_forget(rll_memory *m) {
  rl_release(m->numbers);
  *m = (rll_memory){0};
}

void rll_remember(lua_State *L, const rl_network *network, rll_memory *m, int rows, const char *what) {
  const size_t own = (size_t)rl_network_memory(network);
  if (m->rows == rows) return;
  if (m->rows)
    luaL_error(L, "the %s remembers %d rows of observations, %d are given: %s:reset() before others", what,
               m->rows, rows, what);
  m->numbers = rl_allocate((size_t)rows * own, sizeof *m->numbers);
  if (!m->numbers) luaL_error(L, "out of memory to remember %d rows", rows);
  m->rows = rows;
}

const float *rll_check_observations(lua_State *L, const rl_network *network, int arg, int *rows,
                                    bool *whole) {
  const int size = rl_network_size(network), inputs = network->mlp.inputs;
  const rl_tensor *given = rll_check_tensor(L, arg);
  *whole = given->ndim == 2 && given->shape[1] == inputs && inputs != size && !network->gru;
  const float *obs = rll_check_floats(L, arg, 2, (int64_t[]){-1, *whole ? inputs : size}, "observations");
  const int64_t n = rll_check_tensor(L, arg)->shape[0];
  rll_check_argument(L, n <= 1 << 24, arg, "too many observations");
  *rows = (int)n;
  return obs;
}

int rll_reset_memory(lua_State *L, const rl_network *network, rll_memory *m) {
  const size_t own = (size_t)rl_network_memory(network);
  if (lua_isnoneornil(L, 2)) {
    rll_forget(m);
    return 0;
  }
  const float *done = rll_check_floats(L, 2, 1, (int64_t[]){m->rows ? m->rows : -1}, "done");
  for (size_t r = 0; r < (size_t)m->rows; r++)
    if (done[r] != 0.0f) memset(m->numbers + r * own, 0, own * sizeof *m->numbers);
  return 0;
}

rl_status rll_put_memory(const rl_network *network, const rll_memory *m, rl_archive *archive,
                         const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (!m->rows) return RL_OK;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "memory"), RL_F32, 2,
                        (int64_t[]){m->rows, rl_network_memory(network)}, m->numbers, error);
}

rl_status rll_read_memory(const rl_network *network, rll_memory *taken, const rl_archive *archive,
                          const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  *taken = (rll_memory){0};
  const int own = rl_network_memory(network);
  const rl_array *array = own ? rl_archive_find(archive, rl_archive_key(name, prefix, "memory")) : NULL;
  if (!array) return RL_OK;
  if (array->dtype != RL_F32 || array->count % own || array->count / own > 1 << 24 ||
      rl_first_not_finite(array->data, (size_t)array->count) < (size_t)array->count)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not what this network remembers", name);
  taken->numbers = rl_allocate((size_t)array->count, sizeof(float));
  if (!taken->numbers) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  memcpy(taken->numbers, array->data, (size_t)array->count * sizeof(float));
  taken->rows = (int)(array->count / own);
  return RL_OK;
}

void rll_take_memory(rll_memory *m, rll_memory *taken, rl_status status) {
  rll_forget(status ? taken : m);
  if (!status) *m = *taken;
}

int rll_observe_rows(lua_State *L, rl_network *network) {
  const rl_tensor *obs = rll_check_tensor(L, 2);
  int size = rl_network_size(network);
  if (obs->ndim >= 1 && obs->shape[obs->ndim - 1] == network->mlp.inputs) size = network->mlp.inputs;
  if (obs->ndim < 1 || obs->shape[obs->ndim - 1] != size) {
    char shape[RL_SHAPE_TEXT];
    return luaL_error(L, "observations: shape [..., %d] expected, got %s", size,
                      rl_shape_text(obs->ndim, obs->shape, shape));
  }
  rl_tensor *rows = rll_hold_tensor(L);
  rl_error error;
  rll_finish_tensor(
      L, rl_tensor_reshape(rows, obs, 2, (int64_t[]){rl_tensor_count(obs) / size, size}, &error), &error);
  rll_check_argument(L, rows->shape[0] <= INT32_MAX, 2, "too many observations");
  size_t n = (size_t)rl_tensor_count(rows), bad = rl_first_not_finite(rows->data, n);
  if (bad < n) {
    lua_pushinteger(L, (lua_Integer)(bad / (size_t)size) + 1);
    return luaL_error(L, "observations: a number of row %s is not finite", lua_tostring(L, -1));
  }
  rl_network_observe(network, rows->data, size, NULL, (int)rows->shape[0]);
  rl_network_follow(network, network->theta.data);
  return 0;
}
