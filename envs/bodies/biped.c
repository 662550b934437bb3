/* The biped: seven segments of a person of 1.8 m and 80 kg in the sagittal plane, with the proportions of
 * Winter, Biomechanics and Motor Control of Human Movement, tables 4.1 and figure 4.1: thigh .245 H, shank
 * .246 H, ankle .039 H above the ground, foot .152 H; thigh .100 M, shank .0465 M, foot .0145 M, head, arms
 * and trunk together .678 M. Thigh and shank taper so that their centres of mass are near .433 of their
 * length; the head is a second shape of the trunk. */
#include "creature/creature.h"

#define H           1.8f
#define M           80.0f
#define THIGH       (0.245f * H)
#define SHANK       (0.246f * H)
#define ANKLE       (0.039f * H)
#define FOOT        (0.152f * H)
#define HIP         (THIGH + SHANK + ANKLE) /* .530 H above the ground */
#define HEAD_RADIUS (0.065f * H)            /* the head is .130 H high */
#define TRUNK_TOP   (H - HIP - 2.0f * HEAD_RADIUS)
#define HEEL        (-0.25f * FOOT) /* from the ankle */
#define FRICTION    0.9f

/* A thigh swings forward counter-clockwise, a shank back clockwise, the toes up counter-clockwise. */
const rl_creature rl_biped =
    {
        .name = "biped",
        .summary = "a person of 1.8 m and 80 kg in seven segments: hips, knees and ankles",
        .symmetric = true,
        .position = {0.0f, HIP},
        .target_speed = 1.0f,
        .n_bodies = 4,
        .bodies =
            {
                {.name = "trunk",
                 .n_shapes = 2,
                 .shapes = {{.kind = RL_SHAPE_BOX,
                             .center = {0.0f, 0.5f * (TRUNK_TOP - 0.12f)},
                             .width = 0.24f,
                             .height = TRUNK_TOP + 0.12f},
                            {.kind = RL_SHAPE_CIRCLE,
                             .center = {0.0f, TRUNK_TOP + HEAD_RADIUS},
                             .radius = HEAD_RADIUS}},
                 .mass = 0.678f * M,
                 .friction = FRICTION,
                 .is_root = true},
                {.name = "thigh_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 4,
                             .vertices = {{-0.09f, 0.0f}, {-0.04f, -THIGH}, {0.04f, -THIGH}, {0.09f, 0.0f}}}},
                 .mass = 0.100f * M,
                 .friction = FRICTION,
                 .joint = {.name = "hip_l", .parent = "trunk", .lower = -0.6f, .upper = 1.6f}},
                {.name = "shank_l",
                 .n_shapes = 1,
                 .shapes =
                     {{.kind = RL_SHAPE_POLYGON,
                       .n_vertices = 4,
                       .vertices = {{-0.055f, 0.0f}, {-0.025f, -SHANK}, {0.025f, -SHANK}, {0.055f, 0.0f}}}},
                 .mass = 0.0465f * M,
                 .friction = FRICTION,
                 .joint = {.name = "knee_l",
                           .parent = "thigh_l",
                           .at = {0.0f, -THIGH},
                           .lower = -2.2f,
                           .upper = 0.05f}},
                {.name = "foot_l",
                 .n_shapes = 1,
                 .shapes = {{.kind = RL_SHAPE_POLYGON,
                             .n_vertices = 5,
                             .vertices = {{HEEL, -ANKLE},
                                          {HEEL + FOOT, -ANKLE},
                                          {HEEL + FOOT, -ANKLE + 0.025f},
                                          {0.03f, 0.0f},
                                          {HEEL, 0.0f}}}},
                 .mass = 0.0145f * M,
                 .friction = FRICTION,
                 .joint = {.name = "ankle_l",
                           .parent = "shank_l",
                           .at = {0.0f, -SHANK},
                           .lower = -0.7f,
                           .upper = 0.6f}},
            },
        .n_motors = 3,
        .motors = {{"hip_l", 150.0f, 9.0f}, {"knee_l", 150.0f, 10.0f}, {"ankle_l", 120.0f, 9.0f}},
        .trunk = "trunk",
        .head = "trunk",
        .head_point = {0.0f, TRUNK_TOP + HEAD_RADIUS},
        .n_feet = 1,
        .feet = {"foot_l"},
};
