/* method:trainer{ steps = }: collects and updates in pieces, for a program that must draw. The clock is looked
 * at here, between the pieces; what they compute does not depend on it. */
#include "core/method/method_object.h"

#include <math.h>
#include <time.h>

static const rll_type trainer_type = {"rl.trainer"};

typedef struct trainer {
  rll_method *of; /* kept by the uservalue: { method } */
  int steps;
} trainer;

static double now(void) { /* milliseconds */
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* The time that a call of advance has. */
typedef struct slice {
  double end, last; /* last: when the piece before this one ended */
  bool begun;
} slice;

/* The first piece is always done, or nothing would ever move; another one when there is time for one as long
 * as the last. */
static bool has_time(slice *s) {
  const double time = now(), piece = time - s->last;
  const bool first = !s->begun;
  s->begun = true;
  s->last = time;
  return first || time + piece <= s->end;
}

/* Leaves the method with its environment at the top of the stack. */
static trainer *check_trainer(lua_State *L) {
  trainer *self = rll_check(L, 1, &trainer_type);
  lua_settop(L, 2);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  rll_check_method(L, lua_gettop(L));
  return self;
}

static void collect(lua_State *L, trainer *self, slice *s, bool begin) {
  rll_method *of = self->of;
  rl_error error;
  rl_status status = RL_OK;
  const int top = lua_gettop(L);
  rll_method_begin(L, top, of);
  if (begin) status = rl_method_begin_collect(of->method, self->steps, &error);
  if (!status) of->driver = self;
  while (!status && rl_method_phase_of(of->method) == RL_COLLECTING && has_time(s))
    status = rl_method_advance(of->method, NULL, &error);
  rll_method_end(L, of, status, &error);
  lua_settop(L, top);
  if (rl_method_phase_of(of->method) == RL_IDLE && rl_method_begin_update(of->method, &error))
    rll_method_fail(L, of, &error);
}

/* trainer:advance(milliseconds) -> "collect" or "update", how much of it is done (0 to 1); or, when this call
 * has ended an update, "done", 1, the batch's stats, the update's stats */
static int trainer_advance(lua_State *L) {
  trainer *self = check_trainer(L);
  rll_method *of = self->of;
  rl_method *method = of->method;
  rl_method_stats stats;
  rl_error error;
  const double start = now(), budget = luaL_checknumber(L, 2);
  luaL_argcheck(L, budget >= 0.0, 2, "0 or more milliseconds expected");
  slice s = {.end = start + budget, .last = start};
  const bool mine = of->driver == self && rl_method_phase_of(method) != RL_IDLE;
  if (!mine || rl_method_phase_of(method) == RL_COLLECTING) collect(L, self, &s, !mine);
  while (rl_method_phase_of(method) == RL_UPDATING && has_time(&s))
    if (rl_method_advance(method, &stats, &error)) return rll_method_fail(L, of, &error);
  const rl_method_phase phase = rl_method_phase_of(method);
  lua_pushstring(L, phase == RL_IDLE ? "done" : phase == RL_UPDATING ? "update" : "collect");
  lua_pushnumber(L, phase == RL_IDLE ? 1.0 : rl_method_fraction(method));
  if (phase != RL_IDLE) return 2;
  rll_push_collect_stats(L, of, &rl_method_rollout(method)->stats);
  rll_push_update_stats(L, &stats);
  return 4;
}

/* trainer:reset(): gives up what is half done, whoever began it */
static int trainer_reset(lua_State *L) {
  const trainer *self = check_trainer(L);
  if (self->of->env->callback.L)
    return luaL_error(L, "%s: what is half done cannot be given up by a function that it calls",
                      self->of->name);
  rl_method_stop(self->of->method);
  return 0;
}

/* method:trainer{ steps = of each copy }: `steps` as collect takes it */
static int trainer_new(lua_State *L) {
  rll_method *of = rll_check_method(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  rll_check_options(L, 2, "trainer", (const char *const[]){"steps", NULL});
  const int64_t steps = rll_integer(L, 2, "steps", 0, 0, 1 << 24, "trainer");
  luaL_argcheck(L, steps > 0, 2, "option steps is missing: how many of each copy make a batch");
  trainer *self = rll_new(L, &trainer_type, sizeof *self);
  self->of = of;
  self->steps = (int)steps;
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  return 1;
}

void rll_open_trainer(lua_State *L, const rll_type *method_type) {
  static const luaL_Reg functions[] = {{"trainer", trainer_new}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"advance", trainer_advance}, {"reset", trainer_reset}, {NULL, NULL}};
  rll_register(L, &trainer_type, methods, NULL);
  rll_add_methods(L, method_type, functions);
}
