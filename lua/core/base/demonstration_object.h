/* Demonstrations of the Lua face, as methods and cloning see them. */
#ifndef RLL_DEMONSTRATION_OBJECT_H
#define RLL_DEMONSTRATION_OBJECT_H

#include "core/base/binding.h"
#include "episodes/demonstration.h"

extern const rll_type rll_demonstration_type; /* starts with an rl_demonstration */

#endif
