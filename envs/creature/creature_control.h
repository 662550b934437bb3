/* A creature's controller at work in one copy: what it senses of the world at each step of the physics, and
 * the excitations of the muscles that follow (reflex.h). An action adds to them.
 *
 * A leg is the bodies whose names end in _l or _r; its load is what its feet bear, its hip the joint by which
 * it hangs on the rest of the body. */
#ifndef RL_CREATURE_CONTROL_H
#define RL_CREATURE_CONTROL_H

#include "creature/creature_muscles.h"

RL_C_BEGIN

typedef struct rl_creature_control {
  float action[RL_MAX_MUSCLES]; /* [n_muscles] in [-1, 1], until it is set again */
  const rl_model *model;        /* its wiring is used while n_rules is not 0 */
  rl_control control;
  float weight;     /* N */
  float dt;         /* s */
  float impulse[2]; /* N s on each leg's feet since the interval began */
  float load[2];    /* body weights on each leg during the last step */
  float senses[RL_MAX_SENSES];
  float asked[RL_MAX_MUSCLES]; /* [n_muscles] excitations that the rules alone ask for, */
  int steps;                   /* summed over so many steps: the owner begins anew with 0 */
} rl_creature_control;

rl_status rl_creature_control_init(rl_creature_control *control, const rl_model *model, float shortest_dt,
                                   rl_error *error);
void rl_creature_control_release(rl_creature_control *control);

/* An episode begins: feet on the ground share the weight. */
void rl_creature_control_begin(rl_creature_control *control, const rl_muscles *muscles,
                               const rl_b2_world *world, float gravity, float dt);

/* Sets the excitations for the next step, the only place that does: (action + 1) / 2 without a controller,
 * else what the rules ask for and `action`, within [0, 1]. */
void rl_creature_control_step(rl_creature_control *control, rl_muscles *muscles, const rl_b2_world *world);

/* The mean of what the rules alone have asked for, as actions [n_muscles] of a creature without rules. */
void rl_creature_control_own(const rl_creature_control *control, float *action);

/* After a step of the physics, the first since rl_b2_begin_interval or a later one. */
void rl_creature_control_feel(rl_creature_control *control, const rl_b2_world *world, bool first);

RL_C_END

#endif
