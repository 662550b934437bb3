/* core.archive() and core.read_archive(path): a file of several objects. Each has a prefix of its own; a string
 * "PREFIX.kind" says of what type it is. */
#include "core/base/archive.h"

#include "core/base/confine.h"

#include <string.h>

static const rll_type archive_type = {"rl.archive"};

typedef struct archive_object {
  rl_archive *archive;
} archive_object;

enum { MAX_PREFIX = 48 }; /* what objects put behind it fits into RL_ARCHIVE_NAME */

static const char state_key = 0; /* in a metatable: its rll_state */

int rll_push_outcome(lua_State *L, rl_status status, const rl_error *error) {
  if (status) {
    lua_pushnil(L);
    lua_pushstring(L, error->message);
    return 2;
  }
  lua_pushboolean(L, 1);
  if (!error->message[0]) return 1;
  lua_pushstring(L, error->message);
  return 2;
}

int rll_push_loaded(lua_State *L, const char *path, bool altered) {
  if (!altered) return 1;
  lua_pushfstring(L, "%s: altered after it was saved: its checksum is another", path);
  return 2;
}

/* Objects. */

static const rll_state *state_of(lua_State *L, int object) {
  if (lua_type(L, object) != LUA_TUSERDATA || !lua_getmetatable(L, object)) return NULL;
  lua_rawgetp(L, -1, &state_key);
  const rll_state *state = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return state;
}

static bool has_prefix(const rl_archive *archive, const char *prefix) {
  const size_t length = strlen(prefix);
  for (int i = 0; i < rl_archive_count(archive); i++) {
    const char *name = rl_archive_at(archive, i)->name;
    if (!strncmp(name, prefix, length) && (name[length] == '.' || name[length] == '\0')) return true;
  }
  return false;
}

static rl_status put(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *kind = rll_type_name(L, 1);
  error->message[0] = '\0';
  rl_status status = rl_archive_put_string(archive, rl_archive_key(name, prefix, "kind"), kind, error);
  return status ? status : state_of(L, 1)->put(L, archive, prefix, error);
}

/* Files of searches of version 0.1 say no kind. */
static rl_status take(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *kind = rll_type_name(L, 1),
             *saved = rl_archive_string(archive, rl_archive_key(name, prefix, "kind"));
  error->message[0] = '\0';
  if (!saved && !has_prefix(archive, prefix))
    return rl_fail(error, RL_BAD_FORMAT, "there is no \"%s\", which would be of type %s", prefix, kind);
  if (saved && strcmp(saved, kind) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "\"%s\" was saved from %.32s and cannot be loaded into %s", prefix,
                   saved, kind);
  return state_of(L, 1)->take(L, archive, prefix, error);
}

/* The archive itself. */

static rl_archive *check_archive(lua_State *L) {
  archive_object *self = rll_check(L, 1, &archive_type);
  if (!self->archive) luaL_argerror(L, 1, "the archive is closed");
  return self->archive;
}

static archive_object *push_archive(lua_State *L) {
  archive_object *self = rll_new(L, &archive_type, sizeof *self);
  self->archive = rl_archive_new();
  if (!self->archive) luaL_error(L, "out of memory for an archive");
  return self;
}

static void end_archive(archive_object *self) {
  rl_archive_free(self->archive);
  self->archive = NULL;
}

static int archive_gc(lua_State *L) {
  end_archive(rll_check(L, 1, &archive_type));
  return 0;
}

static int archive_new(lua_State *L) {
  push_archive(L);
  return 1;
}

/* core.read_archive(path) -> archive, or nil and a message */
static int archive_read(lua_State *L) {
  rl_error error;
  const char *path = rll_read_path(L, 1);
  archive_object *self = rll_new(L, &archive_type, sizeof *self);
  rl_status status = rl_archive_load(&self->archive, path, &error);
  return status ? rll_push_outcome(L, status, &error) : 1;
}

/* archive:write(path) -> true, or nil and a message */
static int archive_write(lua_State *L) {
  rl_error error = {.message = ""};
  rl_status status = rl_archive_save(check_archive(L), rll_write_path(L, 2), &error);
  return rll_push_outcome(L, status, &error);
}

static const char *check_prefix(lua_State *L, int arg) {
  size_t length;
  const char *prefix = luaL_checklstring(L, arg, &length);
  luaL_argcheck(L, length >= 1 && length <= MAX_PREFIX && strlen(prefix) == length, arg,
                "a name of 1 to 48 letters expected");
  return prefix;
}

/* The arguments archive, prefix, object: the object changes places with the archive. */
static const char *check_object(lua_State *L) {
  const char *prefix = check_prefix(L, 2);
  lua_settop(L, 3);
  if (!state_of(L, 3)) rll_type_error(L, 3, "an object that can be saved");
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 3);
  lua_replace(L, 1);
  lua_replace(L, 3);
  return prefix;
}

/* archive:put(prefix, object) -> true and what there is to say, or nil and a message */
static int archive_put(lua_State *L) {
  rl_error error;
  rl_archive *archive = check_archive(L);
  const char *prefix = check_object(L);
  if (has_prefix(archive, prefix)) return luaL_error(L, "the archive has a \"%s\" already", prefix);
  rl_status status = put(L, archive, prefix, &error);
  return rll_push_outcome(L, status, &error);
}

/* archive:take(prefix, object), in the same way; an object that is refused stays as it was */
static int archive_take(lua_State *L) {
  rl_error error;
  const rl_archive *archive = check_archive(L);
  const char *prefix = check_object(L);
  state_of(L, 1)->ready(L);
  rl_status status = take(L, archive, prefix, &error);
  return rll_push_outcome(L, status, &error);
}

/* archive:put_text(name, any string) */
static int archive_put_text(lua_State *L) {
  rl_error error;
  size_t length;
  rl_archive *archive = check_archive(L);
  const char *name = check_prefix(L, 2), *text = luaL_checklstring(L, 3, &length);
  if (rl_archive_put(archive, name, RL_U8, 1, (int64_t[]){(int64_t)length}, text, &error))
    return rll_raise(L, &error);
  return 0;
}

/* archive:text(name) -> the string, or nil */
static int archive_text(lua_State *L) {
  const rl_array *array = rl_archive_find(check_archive(L), luaL_checkstring(L, 2));
  if (!array || array->dtype != RL_U8) return 0;
  lua_pushlstring(L, array->data, (size_t)array->count);
  return 1;
}

/* archive:names() -> a list of the names of its arrays and texts */
static int archive_names(lua_State *L) {
  const rl_archive *archive = check_archive(L);
  lua_createtable(L, rl_archive_count(archive), 0);
  for (int i = 0; i < rl_archive_count(archive); i++) {
    lua_pushstring(L, rl_archive_at(archive, i)->name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* Of every object that has a state. */

/* object:save(path) -> true and what there is to say, or nil and a message */
static int save(lua_State *L) {
  rl_error error, failed;
  const rll_state *state = state_of(L, 1);
  if (!state) return rll_type_error(L, 1, "an object that can be saved");
  lua_settop(L, 2);
  const char *path = rll_write_path(L, 2);
  archive_object *self = push_archive(L);
  rl_status status = put(L, self->archive, state->prefix, &error);
  if (!status && (status = rl_archive_save(self->archive, path, &failed))) error = failed;
  end_archive(self);
  return rll_push_outcome(L, status, &error);
}

/* object:load(path), in the same way */
static int load(lua_State *L) {
  rl_error error, named;
  const rll_state *state = state_of(L, 1);
  if (!state) return rll_type_error(L, 1, "an object that can be saved");
  state->ready(L);
  lua_settop(L, 2);
  const char *path = rll_read_path(L, 2);
  archive_object *self = rll_new(L, &archive_type, sizeof *self);
  rl_status status = rl_archive_load(&self->archive, path, &error);
  if (status) return rll_push_outcome(L, status, &error);
  status = take(L, self->archive, state->prefix, &error);
  end_archive(self);
  if (!status) return rll_push_outcome(L, status, &error);
  rl_fail(&named, status, "%s: %s", path, error.message);
  return rll_push_outcome(L, status, &named);
}

void rll_add_state(lua_State *L, const rll_type *type, const rll_state *state) {
  static const luaL_Reg methods[] = {{"save", save}, {"load", load}};
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  lua_pushlightuserdata(L, (void *)(uintptr_t)state);
  lua_rawsetp(L, -2, &state_key);
  lua_pushstring(L, "methods");
  lua_rawget(L, -2);
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    lua_getfield(L, -1, methods[i].name);
    const bool own = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (own) continue;
    lua_pushcfunction(L, methods[i].func);
    lua_setfield(L, -2, methods[i].name);
  }
  lua_pop(L, 2);
}

void rll_open_archive(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"archive", archive_new}, {"read_archive", archive_read}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"put", archive_put},           {"take", archive_take},
                                     {"put_text", archive_put_text}, {"text", archive_text},
                                     {"names", archive_names},       {"write", archive_write},
                                     {"close", archive_gc},          {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", archive_gc}, {NULL, NULL}};
  rll_register(L, &archive_type, methods, metamethods);
  luaL_setfuncs(L, functions, 0);
}
