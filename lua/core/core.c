/* The module rl.core: everything of C that lua/rl/ builds on. Scripts use `rl`. */
#include "core/base/binding.h"

#include "base/parallel.h"
#include "base/cpu.h"
#include "tensor/gemm.h"

#include <stdatomic.h>

/* core.threads([n]): the threads of the loops in C; 0 means one a core. Results do not depend on it. */
static int threads(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) rl_set_threads((int)rll_check_integer(L, 1, 0, 1024));
  lua_pushinteger(L, rl_threads());
  return 1;
}

/* core.memory(): bytes of C memory that Lua objects hold. */
static int memory(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)rll_tracked(L));
  return 1;
}

/* core.kernels() -> "avx2, OpenBLAS Haswell": ours and those that OpenBLAS uses here, and what to do if it uses others than
 * it could */
static int kernels(lua_State *L) {
  lua_pushfstring(L, "%s, OpenBLAS %s", rl_cpu_level_names[rl_cpu()], rl_gemm_kernels());
  lua_pushstring(L, rl_gemm_advice());
  return 2;
}

/* core.is_callable(value) */
static int is_callable(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, rll_is_callable(L, 1));
  return 1;
}

/* core.plain(value): the number or truth value that a value of another language is, else the value */
static int plain(lua_State *L) {
  lua_settop(L, 1);
  rll_plain_type(L, 1);
  return 1;
}

/* One line a binding file. */
static void (*const parts[])(lua_State *) = {
    // clang-format off
    rll_open_confine,
    rll_open_archive,
    rll_open_ranks,
    rll_open_pack,
    rll_open_tensor,
    rll_open_rng,
    rll_open_map,
    rll_open_creature,
    rll_open_muscle,
    rll_open_env,
    rll_open_env_state,
    rll_open_facts,
    rll_open_symmetry,
    rll_open_creature_model,
    rll_open_lqr,
    rll_open_tetris,
    rll_open_lua_env,
    rll_open_track,
    rll_open_players,
    rll_open_recording,
    rll_open_evaluate,
    rll_open_demonstration,
    rll_open_population,
    rll_open_policy,
    rll_open_value,
    rll_open_variable,
    rll_open_dist,
    rll_open_optimizer,
    rll_open_method,
    rll_open_trainer,
    rll_open_remember,
    rll_open_agent,
    rll_open_beside,
    rll_open_cloning,
    rll_open_search,
    rll_open_folder,
    rll_open_from_env,
    rll_open_launch,
    rll_open_json,
    rll_open_event,
    rll_open_text,
    rll_open_bench,
    // clang-format on
};

/* How many states have the module open: when the last of them closes, the threads of the loops end. */
static atomic_int open_states;

static int leave(lua_State *L) {
  rll_end_late(L);
  rll_end_types(L);
  if (atomic_fetch_sub(&open_states, 1) == 1) rl_end_threads();
  return 0;
}

/* First in a state, so that it is the last of the module's objects that the closing state finalises. Another build of
 * the module has its own types: objects of the one would be strange to the other, under the same names. */
static void enter(lua_State *L) {
  static const rll_type state_type = {"rl.state"};
  static const luaL_Reg metamethods[] = {{"__gc", leave}, {NULL, NULL}};
  static const char any_build[] = "rl.core";
  lua_rawgetp(L, LUA_REGISTRYINDEX, &open_states);
  bool entered = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (entered) return;
  lua_getfield(L, LUA_REGISTRYINDEX, any_build);
  if (!lua_isnil(L, -1))
    luaL_error(L,
               "rl.core: version %s is open in this state already, this is another, %s: a state can have one",
               lua_tostring(L, -1), RL_VERSION);
  lua_pop(L, 1);
  rll_register(L, &state_type, NULL, metamethods);
  rll_new(L, &state_type, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &open_states);
  atomic_fetch_add(&open_states, 1);
  lua_pushstring(L, RL_VERSION);
  lua_setfield(L, LUA_REGISTRYINDEX, any_build);
}

/* Another module that is called rl may have its rl/init.lua found before ours, with our rl.core behind it. */
static int refuse_unknown(lua_State *L) {
  return luaL_error(L,
                    "rl.core is that of rlrun " RL_VERSION
                    ", which has no \"%s\": the rl/init.lua that asks for it "
                    "belongs to another module that is called rl as well",
                    luaL_tolstring(L, 2, NULL));
}

int luaopen_rl_core(lua_State *L);

int luaopen_rl_core(lua_State *L) {
#if LUA_VERSION_NUM > 501
  luaL_checkversion(L); /* of another Lua than this module was built for: an error here, not a crash later */
#endif
  enter(L);
  static const luaL_Reg functions[] = {{"threads", threads}, {"memory", memory}, {"is_callable", is_callable},
                                       {"kernels", kernels}, {"plain", plain},   {NULL, NULL}};
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) parts[i](L);
  lua_pushstring(L, RL_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, RL_REVISION);
  lua_setfield(L, -2, "revision");
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, refuse_unknown);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}
