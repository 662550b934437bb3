#include "method/method_internal.h"

#include "base/background.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "method/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rl_status check_base(const rl_policy *policy, const rl_policy *base, const rl_env_def *def,
                            rl_error *error) {
  rl_error unfit;
  if (base == policy)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option base: the policy cannot be its own base, it would move along: give a copy, "
                   "policy:clone()");
  rl_status status = rl_policy_fits(base, &def->observation, &def->action, def->name, &unfit);
  if (status) return rl_fail(error, status, "option base: %s", unfit.message);
  if (base->network.gru)
    return rl_fail(error, RL_BAD_ARGUMENT, "option base: it has a recurrent layer (gru): give one without");
  if (base->network.history == policy->network.history) return RL_OK;
  return rl_fail(error, RL_BAD_SHAPE,
                 "option base: it reads the last %d observations, the policy the last %d",
                 base->network.history, policy->network.history);
}

static rl_status check_ties(const rl_network *network, const rl_mirror *observation, const char *what,
                            rl_error *error) {
  if (!rl_network_is_symmetric(network))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: the %s is not symmetric: make it with rl.%s(env, { symmetric = true })",
                   what, what);
  const rl_mirror own = rl_network_mirror(network);
  if (!rl_mirror_same(&own, observation))
    return rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: the %s was made for other mirror images", what);
  const rl_ties *ties = &network->ties;
  const size_t loose = rl_ties_first_loose(ties, network->theta.data);
  if (loose == ties->n) return RL_OK;
  return rl_fail(
      error, RL_BAD_ARGUMENT,
      "option symmetric: parameters %u and %u of the %s are no longer what symmetry makes of one another",
      ties->pairs[loose].one + 1, ties->pairs[loose].other + 1, what);
}

static bool is_recurrent(const rl_method *m) {
  return m->policy->network.gru || (m->value && m->value->network.gru);
}

static rl_status check_recurrent(const rl_method *m, const rl_method_options *options, rl_error *error) {
  if (!is_recurrent(m)) return RL_OK;
  char able[256] = "";
  int count;
  const rl_method_class *all = rl_method_classes(&count);
  for (int i = 0; i < count; i++)
    if (rl_method_goes_through_time(&all[i])) {
      const size_t used = strlen(able);
      snprintf(able + used, sizeof able - used, "%s%s", used ? ", " : "", all[i].name);
    }
  if (!rl_method_goes_through_time(m->is))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s cannot train networks with a recurrent layer (gru); these can: %s", m->is->name, able);
  if (options->symmetric == RL_SYMMETRIC_DATA || options->symmetric == RL_SYMMETRIC_LOSS)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: samples of recurrent networks (gru) have no mirror images");
  return RL_OK;
}

static rl_status check_symmetry(const rl_method *m, const rl_method_options *options, rl_error *error) {
  const rl_symmetry *symmetry;
  rl_error none;
  if (options->symmetric == RL_SYMMETRIC_OFF) return RL_OK;
  if (rl_env_symmetry(rl_vec_env_def(m->collector.env), &symmetry, &none))
    return rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: %s", none.message);
  if (options->symmetric != RL_SYMMETRIC_NETWORK) return RL_OK;
  rl_status status = check_ties(&m->policy->network, &symmetry->observation, "policy", error);
  const rl_mirror *of_value = m->replay ? &m->replay->mirror : &symmetry->observation;
  return status || !m->value ? status : check_ties(&m->value->network, of_value, "value", error);
}

/* A method whose critic reads all agents of a world, before the critic is looked at as any other. */
static rl_status check_whole(const rl_method *m, const rl_vec_env *env, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  if (!m->is->central) return RL_OK;
  if (rl_vec_env_seat(env) >= 0)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a central critic is of a whole world with one policy: a seat, as %s is, sees its own "
                   "observations only",
                   def->name);
  if (rl_env_agents(def) == 1 || rl_central_of(def, m->policy, m->value).agents) return RL_OK;
  rl_status status = rl_env_check_shared(def, error);
  return status ? status
                : rl_fail(error, RL_BAD_ARGUMENT,
                          "its critic reads the observations of all agents: give value = rl.value(env, { "
                          "central = true%s })",
                          rl_method_values_actions(m->is) ? ", action = true" : "");
}

/* A critic that reads all agents of a world. */
static rl_status check_central(const rl_method *m, const rl_method_options *options, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const bool central = rl_central_of(def, m->policy, m->value).agents > 0;
  if (central && m->is->step == RL_STEP_WORKERS)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the workers of %s value their own observations: give value = rl.value(env)", m->is->name);
  if (central && options->symmetric != RL_SYMMETRIC_OFF)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: what a central value reads has no mirror images");
  return RL_OK;
}

/* What a method asks of its parts beyond what collecting does. */
static rl_status check_parts(const rl_method *m, const rl_method_options *options, rl_error *error) {
  const rl_collector *c = &m->collector;
  rl_status status = m->replay ? rl_replay_check_symmetric(m, options, error) : RL_OK;
  if (m->replay) return status ? status : check_symmetry(m, options, error);
  status = m->base ? check_base(m->policy, m->base, rl_vec_env_def(c->env), error) : RL_OK;
  if (status) return status;
  if (m->policy->value_head && m->is->step == RL_STEP_NATURAL)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "fitting a value head would move the policy out of its trust region: give value = "
                   "rl.value(env)");
  if (m->is->groups && rl_collector_has_critic(c) && !rl_estimator_needs_value(options->collect.advantage))
    return rl_fail(error, RL_BAD_ARGUMENT, "advantage \"%s\" needs no critic: leave the value out",
                   rl_estimator_names[options->collect.advantage]);
  if (m->policy->squash)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a squashed policy has no entropy and KL in closed form, which %s takes: make it without "
                   "squash, or use "
                   "rl.sac",
                   m->is->name);
  if (m->is->of_episodes && rl_vec_env_copies(c->env) < 2)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s compares the episodes of all copies, and there is one: make the environment with n = 2 or more",
        m->is->name);
  status = check_central(m, options, error);
  if (!status) status = check_symmetry(m, options, error);
  if (!status) status = check_recurrent(m, options, error);
  if (status) return status;
  if (options->base_kl_coef > 0.0 && !m->base)
    return rl_fail(error, RL_BAD_ARGUMENT, "option base_kl_coef: there is no base: give base = a policy");
  if (options->demonstration_coef > 0.0 && !m->imitation.samples)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option demonstration_coef: there are no demonstrations: give demonstrations = "
                   "rl.load_demonstration(path), or 0");
  return RL_OK;
}

static rl_status make_workers(rl_method *m, rl_error *error) {
  const int copies = rl_vec_env_copies(m->collector.env);
  rl_status status = rl_crew_init(&m->workers.policy, copies, &m->policy_learner, error);
  if (!status && m->value) status = rl_crew_init(&m->workers.value, copies, &m->value_learner, error);
  if (!status) rl_collector_employ(&m->collector, &m->workers);
  return status;
}

/* Demonstrations have mirror images where the samples have them. */
static rl_status imitate(rl_method *m, const rl_demonstration *demo, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const rl_demonstrated of = {def->name, def->observation, def->action, def->observation_names,
                              def->action_names};
  rl_status status = rl_demonstration_fits(demo, &of, error);
  if (!status && !rl_method_may_imitate(m->is))
    status = rl_fail(
        error, RL_BAD_ARGUMENT,
        m->replay ? "option demonstrations: it learns from a memory: method:remember(demonstrations) puts "
                    "them there"
                  : "option demonstrations: it cannot learn from them; methods with an option "
                    "demonstration_coef can");
  const bool images = m->options.symmetric == RL_SYMMETRIC_DATA && def->symmetry;
  return status ? status
                : rl_imitation_init(&m->imitation, m->policy, demo, images ? def->symmetry : NULL, error);
}

static rl_status acquire(rl_method *m, rl_error *error) {
  const bool natural = m->is->step == RL_STEP_NATURAL, workers = m->is->step == RL_STEP_WORKERS;
  const rl_optimizer_kind kind = workers ? RL_RMSPROP : RL_ADAM;
  rl_network *network = &m->policy->network;
  size_t size = (size_t)network->theta.shape[0];
  rl_status status = rl_learner_init(&m->policy_learner, network, kind, rl_policy_loss, rl_policy_metric,
                                     &m->objective, error);
  if (!status && m->value)
    status = rl_learner_init(&m->value_learner, &m->value->network, kind, rl_value_loss, NULL, &m->objective,
                             error);
  if (!status && m->policy->action.masked) m->policy_learner.amend = rl_policy_amend;
  if (!status && workers) status = make_workers(m, error);
  if (!status && natural) status = rl_natural_init(&m->natural, size, error);
  if (status) return status;
  m->ascent = rl_allocate(natural ? size : 1, sizeof(float));
  return m->ascent ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for %zu parameters", size);
}

rl_status rl_method_create(rl_method **out, rl_vec_env *env, rl_policy *policy, rl_value *value,
                           rl_policy *base, const rl_demonstration *demo, const rl_method_options *options,
                           rl_error *error) {
  *out = NULL;
  rl_status status = rl_method_check(options, error);
  if (status) return status;
  rl_method *m = rl_allocate(1, sizeof *m);
  if (!m) return rl_fail(error, RL_NO_MEMORY, "out of memory for a method");
  m->is = rl_method_find(options->name, error);
  m->options = m->made = *options;
  m->policy = policy;
  m->value = value;
  m->base = base;
  rl_rng_init_use(&m->shuffle, options->collect.seed, RL_STREAM_SHUFFLE, 0);
  const bool remembers = m->is->step == RL_STEP_REPLAY;
  status = check_whole(m, env, error);
  if (!status)
    status =
        rl_collector_init(&m->collector, env, policy, remembers ? NULL : value, &options->collect, error);
  if (!status)
    status = rl_baseline_init(&m->baseline, options->baseline, policy,
                              value ? &value->network : &policy->network, rl_vec_env_def(env)->name, error);
  if (!status && remembers) status = check_recurrent(m, options, error);
  if (!status && remembers) status = rl_replay_create(m, error);
  if (!status && demo) status = imitate(m, demo, error);
  if (!status) status = check_parts(m, options, error);
  if (!status && !remembers) status = acquire(m, error);
  if (status)
    rl_method_free(m);
  else
    *out = m;
  return status;
}

void rl_method_free(rl_method *m) {
  if (!m) return;
  rl_trainer_leave(m->borrower);
  rl_collector_release(&m->collector);
  rl_objective_release(&m->objective);
  rl_baseline_release(&m->baseline);
  rl_learner_release(&m->policy_learner);
  rl_learner_release(&m->value_learner);
  rl_natural_release(&m->natural);
  rl_crew_release(&m->workers.policy);
  rl_crew_release(&m->workers.value);
  rl_episodic_release(&m->episodic);
  rl_tensor_release(&m->saved.policy);
  rl_tensor_release(&m->saved.value);
  if (m->replay) rl_replay_release(m->replay);
  rl_release(m->replay);
  rl_release(m->ascent);
  rl_release(m->order);
  rl_release(m->in_turn);
  rl_release(m->parts);
  rl_release(m->advantage);
  rl_release(m->base_output);
  rl_release(m->joined);
  rl_images_release(&m->images);
  rl_imitation_release(&m->imitation);
  rl_release(m->shown);
  rl_release(m);
}

void rl_method_use(rl_method *m, rl_policy *policy, rl_value *value, rl_policy *base) {
  m->policy = m->collector.policy = policy;
  m->value = value;
  if (!m->replay) m->collector.value = value;
  m->base = base;
  m->baseline.policy = policy;
  if (m->imitation.samples) rl_imitation_use(&m->imitation, policy);
  m->policy_learner.network = &policy->network;
  if (value) m->value_learner.network = &value->network;
}

rl_status rl_method_check_here(const rl_method *m, rl_error *error) {
  const rl_trainer *borrower = m->borrower;
  if (!borrower || rl_background_context() == borrower || !rl_trainer_runs(borrower)) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "the thread of a trainer has it: end that with its stop()");
}

const rl_method_options *rl_method_settings(const rl_method *m) { return &m->options; }

rl_status rl_method_set_options(rl_method *m, const rl_method_options *options, rl_error *error) {
  if (strcmp(options->name, m->is->name) != 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s cannot become %s", m->is->name, options->name);
  rl_status status = rl_method_check_idle(m, error);
  if (!status) status = rl_method_check(options, error);
  if (!status && options->memory != m->made.memory)
    status = rl_fail(error, RL_BAD_ARGUMENT, "option memory: made with %d, which it stays", m->made.memory);
  if (!status && options->baseline != m->made.baseline)
    status =
        rl_fail(error, RL_BAD_ARGUMENT, "option baseline: it stays as the method was made: make another one");
  if (!status) status = check_parts(m, options, error);
  if (!status) status = rl_collector_set(&m->collector, &options->collect, error);
  if (!status) m->options = *options;
  return status;
}

const rl_collector *rl_method_collector(const rl_method *m) { return &m->collector; }

rl_rollout *rl_method_rollout(rl_method *m) { return rl_collector_rollout(&m->collector); }

void rl_method_open_batch(rl_method *m) {
  if (!m->replay) return;
  m->replay->taken = false;
  m->collector.random_until = m->options.warmup;
}

rl_status rl_method_begin_collect(rl_method *m, int steps, rl_error *error) {
  rl_status status = rl_method_check_idle(m, error);
  if (status) return status;
  m->fresh = false;
  rl_method_open_batch(m);
  m->trainer = 0;
  status = rl_method_check_parameters(m, error);
  if (status) return status;
  m->phase = RL_COLLECTING; /* for what a reset calls */
  status = rl_collector_begin(&m->collector, steps, error);
  if (status) m->phase = RL_IDLE;
  return status;
}

static rl_status advance_collect(rl_method *m, rl_error *error) {
  bool done;
  rl_status status = rl_collector_advance(&m->collector, &done, error);
  if (!status && !done) return RL_OK;
  m->fresh = done || (m->options.collect.lag && m->collector.handed);
  m->phase = RL_IDLE;
  return status;
}

rl_status rl_method_advance(rl_method *m, rl_method_stats *stats, rl_error *error) {
  rl_status status = rl_method_check_here(m, error);
  if (status) return status;
  if (m->phase == RL_UPDATING && !m->agent) return rl_method_advance_update(m, stats, error);
  if (m->phase == RL_COLLECTING && !m->agent) return advance_collect(m, error);
  return rl_fail(error, RL_BAD_ARGUMENT, "neither a batch nor an update of the method's own is begun");
}

rl_status rl_method_collect(rl_method *m, int steps, rl_error *error) {
  rl_status status = rl_method_begin_collect(m, steps, error);
  if (status) return status;
  status = rl_collector_run(&m->collector, error);
  m->fresh = !status || m->collector.handed;
  m->phase = RL_IDLE;
  return status;
}

void rl_method_wait(const rl_method *m) { rl_collector_wait(&m->collector); }

void rl_method_leave(rl_method *m) { rl_collector_leave(&m->collector); }

/* What has begun, to its end. Threads that collect the next batch meanwhile are not for it, until they have done. */
static rl_status run_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  const int threads = rl_threads();
  rl_status status = RL_OK;
  m->at_once = true;
  while (!status && m->phase == RL_UPDATING) {
    const int busy = rl_collector_busy(&m->collector);
    m->shares_threads = busy > 0;
    rl_set_threads(threads > busy ? threads - busy : 1);
    status = rl_stop_check(error);
    if (!status) status = rl_method_advance_update(m, stats, error);
  }
  m->at_once = m->shares_threads = false;
  rl_set_threads(threads);
  if (status == RL_INTERRUPTED) rl_method_stop(m);
  return status;
}

rl_status rl_method_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  rl_status status = rl_method_begin_update(m, error);
  return status ? status : run_update(m, stats, error);
}

rl_status rl_method_update_offline(rl_method *m, int64_t steps, rl_method_stats *stats, rl_error *error) {
  rl_status status = rl_method_begin_offline(m, steps, error);
  return status ? status : run_update(m, stats, error);
}

rl_method_phase rl_method_phase_of(const rl_method *m) { return m->phase; }

double rl_method_fraction(const rl_method *m) {
  if (m->phase == RL_IDLE) return 0.0;
  return m->phase == RL_COLLECTING ? rl_collector_fraction(&m->collector) : rl_method_update_fraction(m);
}

void rl_method_stop(rl_method *m) {
  rl_trainer_stop(m->borrower);
  if (m->phase == RL_UPDATING) rl_method_undo_update(m);
  m->saved.waits = false;
  rl_collector_stop(&m->collector);
  m->phase = RL_IDLE;
  m->agent = 0;
  rl_trainer_stop(m->borrower); /* gives its copies back */
}
