/* Whether a function keeps a state in its upvalues: what they held once is compared with what they hold now. Modules, C
 * functions and objects of this library but random streams and tensors do not count. */
#ifndef RLL_MARKS_H
#define RLL_MARKS_H

#include "core/base/binding.h"

enum { RLL_UPVALUES = 16 };

typedef struct rll_marks {
  uint64_t mark[RLL_UPVALUES];
} rll_marks;

void rll_mark_upvalues(lua_State *L, int function, rll_marks *marks);
/* Pushes the name of the first that has changed since; false, with nothing pushed: none has. */
bool rll_push_changed_upvalue(lua_State *L, int function, const rll_marks *marks);

#endif
