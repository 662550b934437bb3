/* A host with two states at a time, each with a build of the module of its own: two SCRIPT LUA1 C1 LUA2 C2, folders of files in
 * Lua and in C. The script is given the state's two and the other's two; work() must work while both are open and after
 * the first has been closed. */
#include "host.h"

static bool work(lua_State *L) {
  const bool good = !luaL_dostring(L, "work()");
  if (!good) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  return good;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  lua_State *one = open_state(), *two = open_state();
  char *swapped[] = {argv[4], argv[5], argv[2], argv[3], NULL};
  bool good = run_script(one, argv[1], argv + 2) && run_script(two, argv[1], swapped);
  good = good && work(one) && work(two) && work(one);
  lua_close(one);
  good = good && work(two);
  lua_close(two);
  puts(good ? "both versions work" : "failed");
  return !good;
}
