/* From a checked creature to a world of Box2D; see creature_model.h. Masses and inertias are ours, not
 * Box2D's: exact for every shape, in double, and without its assert on the rest after a subtraction. */
#include "creature/creature_model.h"

#include "creature/creature_primitives.h"
#include "physics/shape.h"

#include <math.h>
#include <string.h>

/* Box2D keeps a skin of 1 cm around polygons and edges, and lets shapes sink 5 mm into it. These are the
 * heights above the ground at which a polygon's and a circle's lowest points come to rest. */
static const float SKIN = 0.01f;
static const float POLYGON_REST = 0.015f, CIRCLE_REST = 0.005f;

int rl_creature_find_body(const rl_creature *creature, const char *name) {
  for (int i = 0; i < creature->n_bodies; i++)
    if (strcmp(creature->bodies[i].name, name) == 0) return i;
  return -1;
}

int rl_creature_find_joint(const rl_creature *creature, const char *name) {
  for (int i = 0; i < creature->n_bodies; i++)
    if (!creature->bodies[i].is_root && strcmp(creature->bodies[i].joint.name, name) == 0) return i;
  return -1;
}

rl_point rl_pose_apply(rl_pose pose, const float point[2]) {
  const float c = cosf(pose.angle), s = sinf(pose.angle);
  return (rl_point){pose.x + c * point[0] - s * point[1], pose.y + s * point[0] + c * point[1]};
}

void rl_creature_pose(const rl_creature *creature, const float *joint_angles, float lean, rl_pose *poses) {
  poses[0] = (rl_pose){creature->position[0], creature->position[1], 0.0f - lean};
  for (int i = 1; i < creature->n_bodies; i++) {
    const rl_joint *joint = &creature->bodies[i].joint;
    const rl_pose parent = poses[rl_creature_find_body(creature, joint->parent)];
    const float angle = parent.angle + joint->rest + (joint_angles ? joint_angles[i - 1] : 0.0f);
    const rl_point hinge = rl_pose_apply(parent, joint->at);
    const rl_point arm = rl_pose_apply((rl_pose){0.0f, 0.0f, angle}, joint->from);
    poses[i] = (rl_pose){hinge.x - arm.x, hinge.y - arm.y, angle};
  }
}

void rl_creature_stand(const rl_creature *creature, const float *joint_angles, rl_pose *poses) {
  rl_creature_pose(creature, joint_angles, 0.0f, poses);
}

/* All shapes of a body have one density. */
void rl_model_weigh(rl_model *model, int i) {
  const rl_body *body = &model->creature.bodies[i];
  rl_moments parts[RL_MAX_SHAPES];
  double area = 0.0, x = 0.0, y = 0.0, inertia = 0.0;
  for (int s = 0; s < body->n_shapes; s++) {
    parts[s] = rl_shape_moments(&body->shapes[s]);
    area += parts[s].area;
    x += parts[s].area * parts[s].center[0];
    y += parts[s].area * parts[s].center[1];
  }
  x /= area;
  y /= area;
  for (int s = 0; s < body->n_shapes; s++) {
    const double dx = parts[s].center[0] - x, dy = parts[s].center[1] - y;
    inertia += parts[s].inertia + parts[s].area * (dx * dx + dy * dy);
  }
  const double density = body->mass > 0.0f ? (double)body->mass / area : (double)body->density;
  model->mass[i] = (float)(density * area);
  model->inertia[i] = body->inertia > 0.0f ? body->inertia : (float)(density * inertia);
  model->center[i] =
      body->centered ? (rl_point){body->center[0], body->center[1]} : (rl_point){(float)x, (float)y};
}

static rl_point center_of(const rl_model *model, const rl_pose *poses, int body) {
  return rl_pose_apply(poses[body], (const float[2]){model->center[body].x, model->center[body].y});
}

static float half_width(const rl_creature *creature, const rl_pose *poses) {
  float width = 0.0f;
  for (int i = 0; i < creature->n_bodies; i++) {
    for (int j = 0; j < creature->bodies[i].n_shapes; j++) {
      const rl_core core = rl_shape_core(&creature->bodies[i].shapes[j]);
      for (int k = 0; k < core.n; k++)
        width = fmaxf(width, fabsf(rl_pose_apply(poses[i], core.points[k]).x) + core.radius);
    }
  }
  return width;
}

rl_anatomy rl_creature_anatomy(const rl_creature *c, rl_anatomy_names *names) {
  for (int m = 0; m < c->n_muscles; m++) names->muscles[m] = c->muscles[m].name;
  for (int b = 0; b < c->n_bodies; b++) names->bodies[b] = c->bodies[b].name;
  for (int j = 1; j < c->n_bodies; j++) names->joints[j - 1] = c->bodies[j].joint.name;
  return (rl_anatomy){.creature = c->name,
                      .n_muscles = c->n_muscles,
                      .n_joints = c->n_bodies - 1,
                      .n_bodies = c->n_bodies,
                      .muscles = names->muscles,
                      .joints = names->joints,
                      .bodies = names->bodies,
                      .trunk = c->trunk};
}

/* The leg hangs by the joint of the highest body of its side above its first foot. */
static void make_leg(rl_model *model, int side, const rl_pose *standing) {
  const rl_creature *c = &model->creature;
  rl_leg *leg = &model->legs[side];
  for (int f = 0; f < c->n_feet; f++)
    if (rl_anatomy_leg(c->feet[f]) == side) leg->feet[leg->n_feet++] = model->foot[f];
  if (leg->n_feet == 0) return;
  int top = leg->feet[0];
  while (model->parent[top] > 0 && rl_anatomy_leg(c->bodies[model->parent[top]].name) == side)
    top = model->parent[top];
  leg->parent = model->parent[top] < 0 ? top : model->parent[top];
  const float *at = c->bodies[top].joint.at;
  leg->hip = (rl_point){at[0] - model->center[leg->parent].x, at[1] - model->center[leg->parent].y};
  leg->length = fmaxf(rl_pose_apply(standing[leg->parent], at).y, 0.01f);
}

static void make_controller(rl_model *model, const rl_pose *standing) {
  rl_anatomy_names names;
  if (!model->creature.controller) return;
  model->controller = *model->creature.controller; /* the caller's need not last */
  model->creature.controller = &model->controller;
  rl_primitives_wire(model);
  if (!rl_controller_exists(&model->controller) && model->n_driven > 0) return;
  const rl_anatomy anatomy = rl_creature_anatomy(&model->creature, &names);
  rl_wiring_make(&model->wiring, &model->controller, &anatomy);
  for (int side = 0; side < 2; side++) make_leg(model, side, standing);
}

static void route_muscle(rl_model *model, int m) {
  const rl_muscle *muscle = &model->creature.muscles[m];
  rl_route *route = &model->routes[m];
  for (int k = 0; k < muscle->n_points; k++) {
    const int body = rl_creature_find_body(&model->creature, muscle->path[k].body);
    const float *at = muscle->path[k].at;
    route->body[k] = body;
    route->at[k] = (rl_point){at[0] - model->center[body].x, at[1] - model->center[body].y};
  }
  for (int k = 0; k < muscle->n_arms; k++)
    route->joint[k] = rl_creature_find_joint(&model->creature, muscle->arms[k].joint) - 1;
}

void rl_model_make(rl_model *model, const rl_creature *complete) {
  *model = (rl_model){.creature = *complete, .n_joints = complete->n_bodies - 1};
  const rl_creature *creature = &model->creature;
  double total = 0.0;
  for (int i = 0; i < creature->n_bodies; i++) {
    const rl_body *body = &creature->bodies[i];
    model->parent[i] = body->is_root ? -1 : rl_creature_find_body(creature, body->joint.parent);
    rl_model_weigh(model, i);
    total += (double)model->mass[i];
  }
  model->total_mass = (float)total;
  model->trunk = rl_creature_find_body(creature, creature->trunk);
  model->head = rl_creature_find_body(creature, creature->head);
  for (int j = 0; j < model->n_joints; j++) model->speed_scale[j] = 10.0f;
  for (int m = 0; m < creature->n_motors; m++) {
    model->motor_joint[m] = rl_creature_find_joint(creature, creature->motors[m].joint) - 1;
    model->speed_scale[model->motor_joint[m]] = creature->motors[m].speed;
  }
  for (int m = 0; m < creature->n_muscles; m++) route_muscle(model, m);
  for (int f = 0; f < creature->n_feet; f++) {
    model->foot[f] = rl_creature_find_body(creature, creature->feet[f]);
    model->is_foot[model->foot[f]] = true;
  }
  rl_pose poses[RL_MAX_PARTS];
  for (int i = 0; i < creature->start.n_angles; i++)
    model->start_angles[rl_creature_find_joint(creature, creature->start.angles[i].joint) - 1] =
        creature->start.angles[i].angle;
  rl_creature_stand(creature, NULL, poses);
  for (int i = 0; i < creature->n_bodies; i++) model->standing_angle[i] = poses[i].angle;
  make_controller(model, poses);
  model->standing_height = center_of(model, poses, model->trunk).y;
  model->head_rest = poses[model->head].angle;
  model->half_width = half_width(creature, poses);
}

/* Moves the trunk's centre of mass to x = 0 and the lowest point to where it rests on the ground. */
static void set_down(const rl_model *model, const rl_ground *ground, rl_pose *poses) {
  const rl_creature *creature = &model->creature;
  const float x = center_of(model, poses, model->trunk).x;
  for (int i = 0; i < creature->n_bodies; i++) poses[i].x -= x;
  float clearance = INFINITY;
  for (int i = 0; i < creature->n_bodies; i++) {
    for (int j = 0; j < creature->bodies[i].n_shapes; j++) {
      const rl_core core = rl_shape_core(&creature->bodies[i].shapes[j]);
      const float rest = core.n < 3 ? CIRCLE_REST : POLYGON_REST;
      for (int k = 0; k < core.n; k++) {
        const rl_point p = rl_pose_apply(poses[i], core.points[k]);
        clearance = fminf(clearance, p.y - core.radius - rest - rl_ground_height(ground, p.x));
      }
    }
  }
  for (int i = 0; i < creature->n_bodies; i++) poses[i].y -= clearance;
}

/* A capsule is a box between two circles. The box is narrower by its skin, so that the sides are flush. */
static int cut_capsule(const rl_core *core, rl_core *pieces) {
  const float *a = core->points[0], *b = core->points[1], w = fmaxf(core->radius - SKIN, 0.5f * SKIN);
  pieces[0] = (rl_core){1, {{a[0], a[1]}}, core->radius};
  if (b[1] - a[1] < SKIN) return 1;
  pieces[1] = (rl_core){1, {{b[0], b[1]}}, core->radius};
  pieces[2] = (rl_core){4, {{a[0] - w, a[1]}, {a[0] + w, a[1]}, {b[0] + w, b[1]}, {b[0] - w, b[1]}}, 0.0f};
  return 3;
}

float rl_model_weight(const rl_model *model, float gravity) {
  static const float EARTH = 9.81f; /* m/s^2 */
  return model->total_mass * (gravity > 0.0f ? gravity : EARTH);
}

int rl_model_pieces(const rl_model *model, int i, rl_core pieces[RL_MAX_PIECES]) {
  const rl_body *body = &model->creature.bodies[i];
  int n = 0;
  for (int j = 0; j < body->n_shapes; j++) {
    rl_core core = rl_shape_core(&body->shapes[j]);
    for (int k = 0; k < core.n; k++) {
      core.points[k][0] -= model->center[i].x;
      core.points[k][1] -= model->center[i].y;
    }
    if (core.n == 2)
      n += cut_capsule(&core, pieces + n);
    else
      pieces[n++] = core;
  }
  return n;
}

/* How the frame of each body moves. */
static void move_bodies(const rl_model *model, const rl_start *start, const rl_pose *poses,
                        rl_b2_motion *moves) {
  moves[0] =
      (rl_b2_motion){poses[0].x, poses[0].y, poses[0].angle, start->vx, start->vy, start->angular_speed};
  for (int i = 1; i < model->creature.n_bodies; i++) {
    const rl_joint *joint = &model->creature.bodies[i].joint;
    const int parent = model->parent[i];
    const rl_point hinge = rl_pose_apply(poses[parent], joint->at);
    const rl_b2_motion *above = &moves[parent];
    const float w = above->angular_speed, own = w + start->joint_speeds[i - 1];
    const float vx = above->vx - w * (hinge.y - poses[parent].y),
                vy = above->vy + w * (hinge.x - poses[parent].x);
    moves[i] = (rl_b2_motion){poses[i].x,
                              poses[i].y,
                              poses[i].angle,
                              vx - own * (poses[i].y - hinge.y),
                              vy + own * (poses[i].x - hinge.x),
                              own};
  }
}

void rl_model_add_body(const rl_model *model, int i, rl_pose pose, const rl_b2_motion *move,
                       rl_b2_world *world) {
  const float friction = model->creature.bodies[i].friction;
  const rl_point center = rl_pose_apply(pose, (const float[2]){model->center[i].x, model->center[i].y});
  const float w = move->angular_speed;
  const rl_b2_body def = {model->mass[i],
                          model->inertia[i],
                          center.x,
                          center.y,
                          pose.angle,
                          move->vx - w * (center.y - pose.y),
                          move->vy + w * (center.x - pose.x)};
  rl_core pieces[RL_MAX_PIECES];
  rl_b2_add_body(world, &def);
  if (w != 0.0f) rl_b2_spin(world, i, w);
  const int n = rl_model_pieces(model, i, pieces);
  for (int j = 0; j < n; j++) {
    const float *xy = pieces[j].points[0];
    if (pieces[j].n == 1)
      rl_b2_add_circle(world, i, xy[0], xy[1], pieces[j].radius, friction);
    else
      rl_b2_add_polygon(world, i, pieces[j].n, xy, friction);
  }
}

rl_b2_hinge rl_model_hinge(const rl_model *model, int i) {
  const rl_joint *joint = &model->creature.bodies[i].joint;
  const rl_point at = model->center[model->parent[i]], from = model->center[i];
  return (rl_b2_hinge){
      .parent = model->parent[i],
      .child = i,
      .at = {joint->at[0] - at.x, joint->at[1] - at.y},
      .from = {joint->from[0] - from.x, joint->from[1] - from.y},
      .rest = joint->rest,
      .lower = joint->lower,
      .upper = joint->upper,
      .limited = true,
  };
}

void rl_model_place(const rl_model *model, const rl_ground *ground, const rl_start *start,
                    rl_b2_world *world) {
  rl_pose poses[RL_MAX_PARTS];
  rl_b2_motion moves[RL_MAX_PARTS];
  rl_creature_pose(&model->creature, start->joint_angles, start->lean, poses);
  set_down(model, ground, poses);
  move_bodies(model, start, poses, moves);
  for (int i = 0; i < model->creature.n_bodies; i++) rl_model_add_body(model, i, poses[i], &moves[i], world);
  for (int i = 1; i < model->creature.n_bodies; i++) {
    const rl_b2_hinge hinge = rl_model_hinge(model, i);
    rl_b2_add_hinge(world, &hinge);
  }
}

void rl_model_build(const rl_model *model, const rl_ground *ground, const rl_start *start,
                    rl_b2_world *world) {
  rl_b2_clear(world, start->gravity);
  rl_b2_add_ground(world, ground->n, &ground->xy[0][0], start->friction);
  rl_model_place(model, ground, start, world);
}
