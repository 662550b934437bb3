/* Which bodies are refused in a search over bodies; see feasible.h. */
#include "creature/feasible.h"

#include "base/memory.h"
#include "creature/creature_model.h"
#include "creature/gap.h"

#include <math.h>
#include <string.h>

static const double JOINT_MARGIN = 0.05, OVERLAP = 0.01; /* m */
static const double ROUNDING = 1e-6;                     /* m, of places in single precision */
static const double FOOT_MARGIN = 1e-3;                  /* m */
static const double RAISED =
    0.05; /* m above the lowest foot: one that may touch the ground, but stands not on it */
static const double LEAST_DENSITY = 10.0, GREATEST_DENSITY = 3000.0;
static const double GREATEST_TORQUE = 2.0; /* weights on Earth times standing height */
static const double GREATEST_SHARE = 0.5;
static const double EARTH = 9.81; /* m/s^2 */

/* What is checked, standing. */
typedef struct stance {
  rl_model model;
  rl_pose poses[RL_MAX_PARTS];
} stance;

static const rl_body *body_at(const stance *s, int i) { return &s->model.creature.bodies[i]; }

/* The least gap between the shapes of a body and a core. */
static double gap_to(const stance *s, int i, const rl_core *core) {
  double least = INFINITY;
  for (int j = 0; j < body_at(s, i)->n_shapes; j++) {
    const rl_core shape = rl_core_at(&body_at(s, i)->shapes[j], s->poses[i]);
    least = fmin(least, rl_core_gap(&shape, core));
  }
  return least;
}

static double gap_between(const stance *s, int a, int b) {
  double least = INFINITY;
  for (int j = 0; j < body_at(s, b)->n_shapes; j++) {
    const rl_core shape = rl_core_at(&body_at(s, b)->shapes[j], s->poses[b]);
    least = fmin(least, gap_to(s, a, &shape));
  }
  return least;
}

static rl_core joint_core(const stance *s, int i) {
  const rl_point hinge = rl_pose_apply(s->poses[i], body_at(s, i)->joint.from);
  return (rl_core){.n = 1, .points = {{hinge.x, hinge.y}}};
}

static rl_status check_joint(const stance *s, int i, rl_error *error) {
  const rl_core hinge = joint_core(s, i);
  const int bodies[] = {s->model.parent[i], i};
  for (int k = 0; k < 2; k++) {
    const double gap = gap_to(s, bodies[k], &hinge);
    if (gap > JOINT_MARGIN + ROUNDING)
      return rl_fail(
          error, RL_BAD_ARGUMENT, "creature %s: joint %s: it is %.3g m outside of body %s; at most %g m",
          s->model.creature.name, body_at(s, i)->joint.name, gap, body_at(s, bodies[k])->name, JOINT_MARGIN);
  }
  return RL_OK;
}

static rl_status check_overlap(const stance *s, int i, rl_error *error) {
  const int parent = s->model.parent[i];
  for (int above = s->model.parent[parent]; above >= 0; above = s->model.parent[above]) {
    if (rl_anatomy_leg(body_at(s, i)->name) != rl_anatomy_leg(body_at(s, above)->name)) continue;
    const double gap = gap_between(s, i, above);
    if (gap < -OVERLAP)
      return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: bodies %s and %s overlap by %.3g m, standing",
                     s->model.creature.name, body_at(s, above)->name, body_at(s, i)->name, -gap);
  }
  return RL_OK;
}

static double lowest(const stance *s, int i) {
  double least = INFINITY;
  for (int j = 0; j < body_at(s, i)->n_shapes; j++) {
    const rl_core core = rl_core_at(&body_at(s, i)->shapes[j], s->poses[i]);
    for (int k = 0; k < core.n; k++) least = fmin(least, (double)core.points[k][1] - (double)core.radius);
  }
  return least;
}

static rl_status check_foot(const stance *s, int foot, rl_error *error) {
  const rl_creature *creature = &s->model.creature;
  double least = INFINITY;
  for (int f = 0; f < creature->n_feet; f++) least = fmin(least, lowest(s, s->model.foot[f]));
  if (lowest(s, foot) > least + RAISED) return RL_OK; /* a tail, a hand */
  const int parent = s->model.parent[foot];
  for (int i = 0; i < creature->n_bodies; i++)
    if (!s->model.is_foot[i] && lowest(s, i) < lowest(s, foot) - FOOT_MARGIN)
      return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: body %s reaches lower than foot %s, standing",
                     creature->name, body_at(s, i)->name, body_at(s, foot)->name);
  if (parent <= 0) return RL_OK;
  const float above =
      joint_core(s, foot).points[0][1] - joint_core(s, parent).points[0][1]; /* ankle against knee */
  if ((double)above > FOOT_MARGIN)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: foot %s: its joint %s is %.3g m above joint %s",
                   creature->name, body_at(s, foot)->name, body_at(s, foot)->joint.name, (double)above,
                   body_at(s, parent)->joint.name);
  return RL_OK;
}

static rl_status check_density(const stance *s, int i, rl_error *error) {
  double area = 0.0;
  for (int j = 0; j < body_at(s, i)->n_shapes; j++) area += rl_shape_moments(&body_at(s, i)->shapes[j]).area;
  const double density = (double)s->model.mass[i] / area;
  if (density >= LEAST_DENSITY && density <= GREATEST_DENSITY) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: body %s: density %.4g kg/m^2 is outside [%g, %g]",
                 s->model.creature.name, body_at(s, i)->name, density, LEAST_DENSITY, GREATEST_DENSITY);
}

/* m: from the ground to the highest point. */
static double stature(const stance *s) {
  double highest = -INFINITY, least = INFINITY;
  for (int i = 0; i < s->model.creature.n_bodies; i++) {
    least = fmin(least, lowest(s, i));
    for (int j = 0; j < body_at(s, i)->n_shapes; j++) {
      const rl_core core = rl_core_at(&body_at(s, i)->shapes[j], s->poses[i]);
      for (int k = 0; k < core.n; k++)
        highest = fmax(highest, (double)core.points[k][1] + (double)core.radius);
    }
  }
  return highest - least;
}

static rl_status check_motors(const stance *s, rl_error *error) {
  const rl_creature *creature = &s->model.creature;
  const double greatest = GREATEST_TORQUE * (double)s->model.total_mass * EARTH * stature(s);
  for (int m = 0; m < creature->n_motors; m++)
    if ((double)creature->motors[m].torque > greatest)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: motor on %s: torque %.4g N m is above %.4g, %g times weight by height",
                     creature->name, creature->motors[m].joint, (double)creature->motors[m].torque, greatest,
                     GREATEST_TORQUE);
  return RL_OK;
}

static rl_status check_muscles(const stance *s, rl_error *error) {
  const rl_creature *creature = &s->model.creature;
  double mass = 0.0;
  for (int m = 0; m < creature->n_muscles; m++)
    mass += (double)rl_muscle_mass(&creature->muscles[m].physiology);
  if (mass <= GREATEST_SHARE * (double)s->model.total_mass) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "creature %s: its muscles weigh %.4g kg, more than %g of all %.4g kg; less f_max or l_opt",
                 creature->name, mass, GREATEST_SHARE, (double)s->model.total_mass);
}

static rl_status check(const stance *s, rl_error *error) {
  const rl_creature *creature = &s->model.creature;
  rl_status status = RL_OK;
  for (int i = 1; !status && i < creature->n_bodies; i++) status = check_joint(s, i, error);
  for (int i = 1; !status && i < creature->n_bodies; i++) status = check_overlap(s, i, error);
  for (int f = 0; !status && f < creature->n_feet; f++) status = check_foot(s, s->model.foot[f], error);
  for (int i = 0; !status && i < creature->n_bodies; i++) status = check_density(s, i, error);
  if (!status) status = check_motors(s, error);
  return status ? status : check_muscles(s, error);
}

rl_status rl_creature_feasible(const rl_creature *creature, rl_error *error) {
  stance *s = rl_allocate(1, sizeof *s);
  rl_creature *complete = rl_allocate(1, sizeof *complete);
  rl_status status =
      s && complete ? RL_OK : rl_fail(error, RL_NO_MEMORY, "creature %.31s: out of memory", creature->name);
  if (!status) status = rl_creature_check(creature, complete, error);
  if (!status) {
    rl_model_make(&s->model, complete);
    rl_creature_stand(&s->model.creature, NULL, s->poses);
    status = check(s, error);
  }
  rl_release(complete);
  rl_release(s);
  return status;
}
