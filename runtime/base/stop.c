#include "base/stop.h"

#include <stdatomic.h>

static atomic_bool asked;

void rl_stop(void) { atomic_store_explicit(&asked, true, memory_order_relaxed); }

void rl_stop_forget(void) { atomic_store_explicit(&asked, false, memory_order_relaxed); }

bool rl_stop_asked(void) { return atomic_load_explicit(&asked, memory_order_relaxed); }

rl_status rl_stop_check(rl_error *error) {
  return rl_stop_asked() ? rl_fail(error, RL_INTERRUPTED, "interrupted") : RL_OK;
}
