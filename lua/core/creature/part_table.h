/* Parts of descriptions as Lua tables, read and written by their rows (envs/creature/parts.h). All work on
 * the table at the top of the stack; `what` begins the messages: "creature hopper: body leg". A field that is
 * missing stays as it is in the struct. Numbers may be anything: one that is not finite is the description's
 * fault, and a search counts it (rl_creature_check). */
#ifndef RLL_PART_TABLE_H
#define RLL_PART_TABLE_H

#include "core/base/option_table.h"

/* Raises for keys that are neither rows, whatever their traits, nor among `more` (NULL-terminated, or NULL);
 * then reads the rows with these traits. */
void rll_read_part(lua_State *L, rl_options rows, const char *const *more, void *part, const char *what);
/* Numbers as the shortest decimals that read back as the same floats; no empty names, nothing that
 * is false. */
void rll_set_part(lua_State *L, rl_options rows, const void *part);

bool rll_is_given(lua_State *L, const char *name);
float rll_read_number(lua_State *L, const char *name, const char *what); /* 0 when absent */
/* Copies the string field `name`, empty when absent: of what messages are to be about. */
void rll_read_name(lua_State *L, const char *name, char out[RL_NAME], const char *what);

/* Pushes field `name`, a table; an empty one when absent. */
void rll_push_table(lua_State *L, const char *name, const char *what);

/* A list of tables. */
typedef struct rll_list {
  const char *name, *elements, *element; /* the field, and what messages call it: "muscles", "muscle" */
  int most;
  size_t size; /* of an element in C */
  /* Each with the element at the top of the stack: an array's when `numbered` has "reflex 3" in what. */
  void (*read)(lua_State *L, void *element, const char *what);
  void (*set)(lua_State *L, const void *element);
  bool numbered;
} rll_list;

int rll_read_list(lua_State *L, const rll_list *list, void *first, const char *what); /* how many */
void rll_set_list(lua_State *L, const rll_list *list, const void *first, int n);

/* A table of numbers by name, into structs of a name and a float. In the order of the names: that of a
 * table's keys differs from run to run, and so would a sum's rounding. */
typedef struct rll_map {
  const char *name, *key, *value; /* "angles", "joint", "its angle in rad" */
  int most;
} rll_map;

int rll_read_map(lua_State *L, const rll_map *map, void *first, const char *what);
void rll_set_map(lua_State *L, const char *name, const void *first, int n);

void rll_push_float(lua_State *L, float value);
void rll_push_pair(lua_State *L, const float pair[2]);
void rll_read_pair(lua_State *L, const char *name, float out[2], const char *what); /* pops the pair itself */

#endif
