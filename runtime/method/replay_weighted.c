/* Advantage-weighted actor-critic (Nair et al. 2020): the policy learns from what was done, by whoever did it, the more the
 * better it was. So it can begin with demonstrations, and never asks its critics about actions that nobody has tried.
 *
 *   a' ~ pi(s')    y = r + gamma min_k Q'_k(s', a')                          the target of both critics
 *   A              min_k Q_k(s, a) - min_k Q_k(s, b),  b ~ pi(s)             how much better the action was than the policy's
 *   pi             -w log pi(a|s),  w = exp(A / advantage_scale), divided by the mean over the minibatch
 *
 * The exact solution divides by a normaliser of each state instead; the paper leaves that out (section 4), and its authors'
 * programs take the softmax over the minibatch, as is done here: no weight can run away. Choices are encoded: critics take 1
 * for the one that was taken and 0 for the others. */
#include "base/parallel.h"
#include "method/method_internal.h"

#include <math.h>
#include <string.h>

static rl_status check(const rl_method *m, rl_error *error) {
  (void)m;
  (void)error;
  return RL_OK;
}

static void aim(rl_method *m, const rl_scratch *s, int piece, int first, int rows) {
  rl_replay *r = m->replay;
  const size_t obs = (size_t)r->memory.obs_size, pair = (size_t)rl_replay_pairs(r);
  const float gamma = (float)m->options.collect.gamma;
  rl_rng rng = rl_replay_stream(m, piece, 1);
  const rl_dist dist = rl_replay_policy_after(m, s, rows);
  rl_dist_sample(&dist, rows, &rng, false, s->action);
  for (int k = 0; k < rows; k++)
    memcpy(s->pair + (size_t)k * pair, s->obs + (size_t)k * obs, obs * sizeof *s->obs);
  rl_replay_put_action(m, s, s->action, first, rows);
  rl_replay_judge(m, s, s->normal, rows, true);
  for (int k = 0; k < rows; k++)
    r->target[first + k] = r->reward[first + k] + gamma * r->goes_on[first + k] * rl_replay_least(s, k);
}

/* The advantages, for now in the place of weights. */
static void compare(void *context, int piece, int worker) {
  rl_method *m = context;
  rl_replay *r = m->replay;
  const int first = piece * RL_ROWS, left = r->rows - first, rows = left < RL_ROWS ? left : RL_ROWS;
  const size_t pair = (size_t)rl_replay_pairs(r);
  const rl_scratch s = rl_replay_scratch(m, piece);
  (void)worker;
  rl_replay_judge(m, &s, m->value_learner.input + (size_t)first * pair, rows, false);
  for (int k = 0; k < rows; k++) r->weight[first + k] = rl_replay_least(&s, k);
  rl_rng rng = rl_replay_stream(m, piece, 1);
  rng.position += UINT64_C(1) << 23; /* behind what aim has drawn */
  const rl_dist dist = rl_replay_policy_at(m, &s, first, rows);
  rl_dist_sample(&dist, rows, &rng, false, s.action);
  memcpy(s.pair, r->pair + (size_t)first * pair, (size_t)rows * pair * sizeof *s.pair);
  rl_replay_put_action(m, &s, s.action, first, rows);
  rl_replay_judge(m, &s, s.normal, rows, false);
  for (int k = 0; k < rows; k++) {
    r->worth[first + k] = rl_replay_least(&s, k);
    r->weight[first + k] -= r->worth[first + k];
  }
}

static void weigh(rl_method *m) {
  rl_replay *r = m->replay;
  rl_replay_transpose_critics(m);
  rl_parallel_for(rl_pieces(r->rows, RL_ROWS), compare, m);
  double top = -INFINITY, sum = 0.0;
  for (int k = 0; k < r->rows; k++) top = fmax(top, (double)r->weight[k]);
  for (int k = 0; k < r->rows; k++) {
    const double weight = exp(((double)r->weight[k] - top) / m->options.advantage_scale);
    r->weight[k] = (float)weight;
    sum += weight;
  }
  for (int k = 0; k < r->rows; k++) r->weight[k] *= (float)(r->rows / sum);
  r->effective += rl_replay_effective(r->weight, r->rows);
}

const rl_replay_way rl_replay_weighted = {.values_actions = true,
                                          .value_loss = rl_replay_value_loss,
                                          .twin_loss = rl_replay_value_loss,
                                          .policy_loss = rl_replay_likelihood,
                                          .check = check,
                                          .aim = aim,
                                          .weigh = weigh};
