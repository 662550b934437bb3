#include "method/imitation.h"

#include "base/memory.h"

#include <string.h>

/* Each step's observation with those before it that the policy reads. */
static rl_status copy_observations(rl_imitation *im, const rl_demonstration *demo, rl_error *error) {
  const rl_network *network = &im->policy->network;
  const size_t size = (size_t)rl_network_size(network), inputs = (size_t)network->mlp.inputs,
               own = (size_t)rl_network_memory(network);
  float *memory = rl_allocate(own + 1, sizeof *memory);
  if (!memory) return rl_fail(error, RL_NO_MEMORY, "out of memory for demonstrated steps");
  for (size_t i = 0; i < (size_t)demo->steps; i++) {
    if (i > 0 && (demo->terminated[i - 1] || demo->truncated[i - 1])) memset(memory, 0, own * sizeof *memory);
    rl_network_see(network, demo->obs + i * size, 1, memory, im->obs + i * inputs);
  }
  rl_release(memory);
  return RL_OK;
}

static rl_status copy_steps(rl_imitation *im, const rl_demonstration *demo, const rl_symmetry *symmetry,
                            rl_error *error) {
  const size_t n = (size_t)demo->steps, size = (size_t)im->policy->observation.size,
               width = (size_t)rl_space_width(&demo->action), all = symmetry ? 2 * n : n;
  im->samples = (int)all;
  im->obs = rl_allocate(all * size, sizeof(float));
  im->action = rl_allocate(all * width, sizeof(float));
  im->zeros = rl_allocate(all, sizeof(float));
  if (!im->obs || !im->action || !im->zeros)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu demonstrated steps", n);
  rl_status status = copy_observations(im, demo, error);
  if (status) return status;
  memcpy(im->action, demo->actions, n * width * sizeof(float));
  if (!symmetry) return RL_OK;
  rl_mirror_apply(&symmetry->observation, im->obs, (int)n * im->policy->network.history, im->obs + n * size);
  rl_mirror_actions(&symmetry->action, &demo->action, demo->actions, (int)n, im->action + n * width);
  return RL_OK;
}

rl_status rl_imitation_init(rl_imitation *im, rl_policy *policy, const rl_demonstration *demo,
                            const rl_symmetry *symmetry, rl_error *error) {
  *im = (rl_imitation){.policy = policy, .mark = rl_demonstration_mark(demo)};
  rl_demonstrated of = {NULL, policy->observation, policy->action, NULL, NULL};
  of.observation.size = rl_network_size(&policy->network);
  rl_status status = rl_demonstration_fits(demo, &of, error);
  if (!status && policy->network.gru)
    status =
        rl_fail(error, RL_BAD_ARGUMENT,
                "policies with a recurrent layer (gru) do not learn from demonstrations: give one a history");
  if (!status && (demo->steps < 1 || demo->steps > 1 << 28))
    status = rl_fail(error, RL_BAD_ARGUMENT, "%s: %lld steps, wanted are 1 to %d", demo->from,
                     (long long)demo->steps, 1 << 28);
  if (!status) status = copy_steps(im, demo, symmetry, error);
  if (!status)
    status =
        rl_learner_init(&im->learner, &policy->network, RL_ADAM, rl_policy_loss, NULL, &im->objective, error);
  if (status) return status;
  if (policy->action.masked) im->learner.amend = rl_policy_amend;
  im->objective.policy = policy;
  return RL_OK;
}

void rl_imitation_release(rl_imitation *im) {
  rl_learner_release(&im->learner);
  rl_objective_release(&im->objective);
  rl_release(im->obs);
  rl_release(im->action);
  rl_release(im->zeros);
  rl_release(im->weight);
  *im = (rl_imitation){0};
}

void rl_imitation_use(rl_imitation *im, rl_policy *policy) {
  im->policy = policy;
  im->objective.policy = policy;
  im->learner.network = &policy->network;
}

rl_status rl_imitation_begin(rl_imitation *im, int minibatch, double entropy_coef, rl_error *error) {
  rl_objective *o = &im->objective;
  rl_status status = rl_objective_reserve(o, im->policy, minibatch, error);
  if (status) return status;
  if (minibatch > im->room) {
    rl_release(im->weight);
    im->weight = rl_allocate((size_t)minibatch, sizeof(float));
    im->room = im->weight ? minibatch : 0;
    if (!im->weight) return rl_fail(error, RL_NO_MEMORY, "out of memory for a minibatch of %d", minibatch);
  }
  o->kind = RL_SCORE;
  o->entropy_coef = entropy_coef;
  o->samples =
      (rl_samples){.cells = im->samples, .obs = im->obs, .action = im->action, .log_prob = im->zeros};
  return rl_learner_begin(&im->learner, im->obs, im->samples, minibatch, error);
}

void rl_imitation_weigh(rl_imitation *im, const int *index, int rows, double weight) {
  im->objective.first = index;
  im->objective.advantage = im->weight;
  for (int i = 0; i < rows; i++) im->weight[i] = (float)weight;
}

double rl_imitation_likelihood(const rl_imitation *im, int rows) {
  return -im->learner.stats[RL_STAT_POLICY_LOSS] / rows;
}
