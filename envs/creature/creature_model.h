/* A creature made ready for physics: the checked description with its tree resolved to indices, masses and
 * inertias worked out, and the world of Box2D built from it. Bodies stand parents first, so body 0 is the
 * root and the joint of body i is joint i-1, here and in box2d.h. */
#ifndef RL_CREATURE_MODEL_H
#define RL_CREATURE_MODEL_H

#include "creature/creature.h"
#include "muscle/reflex.h"
#include "physics/box2d.h"
#include "physics/ground.h"

RL_C_BEGIN

typedef struct rl_point {
  float x, y;
} rl_point;

/* Where a body's frame is. */
typedef struct rl_pose {
  float x, y, angle;
} rl_pose;

/* A muscle with its names resolved. */
typedef struct rl_route {
  int body[RL_MAX_POINTS];
  rl_point at[RL_MAX_POINTS]; /* m from the body's centre of mass */
  int joint[RL_MAX_ARMS];
} rl_route;

/* The bodies of a leg that touch the ground, and where the leg hangs. */
typedef struct rl_leg {
  int n_feet, feet[RL_MAX_PARTS];
  int parent;   /* the body that the hip is on */
  rl_point hip; /* m from that body's centre of mass */
  float length; /* m: height of the hip above the ground when standing */
} rl_leg;

typedef struct rl_driven { /* a joint that a primitive moves */
  rl_primitive primitive;  /* of this joint */
  int motor;
} rl_driven;

typedef struct rl_model {
  rl_creature creature;     /* complete, parents first */
  rl_controller controller; /* the creature's, if it has one */
  int n_joints;             /* n_bodies - 1 */
  int parent[RL_MAX_PARTS];
  float mass[RL_MAX_PARTS];      /* kg */
  float inertia[RL_MAX_PARTS];   /* kg m^2 about the centre of mass */
  rl_point center[RL_MAX_PARTS]; /* m: the centre of mass in the body's frame */
  float total_mass;
  int trunk, head;
  int motor_joint[RL_MAX_PARTS];   /* [n_motors] */
  float speed_scale[RL_MAX_PARTS]; /* [n_joints] rad/s: the motor's speed, 10 without a motor */
  rl_route routes[RL_MAX_MUSCLES]; /* [n_muscles] */
  int foot[RL_MAX_PARTS];          /* [n_feet] bodies */
  bool is_foot[RL_MAX_PARTS];
  float standing_angle[RL_MAX_PARTS]; /* rad: of every body */
  float standing_height;              /* m: of the trunk's centre of mass */
  float head_rest;                    /* rad: angle of the head in the standing pose */
  float half_width;                   /* m: greatest |x| of the standing creature */
  float start_angles[RL_MAX_PARTS];   /* [n_joints] of the creature's start */
  rl_leg legs[2];                     /* left and right, of a creature with a controller */
  rl_wiring wiring;                   /* the controller; without one it has no rules */
  int n_driven;
  rl_driven driven[RL_MAX_PARTS]; /* its primitives */
} rl_model;

/* How an episode begins. */
typedef struct rl_start {
  float joint_angles[RL_MAX_PARTS]; /* [n_joints] rad from the standing pose */
  float joint_speeds[RL_MAX_PARTS]; /* [n_joints] rad/s */
  float vx, vy;                     /* m/s of the root body's origin */
  float angular_speed;              /* rad/s of the root */
  float lean;                       /* rad: the root forward from upright */
  float gravity, friction;
} rl_start;

int rl_creature_find_body(const rl_creature *creature, const char *name); /* index or -1 */
int rl_creature_find_joint(const rl_creature *creature,
                           const char *name); /* the body that hangs on it, or -1 */

/* The pose of every body, parents first, with the root where the description puts it, leaning forward by
 * `lean`. joint_angles: [n_bodies - 1] or NULL for the standing pose. */
void rl_creature_pose(const rl_creature *creature, const float *joint_angles, float lean, rl_pose *poses);
void rl_creature_stand(const rl_creature *creature, const float *joint_angles, rl_pose *poses); /* lean 0 */
rl_point rl_pose_apply(rl_pose pose, const float point[2]); /* from the body's frame to the world's */

/* The names of a complete creature, as a controller sees them. The lists have room for them. */
typedef struct rl_anatomy_names {
  const char *muscles[RL_MAX_MUSCLES], *joints[RL_MAX_PARTS], *bodies[RL_MAX_PARTS];
} rl_anatomy_names;
rl_anatomy rl_creature_anatomy(const rl_creature *complete, rl_anatomy_names *names);

/* Of a creature that rl_creature_check has completed. */
void rl_model_make(rl_model *model, const rl_creature *complete);

/* Mass, centre and inertia of a body, by its shapes. */
void rl_model_weigh(rl_model *model, int body);
/* The next body of a world, without its joint: its frame in this pose, which moves so. */
void rl_model_add_body(const rl_model *model, int body, rl_pose pose, const rl_b2_motion *move,
                       rl_b2_world *world);

/* N: what "body weights" are counted in. Where there is no gravity, the weight on Earth. */
float rl_model_weight(const rl_model *model, float gravity);

/* Of an environment that rl_creature_env made; NULL: another did. */
const rl_model *rl_creature_env_model(const rl_env_def *def);

/* What Box2D gets of a body, from its centre of mass: circles (one point and a radius) and convex polygons.
 * How many. */
enum { RL_MAX_PIECES = 3 * RL_MAX_SHAPES };
int rl_model_pieces(const rl_model *model, int body, rl_core pieces[RL_MAX_PIECES]);
/* The hinge of a body that is not the root, from the centres of mass. */
rl_b2_hinge rl_model_hinge(const rl_model *model, int body);

/* Puts the creature on the ground, its trunk's centre of mass at x = 0. */
void rl_model_place(const rl_model *model, const rl_ground *ground, const rl_start *start,
                    rl_b2_world *world);
/* Empties the world and lays the ground before. */
void rl_model_build(const rl_model *model, const rl_ground *ground, const rl_start *start,
                    rl_b2_world *world);

RL_C_END

#endif
