#include "episodes/recording.h"

#include "base/memory.h"

#include <assert.h>
#include <string.h>

/* Doubles one array of `width` floats a moment. */
static bool grow(float **array, int length, int capacity, int width) {
  float *larger = rl_allocate((size_t)capacity * (size_t)width + 1, sizeof *larger);
  if (!larger) return false;
  if (*array) memcpy(larger, *array, (size_t)length * (size_t)width * sizeof *larger);
  rl_release(*array);
  *array = larger;
  return true;
}

static rl_status reserve(rl_recording *r, rl_error *error) {
  if (r->length < r->capacity) return RL_OK;
  int capacity = r->capacity ? 2 * r->capacity : 1024;
  if (!grow(&r->poses, r->length, capacity, 3 * r->n_bodies) ||
      !grow(&r->fields, r->length, capacity, r->n_fields) ||
      !grow(&r->observation, r->length, capacity, r->obs_size) || !grow(&r->reward, r->length, capacity, 1) ||
      !grow(&r->terms, r->length, capacity, RL_MAX_TERMS))
    return rl_fail(error, RL_NO_MEMORY, "out of memory to record %d steps", capacity);
  r->capacity = capacity;
  return RL_OK;
}

/* Appends what the copy shows now. */
static rl_status remember(rl_recording *r, rl_vec_env *env, rl_error *error) {
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_status status = reserve(r, error);
  if (status) return status;
  size_t at = (size_t)r->length++;
  if (r->n_bodies)
    rl_vec_env_def(env)->poses(rl_vec_env_copy(env, 0), r->poses + at * 3 * (size_t)r->n_bodies);
  memcpy(r->observation + at * (size_t)r->obs_size, view->observation, (size_t)r->obs_size * sizeof(float));
  memcpy(r->fields + at * (size_t)r->n_fields, view->fields, (size_t)r->n_fields * sizeof(float));
  r->reward[at] = view->reward[0];
  memcpy(r->terms + at * RL_MAX_TERMS, view->terms, RL_MAX_TERMS * sizeof(float));
  return RL_OK;
}

static rl_status choose(rl_policy *policy, const rl_vec_env *env, bool deterministic, rl_rng *rng,
                        float *action, rl_error *error) {
  rl_dist dist;
  if (!policy) {
    if (!deterministic) rl_space_sample(&rl_vec_env_def(env)->action, rng, action);
    return RL_OK;
  }
  rl_status status = rl_policy_dist(policy, rl_vec_env_view(env)->observation, 1, &dist, error);
  if (status) return status;
  if (deterministic)
    rl_dist_mode(&dist, 1, action);
  else
    rl_dist_sample(&dist, 1, rng, false, action);
  return RL_OK;
}

rl_status rl_record(rl_recording *recording, rl_vec_env *env, rl_policy *policy, bool deterministic,
                    rl_rng *rng, int64_t max_steps, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  const rl_vec_view *view = rl_vec_env_view(env);
  assert(rl_vec_env_copies(env) == 1);
  *recording =
      (rl_recording){.n_bodies = def->n_bodies, .n_fields = def->n_fields, .obs_size = def->observation.size};
  rl_status status =
      policy ? rl_policy_fits(policy, &def->observation, &def->action, def->name, error) : RL_OK;
  if (status) return status;
  float *action = rl_allocate((size_t)rl_space_width(&def->action), sizeof *action);
  if (!action) return rl_fail(error, RL_NO_MEMORY, "out of memory to record");
  status = rl_vec_env_reset(env, error);
  if (!status) status = remember(recording, env, error);
  for (int64_t step = 0; !status && step < max_steps && !view->idle[0]; step++) {
    status = choose(policy, env, deterministic, rng, action, error);
    if (!status) status = rl_vec_env_step(env, action, error);
    if (!status) status = remember(recording, env, error);
  }
  recording->terminated = view->terminated[0] != 0;
  rl_release(action);
  return status;
}

void rl_recording_release(rl_recording *recording) {
  rl_release(recording->poses);
  rl_release(recording->fields);
  rl_release(recording->observation);
  rl_release(recording->reward);
  rl_release(recording->terms);
  *recording = (rl_recording){0};
}
