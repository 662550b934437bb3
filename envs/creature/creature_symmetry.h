/* The symmetry of a creature: which of its parts can change places so that the same creature comes out. In the
 * sagittal plane a walker's left and right leg lie over each other, so its mirror image is the exchange of parts
 * that are alike: hung at the same place, of the same shapes, joints, motors and muscles. No sign changes. */
#ifndef RL_CREATURE_SYMMETRY_H
#define RL_CREATURE_SYMMETRY_H

#include "creature/creature_model.h"

RL_C_BEGIN

/* The counterpart of each part, by index; its own where it stays. */
typedef struct rl_counterparts {
  int body[RL_MAX_PARTS], joint[RL_MAX_PARTS], foot[RL_MAX_PARTS], motor[RL_MAX_PARTS];
  int muscle[RL_MAX_MUSCLES];
} rl_counterparts;

/* Found in the structure of the description. Of parts that can be exchanged in several ways, those are whose names
 * say left and right; parts whose names say so and that are not alike are a fault. RL_BAD_ARGUMENT saying what differs:
 * "right_thigh: height is 0.4 m, of left_thigh 0.45 m". */
rl_status rl_creature_counterparts(const rl_model *model, rl_counterparts *counterparts, rl_error *error);

RL_C_END

#endif
