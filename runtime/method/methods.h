/* Which policy-gradient methods there are, and the choices of each. All are one pipeline (method.h) and share
 * one struct of options; a method is a row of the table in methods.c, an option a row of the one in
 * method_options.c. Nothing else knows a method by its name: which options it has follows from its traits. */
#ifndef RL_METHODS_H
#define RL_METHODS_H

#include "method/collector.h"

RL_C_BEGIN

/* What the policy's step improves (objective.h). */
typedef enum rl_objective_kind {
  RL_SCORE,
  RL_SURROGATE,
  RL_CLIPPED,
  RL_PENALIZED,
  RL_SOFT,
  RL_WEIGHTED,
  RL_RATIO,
  RL_DETERMINISTIC
} rl_objective_kind;

typedef enum rl_step_kind {
  RL_STEP_ONCE,    /* of an optimiser, over the whole batch */
  RL_STEP_EPOCHS,  /* of an optimiser, over minibatches, again and again */
  RL_STEP_NATURAL, /* along the natural gradient of the whole batch */
  RL_STEP_WORKERS, /* of an optimiser for each copy, whose worker has parameters of its own (workers.h) */
  RL_STEP_REPLAY   /* of an optimiser, over minibatches from a memory (replay.h) */
} rl_step_kind;

/* How mirror images (base/mirror.h) of the samples take part; the value learns from them in either way.
 *
 *   data     each minibatch with the image of every sample: the image of its observation and action, the same advantage and
 *            target (Abdolhosseini et al. 2019). An image is what the image of the old policy did, with the probability of
 *            its sample: ratios are to that, so that expectations are those of the policy however far it is from symmetric.
 *            What a policy would not do weighs little, and it is not driven away from what did badly elsewhere; with its own
 *            old probability of the image instead, policies come out less symmetric than without images. Where there is no
 *            ratio, it is the weight of the image, but at most 1.
 *   loss     symmetry_coef |mean(s) - image of mean(image of s)|^2 is added to the loss (Yu et al. 2018)
 *   network  nothing is added: policy and value must be symmetric by construction (network/ties.h) */
typedef enum rl_symmetric {
  RL_SYMMETRIC_OFF,
  RL_SYMMETRIC_DATA,
  RL_SYMMETRIC_LOSS,
  RL_SYMMETRIC_NETWORK
} rl_symmetric;

/* What is taken from the advantage of an action beside what its estimator does (baseline.h). */
typedef enum rl_baseline_kind {
  RL_BASELINE_STATE,      /* nothing: it depends on the state alone */
  RL_BASELINE_FACTORISED, /* for each number of the action, what a critic makes of the others */
  RL_BASELINE_Q_PROP      /* what goes straight along the slope of a critic */
} rl_baseline_kind;

/* An option that is not at its row's default, by name. */
typedef struct rl_method_default {
  const char *option;
  double value;
} rl_method_default;

enum { RL_BATCH = 2048 }; /* steps of a batch where nobody says */

typedef struct rl_method_class {
  const char *name, *meaning, *source; /* "ppo"; what it does; the paper */
  rl_objective_kind objective;
  rl_step_kind step;
  bool line_search;                 /* of a natural step */
  bool of_episodes;                 /* its Fisher matrix is that of whole episodes (episodic.h) */
  bool adaptive_penalty;            /* kl_coef follows the KL that was reached */
  bool central;                     /* its critic reads all agents of a world, */
  bool of_actions;                  /* and what they do */
  bool demonstrations;              /* learns from them as well, unless told otherwise */
  int batch;                        /* steps of all copies where nobody says; 0: somebody must */
  bool groups;                      /* compares episodes of copies that begin alike, and asks for no critic */
  rl_method_default defaults[8];    /* up to the first without a name */
  rl_method_default with_critic[2]; /* over those */
} rl_method_class;

const rl_method_class *rl_method_classes(int *count);
/* Whether its critic takes actions. */
static inline bool rl_method_values_actions(const rl_method_class *c) {
  return c->of_actions || c->objective == RL_SOFT || c->objective == RL_WEIGHTED ||
         c->objective == RL_DETERMINISTIC;
}
/* Whether it learns through actions, of a policy that is squashed; whose deviation nothing learns? */
static inline bool rl_method_goes_through_actions(const rl_method_class *c) {
  return c->objective == RL_SOFT || c->objective == RL_DETERMINISTIC;
}
static inline bool rl_method_wants_fixed_std(const rl_method_class *c) {
  return c->objective == RL_DETERMINISTIC;
}
/* Whether it can train recurrent networks: along the gradient, from its own batch. */
static inline bool rl_method_goes_through_time(const rl_method_class *c) {
  return (c->step == RL_STEP_ONCE || c->step == RL_STEP_EPOCHS) && !c->of_actions;
}
const rl_method_class *rl_method_find(const char *name, rl_error *error); /* NULL: names those there are */

/* Whether demonstrations can stand beside its batch: not where a line search judges a step, or episodes are fitted as a
 * whole. */
static inline bool rl_method_may_imitate(const rl_method_class *c) {
  return !c->line_search && !c->of_episodes && c->step != RL_STEP_REPLAY && c->step != RL_STEP_WORKERS;
}

/* Whether its advantages may have another baseline: where one gradient is that of the policy that acted. */
static inline bool rl_method_may_have_baseline(const rl_method_class *c) {
  return !c->of_episodes && !c->of_actions && c->step != RL_STEP_REPLAY && c->step != RL_STEP_WORKERS;
}

typedef struct rl_method_options {
  rl_collect_options collect;
  const char *name; /* of the method */

  /* What is improved. */
  bool normalize_advantage, discounted_gradient;
  rl_baseline_kind baseline;
  double clip, entropy_coef, base_kl_coef, value_clip, value_coef;
  double max_kl;  /* of a trust region, or what the penalty aims at */
  double kl_coef; /* of the penalty: at first, and what it has adapted to */
  rl_symmetric symmetric;
  double symmetry_coef; /* of the loss */
  double demonstration_coef, demonstration_decay;

  /* How. */
  double lr, value_lr; /* of policy and value; natural methods: lr is the value's */
  bool sgd;
  int anneal, epochs, minibatch; /* where the policy takes one step, epochs and minibatch are the value's */
  double max_grad_norm, target_kl;
  double step, damping; /* of natural methods, as what follows */
  int cg_iterations;
  double fisher_fraction;
  int max_backtracks;
  double backtrack_ratio;

  /* Of methods with a memory. */
  int memory, warmup;
  double replay, tau, output_coef, temperature, temperature_lr, target_entropy, advantage_scale;
  bool ratios, correction;
} rl_method_options;

enum { RL_METHOD_ROWS = 53 }; /* of the table of options */

/* The options of a method; NULL: those of any. */
rl_options rl_method_option_table(const rl_method_class *method);

/* What the method's paper or common practice chose. with_value: whether there is a critic. A name that is
 * unknown is left for rl_method_create to complain about. */
rl_method_options rl_method_defaults(const char *name, bool with_value);

/* RL_BAD_ARGUMENT naming the method that there is not or the option that is out of range. */
rl_status rl_method_check(const rl_method_options *options, rl_error *error);

RL_C_END

#endif
