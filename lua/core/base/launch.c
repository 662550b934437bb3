/* How the script was started, whether it shall stop, and the few things of the operating system that runs
 * need: folders, files in one piece, the terminal, a clock. Works in any program; rlrun fills the registry
 * (launch.h). */
#include "core/base/launch.h"

#include "core/base/binding.h"
#include "core/base/confine.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void set_string(lua_State *L, const char *key, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

/* launch() -> {seed, seed_given, threads, out, quiet, script, set = {name = value}, args = {...}, version,
 * revision} */
static int launch(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY);
  if (!lua_istable(L, -1)) {
    lua_newtable(L);
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "seed");
    set_string(L, "out", "runs");
    lua_newtable(L);
    lua_setfield(L, -2, "set");
    lua_newtable(L);
    lua_setfield(L, -2, "args");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY);
  }
  const char *folder = rll_write_folder(L);
  if (folder) set_string(L, "out", folder);
  return 1;
}

uint64_t rll_seed(lua_State *L, int table, const char *what) {
  const int64_t max = INT64_C(1) << 53; /* exact in a Lua number up to there */
  int64_t fallback = 1;
  lua_getfield(L, LUA_REGISTRYINDEX, RL_LAUNCH_KEY);
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "seed");
    if (lua_isnumber(L, -1)) fallback = (int64_t)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return (uint64_t)rll_integer(L, table, "seed", fallback, 0, max, what);
}

static rl_signals *signals(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, RL_SIGNALS_KEY);
  rl_signals *pointer = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return pointer;
}

/* stopping([looking]) -> the number of the signal that asks the script to stop, or false. Who is told so is taken to be
 * about to end, and is not interrupted while there are runs; unless he was only looking. */
static int stopping(lua_State *L) {
  rl_signals *s = signals(L);
  if (s && rl_ranks_asked()) s->received = rl_ranks_asked();
  if (s && s->received) {
    if (!lua_toboolean(L, 1)) s->heeded = 1;
    lua_pushinteger(L, s->received);
  } else
    lua_pushboolean(L, 0);
  return 1;
}

/* open_runs(n): how many runs would save themselves when asked to stop */
static int open_runs(lua_State *L) {
  rl_signals *s = signals(L);
  int n = (int)luaL_checkinteger(L, 1);
  if (s) s->open_runs = n;
  if (s && n > 0) s->trained = 1;
  return 0;
}

/* patience(seconds): how long an iteration may still take when a signal comes, whole seconds; 0: one */
static int patience(lua_State *L) {
  rl_signals *s = signals(L);
  int n = (int)luaL_checkinteger(L, 1);
  if (s) s->patience = n;
  return 0;
}

/* on_exit(f): rlrun calls f(nil | "error" | "interrupted") when the script has ended */
static int on_exit_call(lua_State *L) {
  rll_check_kind(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, RL_ON_EXIT_KEY);
  return 0;
}

static int exit_message(lua_State *L) {
  lua_getfield(L, 1, "message");
  return 1;
}

/* Raises the {status, message} on the top of the stack as the error that ends rlrun without a traceback. */
static int raise_exit(lua_State *L) {
  if (luaL_newmetatable(L, RL_EXIT_TYPE)) {
    lua_pushcfunction(L, exit_message);
    lua_setfield(L, -2, "__tostring");
  }
  lua_setmetatable(L, -2);
  return lua_error(L);
}

/* leave(status, message): an error that ends rlrun with this status and this message, without a traceback */
static int leave(lua_State *L) {
  luaL_checkinteger(L, 1);
  luaL_checkstring(L, 2);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "status");
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "message");
  return raise_exit(L);
}

bool rll_in_rlrun(lua_State *L) { return signals(L) != NULL; }

void rll_heed_signal(lua_State *L) {
  rl_signals *s = signals(L);
  if (!s) return;
  s->reached = 1;
  lua_sethook(L, NULL, 0, 0); /* until the next second */
}

static int failure(lua_State *L, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

/* Creates each folder of the path up to `end`; those that are there already are fine. -1 with errno on
 * failure. */
static int make_parents(char *path, const char *end) {
  for (char *p = path + 1; p < end; p++) {
    if (*p != '/') continue;
    *p = '\0';
    int result = mkdir(path, 0777), reason = errno;
    struct stat status;
    if (result && !stat(path, &status)) {
      result = S_ISDIR(status.st_mode) ? 0 : -1;
      reason = ENOTDIR;
    } else if (result && reason == EEXIST) {
      reason = errno; /* a link that leads nowhere */
    }
    *p = '/';
    errno = reason;
    if (result) return -1;
  }
  return 0;
}

/* make_directory(path[, new]) -> true | nil, message, whether it exists. `new`: it must not be there. */
static int make_directory(lua_State *L) {
  const char *path = rll_write_path(L, 1);
  size_t length = strlen(path);
  bool must_be_new = lua_toboolean(L, 2);
  if (rl_ranks_own() > 0) return lua_pushboolean(L, 1), 1; /* the first does it */
  char *copy = lua_newuserdata(L, length + 1);
  memcpy(copy, path, length + 1);
  while (length > 1 && copy[length - 1] == '/') copy[--length] = '\0';
  int result = make_parents(copy, copy + length);
  if (!result) result = mkdir(copy, 0777);
  int reason = errno;
  struct stat status;
  bool exists = result && reason == EEXIST && !stat(copy, &status) && S_ISDIR(status.st_mode);
  if (!result || (exists && !must_be_new)) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushfstring(L, "cannot create folder %s: %s", path, strerror(reason));
  lua_pushboolean(L, exists);
  return 3;
}

/* An open folder, so that an error does not leak it. */
static const rll_type directory_type = {"rl.directory"};

static int close_directory(lua_State *L) {
  DIR **directory = rll_check(L, 1, &directory_type);
  if (*directory) closedir(*directory);
  *directory = NULL;
  return 0;
}

/* list_directory(path[, own]) -> the names in it, in no order | nil, message. `own`: a folder that runs write to. */
static int list_directory(lua_State *L) {
  const char *path = lua_toboolean(L, 2) ? rll_write_path(L, 1) : rll_read_path(L, 1);
  DIR **directory = rll_new(L, &directory_type, sizeof *directory);
  *directory = opendir(path);
  if (!*directory) {
    lua_pushnil(L);
    lua_pushfstring(L, "cannot read folder %s: %s", path, strerror(errno));
    return 2;
  }
  lua_newtable(L);
  for (struct dirent *entry; (entry = readdir(*directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
  closedir(*directory);
  *directory = NULL;
  return 1;
}

/* write_file(path, data) -> true | nil, message. The old content or the new, never a part. */
static int write_file(lua_State *L) {
  size_t size;
  const char *path = rll_write_path(L, 1), *data = luaL_checklstring(L, 2, &size);
  rl_error error;
  if (rl_write_file(path, data, size, &error)) return failure(L, error.message);
  lua_pushboolean(L, 1);
  return 1;
}

/* Bytes that C has read, so that an error does not leak them. */
static const rll_type bytes_type = {"rl.bytes"};

static int free_bytes(lua_State *L) {
  unsigned char **bytes = rll_check(L, 1, &bytes_type);
  rl_release(*bytes);
  *bytes = NULL;
  return 0;
}

/* read_file(path, most bytes) -> what is in a regular file | nil, message */
static int read_file(lua_State *L) {
  const char *path = rll_read_path(L, 1);
  const size_t most = (size_t)rll_check_integer(L, 2, 0, INT32_MAX);
  size_t size;
  rl_error error;
  unsigned char **bytes = rll_new(L, &bytes_type, sizeof *bytes);
  if (rl_read_file_of(path, most, bytes, &size, &error)) return failure(L, error.message);
  lua_pushlstring(L, (const char *)*bytes, size);
  rl_release(*bytes);
  *bytes = NULL;
  return 1;
}

/* sweep_temporaries(folder) -> how many files it removed that processes left there when they were killed while they
 * wrote */
static int sweep_temporaries(lua_State *L) {
  const char *folder = rll_write_path(L, 1);
  lua_pushinteger(L, rl_ranks_own() ? 0 : rl_sweep_temporaries(folder));
  return 1;
}

/* unknown_name(kind, name, names) -> message that gives the nearest and lists all */
static int unknown_name(lua_State *L) {
  const char *kind = luaL_checkstring(L, 1), *name = luaL_checkstring(L, 2);
  rll_check_kind(L, 3, LUA_TTABLE);
  size_t n = lua_rawlen(L, 3);
  const char **names = lua_newuserdata(L, (n + 1) * sizeof *names);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 3, (int)i + 1);
    names[i] = lua_tostring(L, -1); /* belongs to the table */
    if (!names[i]) return rll_argument_error(L, 3, "strings expected");
    lua_pop(L, 1);
  }
  rl_error error;
  rl_fail_unknown(&error, kind, name, names, n);
  lua_pushstring(L, error.message);
  return 1;
}

/* is_terminal() -> whether standard output is one; mpirun gives rank 0 one, wherever it writes itself */
static int is_terminal(lua_State *L) {
  lua_pushboolean(L, rl_ranks_count() == 1 && isatty(STDOUT_FILENO));
  return 1;
}

static int terminal_width(lua_State *L) {
  struct winsize size;
  bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 0;
  lua_pushinteger(L, known ? size.ws_col : 80);
  return 1;
}

/* time() -> seconds of a clock that only goes forward */
static int clock_time(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
  return 1;
}

void rll_open_launch(lua_State *L) {
  static const luaL_Reg functions[] = {{"launch", launch},
                                       {"stopping", stopping},
                                       {"open_runs", open_runs},
                                       {"patience", patience},
                                       {"on_exit", on_exit_call},
                                       {"leave", leave},
                                       {"make_directory", make_directory},
                                       {"list_directory", list_directory},
                                       {"write_file", write_file},
                                       {"read_file", read_file},
                                       {"sweep_temporaries", sweep_temporaries},
                                       {"unknown_name", unknown_name},
                                       {"is_terminal", is_terminal},
                                       {"terminal_width", terminal_width},
                                       {"time", clock_time},
                                       {NULL, NULL}};
  static const luaL_Reg closing[] = {{"__gc", close_directory}, {NULL, NULL}};
  static const luaL_Reg ending[] = {{"__gc", free_bytes}, {NULL, NULL}};
  rll_register(L, &directory_type, NULL, closing);
  rll_register(L, &bytes_type, NULL, ending);
  luaL_setfuncs(L, functions, 0);
}
