/* Archives of elites and the searches that fill them: which cell measures belong to, who stays in it, what is counted,
 * what an emitter of CMA-ME learns from, and files. */
#include "search/cmaes_internal.h"
#include "search/elites.h"

#include "search_check.h"

enum { N = 3 };

static const double origin[N] = {0.0};
static const rl_search_measure plane[] = {{"speed", 0.0, 1.0, 4}, {"lean", -1.0, 1.0, 2}};

static rl_search_space space_of(int n_measures, const rl_search_measure *measures) {
  return (rl_search_space){.n = N, .x0 = origin, .n_measures = n_measures, .measures = measures};
}

static rl_search *search_of(const char *method, int popsize, bool minimize) {
  settings o = settings_of(method);
  set(&o, "popsize", popsize);
  set(&o, "minimize", minimize);
  if (strcmp(method, "cma_me") == 0) set(&o, "emitters", 1);
  return search_in(space_of(2, plane), &o);
}

/* Asks and tells these; x, if it is not NULL, gets the candidates. */
static void step(rl_search *s, const double *value, const double *measures, double *x) {
  rl_error error;
  const double *asked;
  int count;
  assert_ok(rl_search_ask(s, &asked, &count, &error));
  if (x) memcpy(x, asked, (size_t)count * N * sizeof *x);
  assert_ok(rl_search_tell_more(s, value, measures, &error));
}

static void check_elite(const rl_search *s, int64_t cell, double value, const double *measure,
                        const double *x) {
  double found[N], told;
  const double *measures;
  assert_true(rl_search_elite(s, cell, found, &measures, &told));
  assert_true(told == value && measures[0] == measure[0] && measures[1] == measure[1]);
  for (int i = 0; i < N; i++) assert_true(found[i] == x[i]);
}

static void measures_belong_to_cells_and_both_ends_are_in_range(void **state) {
  (void)state;
  rl_search *s = search_of("map_elites", 4, false);
  const struct {
    double measure[2];
    int64_t cell;
  } cases[] = {{{0.0, -1.0}, 0}, {{0.2499, -0.1}, 0}, {{0.25, -0.1}, 2},  {{0.3, 0.0}, 3},  {{1.0, 1.0}, 7},
               {{1.0, -1.0}, 6}, {{1.0001, 0}, -1},   {{-1e-9, 0}, -1},   {{0.5, 1.5}, -1}, {{0.5, -2.0}, -1},
               {{NAN, 0.0}, -1}, {{0.5, NAN}, -1},    {{INFINITY, 0}, -1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(rl_elites_cell(s->elites, cases[i].measure), cases[i].cell);
  rl_search_free(s);
}

/* The best of a cell stays, of equal ones the first; the rest is counted. */
static void a_cell_keeps_its_best_and_the_first_of_equal_ones(void **state) {
  (void)state;
  static const char *const methods[] = {"map_elites", "cma_me"};
  for (int turned = 0; turned < 4; turned++) {
    const bool minimize = turned % 2;
    const double sign = minimize ? -1.0 : 1.0;
    rl_search *s = search_of(methods[turned / 2], 5, minimize);
    double first[5 * N], second[5 * N];
    /* two of cell 0, one of cell 7, one outside, one without a number */
    const double a[] = {sign * 2.0, sign * 2.0, sign * 5.0, sign * 9.0, sign * 8.0},
                 where_a[] = {0.1, -0.5, 0.2, -0.6, 0.9, 0.5, 1.5, 0.0, NAN, 0.0};
    step(s, a, where_a, first);
    const rl_search_state *view = rl_search_view(s);
    assert_int_equal(view->cells, 8);
    assert_int_equal(view->filled, 2);
    assert_int_equal(view->outside, 1);
    assert_int_equal(view->not_finite, 1);
    assert_true(view->qd_score == 7.0);
    check_elite(s, 0, sign * 2.0, where_a, first);
    check_elite(s, 7, sign * 5.0, where_a + 4, first + 2 * N);
    /* equal in cell 0, better and best in cell 7, worse, a new cell */
    const double b[] = {sign * 2.0, sign * 6.0, sign * 7.0, sign * 1.0, sign * -3.0},
                 where_b[] = {0.0, -1.0, 0.8, 0.4, 1.0, 1.0, 0.99, 0.99, 0.3, 0.7};
    step(s, b, where_b, second);
    view = rl_search_view(s);
    assert_int_equal(view->filled, 3);
    assert_true(view->qd_score == 2.0 + 7.0 - 3.0);
    check_elite(s, 0, sign * 2.0, where_a, first);
    check_elite(s, 7, sign * 7.0, where_b + 4, second + 2 * N);
    check_elite(s, 3, sign * -3.0, where_b + 8, second + 4 * N);
    change(s, "score_from", sign * -10.0);
    assert_true(rl_search_view(s)->qd_score == 36.0);
    assert_true(rl_search_view(s)->best_return == sign * 9.0); /* wherever it was */
    double x[N], value;
    const double *measures;
    assert_false(rl_search_elite(s, 1, x, &measures, &value));
    assert_false(rl_search_elite(s, 8, x, &measures, &value));
    assert_false(rl_search_elite(s, -1, x, &measures, &value));
    rl_search_free(s);
  }
}

static void what_is_no_grid_is_refused_by_name(void **state) {
  (void)state;
  static const struct {
    rl_search_measure measure;
    const char *message;
  } cases[] = {{{"", 0, 1, 4}, "measure 2 has no name"},
               {{"speed", 0, 1, 4}, "two are called speed"},
               {{"lean", 1, 1, 4}, "lean: lower 1 is not below upper 1"},
               {{"lean", 2, 1, 4}, "lean: lower 2 is not below upper 1"},
               {{"lean", 0, INFINITY, 4}, "lean: lower 0 is not below upper inf"},
               {{"lean", NAN, 1, 4}, "lean: lower"},
               {{"lean", 0, 1, 0}, "lean: at least one cell, got 0"},
               {{"lean", 0, 1, -3}, "lean: at least one cell, got -3"},
               {{"lean", 0, 1, 1 << 24}, "more than 16777216 cells"}};
  rl_error error;
  rl_search *s;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const rl_search_measure two[] = {plane[0], cases[i].measure};
    const rl_search_space space = space_of(2, two);
    assert_refused(rl_search_create(&s, rl_search_find("map_elites", &error), &space, NULL, &error),
                   RL_BAD_ARGUMENT, cases[i].message);
    assert_null(s);
  }
  const rl_search_space space = space_of(2, plane);
  assert_refused(rl_search_create(&s, rl_search_find("cem", &error), &space, NULL, &error), RL_BAD_ARGUMENT,
                 "cem keeps no archive");
  const rl_search_setting few[] = {{"popsize", 9}, {NULL, 0}};
  assert_refused(rl_search_create(&s, rl_search_find("cma_me", &error), &space, few, &error), RL_BAD_ARGUMENT,
                 "at least 2 candidates for each of 5 emitters, got 9");
  static double many[1 << 10];
  const rl_search_measure large = {"all", 0, 1, 1 << 18};
  const rl_search_space wide = {.n = 1 << 10, .x0 = many, .n_measures = 1, .measures = &large};
  assert_refused(rl_search_create(&s, rl_search_find("map_elites", &error), &wide, NULL, &error),
                 RL_BAD_ARGUMENT, "262144 cells of 1024 coordinates each");
}

/* Without measures there is one cell. Told without measures where there are some: named. */
static void measures_are_told_where_there_are_some(void **state) {
  (void)state;
  rl_error error;
  const double value[4] = {1, 3, 2, 0}, *x;
  int count;
  settings o = settings_of("map_elites");
  set(&o, "popsize", 4);
  rl_search *s = search_in(space_of(0, NULL), &o);
  one_step(s, value, NULL);
  assert_int_equal(rl_search_view(s)->filled, 1);
  assert_true(rl_search_view(s)->qd_score == 3.0);
  rl_search_free(s);
  s = search_of("map_elites", 4, false);
  assert_ok(rl_search_ask(s, &x, &count, &error));
  assert_refused(rl_search_tell(s, value, &error), RL_BAD_ARGUMENT,
                 "2 measures a candidate expected, got none");
  rl_search_free(s);
}

/* The first candidates are x0 and draws about it; then elites on the line to another, moved by sigma. */
static void map_elites_moves_its_elites(void **state) {
  (void)state;
  settings o = settings_of("map_elites");
  set(&o, "popsize", 4);
  set(&o, "initial", 4);
  set(&o, "initial_sigma", 1);
  set(&o, "sigma", 1e-9);
  rl_search *s = search_in(space_of(2, plane), &o);
  double first[4 * N], moved[4 * N];
  const double value[] = {1, 1, 1, 1}, apart[] = {0.1, 0.5, 0.9, 0.5, 1.5, 0, 1.5, 0};
  step(s, value, apart, first);
  for (int i = 0; i < N; i++) assert_true(first[i] == 0.0 && fabs(first[N + i]) > 1e-6);
  step(s, value, apart, moved); /* there are two elites, of which the first is 0: multiples of the second */
  for (int k = 0; k < 4; k++)
    for (int i = 1; i < N; i++) assert_near(moved[k * N + i] / first[N + i], moved[k * N] / first[N], 1e-4);
  rl_search_free(s);
}

/* By hand: a new cell comes before an improvement however large, both by how much; of five candidates three change
 * the archive, and those alone have weights, log 3.5 - log i. */
static void an_emitter_learns_from_what_changes_the_archive(void **state) {
  (void)state;
  rl_search *s = search_of("cma_me", 5, false);
  double x[5 * N];
  const double none[] = {NAN, NAN, NAN, NAN, 1.0}, outside[10] = {2, 2, 2, 2, 2, 2, 2, 2, 0.1, -0.5};
  step(s, none, outside, NULL); /* one elite, of value 1 in cell 0 */
  const double value[] = {7, 0.5, 3, 0.9, 4}, where[] = {0.0, -1, 0.3, 0, 0.9, 0.5, 0.0, -1, 2, 2};
  const int order[] = {2, 1, 0}; /* new: 3, then 0.5; better by 6; worse: 0.9; outside: 4 */
  step(s, value, where, x);
  double weight[3], sum = 0.0;
  for (int k = 0; k < 3; k++) sum += weight[k] = log(3.5) - log(k + 1.0);
  for (int i = 0; i < N; i++) {
    double mean = 0.0;
    for (int k = 0; k < 3; k++) mean += weight[k] / sum * x[order[k] * N + i];
    assert_near(s->inner[0]->mean[i], mean, 1e-12);
  }
  const rl_cmaes *es = s->inner[0]->state;
  assert_int_equal(es->strategy.mu, 3);
  assert_true(es->strategy.weights[3] == 0.0 && es->strategy.weights[4] == 0.0);
  rl_search_free(s);
}

static void an_emitter_that_changes_nothing_begins_again_from_an_elite(void **state) {
  (void)state;
  rl_search *s = search_of("cma_me", 4, false);
  double x[4 * N];
  const double one[] = {1, 2, 0, 0}, here[8] = {0.1, -0.5, 0.1, -0.5, 2, 2, 2, 2}, worse[] = {1, 2, 1, 0},
               all[8] = {0, -1, 0, -1, 0, -1, 0, -1};
  step(s, one, here, x); /* the elite is the second candidate */
  assert_int_equal(rl_search_view(s)->restarts, 0);
  const rl_search_state *inner = rl_search_view(s->inner[0]);
  assert_false(inner->mean[0] == x[N]);
  step(s, worse, all, NULL); /* an equal value is no improvement */
  assert_int_equal(rl_search_view(s)->restarts, 1);
  inner = rl_search_view(s->inner[0]);
  for (int i = 0; i < N; i++) assert_true(inner->mean[i] == x[N + i]);
  assert_true(inner->sigma == 0.3);
  rl_search_free(s);
}

/* Two measures that are the first two coordinates; the third costs. */
static void fill(rl_search *s, int iterations) {
  rl_error error;
  for (int t = 0; t < iterations; t++) {
    const double *x;
    int count;
    assert_ok(rl_search_ask(s, &x, &count, &error));
    double *value = test_calloc((size_t)count, sizeof *value),
           *where = test_calloc((size_t)count * 2, sizeof *where);
    for (int k = 0; k < count; k++) {
      value[k] = -x[k * N + 2] * x[k * N + 2];
      where[2 * k] = x[k * N];
      where[2 * k + 1] = x[k * N + 1];
    }
    assert_ok(rl_search_tell_more(s, value, where, &error));
    test_free(value);
    test_free(where);
  }
}

static rl_search *filler(const char *method, int seed, const rl_search_measure *measures) {
  settings o = settings_of(method);
  set(&o, "popsize", 20);
  set(&o, "sigma", 0.3);
  set(&o, "seed", seed);
  if (strcmp(method, "cma_me") == 0)
    set(&o, "emitters", 2);
  else
    set(&o, "initial", 20);
  return search_in(space_of(2, measures), &o);
}

static const char *const fillers[] = {"map_elites", "cma_me"};
static const rl_search_measure square[] = {{"x", -3, 3, 12}, {"y", -3, 3, 12}};

static void archives_are_filled_with_good_candidates(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    rl_search *s = filler(fillers[i], 1, square);
    fill(s, 250); /* 5000 evaluations for 144 cells */
    const rl_search_state *view = rl_search_view(s);
    if (view->filled != 144 || view->qd_score < -5.0)
      fail_msg("%s: %d of 144, %g", fillers[i], (int)view->filled, view->qd_score);
    rl_search_free(s);
  }
}

static void assert_same_archive(rl_search *a, rl_search *b) {
  double x[N], y[N], v, w;
  const double *m, *n;
  for (int64_t cell = 0; cell < 144; cell++) {
    const bool there = rl_search_elite(a, cell, x, &m, &v);
    assert_int_equal(there, rl_search_elite(b, cell, y, &n, &w));
    if (!there) continue;
    assert_true(v == w);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_equal(m, n, 2 * sizeof *m);
  }
  const rl_search_state *p = rl_search_view(a), *q = rl_search_view(b);
  assert_true(p->filled == q->filled && p->outside == q->outside && p->qd_score == q->qd_score &&
              p->restarts == q->restarts && p->sigma == q->sigma);
}

/* After a tell, and between ask and tell. */
static void a_loaded_archive_goes_on_bit_for_bit(void **state) {
  (void)state;
  rl_error error;
  for (int i = 0; i < 4; i++) {
    rl_search *a = filler(fillers[i / 2], 1, square), *b = filler(fillers[i / 2], 2, square);
    const double *x;
    int count;
    fill(a, 15);
    fill(b, 4);
    if (i % 2) assert_ok(rl_search_ask(a, &x, &count, &error));
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_search_save(a, archive, "s", &error));
    assert_ok(rl_search_load(b, archive, "s", &error));
    rl_archive_free(archive);
    assert_same_archive(a, b);
    if (i % 2) {
      double value[20], where[40];
      for (int k = 0; k < 20; k++) value[k] = where[2 * k] = where[2 * k + 1] = k % 7 / 3.0;
      assert_ok(rl_search_tell_more(a, value, where, &error));
      assert_ok(rl_search_tell_more(b, value, where, &error));
    }
    fill(a, 30);
    fill(b, 30);
    assert_same_archive(a, b);
    rl_search_free(a);
    rl_search_free(b);
  }
}

static void an_archive_of_other_measures_is_not_loaded(void **state) {
  (void)state;
  const struct {
    int n;
    rl_search_measure measures[3];
    const char *message;
  } cases[] = {{1, {square[0]}, "2 measures there, 1 here"},
               {3, {square[0], square[1], plane[0]}, "2 measures there, 3 here"},
               {2, {square[1], square[0]}, "measure 1 is x there, y here"},
               {2, {square[0], {"y", -3, 3, 13}}, "cells of measure y is 12 there, 13 here"},
               {2, {square[0], {"y", -2, 3, 12}}, "lower of measure y is -3 there, -2 here"},
               {2, {{"x", -3, 4, 12}, square[1]}, "upper of measure x is 3 there, 4 here"}};
  rl_error error;
  for (int i = 0; i < 2; i++) {
    rl_search *a = filler(fillers[i], 1, square), *b;
    fill(a, 2);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_search_save(a, archive, "s", &error));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
      settings o = settings_of(fillers[i]);
      b = search_in(space_of(cases[c].n, cases[c].measures), &o);
      assert_refused(rl_search_load(b, archive, "s", &error), RL_BAD_FORMAT, cases[c].message);
      rl_search_free(b);
    }
    rl_archive_free(archive);
    rl_search_free(a);
  }
}

/* Elites whose measures lie in one cell, or in none, are no archive. */
static void spoilt_archives_are_refused(void **state) {
  (void)state;
  rl_error error;
  for (int i = 0; i < 2; i++) {
    rl_search *a = filler(fillers[i], 1, square), *b = filler(fillers[i], 1, square);
    fill(a, 3);
    rl_archive *archive = rl_archive_new();
    double *measures = a->elites->measure, kept = measures[0];
    measures[0] = 77.0;
    assert_ok(rl_search_save(a, archive, "s", &error));
    assert_refused(rl_search_load(b, archive, "s", &error), RL_BAD_FORMAT,
                   "not a sensible archive of elites");
    rl_archive_free(archive);
    archive = rl_archive_new();
    measures[0] = kept;
    memcpy(measures + 2, measures, 2 * sizeof *measures);
    assert_ok(rl_search_save(a, archive, "s", &error));
    assert_refused(rl_search_load(b, archive, "s", &error), RL_BAD_FORMAT,
                   "not a sensible archive of elites");
    rl_archive_free(archive);
    rl_search_free(a);
    rl_search_free(b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures_belong_to_cells_and_both_ends_are_in_range),
      cmocka_unit_test(a_cell_keeps_its_best_and_the_first_of_equal_ones),
      cmocka_unit_test(what_is_no_grid_is_refused_by_name),
      cmocka_unit_test(measures_are_told_where_there_are_some),
      cmocka_unit_test(map_elites_moves_its_elites),
      cmocka_unit_test(an_emitter_learns_from_what_changes_the_archive),
      cmocka_unit_test(an_emitter_that_changes_nothing_begins_again_from_an_elite),
      cmocka_unit_test(archives_are_filled_with_good_candidates),
      cmocka_unit_test(a_loaded_archive_goes_on_bit_for_bit),
      cmocka_unit_test(an_archive_of_other_measures_is_not_loaded),
      cmocka_unit_test(spoilt_archives_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
