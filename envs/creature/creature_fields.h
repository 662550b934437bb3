/* What can be read from a living creature: the named fields that rewards use, and the observation made of
 * them. */
#ifndef RL_CREATURE_FIELDS_H
#define RL_CREATURE_FIELDS_H

#include "creature/creature_muscles.h"
#include "creature/gait_objective.h"

RL_C_BEGIN

/* The fields of every creature, in order. Then for every joint its angle and speed, for every foot its
 * contact, load, slide, air and stance, those of its gait, then effort and fallen. A creature with muscles
 * has more: for every muscle its length, velocity, force and activation, and last what it burns. */
enum {
  RL_FIELD_TIME,
  RL_FIELD_X,
  RL_FIELD_Y,
  RL_FIELD_VX,
  RL_FIELD_VY,
  RL_FIELD_ANGLE,
  RL_FIELD_ANGULAR_SPEED,
  RL_FIELD_UPRIGHT,
  RL_FIELD_HEIGHT,
  RL_FIELD_HEAD_X,
  RL_FIELD_HEAD_Y,
  RL_FIELD_HEAD_VX,
  RL_FIELD_HEAD_VY,
  RL_FIELD_HEAD_HEIGHT,
  RL_FIELD_COM_X,
  RL_FIELD_COM_Y,
  RL_FIELD_COM_VX,
  RL_FIELD_COM_VY,
  RL_TRUNK_FIELDS
};
enum {
  RL_JOINT_FIELDS = 2,
  RL_FOOT_FIELDS = 5,
  RL_GAIT_FIELDS = 5,
  RL_LAST_FIELDS = 2,
  RL_MUSCLE_FIELDS = 4,
  RL_ENERGY_FIELDS = 3
};
enum {
  RL_MAX_FIELDS = RL_TRUNK_FIELDS + (RL_JOINT_FIELDS + RL_FOOT_FIELDS) * RL_MAX_PARTS + RL_GAIT_FIELDS +
                  RL_LAST_FIELDS + RL_MUSCLE_FIELDS * RL_MAX_MUSCLES + RL_ENERGY_FIELDS
};
/* Of activation, in the fields of a muscle. */
enum { RL_MUSCLE_ACTIVATION = 3 };
enum { RL_TRUNK_SENSES = 5, RL_MUSCLE_SENSES = 3 }; /* numbers of the observation */
enum {
  RL_MAX_OBSERVATION =
      RL_TRUNK_SENSES + (RL_JOINT_FIELDS + 1) * RL_MAX_PARTS + RL_MUSCLE_SENSES * RL_MAX_MUSCLES
};

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

/* What the fields are computed from, after a step or a reset. */
typedef struct rl_creature_state {
  const rl_model *model;
  rl_b2_world *world; /* contacts since rl_b2_begin_interval */
  rl_muscles muscles;
  rl_ground ground;
  rl_b2_motion motions[RL_MAX_PARTS]; /* [n_bodies] */
  float gravity;                      /* m/s^2 */
  float time;                         /* s since the start of the episode */
  float interval;                     /* s of one action */
  float effort;          /* mean squared relative torque during the last action, and metabolic W/kg */
  float power;           /* W spent by the actuators during the last action */
  float metabolic_power; /* W of them, of the muscles and the basal rate */
  rl_gait gait;
  float air[RL_MAX_PARTS], stance[RL_MAX_PARTS]; /* [n_feet] s since the foot left, or met, the ground */
} rl_creature_state;

int rl_creature_muscle_field(const rl_model *model, int muscle); /* index of the muscle's first field */

/* Names the fields; their texts live in `texts`. fields, texts: [RL_MAX_FIELDS]; returns how many there are.
 */
int rl_creature_name_fields(const rl_model *model, rl_field *fields, rl_field_text *texts);

/* Reads the motions of the bodies from the world, then writes all fields. */
void rl_creature_read(rl_creature_state *state, float *fields);
bool rl_creature_fallen(const rl_creature_state *state);

/* The motion of a point that is given from the body's centre of mass. */
rl_b2_motion rl_point_motion(const rl_b2_motion *body, rl_point point);

/* Observation, in this order, scaled to magnitudes around 1. Trunk: height of its centre / the standing
 * height, angle (rad), velocity forward and upward (m/s), angular speed (rad/s). Then the angle of every
 * joint (rad from the standing pose), the speed of every joint / its motor's speed, and for every foot 1 when
 * it touches the ground, else 0. Then what is felt of every muscle, late by its delay: length (l_opt),
 * velocity / v_max, force (f_max). */
int rl_creature_observation_size(const rl_model *model);

/* Each number of the observation is called as the field that it is taken from. The names live in `fields`,
 * that rl_creature_name_fields has filled; names: [RL_MAX_OBSERVATION]. */
void rl_creature_name_observation(const rl_model *model, const rl_field *fields, const char **names);
void rl_creature_observe(const rl_creature_state *state, const float *fields, float *observation);

RL_C_END

#endif
