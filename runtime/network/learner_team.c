/* Learners side by side. A minibatch is work for some tens of microseconds: to wake threads for it and to wait for all
 * of them would take as long. So threads stay for all minibatches and take pieces of any learner. Whoever ends the
 * last piece of a wave adds its gradients up, takes the step and opens the next wave, while the others work on
 * another learner or look out for what comes. What is computed does not depend on who does it. */
#include "network/learner.h"

#include "base/parallel.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
  MOST = 2,     /* learners */
  LOOKS = 2000, /* for work before the core is left to another thread */
  NUMBER = 16   /* bits */
};

/* What there is to do of one learner: number of the wave << 32 | its pieces << 16 | those that are taken. */
typedef struct queue {
  _Alignas(64) _Atomic uint64_t open;
  _Alignas(64) atomic_int left; /* pieces of the wave that are not done */
  atomic_bool over;
} queue;

typedef struct team {
  rl_learner *const *learners;
  int count;
  rl_learner_next *next;
  void *context;
  queue of[MOST];
} team;

static void open_wave(team *t, int which) {
  queue *q = &t->of[which];
  const uint64_t n = (uint64_t)rl_learner_wave(t->learners[which]);
  atomic_store(&q->left, (int)n);
  atomic_store(&q->open, ((atomic_load(&q->open) >> 32) + 1) << 32 | n << NUMBER);
}

/* Takes a piece; -1: there is none now. */
static int take(queue *q) {
  const uint64_t mask = (1U << NUMBER) - 1;
  uint64_t open = atomic_load(&q->open);
  while ((open & mask) < (open >> NUMBER & mask))
    if (atomic_compare_exchange_weak(&q->open, &open, open + 1)) return (int)(open & mask);
  return -1;
}

/* Works on what is there; false when there was nothing. */
static bool work(team *t, int which) {
  queue *q = &t->of[which];
  rl_learner *learner = t->learners[which];
  const int place = take(q);
  if (place < 0) return false;
  rl_learner_piece(learner, place);
  if (atomic_fetch_sub(&q->left, 1) > 1) return true;
  if (rl_learner_end_wave(learner) || t->next(t->context, which))
    open_wave(t, which);
  else
    atomic_store(&q->over, true);
  return true;
}

static void member(void *context, int index, int worker) {
  team *t = context;
  (void)worker;
  for (int looks = 0;;) {
    bool over = true, worked = false;
    for (int i = 0; i < t->count; i++) {
      const int which = (index + i) % t->count; /* half of the threads begin with the other */
      if (atomic_load(&t->of[which].over)) continue;
      over = false;
      worked = work(t, which) || worked;
    }
    if (over) return;
    looks = worked ? 0 : looks + 1;
    if (looks > LOOKS) sched_yield();
  }
}

void rl_learner_run_together(rl_learner *const *learners, int count, rl_learner_next *next, void *context) {
  assert(count <= MOST);
  team t = {.learners = learners, .count = count, .next = next, .context = context};
  int members = 0;
  for (int i = 0; i < count; i++) {
    members += rl_learner_wave(learners[i]);
    open_wave(&t, i);
  }
  rl_parallel_for(members < rl_threads() ? members : rl_threads(), member, &t);
}
