#include "episodes/population.h"

#include "base/background.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "base/stop.h"
#include "base/vector.h"
#include "env/vec_env_ranks.h"

#include <math.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

enum { TOGETHER = 64 }; /* copies that step together for a judge */

/* One copy of the environment at work on a job, with what a candidate needs to act in it. */
typedef struct slot {
  alignas(RL_ALIGNMENT) void *self; /* slots have threads of their own */
  rl_rng rng, action_rng;
  float *observation, *fields, *action, *input, *workspace;
  float *memory, *seen; /* of the policy: what it remembers; what it reads */
  float terms[RL_MAX_TERMS];
  rl_env_io io;
  const rl_env_def *def; /* what `self` is a copy of */
  int job;               /* -1: none */
  int64_t steps;
  double total;
  bool begun, over, bad;
  bool starved;        /* its mask allows no choice */
  rl_judgement judged; /* by a thread: what it got, the terms here */
  float judged_terms[RL_MAX_TERMS];
} slot;

struct rl_population_work {
  rl_population who;
  rl_policy policy;      /* of who, as it was at the beginning */
  const rl_env_def *def; /* of who */
  rl_population_options how;
  rl_population_result *result;
  double *options; /* of who, as they were at the beginning */
  int jobs, n_slots;
  rl_ranks_part part;    /* of the jobs: those of this rank */
  int next, running;     /* the next job; slots that have one */
  atomic_llong over;     /* jobs that are */
  bool at_once, asking;  /* asking: threads ask the judge in this step */
  rl_background *thread; /* or NULL; its error: */
  rl_status status;
  rl_error error;
  slot *slots;
  uint64_t seed;    /* of this round */
  double *returns;  /* [jobs] */
  int64_t *lengths; /* [jobs] */
  uint8_t *ends;    /* [jobs] */
  double *moments;  /* [jobs, 2, obs] mean and squared deviations of the observations; NULL: unwanted */
  float *fields;    /* [jobs, n_fields] at the end; NULL: unwanted */
  double *terms;    /* [jobs, RL_MAX_TERMS] sums; NULL: unwanted */
  double *sums;     /* [jobs, n_fields] of fields over the steps; NULL: unwanted */
};
typedef rl_population_work population;

enum { TRUNCATED, TERMINATED, NOT_FINITE, REFUSED, NO_COPY, NO_CHOICE };

static size_t obs_size(const population *p) { return (size_t)p->def->observation.size; }

rl_population_options rl_population_defaults(void) {
  return (rl_population_options){.episodes = 1, .deterministic = true, .seed = 1};
}

/* The definition that a job's candidate is simulated with; NULL: it was refused. */
static const rl_env_def *design(const population *p, int job) {
  return p->who.designs ? p->who.designs[job / p->how.episodes] : p->def;
}

static void release(population *p) {
  for (int i = 0; p->slots && i < p->n_slots; i++) {
    slot *s = &p->slots[i];
    if (s->self) s->def->free(s->self);
    rl_release(s->observation);
    rl_release(s->fields);
    rl_release(s->action);
    rl_release(s->input);
    rl_release(s->workspace);
  }
  rl_policy_release(&p->policy);
  void *arrays[] = {p->slots,  p->returns, p->lengths, p->ends,   p->moments,
                    p->fields, p->terms,   p->sums,    p->options};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
}

static bool allocate_slot(const population *p, slot *s) {
  s->job = -1;
  s->observation = rl_allocate(obs_size(p), sizeof(float));
  s->fields = rl_allocate((size_t)p->def->n_fields + 1, sizeof(float));
  s->action = rl_allocate((size_t)rl_space_width(&p->def->action), sizeof(float)); /* zeros */
  bool complete = s->observation && s->fields && s->action;
  if (complete && p->who.policy) {
    const rl_network *network = &p->policy.network;
    const size_t inputs = (size_t)network->mlp.inputs, own = (size_t)rl_network_memory(network);
    s->input = rl_allocate(2 * inputs + own, sizeof(float));
    if (s->input) s->seen = s->input + inputs;
    if (s->input) s->memory = s->seen + inputs;
    s->workspace = rl_allocate(rl_network_workspace(&p->policy.network, 1), sizeof(float));
    complete = s->input && s->workspace;
  }
  return complete;
}

static bool allocate(population *p, const rl_population_result *result) {
  size_t jobs = (size_t)p->jobs;
  p->slots = rl_allocate((size_t)p->n_slots, sizeof *p->slots);
  p->returns = rl_allocate(jobs, sizeof *p->returns);
  p->lengths = rl_allocate(jobs, sizeof *p->lengths);
  p->ends = rl_allocate(jobs, sizeof *p->ends);
  p->options = rl_allocate((size_t)p->def->n_options + 1, sizeof *p->options);
  bool complete = p->slots && p->returns && p->lengths && p->ends && p->options;
  if (complete && p->who.options)
    memcpy(p->options, p->who.options, (size_t)p->def->n_options * sizeof *p->options);
  else if (complete)
    rl_env_defaults(p->def, p->options);
  if (p->how.observe) {
    p->moments = rl_allocate(jobs * 2 * obs_size(p), sizeof *p->moments);
    complete = complete && p->moments;
  }
  if (result->fields) {
    p->fields = rl_allocate(jobs * (size_t)p->def->n_fields + 1, sizeof *p->fields);
    complete = complete && p->fields;
  }
  if (result->terms) {
    p->terms = rl_allocate(jobs * RL_MAX_TERMS, sizeof *p->terms);
    complete = complete && p->terms;
  }
  if (result->means) {
    p->sums = rl_allocate(jobs * (size_t)p->def->n_fields + 1, sizeof *p->sums);
    complete = complete && p->sums;
  }
  for (int i = 0; complete && i < p->n_slots; i++) complete = allocate_slot(p, &p->slots[i]);
  return complete;
}

/* One job. */

/* Makes the slot's copy one of the job's definition; false when out of memory. */
static bool embody(const population *p, slot *s, int job) {
  const rl_env_def *def = design(p, job);
  if (s->self && s->def == def) return true;
  if (s->self) s->def->free(s->self);
  s->def = def;
  return !def->create(&s->self, def, NULL);
}

static void begin(const population *p, slot *s, int job, rl_error *error) {
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
static void observe(const population *p, const slot *s) {
  size_t n = obs_size(p);
  double *mean = p->moments + (size_t)s->job * 2 * n, *m2 = mean + n, count = (double)(s->steps + 1);
  for (size_t i = 0; i < n; i++) {
    double d = (double)s->observation[i] - mean[i];
    mean[i] += d / count;
    m2[i] += d * ((double)s->observation[i] - mean[i]);
  }
}

/* The parameters of a job's candidate. */
static const float *parameters(const population *p, int job) {
  const rl_tensor *theta = &p->policy.network.theta;
  if (!p->who.candidates) return theta->data;
  return p->who.candidates + (size_t)(job / p->how.episodes) * (size_t)theta->shape[0];
}

/* The candidate's action, within the bounds and of what is allowed; false when it is not finite. */
static bool act(const population *p, slot *s) {
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

static void advance(const population *p, slot *s) {
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
static void keep(const population *p, slot *s, uint8_t end) {
  size_t job = (size_t)s->job, n_fields = (size_t)p->def->n_fields;
  p->returns[job] = s->bad ? (double)NAN : s->total;
  p->lengths[job] = s->steps;
  p->ends[job] = end;
  if (p->fields) memcpy(p->fields + job * n_fields, s->fields, n_fields * sizeof(float));
}

/* After the judge: adds the reward up and says whether the episode is over. */
static void settle(const population *p, slot *s) {
  s->bad = s->bad || !isfinite(s->io.reward);
  s->total += s->io.reward;
  for (int k = 0; p->terms && !s->bad && k < RL_MAX_TERMS; k++)
    p->terms[(size_t)s->job * RL_MAX_TERMS + (size_t)k] += (double)s->terms[k];
  for (int k = 0; p->sums && !s->bad && k < p->def->n_fields; k++)
    p->sums[(size_t)s->job * (size_t)p->def->n_fields + (size_t)k] += (double)s->fields[k];
  bool cut = p->how.max_steps > 0 && s->steps >= p->how.max_steps;
  s->over = s->bad || s->io.terminated || s->io.truncated || cut;
  if (s->over) keep(p, s, s->bad ? NOT_FINITE : s->io.terminated ? TERMINATED : TRUNCATED);
}

/* So many steps of the slot's job, or what is left of it. */
static void run_steps(const population *p, slot *s, int64_t steps, rl_error *error) {
  if (!s->begun) begin(p, s, s->job, error);
  s->io.error = error;
  for (int64_t k = 0; k < steps && !s->io.status && !s->over && !(p->at_once && rl_stop_asked()); k++) {
    advance(p, s);
    if (!s->io.status) settle(p, s);
  }
}

/* Without a judge and at once: a whole episode at a time. */
static void episode_piece(void *context, int index, int worker) {
  const population *p = context;
  slot *s = &p->slots[worker];
  const int job = p->part.first + index;
  if (!design(p, job) || rl_stop_asked()) return;
  s->job = job;
  s->begun = false;
  run_steps(p, s, INT64_MAX, NULL);
  if (s->io.status) p->ends[job] = s->starved ? NO_CHOICE : NO_COPY;
  if (s->io.status) p->lengths[job] = s->steps;
}

/* With a judge, or in slices: copies step together, with a judge one step at a time. */
enum { STEPS = 8 };

enum { ASKED = 8 };

/* Copies to a piece of work, as in the vectoriser; fewer where threads ask a judge. */
static int piece_size(const population *p) {
  const int size = p->def->copies_a_piece > 1 ? p->def->copies_a_piece : 1;
  return p->who.judge && p->who.judge->ask && size > ASKED ? ASKED : size;
}

static rl_judgement judgement_of(slot *s, int i) {
  return (rl_judgement){.copy = i,
                        .fields = s->fields,
                        .action = s->action,
                        .reward = s->io.reward,
                        .terminated = s->io.terminated,
                        .terms = s->terms};
}

/* The judge writes beside what it was given, which is there for another time. */
static void ask_apart(const population *p, int i, int worker) {
  slot *s = &p->slots[i];
  s->judged = judgement_of(s, i);
  s->judged.terms = memcpy(s->judged_terms, s->terms, sizeof s->terms);
  p->who.judge->ask(p->who.judge->context, worker, &s->judged);
}

static void step_piece(void *context, int index, int worker) {
  const population *p = context;
  for (int i = index * piece_size(p); i < (index + 1) * piece_size(p) && i < p->n_slots; i++) {
    slot *s = &p->slots[i];
    if (s->job < 0) continue;
    if (!p->who.judge) {
      run_steps(p, s, STEPS, NULL);
      continue;
    }
    if (!s->begun) begin(p, s, s->job, NULL);
    if (!s->io.status) advance(p, s);
    if (p->asking && !s->io.status && !s->bad) ask_apart(p, i, worker);
  }
}

/* judged: threads have asked it. */
static rl_status ask_judge(const population *p, int i, bool judged, rl_error *error) {
  slot *s = &p->slots[i];
  rl_judgement judgement = judged ? s->judged : judgement_of(s, i);
  rl_status status = judged ? RL_OK : p->who.judge->judge(p->who.judge->context, &judgement, error);
  if (judged) memcpy(s->terms, s->judged_terms, sizeof s->terms);
  s->io.reward = judgement.reward;
  s->io.terminated = judgement.terminated;
  return status;
}

static rl_status complain(const population *p, int job, uint8_t end, int64_t steps, rl_error *error) {
  if (end == NO_COPY) return rl_fail(error, RL_NO_MEMORY, "out of memory for a copy of %s", p->def->name);
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: candidate %d, step %lld: the mask allows none of the choices",
                 p->def->name, job / p->how.episodes + 1, (long long)steps + 1);
}

static rl_status complain_of(const population *p, const slot *s, rl_error *error) {
  return complain(p, s->job, s->starved ? NO_CHOICE : NO_COPY, s->steps, error);
}

/* The next job that is not refused, -1: none left. */
static int next_job(const population *p, int *next) {
  while (*next < p->part.end && !design(p, *next)) ++*next;
  return *next < p->part.end ? (*next)++ : -1;
}

static void give_job(population *p, slot *s) {
  s->job = next_job(p, &p->next);
  s->begun = false;
  p->running += s->job >= 0;
}

/* After a piece: a slot whose episode is over takes the next job. */
static void take_over(population *p, slot *s) {
  if (!s->over) return;
  p->over++;
  p->running--;
  give_job(p, s);
}

/* One step of all slots, or some where nobody is asked. */
static rl_status step_together(population *p, rl_error *error) {
  const rl_judge *judge = p->who.judge;
  const int pieces = rl_pieces(p->n_slots, piece_size(p));
  bool judged = false;
  p->asking = rl_judge_begin(judge, pieces);
  rl_parallel_for(pieces, step_piece, p);
  rl_status asked = p->asking ? judge->accept(judge->context, &judged, error) : RL_OK;
  if (asked) return asked;
  for (int i = 0; i < p->n_slots; i++) {
    slot *s = &p->slots[i];
    if (s->job < 0) continue;
    if (s->io.status) return complain_of(p, s, error);
    rl_status status = judge && !s->bad ? ask_judge(p, i, judged, error) : RL_OK;
    if (status) return status;
    if (judge) settle(p, s);
    take_over(p, s);
  }
  return RL_OK;
}

/* The same of an environment that can fail, on the calling thread. */
static rl_status step_alone(population *p, rl_error *error) {
  slot *s = &p->slots[0];
  run_steps(p, s, p->at_once ? INT64_MAX : 1, error);
  if (s->starved) return complain_of(p, s, error);
  if (s->io.status) return s->io.status;
  take_over(p, s);
  return RL_OK;
}

static rl_status run_episodes(population *p, rl_error *error) {
  rl_parallel_for(p->part.end - p->part.first, episode_piece, p);
  rl_status status = rl_stop_check(error);
  if (status) return status;
  for (int job = p->part.first; job < p->part.end; job++)
    if (p->ends[job] >= NO_COPY) return complain(p, job, p->ends[job], p->lengths[job], error);
  p->running = 0;
  return RL_OK;
}

static void give_jobs(population *p) {
  for (int job = 0; job < p->jobs; job++) {
    if (design(p, job)) continue;
    p->returns[job] = (double)NAN;
    p->ends[job] = REFUSED;
    p->over++;
  }
  for (int i = 0; i < p->n_slots; i++) give_job(p, &p->slots[i]);
}

/* Means over the episodes of candidate c. */
static void average(const population *p, int c, rl_population_result *result) {
  const int episodes = p->how.episodes, n_fields = p->def->n_fields;
  double total = 0.0, steps = 0.0, terminated = 0.0;
  for (int job = c * episodes; job < (c + 1) * episodes; job++) {
    total += p->returns[job] / episodes;
    steps += (double)p->lengths[job] / episodes;
    terminated += (p->ends[job] == TERMINATED) / (double)episodes;
  }
  result->returns[c] = total;
  if (result->lengths) result->lengths[c] = steps;
  if (result->terminated) result->terminated[c] = terminated;
  for (int k = 0; result->fields && k < n_fields; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += (double)p->fields[(size_t)job * (size_t)n_fields + (size_t)k];
    result->fields[(size_t)c * (size_t)n_fields + (size_t)k] = sum / episodes;
  }
  for (size_t k = 0; result->terms && k < RL_MAX_TERMS; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += p->terms[(size_t)job * RL_MAX_TERMS + k];
    result->terms[(size_t)c * RL_MAX_TERMS + k] = sum / episodes;
  }
}

static void average_fields(const population *p, int c, double *means) {
  const int episodes = p->how.episodes, n_fields = p->def->n_fields;
  int64_t steps = 0;
  for (int job = c * episodes; job < (c + 1) * episodes; job++) steps += p->lengths[job];
  for (int k = 0; k < n_fields; k++) {
    double sum = 0.0;
    for (int job = c * episodes; job < (c + 1) * episodes; job++)
      sum += p->sums[(size_t)job * (size_t)n_fields + (size_t)k];
    means[k] = steps > 0 ? sum / (double)steps : (double)NAN;
  }
}

static void take_moments(const population *p) {
  rl_network *network = &p->who.policy->network;
  for (int job = 0; job < p->jobs; job++) {
    if (p->ends[job] == NOT_FINITE || p->ends[job] == REFUSED) continue;
    const double *mean = p->moments + (size_t)job * 2 * obs_size(p);
    rl_normalizer_merge(&network->normalizer, (double)p->lengths[job], mean, mean + obs_size(p));
  }
  if (rl_network_is_symmetric(network)) rl_normalizer_mirror(&network->normalizer, &network->ties.input);
  if (p->how.scale) rl_normalizer_balance(&network->normalizer);
}

static void summarize(const population *p, rl_population_result *result) {
  rl_population_stats *stats = &result->stats;
  *stats = (rl_population_stats){0};
  for (int c = 0; c < p->who.n; c++) {
    average(p, c, result);
    if (result->means) average_fields(p, c, result->means + (size_t)c * (size_t)p->def->n_fields);
    stats->refused += !design(p, c * p->how.episodes);
  }
  for (int job = 0; job < p->jobs; job++) {
    stats->steps += p->lengths[job];
    stats->terminated += p->ends[job] == TERMINATED;
    stats->not_finite += p->ends[job] == NOT_FINITE;
  }
  if (p->moments && p->who.policy->network.normalizer.size) take_moments(p);
}

static rl_status check(const rl_population *who, const rl_population_options *how, rl_error *error) {
  rl_status status = rl_env_check_lone(who->def, "a population", error);
  if (status) return status;
  status = who->policy
               ? rl_policy_fits(who->policy, &who->def->observation, &who->def->action, who->def->name, error)
               : RL_OK;
  if (status) return status;
  if (who->n < 1 || how->episodes < 1 || (int64_t)who->n * how->episodes > 1 << 24)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%d candidates of %d episodes: 1 to %d episodes in all are possible", who->n,
                   how->episodes, 1 << 24);
  if (how->first < 0 || ((int64_t)how->first + who->n) * how->episodes > 1 << 24)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "candidates from place %d on: a population has 1 to %d episodes in all", how->first + 1,
                   1 << 24);
  if (!who->policy && (who->candidates || how->observe))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "candidates and their observations are a policy's, and there is none");
  for (int c = 0; who->designs && c < who->n; c++) {
    rl_error difference;
    if (who->designs[c] && rl_env_alike(who->def, who->designs[c], &difference))
      return rl_fail(error, RL_BAD_ARGUMENT, "design %d: %s", c + 1, difference.message);
  }
  return RL_OK;
}

void rl_population_free(rl_population_work *p) {
  if (!p) return;
  rl_background_end(p->thread);
  release(p);
  rl_release(p);
}

static int slots_for(const population *p) {
  const int n = p->def->serial ? 1 : p->who.judge ? TOGETHER : rl_threads();
  const int jobs = p->part.end > p->part.first ? p->part.end - p->part.first : 1;
  return n > jobs && p->who.judge ? jobs : n;
}

/* shared: this rank does its part of the jobs. */
static rl_status begin_population(rl_population_work **out, const rl_population *who,
                                  const rl_population_options *how, rl_population_result *result, bool shared,
                                  rl_error *error) {
  *out = NULL;
  rl_status status = check(who, how, error);
  if (status) return status;
  population *p = rl_allocate(1, sizeof *p);
  if (!p) return rl_fail(error, RL_NO_MEMORY, "out of memory for a population");
  rl_rng rounds;
  rl_rng_init_use(&rounds, how->seed, RL_STREAM_ROUND, (uint32_t)(how->round & UINT32_MAX));
  p->who = *who;
  p->def = who->def;
  p->how = *how;
  p->result = result;
  p->jobs = who->n * how->episodes;
  p->part = shared ? rl_ranks_part_of(p->jobs, rl_ranks_own()) : (rl_ranks_part){0, p->jobs};
  p->next = p->part.first;
  p->seed = (uint64_t)rl_rng_u32(&rounds) << 32;
  p->seed |= rl_rng_u32(&rounds);
  p->n_slots = slots_for(p);
  if (who->policy) status = rl_policy_clone(&p->policy, who->policy, error);
  if (!status && !allocate(p, result))
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for %d candidates in %s", who->n, who->def->name);
  if (status) {
    rl_population_free(p);
    return status;
  }
  give_jobs(p);
  *out = p;
  return RL_OK;
}

rl_status rl_population_begin(rl_population_work **out, const rl_population *who,
                              const rl_population_options *how, rl_population_result *result,
                              rl_error *error) {
  return begin_population(out, who, how, result, false, error);
}

static rl_status advance_population(population *p, rl_error *error) {
  rl_status status = p->at_once ? rl_stop_check(error) : RL_OK;
  if (status || !p->running) return status;
  if (p->def->serial) return step_alone(p, error);
  return p->at_once && !p->who.judge ? run_episodes(p, error) : step_together(p, error);
}

rl_status rl_population_advance(rl_population_work *p, bool *done, rl_error *error) {
  *done = false;
  if (p->thread) return rl_fail(error, RL_BAD_ARGUMENT, "a thread works at it: poll, instead of advance");
  rl_status status = advance_population(p, error);
  *done = !status && !p->running;
  if (*done) summarize(p, p->result);
  return status;
}

static rl_background_state background_piece(void *context) {
  population *p = context;
  if (p->running) p->status = step_together(p, &p->error);
  return p->status || !p->running ? RL_BACKGROUND_DONE : RL_BACKGROUND_MORE;
}

rl_status rl_population_start(rl_population_work *p, rl_error *error) {
  rl_status status = rl_env_check_thread(p->def, p->who.judge, error);
  if (!status && p->thread) status = rl_fail(error, RL_BAD_ARGUMENT, "a thread works at it already");
  return status ? status : rl_background_start(&p->thread, background_piece, p, error);
}

rl_status rl_population_poll(rl_population_work *p, bool *done, rl_error *error) {
  *done = false;
  if (!p->thread) return rl_fail(error, RL_BAD_ARGUMENT, "no thread works at it: start, or advance");
  if (rl_background_runs(p->thread)) return RL_OK;
  rl_background_end(p->thread);
  p->thread = NULL;
  if (p->status) {
    *error = p->error;
    return p->status;
  }
  if (p->running) return rl_population_start(p, error); /* in a child that was forked */
  *done = true;
  summarize(p, p->result);
  return RL_OK;
}

double rl_population_fraction(const rl_population_work *p) {
  const long long over = p->over;
  return (double)(p->thread && over == p->jobs ? over - 1 : over) / p->jobs; /* all is when poll says so */
}

/* Of what must be the same on all ranks. */
static uint64_t mark(const rl_population *who, const rl_population_options *how) {
  const int64_t numbers[] = {
      who->n,       how->episodes, how->max_steps, how->deterministic, how->common,
      how->observe, how->scale,    how->first,     (int64_t)how->seed, (int64_t)how->round};
  uint64_t m = rl_ranks_mark(who->def->name, strlen(who->def->name), 0);
  m = rl_ranks_mark(numbers, sizeof numbers, m);
  if (who->options) m = rl_ranks_mark(who->options, (size_t)who->def->n_options * sizeof *who->options, m);
  if (!who->policy) return m;
  const rl_tensor *theta = &who->policy->network.theta;
  m = rl_mark(theta->data, (size_t)rl_tensor_count(theta), m);
  return who->candidates ? rl_mark(who->candidates, (size_t)who->n * (size_t)theta->shape[0], m) : m;
}

/* Fills in what other ranks have found. */
static rl_status share(population *p, rl_status status, uint64_t same, rl_error *error) {
  rl_term_places places;
  status = rl_ranks_meet("generation", p->how.round + 1, same, status, error);
  if (status || rl_ranks_count() == 1) return status;
  if (p->terms && p->who.judge) {
    status = rl_judge_agree(p->who.judge, &places, error);
    if (status) return status;
    for (int job = p->part.first; places.changed && job < p->part.end; job++)
      rl_terms_move_f64(&places, p->terms + (size_t)job * RL_MAX_TERMS);
  }
  const size_t n_fields = (size_t)p->def->n_fields;
  const rl_ranks_array arrays[] = {{p->returns, 1, sizeof *p->returns, 0},
                                   {p->lengths, 1, sizeof *p->lengths, 0},
                                   {p->ends, 1, 1, 0},
                                   {p->moments, 1, 2 * obs_size(p) * sizeof *p->moments, 0},
                                   {p->fields, 1, n_fields * sizeof *p->fields, 0},
                                   {p->terms, 1, RL_MAX_TERMS * sizeof *p->terms, 0},
                                   {p->sums, 1, n_fields * sizeof *p->sums, 0}};
  rl_ranks_share(arrays, sizeof arrays / sizeof *arrays, p->jobs);
  return RL_OK;
}

rl_status rl_evaluate_population(const rl_population *who, const rl_population_options *how,
                                 rl_population_result *result, rl_error *error) {
  const uint64_t same = rl_ranks_count() > 1 ? mark(who, how) : 0;
  rl_population_work *p;
  rl_status status = begin_population(&p, who, how, result, true, error);
  if (status) return rl_ranks_meet("generation", how->round + 1, same, status, error);
  p->at_once = true;
  while (!status && p->running) status = advance_population(p, error);
  status = share(p, status, same, error);
  if (!status) summarize(p, result);
  rl_population_free(p);
  return status;
}
