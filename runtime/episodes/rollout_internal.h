/* Inside the rollout: shared by rollout.c (what a batch is, and collecting it), rollout_step.c (a step of all copies),
 * rollout_value.c (values), rollout_march.c (many steps of copies that need not wait for each other) and rollout_ranks.c (copies
 * of several processes). */
#ifndef RL_ROLLOUT_INTERNAL_H
#define RL_ROLLOUT_INTERNAL_H

#include "base/ranks.h"
#include "episodes/rollout.h"

#include <stdatomic.h>

RL_C_BEGIN

/* What a step came to. */
typedef struct rl_outcome {
  float reward;
  uint8_t terminated, truncated;
  uint8_t rests; /* before the step already */
  double episode_return;
  int64_t episode_length;
} rl_outcome;

static inline rl_outcome rl_outcome_of(const rl_vec_view *view, size_t i) {
  return (rl_outcome){.reward = view->reward[i],
                      .terminated = view->terminated[i],
                      .truncated = view->truncated[i],
                      .episode_return = view->episode_return[i],
                      .episode_length = view->episode_length[i]};
}

/* Where the step that is open begins in the arrays. */
static inline size_t rl_rollout_row(const rl_rollout *rollout) {
  return (size_t)rollout->progress.steps * (size_t)rollout->copies;
}

/* What copy i has come to, with what is remembered of it: x [inputs]. */
static inline void rl_rollout_recall(const rl_policy *policy, const float *memory, size_t i,
                                     const float *observations, float *x) {
  const rl_network *network = &policy->network;
  rl_network_recall(network, memory + i * (size_t)rl_network_memory(network),
                    observations + i * (size_t)rl_network_size(network), x);
}

/* Adds a step to what the batch is said to be. terms: [n_terms] */
void rl_rollout_account(rl_rollout_progress *p, rl_outcome o, const float *terms, int n_terms);

/* V of these states, by the value, or else by the value head; nothing is written without either. out: [rows] */
rl_status rl_rollout_evaluate(rl_policy *policy, rl_value *value, const float *obs, int rows, float *out,
                              rl_error *error);

/* The state obs that the truncated step `row` ended at is valued, or kept for that. */
rl_status rl_rollout_take_cut(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs, size_t row,
                              rl_error *error);

/* The same of all truncated steps of those that begin at `row`. */
rl_status rl_rollout_take_cuts(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, rl_value *value,
                               size_t row, rl_error *error);

/* Of a batch that is full: later actions, which are no part of it, do not change this. */
void rl_rollout_keep_memory(rl_rollout *r, const rl_policy *policy);

/* Actions of some copies on what they observe; row: the place of the first in the arrays. */
void rl_rollout_act_rows(const rl_rollout *r, const rl_vec_view *view, const rl_policy *policy, int first,
                         int rows, size_t row, int worker);

/* The observations of some copies and the actions on them, in the row of a step. */
rl_status rl_rollout_act_part(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy,
                              rl_ranks_part part, size_t row, rl_error *error);

/* After the last step. Places that this batch leaves empty must not show numbers of the last one, or what was
 * done to them. */
void rl_rollout_finish_steps(rl_rollout *rollout, const rl_vec_view *view, int n_terms, bool by_head);

/* RL_BAD_ARGUMENT where somebody else has moved the environment in the midst of the batch. */
rl_status rl_rollout_check_moves(const rl_rollout *rollout, const rl_vec_env *env, rl_error *error);

/* --- many steps --- */

typedef struct rl_band rl_band;

/* Of some copies, which keep what is summed in the order of the steps until all have gone. */
typedef struct rl_march {
  rl_rollout *rollout;
  rl_vec_env *env;
  const rl_policy *policy;
  int steps, n_terms;
  rl_ranks_part part;         /* of the copies, in whole worlds */
  int size, n_bands, threads; /* size: copies to a band */
  rl_band *bands;
  bool *failed;         /* [copies] */
  rl_outcome *outcomes; /* [steps, copies] */
  float *terms;         /* [steps, copies, n_terms] */
  float *last;          /* [steps, copies, obs] where a step was truncated */
  atomic_bool cut;      /* the program has asked to stop: steps are missing */
} rl_march;

/* Of copy i, before and after a step; row: its place in the arrays of the batch, at: in those of the march. */
void rl_march_begin_step(const rl_march *m, size_t i, size_t at);
void rl_march_keep_step(const rl_march *m, size_t i, size_t row, size_t at);

/* All steps of all copies of the march, on all threads. */
rl_status rl_march_step_apart(rl_march *m, rl_policy *policy, rl_error *error);

/* As many of the steps that are left as what is kept of them has room for. */
rl_status rl_rollout_step_many(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                               rl_error *error);

/* A whole batch with the copies of all ranks. */
rl_status rl_rollout_step_shared(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                                 rl_error *error);

RL_C_END

#endif
