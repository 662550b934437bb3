/* Search by weighted maximum likelihood: one update of each method worked by hand in one and two dimensions,
 * what is minimised and what is not finite, that sampling has the covariance it should, that searches find a
 * quadratic's optimum, stop by name, and go on from a file as if nothing had happened. */
#include "search/weighted.h"

#include "check.h"

static rl_weighted *search_new(int n, const double *x0, const rl_weighted_options *options) {
  rl_error error;
  rl_weighted *search;
  assert_ok(rl_weighted_create(&search, n, x0, NULL, options, &error));
  return search;
}

/* One generation of four candidates in one dimension with these values; x gets the candidates. */
static rl_weighted_state one_update(rl_weighted *search, const double value[4], double x[4]) {
  rl_error error;
  const double *asked;
  assert_ok(rl_weighted_ask(search, &asked, &error));
  memcpy(x, asked, 4 * sizeof *x);
  assert_ok(rl_weighted_tell(search, value, &error));
  return rl_weighted_get_state(search);
}

static rl_weighted_options four_of(rl_weighting kind) {
  rl_weighted_options o = rl_weighted_defaults(kind);
  o.popsize = 4;
  o.elite = 0.5;
  o.sigma = 2.0;
  return o;
}

/* Elite: candidates 2 and 4. mu' = (x2 + x4) / 2, variance ((x2 - mu')^2 + (x4 - mu')^2) / 2 + noise. */
static void the_cross_entropy_method_fits_the_elite(void **state) {
  (void)state;
  const double x0 = 1.0, value[4] = {1, 5, -3, 2};
  double x[4];
  rl_weighted_options o = four_of(RL_CEM);
  o.noise = 0.25;
  rl_weighted *search = search_new(1, &x0, &o);
  rl_weighted_state s = one_update(search, value, x);
  double mean = (x[1] + x[3]) / 2.0,
         variance = ((x[1] - mean) * (x[1] - mean) + (x[3] - mean) * (x[3] - mean)) / 2.0 + 0.25;
  assert_near(s.mean[0], mean, 1e-12);
  assert_near(s.deviation[0], sqrt(variance), 1e-12);
  assert_true(s.best_value == 5.0 && s.best[0] == x[1]);
  rl_weighted_free(search);
}

/* Returns scaled to [0, 1]: 2/4, 1, 0, 3/4; weights exp(2 r) / sum. */
static void returns_weigh_exponentially(void **state) {
  (void)state;
  const double x0 = 0.0, value[4] = {1, 3, -1, 2}, r[4] = {0.5, 1.0, 0.0, 0.75};
  const rl_weighting kinds[] = {RL_RWR, RL_PI2, RL_PI2};
  for (int i = 0; i < 3; i++) {
    double x[4], sum = 0.0, mean = 0.0, variance = 0.0;
    rl_weighted_options o = four_of(kinds[i]);
    o.beta = 2.0;
    o.adapt = i == 2;
    rl_weighted *search = search_new(1, &x0, &o);
    rl_weighted_state s = one_update(search, value, x);
    for (int k = 0; k < 4; k++) sum += exp(2.0 * r[k]);
    for (int k = 0; k < 4; k++) mean += exp(2.0 * r[k]) / sum * x[k];
    double center = kinds[i] == RL_RWR ? mean : x0;
    for (int k = 0; k < 4; k++) variance += exp(2.0 * r[k]) / sum * (x[k] - center) * (x[k] - center);
    if (i == 1) variance = 4.0; /* stays */
    assert_near(s.mean[0], mean, 1e-12);
    assert_near(s.deviation[0], sqrt(variance), 1e-12);
    rl_weighted_free(search);
  }
}

/* The two best ever: 5 and 4 of the first generation, then 5 and 6. Weights 5/9, 4/9; then 5/11, 6/11. */
static void power_reuses_the_best_there_have_been(void **state) {
  (void)state;
  const double x0 = 0.0, first[4] = {1, 5, 0, 4}, second[4] = {2, 3, 6, 1};
  double x[4], y[4];
  rl_error error;
  rl_weighted_options o = four_of(RL_POWER);
  rl_weighted *search = search_new(1, &x0, &o);
  rl_weighted_state s = one_update(search, first, x);
  double mean = (5.0 * x[1] + 4.0 * x[3]) / 9.0, variance = (5.0 * x[1] * x[1] + 4.0 * x[3] * x[3]) / 9.0;
  assert_near(s.mean[0], mean, 1e-12);
  assert_near(s.deviation[0], sqrt(variance), 1e-12);
  s = one_update(search, second, y);
  assert_near(s.mean[0], (5.0 * x[1] + 6.0 * y[2]) / 11.0, 1e-12);
  const double negative[4] = {1, 2, -1e-9, 3}, *asked;
  assert_ok(rl_weighted_ask(search, &asked, &error));
  assert_refused(rl_weighted_tell(search, negative, &error), RL_BAD_ARGUMENT, "value 3");
  rl_weighted_free(search);
}

static void minimising_is_maximising_the_negative(void **state) {
  (void)state;
  const double x0 = 0.5;
  for (rl_weighting kind = RL_CEM; kind < RL_POWER; kind++) {
    double x[4], y[4], value[4] = {3, 1, 4, 2}, negated[4] = {-3, -1, -4, -2};
    rl_weighted_options o = four_of(kind);
    rl_weighted *up = search_new(1, &x0, &o);
    o.minimize = true;
    rl_weighted *down = search_new(1, &x0, &o);
    rl_weighted_state a = one_update(up, value, x), b = one_update(down, negated, y);
    assert_true(a.mean[0] == b.mean[0] && a.deviation[0] == b.deviation[0] && a.best[0] == b.best[0]);
    assert_true(b.best_value == -4.0);
    rl_weighted_free(up);
    rl_weighted_free(down);
  }
}

static void what_is_not_finite_has_no_weight_and_is_counted(void **state) {
  (void)state;
  const double x0 = 0.0, value[4] = {(double)NAN, 2, HUGE_VAL, 1};
  double x[4];
  rl_error error;
  rl_weighted_options o = four_of(RL_CEM);
  o.elite = 1.0;
  rl_weighted *search = search_new(1, &x0, &o);
  rl_weighted_state s = one_update(search, value, x);
  assert_near(s.mean[0], (x[1] + x[3]) / 2.0, 1e-12);
  assert_int_equal(s.not_finite, 2);
  const double none[4] = {(double)NAN, (double)NAN, -HUGE_VAL, (double)NAN}, mean = s.mean[0], *asked;
  assert_refused(rl_weighted_tell(search, none, &error), RL_BAD_ARGUMENT, "ask");
  assert_ok(rl_weighted_ask(search, &asked, &error));
  assert_refused(rl_weighted_tell(search, none, &error), RL_NOT_FINITE, "none of the 4");
  assert_true(rl_weighted_get_state(search).mean[0] == mean);
  rl_weighted_free(search);
}

enum { DIM = 6 };

/* A rotated bowl: condition 100, optimum at (1, 1, ...). */
static double bowl(const double *x) {
  double sum = 0.0, total = 0.0;
  for (int i = 0; i < DIM; i++) {
    sum += (x[i] - 1.0) * (x[i] - 1.0);
    total += x[i] - 1.0;
  }
  return sum + 99.0 * total * total / DIM;
}

static double run(rl_weighted *search, int iterations) {
  rl_error error;
  int popsize = rl_weighted_get_options(search)->popsize;
  double value[1000];
  const double *x;
  const double noise = rl_weighted_get_options(search)->noise;
  for (int t = 0; t < iterations; t++) {
    rl_weighted_get_options(search)->noise = noise * fmax(0.0, 1.0 - t / 100.0); /* decreasing */
    assert_ok(rl_weighted_ask(search, &x, &error));
    for (int k = 0; k < popsize; k++) {
      value[k] = bowl(x + k * DIM);
      if (rl_weighted_get_options(search)->kind == RL_POWER) value[k] = exp(-0.02 * value[k]);
    }
    assert_ok(rl_weighted_tell(search, value, &error));
  }
  return bowl(rl_weighted_get_state(search).mean);
}

/* Five seeds of five for each. The methods that fit about the old mean and keep their spread come less near.
 */
static void every_method_finds_the_bottom_of_a_bowl(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  const struct {
    rl_weighting kind;
    bool full, adapt;
    double decay, noise;
  } cases[] = {{RL_CEM, false, false, 1.0, 0.05}, {RL_CEM, true, false, 1.0, 0.05},
               {RL_RWR, true, false, 1.0, 0.0},   {RL_PI2, false, false, 0.97, 0.0},
               {RL_PI2, true, true, 1.0, 0.0},    {RL_POWER, true, false, 1.0, 0.01}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      rl_weighted_options o = rl_weighted_defaults(cases[i].kind);
      o.popsize = 100;
      o.seed = seed;
      o.full = cases[i].full;
      o.adapt = cases[i].adapt;
      o.decay = cases[i].decay;
      o.noise = cases[i].noise;
      if (o.kind == RL_POWER) o.elite = 0.2;
      o.minimize = o.kind != RL_POWER;
      rl_weighted *search = search_new(DIM, x0, &o);
      double f = run(search, 150);
      if (!(f < 0.01)) fail_msg("case %zu, seed %d: %g", i, (int)seed, f);
      rl_weighted_free(search);
    }
}

static void searches_say_why_they_stop(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  const char *names[RL_WEIGHTED_STOPS];
  rl_weighted_options o = rl_weighted_defaults(RL_CEM);
  o.minimize = true;
  o.max_iterations = 3;
  o.max_evaluations = 200;
  o.target = 1e9;
  rl_weighted *search = search_new(DIM, x0, &o);
  assert_int_equal(rl_weighted_stop(search, names), 0);
  run(search, 2);
  assert_int_equal(rl_weighted_stop(search, names), 2);
  assert_string_equal(names[0], "max_evaluations");
  assert_string_equal(names[1], "target");
  run(search, 1);
  assert_string_equal(names[0], "max_evaluations");
  assert_int_equal(rl_weighted_stop(search, names), 3);
  assert_string_equal(names[0], "max_iterations");
  rl_weighted_get_options(search)->tolx = 1e6;
  assert_int_equal(rl_weighted_stop(search, names), 4);
  assert_string_equal(names[0], "tolx");
  rl_weighted_free(search);
}

static void a_loaded_search_goes_on_with_the_same_candidates(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  rl_error error;
  for (rl_weighting kind = RL_CEM; kind < RL_WEIGHTINGS; kind++) {
    rl_weighted_options o = rl_weighted_defaults(kind);
    o.full = kind == RL_RWR;
    o.popsize = 30;
    o.minimize = kind != RL_POWER;
    rl_weighted *first = search_new(DIM, x0, &o);
    run(first, 4);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_weighted_save(first, archive, "search", &error));
    o.seed = 99;
    rl_weighted *second = search_new(DIM, (const double[DIM]){9, 9, 9, 9, 9, 9}, &o);
    assert_ok(rl_weighted_load(second, archive, "search", &error));
    run(first, 3);
    run(second, 3);
    rl_weighted_state a = rl_weighted_get_state(first), b = rl_weighted_get_state(second);
    assert_memory_equal(a.mean, b.mean, sizeof(double) * DIM);
    assert_memory_equal(a.deviation, b.deviation, sizeof(double) * DIM);
    assert_true(a.best_value == b.best_value && a.evaluations == b.evaluations);
    o.kind = kind == RL_CEM ? RL_RWR : RL_CEM;
    rl_weighted *other = search_new(DIM, x0, &o);
    assert_refused(rl_weighted_load(other, archive, "search", &error), RL_BAD_FORMAT,
                   rl_weighting_names[kind]);
    rl_weighted_free(other);
    rl_weighted_free(first);
    rl_weighted_free(second);
    rl_archive_free(archive);
  }
}

static void what_makes_no_sense_is_named(void **state) {
  (void)state;
  const double x0[2] = {0, 0}, nowhere[2] = {0, (double)NAN}, scale[2] = {1, -1};
  rl_error error;
  rl_weighted *search;
  rl_weighted_options good = rl_weighted_defaults(RL_CEM), bad = good;
  bad.sigma = 0.0;
  assert_refused(rl_weighted_create(&search, 2, x0, NULL, &bad, &error), RL_BAD_ARGUMENT, "sigma");
  bad = good;
  bad.popsize = 1;
  assert_refused(rl_weighted_create(&search, 2, x0, NULL, &bad, &error), RL_BAD_ARGUMENT, "popsize");
  bad = good;
  bad.noise = (double)NAN;
  assert_refused(rl_weighted_create(&search, 2, x0, NULL, &bad, &error), RL_BAD_ARGUMENT, "noise");
  assert_refused(rl_weighted_create(&search, 2, nowhere, NULL, &good, &error), RL_NOT_FINITE, "coordinate 2");
  assert_refused(rl_weighted_create(&search, 2, x0, scale, &good, &error), RL_BAD_ARGUMENT,
                 "scale: coordinate 2");
  const double wide[2] = {1, 1e160};
  assert_refused(rl_weighted_create(&search, 2, x0, wide, &good, &error), RL_BAD_ARGUMENT,
                 "coordinate 2: sigma 1 times scale 1e+160 is out of range");
  assert_refused(rl_weighted_create(&search, 0, x0, NULL, &good, &error), RL_BAD_ARGUMENT, "0 coordinates");
  assert_null(search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_cross_entropy_method_fits_the_elite),
      cmocka_unit_test(returns_weigh_exponentially),
      cmocka_unit_test(power_reuses_the_best_there_have_been),
      cmocka_unit_test(minimising_is_maximising_the_negative),
      cmocka_unit_test(what_is_not_finite_has_no_weight_and_is_counted),
      cmocka_unit_test(every_method_finds_the_bottom_of_a_bowl),
      cmocka_unit_test(searches_say_why_they_stop),
      cmocka_unit_test(a_loaded_search_goes_on_with_the_same_candidates),
      cmocka_unit_test(what_makes_no_sense_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
