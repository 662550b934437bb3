/* Creatures as data: bodies in a kinematic tree, joints, motors and roles, in the sagittal plane (x forward, y
 * up, angles counter-clockwise, SI units). The description is plain data; rl_creature_env checks all of it
 * before Box2D sees any (Debian builds Box2D with asserts: what it does not like ends the process) and makes an
 * environment of it.
 *
 * A creature stands as described: `position` of the root body is relative to the ground under it, and each joint
 * places its body by `at` (a point of the parent) and `from` (the same point in the body), at angle `rest`.
 * Joint angles, limits and observations count from there: 0 is the standing pose. */
#ifndef RL_CREATURE_H
#define RL_CREATURE_H

#include "env.h"

enum { RL_MAX_PARTS = 32, RL_MAX_SHAPES = 4, RL_MAX_VERTICES = 8, RL_NAME = 32 };

typedef enum rl_shape_kind { RL_SHAPE_BOX, RL_SHAPE_CIRCLE, RL_SHAPE_CAPSULE, RL_SHAPE_POLYGON } rl_shape_kind;

typedef struct rl_shape {
  rl_shape_kind kind;
  float center[2];      /* m, in the body's frame; box, circle, capsule */
  float width, height;  /* m, x and y extent of a box; a capsule's height includes its round ends */
  float radius;         /* m, of a circle or capsule (width of a capsule is 2 radius) */
  int n_vertices;       /* of a convex polygon, 3 to 8, either order */
  float vertices[RL_MAX_VERTICES][2];
} rl_shape;

typedef struct rl_joint { /* a hinge to the parent body */
  char name[RL_NAME];
  char parent[RL_NAME];
  float at[2], from[2]; /* m: the hinge in the parent's and in this body's frame */
  float lower, upper;   /* rad, from the rest pose; lower <= 0 <= upper */
  float rest;           /* rad: angle of the body against the parent when standing */
} rl_joint;

typedef struct rl_body {
  char name[RL_NAME];
  int n_shapes;
  rl_shape shapes[RL_MAX_SHAPES];
  float mass;     /* kg, spread evenly over the shapes; 0: take density */
  float density;  /* kg/m^2 */
  float friction; /* Coulomb, default 0.9 */
  bool is_root;   /* exactly one body has no joint */
  rl_joint joint;
} rl_body;

/* An action a in [-1, 1] drives the joint toward speed * sign(a) with a torque of at most torque * |a|. */
typedef struct rl_motor {
  char joint[RL_NAME];
  float torque; /* N m */
  float speed;  /* rad/s: the speed at which the motor stops pushing */
} rl_motor;

typedef struct rl_creature {
  char name[RL_NAME];
  const char *summary;
  bool symmetric; /* every body and motor whose name ends in _l gets a copy ending in _r */
  float position[2]; /* m: of the root body's origin when standing; y above the ground */
  float target_speed; /* m/s, default of the option of that name */
  int n_bodies;
  rl_body bodies[RL_MAX_PARTS];
  int n_motors;
  rl_motor motors[RL_MAX_PARTS];
  char trunk[RL_NAME];
  char head[RL_NAME];
  float head_point[2]; /* m, in the head body's frame */
  int n_feet;
  char feet[RL_MAX_PARTS][RL_NAME];
} rl_creature;

/* Zero-initialised parts with the defaults filled in. */
rl_body rl_body_defaults(void);

/* The creature with `symmetric` carried out: what the environment is built from. RL_BAD_ARGUMENT naming creature, part and
 * fault: missing or double name, no root or two, unknown parent, a cycle, lower > upper or limits that do not
 * include 0, negative or missing mass, friction outside [0, 10], a box, capsule, circle or polygon that is too small or
 * not convex, more than 8 vertices, motor on an unknown joint, non-positive torque or speed, unknown trunk, head or
 * foot, any number that is not finite, standing below the ground. */
rl_status rl_creature_check(const rl_creature *creature, rl_creature *complete, rl_error *error);

/* Makes an environment of a checked copy of the creature. The caller frees it with rl_env_def_free. */
rl_status rl_creature_env(const rl_creature *creature, rl_env_def **def, rl_error *error);

extern const rl_creature rl_biped;     /* seven segments, 1.8 m, 80 kg: envs/biped.c */
extern const rl_creature rl_hopper;    /* one leg: envs/hopper.c */
extern const rl_creature rl_quadruped; /* trunk and four legs: envs/quadruped.c */

#endif
