/* The batch that is collected ahead of the one that is learnt from (option lag of collector.h), by a policy that does not
 * change meanwhile: in pieces, before the update, or on a thread of its own, beside it. That makes no difference to what
 * is collected, and neither does the number of threads: what the thread reads and writes is its own, the environment
 * among it. Values and advantages are for who hands the batch over. */
#ifndef RL_AHEAD_H
#define RL_AHEAD_H

#include "base/background.h"
#include "episodes/rollout.h"

RL_C_BEGIN

typedef struct rl_ahead {
  rl_rollout rollout;
  rl_vec_env *env;
  rl_policy actor; /* a copy of the policy, for the thread */
  rl_policy *
      past; /* [n_past] as the policy was before its last updates, the oldest first; with a lag of more than 1 */
  int n_past;
  bool has_rollout, has_actor;
  bool open, ready;      /* it has begun; it is complete */
  rl_background *thread; /* or NULL */
  int all, share;        /* threads of the program; of those, the ones that collect */
  rl_status status;      /* that has ended it, not told of yet */
  rl_error error;
} rl_ahead;

rl_status rl_ahead_create(rl_ahead **ahead, rl_vec_env *env, rl_error *error);
void rl_ahead_free(rl_ahead *ahead); /* NULL is allowed */

/* Keeps the policy as it is, beside what it was the `most` - 1 times before. */
rl_status rl_ahead_remember(rl_ahead *ahead, const rl_policy *policy, int most, rl_error *error);

/* Begins a batch of `steps`, whose streams and counters go on with those of `last`, the one before (NULL: there is none, and
 * the streams are those of `seed`). Errors as rl_rollout_begin. */
rl_status rl_ahead_begin(rl_ahead *ahead, int steps, const rl_policy *policy, const rl_rollout *last,
                         uint64_t seed, bool episodes, int group, rl_error *error);
/* The next piece, on the calling thread, which no other must have. Errors as rl_rollout_advance; the batch is given up. */
rl_status rl_ahead_advance(rl_ahead *ahead, rl_policy *policy, rl_error *error);
/* The rest, on a thread; false where that cannot be (ranks have one thread that they meet by): the caller advances it. Half
 * of the caller's threads collect, then one more or less each time, so that neither side ends long before the other. */
bool rl_ahead_start(rl_ahead *ahead, const rl_policy *policy);
/* Until the batch that a thread collects is complete, or has failed; meanwhile the caller's threads collect too. A child that was forked since collects the rest. */
void rl_ahead_wait(rl_ahead *ahead);
/* After wait, the error of the thread, once. */
rl_status rl_ahead_tell(rl_ahead *ahead, rl_error *error);
/* Gives up what has begun. */
void rl_ahead_stop(rl_ahead *ahead);

RL_C_END

#endif
