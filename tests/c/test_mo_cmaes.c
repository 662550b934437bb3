/* MO-CMA-ES: its step size and covariance against the formulas, and fronts that are known. */
#include "search_check.h"

enum { N = 5, POPULATION = 40 };

static rl_search *search_with(int n, double popsize, double offspring, uint64_t seed) {
  static const double x0[32];
  settings o = settings_of("mo_cmaes");
  set(&o, "popsize", popsize);
  set(&o, "offspring", offspring);
  set(&o, "minimize", 1);
  set(&o, "sigma", 1);
  set(&o, "seed", (double)seed);
  return search_new(n, x0, NULL, &o);
}

/* Distances to two points: the front is the line between them, f2 = (2 - sqrt f1)^2. */
static void two_distances(const double *x, int n, double *f) {
  f[0] = f[1] = 0.0;
  for (int i = 0; i < n; i++) {
    f[0] += x[i] * x[i];
    f[1] += (x[i] - (i == 0 ? 2.0 : 0.0)) * (x[i] - (i == 0 ? 2.0 : 0.0));
  }
}

static void iterate(rl_search *search, int iterations) {
  rl_error error;
  const double *x;
  int count, n = dim_of(search);
  double value[2 * POPULATION];
  for (int t = 0; t < iterations; t++) {
    assert_ok(rl_search_ask(search, &x, &count, &error));
    assert_true(count <= POPULATION);
    for (int k = 0; k < count; k++) two_distances(x + k * n, n, value + 2 * k);
    assert_ok(rl_search_tell_more(search, value, NULL, &error));
  }
}

static void the_front_is_reached_and_covered(void **state) {
  (void)state;
  for (int steady = 0; steady <= 1; steady++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      rl_search *search = search_with(N, 20, steady ? 1 : 0, seed);
      iterate(search, steady ? 8000 : 500);
      const double *x, *value;
      int count = rl_search_front(search, &x, &value);
      assert_int_equal(count, 20);
      for (int k = 0; k < count; k++) {
        double f[2], root = 2.0 - sqrt(value[2 * k]);
        two_distances(x + k * N, N, f);
        assert_near(value[2 * k], f[0], 1e-12);
        assert_near(value[2 * k + 1], f[1], 1e-12);
        assert_near(value[2 * k + 1], root * root, 0.02);
        if (k > 0) assert_true(value[2 * k] > value[2 * k - 2] && value[2 * k + 1] < value[2 * k - 1]);
      }
      /* all of it: 16 - integral of (2 - sqrt f)^2 from 0 to 4 = 16 - 8/3; 20 points cover a little less */
      double covered = rl_search_hypervolume(search, (const double[]){4.0, 4.0});
      if (!(covered > 16.0 - 8.0 / 3.0 - 0.35 && covered < 16.0 - 8.0 / 3.0))
        fail_msg("seed %d: covers %g", (int)seed, covered);
      rl_search_free(search);
    }
}

/* Step size and covariance of point `k` in a saved search of two points. */
static void look_at(const rl_search *search, int k, double *step, double C[N][N]) {
  rl_error error;
  double steps[2], factors[N * (N + 1)];
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_search_save(search, archive, "s", &error));
  assert_ok(rl_archive_get(archive, "s.mo_cmaes.steps", RL_F64, 2, steps, &error));
  assert_ok(rl_archive_get(archive, "s.mo_cmaes.factors", RL_F64, N * (N + 1), factors, &error));
  rl_archive_free(archive);
  const double *factor = factors + k * N * (N + 1) / 2;
  *step = steps[k];
  for (int i = 0; i < N; i++)
    for (int j = 0; j <= i; j++) {
      double sum = 0.0;
      for (int l = 0; l <= j; l++) sum += factor[i * (i + 1) / 2 + l] * factor[j * (j + 1) / 2 + l];
      C[i][j] = C[j][i] = sum;
    }
}

/* Of two points one has an offspring that is better than it, and takes its place, but in each third iteration: step
 * size and covariance follow the formulas of Igel et al., written out with the covariance as a matrix. */
static void success_updates_step_and_covariance_by_the_formulas(void **state) {
  (void)state;
  rl_error error;
  const double target = 1.0 / 5.5, c_p = target / (2.0 + target), d = 1.0 + N / 2.0, c_c = 2.0 / (N + 2.0),
               c_cov = 2.0 / (N * N + 6.0);
  rl_search *search = search_with(N, 2, 0, 3);
  const double *x;
  int count;
  double parent[N], C[N][N] = {{0}}, path[N] = {0}, sigma = 1.0, rate = target, seen_sigma, seen[N][N];
  for (int i = 0; i < N; i++) C[i][i] = 1.0;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  memcpy(parent, x, sizeof parent); /* of the first point */
  assert_ok(rl_search_tell_more(search, (const double[]){1, 2, 2, 1}, NULL, &error));
  bool stood_still = false;
  for (int t = 0; t < 30; t++) {
    const bool success = t % 3 < 2;
    double value[] = {9, 9, 9, 9}, before = sigma;
    if (success) {
      value[0] = 1.0 - 0.01 * (t + 1);
      value[1] = 2;
    }
    assert_ok(rl_search_ask(search, &x, &count, &error));
    assert_int_equal(count, 2);
    const double *to = x;
    rate = (1.0 - c_p) * rate + c_p * success;
    sigma *= exp((rate - target) / (1.0 - target) / d);
    const bool still = rate >= 0.44;
    for (int i = 0; success && i < N; i++) {
      path[i] *= 1.0 - c_c;
      if (!still) path[i] += sqrt(c_c * (2.0 - c_c)) * (to[i] - parent[i]) / before;
    }
    for (int i = 0; success && i < N; i++)
      for (int j = 0; j < N; j++)
        C[i][j] = (1.0 - c_cov) * C[i][j] +
                  c_cov * (path[i] * path[j] + (still ? c_c * (2.0 - c_c) * C[i][j] : 0.0));
    if (success) memcpy(parent, to, sizeof parent);
    stood_still = stood_still || still;
    assert_ok(rl_search_tell_more(search, value, NULL, &error));
    look_at(search, 0, &seen_sigma, seen);
    assert_near(seen_sigma, sigma, 1e-12 * sigma);
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) assert_near(seen[i][j], C[i][j], 1e-12);
  }
  assert_true(stood_still);
  rl_search_free(search);
}

static void values_that_are_no_numbers_never_stay_before_others(void **state) {
  (void)state;
  rl_error error;
  rl_search *search = search_with(2, 4, 0, 1);
  const double *x, *value;
  int count;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_ok(
      rl_search_tell_more(search, (const double[]){1, 1, NAN, 0, 0, INFINITY, -INFINITY, 0}, NULL, &error));
  assert_int_equal(rl_search_view(search)->not_finite, 3);
  assert_int_equal(rl_search_front(search, &x, &value), 1);
  assert_true(value[0] == 1.0 && value[1] == 1.0);
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_ok(rl_search_tell_more(search, (const double[]){5, 5, 6, 6, 7, 7, 0, 2}, NULL, &error));
  assert_int_equal(rl_search_front(search, &x, &value), 2);
  assert_true(value[0] == 0.0 && value[1] == 2.0 && value[2] == 1.0);
  for (int i = 0; i < 2; i++) assert_true(isfinite(rl_search_view(search)->mean[i]));
  rl_search_free(search);
}

/* Optima on bounds, where those of ZDT1 (Zitzler, Deb & Thiele 2000) are. */
static void a_front_on_the_bounds_is_reached_exactly(void **state) {
  (void)state;
  enum { DIM = 10 };
  double x0[DIM], lower[DIM], upper[DIM];
  for (int i = 0; i < DIM; i++) {
    x0[i] = 0.5;
    lower[i] = 0.0;
    upper[i] = 1.0;
  }
  settings o = settings_of("mo_cmaes");
  set(&o, "popsize", 20);
  set(&o, "minimize", 1);
  rl_search *search = search_in((rl_search_space){.n = DIM, .x0 = x0, .lower = lower, .upper = upper}, &o);
  for (int t = 0; t < 500; t++) {
    rl_error error;
    const double *x;
    int count;
    double value[2 * POPULATION];
    assert_ok(rl_search_ask(search, &x, &count, &error));
    for (int k = 0; k < count; k++) {
      double g = 0.0, first = x[k * DIM];
      for (int i = 0; i < DIM; i++) assert_true(x[k * DIM + i] >= 0.0 && x[k * DIM + i] <= 1.0);
      for (int i = 1; i < DIM; i++) g += 9.0 * x[k * DIM + i] / (DIM - 1.0);
      value[2 * k] = first;
      value[2 * k + 1] = (1.0 + g) * (1.0 - sqrt(first / (1.0 + g)));
    }
    assert_ok(rl_search_tell_more(search, value, NULL, &error));
  }
  const double *x, *value;
  int count = rl_search_front(search, &x, &value), exact = 0;
  for (int k = 0; k < count; k++) exact += value[2 * k + 1] == 1.0 - sqrt(value[2 * k]);
  assert_true(exact > 15);
  /* 1.21 - 1/3 for all of the front; the best twenty points cover .8521 */
  double covered = rl_search_hypervolume(search, (const double[]){1.1, 1.1});
  assert_true(covered > 0.845 && covered < 1.21 - 1.0 / 3.0);
  rl_search_free(search);
}

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  rl_error error;
  rl_search *search;
  static const double x0[5000];
  settings o = settings_of("mo_cmaes");
  set(&o, "popsize", 4);
  set(&o, "offspring", 5);
  assert_refused(try_search(&search, (rl_search_space){.n = 2, .x0 = x0}, &o, &error), RL_BAD_ARGUMENT,
                 "offspring: at most popsize, 4, got 5");
  o = settings_of("mo_cmaes");
  assert_refused(try_search(&search, (rl_search_space){.n = 5000, .x0 = x0}, &o, &error), RL_BAD_ARGUMENT,
                 "100 covariances of 5000 coordinates are too large");
  set(&o, "diagonal", 1);
  search = search_in((rl_search_space){.n = 5000, .x0 = x0}, &o);
  assert_true(rl_search_bytes(search) < (size_t)100 << 20);
  const double *x, *value;
  assert_int_equal(rl_search_front(search, &x, &value), 0);
  rl_search_free(search);
  o = settings_of("cmaes");
  search = search_new(2, x0, NULL, &o);
  assert_int_equal(rl_search_front(search, &x, &value), 0);
  assert_true(isnan(rl_search_hypervolume(search, (const double[]){1, 1})));
  rl_search_free(search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_front_is_reached_and_covered),
      cmocka_unit_test(success_updates_step_and_covariance_by_the_formulas),
      cmocka_unit_test(values_that_are_no_numbers_never_stay_before_others),
      cmocka_unit_test(a_front_on_the_bounds_is_reached_exactly),
      cmocka_unit_test(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
