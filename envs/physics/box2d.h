/* Box2D 2.4.1 behind a small C interface: worlds of hinged rigid bodies over a ground.
 *
 * A world object is made once and emptied at each reset; emptying builds a new b2World in the same memory,
 * the only way to a bit-exact restart. Bodies are numbered 0, 1, ... in the order in which they were added,
 * joints likewise. A body added with its mass has its origin at its centre of mass, a solid (whose mass
 * follows from its shape) wherever its vertices say. Bodies never collide with each other, only with the
 * ground and with balls, which fly at them; balls never collide with each other.
 *
 * Several may share a world, each with a handle of its own (rl_b2_join): it numbers its own bodies and joints and
 * sees along its own axis, so that whoever lives in a world need not know that there are others. Bodies of different
 * handles collide. A world is cleared through the handle that it was made with; then each of the others enters it,
 * one after the other, and adds all of its bodies.
 *
 * Debian builds Box2D with asserts: what is added must have been checked before (creature.h). Several worlds
 * may be used by several threads at once, one thread a world. */
#ifndef RL_BOX2D_H
#define RL_BOX2D_H

#include "base/option.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

enum { RL_B2_MAX_BODIES = 128, RL_B2_MAX_JOINTS = 32, RL_B2_MAX_GROUND = 512 };

typedef struct rl_b2_world rl_b2_world;

typedef struct rl_b2_body {
  float mass, inertia; /* kg, kg m^2 about the centre of mass; mass 0: the body does not move */
  float x, y, angle;   /* of the centre of mass */
  float vx, vy;
} rl_b2_body;

/* A body of one convex polygon whose mass, centre and inertia follow from its density. */
typedef struct rl_b2_solid {
  float x, y, angle; /* of the origin */
  int n;
  const float *xy;         /* [n, 2] m from the origin, 3 to 8 vertices */
  float density, friction; /* kg/m^2; Coulomb coefficient */
} rl_b2_solid;

/* A solid sphere, seen from the side. */
typedef struct rl_b2_ball {
  float mass, radius, friction; /* kg, m, Coulomb */
} rl_b2_ball;

typedef struct rl_b2_motion {
  float x, y, angle, vx, vy, angular_speed; /* of the centre of mass */
} rl_b2_motion;

typedef struct rl_b2_pose {
  float x, y, angle; /* of the origin */
} rl_b2_pose;

typedef struct rl_b2_hinge {
  int parent, child;        /* bodies */
  float at[2], from[2];     /* m: the hinge from the parent's and from the child's origin */
  float rest, lower, upper; /* rad; the limits count from `rest` */
  bool limited;
} rl_b2_hinge;

/* What a body and the ground had to do with each other since rl_b2_begin_interval. */
typedef struct rl_b2_contact {
  int touching; /* shapes of the body now in contact with the ground, counted once for each piece of ground */
  bool touched; /* in contact at any time of the interval */
  bool began;   /* the latest change, in any interval, was a contact that began and not one that ended */
  float impulse; /* N s, sum of the normal impulses */
} rl_b2_contact;

/* The impulse of the ground on a body since rl_b2_begin_interval, with friction, and where. */
typedef struct rl_b2_thrust {
  float x, y;       /* N s */
  float normal;     /* N s, sum of the normal impulses */
  float at_x, at_y; /* N s m: sums of the normal impulses times the places that they act at */
} rl_b2_thrust;

/* Does Box2D see to it that nothing passes through the ground, or comes deep into it, within a step? */
typedef enum rl_b2_continuous {
  RL_B2_AUTO,   /* in the steps in which that cannot be ruled out: the same as always, to the bit */
  RL_B2_ALWAYS, /* it looks in all of them */
  RL_B2_NEVER
} rl_b2_continuous;

extern const char *const rl_b2_continuous_names[];
/* The row of an environment's option. */
#define RL_B2_CONTINUOUS_ROW                                                                                 \
  {                                                                                                          \
    "continuous", "",                                                                                        \
        "collision, which lets nothing pass through the ground within a step; auto: looked for in the "      \
        "steps that may have it, with the results of always",                                                \
        RL_B2_AUTO, RL_B2_AUTO, RL_B2_NEVER, rl_b2_continuous_names, .type = RL_OPTION_CHOICE, .live = true  \
  }

rl_status rl_b2_create(rl_b2_world **world, rl_error *error); /* empty */
/* A handle on a world, to be freed before it. meets: its own bodies meet each other, too. */
rl_status rl_b2_join(rl_b2_world **handle, rl_b2_world *world, bool meets, rl_error *error);
/* After the world was cleared: bodies that are added are this handle's, and until the last of them no other's. Its x
 * counts from x (m) of the world; turned: against it. */
void rl_b2_enter(rl_b2_world *handle, float x, bool turned);
void rl_b2_free(rl_b2_world *world); /* NULL is allowed */
void rl_b2_clear(rl_b2_world *world, float gravity /* m/s^2, downward */);

int rl_b2_add_body(rl_b2_world *world, const rl_b2_body *body);
void rl_b2_spin(rl_b2_world *world, int body, float angular_speed /* rad/s */);
void rl_b2_add_circle(rl_b2_world *world, int body, float x, float y, float radius, float friction);
/* xy: [n, 2], 3 to 8 vertices of a convex polygon. */
void rl_b2_add_polygon(rl_b2_world *world, int body, int n, const float *xy, float friction);
/* xy: [n, 2], 2 to RL_B2_MAX_GROUND points from left to right, more than 5 mm apart; solid below. */
void rl_b2_add_ground(rl_b2_world *world, int n, const float *xy, float friction);
/* A piece of ground by itself. xy: [n, 2], the ends of an edge, solid on both sides, or 3 to 8 vertices of a
 * convex polygon. */
void rl_b2_add_ground_piece(rl_b2_world *world, int n, const float *xy, float friction);
int rl_b2_add_solid(rl_b2_world *world, const rl_b2_solid *solid); /* counts among the bodies */
/* Counts among the bodies, but is not in the world until it is thrown. */
int rl_b2_add_ball(rl_b2_world *world, const rl_b2_ball *ball);
int rl_b2_add_hinge(rl_b2_world *world, const rl_b2_hinge *hinge);

/* The bodies of this handle are gone: they stay where they are and meet nothing. */
void rl_b2_remove(rl_b2_world *handle);

/* The ball flies from here, wherever it was, and pushes the bodies that it meets. */
void rl_b2_throw_ball(rl_b2_world *world, int ball, float x, float y, float vx, float vy);
/* From now on it meets the ground only, and rolls to a stop there. */
void rl_b2_drop_ball(rl_b2_world *world, int ball);

/* N at the centre of mass, during the next step. */
void rl_b2_add_force(rl_b2_world *world, int body, float fx, float fy);
/* N at a point of the world, and N m, during the next step. */
void rl_b2_add_force_at(rl_b2_world *world, int body, float fx, float fy, float x, float y);
void rl_b2_add_torque(rl_b2_world *world, int body, float torque);

/* At the centre of mass of a body, during the next step: the force that would accelerate the mass of the first n bodies by
 * so much (m/s^2). */
void rl_b2_push(rl_b2_world *world, int body, int n, float ax, float ay);
void rl_b2_set_gravity(rl_b2_world *world, float gravity /* m/s^2, downward */);

/* Drives the joint toward `speed` (rad/s) with at most `torque` (N m). */
void rl_b2_set_motor(rl_b2_world *world, int joint, float speed, float torque);
/* N m that the motor gave during the last step of `dt` seconds. */
float rl_b2_motor_torque(const rl_b2_world *world, int joint, float dt);

/* N m on the child, of the motor and of the limits. */
float rl_b2_joint_torque(const rl_b2_world *world, int joint, float dt);

void rl_b2_step(rl_b2_world *world, float dt, int velocity_iterations, int position_iterations);
/* RL_B2_AUTO until it is set; clearing the world leaves it. */
void rl_b2_set_continuous(rl_b2_world *world, rl_b2_continuous continuous);
/* Since rl_b2_create: steps in which RL_B2_AUTO found that Box2D had to look. */
int64_t rl_b2_continuous_steps(const rl_b2_world *world);
/* Wall-clock time inside rl_b2_step since it was first asked for. */
double rl_b2_seconds(const rl_b2_world *world);

rl_b2_motion rl_b2_body_motion(const rl_b2_world *world, int body);
/* Where a point is that is given from the body's origin. */
void rl_b2_body_point(const rl_b2_world *world, int body, float x, float y, float point[2]);
rl_b2_pose rl_b2_body_pose(const rl_b2_world *world, int body);
float rl_b2_joint_angle(const rl_b2_world *world, int joint); /* rad from `rest` */
float rl_b2_joint_speed(const rl_b2_world *world, int joint); /* rad/s */

void rl_b2_begin_interval(rl_b2_world *world); /* contacts count from here */
rl_b2_contact rl_b2_body_contact(const rl_b2_world *world, int body);
/* Whether a body touches one of another handle. */
bool rl_b2_meets(const rl_b2_world *world, int body, const rl_b2_world *other);
/* Has thrusts measured from now on: zeros before. */
void rl_b2_watch(rl_b2_world *world);
rl_b2_thrust rl_b2_body_thrust(const rl_b2_world *world, int body);
/* m/s: the greatest speed along the ground of the points at which the body touches it now; 0: it does not. */
float rl_b2_slide(const rl_b2_world *world, int body);
/* How much of the way from one point to another a ray goes before it meets the ground; 1: all of it. */
float rl_b2_ray(const rl_b2_world *world, const float from[2], const float to[2]);

#ifdef __cplusplus
}
#endif
RL_C_END

#endif
