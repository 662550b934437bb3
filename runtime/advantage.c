#include "advantage.h"

#include <stddef.h>

void rl_gae(int steps, int copies, double gamma, double lambda, const float *reward, const float *value,
            const uint8_t *terminated, const uint8_t *truncated, const float *cut_value,
            const float *last_value, float *advantage, float *target) {
  for (int c = 0; c < copies; c++) {
    double next_value = (double)last_value[c], next_advantage = 0.0;
    for (int t = steps - 1; t >= 0; t--) {
      size_t i = (size_t)t * (size_t)copies + (size_t)c;
      if (terminated[i] || truncated[i]) {
        next_value = terminated[i] ? 0.0 : (double)cut_value[i];
        next_advantage = 0.0;
      }
      double delta = (double)reward[i] + gamma * next_value - (double)value[i];
      next_advantage = delta + gamma * lambda * next_advantage;
      next_value = (double)value[i];
      advantage[i] = (float)next_advantage;
      target[i] = (float)(next_advantage + (double)value[i]);
    }
  }
}
