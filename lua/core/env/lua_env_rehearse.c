/* Threads rehearse what an environment in Lua does: a thread's copies of reset and step (core/carry/crew.h) work at tables made
 * of what the copy keeps, as bytes, and what comes of it waits beside the copy until its turn. Where that counts, the copy's
 * tables are the bytes: it is away. */
#include "core/env/lua_env_internal.h"

#include "base/memory.h"
#include "core/env/copy_state.h"

#include <string.h>

typedef struct trial {
  rll_lua_call call;
  rll_lua_copy as; /* the copy as it will be then */
  rl_rng rng;
  rll_lua_copy *copy;
} trial;

enum { UP_NOW = RLL_UP_FUNCTIONS + 1, UP_RNG, UP_TRIAL = UP_RNG };

/* In a thread's state. Upvalues: the functions, in their places; where the trial is found; the stream that is handed in. */
static int try_copy(lua_State *W) {
  trial *t = *(void **)lua_touserdata(W, lua_upvalueindex(UP_NOW));
  rll_lua_copy *c = t->copy;
  const char *at = c->state.data;
  lua_settop(W, 0);
  lua_pushnil(W); /* no entries */
  lua_pushlightuserdata(W, &t->call);
  lua_createtable(W, RLL_ENTRY_VALUES, 0);
  lua_pushvalue(W, lua_upvalueindex(UP_RNG));
  *(rl_rng *)lua_touserdata(W, -1) = t->rng;
  for (int part = RLL_ENTRY_SELF; part <= RLL_ENTRY_VALUES; part += RLL_ENTRY_VALUES - RLL_ENTRY_SELF) {
    if (c->away)
      rll_read_state(W, &at, RLL_AT_ENTRY + 1);
    else
      lua_newtable(W);
    lua_rawseti(W, RLL_AT_ENTRY, part);
  }
  lua_rawseti(W, RLL_AT_ENTRY, RLL_ENTRY_RNG);
  t->call.work(W, &t->call);
  lua_settop(W, RLL_AT_ENTRY);
  rll_seen_clear(&c->seen);
  const char *why = rll_lua_write_entry(W, &c->found.state, &c->seen, NULL);
  return why ? rll_crew_refuse(W, why) : 0;
}

static int refuse_many(lua_State *W) {
  return rll_crew_refuse(W, "its random stream makes tensors or other streams");
}

void rll_lua_enter(lua_State *W, int n, void *context, void **now) {
  (void)context;
  for (int i = 1; i <= n; i++) lua_pushvalue(W, i);
  lua_pushlightuserdata(W, now);
  rll_new_lone_rng(W, refuse_many);
  lua_pushcclosure(W, try_copy, UP_TRIAL);
}

/* What the copies keep in tables of the user's state goes into bytes. NULL, or why it stays there. */
static const char *send_away(lua_State *L, rll_lua_env *lua) {
  const char *why = NULL;
  const int top = lua_gettop(L);
  rll_seen_clear(&lua->seen);
  for (rll_lua_copy *c = lua->copies; c && !why; c = c->next) {
    if (c->away || !c->known) continue;
    lua_rawgetp(L, lua->entries, c);
    if (!lua_isnil(L, -1)) {
      why = rll_lua_write_entry(L, &c->state, &lua->seen, lua->crew);
      lua_rawgeti(L, top + 1, RLL_ENTRY_RNG);
      c->rng = *(rl_rng *)lua_touserdata(L, -1);
      c->away = !why;
    }
    lua_settop(L, top);
  }
  return why;
}

static bool begin_trials(const rl_env_def *def) {
  rll_lua_env *lua = (rll_lua_env *)def->config;
  lua_State *L = lua->callback ? lua->callback->L : NULL;
  if (!L || !lua_checkstack(L, 20)) return false;
  const int top = lua_gettop(L);
  for (int i = RLL_UP_RESET; i <= RLL_UP_CREW; i++) lua_getupvalue(L, lua->runner, i);
  const bool carried = rll_crew_carry(L, top + RLL_UP_CREW, top + RLL_UP_RESET, RLL_UP_FUNCTIONS);
  const char *why = carried ? send_away(L, lua) : NULL;
  lua_settop(L, top);
  if (why) rll_crew_stay(lua->crew, why);
  if (!carried || why) rll_lua_all_home(lua);
  lua->round++;
  return carried && !why;
}

static void try_work(trial *t, int worker) {
  rll_lua_copy *c = t->copy;
  rll_lua_found *f = &c->found;
  const size_t size = (size_t)c->lua->def.observation.size, agents = (size_t)rll_lua_agents(c->lua);
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
  rll_lua_copy *c = self;
  if (c->known && !c->away) return;
  trial t = {.copy = c, .rng = *rng, .as = *c, .call = {.work = rll_lua_work_reset, .options = options}};
  try_work(&t, worker);
}

static void try_step(void *self, int worker, const float *action) {
  rll_lua_copy *c = self;
  if (!c->away) return;
  trial t = {.copy = c, .rng = c->rng, .as = *c, .call = {.work = rll_lua_work_step, .action = action}};
  t.as.steps++;
  try_work(&t, worker);
}

static bool try_again(const rl_env_def *def) {
  rll_lua_env *lua = (rll_lua_env *)def->config;
  lua->accepted = rll_crew_accept(lua->crew);
  if (lua->accepted) return false;
  if (rll_crew_wants(lua->crew)) return true;
  rll_lua_all_home(lua);
  return false;
}

static void end_trials(const rl_env_def *def) { ((rll_lua_env *)def->config)->accepted = false; }

const rl_rehearsal rll_lua_rehearsal = {begin_trials, try_reset, try_step, try_again, end_trials};

bool rll_lua_take_found(rll_lua_copy *c, rl_env_io *io) {
  rll_lua_found *f = &c->found;
  const rl_env_def *def = &c->lua->def;
  if (!c->lua->accepted || f->round != c->lua->round) return false;
  f->round = 0;
  for (int a = 0; a < rll_lua_agents(c->lua); a++) {
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
