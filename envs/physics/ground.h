/* Ground profiles: a polyline of heights over x, level around the start so that a creature can stand, then
 * flat, rough, sloping or stepped. Drawn from a random stream; what it draws does not depend on
 * the creature. */
#ifndef RL_GROUND_H
#define RL_GROUND_H

#include "base/rng.h"

#include <stdbool.h>

RL_C_BEGIN

typedef enum rl_ground_kind {
  RL_GROUND_FLAT,
  RL_GROUND_ROUGH,
  RL_GROUND_SLOPE,
  RL_GROUND_STEPS
} rl_ground_kind;

enum { RL_GROUND_MAX = 512 };

typedef struct rl_ground_options {
  rl_ground_kind kind;
  float level;       /* m: the ground is level for |x| <= level, at most 8 */
  float roughness;   /* m: standard deviation of the height of rough ground, drawn every half metre */
  float slope;       /* rad, uphill forward, from `level` on */
  float step_height; /* m: each step goes up or down by this much, at random */
  float step_length; /* m */
} rl_ground_options;

typedef struct rl_ground {
  int n;
  float xy[RL_GROUND_MAX][2]; /* from left to right, x strictly increasing */
} rl_ground;

void rl_ground_make(rl_ground *ground, const rl_ground_options *options, rl_rng *rng);

/* As one sees it who stands at x (m) and counts from there; turned: he looks back. */
void rl_ground_seen(const rl_ground *ground, float x, bool turned, rl_ground *seen);

/* m: height of the ground at x; beyond an end, the height of that end. */
float rl_ground_height(const rl_ground *ground, float x);

/* False within a metre of an end, and beyond. */
bool rl_ground_inside(const rl_ground *ground, float x);

RL_C_END

#endif
