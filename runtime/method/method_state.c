/* The state of a method between updates, so that a reloaded one goes on with the same bytes. */
#include "method/method_internal.h"

#include "base/memory.h"

#include <math.h>

enum { COUNTERS = 2 }; /* updates so far, steps of the last batch (0: none yet) */

rl_status rl_method_save(const rl_method *m, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t counters[COUNTERS] = {m->updates, m->has_rollout ? m->rollout.steps : 0};
  rl_status status = rl_optimizer_save(&m->policy_learner.optimizer, archive,
                                       rl_archive_key(name, prefix, "policy_adam"), error);
  if (!status && m->value)
    status = rl_optimizer_save(&m->value_learner.optimizer, archive,
                               rl_archive_key(name, prefix, "value_adam"), error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, 1,
                            (int64_t[]){RL_RNG_WORDS}, &m->shuffle, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "counters"), RL_I64, 1,
                            (int64_t[]){COUNTERS}, counters, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "beta"), RL_F64, 1, (int64_t[]){1},
                            &m->options.beta, error);
  if (!status)
    status = rl_reward_filter_save(&m->filter, archive, rl_archive_key(name, prefix, "rewards"), error);
  if (!status && m->has_rollout)
    status = rl_rollout_save(&m->rollout, archive, rl_archive_key(name, prefix, "rollout"), error);
  return status;
}

/* What a load reads before anything of the object changes. */
typedef struct loaded_state {
  rl_optimizer adams[2];
  rl_rng shuffle;
  rl_reward_filter filter;
  rl_rollout rollout;
  float *reward;
  int64_t counters[COUNTERS];
  double beta;
} loaded_state;

static rl_status read_numbers(loaded_state *loaded, const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, RL_RNG_WORDS,
                                    &loaded->shuffle, error);
  if (!status && loaded->shuffle.used > 4)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "counters"), RL_I64, COUNTERS,
                            loaded->counters, error);
  if (!status && (loaded->counters[0] < 0 || loaded->counters[1] < 0 || loaded->counters[1] > 1 << 24))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "beta"), RL_F64, 1, &loaded->beta, error);
  if (!status && !(loaded->beta >= 0.0 && isfinite(loaded->beta)))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  return status;
}

static rl_status read_state(loaded_state *loaded, const rl_method *m, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = read_numbers(loaded, archive, prefix, error);
  if (!status)
    status = rl_optimizer_init(&loaded->adams[0], RL_ADAM, m->policy_learner.optimizer.size, error);
  if (!status)
    status =
        rl_optimizer_load(&loaded->adams[0], archive, rl_archive_key(name, prefix, "policy_adam"), error);
  if (!status && m->value)
    status = rl_optimizer_init(&loaded->adams[1], RL_ADAM, m->value_learner.optimizer.size, error);
  if (!status && m->value)
    status = rl_optimizer_load(&loaded->adams[1], archive, rl_archive_key(name, prefix, "value_adam"), error);
  if (!status) status = rl_reward_filter_init(&loaded->filter, m->filter.copies, error);
  if (!status)
    status = rl_reward_filter_load(&loaded->filter, archive, rl_archive_key(name, prefix, "rewards"), error);
  int steps = (int)loaded->counters[1];
  if (status || !steps) return status;
  status = rl_rollout_init(&loaded->rollout, steps, m->env, m->policy, m->options.seed, error);
  if (status) return status;
  loaded->reward = rl_allocate((size_t)steps * (size_t)loaded->rollout.copies, sizeof(float));
  if (!loaded->reward) return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", steps);
  return rl_rollout_load(&loaded->rollout, archive, rl_archive_key(name, prefix, "rollout"), error);
}

static void release(loaded_state *loaded) {
  rl_optimizer_release(&loaded->adams[0]);
  rl_optimizer_release(&loaded->adams[1]);
  rl_reward_filter_release(&loaded->filter);
  rl_rollout_release(&loaded->rollout);
  rl_release(loaded->reward);
}

rl_status rl_method_load(rl_method *m, const rl_archive *archive, const char *prefix, rl_error *error) {
  loaded_state loaded = {0};
  rl_status status = read_state(&loaded, m, archive, prefix, error);
  if (status) {
    release(&loaded);
    return status;
  }
  loaded_state old = {.filter = m->filter, .rollout = m->rollout, .reward = m->reward};
  rl_optimizer_copy(&m->policy_learner.optimizer, &loaded.adams[0]);
  if (m->value) rl_optimizer_copy(&m->value_learner.optimizer, &loaded.adams[1]);
  m->shuffle = loaded.shuffle;
  m->updates = loaded.counters[0];
  m->options.beta = loaded.beta;
  m->filter = loaded.filter;
  m->rollout = loaded.rollout; /* none yet when no batch had been collected: collect begins anew */
  m->reward = loaded.reward;
  m->has_rollout = loaded.counters[1] > 0;
  m->fresh = false;
  old.adams[0] = loaded.adams[0];
  old.adams[1] = loaded.adams[1];
  release(&old);
  return RL_OK;
}
