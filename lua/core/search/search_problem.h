/* What a search is given to search, from the options of its constructor. */
#ifndef RLL_SEARCH_PROBLEM_H
#define RLL_SEARCH_PROBLEM_H

#include "core/base/binding.h"
#include "search/search_space.h"

/* The table of numbers or flat tensor at `index` (of one number: also a number) as doubles, which are pushed;
 * *n: how many. A table's numbers are taken as they are, not through float32. */
double *rll_push_doubles(lua_State *L, int index, const char *what, const char *name, size_t *n);

/* The value at `index` as [rows, columns] doubles, which are pushed: a tensor of that shape or a table of tables
 * or flat tensors; where there is one column also what rll_push_doubles takes. `unit`: what a column is,
 * "objectives". */
double *rll_push_rows(lua_State *L, int index, int rows, int columns, const char *what, const char *name,
                      const char *unit);

/* Reads `space`, or x0, lower, upper, scale and integer, and fixed of the table at 1. The arrays are pushed:
 * they live as long as they stay on the stack. */
rl_search_space rll_push_search_space(lua_State *L, const char *what);

/* Sets lower, upper, scale, fixed and integer of the table at the top, as far as they say something, and
 * x0. */
void rll_set_search_space(lua_State *L, const rl_search_space *space);

/* within(x, lower, upper) -> the number between the bounds that x stands for, or nil: x itself, or a bound of
 * which x is the float32 */
int rll_within(lua_State *L);

#endif
