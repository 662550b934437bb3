/* Inside an environment written in Lua: shared by lua_env.c (its definition, and where its copies are), lua_env_call.c (its
 * functions, called) and lua_env_rehearse.c (threads). */
#ifndef RLL_LUA_ENV_INTERNAL_H
#define RLL_LUA_ENV_INTERNAL_H

#include "core/env/copy_state.h"
#include "core/env/lua_env.h"

/* What a rehearsal has found. */
typedef struct rll_lua_found {
  uint64_t round; /* of which rehearsal; 0: none */
  rl_env_io *io;  /* [agents] */
  rl_rng rng;
  float *shown; /* [2, agents, observation.size] of the io: observation, fields */
  rll_bytes state;
} rll_lua_found;

typedef struct rll_lua_copy rll_lua_copy;

struct rll_lua_copy {
  rll_lua_env *lua;
  rll_lua_copy *next, **place; /* among those of the environment */
  bool away;                   /* its tables are `state`, the rng that the user sees is `rng` */
  bool known;                  /* its tables have been handed to a function of the user's state */
  uint32_t gone;               /* agents that have ended while others go on */
  int64_t steps;
  double limit;
  rl_rng *stream, rng;
  rll_bytes state;
  rll_seen seen;
  rll_lua_found found;
};

/* Calls into Lua: everything happens in `run`, a closure over the user's functions, called protected with the
 * table of entries and one of these. */
typedef struct rll_lua_call {
  void (*work)(lua_State *L, const struct rll_lua_call *now);
  rll_lua_copy *copy;
  rl_env_io *io;         /* [agents] of a reset or step */
  const double *options; /* of a reset or load */
  const float *action;   /* of a step */
  float *poses;          /* [n_bodies, 3] to fill */
  const char *bytes;     /* of a load */
  size_t size;           /* of those */
  size_t *written;       /* by a save */
  bool *damaged;         /* by a load: the bytes are not what a save wrote */
} rll_lua_call;

enum {
  RLL_UP_RESET = 1,
  RLL_UP_STEP,
  RLL_UP_POSES,
  RLL_UP_SAVE,
  RLL_UP_LOAD,
  RLL_UP_FUNCTIONS = RLL_UP_LOAD,
  RLL_UP_CREW,
  RLL_UP_COUNT = RLL_UP_CREW
};
enum { RLL_AT_ENTRIES = 1, RLL_AT_CALL, RLL_AT_ENTRY }; /* stack places in `run` */
/* In an entry; values: of the user's own options, by name. */
enum { RLL_ENTRY_SELF = 1, RLL_ENTRY_RNG, RLL_ENTRY_VALUES };

static inline int rll_lua_agents(const rll_lua_env *lua) { return lua->agents ? lua->def.n_agents : 1; }

/* A copy as bytes: its steps, what it shows, then what the user's function gave. */
static inline size_t rll_lua_head_size(const rll_lua_env *lua) {
  return sizeof(int64_t) + (size_t)rll_lua_agents(lua) * (size_t)lua->def.observation.size * sizeof(float);
}

/* The work of a call, in the closure over the functions; their names by upvalue. */
extern const char *const rll_lua_function_names[RLL_UP_FUNCTIONS + 1];
void rll_lua_work_reset(lua_State *L, const rll_lua_call *now);
void rll_lua_work_step(lua_State *L, const rll_lua_call *now);
void rll_lua_work_poses(lua_State *L, const rll_lua_call *now);
void rll_lua_work_save(lua_State *L, const rll_lua_call *now);
void rll_lua_work_load(lua_State *L, const rll_lua_call *now);

/* Writes the tables of the entry at the top. NULL, or why they stay. */
const char *rll_lua_write_entry(lua_State *L, rll_bytes *out, rll_seen *seen, const rll_crew *crew);
/* Makes tables of all copies that a script may hold on to. Raises nothing. */
void rll_lua_all_home(rll_lua_env *lua);

extern const rl_rehearsal rll_lua_rehearsal;
/* Of a crew (rll_crew_new): the closure that a thread's state tries a reset or step by. */
void rll_lua_enter(lua_State *W, int n, void *context, void **now);
/* Whether the rehearsal did what is to be done now, which then is done. */
bool rll_lua_take_found(rll_lua_copy *c, rl_env_io *io);

#endif
