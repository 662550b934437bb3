/* Running normalisation against a two-pass mean and variance over all the data, however it was cut; the map
 * before data and at its bounds; and the statistics through a save. */
#include "network/normalizer.h"

#include "check.h"

enum { SIZE = 3, ROWS = 500 };

static const double offset[SIZE] = {0.0, 1000.0, -5.0}, spread[SIZE] = {1.0, 0.5, 200.0};

static void make_data(float *x) {
  rl_rng rng;
  rl_rng_init(&rng, 6, 0);
  for (int k = 0; k < ROWS * SIZE; k++)
    x[k] = (float)(offset[k % SIZE] + spread[k % SIZE] * (double)rl_rng_normal(&rng));
}

static void take_in_chunks(rl_normalizer *normalizer, const float *x) {
  const int chunks[] = {1, 2, 0, 97, 400}; /* 500 in all */
  int first = 0;
  for (int i = 0; i < 5; i++) {
    rl_normalizer_update(normalizer, x + first * SIZE, NULL, chunks[i]);
    first += chunks[i];
  }
}

static void two_pass(const float *x, int rows, double *mean, double *variance) {
  for (int i = 0; i < SIZE; i++) {
    mean[i] = variance[i] = 0.0;
    for (int r = 0; r < rows; r++) mean[i] += (double)x[r * SIZE + i] / rows;
    for (int r = 0; r < rows; r++)
      variance[i] += ((double)x[r * SIZE + i] - mean[i]) * ((double)x[r * SIZE + i] - mean[i]) / rows;
  }
}

static void statistics_of_chunks_are_those_of_the_whole(void **state) {
  (void)state;
  static float x[ROWS * SIZE], y[ROWS * SIZE];
  double mean[SIZE], variance[SIZE];
  rl_normalizer normalizer;
  rl_error error;
  make_data(x);
  two_pass(x, ROWS, mean, variance);
  assert_ok(rl_normalizer_init(&normalizer, SIZE, 10.0f, &error));
  take_in_chunks(&normalizer, x);
  assert_near(normalizer.count, ROWS, 0.0);
  for (int i = 0; i < SIZE; i++) { /* sums of 500 in double, against values of up to 1e3 */
    assert_near(normalizer.mean[i], mean[i], 1e-12 * 1000.0);
    assert_near(normalizer.m2[i] / ROWS, variance[i], 1e-9 * variance[i]);
  }
  rl_normalizer_apply(&normalizer, x, ROWS, y);
  for (int k = 0; k < ROWS * SIZE; k++) { /* the mean as a float is off by 3e-8 of itself */
    int i = k % SIZE;
    double want = ((double)x[k] - mean[i]) / sqrt(variance[i] + 1e-8);
    assert_near(y[k], want, 1e-6 * (1.0 + fabs(want)) + 6e-8 * fabs(mean[i]) / spread[i]);
  }
  rl_normalizer_release(&normalizer);
}

static void before_any_data_the_map_is_the_identity_within_the_clip(void **state) {
  (void)state;
  rl_normalizer normalizer;
  rl_error error;
  float x[6] = {0.1f, -2.0f, 3.0f, 3.5f, -INFINITY, NAN};
  assert_ok(rl_normalizer_init(&normalizer, SIZE, 3.0f, &error));
  rl_normalizer_apply(&normalizer, x, 2, x);
  assert_true(x[0] == 0.1f && x[1] == -2.0f && x[2] == 3.0f && x[3] == 3.0f && x[4] == -3.0f && isnan(x[5]));
  rl_normalizer_release(&normalizer);
}

/* Mean 2, variance 1 by hand: 2 -> 0, 3 -> 1 and 99 -> the clip. A constant observation has no spread: 1e-4
 * in its place. */
static void values_are_clipped_after_normalising(void **state) {
  (void)state;
  rl_normalizer normalizer;
  rl_error error;
  const float x[] = {1, 4, 0, 3, 4, 0, 1, 4, 0, 3, 4, 0}, probe[] = {3, 4, 0, 99, 4.0001f, -1, -99, 3.9f, 1};
  const double want[] = {1, 0, 0, 2, 1, -2, -2, -2, 2};
  float y[9];
  assert_ok(rl_normalizer_init(&normalizer, SIZE, 2.0f, &error));
  rl_normalizer_update(&normalizer, x, NULL, 4);
  rl_normalizer_apply(&normalizer, probe, 3, y);
  for (int k = 0; k < 9; k++)
    assert_near(y[k], want[k], k == 4 ? 0.01 : 1e-6); /* 4.0001 is 4.00010014 as a float */
  rl_normalizer_release(&normalizer);
}

/* Mean squares 5, .25 and 0 by hand. Nothing is taken off; where it may not make larger, only the first is divided. */
static void zero_stays_where_it_is_told_to_scale(void **state) {
  (void)state;
  const float x[] = {1, -0.5f, 0, 3, -0.5f, 0}, probe[] = {0, 0, 0, 1, 1, 1};
  const struct {
    rl_normalizer_map map;
    double want[SIZE];
  } cases[] = {{RL_NORMALIZER_SCALE, {1 / sqrt(5.0), 2, 9}}, {RL_NORMALIZER_LARGE, {1 / sqrt(5.0), 1, 1}}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    rl_normalizer normalizer, loaded;
    rl_error error;
    rl_archive *archive = rl_archive_new();
    float y[6];
    assert_ok(rl_normalizer_init(&normalizer, SIZE, 9.0f, &error));
    assert_ok(rl_normalizer_init(&loaded, SIZE, 9.0f, &error));
    normalizer.map = loaded.map = cases[c].map;
    for (int pass = 0; pass < 2; pass++) rl_normalizer_update(&normalizer, x, NULL, 2);
    assert_ok(rl_normalizer_save(&normalizer, archive, "n", &error));
    assert_ok(rl_normalizer_load(&loaded, archive, "n", &error));
    for (int of_file = 0; of_file < 2; of_file++) {
      rl_normalizer_apply(of_file ? &loaded : &normalizer, probe, 2, y);
      for (int i = 0; i < SIZE; i++) {
        assert_near(y[i], 0.0, 0.0);
        assert_near(y[SIZE + i], cases[c].want[i], 1e-6);
      }
    }
    rl_normalizer_release(&normalizer);
    rl_normalizer_release(&loaded);
    rl_archive_free(archive);
  }
}

static void a_loaded_normaliser_is_the_same_map_and_goes_on_the_same(void **state) {
  (void)state;
  static float x[ROWS * SIZE], a[ROWS * SIZE], b[ROWS * SIZE];
  rl_normalizer first, second;
  rl_error error;
  rl_archive *archive = rl_archive_new();
  make_data(x);
  assert_ok(rl_normalizer_init(&first, SIZE, 5.0f, &error));
  assert_ok(rl_normalizer_init(&second, SIZE, 5.0f, &error));
  take_in_chunks(&first, x);
  assert_ok(rl_normalizer_save(&first, archive, "n", &error));
  assert_ok(rl_normalizer_load(&second, archive, "n", &error));
  for (int pass = 0; pass < 2; pass++) {
    rl_normalizer_apply(&first, x, ROWS, a);
    rl_normalizer_apply(&second, x, ROWS, b);
    assert_memory_equal(a, b, sizeof a);
    rl_normalizer_update(&first, x, NULL, 33);
    rl_normalizer_update(&second, x, NULL, 33);
  }
  rl_normalizer_release(&first);
  rl_normalizer_release(&second);
  rl_archive_free(archive);
}

static void statistics_that_cannot_be_are_refused_and_nothing_changes(void **state) {
  (void)state;
  static float x[ROWS * SIZE];
  rl_normalizer normalizer;
  rl_error error;
  rl_archive *archive = rl_archive_new();
  make_data(x);
  assert_ok(rl_normalizer_init(&normalizer, SIZE, 5.0f, &error));
  take_in_chunks(&normalizer, x);
  double mean = normalizer.mean[1];
  const struct {
    const char *name;
    int64_t count;
    double data[SIZE];
  } changes[] = {{"n.mean", 3, {0, (double)NAN, 0}},
                 {"n.mean", 3, {0, 0, (double)INFINITY}},
                 {"n.m2", 3, {(double)NAN, 0, 0}},
                 {"n.m2", 3, {0, -1, 0}},
                 {"n.count", 1, {(double)NAN}},
                 {"n.count", 1, {-1}},
                 {"n.mean", 2, {0, 0}}};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    assert_ok(rl_normalizer_save(&normalizer, archive, "n", &error));
    assert_ok(
        rl_archive_put(archive, changes[i].name, RL_F64, 1, &changes[i].count, changes[i].data, &error));
    assert_refused(rl_normalizer_load(&normalizer, archive, "n", &error), RL_BAD_FORMAT, "n");
    assert_true(normalizer.mean[1] == mean && normalizer.count == ROWS);
  }
  rl_normalizer_release(&normalizer);
  rl_archive_free(archive);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statistics_of_chunks_are_those_of_the_whole),
      cmocka_unit_test(before_any_data_the_map_is_the_identity_within_the_clip),
      cmocka_unit_test(values_are_clipped_after_normalising),
      cmocka_unit_test(zero_stays_where_it_is_told_to_scale),
      cmocka_unit_test(a_loaded_normaliser_is_the_same_map_and_goes_on_the_same),
      cmocka_unit_test(statistics_that_cannot_be_are_refused_and_nothing_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
