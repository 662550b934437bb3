/* The environments that exist, by name. */
#ifndef RL_REGISTRY_H
#define RL_REGISTRY_H

#include "creature.h"

int rl_registry_count(void);
const char *rl_registry_name(int index);
const char *rl_registry_summary(int index);

/* A matrix that an environment is made of (the A, B, Q, R of "lqr"), row-major. */
typedef struct rl_matrix {
  const char *name;
  int rows, cols;
  const double *data;
} rl_matrix;

/* A new definition, freed with rl_env_def_free. RL_BAD_ARGUMENT lists the names that exist, or names the
 * matrix that the environment does not take or that does not fit. */
rl_status rl_registry_open(const char *name, const rl_matrix *matrices, int n_matrices, rl_env_def **def,
                           rl_error *error);

/* The description of a creature by name; NULL for an environment that is none. */
const rl_creature *rl_registry_creature(const char *name);

/* Environments that are their definition. */
extern const rl_env_def rl_bipedal_walker, rl_bipedal_walker_hardcore; /* envs/bipedal_walker.c */
extern const rl_env_def rl_cartpole;                                   /* envs/cartpole.c */
extern const rl_env_def rl_pendulum;                                   /* envs/pendulum.c */

#endif
