/* The muscles of one copy of a creature: their state, what they do to the bodies, what is felt of them. A
 * step of physics goes
 *
 *     rl_muscles_pull      forces of the muscles as they are onto the bodies
 *     rl_b2_step
 *     rl_muscles_follow    the muscles go on for dt to their new lengths; senses are taken
 *
 * with excitations that hold until they are set again. Soft stops of joints are here too: they belong to the
 * same published model. */
#ifndef RL_CREATURE_MUSCLES_H
#define RL_CREATURE_MUSCLES_H

#include "creature/creature_model.h"
#include "muscle/delay.h"

RL_C_BEGIN

/* What is felt of a muscle, `delay` late. */
typedef struct rl_muscle_sense {
  float length;   /* l_opt */
  float velocity; /* l_opt/s */
  float force;    /* f_max */
} rl_muscle_sense;

typedef struct rl_muscles {
  const rl_model *model;
  float dt; /* s, of a step of physics */
  rl_muscle_state state[RL_MAX_MUSCLES];
  float excitation[RL_MAX_MUSCLES]; /* set by the controller; [0, 1] */
  int delay[RL_MAX_MUSCLES];        /* steps */
  rl_delay_line senses;             /* rows of [n_muscles] rl_muscle_sense */
  double energy;                    /* J burnt since the start of the episode, basal rate included */
} rl_muscles;

/* Room for the longest delay at the shortest dt (s). */
rl_status rl_muscles_init(rl_muscles *muscles, const rl_model *model, float shortest_dt, rl_error *error);
void rl_muscles_release(rl_muscles *muscles);

/* An episode begins: muscles at rest at the lengths that the world gives them, with the least activation. */
void rl_muscles_begin(rl_muscles *muscles, const rl_b2_world *world, float dt);
void rl_muscles_pull(const rl_muscles *muscles, rl_b2_world *world);
void rl_muscles_follow(rl_muscles *muscles, const rl_b2_world *world);

/* Adds to moments [n_joints] what the muscles' forces, as they pull now, do to each joint: N m on its child. */
void rl_muscles_add_moments(const rl_muscles *muscles, const rl_b2_world *world, float *moments);

rl_muscle_sense rl_muscles_feel(const rl_muscles *muscles, int muscle);

/* Pushes joints back that are beyond a soft stop, during the next step, of dt seconds as the last. */
void rl_soft_stops(const rl_model *model, rl_b2_world *world, float dt);

RL_C_END

#endif
