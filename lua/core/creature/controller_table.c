/* Controllers of muscles as Lua tables:
 *
 *   { transitions = { stance_load = .1, swing_load = .1, late_stance = 0, liftoff = -1, landing = 0,
 *                     delay = .005 },
 *     reflexes = {
 *       { muscle = "vas", states = "stance", delay = .01, constant = .08,
 *         terms = { { sense = "force", gain = 1.2 } } },
 *       { name = "knee_stop", muscle = "vas", states = "stance", delay = .01,
 *         terms = { { sense = "angle", of = "knee", gain = -2, offset = -.17 } },
 *         when = { { sense = "angle", of = "knee", above = -.17 },
 *                  { sense = "speed", of = "knee", above = 0 } } },
 *       { muscle = "ham", states = "stance", delay = .005, constant = .05, positive = true, load_gain = 1.2,
 *         terms = { { sense = "lean", gain = 1.91, offset = .105 }, { sense = "lean_speed", gain = .2 } } },
 *     },
 *     features = {
 *       { sense = "angle", of = "knee", target = -.2, kp = 1, kd = .1, delay = .01,
 *         muscles = { vas = 1, ham = -.5 } },
 *     } }
 *
 * states: one or a list of landing, early_stance, late_stance, liftoff, swing; "stance" is the three of
 * stance, "all" all five. A term may have leg = "other" and held = true. The target of a feature is one
 * number, or a table of the states in which it has one. */
#include "core/creature/controller_table.h"

#include "core/creature/description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT = 128 };
static const char *const leg_names[] = {"same", "other", NULL};

static void read_transitions(lua_State *L, rl_controller *c, const char *what) {
  static const char *const names[] = {"stance_load", "swing_load", "late_stance", "liftoff",
                                      "landing",     "delay",      NULL};
  const rl_gait_transitions defaults = rl_gait_defaults();
  rl_gait_transitions *t = &c->transitions;
  char where[WHAT];
  snprintf(where, sizeof where, "%.90s: transitions", what);
  rll_push_table(L, "transitions", what);
  rll_check_options(L, lua_gettop(L), where, names);
  t->stance_load = rll_read_number(L, "stance_load", (double)defaults.stance_load, where);
  t->swing_load = rll_read_number(L, "swing_load", (double)t->stance_load, where);
  t->late_stance = rll_read_number(L, "late_stance", (double)defaults.late_stance, where);
  t->liftoff = rll_read_number(L, "liftoff", (double)defaults.liftoff, where);
  t->landing = rll_read_number(L, "landing", (double)defaults.landing, where);
  c->delay = rll_read_number(L, "delay", 0.005, where);
  lua_pop(L, 1);
}

/* The state or states of the name at the top of the stack. */
static unsigned states_named(lua_State *L, const char *what) {
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "%s: states: the name of a state expected, got %s", what, luaL_typename(L, -1));
  const char *name = lua_tostring(L, -1);
  if (strcmp(name, "all") == 0) return RL_IN_ALL;
  if (strcmp(name, "stance") == 0) return RL_IN_STANCE;
  for (int s = 0; s < RL_GAIT_STATES; s++)
    if (strcmp(name, rl_gait_state_names[s]) == 0) return 1U << s;
  return (unsigned)luaL_error(L,
                              "%s: unknown state \"%s\"; known: landing, early_stance, late_stance, liftoff, "
                              "swing, stance, all",
                              what, name);
}

static unsigned read_states(lua_State *L, const char *what) {
  unsigned states = 0;
  lua_getfield(L, -1, "states");
  if (lua_isnil(L, -1)) {
    states = RL_IN_ALL;
  } else if (!lua_istable(L, -1)) {
    states = states_named(L, what);
  } else {
    const int n = (int)lua_rawlen(L, -1);
    for (int i = 1; i <= n; i++) {
      lua_rawgeti(L, -1, i);
      states |= states_named(L, what);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return states;
}

static rl_sense_kind read_sense(lua_State *L, const char *what) {
  lua_getfield(L, -1, "sense");
  if (lua_isnil(L, -1)) luaL_error(L, "%s: sense: which one?", what);
  lua_pop(L, 1);
  return (rl_sense_kind)rll_choice(L, lua_gettop(L), "sense", 0, rl_sense_names, what);
}

static void read_term(lua_State *L, rl_term *term, const char *what) {
  static const char *const names[] = {"sense", "of", "leg", "held", "gain", "offset", NULL};
  rll_check_options(L, lua_gettop(L), what, names);
  term->sense = read_sense(L, what);
  rll_read_name(L, "of", term->of, what);
  term->other_leg = rll_choice(L, lua_gettop(L), "leg", 0, leg_names, what) == 1;
  term->held = rll_boolean(L, lua_gettop(L), "held", false, what);
  term->gain = rll_read_number(L, "gain", 0.0, what);
  term->offset = rll_read_number(L, "offset", 0.0, what);
}

static void read_condition(lua_State *L, rl_condition *condition, const char *what) {
  static const char *const names[] = {"sense", "of", "leg", "above", "below", NULL};
  rll_check_options(L, lua_gettop(L), what, names);
  condition->sense = read_sense(L, what);
  rll_read_name(L, "of", condition->of, what);
  condition->other_leg = rll_choice(L, lua_gettop(L), "leg", 0, leg_names, what) == 1;
  lua_getfield(L, -1, "above");
  lua_getfield(L, -2, "below");
  const bool above = !lua_isnil(L, -2), below = !lua_isnil(L, -1);
  lua_pop(L, 2);
  if (above == below) luaL_error(L, "%s: either above or below, a number", what);
  condition->below = below;
  condition->threshold = rll_read_number(L, below ? "below" : "above", 0.0, what);
}

static void read_reflex(lua_State *L, rl_reflex *reflex, const char *what) {
  static const char *const names[] = {"name",  "muscle",   "states",    "delay", "constant",
                                      "terms", "positive", "load_gain", "when",  NULL};
  char where[WHAT];
  rll_check_options(L, lua_gettop(L), what, names);
  rll_read_name(L, "name", reflex->name, what);
  rll_read_name(L, "muscle", reflex->muscle, what);
  reflex->states = read_states(L, what);
  reflex->delay = rll_read_number(L, "delay", 0.01, what);
  reflex->constant = rll_read_number(L, "constant", 0.0, what);
  reflex->positive = rll_boolean(L, lua_gettop(L), "positive", false, what);
  reflex->load_gain = rll_read_number(L, "load_gain", 0.0, what);
  rll_push_table(L, "terms", what);
  reflex->n_terms = rll_check_count(L, "terms", RL_MAX_REFLEX_TERMS, what);
  for (int i = 0; i < reflex->n_terms; i++) {
    snprintf(where, sizeof where, "%.100s: term %d", what, i + 1);
    rll_push_element(L, i + 1, "term", what);
    read_term(L, &reflex->terms[i], where);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  rll_push_table(L, "when", what);
  reflex->n_conditions = rll_check_count(L, "conditions", RL_MAX_CONDITIONS, what);
  for (int i = 0; i < reflex->n_conditions; i++) {
    snprintf(where, sizeof where, "%.100s: condition %d", what, i + 1);
    rll_push_element(L, i + 1, "condition", what);
    read_condition(L, &reflex->conditions[i], where);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* One number for all states, or a table of those in which there is a target. */
static void read_target(lua_State *L, rl_feature *feature, const char *what) {
  lua_getfield(L, -1, "target");
  const bool single = !lua_istable(L, -1);
  lua_pop(L, 1);
  if (single) {
    const float target = rll_read_number(L, "target", 0.0, what);
    for (int s = 0; s < RL_GAIT_STATES; s++) feature->target[s] = target;
    feature->states = RL_IN_ALL;
    return;
  }
  char where[WHAT];
  snprintf(where, sizeof where, "%.100s: target", what);
  rll_push_table(L, "target", what);
  rll_check_options(L, lua_gettop(L), where, rl_gait_state_names);
  for (int s = 0; s < RL_GAIT_STATES; s++) {
    lua_getfield(L, -1, rl_gait_state_names[s]);
    if (!lua_isnil(L, -1)) feature->states |= 1U << s;
    lua_pop(L, 1);
    feature->target[s] = rll_read_number(L, rl_gait_state_names[s], 0.0, where);
  }
  lua_pop(L, 1);
}

static int by_muscle(const void *a, const void *b) {
  return strcmp(((const rl_follower *)a)->muscle, ((const rl_follower *)b)->muscle);
}

/* In the order of their names: that of a table's keys differs from run to run, and so would a sum's rounding.
 */
static void read_followers(lua_State *L, rl_feature *feature, const char *what) {
  rll_push_table(L, "muscles", what);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s: muscles: the name of a muscle = its weight expected", what);
    if (feature->n_followers == RL_MAX_FOLLOWERS)
      luaL_error(L, "%s: at most %d muscles", what, RL_MAX_FOLLOWERS);
    rl_follower *follower = &feature->followers[feature->n_followers++];
    const char *name = lua_tostring(L, -2);
    if (strlen(name) >= sizeof follower->muscle)
      luaL_error(L, "%s: muscle \"%s\" is longer than %d letters", what, name, RL_PART_NAME - 1);
    strcpy(follower->muscle, name);
    follower->weight = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  qsort(feature->followers, (size_t)feature->n_followers, sizeof feature->followers[0], by_muscle);
}

static void read_feature(lua_State *L, rl_feature *feature, const char *what) {
  static const char *const names[] = {"sense", "of", "target", "kp", "kd", "delay", "muscles", NULL};
  rll_check_options(L, lua_gettop(L), what, names);
  feature->sense = read_sense(L, what);
  rll_read_name(L, "of", feature->of, what);
  read_target(L, feature, what);
  feature->kp = rll_read_number(L, "kp", 0.0, what);
  feature->kd = rll_read_number(L, "kd", 0.0, what);
  feature->delay = rll_read_number(L, "delay", 0.01, what);
  read_followers(L, feature, what);
}

void rll_read_controller(lua_State *L, rl_controller *c, const char *what) {
  static const char *const names[] = {"transitions", "reflexes", "features", NULL};
  char where[WHAT];
  luaL_checkstack(L, 12, "too many nested calls");
  memset(c, 0, sizeof *c);
  snprintf(where, sizeof where, "%.90s: controller", what);
  rll_check_options(L, lua_gettop(L), where, names);
  read_transitions(L, c, what);
  rll_push_table(L, "reflexes", where);
  c->n_reflexes = rll_check_count(L, "reflexes", RL_MAX_REFLEXES, where);
  for (int i = 0; i < c->n_reflexes; i++) {
    snprintf(where, sizeof where, "%.90s: reflex %d", what, i + 1);
    rll_push_element(L, i + 1, "reflex", what);
    read_reflex(L, &c->reflexes[i], where);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  rll_push_table(L, "features", what);
  c->n_features = rll_check_count(L, "features", RL_MAX_FEATURES, what);
  for (int i = 0; i < c->n_features; i++) {
    snprintf(where, sizeof where, "%.90s: feature %d", what, i + 1);
    rll_push_element(L, i + 1, "feature", what);
    read_feature(L, &c->features[i], where);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* --- and back --- */

static void push_transitions(lua_State *L, const rl_controller *c) {
  lua_newtable(L);
  rll_set_float(L, "stance_load", c->transitions.stance_load);
  rll_set_float(L, "swing_load", c->transitions.swing_load);
  rll_set_float(L, "late_stance", c->transitions.late_stance);
  rll_set_float(L, "liftoff", c->transitions.liftoff);
  rll_set_float(L, "landing", c->transitions.landing);
  rll_set_float(L, "delay", c->delay);
}

static void push_states(lua_State *L, unsigned states) {
  if (states == RL_IN_ALL) {
    lua_pushliteral(L, "all");
  } else if (states == RL_IN_STANCE) {
    lua_pushliteral(L, "stance");
  } else {
    lua_newtable(L);
    for (int s = 0; s < RL_GAIT_STATES; s++) {
      if (!(states >> s & 1U)) continue;
      lua_pushstring(L, rl_gait_state_names[s]);
      lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    }
  }
}

static void set_sense(lua_State *L, rl_sense_kind sense, const char *of, bool other_leg) {
  rll_set_string(L, "sense", rl_sense_names[sense]);
  if (of[0]) rll_set_string(L, "of", of);
  if (other_leg) rll_set_string(L, "leg", "other");
}

static void set_true(lua_State *L, const char *name, bool value) {
  if (!value) return;
  lua_pushboolean(L, true);
  lua_setfield(L, -2, name);
}

static void push_reflex(lua_State *L, const rl_reflex *reflex) {
  lua_newtable(L);
  if (reflex->name[0]) rll_set_string(L, "name", reflex->name);
  rll_set_string(L, "muscle", reflex->muscle);
  push_states(L, reflex->states);
  lua_setfield(L, -2, "states");
  rll_set_float(L, "delay", reflex->delay);
  rll_set_float(L, "constant", reflex->constant);
  set_true(L, "positive", reflex->positive);
  rll_set_float(L, "load_gain", reflex->load_gain);
  lua_createtable(L, reflex->n_terms, 0);
  for (int i = 0; i < reflex->n_terms; i++) {
    const rl_term *term = &reflex->terms[i];
    lua_newtable(L);
    set_sense(L, term->sense, term->of, term->other_leg);
    set_true(L, "held", term->held);
    rll_set_float(L, "gain", term->gain);
    rll_set_float(L, "offset", term->offset);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "terms");
  lua_createtable(L, reflex->n_conditions, 0);
  for (int i = 0; i < reflex->n_conditions; i++) {
    const rl_condition *condition = &reflex->conditions[i];
    lua_newtable(L);
    set_sense(L, condition->sense, condition->of, condition->other_leg);
    rll_set_float(L, condition->below ? "below" : "above", condition->threshold);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "when");
}

static void push_feature(lua_State *L, const rl_feature *feature) {
  lua_newtable(L);
  set_sense(L, feature->sense, feature->of, false);
  lua_newtable(L);
  for (int s = 0; s < RL_GAIT_STATES; s++)
    if (feature->states >> s & 1U) rll_set_float(L, rl_gait_state_names[s], feature->target[s]);
  lua_setfield(L, -2, "target");
  rll_set_float(L, "kp", feature->kp);
  rll_set_float(L, "kd", feature->kd);
  rll_set_float(L, "delay", feature->delay);
  lua_newtable(L);
  for (int i = 0; i < feature->n_followers; i++)
    rll_set_float(L, feature->followers[i].muscle, feature->followers[i].weight);
  lua_setfield(L, -2, "muscles");
}

void rll_push_controller(lua_State *L, const rl_controller *c) {
  lua_newtable(L);
  push_transitions(L, c);
  lua_setfield(L, -2, "transitions");
  lua_createtable(L, c->n_reflexes, 0);
  for (int i = 0; i < c->n_reflexes; i++) {
    push_reflex(L, &c->reflexes[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "reflexes");
  lua_createtable(L, c->n_features, 0);
  for (int i = 0; i < c->n_features; i++) {
    push_feature(L, &c->features[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "features");
}
