/* Checks a creature's description and carries out its symmetry; see creature.h. Everything that Box2D would
 * answer with the end of the process, and everything that would quietly build another animal than the one
 * meant, is refused here by name. */
#include "creature/creature.h"

#include "creature/creature_check.h"
#include "creature/creature_model.h"
#include "physics/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float LEAST_MASS = 1e-3f, GREATEST_MASS = 1e6f; /* kg */
static const float GREATEST_DISTANCE = 100.0f;               /* m */
static const float LEAST_GYRATION = 1e-3f;                   /* m: radius of gyration */
static const float GREATEST_TORQUE = 1e6f, GREATEST_SPEED = 1e3f;
static const float GREATEST_TARGET = 20.0f;  /* m/s: range of the option target_speed */
static const float GREATEST_SINKING = 1e-3f; /* m that a standing creature may reach below the ground */
static const float GREATEST_FRICTION = 10.0f;

rl_body rl_body_defaults(void) { return (rl_body){.friction = 0.9f}; }

/* --- symmetry --- */

bool rl_is_left(const char *name) {
  const size_t length = strlen(name);
  return length > 2 && strcmp(name + length - 2, "_l") == 0;
}

void rl_mirror_name(char *name) {
  if (rl_is_left(name)) name[strlen(name) - 1] = 'r';
}

rl_status rl_too_many(const rl_creature *c, const char *what, int n, int room, rl_error *error) {
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %d %s; there is room for %d", c->name, n, what, room);
}

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

/* Names become parts of field names, which Lua reads as s.hip_l_angle. */
rl_status rl_check_name(const rl_creature *c, const char name[RL_NAME], const char *kind, int index,
                        rl_error *error) {
  if (!memchr(name, '\0', RL_NAME))
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %s %d: name is longer than %d characters", c->name,
                   kind, index + 1, RL_NAME - 1);
  if (!name[0])
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %s %d has no name", c->name, kind, index + 1);
  for (const char *p = name; *p; p++) {
    const bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
    if (!letter && !(p > name && *p >= '0' && *p <= '9'))
      return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %s \"%s\": a name is letters, digits and _",
                     c->name, kind, name);
  }
  return RL_OK;
}

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
  for (int i = 0; i < c->n_bodies; i++) {
    const rl_body *body = &c->bodies[i];
    if (rl_check_name(c, body->name, "body", i, error)) return RL_BAD_ARGUMENT;
    if (body->is_root) continue;
    if (rl_check_name(c, body->joint.name, "the joint of body", i, error)) return RL_BAD_ARGUMENT;
    if (rl_check_name(c, body->joint.parent, "the parent of body", i, error)) return RL_BAD_ARGUMENT;
  }
  for (int i = 0; i < c->n_motors; i++)
    if (rl_check_name(c, c->motors[i].joint, "the joint of motor", i, error)) return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->n_feet; i++)
    if (rl_check_name(c, c->feet[i], "foot", i, error)) return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->start.n_angles; i++)
    if (rl_check_name(c, c->start.angles[i].joint, "start: joint", i, error)) return RL_BAD_ARGUMENT;
  return rl_check_muscle_names(c, error);
}

/* --- numbers --- */

rl_status rl_check_number(float value, float least, float greatest, const char *what, const char *where,
                          rl_error *error) {
  if (!isfinite(value)) return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is not finite", where, what);
  if (value < least || value > greatest)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %g is outside [%g, %g]", where, what, (double)value,
                   (double)least, (double)greatest);
  return RL_OK;
}

rl_status rl_check_place(const float place[2], const char *what, const char *where, rl_error *error) {
  for (int i = 0; i < 2; i++)
    if (rl_check_number(place[i], -GREATEST_DISTANCE, GREATEST_DISTANCE, what, where, error))
      return RL_BAD_ARGUMENT;
  return RL_OK;
}

static rl_status check_mass(const rl_body *body, const char *where, rl_error *error) {
  if (!isfinite(body->mass) || !isfinite(body->density))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: mass or density is not finite", where);
  if (body->mass < 0.0f || body->density < 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %g is negative", where,
                   body->mass < 0.0f ? "mass" : "density",
                   body->mass < 0.0f ? (double)body->mass : (double)body->density);
  if (body->mass <= 0.0f && body->density <= 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: neither mass nor density is given", where);
  float mass = body->mass;
  if (mass <= 0.0f)
    for (int i = 0; i < body->n_shapes; i++)
      mass += body->density * (float)rl_shape_moments(&body->shapes[i]).area;
  if (rl_check_number(mass, LEAST_MASS, GREATEST_MASS, "mass in kg", where, error)) return RL_BAD_ARGUMENT;
  if (body->centered && rl_check_place(body->center, "center", where, error)) return RL_BAD_ARGUMENT;
  if (body->inertia == 0.0f) return RL_OK; /* from the shapes; NaN is not 0 */
  return rl_check_number(body->inertia, mass * LEAST_GYRATION * LEAST_GYRATION,
                         mass * GREATEST_DISTANCE * GREATEST_DISTANCE, "inertia in kg m^2", where, error);
}

static rl_status check_body(const rl_creature *c, const rl_body *body, rl_error *error) {
  char where[RL_WHERE], part[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: body %s", c->name, body->name);
  if (body->n_shapes < 1 || body->n_shapes > RL_MAX_SHAPES)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d shapes; a body has 1 to %d", where, body->n_shapes,
                   RL_MAX_SHAPES);
  for (int i = 0; i < body->n_shapes; i++) {
    if (body->n_shapes == 1)
      snprintf(part, sizeof part, "creature %s: body %s", c->name, body->name);
    else
      snprintf(part, sizeof part, "creature %s: body %s: shape %d", c->name, body->name, i + 1);
    if (rl_shape_check(&body->shapes[i], part, error)) return RL_BAD_ARGUMENT;
  }
  if (check_mass(body, where, error)) return RL_BAD_ARGUMENT;
  return rl_check_number(body->friction, 0.0f, GREATEST_FRICTION, "friction", where, error);
}

static rl_status check_soft_stops(const rl_creature *c, const rl_joint *joint, const char *where,
                                  rl_error *error) {
  if (rl_check_number(joint->soft_stiffness, 0.0f, GREATEST_TORQUE, "soft stiffness", where, error))
    return RL_BAD_ARGUMENT;
  if (joint->soft_stiffness <= 0.0f) return RL_OK;
  if (rl_check_number(joint->soft_lower, joint->lower, joint->upper, "soft lower", where, error) ||
      rl_check_number(joint->soft_upper, joint->soft_lower, joint->upper, "soft upper", where, error))
    return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->n_motors; i++)
    if (strcmp(c->motors[i].joint, joint->name) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "%s: it has soft stops and a motor; only one of them is possible", where);
  return RL_OK;
}

static rl_status check_joint(const rl_creature *c, const rl_joint *joint, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: joint %s", c->name, joint->name);
  if (rl_check_place(joint->at, "at", where, error)) return RL_BAD_ARGUMENT;
  if (rl_check_place(joint->from, "from", where, error)) return RL_BAD_ARGUMENT;
  if (!isfinite(joint->lower) || !isfinite(joint->upper) || !isfinite(joint->rest))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: a limit or the rest angle is not finite", where);
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
  if (!(motor->torque > 0.0f)) /* NaN too */
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: torque %g is not positive", where, (double)motor->torque);
  if (!(motor->speed > 0.0f))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: speed %g is not positive", where, (double)motor->speed);
  if (rl_check_number(motor->torque, 0.0f, GREATEST_TORQUE, "torque", where, error)) return RL_BAD_ARGUMENT;
  return rl_check_number(motor->speed, 0.0f, GREATEST_SPEED, "speed", where, error);
}

static rl_status check_start(const rl_creature *c, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s: start", c->name);
  if (rl_check_number(c->start.vx, -GREATEST_TARGET, GREATEST_TARGET, "vx", where, error))
    return RL_BAD_ARGUMENT;
  if (rl_check_number(c->start.vy, -GREATEST_TARGET, GREATEST_TARGET, "vy", where, error))
    return RL_BAD_ARGUMENT;
  return rl_check_number(c->start.lean, -3.1415927f, 3.1415927f, "lean", where, error);
}

static rl_status check_numbers(const rl_creature *c, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "creature %s", c->name);
  if (rl_check_place(c->position, "position", where, error)) return RL_BAD_ARGUMENT;
  if (rl_check_place(c->head_point, "head_point", where, error)) return RL_BAD_ARGUMENT;
  if (rl_check_number(c->target_speed, -GREATEST_TARGET, GREATEST_TARGET, "target_speed", where, error))
    return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->n_bodies; i++) {
    if (check_body(c, &c->bodies[i], error)) return RL_BAD_ARGUMENT;
    if (!c->bodies[i].is_root && check_joint(c, &c->bodies[i].joint, error)) return RL_BAD_ARGUMENT;
  }
  for (int i = 0; i < c->n_motors; i++)
    if (check_motor(c, &c->motors[i], error)) return RL_BAD_ARGUMENT;
  return check_start(c, error);
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

/* "creature X: PART: unknown KIND ..." with the nearest name and all that exist. */
static rl_status unknown(const rl_creature *c, const char *part, const char *kind, const char *name,
                         const char *const *names, size_t n, rl_error *error) {
  rl_error plain;
  rl_fail_unknown(&plain, kind, name, names, n);
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %s: %s", c->name, part, plain.message);
}

rl_status rl_unknown_body(const rl_creature *c, const char *part, const char *name, rl_error *error) {
  const char *names[RL_MAX_PARTS];
  for (int i = 0; i < c->n_bodies; i++) names[i] = c->bodies[i].name;
  return unknown(c, part, "body", name, names, (size_t)c->n_bodies, error);
}

rl_status rl_unknown_joint(const rl_creature *c, const char *part, const char *name, rl_error *error) {
  const char *names[RL_MAX_PARTS];
  size_t n = 0;
  for (int i = 0; i < c->n_bodies; i++)
    if (!c->bodies[i].is_root) names[n++] = c->bodies[i].joint.name;
  return unknown(c, part, "joint", name, names, n, error);
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
    if (rl_check_number(start->angle, joint->lower, joint->upper, "angle", where, error))
      return RL_BAD_ARGUMENT;
  }
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
  return check_start_angles(c, error);
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

static rl_status check_standing(const rl_creature *c, rl_error *error) {
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(c, NULL, poses);
  int lowest = 0;
  for (int i = 1; i < c->n_bodies; i++)
    if (lowest_point(&c->bodies[i], poses[i]) < lowest_point(&c->bodies[lowest], poses[lowest])) lowest = i;
  const float height = lowest_point(&c->bodies[lowest], poses[lowest]);
  if (height >= -GREATEST_SINKING) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: body %s: stands %.3g m below the ground", c->name,
                 c->bodies[lowest].name, -(double)height);
}

/* Of a creature that is otherwise complete: its parts, and a foot on each leg. */
static rl_status check_controller(const rl_creature *c, rl_error *error) {
  if (!c->controller) return RL_OK;
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
  return status;
}
