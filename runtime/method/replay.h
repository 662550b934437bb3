/* Methods that learn from a memory (replay_memory.h) instead of a batch. An update takes the batch into the memory, then makes
 * gradient steps, each on a minibatch drawn by chance: two networks of values step first, then the policy. What they learn is
 * one of these ways:
 *
 *   replay_soft.c           soft actor-critic: through actions as functions of noise, for reward and entropy
 *   replay_deterministic.c  deterministic policy gradients: through the policy's mean, of one agent or of all in a world
 *   replay_weighted.c       advantage-weighted actor-critic: likelihood of what was done, the more the better it was
 *   replay_ratio.c          off-policy actor-critic: the policy gradient under another policy's steps
 *
 * The first network is the method's value; the second, its twin, and slow copies of both are made here.
 *
 * Steps come from batches, and from whoever took them (rl_method_remember). Which of them a minibatch has and which noise
 * follow from the seed and the number of the gradient step, and rows are cut into pieces of RL_ROWS, so results do not depend
 * on the threads. */
#ifndef RL_REPLAY_H
#define RL_REPLAY_H

#include "method/method.h"
#include "method/objective.h"
#include "method/replay_memory.h"
#include "network/learner.h"

#include <math.h>

RL_C_BEGIN

enum { RL_CRITICS = 2 };

typedef enum rl_replay_stage { RL_REPLAY_TARGETS, RL_REPLAY_CRITICS, RL_REPLAY_POLICY } rl_replay_stage;

/* What a piece of a minibatch has to itself: RL_ROWS rows of each. */
typedef struct rl_scratch {
  float *obs;           /* after the step, raw; of whole worlds all agents', one after the other, and */
  float *there;         /* whether each is still there */
  float *input;         /* of one, normalised as the policy takes it */
  float *pair, *normal; /* what critics take, raw and normalised */
  float *noise, *action, *daction, *log_prob, *squash, *kept;
  float *q[RL_CRITICS], *dq, *dpair, *sum;
  float *policy, *critic[RL_CRITICS]; /* workspaces */
} rl_scratch;

/* What is learnt from a minibatch. */
typedef struct rl_replay_way {
  bool values_actions; /* critics take the action too, there are two of them, and slow copies follow both */
  bool slow_policy;    /* and one the policy */
  rl_loss *value_loss, *twin_loss, *policy_loss;                /* contexts: the method */
  rl_status (*check)(const rl_method *method, rl_error *error); /* what else it wants */
  /* The targets of rows that have been drawn. */
  void (*aim)(rl_method *method, const rl_scratch *s, int piece, int first, int rows);
  void (*weigh)(rl_method *method); /* between the critics' step and the policy's pass; or NULL */
  void (*end)(rl_method *method);   /* behind the policy's step; or NULL */
} rl_replay_way;

extern const rl_replay_way rl_replay_soft, rl_replay_weighted, rl_replay_ratio, rl_replay_deterministic;

typedef struct rl_replay {
  const rl_replay_way *way;
  rl_memory memory;
  int encoded;        /* numbers of an action in what critics take, or 0 */
  rl_central central; /* of critics that take what all agents of a world observe and do; or agents 0 */
  rl_network twin;    /* what it takes is normalised by the value's normaliser */
  rl_learner twin_learner;
  float *slow[RL_CRITICS], *slow_before[RL_CRITICS]; /* where the way has them, */
  float *slow_policy, *slow_policy_before;           /* as this */
  float log_temperature, log_temperature_before;
  rl_optimizer temperature_adam, temperature_adam_before;
  rl_mirror mirror; /* of what critics take, where the environment has images */
  int *places;      /* of the mirror */
  float *signs;
  uint64_t seed;
  int64_t steps, steps_before; /* of gradient, so far */
  double pending;              /* gradient steps that are due */
  bool taken;                  /* the memory has the batch */

  /* The update that has begun. */
  const rl_symmetry *images; /* each step that is drawn is, by chance, its image; or NULL */
  int64_t asked;             /* gradient steps, of one without a batch; else 0 */
  int64_t planned, done;     /* gradient steps */
  rl_replay_stage stage;
  bool bad_critic;                                                  /* a gradient was not finite */
  double value_loss, policy_loss, entropy, q, grad_norm, effective; /* sums over gradient steps */

  /* A minibatch. */
  int rows;
  int *index;    /* [2 rows] 0, 1, 2 ... */
  int *agent;    /* [rows] whose step it is, in its world */
  float *pair;   /* [rows, pairs]: observation and action as they were, or of a world's agents all */
  float *noise;  /* [rows, action] for what the policy does there */
  float *action; /* [rows, action] */
  float *target, *reward, *goes_on; /* [rows], as what follows */
  float *log_prob;                  /* of who acted */
  float *weight, *ratio, *aside,
      *worth; /* of log-likelihoods; replay_ratio.c; values of what the policy does */
  size_t work_size;
  float *work; /* [pieces, work_size] */
} rl_replay;

/* --- for the ways --- */

size_t rl_replay_scratch_size(const rl_method *method); /* floats */
rl_scratch rl_replay_scratch(const rl_method *method, int piece);
static inline int rl_replay_pairs(const rl_replay *r) {
  return r->central.agents ? r->central.width : r->memory.obs_size + r->encoded;
}
/* Where a pair of row `row` of the minibatch has the action of its agent. */
static inline int rl_replay_action_at(const rl_replay *r, int row) {
  return r->central.agents ? rl_central_action_at(&r->central, r->agent[row]) : r->memory.obs_size;
}
rl_learner *rl_replay_critic(rl_method *method, int k);
/* Stream 0 or 1 of a piece, where this gradient step begins. */
rl_rng rl_replay_stream(const rl_method *method, int piece, int which);
/* The policy with the parameters theta in observations obs, normalised in s->input; the policy in s->obs, and in the
 * observations of rows of the minibatch. Until the next of these. */
rl_dist rl_replay_policy_of(const rl_method *method, const rl_scratch *s, const float *theta,
                            const float *obs, int rows);
rl_dist rl_replay_policy_after(const rl_method *method, const rl_scratch *s, int rows);
rl_dist rl_replay_policy_at(const rl_method *method, const rl_scratch *s, int first, int rows);
/* The actions of rows from `first` on of the minibatch in those of s->pair, which are then normalised: s->normal. */
void rl_replay_put_action(const rl_method *method, const rl_scratch *s, const float *action, int first,
                          int rows);
/* s->q: values of pairs that are normalised, by both critics, or by their slow copies. */
void rl_replay_judge(rl_method *method, const rl_scratch *s, const float *pairs, int rows, bool slow);
static inline float rl_replay_least(const rl_scratch *s, int row) {
  return fminf(s->q[0][row], s->q[1][row]);
}
/* The weights of critics that have stepped, as derivatives by what they take read them. */
void rl_replay_transpose_critics(rl_method *method);
/* Of actions as functions of noise [rows, action]: what the policy with the outputs y does in rows from `first` on (s->action,
 * s->log_prob), what critics make of it (s->q), and the gradient of -min_k Q_k / total by it (s->daction), which
 * rl_squash_backward takes on with s->kept. */
rl_dist rl_replay_go_through(rl_method *method, const rl_scratch *s, const float *y, const float *noise,
                             int first, int rows, int total);
/* Whether actions are numbers, and the policy squashed. */
rl_status rl_replay_check_through(const rl_method *method, rl_error *error);
double rl_replay_annealed(const rl_method *method, double lr);
/* (y - target)^2 / 2 */
rl_loss rl_replay_value_loss;
/* -weight log pi(action), with the entropy bonus where a method has one. */
rl_loss rl_replay_likelihood;
/* The masks of a policy that has them, in a minibatch. */
rl_amendment rl_replay_amend;
/* What share of the rows is worth as much as all do with these weights: (sum w)^2 / (rows sum w^2). */
double rl_replay_effective(const float *weight, int rows);

/* --- inside replay*.c --- */

/* Room for a minibatch. RL_NO_MEMORY. */
rl_status rl_replay_reserve(rl_method *method, rl_error *error);
/* Observations and actions of steps, into the statistics of what policy and critics take. index [n]: which; NULL: all. */
void rl_replay_observe(rl_method *method, const float *obs, const float *action, const int *index, int n);

/* What the stats of the policy's learner hold under these losses, as sums over rows. */
enum {
  RL_REPLAY_LOSS = RL_STAT_POLICY_LOSS,
  RL_REPLAY_ENTROPY = RL_STAT_ENTROPY,
  RL_REPLAY_WORTH = RL_STAT_BASE_KL
};

RL_C_END

#endif
