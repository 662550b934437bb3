/* CMA-ES against the tutorial's formulas (written out again here, one by one), published figures, and its
 * invariances. */
#include "search_check.h"

#include "search/cmaes_internal.h"

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

static settings minimizing(double sigma, uint64_t seed) {
  settings o = settings_of("cmaes");
  set(&o, "sigma", sigma);
  set(&o, "seed", (double)seed);
  set(&o, "minimize", true);
  return o;
}

static rl_search *make(int n, const double *x0, settings o) { return search_new(n, x0, NULL, &o); }
static const rl_cmaes_strategy *strategy_of(const rl_search *es) {
  return &((rl_cmaes *)es->state)->strategy;
}

static const double *one_generation(rl_search *es, function f, double *value) {
  rl_error error;
  const double *x;
  int count, n = dim_of(es);
  assert_ok(rl_search_ask(es, &x, &count, &error));
  for (int k = 0; k < count; k++) value[k] = f(x + k * n, n);
  assert_ok(rl_search_tell(es, value, &error));
  return x;
}

static double best_of(rl_search *es) { return rl_search_view(es)->best_return; }

static void constants_follow_the_formulas(void **state) {
  (void)state;
  const int dims[] = {2, 3, 5, 10, 20, 40, 100};
  for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
    double weights[MOST];
    double N = dims[d], sum = 0.0, squares = 0.0, below = 0.0, below_squares = 0.0, w[MOST];
    int lambda = 4 + (int)floor(3.0 * log(N)), mu = 0;
    assert_int_equal(rl_cmaes_default_popsize(dims[d], 0), lambda);
    rl_cmaes_strategy s = {.n = dims[d], .popsize = lambda, .weights = weights};
    rl_cmaes_strategy_init(&s, true, false);
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
    assert_near(s.rates.c_sigma, c_sigma, 1e-14);
    assert_near(s.rates.d_sigma, 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (N + 1.0)) - 1.0) + c_sigma,
                1e-14);
    assert_near(s.c_c, (4.0 + mu_eff / N) / (N + 4.0 + 2.0 * mu_eff / N), 1e-14);
    assert_near(s.c_1, c_1, 1e-15);
    assert_near(s.c_mu, c_mu, 1e-15);
    assert_near(s.rates.chi_n, sqrt(N) * (1.0 - 1.0 / (4.0 * N) + 1.0 / (21.0 * N * N)), 1e-12);
    assert_int_equal(s.decompose_every, (int)ceil(1.0 / ((c_1 + c_mu) * N * 10.0)));
    double total =
        fmin(1.0 + c_1 / c_mu, fmin(1.0 + 2.0 * mu_minus / (mu_eff + 2.0), (1.0 - c_1 - c_mu) / (N * c_mu)));
    for (int i = 1; i <= lambda; i++)
      assert_near(s.weights[i - 1], w[i] > 0.0 ? w[i] / sum : -total * w[i] / below, 1e-14);
  }
}

/* Computed by an independent implementation for N = 20. */
static void default_weights_in_twenty_dimensions_are_the_published_ones(void **state) {
  (void)state;
  const double want[12] = {.4024,  .2534,  .1662,  .1044,  .0564,  .0172,
                           -.0502, -.1406, -.2204, -.2917, -.3563, -.4152};
  double x0[20] = {0};
  rl_search *es = make(20, x0, minimizing(1.0, 1));
  assert_int_equal(count_of(es), 12);
  for (int i = 0; i < 12; i++) assert_near(strategy_of(es)->weights[i], want[i], 5e-5);
  rl_search_free(es);
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

static void solves(function f, int n, settings options) {
  double x0[MOST], value[MOST];
  for (int i = 0; i < n; i++) x0[i] = 2.0 + 0.1 * i;
  rl_search *es = make(n, x0, options);
  while (!rl_search_stop(es, NULL)) one_generation(es, f, value);
  assert_true(stops_by(es, "target"));
  assert_true(best_of(es) <= 1e-9);
  rl_search_free(es);
}

static void sphere_and_ellipsoids_are_solved_by_every_variant(void **state) {
  (void)state;
  for (int variant = 0; variant < 4; variant++) {
    settings options = minimizing(2.0, 3);
    set(&options, "active", variant % 2);
    set(&options, "diagonal", variant / 2);
    set(&options, "target", 1e-9);
    solves(sphere, 10, options);
    solves(ellipsoid, 10, options);
    if (variant / 2 == 0) solves(rotated_ellipsoid, 10, options);
  }
  settings one = minimizing(2.0, 3);
  set(&one, "target", 1e-9);
  solves(sphere, 1, one);
  set(&one, "popsize", 2);
  solves(sphere, 4, one);
}

static double monotone(const double *x, int n) { return -atan(pow(ellipsoid(x, n), 0.25)) * 3.0 - 7.0; }

static void a_monotone_transformation_of_the_values_leaves_the_run_the_same_bit_for_bit(void **state) {
  (void)state;
  double x0[5] = {1.0, 2.0, 3.0, 4.0, 5.0}, value[MOST];
  settings options = minimizing(1.0, 11);
  rl_search *a = make(5, x0, options);
  set(&options, "minimize", false); /* and the other way round */
  rl_search *b = make(5, x0, options);
  for (int t = 0; t < 100; t++) {
    const double *x = one_generation(a, ellipsoid, value), *y = one_generation(b, monotone, value);
    assert_memory_equal(x, y, (size_t)(5 * count_of(a)) * sizeof *x);
  }
  rl_search_free(a);
  rl_search_free(b);
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
  rl_search *a = make(5, x0, minimizing(1.0, 11)), *b = make(5, x1, minimizing(1.0, 11));
  for (int t = 0; t < 100; t++) {
    const double *x = one_generation(a, ellipsoid, value), *y = one_generation(b, shifted, value);
    for (int i = 0; i < 5 * count_of(a); i++) assert_near(y[i] - SHIFT, x[i], 1e-10);
  }
  assert_near(rl_search_view(b)->sigma, rl_search_view(a)->sigma, 1e-9 * rl_search_view(a)->sigma);
  rl_search_free(a);
  rl_search_free(b);
}

static double mean_evaluations(function f, bool diagonal, int runs, double *deviation) {
  double sum = 0.0, squares = 0.0, value[MOST], x0[5];
  for (int r = 0; r < runs; r++) {
    rl_rng rng;
    rl_rng_init(&rng, 77, (uint64_t)r);
    for (int i = 0; i < 5; i++) x0[i] = (double)rl_rng_normal(&rng) * 2.0; /* no direction is preferred */
    settings options = minimizing(2.0, (uint64_t)r);
    set(&options, "target", 1e-9);
    set(&options, "diagonal", diagonal);
    set(&options, "max_evaluations", 20000);
    rl_search *es = make(5, x0, options);
    while (!rl_search_stop(es, NULL)) one_generation(es, f, value);
    double evaluations = (double)rl_search_view(es)->evaluations;
    sum += evaluations;
    squares += evaluations * evaluations;
    rl_search_free(es);
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
  const double scale[4] = {1.0, 1.0, 1.0, 1e-3}; /* of the order of its box */
  settings options = minimizing(5.0, 2);
  rl_search *es = search_in(
      (rl_search_space){.n = 4, .x0 = x0, .lower = lower, .upper = upper, .scale = scale}, &options);
  while (!rl_search_stop(es, NULL)) {
    const double *x = one_generation(es, sphere, value);
    for (int i = 0; i < 4 * count_of(es); i++) assert_true(x[i] >= lower[i % 4] && x[i] <= upper[i % 4]);
  }
  double want = 0.5 * 0.5 + 0.25 * 0.25 + (3.0 - 1e-3) * (3.0 - 1e-3);
  assert_near(best_of(es), want, 1e-8);
  rl_search_free(es);
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
    settings options = minimizing(1.0, seed);
    set(&options, "target", 1e-9);
    set(&options, "max_evaluations", 5000);
    set(&options, "flatfitness", 0);
    rl_search *es =
        search_in((rl_search_space){.n = 6, .x0 = x0, .fixed = fixed, .integer = integer}, &options);
    assert_int_equal(strategy_of(es)->n, 4);
    while (!rl_search_stop(es, NULL)) {
      const double *x = one_generation(es, mixed, value);
      for (int k = 0; k < count_of(es); k++) {
        assert_true(x[6 * k + 2] == 0.0 && x[6 * k + 5] == 3.14159);
        for (int i = 0; i < 2; i++) assert_true(x[6 * k + i] == round(x[6 * k + i]));
      }
    }
    solved += stops_by(es, "target");
    rl_search_free(es);
  }
  assert_int_equal(solved, 10);
}

static void the_scale_multiplies_sigma(void **state) {
  (void)state;
  const double scale[2] = {1.0, 100.0};
  double x0[2] = {0.0, 0.0}, squares[2] = {0.0};
  settings options = minimizing(0.5, 4);
  set(&options, "popsize", 1000);
  rl_search *es = search_new(2, x0, scale, &options);
  const double *x;
  int count;
  rl_error error;
  assert_ok(rl_search_ask(es, &x, &count, &error));
  for (int k = 0; k < 1000; k++)
    for (int i = 0; i < 2; i++) squares[i] += x[2 * k + i] * x[2 * k + i] / 1000.0;
  /* five standard errors of a variance */
  for (int i = 0; i < 2; i++)
    assert_near(squares[i] / (0.25 * scale[i] * scale[i]), 1.0, 5.0 * sqrt(2.0 / 1000.0));
  rl_search_free(es);
}

static void a_saved_run_resumes_as_the_same_run(void **state) {
  (void)state;
  for (int diagonal = 0; diagonal < 2; diagonal++)
    for (int pending = 0; pending < 2; pending++) { /* saved between ask and tell */
      double x0[7] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}, value[MOST];
      rl_error error;
      settings options = minimizing(1.0, 9);
      set(&options, "diagonal", diagonal);
      rl_search *a = make(7, x0, options), *b = make(7, x0, options);
      for (int t = 0; t < 30; t++) one_generation(a, rotated_ellipsoid, value);
      const double *x, *y;
      int count;
      assert_ok(rl_search_inject(a, x0, &error));
      if (pending) assert_ok(rl_search_ask(a, &x, &count, &error));
      rl_archive *archive = rl_archive_new();
      assert_ok(rl_search_save(a, archive, "es", &error));
      assert_ok(rl_search_load(b, archive, "es", &error));
      rl_archive_free(archive);
      if (pending) {
        for (int k = 0; k < count_of(a); k++) value[k] = rotated_ellipsoid(x + 7 * k, 7);
        assert_ok(rl_search_tell(a, value, &error));
        assert_ok(rl_search_tell(b, value, &error));
      }
      for (int t = 0; t < 200; t++) {
        x = one_generation(a, rotated_ellipsoid, value);
        y = one_generation(b, rotated_ellipsoid, value);
        assert_memory_equal(x, y, (size_t)(7 * count_of(a)) * sizeof *x);
        assert_int_equal(rl_search_stop(a, NULL), rl_search_stop(b, NULL));
      }
      const rl_search_state *p = rl_search_view(a), *q = rl_search_view(b);
      assert_int_equal(p->evaluations, q->evaluations);
      assert_memory_equal(p->best, q->best, 7 * sizeof(double));
      rl_search_free(a);
      rl_search_free(b);
    }
}

static void values_that_are_not_finite_rank_worst_and_are_counted(void **state) {
  (void)state;
  double x0[3] = {1.0, 1.0, 1.0}, bad[MOST], worst[MOST];
  rl_error error;
  rl_search *a = make(3, x0, minimizing(1.0, 1)), *b = make(3, x0, minimizing(1.0, 1));
  const double *x, *y;
  int count;
  for (int t = 0; t < 5; t++) {
    assert_ok(rl_search_ask(a, &x, &count, &error));
    assert_ok(rl_search_ask(b, &y, &count, &error));
    assert_memory_equal(x, y, (size_t)(3 * count_of(a)) * sizeof *x);
    for (int k = 0; k < count_of(a); k++) bad[k] = worst[k] = sphere(x + 3 * k, 3);
    bad[1] = NAN;
    bad[2] = -INFINITY; /* would be the best */
    worst[1] = worst[2] = 1e30;
    assert_ok(rl_search_tell(a, bad, &error));
    assert_ok(rl_search_tell(b, worst, &error));
  }
  assert_int_equal(rl_search_view(a)->not_finite, 10);
  assert_true(best_of(a) == best_of(b));
  double sigma = rl_search_view(a)->sigma;
  assert_ok(rl_search_ask(a, &x, &count, &error));
  for (int k = 0; k < count_of(a); k++) bad[k] = k % 2 ? NAN : INFINITY;
  assert_ok(rl_search_tell(a, bad, &error));
  assert_true(rl_search_view(a)->sigma == sigma);
  assert_int_equal(rl_search_view(a)->not_finite, 17);
  rl_search_free(a);
  rl_search_free(b);
}

static void an_injected_solution_is_a_candidate_and_can_be_the_best(void **state) {
  (void)state;
  double x0[4] = {50.0, 50.0, 50.0, 50.0}, optimum[4] = {0.0}, value[MOST];
  rl_error error;
  rl_search *es = make(4, x0, minimizing(1.0, 1));
  one_generation(es, sphere, value);
  assert_ok(rl_search_inject(es, optimum, &error));
  const double *x = one_generation(es, sphere, value);
  assert_memory_equal(x, optimum, sizeof optimum);
  const rl_search_state *view = rl_search_view(es);
  assert_memory_equal(view->best, optimum, sizeof optimum);
  assert_int_equal(view->best_evaluation, view->popsize + 1);
  /* as far as a sample of length sqrt(N) + 2 N / (N + 2) = 3.33 goes, and not 50 */
  for (int i = 0; i < 4; i++) assert_true(view->mean[i] > 45.0 && view->mean[i] < 55.0);
  for (int k = 0; k < count_of(es); k++) assert_ok(rl_search_inject(es, optimum, &error));
  assert_refused(rl_search_inject(es, optimum, &error), RL_BAD_ARGUMENT, "only 8 candidates");
  optimum[2] = NAN;
  assert_int_equal(rl_search_inject(es, optimum, &error), RL_BAD_ARGUMENT);
  rl_search_free(es);
}

static double flat(const double *x, int n) { return 0.0 * x[n - 1]; }
static double slope(const double *x, int n) { return x[0] + 0.0 * n; }
static double steep(const double *x, int n) { /* along no coordinate: scaling them does not help */
  double along = x[0] + x[n - 1], across = x[0] - x[n - 1];
  return 1e17 * along * along + across * across;
}
static double offset(const double *x, int n) { return 1.0 + sphere(x, n); }
static double noisy(const double *x, int n) { /* without any gradient, deterministic */
  double s = 0.0;
  for (int i = 0; i < n; i++) s += fabs(sin(1e6 * x[i]));
  return fmod(1e4 * s, 1.0);
}

/* Runs until something stops it with all other criteria off that can be. */
static void fires(const char *name, function f, settings options, const double *x0) {
  double value[MOST];
  rl_search *es = make(3, x0, options);
  while (!rl_search_stop(es, NULL)) one_generation(es, f, value);
  const char *names[RL_SEARCH_CRITERIA];
  if (!stops_by(es, name)) {
    rl_search_stop(es, names);
    print_error("%s did not fire but %s\n", name, names[0]);
    fail();
  }
  rl_search_free(es);
}

static void each_criterion_fires_by_name(void **state) {
  (void)state;
  const double x0[3] = {1.0, 1.0, 1.0}, far[3] = {1e9, 1e9, 1e9};
  settings bare = minimizing(1.0, 1), options;
  for (int i = 0; i < 3; i++) set(&bare, (const char *[]){"tolfun", "tolfunhist", "tolx"}[i], 0.0);
  set(&bare, "tolupsigma", INFINITY);
  set(&bare, "conditioncov", INFINITY);
  set(&bare, "flatfitness", 0);
  set(&bare, "stagnation", false);
  set(&bare, "max_iterations", 20000);

  options = bare, set(&options, "tolfun", 1e-11);
  fires("tolfun", sphere, options, x0);
  options = bare, set(&options, "tolfunhist", 1e-12);
  fires("tolfunhist", sphere, options, x0);
  options = bare, set(&options, "tolx", 1e-11);
  fires("tolx", sphere, options, x0);
  options = bare, set(&options, "tolupsigma", 1e3);
  fires("tolupsigma", slope, options, x0);
  options = bare, set(&options, "conditioncov", 1e14);
  fires("conditioncov", steep, options, x0);
  options = bare, set(&options, "stagnation", true);
  fires("stagnation", noisy, options, x0);
  options = bare, set(&options, "flatfitness", 2);
  fires("flatfitness", flat, options, x0);
  options = bare, set(&options, "max_iterations", 17);
  fires("max_iterations", sphere, options, x0);
  options = bare, set(&options, "max_evaluations", 100);
  fires("max_evaluations", sphere, options, x0);
  options = bare, set(&options, "target", 1e-3);
  fires("target", sphere, options, x0);
  options = bare, set(&options, "sigma", 1e-8);
  fires("noeffectaxis", offset, options, far);
  fires("noeffectcoord", offset, options, far);
}

/* A path of 1e200 makes an infinite variance. */
static void a_covariance_without_eigenvectors_begins_anew_and_says_so(void **state) {
  (void)state;
  for (int diagonal = 0; diagonal < 2; diagonal++) {
    double x0[3] = {1.0, 2.0, 3.0}, p_c[3] = {0.0, 1e200, 0.0}, value[MOST];
    rl_error error;
    settings options = minimizing(1.0, 5);
    set(&options, "conditioncov", INFINITY);
    set(&options, "diagonal", diagonal);
    rl_search *es = make(3, x0, options);
    for (int t = 0; t < 10; t++) one_generation(es, sphere, value);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_search_save(es, archive, "es", &error));
    assert_ok(rl_archive_put(archive, "es.cmaes.p_c", RL_F64, 1, (int64_t[]){3}, p_c, &error));
    assert_ok(rl_search_load(es, archive, "es", &error));
    rl_archive_free(archive);
    one_generation(es, sphere, value);
    assert_true(stops_by(es, "conditioncov"));
    for (int t = 0; t < 10; t++) one_generation(es, sphere, value); /* who goes on may */
    assert_false(stops_by(es, "conditioncov"));
    rl_search_free(es);
  }
}

/* From RL_CMAES_LARGE on another routine of LAPACK decomposes, inside of C. */
static void a_large_covariance_is_decomposed_with_little_memory_and_it_is_said(void **state) {
  (void)state;
  enum { N = RL_CMAES_LARGE };
  const size_t n = N;
  double *x0 = test_calloc(n, sizeof *x0);
  const rl_search_setting full[] = {{"diagonal", 0}, {NULL, 0}}, diagonal[] = {{"diagonal", 1}, {NULL, 0}};
  const rl_search_setting *const lists[] = {NULL, full, diagonal};
  for (int i = 0; i < 3; i++) {
    rl_search *search;
    rl_error error;
    assert_ok(rl_search_create(&search, rl_search_find("cmaes", &error), &(rl_search_space){.n = N, .x0 = x0},
                               lists[i], &error));
    const char *notice = rl_search_view(search)->notice;
    assert_true((strstr(notice, "the covariance of 1000 coordinates takes 16 MB") != NULL) == (i == 0));
    assert_true(rl_search_bytes(search) < (i == 2 ? n * 2000 : n * n * 20));
    const rl_cmaes *es = search->state;
    while (i == 1 && es->decomposed == 0) {
      const double *x;
      int count;
      double value[64];
      assert_ok(rl_search_ask(search, &x, &count, &error));
      for (int k = 0; k < count; k++) value[k] = x[(size_t)k * n] + 2.0 * x[(size_t)k * n + 999];
      assert_ok(rl_search_tell(search, value, &error));
    }
    for (size_t row = 0; i == 1 && row < n; row += 333)
      for (size_t column = row; column < n; column += 111) {
        double sum = 0.0, product = 0.0;
        for (size_t k = 0; k < n; k++) {
          sum += es->B[k * n + row] * es->D[k] * es->D[k] * es->B[k * n + column];
          product += es->B[row * n + k] * es->B[column * n + k];
        }
        assert_near(sum, es->C[row * n + column], 1e-12);
        assert_near(product, row == column, 1e-12);
        if (column > row) assert_true(es->C[column * n + row] == 0.0);
      }
    rl_search_free(search);
  }
  test_free(x0);
}

static void what_makes_no_sense_is_refused_by_name(void **state) {
  (void)state;
  rl_search *es;
  rl_error error;
  const double x0[2] = {0.0, 1.0};
  const struct {
    const char *name;
    double value;
  } wrong[] = {{"sigma", 0.0},           {"sigma", NAN},          {"popsize", 1.0},
               {"tolx", -1.0},           {"tolupsigma", -1.0},    {"reevaluate", 1.5},
               {"max_restarts", -1.0},   {"popsize_factor", 0.5}, {"popsize_factor", NAN},
               {"restarts", RL_RESTARTS}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    settings o = settings_of("cmaes");
    set(&o, wrong[i].name, wrong[i].value);
    assert_refused(try_search(&es, (rl_search_space){.n = 2, .x0 = x0}, &o, &error), RL_BAD_ARGUMENT,
                   wrong[i].name);
    assert_null(es);
  }
  es = make(2, x0, minimizing(1.0, 1));
  double value[MOST] = {0.0};
  assert_refused(rl_search_tell(es, value, &error), RL_BAD_ARGUMENT, "ask first");
  rl_search_free(es);
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
      cmocka_unit_test(values_that_are_not_finite_rank_worst_and_are_counted),
      cmocka_unit_test(an_injected_solution_is_a_candidate_and_can_be_the_best),
      cmocka_unit_test(each_criterion_fires_by_name),
      cmocka_unit_test(a_covariance_without_eigenvectors_begins_anew_and_says_so),
      cmocka_unit_test(a_large_covariance_is_decomposed_with_little_memory_and_it_is_said),
      cmocka_unit_test(what_makes_no_sense_is_refused_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
