/* The face of searches, by every class in the list and by one that is not in it: what a class must have, that
 * bounds, whole numbers and fixed coordinates reach methods that do not know them, live options, files that
 * are what they should be and files that are not. */
#include "base/memory.h"

#include "scarce.h"
#include "search_check.h"

/* A separable natural evolution strategy (Wierstra et al. 2014, "Natural Evolution Strategies", SNES): the
 * smallest class that there can be. */

typedef struct snes_options {
  rl_search_common common;
  int popsize;
} snes_options;

static const rl_option snes_table[] = {
    {"sigma", "", "standard deviation at first", 1, 1e-150, 1e150, .type = RL_OPTION_NUMBER,
     .offset = offsetof(snes_options, common.sigma)},
    {"popsize", "", "candidates an iteration", 20, 2, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = offsetof(snes_options, popsize)},
    {"tolx", "", "ends the search when no standard deviation is above it", 1e-12, 0, 1e300,
     .type = RL_OPTION_NUMBER, .offset = offsetof(snes_options, common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct snes {
  double *normal; /* [count, n] */
} snes;

static rl_status snes_create(rl_search *s, rl_error *error) {
  (void)error;
  s->count = ((const snes_options *)s->options)->popsize;
  return RL_OK;
}

static int snes_parts(rl_search *s, rl_search_part *list) {
  snes *m = s->state;
  list[0] = (rl_search_part){"normal", (size_t)s->count * (size_t)s->n, .array = &m->normal};
  list[1] = (rl_search_part){"deviation", (size_t)s->n, .number = s->deviation};
  return 2;
}

/* Candidates follow from the rest of the state. */
static rl_status snes_place(rl_search *s, const char *prefix, rl_error *error) {
  const snes *m = s->state;
  for (int at = 0, n = s->n; at < s->count * n; at++)
    s->row[at] = s->mean[at % n] + s->deviation[at % n] * m->normal[at];
  bool finite = rl_all_finite(s->row, (size_t)s->count * (size_t)s->n);
  return finite ? RL_OK : rl_fail(error, RL_NOT_FINITE, "%s: candidates that are not finite", prefix);
}

static rl_status snes_ask(rl_search *s, rl_error *error) {
  snes *m = s->state;
  for (int at = 0; at < s->count * s->n; at++) m->normal[at] = (double)rl_rng_normal(&s->rng);
  return snes_place(s, "snes", error);
}

static rl_status snes_tell(rl_search *s, rl_error *error) {
  (void)error;
  const snes *m = s->state;
  double sum = 0.0, rate = (3.0 + log(s->n)) / (5.0 * sqrt(s->n));
  for (int k = 0; k < s->count; k++) sum += fmax(0.0, log(s->count / 2.0 + 1.0) - log(k + 1.0));
  for (int i = 0; i < s->n; i++) {
    double along = 0.0, wider = 0.0;
    for (int k = 0; k < s->count; k++) {
      double z = m->normal[s->order[k].index * s->n + i];
      double utility = fmax(0.0, log(s->count / 2.0 + 1.0) - log(k + 1.0)) / sum - 1.0 / s->count;
      along += utility * z;
      wider += utility * (z * z - 1.0);
    }
    s->mean[i] += s->deviation[i] * along;
    s->deviation[i] *= exp(rate / 2.0 * wider);
  }
  return RL_OK;
}

static const rl_search_class snes_class = {.name = "snes",
                                           .meaning = "separable natural evolution strategy",
                                           .source = "Schaul, Glasmachers & Schmidhuber 2011",
                                           .options = snes_table,
                                           .n_options = sizeof snes_table / sizeof *snes_table,
                                           .options_size = sizeof(snes_options),
                                           .state_size = sizeof(snes),
                                           .create = snes_create,
                                           .parts = snes_parts,
                                           .ask = snes_ask,
                                           .tell = snes_tell,
                                           .loaded = snes_place};

/* The same, of which a candidate has two values and one number beside. */

static rl_status pairs_create(rl_search *s, rl_error *error) {
  s->objectives = 2;
  s->extras = 1;
  return snes_create(s, error);
}

static const rl_search_class pairs_class = {.name = "pairs",
                                            .meaning = "ranks by the first objective",
                                            .source = "none",
                                            .options = snes_table,
                                            .n_options = sizeof snes_table / sizeof *snes_table,
                                            .options_size = sizeof(snes_options),
                                            .state_size = sizeof(snes),
                                            .extras = "limits",
                                            .create = pairs_create,
                                            .parts = snes_parts,
                                            .ask = snes_ask,
                                            .tell = snes_tell,
                                            .loaded = snes_place};

/* All there are, and the two above. */
static const rl_search_class *const *all_classes(int *count) {
  static const rl_search_class *all[64];
  const rl_search_class *const *listed = rl_search_classes(count);
  assert_true(*count < 63);
  memcpy(all, listed, (size_t)*count * sizeof *all);
  all[(*count)++] = &snes_class;
  all[(*count)++] = &pairs_class;
  return all;
}

enum { DIM = 4 };

static const double start[DIM] = {1.0, 5.0, 2.0, 0.5};
/* 0.1 and 0.7 are not float32. */
static const double low[DIM] = {0.1, -INFINITY, -3.0, 0.0}, high[DIM] = {4.0, INFINITY, 6.0, 0.7};
static const bool fixed[DIM] = {false, true, false, false}, whole[DIM] = {false, false, true, false};
static const char *const names[DIM] = {"hip", "mass", "strands", "phase"};

static rl_search_space bounded_space(void) {
  return (rl_search_space){
      .n = DIM, .x0 = start, .lower = low, .upper = high, .fixed = fixed, .integer = whole, .names = names};
}

static rl_search *make_with(const rl_search_class *class, const rl_search_space *space,
                            const rl_search_setting *list) {
  rl_search *search;
  rl_error error;
  assert_ok(rl_search_create(&search, class, space, list, &error));
  return search;
}

static rl_search *make(const rl_search_class *class, const rl_search_space *space) {
  return make_with(class, space, NULL);
}

static double hill(const double *x) {
  double sum = 0.0;
  for (int i = 0; i < DIM; i++) sum += (x[i] - 1.0) * (x[i] - 1.0);
  return exp(-0.05 * sum);
}

static void advance(rl_search *search, int iterations) {
  rl_error error;
  for (int t = 0; t < iterations; t++) {
    const double *x;
    int count;
    assert_ok(rl_search_ask(search, &x, &count, &error));
    double *value = test_calloc((size_t)count, sizeof *value);
    for (int k = 0; k < count; k++) value[k] = hill(x + k * DIM);
    assert_ok(tell_columns(search, value, &error));
    test_free(value);
  }
}

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

/* What a method does not do by default, for its file. */
static const struct {
  const char *method;
  rl_search_setting list[5];
} variants[] = {{"cmaes", {{"diagonal", 1}}},
                {"cmaes", {{"reevaluate", 0.2}, {"max_noise_evaluations", 9}}},
                {"cmaes", {{"restarts", 1}, {"tolx", 10}}},
                {"cmaes", {{"restarts", 2}, {"tolx", 10}, {"popsize", 4}}},
                {"cem", {{"full", 1}, {"noise", 0.1}}},
                {"power", {{"full", 1}, {"noise", 0.1}, {"elite", 0.5}}},
                {"ars", {{"top", 3}}},
                {"finite_difference", {{"directions", 3}, {"lr", 0.01}}},
                {"finite_difference", {{"central", 0}}},
                {"hill_climb", {{"reevaluate", 1}}},
                {"cmaes", {{"constraints", 2}}},
                {"cmaes", {{"constraints", 3}, {"restarts", 2}, {"tolx", 10}, {"popsize", 4}}},
                {"mo_cmaes", {{"offspring", 1}, {"popsize", 5}}},
                {"mo_cmaes", {{"objectives", 3}, {"popsize", 7}, {"diagonal", 1}}}};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void assert_same_state(rl_search *a, rl_search *b) {
  const rl_search_state *p = rl_search_view(a), *q = rl_search_view(b);
  const size_t size = DIM * sizeof(double);
  assert_memory_equal(p->mean, q->mean, size);
  assert_memory_equal(p->deviation, q->deviation, size);
  assert_memory_equal(p->best, q->best, size);
  assert_true(p->best_return == q->best_return || (p->objectives > 1 && isnan(q->best_return)));
  assert_int_equal(p->best_evaluation, q->best_evaluation);
  assert_true(p->iterations == q->iterations && p->evaluations == q->evaluations && p->sigma == q->sigma);
  assert_true(p->popsize == q->popsize && p->restarts == q->restarts &&
              p->noise_evaluations == q->noise_evaluations);
  assert_int_equal(rl_search_stop(a, NULL), rl_search_stop(b, NULL));
}

/* What the candidates return where it is noisy: by their place among those of an ask. */
static void tell_hill(rl_search *search, bool noisy) {
  rl_error error;
  int count;
  const double *x = rl_search_candidates(search, &count);
  double *value = test_calloc((size_t)count, sizeof *value);
  for (int k = 0; k < count; k++) value[k] = hill(x + k * DIM) * (noisy ? 1.0 + k * 7 % 5 / 10.0 : 1.0);
  assert_ok(tell_columns(search, value, &error));
  test_free(value);
}

/* Saved after a tell (0), with a point waiting to be injected (1), between ask and tell (2). */
static void check_resumes(const rl_search_class *class, const rl_search_setting *list, int when) {
  rl_error error;
  const rl_search_space space = bounded_space();
  const double point[DIM] = {3.5, 5.0, -2.0, 0.25}, *x, *y;
  const bool noisy = list != NULL;
  rl_search *a = make_with(class, &space, list), *b = make_with(class, &space, list);
  int count, other;
  for (int t = 0; t < 9; t++) {
    assert_ok(rl_search_ask(a, &x, &count, &error));
    tell_hill(a, noisy);
  }
  if (when && rl_search_can_inject(a)) assert_ok(rl_search_inject(a, point, &error));
  if (when == 2) assert_ok(rl_search_ask(a, &x, &count, &error));
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_search_save(a, archive, "s", &error));
  advance(b, 3); /* whatever it was */
  assert_ok(rl_search_load(b, archive, "s", &error));
  rl_archive_free(archive);
  for (int t = 0; t < 12; t++) {
    assert_same_state(a, b);
    if (t > 0 || when < 2) {
      assert_null(rl_search_candidates(a, &count));
      assert_null(rl_search_candidates(b, &count));
      assert_ok(rl_search_ask(a, &x, &count, &error));
      assert_ok(rl_search_ask(b, &y, &other, &error));
    }
    x = rl_search_candidates(a, &count);
    y = rl_search_candidates(b, &other);
    assert_int_equal(count, other);
    assert_true(x && y);
    assert_memory_equal(x, y, (size_t)(count * DIM) * sizeof *x);
    tell_hill(a, noisy);
    tell_hill(b, noisy);
  }
  rl_search_free(a);
  rl_search_free(b);
}

static void a_loaded_search_goes_on_bit_for_bit(void **state) {
  (void)state;
  int n_classes;
  rl_error error;
  const rl_search_class *const *classes = all_classes(&n_classes);
  for (int when = 0; when < 3; when++) {
    for (int c = 0; c < n_classes; c++) check_resumes(classes[c], NULL, when);
    for (int v = 0; v < VARIANTS; v++)
      check_resumes(rl_search_find(variants[v].method, &error), variants[v].list, when);
  }
}

static void a_search_of_another_problem_is_not_loaded(void **state) {
  (void)state;
  int n_classes;
  rl_error error;
  const rl_search_space space = bounded_space();
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_setting turned[] = {{"minimize", 1}, {NULL, 0}};
  for (int c = 0; c < n_classes; c++) {
    rl_search *a = make(classes[c], &space), *b = make_with(classes[c], &space, turned);
    advance(a, 2);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_search_save(a, archive, "s", &error));
    assert_refused(rl_search_load(b, archive, "s", &error), RL_BAD_FORMAT, "minimize is 0 there, 1 here");
    for (int other = 0; other < n_classes; other++) {
      rl_search *d = make(classes[other], &space);
      if (other != c) assert_refused(rl_search_load(d, archive, "s", &error), RL_BAD_FORMAT, "the method is");
      rl_search_free(d);
    }
    rl_archive_free(archive);
    rl_search_free(a);
    rl_search_free(b);
  }
}

/* Goes on for some iterations, the first with what was asked for before; until it is refused. */
static void go_on(rl_search *search) {
  rl_error error;
  for (int t = 0; t < 4; t++) {
    int count;
    const rl_search_state *s = rl_search_view(search);
    for (int i = 0; i < DIM; i++) assert_true(isfinite(s->mean[i]) && !isnan(s->deviation[i]));
    rl_search_stop(search, NULL);
    const double *x = rl_search_candidates(search, &count);
    if (!x && rl_search_ask(search, &x, &count, &error)) return;
    double *value = test_calloc((size_t)count, sizeof *value);
    for (int i = 0; i < count * DIM; i++) assert_true(isfinite(x[i]));
    for (int k = 0; k < count; k++) value[k] = k + 1.0;
    rl_status status = tell_columns(search, value, &error);
    test_free(value);
    if (status) return;
  }
}

/* Each array and string of a saved search in turn is missing, of another length, or spoilt by `value` in its
 * first and last element: a load fails or leaves a search that goes on, and a failed one changes nothing. */
static void spoil(const rl_search_class *class, const rl_archive *saved, int which, double value) {
  rl_error error;
  const rl_search_space space = bounded_space();
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_archive_put_string(archive, "s.method", class->name, &error));
  for (int i = 0; i < rl_archive_count(saved); i++) {
    const rl_array *array = rl_archive_at(saved, i);
    size_t size = array->dtype == RL_U8 ? 1 : 8;
    char *data = test_calloc((size_t)array->count + 1, size);
    memcpy(data, array->data, (size_t)array->count * size);
    int64_t count = array->count;
    if (i == which && isnan(value) && count > 0) count--; /* cut off */
    if (i == which && array->dtype == RL_F64 && array->count > 0)
      for (int end = 0; end < 2; end++) ((double *)data)[end ? array->count - 1 : 0] = value;
    if (i == which && (array->dtype == RL_I64 || array->dtype == RL_U64) && array->count > 0 && !isnan(value))
      for (int end = 0; end < 2; end++)
        ((int64_t *)data)[end ? array->count - 1 : 0] = value < 0.0 ? INT64_MIN : INT64_MAX;
    if (i == which && array->dtype == RL_U8 && array->count > 0) data[array->count - 1] = 'x';
    assert_ok(rl_archive_put(archive, array->name, array->dtype, 1, &count, data, &error));
    test_free(data);
  }
  rl_search *search = make(class, &space), *twin = make(class, &space);
  advance(search, 2);
  advance(twin, 2);
  rl_status status = rl_search_load(search, archive, "s", &error);
  int count;
  const double *a, *b;
  if (status) { /* as before */
    assert_ok(rl_search_ask(search, &a, &count, &error));
    assert_ok(rl_search_ask(twin, &b, &count, &error));
    assert_memory_equal(a, b, (size_t)count * DIM * sizeof *a);
  } else {
    go_on(search);
  }
  rl_search_free(search);
  rl_search_free(twin);
  rl_archive_free(archive);
}

static void spoilt_files_are_refused_or_harmless(void **state) {
  (void)state;
  const double *x;
  int n_classes, count;
  rl_error error;
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = bounded_space();
  for (int c = 0; c < n_classes; c++) {
    rl_search *search = make(classes[c], &space);
    advance(search, 3);
    assert_ok(rl_search_ask(search, &x, &count, &error));
    rl_archive *saved = rl_archive_new();
    assert_ok(rl_search_save(search, saved, "s", &error));
    const double values[] = {NAN, INFINITY, -1e300, 1e300, 0.0, -0.5};
    for (int i = 0; i < rl_archive_count(saved); i++)
      for (size_t v = 0; v < sizeof values / sizeof *values; v++) spoil(classes[c], saved, i, values[v]);
    rl_archive *empty = rl_archive_new();
    assert_refused(rl_search_load(search, empty, "s", &error), RL_BAD_FORMAT, "holds no search");
    rl_archive_free(empty);
    rl_archive_free(saved);
    rl_search_free(search);
  }
}

/* Whichever allocation fails; a search that could not ask or load goes on once there is memory again. */
static void what_finds_no_memory_says_so_and_loses_nothing(void **state) {
  (void)state;
  enum { PLENTY = 1 << 20 };
  int n_classes, count;
  const double *x;
  rl_error error;
  const rl_search_class *const *classes = all_classes(&n_classes);
  const rl_search_space space = bounded_space();
  rl_set_allocator((rl_allocator){scarce_allocate, scarce_release, NULL});
  for (int c = 0; c < n_classes; c++) {
    rl_status status = RL_NO_MEMORY;
    for (int left = 0; status; left++) {
      rl_search *search, *other;
      rl_archive *archive = NULL;
      allocations_left = left;
      status = rl_search_create(&search, classes[c], &space, NULL, &error);
      if (status) {
        assert_int_equal(status, RL_NO_MEMORY);
        assert_null(search);
        continue;
      }
      status = rl_search_ask(search, &x, &count, &error);
      assert_true(status == RL_OK || status == RL_NO_MEMORY);
      if (!status) archive = rl_archive_new();
      status = archive ? rl_search_save(search, archive, "s", &error) : RL_NO_MEMORY;
      assert_true(status == RL_OK || status == RL_NO_MEMORY);
      if (!status) {
        const int kept = allocations_left;
        allocations_left = PLENTY;
        other = make(classes[c], &space);
        allocations_left = kept;
        status = rl_search_load(other, archive, "s", &error);
        assert_true(status == RL_OK || status == RL_NO_MEMORY);
        allocations_left = PLENTY;
        advance(other, 1);
        rl_search_free(other);
      }
      allocations_left = PLENTY;
      advance(search, 1);
      rl_archive_free(archive);
      rl_search_free(search);
    }
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
      cmocka_unit_test(what_is_handed_out_is_within_the_bounds_and_taken_back),
      cmocka_unit_test(best_is_what_was_evaluated),
      cmocka_unit_test(deviations_are_at_most_a_third_of_a_range_and_it_is_said),
      cmocka_unit_test(an_ask_without_a_finite_value_is_counted_and_changes_nothing),
      cmocka_unit_test(whole_numbers_move_at_any_step_size),
      cmocka_unit_test(a_whole_number_without_a_choice_is_fixed),
      cmocka_unit_test(injected_points_are_asked_for_where_a_method_takes_them),
      cmocka_unit_test(a_loaded_search_goes_on_bit_for_bit),
      cmocka_unit_test(a_search_of_another_problem_is_not_loaded),
      cmocka_unit_test(spoilt_files_are_refused_or_harmless),
      cmocka_unit_test(what_finds_no_memory_says_so_and_loses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
