/* The environment object of the Lua face, as env.c, policy.c, ppo.c and recording.c share it. */
#ifndef RLL_ENV_OBJECT_H
#define RLL_ENV_OBJECT_H

#include "judge.h"

typedef struct rll_env {
  rl_env_def *def;
  rl_vec_env *vec;
  rll_judge *judge; /* kept by the closure in the uservalue */
} rll_env;

extern const rll_type rll_env_type; /* an rll_env; its uservalue holds the judge's closure at [1] */

rll_env *rll_check_env(lua_State *L, int arg);

/* Around every call that steps an environment (or copies of it with its judge): lets its Lua functions run.
 * Nothing in between may raise. */
void rll_env_begin(lua_State *L, int arg, rll_env *env);
void rll_env_end(lua_State *L, rll_env *env, rl_status status, const rl_error *error);

int rll_env_record(lua_State *L); /* env:record, in recording.c */

#endif
