#include "core/env/judge.h"

#include "base/stop.h"
#include "core/base/launch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rll_type judge_type = {"rl.judge"};

/* Upvalues of the closure that runs the functions for one copy: the bench, the functions, then these. */
enum { UP_BENCH = 1, UP_FUNCTIONS };
enum { FIELDS, ACTION, SLOTS, CREW, OTHERS }; /* fields: a proxy, or a list of those of the agents */

static int up_function(const rll_judge *judge, int part, int agent) {
  return UP_FUNCTIONS + part * judge->agents + agent;
}
static int up_other(const rll_judge *judge, int which) {
  return up_function(judge, RLL_JUDGE_PARTS, 0) + which;
}

static rll_bench *bench_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(UP_BENCH)); }

/* A proxy is an empty userdata; what it shows is the judgement of its bench. Upvalues of its metamethods: bench, name ->
 * index or, in a world, something that is shown as it is, the agent. */
static rl_judgement *current(lua_State *L) {
  rl_judgement *now = *bench_of(L)->now;
  if (!now) luaL_error(L, "the state and the action can be read only inside reward and done");
  return now;
}

static const rl_env_def *agent_of(lua_State *L) {
  return rl_env_agent(bench_of(L)->judge->def, (int)lua_tointeger(L, lua_upvalueindex(3)));
}

static int unknown_field(lua_State *L, const rl_env_def *def) {
  const char *names[128];
  size_t n = 0;
  rl_error error;
  for (; n < 128 && n < (size_t)def->n_fields; n++) names[n] = def->fields[n].name;
  rl_fail_unknown(&error, "field", rll_text(L, 2), names, n);
  return luaL_error(L, "%s: %s", def->name, error.message);
}

/* The value of the index-th field of the proxy's agent. */
static void push_field(lua_State *L, const rl_judgement *now, int index) {
  const int away = (int)lua_tointeger(L, lua_upvalueindex(3)) - now->agent; /* rows from whom is judged */
  lua_pushnumber(L, (lua_Number)now->fields[index - 1 + away * bench_of(L)->judge->def->n_fields]);
}

static int fields_index(lua_State *L) {
  const rl_judgement *now = current(L);
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(2));
  const int type = lua_type(L, -1);
  if (type == LUA_TNIL) return unknown_field(L, agent_of(L));
  if (type == LUA_TNUMBER) push_field(L, now, (int)lua_tointeger(L, -1));
  return 1;
}

/* Those of the agent in the order of its fields, as env:fields() lists them. The key is looked up among them, not by the names of
 * the proxy: another agent may bear the name of a field. */
static int fields_next(lua_State *L) {
  const rl_judgement *now = current(L);
  const rl_env_def *def = agent_of(L);
  const char *key = lua_tostring(L, 2);
  int index = 0;
  if (key) {
    while (index < def->n_fields && strcmp(def->fields[index].name, key) != 0) index++;
    if (index++ == def->n_fields) return unknown_field(L, def);
  }
  if (index >= def->n_fields) return 0;
  lua_pushstring(L, def->fields[index].name);
  push_field(L, now, index + 1);
  return 2;
}

/* Of whom is judged. */
static int action_width(lua_State *L, const rl_judgement *now) {
  return rl_space_width(&rl_env_agent(bench_of(L)->judge->def, now->agent)->action);
}

/* As ipairs does, which wants nil behind the last element; a script that asks for that one is mistaken. */
static bool is_asked_by_c(lua_State *L) {
  lua_Debug caller;
  return lua_getstack(L, 1, &caller) && lua_getinfo(L, "S", &caller) && strcmp(caller.what, "C") == 0;
}

static int action_index(lua_State *L) {
  const rl_judgement *now = current(L);
  int width = action_width(L, now);
  lua_Number index = lua_tonumber(L, 2);
  if (index == width + 1 && is_asked_by_c(L)) return 0;
  if (!(index >= 1 && index <= width) || floor(index) != index)
    return luaL_error(L, "action has elements 1 to %d, not %s", width, rll_text(L, 2));
  lua_pushnumber(L, (lua_Number)now->action[(int)index - 1]);
  return 1;
}

static int action_next(lua_State *L) {
  const rl_judgement *now = current(L);
  const lua_Integer index = lua_tointeger(L, 2);
  if (index < 0 || index >= action_width(L, now)) return 0;
  lua_pushinteger(L, index + 1);
  lua_pushnumber(L, (lua_Number)now->action[index]);
  return 2;
}

static int action_length(lua_State *L) {
  lua_pushinteger(L, action_width(L, current(L)));
  return 1;
}

static int read_only(lua_State *L) { return luaL_error(L, "the state and the action are read only"); }

/* __pairs, of Lua 5.2 and later. */
static int go_through(lua_State *L, lua_CFunction next) {
  for (int i = 1; i <= 3; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_pushcclosure(L, next, 3);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

static int fields_pairs(lua_State *L) { return go_through(L, fields_next); }

static int action_pairs(lua_State *L) { return go_through(L, action_next); }

/* A metamethod of the proxy whose metatable is at the top. */
static void set_metamethod(lua_State *L, const char *name, lua_CFunction function, int bench, int names,
                           int agent) {
  lua_pushvalue(L, bench);
  lua_pushvalue(L, names);
  lua_pushinteger(L, agent);
  lua_pushcclosure(L, function, 3);
  lua_setfield(L, -2, name);
}

/* Pushes a proxy whose metamethods have the bench (at stack place `bench`) and the table on the top of the
 * stack (popped) as upvalues: a script that keeps the proxy keeps the bench. */
static void push_proxy(lua_State *L, int bench, int agent, lua_CFunction index, lua_CFunction pairs,
                       lua_CFunction length) {
  int names = lua_gettop(L);
  lua_newuserdata(L, 1);
  lua_newtable(L);
  set_metamethod(L, "__index", index, bench, names, agent);
  set_metamethod(L, "__pairs", pairs, bench, names, agent);
  lua_pushcfunction(L, read_only);
  lua_setfield(L, -2, "__newindex");
  if (length) set_metamethod(L, "__len", length, bench, names, agent);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, names);
}

/* The function that is running. */
static const char *describe(lua_State *L, rll_judge_part part) {
  const rll_bench *bench = bench_of(L);
  const int agent = ((const rl_judgement *)*bench->now)->agent;
  return rll_callback_describe(L, rll_judge_names[part],
                               lua_upvalueindex(up_function(bench->judge, part, agent)));
}

static int compare_names(const rll_judge *judge, int a, int b) {
  return strcmp(judge->names[a], judge->names[b]);
}

/* A new term in the table of slots at `slots`. */
static void add_term(lua_State *L, rll_judge *judge, const char *name, int slots) {
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
}

/* The slot of the term named at stack place `key`, or -1 while it has none. */
static int find_slot(lua_State *L, const rll_judge *judge, int key) {
  lua_pushvalue(L, key);
  lua_rawget(L, lua_upvalueindex(up_other(judge, SLOTS)));
  const int slot = (int)lua_tointeger(L, -1) - 1;
  lua_pop(L, 1);
  return slot;
}

/* Of the terms in a table that have no slot the first by name, or NULL; good while the table has it. */
static const char *first_new_term(lua_State *L, const rll_judge *judge, int table) {
  const char *first = NULL;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || rll_plain_type(L, -1) != LUA_TNUMBER) continue;
    if (find_slot(L, judge, lua_gettop(L) - 1) >= 0) continue;
    const char *name = lua_tostring(L, -2);
    if (strlen(name) != lua_rawlen(L, -2))
      luaL_error(L, "%s: the name of a term has a zero byte behind \"%s\"", describe(L, RLL_REWARD), name);
    if (!first || strcmp(name, first) < 0) first = name;
  }
  return first;
}

/* Slots for the terms in a table that have none; a thread leaves that to the calling one. They are given by name, since each
 * process goes through a table in another order. */
static void add_new_terms(lua_State *L, rll_judge *judge, int table) {
  if (bench_of(L)->copies) {
    rll_crew_pass(L);
    luaL_error(L, "a new term");
  }
  const char *name;
  while ((name = first_new_term(L, judge, table))) {
    if (strlen(name) >= sizeof judge->names[0])
      luaL_error(L, "%s: the name of a term is longer than %d letters: \"%s\"", describe(L, RLL_REWARD),
                 (int)sizeof judge->names[0] - 1, name);
    if (judge->n_terms == RL_MAX_TERMS)
      luaL_error(L, "%s: more than %d terms: \"%s\"", describe(L, RLL_REWARD), RL_MAX_TERMS, name);
    add_term(L, judge, name, lua_upvalueindex(up_other(judge, SLOTS)));
  }
}

static double check_finite(lua_State *L, const rl_judgement *now, double value, const char *term) {
  if (!isfinite(value))
    luaL_error(L, "%s: %s%s is %s (copy %d)", describe(L, RLL_REWARD), term ? "term " : "the result",
               term ? term : "",
               isnan(value) ? "nan"
               : value > 0  ? "inf"
                            : "-inf",
               now->copy + 1);
  return value;
}

static void bad_term(lua_State *L) {
  const char *key = rll_text(L, -2), *type = rll_type_name(L, -2);
  luaL_error(L, "%s: terms are named numbers, got %s = %s", describe(L, RLL_REWARD), key, type);
}

static void bad_result(lua_State *L, rll_judge_part part, const char *expected) {
  const char *type = rll_type_name(L, -1);
  luaL_error(L, "%s must return %s, got %s", describe(L, part), expected, type);
}

/* A table of named terms at the top of the stack -> their sum. */
static double sum_terms(lua_State *L, rll_judge *judge, rl_judgement *now) {
  double values[RL_MAX_TERMS] = {0};
  int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING || rll_plain_type(L, -1) != LUA_TNUMBER) bad_term(L);
    double value = check_finite(L, now, lua_tonumber(L, -1), lua_tostring(L, -2));
    int slot = find_slot(L, judge, lua_gettop(L) - 1);
    if (slot < 0) {
      add_new_terms(L, judge, table);
      slot = find_slot(L, judge, lua_gettop(L) - 1);
    }
    values[slot] = value;
    now->terms[slot] = (float)value;
    lua_pop(L, 1);
  }
  double sum = 0.0;
  for (int k = 0; k < judge->n_terms; k++) sum += values[judge->order[k]];
  return sum;
}

static void call_user(lua_State *L, const rll_judge *judge, rll_judge_part part, int agent) {
  lua_pushvalue(L, lua_upvalueindex(up_function(judge, part, agent)));
  lua_pushvalue(L, lua_upvalueindex(up_other(judge, FIELDS)));
  if (judge->agents > 1) {
    lua_rawgeti(L, -1, agent + 1);
    lua_remove(L, -2);
  }
  lua_pushvalue(L, lua_upvalueindex(up_other(judge, ACTION)));
  lua_call(L, 2, 1);
}

static int run_functions(lua_State *L) {
  const rll_bench *bench = bench_of(L);
  rll_judge *judge = bench->judge;
  rl_judgement *now = *bench->now;
  const int agent = now->agent;
  if (judge->any[RLL_REWARD]) /* terms are those of functions then */
    memset(now->terms, 0, RL_MAX_TERMS * sizeof *now->terms);
  if (judge->has[RLL_REWARD][agent]) {
    call_user(L, judge, RLL_REWARD, agent);
    int type = rll_plain_type(L, -1);
    if (type == LUA_TNUMBER)
      now->reward = check_finite(L, now, lua_tonumber(L, -1), NULL);
    else if (type == LUA_TTABLE)
      now->reward = sum_terms(L, judge, now);
    else
      bad_result(L, RLL_REWARD, "a number or a table of named terms");
    lua_settop(L, 0);
  }
  if (judge->has[RLL_DONE][agent]) {
    call_user(L, judge, RLL_DONE, agent);
    if (rll_plain_type(L, -1) != LUA_TBOOLEAN) bad_result(L, RLL_DONE, "true or false");
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

/* Pushes what an agent reads: its fields and, in a world, its name and what the others read. */
static void push_fields(lua_State *L, const rll_judge *judge, int bench, int agent) {
  const rl_env_def *def = rl_env_agent(judge->def, agent);
  lua_newtable(L);
  for (int i = 0; i < def->n_fields; i++) {
    lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, def->fields[i].name);
  }
  if (judge->agents > 1) rll_set_string(L, "agent", def->agent);
  lua_pushvalue(L, -1);
  push_proxy(L, bench, agent, fields_index, fields_pairs, NULL);
}

/* A list of what the agents read; what is of one is known to all under its name. */
static void push_all_fields(lua_State *L, const rll_judge *judge, int bench) {
  const int n = judge->agents, first = lua_gettop(L) + 1; /* of pairs: names, proxy */
  luaL_checkstack(L, 2 * n + 8, "too many agents");
  for (int a = 0; a < n; a++) push_fields(L, judge, bench, a);
  for (int a = 0; a < n; a++)
    for (int other = 0; other < n; other++) {
      lua_pushvalue(L, first + 2 * other + 1);
      lua_setfield(L, first + 2 * a, judge->def->agents[other]->agent);
    }
  lua_createtable(L, n, 0);
  for (int a = 0; a < n; a++) {
    lua_pushvalue(L, first + 2 * a + 1);
    lua_rawseti(L, -2, a + 1);
  }
  lua_insert(L, first);
  lua_settop(L, first);
}

/* Pushes the closure that runs the functions at the stack places from `functions` on; its last upvalue is taken from the
 * top of the stack, the bench is at stack place `bench`. */
static void push_closure(lua_State *L, const rll_judge *judge, int bench, int functions) {
  const int last = lua_gettop(L), n = RLL_JUDGE_PARTS * judge->agents;
  luaL_checkstack(L, n + 16, "too many agents");
  lua_pushvalue(L, bench);
  for (int i = 0; i < n; i++) lua_pushvalue(L, functions + i);
  if (judge->agents > 1) {
    push_all_fields(L, judge, bench);
  } else {
    push_fields(L, judge, bench, 0);
    lua_remove(L, -2);
  }
  lua_newtable(L);
  push_proxy(L, bench, 0, action_index, action_pairs, action_length);
  lua_newtable(L);
  for (int i = 0; i < judge->n_terms; i++) {
    lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, judge->names[i]);
  }
  lua_pushvalue(L, last);
  lua_pushcclosure(L, run_functions, up_other(judge, OTHERS) - 1);
  lua_remove(L, last);
}

static void enter(lua_State *W, int n, void *context, void **now) {
  rll_bench *bench = lua_newuserdata(W, sizeof *bench);
  (void)n;
  *bench = (rll_bench){.judge = context, .now = now, .copies = true};
  const int place = lua_gettop(W);
  lua_pushnil(W);
  push_closure(W, context, place, 1);
}

static bool begin_asking(void *context) {
  rll_judge *judge = context;
  lua_State *L = judge->callback->L;
  const int n = RLL_JUDGE_PARTS * judge->agents;
  if (!L || !lua_checkstack(L, n + 10)) return false;
  const int top = lua_gettop(L);
  if (judge->carried_terms != judge->n_terms) rll_crew_enter_again(judge->crew);
  judge->carried_terms = judge->n_terms;
  for (int i = 0; i < n; i++) lua_getupvalue(L, judge->closure, UP_FUNCTIONS + i);
  lua_getupvalue(L, judge->closure, up_other(judge, CREW));
  const bool carried = rll_crew_carry(L, top + n + 1, top + 1, n);
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
  const int part = judge->any[RLL_REWARD] ? RLL_REWARD : RLL_DONE;
  int agent = 0;
  if (!*why) {
    lua_pushnil(L);
    return;
  }
  while (agent < judge->agents - 1 && !judge->has[part][agent]) agent++;
  rll_judge_push(L, judge, closure, (rll_judge_part)part, agent);
  const char *what = rll_callback_describe(L, rll_judge_names[part], lua_gettop(L));
  lua_pushfstring(L, "%s is asked on one thread: %s", what, why);
}

/* Without a reward function the terms are the environment's own, with one they are its names. */
static int count_terms(void *context) {
  const rll_judge *judge = context;
  return judge->any[RLL_REWARD] ? judge->n_terms : judge->def->n_terms;
}

static const char *term_name(void *context, int index) {
  const rll_judge *judge = context;
  return judge->any[RLL_REWARD] ? judge->names[index] : judge->def->terms[index];
}

/* While the environment is stepping, too. */
static void place_terms(void *context, const char *const *names, int count) {
  rll_judge *judge = context;
  if (!judge->any[RLL_REWARD]) return;
  rll_judge_set_terms(judge->callback->L, judge, judge->closure, names, count);
  judge->carried_terms = -1; /* copies of the function know the places that were */
}

/* Pushes what is at `place` for this agent, a function or nil. */
static void push_own(lua_State *L, const rll_judge *judge, int place, int agent) {
  if (judge->agents > 1 && lua_type(L, place) == LUA_TTABLE && !rll_is_callable(L, place))
    lua_getfield(L, place, judge->def->agents[agent]->agent);
  else
    lua_pushvalue(L, place);
}

static void know(lua_State *L, rll_judge *judge, rll_judge_part part, int agent, int function) {
  judge->has[part][agent] = !lua_isnil(L, function);
  rll_mark_upvalues(L, function, &judge->marks[part][agent]);
  judge->any[part] = false;
  for (int a = 0; a < judge->agents; a++) judge->any[part] = judge->any[part] || judge->has[part][a];
}

static void unknown_agent(lua_State *L, const rl_env_def *def, rll_judge_part part) {
  const char *names[RL_MAX_AGENTS];
  rl_error error;
  for (int a = 0; a < def->n_agents; a++) names[a] = def->agents[a]->agent;
  rl_fail_unknown(&error, "agent", rll_text(L, -2), names, (size_t)def->n_agents);
  luaL_error(L, "%s: option %s: %s", def->name, rll_judge_names[part], error.message);
}

void rll_judge_check(lua_State *L, const rl_env_def *def, int place, rll_judge_part part, bool own) {
  const bool each = rl_env_agents(def) > 1 && lua_type(L, place) == LUA_TTABLE && !rll_is_callable(L, place);
  if (lua_isnil(L, place) || rll_is_callable(L, place)) return;
  if (own && lua_isboolean(L, place) && !lua_toboolean(L, place)) return;
  if (!each)
    luaL_error(L, "%s: option %s: %s%s expected, got %s", def->name, rll_judge_names[part],
               own ? "a function, or false for its own," : "function",
               rl_env_agents(def) > 1 ? " or a table of them, by agents," : "", rll_type_name(L, place));
  for (lua_pushnil(L); lua_next(L, place); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || rl_env_find_agent(def, lua_tostring(L, -2)) < 0)
      unknown_agent(L, def, part);
    if (!rll_is_callable(L, -1))
      luaL_error(L, "%s: option %s: agent %s: function expected, got %s", def->name, rll_judge_names[part],
                 lua_tostring(L, -2), rll_type_name(L, lua_gettop(L)));
  }
}

rll_judge *rll_judge_new(lua_State *L, const rl_env_def *def, int reward, int done) {
  rll_register(L, &judge_type, NULL, NULL);
  rll_judge *judge = rll_new(L, &judge_type, sizeof *judge);
  int place = lua_gettop(L);
  judge->def = def;
  judge->agents = rl_env_agents(def);
  luaL_checkstack(L, RLL_JUDGE_PARTS * judge->agents + 16, "too many agents");
  for (int part = 0; part < RLL_JUDGE_PARTS; part++)
    for (int a = 0; a < judge->agents; a++) {
      push_own(L, judge, part == RLL_REWARD ? reward : done, a);
      know(L, judge, (rll_judge_part)part, a, lua_gettop(L));
    }
  judge->bench = (rll_bench){.judge = judge, .now = &judge->now};
  judge->crew = rll_crew_new(L, enter, judge);
  push_closure(L, judge, place, place + 1);
  lua_replace(L, place);
  lua_settop(L, place);
  return judge;
}

const char *const rll_judge_names[RLL_JUDGE_PARTS] = {[RLL_REWARD] = "reward", [RLL_DONE] = "done"};

/* Of a table those that it names. */
void rll_judge_set(lua_State *L, rll_judge *judge, int closure, rll_judge_part part, int function) {
  const bool each = lua_type(L, function) == LUA_TTABLE && !rll_is_callable(L, function);
  for (int a = 0; a < judge->agents; a++) {
    push_own(L, judge, function, a);
    if (each && lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    know(L, judge, part, a, lua_gettop(L));
    lua_setupvalue(L, closure, up_function(judge, part, a));
  }
  rll_crew_forget(judge->crew);
  judge->told = false;
}

void rll_judge_push(lua_State *L, const rll_judge *judge, int closure, rll_judge_part part, int agent) {
  if (!lua_getupvalue(L, closure, up_function(judge, part, agent))) lua_pushnil(L);
}

void rll_judge_set_terms(lua_State *L, rll_judge *judge, int closure, const char *const *names, int count) {
  closure = lua_absindex(L, closure);
  lua_newtable(L);
  judge->n_terms = 0;
  for (int i = 0; i < count; i++) add_term(L, judge, names[i], lua_gettop(L));
  lua_setupvalue(L, closure, up_other(judge, SLOTS));
}

void rll_judge_begin(rll_judge *judge, rll_callback *callback, int closure) {
  judge->callback = callback;
  judge->closure = closure;
  rll_crew_expire(judge->crew);
}

static bool has_reward(void *context, int agent) {
  return ((const rll_judge *)context)->has[RLL_REWARD][agent];
}

const rl_judge *rll_judge_face(rll_judge *judge, rl_judge *face) {
  *face = (rl_judge){.context = judge,
                     .judge = run_judge,
                     .rewards = has_reward,
                     .n_terms = count_terms,
                     .term_name = term_name,
                     .begin = begin_asking,
                     .ask = ask_copy,
                     .accept = accept_copies,
                     .place_terms = place_terms};
  return judge->any[RLL_REWARD] || judge->any[RLL_DONE] ? face : NULL;
}
