#include "policy.h"

#include "memory.h"
#include "vector.h"

#include <stdio.h>
#include <string.h>

rl_status rl_policy_init(rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const rl_network_options *options, float log_std, rl_error *error) {
  *policy = (rl_policy){.observation = *observation, .action = *action};
  int extra = rl_policy_log_std_size(policy);
  rl_status status =
      rl_network_init(&policy->network, observation->size, action->size, extra, options, 0, error);
  if (status) return status;
  for (int i = 0; i < extra; i++) rl_policy_log_std(policy)[i] = log_std;
  return RL_OK;
}

void rl_policy_release(rl_policy *policy) {
  rl_network_release(&policy->network);
  rl_release(policy->head);
  *policy = (rl_policy){0};
}

float *rl_policy_log_std(const rl_policy *policy) {
  return policy->action.kind == RL_BOX ? policy->network.theta.data + rl_mlp_parameters(&policy->network.mlp)
                                       : NULL;
}

rl_status rl_policy_dist(rl_policy *policy, const float *obs, int rows, rl_dist *dist, rl_error *error) {
  if (rows > policy->head_rows) {
    rl_release(policy->head);
    policy->head = rl_allocate((size_t)rows * (size_t)policy->action.size, sizeof(float));
    policy->head_rows = policy->head ? rows : 0;
    if (!policy->head) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d actions", rows);
  }
  *dist = (rl_dist){.kind = policy->action.kind,
                    .size = policy->action.size,
                    .head = policy->head,
                    .log_std = rl_policy_log_std(policy)};
  return rl_network_apply(&policy->network, obs, rows, policy->head, error);
}

static const char prefix[] = "policy", format[] = "rl-policy-1";

rl_status rl_policy_save(const rl_policy *policy, const char *path, rl_error *error) {
  size_t size = (size_t)policy->network.theta.shape[0];
  size_t bad = rl_first_not_finite(policy->network.theta.data, size);
  if (bad < size)
    return rl_fail(error, RL_NOT_FINITE, "policy not saved: parameter %zu is not a finite number", bad + 1);
  rl_archive *archive = rl_archive_new();
  if (!archive) return rl_fail(error, RL_NO_MEMORY, "out of memory to save a policy");
  char action[64];
  const float bounds[2] = {policy->action.low, policy->action.high};
  snprintf(action, sizeof action, "%s %d", policy->action.kind == RL_BOX ? "box" : "discrete",
           policy->action.size);
  rl_status status = rl_archive_put_string(archive, "format", format, error);
  if (!status) status = rl_archive_put_string(archive, "action", action, error);
  if (!status) status = rl_archive_put(archive, "action_bounds", RL_F32, 1, (int64_t[]){2}, bounds, error);
  if (!status) status = rl_network_save(&policy->network, archive, prefix, error);
  if (!status) status = rl_archive_save(archive, path, error);
  rl_archive_free(archive);
  return status;
}

static rl_status from_archive(rl_policy *policy, const rl_archive *archive, const char *path,
                              rl_error *error) {
  const char *found = rl_archive_string(archive, "format"), *action = rl_archive_string(archive, "action");
  if (!found || strcmp(found, format) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a policy file (format \"%.32s\", expected \"%s\")", path,
                   found ? found : "", format);
  char kind[16];
  rl_space space = {0}, observation = {.kind = RL_BOX, .low = -1e30f, .high = 1e30f};
  int outputs;
  rl_network_options options;
  float bounds[2];
  if (!action || sscanf(action, "%15s %9d", kind, &space.size) != 2)
    return rl_fail(error, RL_BAD_FORMAT, "%s: no action space in the metadata", path);
  space.kind = strcmp(kind, "box") == 0 ? RL_BOX : RL_DISCRETE;
  if (space.kind == RL_DISCRETE && strcmp(kind, "discrete") != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: unknown action space \"%s\"", path, kind);
  rl_status status = rl_archive_get(archive, "action_bounds", RL_F32, 2, bounds, error);
  if (!status)
    status = rl_network_read_options(archive, prefix, &options, &observation.size, &outputs, error);
  if (status) return status;
  space.low = bounds[0];
  space.high = bounds[1];
  if (outputs != space.size)
    return rl_fail(error, RL_BAD_FORMAT, "%s: %d network outputs for %d actions", path, outputs, space.size);
  status = rl_policy_init(policy, &observation, &space, &options, 0.0f, error);
  if (!status) {
    status = rl_network_load(&policy->network, archive, prefix, error);
    if (status) rl_policy_release(policy);
  }
  return status;
}

rl_status rl_policy_load(rl_policy *policy, const char *path, rl_error *error) {
  *policy = (rl_policy){0};
  rl_archive *archive;
  rl_status status = rl_archive_load(&archive, path, error);
  if (status) return status;
  status = from_archive(policy, archive, path, error);
  rl_archive_free(archive);
  return status;
}

rl_status rl_policy_fits(const rl_policy *policy, const rl_env_def *def, rl_error *error) {
  if (policy->observation.size != def->observation.size)
    return rl_fail(error, RL_BAD_SHAPE, "policy takes %d observations, environment %s gives %d",
                   policy->observation.size, def->name, def->observation.size);
  if (policy->action.kind != def->action.kind || policy->action.size != def->action.size)
    return rl_fail(error, RL_BAD_SHAPE,
                   "policy gives a %s action of size %d, environment %s takes %s of size %d",
                   policy->action.kind == RL_BOX ? "box" : "discrete", policy->action.size, def->name,
                   def->action.kind == RL_BOX ? "box" : "discrete", def->action.size);
  return RL_OK;
}

rl_status rl_value_init(rl_value *value, const rl_space *observation, const rl_network_options *options,
                        rl_error *error) {
  return rl_network_init(&value->network, observation->size, 1, 0, options, 1, error);
}

void rl_value_release(rl_value *value) { rl_network_release(&value->network); }
