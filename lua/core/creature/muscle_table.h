/* The muscles of a creature as Lua tables. */
#ifndef RLL_MUSCLE_TABLE_H
#define RLL_MUSCLE_TABLE_H

#include "core/creature/part_table.h"
#include "creature/creature.h"

/* Field `muscles` of a description: rl_muscle. */
extern const rll_list rll_muscle_list;

#endif
