#include "method/method_options.h"

const char *const rl_method_names[RL_METHODS + 1] = {"reinforce", "actor_critic", "a2c",  "npg",     "trpo",
                                                     "ppo",       "ppo_penalty",  "grpo", "rollout", NULL};

enum {
  SCORE = 1 << RL_REINFORCE | 1 << RL_ACTOR_CRITIC | 1 << RL_A2C,
  NATURAL = 1 << RL_NPG | 1 << RL_TRPO,
  CLIPPED = 1 << RL_PPO | 1 << RL_GRPO,
  PROXIMAL = CLIPPED | 1 << RL_PPO_PENALTY,
  LEARNING = SCORE | NATURAL | PROXIMAL,
  ALL = LEARNING | 1 << RL_ROLLOUT
};

#define AT(field) offsetof(rl_method_options, field)

static const rl_option_def table[] = {
    {"advantage", RL_OPTION_CHOICE, AT(advantage), 0, RL_ESTIMATORS - 1, ALL, true, rl_estimator_names},
    {"gamma", RL_OPTION_NUMBER, AT(gamma), 0, 1, ALL, true, NULL},
    {"lambda", RL_OPTION_NUMBER, AT(lambda), 0, 1, ALL, true, NULL},
    {"n_step", RL_OPTION_INTEGER, AT(n_step), 1, 1 << 24, ALL, true, NULL},
    {"episodes", RL_OPTION_BOOLEAN, AT(episodes), 0, 1, ALL & ~(1 << RL_GRPO), true, NULL},
    {"group", RL_OPTION_INTEGER, AT(group), 1, 1 << 16, 1 << RL_GRPO | 1 << RL_ROLLOUT, true, NULL},
    {"reward_scaling", RL_OPTION_BOOLEAN, AT(reward_scaling), 0, 1, ALL, true, NULL},
    {"reward_clip", RL_OPTION_NUMBER, AT(reward_clip), 0, 1e9, ALL, true, NULL},
    {"normalize_advantage", RL_OPTION_BOOLEAN, AT(normalize_advantage), 0, 1, LEARNING, true, NULL},
    {"discounted_gradient", RL_OPTION_BOOLEAN, AT(discounted_gradient), 0, 1, LEARNING, true, NULL},
    {"clip", RL_OPTION_NUMBER, AT(clip), 0, 1e6, CLIPPED, true, NULL},
    {"entropy", RL_OPTION_NUMBER, AT(entropy), -1e3, 1e3, LEARNING, true, NULL},
    {"base_kl", RL_OPTION_NUMBER, AT(base_kl), 0, 1e6, LEARNING, true, NULL},
    {"value_clip", RL_OPTION_NUMBER, AT(value_clip), 0, 1e9, LEARNING, true, NULL},
    {"value_coef", RL_OPTION_NUMBER, AT(value_coef), 0, 1e6, LEARNING, true, NULL},
    {"kl", RL_OPTION_NUMBER, AT(kl), 1e-9, 1e3, NATURAL | 1 << RL_PPO_PENALTY, true, NULL},
    {"beta", RL_OPTION_NUMBER, AT(beta), 0, 1e9, 1 << RL_PPO_PENALTY, true, NULL},
    {"lr", RL_OPTION_NUMBER, AT(lr), 0, 10, LEARNING, true, NULL},
    {"value_lr", RL_OPTION_NUMBER, AT(value_lr), 0, 10, SCORE | PROXIMAL, true, NULL},
    {"sgd", RL_OPTION_BOOLEAN, AT(sgd), 0, 1, SCORE | PROXIMAL, true, NULL},
    {"anneal", RL_OPTION_INTEGER, AT(anneal), 0, 1e9, LEARNING, true, NULL},
    {"epochs", RL_OPTION_INTEGER, AT(epochs), 1, 1000, LEARNING, true, NULL},
    {"minibatch", RL_OPTION_INTEGER, AT(minibatch), 0, 1 << 28, LEARNING, true, NULL},
    {"max_grad_norm", RL_OPTION_NUMBER, AT(max_grad_norm), 0, 1e9, LEARNING, true, NULL},
    {"target_kl", RL_OPTION_NUMBER, AT(target_kl), 0, 1e6, PROXIMAL, true, NULL},
    {"step", RL_OPTION_NUMBER, AT(step), 0, 1e6, 1 << RL_NPG, true, NULL},
    {"damping", RL_OPTION_NUMBER, AT(damping), 0, 1e6, NATURAL, true, NULL},
    {"cg_iterations", RL_OPTION_INTEGER, AT(cg_iterations), 1, 1000, NATURAL, true, NULL},
    {"fisher_fraction", RL_OPTION_NUMBER, AT(fisher_fraction), 1e-6, 1, NATURAL, true, NULL},
    {"backtracks", RL_OPTION_INTEGER, AT(backtracks), 1, 100, 1 << RL_TRPO, true, NULL},
    {"backtrack_ratio", RL_OPTION_NUMBER, AT(backtrack_ratio), 0.01, 0.99, 1 << RL_TRPO, true, NULL},
};

const rl_option_def *rl_method_option_table(int *count) {
  *count = (int)(sizeof table / sizeof *table);
  return table;
}

static const rl_method_options common = {.seed = 1,
                                         .group = 1,
                                         .advantage = RL_GAE,
                                         .gamma = 0.99,
                                         .lambda = 0.95,
                                         .n_step = 5,
                                         .normalize_advantage = true,
                                         .clip = 0.2,
                                         .value_coef = 0.5,
                                         .kl = 0.01,
                                         .beta = 1.0,
                                         .lr = 3e-4,
                                         .epochs = 1,
                                         .max_grad_norm = 0.5,
                                         .damping = 0.1,
                                         .cg_iterations = 10,
                                         .fisher_fraction = 1.0,
                                         .backtracks = 10,
                                         .backtrack_ratio = 0.8};

rl_method_options rl_method_defaults(rl_method_kind kind, bool with_value) {
  rl_method_options o = common;
  o.kind = kind;
  switch (kind) {
  case RL_ROLLOUT:
    if (!with_value) o.advantage = RL_REWARD_TO_GO;
    break;
  case RL_REINFORCE:
    o.episodes = true;
    o.advantage = with_value ? RL_BASELINE : RL_REWARD_TO_GO;
    o.lr = 1e-2;
    o.value_lr = 1e-3;
    o.epochs = 10;
    o.minibatch = 64;
    break;
  case RL_ACTOR_CRITIC:
    o.advantage = RL_TD;
    o.normalize_advantage = false;
    o.lr = 1e-3;
    break;
  case RL_A2C:
    o.normalize_advantage = false;
    o.lr = 7e-4;
    break;
  case RL_NPG:
  case RL_TRPO:
    o.lr = 1e-3;
    o.epochs = 10;
    o.minibatch = 64;
    break;
  case RL_GRPO:
    o.episodes = true;
    o.group = 8;
    o.advantage = RL_GROUP;
    o.normalize_advantage = false;
    o.epochs = 4;
    o.minibatch = 64;
    break;
  default: o.epochs = 10; o.minibatch = 64;
  }
  return o;
}

rl_status rl_method_check(const rl_method_options *options, rl_error *error) {
  rl_status status = rl_option_check(table, sizeof table / sizeof *table, options->kind, options, error);
  if (status) return status;
  if (options->group > 1 && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option group: copies begin alike in batches of episodes: say episodes = true");
  if (options->advantage == RL_GROUP && options->group < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"group\" compares episodes that begin alike, in groups of 2 or more: "
                   "use rl.grpo");
  return RL_OK;
}
