/* Matrices in option tables: what rl.env("lqr", { A = {{1}} }) and rl.lqr_gain are given. */
#ifndef RLL_MATRICES_H
#define RLL_MATRICES_H

#include "core/base/binding.h"
#include "env/env.h"

enum { RLL_MAX_MATRICES = 8 };

/* Whether the value at `index` is meant as a matrix: a table or a tensor. */
bool rll_is_matrix(lua_State *L, int index);

/* Fills in the matrices among the options at `table` and returns how many there are; those in `own` are none,
 * whatever they hold. The numbers of a table of rows are taken in double. What the matrices point to lives in
 * a value that is pushed. Raises, naming the option, when a table or tensor is no matrix. */
int rll_check_matrices(lua_State *L, int table, const char *what, const char *const *own,
                       rl_matrix matrices[RLL_MAX_MATRICES]);

#endif
