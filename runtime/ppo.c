#include "ppo.h"

#include "advantage.h"
#include "learner.h"
#include "memory.h"
#include "parallel.h"
#include "vector.h"

#include <math.h>
#include <string.h>

/* What a learner's stats hold, as sums over rows. */
enum { POLICY_LOSS, POLICY_KL, POLICY_CLIPPED, POLICY_ENTROPY };
enum { VALUE_LOSS };

struct rl_ppo {
  rl_ppo_options options;
  rl_vec_env *env;
  rl_policy *policy;
  rl_value *value;
  rl_rollout rollout;
  bool has_rollout, fresh;
  rl_learner policy_learner, value_learner;
  rl_rng shuffle;
  int *order; /* [epochs, rows]: a permutation of the batch for each epoch */
  size_t order_capacity;
  float *advantage; /* [rows] normalised within the minibatch at work */
  float *scratch;   /* [4, rows] of the policy loss; pieces use the part of their rows */
  int capacity;
  /* Results of the two trainings, which run side by side. */
  double policy_sums[RL_LOSS_STATS], value_sums[RL_LOSS_STATS], grad_norm_sum;
  int64_t policy_rows, value_rows, policy_minibatches;
  int policy_epochs;
  bool policy_bad, value_bad;
};

rl_ppo_options rl_ppo_defaults(void) {
  return (rl_ppo_options){.gamma = 0.99,
                          .lambda = 0.95,
                          .lr = 3e-4,
                          .clip = 0.2,
                          .value_clip = 0.0,
                          .entropy = 0.0,
                          .value_coef = 0.5,
                          .max_grad_norm = 0.5,
                          .target_kl = 0.0,
                          .epochs = 10,
                          .minibatch = 64,
                          .normalize_advantage = true,
                          .seed = 1};
}

rl_status rl_ppo_check(const rl_ppo_options *options, rl_error *error) {
  const struct {
    const char *name;
    double value, min, max;
  } ranges[] = {{"gamma", options->gamma, 0, 1},
                {"lambda", options->lambda, 0, 1},
                {"lr", options->lr, 0, 10},
                {"clip", options->clip, 1e-6, 1e6},
                {"value_clip", options->value_clip, 0, 1e9},
                {"entropy", options->entropy, -1e3, 1e3},
                {"value_coef", options->value_coef, 0, 1e6},
                {"max_grad_norm", options->max_grad_norm, 0, 1e9},
                {"target_kl", options->target_kl, 0, 1e6},
                {"epochs", options->epochs, 1, 1000},
                {"minibatch", options->minibatch, 1, 1 << 28}};
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (!(ranges[i].value >= ranges[i].min && ranges[i].value <= ranges[i].max))
      return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]", ranges[i].name,
                     ranges[i].value, ranges[i].min, ranges[i].max);
  return RL_OK;
}

/* -min(ratio A, clip(ratio) A) over the piece's rows, and its gradient through the log-probability: -ratio A
 * where the clip does not bind, 0 where it does. */
static void policy_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  rl_ppo *ppo = context;
  const rl_rollout *batch = &ppo->rollout;
  size_t first = (size_t)(index - ppo->policy_learner.index), n = (size_t)rows,
         width = (size_t)batch->action.shape[2];
  size_t outputs = (size_t)rl_policy_outputs(ppo->policy);
  float *dlog_std = rl_policy_dlog_std(ppo->policy, dy, dextra);
  float *log_prob = ppo->scratch + 4 * first, *weight = log_prob + n, *entropy = weight + n;
  float *action = ppo->scratch + 4 * (size_t)ppo->capacity + first * width;
  float low = (float)(1.0 - ppo->options.clip), high = (float)(1.0 + ppo->options.clip);
  float per_row = 1.0f / (float)total;
  rl_dist dist = rl_policy_read(ppo->policy, y);
  for (size_t r = 0; r < n; r++)
    memcpy(action + r * width, batch->action.data + (size_t)index[r] * width, width * sizeof *action);
  rl_dist_log_prob(&dist, rows, action, log_prob);
  rl_dist_entropy(&dist, rows, entropy);
  for (size_t r = 0; r < n; r++) {
    float log_ratio = log_prob[r] - batch->log_prob.data[index[r]], ratio = expf(fminf(log_ratio, 20.0f));
    float advantage = ppo->advantage[first + r], clipped = fminf(fmaxf(ratio, low), high);
    bool binds = (ratio > high && advantage > 0.0f) || (ratio < low && advantage < 0.0f);
    weight[r] = binds ? 0.0f : -ratio * advantage * per_row;
    stats[POLICY_LOSS] -= (double)fminf(ratio * advantage, clipped * advantage);
    stats[POLICY_KL] += (double)((ratio - 1.0f) - log_ratio);
    stats[POLICY_CLIPPED] += ratio < low || ratio > high;
    stats[POLICY_ENTROPY] += (double)entropy[r];
  }
  memset(dy, 0, n * outputs * sizeof *dy);
  rl_dist_log_prob_vjp(&dist, rows, action, weight, dy, dlog_std);
  if (ppo->options.entropy == 0.0) return;
  for (size_t r = 0; r < n; r++) weight[r] = (float)-ppo->options.entropy * per_row;
  rl_dist_entropy_vjp(&dist, rows, weight, dy, dlog_std);
}

static void value_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                       float *dextra, double *stats) {
  const rl_ppo *ppo = context;
  float range = (float)ppo->options.value_clip, per_row = (float)ppo->options.value_coef / (float)total;
  (void)dextra;
  for (int r = 0; r < rows; r++) {
    float target = ppo->rollout.target.data[index[r]], error = y[r] - target, slope = 1.0f;
    if (range > 0.0f) {
      float old = ppo->rollout.value.data[index[r]], moved = y[r] - old;
      float clipped = old + fminf(fmaxf(moved, -range), range) - target;
      if (clipped * clipped > error * error) { /* then the clip binds: the larger loss does not depend on y */
        error = clipped;
        slope = fabsf(moved) > range ? 0.0f : 1.0f;
      }
    }
    dy[r] = error * slope * per_row;
    stats[VALUE_LOSS] += 0.5 * (double)error * (double)error;
  }
}

rl_status rl_ppo_create(rl_ppo **out, rl_vec_env *env, rl_policy *policy, rl_value *value,
                        const rl_ppo_options *options, rl_error *error) {
  *out = NULL;
  rl_status status = rl_ppo_check(options, error);
  if (!status) status = rl_policy_fits(policy, rl_vec_env_def(env), error);
  if (status) return status;
  int inputs = rl_vec_env_def(env)->observation.size;
  if (value->network.mlp.inputs != inputs)
    return rl_fail(error, RL_BAD_SHAPE, "value takes %d observations, environment %s gives %d",
                   value->network.mlp.inputs, rl_vec_env_def(env)->name, inputs);
  rl_ppo *ppo = rl_allocate(1, sizeof *ppo);
  if (!ppo) return rl_fail(error, RL_NO_MEMORY, "out of memory for PPO");
  ppo->options = *options;
  ppo->env = env;
  ppo->policy = policy;
  ppo->value = value;
  rl_rng_init_use(&ppo->shuffle, options->seed, RL_STREAM_SHUFFLE, 0);
  status = rl_learner_init(&ppo->policy_learner, &policy->network, policy_loss, ppo, error);
  if (!status) status = rl_learner_init(&ppo->value_learner, &value->network, value_loss, ppo, error);
  if (status) {
    rl_ppo_free(ppo);
    return status;
  }
  *out = ppo;
  return RL_OK;
}

void rl_ppo_free(rl_ppo *ppo) {
  if (!ppo) return;
  rl_rollout_release(&ppo->rollout);
  rl_learner_release(&ppo->policy_learner);
  rl_learner_release(&ppo->value_learner);
  rl_release(ppo->order);
  rl_release(ppo->advantage);
  rl_release(ppo->scratch);
  rl_release(ppo);
}

rl_ppo_options *rl_ppo_get_options(rl_ppo *ppo) { return &ppo->options; }
rl_rollout *rl_ppo_rollout(rl_ppo *ppo) { return ppo->has_rollout ? &ppo->rollout : NULL; }

/* A batch of another length is a new rollout that goes on with the old one's streams and counters. */
static rl_status resize(rl_ppo *ppo, int steps, rl_error *error) {
  if (ppo->has_rollout && ppo->rollout.steps == steps) return RL_OK;
  rl_rollout rollout;
  rl_status status = rl_rollout_init(&rollout, steps, ppo->env, ppo->options.seed, error);
  if (status) return status;
  if (ppo->has_rollout) {
    memcpy(rollout.streams, ppo->rollout.streams, (size_t)rollout.copies * sizeof(rl_rng));
    rollout.stats = ppo->rollout.stats;
    rl_rollout_release(&ppo->rollout);
  }
  ppo->rollout = rollout;
  ppo->has_rollout = true;
  return RL_OK;
}

static rl_status check_parameters(const rl_ppo *ppo, rl_error *error) {
  const rl_tensor *thetas[] = {&ppo->policy->network.theta, &ppo->value->network.theta};
  for (int i = 0; i < 2; i++) {
    size_t size = (size_t)thetas[i]->shape[0], bad = rl_first_not_finite(thetas[i]->data, size);
    if (bad < size)
      return rl_fail(error, RL_NOT_FINITE, "parameter %zu of the %s is not a finite number", bad + 1,
                     i ? "value" : "policy");
  }
  return RL_OK;
}

rl_status rl_ppo_collect(rl_ppo *ppo, int steps, rl_error *error) {
  ppo->fresh = false;
  rl_status status = check_parameters(ppo, error);
  if (!status) status = resize(ppo, steps, error);
  if (!status) status = rl_rollout_collect(&ppo->rollout, ppo->env, ppo->policy, ppo->value, error);
  if (status) return status;
  rl_rollout *r = &ppo->rollout;
  rl_gae(r->steps, r->copies, ppo->options.gamma, ppo->options.lambda, r->reward.data, r->value.data,
         r->terminated, r->truncated, r->cut_value.data, r->last_value.data, r->advantage.data,
         r->target.data);
  ppo->fresh = true;
  return RL_OK;
}

static rl_status check_batch(const rl_ppo *ppo, int rows, rl_error *error) {
  const rl_rollout *r = &ppo->rollout;
  const struct {
    const char *name;
    const rl_tensor *tensor;
  } parts[] = {{"observation", &r->obs}, {"action", &r->action},       {"log_prob", &r->log_prob},
               {"value", &r->value},     {"advantage", &r->advantage}, {"target", &r->target}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t count = (size_t)rl_tensor_count(parts[i].tensor),
           bad = rl_first_not_finite(parts[i].tensor->data, count);
    if (bad < count)
      return rl_fail(error, RL_NOT_FINITE, "%s of step %zu, copy %zu is not a finite number", parts[i].name,
                     bad / (count / (size_t)r->steps) + 1,
                     bad % (count / (size_t)r->steps) / (count / (size_t)rows) + 1);
  }
  return RL_OK;
}

static rl_status make_room(rl_ppo *ppo, int rows, rl_error *error) {
  size_t width = (size_t)ppo->rollout.action.shape[2], order = (size_t)ppo->options.epochs * (size_t)rows;
  if (rows > ppo->capacity) {
    rl_release(ppo->advantage);
    rl_release(ppo->scratch);
    ppo->advantage = rl_allocate((size_t)rows, sizeof(float));
    ppo->scratch = rl_allocate((size_t)rows * (4 + width), sizeof(float));
    ppo->capacity = ppo->advantage && ppo->scratch ? rows : 0;
  }
  if (order > ppo->order_capacity) {
    rl_release(ppo->order);
    ppo->order = rl_allocate(order, sizeof(int));
    ppo->order_capacity = ppo->order ? order : 0;
  }
  if (ppo->capacity && ppo->order_capacity) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", rows);
}

/* Advantages of the minibatch, to mean 0 and standard deviation 1 unless switched off. */
static void take_advantages(rl_ppo *ppo, const int *index, int rows) {
  for (int r = 0; r < rows; r++) ppo->advantage[r] = ppo->rollout.advantage.data[index[r]];
  if (!ppo->options.normalize_advantage || rows < 2) return;
  double mean, variance;
  rl_mean_variance(ppo->advantage, (size_t)rows, &mean, &variance);
  float center = (float)mean, inverse = (float)(1.0 / (sqrt(variance) + 1e-8));
  for (int r = 0; r < rows; r++) ppo->advantage[r] = (ppo->advantage[r] - center) * inverse;
}

static void train_policy(rl_ppo *ppo) {
  const rl_ppo_options *options = &ppo->options;
  rl_learner *learner = &ppo->policy_learner;
  int rows = ppo->rollout.steps * ppo->rollout.copies;
  for (int epoch = 0; epoch < options->epochs; epoch++) {
    memset(ppo->policy_sums, 0, sizeof ppo->policy_sums);
    ppo->policy_rows = ppo->policy_minibatches = 0;
    ppo->grad_norm_sum = 0.0;
    ppo->policy_epochs = epoch + 1;
    for (int first = 0; first < rows; first += options->minibatch) {
      int n = rows - first < options->minibatch ? rows - first : options->minibatch;
      const int *index = ppo->order + (size_t)epoch * (size_t)rows + (size_t)first;
      take_advantages(ppo, index, n);
      rl_learner_gradient(learner, index, n);
      ppo->policy_bad = !isfinite(learner->gradient_norm);
      if (ppo->policy_bad) return;
      for (int k = 0; k < RL_LOSS_STATS; k++) ppo->policy_sums[k] += learner->stats[k];
      ppo->grad_norm_sum += learner->gradient_norm;
      ppo->policy_rows += n;
      ppo->policy_minibatches++;
      if (options->target_kl > 0.0 && learner->stats[POLICY_KL] / n > 1.5 * options->target_kl) return;
      rl_learner_step(learner, options->lr, options->max_grad_norm);
    }
  }
}

static void train_value(rl_ppo *ppo) {
  const rl_ppo_options *options = &ppo->options;
  rl_learner *learner = &ppo->value_learner;
  int rows = ppo->rollout.steps * ppo->rollout.copies;
  for (int epoch = 0; epoch < options->epochs; epoch++) {
    memset(ppo->value_sums, 0, sizeof ppo->value_sums);
    ppo->value_rows = 0;
    for (int first = 0; first < rows; first += options->minibatch) {
      int n = rows - first < options->minibatch ? rows - first : options->minibatch;
      rl_learner_gradient(learner, ppo->order + (size_t)epoch * (size_t)rows + (size_t)first, n);
      ppo->value_bad = !isfinite(learner->gradient_norm);
      if (ppo->value_bad) return;
      ppo->value_sums[VALUE_LOSS] += learner->stats[VALUE_LOSS];
      ppo->value_rows += n;
      rl_learner_step(learner, options->lr, options->max_grad_norm);
    }
  }
}

static void train_piece(void *context, int index, int worker) {
  (void)worker;
  if (index == 0)
    train_policy(context);
  else
    train_value(context);
}

/* On one or two threads the two trainings are the pieces; with more, each cuts its minibatches. Same
 * arithmetic. */
static void train(rl_ppo *ppo) {
  if (rl_threads() <= 2 || ppo->options.minibatch <= RL_ROWS) {
    rl_parallel_for(2, train_piece, ppo);
  } else {
    train_policy(ppo);
    train_value(ppo);
  }
}

static double explained_variance(const rl_rollout *r, int rows) {
  double mean, total, residual = 0.0, residual_mean = 0.0;
  rl_mean_variance(r->target.data, (size_t)rows, &mean, &total);
  for (int i = 0; i < rows; i++) residual_mean += (double)r->advantage.data[i] / rows; /* target - value */
  for (int i = 0; i < rows; i++) {
    double d = (double)r->advantage.data[i] - residual_mean;
    residual += d * d / rows;
  }
  return total > 0.0 ? 1.0 - residual / total : 0.0;
}

static rl_status not_finite(rl_ppo *ppo, const char *what, int epoch, rl_error *error) {
  rl_learner_restore(&ppo->policy_learner);
  rl_learner_restore(&ppo->value_learner);
  return rl_fail(error, RL_NOT_FINITE,
                 "%s is not finite (epoch %d); policy and value keep their last good parameters. A smaller "
                 "lr (now %g) or "
                 "rewards of a smaller scale may help",
                 what, epoch, ppo->options.lr);
}

static rl_status prepare(rl_ppo *ppo, int minibatch, rl_error *error) {
  if (!ppo->fresh) return rl_fail(error, RL_BAD_ARGUMENT, "collect a batch before each update");
  int rows = ppo->rollout.steps * ppo->rollout.copies;
  if (minibatch > rows)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d is more than the %d steps of the batch",
                   minibatch, rows);
  rl_status status = check_parameters(ppo, error);
  if (!status) status = check_batch(ppo, rows, error);
  if (!status) status = make_room(ppo, rows, error);
  if (!status) status = rl_learner_begin(&ppo->policy_learner, ppo->rollout.obs.data, rows, minibatch, error);
  if (!status) status = rl_learner_begin(&ppo->value_learner, ppo->rollout.obs.data, rows, minibatch, error);
  return status;
}

rl_status rl_ppo_update(rl_ppo *ppo, rl_ppo_stats *stats, rl_error *error) {
  rl_status status = rl_ppo_check(&ppo->options, error);
  if (!status) status = prepare(ppo, ppo->options.minibatch, error);
  if (status) return status;
  int rows = ppo->rollout.steps * ppo->rollout.copies;
  for (int epoch = 0; epoch < ppo->options.epochs; epoch++) {
    int *order = ppo->order + (size_t)epoch * (size_t)rows;
    for (int i = 0; i < rows; i++) order[i] = i;
    rl_rng_shuffle(&ppo->shuffle, order, rows);
  }
  ppo->policy_bad = ppo->value_bad = false;
  train(ppo);
  if (ppo->policy_bad) return not_finite(ppo, "the gradient of the policy", ppo->policy_epochs, error);
  if (ppo->value_bad) return not_finite(ppo, "the gradient of the value", ppo->options.epochs, error);
  rl_error bad;
  if (check_parameters(ppo, &bad)) return not_finite(ppo, "a parameter", ppo->options.epochs, error);
  double n = (double)ppo->policy_rows;
  *stats = (rl_ppo_stats){.approx_kl = ppo->policy_sums[POLICY_KL] / n,
                          .clip_fraction = ppo->policy_sums[POLICY_CLIPPED] / n,
                          .entropy = ppo->policy_sums[POLICY_ENTROPY] / n,
                          .policy_loss = ppo->policy_sums[POLICY_LOSS] / n,
                          .value_loss = ppo->value_sums[VALUE_LOSS] / (double)ppo->value_rows,
                          .explained_variance = explained_variance(&ppo->rollout, rows),
                          .grad_norm = ppo->grad_norm_sum / (double)ppo->policy_minibatches,
                          .epochs = ppo->policy_epochs};
  rl_network *networks[] = {&ppo->policy->network, &ppo->value->network};
  for (int i = 0; i < 2; i++)
    if (networks[i]->normalizer.size)
      rl_normalizer_update(&networks[i]->normalizer, ppo->rollout.obs.data, rows);
  ppo->fresh = false;
  return RL_OK;
}

rl_status rl_ppo_gradient(rl_ppo *ppo, const int *index, int rows, float *dpolicy, float *dvalue,
                          rl_error *error) {
  if (rows < 1) return rl_fail(error, RL_BAD_ARGUMENT, "a minibatch of %d rows", rows);
  rl_status status = prepare(ppo, rows, error);
  if (status) return status;
  int batch = ppo->rollout.steps * ppo->rollout.copies;
  for (int r = 0; r < rows; r++)
    if (index[r] < 0 || index[r] >= batch)
      return rl_fail(error, RL_BAD_ARGUMENT, "sample %d is not one of 0 .. %d", index[r], batch - 1);
  take_advantages(ppo, index, rows);
  rl_learner_gradient(&ppo->policy_learner, index, rows);
  rl_learner_gradient(&ppo->value_learner, index, rows);
  memcpy(dpolicy, ppo->policy_learner.gradient, ppo->policy_learner.adam.size * sizeof(float));
  memcpy(dvalue, ppo->value_learner.gradient, ppo->value_learner.adam.size * sizeof(float));
  return RL_OK;
}

rl_status rl_ppo_save(const rl_ppo *ppo, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status =
      rl_adam_save(&ppo->policy_learner.adam, archive, rl_archive_key(name, prefix, "policy_adam"), error);
  if (!status)
    status =
        rl_adam_save(&ppo->value_learner.adam, archive, rl_archive_key(name, prefix, "value_adam"), error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, 1,
                            (int64_t[]){RL_RNG_WORDS}, &ppo->shuffle, error);
  int64_t steps = ppo->has_rollout ? ppo->rollout.steps : 0;
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "steps"), RL_I64, 1, (int64_t[]){1}, &steps,
                            error);
  if (!status && steps)
    status = rl_rollout_save(&ppo->rollout, archive, rl_archive_key(name, prefix, "rollout"), error);
  return status;
}

/* What a load reads before anything of the object changes. */
typedef struct loaded_state {
  rl_adam adams[2];
  rl_rng shuffle;
  rl_rollout rollout;
  int64_t steps;
} loaded_state;

static rl_status read_state(loaded_state *loaded, const rl_ppo *ppo, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = rl_adam_init(&loaded->adams[0], ppo->policy_learner.adam.size, error);
  if (!status) status = rl_adam_init(&loaded->adams[1], ppo->value_learner.adam.size, error);
  if (!status)
    status = rl_adam_load(&loaded->adams[0], archive, rl_archive_key(name, prefix, "policy_adam"), error);
  if (!status)
    status = rl_adam_load(&loaded->adams[1], archive, rl_archive_key(name, prefix, "value_adam"), error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "shuffle"), RL_U64, RL_RNG_WORDS,
                            &loaded->shuffle, error);
  if (!status && loaded->shuffle.used > 4)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "steps"), RL_I64, 1, &loaded->steps, error);
  if (!status && (loaded->steps < 0 || loaded->steps > 1 << 24))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (status || !loaded->steps) return status;
  status = rl_rollout_init(&loaded->rollout, (int)loaded->steps, ppo->env, ppo->options.seed, error);
  if (!status)
    status = rl_rollout_load(&loaded->rollout, archive, rl_archive_key(name, prefix, "rollout"), error);
  return status;
}

rl_status rl_ppo_load(rl_ppo *ppo, const rl_archive *archive, const char *prefix, rl_error *error) {
  loaded_state loaded = {0};
  rl_status status = read_state(&loaded, ppo, archive, prefix, error);
  if (!status) {
    rl_adam_copy(&ppo->policy_learner.adam, &loaded.adams[0]);
    rl_adam_copy(&ppo->value_learner.adam, &loaded.adams[1]);
    ppo->shuffle = loaded.shuffle;
    ppo->fresh = false;
    rl_rollout_release(&ppo->rollout);
    ppo->rollout = loaded.rollout; /* none yet when no batch had been collected: collect begins anew */
    ppo->has_rollout = loaded.steps > 0;
    loaded.rollout = (rl_rollout){0};
  }
  rl_adam_release(&loaded.adams[0]);
  rl_adam_release(&loaded.adams[1]);
  rl_rollout_release(&loaded.rollout);
  return status;
}
