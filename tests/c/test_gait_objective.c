/* The objective of a gait: its penalties against the formula of gait_objective.h, its means, the fields it
 * reads, and that a fall never pays. */
#include "creature/gait_objective.h"
#include "registry.h"

#include "sim.h"

/* --- the formula --- */

static void fill_defaults(float *options) {
  for (int i = 0; i < RL_GAIT_OPTIONS; i++) options[i] = (float)rl_gait_options[i].value;
}

/* By hand, for 0.02 s at a target of 2 m/s, with the default weights 1, .2, .1, .2, .2 (1.7 in all):
 * speed 1 (.45 - .05) / 2 = .2; orientation .2 (.6 - .1) = .1; velocity .1 (.7 - .2) = .05;
 * slide .2 (.35 - .1) = .05; effort .2 (4 - 0) / 20 = .04 */
static void penalties_are_what_exceeds_the_threshold(void **state) {
  (void)state;
  const float quantities[RL_GAIT_PENALTIES] = {0.45f, 0.6f, 0.7f, 0.35f, 4.0f};
  const double by_hand[RL_GAIT_PENALTIES] = {0.2, 0.1, 0.05, 0.05, 0.04};
  float options[RL_GAIT_OPTIONS], penalties[RL_GAIT_PENALTIES];
  fill_defaults(options);
  assert_near(rl_gait_judge(options, quantities, 2.0f, 0.02f, penalties), 1.7 * 0.02, 1e-7);
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) assert_near(penalties[k], -0.02 * by_hand[k], 1e-8);
}

static void below_the_threshold_they_are_nothing_and_at_most_the_weight(void **state) {
  (void)state;
  const float thresholds[RL_GAIT_PENALTIES] = {0.05f, 0.1f, 0.2f, 0.1f, 0.0f};
  const float huge[RL_GAIT_PENALTIES] = {1e30f, 1e30f, 1e30f, 1e30f, 1e30f};
  const double weights[RL_GAIT_PENALTIES] = {1.0, 0.2, 0.1, 0.2, 0.2};
  float options[RL_GAIT_OPTIONS], penalties[RL_GAIT_PENALTIES];
  fill_defaults(options);
  rl_gait_judge(options, thresholds, 1.0f, 1.0f, penalties);
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) assert_near(penalties[k], 0.0, 0.0);
  rl_gait_judge(options, huge, 1.0f, 1.0f, penalties);
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) assert_near(penalties[k], -weights[k], 1e-6);
}

static void a_weight_of_zero_takes_its_penalty_out(void **state) {
  (void)state;
  const float quantities[RL_GAIT_PENALTIES] = {9.0f, 9.0f, 9.0f, 9.0f, 9.0f};
  float options[RL_GAIT_OPTIONS], penalties[RL_GAIT_PENALTIES];
  fill_defaults(options);
  for (int k = 1; k < RL_GAIT_PENALTIES; k++) options[RL_GAIT_WEIGHTS + 2 * k] = 0.0f;
  assert_near(rl_gait_judge(options, quantities, 1.0f, 1.0f, penalties), 1.0, 0.0);
  for (int k = 1; k < RL_GAIT_PENALTIES; k++) assert_near(penalties[k], 0.0, 0.0);
}

/* A first-order low pass of time constant 1 s leaves 1 / sqrt(1 + w^2) of an oscillation: .079 at 2 Hz. */
static void a_recent_mean_is_deaf_to_the_stride_and_follows_the_speed(void **state) {
  (void)state;
  const float dt = 0.01f;
  rl_recent_mean mean = {0};
  assert_near(rl_recent_mean_value(&mean, 7.0f), 7.0, 0.0);
  rl_recent_mean_add(&mean, 1.3f, dt);
  assert_near(rl_recent_mean_value(&mean, 7.0f), 1.3, 1e-6); /* from the first value on, not from 0 */
  float low = INFINITY, high = -INFINITY;
  for (int i = 0; i < 1000; i++) {
    rl_recent_mean_add(&mean, 1.3f + sinf(2.0f * 6.2831853f * (float)i * dt), dt);
    if (i < 900) continue;
    low = fminf(low, rl_recent_mean_value(&mean, 0.0f));
    high = fmaxf(high, rl_recent_mean_value(&mean, 0.0f));
  }
  assert_near((low + high) / 2.0f, 1.3, 0.005);
  assert_near((high - low) / 2.0f, 0.0793, 0.004);
  for (int i = 0; i < 200; i++) rl_recent_mean_add(&mean, 0.0f, dt);
  assert_near(rl_recent_mean_value(&mean, 0.0f), 1.3 * exp(-2.0), 0.02); /* 2 s on */
}

static void the_cost_of_transport_is_power_for_mass_and_speed(void **state) {
  (void)state;
  assert_near(rl_cost_of_transport(400.0f, 80.0f, 1.25f), 4.0, 1e-6);
  assert_near(rl_cost_of_transport(400.0f, 80.0f, -1.25f), 4.0, 1e-6);
  assert_near(rl_cost_of_transport(400.0f, 80.0f, 0.0f), 10.0, 1e-6);
}

/* --- in an environment --- */

static float term(const sim *s, const char *name) {
  for (int i = 0; i < s->def->n_terms; i++)
    if (strcmp(s->def->terms[i], name) == 0) return s->terms[i];
  fail_msg("no term %s", name);
  return 0.0f;
}

/* An arm of 2 kg and 0.5 m that a motor turns on top of 1000 kg. */
static void open_arm(sim *s) {
  rl_creature c = {.name = "arm",
                   .position = {0.0f, 0.5f},
                   .n_bodies = 2,
                   .n_motors = 1,
                   .motors = {{"shoulder", 5.0f, 100.0f}},
                   .n_feet = 1,
                   .feet = {"base"}};
  c.bodies[0] = c.bodies[1] = rl_body_defaults();
  strcpy(c.bodies[0].name, "base");
  c.bodies[0].is_root = true;
  c.bodies[0].n_shapes = 1;
  c.bodies[0].shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 4.0f, .height = 1.0f};
  c.bodies[0].mass = 1000.0f;
  strcpy(c.bodies[1].name, "arm");
  c.bodies[1].joint =
      (rl_joint){.name = "shoulder", .parent = "base", .at = {0.0f, 1.0f}, .lower = -3.0f, .upper = 3.0f};
  c.bodies[1].n_shapes = 1;
  c.bodies[1].shapes[0] =
      (rl_shape){.kind = RL_SHAPE_BOX, .center = {0.0f, 0.25f}, .width = 0.05f, .height = 0.5f};
  c.bodies[1].mass = 2.0f;
  strcpy(c.head, "arm");
  rl_error error;
  rl_env_def *def;
  assert_ok(rl_creature_env(&c, &def, &error));
  open_def(s, def);
}

/* From rest and hardly any gravity: all the work of the motor is in the arm, I w^2 / 2 about the hinge with
 * I = m (a^2 + b^2) / 12 + m (b / 2)^2. */
static void the_power_of_a_motor_is_the_energy_it_gives(void **state) {
  (void)state;
  const double inertia = 2.0 * (0.05 * 0.05 + 0.25) / 12.0 + 2.0 * 0.0625;
  sim s;
  open_arm(&s);
  set(&s, "gravity", 0.01, NULL);
  set(&s, "reset_noise", 0.0, NULL);
  start(&s, 1);
  double work = 0.0, angle = 0.0;
  for (int i = 0; i < 10; i++) {
    s.def->step(s.copy, (const float[]){1.0f}, &s.io);
    work += 0.02 * (double)field(&s, "power");
    angle = (double)field(&s, "shoulder_angle");
  }
  const double speed = (double)field(&s, "shoulder_speed");
  assert_true(speed > 2.0 && angle > 0.2 && angle < 2.0);
  assert_near(work, inertia * speed * speed / 2.0, 0.01 * work);
  assert_near(work, 5.0 * angle,
              0.05 * work); /* torque times angle, but for the half step of the integrator */
  s.def->step(s.copy, (const float[]){-1.0f}, &s.io); /* brakes: takes energy, does no work */
  assert_near(field(&s, "power"), 0.0, 0.0);
  close_sim(&s);
}

/* Head: the point (0, 0) of the arm's frame by default is the hinge; its speed is that of the base. */
static void the_head_turns_with_its_body(void **state) {
  (void)state;
  sim s;
  open_arm(&s);
  set(&s, "gravity", 0.01, NULL);
  set(&s, "reset_noise", 0.0, NULL);
  start(&s, 1);
  assert_near(field(&s, "head_angle"), 0.0, 0.0);
  for (int i = 0; i < 10; i++) s.def->step(s.copy, (const float[]){1.0f}, &s.io);
  assert_near(field(&s, "head_angle"), field(&s, "shoulder_angle"), 0.01);
  assert_near(field(&s, "head_speed"),
              hypotf(field(&s, "head_vx") - field(&s, "vx"), field(&s, "head_vy") - field(&s, "vy")), 1e-6);
  close_sim(&s);
}

/* Whatever the weights are: no second alive is worth less than none, and terms add up. */
static void to_fall_early_never_pays(void **state) {
  (void)state;
  const char *names[] = {"biped", "hopper", "quadruped"};
  for (int k = 0; k < 6; k++) {
    sim s;
    open_named(&s, names[k % 3]);
    set(&s, "objective", 0.0, "gait");
    set(&s, "target_speed", -3.0, NULL);
    set(&s, "speed_threshold", 0.0, NULL);
    set(&s, "effort_weight", k < 3 ? 0.2 : 1e3, NULL);
    set(&s, "slide_weight", k < 3 ? 0.2 : 50.0, NULL);
    start(&s, 5);
    const double alive = 0.02 * (1.0 + 0.2 + 0.1) + (k < 3 ? 0.02 * 0.4 : 0.02 * 1050.0);
    for (int i = 0; i < 150; i++) {
      step(&s, 1.0f);
      double sum = 0.0;
      for (int t = 0; t < s.def->n_terms; t++) sum += (double)s.terms[t];
      assert_near(s.io.reward, sum, 1e-6);
      assert_near(term(&s, "alive"), alive, 1e-5 * alive);
      assert_near(term(&s, "upright"), 0.0, 0.0);
      assert_true(s.io.reward >= -1e-5 * alive);
    }
    close_sim(&s);
  }
}

/* What muscles burn counts: a relaxed human (1.51 W/kg and little more) that hardly moves costs some 3 J/(kg
 * m). */
static void a_muscled_creature_has_it_by_default_and_pays_for_what_it_burns(void **state) {
  (void)state;
  sim s;
  open_named(&s, "human");
  start(&s, 1);
  float action[MOST];
  for (int i = 0; i < MOST; i++) action[i] = -1.0f;
  for (int i = 0; i < 20; i++) s.def->step(s.copy, action, &s.io);
  const float mass = 80.0f, power = field(&s, "metabolic_power");
  assert_near(field(&s, "power"), power, 1e-3);
  assert_true(power > 1.51f * mass);
  assert_near(field(&s, "recent_cost_of_transport"), power / (mass * 0.5f), 0.15 * power / (mass * 0.5f));
  assert_near(term(&s, "effort"), -0.01 * 0.2 * (double)field(&s, "recent_cost_of_transport") / 20.0, 1e-6);
  assert_near(term(&s, "alive"), 0.01 * 1.7, 1e-7);
  close_sim(&s);
}

/* The same gait for the same time earns the same at any rate of control: rewards are per second. */
static void a_statue_earns_by_the_second(void **state) {
  (void)state;
  double earned[2];
  for (int k = 0; k < 2; k++) {
    sim s;
    open_arm(&s);
    set(&s, "objective", 0.0, "gait");
    set(&s, "target_speed", 1.0, NULL);
    set(&s, "reset_noise", 0.0, NULL);
    set(&s, "gravity", 1.62, NULL);
    set(&s, "control_rate", k ? 100.0 : 50.0, NULL);
    set(&s, "substeps", k ? 2.0 : 4.0, NULL);
    start(&s, 1);
    earned[k] = 0.0;
    for (int i = 0; i < (k ? 100 : 50); i++) {
      step(&s, 0.0f);
      earned[k] += s.io.reward;
    }
    close_sim(&s);
  }
  /* stands for 1 s: 1.7 less 1 (1 - .05) for not moving, but for what the arm does as it starts to tip */
  assert_near(earned[0], 1.7 - 0.95, 0.01);
  assert_near(earned[0], earned[1], 1e-3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(penalties_are_what_exceeds_the_threshold),
      cmocka_unit_test(below_the_threshold_they_are_nothing_and_at_most_the_weight),
      cmocka_unit_test(a_weight_of_zero_takes_its_penalty_out),
      cmocka_unit_test(a_recent_mean_is_deaf_to_the_stride_and_follows_the_speed),
      cmocka_unit_test(the_cost_of_transport_is_power_for_mass_and_speed),
      cmocka_unit_test(the_power_of_a_motor_is_the_energy_it_gives),
      cmocka_unit_test(the_head_turns_with_its_body),
      cmocka_unit_test(to_fall_early_never_pays),
      cmocka_unit_test(a_muscled_creature_has_it_by_default_and_pays_for_what_it_burns),
      cmocka_unit_test(a_statue_earns_by_the_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
