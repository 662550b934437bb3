/* The state of objects in files: what a type adds to have save and load, and to go into an archive beside others. */
#ifndef RLL_ARCHIVE_H
#define RLL_ARCHIVE_H

#include "archive/archive.h"
#include "core/base/binding.h"

/* Of the object at stack place 1, under a prefix. What they raise is a mistake of the caller; what they return is the
 * world's. A `take` that does not succeed has changed nothing. Where all went well a message in `error`, which is empty
 * before, is something that the user should know. */
typedef struct rll_state {
  const char *prefix;          /* in a file that holds nothing else */
  void (*ready)(lua_State *L); /* raises when the object cannot be changed now */
  rl_status (*put)(lua_State *L, rl_archive *archive, const char *prefix, rl_error *error);
  rl_status (*take)(lua_State *L, const rl_archive *archive, const char *prefix, rl_error *error);
} rll_state;

/* Its objects can be put into archives and taken from them, and get the methods save and load but where they have their
 * own. */
void rll_add_state(lua_State *L, const rll_type *type, const rll_state *state);

/* What save and load give back: true and what there is to say, or nil and the message. */
int rll_push_outcome(lua_State *L, rl_status status, const rl_error *error);
/* What a loader gives: the object at the top, and a notice where its file was altered after it was saved. */
int rll_push_loaded(lua_State *L, const char *path, bool altered);

#endif
