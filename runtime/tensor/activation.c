#include "tensor/activation.h"

void rl_activate(rl_activation f, float *y, size_t n) {
  if (f != RL_IDENTITY) RL_KERNELS(rl_activation_table)->activate(f, y, n);
}

void rl_activation_gradient(rl_activation f, const float *y, float *dy, size_t n) {
  if (f != RL_IDENTITY) RL_KERNELS(rl_activation_table)->gradient(f, y, dy, n);
}
