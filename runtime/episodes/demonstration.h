/* Demonstrations: what somebody else did in an environment, a person or a controller, episode after episode, to be learnt
 * from: observations, actions, rewards, and how each episode ended. Kept as a safetensors file (archive.h):
 *
 *   observation       F32 [steps, n]       before each step; where actions are masked it ends with the mask
 *   action            F32 [steps, width]   of choices the index, from 0
 *   reward            F32 [steps]
 *   terminated        U8  [steps]          1: the task ended here, nothing would come after
 *   truncated         U8  [steps]          1: time ran out, or the recording was cut; never both
 *   last_observation  F32 [episodes, n]    after the last step of each episode; else the next row of `observation` is it
 *   seed              I64 [episodes]       that the episode was made with; -1: it had none
 *   action_bounds     F32 [factors, 2]     lower and upper bounds of real numbers
 *
 * and the strings "format" = "rl-demonstration-1", "environment" (its name), "action" (rl_space_text),
 * "observation_names" and "action_names" (one a line; left out where there are none). The last step of the last episode
 * has ended too. */
#ifndef RL_DEMONSTRATION_H
#define RL_DEMONSTRATION_H

#include "archive/archive.h"
#include "base/space.h"

RL_C_BEGIN

enum { RL_DEMONSTRATION_NAME = 64, RL_DEMONSTRATION_FROM = 256 };

/* Of what environment. */
typedef struct rl_demonstrated {
  const char *environment;
  rl_space observation, action;
  const char *const *observation_names, *const *action_names; /* or NULL */
} rl_demonstrated;

typedef struct rl_demonstration {
  char environment[RL_DEMONSTRATION_NAME];
  char from
      [RL_DEMONSTRATION_FROM]; /* "walk.safetensors" where it was read from a file, else "the demonstration" */
  rl_space observation, action;
  char *observation_names, *action_names; /* one a line; NULL: none */
  int64_t steps, room;
  float *obs;                      /* [steps, observation.size] */
  float *actions;                  /* [steps, width] */
  float *reward;                   /* [steps] */
  uint8_t *terminated, *truncated; /* [steps] */
  int64_t episodes, episode_room;  /* that have ended */
  float *last_obs;                 /* [episodes, observation.size] */
  int64_t *seed, *end;             /* [episodes]; end: steps until then */
  int64_t next_seed;               /* of the episode that goes on; -1 */
} rl_demonstration;

/* A step. last: what came after it; needed where the episode ends, else it may be NULL. */
typedef struct rl_transition {
  const float *obs, *action, *last;
  float reward;
  bool terminated, truncated;
} rl_transition;

/* An empty one. RL_NO_MEMORY; RL_BAD_ARGUMENT for a name of more than 63 letters. */
rl_status rl_demonstration_init(rl_demonstration *demo, const rl_demonstrated *of, rl_error *error);
void rl_demonstration_release(rl_demonstration *demo);

/* Appends a step. RL_NOT_FINITE, RL_BAD_ARGUMENT naming what is wrong with it: an action that the space, or the mask, does
 * not have, an end both ways, an end without what came after. Nothing changes then. */
rl_status rl_demonstration_add(rl_demonstration *demo, const rl_transition *step, rl_error *error);
/* The seed of the episode that begins. */
void rl_demonstration_seed(rl_demonstration *demo, int64_t seed);
bool rl_demonstration_open(const rl_demonstration *demo); /* whether an episode goes on */
/* Ends an episode that goes on as truncated: `last` is what came after its last step; NULL, when nobody knows, leaves the last
 * step out, whose observation it is then. */
rl_status rl_demonstration_cut(rl_demonstration *demo, const float *last, rl_error *error);
/* Behind the episodes of `to`, which must have ended, those of `from`. RL_BAD_SHAPE when they are of different spaces. */
rl_status rl_demonstration_append(rl_demonstration *to, const rl_demonstration *from, rl_error *error);

/* What came after a step [observation.size]. All episodes have ended. */
const float *rl_demonstration_next(const rl_demonstration *demo, int64_t step);
/* By which other demonstrations are told from these. */
uint64_t rl_demonstration_mark(const rl_demonstration *demo);

/* RL_BAD_SHAPE saying what the demonstration has and what is wanted: other spaces, other names of observations or actions, or,
 * where of->environment is not NULL, another environment. */
rl_status rl_demonstration_fits(const rl_demonstration *demo, const rl_demonstrated *of, rl_error *error);

/* All episodes have ended. RL_BAD_FILE; RL_BAD_ARGUMENT when there is no step. */
rl_status rl_demonstration_save(const rl_demonstration *demo, const char *path, rl_error *error);
/* Reads one into `demo`, which holds nothing. RL_BAD_FILE, RL_BAD_FORMAT, RL_NOT_FINITE naming file, array and step. */
rl_status rl_demonstration_load(rl_demonstration *demo, const char *path, rl_error *error);

RL_C_END

#endif
