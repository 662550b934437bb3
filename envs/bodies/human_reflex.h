/* The published reflexes of the planar human; see human_reflex.c. For any creature of two legs with the
 * muscles sol, ta, gas, vas, ham, glu, hfl, the joint knee, and the angles of the human. */
#ifndef RL_HUMAN_REFLEX_H
#define RL_HUMAN_REFLEX_H

#include "muscle/controller.h"

RL_C_BEGIN

extern const rl_controller rl_human_reflexes;

RL_C_END

#endif
