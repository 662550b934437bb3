/* Variables of the Lua face, as the files that make them see them. */
#ifndef RLL_VARIABLE_H
#define RLL_VARIABLE_H

#include "autodiff/variable.h"
#include "core/base/binding.h"

extern const rll_type rll_variable_type;

/* For results that a function writes to `out`: hold pushes a place for one; finish raises the error, or
 * reports the memory to the collector and returns 1. As with tensors (binding.h). */
rl_variable **rll_hold_variable(lua_State *L);
int rll_finish_variable(lua_State *L, rl_status status, const rl_error *error);

/* What tensor.c hands on when an operand is a variable: operands are at 1, 2 and 3. */
int rll_variable_binary(lua_State *L, rl_binary op);
int rll_variable_matmul(lua_State *L);
int rll_variable_where(lua_State *L);

#endif
