/* Collects experience and says what each action was worth: a rollout (rollout.h), its rewards scaled and
 * clipped (reward_filter.h), and an advantage estimator (advantage.h). A policy-gradient method has one;
 * alone it serves an update of one's own. */
#ifndef RL_COLLECTOR_H
#define RL_COLLECTOR_H

#include "archive/option_state.h"
#include "base/option.h"
#include "episodes/rollout.h"
#include "method/reward_filter.h"

RL_C_BEGIN

enum { RL_MAX_LAG = 64 };

/* Their rows come first in the table of method_options.c. */
typedef struct rl_collect_options {
  uint64_t seed; /* of actions; a method shuffles by it too */
  rl_estimator advantage;
  double gamma, lambda;
  int n_step;
  double rho_clip, c_clip;
  int samples;
  int lag;
  bool episodes;
  int group;
  bool reward_scaling;
  double reward_clip;
  int sequence; /* of recurrent networks: steps that are learnt from as one */
} rl_collect_options;

rl_options rl_collect_option_table(void);
/* with_value: whether there is a critic. */
rl_collect_options rl_collect_defaults(bool with_value);
/* With so much `lag`, and with V-trace where there is a critic. */
void rl_collect_ahead(rl_collect_options *options, int lag, bool with_value);
/* RL_BAD_ARGUMENT naming the option that is out of range. */
rl_status rl_collect_check(const rl_collect_options *options, rl_error *error);

/* What the advantages of the batch were estimated from, and by what: who edits rewards or values in place wants those
 * that follow from them. */
typedef struct rl_estimate_record {
  rl_collect_options options;
  rl_reward_filter filter;            /* before it saw the batch */
  uint64_t inputs, advantage, target; /* marks */
} rl_estimate_record;

typedef struct rl_collector {
  rl_collect_options options, made; /* now; when it was made */
  rl_vec_env *env;
  rl_policy *policy;
  rl_value *value; /* or NULL */
  rl_rollout rollout;
  bool has_rollout, collecting; /* collecting: a batch is half done */
  rl_reward_filter filter;
  struct rl_workers *workers; /* of the method, where each copy has one; or NULL */
  float *reward;              /* [steps, copies] filtered */
  float *ratio;           /* [steps, copies] of the policy's probabilities to those of the one that acted, */
  bool has_ratio;         /* of this batch */
  struct rl_ahead *ahead; /* with option lag, from the first batch on */
  bool handed;            /* of what is being collected: the batch before it is there */
  int steps;              /* of the one that is collected then */
  bool late;              /* batches are late (rollout.h), and nobody asks for advantages */
  bool whole;             /* and have whole worlds (rollout.h) */
  int64_t random_until;   /* batches that begin before so many steps are of actions by chance */
  rl_estimate_record estimated;
  char notice[RL_NOTICE]; /* of the last load: options that stay as they were made here */
} rl_collector;

/* States are valued by a value of their own or by a head on the policy's trunk. */
static inline bool rl_collector_has_critic(const rl_collector *collector) {
  return collector->value || collector->policy->value_head;
}

/* What V-trace weighs the advantage of a cell of the batch with. */
static inline double rl_collector_weight(const rl_collector *collector, int cell) {
  const double ratio = collector->has_ratio ? (double)collector->ratio[cell] : 1.0;
  return ratio < collector->estimated.options.rho_clip ? ratio : collector->estimated.options.rho_clip;
}

/* Env, policy and value (NULL for none) must outlive it. RL_BAD_SHAPE when they do not fit together,
 * RL_BAD_ARGUMENT when the options cannot do with them, saying what to use. */
rl_status rl_collector_init(rl_collector *collector, rl_vec_env *env, rl_policy *policy, rl_value *value,
                            const rl_collect_options *options, rl_error *error);
void rl_collector_release(rl_collector *collector);
/* Between batches. Errors as above; nothing changes then. */
rl_status rl_collector_set(rl_collector *collector, const rl_collect_options *options, rl_error *error);

/* Collecting in pieces: begin, then advance until `done` (rl_rollout_advance); the last piece estimates the
 * advantages. RL_BAD_ARGUMENT while a batch is half done; stop gives that one up.
 *
 * With option lag begin waits for the batch that was collected ahead, and gives its error; the first piece hands that
 * batch over, and the others collect the next, with `steps`, by the policy that there was lag - 1 updates ago. The first
 * time there is none, and two are collected. */
rl_status rl_collector_begin(rl_collector *collector, int steps, rl_error *error);
rl_status rl_collector_advance(rl_collector *collector, bool *done, rl_error *error);
/* The rest of a batch that has begun, without the last part of advance where a thread can do that beside the caller: where
 * there are threads for both, and the environment can be stepped on any. RL_INTERRUPTED gives it up. */
rl_status rl_collector_run(rl_collector *collector, rl_error *error);
double rl_collector_fraction(const rl_collector *collector); /* of what is half done: 0 to 1 */
/* Threads that collect beside the calling one; 0: none do. */
int rl_collector_busy(const rl_collector *collector);
/* Until a batch that is collected ahead is complete, or has failed. */
void rl_collector_wait(const rl_collector *collector);
/* The environment ends before the collector. */
void rl_collector_leave(rl_collector *collector);
void rl_collector_stop(rl_collector *collector);
/* For steps that are taken elsewhere: room for a batch, and what advance does last. */
rl_status rl_collector_open(rl_collector *collector, int steps, rl_error *error);
rl_status rl_collector_finish(rl_collector *collector, rl_error *error);
/* From now on batches are those of workers. */
void rl_collector_employ(rl_collector *collector, struct rl_workers *workers);
/* Before a batch is used: estimates anew where rewards or values have been edited since. Advantages and targets that
 * were edited themselves stay. RL_NO_MEMORY. */
rl_status rl_collector_renew(rl_collector *collector, rl_error *error);

/* Collects `steps` of each copy (of an episode of each, where batches are episodes) into collector->rollout
 * and estimates advantages. Errors as rl_vec_env_step; RL_NOT_FINITE naming a parameter. */
rl_status rl_collector_collect(rl_collector *collector, int steps, rl_error *error);
rl_rollout *rl_collector_rollout(rl_collector *collector); /* NULL before the first collect */

/* Options, streams and counters of the rollout, the reward filter: "<prefix>.option.*", "<prefix>.rollout.*",
 * "<prefix>.rewards.*"; the batch as well where it is asked for, or half done; the one ahead ("<prefix>.ahead.*"), which save
 * waits for. A failed load leaves the object as it was;
 * RL_BAD_FORMAT for an option that was made otherwise and is not live, and `notice` names those that are. */
rl_status rl_collector_save(const rl_collector *collector, rl_archive *archive, const char *prefix,
                            bool with_batch, rl_error *error);
rl_status rl_collector_load(rl_collector *collector, const rl_archive *archive, const char *prefix,
                            rl_error *error);

RL_C_END

#endif
