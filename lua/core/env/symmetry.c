/* env:symmetry(): the mirror images of an environment. */
#include "core/env/env_object.h"

/* Names of the numbers of an image, or of the choices of an action; NULL: they have none. */
static const char *name_of(const rl_env_def *def, const rl_mirror *mirror, int i) {
  const rl_symmetry *symmetry = def->symmetry;
  if (mirror == &symmetry->fields) return def->fields[i].name;
  if (mirror == &symmetry->observation) return def->observation_names ? def->observation_names[i] : NULL;
  return def->action_names ? def->action_names[i] : NULL;
}

/* Pushes { index = {}, sign = {}, name = {} }: number i of an image is sign[i] times number index[i], which is called
 * name[i]. */
static void push_mirror(lua_State *L, const rl_env_def *def, const rl_mirror *mirror) {
  lua_createtable(L, 0, 3);
  lua_createtable(L, mirror->n, 0);
  lua_createtable(L, mirror->n, 0);
  lua_createtable(L, mirror->n, 0);
  for (int i = 0; i < mirror->n; i++) {
    const char *name = name_of(def, mirror, mirror->from[i]);
    lua_pushinteger(L, mirror->from[i] + 1);
    lua_rawseti(L, -4, i + 1);
    lua_pushinteger(L, (int)mirror->sign[i]);
    lua_rawseti(L, -3, i + 1);
    if (!name) continue;
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -4, "name");
  lua_setfield(L, -3, "sign");
  lua_setfield(L, -2, "index");
}

/* env:symmetry() -> { observation =, action =, fields = }, or nil and why there is none */
static int env_symmetry(lua_State *L) {
  const rl_env_def *def = rll_check_env(L, 1)->def;
  const rl_symmetry *symmetry;
  rl_error error;
  if (rl_env_symmetry(def, &symmetry, &error)) {
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  lua_createtable(L, 0, 3);
  push_mirror(L, def, &symmetry->observation);
  lua_setfield(L, -2, "observation");
  push_mirror(L, def, &symmetry->action);
  lua_setfield(L, -2, "action");
  push_mirror(L, def, &symmetry->fields);
  lua_setfield(L, -2, "fields");
  return 1;
}

void rll_open_symmetry(lua_State *L) {
  static const luaL_Reg methods[] = {{"symmetry", env_symmetry}, {NULL, NULL}};
  rll_add_methods(L, &rll_env_type, methods);
}
