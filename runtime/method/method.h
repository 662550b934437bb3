/* Policy-gradient methods as one pipeline with parts to choose:
 *
 *   rollout -> advantage estimator -> objective -> step
 *   (collector.h)                    (objective.h)  (SGD, Adam, natural gradient, trust region)
 *
 * REINFORCE, actor-critic, A2C, NPG, TRPO, PPO with a clip or a penalty, and GRPO are points in that space:
 * rows of the table in methods.c. The critic is a value of its own, a head on the policy's trunk, or there is
 * none.
 *
 * Policy and value are stepped with their own Adam and their own gradient clipping, so the two train side by
 * side on two threads; with a value head there is one network and one step for both.
 *
 *   rl_method_options options = rl_method_defaults("ppo", true);
 *   rl_method *ppo;
 *   rl_method_create(&ppo, env, policy, value, NULL, NULL, &options, &error);
 *   for (int i = 0; i < 200; i++) {
 *     rl_method_collect(ppo, 2048, &error);   // steps of each copy
 *     rl_method_update(ppo, &stats, &error);
 *   }
 *
 * Both can be done in pieces, with the same results to the byte: a program that must draw does some of them a
 * frame. Then nothing else can be asked of the method until the batch, or the update, is complete.
 *
 *   rl_method_begin_collect(ppo, 128, &error);
 *   while (rl_method_phase_of(ppo) == RL_COLLECTING) rl_method_advance(ppo, &stats, &error);
 */
#ifndef RL_METHOD_H
#define RL_METHOD_H

#include "episodes/demonstration.h"
#include "method/methods.h"

RL_C_BEGIN

/* NaN: the method has no such quantity. */
typedef struct rl_method_stats {
  double approx_kl; /* of the old policy to the new, mean of (ratio - 1) - log ratio: over the last epoch, or
                       after the step where there is only one */
  double kl;        /* the same exactly, after the update; not of PPO with a clip, GRPO and A3C */
  double entropy, policy_loss, value_loss; /* means over the last epoch */
  double clip_fraction;
  double explained_variance; /* of the targets by the values before the update */
  double grad_norm;          /* of the policy, before clipping, mean over the last epoch */
  double base_kl;            /* of the policy to the base, mean over the last epoch */
  double demonstrated;       /* mean log-probability of demonstrated actions, likewise */
  double
      asymmetry; /* |mean action - image of the one of the image|^2, the same mean; where there are images */
  double beta;   /* of the penalty, from now on */
  double improvement; /* of the surrogate objective by the step of a natural method */
  double backtracks;  /* of the line search; -1: no step was good enough, the policy stays */
  double lr;          /* that anneal had left; NaN without it */
  /* Of a method with a memory: */
  double alpha;              /* the temperature, which weighs the entropy, from now on */
  double mean_q;             /* of what the policy does in the steps of the minibatches, by the critics */
  double effective_fraction; /* of a minibatch: as much of it would be worth the same if all weighed alike */
  double gradient_steps, remembered; /* made in this update; steps in the memory */
  int epochs_done;                   /* that the policy began; of a method with a memory 0 */
} rl_method_stats;

typedef struct rl_method rl_method;

/* Env, policy, value and base must outlive it. value: NULL for none; base: a policy that `base_kl_coef` keeps
 * near, or NULL; demo: what `demonstration_coef` makes likely, or NULL; it is copied. RL_BAD_SHAPE when they do not fit together, RL_BAD_ARGUMENT when the method cannot do with
 * them, saying what to use. */
rl_status rl_method_create(rl_method **method, rl_vec_env *env, rl_policy *policy, rl_value *value,
                           rl_policy *base, const rl_demonstration *demo, const rl_method_options *options,
                           rl_error *error);
void rl_method_free(rl_method *method);

const rl_method_options *rl_method_settings(const rl_method *method);
/* Between updates (a schedule); a method stays what it is. RL_BAD_ARGUMENT as at creation; nothing changes
 * then. */
rl_status rl_method_set_options(rl_method *method, const rl_method_options *options, rl_error *error);

/* Collects `steps` of each copy (of an episode of each, where batches are episodes) and estimates advantages.
 * Errors as rl_vec_env_step. */
rl_status rl_method_collect(rl_method *method, int steps, rl_error *error);
const rl_collector *rl_method_collector(const rl_method *method);
rl_rollout *rl_method_rollout(rl_method *method); /* NULL before the first collect */

/* With option lag the environment is a thread's between collect and the next one: this waits until the batch that is
 * collected ahead is complete. Save does that too. */
void rl_method_wait(const rl_method *method);
/* The environment ends before the method. */
void rl_method_leave(rl_method *method);

typedef enum rl_method_phase { RL_IDLE, RL_COLLECTING, RL_UPDATING } rl_method_phase;

/* In pieces. begin does what can be refused, with the errors of collect and update. advance does the next
 * piece: a step of all copies, a minibatch, an iteration of a conjugate gradient, a try of a line search ...
 * The method is idle when all is done, and `stats` are then those of an update, or when advance fails, with
 * the state that collect or update leave then. RL_BAD_ARGUMENT: nothing is begun, or an agent has the batch
 * (agent.h). */
rl_status rl_method_begin_collect(rl_method *method, int steps, rl_error *error);
rl_status rl_method_begin_update(rl_method *method, rl_error *error);
rl_status rl_method_advance(rl_method *method, rl_method_stats *stats, rl_error *error);
rl_method_phase rl_method_phase_of(const rl_method *method);
double rl_method_fraction(const rl_method *method); /* of the phase: 0 to 1 */
/* Gives up what is half done: policy and value are as before the update, the copies stay where they are. */
void rl_method_stop(rl_method *method);

/* Trains on the collected batch, then takes its observations into the normalisers. RL_NOT_FINITE naming the
 * quantity; policy and value are then as they were before the call. RL_BAD_ARGUMENT without a fresh batch. */
rl_status rl_method_update(rl_method *method, rl_method_stats *stats, rl_error *error);

/* Steps of whoever took them, in arrays: obs and next_obs [count, what the policy reads], action [count, action], the others
 * [count]. */
typedef struct rl_steps {
  int count;
  const float *obs, *action, *reward;
  const float *next_obs;   /* what was seen after the step, whatever where it terminated */
  const float *terminated; /* 1 where nothing comes after it, else 0 */
  const float *log_prob;   /* of the action, by who took it; NULL: nobody knows */
  const float
      *valid; /* 0 where none was taken: the agent had ended, and its world went on; NULL: 1 everywhere */
} rl_steps;

/* Takes them into the memory of a method that has one, and into the statistics of its normalisers. RL_NOT_FINITE or
 * RL_BAD_ARGUMENT naming the step; nothing is taken then. */
rl_status rl_method_remember(rl_method *method, const rl_steps *steps, rl_error *error);
/* The steps of demonstrations, which may be of anybody, but nobody knows how likely they were: not for off_pac. RL_BAD_SHAPE when
 * they are of another environment. */
rl_status rl_method_remember_shown(rl_method *method, const rl_demonstration *demo, rl_error *error);
int rl_method_remembered(const rl_method *method); /* steps in its memory; 0: none, or no memory */

/* So many gradient steps on what the memory has, without a batch: offline. begin is for pieces, as begin_update. RL_BAD_ARGUMENT
 * when the memory has fewer steps than a minibatch; a batch that waits for its update still waits then. */
rl_status rl_method_begin_offline(rl_method *method, int64_t steps, rl_error *error);
rl_status rl_method_update_offline(rl_method *method, int64_t steps, rl_method_stats *stats, rl_error *error);

/* Gradients of the losses over the samples `index` [rows] of the batch, as one minibatch: dpolicy [policy
 * parameters], dvalue [value parameters] (may be NULL, as without a value). No step is taken. Errors as
 * rl_method_update; RL_BAD_ARGUMENT for an index that is not of a step taken. */
rl_status rl_method_gradient(rl_method *method, const int *index, int rows, float *dpolicy, float *dvalue,
                             rl_error *error);

/* Options, optimisers, streams, counters, the reward filter: "<prefix>.*"; a batch that waits for its update, or what is
 * half done. Networks and environment save themselves. Loaded by a method of the same name and sizes: RL_BAD_FORMAT says
 * what differs; of options that are live, one that was made otherwise stays as it is here, and `notice` names it. An
 * update that was half done is taken up by the first piece that is asked for; policy and value are loaded by then. A
 * failed load changes nothing. */
rl_status rl_method_save(const rl_method *method, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_method_load(rl_method *method, const rl_archive *archive, const char *prefix, rl_error *error);
const char *rl_method_notice(const rl_method *method); /* of the last load; "": there is none */
bool rl_method_has_batch(const rl_method *method);     /* that an update can take */

RL_C_END

#endif
