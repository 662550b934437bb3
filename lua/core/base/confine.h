/* What a script may touch, where its host sets limits: rl.confine. Every path that the module opens comes through
 * rll_read_path or rll_write_path; the limit of memory is in budget.h. */
#ifndef RLL_CONFINE_H
#define RLL_CONFINE_H

#include "core/base/binding.h"

/* The path at `arg` as it can be opened. In a confined state it has taken its place without links and "..", and the
 * call raises for one that is not inside the folder; elsewhere it is what was given. */
const char *rll_read_path(lua_State *L, int arg);
const char *rll_write_path(lua_State *L, int arg);
/* Where runs leave their folders in a confined state; NULL: where they like. */
const char *rll_write_folder(lua_State *L);

#endif
