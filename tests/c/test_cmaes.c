/* CMA-ES against the tutorial's formulas (written out again here, one by one), published figures, and its
 * invariances. */
#include "check.h"

#include "search/cmaes.h"

enum { MOST = 64 };

typedef double (*function)(const double *x, int n);

static double sphere(const double *x, int n) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

static double ellipsoid(const double *x, int n) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) sum += pow(1e6, n > 1 ? i / (n - 1.0) : 0.0) * x[i] * x[i];
  return sum;
}

/* The ellipsoid of condition 1e6 along rotated axes: a fixed product of plane rotations. */
static double rotated_ellipsoid(const double *x, int n) {
  double y[MOST];
  memcpy(y, x, (size_t)n * sizeof *y);
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++) {
      double angle = 1.0 + i + 2.0 * j, a = y[i], b = y[j];
      y[i] = cos(angle) * a - sin(angle) * b;
      y[j] = sin(angle) * a + cos(angle) * b;
    }
  return ellipsoid(y, n);
}

static rl_cmaes_options minimizing(double sigma, uint64_t seed) {
  rl_cmaes_options options = rl_cmaes_defaults();
  options.sigma = sigma;
  options.seed = seed;
  options.minimize = true;
  return options;
}

static rl_cmaes *make(int n, const double *x0, rl_cmaes_options options) {
  rl_cmaes *es;
  rl_error error;
  assert_ok(rl_cmaes_create(&es, n, x0, &options, &error));
  return es;
}

static const double *one_generation(rl_cmaes *es, function f, double *value) {
  rl_error error;
  const double *x;
  int n = rl_cmaes_size(es);
  assert_ok(rl_cmaes_ask(es, &x, &error));
  for (int k = 0; k < rl_cmaes_popsize(es); k++) value[k] = f(x + k * n, n);
  assert_ok(rl_cmaes_tell(es, value, &error));
  return x;
}

static double best_of(const rl_cmaes *es) {
  double value;
  assert_non_null(rl_cmaes_best(es, &value, NULL));
  return value;
}

static bool stops_by(const rl_cmaes *es, const char *name) {
  const char *names[RL_CMAES_CRITERIA];
  int count = rl_cmaes_stop(es, names);
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

static void constants_follow_the_formulas(void **state) {
  (void)state;
  const int dims[] = {2, 3, 5, 10, 20, 40, 100};
  for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
    rl_cmaes_strategy s;
    rl_error error;
    double N = dims[d], sum = 0.0, squares = 0.0, below = 0.0, below_squares = 0.0, w[MOST];
    int lambda = 4 + (int)floor(3.0 * log(N)), mu = 0;
    assert_int_equal(rl_cmaes_default_popsize(dims[d]), lambda);
    assert_ok(rl_cmaes_strategy_init(&s, dims[d], lambda, true, false, &error));
    for (int i = 1; i <= lambda; i++) {
      w[i] = log((lambda + 1.0) / 2.0) - log((double)i);
      if (w[i] > 0.0) {
        mu++;
        sum += w[i];
        squares += w[i] * w[i];
      } else {
        below += w[i];
        below_squares += w[i] * w[i];
      }
    }
    double mu_eff = sum * sum / squares, mu_minus = below * below / below_squares;
    double c_1 = 2.0 / (pow(N + 1.3, 2.0) + mu_eff);
    double c_mu = fmin(1.0 - c_1, 2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) / (pow(N + 2.0, 2.0) + mu_eff));
    double c_sigma = (mu_eff + 2.0) / (N + mu_eff + 5.0);
    assert_int_equal(s.mu, mu);
    assert_near(s.mu_eff, mu_eff, 1e-12 * mu_eff);
    assert_near(s.c_sigma, c_sigma, 1e-14);
    assert_near(s.d_sigma, 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (N + 1.0)) - 1.0) + c_sigma, 1e-14);
    assert_near(s.c_c, (4.0 + mu_eff / N) / (N + 4.0 + 2.0 * mu_eff / N), 1e-14);
    assert_near(s.c_1, c_1, 1e-15);
    assert_near(s.c_mu, c_mu, 1e-15);
    assert_near(s.chi_n, sqrt(N) * (1.0 - 1.0 / (4.0 * N) + 1.0 / (21.0 * N * N)), 1e-12);
    assert_int_equal(s.decompose_every, (int)ceil(1.0 / ((c_1 + c_mu) * N * 10.0)));
    double total =
        fmin(1.0 + c_1 / c_mu, fmin(1.0 + 2.0 * mu_minus / (mu_eff + 2.0), (1.0 - c_1 - c_mu) / (N * c_mu)));
    for (int i = 1; i <= lambda; i++)
      assert_near(s.weights[i - 1], w[i] > 0.0 ? w[i] / sum : -total * w[i] / below, 1e-14);
    rl_cmaes_strategy_release(&s);
  }
}

/* Computed by an independent implementation for N = 20. */
static void default_weights_in_twenty_dimensions_are_the_published_ones(void **state) {
  (void)state;
  const double want[12] = {.4024,  .2534,  .1662,  .1044,  .0564,  .0172,
                           -.0502, -.1406, -.2204, -.2917, -.3563, -.4152};
  double x0[20] = {0};
  rl_cmaes *es = make(20, x0, minimizing(1.0, 1));
  assert_int_equal(rl_cmaes_popsize(es), 12);
  for (int i = 0; i < 12; i++) assert_near(rl_cmaes_strategy_of(es)->weights[i], want[i], 5e-5);
  rl_cmaes_free(es);
}

static void bounds_transform_as_published(void **state) {
  (void)state;
  const double x[4] = {-1.0, 0.0, 1.0, 2.0}, want[4] = {.9, .0125, 1.0, 2.0};
  for (int i = 0; i < 4; i++) assert_near(rl_bounds_transform(x[i], 0.0, INFINITY), want[i], 1e-14);
}

static void bounds_transform_maps_everything_inside_and_is_undone_by_its_inverse(void **state) {
  (void)state;
  const double boxes[][2] = {{-1.0, 2.0}, {0.0, 0.01}, {-INFINITY, 3.0}, {-5.0, INFINITY}, {100.0, 101.0}};
  for (size_t b = 0; b < sizeof boxes / sizeof *boxes; b++) {
    double lower = boxes[b][0], upper = boxes[b][1], before = NAN;
    for (int i = -40000; i <= 40000; i++) {
      double y = rl_bounds_transform(i * 0.005, lower, upper);
      assert_true(y >= lower && y <= upper);
      assert_near(rl_bounds_transform(rl_bounds_inverse(y, lower, upper), lower, upper), y,
                  1e-12 * (1.0 + fabs(y)));
      if (i > -40000) assert_true(fabs(y - before) <= 0.005 * (1.0 + 1e-9)); /* no jump, no slope above 1 */
      before = y;
    }
  }
}

static void solves(function f, int n, rl_cmaes_options options) {
  double x0[MOST], value[MOST];
  for (int i = 0; i < n; i++) x0[i] = 2.0 + 0.1 * i;
  rl_cmaes *es = make(n, x0, options);
  while (!rl_cmaes_stop(es, NULL)) one_generation(es, f, value);
  assert_true(stops_by(es, "target"));
  assert_true(best_of(es) <= 1e-9);
  rl_cmaes_free(es);
}

static void sphere_and_ellipsoids_are_solved_by_every_variant(void **state) {
  (void)state;
  for (int variant = 0; variant < 4; variant++) {
    rl_cmaes_options options = minimizing(2.0, 3);
    options.active = variant % 2;
    options.diagonal = variant / 2;
    options.target = 1e-9;
    solves(sphere, 10, options);
    solves(ellipsoid, 10, options);
    if (!options.diagonal) solves(rotated_ellipsoid, 10, options);
  }
  rl_cmaes_options one = minimizing(2.0, 3);
  one.target = 1e-9;
  solves(sphere, 1, one);
  one.popsize = 2;
  solves(sphere, 4, one);
}

static double monotone(const double *x, int n) { return -atan(pow(ellipsoid(x, n), 0.25)) * 3.0 - 7.0; }

static void a_monotone_transformation_of_the_values_leaves_the_run_the_same_bit_for_bit(void **state) {
  (void)state;
  double x0[5] = {1.0, 2.0, 3.0, 4.0, 5.0}, value[MOST];
  rl_cmaes_options options = minimizing(1.0, 11);
  rl_cmaes *a = make(5, x0, options);
  options.minimize = false; /* and the other way round */
  rl_cmaes *b = make(5, x0, options);
  for (int t = 0; t < 100; t++) {
    const double *x = one_generation(a, ellipsoid, value), *y = one_generation(b, monotone, value);
    assert_memory_equal(x, y, (size_t)(5 * rl_cmaes_popsize(a)) * sizeof *x);
  }
  rl_cmaes_free(a);
  rl_cmaes_free(b);
}

static const double SHIFT = 1024.0; /* of few bits: moves a number without much rounding */
static double shifted(const double *x, int n) {
  double y[MOST];
  for (int i = 0; i < n; i++) y[i] = x[i] - SHIFT;
  return ellipsoid(y, n);
}

static void a_translation_of_the_function_leaves_the_run_the_same(void **state) {
  (void)state;
  double x0[5] = {1.0, 2.0, 3.0, 4.0, 5.0}, x1[5], value[MOST];
  for (int i = 0; i < 5; i++) x1[i] = x0[i] + SHIFT;
  rl_cmaes *a = make(5, x0, minimizing(1.0, 11)), *b = make(5, x1, minimizing(1.0, 11));
  for (int t = 0; t < 100; t++) {
    const double *x = one_generation(a, ellipsoid, value), *y = one_generation(b, shifted, value);
    for (int i = 0; i < 5 * rl_cmaes_popsize(a); i++) assert_near(y[i] - SHIFT, x[i], 1e-10);
  }
  assert_near(rl_cmaes_sigma(b), rl_cmaes_sigma(a), 1e-9 * rl_cmaes_sigma(a));
  rl_cmaes_free(a);
  rl_cmaes_free(b);
}

static double mean_evaluations(function f, bool diagonal, int runs, double *deviation) {
  double sum = 0.0, squares = 0.0, value[MOST], x0[5];
  for (int r = 0; r < runs; r++) {
    rl_rng rng;
    rl_rng_init(&rng, 77, (uint64_t)r);
    for (int i = 0; i < 5; i++) x0[i] = (double)rl_rng_normal(&rng) * 2.0; /* no direction is preferred */
    rl_cmaes_options options = minimizing(2.0, (uint64_t)r);
    options.target = 1e-9;
    options.diagonal = diagonal;
    options.max_evaluations = 20000;
    rl_cmaes *es = make(5, x0, options);
    while (!rl_cmaes_stop(es, NULL)) one_generation(es, f, value);
    double evaluations = (double)rl_cmaes_evaluations(es);
    sum += evaluations;
    squares += evaluations * evaluations;
    rl_cmaes_free(es);
  }
  *deviation = sqrt((squares - sum * sum / runs) / (runs - 1.0));
  return sum / runs;
}

/* Two means of 40 runs each, within three standard errors; while with variances alone, which are not
 * invariant, the rotated function takes at least twice as long. */
static void a_rotation_of_the_function_leaves_the_effort_the_same(void **state) {
  (void)state;
  double deviation[2];
  double along = mean_evaluations(ellipsoid, false, 40, &deviation[0]);
  double rotated = mean_evaluations(rotated_ellipsoid, false, 40, &deviation[1]);
  assert_near(rotated, along, 3.0 * sqrt((deviation[0] * deviation[0] + deviation[1] * deviation[1]) / 40.0));
  assert_true(mean_evaluations(rotated_ellipsoid, true, 3, &deviation[0]) > 2.0 * along);
}

static void candidates_stay_within_bounds_and_find_an_optimum_on_one(void **state) {
  (void)state;
  const double lower[4] = {0.5, -INFINITY, -1.0, -3.0}, upper[4] = {INFINITY, -0.25, 1.0, -3.0 + 1e-3};
  double x0[4] = {0.5, -0.25, 0.3, -3.0}, value[MOST];
  rl_cmaes_options options = minimizing(5.0, 2);
  options.lower = lower;
  options.upper = upper;
  options.scale = (const double[4]){1.0, 1.0, 1.0, 1e-3}; /* of the order of its box */
  rl_cmaes *es = make(4, x0, options);
  while (!rl_cmaes_stop(es, NULL)) {
    const double *x = one_generation(es, sphere, value);
    for (int i = 0; i < 4 * rl_cmaes_popsize(es); i++)
      assert_true(x[i] >= lower[i % 4] && x[i] <= upper[i % 4]);
  }
  double want = 0.5 * 0.5 + 0.25 * 0.25 + (3.0 - 1e-3) * (3.0 - 1e-3);
  assert_near(best_of(es), want, 1e-8);
  rl_cmaes_free(es);
}

static double mixed(const double *x, int n) { /* optimum 0 at (7, -3, 0, pi, 1...) */
  double sum = (x[0] - 7.0) * (x[0] - 7.0) + 10.0 * (x[1] + 3.0) * (x[1] + 3.0) + x[2] * x[2];
  for (int i = 3; i < n; i++) sum += (x[i] - 3.14159) * (x[i] - 3.14159);
  return sum;
}

static void fixed_coordinates_stay_and_integers_are_whole_and_found(void **state) {
  (void)state;
  const bool fixed[6] = {false, false, true, false, false, true}, integer[6] = {true, true, false};
  double x0[6] = {-20.0, 20.0, 0.0, 0.0, 0.0, 3.14159}, value[MOST];
  int solved = 0;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    rl_cmaes_options options = minimizing(1.0, seed);
    options.fixed = fixed;
    options.integer = integer;
    options.target = 1e-9;
    options.max_evaluations = 5000;
    options.flatfitness = 0;
    rl_cmaes *es = make(6, x0, options);
    assert_int_equal(rl_cmaes_strategy_of(es)->n, 4);
    while (!rl_cmaes_stop(es, NULL)) {
      const double *x = one_generation(es, mixed, value);
      for (int k = 0; k < rl_cmaes_popsize(es); k++) {
        assert_true(x[6 * k + 2] == 0.0 && x[6 * k + 5] == 3.14159);
        for (int i = 0; i < 2; i++) assert_true(x[6 * k + i] == round(x[6 * k + i]));
      }
    }
    solved += stops_by(es, "target");
    rl_cmaes_free(es);
  }
  assert_int_equal(solved, 10);
}

static void the_scale_multiplies_sigma(void **state) {
  (void)state;
  const double scale[2] = {1.0, 100.0};
  double x0[2] = {0.0, 0.0}, squares[2] = {0.0};
  rl_cmaes_options options = minimizing(0.5, 4);
  options.scale = scale;
  options.popsize = 1000;
  rl_cmaes *es = make(2, x0, options);
  const double *x;
  rl_error error;
  assert_ok(rl_cmaes_ask(es, &x, &error));
  for (int k = 0; k < 1000; k++)
    for (int i = 0; i < 2; i++) squares[i] += x[2 * k + i] * x[2 * k + i] / 1000.0;
  /* five standard errors of a variance */
  for (int i = 0; i < 2; i++)
    assert_near(squares[i] / (0.25 * scale[i] * scale[i]), 1.0, 5.0 * sqrt(2.0 / 1000.0));
  rl_cmaes_free(es);
}

static void a_saved_run_resumes_as_the_same_run(void **state) {
  (void)state;
  for (int diagonal = 0; diagonal < 2; diagonal++)
    for (int pending = 0; pending < 2; pending++) { /* saved between ask and tell */
      double x0[7] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}, value[MOST];
      rl_error error;
      rl_cmaes_options options = minimizing(1.0, 9);
      options.diagonal = diagonal;
      rl_cmaes *a = make(7, x0, options), *b = make(7, x0, options);
      for (int t = 0; t < 30; t++) one_generation(a, rotated_ellipsoid, value);
      const double *x, *y;
      assert_ok(rl_cmaes_inject(a, x0, &error));
      if (pending) assert_ok(rl_cmaes_ask(a, &x, &error));
      rl_archive *archive = rl_archive_new();
      assert_ok(rl_cmaes_save(a, archive, "es", &error));
      assert_ok(rl_cmaes_load(b, archive, "es", &error));
      rl_archive_free(archive);
      if (pending) {
        for (int k = 0; k < rl_cmaes_popsize(a); k++) value[k] = rotated_ellipsoid(x + 7 * k, 7);
        assert_ok(rl_cmaes_tell(a, value, &error));
        assert_ok(rl_cmaes_tell(b, value, &error));
      }
      for (int t = 0; t < 200; t++) {
        x = one_generation(a, rotated_ellipsoid, value);
        y = one_generation(b, rotated_ellipsoid, value);
        assert_memory_equal(x, y, (size_t)(7 * rl_cmaes_popsize(a)) * sizeof *x);
        assert_int_equal(rl_cmaes_stop(a, NULL), rl_cmaes_stop(b, NULL));
      }
      assert_int_equal(rl_cmaes_evaluations(a), rl_cmaes_evaluations(b));
      assert_memory_equal(rl_cmaes_best(a, NULL, NULL), rl_cmaes_best(b, NULL, NULL), 7 * sizeof(double));
      rl_cmaes_free(a);
      rl_cmaes_free(b);
    }
}

static void a_run_of_another_problem_is_not_loaded(void **state) {
  (void)state;
  double x0[3] = {0.0, 0.0, 0.0}, other[3] = {0.0, 0.5, 0.0};
  rl_error error;
  rl_cmaes_options options = minimizing(1.0, 1), maximizing = options, larger = options;
  maximizing.minimize = false;
  larger.popsize = 20;
  rl_cmaes *a = make(3, x0, options), *moved = make(3, other, options), *turned = make(3, x0, maximizing),
           *wide = make(3, x0, larger), *short_one = make(2, x0, options);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_cmaes_save(a, archive, "es", &error));
  assert_refused(rl_cmaes_load(moved, archive, "es", &error), RL_BAD_FORMAT, "x0 of coordinate 2");
  assert_refused(rl_cmaes_load(turned, archive, "es", &error), RL_BAD_FORMAT, "minimize differs");
  assert_refused(rl_cmaes_load(wide, archive, "es", &error), RL_BAD_FORMAT, "popsize differs");
  assert_refused(rl_cmaes_load(short_one, archive, "es", &error), RL_BAD_FORMAT, "es.choices");
  double mean[3] = {0.0, NAN, 0.0};
  assert_ok(rl_archive_put(archive, "es.mean", RL_F64, 1, (int64_t[]){3}, mean, &error));
  assert_refused(rl_cmaes_load(a, archive, "es", &error), RL_BAD_FORMAT, "es.mean: element 2");
  rl_archive_free(archive);
  rl_cmaes_free(a);
  rl_cmaes_free(moved);
  rl_cmaes_free(turned);
  rl_cmaes_free(wide);
  rl_cmaes_free(short_one);
}

static void values_that_are_not_finite_rank_worst_and_are_counted(void **state) {
  (void)state;
  double x0[3] = {1.0, 1.0, 1.0}, bad[MOST], worst[MOST];
  rl_error error;
  rl_cmaes *a = make(3, x0, minimizing(1.0, 1)), *b = make(3, x0, minimizing(1.0, 1));
  const double *x, *y;
  for (int t = 0; t < 5; t++) {
    assert_ok(rl_cmaes_ask(a, &x, &error));
    assert_ok(rl_cmaes_ask(b, &y, &error));
    assert_memory_equal(x, y, (size_t)(3 * rl_cmaes_popsize(a)) * sizeof *x);
    for (int k = 0; k < rl_cmaes_popsize(a); k++) bad[k] = worst[k] = sphere(x + 3 * k, 3);
    bad[1] = NAN;
    bad[2] = -INFINITY; /* would be the best */
    worst[1] = worst[2] = 1e30;
    assert_ok(rl_cmaes_tell(a, bad, &error));
    assert_ok(rl_cmaes_tell(b, worst, &error));
  }
  assert_int_equal(rl_cmaes_not_finite(a), 10);
  assert_true(best_of(a) == best_of(b));
  double sigma = rl_cmaes_sigma(a);
  assert_ok(rl_cmaes_ask(a, &x, &error));
  for (int k = 0; k < rl_cmaes_popsize(a); k++) bad[k] = k % 2 ? NAN : INFINITY;
  assert_refused(rl_cmaes_tell(a, bad, &error), RL_NOT_FINITE, "none of the 7 values");
  assert_true(rl_cmaes_sigma(a) == sigma);
  assert_int_equal(rl_cmaes_not_finite(a), 10);
  assert_ok(rl_cmaes_tell(a, worst, &error)); /* the question still stands */
  rl_cmaes_free(a);
  rl_cmaes_free(b);
}

static void an_injected_solution_is_a_candidate_and_can_be_the_best(void **state) {
  (void)state;
  double x0[4] = {50.0, 50.0, 50.0, 50.0}, optimum[4] = {0.0}, value[MOST], mean[4];
  rl_error error;
  int64_t evaluation;
  rl_cmaes *es = make(4, x0, minimizing(1.0, 1));
  one_generation(es, sphere, value);
  assert_ok(rl_cmaes_inject(es, optimum, &error));
  const double *x = one_generation(es, sphere, value);
  assert_memory_equal(x, optimum, sizeof optimum);
  assert_memory_equal(rl_cmaes_best(es, NULL, &evaluation), optimum, sizeof optimum);
  assert_int_equal(evaluation, rl_cmaes_popsize(es) + 1);
  /* as far as a sample of length sqrt(N) + 2 N / (N + 2) = 3.33 goes, and not 50 */
  rl_cmaes_mean(es, mean);
  for (int i = 0; i < 4; i++) assert_true(mean[i] > 45.0 && mean[i] < 55.0);
  for (int k = 0; k < rl_cmaes_popsize(es); k++) assert_ok(rl_cmaes_inject(es, optimum, &error));
  assert_refused(rl_cmaes_inject(es, optimum, &error), RL_BAD_ARGUMENT, "only 8 candidates");
  optimum[2] = NAN;
  assert_int_equal(rl_cmaes_inject(es, optimum, &error), RL_BAD_ARGUMENT);
  rl_cmaes_free(es);
}

static double flat(const double *x, int n) { return 0.0 * x[n - 1]; }
static double slope(const double *x, int n) { return x[0] + 0.0 * n; }
static double steep(const double *x, int n) { return 1e14 * x[0] * x[0] * 100.0 + x[n - 1] * x[n - 1]; }
static double offset(const double *x, int n) { return 1.0 + sphere(x, n); }
static double noisy(const double *x, int n) { /* without any gradient, deterministic */
  double s = 0.0;
  for (int i = 0; i < n; i++) s += fabs(sin(1e6 * x[i]));
  return fmod(1e4 * s, 1.0);
}

/* Runs until something stops it with all other criteria off that can be. */
static void fires(const char *name, function f, rl_cmaes_options options, const double *x0) {
  double value[MOST];
  rl_cmaes *es = make(3, x0, options);
  while (!rl_cmaes_stop(es, NULL)) one_generation(es, f, value);
  const char *names[RL_CMAES_CRITERIA];
  if (!stops_by(es, name)) {
    rl_cmaes_stop(es, names);
    print_error("%s did not fire but %s\n", name, names[0]);
    fail();
  }
  rl_cmaes_free(es);
}

static void each_criterion_fires_by_name(void **state) {
  (void)state;
  const double x0[3] = {1.0, 1.0, 1.0}, far[3] = {1e9, 1e9, 1e9};
  rl_cmaes_options bare = minimizing(1.0, 1), options;
  bare.tolfun = bare.tolfunhist = bare.tolx = 0.0;
  bare.tolupsigma = bare.conditioncov = INFINITY;
  bare.flatfitness = 0;
  bare.stagnation = false;
  bare.max_iterations = 20000;

  options = bare, options.tolfun = 1e-11;
  fires("tolfun", sphere, options, x0);
  options = bare, options.tolfunhist = 1e-12;
  fires("tolfunhist", sphere, options, x0);
  options = bare, options.tolx = 1e-11;
  fires("tolx", sphere, options, x0);
  options = bare, options.tolupsigma = 1e3;
  fires("tolupsigma", slope, options, x0);
  options = bare, options.conditioncov = 1e14;
  fires("conditioncov", steep, options, x0);
  options = bare, options.stagnation = true;
  fires("stagnation", noisy, options, x0);
  options = bare, options.flatfitness = 2;
  fires("flatfitness", flat, options, x0);
  options = bare, options.max_iterations = 17;
  fires("max_iterations", sphere, options, x0);
  options = bare, options.max_evaluations = 100;
  fires("max_evaluations", sphere, options, x0);
  options = bare, options.target = 1e-3;
  fires("target", sphere, options, x0);
  options = bare, options.sigma = 1e-8;
  fires("noeffectaxis", offset, options, far);
  fires("noeffectcoord", offset, options, far);
}

/* A path of 1e200 makes an infinite variance. */
static void a_covariance_without_eigenvectors_begins_anew_and_says_so(void **state) {
  (void)state;
  for (int diagonal = 0; diagonal < 2; diagonal++) {
    double x0[3] = {1.0, 2.0, 3.0}, p_c[3] = {0.0, 1e200, 0.0}, value[MOST];
    rl_error error;
    rl_cmaes_options options = minimizing(1.0, 5);
    options.conditioncov = INFINITY;
    options.diagonal = diagonal;
    rl_cmaes *es = make(3, x0, options);
    for (int t = 0; t < 10; t++) one_generation(es, sphere, value);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_cmaes_save(es, archive, "es", &error));
    assert_ok(rl_archive_put(archive, "es.p_c", RL_F64, 1, (int64_t[]){3}, p_c, &error));
    assert_ok(rl_cmaes_load(es, archive, "es", &error));
    rl_archive_free(archive);
    one_generation(es, sphere, value);
    assert_true(stops_by(es, "conditioncov"));
    for (int t = 0; t < 10; t++) one_generation(es, sphere, value); /* who goes on may */
    assert_false(stops_by(es, "conditioncov"));
    rl_cmaes_free(es);
  }
}

static void what_makes_no_sense_is_refused_by_name(void **state) {
  (void)state;
  rl_cmaes *es;
  rl_error error;
  double x0[2] = {0.0, 1.0}, high[2] = {2.0, 2.0}, low[2] = {-1.0, 3.0}, near[2] = {0.5, 0.5};
  bool all[2] = {true, true};
  rl_cmaes_options good = minimizing(1.0, 1), o;
#define REFUSED(status, text) assert_refused(rl_cmaes_create(&es, 2, x0, &o, &error), status, text)
  o = good, o.sigma = 0.0;
  REFUSED(RL_BAD_ARGUMENT, "sigma: a positive number, got 0");
  o.sigma = NAN;
  REFUSED(RL_BAD_ARGUMENT, "sigma");
  o = good, o.lower = low, o.upper = high;
  REFUSED(RL_BAD_ARGUMENT, "bounds of coordinate 2: lower 3 is not below upper 2");
  o = good, o.upper = near;
  REFUSED(RL_BAD_ARGUMENT, "x0: coordinate 2 is 1, outside its bounds [-inf, 0.5]");
  o = good, o.scale = x0;
  REFUSED(RL_BAD_ARGUMENT, "scale of coordinate 1");
  o = good, o.fixed = all;
  REFUSED(RL_BAD_ARGUMENT, "no coordinate is searched");
  o = good, o.popsize = 1;
  REFUSED(RL_BAD_ARGUMENT, "popsize: at least 2");
  o = good, o.tolx = -1.0;
  REFUSED(RL_BAD_ARGUMENT, "tolx: -1 is negative");
  x0[1] = NAN;
  o = good;
  REFUSED(RL_NOT_FINITE, "x0: coordinate 2");
#undef REFUSED
  x0[1] = 0.0;
  es = make(2, x0, good);
  double value[MOST] = {0.0};
  assert_refused(rl_cmaes_tell(es, value, &error), RL_BAD_ARGUMENT, "ask first");
  rl_cmaes_free(es);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constants_follow_the_formulas),
      cmocka_unit_test(default_weights_in_twenty_dimensions_are_the_published_ones),
      cmocka_unit_test(bounds_transform_as_published),
      cmocka_unit_test(bounds_transform_maps_everything_inside_and_is_undone_by_its_inverse),
      cmocka_unit_test(sphere_and_ellipsoids_are_solved_by_every_variant),
      cmocka_unit_test(a_monotone_transformation_of_the_values_leaves_the_run_the_same_bit_for_bit),
      cmocka_unit_test(a_translation_of_the_function_leaves_the_run_the_same),
      cmocka_unit_test(a_rotation_of_the_function_leaves_the_effort_the_same),
      cmocka_unit_test(candidates_stay_within_bounds_and_find_an_optimum_on_one),
      cmocka_unit_test(fixed_coordinates_stay_and_integers_are_whole_and_found),
      cmocka_unit_test(the_scale_multiplies_sigma),
      cmocka_unit_test(a_saved_run_resumes_as_the_same_run),
      cmocka_unit_test(a_run_of_another_problem_is_not_loaded),
      cmocka_unit_test(values_that_are_not_finite_rank_worst_and_are_counted),
      cmocka_unit_test(an_injected_solution_is_a_candidate_and_can_be_the_best),
      cmocka_unit_test(each_criterion_fires_by_name),
      cmocka_unit_test(a_covariance_without_eigenvectors_begins_anew_and_says_so),
      cmocka_unit_test(what_makes_no_sense_is_refused_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
