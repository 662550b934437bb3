/* A wish that holds for the whole process: what computes for long shall come to its end. Loops look at it between
 * their pieces, so they end within a moment, with RL_INTERRUPTED, and leave what they were at work on in order:
 * networks as before an update, copies at the step where they stand. Nobody but the program makes this wish. */
#ifndef RL_STOP_H
#define RL_STOP_H

#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

void rl_stop(void);        /* from any thread, and from a signal handler */
void rl_stop_forget(void); /* calls from now on go on to their end again */
bool rl_stop_asked(void);

/* RL_INTERRUPTED when it was asked. */
rl_status rl_stop_check(rl_error *error);

RL_C_END

#endif
