/* The two trainings of an update, of the policy and of the value, which run side by side. Each knows what its next piece is.
 * An update at once does all pieces of the policy beside all of the value. */
#include "base/parallel.h"
#include "base/stop.h"
#include "method/update.h"

#include <math.h>
#include <string.h>

double rl_update_lr(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
}

void rl_update_begin_training(rl_method *m) {
  const rl_method_options *o = &m->options;
  const int rows = rl_update_rows(m), minibatch = rl_update_minibatch(m) * (rl_update_has_images(m) ? 2 : 1);
  const bool natural = rl_update_is_natural(m), once = rl_update_takes_one_step(m);
  const rl_stage first = rl_update_has_workers(m) ? RL_STAGE_WORKERS : RL_STAGE_MINIBATCH;
  m->kl = m->approx_kl = m->improvement = 0.0;
  m->backtracks = m->tries = m->shuffled = 0;
  m->of_policy = (rl_training){.learner = &m->policy_learner,
                               .stage = natural ? RL_STAGE_GRADIENT : first,
                               .minibatch = once ? rows : minibatch,
                               .planned = once ? 1 : rl_update_epochs(m),
                               .lr = rl_update_lr(m, o->lr)};
  m->of_value = (rl_training){.learner = &m->value_learner,
                              .stage = m->value ? first : RL_STAGE_TRAINED,
                              .minibatch = minibatch,
                              .planned = rl_update_epochs(m),
                              .lr = rl_update_lr(m, o->value_lr > 0.0 && !natural ? o->value_lr : o->lr)};
  m->of_value.expected = m->value ? (int64_t)rl_update_epochs(m) * rl_pieces(rows, minibatch) : 0;
  m->of_policy.expected = natural
                              ? o->cg_iterations + 3 + (m->is->of_episodes ? m->collector.rollout.copies : 0)
                              : (int64_t)m->of_policy.planned * rl_pieces(rows, m->of_policy.minibatch);
  if (rl_update_has_baseline(m)) m->of_policy.expected += rl_pieces(rows, minibatch);
}

void rl_training_begin_epoch(rl_training *t) {
  memset(t->sums, 0, sizeof t->sums);
  t->grad_norm = t->demonstrated = 0.0;
  t->rows = t->minibatches = 0;
  t->epochs++;
}

bool rl_training_account(rl_training *training, const rl_learner *learner, int rows) {
  training->bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  if (training->bad) return false;
  for (int k = 0; k < RL_LOSS_STATS; k++) training->sums[k] += learner->stats[k];
  training->grad_norm += learner->gradient_norm;
  training->rows += rows;
  training->minibatches++;
  return true;
}

/* Threads that have collected the next batch come to help: then `train` decides anew. */
static bool goes_on_at_once(const rl_method *m) {
  return m->at_once && !(m->shares_threads && rl_collector_busy(&m->collector) == 0);
}

bool rl_update_go_on(rl_method *m, rl_training *t, rl_learner *learner) {
  do t->passing = rl_learner_go_on(learner);
  while (goes_on_at_once(m) && t->passing && !rl_stop_asked());
  return !t->passing;
}

bool rl_update_pass(rl_method *m, rl_training *t, rl_pass kind, const int *index, int rows) {
  if (!t->passing) rl_learner_start(t->learner, kind, index, rows, m->natural.along);
  if (!m->together) return rl_update_go_on(m, t, t->learner);
  t->passing = !t->passing;
  return !t->passing;
}

bool rl_update_evaluate_kl(rl_method *m, double *objective) {
  const rl_learner *learner = &m->policy_learner;
  const int rows = rl_update_rows(m);
  m->objective.exact_kl = !rl_update_has_workers(m); /* which are as many old policies */
  if (!rl_update_pass(m, &m->of_policy, RL_PASS_EVALUATE, rl_update_all_rows(m), rows)) return false;
  m->objective.exact_kl = false;
  m->kl = learner->stats[RL_STAT_KL] / rows;
  m->approx_kl = learner->stats[RL_STAT_APPROX_KL] / rows;
  *objective = rl_objective_value(&m->objective, learner->stats, rows);
  return true;
}

/* The next piece of a training. */
static void train_piece(rl_method *m, rl_training *t) {
  const rl_stage was = t->stage;
  switch (was) {
  case RL_STAGE_MINIBATCH: t->stage = rl_update_descend(m, t); break;
  case RL_STAGE_WORKERS: t->stage = rl_update_ask_workers(m, t); break;
  case RL_STAGE_MEASURE: t->stage = rl_update_measure(m); break;
  case RL_STAGE_IMITATE: t->stage = rl_update_imitate(m, t); break;
  case RL_STAGE_GRADIENT: t->stage = rl_update_begin_natural(m); break;
  case RL_STAGE_EPISODES: t->stage = rl_update_score_episode(m); break;
  case RL_STAGE_DIRECTION: t->stage = rl_update_find_direction(m); break;
  case RL_STAGE_LINE: t->stage = rl_update_step_along(m); break;
  case RL_STAGE_BASELINE: t->stage = rl_update_fit_baseline(m, t); break;
  case RL_STAGE_TRAINED: break;
  }
  if (t == &m->of_policy && rl_update_has_baseline(m) && t->stage == RL_STAGE_TRAINED &&
      was < RL_STAGE_BASELINE && !t->bad)
    t->stage = RL_STAGE_BASELINE;
  t->pieces += !t->passing;
  t->calls += !(m->together && t->passing);
}

void rl_update_repeat(rl_method *m, rl_training *t, int64_t calls) {
  while (t->stage != RL_STAGE_TRAINED && t->calls < calls) train_piece(m, t);
}

static void train_one(void *context, int index, int worker) {
  rl_method *m = context;
  rl_training *t = index == 0 ? &m->of_policy : &m->of_value;
  (void)worker;
  do train_piece(m, t);
  while (goes_on_at_once(m) && t->stage != RL_STAGE_TRAINED && !rl_stop_asked());
}

/* --- both at once: the passes of each are cut, all of them, or, of an update in pieces, one of each --- */

/* Both trainings at once, and the passes of each cut: all of them, or, of an update in pieces, one of each. */

static rl_training *training_of(rl_method *m, int which) { return which == 0 ? &m->of_policy : &m->of_value; }

/* Goes on until a training needs a pass; false: it has ended. */
static bool start_pass(rl_method *m, rl_training *t) {
  while (t->stage != RL_STAGE_TRAINED && !t->passing && !rl_stop_asked()) train_piece(m, t);
  return t->passing;
}

static bool go_on_together(void *context, int which) {
  rl_method *m = context;
  rl_training *t = training_of(m, which);
  train_piece(m, t);
  return goes_on_at_once(m) && start_pass(m, t);
}

static void train_together(rl_method *m) {
  rl_learner *learners[] = {&m->policy_learner, &m->value_learner};
  m->together = true;
  const bool policy = start_pass(m, &m->of_policy), value = start_pass(m, &m->of_value);
  if (policy && value) rl_learner_run_together(learners, 2, go_on_together, m);
  m->together = false;
}

void rl_update_train(rl_method *m) {
  const bool policy = m->of_policy.stage != RL_STAGE_TRAINED, value = m->of_value.stage != RL_STAGE_TRAINED;
  const bool both = policy && value, natural = rl_update_is_natural(m);
  const bool small = m->options.minibatch > 0 && m->options.minibatch <= RL_ROWS;
  const bool short_passes = m->of_policy.stage == RL_STAGE_MINIBATCH &&
                            m->of_policy.minibatch <= RL_PREPARED &&
                            m->of_value.minibatch <= RL_PREPARED; /* one each makes a piece */
  if (rl_update_has_workers(m))                                   /* each training has work for all threads */
    train_one(m, policy ? 0 : 1, 0);
  else if (both && !rl_update_imitates(m) && !rl_update_has_baseline(m) && (m->at_once || short_passes) &&
           (natural ? rl_threads() > 1 : rl_threads() > 2 && !small))
    train_together(m);
  else if (both && (rl_threads() <= 2 || (small && !natural)))
    rl_parallel_for(2, train_one, m);
  else
    train_one(m, policy ? 0 : 1, 0);
}
