/* A value is a network with one output: V(s), Q(s, a) where it takes the action beside the observation, or, of a critic that
 * knows all agents of a world, of what all of them observe and do. It carries its own normaliser. */
#ifndef RL_VALUE_H
#define RL_VALUE_H

#include "base/option.h"
#include "base/space.h"
#include "network/network.h"

RL_C_BEGIN

typedef struct rl_value {
  rl_network network;
} rl_value;

/* All of the struct but the widths of its layers and its gains. */
rl_options rl_value_option_table(void);
rl_network_options rl_value_defaults(void);

/* V(s): one that reads the observations alone. Errors as rl_policy_init. */
rl_status rl_value_init(rl_value *value, const rl_space *observation, const rl_network_options *options,
                        rl_error *error);
/* The same architecture, parameters and statistics in memory of its own. RL_NO_MEMORY. */
rl_status rl_value_clone(rl_value *clone, const rl_value *value, rl_error *error);
/* As rl_policy_step: values out [rows] of observations [rows, rl_network_size]. RL_NO_MEMORY. */
rl_status rl_value_step(rl_value *value, const float *observations, int rows, float *memory, float *out,
                        rl_error *error);
/* One that takes an action beside the observation: inputs [rows, history observation.size + action.size], of
 * rl_space_encode. RL_BAD_ARGUMENT also for a recurrent layer, and for a symmetric network that reads a history. */
rl_status rl_action_value_init(rl_value *value, const rl_space *observation, const rl_space *action,
                               const rl_network_options *options, rl_error *error);
/* One that knows all agents of a world: it reads what they observe, in their order, what they do unless action is NULL
 * (numbers, and of a choice 1 for what was chosen, else 0), and of several agents 1 for the one that it is for, else 0. Of one
 * agent it is a plain value, or one of actions. width: inputs, where one agent has so many numbers. RL_BAD_ARGUMENT for
 * a history, a recurrent layer and a symmetric network. */
int rl_central_width(int observation, int action, int agents);
rl_status rl_central_value_init(rl_value *value, const rl_space *observation, const rl_space *action,
                                int agents, const rl_network_options *options, rl_error *error);
void rl_value_release(rl_value *value);
/* From what rl_network_save left under "value" in a file; errors and `altered` as of a policy. */
rl_status rl_value_load(rl_value *value, const char *path, bool *altered, rl_error *error);

RL_C_END

#endif
