/* The object of a policy-gradient method in the Lua face, as method.c and what drives one (trainer.c, agent.c)
 * share it. */
#ifndef RLL_METHOD_OBJECT_H
#define RLL_METHOD_OBJECT_H

#include "core/env/env_object.h"
#include "method/method.h"

typedef struct rll_method {
  rll_loan loan;             /* with option lag */
  const rl_method_class *is; /* NULL: a rollout, */
  rl_method *method;
  rl_collector collector; /* which is this */
  rll_env *env;
  bool open;
  bool annealed, one_by_one;   /* and it has been said */
  double collecting, updating; /* seconds so far */
  char name[24];               /* "rl.ppo" */
} rll_method;

/* In its uservalue: the environment, which rll_env_begin wants there, policy, value and base, to keep them
 * alive, and the batch that update will take. */
enum { RLL_METHOD_ENV = 1, RLL_METHOD_POLICY, RLL_METHOD_VALUE, RLL_METHOD_BASE, RLL_METHOD_BATCH };

rll_method *rll_check_method(lua_State *L, int arg); /* no rollout, and open */
/* For who keeps one: raises when it, or its environment, has been closed. */
void rll_check_open(lua_State *L, const rll_method *self);

/* Pushes the batch that the method at `arg` has collected: what its update will take. */
int rll_push_batch(lua_State *L, int arg, rll_method *self);

/* Around every call that steps its environment, as rll_env_begin and rll_env_end; errors are named. */
void rll_method_begin(lua_State *L, int arg, rll_method *self);
void rll_method_end(lua_State *L, rll_method *self, rl_status status, const rl_error *error);
int rll_method_fail(lua_State *L, const rll_method *self, const rl_error *error); /* raises */

void rll_push_collect_stats(lua_State *L, const rll_method *self, const rl_rollout_stats *stats);
void rll_push_update_stats(lua_State *L, rll_method *self, const rl_method_stats *stats);

/* Pushes how far the method is, as trainer:advance gives it; stats: of an update that has just ended, or
 * NULL. Returns how many values. */
int rll_push_progress(lua_State *L, rll_method *self, const rl_method_stats *stats);

extern const rll_type rll_method_type; /* trainer.c and agent.c add a method each */

#endif
