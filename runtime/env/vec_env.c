/* Copies of an environment: their making, and what is told of them. */
#include "env/vec_env_internal.h"

#include "base/memory.h"

#include <string.h>

static bool allocate(rl_vec_env *env) {
  size_t n = (size_t)env->n, worlds = (size_t)env->worlds;
  env->options = rl_allocate((size_t)env->def->n_options + 1, sizeof(double));
  env->options_in_use = rl_allocate(worlds * (size_t)env->def->n_options + 1, sizeof(double));
  env->copies = rl_allocate(worlds, sizeof(rl_copy));
  env->action = rl_allocate(n * width(env), sizeof(float));
  env->observation = rl_allocate(n * obs_size(env), sizeof(float));
  env->final_observation = rl_allocate(n * obs_size(env), sizeof(float));
  env->fields = rl_allocate(n * n_fields(env) + 1, sizeof(float));
  env->final_fields = rl_allocate(n * n_fields(env) + 1, sizeof(float));
  env->reward = rl_allocate(n, sizeof(float));
  env->terms = rl_allocate(n * RL_MAX_TERMS, sizeof(float));
  env->terminated = rl_allocate(n, 1);
  env->truncated = rl_allocate(n, 1);
  env->idle = rl_allocate(n, 1);
  env->judged_reward = rl_allocate(n, sizeof(double));
  env->episode_return = rl_allocate(n, sizeof(double));
  env->episode_terms = rl_allocate(n * RL_MAX_TERMS, sizeof(double));
  env->episode_length = rl_allocate(n, sizeof(int64_t));
  env->view =
      (rl_vec_view){env->observation,  env->fields,         env->reward,        env->terms,
                    env->terminated,   env->truncated,      env->idle,          env->final_observation,
                    env->final_fields, env->episode_return, env->episode_terms, env->episode_length};
  bool complete = env->options && env->options_in_use && env->copies && env->action && env->observation &&
                  env->final_observation && env->fields && env->final_fields && env->reward && env->terms &&
                  env->terminated && env->truncated && env->idle && env->judged_reward &&
                  env->episode_return && env->episode_terms && env->episode_length;
  for (int i = 0; complete && i < env->worlds; i++)
    complete = !env->def->create(&env->copies[i].self, env->def, NULL);
  return complete;
}

rl_status rl_vec_env_create(rl_vec_env **out, const rl_env_def *def, int n, uint64_t seed,
                            uint32_t first_stream, const double *options, rl_error *error) {
  *out = NULL;
  if (n < 1 || n > 1 << 16)
    return rl_fail(error, RL_BAD_ARGUMENT, "option n: %d copies is outside [1, 65536]", n);
  rl_status unfit = rl_space_check(&def->observation, "observation", error);
  if (!unfit) unfit = rl_space_check(&def->action, "action", error);
  if (unfit) return unfit;
  rl_vec_env *env = rl_allocate(1, sizeof *env);
  if (!env) return rl_fail(error, RL_NO_MEMORY, "out of memory for %s", def->name);
  env->def = def;
  env->worlds = n;
  env->agents = rl_env_agents(def);
  env->n = n * env->agents;
  env->part = (rl_ranks_part){0, n};
  env->first_stream = first_stream;
  env->restart = true;
  if (!allocate(env)) {
    rl_vec_env_free(env);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for %d copies of %s", n, def->name);
  }
  if (options)
    memcpy(env->options, options, (size_t)def->n_options * sizeof *options);
  else
    rl_env_defaults(def, env->options);
  rl_vec_env_reseed(env, seed);
  *out = env;
  return RL_OK;
}

void rl_vec_env_reseed(rl_vec_env *env, uint64_t seed) {
  env = world_of(env);
  env->seed = seed;
  for (int i = 0; i < env->worlds; i++) {
    rl_rng_init_use(&env->copies[i].rng, seed, RL_STREAM_ENV, env->first_stream + (uint32_t)i);
    env->copies[i].borrowed = 0; /* what it would be given back */
  }
}

void rl_vec_env_free(rl_vec_env *env) {
  if (!env) return;
  for (int i = 0; env->copies && i < env->worlds; i++) {
    if (env->copies[i].self) env->def->free(env->copies[i].self);
    rl_release(env->copies[i].history);
    rl_release(env->copies[i].pieces);
  }
  if (env->players.free) env->players.free(env->players.context);
  void *arrays[] = {env->given,          env->streams,       env->options,        env->options_in_use,
                    env->copies,         env->action,        env->observation,    env->final_observation,
                    env->fields,         env->final_fields,  env->reward,         env->terms,
                    env->terminated,     env->truncated,     env->idle,           env->judged_reward,
                    env->episode_return, env->episode_terms, env->episode_length, env->piece,
                    env->judged,         env->judged_terms};
  rl_action_file_free(env->action_file);
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
  rl_release(env);
}

const rl_env_def *rl_vec_env_def(const rl_vec_env *env) { return env->def; }
int rl_vec_env_copies(const rl_vec_env *env) { return env->n; }
int rl_vec_env_worlds(const rl_vec_env *env) { return env->worlds; }
int rl_vec_env_agents(const rl_vec_env *env) { return env->agents; }
uint64_t rl_vec_env_seed(const rl_vec_env *env) { return const_world_of(env)->seed; }

void *rl_vec_env_copy(rl_vec_env *env, int index) { return world_of(env)->copies[index / env->agents].self; }
double rl_vec_env_dt(const rl_vec_env *env) { return env->def->dt(const_world_of(env)->options); }
double *rl_vec_env_options(rl_vec_env *env) { return world_of(env)->options; }
void rl_vec_env_set_restart(rl_vec_env *env, bool restart) { world_of(env)->restart = restart; }
bool rl_vec_env_restart(const rl_vec_env *env) { return const_world_of(env)->restart; }
bool rl_vec_env_is_reset(const rl_vec_env *env) { return const_world_of(env)->is_reset; }
uint64_t rl_vec_env_moves(const rl_vec_env *env) { return const_world_of(env)->moves; }

const rl_vec_view *rl_vec_env_view(const rl_vec_env *env) {
  if (env->world && env->looked != env->world->moves) rl_vec_env_look((rl_vec_env *)(uintptr_t)env);
  return &env->view;
}

double rl_vec_env_physics_seconds(const rl_vec_env *env) {
  double seconds = 0.0;
  env = const_world_of(env);
  for (int i = 0; env->def->physics_seconds && i < env->worlds; i++)
    seconds += env->def->physics_seconds(env->copies[i].self);
  return seconds;
}

void rl_vec_env_set_judge(rl_vec_env *env, const rl_judge *judge) {
  env->judge = judge ? *judge : (rl_judge){0};
}

rl_status rl_env_check_thread(const rl_env_def *def, const rl_judge *judge, rl_error *error) {
  const bool judged = judge && judge->judge;
  if (!def->serial && !judged) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "environment %s: %s a function of the program, which a thread cannot call: do it in slices "
                 "there, with advance",
                 def->name, def->serial ? "what it does is" : "its reward or its end is");
}

rl_status rl_vec_env_check_thread(const rl_vec_env *env, rl_error *error) {
  if (env->world)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: others in its world act by policies that the program may change meanwhile, which a "
                   "thread cannot ask: do it in slices, with advance",
                   env->def->name);
  if (env->away)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s: its copies are with other ranks, which a thread cannot ask: reset it, or step it, first",
        env->def->name);
  return rl_env_check_thread(env->def, &env->judge, error);
}

int rl_vec_env_n_terms(const rl_vec_env *env) {
  env = const_world_of(env);
  return env->judge.judge ? env->judge.n_terms(env->judge.context) : env->def->n_terms;
}

const char *rl_vec_env_term_name(const rl_vec_env *env, int index) {
  env = const_world_of(env);
  return env->judge.judge ? env->judge.term_name(env->judge.context, index) : env->def->terms[index];
}
