/* Making a policy, its masks, and its outputs as distributions; files are in policy_state.c, options in policy_options.c. */
#include "network/policy.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Ties the network of a policy: its outputs are the action, perhaps its log-std, perhaps the value. */
static rl_status tie_policy(rl_policy *policy, const rl_mirror *observation, const rl_mirror *action,
                            rl_error *error) {
  const int size = policy->action.size, outputs = rl_policy_outputs(policy), reals = policy->reals;
  const int64_t extra = policy->network.theta.shape[0] - (int64_t)rl_network_parameters(&policy->network);
  int *from = rl_allocate((size_t)(outputs + reals + size), sizeof *from);
  float *sign = rl_allocate((size_t)(outputs + reals), sizeof *sign);
  rl_status status =
      from && sign ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a symmetric policy");
  if (!status) {
    int *places = from + outputs, *real = places + reals;
    for (int i = 0; i < outputs + reals; i++) sign[i] = 1.0f;
    for (int i = 0; i < outputs; i++) from[i] = i; /* the value */
    for (int i = 0; i < size; i++) {
      from[i] = action->from[i];
      sign[i] = action->sign[i];
    }
    rl_space_real_places(&policy->action, real);
    for (int i = 0; i < reals; i++) {
      places[i] = 0;
      while (real[places[i]] != action->from[real[i]]) places[i]++;
      if (policy->std == RL_STD_STATE) from[size + i] = size + places[i];
    }
    const rl_mirror output = {outputs, from, sign}, tail = {(int)extra, places, sign + outputs};
    status = rl_network_tie(&policy->network, observation, &output, &tail, error);
  }
  rl_release(from);
  rl_release(sign);
  return status;
}

/* The last layer's bias, and its weight of input i: [outputs]. */
static float *last_bias(const rl_network *network) {
  return network->theta.data + rl_network_parameters(network) - rl_network_outputs(network);
}

/* What the last layer reads. */
static int last_inputs(const rl_network *network) {
  const rl_mlp *mlp = &network->mlp;
  if (network->gru) return network->gru;
  return mlp->n_layers > 1 ? mlp->width[mlp->n_layers - 2] : mlp->inputs;
}

static float *last_weight(const rl_network *network, int i) {
  const int in = last_inputs(network), out = rl_network_outputs(network);
  return last_bias(network) - (size_t)(in - i) * (size_t)out;
}

/* The value head begins with gain 1, the log-std head at its initial value. */
static void init_heads(rl_policy *policy, const rl_policy_options *options) {
  const int size = policy->action.size, reals = policy->reals, out = rl_policy_outputs(policy),
            in = last_inputs(&policy->network);
  float gain = options->network.init == RL_INIT_ORTHOGONAL ? options->network.output_gain : 1.0f;
  for (int i = 0; policy->value_head && gain > 0.0f && i < in; i++)
    last_weight(&policy->network, i)[out - 1] /= gain;
  for (int i = 0; policy->std == RL_STD_STATE && i < reals; i++)
    last_bias(&policy->network)[size + i] = options->log_std;
  float *log_std = rl_policy_log_std(policy);
  for (int i = 0; log_std && i < reals; i++) log_std[i] = options->log_std;
}

rl_status rl_policy_init(rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const rl_policy_options *options, rl_error *error) {
  const int reals = rl_space_reals(action);
  *policy = (rl_policy){.observation = *observation,
                        .action = *action,
                        .reals = reals,
                        .value_head = options->value_head,
                        .squash = options->squash,
                        .std = reals ? options->std : RL_STD_FREE};
  policy->observation.size *= options->network.history;
  int outputs = action->size + (policy->std == RL_STD_STATE ? reals : 0) + policy->value_head;
  int extra = policy->std == RL_STD_FREE ? reals : 0;
  const bool bounded =
      action->kind == RL_BOX && isfinite(action->high - action->low) && action->high > action->low;
  if (options->squash && !bounded)
    return rl_fail(error, RL_BAD_ARGUMENT, "option squash: actions are not numbers within bounds");
  rl_status status = RL_OK;
  if (action->masked && observation->size < rl_space_choices(action))
    status = rl_fail(error, RL_BAD_SHAPE, "%d observations cannot end with a mask of %d numbers",
                     observation->size, rl_space_choices(action));
  if (!status)
    status =
        rl_network_init(&policy->network, observation->size, outputs, extra, &options->network, 0, error);
  const rl_network_options *network = &options->network;
  if (!status && network->symmetric)
    status = rl_network_check_symmetry(network, observation->size, action, error);
  if (!status && network->symmetric)
    status = tie_policy(policy, &network->symmetry->observation, &network->symmetry->action, error);
  if (!status && network->symmetric) status = rl_network_init_tied(&policy->network, network, 0, error);
  if (!status && policy->std == RL_STD_FIXED)
    status = rl_tensor_zeros(&policy->fixed_log_std, 1, (int64_t[]){reals}, error);
  if (status)
    rl_policy_release(policy);
  else
    init_heads(policy, options);
  return status;
}

rl_status rl_policy_clone(rl_policy *clone, const rl_policy *policy, rl_error *error) {
  rl_policy_options options = rl_policy_defaults();
  rl_network_read_shape(&policy->network, &options.network);
  options.std = policy->std;
  options.value_head = policy->value_head;
  options.squash = policy->squash;
  rl_space observation = policy->observation;
  observation.size = rl_network_size(&policy->network);
  rl_status status = rl_policy_init(clone, &observation, &policy->action, &options, error);
  if (status) return status;
  status = rl_network_copy_ties(&clone->network, &policy->network, error);
  if (status) {
    rl_policy_release(clone);
    return status;
  }
  rl_network_copy(&clone->network, &policy->network);
  if (policy->fixed_log_std.data)
    memcpy(clone->fixed_log_std.data, policy->fixed_log_std.data, (size_t)policy->reals * sizeof(float));
  if (!policy->action_names) return RL_OK;
  const size_t n = (size_t)policy->action.size;
  clone->action_names = rl_allocate(n, sizeof *clone->action_names);
  if (clone->action_names) {
    memcpy(clone->action_names, policy->action_names, n * sizeof *clone->action_names);
    return RL_OK;
  }
  rl_policy_release(clone);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for the names of %zu actions", n);
}

rl_status rl_policy_name_actions(rl_policy *policy, const char *const *names, rl_error *error) {
  const size_t n = (size_t)policy->action.size;
  rl_release(policy->action_names);
  policy->action_names = names ? rl_allocate(n, sizeof *policy->action_names) : NULL;
  if (names && !policy->action_names)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the names of %zu actions", n);
  for (size_t i = 0; names && i < n; i++)
    snprintf(policy->action_names[i], sizeof *policy->action_names, "%s", names[i]);
  return RL_OK;
}

void rl_policy_release(rl_policy *policy) {
  rl_release(policy->action_names);
  rl_network_release(&policy->network);
  rl_tensor_release(&policy->fixed_log_std);
  rl_release(policy->output);
  *policy = (rl_policy){0};
}

const float *rl_policy_log_std_of(const rl_policy *policy, const float *theta) {
  if (!policy->reals || policy->std == RL_STD_STATE) return NULL;
  const int64_t size = policy->network.theta.shape[0]; /* they are at its end */
  return policy->fixed_log_std.data ? policy->fixed_log_std.data : theta + size - policy->reals;
}

float *rl_policy_log_std(const rl_policy *policy) {
  return (float *)rl_policy_log_std_of(policy, policy->network.theta.data);
}

rl_status rl_policy_check_finite(const rl_policy *policy, const char *what, rl_error *error) {
  const rl_tensor *log_std = &policy->fixed_log_std;
  for (int64_t i = 0; log_std->data && i < log_std->shape[0]; i++)
    if (!isfinite(log_std->data[i]))
      return rl_fail(error, RL_NOT_FINITE, "log_std %d of the %s is not a finite number", (int)i + 1, what);
  return rl_network_check_finite(&policy->network, what, error);
}

/* Of one row. */
static void mask_row(const rl_space *space, const float *mask, float *y) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_DISCRETE && i < factor.size; i++)
      if (*mask++ == 0.0f) y[i] = RL_FORBIDDEN;
    y += factor.size;
  }
}

static const float *mask_of(const rl_policy *policy, const float *obs, int size, int r) {
  return rl_space_mask(&policy->action, obs + (size_t)r * (size_t)size, size);
}

void rl_policy_mask(const rl_policy *policy, const float *obs, int rows, float *y) {
  const size_t outputs = (size_t)rl_policy_outputs(policy);
  for (int r = 0; policy->action.masked && r < rows; r++)
    mask_row(&policy->action, mask_of(policy, obs, policy->observation.size, r), y + (size_t)r * outputs);
}

rl_status rl_policy_check_masks(const rl_policy *policy, const float *obs, int size, int rows,
                                rl_error *error) {
  rl_error why;
  for (int r = 0; policy->action.masked && r < rows; r++)
    if (rl_space_check_mask(&policy->action, mask_of(policy, obs, size, r), &why))
      return rl_fail(error, RL_BAD_ARGUMENT, "observation %d: %s", r + 1, why.message);
  return RL_OK;
}

rl_status rl_policy_apply(rl_policy *policy, const float *obs, int rows, float *y, rl_error *error) {
  rl_status status = rl_network_apply(&policy->network, obs, rows, y, error);
  if (!status) rl_policy_mask(policy, obs, rows, y);
  return status;
}

void rl_policy_apply_rows(const rl_policy *policy, const float *theta, const float *obs, int rows,
                          float *memory, float *y, int worker) {
  rl_network_step_rows(&policy->network, theta, obs, rows, memory, y, worker);
  rl_policy_mask(policy, obs, rows, y);
}

rl_dist rl_policy_read(const rl_policy *policy, const float *y) {
  return rl_policy_read_of(policy, policy->network.theta.data, y);
}

rl_dist rl_policy_read_of(const rl_policy *policy, const float *theta, const float *y) {
  bool state = policy->std == RL_STD_STATE;
  return (rl_dist){.kind = policy->action.kind,
                   .size = policy->action.size,
                   .space = &policy->action,
                   .head = y,
                   .head_stride = rl_policy_outputs(policy),
                   .log_std = state ? y + policy->action.size : rl_policy_log_std_of(policy, theta),
                   .log_std_stride = state ? rl_policy_outputs(policy) : 0,
                   .middle = policy->squash ? 0.5f * (policy->action.low + policy->action.high) : 0.0f,
                   .half = policy->squash ? 0.5f * (policy->action.high - policy->action.low) : 0.0f};
}

float *rl_policy_dlog_std(const rl_policy *policy, float *dy, float *dextra) {
  if (!policy->reals || policy->std == RL_STD_FIXED) return NULL;
  return policy->std == RL_STD_STATE ? dy + policy->action.size : dextra;
}

static rl_status make_room(rl_policy *policy, int rows, rl_error *error) {
  if (rows <= policy->output_rows) return RL_OK;
  rl_release(policy->output);
  policy->output = rl_allocate((size_t)rows * (size_t)rl_policy_outputs(policy), sizeof(float));
  policy->output_rows = policy->output ? rows : 0;
  if (!policy->output) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d actions", rows);
  return RL_OK;
}

static rl_status apply(rl_policy *policy, const float *obs, int rows, float *memory, rl_error *error) {
  rl_status status = make_room(policy, rows, error);
  if (!status) status = rl_network_step(&policy->network, obs, rows, memory, policy->output, error);
  if (!status) rl_policy_mask(policy, obs, rows, policy->output);
  return status;
}

rl_status rl_policy_step(rl_policy *policy, const float *observations, int rows, float *memory, rl_dist *dist,
                         rl_error *error) {
  if (!rl_network_memory(&policy->network)) return rl_policy_dist(policy, observations, rows, dist, error);
  const float *x;
  rl_status status =
      make_room(policy, rows, error); /* first: what is remembered moves on only where all goes well */
  if (!status) status = rl_network_see_own(&policy->network, observations, rows, memory, &x, error);
  if (!status) status = apply(policy, x, rows, memory, error);
  if (!status) *dist = rl_policy_read(policy, policy->output);
  return status;
}

rl_status rl_policy_dist(rl_policy *policy, const float *obs, int rows, rl_dist *dist, rl_error *error) {
  rl_status status = apply(policy, obs, rows, NULL, error);
  if (!status) *dist = rl_policy_read(policy, policy->output);
  return status;
}

rl_status rl_policy_value(rl_policy *policy, const float *obs, int rows, float *value, rl_error *error) {
  return rl_policy_value_step(policy, obs, rows, NULL, value, error);
}

rl_status rl_policy_value_step(rl_policy *policy, const float *obs, int rows, float *memory, float *value,
                               rl_error *error) {
  if (!policy->value_head) return rl_fail(error, RL_BAD_ARGUMENT, "the policy has no value head");
  rl_status status = apply(policy, obs, rows, memory, error);
  size_t outputs = (size_t)rl_policy_outputs(policy);
  for (int r = 0; !status && r < rows; r++) value[r] = policy->output[((size_t)r + 1) * outputs - 1];
  return status;
}

rl_status rl_policy_fits(const rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const char *name, rl_error *error) {
  const int size = rl_network_size(&policy->network);
  if (size != observation->size)
    return rl_fail(error, RL_BAD_SHAPE,
                   "policy takes %d observations, environment %s gives %d: make it for this environment",
                   size, name, observation->size);
  if (rl_space_same(&policy->action, action)) return RL_OK;
  static const char *const kinds[] = {"box", "discrete"};
  if (policy->action.kind != RL_FACTORS && action->kind != RL_FACTORS &&
      policy->action.masked == action->masked)
    return rl_fail(
        error, RL_BAD_SHAPE,
        "policy gives a %s action of size %d, environment %s takes %s of size %d: make it for this "
        "environment",
        kinds[policy->action.kind], policy->action.size, name, kinds[action->kind], action->size);
  char given[RL_SPACE_TEXT], wanted[RL_SPACE_TEXT];
  return rl_fail(
      error, RL_BAD_SHAPE,
      "policy gives actions \"%.300s\", environment %s takes \"%.300s\": make it for this environment",
      rl_space_text(&policy->action, given), name, rl_space_text(action, wanted));
}
