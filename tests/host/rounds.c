/* A host that opens a state, runs a script in it, closes it, and lives on, so many times: rounds N script.lua [...]. */
#include "host.h"

#include <time.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int i = 0; i < atoi(argv[1]); i++) {
    lua_State *L = open_state();
    const bool good = run_script(L, argv[2], argv + 3);
    lua_close(L);
    if (!good) return 1;
  }
  nanosleep(&(struct timespec){.tv_nsec = 300000000},
            NULL); /* in which threads that were left behind would run */
  puts("the host lives on");
  return 0;
}
