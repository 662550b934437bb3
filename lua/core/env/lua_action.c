/* action = {"box", 2, -1, 1}, {"discrete", 4} or {"discrete", {"up", "down"}}: numbers, a choice, a choice by names.
 * Several at once are a list of those, or a table of them by name; step gets each as if it were alone, in a list or by name.
 * A mask has the same form: for each choice a list of true and false, or of 1 and 0. */
#include "core/env/lua_action.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIZE = 1 << 16 }; /* of a space */

static const char who[] = "rl.lua_env";
static const char forms[] = "{\"discrete\", choices} or {\"box\", size, low, high}";

/* "action" or "action: gear": what a message calls the factor. */
typedef struct label {
  char text[RL_FACTOR_NAME + 32];
} label;

static label label_of(const char *name, int number) {
  label l = {"action"};
  if (*name)
    snprintf(l.text, sizeof l.text, "action: %s", name);
  else if (number)
    snprintf(l.text, sizeof l.text, "action: factor %d", number);
  return l;
}

double rll_element(lua_State *L, int index, double fallback) {
  lua_rawgeti(L, -1, index);
  double value = lua_isnil(L, -1)                 ? fallback
                 : lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1)
                                                  : (double)NAN;
  lua_pop(L, 1);
  return value;
}

/* The nearest float that is not outside of a bound. */
static float inside(double bound, bool above) {
  float rounded = (float)bound;
  if (above ? (double)rounded < bound : (double)rounded > bound)
    rounded = nextafterf(rounded, above ? INFINITY : -INFINITY);
  return rounded;
}

/* The kind of the table at the top, "" when it is no factor. It belongs to the table. */
static const char *kind_of(lua_State *L) {
  const char *kind = "";
  if (!lua_istable(L, -1)) return kind;
  lua_rawgeti(L, -1, 1);
  if (lua_type(L, -1) == LUA_TSTRING) kind = lua_tostring(L, -1);
  lua_pop(L, 1);
  return kind;
}

/* The factor at the top. Names of choices are read later. */
static rl_factor read_factor(lua_State *L, label l) {
  const char *kind = kind_of(L);
  const bool box = strcmp(kind, "box") == 0;
  if (!box && strcmp(kind, "discrete") != 0) luaL_error(L, "%s: option %s: %s expected", who, l.text, forms);
  int keys = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) keys++;
  if (keys > (box ? 4 : 2) || keys > (int)lua_rawlen(L, -1))
    luaL_error(L, "%s: option %s: it has more than %s", who, l.text, forms);
  double size = rll_element(L, 2, 0), low = rll_element(L, 3, -1), high = rll_element(L, 4, 1);
  lua_rawgeti(L, -1, 2);
  if (!box && lua_istable(L, -1)) size = (double)lua_rawlen(L, -1);
  lua_pop(L, 1);
  if (!(size >= 1 && size <= MAX_SIZE) || size != floor(size))
    luaL_error(L, "%s: option %s: %s of 1 to %d expected, got %s", who, l.text,
               box ? "a size" : "a number of choices", (int)MAX_SIZE, rll_number_text(L, size));
  if (box && !(inside(low, true) < inside(high, false)))
    luaL_error(L, "%s: option %s: its lower bound %s is not below its upper bound %s", who, l.text,
               rll_number_text(L, low), rll_number_text(L, high));
  return box ? (rl_factor){.kind = RL_BOX,
                           .size = (int)size,
                           .low = inside(low, true),
                           .high = inside(high, false)}
             : (rl_factor){.kind = RL_DISCRETE, .size = (int)size};
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const rl_factor *)a)->name, ((const rl_factor *)b)->name);
}

/* The names that the table at the top has, in the order of the alphabet. */
static void read_keys(lua_State *L, rl_space *space) {
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "%s: option action: names or a list expected, got a %s", who, luaL_typename(L, -2));
    if (space->n_factors == RL_MAX_FACTORS)
      luaL_error(L, "%s: option action: more than %d factors", who, (int)RL_MAX_FACTORS);
    size_t length;
    const char *name = lua_tolstring(L, -2, &length);
    if (length < 1 || length >= RL_FACTOR_NAME || strlen(name) != length)
      luaL_error(L, "%s: option action: a name of 1 to %d letters expected, got \"%s\"", who,
                 RL_FACTOR_NAME - 1, name);
    memcpy(space->factor[space->n_factors++].name, name, length + 1);
  }
  qsort(space->factor, (size_t)space->n_factors, sizeof *space->factor, by_name);
}

/* Pushes factor `index` of the table at the top. */
static void push_factor(lua_State *L, const rll_lua_action *as, const rl_space *space, int index) {
  if (as->by_name)
    lua_getfield(L, -1, space->factor[index].name);
  else
    lua_rawgeti(L, -1, index + 1);
}

static void read_factors(lua_State *L, rll_lua_action *as, rl_space *space) {
  space->kind = RL_FACTORS;
  const int length = (int)lua_rawlen(L, -1);
  as->by_name = length == 0;
  if (length > RL_MAX_FACTORS)
    luaL_error(L, "%s: option action: %d factors, at most %d", who, length, (int)RL_MAX_FACTORS);
  if (as->by_name)
    read_keys(L, space);
  else
    space->n_factors = length;
  int keys = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) keys++;
  if (keys != space->n_factors) luaL_error(L, "%s: option action: names or a list expected, not both", who);
  for (int f = 0; f < space->n_factors; f++) {
    push_factor(L, as, space, f);
    rl_factor factor = read_factor(L, label_of(space->factor[f].name, f + 1));
    memcpy(factor.name, space->factor[f].name, sizeof factor.name);
    space->factor[f] = factor;
    space->size += factor.size;
    lua_pop(L, 1);
  }
}

/* Names of the numbers and choices of a factor, from `at` on; its table is at the top. */
static void name_factor(lua_State *L, rll_lua_action *as, const rl_factor *factor, int number, int at) {
  char own[RL_FACTOR_NAME];
  snprintf(own, sizeof own, "%s", factor->name);
  if (!*own && number) snprintf(own, sizeof own, "a%d", number);
  lua_rawgeti(L, -1, 2);
  const bool named = lua_istable(L, -1);
  for (int i = 0; i < factor->size; i++) {
    char *name = as->names[at + i];
    const size_t room = sizeof as->names[0];
    if (!named) {
      snprintf(name, room, factor->kind == RL_BOX && factor->size == 1 ? "%s" : "%s%s%d", own,
               *own ? "." : "", i + 1);
      continue;
    }
    lua_rawgeti(L, -1, i + 1);
    size_t length = 0;
    const char *choice = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
    if (length < 1 || length >= RLL_CHOICE_NAME || strlen(choice) != length)
      luaL_error(L, "%s: option %s: choice %d: a name of 1 to %d letters expected, got %s", who,
                 label_of(factor->name, number).text, i + 1, RLL_CHOICE_NAME - 1, rll_text(L, -1));
    snprintf(name, room, "%s%s%s", own, *own ? "." : "", choice);
    as->own[at + i] = (uint8_t)(1 + strlen(own) + (*own ? 1 : 0));
    for (int k = 0; k < i; k++)
      if (strcmp(as->names[at + k], name) == 0)
        luaL_error(L, "%s: option %s: two choices are named \"%s\"", who, label_of(factor->name, number).text,
                   choice);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static bool has_names(lua_State *L) {
  lua_rawgeti(L, -1, 2);
  const bool named = lua_istable(L, -1);
  lua_pop(L, 1);
  return named;
}

static void read_names(lua_State *L, rll_lua_action *as, const rl_space *space) {
  const size_t n = (size_t)space->size;
  const bool many = space->kind == RL_FACTORS;
  if (!many && !has_names(L)) return;
  as->names = rl_allocate(n, sizeof *as->names);
  as->name_list = rl_allocate(n, sizeof *as->name_list);
  as->own = rl_allocate(n, sizeof *as->own);
  if (!as->names || !as->name_list || !as->own) luaL_error(L, "%s: out of memory", who);
  for (size_t i = 0; i < n; i++) as->name_list[i] = as->names[i];
  for (int f = 0, at = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    if (many) push_factor(L, as, space, f);
    name_factor(L, as, &factor, many ? f + 1 : 0, at);
    if (many) lua_pop(L, 1);
    at += factor.size;
  }
}

void rll_read_action(lua_State *L, rll_lua_action *as, rl_space *space) {
  rl_error error;
  lua_getfield(L, 1, "action");
  const int first = lua_istable(L, -1) ? (lua_rawgeti(L, -1, 1), lua_type(L, -1)) : LUA_TNONE;
  if (first != LUA_TNONE) lua_pop(L, 1);
  const bool many = first == LUA_TTABLE || (first == LUA_TNIL && (lua_pushnil(L), lua_next(L, -2)));
  if (many && first == LUA_TNIL) lua_pop(L, 2);
  if (many) {
    read_factors(L, as, space);
  } else {
    const rl_factor factor = read_factor(L, label_of("", 0));
    *space = (rl_space){.kind = factor.kind, .size = factor.size, .low = factor.low, .high = factor.high};
  }
  read_names(L, as, space);
  lua_pop(L, 1);
  space->masked = rll_boolean(L, 1, "masked", false, who);
  lua_getfield(L, 1, "masked");
  as->silent = lua_isnil(L, -1);
  lua_pop(L, 1);
  if (rl_space_check(space, "option action", &error)) luaL_error(L, "%s: %s", who, error.message);
}

void rll_release_action(rll_lua_action *as) {
  rl_release(as->names);
  rl_release(as->name_list);
  rl_release(as->own);
}

static void push_value(lua_State *L, const rll_lua_action *as, const rl_factor *factor, int at,
                       const float *action) {
  if (factor->kind == RL_DISCRETE) {
    const int choice = (int)*action;
    if (as->own && as->own[at + choice])
      lua_pushstring(L, as->names[at + choice] + as->own[at + choice] - 1);
    else
      lua_pushinteger(L, choice + 1);
    return;
  }
  lua_createtable(L, factor->size, 0);
  for (int i = 0; i < factor->size; i++) {
    lua_pushnumber(L, (lua_Number)action[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

void rll_push_action(lua_State *L, const rll_lua_action *as, const rl_space *space, const float *action) {
  const bool many = space->kind == RL_FACTORS;
  if (many) lua_createtable(L, as->by_name ? 0 : space->n_factors, as->by_name ? space->n_factors : 0);
  for (int f = 0, at = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    push_value(L, as, &factor, at, action);
    if (many && as->by_name)
      lua_setfield(L, -2, factor.name);
    else if (many)
      lua_rawseti(L, -2, f + 1);
    action += rl_factor_width(&factor);
    at += factor.size;
  }
}

/* Who returned a mask; told only in errors, as the text takes longer than the mask. */
typedef struct teller {
  rll_teller *tell;
  int function;
} teller;

/* Whether the value at the top allows a choice. */
static float read_flag(lua_State *L, teller of, const char *name, int choice) {
  const int at = lua_gettop(L), type = rll_plain_type(L, at);
  const double number = type == LUA_TNUMBER ? lua_tonumber(L, -1) : (double)lua_toboolean(L, -1);
  if ((type != LUA_TBOOLEAN && type != LUA_TNUMBER) || (number != 0.0 && number != 1.0))
    luaL_error(L, "%s: the mask%s%s: choice %d: true, false, 1 or 0 expected, got %s",
               of.tell(L, of.function), *name ? " of " : "", name, choice + 1, rll_text(L, at));
  return (float)number;
}

/* The list at the top, of one factor. */
static void read_list(lua_State *L, teller of, const char *name, int n, float *mask) {
  const int at = lua_gettop(L);
  if (lua_isnil(L, -1)) {
    for (int i = 0; i < n; i++) mask[i] = 1.0f;
    return;
  }
  const rl_tensor *tensor = rll_test(L, at, &rll_tensor_type);
  if (!tensor && !lua_istable(L, at))
    luaL_error(L, "%s: the mask%s%s: a list of %d truth values expected, got %s", of.tell(L, of.function),
               *name ? " of " : "", name, n, rll_type_name(L, at));
  const int64_t length = tensor ? rl_tensor_count(tensor) : (int64_t)lua_rawlen(L, -1);
  if (length != n)
    luaL_error(L, "%s: the mask%s%s has %d numbers, %d expected", of.tell(L, of.function),
               *name ? " of " : "", name, (int)length, n);
  const float *numbers = tensor ? rll_check_floats(L, at, 1, (int64_t[]){n}, "the mask") : NULL;
  for (int i = 0; i < n; i++) {
    if (numbers)
      lua_pushnumber(L, (lua_Number)numbers[i]);
    else
      lua_rawgeti(L, -1, i + 1);
    mask[i] = read_flag(L, of, name, i);
    lua_pop(L, 1);
  }
}

/* What is called as no factor would be a mask that nobody heeds. */
static void check_parts(lua_State *L, const rll_lua_action *as, const rl_space *space, teller of) {
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    bool known = false;
    for (int f = 0; f < space->n_factors && !known; f++)
      known = as->by_name
                  ? lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), space->factor[f].name) == 0
                  : lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) == (lua_Number)(f + 1);
    const int key = lua_gettop(L) - 1;
    if (!known)
      luaL_error(L, "%s: the mask has a part %s, and no factor is called so", of.tell(L, of.function),
                 rll_text(L, key));
  }
}

void rll_refuse_mask(lua_State *L, int index, const rll_lua_action *as, const rl_space *space,
                     rll_teller *tell, int function) {
  if (!as->silent || rl_space_choices(space) == 0 ||
      (!lua_istable(L, index) && !rll_test(L, index, &rll_tensor_type)))
    return;
  luaL_error(
      L,
      "%s returned a mask, and the environment has none: make it with masked = true, or with masked = false "
      "where nobody is to heed it",
      tell(L, function));
}

void rll_read_mask(lua_State *L, int index, const rll_lua_action *as, const rl_space *space, rll_teller *tell,
                   int function, float *mask) {
  const teller of = {tell, function};
  lua_pushvalue(L, index);
  if (space->kind != RL_FACTORS || !lua_istable(L, -1)) { /* one list for all */
    read_list(L, of, "", rl_space_choices(space), mask);
    lua_pop(L, 1);
    return;
  }
  check_parts(L, as, space, of);
  for (int f = 0; f < space->n_factors; f++) {
    const rl_factor *factor = &space->factor[f];
    if (factor->kind == RL_BOX) continue;
    char name[RL_FACTOR_NAME];
    snprintf(name, sizeof name, "%s", factor->name);
    if (!*name) snprintf(name, sizeof name, "factor %d", f + 1);
    push_factor(L, as, space, f);
    read_list(L, of, name, factor->size, mask);
    lua_pop(L, 1);
    mask += factor->size;
  }
  lua_pop(L, 1);
}
