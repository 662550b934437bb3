/* Stages of a natural step: the gradient over the whole batch; where the Fisher matrix is that of episodes, their scores; the
 * direction, by conjugate gradients; and one step along it, or a line search. */
#include "method/update.h"

#include <math.h>

rl_stage rl_update_aim(rl_method *m) {
  const rl_learner *learner = &m->policy_learner;
  for (size_t i = 0; i < learner->optimizer.size; i++) m->ascent[i] = -learner->gradient[i];
  if (learner->gradient_norm == 0.0) return RL_STAGE_TRAINED; /* nothing to improve: no advantages */
  rl_natural_begin(&m->natural, m->ascent, m->options.cg_iterations);
  return m->is->of_episodes ? RL_STAGE_EPISODES : RL_STAGE_DIRECTION;
}

rl_stage rl_update_begin_natural(rl_method *m) {
  const rl_learner *learner = &m->policy_learner;
  const int rows = rl_update_rows(m);
  rl_update_take_advantages(m, rl_update_all_rows(m), rows);
  if (!rl_update_pass(m, &m->of_policy, RL_PASS_GRADIENT, rl_update_all_rows(m), rows))
    return RL_STAGE_GRADIENT;
  rl_training_begin_epoch(&m->of_policy);
  if (!rl_training_account(&m->of_policy, learner, rows)) return RL_STAGE_TRAINED;
  m->before = rl_objective_value(&m->objective, learner->stats, rows);
  return rl_update_imitates(m) ? RL_STAGE_IMITATE : rl_update_aim(m);
}

rl_stage rl_update_score_episode(rl_method *m) {
  int rows;
  const int *index = rl_episodic_rows(&m->episodic, &rows);
  if (!m->of_policy.passing) {
    for (int r = 0; r < rows; r++) m->advantage[r] = 1.0f;
    m->objective.first = index;
    m->objective.advantage = m->advantage;
    rl_update_weigh_steps(m, index, rows, m->advantage);
    rl_update_weigh_extras(m, false);
  }
  if (!rl_update_pass(m, &m->of_policy, RL_PASS_GRADIENT, index, rows)) return RL_STAGE_EPISODES;
  if (!rl_episodic_take(&m->episodic, m->policy_learner.gradient)) return RL_STAGE_EPISODES;
  rl_update_weigh_extras(m, true);
  rl_update_take_advantages(m, rl_update_all_rows(m), rl_update_rows(m));
  return RL_STAGE_DIRECTION;
}

/* The learner's gradient becomes the Fisher matrix times `along`; in pieces, true with the last. */
static bool multiply(rl_method *m, const int *sample, int rows) {
  rl_learner *learner = &m->policy_learner;
  const bool whole = m->is->of_episodes && rl_estimator_is_of_episodes(m->options.collect.advantage);
  if (!whole && !rl_update_pass(m, &m->of_policy, RL_PASS_FISHER, sample, rows)) return false;
  if (m->is->of_episodes)
    rl_episodic_product(&m->episodic, m->natural.along, whole ? 1.0 : 0.5, learner->gradient);
  return true;
}

rl_stage rl_update_find_direction(rl_method *m) {
  const rl_method_options *o = &m->options;
  const int *sample = o->fisher_fraction < 1.0 ? m->order : rl_update_all_rows(m);
  int rows = (int)ceil(o->fisher_fraction * m->collector.rollout.n_rows) * (rl_update_has_images(m) ? 2 : 1);
  if (rl_natural_goes_on(&m->natural)) {
    if (multiply(m, sample, rows)) rl_natural_take(&m->natural, &m->policy_learner, o->damping);
    return RL_STAGE_DIRECTION;
  }
  double curvature = rl_natural_curvature(&m->natural, m->ascent);
  m->of_policy.bad = !isfinite(curvature);
  if (m->of_policy.bad || !(curvature > 0.0)) return RL_STAGE_TRAINED;
  m->length = o->step > 0.0 ? o->step : sqrt(2.0 * o->max_kl / curvature);
  return RL_STAGE_LINE;
}

/* theta = old theta + length * direction */
static void move(rl_method *m, double length) {
  const rl_learner *learner = &m->policy_learner;
  float *theta = learner->network->theta.data, step = (float)length;
  for (size_t i = 0; i < learner->optimizer.size; i++)
    theta[i] = learner->saved_theta[i] + step * m->natural.x[i];
}

rl_stage rl_update_step_along(rl_method *m) {
  bool search = m->is->line_search;
  if (!search || m->tries < m->options.max_backtracks) {
    double now;
    if (!m->of_policy.passing) move(m, m->length);
    if (!rl_update_evaluate_kl(m, &now)) return RL_STAGE_LINE;
    m->improvement = m->before - now;
    if (!search) return RL_STAGE_TRAINED;
    m->backtracks = m->tries++;
    m->length *= m->options.backtrack_ratio;
    return m->improvement > 0.0 && m->kl <= m->options.max_kl ? RL_STAGE_TRAINED : RL_STAGE_LINE;
  }
  rl_learner_restore(&m->policy_learner);
  m->backtracks = -1;
  m->kl = m->approx_kl = m->improvement = 0.0;
  return RL_STAGE_TRAINED;
}
