/* What the state of a worker begins with: of the standard libraries the functions that only compute. They are known by
 * their identity, which is the same in all states of a process. Those whose results would show in which state they run
 * (the order of pairs, the address in tostring(table)) end in a trap instead. */
#ifndef RLL_KIT_H
#define RLL_KIT_H

#include "core/base/binding.h"

enum { RLL_LIBRARIES = 7, RLL_KIT = 256 };

extern const char *const rll_libraries[RLL_LIBRARIES]; /* the first: "_G" */

typedef struct rll_kit {
  struct {
    uint64_t identity;
    char name[16];
  } entry[RLL_KIT]; /* library after library */
  int n, begin[RLL_LIBRARIES + 1];
  bool full;
} rll_kit;

/* Something was done that must not be: the error does not end it, for scripts catch errors. */
typedef struct rll_trapped {
  bool trapped;
  char what[160];
} rll_trapped;

/* Raises. Upvalues: an rll_trapped, what to say there. */
int rll_trap(lua_State *W);

/* Opens the libraries in a new state; the first writes what there is to `kit`. May raise. */
void rll_kit_open(lua_State *W, rll_kit *kit, rll_trapped *trapped);
/* Pushes a function. */
void rll_kit_push(lua_State *W, int entry);
/* The table at the top, of n entries, was carried. Its keys are in the list at `order`, as pairs shall have them; 0: in the order
 * that it has here. */
void rll_kit_set_order(lua_State *W, int n, int order);
/* The table at the top must not be read or written raw. */
void rll_kit_lock(lua_State *W);

int rll_kit_find(const rll_kit *kit, int library, uint64_t identity); /* library -1: any; -1: not in it */
uint64_t rll_identity(lua_State *L, int index);                       /* of a function in C; 0: none */

#endif
