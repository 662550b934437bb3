/* Seconds of thread time of a generation of rl.cmaes, ask and tell alone, from C: search_cost.sh runs it.
 * Returns are random numbers, made before. */
#include "rl.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double thread_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int fail(const rl_error *error) {
  fprintf(stderr, "search_cost: %s\n", error->message);
  return 1;
}

/* search_cost N GENERATIONS RUNS: the least mean of the runs, in us */
int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int n = atoi(argv[1]), generations = atoi(argv[2]), runs = atoi(argv[3]);
  double *x0 = malloc((size_t)n * sizeof *x0), value[1024], least = HUGE_VAL;
  for (int i = 0; i < n; i++) x0[i] = 1.0;
  for (int i = 0; i < 1024; i++) value[i] = rand() / (double)RAND_MAX;
  for (int run = 0; run < runs; run++) {
    const rl_search_setting settings[] = {{"seed", 1.0 + run}, {NULL, 0}};
    const rl_search_space space = {.n = n, .x0 = x0};
    rl_search *search;
    rl_error error;
    rl_status status = rl_search_create(&search, rl_search_find("cmaes", &error), &space, settings, &error);
    if (status) return fail(&error);
    double start = thread_seconds();
    for (int t = 0; t < generations; t++) {
      const double *x;
      int count;
      status = rl_search_ask(search, &x, &count, &error);
      if (!status) status = rl_search_tell(search, value + t * 37 % 900, &error);
      if (status) return fail(&error);
    }
    least = fmin(least, (thread_seconds() - start) / generations);
    rl_search_free(search);
  }
  printf("%.3f\n", 1e6 * least);
  free(x0);
  return 0;
}
