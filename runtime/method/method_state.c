/* A method to an archive and back: between updates, with a batch that waits for one, or in the middle of a batch or an
 * update that is done in pieces. Of an update the file has what it began with, and how many pieces are done: those are
 * done again. */
#include "method/method_internal.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* counters: updates so far, steps of the last batch (0: none yet). phase: rl_method_phase, the agent that has the batch,
 * pieces done of the policy's training and of the value's, whether there is a batch for an update. */
enum { COUNTERS = 2, PHASE = 5 };

static bool is_updating(const rl_method *m) { return m->phase == RL_UPDATING; }

static const rl_optimizer *optimizer_of(const rl_method *m, const rl_learner *learner) {
  return is_updating(m) ? &learner->saved_optimizer : &learner->optimizer;
}

static rl_status put_theta(const rl_learner *learner, rl_archive *archive, const char *prefix,
                           const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_put(archive, rl_archive_key(name, prefix, part), RL_F32, 1, learner->network->theta.shape,
                        learner->saved_theta, error);
}

rl_status rl_method_save(const rl_method *m, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_collector *c = &m->collector;
  const int64_t counters[COUNTERS] = {m->updates, c->has_rollout ? c->rollout.steps : 0};
  const int64_t phase[PHASE] = {m->phase, m->agent, is_updating(m) ? m->of_policy.pieces : 0,
                                is_updating(m) ? m->of_value.pieces : 0, m->fresh};
  const struct {
    const char *suffix;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } numbers[] = {{"shuffle", RL_U64, RL_RNG_WORDS, is_updating(m) ? &m->shuffle_before : &m->shuffle},
                 {"counters", RL_I64, COUNTERS, counters},
                 {"phase", RL_I64, PHASE, phase},
                 {"beta", RL_F64, 1, &m->options.kl_coef}};
  rl_status status =
      rl_archive_put_string(archive, rl_archive_key(name, prefix, "method"), m->is->name, error);
  if (!status) status = rl_collector_save(c, archive, prefix, m->fresh || m->phase != RL_IDLE, error);
  if (!status)
    status = rl_options_save(rl_method_option_table(m->is), &m->made, &m->options, archive, prefix, error);
  if (!status)
    status = rl_optimizer_save(optimizer_of(m, &m->policy_learner), archive,
                               rl_archive_key(name, prefix, "policy_adam"), error);
  if (!status && m->value)
    status = rl_optimizer_save(optimizer_of(m, &m->value_learner), archive,
                               rl_archive_key(name, prefix, "value_adam"), error);
  for (size_t i = 0; !status && i < sizeof numbers / sizeof *numbers; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, numbers[i].suffix), numbers[i].dtype, 1,
                            &numbers[i].count, numbers[i].data, error);
  if (status || !is_updating(m)) return status;
  status = put_theta(&m->policy_learner, archive, prefix, "policy_before", error);
  return status || !m->value ? status : put_theta(&m->value_learner, archive, prefix, "value_before", error);
}

/* What a load reads before anything of the object changes. */
typedef struct loaded_state {
  rl_method_options options;
  rl_optimizer policy, value;
  rl_collector collector;
  rl_tensor policy_theta, value_theta; /* where an update is half done */
  rl_rng shuffle;
  int64_t counters[COUNTERS], phase[PHASE];
  double kl_coef;
  char notice[RL_NOTICE];
} loaded_state;

static rl_status read_options(const rl_method *m, loaded_state *loaded, const rl_archive *archive,
                              const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *saved = rl_archive_string(archive, rl_archive_key(name, prefix, "method"));
  if (saved && strcmp(saved, m->is->name) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: of another method: %.32s there, %s here", prefix, saved,
                   m->is->name);
  loaded->options = m->options;
  rl_status status = rl_options_load(rl_method_option_table(m->is), &m->made, &loaded->options, archive,
                                     prefix, loaded->notice, error);
  rl_error bad;
  if (!status && rl_method_check(&loaded->options, &bad))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: %s", prefix, bad.message);
  return status;
}

static bool is_sensible_phase(const int64_t phase[PHASE]) {
  return phase[0] >= RL_IDLE && phase[0] <= RL_UPDATING && phase[1] >= 0 && phase[1] <= RL_MAX_COUNT &&
         phase[2] >= 0 && phase[2] <= RL_MAX_COUNT && phase[3] >= 0 && phase[3] <= RL_MAX_COUNT &&
         (phase[4] == 0 || phase[4] == 1) && (phase[0] != RL_UPDATING || phase[4]) &&
         (phase[0] != RL_COLLECTING || !phase[4]);
}

static rl_status read_numbers(loaded_state *loaded, const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, RL_RNG_WORDS,
                                    &loaded->shuffle, error);
  if (!status && !rl_rng_is_sound(&loaded->shuffle))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "counters"), RL_I64, COUNTERS,
                            loaded->counters, error);
  if (!status && (loaded->counters[0] < 0 || loaded->counters[0] > RL_MAX_COUNT || loaded->counters[1] < 0 ||
                  loaded->counters[1] > 1 << 24))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "beta"), RL_F64, 1, &loaded->kl_coef, error);
  if (!status && !(loaded->kl_coef >= 0.0 && isfinite(loaded->kl_coef)))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (status || !rl_archive_find(archive, rl_archive_key(name, prefix, "phase")))
    return status; /* version 0.1 */
  status = rl_archive_get(archive, name, RL_I64, PHASE, loaded->phase, error);
  if (!status && !is_sensible_phase(loaded->phase))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  return status;
}

static rl_status read_optimizer(rl_optimizer *loaded, const rl_learner *learner, const rl_archive *archive,
                                const char *prefix, const char *suffix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_optimizer_init(loaded, RL_ADAM, learner->optimizer.size, error);
  return status ? status : rl_optimizer_load(loaded, archive, rl_archive_key(name, prefix, suffix), error);
}

static rl_status read_theta(rl_tensor *theta, const rl_network *network, const rl_archive *archive,
                            const char *prefix, const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_tensor_zeros(theta, 1, network->theta.shape, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, part), RL_F32, theta->shape[0], theta->data,
                            error);
  for (int64_t i = 0; !status && i < theta->shape[0]; i++)
    if (!isfinite(theta->data[i])) status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  return status;
}

/* The collector is read into one of its own. */
static rl_status read_collector(const rl_method *m, loaded_state *loaded, const rl_archive *archive,
                                const char *prefix, rl_error *error) {
  const rl_collector *c = &m->collector;
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_collector_init(&loaded->collector, c->env, c->policy, c->value, &c->options, error);
  loaded->collector.made = c->made;
  if (!status) status = rl_collector_load(&loaded->collector, archive, prefix, error);
  const bool needs_batch = loaded->phase[0] != RL_IDLE || loaded->phase[4];
  const rl_rollout_progress *p = &loaded->collector.rollout.progress;
  if (!status && needs_batch && !rl_rollout_has_batch(archive, rl_archive_key(name, prefix, "rollout")))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is missing", prefix);
  if (!status && loaded->phase[4] && (!p->full || loaded->collector.rollout.n_rows < 1))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is not complete", prefix);
  return status;
}

static rl_status read_state(const rl_method *m, loaded_state *loaded, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  rl_status status = read_options(m, loaded, archive, prefix, error);
  if (!status) status = read_numbers(loaded, archive, prefix, error);
  if (!status)
    status = read_optimizer(&loaded->policy, &m->policy_learner, archive, prefix, "policy_adam", error);
  if (!status && m->value)
    status = read_optimizer(&loaded->value, &m->value_learner, archive, prefix, "value_adam", error);
  if (!status && loaded->phase[0] == RL_UPDATING)
    status = read_theta(&loaded->policy_theta, &m->policy->network, archive, prefix, "policy_before", error);
  if (!status && loaded->phase[0] == RL_UPDATING && m->value)
    status = read_theta(&loaded->value_theta, &m->value->network, archive, prefix, "value_before", error);
  return status ? status : read_collector(m, loaded, archive, prefix, error);
}

static void exchange(void *a, void *b, void *room, size_t size) {
  memcpy(room, a, size);
  memcpy(a, b, size);
  memcpy(b, room, size);
}

static void exchange_theta(rl_network *network, rl_tensor *theta) {
  for (int64_t i = 0; theta->data && i < theta->shape[0]; i++) {
    const float was = network->theta.data[i];
    network->theta.data[i] = theta->data[i];
    theta->data[i] = was;
  }
}

/* The method gets what was loaded, and that what the method had. */
static void change_places(rl_method *m, loaded_state *loaded) {
  rl_optimizer optimizer;
  rl_collector collector;
  rl_method_options options;
  rl_rng shuffle;
  exchange(&m->policy_learner.optimizer, &loaded->policy, &optimizer, sizeof optimizer);
  if (m->value) exchange(&m->value_learner.optimizer, &loaded->value, &optimizer, sizeof optimizer);
  exchange(&m->collector, &loaded->collector, &collector, sizeof collector);
  exchange(&m->options, &loaded->options, &options, sizeof options);
  exchange(&m->shuffle, &loaded->shuffle, &shuffle, sizeof shuffle);
  const int64_t updates = m->updates, fresh = m->fresh;
  m->updates = loaded->counters[0];
  m->fresh = loaded->phase[4] != 0;
  loaded->counters[0] = updates;
  loaded->phase[4] = fresh;
  exchange_theta(&m->policy->network, &loaded->policy_theta);
  if (m->value) exchange_theta(&m->value->network, &loaded->value_theta);
}

rl_status rl_method_load(rl_method *m, const rl_archive *archive, const char *prefix, rl_error *error) {
  loaded_state loaded = {0};
  rl_status status = rl_method_check_idle(m, error);
  if (!status) status = read_state(m, &loaded, archive, prefix, error);
  if (!status) {
    loaded.options.kl_coef = loaded.kl_coef;
    change_places(m, &loaded);
    if (loaded.phase[0] == RL_UPDATING)
      status = rl_method_repeat_update(m, loaded.phase[2], loaded.phase[3], error);
    if (status) {
      change_places(m, &loaded);
    } else {
      m->phase = (rl_method_phase)loaded.phase[0];
      m->agent = m->phase == RL_IDLE ? 0 : loaded.phase[1];
      m->collector.collecting = m->phase == RL_COLLECTING && !m->agent;
      memcpy(m->notice, loaded.notice, sizeof m->notice);
    }
  }
  rl_optimizer_release(&loaded.policy);
  rl_optimizer_release(&loaded.value);
  rl_collector_release(&loaded.collector);
  rl_tensor_release(&loaded.policy_theta);
  rl_tensor_release(&loaded.value_theta);
  return status;
}

const char *rl_method_notice(const rl_method *m) { return m->notice; }

bool rl_method_has_batch(const rl_method *m) { return m->fresh && m->phase == RL_IDLE; }
