#define _DEFAULT_SOURCE /* prctl, and what it is called with */
#include "process.h"

#include "core/base/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failure(lua_State *L, const char *what, int reason) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, strerror(reason));
  return 2;
}

/* In the child, between fork and exec: nothing but system calls. Reports through the pipe what went wrong. */
static void become(char *const *words, int input, int output, int report, pid_t parent) {
  int reason = 0;
  if (input < 0) input = open("/dev/null", O_RDONLY);
  setpgid(0, 0); /* Ctrl-C reaches the parent alone, which hands it on once */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127); /* it died before */
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0)
    execv(words[0], words);
  reason = errno;
  if (write(report, &reason, sizeof reason) < 0) _exit(126);
  _exit(127);
}

/* spawn(words, output[, fed]) -> process number[, feed] | nil, message: runs the program words[1], by its path, without a
 * shell, its output and messages appended to a file. When this process ends, however that comes, the child gets SIGTERM.
 * fed: it reads what is written to the feed. */
static int spawn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *output = luaL_checkstring(L, 2);
  const bool fed = lua_toboolean(L, 3);
  int n = (int)lua_rawlen(L, 1), report[2], feed[2] = {-1, -1}, reason = 0;
  luaL_argcheck(L, n >= 1, 1, "a program expected");
  const char **words = lua_newuserdata(L, ((size_t)n + 1) * sizeof *words);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    words[i] = lua_tostring(L, -1); /* belongs to the table */
    if (lua_type(L, -1) != LUA_TSTRING) return luaL_argerror(L, 1, "strings expected");
    lua_pop(L, 1);
  }
  words[n] = NULL;
  int file = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return failure(L, output, errno);
  /* A socket, for which there is a way to write without a signal when nobody reads. */
  if (pipe(report) || (fed && socketpair(AF_UNIX, SOCK_STREAM, 0, feed))) {
    reason = errno;
    close(file);
    return failure(L, "pipe", reason);
  }
  for (int i = 0; fed && i < 2; i++) fcntl(feed[i], F_SETFD, FD_CLOEXEC);
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  pid_t parent = getpid(), child = fork();
  if (child == 0) become((char *const *)words, feed[0], file, report[1], parent);
  if (child < 0) reason = errno;
  close(file);
  close(report[1]);
  ssize_t got;
  while ((got = read(report[0], &reason, sizeof reason)) < 0 && errno == EINTR) continue;
  close(report[0]);
  if (fed) close(feed[0]);
  if (fed && (child < 0 || got == (ssize_t)sizeof reason)) close(feed[1]);
  if (child < 0) return failure(L, "fork", reason);
  if (got == (ssize_t)sizeof reason) {
    waitpid(child, NULL, 0);
    return failure(L, words[0], reason);
  }
  lua_pushinteger(L, child);
  if (!fed) return 1;
  lua_pushinteger(L, feed[1]);
  return 2;
}

/* write(feed, bytes) -> true | nil, message */
static int write_feed(lua_State *L) {
  const int feed = (int)luaL_checkinteger(L, 1);
  size_t left;
  const char *bytes = luaL_checklstring(L, 2, &left);
  while (left > 0) {
    ssize_t sent = send(feed, bytes, left, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return failure(L, "the program that was started", errno);
    if (sent < 0) continue;
    bytes += sent;
    left -= (size_t)sent;
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* close(feed): what reads it is at its end. */
static int close_feed(lua_State *L) {
  close((int)luaL_checkinteger(L, 1));
  return 0;
}

/* find(name) -> the path of a program of this name on PATH, or nil */
static int find(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *list = getenv("PATH");
  while (list && *list) {
    const size_t length = strcspn(list, ":");
    const char *path = lua_pushfstring(L, "%s/%s", length ? lua_pushlstring(L, list, length) : ".", name);
    struct stat found;
    if (!stat(path, &found) && S_ISREG(found.st_mode) && !access(path, X_OK)) return 1;
    lua_settop(L, 1);
    list += length + (list[length] == ':');
  }
  return 0;
}

/* status(process) -> nil while it runs, then, once, its exit status, or 128 + the signal that ended it */
static int status(lua_State *L) {
  int found;
  pid_t child = (pid_t)luaL_checkinteger(L, 1), ended = waitpid(child, &found, WNOHANG);
  if (ended == 0) return 0;
  if (ended < 0) return luaL_error(L, "process %d is no child of this one", (int)child);
  lua_pushinteger(L, WIFEXITED(found) ? WEXITSTATUS(found) : 128 + WTERMSIG(found));
  return 1;
}

/* stop(process[, signal]): SIGTERM unless another is given. */
static int stop(lua_State *L) {
  pid_t child = (pid_t)luaL_checkinteger(L, 1);
  luaL_argcheck(L, child > 1, 1, "a child expected");
  kill(child, (int)luaL_optinteger(L, 2, SIGTERM));
  return 0;
}

/* sleep(seconds): less when a signal comes */
static int sleep_for(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
  return 0;
}

/* program() -> the path of this executable */
static int program(lua_State *L) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0 || length == (ssize_t)sizeof path) return luaL_error(L, "the path of rlrun is not known");
  lua_pushlstring(L, path, (size_t)length);
  return 1;
}

static int cores(lua_State *L) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  lua_pushinteger(L, n > 0 ? (lua_Integer)n : 1);
  return 1;
}

int luaopen_rl_process(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"spawn", spawn}, {"write", write_feed}, {"close", close_feed}, {"find", find},   {"status", status},
      {"stop", stop},   {"sleep", sleep_for},  {"program", program},  {"cores", cores}, {NULL, NULL}};
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
