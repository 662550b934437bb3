/* Inside a policy-gradient method: method.c (parts, options, collecting), update.c and its parts (update.h), and
 * method_state.c (saving). */
#ifndef RL_METHOD_INTERNAL_H
#define RL_METHOD_INTERNAL_H

#include "method/method.h"
#include "method/episodic.h"
#include "method/images.h"
#include "method/imitation.h"
#include "method/replay.h"
#include "method/workers.h"
#include "network/natural.h"

RL_C_BEGIN

/* What a training does next. */
typedef enum rl_stage {
  RL_STAGE_MINIBATCH,
  RL_STAGE_WORKERS,   /* the gradients of workers, then their steps */
  RL_STAGE_IMITATE,   /* the gradient of demonstrations, added to that of a minibatch or of a natural step */
  RL_STAGE_MEASURE,   /* the KL to the policy that there is now */
  RL_STAGE_GRADIENT,  /* of a natural step, */
  RL_STAGE_EPISODES,  /* the score of an episode, */
  RL_STAGE_DIRECTION, /* an iteration of the conjugate gradient, */
  RL_STAGE_LINE,      /* a step along it */
  RL_STAGE_BASELINE,  /* a minibatch of what fits the baseline, after the policy's steps */
  RL_STAGE_TRAINED
} rl_stage;

/* One of the two trainings, which run side by side: how far it is and what it came to. */
typedef struct rl_training {
  rl_learner *learner;
  rl_stage stage;
  int minibatch, planned; /* rows; epochs */
  double lr;
  int epochs, next;                      /* epochs begun; rows of this one that are done */
  int64_t pieces, expected;              /* done; all, about */
  int64_t calls;                         /* of train_piece: a piece may take several */
  double sums[RL_LOSS_STATS], grad_norm; /* of the last epoch, over its rows and minibatches */
  double demonstrated;                   /* log-probability, summed over its minibatches */
  int64_t rows, minibatches;
  bool passing; /* the learner is in the middle of a pass over rows */
  bool bad;     /* a gradient was not finite */
} rl_training;

/* How far an update is that was saved, and the parameters that it began with. It is taken up by the first piece that is
 * asked for: only then are policy and value loaded as well. */
typedef struct rl_saved_update {
  bool waits;
  int64_t prepared, shuffled, policy_calls, value_calls;
  rl_tensor policy, value; /* parameters; value: where there is one */
} rl_saved_update;

struct rl_method {
  const rl_method_class *is;
  rl_method_options options, made; /* now; when it was made */
  rl_collector collector;
  rl_policy *policy;
  rl_value *value;        /* or NULL */
  rl_policy *base;        /* or NULL */
  rl_imitation imitation; /* of demonstrations; samples 0: there are none */
  int *shown, shown_room; /* [imitation.samples and some more] those of this update, in a circle */
  bool fresh;             /* there is a batch for an update */
  rl_method_phase phase;
  int64_t agents, agent;       /* made so far; the number of the one that has this batch, 0: none */
  int64_t trainers, trainer;   /* made so far; the one that began what is half done */
  struct rl_trainer *borrower; /* the one whose copies of the networks are trained; NULL: none */
  bool at_once;                /* an update that is not in pieces */
  bool shares_threads;         /* with those that collect meanwhile */
  bool together;               /* both trainings are at work in one parallel region */
  int prepared;                /* cells of the batch, and of its images, that base and policy have seen */
  rl_images images;
  int shuffled;    /* epochs */
  int64_t updates; /* so far */
  rl_objective objective;
  rl_baseline baseline; /* beside that of the advantages, if it is of another kind */
  rl_learner policy_learner, value_learner;
  rl_natural natural;
  rl_workers workers;
  rl_episodic episodic;
  float *ascent;                  /* [policy parameters] the gradient that a natural method improves along */
  rl_rng shuffle, shuffle_before; /* before: as the update found it */
  rl_saved_update saved;
  char notice[RL_NOTICE];
  int *order; /* [epochs, rows]: a permutation of the batch for each epoch */
  size_t order_capacity;
  int *in_turn; /* of recurrent networks: [rows] of the batch, sequence by sequence */
  int *parts;   /* [sequences] where each begins in it, */
  int n_parts;  /* in the order of the next epoch */
  size_t in_turn_capacity;
  float *advantage;   /* [rows] of the current minibatch */
  float *base_output; /* [steps, copies, outputs of the base] */
  float *joined;      /* [steps, copies, width] what a central critic reads, as many as joined_capacity */
  int joined_capacity;
  int capacity; /* steps x copies of the largest batch so far */
  rl_training of_policy, of_value;
  rl_replay *replay; /* of a method with a memory, or NULL; then value is its first critic */
  double kl, approx_kl, improvement, explained; /* as in rl_method_stats */
  int backtracks;
  double before, length; /* of a natural step: the objective; along the direction */
  int tries;             /* along the line */
};

rl_status rl_method_check_parameters(const rl_method *method, rl_error *error); /* finite? */
/* A batch is about to be collected. */
void rl_method_open_batch(rl_method *method);
rl_status rl_method_check_idle(const rl_method *method, rl_error *error); /* nothing half done? */
/* Not in the thread of a trainer, unless that is the one that asks? */
rl_status rl_method_check_here(const rl_method *method, rl_error *error);
/* From now on it trains these; what `policy` and `value` are otherwise must be the same. */
void rl_method_use(rl_method *method, rl_policy *policy, rl_value *value, rl_policy *base);

/* The method ends before a trainer that has it: ends the thread and what else the two share. NULL is allowed. */
void rl_trainer_leave(struct rl_trainer *trainer);

/* A piece of an update that has begun; all of it with method->at_once. */
rl_status rl_method_advance_update(rl_method *method, rl_method_stats *stats, rl_error *error);
double rl_method_update_fraction(const rl_method *method);
void rl_method_undo_update(rl_method *method); /* policy and value are as they were before it */

/* The same of a method with a memory. create: what it asks of its parts, too. advance: false when all is done. */
rl_status rl_replay_check(const rl_method_options *options, rl_error *error);
/* What has no mirror images, at creation and whenever the option is set. */
rl_status rl_replay_check_symmetric(const rl_method *method, const rl_method_options *options,
                                    rl_error *error);
rl_status rl_replay_create(rl_method *method, rl_error *error);
/* What there is of it: also what read has left, of which adopt makes the method's. before: as it was before the update. */
void rl_replay_release(rl_replay *replay);
rl_status rl_replay_save(const rl_method *method, bool before, rl_archive *archive, const char *prefix,
                         rl_error *error);
rl_status rl_replay_read(const rl_method *method, rl_replay *loaded, const rl_archive *archive,
                         const char *prefix, rl_error *error);
void rl_replay_adopt(rl_method *method, rl_replay *loaded);
rl_status rl_replay_begin(rl_method *method, rl_error *error);
bool rl_replay_advance(rl_method *method);
double rl_replay_fraction(const rl_method *method);
rl_method_stats rl_replay_finish(rl_method *method);
void rl_replay_undo(rl_method *method);

RL_C_END

#endif
