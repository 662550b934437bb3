/* Ranks against the definition: what comes before, counted one by one. */
#include "check.h"

#include "base/rank.h"
#include "base/rng.h"

enum { MOST = 200 };

/* Few values, so that many are equal; one in eight is NaN. */
static void draw(rl_rng *rng, double *x, int n, bool nan) {
  for (int i = 0; i < n; i++)
    x[i] = nan && rl_rng_below(rng, 8) == 0 ? (double)NAN : (double)rl_rng_below(rng, 10) - 5.0;
}

static bool comes_before(const double *x, int a, int b, double sign) {
  if (isnan(x[a]) || isnan(x[b])) return isnan(x[a]) && isnan(x[b]) ? a < b : isnan(x[b]);
  return sign * x[a] < sign * x[b] || (x[a] == x[b] && a < b);
}

static void each_is_where_as_many_come_before_it(void **state) {
  (void)state;
  rl_rng rng;
  double x[MOST];
  rl_rank items[MOST];
  rl_rng_init(&rng, 1, 0);
  for (int n = 0; n < MOST; n++)
    for (int sign = -1; sign <= 1; sign += 2) {
      draw(&rng, x, n, true);
      for (int i = 0; i < n; i++) items[i] = (rl_rank){x[i], i};
      if (sign > 0)
        rl_rank_ascending(items, n);
      else
        rl_rank_descending(items, n);
      for (int at = 0; at < n; at++) {
        int count = 0, i = items[at].index;
        for (int other = 0; other < n; other++) count += comes_before(x, other, i, sign);
        assert_int_equal(count, at);
        assert_true(items[at].value == x[i] || (isnan(items[at].value) && isnan(x[i])));
      }
    }
}

static void the_selected_has_k_at_most_and_not_more_below(void **state) {
  (void)state;
  rl_rng rng;
  double x[MOST], room[MOST];
  rl_rng_init(&rng, 2, 0);
  for (int n = 1; n < MOST; n++) {
    draw(&rng, x, n, false);
    if (n % 3 == 0) x[n / 2] = (double)INFINITY;
    for (int k = 0; k < n; k += 1 + n / 7) {
      int below = 0, equal = 0;
      memcpy(room, x, sizeof x);
      double found = rl_select(room, n, k);
      for (int i = 0; i < n; i++) {
        below += x[i] < found;
        equal += x[i] == found;
      }
      assert_true(below <= k && k < below + equal);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_where_as_many_come_before_it),
      cmocka_unit_test(the_selected_has_k_at_most_and_not_more_below),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
