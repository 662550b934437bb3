/* A host whose allocator refuses the k-th allocation of a piece of work and all after it, for k = 1, 1 + STRIDE ..., for
 * each part of the script: allocations work.lua STRIDE [PART]. The work must come to an error that says memory, what is
 * done again must work afterwards, and nothing may leak (which the address sanitizer sees). */
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

typedef struct result {
  bool exists, good, done; /* such a part; nothing is wrong; nothing was refused */
} result;

static result try_one(const char *script, long part, long k) {
  lua_State *L = open_state();
  own = lua_getallocf(L, &own_context);
  lua_setallocf(L, allocate, NULL);
  lua_pushinteger(L, part);
  if (luaL_loadfile(L, script) || (lua_insert(L, 1), lua_pcall(L, 1, 3, 0))) {
    fprintf(stderr, "%s: %s\n", script, lua_tostring(L, -1));
    exit(1);
  }
  result r = {.exists = !lua_isnil(L, 1), .good = true, .done = true};
  if (r.exists) {
    lua_pushvalue(L, 2);
    count = 0, fail_at = k, armed = true;
    const int failed = lua_pcall(L, 0, 0, 0);
    armed = false;
    const char *message = failed ? lua_tostring(L, -1) : "memory";
    r.done = count < k; /* nothing was refused */
    r.good = r.done ? !failed : failed == LUA_ERRMEM || (message && strstr(message, "memory"));
    if (!r.good)
      fprintf(stderr, "%s: allocation %ld: %s\n", lua_tostring(L, 1), k, message ? message : "no message");
    lua_settop(L, 3);
    if (lua_pcall(L, 0, 0, 0)) {
      fprintf(stderr, "%s: after allocation %ld: %s\n", lua_tostring(L, 1), k, lua_tostring(L, -1));
      r.good = false;
    }
    if (r.done) printf("%-30s %6ld\n", lua_tostring(L, 1), count);
  }
  lua_close(L);
  return r;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const long stride = atol(argv[2]), only = argc > 3 ? atol(argv[3]) : 0;
  long failures = 0, tried = 0, points = 0;
  result r = {.exists = true};
  for (long part = only ? only : 1; r.exists && (!only || part == only); part++) {
    r.done = false;
    for (long k = 1; r.exists && !r.done; k += stride, tried++) {
      r = try_one(argv[1], part, k);
      failures += !r.good;
    }
    if (r.exists) points += count;
  }
  printf("%ld failures in %ld of %ld allocations\n", failures, tried, points);
  return failures != 0;
}
