/* The workers of an asynchronous method (Mnih et al. 2016). Each acts in one copy of the environment, by parameters that it
 * took from the shared ones right after its own last step; what it sees there it learns from with the same parameters. Then
 * they step, one after the other, along gradients that are old by the steps of all others.
 *
 * That is what threads without a lock come to when all are equally fast, in the order of their numbers. Here the order is
 * always that, so the same seed gives the same bytes for any number of threads, while all acting and all gradients are
 * work for the threads. */
#ifndef RL_WORKERS_H
#define RL_WORKERS_H

#include "episodes/rollout.h"
#include "method/objective.h"

RL_C_BEGIN

/* What all workers have of one of the networks. */
typedef struct rl_crew {
  int count;
  size_t size;          /* parameters */
  float *theta, *saved; /* [count, size]: each worker's; before the update that has begun */
  float *rows;          /* [count]: room for rows of observations and outputs */
  size_t rows_size;
  rl_learner *learner;     /* [count] passes with theta */
  rl_objective *objective; /* [count] their contexts, of a policy */
  const int **index;       /* [count] the samples of each: so many */
  int *n;
  bool *passing; /* [count] in the middle of a pass */
  int done;      /* have their gradient */
} rl_crew;

/* `learner` trains the shared parameters. RL_NO_MEMORY. */
rl_status rl_crew_init(rl_crew *crew, int count, const rl_learner *learner, rl_error *error);
void rl_crew_release(rl_crew *crew);
/* All take the shared parameters. */
void rl_crew_gather(rl_crew *crew, const rl_network *shared);
/* Whether the shared ones are not those that the last worker left: nobody else is to step them. */
bool rl_crew_is_stray(const rl_crew *crew, const rl_network *shared);

/* All follow the statistics of the inputs, as the shared parameters did. */
void rl_crew_follow(rl_crew *crew, const rl_network *shared);

/* Gradients. begin: the batch that `learner` has begun with, of which each worker has the samples order [copy after copy],
 * lengths[c] * `each` of copy c. start: the pass, by an objective that is complete. go_on: some workers' at a time,
 * all: everything; true: there is more. */
rl_status rl_crew_begin(rl_crew *crew, const rl_learner *learner, const int *order, const int *lengths,
                        int each, rl_error *error);
void rl_crew_start(rl_crew *crew, const rl_objective *objective);
bool rl_crew_go_on(rl_crew *crew, bool all);
/* Each steps the shared parameters along its gradient, and takes them. */
void rl_crew_step(rl_crew *crew, rl_learner *shared, rl_optimizer_kind kind, double lr, double max_grad_norm);
void rl_crew_restore(rl_crew *crew); /* to what begin found */

/* The workers of a method: of its policy, and of its value. */
typedef struct rl_workers {
  rl_crew policy, value; /* value: or none */
} rl_workers;

/* Values of a batch that is late (rollout.h), each state's by the worker that saw it. */
rl_status rl_workers_value(rl_workers *workers, rl_rollout *rollout, rl_policy *policy, rl_value *value,
                           rl_error *error);
RL_C_END

#endif
