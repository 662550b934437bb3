/* What recordings have of a creature; see creature_traces.h. */
#include "creature/creature_traces.h"

#include <string.h>

void rl_traces_begin(rl_traces *t, const rl_model *model) {
  const size_t size = (size_t)model->n_joints * sizeof(float);
  memset(t->moment, 0, size);
  memset(t->power, 0, size);
  memset(t->metabolic, 0, sizeof t->metabolic);
}

void rl_traces_before(rl_traces *t, const rl_muscles *muscles, const rl_b2_world *world) {
  const int n = muscles->model->n_joints;
  for (int j = 0; j < n; j++) t->before[j] = rl_b2_joint_speed(world, j);
  memset(t->pulled, 0, (size_t)n * sizeof(float));
  rl_muscles_add_moments(muscles, world, t->pulled);
}

void rl_traces_after(rl_traces *t, const rl_model *model, const rl_b2_world *world, float dt, int steps) {
  for (int j = 0; j < model->n_joints; j++) {
    const float moment = t->pulled[j] + rl_b2_joint_torque(world, j, dt);
    t->moment[j] += moment / (float)steps;
    t->power[j] += moment * 0.5f * (t->before[j] + rl_b2_joint_speed(world, j)) / (float)steps;
  }
}

void rl_traces_burn(rl_traces *t, const rl_muscles *muscles, int steps) {
  for (int m = 0; m < muscles->model->creature.n_muscles; m++)
    t->metabolic[m] += rl_metabolic_rate(&muscles->model->creature.muscles[m].physiology, &muscles->state[m],
                                         muscles->excitation[m]) /
                       (float)steps;
}

void rl_traces_end(rl_traces *t, const rl_model *model, const rl_b2_world *world, const rl_ground *ground,
                   float seconds) {
  for (int i = 0; i < model->creature.n_feet; i++) {
    const rl_b2_thrust thrust = rl_b2_body_thrust(world, model->foot[i]);
    rl_trace_foot *foot = &t->feet[i];
    foot->force[0] = seconds > 0.0f ? thrust.x / seconds : 0.0f;
    foot->force[1] = seconds > 0.0f ? thrust.y / seconds : 0.0f;
    const float x = rl_b2_body_motion(world, model->foot[i]).x;
    const bool bears = thrust.normal > 0.0f;
    foot->point[0] = bears ? thrust.at_x / thrust.normal : x;
    foot->point[1] = bears ? thrust.at_y / thrust.normal : rl_ground_height(ground, x);
  }
}
