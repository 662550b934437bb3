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
#include "command_line.h"
#include "core/base/binding.h"
#include "process.h"
#include "rlrun_ranks.h"
#include "signals.h"
#include "tensor/gemm.h"

#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static void set_path(lua_State *L, const rlrun_options *o) {
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
static void set_launch(lua_State *L, const rlrun_options *o, rl_signals *signals) {
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

/* Reports the error at this index and returns the exit status. */
static int report(lua_State *L, int error) {
  bool leaving = is_exit(L, error);
  int status = is_interrupted() ? RLRUN_SIGNAL + signals->received : RLRUN_ERROR;
  if (leaving) {
    lua_getfield(L, error, "status");
    lua_getfield(L, error, "message");
    status = (int)lua_tointeger(L, -2);
    lua_replace(L, error);
  }
  call_on_exit(L, status > RLRUN_SIGNAL ? "interrupted" : "error"); /* first: it ends the live line */
  fflush(stdout);
  if (status <= RLRUN_SIGNAL) rlrun_let_others_speak();
  if (status > RLRUN_SIGNAL && rl_ranks_own() > 0) return status;
  print_line(leaving ? "" : "rlrun: ", lua_tostring(L, error));
  print_line("", lua_tostring(L, -1));
  return status;
}

static void warn_unused(lua_State *L, const rlrun_options *o) {
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
  rlrun_let_others_speak();
  print_line(prefix, luaL_tolstring(L, -1, NULL));
  return false;
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
  return rlrun_are_alike("script, seed or argument", mark);
}

static const char run_command[] = "local name = ... require('rl.commands.' .. name)(select(2, ...))";

/* Runs the script, or the command; returns the exit status. */
static int run_script(lua_State *L, const rlrun_options *o, const char *program) {
  if (o->resume && !find_run(L)) return RLRUN_USAGE;
  lua_settop(L, 0);
  set_arg(L, program);
  seed_random(L);
  push_script(L);
  const char *script = lua_tostring(L, 1);
  add_path(L, script);
  if (!run_the_same_script(L, script)) return RLRUN_ERROR;
  lua_pushcfunction(L, add_traceback);
  int handler = lua_gettop(L);
  int loaded = o->command ? luaL_loadstring(L, run_command) : luaL_loadfile(L, script);
  if (loaded != LUA_OK) {
    rlrun_let_others_speak();
    fprintf(stderr, "rlrun: %s\n", lua_tostring(L, -1));
    return loaded == LUA_ERRFILE ? RLRUN_USAGE : RLRUN_ERROR;
  }
  if (o->command) lua_pushstring(L, script);
  const int n_args = push_args(L) + o->command;
  bool failed = lua_pcall(L, n_args, 0, handler) != LUA_OK;
  rlrun_end_interrupts(L);
  if (failed) return report(L, handler + 1);
  call_on_exit(L, signals->received ? "interrupted" : NULL);
  fflush(stdout);
  if (rl_ranks_own() == 0) print_line("", lua_tostring(L, -1));
  if (signals->received) return RLRUN_SIGNAL + signals->received;
  if (rl_ranks_own() == 0) warn_unused(L, o);
  return 0;
}

typedef struct job {
  const rlrun_options *options;
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

static int run(const rlrun_options *o, const char *program) {
  job j = {o, program, RLRUN_ERROR};
  if (o->mpi && !rlrun_open_ranks(o)) return RLRUN_ERROR;
  if (o->mpi) on_exit(rlrun_leave_ranks, NULL);
  if (!rlrun_is_the_same()) return RLRUN_ERROR;
  lua_State *L = luaL_newstate();
  if (!L) return rlrun_wrong("out of memory", NULL), RLRUN_ERROR;
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
  rlrun_options o = {.seed = 1, .out = "runs", .checkpoint = -1};
  o.set = calloc((size_t)argc + 1, sizeof *o.set);
  o.args = calloc((size_t)argc + 1, sizeof *o.args);
  int status = RLRUN_USAGE;
  if (o.set && o.args && rlrun_read_command_line(&o, argc, argv)) {
    status = 0;
    if (o.help)
      printf("%s%s", rlrun_usage, rlrun_help);
    else if (o.version)
      print_version(o.verbose);
    else
      status = run(&o, argv[0]);
  }
  free(o.set);
  free(o.args);
  return status;
}
