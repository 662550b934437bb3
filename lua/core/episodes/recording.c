/* env:record: one episode as a table that rl.replay draws: shapes once, then poses, speed and reward terms
 * step by step. The episode runs on a copy of its own. */
#include "core/base/launch.h"
#include "core/episodes/track.h"

#include <math.h>
#include <string.h>

/* What must be released when something raises on the way. Its uservalue keeps the environment, whose definition the copy
 * is of: this one may be collected later. */
typedef struct recorder {
  rl_vec_env *vec;
  rl_recording recording;
} recorder;

static const rll_type recorder_type = {"rl.recorder"};

static void release(recorder *self) {
  rl_recording_release(&self->recording);
  rl_vec_env_free(self->vec);
  self->vec = NULL;
}

static int recorder_gc(lua_State *L) {
  release(rll_check(L, 1, &recorder_type));
  return 0;
}

/* What draws: shapes are appended to the table at the stack top. Bodies count from 1, the world is 0. */
typedef struct canvas {
  lua_State *L;
  const rl_recording *recording; /* NULL: the scene as it is, where strands have the number of their field */
  const char *name, *colour;     /* of the next shapes; NULL: none */
} canvas;

static void set_style(void *context, const char *name, const char *colour) {
  canvas *here = context;
  here->name = name;
  here->colour = colour;
}

/* Ends the shape at the top: it joins the list below it. */
static void append_shape(const canvas *here) {
  lua_State *L = here->L;
  if (here->name) rll_set_string(L, "name", here->name);
  if (here->colour) rll_set_string(L, "colour", here->colour);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
}

static void append_number(lua_State *L, int i, float value) {
  lua_pushnumber(L, (lua_Number)value);
  lua_rawseti(L, -2, i);
}

/* Sets field `name` of the table at the top: every stride-th number from `values` on. */
static void set_numbers(lua_State *L, const char *name, int length, const float *values, int stride) {
  lua_createtable(L, length, 0);
  for (int t = 0; t < length; t++) append_number(L, t + 1, values[(size_t)t * (size_t)stride]);
  lua_setfield(L, -2, name);
}

static void draw_polygon(void *context, int body, int n, const float *xy, bool closed) {
  lua_State *L = ((canvas *)context)->L;
  lua_createtable(L, 0, 4);
  rll_set_string(L, "kind", "polygon");
  rll_set_integer(L, "body", body + 1);
  lua_pushboolean(L, closed);
  lua_setfield(L, -2, "closed");
  set_numbers(L, "points", 2 * n, xy, 1);
  append_shape(context);
}

static void draw_circle(void *context, int body, float x, float y, float radius) {
  lua_State *L = ((canvas *)context)->L;
  lua_createtable(L, 0, 5);
  rll_set_string(L, "kind", "circle");
  rll_set_integer(L, "body", body + 1);
  rll_set_number(L, "x", (double)x);
  rll_set_number(L, "y", (double)y);
  rll_set_number(L, "radius", (double)radius);
  append_shape(context);
}

static void draw_strand(void *context, const char *name, int n, const int *bodies, const float *xy,
                        int field) {
  lua_State *L = ((canvas *)context)->L;
  const rl_recording *recording = ((canvas *)context)->recording;
  lua_createtable(L, 0, 5);
  rll_set_string(L, "kind", "strand");
  rll_set_string(L, "name", name);
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushinteger(L, bodies[i] + 1);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "bodies");
  set_numbers(L, "points", 2 * n, xy, 1);
  if (recording)
    set_numbers(L, "values", recording->length, recording->fields + field, recording->n_fields);
  else
    rll_set_integer(L, "field", field + 1);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
}

/* Sets fields `shapes` and, from above, `view` of the table at the top. */
static void set_shapes(lua_State *L, const rll_env *env, rl_vec_env *vec, const rl_recording *recording) {
  lua_newtable(L);
  canvas here = {.L = L, .recording = recording};
  const rl_scene scene = {&here, draw_polygon, draw_circle, draw_strand, set_style};
  if (env->def->draw) env->def->draw(rl_vec_env_copy(vec, 0), &scene);
  lua_setfield(L, -2, "shapes");
  if (env->def->above) rll_set_string(L, "view", "above");
}

static void set_frames(lua_State *L, const rl_recording *recording) {
  int width = 3 * recording->n_drawn, stride = 3 * recording->n_bodies;
  lua_createtable(L, recording->length, 0);
  for (int t = 0; t < recording->length; t++) {
    lua_createtable(L, width, 0);
    for (int i = 0; i < width; i++) append_number(L, i + 1, recording->poses[t * stride + i]);
    lua_rawseti(L, -2, t + 1);
  }
  lua_setfield(L, -2, "frames");
}

/* Sets field `series`, a list of { name =, unit =, values = }. */
static void set_series(lua_State *L, const rl_vec_env *vec, const rl_recording *recording) {
  rl_curve curves[RL_MAX_CURVES];
  int n = rl_recording_curves(recording, vec, curves);
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_createtable(L, 0, 3);
    rll_set_string(L, "name", curves[i].name);
    rll_set_string(L, "unit", curves[i].unit);
    set_numbers(L, "values", recording->length, curves[i].values, curves[i].stride);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "series");
}

/* Sets field `observation`: what the policy saw, [length, obs]; agents of a world may have fewer numbers than others. */
static void set_observation(lua_State *L, const rl_recording *recording, const rl_env_def *agent) {
  const int size = agent->observation.size;
  rl_tensor *tensor = rll_new_tensor(L, 2, (int64_t[]){recording->length, size});
  for (int t = 0; t < recording->length; t++)
    memcpy(tensor->data + (size_t)t * (size_t)size,
           recording->observation + (size_t)t * (size_t)recording->obs_size,
           (size_t)size * sizeof *tensor->data);
  lua_setfield(L, -2, "observation");
}

/* Plainly: agents of a world who have only what the script pays them get nothing. */
static rl_status judge_plainly(void *context, rl_judgement *judgement, rl_error *error) {
  const rl_env_def *def = context;
  (void)error;
  if (!rl_env_agent(def, judgement->agent)->unrewarded) return RL_OK;
  judgement->reward = 0.0;
  memset(judgement->terms, 0, RL_MAX_TERMS * sizeof *judgement->terms);
  return RL_OK;
}

static int count_own_terms(void *context) { return ((const rl_env_def *)context)->n_terms; }
static const char *name_own_term(void *context, int i) { return ((const rl_env_def *)context)->terms[i]; }

/* env:record(policy | "random" | "zero", {seconds =, seed =, deterministic = true, title =, plain = false}) ->
 * recording; plain: with the environment's own reward and ends, so that no function of the script is called */
static int env_record(lua_State *L) {
  static const char *const names[] = {"seconds", "seed", "deterministic", "title", "plain", NULL};
  const rll_cast cast = rll_check_cast(L, 1);
  const int agent = cast.agent < 0 ? 0 : cast.agent; /* whose recording it is */
  rll_env *env = cast.env;
  const rl_env_def *own = cast.agent < 0 ? env->def : env->def->agents[agent];
  lua_settop(L, 3);
  rll_check_options(L, 3, "record", names);
  double seconds = rll_number(L, 3, "seconds", 1e6, 0, 1e6, "record");
  bool deterministic = rll_boolean(L, 3, "deterministic", true, "record") && !rll_is_random(L, 2);
  bool plain = rll_boolean(L, 3, "plain", false, "record");
  uint64_t seed = rll_seed(L, 3, "record");
  rl_error error;
  rl_judge face;
  rl_rng rng;
  recorder *self = rll_new(L, &recorder_type, sizeof *self);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  if (rl_vec_env_create(&self->vec, env->def, 1, seed, UINT32_MAX, rl_vec_env_options(env->vec), &error))
    return rll_raise(L, &error);
  const rl_judge plainly = {
      .context = env->def, .judge = judge_plainly, .n_terms = count_own_terms, .term_name = name_own_term};
  if (!plain)
    rl_vec_env_set_judge(self->vec, rll_judge_face(env->judge, &face));
  else if (env->def->agents)
    rl_vec_env_set_judge(self->vec, &plainly);
  rl_vec_env_set_restart(self->vec, false);
  rl_rng_init_use(&rng, seed, RL_STREAM_ACTION, UINT32_MAX);
  double dt = rl_vec_env_dt(self->vec);
  rll_set_cast(L, 1, &cast, deterministic, self->vec);
  rll_env_begin_copies(L, 1, env, 0);
  rl_status status = rl_record_agent(&self->recording, self->vec, agent, cast.policy, deterministic, &rng,
                                     (int64_t)(seconds / dt + 0.5), &error);
  rll_env_end(L, env, status, &error);
  rll_push_track(L, env, self->vec, &self->recording);
  rll_set_string(L, "title", rll_string(L, 3, "title", own->name, "record"));
  set_shapes(L, env, self->vec, &self->recording);
  rll_set_integer(L, "n_bodies", self->recording.n_drawn);
  rll_set_integer(L, "followed", self->recording.n_followed);
  set_frames(L, &self->recording);
  set_series(L, self->vec, &self->recording);
  set_observation(L, &self->recording, rl_env_agent(env->def, agent));
  release(self);
  return 1;
}

/* What rl/watch.lua shows of the first copy of an environment. */

static rll_env *check_begun(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rll_env_refuse_lent(L, env);
  if (!rl_vec_env_is_reset(env->vec)) luaL_error(L, "%s: reset comes first", env->def->name);
  return env;
}

/* core.env_scene(env) -> { shapes =, n_bodies =, followed =, gravity = } as in a recording, of the episode that goes on */
static int env_scene(lua_State *L) {
  rll_env *env = check_begun(L);
  int n_drawn, n_followed;
  rl_drawn_bodies(env->vec, &n_drawn, &n_followed);
  lua_createtable(L, 0, 4);
  rll_set_integer(L, "n_bodies", n_drawn);
  rll_set_integer(L, "followed", n_followed);
  rll_set_gravity(L, env);
  set_shapes(L, env, env->vec, NULL);
  return 1;
}

/* core.env_pose(env) -> { x, y, angle, ... } of all bodies, { number, ... } of all fields */
static int env_pose(lua_State *L) {
  rll_env *env = check_begun(L);
  const int width = 3 * env->def->n_bodies, n_fields = env->def->n_fields;
  float *poses = lua_newuserdata(L, ((size_t)width + 1) * sizeof *poses);
  if (width) env->def->poses(rl_vec_env_copy(env->vec, 0), poses);
  lua_createtable(L, width, 0);
  for (int i = 0; i < width; i++) append_number(L, i + 1, poses[i]);
  lua_createtable(L, n_fields, 0);
  for (int i = 0; i < n_fields; i++) append_number(L, i + 1, rl_vec_env_view(env->vec)->fields[i]);
  return 2;
}

/* core.disturb(env, ax, ay, gravity | nil) -> whether it can be: see rl_disturbance */
static int env_disturb(lua_State *L) {
  rll_env *env = check_begun(L);
  const rl_disturbance disturbance = {luaL_checknumber(L, 2), luaL_checknumber(L, 3),
                                      luaL_optnumber(L, 4, (lua_Number)NAN)};
  lua_pushboolean(L, rl_vec_env_disturb(env->vec, 0, &disturbance));
  return 1;
}

void rll_open_recording(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"env_scene", env_scene}, {"env_pose", env_pose}, {"disturb", env_disturb}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"record", env_record}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", recorder_gc}, {NULL, NULL}};
  rll_register(L, &recorder_type, NULL, metamethods);
  rll_add_methods(L, &rll_env_type, methods);
  luaL_setfuncs(L, functions, 0);
}
