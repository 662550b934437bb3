/* env:save and env:load (core/base/archive.h): what the vectoriser keeps, and beside it what is Lua's: the functions that
 * may keep something of their own, the names of the terms, the options it was made with. */
#include "core/base/archive.h"
#include "core/base/confine.h"
#include "core/base/pack.h"
#include "core/env/env_object.h"

#include <stdio.h>
#include <string.h>

enum { COUNTERS = 2 }; /* rounds and steps of populations */

static void ready(lua_State *L) {
  const rll_env *env = rll_check_env(L, 1);
  rll_env_refuse(L, env);
  rll_env_refuse_lent(L, env);
}

/* Adds to what the user should know. */
static void add_note(rl_error *error, const char *note) {
  const size_t used = strlen(error->message);
  if (*note) snprintf(error->message + used, sizeof error->message - used, "%s%s", used ? "; " : "", note);
}

/* Saving. */

/* What the functions at `save` keep; or else whether one of them seems to keep something. `uservalue`: a stack place. */
static rl_status put_functions(lua_State *L, const rll_env *env, int uservalue, rl_archive *archive,
                               const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME], note[256] = "";
  size_t length;
  lua_rawgeti(L, uservalue, RLL_ENV_SAVE);
  if (!lua_isnil(L, -1)) {
    const char *what = lua_pushfstring(L, "%s: save", env->def->name);
    lua_insert(L, -2);
    lua_call(L, 0, 1);
    rll_pack(L, -1, what);
    const char *data = lua_tolstring(L, -1, &length);
    return rl_archive_put(archive, rl_archive_key(name, prefix, "kept"), RL_U8, 1,
                          (int64_t[]){(int64_t)length}, data, error);
  }
  lua_rawgeti(L, uservalue, RLL_ENV_JUDGE);
  const int closure = lua_gettop(L);
  for (int i = 0; !*note && i < RLL_JUDGE_PARTS * env->judge->agents; i++) {
    const int part = i / env->judge->agents, agent = i % env->judge->agents;
    lua_settop(L, closure);
    rll_judge_push(L, env->judge, closure, (rll_judge_part)part, agent);
    if (!rll_push_changed_upvalue(L, -1, &env->judge->marks[part][agent])) continue;
    snprintf(
        note, sizeof note,
        "%.64s: not bit for bit: %s reads \"%.48s\", which has changed since it was given; say save and load",
        env->def->name, rll_judge_names[part], lua_tostring(L, -1));
  }
  add_note(error, note);
  if (!*note) return RL_OK;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "note"), RL_U8, 1,
                        (int64_t[]){(int64_t)strlen(note)}, note, error);
}

/* One after the other, a zero after each. */
static rl_status put_terms(const rll_env *env, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME], names[sizeof env->judge->names];
  const rll_judge *judge = env->judge;
  int64_t used = 0;
  for (int i = 0; i < judge->n_terms; i++) {
    const size_t size = strlen(judge->names[i]) + 1;
    memcpy(names + used, judge->names[i], size);
    used += (int64_t)size;
  }
  return rl_archive_put(archive, rl_archive_key(name, prefix, "term_names"), RL_U8, 1, &used, names, error);
}

static rl_status put_state(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  ready(L);
  rll_env *env = rll_env_enter_world(L, 1);
  const int64_t n_options = env->def->n_options, counters[COUNTERS] = {(int64_t)env->rounds, env->steps};
  rl_error failed = {.message = ""};
  rll_env_begin(L, 1, env);
  rl_status status = rl_vec_env_save(env->vec, archive, prefix, &failed);
  rll_env_end(L, env, status == RL_CALLBACK ? status : RL_OK, &failed);
  if (status) {
    *error = failed;
    return status;
  }
  add_note(error, rl_vec_env_notice(env->vec));
  status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "made"), RL_F64, 1, &n_options, env->made, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "rounds"), RL_I64, 1, (int64_t[]){COUNTERS},
                            counters, error);
  if (!status) status = put_terms(env, archive, prefix, error);
  if (status) return status;
  lua_getuservalue(L, 1);
  return put_functions(L, env, lua_gettop(L), archive, prefix, error);
}

/* Loading. */

typedef struct saved_parts {
  int64_t counters[COUNTERS];
  const double *made; /* NULL: not said */
  const char *terms[RL_MAX_TERMS];
  int n_terms;
  const rl_array *kept, *note;
} saved_parts;

static bool read_terms(const rl_array *array, saved_parts *parts) {
  const char *at = array->data, *end = at + array->count;
  for (parts->n_terms = 0; at < end; parts->n_terms++) {
    const char *stop = memchr(at, '\0', (size_t)(end - at));
    if (!stop || stop - at >= 64 || parts->n_terms == RL_MAX_TERMS) return false;
    parts->terms[parts->n_terms] = at;
    at = stop + 1;
  }
  return true;
}

static const rl_array *find_bytes(const rl_archive *archive, const char *prefix, const char *part) {
  char name[RL_ARCHIVE_NAME];
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, part));
  return array && array->dtype == RL_U8 ? array : NULL;
}

/* What files of version 0.1, and of programs in C, do not have. */
static rl_status read_parts(const rll_env *env, const rl_archive *archive, const char *prefix,
                            saved_parts *parts, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const rl_array *terms = find_bytes(archive, prefix, "term_names"),
                 *made = rl_archive_find(archive, rl_archive_key(name, prefix, "made"));
  *parts =
      (saved_parts){.kept = find_bytes(archive, prefix, "kept"), .note = find_bytes(archive, prefix, "note")};
  if (made && made->dtype == RL_F64 && made->count == env->def->n_options) parts->made = made->data;
  if (terms && !read_terms(terms, parts))
    return rl_fail(error, RL_BAD_FORMAT, "%s.term_names: not sensible", prefix);
  if (!rl_archive_find(archive, rl_archive_key(name, prefix, "rounds"))) return RL_OK;
  rl_status status = rl_archive_get(archive, name, RL_I64, COUNTERS, parts->counters, error);
  for (int i = 0; !status && i < COUNTERS; i++)
    if (parts->counters[i] < 0 || parts->counters[i] > RL_MAX_COUNT)
      status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  return status;
}

/* What was set since the environment was made is state; what the script now makes it with is not the file's to change. */
static void keep_new_options(const rll_env *env, const saved_parts *parts, const double *before,
                             rl_error *error) {
  char note[256];
  double *now = rl_vec_env_options(env->vec);
  for (int k = 0; parts->made && k < env->def->n_options; k++) {
    if (parts->made[k] == env->made[k]) continue;
    now[k] = before[k];
    snprintf(note, sizeof note, "%.64s: option %.32s was made %g there and %g here, which it stays",
             env->def->name, env->def->options[k].name, parts->made[k], env->made[k]);
    add_note(error, note);
  }
}

/* Calls `load` with what `save` gave, which is at `kept`. */
static void load_functions(lua_State *L, const rll_env *env, const saved_parts *parts, int uservalue,
                           int kept, rl_error *error) {
  char note[256] = "";
  lua_rawgeti(L, uservalue, RLL_ENV_LOAD);
  const bool can = !lua_isnil(L, -1);
  if (can && parts->kept) {
    lua_pushvalue(L, kept);
    lua_call(L, 1, 0);
  } else if (can != (parts->kept != NULL)) {
    snprintf(note, sizeof note, "%.64s: not bit for bit: %s", env->def->name,
             can ? "what its load would take was not saved" : "there is no load for what its save gave");
  } else if (parts->note) {
    snprintf(note, sizeof note, "%.*s", (int)parts->note->count, (const char *)parts->note->data);
  }
  add_note(error, note);
}

static rl_status take_state(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error) {
  rll_env *env = rll_env_enter_world(L, 1);
  saved_parts parts;
  rl_error failed = {.message = ""};
  rl_status status = read_parts(env, archive, prefix, &parts, error);
  if (status) return status;
  lua_pushnil(L);
  const int kept = lua_gettop(L);
  if (parts.kept && !rll_unpack(L, parts.kept->data, (size_t)parts.kept->count))
    return rl_fail(error, RL_BAD_FORMAT, "%s.kept: no plain data", prefix);
  if (parts.kept) lua_replace(L, kept);
  const size_t size = (size_t)env->def->n_options * sizeof(double);
  double *before = lua_newuserdata(L, size + sizeof *before);
  memcpy(before, rl_vec_env_options(env->vec), size);
  lua_newtable(L); /* what the new copies have in Lua */
  const int entries = lua_gettop(L);
  rll_env_begin_copies(L, 1, env, entries);
  status = rl_vec_env_load(env->vec, archive, prefix, &failed);
  rll_env_end(L, env, status == RL_CALLBACK ? status : RL_OK, &failed);
  if (status) {
    *error = failed;
    return status;
  }
  lua_getuservalue(L, 1);
  const int uservalue = lua_gettop(L);
  lua_pushvalue(L, entries);
  lua_rawseti(L, uservalue, RLL_ENV_ENTRIES);
  lua_rawgeti(L, uservalue, RLL_ENV_JUDGE);
  rll_judge_set_terms(L, env->judge, -1, parts.terms, parts.n_terms);
  env->rounds = (uint64_t)parts.counters[0];
  env->steps = parts.counters[1];
  add_note(error, rl_vec_env_notice(env->vec));
  keep_new_options(env, &parts, before, error);
  load_functions(L, env, &parts, uservalue, kept, error);
  return RL_OK;
}

/* env:spill(path): actions of long episodes go to this file, which saves refer to; nil: nowhere */
static int spill(lua_State *L) {
  rll_env *env = rll_check_env(L, 1);
  rl_error error;
  ready(L);
  lua_settop(L, 2);
  const char *path = lua_isnil(L, 2) ? NULL : rll_write_path(L, 2);
  return rl_vec_env_spill(env->vec, path, &error) ? rll_raise(L, &error) : 0;
}

void rll_open_env_state(lua_State *L) {
  static const rll_state env_state = {"env", ready, put_state, take_state};
  static const luaL_Reg methods[] = {{"spill", spill}, {NULL, NULL}};
  rll_add_methods(L, &rll_env_type, methods);
  rll_add_state(L, &rll_env_type, &env_state);
}
