/* The rows of a creature's parts; see parts.h. Those of shapes are in physics/shape.c, of controllers in
 * muscle/controller.c. */
#include "creature/parts.h"

#include "creature/world.h"

#include <math.h>

#define DISTANCE 100.0 /* m: the greatest */
#define TORQUE   1e6   /* N m */
#define SPEED    20.0  /* m/s: that of the option target_speed */
#define PI       3.1415927
#define NONE     (double)NAN /* no default: left out, something else decides */

#define NAME(of, member, meaning) RL_ROW(of, NAME, member, #member, "", meaning, 0.0, 0.0, 0.0)
#define PLACE(of, member, name, meaning)                                                                     \
  RL_ROW(of, PAIR, member, name, "m", meaning, 0.0, -DISTANCE, DISTANCE)
#define NUMBER(of, member, unit, meaning, ...) RL_ROW(of, FLOAT, member, #member, unit, meaning, __VA_ARGS__)

static const rl_option creature_rows[] = {
    NAME(rl_creature, name, "of the creature"),
    RL_ROW(rl_creature, BOOLEAN, symmetric, "symmetric", "",
           "every body, motor and muscle whose name ends in _l gets a copy that ends in _r", 0.0, 0.0, 1.0),
    PLACE(rl_creature, position, "position", "of the root body's origin, standing; y above the ground"),
    NUMBER(rl_creature, target_speed, "m/s", "default of the option of that name", 1.0, -SPEED, SPEED),
    NUMBER(rl_creature, clock, "s", "period of the clock that it senses, from 0.02; 0: none", 0.0, 0.0,
           100.0),
    NAME(rl_creature, trunk, "the body that x, angle, height ... are of; left out: the root"),
};
const rl_options rl_creature_rows = RL_ROWS(creature_rows);

static const rl_option head_rows[] = {
    RL_ROW(rl_creature, NAME, head, "body", "", "that the head is on; left out: the trunk", 0.0, 0.0, 0.0),
    PLACE(rl_creature, head_point, "point", "where, in the body's frame"),
};
const rl_options rl_head_rows = RL_ROWS(head_rows);

static const rl_option start_rows[] = {
    NUMBER(rl_initial_state, vx, "m/s", "forward, of all bodies", 0.0, -SPEED, SPEED),
    NUMBER(rl_initial_state, vy, "m/s", "upward", 0.0, -SPEED, SPEED),
    NUMBER(rl_initial_state, lean, "rad", "of the root, forward from upright", 0.0, -PI, PI),
};
const rl_options rl_start_rows = RL_ROWS(start_rows);

static const rl_option start_angle_rows[] = {
    NAME(rl_joint_angle, joint, "that begins bent"),
    NUMBER(rl_joint_angle, angle, "rad", "from the standing pose, within the joint's limits", 0.0, -INFINITY,
           INFINITY),
};
static const rl_options all_start_angle_rows = RL_ROWS(start_angle_rows);

static const rl_option body_rows[] = {
    NAME(rl_body, name, "of the body"),
    NUMBER(rl_body, mass, "kg", "spread evenly over the shapes; left out: from the density", NONE, 0.0, 1e6,
           .traits = RL_ROW_MASS),
    NUMBER(rl_body, density, "kg/m^2", "where there is no mass", NONE, 0.0, INFINITY,
           .traits = RL_ROW_DENSITY),
    NUMBER(rl_body, inertia, "kg m^2", "about the centre of mass; left out: from mass and shapes", NONE, 0.0,
           INFINITY, .traits = RL_ROW_INERTIA),
    RL_ROW(rl_body, PAIR, center, "center", "m",
           "the centre of mass in the body's frame; left out: from the shapes", NONE, -DISTANCE, DISTANCE,
           .traits = RL_ROW_CENTER),
    NUMBER(rl_body, friction, "", "Coulomb", 0.9, 0.0, 10.0),
};
const rl_options rl_body_rows = RL_ROWS(body_rows);

static const rl_option joint_rows[] = {
    NAME(rl_joint, name, "of the hinge"),
    NAME(rl_joint, parent, "the body that it hangs on"),
    PLACE(rl_joint, at, "at", "the hinge in the parent's frame"),
    PLACE(rl_joint, from, "from", "the hinge in this body's frame"),
    NUMBER(rl_joint, lower, "rad", "least angle, from the rest pose; not above 0", 0.0, -INFINITY, INFINITY),
    NUMBER(rl_joint, upper, "rad", "greatest angle; not below 0", 0.0, -INFINITY, INFINITY),
    NUMBER(rl_joint, rest, "rad", "of the body against the parent when standing", 0.0, -INFINITY, INFINITY),
};
const rl_options rl_joint_rows = RL_ROWS(joint_rows);

static const rl_option soft_rows[] = {
    RL_ROW(rl_joint, FLOAT, soft_lower, "lower", "rad", "where the joint is pushed back; left out: its limit",
           NONE, -INFINITY, INFINITY),
    RL_ROW(rl_joint, FLOAT, soft_upper, "upper", "rad", "the same", NONE, -INFINITY, INFINITY),
    RL_ROW(rl_joint, FLOAT, soft_stiffness, "stiffness", "N m/rad", "0: no soft stops", 0.0, 0.0, TORQUE),
};
const rl_options rl_soft_rows = RL_ROWS(soft_rows);

static const rl_option motor_rows[] = {
    NAME(rl_motor, joint, "that it drives"),
    NUMBER(rl_motor, torque, "N m", "the greatest", 0.0, 1e-6, TORQUE),
    NUMBER(rl_motor, speed, "rad/s", "at which the motor stops pushing", 0.0, 1e-6, 1e3),
};
const rl_options rl_motor_rows = RL_ROWS(motor_rows);

/* Blue whales and mice have their place between these; bugs do not. */
#define FIBRE(member, unit, meaning, ...)                                                                    \
  RL_ROW(rl_muscle, FLOAT, physiology.member, #member, unit, meaning, __VA_ARGS__)
static const rl_option muscle_rows[] = {
    NAME(rl_muscle, name, "of the muscle"),
    FIBRE(f_max, "N", "greatest isometric force", 0.0, 1e-3, 1e6),
    FIBRE(l_opt, "m", "length of the fibre at which it is strongest; left out: from the path", 0.0, 1e-3,
          10.0),
    FIBRE(v_max, "l_opt/s", "fastest shortening", 12.0, 1e-3, 100.0),
    FIBRE(l_slack, "m", "length from which the tendon pulls; left out: from the path", 0.0, 1e-3, 10.0),
    FIBRE(tau_activation, "s", "lag of activation behind a greater excitation", 0.01, 1e-3, 1.0),
    FIBRE(tau_deactivation, "s", "behind a smaller one", 0.01, 1e-3, 1.0),
    FIBRE(slow_fibres, "", "share of slow-twitch fibres; for the metabolic rate only", 0.5, 0.0, 1.0),
    NUMBER(rl_muscle, delay, "s", "after which the muscle is felt; 0 or from 1 ms on", 0.0, 0.0, 1.0),
};
const rl_options rl_muscle_rows = RL_ROWS(muscle_rows);

static const rl_option arm_rows[] = {
    NAME(rl_moment_arm, joint, "that it turns"),
    NUMBER(rl_moment_arm, arm, "m", "greatest; positive: the muscle turns the joint counter-clockwise", 0.0,
           -1.0, 1.0),
    NUMBER(rl_moment_arm, max, "rad", "angle at which the arm is greatest; left out: it is always", NONE,
           -10.0, 10.0, .traits = RL_ROW_MAX),
    NUMBER(rl_moment_arm, reference, "rad", "angle at which the joint leaves the unit at l_opt + l_slack",
           0.0, -10.0, 10.0),
    NUMBER(rl_moment_arm, rho, "", "share of the way that the unit shortens", 1.0, 0.01, 10.0),
};
const rl_options rl_arm_rows = RL_ROWS(arm_rows);

static const rl_option point_rows[] = {
    NAME(rl_path_point, body, "that the point is on"),
    PLACE(rl_path_point, at, "at", "in the body's frame"),
};
const rl_options rl_point_rows = RL_ROWS(point_rows);

static const rl_option inhabitant_rows[] = {
    RL_ROW(rl_inhabitant, INTEGER, team, "team", "", "1, 2, ...: agents of one play together; 0: its own",
           0.0, 0.0, (double)RL_MAX_AGENTS),
    NUMBER(rl_inhabitant, x, "m", "where the middle of its trunk starts", 0.0, -DISTANCE, DISTANCE),
    RL_ROW(rl_inhabitant, BOOLEAN, turned, "turned", "", "it looks back along x, and all of it is mirrored",
           0.0, 0.0, 1.0),
    RL_ROW(rl_inhabitant, BOOLEAN, leaves, "leaves", "", "the world when it has ended; false: it stays, limp",
           0.0, 0.0, 1.0),
    RL_ROW(rl_inhabitant, BOOLEAN, walks, "walks", "", "it has the reward of its creature", 0.0, 0.0, 1.0),
};
const rl_options rl_inhabitant_rows = RL_ROWS(inhabitant_rows);

static const rl_option sight_rows[] = {
    NAME(rl_sight, of, "the agent or loose body that is seen"),
    NAME(rl_sight, body, "of the agent; left out: its trunk"),
};
const rl_options rl_sight_rows = RL_ROWS(sight_rows);

static const rl_option loose_rows[] = {
    NUMBER(rl_loose, x, "m", "of its origin", 0.0, -DISTANCE, DISTANCE),
    NUMBER(rl_loose, y, "m", "of its origin, above the ground below it", 0.0, 0.0, DISTANCE),
    NUMBER(rl_loose, angle, "rad", "counter-clockwise", 0.0, -PI, PI),
    NUMBER(rl_loose, vx, "m/s", "", 0.0, -SPEED, SPEED),
    NUMBER(rl_loose, vy, "m/s", "", 0.0, -SPEED, SPEED),
};
const rl_options rl_loose_rows = RL_ROWS(loose_rows);

const rl_part rl_parts[RL_PARTS] = {
    {"creature", &rl_creature_rows, sizeof(rl_creature)},
    {"head", &rl_head_rows, sizeof(rl_creature)},
    {"start", &rl_start_rows, sizeof(rl_initial_state)},
    {"start_angle", &all_start_angle_rows, sizeof(rl_joint_angle)},
    {"body", &rl_body_rows, sizeof(rl_body)},
    {"shape", &rl_shape_rows, sizeof(rl_shape)},
    {"joint", &rl_joint_rows, sizeof(rl_joint)},
    {"soft", &rl_soft_rows, sizeof(rl_joint)},
    {"motor", &rl_motor_rows, sizeof(rl_motor)},
    {"muscle", &rl_muscle_rows, sizeof(rl_muscle)},
    {"arm", &rl_arm_rows, sizeof(rl_moment_arm)},
    {"point", &rl_point_rows, sizeof(rl_path_point)},
    {"transitions", &rl_transition_rows, sizeof(rl_controller)},
    {"reflex", &rl_reflex_rows, sizeof(rl_reflex)},
    {"term", &rl_term_rows, sizeof(rl_term)},
    {"condition", &rl_condition_rows, sizeof(rl_condition)},
    {"feature", &rl_feature_rows, sizeof(rl_feature)},
    {"target", &rl_target_rows, sizeof(rl_feature)},
    {"follower", &rl_follower_rows, sizeof(rl_follower)},
    {"primitive", &rl_primitive_rows, sizeof(rl_primitive)},
};

rl_body rl_body_defaults(void) {
  rl_body body = {.n_shapes = 0};
  rl_options_defaults(rl_options_of(rl_body_rows, 0), &body);
  return body;
}

rl_muscle rl_muscle_defaults(void) {
  rl_muscle muscle = {.n_points = 0};
  rl_options_defaults(rl_muscle_rows, &muscle);
  return muscle;
}
