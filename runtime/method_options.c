#include "method_options.h"

#include <math.h>

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

static const rl_method_option table[] = {
    {"advantage", RL_OPTION_ESTIMATOR, AT(advantage), 0, RL_ESTIMATORS - 1, ALL},
    {"gamma", RL_OPTION_NUMBER, AT(gamma), 0, 1, ALL},
    {"lambda", RL_OPTION_NUMBER, AT(lambda), 0, 1, ALL},
    {"n_step", RL_OPTION_INTEGER, AT(n_step), 1, 1 << 24, ALL},
    {"episodes", RL_OPTION_BOOLEAN, AT(episodes), 0, 1, ALL & ~(1 << RL_GRPO)},
    {"group", RL_OPTION_INTEGER, AT(group), 1, 1 << 16, 1 << RL_GRPO | 1 << RL_ROLLOUT},
    {"reward_scaling", RL_OPTION_BOOLEAN, AT(reward_scaling), 0, 1, ALL},
    {"reward_clip", RL_OPTION_NUMBER, AT(reward_clip), 0, 1e9, ALL},
    {"normalize_advantage", RL_OPTION_BOOLEAN, AT(normalize_advantage), 0, 1, LEARNING},
    {"discounted_gradient", RL_OPTION_BOOLEAN, AT(discounted_gradient), 0, 1, LEARNING},
    {"clip", RL_OPTION_NUMBER, AT(clip), 0, 1e6, CLIPPED},
    {"entropy", RL_OPTION_NUMBER, AT(entropy), -1e3, 1e3, LEARNING},
    {"base_kl", RL_OPTION_NUMBER, AT(base_kl), 0, 1e6, LEARNING},
    {"value_clip", RL_OPTION_NUMBER, AT(value_clip), 0, 1e9, LEARNING},
    {"value_coef", RL_OPTION_NUMBER, AT(value_coef), 0, 1e6, LEARNING},
    {"kl", RL_OPTION_NUMBER, AT(kl), 1e-9, 1e3, NATURAL | 1 << RL_PPO_PENALTY},
    {"beta", RL_OPTION_NUMBER, AT(beta), 0, 1e9, 1 << RL_PPO_PENALTY},
    {"lr", RL_OPTION_NUMBER, AT(lr), 0, 10, LEARNING},
    {"value_lr", RL_OPTION_NUMBER, AT(value_lr), 0, 10, SCORE | PROXIMAL},
    {"sgd", RL_OPTION_BOOLEAN, AT(sgd), 0, 1, SCORE | PROXIMAL},
    {"anneal", RL_OPTION_INTEGER, AT(anneal), 0, 1e9, LEARNING},
    {"epochs", RL_OPTION_INTEGER, AT(epochs), 1, 1000, LEARNING},
    {"minibatch", RL_OPTION_INTEGER, AT(minibatch), 0, 1 << 28, LEARNING},
    {"max_grad_norm", RL_OPTION_NUMBER, AT(max_grad_norm), 0, 1e9, LEARNING},
    {"target_kl", RL_OPTION_NUMBER, AT(target_kl), 0, 1e6, PROXIMAL},
    {"step", RL_OPTION_NUMBER, AT(step), 0, 1e6, 1 << RL_NPG},
    {"damping", RL_OPTION_NUMBER, AT(damping), 0, 1e6, NATURAL},
    {"cg_iterations", RL_OPTION_INTEGER, AT(cg_iterations), 1, 1000, NATURAL},
    {"fisher_fraction", RL_OPTION_NUMBER, AT(fisher_fraction), 1e-6, 1, NATURAL},
    {"backtracks", RL_OPTION_INTEGER, AT(backtracks), 1, 100, 1 << RL_TRPO},
    {"backtrack_ratio", RL_OPTION_NUMBER, AT(backtrack_ratio), 0.01, 0.99, 1 << RL_TRPO},
};

const rl_method_option *rl_method_option_table(int *count) {
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

double rl_method_option_get(const rl_method_options *options, const rl_method_option *option) {
  const void *at = (const char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: return *(const double *)at;
  case RL_OPTION_INTEGER: return *(const int *)at;
  case RL_OPTION_BOOLEAN: return *(const bool *)at;
  default: return (double)*(const rl_estimator *)at;
  }
}

void rl_method_option_set(rl_method_options *options, const rl_method_option *option, double value) {
  void *at = (char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: *(double *)at = value; break;
  case RL_OPTION_INTEGER: *(int *)at = (int)value; break;
  case RL_OPTION_BOOLEAN: *(bool *)at = value != 0.0; break;
  default: *(rl_estimator *)at = (rl_estimator)value;
  }
}

rl_status rl_method_check(const rl_method_options *options, rl_error *error) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    double value = rl_method_option_get(options, &table[i]);
    if (rl_method_has(options->kind, &table[i]) && !(value >= table[i].min && value <= table[i].max))
      return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]", table[i].name, value,
                     table[i].min, table[i].max);
  }
  if (options->group > 1 && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option group: copies begin alike in batches of episodes: say episodes = true");
  if (options->advantage == RL_GROUP && options->group < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"group\" compares episodes that begin alike, in groups of 2 or more: "
                   "use rl.grpo");
  return RL_OK;
}
