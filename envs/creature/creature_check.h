/* What the parts of a creature's check share (creature.c, creature_muscle_check.c). `where` is "creature X:
 * body Y", the beginning of every message. */
#ifndef RL_CREATURE_CHECK_H
#define RL_CREATURE_CHECK_H

#include "creature/creature.h"

RL_C_BEGIN

enum { RL_WHERE = 160 }; /* characters of "creature X: body Y: shape 3" */

void rl_mirror_name(char *name); /* _l at the end becomes _r */
bool rl_is_left(const char *name);

rl_status rl_check_name(const rl_creature *creature, const char name[RL_NAME], const char *kind, int index,
                        rl_error *error);
rl_status rl_check_number(float value, float least, float greatest, const char *what, const char *where,
                          rl_error *error);
rl_status rl_check_place(const float place[2], const char *what, const char *where, rl_error *error);
/* "creature X: PART: unknown body NAME" with what exists. */
rl_status rl_unknown_body(const rl_creature *creature, const char *part, const char *name, rl_error *error);
rl_status rl_unknown_joint(const rl_creature *creature, const char *part, const char *name, rl_error *error);
rl_status rl_too_many(const rl_creature *creature, const char *what, int n, int room, rl_error *error);

/* Muscles, in the order of rl_creature_check: names and counts, symmetry, then (of a sorted tree) the rest;
 * the last fills in the lengths of fibres and tendons that are left out. */
rl_status rl_check_muscle_names(const rl_creature *creature, rl_error *error);
rl_status rl_mirror_muscles(rl_creature *creature, rl_error *error);
rl_status rl_check_muscles(rl_creature *creature, rl_error *error);

RL_C_END

#endif
