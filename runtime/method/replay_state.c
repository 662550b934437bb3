/* What a method with a memory has to be saved besides what every method has. Of an update that is half done it is what
 * that began with (method_state.c). */
#include "base/memory.h"
#include "base/vector.h"
#include "method/method_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* words: seed, gradient steps, those asked for without a batch. due, of what the memory has: gradient steps, and whether the batch is in it. */
enum { WORDS = 3, DUE = 2 };

static const char *const slow_names[RL_CRITICS] = {"slow_1", "slow_2"};

rl_status rl_replay_save(const rl_method *m, bool before, rl_archive *archive, const char *prefix,
                         rl_error *error) {
  char name[RL_ARCHIVE_NAME], part[RL_ARCHIVE_NAME];
  const rl_replay *r = m->replay;
  const rl_learner *twin = &r->twin_learner;
  const int64_t size = (int64_t)twin->optimizer.size;
  const uint64_t words[WORDS] = {r->seed, (uint64_t)(before ? r->steps_before : r->steps),
                                 (uint64_t)r->asked};
  const double due[DUE] = {r->pending, r->taken};
  rl_archive_key(part, prefix, "replay");
  rl_status status = rl_archive_put(archive, rl_archive_key(name, part, "words"), RL_U64, 1,
                                    (int64_t[]){WORDS}, words, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, part, "log_temperature"), RL_F32, 1, (int64_t[]){1},
                            before ? &r->log_temperature_before : &r->log_temperature, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, part, "memory.due"), RL_F64, 1, (int64_t[]){DUE},
                            due, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, part, "twin"), RL_F32, 1, &size,
                            before ? twin->saved_theta : r->twin.theta.data, error);
  for (int k = 0; k < RL_CRITICS && r->slow[k] && !status; k++)
    status = rl_archive_put(archive, rl_archive_key(name, part, slow_names[k]), RL_F32, 1, &size,
                            before ? r->slow_before[k] : r->slow[k], error);
  if (!status && r->slow_policy)
    status = rl_archive_put(archive, rl_archive_key(name, part, "slow_policy"), RL_F32, 1,
                            m->policy->network.theta.shape, before ? r->slow_policy_before : r->slow_policy,
                            error);
  if (!status)
    status = rl_optimizer_save(before ? &twin->saved_optimizer : &twin->optimizer, archive,
                               rl_archive_key(name, part, "twin_adam"), error);
  if (!status)
    status = rl_optimizer_save(before ? &r->temperature_adam_before : &r->temperature_adam, archive,
                               rl_archive_key(name, part, "temperature_adam"), error);
  return status ? status : rl_memory_save(&r->memory, archive, rl_archive_key(name, part, "memory"), error);
}

static rl_status read_floats(float *out, int64_t n, const rl_archive *archive, const char *name,
                             rl_error *error) {
  rl_status status = rl_archive_get(archive, name, RL_F32, n, out, error);
  if (!status && rl_first_not_finite(out, (size_t)n) < (size_t)n)
    status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  return status;
}

static rl_status read_numbers(rl_replay *r, const rl_archive *archive, const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  uint64_t words[WORDS];
  double due[DUE];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, part, "words"), RL_U64, WORDS, words, error);
  if (!status && (words[1] > (uint64_t)RL_MAX_COUNT || words[2] > (uint64_t)RL_MAX_COUNT))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, part, "memory.due"), RL_F64, DUE, due, error);
  if (!status && !(due[0] >= 0.0 && due[0] < 1e12 && (due[1] == 0.0 || due[1] == 1.0)))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status =
        read_floats(&r->log_temperature, 1, archive, rl_archive_key(name, part, "log_temperature"), error);
  if (!status && fabsf(r->log_temperature) > 80.0f)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (status) return status;
  r->seed = words[0];
  r->steps = (int64_t)words[1];
  r->asked = (int64_t)words[2];
  r->pending = due[0];
  r->taken = due[1] != 0.0;
  return RL_OK;
}

/* Parameters as a network has them, symmetric where it is. */
static rl_status read_theta(const rl_network *network, float *theta, const rl_archive *archive,
                            const char *name, rl_error *error) {
  const rl_ties *ties = &network->ties;
  rl_status status = read_floats(theta, network->theta.shape[0], archive, name, error);
  if (!status && rl_network_is_symmetric(network) && rl_ties_first_loose(ties, theta) < ties->n)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not symmetric", name);
  return status;
}

static rl_status read_optimizer(rl_optimizer *out, size_t size, const rl_archive *archive, const char *name,
                                rl_error *error) {
  rl_status status = rl_optimizer_init(out, RL_ADAM, size, error);
  return status ? status : rl_optimizer_load(out, archive, name, error);
}

rl_status rl_replay_read(const rl_method *m, rl_replay *loaded, const rl_archive *archive, const char *prefix,
                         rl_error *error) {
  char name[RL_ARCHIVE_NAME], part[RL_ARCHIVE_NAME];
  const rl_replay *r = m->replay;
  const int64_t size = r->twin.theta.shape[0];
  rl_archive_key(part, prefix, "replay");
  rl_status status = rl_tensor_zeros(&loaded->twin.theta, 1, &size, error);
  for (int k = 0; k < RL_CRITICS && r->slow[k] && !status; k++) {
    loaded->slow[k] = rl_allocate((size_t)size, sizeof(float));
    if (!loaded->slow[k]) status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  }
  if (!status && r->slow_policy) {
    loaded->slow_policy = rl_allocate((size_t)m->policy->network.theta.shape[0], sizeof(float));
    if (!loaded->slow_policy) status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  }
  if (!status) status = read_numbers(loaded, archive, part, error);
  if (!status)
    status =
        read_theta(&r->twin, loaded->twin.theta.data, archive, rl_archive_key(name, part, "twin"), error);
  for (int k = 0; k < RL_CRITICS && r->slow[k] && !status; k++)
    status = read_theta(&r->twin, loaded->slow[k], archive, rl_archive_key(name, part, slow_names[k]), error);
  if (!status && r->slow_policy)
    status = read_theta(&m->policy->network, loaded->slow_policy, archive,
                        rl_archive_key(name, part, "slow_policy"), error);
  if (!status)
    status = read_optimizer(&loaded->twin_learner.optimizer, (size_t)size, archive,
                            rl_archive_key(name, part, "twin_adam"), error);
  if (!status)
    status = read_optimizer(&loaded->temperature_adam, 1, archive,
                            rl_archive_key(name, part, "temperature_adam"), error);
  if (!status)
    status = rl_memory_init(&loaded->memory, r->memory.capacity, r->memory.obs_size, r->memory.width,
                            r->memory.agents, error);
  return status ? status
                : rl_memory_load(&loaded->memory, archive, rl_archive_key(name, part, "memory"), error);
}

void rl_replay_adopt(rl_method *m, rl_replay *loaded) {
  rl_replay *r = m->replay;
  const rl_memory memory = r->memory;
  const size_t bytes = r->twin_learner.optimizer.size * sizeof(float);
  r->memory = loaded->memory;
  loaded->memory = memory; /* to be released */
  memcpy(r->twin.theta.data, loaded->twin.theta.data, bytes);
  for (int k = 0; k < RL_CRITICS && r->slow[k]; k++) memcpy(r->slow[k], loaded->slow[k], bytes);
  if (r->slow_policy)
    memcpy(r->slow_policy, loaded->slow_policy, m->policy_learner.optimizer.size * sizeof(float));
  rl_optimizer_copy(&r->twin_learner.optimizer, &loaded->twin_learner.optimizer);
  rl_optimizer_copy(&r->temperature_adam, &loaded->temperature_adam);
  r->log_temperature = loaded->log_temperature;
  r->seed = loaded->seed;
  r->steps = loaded->steps;
  r->asked = loaded->asked;
  r->pending = loaded->pending;
  r->taken = loaded->taken;
}
