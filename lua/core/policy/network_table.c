/* The options of networks as Lua has them: read, and told. */
#include "core/policy/network_table.h"

#include "core/base/option_table.h"

#include <math.h>

/* hidden = {64, 64}: the widths of the hidden layers; {} for a linear map */
static void read_hidden(lua_State *L, int table, rl_network_options *options, const char *what) {
  lua_getfield(L, table, "hidden");
  if (!lua_isnil(L, -1)) {
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: option hidden: table of widths expected, got %s", what, luaL_typename(L, -1));
    int n = (int)lua_rawlen(L, -1);
    if (n > RL_MAX_LAYERS - 1)
      luaL_error(L, "%s: option hidden: at most %d layers, got %d", what, RL_MAX_LAYERS - 1, n);
    options->n_hidden = n;
    for (int i = 0; i < n; i++) {
      lua_rawgeti(L, -1, i + 1);
      lua_Number width = lua_tonumber(L, -1);
      if (!(width >= 1 && width <= RL_MAX_WIDTH) || floor(width) != width)
        luaL_error(L, "%s: option hidden: layer %d: a width of 1 to %d expected, got %s", what, i + 1,
                   RL_MAX_WIDTH, rll_text(L, -1));
      options->hidden[i] = (int)width;
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

void rll_read_network_options(lua_State *L, rl_options list, void *options, rl_network_options *network,
                              const char *what) {
  lua_settop(L, 2);
  rll_check_option_names(L, 2, list, (const char *const[]){"hidden", NULL}, what);
  if (lua_istable(L, 2)) read_hidden(L, 2, network, what);
  rll_read_options(L, 2, list, options, false, what);
}

void rll_read_network_symmetry(lua_State *L, const rll_env *env, rl_network_options *options,
                               const char *what) {
  rl_error error;
  if (options->symmetric && rl_env_symmetry(env->def, &options->symmetry, &error))
    luaL_error(L, "%s: option symmetric: %s", what, error.message);
}

int rll_push_architecture(lua_State *L, const rl_network *network) {
  lua_createtable(L, 0, 8);
  lua_createtable(L, network->mlp.n_layers + 1, 0);
  for (int i = 0; i <= network->mlp.n_layers; i++) {
    const bool last = i == network->mlp.n_layers;
    lua_pushinteger(L, !i     ? network->mlp.inputs
                       : last ? rl_network_outputs(network)
                              : network->mlp.width[i - 1]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "layers");
  rll_set_string(L, "activation", rl_activation_names[network->mlp.activation]);
  lua_pushboolean(L, network->mlp.layer_norm);
  lua_setfield(L, -2, "layer_norm");
  lua_pushboolean(L, network->normalizer.size > 0);
  lua_setfield(L, -2, "normalize");
  rll_set_string(L, "normalizer", rl_normalizer_names[network->normalizer.map]);
  lua_pushboolean(L, rl_network_is_symmetric(network));
  lua_setfield(L, -2, "symmetric");
  rll_set_integer(L, "history", network->history);
  rll_set_integer(L, "gru", network->gru);
  if (isfinite(network->clip)) rll_set_number(L, "clip", (double)network->clip);
  rll_set_integer(L, "parameters", network->theta.shape[0]);
  if (network->seed != RL_NO_SEED) rll_set_integer(L, "seed", (int64_t)network->seed);
  return 1;
}

int rll_describe_network(lua_State *L, rl_options list) {
  const rl_network_options defaults = rl_network_defaults(1.0f);
  rll_push_option_rows(L, list);
  lua_createtable(L, 0, 8);
  rll_set_string(L, "name", "hidden");
  rll_set_string(L, "type", "list");
  rll_set_string(L, "unit", "");
  rll_set_string(L, "meaning", "widths of the hidden layers; an empty list: a linear map");
  rll_set_integer(L, "min", 1);
  rll_set_integer(L, "max", RL_MAX_WIDTH);
  lua_createtable(L, defaults.n_hidden, 0);
  for (int i = 0; i < defaults.n_hidden; i++) {
    lua_pushinteger(L, defaults.hidden[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "default");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "live");
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  return 1;
}
