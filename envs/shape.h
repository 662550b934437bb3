/* The geometry of a creature's shapes: whether one can be built, what it weighs, where it reaches. */
#ifndef RL_SHAPE_H
#define RL_SHAPE_H

#include "creature.h"

/* A shape is the convex hull of its core points, grown by a radius: box and polygon are points without
 * radius, a circle is one point, a capsule two. */
typedef struct rl_core {
  int n;
  float points[RL_MAX_VERTICES][2]; /* m, in the body's frame */
  float radius;
} rl_core;

/* Of a shape of density 1 kg/m^2. */
typedef struct rl_moments {
  double area;      /* m^2 */
  double center[2]; /* m */
  double inertia;   /* m^4 about `center` */
} rl_moments;

/* RL_BAD_ARGUMENT "`where`: fault" for what Box2D would not take: see rl_creature_check. */
rl_status rl_shape_check(const rl_shape *shape, const char *where, rl_error *error);

rl_core rl_shape_core(const rl_shape *shape);
rl_moments rl_shape_moments(const rl_shape *shape);
void rl_shape_draw(const rl_shape *shape, int body, const rl_scene *scene);

#endif
