/* Plain data, nil, booleans, numbers, strings and tables of these, as bytes and back: numbers to the bit. */
#ifndef RLL_PACK_H
#define RLL_PACK_H

#include "core/base/binding.h"

/* Pushes the bytes of the value at `index` as a string. Raises "WHAT: ..." for what is no plain data. */
void rll_pack(lua_State *L, int index, const char *what);
/* Pushes the value; false, with nothing pushed, when the bytes are not those of one. */
bool rll_unpack(lua_State *L, const char *bytes, size_t size);

#endif
