/* Controllers from senses to excitations: the human's reflexes worked out by hand, states, conditions,
 * delays, features, the equality of the legs; and what is refused. */
#include "bodies/human_reflex.h"
#include "check.h"
#include "muscle/reflex.h"

static const char *const muscles[] = {"sol_l", "ta_l", "gas_l", "vas_l", "ham_l", "glu_l", "hfl_l",
                                      "sol_r", "ta_r", "gas_r", "vas_r", "ham_r", "glu_r", "hfl_r"};
static const char *const joints[] = {"hip_l", "knee_l", "ankle_l", "hip_r", "knee_r", "ankle_r"};
static const char *const bodies[] = {"trunk", "thigh_l", "shank_l", "foot_l", "thigh_r", "shank_r", "foot_r"};
static const rl_anatomy human = {.creature = "human",
                                 .n_muscles = 14,
                                 .n_joints = 6,
                                 .n_bodies = 7,
                                 .muscles = muscles,
                                 .joints = joints,
                                 .bodies = bodies,
                                 .trunk = "trunk"};
enum { SOL, TA, GAS, VAS, HAM, GLU, HFL, RIGHT };
enum { N_MUSCLES = 14 };

/* A controller at work on senses that the test sets by name. */
typedef struct rig {
  rl_wiring wiring;
  rl_control control;
  float senses[RL_MAX_SENSES];
  float excitations[N_MUSCLES];
} rig;

static rig r;

static void open_rig(const rl_controller *controller) {
  rl_error error;
  assert_ok(rl_controller_check(controller, &human, &error));
  memset(&r, 0, sizeof r);
  rl_wiring_make(&r.wiring, controller, &human);
  assert_int_equal(rl_control_init(&r.control, &r.wiring, 0.0005f, NULL), RL_OK);
}

static void close_rig(void) { rl_control_release(&r.control); }

static bool is_sensed(rl_sense_kind kind, int of) {
  for (int i = 0; i < r.wiring.n_senses; i++)
    if (r.wiring.senses[i].kind == kind && r.wiring.senses[i].of == of) return true;
  return false;
}

static void sense(rl_sense_kind kind, int of, float value) {
  assert_true(is_sensed(kind, of));
  for (int i = 0; i < r.wiring.n_senses; i++)
    if (r.wiring.senses[i].kind == kind && r.wiring.senses[i].of == of) r.senses[i] = value;
}

static void legs(float load_l, float position_l, float load_r, float position_r) {
  r.senses[RL_LOAD_L] = load_l;
  r.senses[RL_LOAD_R] = load_r;
  r.senses[RL_POSITION_L] = position_l;
  r.senses[RL_POSITION_R] = position_r;
}

static void begin(float dt) { rl_control_reset(&r.control, &r.wiring, dt, r.senses); }
static void step(void) { rl_control_step(&r.control, &r.wiring, r.senses, r.excitations); }

/* Left leg bears .8, right foot in the air ahead; every number below from the equations of muscles.md. */
static void the_reflexes_of_a_stance_leg_are_the_published_ones(void **state) {
  (void)state;
  open_rig(&rl_human_reflexes);
  legs(0.8f, -0.1f, 0.0f, -0.2f);
  sense(RL_SENSE_FORCE, SOL, 0.5f);
  sense(RL_SENSE_FORCE, GAS, 0.25f);
  sense(RL_SENSE_FORCE, VAS, 0.4f);
  sense(RL_SENSE_LENGTH, TA, 0.91f);
  sense(RL_SENSE_ANGLE, 1, -0.3f); /* the knee is bent: no inhibition */
  sense(RL_SENSE_SPEED, 1, 1.0f);
  sense(RL_SENSE_LEAN, 0, 0.1047198f + 0.1f);
  sense(RL_SENSE_LEAN_SPEED, 0, -0.05f);
  begin(0.001f);
  assert_int_equal(r.control.state[0], RL_GAIT_LATE_STANCE);
  step();
  const double balance = 0.05 + 1.91 * 0.1 - 0.2 * 0.05, against = 0.05 - 1.91 * 0.1 + 0.2 * 0.05;
  assert_near(r.excitations[SOL], 0.01 + 1.2 * 0.5, 1e-6);
  assert_near(r.excitations[GAS], 0.01 + 1.1 * 0.25, 1e-6);
  assert_near(r.excitations[VAS], 0.08 + 1.2 * 0.4, 1e-6);
  assert_near(r.excitations[TA], 0.01 + 1.1 * (0.91 - 0.71) - 0.3 * 0.5, 1e-6);
  assert_near(r.excitations[HAM], balance * 1.2 * 0.8, 1e-6);
  assert_near(r.excitations[GLU], balance * 0.68 * 1.2 * 0.8, 1e-6);
  assert_true(against < 0.0);
  assert_near(r.excitations[HFL], 0.0, 1e-7);

  /* leaning back instead: the flexor answers, the extensors do not */
  sense(RL_SENSE_LEAN, 0, 0.1047198f - 0.1f);
  sense(RL_SENSE_LEAN_SPEED, 0, 0.05f);
  for (int i = 0; i < 6; i++) step();
  assert_near(r.excitations[HFL], (0.05 + 1.91 * 0.1 - 0.2 * 0.05) * 1.2 * 0.8, 1e-6);
  assert_near(r.excitations[HAM], 0.0, 1e-7);
  close_rig();
}

static void a_knee_that_extends_beyond_170_degrees_inhibits_the_vasti(void **state) {
  (void)state;
  const double stop = -10.0 * 3.14159265358979 / 180.0;
  const struct {
    float angle, speed;
    double inhibition;
  } cases[] = {
      {-0.10f, 0.5f, 2.0 * (-0.10 - stop)}, /* above 170 and extending */
      {-0.10f, -0.5f, 0.0},                 /* above but bending */
      {-0.18f, 0.5f, 0.0},                  /* below 170 */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    open_rig(&rl_human_reflexes);
    legs(1.0f, 0.1f, 0.0f, -0.2f);
    sense(RL_SENSE_FORCE, VAS, 0.5f);
    sense(RL_SENSE_ANGLE, 1, cases[i].angle);
    sense(RL_SENSE_SPEED, 1, cases[i].speed);
    begin(0.001f);
    step();
    assert_near(r.excitations[VAS], 0.08 + 1.2 * 0.5 - cases[i].inhibition, 1e-6);
    close_rig();
  }
}

/* Double support: the left foot is 0.3 behind. Only the trailing leg prepares its swing. */
static void the_trailing_leg_of_double_support_gives_way_to_swing(void **state) {
  (void)state;
  open_rig(&rl_human_reflexes);
  legs(0.4f, -0.3f, 0.6f, 0.3f);
  sense(RL_SENSE_FORCE, VAS, 0.5f);
  sense(RL_SENSE_FORCE, RIGHT + VAS, 0.5f);
  sense(RL_SENSE_ANGLE, 1, -0.3f);
  sense(RL_SENSE_ANGLE, 4, -0.3f);
  sense(RL_SENSE_LEAN, 0, 0.1047198f); /* in balance: prestimulation alone */
  begin(0.001f);
  assert_int_equal(r.control.state[0], RL_GAIT_LIFTOFF);
  assert_int_equal(r.control.state[1], RL_GAIT_EARLY_STANCE);
  step();
  assert_near(r.excitations[VAS], 0.08 + 1.2 * 0.5 - 1.2 * 0.6, 1e-6);
  assert_near(r.excitations[HFL], 0.05 * 1.2 * 0.4 + 0.25, 1e-6);
  assert_near(r.excitations[GLU], 0.05 * 0.68 * 1.2 * 0.4 - 0.25, 1e-6);
  assert_near(r.excitations[RIGHT + VAS], 0.08 + 1.2 * 0.5, 1e-6);
  assert_near(r.excitations[RIGHT + HFL], 0.05 * 1.2 * 0.6, 1e-6);
  assert_near(r.excitations[RIGHT + GLU], 0.05 * 0.68 * 1.2 * 0.6, 1e-6);
  close_rig();
}

static void the_reflexes_of_a_swing_leg_are_the_published_ones(void **state) {
  (void)state;
  open_rig(&rl_human_reflexes);
  legs(0.0f, -0.3f, 1.0f, 0.2f);
  sense(RL_SENSE_FORCE, SOL, 0.5f);
  sense(RL_SENSE_FORCE, HAM, 0.2f);
  sense(RL_SENSE_FORCE, GLU, 0.1f);
  sense(RL_SENSE_LENGTH, TA, 0.81f);
  sense(RL_SENSE_LENGTH, HFL, 0.95f);
  sense(RL_SENSE_LENGTH, HAM, 0.90f);
  sense(RL_SENSE_LEAN, 0, 0.1047198f + 0.05f);
  begin(0.001f);
  assert_int_equal(r.control.state[0], RL_GAIT_SWING);
  step();
  assert_near(r.excitations[TA], 0.01 + 1.1 * (0.81 - 0.71), 1e-6); /* no inhibition by SOL */
  assert_near(r.excitations[HFL], 0.01 + 0.5 * 0.3 - 4.0 * 0.05 + 1.15 * 0.05, 1e-6);
  assert_near(r.excitations[HAM], 0.01 + 0.65 * 0.2, 1e-6);
  assert_near(r.excitations[GLU], 0.01 + 0.5 * 0.1, 1e-6);
  assert_near(r.excitations[SOL], 0.0, 1e-7);

  /* the lean that counts is that at takeoff */
  sense(RL_SENSE_LEAN, 0, 0.5f);
  for (int i = 0; i < 20; i++) step();
  assert_near(r.excitations[HFL], 0.01 + 0.5 * 0.3 - 4.0 * 0.05 + 1.15 * 0.05, 1e-6);
  close_rig();
}

/* A force of 1 that comes at step 0 is felt by an ankle's muscle 20 ms later to the step, a hip's 5 ms. */
static void a_sense_arrives_after_its_delay_to_the_step(void **state) {
  (void)state;
  for (int substeps = 1; substeps <= 2; substeps++) {
    open_rig(&rl_human_reflexes);
    legs(1.0f, 0.1f, 0.0f, -0.2f);
    begin(0.001f / (float)substeps);
    step();
    sense(RL_SENSE_FORCE, SOL, 1.0f);
    sense(RL_SENSE_FORCE, VAS, 1.0f);
    for (int k = 0; k <= 25 * substeps; k++) {
      step();
      assert_near(r.excitations[SOL], k < 20 * substeps ? 0.01 : 1.21, 1e-6);
      assert_near(r.excitations[VAS], k < 10 * substeps ? 0.08 : 1.28, 1e-6);
    }
    close_rig();
  }
}

static void states_change_after_the_delay_of_the_feet(void **state) {
  (void)state;
  open_rig(&rl_human_reflexes);
  legs(0.0f, 0.2f, 1.0f, -0.1f);
  begin(0.001f);
  assert_int_equal(r.control.state[0], RL_GAIT_LANDING);
  step();
  legs(0.5f, 0.2f, 1.0f, -0.1f);
  for (int k = 0; k < 5; k++) {
    step();
    assert_int_equal(r.control.state[0], RL_GAIT_LANDING);
  }
  step();
  assert_int_equal(r.control.state[0], RL_GAIT_EARLY_STANCE);
  assert_int_equal(r.control.state[1], RL_GAIT_LIFTOFF);
  close_rig();
}

/* What the left leg answers to some senses, the right answers to the same of its own side. */
static void the_legs_are_equals(void **state) {
  (void)state;
  float answers[2][N_MUSCLES];
  for (int side = 0; side < 2; side++) {
    rl_rng rng;
    rl_rng_init(&rng, 7, 7);
    open_rig(&rl_human_reflexes);
    for (int k = 0; k < 200; k++) {
      for (int kind = 0; kind < RL_SENSE_KINDS; kind++) {
        const int n = kind <= RL_SENSE_FORCE ? 14 : kind <= RL_SENSE_SPEED ? 6 : 2;
        for (int of = 0; of < n; of++) {
          const float value = rl_rng_uniform(&rng);
          const bool trunk = kind == RL_SENSE_LEAN || kind == RL_SENSE_LEAN_SPEED;
          const int part = trunk || side == 0 ? of : (of + n / 2) % n;
          if (is_sensed((rl_sense_kind)kind, part)) sense((rl_sense_kind)kind, part, value);
        }
      }
      if (k == 0) begin(0.001f);
      step();
    }
    for (int m = 0; m < N_MUSCLES; m++)
      answers[side][m] = r.excitations[side == 0 ? m : (m + RIGHT) % N_MUSCLES];
    close_rig();
  }
  assert_memory_equal(answers[0], answers[1], sizeof answers[0]);
}

/* kp (target - angle) - kd speed, shared out by weight; the target changes with the state of the leg. */
static void the_muscles_of_a_feature_follow_its_target(void **state) {
  (void)state;
  static rl_controller c;
  c = (rl_controller){.transitions = rl_gait_defaults(),
                      .delay = 0.005f,
                      .n_features = 1,
                      .features = {{.sense = RL_SENSE_ANGLE,
                                    .of = "knee",
                                    .states = RL_IN_STANCE | 1 << RL_GAIT_SWING,
                                    .kp = 2.0f,
                                    .kd = 0.1f,
                                    .delay = 0.01f,
                                    .n_followers = 2,
                                    .followers = {{"vas", 1.0f}, {"ham", -0.5f}}}}};
  c.features[0].target[RL_GAIT_LATE_STANCE] = -0.1f;
  c.features[0].target[RL_GAIT_SWING] = -0.9f;
  open_rig(&c);
  legs(1.0f, -0.1f, 0.0f, -0.2f);
  for (int knee = 1; knee < 6; knee += 3) {
    sense(RL_SENSE_ANGLE, knee, -0.4f);
    sense(RL_SENSE_SPEED, knee, 1.5f);
  }
  begin(0.001f);
  step();
  const double stance = 2.0 * (-0.1 + 0.4) - 0.1 * 1.5, swing = 2.0 * (-0.9 + 0.4) - 0.1 * 1.5;
  assert_near(r.excitations[VAS], stance, 1e-6);
  assert_near(r.excitations[HAM], -0.5 * stance, 1e-6);
  assert_near(r.excitations[RIGHT + VAS], swing, 1e-6);
  assert_near(r.excitations[RIGHT + HAM], -0.5 * swing, 1e-6);
  legs(1.0f, -0.1f, 0.0f, 0.2f); /* landing: there is no target */
  for (int i = 0; i < 10; i++) step();
  assert_int_equal(r.control.state[1], RL_GAIT_LANDING);
  assert_near(r.excitations[RIGHT + VAS], 0.0, 0.0);
  close_rig();
}

static void a_rule_on_one_leg_is_of_that_leg(void **state) {
  (void)state;
  static rl_controller c;
  c = (rl_controller){
      .transitions = rl_gait_defaults(),
      .delay = 0.005f,
      .n_reflexes = 1,
      .reflexes = {{.muscle = "ham_r",
                    .states = RL_IN_ALL,
                    .delay = 0.005f,
                    .constant = 0.1f,
                    .n_terms = 1,
                    .terms = {{.sense = RL_SENSE_ANGLE, .of = "knee", .other_leg = true, .gain = 1.0f}}}}};
  open_rig(&c);
  sense(RL_SENSE_ANGLE, 1, 0.4f); /* the left knee */
  begin(0.001f);
  step();
  for (int m = 0; m < N_MUSCLES; m++) assert_near(r.excitations[m], m == RIGHT + HAM ? 0.1 + 0.4 : 0.0, 1e-6);
  close_rig();
}

/* --- refusals --- */

static void muscle_unknown(rl_controller *c) { strcpy(c->reflexes[4].muscle, "vsa"); }
static void muscle_of_term_unknown(rl_controller *c) { strcpy(c->reflexes[3].terms[0].of, "soll"); }
static void joint_unknown(rl_controller *c) { strcpy(c->reflexes[5].terms[0].of, "kne"); }
static void joint_missing(rl_controller *c) { c->reflexes[5].conditions[1].of[0] = '\0'; }
static void body_unknown(rl_controller *c) { strcpy(c->reflexes[6].terms[0].of, "trnk"); }
static void load_of_a_body(rl_controller *c) { strcpy(c->reflexes[9].terms[0].of, "foot"); }
static void sense_unknown(rl_controller *c) { c->reflexes[0].terms[0].sense = RL_SENSE_KINDS; }
static void delay_short(rl_controller *c) { c->reflexes[2].delay = 0.0005f; }
static void delay_long(rl_controller *c) { c->reflexes[2].delay = 0.6f; }
static void delay_nan(rl_controller *c) { c->reflexes[2].delay = NAN; }
static void delay_of_states(rl_controller *c) { c->delay = 0.0f; }
static void no_state(rl_controller *c) { c->reflexes[1].states = 0; }
static void gain_infinite(rl_controller *c) { c->reflexes[1].terms[0].gain = INFINITY; }
static void gain_huge(rl_controller *c) { c->reflexes[1].terms[0].gain = 2000.0f; }
static void constant_nan(rl_controller *c) { c->reflexes[10].constant = NAN; }
static void load_zero(rl_controller *c) { c->transitions.stance_load = 0.0f; }
static void threshold_nan(rl_controller *c) { c->transitions.landing = NAN; }
static void reflexes_many(rl_controller *c) { c->n_reflexes = RL_MAX_REFLEXES + 1; }
static void terms_many(rl_controller *c) { c->reflexes[0].n_terms = 5; }
static void feature(rl_controller *c) {
  c->n_features = 1;
  c->features[0] = (rl_feature){.states = RL_IN_ALL,
                                .sense = RL_SENSE_LEAN,
                                .delay = 0.01f,
                                .kp = 1.0f,
                                .n_followers = 1,
                                .followers = {{"glu", 1.0f}}};
}
static void feature_of_force(rl_controller *c) {
  feature(c);
  c->features[0].sense = RL_SENSE_FORCE;
}
static void feature_of_nobody(rl_controller *c) {
  feature(c);
  c->features[0].n_followers = 0;
}
static void feature_nan(rl_controller *c) {
  feature(c);
  c->features[0].target[2] = NAN;
}
static void feature_muscle(rl_controller *c) {
  feature(c);
  strcpy(c->features[0].followers[0].muscle, "gul");
}

/* Each of these is the human's controller with one fault. */
static void a_faulty_controller_is_refused_by_name(void **state) {
  (void)state;
  const struct {
    void (*spoil)(rl_controller *c);
    const char *message;
  } cases[] = {
      {muscle_unknown, "creature human: reflex 5 on vsa: unknown muscle \"vsa\""},
      {muscle_of_term_unknown,
       "creature human: reflex 4 on ta: term 1: unknown muscle \"soll\"; did you mean"},
      {joint_unknown, "creature human: reflex 6 on vas: term 1: unknown joint \"kne\""},
      {joint_missing, "creature human: reflex 6 on vas: condition 2: speed of which joint?"},
      {body_unknown,
       "creature human: reflex 7 on ham: term 1: unknown body \"trnk\"; did you mean \"trunk\"?"},
      {load_of_a_body, "creature human: reflex 10 on vas: term 1: load is of a leg, not of \"foot\""},
      {sense_unknown, "creature human: reflex 1 on ta: term 1: unknown sense"},
      {delay_short, "creature human: reflex 3 on gas: delay 0.0005 is outside [0.001, 0.5] s"},
      {delay_long, "creature human: reflex 3 on gas: delay 0.6 is outside [0.001, 0.5] s"},
      {delay_nan, "creature human: reflex 3 on gas: delay is not finite"},
      {delay_of_states, "creature human: transitions: delay 0 is outside"},
      {no_state, "creature human: reflex 2 on sol: it is active in no state"},
      {gain_infinite, "creature human: reflex 2 on sol: term 1: gain is not finite"},
      {gain_huge, "creature human: reflex 2 on sol: term 1: gain 2000 is outside [-1000, 1000]"},
      {constant_nan, "creature human: reflex 11 on glu: constant is not finite"},
      {load_zero, "creature human: transitions: stance_load 0 is outside"},
      {threshold_nan, "creature human: transitions: landing is not finite"},
      {reflexes_many, "creature human: 97 reflexes; there is room for 96"},
      {terms_many, "creature human: reflex 1 on ta: 5 terms; there is room for 4"},
      {feature_of_force, "creature human: feature 1: its sense is neither angle nor lean"},
      {feature_of_nobody, "creature human: feature 1: 0 muscles follow it"},
      {feature_nan, "creature human: feature 1: target: late_stance is not finite"},
      {feature_muscle, "creature human: feature 1: unknown muscle \"gul\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    static rl_controller c;
    rl_error error = {RL_OK, ""};
    c = rl_human_reflexes;
    cases[i].spoil(&c);
    assert_refused(rl_controller_check(&c, &human, &error), RL_BAD_ARGUMENT, cases[i].message);
  }
}

static void a_leg_without_the_part_is_named(void **state) {
  (void)state;
  static rl_controller c;
  rl_anatomy one_knee = human;
  const char *const fewer[] = {"hip_l", "knee_l", "ankle_l", "hip_r", "ankle_r"};
  rl_error error = {RL_OK, ""};
  c = rl_human_reflexes;
  one_knee.joints = fewer;
  one_knee.n_joints = 5;
  assert_refused(rl_controller_check(&c, &one_knee, &error), RL_BAD_ARGUMENT,
                 "creature human: reflex 6 on vas: term 1: joint knee: the right leg has none");
}

/* The muscles and senses of the largest creature, all heard by rules, fit. */
static void the_largest_controller_fits(void **state) {
  (void)state;
  static rl_controller c;
  c = (rl_controller){.transitions = rl_gait_defaults(),
                      .delay = 0.005f,
                      .n_reflexes = RL_MAX_REFLEXES,
                      .n_features = RL_MAX_FEATURES};
  for (int i = 0; i < RL_MAX_REFLEXES; i++)
    c.reflexes[i] = (rl_reflex){.muscle = "vas", .states = RL_IN_ALL, .delay = 0.5f, .constant = 0.001f};
  for (int i = 0; i < RL_MAX_FEATURES; i++) {
    c.features[i] = (rl_feature){.sense = RL_SENSE_LEAN,
                                 .of = "foot",
                                 .states = RL_IN_ALL,
                                 .delay = 0.01f,
                                 .kp = 1.0f,
                                 .n_followers = RL_MAX_FOLLOWERS};
    for (int j = 0; j < RL_MAX_FOLLOWERS; j++) c.features[i].followers[j] = (rl_follower){"vas", 0.0f};
  }
  open_rig(&c);
  assert_int_equal(r.wiring.n_rules, RL_MAX_RULES);
  begin(0.0005f);
  for (int k = 0; k < 3000; k++) step();
  assert_near(r.excitations[VAS], 0.096, 1e-6);
  close_rig();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reflexes_of_a_stance_leg_are_the_published_ones),
      cmocka_unit_test(a_knee_that_extends_beyond_170_degrees_inhibits_the_vasti),
      cmocka_unit_test(the_trailing_leg_of_double_support_gives_way_to_swing),
      cmocka_unit_test(the_reflexes_of_a_swing_leg_are_the_published_ones),
      cmocka_unit_test(a_sense_arrives_after_its_delay_to_the_step),
      cmocka_unit_test(states_change_after_the_delay_of_the_feet),
      cmocka_unit_test(the_legs_are_equals),
      cmocka_unit_test(the_muscles_of_a_feature_follow_its_target),
      cmocka_unit_test(a_rule_on_one_leg_is_of_that_leg),
      cmocka_unit_test(a_faulty_controller_is_refused_by_name),
      cmocka_unit_test(a_leg_without_the_part_is_named),
      cmocka_unit_test(the_largest_controller_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
