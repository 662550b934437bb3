/* The user's functions that run inside a call of an object (a reward inside a step, an option of the iteration
 * inside an ask): how the runtime, which knows no Lua, calls them, and how their failures come out. While they
 * run the object is busy and refuses them. A function runs on the stack of that call; when it fails, its error with the
 * traceback waits in a place of that stack until the runtime has come back, and is then raised. */
#ifndef RLL_CALLBACK_H
#define RLL_CALLBACK_H

#include "core/base/binding.h"

typedef struct rll_callback {
  lua_State *L;         /* that the functions run on; NULL: the object is not busy */
  int handler, failure; /* stack places; failure: the first error value, nil while there is none */
  /* What errors begin with: "NAME: copy C, step S: ". NULL: nothing. */
  const char *name;
  int copy;     /* from 0 */
  int64_t step; /* from 1; 0: none */
} rll_callback;

/* Raises when the functions of an object are running: one of them called it. Every call that changes an object
 * with functions begins with this or with rll_callback_begin. `name` is the object's. */
void rll_callback_refuse(lua_State *L, const rll_callback *self, const char *name);
/* Between begin and end functions can be called, and nothing else may raise. Leaves two values on the stack. */
void rll_callback_begin(lua_State *L, rll_callback *self, const char *name);
/* Calls the function below n_args arguments, all taken from the stack, and leaves its results. RL_CALLBACK. */
rl_status rll_callback_run(rll_callback *self, int n_args, int n_results, rl_error *error);
/* Raises what `status` and `error` describe: the failure of a function as that function raised it. */
void rll_callback_end(lua_State *L, rll_callback *self, rl_status status, const rl_error *error);

/* Pushes "WHAT (walk.lua:12)", with where the function at `function` is defined; what is none is "WHAT" alone. */
const char *rll_callback_describe(lua_State *L, const char *what, int function);

#endif
