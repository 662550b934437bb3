/* Policies and values. A policy is a network whose output is the mean of a Gaussian (for a box; its log-std,
 * the same in all states, is the tail of theta) or the logits of a categorical (for discrete actions). A
 * value is a network with one output. Both carry their own normaliser, so a saved one is all that is needed
 * to act. */
#ifndef RL_POLICY_H
#define RL_POLICY_H

#include "distribution.h"
#include "network.h"

typedef struct rl_policy {
  rl_network network;
  rl_space observation, action;
  float *head; /* [head_rows, outputs], grown as needed */
  int head_rows;
} rl_policy;

typedef struct rl_value {
  rl_network network;
} rl_value;

/* log_std: initial, of every action of a box. */
rl_status rl_policy_init(rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const rl_network_options *options, float log_std, rl_error *error);
void rl_policy_release(rl_policy *policy);
static inline int rl_policy_log_std_size(const rl_policy *policy) {
  return policy->action.kind == RL_BOX ? policy->action.size : 0;
}
float *
rl_policy_log_std(const rl_policy *policy); /* [action.size], part of theta; NULL for discrete actions */

/* The action distributions in the states obs [rows, observation.size]; valid until the next call. */
rl_status rl_policy_dist(rl_policy *policy, const float *obs, int rows, rl_dist *dist, rl_error *error);

/* Writes a file that rl_policy_load reads; see archive.h for the errors. RL_NOT_FINITE when a parameter is
 * not. */
rl_status rl_policy_save(const rl_policy *policy, const char *path, rl_error *error);
rl_status rl_policy_load(rl_policy *policy, const char *path, rl_error *error);
/* RL_BAD_SHAPE, giving both, when the policy is for other spaces. */
rl_status rl_policy_fits(const rl_policy *policy, const rl_env_def *def, rl_error *error);

rl_status rl_value_init(rl_value *value, const rl_space *observation, const rl_network_options *options,
                        rl_error *error);
void rl_value_release(rl_value *value);

#endif
