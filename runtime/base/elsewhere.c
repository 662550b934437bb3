#include "base/elsewhere.h"

#include <string.h>

/* A word may stand for several options, of objects of different kinds. Only where the number can stay what it is: polyak is
 * 1 - tau, num_minibatches a count, train_freq the inverse of replay. */
static const struct {
  const char *there, *here; /* here: NULL where it is no option, but something else */
} words[] = {
    /* Stable-Baselines3, CleanRL, RLlib, Spinning Up */
    {"learning_rate", "lr"},
    {"actor_lr", "lr"},
    {"pi_lr", "lr"},
    {"policy_lr", "lr"},
    {"critic_lr", "value_lr"},
    {"q_lr", "value_lr"},
    {"vf_lr", "value_lr"},
    {"batch_size", "minibatch"},
    {"minibatch_size", "minibatch"},
    {"n_epochs", "epochs"},
    {"num_epochs", "epochs"},
    {"update_epochs", "epochs"},
    {"clip_range", "clip"},
    {"clip_coef", "clip"},
    {"clip_ratio", "clip"},
    {"clip_param", "clip"},
    {"clip_range_vf", "value_clip"},
    {"clip_vloss", "value_clip"},
    {"ent_coef", "entropy_coef"},
    {"ent_coef", "temperature"},
    {"vf_coef", "value_coef"},
    {"gae_lambda", "lambda"},
    {"lam", "lambda"},
    {"discount", "gamma"},
    {"norm_adv", "normalize_advantage"},
    {"use_sde", NULL},
    {"buffer_size", "memory"},
    {"learning_starts", "warmup"},
    {"start_steps", "warmup"},
    {"update_after", "warmup"},
    {"gradient_steps", "replay"},
    {"n_steps", "steps"},
    {"num_steps", "steps"},
    {"n_envs", "n"},
    {"num_envs", "n"},
    {"vf", "value"},
    {"critic", "value"},
    {"actor", "policy"},
    {"net_arch", "hidden"},
    {"hidden_sizes", "hidden"},
    {"hidden_size", "hidden"},
    {"activation_fn", "activation"},
    {"ortho_init", "init"},
    {"log_std_init", "log_std"},
    {"policy_kwargs", NULL},
    {"tensorboard_log", NULL},
    {"verbose", NULL},
    {"device", NULL},
    {"total_timesteps", "iterations"},
    {"random_seed", "seed"},
    /* Gymnasium */
    {"observation_space", "observation"},
    {"action_space", "action"},
    {"max_episode_steps", "limit"},
    {"max_episode_steps", "time_limit"},
    {"max_steps", "limit"},
    {"max_steps", "max_iterations"},
    {"max_steps", "time_limit"},
    {"reward_fn", "reward"},
    {"reward_function", "reward"},
    {"terminated", "done"},
    {"render_mode", NULL},
    /* pycma, DEAP, Nevergrad */
    {"sigma0", "sigma"},
    {"std", "sigma"},
    {"maxfevals", "max_evaluations"},
    {"budget", "max_evaluations"},
    {"maxiter", "max_iterations"},
    {"population_size", "popsize"},
    {"pop_size", "popsize"},
    {"lambda_", "popsize"},
    {"ftarget", "target"},
    {"timeout", "max_seconds"},
    {"cma_diagonal", "diagonal"},
};

const char *rl_elsewhere_name(const char *name, const char *const *names, size_t n, bool *is_foreign) {
  *is_foreign = false;
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    if (strcmp(words[w].there, name) != 0) continue;
    *is_foreign = true;
    for (size_t i = 0; words[w].here && i < n; i++)
      if (strcmp(words[w].here, names[i]) == 0) return names[i];
  }
  return NULL;
}
