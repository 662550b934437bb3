/* What a central critic reads (rl_central_value_init). In training a critic may know more than those that act: Lowe et al.
 * 2017, Foerster et al. 2018, Yu et al. 2022. The rows of a world lie side by side in a batch, so that nothing but they
 * is needed to join what its agents observe and do. */
#ifndef RL_CENTRAL_H
#define RL_CENTRAL_H

#include "env/vec_env.h"
#include "network/policy.h"
#include "network/value.h"

RL_C_BEGIN

typedef struct rl_central {
  int agents;             /* of a world; 0: the critic reads its own row only, and none of this is needed */
  int observation;        /* numbers of what one observes; of a history it is the newest */
  const rl_space *action; /* NULL: it does not read what they do */
  int inputs;             /* numbers of a row of the batch's observations, which end with the newest */
  int width;              /* of a row of the critic */
} rl_central;

/* Whether a value (or NULL) is a central critic in this environment, and of which kind. */
rl_central rl_central_of(const rl_env_def *def, const rl_policy *policy, const rl_value *value);

/* Rows first .. first + rows - 1 of a batch as the critic reads them: obs [.., inputs] and action [.., width of it] are
 * those of all rows; x [rows, width]. */
void rl_central_join(const rl_central *central, const float *obs, const float *action, int first, int rows,
                     float *x);
/* The same piece by piece, of one row x: what an agent has observed last, and done, and which of them it is for. */
void rl_central_put(const rl_central *central, int agent, const float *observation, const float *action,
                    float *x);
void rl_central_point(const rl_central *central, int agent, float *x);
/* What the agent of this row has come to in a step in which another of its world has ended: [observation]. */
const float *rl_central_end(const rl_central *central, const rl_vec_view *view, int row);

/* Where row x of the critic has the action of this agent. */
static inline int rl_central_action_at(const rl_central *central, int agent) {
  return central->agents * central->observation + agent * central->action->size;
}

RL_C_END

#endif
