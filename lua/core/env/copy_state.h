/* What a copy of an environment in Lua keeps, its tables, as bytes: they go from one Lua state to another between steps.
 *
 * A table comes back as it was to whoever reads it: its list, then its named entries. What another state would not have
 * the same is refused: tables with holes or a metatable, keys of other types, what is no plain data, and a table that is
 * found twice, since there would be two of it. */
#ifndef RLL_COPY_STATE_H
#define RLL_COPY_STATE_H

#include "core/carry/crew.h"
#include "core/carry/image.h"

typedef struct rll_state_writer {
  rll_bytes *out;
  rll_seen *seen;       /* the tables of it */
  const rll_crew *crew; /* in the user's state: that of its functions; NULL in a hand's */
  int rng;              /* stack place of the copy's stream, which may be part of it */
} rll_state_writer;

/* Appends the value at `index`. NULL, or why it must stay where it is. Raises nothing. */
const char *rll_write_state(lua_State *L, const rll_state_writer *writer, int index);
/* Pushes the value at *at, which is then behind it. rng: stack place of the stream. */
void rll_read_state(lua_State *L, const char **at, int rng);
/* Makes the table at `into` hold what the one at `from` does; tables in it stay the ones that they are. */
void rll_refill(lua_State *L, int into, int from);

#endif
