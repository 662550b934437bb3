/* The two families of distributions, from what a network gives. */
#ifndef TWO_DISTS_H
#define TWO_DISTS_H

#include "network/dist.h"

static inline rl_dist gaussian(int size, const float *mean, const float *log_std) {
  return (rl_dist){.kind = RL_BOX,
                   .size = size,
                   .head = mean,
                   .head_stride = size,
                   .log_std = log_std,
                   .log_std_stride = 0};
}

static inline rl_dist categorical(int size, const float *logits) {
  return (rl_dist){.kind = RL_DISCRETE,
                   .size = size,
                   .head = logits,
                   .head_stride = size,
                   .log_std = NULL,
                   .log_std_stride = 0};
}

#endif
