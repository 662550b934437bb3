/* Stages of a training that goes down gradients: minibatch by minibatch, by the gradients of workers, and of what fits a
 * baseline. */
#include "base/stop.h"
#include "method/update.h"

static rl_stage after_descent(const rl_method *m, bool policy) {
  return policy && (rl_update_takes_one_step(m) || rl_update_has_workers(m) || m->is->adaptive_penalty)
             ? RL_STAGE_MEASURE
             : RL_STAGE_TRAINED;
}

typedef struct samples {
  const int *index;
  int rows;
} samples;

/* The next minibatch of a training; makes ready for it, also when that has been done. */
static samples next_minibatch(rl_method *m, rl_training *t) {
  int rows = rl_update_rows(m), left = rows - t->next;
  if (t->next == 0 && !t->passing) rl_training_begin_epoch(t);
  samples next = {m->order + (size_t)(t->epochs - 1) * (size_t)rows + (size_t)t->next,
                  left < t->minibatch ? left : t->minibatch};
  if (rl_update_is_recurrent(m)) next.rows = rl_update_whole_sequences(m, next.index, next.rows, left);
  if (t == &m->of_policy && !t->passing) rl_update_take_advantages(m, next.index, next.rows);
  return next;
}

rl_stage rl_update_step_down(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const int left = rl_update_rows(m) - t->next;
  rl_learner_step(t->learner, o->sgd ? RL_SGD : RL_ADAM, t->lr, o->max_grad_norm);
  t->next = left <= t->minibatch ? 0 : t->next + t->minibatch;
  return t->next == 0 && t->epochs == t->planned ? after_descent(m, t == &m->of_policy) : RL_STAGE_MINIBATCH;
}

rl_stage rl_update_descend(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const bool policy = t == &m->of_policy;
  rl_learner *learner = t->learner;
  const samples now = next_minibatch(m, t);
  if (!rl_update_pass(m, t, RL_PASS_GRADIENT, now.index, now.rows)) return RL_STAGE_MINIBATCH;
  if (!rl_training_account(t, learner, now.rows)) return RL_STAGE_TRAINED;
  if (policy && o->target_kl > 0.0 && learner->stats[RL_STAT_APPROX_KL] / now.rows > 1.5 * o->target_kl)
    return after_descent(m, policy);
  return policy && rl_update_imitates(m) ? RL_STAGE_IMITATE : rl_update_step_down(m, t);
}

static rl_crew *crew_of(rl_method *m, const rl_training *t) {
  return t == &m->of_policy ? &m->workers.policy : &m->workers.value;
}

rl_stage rl_update_ask_workers(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const bool policy = t == &m->of_policy;
  rl_crew *crew = crew_of(m, t);
  if (!t->passing) {
    rl_training_begin_epoch(t);
    if (policy) rl_update_take_worker_advantages(m);
    rl_crew_start(crew, &m->objective);
  }
  do t->passing = rl_crew_go_on(crew, m->at_once);
  while (m->at_once && t->passing && !rl_stop_asked());
  if (t->passing) return RL_STAGE_WORKERS;
  for (int w = 0; w < crew->count; w++)
    if (!rl_training_account(t, &crew->learner[w], crew->n[w])) return RL_STAGE_TRAINED;
  rl_crew_step(crew, t->learner, o->sgd ? RL_SGD : RL_RMSPROP, t->lr, o->max_grad_norm);
  return after_descent(m, policy);
}

rl_stage rl_update_measure(rl_method *m) {
  rl_update_take_advantages(m, rl_update_all_rows(m), rl_update_rows(m));
  double objective;
  return rl_update_evaluate_kl(m, &objective) ? RL_STAGE_TRAINED : RL_STAGE_MEASURE;
}

rl_stage rl_update_fit_baseline(rl_method *m, rl_training *t) {
  const rl_method_options *o = &m->options;
  const rl_baseline_fit fit = {
      m->order,
      rl_update_rows(m),
      rl_update_minibatch(m),
      o->sgd ? RL_SGD : RL_ADAM,
      rl_update_lr(m, o->value_lr > 0.0 && !rl_update_is_natural(m) ? o->value_lr : o->lr),
      o->max_grad_norm};
  int rows;
  const int *index = rl_baseline_next(&m->baseline, &fit, &rows);
  if (!t->passing) rl_learner_start(&m->baseline.learner, RL_PASS_GRADIENT, index, rows, NULL);
  if (!rl_update_go_on(m, t, &m->baseline.learner)) return RL_STAGE_BASELINE;
  return rl_baseline_step(&m->baseline, &fit) ? RL_STAGE_BASELINE : RL_STAGE_TRAINED;
}
