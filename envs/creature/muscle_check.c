/* The check of muscles; see muscle_check.h. */
#include "creature/muscle_check.h"

#include "creature/check_part.h"
#include "creature/creature_model.h"
#include "creature/muscle_path.h"

#include <stdio.h>
#include <string.h>

static const float LEAST_LENGTH = 1e-3f; /* m, of a path and of a tendon */
static const float LEAST_DELAY = 1e-3f;  /* s: a step of physics */

/* --- names and symmetry --- */

static rl_status check_count(const rl_creature *c, const rl_muscle *muscle, const char *what, int n, int room,
                             rl_error *error) {
  if (n >= 0 && n <= room) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: muscle %s: %d %s; there is room for %d", c->name,
                 muscle->name, n, what, room);
}

rl_status rl_check_muscle_names(const rl_creature *c, rl_error *error) {
  if (c->n_muscles < 0 || c->n_muscles > RL_MAX_MUSCLES)
    return rl_too_many(c, "muscles", c->n_muscles, RL_MAX_MUSCLES, error);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < c->n_muscles; i++) {
    const rl_muscle *muscle = &c->muscles[i];
    status = rl_check_name(c, muscle->name, "muscle", i, error);
    if (!status) status = check_count(c, muscle, "points", muscle->n_points, RL_MAX_POINTS, error);
    if (!status) status = check_count(c, muscle, "moment arms", muscle->n_arms, RL_MAX_ARMS, error);
    for (int k = 0; !status && k < muscle->n_points; k++)
      status = rl_check_name(c, muscle->path[k].body, "the body of a muscle's point", k, error);
    for (int k = 0; !status && k < muscle->n_arms; k++)
      status = rl_check_name(c, muscle->arms[k].joint, "the joint of a muscle's arm", k, error);
  }
  return status;
}

rl_status rl_mirror_muscles(rl_creature *c, rl_error *error) {
  const int n = c->n_muscles;
  for (int i = 0; i < n; i++) {
    if (!rl_is_left(c->muscles[i].name)) continue;
    if (c->n_muscles == RL_MAX_MUSCLES)
      return rl_too_many(c, "muscles with the mirrored ones", c->n_muscles + 1, RL_MAX_MUSCLES, error);
    rl_muscle *copy = &c->muscles[c->n_muscles++];
    *copy = c->muscles[i];
    rl_mirror_name(copy->name);
    for (int k = 0; k < copy->n_points; k++) rl_mirror_name(copy->path[k].body);
    for (int k = 0; k < copy->n_arms; k++) rl_mirror_name(copy->arms[k].joint);
  }
  return RL_OK;
}

/* --- moment arms --- */

static rl_status check_arm(const rl_creature *c, const rl_muscle *muscle, int k, const char *where,
                           rl_error *error) {
  const rl_moment_arm *arm = &muscle->arms[k];
  char part[RL_WHERE];
  if (rl_creature_find_joint(c, arm->joint) < 0) {
    snprintf(part, sizeof part, "muscle %s", muscle->name);
    return rl_unknown_joint(c, part, arm->joint, error);
  }
  for (int other = 0; other < k; other++)
    if (strcmp(muscle->arms[other].joint, arm->joint) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: there are two arms on joint %s", where, arm->joint);
  snprintf(part, sizeof part, "creature %s: muscle %s: arm on %s", c->name, muscle->name, arm->joint);
  if (arm->arm == 0.0f) return rl_fail(error, RL_BAD_ARGUMENT, "%s: 0 m, it would turn nothing", part);
  return rl_options_check_part(rl_arm_rows, arm, part, error);
}

/* --- paths --- */

static rl_status check_path(const rl_creature *c, const rl_muscle *muscle, const char *where,
                            rl_error *error) {
  int bodies[RL_MAX_POINTS];
  bool moves = false;
  char part[RL_WHERE];
  if (muscle->n_points == 0 && muscle->n_arms > 0) return RL_OK;
  if (muscle->n_points < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: a path of %d points; it needs 2 at least, or moment arms on joints", where,
                   muscle->n_points);
  for (int k = 0; k < muscle->n_points; k++) {
    const rl_path_point *point = &muscle->path[k];
    snprintf(part, sizeof part, "muscle %s: point %d", muscle->name, k + 1);
    bodies[k] = rl_creature_find_body(c, point->body);
    if (bodies[k] < 0) return rl_unknown_body(c, part, point->body, error);
    snprintf(part, sizeof part, "creature %s: muscle %s: point %d", c->name, muscle->name, k + 1);
    rl_status status = rl_options_check_part(rl_point_rows, point, part, error);
    if (status) return status;
    moves = moves || bodies[k] != bodies[0];
  }
  if (muscle->n_arms > 0) return RL_OK; /* only drawn */
  if (!moves)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its path stays on body %s, so it would move nothing", where,
                   c->bodies[bodies[0]].name);
  return RL_OK;
}

/* --- fibre and tendon against the path --- */

/* Gives the lengths that the description leaves out; see rl_muscle. */
static rl_status size(const rl_creature *c, rl_muscle *muscle, const char *where, rl_error *error) {
  rl_physiology *p = &muscle->physiology;
  if (muscle->n_arms > 0 || !(p->l_opt >= 0.0f) || !(p->l_slack >= 0.0f)) return RL_OK;
  const rl_path_range path = rl_muscle_path_range(c, muscle);
  if (path.longest < LEAST_LENGTH)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its path has no length; set its points apart", where);
  if (p->l_slack >= path.longest)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: l_slack %g m is longer than its longest path, %g m: it would never pull", where,
                   (double)p->l_slack, (double)path.longest);
  if (p->l_opt == 0.0f && p->l_slack == 0.0f)
    p->l_opt = (path.longest - path.shortest) / (RL_LONGEST_FIBRE - RL_SHORTEST_FIBRE);
  else if (p->l_opt == 0.0f)
    p->l_opt = (path.longest - p->l_slack) / RL_LONGEST_FIBRE;
  if (p->l_slack != 0.0f) return RL_OK;
  p->l_slack = path.longest - RL_LONGEST_FIBRE * p->l_opt;
  if (p->l_slack >= LEAST_LENGTH) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s: its path is %g to %g m long; fibres of l_opt %g m leave no room for a tendon", where,
                 (double)path.shortest, (double)path.longest, (double)p->l_opt);
}

static rl_status check_muscle(const rl_creature *c, rl_muscle *muscle, const char *where, rl_error *error) {
  for (const rl_muscle *other = c->muscles; other < muscle; other++)
    if (strcmp(muscle->name, other->name) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: there are two of that name", where);
  if (muscle->delay > 0.0f && muscle->delay < LEAST_DELAY)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: delay %g s is below a step of physics (%g s); 0 is none",
                   where, (double)muscle->delay, (double)LEAST_DELAY);
  rl_status status = RL_OK;
  for (int k = 0; !status && k < muscle->n_arms; k++) status = check_arm(c, muscle, k, where, error);
  if (!status) status = check_path(c, muscle, where, error);
  if (!status) status = size(c, muscle, where, error);
  return status ? status : rl_options_check_part(rl_muscle_rows, muscle, where, error);
}

rl_status rl_check_muscles(rl_creature *c, rl_error *error) {
  char where[RL_WHERE];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < c->n_muscles; i++) {
    snprintf(where, sizeof where, "creature %s: muscle %s", c->name, c->muscles[i].name);
    status = check_muscle(c, &c->muscles[i], where, error);
  }
  return status;
}
