#include "method/collector.h"

#include "base/memory.h"
#include "base/stop.h"
#include "base/vector.h"
#include "method/ahead.h"
#include "method/workers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

rl_collect_options rl_collect_defaults(bool with_value) {
  rl_collect_options options;
  rl_options_defaults(rl_collect_option_table(), &options);
  if (!with_value) options.advantage = RL_REWARD_TO_GO;
  return options;
}

void rl_collect_ahead(rl_collect_options *options, int lag, bool with_value) {
  options->lag = lag;
  if (with_value) options->advantage = RL_VTRACE;
}

rl_status rl_collect_check(const rl_collect_options *options, rl_error *error) {
  rl_status status = rl_options_check(rl_collect_option_table(), options, error);
  if (status) return status;
  if (options->group > 1 && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option group: copies begin alike in batches of episodes: say episodes = true");
  if (rl_estimator_compares(options->advantage) && !options->episodes)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"%s\" compares episodes of all copies: say episodes = true",
                   rl_estimator_names[options->advantage]);
  if (options->advantage == RL_GROUP && options->group < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option advantage: \"group\" compares episodes that begin alike, in groups of 2 or more: "
                   "use rl.grpo");
  return RL_OK;
}

/* Of a critic that reads all agents of a world, and, where advantages are counterfactual, what they do. */
static rl_status check_central(const rl_collector *c, const rl_central *central,
                               const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  const rl_network *network = &c->value->network;
  const int size = def->observation.size, acts = central->action ? def->action.size : 0;
  const bool counterfactual = options->advantage == RL_COUNTERFACTUAL;
  if (central->width != rl_central_width(size, acts, central->agents) || network->history > 1 || network->gru)
    return rl_fail(error, RL_BAD_SHAPE, "value takes %d observations, environment %s gives %d",
                   central->width, def->name, size);
  if (acts && !counterfactual)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "the value takes actions, which advantage \"counterfactual\" asks for, not \"%s\": make it with "
        "action = false",
        rl_estimator_names[options->advantage]);
  if (rl_vec_env_seat(c->env) >= 0)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a central value is of a whole world with one policy: a seat, as %s is, sees its own "
                   "observations only",
                   def->name);
  if (acts && c->policy->network.gru)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option gru: advantage \"counterfactual\" asks what a policy might do, which has none");
  if (options->lag)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option lag: a central value learns from the batch that was collected last: make the method "
        "without it");
  return RL_OK;
}

static rl_status check_critic(const rl_collector *c, const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  const rl_central central = rl_central_of(def, c->policy, c->value);
  if (central.agents) {
    rl_status status = check_central(c, &central, options, error);
    if (status) return status;
  } else if (c->value && c->value->network.history != c->policy->network.history)
    return rl_fail(error, RL_BAD_SHAPE,
                   "option history: the policy reads the last %d observations, the value the last %d: make "
                   "both with the same",
                   c->policy->network.history, c->value->network.history);
  const bool recurrent = c->policy->network.gru || (c->value && c->value->network.gru);
  if (recurrent && (rl_vec_env_agents(c->env) > 1 || rl_vec_env_seat(c->env) >= 0))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option gru: recurrent networks do not learn in worlds of several agents, as %s is",
                   def->name);
  if (recurrent && options->lag)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option lag: recurrent networks (gru) learn from the batch that they have collected last: make "
        "the method without it");
  if (c->value && c->policy->value_head)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the policy has a value head and there is a value besides: leave one out");
  if (rl_collector_has_critic(c) && options->advantage == RL_COUNTERFACTUAL && !central.action)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "advantage \"counterfactual\" needs a value of what all agents observe and do: give value = "
        "rl.value(env, { central = true, action = true })");
  if (!rl_collector_has_critic(c) && rl_estimator_needs_value(options->advantage))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "advantage \"%s\" needs a critic: give value = rl.value(env), or the policy a value_head, "
                   "or choose advantage = \"%s\"",
                   rl_estimator_names[options->advantage],
                   rl_estimator_names[options->group > 1 ? RL_GROUP : RL_REWARD_TO_GO]);
  return RL_OK;
}

static rl_status check(const rl_collector *c, const rl_collect_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(c->env);
  rl_status status = rl_collect_check(options, error);
  if (!status) status = rl_env_check_shared(def, error);
  if (!status && options->group > 1) status = rl_env_check_lone(def, "option group", error);
  if (!status) status = rl_policy_fits(c->policy, &def->observation, &def->action, def->name, error);
  if (!status) status = check_critic(c, options, error);
  if (status || options->group == 1) return status;
  if (rl_vec_env_copies(c->env) % options->group != 0)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option group: %d copies do not make groups of %d: make the environment with n = a multiple",
        rl_vec_env_copies(c->env), options->group);
  if (!def->repeatable)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "environment %s cannot repeat a start state, which groups need: if its reset and step "
                   "draw from their rng only, say repeatable = true; or use rl.ppo",
                   def->name);
  return RL_OK;
}

rl_status rl_collector_init(rl_collector *c, rl_vec_env *env, rl_policy *policy, rl_value *value,
                            const rl_collect_options *options, rl_error *error) {
  *c = (rl_collector){.options = *options, .made = *options, .env = env, .policy = policy, .value = value};
  c->estimated.options = *options;
  rl_status status = check(c, options, error);
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

static rl_status check_free(const rl_collector *c, rl_error *error) {
  return c->collecting ? rl_fail(error, RL_BAD_ARGUMENT, "a batch is half done") : RL_OK;
}

rl_status rl_collector_set(rl_collector *c, const rl_collect_options *options, rl_error *error) {
  rl_status status = check_free(c, error);
  if (!status) status = check(c, options, error);
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

/* Room for batches of `steps`, that nothing has been collected into. */
static rl_status make_room(rl_collector *c, int steps, rl_error *error) {
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
  rl_status status = make_room(c, steps, error);
  if (status) {
    *c = old;
    return status;
  }
  if (old.has_rollout) rl_rollout_follow(&c->rollout, &old.rollout, c->policy);
  drop_rollout(&old);
  return RL_OK;
}

static size_t cells(const rl_rollout *r) { return (size_t)r->steps * (size_t)r->copies; }

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

/* What the batch that is there is to be like. */
static void set_up(rl_collector *c) {
  c->rollout.late = c->rollout.late || c->late;
  c->rollout.whole = c->whole;
  c->rollout.random_until = c->random_until;
  c->rollout.samples = c->options.samples;
  rl_collector_employ(c, c->workers);
}

rl_status rl_collector_open(rl_collector *c, int steps, rl_error *error) {
  rl_status status = check_free(c, error);
  if (!status) status = check_networks(c, error);
  if (!status && c->workers) gather_workers(c);
  if (!status) status = resize(c, steps, error);
  if (!status) set_up(c);
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
  rl_status status = check_free(c, error);
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

static rl_status reserve(float **array, size_t n, rl_error *error) {
  *array = rl_allocate(n, sizeof **array);
  return *array ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %zu steps", n);
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
  if (!status) status = make_room(loaded, steps, error);
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
  rl_status status = check_free(c, error);
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
  set_up(&loaded);
  memcpy(loaded.notice, notice, sizeof notice);
  rl_collector_release(c);
  *c = loaded;
  return RL_OK;
}
