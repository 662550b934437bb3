/* The planar human of Geyer & Herr 2010: seven segments, 80 kg, seven muscles a leg, with the masses,
 * muscles, moment arms and delays of their table. They measure joints in degrees between segments: hip and
 * knee 180 and ankle 90 when standing straight, less when bent; here 0 is standing straight, so
 *
 *     hip = 180 - theirs (flexion positive), knee = theirs - 180 (flexion negative), ankle = 90 - theirs
 *     (dorsiflexion positive).
 *
 * Their foot is a line from heel to toe on which the ankle lies, touching the ground at both ends: here two
 * circles that touch that line from above. Shapes are for the eye; masses, centres and inertias are given. */
#include "bodies/human_reflex.h"
#include "creature/creature.h"

#define DEGREES    0.0174532925f
#define HIP(phi)   ((180.0f - (phi)) * DEGREES)
#define KNEE(phi)  (((phi)-180.0f) * DEGREES)
#define ANKLE(phi) ((90.0f - (phi)) * DEGREES)

#define LEG       0.5f  /* m, of thigh and of shank */
#define SOLE      0.02f /* m, radius of ball and heel */
#define FRICTION  0.8f
#define STIFFNESS (0.3f / DEGREES) /* N m/rad of the soft stops */

#define SLOW_NERVE 0.020f /* s, of muscles at the ankle */
#define NERVE      0.010f
#define FAST_NERVE 0.005f /* at the hip */

#define FIBRES(f, l, v, slack)                                                                               \
  {                                                                                                          \
    .f_max = f, .l_opt = l, .v_max = v, .l_slack = slack, .tau_activation = 0.01f,                           \
    .tau_deactivation = 0.01f, .slow_fibres = 0.5f                                                           \
  }

const rl_creature rl_human = {
    .name = "human",
    .summary = "a person of 80 kg in seven segments, driven by seven muscles a leg",
#include "bodies/human_body.inc"
};

/* Geyer & Herr's model in the first moment of its walk, left leg down, right leg ahead. */
const rl_creature rl_reflex_human = {
    .name = "reflex_human",
    .summary = "the human walking by its reflexes; actions add to the excitations",
#include "bodies/human_body.inc"
    .start = {.vx = 1.3f,
              .n_angles = 6,
              .angles = {{"hip_l", HIP(175.0f)},
                         {"knee_l", KNEE(175.0f)},
                         {"ankle_l", ANKLE(85.0f)},
                         {"hip_r", HIP(140.0f)},
                         {"knee_r", KNEE(175.0f)},
                         {"ankle_r", ANKLE(90.0f)}}},
    .controller = &rl_human_reflexes,
};
