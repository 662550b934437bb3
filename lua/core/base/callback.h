/* The user's functions that run inside a step: how the runtime, which knows no Lua, calls them, and how their
 * failures come out. A function runs on the stack of the call that steps; when it fails, its error with the
 * traceback waits in a place of that stack until the runtime has come back, and is then raised. */
#ifndef RLL_CALLBACK_H
#define RLL_CALLBACK_H

#include "core/base/binding.h"

typedef struct rll_callback {
  lua_State *L;         /* that is stepping; NULL: nobody */
  int handler, failure; /* stack places; failure: the first error value, nil while there is none */
  /* What errors begin with: "NAME: copy C, step S: ". NULL: nothing. */
  const char *name;
  int copy;     /* from 0 */
  int64_t step; /* from 1; 0: none */
} rll_callback;

/* Between begin and end functions can be called. begin raises when `self` is stepping already: one of the
 * functions called the environment `name`. Leaves two values on the stack. */
void rll_callback_begin(lua_State *L, rll_callback *self, const char *name);
/* Calls the function below n_args arguments, all taken from the stack; it returns nothing. RL_CALLBACK. */
rl_status rll_callback_run(rll_callback *self, int n_args, rl_error *error);
/* Raises what `status` and `error` describe: the failure of a function as that function raised it. */
void rll_callback_end(lua_State *L, rll_callback *self, rl_status status, const rl_error *error);

/* Pushes "WHAT (walk.lua:12)", with where the function at `function` is defined; what is none is "WHAT" alone. */
const char *rll_callback_describe(lua_State *L, const char *what, int function);

#endif
