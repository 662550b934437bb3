/* Options of collecting: their defaults, and whether environment, policy and value fit them. */
#include "method/collector_internal.h"

rl_collect_options rl_collect_defaults(bool with_value) {
  rl_collect_options options;
  rl_options_defaults(rl_collect_option_table(), &options);
  if (!with_value) options.advantage = RL_REWARD_TO_GO;
  return options;
}

void rl_collect_ahead(rl_collect_options *options, int lag, bool with_value) {
  options->lag = lag;
  if (with_value) options->advantage = RL_VTRACE;
}

rl_status rl_collect_check(const rl_collect_options *options, rl_error *error) {
  rl_status status = rl_options_check(rl_collect_option_table(), options, error);
  if (status) return status;
  if (options->group > 1 && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option group: copies begin alike in batches of episodes: say episodes = true");
  if (rl_estimator_compares(options->advantage) && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"%s\" compares episodes of all copies: say episodes = true",
                   rl_estimator_names[options->advantage]);
  if (options->advantage == RL_GROUP && options->group < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"group\" compares episodes that begin alike, in groups of 2 or more: "
                   "use rl.grpo");
  return RL_OK;
}

/* Of a critic that reads all agents of a world, and, where advantages are counterfactual, what they do. */
static rl_status check_central(const rl_collector *c, const rl_central *central,
                               const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  const rl_network *network = &c->value->network;
  const int size = def->observation.size, acts = central->action ? def->action.size : 0;
  const bool counterfactual = options->advantage == RL_COUNTERFACTUAL;
  if (central->width != rl_central_width(size, acts, central->agents) || network->history > 1 || network->gru)
    return rl_fail(error, RL_BAD_SHAPE, "value takes %d observations, environment %s gives %d",
                   central->width, def->name, size);
  if (acts && !counterfactual)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "the value takes actions, which advantage \"counterfactual\" asks for, not \"%s\": make it with "
        "action = false",
        rl_estimator_names[options->advantage]);
  if (rl_vec_env_seat(c->env) >= 0)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a central value is of a whole world with one policy: a seat, as %s is, sees its own "
                   "observations only",
                   def->name);
  if (acts && c->policy->network.gru)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option gru: advantage \"counterfactual\" asks what a policy might do, which has none");
  if (options->lag)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option lag: a central value learns from the batch that was collected last: make the method "
        "without it");
  return RL_OK;
}

static rl_status check_critic(const rl_collector *c, const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  const rl_central central = rl_central_of(def, c->policy, c->value);
  if (central.agents) {
    rl_status status = check_central(c, &central, options, error);
    if (status) return status;
  } else if (c->value && c->value->network.history != c->policy->network.history)
    return rl_fail(error, RL_BAD_SHAPE,
                   "option history: the policy reads the last %d observations, the value the last %d: make "
                   "both with the same",
                   c->policy->network.history, c->value->network.history);
  const bool recurrent = c->policy->network.gru || (c->value && c->value->network.gru);
  if (recurrent && (rl_vec_env_agents(c->env) > 1 || rl_vec_env_seat(c->env) >= 0))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option gru: recurrent networks do not learn in worlds of several agents, as %s is",
                   def->name);
  if (recurrent && options->lag)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option lag: recurrent networks (gru) learn from the batch that they have collected last: make "
        "the method without it");
  if (c->value && c->policy->value_head)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the policy has a value head and there is a value besides: leave one out");
  if (rl_collector_has_critic(c) && options->advantage == RL_COUNTERFACTUAL && !central.action)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "advantage \"counterfactual\" needs a value of what all agents observe and do: give value = "
        "rl.value(env, { central = true, action = true })");
  if (!rl_collector_has_critic(c) && rl_estimator_needs_value(options->advantage))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "advantage \"%s\" needs a critic: give value = rl.value(env), or the policy a value_head, "
                   "or choose advantage = \"%s\"",
                   rl_estimator_names[options->advantage],
                   rl_estimator_names[options->group > 1 ? RL_GROUP : RL_REWARD_TO_GO]);
  return RL_OK;
}

rl_status rl_collector_check(const rl_collector *c, const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  rl_status status = rl_collect_check(options, error);
  if (!status) status = rl_env_check_shared(def, error);
  if (!status && options->group > 1) status = rl_env_check_lone(def, "option group", error);
  if (!status) status = rl_policy_fits(c->policy, &def->observation, &def->action, def->name, error);
  if (!status) status = check_critic(c, options, error);
  if (status || options->group == 1) return status;
  if (rl_vec_env_copies(c->env) % options->group != 0)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option group: %d copies do not make groups of %d: make the environment with n = a multiple",
        rl_vec_env_copies(c->env), options->group);
  if (!def->repeatable)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "environment %s cannot repeat a start state, which groups need: if its reset and step "
                   "draw from their rng only, say repeatable = true; or use rl.ppo",
                   def->name);
  return RL_OK;
}
