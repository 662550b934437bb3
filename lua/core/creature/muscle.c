/* A muscle by itself, without a body: rl.muscle_curves, rl.muscle_rest, rl.muscle_step (envs/muscle/muscle.h). Muscles
 * are tables as in the description of a creature, of which the fibre and the tendon count; so is a state of one. */
#include "core/creature/part_table.h"
#include "creature/parts.h"

typedef struct point {
  float length, velocity, strain;
} point;

static const rl_option point_rows[] = {
    RL_ROW(point, FLOAT, length, "length", "l_opt", "of the fibre", 1.0, 0.0, 100.0),
    RL_ROW(point, FLOAT, velocity, "velocity", "v_max", "of its lengthening", 0.0, -1.0, 100.0),
    RL_ROW(point, FLOAT, strain, "strain", "", "of the tendon: its length over l_slack, less 1", 0.0, -1.0,
           100.0),
};

static const rl_option state_rows[] = {
    RL_ROW(rl_muscle_state, FLOAT, unit_length, "unit_length", "m", "fibre and tendon together", 0.0, 0.0,
           100.0),
    RL_ROW(rl_muscle_state, FLOAT, activation, "activation", "", "", RL_LEAST_ACTIVATION, RL_LEAST_ACTIVATION,
           1.0),
    RL_ROW(rl_muscle_state, FLOAT, length, "length", "l_opt", "of the fibre", 1.0, 0.0, 1e3),
    RL_ROW(rl_muscle_state, FLOAT, velocity, "velocity", "l_opt/s", "of its lengthening", 0.0, -1e6, 1e6),
    RL_ROW(rl_muscle_state, FLOAT, force, "force", "N", "of the tendon", 0.0, 0.0, 1e30),
    RL_ROW(rl_muscle_state, FLOAT, contractile, "contractile", "N", "active part of the force", 0.0, 0.0,
           1e30),
};

static void read_part(lua_State *L, int arg, rl_options rows, const char *const *more, void *part,
                      const char *what) {
  rl_error error;
  rll_check_kind(L, arg, LUA_TTABLE);
  lua_pushvalue(L, arg);
  rll_read_part(L, rows, more, part, what);
  lua_pop(L, 1);
  if (rl_options_check_part(rows, part, what, &error)) rll_raise(L, &error);
}

static rl_muscle read_muscle(lua_State *L) {
  static const char *const more[] = {"path", "arms", NULL};
  rl_muscle muscle = rl_muscle_defaults();
  read_part(L, 1, rl_muscle_rows, more, &muscle, "muscle");
  return muscle;
}

static int push_state(lua_State *L, const rl_muscle_state *state) {
  lua_newtable(L);
  rll_set_part(L, (rl_options)RL_ROWS(state_rows), state);
  return 1;
}

static void set(lua_State *L, const char *name, float value) {
  rll_push_float(L, value);
  lua_setfield(L, -2, name);
}

/* core.muscle_curves{ length = 1, velocity = 0, strain = 0 } -> { active =, passive =, buffer =, velocity =, tendon = }:
 * in f_max, velocity as a factor */
static int muscle_curves(lua_State *L) {
  static const rl_options rows = RL_ROWS(point_rows);
  point at;
  rl_options_defaults(rows, &at);
  read_part(L, 1, rows, NULL, &at, "rl.muscle_curves");
  lua_newtable(L);
  set(L, "active", rl_force_length(at.length));
  set(L, "passive", rl_parallel_force(at.length));
  set(L, "buffer", rl_buffer_force(at.length));
  set(L, "velocity", rl_force_velocity(at.velocity));
  set(L, "tendon", rl_tendon_force(at.strain));
  return 1;
}

/* core.muscle_rest(muscle, unit_length, activation) -> state: no velocity, forces in balance */
static int muscle_rest(lua_State *L) {
  const rl_muscle muscle = read_muscle(L);
  rl_muscle_state state;
  rl_muscle_begin(&muscle.physiology, (float)luaL_checknumber(L, 2), (float)luaL_checknumber(L, 3), &state);
  return push_state(L, &state);
}

/* core.muscle_step(muscle, state, excitation, unit_length, dt, steps = 1) -> state */
static int muscle_step(lua_State *L) {
  const rl_muscle muscle = read_muscle(L);
  rl_muscle_state state;
  rl_options_defaults((rl_options)RL_ROWS(state_rows), &state);
  read_part(L, 2, (rl_options)RL_ROWS(state_rows), NULL, &state, "state");
  const double dt = luaL_checknumber(L, 5);
  rll_check_argument(L, dt > 0.0 && dt <= 1.0, 5, "seconds from 0 to 1 expected");
  const int steps = lua_isnoneornil(L, 6) ? 1 : (int)rll_check_integer(L, 6, 1, 1000000);
  rl_muscle_step(&muscle.physiology, &state, (float)luaL_checknumber(L, 3), (float)luaL_checknumber(L, 4),
                 (float)dt, steps);
  return push_state(L, &state);
}

void rll_open_muscle(lua_State *L) {
  static const luaL_Reg functions[] = {{"muscle_curves", muscle_curves},
                                       {"muscle_rest", muscle_rest},
                                       {"muscle_step", muscle_step},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
