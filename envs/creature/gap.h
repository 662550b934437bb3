/* How far apart two shapes are, or how deep one is in the other. */
#ifndef RL_GAP_H
#define RL_GAP_H

#include "creature/creature_model.h"
#include "physics/shape.h"

RL_C_BEGIN

/* The core of a shape of a body with this pose, in the world's frame. */
rl_core rl_core_at(const rl_shape *shape, rl_pose pose);

/* m: the distance between two shapes; negative where they overlap: how far one must be moved to be free. Of
 * two crossing capsules the sum of their radii, which is the least it can be. */
double rl_core_gap(const rl_core *a, const rl_core *b);

RL_C_END

#endif
