/* Inside a collector: collector.c (collecting), collector_check.c (what it can collect) and collector_state.c (saving). */
#ifndef RL_COLLECTOR_INTERNAL_H
#define RL_COLLECTOR_INTERNAL_H

#include "base/memory.h"
#include "method/collector.h"

RL_C_BEGIN

static inline size_t cells(const rl_rollout *r) { return (size_t)r->steps * (size_t)r->copies; }

/* Room for a number of each of n cells. */
static inline rl_status reserve(float **array, size_t n, rl_error *error) {
  *array = rl_allocate(n, sizeof **array);
  return *array ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %zu steps", n);
}

/* Do environment, networks and options fit together? */
rl_status rl_collector_check(const rl_collector *c, const rl_collect_options *options, rl_error *error);
rl_status rl_collector_check_free(const rl_collector *c, rl_error *error); /* no batch is half done */
/* Room for batches of `steps`, that nothing has been collected into. */
rl_status rl_collector_make_room(rl_collector *c, int steps, rl_error *error);
void rl_collector_set_up(rl_collector *c); /* what the batch that is there is to be like */

RL_C_END

#endif
