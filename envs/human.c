/* The planar human of Geyer & Herr 2010: seven segments, 80 kg, seven muscles a leg, with the masses,
 * muscles, moment arms and delays of their table. They measure joints in degrees between segments: hip and
 * knee 180 and ankle 90 when standing straight, less when bent; here 0 is standing straight, so
 *
 *     hip = 180 - theirs (flexion positive), knee = theirs - 180 (flexion negative), ankle = 90 - theirs
 *     (dorsiflexion positive).
 *
 * Their foot is a line from heel to toe on which the ankle lies, touching the ground at both ends: here two
 * circles that touch that line from above. Shapes are for the eye; masses, centres and inertias are given. */
#include "creature.h"

#define DEGREES    0.0174532925F
#define HIP(phi)   ((180.0F - (phi)) * DEGREES)
#define KNEE(phi)  (((phi)-180.0F) * DEGREES)
#define ANKLE(phi) ((90.0F - (phi)) * DEGREES)

#define LEG       0.5F  /* m, of thigh and of shank */
#define SOLE      0.02F /* m, radius of ball and heel */
#define FRICTION  0.8F
#define STIFFNESS (0.3F / DEGREES) /* N m/rad of the soft stops */

#define SLOW_NERVE 0.020F /* s, of muscles at the ankle */
#define NERVE      0.010F
#define FAST_NERVE 0.005F /* at the hip */

#define FIBRES(f, l, v, slack)                                                                               \
  {                                                                                                          \
    .f_max = f, .l_opt = l, .v_max = v, .l_slack = slack, .tau_activation = 0.01F,                           \
    .tau_deactivation = 0.01F, .slow_fibres = 0.5F                                                           \
  }

const rl_creature rl_human =
    {
        .name = "human",
        .summary = "a person of 80 kg in seven segments, driven by seven muscles a leg",
        .symmetric = true,
        .position = {0.0F, 2.0F * LEG},
        .target_speed = 1.3F,
        .n_bodies = 4,
        .bodies =
            {
                {.name = "trunk",
                 .n_shapes = 2,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 6,
                             .vertices = {{-0.09F, -0.04F},
                                          {0.09F, -0.04F},
                                          {0.12F, 0.40F},
                                          {0.06F, 0.54F},
                                          {-0.06F, 0.54F},
                                          {-0.12F, 0.40F}}},
                            {.kind = RL_SHAPE_CIRCLE, .center = {0.01F, 0.67F}, .radius = 0.12F}},
                 .mass = 53.5F,
                 .inertia = 3.0F,
                 .centered = true,
                 .center = {0.0F, 0.35F},
                 .friction = FRICTION,
                 .is_root = true},
                {.name = "thigh_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 4,
                             .vertices = {{-0.09F, 0.02F}, {-0.045F, -LEG}, {0.045F, -LEG}, {0.09F, 0.02F}}}},
                 .mass = 8.5F,
                 .inertia = 0.15F,
                 .centered = true,
                 .center = {0.0F, -0.2F},
                 .friction = FRICTION,
                 .joint = {.name = "hip_l",
                           .parent = "trunk",
                           .lower = -1.3F,
                           .upper = 2.3F,
                           .soft_lower = HIP(230.0F),
                           .soft_upper = 2.3F,
                           .soft_stiffness = STIFFNESS}},
                {.name = "shank_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 4,
                             .vertices = {{-0.06F, 0.0F}, {-0.03F, -0.46F}, {0.03F, -0.46F}, {0.05F, 0.0F}}}},
                 .mass = 3.5F,
                 .inertia = 0.05F,
                 .centered = true,
                 .center = {0.0F, -0.2F},
                 .friction = FRICTION,
                 .joint = {.name = "knee_l",
                           .parent = "thigh_l",
                           .at = {0.0F, -LEG},
                           .lower = -2.6F,
                           .upper = 0.2F,
                           .soft_lower = -2.6F,
                           .soft_upper = KNEE(175.0F),
                           .soft_stiffness = STIFFNESS}},
                {.name = "foot_l",
                 .n_shapes = 3,
                 .shapes = {{.kind = RL_SHAPE_CIRCLE, .center = {0.16F - SOLE, SOLE}, .radius = SOLE},
                            {.kind = RL_SHAPE_CIRCLE, .center = {-0.04F + SOLE, SOLE}, .radius = SOLE},
                            {.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 5,
                             .vertices = {{-0.03F, 0.022F},
                                          {0.14F, 0.022F},
                                          {0.14F, 0.038F},
                                          {0.03F, 0.075F},
                                          {-0.03F, 0.075F}}}},
                 .mass = 1.25F,
                 .inertia = 0.005F,
                 .centered = true,
                 .center = {0.02F, 0.0F},
                 .friction = FRICTION,
                 .joint = {.name = "ankle_l",
                           .parent = "shank_l",
                           .at = {0.0F, -LEG},
                           .lower = -1.0F,
                           .upper = 0.7F,
                           .soft_lower = ANKLE(130.0F),
                           .soft_upper = ANKLE(70.0F),
                           .soft_stiffness = STIFFNESS}},
            },
        .n_muscles = 7,
        .muscles =
            {
                {.name = "sol_l",
                 .physiology = FIBRES(4000.0F, 0.04F, 6.0F, 0.26F),
                 .delay = SLOW_NERVE,
                 .n_points = 2,
                 .path = {{"shank_l", {-0.045F, -0.12F}}, {"foot_l", {-0.035F, 0.03F}}},
                 .n_arms = 1,
                 .arms = {{"ankle_l", -0.05F, false, ANKLE(110.0F), ANKLE(80.0F), 0.5F}}},
                {.name = "ta_l",
                 .physiology = FIBRES(800.0F, 0.06F, 12.0F, 0.24F),
                 .delay = SLOW_NERVE,
                 .n_points = 3,
                 .path = {{"shank_l", {0.045F, -0.12F}},
                          {"shank_l", {0.04F, -0.43F}},
                          {"foot_l", {0.07F, 0.05F}}},
                 .n_arms = 1,
                 .arms = {{"ankle_l", 0.04F, false, ANKLE(80.0F), ANKLE(110.0F), 0.7F}}},
                {.name = "gas_l",
                 .physiology = FIBRES(1500.0F, 0.05F, 12.0F, 0.40F),
                 .delay = SLOW_NERVE,
                 .n_points = 3,
                 .path = {{"thigh_l", {-0.05F, -0.46F}},
                          {"shank_l", {-0.07F, -0.15F}},
                          {"foot_l", {-0.04F, 0.03F}}},
                 .n_arms = 2,
                 .arms = {{"ankle_l", -0.05F, false, ANKLE(110.0F), ANKLE(80.0F), 0.7F},
                          {"knee_l", -0.05F, false, KNEE(140.0F), KNEE(165.0F), 0.7F}}},
                {.name = "vas_l",
                 .physiology = FIBRES(6000.0F, 0.08F, 12.0F, 0.23F),
                 .delay = NERVE,
                 .n_points = 3,
                 .path = {{"thigh_l", {0.075F, -0.15F}},
                          {"thigh_l", {0.065F, -0.48F}},
                          {"shank_l", {0.05F, -0.06F}}},
                 .n_arms = 1,
                 .arms = {{"knee_l", 0.06F, false, KNEE(165.0F), KNEE(125.0F), 0.7F}}},
                {.name = "ham_l",
                 .physiology = FIBRES(3000.0F, 0.10F, 12.0F, 0.31F),
                 .delay = FAST_NERVE,
                 .n_points = 3,
                 .path = {{"trunk", {-0.08F, 0.0F}},
                          {"thigh_l", {-0.06F, -0.44F}},
                          {"shank_l", {-0.045F, -0.05F}}},
                 .n_arms = 2,
                 .arms = {{"hip_l", -0.08F, true, 0.0F, HIP(155.0F), 0.7F},
                          {"knee_l", -0.05F, false, KNEE(180.0F), KNEE(180.0F), 0.7F}}},
                {.name = "glu_l",
                 .physiology = FIBRES(1500.0F, 0.11F, 12.0F, 0.13F),
                 .delay = FAST_NERVE,
                 .n_points = 3,
                 .path = {{"trunk", {-0.09F, 0.10F}},
                          {"trunk", {-0.10F, 0.0F}},
                          {"thigh_l", {-0.07F, -0.14F}}},
                 .n_arms = 1,
                 .arms = {{"hip_l", -0.10F, true, 0.0F, HIP(150.0F), 0.5F}}},
                {.name = "hfl_l",
                 .physiology = FIBRES(2000.0F, 0.11F, 12.0F, 0.10F),
                 .delay = FAST_NERVE,
                 .n_points = 3,
                 .path = {{"trunk", {0.07F, 0.14F}}, {"trunk", {0.09F, 0.0F}}, {"thigh_l", {0.07F, -0.14F}}},
                 .n_arms = 1,
                 .arms = {{"hip_l", 0.10F, true, 0.0F, HIP(180.0F), 0.5F}}},
            },
        .trunk = "trunk",
        .head = "trunk",
        .head_point = {0.0F, 0.67F},
        .n_feet = 1,
        .feet = {"foot_l"},
};
