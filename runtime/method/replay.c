#include "method/replay.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "method/method_internal.h"
#include "network/squash.h"

#include <math.h>
#include <string.h>

/* What the stats of the policy's learner hold, as sums over rows. */
enum { OF_LOSS = RL_STAT_POLICY_LOSS, OF_ENTROPY = RL_STAT_ENTROPY, OF_Q = RL_STAT_BASE_KL };

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

static int pairs(const rl_replay *r) { return r->memory.obs_size + r->memory.width; }

/* --- scratch of a piece: RL_ROWS rows of each --- */

typedef struct scratch {
  float *obs, *input, *pair, *normal; /* raw and normalised: of the policy, of the critics */
  float *noise, *action, *daction, *log_prob, *squash, *kept;
  float *q[RL_CRITICS], *dq, *dpair, *sum;
  float *policy, *critic[RL_CRITICS]; /* workspaces */
} scratch;

/* Lays it out from `base` on; returns how many floats. */
static size_t lay_out(const rl_method *m, float *base, scratch *s) {
  const rl_replay *r = m->replay;
  const size_t rows = RL_ROWS, obs = rows * (size_t)r->memory.obs_size, act = rows * (size_t)r->memory.width,
               pair = obs + act, kept = rl_squash_kept(r->memory.width, RL_ROWS);
  const struct {
    float **place;
    size_t size;
  } parts[] = {{&s->obs, obs},
               {&s->input, obs},
               {&s->pair, pair},
               {&s->normal, pair},
               {&s->noise, act},
               {&s->action, act},
               {&s->daction, act},
               {&s->log_prob, rows},
               {&s->squash, kept},
               {&s->kept, kept},
               {&s->q[0], rows},
               {&s->q[1], rows},
               {&s->dq, rows},
               {&s->dpair, pair},
               {&s->sum, pair},
               {&s->policy, rl_mlp_workspace(&m->policy->network.mlp, RL_ROWS)},
               {&s->critic[0], rl_mlp_workspace(&r->twin.mlp, RL_ROWS)},
               {&s->critic[1], rl_mlp_workspace(&r->twin.mlp, RL_ROWS)}};
  size_t at = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    *parts[i].place = base + at;
    at += padded(parts[i].size);
  }
  return at;
}

static scratch scratch_of(const rl_method *m, int piece) {
  scratch s;
  lay_out(m, m->replay->work + (size_t)piece * m->replay->work_size, &s);
  return s;
}

/* --- losses --- */

static float temperature_of(const rl_method *m) {
  return m->options.temperature > 0.0 ? expf(m->replay->log_temperature) : 0.0f;
}

static void critic_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  const rl_method *m = context;
  (void)dextra;
  for (int k = 0; k < rows; k++) {
    const float error = y[k] - m->replay->target[index[k]];
    dy[k] = error / (float)total;
    stats[RL_STAT_VALUE_LOSS] += 0.5 * (double)error * (double)error;
  }
}

static rl_learner *critic_learner(rl_method *m, int k) {
  return k == 0 ? &m->value_learner : &m->replay->twin_learner;
}

/* The action in the rows of pairs, which are then normalised as critics take them. */
static void put_action(const rl_method *m, const scratch *s, const float *action, int rows) {
  const size_t obs = (size_t)m->replay->memory.obs_size, act = (size_t)m->replay->memory.width;
  for (int k = 0; k < rows; k++)
    memcpy(s->pair + (size_t)k * (obs + act) + obs, action + (size_t)k * act, act * sizeof *action);
  rl_network_normalize(&m->value->network, s->pair, rows, s->normal);
}

/* Of the gradient of a normalised pair that of the action as it was. */
static void action_gradient(const rl_method *m, const scratch *s, int rows) {
  const size_t obs = (size_t)m->replay->memory.obs_size, act = (size_t)m->replay->memory.width;
  const rl_network *network = &m->value->network;
  const float *inverse = network->normalizer.size ? network->normalizer.inverse + obs : NULL;
  for (int k = 0; k < rows; k++) {
    const float *d = s->sum + (size_t)k * (obs + act) + obs, *x = s->normal + (size_t)k * (obs + act) + obs;
    for (size_t i = 0; i < act; i++)
      s->daction[(size_t)k * act + i] = fabsf(x[i]) >= network->clip ? 0.0f
                                        : inverse                    ? d[i] * inverse[i]
                                                                     : d[i];
  }
}

/* Values of the normalised pairs, by both critics, or by their slow copies. */
static void judge(rl_method *m, const scratch *s, int rows, bool slow) {
  const rl_mlp *mlp = &m->replay->twin.mlp;
  for (int k = 0; k < RL_CRITICS; k++) {
    const rl_learner *learner = critic_learner(m, k);
    const float *theta = slow ? m->replay->slow[k] : learner->network->theta.data;
    const float *q =
        rl_mlp_forward(mlp, theta, slow ? NULL : learner->transposed, s->normal, rows, s->critic[k]);
    memcpy(s->q[k], q, (size_t)rows * sizeof *q);
  }
}

/* s->sum: the gradient, by the normalised pairs, of -min_k Q_k / total, summed over the rows. */
static void value_gradient(rl_method *m, const scratch *s, int rows, int total) {
  const rl_mlp *mlp = &m->replay->twin.mlp;
  const size_t size = (size_t)rows * (size_t)mlp->inputs;
  for (int k = 0; k < RL_CRITICS; k++) {
    const rl_learner *learner = critic_learner(m, k);
    float *out = k == 0 ? s->sum : s->dpair;
    for (int r = 0; r < rows; r++)
      s->dq[r] = (s->q[0][r] <= s->q[1][r]) == (k == 0) ? -1.0f / (float)total : 0.0f;
    rl_mlp_vjp(mlp, learner->network->theta.data, learner->transposed, s->normal, rows, s->critic[k], s->dq,
               NULL, out);
  }
  for (size_t i = 0; i < size; i++) s->sum[i] += s->dpair[i];
}

static float least(const scratch *s, int row) { return fminf(s->q[0][row], s->q[1][row]); }

static void policy_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  rl_method *m = context;
  const rl_replay *r = m->replay;
  const float temperature = temperature_of(m);
  const scratch s = scratch_of(m, index[0] / RL_ROWS);
  const rl_dist dist = rl_policy_read(m->policy, y);
  memcpy(s.pair, r->pair + (size_t)index[0] * (size_t)pairs(r),
         (size_t)rows * (size_t)pairs(r) * sizeof *s.pair);
  rl_squash_forward(&dist, rows, r->noise + (size_t)index[0] * (size_t)r->memory.width, s.action, s.log_prob,
                    s.squash, s.kept);
  put_action(m, &s, s.action, rows);
  judge(m, &s, rows, false);
  for (int k = 0; k < rows; k++) {
    const double entropy = -(double)s.log_prob[k], q = (double)least(&s, k);
    stats[OF_ENTROPY] += entropy;
    stats[OF_Q] += q;
    stats[OF_LOSS] -= (double)temperature * entropy + q;
  }
  value_gradient(m, &s, rows, total);
  action_gradient(m, &s, rows);
  memset(dy, 0, (size_t)rows * (size_t)rl_policy_outputs(m->policy) * sizeof *dy);
  rl_squash_backward(&dist, rows, s.kept, s.daction, temperature / (float)total, dy,
                     rl_policy_dlog_std(m->policy, dy, dextra));
}

/* --- a gradient step --- */

/* The stream `which` of a piece, where this gradient step begins. */
static rl_rng stream_of(const rl_method *m, int piece, int which) {
  rl_rng rng;
  rl_rng_init_use(&rng, m->replay->seed, RL_STREAM_REPLAY, (uint32_t)(2 * piece + which));
  rng.position = (uint64_t)m->replay->steps << 24;
  return rng;
}

/* Steps drawn by chance, into the minibatch and the learners' inputs; s->obs: what was seen after them. */
static void draw(const rl_method *m, const scratch *s, int piece, int first, int rows) {
  const rl_replay *r = m->replay;
  const rl_memory *memory = &r->memory;
  const rl_symmetry *images = r->images;
  const size_t obs = (size_t)memory->obs_size, pair = (size_t)pairs(r), at = (size_t)first;
  rl_rng rng = stream_of(m, piece, 0);
  int place[RL_ROWS];
  rl_memory_draw(memory, &rng, rows, place);
  for (int k = 0; k < rows; k++) {
    const rl_memory_step step = rl_memory_at(memory, place[k]);
    float *row = r->pair + (at + (size_t)k) * pair, *next = s->obs + (size_t)k * obs;
    if (images && rl_rng_below(&rng, 2)) {
      rl_mirror_apply(&images->observation, step.obs, 1, row);
      rl_mirror_actions(&images->action, &m->policy->action, step.action, 1, row + obs);
      rl_mirror_apply(&images->observation, step.after, 1, next);
    } else {
      memcpy(row, step.obs, obs * sizeof *row);
      memcpy(row + obs, step.action, (pair - obs) * sizeof *row);
      memcpy(next, step.after, obs * sizeof *row);
    }
    memcpy(s->input + (size_t)k * obs, row, obs * sizeof *row);
    r->reward[first + k] = step.reward;
    r->goes_on[first + k] = step.goes_on ? 1.0f : 0.0f;
  }
  rl_network_normalize(&m->policy->network, s->input, rows, m->policy_learner.input + at * obs);
  rl_network_normalize(&m->value->network, r->pair + at * pair, rows, m->value_learner.input + at * pair);
  memcpy(r->twin_learner.input + at * pair, m->value_learner.input + at * pair,
         (size_t)rows * pair * sizeof(float));
}

static void target_piece(void *context, int piece, int worker) {
  rl_method *m = context;
  rl_replay *r = m->replay;
  const rl_mlp *mlp = &m->policy->network.mlp;
  const int first = piece * RL_ROWS, left = r->rows - first, rows = left < RL_ROWS ? left : RL_ROWS;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width, n = (size_t)rows * act;
  const scratch s = scratch_of(m, piece);
  const float gamma = (float)m->options.collect.gamma, temperature = temperature_of(m);
  (void)worker;
  draw(m, &s, piece, first, rows);
  rl_rng rng = stream_of(m, piece, 1);
  rl_rng_fill_normal(&rng, s.noise, (int64_t)n);
  rl_rng_fill_normal(&rng, r->noise + (size_t)first * act, (int64_t)n);
  rl_network_normalize(&m->policy->network, s.obs, rows, s.input);
  const float *y = rl_mlp_forward(mlp, m->policy->network.theta.data, NULL, s.input, rows, s.policy);
  const rl_dist dist = rl_policy_read(m->policy, y);
  rl_squash_forward(&dist, rows, s.noise, s.action, s.log_prob, s.squash, s.kept);
  for (int k = 0; k < rows; k++)
    memcpy(s.pair + (size_t)k * (obs + act), s.obs + (size_t)k * obs, obs * sizeof *s.obs);
  put_action(m, &s, s.action, rows);
  judge(m, &s, rows, true);
  for (int k = 0; k < rows; k++)
    r->target[first + k] =
        r->reward[first + k] + gamma * r->goes_on[first + k] * (least(&s, k) - temperature * s.log_prob[k]);
}

static double annealed(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
}

static void step(rl_method *m, rl_learner *learner, double lr) {
  rl_learner_step(learner, m->options.sgd ? RL_SGD : RL_ADAM, annealed(m, lr), m->options.max_grad_norm);
}

/* The pass of a critic is complete: its step. */
static bool end_critic(void *context, int which) {
  rl_method *m = context;
  rl_learner *learner = critic_learner(m, which);
  if (learner->gradient_norm < RL_MAX_GRADIENT)
    step(m, learner, m->options.value_lr > 0.0 ? m->options.value_lr : m->options.lr);
  return false;
}

static void fit_critics(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner *learners[RL_CRITICS] = {&m->value_learner, &r->twin_learner};
  for (int k = 0; k < RL_CRITICS; k++)
    rl_learner_start(learners[k], RL_PASS_GRADIENT, r->index, r->rows, NULL);
  rl_learner_run_together(learners, RL_CRITICS, end_critic, m);
  for (int k = 0; k < RL_CRITICS; k++) {
    r->bad_critic = r->bad_critic || !(learners[k]->gradient_norm < RL_MAX_GRADIENT);
    r->value_loss += learners[k]->stats[RL_STAT_VALUE_LOSS] / r->rows / RL_CRITICS;
  }
}

static void transpose_piece(void *context, int k, int worker) {
  rl_method *m = context;
  const rl_learner *learner = critic_learner(m, k);
  (void)worker;
  rl_mlp_transpose(&learner->network->mlp, learner->network->theta.data, true, learner->transposed);
}

/* The policy's step, and a share of the critics for each of their slow copies. */
static void end_piece(void *context, int which, int worker) {
  rl_method *m = context;
  (void)worker;
  if (which == RL_CRITICS) {
    step(m, &m->policy_learner, m->options.lr);
    return;
  }
  const rl_learner *learner = critic_learner(m, which);
  const float *theta = learner->network->theta.data, tau = (float)m->options.tau;
  float *slow = m->replay->slow[which];
  const size_t n = learner->optimizer.size;
#pragma omp simd
  for (size_t i = 0; i < n; i++) slow[i] += tau * (theta[i] - slow[i]);
}

static void adapt_temperature(rl_method *m, double entropy) {
  const rl_method_options *o = &m->options;
  const rl_space *space = &m->policy->action;
  rl_replay *r = m->replay;
  const double half = 0.5 * (double)(space->high - space->low);
  const float gradient = (float)(entropy - space->size * (o->target_entropy + log(half)));
  r->temperature_adam.lr = annealed(m, o->temperature_lr);
  if (o->temperature > 0.0 && o->temperature_lr > 0.0)
    rl_optimizer_step(&r->temperature_adam, &r->log_temperature, &gradient, fabs((double)gradient));
}

static void improve_policy(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner *learner = &m->policy_learner;
  rl_parallel_for(RL_CRITICS, transpose_piece, m);
  rl_learner_gradient(learner, r->index, r->rows);
  m->of_policy.bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  if (m->of_policy.bad) return;
  rl_parallel_for(RL_CRITICS + 1, end_piece, m);
  const double entropy = learner->stats[OF_ENTROPY] / r->rows;
  adapt_temperature(m, entropy);
  r->policy_loss += learner->stats[OF_LOSS] / r->rows;
  r->q += learner->stats[OF_Q] / r->rows;
  r->entropy += entropy;
  r->grad_norm += learner->gradient_norm;
  r->done++;
  r->steps++;
}

/* --- its parts --- */

static rl_status check_parts(const rl_method *m, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const char *name = m->is->name;
  const int inputs = m->policy->observation.size + rl_space_width(&def->action);
  if (def->action.kind != RL_BOX)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s is for actions of numbers, those of %s are choices: use rl.ppo", name, def->name);
  if (!m->policy->squash)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s wants actions within their bounds: make the policy with rl.policy(env, { squash = true })", name);
  if (m->policy->network.history > 1 && m->options.symmetric != RL_SYMMETRIC_OFF)
    return rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: not of %s with a history", name);
  if (m->policy->value_head)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s values actions: a value head of the policy is of no use to it",
                   name);
  if (!m->value || m->value->network.mlp.inputs != inputs)
    return rl_fail(
        error, m->value ? RL_BAD_SHAPE : RL_BAD_ARGUMENT,
        "%s wants a value that takes the action too, %d numbers with the observation: give value = "
        "rl.value(env, { action = true%s })",
        name, inputs, m->policy->network.history > 1 ? ", history = that of the policy" : "");
  return m->base ? rl_fail(error, RL_BAD_ARGUMENT, "option base: %s keeps near no policy", name) : RL_OK;
}

/* The second critic begins elsewhere than the first; slow copies begin as what they are copies of. */
static rl_status make_critics(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_network *first = &m->value->network;
  rl_network_options options = rl_network_defaults(1.0f);
  rl_network_read_shape(first, &options);
  options.init = RL_INIT_ORTHOGONAL;
  options.normalize = false;
  options.clip = INFINITY;
  options.seed = m->options.collect.seed;
  rl_status status = rl_network_init(&r->twin, first->mlp.inputs, 1, 0, &options, 2, error);
  if (!status && rl_network_is_symmetric(first)) {
    status = rl_network_tie(&r->twin, &first->ties.input, &first->ties.output, &first->ties.extra, error);
    if (!status) status = rl_network_init_tied(&r->twin, &options, 2, error);
  }
  if (!status) status = rl_learner_init(&r->twin_learner, &r->twin, RL_ADAM, critic_loss, NULL, m, error);
  if (!status)
    status = rl_learner_init(&m->value_learner, &m->value->network, RL_ADAM, critic_loss, NULL, m, error);
  for (int k = 0; k < RL_CRITICS && !status; k++) {
    const rl_tensor *theta = k == 0 ? &first->theta : &r->twin.theta;
    const size_t n = (size_t)theta->shape[0];
    r->slow[k] = rl_allocate(n, sizeof(float));
    r->slow_before[k] = rl_allocate(n, sizeof(float));
    if (!r->slow[k] || !r->slow_before[k])
      return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu parameters", n);
    memcpy(r->slow[k], theta->data, n * sizeof(float));
  }
  return status;
}

static rl_status make_mirror(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_symmetry *symmetry;
  rl_error none;
  if (rl_env_symmetry(rl_vec_env_def(m->collector.env), &symmetry, &none)) return RL_OK;
  r->places = rl_allocate((size_t)pairs(r), sizeof *r->places);
  r->signs = rl_allocate((size_t)pairs(r), sizeof *r->signs);
  if (!r->places || !r->signs) return rl_fail(error, RL_NO_MEMORY, "out of memory for mirror images");
  r->mirror = rl_mirror_join(&symmetry->observation, &symmetry->action, r->places, r->signs);
  return RL_OK;
}

rl_status rl_replay_check(const rl_method_options *o, rl_error *error) {
  if (o->symmetric == RL_SYMMETRIC_LOSS)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: %s has no \"loss\" of images: use \"data\" or \"network\"", o->name);
  if (o->minibatch < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "option minibatch: %d steps from a memory, at least 1 is needed",
                   o->minibatch);
  if (o->memory < o->minibatch)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option memory: %d steps are fewer than a minibatch of %d: give more memory or a smaller "
                   "minibatch",
                   o->memory, o->minibatch);
  return RL_OK;
}

rl_status rl_replay_create(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  rl_status status = check_parts(m, error);
  if (status) return status;
  if (o->collect.lag)
    return rl_fail(error, RL_BAD_ARGUMENT, "option lag: what a memory has was collected before in any case");
  rl_replay *r = m->replay = rl_allocate(1, sizeof *r);
  if (!r) return rl_fail(error, RL_NO_MEMORY, "out of memory for a method");
  m->collector.late = true;
  r->seed = o->collect.seed;
  r->log_temperature = o->temperature > 0.0 ? (float)log(o->temperature) : 0.0f;
  status =
      rl_memory_init(&r->memory, o->memory, m->policy->observation.size, rl_space_width(&def->action), error);
  if (!status) status = make_mirror(m, error);
  if (!status) status = rl_optimizer_init(&r->temperature_adam, RL_ADAM, 1, error);
  if (!status) status = rl_optimizer_init(&r->temperature_adam_before, RL_ADAM, 1, error);
  if (!status)
    status = rl_learner_init(&m->policy_learner, &m->policy->network, RL_ADAM, policy_loss, NULL, m, error);
  return status ? status : make_critics(m, error);
}

void rl_replay_release(rl_replay *r) {
  rl_memory_release(&r->memory);
  rl_network_release(&r->twin);
  rl_learner_release(&r->twin_learner);
  rl_optimizer_release(&r->temperature_adam);
  rl_optimizer_release(&r->temperature_adam_before);
  for (int k = 0; k < RL_CRITICS; k++) {
    rl_release(r->slow[k]);
    rl_release(r->slow_before[k]);
  }
  rl_release(r->places);
  rl_release(r->signs);
  rl_release(r->index);
  rl_release(r->pair);
  rl_release(r->work);
}

/* --- an update --- */

static rl_status reserve(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const int rows = m->options.minibatch, width = r->memory.width;
  if (rows == r->rows) return RL_OK;
  scratch unused;
  const size_t n = (size_t)rows, size = lay_out(m, NULL, &unused);
  int *index = rl_allocate(n, sizeof *index);
  float *numbers = rl_allocate(n * (size_t)(pairs(r) + width + 3), sizeof *numbers);
  float *work = rl_allocate((size_t)rl_pieces(rows, RL_ROWS) * size, sizeof *work);
  rl_learner *learners[] = {&m->policy_learner, &m->value_learner, &r->twin_learner};
  rl_status status = index && numbers && work
                         ? RL_OK
                         : rl_fail(error, RL_NO_MEMORY, "out of memory for a minibatch of %d steps", rows);
  for (int i = 0; i < 3 && !status; i++) status = rl_learner_reserve(learners[i], rows, rows, error);
  if (status) {
    rl_release(index);
    rl_release(numbers);
    rl_release(work);
    return status;
  }
  rl_release(r->index);
  rl_release(r->pair);
  rl_release(r->work);
  for (int i = 0; i < rows; i++) index[i] = i;
  r->index = index;
  r->pair = numbers;
  r->noise = r->pair + n * (size_t)pairs(r);
  r->target = r->noise + n * (size_t)width;
  r->reward = r->target + n;
  r->goes_on = r->reward + n;
  r->work = work;
  r->work_size = size;
  r->rows = rows;
  return RL_OK;
}

static void remember(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner_remember(&m->policy_learner);
  for (int k = 0; k < RL_CRITICS; k++) {
    rl_learner_remember(critic_learner(m, k));
    memcpy(r->slow_before[k], r->slow[k], r->twin_learner.optimizer.size * sizeof(float));
  }
  r->log_temperature_before = r->log_temperature;
  rl_optimizer_copy(&r->temperature_adam_before, &r->temperature_adam);
  r->steps_before = r->steps;
}

void rl_replay_undo(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner_restore(&m->policy_learner);
  for (int k = 0; k < RL_CRITICS; k++) {
    rl_learner_restore(critic_learner(m, k));
    memcpy(r->slow[k], r->slow_before[k], r->twin_learner.optimizer.size * sizeof(float));
  }
  r->log_temperature = r->log_temperature_before;
  rl_optimizer_copy(&r->temperature_adam, &r->temperature_adam_before);
  r->steps = r->steps_before;
}

rl_status rl_replay_begin(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_rollout *batch = &m->collector.rollout;
  rl_status status = reserve(m, error);
  r->images = NULL;
  if (!status && m->options.symmetric == RL_SYMMETRIC_DATA)
    status = rl_env_symmetry(rl_vec_env_def(m->collector.env), &r->images, error);
  if (status) return status;
  if (!r->taken) {
    rl_memory_take(&r->memory, batch);
    r->pending = fmin(r->pending, 1.0) + m->options.replay * batch->n_rows; /* what was given up is not due */
    if (batch->stats.total_steps < m->options.warmup) r->pending = 0.0;
    r->taken = true;
  }
  remember(m);
  r->planned = r->memory.count ? (int64_t)r->pending : 0;
  r->done = 0;
  r->stage = RL_REPLAY_TARGETS;
  r->bad_critic = false;
  r->value_loss = r->policy_loss = r->entropy = r->q = r->grad_norm = 0.0;
  m->of_policy = m->of_value = (rl_training){.stage = RL_STAGE_TRAINED};
  return RL_OK;
}

bool rl_replay_advance(rl_method *m) {
  rl_replay *r = m->replay;
  if (r->done == r->planned || r->bad_critic || m->of_policy.bad) return false;
  m->of_policy.calls++;
  switch (r->stage) {
  case RL_REPLAY_TARGETS: rl_parallel_for(rl_pieces(r->rows, RL_ROWS), target_piece, m); break;
  case RL_REPLAY_CRITICS: fit_critics(m); break;
  case RL_REPLAY_POLICY: improve_policy(m); break;
  }
  r->stage = r->stage == RL_REPLAY_POLICY ? RL_REPLAY_TARGETS : r->stage + 1;
  return true;
}

double rl_replay_fraction(const rl_method *m) {
  const rl_replay *r = m->replay;
  return r->planned ? ((double)r->done + r->stage / 3.0) / (double)r->planned : 0.0;
}

/* With their images by `mirror`, unless NULL. The layers behind do not follow: slow copies and the second critic read the
 * statistics of the first. */
static void take_in(rl_network *network, const float *x, int stride, const int *index, int rows,
                    const rl_mirror *mirror) {
  if (!network->normalizer.size) return;
  rl_normalizer *normalizer = &network->normalizer;
  rl_normalizer_update_all(&normalizer, 1, x, stride, index, rows);
  if (rl_network_is_symmetric(network)) mirror = &network->ties.input;
  if (mirror) rl_normalizer_mirror(&network->normalizer, mirror);
}

/* The batch, into the statistics of what policy and critics take. */
static void observe(rl_method *m) {
  rl_replay *r = m->replay;
  const rl_rollout *batch = &m->collector.rollout;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width;
  take_in(&m->policy->network, batch->obs.data, (int)obs, batch->rows, batch->n_rows,
          r->images ? &r->images->observation : NULL);
  for (int first = 0; first < batch->n_rows; first += r->rows) {
    const int left = batch->n_rows - first, rows = left < r->rows ? left : r->rows;
    for (int k = 0; k < rows; k++) {
      const size_t cell = (size_t)batch->rows[first + k];
      float *pair = r->pair + (size_t)k * (obs + act);
      memcpy(pair, batch->obs.data + cell * obs, obs * sizeof *pair);
      memcpy(pair + obs, batch->action.data + cell * act, act * sizeof *pair);
    }
    take_in(&m->value->network, r->pair, (int)(obs + act), NULL, rows, r->images ? &r->mirror : NULL);
  }
}

rl_method_stats rl_replay_finish(rl_method *m) {
  rl_replay *r = m->replay;
  const double none = (double)NAN, n = r->done ? (double)r->done : none;
  observe(m);
  r->pending -= (double)r->done;
  return (rl_method_stats){.approx_kl = none,
                           .kl = none,
                           .entropy = r->entropy / n,
                           .policy_loss = r->policy_loss / n,
                           .value_loss = r->value_loss / n,
                           .clip_fraction = none,
                           .explained_variance = none,
                           .grad_norm = r->grad_norm / n,
                           .base_kl = none,
                           .demonstrated = none,
                           .asymmetry = none,
                           .beta = none,
                           .improvement = none,
                           .backtracks = none,
                           .lr = m->options.anneal ? annealed(m, m->options.lr) : none,
                           .alpha = (double)temperature_of(m),
                           .mean_q = r->q / n,
                           .gradient_steps = (double)r->done,
                           .remembered = r->memory.count};
}
