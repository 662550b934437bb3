/* The muscles of a creature as Lua tables:
 *
 *   muscles = {
 *     { name = "sol_l", f_max = 4000, l_opt = .04, v_max = 6, l_slack = .26, delay = .02,
 *       path = { { body = "shank_l", at = {-.04, -.1} }, { body = "foot_l", at = {-.04, .03} } } },
 *     { name = "ta_l", f_max = 800, l_opt = .06, l_slack = .24,       -- turns joints with moment arms
 * instead: arms = { { joint = "ankle_l", arm = .04, max = .17, reference = -.35, rho = .7 } } },
 *   }
 *
 * Also tau_activation, tau_deactivation and slow_fibres. An arm without `max` is constant; reference is 0 and
 * rho 1 where they are not given; a path beside arms is only drawn. Units are those of envs/creature.h. */
#include "core/creature/muscle_table.h"

#include "core/creature/description.h"

#include <stdio.h>

static void read_path(lua_State *L, rl_muscle *muscle, const char *what) {
  static const char *const names[] = {"body", "at", NULL};
  rll_push_table(L, "path", what);
  muscle->n_points = rll_check_count(L, "points", RL_MAX_POINTS, what);
  for (int i = 0; i < muscle->n_points; i++) {
    rll_push_element(L, i + 1, "point", what);
    rll_check_options(L, lua_gettop(L), what, names);
    rll_read_name(L, "body", muscle->path[i].body, what);
    rll_read_pair(L, "at", muscle->path[i].at, what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_arm(lua_State *L, rl_moment_arm *arm, const char *what) {
  static const char *const names[] = {"joint", "arm", "max", "reference", "rho", NULL};
  rll_check_options(L, lua_gettop(L), what, names);
  rll_read_name(L, "joint", arm->joint, what);
  arm->arm = rll_read_number(L, "arm", 0, what);
  lua_getfield(L, -1, "max");
  arm->constant = lua_isnil(L, -1);
  lua_pop(L, 1);
  arm->max = rll_read_number(L, "max", 0, what);
  arm->reference = rll_read_number(L, "reference", 0, what);
  arm->rho = rll_read_number(L, "rho", 1, what);
}

static void read_arms(lua_State *L, rl_muscle *muscle, const char *what) {
  rll_push_table(L, "arms", what);
  muscle->n_arms = rll_check_count(L, "arms", RL_MAX_ARMS, what);
  for (int i = 0; i < muscle->n_arms; i++) {
    rll_push_element(L, i + 1, "arm", what);
    read_arm(L, &muscle->arms[i], what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_muscle(lua_State *L, rl_muscle *muscle, const char *creature) {
  static const char *const names[] = {
      "name",        "f_max", "l_opt", "v_max", "l_slack", "tau_activation", "tau_deactivation",
      "slow_fibres", "delay", "path",  "arms",  NULL};
  char what[128];
  *muscle = rl_muscle_defaults();
  rl_physiology *p = &muscle->physiology;
  rll_read_name(L, "name", muscle->name, creature);
  snprintf(what, sizeof what, "%s: muscle %s", creature, muscle->name);
  rll_check_options(L, lua_gettop(L), what, names);
  p->f_max = rll_read_number(L, "f_max", 0, what);
  p->l_opt = rll_read_number(L, "l_opt", 0, what);
  p->v_max = rll_read_number(L, "v_max", (double)p->v_max, what);
  p->l_slack = rll_read_number(L, "l_slack", 0, what);
  p->tau_activation = rll_read_number(L, "tau_activation", (double)p->tau_activation, what);
  p->tau_deactivation = rll_read_number(L, "tau_deactivation", (double)p->tau_deactivation, what);
  p->slow_fibres = rll_read_number(L, "slow_fibres", (double)p->slow_fibres, what);
  muscle->delay = rll_read_number(L, "delay", 0, what);
  read_path(L, muscle, what);
  read_arms(L, muscle, what);
}

void rll_read_muscles(lua_State *L, rl_creature *creature, const char *what) {
  rll_push_table(L, "muscles", what);
  creature->n_muscles = rll_check_count(L, "muscles", RL_MAX_MUSCLES, what);
  for (int i = 0; i < creature->n_muscles; i++) {
    rll_push_element(L, i + 1, "muscle", what);
    read_muscle(L, &creature->muscles[i], what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void set_path(lua_State *L, const rl_muscle *muscle) {
  lua_createtable(L, muscle->n_points, 0);
  for (int i = 0; i < muscle->n_points; i++) {
    lua_newtable(L);
    rll_set_string(L, "body", muscle->path[i].body);
    rll_set_pair(L, "at", muscle->path[i].at);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "path");
}

static void set_arms(lua_State *L, const rl_muscle *muscle) {
  lua_createtable(L, muscle->n_arms, 0);
  for (int i = 0; i < muscle->n_arms; i++) {
    const rl_moment_arm *arm = &muscle->arms[i];
    lua_newtable(L);
    rll_set_string(L, "joint", arm->joint);
    rll_set_float(L, "arm", arm->arm);
    if (!arm->constant) rll_set_float(L, "max", arm->max);
    rll_set_float(L, "reference", arm->reference);
    rll_set_float(L, "rho", arm->rho);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "arms");
}

static void push_muscle(lua_State *L, const rl_muscle *muscle) {
  const rl_physiology *p = &muscle->physiology;
  lua_newtable(L);
  rll_set_string(L, "name", muscle->name);
  rll_set_float(L, "f_max", p->f_max);
  rll_set_float(L, "l_opt", p->l_opt);
  rll_set_float(L, "v_max", p->v_max);
  rll_set_float(L, "l_slack", p->l_slack);
  rll_set_float(L, "tau_activation", p->tau_activation);
  rll_set_float(L, "tau_deactivation", p->tau_deactivation);
  rll_set_float(L, "slow_fibres", p->slow_fibres);
  rll_set_float(L, "delay", muscle->delay);
  if (muscle->n_points > 0) set_path(L, muscle);
  if (muscle->n_arms > 0) set_arms(L, muscle);
}

void rll_set_muscles(lua_State *L, const rl_creature *creature) {
  lua_createtable(L, creature->n_muscles, 0);
  for (int i = 0; i < creature->n_muscles; i++) {
    push_muscle(L, &creature->muscles[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "muscles");
}
