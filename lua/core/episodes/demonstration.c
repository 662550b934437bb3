/* rl.demonstration, rl.load_demonstration and env:demonstrate: what others did, step by step or played by a controller. */
#include "base/memory.h"
#include "core/base/archive.h"
#include "core/base/confine.h"
#include "core/base/demonstration_object.h"
#include "core/base/launch.h"
#include "core/base/policy_object.h"
#include "core/env/env_object.h"
#include "core/episodes/track.h"
#include "episodes/demonstrate.h"
#include "episodes/recording.h"

#include <math.h>
#include <string.h>

const rll_type rll_demonstration_type = {"rl.demonstration"};

typedef struct demonstration {
  rl_demonstration demo; /* first */
  ptrdiff_t footprint;   /* bytes reported to rll_track */
} demonstration;

static demonstration *check(lua_State *L, int arg) { return rll_check(L, arg, &rll_demonstration_type); }

/* What it has grown by. */
static void track(lua_State *L, demonstration *self) {
  const rl_demonstration *d = &self->demo;
  const int64_t row = (int64_t)sizeof(float) * d->observation.size;
  const ptrdiff_t bytes =
      (ptrdiff_t)(d->room * (row + (int64_t)sizeof(float) * (rl_space_width(&d->action) + 1) + 2) +
                  d->episode_room * (row + 16));
  const ptrdiff_t more = bytes - self->footprint;
  self->footprint = bytes;
  if (more) rll_track(L, more);
}

static int demonstration_gc(lua_State *L) {
  demonstration *self = check(L, 1);
  const ptrdiff_t footprint = self->footprint;
  rl_demonstration_release(&self->demo);
  self->footprint = 0;
  if (footprint) rll_track(L, -footprint);
  return 0;
}

static demonstration *push_empty(lua_State *L, const rll_env *env) {
  rl_error error;
  const rl_demonstrated of = rl_demonstrated_of(env->def);
  demonstration *self = rll_new(L, &rll_demonstration_type, sizeof *self);
  if (rl_demonstration_init(&self->demo, &of, &error)) rll_raise(L, &error);
  return self;
}

/* rl.demonstration(env) -> an empty one, for demo:add */
static int demonstration_new(lua_State *L) {
  push_empty(L, rll_check_env(L, 1));
  return 1;
}

/* rl.load_demonstration(path[, env]) -> demonstration, or nil and a message; with an environment: of that one */
static int demonstration_load(lua_State *L) {
  rl_error error = {.message = ""};
  const char *path = rll_read_path(L, 1);
  rll_env *env = lua_isnoneornil(L, 2) ? NULL : rll_check_env(L, 2);
  demonstration *self = rll_new(L, &rll_demonstration_type, sizeof *self);
  rl_status status = rl_demonstration_load(&self->demo, path, &error);
  if (!status && env) {
    const rl_demonstrated of = rl_demonstrated_of(env->def);
    status = rl_demonstration_fits(&self->demo, &of, &error);
  }
  if (status) return rll_push_outcome(L, status, &error);
  track(L, self);
  return 1;
}

/* demo:save(path) -> true, or nil and a message; an episode that goes on is cut */
static int demonstration_save(lua_State *L) {
  rl_error error = {.message = ""};
  demonstration *self = check(L, 1);
  const char *path = rll_write_path(L, 2);
  rl_status status = rl_demonstration_cut(&self->demo, NULL, &error);
  if (!status) status = rl_demonstration_save(&self->demo, path, &error);
  return rll_push_outcome(L, status, &error);
}

static bool check_flag(lua_State *L, int arg) {
  const int type = lua_isnoneornil(L, arg) ? LUA_TNIL : rll_plain_type(L, arg);
  if (type == LUA_TNIL || type == LUA_TBOOLEAN) return lua_toboolean(L, arg);
  const double number = luaL_checknumber(L, arg);
  rll_check_argument(L, number == 0.0 || number == 1.0, arg, "true, false, 1 or 0 expected");
  return number != 0.0;
}

static const float *check_observation(lua_State *L, const demonstration *self, int arg) {
  return lua_isnoneornil(L, arg)
             ? NULL
             : rll_check_floats(L, arg, 2, (int64_t[]){1, self->demo.observation.size}, "observation");
}

/* demo:add(observation, action, reward, terminated, truncated, after): numbers as env:step takes and gives them; after: what
 * was observed then, needed where the episode ends */
static int demonstration_add(lua_State *L) {
  rl_error error;
  demonstration *self = check(L, 1);
  lua_settop(L, 7);
  luaL_checkany(L, 2);
  const float *obs = rll_check_floats(L, 2, 2, (int64_t[]){1, self->demo.observation.size}, "observation");
  const float *action =
      rll_check_floats(L, 3, 2, (int64_t[]){1, rl_space_width(&self->demo.action)}, "action");
  const rl_tensor *reward = rll_check_tensor(L, 4);
  rll_check_argument(L, rl_tensor_count(reward) == 1, 4, "a number expected");
  const rl_transition step = {.obs = obs,
                              .action = action,
                              .reward = rll_check_floats(L, 4, 1, (int64_t[]){1}, "reward")[0],
                              .terminated = check_flag(L, 5),
                              .truncated = check_flag(L, 6),
                              .last = check_observation(L, self, 7)};
  if (rl_demonstration_add(&self->demo, &step, &error)) return rll_raise(L, &error);
  track(L, self);
  return 0;
}

/* demo:cut([observation]): ends an episode that goes on */
static int demonstration_cut(lua_State *L) {
  rl_error error;
  demonstration *self = check(L, 1);
  lua_settop(L, 2);
  if (rl_demonstration_cut(&self->demo, check_observation(L, self, 2), &error)) return rll_raise(L, &error);
  return 0;
}

/* demo:seed(seed): that the episode that begins was made with */
static int demonstration_seed(lua_State *L) {
  rl_demonstration_seed(&check(L, 1)->demo, rll_check_integer(L, 2, 0, INT64_C(1) << 53));
  return 0;
}

/* demo:append(other): its episodes, behind these */
static int demonstration_append(lua_State *L) {
  rl_error error;
  demonstration *self = check(L, 1), *other = check(L, 2);
  rll_check_argument(L, self != other, 2, "another demonstration expected");
  rl_status status = rl_demonstration_cut(&self->demo, NULL, &error);
  if (!status) status = rl_demonstration_cut(&other->demo, NULL, &error);
  if (!status) status = rl_demonstration_append(&self->demo, &other->demo, &error);
  if (status) return rll_raise(L, &error);
  track(L, self);
  return 0;
}

static void set_floats(lua_State *L, const char *name, const float *data, int64_t rows, int64_t width) {
  rl_tensor *tensor = rll_new_tensor(L, width ? 2 : 1, (int64_t[]){rows, width});
  if (data) memcpy(tensor->data, data, (size_t)rl_tensor_count(tensor) * sizeof *data);
  lua_setfield(L, -2, name);
}

static void set_flags(lua_State *L, const char *name, const uint8_t *flags, int64_t rows) {
  rl_tensor *tensor = rll_new_tensor(L, 1, &rows);
  for (int64_t i = 0; i < rows; i++) tensor->data[i] = flags[i];
  lua_setfield(L, -2, name);
}

/* demo:tensors() -> copies: { observation =, action =, reward =, terminated =, truncated =, next_observation = } */
static int demonstration_tensors(lua_State *L) {
  rl_error error;
  demonstration *self = check(L, 1);
  rl_demonstration *d = &self->demo;
  if (rl_demonstration_cut(d, NULL, &error)) return rll_raise(L, &error);
  const int64_t size = d->observation.size;
  lua_createtable(L, 0, 6);
  set_floats(L, "observation", d->obs, d->steps, size);
  set_floats(L, "action", d->actions, d->steps, rl_space_width(&d->action));
  set_floats(L, "reward", d->reward, d->steps, 0);
  set_flags(L, "terminated", d->terminated, d->steps);
  set_flags(L, "truncated", d->truncated, d->steps);
  rl_tensor *next = rll_new_tensor(L, 2, (int64_t[]){d->steps, size});
  for (int64_t t = 0; t < d->steps; t++)
    memcpy(next->data + t * size, rl_demonstration_next(d, t), (size_t)size * sizeof(float));
  lua_setfield(L, -2, "next_observation");
  return 1;
}

/* demo:episodes() -> { { return =, length =, terminated =, seed = }, ... } */
static int demonstration_episodes(lua_State *L) {
  const rl_demonstration *d = &check(L, 1)->demo;
  lua_createtable(L, (int)d->episodes, 0);
  for (int64_t e = 0, t = 0; e < d->episodes; e++) {
    const int64_t first = t;
    double total = 0.0;
    for (; t < d->end[e]; t++) total += (double)d->reward[t];
    lua_createtable(L, 0, 4);
    rll_set_number(L, "return", total);
    rll_set_integer(L, "length", t - first);
    lua_pushboolean(L, d->terminated[t - 1]);
    lua_setfield(L, -2, "terminated");
    if (d->seed[e] >= 0) rll_set_integer(L, "seed", d->seed[e]);
    lua_rawseti(L, -2, (int)e + 1);
  }
  return 1;
}

/* demo:environment() -> the name of the one that it is of */
static int demonstration_environment(lua_State *L) {
  lua_pushstring(L, check(L, 1)->demo.environment);
  return 1;
}

static int demonstration_length(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check(L, 1)->demo.steps);
  return 1;
}

static int demonstration_tostring(lua_State *L) {
  const rl_demonstration *d = &check(L, 1)->demo;
  lua_pushfstring(L, "rl.demonstration of %s: %d steps, %d episodes", d->environment, (int)d->steps,
                  (int)d->episodes);
  return 1;
}

/* --- played by a controller --- */

/* Ends when the environment does; its uservalue keeps that. */
typedef struct player {
  rll_loan loan;
  rll_env *env;
  rl_demonstrator work;
  float *memory; /* of a policy */
} player;

static const rll_type player_type = {"rl.demonstrator"};

static void end(rll_loan *loan) {
  player *self = (player *)(void *)loan;
  rl_demonstrator_release(&self->work);
  rl_release(self->memory);
  self->memory = NULL;
}

static void finish(player *self) {
  if (self->env) rll_env_take_back(self->env, &self->loan);
  self->env = NULL;
  end(&self->loan);
}

static int player_gc(lua_State *L) {
  finish(rll_check(L, 1, &player_type));
  return 0;
}

enum { AT_CONTROLLER = 2, AT_OPTIONS, AT_DEMO, AT_PLAYER, AT_ENTRIES, AT_TOP };

static void push_list(lua_State *L, const float *x, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushnumber(L, (lua_Number)x[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* What the function wants each copy that goes on to do: controller(observation, fields) -> action */
static void ask_function(lua_State *L, player *self) {
  const rl_env_def *def = self->env->def;
  const int width = rl_space_width(&def->action), size = def->observation.size;
  for (int i = 0; i < self->work.how.episodes; i++) {
    if (self->work.over[i]) continue;
    const rl_vec_view *view = rl_vec_env_view(self->work.env);
    lua_pushvalue(L, AT_CONTROLLER);
    push_list(L, view->observation + (size_t)i * (size_t)size, size);
    lua_createtable(L, 0, def->n_fields);
    for (int k = 0; k < def->n_fields; k++)
      rll_set_number(L, def->fields[k].name,
                     (double)view->fields[(size_t)i * (size_t)def->n_fields + (size_t)k]);
    lua_call(L, 2, 1);
    if (!self->work.env) luaL_error(L, "demonstrate: its controller has ended the environment");
    const int at = lua_gettop(L);
    if (lua_isnil(L, at)) luaL_error(L, "demonstrate: its controller must return an action, got nil");
    if (lua_istable(L, at) && lua_rawlen(L, at) == 0)
      luaL_error(L,
                 "demonstrate: its controller must return a list of numbers, %d here, as env:step takes them "
                 "(choices count from 0), got a table without [1]",
                 width);
    memcpy(self->work.action + (size_t)i * (size_t)width,
           rll_check_floats(L, at, 2, (int64_t[]){1, width}, "demonstrate: the controller's action"),
           (size_t)width * sizeof(float));
    lua_settop(L, AT_TOP - 1);
  }
}

/* env:demonstrate(controller, {episodes = 10, seconds =, seed =, deterministic = true, noise = 0}) -> demonstration.
 * controller: a policy, a function, or an environment that is alike and has a controller of its own */
static int env_demonstrate(lua_State *L) {
  static const char *const names[] = {"episodes", "seconds", "seed", "deterministic", "noise", NULL};
  static const char what[] = "demonstrate";
  rll_env *env = rll_check_env(L, 1);
  const bool called = rll_is_callable(L, AT_CONTROLLER) && lua_type(L, AT_CONTROLLER) != LUA_TSTRING;
  rll_env *teacher = called ? NULL : rll_test(L, AT_CONTROLLER, &rll_env_type);
  if (!called && !teacher && lua_type(L, AT_CONTROLLER) != LUA_TSTRING &&
      !rll_test(L, AT_CONTROLLER, &rll_policy_type))
    return rll_type_error(L, AT_CONTROLLER, "a function, rl.policy, rl.env, \"random\" or \"zero\"");
  if (teacher) teacher = rll_check_env(L, AT_CONTROLLER);
  rl_policy *policy = called || teacher ? NULL : rll_check_player(L, AT_CONTROLLER);
  lua_settop(L, AT_OPTIONS);
  rll_check_options(L, AT_OPTIONS, what, names);
  rl_error error;
  rl_judge face;
  rll_env *acts = teacher ? teacher : env;
  const double seconds = rll_number(L, AT_OPTIONS, "seconds", 1e6, 0, 1e6, what);
  const bool deterministic =
      rll_boolean(L, AT_OPTIONS, "deterministic", true, what) && !rll_is_random(L, AT_CONTROLLER);
  const rl_demonstrate_options how = {
      .episodes = (int)rll_integer(L, AT_OPTIONS, "episodes", 10, 1, 1 << 16, what),
      .seed = rll_seed(L, AT_OPTIONS, what),
      .max_steps = (int64_t)fmax(seconds / rl_vec_env_dt(acts->vec) + 0.5, 1.0),
      .noise = rll_number(L, AT_OPTIONS, "noise", 0, 0, 1e6, what),
      .own = teacher != NULL};
  demonstration *demo = push_empty(L, env);
  if (policy && rl_policy_fits(policy, &env->def->observation, &env->def->action, env->def->name, &error))
    return rll_raise(L, &error);
  player *self = rll_new(L, &player_type, sizeof *self);
  self->env = acts;
  rll_env_lend(acts, &self->loan, end);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, teacher ? AT_CONTROLLER : 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, AT_PLAYER);
  lua_newtable(L); /* at AT_ENTRIES */
  const int at = teacher ? AT_CONTROLLER : 1;
  rll_env_begin_copies(L, at, acts, AT_ENTRIES);
  rl_status status = rl_demonstrator_init(&self->work, &demo->demo, acts->def, rl_vec_env_options(acts->vec),
                                          rll_judge_face(acts->judge, &face), &how, &error);
  rll_env_end(L, acts, status, &error);
  if (policy) self->memory = rl_allocate(rl_player_memory(policy, self->work.env) + 1, sizeof *self->memory);
  if (policy && !self->memory) return luaL_error(L, "out of memory to demonstrate");
  for (bool done = false; !done;) {
    lua_settop(L, AT_TOP - 1);
    if (called) ask_function(L, self);
    rll_env_begin_copies(L, at, acts, AT_ENTRIES);
    if (!called && !teacher)
      status = rl_choose_actions(policy, self->work.env, deterministic, self->work.streams, self->memory,
                                 self->work.action, &error);
    if (!status) status = rl_demonstrator_step(&self->work, &done, &error);
    rll_env_end(L, acts, status, &error);
  }
  status = rl_demonstrator_finish(&self->work, &demo->demo, &error);
  finish(self);
  if (status) return rll_raise(L, &error);
  track(L, demo);
  lua_settop(L, AT_DEMO);
  return 1;
}

void rll_open_demonstration(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"demonstration", demonstration_new}, {"load_demonstration", demonstration_load}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"add", demonstration_add},
                                     {"cut", demonstration_cut},
                                     {"seed", demonstration_seed},
                                     {"append", demonstration_append},
                                     {"save", demonstration_save},
                                     {"tensors", demonstration_tensors},
                                     {"episodes", demonstration_episodes},
                                     {"environment", demonstration_environment},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", demonstration_gc},
                                         {"__len", demonstration_length},
                                         {"__tostring", demonstration_tostring},
                                         {NULL, NULL}};
  static const luaL_Reg player_metamethods[] = {{"__gc", player_gc}, {NULL, NULL}};
  static const luaL_Reg env_methods[] = {{"demonstrate", env_demonstrate}, {NULL, NULL}};
  rll_register(L, &rll_demonstration_type, methods, metamethods);
  rll_register(L, &player_type, NULL, player_metamethods);
  rll_add_methods(L, &rll_env_type, env_methods);
  luaL_setfuncs(L, functions, 0);
}
