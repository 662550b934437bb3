#include "network/policy.h"

#include "base/memory.h"
#include "base/vector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const rl_std_names[4] = {"free", "state", "fixed", NULL};

#define AT(field) offsetof(rl_policy_options, network.field)

enum { OF_POLICY = 1, OF_VALUE = 2 };

/* name, unit, meaning, default, min, max, choices, type, place, whose */
static const rl_option table[] = {
    {"activation", "", "of the hidden layers", RL_TANH, 0, 2, rl_activation_names, RL_OPTION_CHOICE,
     AT(activation), 0, false, NULL},
    {"normalize", "", "observations get mean 0 and deviation 1, over all that were seen", true, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(normalize), 0, false, NULL},
    {"clip", "", "observations are clipped to plus or minus this; not given: 10 where they are normalised",
     (double)NAN, 0, INFINITY, NULL, RL_OPTION_FLOAT, AT(clip), 0, false, NULL},
    {"layer_norm", "", "hidden layers are normalised, each row over its units", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(layer_norm), 0, false, NULL},
    {"init", "", "the first weights; orthogonal ones have a small last layer in a policy", RL_INIT_ORTHOGONAL,
     0, 1, rl_init_names, RL_OPTION_CHOICE, AT(init), 0, false, NULL},
    {"seed", "", "of the first weights", 1, 0, 0x1p53, NULL, RL_OPTION_SEED, AT(seed), 0, false, NULL},
    {"history", "",
     "observations that it reads: the last ones, at an episode's start its first again and again", 1, 1, 1024,
     NULL, RL_OPTION_INTEGER, AT(history), 0, false, NULL},
    {"gru", "units", "of a recurrent layer between the hidden layers and the output; 0: there is none", 0, 0,
     4096, NULL, RL_OPTION_INTEGER, AT(gru), 0, false, NULL},
    {"symmetric", "",
     "what it gives for a mirror image is the image of what it gives: hidden units are in pairs, half of the "
     "parameters "
     "are free",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, AT(symmetric), 0, false, NULL},
    {"action", "", "the value is of an action in a state, and takes both", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(action), OF_VALUE, false, NULL},
    {"central", "",
     "the value reads what all agents of a world observe, with action also what they do, and which of them "
     "it is for",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, AT(central), OF_VALUE, false, NULL},
    {"log_std", "", "logarithm of the standard deviation of actions, at first", -0.5, -20, 5, NULL,
     RL_OPTION_FLOAT, offsetof(rl_policy_options, log_std), OF_POLICY, false, NULL},
    {"std", "", "the deviation is a parameter (free), an output (state) or stays (fixed)", RL_STD_FREE, 0, 2,
     rl_std_names, RL_OPTION_CHOICE, offsetof(rl_policy_options, std), OF_POLICY, false, NULL},
    {"value_head", "", "the policy's network also gives the value of the state", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, offsetof(rl_policy_options, value_head), OF_POLICY, false, NULL},
    {"squash", "",
     "actions are within their bounds, by tanh; the deviation is an output then, unless std says otherwise",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, offsetof(rl_policy_options, squash), OF_POLICY, false, NULL},
};

rl_options rl_policy_option_table(void) {
  return (rl_options){table, sizeof table / sizeof *table, OF_POLICY};
}

rl_options rl_value_option_table(void) { return (rl_options){table, sizeof table / sizeof *table, OF_VALUE}; }

rl_policy_options rl_policy_defaults(void) {
  return (rl_policy_options){.network = rl_network_defaults(0.01f), .std = RL_STD_FREE, .log_std = -0.5f};
}

rl_network_options rl_value_defaults(void) { return rl_network_defaults(1.0f); }

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

/* Of a network that is to be symmetric: is enough known of the environment? */
static rl_status check_symmetry(const rl_network_options *options, int inputs, const rl_space *action,
                                rl_error *error) {
  const rl_symmetry *symmetry = options->symmetry;
  if (!symmetry)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: nothing is known of mirror images of the environment");
  rl_status status = rl_mirror_check(&symmetry->observation, inputs, "observation", error);
  return status || !action ? status : rl_mirror_check_actions(&symmetry->action, action, error);
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
  if (!status && network->symmetric) status = check_symmetry(network, observation->size, action, error);
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

static rl_status copy_ties(rl_network *to, const rl_network *from, rl_error *error) {
  const rl_ties *ties = &from->ties;
  const rl_mirror input = rl_network_mirror(from);
  return rl_network_is_symmetric(from) ? rl_network_tie(to, &input, &ties->output, &ties->extra, error)
                                       : RL_OK;
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
  status = copy_ties(&clone->network, &policy->network, error);
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

static const char file_prefix[] = "policy", format[] = "rl-policy-3";
static const char format_0_1[] =
    "rl-policy-2"; /* one vector of parameters; a fixed log-std is called "log_std" */

/* The heads as strings; in the file of one policy they have no prefix. */
enum { HEADS = 4 };
typedef struct head_text {
  const char *name;
  char value[RL_SPACE_TEXT];
} head_text;

static void heads_of(const rl_policy *policy, head_text heads[HEADS]) {
  static const char *const names[HEADS] = {"action", "std", "value_head", "squash"};
  for (int i = 0; i < HEADS; i++) heads[i].name = names[i];
  rl_space_text(&policy->action, heads[0].value);
  snprintf(heads[1].value, sizeof heads->value, "%s", rl_std_names[policy->std]);
  snprintf(heads[2].value, sizeof heads->value, "%s", policy->value_head ? "true" : "false");
  snprintf(heads[3].value, sizeof heads->value, "%s", policy->squash ? "true" : "false");
}

/* One a line. */
static rl_status put_names(const rl_policy *policy, rl_archive *archive, const char *name, rl_error *error) {
  const size_t n = (size_t)policy->action.size;
  if (!policy->action_names || !rl_space_choices(&policy->action)) return RL_OK;
  char *text = rl_allocate(n, sizeof *policy->action_names);
  if (!text) return rl_fail(error, RL_NO_MEMORY, "out of memory to save the names of %zu actions", n);
  char *end = text;
  for (size_t i = 0; i < n; i++) {
    const size_t length = strlen(policy->action_names[i]);
    if (i) *end++ = '\n';
    memcpy(end, policy->action_names[i], length);
    end += length;
  }
  rl_status status = rl_archive_put_string(archive, name, text, error);
  rl_release(text);
  return status;
}

static rl_status read_names(rl_policy *policy, const char *text, const char *path, rl_error *error) {
  const size_t n = (size_t)policy->action.size;
  size_t i = 0;
  if (!text) return RL_OK;
  policy->action_names = rl_allocate(n, sizeof *policy->action_names);
  if (!policy->action_names)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the names of %zu actions", n);
  for (;; i++) {
    const size_t length = strcspn(text, "\n");
    if (i == n || length >= RL_ACTION_NAME) break;
    memcpy(policy->action_names[i], text, length);
    text += length;
    if (!*text++)
      return i + 1 == n ? RL_OK
                        : rl_fail(error, RL_BAD_FORMAT, "%s: %zu names of %zu actions", path, i + 1, n);
  }
  return rl_fail(error, RL_BAD_FORMAT, "%s: not the names of %zu actions", path, n);
}

static rl_status put(const rl_policy *policy, rl_archive *archive, const char *prefix, bool alone,
                     rl_error *error) {
  size_t size = (size_t)policy->network.theta.shape[0];
  size_t bad = rl_first_not_finite(policy->network.theta.data, size);
  if (bad < size)
    return rl_fail(error, RL_NOT_FINITE, "policy not saved: parameter %zu is not a finite number", bad + 1);
  char name[RL_ARCHIVE_NAME];
  head_text heads[HEADS];
  heads_of(policy, heads);
  float bounds[2 * RL_MAX_FACTORS];
  const int64_t n_bounds = 2 * rl_space_factors(&policy->action);
  rl_space_bounds(&policy->action, bounds);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < (policy->squash ? HEADS : HEADS - 1); i++) /* older readers know of three */
    status = rl_archive_put_string(
        archive, alone ? heads[i].name : rl_archive_key(name, prefix, heads[i].name), heads[i].value, error);
  if (!status && policy->fixed_log_std.data)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "log_std"), RL_F32, 1,
                            (int64_t[]){policy->reals}, policy->fixed_log_std.data, error);
  if (!status)
    status = rl_archive_put(archive, alone ? "action_bounds" : rl_archive_key(name, prefix, "action_bounds"),
                            RL_F32, 1, &n_bounds, bounds, error);
  if (!status)
    status = put_names(policy, archive, alone ? "action_names" : rl_archive_key(name, prefix, "action_names"),
                       error);
  return status ? status : rl_network_save(&policy->network, archive, prefix, error);
}

rl_status rl_policy_put(const rl_policy *policy, rl_archive *archive, const char *prefix, rl_error *error) {
  return put(policy, archive, prefix, false, error);
}

rl_status rl_policy_save(const rl_policy *policy, const char *path, rl_error *error) {
  rl_archive *archive = rl_archive_new();
  if (!archive) return rl_fail(error, RL_NO_MEMORY, "out of memory to save a policy");
  rl_status status = rl_archive_put_string(archive, "format", format, error);
  if (!status) status = put(policy, archive, file_prefix, true, error);
  if (!status) status = rl_archive_save(archive, path, error);
  rl_archive_free(archive);
  return status;
}

/* So many, finite. */
static rl_status read_log_std(float *log_std, int size, const rl_archive *archive, const char *name,
                              const char *where, rl_error *error) {
  rl_status status = rl_archive_get(archive, name, RL_F32, size, log_std, error);
  for (int i = 0; !status && i < size; i++)
    if (!isfinite(log_std[i]))
      status = rl_fail(error, RL_NOT_FINITE, "%s: log_std %d is not a finite number", where, i + 1);
  return status;
}

rl_status rl_policy_take(rl_policy *policy, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  head_text heads[HEADS];
  float bounds[2 * RL_MAX_FACTORS], own[2 * RL_MAX_FACTORS];
  const int n_bounds = 2 * rl_space_factors(&policy->action);
  rl_space_bounds(&policy->action, own);
  heads_of(policy, heads);
  for (int i = 0; i < HEADS; i++) {
    const char *saved = rl_archive_string(archive, rl_archive_key(name, prefix, heads[i].name));
    if (!saved) saved = rl_archive_string(archive, heads[i].name); /* in a file of its own */
    if (!saved && i == HEADS - 1) saved = "false";
    if (!saved) return rl_fail(error, RL_BAD_FORMAT, "%s: it has no \"%s\"", prefix, heads[i].name);
    if (strcmp(saved, heads[i].value) != 0)
      return rl_fail(error, RL_BAD_FORMAT, "%s: another policy: %s is \"%.32s\" there, \"%.32s\" here",
                     prefix, heads[i].name, saved, heads[i].value);
  }
  const char *place = rl_archive_key(name, prefix, "action_bounds");
  if (!rl_archive_find(archive, place)) place = "action_bounds";
  rl_status status = rl_archive_get(archive, place, RL_F32, n_bounds, bounds, error);
  if (status) return status;
  for (int i = 0; i < n_bounds; i += 2)
    if (bounds[i] != own[i] || bounds[i + 1] != own[i + 1])
      return rl_fail(error, RL_BAD_FORMAT, "%s: another policy: actions are %g .. %g there, %g .. %g here",
                     prefix, (double)bounds[i], (double)bounds[i + 1], (double)own[i], (double)own[i + 1]);
  rl_tensor log_std = {0};
  const int fixed = policy->fixed_log_std.data ? policy->reals : 0;
  status = rl_tensor_zeros(&log_std, 1, (int64_t[]){fixed}, error);
  if (!status && fixed)
    status =
        read_log_std(log_std.data, fixed, archive, rl_archive_key(name, prefix, "log_std"), prefix, error);
  if (!status) status = rl_network_take(&policy->network, archive, prefix, error);
  if (!status && fixed) memcpy(policy->fixed_log_std.data, log_std.data, (size_t)fixed * sizeof(float));
  rl_tensor_release(&log_std);
  return status;
}

/* What the policy's outputs mean, into options. */
static rl_status read_heads(const rl_archive *archive, const char *path, rl_policy_options *options,
                            rl_error *error) {
  const char *std = rl_archive_string(archive, "std"), *head = rl_archive_string(archive, "value_head"),
             *squash = rl_archive_string(archive, "squash");
  int kind = 0;
  while (kind < 3 && std && strcmp(std, rl_std_names[kind]) != 0) kind++;
  if (!std || kind == 3)
    return rl_fail(error, RL_BAD_FORMAT, "%s: unknown std \"%.32s\"", path, std ? std : "");
  options->std = (rl_std_kind)kind;
  options->value_head = head && strcmp(head, "true") == 0;
  options->squash = squash && strcmp(squash, "true") == 0;
  return RL_OK;
}

static rl_status from_archive(rl_policy *policy, const rl_archive *archive, const char *path,
                              rl_error *error) {
  const char *found = rl_archive_string(archive, "format"), *action = rl_archive_string(archive, "action");
  bool old = found && strcmp(found, format_0_1) == 0;
  if (!found || (!old && strcmp(found, format) != 0))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a policy file (format \"%.32s\", expected \"%s\")", path,
                   found ? found : "", format);
  rl_space space, observation = {.kind = RL_BOX, .low = -1e30f, .high = 1e30f};
  int outputs;
  rl_policy_options options = rl_policy_defaults();
  float bounds[2 * RL_MAX_FACTORS];
  if (!action) return rl_fail(error, RL_BAD_FORMAT, "%s: no action space in the metadata", path);
  if (!rl_space_from_text(&space, action))
    return rl_fail(error, RL_BAD_FORMAT, "%s: unknown action space \"%.64s\"", path, action);
  rl_status status =
      rl_archive_get(archive, "action_bounds", RL_F32, 2 * rl_space_factors(&space), bounds, error);
  if (!status)
    status =
        rl_network_read_options(archive, file_prefix, &options.network, &observation.size, &outputs, error);
  if (!status) status = read_heads(archive, path, &options, error);
  if (status) return status;
  rl_space_set_bounds(&space, bounds);
  rl_error unfit;
  if (rl_space_check(&space, path, &unfit)) return rl_fail(error, RL_BAD_FORMAT, "%s", unfit.message);
  const int reals = rl_space_reals(&space);
  int64_t wanted = (int64_t)space.size + (options.std == RL_STD_STATE ? reals : 0);
  if (outputs != wanted + options.value_head)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %d network outputs for %d actions", path, outputs, space.size);
  status = rl_policy_init(policy, &observation, &space, &options, error);
  if (status) return status;
  if (policy->fixed_log_std.data)
    status = read_log_std(policy->fixed_log_std.data, reals, archive, old ? "log_std" : "policy.log_std",
                          path, error);
  if (!status) status = rl_network_load(&policy->network, archive, file_prefix, error);
  if (!status) status = read_names(policy, rl_archive_string(archive, "action_names"), path, error);
  if (status) rl_policy_release(policy);
  return status;
}

rl_status rl_policy_load(rl_policy *policy, const char *path, rl_error *error) {
  *policy = (rl_policy){0};
  rl_archive *archive;
  bool altered;
  rl_status status = rl_archive_load_altered(&archive, path, &altered, error);
  if (status) return status;
  status = from_archive(policy, archive, path, error);
  policy->altered = altered && !status;
  rl_archive_free(archive);
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

/* The value of an image is the value. */
static rl_status tie_value(rl_network *network, const rl_network_options *options, const rl_mirror *input,
                           rl_error *error) {
  static const int places[] = {0};
  static const float signs[] = {1.0f};
  rl_status status = rl_network_tie(network, input, &(rl_mirror){1, places, signs}, &(rl_mirror){0}, error);
  return status ? status : rl_network_init_tied(network, options, 1, error);
}

rl_status rl_value_init(rl_value *value, const rl_space *observation, const rl_network_options *options,
                        rl_error *error) {
  rl_network *network = &value->network;
  rl_status status = rl_network_init(network, observation->size, 1, 0, options, 1, error);
  if (status || !options->symmetric) return status;
  status = check_symmetry(options, observation->size, NULL, error);
  if (!status) status = tie_value(network, options, &options->symmetry->observation, error);
  if (status) rl_network_release(network);
  return status;
}

/* Of a value that takes the action, too. */
static rl_status tie_action_value(rl_network *network, const rl_network_options *options, rl_error *error) {
  const size_t n = (size_t)network->mlp.inputs;
  int *from = rl_allocate(n, sizeof *from);
  float *sign = rl_allocate(n, sizeof *sign);
  rl_status status = RL_OK;
  if (from && sign) {
    const rl_symmetry *symmetry = options->symmetry;
    const rl_mirror both = rl_mirror_join(&symmetry->observation, &symmetry->action, from, sign);
    status = tie_value(network, options, &both, error);
  } else {
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for a symmetric value");
  }
  rl_release(from);
  rl_release(sign);
  return status;
}

rl_status rl_action_value_init(rl_value *value, const rl_space *observation, const rl_space *action,
                               const rl_network_options *options, rl_error *error) {
  if (options->gru)
    return rl_fail(error, RL_BAD_ARGUMENT, "option gru: not of a value that takes the action");
  if (options->symmetric && options->history > 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: not of a value of actions with a history");
  rl_network *network = &value->network;
  const int observed = observation->size * options->history;
  rl_network_options own = *options;
  own.history = 1; /* an action is no part of it */
  rl_status status = rl_network_init(network, observed + action->size, 1, 0, &own, 1, error);
  if (status || !options->symmetric) return status;
  status = check_symmetry(options, observation->size, action, error);
  if (!status) status = tie_action_value(network, options, error);
  if (status) rl_network_release(network);
  return status;
}

int rl_central_width(int observation, int action, int agents) {
  return agents * (observation + action) + (agents > 1 ? agents : 0);
}

rl_status rl_central_value_init(rl_value *value, const rl_space *observation, const rl_space *action,
                                int agents, const rl_network_options *options, rl_error *error) {
  if (agents == 1)
    return action ? rl_action_value_init(value, observation, action, options, error)
                  : rl_value_init(value, observation, options, error);
  const char *unfit = options->history > 1 ? "history" : options->gru ? "gru" : "symmetric";
  if (options->history > 1 || options->gru || options->symmetric)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option %s: not of a central value, which reads one observation of each agent", unfit);
  const int width = rl_central_width(observation->size, action ? action->size : 0, agents);
  return rl_network_init(&value->network, width, 1, 0, options, 1, error);
}

rl_status rl_value_clone(rl_value *clone, const rl_value *value, rl_error *error) {
  rl_network_options options = rl_value_defaults();
  rl_network_read_shape(&value->network, &options);
  rl_status status =
      rl_network_init(&clone->network, rl_network_size(&value->network), 1, 0, &options, 1, error);
  if (status) return status;
  status = copy_ties(&clone->network, &value->network, error);
  if (status)
    rl_value_release(clone);
  else
    rl_network_copy(&clone->network, &value->network);
  return status;
}

rl_status rl_value_step(rl_value *value, const float *observations, int rows, float *memory, float *out,
                        rl_error *error) {
  rl_network *network = &value->network;
  if (!rl_network_memory(network)) return rl_network_apply(network, observations, rows, out, error);
  const float *x;
  rl_status status = rl_network_see_own(network, observations, rows, memory, &x, error);
  return status ? status : rl_network_step(network, x, rows, memory, out, error);
}

static rl_status value_from_archive(rl_value *value, const rl_archive *archive, const char *path,
                                    rl_error *error) {
  rl_error unfit;
  rl_network_options options;
  rl_space observation = {.kind = RL_BOX};
  int outputs;
  rl_status status = rl_network_read_options(archive, "value", &options, &observation.size, &outputs, &unfit);
  if (!status && outputs != 1)
    status = rl_fail(&unfit, RL_BAD_FORMAT, "%d outputs, a value has one", outputs);
  if (status) return rl_fail(error, status, "%s: not a value's file: %s", path, unfit.message);
  status = rl_value_init(value, &observation, &options, error);
  if (!status) status = rl_network_load(&value->network, archive, "value", error);
  if (status) rl_value_release(value);
  return status;
}

rl_status rl_value_load(rl_value *value, const char *path, bool *altered, rl_error *error) {
  *value = (rl_value){0};
  rl_archive *archive;
  rl_status status = rl_archive_load_altered(&archive, path, altered, error);
  if (!status) status = value_from_archive(value, archive, path, error);
  rl_archive_free(archive);
  return status;
}

void rl_value_release(rl_value *value) { rl_network_release(&value->network); }
