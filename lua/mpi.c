/* The engine of ranks (base/ranks.h) by MPI: a shared object that `rlrun --mpi` opens, and nobody else. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "mpi_engine.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int count, *lengths, *places;

static void gather(const void *own, const size_t *sizes, void *all) {
  int rank;
  size_t total = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int r = 0; r < count; r++) {
    places[r] = (int)total;
    total += sizes[r];
    if (sizes[r] > INT_MAX || total > INT_MAX) {
      fprintf(stderr, "rlrun: --mpi: ranks have more than 2 GiB to tell one another at once\n");
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
    lengths[r] = (int)sizes[r];
  }
  MPI_Allgatherv(own, lengths[rank], MPI_BYTE, all, lengths, places, MPI_BYTE, MPI_COMM_WORLD);
}

static void end(void) { MPI_Finalize(); }

static void abort_all(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

/* Open MPI's mpirun binds each rank to a core or a socket; srun's binding is what the job was given. */
static void undo_binding(void) {
  cpu_set_t all;
  if (!getenv("OMPI_COMM_WORLD_LOCAL_RANK")) return;
  memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all); /* the kernel takes what the control group allows */
}

/* How many of the ranks of this machine may run where this one may, and which of them it is. */
static void find_neighbours(rl_ranks_engine *engine) {
  MPI_Comm machine;
  int n, own;
  cpu_set_t mask, common;
  CPU_ZERO(&mask);
  sched_getaffinity(0, sizeof mask, &mask);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  MPI_Comm_size(machine, &n);
  MPI_Comm_rank(machine, &own);
  cpu_set_t *masks = calloc((size_t)n, sizeof *masks);
  if (!masks) MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Allgather(&mask, (int)sizeof mask, MPI_BYTE, masks, (int)sizeof mask, MPI_BYTE, machine);
  for (int r = 0; r < n; r++) {
    CPU_AND(&common, &mask, &masks[r]);
    if (!CPU_COUNT(&common)) continue;
    engine->local += r < own;
    engine->of_local++;
  }
  if (!engine->of_local)
    engine->of_local = 1; /* more processors than a set of them has room for: nothing is known */
  free(masks);
  MPI_Comm_free(&machine);
}

const char *rl_mpi_open(rl_ranks_engine *engine) {
  static rl_ranks_engine mpi = {.gather = gather, .end = end, .abort = abort_all};
  int level;
  undo_binding();
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS) return "MPI does not start";
  if (level < MPI_THREAD_FUNNELED) return "this MPI knows no threads";
  MPI_Comm_rank(MPI_COMM_WORLD, &mpi.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &mpi.count);
  count = mpi.count;
  lengths = calloc((size_t)count, sizeof *lengths);
  places = calloc((size_t)count, sizeof *places);
  if (!lengths || !places) return "out of memory for the ranks of MPI";
  find_neighbours(&mpi);
  *engine = mpi;
  return NULL;
}
