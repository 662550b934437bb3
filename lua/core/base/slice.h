/* The time that a call has for work in pieces: trainer:advance(milliseconds) and its like. The clock is looked
 * at between pieces only, so what they compute does not depend on it. */
#ifndef RLL_SLICE_H
#define RLL_SLICE_H

#include "core/base/binding.h"

typedef struct rll_slice {
  double end, last; /* ms; last: when the piece before this one ended */
  bool begun;
} rll_slice;

/* The argument `arg`: 0 or more milliseconds from now on. */
rll_slice rll_check_slice(lua_State *L, int arg);
/* Before each piece. The first is always done, or nothing would ever move; another one when there is time for
 * one as long as the last. */
bool rll_slice_has_time(rll_slice *slice);

#endif
