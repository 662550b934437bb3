/* The muscles of a creature; see creature_muscles.h. */
#include "creature/creature_muscles.h"

#include <math.h>

enum { SENSES = 3, FINER_STEPS = 1 /* the implicit step of muscle.h needs no more */ };
_Static_assert(sizeof(rl_muscle_sense) == SENSES * sizeof(float), "a sense is a part of a row of floats");

static const float RELAXATION = 0.0174532925f; /* rad/s: a soft stop gives back no faster (1 degree/s) */

static const rl_muscle *muscle_at(const rl_muscles *muscles, int m) {
  return &muscles->model->creature.muscles[m];
}

rl_status rl_muscles_init(rl_muscles *muscles, const rl_model *model, float shortest_dt, rl_error *error) {
  float longest = 0.0f;
  *muscles = (rl_muscles){.model = model};
  for (int m = 0; m < model->creature.n_muscles; m++) longest = fmaxf(longest, muscle_at(muscles, m)->delay);
  if (model->creature.n_muscles == 0) return RL_OK;
  return rl_delay_init(&muscles->senses, SENSES * model->creature.n_muscles,
                       rl_delay_steps(longest, shortest_dt), error);
}

void rl_muscles_release(rl_muscles *muscles) { rl_delay_release(&muscles->senses); }

/* --- geometry --- */

static float path_length(const rl_muscle *muscle, const rl_route *route, const rl_b2_world *world) {
  float length = 0.0f, from[2], to[2];
  rl_b2_body_point(world, route->body[0], route->at[0].x, route->at[0].y, from);
  for (int k = 1; k < muscle->n_points; k++) {
    rl_b2_body_point(world, route->body[k], route->at[k].x, route->at[k].y, to);
    length += hypotf(to[0] - from[0], to[1] - from[1]);
    from[0] = to[0];
    from[1] = to[1];
  }
  return length;
}

static float arm_at(const rl_moment_arm *arm, float angle) {
  return arm->constant ? arm->arm : arm->arm * cosf(angle - arm->max);
}

/* m by which the joint at this angle shortens the unit. */
static float shortening(const rl_moment_arm *arm, float angle) {
  if (arm->constant) return arm->rho * arm->arm * (angle - arm->reference);
  return arm->rho * arm->arm * (sinf(angle - arm->max) - sinf(arm->reference - arm->max));
}

static float unit_length(const rl_muscles *muscles, int m, const rl_b2_world *world) {
  const rl_muscle *muscle = muscle_at(muscles, m);
  const rl_route *route = &muscles->model->routes[m];
  if (muscle->n_arms == 0) return path_length(muscle, route, world);
  float length = muscle->physiology.l_opt + muscle->physiology.l_slack;
  for (int k = 0; k < muscle->n_arms; k++)
    length -= shortening(&muscle->arms[k], rl_b2_joint_angle(world, route->joint[k]));
  return length;
}

/* The ends of each straight piece are drawn together. */
static void pull_along(const rl_muscle *muscle, const rl_route *route, float force, rl_b2_world *world) {
  float from[2], to[2];
  rl_b2_body_point(world, route->body[0], route->at[0].x, route->at[0].y, from);
  for (int k = 1; k < muscle->n_points; k++, from[0] = to[0], from[1] = to[1]) {
    rl_b2_body_point(world, route->body[k], route->at[k].x, route->at[k].y, to);
    if (route->body[k] == route->body[k - 1]) continue;
    const float x = to[0] - from[0], y = to[1] - from[1], length = hypotf(x, y);
    if (length < 1e-6f) continue; /* no direction */
    const float fx = force * x / length, fy = force * y / length;
    rl_b2_add_force_at(world, route->body[k - 1], fx, fy, from[0], from[1]);
    rl_b2_add_force_at(world, route->body[k], -fx, -fy, to[0], to[1]);
  }
}

static void turn_joints(const rl_muscles *muscles, int m, rl_b2_world *world) {
  const rl_muscle *muscle = muscle_at(muscles, m);
  for (int k = 0; k < muscle->n_arms; k++) {
    const int joint = muscles->model->routes[m].joint[k], child = joint + 1;
    const float torque = muscles->state[m].force * arm_at(&muscle->arms[k], rl_b2_joint_angle(world, joint));
    rl_b2_add_torque(world, child, torque);
    rl_b2_add_torque(world, muscles->model->parent[child], -torque);
  }
}

/* --- moments --- */

/* Is the body at or below the one that hangs on the joint? Parents have lower numbers. */
static bool hangs_on(const rl_model *model, int body, int joint) {
  while (body > joint + 1) body = model->parent[body];
  return body == joint + 1;
}

/* A straight piece turns the joints between the bodies that it goes between: those with one of them below. The piece's end
 * below is drawn to the other one. */
static void add_piece(const rl_model *model, const rl_b2_world *world, const int body[2],
                      const float ends[2][2], float force, float *moments) {
  const float x = ends[1][0] - ends[0][0], y = ends[1][1] - ends[0][1], length = hypotf(x, y);
  if (body[0] == body[1] || length < 1e-6f) return;
  for (int j = 0; j < model->n_joints; j++) {
    const bool first = hangs_on(model, body[0], j), second = hangs_on(model, body[1], j);
    if (first == second) continue;
    const float *end = ends[first ? 0 : 1], pull = (first ? force : -force) / length;
    const rl_b2_hinge hinge = rl_model_hinge(model, j + 1);
    float at[2];
    rl_b2_body_point(world, j + 1, hinge.from[0], hinge.from[1], at);
    moments[j] += (end[0] - at[0]) * pull * y - (end[1] - at[1]) * pull * x;
  }
}

void rl_muscles_add_moments(const rl_muscles *muscles, const rl_b2_world *world, float *moments) {
  for (int m = 0; m < muscles->model->creature.n_muscles; m++) {
    const rl_muscle *muscle = muscle_at(muscles, m);
    const rl_route *route = &muscles->model->routes[m];
    const float force = muscles->state[m].force;
    for (int k = 0; k < muscle->n_arms; k++)
      moments[route->joint[k]] += force * arm_at(&muscle->arms[k], rl_b2_joint_angle(world, route->joint[k]));
    for (int k = 1; k < muscle->n_points && muscle->n_arms == 0; k++) {
      float ends[2][2];
      for (int e = 0; e < 2; e++)
        rl_b2_body_point(world, route->body[k - 1 + e], route->at[k - 1 + e].x, route->at[k - 1 + e].y,
                         ends[e]);
      add_piece(muscles->model, world, &route->body[k - 1], (const float(*)[2])ends, force, moments);
    }
  }
}

/* --- steps --- */

static void sense(rl_muscles *muscles) {
  rl_muscle_sense *row = (rl_muscle_sense *)rl_delay_push(&muscles->senses);
  for (int m = 0; m < muscles->model->creature.n_muscles; m++) {
    const rl_muscle_state *state = &muscles->state[m];
    row[m] = (rl_muscle_sense){state->length, state->velocity,
                               state->force / muscle_at(muscles, m)->physiology.f_max};
  }
}

void rl_muscles_begin(rl_muscles *muscles, const rl_b2_world *world, float dt) {
  muscles->dt = dt;
  muscles->energy = 0.0;
  for (int m = 0; m < muscles->model->creature.n_muscles; m++) {
    rl_muscle_begin(&muscle_at(muscles, m)->physiology, unit_length(muscles, m, world), RL_LEAST_ACTIVATION,
                    &muscles->state[m]);
    muscles->excitation[m] = 0.0f;
    muscles->delay[m] = rl_delay_steps(muscle_at(muscles, m)->delay, dt);
  }
  rl_delay_empty(&muscles->senses);
  if (muscles->senses.width > 0) sense(muscles);
}

void rl_muscles_pull(const rl_muscles *muscles, rl_b2_world *world) {
  for (int m = 0; m < muscles->model->creature.n_muscles; m++) {
    const rl_muscle *muscle = muscle_at(muscles, m);
    if (muscle->n_arms > 0)
      turn_joints(muscles, m, world);
    else
      pull_along(muscle, &muscles->model->routes[m], muscles->state[m].force, world);
  }
}

void rl_muscles_follow(rl_muscles *muscles, const rl_b2_world *world) {
  float power = RL_BASAL_RATE * muscles->model->total_mass;
  for (int m = 0; m < muscles->model->creature.n_muscles; m++) {
    const rl_physiology *physiology = &muscle_at(muscles, m)->physiology;
    rl_muscle_step(physiology, &muscles->state[m], muscles->excitation[m], unit_length(muscles, m, world),
                   muscles->dt, FINER_STEPS);
    power += rl_metabolic_rate(physiology, &muscles->state[m], muscles->excitation[m]);
  }
  muscles->energy += (double)(power * muscles->dt);
  if (muscles->senses.width > 0) sense(muscles);
}

rl_muscle_sense rl_muscles_feel(const rl_muscles *muscles, int m) {
  const float *row = rl_delay_read(&muscles->senses, muscles->delay[m]);
  return ((const rl_muscle_sense *)row)[m];
}

/* --- soft stops --- */

/* Box2D's joint motor gives the push: with whatever torque it brings the joint to the relaxing speed, and
 * never past it. The torque of the law acts on the very speed that it depends on, and explicitly it would
 * chatter on a light foot: so from step to step it goes from what it was toward the law, by the share of an
 * implicit step on the two bodies' inertia. That settles at the law for any step. */
static void push_back(const rl_model *model, int joint, rl_b2_world *world, float dt) {
  const rl_joint *stops = &model->creature.bodies[joint + 1].joint;
  const float angle = rl_b2_joint_angle(world, joint), speed = rl_b2_joint_speed(world, joint);
  const float side = angle > stops->soft_upper ? 1.0f : -1.0f;
  const float beyond = side > 0.0f ? angle - stops->soft_upper : stops->soft_lower - angle;
  float torque = 0.0f;
  if (beyond > 0.0f) {
    const float spring = stops->soft_stiffness * beyond, law = spring * (1.0f + side * speed / RELAXATION);
    const float before = fmaxf(-side * rl_b2_motor_torque(world, joint, dt), 0.0f);
    const float a = model->inertia[model->parent[joint + 1]], b = model->inertia[joint + 1];
    const float damped = spring * dt * (a + b) / (RELAXATION * a * b);
    torque = fmaxf(before + (law - before) / (1.0f + damped), 0.0f);
  }
  rl_b2_set_motor(world, joint, -side * RELAXATION, torque);
}

void rl_soft_stops(const rl_model *model, rl_b2_world *world, float dt) {
  for (int j = 0; j < model->n_joints; j++)
    if (model->creature.bodies[j + 1].joint.soft_stiffness > 0.0f) push_back(model, j, world, dt);
}
