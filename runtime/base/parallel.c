#include "base/parallel.h"

#include <omp.h>

#if defined(__SANITIZE_THREAD__)
/* libgomp is not instrumented: tell the thread sanitiser about the fork and the join of a loop. */
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define FORK_RELEASE(address) __tsan_release(address)
#define JOIN_ACQUIRE(address) __tsan_acquire(address)
#define UNINSTRUMENTED        __attribute__((no_sanitize("thread"), noinline))
#else
#define FORK_RELEASE(address) ((void)(address))
#define JOIN_ACQUIRE(address) ((void)(address))
#define UNINSTRUMENTED
#endif

UNINSTRUMENTED static void run(int n, rl_piece *piece, void *context) {
  char fork, join;
  FORK_RELEASE(&fork);
#pragma omp parallel for schedule(dynamic, 1)
  for (int i = 0; i < n; i++) {
    JOIN_ACQUIRE(&fork);
    piece(context, i, omp_get_thread_num());
    FORK_RELEASE(&join);
  }
  JOIN_ACQUIRE(&join);
}

void rl_parallel_for(int n, rl_piece *piece, void *context) {
  if (n > 1 && omp_get_max_threads() > 1 && !omp_in_parallel()) {
    run(n, piece, context);
    return;
  }
  for (int i = 0; i < n; i++) piece(context, i, 0);
}

void rl_set_threads(int n) { omp_set_num_threads(n < 1 ? omp_get_num_procs() : n); }

int rl_threads(void) { return omp_get_max_threads(); }
