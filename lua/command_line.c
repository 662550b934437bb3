/* The command line of rlrun: its own options, the script, and what is left to the script. */
#include "command_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 1024, MAX_TASKS = 1000000 };

const char rlrun_usage[] = "usage: rlrun [options] script.lua [arguments]\n"
                           "       rlrun --resume FOLDER [options]\n"
                           "       rlrun report | sweep | eval | gait | motion | render | watch ...\n";
const char rlrun_help[] =
    "  --seed N           seed of every random number (default 1)\n"
    "  --threads N        threads to use (default: one a core); results do not depend on it\n"
    "  --out DIR          where run folders go (default: runs)\n"
    "  --set NAME=VALUE   overrides one of the script's options (rl.options)\n"
    "  --task I/N         share I, from 1 to N, of the script's list of seeds and settings (rl.tasks)\n"
    "  --quiet            no progress\n"
    "  --resume FOLDER    goes on with the run of this folder, as it was started\n"
    "  --checkpoint S     seconds from one checkpoint of a run to the next (default 5)\n"
    "  --force            also where script, options or version differ from those of the run\n"
    "  --mpi              one of the ranks that mpirun or srun has started: they share the work\n"
    "  --live             takes the functions of rl.live anew when their file is saved\n"
    "  --options          prints the options of the script, and does not run it\n"
    "  --help, --version  with --verbose: also which kernels run\n"
    "Options may stand before or after the script, up to a --. What else stands after it goes to the "
    "script,\n"
    "where --NAME VALUE overrides an option too.\n"
    "Runs compared, many runs, a policy judged, how it walks, its motion as numbers, pictures and films, a "
    "window\n"
    "on what is learnt: rlrun report --help, sweep --help, eval --help, gait --help, motion --help, render "
    "--help,\n"
    "watch --help.\n";

static const char *const commands[] = {"report", "sweep", "eval", "gait", "motion", "render", "watch", NULL};

bool rlrun_wrong(const char *what, const char *value) {
  fprintf(stderr, "rlrun: %s%s%s%s\n%stry: rlrun --help\n", what, value ? " \"" : "", value ? value : "",
          value ? "\"" : "", rlrun_usage);
  return false;
}

static bool read_integer(const char *text, long long low, long long high, long long *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return end != text && !*end && !errno && *value >= low && *value <= high;
}

/* "3/16": both numbers, nothing else. */
static bool set_task(rlrun_options *o, const char *value) {
  char number[8] = "";
  const char *slash = strchr(value, '/');
  long long task, tasks;
  if (slash && slash - value < (int)sizeof number) memcpy(number, value, (size_t)(slash - value));
  if (!slash || !read_integer(number, 0, MAX_TASKS, &task) || !read_integer(slash + 1, 1, MAX_TASKS, &tasks))
    return rlrun_wrong("--task takes I/N, as in 3/16, not", value);
  if (task < 1 || task > tasks) return rlrun_wrong("--task takes I/N with I from 1 to N, not", value);
  o->task = (int)task;
  o->tasks = (int)tasks;
  return true;
}

/* Takes one of the options that have a value. */
static bool set_option(rlrun_options *o, const char *name, char *value) {
  long long number;
  if (!strcmp(name, "--seed")) {
    o->seed_given = true; /* beyond 2^53 a number of LuaJIT would not hold it */
    return read_integer(value, 0, 1LL << 53, &o->seed) ||
           rlrun_wrong("--seed takes a whole number from 0 to 2^53, not", value);
  }
  if (!strcmp(name, "--threads")) {
    if (!read_integer(value, 1, MAX_THREADS, &number))
      return rlrun_wrong("--threads takes a whole number from 1 to 1024, not", value);
    o->threads = (int)number;
    return true;
  }
  if (!strcmp(name, "--task")) return set_task(o, value);
  if (!strcmp(name, "--checkpoint")) {
    char *end;
    o->checkpoint = strtod(value, &end);
    return (end != value && !*end && o->checkpoint >= 0) ||
           rlrun_wrong("--checkpoint takes seconds, 0 or more, not", value);
  }
  if (!strcmp(name, "--resume")) {
    o->resume = value;
    return *value || rlrun_wrong("--resume takes the folder of a run, not", value);
  }
  if (!strcmp(name, "--out")) {
    o->out = value;
    return *value || rlrun_wrong("--out takes a folder, not", value);
  }
  o->set[o->n_set++] = value;
  return (*value != '=' && strchr(value, '=')) || rlrun_wrong("--set takes NAME=VALUE, not", value);
}

static bool is_one_of(const char *name, size_t length, const char *const *names) {
  for (; *names; names++)
    if (strlen(*names) == length && !strncmp(*names, name, length)) return true;
  return false;
}

/* Looks at argv[*i] and takes it, with its value, if it is an option of rlrun's: then *taken is true. False:
 * wrong. */
static bool take_option(rlrun_options *o, char **argv, int *i, bool *taken) {
  static const char *const flags[] = {"--quiet", "--help",    "--version", "--force",
                                      "--live",  "--options", "--mpi",     NULL};
  static const char *const valued[] = {"--seed",   "--threads",    "--out",  "--set",
                                       "--resume", "--checkpoint", "--task", NULL};
  char *word = argv[*i], *equals = strchr(word, '=');
  size_t length = equals ? (size_t)(equals - word) : strlen(word);
  *taken = true;
  if (!equals && is_one_of(word, length, flags)) {
    o->quiet |= !strcmp(word, "--quiet");
    o->help |= !strcmp(word, "--help");
    o->version |= !strcmp(word, "--version");
    o->force |= !strcmp(word, "--force");
    o->live |= !strcmp(word, "--live");
    o->mpi |= !strcmp(word, "--mpi");
    o->ask |= !strcmp(word, "--options");
    return true;
  }
  if (!strcmp(word, "--verbose") && !o->script) { /* behind it, it is the script's */
    o->verbose = true;
    return true;
  }
  if (is_one_of(word, length, valued)) {
    char name[16];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    char *value = equals ? equals + 1 : argv[++*i];
    return value ? set_option(o, name, value) : rlrun_wrong("a value is missing after", name);
  }
  *taken = false;
  return true;
}

bool rlrun_read_command_line(rlrun_options *o, int argc, char **argv) {
  bool ours = true; /* until a word "--" */
  for (int i = 1; i < argc; i++) {
    bool taken = false;
    if (ours && !strcmp(argv[i], "--")) {
      ours = false;
      continue;
    }
    if (ours && !take_option(o, argv, &i, &taken)) return false;
    if (taken) continue;
    if (o->script)
      o->args[o->n_args++] = argv[i];
    else if (ours && argv[i][0] == '-')
      return rlrun_wrong("unknown option", argv[i]);
    else
      o->script = argv[i];
    if (ours && !o->n_args && is_one_of(o->script, strlen(o->script), commands)) {
      o->command = true; /* all else is for the command to read */
      ours = false;
    }
  }
  if (o->mpi && o->live)
    return rlrun_wrong("--mpi and --live do not go together: ranks would see a new text at another time",
                       NULL);
  if (o->mpi && o->command) return rlrun_wrong("--mpi goes with a script, not with", o->script);
  if (o->verbose && !o->version) return rlrun_wrong("--verbose goes with --version", NULL);
  if (o->resume && o->script && !o->tasks)
    return rlrun_wrong("--resume runs the script of the run, not", o->script);
  return o->script || o->resume || o->help || o->version || rlrun_wrong("a script is missing", NULL);
}
