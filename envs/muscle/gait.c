/* The phases of a leg's step; see gait.h. */
#include "muscle/gait.h"

#include <stddef.h>

const char *const rl_gait_state_names[RL_GAIT_STATES + 1] = {"landing", "early_stance", "late_stance",
                                                             "liftoff", "swing",        NULL};

static bool stands(const rl_gait_transitions *t, rl_gait_leg leg) { return leg.load > t->stance_load; }

/* The other foot stands ahead: the weight goes over to it. */
static bool is_trailing(const rl_gait_transitions *t, rl_gait_leg own, rl_gait_leg other) {
  return stands(t, other) && own.position < other.position;
}

rl_gait_state rl_gait_begin(const rl_gait_transitions *t, rl_gait_leg own, rl_gait_leg other) {
  if (!stands(t, own)) return own.position > t->landing ? RL_GAIT_LANDING : RL_GAIT_SWING;
  if (is_trailing(t, own, other)) return RL_GAIT_LIFTOFF;
  return own.position < t->late_stance ? RL_GAIT_LATE_STANCE : RL_GAIT_EARLY_STANCE;
}

rl_gait_state rl_gait_next(const rl_gait_transitions *t, rl_gait_state state, rl_gait_leg own,
                           rl_gait_leg other) {
  switch (state) {
  case RL_GAIT_LANDING:
    if (stands(t, own)) return RL_GAIT_EARLY_STANCE;
    break;
  case RL_GAIT_EARLY_STANCE:
    if (is_trailing(t, own, other)) return RL_GAIT_LIFTOFF;
    if (own.position < t->late_stance) return RL_GAIT_LATE_STANCE;
    break;
  case RL_GAIT_LATE_STANCE:
    if (is_trailing(t, own, other) || own.position < t->liftoff) return RL_GAIT_LIFTOFF;
    break;
  case RL_GAIT_LIFTOFF:
    if (own.load <= t->swing_load) return RL_GAIT_SWING;
    break;
  case RL_GAIT_SWING:
    if (stands(t, own) && own.position > other.position) return RL_GAIT_EARLY_STANCE;
    if (!stands(t, own) && own.position > t->landing) return RL_GAIT_LANDING;
    break;
  case RL_GAIT_STATES: break;
  }
  return state;
}
