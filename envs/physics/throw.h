/* Balls thrown at a creature, to see whether it keeps its feet.
 *
 * A ball comes every `interval` seconds, level at the centre of mass of the trunk when it gets there: its
 * speed is relative to the trunk's at the throw, so that the hit is as hard from behind as from the front and
 * a runner is caught up with, and the throw allows for gravity. What the creature does meanwhile it does not
 * allow for. A ball is a solid sphere of the density of water that does not bounce. It pushes what it meets
 * in flight; once it has met the ground it is out of play: creatures go through it, so that only throws are
 * tested and not walking among balls. A ball is neither ground nor a fall to the creature it touches. */
#ifndef RL_THROW_H
#define RL_THROW_H

#include "env/env.h"
#include "physics/box2d.h"
#include "physics/ground.h"

RL_C_BEGIN

enum { RL_THROW_BALLS = 4 }; /* thrown again in turn: the last four are to be seen */

typedef enum rl_throw_side {
  RL_THROW_BOTH, /* at random for each ball */
  RL_THROW_FRONT,
  RL_THROW_BACK
} rl_throw_side;

enum { RL_THROW_MASS, RL_THROW_SPEED, RL_THROW_INTERVAL, RL_THROW_SIDE, RL_THROW_START, RL_THROW_OPTIONS };
extern const rl_option rl_throw_options[RL_THROW_OPTIONS]; /* of every environment that throws */

/* Whom to hit: the centre of mass of the trunk. */
typedef struct rl_throw_target {
  float x, y, vx; /* m, m/s */
  float gravity;  /* m/s^2 */
} rl_throw_target;

typedef struct rl_throw {
  bool on;
  float mass, radius, speed; /* kg, m, m/s */
  double interval, start;    /* s */
  rl_throw_side side;
  float distance; /* m from the trunk to where balls start */
  int64_t thrown; /* so far */
  int first_ball; /* balls are this body and those after it */
  bool in_play[RL_THROW_BALLS];
} rl_throw;

/* Reads the options [RL_THROW_OPTIONS] and, unless the interval is 0, adds the balls to a world that holds
 * the creature. half_width: m from the trunk to as far as the creature reaches. */
void rl_throw_reset(rl_throw *balls, const double *options, float half_width, rl_b2_world *world);

/* Is a throw due at `time` (s)? */
bool rl_throw_due(const rl_throw *balls, double time);

/* Throws the next ball; draws from `rng` when the side is chosen at random. */
void rl_throw_ball(rl_throw *balls, const rl_throw_target *target, const rl_ground *ground, rl_rng *rng,
                   rl_b2_world *world);

/* After a step of physics: takes the balls that have met the ground out of play. */
void rl_throw_settle(rl_throw *balls, rl_b2_world *world);

/* Balls are drawn as the bodies from first_body on; unless there are any, nothing is. */
void rl_throw_draw(const rl_throw *balls, int first_body, const rl_scene *scene);
/* poses: [RL_THROW_BALLS, 3]; a ball not yet thrown is far below the ground. */
void rl_throw_poses(const rl_throw *balls, const rl_b2_world *world, float *poses);

RL_C_END

#endif
