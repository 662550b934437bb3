/* Heap sort, and selection by Hoare's partition. */
#include "base/rank.h"

#include <math.h>
#include <stdbool.h>

static bool before(const rl_rank *a, const rl_rank *b) {
  if (a->value < b->value) return true;
  if (a->value > b->value) return false;
  if (isnan(a->value) != isnan(b->value)) return isnan(b->value);
  return a->index < b->index;
}

static void sift(rl_rank *heap, int root, int n) {
  for (int child; (child = 2 * root + 1) < n; root = child) {
    if (child + 1 < n && before(&heap[child], &heap[child + 1])) child++;
    if (before(&heap[child], &heap[root])) return;
    rl_rank swap = heap[root];
    heap[root] = heap[child];
    heap[child] = swap;
  }
}

void rl_rank_ascending(rl_rank *items, int n) {
  for (int root = n / 2 - 1; root >= 0; root--) sift(items, root, n);
  for (int end = n - 1; end > 0; end--) {
    rl_rank last = items[0];
    items[0] = items[end];
    items[end] = last;
    sift(items, 0, end);
  }
}

void rl_rank_descending(rl_rank *items, int n) {
  for (int i = 0; i < n; i++) items[i].value = -items[i].value;
  rl_rank_ascending(items, n);
  for (int i = 0; i < n; i++) items[i].value = -items[i].value;
}

double rl_select(double *x, int n, int k) {
  for (int low = 0, high = n - 1; low < high;) {
    double pivot = x[low + (high - low) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i > j) break;
      double swap = x[i];
      x[i++] = x[j];
      x[j--] = swap;
    }
    if (k <= j)
      high = j;
    else if (k >= i)
      low = i;
    else
      break; /* between them all are the pivot */
  }
  return x[k];
}
