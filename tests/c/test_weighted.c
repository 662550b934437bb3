/* Search by weighted maximum likelihood: one update of each method worked by hand in one and two dimensions,
 * what is minimised and what is not finite, that sampling has the covariance it should, that searches find a
 * quadratic's optimum, stop by name, and go on from a file as if nothing had happened. */
#include "search_check.h"

static settings four_of(const char *method) {
  settings o = settings_of(method);
  const bool beta = strcmp(method, "rwr") == 0 || strcmp(method, "pi2") == 0;
  set(&o, "popsize", 4);
  if (!beta) set(&o, "elite", 0.5);
  set(&o, "sigma", 2.0);
  return o;
}

/* Elite: candidates 2 and 4. mu' = (x2 + x4) / 2, variance ((x2 - mu')^2 + (x4 - mu')^2) / 2 + noise. */
static void the_cross_entropy_method_fits_the_elite(void **state) {
  (void)state;
  const double x0 = 1.0, value[4] = {1, 5, -3, 2};
  double x[4];
  settings o = four_of("cem");
  set(&o, "noise", 0.25);
  rl_search *search = search_new(1, &x0, NULL, &o);
  rl_search_state s = one_step(search, value, x);
  double mean = (x[1] + x[3]) / 2.0,
         variance = ((x[1] - mean) * (x[1] - mean) + (x[3] - mean) * (x[3] - mean)) / 2.0 + 0.25;
  assert_near(s.mean[0], mean, 1e-12);
  assert_near(s.deviation[0], sqrt(variance), 1e-12);
  assert_true(s.best_return == 5.0 && s.best[0] == x[1]);
  rl_search_free(search);
}

/* Returns scaled to [0, 1]: 2/4, 1, 0, 3/4; weights exp(2 r) / sum. */
static void returns_weigh_exponentially(void **state) {
  (void)state;
  const double x0 = 0.0, value[4] = {1, 3, -1, 2}, r[4] = {0.5, 1.0, 0.0, 0.75};
  const char *const kinds[] = {"rwr", "pi2", "pi2"};
  for (int i = 0; i < 3; i++) {
    double x[4], sum = 0.0, mean = 0.0, variance = 0.0;
    settings o = four_of(kinds[i]);
    set(&o, "beta", 2.0);
    if (i > 0) set(&o, "adapt", i == 2);
    rl_search *search = search_new(1, &x0, NULL, &o);
    rl_search_state s = one_step(search, value, x);
    for (int k = 0; k < 4; k++) sum += exp(2.0 * r[k]);
    for (int k = 0; k < 4; k++) mean += exp(2.0 * r[k]) / sum * x[k];
    double center = i == 0 ? mean : x0;
    for (int k = 0; k < 4; k++) variance += exp(2.0 * r[k]) / sum * (x[k] - center) * (x[k] - center);
    if (i == 1) variance = 4.0; /* stays */
    assert_near(s.mean[0], mean, 1e-12);
    assert_near(s.deviation[0], sqrt(variance), 1e-12);
    rl_search_free(search);
  }
}

/* The two best ever: 5 and 4 of the first generation, then 5 and 6. Weights 5/9, 4/9; then 5/11, 6/11. */
static void power_reuses_the_best_there_have_been(void **state) {
  (void)state;
  const double x0 = 0.0, first[4] = {1, 5, 0, 4}, second[4] = {2, 3, 6, 1};
  double x[4], y[4];
  rl_error error;
  settings o = four_of("power");
  rl_search *search = search_new(1, &x0, NULL, &o);
  rl_search_state s = one_step(search, first, x);
  double mean = (5.0 * x[1] + 4.0 * x[3]) / 9.0, variance = (5.0 * x[1] * x[1] + 4.0 * x[3] * x[3]) / 9.0;
  assert_near(s.mean[0], mean, 1e-12);
  assert_near(s.deviation[0], sqrt(variance), 1e-12);
  s = one_step(search, second, y);
  assert_near(s.mean[0], (5.0 * x[1] + 6.0 * y[2]) / 11.0, 1e-12);
  const double negative[4] = {1, 2, -1e-9, 3}, *asked;
  int count;
  assert_ok(rl_search_ask(search, &asked, &count, &error));
  assert_refused(rl_search_tell(search, negative, &error), RL_BAD_ARGUMENT, "value 3");
  rl_search_free(search);
}

static void minimising_is_maximising_the_negative(void **state) {
  (void)state;
  const double x0 = 0.5;
  const char *const methods[] = {"cem", "rwr", "pi2"};
  for (int kind = 0; kind < 3; kind++) {
    double x[4], y[4], value[4] = {3, 1, 4, 2}, negated[4] = {-3, -1, -4, -2};
    settings o = four_of(methods[kind]);
    rl_search *up = search_new(1, &x0, NULL, &o);
    set(&o, "minimize", true);
    rl_search *down = search_new(1, &x0, NULL, &o);
    rl_search_state a = one_step(up, value, x), b = one_step(down, negated, y);
    assert_true(a.mean[0] == b.mean[0] && a.deviation[0] == b.deviation[0] && a.best[0] == b.best[0]);
    assert_true(b.best_return == -4.0);
    rl_search_free(up);
    rl_search_free(down);
  }
}

static void what_is_not_finite_has_no_weight_and_is_counted(void **state) {
  (void)state;
  const double x0 = 0.0, value[4] = {(double)NAN, 2, HUGE_VAL, 1};
  double x[4];
  rl_error error;
  settings o = four_of("cem");
  set(&o, "elite", 1.0);
  rl_search *search = search_new(1, &x0, NULL, &o);
  rl_search_state s = one_step(search, value, x);
  assert_near(s.mean[0], (x[1] + x[3]) / 2.0, 1e-12);
  assert_int_equal(s.not_finite, 2);
  const double none[4] = {(double)NAN, (double)NAN, -HUGE_VAL, (double)NAN}, mean = s.mean[0], *asked;
  int count;
  assert_refused(rl_search_tell(search, none, &error), RL_BAD_ARGUMENT, "ask");
  assert_ok(rl_search_ask(search, &asked, &count, &error));
  assert_ok(rl_search_tell(search, none, &error));
  assert_true(rl_search_view(search)->mean[0] == mean);
  rl_search_free(search);
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

static double run(rl_search *search, int iterations) {
  rl_error error;
  int count;
  double value[1000];
  const double *x, noise = option_of(search, "noise");
  const bool power = strcmp(rl_search_method(search)->name, "power") == 0;
  for (int t = 0; t < iterations; t++) {
    change(search, "noise", noise * fmax(0.0, 1.0 - t / 100.0)); /* decreasing */
    assert_ok(rl_search_ask(search, &x, &count, &error));
    for (int k = 0; k < count; k++) {
      value[k] = bowl(x + k * DIM);
      if (power) value[k] = exp(-0.02 * value[k]);
    }
    assert_ok(rl_search_tell(search, value, &error));
  }
  return bowl(rl_search_view(search)->mean);
}

/* Five seeds of five for each. The methods that fit about the old mean and keep their spread come
 * less near. */
static void every_method_finds_the_bottom_of_a_bowl(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  const struct {
    const char *method;
    bool full, adapt;
    double decay, noise;
  } cases[] = {{"cem", false, false, 1.0, 0.05}, {"cem", true, false, 1.0, 0.05},
               {"rwr", true, false, 1.0, 0.0},   {"pi2", false, false, 0.97, 0.0},
               {"pi2", true, true, 1.0, 0.0},    {"power", true, false, 1.0, 0.01}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      const bool power = strcmp(cases[i].method, "power") == 0;
      settings o = settings_of(cases[i].method);
      set(&o, "popsize", 100);
      set(&o, "seed", (double)seed);
      set(&o, "full", cases[i].full);
      if (strcmp(cases[i].method, "pi2") == 0) set(&o, "adapt", cases[i].adapt);
      set(&o, "decay", cases[i].decay);
      set(&o, "noise", cases[i].noise);
      if (power) set(&o, "elite", 0.2);
      set(&o, "minimize", !power);
      rl_search *search = search_new(DIM, x0, NULL, &o);
      double f = run(search, 150);
      if (!(f < 0.01)) fail_msg("case %zu, seed %d: %g", i, (int)seed, f);
      rl_search_free(search);
    }
}

static void searches_say_why_they_stop(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  const char *names[RL_SEARCH_CRITERIA];
  settings o = settings_of("cem");
  set(&o, "minimize", true);
  set(&o, "max_iterations", 3);
  set(&o, "max_evaluations", 200);
  set(&o, "target", 1e9);
  rl_search *search = search_new(DIM, x0, NULL, &o);
  assert_int_equal(rl_search_stop(search, names), 0);
  run(search, 2);
  assert_int_equal(rl_search_stop(search, names), 2);
  assert_string_equal(names[0], "max_evaluations");
  assert_string_equal(names[1], "target");
  run(search, 1);
  assert_string_equal(names[0], "max_evaluations");
  assert_int_equal(rl_search_stop(search, names), 3);
  assert_string_equal(names[0], "max_iterations");
  change(search, "tolx", 1e6);
  assert_int_equal(rl_search_stop(search, names), 4);
  assert_string_equal(names[0], "tolx");
  rl_search_free(search);
}

static void what_makes_no_sense_is_named(void **state) {
  (void)state;
  const double x0[2] = {0, 0}, wide[2] = {1, 1e160};
  static const double zeros[(1 << 12) + 1];
  const rl_search_space space = {.n = 2, .x0 = x0}, many = {.n = (1 << 12) + 1, .x0 = zeros};
  rl_error error;
  rl_search *search;
  settings good = settings_of("cem"), bad = good;
  set(&bad, "sigma", 0.0);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "option sigma");
  bad = good;
  set(&bad, "popsize", 1);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "option popsize");
  bad = good;
  set(&bad, "noise", (double)NAN);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "option noise");
  bad = good;
  set(&bad, "beta", 1.0);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "unknown option \"beta\"");
  bad = good;
  set(&bad, "full", 1);
  assert_refused(try_search(&search, many, &bad, &error), RL_BAD_ARGUMENT, "4097 coordinates");
  assert_refused(try_search(&search, (rl_search_space){.n = 2, .x0 = x0, .scale = wide}, &good, &error),
                 RL_BAD_ARGUMENT, "coordinate 2: sigma 1 times scale 1e+160 is out of range");
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
      cmocka_unit_test(what_makes_no_sense_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
