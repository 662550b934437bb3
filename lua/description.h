/* Reading and writing tables that describe things: names, numbers, lists of tables. `what` is the thing that
 * a message speaks of ("creature human: reflex 3"); the table is at the top of the stack. */
#ifndef RLL_DESCRIPTION_H
#define RLL_DESCRIPTION_H

#include "binding.h"

/* Copies the string field `name`, at most size - 1 letters; "" when absent. */
void rll_read_name(lua_State *L, const char *name, char *out, size_t size, const char *what);
float rll_read_float(lua_State *L, const char *name, double fallback, const char *what);

/* Field `name` = {x, y}; stays as it is when absent. */
void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what);
/* The pair itself is at the top of the stack; pops it. */
void rll_read_pair_here(lua_State *L, const char *name, float out[2], const char *what);

/* Pushes field `name`, a table; an empty one when absent. */
void rll_push_field(lua_State *L, const char *name, const char *what);
/* Pushes element i (from 1) of the list, a table. */
void rll_push_element(lua_State *L, int i, const char *list, const char *what);
int rll_check_count(lua_State *L, const char *list, int max, const char *what);

/* The shortest decimal that is the same float: .7 shall read back as 0.7, not 0.69999998807907. */
void rll_push_float(lua_State *L, float value);
void rll_set_float(lua_State *L, const char *name, float value);
void rll_push_pair(lua_State *L, const float pair[2]);
void rll_set_pair(lua_State *L, const char *name, const float pair[2]);

#endif
