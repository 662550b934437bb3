/* One network under training: gathers rows, runs forward and backward over fixed-size pieces on all threads,
 * adds the gradients up in order, clips their norm and takes a step. What is minimised is a function of the
 * outputs that the owner supplies; a method has two learners, one for the policy and one for the value.
 *
 * Nothing is lost to a bad gradient: rl_learner_begin remembers parameters and optimiser, rl_learner_restore
 * brings them back. */
#ifndef RL_LEARNER_H
#define RL_LEARNER_H

#include "network/network.h"
#include "network/optimizer.h"

RL_C_BEGIN

enum { RL_LOSS_STATS = 8 };

/* The loss of `rows` samples. index [rows]: which samples of the batch; y [rows, outputs]; total: rows of the
 * whole minibatch, by which means are taken. Writes dy [rows, outputs], ADDS to dextra (the gradient of the
 * parameters after the net's own) and to stats [RL_LOSS_STATS] sums over rows. */
typedef void rl_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                     float *dextra, double *stats);

/* The metric of the outputs y, times the tangent vy [rows, outputs], vextra: writes dy, ADDS to dextra. */
typedef void rl_metric(void *context, int rows, int total, const float *y, const float *vy,
                       const float *vextra, float *dy, float *dextra);

/* What stands between the network and its loss or metric: may change y [rows, outputs] of these samples. */
typedef void rl_amendment(void *context, const int *index, int rows, float *y);

/* Where a recurrent network learns from: the steps of copies, row by row as a batch has them (row = step copies + copy), cut
 * into sequences of `length` steps. A minibatch is of whole sequences, each with its rows in the order of the steps. Gradients
 * go back to where a sequence, or an episode, begins (truncated backpropagation through time, Williams & Peng 1990). */
typedef struct rl_sequences {
  int copies, length;
  const int *time;    /* [rows] steps since the episode began: at 0 the units are zeros */
  const float *begin; /* [sequences, copies, units] the units before each sequence */
} rl_sequences;

typedef struct rl_learner {
  rl_network *network;
  const float *theta; /* of passes; NULL: the network's */
  rl_optimizer optimizer;
  rl_loss *loss;
  rl_metric *metric;   /* may be NULL: then no rl_learner_fisher */
  rl_amendment *amend; /* may be NULL; the owner sets it */
  void *context;
  int capacity;      /* largest batch so far */
  float *input;      /* [capacity, inputs] normalised */
  const float *lent; /* the input of the learner that it is beside */
  int max_pieces;    /* at work at a time, so far */
  size_t own;        /* parameters of the net itself, at the front of all */
  size_t work_size;  /* floats of one piece's: */
  float *work;       /* [max_pieces]: each gathered input, dy, vy, workspace */
  float *partial;    /* [max_pieces, size] */
  float *transposed; /* weights, of the current pass */
  float *gradient;   /* [size] */
  float *saved_theta;
  rl_optimizer saved_optimizer;
  double stats[RL_LOSS_STATS]; /* sums over the rows of the last minibatch */
  double gradient_norm;        /* of the last minibatch, before clipping */
  double (*piece_stats)[RL_LOSS_STATS];
  const int *index;      /* the current minibatch */
  int rows, first_piece; /* of it that is next */
  const float *tangent;  /* of rl_learner_fisher */
  bool backward;
  rl_sequences sequences; /* of a recurrent network; the owner sets it */
  int *first_row;         /* [pieces + 1] of those of the current minibatch */
  int pieces, room;       /* of the minibatch; of first_row */
} rl_learner;

rl_status rl_learner_init(rl_learner *learner, rl_network *network, rl_optimizer_kind kind, rl_loss *loss,
                          rl_metric *metric, void *context, rl_error *error);
/* A second one, for gradients with the parameters theta: it takes no steps and remembers nothing. */
rl_status rl_learner_init_beside(rl_learner *learner, const rl_learner *other, const float *theta,
                                 void *context, rl_error *error);
void rl_learner_release(rl_learner *learner);

/* Normalises the batch obs [rows, inputs] and makes room for minibatches of `minibatch`. RL_NO_MEMORY. */
rl_status rl_learner_begin(rl_learner *learner, const float *obs, int rows, int minibatch, rl_error *error);
/* The batch that another, which must stay, has begun with, and its network. */
rl_status rl_learner_begin_beside(rl_learner *learner, const rl_learner *other, int minibatch,
                                  rl_error *error);

/* The two parts of begin, for who fills learner->input itself: room for so many rows, and what restore goes back to. */
rl_status rl_learner_reserve(rl_learner *learner, int rows, int minibatch, rl_error *error);
void rl_learner_remember(rl_learner *learner);

/* Gradient of the loss over the samples `index` [rows], into learner->gradient; fills stats and
 * gradient_norm. */
void rl_learner_gradient(rl_learner *learner, const int *index, int rows);

/* Only the stats. */
void rl_learner_evaluate(rl_learner *learner, const int *index, int rows);

/* J^T M J v over the samples `index` [rows], into learner->gradient: J the Jacobian of the outputs, M the
 * metric. One JVP, the metric, one VJP: with the Fisher metric of a distribution this is the exact product of
 * its Fisher information matrix with v (Schraudolph 2002). */
void rl_learner_fisher(rl_learner *learner, const int *index, int rows, const float *v);

/* Any of the three in parts, some thousand rows at a time: go_on is called until it is false, and nothing else
 * of this learner in between. v: of RL_PASS_FISHER. */
typedef enum rl_pass { RL_PASS_GRADIENT, RL_PASS_EVALUATE, RL_PASS_FISHER } rl_pass;
void rl_learner_start(rl_learner *learner, rl_pass pass, const int *index, int rows, const float *v);
bool rl_learner_go_on(rl_learner *learner);

/* Passes of several learners side by side, in one parallel region. Each must have been started; whenever a pass is
 * complete, `next` is called by one thread at a time for this learner, and starts another, or returns false: it has
 * done with it. */
typedef bool rl_learner_next(void *context, int which);
void rl_learner_run_together(rl_learner *const *learners, int count, rl_learner_next *next, void *context);

/* What go_on consists of: pieces that can be worked on at the same time, one of them, and what follows when all are
 * done (true: there are more). */
int rl_learner_wave(const rl_learner *learner);
void rl_learner_piece(rl_learner *learner, int place);
bool rl_learner_end_wave(rl_learner *learner);

/* One step along the gradient, its norm clipped to max_grad_norm (0: as it is). */
void rl_learner_step(rl_learner *learner, rl_optimizer_kind kind, double lr, double max_grad_norm);
/* The same along the gradient of another. */
void rl_learner_step_by(rl_learner *learner, const rl_learner *other, rl_optimizer_kind kind, double lr,
                        double max_grad_norm);

void rl_learner_restore(rl_learner *learner); /* to what rl_learner_begin found */

RL_C_END

#endif
