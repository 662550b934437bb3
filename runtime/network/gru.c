#include "network/gru.h"

#include "tensor/activation.h"

void rl_gru_step(int units, const float *a, const float *u, const float *h, float *gates, float *next) {
  const size_t n = (size_t)units;
  for (size_t i = 0; i < 2 * n; i++) gates[i] = 0.5f * (a[i] + u[i]);
  rl_activate(RL_TANH, gates, 2 * n);
  for (size_t i = 0; i < 2 * n; i++) gates[i] = 0.5f + 0.5f * gates[i]; /* the sigmoid */
  for (size_t i = 0; i < n; i++) gates[2 * n + i] = a[2 * n + i] + gates[i] * u[2 * n + i];
  rl_activate(RL_TANH, gates + 2 * n, n);
  for (size_t i = 0; i < n; i++) {
    const float z = gates[n + i];
    next[i] = (1.0f - z) * gates[2 * n + i] + z * h[i];
  }
}

void rl_gru_back(int units, const float *gates, const float *u_n, const float *h, const float *dnext,
                 float *da, float *du, float *dh) {
  const size_t n = (size_t)units;
  for (size_t i = 0; i < n; i++) {
    const float r = gates[i], z = gates[n + i], new = gates[2 * n + i];
    const float dn = dnext[i] * (1.0f - z) * (1.0f - new *new);
    da[i] = du[i] = dn * u_n[i] * r * (1.0f - r);
    da[n + i] = du[n + i] = dnext[i] * (h[i] - new) * z * (1.0f - z);
    da[2 * n + i] = dn;
    du[2 * n + i] = dn * r;
    dh[i] = dnext[i] * z;
  }
}
