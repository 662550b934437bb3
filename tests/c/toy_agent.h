/* A policy, a value and PPO on six copies of the toy environment, for the tests of training: small enough
 * that losses can be differentiated parameter by parameter. */
#ifndef TOY_AGENT_H
#define TOY_AGENT_H

#include "check.h"
#include "method.h"
#include "toy_env.h"

enum { COPIES = 6, STEPS = 40, ROWS = COPIES * STEPS, OBS = 2, MAX_PARAMETERS = 128 };

typedef struct agent {
  rl_vec_env *env;
  rl_policy policy;
  rl_value value;
  rl_method *ppo;
} agent;

static inline rl_network_options small_network(uint64_t seed) {
  rl_network_options options =
      rl_network_defaults(0.5f); /* so large that actions depend on observations at once */
  options.hidden[0] = 6;
  options.hidden[1] = 5;
  options.seed = seed;
  return options;
}

static inline rl_status agent_create(agent *a, const rl_env_def *def, const rl_method_options *options,
                                     uint64_t seed, rl_error *error) {
  *a = (agent){0};
  rl_policy_options policy = rl_policy_defaults();
  rl_network_options network = policy.network = small_network(seed);
  rl_status status = rl_vec_env_create(&a->env, def, COPIES, seed, 0, NULL, error);
  if (!status) status = rl_policy_init(&a->policy, &def->observation, &def->action, &policy, error);
  if (!status) status = rl_value_init(&a->value, &def->observation, &network, error);
  if (!status) status = rl_method_create(&a->ppo, a->env, &a->policy, &a->value, NULL, options, error);
  return status;
}

static inline void agent_free(agent *a) {
  rl_method_free(a->ppo);
  rl_policy_release(&a->policy);
  rl_value_release(&a->value);
  rl_vec_env_free(a->env);
}

/* Its pointers into the agent are why it is filled in place. */
static inline void agent_new(agent *a, const rl_env_def *def, const rl_method_options *options) {
  rl_error error;
  assert_ok(agent_create(a, def, options, 1, &error));
}

static inline rl_rollout *collect(agent *a, int steps) {
  rl_error error;
  assert_ok(rl_method_collect(a->ppo, steps, &error));
  return rl_method_rollout(a->ppo);
}

static inline rl_method_stats update(agent *a) {
  rl_error error;
  rl_method_stats stats;
  assert_ok(rl_method_update(a->ppo, &stats, &error));
  return stats;
}

static inline size_t count(const rl_network *network) { return (size_t)network->theta.shape[0]; }

#endif
