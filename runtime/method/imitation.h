/* What demonstrations say about a policy: minimised is the mean of -weight log pi(a|s) over their steps, which is the score
 * objective (objective.h) with the same advantage everywhere. rl.clone does nothing else; a method adds it to what it
 * improves (Rajeswaran et al. 2018). */
#ifndef RL_IMITATION_H
#define RL_IMITATION_H

#include "episodes/demonstration.h"
#include "method/objective.h"

RL_C_BEGIN

typedef struct rl_imitation {
  rl_policy *policy;
  int samples;   /* steps, and behind them the mirror image of each */
  float *obs;    /* [samples, observation.size] copies */
  float *action; /* [samples, width] */
  float *zeros;  /* [samples] */
  float *weight; /* [room] of a minibatch */
  int room;
  uint64_t mark; /* of the demonstrations */
  rl_objective objective;
  rl_learner learner;
} rl_imitation;

/* Of all steps of `demo`, which is copied, with their mirror images unless symmetry is NULL. RL_BAD_SHAPE when the policy is for
 * other spaces; RL_BAD_ARGUMENT without a step. Released also after a failure. */
rl_status rl_imitation_init(rl_imitation *imitation, rl_policy *policy, const rl_demonstration *demo,
                            const rl_symmetry *symmetry, rl_error *error);
void rl_imitation_release(rl_imitation *imitation);
/* From now on it is about this policy, which is otherwise the same. */
void rl_imitation_use(rl_imitation *imitation, rl_policy *policy);

/* Before passes (learner.h) over minibatches of up to `minibatch`: observations are normalised as the policy does now. */
rl_status rl_imitation_begin(rl_imitation *imitation, int minibatch, double entropy_coef, rl_error *error);
/* Of the samples `index` [rows], until the pass is complete. */
void rl_imitation_weigh(rl_imitation *imitation, const int *index, int rows, double weight);
/* Of a complete pass with weight 1: the mean log-probability. */
double rl_imitation_likelihood(const rl_imitation *imitation, int rows);

RL_C_END

#endif
