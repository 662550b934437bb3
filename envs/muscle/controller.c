/* Checks a controller against the parts of its creature; see controller.h. */
#include "muscle/controller.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WHERE = 160 }; /* characters of "creature X: reflex 12 on muscle: term 3" */

/* --- rows --- */

static const char *const sense_names[RL_SENSE_KINDS + 1] = {
    "length", "velocity", "force", "angle", "speed", "lean", "lean_speed", "load", "position", NULL};
static const char *const legs[] = {"same", "other", NULL};

#define GAIN 1e3 /* the greatest */
#define DELAY(of, meaning, value)                                                                            \
  RL_ROW(of, FLOAT, delay, "delay", "s", meaning, value, 1e-3 /* a step of physics */, 0.5)
#define SENSE(of_)                                                                                           \
  RL_ROW(of_, CHOICE, sense, "sense", "", "what is sensed", -1.0, 0.0, RL_SENSE_KINDS - 1, sense_names),     \
      RL_ROW(of_, NAME, of, "of", "", "muscle, joint or body; left out: the rule's muscle, or the trunk",    \
             0.0, 0.0, 0.0)
#define LEG(of)                                                                                              \
  RL_ROW(of, CHOICE, other_leg, "leg", "", "whose part it is", 0.0, 0.0, 1.0, legs, .traits = RL_ROW_LEG)

#define MOVES(member, unit, meaning, value, min, max)                                                        \
  RL_ROW(rl_controller, FLOAT, transitions.member, #member, unit, meaning, value, min, max)
static const rl_option transition_rows[] = {
    MOVES(stance_load, "body weights", "a foot that bears more stands", 0.1, 1e-3, 2.0),
    MOVES(swing_load, "body weights", "one that bears no more swings; left out: stance_load", 0.1, 1e-3, 2.0),
    MOVES(late_stance, "leg lengths", "late stance once the foot is less than this ahead of the hip", 0.0,
          -GAIN, GAIN),
    MOVES(liftoff, "leg lengths", "liftoff then; -1 is out of reach", -1.0, -GAIN, GAIN),
    MOVES(landing, "leg lengths", "landing once the foot is more than this ahead of the hip", 0.0, -GAIN,
          GAIN),
    DELAY(rl_controller, "of the loads and positions that move the states", 0.005),
};
const rl_options rl_transition_rows = RL_ROWS(transition_rows);

static const rl_option reflex_rows[] = {
    RL_ROW(rl_reflex, NAME, name, "name", "", "of the rule, for people", 0.0, 0.0, 0.0),
    RL_ROW(rl_reflex, NAME, muscle, "muscle", "", "that it excites", 0.0, 0.0, 0.0),
    DELAY(rl_reflex, "of all that it senses", 0.01),
    RL_ROW(rl_reflex, FLOAT, constant, "constant", "", "excitation besides its terms", 0.0, -GAIN, GAIN),
    RL_ROW(rl_reflex, BOOLEAN, positive, "positive", "", "a sum below 0 counts 0", 0.0, 0.0, 1.0),
    RL_ROW(rl_reflex, FLOAT, load_gain, "load_gain", "1/body weight",
           "not 0: times this and the load of the leg", 0.0, -GAIN, GAIN),
};
const rl_options rl_reflex_rows = RL_ROWS(reflex_rows);

static const rl_option term_rows[] = {
    SENSE(rl_term),
    LEG(rl_term),
    RL_ROW(rl_term, BOOLEAN, held, "held", "", "as it was when the rule became active", 0.0, 0.0, 1.0),
    RL_ROW(rl_term, FLOAT, gain, "gain", "", "excitation for each unit of sense - offset", 0.0, -GAIN, GAIN),
    RL_ROW(rl_term, FLOAT, offset, "offset", "", "in the unit of the sense", 0.0, -GAIN, GAIN),
};
const rl_options rl_term_rows = RL_ROWS(term_rows);

#define THRESHOLD(name, trait)                                                                               \
  RL_ROW(rl_condition, FLOAT, threshold, name, "", "that the sense is " name, (double)NAN, -GAIN, GAIN,      \
         .traits = trait)
static const rl_option condition_rows[] = {
    SENSE(rl_condition),
    LEG(rl_condition),
    THRESHOLD("above", RL_ROW_ABOVE),
    THRESHOLD("below", RL_ROW_BELOW),
};
const rl_options rl_condition_rows = RL_ROWS(condition_rows);

static const rl_option feature_rows[] = {
    SENSE(rl_feature),
    RL_ROW(rl_feature, FLOAT, kp, "kp", "1/rad", "excitation for each radian below the target", 0.0, -GAIN,
           GAIN),
    RL_ROW(rl_feature, FLOAT, kd, "kd", "s/rad", "less excitation for each rad/s", 0.0, -GAIN, GAIN),
    DELAY(rl_feature, "of what it senses", 0.01),
};
const rl_options rl_feature_rows = RL_ROWS(feature_rows);

#define TARGET(name, state)                                                                                  \
  RL_ROW(rl_feature, FLOAT, target[state], name, "rad", "the target in this state; left out: there is none", \
         (double)NAN, -GAIN, GAIN, .traits = 1U << (state))
static const rl_option target_rows[RL_GAIT_STATES] = {
    TARGET("landing", RL_GAIT_LANDING),
    TARGET("early_stance", RL_GAIT_EARLY_STANCE),
    TARGET("late_stance", RL_GAIT_LATE_STANCE),
    TARGET("liftoff", RL_GAIT_LIFTOFF),
    TARGET("swing", RL_GAIT_SWING),
};
const rl_options rl_target_rows = RL_ROWS(target_rows);

static const rl_option follower_rows[] = {
    RL_ROW(rl_follower, NAME, muscle, "muscle", "", "that follows the feature", 0.0, 0.0, 0.0),
    RL_ROW(rl_follower, FLOAT, weight, "weight", "", "1: it pulls the feature up; -1: down", 0.0, -GAIN,
           GAIN),
};
const rl_options rl_follower_rows = RL_ROWS(follower_rows);

rl_gait_transitions rl_gait_defaults(void) {
  rl_controller controller;
  rl_options_defaults(rl_transition_rows, &controller);
  return controller.transitions;
}

/* --- the check --- */

bool rl_controller_exists(const rl_controller *c) { return c->n_reflexes > 0 || c->n_features > 0; }

int rl_anatomy_leg(const char *name) {
  const size_t length = strlen(name);
  if (length > 2 && strcmp(name + length - 2, "_l") == 0) return 0;
  return length > 2 && strcmp(name + length - 2, "_r") == 0 ? 1 : -1;
}

int rl_anatomy_find(const char *const *names, int n, const char *name, int leg) {
  char of_leg[RL_NAME + 2];
  snprintf(of_leg, sizeof of_leg, "%s_%c", name, leg == 0 ? 'l' : 'r');
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return i;
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], of_leg) == 0) return i;
  return -1;
}

/* On the legs that a rule on `muscle` is for, the part must exist. */
static rl_status check_part(const char *const *names, int n, const char *name, const char *kind, int only_leg,
                            const char *where, rl_error *error) {
  for (int leg = 0; leg < 2; leg++) {
    if (only_leg >= 0 && leg != only_leg) continue;
    if (rl_anatomy_find(names, n, name, leg) >= 0) continue;
    if (rl_anatomy_find(names, n, name, 1 - leg) >= 0)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %s: the %s leg has none", where, kind, name,
                     leg == 0 ? "left" : "right");
    rl_error plain;
    rl_fail_unknown(&plain, kind, name, names, (size_t)n);
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s", where, plain.message);
  }
  return RL_OK;
}

static rl_status check_sense(const rl_anatomy *a, rl_sense_kind sense, const char of[RL_NAME], int leg,
                             const char *where, rl_error *error) {
  switch (sense) {
  case RL_SENSE_LENGTH:
  case RL_SENSE_VELOCITY:
  case RL_SENSE_FORCE:
    return of[0] ? check_part(a->muscles, a->n_muscles, of, "muscle", leg, where, error) : RL_OK;
  case RL_SENSE_ANGLE:
  case RL_SENSE_SPEED:
    if (!of[0]) return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s of which joint?", where, sense_names[sense]);
    return check_part(a->joints, a->n_joints, of, "joint", leg, where, error);
  case RL_SENSE_LEAN:
  case RL_SENSE_LEAN_SPEED:
    return of[0] ? check_part(a->bodies, a->n_bodies, of, "body", leg, where, error) : RL_OK;
  case RL_SENSE_LOAD:
  case RL_SENSE_POSITION:
    return of[0] ? rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is of a leg, not of \"%.31s\"", where,
                           sense_names[sense], of)
                 : RL_OK;
  case RL_SENSE_KINDS: break;
  }
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: unknown sense", where);
}

/* The leg whose parts a term of a rule on `muscle` speaks of; -1: of both. */
static int leg_of(const char *muscle, bool other) {
  const int leg = rl_anatomy_leg(muscle);
  return leg >= 0 && other ? 1 - leg : leg;
}

static rl_status check_states(unsigned states, const char *where, rl_error *error) {
  if (states && !(states & ~(unsigned)RL_IN_ALL)) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: it is active in no state of the gait", where);
}

static rl_status check_count(int n, int most, const char *what, const char *where, rl_error *error) {
  if (n >= 0 && n <= most) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d %s; there is room for %d", where, n, what, most);
}

static rl_status check_term(const rl_anatomy *a, const rl_term *term, const char *muscle, const char *where,
                            rl_error *error) {
  rl_status status = rl_options_check_part(rl_term_rows, term, where, error);
  return status ? status
                : check_sense(a, term->sense, term->of, leg_of(muscle, term->other_leg), where, error);
}

static rl_status check_condition(const rl_anatomy *a, const rl_condition *condition, const char *muscle,
                                 const char *where, rl_error *error) {
  const unsigned traits = RL_ROW_LEG | (condition->below ? RL_ROW_BELOW : RL_ROW_ABOVE);
  rl_status status = rl_options_check_part(rl_options_of(rl_condition_rows, traits), condition, where, error);
  return status ? status
                : check_sense(a, condition->sense, condition->of, leg_of(muscle, condition->other_leg), where,
                              error);
}

static rl_status check_reflex(const rl_anatomy *a, const rl_reflex *reflex, int index, rl_error *error) {
  const char *muscle = reflex->muscle;
  char where[WHERE], part[WHERE + 32];
  snprintf(where, sizeof where, "creature %.31s: reflex %d on %.31s", a->creature, index + 1, muscle);
  rl_status status = rl_options_check_part(rl_reflex_rows, reflex, where, error);
  if (!status)
    status = check_part(a->muscles, a->n_muscles, muscle, "muscle", leg_of(muscle, false), where, error);
  if (!status) status = check_states(reflex->states, where, error);
  if (!status) status = check_count(reflex->n_terms, RL_MAX_REFLEX_TERMS, "terms", where, error);
  if (!status) status = check_count(reflex->n_conditions, RL_MAX_CONDITIONS, "conditions", where, error);
  for (int i = 0; !status && i < reflex->n_terms; i++) {
    snprintf(part, sizeof part, "%s: term %d", where, i + 1);
    status = check_term(a, &reflex->terms[i], muscle, part, error);
  }
  for (int i = 0; !status && i < reflex->n_conditions; i++) {
    snprintf(part, sizeof part, "%s: condition %d", where, i + 1);
    status = check_condition(a, &reflex->conditions[i], muscle, part, error);
  }
  return status;
}

static rl_status check_feature(const rl_anatomy *a, const rl_feature *feature, int index, rl_error *error) {
  char where[WHERE], part[WHERE + 32];
  snprintf(where, sizeof where, "creature %.31s: feature %d", a->creature, index + 1);
  snprintf(part, sizeof part, "%s: target", where);
  if (feature->sense != RL_SENSE_ANGLE && feature->sense != RL_SENSE_LEAN)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its sense is neither angle nor lean", where);
  if (feature->n_followers < 1 || feature->n_followers > RL_MAX_FOLLOWERS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d muscles follow it; 1 to %d can", where,
                   feature->n_followers, RL_MAX_FOLLOWERS);
  rl_status status = check_states(feature->states, where, error);
  if (!status) status = rl_options_check_part(rl_feature_rows, feature, where, error);
  if (!status) status = rl_options_check_part(rl_target_rows, feature, part, error);
  for (int i = 0; !status && i < feature->n_followers; i++) {
    const char *muscle = feature->followers[i].muscle;
    status = rl_options_check_part(rl_follower_rows, &feature->followers[i], where, error);
    if (!status)
      status = check_part(a->muscles, a->n_muscles, muscle, "muscle", leg_of(muscle, false), where, error);
    if (!status) status = check_sense(a, feature->sense, feature->of, leg_of(muscle, false), where, error);
  }
  return status;
}

rl_status rl_controller_check(const rl_controller *c, const rl_anatomy *a, rl_error *error) {
  char where[WHERE], part[WHERE + 32];
  if (!rl_controller_exists(c)) return RL_OK;
  snprintf(where, sizeof where, "creature %.31s", a->creature);
  snprintf(part, sizeof part, "%s: transitions", where);
  rl_status status = check_count(c->n_reflexes, RL_MAX_REFLEXES, "reflexes", where, error);
  if (!status) status = check_count(c->n_features, RL_MAX_FEATURES, "features", where, error);
  if (!status) status = rl_options_check_part(rl_transition_rows, c, part, error);
  for (int i = 0; !status && i < c->n_reflexes; i++) status = check_reflex(a, &c->reflexes[i], i, error);
  for (int i = 0; !status && i < c->n_features; i++) status = check_feature(a, &c->features[i], i, error);
  return status;
}
