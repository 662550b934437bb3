/* Methods that learn from a memory (replay_memory.h) instead of a batch. An update takes the batch into the memory, then makes
 * gradient steps, each on a minibatch drawn by chance:
 *
 *   a' ~ pi(s')    y = r + gamma (min_k Q'_k(s', a') - temperature log pi(a'|s'))         the target of both critics
 *   Q_k            1/2 (Q_k(s, a) - y)^2                                                  each critic, k = 1, 2
 *   pi             temperature log pi(a|s) - min_k Q_k(s, a),  a ~ pi(s)                  through a, as a function of noise
 *   temperature    log temperature (H(pi) - target entropy)
 *   Q'_k           += tau (Q_k - Q'_k)
 *
 * That is soft actor-critic (Haarnoja et al. 2018, the version with a temperature that adapts). The first critic is the
 * method's value, one that takes the action too; the second and the slow copies Q' are made here. Two critics because the
 * smaller one of two errs less upwards (Fujimoto et al. 2018).
 *
 * Which steps and which noise follow from the seed and the number of the gradient step, and rows are cut into pieces of
 * RL_ROWS, so results do not depend on the threads. */
#ifndef RL_REPLAY_H
#define RL_REPLAY_H

#include "method/replay_memory.h"
#include "network/learner.h"

RL_C_BEGIN

enum { RL_CRITICS = 2 };

typedef enum rl_replay_stage { RL_REPLAY_TARGETS, RL_REPLAY_CRITICS, RL_REPLAY_POLICY } rl_replay_stage;

typedef struct rl_replay {
  rl_memory memory;
  rl_network twin; /* what it takes is normalised by the first critic's normaliser */
  rl_learner twin_learner;
  float *slow[RL_CRITICS], *slow_before[RL_CRITICS];
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
  int64_t planned, done;     /* gradient steps */
  rl_replay_stage stage;
  bool bad_critic, bad_policy;                           /* a gradient was not finite */
  double value_loss, policy_loss, entropy, q, grad_norm; /* sums over gradient steps */

  /* A minibatch. */
  int rows;
  int *index;                       /* [rows] 0, 1, 2 ... */
  float *pair;                      /* [rows, observation + action] as they were */
  float *noise;                     /* [rows, action] for what the policy does there */
  float *target, *reward, *goes_on; /* [rows] */
  size_t work_size;
  float *work; /* [pieces, work_size] */
} rl_replay;

RL_C_END

#endif
