#include "method/replay.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "method/method_internal.h"
#include "network/squash.h"

#include <math.h>
#include <string.h>

/* --- a gradient step --- */

/* The moment of a world that a step is of, as the critics take it; s->obs, s->there: what comes after, of row k. */
static void draw_world(const rl_replay *r, const rl_scratch *s, int place, int k, float *row) {
  const rl_central *central = &r->central;
  const size_t obs = (size_t)r->memory.obs_size, seen = (size_t)central->observation;
  const int agent = place % central->agents;
  for (int a = 0; a < central->agents; a++) {
    const rl_memory_step step = rl_memory_at(&r->memory, place - agent + a);
    const size_t at = (size_t)(a * RL_ROWS + k);
    rl_central_put(central, a, step.obs + obs - seen, step.action, row);
    memcpy(s->obs + at * obs, step.after, obs * sizeof *row);
    s->there[at] = step.goes_on && !step.rests && !(step.leaves && a != agent) ? 1.0f : 0.0f;
  }
  rl_central_point(central, agent, row);
}

/* Steps drawn by chance, into the minibatch and the learners' inputs; s->obs: what was seen after them. */
static void draw(const rl_method *m, const rl_scratch *s, int piece, int first, int rows) {
  const rl_replay *r = m->replay;
  const rl_memory *memory = &r->memory;
  const rl_symmetry *images = r->images;
  const size_t obs = (size_t)memory->obs_size, width = (size_t)memory->width,
               pair = (size_t)rl_replay_pairs(r), at = (size_t)first;
  rl_rng rng = rl_replay_stream(m, piece, 0);
  int place[RL_ROWS];
  rl_memory_draw(memory, &rng, rows, place);
  for (int k = 0; k < rows; k++) {
    const rl_memory_step step = rl_memory_at(memory, place[k]);
    float *row = r->pair + (at + (size_t)k) * pair, *action = r->action + (at + (size_t)k) * width,
          *next = s->obs + (size_t)k * obs;
    r->agent[first + k] = place[k] % memory->agents;
    if (r->central.agents) {
      memcpy(action, step.action, width * sizeof *row);
      draw_world(r, s, place[k], k, row);
    } else if (images && rl_rng_below(&rng, 2)) {
      rl_mirror_apply(&images->observation, step.obs, 1, row);
      rl_mirror_actions(&images->action, &m->policy->action, step.action, 1, action);
      rl_mirror_apply(&images->observation, step.after, 1, next);
    } else {
      memcpy(row, step.obs, obs * sizeof *row);
      memcpy(action, step.action, width * sizeof *row);
      memcpy(next, step.after, obs * sizeof *row);
    }
    if (r->encoded && !r->central.agents) rl_space_encode(&m->policy->action, action, row + obs);
    memcpy(s->input + (size_t)k * obs, r->central.agents ? step.obs : row, obs * sizeof *row);
    r->reward[first + k] = step.reward;
    r->log_prob[first + k] = step.log_prob;
    r->goes_on[first + k] = step.goes_on ? 1.0f : 0.0f;
  }
  rl_network_normalize(&m->policy->network, s->input, rows, m->policy_learner.input + at * obs);
  rl_network_normalize(&m->value->network, r->pair + at * pair, rows, m->value_learner.input + at * pair);
  memcpy(r->twin_learner.input + at * pair, m->value_learner.input + at * pair,
         (size_t)rows * pair * sizeof(float));
}

static void target_piece(void *context, int piece, int worker) {
  rl_method *m = context;
  const int first = piece * RL_ROWS, left = m->replay->rows - first, rows = left < RL_ROWS ? left : RL_ROWS;
  const rl_scratch s = rl_replay_scratch(m, piece);
  (void)worker;
  draw(m, &s, piece, first, rows);
  m->replay->way->aim(m, &s, piece, first, rows);
}

double rl_replay_annealed(const rl_method *m, double lr) {
  return m->options.anneal ? lr * fmax(0.0, 1.0 - (double)m->updates / m->options.anneal) : lr;
}

static void step(rl_method *m, rl_learner *learner, double lr) {
  rl_learner_step(learner, m->options.sgd ? RL_SGD : RL_ADAM, rl_replay_annealed(m, lr),
                  m->options.max_grad_norm);
}

/* The pass of a critic is complete: its step. */
static bool end_critic(void *context, int which) {
  rl_method *m = context;
  rl_learner *learner = rl_replay_critic(m, which);
  if (learner->gradient_norm < RL_MAX_GRADIENT)
    step(m, learner, m->options.value_lr > 0.0 ? m->options.value_lr : m->options.lr);
  return false;
}

/* A value of states learns from what is after the step too: the second half of its rows. */
static void fit_critics(rl_method *m) {
  rl_replay *r = m->replay;
  const bool actions = r->way->values_actions;
  rl_learner *learners[RL_CRITICS] = {&m->value_learner, &r->twin_learner};
  for (int k = 0; k < RL_CRITICS; k++)
    rl_learner_start(learners[k], RL_PASS_GRADIENT, r->index, k == 0 && !actions ? 2 * r->rows : r->rows,
                     NULL);
  rl_learner_run_together(learners, RL_CRITICS, end_critic, m);
  for (int k = 0; k < RL_CRITICS; k++) {
    r->bad_critic = r->bad_critic || !(learners[k]->gradient_norm < RL_MAX_GRADIENT);
    if (actions) r->value_loss += learners[k]->stats[RL_STAT_VALUE_LOSS] / r->rows / RL_CRITICS;
  }
  if (!actions) r->value_loss += learners[0]->stats[RL_STAT_VALUE_LOSS] / r->rows;
}

/* A slow copy takes over a share. */
static void follow(const rl_method *m, const rl_learner *learner, float *slow) {
  const float *theta = learner->network->theta.data, tau = (float)m->options.tau;
  const size_t n = learner->optimizer.size;
#pragma omp simd
  for (size_t i = 0; i < n; i++) slow[i] += tau * (theta[i] - slow[i]);
}

/* The policy's step; slow copies. */
static void end_piece(void *context, int which, int worker) {
  rl_method *m = context;
  (void)worker;
  if (which > 0) {
    follow(m, rl_replay_critic(m, which - 1), m->replay->slow[which - 1]);
    return;
  }
  step(m, &m->policy_learner, m->options.lr);
  if (m->replay->slow_policy) follow(m, &m->policy_learner, m->replay->slow_policy);
}

static void improve_policy(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner *learner = &m->policy_learner;
  if (r->way->weigh) r->way->weigh(m);
  rl_learner_gradient(learner, r->index, r->rows);
  m->of_policy.bad = !(learner->gradient_norm < RL_MAX_GRADIENT);
  if (m->of_policy.bad) return;
  rl_parallel_for(r->way->values_actions ? RL_CRITICS + 1 : 1, end_piece, m);
  if (r->way->end) r->way->end(m);
  r->policy_loss += learner->stats[RL_REPLAY_LOSS] / r->rows;
  r->q += learner->stats[RL_REPLAY_WORTH] / r->rows;
  r->entropy += learner->stats[RL_REPLAY_ENTROPY] / r->rows;
  r->grad_norm += learner->gradient_norm;
  r->done++;
  r->steps++;
}

/* --- its parts --- */

rl_status rl_replay_check_symmetric(const rl_method *m, const rl_method_options *options, rl_error *error) {
  const bool central = m->is->central && rl_env_agents(rl_vec_env_def(m->collector.env)) > 1;
  if (options->symmetric == RL_SYMMETRIC_OFF) return RL_OK;
  if (m->policy->network.history > 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: not of %s with a history", m->is->name);
  if (central)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: what a central value reads has no mirror images");
  return RL_OK;
}

static rl_status check_parts(const rl_method *m, const rl_replay_way *way, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const char *name = m->is->name;
  const int agents = rl_env_agents(def), encoded = way->values_actions ? def->action.size : 0;
  const bool central = m->is->central && agents > 1;
  const int inputs = central ? rl_central_width(def->observation.size, encoded, agents)
                             : m->policy->observation.size + encoded;
  const bool frames = m->policy->network.history > 1;
  rl_status status = way->check(m, error);
  if (!status) status = rl_replay_check_symmetric(m, &m->options, error);
  if (status) return status;
  if (m->policy->value_head)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s has a value of its own: a value head of the policy is of no use to it", name);
  if (central && (!m->value || m->value->network.mlp.inputs != inputs))
    return rl_fail(
        error, m->value ? RL_BAD_SHAPE : RL_BAD_ARGUMENT,
        "%s wants a value that takes what all %d agents observe and do, %d numbers with whose step "
        "it is: give value = rl.value(env, { central = true, action = true })",
        name, agents, inputs);
  if (way->values_actions && (!m->value || m->value->network.mlp.inputs != inputs))
    return rl_fail(
        error, m->value ? RL_BAD_SHAPE : RL_BAD_ARGUMENT,
        "%s wants a value that takes the action too, %d numbers with the observation: give value = "
        "rl.value(env, { action = true%s })",
        name, inputs, frames ? ", history = that of the policy" : "");
  if (!m->value || m->value->network.mlp.inputs != inputs)
    return rl_fail(error, m->value ? RL_BAD_SHAPE : RL_BAD_ARGUMENT,
                   "%s wants a value of states, which takes %d numbers: give value = rl.value(env%s)", name,
                   inputs, frames ? ", { history = that of the policy }" : "");
  return m->base ? rl_fail(error, RL_BAD_ARGUMENT, "option base: %s keeps near no policy", name) : RL_OK;
}

static rl_status copy(float **slow, float **before, const rl_tensor *theta, rl_error *error) {
  const size_t n = (size_t)theta->shape[0];
  *slow = rl_allocate(n, sizeof **slow);
  *before = rl_allocate(n, sizeof **before);
  if (!*slow || !*before) return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu parameters", n);
  memcpy(*slow, theta->data, n * sizeof **slow);
  return RL_OK;
}

/* The twin begins elsewhere than the value, and near 0 where it is no second critic; slow copies begin as what they are
 * copies of. */
static rl_status make_critics(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_network *first = &m->value->network;
  rl_network_options options = rl_network_defaults(r->way->values_actions ? 1.0f : 0.01f);
  rl_network_read_shape(first, &options);
  options.history = 1; /* it takes what the value takes */
  options.init = RL_INIT_ORTHOGONAL;
  options.normalize = false;
  options.clip = INFINITY;
  options.seed = m->options.collect.seed;
  rl_status status = rl_network_init(&r->twin, first->mlp.inputs, 1, 0, &options, 2, error);
  if (!status && rl_network_is_symmetric(first)) {
    status = rl_network_tie(&r->twin, &first->ties.input, &first->ties.output, &first->ties.extra, error);
    if (!status) status = rl_network_init_tied(&r->twin, &options, 2, error);
  }
  if (!status)
    status = rl_learner_init(&r->twin_learner, &r->twin, RL_ADAM, r->way->twin_loss, NULL, m, error);
  if (!status)
    status =
        rl_learner_init(&m->value_learner, &m->value->network, RL_ADAM, r->way->value_loss, NULL, m, error);
  for (int k = 0; k < RL_CRITICS && r->way->values_actions && !status; k++)
    status = copy(&r->slow[k], &r->slow_before[k], k == 0 ? &first->theta : &r->twin.theta, error);
  if (!status && r->way->slow_policy)
    status = copy(&r->slow_policy, &r->slow_policy_before, &m->policy->network.theta, error);
  return status;
}

static rl_status make_mirror(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_symmetry *symmetry;
  rl_error none;
  if (r->central.agents || rl_env_symmetry(rl_vec_env_def(m->collector.env), &symmetry, &none)) return RL_OK;
  r->places = rl_allocate((size_t)rl_replay_pairs(r), sizeof *r->places);
  r->signs = rl_allocate((size_t)rl_replay_pairs(r), sizeof *r->signs);
  if (!r->places || !r->signs) return rl_fail(error, RL_NO_MEMORY, "out of memory for mirror images");
  r->mirror = r->encoded ? rl_mirror_join(&symmetry->observation, &symmetry->action, r->places, r->signs)
                         : symmetry->observation;
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

static const rl_replay_way *way_of(const rl_method_class *c) {
  if (c->objective == RL_SOFT) return &rl_replay_soft;
  if (c->objective == RL_DETERMINISTIC) return &rl_replay_deterministic;
  return c->objective == RL_WEIGHTED ? &rl_replay_weighted : &rl_replay_ratio;
}

rl_status rl_replay_create(rl_method *m, rl_error *error) {
  const rl_method_options *o = &m->options;
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const rl_replay_way *way = way_of(m->is);
  rl_status status = check_parts(m, way, error);
  if (status) return status;
  if (o->collect.lag)
    return rl_fail(error, RL_BAD_ARGUMENT, "option lag: what a memory has was collected before in any case");
  rl_replay *r = m->replay = rl_allocate(1, sizeof *r);
  if (!r) return rl_fail(error, RL_NO_MEMORY, "out of memory for a method");
  r->way = way;
  r->encoded = way->values_actions ? def->action.size : 0;
  if (m->is->central && rl_env_agents(def) > 1) r->central = rl_central_of(def, m->policy, m->value);
  m->collector.late = true;
  m->collector.whole = r->central.agents > 0;
  r->seed = o->collect.seed;
  r->log_temperature = o->temperature > 0.0 ? (float)log(o->temperature) : 0.0f;
  status = rl_memory_init(&r->memory, o->memory, m->policy->observation.size, rl_space_width(&def->action),
                          r->central.agents ? r->central.agents : 1, error);
  if (!status) status = make_mirror(m, error);
  if (!status) status = rl_optimizer_init(&r->temperature_adam, RL_ADAM, 1, error);
  if (!status) status = rl_optimizer_init(&r->temperature_adam_before, RL_ADAM, 1, error);
  if (!status)
    status =
        rl_learner_init(&m->policy_learner, &m->policy->network, RL_ADAM, way->policy_loss, NULL, m, error);
  if (!status && def->action.masked) m->policy_learner.amend = rl_replay_amend;
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
  rl_release(r->slow_policy);
  rl_release(r->slow_policy_before);
  rl_release(r->places);
  rl_release(r->signs);
  rl_release(r->index);
  rl_release(r->pair);
  rl_release(r->work);
}

/* --- an update --- */

rl_status rl_replay_reserve(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const int rows = m->options.minibatch, width = r->memory.width,
            values = r->way->values_actions ? rows : 2 * rows;
  if (rows == r->rows) return RL_OK;
  const size_t n = (size_t)rows, size = rl_replay_scratch_size(m);
  int *index = rl_allocate(3 * n, sizeof *index);
  float *numbers = rl_allocate(n * (size_t)(rl_replay_pairs(r) + 2 * width + 8), sizeof *numbers);
  float *work = rl_allocate((size_t)rl_pieces(rows, RL_ROWS) * size, sizeof *work);
  rl_status status = index && numbers && work
                         ? RL_OK
                         : rl_fail(error, RL_NO_MEMORY, "out of memory for a minibatch of %d steps", rows);
  if (!status) status = rl_learner_reserve(&m->policy_learner, rows, rows, error);
  if (!status) status = rl_learner_reserve(&m->value_learner, values, values, error);
  if (!status) status = rl_learner_reserve(&r->twin_learner, rows, rows, error);
  if (status) {
    rl_release(index);
    rl_release(numbers);
    rl_release(work);
    return status;
  }
  rl_release(r->index);
  rl_release(r->pair);
  rl_release(r->work);
  for (int i = 0; i < 2 * rows; i++) index[i] = i;
  r->index = index;
  r->agent = index + 2 * n;
  r->pair = numbers;
  r->noise = r->pair + n * (size_t)rl_replay_pairs(r);
  r->action = r->noise + n * (size_t)width;
  r->target = r->action + n * (size_t)width;
  float **const columns[] = {&r->reward, &r->goes_on, &r->log_prob, &r->weight,
                             &r->ratio,  &r->aside,   &r->worth};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) *columns[i] = r->target + (i + 1) * n;
  r->work = work;
  r->work_size = size;
  r->rows = rows;
  return RL_OK;
}

static void remember(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner_remember(&m->policy_learner);
  for (int k = 0; k < RL_CRITICS; k++) {
    rl_learner_remember(rl_replay_critic(m, k));
    if (r->slow[k]) memcpy(r->slow_before[k], r->slow[k], r->twin_learner.optimizer.size * sizeof(float));
  }
  if (r->slow_policy)
    memcpy(r->slow_policy_before, r->slow_policy, m->policy_learner.optimizer.size * sizeof(float));
  r->log_temperature_before = r->log_temperature;
  rl_optimizer_copy(&r->temperature_adam_before, &r->temperature_adam);
  r->steps_before = r->steps;
}

void rl_replay_undo(rl_method *m) {
  rl_replay *r = m->replay;
  rl_learner_restore(&m->policy_learner);
  for (int k = 0; k < RL_CRITICS; k++) {
    rl_learner_restore(rl_replay_critic(m, k));
    if (r->slow[k]) memcpy(r->slow[k], r->slow_before[k], r->twin_learner.optimizer.size * sizeof(float));
  }
  if (r->slow_policy)
    memcpy(r->slow_policy, r->slow_policy_before, m->policy_learner.optimizer.size * sizeof(float));
  r->log_temperature = r->log_temperature_before;
  rl_optimizer_copy(&r->temperature_adam, &r->temperature_adam_before);
  r->steps = r->steps_before;
  r->asked = 0;
}

rl_status rl_replay_begin(rl_method *m, rl_error *error) {
  rl_replay *r = m->replay;
  const rl_rollout *batch = &m->collector.rollout;
  rl_status status = rl_replay_reserve(m, error);
  r->images = NULL;
  if (!status && m->options.symmetric == RL_SYMMETRIC_DATA)
    status = rl_env_symmetry(rl_vec_env_def(m->collector.env), &r->images, error);
  if (status) return status;
  if (!r->asked && !r->taken) {
    rl_memory_take(&r->memory, batch);
    r->pending = fmin(r->pending, 1.0) + m->options.replay * batch->n_rows; /* what was given up is not due */
    if (batch->stats.total_steps < m->options.warmup) r->pending = 0.0;
    r->taken = true;
  }
  remember(m);
  r->planned = r->asked ? r->asked : r->memory.count ? (int64_t)r->pending : 0;
  r->done = 0;
  r->stage = RL_REPLAY_TARGETS;
  r->bad_critic = false;
  r->value_loss = r->policy_loss = r->entropy = r->q = r->grad_norm = r->effective = 0.0;
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

void rl_replay_observe(rl_method *m, const float *seen, const float *done, const int *index, int n) {
  rl_replay *r = m->replay;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width,
               pair = (size_t)rl_replay_pairs(r);
  const bool images = m->options.symmetric == RL_SYMMETRIC_DATA;
  take_in(&m->policy->network, seen, (int)obs, index, n,
          images ? &rl_vec_env_def(m->collector.env)->symmetry->observation : NULL);
  for (int first = 0; first < n; first += r->rows) {
    const int left = n - first, rows = left < r->rows ? left : r->rows;
    for (int k = 0; k < rows; k++) {
      const size_t cell = (size_t)(index ? index[first + k] : first + k);
      float *row = r->pair + (size_t)k * pair;
      if (r->central.agents) {
        rl_central_join(&r->central, seen, done, (int)cell, 1, row);
        continue;
      }
      memcpy(row, seen + cell * obs, obs * sizeof *row);
      if (r->encoded) rl_space_encode(&m->policy->action, done + cell * act, row + obs);
    }
    take_in(&m->value->network, r->pair, (int)pair, NULL, rows, images ? &r->mirror : NULL);
  }
}

rl_method_stats rl_replay_finish(rl_method *m) {
  rl_replay *r = m->replay;
  const double none = (double)NAN, n = r->done ? (double)r->done : none;
  if (!r->asked) {
    const rl_rollout *batch = &m->collector.rollout;
    rl_replay_observe(m, batch->obs.data, batch->action.data, batch->rows, batch->n_rows);
    r->pending -= (double)r->done;
  }
  r->asked = 0;
  return (rl_method_stats){
      .approx_kl = none,
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
      .lr = m->options.anneal ? rl_replay_annealed(m, m->options.lr) : none,
      .alpha = m->is->objective != RL_SOFT    ? none
               : m->options.temperature > 0.0 ? (double)expf(r->log_temperature)
                                              : 0.0,
      .mean_q = r->q / n,
      .effective_fraction =
          m->is->objective == RL_WEIGHTED || m->is->objective == RL_RATIO ? r->effective / n : none,
      .gradient_steps = (double)r->done,
      .remembered = r->memory.count};
}
