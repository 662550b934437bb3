/* rl.cairo: pictures as PNG, by Cairo. A module of its own, built where Cairo is, so that nothing else needs it; what is
 * drawn is a list of rl/plot.lua. */
#include <cairo.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#if LUA_VERSION_NUM < 503
#include "compat-5.3.h"
#endif

static const char type_name[] = "rl.cairo";

typedef struct picture { /* a userdata, so that an error leaks nothing */
  cairo_surface_t *surface;
  cairo_t *pen;
} picture;

static int release(lua_State *L) {
  picture *p = luaL_checkudata(L, 1, type_name);
  if (p->pen) cairo_destroy(p->pen);
  if (p->surface) cairo_surface_destroy(p->surface);
  *p = (picture){0};
  return 0;
}

static double field(lua_State *L, int item, const char *name) {
  lua_getfield(L, item, name);
  double number = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number;
}

/* Sets the colour "#rrggbb" of the item, by default ink. */
static void set_colour(lua_State *L, int item, cairo_t *pen) {
  unsigned red = 0x22, green = 0x22, blue = 0x22;
  lua_getfield(L, item, "colour");
  const char *text = lua_tostring(L, -1);
  if (text && sscanf(text, "#%2x%2x%2x", &red, &green, &blue) != 3) luaL_error(L, "no colour: %s", text);
  lua_pop(L, 1);
  cairo_set_source_rgba(pen, red / 255.0, green / 255.0, blue / 255.0, field(L, item, "alpha"));
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

static void write_text(lua_State *L, int item, cairo_t *pen) {
  cairo_text_extents_t extents;
  lua_getfield(L, item, "text");
  lua_getfield(L, item, "anchor");
  const char *text = luaL_checkstring(L, -2), *anchor = luaL_checkstring(L, -1);
  cairo_set_font_size(pen, field(L, item, "size"));
  cairo_text_extents(pen, text, &extents);
  double back = !strcmp(anchor, "end") ? 1 : !strcmp(anchor, "middle") ? 0.5 : 0;
  cairo_move_to(pen, field(L, item, "x") - back * extents.x_advance, field(L, item, "y"));
  cairo_show_text(pen, text);
  lua_pop(L, 2);
}

static void draw(lua_State *L, int item, cairo_t *pen) {
  lua_getfield(L, item, "kind");
  const char *kind = luaL_checkstring(L, -1);
  set_colour(L, item, pen);
  cairo_new_path(pen);
  if (!strcmp(kind, "text")) {
    write_text(L, item, pen);
  } else {
    trace(L, item, pen);
    cairo_set_line_width(pen, field(L, item, "width"));
    if (!strcmp(kind, "area"))
      cairo_fill(pen);
    else
      cairo_stroke(pen);
  }
  lua_pop(L, 1);
}

/* png(path, width, height, scale, drawn) -> true | nil, message */
static int png(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  double width = luaL_checknumber(L, 2), height = luaL_checknumber(L, 3), scale = luaL_checknumber(L, 4);
  luaL_checktype(L, 5, LUA_TTABLE);
  luaL_argcheck(
      L, scale * width >= 1 && scale * width <= 30000 && scale * height >= 1 && scale * height <= 30000, 4,
      "a picture of 1 to 30000 pixels expected");
  picture *p = lua_newuserdata(L, sizeof *p);
  *p = (picture){0};
  luaL_getmetatable(L, type_name);
  lua_setmetatable(L, -2);
  p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * width), (int)(scale * height));
  p->pen = cairo_create(p->surface);
  cairo_scale(p->pen, scale, scale);
  cairo_set_source_rgb(p->pen, 1, 1, 1);
  cairo_paint(p->pen);
  cairo_set_line_join(p->pen, CAIRO_LINE_JOIN_ROUND);
  cairo_select_font_face(p->pen, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  for (int i = 1, n = (int)lua_rawlen(L, 5); i <= n; i++) {
    lua_rawgeti(L, 5, i);
    luaL_checktype(L, -1, LUA_TTABLE);
    draw(L, lua_gettop(L), p->pen);
    lua_pop(L, 1);
  }
  cairo_status_t status = cairo_status(p->pen);
  if (!status) status = cairo_surface_write_to_png(p->surface, path);
  if (!status) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushfstring(L, "cannot write %s: %s", path, cairo_status_to_string(status));
  return 2;
}

int luaopen_rl_cairo(lua_State *L);

int luaopen_rl_cairo(lua_State *L) {
  static const luaL_Reg functions[] = {{"png", png}, {NULL, NULL}};
  if (luaL_newmetatable(L, type_name)) {
    lua_pushcfunction(L, release);
    lua_setfield(L, -2, "__gc");
  }
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
