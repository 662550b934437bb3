/* core.creature_model(env): a creature as the world of Box2D is built from it, for rl.export_creature. Numbers
 * are those of creature_model.h, places count from the bodies' centres of mass. */
#include "core/creature/part_table.h"
#include "core/env/env_object.h"
#include "creature/creature_model.h"
#include "creature/world.h"

static void set_pair(lua_State *L, const char *name, const float pair[2]) {
  rll_push_pair(L, pair);
  lua_setfield(L, -2, name);
}

static void set_float(lua_State *L, const char *name, float value) {
  rll_push_float(L, value);
  lua_setfield(L, -2, name);
}

/* { x, y, radius = r } or the corners { x1, y1, x2, y2, ... } */
static void push_piece(lua_State *L, const rl_core *piece) {
  lua_createtable(L, 2 * piece->n, 1);
  for (int i = 0; i < 2 * piece->n; i++) {
    rll_push_float(L, piece->points[i / 2][i % 2]);
    lua_rawseti(L, -2, i + 1);
  }
  if (piece->n == 1) set_float(L, "radius", piece->radius);
}

static void set_joint(lua_State *L, const rl_model *model, int i) {
  const rl_b2_hinge hinge = rl_model_hinge(model, i);
  const rl_joint *joint = &model->creature.bodies[i].joint;
  lua_createtable(L, 0, 10);
  rll_set_string(L, "name", joint->name);
  rll_set_integer(L, "parent", hinge.parent + 1);
  set_pair(L, "at", hinge.at);
  set_pair(L, "from", hinge.from);
  set_float(L, "rest", hinge.rest);
  set_float(L, "lower", hinge.lower);
  set_float(L, "upper", hinge.upper);
  set_float(L, "start", model->start_angles[i - 1]);
  set_float(L, "soft", joint->soft_stiffness);
  set_float(L, "speed_scale", model->speed_scale[i - 1]);
  lua_setfield(L, -2, "joint");
}

static void push_body(lua_State *L, const rl_model *model, int i) {
  rl_core pieces[RL_MAX_PIECES];
  const rl_body *body = &model->creature.bodies[i];
  lua_createtable(L, 0, 8);
  rll_set_string(L, "name", body->name);
  set_pair(L, "center", (const float[2]){model->center[i].x, model->center[i].y}); /* in the body's frame */
  set_float(L, "mass", model->mass[i]);
  set_float(L, "inertia", model->inertia[i]);
  set_float(L, "friction", body->friction);
  lua_pushboolean(L, model->is_foot[i]);
  lua_setfield(L, -2, "foot");
  const int n = rl_model_pieces(model, i, pieces);
  lua_createtable(L, n, 0);
  for (int j = 0; j < n; j++) {
    push_piece(L, &pieces[j]);
    lua_rawseti(L, -2, j + 1);
  }
  lua_setfield(L, -2, "pieces");
  if (i > 0) set_joint(L, model, i);
}

static void set_motors(lua_State *L, const rl_model *model) {
  const rl_creature *creature = &model->creature;
  lua_createtable(L, creature->n_motors, 0);
  for (int m = 0; m < creature->n_motors; m++) {
    lua_createtable(L, 0, 3);
    rll_set_integer(L, "joint", model->motor_joint[m] + 1);
    set_float(L, "torque", creature->motors[m].torque);
    set_float(L, "speed", creature->motors[m].speed);
    lua_rawseti(L, -2, m + 1);
  }
  lua_setfield(L, -2, "motors");
}

static void set_start(lua_State *L, const rl_initial_state *start) {
  lua_createtable(L, 0, 3);
  set_float(L, "vx", start->vx);
  set_float(L, "vy", start->vy);
  set_float(L, "lean", start->lean);
  lua_setfield(L, -2, "start");
}

bool rll_push_creature_model(lua_State *L, const rl_env_def *def, int agent) {
  const rl_model *model = def->n_agents > 0 ? rl_world_model(def, agent) : rl_creature_env_model(def);
  if (!model) return false;
  const rl_creature *creature = &model->creature;
  lua_createtable(L, 0, 9);
  rll_set_string(L, "name", creature->name);
  rll_set_integer(L, "muscles", creature->n_muscles);
  rll_set_integer(L, "trunk", model->trunk + 1);
  set_float(L, "height", model->standing_height);
  set_float(L, "clock", creature->clock);
  lua_createtable(L, creature->n_bodies, 0);
  for (int i = 0; i < creature->n_bodies; i++) {
    push_body(L, model, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "bodies");
  set_motors(L, model);
  lua_createtable(L, creature->n_feet, 0);
  for (int i = 0; i < creature->n_feet; i++) {
    lua_pushinteger(L, model->foot[i] + 1);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "feet");
  set_start(L, &creature->start);
  return true;
}

static int creature_model(lua_State *L) {
  const rll_env *env = rll_check_env(L, 1);
  if (env->def->n_agents == 0 && rll_push_creature_model(L, env->def, 0)) return 1;
  return luaL_error(L, "environment %s is not a creature", env->def->name);
}

void rll_open_creature_model(lua_State *L) {
  static const luaL_Reg functions[] = {{"creature_model", creature_model}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
