/* Memory for so many allocations, for rl_set_allocator: scarce_allocate and scarce_release. */
#ifndef SCARCE_H
#define SCARCE_H

#include <stddef.h>
#include <stdlib.h>

static int allocations_left;

static inline void *scarce_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return allocations_left-- > 0 ? aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                                : NULL;
}

static inline void scarce_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

#endif
