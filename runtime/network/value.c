#include "network/value.h"

#include "base/memory.h"

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
  status = rl_network_check_symmetry(options, observation->size, NULL, error);
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
  status = rl_network_check_symmetry(options, observation->size, action, error);
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
  status = rl_network_copy_ties(&clone->network, &value->network, error);
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
