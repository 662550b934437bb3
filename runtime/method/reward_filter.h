/* What Engstrom et al. 2020 call reward scaling and reward clipping: rewards are divided by the standard
 * deviation, over this batch and all before, of a discounted sum of rewards that rolls along with each copy
 * (set back where an episode begins), and then clipped. */
#ifndef RL_REWARD_FILTER_H
#define RL_REWARD_FILTER_H

#include "archive/archive.h"
#include "episodes/advantage.h"

RL_C_BEGIN

typedef struct rl_reward_filter {
  int copies;
  double *rolling;        /* [copies] the discounted sums */
  double count, mean, m2; /* of all sums so far */
} rl_reward_filter;

/* Of so many copies, as if no reward had come yet. RL_NO_MEMORY. */
rl_status rl_reward_filter_init(rl_reward_filter *filter, int copies, rl_error *error);
void rl_reward_filter_release(rl_reward_filter *filter);

/* Between filters of as many copies. */
void rl_reward_filter_copy(rl_reward_filter *to, const rl_reward_filter *from);

/* Writes the filtered rewards of a batch to `out` [steps, copies]. scaling: divide, or not, and then
 * batch->time is needed; clip: to [-clip, clip], 0: not at all. */
void rl_reward_filter_apply(rl_reward_filter *filter, const rl_trajectories *batch, double gamma,
                            bool scaling, double clip, float *out);

/* Arrays "<prefix>.*". RL_NO_MEMORY. load wants as many copies: RL_BAD_FORMAT or RL_NOT_FINITE naming the array, after which
 * nothing has changed. */
rl_status rl_reward_filter_save(const rl_reward_filter *filter, rl_archive *archive, const char *prefix,
                                rl_error *error);
rl_status rl_reward_filter_load(rl_reward_filter *filter, const rl_archive *archive, const char *prefix,
                                rl_error *error);

RL_C_END

#endif
