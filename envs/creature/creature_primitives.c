#include "creature/creature_primitives.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The motor of the joint of that name, or of the left or right one. */
static int motor_named(const rl_creature *c, const char *name) {
  for (int m = 0; m < c->n_motors; m++)
    if (strcmp(c->motors[m].joint, name) == 0) return m;
  return -1;
}

/* Motors [2] that a primitive moves: how many. */
static int motors_of(const rl_creature *c, const char *joint, int motors[2]) {
  char name[RL_NAME + 2];
  int n = 0;
  motors[0] = motor_named(c, joint);
  if (motors[0] >= 0) return 1;
  for (int leg = 0; leg < 2; leg++) {
    snprintf(name, sizeof name, "%s_%c", joint, leg == 0 ? 'l' : 'r');
    motors[n] = motor_named(c, name);
    if (motors[n] >= 0) n++;
  }
  return n;
}

static rl_status no_motor(const rl_creature *c, const char *joint, const char *where, rl_error *error) {
  const char *names[RL_MAX_PARTS];
  rl_error plain;
  if (rl_creature_find_joint(c, joint) >= 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: the joint has no motor", where);
  if (c->n_motors == 0) return rl_fail(error, RL_BAD_ARGUMENT, "%s: the creature has no motors", where);
  for (int m = 0; m < c->n_motors; m++) names[m] = c->motors[m].joint;
  rl_fail_unknown(&plain, "joint", joint, names, (size_t)c->n_motors);
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s", where, plain.message);
}

rl_status rl_primitives_check(const rl_creature *c, rl_error *error) {
  const rl_controller *controller = c->controller;
  bool driven[RL_MAX_PARTS] = {false};
  if (controller->n_primitives < 0 || controller->n_primitives > RL_MAX_PRIMITIVES)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %d primitives; there is room for %d", c->name,
                   controller->n_primitives, RL_MAX_PRIMITIVES);
  for (int i = 0; i < controller->n_primitives; i++) {
    const rl_primitive *primitive = &controller->primitives[i];
    char where[160];
    int motors[2];
    snprintf(where, sizeof where, "creature %.31s: primitive %d on %.31s", c->name, i + 1, primitive->joint);
    if (!primitive->joint[0])
      return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: primitive %d: of which joint?", c->name, i + 1);
    rl_status status = rl_primitive_check(primitive, where, error);
    if (status) return status;
    const int n = motors_of(c, primitive->joint, motors);
    if (n == 0) return no_motor(c, primitive->joint, where, error);
    for (int k = 0; k < n; k++) {
      if (driven[motors[k]])
        return rl_fail(error, RL_BAD_ARGUMENT, "%s: joint %s has another one already", where,
                       c->motors[motors[k]].joint);
      driven[motors[k]] = true;
    }
  }
  return RL_OK;
}

void rl_primitives_wire(rl_model *model) {
  const rl_controller *controller = model->creature.controller;
  for (int i = 0; i < controller->n_primitives; i++) {
    int motors[2];
    const int n = motors_of(&model->creature, controller->primitives[i].joint, motors);
    for (int k = 0; k < n; k++) {
      rl_driven *driven = &model->driven[model->n_driven++];
      *driven = (rl_driven){controller->primitives[i], motors[k]};
      if (k == 1) driven->primitive.phase = fmodf(driven->primitive.phase + 0.5f, 1.0f);
    }
  }
}

void rl_primitives_begin(rl_primitives *p, const rl_model *model, const rl_b2_world *world) {
  for (int i = 0; i < model->n_driven; i++)
    rl_primitive_begin(&p->state[i],
                       (double)rl_b2_joint_angle(world, model->motor_joint[model->driven[i].motor]));
}

void rl_primitives_step(rl_primitives *p, const rl_model *model, float dt, rl_b2_world *world) {
  for (int i = 0; i < model->n_driven; i++) {
    const rl_primitive *primitive = &model->driven[i].primitive;
    const int m = model->driven[i].motor, joint = model->motor_joint[m];
    const rl_motor *motor = &model->creature.motors[m];
    rl_primitive_state *state = &p->state[i];
    rl_primitive_step(primitive, rl_primitive_forcing(primitive, state->time), (double)dt, state);
    const float behind = (float)state->y - rl_b2_joint_angle(world, joint);
    const float slower = (float)state->speed - rl_b2_joint_speed(world, joint);
    const float asked = p->action[m] + primitive->kp * behind + primitive->kd * slower;
    const float share = fminf(fmaxf(asked, -1.0f), 1.0f);
    rl_b2_set_motor(world, joint, copysignf(motor->speed, share), motor->torque * fabsf(share));
  }
}
