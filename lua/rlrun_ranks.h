/* The ranks of rlrun --mpi; without it there is one, of which all this holds. */
#ifndef RLRUN_RANKS_H
#define RLRUN_RANKS_H

#include "command_line.h"

#include <stdint.h>

/* Starts MPI, and shares the processors among the ranks of this machine. False: it cannot, which has been said. */
bool rlrun_open_ranks(const rlrun_options *o);

/* How a rank ends (on_exit): well, with all others, or with an error, and all others too. */
void rlrun_leave_ranks(int status, void *unused);

/* Before what ends the program is said: who has its cause, or else rank 0, says it and ends all ranks. */
void rlrun_let_others_speak(void);

/* All ranks must have the same mark of `what`, or nothing that follows is the same. False: they have not, which has been said. */
bool rlrun_are_alike(const char *what, uint64_t mark);

/* Whether all ranks are of one build, on processors that give the same bytes. */
bool rlrun_is_the_same(void);

#endif
