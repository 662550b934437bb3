/* Creatures as data: bodies in a kinematic tree, joints, motors and roles, in the sagittal plane (x forward,
 * y up, angles counter-clockwise, SI units). The description is plain data; rl_creature_env checks all of it
 * before Box2D sees any (Debian builds Box2D with asserts: what it does not like ends the process) and makes
 * an environment of it.
 *
 * A creature stands as described: `position` of the root body is relative to the ground under it, and each
 * joint places its body by `at` (a point of the parent) and `from` (the same point in the body), at angle
 * `rest`. Joint angles, limits and observations count from there: 0 is the standing pose. */
#ifndef RL_CREATURE_H
#define RL_CREATURE_H

#include "env.h"

enum { RL_MAX_PARTS = 32, RL_MAX_SHAPES = 4, RL_MAX_VERTICES = 8, RL_NAME = 32 };

typedef enum rl_shape_kind {
  RL_SHAPE_BOX,
  RL_SHAPE_CIRCLE,
  RL_SHAPE_CAPSULE,
  RL_SHAPE_POLYGON
} rl_shape_kind;

typedef struct rl_shape {
  rl_shape_kind kind;
  float center[2];     /* m, in the body's frame; box, circle, capsule */
  float width, height; /* m, x and y extent of a box; a capsule's height includes its round ends */
  float radius;        /* m, of a circle or capsule (width of a capsule is 2 radius) */
  int n_vertices;      /* of a convex polygon, 3 to 8, either order */
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

typedef struct rl_joint_angle {
  char joint[RL_NAME];
  float angle; /* rad from the standing pose, within the joint's limits */
} rl_joint_angle;

/* How an episode begins, but for the noise; all zero: standing still. Each leg has its own: symmetry does not
 * copy it. */
typedef struct rl_initial_state {
  float vx, vy; /* m/s of all bodies */
  float lean;   /* rad: the root forward from upright */
  int n_angles; /* joints not named stand */
  rl_joint_angle angles[RL_MAX_PARTS];
} rl_initial_state;

typedef struct rl_creature {
  char name[RL_NAME];
  const char *summary;
  bool symmetric;     /* every body and motor whose name ends in _l gets a copy ending in _r */
  float position[2];  /* m: of the root body's origin when standing; y above the ground */
  float target_speed; /* m/s, default of the option of that name */
  int n_bodies;
  rl_body bodies[RL_MAX_PARTS];
  int n_motors;
  rl_motor motors[RL_MAX_PARTS];
  char trunk[RL_NAME]; /* the body that `x`, `angle`, `height` ... are of */
  char head[RL_NAME];
  float head_point[2]; /* m, in the head body's frame */
  int n_feet;          /* the bodies that may touch the ground; another one that does has fallen */
  char feet[RL_MAX_PARTS][RL_NAME];
  rl_initial_state start;
} rl_creature;

/* Zero-initialised parts with the defaults filled in. */
rl_body rl_body_defaults(void);

/* The creature with `symmetric` carried out and its bodies sorted, parents before children: what the
 * environment is built from. An empty trunk becomes the root, an empty head the trunk. RL_BAD_ARGUMENT naming
 * creature, part and fault.
 * Names: missing, double, longer than 31 characters, of other signs than letters, digits and _; a mirrored
 * body whose joint does not end in _l; unknown parent, trunk, head, foot, joint of a motor; two motors on a
 * joint. Tree: no root or two, a cycle; no motor, no foot, more than RL_MAX_PARTS of anything. Joints: lower
 * > upper, limits that do not include 0. Bodies: no mass or a negative one, or outside 1 g to 1000 t;
 * friction outside [0, 10]. Shapes: sizes outside 1 cm to 100 m; a capsule lower than wide; a polygon that is
 * not convex, has three vertices in line, an edge shorter than 1 cm or less than 5 mm of thickness. Motors:
 * torque or speed not positive, above 1e6 N m or 1000 rad/s. Target speed beyond 20 m/s. Start: a joint
 * unknown or named twice, an angle outside its limits, a speed beyond 20 m/s, a lean beyond pi. Anything: a
 * number that is not finite. Standing below the ground. */
rl_status rl_creature_check(const rl_creature *creature, rl_creature *complete, rl_error *error);

/* Makes an environment of a checked copy of the creature. The caller frees it with rl_env_def_free.
 * RL_BAD_ARGUMENT also when two fields would have one name, RL_NO_MEMORY. */
rl_status rl_creature_env(const rl_creature *creature, rl_env_def **def, rl_error *error);

extern const rl_creature rl_biped;     /* seven segments, 1.8 m, 80 kg: envs/biped.c */
extern const rl_creature rl_hopper;    /* one leg: envs/hopper.c */
extern const rl_creature rl_quadruped; /* trunk and four legs: envs/quadruped.c */

#endif
