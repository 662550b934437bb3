/* Behaviour cloning: a policy is fitted to demonstrations by maximum likelihood of its own distribution, with Adam on
 * minibatches. A share of the episodes is held out: when their likelihood has not risen for some epochs, or all epochs are
 * over, the policy gets the parameters that were best on them.
 *
 * A policy whose normaliser has seen nothing gets the statistics of the demonstrations (with their images, where they or the
 * policy are symmetric).
 *
 *   rl_cloning_create(&cloning, policy, demo, NULL, &options, &error);
 *   while (rl_cloning_stopped(cloning) == RL_CLONING) rl_cloning_update(cloning, &stats, &error);
 */
#ifndef RL_CLONING_H
#define RL_CLONING_H

#include "method/imitation.h"
#include "archive/option_state.h"

RL_C_BEGIN

typedef struct rl_cloning_options {
  uint64_t seed;
  double lr, held_out, entropy_coef, max_grad_norm;
  int epochs, minibatch, patience;
  rl_symmetric symmetric; /* off or data */
} rl_cloning_options;

rl_options rl_cloning_option_table(void);

/* NaN where there is none. */
typedef struct rl_cloning_stats {
  int epoch; /* from 1 on */
  double likelihood, held_out,
      entropy;      /* mean log-probability: while it was trained, after it of what was held out */
  double best;      /* of held_out so far */
  double grad_norm; /* mean over the epoch, before clipping */
} rl_cloning_stats;

typedef enum rl_cloning_end { RL_CLONING, RL_CLONED_EPOCHS, RL_CLONED_HELD_OUT } rl_cloning_end;

typedef struct rl_cloning rl_cloning;

/* The policy must outlive it, the demonstrations are copied. symmetry: of option symmetric, else NULL. Errors as
 * rl_imitation_init. */
rl_status rl_cloning_create(rl_cloning **cloning, rl_policy *policy, const rl_demonstration *demo,
                            const rl_symmetry *symmetry, const rl_cloning_options *options, rl_error *error);
void rl_cloning_free(rl_cloning *cloning);

/* An epoch. RL_NOT_FINITE, and the policy is as it was before it; RL_BAD_ARGUMENT when it has stopped. */
rl_status rl_cloning_update(rl_cloning *cloning, rl_cloning_stats *stats, rl_error *error);
/* The same in pieces; done: the epoch is complete. */
rl_status rl_cloning_advance(rl_cloning *cloning, bool *done, rl_cloning_stats *stats, rl_error *error);
rl_cloning_end rl_cloning_stopped(const rl_cloning *cloning);
const rl_cloning_options *rl_cloning_settings(const rl_cloning *cloning);

/* Between epochs; the policy saves itself. Loaded with the same demonstrations: RL_BAD_FORMAT says what differs. */
rl_status rl_cloning_save(const rl_cloning *cloning, rl_archive *archive, const char *prefix,
                          rl_error *error);
rl_status rl_cloning_load(rl_cloning *cloning, const rl_archive *archive, const char *prefix,
                          rl_error *error);
const char *rl_cloning_notice(const rl_cloning *cloning); /* of the last load; "": there is none */

RL_C_END

#endif
