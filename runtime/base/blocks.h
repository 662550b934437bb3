/* Aligned blocks of malloc, and a few large ones that were released and are kept for whoever wants one next: to take
 * their pages anew from the system costs several times what a sum of two tensors does. */
#ifndef RL_BLOCKS_H
#define RL_BLOCKS_H

#include "base/linkage.h"

#include <stddef.h>

RL_C_BEGIN

/* Aligned to RL_ALIGNMENT; NULL when out of memory. */
void *rl_block_allocate(size_t bytes);
void rl_block_release(void *block);
void rl_blocks_release_kept(void);

RL_C_END

#endif
