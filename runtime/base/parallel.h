/* Fixed-order parallel loops over a small pool of threads.
 *
 * Work is cut into pieces whose number and size never depend on the number of threads; a piece writes only
 * what belongs to its index; who needs a sum adds the pieces up afterwards in the order of the index.
 * So results are the same bytes for any number of threads.
 *
 * The pool is made at the first loop that needs it. Its threads sleep between loops, end with rl_end_threads
 * and are made again at the next loop, also in a forked child. It works on one loop at a time: one that starts
 * meanwhile on another thread of the program runs on that thread alone. */
#ifndef RL_PARALLEL_H
#define RL_PARALLEL_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

/* `worker` (0 .. rl_threads()-1) names the thread, for scratch memory that leaves no trace in the result. */
typedef void rl_piece(void *context, int index, int worker);

/* Calls piece(context, i, worker) for each i in [0, n), on as many threads as rl_threads() says, the calling
 * one among them. Pieces must not fail or call back into Lua. A loop started inside a piece runs on that
 * piece's thread, as worker 0. Where a thread cannot be made the others do its work. */
void rl_parallel_for(int n, rl_piece *piece, void *context);

/* Number of pieces of at most `size` that `total` is cut into. */
static inline int rl_pieces(int total, int size) { return (total + size - 1) / size; }

/* For loops started by the calling thread: n threads, at most 1024. n < 1: as many as OMP_NUM_THREADS says,
 * or one a core that the process may run on, which is also what a thread begins with. */
void rl_set_threads(int n);
int rl_threads(void);

/* From now on loops started by the calling thread run on a second pool, so that those of a thread that works beside the
 * program's do not wait for its loops, nor keep it from its threads: on `own` threads of that pool, the calling one among
 * them. rl_threads() says how many workers they have places for: the others are those that come to help. */
void rl_use_second_team(int own);
/* For a thread that waits for one of those: with n threads it takes part in the loops of the second pool, also in one that
 * runs, while goes_on, which each of them asks, says so. */
void rl_help_second_team(int n, bool (*goes_on)(void *context), void *context);

/* Ends the threads of the pool and waits until they are gone. For a host that wants none left of a library
 * that it has done with. */
void rl_end_threads(void);

RL_C_END

#endif
