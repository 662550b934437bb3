/* A policy, a critic and a method on a few copies of the toy environment, for the tests of training: small
 * enough that losses can be differentiated parameter by parameter. */
#ifndef TOY_AGENT_H
#define TOY_AGENT_H

#include "check.h"
#include "episodes/demonstrate.h"
#include "episodes/recording.h"
#include "method/method.h"
#include "toy_env.h"

enum { COPIES = 6, STEPS = 40, ROWS = COPIES * STEPS, OBS = 2, MOST_OBS = 7, MAX_PARAMETERS = 192 };

/* What the networks are; zeros: a policy and a value of two hidden layers, a free log-std. */
typedef struct agent_parts {
  rl_std_kind std;
  bool value_head, no_value, layer_norm, with_base;
  bool no_hidden;    /* linear */
  int history;       /* 0: 1 */
  bool raw;          /* observations are not normalised: an update changes parameters by its step alone */
  rl_symmetric mode; /* of mirror images; of symmetric networks, too */
  rl_normalizer_map normalizer;
} agent_parts;

typedef struct agent {
  rl_vec_env *env;
  rl_policy policy, base;
  rl_value value;
  rl_method *method;
  rl_demonstration demo; /* of random actions, for a method that learns from demonstrations */
  bool has_value, has_base;
} agent;

static inline rl_status demonstrate(rl_demonstration *demo, const rl_env_def *def, rl_error *error) {
  const rl_demonstrated of = rl_demonstrated_of(def);
  const rl_demonstrate_options how = {.episodes = 3, .seed = 5, .max_steps = 30};
  rl_demonstrator d;
  bool done = false;
  rl_status status = rl_demonstration_init(demo, &of, error);
  if (status) return status;
  status = rl_demonstrator_init(&d, demo, def, NULL, NULL, &how, error);
  while (!status && !done) {
    status = rl_choose_actions(NULL, d.env, false, d.streams, NULL, d.action, error);
    if (!status) status = rl_demonstrator_step(&d, &done, error);
  }
  if (!status) status = rl_demonstrator_finish(&d, demo, error);
  rl_demonstrator_release(&d);
  return status;
}

static inline rl_network_options small_network(uint64_t seed, const agent_parts *parts) {
  rl_network_options options =
      rl_network_defaults(0.5f); /* so large that actions depend on observations at once */
  options.n_hidden = parts->no_hidden ? 0 : 2;
  options.normalize = !parts->raw;
  options.normalizer = parts->normalizer;
  options.hidden[0] = 6;
  options.hidden[1] = 5;
  options.layer_norm = parts->layer_norm;
  options.seed = seed;
  if (parts->history) options.history = parts->history;
  return options;
}

/* The methods that there are: tests loop over them, so that a new one is tested by being there. */
static inline int method_count(void) {
  int count;
  rl_method_classes(&count);
  return count;
}

static inline const char *method_name(int i) {
  int count;
  return rl_method_classes(&count)[i].name;
}

static inline const rl_method_class *class_of(const rl_method_options *options) {
  rl_error error;
  return rl_method_find(options->name, &error);
}

/* Learns from a memory; through actions, which are numbers, squashed into their bounds; from a value of actions? */
static inline bool remembers(const rl_method_class *c) { return c->step == RL_STEP_REPLAY; }
static inline bool wants_squash(const rl_method_class *c) { return rl_method_goes_through_actions(c); }
static inline bool values_actions(const rl_method_class *c) {
  return remembers(c) && c->objective != RL_RATIO;
}

/* The environment, or, where the method cannot do with choices, the other one. */
static inline const rl_env_def *suited(const rl_method_class *c, const rl_env_def *def,
                                       const rl_env_def *box) {
  return wants_squash(c) && def->action.kind != RL_BOX ? box : def;
}

static inline rl_status agent_create_of(agent *a, const agent_parts *parts, const rl_env_def *def,
                                        const rl_method_options *options, uint64_t seed, rl_error *error) {
  rl_error unknown;
  const rl_method_class *method = rl_method_find(options->name, &unknown);
  const bool demonstrated = method && method->demonstrations; /* step by step, not with a history */
  agent_parts plain = *parts;
  if (demonstrated) plain.history = 0;
  parts = &plain;
  *a = (agent){.has_value = !parts->no_value, .has_base = parts->with_base};
  rl_policy_options policy = rl_policy_defaults(), base = rl_policy_defaults();
  rl_network_options network = small_network(seed, parts);
  network.symmetric = parts->mode == RL_SYMMETRIC_NETWORK;
  network.symmetry = def->symmetry;
  policy.network = network;
  policy.std = parts->std;
  policy.value_head = parts->value_head;
  policy.squash = wants_squash(class_of(options)) && def->action.kind == RL_BOX;
  base.network =
      small_network(seed + 1000, &(agent_parts){.history = parts->history}); /* it may be built otherwise */
  base.log_std = -0.2f;
  rl_status status = rl_vec_env_create(&a->env, def, COPIES, seed, 0, NULL, error);
  if (!status) status = rl_policy_init(&a->policy, &def->observation, &def->action, &policy, error);
  if (!status && a->has_value)
    status = values_actions(class_of(options))
                 ? rl_action_value_init(&a->value, &def->observation, &def->action, &network, error)
             : options->collect.advantage == RL_COUNTERFACTUAL
                 ? rl_central_value_init(&a->value, &def->observation, &def->action, 1, &network, error)
                 : rl_value_init(&a->value, &def->observation, &network, error);
  if (!status && a->has_base)
    status = rl_policy_init(&a->base, &def->observation, &def->action, &base, error);
  if (!status && demonstrated) status = demonstrate(&a->demo, def, error);
  if (!status)
    status = rl_method_create(&a->method, a->env, &a->policy, a->has_value ? &a->value : NULL,
                              a->has_base ? &a->base : NULL, demonstrated ? &a->demo : NULL, options, error);
  return status;
}

static inline void agent_free(agent *a) {
  rl_method_free(a->method);
  rl_policy_release(&a->policy);
  rl_policy_release(&a->base);
  rl_demonstration_release(&a->demo);
  rl_value_release(&a->value);
  rl_vec_env_free(a->env);
}

/* The method points into the agent, which is why it is filled in place. */
static inline void agent_new_of(agent *a, const agent_parts *parts, const rl_env_def *def,
                                const rl_method_options *options, uint64_t seed) {
  rl_error error;
  assert_ok(agent_create_of(a, parts, def, options, seed, &error));
}

/* Whether a batch can be collected ahead for it: its copies act by one policy. */
static inline bool can_lag(const rl_method_class *c) {
  return c->step != RL_STEP_WORKERS && c->step != RL_STEP_REPLAY && !c->of_actions;
}

/* A method's defaults where they fit the toy: groups of three, a memory that is full in the second batch. */
static inline rl_method_options defaults_of(const char *name) {
  rl_method_options options = rl_method_defaults(name, true);
  if (class_of(&options)->groups) options.collect.group = 3;
  if (remembers(class_of(&options))) {
    options.memory = ROWS + ROWS / 3;
    options.warmup = 0;
    options.replay = 0.03;
  }
  return options;
}

/* Networks that the method can do with, other ones in each of two rounds; three more rounds with mirror images. */
enum { ROUNDS = 5 };
static inline agent_parts parts_of(const rl_method_class *c, int number) {
  const int round = number % 2;
  if (remembers(c)) /* there is no loss of images */
    return (agent_parts){.std = !rl_method_wants_fixed_std(c) ? (rl_std_kind)(number % 3)
                                : round                       ? RL_STD_FIXED
                                                              : RL_STD_FREE,
                         .layer_norm = round == 1,
                         .history = number == 3 ? 2 : 1,
                         .mode = number == 2   ? RL_SYMMETRIC_DATA
                                 : number == 4 ? RL_SYMMETRIC_NETWORK
                                               : RL_SYMMETRIC_OFF};
  if (c->of_actions) return (agent_parts){.std = (rl_std_kind)(number % 3), .layer_norm = round == 1};
  bool natural = c->step == RL_STEP_NATURAL, head = round == 1 && !natural && !c->groups;
  return (agent_parts){.std = !natural ? RL_STD_FREE
                              : round  ? RL_STD_FIXED
                                       : RL_STD_STATE,
                       .value_head = head,
                       .no_value = head || c->groups,
                       .layer_norm = round == 1,
                       .history = 1 + round,
                       .mode = (rl_symmetric)(number < 2 ? 0 : number - 1),
                       .with_base = c->groups || (round == 1 && natural)};
}

/* One of the baselines that depend on the action, where such a method may have it: in the round of symmetric networks. */
static inline rl_baseline_kind baseline_of(const rl_method_class *c, const agent_parts *parts,
                                           const rl_env_def *def) {
  if (!rl_method_may_have_baseline(c) || parts->mode != RL_SYMMETRIC_NETWORK) return RL_BASELINE_STATE;
  if (rl_space_width(&def->action) > 1) return RL_BASELINE_FACTORISED;
  return def->action.kind == RL_BOX ? RL_BASELINE_Q_PROP : RL_BASELINE_STATE;
}

/* With a critic where the method may have one. */
static inline void agent_new(agent *a, const rl_env_def *def, const rl_method_options *options) {
  agent_new_of(a, &(agent_parts){.no_value = class_of(options)->groups}, def, options, 1);
}

static inline rl_rollout *collect(agent *a, int steps) {
  rl_error error;
  assert_ok(rl_method_collect(a->method, steps, &error));
  return rl_method_rollout(a->method);
}

static inline rl_method_stats update(agent *a) {
  rl_error error;
  rl_method_stats stats;
  assert_ok(rl_method_update(a->method, &stats, &error));
  return stats;
}

/* Everything of the agent that is saved. */
static inline rl_archive *state_of(const agent *a) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_method_save(a->method, archive, "method", &error));
  assert_ok(rl_network_save(&a->policy.network, archive, "policy", &error));
  if (a->has_value) assert_ok(rl_network_save(&a->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_save(a->env, archive, "env", &error));
  return archive;
}

static inline void load_state(agent *a, const rl_archive *archive) {
  rl_error error;
  assert_ok(rl_method_load(a->method, archive, "method", &error));
  assert_ok(rl_network_load(&a->policy.network, archive, "policy", &error));
  if (a->has_value) assert_ok(rl_network_load(&a->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_load(a->env, archive, "env", &error));
}

static inline size_t count(const rl_network *network) { return (size_t)network->theta.shape[0]; }

/* Moves the parameters off those the batch was collected with, so that ratios and values differ from the old
 * ones. */
static inline void disturb(rl_network *network, float scale, uint64_t stream) {
  rl_rng rng;
  rl_rng_init(&rng, 1234, stream);
  for (size_t i = 0; i < count(network); i++) network->theta.data[i] += scale * rl_rng_normal(&rng);
}

#endif
