/* Inside a population at work: shared by population.c (jobs given to slots, on threads and over ranks), population_job.c (one
 * job) and population_result.c (what all came to). */
#ifndef RL_POPULATION_INTERNAL_H
#define RL_POPULATION_INTERNAL_H

#include "base/background.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "episodes/population.h"

#include <stdalign.h>
#include <stdatomic.h>

RL_C_BEGIN

/* One copy of the environment at work on a job, with what a candidate needs to act in it. */
typedef struct rl_slot {
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
} rl_slot;

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
  rl_slot *slots;
  uint64_t seed;    /* of this round */
  double *returns;  /* [jobs] */
  int64_t *lengths; /* [jobs] */
  uint8_t *ends;    /* [jobs] */
  double *moments;  /* [jobs, 2, obs] mean and squared deviations of the observations; NULL: unwanted */
  float *fields;    /* [jobs, n_fields] at the end; NULL: unwanted */
  double *terms;    /* [jobs, RL_MAX_TERMS] sums; NULL: unwanted */
  double *sums;     /* [jobs, n_fields] of fields over the steps; NULL: unwanted */
};

enum {
  RL_JOB_TRUNCATED,
  RL_JOB_TERMINATED,
  RL_JOB_NOT_FINITE,
  RL_JOB_REFUSED,
  RL_JOB_NO_COPY,
  RL_JOB_NO_CHOICE
};

static inline size_t rl_population_obs_size(const rl_population_work *p) {
  return (size_t)p->def->observation.size;
}

/* The definition that a job's candidate is simulated with; NULL: it was refused. */
static inline const rl_env_def *rl_population_design(const rl_population_work *p, int job) {
  return p->who.designs ? p->who.designs[job / p->how.episodes] : p->def;
}

/* The job begins; the status of io says how it went. */
void rl_job_begin(const rl_population_work *p, rl_slot *s, int job, rl_error *error);
/* One step up to the judge, and what is behind it: the sums, and whether the episode is over. */
void rl_job_advance(const rl_population_work *p, rl_slot *s);
void rl_job_settle(const rl_population_work *p, rl_slot *s);
/* So many steps of the slot's job without a judge, or what is left of it. */
void rl_job_run(const rl_population_work *p, rl_slot *s, int64_t steps, rl_error *error);

void rl_population_summarize(const rl_population_work *p, rl_population_result *result);

RL_C_END

#endif
