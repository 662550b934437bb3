/* The reflexes of the planar human: Geyer & Herr, A Muscle-Reflex Model that Encodes Principles of Legged
 * Mechanics Produces Human Walking Dynamics and Muscle Activities (2010), rule by rule, with the gains of
 * their model that walks at 1.3 m/s. Forces are in f_max, lengths in l_opt. Angles are those of the creature:
 * a knee of 170 degrees is bent by 10, and an extending knee turns counter-clockwise, so to higher angles. */
#include "bodies/human_reflex.h"

#define ANKLE 0.020f /* s: delays of the muscles at each joint */
#define KNEE  0.010f
#define HIP   0.005f

#define KNEE_STOP   (-0.1745329f) /* 10 degrees of flexion */
#define LEAN        0.1047198f    /* 6 degrees: the trunk's reference */
#define KP          1.91f         /* 1/rad: 1 in 30 degrees */
#define KD          0.2f          /* s/rad */
#define BODY_WEIGHT 1.2f          /* k_bw: of the loads that scale and inhibit */
#define GLU_SHARE   0.68f         /* of the balance at the hip, beside HAM */
#define SWING_START 0.25f         /* Delta S */
#define PRESTIMULUS 0.01f
#define BALANCE_TERMS(sign)                                                                                  \
  .constant = 0.05f, .n_terms = 2,                                                                           \
  .terms = {{.sense = RL_SENSE_LEAN, .gain = (sign)*KP, .offset = LEAN},                                     \
            {.sense = RL_SENSE_LEAN_SPEED, .gain = (sign)*KD}},                                              \
  .positive = true
#define STRETCH(l, g)                                                                                        \
  { .sense = RL_SENSE_LENGTH, .gain = (g), .offset = (l) }
#define FORCE(g)                                                                                             \
  { .sense = RL_SENSE_FORCE, .gain = (g) }

const rl_controller rl_human_reflexes = {
    .transitions = {.stance_load = 0.1f, .swing_load = 0.1f, .liftoff = -1.0f},
    .delay = HIP,
    .n_reflexes = 18,
    .reflexes =
        {
            /* at all times */
            {.name = "ta_stretch",
             .muscle = "ta",
             .states = RL_IN_ALL,
             .delay = ANKLE,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {STRETCH(0.71f, 1.1f)}},

            /* stance: positive force feedback makes the leg a spring */
            {.name = "sol_force",
             .muscle = "sol",
             .states = RL_IN_STANCE,
             .delay = ANKLE,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {FORCE(1.2f)}},
            {.name = "gas_force",
             .muscle = "gas",
             .states = RL_IN_STANCE,
             .delay = ANKLE,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {FORCE(1.1f)}},
            {.name = "ta_inhibition",
             .muscle = "ta",
             .states = RL_IN_STANCE,
             .delay = ANKLE,
             .n_terms = 1,
             .terms = {{.sense = RL_SENSE_FORCE, .of = "sol", .gain = -0.3f}}},
            {.name = "vas_force",
             .muscle = "vas",
             .states = RL_IN_STANCE,
             .delay = KNEE,
             .constant = 0.08f,
             .n_terms = 1,
             .terms = {FORCE(1.2f)}},
            /* no overextension of the knee */
            {.name = "knee_stop",
             .muscle = "vas",
             .states = RL_IN_STANCE,
             .delay = KNEE,
             .n_terms = 1,
             .terms = {{.sense = RL_SENSE_ANGLE, .of = "knee", .gain = -2.0f, .offset = KNEE_STOP}},
             .n_conditions = 2,
             .conditions = {{.sense = RL_SENSE_ANGLE, .of = "knee", .threshold = KNEE_STOP},
                            {.sense = RL_SENSE_SPEED, .of = "knee"}}},
            /* the trunk's balance, by the leg that bears the weight */
            {.name = "ham_balance",
             .muscle = "ham",
             .states = RL_IN_STANCE,
             .delay = HIP,
             BALANCE_TERMS(1.0f),
             .load_gain = BODY_WEIGHT},
            {.name = "glu_balance",
             .muscle = "glu",
             .states = RL_IN_STANCE,
             .delay = HIP,
             BALANCE_TERMS(1.0f),
             .load_gain = GLU_SHARE * BODY_WEIGHT},
            {.name = "hfl_balance",
             .muscle = "hfl",
             .states = RL_IN_STANCE,
             .delay = HIP,
             BALANCE_TERMS(-1.0f),
             .load_gain = BODY_WEIGHT},
            /* the trailing leg of double support gives way and starts to swing */
            {.name = "vas_release",
             .muscle = "vas",
             .states = RL_IN_LIFTOFF,
             .delay = HIP,
             .n_terms = 1,
             .terms = {{.sense = RL_SENSE_LOAD, .other_leg = true, .gain = -BODY_WEIGHT}}},
            {.name = "glu_release",
             .muscle = "glu",
             .states = RL_IN_LIFTOFF,
             .delay = HIP,
             .constant = -SWING_START},
            {.name = "hfl_swing_start",
             .muscle = "hfl",
             .states = RL_IN_LIFTOFF,
             .delay = HIP,
             .constant = SWING_START},

            /* swing */
            {.name = "hfl_stretch",
             .muscle = "hfl",
             .states = RL_IN_SWING,
             .delay = HIP,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {STRETCH(0.65f, 0.5f)}},
            {.name = "hfl_stop",
             .muscle = "hfl",
             .states = RL_IN_SWING,
             .delay = HIP,
             .n_terms = 1,
             .terms = {{.sense = RL_SENSE_LENGTH, .of = "ham", .gain = -4.0f, .offset = 0.85f}}},
            {.name = "hfl_lean",
             .muscle = "hfl",
             .states = RL_IN_SWING,
             .delay = HIP,
             .n_terms = 1,
             .terms = {{.sense = RL_SENSE_LEAN, .held = true, .gain = 1.15f, .offset = LEAN}}},
            {.name = "ham_force",
             .muscle = "ham",
             .states = RL_IN_SWING,
             .delay = HIP,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {FORCE(0.65f)}},
            {.name = "glu_force",
             .muscle = "glu",
             .states = RL_IN_SWING,
             .delay = HIP,
             .constant = PRESTIMULUS,
             .n_terms = 1,
             .terms = {FORCE(0.5f)}},
            {.name = "vas_prestimulus",
             .muscle = "vas",
             .states = RL_IN_SWING,
             .delay = KNEE,
             .constant = PRESTIMULUS},
        },
};
