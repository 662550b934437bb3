/* Inside the environment object: an environment written in Lua. lua_env_table.c makes one of the user's
 * table, lua_env.c and those of lua_env_internal.h run it. */
#ifndef RLL_LUA_ENV_H
#define RLL_LUA_ENV_H

#include "core/base/callback.h"
#include "core/carry/crew.h"
#include "core/carry/image.h"
#include "core/env/lua_action.h"
#include "core/env/scene_table.h"

/* The uservalue of an environment: closures of its judge and its functions, what its copies have in Lua; functions that
 * save and load what the judge's functions keep, or nil; the world that an agent is of, or nil; who plays in it, by agent, or nil. */
enum {
  RLL_ENV_JUDGE = 1,
  RLL_ENV_RUNNER,
  RLL_ENV_ENTRIES,
  RLL_ENV_SAVE,
  RLL_ENV_LOAD,
  RLL_ENV_WORLD,
  RLL_ENV_PLAYERS
};

enum { RLL_LUA_NAME = 64 }; /* bytes of a name */
/* Options: s of a step; steps of an episode, 0: any; and the user's own. */
enum { RLL_LUA_DT, RLL_LUA_LIMIT, RLL_LUA_OWN, RLL_LUA_OPTIONS = RLL_LUA_OWN + 32 };

/* What somebody sees and does, beside the spaces of a definition. */
typedef struct rll_lua_senses {
  rll_lua_action action;
  rl_field *fields;               /* [observation.size but for the mask] */
  const char **observation_names; /* [observation.size], of `names` */
  char (*names)[RLL_LUA_NAME];
} rll_lua_senses;

typedef struct rll_lua_env {
  rl_env_def def;     /* its config points back here */
  rl_env_def *agents; /* [def.n_agents] what each sees and does; NULL: there is one */
  const rl_env_def *list[RL_MAX_AGENTS];
  char agent_names[RL_MAX_AGENTS][RLL_LUA_NAME], (*long_names)[2 * RLL_LUA_NAME]; /* "game.a" */
  rl_option options[RLL_LUA_OPTIONS];
  rll_lua_senses senses, *own;               /* own: [def.n_agents], empty of who has those of all */
  const rll_lua_action *acts[RL_MAX_AGENTS]; /* of each agent */
  char name[RLL_LUA_NAME], own_names[RLL_LUA_OPTIONS - RLL_LUA_OWN][RLL_LUA_NAME];
  rll_scene scene;
  rl_symmetry symmetry;
  int *places; /* [observation.size + action.size] of its mirror images */
  float *signs;
  char *saved; /* what a copy was last saved as */
  size_t saved_room;
  rll_callback *callback;      /* while stepping */
  int runner, entries;         /* stack places */
  struct rll_lua_copy *copies; /* all that there are */
  rll_crew *crew;              /* copies of reset and step, for threads; of the closure that calls them */
  uint64_t round;              /* of rehearsals */
  bool accepted;               /* what the last one found counts, until it has ended */
  bool told;                   /* why there is none */
  rll_seen seen;
} rll_lua_env;

/* With a definition that has its functions and is otherwise empty; NULL when out of memory. The definition's
 * free_def frees it. */
rll_lua_env *rll_lua_env_allocate(void);

/* Replaces the functions reset, step, poses, save and load (nil: none) at the top of the stack by the closure that calls
 * them, for the environment's uservalue. */
void rll_lua_env_push_runner(lua_State *L, rll_lua_env *lua);
/* Pushes why threads cannot run copies of reset and step, or nil: they can, or nobody has tried. */
void rll_lua_env_push_notice(lua_State *L, const rll_lua_env *lua);
/* It has save and load. */
void rll_lua_env_can_save(rll_lua_env *lua);
/* Sets these functions, of the closure at `runner`, as fields of the table at `table`. */
void rll_lua_env_set_functions(lua_State *L, int runner, int table);

/* From here on, as long as `callback` is stepping, copies may call their functions. Stack places: the
 * environment's uservalue; a table for what the copies have in Lua, 0: the environment's own.
 * Raises nothing. */
void rll_lua_env_begin(lua_State *L, rll_lua_env *lua, rll_callback *callback, int uservalue, int entries);
/* Before the callback ends. Raises nothing. */
void rll_lua_env_end(rll_lua_env *lua);

#endif
