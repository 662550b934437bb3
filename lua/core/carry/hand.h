/* One state of a crew: the copies in it and what it notices (inside the wing; see crew.h). */
#ifndef RLL_HAND_H
#define RLL_HAND_H

#include "core/carry/crew.h"
#include "core/carry/image.h"
#include "core/carry/seal.h"

#include <stdatomic.h>

typedef enum rll_fate {
  RLL_GOOD,
  RLL_PASSES, /* it will go another time */
  RLL_FAILED, /* an error, which may be the function's own */
  RLL_LASTS   /* it must stay on the calling thread */
} rll_fate;

typedef struct rll_code {
  const void *address; /* of the function that was dumped */
  rll_bytes bytes;
} rll_code;

/* What all hands build from. */
typedef struct rll_load {
  rll_bytes image;
  rll_code *codes; /* in the order in which functions come in the image */
  int n_codes, n;  /* n: functions that it begins with */
  uint64_t generation;
  rll_enter *enter;
  void *context;
  rll_kit kit;
  lua_State *caller;   /* whose functions they are */
  atomic_bool spoiled; /* what is being computed will not count */
} rll_load;

typedef struct rll_hand {
  rll_load *load;
  lua_State *W;
  size_t memory, limit; /* bytes */
  void *reserve;        /* stands for them in a budget */
  uint64_t generation;  /* of what it has built */
  bool asked;           /* since the last accept */
  rll_fate fate;
  char why[160], wanted[64]; /* wanted: a global that was not carried */
  rll_trapped trapped;
  rll_seal seal; /* of what it has built */
  void *now;
} rll_hand;

rll_hand *rll_hand_new(rll_load *load); /* NULL: no memory */
void rll_hand_free(rll_hand *hand);
bool rll_hand_call(rll_hand *hand, void *now);
void rll_hand_note(lua_State *W, rll_fate fate, const char *why);
void rll_hand_rest(rll_hand *hand);  /* nothing is asked or noticed any more */
bool rll_hand_check(rll_hand *hand); /* the large tables */

#endif
