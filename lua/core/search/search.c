/* The derivative-free methods, rl.cmaes, rl.cem ...: one type, one face (runtime/search/search.h); which
 * options a method has is its table. Tensors are float32, the searches double: ask_lists gives candidates
 * without rounding. What a search shows of itself is in search_view.c. */
#include "core/base/archive.h"
#include "core/base/option_table.h"
#include "core/search/search_object.h"
#include "core/search/search_problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const rll_type rll_search_type = {"rl.search"};

static rll_search *check_search(lua_State *L) { return rll_check(L, 1, &rll_search_type); }

static int fail(lua_State *L, const rll_search *self, const rl_error *error) {
  return luaL_error(L, "%s: %s", self->name, error->message);
}

static void report(lua_State *L, rll_search *self) {
  ptrdiff_t bytes = self->search ? (ptrdiff_t)rl_search_bytes(self->search) : 0,
            more = bytes - self->reported;
  self->reported = bytes;
  rll_track(L, more);
}

static bool is_scheduled(const rl_option *option) {
  return option->live && (option->type == RL_OPTION_NUMBER || option->type == RL_OPTION_INTEGER);
}

/* Puts the option, where it is a function, from the table at `table` to the schedules at `schedules`. */
static bool take_schedule(lua_State *L, rll_search *self, int table, int schedules, const rl_option *option) {
  lua_getfield(L, table, option->name);
  bool function = is_scheduled(option) && rll_is_callable(L, -1);
  if (!function) {
    lua_pop(L, 1);
    return false;
  }
  lua_setfield(L, schedules, option->name);
  self->has_schedules = true;
  self->scheduled = 0;
  return true;
}

static void set_option(lua_State *L, const rll_search *self, const rl_option *option, double value) {
  rl_error error;
  if (rl_search_set(self->search, option->name, value, &error)) fail(L, self, &error);
}

/* Replaces the function at the top of the stack by what it returns for this iteration. */
static double call_schedule(lua_State *L, rll_search *self, const char *option, int64_t iteration) {
  rl_error error;
  const int function = lua_gettop(L);
  rll_callback_begin(L, &self->schedules, self->name);
  lua_pushvalue(L, function);
  lua_pushinteger(L, (lua_Integer)iteration);
  const rl_status status = rll_callback_run(&self->schedules, 1, 1, &error);
  rll_callback_end(L, &self->schedules, status, &error);
  if (rll_plain_type(L, -1) != LUA_TNUMBER)
    luaL_error(L, "%s: option %s: its function must return a number, got %s", self->name, option,
               luaL_typename(L, -1));
  const double value = lua_tonumber(L, -1);
  lua_settop(L, function);
  return value;
}

/* Calls every schedule once an iteration, before its ask or, after a load, its tell. */
static void follow_schedules(lua_State *L, rll_search *self) {
  if (!self->has_schedules) return;
  const rl_search_class *method = rl_search_method(self->search);
  int64_t iteration = rl_search_view(self->search)->iterations + 1;
  if (self->scheduled == iteration) return;
  int top = lua_gettop(L);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, RLL_SEARCH_SCHEDULES);
  for (int i = 0; i < method->n_options; i++) {
    const rl_option *option = &method->options[i];
    lua_getfield(L, top + 2, option->name);
    if (rll_is_callable(L, -1)) set_option(L, self, option, call_schedule(L, self, option->name, iteration));
    lua_pop(L, 1);
  }
  self->scheduled = iteration;
  lua_settop(L, top);
}

/* What rll_make_from_env goes by: the name of an environment, which is none yet. */
static void refuse_env(lua_State *L, const char *name) {
  lua_getfield(L, 1, "env");
  if (!lua_isnil(L, -1) && !lua_isuserdata(L, -1))
    luaL_error(L, "rl.%s: option env: rl.env expected, got %s", name, rll_type_name(L, lua_gettop(L)));
  lua_pop(L, 1);
}

/* rl.cem{ x0 =, sigma =, ... }; upvalue 1: which of rl_search_classes */
static int search_new(lua_State *L) {
  static const char *const more[] = {"x0",      "lower", "upper",    "scale",       "fixed",
                                     "integer", "space", "measures", "max_seconds", NULL};
  rl_error error;
  int count;
  const rl_search_class *method = rl_search_classes(&count)[lua_tointeger(L, lua_upvalueindex(1))];
  const rl_options list = rl_search_option_table(method);
  rll_check_kind(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const int made = rll_make_from_env(L, "x0", method->name);
  if (made) return made;
  refuse_env(L, method->name);
  rll_search *self = rll_new(L, &rll_search_type, sizeof *self); /* at 2 */
  snprintf(self->name, sizeof self->name, "rl.%s", method->name);
  rll_check_option_names(L, 1, list, more, self->name);
  lua_createtable(L, 2, 0);
  lua_getfield(L, 1, "space");
  bool named = !lua_isnil(L, -1);
  lua_rawseti(L, -2, RLL_SEARCH_SPACE);
  lua_newtable(L); /* at 4 */
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, RLL_SEARCH_SCHEDULES);
  lua_pushvalue(L, 3);
  lua_setuservalue(L, 2);
  rl_search_setting *settings = lua_newuserdata(L, ((size_t)list.count + 1) * sizeof *settings);
  int n = 0;
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    if (!rl_option_has(option, list.traits) || take_schedule(L, self, 1, 4, option)) continue;
    bool std = named && strcmp(option->name, "sigma") == 0; /* sigma is a factor on std */
    lua_getfield(L, 1, option->name);
    bool given = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!given && !std && option->type != RL_OPTION_SEED) continue; /* a seed is by default that of rlrun */
    double value = !given && std ? 1.0 : rll_read_option(L, 1, option, NULL, self->name);
    settings[n++] = (rl_search_setting){option->name, value};
  }
  settings[n] = (rl_search_setting){NULL, 0.0};
  self->max_seconds = rll_number(L, 1, "max_seconds", HUGE_VAL, 0, HUGE_VAL, self->name);
  const rl_search_space space = rll_push_search_space(L, self->name);
  if (rl_search_create(&self->search, method, &space, settings, &error)) return fail(L, self, &error);
  rl_search_limit_seconds(self->search, self->max_seconds);
  lua_settop(L, 2);
  report(L, self);
  return 1;
}

static int gc(lua_State *L) {
  rll_search *self = check_search(L);
  rl_search_free(self->search);
  self->search = NULL;
  report(L, self);
  return 0;
}

rll_search *rll_check_open_search(lua_State *L) {
  rll_search *self = check_search(L);
  if (!self->search) luaL_error(L, "%s: the search is closed", self->name);
  return self;
}

/* For calls that change the search: its schedules may only look at it. */
static rll_search *check_idle(lua_State *L) {
  rll_search *self = rll_check_open_search(L);
  rll_callback_refuse(L, &self->schedules, self->name);
  return self;
}

static const double *ask_candidates(lua_State *L, rll_search *self, int *count) {
  const double *x;
  rl_error error;
  follow_schedules(L, self);
  if (rl_search_ask(self->search, &x, count, &error)) fail(L, self, &error);
  report(L, self);
  return x;
}

/* search:ask() -> [count, dim] */
static int ask(lua_State *L) {
  rll_search *self = check_idle(L);
  int count;
  ask_candidates(L, self, &count);
  rl_tensor *out = rll_new_tensor(L, 2, (int64_t[]){count, rl_search_problem(self->search)->n});
  rl_search_candidates_f32(self->search, out->data);
  return 1;
}

/* search:ask_lists() -> { { x1, x2, ... }, ... }, in double */
static int ask_lists(lua_State *L) {
  rll_search *self = check_idle(L);
  int count, n = rl_search_problem(self->search)->n;
  const double *x = ask_candidates(L, self, &count);
  rll_push_lists(L, x, count, n);
  return 1;
}

/* x at 2 must be what the last ask gave, so that values of other points are not taken for those. */
static void check_asked(lua_State *L, const rll_search *self, const double *asked, int count) {
  int n = rl_search_problem(self->search)->n;
  const float *x = rll_check_floats(L, 2, 2, (int64_t[]){count, n}, "x");
  size_t elements = (size_t)count * (size_t)n;
  float *given = lua_newuserdata(L, elements * sizeof *given);
  rl_search_candidates_f32(self->search, given);
  for (size_t i = 0; i < elements; i++)
    if (x[i] != given[i] && x[i] != (float)asked[i])
      luaL_error(L, "%s: tell: x is not what the last ask gave: candidate %d, coordinate %d differs",
                 self->name, (int)(i / (size_t)n) + 1, (int)(i % (size_t)n) + 1);
}

/* rl.map gives its values twice, as a tensor and as a list, which is then where what goes beside them is
 * expected. */
static void refuse_values_as_more(lua_State *L, const char *what, const char *extras, const double *value,
                                  const double *more, int count) {
  bool differ = false; /* from each other: what is the same for all is told beside it as well */
  for (int k = 0; k < count; k++) {
    if ((float)value[k] != (float)more[k]) return;
    differ = differ || more[k] != more[0];
  }
  if (!differ) return;
  luaL_error(L, "%s: the %s are the values themselves: of rl.map take the first result alone", what, extras);
}

/* search:tell(x, values, more) */
static int tell(lua_State *L) {
  rll_search *self = check_idle(L);
  rl_error error;
  int count;
  follow_schedules(L, self); /* first: their functions may use the search */
  const double *asked = rl_search_candidates(self->search, &count);
  if (!asked) return luaL_error(L, "%s: tell: ask first", self->name);
  lua_settop(L, 4);
  const bool rounded = !lua_istable(L, 2); /* which check_asked makes a tensor of */
  const bool pair = lua_isuserdata(L, 3) && lua_istable(L, 4);
  check_asked(L, self, asked, count);
  const rl_search_state *view = rl_search_view(self->search);
  const char *extras = rl_search_method(self->search)->extras;
  char what[sizeof self->name + 8];
  snprintf(what, sizeof what, "%s: tell", self->name);
  const double *value = rll_push_rows(L, 3, count, view->objectives, what, "values", "objectives"),
               *more = NULL;
  if (view->extras > 0 && !lua_isnil(L, 4))
    more = rll_push_rows(L, 4, count, view->extras, what, extras, extras);
  if (more && pair && view->objectives == 1 && view->extras == 1)
    refuse_values_as_more(L, what, extras, value, more, count);
  if (rounded) rl_search_told_f32(self->search);
  if (rl_search_tell_more(self->search, value, more, &error)) return fail(L, self, &error);
  report(L, self);
  return 0;
}

/* search:inject(x) */
static int inject(lua_State *L) {
  rll_search *self = check_idle(L);
  rl_error error;
  size_t n;
  int dim = rl_search_problem(self->search)->n;
  const double *x = rll_push_doubles(L, 2, "inject", "x", &n);
  if (n != (size_t)dim)
    return luaL_error(L, "%s: inject: %d numbers expected, got %d", self->name, dim, (int)n);
  if (rl_search_inject(self->search, x, &error)) return fail(L, self, &error);
  return 0;
}

/* search:stop() -> nil, or a list of the criteria that are met */
static int stop(lua_State *L) {
  const char *names[RL_SEARCH_CRITERIA];
  int count = rl_search_stop(rll_check_open_search(L)->search, names);
  return rll_push_names(L, names, count);
}

/* search:options() -> { name = "cem", sigma =, ..., x0 = }: as they are now, with numbers for what was left
 * to it and for schedules */
static int get_options(lua_State *L) {
  const rll_search *self = rll_check_open_search(L);
  const rl_search_class *method = rl_search_method(self->search);
  const rl_options list = rl_search_option_table(method);
  lua_newtable(L);
  rll_set_string(L, "name", method->name);
  rll_set_options(L, list, rl_search_options(self->search));
  rll_set_search_space(L, rl_search_problem(self->search));
  if (isfinite(self->max_seconds)) rll_set_number(L, "max_seconds", self->max_seconds);
  return 1;
}

static int push_rows(lua_State *L, const rl_search_class *method) {
  rll_push_option_rows(L, rl_search_option_table(method));
  rll_set_string(L, "name", method->name);
  rll_set_string(L, "meaning", method->meaning);
  rll_set_string(L, "source", method->source);
  return 1;
}

/* search:describe() -> the rows of its options, with name, meaning and source of the method */
static int describe(lua_State *L) { return push_rows(L, rl_search_method(rll_check_open_search(L)->search)); }

/* describe_search(name) -> the same without a search */
static int describe_search(lua_State *L) {
  rl_error error;
  const rl_search_class *method = rl_search_find(luaL_checkstring(L, 1), &error);
  if (!method) return luaL_error(L, "%s", error.message);
  return push_rows(L, method);
}

/* search:set{ noise = 2 }: numbers, or functions of the iteration */
static int set(lua_State *L) {
  rll_search *self = check_idle(L);
  const rl_search_class *method = rl_search_method(self->search);
  const rl_options list = rl_search_option_table(method);
  rll_check_kind(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  rll_check_option_names(L, 2, list, (const char *const[]){"max_seconds", NULL}, self->name);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, 3, RLL_SEARCH_SCHEDULES); /* at 4 */
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    lua_getfield(L, 2, option->name);
    bool given = !lua_isnil(L, -1) && rl_option_has(option, list.traits);
    lua_settop(L, 4);
    if (!given) continue;
    if (take_schedule(L, self, 2, 4, option)) continue;
    set_option(L, self, option, rll_read_option(L, 2, option, rl_search_options(self->search), self->name));
    lua_pushnil(L);
    lua_setfield(L, 4, option->name);
  }
  lua_getfield(L, 2, "max_seconds");
  if (!lua_isnil(L, -1)) {
    self->max_seconds = rll_number(L, 2, "max_seconds", HUGE_VAL, 0, HUGE_VAL, self->name);
    rl_search_limit_seconds(self->search, self->max_seconds);
  }
  return 0;
}

static void ready(lua_State *L) { check_idle(L); }

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_search_save(rll_check_open_search(L)->search, archive, prefix, error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rll_search *self = rll_check_open_search(L);
  rl_status status = rl_search_load(self->search, archive, prefix, error);
  self->scheduled = 0;
  if (!status && *rl_search_notice(self->search))
    snprintf(error->message, sizeof error->message, "%s: %s", self->name, rl_search_notice(self->search));
  return status;
}

static const rll_state search_state = {"search", ready, put_state, take_state};

void rll_open_search(lua_State *L) {
  static const luaL_Reg methods[] = {{"ask", ask},
                                     {"ask_lists", ask_lists},
                                     {"tell", tell},
                                     {"inject", inject},
                                     {"stop", stop},
                                     {"options", get_options},
                                     {"describe", describe},
                                     {"set", set},
                                     {"archive", rll_search_archive},
                                     {"archive_lists", rll_search_archive_lists},
                                     {"front", rll_search_front},
                                     {"front_lists", rll_search_front_lists},
                                     {"hypervolume", rll_search_hypervolume},
                                     {"mean_list", rll_search_mean_list},
                                     {"best_list", rll_search_best_list},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", rll_search_index}, {"__gc", gc}, {"__tostring", rll_search_tostring}, {NULL, NULL}};
  rll_register(L, &rll_search_type, methods, metamethods);
  rll_add_state(L, &rll_search_type, &search_state);
  int count;
  const rl_search_class *const *classes = rl_search_classes(&count);
  lua_createtable(L, count, 0); /* searches: the names of all methods */
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, i);
    lua_pushcclosure(L, search_new, 1);
    lua_setfield(L, -3, classes[i]->name);
    lua_pushstring(L, classes[i]->name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "searches");
  lua_pushcfunction(L, rll_within);
  lua_setfield(L, -2, "within");
  lua_pushcfunction(L, describe_search);
  lua_setfield(L, -2, "describe_search");
}
