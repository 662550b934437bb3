/* The body of BipedalWalker: a hull on two legs of two segments each, as a world of Box2D. Leg l is the one
 * that Gymnasium's observation begins with. */
#ifndef RL_WALKER_H
#define RL_WALKER_H

#include "physics/box2d.h"
#include "walker/walker_terrain.h"

RL_C_BEGIN

enum {
  RL_WALKER_HULL,
  RL_WALKER_UPPER_L,
  RL_WALKER_LOWER_L,
  RL_WALKER_UPPER_R,
  RL_WALKER_LOWER_R,
  RL_WALKER_BODIES
};
enum { RL_WALKER_HIP_L, RL_WALKER_KNEE_L, RL_WALKER_HIP_R, RL_WALKER_KNEE_R, RL_WALKER_JOINTS };
enum { RL_WALKER_RAYS = 10 };

/* rad/s at which the motor of a hip or a knee stops pushing. */
#define RL_WALKER_HIP_SPEED  4.0f
#define RL_WALKER_KNEE_SPEED 6.0f
#define RL_WALKER_TORQUE     80.0f /* N m: the most that a motor gives */

#define RL_WALKER_SIGHT (160.0 / 30.0) /* m: the reach of a ray of the lidar */

/* Empties the world, lays the terrain and puts the walker in the middle of its level start. As in Gymnasium
 * the parts do not fit yet: at the hips they are half a metre apart, and the knees are beyond their limits.
 * The solver puts them together in the first step, which belongs to the reset. */
void rl_walker_build(rl_b2_world *world, const rl_walker_terrain *terrain, float gravity);

/* action: [RL_WALKER_JOINTS] in [-1, 1]: the direction of each motor and its share of the torque. */
void rl_walker_drive(rl_b2_world *world, const float *action);

/* fractions: [RL_WALKER_RAYS] how much of RL_WALKER_SIGHT is free from the hull's origin, straight down and
 * then by 0.15 rad more forward each. */
void rl_walker_look(const rl_b2_world *world, float *fractions);

/* The outline of a body in its frame: xy becomes [n, 2] m, n is returned. */
int rl_walker_outline(int body, const float **xy);

RL_C_END

#endif
