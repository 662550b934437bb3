#include "episodes/evaluate.h"

#include "base/memory.h"
#include "base/stop.h"

#include <string.h>

static const uint32_t first_stream = 1u << 31; /* of the environment: no training copy has it */

static void keep(rl_evaluation *result, const rl_vec_view *view, int i) {
  size_t k = (size_t)i, n_fields = (size_t)result->n_fields;
  result->episode[i] =
      (rl_episode){view->episode_return[i], view->episode_length[i], view->terminated[i] != 0};
  memcpy(result->fields + k * n_fields, view->final_fields + k * n_fields, n_fields * sizeof(float));
  memcpy(result->terms + k * RL_MAX_TERMS, view->episode_terms + k * RL_MAX_TERMS,
         RL_MAX_TERMS * sizeof(double));
}

/* The row that is recorded of an episode: of a world that of the agent who counts, or of the first. */
static int recorded(const rl_evaluation *result, const rl_vec_env *env, int i) {
  return i * rl_vec_env_agents(env) + (result->agent < 0 ? 0 : result->agent);
}

/* Adds what the copies show that have not ended before. */
static rl_status remember(const rl_evaluation *result, rl_recording *recordings, int n, rl_vec_env *env,
                          rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; !status && i < n; i++)
    if (!recordings[i].ended) status = rl_recording_add(&recordings[i], env, recorded(result, env, i), error);
  return status;
}

static rl_status run(rl_evaluation *result, rl_vec_env *env, rl_policy *policy, bool deterministic,
                     rl_rng *streams, float *memory, float *action, rl_recording *recordings,
                     int n_recordings, rl_error *error) {
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_vec_env_set_restart(env, false);
  for (int i = 0; i < n_recordings; i++) rl_recording_watch(env, recorded(result, env, i));
  rl_status status = rl_vec_env_reset(env, error);
  if (!status) status = remember(result, recordings, n_recordings, env, error);
  for (int remaining = result->episodes; !status && remaining > 0;) {
    status = rl_stop_check(error);
    if (!status && rl_vec_env_players(env))
      status = rl_play_actions(env, action, error);
    else if (!status)
      status = rl_choose_actions(policy, env, deterministic, streams, memory, action, error);
    if (!status) status = rl_vec_env_step(env, action, error);
    if (!status) status = remember(result, recordings, n_recordings, env, error);
    if (status) return status;
    for (int i = 0; i < result->episodes; i++) {
      if (!view->terminated[i] && !view->truncated[i]) continue;
      keep(result, view, i);
      remaining--;
    }
  }
  result->n_terms = rl_vec_env_n_terms(env);
  return status;
}

static void summarize(rl_evaluation *result, int agents) {
  const int first = result->agent < 0 ? 0 : result->agent, apart = result->agent < 0 ? 1 : agents;
  const int count = result->episodes / apart;
  for (int i = first; i < result->episodes; i += apart) {
    result->mean_return += result->episode[i].total_return / count;
    result->mean_length += (double)result->episode[i].length / count;
    result->terminated += result->episode[i].terminated;
  }
}

rl_status rl_evaluation_env(rl_vec_env **env, const rl_env_def *def, const double *options,
                            const rl_judge *judge, int episodes, uint64_t seed, rl_error *error) {
  rl_status status = rl_vec_env_create(env, def, episodes, seed, first_stream, options, error);
  if (!status) rl_vec_env_set_judge(*env, judge);
  return status;
}

static rl_status evaluate(rl_evaluation *result, rl_vec_env *env, rl_policy *policy, bool deterministic,
                          rl_recording *recordings, int n_recordings, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  const size_t n = (size_t)result->episodes, width = (size_t)rl_space_width(&def->action);
  rl_status status;
  result->episode = rl_allocate(n, sizeof *result->episode);
  result->fields = rl_allocate(n * (size_t)def->n_fields + 1, sizeof *result->fields);
  result->terms = rl_allocate(n * RL_MAX_TERMS, sizeof *result->terms);
  rl_rng *streams = rl_allocate(n, sizeof *streams);
  float *action = rl_allocate(n * width + rl_player_memory(policy, env), sizeof *action);
  if (result->episode && result->fields && result->terms && streams && action) {
    for (int i = 0; i < result->episodes; i++)
      rl_rng_init_use(&streams[i], rl_vec_env_seed(env), RL_STREAM_ACTION, first_stream + (uint32_t)i);
    status = run(result, env, policy, deterministic, streams, action + n * width, action, recordings,
                 n_recordings, error);
    if (!status) summarize(result, rl_vec_env_agents(env));
  } else {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for %d episodes", rl_vec_env_worlds(env));
  }
  rl_release(streams);
  rl_release(action);
  return status;
}

static void begin(rl_evaluation *result, const rl_env_def *def, int episodes, int agent,
                  rl_recording *recordings, int n_recordings) {
  *result =
      (rl_evaluation){.episodes = episodes * rl_env_agents(def), .n_fields = def->n_fields, .agent = agent};
  for (int i = 0; i < n_recordings; i++) rl_recording_begin(&recordings[i], def, agent < 0 ? 0 : agent);
}

rl_status rl_evaluate(rl_evaluation *result, const rl_env_def *def, const double *options,
                      const rl_judge *judge, rl_policy *policy, int episodes, bool deterministic,
                      uint64_t seed, rl_recording *recordings, int n_recordings, rl_error *error) {
  begin(result, def, episodes, -1, recordings, n_recordings);
  rl_vec_env *env = NULL;
  rl_status status = rl_check_player(policy, def, error);
  if (!status) status = rl_evaluation_env(&env, def, options, judge, episodes, seed, error);
  if (!status) status = evaluate(result, env, policy, deterministic, recordings, n_recordings, error);
  rl_vec_env_free(env);
  return status;
}

rl_status rl_evaluate_played(rl_evaluation *result, rl_vec_env *env, int agent, rl_recording *recordings,
                             int n_recordings, rl_error *error) {
  begin(result, rl_vec_env_def(env), rl_vec_env_worlds(env), agent, recordings, n_recordings);
  return evaluate(result, env, NULL, true, recordings, n_recordings, error);
}

void rl_evaluation_release(rl_evaluation *result) {
  rl_release(result->episode);
  rl_release(result->fields);
  rl_release(result->terms);
  *result = (rl_evaluation){0};
}
