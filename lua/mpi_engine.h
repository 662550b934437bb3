/* What rlrun and rl/mpi.so say to each other. */
#ifndef RL_MPI_ENGINE_H
#define RL_MPI_ENGINE_H

#include "base/ranks.h"

#define RL_MPI_OPEN "rl_mpi_open"

/* Starts MPI. NULL, or what is wrong. */
typedef const char *rl_mpi_open_function(rl_ranks_engine *engine);
rl_mpi_open_function rl_mpi_open;

#endif
