/* Runs a controller; see reflex.h. */
#include "muscle/reflex.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* --- names become indices --- */

static int sense_index(rl_wiring *w, rl_sense_kind kind, int of) {
  for (int i = 0; i < w->n_senses; i++)
    if (w->senses[i].kind == kind && w->senses[i].of == of) return i;
  w->senses[w->n_senses] = (rl_sense){kind, of};
  return w->n_senses++;
}

/* leg: of the rule. An empty name is the rule's own muscle, or the trunk. */
static int find_sense(rl_wiring *w, const rl_anatomy *a, rl_sense_kind kind, const char *of, const char *own,
                      int leg, bool other_leg) {
  if (other_leg) leg = 1 - leg;
  switch (kind) {
  case RL_SENSE_ANGLE:
  case RL_SENSE_SPEED: return sense_index(w, kind, rl_anatomy_find(a->joints, a->n_joints, of, leg));
  case RL_SENSE_LEAN:
  case RL_SENSE_LEAN_SPEED:
    return sense_index(w, kind, rl_anatomy_find(a->bodies, a->n_bodies, of[0] ? of : a->trunk, leg));
  case RL_SENSE_LOAD:
  case RL_SENSE_POSITION: return sense_index(w, kind, leg);
  default: return sense_index(w, kind, rl_anatomy_find(a->muscles, a->n_muscles, of[0] ? of : own, leg));
  }
}

static rl_rule *add_rule(rl_wiring *w, const rl_anatomy *a, const char *muscle, int leg, float delay) {
  rl_rule *rule = &w->rules[w->n_rules++];
  *rule = (rl_rule){.leg = leg, .delay = delay};
  rule->muscle = rl_anatomy_find(a->muscles, a->n_muscles, muscle, leg);
  w->longest_delay = fmaxf(w->longest_delay, delay);
  return rule;
}

static bool is_for(const char *muscle, int leg) {
  const int only = rl_anatomy_leg(muscle);
  return only < 0 || only == leg;
}

static void add_reflex(rl_wiring *w, const rl_reflex *reflex, const rl_anatomy *a, int leg) {
  rl_rule *rule = add_rule(w, a, reflex->muscle, leg, reflex->delay);
  rule->states = reflex->states;
  rule->positive = reflex->positive;
  rule->load_gain = reflex->load_gain;
  for (int s = 0; s < RL_GAIT_STATES; s++) rule->constant[s] = reflex->constant;
  rule->n_terms = reflex->n_terms;
  for (int i = 0; i < reflex->n_terms; i++) {
    const rl_term *term = &reflex->terms[i];
    rule->terms[i] =
        (rl_rule_term){.sense = find_sense(w, a, term->sense, term->of, reflex->muscle, leg, term->other_leg),
                       .held = term->held,
                       .gain = term->gain,
                       .offset = term->offset};
  }
  rule->n_conditions = reflex->n_conditions;
  for (int i = 0; i < reflex->n_conditions; i++) {
    const rl_condition *condition = &reflex->conditions[i];
    rule->conditions[i] = (rl_rule_condition){
        .sense = find_sense(w, a, condition->sense, condition->of, reflex->muscle, leg, condition->other_leg),
        .below = condition->below,
        .threshold = condition->threshold};
  }
}

static void add_follower(rl_wiring *w, const rl_feature *feature, const rl_follower *follower,
                         const rl_anatomy *a, int leg) {
  const rl_sense_kind rate = feature->sense == RL_SENSE_ANGLE ? RL_SENSE_SPEED : RL_SENSE_LEAN_SPEED;
  rl_rule *rule = add_rule(w, a, follower->muscle, leg, feature->delay);
  rule->states = feature->states;
  const float kp = follower->weight * feature->kp, kd = follower->weight * feature->kd;
  for (int s = 0; s < RL_GAIT_STATES; s++) rule->constant[s] = kp * feature->target[s];
  rule->n_terms = 2;
  rule->terms[0] = (rl_rule_term){
      .sense = find_sense(w, a, feature->sense, feature->of, follower->muscle, leg, false), .gain = -kp};
  rule->terms[1] =
      (rl_rule_term){.sense = find_sense(w, a, rate, feature->of, follower->muscle, leg, false), .gain = -kd};
}

void rl_wiring_make(rl_wiring *w, const rl_controller *c, const rl_anatomy *a) {
  *w = (rl_wiring){.transitions = c->transitions,
                   .delay = c->delay,
                   .longest_delay = c->delay,
                   .n_muscles = a->n_muscles,
                   .n_senses = RL_LEG_SENSES,
                   .senses = {[RL_LOAD_L] = {RL_SENSE_LOAD, 0},
                              [RL_LOAD_R] = {RL_SENSE_LOAD, 1},
                              [RL_POSITION_L] = {RL_SENSE_POSITION, 0},
                              [RL_POSITION_R] = {RL_SENSE_POSITION, 1}}};
  for (int leg = 0; leg < 2; leg++) {
    for (int i = 0; i < c->n_reflexes; i++)
      if (is_for(c->reflexes[i].muscle, leg)) add_reflex(w, &c->reflexes[i], a, leg);
    for (int i = 0; i < c->n_features; i++)
      for (int j = 0; j < c->features[i].n_followers; j++)
        if (is_for(c->features[i].followers[j].muscle, leg))
          add_follower(w, &c->features[i], &c->features[i].followers[j], a, leg);
  }
}

/* --- running --- */

rl_status rl_control_init(rl_control *control, const rl_wiring *w, float shortest_step, rl_error *error) {
  *control = (rl_control){.held = rl_allocate((size_t)w->n_rules * RL_MAX_REFLEX_TERMS + 1, sizeof(float))};
  if (!control->held) return rl_fail(error, RL_NO_MEMORY, "out of memory for a controller");
  return rl_delay_init(&control->line, w->n_senses, rl_delay_steps(w->longest_delay, shortest_step), error);
}

void rl_control_release(rl_control *control) {
  rl_delay_release(&control->line);
  rl_release(control->held);
  *control = (rl_control){0};
}

static rl_gait_leg leg_sensed(const float *senses, int leg) {
  return (rl_gait_leg){senses[RL_LOAD_L + leg], senses[RL_POSITION_L + leg]};
}

static void feel(rl_control *control, const rl_wiring *w, const float *senses) {
  memcpy(rl_delay_push(&control->line), senses, (size_t)w->n_senses * sizeof *senses);
}

void rl_control_reset(rl_control *control, const rl_wiring *w, float dt, const float *senses) {
  control->state_delay = rl_delay_steps(w->delay, dt);
  for (int r = 0; r < w->n_rules; r++) control->delay_steps[r] = rl_delay_steps(w->rules[r].delay, dt);
  memset(control->active, 0, sizeof control->active);
  rl_delay_empty(&control->line);
  feel(control, w, senses);
  for (int leg = 0; leg < 2; leg++)
    control->state[leg] =
        rl_gait_begin(&w->transitions, leg_sensed(senses, leg), leg_sensed(senses, 1 - leg));
}

static void move_states(rl_control *control, const rl_wiring *w) {
  const float *then = rl_delay_read(&control->line, control->state_delay);
  for (int leg = 0; leg < 2; leg++)
    control->state[leg] =
        rl_gait_next(&w->transitions, control->state[leg], leg_sensed(then, leg), leg_sensed(then, 1 - leg));
}

static bool holds(const rl_rule *rule, const float *then) {
  for (int i = 0; i < rule->n_conditions; i++) {
    const rl_rule_condition *condition = &rule->conditions[i];
    const float value = then[condition->sense];
    if (condition->below ? !(value < condition->threshold) : !(value > condition->threshold)) return false;
  }
  return true;
}

static float answer(const rl_rule *rule, rl_gait_state state, const float *then, const float *held) {
  float sum = rule->constant[state];
  for (int i = 0; i < rule->n_terms; i++) {
    const rl_rule_term *term = &rule->terms[i];
    sum += term->gain * ((term->held ? held[i] : then[term->sense]) - term->offset);
  }
  if (rule->positive) sum = fmaxf(sum, 0.0f);
  return fabsf(rule->load_gain) > 0.0f ? sum * rule->load_gain * then[RL_LOAD_L + rule->leg] : sum;
}

void rl_control_step(rl_control *control, const rl_wiring *w, const float *senses, float *excitations) {
  feel(control, w, senses);
  move_states(control, w);
  for (int m = 0; m < w->n_muscles; m++) excitations[m] = 0.0f;
  for (int r = 0; r < w->n_rules; r++) {
    const rl_rule *rule = &w->rules[r];
    const rl_gait_state state = control->state[rule->leg];
    const bool active = rule->states >> state & 1U;
    const float *then = rl_delay_read(&control->line, control->delay_steps[r]);
    float *held = control->held + (size_t)r * RL_MAX_REFLEX_TERMS;
    if (active && !control->active[r])
      for (int i = 0; i < rule->n_terms; i++) held[i] = then[rule->terms[i].sense];
    control->active[r] = active;
    if (active && holds(rule, then)) excitations[rule->muscle] += answer(rule, state, then, held);
  }
}
