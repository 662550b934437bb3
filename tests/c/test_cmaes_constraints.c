/* Constraints of CMA-ES: multipliers against those of problems that are solved on paper, what the best is, and that
 * scales do not matter. */
#include "search_check.h"

#include "search/cmaes_internal.h"

enum { MOST = 16, POPULATION = 64 };

typedef struct problem {
  int n, constraints;
  double (*f)(const double *x);
  void (*g)(const double *x, double *g);
} problem;

/* TR2: the tangent problem (Kramer & Schwefel 2006). At (1, 1) the gradients are 2 and -1: the multiplier is 2. */
static double tangent(const double *x) { return x[0] * x[0] + x[1] * x[1]; }
static void tangent_g(const double *x, double *g) { g[0] = 2.0 - x[0] - x[1]; }
static const problem tr2 = {2, 1, tangent, tangent_g};

/* A sphere and three planes through (1, 1, 1, 0): multipliers 2, 1 and, of one that is not active, 0. */
static double sphere(const double *x) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3]; }
static void planes_g(const double *x, double *g) {
  g[0] = 1.0 - x[0];
  g[1] = 4.0 - 2.0 * x[1] - 2.0 * x[2];
  g[2] = -1.0 - x[0];
}
static const problem planes = {4, 3, sphere, planes_g};

static void tell_problem(rl_search *search, const problem *p, double f_scale, double g_scale, bool minimize) {
  rl_error error;
  const double *x;
  int count;
  double value[POPULATION], more[POPULATION * MOST];
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_true(count <= POPULATION && p->constraints <= MOST);
  for (int k = 0; k < count; k++) {
    value[k] = f_scale * (minimize ? 1.0 : -1.0) * p->f(x + k * p->n);
    p->g(x + k * p->n, more + k * p->constraints);
    for (int i = 0; i < p->constraints; i++) more[k * p->constraints + i] *= g_scale;
  }
  assert_ok(rl_search_tell_more(search, value, more, &error));
}

static rl_search *search_of(const problem *p, bool minimize, uint64_t seed) {
  static const double x0[MOST] = {3.0, 4.0, 3.0, 4.0};
  settings o = settings_of("cmaes");
  set(&o, "constraints", p->constraints);
  set(&o, "minimize", minimize);
  set(&o, "seed", (double)seed);
  return search_new(p->n, x0, NULL, &o);
}

static rl_search *solve(const problem *p, bool minimize, uint64_t seed) {
  rl_search *search = search_of(p, minimize, seed);
  while (!rl_search_stop(search, NULL)) tell_problem(search, p, 1.0, 1.0, minimize);
  return search;
}

static void multipliers_become_those_of_the_problem(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    rl_search *search = solve(&tr2, true, seed);
    const rl_cmaes *es = search->state;
    const rl_search_state *view = rl_search_view(search);
    assert_near(es->limits.gamma[0], 2.0, 1e-3);
    assert_true(view->violation == 0.0 && view->best_return >= 2.0 && view->best_return < 2.0 + 1e-6);
    assert_near(view->best_extras[0], 0.0, 1e-6);
    assert_near(view->mean[0], 1.0, 1e-3);
    rl_search_free(search);
    search = solve(&planes, true, seed);
    es = search->state;
    assert_near(es->limits.gamma[0], 2.0, 1e-3);
    assert_near(es->limits.gamma[1], 1.0, 1e-3);
    assert_near(es->limits.gamma[2], 0.0, 1e-3);
    assert_near(rl_search_view(search)->best_return, 3.0, 1e-6);
    rl_search_free(search);
  }
}

static void costs_and_returns_are_the_same_search(void **state) {
  (void)state;
  rl_search *down = solve(&planes, true, 4), *up = solve(&planes, false, 4);
  const rl_search_state *a = rl_search_view(down), *b = rl_search_view(up);
  assert_true(a->best_return == -b->best_return && a->evaluations == b->evaluations);
  assert_memory_equal(a->mean, b->mean, 4 * sizeof *a->mean);
  rl_search_free(down);
  rl_search_free(up);
}

/* Powers of 2 are exact; whatever the scales, the run is the same to the bit. */
static void scales_of_cost_and_constraints_do_not_matter(void **state) {
  (void)state;
  rl_search *plain = search_of(&planes, true, 2), *scaled = search_of(&planes, true, 2);
  for (int t = 0; t < 60; t++) {
    tell_problem(plain, &planes, 1.0, 1.0, true);
    tell_problem(scaled, &planes, 0x1p-20, 0x1p30, true);
    assert_memory_equal(plain->mean, scaled->mean, 4 * sizeof *plain->mean);
  }
  const rl_cmaes *a = plain->state, *b = scaled->state;
  for (int i = 0; i < 3; i++) assert_true(b->limits.gamma[i] == a->limits.gamma[i] * 0x1p-50);
  rl_search_free(plain);
  rl_search_free(scaled);
}

static void no_multiplier_begins_where_nothing_is_violated(void **state) {
  (void)state;
  const double x0[] = {0.5, 0.5, 0.5, 0.5};
  settings plain = settings_of("cmaes"), limited = settings_of("cmaes");
  set(&limited, "constraints", 1);
  set(&plain, "popsize", 8);
  set(&limited, "popsize", 8);
  rl_search *a = search_new(4, x0, NULL, &plain), *b = search_new(4, x0, NULL, &limited);
  for (int t = 0; t < 40; t++) {
    rl_error error;
    const double *x;
    int count;
    double value[POPULATION], limit[POPULATION];
    assert_ok(rl_search_ask(a, &x, &count, &error));
    for (int k = 0; k < count; k++) value[k] = -sphere(x + 4 * k);
    assert_ok(rl_search_tell(a, value, &error));
    assert_ok(rl_search_ask(b, &x, &count, &error));
    for (int k = 0; k < count; k++) limit[k] = x[4 * k] - 100.0;
    assert_ok(rl_search_tell_more(b, value, limit, &error));
    assert_memory_equal(a->mean, b->mean, 4 * sizeof *a->mean);
  }
  rl_search_free(a);
  rl_search_free(b);
}

static void tell_by_hand(rl_search *search, const double *value, const double *limit) {
  rl_error error;
  const double *x;
  int count;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_int_equal(count, 4);
  assert_ok(rl_search_tell_more(search, value, limit, &error));
}

/* Nearer is better until there is a feasible one; then the returns say. Not finite: worst, whatever the rest is. */
static void the_best_is_the_best_feasible_or_the_nearest(void **state) {
  (void)state;
  const double x0[] = {0.0, 0.0};
  settings o = settings_of("cmaes");
  set(&o, "constraints", 2);
  set(&o, "popsize", 4);
  set(&o, "target", 50.0);
  rl_search *search = search_new(2, x0, NULL, &o);
  const rl_search_state *view = rl_search_view(search);
  assert_true(isnan(view->best_extras[0]) && view->best_evaluation == 0);
  tell_by_hand(search, (const double[]){90, 5, 80, 70}, (const double[]){3, 4, 1, -9, 0.5, 0.5, NAN, -1});
  view = rl_search_view(search);
  assert_true(view->best_return == 80.0 && view->violation == 1.0 && view->best_evaluation == 3);
  assert_true(view->best_extras[0] == 0.5 && view->best_extras[1] == 0.5);
  assert_int_equal(view->not_finite, 1);
  assert_false(stops_by(search, "target"));
  tell_by_hand(search, (const double[]){9, 8, 7, INFINITY}, (const double[]){0, 0.25, -1, 0, -2, 0, -1, -1});
  view = rl_search_view(search);
  assert_true(view->best_return == 8.0 && view->violation == 0.0 && view->best_evaluation == 6);
  tell_by_hand(search, (const double[]){60, 99, 50, 1}, (const double[]){-1, 0, 1, 1, -1, 0, 0, 0});
  view = rl_search_view(search);
  assert_true(view->best_return == 60.0 && view->best_evaluation == 9);
  assert_true(stops_by(search, "target"));
  rl_search_free(search);
}

static void apart_g(const double *x, double *g) {
  g[0] = x[0] - 1.0;
  g[1] = 2.0 - x[0];
}

/* x <= 1 and x >= 2: every x between them violates by 1 altogether. */
static void constraints_that_cannot_be_met_end_near(void **state) {
  (void)state;
  const problem apart = {2, 2, tangent, apart_g};
  for (uint64_t seed = 1; seed <= 5; seed++) {
    rl_search *search = solve(&apart, true, seed);
    const rl_search_state *view = rl_search_view(search);
    assert_near(view->violation, 1.0, 1e-9);
    assert_true(view->best[0] >= 1.0 - 1e-9 && view->best[0] <= 2.0 + 1e-9);
    assert_true(stops_by(search, "infeasible"));
    for (int i = 0; i < 2; i++) assert_true(isfinite(view->mean[i]));
    rl_search_free(search);
  }
  rl_search *met = solve(&tr2, true, 1);
  assert_false(stops_by(met, "infeasible"));
  rl_search_free(met);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(multipliers_become_those_of_the_problem),
      cmocka_unit_test(costs_and_returns_are_the_same_search),
      cmocka_unit_test(scales_of_cost_and_constraints_do_not_matter),
      cmocka_unit_test(no_multiplier_begins_where_nothing_is_violated),
      cmocka_unit_test(the_best_is_the_best_feasible_or_the_nearest),
      cmocka_unit_test(constraints_that_cannot_be_met_end_near),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
