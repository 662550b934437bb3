/* The choices of a policy-gradient method. All methods are one pipeline (method.h) and share one struct of
 * options; which of them a method has, and what it starts from, is the table in method_options.c, the only
 * place where an option is listed: checks, bindings and printed configurations go by it. */
#ifndef RL_METHOD_OPTIONS_H
#define RL_METHOD_OPTIONS_H

#include "base/option.h"
#include "episodes/advantage.h"

RL_C_BEGIN

typedef enum rl_method_kind {
  RL_REINFORCE,    /* Williams 1992 */
  RL_ACTOR_CRITIC, /* one-step, Sutton & Barto 2018, 13.5 */
  RL_A2C,          /* Mnih et al. 2016, synchronous */
  RL_NPG,          /* Kakade 2002 */
  RL_TRPO,         /* Schulman et al. 2015 */
  RL_PPO,          /* Schulman et al. 2017, clipped */
  RL_PPO_PENALTY,  /* the same, adaptive KL penalty */
  RL_GRPO,         /* Shao et al. 2024, but the mean is over all steps: longer episodes weigh more */
  RL_ROLLOUT,      /* no method: collects and estimates, for an update of one's own */
  RL_METHODS
} rl_method_kind;

extern const char *const rl_method_names[RL_METHODS + 1]; /* "reinforce" ...; NULL-terminated */

typedef struct rl_method_options {
  rl_method_kind kind;
  uint64_t seed; /* of actions and shuffles */

  /* What is collected, and what each action is worth. */
  bool episodes; /* a batch is one episode of each copy, else goes on from where the copies stand */
  int group;     /* copies in a row that begin alike; 1: none */
  rl_estimator advantage;
  double gamma, lambda;     /* discount; of gae */
  int n_step;               /* of q and advantage */
  bool reward_scaling;      /* reward_filter.h */
  double reward_clip;       /* 0: off */
  bool normalize_advantage; /* to mean 0 and deviation 1, by minibatch */
  bool discounted_gradient; /* weighs step t of an episode by gamma^t, as the theorem has it */

  /* What is improved (objective.h). */
  double clip; /* 0: off */
  double entropy, base_kl, value_clip, value_coef;
  double kl;   /* trust region, or what the penalty aims at */
  double beta; /* of the penalty: at first, and what it has adapted to */

  /* How. */
  double lr;            /* of the policy, and of the value; natural methods: of the value only */
  double value_lr;      /* of the value; 0: lr */
  bool sgd;             /* plain steps instead of Adam's */
  int anneal;           /* updates over which lr falls to 0; 0: never */
  int epochs;           /* over the batch; one-step and natural methods: of the value only */
  int minibatch;        /* as epochs; 0: the whole batch */
  double max_grad_norm; /* 0: off */
  double target_kl;     /* the policy rests once a minibatch's KL is over 1.5 times this; 0: off */
  double step;          /* NPG: theta += step F^-1 g; 0: as long as `kl` allows */
  double damping;
  int cg_iterations;
  double fisher_fraction; /* of the batch that the Fisher matrix is taken on */
  int backtracks;
  double backtrack_ratio;
} rl_method_options;

/* The options of a kind; traits are 1 << kind. */
rl_options rl_method_option_table(rl_method_kind kind);

/* What the method's paper or common practice chose. with_value: whether there is a critic, which REINFORCE
 * takes as its baseline. */
rl_method_options rl_method_defaults(rl_method_kind kind, bool with_value);

/* RL_BAD_ARGUMENT naming the option that is out of range. */
rl_status rl_method_check(const rl_method_options *options, rl_error *error);

RL_C_END

#endif
