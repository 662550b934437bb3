/* The command line of rlrun. */
#ifndef RLRUN_COMMAND_LINE_H
#define RLRUN_COMMAND_LINE_H

#include <stdbool.h>

/* How rlrun ends: well, with 0; by a signal, with its number added. */
enum { RLRUN_ERROR = 1, RLRUN_USAGE = 2, RLRUN_SIGNAL = 128 };

typedef struct rlrun_options {
  long long seed;
  bool seed_given, quiet, help, version, verbose, force, live, mpi;
  bool ask, command; /* --options; whether `script` is the name of a command */
  int threads;       /* 0: not given */
  int task, tasks;   /* the share of rl.tasks: of `tasks` shares, counted from 1; 0: all */
  double checkpoint; /* seconds; below 0: not given */
  const char *out, *script, *resume;
  char **set; /* "name=value" */
  int n_set;
  char **args; /* of the script */
  int n_args;
} rlrun_options;

extern const char rlrun_usage[], rlrun_help[];

/* Says what is wrong, with the value if that is not NULL, and how rlrun is used; returns false. */
bool rlrun_wrong(const char *what, const char *value);

/* Sorts the words into options, script and arguments; `set` and `args` have room for argc words. False: something is wrong, which
 * has been said. */
bool rlrun_read_command_line(rlrun_options *o, int argc, char **argv);

#endif
