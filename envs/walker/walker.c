/* The body of BipedalWalker; see walker.h. Sizes as in Gymnasium, which gives them in pixels of 1/30 m. */
#include "walker/walker.h"

#include <math.h>

#define PIXELS(n) ((float)((n) / 30.0))

static const float TERRAIN_FRICTION = 2.5f, HULL_FRICTION = 0.1f, LEG_FRICTION = 0.2f;
static const float HULL_DENSITY = 5.0f, LEG_DENSITY = 1.0f; /* kg/m^2 */
static const float HIP = PIXELS(-8);                        /* m: the hips, below the hull's origin */
static const float HALF = PIXELS(17);                       /* m: half a segment of a leg */
static const float LEAN = 0.05f;                            /* rad: one leg back, the other forward */

static const float hull[5][2] = {{PIXELS(-30), PIXELS(9)},
                                 {PIXELS(6), PIXELS(9)},
                                 {PIXELS(34), PIXELS(1)},
                                 {PIXELS(34), PIXELS(-8)},
                                 {PIXELS(-30), PIXELS(-8)}};
static const float upper[4][2] = {
    {PIXELS(-4), PIXELS(-17)}, {PIXELS(4), PIXELS(-17)}, {PIXELS(4), PIXELS(17)}, {PIXELS(-4), PIXELS(17)}};
static const float lower[4][2] = {{PIXELS(-3.2), PIXELS(-17)},
                                  {PIXELS(3.2), PIXELS(-17)},
                                  {PIXELS(3.2), PIXELS(17)},
                                  {PIXELS(-3.2), PIXELS(17)}};

int rl_walker_outline(int body, const float **xy) {
  switch (body) {
  case RL_WALKER_HULL: *xy = &hull[0][0]; return 5;
  case RL_WALKER_UPPER_L:
  case RL_WALKER_UPPER_R: *xy = &upper[0][0]; return 4;
  default: *xy = &lower[0][0]; return 4;
  }
}

static void add_terrain(rl_b2_world *world, const rl_walker_terrain *terrain) {
  for (int i = 0; i < terrain->n_boxes; i++)
    rl_b2_add_ground_piece(world, 4, &terrain->boxes[i][0][0], TERRAIN_FRICTION);
  for (int i = 0; i + 1 < RL_WALKER_POINTS; i++)
    rl_b2_add_ground_piece(world, 2, terrain->xy[i], TERRAIN_FRICTION);
}

/* `rise`: pixels from where the hull stands at the start to the middle of the body. */
static void add_body(rl_b2_world *world, int body, double rise, float angle) {
  const bool is_hull = body == RL_WALKER_HULL;
  rl_b2_solid solid = {.x = (float)(RL_WALKER_STEP * RL_WALKER_START / 2.0),
                       .y = (float)(RL_WALKER_GROUND + (68.0 + rise) / 30.0),
                       .angle = angle,
                       .density = is_hull ? HULL_DENSITY : LEG_DENSITY,
                       .friction = is_hull ? HULL_FRICTION : LEG_FRICTION};
  solid.n = rl_walker_outline(body, &solid.xy);
  rl_b2_add_solid(world, &solid);
}

static void add_leg(rl_b2_world *world, int upper_leg, float lean) {
  const rl_b2_hinge hip = {.parent = RL_WALKER_HULL,
                           .child = upper_leg,
                           .at = {0.0f, HIP},
                           .from = {0.0f, HALF},
                           .rest = lean,
                           .lower = -0.8f,
                           .upper = 1.1f,
                           .limited = true};
  const rl_b2_hinge knee = {.parent = upper_leg,
                            .child = upper_leg + 1,
                            .at = {0.0f, -HALF},
                            .from = {0.0f, HALF},
                            .lower = -1.6f,
                            .upper = -0.1f,
                            .limited = true};
  add_body(world, upper_leg, -17.0 + 8.0, lean);
  rl_b2_add_hinge(world, &hip);
  add_body(world, upper_leg + 1, -51.0 + 8.0, lean);
  rl_b2_add_hinge(world, &knee);
}

void rl_walker_build(rl_b2_world *world, const rl_walker_terrain *terrain, float gravity) {
  rl_b2_clear(world, gravity);
  add_terrain(world, terrain);
  add_body(world, RL_WALKER_HULL, 0.0, 0.0f);
  add_leg(world, RL_WALKER_UPPER_L, -LEAN);
  add_leg(world, RL_WALKER_UPPER_R, LEAN);
}

void rl_walker_drive(rl_b2_world *world, const float *action) {
  for (int j = 0; j < RL_WALKER_JOINTS; j++) {
    const bool is_hip = j == RL_WALKER_HIP_L || j == RL_WALKER_HIP_R;
    rl_b2_set_motor(world, j, copysignf(is_hip ? RL_WALKER_HIP_SPEED : RL_WALKER_KNEE_SPEED, action[j]),
                    RL_WALKER_TORQUE * fabsf(action[j]));
  }
}

void rl_walker_look(const rl_b2_world *world, float *fractions) {
  const rl_b2_pose eye = rl_b2_body_pose(world, RL_WALKER_HULL);
  const float from[2] = {eye.x, eye.y};
  for (int i = 0; i < RL_WALKER_RAYS; i++) {
    const double angle = 0.15 * i;
    const float to[2] = {(float)((double)eye.x + RL_WALKER_SIGHT * sin(angle)),
                         (float)((double)eye.y - RL_WALKER_SIGHT * cos(angle))};
    fractions[i] = rl_b2_ray(world, from, to);
  }
}
