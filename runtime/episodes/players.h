/* Policies that play agents of a world while others learn, or are stepped by a program. They are used as they are at each
 * step and must outlive their use; nothing here changes them. Each row has a stream of its own and remembers by itself, so
 * that what is played is the same for any number of threads, however worlds share policies. */
#ifndef RL_PLAYERS_H
#define RL_PLAYERS_H

#include "env/vec_env.h"
#include "network/policy.h"

RL_C_BEGIN

typedef enum rl_player_kind {
  RL_PLAYER_NONE,   /* nobody */
  RL_PLAYER_POLICY, /* policies, with actions as they are sampled, */
  RL_PLAYER_MODE,   /* or the most likely ones */
  RL_PLAYER_RANDOM, /* uniformly random actions */
  RL_PLAYER_ZERO    /* actions at rest */
} rl_player_kind;

/* Who plays `agent` in `env`, or the worlds that it is a seat in, from the next step on: world w has
 * policies[w % count]. RL_BAD_SHAPE naming the first policy that is of another agent's size; RL_NO_MEMORY. Nothing changes
 * then. */
rl_status rl_vec_env_play(rl_vec_env *env, int agent, rl_player_kind kind, rl_policy *const *policies,
                          int count, rl_error *error);

/* In `env`, whose definition is that of `world`: agents that nobody plays there are played as they are in `world`. Errors as
 * above. */
rl_status rl_vec_env_play_alike(rl_vec_env *env, const rl_vec_env *world, rl_error *error);

RL_C_END

#endif
