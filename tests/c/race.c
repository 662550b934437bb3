/* A race on purpose, for the thread sanitizer to report: see tests/CMakeLists.txt. */
#include "base/parallel.h"

static void add(void *context, int index, int worker) {
  (void)worker;
  *(int *)context += index;
}

int main(void) {
  int sum = 0;
  rl_set_threads(2);
  rl_parallel_for(100000, add, &sum);
  return sum == 1;
}
