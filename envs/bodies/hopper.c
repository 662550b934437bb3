/* The hopper: one leg of three segments under a trunk, 1.25 m and 12.5 kg, the smallest creature that can
 * travel. */
#include "creature/creature.h"

#define FRICTION 0.9f

const rl_creature rl_hopper = {
    .name = "hopper",
    .summary = "a trunk on one leg of three segments, 1.25 m and 12.5 kg",
    .position = {0.0f, 0.87f}, /* the hip */
    .target_speed = 1.0f,
    .n_bodies = 4,
    .bodies =
        {
            {.name = "trunk",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0f, 0.16f}, .height = 0.44f, .radius = 0.07f}},
             .mass = 6.0f,
             .friction = FRICTION,
             .is_root = true},
            {.name = "thigh",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0f, -0.2f}, .height = 0.48f, .radius = 0.05f}},
             .mass = 3.0f,
             .friction = FRICTION,
             .joint = {.name = "hip", .parent = "trunk", .lower = -0.6f, .upper = 1.6f}},
            {.name = "shank",
             .n_shapes = 1,
             .shapes =
                 {{.kind = RL_SHAPE_CAPSULE, .center = {0.0f, -0.205f}, .height = 0.47f, .radius = 0.04f}},
             .mass = 2.0f,
             .friction = FRICTION,
             .joint =
                 {.name = "knee", .parent = "thigh", .at = {0.0f, -0.4f}, .lower = -2.2f, .upper = 0.05f}},
            {.name = "foot",
             .n_shapes = 1,
             .shapes = {{.kind = RL_SHAPE_BOX, .center = {0.05f, -0.03f}, .width = 0.32f, .height = 0.06f}},
             .mass = 1.5f,
             .friction = FRICTION,
             .joint =
                 {.name = "ankle", .parent = "shank", .at = {0.0f, -0.41f}, .lower = -0.8f, .upper = 0.8f}},
        },
    .n_motors = 3,
    .motors = {{"hip", 80.0f, 12.0f}, {"knee", 80.0f, 12.0f}, {"ankle", 50.0f, 12.0f}},
    .trunk = "trunk",
    .head = "trunk",
    .head_point = {0.0f, 0.38f},
    .n_feet = 1,
    .feet = {"foot"},
};
