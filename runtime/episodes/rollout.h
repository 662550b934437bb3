/* A batch of experience: `steps` of each of `copies`, time first, and how it is collected: going on from
 * where the copies stand, or one episode of each. In a batch of episodes a copy that has finished rests, so
 * `rows` lists the steps that were taken; what stands elsewhere in the arrays is of no meaning.
 *
 * A batch is collected in pieces: steps of all copies, then the values of some rows at a time. Who owns the
 * loop decides how many pieces to do before it does something else. */
#ifndef RL_ROLLOUT_H
#define RL_ROLLOUT_H

#include "env/vec_env.h"
#include "episodes/advantage.h"
#include "episodes/central.h"
#include "network/policy.h"
#include "network/value.h"

RL_C_BEGIN

/* What happened while collecting. Means over episodes are of those that finished in this batch; NaN when
 * none did. */
typedef struct rl_rollout_stats {
  int64_t total_steps;             /* of all batches so far */
  int64_t episodes, terminated;    /* finished in this batch; of those, how many terminated */
  int64_t cut;                     /* copies whose episode went on when the batch ended */
  double mean_return, mean_length; /* of finished episodes */
  double mean_reward;              /* per step of the batch */
  int n_terms;
  double terms[RL_MAX_TERMS]; /* per step of the batch */
} rl_rollout_stats;

/* For `moves`: whatever they are. A batch goes on with copies that were loaded as it was. */
#define RL_ANY_MOVES UINT64_MAX
#define RL_NO_MOVES  0 /* no environment has so few after a step: what is remembered is of nowhere */
/* In the place of an environment's moves: those of an agent, a number from 1 on. */
#define RL_AGENT_MOVES(number) (RL_ANY_MOVES - (uint64_t)(number))

/* A batch that is being collected. */
typedef struct rl_rollout_progress {
  int steps;                                             /* taken so far */
  bool full;                                             /* no more steps: values are next */
  int valued;                                            /* rows that have their value */
  bool episodes;                                         /* one of each copy */
  uint64_t moves;                                        /* of the environment, by this batch's last step */
  double returns, lengths, rewards, terms[RL_MAX_TERMS]; /* sums for the stats */
  int64_t finished, terminated;                          /* episodes */
} rl_rollout_progress;

/* Of a recurrent network, with `units` units: what they were before each sequence. */
typedef struct rl_states {
  int units, own;       /* own: rl_network_memory */
  float *begin;         /* [sequences, copies, units] */
  float *memory, *last; /* [copies, own] of a value: as memory and last_memory are of the policy */
} rl_states;

typedef struct rl_rollout {
  int steps, copies; /* copies: rows of the environment; `agents` of them in a row are a world */
  int agents;
  bool rests;   /* rows may rest while their world goes on */
  bool at_once; /* whoever collects waits for the whole batch: many steps may be one piece */
  rl_tensor
      obs; /* [steps, copies, inputs] as the environment gave them, with the history that networks read */
  rl_tensor action;   /* [steps, copies, width] as sampled, not clamped; [steps, copies] of choices */
  rl_tensor output;   /* [steps, copies, outputs] of the policy's network */
  rl_tensor log_prob; /* [steps, copies] */
  rl_tensor reward, value, advantage, target; /* [steps, copies] */
  rl_tensor cut_value;             /* [steps, copies] value of the state a truncated step ended at, else 0 */
  rl_tensor last_value;            /* [copies] value of the state after the last step */
  float *log_std;                  /* [reals] of the policy, where all states share one */
  uint8_t *terminated, *truncated; /* [steps, copies] */
  int *time;                       /* [steps, copies] steps since the episode began */
  int *length;                     /* [copies] steps taken */
  int *rows, n_rows;               /* the steps taken, as indices of [steps, copies], in order */
  rl_rng *streams;                 /* [copies] of the actions */
  float *memory;                   /* [copies, rl_network_memory] what the policy remembers; or nothing */
  float *last_memory; /* the same after the last step of a full batch: zeros where an episode ended */
  float *window;      /* [inputs] */
  int sequence; /* of recurrent networks: steps that are learnt from as one; see rl_rollout_keep_states */
  rl_states states, value_states;
  float *spare;
  rl_central central; /* of a critic that reads all agents of a world; see rl_rollout_keep_central */
  int samples;        /* of one that reads actions: by which expectations are estimated (counterfactual.h) */
  float *baseline;    /* [steps, copies] of such a one; or nothing */
  float *joined;      /* [RL_VALUED, central.width], and behind it, of one that reads actions, */
  float *chosen, *q, *weight,
      *outputs;         /* [RL_VALUED, ..] actions, values, probabilities, the policy's outputs, */
  float *ends;          /* [agents, inputs] and what a world has ended with */
  rl_rng *drawn;        /* [RL_VALUED] */
  uint64_t moves;       /* of the environment, or of who else has moved, that memory goes on from */
  const float *actors;  /* [copies, parameters] of those that act, one a copy; NULL: the policy's for all */
  int64_t random_until; /* while there have been fewer steps actions are uniformly random, for the policy's */
  bool late;      /* a batch is complete without values, which rl_rollout_value gives it; for that it keeps */
  float *cut_obs; /* [n_cut, inputs] what truncated steps ended at, */
  int *cut_row, n_cut, cut_room; /* [n_cut] and which they were, as indices of [steps, copies] */
  rl_tensor last_obs;            /* [copies, inputs] after the last step */
  bool
      whole; /* late, for a critic that reads all agents of a world: who rests does nothing, and where one was cut it keeps
                 what all have come to */
  rl_rollout_stats stats;
  rl_rollout_progress progress;
} rl_rollout;

/* For batches of `steps` of each copy of `env`, acted in by policies like this one. seed: of the actions. RL_BAD_ARGUMENT for more
 * than 2^28 steps in all, or none; RL_NO_MEMORY; then there is nothing to release. */
rl_status rl_rollout_init(rl_rollout *rollout, int steps, const rl_vec_env *env, const rl_policy *policy,
                          uint64_t seed, rl_error *error);
void rl_rollout_release(rl_rollout *rollout);
/* A rollout of recurrent networks, policy or value (or NULL), is cut into sequences of so many steps: its batches have the
 * units before each, and it values states as they come. Others need nothing of this. RL_NO_MEMORY. */
rl_status rl_rollout_keep_states(rl_rollout *rollout, const rl_policy *policy, const rl_value *value,
                                 int sequence, rl_error *error);
/* Rows that are valued at a time in slices, and read by a central critic: a multiple of what a network takes as a piece
 * of work, so that results do not depend on it. */
enum { RL_VALUED = 16 * RL_ROWS };

/* A rollout is valued by a central critic. It is not late. RL_NO_MEMORY. */
rl_status rl_rollout_keep_central(rl_rollout *rollout, const rl_central *central, rl_error *error);
/* Goes on from what another has done: its streams, its counters, and what its policy remembers. */
void rl_rollout_follow(rl_rollout *rollout, const rl_rollout *last, const rl_policy *policy);
/* What the policy remembers is of copies that have come elsewhere by these moves, unless it has followed them. */
void rl_rollout_recollect(rl_rollout *rollout, const rl_policy *policy, uint64_t moves);
/* Zeros for the batch that was there: what is saved of the next has nothing of it. */
void rl_rollout_clear(rl_rollout *rollout);

/* Begins a batch: going on from where the copies stand (they are reset the first time), or with one episode
 * of each copy from its start, or as much of it as goes into the batch; then `group` copies in a row begin
 * alike (rl_vec_env_reset_groups), 1: each on its own, and the next use of the environment begins with a
 * reset. Errors as rl_vec_env_reset. */
rl_status rl_rollout_begin(rl_rollout *rollout, rl_vec_env *env, const rl_policy *policy, bool episodes,
                           int group, rl_error *error);
/* The next piece: a step of all copies with sampled actions (some, at once), or values of states by `value`, or else by the
 * policy's value head, or else 0. `done`: the batch is complete. Errors as rl_vec_env_step, RL_BAD_ARGUMENT
 * when somebody else has moved the copies since the last piece; the batch is then given up. */
rl_status rl_rollout_advance(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool *done, rl_error *error);
/* Both, until the batch is complete. */
rl_status rl_rollout_collect(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool episodes, int group, rl_error *error);

/* The parts of a piece, for steps that are taken elsewhere; `view` is what the copies show. open begins a
 * batch; act takes the observations and samples actions, which stand at rl_rollout_actions; take writes down
 * what came of them; close values some rows. n_terms: of the reward. RL_NO_MEMORY, and of a critic what its network gives. */
void rl_rollout_open(rl_rollout *rollout, const rl_policy *policy);
rl_status rl_rollout_act(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy, rl_error *error);
/* What the policy is to read of copies first .. first + rows - 1 now, which it will remember: x [rows, inputs]. */
void rl_rollout_see(const rl_rollout *rollout, const rl_vec_view *view, const rl_policy *policy, int first,
                    int rows, float *x);
/* Outputs y [copies, outputs] of the policy on what the copies show now, which is remembered, but no part of a batch; x [copies,
 * inputs]. */
rl_status rl_rollout_act_aside(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy,
                               rl_value *value, float *x, float *y, rl_error *error);
const float *rl_rollout_actions(const rl_rollout *rollout); /* [copies, width] of the step that is open */
rl_status rl_rollout_take(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                          rl_value *value, rl_error *error);
rl_status rl_rollout_close(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                           rl_value *value, bool *done, rl_error *error);

/* Values of a complete batch that is late, by `value`, or else by the policy's value head, or else 0. RL_NO_MEMORY. */
rl_status rl_rollout_value(rl_rollout *rollout, rl_policy *policy, rl_value *value, rl_error *error);
/* A batch that another policy has acted in becomes one of `policy`: outputs, log-std and log-probabilities are its own.
 * ratio [steps, copies]: of its probabilities to those that were there. RL_NO_MEMORY. */
rl_status rl_rollout_adopt(rl_rollout *rollout, rl_policy *policy, float *ratio, rl_error *error);

/* How much of the batch is there: 0 to 1. */
double rl_rollout_fraction(const rl_rollout *rollout);

/* The batch as advantages are made of it (advantage.h): the arrays are the rollout's. */
rl_trajectories rl_rollout_trajectories(const rl_rollout *rollout);

/* The action streams, the stats and what the policy remembers: array "<prefix>.streams" and so on. A failed load changes
 * nothing. */
rl_status rl_rollout_save(const rl_rollout *rollout, const rl_vec_env *env, const rl_policy *policy,
                          rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_rollout_load(rl_rollout *rollout, const rl_policy *policy, const rl_archive *archive,
                          const char *prefix, rl_error *error);

/* The batch too, complete or half done, with what late values need: "<prefix>.obs" and so on. read makes a rollout of the size that the file has, with
 * streams that are not those of the file; on failure there is none. */
rl_status rl_rollout_save_batch(const rl_rollout *rollout, const rl_vec_env *env, const rl_policy *policy,
                                rl_archive *archive, const char *prefix, rl_error *error);
bool rl_rollout_has_batch(const rl_archive *archive, const char *prefix);
/* The states of that batch, into a rollout that keeps them. */
rl_status rl_rollout_read_states(rl_rollout *rollout, const rl_archive *archive, const char *prefix,
                                 rl_error *error);
rl_status rl_rollout_read_batch(rl_rollout *rollout, const rl_vec_env *env, const rl_policy *policy,
                                const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
