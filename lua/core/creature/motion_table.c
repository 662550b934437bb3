#include "core/creature/motion_table.h"

#include "core/creature/part_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ENDING[] = "_angle";

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

/* The joints whose angles are among the columns at the top of the stack, by name: the order of a table differs from run
 * to run. */
static void read_joints(lua_State *L, rl_motion *motion, const char *what) {
  const size_t ending = sizeof ENDING - 1;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    size_t length;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &length) : NULL;
    if (name && length > ending && strcmp(name + length - ending, ENDING) == 0 &&
        strcmp(name, "root_angle") != 0) {
      if (motion->n_joints == RL_MAX_PARTS)
        luaL_error(L, "%s: motion: more than %d joints; options creature and map of rl.motion choose columns",
                   what, RL_MAX_PARTS);
      if (length - ending >= RL_NAME)
        luaL_error(L, "%s: motion: the name of column %s is longer than %d characters", what, name,
                   RL_NAME - 1 + (int)ending);
      memcpy(motion->joints[motion->n_joints++], name, length - ending);
    }
    lua_pop(L, 1);
  }
  qsort(motion->joints, (size_t)motion->n_joints, sizeof *motion->joints, compare_names);
}

/* Column `name` of those at the top, every width-th number from `values` on; false: it is not there. Without values
 * only the moments are counted. */
static bool read_column(lua_State *L, rl_motion *motion, const char *name, float *values, int width,
                        const char *what) {
  lua_getfield(L, -1, name);
  const bool is_there = !lua_isnil(L, -1);
  if (is_there) {
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: motion: column %s: a list of numbers expected, got %s", what, name,
                 luaL_typename(L, -1));
    const size_t n = lua_rawlen(L, -1);
    if (n > RL_MAX_MOMENTS)
      luaL_error(L, "%s: motion: more than %d moments; options from, to and rate of rl.motion", what,
                 RL_MAX_MOMENTS);
    if (!values && motion->n == 0) motion->n = (int)n;
    if ((int)n != motion->n)
      luaL_error(L, "%s: motion: column %s has %d numbers, others have %d", what, name, (int)n, motion->n);
    for (int i = 0; values && i < motion->n; i++) {
      lua_rawgeti(L, -1, i + 1);
      if (rll_plain_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "%s: motion: column %s: number %d is a %s", what, name, i + 1, luaL_typename(L, -1));
      values[i * width] = (float)lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return is_there;
}

static const char *const root_columns[] = {"root_angle", "root_x", "root_y"};

bool rll_read_motion(lua_State *L, rl_motion *motion, const char *what) {
  static const int roots = sizeof root_columns / sizeof *root_columns;
  char name[RL_NAME + sizeof ENDING];
  *motion = (rl_motion){.n = 0};
  lua_getfield(L, -1, "motion");
  if (!lua_toboolean(L, -1)) { /* false: none */
    lua_pop(L, 1);
    lua_pushnil(L);
    return false;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: motion: what rl.motion gives expected, got %s", what, luaL_typename(L, -1));
  motion->rate = rll_read_number(L, "rate", what);
  lua_getfield(L, -1, "periodic");
  motion->periodic = lua_toboolean(L, -1);
  lua_pop(L, 1);
  rll_push_table(L, "advance", what);
  motion->advance = rll_read_number(L, "root_x", what);
  lua_pop(L, 1);
  lua_getfield(L, -1, "values");
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: motion: what rl.motion gives expected, got a table without values", what);
  read_joints(L, motion, what);
  bool *const has[] = {&motion->has_angle, &motion->has_x, &motion->has_y};
  for (int k = 0; k < motion->n_joints; k++) {
    snprintf(name, sizeof name, "%s%s", motion->joints[k], ENDING);
    read_column(L, motion, name, NULL, 0, what);
  }
  for (int k = 0; k < roots; k++) *has[k] = read_column(L, motion, root_columns[k], NULL, 0, what);
  const int width = motion->n_joints + roots;
  const size_t size = ((size_t)motion->n * (size_t)width + 1) * sizeof(float);
  float *values = lua_newuserdata(L, size);
  lua_insert(L, -3); /* below the motion and its columns */
  memset(values, 0, size);
  for (int k = 0; k < motion->n_joints; k++) {
    snprintf(name, sizeof name, "%s%s", motion->joints[k], ENDING);
    read_column(L, motion, name, values + k, width, what);
  }
  for (int k = 0; k < roots; k++)
    read_column(L, motion, root_columns[k], values + motion->n_joints + k, width, what);
  motion->values = values;
  lua_pop(L, 2);
  return true;
}

static void set_column(lua_State *L, const rl_motion *motion, const char *name, int column) {
  const int width = motion->n_joints + (int)(sizeof root_columns / sizeof *root_columns);
  lua_createtable(L, motion->n, 0);
  for (int i = 0; i < motion->n; i++) {
    rll_push_float(L, motion->values[i * width + column]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

void rll_push_motion(lua_State *L, const rl_motion *motion) {
  const bool has[] = {motion->has_angle, motion->has_x, motion->has_y};
  char name[RL_NAME + sizeof ENDING];
  lua_createtable(L, 0, 4);
  rll_push_float(L, motion->rate);
  lua_setfield(L, -2, "rate");
  lua_pushboolean(L, motion->periodic);
  lua_setfield(L, -2, "periodic");
  lua_createtable(L, 0, 1);
  rll_push_float(L, motion->advance);
  lua_setfield(L, -2, "root_x");
  lua_setfield(L, -2, "advance");
  lua_newtable(L);
  for (int k = 0; k < motion->n_joints; k++) {
    snprintf(name, sizeof name, "%s%s", motion->joints[k], ENDING);
    set_column(L, motion, name, k);
  }
  for (int k = 0; k < 3; k++)
    if (has[k]) set_column(L, motion, root_columns[k], motion->n_joints + k);
  lua_setfield(L, -2, "values");
}
