/* Fixed-order parallel loops over OpenMP.
 *
 * Work is cut into pieces whose number and size never depend on the number of threads; a piece writes only
 * what belongs to its index; sums over pieces are made afterwards, in the order of the index.
 * So results are the same bytes for any number of threads. */
#ifndef RL_PARALLEL_H
#define RL_PARALLEL_H

#include "base/linkage.h"

RL_C_BEGIN

/* `worker` (0 .. rl_threads()-1) names the thread, for scratch memory that leaves no trace in the result. */
typedef void rl_piece(void *context, int index, int worker);

/* Calls piece(context, i, worker) for each i in [0, n), on the threads of the calling thread's OpenMP
 * setting. Pieces must not fail or call back into Lua. A loop started inside a piece runs on that piece's
 * thread, as worker 0. */
void rl_parallel_for(int n, rl_piece *piece, void *context);

/* Number of pieces of at most `size` that `total` is cut into. */
static inline int rl_pieces(int total, int size) { return (total + size - 1) / size; }

/* OpenMP's setting for loops started by the calling thread. n < 1 restores one a core. */
void rl_set_threads(int n);
int rl_threads(void);

RL_C_END

#endif
