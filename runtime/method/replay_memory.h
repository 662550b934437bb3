/* A replay memory (Lin 1992): steps that were collected, the newest so many, for methods that learn from a step more than
 * once. Observations are as the environment gave them: who learns from them normalises them as it does by then.
 *
 * Each step is one row, so that drawing some by chance costs a cache miss or two each. For a critic that reads all agents of a
 * world their rows of a moment lie side by side, that of agent a at a place a beyond a multiple of their number; one who rests
 * while its world goes on has a row too, which is never drawn. */
#ifndef RL_REPLAY_MEMORY_H
#define RL_REPLAY_MEMORY_H

#include "episodes/rollout.h"

RL_C_BEGIN

/* A step of one copy; as it is in a memory it is good until the next is put there. */
typedef struct rl_memory_step {
  const float *obs, *action; /* [obs_size], [width] */
  const float *after;        /* [obs_size] the observation that the action led to */
  float reward, log_prob;    /* of the action, by the policy that took it */
  bool goes_on;              /* it did not terminate: what comes after counts */
  bool rests;                /* it is none: the agent had ended before */
  bool
      leaves; /* it was cut while its world went on: it is valued as one that goes on, and others see it rest */
} rl_memory_step;

typedef struct rl_memory {
  int obs_size, width; /* floats of an observation, of an action */
  int agents;          /* whose rows lie side by side; 1: each step is by itself */
  int capacity, count; /* rows: at most, a multiple of agents; now */
  int next;            /* place of the one that comes next */
  size_t stride;
  float *
      rows; /* [capacity, stride]: observation, action, observation after, reward, log-probability, goes on */
} rl_memory;

/* Takes its memory at once; the system gives pages as they are written to. RL_NO_MEMORY saying how much. */
rl_status rl_memory_init(rl_memory *memory, int capacity, int obs_size, int width, int agents,
                         rl_error *error);
void rl_memory_release(rl_memory *memory);

/* Copies a step to where the oldest is, once the memory is full. Those of a world are put one after the other. */
void rl_memory_put(rl_memory *memory, const rl_memory_step *step);
/* Puts the steps of a batch that is late (it has what episodes ended at), in their order. Where an episode was cut, by time or
 * by the end of the batch, it goes on in the observation after the step; where it terminated there is nothing after, but what
 * the others of its world see. */
void rl_memory_take(rl_memory *memory, const rl_rollout *batch);
/* place < count. Places are in no order once the memory has been full. */
rl_memory_step rl_memory_at(const rl_memory *memory, int place);
/* Places of steps by chance, uniformly, with replacement, of a memory that is not empty; begins to bring their steps nearer. */
void rl_memory_draw(const rl_memory *memory, rl_rng *rng, int rows, int *place);

/* Arrays "<prefix>.steps" [count, stride], ".place" [1]: all that it has, 4 stride bytes a step. load wants the same sizes,
 * agents and capacity, and reads into a memory that is empty. */
rl_status rl_memory_save(const rl_memory *memory, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_memory_load(rl_memory *memory, const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
