/* A creature's movement primitives at work in one copy: at each step of the physics a primitive says where its joint should
 * be, and the joint's motor pushes it there, with
 *
 *   action + kp (y - angle) + kd (y' - speed), within [-1, 1]
 *
 * for its action: one of 0 leaves the primitive alone. A primitive begins where its joint is when the episode does. */
#ifndef RL_CREATURE_PRIMITIVES_H
#define RL_CREATURE_PRIMITIVES_H

#include "creature/creature_model.h"

RL_C_BEGIN

typedef struct rl_primitives {
  float action[RL_MAX_PARTS];             /* [n_motors] in [-1, 1], until it is set again */
  rl_primitive_state state[RL_MAX_PARTS]; /* [n_driven] */
} rl_primitives;

/* RL_BAD_ARGUMENT naming creature, primitive and fault: an unknown joint, one without a motor, or with two primitives; see
 * rl_primitive_check. */
rl_status rl_primitives_check(const rl_creature *complete, rl_error *error);
/* Those of the model's controller, that the check has passed. */
void rl_primitives_wire(rl_model *model);

void rl_primitives_begin(rl_primitives *primitives, const rl_model *model, const rl_b2_world *world);
/* Sets the motors of driven joints for the next step of dt seconds. */
void rl_primitives_step(rl_primitives *primitives, const rl_model *model, float dt, rl_b2_world *world);

RL_C_END

#endif
