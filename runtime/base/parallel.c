#define _GNU_SOURCE /* sched_getaffinity, syscall */
#include "base/parallel.h"

#include "base/memory.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_THREADS = 1024,
  YIELDS = 1000,
  SPINS = 1000,
  LINES =
      128 /* bytes: processors fetch pairs of cache lines; what one thread writes and another reads is apart */
};

/* The state of the current loop, in one word: which loop it is, whether a thread may still join it, how many are
 * wanted, and how many have joined. */
static const uint64_t LOOP = UINT64_C(1) << 32, CLOSED = UINT64_C(1) << 31, WANTED = UINT64_C(1) << 16,
                      JOINED = WANTED - 1;

/* The pieces that a worker begins with: always the same of a loop, so that what a piece works on is in the caches
 * of its core. Who has done his own helps the others. */
typedef struct share {
  alignas(LINES) atomic_int next; /* index that nobody has taken yet */
  int end;
} share;

typedef struct team {
  pthread_mutex_t owner; /* held by the thread whose loop it is */
  int n_threads;         /* made so far, numbered 1 .. n_threads */
  pthread_t thread[MAX_THREADS];

  alignas(LINES) _Atomic uint64_t state;
  alignas(LINES) _Atomic uint32_t calls, left; /* to who waits for a loop, and for the end of one */
  _Atomic uint32_t asleep;                     /* of the former: bits_of(worker), until they are called */
  atomic_bool ending;

  alignas(LINES) rl_piece *piece; /* the loop: */
  void *context;
  rl_budget *budget;
  int own, workers; /* threads of the pool; with places for helpers, from next_place on */
  atomic_int next_place;
  share shares[MAX_THREADS]; /* [workers] */
} team;

static team teams[2] = {{.owner = PTHREAD_MUTEX_INITIALIZER, .state = UINT64_C(1) << 31},
                        {.owner = PTHREAD_MUTEX_INITIALIZER, .state = UINT64_C(1) << 31}};
/* Of the calling thread's loops. Aligned for the leak sanitizer: it takes thread-locals 16 bytes into a page for another
   glibc's, and ends the process (GCC 12). malloc puts this module's there once in 64 unless they ask for more. */
static _Thread_local alignas(LINES) team *pool = &teams[0];

static _Thread_local int setting;     /* of rl_set_threads; 0: none */
static _Thread_local int most_own;    /* of rl_use_second_team; 0: none */
static _Thread_local bool in_a_piece; /* loops inside run here */

/* How many threads a loop has unless the program says otherwise. */
static int default_threads(void) {
  const char *text = getenv("OMP_NUM_THREADS");
  int n = text ? atoi(text) : 0;
  cpu_set_t cores;
  if (n < 1 && sched_getaffinity(0, sizeof cores, &cores) == 0) n = CPU_COUNT(&cores);
  return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : n;
}

void rl_set_threads(int n) { setting = n < 1 ? default_threads() : n > MAX_THREADS ? MAX_THREADS : n; }

int rl_threads(void) {
  if (!setting) setting = default_threads();
  return setting;
}

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* Before a thread sleeps it looks so often whether it must: training is loop after loop, and a processor of a virtual
 * machine that has gone to sleep takes longer to wake than a loop takes. First without a pause worth the name, some ten
 * microseconds, then, for about a millisecond, letting others have the core that need it. */
static bool look_again(int times) {
  if (times >= SPINS + YIELDS) return false;
  if (times < SPINS)
    pause_briefly();
  else
    sched_yield();
  return true;
}

/* Waits until the word is no longer as it was seen. A futex: a condition variable would let those who wake up go on
 * one by one, and cannot call some of them only. */
static void wait_for_change(_Atomic uint32_t *word, uint32_t seen, uint32_t bits) {
  syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen, NULL, NULL, bits);
}

static void change(_Atomic uint32_t *word, uint32_t bits) {
  atomic_fetch_add(word, 1);
  syscall(SYS_futex, word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bits);
}

static const uint32_t ALL = FUTEX_BITSET_MATCH_ANY;

/* The workers from 31 on share a bit. */
static uint32_t bit_of(int worker) { return UINT32_C(1) << (worker < 31 ? worker : 31); }
static uint32_t bits_of(int workers) { return workers < 32 ? bit_of(workers) - 1 : ALL; }

static void run_pieces(team *t, int worker) {
  const bool helps = in_a_piece; /* it is in one of another loop */
  in_a_piece = true;
  rl_budget *own = rl_budget_use(t->budget);
  for (int k = 0; k < t->workers; k++) {
    share *s = &t->shares[(worker + k) % t->workers];
    for (int i; atomic_load_explicit(&s->next, memory_order_relaxed) < s->end &&
                (i = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed)) < s->end;)
      t->piece(t->context, i, worker);
  }
  rl_budget_use(own);
  in_a_piece = helps;
}

/* Another loop than that of the state `seen`, that wants this worker? */
static bool is_wanted(int worker, uint64_t state, uint64_t seen) {
  return state / LOOP != seen / LOOP && (uint64_t)worker < state % CLOSED / WANTED;
}

/* Waits for one; returns the state. */
static uint64_t wait_for_loop(int worker, uint64_t seen) {
  uint64_t state = atomic_load(&pool->state);
  for (int i = 0; !is_wanted(worker, state, seen) && !atomic_load(&pool->ending) && look_again(i); i++)
    state = atomic_load(&pool->state);
  while (!is_wanted(worker, state, seen) && !atomic_load(&pool->ending)) {
    uint32_t calls = atomic_load(&pool->calls); /* before the look at what a call is about */
    atomic_fetch_or(&pool->asleep, bit_of(worker));
    state = atomic_load(&pool->state);
    if (!is_wanted(worker, state, seen) && !atomic_load(&pool->ending))
      wait_for_change(&pool->calls, calls, bit_of(worker));
    state = atomic_load(&pool->state);
  }
  return state;
}

/* False when the loop of the state is closed; the state is the one that was seen last. */
static bool join(team *t, uint64_t *state) {
  while (!(*state & CLOSED))
    if (atomic_compare_exchange_weak(&t->state, state, *state + 1)) return true;
  return false;
}

static void leave(team *t) {
  const uint64_t before = atomic_fetch_sub(&t->state, 1);
  if ((before & CLOSED) && (before & JOINED) == 1) change(&t->left, ALL); /* the owner may be asleep */
}

static void *work(void *number) {
  int worker = (int)((intptr_t)number / 2);
  pool = &teams[(intptr_t)number % 2];
  uint64_t seen = CLOSED;
  for (;;) {
    uint64_t state = wait_for_loop(worker, seen);
    if (atomic_load(&pool->ending)) return NULL;
    const bool joined = join(pool, &state);
    seen = state;
    if (!joined) continue;
    if (worker < pool->own) run_pieces(pool, worker);
    leave(pool);
  }
}

/* In a forked child only the thread that forked is left. */
static void forget_threads(void) {
  for (team *t = teams; t < teams + 2; t++) {
    pthread_mutex_init(&t->owner, NULL);
    atomic_store(&t->state, CLOSED);
    atomic_store(&t->asleep, 0);
    atomic_store(&t->ending, false);
    t->n_threads = 0;
  }
}

static void prepare_fork(void) { pthread_atfork(NULL, NULL, forget_threads); }

static void make_threads(int workers) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (pool->n_threads >= workers - 1) return;
  pthread_once(&once, prepare_fork);
  sigset_t all, before; /* signals are for the threads of the program */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool->n_threads < workers - 1) {
    void *number = (void *)(intptr_t)(2 * (pool->n_threads + 1) + (pool == &teams[1]));
    if (pthread_create(&pool->thread[pool->n_threads], NULL, work, number)) break;
    pool->n_threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void open_loop(int n, int workers, int own, rl_piece *piece, void *context) {
  pool->piece = piece;
  pool->context = context;
  pool->budget = rl_budget_in_use();
  pool->workers = workers;
  pool->own = own;
  atomic_store_explicit(&pool->next_place, own, memory_order_relaxed);
  for (int w = 0; w < workers; w++) {
    atomic_store_explicit(&pool->shares[w].next, (int)((int64_t)n * w / workers), memory_order_relaxed);
    pool->shares[w].end = (int)((int64_t)n * (w + 1) / workers);
  }
  const uint64_t loop = atomic_load(&pool->state) / LOOP + 1;
  atomic_store(&pool->state, loop * LOOP + (uint64_t)own * WANTED);
  const uint32_t wanted = bits_of(own);
  if (atomic_load(&pool->asleep) & wanted) {
    atomic_fetch_and(&pool->asleep, ~wanted);
    change(&pool->calls, wanted);
  }
}

/* Lets nobody join any more, and waits for those who have. */
static void close_loop(void) {
  uint64_t state = atomic_fetch_or(&pool->state, CLOSED);
  for (int i = 0; (state & JOINED) && look_again(i); i++) state = atomic_load(&pool->state);
  for (;;) {
    uint32_t left = atomic_load(&pool->left);
    if (!(atomic_load(&pool->state) & JOINED)) return;
    wait_for_change(&pool->left, left, ALL);
  }
}

void rl_parallel_for(int n, rl_piece *piece, void *context) {
  int workers = n < rl_threads() ? n : rl_threads();
  if (in_a_piece || workers < 2 || pthread_mutex_trylock(&pool->owner)) {
    for (int i = 0; i < n; i++) piece(context, i, 0);
    return;
  }
  const int own = most_own && most_own < workers ? most_own : workers;
  make_threads(own);
  open_loop(n, workers, own, piece, context);
  run_pieces(pool, 0);
  close_loop();
  pthread_mutex_unlock(&pool->owner);
}

void rl_use_second_team(int own) {
  pool = &teams[1];
  most_own = own;
}

typedef struct helping {
  bool (*goes_on)(void *context);
  void *context;
} helping;

/* Each loop once: who comes back from one has found nothing left of it. */
static void help(void *context, int index, int worker) {
  const helping *h = context;
  team *t = &teams[1];
  uint64_t seen = CLOSED;
  (void)index, (void)worker;
  for (int looks = 0; h->goes_on(h->context);) {
    uint64_t state = atomic_load(&t->state);
    const bool joined = state / LOOP != seen / LOOP && join(t, &state);
    if (joined) {
      const int place = atomic_fetch_add_explicit(&t->next_place, 1, memory_order_relaxed);
      if (place < t->workers) run_pieces(t, place);
      leave(t);
      seen = state;
      looks = 0;
    } else if (look_again(looks))
      looks++;
    else
      nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
  }
}

void rl_help_second_team(int n, bool (*goes_on)(void *context), void *context) {
  rl_parallel_for(n, help, &(helping){goes_on, context});
}

static void end_team(team *t) {
  pthread_mutex_lock(&t->owner);
  atomic_store(&t->ending, true);
  change(&t->calls, ALL);
  for (int i = 0; i < t->n_threads; i++) pthread_join(t->thread[i], NULL);
  atomic_store(&t->ending, false);
  t->n_threads = 0;
  pthread_mutex_unlock(&t->owner);
}

void rl_end_threads(void) {
  for (int i = 0; i < 2; i++) end_team(&teams[i]);
}
