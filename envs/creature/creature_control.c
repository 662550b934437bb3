/* A creature's controller at work; see creature_control.h. */
#include "creature/creature_control.h"

#include <math.h>
#include <string.h>

/* --- legs --- */

static bool runs(const rl_creature_control *control) { return control->model->wiring.n_rules > 0; }

/* N s that the feet of a leg have got from the ground since the interval began. */
static float leg_impulse(const rl_model *model, const rl_b2_world *world, int leg) {
  const rl_leg *l = &model->legs[leg];
  float impulse = 0.0f;
  for (int f = 0; f < l->n_feet; f++) impulse += rl_b2_body_contact(world, l->feet[f]).impulse;
  return impulse;
}

static bool touches(const rl_model *model, const rl_b2_world *world, int leg) {
  const rl_leg *l = &model->legs[leg];
  for (int f = 0; f < l->n_feet; f++)
    if (rl_b2_body_contact(world, l->feet[f]).touching > 0) return true;
  return false;
}

/* Leg lengths by which the feet, in the mean, are ahead of the hip. */
static float leg_position(const rl_model *model, const rl_b2_world *world, int leg) {
  const rl_leg *l = &model->legs[leg];
  float x = 0.0f, hip[2];
  for (int f = 0; f < l->n_feet; f++) x += rl_b2_body_motion(world, l->feet[f]).x / (float)l->n_feet;
  rl_b2_body_point(world, l->parent, l->hip.x, l->hip.y, hip);
  return (x - hip[0]) / l->length;
}

/* --- senses --- */

static float sense_now(const rl_creature_control *c, const rl_muscles *muscles, const rl_b2_world *world,
                       rl_sense sense) {
  switch (sense.kind) {
  case RL_SENSE_LENGTH: return muscles->state[sense.of].length;
  case RL_SENSE_VELOCITY: return muscles->state[sense.of].velocity;
  case RL_SENSE_FORCE:
    return muscles->state[sense.of].force / c->model->creature.muscles[sense.of].physiology.f_max;
  case RL_SENSE_ANGLE: return rl_b2_joint_angle(world, sense.of);
  case RL_SENSE_SPEED: return rl_b2_joint_speed(world, sense.of);
  case RL_SENSE_LEAN: return c->model->standing_angle[sense.of] - rl_b2_body_pose(world, sense.of).angle;
  case RL_SENSE_LEAN_SPEED: return -rl_b2_body_motion(world, sense.of).angular_speed;
  case RL_SENSE_LOAD: return c->load[sense.of];
  case RL_SENSE_POSITION: return leg_position(c->model, world, sense.of);
  case RL_SENSE_KINDS: break;
  }
  return 0.0f;
}

static void sense_all(rl_creature_control *c, const rl_muscles *muscles, const rl_b2_world *world) {
  const rl_wiring *wiring = &c->model->wiring;
  for (int i = 0; i < wiring->n_senses; i++) c->senses[i] = sense_now(c, muscles, world, wiring->senses[i]);
}

/* --- the life of a copy --- */

rl_status rl_creature_control_init(rl_creature_control *c, const rl_model *model, float shortest_dt,
                                   rl_error *error) {
  c->model = model;
  return runs(c) ? rl_control_init(&c->control, &model->wiring, shortest_dt, error) : RL_OK;
}

void rl_creature_control_release(rl_creature_control *c) { rl_control_release(&c->control); }

void rl_creature_control_begin(rl_creature_control *c, const rl_muscles *muscles, const rl_b2_world *world,
                               float gravity, float dt) {
  if (!runs(c)) return;
  c->weight = rl_model_weight(c->model, gravity);
  c->dt = dt;
  const bool left = touches(c->model, world, 0), right = touches(c->model, world, 1);
  for (int leg = 0; leg < 2; leg++) {
    c->impulse[leg] = 0.0f;
    c->load[leg] = !(leg == 0 ? left : right) ? 0.0f : left && right ? 0.5f : 1.0f;
  }
  sense_all(c, muscles, world);
  rl_control_reset(&c->control, &c->model->wiring, dt, c->senses);
}

void rl_creature_control_step(rl_creature_control *c, rl_muscles *muscles, const rl_b2_world *world) {
  const int n = c->model->creature.n_muscles;
  for (int m = 0; m < n && !runs(c); m++) muscles->excitation[m] = 0.5f * (c->action[m] + 1.0f);
  if (!runs(c)) return;
  sense_all(c, muscles, world);
  rl_control_step(&c->control, &c->model->wiring, c->senses, muscles->excitation);
  const bool first = c->steps++ == 0;
  for (int m = 0; m < n; m++)
    c->asked[m] = (first ? 0.0f : c->asked[m]) + fminf(fmaxf(muscles->excitation[m], 0.0f), 1.0f);
  for (int m = 0; m < n; m++)
    muscles->excitation[m] = fminf(fmaxf(muscles->excitation[m] + c->action[m], 0.0f), 1.0f);
}

void rl_creature_control_own(const rl_creature_control *c, float *action) {
  for (int m = 0; m < c->model->creature.n_muscles; m++)
    action[m] = c->steps ? 2.0f * c->asked[m] / (float)c->steps - 1.0f : 0.0f;
}

void rl_creature_control_feel(rl_creature_control *c, const rl_b2_world *world, bool first) {
  if (!runs(c)) return;
  for (int leg = 0; leg < 2; leg++) {
    const float impulse = leg_impulse(c->model, world, leg);
    c->load[leg] = (impulse - (first ? 0.0f : c->impulse[leg])) / (c->weight * c->dt);
    c->impulse[leg] = impulse;
  }
}
