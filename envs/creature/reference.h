/* A motion that a creature is to follow: curves of its joints on a clock, as somebody has recorded them. Episodes begin
 * anywhere in it (reference state initialisation, Peng et al. 2018, DeepMimic), with the joints' angles and speeds of that
 * moment; from then on a clock runs, which the policy sees as an angle, and fields say how far each joint is from where it
 * should be. Nothing else follows from a motion: what it is worth to be near it is the reward's. */
#ifndef RL_REFERENCE_H
#define RL_REFERENCE_H

#include "creature/creature_model.h"

RL_C_BEGIN

/* A motion with its names resolved and its numbers owned: for each moment the joints in the order of the model, then the
 * root's angle, x and y. */
typedef struct rl_reference {
  rl_motion motion; /* .joints in the order of the model; .values belong to it */
  int joint[RL_MAX_PARTS];
  double duration; /* s */
} rl_reference;

enum { RL_ROOT_ANGLE, RL_ROOT_X, RL_ROOT_Y, RL_ROOT_CURVES };

/* What the motion has at a moment. */
typedef struct rl_reference_state {
  float angle[RL_MAX_PARTS], speed[RL_MAX_PARTS]; /* [motion.n_joints] rad, rad/s */
  float root[RL_ROOT_CURVES], root_speed[RL_ROOT_CURVES];
} rl_reference_state;

/* RL_BAD_ARGUMENT naming the creature and what is wrong: no joint, one unknown or twice, fewer than two moments or more
 * than RL_MAX_MOMENTS, a number that is not finite or beyond 1000, a rate outside 1 to 1000 Hz, a clock besides. */
rl_status rl_motion_check(const rl_creature *complete, rl_error *error);

/* NULL: the creature follows none. model->creature.motion becomes the copy's. RL_NO_MEMORY. */
rl_status rl_reference_create(rl_reference **reference, rl_model *model, rl_error *error);
void rl_reference_free(rl_reference *reference); /* NULL is allowed */

/* phase: from 0, the start, to 1, the end; a cycle goes on beyond that. */
void rl_reference_at(const rl_reference *reference, double phase, rl_reference_state *state);
/* A cycle's phase within it; that of another motion up to its end. */
double rl_reference_phase(const rl_reference *reference, double start, double seconds);

/* Whether its image is the motion half a cycle later: RL_BAD_ARGUMENT saying which joint differs, and by how much.
 * counterpart: [n_joints of the model] of each joint. */
rl_status rl_reference_check_symmetry(const rl_reference *reference, const rl_model *model,
                                      const int *counterpart, rl_error *error);

RL_C_END

#endif
