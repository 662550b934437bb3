/* rl.cairo: drawings as PNG or pixels, by Cairo. A module of its own, built where Cairo is, so that nothing else needs it;
 * what is drawn is a list of rl/drawing.lua. */
#include "canvas.h"

#include <cairo.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#if LUA_VERSION_NUM < 503
#include "compat-5.3.h"
#endif

typedef struct canvas { /* a userdata, so that an error leaks nothing */
  rl_canvas face;
  cairo_surface_t *surface;
  cairo_t *pen;
  double width, height; /* before they are scaled */
} canvas;

static canvas *check(lua_State *L) { return luaL_checkudata(L, 1, RL_CANVAS_TYPE); }

static int release(lua_State *L) {
  canvas *c = check(L);
  if (c->pen) cairo_destroy(c->pen);
  if (c->surface) cairo_surface_destroy(c->surface);
  *c = (canvas){0};
  return 0;
}

static double number_or(lua_State *L, int item, const char *name, double otherwise) {
  lua_getfield(L, item, name);
  double number = lua_isnil(L, -1) ? otherwise : lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number;
}

static double field(lua_State *L, int item, const char *name) { return number_or(L, item, name, 0); }

static bool flag(lua_State *L, int item, const char *name) {
  lua_getfield(L, item, name);
  bool set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

/* The colour "#rrggbb" at the top; nil: ink. */
static void read_colour(lua_State *L, double rgb[3]) {
  unsigned red = 0x22, green = 0x22, blue = 0x22;
  const char *text = lua_tostring(L, -1);
  if (text && sscanf(text, "#%2x%2x%2x", &red, &green, &blue) != 3) luaL_error(L, "no colour: %s", text);
  rgb[0] = red / 255.0;
  rgb[1] = green / 255.0;
  rgb[2] = blue / 255.0;
}

/* Of the table at the top: { y1, y2, colour, ... }. */
static void set_shade(lua_State *L, cairo_t *pen, double alpha) {
  const int n = (int)lua_rawlen(L, -1);
  double ends[2], rgb[3];
  for (int i = 0; i < 2; i++) {
    lua_rawgeti(L, -1, i + 1);
    ends[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  cairo_pattern_t *shade = cairo_pattern_create_linear(0, ends[0], 0, ends[1]);
  cairo_set_source(pen, shade); /* now the pen's */
  cairo_pattern_destroy(shade);
  for (int i = 3; i <= n; i++) {
    lua_rawgeti(L, -1, i);
    read_colour(L, rgb);
    lua_pop(L, 1);
    cairo_pattern_add_color_stop_rgba(shade, (i - 3) / (double)(n > 3 ? n - 3 : 1), rgb[0], rgb[1], rgb[2],
                                      alpha);
  }
}

static void set_colour(lua_State *L, int item, cairo_t *pen) {
  const double alpha = number_or(L, item, "alpha", 1);
  double rgb[3];
  lua_getfield(L, item, "shade");
  if (lua_istable(L, -1)) {
    set_shade(L, pen, alpha);
  } else {
    lua_getfield(L, item, "colour");
    read_colour(L, rgb);
    cairo_set_source_rgba(pen, rgb[0], rgb[1], rgb[2], alpha);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void trace(lua_State *L, int item, cairo_t *pen) {
  lua_getfield(L, item, "points");
  luaL_checktype(L, -1, LUA_TTABLE);
  for (int i = 1, n = (int)lua_rawlen(L, -1); i < n; i += 2) {
    lua_rawgeti(L, -1, i);
    lua_rawgeti(L, -2, i + 1);
    cairo_line_to(pen, lua_tonumber(L, -2), lua_tonumber(L, -1));
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static void disc(lua_State *L, int item, cairo_t *pen) {
  const double flat = number_or(L, item, "flat", 1), radius = field(L, item, "radius");
  if (!(flat > 0 && radius > 0)) return;
  cairo_save(pen);
  cairo_translate(pen, field(L, item, "x"), field(L, item, "y"));
  cairo_scale(pen, radius, radius * flat);
  cairo_arc(pen, 0, 0, 1, 0, 6.283185307179586);
  cairo_restore(pen);
  cairo_fill(pen);
}

static void write_text(lua_State *L, int item, cairo_t *pen) {
  cairo_text_extents_t extents;
  lua_getfield(L, item, "text");
  lua_getfield(L, item, "anchor");
  const char *text = luaL_checkstring(L, -2), *anchor = luaL_optstring(L, -1, "start");
  cairo_select_font_face(pen, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         flag(L, item, "bold") ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(pen, field(L, item, "size"));
  cairo_text_extents(pen, text, &extents);
  double back = !strcmp(anchor, "end") ? 1 : !strcmp(anchor, "middle") ? 0.5 : 0;
  cairo_move_to(pen, field(L, item, "x") - back * extents.x_advance, field(L, item, "y"));
  cairo_show_text(pen, text);
  lua_pop(L, 2);
}

static void draw_item(lua_State *L, int item, cairo_t *pen) {
  lua_getfield(L, item, "kind");
  const char *kind = luaL_checkstring(L, -1);
  set_colour(L, item, pen);
  cairo_new_path(pen);
  if (!strcmp(kind, "text")) {
    write_text(L, item, pen);
  } else if (!strcmp(kind, "disc")) {
    disc(L, item, pen);
  } else {
    trace(L, item, pen);
    cairo_set_line_width(pen, field(L, item, "width"));
    cairo_set_line_cap(pen, flag(L, item, "round") ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
    if (!strcmp(kind, "area"))
      cairo_fill(pen);
    else
      cairo_stroke(pen);
  }
  lua_pop(L, 1);
}

static int failure(lua_State *L, const char *what, cairo_status_t status) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, cairo_status_to_string(status));
  return 2;
}

/* canvas(width, height, scale): white, of scale times as many pixels, whole ones */
static int new_canvas(lua_State *L) {
  const double width = luaL_checknumber(L, 1), height = luaL_checknumber(L, 2),
               scale = luaL_checknumber(L, 3);
  luaL_argcheck(
      L, scale * width >= 1 && scale * width <= 30000 && scale * height >= 1 && scale * height <= 30000, 3,
      "a picture of 1 to 30000 pixels expected");
  canvas *c = lua_newuserdata(L, sizeof *c);
  *c = (canvas){.width = width, .height = height};
  luaL_getmetatable(L, RL_CANVAS_TYPE);
  lua_setmetatable(L, -2);
  c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * width), (int)(scale * height));
  c->pen = cairo_create(c->surface);
  if (cairo_status(c->pen))
    return luaL_error(L, "a picture: %s", cairo_status_to_string(cairo_status(c->pen)));
  cairo_scale(c->pen, scale, scale);
  cairo_set_line_join(c->pen, CAIRO_LINE_JOIN_ROUND);
  c->face =
      (rl_canvas){cairo_image_surface_get_data(c->surface), cairo_image_surface_get_width(c->surface),
                  cairo_image_surface_get_height(c->surface), cairo_image_surface_get_stride(c->surface)};
  return 1;
}

/* canvas:draw(drawing): on white, over what there was */
static int draw(lua_State *L) {
  canvas *c = check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  cairo_set_source_rgb(c->pen, 1, 1, 1);
  cairo_paint(c->pen);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n; i++) {
    lua_rawgeti(L, 2, i);
    luaL_checktype(L, -1, LUA_TTABLE);
    draw_item(L, lua_gettop(L), c->pen);
    lua_pop(L, 1);
  }
  cairo_surface_flush(c->surface);
  return 0;
}

/* canvas:pixels() -> 4 bytes for each, blue, green, red and one without a meaning, row after row */
static int pixels(lua_State *L) {
  const rl_canvas *face = &check(L)->face;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int y = 0; y < face->height; y++)
    luaL_addlstring(&buffer, (const char *)face->pixels + (size_t)y * (size_t)face->stride,
                    (size_t)face->width * 4);
  luaL_pushresult(&buffer);
  return 1;
}

/* canvas:png(path) -> true | nil, message */
static int png(lua_State *L) {
  canvas *c = check(L);
  const char *path = luaL_checkstring(L, 2);
  cairo_status_t status = cairo_status(c->pen);
  if (!status) status = cairo_surface_write_to_png(c->surface, path);
  if (status) return failure(L, lua_pushfstring(L, "cannot write %s", path), status);
  lua_pushboolean(L, 1);
  return 1;
}

int luaopen_rl_cairo(lua_State *L);

int luaopen_rl_cairo(lua_State *L) {
  static const luaL_Reg functions[] = {{"canvas", new_canvas}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"draw", draw}, {"pixels", pixels}, {"png", png}, {NULL, NULL}};
  if (luaL_newmetatable(L, RL_CANVAS_TYPE)) {
    lua_pushcfunction(L, release);
    lua_setfield(L, -2, "__gc");
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
  }
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
