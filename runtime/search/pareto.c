/* Hypervolumes by exclusion (While, Bradstreet & Barone 2012, "A Fast Way of Calculating Exact Hypervolumes"): with
 * the points in order of the last cost, highest first, what a point alone covers is a prism over what it alone
 * covers in the other costs, among those after it. Two costs: a sweep. */
#include "search/pareto.h"

#include <math.h>
#include <string.h>

bool rl_pareto_dominates(const double *a, const double *b, int m) {
  bool lower = false;
  for (int j = 0; j < m; j++) {
    if (a[j] > b[j]) return false;
    lower = lower || a[j] < b[j];
  }
  return lower;
}

static int compare(const double *a, const double *b, int m) {
  for (int j = 0; j < m; j++)
    if (a[j] != b[j]) return a[j] < b[j] ? -1 : 1;
  return 0;
}

/* By the first cost, then the second ...: a point comes behind those that dominate it. */
static void sort_points(const double *cost, int n, int m, rl_rank *order) {
  size_t row = (size_t)m;
  for (int i = 0; i < n; i++) order[i] = (rl_rank){cost[(size_t)i * row], i};
  rl_rank_ascending(order, n);
  for (int i = 1; i < n; i++) /* few are equal in the first one */
    for (int k = i; k > 0 && order[k - 1].value == order[k].value; k--) {
      rl_rank before = order[k - 1], at = order[k];
      if (compare(cost + (size_t)before.index * row, cost + (size_t)at.index * row, m) <= 0) break;
      order[k - 1] = at;
      order[k] = before;
    }
}

void rl_pareto_ranks(const double *cost, int n, int m, int *rank, rl_rank *order) {
  size_t row = (size_t)m;
  sort_points(cost, n, m, order);
  for (int i = 0; i < n; i++) {
    const double *p = cost + (size_t)order[i].index * row;
    int worst = 0;
    for (int k = 0; k < i; k++) {
      int j = order[k].index;
      if (rank[j] >= worst && rl_pareto_dominates(cost + (size_t)j * row, p, m)) worst = rank[j] + 1;
    }
    rank[order[i].index] = worst;
  }
}

/* A level of the recursion has the points that it makes for the next one. */
size_t rl_pareto_numbers(int n, int m) { return ((size_t)n + 3) * ((size_t)m * ((size_t)m + 1) + 1); }
size_t rl_pareto_orders(int n, int m) { return (size_t)n * ((size_t)m + 1); }

static double area(const double *cost, int n, int stride, const double *reference, rl_rank *order) {
  for (int i = 0; i < n; i++) order[i] = (rl_rank){cost[(size_t)i * (size_t)stride], i};
  rl_rank_ascending(order, n);
  double sum = 0.0, lowest = reference[1];
  for (int i = 0; i < n; i++) {
    const double *p = cost + (size_t)order[i].index * (size_t)stride;
    if (p[1] >= lowest) continue;
    sum += (reference[0] - p[0]) * (lowest - p[1]);
    lowest = p[1];
  }
  return sum;
}

/* All points are below the reference. */
static double volume(const double *cost, int n, int m, const double *reference, double *numbers,
                     rl_rank *order) {
  if (m == 1) {
    double lowest = reference[0];
    for (int i = 0; i < n; i++) lowest = fmin(lowest, cost[i]);
    return reference[0] - lowest;
  }
  if (m == 2) return area(cost, n, 2, reference, order);
  int lower = m - 1;
  double sum = 0.0;
  for (int i = 0; i < n; i++) order[i] = (rl_rank){cost[(size_t)i * (size_t)m + (size_t)lower], i};
  rl_rank_descending(order, n);
  for (int i = 0; i < n; i++) {
    const double *p = cost + (size_t)order[i].index * (size_t)m;
    double own = 1.0;
    int others = n - i - 1;
    for (int j = 0; j < lower; j++) own *= reference[j] - p[j];
    for (int k = 0; k < others; k++) {
      const double *q = cost + (size_t)order[i + 1 + k].index * (size_t)m;
      for (int j = 0; j < lower; j++) numbers[(size_t)k * (size_t)lower + (size_t)j] = fmax(p[j], q[j]);
    }
    double shared = volume(numbers, others, lower, reference, numbers + (size_t)n * (size_t)lower, order + n);
    sum += (reference[lower] - p[lower]) * (own - shared);
  }
  return sum;
}

static bool is_below(const double *p, const double *reference, int m) {
  for (int j = 0; j < m; j++)
    if (!(p[j] < reference[j])) return false;
  return true;
}

double rl_hypervolume(const double *cost, int n, int m, const double *reference, const rl_pareto_room *room) {
  int below = 0;
  size_t row = (size_t)m;
  for (int i = 0; i < n; i++)
    if (is_below(cost + (size_t)i * row, reference, m))
      memcpy(room->numbers + (size_t)below++ * row, cost + (size_t)i * row, row * sizeof *cost);
  return volume(room->numbers, below, m, reference, room->numbers + (size_t)n * row, room->order);
}

/* Selection from a front, `member` [n] of it: those that are still there come first. */

typedef struct front {
  const double *cost;
  int m, n;
  int *member;
  double *low, *high; /* [m] of all that were there at first */
} front;

static const double *costs_of(const front *f, int i) { return f->cost + (size_t)f->member[i] * (size_t)f->m; }

/* In units of the front's range, against overflow. */
static double part(const front *f, int i, int j) {
  double range = f->high[j] - f->low[j];
  return range > 0.0 && isfinite(range) ? (costs_of(f, i)[j] - f->low[j]) / range : 0.0;
}

/* The first of those with the lowest cost in one of them. */
static bool is_extreme(const front *f, int i) {
  for (int j = 0; j < f->m; j++) {
    int least = 0;
    for (int k = 1; k < f->n; k++)
      if (costs_of(f, k)[j] < costs_of(f, least)[j]) least = k;
    if (least == i) return true;
  }
  return false;
}

/* Appends q to the rows, of which none dominates another, unless one covers it; those that it dominates go. */
static int add_row(double *rows, int n, const double *q, int m) {
  int kept = 0;
  size_t size = (size_t)m * sizeof *rows;
  for (int k = 0; k < n; k++) {
    const double *row = rows + (size_t)k * (size_t)m;
    if (rl_pareto_dominates(row, q, m) || memcmp(row, q, size) == 0)
      return n; /* nothing was removed before */
    if (!rl_pareto_dominates(q, row, m)) memmove(rows + (size_t)kept++ * (size_t)m, row, size);
  }
  memcpy(rows + (size_t)kept * (size_t)m, q, size);
  return kept + 1;
}

/* What member i covers and no other one does. */
static double contribution(const front *f, int i, const rl_pareto_room *room) {
  int m = f->m, n = 0;
  double own = 1.0, *reference = room->numbers, *q = reference + m, *rows = q + m;
  for (int j = 0; j < m; j++) {
    reference[j] = f->high[j] > f->low[j] ? 1.1 : 1.0; /* the ends of the front count, too */
    own *= reference[j] - part(f, i, j);
  }
  for (int k = 0; k < f->n; k++) {
    if (k == i) continue;
    for (int j = 0; j < m; j++) q[j] = fmax(part(f, k, j), part(f, i, j));
    n = add_row(rows, n, q, m);
  }
  return own - volume(rows, n, m, reference, rows + (size_t)n * (size_t)m, room->order);
}

static void begin_front(front *f) {
  for (int j = 0; j < f->m; j++) {
    f->low[j] = INFINITY;
    f->high[j] = -INFINITY;
    for (int i = 0; i < f->n; i++) {
      f->low[j] = fmin(f->low[j], costs_of(f, i)[j]);
      f->high[j] = fmax(f->high[j], costs_of(f, i)[j]);
    }
  }
}

static void leave(front *f, double *adds, int i) {
  f->n--;
  f->member[i] = f->member[f->n];
  adds[i] = adds[f->n];
}

/* Without a point the others add as much as before or more: what was found for one remains a lower bound, and
 * only the least of them is to be found anew. */
static void thin(front *f, int keep, double *adds, const rl_pareto_room *room) {
  begin_front(f);
  for (int i = 0; i < f->n; i++) adds[i] = is_extreme(f, i) ? INFINITY : contribution(f, i, room);
  while (f->n > keep) {
    int least = f->n - 1, before = -1;
    for (int i = f->n - 1; i >= 0; i--)
      if (adds[i] < adds[least]) least = i;
    while (least != before && adds[least] < INFINITY) {
      before = least;
      adds[least] = contribution(f, least, room);
      for (int i = 0; i < f->n; i++)
        if (adds[i] < adds[least]) least = i;
    }
    leave(f, adds, least);
  }
}

static bool is_finite(const double *p, int m) {
  for (int j = 0; j < m; j++)
    if (!isfinite(p[j])) return false;
  return true;
}

/* Those that are not finite: of the places that are left, the first. */
static void fill_up(const double *cost, int n, int m, int places, bool *kept) {
  for (int i = 0; i < n; i++)
    if (!is_finite(cost + (size_t)i * (size_t)m, m) && places > 0) {
      kept[i] = true;
      places--;
    }
}

void rl_pareto_select(const double *cost, int n, int m, int keep, bool *kept, const rl_pareto_room *room) {
  front f = {.cost = cost, .m = m};
  int left = keep, ranked = 0;
  double *low = room->numbers, *adds = low + 2 * (size_t)m, *more = adds + n;
  const rl_pareto_room rest = {more, room->order, NULL};
  f.low = low;
  f.high = low + m;
  f.member = room->rank + n;
  rl_pareto_ranks(cost, n, m, room->rank, room->order);
  memset(kept, 0, (size_t)n * sizeof *kept);
  for (int rank = 0; left > 0 && ranked < n; rank++) {
    f.n = 0;
    for (int i = 0; i < n; i++) {
      if (room->rank[i] != rank) continue;
      ranked++;
      if (is_finite(cost + (size_t)i * (size_t)m, m)) f.member[f.n++] = i;
    }
    if (f.n > left) thin(&f, left, adds, &rest);
    for (int i = 0; i < f.n; i++) kept[f.member[i]] = true;
    left -= f.n;
  }
  fill_up(cost, n, m, left, kept);
}
