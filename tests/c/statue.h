/* A creature that stands whatever is done: a block of 10 kg on two feet of 1 kg that nothing can move, by joints whose limits
 * are both 0. */
#ifndef STATUE_H
#define STATUE_H

#include "creature/creature.h"

#include <string.h>

static inline rl_creature statue(void) {
  rl_creature c = {.name = "statue",
                   .symmetric = true,
                   .position = {0.0f, 0.5f},
                   .n_bodies = 2,
                   .n_motors = 1,
                   .motors = {{"hip_l", 1.0f, 1.0f}},
                   .n_feet = 1,
                   .feet = {"foot_l"}};
  c.bodies[0] = rl_body_defaults();
  strcpy(c.bodies[0].name, "block");
  c.bodies[0].is_root = true;
  c.bodies[0].n_shapes = 1;
  c.bodies[0].shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 0.2f, .height = 0.2f};
  c.bodies[0].mass = 10.0f;
  c.bodies[1] = rl_body_defaults();
  strcpy(c.bodies[1].name, "foot_l");
  strcpy(c.bodies[1].joint.name, "hip_l");
  strcpy(c.bodies[1].joint.parent, "block");
  c.bodies[1].n_shapes = 1;
  c.bodies[1].shapes[0] =
      (rl_shape){.kind = RL_SHAPE_BOX, .center = {0.0f, -0.25f}, .width = 1.0f, .height = 0.5f};
  c.bodies[1].mass = 1.0f;
  return c;
}

#endif
