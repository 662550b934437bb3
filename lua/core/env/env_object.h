/* The environment object of the Lua face, as env.c, lua_env.c, policy.c, method.c and recording.c
 * share it. */
#ifndef RLL_ENV_OBJECT_H
#define RLL_ENV_OBJECT_H

#include "core/env/judge.h"
#include "core/env/lua_env.h"

/* Part of an object that a thread works for, or that has copies of the environment: `end` ends both for good, when the
 * environment ends first. `busy`: the thread steps the environment's own copies. `wait`: it does so for a time that ends
 * soon, so who asks for the environment waits for that; NULL: no such thread. */
typedef struct rll_loan {
  struct rll_loan *next;
  void (*end)(struct rll_loan *loan);
  void (*wait)(struct rll_loan *loan);
  bool busy;
} rll_loan;

typedef struct rll_env {
  struct rll_env *world; /* of one agent of a world (env:agent): that, which the uservalue keeps; else NULL */
  rl_env_def *def;
  rl_vec_env *vec;
  rll_callback callback;
  rll_judge *judge;    /* kept by the closure in the uservalue */
  rll_lua_env *lua;    /* of an environment written in Lua, else NULL; part of def */
  ptrdiff_t footprint; /* bytes reported to rll_track */
  rll_loan *loans;
  uint64_t rounds; /* populations evaluated so far: each draws from other streams */
  int64_t steps;   /* of all of them */
  double *made;    /* [n_options] that it was made with */
} rll_env;

/* An rll_env. Its uservalue is the table of lua_env.h. */
extern const rll_type rll_env_type;

rll_env *rll_check_env(lua_State *L, int arg);
/* Neither it nor the world that it is an agent of has been closed. */
bool rll_env_is_open(const rll_env *env);
/* Puts the world in the place of one of its agents; returns it. */
rll_env *rll_env_enter_world(lua_State *L, int arg);

/* Pushes a creature as the world is built from it, of several agents this one; false, and nothing, of another definition. */
bool rll_push_creature_model(lua_State *L, const rl_env_def *def, int agent);

/* Makes the copies and the judge of an rll_env at stack place `place` that has its def. `reward`, `done`:
 * stack places of functions or nil. A copy takes about so many bytes that Lua does not see. */
void rll_env_open(lua_State *L, int place, int n, uint64_t seed, const double *options, int reward, int done,
                  ptrdiff_t bytes_a_copy);

/* Around every call that steps the environment at `arg`: lets its Lua functions run. Nothing in between may
 * raise. */
void rll_env_begin(lua_State *L, int arg, rll_env *env);
/* Raises when the environment's functions are running, or a thread has it. Waits for one that soon has not. */
void rll_env_refuse(lua_State *L, const rll_env *env);
/* Both may be called again without harm. */
void rll_env_lend(rll_env *env, rll_loan *loan, void (*end)(rll_loan *loan));
void rll_env_take_back(rll_env *env, const rll_loan *loan);
/* When a thread has it: as refuse. */
void rll_env_refuse_lent(lua_State *L, const rll_env *env);
/* As refuse_lent and refuse, for who asks nothing of the environment itself: no waiting. */
void rll_env_refuse_busy(lua_State *L, const rll_env *env);
void rll_env_refuse_running(lua_State *L, const rll_env *env);
/* The same for copies that are not the environment's own. entries: stack place of a table for what they have
 * in Lua, which lives as long as they do; 0: they are made and freed in this call. */
void rll_env_begin_copies(lua_State *L, int arg, rll_env *env, int entries);
/* Pushes why functions of the user stay on the calling thread, or nil. closure: the judge's, a stack place. */
void rll_env_push_notice(lua_State *L, const rll_env *env, int closure);
void rll_env_end(lua_State *L, rll_env *env, rl_status status, const rl_error *error);

/* Pushes the table that describes a space. names: [space->size] of its numbers and choices, or NULL. */
void rll_push_space(lua_State *L, const rl_space *space, const char *const *names);

#endif
