/* Baselines that depend on the action. With A an estimate of how good an action was, any b_i that does not depend on number (or
 * choice) i of the action may be taken from A where the gradient of that number's log-probability is weighed, and whatever is
 * taken away elsewhere must be put back as an expectation. From a critic c(s, a), fitted to A:
 *
 *   factorised   sum_i grad log pi_i(a_i|s) (A - c(s, a with number i at its mean))             Wu et al. 2018, section 4.2
 *   q_prop       grad log pi(a|s) (A - d . (a - mean(s))) + d . grad mean(s),
 *                d = the gradient of c by the action, at mean(s)                                Gu et al. 2016, equation 7
 *
 * The mean of a choice is the probability of each: a critic takes choices as one number for each, of which one is 1. Both are
 * unbiased since c was fitted to the batches before and means are those of the policy that acted; a ratio of probabilities
 * changes nothing about that, and a clip is applied to each number of the action with the advantage that it has.
 *
 * The critic is a network of the width of the value's, or else of the policy's, with the value's minibatches and learning rate,
 * and one pass over each batch: with ten it fits the noise of the batch, and what it says of the next one adds variance. Gu et
 * al. have one that learns from a memory. */
#ifndef RL_BASELINE_H
#define RL_BASELINE_H

#include "episodes/rollout.h"
#include "method/methods.h"
#include "method/objective_kernels.h"
#include "network/learner.h"

RL_C_BEGIN

/* Of an action: a number, or a choice. */
typedef struct rl_baseline_factor {
  int place;   /* in the outputs of a policy, and in what the critic takes of an action */
  int choices; /* 0: a number */
  int column;  /* in an action */
  int real;    /* of the log-std */
} rl_baseline_factor;

typedef struct rl_baseline {
  rl_baseline_kind kind;
  const rl_policy *policy;
  rl_network network;
  rl_learner learner;
  rl_baseline_factor *factor; /* [factors] */
  int factors;                /* that have an amount of their own: of q_prop all have the same */
  int numbers;                /* of all: [size] as outputs of a policy */
  int room;                   /* cells: */
  float *pair;                /* [cells, observation + size] what the critic takes */
  float *amount;              /* [cells, factors] to be taken from the advantage of a step */
  float *slope;               /* [cells, size] d, of q_prop */
  float *scale;               /* [rows] of the current minibatch, that advantages were multiplied by */
  float *work, *transposed;   /* of pieces */
  size_t work_size;
  const rl_rollout *batch;
  int next; /* rows of the fit that are done */
  bool bad; /* a gradient was not finite */
} rl_baseline;

/* RL_BAD_ARGUMENT when actions are not of the kind, saying what to use. `like`: the shape of the critic. */
rl_status rl_baseline_init(rl_baseline *baseline, rl_baseline_kind kind, const rl_policy *policy,
                           const rl_network *like, const char *env, rl_error *error);
void rl_baseline_release(rl_baseline *baseline);

/* Before passes over a batch, in minibatches of up to `minibatch` rows. RL_NO_MEMORY. */
rl_status rl_baseline_begin(rl_baseline *baseline, const rl_rollout *batch, int minibatch, rl_error *error);
enum { RL_BASELINE_CELLS = 16 * RL_ROWS };
/* What is to be taken away from cells first .. first + n - 1, n <= RL_BASELINE_CELLS. */
void rl_baseline_judge(rl_baseline *baseline, int first, int n);

/* ADDS to dy and dlog_std what the log-probabilities of a piece come to: as rl_dist_log_prob_vjp with the weights that `how`
 * makes of advantage [rows], less what is taken from it; and what is put back. scale: of the same rows. */
void rl_baseline_vjp(const rl_baseline *baseline, const rl_weighing *how, const rl_dist *dist,
                     const int *index, int rows, const float *action, const float *log_prob,
                     const float *old_log_prob, const float *advantage, const float *scale, float *dy,
                     float *dlog_std);

/* The fit is a pass in minibatches: rl_baseline_next gives one, for a pass of the learner, and rl_baseline_step takes the step
 * that follows; false: that was the last. */
typedef struct rl_baseline_fit {
  const int *order; /* [rows] */
  int rows, minibatch;
  rl_optimizer_kind kind;
  double lr, max_grad_norm;
} rl_baseline_fit;
const int *rl_baseline_next(const rl_baseline *baseline, const rl_baseline_fit *fit, int *rows);
bool rl_baseline_step(rl_baseline *baseline, const rl_baseline_fit *fit);
/* The batch has been learnt from: its ranges. */
void rl_baseline_observe(rl_baseline *baseline);

/* "<prefix>.*"; before: as it was before the update that is half done. read makes another, of which adopt makes this one. */
rl_status rl_baseline_save(const rl_baseline *baseline, bool before, rl_archive *archive, const char *prefix,
                           rl_error *error);
rl_status rl_baseline_read(const rl_baseline *baseline, rl_baseline *loaded, const rl_archive *archive,
                           const char *prefix, rl_error *error);
void rl_baseline_adopt(rl_baseline *baseline, const rl_baseline *loaded);

RL_C_END

#endif
