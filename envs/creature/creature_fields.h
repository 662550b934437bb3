/* What can be read from a living creature: the named fields that rewards use, and the observation made of
 * them. A field is one row in creature_fields.c: name, unit, meaning and the function that gives
 * its value. */
#ifndef RL_CREATURE_FIELDS_H
#define RL_CREATURE_FIELDS_H

#include "creature/creature_muscles.h"
#include "creature/creature_symmetry.h"
#include "creature/creature_traces.h"
#include "creature/gait_objective.h"
#include "creature/reference.h"

RL_C_BEGIN

typedef struct rl_field_text {
  char name[RL_NAME + 16], meaning[RL_NAME + 96];
} rl_field_text;

/* How it goes. */
typedef struct rl_gait {
  rl_recent_mean speed, power; /* of the episode so far */
  float recent_speed;          /* m/s */
  float head_angle;            /* rad from the standing pose */
  float head_speed;            /* m/s, against the trunk */
  float slide;                 /* m/s, summed over the feet */
  float recent_cost;           /* J/(kg m) */
} rl_gait;

/* What a foot has to do with the ground. */
typedef struct rl_foot {
  bool touches;
  float load;        /* N s during the last action */
  float slide;       /* m/s */
  float air, stance; /* s since it left, or met, the ground */
} rl_foot;

/* What the fields are computed from, after a step or a reset. */
typedef struct rl_creature_state {
  const rl_model *model;
  rl_b2_world *world; /* contacts since rl_b2_begin_interval */
  rl_muscles muscles;
  rl_ground ground;
  float gravity;         /* m/s^2 */
  float time;            /* s since the start of the episode */
  double clock;          /* the phase at the start, in periods */
  float interval;        /* s of one action */
  float effort;          /* mean squared relative torque during the last action, and metabolic W/kg */
  float power;           /* W spent by the actuators during the last action */
  float metabolic_power; /* W of them, of the muscles and the basal rate */
  /* Brought up to date by rl_creature_update: */
  rl_b2_motion motions[RL_MAX_PARTS]; /* [n_bodies] */
  rl_b2_motion head;                  /* of its point */
  rl_b2_motion center;                /* of mass of the whole creature; place and velocity */
  float height, head_height;          /* m: of the trunk and the head above the ground below them */
  float clock_angle;                  /* rad, from -pi to pi */
  float joint_angle[RL_MAX_PARTS], joint_speed[RL_MAX_PARTS]; /* [n_joints] */
  rl_gait gait;
  rl_foot feet[RL_MAX_PARTS]; /* [n_feet] */
  rl_traces traces;
  const rl_reference *reference; /* NULL: it follows no motion */
  double start_phase;            /* of the episode */
  double phase;
  rl_reference_state wanted;              /* by the motion, now */
  float motion_error, motion_speed_error; /* rad, rad/s: root mean square over the motion's joints */
} rl_creature_state;

/* The fields of a creature, in their order: of the trunk, for every joint and every foot, of the gait, effort
 * and fallen; of a creature with muscles also for every muscle, and what they burn. */
int rl_creature_count_fields(const rl_model *model);
/* Names the fields; their texts live in `texts`. fields, texts: [n_fields] */
void rl_creature_name_fields(const rl_model *model, rl_field *fields, rl_field_text *texts);

/* The same of what only recordings have (rl_env_def's traces). */
int rl_creature_count_traces(const rl_model *model);
void rl_creature_name_traces(const rl_model *model, rl_field *fields, rl_field_text *texts);
void rl_creature_read_traces(const rl_creature_state *state, float *values);

/* Once after a step or a reset: takes what has happened from the world. */
void rl_creature_update(rl_creature_state *state);
void rl_creature_read(const rl_creature_state *state, float *fields);
bool rl_creature_fallen(const rl_creature_state *state);

/* The motion of a point that is given from the body's centre of mass. */
rl_b2_motion rl_point_motion(const rl_b2_motion *body, rl_point point);

/* Observation, in this order, scaled to magnitudes around 1. Trunk: height of its centre / the standing
 * height, angle (rad), velocity forward and upward (m/s), angular speed (rad/s). Then the angle of every
 * joint (rad from the standing pose), the speed of every joint / its motor's speed, and for every foot 1 when
 * it touches the ground, else 0. Then what is felt of every muscle, late by its delay: length (l_opt),
 * velocity / v_max, force (f_max). Last, of a creature with a clock and of one that follows a motion, sine and cosine of
 * that clock. */
int rl_creature_observation_size(const rl_model *model);

/* Each number of the observation is called as the field that it is taken from, one of `def`; names:
 * [observation size]. */
void rl_creature_name_observation(const rl_model *model, const rl_env_def *def, const char **names);
/* Where the numbers of a mirror image come from, and their signs: of the fields [n_fields], of the observation [its
 * size]. A clock's are negated: what one leg does, the other does half a period later. */
void rl_creature_mirror_fields(const rl_model *model, const rl_counterparts *counterparts, int *from,
                               float *sign);
void rl_creature_mirror_observation(const rl_model *model, const rl_counterparts *counterparts, int *from,
                                    float *sign);
void rl_creature_observe(const rl_creature_state *state, float *observation);

RL_C_END

#endif
