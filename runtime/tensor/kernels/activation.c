#include "activation.h"

static void activate(rl_activation f, float *y, size_t n) {
  size_t i = 0;
  for (; i + TOGETHER * LANES <= n; i += TOGETHER * LANES) {
    lanes x[TOGETHER];
    for (int l = 0; l < TOGETHER; l++) x[l] = lanes_load(y + i + l * LANES);
    activate_lanes(f, x, TOGETHER);
    for (int l = 0; l < TOGETHER; l++) lanes_store(y + i + l * LANES, x[l]);
  }
  for (; i + LANES <= n; i += LANES) lanes_store(y + i, activated(f, lanes_load(y + i)));
  if (i < n) lanes_store_first(y + i, n - i, activated(f, lanes_load_first(y + i, n - i)));
}

static void gradient(rl_activation f, const float *y, float *dy, size_t n) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    lanes_store(dy + i, slope_times(f, lanes_load(y + i), lanes_load(dy + i)));
  if (i < n)
    lanes_store_first(dy + i, n - i,
                      slope_times(f, lanes_load_first(y + i, n - i), lanes_load_first(dy + i, n - i)));
}

const rl_activation_kernels RL_AT_LEVEL(rl_activation_table) = {activate, gradient};
