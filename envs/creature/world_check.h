/* A world's description made sure of and resolved; see world.h. */
#ifndef RL_WORLD_CHECK_H
#define RL_WORLD_CHECK_H

#include "creature/creature_model.h"
#include "creature/world.h"

RL_C_BEGIN

/* What a sight is of: a body of an agent, or a loose body (agent -1). */
typedef struct rl_seen {
  int agent, body;
} rl_seen;

/* Names and numbers, before there are models. */
rl_status rl_world_check(const rl_world *world, rl_error *error);
/* models: [n_agents]; things: of the loose bodies; seen: [n_agents][RL_MAX_SIGHTS] */
rl_status rl_world_resolve(const rl_world *world, const rl_model *const *models, const rl_model *things,
                           rl_seen (*seen)[RL_MAX_SIGHTS], rl_error *error);

RL_C_END

#endif
