#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Aligned by rl_allocate_unset, whatever malloc does: glibc keeps lists of small free blocks for malloc alone. What is
 * large is taken from the system in large pages, where it gives them: in a few steps rather than thousands. */
static const size_t LARGE_PAGE = (size_t)2 << 20;

static void *default_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  char *memory = malloc(size + alignment);
#ifdef MADV_HUGEPAGE
  size_t before = LARGE_PAGE - (uintptr_t)memory % LARGE_PAGE;
  if (memory && size >= before + LARGE_PAGE)
    madvise(memory + before, (size - before) / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
  return memory;
}

static void default_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static rl_allocator the_allocator = {default_allocate, default_release, NULL};

void rl_set_allocator(rl_allocator allocator) { the_allocator = allocator; }

/* `used` counts an extra byte for whoever made the budget: at 0 nothing is left that points to it. */
struct rl_budget {
  char name[32];
  size_t limit;
  atomic_size_t used;
  atomic_bool refused;
};

static _Thread_local rl_budget *in_use;
static _Thread_local bool explained = true; /* false after a refusal, until a failure has said so */

/* Right before each block. */
typedef struct header {
  rl_budget *budget;
  size_t bytes;
  void *memory; /* that it lies in */
} header;

rl_budget *rl_budget_create(const char *name, size_t limit) {
  rl_budget *budget = calloc(1, sizeof *budget);
  if (!budget) return NULL;
  snprintf(budget->name, sizeof budget->name, "%s", name);
  budget->limit = limit;
  atomic_init(&budget->used, 1);
  return budget;
}

static void give_back(rl_budget *budget, size_t bytes) {
  if (budget && atomic_fetch_sub(&budget->used, bytes) == bytes) free(budget);
}

void rl_budget_free(rl_budget *budget) { give_back(budget, 1); }

rl_budget *rl_budget_use(rl_budget *budget) {
  rl_budget *before = in_use;
  in_use = budget;
  return before;
}

rl_budget *rl_budget_in_use(void) { return in_use; }

size_t rl_budget_limit(const rl_budget *budget) { return budget->limit; }

size_t rl_budget_used(const rl_budget *budget) { return atomic_load(&budget->used) - 1; }

bool rl_budget_refused(rl_budget *budget) { return atomic_exchange(&budget->refused, false); }

size_t rl_budget_explain(char *out, size_t size) {
  if (explained || !in_use) return 0;
  explained = true;
  return (size_t)snprintf(out, size, "not enough memory: %s allows %zu bytes: ", in_use->name, in_use->limit);
}

static bool take(rl_budget *budget, size_t bytes) {
  if (!budget) return true;
  size_t used = atomic_load(&budget->used);
  while (used - 1 <= budget->limit && bytes <= budget->limit - (used - 1))
    if (atomic_compare_exchange_weak(&budget->used, &used, used + bytes)) return true;
  atomic_store(&budget->refused, true);
  explained = false;
  return false;
}

/* Of more bytes than it is given: a header, and what makes a multiple of the alignment. */
void *rl_allocate_unset(size_t bytes, size_t beside) {
  if (bytes > SIZE_MAX / 2) return NULL;
  bytes = (bytes + 2 * RL_ALIGNMENT - 1) / RL_ALIGNMENT * RL_ALIGNMENT;
  if (beside > SIZE_MAX - bytes) return NULL;
  rl_budget *budget = in_use;
  if (!take(budget, bytes + beside)) return NULL;
  char *memory = the_allocator.allocate(bytes, RL_ALIGNMENT, the_allocator.context);
  if (!memory) {
    give_back(budget, bytes + beside);
    return NULL;
  }
  size_t before = sizeof(header) + RL_ALIGNMENT - 1;
  char *block = memory + before - ((uintptr_t)memory + before) % RL_ALIGNMENT;
  ((header *)(void *)block)[-1] = (header){budget, bytes + beside, memory};
  return block;
}

void *rl_allocate(size_t count, size_t size) {
  if (size && count > SIZE_MAX / size) return NULL;
  void *memory = rl_allocate_unset(count * size, 0);
  if (memory) memset(memory, 0, count * size);
  return memory;
}

void rl_release(void *memory) {
  if (!memory) return;
  header head = ((header *)memory)[-1];
  the_allocator.release(head.memory, the_allocator.context);
  give_back(head.budget, head.bytes);
}
