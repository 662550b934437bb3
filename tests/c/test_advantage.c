/* The advantage estimators against a table worked by hand, against naive sums over random trajectories, and
 * against each other where theory says how they are related. */
#include "episodes/advantage.h"

#include "check.h"

static const double tolerance = 1e-6; /* results of order 1 to 10, rounded once to float32 */

/* Four steps of three copies, gamma = 1/2. Copy 0 terminates at t = 1, copy 1 is truncated at t = 2 in a
 * state of value 8, copy 2 goes on to the end; the states after the last step are worth 4, 6 and 16. So v,
 * the value of the state after each step, is
 *
 *               copy 0             copy 1             copy 2
 *   t = 0    r 0  V 2  v 1      r  2  V 0  v 1     r 1  V 3  v  2
 *   t = 1    r 3  V 1  v 0      r  0  V 1  v 3     r 2  V 2  v  4
 *   t = 2    r 2  V 1  v 2      r  1  V 3  v 8     r 4  V 4  v  8
 *   t = 3    r 1  V 2  v 4      r -1  V 4  v 6     r 8  V 8  v 16
 *
 * cut_value holds 99 where nothing may read it. */
enum { STEPS = 4, COPIES = 3, N = STEPS * COPIES };

static const float reward[N] = {0, 2, 1, 3, 0, 2, 2, 1, 4, 1, -1, 8};
static const float value[N] = {2, 0, 3, 1, 1, 2, 1, 3, 4, 2, 4, 8};
static const float cut_value[N] = {99, 99, 99, 99, 99, 99, 99, 8, 99, 99, 99, 99};
static const float last_value[COPIES] = {4, 6, 16};
static const uint8_t terminated[N] = {0, 0, 0, 1}, truncated[N] = {0, 0, 0, 0, 0, 0, 0, 1};
static const rl_trajectories worked = {.steps = STEPS,
                                       .copies = COPIES,
                                       .reward = reward,
                                       .value = value,
                                       .terminated = terminated,
                                       .truncated = truncated,
                                       .cut_value = cut_value,
                                       .last_value = last_value};

static rl_estimate_options choose(rl_estimator estimator) {
  return (rl_estimate_options){estimator, 0.5, 0.5, 1, 1, 1, 1};
}

static void check_table(const rl_estimate_options *options, const double *want_advantage,
                        const double *want_target) {
  float advantage[N], target[N];
  rl_estimate(&worked, options, advantage, target);
  for (int i = 0; i < N; i++) {
    assert_near(advantage[i], want_advantage[i], tolerance);
    assert_near(target[i], want_target[i], tolerance);
  }
}

/* G_t, the return from t on, and what the first one spreads over its trajectory.
 *
 *          copy 0                    copy 1                   copy 2
 *   G_3    1 + 4/2 = 3               -1 + 6/2 = 2             8 + 16/2 = 16
 *   G_2    2 + 3/2 = 3.5              1 + 8/2 = 5             4 + 16/2 = 12
 *   G_1    3                          0 + 5/2 = 2.5           2 + 12/2 = 8
 *   G_0    0 + 3/2 = 1.5              2 + 2.5/2 = 3.25        1 + 8/2 = 5 */
static const double returns[N] = {1.5, 3.25, 5, 3, 2.5, 8, 3.5, 5, 12, 3, 2, 16};

static void returns_are_summed_to_the_end_of_the_trajectory(void **state) {
  (void)state;
  const double totals[N] = {1.5, 3.25, 5, 1.5, 3.25, 5, 3.5, 3.25, 5, 3.5, 2, 5};
  double baseline[N];
  for (int i = 0; i < N; i++) baseline[i] = returns[i] - (double)value[i];
  rl_estimate_options total = choose(RL_TOTAL), to_go = choose(RL_REWARD_TO_GO),
                      less_value = choose(RL_BASELINE);
  check_table(&total, totals, returns);
  check_table(&to_go, returns, returns);
  check_table(&less_value, baseline, returns);
}

/* Q over n steps, cut short by an end. Two steps:
 *
 *          copy 0                        copy 1                      copy 2
 *   Q_3    1 + 4/2 = 3                   -1 + 6/2 = 2                8 + 16/2 = 16
 *   Q_2    2 + 1/2 + 4/4 = 3.5            1 + 8/2 = 5                4 + 8/2 + 16/4 = 12
 *   Q_1    3                              0 + 1/2 + 8/4 = 2.5        2 + 4/2 + 8/4 = 6
 *   Q_0    0 + 3/2 = 1.5                  2 + 0/2 + 3/4 = 2.75       1 + 2/2 + 4/4 = 3
 *
 * One step is r + v/2; three steps differ from two in copy 1, Q_0 = 2 + 0/2 + 1/4 + 8/8 = 3.25, and copy 2,
 * Q_0 = 1 + 2/2 + 4/4 + 8/8 = 4, Q_1 = 2 + 4/2 + 8/4 + 16/8 = 8. More than there are steps is the return. */
static void n_steps_are_cut_short_by_an_end(void **state) {
  (void)state;
  const struct {
    int n;
    double q[N];
  } table[] = {{1, {0.5, 2.5, 2, 3, 1.5, 4, 3, 5, 8, 3, 2, 16}},
               {2, {1.5, 2.75, 3, 3, 2.5, 6, 3.5, 5, 12, 3, 2, 16}},
               {3, {1.5, 3.25, 4, 3, 2.5, 8, 3.5, 5, 12, 3, 2, 16}},
               {4, {1.5, 3.25, 5, 3, 2.5, 8, 3.5, 5, 12, 3, 2, 16}},
               {100, {1.5, 3.25, 5, 3, 2.5, 8, 3.5, 5, 12, 3, 2, 16}}};
  for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
    rl_estimate_options q = choose(RL_Q), advantage = choose(RL_ADVANTAGE);
    double less_value[N];
    q.n_step = advantage.n_step = table[k].n;
    for (int i = 0; i < N; i++) less_value[i] = table[k].q[i] - (double)value[i];
    check_table(&q, table[k].q, table[k].q);
    check_table(&advantage, less_value, table[k].q);
  }
}

/* The residual is r + v/2 - V; for gae gamma lambda = 1/4.
 *
 *          copy 0                 copy 1                    copy 2
 *   d_3    1 + 2 - 2 = 1          -1 + 3 - 4 = -2           8 + 8 - 8 = 8
 *   d_2    2 + 1 - 1 = 2           1 + 4 - 3 = 2            4 + 4 - 4 = 4
 *   d_1    3 + 0 - 1 = 2           0 + 1.5 - 1 = .5         2 + 2 - 2 = 2
 *   d_0    0 + .5 - 2 = -1.5       2 + .5 - 0 = 2.5         1 + 1 - 3 = -1
 *
 *   A_3    1                      -2                        8
 *   A_2    2 + 1/4 = 2.25          2                        4 + 8/4 = 6
 *   A_1    2                      .5 + 2/4 = 1              2 + 6/4 = 3.5
 *   A_0    -1.5 + 2/4 = -1         2.5 + 1/4 = 2.75         -1 + 3.5/4 = -.125 */
static void residuals_are_summed_with_decreasing_weight(void **state) {
  (void)state;
  const double residual[N] = {-1.5, 2.5, -1, 2, 0.5, 2, 2, 2, 4, 1, -2, 8},
               sums[N] = {-1, 2.75, -0.125, 2, 1, 3.5, 2.25, 2, 6, 1, -2, 8};
  double td_target[N], gae_target[N];
  for (int i = 0; i < N; i++) td_target[i] = residual[i] + (double)value[i];
  for (int i = 0; i < N; i++) gae_target[i] = sums[i] + (double)value[i];
  rl_estimate_options td = choose(RL_TD), gae = choose(RL_GAE);
  check_table(&td, residual, td_target);
  check_table(&gae, sums, gae_target);
}

/* V-trace with rho_clip 2, c_clip 1 and lambda 1; D is v - V, with d as above:
 *
 *          copy 0                           copy 1                           copy 2
 *   t = 3  ratio 3    rho 2  c 1            ratio 1    rho 1    c 1          ratio 1/2  rho 1/2  c 1/2
 *   t = 2  ratio 1    rho 1  c 1            ratio 1/2  rho 1/2  c 1/2        ratio 0    rho 0    c 0
 *   t = 1  ratio 4    rho 2  c 1            ratio 2    rho 2    c 1          ratio 1/2  rho 1/2  c 1/2
 *   t = 0  ratio 1/2  rho 1/2  c 1/2        ratio 4    rho 2    c 1          ratio 1    rho 1    c 1
 *
 *   D_3    2 1 = 2                          1 (-2) = -2                      8/2 = 4
 *   D_2    2 + 2/2 = 3                      2/2 = 1, an end                  0 4 + 0 4/2 = 0
 *   D_1    2 2 = 4, an end                  2 .5 + 1/2 = 1.5                 2/2 + 0/4 = 1
 *   D_0    -1.5/2 + 4/4 = .25               2 2.5 + 1.5/2 = 5.75             -1 + 1/2 = -.5
 *
 * and the advantage, rho (d + D of the next step / 2):
 *
 *   A_3    2 1 = 2                          -2                               8/2 = 4
 *   A_2    2 + 2/2 = 3                      2/2 = 1                          0
 *   A_1    2 2 = 4                          2 (.5 + 1/2) = 2                 (2 + 0/2)/2 = 1
 *   A_0    (-1.5 + 4/2)/2 = .25             2 (2.5 + 1.5/2) = 6.5            -1 + 1/2 = -.5 */
static const float ratio[N] = {0.5f, 4, 1, 4, 2, 0.5f, 1, 0.5f, 0, 3, 1, 0.5f};

static void vtrace_weighs_steps_and_what_comes_after_them(void **state) {
  (void)state;
  const double differences[N] = {0.25, 5.75, -0.5, 4, 1.5, 1, 3, 1, 0, 2, -2, 4},
               want[N] = {0.25, 6.5, -0.5, 4, 2, 1, 3, 1, 0, 2, -2, 4};
  const rl_estimate_options options = {RL_VTRACE, 0.5, 1.0, 1, 1, 2.0, 1.0};
  rl_trajectories weighed = worked;
  float advantage[N], target[N];
  weighed.ratio = ratio;
  rl_estimate(&weighed, &options, advantage, target);
  for (int i = 0; i < N; i++) {
    assert_near(target[i], (double)value[i] + differences[i], tolerance);
    assert_near(advantage[i], want[i], tolerance);
  }
}

/* Three steps of five copies: two groups of two, and one left over. Rewards are not discounted, and what
 * stands after a trajectory's end (100) does not count. Copy 0 earns 1 + 2 and terminates, copy 1 earns
 * 0 + 1 + 4: their mean is 4, the deviation 1. Copy 2 earns 1/4 + 1/2 and is truncated, copy 3 earns 3/4. */
static void a_group_is_compared_with_its_mean(void **state) {
  (void)state;
  enum { ROWS = 15 };
  const float r[ROWS] = {1, 0, 0.25f, 0.75f, 7, 2, 1, 0.5f, 100, 7, 100, 4, 100, 100, 7};
  const uint8_t ends[ROWS] = {0, 0, 0, 0, 0, 1}, cuts[ROWS] = {0, 0, 0, 1, 0, 0, 0, 1};
  const float no_value[ROWS] = {0}, last[5] = {0};
  const rl_trajectories b = {.steps = 3,
                             .copies = 5,
                             .reward = r,
                             .value = no_value,
                             .terminated = ends,
                             .truncated = cuts,
                             .cut_value = no_value,
                             .last_value = last};
  const rl_estimate_options options = {RL_GROUP, 0.5, 1.0, 1, 2, 1, 1};
  float advantage[ROWS], target[ROWS];
  rl_estimate(&b, &options, advantage, target);
  for (int t = 0; t < 3; t++) {
    assert_near(advantage[5 * t], -1.0, tolerance);
    assert_near(advantage[5 * t + 1], 1.0, tolerance);
    assert_near(advantage[5 * t + 2], 0.0, 0.0);
    assert_near(advantage[5 * t + 3], 0.0, 0.0);
  }
  assert_near(target[0], 1.0 + 2.0 / 2.0, tolerance); /* targets are returns, discounted */
  assert_near(target[1], 0.0 + 1.0 / 2.0 + 4.0 / 4.0, tolerance);
}

static void a_group_has_mean_0_and_deviation_1_or_is_all_zeros(void **state) {
  (void)state;
  enum { GROUP = 7, GROUPS = 6, ALL = GROUP * GROUPS };
  float r[ALL], advantage[ALL], target[ALL];
  const float none[ALL] = {0};
  const uint8_t ends[ALL] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  fill_normal(&rng, r, ALL, 1.0f);
  for (int g = 0; g < GROUPS; g++)
    for (int i = 0; i < GROUP; i++) {
      float *x = &r[g * GROUP + i];
      *x = g == 0 ? 0.1f : g == 1 ? -1e20f : g == 2 ? *x * 1e-3f : g == 3 ? *x + 1e3f : *x;
    }
  const rl_trajectories b = {.steps = 1,
                             .copies = ALL,
                             .reward = r,
                             .value = none,
                             .terminated = ends,
                             .truncated = ends,
                             .cut_value = none,
                             .last_value = none};
  const rl_estimate_options options = {RL_GROUP, 1.0, 1.0, 1, GROUP, 1, 1};
  rl_estimate(&b, &options, advantage, target);
  for (int g = 0; g < GROUPS; g++) {
    double mean = 0.0, squares = 0.0;
    for (int i = 0; i < GROUP; i++) mean += (double)advantage[g * GROUP + i] / GROUP;
    for (int i = 0; i < GROUP; i++)
      squares += (double)advantage[g * GROUP + i] * (double)advantage[g * GROUP + i] / GROUP;
    assert_near(mean, 0.0, tolerance);
    assert_near(squares, g < 2 ? 0.0 : 1.0, 5e-5); /* 1e-8 beside a deviation of 1e-3 */
  }
}

enum { LONG = 20, MANY = LONG * COPIES };

typedef struct batch {
  float reward[MANY], value[MANY], cut[MANY], last[COPIES];
  uint8_t terminated[MANY], truncated[MANY];
} batch;

static batch random_batch(void) {
  batch b = {{0}, {0}, {0}, {0}, {0}, {0}};
  rl_rng rng;
  rl_rng_init(&rng, 2, 0);
  fill_normal(&rng, b.reward, MANY, 1.0f);
  fill_normal(&rng, b.value, MANY, 1.0f);
  fill_normal(&rng, b.cut, MANY, 1.0f);
  fill_normal(&rng, b.last, COPIES, 1.0f);
  for (int i = 0; i < MANY; i++) {
    uint32_t end = rl_rng_below(&rng, 6);
    b.terminated[i] = end == 0;
    b.truncated[i] = end == 1;
  }
  b.terminated[MANY - 1] = 1; /* ends that coincide with the end of the batch */
  b.truncated[MANY - 1] = 0;
  b.truncated[MANY - 2] = 1;
  b.terminated[MANY - 2] = 0;
  return b;
}

static rl_trajectories view(const batch *b) {
  return (rl_trajectories){.steps = LONG,
                           .copies = COPIES,
                           .reward = b->reward,
                           .value = b->value,
                           .terminated = b->terminated,
                           .truncated = b->truncated,
                           .cut_value = b->cut,
                           .last_value = b->last};
}

/* What follows step t: nothing, the value of the state it was cut at, or the next state's. */
static double bootstrap(const batch *b, int t, int c) {
  int i = t * COPIES + c;
  if (b->terminated[i]) return 0.0;
  if (b->truncated[i]) return (double)b->cut[i];
  return t == LONG - 1 ? (double)b->last[c] : (double)b->value[i + COPIES];
}

/* r_t + ... + gamma^(n-1) r_(t+n-1) + gamma^n V(s_(t+n)), summed forward as the definition has it. */
static double naive_return(const batch *b, int t, int c, int n, double gamma) {
  double total = 0.0, discount = 1.0;
  for (int k = t;; k++) {
    int i = k * COPIES + c;
    total += discount * (double)b->reward[i];
    discount *= gamma;
    if (k == LONG - 1 || k == t + n - 1 || b->terminated[i] || b->truncated[i])
      return total + discount * bootstrap(b, k, c);
  }
}

/* Three episodes, of 3, 2 and 3 steps, gamma 1/2. Returns to go: 1 + 2/2 + 4/4 = 3, 4, 4; 2 + 4/2 = 4, 4; 0 + 2/2 + 0 = 1, 2, 0.
 * Of the whole 3, 4, 1, whose mean is 8/3; at each step the means are 8/3, 10/3, and 2 of the two that go on. */
static void episodes_are_compared_as_a_whole_or_step_by_step(void **state) {
  (void)state;
  enum { T = 3, C = 3 };
  const float given[T * C] = {1, 2, 0, 2, 4, 2, 4, 7, 0}; /* the 7 is no step of its copy */
  const float zero[T * C] = {0}, last[C] = {0};
  const uint8_t ended[T * C] = {0, 0, 0, 0, 1, 0, 1, 0, 1}, none[T * C] = {0};
  const int length[C] = {3, 2, 3};
  const float to_go[T * C] = {3, 4, 1, 4, 4, 2, 4, 0, 0}, mean[T] = {8.0f / 3.0f, 10.0f / 3.0f, 2.0f};
  const rl_trajectories b = {.steps = T,
                             .copies = C,
                             .length = length,
                             .reward = given,
                             .value = zero,
                             .terminated = ended,
                             .truncated = none,
                             .cut_value = zero,
                             .last_value = last};
  float advantage[T * C], target[T * C];
  rl_estimate_options options = {.estimator = RL_CONSTANT_BASELINE, .gamma = 0.5, .group = 1};
  rl_estimate(&b, &options, advantage, target);
  for (int i = 0; i < T * C; i++)
    if (i / C < length[i % C]) assert_float_equal(advantage[i], to_go[i % C] - 8.0f / 3.0f, 1e-6f);
  options.estimator = RL_TIME_BASELINE;
  rl_estimate(&b, &options, advantage, target);
  for (int i = 0; i < T * C; i++)
    if (i / C < length[i % C]) {
      assert_float_equal(advantage[i], to_go[i] - mean[i / C], 1e-6f);
      assert_float_equal(target[i], to_go[i], 1e-6f);
    }
}

static void every_estimator_agrees_with_naive_sums(void **state) {
  (void)state;
  const double gamma = 0.9;
  const struct {
    rl_estimator estimator;
    double lambda;
    int n, naive_n; /* the latter: how many steps it should come to */
    bool less_value;
  } table[] = {{RL_TD, 0.7, 9, 1, true},          {RL_GAE, 0.0, 9, 1, true},
               {RL_GAE, 1.0, 9, LONG, true},      {RL_BASELINE, 0.7, 9, LONG, true},
               {RL_ADVANTAGE, 0.7, 1, 1, true},   {RL_ADVANTAGE, 0.7, 3, 3, true},
               {RL_ADVANTAGE, 0.7, 50, 50, true}, {RL_Q, 0.7, 3, 3, false},
               {RL_Q, 0.7, LONG, LONG, false},    {RL_REWARD_TO_GO, 0.7, 9, LONG, false}};
  batch b = random_batch();
  rl_trajectories trajectories = view(&b);
  for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
    const rl_estimate_options options = {table[k].estimator, gamma, table[k].lambda, table[k].n, 1, 1, 1};
    float advantage[MANY], target[MANY];
    rl_estimate(&trajectories, &options, advantage, target);
    for (int i = 0; i < MANY; i++) {
      double want = naive_return(&b, i / COPIES, i % COPIES, table[k].naive_n, gamma);
      assert_near(target[i], want, 5 * tolerance);
      assert_near(advantage[i], want - (table[k].less_value ? (double)b.value[i] : 0.0), 5 * tolerance);
    }
  }
}

static double smaller(double x, double y) { return x < y ? x : y; }

/* Espeholt et al. 2018, equation 1: v_s = V_s + the sum over t of gamma^(t-s) c_s ... c_(t-1) rho_t d_t, with
 * lambda in each c (remark 2). */
static void vtrace_agrees_with_its_definition(void **state) {
  (void)state;
  const rl_estimate_options o = {RL_VTRACE, 0.9, 0.8, 1, 1, 1.3, 0.9};
  batch b = random_batch();
  rl_trajectories trajectories = view(&b);
  float ratios[MANY], advantage[MANY], target[MANY];
  double v[MANY];
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  for (int i = 0; i < MANY; i++) ratios[i] = 2.0f * (float)rl_rng_uniform(&rng);
  trajectories.ratio = ratios;
  rl_estimate(&trajectories, &o, advantage, target);
  for (int s = 0; s < MANY; s++) {
    double weight = 1.0;
    v[s] = (double)b.value[s];
    for (int t = s; t < MANY; t += COPIES) {
      const double residual =
          (double)b.reward[t] + o.gamma * bootstrap(&b, t / COPIES, t % COPIES) - (double)b.value[t];
      v[s] += weight * smaller(o.rho_clip, (double)ratios[t]) * residual;
      weight *= o.gamma * o.lambda * smaller(o.c_clip, (double)ratios[t]);
      if (b.terminated[t] || b.truncated[t]) break;
    }
    assert_near(target[s], v[s], 5 * tolerance);
  }
  for (int s = 0; s < MANY; s++) {
    const bool last = b.terminated[s] || b.truncated[s] || s / COPIES == LONG - 1;
    const double after = last ? bootstrap(&b, s / COPIES, s % COPIES) : v[s + COPIES];
    const double want =
        smaller(o.rho_clip, (double)ratios[s]) * ((double)b.reward[s] + o.gamma * after - (double)b.value[s]);
    assert_near(advantage[s], want, 5 * tolerance);
  }
}

/* With ratios of 1, given or not: the targets of gae; with lambda 1 its advantages, which are the returns less V. */
static void vtrace_on_policy_is_gae(void **state) {
  (void)state;
  batch b = random_batch();
  rl_trajectories plain = view(&b), weighed = view(&b);
  float ones[MANY], advantage[3][MANY], target[3][MANY];
  for (int i = 0; i < MANY; i++) ones[i] = 1.0f;
  weighed.ratio = ones;
  for (int round = 0; round < 2; round++) {
    const double lambda = round ? 1.0 : 0.7;
    const rl_estimate_options vtrace = {RL_VTRACE, 0.9, lambda, 1, 1, 1, 1},
                              gae = {RL_GAE, 0.9, lambda, 1, 1, 1, 1};
    rl_estimate(&plain, &gae, advantage[0], target[0]);
    rl_estimate(&plain, &vtrace, advantage[1], target[1]);
    rl_estimate(&weighed, &vtrace, advantage[2], target[2]);
    assert_memory_equal(advantage[1], advantage[2], sizeof *advantage);
    for (int i = 0; i < MANY; i++) {
      assert_near(target[1][i], target[0][i], tolerance * 5);
      if (round) assert_near(advantage[1][i], advantage[0][i], tolerance * 5);
      if (round)
        assert_near(target[1][i], naive_return(&b, i / COPIES, i % COPIES, LONG, 0.9), tolerance * 5);
    }
  }
}

/* Schulman et al. 2016, equation 16: gae is (1 - lambda) times the sum of lambda^(k-1) times the advantage
 * over k steps; from the longest on they are all the same, and their weights sum to lambda^(longest-1). */
static void gae_is_the_exponential_average_of_the_n_step_advantages(void **state) {
  (void)state;
  const double gamma = 0.9, lambda = 0.8;
  batch b = random_batch();
  rl_trajectories trajectories = view(&b);
  float advantage[MANY], target[MANY];
  double average[MANY] = {0}, weight = 1.0 - lambda;
  for (int n = 1; n <= LONG; n++, weight *= lambda) {
    const rl_estimate_options options = {RL_ADVANTAGE, gamma, lambda, n, 1, 1, 1};
    rl_estimate(&trajectories, &options, advantage, target);
    for (int i = 0; i < MANY; i++)
      average[i] += (n < LONG ? weight : weight / (1.0 - lambda)) * (double)advantage[i];
  }
  const rl_estimate_options options = {RL_GAE, gamma, lambda, 1, 1, 1, 1};
  rl_estimate(&trajectories, &options, advantage, target);
  for (int i = 0; i < MANY; i++) assert_near(advantage[i], average[i], 5 * tolerance);
}

/* Q less what was expected of it, here 1, 2, 3 by copy; the target is that of gae with the same lambda. */
static void counterfactual_is_what_the_choice_added(void **state) {
  (void)state;
  const float baseline[N] = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};
  const float want[N] = {1, -2, 0, 0, -1, -1, 0, 1, 1, 1, 2, 5};
  rl_trajectories with = worked;
  float advantage[N], target[N], unused[N], of_gae[N];
  const rl_estimate_options options = choose(RL_COUNTERFACTUAL), gae = choose(RL_GAE);
  with.baseline = baseline;
  rl_estimate(&with, &options, advantage, target);
  rl_estimate(&with, &gae, unused, of_gae);
  assert_memory_equal(advantage, want, sizeof want);
  assert_memory_equal(target, of_gae, sizeof target);
}

static void estimators_have_their_names_and_know_whether_they_need_a_critic(void **state) {
  (void)state;
  const struct {
    rl_estimator estimator;
    const char *name;
    bool needs_value;
  } table[] = {{RL_TOTAL, "total", false},
               {RL_REWARD_TO_GO, "reward_to_go", false},
               {RL_BASELINE, "baseline", true},
               {RL_Q, "q", true},
               {RL_ADVANTAGE, "advantage", true},
               {RL_TD, "td", true},
               {RL_GAE, "gae", true},
               {RL_GROUP, "group", false},
               {RL_VTRACE, "vtrace", true},
               {RL_CONSTANT_BASELINE, "constant_baseline", false},
               {RL_TIME_BASELINE, "time_baseline", false},
               {RL_COUNTERFACTUAL, "counterfactual", true}};
  for (int i = 0; i < RL_ESTIMATORS; i++) {
    assert_string_equal(rl_estimator_names[table[i].estimator], table[i].name);
    assert_int_equal(rl_estimator_needs_value(table[i].estimator), table[i].needs_value);
  }
  assert_null(rl_estimator_names[RL_ESTIMATORS]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(returns_are_summed_to_the_end_of_the_trajectory),
      cmocka_unit_test(n_steps_are_cut_short_by_an_end),
      cmocka_unit_test(residuals_are_summed_with_decreasing_weight),
      cmocka_unit_test(vtrace_weighs_steps_and_what_comes_after_them),
      cmocka_unit_test(vtrace_agrees_with_its_definition),
      cmocka_unit_test(vtrace_on_policy_is_gae),
      cmocka_unit_test(a_group_is_compared_with_its_mean),
      cmocka_unit_test(a_group_has_mean_0_and_deviation_1_or_is_all_zeros),
      cmocka_unit_test(episodes_are_compared_as_a_whole_or_step_by_step),
      cmocka_unit_test(every_estimator_agrees_with_naive_sums),
      cmocka_unit_test(gae_is_the_exponential_average_of_the_n_step_advantages),
      cmocka_unit_test(counterfactual_is_what_the_choice_added),
      cmocka_unit_test(estimators_have_their_names_and_know_whether_they_need_a_critic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
