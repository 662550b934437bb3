/* A collector to an archive and back: its streams and counters, and the batch that is there, with what its advantages were
 * estimated from; and the batch ahead of it. */
#include "method/collector_internal.h"

#include "base/vector.h"
#include "method/ahead.h"

#include <stdio.h>
#include <string.h>

/* What the advantages were estimated from, so that an edit of the batch is still seen. */

enum { MARKS = 3 };

static rl_status save_estimated(const rl_estimate_record *e, rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const uint64_t marks[MARKS] = {e->inputs, e->advantage, e->target};
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "marks"), RL_U64, 1,
                                    (int64_t[]){MARKS}, marks, error);
  if (!status) status = rl_reward_filter_save(&e->filter, archive, prefix, error);
  return status
             ? status
             : rl_options_save(rl_collect_option_table(), &e->options, &e->options, archive, prefix, error);
}

static rl_status load_estimated(rl_estimate_record *e, const rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  uint64_t marks[MARKS];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "marks"), RL_U64, MARKS, marks, error);
  if (!status) status = rl_reward_filter_load(&e->filter, archive, prefix, error);
  if (!status) status = rl_options_restore(rl_collect_option_table(), &e->options, archive, prefix, error);
  rl_error bad;
  if (!status && rl_collect_check(&e->options, &bad))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: %s", prefix, bad.message);
  if (status) return status;
  e->inputs = marks[0];
  e->advantage = marks[1];
  e->target = marks[2];
  return RL_OK;
}

/* The batch ahead: whether there is one, complete or half done, whether the one before it has been handed over, and how
 * many steps the next has. */
enum { AHEAD = 4 };

/* Of a policy that the actors are still to be. */
static const char *past_key(char key[RL_ARCHIVE_NAME], const char *prefix, int i) {
  char part[32];
  snprintf(part, sizeof part, "past.%d", i + 1);
  return rl_archive_key(key, prefix, part);
}

static rl_status load_past(rl_collector *loaded, const rl_archive *archive, const char *prefix,
                           rl_error *error) {
  char key[RL_ARCHIVE_NAME], part[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; i < loaded->options.lag && loaded->options.lag > 1 && !status; i++) {
    past_key(key, prefix, i);
    if (!rl_archive_find(archive, rl_archive_key(part, key, "layers.0.weight"))) break;
    status = rl_ahead_remember(loaded->ahead, loaded->policy, loaded->options.lag, error);
    if (!status) status = rl_policy_take(&loaded->ahead->past[i], archive, key, error);
  }
  if (!status && loaded->options.lag > 1 && !loaded->ahead->n_past)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the policies that act are missing", prefix);
  return status;
}

static rl_status save_ahead(const rl_collector *c, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME], key[RL_ARCHIVE_NAME];
  rl_ahead *a = c->ahead;
  if (!a) return RL_OK;
  rl_ahead_wait(a);
  const int64_t state[AHEAD] = {a->open, a->ready, c->handed, c->steps};
  rl_archive_key(name, prefix, "ahead");
  rl_status status = rl_archive_put(archive, rl_archive_key(key, name, "state"), RL_I64, 1,
                                    (int64_t[]){AHEAD}, state, error);
  for (int i = 0; i < a->n_past && !status; i++)
    status = rl_policy_put(&a->past[i], archive, past_key(key, name, i), error);
  if (!status && a->open) status = rl_rollout_save(&a->rollout, c->env, c->policy, archive, name, error);
  if (!status && a->open)
    status = rl_rollout_save_batch(&a->rollout, c->env, c->policy, archive, name, error);
  return status;
}

static rl_status save_ratio(const rl_collector *c, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (!c->has_ratio) return RL_OK;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "ratio"), RL_F32, 2,
                        (int64_t[]){c->rollout.steps, c->rollout.copies}, c->ratio, error);
}

rl_status rl_collector_save(const rl_collector *c, rl_archive *archive, const char *prefix, bool with_batch,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status =
      rl_options_save(rl_collect_option_table(), &c->made, &c->options, archive, prefix, error);
  if (!status)
    status = rl_reward_filter_save(&c->filter, archive, rl_archive_key(name, prefix, "rewards"), error);
  if (!status) status = save_ahead(c, archive, prefix, error);
  if (status || !c->has_rollout) return status;
  rl_archive_key(name, prefix, "rollout");
  status = rl_rollout_save(&c->rollout, c->env, c->policy, archive, name, error);
  if (status || !(with_batch || c->collecting)) return status;
  status = rl_rollout_save_batch(&c->rollout, c->env, c->policy, archive, name, error);
  if (!status) status = save_ratio(c, archive, prefix, error);
  return status ? status
                : save_estimated(&c->estimated, archive, rl_archive_key(name, prefix, "estimated"), error);
}

static rl_status load_ratio(rl_collector *loaded, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const size_t n = cells(&loaded->rollout);
  loaded->has_ratio = rl_archive_find(archive, rl_archive_key(name, prefix, "ratio")) != NULL;
  if (!loaded->has_ratio) return RL_OK;
  rl_status status = reserve(&loaded->ratio, n, error);
  if (!status) status = rl_archive_get(archive, name, RL_F32, (int64_t)n, loaded->ratio, error);
  if (!status && rl_first_not_finite(loaded->ratio, n) < n)
    status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  return status;
}

static rl_status load_ahead(rl_collector *loaded, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME], key[RL_ARCHIVE_NAME];
  int64_t state[AHEAD];
  rl_archive_key(name, prefix, "ahead");
  if (!loaded->options.lag || !rl_archive_find(archive, rl_archive_key(key, name, "state"))) return RL_OK;
  rl_status status = rl_archive_get(archive, key, RL_I64, AHEAD, state, error);
  for (int i = 0; i < 3 && !status; i++)
    if (state[i] < 0 || state[i] > 1) status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", key);
  if (!status &&
      (state[1] > state[0] || state[2] > loaded->has_rollout || state[3] < 1 || state[3] > 1 << 24))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", key);
  if (!status) status = rl_ahead_create(&loaded->ahead, loaded->env, error);
  if (status) return status;
  status = load_past(loaded, archive, name, error);
  if (status) return status;
  rl_ahead *a = loaded->ahead;
  loaded->handed = state[2] != 0;
  loaded->steps = (int)state[3];
  if (!state[0]) return RL_OK;
  status = rl_rollout_read_batch(&a->rollout, loaded->env, loaded->policy, archive, name, error);
  a->has_rollout = !status;
  if (!status) status = rl_rollout_load(&a->rollout, loaded->policy, archive, name, error);
  const bool full = !status && a->rollout.progress.full;
  if (!status && (!a->rollout.late || (state[1] && !full) || (full && !a->rollout.n_rows)))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: the batch is not complete", name);
  a->open = state[0] != 0;
  a->ready = state[1] != 0;
  return status;
}

/* Room for the batch that the file has, or, where it has none, for one step, until the next collect asks for more. */
static rl_status load_rollout(rl_collector *loaded, const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME], streams[RL_ARCHIVE_NAME];
  rl_archive_key(name, prefix, "rollout");
  if (!rl_archive_find(archive, rl_archive_key(streams, name, "streams"))) return RL_OK;
  rl_rollout batch = {0};
  int steps = 1;
  rl_status status = RL_OK;
  if (rl_rollout_has_batch(archive, name)) {
    status = rl_rollout_read_batch(&batch, loaded->env, loaded->policy, archive, name, error);
    steps = batch.steps;
    if (!status)
      status = rl_rollout_keep_states(&batch, loaded->policy, loaded->value, loaded->made.sequence, error);
    const rl_central central = rl_central_of(rl_vec_env_def(loaded->env), loaded->policy, loaded->value);
    if (!status) status = rl_rollout_keep_central(&batch, &central, error);
    if (!status) status = rl_rollout_read_states(&batch, archive, name, error);
    loaded->estimated.options = loaded->options;
    rl_archive_key(streams, prefix, "estimated");
    if (!status) status = load_estimated(&loaded->estimated, archive, streams, error);
  }
  if (!status) status = rl_collector_make_room(loaded, steps, error);
  if (!status && batch.steps) status = load_ratio(loaded, archive, prefix, error);
  if (!status && batch.steps) {
    rl_rollout_release(&loaded->rollout);
    loaded->rollout = batch;
    batch = (rl_rollout){0};
  }
  rl_rollout_release(&batch);
  return status ? status : rl_rollout_load(&loaded->rollout, loaded->policy, archive, name, error);
}

rl_status rl_collector_load(rl_collector *c, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_collector loaded;
  rl_collect_options options = c->options;
  char notice[RL_NOTICE] = "";
  const int copies = rl_vec_env_copies(c->env);
  rl_status status = rl_collector_check_free(c, error);
  const rl_array *rolling = rl_archive_find(archive, rl_archive_key(name, prefix, "rewards.rolling"));
  if (!status && rolling && rolling->count != copies)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: %lld copies there, %d here", prefix,
                     (long long)rolling->count, copies);
  if (!status)
    status = rl_options_load(rl_collect_option_table(), &c->made, &options, archive, prefix, notice, error);
  if (status) return status;
  status = rl_collector_init(&loaded, c->env, c->policy, c->value, &options, error);
  if (!status)
    status = rl_reward_filter_load(&loaded.filter, archive, rl_archive_key(name, prefix, "rewards"), error);
  if (!status) status = load_rollout(&loaded, archive, prefix, error);
  if (!status) status = load_ahead(&loaded, archive, prefix, error);
  if (status) {
    rl_collector_release(&loaded);
    return status;
  }
  loaded.made = c->made;
  loaded.late = c->late;
  loaded.whole = c->whole;
  loaded.random_until = c->random_until;
  rl_collector_set_up(&loaded);
  memcpy(loaded.notice, notice, sizeof notice);
  rl_collector_release(c);
  *c = loaded;
  return RL_OK;
}
