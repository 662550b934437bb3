/* rl.cmaes: CMA-ES (runtime/cmaes.h). Tensors are float32; the search is in double, and ask_lists gives what
 * it asks for without rounding. */
#include "cmaes.h"

#include "binding.h"

#include <math.h>
#include <string.h>

static const rll_type cmaes_type = {"rl.cmaes"};
static const char who[] = "rl.cmaes";

typedef struct cmaes_object {
  rl_cmaes *es;
  ptrdiff_t reported; /* bytes, to rll_track */
} cmaes_object;

static rl_cmaes *check_self(lua_State *L) {
  const cmaes_object *self = rll_check(L, 1, &cmaes_type);
  if (!self->es) luaL_error(L, "the search is closed");
  return self->es;
}

/* The table of numbers or flat tensor at `index` as doubles, which are pushed; *n: how many. A table's
 * numbers are taken as they are. */
static double *push_numbers(lua_State *L, int index, const char *what, const char *name, size_t *n) {
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  if (tensor) {
    if (tensor->ndim != 1)
      luaL_error(L, "%s: %s: a flat tensor expected, got %d dimensions", what, name, tensor->ndim);
    *n = (size_t)tensor->shape[0];
    double *out = lua_newuserdata(L, (*n + 1) * sizeof *out);
    for (size_t i = 0; i < *n; i++)
      out[i] = (double)tensor->data[(ptrdiff_t)i * (ptrdiff_t)tensor->stride[0]];
    return out;
  }
  if (!lua_istable(L, index))
    luaL_error(L, "%s: %s: a table of numbers or a tensor expected, got %s", what, name,
               rll_type_name(L, index));
  *n = lua_rawlen(L, index);
  double *out = lua_newuserdata(L, (*n + 1) * sizeof *out);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s: %s: element %d is a %s, a number expected", what, name, (int)i + 1,
                 luaL_typename(L, -1));
    out[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  return out;
}

/* Option `name`: one number for every coordinate, or one for each; NULL when it is missing. Stays on the
 * stack. */
static const double *push_vector(lua_State *L, const char *name, int dim) {
  size_t n = (size_t)dim;
  double *out;
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) == LUA_TNUMBER) {
    double value = lua_tonumber(L, -1);
    out = lua_newuserdata(L, n * sizeof *out);
    for (size_t i = 0; i < n; i++) out[i] = value;
    return out;
  }
  out = push_numbers(L, lua_gettop(L), who, name, &n);
  if (n != (size_t)dim)
    luaL_error(L, "%s: option %s: %d numbers expected, as in x0, got %d", who, name, dim, (int)n);
  return out;
}

/* Option `name`: a list of coordinates, from 1. */
static const bool *push_coordinates(lua_State *L, const char *name, int dim) {
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1)) return NULL;
  size_t n;
  const double *list = push_numbers(L, lua_gettop(L), who, name, &n);
  bool *out = lua_newuserdata(L, (size_t)dim * sizeof *out);
  memset(out, 0, (size_t)dim * sizeof *out);
  for (size_t i = 0; i < n; i++) {
    if (!(list[i] >= 1.0 && list[i] <= dim && list[i] == floor(list[i])))
      luaL_error(L, "%s: option %s: a list of coordinates from 1 to %d expected, element %d is no such", who,
                 name, dim, (int)i + 1);
    out[(int)list[i] - 1] = true;
  }
  return out;
}

static void read_termination(lua_State *L, rl_cmaes_options *o) {
  const int64_t most = INT64_C(1) << 53;
  o->tolfun = rll_number(L, 1, "tolfun", o->tolfun, 0, HUGE_VAL, who);
  o->tolfunhist = rll_number(L, 1, "tolfunhist", o->tolfunhist, 0, HUGE_VAL, who);
  o->tolx = rll_number(L, 1, "tolx", o->tolx, 0, HUGE_VAL, who);
  o->tolupsigma = rll_number(L, 1, "tolupsigma", o->tolupsigma, 0, HUGE_VAL, who);
  o->conditioncov = rll_number(L, 1, "conditioncov", o->conditioncov, 0, HUGE_VAL, who);
  o->flatfitness = (int)rll_integer(L, 1, "flatfitness", o->flatfitness, 0, INT32_MAX, who);
  o->stagnation = rll_boolean(L, 1, "stagnation", o->stagnation, who);
  o->max_iterations = rll_integer(L, 1, "max_iterations", 0, 0, most, who);
  o->max_evaluations = rll_integer(L, 1, "max_evaluations", 0, 0, most, who);
  o->target = rll_number(L, 1, "target", o->target, -HUGE_VAL, HUGE_VAL, who);
}

/* rl.cmaes{ x0 = tensor or table, sigma = .3, ... } */
static int cmaes_new(lua_State *L) {
  static const char *const known[] = {"x0",
                                      "sigma",
                                      "popsize",
                                      "seed",
                                      "active",
                                      "diagonal",
                                      "minimize",
                                      "lower",
                                      "upper",
                                      "scale",
                                      "fixed",
                                      "integer",
                                      "tolfun",
                                      "tolx",
                                      "tolfunhist",
                                      "tolupsigma",
                                      "conditioncov",
                                      "flatfitness",
                                      "stagnation",
                                      "max_iterations",
                                      "max_evaluations",
                                      "target",
                                      NULL};
  rl_cmaes_options o = rl_cmaes_defaults();
  rl_error error;
  size_t n;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_checkstack(L, 20, who);
  rll_check_options(L, 1, who, known);
  cmaes_object *self = rll_new(L, &cmaes_type, sizeof *self);
  lua_getfield(L, 1, "x0");
  const double *x0 = push_numbers(L, lua_gettop(L), who, "x0", &n);
  if (n < 1 || n > INT32_MAX / 2) return luaL_error(L, "%s: x0: at least one number expected", who);
  int dim = (int)n;
  o.sigma = rll_number(L, 1, "sigma", o.sigma, -HUGE_VAL, HUGE_VAL, who);
  o.popsize = (int)rll_integer(L, 1, "popsize", 0, 2, 1 << 24, who);
  o.seed = rll_seed(L, 1, who);
  o.active = rll_boolean(L, 1, "active", o.active, who);
  o.diagonal = rll_boolean(L, 1, "diagonal", o.diagonal, who);
  o.minimize = rll_boolean(L, 1, "minimize", o.minimize, who);
  o.lower = push_vector(L, "lower", dim);
  o.upper = push_vector(L, "upper", dim);
  o.scale = push_vector(L, "scale", dim);
  o.fixed = push_coordinates(L, "fixed", dim);
  o.integer = push_coordinates(L, "integer", dim);
  read_termination(L, &o);
  if (rl_cmaes_create(&self->es, dim, x0, &o, &error)) return luaL_error(L, "%s: %s", who, error.message);
  self->reported = (ptrdiff_t)rl_cmaes_bytes(self->es);
  rll_track(L, self->reported);
  lua_settop(L, 2);
  return 1;
}

static int gc(lua_State *L) {
  cmaes_object *self = rll_check(L, 1, &cmaes_type);
  rl_cmaes_free(self->es);
  self->es = NULL;
  rll_track(L, -self->reported);
  self->reported = 0;
  return 0;
}

/* es:ask() -> [popsize, dim] */
static int ask(lua_State *L) {
  rl_cmaes *es = check_self(L);
  const double *x;
  rl_error error;
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){rl_cmaes_popsize(es), rl_cmaes_size(es)});
  if (rl_cmaes_ask(es, &x, &error)) return rll_raise(L, &error);
  rl_cmaes_candidates_f32(es, out->data);
  return 1;
}

static void push_list(lua_State *L, const double *x, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushnumber(L, x[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* es:ask_lists() -> { { x1, x2, ... }, ... }, in double */
static int ask_lists(lua_State *L) {
  rl_cmaes *es = check_self(L);
  const double *x;
  rl_error error;
  int n = rl_cmaes_size(es), popsize = rl_cmaes_popsize(es);
  if (rl_cmaes_ask(es, &x, &error)) return rll_raise(L, &error);
  lua_createtable(L, popsize, 0);
  for (int k = 0; k < popsize; k++) {
    push_list(L, x + (size_t)k * (size_t)n, n);
    lua_rawseti(L, -2, k + 1);
  }
  return 1;
}

/* es:tell(x, values): x is what the last ask gave, so that values of other points are not taken for those */
static int tell(lua_State *L) {
  rl_cmaes *es = check_self(L);
  rl_error error;
  size_t count;
  int n = rl_cmaes_size(es), popsize = rl_cmaes_popsize(es);
  const double *asked = rl_cmaes_candidates(es);
  if (!asked) return luaL_error(L, "tell: ask first");
  lua_settop(L, 3);
  const float *x = rll_check_floats(L, 2, 2, (int64_t[]){popsize, n}, "x");
  size_t elements = (size_t)popsize * (size_t)n;
  float *given = lua_newuserdata(L, elements * sizeof *given);
  rl_cmaes_candidates_f32(es, given);
  for (size_t i = 0; i < elements; i++)
    if (x[i] != given[i] && x[i] != (float)asked[i])
      return luaL_error(L, "tell: x is not what the last ask gave: candidate %d, coordinate %d differs",
                        (int)i / n + 1, (int)i % n + 1);
  const double *value = push_numbers(L, 3, "tell", "values", &count);
  if (count != (size_t)popsize)
    return luaL_error(L, "tell: %d values expected, one a candidate, got %d", popsize, (int)count);
  if (rl_cmaes_tell(es, value, &error)) return rll_raise(L, &error);
  return 0;
}

/* es:inject(x) */
static int inject(lua_State *L) {
  rl_cmaes *es = check_self(L);
  rl_error error;
  size_t n;
  const double *x = push_numbers(L, 2, "inject", "x", &n);
  if (n != (size_t)rl_cmaes_size(es))
    return luaL_error(L, "inject: %d numbers expected, got %d", rl_cmaes_size(es), (int)n);
  if (rl_cmaes_inject(es, x, &error)) return rll_raise(L, &error);
  return 0;
}

/* es:stop() -> nil, or a list of the criteria that are met */
static int stop(lua_State *L) {
  const char *names[RL_CMAES_CRITERIA];
  int count = rl_cmaes_stop(check_self(L), names);
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

/* es:options() -> what was given, with numbers for what was left to it */
static int options(lua_State *L) {
  const rl_cmaes *es = check_self(L);
  const rl_cmaes_options *o = rl_cmaes_options_of(es);
  const struct {
    const char *name;
    double value;
  } numbers[] = {{"sigma", o->sigma},  {"tolfun", o->tolfun},         {"tolfunhist", o->tolfunhist},
                 {"tolx", o->tolx},    {"tolupsigma", o->tolupsigma}, {"conditioncov", o->conditioncov},
                 {"target", o->target}};
  const struct {
    const char *name;
    int64_t value;
  } integers[] = {{"popsize", o->popsize},
                  {"seed", (int64_t)o->seed},
                  {"flatfitness", o->flatfitness},
                  {"max_iterations", o->max_iterations},
                  {"max_evaluations", o->max_evaluations}};
  const struct {
    const char *name;
    bool value;
  } switches[] = {{"active", o->active},
                  {"diagonal", o->diagonal},
                  {"minimize", o->minimize},
                  {"stagnation", o->stagnation}};
  lua_newtable(L);
  rll_set_string(L, "name", "cmaes");
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    rll_set_number(L, numbers[i].name, numbers[i].value);
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
    rll_set_integer(L, integers[i].name, integers[i].value);
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
    lua_pushboolean(L, switches[i].value);
    lua_setfield(L, -2, switches[i].name);
  }
  return 1;
}

/* es:save(path) and es:load(path) -> true, or nil and a message */
static int finish_file(lua_State *L, rl_status status, rl_archive *archive, const rl_error *error) {
  rl_archive_free(archive);
  if (!status) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, error->message);
  return 2;
}

static int save(lua_State *L) {
  const rl_cmaes *es = check_self(L);
  const char *path = luaL_checkstring(L, 2);
  rl_error error;
  rl_archive *archive = rl_archive_new();
  rl_status status = archive ? RL_OK : rl_fail(&error, RL_NO_MEMORY, "out of memory for saving %s", path);
  if (!status) status = rl_cmaes_save(es, archive, "cmaes", &error);
  if (!status) status = rl_archive_save(archive, path, &error);
  return finish_file(L, status, archive, &error);
}

static int load(lua_State *L) {
  rl_cmaes *es = check_self(L);
  const char *path = luaL_checkstring(L, 2);
  rl_error error;
  rl_archive *archive = NULL;
  rl_status status = rl_archive_load(&archive, path, &error);
  if (!status) status = rl_cmaes_load(es, archive, "cmaes", &error);
  return finish_file(L, status, archive, &error);
}

/* nil for NULL */
static int push_point(lua_State *L, const rl_cmaes *es, const double *x) {
  if (!x) {
    lua_pushnil(L);
    return 1;
  }
  rl_tensor *out = rll_new_tensor(L, 1, (int64_t[]){rl_cmaes_size(es)});
  for (int i = 0; i < rl_cmaes_size(es); i++) out->data[i] = (float)x[i];
  return 1;
}

static int push_mean(lua_State *L, const rl_cmaes *es) {
  double *x = lua_newuserdata(L, (size_t)rl_cmaes_size(es) * sizeof *x);
  rl_cmaes_mean(es, x);
  return push_point(L, es, x);
}

/* Fields, best_... only once there is one, and methods. */
static int index(lua_State *L) {
  const rl_cmaes *es = check_self(L);
  const char *key = luaL_checkstring(L, 2);
  double value = 0.0;
  int64_t evaluation = 0;
  const double *best = rl_cmaes_best(es, &value, &evaluation);
  const struct {
    const char *name;
    int64_t value;
  } counts[] = {{"popsize", rl_cmaes_popsize(es)},       {"dim", rl_cmaes_size(es)},
                {"iterations", rl_cmaes_iterations(es)}, {"evaluations", rl_cmaes_evaluations(es)},
                {"not_finite", rl_cmaes_not_finite(es)}, {"best_evaluation", evaluation}};
  const size_t n_counts = sizeof counts / sizeof *counts - (best ? 0 : 1);
  if (strcmp(key, "best") == 0) return push_point(L, es, best);
  if (strcmp(key, "mean") == 0) return push_mean(L, es);
  if (strcmp(key, "sigma") == 0 || (best && strcmp(key, "best_return") == 0)) {
    lua_pushnumber(L, key[0] == 's' ? rl_cmaes_sigma(es) : value);
    return 1;
  }
  for (size_t i = 0; i < n_counts; i++)
    if (strcmp(key, counts[i].name) == 0) {
      lua_pushinteger(L, (lua_Integer)counts[i].value);
      return 1;
    }
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

void rll_open_cmaes(lua_State *L) {
  static const luaL_Reg methods[] = {{"ask", ask},       {"ask_lists", ask_lists}, {"tell", tell},
                                     {"inject", inject}, {"stop", stop},           {"options", options},
                                     {"save", save},     {"load", load},           {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__index", index}, {"__gc", gc}, {NULL, NULL}};
  rll_register(L, &cmaes_type, methods, metamethods);
  lua_pushcfunction(L, cmaes_new);
  lua_setfield(L, -2, "cmaes");
}
