/* A job of a population: one episode of one candidate, in a slot that is its copy of the environment. */
#include "episodes/population_internal.h"

#include "base/stop.h"

#include <math.h>
#include <string.h>

/* Makes the slot's copy one of the job's definition; false when out of memory. */
static bool embody(const rl_population_work *p, rl_slot *s, int job) {
  const rl_env_def *def = rl_population_design(p, job);
  if (s->self && s->def == def) return true;
  if (s->self) s->def->free(s->self);
  s->def = def;
  return !def->create(&s->self, def, NULL);
}

void rl_job_begin(const rl_population_work *p, rl_slot *s, int job, rl_error *error) {
  int episode = job % p->how.episodes;
  uint32_t stream = (uint32_t)(p->how.common ? episode : p->how.first * p->how.episodes + job);
  rl_rng_init_use(&s->rng, p->seed, RL_STREAM_ENV, stream);
  rl_rng_init_use(&s->action_rng, p->seed, RL_STREAM_ACTION, stream);
  s->job = job;
  s->steps = 0;
  s->total = 0.0;
  s->begun = true;
  s->over = s->bad = s->starved = false;
  if (s->memory) memset(s->memory, 0, (size_t)rl_network_memory(&p->policy.network) * sizeof *s->memory);
  s->io = (rl_env_io){
      .observation = s->observation, .fields = s->fields, .terms = s->terms, .copy = 0, .error = error};
  s->io.action_mask = rl_env_mask(p->def, s->observation);
  if (embody(p, s, job))
    s->def->reset(s->self, p->options, &s->rng, &s->io);
  else
    s->io.status = rl_fail(error, RL_NO_MEMORY, "out of memory for a copy of %s", s->def->name);
}

/* Welford's update with the observation that is acted on. */
static void observe(const rl_population_work *p, const rl_slot *s) {
  size_t n = rl_population_obs_size(p);
  double *mean = p->moments + (size_t)s->job * 2 * n, *m2 = mean + n, count = (double)(s->steps + 1);
  for (size_t i = 0; i < n; i++) {
    double d = (double)s->observation[i] - mean[i];
    mean[i] += d / count;
    m2[i] += d * ((double)s->observation[i] - mean[i]);
  }
}

/* The parameters of a job's candidate. */
static const float *parameters(const rl_population_work *p, int job) {
  const rl_tensor *theta = &p->policy.network.theta;
  if (!p->who.candidates) return theta->data;
  return p->who.candidates + (size_t)(job / p->how.episodes) * (size_t)theta->shape[0];
}

/* The candidate's action, within the bounds and of what is allowed; false when it is not finite. */
static bool act(const rl_population_work *p, rl_slot *s) {
  const rl_policy *policy = &p->policy;
  const rl_space *space = &p->def->action;
  if (!p->who.policy) {
    rl_space_rest(space, rl_env_mask(p->def, s->observation), s->action);
    return true;
  }
  const float *theta = parameters(p, s->job);
  rl_network_see(&policy->network, s->observation, 1, s->memory, s->seen);
  rl_network_normalize(&policy->network, s->seen, 1, s->input);
  float *y = rl_network_forward(&policy->network, theta, s->input, 1, s->memory, s->workspace);
  rl_policy_mask(policy, s->seen, 1, y);
  const rl_dist dist = rl_policy_read_of(policy, theta, y);
  for (int i = 0; i < rl_policy_outputs(policy); i++)
    if (!isfinite(y[i])) return false;
  if (p->how.deterministic)
    rl_dist_mode(&dist, 1, s->action);
  else
    rl_dist_sample(&dist, 1, &s->action_rng, false, s->action);
  for (int i = 0; i < rl_space_width(space); i++)
    if (!isfinite(s->action[i])) return false;
  rl_space_clamp(space, s->action);
  return true;
}

void rl_job_advance(const rl_population_work *p, rl_slot *s) {
  if (p->moments) observe(p, s);
  s->starved = rl_space_check_mask(&p->def->action, rl_env_mask(p->def, s->observation), NULL) != RL_OK;
  if (s->starved) {
    s->io.status = RL_BAD_ARGUMENT; /* told by complain */
    return;
  }
  s->bad = !act(p, s);
  if (s->bad) return;
  s->def->step(s->self, s->action, &s->io);
  s->steps++;
}

/* Keeps what the episode ended with. */
static void keep(const rl_population_work *p, rl_slot *s, uint8_t end) {
  size_t job = (size_t)s->job, n_fields = (size_t)p->def->n_fields;
  p->returns[job] = s->bad ? (double)NAN : s->total;
  p->lengths[job] = s->steps;
  p->ends[job] = end;
  if (p->fields) memcpy(p->fields + job * n_fields, s->fields, n_fields * sizeof(float));
}

/* After the judge: adds the reward up and says whether the episode is over. */
void rl_job_settle(const rl_population_work *p, rl_slot *s) {
  s->bad = s->bad || !isfinite(s->io.reward);
  s->total += s->io.reward;
  for (int k = 0; p->terms && !s->bad && k < RL_MAX_TERMS; k++)
    p->terms[(size_t)s->job * RL_MAX_TERMS + (size_t)k] += (double)s->terms[k];
  for (int k = 0; p->sums && !s->bad && k < p->def->n_fields; k++)
    p->sums[(size_t)s->job * (size_t)p->def->n_fields + (size_t)k] += (double)s->fields[k];
  bool cut = p->how.max_steps > 0 && s->steps >= p->how.max_steps;
  s->over = s->bad || s->io.terminated || s->io.truncated || cut;
  if (s->over)
    keep(p, s, s->bad ? RL_JOB_NOT_FINITE : s->io.terminated ? RL_JOB_TERMINATED : RL_JOB_TRUNCATED);
}

/* So many steps of the slot's job, or what is left of it. */
void rl_job_run(const rl_population_work *p, rl_slot *s, int64_t steps, rl_error *error) {
  if (!s->begun) rl_job_begin(p, s, s->job, error);
  s->io.error = error;
  for (int64_t k = 0; k < steps && !s->io.status && !s->over && !(p->at_once && rl_stop_asked()); k++) {
    rl_job_advance(p, s);
    if (!s->io.status) rl_job_settle(p, s);
  }
}
