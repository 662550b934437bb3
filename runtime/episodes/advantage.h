/* Advantage estimators (Schulman et al. 2016, section 2): how good was each action of a batch?
 *
 *   total          the return of the whole trajectory, from its start
 *   reward_to_go   G_t, the return from t on
 *   baseline       G_t - V(s_t)
 *   q              the n-step return: r_t + gamma r_{t+1} + ... + gamma^n V(s_{t+n})
 *   advantage      the n-step return - V(s_t)
 *   td             r_t + gamma V(s_{t+1}) - V(s_t)
 *   gae            sum over k of (gamma lambda)^k td_{t+k} (equation 16)
 *   group          (R - mean R) / std R among the trajectories of a group (Shao et al. 2024), for all of its
 *                  steps; R is the sum of the rewards of a copy's first trajectory, not discounted
 *   constant_baseline  the return of the trajectory less the mean of those of the batch
 *   time_baseline  G_t less the mean of G_t over the trajectories of the batch that were still going on after as many
 *                  steps (Peters & Schaal 2008, section 3.2)
 *   vtrace         rho_t (r_t + gamma v_{t+1} - V(s_t)) for actions of another policy mu (Espeholt et al. 2018),
 *                  where v_t = V(s_t) + rho_t td_t + gamma c_t (v_{t+1} - V(s_{t+1})),
 *                  rho_t = min(rho_clip, pi/mu), c_t = lambda min(c_clip, pi/mu); v_t is the value's target
 *   counterfactual Q(s_t, a_t) - the expectation of Q(s_t, .) over the own action of the agent, those of others as they are
 *                  (Foerster et al. 2018, equation 4): the value of the batch is Q, its target as of gae, which is
 *                  TD(lambda)
 *
 * A trajectory ends where it is terminated (nothing follows), truncated or cut by the end of the batch (V of
 * the state it was cut at follows, which is 0 without a critic). Arrays are [steps, copies], time first. */
#ifndef RL_ADVANTAGE_H
#define RL_ADVANTAGE_H

#include "base/linkage.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

typedef enum rl_estimator {
  RL_TOTAL,
  RL_REWARD_TO_GO,
  RL_BASELINE,
  RL_Q,
  RL_ADVANTAGE,
  RL_TD,
  RL_GAE,
  RL_GROUP,
  RL_VTRACE,
  RL_CONSTANT_BASELINE,
  RL_TIME_BASELINE,
  RL_COUNTERFACTUAL,
  RL_ESTIMATORS
} rl_estimator;

extern const char *const rl_estimator_names[RL_ESTIMATORS + 1]; /* as above; NULL-terminated */

bool rl_estimator_needs_value(rl_estimator estimator);
/* Compares the copies' episodes, step by step or as a whole: the batch must be one episode of each. */
bool rl_estimator_compares(rl_estimator estimator);
/* All steps of a trajectory have the same advantage. */
bool rl_estimator_is_of_episodes(rl_estimator estimator);

typedef struct rl_trajectories {
  int steps, copies;
  const int *length; /* [copies] steps that were taken; NULL: all. What comes after them has no meaning */
  const int *time;   /* [steps, copies] steps since the episode began; only the reward filter asks */
  const float *reward, *value;
  const uint8_t *terminated, *truncated;
  const float *cut_value;  /* [steps, copies] V of the observation a truncated step ended at */
  const float *last_value; /* [copies] V of the observation after the last step */
  const float *baseline;   /* [steps, copies] of counterfactual */
  const float *ratio;      /* [steps, copies] pi(a|s) / mu(a|s), of vtrace; NULL: 1 */
} rl_trajectories;

typedef struct rl_estimate_options {
  rl_estimator estimator;
  double gamma, lambda;    /* lambda: of gae, vtrace and counterfactual */
  int n_step;              /* of q and advantage */
  int group;               /* copies in a row that are a group */
  double rho_clip, c_clip; /* of vtrace */
} rl_estimate_options;

/* Writes the advantage of each step and the target that V(s_t) should have by the same estimate: the return
 * (total, reward_to_go, baseline, group, constant_baseline, time_baseline), the n-step return (q, advantage), r_t + gamma V(s_{t+1}) (td),
 * gae + V(s_t) (gae, counterfactual), or v_t (vtrace). */
void rl_estimate(const rl_trajectories *trajectories, const rl_estimate_options *options, float *advantage,
                 float *target);

RL_C_END

#endif
