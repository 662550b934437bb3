/* What a search shows: where it stands, its front, its archive of candidates. */
#include "core/search/search_object.h"

#include "base/text.h"
#include "core/search/search_problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void push_list(lua_State *L, const double *x, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushnumber(L, x[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

void rll_push_lists(lua_State *L, const double *x, int rows, int columns) {
  lua_createtable(L, rows, 0);
  for (int k = 0; k < rows; k++) {
    push_list(L, x + (size_t)k * (size_t)columns, columns);
    lua_rawseti(L, -2, k + 1);
  }
}

/* The front, where there can be one and something has been told. */
static int find_front(lua_State *L, rll_search *self, const char *what, const double **x,
                      const double **value) {
  if (!rl_search_method(self->search)->front)
    luaL_error(L, "%s: %s: a search of one objective has no front, but a best", self->name, what);
  int count = rl_search_front(self->search, x, value);
  if (count == 0 && rl_search_view(self->search)->evaluations > 0)
    luaL_error(L, "%s: %s: there is none yet: no candidate that was told had finite values", self->name,
               what);
  if (count == 0) luaL_error(L, "%s: %s: nothing has been told: ask and tell first", self->name, what);
  return count;
}

static void push_rows_of(lua_State *L, const double *x, int rows, int columns) {
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){rows, columns});
  for (size_t i = 0; i < (size_t)rows * (size_t)columns; i++) out->data[i] = (float)x[i];
}

/* search:rll_search_front() -> x [count, dim], values [count, objectives] */
int rll_search_front(lua_State *L) {
  rll_search *self = rll_check_open_search(L);
  const double *x, *value;
  int count = find_front(L, self, "front", &x, &value);
  push_rows_of(L, x, count, rl_search_problem(self->search)->n);
  push_rows_of(L, value, count, rl_search_view(self->search)->objectives);
  return 2;
}

/* search:rll_search_front_lists() -> the same as lists, in double */
int rll_search_front_lists(lua_State *L) {
  rll_search *self = rll_check_open_search(L);
  const double *x, *value;
  int count = find_front(L, self, "front_lists", &x, &value);
  rll_push_lists(L, x, count, rl_search_problem(self->search)->n);
  rll_push_lists(L, value, count, rl_search_view(self->search)->objectives);
  return 2;
}

/* search:rll_search_hypervolume(reference) */
int rll_search_hypervolume(lua_State *L) {
  rll_search *self = rll_check_open_search(L);
  const double *x, *value;
  size_t n;
  find_front(L, self, "hypervolume", &x, &value);
  const double *reference = rll_push_doubles(L, 2, "hypervolume", "reference", &n);
  int objectives = rl_search_view(self->search)->objectives;
  if (n != (size_t)objectives)
    return luaL_error(L, "%s: hypervolume: %d numbers expected, one an objective, got %d", self->name,
                      objectives, (int)n);
  if (!rl_all_finite(reference, n))
    return luaL_error(L, "%s: hypervolume: reference: numbers that are finite expected", self->name);
  lua_pushnumber(L, rl_search_hypervolume(self->search, reference));
  return 1;
}

int rll_push_names(lua_State *L, const char *const *names, int count) {
  if (count == 0) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int push_floats(lua_State *L, const double *x, int n) {
  rl_tensor *out = rll_new_tensor(L, 1, (int64_t[]){n});
  for (int i = 0; i < n; i++) out->data[i] = (float)x[i];
  return 1;
}

static rl_tensor *push_flat(lua_State *L, const rll_search *self) {
  return rll_new_tensor(L, 1, (int64_t[]){rl_search_problem(self->search)->n});
}

static int push_point(lua_State *L, const rll_search *self, const double *x) {
  rl_search_point_f32(self->search, x, push_flat(L, self)->data);
  return 1;
}

static int push_deviation(lua_State *L, const rll_search *self, const double *deviation) {
  return push_floats(L, deviation, rl_search_problem(self->search)->n);
}

/* search:rll_search_mean_list() -> what mean is, in double */
int rll_search_mean_list(lua_State *L) {
  const rll_search *self = rll_check_open_search(L);
  push_list(L, rl_search_view(self->search)->mean, rl_search_problem(self->search)->n);
  return 1;
}

/* search:rll_search_best_list() -> the best candidate as it was evaluated; nil before there is one */
int rll_search_best_list(lua_State *L) {
  const rll_search *self = rll_check_open_search(L);
  const rl_search_state *s = rl_search_view(self->search);
  if (s->best_evaluation == 0) return 0;
  push_list(L, s->best, rl_search_problem(self->search)->n);
  return 1;
}

static int push_integer(lua_State *L, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  return 1;
}

static int push_number(lua_State *L, double value) {
  lua_pushnumber(L, value);
  return 1;
}

/* Pushes { x =, value =, measures = { name = }, index = { ... } } of a cell; false: it is empty. */
static bool push_cell(lua_State *L, const rll_search *self, int64_t cell, double *x, bool lists) {
  const rl_search_space *space = rl_search_problem(self->search);
  const double *measures;
  double value;
  if (!rl_search_elite(self->search, cell, x, &measures, &value)) return false;
  lua_createtable(L, 0, 4);
  if (lists)
    push_list(L, x, space->n);
  else
    push_point(L, self, x);
  lua_setfield(L, -2, "x");
  rll_set_number(L, "value", value);
  lua_createtable(L, 0, space->n_measures);
  for (int i = 0; i < space->n_measures; i++) rll_set_number(L, space->measures[i].name, measures[i]);
  lua_setfield(L, -2, "measures");
  lua_createtable(L, space->n_measures, 0);
  for (int i = space->n_measures - 1; i >= 0; cell /= space->measures[i--].cells) {
    lua_pushinteger(L, (lua_Integer)(cell % space->measures[i].cells) + 1);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "index");
  return true;
}

static int push_archive(lua_State *L, bool lists) {
  const rll_search *self = rll_check_open_search(L);
  const rl_search_state *s = rl_search_view(self->search);
  if (s->cells == 0) return luaL_error(L, "%s: keeps no archive of candidates", self->name);
  const int n = rl_search_problem(self->search)->n;
  double *x = lua_newuserdata(L, (size_t)n * sizeof *x);
  lua_createtable(L, (int)s->filled, 0);
  for (int64_t cell = 0, count = 0; cell < s->cells; cell++)
    if (push_cell(L, self, cell, x, lists)) lua_rawseti(L, -2, (int)++count);
  return 1;
}

/* search:rll_search_archive() -> { { x =, value =, measures = { name = }, index = { from 1 } }, ... } */
int rll_search_archive(lua_State *L) { return push_archive(L, false); }

/* search:rll_search_archive_lists() -> the same, x in double */
int rll_search_archive_lists(lua_State *L) { return push_archive(L, true); }

/* Methods, and fields; best... only once there is one. */
int rll_search_index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1) || lua_type(L, 2) != LUA_TSTRING) return 1;
  const rll_search *self = rll_check_open_search(L);
  const char *key = lua_tostring(L, 2);
  const rl_search_state *s = rl_search_view(self->search);
  bool best = s->best_evaluation > 0;
  if (strcmp(key, "mean") == 0) return push_point(L, self, s->mean);
  if (strcmp(key, "deviation") == 0) return push_deviation(L, self, s->deviation);
  if (strcmp(key, "sigma") == 0) return push_number(L, s->sigma);
  if (strcmp(key, "popsize") == 0) return push_integer(L, s->popsize);
  if (strcmp(key, "dim") == 0) return push_integer(L, rl_search_problem(self->search)->n);
  if (strcmp(key, "iterations") == 0) return push_integer(L, s->iterations);
  if (strcmp(key, "evaluations") == 0) return push_integer(L, s->evaluations);
  if (strcmp(key, "not_finite") == 0) return push_integer(L, s->not_finite);
  if (strcmp(key, "objectives") == 0) return push_integer(L, s->objectives);
  if (strcmp(key, "extras") == 0) return push_integer(L, s->extras);
  if (strcmp(key, "restarts") == 0) return push_integer(L, s->restarts);
  if (strcmp(key, "last_stop") == 0) return rll_push_names(L, s->ended, s->n_ended);
  if (strcmp(key, "noise_evaluations") == 0) return push_integer(L, s->noise_evaluations);
  if (s->cells > 0 && strcmp(key, "cells") == 0) return push_integer(L, s->cells);
  if (s->cells > 0 && strcmp(key, "filled") == 0) return push_integer(L, s->filled);
  if (s->cells > 0 && strcmp(key, "coverage") == 0)
    return push_number(L, (double)s->filled / (double)s->cells);
  if (s->cells > 0 && strcmp(key, "outside") == 0) return push_integer(L, s->outside);
  if (s->cells > 0 && strcmp(key, "qd_score") == 0) return push_number(L, s->qd_score);
  if (best && strcmp(key, "best") == 0) return push_point(L, self, s->best);
  if (best && strcmp(key, "best_return") == 0) return push_number(L, s->best_return);
  if (best && strcmp(key, "best_evaluation") == 0) return push_integer(L, s->best_evaluation);
  if (best && strcmp(key, "violation") == 0 && !isnan(s->violation)) return push_number(L, s->violation);
  if (best && s->extras > 0 && strncmp(key, "best_", 5) == 0 &&
      strcmp(key + 5, rl_search_method(self->search)->extras) == 0)
    return push_floats(L, s->best_extras, s->extras);
  if (strcmp(key, "notice") == 0 && *s->notice) {
    lua_pushstring(L, s->notice);
    return 1;
  }
  if (strcmp(key, "space") == 0) {
    lua_getuservalue(L, 1);
    lua_rawgeti(L, -1, RLL_SEARCH_SPACE);
    return 1;
  }
  return 1; /* nil */
}

int rll_search_tostring(lua_State *L) {
  const rll_search *self = rll_check_open_search(L);
  const rl_search_state *s = rl_search_view(self->search);
  char best[128] = "";
  if (s->best_evaluation > 0) rl_format(best, sizeof best, ", best %.6g", s->best_return);
  const double *x, *value;
  if (s->objectives > 1 && s->iterations > 0)
    rl_format(best, sizeof best, ", %d on the front", rl_search_front(self->search, &x, &value));
  if (s->violation > 0.0)
    rl_format(best, sizeof best, ", no candidate is feasible: constraints are violated by %.6g at least",
              s->violation);
  lua_pushfstring(L, "%s of %d coordinates: iteration %d%s", self->name, rl_search_problem(self->search)->n,
                  (int)s->iterations, best);
  return 1;
}
