#include "creature/muscle_path.h"

#include "creature/creature_model.h"

#include <math.h>

static float path_length(const rl_muscle *muscle, const int *bodies, const rl_pose *poses) {
  float length = 0.0f;
  rl_point from = rl_pose_apply(poses[bodies[0]], muscle->path[0].at);
  for (int k = 1; k < muscle->n_points; k++) {
    const rl_point to = rl_pose_apply(poses[bodies[k]], muscle->path[k].at);
    length += hypotf(to.x - from.x, to.y - from.y);
    from = to;
  }
  return length;
}

/* Marks the joints whose angle moves the two bodies against each other: on the way from either up the tree,
 * but not from both. Joint j carries body j + 1, whose parent comes before it. */
static void mark_between(const rl_creature *c, int a, int b, bool *joints) {
  while (a != b) {
    int *lower = a > b ? &a : &b;
    joints[*lower - 1] = true;
    *lower = rl_creature_find_body(c, c->bodies[*lower].joint.parent);
  }
}

/* Greatest length times sign of all postures. */
static float extreme(const rl_creature *c, const rl_muscle *muscle, const int *bodies, const bool *joints,
                     float sign) {
  enum { ANGLES = 17, SWEEPS = 2 };
  float angles[RL_MAX_PARTS] = {0.0f};
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(c, NULL, poses);
  float greatest = sign * path_length(muscle, bodies, poses);
  for (int i = 0; i < SWEEPS * (c->n_bodies - 1); i++) {
    const int j = i % (c->n_bodies - 1);
    if (!joints[j]) continue;
    const rl_joint *joint = &c->bodies[j + 1].joint;
    float best = angles[j];
    for (int k = 0; k < ANGLES; k++) {
      angles[j] = joint->lower + (joint->upper - joint->lower) * (float)k / (float)(ANGLES - 1);
      rl_creature_stand(c, angles, poses);
      const float length = sign * path_length(muscle, bodies, poses);
      if (length <= greatest) continue;
      greatest = length;
      best = angles[j];
    }
    angles[j] = best;
  }
  return greatest;
}

rl_path_range rl_muscle_path_range(const rl_creature *c, const rl_muscle *muscle) {
  int bodies[RL_MAX_POINTS];
  bool joints[RL_MAX_PARTS] = {false};
  for (int k = 0; k < muscle->n_points; k++) bodies[k] = rl_creature_find_body(c, muscle->path[k].body);
  for (int k = 1; k < muscle->n_points; k++) mark_between(c, bodies[k - 1], bodies[k], joints);
  return (rl_path_range){-extreme(c, muscle, bodies, joints, -1.0f),
                         extreme(c, muscle, bodies, joints, 1.0f)};
}
