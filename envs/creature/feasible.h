/* Could this body be an animal's? What rl_creature_check allows can be simulated; a search over bodies also
 * finds what pays without being a body: shanks inside the trunk, limbs of lead, muscles heavier than the
 * animal. Such designs are refused before they cost a simulation. */
#ifndef RL_FEASIBLE_H
#define RL_FEASIBLE_H

#include "creature/creature.h"

RL_C_BEGIN

/* RL_BAD_ARGUMENT naming creature, part and fault: all that rl_creature_check refuses, in the standing pose
 * - a joint more than 5 cm outside of its parent's shapes, or of its own body's;
 * - two bodies of one limb (one hangs from the other by way of a third) that overlap by more than 1 cm.
 *   Bodies _l, _r and in the middle lie side by side in one plane and never count against each other;
 * - another body that reaches as low as a foot, a foot whose joint is above that of the body it hangs from
 *   (of feet that stand; a tail that may touch the ground is held higher than 5 cm above the lowest foot);
 * and always
 * - a density outside [10, 3000] kg/m^2 (those of a person: 100 to 500);
 * - a motor stronger than twice what holds the animal's weight on Earth at the length of its standing height;
 * - muscles that together weigh more than half of the animal, at 1059.7 kg/m^3 and 0.25 MPa (Wang et al.
 *   2012; the planar human's are 15% of it). */
rl_status rl_creature_feasible(const rl_creature *creature, rl_error *error);

RL_C_END

#endif
