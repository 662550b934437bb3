/* The objective of a gait: to go at a speed, head steady and level, without sliding, for little effort
 *
 *   E = E_speed + E_head_orientation + E_head_velocity + E_slide + E_effort
 *
 * (Geijtenbeek, van de Panne and van der Stappen 2013). Each is what a quantity exceeds its threshold by, 0
 * below it, so that effort decides among gaits that do the task; as a share of the size at which it counts in
 * full, at most 1; times its weight:
 *
 *   E_k = weight_k min(max(0, quantity_k - threshold_k) / full_k, 1)
 *
 *   speed             |mean speed - target|, full at the target speed (at least 0.5 m/s)
 *   head_orientation  |angle of the head from the standing pose|, full at 1 rad
 *   head_velocity     speed of the head against the trunk, full at 1 m/s
 *   slide             sum of the speeds of feet along the ground, full at 1 m/s
 *   effort            cost of transport, full at 20 J/(kg m)
 *
 * A second alive earns the sum of the weights less E, which is never negative: to fall early never pays, and
 * the return of an episode is (time limit) * (sum of weights - mean E), where after a fall every penalty
 * counts in full until the time limit. Mean speed and cost of transport are means over the last second or so,
 * since speed goes up and down within a stride. */
#ifndef RL_GAIT_OBJECTIVE_H
#define RL_GAIT_OBJECTIVE_H

#include "env/env.h"

RL_C_BEGIN

typedef enum rl_creature_objective { RL_CREATURE_PLAIN, RL_CREATURE_GAIT } rl_creature_objective;

typedef enum rl_gait_penalty {
  RL_GAIT_SPEED,
  RL_GAIT_HEAD_ORIENTATION,
  RL_GAIT_HEAD_VELOCITY,
  RL_GAIT_SLIDE,
  RL_GAIT_EFFORT,
  RL_GAIT_PENALTIES
} rl_gait_penalty;

/* Options: the kind of objective, then the weight and the threshold of each penalty in turn. */
enum { RL_GAIT_OBJECTIVE, RL_GAIT_WEIGHTS, RL_GAIT_OPTIONS = RL_GAIT_WEIGHTS + 2 * RL_GAIT_PENALTIES };
extern const rl_option rl_gait_options[RL_GAIT_OPTIONS];

/* quantities: [RL_GAIT_PENALTIES] as above, the speed's as |mean speed - target|. Writes the penalties
 * [RL_GAIT_PENALTIES], 0 or negative, of so many seconds, and returns what being alive earned in them. */
float rl_gait_judge(const float *options, const float *quantities, float target_speed, float seconds,
                    float *penalties);

/* A mean that forgets: what was t seconds ago counts exp(-t / 1 s) as much as what is now. */
typedef struct rl_recent_mean {
  double sum, weight;
} rl_recent_mean;

void rl_recent_mean_add(rl_recent_mean *mean, float value, float seconds);
float rl_recent_mean_value(const rl_recent_mean *mean, float otherwise); /* `otherwise` before the first */

/* J/(kg m). Who hardly moves is taken to move at 0.5 m/s. */
float rl_cost_of_transport(float power /* W */, float mass /* kg */, float speed /* m/s */);

RL_C_END

#endif
