/* Work on a thread of its own, for a program that has something else to do meanwhile. It is cut into pieces, as
 * everything that takes long is: between two of them the thread can be stopped, and the process can be forked.
 *
 * The thread has as many threads for its loops and the same budget of memory as the one that started it, and takes no
 * signals. fork waits until each is between two pieces; the child has what they left, and none of the threads. exit waits
 * likewise and ends them, before the libraries that they use. */
#ifndef RL_BACKGROUND_H
#define RL_BACKGROUND_H

#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

typedef struct rl_background rl_background;

/* What a piece says: there is more; nothing can be done for now, it is asked again a millisecond later; that was all. */
typedef enum rl_background_state {
  RL_BACKGROUND_MORE,
  RL_BACKGROUND_WAITS,
  RL_BACKGROUND_DONE
} rl_background_state;
typedef rl_background_state rl_background_piece(void *context);

/* RL_NO_MEMORY when there is no thread to be had. */
rl_status rl_background_start(rl_background **background, rl_background_piece *piece, void *context,
                              rl_error *error);
/* Returns when the piece that is at work has ended, and the thread with it. NULL is allowed. */
void rl_background_end(rl_background *background);
/* Returns when the last piece has ended, and the thread with it; in a child that was forked since, at once. NULL is
 * allowed. */
void rl_background_wait(rl_background *background);
/* False after the last piece, and in a child that was forked since. */
bool rl_background_runs(const rl_background *background);
/* The context of the piece that the calling thread works on; NULL on other threads. */
void *rl_background_context(void);

RL_C_END

#endif
