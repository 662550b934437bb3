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
 * Where threads rehearse (lua_env_rehearse.c) a copy's tables may be away, as bytes. They are tables of the user's state again as
 * soon as a function is called there; those that have been handed to a function there once are so whenever no step goes on, for
 * the script may hold on to them. */
#include "core/env/lua_env_internal.h"

#include "base/memory.h"

#include <string.h>

static void new_entry(lua_State *L, const rll_lua_copy *c) {
  lua_createtable(L, RLL_ENTRY_VALUES, 0);
  lua_newtable(L);
  lua_rawseti(L, -2, RLL_ENTRY_SELF);
  lua_newtable(L);
  lua_rawseti(L, -2, RLL_ENTRY_VALUES);
  rll_new(L, &rll_rng_type, sizeof(rl_rng));
  lua_rawseti(L, -2, RLL_ENTRY_RNG);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, RLL_AT_ENTRIES, c);
}

/* Pushes the copy's entry; what is there before it was known is of an earlier copy at this address. */
static void push_entry(lua_State *L, const rll_lua_copy *c) {
  lua_rawgetp(L, RLL_AT_ENTRIES, c);
  if (c->known && !lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  new_entry(L, c);
}

/* Its tables, the entry at the top, hold what the bytes say. */
static void come_home(lua_State *L, rll_lua_copy *c) {
  const int entry = lua_gettop(L), rng = entry + 1;
  const char *at = c->state.data;
  lua_rawgeti(L, entry, RLL_ENTRY_RNG);
  *(rl_rng *)lua_touserdata(L, rng) = c->rng;
  for (int part = RLL_ENTRY_SELF; part <= RLL_ENTRY_VALUES; part += RLL_ENTRY_VALUES - RLL_ENTRY_SELF) {
    lua_rawgeti(L, entry, part);
    rll_read_state(L, &at, rng);
    rll_refill(L, rng + 1, rng + 2);
    lua_settop(L, rng);
  }
  lua_settop(L, entry);
  c->away = false;
}

/* Writes the tables of the entry at the top. NULL, or why they stay. */
const char *rll_lua_write_entry(lua_State *L, rll_bytes *out, rll_seen *seen, const rll_crew *crew) {
  const int entry = lua_gettop(L), rng = entry + 1;
  const char *why = NULL;
  lua_rawgeti(L, entry, RLL_ENTRY_RNG);
  out->used = 0;
  for (int part = RLL_ENTRY_SELF; !why && part <= RLL_ENTRY_VALUES;
       part += RLL_ENTRY_VALUES - RLL_ENTRY_SELF) {
    lua_rawgeti(L, entry, part);
    why = rll_write_state(L, &(rll_state_writer){out, seen, crew, rng}, rng + 1);
    lua_settop(L, rng);
  }
  lua_settop(L, entry);
  return why;
}

static int run(lua_State *L) {
  const rll_lua_call *now = lua_touserdata(L, RLL_AT_CALL);
  rll_lua_copy *c = now->copy;
  push_entry(L, c);
  if (c->away) come_home(L, c);
  c->known = true;
  now->work(L, now);
  return 0;
}

/* (entries, environment): the tables that a script may hold on to. */
static int bring_home(lua_State *L) {
  const rll_lua_env *lua = lua_touserdata(L, 2);
  for (rll_lua_copy *c = lua->copies; c; c = c->next) {
    if (!c->known || !c->away) continue;
    lua_settop(L, RLL_AT_ENTRIES);
    push_entry(L, c);
    come_home(L, c);
  }
  return 0;
}

static rl_status call_lua(rll_lua_call *now, rl_error *error) {
  rll_lua_copy *c = now->copy;
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

void rll_lua_all_home(rll_lua_env *lua) {
  lua_State *L = lua->callback->L;
  bool any = false;
  for (const rll_lua_copy *c = lua->copies; c; c = c->next) any = any || (c->known && c->away);
  if (!any || !lua_checkstack(L, 4)) return;
  lua_pushcfunction(L, bring_home);
  lua_pushvalue(L, lua->entries);
  lua_pushlightuserdata(L, lua);
  if (lua_pcall(L, 2, 0, 0)) lua_pop(L, 1); /* no memory: those that have not come do when they are wanted */
}

static rl_status lua_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(rll_lua_copy), def, error);
  if (status) return status;
  rll_lua_copy *c = *self;
  c->lua = (rll_lua_env *)def->config;
  c->next = c->lua->copies;
  c->place = &c->lua->copies;
  if (c->next) c->next->place = &c->next;
  c->lua->copies = c;
  return RL_OK;
}

static void lua_free(void *self) {
  rll_lua_copy *c = self;
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
  rll_lua_copy *c = self;
  c->steps = 0;
  c->gone = 0;
  c->limit = options[RLL_LUA_LIMIT];
  c->stream = rng;
  if (!rll_lua_take_found(c, io))
    io->status = call_lua(
        &(rll_lua_call){.work = rll_lua_work_reset, .copy = c, .io = io, .options = options}, io->error);
}

static void lua_step(void *self, const float *action, rl_env_io *io) {
  rll_lua_copy *c = self;
  c->steps++;
  if (!rll_lua_take_found(c, io))
    io->status = call_lua(&(rll_lua_call){.work = rll_lua_work_step, .copy = c, .io = io, .action = action},
                          io->error);
  for (int a = 0; c->lua->agents && a < c->lua->def.n_agents; a++)
    if (io[a].terminated || io[a].truncated) c->gone |= 1u << a;
}

static const void *lua_keep(void *self, size_t *size, rl_env_io *io) {
  rll_lua_copy *c = self;
  io->status =
      call_lua(&(rll_lua_call){.work = rll_lua_work_save, .copy = c, .io = io, .written = size}, io->error);
  return c->lua->saved;
}

static void lua_take(void *self, const double *options, rl_rng *rng, const void *bytes, size_t size,
                     rl_env_io *io) {
  rll_lua_copy *c = self;
  const size_t head = rll_lua_head_size(c->lua);
  if (size < head || (memcpy(&c->steps, bytes, sizeof c->steps), c->steps < 0)) {
    io->status = rl_fail(io->error, RL_BAD_FORMAT, "%s: not the state of a copy", c->lua->name);
    return;
  }
  c->limit = options[RLL_LUA_LIMIT];
  c->stream = rng;
  memcpy(io->observation, (const char *)bytes + sizeof c->steps, head - sizeof c->steps);
  c->gone = 0;
  for (int a = 0; a < rll_lua_agents(c->lua); a++) {
    memcpy(io[a].fields, io[a].observation, (size_t)c->lua->def.n_fields * sizeof(float));
    if (io[a].over) c->gone |= 1u << a;
  }
  bool damaged = false;
  io->status = call_lua(&(rll_lua_call){.work = rll_lua_work_load,
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
  const rll_lua_copy *c = self;
  rll_scene_draw(&c->lua->scene, scene);
}

/* There is no status: a failure comes out when the step has ended. */
static void lua_poses(void *self, float *poses) {
  rll_lua_copy *c = self;
  call_lua(&(rll_lua_call){.work = rll_lua_work_poses, .copy = c, .poses = poses}, NULL);
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
                          .rehearsal = &rll_lua_rehearsal,
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
  lua->crew = rll_crew_new(L, rll_lua_enter, lua);
  lua_pushcclosure(L, run, RLL_UP_COUNT);
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
  for (int i = RLL_UP_RESET; i <= RLL_UP_FUNCTIONS; i++) {
    if (!lua_getupvalue(L, runner, i)) lua_pushnil(L);
    lua_setfield(L, table, rll_lua_function_names[i]);
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

void rll_lua_env_end(rll_lua_env *lua) { rll_lua_all_home(lua); }
