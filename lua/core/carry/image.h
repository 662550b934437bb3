/* Functions with all that they reach, as bytes: what is carried into another Lua state.
 *
 * A walk goes through a function: its upvalues, the tables and functions in them, metatables, and the globals that are
 * named to it. Two walks of what nobody has written to in between give the same bytes, so one that is compared with the
 * bytes of another says whether anything must be carried anew. What cannot leave its state (userdata, functions in C) is
 * an entry that says what to tell who touches it in the other state. The walk is given up where something is no entry
 * either (coroutines, weak tables, more than RLL_MOST_VALUES).
 *
 * The functions of the standard libraries that only compute are known by their identity (kit.h). */
#ifndef RLL_IMAGE_H
#define RLL_IMAGE_H

#include "core/base/binding.h"
#include "core/carry/kit.h"

enum {
  RLL_MOST_VALUES = 10000,
  RLL_MOST_BYTES = 1 << 22,
  RLL_MOST_DEPTH = 100 /* of tables in tables */
};

/* Whether functions that share an upvalue can be joined again. Otherwise they stay where they are. */
#if LUA_VERSION_NUM >= 502 || defined(LUA_JITLIBNAME)
#define RLL_UPVALUE_IDS 1
#else
#define RLL_UPVALUE_IDS 0
#endif

typedef struct rll_bytes {
  char *data;
  size_t used, room;
} rll_bytes;

bool rll_put_bytes(rll_bytes *bytes, const void *data, size_t size); /* false: out of memory */
void rll_release_bytes(rll_bytes *bytes);

/* Addresses, numbered in the order in which they come. */
typedef struct rll_seen {
  struct rll_seen_slot *slots;
  size_t room;
  uint32_t round;
  int n;
} rll_seen;

void rll_seen_clear(rll_seen *seen);
int rll_seen_find(const rll_seen *seen, const void *address); /* -1: has not come */
bool rll_seen_add(rll_seen *seen, const void *address);       /* false: out of memory */
void rll_seen_release(rll_seen *seen);

/* Entries. Numbers are int32_t, doubles and int64_t as they are in memory. Objects (tables, functions in Lua, their
 * upvalues, strange things) are numbered in the order in which they come. */
enum {
  RLL_NIL = 'n',
  RLL_FALSE = 'f',
  RLL_TRUE = 't',
  RLL_DOUBLE = 'd',
  RLL_INTEGER = 'i',
  RLL_STRING = 's',  /* length, bytes */
  RLL_POINTER = 'p', /* light userdata, and in a state's own walk all that is no plain data */
  RLL_AGAIN = '=',   /* number of the object */
  RLL_GLOBALS = 'G', /* the table of globals */
  RLL_TABLE =
      '{', /* entries, whether pairs goes from 1 up, length; metatable or nil; keys and values up to RLL_END */
  RLL_LIBRARY = 'L',  /* number; keys and values that are not as the kit has them, up to RLL_END */
  RLL_BUILTIN = 'b',  /* library, place in the kit */
  RLL_STRANGE = 'x',  /* its type in Lua; what there is to say of its use */
  RLL_FUNCTION = '(', /* address; number of upvalues, each: */
  RLL_UPVALUE = 'u',  /* a new one, and its value */
  RLL_SHARED = '&',   /* number of the upvalue */
  RLL_END = '}'
};

typedef struct rll_walk {
  lua_State *L;
  const rll_kit *kit;
  rll_seen *seen;
  rll_bytes *out;       /* written; or */
  const rll_bytes *was; /* compared */
  size_t at;
  int held; /* stack place of a table where functions are kept, in the order in which they come; 0: none */
  int n_held, left, depth; /* left: values */
  bool differs;
  char why[160];                 /* it was given up */
  int function;                  /* stack place of the function that is looked at, 0: none */
  const char *kind, *name, *key; /* "upvalue", its name; a key in it, or NULL */
} rll_walk;

/* Walks through the functions at the stack places first .. first + n - 1 (nil: none), then the globals named by the
 * list at `names`. False: it was given up, or differs. May raise for lack of memory. */
bool rll_walk_all(rll_walk *walk, int first, int n, int names);

#endif
