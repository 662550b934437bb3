/* A host that opens a state, runs a script in it, closes it, and lives on, so many times: rounds N script.lua [...]. With
 * ten rounds or more it looks at the memory of the process: what the last nine tenths have added to it must be less than
 * a megabyte. */
#include "host.h"

#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Resident, in kB, without what is free and kept by the allocator; 0 where the system does not say. */
static long memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const int rounds = atoi(argv[1]);
  long before = 0;
  for (int i = 0; i < rounds; i++) {
    lua_State *L = open_state();
    const bool good = run_script(L, argv[2], argv + 3);
    lua_close(L);
    if (!good) return 1;
    if (i + 1 == rounds / 10) before = memory();
  }
  const long after = memory();
  nanosleep(&(struct timespec){.tv_nsec = 300000000},
            NULL); /* in which threads that were left behind would run */
  puts("the host lives on");
  if (rounds >= 10)
    printf("%s: %ld kB after a tenth of %d rounds, %ld kB at the end\n",
           after - before < 1024 ? "flat" : "it grows", before, rounds, after);
  return 0;
}
