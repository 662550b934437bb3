/* The quadruped: a trunk 0.9 m long with a head, and four legs of two segments, the size of a big dog: 0.75 m
 * at the shoulder and 36 kg. Elbows point back and knees forward, as a dog's do; all legs stand straight. */
#include "creature/creature.h"

#define FRICTION 0.9f
#define UPPER    0.3f
#define LOWER    0.3f
#define UPPER_SHAPE                                                                                          \
  {                                                                                                          \
    {                                                                                                        \
      .kind = RL_SHAPE_POLYGON, .n_vertices = 4, .vertices = {                                               \
        {-0.055f, 0.03f},                                                                                    \
        {-0.03f, -UPPER},                                                                                    \
        {0.03f, -UPPER},                                                                                     \
        {0.055f, 0.03f}                                                                                      \
      }                                                                                                      \
    }                                                                                                        \
  }
#define LOWER_SHAPE                                                                                          \
  {                                                                                                          \
    {                                                                                                        \
      .kind = RL_SHAPE_POLYGON, .n_vertices = 4, .vertices = {                                               \
        {-0.03f, 0.0f},                                                                                      \
        {-0.025f, -LOWER},                                                                                   \
        {0.035f, -LOWER},                                                                                    \
        {0.03f, 0.0f}                                                                                        \
      }                                                                                                      \
    }                                                                                                        \
  }

const rl_creature rl_quadruped = {
    .name = "quadruped",
    .summary = "a trunk with a head on four legs of two segments, the size of a big dog: 36 kg",
    .symmetric = true,
    .position = {0.0f, 0.65f}, /* the middle of the trunk */
    .target_speed = 1.5f,
    .n_bodies = 5,
    .bodies =
        {
            {.name = "trunk",
             .n_shapes = 2,
             .shapes = {{.kind = RL_SHAPE_BOX, .width = 0.9f, .height = 0.2f},
                        {.kind = RL_SHAPE_POLYGON,
                         .n_vertices = 5,
                         .vertices =
                             {{0.4f, 0.1f}, {0.45f, 0.05f}, {0.72f, 0.17f}, {0.68f, 0.26f}, {0.5f, 0.28f}}}},
             .mass = 24.0f,
             .friction = FRICTION,
             .is_root = true},
            {.name = "fore_upper_l",
             .n_shapes = 1,
             .shapes = UPPER_SHAPE,
             .mass = 2.0f,
             .friction = FRICTION,
             .joint = {.name = "shoulder_l",
                       .parent = "trunk",
                       .at = {0.36f, -0.05f},
                       .lower = -1.0f,
                       .upper = 1.0f}},
            {.name = "fore_lower_l",
             .n_shapes = 1,
             .shapes = LOWER_SHAPE,
             .mass = 1.0f,
             .friction = FRICTION,
             .joint = {.name = "elbow_l",
                       .parent = "fore_upper_l",
                       .at = {0.0f, -UPPER},
                       .lower = -0.1f,
                       .upper = 1.8f}},
            {.name = "hind_upper_l",
             .n_shapes = 1,
             .shapes = UPPER_SHAPE,
             .mass = 2.0f,
             .friction = FRICTION,
             .joint =
                 {.name = "hip_l", .parent = "trunk", .at = {-0.36f, -0.05f}, .lower = -1.0f, .upper = 1.2f}},
            {.name = "hind_lower_l",
             .n_shapes = 1,
             .shapes = LOWER_SHAPE,
             .mass = 1.0f,
             .friction = FRICTION,
             .joint = {.name = "knee_l",
                       .parent = "hind_upper_l",
                       .at = {0.0f, -UPPER},
                       .lower = -1.8f,
                       .upper = 0.1f}},
        },
    .n_motors = 4,
    .motors = {{"shoulder_l", 80.0f, 10.0f},
               {"elbow_l", 60.0f, 12.0f},
               {"hip_l", 80.0f, 10.0f},
               {"knee_l", 60.0f, 12.0f}},
    .trunk = "trunk",
    .head = "trunk",
    .head_point = {0.6f, 0.2f},
    .n_feet = 2,
    .feet = {"fore_lower_l", "hind_lower_l"},
};
