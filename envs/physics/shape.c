/* Geometry of shapes; see shape.h. The least sizes keep everything well above Box2D's own slop (5 mm) and
 * above the areas and distances at which its asserts end the process. */
#include "physics/shape.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_SIZE    0.01             /* m */
#define GREATEST_SIZE 100.0            /* m */
static const double LEAST_TURN = 1e-3; /* rad between the edges of a polygon */
static const double PI = 3.14159265358979323846;

enum { BOX = 1 << RL_SHAPE_BOX, CIRCLE = 1 << RL_SHAPE_CIRCLE, CAPSULE = 1 << RL_SHAPE_CAPSULE };
static const char *const kinds[] = {"box", "circle", "capsule", "polygon", NULL}; /* rl_shape_kind */

#define SIZE(member, meaning, who)                                                                           \
  RL_ROW(rl_shape, FLOAT, member, #member, "m", meaning, 0.0, LEAST_SIZE, GREATEST_SIZE, .traits = (who))
static const rl_option rows[] = {
    RL_ROW(rl_shape, CHOICE, kind, "kind", "", "what it is; a polygon has points, 3 to 8 of a convex one",
           RL_SHAPE_BOX, RL_SHAPE_BOX, RL_SHAPE_POLYGON, kinds),
    RL_ROW(rl_shape, PAIR, center, "center", "m", "in the body's frame", 0.0, -GREATEST_SIZE, GREATEST_SIZE,
           .traits = BOX | CIRCLE | CAPSULE),
    SIZE(width, "along x", BOX),
    SIZE(height, "along y; of a capsule with its round ends", BOX | CAPSULE),
    SIZE(radius, "of a circle, or of the ends of a capsule, which is twice as wide", CIRCLE | CAPSULE),
};
const rl_options rl_shape_rows = RL_ROWS(rows);

/* Angle from edge i to edge i+1, and its length. */
static double turn_after(const rl_shape *shape, int i, double *length) {
  const float *a = shape->vertices[i], *b = shape->vertices[(i + 1) % shape->n_vertices],
              *c = shape->vertices[(i + 2) % shape->n_vertices];
  const double ux = (double)b[0] - a[0], uy = (double)b[1] - a[1], vx = (double)c[0] - b[0],
               vy = (double)c[1] - b[1];
  *length = hypot(ux, uy);
  return atan2(ux * vy - uy * vx, ux * vx + uy * vy);
}

/* Smallest over the edges of the farthest vertex from it: a thin polygon collapses in Box2D's hull. */
static double thickness(const rl_shape *shape) {
  double least = INFINITY;
  for (int i = 0; i < shape->n_vertices; i++) {
    const float *a = shape->vertices[i], *b = shape->vertices[(i + 1) % shape->n_vertices];
    const double ux = (double)b[0] - a[0], uy = (double)b[1] - a[1];
    double farthest = 0.0;
    for (int j = 0; j < shape->n_vertices; j++) {
      const double x = (double)shape->vertices[j][0] - a[0], y = (double)shape->vertices[j][1] - a[1];
      farthest = fmax(farthest, fabs(ux * y - uy * x) / hypot(ux, uy));
    }
    least = fmin(least, farthest);
  }
  return least;
}

static rl_status check_polygon(const rl_shape *shape, const char *where, rl_error *error) {
  if (shape->n_vertices < 3 || shape->n_vertices > RL_MAX_VERTICES)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d vertices; a polygon has 3 to %d, its points", where,
                   shape->n_vertices, RL_MAX_VERTICES);
  double total = 0.0;
  int bend = 0;
  rl_status status = RL_OK;
  for (int i = 0; !status && i < 2 * shape->n_vertices; i++)
    status = rl_check_number(shape->vertices[i / 2][i % 2], (float)-GREATEST_SIZE, (float)GREATEST_SIZE,
                             "a vertex", "m", where, error);
  if (status) return status;
  for (int i = 0; i < shape->n_vertices; i++) {
    double length;
    const double turn = turn_after(shape, i, &length);
    if (length < LEAST_SIZE)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: edge %d is %g m long, shorter than %g", where, i + 1,
                     length, LEAST_SIZE);
    total += turn;
    bend += turn > LEAST_TURN ? 1 : turn < -LEAST_TURN ? -1 : 0;
  }
  /* convex: turns the same way at every corner, and once round */
  if (abs(bend) != shape->n_vertices || fabs(fabs(total) - 2.0 * PI) > 0.1)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: the polygon is not convex, or three of its vertices are in line", where);
  if (thickness(shape) < 0.5 * LEAST_SIZE)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: the polygon is %g m thick, thinner than %g", where,
                   thickness(shape), 0.5 * LEAST_SIZE);
  return RL_OK;
}

/* Sizes that are 0 were not given: all that this kind needs is said at once, and what it has no use for. */
static rl_status check_given(const rl_shape *shape, const char *where, rl_error *error) {
  const char *kind = kinds[shape->kind], *needed[sizeof rows / sizeof *rows] = {NULL}, *missing = NULL;
  int n = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].type != RL_OPTION_FLOAT) continue;
    const float size = *(const float *)((const char *)shape + rows[i].offset);
    if (rl_option_has(&rows[i], 1U << shape->kind)) {
      needed[n++] = rows[i].name;
      if (size == 0.0f && !missing) missing = rows[i].name;
    } else if (size != 0.0f) {
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: a %s has no %s", where, kind, rows[i].name);
    }
  }
  if (shape->kind != RL_SHAPE_POLYGON && shape->n_vertices > 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: a %s has no points; a polygon does: kind = \"polygon\"",
                   where, kind);
  if (!missing) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: a %s needs %s%s%s, in m; there is no %s", where, kind,
                 needed[0], n > 1 ? " and " : "", n > 1 ? needed[1] : "", missing);
}

rl_status rl_shape_check(const rl_shape *shape, const char *where, rl_error *error) {
  if ((unsigned)shape->kind > RL_SHAPE_POLYGON)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: unknown kind of shape", where);
  rl_status status = check_given(shape, where, error);
  if (status) return status;
  if (shape->kind == RL_SHAPE_POLYGON) return check_polygon(shape, where, error);
  const rl_options has = rl_options_of(rl_shape_rows, 1U << shape->kind);
  status = rl_options_check_part(has, shape, where, error);
  if (status) return status;
  if (shape->kind != RL_SHAPE_CAPSULE || shape->height >= 2.0f * shape->radius) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s: a capsule of height %g m has no room for round ends of radius %g", where,
                 (double)shape->height, (double)shape->radius);
}

static void set_point(rl_core *core, float x, float y) {
  core->points[core->n][0] = x;
  core->points[core->n][1] = y;
  core->n++;
}

rl_core rl_shape_core(const rl_shape *shape) {
  rl_core core = {.radius = 0.0f};
  const float x = shape->center[0], y = shape->center[1];
  switch (shape->kind) {
  case RL_SHAPE_BOX: {
    const float w = 0.5f * shape->width, h = 0.5f * shape->height;
    set_point(&core, x - w, y - h);
    set_point(&core, x + w, y - h);
    set_point(&core, x + w, y + h);
    set_point(&core, x - w, y + h);
    break;
  }
  case RL_SHAPE_CIRCLE:
    set_point(&core, x, y);
    core.radius = shape->radius;
    break;
  case RL_SHAPE_CAPSULE: {
    const float reach = 0.5f * shape->height - shape->radius;
    set_point(&core, x, y - reach);
    set_point(&core, x, y + reach);
    core.radius = shape->radius;
    break;
  }
  case RL_SHAPE_POLYGON:
    for (int i = 0; i < shape->n_vertices; i++)
      set_point(&core, shape->vertices[i][0], shape->vertices[i][1]);
    break;
  }
  return core;
}

/* Sums over the triangles that the edges make with the first vertex. */
static rl_moments polygon_moments(const rl_shape *shape) {
  const double x0 = shape->vertices[0][0], y0 = shape->vertices[0][1];
  double area = 0.0, mx = 0.0, my = 0.0, inertia = 0.0;
  for (int i = 1; i + 1 < shape->n_vertices; i++) {
    const double ax = shape->vertices[i][0] - x0, ay = shape->vertices[i][1] - y0;
    const double bx = shape->vertices[i + 1][0] - x0, by = shape->vertices[i + 1][1] - y0;
    const double part = 0.5 * (ax * by - ay * bx);
    area += part;
    mx += part * (ax + bx) / 3.0;
    my += part * (ay + by) / 3.0;
    inertia += part * (ax * ax + ax * bx + bx * bx + ay * ay + ay * by + by * by) / 6.0;
  }
  const double cx = mx / area, cy = my / area;
  return (rl_moments){fabs(area), {x0 + cx, y0 + cy}, fabs(inertia) - fabs(area) * (cx * cx + cy * cy)};
}

rl_moments rl_shape_moments(const rl_shape *shape) {
  const double w = shape->width, h = shape->height, r = shape->radius;
  rl_moments moments = {0.0, {shape->center[0], shape->center[1]}, 0.0};
  switch (shape->kind) {
  case RL_SHAPE_BOX:
    moments.area = w * h;
    moments.inertia = w * h * (w * w + h * h) / 12.0;
    break;
  case RL_SHAPE_CIRCLE:
    moments.area = PI * r * r;
    moments.inertia = moments.area * r * r / 2.0;
    break;
  case RL_SHAPE_CAPSULE: { /* a box between two half discs, whose centroids are 4r/3pi beyond its ends */
    const double straight = h - 2.0 * r, box = 2.0 * r * straight, disc = PI * r * r;
    moments.area = box + disc;
    moments.inertia = box * (4.0 * r * r + straight * straight) / 12.0 +
                      disc * (r * r / 2.0 + straight * straight / 4.0 + straight * 4.0 * r / (3.0 * PI));
    break;
  }
  case RL_SHAPE_POLYGON: return polygon_moments(shape);
  }
  return moments;
}

static void draw_capsule(const rl_core *core, int body, const rl_scene *scene) {
  enum { ARC = 9 };
  float xy[2 * ARC][2];
  for (int i = 0; i < 2 * ARC; i++) {
    const int end = i / ARC; /* the lower half circle, then the upper one */
    const double angle = PI * (end + (double)(i % ARC) / (ARC - 1)) + PI;
    xy[i][0] = core->points[end][0] + core->radius * (float)cos(angle);
    xy[i][1] = core->points[end][1] + core->radius * (float)sin(angle);
  }
  scene->polygon(scene->context, body, 2 * ARC, &xy[0][0], true);
}

void rl_shape_draw(const rl_shape *shape, int body, const rl_scene *scene) {
  const rl_core core = rl_shape_core(shape);
  if (core.n == 1)
    scene->circle(scene->context, body, core.points[0][0], core.points[0][1], core.radius);
  else if (core.n == 2)
    draw_capsule(&core, body, scene);
  else
    scene->polygon(scene->context, body, core.n, &core.points[0][0], true);
}
