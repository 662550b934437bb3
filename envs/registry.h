/* The environments that exist, by name. */
#ifndef RL_REGISTRY_H
#define RL_REGISTRY_H

#include "creature/creature.h"

RL_C_BEGIN

/* Of index 0 .. count - 1: its name, and what it is in a sentence. */
int rl_registry_count(void);
const char *rl_registry_name(int index);
const char *rl_registry_summary(int index);

/* A new definition, freed with rl_env_def_free. RL_BAD_ARGUMENT lists the names that exist, or names the
 * matrix that the environment does not take or that does not fit. */
rl_status rl_registry_open(const char *name, const rl_matrix *matrices, int n_matrices, rl_env_def **def,
                           rl_error *error);

/* The description of a creature by name; NULL for an environment that is none. */
const rl_creature *rl_registry_creature(const char *name);

RL_C_END

#endif
