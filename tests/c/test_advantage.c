/* Generalised advantage estimation against a table worked by hand, and at the two ends of lambda, where it is
 * the TD residual and the discounted return minus the value. */
#include "advantage.h"

#include "check.h"

static void rl_gae(int steps, int copies, double gamma, double lambda, const float *reward, const float *value,
                   const uint8_t *terminated, const uint8_t *truncated, const float *cut_value,
                   const float *last_value, float *advantage, float *target) {
  const rl_trajectories b = {steps, copies, NULL, reward, value, terminated, truncated, cut_value, last_value};
  const rl_estimate_options options = {RL_GAE, gamma, lambda, 1, 1};
  rl_estimate(&b, &options, advantage, target);
}

static const double tolerance = 1e-6; /* results of order 1 to 10, rounded once to float32 */

/* Two copies, gamma = 1/2, lambda = 1/2, so gamma lambda = 1/4. Copy 0 terminates at t = 1; copy 1 is
 * truncated at t = 2 in a state of value 8. cut_value holds 99 where nobody may look. copy 0: delta_3 = 1 +
 * .5 * 4 - 2 = 1          A_3 = 1 delta_2 = 2 + .5 * 2 - 1 = 2          A_2 = 2 + 1 / 4 = 2.25 delta_1 = 3 +
 * 0      - 1 = 2          A_1 = 2           (terminated) delta_0 = 0 + .5 * 1 - 2 = -1.5       A_0 = -1.5 + 2
 * / 4 = -1 copy 1: delta_3 = -1 + .5 * 6 - 4 = -2        A_3 = -2 delta_2 = 1 + .5 * 8 - 3 = 2          A_2 =
 * 2           (truncated) delta_1 = 0 + .5 * 3 - 1 = .5         A_1 = .5 + 2 / 4 = 1 delta_0 = 2 + .5 * 1 - 0
 * = 2.5        A_0 = 2.5 + 1 / 4 = 2.75 */
static void the_table_worked_by_hand_comes_out(void **state) {
  (void)state;
  const float reward[] = {0, 2, 3, 0, 2, 1, 1, -1}, value[] = {2, 0, 1, 1, 1, 3, 2, 4};
  const uint8_t terminated[] = {0, 0, 1, 0, 0, 0, 0, 0}, truncated[] = {0, 0, 0, 0, 0, 1, 0, 0};
  const float cut[] = {99, 99, 99, 99, 99, 8, 99, 99}, last[] = {4, 6};
  const double want[] = {-1, 2.75, 2, 1, 2.25, 2, 1, -2};
  float advantage[8], target[8];
  rl_gae(4, 2, 0.5, 0.5, reward, value, terminated, truncated, cut, last, advantage, target);
  for (int i = 0; i < 8; i++) {
    assert_near(advantage[i], want[i], tolerance);
    assert_near(target[i], want[i] + (double)value[i], tolerance);
  }
}

enum { STEPS = 20, COPIES = 3, N = STEPS * COPIES };

typedef struct batch {
  float reward[N], value[N], cut[N], last[COPIES];
  uint8_t terminated[N], truncated[N];
} batch;

static batch random_batch(void) {
  batch b = {{0}, {0}, {0}, {0}, {0}, {0}};
  rl_rng rng;
  rl_rng_init(&rng, 2, 0);
  fill_normal(&rng, b.reward, N, 1.0f);
  fill_normal(&rng, b.value, N, 1.0f);
  fill_normal(&rng, b.cut, N, 1.0f);
  fill_normal(&rng, b.last, COPIES, 1.0f);
  for (int i = 0; i < N; i++) {
    uint32_t end = rl_rng_below(&rng, 6);
    b.terminated[i] = end == 0;
    b.truncated[i] = end == 1;
  }
  b.terminated[N - 1] = 1; /* ends that coincide with the end of the batch */
  b.truncated[N - 1] = 0;
  b.truncated[N - 2] = 1;
  b.terminated[N - 2] = 0;
  return b;
}

/* What follows step i: nothing, the value of the state it was cut at, or the next state's. */
static double bootstrap(const batch *b, int t, int c) {
  int i = t * COPIES + c;
  if (b->terminated[i]) return 0.0;
  if (b->truncated[i]) return (double)b->cut[i];
  return t == STEPS - 1 ? (double)b->last[c] : (double)b->value[i + COPIES];
}

static void lambda_zero_gives_the_td_residual(void **state) {
  (void)state;
  const double gamma = 0.9;
  batch b = random_batch();
  float advantage[N], target[N];
  rl_gae(STEPS, COPIES, gamma, 0.0, b.reward, b.value, b.terminated, b.truncated, b.cut, b.last, advantage,
         target);
  for (int i = 0; i < N; i++)
    assert_near(advantage[i],
                (double)b.reward[i] + gamma * bootstrap(&b, i / COPIES, i % COPIES) - (double)b.value[i],
                tolerance);
}

/* Summed forward from each step to the end of its episode, as the definition has it. */
static void lambda_one_gives_the_discounted_return_minus_the_value(void **state) {
  (void)state;
  const double gamma = 0.9;
  batch b = random_batch();
  float advantage[N], target[N];
  rl_gae(STEPS, COPIES, gamma, 1.0, b.reward, b.value, b.terminated, b.truncated, b.cut, b.last, advantage,
         target);
  for (int start = 0; start < STEPS; start++) {
    for (int c = 0; c < COPIES; c++) {
      double total = 0.0, discount = 1.0;
      for (int t = start; t < STEPS; t++) {
        int i = t * COPIES + c;
        total += discount * (double)b.reward[i];
        discount *= gamma;
        if (t < STEPS - 1 && !b.terminated[i] && !b.truncated[i]) continue;
        total += discount * bootstrap(&b, t, c);
        break;
      }
      assert_near(target[start * COPIES + c], total, 5 * tolerance);
      assert_near(advantage[start * COPIES + c], total - (double)b.value[start * COPIES + c], 5 * tolerance);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_worked_by_hand_comes_out),
      cmocka_unit_test(lambda_zero_gives_the_td_residual),
      cmocka_unit_test(lambda_one_gives_the_discounted_return_minus_the_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
