/* The numbers and names of a creature's description as tables: name, unit, meaning, default and range of
 * each. The check (creature_check.c, muscle_check.c), Lua tables (lua/core/creature) and rl.describe go by
 * them: a new number is a row here, the member of its struct, and what it does.
 *
 * Traits are for what a description leaves out: the writer gives the rows without, and those it is told. A
 * default of NAN: where it is left out, something else decides. */
#ifndef RL_PARTS_H
#define RL_PARTS_H

#include "creature/creature.h"

RL_C_BEGIN

enum { RL_ROW_MASS = 1, RL_ROW_DENSITY = 2, RL_ROW_INERTIA = 4, RL_ROW_CENTER = 8 }; /* of a body */
enum { RL_ROW_MAX = 1 };                                                             /* of an arm */

/* Those of the head are of an rl_creature, of soft stops of an rl_joint. */
extern const rl_options rl_creature_rows, rl_head_rows, rl_start_rows, rl_body_rows;
extern const rl_options rl_joint_rows, rl_soft_rows, rl_motor_rows, rl_muscle_rows, rl_arm_rows,
    rl_point_rows;
extern const rl_options rl_inhabitant_rows, rl_sight_rows, rl_loose_rows; /* world.h */

typedef struct rl_part {
  const char *name;
  const rl_options *rows;
  size_t size; /* bytes of the struct that the rows are of */
} rl_part;

enum { RL_PARTS = 20 };
extern const rl_part rl_parts[RL_PARTS];

RL_C_END

#endif
