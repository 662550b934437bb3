/* The face of searches: what every class must have, that bounds, whole numbers and fixed coordinates reach
 * methods that do not know them, live options, and files that are not what they should be. */
#include "base/memory.h"
#include "search/search_class.h"

#include "check.h"

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

/* Options of a class with its defaults, in memory of its own. */
static void *defaults_of(const rl_search_class *class) {
  void *options = test_calloc(1, class->options_size);
  class->defaults(class->kind, options);
  return options;
}

static rl_search *make(const rl_search_class *class, const rl_search_space *space) {
  rl_search *search;
  rl_error error;
  void *options = defaults_of(class);
  assert_ok(rl_search_create(&search, class, space, options, &error));
  test_free(options);
  return search;
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
    assert_ok(rl_search_tell(search, value, &error));
    test_free(value);
  }
}

static void every_class_is_complete_and_its_defaults_are_in_range(void **state) {
  (void)state;
  int count;
  rl_error error;
  const rl_search_class *const *classes = rl_search_classes(&count);
  for (int c = 0; c < count; c++) {
    const rl_search_class *class = classes[c];
    assert_ptr_equal(rl_search_find(class->name, &error), class);
    assert_true(class->create && class->free && class->ask && class->candidates && class->tell &&
                class->stop);
    assert_true(class->state && class->get_options && class->set_options && class->bytes);
    assert_true(class->save && class->load);
    void *options = defaults_of(class);
    assert_ok(rl_options_check(rl_search_option_table(class), options, &error));
    for (int i = 0; i < class->n_options; i++) {
      const rl_option *option = &class->options[i];
      assert_true(option->offset + sizeof(bool) <= class->options_size);
      if (option->type == RL_OPTION_BOOLEAN) continue;
      double value = rl_option_get(options, option);
      rl_option_set(options, option, option->type == RL_OPTION_NUMBER ? 0.25 : 3.0);
      assert_true(rl_option_get(options, option) == (option->type == RL_OPTION_NUMBER ? 0.25 : 3.0));
      rl_option_set(options, option, value);
      for (int j = 0; j < i; j++) assert_string_not_equal(option->name, class->options[j].name);
    }
    test_free(options);
  }
  assert_null(rl_search_find("cmaess", &error));
  assert_non_null(strstr(error.message, "did you mean \"cmaes\"?"));
}

/* A method that knows no bounds sees one coordinate fewer, and its candidates come out as points. */
static void candidates_are_points_of_the_space(void **state) {
  (void)state;
  int count, n_classes;
  const rl_search_class *const *classes = rl_search_classes(&n_classes);
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
      assert_ok(rl_search_tell(search, value, &error));
      test_free(value);
    }
    const rl_search_state *s = rl_search_get_state(search);
    assert_true(s->mean[1] == 5.0 && s->deviation[1] == 0.0 && s->best[1] == 5.0);
    assert_near(hill(s->best), s->best_value, 1e-15);
    assert_true(rl_search_bytes(search) > sizeof(double) * DIM);
    rl_search_free(search);
  }
}

static void only_live_options_change_and_within_their_range(void **state) {
  (void)state;
  rl_error error;
  const rl_search_space space = bounded_space();
  const rl_search_class *class = rl_search_find("cem", &error);
  rl_search *search = make(class, &space);
  for (int i = 0; i < class->n_options; i++) {
    const rl_option *option = &class->options[i];
    if (!option->live)
      assert_refused(rl_search_set(search, option, 1.0, &error), RL_BAD_ARGUMENT, "cannot change in mid-run");
    if (strcmp(option->name, "beta") == 0)
      assert_refused(rl_search_set(search, option, 1.0, &error), RL_BAD_ARGUMENT, "cannot change");
    if (strcmp(option->name, "max_iterations") == 0) {
      assert_refused(rl_search_set(search, option, 1.5, &error), RL_BAD_ARGUMENT, "not a whole number");
      assert_refused(rl_search_set(search, option, -1.0, &error), RL_BAD_ARGUMENT, "outside");
      assert_refused(rl_search_set(search, option, NAN, &error), RL_BAD_ARGUMENT, "max_iterations");
      assert_ok(rl_search_set(search, option, 2.0, &error));
    }
  }
  const char *met[RL_SEARCH_CRITERIA];
  advance(search, 2);
  assert_int_equal(rl_search_stop(search, met), 1);
  assert_string_equal(met[0], "max_iterations");
  rl_search_limit_seconds(search, 0.0);
  assert_int_equal(rl_search_stop(search, met), 2);
  assert_string_equal(met[1], "max_seconds");
  rl_search_free(search);
}

static void injected_points_are_asked_for_where_a_method_takes_them(void **state) {
  (void)state;
  int count, n_classes;
  rl_error error;
  const double *x, point[DIM] = {3.5, 5.0, -2.0, 0.25}, outside[DIM] = {9.0, 5.0, -2.0, 0.25},
                   broken[DIM] = {3.5, 5.0, -2.5, 0.25};
  const rl_search_class *const *classes = rl_search_classes(&n_classes);
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

/* Goes on for some iterations, the first with what was asked for before; until it is refused. */
static void go_on(rl_search *search) {
  rl_error error;
  for (int t = 0; t < 4; t++) {
    int count;
    const rl_search_state *s = rl_search_get_state(search);
    for (int i = 0; i < DIM; i++) assert_true(isfinite(s->mean[i]) && !isnan(s->deviation[i]));
    rl_search_stop(search, NULL);
    const double *x = rl_search_candidates(search, &count);
    if (!x && rl_search_ask(search, &x, &count, &error)) return;
    double *value = test_calloc((size_t)count, sizeof *value);
    for (int i = 0; i < count * DIM; i++) assert_true(isfinite(x[i]));
    for (int k = 0; k < count; k++) value[k] = k + 1.0;
    rl_status status = rl_search_tell(search, value, &error);
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
  char method[RL_ARCHIVE_NAME], key[RL_ARCHIVE_NAME];
  rl_archive_key(key, rl_archive_key(method, "s", class->name), "method");
  assert_ok(rl_archive_put_string(archive, key, class->name, &error));
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
  const rl_search_class *const *classes = rl_search_classes(&n_classes);
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

static int allocations_left;

static void *scarce_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return allocations_left-- > 0 ? aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                                : NULL;
}

static void plain_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

/* Whichever allocation fails; a search that could not ask or load goes on once there is memory again. */
static void what_finds_no_memory_says_so_and_loses_nothing(void **state) {
  (void)state;
  enum { PLENTY = 1 << 20 };
  int n_classes, count;
  const double *x;
  rl_error error;
  const rl_search_class *const *classes = rl_search_classes(&n_classes);
  const rl_search_space space = bounded_space();
  rl_set_allocator((rl_allocator){scarce_allocate, plain_release, NULL});
  for (int c = 0; c < n_classes; c++) {
    void *options = defaults_of(classes[c]);
    rl_status status = RL_NO_MEMORY;
    for (int left = 0; status; left++) {
      rl_search *search, *other;
      rl_archive *archive = NULL;
      allocations_left = left;
      status = rl_search_create(&search, classes[c], &space, options, &error);
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
    test_free(options);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_class_is_complete_and_its_defaults_are_in_range),
      cmocka_unit_test(candidates_are_points_of_the_space),
      cmocka_unit_test(only_live_options_change_and_within_their_range),
      cmocka_unit_test(injected_points_are_asked_for_where_a_method_takes_them),
      cmocka_unit_test(spoilt_files_are_refused_or_harmless),
      cmocka_unit_test(what_finds_no_memory_says_so_and_loses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
