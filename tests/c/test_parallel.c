/* Parallel loops: each piece exactly once, on a thread that may use that worker's scratch memory, and a loop
 * inside a loop stays on its thread. */
#include "base/parallel.h"

#include "check.h"

enum { N = 1000 };

typedef struct trace {
  int count[N];
  int worker[N];
  int inner_count[N];
  int inner_worker[N];
} trace;

static void mark(void *context, int index, int worker) {
  trace *t = context;
  t->count[index]++;
  t->worker[index] = worker;
}

static void every_index_is_visited_exactly_once(void **state) {
  (void)state;
  const int sizes[] = {0, 1, 2, 63, N};
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    assert_int_equal(rl_threads(), threads);
    for (int k = 0; k < 5; k++) {
      static trace t;
      memset(&t, 0, sizeof t);
      rl_parallel_for(sizes[k], mark, &t);
      for (int i = 0; i < N; i++) assert_int_equal(t.count[i], i < sizes[k]);
    }
  }
  rl_set_threads(0);
  assert_true(rl_threads() >= 1);
}

static void workers_are_numbered_from_zero_to_the_number_of_threads(void **state) {
  (void)state;
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    for (int repeat = 0; repeat < 20; repeat++) {
      static trace t;
      rl_parallel_for(N, mark, &t);
      for (int i = 0; i < N; i++) assert_in_range(t.worker[i], 0, threads - 1);
    }
  }
  rl_set_threads(0);
}

/* Each worker counts in memory of its own without a lock: two pieces that ran at once as one worker would
 * lose counts, and the thread sanitiser would say so. */
static void count_by_worker(void *context, int index, int worker) {
  int *count = (int *)context + 64 * worker;
  (void)index;
  *count += 1;
}

static void scratch_memory_of_a_worker_is_never_shared(void **state) {
  (void)state;
  for (int threads = 1; threads <= 3; threads++) {
    int counts[3 * 64] = {0};
    rl_set_threads(threads);
    for (int repeat = 0; repeat < 100; repeat++) rl_parallel_for(N, count_by_worker, counts);
    assert_int_equal(counts[0] + counts[64] + counts[128], 100 * N);
  }
  rl_set_threads(0);
}

typedef struct inner_loop {
  trace *trace;
  int first, order; /* order: how many inner pieces have run */
} inner_loop;

static void inner_piece(void *context, int index, int worker) {
  inner_loop *loop = context;
  loop->trace->inner_count[loop->first + index] = ++loop->order;
  loop->trace->inner_worker[loop->first + index] = worker;
}

static void outer_piece(void *context, int index, int worker) {
  inner_loop loop = {context, 10 * index, 0};
  (void)worker;
  rl_parallel_for(10, inner_piece, &loop);
}

static void a_loop_inside_a_piece_runs_in_order_as_worker_zero(void **state) {
  (void)state;
  for (int threads = 1; threads <= 3; threads++) {
    static trace t;
    memset(&t, 0, sizeof t);
    rl_set_threads(threads);
    rl_parallel_for(N / 10, outer_piece, &t);
    if (threads == 1) continue; /* there the outer loop is none and the inner one is the loop */
    for (int i = 0; i < N; i++) {
      assert_int_equal(t.inner_count[i], i % 10 + 1);
      assert_int_equal(t.inner_worker[i], 0);
    }
  }
  rl_set_threads(0);
}

static void pieces_cover_the_total_and_the_last_may_be_short(void **state) {
  (void)state;
  assert_int_equal(rl_pieces(0, 64), 0);
  assert_int_equal(rl_pieces(1, 64), 1);
  assert_int_equal(rl_pieces(64, 64), 1);
  assert_int_equal(rl_pieces(65, 64), 2);
  assert_int_equal(rl_pieces(150, 64), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_index_is_visited_exactly_once),
      cmocka_unit_test(workers_are_numbered_from_zero_to_the_number_of_threads),
      cmocka_unit_test(scratch_memory_of_a_worker_is_never_shared),
      cmocka_unit_test(a_loop_inside_a_piece_runs_in_order_as_worker_zero),
      cmocka_unit_test(pieces_cover_the_total_and_the_last_may_be_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
