#include "method/agent.h"

#include "base/memory.h"
#include "base/vector.h"
#include "method/method_internal.h"

#include <math.h>
#include <string.h>

struct rl_agent {
  rl_method *method;
  int64_t number;
  int steps, copies;
  size_t obs_size;
  bool seen, acted; /* actions are next; rewards are next */
  bool closing;     /* the batch is full, and the state after it is known */
  rl_vec_view view; /* what the copies show, in the arrays below */
  float *observation, *final_observation, *reward;
  uint8_t *terminated, *truncated, *idle;
  double *episode_return;
  int64_t *episode_length;
  float *now, *input, *output, *action; /* while it learns: what is seen and done outside of the batch */
};

static rl_status check_method(const rl_method *m, rl_error *error) {
  if (m->options.collect.episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "an agent takes steps as they come, and batches of this method are whole episodes: say "
                   "episodes = false%s",
                   m->is->groups ? ", or use rl.ppo: groups must begin alike" : "");
  if (m->options.collect.lag)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "an agent is handed its steps, none can be taken ahead: make the method without option lag");
  return RL_OK;
}

static rl_status acquire(rl_agent *a, rl_error *error) {
  const rl_policy *policy = a->method->policy;
  size_t n = (size_t)a->copies, width = (size_t)rl_space_width(&policy->action);
  a->observation = rl_allocate(n * a->obs_size, sizeof(float));
  a->final_observation = rl_allocate(n * a->obs_size, sizeof(float));
  a->now = rl_allocate(n * a->obs_size, sizeof(float));
  a->reward = rl_allocate(n, sizeof(float));
  a->terminated = rl_allocate(n, 1);
  a->truncated = rl_allocate(n, 1);
  a->idle = rl_allocate(n, 1);
  a->episode_return = rl_allocate(n, sizeof(double));
  a->episode_length = rl_allocate(n, sizeof(int64_t));
  a->input = rl_allocate(n * (size_t)policy->observation.size, sizeof(float));
  a->output = rl_allocate(n * (size_t)rl_policy_outputs(policy), sizeof(float));
  a->action = rl_allocate(n * width, sizeof(float));
  if (!(a->observation && a->final_observation && a->now && a->reward && a->terminated && a->truncated &&
        a->idle && a->episode_return && a->episode_length && a->input && a->output && a->action))
    return rl_fail(error, RL_NO_MEMORY, "out of memory for an agent of %d copies", a->copies);
  a->view = (rl_vec_view){.observation = a->observation,
                          .reward = a->reward,
                          .terminated = a->terminated,
                          .truncated = a->truncated,
                          .idle = a->idle,
                          .final_observation = a->final_observation,
                          .episode_return = a->episode_return,
                          .episode_length = a->episode_length};
  return RL_OK;
}

rl_status rl_agent_create(rl_agent **out, rl_method *method, int steps, rl_error *error) {
  *out = NULL;
  rl_status status = check_method(method, error);
  if (status) return status;
  rl_agent *a = rl_allocate(1, sizeof *a);
  if (!a) return rl_fail(error, RL_NO_MEMORY, "out of memory for an agent");
  a->method = method;
  a->number = ++method->agents;
  a->steps = steps;
  a->copies = rl_vec_env_copies(method->collector.env);
  a->obs_size = (size_t)rl_vec_env_def(method->collector.env)->observation.size;
  status = acquire(a, error);
  if (status)
    rl_agent_free(a);
  else
    *out = a;
  return status;
}

void rl_agent_free(rl_agent *a) {
  if (!a) return;
  void *arrays[] = {a->observation,
                    a->final_observation,
                    a->now,
                    a->reward,
                    a->terminated,
                    a->truncated,
                    a->idle,
                    a->output,
                    a->action,
                    a->episode_return,
                    a->episode_length,
                    a->input};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
  rl_release(a);
}

/* Where the batch that is loaded is not the one that the agent was saved with. */
static rl_status check_room(const rl_agent *a, rl_error *error) {
  if (!a->method->collector.rollout.progress.full) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "the batch is full: it is not the one of this agent");
}

static bool has_method(const rl_agent *a) { return a->method->agent == a->number; }

bool rl_agent_learns(const rl_agent *a) {
  return has_method(a) && (a->closing || a->method->phase == RL_UPDATING);
}

static void give_up(rl_agent *a) {
  rl_method_stop(a->method);
  a->closing = false;
}

void rl_agent_reset(rl_agent *a) {
  give_up(a);
  a->acted = a->seen = false;
  memset(a->terminated, 0, (size_t)a->copies);
  memset(a->truncated, 0, (size_t)a->copies);
  memset(a->episode_return, 0, (size_t)a->copies * sizeof(double));
  memset(a->episode_length, 0, (size_t)a->copies * sizeof(int64_t));
}

static rl_status begin_batch(rl_agent *a, rl_error *error) {
  rl_method *m = a->method;
  rl_status status = rl_method_check_idle(m, error);
  if (!status) status = check_method(m, error);
  if (!status) status = rl_method_check_parameters(m, error);
  if (!status) rl_method_open_batch(m);
  if (!status) status = rl_collector_open(&m->collector, a->steps, error);
  if (status) return status;
  rl_rollout_open(&m->collector.rollout, m->policy);
  rl_rollout_recollect(&m->collector.rollout, m->policy, RL_AGENT_MOVES(a->number));
  m->fresh = a->closing = false;
  m->phase = RL_COLLECTING;
  m->agent = a->number;
  return RL_OK;
}

/* Actions that are no part of a batch. */
static rl_status act_aside(rl_agent *a, rl_error *error) {
  const rl_method *m = a->method;
  rl_vec_view view = a->view;
  view.observation = a->now; /* the last of the batch may still be to value */
  rl_status status = rl_rollout_act_aside(&a->method->collector.rollout, &view, m->policy, m->value, a->input,
                                          a->output, error);
  if (status) return status;
  rl_dist dist = rl_policy_read(m->policy, a->output);
  rl_dist_sample(&dist, a->copies, m->collector.rollout.streams, true, a->action);
  return RL_OK;
}

static rl_status check_masks(const rl_agent *a, const float *observation, rl_error *error) {
  const rl_space *space = &a->method->policy->action;
  rl_error why;
  for (int i = 0; space->masked && i < a->copies; i++) {
    const float *of = observation + (size_t)i * a->obs_size;
    const bool ended = a->terminated[i] || a->truncated[i];
    if (rl_space_check_mask(space, rl_space_mask(space, of, (int)a->obs_size), &why))
      return rl_fail(error, RL_BAD_ARGUMENT, "copy %d, step %lld: %s", i + 1,
                     (long long)(ended ? 0 : a->episode_length[i]) + 1, why.message);
  }
  return RL_OK;
}

rl_status rl_agent_see(rl_agent *a, const float *observation, rl_error *error) {
  size_t count = (size_t)a->copies * a->obs_size, bad = rl_first_not_finite(observation, count);
  if (a->acted) return rl_fail(error, RL_BAD_ARGUMENT, "the rewards of the last actions are still to come");
  if (bad < count)
    return rl_fail(error, RL_NOT_FINITE, "observation %zu of copy %zu is not a finite number",
                   bad % a->obs_size + 1, bad / a->obs_size + 1);
  rl_status status = check_masks(a, observation, error);
  if (!status && !has_method(a)) status = rl_method_check_idle(a->method, error);
  if (status) return status;
  memcpy(a->now, observation, count * sizeof *observation);
  a->seen = true;
  if (!has_method(a) || rl_agent_learns(a) || !a->method->collector.rollout.progress.full) return RL_OK;
  memcpy(a->observation, observation, count * sizeof *observation);
  a->closing = true;
  return RL_OK;
}

rl_status rl_agent_act(rl_agent *a, const float **action, rl_error *error) {
  rl_rollout *r = &a->method->collector.rollout;
  if (!a->seen) return rl_fail(error, RL_BAD_ARGUMENT, "there is no observation to act on");
  rl_status status = has_method(a) ? RL_OK : begin_batch(a, error);
  if (status) return status;
  if (rl_agent_learns(a)) {
    status = act_aside(a, error);
    *action = a->action;
  } else {
    status = check_room(a, error);
    if (status) return status;
    memcpy(a->observation, a->now, (size_t)a->copies * a->obs_size * sizeof *a->now);
    *action = rl_rollout_actions(r);
    status = rl_rollout_act(r, &a->view, a->method->policy, error);
    if (status) give_up(a);
  }
  a->acted = !status;
  a->seen = false;
  return status;
}

/* Whether what row i saw last is read: it was cut, or another of its world, which a critic of all agents values. */
static bool is_read(const rl_agent *a, const uint8_t *terminated, const uint8_t *truncated, int i) {
  const rl_rollout *r = &a->method->collector.rollout;
  const bool over = terminated && terminated[i];
  if (!truncated || !over) return truncated && truncated[i];
  const int agents = r->whole || r->central.agents ? rl_vec_env_agents(a->method->collector.env) : 1;
  for (int k = i - i % agents, end = k + agents; k < end; k++)
    if (truncated[k] && !terminated[k]) return true;
  return false;
}

/* The checks come first, so that a refused call can be made again. */
static rl_status check_reward(const rl_agent *a, const float *reward, const uint8_t *terminated,
                              const uint8_t *truncated, const float *last, rl_error *error) {
  if (!a->acted) return rl_fail(error, RL_BAD_ARGUMENT, "act before the reward");
  for (int i = 0; i < a->copies; i++) {
    if (!isfinite(reward[i]))
      return rl_fail(error, RL_NOT_FINITE, "reward of copy %d is %g", i + 1, (double)reward[i]);
    if (!is_read(a, terminated, truncated, i)) continue;
    if (!last)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "copy %d is %s: what it saw last is needed, as final observation", i + 1,
                     terminated && terminated[i] ? "beside one that is truncated" : "truncated");
    if (rl_first_not_finite(last + (size_t)i * a->obs_size, a->obs_size) < a->obs_size)
      return rl_fail(error, RL_NOT_FINITE, "the final observation of copy %d is not finite", i + 1);
  }
  return RL_OK;
}

rl_status rl_agent_reward(rl_agent *a, const float *reward, const uint8_t *terminated,
                          const uint8_t *truncated, const float *final_observation, rl_error *error) {
  rl_status status = check_reward(a, reward, terminated, truncated, final_observation, error);
  if (!status && has_method(a) && !rl_agent_learns(a)) status = check_room(a, error);
  if (status) return status;
  for (int i = 0; i < a->copies; i++) {
    if (a->terminated[i] || a->truncated[i]) { /* the last step ended its episode */
      a->episode_return[i] = 0.0;
      a->episode_length[i] = 0;
    }
    a->reward[i] = reward[i];
    a->terminated[i] = terminated && terminated[i];
    a->truncated[i] = truncated && truncated[i] && !a->terminated[i];
    a->episode_return[i] += (double)reward[i];
    a->episode_length[i]++;
    const size_t at = (size_t)i * a->obs_size;
    if (is_read(a, terminated, truncated, i))
      memcpy(a->final_observation + at, final_observation + at, a->obs_size * sizeof(float));
  }
  a->acted = false;
  if (!has_method(a) || rl_agent_learns(a)) return RL_OK;
  const rl_method *m = a->method;
  status = rl_rollout_take(&a->method->collector.rollout, &a->view, 0, m->policy, m->collector.value, error);
  if (status) give_up(a);
  return status;
}

/* Values of a full batch; then it is complete, and the update begins. */
static rl_status close_batch(rl_agent *a, rl_error *error) {
  rl_method *m = a->method;
  bool done;
  rl_status status =
      rl_rollout_close(&m->collector.rollout, &a->view, 0, m->policy, m->collector.value, &done, error);
  if (status || !done) return status;
  status = rl_collector_finish(&m->collector, error);
  if (status) return status;
  a->closing = false;
  m->fresh = true;
  m->phase = RL_IDLE;
  return rl_method_begin_update(m, error);
}

rl_status rl_agent_advance(rl_agent *a, rl_method_stats *stats, rl_error *error) {
  if (!rl_agent_learns(a)) return rl_fail(error, RL_BAD_ARGUMENT, "there is no full batch to learn from");
  rl_status status = a->closing ? close_batch(a, error) : rl_method_advance_update(a->method, stats, error);
  if (status || a->method->phase == RL_IDLE) give_up(a);
  return status;
}

/* Saving. */

enum { FLAGS = 6, ARRAYS = 8 }; /* flags: number, steps, copies, seen, acted, closing */

typedef struct agent_array {
  const char *name;
  rl_dtype dtype;
  size_t size;
  int64_t count;
  void *data;
} agent_array;

static void list_arrays(const rl_agent *a, agent_array arrays[ARRAYS]) {
  const int64_t n = a->copies, obs = n * (int64_t)a->obs_size;
  const agent_array list[ARRAYS] = {{"observation", RL_F32, 4, obs, a->observation},
                                    {"final_observation", RL_F32, 4, obs, a->final_observation},
                                    {"now", RL_F32, 4, obs, a->now},
                                    {"reward", RL_F32, 4, n, a->reward},
                                    {"terminated", RL_U8, 1, n, a->terminated},
                                    {"truncated", RL_U8, 1, n, a->truncated},
                                    {"episode_return", RL_F64, 8, n, a->episode_return},
                                    {"episode_length", RL_I64, 8, n, a->episode_length}};
  memcpy(arrays, list, sizeof list);
}

rl_status rl_agent_save(const rl_agent *a, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  agent_array arrays[ARRAYS];
  const int64_t flags[FLAGS] = {a->number, a->steps, a->copies, a->seen, a->acted, a->closing};
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "agent"), RL_I64, 1,
                                    (int64_t[]){FLAGS}, flags, error);
  list_arrays(a, arrays);
  for (int i = 0; !status && i < ARRAYS; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, arrays[i].name), arrays[i].dtype, 1,
                            &arrays[i].count, arrays[i].data, error);
  return status;
}

static bool is_good_number(const rl_array *array, int64_t i) {
  switch (array->dtype) {
  case RL_F32: return isfinite(((const float *)array->data)[i]);
  case RL_F64: return isfinite(((const double *)array->data)[i]);
  case RL_U8: return ((const uint8_t *)array->data)[i] <= 1;
  default: return ((const int64_t *)array->data)[i] >= 0 && ((const int64_t *)array->data)[i] <= RL_MAX_COUNT;
  }
}

static rl_status check_arrays(const agent_array arrays[ARRAYS], const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  for (int k = 0; k < ARRAYS; k++) {
    const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, arrays[k].name));
    bool good = array && array->dtype == arrays[k].dtype && array->count == arrays[k].count;
    for (int64_t i = 0; good && i < array->count; i++) good = is_good_number(array, i);
    if (!good) return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not of this agent", name);
  }
  return RL_OK;
}

rl_status rl_agent_load(rl_agent *a, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  agent_array arrays[ARRAYS];
  int64_t flags[FLAGS];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "agent"), RL_I64, FLAGS, flags, error);
  if (status) return status;
  if (flags[0] != a->number || flags[1] != a->steps || flags[2] != a->copies)
    return rl_fail(
        error, RL_BAD_FORMAT,
        "%s: agent %lld of its method, %lld copies and %lld steps there; agent %lld, %d copies and %d "
        "steps here",
        prefix, (long long)flags[0], (long long)flags[2], (long long)flags[1], (long long)a->number,
        a->copies, a->steps);
  for (int i = 3; i < FLAGS; i++)
    if (flags[i] != 0 && flags[i] != 1) return rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  list_arrays(a, arrays);
  status = check_arrays(arrays, archive, prefix, error);
  if (status) return status;
  for (int k = 0; k < ARRAYS; k++) {
    const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, arrays[k].name));
    memcpy(arrays[k].data, array->data, (size_t)array->count * arrays[k].size);
  }
  a->seen = flags[3] != 0;
  a->acted = flags[4] != 0;
  a->closing = flags[5] != 0;
  return RL_OK;
}
