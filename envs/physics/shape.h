/* Shapes of bodies and their geometry: whether one can be built, what it weighs, where it reaches. */
#ifndef RL_SHAPE_H
#define RL_SHAPE_H

#include "env/env.h"

RL_C_BEGIN

enum { RL_MAX_VERTICES = 8 };

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

/* Kind, centre and sizes; the traits of a row are 1 << the kinds that have it. */
extern const rl_options rl_shape_rows;

/* RL_BAD_ARGUMENT "`where`: fault" for what Box2D would not take: see rl_creature_check. */
rl_status rl_shape_check(const rl_shape *shape, const char *where, rl_error *error);

rl_core rl_shape_core(const rl_shape *shape);
rl_moments rl_shape_moments(const rl_shape *shape);
void rl_shape_draw(const rl_shape *shape, int body, const rl_scene *scene);

RL_C_END

#endif
