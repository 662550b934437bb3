/* The phases of a leg's step, as a finite-state machine: one machine a leg, moved by how much weight the foot
 * bears and by where it is. After Geijtenbeek, van de Panne & van der Stappen, Flexible Muscle-Based
 * Locomotion for Bipedal Creatures (2013), and its author's later tool SCONE.
 *
 *   landing      -> early stance   the foot bears weight
 *   early stance -> late stance    the body has passed over the foot (position < late_stance)
 *   stance       -> liftoff        the other foot bears weight ahead of this one, or position < liftoff
 *   liftoff      -> swing          the foot bears no weight any more
 *   swing        -> landing        the foot is far enough ahead (position > landing)
 *   swing        -> early stance   the foot bears weight early, ahead of the other one */
#ifndef RL_GAIT_H
#define RL_GAIT_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

typedef enum rl_gait_state {
  RL_GAIT_LANDING,
  RL_GAIT_EARLY_STANCE,
  RL_GAIT_LATE_STANCE,
  RL_GAIT_LIFTOFF,
  RL_GAIT_SWING,
  RL_GAIT_STATES
} rl_gait_state;

extern const char *const rl_gait_state_names[RL_GAIT_STATES + 1]; /* "landing" ..., NULL at the end */

typedef struct rl_gait_transitions {
  float stance_load; /* body weights: a foot that bears more stands */
  float swing_load;  /* body weights: a foot that bears no more than this swings */
  float late_stance; /* leg lengths */
  float liftoff;     /* leg lengths; -1 is out of reach: the other foot alone decides */
  float landing;     /* leg lengths */
} rl_gait_transitions;

typedef struct rl_gait_leg {
  float load;     /* body weights on its foot */
  float position; /* leg lengths by which the foot is ahead of the hip */
} rl_gait_leg;

/* The state of a leg that is found like this. */
rl_gait_state rl_gait_begin(const rl_gait_transitions *transitions, rl_gait_leg own, rl_gait_leg other);

/* The state after `state`: the same, or one transition further. */
rl_gait_state rl_gait_next(const rl_gait_transitions *transitions, rl_gait_state state, rl_gait_leg own,
                           rl_gait_leg other);

RL_C_END

#endif
