/* What is refused before a method does anything: parts that do not fit together or that it cannot do with,
 * parameters and batches that are not finite. */
#include "method/method_internal.h"

#include "base/vector.h"

#include <math.h>

static rl_status check_value(const rl_vec_env *env, const rl_policy *policy, const rl_value *value,
                             const rl_method_options *options, rl_error *error) {
  const char *name = rl_method_names[options->kind];
  int inputs = rl_vec_env_def(env)->observation.size;
  if (value && value->network.mlp.inputs != inputs)
    return rl_fail(error, RL_BAD_SHAPE, "value takes %d observations, environment %s gives %d",
                   value->network.mlp.inputs, rl_vec_env_def(env)->name, inputs);
  if (!value && !policy->value_head && rl_estimator_needs_value(options->advantage))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "rl.%s: advantage \"%s\" needs a critic: give value = rl.value(env), or the policy a "
                   "value_head, or choose advantage = \"%s\"",
                   name, rl_estimator_names[options->advantage],
                   rl_estimator_names[options->kind == RL_GRPO ? RL_GROUP : RL_REWARD_TO_GO]);
  if (!value && policy->value_head && (options->kind == RL_NPG || options->kind == RL_TRPO))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "rl.%s: fitting a value head would move the policy out of its trust region: give "
                   "value = rl.value(env)",
                   name);
  return RL_OK;
}

static rl_status check_base(const rl_policy *policy, const rl_policy *base, const rl_env_def *def,
                            rl_error *error) {
  rl_error unfit;
  if (base == policy)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option base: the policy cannot be its own base, it would move along: give a copy, "
                   "policy:clone()");
  rl_status status = rl_policy_fits(base, &def->observation, &def->action, def->name, &unfit);
  return status ? rl_fail(error, status, "option base: %s", unfit.message) : RL_OK;
}

rl_status rl_method_check_parts(const rl_vec_env *env, const rl_policy *policy, const rl_value *value,
                                const rl_policy *base, const rl_method_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  rl_status status = rl_method_check(options, error);
  if (!status) status = rl_policy_fits(policy, &def->observation, &def->action, def->name, error);
  if (!status && base) status = check_base(policy, base, def, error);
  if (!status) status = check_value(env, policy, value, options, error);
  if (status) return status;
  if (options->base_kl > 0.0 && !base)
    return rl_fail(error, RL_BAD_ARGUMENT, "option base_kl: there is no base: give base = a policy");
  if (options->group > 1 && rl_vec_env_copies(env) % options->group != 0)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option group: %d copies do not make groups of %d: make the environment with n = a multiple",
        rl_vec_env_copies(env), options->group);
  if (options->group > 1 && !def->repeatable)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "rl.%s: environment %s cannot repeat a start state, which its groups need: if its reset "
                   "and step draw from their rng only, say repeatable = true; or use rl.ppo",
                   rl_method_names[options->kind], def->name);
  return RL_OK;
}

rl_status rl_method_check_parameters(const rl_method *m, rl_error *error) {
  const struct {
    const char *name;
    const rl_network *network;
  } parts[] = {{"policy", &m->policy->network},
               {"value", m->value ? &m->value->network : NULL},
               {"base", m->base ? &m->base->network : NULL}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (!parts[i].network) continue;
    size_t size = (size_t)parts[i].network->theta.shape[0],
           bad = rl_first_not_finite(parts[i].network->theta.data, size);
    if (bad < size)
      return rl_fail(error, RL_NOT_FINITE, "parameter %zu of the %s is not a finite number", bad + 1,
                     parts[i].name);
  }
  const rl_tensor *log_std = &m->policy->fixed_log_std;
  for (int64_t i = 0; i < log_std->shape[0] && log_std->data; i++)
    if (!isfinite(log_std->data[i]))
      return rl_fail(error, RL_NOT_FINITE, "log_std %d of the policy is not a finite number", (int)i + 1);
  return RL_OK;
}

/* Batches are the user's to change, and a choice is an index. */
static rl_status check_choices(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->rollout;
  const rl_space *space = &m->policy->action;
  for (int k = 0; space->kind == RL_DISCRETE && k < r->n_rows; k++) {
    float choice = r->action.data[r->rows[k]];
    if (!(choice >= 0.0f && choice < (float)space->size) || choice != floorf(choice))
      return rl_fail(error, RL_BAD_ARGUMENT, "action of step %d, copy %d is %g, not one of 0 .. %d",
                     r->rows[k] / r->copies + 1, r->rows[k] % r->copies + 1, (double)choice, space->size - 1);
  }
  return RL_OK;
}

rl_status rl_method_check_batch(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->rollout;
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {{"observation", &r->obs}, {"action", &r->action},       {"log_prob", &r->log_prob},
               {"value", &r->value},     {"advantage", &r->advantage}, {"target", &r->target}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t cells = (size_t)r->steps * (size_t)r->copies, count = (size_t)rl_tensor_count(parts[i].tensor);
    size_t width = count / cells;
    if (rl_first_not_finite(parts[i].tensor->data, count) == count) continue;
    for (int k = 0; k < r->n_rows; k++) /* what is not of the batch does not matter */
      if (rl_first_not_finite(parts[i].tensor->data + (size_t)r->rows[k] * width, width) < width)
        return rl_fail(error, RL_NOT_FINITE, "%s of step %d, copy %d is not a finite number", parts[i].name,
                       r->rows[k] / r->copies + 1, r->rows[k] % r->copies + 1);
  }
  return check_choices(m, error);
}
