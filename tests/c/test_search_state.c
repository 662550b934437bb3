/* Searches in files that are what they should be, in files that are not, and where memory ends. */
#include "scarce.h"
#include "toy_search.h"

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
      cmocka_unit_test(a_loaded_search_goes_on_bit_for_bit),
      cmocka_unit_test(a_search_of_another_problem_is_not_loaded),
      cmocka_unit_test(spoilt_files_are_refused_or_harmless),
      cmocka_unit_test(what_finds_no_memory_says_so_and_loses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
