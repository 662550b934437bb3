/* rl.window: one window that shows a canvas (canvas.h) and tells of keys and the mouse, by SDL 2. A module of its own, built
 * where SDL is, so that nothing else needs it; for `rlrun watch`. */
#define SDL_MAIN_HANDLED
#include "canvas.h"

#include <SDL.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if LUA_VERSION_NUM < 503
#include "compat-5.3.h"
#endif

static const char type_name[] = "rl.window";

typedef struct window { /* a userdata, so that an error leaves none open */
  SDL_Window *frame;
  SDL_Renderer *renderer;
  SDL_Texture *texture; /* of the size of the last canvas, or NULL */
  int width, height;
  bool begun;
} window;

static window *check(lua_State *L) {
  window *w = luaL_checkudata(L, 1, type_name);
  luaL_argcheck(L, w->frame, 1, "the window is closed");
  return w;
}

static void forget_texture(window *w) {
  if (w->texture) SDL_DestroyTexture(w->texture);
  w->texture = NULL;
}

/* window:close() */
static int release(lua_State *L) {
  window *w = luaL_checkudata(L, 1, type_name);
  forget_texture(w);
  if (w->renderer) SDL_DestroyRenderer(w->renderer);
  if (w->frame) SDL_DestroyWindow(w->frame);
  if (w->begun) SDL_QuitSubSystem(SDL_INIT_VIDEO);
  *w = (window){0};
  return 0;
}

static int failure(lua_State *L, const char *what) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, SDL_GetError());
  return 2;
}

/* What SDL takes where nobody could see or close a window. */
static bool is_blind(const char *driver) {
  return !driver || !strcmp(driver, "offscreen") || !strcmp(driver, "dummy") || !strcmp(driver, "evdev");
}

/* open(title, width, height) -> window | nil, message */
static int open_window(lua_State *L) {
  const char *title = luaL_checkstring(L, 1);
  const int width = (int)luaL_checkinteger(L, 2), height = (int)luaL_checkinteger(L, 3);
  window *w = lua_newuserdata(L, sizeof *w);
  *w = (window){0};
  luaL_getmetatable(L, type_name);
  lua_setmetatable(L, -2);
  SDL_SetMainReady();
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* Ctrl-C is rlrun's */
  SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
  if (SDL_InitSubSystem(SDL_INIT_VIDEO)) return failure(L, "there is no screen to open a window on");
  w->begun = true;
  if (!getenv("SDL_VIDEODRIVER") && is_blind(SDL_GetCurrentVideoDriver())) {
    SDL_SetError("neither X nor Wayland is there");
    return failure(L, "there is no screen to open a window on");
  }
  w->frame = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
                              SDL_WINDOW_RESIZABLE);
  if (!w->frame) return failure(L, "no window");
  w->renderer = SDL_CreateRenderer(w->frame, -1, 0);
  if (!w->renderer) return failure(L, "nothing draws in the window");
  return 1;
}

/* window:show(canvas) -> true | nil, message */
static int show(lua_State *L) {
  window *w = check(L);
  const rl_canvas *canvas = luaL_checkudata(L, 2, RL_CANVAS_TYPE);
  if (w->texture && (w->width != canvas->width || w->height != canvas->height)) forget_texture(w);
  if (!w->texture) {
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                                   canvas->width, canvas->height);
    if (!w->texture) return failure(L, "nothing draws in the window");
    w->width = canvas->width;
    w->height = canvas->height;
  }
  if (SDL_UpdateTexture(w->texture, NULL, canvas->pixels, canvas->stride) ||
      SDL_RenderCopy(w->renderer, w->texture, NULL, NULL))
    return failure(L, "nothing draws in the window");
  SDL_RenderPresent(w->renderer);
  lua_pushboolean(L, 1);
  return 1;
}

/* window:size() -> width, height */
static int size(lua_State *L) {
  int width, height;
  SDL_GetWindowSize(check(L)->frame, &width, &height);
  lua_pushinteger(L, width);
  lua_pushinteger(L, height);
  return 2;
}

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_place(lua_State *L, int x, int y, bool down) {
  set_string(L, "kind", "mouse");
  lua_pushinteger(L, x);
  lua_setfield(L, -2, "x");
  lua_pushinteger(L, y);
  lua_setfield(L, -2, "y");
  set_flag(L, "down", down);
}

/* Fills the table at the top; false: of no interest. */
static bool describe(lua_State *L, const SDL_Event *event) {
  switch (event->type) {
  case SDL_QUIT: set_string(L, "kind", "quit"); return true;
  case SDL_KEYDOWN:
  case SDL_KEYUP:
    if (event->key.repeat) return false;
    set_string(L, "kind", "key");
    set_string(L, "key", SDL_GetKeyName(event->key.keysym.sym));
    set_flag(L, "shift", event->key.keysym.mod & KMOD_SHIFT);
    set_flag(L, "down", event->type == SDL_KEYDOWN);
    return true;
  case SDL_MOUSEBUTTONDOWN:
  case SDL_MOUSEBUTTONUP:
    if (event->button.button != SDL_BUTTON_LEFT) return false;
    set_place(L, event->button.x, event->button.y, event->type == SDL_MOUSEBUTTONDOWN);
    return true;
  case SDL_MOUSEMOTION:
    if (!(event->motion.state & SDL_BUTTON_LMASK)) return false;
    set_place(L, event->motion.x, event->motion.y, true);
    return true;
  default: return false;
  }
}

/* window:events() -> { { kind = "quit" }, { kind = "key", key =, shift =, down = }, { kind = "mouse", x =, y =, down = }, ... }
 * since the last call; keys have the names that SDL gives them: "Space", "G", "Left" */
static int events(lua_State *L) {
  SDL_Event event;
  int n = 0;
  check(L);
  lua_newtable(L);
  while (SDL_PollEvent(&event)) {
    lua_newtable(L);
    if (describe(L, &event))
      lua_rawseti(L, -2, ++n);
    else
      lua_pop(L, 1);
  }
  return 1;
}

/* window:press(key[, shift]), window:drag(x, y, down): as if somebody did, for tests. */
static int press(lua_State *L) {
  SDL_Event event = {.type = SDL_KEYDOWN};
  check(L);
  event.key.keysym.sym = SDL_GetKeyFromName(luaL_checkstring(L, 2));
  luaL_argcheck(L, event.key.keysym.sym != SDLK_UNKNOWN, 2, "no key has this name");
  if (lua_toboolean(L, 3)) event.key.keysym.mod = KMOD_LSHIFT;
  SDL_PushEvent(&event);
  event.type = SDL_KEYUP;
  SDL_PushEvent(&event);
  return 0;
}

static int drag(lua_State *L) {
  check(L);
  SDL_Event event = {.type = lua_toboolean(L, 4) ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP};
  event.button.button = SDL_BUTTON_LEFT;
  event.button.x = (int)luaL_checkinteger(L, 2);
  event.button.y = (int)luaL_checkinteger(L, 3);
  SDL_PushEvent(&event);
  return 0;
}

int luaopen_rl_window(lua_State *L);

int luaopen_rl_window(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open_window}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"show", show}, {"size", size},     {"events", events}, {"press", press},
                                     {"drag", drag}, {"close", release}, {NULL, NULL}};
  if (luaL_newmetatable(L, type_name)) {
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
