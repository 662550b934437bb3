/* Off-policy actor-critic (Degris et al. 2012): the policy gradient in the states that a behaviour policy b has been in,
 *
 *   E_b [ pi(a|s) / b(a|s)  Q^pi(s, a)  grad log pi(a|s) ]
 *
 * estimated in this, the expectation's, form by steps drawn from a memory, of older policies or of anybody whose probabilities
 * are known. With Q^pi(s, a) - V(s) estimated by the TD error delta:
 *
 *   rho    = pi(a|s) / b(a|s), at most rho_clip      delta = r + gamma V(s') - V(s)
 *   pi     += rho delta grad log pi(a|s)
 *   V      += rho (delta grad V(s) - gamma h(s) grad V(s'))
 *   h      += (rho delta - h(s)) grad h(s)
 *
 * This is theirs with lambda = 0, whose traces are those of single steps: steps of a memory do not follow each other, and a
 * trace of old ratios is a product of them. The second term of V is the gradient correction of GTD(0) (also TDC, Sutton et al.
 * 2009), with which V converges off the policy where plain TD learning may run away. There h is linear in the features of V;
 * with networks it is one of its own, the twin, which learns the expected TD error of a state (Patterson et al. 2022): that is
 * the same where V is linear, and asks for no second derivatives where it is not. */
#include "method/method_internal.h"

#include <math.h>
#include <string.h>

static rl_status check(const rl_method *m, rl_error *error) {
  if (!m->policy->squash) return RL_OK;
  return rl_fail(
      error, RL_BAD_ARGUMENT,
      "a squashed policy has no entropy in closed form, which %s takes: make it without squash, or use "
      "rl.awac or rl.sac",
      m->is->name);
}

/* Of normalised observations; until the next call. */
static const float *values(const rl_network *network, const float *obs, int rows, float *workspace) {
  return rl_mlp_forward(&network->mlp, network->theta.data, NULL, obs, rows, workspace);
}

static void aim(rl_method *m, const rl_scratch *s, int piece, int first, int rows) {
  rl_replay *r = m->replay;
  const rl_method_options *o = &m->options;
  const size_t obs = (size_t)r->memory.obs_size, bytes = (size_t)rows * sizeof(float);
  const rl_network *value = &m->value->network;
  float *at = m->value_learner.input + (size_t)first * obs, *after = at + (size_t)r->rows * obs;
  const float gamma = (float)o->collect.gamma, most = (float)o->collect.rho_clip;
  (void)piece;
  rl_network_normalize(value, s->obs, rows, after);
  memcpy(s->q[0], values(value, at, rows, s->critic[0]), bytes);
  memcpy(s->q[1], values(value, after, rows, s->critic[0]), bytes);
  memcpy(r->aside + first, values(&r->twin, at, rows, s->critic[1]), bytes);
  const rl_dist dist = rl_replay_policy_at(m, s, first, rows);
  rl_dist_log_prob(&dist, rows, r->action + (size_t)first * (size_t)r->memory.width, s->log_prob);
  for (int k = 0; k < rows; k++) {
    const int row = first + k;
    r->worth[row] = s->q[0][k];
    r->target[row] = r->reward[row] + gamma * r->goes_on[row] * s->q[1][k] - s->q[0][k]; /* delta */
    r->ratio[row] = o->ratios ? fminf(expf(s->log_prob[k] - r->log_prob[row]), most) : 1.0f;
    r->weight[row] = r->ratio[row] * r->target[row];
  }
}

/* The first half of the rows are states, the second what came after them. */
static void value_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                       float *dextra, double *stats) {
  const rl_method *m = context;
  const rl_replay *r = m->replay;
  const float gamma = (float)m->options.collect.gamma;
  (void)total;
  (void)y;
  (void)dextra;
  for (int k = 0; k < rows; k++) {
    const int row = index[k] % r->rows;
    if (index[k] == row) {
      dy[k] = -r->weight[row] / (float)r->rows;
      stats[RL_STAT_VALUE_LOSS] +=
          0.5 * (double)r->ratio[row] * (double)r->target[row] * (double)r->target[row];
    } else {
      const float weight = m->options.correction ? r->ratio[row] * r->goes_on[row] : 0.0f;
      dy[k] = gamma * weight * r->aside[row] / (float)r->rows;
    }
  }
}

static void twin_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                      float *dextra, double *stats) {
  const rl_method *m = context;
  (void)dextra;
  for (int k = 0; k < rows; k++) {
    const float error = y[k] - m->replay->weight[index[k]];
    dy[k] = error / (float)total;
    stats[RL_STAT_VALUE_LOSS] += 0.5 * (double)error * (double)error;
  }
}

static void weigh(rl_method *m) {
  m->replay->effective += rl_replay_effective(m->replay->ratio, m->replay->rows);
}

const rl_replay_way rl_replay_ratio = {.value_loss = value_loss,
                                       .twin_loss = twin_loss,
                                       .policy_loss = rl_replay_likelihood,
                                       .check = check,
                                       .aim = aim,
                                       .weigh = weigh};
