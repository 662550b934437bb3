/* A policy is a network whose output row is
 *
 *   mean [size] of a Gaussian (for a box), or logits [size] of a categorical (for discrete actions); for several of
 *     those at once what each needs, in their order;
 *   log-std [reals], of the real numbers, if it depends on the state (RL_STD_STATE);
 *   the value of the state [1], if the policy has a value head: one trunk, two heads.
 *
 * A policy of a box may be squashed into its bounds (squash.h): mean and log-std are those before that.
 *
 * A log-std that is the same in all states is the tail of theta (RL_STD_FREE) or no parameter at all
 * (RL_STD_FIXED). A policy carries its own normaliser, so that a saved one is all that is needed to act. */
#ifndef RL_POLICY_H
#define RL_POLICY_H

#include "base/option.h"
#include "network/dist.h"
#include "network/network.h"

RL_C_BEGIN

typedef enum rl_std_kind { RL_STD_FREE, RL_STD_STATE, RL_STD_FIXED } rl_std_kind;

extern const char *const rl_std_names[4]; /* by rl_std_kind; NULL-terminated */

typedef struct rl_policy_options {
  rl_network_options network; /* output gain .01 */
  rl_std_kind std;            /* free; of real numbers */
  float log_std;              /* -.5: initial, or fixed */
  bool value_head;            /* off; its output gain is 1 */
  bool squash;                /* off; of a box with bounds */
} rl_policy_options;

enum { RL_ACTION_NAME = 80 };

typedef struct rl_policy {
  rl_network network;
  rl_space observation,
      action; /* observation.size: all that it reads, of a history all of its observations */
  rl_std_kind std;
  bool value_head, squash;
  int reals;                            /* real numbers of an action: rl_space_reals */
  rl_tensor fixed_log_std;              /* [reals] when fixed, else empty */
  char (*action_names)[RL_ACTION_NAME]; /* [action.size] of numbers and choices; NULL: they have none */
  float *output;                        /* [output_rows, outputs], grown as needed */
  int output_rows;
  bool
      altered; /* its file was written or damaged elsewhere after it was saved: the checksum does not match */
} rl_policy;

/* All of the struct but the widths of its layers and its gains. */
rl_options rl_policy_option_table(void);

rl_policy_options rl_policy_defaults(void);
/* Of these spaces, which it copies, with parameters drawn by the options' seed. RL_BAD_ARGUMENT naming the option (widths, clip,
 * squash without bounds, symmetric without mirror images), RL_BAD_SHAPE when a mask is longer than the observation,
 * RL_NO_MEMORY; then there is nothing to release. */
rl_status rl_policy_init(rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const rl_policy_options *options, rl_error *error);
/* The same architecture, parameters and statistics in memory of its own. RL_NO_MEMORY. */
rl_status rl_policy_clone(rl_policy *clone, const rl_policy *policy, rl_error *error);
/* What its numbers and choices are called, as an environment says it (NULL: nothing), which is kept with it: names are cut to
 * RL_ACTION_NAME - 1 bytes. RL_NO_MEMORY. */
rl_status rl_policy_name_actions(rl_policy *policy, const char *const *names, rl_error *error);
void rl_policy_release(rl_policy *policy);
/* Numbers of an output row, in the order that is said above. */
static inline int rl_policy_outputs(const rl_policy *policy) { return rl_network_outputs(&policy->network); }
/* [reals]: the log-std that all states share, part of theta when free; else NULL. */
float *rl_policy_log_std(const rl_policy *policy);
/* The same of such a policy with other parameters. */
const float *rl_policy_log_std_of(const rl_policy *policy, const float *theta);

/* As rl_network_check_finite, with a log-std that is no parameter. */
rl_status rl_policy_check_finite(const rl_policy *policy, const char *what, rl_error *error);

/* What a masked choice has in place of its logit: no probability, and no gradient. */
#define RL_FORBIDDEN (-1e30f)
/* Where the masks that obs [rows, observation.size] end with forbid a choice its outputs in y are RL_FORBIDDEN. */
void rl_policy_mask(const rl_policy *policy, const float *obs, int rows, float *y);
/* As rl_network_apply and rl_network_apply_rows, with masks: obs -> y [rows, outputs]. */
rl_status rl_policy_apply(rl_policy *policy, const float *obs, int rows, float *y, rl_error *error);
/* memory: as of rl_network_step_rows. */
void rl_policy_apply_rows(const rl_policy *policy, const float *theta, const float *obs, int rows,
                          float *memory, float *y, int worker);
/* RL_BAD_ARGUMENT naming row and factor where a mask, which obs [rows, size] end with, allows nothing. */
rl_status rl_policy_check_masks(const rl_policy *policy, const float *obs, int size, int rows,
                                rl_error *error);

/* Outputs y [rows, outputs], of rl_policy_apply, as action distributions. read_of: of rows that were applied with theta. */
rl_dist rl_policy_read(const rl_policy *policy, const float *y);
rl_dist rl_policy_read_of(const rl_policy *policy, const float *theta, const float *y);
/* Where the gradient of the log-std goes, given dy [rows, outputs] and dextra, the gradient of theta's tail:
 * what the vjp functions of dist.h take. NULL when there is none. */
float *rl_policy_dlog_std(const rl_policy *policy, float *dy, float *dextra);

/* The action distributions in the states obs [rows, observation.size]; valid until the next call. RL_NO_MEMORY, as of all that
 * follow; rows are spread over the threads. */
rl_status rl_policy_dist(rl_policy *policy, const float *obs, int rows, rl_dist *dist, rl_error *error);
/* The same of observations [rows, rl_network_size], with what is remembered of each: memory [rows, rl_network_memory] is
 * read and moves on. */
rl_status rl_policy_step(rl_policy *policy, const float *observations, int rows, float *memory, rl_dist *dist,
                         rl_error *error);
/* The values that the value head gives: [rows]. RL_BAD_ARGUMENT when there is none. */
rl_status rl_policy_value(rl_policy *policy, const float *obs, int rows, float *value, rl_error *error);
/* The same with what is remembered, which moves on. */
rl_status rl_policy_value_step(rl_policy *policy, const float *obs, int rows, float *memory, float *value,
                               rl_error *error);

/* Writes a file that rl_policy_load reads: "policy." and the names of rl_network_save, "action_bounds" [2] of each
 * factor, and the strings "action" (rl_space_text), "action_names" where choices have some, one a line, "std", "value_head", "format". See archive.h for the errors.
 * RL_NOT_FINITE when a parameter is not. A file that was edited elsewhere loads, with `altered` set. */
rl_status rl_policy_save(const rl_policy *policy, const char *path, rl_error *error);
rl_status rl_policy_load(rl_policy *policy, const char *path, rl_error *error);
/* The same beside others in an archive, "<prefix>.*". take wants the same architecture and says what differs;
 * nothing changes on failure. */
rl_status rl_policy_put(const rl_policy *policy, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_policy_take(rl_policy *policy, const rl_archive *archive, const char *prefix, rl_error *error);
/* RL_BAD_SHAPE, giving both, when the policy is for other spaces than those of the environment `name`. */
rl_status rl_policy_fits(const rl_policy *policy, const rl_space *observation, const rl_space *action,
                         const char *name, rl_error *error);

RL_C_END

#endif
