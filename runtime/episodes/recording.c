#include "episodes/recording.h"

#include "base/memory.h"
#include "base/stop.h"

#include <assert.h>
#include <stdio.h>
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
      !grow(&r->traces, r->length, capacity, r->n_traces) ||
      !grow(&r->observation, r->length, capacity, r->obs_size) || !grow(&r->reward, r->length, capacity, 1) ||
      !grow(&r->terms, r->length, capacity, RL_MAX_TERMS))
    return rl_fail(error, RL_NO_MEMORY, "out of memory to record %d steps", capacity);
  r->capacity = capacity;
  return RL_OK;
}

void rl_recording_watch(rl_vec_env *env, int copy) {
  const rl_env_def *def = rl_vec_env_def(env);
  if (def->watch) def->watch(rl_vec_env_copy(env, copy));
}

void rl_recording_begin(rl_recording *recording, const rl_env_def *def, int agent) {
  *recording = (rl_recording){.n_bodies = def->n_bodies,
                              .n_fields = def->n_fields,
                              .n_traces = rl_env_agent(def, agent)->n_traces,
                              .agent = agent,
                              .obs_size = def->observation.size};
}

static void copy_row(float *array, const float *values, size_t row, int width) {
  memcpy(array + row * (size_t)width, values, (size_t)width * sizeof *array);
}

rl_status rl_recording_add(rl_recording *r, rl_vec_env *env, int copy, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_status status = reserve(r, error);
  if (status) return status;
  const size_t at = (size_t)r->length++, i = (size_t)copy;
  assert(r->agent == copy % rl_vec_env_agents(env));
  void *self = rl_vec_env_copy(env, copy);
  if (r->n_bodies) def->poses(self, r->poses + at * 3 * (size_t)r->n_bodies);
  if (r->n_traces) def->read_traces(self, r->agent, r->traces + at * (size_t)r->n_traces);
  copy_row(r->observation, view->observation + i * (size_t)r->obs_size, at, r->obs_size);
  copy_row(r->fields, view->fields + i * (size_t)r->n_fields, at, r->n_fields);
  copy_row(r->terms, view->terms + i * RL_MAX_TERMS, at, RL_MAX_TERMS);
  r->reward[at] = view->reward[i];
  if (rl_vec_env_agents(env) > 1) { /* its world may go on without it */
    r->terminated = r->terminated || view->terminated[i];
    r->ended = rl_vec_env_is_over(env, copy);
  } else {
    r->terminated = view->terminated[i] != 0;
    r->ended = r->terminated || view->truncated[i];
  }
  return RL_OK;
}

/* Rows of the environment whose episode begins remember nothing. */
static void forget(size_t own, const rl_vec_view *view, size_t rows, float *memory) {
  for (size_t i = 0; own && i < rows; i++)
    if (view->terminated[i] || view->truncated[i] || view->episode_length[i] == 0)
      memset(memory + i * own, 0, own * sizeof *memory);
}

size_t rl_player_memory(const rl_policy *policy, const rl_vec_env *env) {
  return policy ? (size_t)rl_vec_env_copies(env) * (size_t)rl_network_memory(&policy->network) : 0;
}

rl_status rl_check_player(const rl_policy *policy, const rl_env_def *def, rl_error *error) {
  if (!policy) return RL_OK;
  rl_status status = rl_env_check_shared(def, error);
  return status ? status : rl_policy_fits(policy, &def->observation, &def->action, def->name, error);
}

rl_status rl_play_actions(const rl_vec_env *env, float *action, rl_error *error) {
  const uint32_t all = (1u << rl_vec_env_agents(env)) - 1;
  const rl_players *players = rl_vec_env_players(env);
  rl_status status = rl_vec_env_check_played(env, all, error);
  return status ? status : players->act(players->context, env, all, action, error);
}

rl_status rl_choose_actions(rl_policy *policy, const rl_vec_env *env, bool deterministic, rl_rng *streams,
                            float *memory, float *action, rl_error *error) {
  const rl_space *space = &rl_vec_env_def(env)->action;
  const int n = rl_vec_env_copies(env);
  rl_dist dist;
  const float *observation = rl_vec_env_view(env)->observation;
  for (int i = 0; !policy && i < n; i++) {
    const int size = rl_vec_env_def(env)->observation.size;
    const float *mask = rl_space_mask(space, observation + (size_t)i * (size_t)size, size);
    float *own = action + (size_t)i * (size_t)rl_space_width(space);
    if (deterministic)
      rl_space_rest(space, mask, own);
    else
      rl_space_sample(space, mask, &streams[i], own);
  }
  if (!policy) return RL_OK;
  forget((size_t)rl_network_memory(&policy->network), rl_vec_env_view(env), (size_t)n, memory);
  rl_status status = rl_policy_step(policy, observation, n, memory, &dist, error);
  if (status) return status;
  if (deterministic)
    rl_dist_mode(&dist, n, action);
  else
    rl_dist_sample(&dist, n, streams, true, action);
  return RL_OK;
}

static void count_body(void *context, int body) {
  int *n = context;
  if (body >= *n) *n = body + 1;
}

static void count_polygon(void *context, int body, int n, const float *xy, bool closed) {
  (void)n, (void)xy, (void)closed;
  count_body(context, body);
}

static void count_circle(void *context, int body, float x, float y, float radius) {
  (void)x, (void)y, (void)radius;
  count_body(context, body);
}

void rl_drawn_bodies(rl_vec_env *env, int *n_drawn, int *n_followed) {
  const rl_env_def *def = rl_vec_env_def(env);
  const rl_scene scene = {.context = n_drawn, .polygon = count_polygon, .circle = count_circle};
  const int followed = def->n_bodies - def->n_props;
  *n_drawn = 0;
  if (def->draw) def->draw(rl_vec_env_copy(env, 0), &scene);
  *n_followed = *n_drawn < followed ? *n_drawn : followed;
}

rl_status rl_record(rl_recording *recording, rl_vec_env *env, rl_policy *policy, bool deterministic,
                    rl_rng *rng, int64_t max_steps, rl_error *error) {
  return rl_record_agent(recording, env, 0, policy, deterministic, rng, max_steps, error);
}

rl_status rl_record_agent(rl_recording *recording, rl_vec_env *env, int agent, rl_policy *policy,
                          bool deterministic, rl_rng *rng, int64_t max_steps, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  const int rows = rl_vec_env_copies(env);
  rl_rng streams[RL_MAX_AGENTS];
  assert(rl_vec_env_worlds(env) == 1);
  rl_recording_begin(recording, def, agent);
  rl_status status = rl_check_player(policy, def, error);
  if (status) return status;
  const size_t width = (size_t)rows * (size_t)rl_space_width(&def->action);
  float *action = rl_allocate(width + rl_player_memory(policy, env), sizeof *action),
        *memory = action + width;
  if (!action) return rl_fail(error, RL_NO_MEMORY, "out of memory to record");
  for (int i = 1; i < rows; i++) streams[i] = rl_rng_split(rng);
  streams[0] = *rng;
  rl_recording_watch(env, agent);
  status = rl_vec_env_reset(env, error);
  if (!status) status = rl_recording_add(recording, env, agent, error);
  for (int64_t step = 0; !status && step < max_steps && !rl_vec_env_is_over(env, 0); step++) {
    status = rl_stop_check(error);
    if (!status && rl_vec_env_players(env))
      status = rl_play_actions(env, action, error);
    else if (!status)
      status = rl_choose_actions(policy, env, deterministic, streams, memory, action, error);
    if (!status) status = rl_vec_env_step(env, action, error);
    if (!status) status = rl_recording_add(recording, env, agent, error);
  }
  *rng = streams[0];
  if (!status) rl_drawn_bodies(env, &recording->n_drawn, &recording->n_followed);
  rl_release(action);
  return status;
}

void rl_recording_release(rl_recording *recording) {
  rl_release(recording->poses);
  rl_release(recording->fields);
  rl_release(recording->traces);
  rl_release(recording->observation);
  rl_release(recording->reward);
  rl_release(recording->terms);
  *recording = (rl_recording){0};
}

/* Fills order with the terms sorted by name; returns how many there are. */
static int sort_terms(const rl_vec_env *env, int order[RL_MAX_TERMS]) {
  int n = rl_vec_env_n_terms(env);
  for (int k = 0; k < n; k++) {
    int place = k;
    for (; place > 0 && strcmp(rl_vec_env_term_name(env, order[place - 1]), rl_vec_env_term_name(env, k)) > 0;
         place--)
      order[place] = order[place - 1];
    order[place] = k;
  }
  return n;
}

/* Of an environment with many fields, as those of a creature, none is a curve. */
static int count_field_curves(const rl_env_def *def) {
  enum { FEW = 16 };
  if (def->n_fields > FEW && def->n_bodies) return 0;
  return def->n_fields < RL_CURVE_FIELDS ? def->n_fields : RL_CURVE_FIELDS;
}

int rl_recording_curves(const rl_recording *r, const rl_vec_env *env, rl_curve curves[RL_MAX_CURVES]) {
  const rl_env_def *def = rl_env_agent(rl_vec_env_def(env), r->agent);
  int n = 0, order[RL_MAX_TERMS], n_terms = sort_terms(env, order), speed = rl_env_find_field(def, "vx");
  if (speed >= 0 && strcmp(def->fields[speed].unit, "m/s") == 0)
    curves[n++] = (rl_curve){"speed", "m/s", r->fields + speed, r->n_fields};
  curves[n++] = (rl_curve){"reward", "", r->reward, 1};
  for (int k = 0; k < n_terms; k++) {
    curves[n] = (rl_curve){"", "", r->terms + order[k], RL_MAX_TERMS};
    snprintf(curves[n].name, sizeof curves[n].name, "reward: %s", rl_vec_env_term_name(env, order[k]));
    n++;
  }
  for (int k = 0; k < count_field_curves(def); k++) {
    curves[n] = (rl_curve){"", def->fields[k].unit, r->fields + k, r->n_fields};
    snprintf(curves[n].name, sizeof curves[n].name, "state: %s", def->fields[k].name);
    n++;
  }
  return n;
}
