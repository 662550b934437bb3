/* Checks a creature's description and carries out its symmetry; see creature.h. Everything that Box2D would
 * answer with the end of the process, and everything that would quietly build another animal than the one
 * meant, is refused here by name. */
#include "creature/check_part.h"
#include "creature/creature_model.h"
#include "creature/creature_primitives.h"
#include "creature/muscle_check.h"
#include "creature/reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float GREATEST_DISTANCE = 100.0f;               /* m */
static const float LEAST_MASS = 1e-3f, GREATEST_MASS = 1e6f; /* kg */
static const float LEAST_GYRATION = 1e-3f;                   /* m: radius of gyration */
static const float NEAR_GROUND = 0.1f;                       /* m above it */
static const float GREATEST_SINKING = 1e-3f; /* m that a standing creature may reach below the ground */

/* --- symmetry --- */

/* Copies of the left parts go after all the others, in the same order. */
static rl_status mirror(rl_creature *c, rl_error *error) {
  const int n_bodies = c->n_bodies, n_motors = c->n_motors, n_feet = c->n_feet;
  for (int i = 0; i < n_bodies; i++) {
    if (!rl_is_left(c->bodies[i].name)) continue;
    if (c->n_bodies == RL_MAX_PARTS)
      return rl_too_many(c, "bodies with the mirrored ones", c->n_bodies + 1, RL_MAX_PARTS, error);
    rl_body *copy = &c->bodies[c->n_bodies++];
    *copy = c->bodies[i];
    rl_mirror_name(copy->name);
    rl_mirror_name(copy->joint.parent);
    if (!copy->is_root && !rl_is_left(copy->joint.name))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: joint %s: its body %s is mirrored, so its name must end in _l too",
                     c->name, copy->joint.name, c->bodies[i].name);
    rl_mirror_name(copy->joint.name);
  }
  for (int i = 0; i < n_motors; i++) {
    if (!rl_is_left(c->motors[i].joint)) continue;
    if (c->n_motors == RL_MAX_PARTS)
      return rl_too_many(c, "motors with the mirrored ones", c->n_motors + 1, RL_MAX_PARTS, error);
    rl_motor *copy = &c->motors[c->n_motors++];
    *copy = c->motors[i];
    rl_mirror_name(copy->joint);
  }
  for (int i = 0; i < n_feet; i++) {
    if (!rl_is_left(c->feet[i])) continue;
    if (c->n_feet == RL_MAX_PARTS)
      return rl_too_many(c, "feet with the mirrored ones", c->n_feet + 1, RL_MAX_PARTS, error);
    memcpy(c->feet[c->n_feet], c->feet[i], RL_NAME);
    rl_mirror_name(c->feet[c->n_feet++]);
  }
  c->symmetric = false;
  return rl_mirror_muscles(c, error);
}

/* --- names --- */

/* Before symmetry looks at any name: all of them end, and the counts fit. */
static rl_status check_names(const rl_creature *c, rl_error *error) {
  if (!memchr(c->name, '\0', RL_NAME) || !c->name[0])
    return rl_fail(error, RL_BAD_ARGUMENT, "creature: it needs a name of at most %d characters", RL_NAME - 1);
  if (!memchr(c->trunk, '\0', RL_NAME) || !memchr(c->head, '\0', RL_NAME))
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: trunk or head: name is longer than %d characters",
                   c->name, RL_NAME - 1);
  if (c->n_bodies < 1) return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: no bodies", c->name);
  if (c->n_motors < 1 && c->n_muscles < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: no motors and no muscles, so there is no action",
                   c->name);
  if (c->n_feet < 1)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "creature %s: no feet; the bodies that may touch the ground are feet", c->name);
  if (c->n_bodies > RL_MAX_PARTS) return rl_too_many(c, "bodies", c->n_bodies, RL_MAX_PARTS, error);
  if (c->n_motors > RL_MAX_PARTS) return rl_too_many(c, "motors", c->n_motors, RL_MAX_PARTS, error);
  if (c->n_feet > RL_MAX_PARTS) return rl_too_many(c, "feet", c->n_feet, RL_MAX_PARTS, error);
  if (c->start.n_angles > RL_MAX_PARTS)
    return rl_too_many(c, "joints in start", c->start.n_angles, RL_MAX_PARTS, error);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < c->n_bodies; i++) {
    const rl_body *body = &c->bodies[i];
    status = rl_check_name(c, body->name, "body", i, error);
    if (body->is_root) continue;
    if (!status) status = rl_check_name(c, body->joint.name, "the joint of body", i, error);
    if (!status) status = rl_check_name(c, body->joint.parent, "the parent of body", i, error);
  }
  for (int i = 0; !status && i < c->n_motors; i++)
    status = rl_check_name(c, c->motors[i].joint, "the joint of motor", i, error);
  for (int i = 0; !status && i < c->n_feet; i++) status = rl_check_name(c, c->feet[i], "foot", i, error);
  for (int i = 0; !status && i < c->start.n_angles; i++)
    status = rl_check_name(c, c->start.angles[i].joint, "start: joint", i, error);
  return status ? status : rl_check_muscle_names(c, error);
}

/* --- numbers --- */

static rl_status check_mass(const rl_body *body, const char *where, rl_error *error) {
  if (body->mass <= 0.0f && body->density <= 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: neither mass nor density is given", where);
  float mass = body->mass;
  if (mass <= 0.0f)
    for (int i = 0; i < body->n_shapes; i++)
      mass += body->density * (float)rl_shape_moments(&body->shapes[i]).area;
  rl_status status = rl_check_number(mass, LEAST_MASS, GREATEST_MASS, "mass", "kg", where, error);
  if (status || body->inertia == 0.0f) return status; /* inertia 0: from the shapes */
  return rl_check_number(body->inertia, mass * LEAST_GYRATION * LEAST_GYRATION,
                         mass * GREATEST_DISTANCE * GREATEST_DISTANCE, "inertia", "kg m^2", where, error);
}

rl_status rl_check_body(const rl_body *body, const char *where, rl_error *error) {
  char part[RL_WHERE + 24];
  if (body->n_shapes < 1 || body->n_shapes > RL_MAX_SHAPES)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d shapes; a body has 1 to %d", where, body->n_shapes,
                   RL_MAX_SHAPES);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < body->n_shapes; i++) {
    snprintf(part, sizeof part, "%s: shape %d", where, i + 1);
    status = rl_shape_check(&body->shapes[i], body->n_shapes == 1 ? where : part, error);
  }
  if (!status) status = rl_options_check_part(rl_body_rows, body, where, error);
  return status ? status : check_mass(body, where, error);
}

static rl_status check_body(const rl_creature *c, const rl_body *body, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: body %s", c->name, body->name);
  return rl_check_body(body, where, error);
}

static rl_status check_soft_stops(const rl_creature *c, const rl_joint *joint, const char *where,
                                  rl_error *error) {
  char part[RL_WHERE + 8];
  snprintf(part, sizeof part, "%s: soft", where);
  rl_status status = rl_options_check_part(rl_soft_rows, joint, part, error);
  if (status || joint->soft_stiffness <= 0.0f) return status;
  status = rl_check_number(joint->soft_lower, joint->lower, joint->upper, "lower", "rad", part, error);
  if (!status)
    status = rl_check_number(joint->soft_upper, joint->soft_lower, joint->upper, "upper", "rad", part, error);
  if (status) return status;
  for (int i = 0; i < c->n_motors; i++)
    if (strcmp(c->motors[i].joint, joint->name) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "%s: it has soft stops and a motor; only one of them is possible", where);
  return RL_OK;
}

static rl_status check_joint(const rl_creature *c, const rl_joint *joint, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: joint %s", c->name, joint->name);
  rl_status status = rl_options_check_part(rl_joint_rows, joint, where, error);
  if (status) return status;
  if (joint->lower > joint->upper)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: upper limit %g is below lower limit %g", where,
                   (double)joint->upper, (double)joint->lower);
  if (joint->lower > 0.0f || joint->upper < 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: limits [%g, %g] do not include 0, the standing pose", where,
                   (double)joint->lower, (double)joint->upper);
  return check_soft_stops(c, joint, where, error);
}

static rl_status check_motor(const rl_creature *c, const rl_motor *motor, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: motor on %s", c->name, motor->joint);
  if (motor->torque == 0.0f || motor->speed == 0.0f)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s: a motor needs torque (the greatest, N m) and speed (rad/s, at which it stops pushing); "
        "there is no %s",
        where, motor->torque == 0.0f ? "torque" : "speed");
  return rl_options_check_part(rl_motor_rows, motor, where, error);
}

static rl_status check_start_angles(const rl_creature *c, rl_error *error) {
  for (int i = 0; i < c->start.n_angles; i++) {
    const rl_joint_angle *start = &c->start.angles[i];
    const int body = rl_creature_find_joint(c, start->joint);
    if (body < 0) return rl_unknown_joint(c, "start", start->joint, error);
    for (int j = 0; j < i; j++)
      if (strcmp(start->joint, c->start.angles[j].joint) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: start: joint %s: named twice", c->name,
                       start->joint);
    char where[RL_WHERE];
    const rl_joint *joint = &c->bodies[body].joint;
    snprintf(where, sizeof where, "creature %s: start: joint %s", c->name, start->joint);
    rl_status status =
        rl_check_number(start->angle, joint->lower, joint->upper, "angle", "rad", where, error);
    if (status) return status;
  }
  return RL_OK;
}

static rl_status check_numbers(const rl_creature *c, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s", c->name);
  rl_status status = rl_options_check_part(rl_creature_rows, c, where, error);
  if (!status && c->clock != 0.0f)
    status = rl_check_number(c->clock, 0.02f, 100.0f, "clock", "s", where, error);
  snprintf(where, sizeof where, "creature %s: head", c->name);
  if (!status) status = rl_options_check_part(rl_head_rows, c, where, error);
  for (int i = 0; !status && i < c->n_bodies; i++) {
    status = check_body(c, &c->bodies[i], error);
    if (!status && !c->bodies[i].is_root) status = check_joint(c, &c->bodies[i].joint, error);
  }
  for (int i = 0; !status && i < c->n_motors; i++) status = check_motor(c, &c->motors[i], error);
  snprintf(where, sizeof where, "creature %s: start", c->name);
  if (!status) status = rl_options_check_part(rl_start_rows, &c->start, where, error);
  return status ? status : check_start_angles(c, error);
}

/* --- the tree --- */

static rl_status check_unique(const rl_creature *c, rl_error *error) {
  for (int i = 0; i < c->n_bodies; i++) {
    for (int j = 0; j < i; j++) {
      const rl_body *a = &c->bodies[i], *b = &c->bodies[j];
      if (strcmp(a->name, b->name) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: body %s: there are two of that name", c->name,
                       a->name);
      if (!a->is_root && !b->is_root && strcmp(a->joint.name, b->joint.name) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: joint %s: there are two of that name", c->name,
                       a->joint.name);
    }
  }
  for (int i = 0; i < c->n_motors; i++)
    for (int j = 0; j < i; j++)
      if (strcmp(c->motors[i].joint, c->motors[j].joint) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motor on %s: there are two", c->name,
                       c->motors[i].joint);
  for (int i = 0; i < c->n_feet; i++)
    for (int j = 0; j < i; j++)
      if (strcmp(c->feet[i], c->feet[j]) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: foot %s: named twice", c->name, c->feet[i]);
  return RL_OK;
}

static rl_status check_roles(rl_creature *c, const char *root, rl_error *error) {
  if (!c->trunk[0]) memcpy(c->trunk, root, RL_NAME);
  if (!c->head[0]) memcpy(c->head, c->trunk, RL_NAME);
  if (rl_creature_find_body(c, c->trunk) < 0) return rl_unknown_body(c, "trunk", c->trunk, error);
  if (rl_creature_find_body(c, c->head) < 0) return rl_unknown_body(c, "head", c->head, error);
  for (int i = 0; i < c->n_feet; i++)
    if (rl_creature_find_body(c, c->feet[i]) < 0) return rl_unknown_body(c, "feet", c->feet[i], error);
  for (int i = 0; i < c->n_motors; i++)
    if (rl_creature_find_joint(c, c->motors[i].joint) < 0)
      return rl_unknown_joint(c, "motor", c->motors[i].joint, error);
  return RL_OK;
}

static rl_status check_root(const rl_creature *c, const char **root, rl_error *error) {
  *root = NULL;
  for (int i = 0; i < c->n_bodies; i++) {
    if (!c->bodies[i].is_root) continue;
    if (*root)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: bodies %s and %s are both without a joint; one is the root", c->name,
                     *root, c->bodies[i].name);
    *root = c->bodies[i].name;
  }
  if (!*root)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "creature %s: every body has a joint; one must be the root, without", c->name);
  return RL_OK;
}

/* Brings parents before their children, otherwise keeping the order. What is left over hangs on a cycle. */
static rl_status sort_tree(rl_creature *c, rl_error *error) {
  for (int placed = 0; placed < c->n_bodies; placed++) {
    int next = placed;
    for (; next < c->n_bodies; next++) {
      const rl_body *body = &c->bodies[next];
      if (body->is_root) break;
      const int parent = rl_creature_find_body(c, body->joint.parent);
      if (parent < 0) {
        char part[RL_WHERE];
        snprintf(part, sizeof part, "joint %s: parent", body->joint.name);
        return rl_unknown_body(c, part, body->joint.parent, error);
      }
      if (parent < placed) break;
    }
    if (next == c->n_bodies)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: joint %s: its chain of parents is a cycle, it never reaches the root",
                     c->name, c->bodies[placed].joint.name);
    const rl_body moved = c->bodies[next];
    memmove(&c->bodies[placed + 1], &c->bodies[placed], (size_t)(next - placed) * sizeof(rl_body));
    c->bodies[placed] = moved;
  }
  return RL_OK;
}

/* Height above the ground of the lowest point of a standing body. */
static float lowest_point(const rl_body *body, rl_pose pose) {
  float lowest = INFINITY;
  for (int j = 0; j < body->n_shapes; j++) {
    const rl_core core = rl_shape_core(&body->shapes[j]);
    for (int k = 0; k < core.n; k++)
      lowest = fminf(lowest, rl_pose_apply(pose, core.points[k]).y - core.radius);
  }
  return lowest;
}

static bool is_foot(const rl_creature *c, const char *body) {
  for (int i = 0; i < c->n_feet; i++)
    if (strcmp(c->feet[i], body) == 0) return true;
  return false;
}

const char *rl_creature_falls_on(const rl_creature *complete) {
  const rl_creature *c = complete;
  if (c->start.n_angles > 0 || c->motion) return NULL; /* it begins in another posture */
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(c, NULL, poses);
  float foot = INFINITY, other = INFINITY;
  const char *name = NULL;
  for (int i = 0; i < c->n_bodies; i++) {
    const float height = lowest_point(&c->bodies[i], poses[i]);
    if (is_foot(c, c->bodies[i].name)) {
      foot = fminf(foot, height);
    } else if (height < other) {
      other = height;
      name = c->bodies[i].name;
    }
  }
  const bool stands = other <= NEAR_GROUND; /* of who is dropped it is not known what comes down first */
  return stands && other < foot - GREATEST_SINKING ? name : NULL;
}

static rl_status check_standing(const rl_creature *c, rl_error *error) {
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(c, NULL, poses);
  int lowest = 0;
  for (int i = 1; i < c->n_bodies; i++)
    if (lowest_point(&c->bodies[i], poses[i]) < lowest_point(&c->bodies[lowest], poses[lowest])) lowest = i;
  const float height = lowest_point(&c->bodies[lowest], poses[lowest]);
  if (height >= -GREATEST_SINKING) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "creature %s: body %s: stands %.3g m below the ground: give it a position of {%.4g, %.4g}",
                 c->name, c->bodies[lowest].name, -(double)height, (double)c->position[0],
                 ceil((double)(c->position[1] - height) * 1000.0) / 1000.0);
}

/* Of a creature that is otherwise complete: its parts, and for rules a foot on each leg. */
static rl_status check_controller(const rl_creature *c, rl_error *error) {
  if (!c->controller) return RL_OK;
  rl_status status = rl_primitives_check(c, error);
  if (status || (c->controller->n_primitives > 0 && !rl_controller_exists(c->controller))) return status;
  rl_anatomy_names names;
  const rl_anatomy anatomy = rl_creature_anatomy(c, &names);
  bool has_foot[2] = {false, false};
  for (int i = 0; i < c->n_feet; i++)
    if (rl_anatomy_leg(c->feet[i]) >= 0) has_foot[rl_anatomy_leg(c->feet[i])] = true;
  for (int leg = 0; leg < 2; leg++)
    if (!has_foot[leg])
      return rl_fail(
          error, RL_BAD_ARGUMENT,
          "creature %s: controller: no foot ends in %s; a gait needs one on the left and one on the "
          "right",
          c->name, leg == 0 ? "_l" : "_r");
  return rl_controller_check(c->controller, &anatomy, error);
}

rl_status rl_creature_check(const rl_creature *creature, rl_creature *complete, rl_error *error) {
  const char *root;
  *complete = *creature;
  rl_status status = check_names(complete, error);
  if (!status && complete->symmetric) status = mirror(complete, error);
  if (!status) status = check_unique(complete, error);
  if (!status) status = check_root(complete, &root, error);
  if (!status) status = check_roles(complete, root, error);
  if (!status) status = sort_tree(complete, error);
  if (!status) status = check_numbers(complete, error);
  if (!status) status = check_standing(complete, error);
  if (!status) status = rl_check_muscles(complete, error);
  if (!status) status = check_controller(complete, error);
  return status ? status : rl_motion_check(complete, error);
}
