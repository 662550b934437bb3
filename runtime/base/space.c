#include "base/space.h"

void rl_space_sample(const rl_space *space, rl_rng *rng, float *action) {
  const float widest = 1e6f;
  if (space->kind == RL_DISCRETE)
    *action = (float)rl_rng_below(rng, (uint32_t)space->size);
  else if (space->high - space->low <= widest)
    rl_rng_fill_uniform(rng, action, space->size, space->low, space->high);
  else
    rl_rng_fill_normal(rng, action, space->size);
}
