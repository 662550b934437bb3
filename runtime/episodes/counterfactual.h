/* What would all have been worth, had one agent done otherwise? A critic Q reads what all agents of a world observe and do;
 * the expectation of Q over one agent's own action, those of the others as they are, is the baseline of that agent
 * (Foerster et al. 2018). It tells the agent's part in a reward that all share, and does not depend on what the agent did, so
 * that the policy gradient stays what it is.
 *
 * Over one choice the expectation is a sum. Of numbers, or several choices, it is the mean over rollout->samples actions that
 * are drawn from the policy, by a stream for each row. */
#ifndef RL_COUNTERFACTUAL_H
#define RL_COUNTERFACTUAL_H

#include "episodes/rollout.h"

RL_C_BEGIN

/* Q of rows first .. first + rows - 1 of the batch, into rollout->value, and their baselines. */
rl_status rl_counterfactual_rows(rl_rollout *rollout, rl_policy *policy, rl_value *value, int first, int rows,
                                 rl_error *error);
/* What follows states in which nobody has acted yet: obs [rows, inputs] of whole worlds; out [rows] is the mean of Q over
 * actions that are drawn for all agents. number: of the first row's stream. */
rl_status rl_counterfactual_expect(rl_rollout *rollout, rl_policy *policy, rl_value *value, const float *obs,
                                   int rows, uint32_t number, float *out, rl_error *error);

RL_C_END

#endif
