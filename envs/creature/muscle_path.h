/* How long the path of a muscle is in the postures that its joints allow. */
#ifndef RL_MUSCLE_PATH_H
#define RL_MUSCLE_PATH_H

#include "creature/creature.h"

RL_C_BEGIN

typedef struct rl_path_range {
  float shortest, longest; /* m */
} rl_path_range;

/* Of a muscle with a path along bodies of the creature, whose bodies stand parents first. Found by turning
 * one joint after the other over its range, twice: exact for muscles over one joint, near enough over two. */
rl_path_range rl_muscle_path_range(const rl_creature *creature, const rl_muscle *muscle);

RL_C_END

#endif
