#include "core/env/judge.h"

#include "base/stop.h"
#include "core/base/launch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rll_type judge_type = {"rl.judge"};

/* Upvalues of the closure that runs the functions for one copy. */
enum { UP_BENCH = 1, UP_REWARD, UP_DONE, UP_FIELDS, UP_ACTION, UP_SLOTS, UP_CREW, UP_COUNT = UP_CREW };

static rll_bench *bench_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(UP_BENCH)); }

/* A proxy is an empty userdata; what it shows is the judgement of its bench. Upvalues of its metamethods: bench, name ->
 * index. */
static rl_judgement *current(lua_State *L) {
  rl_judgement *now = *bench_of(L)->now;
  if (!now) luaL_error(L, "the state and the action can be read only inside reward and done");
  return now;
}

static int unknown_field(lua_State *L, const rl_env_def *def) {
  const char *names[128];
  size_t n = 0;
  rl_error error;
  for (; n < 128 && n < (size_t)def->n_fields; n++) names[n] = def->fields[n].name;
  rl_fail_unknown(&error, "field", rll_text(L, 2), names, n);
  return luaL_error(L, "%s: %s", def->name, error.message);
}

static int fields_index(lua_State *L) {
  const rl_judgement *now = current(L);
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(2));
  int index = (int)lua_tointeger(L, -1);
  if (index == 0) return unknown_field(L, bench_of(L)->judge->def);
  lua_pushnumber(L, (lua_Number)now->fields[index - 1]);
  return 1;
}

static int action_index(lua_State *L) {
  const rl_judgement *now = current(L);
  int width = rl_space_width(&bench_of(L)->judge->def->action);
  lua_Number index = lua_tonumber(L, 2);
  if (!(index >= 1 && index <= width) || floor(index) != index)
    return luaL_error(L, "action has elements 1 to %d, not %s", width, rll_text(L, 2));
  lua_pushnumber(L, (lua_Number)now->action[(int)index - 1]);
  return 1;
}

static int action_length(lua_State *L) {
  current(L);
  lua_pushinteger(L, rl_space_width(&bench_of(L)->judge->def->action));
  return 1;
}

static int read_only(lua_State *L) { return luaL_error(L, "the state and the action are read only"); }

/* Pushes a proxy whose metamethods have the bench (at stack place `bench`) and the table on the top of the
 * stack (popped) as upvalues: a script that keeps the proxy keeps the bench. */
static void push_proxy(lua_State *L, int bench, lua_CFunction index, lua_CFunction length) {
  int names = lua_gettop(L);
  lua_newuserdata(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, bench);
  lua_pushvalue(L, names);
  lua_pushcclosure(L, index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, read_only);
  lua_setfield(L, -2, "__newindex");
  if (length) {
    lua_pushvalue(L, bench);
    lua_pushcclosure(L, length, 1);
    lua_setfield(L, -2, "__len");
  }
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, names);
}

static const char *describe(lua_State *L, const char *what, int upvalue) {
  return rll_callback_describe(L, what, lua_upvalueindex(upvalue));
}

static int compare_names(const rll_judge *judge, int a, int b) {
  return strcmp(judge->names[a], judge->names[b]);
}

/* A new term in the table of slots at `slots`. */
static int add_term(lua_State *L, rll_judge *judge, const char *name, int slots) {
  const int slot = judge->n_terms;
  lua_pushstring(L, name);
  lua_pushinteger(L, slot + 1);
  lua_rawset(L, slots);
  strcpy(judge->names[slot], name);
  int place = judge->n_terms++;
  while (place > 0 && compare_names(judge, judge->order[place - 1], slot) > 0) {
    judge->order[place] = judge->order[place - 1];
    place--;
  }
  judge->order[place] = slot;
  return slot;
}

/* The slot of the term named at stack place `key`, made when it is new; a thread leaves that to the calling one. */
static int term_slot(lua_State *L, rll_judge *judge, int key) {
  lua_pushvalue(L, key);
  lua_rawget(L, lua_upvalueindex(UP_SLOTS));
  int slot = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (slot) return slot - 1;
  if (bench_of(L)->copies) {
    rll_crew_pass(L);
    luaL_error(L, "a new term");
  }
  const char *name = lua_tostring(L, key);
  if (strlen(name) >= sizeof judge->names[0])
    luaL_error(L, "%s: the name of a term is longer than %d letters: \"%s\"",
               describe(L, "reward", UP_REWARD), (int)sizeof judge->names[0] - 1, name);
  if (judge->n_terms == RL_MAX_TERMS)
    luaL_error(L, "%s: more than %d terms: \"%s\"", describe(L, "reward", UP_REWARD), RL_MAX_TERMS, name);
  return add_term(L, judge, name, lua_upvalueindex(UP_SLOTS));
}

static double check_finite(lua_State *L, const rl_judgement *now, double value, const char *term) {
  if (!isfinite(value))
    luaL_error(L, "%s: %s%s is %s (copy %d)", describe(L, "reward", UP_REWARD), term ? "term " : "the result",
               term ? term : "",
               isnan(value) ? "nan"
               : value > 0  ? "inf"
                            : "-inf",
               now->copy + 1);
  return value;
}

static void bad_term(lua_State *L) {
  const char *key = rll_text(L, -2), *type = rll_type_name(L, -2);
  luaL_error(L, "%s: terms are named numbers, got %s = %s", describe(L, "reward", UP_REWARD), key, type);
}

static void bad_result(lua_State *L, const char *what, int upvalue, const char *expected) {
  const char *type = rll_type_name(L, -1);
  luaL_error(L, "%s must return %s, got %s", describe(L, what, upvalue), expected, type);
}

/* A table of named terms at the top of the stack -> their sum. */
static double sum_terms(lua_State *L, rll_judge *judge, rl_judgement *now) {
  double values[RL_MAX_TERMS] = {0};
  int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING || rll_plain_type(L, -1) != LUA_TNUMBER) bad_term(L);
    double value = check_finite(L, now, lua_tonumber(L, -1), lua_tostring(L, -2));
    int slot = term_slot(L, judge, lua_gettop(L) - 1);
    values[slot] = value;
    now->terms[slot] = (float)value;
    lua_pop(L, 1);
  }
  double sum = 0.0;
  for (int k = 0; k < judge->n_terms; k++) sum += values[judge->order[k]];
  return sum;
}

static void call_user(lua_State *L, int function) {
  lua_pushvalue(L, lua_upvalueindex(function));
  lua_pushvalue(L, lua_upvalueindex(UP_FIELDS));
  lua_pushvalue(L, lua_upvalueindex(UP_ACTION));
  lua_call(L, 2, 1);
}

static int run_functions(lua_State *L) {
  const rll_bench *bench = bench_of(L);
  rll_judge *judge = bench->judge;
  rl_judgement *now = *bench->now;
  if (judge->has_reward) {
    call_user(L, UP_REWARD);
    memset(now->terms, 0, RL_MAX_TERMS * sizeof *now->terms);
    int type = rll_plain_type(L, -1);
    if (type == LUA_TNUMBER)
      now->reward = check_finite(L, now, lua_tonumber(L, -1), NULL);
    else if (type == LUA_TTABLE)
      now->reward = sum_terms(L, judge, now);
    else
      bad_result(L, "reward", UP_REWARD, "a number or a table of named terms");
    lua_settop(L, 0);
  }
  if (judge->has_done) {
    call_user(L, UP_DONE);
    if (rll_plain_type(L, -1) != LUA_TBOOLEAN) bad_result(L, "done", UP_DONE, "true or false");
    now->terminated = lua_toboolean(L, -1);
  }
  return 0;
}

/* Called by the vectoriser. */
static rl_status run_judge(void *context, rl_judgement *judgement, rl_error *error) {
  rll_judge *judge = context;
  judge->now = judgement;
  lua_pushvalue(judge->callback->L, judge->closure);
  rl_status status = rll_callback_run(judge->callback, 0, 0, error);
  judge->now = NULL;
  if (status) rll_crew_failed_too(judge->crew);
  return status;
}

/* --- copies of the functions, for threads --- */

/* Pushes the closure that runs the functions at stack places `reward` and `done`; its last upvalue is taken from the top
 * of the stack, the bench is at stack place `bench`. */
static void push_closure(lua_State *L, const rll_judge *judge, int bench, int reward, int done) {
  const int last = lua_gettop(L);
  lua_pushvalue(L, bench);
  lua_pushvalue(L, reward);
  lua_pushvalue(L, done);
  lua_newtable(L);
  for (int i = 0; i < judge->def->n_fields; i++) {
    lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, judge->def->fields[i].name);
  }
  push_proxy(L, bench, fields_index, NULL);
  lua_newtable(L);
  push_proxy(L, bench, action_index, action_length);
  lua_newtable(L);
  for (int i = 0; i < judge->n_terms; i++) {
    lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, judge->names[i]);
  }
  lua_pushvalue(L, last);
  lua_pushcclosure(L, run_functions, UP_COUNT);
  lua_remove(L, last);
}

static void enter(lua_State *W, int n, void *context, void **now) {
  rll_bench *bench = lua_newuserdata(W, sizeof *bench);
  (void)n;
  *bench = (rll_bench){.judge = context, .now = now, .copies = true};
  const int place = lua_gettop(W);
  lua_pushnil(W);
  push_closure(W, context, place, 1, 2);
}

static bool begin_asking(void *context) {
  rll_judge *judge = context;
  lua_State *L = judge->callback->L;
  if (!L || !lua_checkstack(L, 10)) return false;
  const int top = lua_gettop(L);
  if (judge->carried_terms != judge->n_terms) rll_crew_enter_again(judge->crew);
  judge->carried_terms = judge->n_terms;
  lua_getupvalue(L, judge->closure, UP_REWARD);
  lua_getupvalue(L, judge->closure, UP_DONE);
  lua_getupvalue(L, judge->closure, UP_CREW);
  const bool carried = rll_crew_carry(L, top + 3, top + 1, 2);
  lua_settop(L, top);
  return carried;
}

static void ask_copy(void *context, int worker, rl_judgement *judgement) {
  const rll_judge *judge = context;
  rll_crew_call(judge->crew, worker, judgement);
}

static rl_status accept_copies(void *context, bool *accepted, rl_error *error) {
  const rll_judge *judge = context;
  *accepted = rll_crew_accept(judge->crew);
  return *accepted ? RL_OK : rl_stop_check(error);
}

/* "reward (walk.lua:12): it writes upvalue 'total' (walk.lua:12); it is asked on one thread" */
void rll_judge_push_notice(lua_State *L, const rll_judge *judge, int closure) {
  const char *why = rll_crew_notice(judge->crew);
  const int part = judge->has_reward ? RLL_REWARD : RLL_DONE;
  if (!*why) {
    lua_pushnil(L);
    return;
  }
  rll_judge_push(L, closure, (rll_judge_part)part);
  const char *what = rll_callback_describe(L, rll_judge_names[part], lua_gettop(L));
  lua_pushfstring(L, "%s is asked on one thread: %s", what, why);
}

/* Without a reward function the terms are the environment's own, with one they are its names. */
static int count_terms(void *context) {
  const rll_judge *judge = context;
  return judge->has_reward ? judge->n_terms : judge->def->n_terms;
}

static const char *term_name(void *context, int index) {
  const rll_judge *judge = context;
  return judge->has_reward ? judge->names[index] : judge->def->terms[index];
}

/* While the environment is stepping, too. */
static void place_terms(void *context, const char *const *names, int count) {
  rll_judge *judge = context;
  if (!judge->has_reward) return;
  rll_judge_set_terms(judge->callback->L, judge, judge->closure, names, count);
  judge->carried_terms = -1; /* copies of the function know the places that were */
}

rll_judge *rll_judge_new(lua_State *L, const rl_env_def *def, int reward, int done) {
  rll_register(L, &judge_type, NULL, NULL);
  rll_judge *judge = rll_new(L, &judge_type, sizeof *judge);
  int place = lua_gettop(L);
  judge->def = def;
  judge->has_reward = !lua_isnil(L, reward);
  judge->has_done = !lua_isnil(L, done);
  rll_mark_upvalues(L, reward, &judge->marks[RLL_REWARD]);
  rll_mark_upvalues(L, done, &judge->marks[RLL_DONE]);
  judge->bench = (rll_bench){.judge = judge, .now = &judge->now};
  judge->crew = rll_crew_new(L, enter, judge);
  push_closure(L, judge, place, reward, done);
  lua_remove(L, place);
  return judge;
}

const char *const rll_judge_names[RLL_JUDGE_PARTS] = {[RLL_REWARD] = "reward", [RLL_DONE] = "done"};

void rll_judge_set(lua_State *L, rll_judge *judge, int closure, rll_judge_part part, int function) {
  *(part == RLL_REWARD ? &judge->has_reward : &judge->has_done) = !lua_isnil(L, function);
  rll_mark_upvalues(L, function, &judge->marks[part]);
  rll_crew_forget(judge->crew);
  judge->told = false;
  lua_pushvalue(L, function);
  lua_setupvalue(L, closure, UP_REWARD + (int)part);
}

void rll_judge_push(lua_State *L, int closure, rll_judge_part part) {
  if (!lua_getupvalue(L, closure, UP_REWARD + (int)part)) lua_pushnil(L);
}

void rll_judge_set_terms(lua_State *L, rll_judge *judge, int closure, const char *const *names, int count) {
  closure = lua_absindex(L, closure);
  lua_newtable(L);
  judge->n_terms = 0;
  for (int i = 0; i < count; i++) add_term(L, judge, names[i], lua_gettop(L));
  lua_setupvalue(L, closure, UP_SLOTS);
}

void rll_judge_begin(rll_judge *judge, rll_callback *callback, int closure) {
  judge->callback = callback;
  judge->closure = closure;
  rll_crew_expire(judge->crew);
}

const rl_judge *rll_judge_face(rll_judge *judge, rl_judge *face) {
  *face = (rl_judge){.context = judge,
                     .judge = run_judge,
                     .n_terms = count_terms,
                     .term_name = term_name,
                     .begin = begin_asking,
                     .ask = ask_copy,
                     .accept = accept_copies,
                     .place_terms = place_terms};
  return judge->has_reward || judge->has_done ? face : NULL;
}
