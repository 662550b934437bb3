/* REINFORCE against the policy gradient theorem (Sutton & Barto 2018, 13.3) on a problem small enough to work
 * out by hand. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "toy_agent.h"

/* A problem of two steps whose gradient can be worked out by hand: the observation is 1, then 3; choosing a
 * pays 1 + a in the first step and 4 - 2 a in the second, which is the last. */
static void two_steps_show(const toy *t, rl_env_io *io) { io->observation[0] = t->steps == 0 ? 1.0f : 3.0f; }

static void two_steps_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  toy *t = self;
  (void)options;
  (void)rng;
  t->steps = 0;
  two_steps_show(t, io);
}

static void two_steps_step(void *self, const float *action, rl_env_io *io) {
  toy *t = self;
  io->reward = t->steps == 0 ? 1.0 + (double)action[0] : 4.0 - 2.0 * (double)action[0];
  io->terminated = ++t->steps == 2;
  io->truncated = false;
  two_steps_show(t, io);
}

/* The policy is linear, logits W obs + b, with W = 0 and b = (0, log 3): choices have 1/4 and 3/4 in both
 * steps. The gradient of log pi(a) by the second logit is a - 3/4, by the second bias the same, by the second
 * weight that times the observation (and by the first ones the opposite). With gamma = 1/2, G_0 = r_0 + r_1 /
 * 2 and G_1 = r_1, the sum over both steps of gamma^t G_t grad log pi is
 *
 *   choices    r_0  r_1    G_0  G_1     by the bias                      by the weight
 *   0, 0        1    4      3    4      3 (-3/4) + 2 (-3/4) = -3.75      3 (-3/4) + 2 (-3/4) 3 = -6.75
 *   0, 1        1    2      2    2      2 (-3/4) + 1 ( 1/4) = -1.25      2 (-3/4) + 1 ( 1/4) 3 =  -.75
 *   1, 0        2    4      4    4      4 ( 1/4) + 2 (-3/4) =  -.5       4 ( 1/4) + 2 (-3/4) 3 = -3.5
 *   1, 1        2    2      3    2      3 ( 1/4) + 1 ( 1/4) =  1         3 ( 1/4) + 1 ( 1/4) 3 =  1.5
 *
 * and without gamma^t, as most implementations have it, the second step counts twice as much. The method
 * takes the mean over the steps, two a copy, and ascends. */
static void reinforce_follows_the_policy_gradient_theorem(void **state) {
  (void)state;
  const double table[2][4][2] = {{{-5.25, -11.25}, {-1.0, 0.0}, {-2.0, -8.0}, {1.25, 2.25}},
                                 {{-3.75, -6.75}, {-1.25, -0.75}, {-0.5, -3.5}, {1.0, 1.5}}};
  rl_env_def def = toy_def("two_steps", (rl_space){.kind = RL_DISCRETE, .size = 2});
  def.observation.size = 1;
  def.n_fields = def.n_terms = 0;
  def.reset = two_steps_reset;
  def.step = two_steps_step;
  for (int discounted = 0; discounted < 2; discounted++) {
    rl_method_options options = rl_method_defaults("reinforce", false);
    options.collect.gamma = 0.5;
    options.discounted_gradient = discounted;
    options.normalize_advantage = false;
    options.max_grad_norm = 0.0;
    options.sgd = true;
    options.lr = 0.1;
    agent a;
    bool seen[4] = {false};
    for (uint64_t seed = 1; seed <= 4; seed++) {
      double bias = 0.0, weight = 0.0;
      options.collect.seed = seed;
      const agent_parts linear = {.no_hidden = true, .no_value = true};
      agent_new_of(&a, &linear, &def, &options, seed);
      const float start[4] = {0.0f, 0.0f, 0.0f, 1.0986123f}; /* W [1, 2], b [2] */
      float *theta = a.policy.network.theta.data;
      memcpy(theta, start, sizeof start);
      const rl_rollout *b = collect(&a, 2);
      assert_int_equal(b->n_rows, 2 * COPIES);
      for (int c = 0; c < COPIES; c++) {
        int choices = 2 * (int)b->action.data[c] + (int)b->action.data[COPIES + c];
        seen[choices] = true;
        bias += table[discounted][choices][0] / (2 * COPIES);
        weight += table[discounted][choices][1] / (2 * COPIES);
      }
      update(&a);
      assert_near(theta[0], -0.1 * weight, 1e-6);
      assert_near(theta[1], 0.1 * weight, 1e-6);
      assert_near(theta[2], -0.1 * bias, 1e-6);
      assert_near(theta[3], (double)start[3] + 0.1 * bias, 1e-6);
      agent_free(&a);
    }
    assert_true(seen[0] && seen[1] && seen[2] && seen[3]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reinforce_follows_the_policy_gradient_theorem),
  };
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
