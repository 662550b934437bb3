#include "method/trainer.h"

#include "base/background.h"
#include "base/memory.h"
#include "method/method_internal.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct networks {
  rl_policy policy, base;
  rl_value value;
} networks;

struct rl_trainer {
  rl_method *method;
  int64_t number;
  int steps;
  atomic_int phase;
  _Atomic float fraction;
  rl_background *thread; /* or NULL */
  bool has_copies;       /* the method trains `copies` in the place of */
  rl_policy *policy, *base;
  rl_value *value;
  networks copies;
  int64_t left; /* iterations, 0: any number */

  pthread_mutex_t lock; /* of what follows, which thread and poll share */
  networks whole;       /* after the last iteration; without a base */
  bool fresh;           /* it has not been handed over */
  rl_iteration untold[RL_UNTOLD];
  int first, count;
  bool ended;       /* the thread has no more to do */
  rl_status status; /* that has ended it */
  rl_error error;
};

rl_status rl_trainer_create(rl_trainer **out, rl_method *method, int steps, rl_error *error) {
  *out = rl_allocate(1, sizeof **out);
  if (!*out) return rl_fail(error, RL_NO_MEMORY, "out of memory for a trainer");
  pthread_mutex_init(&(*out)->lock, NULL);
  (*out)->method = method;
  (*out)->number = ++method->trainers;
  (*out)->steps = steps;
  return RL_OK;
}

/* --- the networks --- */

static void release_networks(networks *n) {
  rl_policy_release(&n->policy);
  rl_policy_release(&n->base);
  rl_value_release(&n->value);
}

/* Of those of the method; base may be NULL. */
static rl_status copy_networks(networks *n, const rl_method *m, const rl_policy *base, rl_error *error) {
  rl_status status = rl_policy_clone(&n->policy, m->policy, error);
  if (!status && m->value) status = rl_value_clone(&n->value, m->value, error);
  if (!status && base) status = rl_policy_clone(&n->base, base, error);
  return status;
}

static void release_copies(rl_trainer *t) {
  release_networks(&t->copies);
  release_networks(&t->whole);
  t->has_copies = t->fresh = false;
}

static rl_status take_copies(rl_trainer *t, rl_error *error) {
  rl_method *m = t->method;
  rl_status status = copy_networks(&t->copies, m, m->base, error);
  if (!status) status = copy_networks(&t->whole, m, NULL, error);
  if (status) {
    release_copies(t);
    return status;
  }
  t->policy = m->policy;
  t->value = m->value;
  t->base = m->base;
  rl_method_use(m, &t->copies.policy, m->value ? &t->copies.value : NULL, m->base ? &t->copies.base : NULL);
  m->borrower = t;
  t->has_copies = true;
  return RL_OK;
}

/* To the program. */
static void hand_over(rl_trainer *t) {
  if (!t->fresh) return;
  rl_network_copy(&t->policy->network, &t->whole.policy.network);
  if (t->value) rl_network_copy(&t->value->network, &t->whole.value.network);
  t->fresh = false;
}

static void keep(rl_trainer *t) {
  rl_network_copy(&t->whole.policy.network, &t->copies.policy.network);
  if (t->value) rl_network_copy(&t->whole.value.network, &t->copies.value.network);
  t->fresh = true;
}

static void return_method(rl_trainer *t) {
  rl_method_use(t->method, t->policy, t->value, t->base);
  t->method->borrower = NULL;
  release_copies(t);
}

/* --- pieces --- */

/* Whether what is half done is this trainer's. */
static bool has_begun(const rl_trainer *t) {
  const rl_method *m = t->method;
  return m->phase != RL_IDLE && m->trainer == t->number && !m->agent;
}

static rl_status next_piece(rl_trainer *t, rl_iteration *iteration, bool *done, rl_error *error) {
  rl_method *m = t->method;
  rl_status status;
  *done = false;
  if (!has_begun(t)) {
    status = rl_method_begin_collect(m, t->steps, error);
    if (!status) m->trainer = t->number;
    return status;
  }
  const bool collects = m->phase == RL_COLLECTING;
  status = rl_method_advance(m, &iteration->update, error);
  if (status || m->phase != RL_IDLE) return status;
  if (collects) return rl_method_begin_update(m, error);
  iteration->batch = m->collector.rollout.stats;
  *done = true;
  return RL_OK;
}

rl_status rl_trainer_advance(rl_trainer *t, rl_iteration *iteration, bool *done, rl_error *error) {
  *done = false;
  rl_status status = rl_method_check_here(t->method, error);
  if (status) return status;
  status = next_piece(t, iteration, done, error);
  if (t->method->phase == RL_IDLE) rl_trainer_stop(t); /* which hands over */
  return status;
}

/* --- the thread --- */

static bool is_far_ahead(rl_trainer *t) {
  pthread_mutex_lock(&t->lock);
  const bool far = t->count == RL_UNTOLD;
  pthread_mutex_unlock(&t->lock);
  return far;
}

static void publish(rl_trainer *t, const rl_iteration *iteration, bool last) {
  pthread_mutex_lock(&t->lock);
  t->untold[(t->first + t->count++) % RL_UNTOLD] = *iteration;
  keep(t);
  t->ended = last;
  pthread_mutex_unlock(&t->lock);
}

static void fail(rl_trainer *t, rl_status status, const rl_error *error) {
  pthread_mutex_lock(&t->lock);
  t->ended = true;
  t->status = status;
  t->error = *error;
  pthread_mutex_unlock(&t->lock);
}

static rl_background_state piece(void *context) {
  rl_trainer *t = context;
  rl_iteration iteration;
  rl_error error;
  bool done;
  if (t->method->phase == RL_IDLE && is_far_ahead(t)) return RL_BACKGROUND_WAITS;
  rl_status status = next_piece(t, &iteration, &done, &error);
  atomic_store_explicit(&t->phase, (int)t->method->phase, memory_order_relaxed);
  atomic_store_explicit(&t->fraction, (float)rl_method_fraction(t->method), memory_order_relaxed);
  const bool last = status || (done && t->left && --t->left == 0);
  if (done) publish(t, &iteration, last);
  if (status) fail(t, status, &error);
  return last ? RL_BACKGROUND_DONE : RL_BACKGROUND_MORE;
}

rl_status rl_trainer_start(rl_trainer *t, int64_t iterations, rl_error *error) {
  rl_method *m = t->method;
  if (t->thread && !rl_background_runs(t->thread)) rl_trainer_stop(t);
  rl_status status = rl_method_check_here(m, error); /* first: a thread may be at the environment */
  if (!status) status = rl_vec_env_check_thread(m->collector.env, error);
  if (!status && !has_begun(t)) status = rl_method_check_idle(m, error);
  if (!status && !t->has_copies) status = take_copies(t, error);
  if (status) return status;
  t->left = iterations;
  t->ended = false;
  t->status = RL_OK;
  status = rl_background_start(&t->thread, piece, t, error);
  if (status) rl_trainer_stop(t);
  return status;
}

bool rl_trainer_runs(const rl_trainer *t) { return t->thread != NULL; }

void rl_trainer_stop(rl_trainer *t) {
  if (!t || !t->has_copies) return;
  rl_background_end(t->thread);
  t->thread = NULL;
  t->ended = false;
  const bool idle = t->method->phase == RL_IDLE;
  if (idle) keep(t); /* an update that was given up, too */
  hand_over(t);
  if (idle) return_method(t);
}

rl_status rl_trainer_poll(rl_trainer *t, rl_iteration *iteration, bool *news, rl_error *error) {
  if (t->thread && !rl_background_runs(t->thread)) rl_trainer_stop(t);
  rl_status status = RL_OK;
  pthread_mutex_lock(&t->lock);
  hand_over(t);
  *news = t->count > 0;
  if (*news) {
    *iteration = t->untold[t->first];
    t->first = (t->first + 1) % RL_UNTOLD;
    t->count--;
  } else {
    status = t->status;
    if (status) *error = t->error;
    t->status = RL_OK;
  }
  const bool ended = t->ended;
  pthread_mutex_unlock(&t->lock);
  if (ended) rl_trainer_stop(t);
  return status;
}

rl_method_phase rl_trainer_phase(const rl_trainer *t) {
  return t->thread ? (rl_method_phase)atomic_load(&t->phase) : rl_method_phase_of(t->method);
}

double rl_trainer_fraction(const rl_trainer *t) {
  return t->thread ? (double)atomic_load(&t->fraction) : rl_method_fraction(t->method);
}

/* --- its end --- */

void rl_trainer_leave(rl_trainer *t) {
  if (!t) return;
  rl_background_end(t->thread);
  t->thread = NULL;
  if (t->has_copies) t->method->borrower = NULL;
  release_copies(t);
}

void rl_trainer_free(rl_trainer *t) {
  if (!t) return;
  rl_background_end(t->thread);
  t->thread = NULL;
  if (t->has_copies) {
    rl_method *m = t->method;
    if (m->phase == RL_UPDATING) rl_method_undo_update(m);
    rl_collector_stop(&m->collector);
    m->phase = RL_IDLE;
    return_method(t);
  }
  pthread_mutex_destroy(&t->lock);
  rl_release(t);
}

rl_status rl_trainer_save(const rl_trainer *t, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  return rl_archive_put(archive, rl_archive_key(name, prefix, "trainer"), RL_I64, 1, (int64_t[]){2},
                        (int64_t[]){t->number, t->steps}, error);
}

rl_status rl_trainer_load(const rl_trainer *t, const rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t saved[2];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "trainer"), RL_I64, 2, saved, error);
  if (!status && (saved[0] != t->number || saved[1] != t->steps))
    status = rl_fail(error, RL_BAD_FORMAT,
                     "%s: trainer %lld of its method, with %lld steps, there; %lld, with %d, here", prefix,
                     (long long)saved[0], (long long)saved[1], (long long)t->number, t->steps);
  return status;
}
