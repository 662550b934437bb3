#include "core/base/option_table.h"

#include "core/base/launch.h"

#include <math.h>
#include <string.h>

enum { MAX_NAMES = 96 };

/* A name of version 0.1 raises with the one that took its place. */
static void check_renamed(lua_State *L, int table, rl_options list, const char *what) {
  rl_error error;
  if (!lua_istable(L, table)) return;
  for (int i = 0; i < list.count; i++) {
    if (!list.rows[i].was || !rl_option_has(&list.rows[i], list.traits)) continue;
    lua_pushstring(L, list.rows[i].was);
    lua_rawget(L, table);
    bool given = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (given && !rl_options_find(list, list.rows[i].was, &error))
      luaL_error(L, "%s: %s", what, error.message);
  }
}

void rll_check_option_names(lua_State *L, int table, rl_options list, const char *const *more,
                            const char *what) {
  const char *names[MAX_NAMES];
  int n = 0;
  for (int i = 0; i < list.count && n < MAX_NAMES - 1; i++)
    if (rl_option_has(&list.rows[i], list.traits)) names[n++] = list.rows[i].name;
  while (*more && n < MAX_NAMES - 1) names[n++] = *more++;
  names[n] = NULL;
  check_renamed(L, table, list, what);
  rll_check_options(L, table, what, names);
}

double rll_read_option(lua_State *L, int table, const rl_option *option, const void *options,
                       const char *what) {
  double value = options ? rl_option_get(options, option) : option->value;
  switch (option->type) {
  case RL_OPTION_NUMBER:
  case RL_OPTION_FLOAT: return rll_number(L, table, option->name, value, option->min, option->max, what);
  case RL_OPTION_SEED: return (double)rll_seed(L, table, what);
  case RL_OPTION_BOOLEAN: return rll_boolean(L, table, option->name, value != 0.0, what);
  case RL_OPTION_CHOICE: return rll_choice(L, table, option->name, (int)value, option->choices, what);
  default:
    return (double)rll_integer(L, table, option->name, (int64_t)value, (int64_t)option->min,
                               (int64_t)option->max, what);
  }
}

void rll_read_options(lua_State *L, int table, rl_options list, void *options, bool running,
                      const char *what) {
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    if (!rl_option_has(option, list.traits)) continue;
    if (running && !option->live) {
      lua_getfield(L, table, option->name);
      const bool given = !lua_isnil(L, -1);
      lua_pop(L, 1);
      if (given && rll_read_option(L, table, option, options, what) != rl_option_get(options, option))
        luaL_error(L, "%s: option %s cannot change during a run", what, option->name);
      continue;
    }
    rl_option_set(options, option, rll_read_option(L, table, option, options, what));
  }
}

void rll_set_option(lua_State *L, const rl_option *option, double value) {
  if (option->choices) {
    const char *choice = option->choices[(int)value];
    if (strcmp(choice, "false") == 0) { /* off: as a script says it */
      lua_pushboolean(L, 0);
      lua_setfield(L, -2, option->name);
    } else {
      rll_set_string(L, option->name, choice);
    }
    return;
  }
  switch (option->type) {
  case RL_OPTION_NUMBER:
  case RL_OPTION_FLOAT: rll_set_number(L, option->name, value); break;
  case RL_OPTION_BOOLEAN:
    lua_pushboolean(L, value != 0.0);
    lua_setfield(L, -2, option->name);
    break;
  default: rll_set_integer(L, option->name, (int64_t)value);
  }
}

void rll_set_options(lua_State *L, rl_options list, const void *options) {
  for (int i = 0; i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits))
      rll_set_option(L, &list.rows[i], rl_option_get(options, &list.rows[i]));
}

static void set_value(lua_State *L, const rl_option *option, const char *name, double value) {
  rl_option named = *option;
  if (named.type == RL_OPTION_PAIR) named.type = RL_OPTION_NUMBER;
  named.name = name;
  if (!isinf(value)) rll_set_option(L, &named, value);
}

static void push_row(lua_State *L, const rl_option *option) {
  static const char *const types[] = {
      [RL_OPTION_NUMBER] = "number", [RL_OPTION_FLOAT] = "number", [RL_OPTION_INTEGER] = "integer",
      [RL_OPTION_COUNT] = "integer", [RL_OPTION_SEED] = "integer", [RL_OPTION_BOOLEAN] = "boolean",
      [RL_OPTION_CHOICE] = "choice", [RL_OPTION_PAIR] = "pair",    [RL_OPTION_NAME] = "name"};
  lua_createtable(L, 0, 9);
  rll_set_string(L, "name", option->name);
  rll_set_string(L, "type", option->choices ? "choice" : types[option->type]);
  rll_set_string(L, "unit", option->unit ? option->unit : "");
  rll_set_string(L, "meaning", option->meaning ? option->meaning : "");
  if (option->was) rll_set_string(L, "was", option->was);
  lua_pushboolean(L, option->live);
  lua_setfield(L, -2, "live");
  if (option->type == RL_OPTION_NAME) return;
  const bool listed = option->choices || option->type == RL_OPTION_BOOLEAN; /* without a range */
  const bool has_default =
      listed ? option->value >= 0.0 : option->value >= option->min && option->value <= option->max;
  if (option->type == RL_OPTION_PAIR && has_default) {
    lua_createtable(L, 2, 0);
    for (int i = 1; i <= 2; i++) {
      lua_pushnumber(L, option->value);
      lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "default");
  } else if (has_default) {
    set_value(L, option, "default", option->value);
  }
  if (option->choices) {
    lua_newtable(L);
    for (int i = 0; option->choices[i]; i++) {
      lua_pushstring(L, option->choices[i]);
      lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "choices");
  } else if (option->type != RL_OPTION_BOOLEAN) {
    set_value(L, option, "min", option->min);
    set_value(L, option, "max", option->max);
  }
}

void rll_push_option_rows(lua_State *L, rl_options list) {
  int n = 0;
  lua_createtable(L, list.count, 0);
  for (int i = 0; i < list.count; i++) {
    if (!rl_option_has(&list.rows[i], list.traits)) continue;
    push_row(L, &list.rows[i]);
    lua_rawseti(L, -2, ++n);
  }
}

static const char from_env = 'f'; /* its address is the key */

int rll_make_from_env(lua_State *L, const char *part, const char *name) {
  const int top = lua_gettop(L);
  lua_getfield(L, 1, "env");
  lua_getfield(L, 1, part);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &from_env);
  const bool alone = lua_isuserdata(L, top + 1) && lua_isnil(L, top + 2) && !lua_isnil(L, top + 3);
  if (!alone) {
    lua_settop(L, top);
    return 0;
  }
  lua_pushstring(L, name);
  lua_pushvalue(L, 1);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L) - top - 2;
}

/* core.from_env(function(name, options) ... end) */
static int set_from_env(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &from_env);
  return 0;
}

void rll_open_from_env(lua_State *L) {
  lua_pushcfunction(L, set_from_env);
  lua_setfield(L, -2, "from_env");
}
