/* Resets: the beginning of episodes, of all copies or of one. */
#include "env/vec_env_internal.h"

#include <string.h>

void rl_vec_env_begin(rl_vec_env *env, int world) {
  rl_copy *c = &env->copies[world];
  rl_env_io io[RL_MAX_AGENTS];
  rl_terms terms[RL_MAX_AGENTS];
  memset(terms, 0, (size_t)env->agents * sizeof *terms);
  memset(env->idle + first_row(env, world), 0, (size_t)env->agents);
  rl_vec_env_io(env, world, io, terms);
  rl_vec_env_begin_history(env, c);
  c->start = c->rng;
  env->def->reset(c->self, options_in_use(env, world), &c->rng, io);
  c->status = io[0].status;
}

static void give_back(rl_copy *c) {
  if (c->borrowed) c->rng = c->own;
  c->borrowed = 0;
}

static void take_options(rl_vec_env *env, int i) {
  memcpy(env->options_in_use + (size_t)i * (size_t)env->def->n_options, env->options,
         (size_t)env->def->n_options * sizeof *env->options);
}

void rl_vec_env_reset_copy(rl_vec_env *env, int i) {
  give_back(&env->copies[i]);
  take_options(env, i);
  rl_vec_env_begin(env, i);
}

void rl_vec_env_clear_books(rl_vec_env *env, int i) {
  env->episode_return[i] = 0.0;
  env->episode_length[i] = 0;
  memset(env->episode_terms + (size_t)i * RL_MAX_TERMS, 0, RL_MAX_TERMS * sizeof(double));
}

void rl_vec_env_begin_anew(rl_vec_env *env, int world) {
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++) {
    memset(env->terms + (size_t)i * RL_MAX_TERMS, 0, RL_MAX_TERMS * sizeof(float));
    env->reward[i] = 0.0f;
    env->terminated[i] = env->truncated[i] = 0;
    rl_vec_env_clear_books(env, i);
  }
  take_options(env, world);
  rl_vec_env_begin(env, world);
}

static void begin_piece(void *context, int i, int worker) {
  (void)worker;
  rl_vec_env_begin_anew(context, i);
}

static void try_begin(void *context, int i, int worker) {
  rl_vec_env *env = context;
  env->def->rehearsal->reset(env->copies[i].self, worker, env->options, &env->copies[i].rng);
}

static rl_status check_rewards(const rl_vec_env *env, rl_error *error) {
  for (int a = 0; env->def->agents && a < env->agents; a++) {
    const rl_env_def *agent = env->def->agents[a];
    const rl_judge *judge = &env->judge;
    if (!agent->unrewarded || (judge->judge && (!judge->rewards || judge->rewards(judge->context, a))))
      continue;
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: agent %s has no reward: give the environment a reward, a function for all agents or "
                   "reward = { %s = function(s, a) ... end }, or let the agent have its creature's own",
                   env->def->name, agent->agent, agent->agent);
  }
  return RL_OK;
}

static rl_status begin_all(rl_vec_env *env, rl_error *error) {
  rl_status status = check_rewards(env, error);
  if (status) return status;
  env->moves++;
  if (env->away) env->away = false; /* not written for nothing: others may look while a thread begins */
  status = rl_vec_env_each(env, begin_piece, try_begin, error);
  env->is_reset = status == RL_OK;
  return status;
}

rl_status rl_vec_env_reset(rl_vec_env *env, rl_error *error) {
  env = world_of(env);
  rl_status status = env->away ? rl_vec_env_fetch(env, error) : RL_OK;
  if (status) return status;
  for (int i = 0; i < env->worlds; i++) give_back(&env->copies[i]);
  return begin_all(env, error);
}

rl_status rl_vec_env_reset_groups(rl_vec_env *env, int group, rl_error *error) {
  env = world_of(env);
  rl_status status = rl_env_check_lone(env->def, "a group of equal starts", error);
  if (status) return status;
  if (group < 1 || env->n % group != 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d copies of %s do not make groups of %d", env->n, env->def->name,
                   group);
  if (!env->def->repeatable)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s cannot repeat a start state: it is not declared repeatable",
                   env->def->name);
  status = env->away ? rl_vec_env_fetch(env, error) : RL_OK;
  if (status) return status;
  for (int i = 0; i < env->worlds; i++) {
    rl_copy *c = &env->copies[i];
    give_back(c);
    if (i % group == 0) continue;
    c->own = c->rng;
    c->rng = env->copies[i - i % group].rng;
    c->borrowed = 1;
  }
  return begin_all(env, error);
}

void rl_vec_env_abandon(rl_vec_env *env) { world_of(env)->is_reset = false; }
