/* Steps of whoever took them, into a memory, and updates without a batch. */
#include "base/memory.h"
#include "base/vector.h"
#include "episodes/demonstrate.h"
#include "method/method_internal.h"

#include <string.h>

static rl_status check_numbers(const char *name, const float *x, int n, size_t width, rl_error *error) {
  const size_t count = (size_t)n * width, bad = rl_first_not_finite(x, count);
  if (bad == count) return RL_OK;
  return rl_fail(error, RL_NOT_FINITE, "%s of step %zu is not a finite number", name, bad / width + 1);
}

static bool was_taken(const rl_steps *steps, int k) { return !steps->valid || steps->valid[k] != 0.0f; }

static rl_status check_steps(const rl_method *m, const rl_steps *steps, rl_error *error) {
  const rl_replay *r = m->replay;
  const rl_space *space = &m->policy->action;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width;
  const int agents = r->memory.agents;
  rl_error why;
  if (steps->count % agents)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%d steps are not those of all agents of some worlds, which %s learns from together: give "
                   "all rows of a step of the environment, %d for each world",
                   steps->count, m->is->name, agents);
  rl_status status = check_numbers("obs", steps->obs, steps->count, obs, error);
  if (!status) status = check_numbers("next_obs", steps->next_obs, steps->count, obs, error);
  if (!status) status = check_numbers("reward", steps->reward, steps->count, 1, error);
  if (!status && steps->log_prob) status = check_numbers("log_prob", steps->log_prob, steps->count, 1, error);
  if (!status && !steps->log_prob && r->way == &rl_replay_ratio)
    status = rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s weighs steps by how likely they were: log_prob is missing, the log-probabilities by who acted",
        m->is->name);
  for (int k = 0; k < steps->count && !status && steps->valid; k++)
    if (steps->valid[k] != 0.0f && steps->valid[k] != 1.0f)
      status = rl_fail(error, RL_BAD_ARGUMENT, "valid of step %d is %g, not 0 or 1", k + 1,
                       (double)steps->valid[k]);
  for (int k = 0; k < steps->count && !status; k++) {
    if (!was_taken(steps, k)) continue;
    const float *action = steps->action + (size_t)k * act,
                *mask = rl_space_mask(space, steps->obs + (size_t)k * obs, (int)obs);
    if (rl_space_check_action(space, mask, action, &why))
      status = rl_fail(error, why.status, "action of step %d: %s", k + 1, why.message);
    else if (m->policy->squash && !rl_space_is_within(space, action))
      status = rl_fail(error, RL_BAD_ARGUMENT,
                       "action of step %d: outside of the bounds, which a squashed policy keeps to", k + 1);
    else if (steps->terminated[k] != 0.0f && steps->terminated[k] != 1.0f)
      status = rl_fail(error, RL_BAD_ARGUMENT, "terminated of step %d is %g, not 0 or 1", k + 1,
                       (double)steps->terminated[k]);
    else if (steps->terminated[k] == 0.0f && /* the policy is asked what it does there */
             rl_space_check_mask(space, rl_space_mask(space, steps->next_obs + (size_t)k * obs, (int)obs),
                                 &why))
      status = rl_fail(error, why.status, "next_obs of step %d: %s", k + 1, why.message);
  }
  return status;
}

static rl_status check_memory(const rl_method *m, rl_error *error) {
  rl_status status = rl_method_check_idle(m, error);
  if (status || m->replay) return status;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s learns from its batch and has no memory: use rl.awac, rl.ddpg, rl.maddpg, rl.off_pac or "
                 "rl.sac",
                 m->is->name);
}

/* Those that were taken, into `index`, and actions of which the others are at rest, as in a batch; their number. */
static int list_taken(const rl_method *m, const rl_steps *steps, int *index, float *action) {
  const rl_space *space = &m->policy->action;
  const size_t obs = (size_t)m->replay->memory.obs_size, act = (size_t)m->replay->memory.width;
  int n = 0;
  memcpy(action, steps->action, (size_t)steps->count * act * sizeof *action);
  for (int k = 0; k < steps->count; k++)
    if (was_taken(steps, k))
      index[n++] = k;
    else
      rl_space_rest(space, rl_space_mask(space, steps->obs + (size_t)k * obs, (int)obs),
                    action + (size_t)k * act);
  return n;
}

/* Moments of worlds, but those in which nobody took a step. */
static void put_steps(rl_memory *memory, const rl_steps *steps, const float *action) {
  const size_t obs = (size_t)memory->obs_size, act = (size_t)memory->width;
  const int agents = memory->agents;
  for (int first = 0; first < steps->count; first += agents) {
    bool any = false;
    for (int a = 0; a < agents; a++) any = any || was_taken(steps, first + a);
    for (int a = 0; a < agents && any; a++) {
      const size_t k = (size_t)(first + a);
      const bool taken = was_taken(steps, (int)k);
      const rl_memory_step step = {.obs = steps->obs + k * obs,
                                   .action = action + k * act,
                                   .after = steps->next_obs + k * obs,
                                   .reward = steps->reward[k],
                                   .log_prob = taken && steps->log_prob ? steps->log_prob[k] : 0.0f,
                                   .goes_on = steps->terminated[k] == 0.0f,
                                   .rests = !taken};
      rl_memory_put(memory, &step);
    }
  }
}

rl_status rl_method_remember(rl_method *m, const rl_steps *steps, rl_error *error) {
  rl_status status = check_memory(m, error);
  if (!status) status = check_steps(m, steps, error);
  if (!status) status = rl_replay_reserve(m, error);
  if (status) return status;
  const size_t count = (size_t)steps->count, act = (size_t)m->replay->memory.width;
  int *index = rl_allocate(count, sizeof *index);
  float *action = rl_allocate(count * act, sizeof *action);
  if (index && action) {
    const int taken = list_taken(m, steps, index, action);
    put_steps(&m->replay->memory, steps, action);
    if (taken) rl_replay_observe(m, steps->obs, action, index, taken);
  } else {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for %zu steps", count);
  }
  rl_release(index);
  rl_release(action);
  return status;
}

/* Each step with the observations before it that the policy reads; obs and next [steps, obs_size], flags [steps]. */
static void read_steps(const rl_network *network, const rl_demonstration *demo, float *memory, float *obs,
                       float *next, float *flags) {
  const size_t size = (size_t)demo->observation.size, inputs = (size_t)network->mlp.inputs,
               own = (size_t)rl_network_memory(network);
  for (size_t k = 0; k < (size_t)demo->steps; k++) {
    if (k == 0 || demo->terminated[k - 1] || demo->truncated[k - 1]) memset(memory, 0, own * sizeof *memory);
    rl_network_see(network, demo->obs + k * size, 1, memory, obs + k * inputs);
    rl_network_recall(network, memory, rl_demonstration_next(demo, (int64_t)k), next + k * inputs);
    flags[k] = demo->terminated[k] ? 1.0f : 0.0f;
  }
}

rl_status rl_method_remember_shown(rl_method *m, const rl_demonstration *demo, rl_error *error) {
  const rl_demonstrated of = rl_demonstrated_of(rl_vec_env_def(m->collector.env));
  const rl_network *network = &m->policy->network;
  rl_status status = check_memory(m, error);
  if (!status && m->replay->central.agents)
    status = rl_fail(error, RL_BAD_ARGUMENT,
                     "demonstrations are of one agent, and %s learns from the steps of all %d of a world "
                     "together: hand it those",
                     m->is->name, m->replay->central.agents);
  if (!status) status = rl_demonstration_fits(demo, &of, error);
  if (!status && (demo->steps < 1 || demo->steps > 1 << 28))
    status = rl_fail(error, RL_BAD_ARGUMENT, "%s: %lld steps, wanted are 1 to %d", demo->from,
                     (long long)demo->steps, 1 << 28);
  if (status) return status;
  const size_t n = (size_t)demo->steps, all = n * (size_t)network->mlp.inputs,
               own = (size_t)rl_network_memory(network);
  float *work = rl_allocate(2 * all + n + own, sizeof *work), *next = work + all, *flags = next + all;
  if (!work) return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu demonstrated steps", n);
  read_steps(network, demo, flags + n, work, next, flags);
  const rl_steps steps = {.count = (int)n,
                          .obs = work,
                          .action = demo->actions,
                          .reward = demo->reward,
                          .next_obs = next,
                          .terminated = flags};
  rl_error why;
  status = rl_method_remember(m, &steps, &why);
  if (status) rl_fail(error, status, "%s: %s", demo->from, why.message);
  rl_release(work);
  return status;
}

int rl_method_remembered(const rl_method *m) { return m->replay ? m->replay->memory.count : 0; }

rl_status rl_method_begin_offline(rl_method *m, int64_t steps, rl_error *error) {
  rl_status status = check_memory(m, error);
  if (status) return status;
  if (steps < 1 || steps > RL_MAX_COUNT)
    return rl_fail(error, RL_BAD_ARGUMENT, "%lld gradient steps", (long long)steps);
  if (m->replay->memory.count < m->options.minibatch)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the memory has %d steps, fewer than a minibatch of %d: collect or remember more before",
                   m->replay->memory.count, m->options.minibatch);
  status = rl_method_check_parameters(m, error);
  if (status) return status;
  m->replay->asked = steps;
  status = rl_replay_begin(m, error);
  if (status) m->replay->asked = 0;
  m->trainer = 0;
  m->phase = status ? RL_IDLE : RL_UPDATING;
  return status;
}
