/* Creatures as Lua tables:
 *
 *   { name = "hopper", position = {0, 1}, target_speed = 1, symmetric = false,
 *     bodies = {
 *       { name = "trunk", mass = 40, shape = { kind = "box", width = .2, height = .5, center = {0, 0} } },
 *       { name = "leg", mass = 8, friction = .9, shapes = { { kind = "capsule", radius = .06, height = .5 }
 * }, joint = { name = "hip", parent = "trunk", at = {0, -.25}, from = {0, .22}, lower = -1, upper = 1, rest =
 * 0 } },
 *     },
 *     motors = { { joint = "hip", torque = 100, speed = 8 } },     muscles = { ... (muscle_table.c) },
 *     trunk = "trunk", head = { body = "trunk", point = {0, .25} }, feet = { "leg" },
 *     start = { vx = 1, angles = { hip = .1 } },
 *     controller = { ... } }                     of its muscles: controller_table.c
 *
 * A joint may have soft = { lower, upper, stiffness }, a body inertia and center of its own. A polygon is {
 * kind = "polygon", points = { {x, y}, ... } }. rl.creature(name) gives the table of one that exists. */
#include "core/creature/creature_table.h"

#include "core/creature/controller_table.h"
#include "core/creature/description.h"
#include "core/creature/muscle_table.h"
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rll_type creature_type = {"rl.creature"};
static const char *const shape_kinds[] = {"box", "circle", "capsule", "polygon", NULL};

static void read_shape(lua_State *L, rl_shape *shape, const char *what) {
  static const char *const names[] = {"kind", "center", "width", "height", "radius", "points", NULL};
  rll_check_options(L, lua_gettop(L), what, names);
  shape->kind = (rl_shape_kind)rll_choice(L, lua_gettop(L), "kind", RL_SHAPE_BOX, shape_kinds, what);
  rll_read_pair(L, "center", shape->center, what);
  shape->width = rll_read_number(L, "width", 0, what);
  shape->height = rll_read_number(L, "height", 0, what);
  shape->radius = rll_read_number(L, "radius", 0, what);
  rll_push_table(L, "points", what);
  shape->n_vertices = rll_check_count(L, "points", RL_MAX_VERTICES, what);
  for (int i = 0; i < shape->n_vertices; i++) {
    lua_rawgeti(L, -1, i + 1);
    rll_read_pair_here(L, "points", shape->vertices[i], what);
  }
  lua_pop(L, 1);
}

/* soft = { lower =, upper =, stiffness = }: a limit that is not given is the joint's own. */
static void read_soft(lua_State *L, rl_joint *joint, const char *what) {
  static const char *const names[] = {"lower", "upper", "stiffness", NULL};
  rll_push_table(L, "soft", what);
  rll_check_options(L, lua_gettop(L), what, names);
  joint->soft_lower = rll_read_number(L, "lower", (double)joint->lower, what);
  joint->soft_upper = rll_read_number(L, "upper", (double)joint->upper, what);
  joint->soft_stiffness = rll_read_number(L, "stiffness", 0, what);
  lua_pop(L, 1);
}

static void read_joint(lua_State *L, rl_body *body, const char *what) {
  static const char *const names[] = {"name", "parent", "at", "from", "lower", "upper", "rest", "soft", NULL};
  lua_getfield(L, -1, "joint");
  body->is_root = lua_isnil(L, -1);
  if (!body->is_root) {
    rl_joint *joint = &body->joint;
    if (!lua_istable(L, -1)) luaL_error(L, "%s: joint: table expected, got %s", what, luaL_typename(L, -1));
    rll_check_options(L, lua_gettop(L), what, names);
    rll_read_name(L, "name", joint->name, what);
    rll_read_name(L, "parent", joint->parent, what);
    rll_read_pair(L, "at", joint->at, what);
    rll_read_pair(L, "from", joint->from, what);
    joint->lower = rll_read_number(L, "lower", 0, what);
    joint->upper = rll_read_number(L, "upper", 0, what);
    joint->rest = rll_read_number(L, "rest", 0, what);
    read_soft(L, joint, what);
  }
  lua_pop(L, 1);
}

static void read_body(lua_State *L, rl_body *body, const char *creature) {
  static const char *const names[] = {"name",     "shape", "shapes",  "mass",   "density",
                                      "friction", "joint", "inertia", "center", NULL};
  char what[128];
  *body = rl_body_defaults();
  rll_read_name(L, "name", body->name, creature);
  snprintf(what, sizeof what, "%s: body %s", creature, body->name);
  rll_check_options(L, lua_gettop(L), what, names);
  body->mass = rll_read_number(L, "mass", 0, what);
  body->density = rll_read_number(L, "density", 0, what);
  body->friction = rll_read_number(L, "friction", (double)body->friction, what);
  body->inertia = rll_read_number(L, "inertia", 0, what);
  lua_getfield(L, -1, "center");
  body->centered = !lua_isnil(L, -1);
  lua_pop(L, 1);
  rll_read_pair(L, "center", body->center, what);
  lua_getfield(L, -1, "shape");
  bool single = lua_istable(L, -1);
  if (single) {
    read_shape(L, &body->shapes[0], what);
    body->n_shapes = 1;
  }
  lua_pop(L, 1);
  if (!single) {
    rll_push_table(L, "shapes", what);
    body->n_shapes = rll_check_count(L, "shapes", RL_MAX_SHAPES, what);
    for (int i = 0; i < body->n_shapes; i++) {
      rll_push_element(L, i + 1, "shape", what);
      read_shape(L, &body->shapes[i], what);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  read_joint(L, body, what);
}

static void read_motor(lua_State *L, rl_motor *motor, const char *creature) {
  static const char *const names[] = {"joint", "torque", "speed", NULL};
  char what[128];
  rll_read_name(L, "joint", motor->joint, creature);
  snprintf(what, sizeof what, "%s: motor of %s", creature, motor->joint);
  rll_check_options(L, lua_gettop(L), what, names);
  motor->torque = rll_read_number(L, "torque", 0, what);
  motor->speed = rll_read_number(L, "speed", 0, what);
}

static void read_bodies(lua_State *L, rl_creature *creature, const char *what) {
  rll_push_table(L, "bodies", what);
  creature->n_bodies = rll_check_count(L, "bodies", RL_MAX_PARTS, what);
  for (int i = 0; i < creature->n_bodies; i++) {
    rll_push_element(L, i + 1, "body", what);
    read_body(L, &creature->bodies[i], what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_motors(lua_State *L, rl_creature *creature, const char *what) {
  rll_push_table(L, "motors", what);
  creature->n_motors = rll_check_count(L, "motors", RL_MAX_PARTS, what);
  for (int i = 0; i < creature->n_motors; i++) {
    rll_push_element(L, i + 1, "motor", what);
    read_motor(L, &creature->motors[i], what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_roles(lua_State *L, rl_creature *creature, const char *what) {
  static const char *const names[] = {"body", "point", NULL};
  rll_read_name(L, "trunk", creature->trunk, what);
  rll_push_table(L, "head", what);
  rll_check_options(L, lua_gettop(L), what, names);
  rll_read_name(L, "body", creature->head, what);
  rll_read_pair(L, "point", creature->head_point, what);
  lua_pop(L, 1);
  rll_push_table(L, "feet", what);
  creature->n_feet = rll_check_count(L, "feet", RL_MAX_PARTS, what);
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

static int by_joint(const void *a, const void *b) {
  return strcmp(((const rl_joint_angle *)a)->joint, ((const rl_joint_angle *)b)->joint);
}

/* { vx = 1.3, vy = 0, lean = 0, angles = { hip_l = .1 } }; in the order of their names, not of a table's
 * keys. */
static void read_start(lua_State *L, rl_initial_state *start, const char *creature) {
  static const char *const names[] = {"vx", "vy", "lean", "angles", NULL};
  char what[128];
  snprintf(what, sizeof what, "%.100s: start", creature);
  rll_push_table(L, "start", creature);
  rll_check_options(L, lua_gettop(L), what, names);
  start->vx = rll_read_number(L, "vx", 0, what);
  start->vy = rll_read_number(L, "vy", 0, what);
  start->lean = rll_read_number(L, "lean", 0, what);
  rll_push_table(L, "angles", what);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s: angles: the name of a joint = its angle in rad expected", what);
    if (start->n_angles == RL_MAX_PARTS) luaL_error(L, "%s: at most %d angles", what, RL_MAX_PARTS);
    const char *name = lua_tostring(L, -2);
    if (strlen(name) >= RL_NAME)
      luaL_error(L, "%s: joint \"%s\" is longer than %d letters", what, name, RL_NAME - 1);
    rl_joint_angle *angle = &start->angles[start->n_angles++];
    strcpy(angle->joint, name);
    angle->angle = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  qsort(start->angles, (size_t)start->n_angles, sizeof start->angles[0], by_joint);
}

/* A creature and what it points to. */
typedef struct described {
  rl_creature creature;
  rl_controller controller;
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
  static const char *const names[] = {"name",   "symmetric",  "position", "target_speed", "bodies",
                                      "motors", "muscles",    "trunk",    "head",         "feet",
                                      "start",  "controller", NULL};
  char what[64];
  luaL_checktype(L, arg, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many nested calls");
  described *self = rll_new(L, &creature_type, sizeof *self);
  rl_creature *creature = &self->creature;
  lua_pushvalue(L, arg);
  rll_read_name(L, "name", creature->name, "creature");
  snprintf(what, sizeof what, "creature %s", creature->name);
  rll_check_options(L, lua_gettop(L), what, names);
  creature->summary = "described by a table";
  creature->symmetric = rll_boolean(L, lua_gettop(L), "symmetric", false, what);
  creature->target_speed = rll_read_number(L, "target_speed", 1, what);
  rll_read_pair(L, "position", creature->position, what);
  read_bodies(L, creature, what);
  read_motors(L, creature, what);
  rll_read_muscles(L, creature, what);
  read_roles(L, creature, what);
  read_start(L, &creature->start, what);
  read_controller(L, self, what);
  lua_pop(L, 1);
  return creature;
}

static void push_shape(lua_State *L, const rl_shape *shape) {
  lua_newtable(L);
  rll_set_string(L, "kind", shape_kinds[shape->kind]);
  if (shape->kind == RL_SHAPE_POLYGON) {
    lua_createtable(L, shape->n_vertices, 0);
    for (int i = 0; i < shape->n_vertices; i++) {
      rll_push_pair(L, shape->vertices[i]);
      lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "points");
    return;
  }
  rll_set_pair(L, "center", shape->center);
  if (shape->kind == RL_SHAPE_BOX) rll_set_float(L, "width", shape->width);
  if (shape->kind != RL_SHAPE_CIRCLE) rll_set_float(L, "height", shape->height);
  if (shape->kind != RL_SHAPE_BOX) rll_set_float(L, "radius", shape->radius);
}

static void push_body(lua_State *L, const rl_body *body) {
  lua_newtable(L);
  rll_set_string(L, "name", body->name);
  if (body->mass > 0)
    rll_set_float(L, "mass", body->mass);
  else
    rll_set_float(L, "density", body->density);
  rll_set_float(L, "friction", body->friction);
  if (body->inertia > 0) rll_set_float(L, "inertia", body->inertia);
  if (body->centered) rll_set_pair(L, "center", body->center);
  lua_createtable(L, body->n_shapes, 0);
  for (int i = 0; i < body->n_shapes; i++) {
    push_shape(L, &body->shapes[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shapes");
  if (body->is_root) return;
  lua_newtable(L);
  rll_set_string(L, "name", body->joint.name);
  rll_set_string(L, "parent", body->joint.parent);
  rll_set_pair(L, "at", body->joint.at);
  rll_set_pair(L, "from", body->joint.from);
  rll_set_float(L, "lower", body->joint.lower);
  rll_set_float(L, "upper", body->joint.upper);
  rll_set_float(L, "rest", body->joint.rest);
  if (body->joint.soft_stiffness > 0) {
    lua_newtable(L);
    rll_set_float(L, "lower", body->joint.soft_lower);
    rll_set_float(L, "upper", body->joint.soft_upper);
    rll_set_float(L, "stiffness", body->joint.soft_stiffness);
    lua_setfield(L, -2, "soft");
  }
  lua_setfield(L, -2, "joint");
}

static void push_start(lua_State *L, const rl_initial_state *start) {
  lua_newtable(L);
  rll_set_float(L, "vx", start->vx);
  rll_set_float(L, "vy", start->vy);
  rll_set_float(L, "lean", start->lean);
  lua_newtable(L);
  for (int i = 0; i < start->n_angles; i++) rll_set_float(L, start->angles[i].joint, start->angles[i].angle);
  lua_setfield(L, -2, "angles");
}

static void set_bodies(lua_State *L, const rl_creature *creature) {
  lua_createtable(L, creature->n_bodies, 0);
  for (int i = 0; i < creature->n_bodies; i++) {
    push_body(L, &creature->bodies[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "bodies");
}

static void set_motors(lua_State *L, const rl_creature *creature) {
  lua_createtable(L, creature->n_motors, 0);
  for (int i = 0; i < creature->n_motors; i++) {
    lua_newtable(L);
    rll_set_string(L, "joint", creature->motors[i].joint);
    rll_set_float(L, "torque", creature->motors[i].torque);
    rll_set_float(L, "speed", creature->motors[i].speed);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "motors");
}

static void set_roles(lua_State *L, const rl_creature *creature) {
  rll_set_string(L, "trunk", creature->trunk);
  lua_newtable(L);
  rll_set_string(L, "body", creature->head);
  rll_set_pair(L, "point", creature->head_point);
  lua_setfield(L, -2, "head");
  lua_createtable(L, creature->n_feet, 0);
  for (int i = 0; i < creature->n_feet; i++) {
    lua_pushstring(L, creature->feet[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "feet");
}

static void push_creature(lua_State *L, const rl_creature *creature) {
  lua_newtable(L);
  rll_set_string(L, "name", creature->name);
  lua_pushboolean(L, creature->symmetric);
  lua_setfield(L, -2, "symmetric");
  rll_set_pair(L, "position", creature->position);
  rll_set_float(L, "target_speed", creature->target_speed);
  set_bodies(L, creature);
  set_motors(L, creature);
  rll_set_muscles(L, creature);
  set_roles(L, creature);
  push_start(L, &creature->start);
  lua_setfield(L, -2, "start");
  if (creature->controller) {
    rll_push_controller(L, creature->controller);
    lua_setfield(L, -2, "controller");
  }
}

/* Its address is the registry key of the function that finds creatures written in Lua. */
static const char finder_key = 0;

/* core.find_creatures(function(name) -> creature table or nil) */
static int find_creatures(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &finder_key);
  return 0;
}

bool rll_push_lua_creature(lua_State *L, const char *name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &finder_key);
  if (!lua_isnil(L, -1)) {
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
  }
  if (lua_istable(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

/* rl.creature(name) -> its description, a table that can be changed and given to rl.env */
static int creature_by_name(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (rll_push_lua_creature(L, name)) return 1;
  const rl_creature *creature = rl_registry_creature(name);
  if (!creature) {
    rl_env_def *def;
    rl_error error;
    if (rl_registry_open(name, NULL, 0, &def, &error)) return rll_raise(L, &error);
    rl_env_def_free(def);
    return luaL_error(L, "environment %s is not a creature", name);
  }
  push_creature(L, creature);
  return 1;
}

void rll_open_creature(lua_State *L) {
  rll_register(L, &creature_type, NULL, NULL);
  lua_pushcfunction(L, creature_by_name);
  lua_setfield(L, -2, "creature");
  lua_pushcfunction(L, find_creatures);
  lua_setfield(L, -2, "find_creatures");
}
