/* CMA-ES with restarts: which run follows which is recomputed here from what the runs have spent. */
#include "scarce.h"
#include "search_check.h"

#include "base/memory.h"
#include "search/cmaes_internal.h"

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

static settings minimizing(rl_restarts restarts, uint64_t seed) {
  settings o = settings_of("cmaes");
  set(&o, "restarts", restarts);
  set(&o, "sigma", 2.0);
  set(&o, "seed", (double)seed);
  set(&o, "minimize", true);
  set(&o, "target", 1e-9);
  return o;
}

static rl_search *make(settings o) { return search_new(N, x0, NULL, &o); }
static int restarts_of(rl_search *search) { return rl_search_view(search)->restarts; }

static void ask(rl_search *search, function f, double *value) {
  rl_error error;
  const double *x;
  int count;
  assert_ok(rl_search_ask(search, &x, &count, &error));
  assert_true(count <= MOST);
  for (int k = 0; k < count; k++) value[k] = f(x + k * N);
}

static void one_generation(rl_search *search, function f) {
  static double value[MOST];
  rl_error error;
  ask(search, f, value);
  assert_ok(rl_search_tell(search, value, &error));
}

static void the_first_run_is_the_one_without_restarts(void **state) {
  (void)state;
  for (rl_restarts kind = RL_RESTARTS_IPOP; kind < RL_RESTARTS; kind++) {
    rl_search *search = make(minimizing(kind, 7)), *alone = make(minimizing(RL_RESTARTS_NONE, 7));
    rl_error error;
    static double value[MOST];
    int count;
    while (!rl_search_stop(alone, NULL)) {
      assert_int_equal(restarts_of(search), 0);
      ask(alone, rastrigin, value);
      ask(search, rastrigin, value);
      const double *x = rl_search_candidates(alone, &count);
      assert_memory_equal(x, rl_search_candidates(search, &count), (size_t)(N * count) * sizeof *x);
      assert_ok(rl_search_tell(alone, value, &error));
      assert_ok(rl_search_tell(search, value, &error));
    }
    const char *why[RL_SEARCH_CRITERIA];
    const rl_search_state *view = rl_search_view(search);
    assert_int_equal(view->restarts, 1);
    assert_int_equal(rl_search_stop(search, NULL), 0);
    assert_int_equal(view->n_ended, rl_search_stop(alone, why));
    assert_string_equal(view->ended[0], why[0]);
    assert_int_equal(restarts_of(alone), 0);
    rl_search_free(alone);
    rl_search_free(search);
  }
}

static void the_population_doubles_until_there_were_max_restarts(void **state) {
  (void)state;
  settings options = minimizing(RL_RESTARTS_IPOP, 1);
  set(&options, "target", NAN);
  rl_search *search = make(options);
  int64_t evaluations = 0, iterations = 0;
  while (!rl_search_stop(search, NULL)) {
    int popsize = count_of(search);
    assert_int_equal(popsize, 8 << restarts_of(search)); /* 4 + floor(3 ln 5) = 8 */
    one_generation(search, flat);
    evaluations += popsize;
    iterations++;
    assert_int_equal(rl_search_view(search)->evaluations, evaluations);
    assert_int_equal(rl_search_view(search)->iterations, iterations);
  }
  assert_int_equal(restarts_of(search), 9);
  assert_int_equal(iterations, 10 * 2);
  assert_true(stops_by(search, "max_restarts") && stops_by(search, "flatfitness"));
  assert_true(rl_search_view(search)->n_ended > 0);
  assert_string_equal(rl_search_view(search)->ended[0], "flatfitness");
  rl_search_free(search);
}

/* The rule of Hansen 2009, from the evaluations that were counted from outside. */
static void two_populations_share_the_evaluations(void **state) {
  (void)state;
  int small_runs = 0, wide = 0, narrow = 0;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    settings options = minimizing(RL_RESTARTS_BIPOP, seed);
    set(&options, "max_restarts", 5);
    set(&options, "target", NAN);
    rl_search *search = make(options);
    int64_t spent_large = 0, spent_small = 0, latest = 0, largest = 8, counted = 0;
    bool small = true;
    for (int run = 0; !rl_search_stop(search, NULL); run++) {
      int popsize = count_of(search);
      double sigma = rl_search_view(search)->sigma;
      if (run == 0) {
        assert_int_equal(popsize, 8);
        latest = INT32_MAX;
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
      while (restarts_of(search) == run && !rl_search_stop(search, NULL)) one_generation(search, rastrigin);
      int64_t evaluations = rl_search_view(search)->evaluations - counted;
      counted += evaluations;
      if (small) {
        spent_small += evaluations;
        assert_true(evaluations < latest + popsize);
      } else {
        spent_large += evaluations;
        latest = evaluations;
      }
    }
    assert_int_equal(largest, 8 << 5);
    assert_false(small); /* the last one is large */
    rl_search_free(search);
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
      rl_search *search = make(minimizing(kind, seed));
      while (!rl_search_stop(search, NULL)) one_generation(search, rastrigin);
      const rl_search_state *view = rl_search_view(search);
      double value = view->best_return;
      assert_true(rastrigin(view->best) == value);
      assert_true(view->best_evaluation > 0 && view->best_evaluation <= view->evaluations);
      if (kind == RL_RESTARTS_NONE)
        alone += value <= 1e-9;
      else
        assert_true(value <= 1e-9 && stops_by(search, "target"));
      rl_search_free(search);
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
  settings options = minimizing(RL_RESTARTS_IPOP, 3);
  set(&options, "target", NAN);
  set(&options, "popsize_factor", 1.0);
  set(&options, "max_restarts", 400);
  rl_search *search = search_in(
      (rl_search_space){.n = N, .x0 = x0, .lower = lower, .upper = upper, .scale = scale, .fixed = fixed},
      &options);
  double sum[N] = {0.0}, squares[N] = {0.0};
  for (int count = 0; !rl_search_stop(search, NULL); count = restarts_of(search)) {
    while (restarts_of(search) == count && !rl_search_stop(search, NULL)) one_generation(search, flat);
    if (restarts_of(search) == count) break;
    const double *mean = rl_search_view(search)->mean;
    assert_true(mean[0] >= -10.0 && mean[0] <= 10.0 && mean[4] >= 0.0 && mean[4] <= 1.0 && mean[2] <= 3.5);
    assert_true(mean[3] == x0[3]);
    for (int i = 0; i < N; i++) {
      sum[i] += mean[i] / 400.0;
      squares[i] += mean[i] * mean[i] / 400.0;
    }
  }
  assert_int_equal(restarts_of(search), 400);
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
  rl_search_free(search);
}

/* Bounds, where they are narrower, come first. */
static void runs_begin_between_the_limits_of_restarts(void **state) {
  (void)state;
  rl_error error;
  const double lower[N] = {-INFINITY, -1.5, -INFINITY, -10.0, -INFINITY},
               upper[N] = {INFINITY, INFINITY, 3.5, 10.0, INFINITY};
  const double from[N] = {-2.0, -1.5, -2.0, -2.0, -2.0}, to[N] = {6.0, 6.0, 3.5, 6.0, 6.0};
  settings options = minimizing(RL_RESTARTS_IPOP, 3);
  set(&options, "target", NAN);
  set(&options, "popsize_factor", 1.0);
  set(&options, "max_restarts", 400);
  set(&options, "restart_lower", -2.0);
  set(&options, "restart_upper", 6.0);
  rl_search *search =
      search_in((rl_search_space){.n = N, .x0 = x0, .lower = lower, .upper = upper}, &options);
  double sum[N] = {0.0}, squares[N] = {0.0};
  for (int run = 1; run <= 400; run++) {
    while (restarts_of(search) < run) one_generation(search, flat);
    const double *mean = rl_search_view(search)->mean;
    for (int i = 0; i < N; i++) {
      assert_true(mean[i] >= from[i] && mean[i] <= to[i]);
      sum[i] += mean[i] / 400.0;
      squares[i] += mean[i] * mean[i] / 400.0;
    }
  }
  for (int i = 0; i < N; i++) { /* within four standard errors */
    double width = to[i] - from[i], variance = width * width / 12.0;
    assert_near(sum[i], (from[i] + to[i]) / 2.0, 4.0 * sqrt(variance / 400.0));
    assert_near(squares[i] - sum[i] * sum[i], variance, 4.0 * width * width / sqrt(180.0 * 400.0));
  }
  rl_search_free(search);
  set(&options, "restart_upper", -3.0);
  assert_refused(try_search(&search, (rl_search_space){.n = N, .x0 = x0}, &options, &error), RL_BAD_ARGUMENT,
                 "restart_lower");
}

/* From the values that were told. */
static void a_run_ends_when_it_converges_to_something_worse(void **state) {
  (void)state;
  static double value[MOST], best_of[MOST];
  rl_error error;
  for (int maximize = 0; maximize < 2; maximize++)
    for (double share = 0.0; share < 0.2; share += 0.1) {
      settings options = minimizing(RL_RESTARTS_BIPOP, 1);
      set(&options, "minimize", !maximize);
      set(&options, "target", NAN);
      set(&options, "tolgap", share);
      set(&options, "max_restarts", 3);
      rl_search *search = make(options);
      double best = INFINITY;
      int ended = 0, run = 0;
      for (int t = 0; !rl_search_stop(search, NULL);) {
        int popsize = count_of(search), window = 10 + 30 * N / popsize;
        ask(search, rastrigin, value);
        best_of[t] = INFINITY;
        for (int k = 0; k < popsize; k++) best_of[t] = fmin(best_of[t], value[k]);
        best = fmin(best, best_of[t++]);
        for (int k = 0; maximize && k < popsize; k++) value[k] = -value[k];
        assert_ok(rl_search_tell(search, value, &error));
        double least = INFINITY, most = -INFINITY;
        for (int k = t > window ? t - window : 0; k < t; k++) {
          least = fmin(least, best_of[k]);
          most = fmax(most, best_of[k]);
        }
        bool behind = run > 0 && t >= window && most - least < share * (least - best), told = false;
        if (restarts_of(search) == run) {
          assert_int_equal(stops_by(search, "tolgap"), behind); /* the last run */
          continue;
        }
        const rl_search_state *view = rl_search_view(search);
        for (int i = 0; i < view->n_ended; i++) told = told || strcmp(view->ended[i], "tolgap") == 0;
        assert_int_equal(told, behind);
        ended += told;
        run++;
        t = 0;
      }
      assert_true(share > 0.0 ? ended >= 3 : ended == 0);
      rl_search_free(search);
    }
}

/* On a slope without an end, and only where other runs may follow. */
static double slope(const double *x) { return x[0]; }

static void a_run_that_diverges_ends(void **state) {
  (void)state;
  for (rl_restarts kind = RL_RESTARTS_NONE; kind < RL_RESTARTS; kind++)
    for (double most = 0.0; most <= 100.0; most += 100.0) {
      settings options = minimizing(kind, 2);
      set(&options, "target", -1e12);
      set(&options, "tolxup", most);
      set(&options, "max_restarts", 0);
      rl_search *search = make(options);
      double step = 0.0, last = 0.0;
      while (!rl_search_stop(search, NULL)) {
        one_generation(search, slope);
        last = step;
        step = rl_search_view(search)->deviation[0];
        for (int i = 1; i < N; i++) step = fmax(step, rl_search_view(search)->deviation[i]);
      }
      if (kind == RL_RESTARTS_NONE || most == 0.0)
        assert_true(stops_by(search, "target") && !stops_by(search, "tolxup"));
      else /* the longest axis is at most sqrt(N) longer than the longest of coordinates */
        assert_true(stops_by(search, "tolxup") && step * sqrt(N) > most * 2.0 && last <= most * 2.0);
      rl_search_free(search);
    }
}

static void limits_are_of_all_runs(void **state) {
  (void)state;
  for (rl_restarts kind = RL_RESTARTS_IPOP; kind < RL_RESTARTS; kind++) {
    settings options = minimizing(kind, 4);
    set(&options, "max_evaluations", 20000);
    set(&options, "target", NAN);
    rl_search *search = make(options);
    int last = 0;
    while (!rl_search_stop(search, NULL)) {
      last = count_of(search);
      one_generation(search, rastrigin);
    }
    assert_true(stops_by(search, "max_evaluations"));
    assert_true(restarts_of(search) > 0);
    int64_t evaluations = rl_search_view(search)->evaluations;
    assert_true(evaluations >= 20000 && evaluations < 20000 + last);
    change(search, "max_evaluations", 30000); /* and may be raised */
    while (!rl_search_stop(search, NULL)) one_generation(search, rastrigin);
    assert_true(rl_search_view(search)->evaluations >= 30000);
    rl_search_free(search);
  }
}

static void same_ever_after(rl_search *a, rl_search *b, int generations) {
  for (int t = 0; t < generations && !rl_search_stop(a, NULL); t++) {
    one_generation(a, rastrigin);
    one_generation(b, rastrigin);
    const rl_search_state *p = rl_search_view(a), *q = rl_search_view(b);
    assert_int_equal(p->restarts, q->restarts);
    assert_memory_equal(p->mean, q->mean, N * sizeof(double));
    assert_true(p->sigma == q->sigma && p->popsize == q->popsize);
  }
  const rl_search_state *p = rl_search_view(a), *q = rl_search_view(b);
  assert_memory_equal(p->best, q->best, N * sizeof(double));
  assert_true(p->best_return == q->best_return && p->best_evaluation == q->best_evaluation);
  assert_int_equal(p->evaluations, q->evaluations);
  assert_int_equal(rl_search_stop(a, NULL), rl_search_stop(b, NULL));
}

static void a_search_saved_in_any_of_its_runs_resumes_as_the_same(void **state) {
  (void)state;
  static double value[MOST];
  rl_error error;
  for (rl_restarts kind = RL_RESTARTS_NONE; kind < RL_RESTARTS; kind++)
    for (int at = 0; at < 4; at++) { /* in the first run; later; just after a restart; between ask and tell */
      settings options = minimizing(kind, 5);
      set(&options, "max_restarts", 3);
      set(&options, "reevaluate", at == 1 ? 0.1 : 0.0);
      rl_search *a = make(options), *b = make(options);
      for (int t = 0; t < (at == 0 ? 20 : 400); t++) one_generation(a, rastrigin);
      int count = restarts_of(a);
      while (at == 2 && restarts_of(a) == count && !rl_search_stop(a, NULL)) one_generation(a, rastrigin);
      if (at == 3) ask(a, rastrigin, value);
      rl_archive *archive = rl_archive_new();
      assert_ok(rl_search_save(a, archive, "search", &error));
      assert_ok(rl_search_load(b, archive, "search", &error));
      rl_archive_free(archive);
      if (at == 3) {
        assert_ok(rl_search_tell(a, value, &error));
        assert_ok(rl_search_tell(b, value, &error));
      }
      same_ever_after(a, b, 600);
      rl_search_free(a);
      rl_search_free(b);
    }
}

static void a_course_that_no_search_has_taken_is_not_loaded(void **state) {
  (void)state;
  rl_error error;
  rl_search *a = make(minimizing(RL_RESTARTS_IPOP, 5)), *b = make(minimizing(RL_RESTARTS_IPOP, 5));
  for (int t = 0; t < 300; t++) one_generation(a, rastrigin);
  assert_true(restarts_of(a) > 0);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_search_save(a, archive, "s", &error));
  assert_ok(
      rl_search_load(b, archive, "s", &error)); /* to compare with: what fails to load changes nothing */
  const rl_array *course = rl_archive_find(archive, "s.cmaes.course");
  int64_t words[RL_COURSE_WORDS], count = course->count;
  assert_int_equal(count, RL_COURSE_WORDS);
  memcpy(words, course->data, sizeof words);
  for (int i = 0; i < RL_COURSE_WORDS; i++) {
    if (&words[i] == &((rl_cmaes_course *)words)->seed) continue; /* may be any */
    int64_t kept = words[i];
    words[i] = -1;
    assert_ok(rl_archive_put(archive, "s.cmaes.course", RL_I64, 1, &count, words, &error));
    assert_refused(rl_search_load(a, archive, "s", &error), RL_BAD_FORMAT, "s.cmaes.course");
    words[i] = kept;
  }
  same_ever_after(a, b, 50);
  rl_archive_free(archive);
  rl_search_free(a);
  rl_search_free(b);
}

static void a_restart_without_memory_is_tried_again(void **state) {
  (void)state;
  static double value[MOST];
  rl_error error;
  const double *x;
  int count;
  rl_set_allocator((rl_allocator){scarce_allocate, scarce_release, NULL});
  allocations_left = 1000;
  rl_search *a = make(minimizing(RL_RESTARTS_IPOP, 5));
  rl_status status = RL_OK;
  while (!status) {
    if (restarts_of(a) > 0) fail();
    ask(a, rastrigin, value);
    allocations_left = 0;
    status = rl_search_tell(a, value, &error);
    allocations_left = 1000;
  }
  assert_int_equal(status, RL_NO_MEMORY);
  assert_int_equal(restarts_of(a), 0);
  assert_int_equal(rl_search_tell(a, value, &error), RL_BAD_ARGUMENT); /* they were taken */
  assert_ok(rl_search_ask(a, &x, &count, &error));
  assert_int_equal(restarts_of(a), 1);
  rl_search_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_run_is_the_one_without_restarts),
      cmocka_unit_test(the_population_doubles_until_there_were_max_restarts),
      cmocka_unit_test(two_populations_share_the_evaluations),
      cmocka_unit_test(restarts_solve_what_one_run_does_not),
      cmocka_unit_test(runs_begin_anywhere_between_bounds_and_elsewhere_about_x0),
      cmocka_unit_test(runs_begin_between_the_limits_of_restarts),
      cmocka_unit_test(a_run_ends_when_it_converges_to_something_worse),
      cmocka_unit_test(a_run_that_diverges_ends),
      cmocka_unit_test(limits_are_of_all_runs),
      cmocka_unit_test(a_search_saved_in_any_of_its_runs_resumes_as_the_same),
      cmocka_unit_test(a_course_that_no_search_has_taken_is_not_loaded),
      cmocka_unit_test(a_restart_without_memory_is_tried_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
