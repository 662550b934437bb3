/* Policies for programs without librl: one file that holds the network, the normaliser of its inputs and what its
 * outputs mean, so that it acts as rl_policy_dist with rl_dist_mode does. The file's extension chooses the form:
 *
 *   brain.lua     plain Lua for 5.1 to 5.5, LuaJIT and Luau: brain(observation[, random]) -> action
 *   brain.onnx    for ONNX runtimes: observation [batch, n] -> mean and log_std, or logits and action
 *   brain.h       C99 that needs math.h: brain(const float *observation, float *action)
 *
 * One that remembers (network.h) takes and gives what it remembers, which is all zeros at the start of an episode:
 *
 *   brain.lua     brain(observation[, random[, memory]]), brain.reset([memory]); a memory is a table
 *   brain.onnx    memory [batch, m] beside the observation, next_memory beside the rest
 *   brain.h       brain(const float *observation, float *memory, float *action), brain_reset(memory), brain_memory numbers
 *
 * A value head is left out. */
#ifndef RL_EXPORT_H
#define RL_EXPORT_H

#include "network/policy.h"

RL_C_BEGIN

/* RL_BAD_ARGUMENT, listing the extensions there are, for another one; RL_NOT_FINITE when a parameter is not;
 * RL_BAD_FILE naming the path and the system's reason; RL_NO_MEMORY. */
rl_status rl_policy_export(const rl_policy *policy, const char *path, rl_error *error);

RL_C_END

#endif
