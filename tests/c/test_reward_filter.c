/* Reward scaling and clipping against a model that keeps every discounted sum it has ever seen. */
#include "method/reward_filter.h"

#include "check.h"

enum { STEPS = 12, COPIES = 3, N = STEPS * COPIES, BATCHES = 4 };

static const double gamma_ = 0.8;

/* One batch; episodes of copy c go on from the batch before, or all begin with it. */
typedef struct batch {
  float reward[N];
  uint8_t terminated[N], truncated[N];
  int time[N], length[COPIES];
} batch;

static rl_trajectories view(const batch *b) {
  return (rl_trajectories){.steps = STEPS,
                           .copies = COPIES,
                           .length = b->length,
                           .time = b->time,
                           .reward = b->reward,
                           .terminated = b->terminated,
                           .truncated = b->truncated};
}

/* age [COPIES]: steps behind each copy, brought forward to the end of the batch */
static batch random_batch(rl_rng *rng, int *age) {
  batch b = {{0}, {0}, {0}, {0}, {0}};
  fill_normal(rng, b.reward, N, 3.0f);
  for (int i = 0; i < N; i++) {
    int c = i % COPIES;
    uint32_t end = rl_rng_below(rng, 8);
    b.terminated[i] = end == 0;
    b.truncated[i] = end == 1;
    b.time[i] = age[c];
    age[c] = end <= 1 ? 0 : age[c] + 1;
  }
  for (int c = 0; c < COPIES; c++) b.length[c] = STEPS;
  return b;
}

typedef struct model {
  double rolling[COPIES], sums[N * BATCHES];
  int count;
} model;

static void model_take(model *m, const batch *b) {
  for (int c = 0; c < COPIES; c++)
    for (int t = 0; t < b->length[c]; t++) {
      int i = t * COPIES + c;
      if (b->time[i] == 0) m->rolling[c] = 0.0;
      m->rolling[c] = gamma_ * m->rolling[c] + (double)b->reward[i];
      m->sums[m->count++] = m->rolling[c];
    }
}

static double model_deviation(const model *m) {
  double mean = 0.0, squares = 0.0;
  for (int i = 0; i < m->count; i++) mean += m->sums[i] / m->count;
  for (int i = 0; i < m->count; i++) squares += (m->sums[i] - mean) * (m->sums[i] - mean) / m->count;
  return sqrt(squares + 1e-8);
}

static rl_reward_filter filter_new(void) {
  rl_reward_filter filter;
  rl_error error;
  assert_ok(rl_reward_filter_init(&filter, COPIES, &error));
  return filter;
}

/* Filters the batch and holds each reward that counts against the model's. */
static void check_batch(rl_reward_filter *filter, model *m, const batch *b, double clip) {
  float out[N];
  rl_trajectories trajectories = view(b);
  rl_reward_filter_apply(filter, &trajectories, gamma_, true, clip, out);
  model_take(m, b);
  for (int c = 0; c < COPIES; c++)
    for (int i = c; i < b->length[c] * COPIES; i += COPIES) {
      double scaled = (double)b->reward[i] / model_deviation(m);
      assert_near(out[i], clip > 0.0 ? fmin(fmax(scaled, -clip), clip) : scaled, 1e-6);
    }
}

static void rewards_are_divided_by_the_deviation_of_all_discounted_sums_so_far(void **state) {
  (void)state;
  const double clips[BATCHES] = {0.0, 0.5, 10.0, 0.0};
  rl_reward_filter filter = filter_new();
  model m = {{0}, {0}, 0};
  int age[COPIES] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 41, 0);
  for (int k = 0; k < BATCHES; k++) {
    batch b = random_batch(&rng, age);
    check_batch(&filter, &m, &b, clips[k]);
  }
  assert_near(filter.count, BATCHES * N, 0.0);
  rl_reward_filter_release(&filter);
}

/* Episodes of their own: one that the end of its batch cut short does not go on in the next, and what stands
 * behind an end is not taken in. */
static void sums_begin_anew_with_each_episode(void **state) {
  (void)state;
  const int lengths[2][COPIES] = {{STEPS, 5, 2}, {1, STEPS, STEPS}};
  rl_reward_filter filter = filter_new();
  model m = {{0}, {0}, 0};
  rl_rng rng;
  rl_rng_init(&rng, 42, 0);
  for (int k = 0; k < 2; k++) {
    batch b = {{0}, {0}, {0}, {0}, {0}};
    fill_normal(&rng, b.reward, N, 3.0f);
    for (int c = 0; c < COPIES; c++) {
      b.length[c] = lengths[k][c];
      for (int t = 0; t < STEPS; t++) b.time[t * COPIES + c] = t;
      for (int t = lengths[k][c]; t < STEPS; t++) b.reward[t * COPIES + c] = 1e6f;
      if (lengths[k][c] < STEPS) b.terminated[(lengths[k][c] - 1) * COPIES + c] = 1;
    }
    check_batch(&filter, &m, &b, 0.0);
  }
  assert_near(filter.count, STEPS + 5 + 2 + 1 + STEPS + STEPS, 0.0);
  rl_reward_filter_release(&filter);
}

/* 3, 3/2, 3/4 and so on: the sum of the squares is that of a geometric series. */
static void a_single_reward_rolls_on_with_the_discount(void **state) {
  (void)state;
  rl_reward_filter filter;
  rl_error error;
  assert_ok(rl_reward_filter_init(&filter, 1, &error));
  const float reward[4] = {3, 0, 0, 0};
  const uint8_t ends[4] = {0};
  const int time[4] = {0, 1, 2, 3};
  const rl_trajectories b = {
      .steps = 4, .copies = 1, .time = time, .reward = reward, .terminated = ends, .truncated = ends};
  float out[4];
  rl_reward_filter_apply(&filter, &b, 0.5, true, 0.0, out);
  double mean = 3.0 * (1.0 + 0.5 + 0.25 + 0.125) / 4.0, square = 9.0 * (1.0 + 0.25 + 0.0625 + 0.015625) / 4.0;
  assert_near(out[0], 3.0 / sqrt(square - mean * mean), 1e-6);
  rl_reward_filter_release(&filter);
}

static void without_scaling_rewards_are_only_clipped(void **state) {
  (void)state;
  rl_reward_filter filter = filter_new();
  int age[COPIES] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 43, 0);
  batch b = random_batch(&rng, age);
  rl_trajectories trajectories = view(&b);
  float out[N];
  rl_reward_filter_apply(&filter, &trajectories, gamma_, false, 1.5, out);
  for (int i = 0; i < N; i++) assert_true(out[i] == fminf(fmaxf(b.reward[i], -1.5f), 1.5f));
  rl_reward_filter_apply(&filter, &trajectories, gamma_, false, 0.0, out);
  assert_memory_equal(out, b.reward, sizeof out);
  assert_near(filter.count, 0.0, 0.0);
  rl_reward_filter_release(&filter);
}

static void rewards_that_never_vary_stay_finite(void **state) {
  (void)state;
  rl_reward_filter filter = filter_new();
  batch b = {{0}, {0}, {0}, {0}, {STEPS, STEPS, STEPS}};
  rl_trajectories trajectories = view(&b);
  float out[N];
  rl_reward_filter_apply(&filter, &trajectories, gamma_, true, 0.0, out);
  for (int i = 0; i < N; i++) assert_true(out[i] == 0.0f);
  for (int i = 0; i < N; i++) b.reward[i] = 1.0f; /* every step an episode: the sum is always 1 */
  rl_reward_filter_release(&filter);
  filter = filter_new();
  rl_reward_filter_apply(&filter, &trajectories, gamma_, true, 10.0, out);
  for (int i = 0; i < N; i++) assert_near(out[i], 1.0, 0.0); /* nothing is known of the scale */
  rl_reward_filter_release(&filter);
}

static void a_loaded_filter_goes_on_like_the_saved_one(void **state) {
  (void)state;
  rl_error error;
  rl_reward_filter first = filter_new(), second = filter_new();
  int age[COPIES] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 44, 0);
  rl_archive *archive = rl_archive_new();
  for (int k = 0; k < BATCHES; k++) {
    batch b = random_batch(&rng, age);
    rl_trajectories trajectories = view(&b);
    float want[N], got[N];
    rl_reward_filter_apply(&first, &trajectories, gamma_, true, 0.0, want);
    if (k > 0) {
      rl_reward_filter_apply(&second, &trajectories, gamma_, true, 0.0, got);
      assert_memory_equal(got, want, sizeof got);
      continue;
    }
    assert_ok(rl_reward_filter_save(&first, archive, "rewards", &error));
    assert_ok(rl_reward_filter_load(&second, archive, "rewards", &error));
  }
  rl_archive_free(archive);
  rl_reward_filter_release(&first);
  rl_reward_filter_release(&second);
}

static void an_altered_filter_is_refused(void **state) {
  (void)state;
  rl_error error;
  const double negative[3] = {10, 0, -1}, infinite[3] = {10, INFINITY, 1}, backward[3] = {-1, 0, 1},
               sums[COPIES] = {0, (double)NAN, 0}, few[1] = {0};
  const struct {
    const char *name;
    int64_t count;
    const double *data;
    rl_status status;
  } changes[] = {
      {"rewards.moments", 3, negative, RL_BAD_FORMAT},  {"rewards.moments", 3, infinite, RL_BAD_FORMAT},
      {"rewards.moments", 3, backward, RL_BAD_FORMAT},  {"rewards.moments", 1, few, RL_BAD_FORMAT},
      {"rewards.rolling", COPIES, sums, RL_NOT_FINITE}, {"rewards.rolling", 1, few, RL_BAD_FORMAT}};
  rl_reward_filter filter = filter_new(), loaded = filter_new();
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_reward_filter_save(&filter, archive, "rewards", &error));
    assert_ok(
        rl_archive_put(archive, changes[i].name, RL_F64, 1, &changes[i].count, changes[i].data, &error));
    assert_refused(rl_reward_filter_load(&loaded, archive, "rewards", &error), changes[i].status,
                   changes[i].name);
    rl_archive_free(archive);
  }
  rl_reward_filter_release(&filter);
  rl_reward_filter_release(&loaded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rewards_are_divided_by_the_deviation_of_all_discounted_sums_so_far),
      cmocka_unit_test(sums_begin_anew_with_each_episode),
      cmocka_unit_test(a_single_reward_rolls_on_with_the_discount),
      cmocka_unit_test(without_scaling_rewards_are_only_clipped),
      cmocka_unit_test(rewards_that_never_vary_stay_finite),
      cmocka_unit_test(a_loaded_filter_goes_on_like_the_saved_one),
      cmocka_unit_test(an_altered_filter_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
