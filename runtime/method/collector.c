/* Batches: collected, in pieces or at once, by the policy that learns or ahead of it (option lag), and estimated, and estimated
 * anew where a program has edited what that reads. */
#include "method/collector_internal.h"

#include "base/stop.h"
#include "base/vector.h"
#include "method/ahead.h"
#include "method/workers.h"

#include <string.h>

rl_status rl_collector_init(rl_collector *c, rl_vec_env *env, rl_policy *policy, rl_value *value,
                            const rl_collect_options *options, rl_error *error) {
  *c = (rl_collector){.options = *options, .made = *options, .env = env, .policy = policy, .value = value};
  c->estimated.options = *options;
  rl_status status = rl_collector_check(c, options, error);
  if (!status) status = rl_reward_filter_init(&c->filter, rl_vec_env_copies(env), error);
  if (!status) status = rl_reward_filter_init(&c->estimated.filter, rl_vec_env_copies(env), error);
  if (status) rl_reward_filter_release(&c->filter);
  return status;
}

void rl_collector_release(rl_collector *c) {
  rl_rollout_release(&c->rollout);
  rl_reward_filter_release(&c->filter);
  rl_reward_filter_release(&c->estimated.filter);
  rl_release(c->reward);
  rl_release(c->ratio);
  rl_ahead_free(c->ahead);
  *c = (rl_collector){0};
}

rl_status rl_collector_check_free(const rl_collector *c, rl_error *error) {
  return c->collecting ? rl_fail(error, RL_BAD_ARGUMENT, "a batch is half done") : RL_OK;
}

rl_status rl_collector_set(rl_collector *c, const rl_collect_options *options, rl_error *error) {
  rl_status status = rl_collector_check_free(c, error);
  if (!status) status = rl_collector_check(c, options, error);
  if (!status && options->lag != c->made.lag)
    status = rl_fail(error, RL_BAD_ARGUMENT, "option lag: made with %d, which it stays", c->made.lag);
  if (!status && options->sequence != c->made.sequence)
    status =
        rl_fail(error, RL_BAD_ARGUMENT, "option sequence: made with %d, which it stays", c->made.sequence);
  if (!status) c->options = *options;
  return status;
}

rl_rollout *rl_collector_rollout(rl_collector *c) { return c->has_rollout ? &c->rollout : NULL; }

void rl_collector_employ(rl_collector *c, rl_workers *workers) {
  c->workers = workers;
  if (!workers) return;
  c->rollout.actors = workers->policy.theta;
  c->rollout.late = true; /* values are the workers' */
}

rl_status rl_collector_make_room(rl_collector *c, int steps, rl_error *error) {
  rl_status status = rl_rollout_init(&c->rollout, steps, c->env, c->policy, c->options.seed, error);
  if (status) return status;
  const rl_central central = rl_central_of(rl_vec_env_def(c->env), c->policy, c->value);
  status = rl_rollout_keep_states(&c->rollout, c->policy, c->value, c->made.sequence, error);
  if (!status) status = rl_rollout_keep_central(&c->rollout, &central, error);
  if (status) {
    rl_rollout_release(&c->rollout);
    return status;
  }
  c->reward = rl_allocate((size_t)steps * (size_t)c->rollout.copies, sizeof *c->reward);
  c->has_rollout = c->reward != NULL;
  if (c->has_rollout) return RL_OK;
  rl_rollout_release(&c->rollout);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", steps);
}

static void drop_rollout(rl_collector *c) {
  rl_rollout_release(&c->rollout);
  rl_release(c->reward);
}

/* A batch of another length is a new rollout that goes on with the old one's streams and counters. */
static rl_status resize(rl_collector *c, int steps, rl_error *error) {
  if (c->has_rollout && c->rollout.steps == steps) return RL_OK;
  rl_collector old = *c;
  rl_status status = rl_collector_make_room(c, steps, error);
  if (status) {
    *c = old;
    return status;
  }
  if (old.has_rollout) rl_rollout_follow(&c->rollout, &old.rollout, c->policy);
  drop_rollout(&old);
  return RL_OK;
}

static uint64_t mark_inputs(const rl_rollout *r) {
  uint64_t mark = rl_mark(r->reward.data, cells(r), 0);
  mark = rl_mark(r->value.data, cells(r), mark);
  mark = rl_mark(r->cut_value.data, cells(r), mark);
  return rl_mark(r->last_value.data, (size_t)r->copies, mark);
}

static void estimate(rl_collector *c) {
  rl_estimate_record *record = &c->estimated;
  const rl_collect_options *o = &record->options;
  rl_trajectories batch = rl_rollout_trajectories(&c->rollout);
  if (o->reward_scaling || o->reward_clip > 0.0) {
    rl_reward_filter_apply(&c->filter, &batch, o->gamma, o->reward_scaling, o->reward_clip, c->reward);
    batch.reward = c->reward;
  }
  batch.ratio = c->has_ratio ? c->ratio : NULL;
  rl_estimate_options options = {o->advantage, o->gamma,    o->lambda, o->n_step,
                                 o->group,     o->rho_clip, o->c_clip};
  rl_estimate(&batch, &options, c->rollout.advantage.data, c->rollout.target.data);
  record->inputs = mark_inputs(&c->rollout);
  record->advantage = rl_mark(c->rollout.advantage.data, cells(&c->rollout), 0);
  record->target = rl_mark(c->rollout.target.data, cells(&c->rollout), 0);
}

static void estimate_first(rl_collector *c) {
  if (c->late) return;
  rl_reward_filter_copy(&c->estimated.filter, &c->filter);
  c->estimated.options = c->options;
  estimate(c);
}

rl_status rl_collector_finish(rl_collector *c, rl_error *error) {
  rl_status status =
      c->workers ? rl_workers_value(c->workers, &c->rollout, c->policy, c->value, error) : RL_OK;
  if (!status) estimate_first(c);
  return status;
}

/* A copy of what is no longer what was estimated; NULL for that. */
static rl_status keep_edited(float **kept, const rl_tensor *tensor, uint64_t mark, rl_error *error) {
  const size_t n = (size_t)rl_tensor_count(tensor);
  *kept = NULL;
  if (rl_mark(tensor->data, n, 0) == mark) return RL_OK;
  *kept = rl_allocate(n, sizeof **kept);
  if (!*kept) return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %zu steps", n);
  memcpy(*kept, tensor->data, n * sizeof **kept);
  return RL_OK;
}

static void put_back(float *kept, rl_tensor *tensor) {
  if (kept) memcpy(tensor->data, kept, (size_t)rl_tensor_count(tensor) * sizeof *kept);
  rl_release(kept);
}

rl_status rl_collector_renew(rl_collector *c, rl_error *error) {
  float *advantage, *target = NULL;
  rl_rollout *r = &c->rollout;
  if (c->late || mark_inputs(r) == c->estimated.inputs) return RL_OK;
  rl_status status = keep_edited(&advantage, &r->advantage, c->estimated.advantage, error);
  if (!status) status = keep_edited(&target, &r->target, c->estimated.target, error);
  if (!status) {
    rl_reward_filter_copy(&c->filter, &c->estimated.filter);
    estimate(c);
  }
  put_back(advantage, &r->advantage);
  put_back(target, &r->target);
  return status;
}

static rl_status check_networks(const rl_collector *c, rl_error *error) {
  rl_status status = rl_policy_check_finite(c->policy, "policy", error);
  if (!status && c->value) status = rl_network_check_finite(&c->value->network, "value", error);
  return status;
}

/* Who writes to policy or value writes for all. */
static void gather_workers(rl_collector *c) {
  rl_workers *w = c->workers;
  if (!rl_crew_is_stray(&w->policy, &c->policy->network) &&
      !(c->value && rl_crew_is_stray(&w->value, &c->value->network)))
    return;
  rl_crew_gather(&w->policy, &c->policy->network);
  if (c->value) rl_crew_gather(&w->value, &c->value->network);
}

void rl_collector_set_up(rl_collector *c) {
  c->rollout.late = c->rollout.late || c->late;
  c->rollout.whole = c->whole;
  c->rollout.random_until = c->random_until;
  c->rollout.samples = c->options.samples;
  rl_collector_employ(c, c->workers);
}

rl_status rl_collector_open(rl_collector *c, int steps, rl_error *error) {
  rl_status status = rl_collector_check_free(c, error);
  if (!status) status = check_networks(c, error);
  if (!status && c->workers) gather_workers(c);
  if (!status) status = resize(c, steps, error);
  if (!status) rl_collector_set_up(c);
  return status;
}

/* --- option lag --- */

/* Who collects ahead. */
static rl_policy *actor(const rl_collector *c) { return c->ahead->n_past ? c->ahead->past : c->policy; }

static rl_status begin_next(rl_collector *c, int steps, rl_error *error) {
  const rl_collect_options *o = &c->options;
  rl_status status = o->lag > 1 ? rl_ahead_remember(c->ahead, c->policy, o->lag, error) : RL_OK;
  if (status) return status;
  status = rl_ahead_begin(c->ahead, steps, actor(c), c->has_rollout ? &c->rollout : NULL, o->seed,
                          o->episodes, o->group, error);
  c->rollout.moves = RL_NO_MOVES; /* the one ahead has followed it */
  return status;
}

static rl_status begin_lagging(rl_collector *c, int steps, rl_error *error) {
  rl_status status = rl_collector_check_free(c, error);
  if (!status) status = check_networks(c, error);
  if (!status && !c->ahead) status = rl_ahead_create(&c->ahead, c->env, error);
  if (status) return status;
  rl_ahead_wait(c->ahead);
  status = rl_ahead_tell(c->ahead, error);
  if (status) return status;
  c->handed = false;
  c->steps = steps;
  c->collecting = true; /* for what a reset calls */
  if (!c->ahead->open) status = begin_next(c, steps, error);
  c->collecting = !status;
  return status;
}

/* The batch that was collected ahead is the one to learn from. Actions of a policy that has been stepped since are weighed
 * with V-trace, by what the policy is now; values are those of now in any case. */
static rl_status hand_over(rl_collector *c, rl_error *error) {
  rl_ahead *a = c->ahead;
  const bool adopts = c->options.advantage == RL_VTRACE;
  rl_rollout *r = &a->rollout;
  float *reward, *ratio = NULL; /* those of the batch before it are needed where this fails */
  rl_status status = reserve(&reward, cells(r), error);
  if (!status && adopts) status = reserve(&ratio, cells(r), error);
  if (!status) status = rl_rollout_value(r, c->policy, c->value, error);
  if (!status && adopts) status = rl_rollout_adopt(r, c->policy, ratio, error);
  if (status) {
    rl_release(reward);
    rl_release(ratio);
    return status;
  }
  rl_release(c->reward);
  rl_release(c->ratio);
  c->reward = reward;
  c->ratio = ratio;
  const rl_rollout last = c->rollout;
  c->rollout = *r;
  *r = last;
  a->has_rollout = c->has_rollout;
  a->open = a->ready = false;
  c->has_rollout = c->handed = true;
  c->has_ratio = adopts;
  estimate_first(c);
  return RL_OK;
}

static rl_status advance_lagging(rl_collector *c, bool *done, rl_error *error) {
  rl_ahead *a = c->ahead;
  rl_status status = RL_OK;
  if (!a->ready)
    status = rl_ahead_advance(a, actor(c), error);
  else {
    status = hand_over(c, error);
    if (!status) status = begin_next(c, c->steps, error);
  }
  *done = !status && c->handed && a->ready;
  c->collecting = !status && !*done;
  return status;
}

int rl_collector_busy(const rl_collector *c) {
  return c->ahead && c->ahead->thread && rl_background_runs(c->ahead->thread) ? c->ahead->share : 0;
}

void rl_collector_wait(const rl_collector *c) {
  if (c->ahead) rl_ahead_wait(c->ahead);
}

void rl_collector_leave(rl_collector *c) {
  rl_ahead_free(c->ahead);
  c->ahead = NULL;
}

/* --- */

rl_status rl_collector_begin(rl_collector *c, int steps, rl_error *error) {
  if (c->options.lag) return begin_lagging(c, steps, error);
  rl_status status = rl_collector_open(c, steps, error);
  if (status) return status;
  c->collecting = true; /* for what a reset calls */
  status = rl_rollout_begin(&c->rollout, c->env, c->policy, c->options.episodes, c->options.group, error);
  c->collecting = !status;
  return status;
}

rl_status rl_collector_advance(rl_collector *c, bool *done, rl_error *error) {
  if (c->options.lag) return advance_lagging(c, done, error);
  rl_status status = rl_rollout_advance(&c->rollout, c->env, c->policy, c->value, done, error);
  if (!status && *done) status = rl_collector_finish(c, error);
  *done = *done && !status;
  c->collecting = !status && !*done;
  return status;
}

double rl_collector_fraction(const rl_collector *c) {
  if (!c->options.lag) return rl_rollout_fraction(&c->rollout);
  return (c->handed ? 0.5 : 0.0) + 0.5 * (c->ahead->ready ? 1.0 : rl_rollout_fraction(&c->ahead->rollout));
}

void rl_collector_stop(rl_collector *c) {
  if (c->collecting && c->options.lag)
    rl_ahead_stop(c->ahead);
  else if (c->collecting && c->rollout.progress.episodes)
    rl_vec_env_abandon(c->env);
  c->collecting = false;
}

static bool starts_thread(rl_collector *c) {
  if (!c->options.lag || !c->handed || !rl_ahead_start(c->ahead, actor(c))) return false;
  c->collecting = false;
  return true;
}

static void set_at_once(rl_collector *c, bool at_once) {
  c->rollout.at_once = at_once && !c->options.lag;
  if (c->options.lag && !c->ahead->thread) c->ahead->rollout.at_once = at_once;
}

rl_status rl_collector_run(rl_collector *c, rl_error *error) {
  bool done = false;
  rl_status status = RL_OK;
  while (!status && !done) {
    set_at_once(c, true);
    status = rl_stop_check(error);
    if (!status && !starts_thread(c))
      status = rl_collector_advance(c, &done, error);
    else
      done = true;
  }
  set_at_once(c, false);
  if (status == RL_INTERRUPTED) rl_collector_stop(c);
  return status;
}

rl_status rl_collector_collect(rl_collector *c, int steps, rl_error *error) {
  rl_status status = rl_collector_begin(c, steps, error);
  return status ? status : rl_collector_run(c, error);
}
