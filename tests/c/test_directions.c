/* Search along directions: each step against the same sum written out from the candidates that were asked
 * for, in two dimensions; gradients that must be exact; that hill climbing keeps its best; that all find the
 * bottom of a bowl; what is not finite. */
#include "search_check.h"
#include "tensor/least_squares.h"

enum { MOST = 256 };

static const double origin[2] = {0, 0};

enum { ARS, OPENAI_ES, FINITE_DIFFERENCE, HILL_CLIMB, METHODS };
static const char *const names_of[METHODS] = {"ars", "openai_es", "finite_difference", "hill_climb"};

/* As many directions, or candidates of hill climbing. */
static void set_size(settings *o, int kind, int directions, int popsize) {
  set(o, kind == HILL_CLIMB ? "popsize" : "directions", kind == HILL_CLIMB ? popsize : directions);
}

/* Coordinate i of direction k, from a pair of candidates: half of what lies between them, over sigma. */
static double direction(const double *x, int k, int i, double sigma) {
  return (x[4 * k + i] - x[4 * k + 2 + i]) / (2.0 * sigma);
}

/* Three directions with the returns (1, 2), (5, 3), (0, 4): by their maxima 2, 5, 4 the two best are the
 * second and the third. Their returns 5, 3, 0, 4 have the mean 3 and the variance (4 + 0 + 9 + 1) / 4 = 3.5,
 * and theta' = theta + lr / (2 sqrt(3.5)) (2 d_2 - 4 d_3). */
static void ars_steps_along_its_top_directions_over_the_deviation_of_their_returns(void **state) {
  (void)state;
  const double x0[2] = {0.5, -0.5}, value[6] = {1, 2, 5, 3, 0, 4};
  double x[12];
  settings o = settings_of(names_of[ARS]);
  set(&o, "directions", 3);
  set(&o, "top", 2);
  set(&o, "sigma", 0.25);
  set(&o, "lr", 0.5);
  rl_search *search = search_new(2, x0, NULL, &o);
  rl_search_state s = one_step(search, value, x);
  for (int i = 0; i < 2; i++) {
    assert_near((x[i] + x[2 + i]) / 2.0, x0[i], 1e-15); /* the pair is symmetric */
    double sum = 2.0 * direction(x, 1, i, 0.25) - 4.0 * direction(x, 2, i, 0.25);
    assert_near(s.mean[i], x0[i] + 0.5 / (2.0 * sqrt(3.5)) * sum, 1e-12);
  }
  assert_true(s.best_return == 5.0 && s.best_evaluation == 3 && s.best[0] == x[4] && s.best[1] == x[5]);
  rl_search_free(search);
}

/* All three: mean 2.5, variance (2.25 + .25 + 6.25 + .25 + 6.25 + 2.25) / 6 = 17.5 / 6. */
static void ars_without_a_top_uses_every_direction(void **state) {
  (void)state;
  const double value[6] = {1, 2, 5, 3, 0, 4};
  double x[12];
  settings o = settings_of(names_of[ARS]);
  set(&o, "directions", 3);
  rl_search *search = search_new(2, origin, NULL, &o);
  rl_search_state s = one_step(search, value, x);
  for (int i = 0; i < 2; i++) {
    double sum =
        -1.0 * direction(x, 0, i, 0.03) + 2.0 * direction(x, 1, i, 0.03) - 4.0 * direction(x, 2, i, 0.03);
    assert_near(s.mean[i], 0.02 / (3.0 * sqrt(17.5 / 6.0)) * sum, 1e-12);
  }
  rl_search_free(search);
}

static void equal_returns_move_nothing(void **state) {
  (void)state;
  for (int kind = ARS; kind < HILL_CLIMB; kind++) {
    const double x0[2] = {1.25, -3.0};
    double x[2 * MOST], value[MOST];
    settings o = settings_of(names_of[kind]);
    if (kind == OPENAI_ES) set(&o, "weight_decay", 0.0);
    if (kind == FINITE_DIFFERENCE) set(&o, "normalize", true);
    rl_search *search = search_new(2, x0, NULL, &o);
    for (int k = 0; k < count_of(search); k++) value[k] = 0.1;
    rl_search_state s = one_step(search, value, x);
    assert_true(s.mean[0] == x0[0] && s.mean[1] == x0[1]);
    rl_search_free(search);
  }
}

/* Returns (3, 1), (1, NaN): places 0 for 3, 1.5 for both 1, 3 for NaN, so that the ranks are 1/2, 0, 0, -1/2
 * and g = ((1/2 - 0) d_1 + (0 + 1/2) d_2) / 4. Adam's first step is lr g / (|g| + 1e-8) with
 * g - weight_decay x0 for g; its second has m = .1 (.9 g1 + g2), v = .001 (.999 g1^2 + g2^2), over 1 - .9^2
 * and 1 - .999^2. */
static void openai_es_follows_centred_ranks_by_adam(void **state) {
  (void)state;
  const double x0[2] = {2.0, -1.0}, value[4] = {3, 1, 1, (double)NAN}, again[4] = {1, 2, 3, 4};
  double x[8], y[8], first[2];
  settings o = settings_of(names_of[OPENAI_ES]);
  set(&o, "directions", 2);
  set(&o, "sigma", 0.5);
  rl_search *search = search_new(2, x0, NULL, &o);
  rl_search_state s = one_step(search, value, x);
  double g[2];
  for (int i = 0; i < 2; i++) {
    g[i] = (0.5 * direction(x, 0, i, 0.5) + 0.5 * direction(x, 1, i, 0.5)) / 4.0 - 0.005 * x0[i];
    assert_near(s.mean[i], x0[i] + 0.01 * g[i] / (fabs(g[i]) + 1e-8), 1e-12);
    first[i] = s.mean[i];
  }
  s = one_step(search, again, y); /* ranks -1/2, -1/6, 1/6, 1/2: both differences are -1/3 */
  for (int i = 0; i < 2; i++) {
    double h = -(direction(y, 0, i, 0.5) + direction(y, 1, i, 0.5)) / 3.0 / 4.0 - 0.005 * first[i];
    double m = 0.1 * (0.9 * g[i] + h) / (1.0 - 0.81),
           v = 0.001 * (0.999 * g[i] * g[i] + h * h) / (1.0 - 0.999 * 0.999);
    assert_near(s.mean[i], first[i] + 0.01 * m / (sqrt(v) + 1e-8), 1e-12);
  }
  assert_int_equal(s.not_finite, 1);
  rl_search_free(search);
}

/* f = 3 x - 2 y + x y - 4 x^2 + y^2, gradient (3 + y - 8 x, -2 + x + 2 y). */
static double quadratic(const double *x) {
  return 3.0 * x[0] - 2.0 * x[1] + x[0] * x[1] - 4.0 * x[0] * x[0] + x[1] * x[1];
}

static double linear(const double *x) { return 3.0 * x[0] - 2.0 * x[1] + 7.0; }

static rl_search_state step_on(rl_search *search, double (*f)(const double *)) {
  rl_error error;
  const double *x;
  double value[MOST];
  int n = dim_of(search);
  int count;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  for (int k = 0; k < count; k++) value[k] = f(x + k * n);
  assert_ok(rl_search_tell(search, value, &error));
  return *rl_search_view(search);
}

static void central_differences_are_exact_on_a_quadratic(void **state) {
  (void)state;
  const double x0[2] = {0.5, 2.0}, scale[2] = {1.0, 0.5};
  settings o = settings_of(names_of[FINITE_DIFFERENCE]);
  set(&o, "sigma", 0.25);
  set(&o, "lr", 0.1);
  rl_search *search = search_new(2, x0, scale, &o);
  assert_int_equal(count_of(search), 4);
  rl_search_state s = step_on(search, quadratic);
  /* In units of scale the gradient is scale * (1, 2.5), and so is the step. */
  assert_near(s.mean[0], 0.5 + 0.1 * 1.0, 1e-12);
  assert_near(s.mean[1], 2.0 + 0.1 * 0.25 * 2.5, 1e-12);
  rl_search_free(search);
}

/* n + 1 candidates are enough for a linear function; the error on a quadratic is sigma times half the
 * curvature: -8 and 2 here. */
static void forward_differences_are_exact_on_a_linear_function(void **state) {
  (void)state;
  const double x0[2] = {0.5, 2.0};
  settings o = settings_of(names_of[FINITE_DIFFERENCE]);
  set(&o, "central", false);
  set(&o, "sigma", 0.25);
  rl_search *search = search_new(2, x0, NULL, &o);
  assert_int_equal(count_of(search), 3);
  rl_search_state s = step_on(search, linear);
  assert_near(s.mean[0], 0.5 + 0.1 * 3.0, 1e-12);
  assert_near(s.mean[1], 2.0 - 0.1 * 2.0, 1e-12);
  rl_search_free(search);
  search = search_new(2, x0, NULL, &o);
  s = step_on(search, quadratic);
  assert_near(s.mean[0], 0.5 + 0.1 * (1.0 - 0.25 * 4.0), 1e-12);
  assert_near(s.mean[1], 2.0 + 0.1 * (2.5 + 0.25), 1e-12);
  rl_search_free(search);
}

static void least_squares_recovers_the_gradient_from_directions_at_random(void **state) {
  (void)state;
  const double x0[2] = {0.5, 2.0};
  for (int directions = 2; directions <= 12; directions += 5)
    for (int central = 0; central < 2; central++) {
      settings o = settings_of(names_of[FINITE_DIFFERENCE]);
      set(&o, "directions", directions);
      set(&o, "central", central);
      set(&o, "seed", directions);
      rl_search *search = search_new(2, x0, NULL, &o);
      assert_int_equal(count_of(search), central ? 2 * directions : directions + 1);
      rl_search_state s = step_on(search, central ? quadratic : linear);
      assert_near(s.mean[0], 0.5 + 0.1 * (central ? 1.0 : 3.0), 1e-9);
      assert_near(s.mean[1], 2.0 + 0.1 * (central ? 2.5 : -2.0), 1e-9);
      rl_search_free(search);
    }
}

/* One direction d with d . g = b: the shortest g is b d / |d|^2. Three equations that do not agree,
 * g1 = 1, g2 = 2, g1 + g2 = 6: the normal equations 2 g1 + g2 = 7, g1 + 2 g2 = 8 have g = (2, 3). */
static void least_squares_is_shortest_with_few_directions_and_nearest_with_many(void **state) {
  (void)state;
  double gram[4], factor[4], g[2];
  double one[2] = {3, 4}, b1 = 10, three[6] = {1, 0, 0, 1, 1, 1}, b3[3] = {1, 2, 6};
  assert_true(rl_least_squares(1, 2, one, &b1, gram, factor, g));
  assert_near(g[0], 1.2, 1e-14);
  assert_near(g[1], 1.6, 1e-14);
  assert_true(rl_least_squares(3, 2, three, b3, gram, factor, g));
  assert_near(g[0], 2.0, 1e-14);
  assert_near(g[1], 3.0, 1e-14);
}

static void a_normalised_step_has_the_length_of_the_learning_rate(void **state) {
  (void)state;
  const double x0[2] = {0.5, 2.0}, length = sqrt(1.0 + 2.5 * 2.5);
  settings o = settings_of(names_of[FINITE_DIFFERENCE]);
  set(&o, "normalize", true);
  rl_search *search = search_new(2, x0, NULL, &o);
  rl_search_state s = step_on(search, quadratic);
  assert_near(s.mean[0], 0.5 + 0.1 * 1.0 / length, 1e-12);
  assert_near(s.mean[1], 2.0 + 0.1 * 2.5 / length, 1e-12);
  rl_search_free(search);
}

/* One candidate an ask, as Rechenberg has it. The first is x0. Worse: stays, sigma 1.5^(-1/4); better: moves,
 * sigma 1.5; equal: moves, and counts as a failure. */
static void hill_climbing_keeps_the_best_and_widens_with_success(void **state) {
  (void)state;
  const double x0[2] = {1.0, 2.0}, values[4] = {4.0, 3.0, 5.0, 5.0};
  double x[2], sigma = 0.1;
  settings o = settings_of(names_of[HILL_CLIMB]);
  set(&o, "popsize", 1);
  rl_search *search = search_new(2, x0, NULL, &o);
  rl_search_state s = one_step(search, &values[0], x);
  assert_true(x[0] == 1.0 && x[1] == 2.0 && s.sigma == 0.1);
  s = one_step(search, &values[1], x);
  assert_true(x[0] != 1.0 && s.mean[0] == 1.0 && s.mean[1] == 2.0);
  assert_near(s.sigma, sigma *= pow(1.5, -0.25), 1e-15);
  s = one_step(search, &values[2], x);
  assert_true(s.mean[0] == x[0] && s.mean[1] == x[1]);
  assert_near(s.sigma, sigma *= 1.5, 1e-15);
  s = one_step(search, &values[3], x);
  assert_true(s.mean[0] == x[0] && s.mean[1] == x[1]);
  assert_near(s.sigma, sigma * pow(1.5, -0.25), 1e-15);
  assert_near(s.deviation[1], s.sigma, 1e-15);
  rl_search_free(search);
}

/* Four candidates and the mean, whose values 10, 4 average to 7: the 6 that would have been an improvement
 * on the last alone is none. Then 4: (10 + 4 + 1) / 3 = 5, and the 6 is better. */
static void the_incumbent_counts_by_the_average_of_its_returns(void **state) {
  (void)state;
  const double values[3][5] = {{10, 9, 8, 7, 6}, {4, 6, 1, 2, 3}, {1, 2, 6, 3, 4}};
  double x[10];
  settings o = settings_of(names_of[HILL_CLIMB]);
  set(&o, "popsize", 4);
  set(&o, "reevaluate", true);
  set(&o, "adapt", false);
  rl_search *search = search_new(2, origin, NULL, &o);
  assert_int_equal(count_of(search), 5);
  for (int t = 0; t < 2; t++) {
    rl_search_state s = one_step(search, values[t], x);
    assert_true(x[0] == 0.0 && x[1] == 0.0 && s.mean[0] == 0.0 && s.mean[1] == 0.0);
  }
  rl_search_state s = one_step(search, values[2], x);
  assert_true(s.mean[0] == x[4] && s.mean[1] == x[5] && s.sigma == 0.1);
  rl_search_free(search);
}

/* sigma may be set again at any time; otherwise the rate of success adapts it. */
static void a_changed_sigma_begins_the_adaptation_anew(void **state) {
  (void)state;
  const double values[3] = {0, 1, 0};
  double x[2];
  settings o = settings_of(names_of[HILL_CLIMB]);
  set(&o, "popsize", 1);
  rl_search *search = search_new(2, origin, NULL, &o);
  one_step(search, &values[0], x);
  assert_near(one_step(search, &values[1], x).sigma, 0.15, 1e-15);
  change(search, "sigma", 2.0);
  assert_near(rl_search_view(search)->sigma, 2.0, 0.0);
  assert_near(one_step(search, &values[2], x).sigma, 2.0 * pow(1.5, -0.25), 1e-15);
  rl_search_free(search);
}

enum { DIM = 5 };

/* Negative squared distance from (1, 1, ...). */
static double bowl(const double *x) {
  double sum = 0.0;
  for (int i = 0; i < DIM; i++) sum -= (x[i] - 1.0) * (x[i] - 1.0);
  return sum;
}

static double negative_bowl(const double *x) { return -bowl(x); }

static settings bowl_options(int kind) {
  settings o = settings_of(names_of[kind]);
  if (kind == OPENAI_ES) set(&o, "weight_decay", 0.0);
  if (kind == ARS || kind == OPENAI_ES) set(&o, "directions", 10);
  if (kind != HILL_CLIMB) set(&o, "lr", 0.05);
  return o;
}

static void hill_climbing_never_gets_worse(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  settings o = bowl_options(HILL_CLIMB);
  rl_search *search = search_new(DIM, x0, NULL, &o);
  double last = -HUGE_VAL;
  for (int t = 0; t < 200; t++) {
    rl_search_state s = step_on(search, bowl);
    assert_true(bowl(s.mean) >= last && bowl(s.mean) == s.best_return);
    last = bowl(s.mean);
  }
  rl_search_free(search);
}

/* Five seeds of five each. ARS and Adam step as far near the bottom as elsewhere: from 5, they come to within
 * a step of it. */
static void every_method_finds_the_bottom_of_a_bowl(void **state) {
  (void)state;
  const double x0[DIM] = {0}, reached[METHODS] = {-0.1, -0.01, -1e-9, -1e-9};
  for (int kind = ARS; kind < METHODS; kind++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      settings o = bowl_options(kind);
      set(&o, "seed", (double)seed);
      rl_search *search = search_new(DIM, x0, NULL, &o);
      for (int t = 0; t < 300; t++) step_on(search, bowl);
      double f = bowl(rl_search_view(search)->mean);
      if (!(f >= reached[kind])) fail_msg("%s, seed %d: %g", names_of[kind], (int)seed, f);
      rl_search_free(search);
    }
}

static void minimising_is_maximising_the_negative(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  for (int kind = ARS; kind < METHODS; kind++) {
    settings o = bowl_options(kind);
    rl_search *up = search_new(DIM, x0, NULL, &o);
    set(&o, "minimize", true);
    rl_search *down = search_new(DIM, x0, NULL, &o);
    for (int t = 0; t < 20; t++) {
      rl_search_state a = step_on(up, bowl), b = step_on(down, negative_bowl);
      assert_memory_equal(a.mean, b.mean, sizeof(double) * DIM);
      assert_memory_equal(a.best, b.best, sizeof(double) * DIM);
      assert_true(a.best_return == -b.best_return);
    }
    rl_search_free(up);
    rl_search_free(down);
  }
}

/* (2, NaN), (inf, 1), (3, 0) count as (2, 0), (0, 1), (3, 0): the same step as when that is told. */
static void what_is_not_finite_counts_as_the_worst(void **state) {
  (void)state;
  const double value[6] = {2, (double)NAN, HUGE_VAL, 1, 3, 0}, finite[6] = {2, 0, 0, 1, 3, 0};
  const double none[6] = {(double)NAN, (double)NAN, HUGE_VAL, -HUGE_VAL, (double)NAN, (double)NAN};
  double x[12];
  for (int kind = ARS; kind < METHODS; kind++) {
    rl_error error;
    const double *asked;
    int count;
    settings o = settings_of(names_of[kind]);
    set_size(&o, kind, 3, 6);
    rl_search *a = search_new(2, origin, NULL, &o), *b = search_new(2, origin, NULL, &o);
    rl_search_state s = one_step(a, value, x), t = one_step(b, finite, x);
    assert_int_equal(s.not_finite, 2);
    if (kind != OPENAI_ES) assert_memory_equal(s.mean, t.mean, sizeof(double) * 2);
    assert_true(s.best_return == 3.0);
    assert_refused(rl_search_tell(a, value, &error), RL_BAD_ARGUMENT, "ask");
    assert_ok(rl_search_ask(a, &asked, &count, &error));
    assert_ok(rl_search_tell(a, none, &error));
    assert_true(rl_search_view(a)->iterations == 1);
    one_step(a, finite, x);
    rl_search_free(a);
    rl_search_free(b);
  }
}

static void numbers_at_the_end_of_the_range_make_no_nan(void **state) {
  (void)state;
  const double value[6] = {1.7e308, -1.7e308, 1.7e308, 1.6e308, -1.7e308, 0};
  double x[12];
  for (int kind = ARS; kind < METHODS; kind++) {
    rl_error error;
    const double *asked;
    int count;
    settings o = settings_of(names_of[kind]);
    set_size(&o, kind, 3, 6);
    if (kind == FINITE_DIFFERENCE) set(&o, "normalize", true);
    rl_search *search = search_new(2, origin, NULL, &o);
    rl_search_state s = one_step(search, value, x);
    assert_true(isfinite(s.mean[0]) && isfinite(s.mean[1]) && isfinite(s.sigma));
    if (kind == FINITE_DIFFERENCE) { /* a gradient that is no longer a number is refused */
      set(&o, "normalize", false);
      rl_search *plain = search_new(2, origin, NULL, &o);
      assert_ok(rl_search_ask(plain, &asked, &count, &error));
      assert_refused(rl_search_tell(plain, value, &error), RL_NOT_FINITE, "lower lr");
      assert_true(rl_search_view(plain)->mean[0] == 0.0);
      rl_search_free(plain);
    }
    rl_search_free(search);
  }
}

static void searches_say_why_they_stop(void **state) {
  (void)state;
  const double x0[DIM] = {0};
  const char *names[RL_SEARCH_CRITERIA];
  for (int kind = ARS; kind < METHODS; kind++) {
    settings o = bowl_options(kind);
    set(&o, "target", -1e9);
    set(&o, "max_iterations", 2);
    set(&o, "max_evaluations", 1);
    set(&o, "tolx", 1e-9);
    rl_search *search = search_new(DIM, x0, NULL, &o);
    assert_int_equal(rl_search_stop(search, names), 0);
    step_on(search, bowl);
    assert_int_equal(rl_search_stop(search, names), 2);
    assert_string_equal(names[0], "max_evaluations");
    assert_string_equal(names[1], "target");
    step_on(search, bowl);
    change(search, "tolx", 1e6);
    assert_int_equal(rl_search_stop(search, names), 4);
    assert_string_equal(names[0], "tolx");
    assert_string_equal(names[1], "max_iterations");
    rl_search_free(search);
  }
}

static void what_makes_no_sense_is_named(void **state) {
  (void)state;
  const rl_search_space space = {.n = 2, .x0 = origin};
  rl_error error;
  rl_search *search;
  settings good = settings_of("ars"), bad = good;
  set(&bad, "sigma", 0.0);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "sigma");
  bad = good;
  set(&bad, "directions", 0);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "directions");
  bad = good;
  set(&bad, "top", 9);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "top");
  bad = good;
  set(&bad, "lr", (double)NAN);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "lr");
  bad = good;
  set(&bad, "popsize", 8);
  assert_refused(try_search(&search, space, &bad, &error), RL_BAD_ARGUMENT, "unknown option");
  assert_null(search);
  const double far[2] = {1e308, 1e308}, *x;
  int count;
  set(&good, "sigma", 1e150);
  search = search_new(2, far, (double[2]){1e200, 1e200}, &good);
  assert_refused(rl_search_ask(search, &x, &count, &error), RL_NOT_FINITE, "sigma");
  assert_null(rl_search_candidates(search, &count));
  rl_search_free(search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ars_steps_along_its_top_directions_over_the_deviation_of_their_returns),
      cmocka_unit_test(ars_without_a_top_uses_every_direction),
      cmocka_unit_test(equal_returns_move_nothing),
      cmocka_unit_test(openai_es_follows_centred_ranks_by_adam),
      cmocka_unit_test(central_differences_are_exact_on_a_quadratic),
      cmocka_unit_test(forward_differences_are_exact_on_a_linear_function),
      cmocka_unit_test(least_squares_recovers_the_gradient_from_directions_at_random),
      cmocka_unit_test(least_squares_is_shortest_with_few_directions_and_nearest_with_many),
      cmocka_unit_test(a_normalised_step_has_the_length_of_the_learning_rate),
      cmocka_unit_test(hill_climbing_keeps_the_best_and_widens_with_success),
      cmocka_unit_test(the_incumbent_counts_by_the_average_of_its_returns),
      cmocka_unit_test(a_changed_sigma_begins_the_adaptation_anew),
      cmocka_unit_test(hill_climbing_never_gets_worse),
      cmocka_unit_test(every_method_finds_the_bottom_of_a_bowl),
      cmocka_unit_test(minimising_is_maximising_the_negative),
      cmocka_unit_test(what_is_not_finite_counts_as_the_worst),
      cmocka_unit_test(numbers_at_the_end_of_the_range_make_no_nan),
      cmocka_unit_test(searches_say_why_they_stop),
      cmocka_unit_test(what_makes_no_sense_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
