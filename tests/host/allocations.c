/* A host whose allocator refuses the k-th allocation of work() and all after it, for each k from FIRST to LAST:
 * allocations work.lua FIRST LAST. It must come to an error that says memory, again() must work afterwards, and
 * nothing may leak (which the address sanitizer sees). */
#include "host.h"

#include <string.h>

static lua_Alloc own;
static void *own_context;
static long count, fail_at;
static bool armed;

/* Over the state's own allocator: some LuaJITs take no other. */
static void *allocate(void *context, void *block, size_t old, size_t size) {
  (void)context;
  if (armed && size && (!block || size > old) && ++count >= fail_at) return NULL;
  return own(own_context, block, old, size);
}

/* False: something is wrong. *done: work() came to its end. */
static bool try_one(const char *script, long k, bool *done) {
  lua_State *L = open_state();
  own = lua_getallocf(L, &own_context);
  lua_setallocf(L, allocate, NULL);
  if (!run_script(L, script, NULL)) exit(1);
  lua_getglobal(L, "work");
  count = 0, fail_at = k, armed = true;
  const int failed = lua_pcall(L, 0, 0, 0);
  armed = false;
  const char *message = failed ? lua_tostring(L, -1) : "memory";
  bool good = failed == LUA_ERRMEM || (message && strstr(message, "memory"));
  if (!good) fprintf(stderr, "allocation %ld: %s\n", k, message ? message : "not a message");
  *done = !failed;
  lua_settop(L, 0);
  lua_getglobal(L, "again");
  if (lua_pcall(L, 0, 0, 0)) {
    fprintf(stderr, "allocation %ld: again: %s\n", k, lua_tostring(L, -1));
    good = false;
  }
  lua_close(L);
  return good;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  long failures = 0, k = atol(argv[2]), last = atol(argv[3]);
  for (bool done = false; k <= last && !done; k++) failures += !try_one(argv[1], k, &done);
  printf("%ld failures up to allocation %ld\n", failures, k - 1);
  return failures != 0;
}
