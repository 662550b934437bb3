/* rlrun: runs a Lua script with the module `rl` on its path.
 *
 *   rlrun [options] script.lua [arguments]
 *   rlrun --resume FOLDER [options]
 *   rlrun report | sweep | eval | gait | motion | render | watch ...
 *
 * Its own options are understood before the script's name and after it; what is left goes to the script. A
 * signal asks the script to stop (signals.h). Exit status: 0; 1 script error; 2 wrong usage; 128 + signal. */
#define _DEFAULT_SOURCE /* on_exit */
#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "core/base/binding.h"
#include "mpi_engine.h"
#include "process.h"
#include "signals.h"
#include "tensor/gemm.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#if LUA_VERSION_NUM < 503
#include "compat-5.3.h"
#endif
#ifdef RL_LUAJIT
#include <luajit.h>
#define LUA_NAME LUAJIT_VERSION
#else
#define LUA_NAME LUA_RELEASE
#endif

int luaopen_rl_core(lua_State *L);

enum { STATUS_ERROR = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128, MAX_THREADS = 1024, MAX_TASKS = 1000000 };

typedef struct options {
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
} options;

/* The command line */

static const char usage[] = "usage: rlrun [options] script.lua [arguments]\n"
                            "       rlrun --resume FOLDER [options]\n"
                            "       rlrun report | sweep | eval | gait | motion | render | watch ...\n";
static const char help[] =
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

/* Says what is wrong; returns false. */
static bool wrong(const char *what, const char *value) {
  fprintf(stderr, "rlrun: %s%s%s%s\n%stry: rlrun --help\n", what, value ? " \"" : "", value ? value : "",
          value ? "\"" : "", usage);
  return false;
}

static bool read_integer(const char *text, long long low, long long high, long long *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return end != text && !*end && !errno && *value >= low && *value <= high;
}

/* "3/16": both numbers, nothing else. */
static bool set_task(options *o, const char *value) {
  char number[8] = "";
  const char *slash = strchr(value, '/');
  long long task, tasks;
  if (slash && slash - value < (int)sizeof number) memcpy(number, value, (size_t)(slash - value));
  if (!slash || !read_integer(number, 0, MAX_TASKS, &task) || !read_integer(slash + 1, 1, MAX_TASKS, &tasks))
    return wrong("--task takes I/N, as in 3/16, not", value);
  if (task < 1 || task > tasks) return wrong("--task takes I/N with I from 1 to N, not", value);
  o->task = (int)task;
  o->tasks = (int)tasks;
  return true;
}

/* Takes one of the options that have a value. */
static bool set_option(options *o, const char *name, char *value) {
  long long number;
  if (!strcmp(name, "--seed")) {
    o->seed_given = true; /* beyond 2^53 a number of LuaJIT would not hold it */
    return read_integer(value, 0, 1LL << 53, &o->seed) ||
           wrong("--seed takes a whole number from 0 to 2^53, not", value);
  }
  if (!strcmp(name, "--threads")) {
    if (!read_integer(value, 1, MAX_THREADS, &number))
      return wrong("--threads takes a whole number from 1 to 1024, not", value);
    o->threads = (int)number;
    return true;
  }
  if (!strcmp(name, "--task")) return set_task(o, value);
  if (!strcmp(name, "--checkpoint")) {
    char *end;
    o->checkpoint = strtod(value, &end);
    return (end != value && !*end && o->checkpoint >= 0) ||
           wrong("--checkpoint takes seconds, 0 or more, not", value);
  }
  if (!strcmp(name, "--resume")) {
    o->resume = value;
    return *value || wrong("--resume takes the folder of a run, not", value);
  }
  if (!strcmp(name, "--out")) {
    o->out = value;
    return *value || wrong("--out takes a folder, not", value);
  }
  o->set[o->n_set++] = value;
  return (*value != '=' && strchr(value, '=')) || wrong("--set takes NAME=VALUE, not", value);
}

static bool is_one_of(const char *name, size_t length, const char *const *names) {
  for (; *names; names++)
    if (strlen(*names) == length && !strncmp(*names, name, length)) return true;
  return false;
}

/* Looks at argv[*i] and takes it, with its value, if it is an option of rlrun's: then *taken is true. False:
 * wrong. */
static bool take_option(options *o, char **argv, int *i, bool *taken) {
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
    return value ? set_option(o, name, value) : wrong("a value is missing after", name);
  }
  *taken = false;
  return true;
}

/* Sorts the words into options, script and arguments. `set` and `args` have room for argc words. */
static bool read_command_line(options *o, int argc, char **argv) {
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
      return wrong("unknown option", argv[i]);
    else
      o->script = argv[i];
    if (ours && !o->n_args && is_one_of(o->script, strlen(o->script), commands)) {
      o->command = true; /* all else is for the command to read */
      ours = false;
    }
  }
  if (o->mpi && o->live)
    return wrong("--mpi and --live do not go together: ranks would see a new text at another time", NULL);
  if (o->mpi && o->command) return wrong("--mpi goes with a script, not with", o->script);
  if (o->verbose && !o->version) return wrong("--verbose goes with --version", NULL);
  if (o->resume && o->script && !o->tasks)
    return wrong("--resume runs the script of the run, not", o->script);
  return o->script || o->resume || o->help || o->version || wrong("a script is missing", NULL);
}

/* What the script finds */

/* Pushes the folder of the path, or of the executable for NULL. */
static void push_folder(lua_State *L, const char *path) {
  char executable[4096];
  if (!path) {
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[length > 0 ? length : 0] = '\0';
    path = executable;
  }
  const char *slash = strrchr(path, '/');
  if (slash)
    lua_pushlstring(L, path, slash == path ? 1 : (size_t)(slash - path));
  else
    lua_pushstring(L, ".");
}

/* Puts the module first: the installed one beside this executable, else the one of the source tree it was
 * built from. */
static void set_path(lua_State *L, const options *o) {
  lua_getglobal(L, "package");
  push_folder(L, NULL);
  const char *module = lua_pushfstring(L, "%s/../%s", lua_tostring(L, -1), RL_INSTALL_LUA);
  if (access(lua_pushfstring(L, "%s/rl/init.lua", module), R_OK)) module = RL_SOURCE_LUA;
  lua_getfield(L, 1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", module, module, lua_tostring(L, -1));
  lua_setfield(L, 1, "path");
  push_folder(L, NULL); /* modules in C beside what else was installed or built: rl.cairo */
  const char *own = lua_tostring(L, -1);
  lua_getfield(L, 1, "cpath");
  lua_pushfstring(L, "%s/?.so;%s/../%s/?.so;%s", own, own, RL_INSTALL_MODULES, lua_tostring(L, -1));
  lua_setfield(L, 1, "cpath");
  lua_getfield(L, 1, "preload");
  lua_pushcfunction(L, luaopen_rl_core);
  lua_setfield(L, -2, "rl.core");
  if (o->command) {
    lua_pushcfunction(L, luaopen_rl_process);
    lua_setfield(L, -2, "rl.process");
  }
  lua_settop(L, 0);
}

/* The script's own folder, last. */
static void add_path(lua_State *L, const char *script) {
  lua_getglobal(L, "package");
  push_folder(L, script);
  const char *folder = lua_tostring(L, -1);
  lua_getfield(L, -2, "path");
  lua_pushfstring(L, "%s;%s/?.lua;%s/?/init.lua", lua_tostring(L, -1), folder, folder);
  lua_setfield(L, -4, "path");
  lua_pop(L, 3);
}

static void set_string(lua_State *L, const char *key, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

/* The table that core.launch gives, and the entry for the signals. */
static void set_launch(lua_State *L, const options *o, rl_signals *signals) {
  lua_newtable(L);
  lua_pushinteger(L, (lua_Integer)o->seed);
  lua_setfield(L, -2, "seed");
  set_flag(L, "seed_given", o->seed_given);
  set_flag(L, "quiet", o->quiet);
  set_flag(L, "force", o->force);
  set_flag(L, "live", o->live);
  set_flag(L, "ask", o->ask);
  if (o->checkpoint >= 0) {
    lua_pushnumber(L, o->checkpoint);
    lua_setfield(L, -2, "checkpoint");
  }
  if (o->tasks) {
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, o->task);
    lua_setfield(L, -2, "number");
    lua_pushinteger(L, o->tasks);
    lua_setfield(L, -2, "count");
    lua_setfield(L, -2, "task");
  }
  set_string(L, "out", o->out);
  set_string(L, "script", o->script);
  set_string(L, "resume", o->resume);
  lua_newtable(L);
  for (int i = 0; i < o->n_set; i++) {
    const char *equals = strchr(o->set[i], '=');
    lua_pushlstring(L, o->set[i], (size_t)(equals - o->set[i]));
    lua_pushstring(L, equals + 1);
    lua_settable(L, -3);
  }
  lua_setfield(L, -2, "set");
  lua_newtable(L);
  for (int i = 0; i < o->n_args; i++) {
    lua_pushstring(L, o->args[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "args");
  lua_setfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY);
  lua_pushlightuserdata(L, signals);
  lua_setfield(L, LUA_REGISTRYINDEX, RL_SIGNALS_KEY);
}

/* Pushes the table that core.launch gives. */
static void push_launch(lua_State *L) { lua_getfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY); }

/* What is asked for is in the table of the launch: a run that is resumed brings its own. */
static void push_script(lua_State *L) {
  push_launch(L);
  lua_getfield(L, -1, "script");
  lua_remove(L, -2);
}

/* Pushes the script's arguments; how many. */
static int push_args(lua_State *L) {
  push_launch(L);
  lua_getfield(L, -1, "args");
  const int list = lua_gettop(L), n = (int)lua_rawlen(L, list);
  luaL_checkstack(L, n + 10, "too many arguments");
  for (int i = 1; i <= n; i++) lua_rawgeti(L, list, i);
  lua_remove(L, list);
  lua_remove(L, list - 1);
  return n;
}

/* The global `arg`, as the lua executable sets it. */
static void set_arg(lua_State *L, const char *program) {
  lua_newtable(L);
  lua_pushstring(L, program);
  lua_rawseti(L, 1, -1);
  push_script(L);
  lua_rawseti(L, 1, 0);
  for (int n = push_args(L); n > 0; n--) lua_rawseti(L, 1, n);
  lua_setglobal(L, "arg");
}

static void seed_random(lua_State *L) {
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "randomseed");
  push_launch(L);
  lua_getfield(L, -1, "seed");
  lua_remove(L, -2);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
}

/* Running it */

static bool is_exit(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  luaL_getmetatable(L, RL_EXIT_TYPE);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

static rl_signals *signals; /* to the script */

static bool is_interrupted(void) { return signals->cut != 0; }

/* Message handler: gives a message its traceback, unless it has one (an error in a reward brings its own). */
static int add_traceback(lua_State *L) {
  if (is_exit(L, 1)) return 1;
  if (lua_type(L, 1) != LUA_TSTRING && !luaL_callmeta(L, 1, "__tostring"))
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  const char *message = lua_tostring(L, -1); /* NULL when __tostring gave no string */
  if (message && strstr(message, "\nstack traceback:")) return 1;
  if (is_interrupted() && signals->open_runs) return 1; /* they tell where they were */
  luaL_traceback(L, L, message, 1);
  return 1;
}

/* Calls what run.lua left for the end and pushes the message it returns, or nil. */
static void call_on_exit(lua_State *L, const char *reason) {
  lua_getfield(L, LUA_REGISTRYINDEX, RL_ON_EXIT_KEY);
  if (!lua_isfunction(L, -1)) {
    lua_pop(L, 1);
    lua_pushnil(L);
    return;
  }
  lua_pushstring(L, reason);
  lua_pcall(L, 1, 1, 0);
}

static void print_line(const char *prefix, const char *text) {
  if (text && *text) fprintf(stderr, "%s%s\n", prefix, text);
}

/* Before what ends the program is said: who has its cause, or else rank 0, says it and ends all ranks. */
static void let_others_speak(void) {
  const long wait = rl_ranks_failed_elsewhere() ? 1000 : rl_ranks_own() > 0 ? 300 : 0; /* ms */
  nanosleep(&(struct timespec){wait / 1000, wait % 1000 * 1000000}, NULL);
  if (rl_ranks_count() > 1) fprintf(stderr, "rank %d: ", rl_ranks_own());
}

/* Reports the error at this index and returns the exit status. */
static int report(lua_State *L, int error) {
  bool leaving = is_exit(L, error);
  int status = is_interrupted() ? STATUS_SIGNAL + signals->received : STATUS_ERROR;
  if (leaving) {
    lua_getfield(L, error, "status");
    lua_getfield(L, error, "message");
    status = (int)lua_tointeger(L, -2);
    lua_replace(L, error);
  }
  call_on_exit(L, status > STATUS_SIGNAL ? "interrupted" : "error"); /* first: it ends the live line */
  fflush(stdout);
  if (status <= STATUS_SIGNAL) let_others_speak();
  if (status > STATUS_SIGNAL && rl_ranks_own() > 0) return status;
  print_line(leaving ? "" : "rlrun: ", lua_tostring(L, error));
  print_line("", lua_tostring(L, -1));
  return status;
}

static void warn_unused(lua_State *L, const options *o) {
  lua_getfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY);
  lua_getfield(L, -1, "set_read");
  lua_getfield(L, -2, "tasks_read");
  if (o->n_set && !lua_toboolean(L, -2))
    fprintf(stderr, "rlrun: --set had no effect: the script takes no options (rl.options)\n");
  if (o->tasks && !lua_toboolean(L, -1))
    fprintf(stderr, "rlrun: --task had no effect: the script has no list of tasks (rl.tasks)\n");
  lua_pop(L, 3);
}

/* Fills the table of the launch with what the run of --resume was started with (lua/rl/resume.lua). */
static bool find_run(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushstring(L, "rl.resume");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "open");
  push_launch(L);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return true;
  const char *prefix = is_exit(L, lua_gettop(L)) ? "" : "rlrun: ";
  let_others_speak();
  print_line(prefix, luaL_tolstring(L, -1, NULL));
  return false;
}

/* All ranks must run the same, or nothing that follows is the same. */
static bool are_alike(const char *what, uint64_t mark) {
  const int other = rl_ranks_other(mark);
  if (!other) return true;
  let_others_speak();
  fprintf(stderr, "rlrun: --mpi: rank %d has another %s than rank 0\n", other, what);
  return false;
}

static bool run_the_same_rlrun(void) {
  static const char build[] = RL_VERSION " " RL_REVISION;
  const char *openblas = rl_gemm_kernels();
  if (!are_alike("version of rlrun (rlrun --version)", rl_ranks_mark(build, sizeof build, 0)) ||
      !are_alike("kind of processor (rlrun --version --verbose)", rl_cpu() == RL_CPU_PLAIN))
    return false;
  const int other = rl_ranks_other(rl_ranks_mark(openblas, strlen(openblas), 0));
  if (other && rl_ranks_own() == 0)
    fprintf(stderr,
            "rlrun: --mpi: OpenBLAS takes other kernels on rank %d than on rank 0: products of large "
            "matrices may "
            "differ, which ends the job; OPENBLAS_CORETYPE=Haswell on all ranks makes them the same\n",
            other);
  return true;
}

/* The text, and what it is given: that of the launch. */
static bool run_the_same_script(lua_State *L, const char *script) {
  rl_error error;
  unsigned char *text = NULL;
  size_t size = 0;
  if (rl_ranks_count() == 1) return true;
  if (rl_read_file(script, &text, &size, &error)) return true; /* which is said when it is loaded */
  uint64_t mark = rl_ranks_mark(text, size, 0);
  rl_release(text);
  push_launch(L);
  lua_getfield(L, -1, "seed");
  mark ^= (uint64_t)lua_tointeger(L, -1);
  lua_pop(L, 2);
  for (int n = push_args(L); n > 0; n--, lua_pop(L, 1)) {
    const char *word = lua_tostring(L, -1);
    mark = rl_ranks_mark(word, strlen(word), mark);
  }
  return are_alike("script, seed or argument", mark);
}

static const char run_command[] = "local name = ... require('rl.commands.' .. name)(select(2, ...))";

/* Runs the script, or the command; returns the exit status. */
static int run_script(lua_State *L, const options *o, const char *program) {
  if (o->resume && !find_run(L)) return STATUS_USAGE;
  lua_settop(L, 0);
  set_arg(L, program);
  seed_random(L);
  push_script(L);
  const char *script = lua_tostring(L, 1);
  add_path(L, script);
  if (!run_the_same_script(L, script)) return STATUS_ERROR;
  lua_pushcfunction(L, add_traceback);
  int handler = lua_gettop(L);
  int loaded = o->command ? luaL_loadstring(L, run_command) : luaL_loadfile(L, script);
  if (loaded != LUA_OK) {
    let_others_speak();
    fprintf(stderr, "rlrun: %s\n", lua_tostring(L, -1));
    return loaded == LUA_ERRFILE ? STATUS_USAGE : STATUS_ERROR;
  }
  if (o->command) lua_pushstring(L, script);
  const int n_args = push_args(L) + o->command;
  bool failed = lua_pcall(L, n_args, 0, handler) != LUA_OK;
  rlrun_end_interrupts(L);
  if (failed) return report(L, handler + 1);
  call_on_exit(L, signals->received ? "interrupted" : NULL);
  fflush(stdout);
  if (rl_ranks_own() == 0) print_line("", lua_tostring(L, -1));
  if (signals->received) return STATUS_SIGNAL + signals->received;
  if (rl_ranks_own() == 0) warn_unused(L, o);
  return 0;
}

typedef struct job {
  const options *options;
  const char *program;
  int status;
} job;

/* The process is ours: memory that is released stays with it, and garbage is looked for while it is young, so that a
 * result finds the memory of the one before it, which is still in the cache. */
static void choose_memory(lua_State *L) {
#ifdef __GLIBC__
  enum { KEPT = 64 << 20, LARGEST = 32 << 20 }; /* bytes; from the second on memory comes from the system */
  mallopt(M_TRIM_THRESHOLD, KEPT);
  mallopt(M_MMAP_THRESHOLD, LARGEST);
#endif
  rll_use_generations(L);
}

static int main_function(lua_State *L) {
  job *j = lua_touserdata(L, 1);
  lua_settop(L, 0);
  luaL_openlibs(L);
  choose_memory(L);
  set_path(L, j->options);
  signals = rlrun_catch_signals(L);
  if (rl_ranks_own() > 0 && luaL_dostring(L, "require 'rl.other_rank'")) lua_error(L);
  set_launch(L, j->options, signals);
  j->status = run_script(L, j->options, j->program);
  return 0;
}

/* Ranks */

/* rl/mpi.so beside what else was built or installed with this executable. */
static void *open_mpi(char *path, size_t size) {
  static const char *const places[] = {"rl", "../" RL_INSTALL_MODULES "/rl"};
  char own[4096];
  const ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  own[length > 0 ? length : 0] = '\0';
  char *slash = strrchr(own, '/');
  if (slash) *slash = '\0';
  for (int i = 0; i < 2; i++) {
    snprintf(path, size, "%s/%s/mpi.so", own, places[i]);
    if (!access(path, R_OK))
      return dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* MPI opens parts of itself that look for it */
  }
  *path = '\0';
  return NULL;
}

static void silence(int stream) {
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere < 0) return;
  dup2(nowhere, stream);
  close(nowhere);
}

/* The ranks of a machine share its processors. */
static void share_processors(const options *o, const rl_ranks_engine *engine) {
  if (o->threads || getenv("OMP_NUM_THREADS")) return;
  const rl_ranks_part part = {rl_threads() * engine->local / engine->of_local,
                              rl_threads() * (engine->local + 1) / engine->of_local};
  rl_set_threads(part.end > part.first ? part.end - part.first : 1);
}

static bool open_ranks(const options *o) {
  char path[8192];
  void *module = open_mpi(path, sizeof path), *symbol = module ? dlsym(module, RL_MPI_OPEN) : NULL;
  rl_mpi_open_function *open_engine;
  rl_ranks_engine engine;
  if (!symbol && *path)
    return fprintf(stderr, "rlrun: --mpi: %s\nrlrun: --mpi needs MPI: on Debian, the package openmpi-bin\n",
                   dlerror()),
           false;
  if (!symbol)
    return fprintf(
               stderr,
               "rlrun: --mpi: this rlrun was built without MPI: install libopenmpi-dev and openmpi-bin (so "
               "they are called on Debian), and build it again\n"),
           false;
  memcpy(&open_engine, &symbol, sizeof open_engine);
  const char *wrong_with_it = open_engine(&engine);
  if (wrong_with_it) return fprintf(stderr, "rlrun: --mpi: %s\n", wrong_with_it), false;
  const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
  if (engine.count == 1 && tasks && atoi(tasks) > 1 && !getenv("OMPI_COMM_WORLD_SIZE"))
    return fprintf(
               stderr,
               "rlrun: --mpi: srun has started %s tasks, and each finds itself alone: try srun --mpi=pmix "
               "(srun --mpi=list tells what there is)\n",
               tasks),
           false;
  rl_ranks_use(&engine);
  share_processors(o, &engine);
  if (engine.rank > 0) silence(STDOUT_FILENO);
  return true;
}

/* How a rank ends: well, with all others, or with an error, and all others too. */
static void leave_ranks(int status, void *unused) {
  rl_error error;
  (void)unused;
  if (rl_ranks_count() > 1 &&
      ((status && status <= STATUS_SIGNAL) || rl_ranks_meet("its end", 0, 0, RL_OK, &error))) {
    if (!status) fprintf(stderr, "rank %d: %s\n", rl_ranks_own(), error.message);
    fflush(NULL);
    rl_ranks_abort(status ? status : STATUS_ERROR);
  }
  rl_ranks_end();
}

static int run(const options *o, const char *program) {
  job j = {o, program, STATUS_ERROR};
  if (o->mpi && !open_ranks(o)) return STATUS_ERROR;
  if (o->mpi) on_exit(leave_ranks, NULL);
  if (!run_the_same_rlrun()) return STATUS_ERROR;
  lua_State *L = luaL_newstate();
  if (!L) return wrong("out of memory", NULL), STATUS_ERROR;
  if (o->threads) rl_set_threads(o->threads);
  if (rl_gemm_advice() && rl_ranks_own() == 0) print_line("rlrun: ", rl_gemm_advice());
  lua_pushcfunction(L, main_function);
  lua_pushlightuserdata(L, &j);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) print_line("rlrun: ", lua_tostring(L, -1));
  rlrun_release_signals();
  lua_close(L);
  return j.status;
}

static void print_version(bool verbose) {
  const char *advice = rl_gemm_advice();
  printf("rlrun %s (%s), %s\n", RL_VERSION, RL_REVISION, LUA_NAME);
  if (!verbose) return;
  printf("kernels: %s, the best here is %s (RL_KERNELS lowers it)\nOpenBLAS: %s\n",
         rl_cpu_level_names[rl_cpu()], rl_cpu_level_names[rl_cpu_best()], rl_gemm_kernels());
  if (advice) printf("%s\n", advice);
}

/* A stream that was closed before the program began stays one that fails: its number is not given to a file of the run,
 * which would then get what the script prints. */
static void keep_numbers_of_streams(void) {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

int main(int argc, char **argv) {
  keep_numbers_of_streams();
  options o = {.seed = 1, .out = "runs", .checkpoint = -1};
  o.set = calloc((size_t)argc + 1, sizeof *o.set);
  o.args = calloc((size_t)argc + 1, sizeof *o.args);
  int status = STATUS_USAGE;
  if (o.set && o.args && read_command_line(&o, argc, argv)) {
    status = 0;
    if (o.help)
      printf("%s%s", usage, help);
    else if (o.version)
      print_version(o.verbose);
    else
      status = run(&o, argv[0]);
  }
  free(o.set);
  free(o.args);
  return status;
}
