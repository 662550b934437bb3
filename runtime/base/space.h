/* What observations and actions are made of. */
#ifndef RL_SPACE_H
#define RL_SPACE_H

#include "base/rng.h"

RL_C_BEGIN

typedef enum rl_space_kind {
  RL_BOX,     /* `size` real numbers, each within [low, high] */
  RL_DISCRETE /* one of `size` choices, stored as 0 .. size-1 in one float */
} rl_space_kind;

typedef struct rl_space {
  rl_space_kind kind;
  int size;
  float low, high; /* bounds of every coordinate of a box; infinite where there is none */
} rl_space;

/* Floats that one action takes: `size` for a box, 1 for a discrete space. */
static inline int rl_space_width(const rl_space *space) { return space->kind == RL_BOX ? space->size : 1; }

/* A uniformly random action [rl_space_width(space)]; where a box has no bounds, or bounds so wide that they
 * mean nothing (a range above 1e6), a standard normal one. */
void rl_space_sample(const rl_space *space, rl_rng *rng, float *action);

RL_C_END

#endif
