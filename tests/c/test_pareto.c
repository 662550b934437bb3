/* Domination, hypervolumes and selection by both, against values worked out by hand and against all subsets. */
#include "check.h"

#include "base/rng.h"
#include "search/pareto.h"

#include <math.h>

enum { MOST = 64, OBJECTIVES = 5 };

static double numbers[(MOST + 3) * (OBJECTIVES * (OBJECTIVES + 1) + 1)];
static rl_rank order[MOST * (OBJECTIVES + 1)];
static int rank_room[2 * MOST];

static rl_pareto_room room_for(int n, int m) {
  assert_true(rl_pareto_numbers(n, m) <= sizeof numbers / sizeof *numbers);
  assert_true(rl_pareto_orders(n, m) <= sizeof order / sizeof *order);
  return (rl_pareto_room){numbers, order, rank_room};
}

static double hypervolume(const double *cost, int n, int m, const double *reference) {
  const rl_pareto_room room = room_for(n, m);
  return rl_hypervolume(cost, n, m, reference, &room);
}

static void a_point_dominates_where_it_is_nowhere_worse_and_somewhere_better(void **state) {
  (void)state;
  const double a[] = {1, 2}, b[] = {1, 3}, c[] = {0, 4}, lost[] = {INFINITY, INFINITY};
  assert_true(rl_pareto_dominates(a, b, 2));
  assert_false(rl_pareto_dominates(b, a, 2));
  assert_false(rl_pareto_dominates(a, a, 2));
  assert_false(rl_pareto_dominates(a, c, 2));
  assert_false(rl_pareto_dominates(c, a, 2));
  assert_true(rl_pareto_dominates(a, lost, 2));
  assert_false(rl_pareto_dominates(lost, lost, 2));
}

/*  5 |       e        ranks: a, c, d 0; b 1; e, f 2; a twice: both 0
 *  4 | a
 *  3 |   b     f
 *  2 | . c
 *  1 |       d
 *      1 2 3 4 5 */
static void ranks_are_those_of_a_figure(void **state) {
  (void)state;
  const double cost[] = {1, 4, 2.5, 3, 2, 2, 4, 1, 4, 5, 5, 3, 1, 4};
  const int expected[] = {0, 1, 0, 0, 2, 2, 0};
  int rank[7];
  rl_pareto_ranks(cost, 7, 2, rank, order);
  for (int i = 0; i < 7; i++) assert_int_equal(rank[i], expected[i]);
}

/* Of random points, many with equal coordinates, a rank is one more than the highest of those that dominate. */
static void ranks_are_the_longest_chains(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  for (int m = 2; m <= OBJECTIVES; m++)
    for (int round = 0; round < 20; round++) {
      double cost[MOST * OBJECTIVES];
      int rank[MOST];
      for (int i = 0; i < MOST * m; i++) cost[i] = floor(5.0 * (double)rl_rng_uniform(&rng));
      rl_pareto_ranks(cost, MOST, m, rank, order);
      for (int i = 0; i < MOST; i++) {
        int highest = -1;
        for (int j = 0; j < MOST; j++)
          if (rl_pareto_dominates(cost + j * m, cost + i * m, m) && rank[j] > highest) highest = rank[j];
        assert_int_equal(rank[i], highest + 1);
      }
    }
}

static void hypervolumes_are_those_worked_out_by_hand(void **state) {
  (void)state;
  const double reference[] = {4, 4, 4};
  /* steps: 1 x 3 + 1 x 2 + 1 x 1 boxes */
  const double flat[] = {1, 3, 2, 2, 3, 1};
  assert_near(hypervolume(flat, 3, 2, reference), 6.0, 1e-15);
  assert_near(hypervolume(flat, 1, 2, reference), 3.0, 1e-15);
  assert_near(hypervolume(flat, 0, 2, reference), 0.0, 0.0);
  /* a dominated point, one twice, and points that do not dominate the reference change nothing */
  const double more[] = {1, 3, 2, 2, 3, 1, 2.5, 3.5, 2, 2, 4, 0, 0, 5, INFINITY, INFINITY};
  assert_near(hypervolume(more, 8, 2, reference), 6.0, 1e-15);
  /* boxes of 1 x 3 x 3, 3 x 1 x 3 and 3 x 3 x 1, of which each pair shares 3, all of them 1 */
  const double deep[] = {3, 1, 1, 1, 3, 1, 1, 1, 3};
  assert_near(hypervolume(deep, 3, 3, reference), 9 + 9 + 9 - 3 - 3 - 3 + 1, 1e-14);
  const double one[] = {2, 3, 1, 0};
  assert_near(hypervolume(one, 1, 4, (const double[]){4, 4, 4, 4}), 2.0 * 1 * 3 * 4, 1e-14);
}

/* By inclusion and exclusion over all subsets. */
static double slow_hypervolume(const double *cost, int n, int m, const double *reference) {
  double sum = 0.0;
  for (unsigned set = 1; set < 1U << n; set++) {
    double box = 1.0, sign = -1.0;
    for (int i = 0; i < n; i++)
      if (set >> i & 1) sign = -sign;
    for (int j = 0; j < m; j++) {
      double highest = -INFINITY;
      for (int i = 0; i < n; i++)
        if (set >> i & 1) highest = fmax(highest, cost[i * m + j]);
      box *= fmax(reference[j] - highest, 0.0);
    }
    sum += sign * box;
  }
  return sum;
}

static void hypervolumes_are_those_of_inclusion_and_exclusion(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  const double reference[] = {1, 1, 1, 1, 1};
  for (int m = 1; m <= OBJECTIVES; m++)
    for (int n = 1; n <= 9; n++)
      for (int round = 0; round < 10; round++) {
        double cost[9 * OBJECTIVES];
        for (int i = 0; i < n * m; i++) {
          double u = (double)rl_rng_uniform(&rng);
          cost[i] = round % 2 ? u : floor(4.0 * u) / 4.0;
        }
        assert_near(hypervolume(cost, n, m, reference), slow_hypervolume(cost, n, m, reference), 1e-12);
      }
}

/* What stays of a front of two objectives when the point that adds least goes, worked out by hand: between its
 * neighbours a point adds the area of a box. The ends stay to the last. */
static void the_point_that_adds_least_goes_first(void **state) {
  (void)state;
  const double cost[] = {0, 10, 1, 6, 1.5, 5.5, 5, 2, 10, 0, 11, 11, INFINITY, INFINITY};
  bool kept[7];
  /* adds: (1, 6): .5 x 4; (1.5, 5.5): 3.5 x .5; (5, 2): 5 x 3.5. Without (1.5, 5.5): (1, 6) adds 4 x 4 */
  const char *const stay[] = {"1000000", "1000100", "1001100", "1101100", "1111100", "1111110", "1111111"};
  const rl_pareto_room room = room_for(7, 2);
  for (int keep = 2; keep <= 7; keep++) {
    rl_pareto_select(cost, 7, 2, keep, kept, &room);
    for (int i = 0; i < 7; i++)
      if (kept[i] != (stay[keep - 1][i] == '1')) fail_msg("%d of 7: point %d", keep, i);
  }
}

/* In any number of objectives: one by one, what the front covers without each of the inner points. */
static void selection_is_by_what_each_point_adds(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 8, 0);
  for (int m = 2; m <= 4; m++)
    for (int round = 0; round < 8; round++) {
      enum { N = 20 };
      double cost[N * 4], reference[4];
      bool kept[N], extreme[N] = {false};
      for (int i = 0; i < N; i++) { /* on a sphere: none dominates another */
        double squares = 0.0;
        for (int j = 0; j < m; j++) {
          cost[i * m + j] = -fabs((double)rl_rng_normal(&rng));
          squares += cost[i * m + j] * cost[i * m + j];
        }
        for (int j = 0; j < m; j++) cost[i * m + j] /= sqrt(squares);
      }
      for (int j = 0; j < m; j++) {
        double low = INFINITY, high = -INFINITY;
        int least = 0;
        for (int i = 0; i < N; i++) {
          low = fmin(low, cost[i * m + j]);
          high = fmax(high, cost[i * m + j]);
          if (cost[i * m + j] < cost[least * m + j]) least = i;
        }
        reference[j] = high + 0.1 * (high - low);
        extreme[least] = true;
      }
      const rl_pareto_room room = room_for(N, m);
      rl_pareto_select(cost, N, m, N - 1, kept, &room);
      int gone = -1, least = -1;
      double least_adds = INFINITY, all = hypervolume(cost, N, m, reference);
      for (int i = 0; i < N; i++) {
        double rest[N * 4];
        if (!kept[i]) gone = i;
        if (extreme[i]) continue;
        memcpy(rest, cost, (size_t)(i * m) * sizeof *rest);
        memcpy(rest + i * m, cost + (i + 1) * m, (size_t)((N - 1 - i) * m) * sizeof *rest);
        double adds = all - hypervolume(rest, N - 1, m, reference);
        if (adds < least_adds) least = i;
        least_adds = fmin(adds, least_adds);
      }
      assert_int_equal(gone, least);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_point_dominates_where_it_is_nowhere_worse_and_somewhere_better),
      cmocka_unit_test(ranks_are_those_of_a_figure),
      cmocka_unit_test(ranks_are_the_longest_chains),
      cmocka_unit_test(hypervolumes_are_those_worked_out_by_hand),
      cmocka_unit_test(hypervolumes_are_those_of_inclusion_and_exclusion),
      cmocka_unit_test(the_point_that_adds_least_goes_first),
      cmocka_unit_test(selection_is_by_what_each_point_adds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
