/* What recordings have of a creature beside its fields: what passes between it and the ground, and in its joints. Dear, and
 * so taken only in a copy that is watched; it touches nothing, so that an episode stays the same to the bit.
 *
 * Forces, moments and powers are means over an action, so that a mean times its seconds is the impulse or work. */
#ifndef RL_CREATURE_TRACES_H
#define RL_CREATURE_TRACES_H

#include "creature/creature_muscles.h"

RL_C_BEGIN

typedef struct rl_trace_foot {
  float force[2]; /* N on it, of the ground: forward, upward */
  float
      point[2]; /* m: the centre of pressure; while nothing bears on it the ground below its centre of mass */
} rl_trace_foot;

typedef struct rl_traces {
  bool on;
  float before[RL_MAX_PARTS]; /* [n_joints] rad/s, as the step of the physics begins */
  float pulled[RL_MAX_PARTS]; /* [n_joints] N m of the muscles in it */
  float moment
      [RL_MAX_PARTS]; /* [n_joints] N m on the child of all that turns the joint: muscles, motor, stops */
  float power[RL_MAX_PARTS];        /* [n_joints] W: positive does work on the bodies */
  float metabolic[RL_MAX_MUSCLES];  /* [n_muscles] W that they burn */
  rl_trace_foot feet[RL_MAX_PARTS]; /* [n_feet] */
} rl_traces;

/* Around the steps of an action of so many: begin; before (once the muscles pull) and after each, burn once the muscles
 * have followed; end. */
void rl_traces_begin(rl_traces *traces, const rl_model *model);
void rl_traces_before(rl_traces *traces, const rl_muscles *muscles, const rl_b2_world *world);
void rl_traces_after(rl_traces *traces, const rl_model *model, const rl_b2_world *world, float dt, int steps);
void rl_traces_burn(rl_traces *traces, const rl_muscles *muscles, int steps);
void rl_traces_end(rl_traces *traces, const rl_model *model, const rl_b2_world *world,
                   const rl_ground *ground, float seconds);

RL_C_END

#endif
