/* The environment object of the Lua face, as policy.c, ppo.c and recording.c see it. */
#ifndef RLL_ENV_H
#define RLL_ENV_H

#include "judge.h"

typedef struct rll_env {
  rl_env_def *def;
  rl_vec_env *vec;
  rll_judge judge;
} rll_env;

rll_env *rll_check_env(lua_State *L, int arg);

/* Around every call that steps an environment (or copies of it with its judge): lets its Lua functions run.
 */
void rll_env_begin(lua_State *L, int arg, rll_env *env);
void rll_env_end(lua_State *L, rll_env *env, rl_status status, const rl_error *error);

/* The option `seed`, by default the one rlrun was started with (1 without). */
uint64_t rll_seed(lua_State *L, int options, const char *what);

/* Sets field `name` of the table at the stack top. */
void rll_set_number(lua_State *L, const char *name, double value); /* NaN: leaves it out */
void rll_set_integer(lua_State *L, const char *name, int64_t value);
void rll_set_string(lua_State *L, const char *name, const char *value);

int rll_env_record(lua_State *L); /* env:record, in recording.c */

#endif
