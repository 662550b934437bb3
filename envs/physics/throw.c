/* Balls thrown at a creature; see throw.h. */
#include "physics/throw.h"

#include <math.h>
#include <string.h>

static const char *const sides[] = {"both", "front", "back", NULL}; /* rl_throw_side */

const rl_option rl_throw_options[RL_THROW_OPTIONS] = {
    [RL_THROW_MASS] = {"throw_mass", "kg", "of a ball thrown at the creature", 3.0, 0.01, 100.0,
                       .live = true},
    [RL_THROW_SPEED] = {"throw_speed", "m/s", "of a ball, relative to the trunk", 5.0, 0.5, 20.0,
                        .live = true},
    [RL_THROW_INTERVAL] = {"throw_interval", "s", "from one ball to the next; 0: none is thrown", 0.0, 0.0,
                           3600.0, .live = true},
    [RL_THROW_SIDE] = {"throw_side", "", "where balls come from; both: at random", RL_THROW_BOTH,
                       RL_THROW_BOTH, RL_THROW_BACK, sides, RL_OPTION_CHOICE, .live = true},
    [RL_THROW_START] = {"throw_start", "s", "when the first ball is thrown", 1.0, 0.0, 3600.0, .live = true},
};

static const float DENSITY = 1000.0f;       /* kg/m^3 */
static const float FRICTION = 0.5f;         /* Coulomb */
static const float ROOM = 1.0f;             /* m between creature and ball at the throw */
static const float OUT_OF_SIGHT = -1000.0f; /* m */

void rl_throw_reset(rl_throw *balls, const double *options, float half_width, rl_b2_world *world) {
  *balls = (rl_throw){
      .on = options[RL_THROW_INTERVAL] > 0.0,
      .mass = (float)options[RL_THROW_MASS],
      .speed = (float)options[RL_THROW_SPEED],
      .interval = options[RL_THROW_INTERVAL],
      .start = options[RL_THROW_START],
      .side = (rl_throw_side)options[RL_THROW_SIDE],
  };
  if (!balls->on) return;
  balls->radius = cbrtf(balls->mass / (DENSITY * 4.18879020f)); /* 4/3 pi r^3 */
  balls->distance = half_width + ROOM + balls->radius;
  const rl_b2_ball ball = {balls->mass, balls->radius, FRICTION};
  balls->first_ball = rl_b2_add_ball(world, &ball);
  for (int i = 1; i < RL_THROW_BALLS; i++) rl_b2_add_ball(world, &ball);
}

bool rl_throw_due(const rl_throw *balls, double time) {
  return balls->on && time > balls->start + (double)balls->thrown * balls->interval - 1e-6;
}

/* m: of the ground anywhere between x and x + width, roughly. */
static float highest_ground(const rl_ground *ground, float x, float width) {
  float height = rl_ground_height(ground, x);
  for (int i = 1; i <= 8; i++)
    height = fmaxf(height, rl_ground_height(ground, x + 0.125f * (float)i * width));
  return height;
}

/* Arrives level after `time`: from below by g time^2 / 2, or as low as the ground lets it. */
void rl_throw_ball(rl_throw *balls, const rl_throw_target *target, const rl_ground *ground, rl_rng *rng,
                   rl_b2_world *world) {
  if (!isfinite(target->x + target->y + target->vx)) return; /* the episode will end of it */
  bool front = balls->side == RL_THROW_FRONT;
  if (balls->side == RL_THROW_BOTH) front = rl_rng_below(rng, 2) == 0;
  const float away = front ? balls->distance : -balls->distance, time = balls->distance / balls->speed;
  const float fall = 0.5f * target->gravity * time * time, x = target->x + away;
  const float y = fmaxf(target->y - fall, highest_ground(ground, x, -away) + 2.0f * balls->radius);
  const int ball = (int)(balls->thrown++ % RL_THROW_BALLS);
  balls->in_play[ball] = true;
  rl_b2_throw_ball(world, balls->first_ball + ball, x, y, target->vx - away / time,
                   (target->y - y + fall) / time);
}

void rl_throw_settle(rl_throw *balls, rl_b2_world *world) {
  if (!balls->on) return;
  for (int i = 0; i < RL_THROW_BALLS; i++) {
    const int ball = balls->first_ball + i;
    if (!balls->in_play[i] || rl_b2_body_contact(world, ball).touching == 0) continue;
    rl_b2_drop_ball(world, ball);
    balls->in_play[i] = false;
  }
}

void rl_throw_draw(const rl_throw *balls, int first_body, const rl_scene *scene) {
  if (!balls->on) return;
  for (int i = 0; i < RL_THROW_BALLS; i++)
    scene->circle(scene->context, first_body + i, 0.0f, 0.0f, balls->radius);
}

void rl_throw_poses(const rl_throw *balls, const rl_b2_world *world, float *poses) {
  for (int i = 0; i < RL_THROW_BALLS; i++) {
    float *pose = poses + 3 * i;
    pose[0] = pose[2] = 0.0f;
    pose[1] = OUT_OF_SIGHT;
    if (!balls->on || i >= balls->thrown) continue;
    const rl_b2_pose at = rl_b2_body_pose(world, balls->first_ball + i);
    pose[0] = at.x;
    pose[1] = at.y;
    pose[2] = at.angle;
  }
}
