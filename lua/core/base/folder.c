/* The folder of a run: one process at a time writes to it, and the place where a script was started. */
#include "core/base/binding.h"
#include "core/base/confine.h"

#include "base/ranks.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

typedef struct lock {
  DIR *folder;
} lock;

static const rll_type lock_type = {"rl.lock"};

static int unlock(lua_State *L) {
  lock *self = rll_check(L, 1, &lock_type);
  if (self->folder) closedir(self->folder);
  self->folder = NULL;
  return 0;
}

/* lock_folder(path) -> a lock, held until it is released or the process ends, however that comes | nil, message when
 * another process holds it. Where the file system knows no locks nothing is locked. */
static int lock_folder(lua_State *L) {
  const char *path = rll_write_path(L, 1);
  lock *self = rll_new(L, &lock_type, sizeof *self);
  if (rl_ranks_own() > 0) return 1; /* the first has it, for all */
  self->folder = opendir(path);
  if (self->folder && (!flock(dirfd(self->folder), LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)) return 1;
  lua_pushnil(L);
  if (self->folder)
    lua_pushfstring(L, "another process writes to %s", path);
  else
    lua_pushfstring(L, "cannot open folder %s: %s", path, strerror(errno));
  return 2;
}

/* working_directory() -> path | nil */
static int working_directory(lua_State *L) {
  char path[4096];
  lua_pushstring(L, getcwd(path, sizeof path));
  return 1;
}

void rll_open_folder(lua_State *L) {
  static const luaL_Reg methods[] = {{"release", unlock}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", unlock}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"lock_folder", lock_folder}, {"working_directory", working_directory}, {NULL, NULL}};
  rll_register(L, &lock_type, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
}
