/* A controller of a creature, as data: of one with muscles reflexes and target features, each active in some states of the
 * gait (gait.h), which reflex.h runs; of one with motors movement primitives (primitive.h). All of it is numbers and names.
 *
 * The excitation of a muscle is the sum of what every active rule asks of it:
 *
 *   reflex   constant + sum over terms of gain (sense - offset); its positive part only, times the load of
 * the leg, under conditions, when so described (Geyer & Herr 2010: every one of their rules has this form)
 *   feature  weight (kp (target - sense) - kd rate of sense): a target for a joint or for the lean of a body
 *            in each state, followed by several muscles at once (Geijtenbeek 2013)
 *
 * A rule holds for both legs: the name `sol` means sol_l for the left leg and sol_r for the right. A part
 * whose name is given in full (`sol_l`, `trunk`) is that one; a rule on sol_l is of the left leg only, one on
 * a muscle of neither leg is asked by both. */
#ifndef RL_CONTROLLER_H
#define RL_CONTROLLER_H

#include "base/option.h"
#include "muscle/gait.h"
#include "muscle/primitive.h"

RL_C_BEGIN

enum {
  RL_MAX_REFLEXES = 96,
  RL_MAX_FEATURES = 16,
  RL_MAX_REFLEX_TERMS = 4,
  RL_MAX_CONDITIONS = 2,
  RL_MAX_FOLLOWERS = 8,
  RL_MAX_PRIMITIVES = 32
};

typedef enum rl_sense_kind {
  RL_SENSE_LENGTH,     /* of a muscle's fibre, l_opt */
  RL_SENSE_VELOCITY,   /* of its lengthening, l_opt/s */
  RL_SENSE_FORCE,      /* of its tendon, f_max */
  RL_SENSE_ANGLE,      /* of a joint, rad from the standing pose, counter-clockwise */
  RL_SENSE_SPEED,      /* of a joint, rad/s */
  RL_SENSE_LEAN,       /* of a body, rad: forward from upright, so clockwise */
  RL_SENSE_LEAN_SPEED, /* rad/s */
  RL_SENSE_LOAD,       /* of a leg's feet, body weights */
  RL_SENSE_POSITION,   /* of a leg's feet ahead of its hip, leg lengths */
  RL_SENSE_KINDS
} rl_sense_kind;

typedef struct rl_term {
  rl_sense_kind sense;
  char of[RL_NAME]; /* muscle, joint or body; empty: the rule's own muscle, the trunk; not for a leg */
  int other_leg;    /* 1: of the other leg */
  bool held;        /* as it was when the rule became active */
  float gain, offset;
} rl_term;

typedef struct rl_condition {
  rl_sense_kind sense;
  char of[RL_NAME];
  int other_leg;
  bool below; /* sense < threshold; otherwise sense > threshold */
  float threshold;
} rl_condition;

typedef struct rl_reflex {
  char name[RL_NAME]; /* of the rule, for people; may be empty */
  char muscle[RL_NAME];
  unsigned states; /* 1 << rl_gait_state of its leg, any of them */
  float delay;     /* s, of everything that it senses */
  float constant;
  int n_terms;
  rl_term terms[RL_MAX_REFLEX_TERMS];
  bool positive;   /* a sum below 0 counts 0 */
  float load_gain; /* not 0: times load_gain and the load of the leg */
  int n_conditions;
  rl_condition conditions[RL_MAX_CONDITIONS]; /* all must hold */
} rl_reflex;

typedef struct rl_follower {
  char muscle[RL_NAME];
  float weight; /* 1: pulls the feature up; -1: down */
} rl_follower;

typedef struct rl_feature {
  rl_sense_kind sense; /* RL_SENSE_ANGLE or RL_SENSE_LEAN */
  char of[RL_NAME];
  unsigned states;              /* in which there is a target, as in a reflex */
  float target[RL_GAIT_STATES]; /* rad */
  float kp, kd;                 /* excitation per rad and per rad/s */
  float delay;                  /* s */
  int n_followers;
  rl_follower followers[RL_MAX_FOLLOWERS];
} rl_feature;

typedef struct rl_controller { /* all zero: none */
  rl_gait_transitions transitions;
  float delay; /* s, of the loads and positions that move the states */
  int n_reflexes, n_features;
  rl_reflex reflexes[RL_MAX_REFLEXES];
  rl_feature features[RL_MAX_FEATURES];
  int n_primitives;
  rl_primitive primitives[RL_MAX_PRIMITIVES];
} rl_controller;

enum {
  RL_IN_STANCE = 1 << RL_GAIT_EARLY_STANCE | 1 << RL_GAIT_LATE_STANCE | 1 << RL_GAIT_LIFTOFF,
  RL_IN_LIFTOFF = 1 << RL_GAIT_LIFTOFF,
  RL_IN_SWING = 1 << RL_GAIT_SWING | 1 << RL_GAIT_LANDING,
  RL_IN_ALL = RL_IN_STANCE | RL_IN_SWING
};

/* The numbers and names of a controller's parts, in Lua and in messages; those of the transitions, targets
 * and followers are of an rl_controller, rl_feature and rl_follower. */
extern const rl_options rl_transition_rows, rl_reflex_rows, rl_term_rows, rl_condition_rows, rl_feature_rows;
extern const rl_options rl_target_rows, rl_follower_rows;

/* Traits of rows: a part of the other leg; the two ways to write a condition; in rl_target_rows, a state's
 * is 1 << it. */
enum { RL_ROW_LEG = 1, RL_ROW_ABOVE = 2, RL_ROW_BELOW = 4 };

/* The names a controller may speak of. */
typedef struct rl_anatomy {
  const char *creature;
  int n_muscles, n_joints, n_bodies;
  const char *const *muscles, *const *joints, *const *bodies;
  const char *trunk;
} rl_anatomy;

/* .1 body weights; late stance and landing when the foot is under the hip; liftoff out of reach. */
rl_gait_transitions rl_gait_defaults(void);

/* Has it rules, reflexes or features? */
bool rl_controller_exists(const rl_controller *controller);

/* RL_BAD_ARGUMENT naming creature, rule and fault: an unknown muscle, joint or body; a joint or muscle that
 * one of the legs lacks; a number that is not finite, a gain beyond 1000; a delay shorter than 1 ms or longer
 * than .5 s; no state; too many of anything; a condition or term of a sense that does not exist; loads
 * outside (0, 2]; a feature that is neither an angle nor a lean, or that no muscle follows. */
rl_status rl_controller_check(const rl_controller *controller, const rl_anatomy *anatomy, rl_error *error);

/* The index among the n names of `name`, or else of `name` with _l (leg 0) or _r (leg 1) added; -1. */
int rl_anatomy_find(const char *const *names, int n, const char *name, int leg);

/* The only leg that a name belongs to: 0 when it ends in _l, 1 in _r, -1: neither. */
int rl_anatomy_leg(const char *name);

RL_C_END

#endif
