/* What the checks of a creature and of its muscles share. `where` is "creature X: body Y", the beginning of
 * every message. */
#ifndef RL_CHECK_PART_H
#define RL_CHECK_PART_H

#include "creature/parts.h"

RL_C_BEGIN

enum { RL_WHERE = 160 }; /* characters of "creature X: body Y: shape 3" */

bool rl_is_left(const char *name);
void rl_mirror_name(char *name); /* _l at the end becomes _r */

rl_status rl_check_body(const rl_body *body, const char *where,
                        rl_error *error); /* its shapes and its mass */
/* whose: "creature X". */
rl_status rl_check_name_of(const char *whose, const char name[RL_NAME], const char *kind, int index,
                           rl_error *error);
rl_status rl_check_name(const rl_creature *creature, const char name[RL_NAME], const char *kind, int index,
                        rl_error *error);
/* "creature X: PART: unknown body NAME" with what exists. */
rl_status rl_unknown_body(const rl_creature *creature, const char *part, const char *name, rl_error *error);
rl_status rl_unknown_joint(const rl_creature *creature, const char *part, const char *name, rl_error *error);
rl_status rl_too_many(const rl_creature *creature, const char *what, int n, int room, rl_error *error);

RL_C_END

#endif
