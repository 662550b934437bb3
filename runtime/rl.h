/* librl: reinforcement learning for simulated creatures, as a C library.
 *
 * This is everything of runtime/: tensors, random streams, networks, distributions, optimisers,
 * policy-gradient methods, the environment interface, the vectoriser, evaluation, files. Environments that
 * exist are in registry.h, creatures of one's own in creature.h. A complete program, which teaches a biped to
 * walk on the Moon:
 *
 *   #include <rl/registry.h>
 *   #include <rl/rl.h>
 *   #include <stdio.h>
 *
 *   int main(void) {
 *     rl_error error;
 *     rl_env_def *def;
 *     rl_vec_env *env;
 *     rl_policy policy;
 *     rl_value value;
 *     rl_method *ppo;
 *     rl_method_stats stats;
 *     rl_method_options options = rl_method_defaults("ppo", true);
 *     rl_policy_options policy_net = rl_policy_defaults();
 *     rl_network_options value_net = rl_value_defaults();
 *     if (rl_registry_open("biped", NULL, 0, &def, &error) ||
 *         rl_vec_env_create(&env, def, 64, 1, 0, NULL, &error) ||
 *         rl_env_set_option(def, rl_vec_env_options(env), "gravity", 1.62, NULL, &error) ||
 *         rl_policy_init(&policy, &def->observation, &def->action, &policy_net, &error) ||
 *         rl_value_init(&value, &def->observation, &value_net, &error) ||
 *         rl_method_create(&ppo, env, &policy, &value, NULL, NULL, &options, &error))
 *       return fprintf(stderr, "%s\n", error.message), 1;
 *     for (int i = 0; i < 200; i++) {
 *       if (rl_method_collect(ppo, 128, &error) || rl_method_update(ppo, &stats, &error))
 *         return fprintf(stderr, "%s\n", error.message), 1;
 *       printf("%d: reward %.3f\n", i, rl_method_rollout(ppo)->stats.mean_reward);
 *     }
 *     return rl_policy_save(&policy, "policy.safetensors", &error);
 *   }
 *
 * Build it with `cc walk.c $(pkg-config --cflags --libs rl)`. Functions that can fail return an rl_status and
 * fill in an rl_error; nothing prints, exits or handles signals. Loops run on a pool of
 * threads (base/parallel.h) that sleep while there is nothing to do. */
#ifndef RL_H
#define RL_H

#include "archive/archive.h"
#include "autodiff/variable.h"
#include "base/background.h"
#include "base/memory.h"
#include "base/mirror.h"
#include "base/option.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "base/space.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/stop.h"
#include "env/env.h"
#include "env/vec_env.h"
#include "episodes/evaluate.h"
#include "episodes/players.h"
#include "episodes/population.h"
#include "episodes/recording.h"
#include "episodes/rollout.h"
#include "export/export.h"
#include "method/agent.h"
#include "method/beside.h"
#include "method/method.h"
#include "method/trainer.h"
#include "network/dist.h"
#include "network/network.h"
#include "network/normalizer.h"
#include "network/optimizer.h"
#include "network/policy.h"
#include "network/value.h"
#include "search/search.h"
#include "search/search_class.h"
#include "search/search_space.h"
#include "tensor/tensor.h"

#endif
