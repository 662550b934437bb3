/* A method to an archive and back: between updates, with a batch that waits for one, or in the middle of a batch or an
 * update that is done in pieces. Of an update the file has what it began with, and how far it is: that much is done
 * again. */
#include "method/method_internal.h"

#include "base/memory.h"
#include "method/ahead.h"

#include <math.h>
#include <string.h>

/* counters: updates so far, steps of the last batch (0: none yet). phase: rl_method_phase, the agent that has the batch,
 * whether there is a batch for an update, how far an update is, and the trainer that has it. */
enum { COUNTERS = 2, PHASE = 8 };

/* An update that was loaded and nobody has taken up yet is still as it was saved. */
static bool is_in_work(const rl_method *m) { return m->phase == RL_UPDATING && !m->saved.waits; }

static const rl_optimizer *optimizer_of(const rl_method *m, const rl_learner *learner) {
  return is_in_work(m) ? &learner->saved_optimizer : &learner->optimizer;
}

static rl_status put_theta(const rl_method *m, const rl_learner *learner, const rl_tensor *waiting,
                           rl_archive *archive, const char *prefix, const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_put(archive, rl_archive_key(name, prefix, part), RL_F32, 1, learner->network->theta.shape,
                        is_in_work(m) ? learner->saved_theta : waiting->data, error);
}

/* What each worker has taken; before an update that is half done. */
static rl_status put_crew(const rl_method *m, const rl_crew *crew, rl_archive *archive, const char *prefix,
                          const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (!crew->count) return RL_OK;
  return rl_archive_put(archive, rl_archive_key(name, prefix, part), RL_F32, 2,
                        (int64_t[]){crew->count, (int64_t)crew->size},
                        is_in_work(m) ? crew->saved : crew->theta, error);
}

static void list_phase(const rl_method *m, int64_t phase[PHASE]) {
  const rl_saved_update *s = &m->saved;
  const int64_t waiting[4] = {s->prepared, s->shuffled, s->policy_calls, s->value_calls},
                now[4] = {m->prepared, m->shuffled, m->of_policy.calls, m->of_value.calls};
  phase[0] = m->phase;
  phase[1] = m->agent;
  phase[2] = m->fresh;
  phase[7] = m->phase == RL_IDLE ? 0 : m->trainer;
  for (int i = 0; i < 4; i++)
    phase[3 + i] = m->phase != RL_UPDATING ? 0 : is_in_work(m) ? now[i] : waiting[i];
}

rl_status rl_method_save(const rl_method *m, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_method_check_here(m, error);
  if (status) return status;
  const rl_collector *c = &m->collector;
  const int64_t counters[COUNTERS] = {m->updates, c->has_rollout ? c->rollout.steps : 0};
  int64_t phase[PHASE];
  const struct {
    const char *suffix;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } numbers[] = {{"shuffle", RL_U64, RL_RNG_WORDS, is_in_work(m) ? &m->shuffle_before : &m->shuffle},
                 {"counters", RL_I64, COUNTERS, counters},
                 {"phase", RL_I64, PHASE, phase},
                 {"beta", RL_F64, 1, &m->options.kl_coef}};
  list_phase(m, phase);
  status = rl_archive_put_string(archive, rl_archive_key(name, prefix, "method"), m->is->name, error);
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
  if (!status) status = put_crew(m, &m->workers.policy, archive, prefix, "policies", error);
  if (!status) status = put_crew(m, &m->workers.value, archive, prefix, "values", error);
  if (!status && m->imitation.samples)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "demonstrations"), RL_U64, 1,
                            (int64_t[]){1}, &m->imitation.mark, error);
  if (!status && m->replay) status = rl_replay_save(m, is_in_work(m), archive, prefix, error);
  if (!status && m->baseline.kind)
    status = rl_baseline_save(&m->baseline, is_in_work(m), archive, prefix, error);
  if (status || m->phase != RL_UPDATING) return status;
  status = put_theta(m, &m->policy_learner, &m->saved.policy, archive, prefix, "policy_before", error);
  return status || !m->value
             ? status
             : put_theta(m, &m->value_learner, &m->saved.value, archive, prefix, "value_before", error);
}

/* What a load reads before anything of the object changes. */
typedef struct loaded_state {
  rl_method_options options;
  rl_optimizer policy, value;
  rl_collector collector;
  rl_replay replay;
  rl_baseline baseline;
  rl_tensor policy_theta, value_theta; /* where an update is half done */
  rl_tensor policies, values;          /* of workers */
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

/* An update that is half done has a batch, unless it is one without (replay.h). */
static bool is_sensible_phase(const int64_t phase[PHASE]) {
  for (int i = 0; i < PHASE; i++)
    if (phase[i] < 0 || phase[i] > RL_MAX_COUNT) return false;
  return phase[0] <= RL_UPDATING && phase[2] <= 1 && (phase[0] != RL_COLLECTING || !phase[2]);
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
  rl_status status = rl_optimizer_init_like(loaded, &learner->optimizer, error);
  return status ? status : rl_optimizer_load(loaded, archive, rl_archive_key(name, prefix, suffix), error);
}

/* As many parameters as a network has, times `count`. */
static rl_status read_theta(rl_tensor *theta, int count, const rl_network *network, const rl_archive *archive,
                            const char *prefix, const char *part, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t n = count * network->theta.shape[0];
  rl_status status = rl_tensor_zeros(theta, 1, &n, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, part), RL_F32, n, theta->data, error);
  for (int64_t i = 0; !status && i < n; i++)
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
  loaded->collector.late = c->late;
  loaded->collector.whole = c->whole;
  loaded->collector.random_until = m->replay ? loaded->options.warmup : 0;
  if (!status) status = rl_collector_load(&loaded->collector, archive, prefix, error);
  const bool updating = loaded->phase[0] == RL_UPDATING, offline = loaded->replay.asked > 0;
  if (!status && (offline ? !updating : updating && !loaded->phase[2]))
    status = rl_fail(error, RL_BAD_FORMAT, "%s.phase: not sensible", prefix);
  const bool needs_batch =
      (updating && !offline) || loaded->phase[2] || (loaded->phase[0] == RL_COLLECTING && !c->options.lag);
  const bool lags = loaded->phase[0] == RL_COLLECTING && c->options.lag;
  if (!status && lags && !(loaded->collector.ahead && loaded->collector.ahead->open))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is missing", prefix);
  const rl_rollout_progress *p = &loaded->collector.rollout.progress;
  const double due = 1.0 + loaded->options.replay * loaded->collector.rollout.n_rows;
  if (loaded->replay.pending > due) loaded->replay.pending = due; /* an update must come to its end */
  if (!status && needs_batch && !rl_rollout_has_batch(archive, rl_archive_key(name, prefix, "rollout")))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is missing", prefix);
  if (!status && loaded->phase[2] && (!p->full || loaded->collector.rollout.n_rows < 1))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is not complete", prefix);
  return status;
}

static rl_status check_demonstrations(const rl_method *m, const rl_archive *archive, const char *prefix,
                                      rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  uint64_t mark = 0;
  const bool saved = rl_archive_find(archive, rl_archive_key(name, prefix, "demonstrations")) != NULL;
  rl_status status = saved ? rl_archive_get(archive, name, RL_U64, 1, &mark, error) : RL_OK;
  if (status || (saved == (m->imitation.samples > 0) && mark == m->imitation.mark)) return status;
  return rl_fail(error, RL_BAD_FORMAT, "%s: %s demonstrations there, %s here", prefix, saved ? "other" : "no",
                 m->imitation.samples > 0 ? "these" : "none");
}

static rl_status read_state(const rl_method *m, loaded_state *loaded, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  rl_status status = check_demonstrations(m, archive, prefix, error);
  if (!status) status = read_options(m, loaded, archive, prefix, error);
  if (!status) status = read_numbers(loaded, archive, prefix, error);
  if (!status)
    status = read_optimizer(&loaded->policy, &m->policy_learner, archive, prefix, "policy_adam", error);
  if (!status && m->value)
    status = read_optimizer(&loaded->value, &m->value_learner, archive, prefix, "value_adam", error);
  if (!status && loaded->phase[0] == RL_UPDATING)
    status =
        read_theta(&loaded->policy_theta, 1, &m->policy->network, archive, prefix, "policy_before", error);
  if (!status && loaded->phase[0] == RL_UPDATING && m->value)
    status = read_theta(&loaded->value_theta, 1, &m->value->network, archive, prefix, "value_before", error);
  if (!status && m->workers.policy.count)
    status = read_theta(&loaded->policies, m->workers.policy.count, &m->policy->network, archive, prefix,
                        "policies", error);
  if (!status && m->workers.value.count)
    status = read_theta(&loaded->values, m->workers.value.count, &m->value->network, archive, prefix,
                        "values", error);
  if (!status && m->replay) status = rl_replay_read(m, &loaded->replay, archive, prefix, error);
  if (!status && m->baseline.kind)
    status = rl_baseline_read(&m->baseline, &loaded->baseline, archive, prefix, error);
  return status ? status : read_collector(m, loaded, archive, prefix, error);
}

static void take_crew(rl_crew *crew, const rl_tensor *theta) {
  if (crew->count) memcpy(crew->theta, theta->data, (size_t)rl_tensor_count(theta) * sizeof *crew->theta);
}

rl_status rl_method_load(rl_method *m, const rl_archive *archive, const char *prefix, rl_error *error) {
  loaded_state loaded = {0};
  rl_status status = rl_method_check_idle(m, error);
  if (!status) status = read_state(m, &loaded, archive, prefix, error);
  if (!status) {
    const rl_collector old = m->collector;
    const rl_saved_update was = m->saved;
    const int64_t *at = loaded.phase + 3;
    rl_optimizer_copy(&m->policy_learner.optimizer, &loaded.policy);
    if (m->value) rl_optimizer_copy(&m->value_learner.optimizer, &loaded.value);
    if (m->replay) rl_replay_adopt(m, &loaded.replay);
    if (m->baseline.kind) rl_baseline_adopt(&m->baseline, &loaded.baseline);
    m->collector = loaded.collector;
    rl_collector_employ(&m->collector, old.workers);
    take_crew(&m->workers.policy, &loaded.policies);
    take_crew(&m->workers.value, &loaded.values);
    m->options = loaded.options;
    m->options.kl_coef = loaded.kl_coef;
    m->shuffle = loaded.shuffle;
    m->updates = loaded.counters[0];
    m->phase = (rl_method_phase)loaded.phase[0];
    m->agent = m->phase == RL_IDLE ? 0 : loaded.phase[1];
    m->fresh = loaded.phase[2] != 0;
    m->trainer = loaded.phase[7];
    m->collector.collecting = m->phase == RL_COLLECTING && !m->agent;
    m->saved = (rl_saved_update){m->phase == RL_UPDATING, at[0], at[1], at[2], at[3], loaded.policy_theta,
                                 loaded.value_theta};
    memcpy(m->notice, loaded.notice, sizeof m->notice);
    loaded.collector = old; /* to be released */
    loaded.policy_theta = was.policy;
    loaded.value_theta = was.value;
  }
  rl_optimizer_release(&loaded.policy);
  rl_optimizer_release(&loaded.value);
  rl_collector_release(&loaded.collector);
  rl_replay_release(&loaded.replay);
  rl_baseline_release(&loaded.baseline);
  rl_tensor_release(&loaded.policy_theta);
  rl_tensor_release(&loaded.value_theta);
  rl_tensor_release(&loaded.policies);
  rl_tensor_release(&loaded.values);
  return status;
}

const char *rl_method_notice(const rl_method *m) { return m->notice; }

bool rl_method_has_batch(const rl_method *m) { return m->fresh && m->phase == RL_IDLE; }
