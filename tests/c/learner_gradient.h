/* The gradient of a learner over a minibatch of a memory, held against central differences of the loss that it says. */
#ifndef LEARNER_GRADIENT_H
#define LEARNER_GRADIENT_H

#include "check.h"
#include "method/method_internal.h"

typedef double learner_loss(const rl_learner *learner); /* a sum over rows, of its statistics */

typedef struct learner_rows {
  rl_learner *learner;
  const rl_replay *replay;
  learner_loss *loss;
} learner_rows;

static inline double mean_loss(void *context) {
  const learner_rows *of = context;
  rl_learner_evaluate(of->learner, of->replay->index, of->replay->rows);
  return of->loss(of->learner) / of->replay->rows;
}

static inline void check_learner_gradient(rl_learner *learner, const rl_replay *r, learner_loss *loss,
                                          float step, double tolerance) {
  learner_rows of = {learner, r, loss};
  const size_t n = (size_t)learner->network->theta.shape[0];
  float *gradient = zeros(n, sizeof *gradient);
  double *want = zeros(n, sizeof *want);
  rl_learner_gradient(learner, r->index, r->rows);
  memcpy(gradient, learner->gradient, n * sizeof *gradient);
  float_differences(mean_loss, &of, learner->network->theta.data, n, step, want);
  assert_relative(gradient, want, n, tolerance);
  free(gradient);
  free(want);
}

static inline double value_loss_of(const rl_learner *learner) { return learner->stats[RL_STAT_VALUE_LOSS]; }
static inline double policy_loss_of(const rl_learner *learner) { return learner->stats[RL_STAT_POLICY_LOSS]; }

#endif
