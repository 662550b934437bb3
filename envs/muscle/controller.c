/* Checks a controller against the parts of its creature; see controller.h. */
#include "muscle/controller.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float GREATEST_GAIN = 1e3f, LEAST_DELAY = 1e-3f, GREATEST_DELAY = 0.5f /* s */,
                   GREATEST_LOAD = 2.0f;
enum { WHERE = 160 }; /* characters of "creature X: reflex 12 on muscle: term 3" */

const char *const rl_sense_names[RL_SENSE_KINDS + 1] = {"length", "velocity",   "force", "angle",    "speed",
                                                        "lean",   "lean_speed", "load",  "position", NULL};

bool rl_controller_exists(const rl_controller *c) { return c->n_reflexes > 0 || c->n_features > 0; }

int rl_anatomy_leg(const char *name) {
  const size_t length = strlen(name);
  if (length > 2 && strcmp(name + length - 2, "_l") == 0) return 0;
  return length > 2 && strcmp(name + length - 2, "_r") == 0 ? 1 : -1;
}

int rl_anatomy_find(const char *const *names, int n, const char *name, int leg) {
  char of_leg[RL_PART_NAME + 2];
  snprintf(of_leg, sizeof of_leg, "%s_%c", name, leg == 0 ? 'l' : 'r');
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return i;
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], of_leg) == 0) return i;
  return -1;
}

static rl_status check_number(float value, float least, float greatest, const char *what, const char *where,
                              rl_error *error) {
  if (!isfinite(value)) return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is not finite", where, what);
  if (value < least || value > greatest)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %g is outside [%g, %g]", where, what, (double)value,
                   (double)least, (double)greatest);
  return RL_OK;
}

static rl_status check_gain(float value, const char *what, const char *where, rl_error *error) {
  return check_number(value, -GREATEST_GAIN, GREATEST_GAIN, what, where, error);
}

static rl_status check_delay(float delay, const char *where, rl_error *error) {
  if (!isfinite(delay)) return rl_fail(error, RL_BAD_ARGUMENT, "%s: delay is not finite", where);
  if (delay < LEAST_DELAY)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: delay %g s is shorter than the step of the physics, %g s; nothing can be felt sooner",
                   where, (double)delay, (double)LEAST_DELAY);
  return check_number(delay, 0.0f, GREATEST_DELAY, "delay in s", where, error);
}

/* On the legs that a rule on `muscle` is for, the part must exist. */
static rl_status check_part(const char *const *names, int n, const char *name, const char *kind, int only_leg,
                            const char *where, rl_error *error) {
  if (!memchr(name, '\0', RL_PART_NAME))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: the name of a %s is longer than %d characters", where, kind,
                   RL_PART_NAME - 1);
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

static rl_status check_sense(const rl_anatomy *a, rl_sense_kind sense, const char of[RL_PART_NAME], int leg,
                             const char *where, rl_error *error) {
  switch (sense) {
  case RL_SENSE_LENGTH:
  case RL_SENSE_VELOCITY:
  case RL_SENSE_FORCE:
    return of[0] ? check_part(a->muscles, a->n_muscles, of, "muscle", leg, where, error) : RL_OK;
  case RL_SENSE_ANGLE:
  case RL_SENSE_SPEED:
    if (!of[0])
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s of which joint?", where, rl_sense_names[sense]);
    return check_part(a->joints, a->n_joints, of, "joint", leg, where, error);
  case RL_SENSE_LEAN:
  case RL_SENSE_LEAN_SPEED:
    return of[0] ? check_part(a->bodies, a->n_bodies, of, "body", leg, where, error) : RL_OK;
  case RL_SENSE_LOAD:
  case RL_SENSE_POSITION:
    return of[0] ? rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is of a leg, not of \"%.31s\"", where,
                           rl_sense_names[sense], of)
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

static rl_status check_reflex(const rl_anatomy *a, const rl_reflex *reflex, int index, rl_error *error) {
  char where[WHERE], part[WHERE + 32];
  snprintf(where, sizeof where, "creature %.31s: reflex %d on %.31s", a->creature, index + 1, reflex->muscle);
  if (!memchr(reflex->name, '\0', RL_PART_NAME))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its name is longer than %d characters", where,
                   RL_PART_NAME - 1);
  if (check_part(a->muscles, a->n_muscles, reflex->muscle, "muscle", leg_of(reflex->muscle, false), where,
                 error))
    return RL_BAD_ARGUMENT;
  if (check_states(reflex->states, where, error)) return RL_BAD_ARGUMENT;
  if (check_delay(reflex->delay, where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(reflex->constant, "constant", where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(reflex->load_gain, "load_gain", where, error)) return RL_BAD_ARGUMENT;
  if (reflex->n_terms < 0 || reflex->n_terms > RL_MAX_REFLEX_TERMS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d terms; there is room for %d", where, reflex->n_terms,
                   RL_MAX_REFLEX_TERMS);
  if (reflex->n_conditions < 0 || reflex->n_conditions > RL_MAX_CONDITIONS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d conditions; there is room for %d", where,
                   reflex->n_conditions, RL_MAX_CONDITIONS);
  for (int i = 0; i < reflex->n_terms; i++) {
    const rl_term *term = &reflex->terms[i];
    snprintf(part, sizeof part, "%s: term %d", where, i + 1);
    if (check_sense(a, term->sense, term->of, leg_of(reflex->muscle, term->other_leg), part, error))
      return RL_BAD_ARGUMENT;
    if (check_gain(term->gain, "gain", part, error)) return RL_BAD_ARGUMENT;
    if (check_gain(term->offset, "offset", part, error)) return RL_BAD_ARGUMENT;
  }
  for (int i = 0; i < reflex->n_conditions; i++) {
    const rl_condition *condition = &reflex->conditions[i];
    snprintf(part, sizeof part, "%s: condition %d", where, i + 1);
    if (check_sense(a, condition->sense, condition->of, leg_of(reflex->muscle, condition->other_leg), part,
                    error))
      return RL_BAD_ARGUMENT;
    if (check_gain(condition->threshold, "threshold", part, error)) return RL_BAD_ARGUMENT;
  }
  return RL_OK;
}

static rl_status check_feature(const rl_anatomy *a, const rl_feature *feature, int index, rl_error *error) {
  char where[WHERE];
  snprintf(where, sizeof where, "creature %.31s: feature %d", a->creature, index + 1);
  if (feature->sense != RL_SENSE_ANGLE && feature->sense != RL_SENSE_LEAN)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its sense is neither angle nor lean", where);
  if (check_states(feature->states, where, error)) return RL_BAD_ARGUMENT;
  if (check_delay(feature->delay, where, error)) return RL_BAD_ARGUMENT;
  for (int s = 0; s < RL_GAIT_STATES; s++)
    if (check_gain(feature->target[s], "target in rad", where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(feature->kp, "kp", where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(feature->kd, "kd", where, error)) return RL_BAD_ARGUMENT;
  if (feature->n_followers < 1 || feature->n_followers > RL_MAX_FOLLOWERS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d muscles follow it; 1 to %d can", where,
                   feature->n_followers, RL_MAX_FOLLOWERS);
  for (int i = 0; i < feature->n_followers; i++) {
    const char *muscle = feature->followers[i].muscle;
    if (check_part(a->muscles, a->n_muscles, muscle, "muscle", leg_of(muscle, false), where, error))
      return RL_BAD_ARGUMENT;
    if (check_sense(a, feature->sense, feature->of, leg_of(muscle, false), where, error))
      return RL_BAD_ARGUMENT;
    if (check_gain(feature->followers[i].weight, "weight", where, error)) return RL_BAD_ARGUMENT;
  }
  return RL_OK;
}

static rl_status check_transitions(const rl_controller *c, const rl_anatomy *a, rl_error *error) {
  char where[WHERE];
  const rl_gait_transitions *t = &c->transitions;
  snprintf(where, sizeof where, "creature %.31s: transitions", a->creature);
  if (check_delay(c->delay, where, error)) return RL_BAD_ARGUMENT;
  if (check_number(t->stance_load, 1e-3f, GREATEST_LOAD, "stance_load", where, error)) return RL_BAD_ARGUMENT;
  if (check_number(t->swing_load, 1e-3f, GREATEST_LOAD, "swing_load", where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(t->late_stance, "late_stance", where, error)) return RL_BAD_ARGUMENT;
  if (check_gain(t->liftoff, "liftoff", where, error)) return RL_BAD_ARGUMENT;
  return check_gain(t->landing, "landing", where, error);
}

rl_status rl_controller_check(const rl_controller *c, const rl_anatomy *a, rl_error *error) {
  if (!rl_controller_exists(c)) return RL_OK;
  if (c->n_reflexes < 0 || c->n_reflexes > RL_MAX_REFLEXES)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %.31s: %d reflexes; there is room for %d", a->creature,
                   c->n_reflexes, RL_MAX_REFLEXES);
  if (c->n_features < 0 || c->n_features > RL_MAX_FEATURES)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %.31s: %d features; there is room for %d", a->creature,
                   c->n_features, RL_MAX_FEATURES);
  if (check_transitions(c, a, error)) return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->n_reflexes; i++)
    if (check_reflex(a, &c->reflexes[i], i, error)) return RL_BAD_ARGUMENT;
  for (int i = 0; i < c->n_features; i++)
    if (check_feature(a, &c->features[i], i, error)) return RL_BAD_ARGUMENT;
  return RL_OK;
}
