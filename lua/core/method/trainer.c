/* method:trainer{ steps = }: collects and updates in pieces, for a program that must draw. The clock is looked
 * at here, between the pieces; what they compute does not depend on it. */
#include "core/base/archive.h"
#include "core/base/slice.h"
#include "core/method/method_object.h"

static const rll_type trainer_type = {"rl.trainer"};

typedef struct trainer {
  rll_method *of; /* kept by the uservalue: { method } */
  int steps, number;
} trainer;

/* Leaves the method with its environment at the top of the stack. */
static trainer *check_trainer(lua_State *L) {
  trainer *self = rll_check(L, 1, &trainer_type);
  lua_settop(L, 2);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  rll_check_open(L, self->of);
  return self;
}

static void collect(lua_State *L, trainer *self, rll_slice *s, bool begin) {
  rll_method *of = self->of;
  rl_error error;
  rl_status status = RL_OK;
  const int top = lua_gettop(L);
  rll_method_begin(L, top, of);
  if (begin) status = rl_method_begin_collect(of->method, self->steps, &error);
  if (!status) of->trainer = self->number;
  while (!status && rl_method_phase_of(of->method) == RL_COLLECTING && rll_slice_has_time(s))
    status = rl_method_advance(of->method, NULL, &error);
  rll_method_end(L, of, status, &error);
  lua_settop(L, top);
  if (rl_method_phase_of(of->method) == RL_IDLE && rl_method_begin_update(of->method, &error))
    rll_method_fail(L, of, &error);
}

int rll_push_progress(lua_State *L, const rll_method *self, const rl_method_stats *stats) {
  lua_pushstring(L, stats ? "done" : rl_method_phase_of(self->method) == RL_UPDATING ? "update" : "collect");
  lua_pushnumber(L, stats ? 1.0 : rl_method_fraction(self->method));
  if (!stats) return 2;
  rll_push_collect_stats(L, self, &rl_method_rollout(self->method)->stats);
  rll_push_update_stats(L, stats);
  return 4;
}

/* trainer:advance(milliseconds) -> "collect" or "update", how much of it is done (0 to 1); or, when this call
 * has ended an update, "done", 1, the batch's stats, the update's stats */
static int trainer_advance(lua_State *L) {
  trainer *self = check_trainer(L);
  rll_method *of = self->of;
  rl_method *method = of->method;
  rl_method_stats stats;
  rl_error error;
  rll_slice s = rll_check_slice(L, 2);
  const bool mine = of->trainer == self->number && rl_method_phase_of(method) != RL_IDLE;
  if (!mine || rl_method_phase_of(method) == RL_COLLECTING) collect(L, self, &s, !mine);
  while (rl_method_phase_of(method) == RL_UPDATING && rll_slice_has_time(&s))
    if (rl_method_advance(method, &stats, &error)) return rll_method_fail(L, of, &error);
  return rll_push_progress(L, of, rl_method_phase_of(method) == RL_IDLE ? &stats : NULL);
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
  self->number = ++of->trainers;
  self->steps = (int)steps;
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  return 1;
}

/* Its state (core/base/archive.h): what is half done is the method's. */

static void ready(lua_State *L) {
  const trainer *self = rll_check(L, 1, &trainer_type);
  rll_check_open(L, self->of);
  rll_env_refuse(L, self->of->env);
}

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const trainer *self = rll_check(L, 1, &trainer_type);
  return rl_archive_put(archive, rl_archive_key(name, prefix, "trainer"), RL_I64, 1, (int64_t[]){2},
                        (int64_t[]){self->number, self->steps}, error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const trainer *self = rll_check(L, 1, &trainer_type);
  int64_t saved[2];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "trainer"), RL_I64, 2, saved, error);
  if (!status && (saved[0] != self->number || saved[1] != self->steps))
    status =
        rl_fail(error, RL_BAD_FORMAT, "%s: trainer %d of its method, with %d steps, there; %d, with %d, here",
                prefix, (int)saved[0], (int)saved[1], self->number, self->steps);
  return status;
}

static const rll_state trainer_state = {NULL, ready, put_state, take_state};

void rll_open_trainer(lua_State *L) {
  static const luaL_Reg functions[] = {{"trainer", trainer_new}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"advance", trainer_advance}, {"reset", trainer_reset}, {NULL, NULL}};
  rll_register(L, &trainer_type, methods, NULL);
  rll_add_state(L, &trainer_type, &trainer_state);
  rll_add_methods(L, &rll_method_type, functions);
}
