/* The options of networks as Lua has them: read, and told. */
#ifndef RLL_NETWORK_TABLE_H
#define RLL_NETWORK_TABLE_H

#include "core/env/env_object.h"
#include "network/network.h"

/* The options at 2 of a policy, or of a value, into `options`, which begins with `network`, those of the network. Raises what
 * is wrong, by the name `what`. */
void rll_read_network_options(lua_State *L, rl_options list, void *options, rl_network_options *network,
                              const char *what);
/* What option symmetric goes by: raises, saying why, where the environment has none. */
void rll_read_network_symmetry(lua_State *L, const rll_env *env, rl_network_options *options,
                               const char *what);

/* Pushes { layers =, activation =, layer_norm =, normalize =, normalizer =, symmetric =, history =, gru =, clip =, parameters =,
 * seed = }; no seed of what was loaded. */
int rll_push_architecture(lua_State *L, const rl_network *network);
/* Pushes the rows of the options, and one for `hidden`, which is a list. */
int rll_describe_network(lua_State *L, rl_options list);

#endif
