/* The hopper: one leg of three segments under a trunk, 1.25 m and 12.5 kg, the smallest creature that can
 * travel. */
#include "creature/creature.h"

#define FRICTION 0.9F

const rl_creature rl_hopper = {
    .name = "hopper",
    .summary = "a trunk on one leg of three segments, 1.25 m and 12.5 kg",
    .position = {0.0F, 0.87F}, /* the hip */
    .target_speed = 1.0F,
    .n_bodies = 4,
    .bodies =
        {
            {.name = "trunk",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0F, 0.16F}, .height = 0.44F, .radius = 0.07F}},
             .mass = 6.0F,
             .friction = FRICTION,
             .is_root = true},
            {.name = "thigh",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0F, -0.2F}, .height = 0.48F, .radius = 0.05F}},
             .mass = 3.0F,
             .friction = FRICTION,
             .joint = {.name = "hip", .parent = "trunk", .lower = -0.6F, .upper = 1.6F}},
            {.name = "shank",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0F, -0.205F}, .height = 0.47F, .radius = 0.04F}},
             .mass = 2.0F,
             .friction = FRICTION,
             .joint =
                 {.name = "knee", .parent = "thigh", .at = {0.0F, -0.4F}, .lower = -2.2F, .upper = 0.05F}},
            {.name = "foot",
             .n_shapes = 1,
             .shapes = {{.kind = RL_SHAPE_BOX, .center = {0.05F, -0.03F}, .width = 0.32F, .height = 0.06F}},
             .mass = 1.5F,
             .friction = FRICTION,
             .joint =
                 {.name = "ankle", .parent = "shank", .at = {0.0F, -0.41F}, .lower = -0.8F, .upper = 0.8F}},
        },
    .n_motors = 3,
    .motors = {{"hip", 80.0F, 12.0F}, {"knee", 80.0F, 12.0F}, {"ankle", 50.0F, 12.0F}},
    .trunk = "trunk",
    .head = "trunk",
    .head_point = {0.0F, 0.38F},
    .n_feet = 1,
    .feet = {"foot"},
};
