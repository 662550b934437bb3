/* Environments whose reset and step are Lua functions, a game's own logic: how they run.
 *
 * To the vectoriser it is a definition like any other, but serial and able to fail. What a copy has in Lua is
 * an entry { self, rng } in a table under the copy's address: the environment's own copies in its uservalue,
 * those of an evaluation or a recording in a table of that call. So a copy is created and destroyed without
 * Lua, and no Lua value outlives its use.
 *
 * The rng that the user sees is an rl.rng of its own; the copy's stream goes in before a reset and out after
 * every call. So it may be kept and used at any time without harm.
 *
 * Threads rehearse: a thread's copies of reset and step (core/carry/crew.h) work at tables made of what the copy keeps, as
 * bytes, and what comes of it waits beside the copy until its turn. Where that counts, the copy's tables are the bytes
 * (it is away). They are tables of the user's state again as soon as a function is called there; those that have been
 * handed to a function there once are so whenever no step goes on, for the script may hold on to them. */
#include "core/env/lua_env.h"

#include "base/memory.h"
#include "core/base/option_table.h"
#include "core/base/pack.h"
#include "core/env/copy_state.h"

#include <math.h>
#include <string.h>

/* What a rehearsal has found. */
typedef struct found {
  uint64_t round; /* of which rehearsal; 0: none */
  rl_env_io *io;  /* [agents] */
  rl_rng rng;
  float *shown; /* [2, agents, observation.size] of the io: observation, fields */
  rll_bytes state;
} found;

typedef struct copy copy;

struct copy {
  rll_lua_env *lua;
  copy *next, **place; /* among those of the environment */
  bool away;           /* its tables are `state`, the rng that the user sees is `rng` */
  bool known;          /* its tables have been handed to a function of the user's state */
  uint32_t gone;       /* agents that have ended while others go on */
  int64_t steps;
  double limit;
  rl_rng *stream, rng;
  rll_bytes state;
  rll_seen seen;
  found found;
};

/* Calls into Lua: everything happens in `run`, a closure over the user's functions, called protected with the
 * table of entries and one of these. */
typedef struct call {
  void (*work)(lua_State *L, const struct call *now);
  copy *copy;
  rl_env_io *io;         /* [agents] of a reset or step */
  const double *options; /* of a reset or load */
  const float *action;   /* of a step */
  float *poses;          /* [n_bodies, 3] to fill */
  const char *bytes;     /* of a load */
  size_t size;           /* of those */
  size_t *written;       /* by a save */
  bool *damaged;         /* by a load: the bytes are not what a save wrote */
} call;

enum {
  UP_RESET = 1,
  UP_STEP,
  UP_POSES,
  UP_SAVE,
  UP_LOAD,
  UP_FUNCTIONS = UP_LOAD,
  UP_CREW,
  UP_COUNT = UP_CREW
};
enum { ENTRIES = 1, CALL, ENTRY }; /* stack places in `run` */
enum { SELF = 1, RNG, VALUES };    /* in an entry; values: of the user's own options, by name */

static void new_entry(lua_State *L, const copy *c) {
  lua_createtable(L, VALUES, 0);
  lua_newtable(L);
  lua_rawseti(L, -2, SELF);
  lua_newtable(L);
  lua_rawseti(L, -2, VALUES);
  rll_new(L, &rll_rng_type, sizeof(rl_rng));
  lua_rawseti(L, -2, RNG);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, ENTRIES, c);
}

/* Pushes the copy's entry; what is there before it was known is of an earlier copy at this address. */
static void push_entry(lua_State *L, const copy *c) {
  lua_rawgetp(L, ENTRIES, c);
  if (c->known && !lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  new_entry(L, c);
}

/* Its tables, the entry at the top, hold what the bytes say. */
static void come_home(lua_State *L, copy *c) {
  const int entry = lua_gettop(L), rng = entry + 1;
  const char *at = c->state.data;
  lua_rawgeti(L, entry, RNG);
  *(rl_rng *)lua_touserdata(L, rng) = c->rng;
  for (int part = SELF; part <= VALUES; part += VALUES - SELF) {
    lua_rawgeti(L, entry, part);
    rll_read_state(L, &at, rng);
    rll_refill(L, rng + 1, rng + 2);
    lua_settop(L, rng);
  }
  lua_settop(L, entry);
  c->away = false;
}

/* Writes the tables of the entry at the top. NULL, or why they stay. */
static const char *write_entry(lua_State *L, rll_bytes *out, rll_seen *seen, const rll_crew *crew) {
  const int entry = lua_gettop(L), rng = entry + 1;
  const char *why = NULL;
  lua_rawgeti(L, entry, RNG);
  out->used = 0;
  for (int part = SELF; !why && part <= VALUES; part += VALUES - SELF) {
    lua_rawgeti(L, entry, part);
    why = rll_write_state(L, &(rll_state_writer){out, seen, crew, rng}, rng + 1);
    lua_settop(L, rng);
  }
  lua_settop(L, entry);
  return why;
}

static int run(lua_State *L) {
  const call *now = lua_touserdata(L, CALL);
  copy *c = now->copy;
  push_entry(L, c);
  if (c->away) come_home(L, c);
  c->known = true;
  now->work(L, now);
  return 0;
}

/* (entries, environment): the tables that a script may hold on to. */
static int bring_home(lua_State *L) {
  const rll_lua_env *lua = lua_touserdata(L, 2);
  for (copy *c = lua->copies; c; c = c->next) {
    if (!c->known || !c->away) continue;
    lua_settop(L, ENTRIES);
    push_entry(L, c);
    come_home(L, c);
  }
  return 0;
}

static rl_status call_lua(call *now, rl_error *error) {
  copy *c = now->copy;
  rll_callback *callback = c->lua->callback;
  if (!callback || !callback->L)
    return rl_fail(error, RL_CALLBACK, "%s: its Lua state is not stepping", c->lua->name);
  callback->name = c->lua->name;
  callback->copy = now->io ? now->io->copy : 0;
  callback->step = c->steps;
  c->lua->accepted = false; /* it may write what copies after it have read */
  lua_pushvalue(callback->L, c->lua->runner);
  lua_pushvalue(callback->L, c->lua->entries);
  lua_pushlightuserdata(callback->L, now);
  rl_status status = rll_callback_run(callback, 2, 0, error);
  rll_crew_expire(c->lua->crew);
  if (status) rll_crew_failed_too(c->lua->crew);
  return status;
}

/* Results. */

static const char *const function_names[] = {
    [UP_RESET] = "reset", [UP_STEP] = "step", [UP_POSES] = "poses", [UP_SAVE] = "save", [UP_LOAD] = "load"};

/* "step (walk.lua:12)" */
static const char *describe(lua_State *L, int function) {
  return rll_callback_describe(L, function_names[function], lua_upvalueindex(function));
}

static void bad_result(lua_State *L, int function, const char *expected, int index) {
  const char *got = rll_type_name(L, index);
  luaL_error(L, "%s must return %s, got %s", describe(L, function), expected, got);
}

static const char *not_finite(float value) { return isnan(value) ? "nan" : value > 0.0f ? "inf" : "-inf"; }

static void read_list(lua_State *L, int function, int index, float *out, int count, const char *noun) {
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, index, i + 1);
    if (rll_plain_type(L, -1) != LUA_TNUMBER) {
      const char *got = rll_type_name(L, -1);
      luaL_error(L, "%s: number %d of the %s is a %s", describe(L, function), i + 1, noun, got);
    }
    out[i] = (float)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

/* Numbers of the list or tensor at `index`; `noun` is what they are. */
static void read_numbers(lua_State *L, int function, int index, float *out, int count, const char *noun) {
  const rl_tensor *tensor = rll_test(L, index, &rll_tensor_type);
  if (!tensor && !lua_istable(L, index)) bad_result(L, function, "a list of numbers or a tensor", index);
  int64_t length = tensor ? rl_tensor_count(tensor) : (int64_t)lua_rawlen(L, index);
  if (length != count)
    luaL_error(L, "%s returned %d %s, %d expected", describe(L, function), (int)length, noun, count);
  if (tensor)
    memcpy(out, rll_check_floats(L, index, 1, (int64_t[]){count}, noun), (size_t)count * sizeof *out);
  else
    read_list(L, function, index, out, count, noun);
  for (int i = 0; i < count; i++)
    if (!isfinite(out[i]))
      luaL_error(L, "%s: number %d of the %s is %s", describe(L, function), i + 1, noun, not_finite(out[i]));
}

/* Where the part of agent `a` is of the result at `index`, pushed in a world of several; where it is shared, one for all will
 * do. */
static int part_of(lua_State *L, const rll_lua_env *lua, int function, int index, int a, const char *what,
                   bool shared) {
  if (!lua->agents || (shared && !lua_istable(L, index))) return index;
  luaL_checkstack(L, 8, "too many agents");
  if (!lua_istable(L, index))
    bad_result(L, function, lua_pushfstring(L, "a table of %s by agents", what), index);
  lua_pushstring(L, lua->agent_names[a]);
  lua_rawget(L, index);
  return lua_gettop(L);
}

/* " of agent a" */
static const char *whose(lua_State *L, const rll_lua_env *lua, int a) {
  return lua->agents ? lua_pushfstring(L, " of agent %s", lua->agent_names[a]) : "";
}

/* What an agent sees and does. */
static const rl_env_def *def_of(const rll_lua_env *lua, int a) {
  return lua->agents ? &lua->agents[a] : &lua->def;
}

static void read_observation(lua_State *L, const call *now, int function, int a) {
  const rll_lua_env *lua = now->copy->lua;
  const int size = def_of(lua, a)->n_fields; /* without the mask */
  const char *noun = lua_pushfstring(L, "observations%s", whose(L, lua, a));
  const int index = part_of(L, lua, function, ENTRY + 1, a, "observations", false);
  if (lua->agents && lua_isnil(L, index))
    luaL_error(L, "%s: agent %s has no observations: its first result must have them for each",
               describe(L, function), lua->agent_names[a]);
  if (lua->def.unlike) { /* others see more; there are no masks */
    memset(now->io[a].observation, 0, (size_t)lua->def.observation.size * sizeof(float));
    memset(now->io[a].fields, 0, (size_t)lua->def.n_fields * sizeof(float));
  }
  read_numbers(L, function, index, now->io[a].observation, size, noun);
  memcpy(now->io[a].fields, now->io[a].observation, (size_t)size * sizeof(float));
}

/* The mask at `index`, if there are any. `over`: no action follows, so that it may allow nothing. */
static void read_mask(lua_State *L, const call *now, int function, int index, int a, bool over) {
  const rll_lua_env *lua = now->copy->lua;
  const rl_space *space = &lua->def.action;
  float *mask = rl_env_mask(&lua->def, now->io[a].observation);
  rl_error error;
  if (!mask) {
    rll_refuse_mask(L, index, &lua->senses.action, space, describe, function);
    return;
  }
  if (!lua_isnil(L, index)) index = part_of(L, lua, function, index, a, "masks", false);
  rll_read_mask(L, index, &lua->senses.action, space, describe, function, mask);
  if (!over && rl_space_check_mask(space, mask, &error))
    luaL_error(L, "%s: %s%s", describe(L, function), error.message, whose(L, lua, a));
}

static double read_reward(lua_State *L, const rll_lua_env *lua, int a) {
  const int index = part_of(L, lua, UP_STEP, ENTRY + 2, a, "rewards", true);
  if (index != ENTRY + 2 && lua_isnil(L, index))
    luaL_error(L, "%s: agent %s has no reward: its second result must have one for each, or be one for all",
               describe(L, UP_STEP), lua->agent_names[a]);
  if (rll_plain_type(L, index) != LUA_TNUMBER)
    bad_result(L, UP_STEP,
               lua_pushfstring(L, "a number as its second result, the reward%s", whose(L, lua, a)), index);
  double reward = lua_tonumber(L, index);
  if (!isfinite((float)reward)) /* a double may be too large for a float */
    luaL_error(L, "%s: the reward%s is %s", describe(L, UP_STEP), whose(L, lua, a),
               not_finite((float)reward));
  return reward;
}

static bool read_flag(lua_State *L, const rll_lua_env *lua, int place, int a, const char *expected) {
  const int index = part_of(L, lua, UP_STEP, place, a, "flags", true);
  if (rll_plain_type(L, index) != LUA_TBOOLEAN && !lua_isnil(L, index))
    bad_result(L, UP_STEP, expected, index);
  return lua_toboolean(L, index);
}

static int agents_of(const rll_lua_env *lua) { return lua->agents ? lua->def.n_agents : 1; }

/* Refuses keys of the result at `index` that name no agent, once its parts were read. named: how many of them there are, all
 * of agents, or 0. */
static void check_keys(lua_State *L, const rll_lua_env *lua, int function, int index, int named,
                       const char *what) {
  const char *names[RL_MAX_AGENTS];
  rl_error error;
  int keys = 0;
  if (!lua->agents || !lua_istable(L, index)) return;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) keys++;
  if (keys == named) return;
  for (int a = 0; a < lua->def.n_agents; a++) names[a] = lua->agent_names[a];
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    int a = 0;
    while (key && a < lua->def.n_agents && strcmp(key, names[a]) != 0) a++;
    if (key && a < lua->def.n_agents) continue;
    if (!key) key = luaL_tolstring(L, -2, NULL);
    rl_fail_unknown(&error, "agent", key, names, (size_t)lua->def.n_agents);
    luaL_error(L, "%s: %s: %s", describe(L, function), what, error.message);
  }
}

/* The three calls. */

static rl_rng *push_rng(lua_State *L) {
  lua_rawgeti(L, ENTRY, RNG);
  return lua_touserdata(L, -1);
}

/* The user's own options as they hold for this episode. */
static void set_values(lua_State *L, const rl_env_def *def, const double *options) {
  lua_rawgeti(L, ENTRY, VALUES);
  for (int i = RLL_LUA_OWN; i < def->n_options; i++) rll_set_option(L, &def->options[i], options[i]);
  lua_pop(L, 1);
}

static void work_reset(lua_State *L, const call *now) {
  set_values(L, &now->copy->lua->def, now->options);
  lua_pushvalue(L, lua_upvalueindex(UP_RESET));
  lua_rawgeti(L, ENTRY, SELF);
  rl_rng *rng = push_rng(L);
  *rng = *now->copy->stream;
  lua_rawgeti(L, ENTRY, VALUES);
  lua_call(L, 3, 2);
  *now->copy->stream = *rng;
  for (int a = 0; a < agents_of(now->copy->lua); a++) {
    read_observation(L, now, UP_RESET, a);
    read_mask(L, now, UP_RESET, ENTRY + 2, a, false);
    lua_settop(L, ENTRY + 2);
  }
  check_keys(L, now->copy->lua, UP_RESET, ENTRY + 1, agents_of(now->copy->lua), "observations");
  check_keys(L, now->copy->lua, UP_RESET, ENTRY + 2, 0, "masks");
}

/* What step gets: of several agents the actions of those that are still there, by name. */
static void push_actions(lua_State *L, const call *now) {
  const rll_lua_env *lua = now->copy->lua;
  const size_t width = (size_t)rl_space_width(&lua->def.action);
  if (!lua->agents) {
    rll_push_action(L, &lua->senses.action, &lua->def.action, now->action);
    return;
  }
  lua_createtable(L, 0, lua->def.n_agents);
  for (int a = 0; a < lua->def.n_agents; a++) {
    if (now->copy->gone >> a & 1) continue;
    const rl_space *own = &lua->agents[a].action;
    const float *action = now->action + (size_t)a * width;
    if (own->kind == RL_DISCRETE && *action >= (float)own->size)
      luaL_error(L, "the action of agent %s is choice %d of %d", lua->agent_names[a], (int)*action + 1,
                 own->size);
    rll_push_action(L, lua->acts[a], own, action);
    lua_setfield(L, -2, lua->agent_names[a]);
  }
}

static void work_step(lua_State *L, const call *now) {
  copy *c = now->copy;
  lua_pushvalue(L, lua_upvalueindex(UP_STEP));
  lua_rawgeti(L, ENTRY, SELF);
  push_actions(L, now);
  rl_rng *rng = push_rng(L);
  lua_rawgeti(L, ENTRY, VALUES);
  lua_call(L, 4, 5);
  *c->stream = *rng;
  int there = 0;
  for (int a = 0; a < agents_of(c->lua); a++) {
    rl_env_io *io = &now->io[a];
    if (c->gone >> a & 1) continue;
    there++;
    read_observation(L, now, UP_STEP, a);
    io->reward = read_reward(L, c->lua, a);
    io->terminated = read_flag(L, c->lua, ENTRY + 3, a, "true or false as its third result, terminated");
    io->truncated = read_flag(L, c->lua, ENTRY + 4, a, "true or false as its fourth result, truncated") ||
                    (c->limit > 0.0 && (double)c->steps >= c->limit);
    read_mask(L, now, UP_STEP, ENTRY + 5, a, io->terminated || io->truncated);
    lua_settop(L, ENTRY + 5);
  }
  const char *const parts[] = {"observations", "rewards", "terminated", "truncated", "masks"};
  for (int i = 0; i < 5; i++) /* flags and masks of some may be missing */
    check_keys(L, c->lua, UP_STEP, ENTRY + 1 + i, i < 2 ? there : 0, parts[i]);
}

static void work_poses(lua_State *L, const call *now) {
  lua_pushvalue(L, lua_upvalueindex(UP_POSES));
  lua_rawgeti(L, ENTRY, SELF);
  lua_call(L, 1, 1);
  read_numbers(L, UP_POSES, ENTRY + 1, now->poses, 3 * now->copy->lua->def.n_bodies, "coordinates");
}

/* A copy as bytes: its steps, what it shows, then what the user's function gave. */

static size_t head_size(const rll_lua_env *lua) {
  return sizeof(int64_t) + (size_t)agents_of(lua) * (size_t)lua->def.observation.size * sizeof(float);
}

static void work_save(lua_State *L, const call *now) {
  rll_lua_env *lua = now->copy->lua;
  const size_t head = head_size(lua);
  size_t length;
  const char *what = describe(L, UP_SAVE);
  lua_pushvalue(L, lua_upvalueindex(UP_SAVE));
  lua_rawgeti(L, ENTRY, SELF);
  lua_call(L, 1, 1);
  rll_pack(L, -1, what);
  const char *data = lua_tolstring(L, -1, &length);
  if (head + length > lua->saved_room) {
    char *room = rl_allocate(2 * (head + length), 1);
    if (!room) luaL_error(L, "out of memory");
    rl_release(lua->saved);
    lua->saved = room;
    lua->saved_room = 2 * (head + length);
  }
  memcpy(lua->saved, &now->copy->steps, sizeof(int64_t));
  memcpy(lua->saved + sizeof(int64_t), now->io->observation, head - sizeof(int64_t));
  memcpy(lua->saved + head, data, length);
  *now->written = head + length;
}

static void work_load(lua_State *L, const call *now) {
  const rll_lua_env *lua = now->copy->lua;
  const size_t head = head_size(lua);
  set_values(L, &lua->def, now->options);
  lua_pushvalue(L, lua_upvalueindex(UP_LOAD));
  lua_rawgeti(L, ENTRY, SELF);
  *now->damaged = !rll_unpack(L, now->bytes + head, now->size - head);
  if (*now->damaged) return;
  rl_rng *rng = push_rng(L);
  *rng = *now->copy->stream;
  lua_rawgeti(L, ENTRY, VALUES);
  lua_call(L, 4, 0);
  *rng = *now->copy->stream;
}

/* Rehearsals. */

typedef struct trial {
  call call;
  copy as; /* the copy as it will be then */
  rl_rng rng;
  copy *copy;
} trial;

enum { UP_NOW = UP_FUNCTIONS + 1, UP_RNG, UP_TRIAL = UP_RNG };

/* In a thread's state. Upvalues: the functions, in their places; where the trial is found; the stream that is handed in. */
static int try_copy(lua_State *W) {
  trial *t = *(void **)lua_touserdata(W, lua_upvalueindex(UP_NOW));
  copy *c = t->copy;
  const char *at = c->state.data;
  lua_settop(W, 0);
  lua_pushnil(W); /* no entries */
  lua_pushlightuserdata(W, &t->call);
  lua_createtable(W, VALUES, 0);
  lua_pushvalue(W, lua_upvalueindex(UP_RNG));
  *(rl_rng *)lua_touserdata(W, -1) = t->rng;
  for (int part = SELF; part <= VALUES; part += VALUES - SELF) {
    if (c->away)
      rll_read_state(W, &at, ENTRY + 1);
    else
      lua_newtable(W);
    lua_rawseti(W, ENTRY, part);
  }
  lua_rawseti(W, ENTRY, RNG);
  t->call.work(W, &t->call);
  lua_settop(W, ENTRY);
  rll_seen_clear(&c->seen);
  const char *why = write_entry(W, &c->found.state, &c->seen, NULL);
  return why ? rll_crew_refuse(W, why) : 0;
}

static int refuse_many(lua_State *W) {
  return rll_crew_refuse(W, "its random stream makes tensors or other streams");
}

static void enter(lua_State *W, int n, void *context, void **now) {
  (void)context;
  for (int i = 1; i <= n; i++) lua_pushvalue(W, i);
  lua_pushlightuserdata(W, now);
  rll_new_lone_rng(W, refuse_many);
  lua_pushcclosure(W, try_copy, UP_TRIAL);
}

/* What the copies keep in tables of the user's state goes into bytes. False, and why: it stays there. */
static const char *send_away(lua_State *L, rll_lua_env *lua) {
  const char *why = NULL;
  const int top = lua_gettop(L);
  rll_seen_clear(&lua->seen);
  for (copy *c = lua->copies; c && !why; c = c->next) {
    if (c->away || !c->known) continue;
    lua_rawgetp(L, lua->entries, c);
    if (!lua_isnil(L, -1)) {
      why = write_entry(L, &c->state, &lua->seen, lua->crew);
      lua_rawgeti(L, top + 1, RNG);
      c->rng = *(rl_rng *)lua_touserdata(L, -1);
      c->away = !why;
    }
    lua_settop(L, top);
  }
  return why;
}

static void all_home(rll_lua_env *lua) {
  lua_State *L = lua->callback->L;
  bool any = false;
  for (const copy *c = lua->copies; c; c = c->next) any = any || (c->known && c->away);
  if (!any || !lua_checkstack(L, 4)) return;
  lua_pushcfunction(L, bring_home);
  lua_pushvalue(L, lua->entries);
  lua_pushlightuserdata(L, lua);
  if (lua_pcall(L, 2, 0, 0)) lua_pop(L, 1); /* no memory: those that have not come do when they are wanted */
}

static bool begin_trials(const rl_env_def *def) {
  rll_lua_env *lua = (rll_lua_env *)def->config;
  lua_State *L = lua->callback ? lua->callback->L : NULL;
  if (!L || !lua_checkstack(L, 20)) return false;
  const int top = lua_gettop(L);
  for (int i = UP_RESET; i <= UP_CREW; i++) lua_getupvalue(L, lua->runner, i);
  const bool carried = rll_crew_carry(L, top + UP_CREW, top + UP_RESET, UP_FUNCTIONS);
  const char *why = carried ? send_away(L, lua) : NULL;
  lua_settop(L, top);
  if (why) rll_crew_stay(lua->crew, why);
  if (!carried || why) all_home(lua);
  lua->round++;
  return carried && !why;
}

static void try_work(trial *t, int worker) {
  copy *c = t->copy;
  found *f = &c->found;
  const size_t size = (size_t)c->lua->def.observation.size, agents = (size_t)agents_of(c->lua);
  if (!f->io) f->io = rl_allocate(agents, sizeof *f->io);
  if (!f->shown) f->shown = rl_allocate(2 * agents * size, sizeof(float));
  if (!f->io || !f->shown) return; /* it is asked in its turn */
  for (size_t a = 0; a < agents; a++)
    f->io[a] = (rl_env_io){.observation = f->shown + a * size, .fields = f->shown + (agents + a) * size};
  t->as.stream = &t->rng;
  t->call.copy = &t->as;
  t->call.io = f->io;
  if (!rll_crew_call(c->lua->crew, worker, t)) return;
  f->rng = t->rng;
  f->round = c->lua->round;
}

/* One that is not away has nothing yet, or what it has is in a table that is not at hand. */
static void try_reset(void *self, int worker, const double *options, const rl_rng *rng) {
  copy *c = self;
  if (c->known && !c->away) return;
  trial t = {.copy = c, .rng = *rng, .as = *c, .call = {.work = work_reset, .options = options}};
  try_work(&t, worker);
}

static void try_step(void *self, int worker, const float *action) {
  copy *c = self;
  if (!c->away) return;
  trial t = {.copy = c, .rng = c->rng, .as = *c, .call = {.work = work_step, .action = action}};
  t.as.steps++;
  try_work(&t, worker);
}

static bool try_again(const rl_env_def *def) {
  rll_lua_env *lua = (rll_lua_env *)def->config;
  lua->accepted = rll_crew_accept(lua->crew);
  if (lua->accepted) return false;
  if (rll_crew_wants(lua->crew)) return true;
  all_home(lua);
  return false;
}

static void end_trials(const rl_env_def *def) { ((rll_lua_env *)def->config)->accepted = false; }

static const rl_rehearsal rehearsal = {begin_trials, try_reset, try_step, try_again, end_trials};

/* Whether the rehearsal did what is to be done now, which then is done. */
static bool take_found(copy *c, rl_env_io *io) {
  found *f = &c->found;
  const rl_env_def *def = &c->lua->def;
  if (!c->lua->accepted || f->round != c->lua->round) return false;
  f->round = 0;
  for (int a = 0; a < agents_of(c->lua); a++) {
    const rl_env_io *from = &f->io[a];
    if (c->gone >> a & 1) continue;
    memcpy(io[a].observation, from->observation, (size_t)def->observation.size * sizeof(float));
    memcpy(io[a].fields, from->fields, (size_t)def->n_fields * sizeof(float));
    io[a].reward = from->reward;
    io[a].terminated = from->terminated;
    io[a].truncated = from->truncated;
  }
  *c->stream = c->rng = f->rng;
  const rll_bytes state = c->state;
  c->state = f->state;
  f->state = state;
  c->away = true;
  return true;
}

/* The definition. */

static rl_status lua_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(copy), def, error);
  if (status) return status;
  copy *c = *self;
  c->lua = (rll_lua_env *)def->config;
  c->next = c->lua->copies;
  c->place = &c->lua->copies;
  if (c->next) c->next->place = &c->next;
  c->lua->copies = c;
  return RL_OK;
}

static void lua_free(void *self) {
  copy *c = self;
  if (!c) return;
  *c->place = c->next;
  if (c->next) c->next->place = c->place;
  rll_release_bytes(&c->state);
  rll_release_bytes(&c->found.state);
  rll_seen_release(&c->seen);
  rl_release(c->found.io);
  rl_release(c->found.shown);
  rl_release(c);
}

static void lua_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  copy *c = self;
  c->steps = 0;
  c->gone = 0;
  c->limit = options[RLL_LUA_LIMIT];
  c->stream = rng;
  if (!take_found(c, io))
    io->status = call_lua(&(call){.work = work_reset, .copy = c, .io = io, .options = options}, io->error);
}

static void lua_step(void *self, const float *action, rl_env_io *io) {
  copy *c = self;
  c->steps++;
  if (!take_found(c, io))
    io->status = call_lua(&(call){.work = work_step, .copy = c, .io = io, .action = action}, io->error);
  for (int a = 0; c->lua->agents && a < c->lua->def.n_agents; a++)
    if (io[a].terminated || io[a].truncated) c->gone |= 1u << a;
}

static const void *lua_keep(void *self, size_t *size, rl_env_io *io) {
  copy *c = self;
  io->status = call_lua(&(call){.work = work_save, .copy = c, .io = io, .written = size}, io->error);
  return c->lua->saved;
}

static void lua_take(void *self, const double *options, rl_rng *rng, const void *bytes, size_t size,
                     rl_env_io *io) {
  copy *c = self;
  const size_t head = head_size(c->lua);
  bool damaged = false;
  if (size < head || (memcpy(&c->steps, bytes, sizeof c->steps), c->steps < 0)) {
    io->status = rl_fail(io->error, RL_BAD_FORMAT, "%s: not the state of a copy", c->lua->name);
    return;
  }
  c->limit = options[RLL_LUA_LIMIT];
  c->stream = rng;
  memcpy(io->observation, (const char *)bytes + sizeof c->steps, head - sizeof c->steps);
  c->gone = 0;
  for (int a = 0; a < agents_of(c->lua); a++) {
    memcpy(io[a].fields, io[a].observation, (size_t)c->lua->def.n_fields * sizeof(float));
    if (io[a].over) c->gone |= 1u << a;
  }
  io->status = call_lua(&(call){.work = work_load,
                                .copy = c,
                                .io = io,
                                .options = options,
                                .bytes = bytes,
                                .size = size,
                                .damaged = &damaged},
                        io->error);
  if (damaged)
    io->status = rl_fail(io->error, RL_BAD_FORMAT, "%s: what was saved is no plain data", c->lua->name);
}

void rll_lua_env_can_save(rll_lua_env *lua) {
  lua->def.save_bytes = lua_keep;
  lua->def.load_bytes = lua_take;
}

static void lua_draw(void *self, const rl_scene *scene) {
  const copy *c = self;
  rll_scene_draw(&c->lua->scene, scene);
}

/* There is no status: a failure comes out when the step has ended. */
static void lua_poses(void *self, float *poses) {
  copy *c = self;
  call_lua(&(call){.work = work_poses, .copy = c, .poses = poses}, NULL);
}

static double lua_dt(const double *options) { return options[RLL_LUA_DT]; }

static void release_senses(rll_lua_senses *s) {
  rll_release_action(&s->action);
  rl_release(s->fields);
  rl_release(s->observation_names);
  rl_release(s->names);
}

static void lua_free_def(rl_env_def *def) {
  rll_lua_env *lua = (rll_lua_env *)def->config;
  rll_scene_release(&lua->scene);
  rll_seen_release(&lua->seen);
  release_senses(&lua->senses);
  for (int a = 0; lua->own && a < lua->def.n_agents; a++) release_senses(&lua->own[a]);
  rl_release(lua->own);
  rl_release(lua->agents);
  rl_release(lua->long_names);
  rl_release(lua->saved);
  rl_release(lua->places);
  rl_release(lua->signs);
  rl_release(lua);
}

rll_lua_env *rll_lua_env_allocate(void) {
  rll_lua_env *lua = rl_allocate(1, sizeof *lua);
  if (!lua) return NULL;
  lua->def = (rl_env_def){.name = lua->name,
                          .summary = "written in Lua",
                          .options = lua->options,
                          .n_options = RLL_LUA_OWN,
                          .serial = true,
                          .rehearsal = &rehearsal,
                          .config = lua,
                          .create = lua_create,
                          .free = lua_free,
                          .reset = lua_reset,
                          .step = lua_step,
                          .draw = lua_draw,
                          .poses = lua_poses,
                          .dt = lua_dt,
                          .free_def = lua_free_def};
  return lua;
}

void rll_lua_env_push_runner(lua_State *L, rll_lua_env *lua) {
  lua->crew = rll_crew_new(L, enter, lua);
  lua_pushcclosure(L, run, UP_COUNT);
}

/* "reset and step run on one thread: it writes upvalue 'total' (game.lua:12)" */
void rll_lua_env_push_notice(lua_State *L, const rll_lua_env *lua) {
  const char *why = rll_crew_notice(lua->crew);
  if (*why)
    lua_pushfstring(L, "reset and step run on one thread: %s", why);
  else
    lua_pushnil(L);
}

void rll_lua_env_set_functions(lua_State *L, int runner, int table) {
  for (int i = UP_RESET; i <= UP_FUNCTIONS; i++) {
    if (!lua_getupvalue(L, runner, i)) lua_pushnil(L);
    lua_setfield(L, table, function_names[i]);
  }
}

void rll_lua_env_begin(lua_State *L, rll_lua_env *lua, rll_callback *callback, int uservalue, int entries) {
  lua->callback = callback;
  lua_rawgeti(L, uservalue, RLL_ENV_RUNNER);
  lua->runner = lua_gettop(L);
  if (!entries) lua_rawgeti(L, uservalue, RLL_ENV_ENTRIES);
  lua->entries = entries ? entries : lua_gettop(L);
  rll_crew_expire(lua->crew);
}

void rll_lua_env_end(rll_lua_env *lua) { all_home(lua); }
