/* An update, piece by piece: it is prepared (update_prepare.c), the epochs are shuffled (update_samples.c), policy and value are
 * trained (update_train.c), and normalisers see the batch (here). One that fails leaves the parameters as they were; one
 * that was saved half done goes as far again. */
#include "method/update.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void rl_method_undo_update(rl_method *m) {
  if (m->saved.waits) {
    rl_tensor *theta[] = {&m->policy->network.theta, m->value ? &m->value->network.theta : NULL};
    const rl_tensor *before[] = {&m->saved.policy, &m->saved.value};
    for (int i = 0; i < 2 && theta[i]; i++)
      memcpy(theta[i]->data, before[i]->data, (size_t)theta[i]->shape[0] * sizeof(float));
    return;
  }
  if (m->replay) {
    rl_replay_undo(m);
    return;
  }
  rl_learner_restore(&m->policy_learner);
  if (m->value) rl_learner_restore(&m->value_learner);
  if (rl_update_has_baseline(m)) rl_learner_restore(&m->baseline.learner);
  rl_crew_restore(&m->workers.policy);
  rl_crew_restore(&m->workers.value);
}

static rl_status not_finite(rl_method *m, const char *what, int epoch, rl_error *error) {
  char when[64];
  const rl_replay *r = m->replay; /* done are those before the bad one */
  if (r)
    snprintf(when, sizeof when, "gradient step %lld of %lld",
             (long long)(r->done + (r->bad_critic || m->of_policy.bad)), (long long)r->planned);
  else
    snprintf(when, sizeof when, "epoch %d", epoch);
  rl_method_undo_update(m);
  const rl_method_options *o = &m->options;
  const char *option = !rl_update_is_natural(m) ? "lr" : o->step > 0.0 ? "step" : "max_kl";
  double now = !rl_update_is_natural(m) ? o->lr : o->step > 0.0 ? o->step : o->max_kl;
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (%s); policy and value keep their last good parameters. A smaller "
                 "%s (now %g) or rewards of a smaller scale may help",
                 what, when, option, now);
}

/* Schulman et al. 2017, section 4. */
static void adapt_penalty(rl_method *m) {
  if (!m->is->adaptive_penalty) return;
  double *kl_coef = &m->options.kl_coef;
  if (m->kl > 1.5 * m->options.max_kl) *kl_coef = fmin(2.0 * *kl_coef, 1e9);
  if (m->kl < m->options.max_kl / 1.5) *kl_coef = fmax(0.5 * *kl_coef, 1e-9);
}

static void observe(rl_method *m) {
  rl_network *networks[] = {&m->policy->network, m->value ? &m->value->network : NULL};
  const rl_rollout *r = &m->collector.rollout;
  const int *rows = r->n_rows == r->steps * r->copies ? NULL : r->rows;
  rl_normalizer *all[2];
  int count = 0;
  if (r->central.agents) rl_network_observe(networks[1], m->joined, r->central.width, r->rows, r->n_rows);
  for (int i = 0; i < 2 && networks[i]; i++)
    if (networks[i]->normalizer.size && !(i && r->central.agents)) all[count++] = &networks[i]->normalizer;
  rl_normalizer_update_all(all, count, r->obs.data, (int)r->obs.shape[2], rows, r->n_rows);
  for (int i = 0; i < 2 && networks[i]; i++) {
    rl_network *network = networks[i];
    if (rl_network_is_symmetric(network))
      rl_normalizer_mirror(&network->normalizer, &network->ties.input);
    else if (rl_update_has_images(m))
      rl_normalizer_mirror(&network->normalizer, &m->images.symmetry->observation);
    rl_network_follow(network, network->theta.data);
    rl_crew_follow(i ? &m->workers.value : &m->workers.policy, network);
  }
  if (rl_update_has_baseline(m)) rl_baseline_observe(&m->baseline);
}

rl_status rl_method_begin_update(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  rl_status status = rl_method_check_idle(m, error); /* before a look at the batch, which a thread may have */
  if (status) return status;
  m->shuffle_before = m->shuffle;
  if (m->replay) {
    status = rl_update_check(m, error);
    if (!status) status = rl_replay_begin(m, error);
    if (!status) m->phase = RL_UPDATING;
    return status;
  }
  status = rl_update_prepare(m, m->collector.rollout.n_rows, error);
  if (status) return status;
  if (!o->collect.episodes && !rl_update_has_workers(m) && !m->collector.rollout.rests &&
      o->minibatch > m->collector.rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d is more than the %d steps of the batch",
                   o->minibatch, m->collector.rollout.n_rows);
  m->explained = rl_update_explained_variance(m);
  rl_update_begin_training(m);
  m->phase = RL_UPDATING;
  return RL_OK;
}

static rl_status finish(rl_method *m, rl_method_stats *stats, rl_error *error) {
  if (m->replay && m->replay->bad_critic) return not_finite(m, "the gradient of a critic", 1, error);
  if (m->of_policy.bad) return not_finite(m, "the gradient of the policy", m->of_policy.epochs, error);
  if (!isfinite(m->kl + m->approx_kl))
    return not_finite(m, "the KL to the new policy", m->of_policy.epochs, error);
  if (m->baseline.bad) return not_finite(m, "the gradient of the baseline", 1, error);
  if (m->of_value.bad) return not_finite(m, "the gradient of the value", m->of_value.epochs, error);
  rl_error bad;
  if (rl_method_check_parameters(m, &bad)) return not_finite(m, "a parameter", rl_update_epochs(m), error);
  const bool offline = m->replay && m->replay->asked;
  adapt_penalty(m);
  *stats = m->replay ? rl_replay_finish(m) : rl_update_summarize(m);
  if (!m->replay) observe(m);
  m->updates++;
  m->fresh = m->fresh && offline;
  return RL_OK;
}

/* Begins the update that was saved again, and goes as far. */
static rl_status take_up(rl_method *m, rl_error *error) {
  const rl_saved_update *saved = &m->saved;
  const bool trains = saved->policy_calls + saved->value_calls > 0;
  const int64_t agent = m->agent;
  rl_method_undo_update(m);
  m->saved.waits = false;
  m->phase = RL_IDLE;
  rl_status status = m->replay && m->replay->asked ? rl_method_begin_offline(m, m->replay->asked, error)
                                                   : rl_method_begin_update(m, error);
  if (status) return status;
  m->agent = agent;
  if (m->replay) {
    while (m->of_policy.calls < saved->policy_calls && rl_replay_advance(m)) continue;
    return RL_OK;
  }
  while (!status && !rl_update_is_prepared(m) && (trains || m->prepared < saved->prepared))
    status = rl_update_prepare_piece(m, error);
  while (!status && m->shuffled < rl_update_epochs(m) && (trains || m->shuffled < saved->shuffled))
    rl_update_shuffle(m);
  if (status) return status;
  rl_update_repeat(m, &m->of_policy, saved->policy_calls);
  rl_update_repeat(m, &m->of_value, saved->value_calls);
  return RL_OK;
}

rl_status rl_method_advance_update(rl_method *m, rl_method_stats *stats, rl_error *error) {
  rl_status status = m->saved.waits ? take_up(m, error) : RL_OK;
  if (status) {
    m->phase = RL_IDLE;
    return status;
  }
  bool trained = m->of_policy.stage == RL_STAGE_TRAINED && m->of_value.stage == RL_STAGE_TRAINED;
  if (m->replay) {
    trained = !rl_replay_advance(m);
    if (trained) status = finish(m, stats, error);
  } else if (!rl_update_is_prepared(m))
    status = rl_update_prepare_piece(m, error);
  else if (m->shuffled < rl_update_epochs(m))
    rl_update_shuffle(m);
  else if (!trained)
    rl_update_train(m);
  else
    status = finish(m, stats, error);
  if (status || trained) m->phase = RL_IDLE;
  return status;
}

double rl_method_update_fraction(const rl_method *m) {
  if (m->saved.waits) return 0.0;
  if (m->replay) return rl_replay_fraction(m);
  double done = (double)(m->of_policy.pieces + m->of_value.pieces);
  return fmin(done / (double)(m->of_policy.expected + m->of_value.expected), 1.0);
}

rl_status rl_method_gradient(rl_method *m, const int *index, int rows, float *dpolicy, float *dvalue,
                             rl_error *error) {
  if (rows < 1) return rl_fail(error, RL_BAD_ARGUMENT, "a minibatch of %d rows", rows);
  if (m->replay) return rl_fail(error, RL_BAD_ARGUMENT, "it learns from its memory, not from a batch");
  rl_status status = rl_update_prepare(m, rows, error);
  if (status) return status;
  const rl_rollout *batch = &m->collector.rollout;
  int copies = batch->copies;
  if (rows > batch->n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d samples of a batch of %d", rows, batch->n_rows);
  for (int r = 0; r < rows; r++) {
    int i = index[r];
    if (i < 0 || i >= batch->steps * copies)
      return rl_fail(error, RL_BAD_ARGUMENT, "sample %d is not one of 0 .. %d", i, batch->steps * copies - 1);
    if (i / copies >= batch->length[i % copies])
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "step %d of copy %d is not a sample: the copy's episode had ended", i / copies + 1,
                     i % copies + 1);
  }
  for (int k = 0; rl_update_is_recurrent(m) && k < rows; k++)
    if (index[k] / copies % batch->sequence && (k == 0 || index[k] != index[k - 1] + copies))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "step %d of copy %d: recurrent networks (gru) learn from whole sequences of %d steps",
                     index[k] / copies + 1, index[k] % copies + 1, batch->sequence);
  while (!status && !rl_update_is_prepared(m)) status = rl_update_prepare_piece(m, error);
  if (status) return status;
  if (rl_update_has_images(m)) {
    rl_images_pair_up(&m->images, index, rows, m->order);
    index = m->order;
    rows *= 2;
  }
  rl_update_take_advantages(m, index, rows);
  rl_learner_gradient(&m->policy_learner, index, rows);
  rl_update_add_demonstrations(m, rows);
  memcpy(dpolicy, m->policy_learner.gradient, m->policy_learner.optimizer.size * sizeof(float));
  if (!m->value || !dvalue) return RL_OK;
  rl_learner_gradient(&m->value_learner, index, rows);
  memcpy(dvalue, m->value_learner.gradient, m->value_learner.optimizer.size * sizeof(float));
  return RL_OK;
}
