/* A controller at work in a creature: what it senses, actions that add to it, episodes that begin anew, a
 * walk by reflexes; and creatures whose controller is refused. */
#include "bodies/human_reflex.h"
#include "check.h"
#include "creature/creature_control.h"
#include "creature/creature_fields.h"
#include "registry.h"

static const float DEGREES = 0.0174532925f;
enum { MOST = 512 };

/* --- one copy by itself --- */

typedef struct rig {
  rl_model model;
  rl_creature complete;
  rl_b2_world *world;
  rl_muscles muscles;
  rl_creature_control control;
} rig;

static rig r;

/* On flat ground, where the creature's description says, 1 ms a step. */
static void open_rig(const rl_creature *creature) {
  static rl_ground ground;
  rl_error error;
  rl_rng rng;
  memset(&r, 0, sizeof r);
  assert_ok(rl_creature_check(creature, &r.complete, &error));
  rl_model_make(&r.model, &r.complete);
  assert_int_equal(rl_b2_create(&r.world, NULL), RL_OK);
  r.muscles.model = &r.model;
  rl_rng_init(&rng, 1, 1);
  const rl_ground_options flat = {.kind = RL_GROUND_FLAT, .level = 1.0f};
  rl_ground_make(&ground, &flat, &rng);
  rl_start start = {.gravity = 10.0f, .friction = 0.9f, .lean = creature->start.lean};
  memcpy(start.joint_angles, r.model.start_angles, sizeof start.joint_angles);
  rl_model_build(&r.model, &ground, &start, r.world);
  rl_b2_step(r.world, 0.0f, 1, 1);
  rl_b2_begin_interval(r.world);
  assert_int_equal(rl_muscles_init(&r.muscles, &r.model, 1e-3f, NULL), RL_OK);
  assert_int_equal(rl_creature_control_init(&r.control, &r.model, 1e-3f, NULL), RL_OK);
  rl_muscles_begin(&r.muscles, r.world, 1e-3f);
  rl_creature_control_begin(&r.control, &r.muscles, r.world, 10.0f, 1e-3f);
}

static void close_rig(void) {
  rl_creature_control_release(&r.control);
  rl_muscles_release(&r.muscles);
  rl_b2_free(r.world);
}

static float sensed(rl_sense_kind kind, int of) {
  const rl_wiring *wiring = &r.model.wiring;
  for (int i = 0; i < wiring->n_senses; i++)
    if (wiring->senses[i].kind == kind && wiring->senses[i].of == of) return r.control.senses[i];
  fail_msg("nothing senses %d of %d", (int)kind, of);
  return 0.0f;
}

/* Thighs and shanks are .5 m, the foot's centre 2 cm ahead of its ankle; the hip is 1 m high
 * when standing. */
static void senses_are_those_of_the_published_posture(void **state) {
  (void)state;
  static rl_creature c;
  c = *rl_registry_creature("reflex_human");
  c.start.lean = 0.1f;
  open_rig(&c);
  assert_near(sensed(RL_SENSE_LEAN, 0), 0.1, 1e-6);
  assert_near(sensed(RL_SENSE_ANGLE, rl_creature_find_joint(&r.model.creature, "knee_l") - 1),
              -5.0f * DEGREES, 1e-6);
  assert_near(r.model.legs[0].length, 1.0, 1e-6);
  /* the trunk leans by .1 rad clockwise, and the legs with it */
  const double thigh = 5.0 * (double)DEGREES - 0.1, foot = thigh;
  assert_near(r.control.senses[RL_POSITION_L],
              0.5 * sin(thigh) + 0.5 * sin(thigh - 5.0 * (double)DEGREES) + 0.02 * cos(foot), 1e-5);
  const double right = 40.0 * (double)DEGREES - 0.1, shank = right - 5.0 * (double)DEGREES;
  assert_near(r.control.senses[RL_POSITION_R], 0.5 * sin(right) + 0.5 * sin(shank) + 0.02 * cos(shank), 1e-5);
  assert_near(r.control.senses[RL_LOAD_L], 1.0, 0.0); /* it alone touches the ground */
  assert_near(r.control.senses[RL_LOAD_R], 0.0, 0.0);
  assert_int_equal(r.control.control.state[0], RL_GAIT_LATE_STANCE); /* it is behind the hip */
  assert_int_equal(r.control.control.state[1], RL_GAIT_LANDING);
  close_rig();
}

/* The foot on the ground bears what gravity and the acceleration of the whole ask for: momentum
 * is conserved. */
static void a_load_is_the_force_of_one_step_of_physics(void **state) {
  (void)state;
  open_rig(rl_registry_creature("reflex_human"));
  double before = 0.0;
  for (int k = 0; k < 200; k++) {
    if (k % 10 == 0) rl_b2_begin_interval(r.world);
    rl_b2_step(r.world, 1e-3f, 8, 3);
    rl_creature_control_feel(&r.control, r.world, k % 10 == 0);
    double momentum = 0.0;
    for (int b = 0; b < r.model.creature.n_bodies; b++)
      momentum += (double)(r.model.mass[b] * rl_b2_body_motion(r.world, b).vy);
    const double force = (momentum - before) / 1e-3 + 80.0 * 10.0; /* on flat ground: all of it upward */
    assert_near(r.control.load[0] + r.control.load[1], force / (80.0 * 10.0),
                2e-3 + 1e-3 * fabs(force) / 800.0);
    before = momentum;
  }
  close_rig();
}

/* --- the environment --- */

typedef struct sim {
  rl_env_def *def;
  void *copy;
  double options[MOST];
  float observation[MOST], fields[MOST], terms[MOST];
  rl_env_io io;
  rl_rng rng;
} sim;

static void begin(sim *s) {
  rl_rng_init(&s->rng, 1, 1);
  s->def->reset(s->copy, s->options, &s->rng, &s->io);
}

static void open_env(sim *s, const rl_creature *creature) {
  rl_error error;
  memset(s, 0, sizeof *s);
  assert_ok(rl_creature_env(creature, &s->def, &error));
  assert_ok(s->def->create(&s->copy, s->def, &error));
  rl_env_defaults(s->def, s->options);
  assert_ok(rl_env_set_option(s->def, s->options, "reset_noise", 0.0, NULL, &error));
  s->io = (rl_env_io){.observation = s->observation, .fields = s->fields, .terms = s->terms};
  begin(s);
}

static void close_env(sim *s) {
  s->def->free(s->copy);
  rl_env_def_free(s->def);
}

static float field(const sim *s, const char *name) {
  const int i = rl_env_find_field(s->def, name);
  if (i < 0) fail_msg("no field %s", name);
  return s->fields[i];
}

static void step(sim *s, float action) {
  float actions[MOST];
  for (int i = 0; i < s->def->action.size; i++) actions[i] = action;
  s->def->step(s->copy, actions, &s->io);
}

/* Every fall of these gains so far, at any step of physics, came after 1.7 s or later. */
static void the_published_gains_take_steps(void **state) {
  (void)state;
  static sim s;
  bool left_swings = false, right_stands = false;
  open_env(&s, rl_registry_creature("reflex_human"));
  while (field(&s, "time") < 1.1f) {
    step(&s, 0.0f);
    assert_false(s.io.terminated);
    left_swings = left_swings || (field(&s, "foot_l_contact") < 0.5f && field(&s, "knee_l_angle") < -0.7f);
    right_stands = right_stands || field(&s, "foot_r_load") > 0.7f;
  }
  assert_true(left_swings && right_stands);
  assert_true(field(&s, "x") > 0.8f);
  close_env(&s);
}

static void a_new_episode_has_forgotten_the_last(void **state) {
  (void)state;
  static sim s;
  float fields[2][MOST];
  open_env(&s, rl_registry_creature("reflex_human"));
  for (int episode = 0; episode < 2; episode++) {
    for (int k = 0; k < 40; k++) step(&s, 0.0f);
    memcpy(fields[episode], s.fields, sizeof s.fields);
    for (int k = 0; k < 7; k++) step(&s, 0.5f);
    begin(&s);
  }
  assert_memory_equal(fields[0], fields[1], sizeof fields[0]);
  close_env(&s);
}

/* Activation follows excitation with a lag of 10 ms: after 10 ms it has gone 1 - 1/e of the way. A controller
 * of one constant, .3: actions are added to it, and the sum is kept within 0 and 1. */
static void an_action_adds_to_the_controller(void **state) {
  (void)state;
  static rl_creature c;
  static rl_controller constant;
  constant =
      (rl_controller){.transitions = rl_gait_defaults(),
                      .delay = 0.005f,
                      .n_reflexes = 1,
                      .reflexes = {{.muscle = "ta", .states = RL_IN_ALL, .delay = 0.005f, .constant = 0.3f}}};
  c = *rl_registry_creature("human");
  c.controller = &constant;
  const float actions[] = {0.0f, 0.2f, -0.2f, -1.0f, 1.0f};
  const double excitations[] = {0.3, 0.5, 0.1, 0.01, 1.0};
  for (int i = 0; i < 5; i++) {
    static sim s;
    open_env(&s, &c);
    step(&s, actions[i]);
    assert_near(field(&s, "ta_l_activation"), 0.01 + (excitations[i] - 0.01) * (1.0 - exp(-1.0)), 0.02);
    assert_near(field(&s, "ta_l_activation"), field(&s, "ta_r_activation"), 0.0);
    close_env(&s);
  }
}

static void a_controller_that_does_not_fit_its_creature_is_refused_by_name(void **state) {
  (void)state;
  static rl_creature c;
  rl_error error;
  rl_env_def *def;
  c = *rl_registry_creature("biped");
  c.controller = &rl_human_reflexes;
  assert_refused(rl_creature_env(&c, &def, &error), RL_BAD_ARGUMENT,
                 "creature biped: reflex 1 on ta: unknown muscle \"ta\"");
  c = *rl_registry_creature("hopper");
  c.controller = &rl_human_reflexes;
  assert_refused(rl_creature_env(&c, &def, &error), RL_BAD_ARGUMENT,
                 "creature hopper: controller: no foot ends in _l");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(senses_are_those_of_the_published_posture),
      cmocka_unit_test(a_load_is_the_force_of_one_step_of_physics),
      cmocka_unit_test(the_published_gains_take_steps),
      cmocka_unit_test(a_new_episode_has_forgotten_the_last),
      cmocka_unit_test(an_action_adds_to_the_controller),
      cmocka_unit_test(a_controller_that_does_not_fit_its_creature_is_refused_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
