/* The quadruped: a trunk 0.9 m long with a head, and four legs of two segments, the size of a big dog: 0.75 m
 * at the shoulder and 36 kg. Elbows point back and knees forward, as a dog's do; all legs stand straight. */
#include "creature/creature.h"

#define FRICTION 0.9F
#define UPPER    0.3F
#define LOWER    0.3F
#define UPPER_SHAPE                                                                                          \
  {                                                                                                          \
    {                                                                                                        \
      .kind = RL_SHAPE_POLYGON, .n_vertices = 4, .vertices = {                                               \
        {-0.055F, 0.03F},                                                                                    \
        {-0.03F, -UPPER},                                                                                    \
        {0.03F, -UPPER},                                                                                     \
        {0.055F, 0.03F}                                                                                      \
      }                                                                                                      \
    }                                                                                                        \
  }
#define LOWER_SHAPE                                                                                          \
  {                                                                                                          \
    {                                                                                                        \
      .kind = RL_SHAPE_POLYGON, .n_vertices = 4, .vertices = {                                               \
        {-0.03F, 0.0F},                                                                                      \
        {-0.025F, -LOWER},                                                                                   \
        {0.035F, -LOWER},                                                                                    \
        {0.03F, 0.0F}                                                                                        \
      }                                                                                                      \
    }                                                                                                        \
  }

const rl_creature rl_quadruped = {
    .name = "quadruped",
    .summary = "a trunk with a head on four legs of two segments, the size of a big dog: 36 kg",
    .symmetric = true,
    .position = {0.0F, 0.65F}, /* the middle of the trunk */
    .target_speed = 1.5F,
    .n_bodies = 5,
    .bodies =
        {
            {.name = "trunk",
             .n_shapes = 2,
             .shapes = {{.kind = RL_SHAPE_BOX, .width = 0.9F, .height = 0.2F},
                        {.kind = RL_SHAPE_POLYGON,
                         .n_vertices = 5,
                         .vertices =
                             {{0.4F, 0.1F}, {0.45F, 0.05F}, {0.72F, 0.17F}, {0.68F, 0.26F}, {0.5F, 0.28F}}}},
             .mass = 24.0F,
             .friction = FRICTION,
             .is_root = true},
            {.name = "fore_upper_l",
             .n_shapes = 1,
             .shapes = UPPER_SHAPE,
             .mass = 2.0F,
             .friction = FRICTION,
             .joint = {.name = "shoulder_l",
                       .parent = "trunk",
                       .at = {0.36F, -0.05F},
                       .lower = -1.0F,
                       .upper = 1.0F}},
            {.name = "fore_lower_l",
             .n_shapes = 1,
             .shapes = LOWER_SHAPE,
             .mass = 1.0F,
             .friction = FRICTION,
             .joint = {.name = "elbow_l",
                       .parent = "fore_upper_l",
                       .at = {0.0F, -UPPER},
                       .lower = -0.1F,
                       .upper = 1.8F}},
            {.name = "hind_upper_l",
             .n_shapes = 1,
             .shapes = UPPER_SHAPE,
             .mass = 2.0F,
             .friction = FRICTION,
             .joint =
                 {.name = "hip_l", .parent = "trunk", .at = {-0.36F, -0.05F}, .lower = -1.0F, .upper = 1.2F}},
            {.name = "hind_lower_l",
             .n_shapes = 1,
             .shapes = LOWER_SHAPE,
             .mass = 1.0F,
             .friction = FRICTION,
             .joint = {.name = "knee_l",
                       .parent = "hind_upper_l",
                       .at = {0.0F, -UPPER},
                       .lower = -1.8F,
                       .upper = 0.1F}},
        },
    .n_motors = 4,
    .motors = {{"shoulder_l", 80.0F, 10.0F},
               {"elbow_l", 60.0F, 12.0F},
               {"hip_l", 80.0F, 10.0F},
               {"knee_l", 60.0F, 12.0F}},
    .trunk = "trunk",
    .head = "trunk",
    .head_point = {0.6F, 0.2F},
    .n_feet = 2,
    .feet = {"fore_lower_l", "hind_lower_l"},
};
