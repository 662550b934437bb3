/* A replay memory (Lin 1992): steps that were collected, the newest so many, for methods that learn from a step more than
 * once. Observations are as the environment gave them: who learns from them normalises them as it does by then.
 *
 * Each step is one row, so that drawing some by chance costs a cache miss or two each. */
#ifndef RL_REPLAY_MEMORY_H
#define RL_REPLAY_MEMORY_H

#include "method/method.h"

RL_C_BEGIN

typedef struct rl_memory {
  int obs_size, width; /* floats of an observation, of an action */
  int capacity, count; /* steps: at most; now */
  int next;            /* place of the one that comes next */
  size_t stride;
  float *rows; /* [capacity, stride]: observation, action, observation after the step, then RL_MEMORY_ENDS */
} rl_memory;

/* The numbers at the end of a row. */
enum { RL_MEMORY_REWARD, RL_MEMORY_LOG_PROB, RL_MEMORY_GOES_ON, RL_MEMORY_ENDS };

static inline const float *rl_memory_row(const rl_memory *memory, int place) {
  return memory->rows + (size_t)place * memory->stride;
}
static inline size_t rl_memory_after(const rl_memory *memory) { /* where in a row that observation is */
  return (size_t)memory->obs_size + (size_t)memory->width;
}
static inline size_t rl_memory_ends(const rl_memory *memory) {
  return rl_memory_after(memory) + (size_t)memory->obs_size;
}

/* Takes its memory at once; the system gives pages as they are written to. RL_NO_MEMORY saying how much. */
rl_status rl_memory_init(rl_memory *memory, int capacity, int obs_size, int width, rl_error *error);
void rl_memory_release(rl_memory *memory);
/* The steps of a batch that is late (it has what episodes ended at), in their order. Where an episode was cut, by time or
 * by the end of the batch, it goes on in the observation after the step; where it terminated there is nothing after. */
void rl_memory_take(rl_memory *memory, const rl_rollout *batch);

/* Steps that are not of a batch. */
void rl_memory_add(rl_memory *memory, const rl_steps *steps);

/* Arrays "<prefix>.steps" [count, stride], ".place" [1]: all that it has, 4 stride bytes a step. load wants the same sizes
 * and capacity, and reads into a memory that is empty. */
rl_status rl_memory_save(const rl_memory *memory, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_memory_load(rl_memory *memory, const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
