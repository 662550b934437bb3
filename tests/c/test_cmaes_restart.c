/* CMA-ES with restarts: which run follows which is recomputed here from what the runs have spent. */
#include "check.h"

#include "base/memory.h"
#include "search/cmaes_restart.h"

enum { N = 5, MOST = 1 << 13 };

typedef double (*function)(const double *x);

static double flat(const double *x) { return 0.0 * x[0]; } /* a run ends after two generations */

static double rastrigin(const double *x) {
  const double pi = 3.14159265358979323846;
  double sum = 10.0 * N;
  for (int i = 0; i < N; i++) sum += x[i] * x[i] - 10.0 * cos(2.0 * pi * x[i]);
  return sum;
}

static const double x0[N] = {2.3, -1.4, 3.1, -2.2, 0.7};

static rl_cmaes_restart_options minimizing(rl_restarts restarts, uint64_t seed) {
  rl_cmaes_restart_options options = rl_cmaes_restart_defaults();
  options.restarts = restarts;
  options.run.sigma = 2.0;
  options.run.seed = seed;
  options.run.minimize = true;
  options.run.target = 1e-9;
  return options;
}

static rl_cmaes_restarts *make(rl_cmaes_restart_options options) {
  rl_cmaes_restarts *search;
  rl_error error;
  assert_ok(rl_cmaes_restarts_create(&search, N, x0, &options, &error));
  return search;
}

static void ask(rl_cmaes_restarts *search, function f, double *value) {
  rl_error error;
  const double *x;
  assert_ok(rl_cmaes_restarts_ask(search, &x, &error));
  int count = rl_cmaes_asked(rl_cmaes_restarts_run(search));
  assert_true(count <= MOST);
  for (int k = 0; k < count; k++) value[k] = f(x + k * N);
}

static void one_generation(rl_cmaes_restarts *search, function f) {
  static double value[MOST];
  rl_error error;
  ask(search, f, value);
  assert_ok(rl_cmaes_restarts_tell(search, value, &error));
}

static bool stops_by(const rl_cmaes_restarts *search, const char *name) {
  const char *names[RL_CMAES_RESTARTS_CRITERIA];
  int count = rl_cmaes_restarts_stop(search, names);
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

static void the_first_run_is_the_one_without_restarts(void **state) {
  (void)state;
  for (rl_restarts kind = RL_RESTARTS_NONE; kind < RL_RESTARTS; kind++) {
    rl_cmaes_restart_options options = minimizing(kind, 7);
    rl_cmaes_restarts *search = make(options);
    rl_cmaes *es;
    rl_error error;
    const double *x;
    static double value[MOST];
    assert_ok(rl_cmaes_create(&es, N, x0, &options.run, &error));
    while (!rl_cmaes_stop(es, NULL)) {
      assert_ok(rl_cmaes_ask(es, &x, &error));
      ask(search, rastrigin, value);
      size_t bytes = (size_t)(N * rl_cmaes_popsize(es)) * sizeof *x;
      assert_memory_equal(x, rl_cmaes_candidates(rl_cmaes_restarts_run(search)), bytes);
      assert_ok(rl_cmaes_tell(es, value, &error));
      assert_ok(rl_cmaes_restarts_tell(search, value, &error));
    }
    const char *names[RL_CMAES_RESTARTS_CRITERIA], *before[RL_CMAES_CRITERIA];
    assert_int_equal(rl_cmaes_restarts_count(search), kind == RL_RESTARTS_NONE ? 0 : 1);
    assert_int_equal(rl_cmaes_restarts_stop(search, names), kind == RL_RESTARTS_NONE ? 1 : 0);
    if (kind != RL_RESTARTS_NONE) {
      const char *why[RL_CMAES_CRITERIA];
      assert_int_equal(rl_cmaes_restarts_ended(search, before), rl_cmaes_stop(es, why));
      assert_string_equal(before[0], why[0]);
    }
    rl_cmaes_free(es);
    rl_cmaes_restarts_free(search);
  }
}

static void the_population_doubles_until_there_were_max_restarts(void **state) {
  (void)state;
  rl_cmaes_restart_options options = minimizing(RL_RESTARTS_IPOP, 1);
  options.run.target = NAN;
  rl_cmaes_restarts *search = make(options);
  int64_t evaluations = 0, iterations = 0;
  while (!rl_cmaes_restarts_stop(search, NULL)) {
    int popsize = rl_cmaes_popsize(rl_cmaes_restarts_run(search));
    assert_int_equal(popsize, 8 << rl_cmaes_restarts_count(search)); /* 4 + floor(3 ln 5) = 8 */
    one_generation(search, flat);
    evaluations += popsize;
    iterations++;
    assert_int_equal(rl_cmaes_restarts_evaluations(search), evaluations);
    assert_int_equal(rl_cmaes_restarts_iterations(search), iterations);
  }
  const char *names[RL_CMAES_CRITERIA];
  assert_int_equal(rl_cmaes_restarts_count(search), 9);
  assert_int_equal(iterations, 10 * 2);
  assert_true(stops_by(search, "max_restarts") && stops_by(search, "flatfitness"));
  assert_true(rl_cmaes_restarts_ended(search, names) > 0);
  assert_string_equal(names[0], "flatfitness");
  rl_cmaes_restarts_free(search);
}

/* The rule of Hansen 2009, from the evaluations that were counted from outside. */
static void two_populations_share_the_evaluations(void **state) {
  (void)state;
  int small_runs = 0, wide = 0, narrow = 0;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    rl_cmaes_restart_options options = minimizing(RL_RESTARTS_BIPOP, seed);
    options.max_restarts = 5;
    options.run.target = NAN;
    rl_cmaes_restarts *search = make(options);
    int64_t spent_large = 0, spent_small = 0, latest = 0, largest = 8, counted = 0;
    bool small = false;
    for (int run = 0; !rl_cmaes_restarts_stop(search, NULL); run++) {
      const rl_cmaes *es = rl_cmaes_restarts_run(search);
      int popsize = rl_cmaes_popsize(es);
      double sigma = rl_cmaes_sigma(es);
      if (run == 0) {
        assert_int_equal(popsize, 8);
      } else if ((small = spent_small < spent_large)) {
        assert_true(popsize >= 8 && popsize <= largest);
        assert_true(sigma > 0.01 * 2.0 && sigma <= 2.0);
        small_runs++;
        wide += sigma > 0.2;                                        /* half of the exponents */
        narrow += popsize < 8.0 * pow((double)largest / 8.0, 0.25); /* U < 1/2: half of them */
      } else {
        largest *= 2;
        assert_int_equal(popsize, largest);
        assert_true(sigma == 2.0);
      }
      while (rl_cmaes_restarts_count(search) == run && !rl_cmaes_restarts_stop(search, NULL))
        one_generation(search, rastrigin);
      int64_t evaluations = rl_cmaes_restarts_evaluations(search) - counted;
      counted += evaluations;
      if (small) {
        spent_small += evaluations;
        assert_true(evaluations < latest / 2 + popsize);
      } else if (run > 0) {
        spent_large += evaluations;
        latest = evaluations;
      }
    }
    assert_int_equal(largest, 8 << 5);
    assert_false(small); /* the last one is large */
    rl_cmaes_restarts_free(search);
  }
  assert_true(small_runs >= 20);
  /* three standard deviations of a binomial */
  assert_near(wide, small_runs / 2.0, 3.0 * sqrt(small_runs / 4.0));
  assert_near(narrow, small_runs / 2.0, 3.0 * sqrt(small_runs / 4.0));
}

static void restarts_solve_what_one_run_does_not(void **state) {
  (void)state;
  int alone = 0;
  for (uint64_t seed = 1; seed <= 3; seed++)
    for (rl_restarts kind = RL_RESTARTS_NONE; kind < RL_RESTARTS; kind++) {
      rl_cmaes_restarts *search = make(minimizing(kind, seed));
      double value;
      int64_t evaluation;
      while (!rl_cmaes_restarts_stop(search, NULL)) one_generation(search, rastrigin);
      const double *best = rl_cmaes_restarts_best(search, &value, &evaluation);
      assert_true(rastrigin(best) == value);
      assert_true(evaluation > 0 && evaluation <= rl_cmaes_restarts_evaluations(search));
      if (kind == RL_RESTARTS_NONE)
        alone += value <= 1e-9;
      else
        assert_true(value <= 1e-9 && stops_by(search, "target"));
      rl_cmaes_restarts_free(search);
    }
  assert_true(alone < 3);
}

/* 400 restarts on a flat function with the population as it is. */
static void runs_begin_anywhere_between_bounds_and_elsewhere_about_x0(void **state) {
  (void)state;
  const double lower[N] = {-10.0, -INFINITY, -INFINITY, -INFINITY, 0.0},
               upper[N] = {10.0, INFINITY, 3.5, INFINITY, 1.0};
  const double scale[N] = {1.0, 3.0, 1.0, 1.0, 1.0};
  const bool fixed[N] = {false, false, false, true, false};
  rl_cmaes_restart_options options = minimizing(RL_RESTARTS_IPOP, 3);
  options.run.lower = lower;
  options.run.upper = upper;
  options.run.scale = scale;
  options.run.fixed = fixed;
  options.run.target = NAN;
  options.popsize_factor = 1.0;
  options.max_restarts = 400;
  rl_cmaes_restarts *search = make(options);
  double sum[N] = {0.0}, squares[N] = {0.0}, mean[N];
  for (int count = 0; !rl_cmaes_restarts_stop(search, NULL); count = rl_cmaes_restarts_count(search)) {
    while (rl_cmaes_restarts_count(search) == count && !rl_cmaes_restarts_stop(search, NULL))
      one_generation(search, flat);
    if (rl_cmaes_restarts_count(search) == count) break;
    rl_cmaes_mean(rl_cmaes_restarts_run(search), mean);
    assert_true(mean[0] >= -10.0 && mean[0] <= 10.0 && mean[4] >= 0.0 && mean[4] <= 1.0 && mean[2] <= 3.5);
    assert_true(mean[3] == x0[3]);
    for (int i = 0; i < N; i++) {
      sum[i] += mean[i] / 400.0;
      squares[i] += mean[i] * mean[i] / 400.0;
    }
  }
  assert_int_equal(rl_cmaes_restarts_count(search), 400);
  /* mean and variance within four standard errors: of uniform ones the variance of a variance is that of
   * (x - m)^2, (b - a)^4 / 180 */
  const double want_mean[N] = {0.0, x0[1], 0.0, 0.0, 0.5},
               want_variance[N] = {400.0 / 12.0, 36.0, 0.0, 0.0, 1.0 / 12.0};
  const double spread[N] = {20.0 * 20.0 / sqrt(180.0), 36.0 * sqrt(2.0), 0.0, 0.0, 1.0 / sqrt(180.0)};
  const int checked[3] = {0, 1, 4};
  for (int c = 0; c < 3; c++) {
    int i = checked[c];
    assert_near(sum[i], want_mean[i], 4.0 * sqrt(want_variance[i] / 400.0));
    assert_near(squares[i] - sum[i] * sum[i], want_variance[i], 4.0 * spread[i] / sqrt(400.0));
  }
  rl_cmaes_restarts_free(search);
}

static void limits_are_of_all_runs(void **state) {
  (void)state;
  for (rl_restarts kind = RL_RESTARTS_IPOP; kind < RL_RESTARTS; kind++) {
    rl_cmaes_restart_options options = minimizing(kind, 4);
    options.run.max_evaluations = 20000;
    options.run.target = NAN;
    rl_cmaes_restarts *search = make(options);
    int last = 0;
    while (!rl_cmaes_restarts_stop(search, NULL)) {
      last = rl_cmaes_popsize(rl_cmaes_restarts_run(search));
      one_generation(search, rastrigin);
    }
    assert_true(stops_by(search, "max_evaluations"));
    assert_true(rl_cmaes_restarts_count(search) > 0);
    int64_t evaluations = rl_cmaes_restarts_evaluations(search);
    assert_true(evaluations >= 20000 && evaluations < 20000 + last);
    options.run.max_evaluations = 30000; /* and may be raised */
    rl_cmaes_restarts_set_limits(search, &options);
    while (!rl_cmaes_restarts_stop(search, NULL)) one_generation(search, rastrigin);
    assert_true(rl_cmaes_restarts_evaluations(search) >= 30000);
    rl_cmaes_restarts_free(search);
  }
}

static void same_ever_after(rl_cmaes_restarts *a, rl_cmaes_restarts *b, int generations) {
  for (int t = 0; t < generations && !rl_cmaes_restarts_stop(a, NULL); t++) {
    one_generation(a, rastrigin);
    one_generation(b, rastrigin);
    assert_int_equal(rl_cmaes_restarts_count(a), rl_cmaes_restarts_count(b));
    const rl_cmaes *p = rl_cmaes_restarts_run(a), *q = rl_cmaes_restarts_run(b);
    double mean[N], other[N];
    rl_cmaes_mean(p, mean);
    rl_cmaes_mean(q, other);
    assert_memory_equal(mean, other, sizeof mean);
    assert_true(rl_cmaes_sigma(p) == rl_cmaes_sigma(q) && rl_cmaes_popsize(p) == rl_cmaes_popsize(q));
  }
  double value, other;
  int64_t evaluation, other_evaluation;
  assert_memory_equal(rl_cmaes_restarts_best(a, &value, &evaluation),
                      rl_cmaes_restarts_best(b, &other, &other_evaluation), N * sizeof(double));
  assert_true(value == other && evaluation == other_evaluation);
  assert_int_equal(rl_cmaes_restarts_evaluations(a), rl_cmaes_restarts_evaluations(b));
  assert_int_equal(rl_cmaes_restarts_stop(a, NULL), rl_cmaes_restarts_stop(b, NULL));
}

static void a_search_saved_in_any_of_its_runs_resumes_as_the_same(void **state) {
  (void)state;
  static double value[MOST];
  rl_error error;
  for (rl_restarts kind = RL_RESTARTS_NONE; kind < RL_RESTARTS; kind++)
    for (int at = 0; at < 4; at++) { /* in the first run; later; just after a restart; between ask and tell */
      rl_cmaes_restart_options options = minimizing(kind, 5);
      options.max_restarts = 3;
      options.run.reevaluate = at == 1 ? 0.1 : 0.0;
      rl_cmaes_restarts *a = make(options), *b = make(options);
      for (int t = 0; t < (at == 0 ? 20 : 400); t++) one_generation(a, rastrigin);
      int count = rl_cmaes_restarts_count(a);
      while (at == 2 && rl_cmaes_restarts_count(a) == count && !rl_cmaes_restarts_stop(a, NULL))
        one_generation(a, rastrigin);
      if (at == 3) ask(a, rastrigin, value);
      rl_archive *archive = rl_archive_new();
      assert_ok(rl_cmaes_restarts_save(a, archive, "search", &error));
      assert_ok(rl_cmaes_restarts_load(b, archive, "search", &error));
      rl_archive_free(archive);
      if (at == 3) {
        assert_ok(rl_cmaes_restarts_tell(a, value, &error));
        assert_ok(rl_cmaes_restarts_tell(b, value, &error));
      }
      same_ever_after(a, b, 600);
      rl_cmaes_restarts_free(a);
      rl_cmaes_restarts_free(b);
    }
}

static void a_search_of_another_problem_or_a_spoilt_file_is_not_loaded(void **state) {
  (void)state;
  rl_error error;
  rl_cmaes_restart_options options = minimizing(RL_RESTARTS_IPOP, 5), other = options;
  rl_cmaes_restarts *a = make(options);
  for (int t = 0; t < 300; t++) one_generation(a, rastrigin);
  assert_true(rl_cmaes_restarts_count(a) > 0);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_cmaes_restarts_save(a, archive, "s", &error));
  other.restarts = RL_RESTARTS_BIPOP;
  rl_cmaes_restarts *b = make(other);
  assert_refused(rl_cmaes_restarts_load(b, archive, "s", &error), RL_BAD_FORMAT, "restarts is 1 there, 2");
  rl_cmaes_restarts_free(b);
  other = options, other.run.popsize = 9;
  b = make(other);
  assert_refused(rl_cmaes_restarts_load(b, archive, "s", &error), RL_BAD_FORMAT, "popsize is 8 there, 9");
  rl_cmaes_restarts_free(b);
  other = options, other.run.lower = (const double[N]){-9.0, -9.0, -9.0, -9.0, -9.0};
  b = make(other);
  assert_refused(rl_cmaes_restarts_load(b, archive, "s", &error), RL_BAD_FORMAT, "lower of coordinate 1");
  rl_cmaes_restarts_free(b);

  b = make(options); /* a copy to compare with: whatever fails to load changes nothing */
  assert_ok(rl_cmaes_restarts_load(b, archive, "s", &error));
  const rl_array *course = rl_archive_find(archive, "s.course");
  int64_t words[32], count = course->count;
  assert_true(count <= 32);
  memcpy(words, course->data, (size_t)count * sizeof *words);
  for (int64_t i = 0; i < count - 2; i++) { /* all but the seed, which may be any, and the budget */
    int64_t kept = words[i];
    words[i] = -1;
    assert_ok(rl_archive_put(archive, "s.course", RL_I64, 1, &count, words, &error));
    assert_int_equal(rl_cmaes_restarts_load(a, archive, "s", &error), RL_BAD_FORMAT);
    words[i] = kept;
  }
  assert_ok(rl_archive_put(archive, "s.course", RL_I64, 1, &count, words, &error));
  double spoilt[N] = {0.0, NAN};
  assert_ok(rl_archive_put(archive, "s.best", RL_F64, 1, (int64_t[]){N}, spoilt, &error));
  assert_refused(rl_cmaes_restarts_load(a, archive, "s", &error), RL_BAD_FORMAT, "s.best");
  same_ever_after(a, b, 50);
  rl_archive_free(archive);
  rl_cmaes_restarts_free(a);
  rl_cmaes_restarts_free(b);
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

static void a_restart_without_memory_is_tried_again(void **state) {
  (void)state;
  static double value[MOST];
  rl_error error;
  const double *x;
  rl_set_allocator((rl_allocator){scarce_allocate, plain_release, NULL});
  for (int left = 0; left < 3; left++) {
    allocations_left = 1000;
    rl_cmaes_restarts *a = make(minimizing(RL_RESTARTS_IPOP, 5));
    rl_status status = RL_OK;
    while (!status) {
      if (rl_cmaes_restarts_count(a) > 0) fail();
      ask(a, rastrigin, value);
      allocations_left = left;
      status = rl_cmaes_restarts_tell(a, value, &error);
      allocations_left = 1000;
    }
    assert_int_equal(status, RL_NO_MEMORY);
    assert_int_equal(rl_cmaes_restarts_count(a), 0);
    assert_int_equal(rl_cmaes_restarts_tell(a, value, &error), RL_BAD_ARGUMENT); /* they were taken */
    assert_ok(rl_cmaes_restarts_ask(a, &x, &error));
    assert_int_equal(rl_cmaes_restarts_count(a), 1);
    rl_cmaes_restarts_free(a);
  }
}

static void what_makes_no_sense_is_refused_by_name(void **state) {
  (void)state;
  rl_cmaes_restarts *search;
  rl_error error;
  rl_cmaes_restart_options good = minimizing(RL_RESTARTS_IPOP, 1), o;
#define REFUSED(text)                                                                                        \
  assert_refused(rl_cmaes_restarts_create(&search, N, x0, &o, &error), RL_BAD_ARGUMENT, text)
  o = good, o.max_restarts = -1;
  REFUSED("max_restarts: -1 is negative");
  o = good, o.popsize_factor = 0.5;
  REFUSED("popsize_factor: at least 1, got 0.5");
  o.popsize_factor = NAN;
  REFUSED("popsize_factor");
  o = good, o.restarts = RL_RESTARTS;
  REFUSED("restarts: none, ipop or bipop");
  o = good, o.run.sigma = -1.0;
  REFUSED("sigma");
#undef REFUSED
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_run_is_the_one_without_restarts),
      cmocka_unit_test(the_population_doubles_until_there_were_max_restarts),
      cmocka_unit_test(two_populations_share_the_evaluations),
      cmocka_unit_test(restarts_solve_what_one_run_does_not),
      cmocka_unit_test(runs_begin_anywhere_between_bounds_and_elsewhere_about_x0),
      cmocka_unit_test(limits_are_of_all_runs),
      cmocka_unit_test(a_search_saved_in_any_of_its_runs_resumes_as_the_same),
      cmocka_unit_test(a_search_of_another_problem_or_a_spoilt_file_is_not_loaded),
      cmocka_unit_test(what_makes_no_sense_is_refused_by_name),
      cmocka_unit_test(a_restart_without_memory_is_tried_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
