/* Which steps need continuous collision. With it Box2D looks in every step for the moments at which a body
 * comes too deep into the ground, and takes the body back to them: more than a fifth of the time of a creature
 * whose steps have no such moment but one in twenty. Here the same is ruled out from where the body was before
 * the step and where it is after it, so that nothing changes when Box2D does not look. */
#ifndef RL_CONTINUOUS_HPP
#define RL_CONTINUOUS_HPP

#include <box2d/box2d.h>

/* Where a body's frame was before the step. */
struct rl_frame {
  b2Transform transform;
  float angle;
  float reach; /* m: rl_reach of the body */
};

/* m: no vertex of the body's shapes is farther from its origin, or from its centre of mass. */
float rl_reach(const b2Body *body);

/* After b2World::Step with continuous collision off: could it have found anything in that step? True is no
 * proof, false is one. before: of the body whose user data is 1, 2, ...; all others are static. */
bool rl_continuous_needed(b2World *world, const rl_frame *before);

/* What b2World::Step does when continuous collision is on, after all else. */
void rl_continuous_collision(b2World *world, const b2TimeStep &step);

#endif
