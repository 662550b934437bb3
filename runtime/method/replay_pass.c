/* What the ways of learning from a memory share (replay.h): scratch, networks, losses, streams. */
#include "base/parallel.h"
#include "method/method_internal.h"
#include "network/squash.h"

#include <math.h>
#include <string.h>

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

/* --- scratch of a piece --- */

/* Lays it out from `base` on; returns how many floats. */
static size_t lay_out(const rl_method *m, float *base, rl_scratch *s) {
  const rl_replay *r = m->replay;
  const size_t rows = RL_ROWS, obs = rows * (size_t)r->memory.obs_size, act = rows * (size_t)r->memory.width,
               agents = (size_t)r->memory.agents, pair = rows * (size_t)rl_replay_pairs(r),
               kept = rl_squash_kept(r->memory.width, RL_ROWS);
  const struct {
    float **place;
    size_t size;
  } parts[] = {{&s->obs, agents * obs},
               {&s->there, agents * rows},
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

size_t rl_replay_scratch_size(const rl_method *m) {
  rl_scratch unused;
  return lay_out(m, NULL, &unused);
}

rl_scratch rl_replay_scratch(const rl_method *m, int piece) {
  rl_scratch s;
  lay_out(m, m->replay->work + (size_t)piece * m->replay->work_size, &s);
  return s;
}

/* --- losses --- */

void rl_replay_value_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                          float *dextra, double *stats) {
  const rl_method *m = context;
  (void)dextra;
  for (int k = 0; k < rows; k++) {
    const float error = y[k] - m->replay->target[index[k]];
    dy[k] = error / (float)total;
    stats[RL_STAT_VALUE_LOSS] += 0.5 * (double)error * (double)error;
  }
}

void rl_replay_likelihood(void *context, const int *index, int rows, int total, const float *y, float *dy,
                          float *dextra, double *stats) {
  const rl_method *m = context;
  const rl_replay *r = m->replay;
  const size_t first = (size_t)index[0];
  const rl_dist dist = rl_policy_read(m->policy, y);
  const float *action = r->action + first * (size_t)r->memory.width;
  float *dlog_std = rl_policy_dlog_std(m->policy, dy, dextra), log_prob[RL_ROWS], weight[RL_ROWS];
  memset(dy, 0, (size_t)rows * (size_t)rl_policy_outputs(m->policy) * sizeof *dy);
  rl_dist_log_prob(&dist, rows, action, log_prob);
  for (int k = 0; k < rows; k++) {
    stats[RL_REPLAY_LOSS] -= (double)r->weight[index[k]] * (double)log_prob[k];
    stats[RL_REPLAY_WORTH] += (double)r->worth[index[k]];
    weight[k] = -r->weight[index[k]] / (float)total;
  }
  rl_dist_log_prob_vjp(&dist, rows, action, weight, dy, dlog_std);
  if (m->policy->squash) {
    stats[RL_REPLAY_ENTROPY] += (double)NAN; /* not in closed form */
    return;
  }
  rl_dist_entropy(&dist, rows, log_prob);
  for (int k = 0; k < rows; k++) {
    stats[RL_REPLAY_ENTROPY] += (double)log_prob[k];
    weight[k] = -(float)m->options.entropy_coef / (float)total;
  }
  if (m->options.entropy_coef != 0.0) rl_dist_entropy_vjp(&dist, rows, weight, dy, dlog_std);
}

double rl_replay_effective(const float *weight, int rows) {
  double sum = 0.0, squares = 0.0;
  for (int k = 0; k < rows; k++) {
    sum += (double)weight[k];
    squares += (double)weight[k] * (double)weight[k];
  }
  return squares > 0.0 ? sum * sum / (rows * squares) : 0.0;
}

/* --- networks --- */

rl_learner *rl_replay_critic(rl_method *m, int k) {
  return k == 0 ? &m->value_learner : &m->replay->twin_learner;
}

/* Masks of `rows` observations, which are `stride` apart. */
static void mask(const rl_policy *policy, const float *obs, size_t stride, int rows, float *y) {
  const size_t outputs = (size_t)rl_policy_outputs(policy);
  for (int k = 0; policy->action.masked && k < rows; k++)
    rl_policy_mask(policy, obs + (size_t)k * stride, 1, y + (size_t)k * outputs);
}

/* Rows of a minibatch follow each other. */
void rl_replay_amend(void *context, const int *index, int rows, float *y) {
  const rl_method *m = context;
  const size_t stride = (size_t)rl_replay_pairs(m->replay);
  mask(m->policy, m->replay->pair + (size_t)index[0] * stride, stride, rows, y);
}

rl_dist rl_replay_policy_of(const rl_method *m, const rl_scratch *s, const float *theta, const float *obs,
                            int rows) {
  const rl_network *network = &m->policy->network;
  rl_network_normalize(network, obs, rows, s->input);
  float *y = rl_mlp_forward(&network->mlp, theta, NULL, s->input, rows, s->policy);
  mask(m->policy, obs, (size_t)m->replay->memory.obs_size, rows, y);
  return rl_policy_read_of(m->policy, theta, y);
}

rl_dist rl_replay_policy_after(const rl_method *m, const rl_scratch *s, int rows) {
  return rl_replay_policy_of(m, s, m->policy->network.theta.data, s->obs, rows);
}

rl_dist rl_replay_policy_at(const rl_method *m, const rl_scratch *s, int first, int rows) {
  const rl_network *network = &m->policy->network;
  const size_t stride = (size_t)rl_replay_pairs(m->replay);
  float *y =
      rl_mlp_forward(&network->mlp, network->theta.data, NULL,
                     m->policy_learner.input + (size_t)first * (size_t)network->mlp.inputs, rows, s->policy);
  mask(m->policy, m->replay->pair + (size_t)first * stride, stride, rows, y);
  return rl_policy_read(m->policy, y);
}

void rl_replay_put_action(const rl_method *m, const rl_scratch *s, const float *action, int first, int rows) {
  const rl_replay *r = m->replay;
  const size_t pair = (size_t)rl_replay_pairs(r), act = (size_t)r->memory.width;
  for (int k = 0; k < rows; k++)
    rl_space_encode(&m->policy->action, action + (size_t)k * act,
                    s->pair + (size_t)k * pair + rl_replay_action_at(r, first + k));
  rl_network_normalize(&m->value->network, s->pair, rows, s->normal);
}

void rl_replay_judge(rl_method *m, const rl_scratch *s, const float *pairs, int rows, bool slow) {
  const rl_mlp *mlp = &m->replay->twin.mlp;
  for (int k = 0; k < RL_CRITICS; k++) {
    const rl_learner *learner = rl_replay_critic(m, k);
    const float *theta = slow ? m->replay->slow[k] : learner->network->theta.data;
    const float *q = rl_mlp_forward(mlp, theta, slow ? NULL : learner->transposed, pairs, rows, s->critic[k]);
    memcpy(s->q[k], q, (size_t)rows * sizeof *q);
  }
}

static void transpose_piece(void *context, int k, int worker) {
  rl_method *m = context;
  const rl_learner *learner = rl_replay_critic(m, k);
  (void)worker;
  rl_mlp_transpose(&learner->network->mlp, learner->network->theta.data, true, learner->transposed);
}

void rl_replay_transpose_critics(rl_method *m) { rl_parallel_for(RL_CRITICS, transpose_piece, m); }

/* --- through actions --- */

/* Of the gradient of a normalised pair that of the action as it was. */
static void action_gradient(const rl_method *m, const rl_scratch *s, int first, int rows) {
  const rl_replay *r = m->replay;
  const size_t pair = (size_t)rl_replay_pairs(r), act = (size_t)r->memory.width;
  const rl_network *network = &m->value->network;
  const float *inverse = network->normalizer.size ? network->normalizer.inverse : NULL;
  for (int k = 0; k < rows; k++) {
    const size_t at = (size_t)rl_replay_action_at(r, first + k);
    const float *d = s->sum + (size_t)k * pair + at, *x = s->normal + (size_t)k * pair + at;
    for (size_t i = 0; i < act; i++)
      s->daction[(size_t)k * act + i] = fabsf(x[i]) >= network->clip ? 0.0f
                                        : inverse                    ? d[i] * inverse[at + i]
                                                                     : d[i];
  }
}

/* s->sum: the gradient, by the normalised pairs, of -min_k Q_k / total, summed over the rows. */
static void value_gradient(rl_method *m, const rl_scratch *s, int rows, int total) {
  const rl_mlp *mlp = &m->replay->twin.mlp;
  const size_t size = (size_t)rows * (size_t)mlp->inputs;
  for (int k = 0; k < RL_CRITICS; k++) {
    const rl_learner *learner = rl_replay_critic(m, k);
    float *out = k == 0 ? s->sum : s->dpair;
    for (int r = 0; r < rows; r++)
      s->dq[r] = (s->q[0][r] <= s->q[1][r]) == (k == 0) ? -1.0f / (float)total : 0.0f;
    rl_mlp_vjp(mlp, learner->network->theta.data, learner->transposed, s->normal, rows, s->critic[k], s->dq,
               NULL, out);
  }
  for (size_t i = 0; i < size; i++) s->sum[i] += s->dpair[i];
}

rl_dist rl_replay_go_through(rl_method *m, const rl_scratch *s, const float *y, const float *noise, int first,
                             int rows, int total) {
  const rl_replay *r = m->replay;
  const size_t pair = (size_t)rl_replay_pairs(r);
  const rl_dist dist = rl_policy_read(m->policy, y);
  memcpy(s->pair, r->pair + (size_t)first * pair, (size_t)rows * pair * sizeof *s->pair);
  rl_squash_forward(&dist, rows, noise, s->action, s->log_prob, s->squash, s->kept);
  rl_replay_put_action(m, s, s->action, first, rows);
  rl_replay_judge(m, s, s->normal, rows, false);
  value_gradient(m, s, rows, total);
  action_gradient(m, s, first, rows);
  return dist;
}

rl_status rl_replay_check_through(const rl_method *m, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(m->collector.env);
  const bool several = rl_env_agents(def) > 1;
  if (def->action.kind != RL_BOX)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s is for actions of numbers, those of %s are choices: use rl.ppo%s", m->is->name,
                   def->name, several ? ", rl.mappo or rl.coma" : "");
  if (!m->policy->squash)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%s wants actions within their bounds: make the policy with rl.policy(env, { squash = true%s })",
        m->is->name, m->is->objective == RL_DETERMINISTIC ? ", std = \"fixed\"" : "");
  return RL_OK;
}

rl_rng rl_replay_stream(const rl_method *m, int piece, int which) {
  rl_rng rng;
  rl_rng_init_use(&rng, m->replay->seed, RL_STREAM_REPLAY, (uint32_t)(2 * piece + which));
  rng.position = (uint64_t)m->replay->steps << 24;
  return rng;
}
