/* A policy in a file of its own, or beside others in an archive: what its outputs mean, as strings, and its network. */
#include "network/policy.h"

#include "base/memory.h"
#include "base/vector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
