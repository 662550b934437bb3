/* Options as a table: a row is the only place where an option is listed, with its type, default, range, unit
 * and meaning. Checks, bindings, printed configurations, resume files, `describe()` and the definition file
 * for editors go by it. The options of methods, searches and environments are such tables, and so are the
 * numbers of a creature's description. */
#ifndef RL_OPTION_H
#define RL_OPTION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

RL_C_BEGIN

typedef enum rl_option_type {
  RL_OPTION_NUMBER,  /* double; where the range is without ends, NAN says that there is none */
  RL_OPTION_FLOAT,   /* float */
  RL_OPTION_INTEGER, /* int */
  RL_OPTION_COUNT,   /* int64_t, up to 2^53 */
  RL_OPTION_SEED,    /* uint64_t, up to 2^53 */
  RL_OPTION_BOOLEAN, /* bool */
  RL_OPTION_CHOICE,  /* an enum that counts from 0, by the names in `choices` */
  RL_OPTION_PAIR,    /* float[2], each within the range */
  RL_OPTION_NAME     /* char[RL_NAME] */
} rl_option_type;

enum { RL_NAME = 32 }; /* bytes of a name with its end */

typedef struct rl_option {
  const char *name, *unit, *meaning;
  double value, min, max;     /* the default and its range; a default out of it: there is none */
  const char *const *choices; /* of a choice, NULL-terminated */
  rl_option_type type;
  size_t offset; /* in the struct that holds the value; options of environments are an array of double, in the
                    order of their rows */
  unsigned traits; /* it is an option of those with one of these bits; 0: of all */
  bool live;       /* may change during a run */
  const char *was; /* its name in version 0.1, or NULL */
} rl_option;

/* The rows of a table that somebody with these traits has. */
typedef struct rl_options {
  const rl_option *rows;
  int count;
  unsigned traits;
} rl_options;

/* Those of an array of rows, whatever their traits. */
#define RL_ROWS(array)                                                                                       \
  { array, sizeof(array) / sizeof *(array), ~0U }
/* A row of a struct's member. */
#define RL_ROW(type_, kind, member, name, unit, meaning, ...)                                                \
  { name, unit, meaning, __VA_ARGS__, .type = RL_OPTION_##kind, .offset = offsetof(type_, member) }

static inline rl_options rl_options_of(rl_options list, unsigned traits) {
  list.traits = traits;
  return list;
}

static inline bool rl_option_has(const rl_option *option, unsigned traits) {
  return option->traits == 0 || (option->traits & traits) != 0;
}

/* The value as a number, of a pair the first, of a name 0. set trusts that it has been checked; it sets both
 * of a pair, and makes a name empty. */
double rl_option_get(const void *options, const rl_option *option);
void rl_option_set(void *options, const rl_option *option, double value);
rl_status rl_option_check_value(const rl_option *option, double value, rl_error *error);
/* The value that a choice's name stands for; RL_BAD_ARGUMENT lists the names. */
rl_status rl_option_choose(const rl_option *option, const char *choice, double *value, rl_error *error);

void rl_options_defaults(rl_options list, void *options);
/* The same list with the values in `defaults` for its defaults; rows [list.count] is where it goes. */
rl_options rl_options_with(rl_options list, const void *defaults, rl_option *rows);
/* RL_BAD_ARGUMENT naming the first option that is out of range. */
rl_status rl_options_check(rl_options list, const void *options, rl_error *error);
/* The same of a part of something: "WHERE: NAME is not finite", "WHERE: NAME 3 is outside [0, 1] m". */
rl_status rl_options_check_part(rl_options list, const void *part, const char *where, rl_error *error);
/* A number of a part whose range no row knows; `unit` may be empty. */
rl_status rl_check_number(float value, float min, float max, const char *name, const char *unit,
                          const char *where, rl_error *error);
/* NULL: there is none of that name; the message has the nearest, or what an old name is called now. */
const rl_option *rl_options_find(rl_options list, const char *name, rl_error *error);

RL_C_END

#endif
