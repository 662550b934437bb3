/* env:record: one episode as a table that rl.replay draws: shapes once, then poses, speed and reward terms
 * step by step. The episode runs on a copy of its own. */
#include "env_object.h"
#include "policy_object.h"

#include <math.h>
#include <string.h>

/* What must be released when something raises on the way. */
typedef struct recorder {
  rl_vec_env *vec;
} recorder;

static const rll_type recorder_type = {"rl.recorder"};

static int recorder_gc(lua_State *L) {
  recorder *self = rll_check(L, 1, &recorder_type);
  rl_vec_env_free(self->vec);
  self->vec = NULL;
  return 0;
}

/* The canvas appends to the table at the stack top. Bodies count from 1, the world is 0. */
static void append_number(lua_State *L, int i, float value) {
  lua_pushnumber(L, (lua_Number)value);
  lua_rawseti(L, -2, i);
}

static void draw_polygon(void *context, int body, int n, const float *xy, bool closed) {
  lua_State *L = context;
  lua_createtable(L, 0, 4);
  rll_set_string(L, "kind", "polygon");
  rll_set_integer(L, "body", body + 1);
  lua_pushboolean(L, closed);
  lua_setfield(L, -2, "closed");
  lua_createtable(L, 2 * n, 0);
  for (int i = 0; i < 2 * n; i++) append_number(L, i + 1, xy[i]);
  lua_setfield(L, -2, "points");
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
}

static void draw_circle(void *context, int body, float x, float y, float radius) {
  lua_State *L = context;
  lua_createtable(L, 0, 5);
  rll_set_string(L, "kind", "circle");
  rll_set_integer(L, "body", body + 1);
  rll_set_number(L, "x", (double)x);
  rll_set_number(L, "y", (double)y);
  rll_set_number(L, "radius", (double)radius);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
}

/* Appends the poses of now to the list at stack place `frames`. */
static void append_frame(lua_State *L, int frames, const rll_env *env, rl_vec_env *vec, float *poses) {
  env->def->poses(rl_vec_env_copy(vec, 0), poses);
  lua_createtable(L, 3 * env->def->n_bodies, 0);
  for (int i = 0; i < 3 * env->def->n_bodies; i++) append_number(L, i + 1, poses[i]);
  lua_rawseti(L, frames, (int)lua_rawlen(L, frames) + 1);
}

/* Appends `value` to the series `name` of the table at `series`, padding a new one with zeros up to `length`.
 */
static void append_value(lua_State *L, int series, const char *name, int length, double value) {
  lua_getfield(L, series, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    for (int i = 1; i < length; i++) append_number(L, i, 0.0f);
    lua_pushvalue(L, -1);
    lua_setfield(L, series, name);
  }
  lua_pushnumber(L, value);
  lua_rawseti(L, -2, length);
  lua_pop(L, 1);
}

static void append_series(lua_State *L, int series, int length, const rll_env *env, rl_vec_env *vec) {
  const rl_vec_view *view = rl_vec_env_view(vec);
  int speed = rl_env_find_field(env->def, "vx");
  if (speed >= 0) append_value(L, series, "speed", length, (double)view->fields[speed]);
  append_value(L, series, "reward", length, (double)view->reward[0]);
  for (int k = 0; k < rl_vec_env_n_terms(vec); k++) {
    lua_pushfstring(L, "reward: %s", rl_vec_env_term_name(vec, k));
    append_value(L, series, lua_tostring(L, -1), length, (double)view->terms[k]);
    lua_pop(L, 1);
  }
}

/* The named series at `series` as a list sorted as speed, reward, terms by name: {name =, unit =, values =}.
 */
static void push_series_list(lua_State *L, int series, rl_vec_env *vec) {
  const char *names[RL_MAX_TERMS + 2];
  int n = 0, first_term;
  names[n++] = "speed";
  names[n++] = "reward";
  first_term = n;
  for (int k = 0; k < rl_vec_env_n_terms(vec); k++) {
    int place = n++;
    const char *name = rl_vec_env_term_name(vec, k);
    for (; place > first_term && strcmp(names[place - 1], name) > 0; place--) names[place] = names[place - 1];
    names[place] = name;
  }
  lua_createtable(L, n, 0);
  for (int i = 0, count = 0; i < n; i++) {
    const char *name = i < first_term ? names[i] : lua_pushfstring(L, "reward: %s", names[i]);
    lua_getfield(L, series, name);
    if (lua_istable(L, -1)) {
      lua_createtable(L, 0, 3);
      rll_set_string(L, "name", name);
      rll_set_string(L, "unit", i == 0 ? "m/s" : "");
      lua_pushvalue(L, -2);
      lua_setfield(L, -2, "values");
      lua_rawseti(L, i < first_term ? -3 : -4, ++count);
    }
    lua_pop(L, i < first_term ? 1 : 2);
  }
}

static const char *const option_names[] = {"seconds", "seed", "deterministic", "title", NULL};

/* env:record(policy, {seconds =, seed =, deterministic = true, title =}) -> recording */
int rll_env_record(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rl_policy *policy = rll_check_policy(L, 2);
  lua_settop(L, 3);
  rll_check_options(L, 3, "record", option_names);
  double seconds = rll_number(L, 3, "seconds", 1e6, 0, 1e6, "record");
  bool deterministic = rll_boolean(L, 3, "deterministic", true, "record");
  uint64_t seed = rll_seed(L, 3, "record");
  const char *title = rll_string(L, 3, "title", env->def->name, "record");
  rl_error error;
  rl_judge face;
  rl_rng rng;
  rl_dist dist;
  recorder *self = rll_new(L, &recorder_type, sizeof *self); /* at 4 */
  float *poses = lua_newuserdata(L, (size_t)(3 * env->def->n_bodies + 1) * sizeof *poses);
  float *action = lua_newuserdata(L, (size_t)env->def->action.size * sizeof *action);
  if (rl_policy_fits(policy, env->def, &error)) return rll_raise(L, &error);
  if (rl_vec_env_create(&self->vec, env->def, 1, seed, UINT32_MAX, rl_vec_env_options(env->vec), &error))
    return rll_raise(L, &error);
  rl_vec_env *vec = self->vec;
  const rl_vec_view *view = rl_vec_env_view(vec);
  rl_vec_env_set_judge(vec, rll_judge_face(&env->judge, &face));
  rl_vec_env_set_restart(vec, false);
  rl_vec_env_reset(vec);
  rl_rng_init_use(&rng, seed, RL_STREAM_ACTION, UINT32_MAX);
  lua_createtable(L, 0, 8);
  int recording = lua_gettop(L);
  rll_set_string(L, "title", title);
  rll_set_number(L, "dt", rl_vec_env_dt(vec));
  rll_set_integer(L, "n_bodies", env->def->n_bodies);
  for (int i = 0; i < env->def->n_options; i++)
    if (strcmp(env->def->options[i].name, "gravity") == 0)
      rll_set_number(L, "gravity", rl_vec_env_options(env->vec)[i]);
  lua_newtable(L);
  rl_scene scene = {L, draw_polygon, draw_circle};
  env->def->draw(rl_vec_env_copy(vec, 0), &scene);
  lua_setfield(L, recording, "shapes");
  lua_newtable(L); /* frames */
  lua_newtable(L); /* series by name */
  int frames = recording + 1, series = recording + 2;
  append_frame(L, frames, env, vec, poses);
  append_series(L, series, 1, env, vec);
  rll_env_begin(L, 1, env);
  rl_status status = RL_OK;
  bool finished = false;
  for (int length = 2; !status && !finished && (length - 1) * rl_vec_env_dt(vec) <= seconds; length++) {
    status = rl_policy_dist(policy, view->observation, 1, &dist, &error);
    if (status) break;
    if (deterministic)
      rl_dist_mode(&dist, 1, action);
    else
      rl_dist_sample(&dist, 1, &rng, false, action);
    status = rl_vec_env_step(vec, action, &error);
    if (status) break;
    finished = view->terminated[0] || view->truncated[0];
    append_frame(L, frames, env, vec, poses);
    append_series(L, series, length, env, vec);
  }
  rll_env_end(L, env, status, &error);
  push_series_list(L, series, vec);
  lua_setfield(L, recording, "series");
  lua_pushboolean(L, view->terminated[0]);
  lua_setfield(L, recording, "terminated");
  lua_pushvalue(L, frames);
  lua_setfield(L, recording, "frames");
  lua_settop(L, recording);
  return 1;
}

void rll_open_recording(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", recorder_gc}, {NULL, NULL}};
  rll_register(L, &recorder_type, NULL, metamethods);
}
