/* The objective of a gait; see gait_objective.h. */
#include "creature/gait_objective.h"

#include <math.h>

static const char *const objectives[] = {"plain", "gait", NULL}; /* rl_creature_objective */

#define WEIGHT(k)    [RL_GAIT_WEIGHTS + 2 * (k)]
#define THRESHOLD(k) [RL_GAIT_WEIGHTS + 2 * (k) + 1]

const rl_option rl_gait_options[RL_GAIT_OPTIONS] = {
    [RL_GAIT_OBJECTIVE] = {"objective", "",
                           "the environment's own reward: plain (speed, upright, effort) or that of a gait",
                           RL_CREATURE_PLAIN, RL_CREATURE_PLAIN, RL_CREATURE_GAIT, objectives,
                           RL_OPTION_CHOICE, .live = true},
    WEIGHT(RL_GAIT_SPEED) = {"speed_weight", "1/s", "gait: of missing the target speed", 1.0, 0.0, 1e3,
                             .live = true},
    THRESHOLD(RL_GAIT_SPEED) = {"speed_threshold", "m/s", "gait: a mean speed this near is on target", 0.05,
                                0.0, 20.0, .live = true},
    WEIGHT(RL_GAIT_HEAD_ORIENTATION) = {"head_orientation_weight", "1/s", "gait: of a head that is not level",
                                        0.2, 0.0, 1e3, .live = true},
    THRESHOLD(RL_GAIT_HEAD_ORIENTATION) = {"head_orientation_threshold", "rad", "gait: a head this level is",
                                           0.1, 0.0, 10.0, .live = true},
    WEIGHT(RL_GAIT_HEAD_VELOCITY) = {"head_velocity_weight", "1/s", "gait: of a head that is not steady", 0.1,
                                     0.0, 1e3, .live = true},
    THRESHOLD(RL_GAIT_HEAD_VELOCITY) = {"head_velocity_threshold", "m/s", "gait: a head this slow is steady",
                                        0.2, 0.0, 100.0, .live = true},
    WEIGHT(RL_GAIT_SLIDE) = {"slide_weight", "1/s", "gait: of feet that slide", 0.2, 0.0, 1e3, .live = true},
    THRESHOLD(RL_GAIT_SLIDE) = {"slide_threshold", "m/s", "gait: feet this slow on the ground do not slide",
                                0.1, 0.0, 100.0, .live = true},
    WEIGHT(RL_GAIT_EFFORT) = {"effort_weight", "1/s", "gait: of the cost of transport", 0.2, 0.0, 1e3,
                              .live = true},
    THRESHOLD(RL_GAIT_EFFORT) = {"effort_threshold", "J/(kg m)", "gait: a cost of transport this low is none",
                                 0.0, 0.0, 1e3, .live = true},
};

static const float full[RL_GAIT_PENALTIES] = {
    [RL_GAIT_HEAD_ORIENTATION] = 1.0f, /* rad */
    [RL_GAIT_HEAD_VELOCITY] = 1.0f,    /* m/s */
    [RL_GAIT_SLIDE] = 1.0f,            /* m/s */
    [RL_GAIT_EFFORT] = 20.0f,          /* J/(kg m) */
};

static const float SLOWEST = 0.5f; /* m/s */
static const double MEMORY = 1.0;  /* s */

float rl_gait_judge(const float *options, const float *quantities, float target_speed, float seconds,
                    float *penalties) {
  float alive = 0.0f;
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) {
    const float weight = options[RL_GAIT_WEIGHTS + 2 * k], threshold = options[RL_GAIT_WEIGHTS + 2 * k + 1];
    const float size = k == RL_GAIT_SPEED ? fmaxf(fabsf(target_speed), SLOWEST) : full[k];
    const float share = fminf(fmaxf(quantities[k] - threshold, 0.0f) / size, 1.0f);
    penalties[k] = -weight * share * seconds;
    alive += weight * seconds;
  }
  return alive;
}

void rl_recent_mean_add(rl_recent_mean *mean, float value, float seconds) {
  const double keep = exp(-(double)seconds / MEMORY);
  mean->sum = keep * mean->sum + (1.0 - keep) * (double)value;
  mean->weight = keep * mean->weight + (1.0 - keep);
}

float rl_recent_mean_value(const rl_recent_mean *mean, float otherwise) {
  return mean->weight > 0.0 ? (float)(mean->sum / mean->weight) : otherwise;
}

float rl_cost_of_transport(float power, float mass, float speed) {
  return power / (mass * fmaxf(fabsf(speed), SLOWEST));
}
