/* An exported header, included by the compiler's -include and named by BRAIN, against the file of policy:mean that
 * cases.lua has written. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
  int rows, n, actions, steps;
  double worst = 0.0;
  if (!file || fscanf(file, "%d %d %d %d", &rows, &n, &actions, &steps) != 4) return 1;
  float *x = calloc((size_t)n, sizeof *x), *action = calloc((size_t)actions, sizeof *action);
  if (!x || !action) return 1;
  for (int r = 0; r < rows; r++) {
    for (int i = 0; i < n; i++)
      if (fscanf(file, "%f", &x[i]) != 1) return 1;
#ifdef MEMORY
    static float memory[MEMORY];
    if (r % steps == 0) RESET(memory);
    BRAIN(x, memory, action);
#else
    BRAIN(x, action);
#endif
    for (int i = 0; i < actions; i++) {
      float want;
      if (fscanf(file, "%f", &want) != 1) return 1;
      double apart = fabs((double)action[i] - (double)want);
      if (!(apart <= worst)) worst = apart;
    }
  }
  fclose(file);
  free(x);
  free(action);
  printf("%.3g apart\n", worst);
  return 0;
}
