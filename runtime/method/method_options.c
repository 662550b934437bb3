/* The options of methods and of collecting, and who has which. */
#include "method/methods.h"

#include <assert.h>

/* Traits, by which options are handed out. */
enum {
  ROLLOUT = 1,      /* collects without a method */
  BATCH = 2,        /* learns from its batch */
  OWN_EPISODES = 4, /* may choose what a batch is: compares no groups */
  GROUPS = 8,
  DESCENDS = 16, /* the policy takes an optimiser's steps, */
  EPOCHS = 32,   /* more than one a batch */
  NATURAL = 64,
  OWN_LENGTH = 128, /* a natural step without a line search */
  LINE_SEARCH = 256,
  CLIPS = 512,
  PENALTY = 1024,
  ADAPTS = 2048,
  REPLAY = 4096,        /* learns from a memory */
  IN_STEP = 8192,       /* from a batch for which all copies act, and learn, by the same parameters */
  DEMONSTRATED = 16384, /* demonstrations can stand beside its batch */
  THROUGH_TIME = 32768, /* may train recurrent networks */
  SOFT = 65536,         /* learns from a memory as a soft actor-critic, */
  WEIGHTED = 131072,    /* by weighted likelihood, */
  RATIO = 262144,       /* by ratios to who acted */
  BASELINE = 524288,    /* its advantages may have another baseline */
  AHEAD = 1048576,      /* may learn from a batch that was collected ahead */
  MEAN = 2097152        /* learns from a memory through the policy's mean */
};

#define AT(field)      offsetof(rl_method_options, field)
#define NUMBER(field)  RL_OPTION_NUMBER, AT(field)
#define INTEGER(field) RL_OPTION_INTEGER, AT(field)
#define BOOLEAN(field) RL_OPTION_BOOLEAN, AT(field)

static const char *const symmetric_names[] = {"false", "data", "loss", "network", NULL}; /* rl_symmetric */

static const char *const baseline_names[] = {"state", "factorised", "q_prop", NULL}; /* rl_baseline_kind */

/* name, unit, meaning, default, min, max, choices, type (place), traits, live, name in version 0.1 */
static const rl_option table[] = {
    {"seed", "", "of actions and shuffles", 1, 0, 0x1p53, NULL, RL_OPTION_SEED, AT(collect.seed), 0, false,
     NULL},
    {"advantage", "", "the estimator of how good an action was", RL_GAE, 0, RL_ESTIMATORS - 1,
     rl_estimator_names, RL_OPTION_CHOICE, AT(collect.advantage), ROLLOUT | BATCH, true, NULL},
    {"gamma", "", "discount of rewards, by step", 0.99, 0, 1, NULL, NUMBER(collect.gamma), 0, true, NULL},
    {"lambda", "", "of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns", 0.95,
     0, 1, NULL, NUMBER(collect.lambda), ROLLOUT | BATCH, true, NULL},
    {"n_step", "steps", "rewards before the critic: of advantages q and advantage", 5, 1, 1 << 24, NULL,
     INTEGER(collect.n_step), ROLLOUT | BATCH, true, NULL},
    {"rho_clip", "",
     "of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step", 1, 0,
     1e6, NULL, NUMBER(collect.rho_clip), ROLLOUT | BATCH | RATIO, true, NULL},
    {"c_clip", "", "of advantage vtrace: most that the ratio weighs what comes after a step", 1, 0, 1e6, NULL,
     NUMBER(collect.c_clip), ROLLOUT | BATCH, true, NULL},
    {"samples", "actions",
     "of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it "
     "is not a sum "
     "over one choice",
     8, 1, 4096, NULL, INTEGER(collect.samples), ROLLOUT | BATCH, true, NULL},
    {"lag", "batches",
     "the policy that acts is so many updates old, and the next batch is collected while this one is learnt "
     "from; advantage is vtrace then, unless another is given",
     0, 0, RL_MAX_LAG, NULL, INTEGER(collect.lag), ROLLOUT | AHEAD, false, NULL},
    {"episodes", "", "a batch is one episode of each copy, else it goes on where the copies stand", false, 0,
     1, NULL, BOOLEAN(collect.episodes), ROLLOUT | OWN_EPISODES, true, NULL},
    {"group", "copies", "how many in a row begin alike; 1: none", 1, 1, 1 << 16, NULL, INTEGER(collect.group),
     ROLLOUT | GROUPS, true, NULL},
    {"reward_scaling", "", "rewards are divided by the deviation of a running discounted sum", false, 0, 1,
     NULL, BOOLEAN(collect.reward_scaling), ROLLOUT | BATCH, true, NULL},
    {"reward_clip", "", "rewards are clipped to plus or minus this, after scaling; 0: off", 0, 0, 1e9, NULL,
     NUMBER(collect.reward_clip), ROLLOUT | BATCH, true, NULL},
    {"sequence", "steps",
     "of recurrent networks: batches are cut so, and gradients go back to where a part begins", 32, 1,
     RL_ROWS, NULL, INTEGER(collect.sequence), ROLLOUT | THROUGH_TIME, false, NULL},
    {"normalize_advantage", "", "advantages get mean 0 and deviation 1, by minibatch", true, 0, 1, NULL,
     BOOLEAN(normalize_advantage), BATCH, true, NULL},
    {"discounted_gradient", "", "step t of an episode weighs gamma^t, as in the policy gradient theorem",
     false, 0, 1, NULL, BOOLEAN(discounted_gradient), BATCH, true, NULL},
    {"baseline", "",
     "what is taken from advantages beside what their estimator does: nothing (state); for each number or "
     "choice of an action what a critic makes of the others (factorised); what goes along that critic's "
     "slope, which is put back as an expectation (q_prop)",
     RL_BASELINE_STATE, 0, RL_BASELINE_Q_PROP, baseline_names, RL_OPTION_CHOICE, AT(baseline), BASELINE,
     false, NULL},
    {"clip", "",
     "of the probability ratio: beyond 1 plus or minus this the objective no longer rises; 0: off", 0.2, 0,
     1e6, NULL, NUMBER(clip), CLIPS, true, NULL},
    {"entropy_coef", "", "weight of the entropy bonus: more of it explores more", 0, -1e3, 1e3, NULL,
     NUMBER(entropy_coef), BATCH | RATIO, true, "entropy"},
    {"base_kl_coef", "", "weight of the KL to the base policy", 0, 0, 1e6, NULL, NUMBER(base_kl_coef), BATCH,
     true, "base_kl"},
    {"value_clip", "", "the value moves at most this far from its old one; 0: off", 0, 0, 1e9, NULL,
     NUMBER(value_clip), BATCH, true, NULL},
    {"value_coef", "", "weight of the value's loss", 0.5, 0, 1e6, NULL, NUMBER(value_coef), BATCH, true,
     NULL},
    {"max_kl", "nats", "KL of the old policy to the new that a step may reach, or that the penalty aims at",
     0.01, 1e-9, 1e3, NULL, NUMBER(max_kl), NATURAL | ADAPTS, true, "kl"},
    {"kl_coef", "", "weight of the KL penalty, at first", 1, 0, 1e9, NULL, NUMBER(kl_coef), PENALTY, true,
     "beta"},

    {"symmetric", "",
     "how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that "
     "are symmetric "
     "(network)",
     RL_SYMMETRIC_OFF, 0, RL_SYMMETRIC_NETWORK, symmetric_names, RL_OPTION_CHOICE, AT(symmetric),
     BATCH | REPLAY, true, NULL},
    {"symmetry_coef", "", "weight of the loss that symmetric = \"loss\" adds", 4, 0, 1e6, NULL,
     NUMBER(symmetry_coef), BATCH, true, NULL},

    {"demonstration_coef", "",
     "weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: "
     "off",
     0, 0, 1e6, NULL, NUMBER(demonstration_coef), DEMONSTRATED, true, NULL},
    {"demonstration_decay", "", "factor on that weight after every update", 0.95, 0, 1, NULL,
     NUMBER(demonstration_decay), DEMONSTRATED, true, NULL},

    {"lr", "", "learning rate of policy and value; where the policy takes natural steps, of the value alone",
     3e-4, 0, 10, NULL, NUMBER(lr), BATCH | REPLAY, true, NULL},
    {"value_lr", "", "learning rate of the value; 0: lr", 0, 0, 10, NULL, NUMBER(value_lr), DESCENDS, true,
     NULL},
    {"sgd", "", "plain gradient steps instead of those of Adam, or RMSProp", false, 0, 1, NULL, BOOLEAN(sgd),
     DESCENDS, true, NULL},
    {"anneal", "updates", "time in which lr falls to 0; 0: never", 0, 0, 1e9, NULL, INTEGER(anneal),
     BATCH | REPLAY, true, NULL},
    {"epochs", "", "passes over the batch; where the policy takes one step, of the value alone", 10, 1, 1000,
     NULL, INTEGER(epochs), IN_STEP, true, NULL},
    {"minibatch", "steps",
     "size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch", 64, 0,
     1 << 28, NULL, INTEGER(minibatch), IN_STEP | REPLAY, true, NULL},
    {"max_grad_norm", "", "a longer gradient is scaled to this norm; 0: never", 0.5, 0, 1e9, NULL,
     NUMBER(max_grad_norm), BATCH | REPLAY, true, NULL},
    {"target_kl", "nats", "the policy rests once a minibatch's KL is over 1.5 times this; 0: off", 0, 0, 1e6,
     NULL, NUMBER(target_kl), EPOCHS, true, NULL},
    {"step", "", "theta += step F^-1 g; 0: as long as max_kl allows", 0, 0, 1e6, NULL, NUMBER(step),
     OWN_LENGTH, true, NULL},
    {"damping", "", "added to the diagonal of the Fisher matrix", 0.1, 0, 1e6, NULL, NUMBER(damping), NATURAL,
     true, NULL},
    {"cg_iterations", "", "steps of conjugate gradient towards the natural direction", 10, 1, 1000, NULL,
     INTEGER(cg_iterations), NATURAL, true, NULL},
    {"fisher_fraction", "", "share of the batch that the Fisher matrix is taken on", 1, 1e-6, 1, NULL,
     NUMBER(fisher_fraction), NATURAL, true, NULL},
    {"max_backtracks", "", "tries of the line search", 10, 1, 100, NULL, INTEGER(max_backtracks), LINE_SEARCH,
     true, "backtracks"},
    {"backtrack_ratio", "", "each try is this share of the one before", 0.8, 0.01, 0.99, NULL,
     NUMBER(backtrack_ratio), LINE_SEARCH, true, NULL},

    {"memory", "steps",
     "remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest", 250000, 1,
     1 << 28, NULL, INTEGER(memory), REPLAY, false, NULL},
    {"warmup", "steps", "before anything is learnt; batches that begin before are of actions by chance", 1000,
     0, 1 << 28, NULL, INTEGER(warmup), REPLAY, true, NULL},
    {"replay", "", "gradient steps for each step that is collected", 1, 0, 1000, NULL, NUMBER(replay), REPLAY,
     true, NULL},
    {"tau", "",
     "share of the critics, and of a deterministic policy, that their slow copies take over with "
     "each gradient step",
     0.005, 0, 1, NULL, NUMBER(tau), SOFT | WEIGHTED | MEAN, true, NULL},
    {"output_coef", "",
     "weight of the mean square of what the policy gives before its bounds, which keeps actions off them",
     1e-3, 0, 1e6, NULL, NUMBER(output_coef), MEAN, true, NULL},
    {"temperature", "", "weight of the entropy, at first", 1, 0, 1e6, NULL, NUMBER(temperature), SOFT, false,
     NULL},
    {"temperature_lr", "", "learning rate of the temperature; 0: it stays", 3e-4, 0, 10, NULL,
     NUMBER(temperature_lr), SOFT, true, NULL},
    {"target_entropy", "nats",
     "that the temperature aims at, for each number of an action as if its bounds were -1 and 1", -1, -100,
     0.69, NULL, NUMBER(target_entropy), SOFT, true, NULL},
    {"advantage_scale", "", "a step weighs exp(advantage / this): small values imitate the best only", 1,
     1e-9, 1e9, NULL, NUMBER(advantage_scale), WEIGHTED, true, NULL},
    {"ratios", "", "a step weighs by how likely the policy would take it, to who took it; false: all alike",
     true, 0, 1, NULL, BOOLEAN(ratios), RATIO, true, NULL},
    {"correction", "", "the value learns with the gradient correction; false: by plain TD errors", true, 0, 1,
     NULL, BOOLEAN(correction), RATIO, true, NULL},
};

enum { COLLECT_ROWS = 14 };

/* Rows of rl_collect_options serve in both structs. */
static_assert(AT(collect) == 0, "what is collected comes first");
static_assert(sizeof table / sizeof *table == RL_METHOD_ROWS, "the number that methods.h gives");

rl_options rl_collect_option_table(void) { return (rl_options){table, COLLECT_ROWS, ROLLOUT}; }

static unsigned traits_of(const rl_method_class *c) {
  unsigned traits = (c->step == RL_STEP_REPLAY ? REPLAY : BATCH) | (c->groups ? GROUPS : OWN_EPISODES);
  traits |= c->step == RL_STEP_NATURAL ? NATURAL : DESCENDS;
  if (rl_method_goes_through_time(c)) traits |= THROUGH_TIME;
  if (c->step != RL_STEP_WORKERS && c->step != RL_STEP_REPLAY)
    traits |= IN_STEP | (c->of_actions ? 0 : AHEAD);
  if (c->step == RL_STEP_NATURAL) traits |= c->line_search ? LINE_SEARCH : OWN_LENGTH;
  if (c->step == RL_STEP_EPOCHS) traits |= EPOCHS;
  if (rl_method_may_imitate(c)) traits |= DEMONSTRATED;
  if (rl_method_may_have_baseline(c)) traits |= BASELINE;
  if (c->objective == RL_CLIPPED) traits |= CLIPS;
  if (c->objective == RL_PENALIZED) traits |= PENALTY;
  if (c->objective == RL_SOFT) traits |= SOFT;
  if (c->objective == RL_WEIGHTED) traits |= WEIGHTED;
  if (c->objective == RL_RATIO) traits |= RATIO;
  if (c->objective == RL_DETERMINISTIC) traits |= MEAN;
  return traits | (c->adaptive_penalty ? ADAPTS : 0U);
}

rl_options rl_method_option_table(const rl_method_class *c) {
  return (rl_options){table, RL_METHOD_ROWS, c ? traits_of(c) : ~0U};
}
