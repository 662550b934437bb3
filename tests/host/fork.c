/* Trains, forks, and trains in the child and in the parent: fork train.lua. Neither may hang. */
#include "host.h"

#include <sys/wait.h>
#include <unistd.h>

enum { HANGS = 300 }; /* seconds */

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  lua_State *L = open_state();
  if (!run_script(L, argv[1], NULL)) return 1;
  alarm(HANGS);
  const pid_t child = fork();
  if (child == 0) {
    alarm(HANGS);
    _exit(luaL_dostring(L, "train()") ? 2 : 0);
  }
  int status = -1;
  const bool trained = !luaL_dostring(L, "train()");
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  lua_close(L);
  puts(WIFSIGNALED(status)   ? "the child hung"
       : WEXITSTATUS(status) ? "the child failed"
       : !trained            ? "the parent failed"
                             : "child and parent trained");
  return !trained || status != 0;
}
