/* Controllers as Lua tables, rules for muscles and primitives for motors:
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
 *     },
 *     primitives = {
 *       { joint = "hip", kind = "rhythmic", duration = .8, amplitude = .4, weights = { 0, 1, 0, -1 } },
 *     } }
 *
 * states: one or a list of landing, early_stance, late_stance, liftoff, swing; "stance" is the three of
 * stance, "all" all five. A term may have leg = "other" and held = true. The target of a feature is one
 * number, or a table of the states in which it has one. */
#include "core/creature/controller_table.h"

#include "core/creature/part_table.h"
#include "creature/parts.h"

#include <stdio.h>
#include <string.h>

enum { WHAT = 128 };

/* --- states --- */

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

static void set_states(lua_State *L, unsigned states) {
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
  lua_setfield(L, -2, "states");
}

/* --- senses --- */

static void check_sense(lua_State *L, const char *what) {
  if (!rll_is_given(L, "sense")) luaL_error(L, "%s: sense: which one?", what);
}

static unsigned leg_trait(int other_leg) { return other_leg ? RL_ROW_LEG : 0; }

static void read_term(lua_State *L, void *term, const char *what) {
  rll_read_part(L, rl_term_rows, NULL, term, what);
  check_sense(L, what);
}

static void set_term(lua_State *L, const void *term) {
  rll_set_part(L, rl_options_of(rl_term_rows, leg_trait(((const rl_term *)term)->other_leg)), term);
}

static void read_condition(lua_State *L, void *element, const char *what) {
  rl_condition *condition = element;
  rll_read_part(L, rl_condition_rows, NULL, condition, what);
  check_sense(L, what);
  condition->below = rll_is_given(L, "below");
  if (condition->below == rll_is_given(L, "above"))
    luaL_error(L, "%s: either above or below, a number", what);
}

static void set_condition(lua_State *L, const void *element) {
  const rl_condition *condition = element;
  const unsigned end = condition->below ? RL_ROW_BELOW : RL_ROW_ABOVE;
  rll_set_part(L, rl_options_of(rl_condition_rows, end | leg_trait(condition->other_leg)), condition);
}

/* --- reflexes --- */

static const rll_list terms = {"terms",         "terms",   "term",   RL_MAX_REFLEX_TERMS,
                               sizeof(rl_term), read_term, set_term, true};
static const rll_list conditions = {
    "when",         "conditions",  "condition", RL_MAX_CONDITIONS, sizeof(rl_condition),
    read_condition, set_condition, true};

static void read_reflex(lua_State *L, void *element, const char *what) {
  static const char *const more[] = {"states", "terms", "when", NULL};
  rl_reflex *reflex = element;
  rl_options_defaults(rl_reflex_rows, reflex);
  rll_read_part(L, rl_reflex_rows, more, reflex, what);
  reflex->states = read_states(L, what);
  reflex->n_terms = rll_read_list(L, &terms, reflex->terms, what);
  reflex->n_conditions = rll_read_list(L, &conditions, reflex->conditions, what);
}

static void set_reflex(lua_State *L, const void *element) {
  const rl_reflex *reflex = element;
  rll_set_part(L, rl_reflex_rows, reflex);
  set_states(L, reflex->states);
  rll_set_list(L, &terms, reflex->terms, reflex->n_terms);
  rll_set_list(L, &conditions, reflex->conditions, reflex->n_conditions);
}

/* --- features --- */

/* One number for all states, or a table of those in which there is a target. */
static void read_target(lua_State *L, rl_feature *feature, const char *what) {
  char where[WHAT];
  snprintf(where, sizeof where, "%.100s: target", what);
  if (lua_getfield(L, -1, "target") == LUA_TTABLE) {
    rll_read_part(L, rl_target_rows, NULL, feature, where);
    for (int s = 0; s < RL_GAIT_STATES; s++)
      if (rll_is_given(L, rl_gait_state_names[s])) feature->states |= 1U << s;
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  const float target = rll_read_number(L, "target", what);
  for (int s = 0; s < RL_GAIT_STATES; s++) feature->target[s] = target;
  feature->states = RL_IN_ALL;
}

static const rll_map followers = {"muscles", "muscle", "its weight", RL_MAX_FOLLOWERS};

static void read_feature(lua_State *L, void *element, const char *what) {
  static const char *const more[] = {"target", "muscles", NULL};
  rl_feature *feature = element;
  rl_options_defaults(rl_feature_rows, feature);
  rll_read_part(L, rl_feature_rows, more, feature, what);
  check_sense(L, what);
  read_target(L, feature, what);
  feature->n_followers = rll_read_map(L, &followers, feature->followers, what);
}

static void set_feature(lua_State *L, const void *element) {
  const rl_feature *feature = element;
  rll_set_part(L, rl_feature_rows, feature);
  lua_newtable(L);
  rll_set_part(L, rl_options_of(rl_target_rows, feature->states), feature);
  lua_setfield(L, -2, "target");
  rll_set_map(L, followers.name, feature->followers, feature->n_followers);
}

/* --- primitives --- */

static void read_primitive(lua_State *L, void *element, const char *what) {
  static const char *const more[] = {"weights", NULL};
  rl_primitive *primitive = element;
  rl_options_defaults(rl_primitive_rows, primitive);
  rll_read_part(L, rl_primitive_rows, more, primitive, what);
  primitive->scaled = rll_is_given(L, "amplitude");
  rll_push_table(L, "weights", what);
  const int n = (int)lua_rawlen(L, -1);
  if (n > RL_MAX_WEIGHTS) luaL_error(L, "%s: at most %d weights, got %d", what, RL_MAX_WEIGHTS, n);
  for (int i = 0; i < n; i++) {
    if (lua_rawgeti(L, -1, i + 1) != LUA_TNUMBER)
      luaL_error(L, "%s: weight %d: number expected, got %s", what, i + 1, luaL_typename(L, -1));
    primitive->weights[i] = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  primitive->n_weights = n;
  lua_pop(L, 1);
}

static void set_primitive(lua_State *L, const void *element) {
  const rl_primitive *primitive = element;
  rll_set_part(L, rl_primitive_rows_of(primitive), primitive);
  lua_createtable(L, primitive->n_weights, 0);
  for (int i = 0; i < primitive->n_weights; i++) {
    rll_push_float(L, primitive->weights[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "weights");
}

/* --- the whole --- */

static const rll_list reflexes = {"reflexes",        "reflexes",  "reflex",   RL_MAX_REFLEXES,
                                  sizeof(rl_reflex), read_reflex, set_reflex, true};
static const rll_list features = {"features",         "features",   "feature",   RL_MAX_FEATURES,
                                  sizeof(rl_feature), read_feature, set_feature, true};
static const rll_list primitives = {"primitives",         "primitives",   "primitive",   RL_MAX_PRIMITIVES,
                                    sizeof(rl_primitive), read_primitive, set_primitive, true};

void rll_read_controller(lua_State *L, rl_controller *c, const char *what) {
  static const char *const names[] = {"transitions", "reflexes", "features", "primitives", NULL};
  char where[WHAT];
  luaL_checkstack(L, 12, "too many nested calls");
  memset(c, 0, sizeof *c);
  snprintf(where, sizeof where, "%.90s: controller", what);
  rll_check_options(L, lua_gettop(L), where, names);
  snprintf(where, sizeof where, "%.90s: transitions", what);
  rl_options_defaults(rl_transition_rows, c);
  rll_push_table(L, "transitions", what);
  rll_read_part(L, rl_transition_rows, NULL, c, where);
  if (!rll_is_given(L, "swing_load")) c->transitions.swing_load = c->transitions.stance_load;
  lua_pop(L, 1);
  c->n_reflexes = rll_read_list(L, &reflexes, c->reflexes, what);
  c->n_features = rll_read_list(L, &features, c->features, what);
  c->n_primitives = rll_read_list(L, &primitives, c->primitives, what);
}

void rll_push_controller(lua_State *L, const rl_controller *c) {
  lua_newtable(L);
  lua_newtable(L);
  rll_set_part(L, rl_transition_rows, c);
  lua_setfield(L, -2, "transitions");
  rll_set_list(L, &reflexes, c->reflexes, c->n_reflexes);
  rll_set_list(L, &features, c->features, c->n_features);
  rll_set_list(L, &primitives, c->primitives, c->n_primitives);
}
