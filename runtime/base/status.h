/* How the library reports failures of the caller's world: a file, a shape, a number that is not finite.
 *
 * A function that can fail returns an rl_status and takes a trailing `rl_error *error` (NULL when the caller
 * does not care). On failure the message names the thing and, where there is one, the remedy. Broken
 * contracts inside the library are asserts, not statuses. */
#ifndef RL_STATUS_H
#define RL_STATUS_H

#include "base/linkage.h"

#include <stddef.h>

RL_C_BEGIN

typedef enum rl_status {
  RL_OK = 0,
  RL_BAD_ARGUMENT, /* a value out of its range, an unknown name */
  RL_BAD_SHAPE,    /* sizes that do not fit together */
  RL_NO_MEMORY,
  RL_BAD_FILE,   /* missing, unreadable, unwritable */
  RL_BAD_FORMAT, /* a file that was read and is not what it should be */
  RL_NOT_FINITE, /* NaN or infinity where a number is needed */
  RL_CALLBACK,   /* the user's own function failed */
  RL_INTERRUPTED /* the program asked for an end (stop.h) */
} rl_status;

typedef struct rl_error {
  rl_status status;
  char message[1024];
} rl_error;

/* Writes the formatted message into `error` (if not NULL) and returns `status`. */
rl_status rl_fail(rl_error *error, rl_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails with: unknown KIND "NAME"; did you mean "X"? known: a, b, c */
rl_status rl_fail_unknown(rl_error *error, const char *kind, const char *name, const char *const *names,
                          size_t n);

RL_C_END

#endif
