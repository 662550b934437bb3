#include "method/method_internal.h"

#include <string.h>

static const rl_method_class classes[] = {
    {.name = "reinforce",
     .meaning =
         "an episode of each copy, then one step along the sum of return times grad log pi; the value, "
         "if there is one, is the baseline",
     .source = "Williams 1992",
     .objective = RL_SCORE,
     .step = RL_STEP_ONCE,
     .defaults = {{"episodes", true}, {"advantage", RL_REWARD_TO_GO}, {"lr", 1e-2}, {"value_lr", 1e-3}},
     .with_critic = {{"advantage", RL_BASELINE}}},
    {.name = "actor_critic",
     .meaning = "one-step actor-critic: a step after every step of the copies, collect(1)",
     .source = "Sutton & Barto 2018, 13.5",
     .objective = RL_SCORE,
     .step = RL_STEP_ONCE,
     .batch = 1,
     .defaults = {{"advantage", RL_TD},
                  {"normalize_advantage", false},
                  {"lr", 1e-3},
                  {"epochs", 1},
                  {"minibatch", 0}}},
    {.name = "a2c",
     .meaning = "advantage actor-critic, synchronous: one step a batch, which should be small",
     .source = "Mnih et al. 2016",
     .objective = RL_SCORE,
     .step = RL_STEP_ONCE,
     .batch = 256,
     .defaults = {{"normalize_advantage", false}, {"lr", 7e-4}, {"epochs", 1}, {"minibatch", 0}}},
    {.name = "a3c",
     .meaning =
         "asynchronous advantage actor-critic: each copy is a worker that acts and learns by the parameters "
         "it took after its own last step; a step for each in its turn, of RMSProp, after few steps of the "
         "copies",
     .source = "Mnih et al. 2016",
     .objective = RL_SCORE,
     .step = RL_STEP_WORKERS,
     .batch = 80,
     .defaults =
         {{"advantage", RL_BASELINE}, {"normalize_advantage", false}, {"entropy_coef", 0.01}, {"lr", 7e-4}}},
    {.name = "npg",
     .meaning =
         "natural policy gradient: a step whose length is measured in the policy, not in its parameters",
     .source = "Kakade 2002",
     .objective = RL_SURROGATE,
     .step = RL_STEP_NATURAL,
     .batch = RL_BATCH,
     .defaults = {{"lr", 1e-3}}},
    {.name = "enac",
     .meaning = "episodic natural actor-critic: returns of whole episodes are fitted by sums of grad log pi "
                "over each, and "
                "the fit is the natural gradient",
     .source = "Peters & Schaal 2008",
     .objective = RL_SURROGATE,
     .step = RL_STEP_NATURAL,
     .of_episodes = true,
     .defaults = {{"episodes", true},
                  {"advantage", RL_CONSTANT_BASELINE},
                  {"normalize_advantage", false},
                  {"cg_iterations", 50},
                  {"lr", 1e-3}},
     .with_critic = {{"advantage", RL_BASELINE}}},
    {.name = "dapg",
     .meaning =
         "demonstration-augmented policy gradient: a natural step along the gradient of the batch and of "
         "demonstrated actions, which fade; begins with a policy that rl.clone has fitted",
     .source = "Rajeswaran et al. 2018",
     .objective = RL_SURROGATE,
     .step = RL_STEP_NATURAL,
     .batch = RL_BATCH,
     .demonstrations = true,
     .defaults = {{"lr", 1e-3}, {"demonstration_coef", 0.1}}},
    {.name = "trpo",
     .meaning = "trust region: the natural gradient with a line search that keeps to max_kl",
     .source = "Schulman et al. 2015",
     .objective = RL_SURROGATE,
     .step = RL_STEP_NATURAL,
     .batch = RL_BATCH,
     .line_search = true,
     .defaults = {{"lr", 1e-3}, {"reward_scaling", true}}},
    {.name = "ppo",
     .meaning = "proximal policy optimisation: epochs of minibatches on a clipped ratio",
     .source = "Schulman et al. 2017, equation 7",
     .objective = RL_CLIPPED,
     .step = RL_STEP_EPOCHS,
     .batch = RL_BATCH,
     .defaults = {{"reward_scaling", true}}},
    {.name = "mappo",
     .meaning = "ppo in a world of several agents with one policy: the critic reads what all of them "
                "observe, and which of "
                "them it is for; of one agent it is ppo",
     .source = "Yu et al. 2022",
     .objective = RL_CLIPPED,
     .step = RL_STEP_EPOCHS,
     .batch = RL_BATCH,
     .central = true,
     .defaults = {{"reward_scaling", true}}},
    {.name = "coma",
     .meaning = "counterfactual multi-agent policy gradient: a critic of what all agents of a world observe "
                "and do; the advantage of "
                "an agent is to what it might have done while the others did the same",
     .source = "Foerster et al. 2018",
     .objective = RL_SCORE,
     .step = RL_STEP_ONCE,
     .batch = 256,
     .central = true,
     .of_actions = true,
     .defaults = {{"advantage", RL_COUNTERFACTUAL},
                  {"lambda", 0.8},
                  {"normalize_advantage", false},
                  {"lr", 7e-4},
                  {"epochs", 4},
                  {"reward_scaling", true}}},
    {.name = "ppo_penalty",
     .meaning = "proximal policy optimisation with a KL penalty that adapts to max_kl",
     .source = "Schulman et al. 2017, section 4",
     .objective = RL_PENALIZED,
     .step = RL_STEP_EPOCHS,
     .batch = RL_BATCH,
     .adaptive_penalty = true,
     .defaults = {{"reward_scaling", true}}},
    {.name = "grpo",
     .meaning = "an episode of each copy, compared with those that began alike; no critic. The mean is over "
                "all steps, so longer episodes weigh more than in the paper",
     .source = "Shao et al. 2024",
     .objective = RL_CLIPPED,
     .step = RL_STEP_EPOCHS,
     .groups = true,
     .defaults = {{"episodes", true},
                  {"group", 8},
                  {"advantage", RL_GROUP},
                  {"normalize_advantage", false},
                  {"epochs", 4}}},
    {.name = "sac",
     .meaning = "soft actor-critic: from a memory, a policy for reward and entropy, with two critics of "
                "actions and a temperature that adapts",
     .source = "Haarnoja et al. 2018",
     .objective = RL_SOFT,
     .step = RL_STEP_REPLAY,
     .batch = 1,
     .defaults = {{"advantage", RL_REWARD_TO_GO}, {"minibatch", 256}, {"max_grad_norm", 0}}},
    {.name = "ddpg",
     .meaning = "deep deterministic policy gradient: from a memory, the policy's mean along the slope of "
                "two critics of actions; it explores by the policy's deviation, which stays",
     .source = "Lillicrap et al. 2016",
     .objective = RL_DETERMINISTIC,
     .step = RL_STEP_REPLAY,
     .batch = 1,
     .defaults = {{"advantage", RL_REWARD_TO_GO}, {"minibatch", 256}, {"max_grad_norm", 0}}},
    {.name = "maddpg",
     .meaning =
         "multi-agent deterministic policy gradient: ddpg in a world of several agents with one policy; its "
         "critics read what all of them observe and do, and whose step it is; of one agent it is ddpg",
     .source = "Lowe et al. 2017",
     .objective = RL_DETERMINISTIC,
     .step = RL_STEP_REPLAY,
     .batch = 1,
     .central = true,
     .defaults = {{"advantage", RL_REWARD_TO_GO}, {"minibatch", 256}, {"max_grad_norm", 0}}},
    {.name = "awac",
     .meaning =
         "advantage-weighted actor-critic: from a memory, of demonstrations too, the likelihood of what was "
         "done, the more the better two critics of actions find it",
     .source = "Nair et al. 2020",
     .objective = RL_WEIGHTED,
     .step = RL_STEP_REPLAY,
     .batch = 1,
     .defaults = {{"advantage", RL_REWARD_TO_GO}, {"minibatch", 256}, {"max_grad_norm", 0}, {"warmup", 0}}},
    {.name = "off_pac",
     .meaning =
         "off-policy actor-critic: from a memory, the policy gradient under the steps of other policies, by "
         "probability ratios and a value with gradient correction",
     .source = "Degris et al. 2012",
     .objective = RL_RATIO,
     .step = RL_STEP_REPLAY,
     .batch = 1,
     .defaults = {{"advantage", RL_REWARD_TO_GO}, {"minibatch", 256}, {"warmup", 0}}},
};

enum { CLASSES = sizeof classes / sizeof *classes };

const rl_method_class *rl_method_classes(int *count) {
  *count = CLASSES;
  return classes;
}

const rl_method_class *rl_method_find(const char *name, rl_error *error) {
  const char *names[CLASSES];
  for (int i = 0; i < CLASSES; i++) {
    names[i] = classes[i].name;
    if (strcmp(name, names[i]) == 0) return &classes[i];
  }
  rl_fail_unknown(error, "method", name, names, CLASSES);
  return NULL;
}

static void apply(const rl_method_default *defaults, size_t n, rl_method_options *options) {
  const rl_options list = rl_method_option_table(NULL);
  for (size_t i = 0; i < n && defaults[i].option; i++)
    for (int k = 0; k < list.count; k++)
      if (strcmp(list.rows[k].name, defaults[i].option) == 0)
        rl_option_set(options, &list.rows[k], defaults[i].value);
}

rl_method_options rl_method_defaults(const char *name, bool with_value) {
  rl_error unknown;
  const rl_method_class *c = rl_method_find(name, &unknown);
  rl_method_options options = {.name = c ? c->name : name};
  rl_options_defaults(rl_method_option_table(NULL), &options);
  if (c) apply(c->defaults, sizeof c->defaults / sizeof *c->defaults, &options);
  if (c && with_value) apply(c->with_critic, sizeof c->with_critic / sizeof *c->with_critic, &options);
  return options;
}

static rl_status check_baseline(const rl_method_options *o, rl_error *error) {
  if (o->baseline == RL_BASELINE_STATE) return RL_OK;
  if (o->collect.lag)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option baseline: what it takes away has mean 0 for the policy that acted, which is an "
                   "older one with lag: leave one of the two out");
  if (o->symmetric == RL_SYMMETRIC_DATA || o->symmetric == RL_SYMMETRIC_LOSS)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option baseline: mirror images have none: use symmetric = \"network\", or baseline = "
                   "\"state\"");
  return RL_OK;
}

rl_status rl_method_check(const rl_method_options *options, rl_error *error) {
  const rl_method_class *c = rl_method_find(options->name, error);
  if (!c) return RL_BAD_ARGUMENT;
  rl_status status = rl_options_check(rl_method_option_table(c), options, error);
  if (!status && options->collect.lag && c->step == RL_STEP_WORKERS)
    status = rl_fail(error, RL_BAD_ARGUMENT,
                     "option lag: each worker of %s acts by parameters of its own, which are old as it is",
                     c->name);
  if (!status && c->step == RL_STEP_REPLAY) status = rl_replay_check(options, error);
  if (!status) status = check_baseline(options, error);
  return status ? status : rl_collect_check(&options->collect, error);
}
