/* The part of a creature's check that looks at its muscles, in the order of rl_creature_check: names and
 * counts, symmetry, then (of a sorted tree) the rest; the last fills in the lengths of fibres and tendons
 * that are left out. */
#ifndef RL_MUSCLE_CHECK_H
#define RL_MUSCLE_CHECK_H

#include "creature/creature.h"

RL_C_BEGIN

rl_status rl_check_muscle_names(const rl_creature *creature, rl_error *error);
rl_status rl_mirror_muscles(rl_creature *creature, rl_error *error);
rl_status rl_check_muscles(rl_creature *creature, rl_error *error);

RL_C_END

#endif
