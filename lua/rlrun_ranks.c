/* rlrun --mpi: the module with MPI is opened, ranks share the processors of a machine, must be alike, and end together. */
#include "rlrun_ranks.h"

#include "base/cpu.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "mpi_engine.h"
#include "tensor/gemm.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void rlrun_let_others_speak(void) {
  const long wait = rl_ranks_failed_elsewhere() ? 1000 : rl_ranks_own() > 0 ? 300 : 0; /* ms */
  nanosleep(&(struct timespec){wait / 1000, wait % 1000 * 1000000}, NULL);
  if (rl_ranks_count() > 1) fprintf(stderr, "rank %d: ", rl_ranks_own());
}

bool rlrun_are_alike(const char *what, uint64_t mark) {
  const int other = rl_ranks_other(mark);
  if (!other) return true;
  rlrun_let_others_speak();
  fprintf(stderr, "rlrun: --mpi: rank %d has another %s than rank 0\n", other, what);
  return false;
}

bool rlrun_is_the_same(void) {
  static const char build[] = RL_VERSION " " RL_REVISION;
  const char *openblas = rl_gemm_kernels();
  if (!rlrun_are_alike("version of rlrun (rlrun --version)", rl_ranks_mark(build, sizeof build, 0)) ||
      !rlrun_are_alike("kind of processor (rlrun --version --verbose)", rl_cpu() == RL_CPU_PLAIN))
    return false;
  const int other = rl_ranks_other(rl_ranks_mark(openblas, strlen(openblas), 0));
  if (other && rl_ranks_own() == 0)
    fprintf(stderr,
            "rlrun: --mpi: OpenBLAS takes other kernels on rank %d than on rank 0: products of large "
            "matrices may "
            "differ, which ends the job; OPENBLAS_CORETYPE=Haswell on all ranks makes them the same\n",
            other);
  return true;
}

/* rl/mpi.so beside what else was built or installed with this executable. */
static void *open_mpi(char *path, size_t size) {
  static const char *const places[] = {"rl", "../" RL_INSTALL_MODULES "/rl"};
  char own[4096];
  const ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  own[length > 0 ? length : 0] = '\0';
  char *slash = strrchr(own, '/');
  if (slash) *slash = '\0';
  for (int i = 0; i < 2; i++) {
    snprintf(path, size, "%s/%s/mpi.so", own, places[i]);
    if (!access(path, R_OK))
      return dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* MPI opens parts of itself that look for it */
  }
  *path = '\0';
  return NULL;
}

static void silence(int stream) {
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere < 0) return;
  dup2(nowhere, stream);
  close(nowhere);
}

/* The ranks of a machine share its processors. */
static void share_processors(const rlrun_options *o, const rl_ranks_engine *engine) {
  if (o->threads || getenv("OMP_NUM_THREADS")) return;
  const rl_ranks_part part = {rl_threads() * engine->local / engine->of_local,
                              rl_threads() * (engine->local + 1) / engine->of_local};
  rl_set_threads(part.end > part.first ? part.end - part.first : 1);
}

bool rlrun_open_ranks(const rlrun_options *o) {
  char path[8192];
  void *module = open_mpi(path, sizeof path), *symbol = module ? dlsym(module, RL_MPI_OPEN) : NULL;
  rl_mpi_open_function *open_engine;
  rl_ranks_engine engine;
  if (!symbol && *path)
    return fprintf(stderr, "rlrun: --mpi: %s\nrlrun: --mpi needs MPI: on Debian, the package openmpi-bin\n",
                   dlerror()),
           false;
  if (!symbol)
    return fprintf(
               stderr,
               "rlrun: --mpi: this rlrun was built without MPI: install libopenmpi-dev and openmpi-bin (so "
               "they are called on Debian), and build it again\n"),
           false;
  memcpy(&open_engine, &symbol, sizeof open_engine);
  const char *wrong_with_it = open_engine(&engine);
  if (wrong_with_it) return fprintf(stderr, "rlrun: --mpi: %s\n", wrong_with_it), false;
  const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
  if (engine.count == 1 && tasks && atoi(tasks) > 1 && !getenv("OMPI_COMM_WORLD_SIZE"))
    return fprintf(
               stderr,
               "rlrun: --mpi: srun has started %s tasks, and each finds itself alone: try srun --mpi=pmix "
               "(srun --mpi=list tells what there is)\n",
               tasks),
           false;
  rl_ranks_use(&engine);
  share_processors(o, &engine);
  if (engine.rank > 0) silence(STDOUT_FILENO);
  return true;
}

void rlrun_leave_ranks(int status, void *unused) {
  rl_error error;
  (void)unused;
  if (rl_ranks_count() > 1 &&
      ((status && status <= RLRUN_SIGNAL) || rl_ranks_meet("its end", 0, 0, RL_OK, &error))) {
    if (!status) fprintf(stderr, "rank %d: %s\n", rl_ranks_own(), error.message);
    fflush(NULL);
    rl_ranks_abort(status ? status : RLRUN_ERROR);
  }
  rl_ranks_end();
}
