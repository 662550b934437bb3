/* Worlds as Lua tables:
 *
 *   { name = "sumo", together = true,
 *     creatures = {
 *       a = { creature = "biped", x = -1, team = 1, senses = { "b", ball = "ball" } },
 *       b = { creature = { ... }, x = 1, turned = true, leaves = true, walks = false,
 *             senses = { foe = { of = "a", body = "head" } } } },
 *     bodies = { ball = { mass = 2, shape = { kind = "circle", radius = .2 }, x = 0, y = 2 } },
 *     ... }                                      and what else rl.env takes
 *
 * A creature is a name or a description (creature_table.c), and may stand for an agent with nothing else. Agents and bodies
 * stand in the order of their names; as lists, whose elements have names, in that of the list. A sense without a name is
 * called after what it is of. */
#include "core/creature/world_table.h"

#include "core/creature/creature_table.h"
#include "core/creature/part_table.h"
#include "creature/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rll_type world_type = {"rl.world"};

enum { WHAT = 160 };

/* --- tables whose elements have names --- */

typedef struct key {
  char name[RL_NAME]; /* "": an element of the list */
  int index;
} key;

static int by_name(const void *a, const void *b) {
  const key *one = a, *two = b;
  return one->index != two->index ? one->index - two->index : strcmp(one->name, two->name);
}

/* The keys of the table at the top: of its list, then names in their order. */
static int read_keys(lua_State *L, key *keys, int most, const char *what) {
  int n = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    key here = {.index = 0};
    if (n == most) luaL_error(L, "%s: more than %d", what, most);
    if (lua_type(L, -2) == LUA_TNUMBER) {
      here.index = (int)lua_tointeger(L, -2);
    } else {
      const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
      if (!name || !*name || strlen(name) >= RL_NAME)
        luaL_error(L, "%s: a name of 1 to %d letters expected, got %s", what, RL_NAME - 1, rll_text(L, -2));
      strcpy(here.name, name);
      here.index = 1 << 20;
    }
    keys[n++] = here;
  }
  qsort(keys, (size_t)n, sizeof *keys, by_name);
  return n;
}

/* Pushes that element of the table at the top; its name, when it is one of a list, is its own. */
static void push_element(lua_State *L, key *k, const char *what) {
  if (k->name[0]) {
    lua_getfield(L, -1, k->name);
    return;
  }
  lua_rawgeti(L, -1, k->index);
  if (lua_istable(L, -1)) rll_read_name(L, "name", k->name, what);
}

/* --- agents --- */

/* The creature at the top, which is popped; what it points to goes into the list at `kept`. */
static const rl_creature *read_creature(lua_State *L, int kept, const char *what) {
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *name = lua_tostring(L, -1);
    if (!rll_push_lua_creature(L, name, 0)) rll_push_named_creature(L, name);
    lua_remove(L, -2);
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: creature: the name of one or its description expected, got %s", what,
               rll_type_name(L, lua_gettop(L)));
  const rl_creature *creature = rll_check_creature(L, lua_gettop(L));
  lua_rawseti(L, kept, (int)lua_rawlen(L, kept) + 1);
  lua_pop(L, 1);
  return creature;
}

static void read_sight(lua_State *L, rl_sight *sight, const key *k, const char *agent) {
  char what[WHAT];
  snprintf(what, sizeof what, "%.90s: sense %.31s", agent, k->name);
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *of = lua_tostring(L, -1);
    if (strlen(of) >= RL_NAME) luaL_error(L, "%s: a name of at most %d letters expected", what, RL_NAME - 1);
    strcpy(sight->of, of);
  } else if (lua_istable(L, -1)) {
    static const char *const more[] = {"name", NULL};
    rll_read_part(L, rl_sight_rows, more, sight, what);
  } else {
    luaL_error(L, "%s: the name of an agent or body, or { of =, body = }, expected, got %s", what,
               rll_type_name(L, lua_gettop(L)));
  }
  memcpy(sight->name, k->name[0] ? k->name : sight->of, RL_NAME);
}

static void read_sights(lua_State *L, rl_inhabitant *agent, const char *what) {
  key keys[RL_MAX_SIGHTS];
  rll_push_table(L, "senses", what);
  agent->n_sights = read_keys(L, keys, RL_MAX_SIGHTS, what);
  for (int i = 0; i < agent->n_sights; i++) {
    push_element(L, &keys[i], what);
    read_sight(L, &agent->sights[i], &keys[i], what);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* The agent at the top. */
static void read_agent(lua_State *L, rl_inhabitant *agent, const char *world, int kept) {
  static const char *const more[] = {"name", "creature", "senses", NULL};
  char what[WHAT];
  snprintf(what, sizeof what, "%.60s: agent %.31s", world, agent->name);
  const bool bare = lua_type(L, -1) == LUA_TSTRING || (lua_istable(L, -1) && rll_is_given(L, "bodies"));
  if (bare) {
    lua_pushvalue(L, -1);
    agent->creature = read_creature(L, kept, what);
    return;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "%s: a table with a creature expected, got %s", what, rll_type_name(L, lua_gettop(L)));
  rll_read_part(L, rl_inhabitant_rows, more, agent, what);
  lua_getfield(L, -1, "creature");
  agent->creature = read_creature(L, kept, what);
  read_sights(L, agent, what);
}

/* --- the whole --- */

static void read_agents(lua_State *L, rl_world *world, const char *what, int kept) {
  key keys[RL_MAX_AGENTS];
  rll_push_table(L, "creatures", what);
  world->n_agents = read_keys(L, keys, RL_MAX_AGENTS, what);
  for (int a = 0; a < world->n_agents; a++) {
    push_element(L, &keys[a], what);
    memcpy(world->agents[a].name, keys[a].name, RL_NAME);
    read_agent(L, &world->agents[a], what, kept);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_bodies(lua_State *L, rl_world *world, const char *what) {
  key keys[RL_MAX_LOOSE];
  char where[WHAT];
  rll_push_table(L, "bodies", what);
  world->n_loose = read_keys(L, keys, RL_MAX_LOOSE, what);
  for (int i = 0; i < world->n_loose; i++) {
    rl_loose *loose = &world->loose[i];
    push_element(L, &keys[i], what);
    snprintf(where, sizeof where, "%.60s: body %.31s", what, keys[i].name);
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: table expected, got %s", where, rll_type_name(L, lua_gettop(L)));
    rll_read_loose(L, &loose->body, rl_loose_rows, loose, where);
    memcpy(loose->body.name, keys[i].name, RL_NAME);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

bool rll_is_world(lua_State *L, int arg) {
  if (!lua_istable(L, arg)) return false;
  lua_getfield(L, arg, "creatures");
  const bool is = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return is;
}

/* Pushes the keys of the table at `arg` that are no part of the description. */
static void push_options(lua_State *L, int arg) {
  static const char *const own[] = {"name", "together", "creatures", "bodies", NULL};
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  for (int i = 0; own[i]; i++) {
    lua_pushnil(L);
    lua_setfield(L, -2, own[i]);
  }
}

rl_world *rll_check_world(lua_State *L, int arg) {
  char what[64];
  rll_check_kind(L, arg, LUA_TTABLE);
  arg = lua_absindex(L, arg);
  luaL_checkstack(L, 24, "too many nested calls");
  push_options(L, arg);
  rl_world *world = rll_new(L, &world_type, sizeof *world);
  lua_newtable(L); /* what it points to */
  const int kept = lua_gettop(L);
  lua_pushvalue(L, kept);
  lua_setuservalue(L, kept - 1);
  lua_pushvalue(L, arg);
  strcpy(world->name, "world");
  if (rll_is_given(L, "name")) rll_read_name(L, "name", world->name, "world");
  snprintf(what, sizeof what, "world %s", world->name);
  world->together = rll_boolean(L, lua_gettop(L), "together", false, what);
  read_agents(L, world, what, kept);
  read_bodies(L, world, what);
  lua_settop(L, kept - 1);
  return world;
}

static void set_sights(lua_State *L, const rl_inhabitant *agent) {
  lua_createtable(L, agent->n_sights, 0);
  for (int i = 0; i < agent->n_sights; i++) {
    lua_newtable(L);
    rll_set_part(L, rl_sight_rows, &agent->sights[i]);
    rll_set_string(L, "name", agent->sights[i].name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "senses");
}

void rll_push_world(lua_State *L, const rl_world *world) {
  luaL_checkstack(L, 24, "too many nested calls");
  lua_newtable(L);
  rll_set_string(L, "name", world->name);
  lua_pushboolean(L, world->together);
  lua_setfield(L, -2, "together");
  lua_createtable(L, world->n_agents, 0);
  for (int a = 0; a < world->n_agents; a++) {
    const rl_inhabitant *agent = &world->agents[a];
    lua_newtable(L);
    rll_set_part(L, rl_inhabitant_rows, agent);
    rll_set_string(L, "name", agent->name);
    rll_push_creature(L, agent->creature);
    lua_setfield(L, -2, "creature");
    set_sights(L, agent);
    lua_rawseti(L, -2, a + 1);
  }
  lua_setfield(L, -2, "creatures");
  lua_createtable(L, world->n_loose, 0);
  for (int i = 0; i < world->n_loose; i++) {
    const rl_loose *loose = &world->loose[i];
    lua_newtable(L);
    rll_set_loose(L, &loose->body, rl_loose_rows, loose);
    rll_set_string(L, "name", loose->body.name);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "bodies");
}

void rll_open_world_table(lua_State *L) { rll_register(L, &world_type, NULL, NULL); }
