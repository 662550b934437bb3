#include "core/env/scene_table.h"

#include "base/memory.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SHAPES = 4096, MAX_BODIES = 1024, MAX_CORNERS = 4096 };

static void read_polygon(lua_State *L, int table, rll_shape *shape, const char *what) {
  shape->closed = rll_boolean(L, table, "closed", true, what);
  lua_getfield(L, table, "points");
  int count = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
  if (count < 4 || count % 2 || count > 2 * MAX_CORNERS)
    luaL_error(L, "%s: points must be a list {x1, y1, x2, y2, ...}", what);
  shape->points = rl_allocate((size_t)count, sizeof *shape->points);
  if (!shape->points) luaL_error(L, "%s: out of memory", what);
  shape->n = count / 2;
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, -1, i + 1);
    shape->points[i] = (float)lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || !isfinite(shape->points[i]))
      luaL_error(L, "%s: points: number %d is %s", what, i + 1, rll_text(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_circle(lua_State *L, int table, rll_shape *shape, const char *what) {
  const double far = 1e6;
  shape->x = (float)rll_number(L, table, "x", 0, -far, far, what);
  shape->y = (float)rll_number(L, table, "y", 0, -far, far, what);
  shape->radius = (float)rll_number(L, table, "radius", 0, 0, far, what);
  if (!(shape->radius > 0.0f)) luaL_error(L, "%s: option radius: a number above 0 expected", what);
}

static bool is_colour(const char *text) {
  if (text[0] != '#' || strlen(text) != 7) return false;
  for (int i = 1; i < 7; i++)
    if (!isxdigit((unsigned char)text[i])) return false;
  return true;
}

static void read_style(lua_State *L, int table, rll_shape *shape, const char *what) {
  const char *name = rll_string(L, table, "name", "", what);
  const char *colour = rll_string(L, table, "colour", "", what);
  if (strlen(name) >= sizeof shape->name)
    luaL_error(L, "%s: option name: at most %d letters", what, (int)sizeof shape->name - 1);
  if (*colour && !is_colour(colour))
    luaL_error(L, "%s: option colour: \"#rrggbb\" expected, got \"%s\"", what, colour);
  snprintf(shape->name, sizeof shape->name, "%s", name);
  snprintf(shape->colour, sizeof shape->colour, "%s", colour);
}

static void read_shape(lua_State *L, int table, rll_shape *shape, const char *what) {
  static const char *const kinds[] = {"polygon", "circle", NULL};
  static const char *const names[2][8] = {{"kind", "body", "name", "colour", "points", "closed", NULL},
                                          {"kind", "body", "name", "colour", "x", "y", "radius", NULL}};
  if (!lua_istable(L, table)) luaL_error(L, "%s: table expected, got %s", what, luaL_typename(L, table));
  int kind = rll_choice(L, table, "kind", -1, kinds, what);
  if (kind < 0) luaL_error(L, "%s: option kind: \"polygon\" or \"circle\" expected", what);
  rll_check_options(L, table, what, names[kind]);
  shape->body = (int)rll_integer(L, table, "body", 0, 0, MAX_BODIES, what);
  shape->circle = kind == 1;
  read_style(L, table, shape, what);
  if (shape->circle)
    read_circle(L, table, shape, what);
  else
    read_polygon(L, table, shape, what);
}

void rll_read_scene(lua_State *L, int table, rll_scene *scene, const char *what) {
  if (!lua_istable(L, table))
    luaL_error(L, "%s: list of shapes expected, got %s", what, luaL_typename(L, table));
  int n = (int)lua_rawlen(L, table);
  if (n > MAX_SHAPES) luaL_error(L, "%s: %d shapes: at most %d", what, n, (int)MAX_SHAPES);
  scene->shapes = rl_allocate((size_t)n, sizeof *scene->shapes);
  if (!scene->shapes) luaL_error(L, "%s: out of memory for %d shapes", what, n);
  for (int i = 0; i < n; i++) {
    rll_shape *shape = &scene->shapes[scene->n++];
    lua_rawgeti(L, table, i + 1);
    const char *which = lua_pushfstring(L, "%s: shape %d", what, i + 1);
    read_shape(L, lua_gettop(L) - 1, shape, which);
    lua_pop(L, 2);
    if (shape->body > scene->n_bodies) scene->n_bodies = shape->body;
  }
}

void rll_scene_draw(const rll_scene *self, const rl_scene *scene) {
  for (int i = 0; i < self->n; i++) {
    const rll_shape *shape = &self->shapes[i];
    int body = shape->body - 1;
    if (scene->style)
      scene->style(scene->context, *shape->name ? shape->name : NULL, *shape->colour ? shape->colour : NULL);
    if (shape->circle)
      scene->circle(scene->context, body, shape->x, shape->y, shape->radius);
    else
      scene->polygon(scene->context, body, shape->n, shape->points, shape->closed);
  }
}

void rll_scene_release(rll_scene *scene) {
  for (int i = 0; i < scene->n; i++) rl_release(scene->shapes[i].points);
  rl_release(scene->shapes);
  *scene = (rll_scene){0};
}
