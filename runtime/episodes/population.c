/* A population at work: jobs are given to slots, which are at work on threads, with a judge in step, or in slices of a game's
 * frames. One job is in population_job.c, what all came to in population_result.c. */
#include "episodes/population_internal.h"

#include "base/parallel.h"
#include "base/stop.h"
#include "base/vector.h"
#include "env/vec_env_ranks.h"

#include <math.h>
#include <string.h>

enum { TOGETHER = 64 }; /* copies that step together for a judge */

rl_population_options rl_population_defaults(void) {
  return (rl_population_options){.episodes = 1, .deterministic = true, .seed = 1};
}

static void release(rl_population_work *p) {
  for (int i = 0; p->slots && i < p->n_slots; i++) {
    rl_slot *s = &p->slots[i];
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

static bool allocate_slot(const rl_population_work *p, rl_slot *s) {
  s->job = -1;
  s->observation = rl_allocate(rl_population_obs_size(p), sizeof(float));
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

static bool allocate(rl_population_work *p, const rl_population_result *result) {
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
    p->moments = rl_allocate(jobs * 2 * rl_population_obs_size(p), sizeof *p->moments);
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

/* Without a judge and at once: a whole episode at a time. */
static void episode_piece(void *context, int index, int worker) {
  const rl_population_work *p = context;
  rl_slot *s = &p->slots[worker];
  const int job = p->part.first + index;
  if (!rl_population_design(p, job) || rl_stop_asked()) return;
  s->job = job;
  s->begun = false;
  rl_job_run(p, s, INT64_MAX, NULL);
  if (s->io.status) p->ends[job] = s->starved ? RL_JOB_NO_CHOICE : RL_JOB_NO_COPY;
  if (s->io.status) p->lengths[job] = s->steps;
}

/* With a judge, or in slices: copies step together, with a judge one step at a time. */
enum { STEPS = 8 };

enum { ASKED = 8 };

/* Copies to a piece of work, as in the vectoriser; fewer where threads ask a judge. */
static int piece_size(const rl_population_work *p) {
  const int size = p->def->copies_a_piece > 1 ? p->def->copies_a_piece : 1;
  return p->who.judge && p->who.judge->ask && size > ASKED ? ASKED : size;
}

static rl_judgement judgement_of(rl_slot *s, int i) {
  return (rl_judgement){.copy = i,
                        .fields = s->fields,
                        .action = s->action,
                        .reward = s->io.reward,
                        .terminated = s->io.terminated,
                        .terms = s->terms};
}

/* The judge writes beside what it was given, which is there for another time. */
static void ask_apart(const rl_population_work *p, int i, int worker) {
  rl_slot *s = &p->slots[i];
  s->judged = judgement_of(s, i);
  s->judged.terms = memcpy(s->judged_terms, s->terms, sizeof s->terms);
  p->who.judge->ask(p->who.judge->context, worker, &s->judged);
}

static void step_piece(void *context, int index, int worker) {
  const rl_population_work *p = context;
  for (int i = index * piece_size(p); i < (index + 1) * piece_size(p) && i < p->n_slots; i++) {
    rl_slot *s = &p->slots[i];
    if (s->job < 0) continue;
    if (!p->who.judge) {
      rl_job_run(p, s, STEPS, NULL);
      continue;
    }
    if (!s->begun) rl_job_begin(p, s, s->job, NULL);
    if (!s->io.status) rl_job_advance(p, s);
    if (p->asking && !s->io.status && !s->bad) ask_apart(p, i, worker);
  }
}

/* judged: threads have asked it. */
static rl_status ask_judge(const rl_population_work *p, int i, bool judged, rl_error *error) {
  rl_slot *s = &p->slots[i];
  rl_judgement judgement = judged ? s->judged : judgement_of(s, i);
  rl_status status = judged ? RL_OK : p->who.judge->judge(p->who.judge->context, &judgement, error);
  if (judged) memcpy(s->terms, s->judged_terms, sizeof s->terms);
  s->io.reward = judgement.reward;
  s->io.terminated = judgement.terminated;
  return status;
}

static rl_status complain(const rl_population_work *p, int job, uint8_t end, int64_t steps, rl_error *error) {
  if (end == RL_JOB_NO_COPY)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a copy of %s", p->def->name);
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: candidate %d, step %lld: the mask allows none of the choices",
                 p->def->name, job / p->how.episodes + 1, (long long)steps + 1);
}

static rl_status complain_of(const rl_population_work *p, const rl_slot *s, rl_error *error) {
  return complain(p, s->job, s->starved ? RL_JOB_NO_CHOICE : RL_JOB_NO_COPY, s->steps, error);
}

/* The next job that is not refused, -1: none left. */
static int next_job(const rl_population_work *p, int *next) {
  while (*next < p->part.end && !rl_population_design(p, *next)) ++*next;
  return *next < p->part.end ? (*next)++ : -1;
}

static void give_job(rl_population_work *p, rl_slot *s) {
  s->job = next_job(p, &p->next);
  s->begun = false;
  p->running += s->job >= 0;
}

/* After a piece: a slot whose episode is over takes the next job. */
static void take_over(rl_population_work *p, rl_slot *s) {
  if (!s->over) return;
  p->over++;
  p->running--;
  give_job(p, s);
}

/* One step of all slots, or some where nobody is asked. */
static rl_status step_together(rl_population_work *p, rl_error *error) {
  const rl_judge *judge = p->who.judge;
  const int pieces = rl_pieces(p->n_slots, piece_size(p));
  bool judged = false;
  p->asking = rl_judge_begin(judge, pieces);
  rl_parallel_for(pieces, step_piece, p);
  rl_status asked = p->asking ? judge->accept(judge->context, &judged, error) : RL_OK;
  if (asked) return asked;
  for (int i = 0; i < p->n_slots; i++) {
    rl_slot *s = &p->slots[i];
    if (s->job < 0) continue;
    if (s->io.status) return complain_of(p, s, error);
    rl_status status = judge && !s->bad ? ask_judge(p, i, judged, error) : RL_OK;
    if (status) return status;
    if (judge) rl_job_settle(p, s);
    take_over(p, s);
  }
  return RL_OK;
}

/* The same of an environment that can fail, on the calling thread. */
static rl_status step_alone(rl_population_work *p, rl_error *error) {
  rl_slot *s = &p->slots[0];
  rl_job_run(p, s, p->at_once ? INT64_MAX : 1, error);
  if (s->starved) return complain_of(p, s, error);
  if (s->io.status) return s->io.status;
  take_over(p, s);
  return RL_OK;
}

static rl_status run_episodes(rl_population_work *p, rl_error *error) {
  rl_parallel_for(p->part.end - p->part.first, episode_piece, p);
  rl_status status = rl_stop_check(error);
  if (status) return status;
  for (int job = p->part.first; job < p->part.end; job++)
    if (p->ends[job] >= RL_JOB_NO_COPY) return complain(p, job, p->ends[job], p->lengths[job], error);
  p->running = 0;
  return RL_OK;
}

static void give_jobs(rl_population_work *p) {
  for (int job = 0; job < p->jobs; job++) {
    if (rl_population_design(p, job)) continue;
    p->returns[job] = (double)NAN;
    p->ends[job] = RL_JOB_REFUSED;
    p->over++;
  }
  for (int i = 0; i < p->n_slots; i++) give_job(p, &p->slots[i]);
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

static int slots_for(const rl_population_work *p) {
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
  rl_population_work *p = rl_allocate(1, sizeof *p);
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

static rl_status advance_population(rl_population_work *p, rl_error *error) {
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
  if (*done) rl_population_summarize(p, p->result);
  return status;
}

static rl_background_state background_piece(void *context) {
  rl_population_work *p = context;
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
  rl_population_summarize(p, p->result);
  return RL_OK;
}

double rl_population_fraction(const rl_population_work *p) {
  const long long over = p->over;
  return (double)(p->thread && over == p->jobs ? over - 1 : over) / p->jobs; /* all is when poll says so */
}

/* Of what must be the same on all ranks. */
static uint64_t mark(const rl_population *who, const rl_population_options *how) {
  const int64_t numbers[] = {who->n,       how->episodes, how->max_steps,     how->deterministic, how->common,
                             how->observe, how->first,    (int64_t)how->seed, (int64_t)how->round};
  uint64_t m = rl_ranks_mark(who->def->name, strlen(who->def->name), 0);
  m = rl_ranks_mark(numbers, sizeof numbers, m);
  if (who->options) m = rl_ranks_mark(who->options, (size_t)who->def->n_options * sizeof *who->options, m);
  if (!who->policy) return m;
  const rl_tensor *theta = &who->policy->network.theta;
  m = rl_mark(theta->data, (size_t)rl_tensor_count(theta), m);
  return who->candidates ? rl_mark(who->candidates, (size_t)who->n * (size_t)theta->shape[0], m) : m;
}

/* Fills in what other ranks have found. */
static rl_status share(rl_population_work *p, rl_status status, uint64_t same, rl_error *error) {
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
                                   {p->moments, 1, 2 * rl_population_obs_size(p) * sizeof *p->moments, 0},
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
  if (!status) rl_population_summarize(p, result);
  rl_population_free(p);
  return status;
}
