/* Rows of observations that a network is asked about, and what it remembers of them between calls. */
#ifndef RLL_NETWORK_MEMORY_H
#define RLL_NETWORK_MEMORY_H

#include "archive/archive.h"
#include "core/base/binding.h"
#include "network/network.h"

/* What a network remembers of the rows that it was last asked about: [rows, rl_network_memory]. */
typedef struct rll_memory {
  float *numbers;
  int rows;
} rll_memory;

/* The observations at `arg`, [n, size], which are remembered, or with all that is read, [n, inputs]: `whole`; sets the number
 * of rows. */
const float *rll_check_observations(lua_State *L, const rl_network *network, int arg, int *rows, bool *whole);
/* Takes the observations at 2, whose last dimension is an observation, into the normaliser. */
int rll_observe_rows(lua_State *L, rl_network *network);

/* Room for so many rows, which are those of the last call, or the first; raises, naming `what`. */
void rll_remember(lua_State *L, const rl_network *network, rll_memory *m, int rows, const char *what);
void rll_forget(rll_memory *m);
/* reset([done]): a new episode of all rows, or of those whose number in `done` is not 0. */
int rll_reset_memory(lua_State *L, const rl_network *network, rll_memory *m);

rl_status rll_put_memory(const rl_network *network, const rll_memory *m, rl_archive *archive,
                         const char *prefix, rl_error *error);
/* Rows that are there, into `taken`, which rll_take_memory puts in the place of what is remembered when all is well. */
rl_status rll_read_memory(const rl_network *network, rll_memory *taken, const rl_archive *archive,
                          const char *prefix, rl_error *error);
void rll_take_memory(rll_memory *m, rll_memory *taken, rl_status status);

#endif
