#include "population.h"

#include "memory.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

enum { TOGETHER = 64 }; /* copies that step together for a judge */

/* One copy of the environment at work on a job, with what a candidate needs to act in it. */
typedef struct slot {
  void *self;
  rl_rng rng, action_rng;
  float *observation, *fields, *action, *input, *workspace;
  float terms[RL_MAX_TERMS];
  rl_env_io io;
  int job; /* -1: none */
  int64_t steps;
  double total;
  bool begun, over, bad;
} slot;

typedef struct population {
  const rl_env_def *def;
  const double *options;
  rl_policy *policy;
  const float *candidates;
  const rl_population_options *how;
  int jobs, n_slots;
  slot *slots;
  uint64_t seed;    /* of this round */
  double *returns;  /* [jobs] */
  int64_t *lengths; /* [jobs] */
  uint8_t *ends;    /* [jobs] */
  double
      *moments; /* [jobs, 2, obs]: mean and squared deviations of the observations acted on; NULL: unwanted */
} population;

enum { TRUNCATED, TERMINATED, NOT_FINITE };

static size_t obs_size(const population *p) { return (size_t)p->def->observation.size; }

rl_population_options rl_population_defaults(void) {
  return (rl_population_options){.episodes = 1, .deterministic = true, .seed = 1};
}

static void release(population *p) {
  for (int i = 0; p->slots && i < p->n_slots; i++) {
    slot *s = &p->slots[i];
    if (s->self) p->def->destroy(s->self);
    rl_release(s->observation);
    rl_release(s->fields);
    rl_release(s->action);
    rl_release(s->input);
    rl_release(s->workspace);
  }
  void *arrays[] = {p->slots, p->returns, p->lengths, p->ends, p->moments};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
}

static bool allocate_slot(const population *p, slot *s) {
  const rl_mlp *mlp = &p->policy->network.mlp;
  s->job = -1;
  s->self = p->def->create(p->def);
  s->observation = rl_allocate(obs_size(p), sizeof(float));
  s->fields = rl_allocate((size_t)p->def->n_fields + 1, sizeof(float));
  s->action = rl_allocate((size_t)rl_space_width(&p->def->action), sizeof(float));
  s->input = rl_allocate(obs_size(p), sizeof(float));
  s->workspace = rl_allocate(rl_mlp_workspace(mlp, 1), sizeof(float));
  return s->self && s->observation && s->fields && s->action && s->input && s->workspace;
}

static bool allocate(population *p) {
  size_t jobs = (size_t)p->jobs;
  p->slots = rl_allocate((size_t)p->n_slots, sizeof *p->slots);
  p->returns = rl_allocate(jobs, sizeof *p->returns);
  p->lengths = rl_allocate(jobs, sizeof *p->lengths);
  p->ends = rl_allocate(jobs, sizeof *p->ends);
  bool complete = p->slots && p->returns && p->lengths && p->ends;
  if (p->how->observe) {
    p->moments = rl_allocate(jobs * 2 * obs_size(p), sizeof *p->moments);
    complete = complete && p->moments;
  }
  for (int i = 0; complete && i < p->n_slots; i++) complete = allocate_slot(p, &p->slots[i]);
  return complete;
}

/* One job. */

static void begin(const population *p, slot *s, int job, rl_error *error) {
  int episode = job % p->how->episodes;
  uint32_t stream = (uint32_t)(p->how->common ? episode : job);
  rl_rng_init_use(&s->rng, p->seed, RL_STREAM_ENV, stream);
  rl_rng_init_use(&s->action_rng, p->seed, RL_STREAM_ACTION, stream);
  s->job = job;
  s->steps = 0;
  s->total = 0.0;
  s->begun = true;
  s->over = s->bad = false;
  s->io = (rl_env_io){
      .observation = s->observation, .fields = s->fields, .terms = s->terms, .copy = 0, .error = error};
  p->def->reset(s->self, p->options, &s->rng, &s->io);
}

/* Welford's update with the observation that is acted on. */
static void observe(const population *p, const slot *s) {
  size_t n = obs_size(p);
  double *mean = p->moments + (size_t)s->job * 2 * n, *m2 = mean + n, count = (double)(s->steps + 1);
  for (size_t i = 0; i < n; i++) {
    double d = (double)s->observation[i] - mean[i];
    mean[i] += d / count;
    m2[i] += d * ((double)s->observation[i] - mean[i]);
  }
}

/* The candidate's action, within the bounds; false when it is not finite. */
static bool act(const population *p, slot *s) {
  const rl_policy *policy = p->policy;
  const rl_space *space = &p->def->action;
  const float *theta =
      p->candidates + (size_t)(s->job / p->how->episodes) * (size_t)policy->network.theta.shape[0];
  rl_network_normalize(&policy->network, s->observation, 1, s->input);
  const float *y = rl_mlp_forward(&policy->network.mlp, theta, s->input, 1, s->workspace);
  rl_dist dist = rl_policy_read(policy, y);
  if (policy->std == RL_STD_FREE && space->kind == RL_BOX)
    dist.log_std = theta + rl_mlp_parameters(&policy->network.mlp);
  for (int i = 0; i < rl_policy_outputs(policy); i++)
    if (!isfinite(y[i])) return false;
  if (p->how->deterministic)
    rl_dist_mode(&dist, 1, s->action);
  else
    rl_dist_sample(&dist, 1, &s->action_rng, false, s->action);
  for (int i = 0; space->kind == RL_BOX && i < space->size; i++) {
    if (!isfinite(s->action[i])) return false;
    s->action[i] = fminf(fmaxf(s->action[i], space->low), space->high);
  }
  return true;
}

static void advance(const population *p, slot *s) {
  if (p->moments) observe(p, s);
  s->bad = !act(p, s);
  if (s->bad) return;
  p->def->step(s->self, s->action, &s->io);
  s->steps++;
}

/* After the judge: adds the reward up and says whether the episode is over. */
static void settle(const population *p, slot *s) {
  s->bad = s->bad || !isfinite(s->io.reward);
  s->total += s->io.reward;
  bool cut = p->how->max_steps > 0 && s->steps >= p->how->max_steps;
  s->over = s->bad || s->io.terminated || s->io.truncated || cut;
  if (!s->over) return;
  p->returns[s->job] = s->bad ? (double)NAN : s->total;
  p->lengths[s->job] = s->steps;
  p->ends[s->job] = s->bad ? NOT_FINITE : s->io.terminated ? TERMINATED : TRUNCATED;
}

/* Without a judge: a whole episode at a time. */

static rl_status run_episode(const population *p, slot *s, int job, rl_error *error) {
  begin(p, s, job, error);
  while (!s->io.status && !s->over) {
    advance(p, s);
    if (!s->io.status) settle(p, s);
  }
  return s->io.status;
}

static void episode_piece(void *context, int job, int worker) {
  const population *p = context;
  run_episode(p, &p->slots[worker], job, NULL);
}

/* With a judge: copies step together. */

typedef struct together {
  const population *p;
  rl_error *error;
} together;

/* Copies to a piece of work, as in the vectoriser. */
static int piece_size(const population *p) { return p->def->copies_a_piece > 1 ? p->def->copies_a_piece : 1; }

static void step_piece(void *context, int index, int worker) {
  const together *t = context;
  const population *p = t->p;
  (void)worker;
  for (int i = index * piece_size(p); i < (index + 1) * piece_size(p) && i < p->n_slots; i++) {
    slot *s = &p->slots[i];
    if (s->job < 0) continue;
    if (!s->begun) begin(p, s, s->job, t->error);
    advance(p, s);
  }
}

static rl_status ask_judge(const population *p, const rl_judge *judge, int i, rl_error *error) {
  slot *s = &p->slots[i];
  rl_judgement judgement = {.copy = i,
                            .fields = s->fields,
                            .action = s->action,
                            .reward = s->io.reward,
                            .terminated = s->io.terminated,
                            .terms = s->terms};
  rl_status status = judge->judge(judge->context, &judgement, error);
  s->io.reward = judgement.reward;
  s->io.terminated = judgement.terminated;
  return status;
}

static rl_status run_together(population *p, const rl_judge *judge, rl_error *error) {
  together t = {p, error};
  int next = 0, running = 0;
  for (; next < p->n_slots; next++, running++) p->slots[next].job = next;
  while (running > 0) {
    rl_parallel_for(rl_pieces(p->n_slots, piece_size(p)), step_piece, &t);
    for (int i = 0; i < p->n_slots; i++) {
      slot *s = &p->slots[i];
      if (s->job < 0) continue;
      rl_status status = s->bad ? RL_OK : ask_judge(p, judge, i, error);
      if (status) return status;
      settle(p, s);
      if (!s->over) continue;
      s->job = next < p->jobs ? next++ : -1;
      s->begun = false;
      running -= s->job < 0;
    }
  }
  return RL_OK;
}

static rl_status run(population *p, const rl_judge *judge, rl_error *error) {
  if (p->def->serial) {
    for (int job = 0; job < p->jobs; job++) {
      rl_status status = run_episode(p, &p->slots[0], job, error);
      if (status) return status;
    }
    return RL_OK;
  }
  if (judge) return run_together(p, judge, error);
  rl_parallel_for(p->jobs, episode_piece, p);
  return RL_OK;
}

static void summarize(const population *p, int n, double *returns, rl_population_stats *stats) {
  *stats = (rl_population_stats){0};
  for (int c = 0; c < n; c++) {
    returns[c] = 0.0;
    for (int e = 0; e < p->how->episodes; e++)
      returns[c] += p->returns[c * p->how->episodes + e] / p->how->episodes;
  }
  for (int job = 0; job < p->jobs; job++) {
    stats->steps += p->lengths[job];
    stats->terminated += p->ends[job] == TERMINATED;
    stats->not_finite += p->ends[job] == NOT_FINITE;
    if (p->moments && p->policy->network.normalizer.size && p->ends[job] != NOT_FINITE) {
      const double *mean = p->moments + (size_t)job * 2 * obs_size(p);
      rl_normalizer_merge(&p->policy->network.normalizer, (double)p->lengths[job], mean, mean + obs_size(p));
    }
  }
}

static rl_status check(const rl_env_def *def, const rl_policy *policy, int n,
                       const rl_population_options *how, rl_error *error) {
  rl_status status = rl_policy_fits(policy, def, error);
  if (status) return status;
  if (n < 1 || how->episodes < 1 || (int64_t)n * how->episodes > 1 << 24)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d candidates of %d episodes are not 1 to %d episodes", n,
                   how->episodes, 1 << 24);
  return RL_OK;
}

rl_status rl_evaluate_population(const rl_env_def *def, const double *options, const rl_judge *judge,
                                 rl_policy *policy, const float *candidates, int n,
                                 const rl_population_options *how, double *returns,
                                 rl_population_stats *stats, rl_error *error) {
  rl_status status = check(def, policy, n, how, error);
  if (status) return status;
  rl_rng rounds;
  rl_rng_init_use(&rounds, how->seed, RL_STREAM_ROUND, (uint32_t)(how->round & UINT32_MAX));
  population p = {.def = def,
                  .options = options,
                  .policy = policy,
                  .candidates = candidates,
                  .how = how,
                  .jobs = n * how->episodes,
                  .seed = (uint64_t)rl_rng_u32(&rounds) << 32 | rl_rng_u32(&rounds)};
  p.n_slots = def->serial ? 1 : judge ? TOGETHER : rl_threads();
  if (p.n_slots > p.jobs) p.n_slots = judge && !def->serial ? p.jobs : p.n_slots;
  if (allocate(&p))
    status = run(&p, judge, error);
  else
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for %d candidates in %s", n, def->name);
  if (!status) summarize(&p, n, returns, stats);
  release(&p);
  return status;
}
