/* Policies and values of the Lua face, as env.c and method.c see them. */
#ifndef RLL_POLICY_OBJECT_H
#define RLL_POLICY_OBJECT_H

#include "core/base/binding.h"
#include "network/policy.h"
#include "network/value.h"

extern const rll_type rll_policy_type, rll_value_type; /* an rl_policy, an rl_value */

rl_policy *rll_check_policy(lua_State *L, int arg);
rl_value *rll_check_value(lua_State *L, int arg);

#endif
