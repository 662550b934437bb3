/* Creatures as Lua tables:
 *
 *   { name = "hopper", position = {0, 1}, target_speed = 1, symmetric = false,
 *     bodies = {
 *       { name = "trunk", mass = 40, shape = { kind = "box", width = .2, height = .5, center = {0, 0} } },
 *       { name = "leg", mass = 8, friction = .9,
 *         shapes = { { kind = "capsule", radius = .06, height = .5 } },
 *         joint = { name = "hip", parent = "trunk", at = {0, -.25}, from = {0, .22},
 *                   lower = -1, upper = 1, rest = 0 } },
 *     },
 *     motors = { { joint = "hip", torque = 100, speed = 8 } },     muscles = { ... (muscle_table.c) },
 *     trunk = "trunk", head = { body = "trunk", point = {0, .25} }, feet = { "leg" },
 *     start = { vx = 1, angles = { hip = .1 } },
 *     controller = { ... },                      of its muscles: controller_table.c
 *     motion = { ... } }                         to follow: motion_table.c
 *
 * A joint may have soft = { lower, upper, stiffness }, a body inertia and center of its own. A polygon is {
 * kind = "polygon", points = { {x, y}, ... } }. rl.creature(name) gives the table of one that exists. */
#include "core/creature/creature_table.h"

#include "core/creature/controller_table.h"
#include "core/creature/motion_table.h"
#include "core/creature/muscle_table.h"
#include "core/creature/world_table.h"
#include "creature/parts.h"
#include "registry.h"

#include <stdio.h>
#include <string.h>

static const rll_type creature_type = {"rl.creature"};

/* --- bodies --- */

static void read_shape(lua_State *L, void *element, const char *what) {
  static const char *const more[] = {"points", NULL};
  rl_shape *shape = element;
  rll_read_part(L, rl_shape_rows, more, shape, what);
  rll_push_table(L, "points", what);
  shape->n_vertices = (int)lua_rawlen(L, -1);
  if (shape->n_vertices > RL_MAX_VERTICES)
    luaL_error(L, "%s: at most %d points, got %d", what, RL_MAX_VERTICES, shape->n_vertices);
  for (int i = 0; i < shape->n_vertices; i++) {
    lua_rawgeti(L, -1, i + 1);
    rll_read_pair(L, "points", shape->vertices[i], what);
  }
  lua_pop(L, 1);
}

static void set_shape(lua_State *L, const void *element) {
  const rl_shape *shape = element;
  rll_set_part(L, rl_options_of(rl_shape_rows, 1U << shape->kind), shape);
  if (shape->kind != RL_SHAPE_POLYGON) return;
  lua_createtable(L, shape->n_vertices, 0);
  for (int i = 0; i < shape->n_vertices; i++) {
    rll_push_pair(L, shape->vertices[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "points");
}

static const rll_list shapes = {"shapes",         "shapes",   "shape",   RL_MAX_SHAPES,
                                sizeof(rl_shape), read_shape, set_shape, false};

/* soft = { lower =, upper =, stiffness = }: a limit that is not given is the joint's own. */
static void read_joint(lua_State *L, rl_body *body, const char *what) {
  static const char *const more[] = {"soft", NULL};
  rl_joint *joint = &body->joint;
  body->is_root = !rll_is_given(L, "joint");
  if (body->is_root) return;
  rll_push_table(L, "joint", what);
  rll_read_part(L, rl_joint_rows, more, joint, what);
  joint->soft_lower = joint->lower;
  joint->soft_upper = joint->upper;
  rll_push_table(L, "soft", what);
  rll_read_part(L, rl_soft_rows, NULL, joint, what);
  lua_pop(L, 2);
}

static void set_joint(lua_State *L, const rl_joint *joint) {
  lua_newtable(L);
  rll_set_part(L, rl_joint_rows, joint);
  if (joint->soft_stiffness > 0.0f) {
    lua_newtable(L);
    rll_set_part(L, rl_soft_rows, joint);
    lua_setfield(L, -2, "soft");
  }
  lua_setfield(L, -2, "joint");
}

static void read_shapes_and_mass(lua_State *L, rl_body *body, const char *const *more, const char *what) {
  rll_read_part(L, rl_body_rows, more, body, what);
  body->centered = rll_is_given(L, "center");
  if (rll_is_given(L, "shape")) {
    rll_push_table(L, "shape", what);
    read_shape(L, &body->shapes[0], what);
    body->n_shapes = 1;
    lua_pop(L, 1);
  }
  if (body->n_shapes == 0) body->n_shapes = rll_read_list(L, &shapes, body->shapes, what);
}

static void read_body(lua_State *L, void *element, const char *creature) {
  static const char *const more[] = {"shape", "shapes", "joint", NULL};
  char what[128];
  rl_body *body = element;
  *body = rl_body_defaults();
  rll_read_name(L, "name", body->name, creature);
  snprintf(what, sizeof what, "%s: body %s", creature, body->name);
  read_shapes_and_mass(L, body, more, what);
  read_joint(L, body, what);
}

/* Pushes a table that has of the one at the top those keys that are rows, or those that are none. */
static void push_rows(lua_State *L, rl_options rows, bool wanted) {
  const int from = lua_gettop(L);
  rl_error error;
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
    const bool is = lua_type(L, -2) == LUA_TSTRING && rl_options_find(rows, lua_tostring(L, -2), &error);
    if (is != wanted) continue;
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, from + 1);
  }
}

void rll_read_loose(lua_State *L, rl_body *body, rl_options more, void *part, const char *what) {
  static const char *const own[] = {"shape", "shapes", NULL};
  *body = rl_body_defaults();
  push_rows(L, more, true);
  rll_read_part(L, more, NULL, part, what);
  lua_pop(L, 1);
  push_rows(L, more, false);
  read_shapes_and_mass(L, body, own, what);
  lua_pop(L, 1);
}

static void set_body(lua_State *L, const void *element) {
  const rl_body *body = element;
  unsigned traits = body->mass > 0.0f ? RL_ROW_MASS : RL_ROW_DENSITY;
  if (body->inertia > 0.0f) traits |= RL_ROW_INERTIA;
  if (body->centered) traits |= RL_ROW_CENTER;
  rll_set_part(L, rl_options_of(rl_body_rows, traits), body);
  rll_set_list(L, &shapes, body->shapes, body->n_shapes);
  if (!body->is_root) set_joint(L, &body->joint);
}

void rll_set_loose(lua_State *L, const rl_body *body, rl_options more, const void *part) {
  set_body(L, body);
  lua_pushnil(L);
  lua_setfield(L, -2, "joint");
  rll_set_part(L, more, part);
}

static const rll_list bodies = {"bodies",        "bodies",  "body",   RL_MAX_PARTS,
                                sizeof(rl_body), read_body, set_body, false};

/* --- motors, roles, start --- */

static void read_motor(lua_State *L, void *element, const char *creature) {
  char what[128];
  rl_motor *motor = element;
  rll_read_name(L, "joint", motor->joint, creature);
  snprintf(what, sizeof what, "%s: motor of %s", creature, motor->joint);
  rll_read_part(L, rl_motor_rows, NULL, motor, what);
}

static void set_motor(lua_State *L, const void *motor) { rll_set_part(L, rl_motor_rows, motor); }

static const rll_list motors = {"motors",         "motors",   "motor",   RL_MAX_PARTS,
                                sizeof(rl_motor), read_motor, set_motor, false};

/* Whether the joint of the body at this place of the list has a limit of its own, of the creature at the top. */
static bool has_limits(lua_State *L, int body) {
  lua_getfield(L, -1, "bodies");
  lua_rawgeti(L, -1, body + 1);
  lua_getfield(L, -1, "joint");
  const bool has = rll_is_given(L, "lower") || rll_is_given(L, "upper");
  lua_pop(L, 3);
  return has;
}

/* A joint whose limits are left out cannot turn, which nobody means who gives it a motor. */
static void check_motors(lua_State *L, const rl_creature *creature, const char *what) {
  for (int m = 0; m < creature->n_motors; m++)
    for (int i = 0; i < creature->n_bodies; i++)
      if (!creature->bodies[i].is_root &&
          strcmp(creature->bodies[i].joint.name, creature->motors[m].joint) == 0 && !has_limits(L, i))
        luaL_error(L,
                   "%s: motor of %s: its joint cannot turn; give its limits lower and upper, in rad (of a "
                   "wheel -1e6 and 1e6)",
                   what, creature->motors[m].joint);
}

static void read_feet(lua_State *L, rl_creature *creature, const char *what) {
  rll_push_table(L, "feet", what);
  creature->n_feet = (int)lua_rawlen(L, -1);
  if (creature->n_feet > RL_MAX_PARTS)
    luaL_error(L, "%s: at most %d feet, got %d", what, RL_MAX_PARTS, creature->n_feet);
  for (int i = 0; i < creature->n_feet; i++) {
    lua_rawgeti(L, -1, i + 1);
    const char *name = lua_tostring(L, -1);
    if (!name || strlen(name) >= RL_NAME)
      luaL_error(L, "%s: foot %d: the name of a body expected", what, i + 1);
    strcpy(creature->feet[i], name);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void set_feet(lua_State *L, const rl_creature *creature) {
  lua_createtable(L, creature->n_feet, 0);
  for (int i = 0; i < creature->n_feet; i++) {
    lua_pushstring(L, creature->feet[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "feet");
}

static const rll_map angles = {"angles", "joint", "its angle in rad", RL_MAX_PARTS};

/* { vx = 1.3, vy = 0, lean = 0, angles = { hip_l = .1 } } */
static void read_start(lua_State *L, rl_initial_state *start, const char *creature) {
  static const char *const more[] = {"angles", NULL};
  char what[128];
  snprintf(what, sizeof what, "%.100s: start", creature);
  rll_push_table(L, "start", creature);
  rll_read_part(L, rl_start_rows, more, start, what);
  start->n_angles = rll_read_map(L, &angles, start->angles, what);
  lua_pop(L, 1);
}

static void set_start(lua_State *L, const rl_initial_state *start) {
  lua_newtable(L);
  rll_set_part(L, rl_start_rows, start);
  rll_set_map(L, angles.name, start->angles, start->n_angles);
  lua_setfield(L, -2, "start");
}

/* { body = "trunk", point = { 0, .3 } } */
static void read_head(lua_State *L, rl_creature *creature, const char *name) {
  char what[128];
  snprintf(what, sizeof what, "%.100s: head", name);
  rll_push_table(L, "head", name);
  rll_read_part(L, rl_head_rows, NULL, creature, what);
  lua_pop(L, 1);
}

/* --- the whole --- */

/* A creature and what it points to. */
typedef struct described {
  rl_creature creature;
  rl_controller controller;
  rl_motion motion;
} described;

static void read_controller(lua_State *L, described *self, const char *what) {
  lua_getfield(L, -1, "controller");
  if (lua_toboolean(L, -1)) { /* false: none */
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: controller: table expected, got %s", what, luaL_typename(L, -1));
    rll_read_controller(L, &self->controller, what);
    self->creature.controller = &self->controller;
  }
  lua_pop(L, 1);
}

rl_creature *rll_check_creature(lua_State *L, int arg) {
  static const char *const more[] = {"bodies", "motors",     "muscles", "head", "feet",
                                     "start",  "controller", "motion",  NULL};
  char what[64];
  rll_check_kind(L, arg, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many nested calls");
  described *self = rll_new(L, &creature_type, sizeof *self);
  rl_creature *creature = &self->creature;
  lua_pushvalue(L, arg);
  rll_read_name(L, "name", creature->name, "creature");
  snprintf(what, sizeof what, "creature %s", creature->name);
  rl_options_defaults(rl_creature_rows, creature);
  rll_read_part(L, rl_creature_rows, more, creature, what);
  creature->summary = "described by a table";
  creature->n_bodies = rll_read_list(L, &bodies, creature->bodies, what);
  creature->n_motors = rll_read_list(L, &motors, creature->motors, what);
  check_motors(L, creature, what);
  creature->n_muscles = rll_read_list(L, &rll_muscle_list, creature->muscles, what);
  read_head(L, creature, what);
  read_feet(L, creature, what);
  read_start(L, &creature->start, what);
  read_controller(L, self, what);
  if (rll_read_motion(L, &self->motion, what)) creature->motion = &self->motion;
  lua_createtable(L, 1, 0); /* the motion's numbers live as long as the description */
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -3);
  lua_pop(L, 1);
  return creature;
}

void rll_push_creature(lua_State *L, const rl_creature *creature) {
  lua_newtable(L);
  rll_set_part(L, rl_creature_rows, creature);
  lua_pushboolean(L, creature->symmetric);
  lua_setfield(L, -2, "symmetric");
  rll_set_list(L, &bodies, creature->bodies, creature->n_bodies);
  rll_set_list(L, &motors, creature->motors, creature->n_motors);
  rll_set_list(L, &rll_muscle_list, creature->muscles, creature->n_muscles);
  lua_newtable(L);
  rll_set_part(L, rl_head_rows, creature);
  lua_setfield(L, -2, "head");
  set_feet(L, creature);
  set_start(L, &creature->start);
  if (creature->motion) {
    rll_push_motion(L, creature->motion);
    lua_setfield(L, -2, "motion");
  }
  if (!creature->controller) return;
  rll_push_controller(L, creature->controller);
  lua_setfield(L, -2, "controller");
}

/* Its address is the registry key of the function that finds creatures written in Lua. */
static const char finder_key = 0;

/* core.find_creatures(function(name, numbers) -> creature table, or nil and perhaps why not) */
static int find_creatures(lua_State *L) {
  rll_check_kind(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &finder_key);
  return 0;
}

bool rll_push_lua_creature(lua_State *L, const char *name, int numbers) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &finder_key);
  if (!lua_isnil(L, -1)) {
    lua_pushstring(L, name);
    if (numbers)
      lua_pushvalue(L, numbers);
    else
      lua_pushnil(L);
    lua_call(L, 2, 2);
    if (lua_isstring(L, -1)) luaL_error(L, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  if (lua_istable(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

void rll_push_named_creature(lua_State *L, const char *name) {
  const rl_creature *creature = rl_registry_creature(name);
  if (creature) {
    rll_push_creature(L, creature);
    return;
  }
  rl_env_def *def;
  rl_error error;
  if (rl_registry_open(name, NULL, 0, &def, &error)) rll_raise(L, &error);
  rl_env_def_free(def);
  luaL_error(L, "environment %s is not a creature", name);
}

/* rl.creature(name[, numbers]) -> its description, a table that can be changed and given to rl.env; numbers: what is
 * different about it */
static int creature_by_name(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (!lua_isnoneornil(L, 2)) rll_check_kind(L, 2, LUA_TTABLE);
  if (rll_push_lua_creature(L, name, lua_isnoneornil(L, 2) ? 0 : 2)) return 1;
  rll_push_named_creature(L, name);
  return 1;
}

/* core.describe_part(name) -> rows of its numbers and names, as describe() gives them */
static int describe_part(lua_State *L) {
  const char *names[RL_PARTS], *name = luaL_checkstring(L, 1);
  rl_error error;
  for (int i = 0; i < RL_PARTS; i++) {
    names[i] = rl_parts[i].name;
    if (strcmp(names[i], name) != 0) continue;
    rll_push_option_rows(L, *rl_parts[i].rows);
    return 1;
  }
  rl_fail_unknown(&error, "part", name, names, RL_PARTS);
  return rll_raise(L, &error);
}

void rll_open_creature(lua_State *L) {
  static const luaL_Reg functions[] = {{"creature", creature_by_name},
                                       {"find_creatures", find_creatures},
                                       {"describe_part", describe_part},
                                       {NULL, NULL}};
  rll_register(L, &creature_type, NULL, NULL);
  rll_open_world_table(L);
  luaL_setfuncs(L, functions, 0);
  lua_createtable(L, RL_PARTS, 0);
  for (int i = 0; i < RL_PARTS; i++) {
    lua_pushstring(L, rl_parts[i].name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "parts");
}
