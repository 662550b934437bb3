/* The parts of an update (update.c) know each other by this. What they share is in the method (method_internal.h); a piece
 * that takes several calls is told by rl_training.passing. */
#ifndef RL_UPDATE_H
#define RL_UPDATE_H

#include "method/method_internal.h"

RL_C_BEGIN

/* Cells that base and policy see at a time. */
enum { RL_PREPARED = 16 * RL_ROWS };

/* --- what kind of update it is --- */

static inline bool rl_update_is_natural(const rl_method *m) { return m->is->step == RL_STEP_NATURAL; }
static inline bool rl_update_has_workers(const rl_method *m) { return m->is->step == RL_STEP_WORKERS; }
static inline bool rl_update_takes_one_step(const rl_method *m) { return m->is->step == RL_STEP_ONCE; }
static inline bool rl_update_has_baseline(const rl_method *m) {
  return m->baseline.kind != RL_BASELINE_STATE;
}
static inline bool rl_update_has_images(const rl_method *m) { return m->images.symmetry != NULL; }
static inline bool rl_update_imitates(const rl_method *m) {
  return m->imitation.samples > 0 && m->options.demonstration_coef > 0.0;
}
static inline bool rl_update_is_recurrent(const rl_method *m) {
  return m->policy->network.gru || (m->value && m->value->network.gru);
}

static inline int rl_update_epochs(const rl_method *m) {
  return rl_update_has_workers(m) ? 1 : m->options.epochs;
}
/* Of the samples, with their images. */
static inline int rl_update_cells(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  return r->steps * r->copies * (rl_update_has_images(m) ? 2 : 1);
}
static inline int rl_update_rows(const rl_method *m) {
  return m->collector.rollout.n_rows * (rl_update_has_images(m) ? 2 : 1);
}

/* --- update_check.c --- */

rl_status rl_update_check(rl_method *m, rl_error *error); /* is there a batch, and can it be learnt from? */

/* --- update_samples.c --- */

rl_status rl_update_make_images(rl_method *m, rl_error *error);
rl_status rl_update_make_sequences(rl_method *m, rl_error *error); /* lists the batch sequence by sequence */
const int *rl_update_all_rows(const rl_method *m);
/* Samples of a minibatch: of the value, and of a policy that goes through minibatches. */
int rl_update_minibatch(const rl_method *m);
/* Recurrent networks learn from whole sequences: of `left` rows so many, `rows` or more, that none is cut. */
int rl_update_whole_sequences(const rl_method *m, const int *index, int rows, int left);
/* A permutation of the batch for the next epoch; where one minibatch is the whole batch its order is as good as any. */
void rl_update_shuffle(rl_method *m);
/* Advantages of a minibatch, for the objective and the baseline. */
void rl_update_take_advantages(rl_method *m, const int *index, int rows);
void rl_update_take_worker_advantages(rl_method *m); /* minibatches of workers, one behind the other */
void rl_update_weigh_steps(const rl_method *m, const int *index, int rows, float *advantage);

/* --- update_prepare.c --- */

rl_status rl_update_prepare(rl_method *m, int rows, rl_error *error); /* rows: of the largest minibatch */
bool rl_update_is_prepared(const rl_method *m);
rl_status rl_update_prepare_piece(rl_method *m, rl_error *error); /* all of samples, or all of images */
void rl_update_weigh_extras(rl_method *m, bool on); /* what the objective has besides advantages */

/* --- update_train.c --- */

void rl_update_begin_training(rl_method *m);
void rl_update_train(rl_method *m); /* a piece of both, or of one */
void rl_update_repeat(rl_method *m, rl_training *t, int64_t calls);
double rl_update_lr(const rl_method *m, double lr); /* annealed */

/* For stages. */
void rl_training_begin_epoch(rl_training *t);
/* Adds a minibatch's figures up; false when its gradient is not finite, or as good as. */
bool rl_training_account(rl_training *t, const rl_learner *learner, int rows);
/* A pass that has been started, or as much of it as goes into a piece; true when it is complete. */
bool rl_update_go_on(rl_method *m, rl_training *t, rl_learner *learner);
/* A pass over rows, or as much of it as goes into a piece; true when it is complete. Until then its stage is called again, and
 * what that does before must have no other effect the second time. Where both trainings go on together a pass is only
 * started, and it is complete when its stage is called again. */
bool rl_update_pass(rl_method *m, rl_training *t, rl_pass kind, const int *index, int rows);
/* KL of the old policy to the one that is there now, and the objective, over the whole batch; in pieces, true with the last. */
bool rl_update_evaluate_kl(rl_method *m, double *objective);

/* --- stages: each does a piece and says which is next --- */

rl_stage rl_update_descend(rl_method *m, rl_training *t); /* update_descent.c */
/* Along the gradient of the minibatch that stands at `next`. */
rl_stage rl_update_step_down(rl_method *m, rl_training *t);
/* All gradients, then all steps: of the policy, or of the value. */
rl_stage rl_update_ask_workers(rl_method *m, rl_training *t);
rl_stage rl_update_measure(rl_method *m);
rl_stage rl_update_fit_baseline(rl_method *m, rl_training *t);

rl_stage rl_update_begin_natural(rl_method *m); /* update_natural.c */
rl_stage rl_update_aim(rl_method *m);           /* towards the ascent that natural steps improve along */
/* Of the next one: the gradient where all of its steps were as good. */
rl_stage rl_update_score_episode(rl_method *m);
rl_stage rl_update_find_direction(rl_method *m);
/* With a line search (Schulman et al. 2015, appendix C) a try: wanted is the first step along the line that improves the
 * surrogate objective and keeps to the trust region, both measured on the whole batch. */
rl_stage rl_update_step_along(rl_method *m);

/* --- update_imitation.c --- */

rl_status rl_update_begin_imitation(rl_method *m, int rows, rl_error *error);
void rl_update_show(rl_method *m); /* demonstrated steps in an order of this update */
rl_stage rl_update_imitate(rl_method *m, rl_training *t);
/* To the gradient of a minibatch that stands alone. */
void rl_update_add_demonstrations(rl_method *m, int rows);

/* --- update_stats.c --- */

double rl_update_explained_variance(const rl_method *m);
rl_method_stats rl_update_summarize(const rl_method *m);

RL_C_END

#endif
