/* Soft actor-critic (Haarnoja et al. 2018, the version with a temperature that adapts): the policy learns from how two critics
 * change with its action, an action as a function of noise.
 *
 *   a' ~ pi(s')    y = r + gamma (min_k Q'_k(s', a') - temperature log pi(a'|s'))         the target of both critics
 *   Q_k            1/2 (Q_k(s, a) - y)^2                                                  each critic, k = 1, 2
 *   pi             temperature log pi(a|s) - min_k Q_k(s, a),  a ~ pi(s)                  through a, as a function of noise
 *   temperature    log temperature (H(pi) - target entropy)
 *   Q'_k           += tau (Q_k - Q'_k)
 *
 * Two critics because the smaller one of two errs less upwards (Fujimoto et al. 2018). */
#include "method/method_internal.h"
#include "network/squash.h"

#include <math.h>
#include <string.h>

static float temperature_of(const rl_method *m) {
  return m->options.temperature > 0.0 ? expf(m->replay->log_temperature) : 0.0f;
}

static void aim(rl_method *m, const rl_scratch *s, int piece, int first, int rows) {
  rl_replay *r = m->replay;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width, n = (size_t)rows * act;
  const float gamma = (float)m->options.collect.gamma, temperature = temperature_of(m);
  rl_rng rng = rl_replay_stream(m, piece, 1);
  rl_rng_fill_normal(&rng, s->noise, (int64_t)n);
  rl_rng_fill_normal(&rng, r->noise + (size_t)first * act, (int64_t)n);
  const rl_dist dist = rl_replay_policy_after(m, s, rows);
  rl_squash_forward(&dist, rows, s->noise, s->action, s->log_prob, s->squash, s->kept);
  for (int k = 0; k < rows; k++)
    memcpy(s->pair + (size_t)k * (obs + act), s->obs + (size_t)k * obs, obs * sizeof *s->obs);
  rl_replay_put_action(m, s, s->action, first, rows);
  rl_replay_judge(m, s, s->normal, rows, true);
  for (int k = 0; k < rows; k++)
    r->target[first + k] = r->reward[first + k] + gamma * r->goes_on[first + k] *
                                                      (rl_replay_least(s, k) - temperature * s->log_prob[k]);
}

static void policy_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  rl_method *m = context;
  const rl_replay *r = m->replay;
  const float temperature = temperature_of(m);
  const rl_scratch s = rl_replay_scratch(m, index[0] / RL_ROWS);
  const rl_dist dist = rl_replay_go_through(m, &s, y, r->noise + (size_t)index[0] * (size_t)r->memory.width,
                                            index[0], rows, total);
  for (int k = 0; k < rows; k++) {
    const double entropy = -(double)s.log_prob[k], q = (double)rl_replay_least(&s, k);
    stats[RL_REPLAY_ENTROPY] += entropy;
    stats[RL_REPLAY_WORTH] += q;
    stats[RL_REPLAY_LOSS] -= (double)temperature * entropy + q;
  }
  memset(dy, 0, (size_t)rows * (size_t)rl_policy_outputs(m->policy) * sizeof *dy);
  rl_squash_backward(&dist, rows, s.kept, s.daction, temperature / (float)total, dy,
                     rl_policy_dlog_std(m->policy, dy, dextra));
}

static void adapt_temperature(rl_method *m) {
  const rl_method_options *o = &m->options;
  const rl_space *space = &m->policy->action;
  rl_replay *r = m->replay;
  const double entropy = m->policy_learner.stats[RL_REPLAY_ENTROPY] / r->rows;
  const double half = 0.5 * (double)(space->high - space->low);
  const float gradient = (float)(entropy - space->size * (o->target_entropy + log(half)));
  r->temperature_adam.lr = rl_replay_annealed(m, o->temperature_lr);
  if (o->temperature > 0.0 && o->temperature_lr > 0.0)
    rl_optimizer_step(&r->temperature_adam, &r->log_temperature, &gradient, fabs((double)gradient));
}

const rl_replay_way rl_replay_soft = {.values_actions = true,
                                      .value_loss = rl_replay_value_loss,
                                      .twin_loss = rl_replay_value_loss,
                                      .policy_loss = policy_loss,
                                      .check = rl_replay_check_through,
                                      .aim = aim,
                                      .weigh = rl_replay_transpose_critics,
                                      .end = adapt_temperature};
