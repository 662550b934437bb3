/* rl.confine{ read = folder, write = folder, memory = bytes }: for a host that runs a script which it does not trust,
 * once and for good for a state. A folder that is not given: nothing is read, or written. Each path is followed to
 * where it leads before it is compared, and what was compared is opened. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "core/base/confine.h"

#include "core/base/budget.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct confinement {
  char *read, *write; /* canonical; NULL: none */
  rll_limit limit;
} confinement;

static const rll_type confinement_type = {"rl.confinement"};

/* Whether any state of the process ever was: until then nothing is looked up. */
static atomic_bool any;

static confinement *get(lua_State *L) {
  if (!atomic_load_explicit(&any, memory_order_relaxed)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &any);
  confinement *self = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return self;
}

/* Paths. */

/* Where the path leads, to `out`. What is not there yet may follow what is, as names without "." and "..". */
static bool resolve(const char *path, char out[PATH_MAX]) {
  char known[PATH_MAX];
  size_t length = strlen(path), end = length;
  if (length == 0 || length >= PATH_MAX) return false;
  memcpy(known, path, length + 1);
  while (!realpath(known, out)) {
    struct stat status;
    if (!lstat(known, &status)) return false; /* a link that leads nowhere, or where nobody may look */
    while (end > 0 && known[end - 1] == '/') end--;
    size_t name = end;
    while (name > 0 && known[name - 1] != '/') name--;
    if (name == end || !strcmp(known + name, "..") || !strcmp(known + name, ".")) return false;
    end = name;
    if (end == 0) {
      if (!realpath(".", out)) return false;
      break;
    }
    known[end] = '\0';
    while (end > 1 && known[end - 1] == '/') known[--end] = '\0';
  }
  while (path[end] == '/') end++;
  size_t begun = strlen(out);
  if (end == length) return true;
  for (const char *p = path + end; *p; p += strcspn(p, "/"), p += strspn(p, "/")) {
    size_t size = strcspn(p, "/");
    if ((size == 1 && p[0] == '.') || (size == 2 && !strncmp(p, "..", 2))) return false;
    if (begun + size + 2 > PATH_MAX) return false;
    if (out[begun - 1] != '/') out[begun++] = '/';
    memcpy(out + begun, p, size);
    out[begun += size] = '\0';
  }
  return true;
}

static bool is_inside(const char *path, const char *folder) {
  size_t length = strlen(folder);
  if (length == 1) return true; /* "/" */
  return !strncmp(path, folder, length) && (path[length] == '/' || path[length] == '\0');
}

/* The same answer for what is outside and there, and for what is not there: a script learns nothing of either. */
static const char *check_path(lua_State *L, int arg, bool writing, int level) {
  size_t length;
  const char *path = luaL_checklstring(L, arg, &length);
  const confinement *self = get(L);
  if (!self) {
    rll_check_argument(L, strlen(path) == length, arg, "a path has no zero bytes");
    return path;
  }
  const char *folder = writing ? self->write : self->read;
  char out[PATH_MAX];
  if (!folder || strlen(path) != length || !resolve(path, out) || !is_inside(out, folder)) {
    luaL_where(L, level);
    lua_pushfstring(L, "rl.confine: %s is not inside the folder that may be %s", path,
                    writing ? "written" : "read");
    lua_concat(L, 2);
    lua_error(L);
  }
  lua_pushstring(L, out);
  lua_replace(L, arg);
  return lua_tostring(L, arg);
}

const char *rll_read_path(lua_State *L, int arg) { return check_path(L, arg, false, 1); }
const char *rll_write_path(lua_State *L, int arg) { return check_path(L, arg, true, 1); }

/* core.read_path(path), core.write_path(path): the same for what Lua opens; the error is of the line that called there. */
static int read_path(lua_State *L) {
  lua_pushstring(L, check_path(L, 1, false, 2));
  return 1;
}

static int write_path(lua_State *L) {
  lua_pushstring(L, check_path(L, 1, true, 2));
  return 1;
}

const char *rll_write_folder(lua_State *L) {
  const confinement *self = get(L);
  return self ? self->write : NULL;
}

/* confined() -> whether this state is */
static int confined(lua_State *L) {
  lua_pushboolean(L, get(L) != NULL);
  return 1;
}

/* Life. */

static int release(lua_State *L) {
  confinement *self = rll_check(L, 1, &confinement_type);
  free(self->read);
  free(self->write);
  self->read = self->write = NULL;
  if (self->limit.budget) {
    if (rl_budget_in_use() == self->limit.budget) rl_budget_use(NULL);
    rl_budget_free(self->limit.budget);
    self->limit.budget = NULL;
  }
  return 0;
}

static char *read_folder(lua_State *L, const char *name) {
  const char *path = rll_string(L, 1, name, NULL, "rl.confine");
  if (!path) return NULL;
  struct stat status;
  char *folder = realpath(path, NULL);
  if (!folder || stat(folder, &status) || !S_ISDIR(status.st_mode)) {
    free(folder);
    luaL_error(L, "rl.confine: option %s: %s is no folder", name, path);
  }
  return folder;
}

static int confine(lua_State *L) {
  static const char *const names[] = {"read", "write", "memory", NULL};
  rll_check_kind(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (get(L)) return luaL_error(L, "rl.confine: this state is confined already");
  rll_check_options(L, 1, "rl.confine", names);
  int64_t memory = rll_integer(L, 1, "memory", 0, 0, INT64_C(1) << 53, "rl.confine");
  lua_getfield(L, 1, "memory");
  bool limited = !lua_isnil(L, -1);
  confinement *self = rll_new(L, &confinement_type, sizeof *self);
  self->read = read_folder(L, "read");
  self->write = read_folder(L, "write");
  if (limited && !(self->limit.budget = rl_budget_create("rl.confine", (size_t)memory)))
    return luaL_error(L, "not enough memory");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &any);
  atomic_store(&any, true);
  rll_limit_memory(L, &self->limit);
  return 0;
}

void rll_open_confine(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", release}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"confine", confine},
                                       {"read_path", read_path},
                                       {"write_path", write_path},
                                       {"confined", confined},
                                       {NULL, NULL}};
  rll_register(L, &confinement_type, NULL, metamethods);
  luaL_setfuncs(L, functions, 0);
}
