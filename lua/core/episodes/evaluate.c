/* env:evaluate: how good is a policy? On copies of its own (episodes/evaluate.c). Populations: population.c.
 * */
#include "core/base/launch.h"
#include "core/episodes/population.h"
#include "core/episodes/track.h"
#include "base/memory.h"
#include "episodes/evaluate.h"

/* What must be released when something raises on the way. */
typedef struct evaluation {
  rl_evaluation result;
  rl_vec_env *worlds; /* that players play in, or NULL */
  int n_recordings;
  rl_recording *recordings; /* [n_recordings], of the first episodes */
} evaluation;

static const rll_type evaluation_type = {"rl.evaluation"};

/* Worlds are large beside what is left of them: they do not wait for the collector. */
static void free_worlds(evaluation *self) {
  rl_vec_env_free(self->worlds);
  self->worlds = NULL;
}

static int evaluation_gc(lua_State *L) {
  evaluation *self = rll_check(L, 1, &evaluation_type);
  rl_evaluation_release(&self->result);
  free_worlds(self);
  for (int i = 0; i < self->n_recordings; i++) rl_recording_release(&self->recordings[i]);
  rl_release(self->recordings);
  self->recordings = NULL;
  self->n_recordings = 0;
  return 0;
}

/* Pushes one episode: {return=, length=, terminated=, fields = {at the end}, terms = {sums}}. */
static void push_episode(lua_State *L, const rll_env *env, const rl_evaluation *e, int i) {
  const rl_env_def *def = rl_env_agent(env->def, i % rl_env_agents(env->def));
  lua_createtable(L, 0, 6);
  if (def->agent) rll_set_string(L, "agent", def->agent);
  rll_set_number(L, "return", e->episode[i].total_return);
  rll_set_integer(L, "length", e->episode[i].length);
  lua_pushboolean(L, e->episode[i].terminated);
  lua_setfield(L, -2, "terminated");
  lua_createtable(L, 0, def->n_fields);
  for (int k = 0; k < def->n_fields; k++)
    rll_set_number(L, def->fields[k].name, (double)e->fields[i * e->n_fields + k]);
  lua_setfield(L, -2, "fields");
  lua_createtable(L, 0, e->n_terms);
  for (int k = 0; k < e->n_terms; k++)
    rll_set_number(L, rl_vec_env_term_name(env->vec, k), e->terms[i * RL_MAX_TERMS + k]);
  lua_setfield(L, -2, "terms");
}

/* Field `recordings`: of each what track.h says, and no more: nothing of them is drawn. What all have alike they
 * share. */
static void set_recordings(lua_State *L, const rll_env *env, const evaluation *self) {
  static const char *const shared[] = {"columns", "creature", NULL};
  lua_createtable(L, self->n_recordings, 0);
  for (int i = 0; i < self->n_recordings; i++) {
    rll_push_track(L, env, env->vec, &self->recordings[i]);
    for (int k = 0; i > 0 && shared[k]; k++) {
      lua_rawgeti(L, -2, 1);
      lua_getfield(L, -1, shared[k]);
      lua_setfield(L, -3, shared[k]);
      lua_pop(L, 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "recordings");
}

/* Field `agents` of a world: { NAME = { mean_return =, mean_length = }, ... } */
static void set_agents(lua_State *L, const rl_env_def *def, const rl_evaluation *e) {
  const int agents = def->n_agents, worlds = e->episodes / agents;
  lua_createtable(L, 0, agents);
  for (int a = 0; a < agents; a++) {
    double total = 0.0, length = 0.0;
    for (int i = a; i < e->episodes; i += agents) {
      total += e->episode[i].total_return / worlds;
      length += (double)e->episode[i].length / worlds;
    }
    lua_createtable(L, 0, 2);
    rll_set_number(L, "mean_return", total);
    rll_set_number(L, "mean_length", length);
    lua_setfield(L, -2, def->agents[a]->agent);
  }
  lua_setfield(L, -2, "agents");
}

/* How many of the episodes are recorded: option `record`, a number, true: all. */
static int check_record(lua_State *L, int episodes) {
  if (!rll_has_option(L, 3, "record")) return 0;
  lua_getfield(L, 3, "record");
  const bool is_flag = lua_isboolean(L, -1), all = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (is_flag) return all ? episodes : 0;
  return (int)rll_integer(L, 3, "record", 0, 0, episodes, "evaluate");
}

/* Field `episodes`: those that count. */
static void set_episodes(lua_State *L, const rll_env *env, const rl_evaluation *e) {
  const int first = e->agent < 0 ? 0 : e->agent, apart = e->agent < 0 ? 1 : rl_env_agents(env->def);
  lua_createtable(L, e->episodes / apart, 0);
  for (int i = first; i < e->episodes; i += apart) {
    push_episode(L, env, e, i);
    lua_rawseti(L, -2, i / apart + 1);
  }
  lua_setfield(L, -2, "episodes");
}

/* env:evaluate(policy | "random" | "zero" | { agent = one of these, ... }, {episodes = 10, deterministic = true, seed =, record = 0}) -> { mean_return =, mean_length =, terminated = count, episodes = { ... }, recordings = { ... } }: on copies of its own,
 * with this environment's options and reward */
static int evaluate_policy(lua_State *L) {
  static const char *const names[] = {"episodes", "deterministic", "seed", "record", NULL};
  const rll_cast cast = rll_check_cast(L, 1);
  rll_env *env = cast.env;
  lua_settop(L, 3);
  rll_check_options(L, 3, "evaluate", names);
  int episodes = (int)rll_integer(L, 3, "episodes", 10, 1, 1 << 16, "evaluate");
  bool deterministic = rll_boolean(L, 3, "deterministic", true, "evaluate") && !rll_is_random(L, 2);
  const int n_recordings = check_record(L, episodes);
  uint64_t seed = rll_seed(L, 3, "evaluate");
  evaluation *self = rll_new(L, &evaluation_type, sizeof *self); /* at 4 */
  rl_evaluation *result = &self->result;
  const double *options = rl_vec_env_options(env->vec);
  rl_error error;
  rl_judge face;
  const rl_judge *judge = rll_judge_face(env->judge, &face);
  lua_createtable(L, 1, 0); /* whose definition the worlds are of */
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, 4);
  self->recordings = rl_allocate((size_t)n_recordings + 1, sizeof *self->recordings);
  if (!self->recordings) return luaL_error(L, "evaluate: out of memory to record %d episodes", n_recordings);
  self->n_recordings = n_recordings;
  if (cast.by_players) {
    if (rl_evaluation_env(&self->worlds, env->def, options, judge, episodes, seed, &error))
      return rll_raise(L, &error);
    rll_set_cast(L, 1, &cast, deterministic, self->worlds);
  }
  rll_env_begin_copies(L, 1, env, 0);
  rl_status status =
      cast.by_players
          ? rl_evaluate_played(result, self->worlds, cast.agent, self->recordings, n_recordings, &error)
          : rl_evaluate(result, env->def, options, judge, cast.policy, episodes, deterministic, seed,
                        self->recordings, n_recordings, &error);
  free_worlds(self);
  rll_env_end(L, env, status, &error);
  lua_createtable(L, 0, 6);
  if (env->def->agents) set_agents(L, env->def, result);
  set_episodes(L, env, result);
  rll_set_number(L, "mean_return", result->mean_return);
  rll_set_number(L, "mean_length", result->mean_length);
  rll_set_integer(L, "terminated", result->terminated);
  if (n_recordings > 0) set_recordings(L, env, self);
  return 1;
}

/* Candidates are a tensor or a list; options are named. */
static bool has_candidates(lua_State *L) {
  return rll_test(L, 3, &rll_tensor_type) || (lua_istable(L, 3) && lua_rawlen(L, 3) > 0);
}

/* env:evaluate(policy | "random" | "zero", options) -> evaluation; env:evaluate(policy, candidates, {episodes = 1, max_steps = 0,
 * deterministic = true, common = false, observe = false, seed =, round =}) -> returns [n], stats, lengths [n]
 * */
static int env_evaluate(lua_State *L) {
  return has_candidates(L) ? rll_evaluate_candidates(L) : evaluate_policy(L);
}

void rll_open_evaluate(lua_State *L) {
  static const luaL_Reg methods[] = {{"evaluate", env_evaluate}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", evaluation_gc}, {NULL, NULL}};
  rll_register(L, &evaluation_type, NULL, metamethods);
  rll_add_methods(L, &rll_env_type, methods);
}
