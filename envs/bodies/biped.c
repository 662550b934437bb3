/* The biped: seven segments of a person of 1.8 m and 80 kg in the sagittal plane, with the proportions of
 * Winter, Biomechanics and Motor Control of Human Movement, tables 4.1 and figure 4.1: thigh .245 H, shank
 * .246 H, ankle .039 H above the ground, foot .152 H; thigh .100 M, shank .0465 M, foot .0145 M, head, arms
 * and trunk together .678 M. Thigh and shank taper so that their centres of mass are near .433 of their
 * length; the head is a second shape of the trunk. */
#include "creature/creature.h"

#define H           1.8F
#define M           80.0F
#define THIGH       (0.245F * H)
#define SHANK       (0.246F * H)
#define ANKLE       (0.039F * H)
#define FOOT        (0.152F * H)
#define HIP         (THIGH + SHANK + ANKLE) /* .530 H above the ground */
#define HEAD_RADIUS (0.065F * H)            /* the head is .130 H high */
#define TRUNK_TOP   (H - HIP - 2.0F * HEAD_RADIUS)
#define HEEL        (-0.25F * FOOT) /* from the ankle */
#define FRICTION    0.9F

/* A thigh swings forward counter-clockwise, a shank back clockwise, the toes up counter-clockwise. */
const rl_creature rl_biped =
    {
        .name = "biped",
        .summary = "a person of 1.8 m and 80 kg in seven segments: hips, knees and ankles",
        .symmetric = true,
        .position = {0.0F, HIP},
        .target_speed = 1.0F,
        .n_bodies = 4,
        .bodies =
            {
                {.name = "trunk",
                 .n_shapes = 2,
                 .shapes = {{.kind = RL_SHAPE_BOX,
                             .center = {0.0F, 0.5F * (TRUNK_TOP - 0.12F)},
                             .width = 0.24F,
                             .height = TRUNK_TOP + 0.12F},
                            {.kind = RL_SHAPE_CIRCLE,
                             .center = {0.0F, TRUNK_TOP + HEAD_RADIUS},
                             .radius = HEAD_RADIUS}},
                 .mass = 0.678F * M,
                 .friction = FRICTION,
                 .is_root = true},
                {.name = "thigh_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 4,
                             .vertices = {{-0.09F, 0.0F}, {-0.04F, -THIGH}, {0.04F, -THIGH}, {0.09F, 0.0F}}}},
                 .mass = 0.100F * M,
                 .friction = FRICTION,
                 .joint = {.name = "hip_l", .parent = "trunk", .lower = -0.6F, .upper = 1.6F}},
                {.name = "shank_l",
                 .n_shapes = 1,
                 .shapes =
                     {{.kind = RL_SHAPE_POLYGON,
                       .n_vertices = 4,
                       .vertices = {{-0.055F, 0.0F}, {-0.025F, -SHANK}, {0.025F, -SHANK}, {0.055F, 0.0F}}}},
                 .mass = 0.0465F * M,
                 .friction = FRICTION,
                 .joint = {.name = "knee_l",
                           .parent = "thigh_l",
                           .at = {0.0F, -THIGH},
                           .lower = -2.2F,
                           .upper = 0.05F}},
                {.name = "foot_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 5,
                             .vertices = {{HEEL, -ANKLE},
                                          {HEEL + FOOT, -ANKLE},
                                          {HEEL + FOOT, -ANKLE + 0.025F},
                                          {0.03F, 0.0F},
                                          {HEEL, 0.0F}}}},
                 .mass = 0.0145F * M,
                 .friction = FRICTION,
                 .joint = {.name = "ankle_l",
                           .parent = "shank_l",
                           .at = {0.0F, -SHANK},
                           .lower = -0.7F,
                           .upper = 0.6F}},
            },
        .n_motors = 3,
        .motors = {{"hip_l", 150.0F, 9.0F}, {"knee_l", 150.0F, 10.0F}, {"ankle_l", 120.0F, 9.0F}},
        .trunk = "trunk",
        .head = "trunk",
        .head_point = {0.0F, TRUNK_TOP + HEAD_RADIUS},
        .n_feet = 1,
        .feet = {"foot_l"},
};
