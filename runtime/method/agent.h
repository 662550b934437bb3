/* A method that is handed its steps by a program that owns the loop: a game asks for actions, plays them, and
 * says what came of them. When there are enough for a batch the method is updated.
 *
 *   rl_agent_create(&agent, ppo, 128, &error);
 *   for each frame {
 *     rl_agent_see(agent, observation, &error);
 *     while (rl_agent_learns(agent)) rl_agent_advance(agent, &stats, &error);   // or some pieces a frame
 *     rl_agent_act(agent, &action, &error);
 *     ...
 *     rl_agent_reward(agent, reward, terminated, truncated, final_observation, &error);
 *   }
 *
 * An agent has as many copies as the method's environment, which it does not step. While it learns it still
 * acts, but nothing is recorded: what is played meanwhile is no part of any batch. */
#ifndef RL_AGENT_H
#define RL_AGENT_H

#include "method/method.h"

RL_C_BEGIN

typedef struct rl_agent rl_agent;

/* `steps` of each copy make a batch. The method must outlive it. RL_BAD_ARGUMENT when its batches are whole
 * episodes. */
rl_status rl_agent_create(rl_agent **agent, rl_method *method, int steps, rl_error *error);
void rl_agent_free(rl_agent *agent);

/* What each copy sees now, observation [copies, observation.size]: after the end of an episode, the first of
 * the next. To a full batch it is the state after the last step; the agent then learns. RL_BAD_ARGUMENT before
 * the rewards of the last actions, or while a trainer or another agent has the method; RL_NOT_FINITE. */
rl_status rl_agent_see(rl_agent *agent, const float *observation, rl_error *error);
/* action: [copies, width] until the next call, as sampled, not clamped. RL_BAD_ARGUMENT when nothing was
 * seen; RL_NOT_FINITE naming a parameter. */
rl_status rl_agent_act(rl_agent *agent, const float **action, rl_error *error);

/* What came of the actions, all [copies]. terminated: the task ended, nothing comes after. truncated: the
 * episode was cut, and what would have come is valued by the last row that it saw, in final_observation
 * [copies, observation.size]; both: terminated. The last three may be NULL, final_observation only where
 * nothing is truncated. A critic that reads all agents of a world reads the last rows of those that terminated beside it too; one
 * that goes on alone it reads as it was before the step. RL_BAD_ARGUMENT, RL_NOT_FINITE naming the copy; nothing has changed then. */
rl_status rl_agent_reward(rl_agent *agent, const float *reward, const uint8_t *terminated,
                          const uint8_t *truncated, const float *final_observation, rl_error *error);

/* A piece of what a full batch is for: values, then the update (rl_method_advance). Errors as there; the
 * batch is then given up. */
bool rl_agent_learns(const rl_agent *agent);
rl_status rl_agent_advance(rl_agent *agent, rl_method_stats *stats, rl_error *error);

/* All copies begin anew, and what is half done is given up. */
void rl_agent_reset(rl_agent *agent);

/* What was seen and handed in so far: "<prefix>.*"; the batch is the method's, which saves it. Loaded by an agent that was
 * made as the same of its method, with as many copies and steps. A failed load changes nothing. */
rl_status rl_agent_save(const rl_agent *agent, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_agent_load(rl_agent *agent, const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
