/* Creatures as data: bodies in a kinematic tree, joints, motors, muscles and roles, in the sagittal plane (x
 * forward, y up, angles counter-clockwise, SI units). The description is plain data; rl_creature_env checks
 * all of it before Box2D sees any (Debian builds Box2D with asserts: what it does not like ends the process)
 * and makes an environment of it.
 *
 * A creature stands as described: `position` of the root body is relative to the ground under it, and each
 * joint places its body by `at` (a point of the parent) and `from` (the same point in the body), at angle
 * `rest`. Joint angles, limits and observations count from there: 0 is the standing pose. */
#ifndef RL_CREATURE_H
#define RL_CREATURE_H

#include "env/env.h"
#include "muscle/controller.h"
#include "muscle/muscle.h"
#include "physics/shape.h"

RL_C_BEGIN

enum { RL_MAX_PARTS = 32, RL_MAX_SHAPES = 4, RL_MAX_MOMENTS = 100000 };
enum { RL_MAX_MUSCLES = 64, RL_MAX_POINTS = 8, RL_MAX_ARMS = 4 };

typedef struct rl_joint { /* a hinge to the parent body */
  char name[RL_NAME];
  char parent[RL_NAME];
  float at[2], from[2]; /* m: the hinge in the parent's and in this body's frame */
  float lower, upper;   /* rad, from the rest pose; lower <= 0 <= upper */
  float rest;           /* rad: angle of the body against the parent when standing */
  /* Soft stops within the limits, after Geyer & Herr 2010: beyond one by d the joint is pushed back with
   * stiffness * d * (1 + w / w0), w the speed with which it goes on and w0 1 degree/s: hard to go into, and
   * slow to give back. They need not include 0. */
  float soft_lower, soft_upper;
  float soft_stiffness; /* N m/rad; 0: no soft stops */
} rl_joint;

typedef struct rl_body {
  char name[RL_NAME];
  int n_shapes;
  rl_shape shapes[RL_MAX_SHAPES];
  float mass;      /* kg, spread evenly over the shapes; 0: take density */
  float density;   /* kg/m^2 */
  float inertia;   /* kg m^2 about the centre of mass; 0: it follows from mass and shapes */
  bool centered;   /* the centre of mass is `center` and does not follow from the shapes */
  float center[2]; /* m, in the body's frame */
  float friction;  /* Coulomb, default 0.9 */
  bool is_root;    /* exactly one body has no joint */
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

typedef struct rl_path_point {
  char body[RL_NAME];
  float at[2]; /* m, in the body's frame */
} rl_path_point;

/* How a muscle turns a joint that is not modelled by a path. With the angle q of the joint the arm is
 * arm cos(q - max), or `arm` always when constant. The force F turns the joint with F times the arm, and the
 * unit is shorter by rho times the arm's integral from `reference`: rho < 1 stands for pennate fibres, which
 * shorten less than they pull. */
typedef struct rl_moment_arm {
  char joint[RL_NAME];
  float arm; /* m, greatest; positive: the muscle turns the joint counter-clockwise (its angle grows) */
  bool constant;
  float max;       /* rad: angle of the joint at which the arm is greatest */
  float reference; /* rad: angle at which this joint leaves the unit at l_opt + l_slack */
  float rho;
} rl_moment_arm;

/* l_opt: of fibres whose length follows from the path. */
#define RL_SHORTEST_FIBRE 0.5f
#define RL_LONGEST_FIBRE  1.2f

/* A muscle-tendon unit (muscle.h) and where it pulls: along the straight lines from point to point of its
 * path, or on joints with moment arms; a path beside arms is only drawn. An action a in [-1, 1] asks for the
 * excitation (a + 1) / 2; of a creature with a controller it is added to what the controller asks for, so
 * that an action of 0 leaves the controller alone.
 *
 * l_opt and l_slack that are left out (0) follow from the path, so that they go with it when it is moved: in
 * the posture that stretches it most the fibre is RL_LONGEST_FIBRE l_opt long, in the one that lets it most
 * go RL_SHORTEST_FIBRE, the tendon just not slack. Where one of them is given, the first of the two decides
 * about the other. */
typedef struct rl_muscle {
  char name[RL_NAME];
  rl_physiology physiology;
  float delay; /* s after which the controller feels its length, velocity and force; 0 or from 1 ms to 1 s */
  int n_points;
  rl_path_point path[RL_MAX_POINTS];
  int n_arms;
  rl_moment_arm arms[RL_MAX_ARMS];
} rl_muscle;

/* A motion to follow (reference.h), `rate` moments a second. `values` [n, n_joints + 3]: angles of the joints (rad from the
 * standing pose), then of the root its angle (rad, counter-clockwise), x and y (m), zeros where it has them not. */
typedef struct rl_motion {
  int n, n_joints;
  char joints[RL_MAX_PARTS][RL_NAME];
  const float *values;
  float rate;                   /* Hz */
  bool periodic;                /* a cycle: behind the last moment comes the first, */
  float advance;                /* so many m further on */
  bool has_angle, has_x, has_y; /* of the root */
} rl_motion;

typedef struct rl_creature {
  char name[RL_NAME];
  const char *summary;
  bool symmetric;     /* every body, motor and muscle whose name ends in _l gets a copy ending in _r */
  float position[2];  /* m: of the root body's origin when standing; y above the ground */
  float target_speed; /* m/s, default of the option of that name */
  float clock;        /* s, period of the clock that it senses, from 0.02; 0: none */
  int n_bodies;
  rl_body bodies[RL_MAX_PARTS];
  int n_motors;
  rl_motor motors[RL_MAX_PARTS];
  int n_muscles;
  rl_muscle muscles[RL_MAX_MUSCLES];
  char trunk[RL_NAME]; /* the body that `x`, `angle`, `height` ... are of */
  char head[RL_NAME];
  float head_point[2]; /* m, in the head body's frame */
  int n_feet;          /* the bodies that may touch the ground; another one that does has fallen */
  char feet[RL_MAX_PARTS][RL_NAME];
  rl_initial_state start;
  const rl_controller *controller; /* of the muscles; NULL: none, actions are the excitations */
  const rl_motion *motion;         /* to follow; NULL: none */
} rl_creature;

/* Parts with their defaults (parts.c), otherwise zero. */
rl_body rl_body_defaults(void);
rl_muscle rl_muscle_defaults(void);

/* The creature with `symmetric` carried out and its bodies sorted, parents before children: what the
 * environment is built from. An empty trunk becomes the root, an empty head the trunk. RL_BAD_ARGUMENT naming
 * creature, part and fault.
 * Names: missing, double, longer than 31 characters, of other signs than letters, digits and _; a mirrored
 * body whose joint does not end in _l; unknown parent, trunk, head, foot, joint of a motor; two motors on a
 * joint. Tree: no root or two, a cycle; neither motor nor muscle, no foot, more than RL_MAX_PARTS of
 * anything. Joints: lower > upper, limits that do not include 0, soft stops outside them or beside a motor.
 * Bodies: no mass, or outside 1 g to 1000 t; inertia that no such mass can have. Shapes: a capsule lower than
 * wide; a polygon that is not convex, has three vertices in line, an edge shorter than 1 cm or less than 5 mm
 * of thickness. Muscles: neither path nor arms, a path of one point, on one body or of no length; unknown
 * body or joint; tendon slack in every posture; a delay below a millisecond. Start: a joint unknown or named
 * twice, an angle outside its limits. Motion: see rl_motion_check (reference.h). Anything: a number outside the range of its row (parts.c). Standing
 * below the ground. */
rl_status rl_creature_check(const rl_creature *creature, rl_creature *complete, rl_error *error);

/* Of a complete creature that stands on the ground, lower on a body which is no foot than on its feet: the body, on
 * which it has fallen in its first steps. Otherwise NULL. */
const char *rl_creature_falls_on(const rl_creature *complete);

/* Makes an environment of a checked copy of the creature; nothing that the creature points to need last. The
 * caller frees it with rl_env_def_free.
 * RL_BAD_ARGUMENT also when two fields would have one name, RL_NO_MEMORY. */
rl_status rl_creature_env(const rl_creature *creature, rl_env_def **def, rl_error *error);
/* The complete description that such a definition is built from; NULL of another definition. */
const rl_creature *rl_creature_of(const rl_env_def *def);

RL_C_END

#endif
