/* A living creature: what it does in a step of the physics, what it senses, its own reward. It has a handle on a world of
 * Box2D (box2d.h), which it may share with others; whoever made the world steps it, lays the ground and throws the balls.
 *
 * A step: rl_actor_act; for each step of the physics rl_actor_before, the world's step, rl_actor_after; rl_actor_finish. */
#ifndef RL_CREATURE_ACTOR_H
#define RL_CREATURE_ACTOR_H

#include "creature/creature_control.h"
#include "creature/creature_fields.h"
#include "creature/creature_primitives.h"
#include "physics/throw.h"

RL_C_BEGIN

/* Options of whatever creatures live in. */
enum {
  RL_LIVE_GRAVITY,
  RL_LIVE_CONTROL_RATE,
  RL_LIVE_SUBSTEPS,
  RL_LIVE_VELOCITY_ITERATIONS,
  RL_LIVE_POSITION_ITERATIONS,
  RL_LIVE_GROUND,
  RL_LIVE_ROUGHNESS,
  RL_LIVE_SLOPE,
  RL_LIVE_STEP_HEIGHT,
  RL_LIVE_STEP_LENGTH,
  RL_LIVE_GROUND_SEED,
  RL_LIVE_FRICTION,
  RL_LIVE_TARGET_SPEED,
  RL_LIVE_TIME_LIMIT,
  RL_LIVE_RESET_NOISE,
  RL_LIVE_OWN_OPTIONS,
  RL_LIVE_THROW = RL_LIVE_OWN_OPTIONS,             /* the first of RL_THROW_OPTIONS */
  RL_LIVE_GAIT = RL_LIVE_THROW + RL_THROW_OPTIONS, /* the first of RL_GAIT_OPTIONS */
  RL_LIVE_CONTINUOUS = RL_LIVE_GAIT + RL_GAIT_OPTIONS,
  RL_LIVE_START_PHASE, /* only of one that follows a motion: behind all others */
  RL_LIVE_N_OPTIONS    /* in files by their places: new ones come last */
};

void rl_live_rows(rl_option rows[RL_LIVE_N_OPTIONS]);

enum { RL_CREATURE_TERMS = 7 };
extern const char *const rl_creature_terms[RL_CREATURE_TERMS]; /* of its own reward */

/* What rl_creature_env makes. */
typedef struct rl_creature_def {
  rl_env_def def;
  rl_model model;
  char summary[256];
  rl_option options[RL_LIVE_N_OPTIONS];
  rl_field *fields; /* [n_fields + n_traces] */
  rl_field_text *texts;
  const char **observation_names;                          /* [observation.size] */
  const char *action_names[RL_MAX_PARTS + RL_MAX_MUSCLES]; /* joints of motors, muscles */
  rl_reference *reference;                                 /* the motion that it follows, or NULL */
  rl_symmetry symmetry;
  int *from;   /* [n_fields + observation.size + action.size] of its mirror images, */
  float *sign; /* with these signs */
  char asymmetry[256];
} rl_creature_def;

typedef struct rl_actor {
  const rl_creature_def *def;
  rl_creature_state state;
  rl_creature_control control;
  rl_primitives primitives;
  float options[RL_LIVE_N_OPTIONS];
  float dt; /* s, of a physics step */
  int substeps, velocity_iterations, position_iterations;
  int64_t steps, last_step;
  float push[2];              /* m/s^2, during the next action: see rl_disturbance */
  bool broken;                /* the state was not finite: the episode is over whatever comes */
  float speeds[RL_MAX_PARTS]; /* [n_motors] rad/s, before a step of the physics */
  double burnt;               /* J, before an action */
} rl_actor;

/* Of a creature's definition, in a zeroed struct; its world is set already. RL_NO_MEMORY. */
rl_status rl_actor_init(rl_actor *actor, const rl_creature_def *def, rl_error *error);
void rl_actor_release(rl_actor *actor);

/* An episode begins with these options, the creature in its start pose, drawn from `rng`; the world is built from that. */
void rl_actor_begin(rl_actor *actor, const double *options);
rl_start rl_actor_start(rl_actor *actor, const double *options, rl_rng *rng);
/* The profile of the ground that options ask for. level: m from the middle that have to be level, 8 at most. */
void rl_live_ground(rl_ground *ground, const double *options, float level, rl_rng *rng);
/* The world is there. */
void rl_actor_wake(rl_actor *actor, rl_env_io *io);

void rl_actor_act(rl_actor *actor, const float *action);
void rl_actor_before(rl_actor *actor);
void rl_actor_after(rl_actor *actor, int substep);
/* With its own reward and its own end. */
void rl_actor_finish(rl_actor *actor, rl_env_io *io);

/* Bodies and muscles, as the bodies of a scene from `first` on. */
void rl_actor_draw(const rl_actor *actor, int first, const rl_scene *scene);
void rl_actor_poses(const rl_actor *actor, float *poses /* [n_bodies, 3] */);
void rl_actor_watch(rl_actor *actor);
void rl_actor_read_traces(const rl_actor *actor, float *values);

static inline const rl_model *rl_actor_model(const rl_actor *actor) { return actor->state.model; }
static inline const rl_b2_motion *rl_actor_trunk(const rl_actor *actor) {
  return &actor->state.motions[actor->state.model->trunk];
}

RL_C_END

#endif
