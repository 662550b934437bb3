#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *default_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return aligned_alloc(alignment, size);
}

static void default_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static rl_allocator the_allocator = {default_allocate, default_release, NULL};

void rl_set_allocator(rl_allocator allocator) { the_allocator = allocator; }

void *rl_allocate(size_t count, size_t size) {
  if (size && count > (SIZE_MAX - RL_ALIGNMENT) / size) return NULL;
  size_t bytes = (count * size + RL_ALIGNMENT) / RL_ALIGNMENT * RL_ALIGNMENT; /* never 0 */
  void *memory = the_allocator.allocate(bytes, RL_ALIGNMENT, the_allocator.context);
  if (memory) memset(memory, 0, bytes);
  return memory;
}

void rl_release(void *memory) {
  if (memory) the_allocator.release(memory, the_allocator.context);
}
