/* The face of searches, by every class in the list and by two that are not in it: what a class must have, settings and live
 * options, what is asked and told. */
#include "toy_search.h"

/* Of two rows of one name one has it: as where methods share a table and differ in a default. */
static bool same_rows(const rl_search_class *class, const rl_option *a, const rl_option *b) {
  const unsigned traits = rl_search_option_table(class).traits;
  return strcmp(a->name, b->name) == 0 && rl_option_has(a, traits) && rl_option_has(b, traits);
}

static void every_class_is_complete_and_its_rows_say_what_they_are(void **state) {
  (void)state;
  int count;
  rl_error error;
  static const char *const common[] = {"sigma",           "seed",  "minimize", "tolx", "max_iterations",
                                       "max_evaluations", "target"};
  const rl_search_space space = {.n = DIM, .x0 = start};
  const rl_search_class *const *classes = all_classes(&count);
  for (int c = 0; c < count; c++) {
    const rl_search_class *class = classes[c];
    const rl_options list = rl_search_option_table(class);
    if (class != &snes_class && class != &pairs_class)
      assert_ptr_equal(rl_search_find(class->name, &error), class);
    assert_true(class->parts && class->ask && class->tell);
    rl_search *search = make(class, &space);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
      if (strcmp(common[i], "target") != 0 || rl_search_view(search)->objectives == 1)
        assert_non_null(rl_options_find(list, common[i], &error));
    assert_ok(rl_options_check(list, rl_search_options(search), &error));
    for (int i = 0; i < list.count; i++) {
      const rl_option *option = &list.rows[i];
      assert_true(option->offset + sizeof(bool) <= class->options_size);
      assert_true(option->meaning && strlen(option->meaning) > 5);
      assert_ok(rl_option_check_value(option, option->value, &error));
      for (int j = 0; j < i; j++) assert_false(same_rows(class, option, &list.rows[j]));
      double now = rl_option_get(rl_search_options(search), option);
      bool to_be_filled_in = option->value == 0.0 && now != 0.0;
      if (rl_option_has(option, list.traits) && !isnan(option->value))
        assert_true(now == option->value || to_be_filled_in);
    }
    rl_search_free(search);
  }
  assert_null(rl_search_find("cmaess", &error));
  assert_non_null(strstr(error.message, "did you mean \"cmaes\"?"));
  rl_search *none;
  assert_refused(rl_search_create(&none, NULL, &space, NULL, &error), RL_BAD_ARGUMENT, "cmaess");
  assert_null(none);
}

static void settings_are_by_name_and_checked(void **state) {
  (void)state;
  int count;
  rl_error error;
  rl_search *search;
  const rl_search_space space = {.n = DIM, .x0 = start};
  const rl_search_class *const *classes = all_classes(&count);
  for (int c = 0; c < count; c++) {
    const rl_search_setting good[] = {{"seed", 7}, {"sigma", 0.25}, {"max_evaluations", 1e9}, {NULL, 0}};
    const rl_search_setting unknown[] = {{"seeed", 7}, {NULL, 0}}, outside[] = {{"sigma", 0.0}, {NULL, 0}},
                            half[] = {{"max_iterations", 1.5}, {NULL, 0}};
    search = make_with(classes[c], &space, good);
    assert_true(option_of(search, "seed") == 7.0 && option_of(search, "sigma") == 0.25);
    rl_search_free(search);
    assert_refused(rl_search_create(&search, classes[c], &space, unknown, &error), RL_BAD_ARGUMENT,
                   "did you mean \"seed\"");
    assert_refused(rl_search_create(&search, classes[c], &space, outside, &error), RL_BAD_ARGUMENT,
                   "option sigma: 0 is outside");
    assert_refused(rl_search_create(&search, classes[c], &space, half, &error), RL_BAD_ARGUMENT,
                   "not a whole number");
    assert_null(search);
  }
}

/* Every method climbs the hill, and the limits that they share end it. */
static void every_class_gets_better_and_says_why_it_stops(void **state) {
  (void)state;
  int count;
  const char *met[RL_SEARCH_CRITERIA];
  const rl_search_space space = {.n = DIM, .x0 = start};
  const rl_search_class *const *classes = all_classes(&count);
  for (int c = 0; c < count; c++) {
    rl_search *search = make(classes[c], &space);
    for (int t = 0; t < 3; t++) {
      assert_int_equal(rl_search_stop(search, met), 0);
      advance(search, 1);
    }
    const rl_search_state *view = rl_search_view(search);
    if (view->objectives == 1 && !(view->best_return > hill(start)))
      fail_msg("%s: %g", classes[c]->name, view->best_return);
    assert_int_equal(view->iterations, 3);
    change(search, "max_iterations", 3);
    change(search, "max_evaluations", (double)view->evaluations);
    if (view->objectives == 1) change(search, "target", hill(start));
    assert_int_equal(rl_search_stop(search, met), view->objectives == 1 ? 3 : 2);
    assert_string_equal(met[0], "max_iterations");
    assert_string_equal(met[1], "max_evaluations");
    if (view->objectives == 1) assert_string_equal(met[2], "target");
    rl_search_free(search);
  }
}

/* A method that knows no bounds sees one coordinate fewer, and its candidates come out as points. */
static void candidates_are_points_of_the_space(void **state) {
  (void)state;
  int count, n_classes;
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = bounded_space();
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    const double *x;
    rl_error error;
    for (int t = 0; t < 3; t++) {
      assert_null(rl_search_candidates(search, &count));
      assert_ok(rl_search_ask(search, &x, &count, &error));
      assert_ptr_equal(rl_search_candidates(search, &(int){0}), x);
      float *rounded = test_calloc((size_t)count * DIM, sizeof *rounded);
      rl_search_candidates_f32(search, rounded);
      for (int k = 0; k < count; k++)
        for (int i = 0; i < DIM; i++) {
          double at = x[k * DIM + i];
          assert_true(at >= low[i] && at <= high[i] && fabs((double)rounded[k * DIM + i] - at) < 1e-5);
          assert_true((double)rounded[k * DIM + i] >= low[i] && (double)rounded[k * DIM + i] <= high[i]);
          if (fixed[i]) assert_true(at == start[i]);
          if (whole[i]) assert_true(at == nearbyint(at));
        }
      test_free(rounded);
      double *value = test_calloc((size_t)count, sizeof *value);
      for (int k = 0; k < count; k++) value[k] = hill(x + k * DIM);
      assert_ok(tell_columns(search, value, &error));
      test_free(value);
    }
    const rl_search_state *s = rl_search_view(search);
    assert_true(s->mean[1] == 5.0 && s->deviation[1] == 0.0 && (s->objectives > 1 || s->best[1] == 5.0));
    if (s->objectives == 1) assert_near(hill(s->best), s->best_return, 1e-15);
    assert_true(rl_search_bytes(search) > sizeof(double) * DIM);
    rl_search_free(search);
  }
}

/* How many values and numbers beside them a candidate has is the class's to say. */
static void several_values_and_numbers_beside_them_are_told(void **state) {
  (void)state;
  const rl_search_space space = {.n = DIM, .x0 = start};
  const rl_search_setting list[] = {{"popsize", 4}, {"minimize", 1}, {NULL, 0}};
  const double value[] = {3, 1, 2, 5, NAN, 7, 4, 2}, limit[] = {0, INFINITY, 1, 2}, *x;
  int count;
  rl_error error;
  rl_search *search = make_with(&pairs_class, &space, list);
  assert_refused(rl_search_tell_more(search, value, limit, &error), RL_BAD_ARGUMENT, "tell: ask first");
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_refused(rl_search_tell(search, value, &error), RL_BAD_ARGUMENT, "2 objectives a candidate expected");
  assert_refused(rl_search_tell_more(search, value, NULL, &error), RL_BAD_ARGUMENT,
                 "1 limits a candidate expected, got none");
  assert_ok(rl_search_tell_more(search, value, limit, &error));
  assert_int_equal(search->finite, 2);
  assert_int_equal(rl_search_view(search)->not_finite, 2);
  assert_true(search->value[0] == -3.0 && search->value[1] == -1.0 && search->value[7] == -2.0);
  assert_true(isnan(search->value[2]) && isnan(search->value[3]) && isnan(search->value[4]));
  assert_true(search->extra[0] == 0.0 && search->extra[3] == 2.0);
  assert_true(search->order[0].index == 0 && search->order[1].index == 3 && search->order[1].value == -4.0);
  assert_true(isnan(rl_search_view(search)->best_return) && rl_search_view(search)->best_evaluation == 0);
  assert_int_equal(rl_search_view(search)->objectives, 2);
  assert_int_equal(rl_search_view(search)->extras, 1);
  rl_search_free(search);
}

static void only_live_options_change_and_within_their_range(void **state) {
  (void)state;
  int n_classes;
  rl_error error;
  const rl_search_space space = bounded_space();
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int c = 0; c < n_classes; c++) {
    const rl_options list = rl_search_option_table(classes[c]);
    rl_search *search = make(classes[c], &space);
    for (int i = 0; i < list.count; i++) {
      const rl_option *option = &list.rows[i];
      if (!rl_option_has(option, list.traits)) continue;
      if (!option->live)
        assert_refused(rl_search_set(search, option->name, option->max, &error), RL_BAD_ARGUMENT,
                       "cannot change during a run");
      else if (isfinite(option->max))
        assert_refused(rl_search_set(search, option->name, 2.0 * option->max, &error), RL_BAD_ARGUMENT,
                       option->name);
    }
    assert_refused(rl_search_set(search, "betta", 1.0, &error), RL_BAD_ARGUMENT, "unknown option");
    assert_refused(rl_search_set(search, "max_iterations", 1.5, &error), RL_BAD_ARGUMENT, "whole number");
    assert_refused(rl_search_set(search, "max_iterations", -1.0, &error), RL_BAD_ARGUMENT, "outside");
    assert_refused(rl_search_set(search, "max_iterations", NAN, &error), RL_BAD_ARGUMENT, "max_iterations");
    assert_ok(rl_search_set(search, "max_iterations", 2.0, &error));
    const char *met[RL_SEARCH_CRITERIA];
    advance(search, 2);
    assert_int_equal(rl_search_stop(search, met), 1);
    assert_string_equal(met[0], "max_iterations");
    rl_search_limit_seconds(search, 0.0);
    assert_int_equal(rl_search_stop(search, met), 2);
    assert_string_equal(met[1], "max_seconds");
    rl_search_free(search);
  }
}

static void tell_all(rl_search *search, double value) {
  const double *x;
  int count;
  rl_error error;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  double *values = test_calloc((size_t)count, sizeof *values);
  for (int k = 0; k < count; k++) values[k] = value;
  assert_ok(tell_columns(search, values, &error));
  test_free(values);
}

static void an_ask_without_a_finite_value_is_counted_and_changes_nothing(void **state) {
  (void)state;
  int n_classes, count;
  const char *met[RL_SEARCH_CRITERIA];
  const rl_search_space space = bounded_space();
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    for (int before = 0; before < 3; before += 2) { /* also before there is anything */
      advance(search, before);
      rl_search_state was = *rl_search_view(search);
      double mean[DIM], deviation[DIM];
      memcpy(mean, was.mean, sizeof mean);
      memcpy(deviation, was.deviation, sizeof deviation);
      tell_all(search, before ? (double)NAN : HUGE_VAL);
      const rl_search_state *now = rl_search_view(search);
      assert_int_equal(now->not_finite, was.not_finite + was.popsize);
      assert_int_equal(now->evaluations, was.evaluations + was.popsize);
      assert_int_equal(now->iterations, was.iterations);
      assert_int_equal(now->best_evaluation, was.best_evaluation);
      assert_memory_equal(now->mean, mean, sizeof mean);
      assert_memory_equal(now->deviation, deviation, sizeof deviation);
      assert_null(rl_search_candidates(search, &count));
    }
    advance(search, 1);
    for (int t = 0; t < RL_SEARCH_BARREN; t++) {
      assert_int_equal(rl_search_stop(search, met), 0);
      tell_all(search, (double)NAN);
      if (t != 20) continue;
      rl_search *same = make(classes[c], &space); /* how many there were is saved */
      rl_archive *archive = rl_archive_new();
      rl_error error;
      assert_ok(rl_search_save(search, archive, "s", &error));
      assert_ok(rl_search_load(same, archive, "s", &error));
      rl_archive_free(archive);
      rl_search_free(search);
      search = same;
    }
    assert_int_equal(rl_search_stop(search, met), 1);
    assert_string_equal(met[0], "not_finite");
    advance(search, 1);
    assert_int_equal(rl_search_stop(search, met), 0);
    rl_search_free(search);
  }
}

static void injected_points_are_asked_for_where_a_method_takes_them(void **state) {
  (void)state;
  int count, n_classes;
  rl_error error;
  const double *x, point[DIM] = {3.5, 5.0, -2.0, 0.25}, outside[DIM] = {9.0, 5.0, -2.0, 0.25},
                   broken[DIM] = {3.5, 5.0, -2.5, 0.25};
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = bounded_space();
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    if (!rl_search_can_inject(search)) {
      assert_refused(rl_search_inject(search, point, &error), RL_BAD_ARGUMENT, classes[c]->name);
    } else {
      assert_refused(rl_search_inject(search, outside, &error), RL_BAD_ARGUMENT, "coordinate 1 (hip) is 9");
      assert_refused(rl_search_inject(search, broken, &error), RL_BAD_ARGUMENT, "coordinate 3 (strands)");
      assert_ok(rl_search_inject(search, point, &error));
      assert_ok(rl_search_ask(search, &x, &count, &error));
      for (int i = 0; i < DIM; i++) assert_near(x[i], point[i], 1e-12);
    }
    rl_search_free(search);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_class_is_complete_and_its_rows_say_what_they_are),
      cmocka_unit_test(settings_are_by_name_and_checked),
      cmocka_unit_test(every_class_gets_better_and_says_why_it_stops),
      cmocka_unit_test(candidates_are_points_of_the_space),
      cmocka_unit_test(several_values_and_numbers_beside_them_are_told),
      cmocka_unit_test(only_live_options_change_and_within_their_range),
      cmocka_unit_test(an_ask_without_a_finite_value_is_counted_and_changes_nothing),
      cmocka_unit_test(injected_points_are_asked_for_where_a_method_takes_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
