/* Demonstrations in an update: as many of their steps as a minibatch has rows stand beside it, and their gradient joins its own
 * (Rajeswaran et al. 2018). */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "method/update.h"

#include <math.h>

/* lambda_0 lambda_1^k max A (Rajeswaran et al. 2018, equation 5), A as the objective sees it. */
static double demonstration_weight(const rl_method *m, int rows) {
  double most = 0.0;
  for (int r = 0; r < rows; r++) most = fmax(most, (double)m->advantage[r]);
  return most * m->options.demonstration_coef * pow(m->options.demonstration_decay, (double)m->updates);
}

/* As many demonstrated steps stand beside a minibatch, or the batch, as it has rows; all, if there are fewer. */
static int shown_beside(const rl_method *m, int rows) {
  return rows < m->imitation.samples ? rows : m->imitation.samples;
}

rl_status rl_update_begin_imitation(rl_method *m, int rows, rl_error *error) {
  const int samples = m->imitation.samples, beside = shown_beside(m, rows);
  if (!rl_update_imitates(m)) return RL_OK;
  if (samples + beside > m->shown_room) {
    rl_release(m->shown);
    m->shown = rl_allocate((size_t)(samples + beside), sizeof(int));
    m->shown_room = m->shown ? samples + beside : 0;
    if (!m->shown) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d demonstrated steps", samples);
  }
  return rl_imitation_begin(&m->imitation, beside, 0.0, error);
}

/* All of them, and the first once more at the end, so that as many as stand beside a minibatch are in a row wherever they
 * begin. */
void rl_update_show(rl_method *m) {
  const int samples = m->imitation.samples;
  if (!rl_update_imitates(m)) return;
  for (int i = 0; i < samples; i++) m->shown[i] = i;
  rl_rng_shuffle(&m->shuffle, m->shown, samples);
  for (int i = samples; i < m->shown_room; i++) m->shown[i] = m->shown[i - samples];
}

/* The gradient of demonstrated steps joins that of the batch, or of the minibatch beside which they stand. */
static void join_gradients(rl_method *m, rl_training *t, int rows, int shown) {
  rl_learner *learner = &m->policy_learner;
  const rl_learner *own = &m->imitation.learner;
  const float weight = (float)demonstration_weight(m, rows);
  for (size_t i = 0; i < learner->optimizer.size; i++) learner->gradient[i] += weight * own->gradient[i];
  learner->gradient_norm = sqrt(rl_sum_squares(learner->gradient, learner->optimizer.size));
  t->bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  t->demonstrated += rl_imitation_likelihood(&m->imitation, shown);
}

rl_stage rl_update_imitate(rl_method *m, rl_training *t) {
  const int all = rl_update_rows(m), left = all - t->next;
  const int rows = rl_update_is_natural(m) ? all : left < t->minibatch ? left : t->minibatch;
  const int beside = shown_beside(m, rl_update_is_natural(m) ? all : t->minibatch);
  const int64_t before = (int64_t)(t->epochs - 1) * rl_pieces(all, t->minibatch) + t->minibatches - 1;
  const int *shown = m->shown + (before * beside) % m->imitation.samples;
  if (!t->passing) {
    rl_imitation_weigh(&m->imitation, shown, beside, 1.0);
    rl_learner_start(&m->imitation.learner, RL_PASS_GRADIENT, shown, beside, NULL);
  }
  if (!rl_update_go_on(m, t, &m->imitation.learner)) return RL_STAGE_IMITATE;
  join_gradients(m, t, rows, beside);
  if (t->bad) return RL_STAGE_TRAINED;
  return rl_update_is_natural(m) ? rl_update_aim(m) : rl_update_step_down(m, t);
}

void rl_update_add_demonstrations(rl_method *m, int rows) {
  if (!rl_update_imitates(m)) return;
  rl_training alone = {0};
  const int beside = shown_beside(m, rows);
  for (int i = 0; i < beside; i++) m->shown[i] = i;
  rl_imitation_weigh(&m->imitation, m->shown, beside, 1.0);
  rl_learner_gradient(&m->imitation.learner, m->shown, beside);
  join_gradients(m, &alone, rows, beside);
}
