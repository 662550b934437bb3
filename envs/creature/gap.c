/* Distances between convex hulls of a few points; see gap.h. Hulls that overlap have no edge that all of the
 * other lies beyond (separating axes, Gottschalk, Lin & Manocha 1996); of hulls apart, the nearest points are
 * a corner and a point of an edge. */
#include "creature/gap.h"

#include <math.h>

rl_core rl_core_at(const rl_shape *shape, rl_pose pose) {
  rl_core core = rl_shape_core(shape);
  /* No core has more points than the second limit; GCC 14 cannot know this from here, and would warn. */
  for (int i = 0; i < core.n && i < RL_MAX_VERTICES; i++) {
    const rl_point p = rl_pose_apply(pose, core.points[i]);
    core.points[i][0] = p.x;
    core.points[i][1] = p.y;
  }
  return core;
}

static double cross(const float *o, const float *a, const float *b) {
  return ((double)a[0] - o[0]) * ((double)b[1] - o[1]) - ((double)a[1] - o[1]) * ((double)b[0] - o[0]);
}

/* 1 when the corners go round counter-clockwise, -1 clockwise. */
static double orientation(const rl_core *core) {
  double area = 0.0;
  for (int i = 1; i + 1 < core->n; i++) area += cross(core->points[0], core->points[i], core->points[i + 1]);
  return area < 0.0 ? -1.0 : 1.0;
}

/* Greatest over the edges of `a` of how far all of `b` lies beyond it: positive when one separates them. */
static double separation(const rl_core *a, const rl_core *b) {
  const double turn = orientation(a);
  double greatest = -INFINITY;
  for (int i = 0; a->n > 1 && i < a->n; i++) {
    const float *p = a->points[i], *q = a->points[(i + 1) % a->n];
    const double length = hypot((double)q[0] - p[0], (double)q[1] - p[1]);
    double nearest = INFINITY;
    for (int j = 0; j < b->n && length > 0.0; j++)
      nearest = fmin(nearest, -turn * cross(p, q, b->points[j]) / length);
    if (length > 0.0) greatest = fmax(greatest, nearest);
  }
  return greatest;
}

static double point_to_edge(const float *p, const float *a, const float *b) {
  const double ux = (double)b[0] - a[0], uy = (double)b[1] - a[1], square = ux * ux + uy * uy;
  const double x = (double)p[0] - a[0], y = (double)p[1] - a[1];
  const double t = square > 0.0 ? fmin(fmax((x * ux + y * uy) / square, 0.0), 1.0) : 0.0;
  return hypot(x - t * ux, y - t * uy);
}

/* Least distance from a corner of `a` to an edge of `b`. */
static double corner_distance(const rl_core *a, const rl_core *b) {
  double least = INFINITY;
  for (int i = 0; i < a->n; i++)
    for (int j = 0; j < b->n; j++)
      least = fmin(least, point_to_edge(a->points[i], b->points[j], b->points[(j + 1) % b->n]));
  return least;
}

static bool lines_cross(const rl_core *a, const rl_core *b) {
  if (a->n != 2 || b->n != 2) return false;
  const float *p = a->points[0], *q = a->points[1], *r = b->points[0], *s = b->points[1];
  return cross(p, q, r) * cross(p, q, s) < 0.0 && cross(r, s, p) * cross(r, s, q) < 0.0;
}

double rl_core_gap(const rl_core *a, const rl_core *b) {
  const double radii = (double)a->radius + (double)b->radius;
  if (a->n > 2 || b->n > 2) {
    const double apart = fmax(separation(a, b), separation(b, a));
    if (apart <= 0.0) return apart - radii;
  }
  if (lines_cross(a, b)) return -radii;
  return fmin(corner_distance(a, b), corner_distance(b, a)) - radii;
}
