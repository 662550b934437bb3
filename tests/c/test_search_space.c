/* Bounds, whole numbers and fixed coordinates reach methods that do not know them. */
#include "toy_search.h"

/* Each coordinate of this space is one that float32 does not hold: bounds, a fixed value, whole numbers beyond
 * 2^24, numbers beyond float32; between the bounds of `narrow` there is none. Its optimum is in a corner. */
enum { AWKWARD = 8 };
static const double awkward_start[AWKWARD] = {0.05, -0.05, 0.1, 0.1 + 4e-10, 16777220.0, 0.3, 1e39, -0.7};
static const double awkward_low[AWKWARD] = {0.0, -0.1, -0.1, 0.1 + 3e-10, 16777217.0, 0.1, 1e38, -0.7},
                    awkward_high[AWKWARD] = {0.1, 0.0, 0.1, 0.1 + 5e-10, 16777227.0, 0.7, 2e39, 1e-50};
static const bool awkward_fixed[AWKWARD] = {[2] = true}, awkward_whole[AWKWARD] = {[4] = true};
enum { NARROW = 3 };

static rl_search_space awkward_space(const double *x0) {
  return (rl_search_space){.n = AWKWARD,
                           .x0 = x0,
                           .lower = awkward_low,
                           .upper = awkward_high,
                           .fixed = awkward_fixed,
                           .integer = awkward_whole};
}

static double corner(const double *x, int generation) {
  double sum = 100.0;
  for (int i = 0; i < AWKWARD; i++)
    sum += (generation % 2 ? 1.0 : -1.0) * (x[i] - awkward_low[i]) / (awkward_high[i] - awkward_low[i]);
  return sum;
}

/* The float32 of a point lies within the bounds and is taken wherever a point is. */
static void check_f32(rl_search *search, const double *point) {
  float rounded[AWKWARD];
  double back[AWKWARD];
  rl_error error;
  rl_search *next;
  rl_search_point_f32(search, point, rounded);
  for (int i = 0; i < AWKWARD; i++) {
    back[i] = (double)rounded[i];
    assert_true(isfinite(back[i]) && point[i] >= awkward_low[i] && point[i] <= awkward_high[i]);
    if (i != NARROW) assert_true(back[i] >= awkward_low[i] && back[i] <= awkward_high[i]);
    if (awkward_fixed[i]) assert_true(point[i] == awkward_start[i]);
    if (awkward_whole[i]) assert_true(back[i] == nearbyint(back[i]) && point[i] == nearbyint(point[i]));
  }
  if (rl_search_can_inject(search)) assert_ok(rl_search_inject(search, back, &error));
  const rl_search_space space = awkward_space(back);
  assert_ok(rl_search_create(&next, rl_search_method(search), &space, NULL, &error));
  for (int i = 0; i < AWKWARD; i++) {
    double x0 = rl_search_problem(next)->x0[i];
    assert_true(x0 >= awkward_low[i] && x0 <= awkward_high[i]);
  }
  rl_search_free(next);
}

static void what_is_handed_out_is_within_the_bounds_and_taken_back(void **state) {
  (void)state;
  int n_classes;
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = awkward_space(awkward_start);
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    for (int t = 0; t < 20; t++) {
      const double *x;
      int count;
      rl_error error;
      assert_ok(rl_search_ask(search, &x, &count, &error));
      double *value = test_calloc((size_t)count, sizeof *value), best = -INFINITY;
      for (int k = 0; k < count; k++) best = fmax(best, value[k] = corner(x + k * AWKWARD, t / 10));
      if (t == 0 || t == 19) check_f32(search, x);
      assert_ok(tell_columns(search, value, &error));
      test_free(value);
      const rl_search_state *view = rl_search_view(search);
      if (view->objectives == 1 && best == view->best_return)
        assert_true(corner(view->best, t / 10) == best); /* to the bit */
      if (t % 10 < 8) continue;
      check_f32(search, rl_search_view(search)->mean);
      if (view->objectives == 1) check_f32(search, rl_search_view(search)->best);
    }
    rl_search_free(search);
  }
}

static void best_is_what_was_evaluated(void **state) {
  (void)state;
  int n_classes;
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = bounded_space();
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    if (rl_search_view(search)->objectives == 1)
      for (int t = 0; t < 4; t++) {
        const double *x;
        int count;
        rl_error error;
        assert_ok(rl_search_ask(search, &x, &count, &error));
        float *rounded = test_calloc((size_t)count * DIM, sizeof *rounded);
        double *value = test_calloc((size_t)count, sizeof *value);
        rl_search_candidates_f32(search, rounded);
        for (int k = 0; k < count; k++) {
          double point[DIM];
          for (int i = 0; i < DIM; i++) point[i] = t % 2 ? (double)rounded[k * DIM + i] : x[k * DIM + i];
          value[k] = hill(point);
        }
        if (t % 2) rl_search_told_f32(search);
        assert_ok(tell_columns(search, value, &error));
        assert_true(hill(rl_search_view(search)->best) == rl_search_view(search)->best_return);
        test_free(value);
        test_free(rounded);
      }
    rl_search_free(search);
  }
}

static void deviations_are_at_most_a_third_of_a_range_and_it_is_said(void **state) {
  (void)state;
  int n_classes;
  const double x0[3] = {0.005, 0.0, 3.0}, lower[3] = {0.0, -INFINITY, 1.0}, upper[3] = {0.01, INFINITY, 3.0};
  const bool integer[3] = {false, false, true};
  const char *const of[3] = {"width", "depth", "legs"};
  const rl_search_setting wide[] = {{"sigma", 50.0}, {NULL, 0}};
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int c = 0; c < n_classes; c++) {
    rl_search_space space = {
        .n = 3, .x0 = x0, .lower = lower, .upper = upper, .integer = integer, .names = of};
    rl_search *search = make_with(classes[c], &space, wide);
    const rl_search_state *view = rl_search_view(search);
    assert_near(view->deviation[0], 0.01 / 3.0, 1e-15);
    assert_near(view->deviation[1], 50.0, 1e-12);
    assert_near(view->deviation[2], 1.0, 1e-12); /* three whole numbers */
    assert_true(option_of(search, "sigma") == 50.0);
    assert_non_null(strstr(view->notice, "coordinate 1 (width) is 0.003333, a third of its range [0, 0.01]"));
    assert_non_null(strstr(view->notice, "say 50; 1 more are changed so"));
    rl_search_free(search);

    space.n = 1; /* sigma itself where no coordinate uses all of it */
    search = make_with(classes[c], &space, wide);
    assert_near(option_of(search, "sigma"), 0.01 / 3.0, 1e-15);
    assert_near(rl_search_view(search)->deviation[0], 0.01 / 3.0, 1e-15);
    rl_search *same = make_with(classes[c], &space, wide);
    rl_archive *archive = rl_archive_new();
    rl_error error;
    assert_ok(rl_search_save(search, archive, "s", &error));
    assert_ok(rl_search_load(same, archive, "s", &error));
    assert_string_equal(rl_search_notice(same), "");
    assert_near(option_of(same, "sigma"), 0.01 / 3.0, 1e-15);
    assert_string_equal(rl_search_view(same)->notice, rl_search_view(search)->notice);
    rl_archive_free(archive);
    rl_search_free(same);
    rl_search_free(search);

    space.n = 3;
    search = make(classes[c], &(rl_search_space){.n = 3, .x0 = x0});
    assert_string_equal(rl_search_view(search)->notice, "");
    rl_search_free(search);
  }
}

/* x1^2 + (x2 - 1)^2 from (6, 3), with x1 whole: at every scale of it, though sigma is far below 1. */
static void whole_numbers_move_at_any_step_size(void **state) {
  (void)state;
  int n_classes;
  const double x0[2] = {6.0, 3.0}, scales[3] = {0.01, 1.0, 5.0}, lower[2] = {-20.0, -INFINITY};
  const bool integer[2] = {true, false};
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int c = 0; c < n_classes; c++)
    for (int at = 0; at < 6; at++) {
      const double scale[2] = {scales[at / 2], 1.0};
      /* a gradient in units of 5 is 25 times as long: the same step with lr that is 25 times smaller */
      const bool gradient = strcmp(classes[c]->name, "finite_difference") == 0;
      const rl_search_setting list[] = {
          {"seed", 1.0 + at},
          {gradient && at / 2 == 2 ? "lr" : "seed", gradient && at / 2 == 2 ? 0.004 : 1.0},
          {NULL, 0}};
      rl_search *search =
          make_with(classes[c],
                    &(rl_search_space){
                        .n = 2, .x0 = x0, .scale = scale, .integer = integer, .lower = at % 2 ? lower : NULL},
                    list);
      const rl_search_state *view = rl_search_view(search);
      if (view->objectives == 1)
        while (view->evaluations < 20000 && rl_search_stop(search, NULL) == 0 && view->mean[0] != 0.0) {
          const double *x;
          int count;
          rl_error error;
          assert_ok(rl_search_ask(search, &x, &count, &error));
          double *value = test_calloc((size_t)count, sizeof *value);
          for (int k = 0; k < count; k++) {
            assert_true(x[2 * k] == nearbyint(x[2 * k]));
            value[k] = exp(-0.05 * (x[2 * k] * x[2 * k] + (x[2 * k + 1] - 1.0) * (x[2 * k + 1] - 1.0)));
          }
          assert_ok(tell_columns(search, value, &error));
          test_free(value);
          view = rl_search_view(search);
        }
      if (view->objectives == 1 && view->mean[0] != 0.0)
        fail_msg("%s, scale %g: mean %g after %d evaluations", classes[c]->name, scale[0], view->mean[0],
                 (int)view->evaluations);
      rl_search_free(search);
    }
}

static void a_whole_number_without_a_choice_is_fixed(void **state) {
  (void)state;
  int n_classes;
  rl_error error;
  rl_search *search;
  const double x0[2] = {0.5, 0.0}, lower[2] = {0.4, -1.0}, upper[2] = {1.4, 1.0}, below[2] = {0.9, 1.0};
  const bool integer[2] = {true, false};
  const char *const of[2] = {"legs", "depth"};
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int c = 0; c < n_classes; c++) {
    rl_search_space space = {
        .n = 2, .x0 = x0, .lower = lower, .upper = upper, .integer = integer, .names = of};
    search = make(classes[c], &space);
    assert_true(rl_search_problem(search)->fixed[0] && !rl_search_problem(search)->fixed[1]);
    assert_true(rl_search_view(search)->mean[0] == 1.0 && rl_search_view(search)->deviation[0] == 0.0);
    rl_search_free(search);
    const double one[2] = {1.0, 0.0}, least[2] = {1.0, -1.0};
    space.x0 = one;
    space.lower = least;
    space.upper = (const double[]){1.0, 1.0};
    search = make(classes[c], &space);
    assert_true(rl_search_problem(search)->fixed[0]);
    rl_search_free(search);
    space.x0 = x0;
    space.lower = lower;
    space.upper = below;
    assert_refused(rl_search_create(&search, classes[c], &space, NULL, &error), RL_BAD_ARGUMENT,
                   "coordinate 1 (legs): no whole number in [0.4, 0.9]");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_handed_out_is_within_the_bounds_and_taken_back),
      cmocka_unit_test(best_is_what_was_evaluated),
      cmocka_unit_test(deviations_are_at_most_a_third_of_a_range_and_it_is_said),
      cmocka_unit_test(whole_numbers_move_at_any_step_size),
      cmocka_unit_test(a_whole_number_without_a_choice_is_fixed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
