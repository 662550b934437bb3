/* UH-CMA-ES: the measure of noise against its definition, and what it is good for. */
#include "search_check.h"

#include "search/cmaes_internal.h"

enum { N = 10, MOST = 64 };

static double sphere(const double *x) {
  double sum = 0.0;
  for (int i = 0; i < N; i++) sum += x[i] * x[i];
  return sum;
}

static rl_search *make_at(double sigma, double reevaluate, int max_noise_evaluations, uint64_t seed) {
  const double x0[N] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
  settings o = settings_of("cmaes");
  set(&o, "minimize", true);
  set(&o, "seed", (double)seed);
  set(&o, "sigma", sigma);
  set(&o, "reevaluate", reevaluate);
  set(&o, "max_noise_evaluations", max_noise_evaluations);
  return search_new(N, x0, NULL, &o);
}

static rl_search *make(double reevaluate, int max_noise_evaluations, uint64_t seed) {
  return make_at(0.3, reevaluate, max_noise_evaluations, seed);
}

/* The 10th percentile of |1 - R|, ..., |2 popsize - 1 - R|, values at (i - .5) / count with lines between. */
static double percentile(double rank, int popsize) {
  double distance[2 * MOST];
  int count = 2 * popsize - 1;
  for (int j = 1; j <= count; j++) {
    int at = j - 1;
    for (; at > 0 && distance[at - 1] > fabs(j - rank); at--) distance[at] = distance[at - 1];
    distance[at] = fabs(j - rank);
  }
  double place = 0.1 * count - 0.5;
  if (place <= 0.0) return distance[0];
  int low = (int)place;
  return distance[low] + (place - low) * (distance[low + 1] - distance[low]);
}

static void the_accepted_change_of_rank_is_a_percentile_of_random_ones(void **state) {
  (void)state;
  for (int popsize = 2; popsize <= MOST; popsize++)
    for (int rank = 1; rank < 2 * popsize; rank++)
      assert_near(rl_cmaes_change_limit(rank, popsize), percentile(rank, popsize), 1e-12);
}

/* popsize 10. Values 10, 20, ..., 100 and, again, of the first two 95 and 20. In order of all twenty:
 *   20 20' 30 30' 40 40' 50 ... 90 90' and 10 before, 95 between 90' and 100: ranks
 *   candidate 1: 1 and 18; 2: 2 and 3; k = 3 ... 9: 2k - 2 and 2k - 1; 10: 19 and 20.
 * Changes |difference| - 1: 16 and 0. */
static void a_candidate_that_moves_far_is_noise_and_ranks_in_the_middle(void **state) {
  (void)state;
  rl_search *search = make(0.1, 1, 1);
  rl_cmaes *es = search->state;
  double cost[12];
  assert_int_equal(es->strategy.popsize, 10);
  assert_int_equal(count_of(search), 12);
  for (int k = 0; k < 10; k++) cost[k] = 10.0 * (k + 1);
  cost[10] = 95.0;
  cost[11] = 20.0;
  double want = (2.0 * 16.0 - percentile(18 - 1, 10) - percentile(1, 10)) / 2.0 +
                (2.0 * 0.0 - percentile(3 - 1, 10) - percentile(2, 10)) / 2.0;
  assert_near(rl_cmaes_rank_twice(es, cost), want, 1e-12);
  /* sums of ranks: 19; 5, 9, 13, 17, 21, 25, 29, 33; 39. Candidate 1 comes behind 5 (17), before 6 (21). */
  const int order[10] = {2, 3, 4, 5, 1, 6, 7, 8, 9, 10};
  for (int k = 0; k < 10; k++) assert_int_equal(es->order[k].index, order[k] - 1);
  assert_near(es->order[4].value, (10.0 + 95.0) / 2.0, 1e-12);
  for (int k = 0; k < 12; k++) cost[k] = 7.0; /* nothing moves where all are equal */
  assert_true(rl_cmaes_rank_twice(es, cost) < 0.0);
  rl_search_free(search);
}

static void noise_asks_for_evaluations_up_to_a_limit_and_then_for_a_wider_step(void **state) {
  (void)state;
  rl_search *search = make(0.1, 2, 1);
  rl_cmaes *es = search->state;
  double sigma = es->sigma;
  assert_int_equal(rl_search_view(search)->noise_evaluations, 1);
  rl_cmaes_treat_noise(es, 0.5);
  assert_near(es->noise_evaluations, 1.5, 0.0);
  rl_cmaes_treat_noise(es, 0.5);
  assert_int_equal(rl_search_view(search)->noise_evaluations, 2);
  assert_true(es->sigma == sigma);
  rl_cmaes_treat_noise(es, 0.5);
  assert_near(es->sigma, sigma * (1.0 + 2.0 / (N + 10.0)), 1e-15);
  for (int k = 0; k < 3; k++) rl_cmaes_treat_noise(es, -0.5);
  assert_int_equal(rl_search_view(search)->noise_evaluations, 1);
  rl_search_free(search);
}

static void without_noise_nothing_is_treated(void **state) {
  (void)state;
  rl_search *search = make(0.1, 10, 3);
  rl_error error;
  const double *x;
  double value[MOST];
  int asked, popsize = ((const rl_cmaes *)search->state)->strategy.popsize;
  while (!rl_search_stop(search, NULL)) {
    assert_ok(rl_search_ask(search, &x, &asked, &error));
    assert_memory_equal(x, x + popsize * N, (size_t)((asked - popsize) * N) * sizeof *x);
    for (int k = 0; k < asked; k++) value[k] = sphere(x + k * N);
    assert_ok(rl_search_tell(search, value, &error));
    assert_int_equal(rl_search_view(search)->noise_evaluations, 1);
  }
  assert_true(rl_search_view(search)->best_return < 1e-9);
  rl_search_free(search);
}

/* Distance of the mean from the optimum, from sqrt(10) at first, after so many evaluations of a sphere with
 * noise of a standard deviation of 1. */
static double distance_reached(rl_search *search, int64_t budget, uint64_t seed) {
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, seed, 0);
  const double *x;
  double value[MOST];
  int count;
  for (int64_t spent = 0; spent < budget;) {
    int evaluations = rl_search_view(search)->noise_evaluations;
    assert_ok(rl_search_ask(search, &x, &count, &error));
    for (int k = 0; k < count; k++) {
      value[k] = sphere(x + k * N);
      for (int e = 0; e < evaluations; e++) value[k] += (double)rl_rng_normal(&rng) / evaluations;
      spent += evaluations;
    }
    assert_ok(rl_search_tell(search, value, &error));
  }
  double distance = sqrt(sphere(rl_search_view(search)->mean));
  rl_search_free(search);
  return distance;
}

/* Measured on 100 seeds: closer on every one, means .77 and .31. */
static void a_noisy_optimum_is_approached_closer_by_more_evaluations(void **state) {
  (void)state;
  int closer = 0;
  double without = 0.0, with = 0.0;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    double a = distance_reached(make(0.0, 1, seed), 20000, seed);
    double b = distance_reached(make(0.1, 100, seed), 20000, seed);
    closer += b < a;
    without += a / 10.0;
    with += b / 10.0;
  }
  assert_true(closer >= 8); /* by chance, 8 or more of 10: 5% */
  assert_true(with < 0.7 * without);
}

/* Measured on 100 seeds: 3.09 to 3.20 without, .43 to 1.54 with. */
static void a_step_too_small_for_the_noise_grows_and_arrives(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    assert_true(distance_reached(make_at(0.001, 0.0, 1, seed), 2000, seed) > 3.0);
    assert_true(distance_reached(make_at(0.001, 0.1, 1, seed), 2000, seed) < 2.0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_accepted_change_of_rank_is_a_percentile_of_random_ones),
      cmocka_unit_test(a_candidate_that_moves_far_is_noise_and_ranks_in_the_middle),
      cmocka_unit_test(noise_asks_for_evaluations_up_to_a_limit_and_then_for_a_wider_step),
      cmocka_unit_test(without_noise_nothing_is_treated),
      cmocka_unit_test(a_noisy_optimum_is_approached_closer_by_more_evaluations),
      cmocka_unit_test(a_step_too_small_for_the_noise_grows_and_arrives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
