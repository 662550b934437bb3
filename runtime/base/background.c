#include "base/background.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct rl_background {
  rl_background *next;
  rl_background_piece *piece;
  void *context;
  rl_budget *budget;
  int threads; /* of its loops */
  pid_t process;
  pthread_t thread;
  atomic_bool stopping, over;
};

/* Held for reading during a piece, for writing by who wants none at work; `wanted` keeps readers from passing by that. */
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int wanted;

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static rl_background *list; /* of those that have not ended */

static _Thread_local void *own_context;

static void before_fork(void) {
  atomic_fetch_add(&wanted, 1);
  pthread_rwlock_wrlock(&gate);
  pthread_mutex_lock(&list_lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&list_lock);
  pthread_rwlock_unlock(&gate);
  atomic_fetch_sub(&wanted, 1);
}

static void in_child(void) {
  pthread_rwlock_init(&gate, NULL);
  pthread_mutex_init(&list_lock, NULL);
  list = NULL;
  atomic_store(&wanted, 0);
}

/* Takes it out of the list; false when it is not there any more. */
static bool take_out(const rl_background *b) {
  pthread_mutex_lock(&list_lock);
  rl_background **place = &list;
  while (*place && *place != b) place = &(*place)->next;
  const bool found = *place != NULL;
  if (found) *place = b->next;
  pthread_mutex_unlock(&list_lock);
  return found;
}

static void end_thread(rl_background *b) {
  atomic_store(&b->stopping, true);
  if (take_out(b)) pthread_join(b->thread, NULL);
}

static void before_exit(void) {
  while (list) end_thread(list);
}

static void prepare(void) {
  pthread_atfork(before_fork, after_fork, in_child);
  atexit(before_exit);
}

static void sleep_a_millisecond(void) { nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); }

static void *work(void *argument) {
  rl_background *b = argument;
  rl_background_state state = RL_BACKGROUND_MORE;
  rl_set_threads(b->threads);
  rl_budget_use(b->budget);
  own_context = b->context;
  while (state != RL_BACKGROUND_DONE && !atomic_load(&b->stopping)) {
    if (state == RL_BACKGROUND_WAITS || atomic_load(&wanted)) sleep_a_millisecond();
    pthread_rwlock_rdlock(&gate);
    state = b->piece(b->context);
    pthread_rwlock_unlock(&gate);
  }
  atomic_store(&b->over, true);
  return NULL;
}

rl_status rl_background_start(rl_background **out, rl_background_piece *piece, void *context,
                              rl_error *error) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  *out = NULL;
  rl_background *b = rl_allocate(1, sizeof *b);
  if (!b) return rl_fail(error, RL_NO_MEMORY, "out of memory for a thread");
  pthread_once(&once, prepare);
  b->piece = piece;
  b->context = context;
  b->budget = rl_budget_in_use();
  b->threads = rl_threads();
  b->process = getpid();
  sigset_t all, before; /* signals are for the threads of the program */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&b->thread, NULL, work, b);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) {
    rl_release(b);
    return rl_fail(error, RL_NO_MEMORY, "the system gives no thread");
  }
  pthread_mutex_lock(&list_lock);
  b->next = list;
  list = b;
  pthread_mutex_unlock(&list_lock);
  *out = b;
  return RL_OK;
}

void rl_background_end(rl_background *b) {
  if (!b) return;
  end_thread(b);
  rl_release(b);
}

void rl_background_wait(rl_background *b) {
  if (!b) return;
  if (take_out(b)) pthread_join(b->thread, NULL);
  rl_release(b);
}

bool rl_background_runs(const rl_background *b) { return b->process == getpid() && !atomic_load(&b->over); }

void *rl_background_context(void) { return own_context; }
