/* The part of the tensor type that reaches into a tensor: lists for tensor.c to register. */
#ifndef RLL_TENSOR_ACCESS_H
#define RLL_TENSOR_ACCESS_H

#include "core/base/binding.h"

extern const luaL_Reg rll_tensor_access[];      /* methods */
extern const luaL_Reg rll_tensor_metamethods[]; /* __index, __newindex, __len, __tostring, __gc */

/* A dimension argument, 1 .. ndim or from the end -ndim .. -1, as an index from 0. */
int rll_check_dim(lua_State *L, int arg, const rl_tensor *tensor);
/* An argument of row numbers, from 1 on: n of them, from 0, which stay on the stack. */
const int64_t *rll_check_rows(lua_State *L, int arg, const rl_tensor *tensor, int64_t *n);
/* Replaces a tensor without dimensions on the top of the stack by its number; returns 1. */
int rll_plain_number(lua_State *L);

#endif
