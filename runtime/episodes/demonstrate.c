#include "episodes/demonstrate.h"

#include "base/memory.h"
#include "base/stop.h"

#include <string.h>

static const uint32_t first_stream =
    3u << 30; /* of the environment: neither a training copy nor an evaluation has it */

rl_demonstrated rl_demonstrated_of(const rl_env_def *def) {
  return (rl_demonstrated){def->name, def->observation, def->action, def->observation_names,
                           def->action_names};
}

static rl_status acquire(rl_demonstrator *d, const rl_demonstrated *of, rl_error *error) {
  const size_t n = (size_t)d->how.episodes, width = (size_t)rl_space_width(&of->action);
  d->parts = rl_allocate(n, sizeof *d->parts);
  d->streams = rl_allocate(n, sizeof *d->streams);
  d->action = rl_allocate(n * width, sizeof(float));
  d->taken = rl_allocate(n * width, sizeof(float));
  d->before = rl_allocate(n * (size_t)of->observation.size, sizeof(float));
  d->over = rl_allocate(n, 1);
  if (!d->over || !d->parts || !d->streams || !d->action || !d->taken || !d->before)
    return rl_fail(error, RL_NO_MEMORY, "out of memory to demonstrate %d episodes", d->how.episodes);
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < n; i++) {
    rl_rng_init_use(&d->streams[i], d->how.seed, RL_STREAM_ACTION, first_stream + (uint32_t)i);
    status = rl_demonstration_init(&d->parts[i], of, error);
    rl_demonstration_seed(&d->parts[i], (int64_t)d->how.seed);
  }
  return status;
}

rl_status rl_demonstrator_init(rl_demonstrator *d, const rl_demonstration *to, const rl_env_def *def,
                               const double *options, const rl_judge *judge,
                               const rl_demonstrate_options *how, rl_error *error) {
  *d = (rl_demonstrator){.how = *how};
  rl_demonstrated of = rl_demonstrated_of(def);
  of.environment = NULL; /* the teacher may have another name */
  rl_status status = rl_demonstration_fits(to, &of, error);
  if (!status && rl_env_agents(def) > 1)
    status =
        rl_fail(error, RL_BAD_ARGUMENT, "%s: demonstrations are of environments with one agent, it has %d",
                def->name, rl_env_agents(def));
  if (!status && how->own && !def->own_action)
    status = rl_fail(error, RL_BAD_ARGUMENT,
                     "%s has no controller of its own that could demonstrate anything", def->name);
  of.environment = to->environment;
  if (!status)
    status = rl_vec_env_create(&d->env, def, how->episodes, how->seed, first_stream, options, error);
  if (!status) status = acquire(d, &of, error);
  if (status) return status;
  rl_vec_env_set_judge(d->env, judge);
  rl_vec_env_set_restart(d->env, false);
  return rl_vec_env_reset(d->env, error);
}

void rl_demonstrator_release(rl_demonstrator *d) {
  for (int i = 0; d->parts && i < d->how.episodes; i++) rl_demonstration_release(&d->parts[i]);
  rl_release(d->parts);
  rl_release(d->over);
  rl_release(d->streams);
  rl_release(d->action);
  rl_release(d->taken);
  rl_release(d->before);
  rl_vec_env_free(d->env);
  *d = (rl_demonstrator){0};
}

static void add_noise(rl_demonstrator *d, const rl_space *space, int copy) {
  float *action = d->taken + (size_t)copy * (size_t)rl_space_width(space);
  for (int f = 0; d->how.noise > 0.0 && f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++)
      action[i] += (float)d->how.noise * rl_rng_normal(&d->streams[copy]);
    action += rl_factor_width(&factor);
  }
}

/* What a copy did in the step that was taken. */
static rl_status write_down(rl_demonstrator *d, int copy, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(d->env);
  const rl_vec_view *view = rl_vec_env_view(d->env);
  const size_t i = (size_t)copy, size = (size_t)def->observation.size;
  float *action = d->action + i * (size_t)rl_space_width(&def->action);
  if (d->how.own) def->own_action(rl_vec_env_copy(d->env, copy), action);
  const bool ended = view->terminated[i] || view->truncated[i];
  const float *after = (ended ? view->final_observation : view->observation) + i * size;
  const rl_transition step = {.obs = d->before + i * size,
                              .action = action,
                              .last = after,
                              .reward = view->reward[i],
                              .terminated = view->terminated[i] != 0,
                              .truncated = view->truncated[i] != 0};
  rl_status status = rl_demonstration_add(&d->parts[i], &step, error);
  d->over[i] = ended || d->steps >= d->how.max_steps;
  return status || ended || !d->over[i] ? status : rl_demonstration_cut(&d->parts[i], after, error);
}

rl_status rl_demonstrator_step(rl_demonstrator *d, bool *done, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(d->env);
  const size_t n = (size_t)d->how.episodes, width = (size_t)rl_space_width(&def->action);
  if (d->how.own) memset(d->action, 0, n * width * sizeof(float));
  memcpy(d->taken, d->action, n * width * sizeof(float));
  memcpy(d->before, rl_vec_env_view(d->env)->observation, n * (size_t)def->observation.size * sizeof(float));
  for (int i = 0; i < d->how.episodes; i++) add_noise(d, &def->action, i);
  rl_status status = rl_stop_check(error);
  if (!status) status = rl_vec_env_step(d->env, d->taken, error);
  d->steps++;
  *done = true;
  for (int i = 0; !status && i < d->how.episodes; i++) {
    if (!d->over[i]) status = write_down(d, i, error);
    *done = *done && d->over[i];
  }
  return status;
}

rl_status rl_demonstrator_finish(rl_demonstrator *d, rl_demonstration *to, rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; !status && i < d->how.episodes; i++)
    status = rl_demonstration_append(to, &d->parts[i], error);
  return status;
}
