/* The one allocator of the library. Memory is zeroed and aligned to 64 bytes (a cache line, an AVX-512
 * register). Nothing in a hot loop allocates: objects take what they need when they are created. */
#ifndef RL_MEMORY_H
#define RL_MEMORY_H

#include "base/linkage.h"

#include <stddef.h>

RL_C_BEGIN

enum { RL_ALIGNMENT = 64 };

typedef struct rl_allocator {
  void *(*allocate)(size_t size, size_t alignment, void *context); /* NULL when out of memory */
  void (*release)(void *memory, void *context);
  void *context;
} rl_allocator;

/* Replaces the allocator of the process; its functions are called from several threads. To be called before
 * anything else of the library. */
void rl_set_allocator(rl_allocator allocator);

/* `count` zeroed elements of `size` bytes; NULL when out of memory or when the product overflows. */
void *rl_allocate(size_t count, size_t size);
void rl_release(void *memory); /* NULL is allowed */

RL_C_END

#endif
