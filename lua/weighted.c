/* rl.cem, rl.rwr, rl.pi2, rl.power: search by weighted maximum likelihood (runtime/weighted.c). */
#include "weighted.h"

#include "binding.h"

#include <math.h>
#include <string.h>

static const rll_type weighted_type = {"rl.weighted"};

typedef struct weighted_object {
  rl_weighted *search;
  char name[16]; /* "rl.cem" */
} weighted_object;

enum {
  NOISE = 1,
  LAST_ASK
}; /* in the uservalue: noise as a function of the iteration, and what tell takes */

static weighted_object *check_weighted(lua_State *L, int arg) { return rll_check(L, arg, &weighted_type); }

static const char *const names[] = {
    "x0",    "scale",  "seed",     "sigma",          "popsize",         "full",
    "elite", "beta",   "rate",     "decay",          "noise",           "adapt",
    "tolx",  "target", "minimize", "max_iterations", "max_evaluations", NULL};

static double number(lua_State *L, const weighted_object *self, const char *name, double fallback) {
  return rll_number(L, 1, name, fallback, -HUGE_VAL, HUGE_VAL, self->name);
}

static void read_options(lua_State *L, const weighted_object *self, rl_weighted_options *o) {
  o->popsize = (int)rll_integer(L, 1, "popsize", o->popsize, 2, 1 << 20, self->name);
  o->sigma = number(L, self, "sigma", o->sigma);
  o->full = rll_boolean(L, 1, "full", o->full, self->name);
  o->elite = number(L, self, "elite", o->elite);
  o->beta = number(L, self, "beta", o->beta);
  o->adapt = rll_boolean(L, 1, "adapt", o->adapt, self->name);
  o->rate = number(L, self, "rate", o->rate);
  o->decay = number(L, self, "decay", o->decay);
  o->tolx = number(L, self, "tolx", o->tolx);
  o->minimize = rll_boolean(L, 1, "minimize", o->minimize, self->name);
  o->max_iterations = rll_integer(L, 1, "max_iterations", 0, 0, INT64_C(1) << 40, self->name);
  o->max_evaluations = rll_integer(L, 1, "max_evaluations", 0, 0, INT64_C(1) << 40, self->name);
  o->seed = rll_seed(L, 1, self->name);
  lua_getfield(L, 1, "target");
  if (!lua_isnil(L, -1)) o->target = number(L, self, "target", 0);
  lua_getfield(L, 1, "noise");
  if (!lua_isfunction(L, -1)) o->noise = number(L, self, "noise", o->noise);
  lua_pop(L, 2);
}

/* Pushes the option as doubles in memory that Lua owns; *n: how many there must be, or 0 for any. */
static const double *read_doubles(lua_State *L, const weighted_object *self, const char *name, int *n) {
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1)) return NULL;
  int at = lua_gettop(L);
  const rl_tensor *tensor = rll_check_tensor(L, at);
  int64_t count = rl_tensor_count(tensor);
  if (tensor->ndim != 1 || count < 1 || count > 1 << 24 || (*n && count != *n))
    luaL_error(L, "%s: option %s: a list of %s numbers expected", self->name, name,
               *n ? lua_pushfstring(L, "%d", *n) : "");
  double *out = lua_newuserdata(L, (size_t)count * sizeof *out);
  for (int64_t i = 0; i < count; i++) out[i] = (double)tensor->data[i * tensor->stride[0]];
  *n = (int)count;
  return out;
}

/* rl.cem{ x0 =, sigma =, ... }; upvalue 1: rl_weighting */
static int weighted_new(lua_State *L) {
  rl_error error;
  rl_weighting kind = (rl_weighting)lua_tointeger(L, lua_upvalueindex(1));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  weighted_object *self = rll_new(L, &weighted_type, sizeof *self); /* at 2 */
  strcpy(self->name, "rl.");
  strncat(self->name, rl_weighting_names[kind], sizeof self->name - 4);
  rll_check_options(L, 1, self->name, names);
  rl_weighted_options options = rl_weighted_defaults(kind);
  read_options(L, self, &options);
  int n = 0;
  const double *x0 = read_doubles(L, self, "x0", &n);
  if (!x0)
    return luaL_error(L, "%s: option x0: where does the search begin? a list of numbers or a tensor expected",
                      self->name);
  const double *scale = read_doubles(L, self, "scale", &n);
  if (rl_weighted_create(&self->search, n, x0, scale, &options, &error))
    return luaL_error(L, "%s: %s", self->name, error.message);
  lua_createtable(L, LAST_ASK, 0);
  lua_getfield(L, 1, "noise");
  if (lua_isfunction(L, -1))
    lua_rawseti(L, -2, NOISE);
  else
    lua_pop(L, 1);
  lua_setuservalue(L, 2);
  lua_settop(L, 2);
  return 1;
}

static int gc(lua_State *L) {
  weighted_object *self = check_weighted(L, 1);
  rl_weighted_free(self->search);
  self->search = NULL;
  return 0;
}

static rl_tensor *push_row(lua_State *L, const double *x, int n) {
  rl_tensor *tensor = rll_new_tensor(L, 1, (int64_t[]){n});
  for (int i = 0; i < n; i++) tensor->data[i] = (float)x[i];
  return tensor;
}

/* search:ask() -> [popsize, n] */
static int ask(lua_State *L) {
  weighted_object *self = check_weighted(L, 1);
  rl_error error;
  const double *x;
  int n = rl_weighted_size(self->search), popsize = rl_weighted_get_options(self->search)->popsize;
  if (rl_weighted_ask(self->search, &x, &error)) return luaL_error(L, "%s: %s", self->name, error.message);
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){popsize, n});
  for (int64_t i = 0; i < (int64_t)popsize * n; i++) out->data[i] = (float)x[i];
  lua_getuservalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, LAST_ASK);
  lua_pop(L, 1);
  return 1;
}

/* Noise given as a function is asked before each update, with the number of the iteration from 1 on. */
static void read_schedule(lua_State *L, const weighted_object *self) {
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, NOISE);
  if (lua_isfunction(L, -1)) {
    lua_pushinteger(L, (lua_Integer)rl_weighted_get_state(self->search).iterations + 1);
    lua_call(L, 1, 1);
    double noise = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : -1.0;
    if (!(noise >= 0.0 && isfinite(noise)))
      luaL_error(L, "%s: noise must return a number that is not negative, got %s", self->name,
                 luaL_tolstring(L, -1, NULL));
    rl_weighted_get_options(self->search)->noise = noise;
  }
  lua_settop(L, 3);
}

/* search:tell(x, values): x is what ask gave last */
static int tell(lua_State *L) {
  weighted_object *self = check_weighted(L, 1);
  rl_error error;
  lua_settop(L, 3);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, LAST_ASK);
  if (!lua_rawequal(L, 2, -1) || lua_isnil(L, 2))
    return luaL_error(L, "%s: tell takes the candidates that ask gave last, and their values", self->name);
  lua_settop(L, 3);
  int popsize = rl_weighted_get_options(self->search)->popsize;
  const rl_tensor *values = rll_check_tensor(L, 3);
  if (values->ndim != 1 || values->shape[0] != popsize)
    return luaL_error(L, "%s: %d values expected, got %d", self->name, popsize, (int)rl_tensor_count(values));
  double *value = lua_newuserdata(L, (size_t)popsize * sizeof *value); /* at 4 */
  for (int k = 0; k < popsize; k++) value[k] = (double)values->data[k * values->stride[0]];
  lua_pushvalue(L, 4);
  lua_insert(L, 3); /* keeps it within what read_schedule leaves */
  read_schedule(L, self);
  if (rl_weighted_tell(self->search, value, &error))
    return luaL_error(L, "%s: %s", self->name, error.message);
  return 0;
}

/* search:stop() -> false, or the names of the criteria that are met */
static int stop(lua_State *L) {
  const char *met[RL_WEIGHTED_STOPS];
  int count = rl_weighted_stop(check_weighted(L, 1)->search, met);
  if (!count) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushstring(L, met[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* Methods, then mean, deviation, best [n], best_return, iterations, evaluations, not_finite, popsize. */
static int index(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1)) return 1;
  const weighted_object *self = check_weighted(L, 1);
  const rl_weighted_state s = rl_weighted_get_state(self->search);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  int n = rl_weighted_size(self->search);
  if (strcmp(key, "mean") == 0)
    push_row(L, s.mean, n);
  else if (strcmp(key, "deviation") == 0)
    push_row(L, s.deviation, n);
  else if (strcmp(key, "best") == 0)
    push_row(L, s.best, n);
  else if (strcmp(key, "best_return") == 0 && !isnan(s.best_value))
    lua_pushnumber(L, s.best_value);
  else if (strcmp(key, "iterations") == 0)
    lua_pushinteger(L, (lua_Integer)s.iterations);
  else if (strcmp(key, "evaluations") == 0)
    lua_pushinteger(L, (lua_Integer)s.evaluations);
  else if (strcmp(key, "not_finite") == 0)
    lua_pushinteger(L, (lua_Integer)s.not_finite);
  else if (strcmp(key, "popsize") == 0)
    lua_pushinteger(L, rl_weighted_get_options(self->search)->popsize);
  else
    lua_pushnil(L);
  return 1;
}

static int tostring(lua_State *L) {
  const weighted_object *self = check_weighted(L, 1);
  lua_pushfstring(L, "%s of %d coordinates", self->name, rl_weighted_size(self->search));
  return 1;
}

void rll_open_weighted(lua_State *L) {
  static const luaL_Reg methods[] = {{"ask", ask}, {"tell", tell}, {"stop", stop}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", index}, {"__gc", gc}, {"__tostring", tostring}, {NULL, NULL}};
  rll_register(L, &weighted_type, methods, metamethods);
  for (int kind = 0; kind < RL_WEIGHTINGS; kind++) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, weighted_new, 1);
    lua_setfield(L, -2, rl_weighting_names[kind]);
  }
}
