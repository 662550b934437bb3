/* Fields and observation of a creature; see creature_fields.h. */
#include "creature/creature_fields.h"

#include <math.h>
#include <stdio.h>

static const rl_field trunk_fields[RL_TRUNK_FIELDS] = {
    [RL_FIELD_TIME] = {"time", "s", "since the start of the episode"},
    [RL_FIELD_X] = {"x", "m", "trunk's centre of mass, forward from the start"},
    [RL_FIELD_Y] = {"y", "m", "trunk's centre of mass, upward from the ground at the start"},
    [RL_FIELD_VX] = {"vx", "m/s", "trunk's velocity forward"},
    [RL_FIELD_VY] = {"vy", "m/s", "trunk's velocity upward"},
    [RL_FIELD_ANGLE] = {"angle", "rad",
                        "of the trunk from upright, counter-clockwise (leaning back is positive)"},
    [RL_FIELD_ANGULAR_SPEED] = {"angular_speed", "rad/s", "of the trunk, counter-clockwise"},
    [RL_FIELD_UPRIGHT] = {"upright", "", "cosine of the trunk's angle: 1 upright, -1 upside down"},
    [RL_FIELD_HEIGHT] = {"height", "m", "trunk's centre of mass above the ground below it"},
    [RL_FIELD_HEAD_X] = {"head_x", "m", "head, forward from the start"},
    [RL_FIELD_HEAD_Y] = {"head_y", "m", "head, upward from the ground at the start"},
    [RL_FIELD_HEAD_VX] = {"head_vx", "m/s", "head's velocity forward"},
    [RL_FIELD_HEAD_VY] = {"head_vy", "m/s", "head's velocity upward"},
    [RL_FIELD_HEAD_HEIGHT] = {"head_height", "m", "head above the ground below it"},
    [RL_FIELD_COM_X] = {"com_x", "m", "centre of mass of the whole creature, forward"},
    [RL_FIELD_COM_Y] = {"com_y", "m", "centre of mass of the whole creature, upward"},
    [RL_FIELD_COM_VX] = {"com_vx", "m/s", "velocity forward of the centre of mass of the whole creature"},
    [RL_FIELD_COM_VY] = {"com_vy", "m/s", "velocity upward of the centre of mass of the whole creature"},
};

static const rl_field gait_fields[RL_GAIT_FIELDS] = {
    {"recent_speed", "m/s", "com_vx averaged over the last second or so: a time t ago counts exp(-t / 1 s)"},
    {"head_angle", "rad", "of the head from the standing pose, counter-clockwise"},
    {"head_speed", "m/s", "of the head against the trunk's centre of mass"},
    {"power", "W", "positive work of the motors and what muscles burn, mean over the last action"},
    {"recent_cost_of_transport", "J/(kg m)",
     "power averaged as recent_speed is, for each kilogram and for recent_speed (at least 0.5 m/s)"},
};

static const rl_field last_fields[RL_LAST_FIELDS] = {
    {"effort", "", "mean over motors and physics steps of (torque / greatest torque)^2"},
    {"fallen", "", "1 when a body that is not a foot touched the ground"},
};

static const rl_field muscled_effort = {
    "effort", "W/kg",
    "metabolic power over mass, mean over the last action; with motors, plus the "
    "mean of (torque / greatest torque)^2"};

static const rl_field energy_fields[RL_ENERGY_FIELDS] = {
    {"metabolic_power", "W", "burnt by muscles and the basal rate, mean over the last action"},
    {"energy", "J", "burnt since the start of the episode"},
    {"cost_of_transport", "J/(kg m)", "energy / (mass * forward distance, 1 m at least)"},
};

/* "PARTwhat", meaning "part: meaning". */
static int add_field(rl_field *field, rl_field_text *text, const char *part, const char *what,
                     const char *unit, const char *meaning) {
  snprintf(text->name, sizeof text->name, "%s%s", part, what);
  snprintf(text->meaning, sizeof text->meaning, "%s: %s", part, meaning);
  *field = (rl_field){text->name, unit, text->meaning};
  return 1;
}

int rl_creature_name_fields(const rl_model *model, rl_field *fields, rl_field_text *texts) {
  const rl_creature *creature = &model->creature;
  int n = 0;
  for (; n < RL_TRUNK_FIELDS; n++) fields[n] = trunk_fields[n];
  for (int i = 1; i < creature->n_bodies; i++) {
    const char *joint = creature->bodies[i].joint.name;
    n += add_field(&fields[n], &texts[n], joint, "_angle", "rad",
                   "angle of the joint from the standing pose, counter-clockwise");
    n += add_field(&fields[n], &texts[n], joint, "_speed", "rad/s", "angular speed of the joint");
  }
  for (int i = 0; i < creature->n_feet; i++) {
    const char *foot = creature->feet[i];
    n += add_field(&fields[n], &texts[n], foot, "_contact", "", "1 while it touches the ground, else 0");
    n += add_field(&fields[n], &texts[n], foot, "_load", "body weights",
                   "force of the ground on it along the normal, mean over the last action");
    n += add_field(&fields[n], &texts[n], foot, "_slide", "m/s",
                   "speed along the ground while touching it, else 0");
    n += add_field(&fields[n], &texts[n], foot, "_air", "s",
                   "since it last touched the ground; 0 while it does");
    n += add_field(&fields[n], &texts[n], foot, "_stance", "s",
                   "since it came to touch the ground; 0 while it does not");
  }
  for (int i = 0; i < RL_GAIT_FIELDS; i++) fields[n++] = gait_fields[i];
  const int effort = n;
  for (int i = 0; i < RL_LAST_FIELDS; i++) fields[n++] = last_fields[i];
  if (creature->n_muscles == 0) return n;
  fields[effort] = muscled_effort;
  for (int i = 0; i < creature->n_muscles; i++) {
    const char *muscle = creature->muscles[i].name;
    n += add_field(&fields[n], &texts[n], muscle, "_length", "l_opt", "fibre, in optimal fibre lengths");
    n += add_field(&fields[n], &texts[n], muscle, "_velocity", "l_opt/s",
                   "of the fibre, lengthening is positive");
    n += add_field(&fields[n], &texts[n], muscle, "_force", "f_max",
                   "of the tendon, in greatest isometric forces");
    n += add_field(&fields[n], &texts[n], muscle, "_activation", "", "0.01 at rest to 1");
  }
  for (int i = 0; i < RL_ENERGY_FIELDS; i++) fields[n++] = energy_fields[i];
  return n;
}

int rl_creature_muscle_field(const rl_model *model, int muscle) {
  return RL_TRUNK_FIELDS + RL_JOINT_FIELDS * model->n_joints + RL_FOOT_FIELDS * model->creature.n_feet +
         RL_GAIT_FIELDS + RL_LAST_FIELDS + RL_MUSCLE_FIELDS * muscle;
}

rl_b2_motion rl_point_motion(const rl_b2_motion *body, rl_point point) {
  const float c = cosf(body->angle), s = sinf(body->angle);
  const float rx = c * point.x - s * point.y, ry = s * point.x + c * point.y;
  const float w = body->angular_speed;
  return (rl_b2_motion){body->x + rx, body->y + ry, body->angle, body->vx - w * ry, body->vy + w * rx, w};
}

static void write_trunk(const rl_creature_state *state, float *f) {
  const rl_model *model = state->model;
  const rl_b2_motion *trunk = &state->motions[model->trunk];
  f[RL_FIELD_TIME] = state->time;
  f[RL_FIELD_X] = trunk->x;
  f[RL_FIELD_Y] = trunk->y;
  f[RL_FIELD_VX] = trunk->vx;
  f[RL_FIELD_VY] = trunk->vy;
  f[RL_FIELD_ANGLE] = trunk->angle;
  f[RL_FIELD_ANGULAR_SPEED] = trunk->angular_speed;
  f[RL_FIELD_UPRIGHT] = cosf(trunk->angle);
  f[RL_FIELD_HEIGHT] = trunk->y - rl_ground_height(&state->ground, trunk->x);
  const rl_point center = model->center[model->head];
  const float *at = model->creature.head_point;
  const rl_b2_motion head =
      rl_point_motion(&state->motions[model->head], (rl_point){at[0] - center.x, at[1] - center.y});
  f[RL_FIELD_HEAD_X] = head.x;
  f[RL_FIELD_HEAD_Y] = head.y;
  f[RL_FIELD_HEAD_VX] = head.vx;
  f[RL_FIELD_HEAD_VY] = head.vy;
  f[RL_FIELD_HEAD_HEIGHT] = head.y - rl_ground_height(&state->ground, head.x);
}

static void write_center_of_mass(const rl_creature_state *state, float *f) {
  const rl_model *model = state->model;
  float x = 0.0f, y = 0.0f, vx = 0.0f, vy = 0.0f;
  for (int i = 0; i < model->creature.n_bodies; i++) {
    const float share = model->mass[i] / model->total_mass;
    x += share * state->motions[i].x;
    y += share * state->motions[i].y;
    vx += share * state->motions[i].vx;
    vy += share * state->motions[i].vy;
  }
  f[RL_FIELD_COM_X] = x;
  f[RL_FIELD_COM_Y] = y;
  f[RL_FIELD_COM_VX] = vx;
  f[RL_FIELD_COM_VY] = vy;
}

static float *write_feet(rl_creature_state *state, float *f) {
  const rl_model *model = state->model;
  state->gait.slide = 0.0f;
  const float elapsed = state->time > 0.0f ? state->interval : 0.0f; /* nothing has passed at a reset */
  const float weight = model->total_mass * state->gravity;
  for (int i = 0; i < model->creature.n_feet; i++) {
    const rl_b2_contact contact = rl_b2_body_contact(state->world, model->foot[i]);
    *f++ = contact.touching > 0 ? 1.0f : 0.0f;
    *f++ = contact.impulse / (state->interval * weight);
    const float slide = contact.touching > 0 ? rl_b2_slide(state->world, model->foot[i]) : 0.0f;
    state->gait.slide += *f++ = slide;
    *f++ = state->air[i] = contact.touching > 0 ? 0.0f : state->air[i] + elapsed;
    *f++ = state->stance[i] = contact.touching > 0 ? state->stance[i] + elapsed : 0.0f;
  }
  return f;
}

/* After the trunk, the centre of mass and the feet. */
static float *write_gait(rl_creature_state *state, const float *fields, float *f) {
  const rl_model *model = state->model;
  rl_gait *gait = &state->gait;
  const float com_vx = fields[RL_FIELD_COM_VX];
  if (state->time > 0.0f) {
    rl_recent_mean_add(&gait->speed, com_vx, state->interval);
    rl_recent_mean_add(&gait->power, state->power, state->interval);
  }
  gait->recent_speed = rl_recent_mean_value(&gait->speed, com_vx);
  gait->head_angle = state->motions[model->head].angle - model->head_rest;
  gait->head_speed =
      hypotf(fields[RL_FIELD_HEAD_VX] - fields[RL_FIELD_VX], fields[RL_FIELD_HEAD_VY] - fields[RL_FIELD_VY]);
  gait->recent_cost =
      rl_cost_of_transport(rl_recent_mean_value(&gait->power, 0.0f), model->total_mass, gait->recent_speed);
  *f++ = gait->recent_speed;
  *f++ = gait->head_angle;
  *f++ = gait->head_speed;
  *f++ = state->power;
  *f++ = gait->recent_cost;
  return f;
}

static void write_muscles(const rl_creature_state *state, const float *fields, float *f) {
  const rl_model *model = state->model;
  for (int i = 0; i < model->creature.n_muscles; i++) {
    const rl_muscle_state *muscle = &state->muscles.state[i];
    *f++ = muscle->length;
    *f++ = muscle->velocity;
    *f++ = muscle->force / model->creature.muscles[i].physiology.f_max;
    *f++ = muscle->activation;
  }
  const float energy = (float)state->muscles.energy;
  *f++ = state->metabolic_power;
  *f++ = energy;
  *f++ = energy / (model->total_mass * fmaxf(fields[RL_FIELD_X], 1.0f));
}

bool rl_creature_fallen(const rl_creature_state *state) {
  const rl_model *model = state->model;
  for (int i = 0; i < model->creature.n_bodies; i++)
    if (!model->is_foot[i] && rl_b2_body_contact(state->world, i).touched) return true;
  return false;
}

void rl_creature_read(rl_creature_state *state, float *fields) {
  const rl_model *model = state->model;
  for (int i = 0; i < model->creature.n_bodies; i++) state->motions[i] = rl_b2_body_motion(state->world, i);
  write_trunk(state, fields);
  write_center_of_mass(state, fields);
  float *f = fields + RL_TRUNK_FIELDS;
  for (int j = 0; j < model->n_joints; j++) {
    *f++ = rl_b2_joint_angle(state->world, j);
    *f++ = rl_b2_joint_speed(state->world, j);
  }
  f = write_feet(state, f);
  f = write_gait(state, fields, f);
  *f++ = state->effort;
  *f++ = rl_creature_fallen(state) ? 1.0f : 0.0f;
  if (model->creature.n_muscles > 0) write_muscles(state, fields, f);
}

static const int trunk_senses[RL_TRUNK_SENSES] = {RL_FIELD_HEIGHT, RL_FIELD_ANGLE, RL_FIELD_VX, RL_FIELD_VY,
                                                  RL_FIELD_ANGULAR_SPEED};

int rl_creature_observation_size(const rl_model *model) {
  return RL_TRUNK_SENSES + RL_JOINT_FIELDS * model->n_joints + model->creature.n_feet +
         RL_MUSCLE_SENSES * model->creature.n_muscles;
}

void rl_creature_name_observation(const rl_model *model, const rl_field *fields, const char **names) {
  for (int i = 0; i < RL_TRUNK_SENSES; i++) *names++ = fields[trunk_senses[i]].name;
  const rl_field *joints = fields + RL_TRUNK_FIELDS;
  for (int k = 0; k < RL_JOINT_FIELDS; k++)
    for (int j = 0; j < model->n_joints; j++) *names++ = joints[RL_JOINT_FIELDS * j + k].name;
  const rl_field *feet = joints + RL_JOINT_FIELDS * model->n_joints;
  for (int i = 0; i < model->creature.n_feet; i++) *names++ = feet[RL_FOOT_FIELDS * i].name;
  for (int i = 0; i < model->creature.n_muscles; i++)
    for (int k = 0; k < RL_MUSCLE_SENSES; k++) *names++ = fields[rl_creature_muscle_field(model, i) + k].name;
}

void rl_creature_observe(const rl_creature_state *state, const float *fields, float *observation) {
  const rl_model *model = state->model;
  float *o = observation;
  for (int i = 0; i < RL_TRUNK_SENSES; i++) *o++ = fields[trunk_senses[i]];
  observation[0] /= model->standing_height;
  const float *joints = fields + RL_TRUNK_FIELDS;
  for (int j = 0; j < model->n_joints; j++) *o++ = joints[RL_JOINT_FIELDS * j];
  for (int j = 0; j < model->n_joints; j++) *o++ = joints[RL_JOINT_FIELDS * j + 1] / model->speed_scale[j];
  const float *feet = joints + RL_JOINT_FIELDS * model->n_joints;
  for (int i = 0; i < model->creature.n_feet; i++) *o++ = feet[RL_FOOT_FIELDS * i];
  for (int i = 0; i < model->creature.n_muscles; i++) {
    const rl_muscle_sense felt = rl_muscles_feel(&state->muscles, i);
    *o++ = felt.length;
    *o++ = felt.velocity / model->creature.muscles[i].physiology.v_max;
    *o++ = felt.force;
  }
}
