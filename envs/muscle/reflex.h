/* Runs a controller (controller.h): from what is sensed at each step of the physics, delayed, to the
 * excitations of the muscles during that step. Pure functions of the numbers they are given.
 *
 *   rl_wiring_make(&wiring, &controller, &anatomy);            names become indices, once a creature
 *   rl_control_init(&control, &wiring, 1e-4f, &error);         memory for delays, once a copy
 *   rl_control_reset(&control, &wiring, dt, senses);           each episode
 *   rl_control_step(&control, &wiring, senses, excitations);   each step of the physics
 *
 * `senses` has wiring.n_senses numbers; sense i is of kind wiring.senses[i].kind and of that muscle, joint,
 * body or leg. What was sensed before an episode began is what was sensed at its beginning. */
#ifndef RL_REFLEX_H
#define RL_REFLEX_H

#include "muscle/controller.h"
#include "muscle/delay.h"

#include <stddef.h>

RL_C_BEGIN

enum {
  RL_MAX_SENSES = 324, /* three of 64 muscles, two of 32 joints and of 32 bodies, four of the legs */
  RL_MAX_RULES = 2 * (RL_MAX_REFLEXES + RL_MAX_FEATURES * RL_MAX_FOLLOWERS)
};

/* The first senses are always these, for the machines. */
enum { RL_LOAD_L, RL_LOAD_R, RL_POSITION_L, RL_POSITION_R, RL_LEG_SENSES };

typedef struct rl_sense {
  rl_sense_kind kind;
  int of; /* muscle, joint, body; 0 or 1: the left or right leg */
} rl_sense;

typedef struct rl_rule_term {
  int sense;
  bool held;
  float gain, offset;
} rl_rule_term;

typedef struct rl_rule_condition {
  int sense;
  bool below;
  float threshold;
} rl_rule_condition;

/* A reflex of one leg, or one muscle's share in following a feature. */
typedef struct rl_rule {
  int leg, muscle;
  unsigned states;
  float delay;
  float constant[RL_GAIT_STATES];
  int n_terms, n_conditions;
  rl_rule_term terms[RL_MAX_REFLEX_TERMS];
  rl_rule_condition conditions[RL_MAX_CONDITIONS];
  bool positive;
  float load_gain;
} rl_rule;

typedef struct rl_wiring {
  rl_gait_transitions transitions;
  float delay, longest_delay; /* s */
  int n_muscles, n_senses, n_rules;
  rl_sense senses[RL_MAX_SENSES];
  rl_rule rules[RL_MAX_RULES];
} rl_wiring;

typedef struct rl_control {
  rl_gait_state state[2];        /* of the left and the right leg */
  rl_delay_line line;            /* rows of n_senses */
  int state_delay;               /* steps */
  int delay_steps[RL_MAX_RULES]; /* [n_rules] */
  float *held;                   /* [n_rules, RL_MAX_REFLEX_TERMS] */
  bool active[RL_MAX_RULES];     /* [n_rules] */
} rl_control;

/* Of a controller that rl_controller_check has passed. */
void rl_wiring_make(rl_wiring *wiring, const rl_controller *controller, const rl_anatomy *anatomy);

/* shortest_step: s; no later step may be shorter. */
rl_status rl_control_init(rl_control *control, const rl_wiring *wiring, float shortest_step, rl_error *error);
void rl_control_release(rl_control *control);

void rl_control_reset(rl_control *control, const rl_wiring *wiring, float dt, const float *senses);

/* senses: [n_senses], now; excitations: [n_muscles], sums of rules, not yet clamped; both legs take at most
 * one transition. */
void rl_control_step(rl_control *control, const rl_wiring *wiring, const float *senses, float *excitations);

RL_C_END

#endif
