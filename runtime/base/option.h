/* Options as a table: a row names a field of a plain struct, its type and its range. The table is the only
 * place where an option is listed; checks, bindings, printed configurations and resume files go by it. */
#ifndef RL_OPTION_H
#define RL_OPTION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum rl_option_type {
  RL_OPTION_NUMBER,  /* double; where the range is without ends, NAN says that there is none */
  RL_OPTION_INTEGER, /* int */
  RL_OPTION_COUNT,   /* int64_t, up to 2^53 */
  RL_OPTION_SEED,    /* uint64_t, up to 2^53 */
  RL_OPTION_BOOLEAN, /* bool */
  RL_OPTION_CHOICE   /* an enum that counts from 0, by the names in `choices` */
} rl_option_type;

typedef struct rl_option_def {
  const char *name;
  rl_option_type type;
  size_t offset; /* in the struct */
  double min, max;
  unsigned kinds;             /* bit 1 << kind for each kind of method that has it; all ones: every one */
  bool live;                  /* may change in mid-run */
  const char *const *choices; /* NULL-terminated */
} rl_option_def;

static inline bool rl_option_has(const rl_option_def *option, int kind) {
  return (option->kinds >> kind & 1U) != 0;
}

/* The value as a number, whatever its type. set trusts that it has been checked. */
double rl_option_get(const void *options, const rl_option_def *option);
void rl_option_set(void *options, const rl_option_def *option, double value);
rl_status rl_option_check_value(const rl_option_def *option, double value, rl_error *error);

/* RL_BAD_ARGUMENT naming the first option that `kind` has and that is out of range. */
rl_status rl_option_check(const rl_option_def *table, int count, int kind, const void *options,
                          rl_error *error);

#endif
