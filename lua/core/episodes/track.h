/* What recordings hand to Lua beside what is drawn, and whose actions they and evaluations take. */
#ifndef RLL_TRACK_H
#define RLL_TRACK_H

#include "core/env/env_object.h"
#include "episodes/recording.h"

/* The policy at `arg`; NULL for "random" (uniformly random actions) and "zero" (actions of zeros). */
rl_policy *rll_check_player(lua_State *L, int arg);
/* The same in this environment: of a world also a table of policies, by agents. What they then stand for takes its place at
 * `arg`, and keeps them. */
rl_policy *rll_check_players(lua_State *L, int arg, const rl_env_def *def);
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
