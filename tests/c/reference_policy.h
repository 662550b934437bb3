/* Policies and values in double, one row at a time: what the losses and the trust region are recomputed with.
 * Parameters come as an array in double, so that they can be moved a little. */
#ifndef REFERENCE_POLICY_H
#define REFERENCE_POLICY_H

#include "network/policy.h"
#include "reference_dist.h"

enum { REFERENCE_OUTPUTS = 2 * REFERENCE_ACTIONS + 1 };

/* The normalised and clipped observation [inputs], from the statistics. */
static inline void reference_normalize(const rl_network *network, const float *obs, double *x) {
  const rl_normalizer *n = &network->normalizer;
  for (int i = 0; i < network->mlp.inputs; i++) {
    x[i] = (double)obs[i];
    if (n->count > 0.0) x[i] = (x[i] - n->mean[i]) / sqrt(n->m2[i] / n->count + 1e-8);
    x[i] = fmin(fmax(x[i], -(double)network->clip), (double)network->clip);
  }
}

/* y [outputs] of a raw observation */
static inline void reference_outputs(const rl_network *network, const double *theta, const float *obs,
                                     double *y) {
  double x[REFERENCE_WIDTH];
  reference_normalize(network, obs, x);
  reference_forward(&network->mlp, theta, x, y);
}

/* The distribution that outputs y stand for; `shared` [action.size] is the log-std where it does not depend
 * on the state. */
static inline reference_dist reference_read(const rl_policy *policy, const double *shared, const double *y) {
  int size = policy->action.size;
  return reference_of(policy->action.kind, size, y, policy->std == RL_STD_STATE ? y + size : shared);
}

/* The shared log-std under theta, into `out`; 0 where there is none. */
static inline void reference_log_std(const rl_policy *policy, const double *theta, double *out) {
  size_t own = rl_mlp_parameters(&policy->network.mlp);
  for (int i = 0; i < policy->action.size; i++) {
    out[i] = 0.0;
    if (policy->action.kind != RL_BOX || policy->std == RL_STD_STATE) continue;
    out[i] = policy->fixed_log_std.data ? (double)policy->fixed_log_std.data[i] : theta[own + (size_t)i];
  }
}

/* The distribution under theta in the state of a raw observation; y [outputs] of the network besides, if not
 * NULL. */
static inline reference_dist reference_policy(const rl_policy *policy, const double *theta, const float *obs,
                                              double *y) {
  double outputs[REFERENCE_OUTPUTS], shared[REFERENCE_ACTIONS];
  reference_outputs(&policy->network, theta, obs, outputs);
  reference_log_std(policy, theta, shared);
  for (int i = 0; y && i < rl_policy_outputs(policy); i++) y[i] = outputs[i];
  return reference_read(policy, shared, outputs);
}

static inline double reference_value(const rl_value *value, const double *theta, const float *obs) {
  double y;
  reference_outputs(&value->network, theta, obs, &y);
  return y;
}

#endif
