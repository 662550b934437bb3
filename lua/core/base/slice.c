#include "core/base/slice.h"

#include "base/stop.h"

#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

rll_slice rll_check_slice(lua_State *L, int arg) {
  const double start = now(), budget = luaL_checknumber(L, arg);
  luaL_argcheck(L, budget >= 0.0, arg, "0 or more milliseconds expected"); /* a NaN is not */
  return (rll_slice){.end = start + budget, .last = start};
}

bool rll_slice_has_time(rll_slice *slice) {
  const double time = now(), piece = time - slice->last;
  const bool first = !slice->begun;
  slice->begun = true;
  slice->last = time;
  if (rl_stop_asked()) return first;
  return first || time + piece <= slice->end;
}
