/* Several methods that learn side by side from the same worlds: each has the seat of an agent (vec_env.h) as its
 * environment, and one step of the worlds is a step of each of their batches. */
#ifndef RL_BESIDE_H
#define RL_BESIDE_H

#include "method/method.h"

RL_C_BEGIN

/* A batch of `steps` for each of `count` methods, whose seats are of different agents of the same worlds; other agents are
 * played. Then each takes its update by itself. RL_BAD_ARGUMENT naming the method whose batches are whole episodes or
 * collected ahead, or that is busy; errors as rl_method_collect, after which there is no batch. */
rl_status rl_methods_collect(rl_method *const *methods, int count, int steps, rl_error *error);

RL_C_END

#endif
