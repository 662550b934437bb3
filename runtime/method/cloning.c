#include "method/cloning.h"

#include "base/memory.h"
#include "base/stop.h"
#include "base/vector.h"

#include <math.h>
#include <string.h>

#define ROW(kind, member, ...) RL_ROW(rl_cloning_options, kind, member, __VA_ARGS__)

static const char *const symmetric_names[] = {"false", "data", NULL};

static const rl_option table[] = {
    ROW(SEED, seed, "seed", "", "of what is held out, and of shuffles", 1, 0, 0x1p53),
    ROW(NUMBER, lr, "lr", "", "learning rate of Adam", 1e-3, 0, 10, .live = true),
    ROW(INTEGER, epochs, "epochs", "", "passes over the demonstrations, at most", 100, 1, 1 << 20,
        .live = true),
    ROW(INTEGER, minibatch, "minibatch", "steps", "size of a minibatch; 0: all at once", 256, 0, 1 << 28),
    ROW(NUMBER, held_out, "held_out", "",
        "share of the episodes that is not learnt from; of a single one, of its steps, the last", 0.1, 0,
        0.9),
    ROW(INTEGER, patience, "patience", "epochs",
        "without a better likelihood of what is held out, after which it stops; 0: never", 10, 0, 1 << 20,
        .live = true),
    ROW(NUMBER, entropy_coef, "entropy_coef", "", "weight of an entropy bonus: keeps the policy exploring", 0,
        -1e3, 1e3, .live = true),
    ROW(NUMBER, max_grad_norm, "max_grad_norm", "", "a longer gradient is scaled to this norm; 0: never", 0,
        0, 1e9, .live = true),
    ROW(CHOICE, symmetric, "symmetric", "", "data: mirror images of the steps are learnt from as well",
        RL_SYMMETRIC_OFF, 0, RL_SYMMETRIC_DATA, symmetric_names),
};

rl_options rl_cloning_option_table(void) { return (rl_options)RL_ROWS(table); }

enum { COUNTERS = 3 }; /* epochs, epochs since the best, how it stopped */

typedef enum stage { IDLE, TRAIN, MEASURE } stage;

struct rl_cloning {
  rl_cloning_options options, made;
  rl_policy *policy;
  rl_imitation data;
  int *learnt, n_learnt;          /* [samples] those that are learnt from, */
  int *held, n_held;              /* and those that are held out */
  int *order;                     /* [n_learnt] of this epoch */
  rl_rng shuffle, shuffle_before; /* before: as the epoch found it */
  float *best_theta;
  double best; /* of held_out, or of the training where nothing is held out */
  int epoch, since_best;
  rl_cloning_end end;
  stage stage;
  int next;                              /* of the order */
  bool passing;                          /* in the middle of a pass */
  double likelihood, entropy, grad_norm; /* sums of the epoch */
  int minibatches;
  char notice[RL_NOTICE];
};

static size_t parameters(const rl_cloning *c) { return (size_t)c->policy->network.theta.shape[0]; }

/* Which steps are held out: whole episodes, drawn at random; an image goes where its step goes. */
static rl_status split(rl_cloning *c, const rl_demonstration *demo, rl_error *error) {
  const int steps = (int)demo->steps, episodes = (int)demo->episodes, images = c->data.samples / steps;
  int *draw = rl_allocate((size_t)episodes, sizeof *draw);
  uint8_t *out = rl_allocate((size_t)steps, 1);
  rl_status status = draw && out ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a split");
  if (!status && episodes > 1 && c->options.held_out > 0.0) {
    rl_rng rng;
    rl_rng_init_use(&rng, c->options.seed, RL_STREAM_SHUFFLE, 1);
    for (int e = 0; e < episodes; e++) draw[e] = e;
    rl_rng_shuffle(&rng, draw, episodes);
    int count = (int)ceil(c->options.held_out * episodes);
    count = count < episodes ? count : episodes - 1;
    for (int k = 0; k < count; k++)
      for (int64_t t = draw[k] ? demo->end[draw[k] - 1] : 0; t < demo->end[draw[k]]; t++) out[t] = 1;
  } else if (!status) {
    for (int t = steps - (int)(c->options.held_out * steps); t < steps; t++) out[t] = 1;
  }
  for (int i = 0; !status && i < steps * images; i++) {
    if (out[i % steps])
      c->held[c->n_held++] = i;
    else
      c->learnt[c->n_learnt++] = i;
  }
  rl_release(draw);
  rl_release(out);
  return status;
}

static void observe(rl_cloning *c, const rl_symmetry *symmetry) {
  rl_network *network = &c->policy->network;
  if (network->normalizer.size == 0 || network->normalizer.count > 0.0) return;
  rl_normalizer *normalizer = &network->normalizer;
  rl_normalizer_update_all(&normalizer, 1, c->data.obs, network->mlp.inputs, NULL, c->data.samples);
  if (rl_network_is_symmetric(network) && !symmetry)
    rl_normalizer_mirror(&network->normalizer, &network->ties.input);
}

static int minibatch_of(const rl_cloning *c) {
  const int most = c->options.minibatch;
  return most == 0 || most > c->n_learnt ? c->n_learnt : most;
}

static rl_status acquire(rl_cloning *c, const rl_demonstration *demo, const rl_symmetry *symmetry,
                         rl_error *error) {
  rl_status status = rl_imitation_init(&c->data, c->policy, demo, symmetry, error);
  if (status) return status;
  c->learnt = rl_allocate((size_t)c->data.samples, sizeof(int));
  c->order = rl_allocate((size_t)c->data.samples, sizeof(int));
  c->held = rl_allocate((size_t)c->data.samples, sizeof(int));
  c->best_theta = rl_allocate(parameters(c), sizeof(float));
  if (!c->learnt || !c->order || !c->held || !c->best_theta)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for %d demonstrated steps", c->data.samples);
  status = split(c, demo, error);
  return status ? status : rl_policy_check_finite(c->policy, "policy", error);
}

rl_status rl_cloning_create(rl_cloning **out, rl_policy *policy, const rl_demonstration *demo,
                            const rl_symmetry *symmetry, const rl_cloning_options *options, rl_error *error) {
  *out = NULL;
  rl_status status = rl_options_check(rl_cloning_option_table(), options, error);
  if (status) return status;
  rl_cloning *c = rl_allocate(1, sizeof *c);
  if (!c) return rl_fail(error, RL_NO_MEMORY, "out of memory for cloning");
  c->options = c->made = *options;
  c->policy = policy;
  c->best = -INFINITY;
  if (options->symmetric == RL_SYMMETRIC_OFF) symmetry = NULL;
  rl_rng_init_use(&c->shuffle, options->seed, RL_STREAM_SHUFFLE, 0);
  status = acquire(c, demo, symmetry, error);
  if (!status) {
    observe(c, symmetry);
    memcpy(c->best_theta, policy->network.theta.data, parameters(c) * sizeof(float));
    *out = c;
  } else {
    rl_cloning_free(c);
  }
  return status;
}

void rl_cloning_free(rl_cloning *c) {
  if (!c) return;
  rl_imitation_release(&c->data);
  rl_release(c->learnt);
  rl_release(c->order);
  rl_release(c->held);
  rl_release(c->best_theta);
  rl_release(c);
}

static rl_status begin(rl_cloning *c, rl_error *error) {
  if (c->end) return rl_fail(error, RL_BAD_ARGUMENT, "it has stopped after %d epochs", c->epoch);
  rl_status status = rl_policy_check_finite(c->policy, "policy", error);
  const int most = minibatch_of(c) > c->n_held ? minibatch_of(c) : c->n_held;
  if (!status) status = rl_imitation_begin(&c->data, most, c->options.entropy_coef, error);
  if (status) return status;
  c->shuffle_before = c->shuffle;
  memcpy(c->order, c->learnt, (size_t)c->n_learnt * sizeof *c->order);
  if (minibatch_of(c) < c->n_learnt) rl_rng_shuffle(&c->shuffle, c->order, c->n_learnt);
  c->likelihood = c->entropy = c->grad_norm = 0.0;
  c->next = c->minibatches = 0;
  c->stage = TRAIN;
  return RL_OK;
}

/* A part of a pass over these samples; true with the last. */
static bool pass(rl_cloning *c, rl_pass kind, const int *index, int rows) {
  if (!c->passing) {
    rl_imitation_weigh(&c->data, index, rows, 1.0);
    rl_learner_start(&c->data.learner, kind, index, rows, NULL);
  }
  c->passing = rl_learner_go_on(&c->data.learner);
  return !c->passing;
}

static rl_status not_finite(rl_cloning *c, const char *what, rl_error *error) {
  rl_learner_restore(&c->data.learner);
  c->shuffle = c->shuffle_before;
  c->stage = IDLE;
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (epoch %d); the policy keeps its last good parameters. A smaller lr (now "
                 "%g) may help",
                 what, c->epoch + 1, c->options.lr);
}

static rl_status train(rl_cloning *c, rl_error *error) {
  rl_learner *learner = &c->data.learner;
  const int left = c->n_learnt - c->next, rows = left < minibatch_of(c) ? left : minibatch_of(c);
  if (!pass(c, RL_PASS_GRADIENT, c->order + c->next, rows)) return RL_OK;
  if (!(learner->gradient_norm < RL_MAX_GRADIENT)) return not_finite(c, "the gradient", error);
  c->likelihood -= learner->stats[RL_STAT_POLICY_LOSS];
  c->entropy += learner->stats[RL_STAT_ENTROPY];
  c->grad_norm += learner->gradient_norm;
  c->minibatches++;
  rl_learner_step(learner, RL_ADAM, c->options.lr, c->options.max_grad_norm);
  c->next += rows;
  if (c->next == c->n_learnt) c->stage = MEASURE;
  return RL_OK;
}

/* The epoch is over; held_out: NaN where nothing is. */
static rl_status conclude(rl_cloning *c, double held_out, rl_cloning_stats *stats, rl_error *error) {
  rl_error bad;
  if (rl_policy_check_finite(c->policy, "policy", &bad)) return not_finite(c, "a parameter", error);
  const double likelihood = c->likelihood / c->n_learnt, judged = c->n_held ? held_out : likelihood;
  if (!isfinite(judged)) return not_finite(c, "the likelihood", error);
  float *theta = c->policy->network.theta.data;
  const bool better = judged > c->best || c->n_held == 0; /* nothing held out: the last is the best */
  c->epoch++;
  c->since_best = better ? 0 : c->since_best + 1;
  if (better) {
    c->best = judged;
    memcpy(c->best_theta, theta, parameters(c) * sizeof *theta);
  }
  if (c->epoch >= c->options.epochs) c->end = RL_CLONED_EPOCHS;
  if (c->options.patience && c->since_best >= c->options.patience) c->end = RL_CLONED_HELD_OUT;
  if (c->end) memcpy(theta, c->best_theta, parameters(c) * sizeof *theta);
  *stats = (rl_cloning_stats){.epoch = c->epoch,
                              .likelihood = likelihood,
                              .held_out = held_out,
                              .entropy = c->entropy / c->n_learnt,
                              .best = c->n_held ? c->best : (double)NAN,
                              .grad_norm = c->grad_norm / c->minibatches};
  c->stage = IDLE;
  return RL_OK;
}

rl_status rl_cloning_advance(rl_cloning *c, bool *done, rl_cloning_stats *stats, rl_error *error) {
  *done = false;
  if (c->stage == IDLE) return begin(c, error);
  if (c->stage == TRAIN) return train(c, error);
  double held_out = (double)NAN;
  if (c->n_held) {
    if (!pass(c, RL_PASS_EVALUATE, c->held, c->n_held)) return RL_OK;
    held_out = rl_imitation_likelihood(&c->data, c->n_held);
  }
  *done = true;
  return conclude(c, held_out, stats, error);
}

rl_status rl_cloning_update(rl_cloning *c, rl_cloning_stats *stats, rl_error *error) {
  bool done = false;
  rl_status status = RL_OK;
  while (!status && !done) {
    status = rl_stop_check(error);
    if (!status) status = rl_cloning_advance(c, &done, stats, error);
  }
  if (status == RL_INTERRUPTED && c->stage != IDLE) { /* the epoch is given up */
    rl_learner_restore(&c->data.learner);
    c->shuffle = c->shuffle_before;
    c->stage = IDLE;
    c->passing = false;
  }
  return status;
}

rl_cloning_end rl_cloning_stopped(const rl_cloning *c) { return c->end; }

const rl_cloning_options *rl_cloning_settings(const rl_cloning *c) { return &c->options; }

const char *rl_cloning_notice(const rl_cloning *c) { return c->notice; }

/* --- saving --- */

rl_status rl_cloning_save(const rl_cloning *c, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (c->stage != IDLE)
    return rl_fail(error, RL_BAD_ARGUMENT, "an epoch is half done: let it come to its end first");
  const int64_t counters[COUNTERS] = {c->epoch, c->since_best, c->end};
  const uint64_t of[2] = {c->data.mark, c->made.seed};
  const struct {
    const char *suffix;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } numbers[] = {{"of", RL_U64, 2, of},
                 {"shuffle", RL_U64, RL_RNG_WORDS, &c->shuffle},
                 {"counters", RL_I64, COUNTERS, counters},
                 {"best", RL_F64, 1, &c->best},
                 {"best_theta", RL_F32, (int64_t)parameters(c), c->best_theta}};
  rl_status status =
      rl_options_save(rl_cloning_option_table(), &c->made, &c->options, archive, prefix, error);
  if (!status)
    status =
        rl_optimizer_save(&c->data.learner.optimizer, archive, rl_archive_key(name, prefix, "adam"), error);
  for (size_t i = 0; !status && i < sizeof numbers / sizeof *numbers; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, numbers[i].suffix), numbers[i].dtype, 1,
                            &numbers[i].count, numbers[i].data, error);
  return status;
}

/* What a load reads before anything changes. */
typedef struct loaded_state {
  rl_cloning_options options;
  rl_optimizer optimizer;
  rl_rng shuffle;
  int64_t counters[COUNTERS];
  double best;
  float *best_theta;
  char notice[RL_NOTICE];
} loaded_state;

static rl_status read_of(const rl_cloning *c, const rl_archive *archive, const char *prefix,
                         rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  uint64_t of[2];
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "of"), RL_U64, 2, of, error);
  if (status) return status;
  if (of[0] != c->data.mark)
    return rl_fail(error, RL_BAD_FORMAT, "%s: of other demonstrations than those that are here", prefix);
  if (of[1] != c->made.seed)
    return rl_fail(error, RL_BAD_FORMAT, "%s: made otherwise: option seed is %llu there, %llu here", prefix,
                   (unsigned long long)of[1], (unsigned long long)c->made.seed);
  return RL_OK;
}

static rl_status read_state(const rl_cloning *c, loaded_state *loaded, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const size_t size = parameters(c);
  const int64_t *n = loaded->counters;
  rl_status status = read_of(c, archive, prefix, error);
  loaded->options = c->options;
  if (!status)
    status = rl_options_load(rl_cloning_option_table(), &c->made, &loaded->options, archive, prefix,
                             loaded->notice, error);
  if (!status) status = rl_optimizer_init(&loaded->optimizer, RL_ADAM, size, error);
  if (!status)
    status = rl_optimizer_load(&loaded->optimizer, archive, rl_archive_key(name, prefix, "adam"), error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, RL_RNG_WORDS,
                            &loaded->shuffle, error);
  if (!status && !rl_rng_is_sound(&loaded->shuffle))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "counters"), RL_I64, COUNTERS,
                            loaded->counters, error);
  if (!status &&
      (n[0] < 0 || n[0] > 1 << 30 || n[1] < 0 || n[1] > n[0] || n[2] < 0 || n[2] > RL_CLONED_HELD_OUT))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "best"), RL_F64, 1, &loaded->best, error);
  if (!status && (isnan(loaded->best) || loaded->best == INFINITY))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  loaded->best_theta = rl_allocate(size, sizeof(float));
  if (!status && !loaded->best_theta) status = rl_fail(error, RL_NO_MEMORY, "out of memory to load");
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "best_theta"), RL_F32, (int64_t)size,
                            loaded->best_theta, error);
  if (!status && rl_first_not_finite(loaded->best_theta, size) < size)
    status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  return status;
}

rl_status rl_cloning_load(rl_cloning *c, const rl_archive *archive, const char *prefix, rl_error *error) {
  loaded_state loaded = {0};
  if (c->stage != IDLE)
    return rl_fail(error, RL_BAD_ARGUMENT, "an epoch is half done: let it come to its end first");
  rl_status status = read_state(c, &loaded, archive, prefix, error);
  if (!status) {
    rl_optimizer_copy(&c->data.learner.optimizer, &loaded.optimizer);
    c->options = loaded.options;
    c->shuffle = loaded.shuffle;
    c->epoch = (int)loaded.counters[0];
    c->since_best = (int)loaded.counters[1];
    c->end = (rl_cloning_end)loaded.counters[2];
    c->best = loaded.best;
    memcpy(c->best_theta, loaded.best_theta, parameters(c) * sizeof(float));
    memcpy(c->notice, loaded.notice, sizeof c->notice);
  }
  rl_optimizer_release(&loaded.optimizer);
  rl_release(loaded.best_theta);
  return status;
}
