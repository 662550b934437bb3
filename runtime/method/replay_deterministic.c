/* Deterministic policy gradients: what the policy does, mu(o), is its mean in its bounds, and it learns from how two critics
 * change with that. Of one agent (Lillicrap et al. 2016), or of agents 1 .. N of a world with critics of what all of them observe,
 * x = (o_1 .. o_N), and do (Lowe et al. 2017). They share a policy; a row is a step of one of them, i, and says so to the critics:
 *
 *   y        r_i + gamma min_k Q'_k(x', mu'(o_1') .. mu'(o_N'), i)     the target of both critics; another that has ended, or
 *                                                                    was cut while its world went on, does nothing
 *   Q_k      1/2 (Q_k(x, a_1 .. a_N, i) - y)^2                         each critic, k = 1, 2
 *   pi       -min_k Q_k(x, a_1 .. mu(o_i) .. a_N, i) + output_coef |u|^2   through mu(o_i); what the others did stays
 *   Q', mu'  += tau (Q - Q'), tau (mu - mu')
 *
 * Both papers have one critic. The smaller of two errs less upwards (Fujimoto et al. 2018; Ackermann et al. 2019 with several
 * agents), and all else here that learns from a memory of actions has two. u is the mean before the bounds, whose
 * square the authors of the second add in their programs: where tanh has come to its end nothing is explored and no gradient
 * goes through. It explores by the policy's deviation, which is of u too, and nothing that is learnt: it stays. */
#include "method/method_internal.h"
#include "network/squash.h"

#include <math.h>
#include <string.h>

/* What an agent of the world will do, by the slow policy, in the rows of s->pair. */
static void foresee(const rl_method *m, const rl_scratch *s, int agent, int rows) {
  const rl_replay *r = m->replay;
  const rl_space *space = &m->policy->action;
  const size_t obs = (size_t)r->memory.obs_size, act = (size_t)r->memory.width,
               pair = (size_t)rl_replay_pairs(r), seen = (size_t)r->central.observation;
  const float *after = s->obs + (size_t)agent * RL_ROWS * obs, *there = s->there + agent * RL_ROWS;
  const rl_dist dist = rl_replay_policy_of(m, s, r->slow_policy, after, rows);
  rl_squash_mode(&dist, rows, s->action);
  for (size_t k = 0; k < (size_t)rows; k++) {
    float *action = s->action + k * act, *row = s->pair + k * pair;
    if (r->central.agents) {
      if (there[k] == 0.0f) rl_space_rest(space, NULL, action);
      rl_central_put(&r->central, agent, after + (k + 1) * obs - seen, action, row);
    } else {
      memcpy(row, after + k * obs, obs * sizeof *row);
      rl_space_encode(space, action, row + obs);
    }
  }
}

static void aim(rl_method *m, const rl_scratch *s, int piece, int first, int rows) {
  rl_replay *r = m->replay;
  const size_t pair = (size_t)rl_replay_pairs(r);
  const float gamma = (float)m->options.collect.gamma;
  (void)piece;
  for (int agent = 0; agent < r->memory.agents; agent++) foresee(m, s, agent, rows);
  for (int k = 0; k < rows && r->central.agents; k++)
    rl_central_point(&r->central, r->agent[first + k], s->pair + (size_t)k * pair);
  rl_network_normalize(&m->value->network, s->pair, rows, s->normal);
  rl_replay_judge(m, s, s->normal, rows, true);
  for (int k = 0; k < rows; k++)
    r->target[first + k] = r->reward[first + k] + gamma * r->goes_on[first + k] * rl_replay_least(s, k);
}

static void policy_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  rl_method *m = context;
  const rl_scratch s = rl_replay_scratch(m, index[0] / RL_ROWS);
  (void)dextra;
  memset(s.noise, 0, (size_t)rows * (size_t)m->replay->memory.width * sizeof *s.noise);
  const rl_dist dist = rl_replay_go_through(m, &s, y, s.noise, index[0], rows, total);
  const double coef = m->options.output_coef;
  for (int k = 0; k < rows; k++) {
    const double q = (double)rl_replay_least(&s, k);
    stats[RL_REPLAY_WORTH] += q;
    stats[RL_REPLAY_LOSS] -= q;
  }
  stats[RL_REPLAY_ENTROPY] += (double)NAN;     /* it has none */
  for (int i = 0; i < rows * dist.size; i++) { /* all outputs are means */
    stats[RL_REPLAY_LOSS] += coef * (double)y[i] * (double)y[i];
    dy[i] = (float)(2.0 * coef / total) * y[i];
  }
  rl_squash_backward(&dist, rows, s.kept, s.daction, 0.0f, dy, NULL);
}

static rl_status check(const rl_method *m, rl_error *error) {
  rl_status status = rl_replay_check_through(m, error);
  if (status || m->policy->std != RL_STD_STATE) return status;
  return rl_fail(
      error, RL_BAD_ARGUMENT,
      "%s explores by a deviation that nothing learns, and that of the policy is an output: make it "
      "with rl.policy(env, { squash = true, std = \"fixed\" })",
      m->is->name);
}

const rl_replay_way rl_replay_deterministic = {.values_actions = true,
                                               .slow_policy = true,
                                               .value_loss = rl_replay_value_loss,
                                               .twin_loss = rl_replay_value_loss,
                                               .policy_loss = policy_loss,
                                               .check = check,
                                               .aim = aim,
                                               .weigh = rl_replay_transpose_critics};
