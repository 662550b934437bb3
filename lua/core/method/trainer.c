/* method:trainer{ steps = }: collects and updates in pieces, in slices of a program that must draw or in a thread of its
 * own. The clock is looked at here, between the pieces; what they compute does not depend on it. */
#include "core/base/archive.h"
#include "core/base/slice.h"
#include "core/method/method_object.h"
#include "method/trainer.h"

static const rll_type trainer_type = {"rl.trainer"};

typedef struct trainer {
  rll_loan loan;
  rll_method *of; /* kept by the uservalue: { method } */
  rl_trainer *trainer;
} trainer;

/* Leaves the method at the top of the stack. */
static trainer *check_trainer(lua_State *L) {
  trainer *self = rll_check(L, 1, &trainer_type);
  if (!self->trainer) luaL_argerror(L, 1, "the trainer has ended");
  lua_settop(L, 2);
  lua_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  rll_check_open(L, self->of);
  return self;
}

static void end(rll_loan *loan) {
  trainer *self = (trainer *)loan;
  rl_trainer_free(self->trainer);
  self->trainer = NULL;
}

/* After what may start or end the thread, of whichever trainer. */
static void note_threads(rll_env *env) {
  for (rll_loan *loan = env->loans; loan; loan = loan->next)
    if (loan->end == end) loan->busy = rl_trainer_runs(((trainer *)loan)->trainer);
}

int rll_push_progress(lua_State *L, rll_method *self, const rl_method_stats *stats) {
  lua_pushstring(L, stats ? "done" : rl_method_phase_of(self->method) == RL_UPDATING ? "update" : "collect");
  lua_pushnumber(L, stats ? 1.0 : rl_method_fraction(self->method));
  if (!stats) return 2;
  rll_push_collect_stats(L, self, &rl_method_rollout(self->method)->stats);
  rll_push_update_stats(L, self, stats);
  return 4;
}

/* trainer:advance(milliseconds) -> "collect" or "update", how much of it is done (0 to 1); or, when this call
 * has ended an update, "done", 1, the batch's stats, the update's stats */
static int trainer_advance(lua_State *L) {
  trainer *self = check_trainer(L);
  rll_method *of = self->of;
  rl_iteration iteration;
  rl_error error;
  rl_status status = RL_OK;
  bool done = false;
  rll_slice s = rll_check_slice(L, 2);
  const int top = lua_gettop(L);
  rll_method_begin(L, top, of);
  while (!status && !done && rll_slice_has_time(&s))
    status = rl_trainer_advance(self->trainer, &iteration, &done, &error);
  rll_method_end(L, of, status, &error);
  return rll_push_progress(L, of, done ? &iteration.update : NULL);
}

/* trainer:start([iterations]): in a thread, for environments without functions in Lua */
static int trainer_start(lua_State *L) {
  trainer *self = check_trainer(L);
  rl_error error;
  const int64_t iterations = lua_isnoneornil(L, 2) ? 0 : rll_check_integer(L, 2, 1, INT64_C(1) << 53);
  rll_env_refuse(L, self->of->env);
  if (rl_trainer_start(self->trainer, iterations, &error)) return rll_method_fail(L, self->of, &error);
  rll_env_lend(self->of->env, &self->loan, end);
  note_threads(self->of->env);
  return 0;
}

/* trainer:poll() -> what advance gives, of the thread; "stopped" when there is none */
static int trainer_poll(lua_State *L) {
  trainer *self = check_trainer(L);
  rl_iteration iteration;
  rl_error error;
  bool news;
  const rl_status status = rl_trainer_poll(self->trainer, &iteration, &news, &error);
  note_threads(self->of->env);
  if (status) return rll_method_fail(L, self->of, &error);
  const bool updates = rl_trainer_phase(self->trainer) == RL_UPDATING;
  lua_pushstring(L, news                              ? "done"
                    : !rl_trainer_runs(self->trainer) ? "stopped"
                    : updates                         ? "update"
                                                      : "collect");
  lua_pushnumber(L, news ? 1.0 : rl_trainer_fraction(self->trainer));
  if (!news) return 2;
  rll_push_collect_stats(L, self->of, &iteration.batch);
  rll_push_update_stats(L, self->of, &iteration.update);
  return 4;
}

/* trainer:stop(): the thread ends with the piece that it is at; what is half done, start and advance go on with */
static int trainer_stop(lua_State *L) {
  trainer *self = check_trainer(L);
  rl_trainer_stop(self->trainer);
  note_threads(self->of->env);
  return 0;
}

/* trainer:reset(): gives up what is half done, whoever began it */
static int trainer_reset(lua_State *L) {
  trainer *self = check_trainer(L);
  if (self->of->env->callback.L)
    return luaL_error(L, "%s: what is half done cannot be given up by a function that it calls",
                      self->of->name);
  rl_method_stop(self->of->method);
  note_threads(self->of->env);
  return 0;
}

static int trainer_gc(lua_State *L) {
  trainer *self = rll_check(L, 1, &trainer_type);
  if (self->of) rll_env_take_back(self->of->env, &self->loan);
  end(&self->loan);
  return 0;
}

/* method:trainer{ steps = of each copy }: `steps` as collect takes it */
static int trainer_new(lua_State *L) {
  rll_method *of = rll_check_method(L, 1);
  rl_error error;
  rll_check_kind(L, 2, LUA_TTABLE);
  rll_check_options(L, 2, "trainer", (const char *const[]){"steps", NULL});
  lua_getfield(L, 2, "steps");
  rll_check_argument(L, !lua_isnil(L, -1), 2, "option steps is missing: how many of each copy make a batch");
  lua_pop(L, 1);
  const int64_t steps = rll_integer(L, 2, "steps", 1, 1, 1 << 24, "trainer");
  trainer *self = rll_new(L, &trainer_type, sizeof *self);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  self->of = of;
  if (rl_trainer_create(&self->trainer, of->method, (int)steps, &error))
    return rll_method_fail(L, of, &error);
  return 1;
}

/* Its state (core/base/archive.h): what is half done is the method's. */

static void ready(lua_State *L) {
  const trainer *self = rll_check(L, 1, &trainer_type);
  if (!self->trainer) luaL_error(L, "the trainer has ended");
  rll_env_refuse(L, self->of->env);
}

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  ready(L);
  const trainer *self = rll_check(L, 1, &trainer_type);
  return rl_trainer_save(self->trainer, archive, prefix, error);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  const trainer *self = rll_check(L, 1, &trainer_type);
  return rl_trainer_load(self->trainer, archive, prefix, error);
}

static const rll_state trainer_state = {"trainer", ready, put_state, take_state};

void rll_open_trainer(lua_State *L) {
  static const luaL_Reg functions[] = {{"trainer", trainer_new}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"advance", trainer_advance}, {"start", trainer_start},
                                     {"poll", trainer_poll},       {"stop", trainer_stop},
                                     {"reset", trainer_reset},     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", trainer_gc}, {NULL, NULL}};
  rll_register(L, &trainer_type, methods, metamethods);
  rll_add_state(L, &trainer_type, &trainer_state);
  rll_add_methods(L, &rll_method_type, functions);
}
