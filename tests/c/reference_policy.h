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

/* The distribution that outputs y stand for; `shared` [reals] is the log-std where it does not depend on the state. Masked
 * outputs, of a batch or of reference_mask, are those of RL_FORBIDDEN. */
static inline reference_dist reference_read(const rl_policy *policy, const double *shared, const double *y) {
  const rl_space *space = &policy->action;
  const double *log_std = policy->std == RL_STD_STATE ? y + space->size : shared;
  reference_dist dist = reference_of(space->kind, space->size, y, log_std);
  dist.space = space;
  for (int i = 0; i < rl_space_reals(space); i++) dist.log_std[i] = log_std[i];
  for (int i = 0; i < space->size; i++)
    if (y[i] == (double)RL_FORBIDDEN) dist.head[i] = reference_never;
  return dist;
}

/* The mask at the end of an observation, which has numbers for choices only. */
static inline void reference_mask(const rl_policy *policy, const float *obs, double *y) {
  const rl_space *space = &policy->action;
  const float *mask = obs + policy->observation.size;
  for (int f = rl_space_factors(space) - 1, at = space->size; space->masked && f >= 0; f--) {
    const rl_factor factor = rl_space_factor(space, f);
    at -= factor.size;
    if (factor.kind == RL_BOX) continue;
    mask -= factor.size;
    for (int i = 0; i < factor.size; i++)
      if (mask[i] == 0.0f) y[at + i] = (double)RL_FORBIDDEN;
  }
}

/* The shared log-std under theta, into `out`; 0 where there is none. */
static inline void reference_log_std(const rl_policy *policy, const double *theta, double *out) {
  size_t own = rl_mlp_parameters(&policy->network.mlp);
  for (int i = 0; i < policy->action.size; i++) {
    out[i] = 0.0;
    if (i >= rl_space_reals(&policy->action) || policy->std == RL_STD_STATE) continue;
    out[i] = policy->fixed_log_std.data ? (double)policy->fixed_log_std.data[i] : theta[own + (size_t)i];
  }
}

/* The distribution under theta in the state of a raw observation; y [outputs] of the network besides, if not
 * NULL. */
static inline reference_dist reference_policy(const rl_policy *policy, const double *theta, const float *obs,
                                              double *y) {
  double outputs[REFERENCE_OUTPUTS], shared[REFERENCE_ACTIONS];
  reference_outputs(&policy->network, theta, obs, outputs);
  reference_mask(policy, obs, outputs);
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
