/* A race on purpose, for the thread sanitizer to report: see tests/CMakeLists.txt. */
#include "base/parallel.h"

#include <sched.h>
#include <stdatomic.h>

static _Atomic int begun;

/* Waits for the other thread, in an order that orders nothing else: on a busy machine it may come late. */
static void add(void *context, int index, int worker) {
  (void)worker;
  atomic_fetch_add_explicit(&begun, 1, memory_order_relaxed);
  while (atomic_load_explicit(&begun, memory_order_relaxed) < 2) sched_yield();
  *(int *)context += index;
}

int main(void) {
  int sum = 0;
  rl_set_threads(2);
  rl_parallel_for(2, add, &sum);
  return sum == 100;
}
