/* Parallel loops: each piece exactly once, on a thread that may use that worker's scratch memory, and a loop
 * inside a loop stays on its thread. The threads themselves: ends, forks, several owners. */
#include "base/parallel.h"

#include "check.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* Of a thread's line in /proc. One that has been joined is listed until the system has put it away, with this flag. */
static bool is_ending(const char *thread) {
  enum { PF_EXITING = 4 };
  char path[64], line[1024] = "";
  unsigned flags = PF_EXITING;
  snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", thread);
  FILE *file = fopen(path, "r");
  if (file && fgets(line, sizeof line, file)) {
    const char *behind_name = strrchr(line, ')');
    assert_true(behind_name && sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1);
  }
  if (file) fclose(file);
  return flags & PF_EXITING;
}

/* The threads of this process, as the system counts them. */
static int living_threads(void) {
  int n = 0;
  DIR *tasks = opendir("/proc/self/task");
  assert_non_null(tasks);
  for (struct dirent *entry; (entry = readdir(tasks));)
    n += entry->d_name[0] != '.' && !is_ending(entry->d_name);
  closedir(tasks);
  return n;
}

static void threads_end_when_they_are_told_and_are_made_anew(void **state) {
  (void)state;
  rl_end_threads();
  int before = living_threads();
  rl_set_threads(4);
  for (int repeat = 0; repeat < 200; repeat++) {
    static trace t;
    memset(&t, 0, sizeof t);
    rl_parallel_for(N, mark, &t);
    for (int i = 0; i < N; i++) assert_int_equal(t.count[i], 1);
    assert_int_equal(living_threads(), before + 3);
    rl_end_threads();
    assert_int_equal(living_threads(), before);
  }
  rl_set_threads(0);
}

static void a_forked_child_has_threads_of_its_own(void **state) {
  (void)state;
#if defined(__SANITIZE_THREAD__)
  skip(); /* the sanitizer allows no threads after a fork */
#endif
  rl_set_threads(3);
  int counts[3 * 64] = {0};
  rl_parallel_for(N, count_by_worker, counts);
  for (int repeat = 0; repeat < 20; repeat++) {
    pid_t child = fork();
    if (child == 0) {
      memset(counts, 0, sizeof counts);
      rl_parallel_for(N, count_by_worker, counts);
      rl_end_threads();
      _exit(counts[0] + counts[64] + counts[128] == N ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
  }
  rl_parallel_for(N, count_by_worker, counts); /* the parent's go on */
  assert_int_equal(counts[0] + counts[64] + counts[128], 2 * N);
  rl_set_threads(0);
}

static void *loops_of_another_thread(void *unused) {
  (void)unused;
  rl_set_threads(3);
  for (int repeat = 0; repeat < 300; repeat++) {
    int counts[3 * 64] = {0};
    rl_parallel_for(N, count_by_worker, counts);
    if (counts[0] + counts[64] + counts[128] != N) return "a piece was lost";
  }
  return NULL;
}

static void several_threads_may_start_loops_at_once(void **state) {
  (void)state;
  pthread_t thread[4];
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, loops_of_another_thread, NULL), 0);
  for (int i = 0; i < 4; i++) {
    void *fault = NULL;
    pthread_join(thread[i], &fault);
    assert_null(fault);
  }
}

/* A piece that ends when all threads of the loop are in one. */
typedef struct meeting {
  int wanted;
  atomic_int there;
  time_t until;
} meeting;

static void meet(void *context, int index, int worker) {
  meeting *m = context;
  (void)index;
  (void)worker;
  atomic_fetch_add(&m->there, 1);
  while (atomic_load(&m->there) < m->wanted && time(NULL) < m->until) sched_yield();
}

static void threads_that_sleep_come_to_the_loops_that_want_them(void **state) {
  (void)state;
  const int wanted[] = {2, 40, 3, 33, 2, 40}; /* more than a word has bits */
  rl_set_threads(40);
  for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
    meeting m = {.wanted = wanted[k], .until = time(NULL) + 300};
    rl_parallel_for(m.wanted, meet, &m);
    assert_int_equal(atomic_load(&m.there), m.wanted);
    assert_true(time(NULL) < m.until);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* they go to sleep */
  }
  rl_set_threads(0);
  rl_end_threads();
}

enum { OWN = 2, HELPERS = 3, PLACES = OWN + HELPERS };

static bool is_not_set(void *flag) { return !atomic_load((atomic_bool *)flag); }

typedef struct beside {
  meeting all;
  int counts[PLACES * 64];
  atomic_bool over;
} beside;

static void *loops_of_a_second_team(void *context) {
  beside *b = context;
  rl_set_threads(PLACES);
  rl_use_second_team(OWN);
  rl_parallel_for(PLACES, meet, &b->all);
  for (int repeat = 0; repeat < 200; repeat++) rl_parallel_for(N, count_by_worker, b->counts);
  atomic_store(&b->over, true);
  return NULL;
}

/* A loop that needs them all is run by two threads of its own and three that come while it runs. No worker is two. */
static void threads_that_wait_help_the_second_team(void **state) {
  (void)state;
  static beside b;
  pthread_t thread;
  for (int round = 0; round < 3; round++) {
    b = (beside){.all = {.wanted = PLACES, .until = time(NULL) + 300}};
    rl_set_threads(HELPERS);
    assert_int_equal(pthread_create(&thread, NULL, loops_of_a_second_team, &b), 0);
    if (round) /* they come late */
      while (atomic_load(&b.all.there) < OWN && time(NULL) < b.all.until) sched_yield();
    if (round == 2) nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_true(atomic_load(&b.all.there) <= OWN);
    rl_help_second_team(HELPERS, is_not_set, &b.over);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&b.all.there), PLACES);
    assert_true(time(NULL) < b.all.until);
    int sum = 0;
    for (int w = 0; w < PLACES; w++) sum += b.counts[64 * w];
    assert_int_equal(sum, 200 * N);
  }
  rl_help_second_team(HELPERS, is_not_set, &b.over); /* nothing to help at */
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
      cmocka_unit_test(threads_end_when_they_are_told_and_are_made_anew),
      cmocka_unit_test(a_forked_child_has_threads_of_its_own),
      cmocka_unit_test(several_threads_may_start_loops_at_once),
      cmocka_unit_test(threads_that_sleep_come_to_the_loops_that_want_them),
      cmocka_unit_test(threads_that_wait_help_the_second_team),
      cmocka_unit_test(pieces_cover_the_total_and_the_last_may_be_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
