/* Fields and observation of a creature; see creature_fields.h. */
#include "creature/creature_fields.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#define TURN 6.283185307179586 /* rad */

/* A field: its value of the i-th joint, foot or muscle. The name of a number of the observation is that of
 * the field that it is taken from. */
typedef struct row {
  const char *name, *unit, *meaning;
  float (*get)(const rl_creature_state *s, int i);
} row;

/* Rows that there are once for each part of a creature; those without a part have their whole name. */
typedef struct group {
  const row *rows;
  int n;
  int (*count)(const rl_model *model);
  const char *(*part)(const rl_model *model, int i);
  size_t counterparts; /* of its parts, in rl_counterparts */
  bool odd;            /* the mirror image has the other signs */
} group;

#define GET(name, value)                                                                                     \
  static float name(const rl_creature_state *s, int i) {                                                     \
    (void)i;                                                                                                 \
    return value;                                                                                            \
  }

/* --- the trunk, the head, the whole --- */

static const rl_b2_motion *trunk(const rl_creature_state *s) { return &s->motions[s->model->trunk]; }
static float above_ground(const rl_creature_state *s, const rl_b2_motion *point) {
  return point->y - rl_ground_height(&s->ground, point->x);
}

GET(get_time, s->time)
GET(get_x, trunk(s)->x)
GET(get_y, trunk(s)->y)
GET(get_vx, trunk(s)->vx)
GET(get_vy, trunk(s)->vy)
GET(get_angle, trunk(s)->angle)
GET(get_angular_speed, trunk(s)->angular_speed)
GET(get_upright, cosf(trunk(s)->angle))
GET(get_height, s->height)
GET(get_head_x, s->head.x)
GET(get_head_y, s->head.y)
GET(get_head_vx, s->head.vx)
GET(get_head_vy, s->head.vy)
GET(get_head_height, s->head_height)
GET(get_com_x, s->center.x)
GET(get_com_y, s->center.y)
GET(get_com_vx, s->center.vx)
GET(get_com_vy, s->center.vy)

static const row trunk_rows[] = {
    {"time", "s", "since the start of the episode", get_time},
    {"x", "m", "trunk's centre of mass, forward from the start", get_x},
    {"y", "m", "trunk's centre of mass, upward from the ground at the start", get_y},
    {"vx", "m/s", "trunk's velocity forward", get_vx},
    {"vy", "m/s", "trunk's velocity upward", get_vy},
    {"angle", "rad", "of the trunk from upright, counter-clockwise (leaning back is positive)", get_angle},
    {"angular_speed", "rad/s", "of the trunk, counter-clockwise", get_angular_speed},
    {"upright", "", "cosine of the trunk's angle: 1 upright, -1 upside down", get_upright},
    {"height", "m", "trunk's centre of mass above the ground below it", get_height},
    {"head_x", "m", "head, forward from the start", get_head_x},
    {"head_y", "m", "head, upward from the ground at the start", get_head_y},
    {"head_vx", "m/s", "head's velocity forward", get_head_vx},
    {"head_vy", "m/s", "head's velocity upward", get_head_vy},
    {"head_height", "m", "head above the ground below it", get_head_height},
    {"com_x", "m", "centre of mass of the whole creature, forward", get_com_x},
    {"com_y", "m", "centre of mass of the whole creature, upward", get_com_y},
    {"com_vx", "m/s", "velocity forward of the centre of mass of the whole creature", get_com_vx},
    {"com_vy", "m/s", "velocity upward of the centre of mass of the whole creature", get_com_vy},
};

/* --- joints and feet --- */

GET(get_joint_angle, s->joint_angle[i])
GET(get_joint_speed, s->joint_speed[i])
GET(get_contact, s->feet[i].touches ? 1.0f : 0.0f)
GET(get_load, s->feet[i].load / (s->interval * rl_model_weight(s->model, s->gravity)))
GET(get_slide, s->feet[i].slide)
GET(get_air, s->feet[i].air)
GET(get_stance, s->feet[i].stance)

static const row joint_rows[] = {
    {"_angle", "rad", "angle of the joint from the standing pose, counter-clockwise", get_joint_angle},
    {"_speed", "rad/s", "angular speed of the joint", get_joint_speed},
};

static const row foot_rows[] = {
    {"_contact", "", "1 while it touches the ground, else 0", get_contact},
    {"_load", "body weights",
     "force of the ground on it along the normal, mean over the last action; weights on Earth without "
     "gravity",
     get_load},
    {"_slide", "m/s", "speed along the ground while touching it, else 0", get_slide},
    {"_air", "s", "since it last touched the ground; 0 while it does", get_air},
    {"_stance", "s", "since it came to touch the ground; 0 while it does not", get_stance},
};

/* --- how it goes --- */

GET(get_recent_speed, s->gait.recent_speed)
GET(get_head_angle, s->gait.head_angle)
GET(get_head_speed, s->gait.head_speed)
GET(get_power, s->power)
GET(get_recent_cost, s->gait.recent_cost)
GET(get_effort, s->effort)
GET(get_fallen, rl_creature_fallen(s) ? 1.0f : 0.0f)

static const row gait_rows[] = {
    {"recent_speed", "m/s", "com_vx averaged over the last second or so: a time t ago counts exp(-t / 1 s)",
     get_recent_speed},
    {"head_angle", "rad", "of the head from the standing pose, counter-clockwise", get_head_angle},
    {"head_speed", "m/s", "of the head against the trunk's centre of mass", get_head_speed},
    {"power", "W", "positive work of the motors and what muscles burn, mean over the last action", get_power},
    {"recent_cost_of_transport", "J/(kg m)",
     "power averaged as recent_speed is, for each kilogram and for recent_speed (at least 0.5 m/s)",
     get_recent_cost},
};

static const row motor_effort_row[] = {
    {"effort", "", "mean over motors and physics steps of (torque / greatest torque)^2", get_effort},
};
static const row muscle_effort_row[] = {
    {"effort", "W/kg",
     "metabolic power over mass, mean over the last action; with motors, plus the mean of (torque / greatest "
     "torque)^2",
     get_effort},
};
static const row fallen_row[] = {
    {"fallen", "", "1 when a body that is not a foot touched the ground", get_fallen},
};

/* --- the clock --- */

GET(get_clock_sin, sinf(s->clock_angle))
GET(get_clock_cos, cosf(s->clock_angle))

static const row clock_rows[] = {
    {"clock_sin", "", "sine of the phase of the clock", get_clock_sin},
    {"clock_cos", "", "cosine of it", get_clock_cos},
};

/* --- the motion that it follows --- */

/* A cycle's clock goes round once, that of another motion half a turn, so that start and end differ. */
static float clock_angle(const rl_creature_state *s) {
  return (float)(s->phase * (s->reference->motion.periodic ? TURN : 0.5 * TURN));
}

GET(get_phase, (float)s->phase)
GET(get_phase_sin, sinf(clock_angle(s)))
GET(get_phase_cos, cosf(clock_angle(s)))
GET(get_motion_error, s->motion_error)
GET(get_motion_speed_error, s->motion_speed_error)
GET(get_reference, s->wanted.angle[i])

static const row motion_rows[] = {
    {"phase", "", "where in the motion it should be: 0 at its start, 1 at its end", get_phase},
    {"phase_sin", "", "sine of that clock: a cycle goes round once, another motion half a turn",
     get_phase_sin},
    {"phase_cos", "", "cosine of that clock", get_phase_cos},
    {"motion_error", "rad", "root mean square of how far the motion's joints are from where they should be",
     get_motion_error},
    {"motion_speed_error", "rad/s", "the same of their speeds", get_motion_speed_error},
};
static const row reference_rows[] = {
    {"_reference", "rad", "angle that the motion has now", get_reference},
};

/* --- muscles --- */

static const rl_physiology *physiology(const rl_creature_state *s, int i) {
  return &s->model->creature.muscles[i].physiology;
}
static float energy(const rl_creature_state *s) { return (float)s->muscles.energy; }

GET(get_length, s->muscles.state[i].length)
GET(get_velocity, s->muscles.state[i].velocity)
GET(get_force, s->muscles.state[i].force / physiology(s, i)->f_max)
GET(get_activation, s->muscles.state[i].activation)
GET(get_metabolic_power, s->metabolic_power)
GET(get_energy, energy(s))
GET(get_cost_of_transport, energy(s) / (s->model->total_mass * fmaxf(get_x(s, 0), 1.0f)))

static const row muscle_rows[] = {
    {"_length", "l_opt", "fibre, in optimal fibre lengths", get_length},
    {"_velocity", "l_opt/s", "of the fibre, lengthening is positive", get_velocity},
    {"_force", "f_max", "of the tendon, in greatest isometric forces", get_force},
    {"_activation", "", "0.01 at rest to 1", get_activation},
};

static const row energy_rows[] = {
    {"metabolic_power", "W", "burnt by muscles and the basal rate, mean over the last action",
     get_metabolic_power},
    {"energy", "J", "burnt since the start of the episode", get_energy},
    {"cost_of_transport", "J/(kg m)", "energy / (mass * forward distance, 1 m at least)",
     get_cost_of_transport},
};

/* --- traces: what only recordings have --- */

static rl_b2_motion root(const rl_creature_state *s) {
  const rl_point center = s->model->center[0];
  return rl_point_motion(&s->motions[0], (rl_point){-center.x, -center.y});
}

GET(get_root_x, root(s).x)
GET(get_root_y, root(s).y)
GET(get_root_angle, root(s).angle)
GET(get_root_vx, root(s).vx)
GET(get_root_vy, root(s).vy)
GET(get_root_angular_speed, root(s).angular_speed)
GET(get_moment, s->traces.moment[i])
GET(get_joint_power, s->traces.power[i])
GET(get_foot_x, s->motions[s->model->foot[i]].x)
GET(get_foot_y, s->motions[s->model->foot[i]].y)
GET(get_force_x, s->traces.feet[i].force[0])
GET(get_force_y, s->traces.feet[i].force[1])
GET(get_point_x, s->traces.feet[i].point[0])
GET(get_point_y, s->traces.feet[i].point[1])
GET(get_excitation, s->muscles.excitation[i])
GET(get_fibre_length, s->muscles.state[i].length *physiology(s, i)->l_opt)
GET(get_fibre_velocity, s->muscles.state[i].velocity *physiology(s, i)->l_opt)
GET(get_tendon_force, s->muscles.state[i].force)
GET(get_metabolic_rate, s->traces.metabolic[i])

static const row root_traces[] = {
    {"root_x", "m", "origin of the root body, forward from the start", get_root_x},
    {"root_y", "m", "origin of the root body, upward from the ground at the start", get_root_y},
    {"root_angle", "rad", "of the root body, counter-clockwise (leaning back is positive)", get_root_angle},
    {"root_vx", "m/s", "velocity of the root body's origin, forward", get_root_vx},
    {"root_vy", "m/s", "velocity of the root body's origin, upward", get_root_vy},
    {"root_angular_speed", "rad/s", "of the root body, counter-clockwise", get_root_angular_speed},
};
static const row joint_traces[] = {
    {"_moment", "N m",
     "of muscles, motor and stops on the body below, counter-clockwise; mean over the last action",
     get_moment},
    {"_power", "W", "moment times angular speed, positive does work; mean over the last action",
     get_joint_power},
};
static const row foot_traces[] = {
    {"_x", "m", "its centre of mass, forward from the start", get_foot_x},
    {"_y", "m", "its centre of mass, upward from the ground at the start", get_foot_y},
    {"_force_x", "N", "of the ground on it, forward; mean over the last action", get_force_x},
    {"_force_y", "N", "of the ground on it, upward; mean over the last action", get_force_y},
    {"_point_x", "m",
     "centre of pressure, forward from the start; while nothing bears on it below its centre of mass",
     get_point_x},
    {"_point_y", "m", "height of that point, on the ground", get_point_y},
};
static const row muscle_traces[] = {
    {"_excitation", "", "0 to 1, during the last step of the physics", get_excitation},
    {"_fibre_length", "m", "of the fibre", get_fibre_length},
    {"_fibre_velocity", "m/s", "of the fibre, lengthening is positive", get_fibre_velocity},
    {"_tendon_force", "N", "of the tendon", get_tendon_force},
    {"_metabolic_rate", "W", "that it burns, mean over the last action", get_metabolic_rate},
};

/* --- the observation --- */

GET(get_relative_height, s->height / s->model->standing_height)
GET(get_relative_speed, s->joint_speed[i] / s->model->speed_scale[i])
GET(get_felt_length, rl_muscles_feel(&s->muscles, i).length)
GET(get_felt_velocity, rl_muscles_feel(&s->muscles, i).velocity / physiology(s, i)->v_max)
GET(get_felt_force, rl_muscles_feel(&s->muscles, i).force)

static const row trunk_senses[] = {
    {"height", .get = get_relative_height},
    {"angle", .get = get_angle},
    {"vx", .get = get_vx},
    {"vy", .get = get_vy},
    {"angular_speed", .get = get_angular_speed},
};
static const row angle_sense[] = {{"_angle", .get = get_joint_angle}};
static const row speed_sense[] = {{"_speed", .get = get_relative_speed}};
static const row contact_sense[] = {{"_contact", .get = get_contact}};
static const row phase_senses[] = {
    {"phase_sin", .get = get_phase_sin},
    {"phase_cos", .get = get_phase_cos},
};
static const row muscle_senses[] = {
    {"_length", .get = get_felt_length},
    {"_velocity", .get = get_felt_velocity},
    {"_force", .get = get_felt_force},
};

/* --- groups --- */

static int one(const rl_model *model) {
  (void)model;
  return 1;
}
static int muscled(const rl_model *model) { return model->creature.n_muscles > 0 ? 1 : 0; }
static int unmuscled(const rl_model *model) { return 1 - muscled(model); }
static int clocked(const rl_model *model) { return model->creature.clock > 0.0f ? 1 : 0; }
static int follows(const rl_model *model) { return model->creature.motion ? 1 : 0; }
static int followed(const rl_model *model) { return follows(model) ? model->creature.motion->n_joints : 0; }
static int joints(const rl_model *model) { return model->n_joints; }
static int feet(const rl_model *model) { return model->creature.n_feet; }
static int muscles(const rl_model *model) { return model->creature.n_muscles; }
static const char *joint_name(const rl_model *m, int i) { return m->creature.bodies[i + 1].joint.name; }
static const char *followed_name(const rl_model *m, int i) { return m->creature.motion->joints[i]; }
static const char *foot_name(const rl_model *m, int i) { return m->creature.feet[i]; }
static const char *muscle_name(const rl_model *m, int i) { return m->creature.muscles[i].name; }

#define GROUP(rows, count, part)                                                                             \
  { rows, sizeof(rows) / sizeof *(rows), count, part, 0, false }
#define PARTS(rows, count, part, counterpart)                                                                \
  { rows, sizeof(rows) / sizeof *(rows), count, part, offsetof(rl_counterparts, counterpart), false }
/* Half a period later is half a turn: the image has the other signs. */
#define TURNING(rows, count)                                                                                 \
  { rows, sizeof(rows) / sizeof *(rows), count, NULL, 0, true }
static const group field_groups[] = {
    GROUP(trunk_rows, one, NULL),
    PARTS(joint_rows, joints, joint_name, joint),
    PARTS(foot_rows, feet, foot_name, foot),
    GROUP(gait_rows, one, NULL),
    GROUP(motor_effort_row, unmuscled, NULL),
    GROUP(muscle_effort_row, muscled, NULL),
    GROUP(fallen_row, one, NULL),
    PARTS(muscle_rows, muscles, muscle_name, muscle),
    GROUP(energy_rows, muscled, NULL),
    TURNING(clock_rows, clocked),
    GROUP(motion_rows, follows, NULL),
    GROUP(reference_rows, followed, followed_name),
};
static const group observation_groups[] = {
    GROUP(trunk_senses, one, NULL),
    PARTS(angle_sense, joints, joint_name, joint),
    PARTS(speed_sense, joints, joint_name, joint),
    PARTS(contact_sense, feet, foot_name, foot),
    PARTS(muscle_senses, muscles, muscle_name, muscle),
    TURNING(clock_rows, clocked),
    TURNING(phase_senses, follows),
};
static const group trace_groups[] = {
    GROUP(root_traces, one, NULL),
    GROUP(joint_traces, joints, joint_name),
    GROUP(foot_traces, feet, foot_name),
    GROUP(muscle_traces, muscles, muscle_name),
};
enum {
  TRACE_GROUPS = sizeof trace_groups / sizeof *trace_groups,
  FIELD_GROUPS = sizeof field_groups / sizeof *field_groups,
  OBSERVATION_GROUPS = sizeof observation_groups / sizeof *observation_groups
};

static int count(const group *groups, int n, const rl_model *model) {
  int sum = 0;
  for (const group *g = groups; g < groups + n; g++) sum += g->n * g->count(model);
  return sum;
}

static void read_groups(const group *groups, int n, const rl_creature_state *s, float *out) {
  for (const group *g = groups; g < groups + n; g++) {
    const int parts = g->count(s->model);
    for (int i = 0; i < parts; i++)
      for (int k = 0; k < g->n; k++) *out++ = g->rows[k].get(s, i);
  }
}

/* "PARTname", meaning "PART: meaning". */
static void write_text(rl_field_text *text, const group *g, const row *r, const rl_model *model, int i) {
  const char *part = g->part ? g->part(model, i) : "", *meaning = r->meaning ? r->meaning : "";
  snprintf(text->name, sizeof text->name, "%s%s", part, r->name);
  snprintf(text->meaning, sizeof text->meaning, "%s%s%s", part, g->part ? ": " : "", meaning);
}

int rl_creature_count_fields(const rl_model *model) { return count(field_groups, FIELD_GROUPS, model); }

static void name_groups(const group *groups, int n, const rl_model *model, rl_field *fields,
                        rl_field_text *texts) {
  for (const group *g = groups; g < groups + n; g++)
    for (int i = 0; i < g->count(model); i++)
      for (const row *r = g->rows; r < g->rows + g->n; r++, fields++, texts++) {
        write_text(texts, g, r, model, i);
        *fields = (rl_field){texts->name, r->unit, g->part ? texts->meaning : r->meaning};
      }
}

void rl_creature_name_fields(const rl_model *model, rl_field *fields, rl_field_text *texts) {
  name_groups(field_groups, FIELD_GROUPS, model, fields, texts);
}

int rl_creature_count_traces(const rl_model *model) { return count(trace_groups, TRACE_GROUPS, model); }

void rl_creature_name_traces(const rl_model *model, rl_field *fields, rl_field_text *texts) {
  name_groups(trace_groups, TRACE_GROUPS, model, fields, texts);
}

void rl_creature_read_traces(const rl_creature_state *state, float *values) {
  read_groups(trace_groups, TRACE_GROUPS, state, values);
}

void rl_creature_read(const rl_creature_state *state, float *fields) {
  read_groups(field_groups, FIELD_GROUPS, state, fields);
}

int rl_creature_observation_size(const rl_model *model) {
  return count(observation_groups, OBSERVATION_GROUPS, model);
}

void rl_creature_name_observation(const rl_model *model, const rl_env_def *def, const char **names) {
  rl_field_text text;
  for (const group *g = observation_groups; g < observation_groups + OBSERVATION_GROUPS; g++)
    for (int i = 0; i < g->count(model); i++)
      for (const row *r = g->rows; r < g->rows + g->n; r++) {
        write_text(&text, g, r, model, i);
        *names++ = def->fields[rl_env_find_field(def, text.name)].name;
      }
}

static void mirror_groups(const group *groups, int n, const rl_model *model,
                          const rl_counterparts *counterparts, int *from, float *sign) {
  int first = 0;
  for (const group *g = groups; g < groups + n; g++) {
    const int *other = (const int *)((const char *)counterparts + g->counterparts);
    const int parts = g->count(model);
    for (int i = 0; i < parts; i++)
      for (int k = 0; k < g->n; k++) {
        *from++ = first + (g->part ? other[i] : i) * g->n + k;
        *sign++ = g->odd ? -1.0f : 1.0f;
      }
    first += parts * g->n;
  }
}

void rl_creature_mirror_fields(const rl_model *model, const rl_counterparts *counterparts, int *from,
                               float *sign) {
  mirror_groups(field_groups, FIELD_GROUPS, model, counterparts, from, sign);
}

void rl_creature_mirror_observation(const rl_model *model, const rl_counterparts *counterparts, int *from,
                                    float *sign) {
  mirror_groups(observation_groups, OBSERVATION_GROUPS, model, counterparts, from, sign);
}

void rl_creature_observe(const rl_creature_state *state, float *observation) {
  read_groups(observation_groups, OBSERVATION_GROUPS, state, observation);
}

/* --- after a step --- */

rl_b2_motion rl_point_motion(const rl_b2_motion *body, rl_point point) {
  const float c = cosf(body->angle), s = sinf(body->angle);
  const float rx = c * point.x - s * point.y, ry = s * point.x + c * point.y;
  const float w = body->angular_speed;
  return (rl_b2_motion){body->x + rx, body->y + ry, body->angle, body->vx - w * ry, body->vy + w * rx, w};
}

static rl_b2_motion center_of_mass(const rl_creature_state *state) {
  const rl_model *model = state->model;
  rl_b2_motion center = {.x = 0.0f};
  for (int i = 0; i < model->creature.n_bodies; i++) {
    const float share = model->mass[i] / model->total_mass;
    center.x += share * state->motions[i].x;
    center.y += share * state->motions[i].y;
    center.vx += share * state->motions[i].vx;
    center.vy += share * state->motions[i].vy;
  }
  return center;
}

static void update_feet(rl_creature_state *state) {
  const rl_model *model = state->model;
  const float elapsed = state->time > 0.0f ? state->interval : 0.0f; /* nothing has passed at a reset */
  state->gait.slide = 0.0f;
  for (int i = 0; i < model->creature.n_feet; i++) {
    const rl_b2_contact contact = rl_b2_body_contact(state->world, model->foot[i]);
    rl_foot *foot = &state->feet[i];
    foot->touches = contact.touching > 0;
    foot->load = contact.impulse;
    foot->slide = foot->touches ? rl_b2_slide(state->world, model->foot[i]) : 0.0f;
    foot->air = foot->touches ? 0.0f : foot->air + elapsed;
    foot->stance = foot->touches ? foot->stance + elapsed : 0.0f;
    state->gait.slide += foot->slide;
  }
}

static void update_gait(rl_creature_state *state) {
  const rl_model *model = state->model;
  rl_gait *gait = &state->gait;
  if (state->time > 0.0f) {
    rl_recent_mean_add(&gait->speed, state->center.vx, state->interval);
    rl_recent_mean_add(&gait->power, state->power, state->interval);
  }
  gait->recent_speed = rl_recent_mean_value(&gait->speed, state->center.vx);
  gait->head_angle = state->motions[model->head].angle - model->head_rest;
  gait->head_speed = hypotf(state->head.vx - trunk(state)->vx, state->head.vy - trunk(state)->vy);
  gait->recent_cost =
      rl_cost_of_transport(rl_recent_mean_value(&gait->power, 0.0f), model->total_mass, gait->recent_speed);
}

static void update_motion(rl_creature_state *state) {
  const rl_reference *reference = state->reference;
  float angles = 0.0f, speeds = 0.0f;
  if (!reference) return;
  state->phase = rl_reference_phase(reference, state->start_phase, (double)state->time);
  rl_reference_at(reference, state->phase, &state->wanted);
  const int n = reference->motion.n_joints;
  for (int k = 0; k < n; k++) {
    const float angle = state->joint_angle[reference->joint[k]] - state->wanted.angle[k];
    const float speed = state->joint_speed[reference->joint[k]] - state->wanted.speed[k];
    angles += angle * angle;
    speeds += speed * speed;
  }
  state->motion_error = sqrtf(angles / (float)n);
  state->motion_speed_error = sqrtf(speeds / (float)n);
}

void rl_creature_update(rl_creature_state *state) {
  const rl_model *model = state->model;
  const rl_point center = model->center[model->head];
  const float *at = model->creature.head_point;
  for (int i = 0; i < model->creature.n_bodies; i++) state->motions[i] = rl_b2_body_motion(state->world, i);
  state->head = rl_point_motion(&state->motions[model->head], (rl_point){at[0] - center.x, at[1] - center.y});
  state->center = center_of_mass(state);
  state->height = above_ground(state, trunk(state));
  state->head_height = above_ground(state, &state->head);
  for (int j = 0; j < model->n_joints; j++) {
    state->joint_angle[j] = rl_b2_joint_angle(state->world, j);
    state->joint_speed[j] = rl_b2_joint_speed(state->world, j);
  }
  update_feet(state);
  update_gait(state);
  if (clocked(model))
    state->clock_angle =
        (float)(TURN * remainder(state->clock + (double)state->time / (double)model->creature.clock, 1.0));
  update_motion(state);
}

bool rl_creature_fallen(const rl_creature_state *state) {
  const rl_model *model = state->model;
  for (int i = 0; i < model->creature.n_bodies; i++)
    if (!model->is_foot[i] && rl_b2_body_contact(state->world, i).touched) return true;
  return false;
}
