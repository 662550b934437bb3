/* What recordings hand to Lua beside what is drawn, and who acts in them and in evaluations. */
#ifndef RLL_TRACK_H
#define RLL_TRACK_H

#include "core/env/env_object.h"
#include "episodes/recording.h"

/* The policy at `arg`; NULL for "random" (uniformly random actions) and "zero" (actions of zeros). */
rl_policy *rll_check_player(lua_State *L, int arg);
/* Who acts in copies of an environment that are made for an evaluation or a recording. */
typedef struct rll_cast {
  rll_env *env;      /* the environment, or the world of an agent's own */
  int agent;         /* whose own environment it was; -1: none's */
  bool by_players;   /* each agent has a player, who are to be set; else all act by */
  rl_policy *policy; /* NULL for "random" and "zero" */
} rll_cast;
/* Of the environment at `arg`, in whose place its world comes, and what is behind it: a policy, "random" or "zero", in a world
 * also a table of those, by agents. */
rll_cast rll_check_cast(lua_State *L, int arg);
/* With players: sets those of `vec`, new worlds; who is not in that table, and who plays beside the agent of an own environment,
 * is played as in the world itself (env:players). What is pushed keeps them. */
void rll_set_cast(lua_State *L, int arg, const rll_cast *cast, bool deterministic, rl_vec_env *vec);
bool rll_is_random(lua_State *L, int arg);
/* Raises unless the names of the table at `arg` are those of agents. */
void rll_check_agents(lua_State *L, int arg, const rl_env_def *def);

/* Sets field `gravity` of the table at the top, where the environment has an option of that name. */
void rll_set_gravity(lua_State *L, const rll_env *env);

/* Pushes a table, a recording by its metatable (rl.recording): { dt =, terminated =, gravity =, fields = { name =
 * tensor [length] }, columns = { { name =, unit =, meaning = }, ... }, reward = tensor, terms = { name = tensor },
 * creature = as core.creature_model gives it }. `vec`: of the recording. */
void rll_push_track(lua_State *L, const rll_env *env, rl_vec_env *vec, const rl_recording *recording);

#endif
