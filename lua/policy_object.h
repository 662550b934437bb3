/* Policies and values of the Lua face, as env.c and ppo.c see them. */
#ifndef RLL_POLICY_OBJECT_H
#define RLL_POLICY_OBJECT_H

#include "binding.h"
#include "policy.h"

rl_policy *rll_check_policy(lua_State *L, int arg);
rl_value *rll_check_value(lua_State *L, int arg);

#endif
