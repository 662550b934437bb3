/* Memory that C holds for Lua objects, which Lua's collector does not see: a dropped tensor is a hundred
 * bytes to it. Whoever holds memory reports it here, and where much has come since the last cycle of the
 * collector, the next one is driven on, a little with each further report: so that what is dropped is freed,
 * and no call stops a game's frame for long. Numbers do not depend on when an object is collected. */
#include "core/base/binding.h"

#include <stdbool.h>
#include <time.h>

/* A cycle may take this much time for each byte that comes: half a millisecond for a megabyte, which is about
 * what zeroing it takes. It is spent when there is enough for a step to be worth it. */
static const double SECONDS_A_BYTE = 0.5e-9, LEAST = 20e-6;
enum { SLACK = 32 << 20 }; /* bytes that never start a cycle */

/* Where the collector works by generations what is dropped at once is found in a microsecond: when so many bytes have
 * come, and some times what an object takes, so that what an expression holds meanwhile does not become old. */
static const double YOUNG = 512 << 10, OBJECTS = 0.8;

typedef struct tracker {
  double bytes, limit;
  double owed; /* seconds */
  bool running, busy;
  bool generations;
  double young; /* bytes that came since the last collection */
} tracker;

static const char key = 0;

static tracker *get(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
  tracker *self = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (self) return self;
  self = lua_newuserdata(L, sizeof *self);
  *self = (tracker){.limit = SLACK};
  lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
  return self;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* what other programs take is not the collector's */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool rll_is_stopped(lua_State *L) {
#ifdef LUA_GCISRUNNING
  return lua_gc(L, LUA_GCISRUNNING, 0) <= 0; /* -1: a finaliser, in Lua 5.4 */
#else
  (void)L;
  return false;
#endif
}

/* A little; true at the end of a cycle. */
static int step(lua_State *L) {
#if LUA_VERSION_NUM >= 505
  return lua_gc(L, LUA_GCSTEP, (size_t)0); /* bytes; less than what is not due yet does nothing */
#else
  return lua_gc(L, LUA_GCSTEP, 1);
#endif
}

static double next_limit(lua_State *L, const tracker *self) {
  double heap = 1024.0 * (double)lua_gc(L, LUA_GCCOUNT, 0);
  double least = self->bytes > SLACK ? self->bytes : SLACK;
  return self->bytes + (heap > least ? heap : least);
}

/* Steps of the collector for the time that is owed. */
static void collect(lua_State *L, tracker *self) {
  double start = now(), spent = 0.0;
  int done = 0;
  self->busy = true; /* finalisers may report in turn */
  while (!done && spent < self->owed) {
    done = step(L);
    spent = now() - start;
  }
  self->busy = false;
  self->owed -= spent;
  if (!done) return;
  self->limit = next_limit(L, self);
  self->running = false;
}

static void collect_young(lua_State *L, tracker *self, double bytes) {
  self->young += bytes;
  if (self->young < YOUNG + OBJECTS * bytes || rll_is_stopped(L)) return;
  self->busy = true;
  lua_gc(L, LUA_GCSTEP, 0);
  if (self->bytes > self->limit) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    self->limit = next_limit(L, self);
  }
  self->busy = false;
  self->young = 0.0;
}

void rll_track(lua_State *L, ptrdiff_t bytes) {
  if (bytes == 0) return;
  tracker *self = get(L);
  self->bytes += (double)bytes;
  if (bytes < 0 || self->busy) return;
  if (self->generations) {
    collect_young(L, self, (double)bytes);
    return;
  }
  if (!self->running) {
    if (self->bytes <= self->limit) return;
    if (rll_is_stopped(L)) return; /* who has stopped it wants no finaliser to run */
    self->running = true;
    self->owed = 0.0;
  }
  self->owed += SECONDS_A_BYTE * (double)bytes;
  if (self->owed >= LEAST) collect(L, self);
}

ptrdiff_t rll_tracked(lua_State *L) { return (ptrdiff_t)get(L)->bytes; }

void rll_use_generations(lua_State *L) {
#ifdef LUA_GCGEN
  lua_gc(L, LUA_GCGEN, 0, 0);
  get(L)->generations = true;
#else
  (void)L;
#endif
}
