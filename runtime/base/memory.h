/* The one allocator of the library. Memory is zeroed and aligned to 64 bytes (a cache line, an AVX-512
 * register). Nothing in a hot loop allocates: objects take what they need when they are created. */
#ifndef RL_MEMORY_H
#define RL_MEMORY_H

#include "base/linkage.h"

#include <stdbool.h>
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
/* Not zeroed: for what is large and mostly untouched. `beside`: bytes that the object will take by other means; they
 * count towards the budget as well. */
void *rl_allocate_unset(size_t bytes, size_t beside);
void rl_release(void *memory); /* NULL is allowed */

/* A limit for a part of the program. What a thread allocates while it uses a budget counts towards that until it is
 * released, wherever that is; an allocation that would go beyond the limit is refused before it is made. Loops of
 * rl_parallel_for use the budget of the thread that starts them. */
typedef struct rl_budget rl_budget;

/* NULL when out of memory. Failures for lack of memory then begin with "not enough memory: NAME allows LIMIT bytes". */
rl_budget *rl_budget_create(const char *name, size_t limit);
void rl_budget_free(rl_budget *budget); /* what counts towards it may be released later */
/* NULL: none, which is how a thread begins. Returns what the thread used before. */
rl_budget *rl_budget_use(rl_budget *budget);
rl_budget *rl_budget_in_use(void);
size_t rl_budget_limit(const rl_budget *budget); /* bytes */
size_t rl_budget_used(const rl_budget *budget);
bool rl_budget_refused(rl_budget *budget); /* whether anything was, since this was asked last */
/* Writes how such a failure begins, or nothing, and returns its length. For rl_fail. */
size_t rl_budget_explain(char *out, size_t size);

RL_C_END

#endif
