#define _DEFAULT_SOURCE /* madvise */
#include "base/blocks.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Before each block. malloc aligns to 16 bytes, so that before a multiple of RL_ALIGNMENT behind its address there is
 * room for this. aligned_alloc would be slow for small blocks: glibc keeps no list of them. */
typedef struct origin {
  void *memory;
  size_t bytes;
} origin;

_Static_assert(sizeof(origin) <= 16, "an origin fits before each block");

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define RL_HAS_ASAN
#endif
#endif

enum { MOST_KEPT = 8 };
static const size_t MOST_BYTES = (size_t)64 << 20;
#if defined __SANITIZE_ADDRESS__ || defined RL_HAS_ASAN
static const size_t LEAST_BYTES = SIZE_MAX; /* it finds uses of memory that is really released */
#else
static const size_t LEAST_BYTES = (size_t)128 << 10;
#endif

static void *kept[MOST_KEPT]; /* the oldest first */
static int count;
static size_t bytes_kept;
static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; /* who finds it taken, also by a thread that a fork has left
                                                            behind, goes on without */

static origin *origin_of(void *block) { return (origin *)block - 1; }

static void *take(int i) {
  void *block = kept[i];
  bytes_kept -= origin_of(block)->bytes;
  count--;
  for (; i < count; i++) kept[i] = kept[i + 1];
  return block;
}

static void release(void *block) { free(origin_of(block)->memory); }

/* The youngest that fits with little to spare. */
static void *find(size_t bytes) {
  for (int i = count - 1; i >= 0; i--) {
    size_t size = origin_of(kept[i])->bytes;
    if (size >= bytes && size - bytes <= bytes / 8) return take(i);
  }
  return NULL;
}

void rl_blocks_release_kept(void) {
  if (pthread_mutex_trylock(&lock)) return;
  while (count > 0) release(take(0));
  pthread_mutex_unlock(&lock);
}

/* When the library goes. */
__attribute__((destructor)) static void release_at_end(void) { rl_blocks_release_kept(); }

/* Tensors of a million numbers are read and written twice as fast where the system gives large pages. */
static const size_t LARGE_PAGE = (size_t)2 << 20;

/* A last page that is not full is a large one too where little of it is wasted. */
static void *allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
  size_t alignment = bytes >= LARGE_PAGE ? LARGE_PAGE : RL_ALIGNMENT;
  size_t rest = alignment - (bytes - 1) % alignment - 1, room = rest <= bytes / 8 ? bytes + rest : bytes;
  char *memory = malloc(room + alignment);
  if (!memory) return NULL;
  char *block = memory + alignment - (uintptr_t)memory % alignment;
#ifdef MADV_HUGEPAGE
  if (alignment == LARGE_PAGE) madvise(block, room / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
  *origin_of(block) = (origin){memory, bytes};
  return block;
}

void *rl_block_allocate(size_t bytes) {
  void *block = NULL;
  if (bytes >= LEAST_BYTES && pthread_mutex_trylock(&lock) == 0) {
    block = find(bytes);
    pthread_mutex_unlock(&lock);
  }
  if (!block) block = allocate(bytes);
  if (!block) {
    rl_blocks_release_kept();
    block = allocate(bytes);
  }
  return block;
}

void rl_block_release(void *block) {
  size_t bytes = origin_of(block)->bytes;
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES || pthread_mutex_trylock(&lock)) {
    release(block);
    return;
  }
  while (count == MOST_KEPT || bytes_kept + bytes > MOST_BYTES) release(take(0));
  kept[count++] = block;
  bytes_kept += bytes;
  pthread_mutex_unlock(&lock);
}
