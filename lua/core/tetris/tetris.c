/* rl.tetris: games of Tetris by linear controllers (tetris.h has the rules). */
#include "tetris/tetris.h"

#include "core/base/binding.h"
#include "base/stop.h"
#include "core/base/launch.h"

#include <math.h>
#include <string.h>

static const rll_type tetris_type = {"rl.tetris"};

static rl_tetris *check_self(lua_State *L) { return rll_check(L, 1, &tetris_type); }

/* rl.tetris{ width = 10, height = 20, features = "dellacherie_thiery", entry = "above" } */
static int tetris_new(lua_State *L) {
  static const char *const known[] = {"width", "height", "features", "entry", NULL};
  const char *what = "rl.tetris";
  lua_settop(L, 1);
  rll_check_options(L, 1, what, known);
  rl_tetris *self = rll_new(L, &tetris_type, sizeof *self);
  self->width = (int)rll_integer(L, 1, "width", 10, RL_TETRIS_MIN_SIZE, RL_TETRIS_MAX_WIDTH, what);
  self->height = (int)rll_integer(L, 1, "height", 20, RL_TETRIS_MIN_SIZE, RL_TETRIS_MAX_HEIGHT, what);
  self->features = (rl_tetris_feature_set)rll_choice(L, 1, "features", RL_TETRIS_DELLACHERIE_THIERY,
                                                     rl_tetris_feature_sets, what);
  self->entry = (rl_tetris_entry)rll_choice(L, 1, "entry", RL_TETRIS_ABOVE, rl_tetris_entries, what);
  return 1;
}

/* tetris:names() -> the features, in the order of the weights */
static int tetris_names(lua_State *L) {
  const rl_tetris *self = check_self(L);
  const int n = rl_tetris_n_features(self);
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    char name[RL_TETRIS_NAME];
    rl_tetris_feature_name(self, i, name);
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static void check_finite(lua_State *L, const float *weights, int64_t n, int n_features) {
  for (int64_t i = 0; i < n * n_features; i++)
    if (!isfinite(weights[i]))
      luaL_error(L, "weights: number %d of vector %d is not finite", (int)(i % n_features) + 1,
                 (int)(i / n_features) + 1);
}

static void read_match(lua_State *L, int table, rl_tetris_match *match) {
  static const char *const known[] = {"games", "common", "seed", "max_pieces", NULL};
  const char *what = "tetris:play";
  const int64_t endless = INT64_C(1) << 53;
  rll_check_options(L, table, what, known);
  match->games = (int)rll_integer(L, table, "games", 30, 1, 1 << 20, what);
  match->common = rll_boolean(L, table, "common", false, what);
  match->seed = rll_seed(L, table, what);
  match->max_pieces = rll_integer(L, table, "max_pieces", endless, 1, endless, what);
}

/* Pushes {pieces =, placements =, cut =} of all games. */
static void push_totals(lua_State *L, const rl_tetris_game *played, int64_t n_played) {
  const rl_tetris_totals totals = rl_tetris_total(played, n_played);
  lua_createtable(L, 0, 4);
  rll_set_integer(L, "pieces", totals.pieces);
  rll_set_integer(L, "placements", totals.placements);
  rll_set_integer(L, "cut", totals.cut);
}

/* tetris:play(weights [n, features] or [features], { games = 30, common = false, seed =, max_pieces = })
 * -> mean lines [n], { pieces =, placements =, cut =, and of one vector lines = of each game } */
static int tetris_play(lua_State *L) {
  const rl_tetris *self = check_self(L);
  const int n_features = rl_tetris_n_features(self);
  lua_settop(L, 3);
  const bool one = rll_check_tensor(L, 2)->ndim == 1;
  const float *weights = rll_check_floats(L, 2, 2, (int64_t[]){-1, n_features}, "weights");
  const int64_t n = rll_check_tensor(L, 2)->shape[0];
  check_finite(L, weights, n, n_features);
  rl_tetris_match match;
  read_match(L, 3, &match);
  const int64_t total = n * match.games;
  if (total > INT32_MAX) return luaL_error(L, "tetris:play: more than 2^31 games");
  rl_tetris_game *played = lua_newuserdata(L, (size_t)(total + 1) * sizeof *played); /* [n, games] */
  rl_tetris_play_match(self, weights, (int)n, &match, played);
  rl_error error;
  if (rl_stop_check(&error)) return rll_raise(L, &error);
  rl_tetris_mean_lines(played, (int)n, match.games, rll_new_tensor(L, 1, &n)->data);
  push_totals(L, played, total);
  if (!one) return 2;
  lua_createtable(L, match.games, 0);
  for (int i = 0; i < match.games; i++) {
    lua_pushinteger(L, (lua_Integer)played[i].lines);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "lines");
  return 2;
}

static void read_ascent(lua_State *L, int table, rl_tetris_ascent *ascent) {
  static const char *const known[] = {"games",  "seed",   "max_pieces", "gamma",
                                      "lambda", "max_kl", "damping",    NULL};
  const char *what = "tetris:ascend";
  const int64_t endless = INT64_C(1) << 53;
  rll_check_options(L, table, what, known);
  ascent->games = (int)rll_integer(L, table, "games", 30, 1, 1 << 16, what);
  ascent->seed = rll_seed(L, table, what);
  ascent->max_pieces = rll_integer(L, table, "max_pieces", endless, 1, endless, what);
  ascent->gamma = rll_number(L, table, "gamma", 0.95, 0.0, 0.9999, what);
  ascent->lambda = rll_number(L, table, "lambda", 0.9, 0.0, 1.0, what);
  ascent->max_kl = rll_number(L, table, "max_kl", 0.01, 1e-9, 1e3, what);
  ascent->damping = rll_number(L, table, "damping", 1e-3, 0.0, 1e6, what);
}

/* tetris:ascend(weights [features], { games = 30, seed =, max_pieces =, gamma = .95, lambda = .9, max_kl = .01,
 * damping = 1e-3 }) -> step [features], mean lines, { pieces =, placements =, cut = } */
static int tetris_ascend(lua_State *L) {
  const rl_tetris *self = check_self(L);
  const int64_t n = rl_tetris_n_features(self);
  double step[RL_TETRIS_MAX_FEATURES];
  rl_tetris_ascent ascent;
  rl_error error;
  lua_settop(L, 3);
  const float *weights = rll_check_floats(L, 2, 1, &n, "weights");
  check_finite(L, weights, 1, (int)n);
  read_ascent(L, 3, &ascent);
  rl_tetris_game *played = lua_newuserdata(L, (size_t)ascent.games * sizeof *played);
  if (rl_tetris_ascend(self, weights, &ascent, played, step, &error)) return rll_raise(L, &error);
  float *out = rll_new_tensor(L, 1, &n)->data, lines;
  for (int64_t i = 0; i < n; i++) out[i] = (float)step[i];
  rl_tetris_mean_lines(played, 1, ascent.games, &lines);
  lua_pushnumber(L, (lua_Number)lines);
  push_totals(L, played, ascent.games);
  return 3;
}

static int tetris_index(lua_State *L) {
  const rl_tetris *self = check_self(L);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "n_features") == 0)
    lua_pushinteger(L, rl_tetris_n_features(self));
  else if (strcmp(key, "width") == 0)
    lua_pushinteger(L, self->width);
  else if (strcmp(key, "height") == 0)
    lua_pushinteger(L, self->height);
  else if (strcmp(key, "features") == 0)
    lua_pushstring(L, rl_tetris_feature_sets[self->features]);
  else if (strcmp(key, "entry") == 0)
    lua_pushstring(L, rl_tetris_entries[self->entry]);
  else {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

static int tetris_tostring(lua_State *L) {
  const rl_tetris *self = check_self(L);
  lua_pushfstring(L, "rl.tetris: %d x %d, %s, entry %s", self->width, self->height,
                  rl_tetris_feature_sets[self->features], rl_tetris_entries[self->entry]);
  return 1;
}

void rll_open_tetris(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"play", tetris_play}, {"ascend", tetris_ascend}, {"names", tetris_names}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", tetris_index}, {"__tostring", tetris_tostring}, {NULL, NULL}};
  rll_register(L, &tetris_type, methods, metamethods);
  lua_pushcfunction(L, tetris_new);
  lua_setfield(L, -2, "tetris");
}
