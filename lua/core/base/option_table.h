/* Options that are listed in a table (base/option.h), from Lua and to Lua. */
#ifndef RLL_OPTION_TABLE_H
#define RLL_OPTION_TABLE_H

#include "base/option.h"
#include "core/base/binding.h"

/* Raises for keys of the table at `table` that are neither options nor among `more` (NULL-terminated). */
void rll_check_option_names(lua_State *L, int table, rl_options list, const char *const *more,
                            const char *what);
/* The value of one option in the table at `table`; where it is not given what `options` holds, or, where that
 * is NULL, its default. */
double rll_read_option(lua_State *L, int table, const rl_option *option, const void *options,
                       const char *what);
/* Those of the table at `table` over what `options` holds. running: raises for one that is not live. */
void rll_read_options(lua_State *L, int table, rl_options list, void *options, bool running,
                      const char *what);
/* Sets the field of one option, and of all, in the table at the top of the stack. A number that is NAN is
 * left out. */
void rll_set_option(lua_State *L, const rl_option *option, double value);
void rll_set_options(lua_State *L, rl_options list, const void *options);

/* Where the table at 1 has an environment and no `part`, the function that Lua has given to core.from_env makes the part and
 * the object `name` ("ppo"): the number of its results, which are on the stack. Else 0. */
int rll_make_from_env(lua_State *L, const char *part, const char *name);

/* Pushes the rows as describe() gives them: { { name =, type = "number" | "integer" | "boolean" | "choice" |
 * "pair" | "name", default =, min =, max =, unit =, meaning =, choices = { ... }, live = true, was = }, ... }.
 * Ends of a range that are infinite, what does not apply, and a default outside of the range, are left out. */
void rll_push_option_rows(lua_State *L, rl_options list);

#endif
