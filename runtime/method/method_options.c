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

static const rl_option table[] = {
    {.name = "advantage",
     .type = RL_OPTION_CHOICE,
     .offset = AT(advantage),
     .min = 0,
     .max = RL_ESTIMATORS - 1,
     .live = true,
     .choices = rl_estimator_names},
    {.name = "gamma", .type = RL_OPTION_NUMBER, .offset = AT(gamma), .min = 0, .max = 1, .live = true},
    {.name = "lambda", .type = RL_OPTION_NUMBER, .offset = AT(lambda), .min = 0, .max = 1, .live = true},
    {.name = "n_step",
     .type = RL_OPTION_INTEGER,
     .offset = AT(n_step),
     .min = 1,
     .max = 1 << 24,
     .live = true},
    {.name = "episodes",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(episodes),
     .min = 0,
     .max = 1,
     .traits = ALL & ~(1 << RL_GRPO),
     .live = true},
    {.name = "group",
     .type = RL_OPTION_INTEGER,
     .offset = AT(group),
     .min = 1,
     .max = 1 << 16,
     .traits = 1 << RL_GRPO | 1 << RL_ROLLOUT,
     .live = true},
    {.name = "reward_scaling",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(reward_scaling),
     .min = 0,
     .max = 1,
     .live = true},
    {.name = "reward_clip",
     .type = RL_OPTION_NUMBER,
     .offset = AT(reward_clip),
     .min = 0,
     .max = 1e9,
     .live = true},
    {.name = "normalize_advantage",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(normalize_advantage),
     .min = 0,
     .max = 1,
     .traits = LEARNING,
     .live = true},
    {.name = "discounted_gradient",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(discounted_gradient),
     .min = 0,
     .max = 1,
     .traits = LEARNING,
     .live = true},
    {.name = "clip",
     .type = RL_OPTION_NUMBER,
     .offset = AT(clip),
     .min = 0,
     .max = 1e6,
     .traits = CLIPPED,
     .live = true},
    {.name = "entropy",
     .type = RL_OPTION_NUMBER,
     .offset = AT(entropy),
     .min = -1e3,
     .max = 1e3,
     .traits = LEARNING,
     .live = true},
    {.name = "base_kl",
     .type = RL_OPTION_NUMBER,
     .offset = AT(base_kl),
     .min = 0,
     .max = 1e6,
     .traits = LEARNING,
     .live = true},
    {.name = "value_clip",
     .type = RL_OPTION_NUMBER,
     .offset = AT(value_clip),
     .min = 0,
     .max = 1e9,
     .traits = LEARNING,
     .live = true},
    {.name = "value_coef",
     .type = RL_OPTION_NUMBER,
     .offset = AT(value_coef),
     .min = 0,
     .max = 1e6,
     .traits = LEARNING,
     .live = true},
    {.name = "kl",
     .type = RL_OPTION_NUMBER,
     .offset = AT(kl),
     .min = 1e-9,
     .max = 1e3,
     .traits = NATURAL | 1 << RL_PPO_PENALTY,
     .live = true},
    {.name = "beta",
     .type = RL_OPTION_NUMBER,
     .offset = AT(beta),
     .min = 0,
     .max = 1e9,
     .traits = 1 << RL_PPO_PENALTY,
     .live = true},
    {.name = "lr",
     .type = RL_OPTION_NUMBER,
     .offset = AT(lr),
     .min = 0,
     .max = 10,
     .traits = LEARNING,
     .live = true},
    {.name = "value_lr",
     .type = RL_OPTION_NUMBER,
     .offset = AT(value_lr),
     .min = 0,
     .max = 10,
     .traits = SCORE | PROXIMAL,
     .live = true},
    {.name = "sgd",
     .type = RL_OPTION_BOOLEAN,
     .offset = AT(sgd),
     .min = 0,
     .max = 1,
     .traits = SCORE | PROXIMAL,
     .live = true},
    {.name = "anneal",
     .type = RL_OPTION_INTEGER,
     .offset = AT(anneal),
     .min = 0,
     .max = 1e9,
     .traits = LEARNING,
     .live = true},
    {.name = "epochs",
     .type = RL_OPTION_INTEGER,
     .offset = AT(epochs),
     .min = 1,
     .max = 1000,
     .traits = LEARNING,
     .live = true},
    {.name = "minibatch",
     .type = RL_OPTION_INTEGER,
     .offset = AT(minibatch),
     .min = 0,
     .max = 1 << 28,
     .traits = LEARNING,
     .live = true},
    {.name = "max_grad_norm",
     .type = RL_OPTION_NUMBER,
     .offset = AT(max_grad_norm),
     .min = 0,
     .max = 1e9,
     .traits = LEARNING,
     .live = true},
    {.name = "target_kl",
     .type = RL_OPTION_NUMBER,
     .offset = AT(target_kl),
     .min = 0,
     .max = 1e6,
     .traits = PROXIMAL,
     .live = true},
    {.name = "step",
     .type = RL_OPTION_NUMBER,
     .offset = AT(step),
     .min = 0,
     .max = 1e6,
     .traits = 1 << RL_NPG,
     .live = true},
    {.name = "damping",
     .type = RL_OPTION_NUMBER,
     .offset = AT(damping),
     .min = 0,
     .max = 1e6,
     .traits = NATURAL,
     .live = true},
    {.name = "cg_iterations",
     .type = RL_OPTION_INTEGER,
     .offset = AT(cg_iterations),
     .min = 1,
     .max = 1000,
     .traits = NATURAL,
     .live = true},
    {.name = "fisher_fraction",
     .type = RL_OPTION_NUMBER,
     .offset = AT(fisher_fraction),
     .min = 1e-6,
     .max = 1,
     .traits = NATURAL,
     .live = true},
    {.name = "backtracks",
     .type = RL_OPTION_INTEGER,
     .offset = AT(backtracks),
     .min = 1,
     .max = 100,
     .traits = 1 << RL_TRPO,
     .live = true},
    {.name = "backtrack_ratio",
     .type = RL_OPTION_NUMBER,
     .offset = AT(backtrack_ratio),
     .min = 0.01,
     .max = 0.99,
     .traits = 1 << RL_TRPO,
     .live = true},
};

rl_options rl_method_option_table(rl_method_kind kind) {
  return (rl_options){table, sizeof table / sizeof *table, 1U << kind};
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
  rl_status status = rl_options_check(rl_method_option_table(options->kind), options, error);
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
