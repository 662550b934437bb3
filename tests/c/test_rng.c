/* Random streams: the generator against Random123's known answers, the deviates by their moments (five
 * standard errors of the estimate). */
#include "base/rng.h"

#include "check.h"

enum { N = 1000000 };

/* Random123 kat_vectors: "philox4x32 10", counter, key, answer. The counter is position and stream, the key
 * is the seed. */
static void the_first_words_are_random123s_known_answers(void **state) {
  (void)state;
  const struct {
    uint64_t seed, stream, position;
    uint32_t answer[4];
  } known[] = {
      {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x299f31d0a4093822,
       0x0370734413198a2e,
       0x85a308d3243f6a88,
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    rl_rng rng;
    rl_rng_init(&rng, known[i].seed, known[i].stream);
    rng.position = known[i].position;
    for (int word = 0; word < 4; word++) assert_int_equal(rl_rng_u32(&rng), known[i].answer[word]);
  }
}

static void uniform_deviates_fill_the_unit_interval_evenly(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  double sum = 0.0, squares = 0.0;
  int bins[16] = {0};
  for (int i = 0; i < N; i++) {
    float u = rl_rng_uniform(&rng);
    assert_true(u >= 0.0f && u < 1.0f);
    sum += (double)u;
    squares += ((double)u - 0.5) * ((double)u - 0.5);
    bins[(int)(u * 16.0f)]++;
  }
  assert_near(sum / N, 0.5, 5.0 * sqrt(1.0 / 12.0 / N));
  assert_near(squares / N, 1.0 / 12.0, 5.0 * sqrt(1.0 / 180.0 / N));
  double chi2 = 0.0; /* 15 degrees of freedom: above 37.7 with probability .001 */
  for (int i = 0; i < 16; i++) chi2 += (bins[i] - N / 16.0) * (bins[i] - N / 16.0) / (N / 16.0);
  assert_true(chi2 < 37.7);
}

static void normal_deviates_have_the_moments_of_the_normal_distribution(void **state) {
  (void)state;
  static float x[N];
  const double expected[] = {0.0, 1.0, 0.0, 3.0};   /* E x^k */
  const double variance[] = {1.0, 2.0, 15.0, 96.0}; /* of x^k: E x^2k - (E x^k)^2 */
  rl_rng rng;
  rl_rng_init(&rng, 2, 0);
  rl_rng_fill_normal(&rng, x, N);
  double covariance = 0.0;
  for (int i = 1; i < N; i++) covariance += (double)x[i] * (double)x[i - 1];
  assert_near(covariance / N, 0.0, 5.0 / sqrt(N));
  for (int k = 1; k <= 4; k++) {
    double sum = 0.0;
    for (int i = 0; i < N; i++) sum += pow((double)x[i], k);
    assert_near(sum / N, expected[k - 1], 5.0 * sqrt(variance[k - 1] / N));
  }
}

static void filling_gives_what_single_draws_give(void **state) {
  (void)state;
  rl_rng one, many;
  float x[37];
  rl_rng_init(&one, 3, 4);
  many = one;
  rl_rng_fill_normal(&many, x, 37);
  for (int i = 0; i < 37; i++) assert_true(x[i] == rl_rng_normal(&one));
  rl_rng_fill_uniform(&many, x, 37, -2.0f, 3.0f);
  for (int i = 0; i < 37; i++) assert_near(x[i], -2.0f + 5.0f * rl_rng_uniform(&one), 1e-6);
}

static void below_is_unbiased_also_where_a_remainder_would_not_be(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 4, 0);
  const uint32_t n = 3u << 30; /* u32 % n would give the lower third twice as often */
  int thirds[3] = {0};
  for (int i = 0; i < N; i++) {
    uint32_t value = rl_rng_below(&rng, n);
    assert_true(value < n);
    thirds[value / (1u << 30)]++;
  }
  for (int i = 0; i < 3; i++) assert_near(thirds[i], N / 3.0, 5.0 * sqrt(N * 2.0 / 9.0));
  for (int i = 0; i < 100; i++) assert_int_equal(rl_rng_below(&rng, 1), 0);
}

static void shuffling_gives_each_permutation_equally_often(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  int count[27] = {0}; /* by base-3 digits; 6 of them are permutations */
  for (int i = 0; i < 60000; i++) {
    int items[3] = {0, 1, 2};
    rl_rng_shuffle(&rng, items, 3);
    count[9 * items[0] + 3 * items[1] + items[2]]++;
  }
  const int permutation[] = {5, 7, 11, 15, 19, 21};
  for (int i = 0; i < 6; i++) assert_near(count[permutation[i]], 10000.0, 5.0 * sqrt(60000.0 * 5.0 / 36.0));
}

static double correlation(rl_rng *a, rl_rng *b) {
  double sum = 0.0;
  for (int i = 0; i < N; i++) sum += (double)rl_rng_normal(a) * (double)rl_rng_normal(b);
  return sum / N;
}

static void streams_seeds_and_splits_are_uncorrelated(void **state) {
  (void)state;
  rl_rng base, stream, seed, use, first, second;
  rl_rng_init(&base, 6, 0);
  rl_rng_init(&stream, 6, 1);
  rl_rng_init(&seed, 7, 0);
  rl_rng_init_use(&use, 6, RL_STREAM_ENV, 0);
  rl_rng fork = base;
  first = rl_rng_split(&fork);
  second = rl_rng_split(&fork);
  rl_rng *const others[] = {&stream, &seed, &use, &first, &second, &fork};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    rl_rng copy = base;
    assert_near(correlation(&copy, others[i]), 0.0, 5.0 / sqrt(N));
  }
  assert_near(correlation(&first, &second), 0.0, 5.0 / sqrt(N));
}

static void saved_words_go_on_where_the_stream_was(void **state) {
  (void)state;
  for (int drawn = 0; drawn < 20; drawn++) {
    rl_rng rng, again;
    uint64_t words[RL_RNG_WORDS];
    rl_rng_init(&rng, 8, 9);
    for (int i = 0; i < drawn; i++) (void)(i % 3 ? rl_rng_normal(&rng) : rl_rng_uniform(&rng));
    memcpy(words, &rng, sizeof words);
    memcpy(&again, words, sizeof again);
    for (int i = 0; i < 10; i++) assert_true(rl_rng_normal(&rng) == rl_rng_normal(&again));
    for (int i = 0; i < 10; i++) assert_int_equal(rl_rng_u32(&rng), rl_rng_u32(&again));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_words_are_random123s_known_answers),
      cmocka_unit_test(uniform_deviates_fill_the_unit_interval_evenly),
      cmocka_unit_test(normal_deviates_have_the_moments_of_the_normal_distribution),
      cmocka_unit_test(filling_gives_what_single_draws_give),
      cmocka_unit_test(below_is_unbiased_also_where_a_remainder_would_not_be),
      cmocka_unit_test(shuffling_gives_each_permutation_equally_often),
      cmocka_unit_test(streams_seeds_and_splits_are_uncorrelated),
      cmocka_unit_test(saved_words_go_on_where_the_stream_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
