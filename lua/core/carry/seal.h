/* What the objects of a worker's state held when they were made, slot by slot: by it a write is noticed. */
#ifndef RLL_SEAL_H
#define RLL_SEAL_H

#include "core/base/binding.h"

enum { RLL_LARGE = 32 }; /* entries: tables of more are looked at less often, with what is in them */

/* A value as it can be compared: numbers and flags by their bits, all else by its address. */
typedef struct rll_slot {
  int type;
  union {
    double number;
    int64_t integer;
    const void *address;
  } as;
} rll_slot;

typedef struct rll_sealed {
  bool function, large;
  const void *metatable;
  int first, n; /* slots: upvalues, or keys and values */
  /* Where it was found: upvalue `number` of the `holder`th object, or what RLL_GLOBAL or RLL_GLOBALS says. */
  int holder, number;
} rll_sealed;

enum {
  RLL_GLOBAL = -1,
  RLL_GLOBALS_TABLE = -2
}; /* for holder: the global of that number; the table of them */

typedef struct rll_seal {
  rll_sealed *objects;
  rll_slot *slots;
  int n, room, n_slots, slot_room, n_large;
} rll_seal;

/* One more object. False: out of memory. */
bool rll_seal_note(rll_seal *seal, bool large, int holder, int number);
/* Now they hold what they shall hold: those in the list at stack place `objects`, which keeps them. Strings in them are
 * kept in the list at `strings`. False: out of memory. */
bool rll_seal_close(lua_State *W, rll_seal *seal, int objects, int strings);
/* Whether they still do: the large ones, or all others. `found`, `slot`: where that is not so. */
bool rll_seal_holds(lua_State *W, const rll_seal *seal, int objects, bool large, int *found, int *slot);
void rll_seal_clear(rll_seal *seal);
void rll_seal_release(rll_seal *seal);

#endif
