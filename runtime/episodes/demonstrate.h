/* Plays episodes side by side and writes them down as a demonstration: by a policy, by a controller of the caller, or by the
 * environment's own (rl_env_def's own_action), whose actions are then those of an environment that is alike but has none.
 *
 *   rl_demonstrator_init(&d, &out, def, options, judge, &how, &error);
 *   while (!status && !done) {
 *     rl_choose_actions(policy, d.env, true, d.streams, d.action, &error);   or whatever fills d.action
 *     status = rl_demonstrator_step(&d, &done, &error);
 *   }
 *   if (!status) status = rl_demonstrator_finish(&d, &out, &error);
 *   rl_demonstrator_release(&d);
 */
#ifndef RL_DEMONSTRATE_H
#define RL_DEMONSTRATE_H

#include "env/vec_env.h"
#include "episodes/demonstration.h"

RL_C_BEGIN

typedef struct rl_demonstrate_options {
  int episodes;
  uint64_t seed;
  int64_t max_steps; /* of an episode, which is then cut */
  double
      noise; /* added to real numbers of actions, as a deviation, and not written down: what is learnt includes how to get
                   back from where noise has led (Laskey et al. 2017, DART) */
  bool own; /* the environment's own controller plays; actions are additions to it */
} rl_demonstrate_options;

typedef struct rl_demonstrator {
  rl_vec_env *env; /* one copy an episode, not restarted */
  rl_demonstrate_options how;
  rl_demonstration *parts; /* [episodes] */
  uint8_t *over;           /* [episodes] ended, or cut */
  rl_rng *streams;         /* [episodes] of actions, and of noise */
  float *action;           /* [episodes, width] that are wanted in the next step */
  float *taken;            /* the same with noise */
  float *before;           /* [episodes, obs] */
  int64_t steps;
} rl_demonstrator;

/* Episodes of `def` begin. `to`: what the demonstration is of, which `def` must fit. Release it also after a failure. */
rl_status rl_demonstrator_init(rl_demonstrator *d, const rl_demonstration *to, const rl_env_def *def,
                               const double *options, const rl_judge *judge,
                               const rl_demonstrate_options *how, rl_error *error);
void rl_demonstrator_release(rl_demonstrator *d);

/* The actions that are in d->action, of all copies that go on. Errors as rl_vec_env_step. */
rl_status rl_demonstrator_step(rl_demonstrator *d, bool *done, rl_error *error);
/* Appends all episodes, in their order. */
rl_status rl_demonstrator_finish(rl_demonstrator *d, rl_demonstration *to, rl_error *error);

/* What a demonstration in `def` is of. */
rl_demonstrated rl_demonstrated_of(const rl_env_def *def);

RL_C_END

#endif
