/* What a replay draws of an environment written in Lua: a list of shapes in the form of replay.lua,
 *
 *   { { kind = "polygon", body = 1, points = { x1, y1, x2, y2, ... } },         -- closed = false: a line
 *     { kind = "circle", body = 2, radius = 0.1, x = 0, y = 0, name = "ball", colour = "#e5534b" }, ... }
 *
 * in metres, in the frame of their body; body 0, the default, is the world. */
#ifndef RLL_SCENE_TABLE_H
#define RLL_SCENE_TABLE_H

#include "core/base/binding.h"
#include "env/env.h"

enum { RLL_SHAPE_NAME = 48 };

typedef struct rll_shape {
  int body;
  bool circle, closed;
  char name[RLL_SHAPE_NAME], colour[8]; /* "#rrggbb"; each may be empty */
  float x, y, radius;                   /* of a circle */
  int n;                                /* corners of a polygon */
  float *points;                        /* [n, 2] */
} rll_shape;

typedef struct rll_scene {
  int n, n_bodies;
  rll_shape *shapes; /* [n] */
} rll_scene;

/* Reads the list at `table` into an empty scene; `what` names the option in messages. Raises; release what
 * has come in any case. */
void rll_read_scene(lua_State *L, int table, rll_scene *scene, const char *what);
void rll_scene_draw(const rll_scene *self, const rl_scene *scene);
void rll_scene_release(rll_scene *scene);

#endif
