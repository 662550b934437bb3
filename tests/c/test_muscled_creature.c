/* Creatures with muscles: what is refused, forces along paths and on joints, soft stops, delays, fields, and
 * the planar human. */
#include "base/memory.h"
#include "base/parallel.h"
#include "check.h"
#include "creature/creature_fields.h"
#include "env/vec_env.h"
#include "registry.h"

#include <stdio.h>

/* A block on two feet; from each foot, which hangs on a hip behind, a muscle runs round a point of
 * the block. */
static rl_creature jumper(void) {
  rl_creature c = {.name = "jumper",
                   .symmetric = true,
                   .position = {0.0f, 0.6f},
                   .n_bodies = 2,
                   .n_muscles = 1,
                   .n_feet = 1,
                   .feet = {"leg_l"}};
  rl_muscle *muscle = &c.muscles[0];
  for (int i = 0; i < 2; i++) {
    c.bodies[i] = rl_body_defaults();
    c.bodies[i].n_shapes = 1;
    c.bodies[i].mass = i == 0 ? 10.0f : 2.0f;
  }
  strcpy(c.bodies[0].name, "block");
  c.bodies[0].is_root = true;
  c.bodies[0].shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 0.3f, .height = 0.2f};
  strcpy(c.bodies[1].name, "leg_l");
  c.bodies[1].joint = (rl_joint){.name = "hip_l",
                                 .parent = "block",
                                 .at = {-0.1f, -0.1f},
                                 .from = {0.0f, 0.25f},
                                 .lower = -0.5f,
                                 .upper = 1.0f};
  c.bodies[1].shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 0.05f, .height = 0.5f};
  *muscle = rl_muscle_defaults();
  strcpy(muscle->name, "front_l");
  muscle->physiology.f_max = 1000.0f;
  muscle->physiology.l_opt = 0.15f;
  muscle->physiology.l_slack = 0.27f;
  muscle->delay = 0.010f;
  muscle->n_points = 3;
  strcpy(muscle->path[0].body, "block");
  strcpy(muscle->path[1].body, "block");
  strcpy(muscle->path[2].body, "leg_l");
  muscle->path[0].at[0] = 0.15f;
  muscle->path[0].at[1] = 0.05f;
  muscle->path[1].at[0] = 0.12f;
  muscle->path[1].at[1] = -0.08f;
  muscle->path[2].at[0] = 0.02f;
  muscle->path[2].at[1] = 0.05f;
  return c;
}

/* --- refusals --- */

#define FRONT (&c->muscles[0])
static void no_path(rl_creature *c) { FRONT->n_points = 0; }
static void a_point(rl_creature *c) { FRONT->n_points = 1; }
static void many_points(rl_creature *c) { FRONT->n_points = 9; }
static void many_arms(rl_creature *c) { FRONT->n_arms = 5; }
static void many_muscles(rl_creature *c) { c->n_muscles = 65; }
static void mirrored_too_many(rl_creature *c) {
  for (int i = 1; i < 33; i++) {
    c->muscles[i] = c->muscles[0];
    snprintf(c->muscles[i].name, RL_NAME, "m%d_l", i);
  }
  c->n_muscles = 33;
}
static void body_missing(rl_creature *c) { strcpy(FRONT->path[2].body, "lge_l"); }
static void body_unnamed(rl_creature *c) { FRONT->path[2].body[0] = '\0'; }
static void one_body(rl_creature *c) { FRONT->n_points = 2; }
static void point_nan(rl_creature *c) { FRONT->path[1].at[1] = NAN; }
static void point_far(rl_creature *c) { FRONT->path[1].at[1] = 1e3f; }
static void no_length(rl_creature *c) {
  c->bodies[1].joint.lower = c->bodies[1].joint.upper = 0.0f;
  FRONT->n_points = 2;
  memcpy(FRONT->path[1].body, "leg_l", 6);
  memcpy(FRONT->path[0].at, c->bodies[1].joint.at, sizeof FRONT->path[0].at);
  memcpy(FRONT->path[1].at, c->bodies[1].joint.from, sizeof FRONT->path[1].at);
}
static void slack_long(rl_creature *c) { FRONT->physiology.l_slack = 0.9f; }
static void weak(rl_creature *c) { FRONT->physiology.f_max = 0.0f; }
static void strong(rl_creature *c) { FRONT->physiology.f_max = 1e9f; }
static void force_nan(rl_creature *c) { FRONT->physiology.f_max = NAN; }
static void fibre_negative(rl_creature *c) { FRONT->physiology.l_opt = -0.1f; }
static void slack_negative(rl_creature *c) { FRONT->physiology.l_slack = -0.1f; }
static void vmax_zero(rl_creature *c) { FRONT->physiology.v_max = 0.0f; }
static void tau_short(rl_creature *c) { FRONT->physiology.tau_deactivation = 1e-6f; }
static void fibres_odd(rl_creature *c) { FRONT->physiology.slow_fibres = 1.5f; }
static void delay_short(rl_creature *c) { FRONT->delay = 0.0002f; }
static void delay_long(rl_creature *c) { FRONT->delay = 60.0f; }
static void delay_nan(rl_creature *c) { FRONT->delay = NAN; }
static void double_name(rl_creature *c) { c->muscles[c->n_muscles++] = c->muscles[0]; }
static void odd_name(rl_creature *c) { strcpy(FRONT->name, "rectus femoris"); }
static void arm_of(rl_creature *c, const char *joint, float arm, float rho) {
  rl_moment_arm *made = &FRONT->arms[FRONT->n_arms++];
  *made = (rl_moment_arm){.arm = arm, .rho = rho, .constant = true};
  strcpy(made->joint, joint);
}
static void arm_joint(rl_creature *c) { arm_of(c, "hpi_l", 0.1f, 1.0f); }
static void arm_zero(rl_creature *c) { arm_of(c, "hip_l", 0.0f, 1.0f); }
static void arm_long(rl_creature *c) { arm_of(c, "hip_l", 3.0f, 1.0f); }
static void arm_rho(rl_creature *c) { arm_of(c, "hip_l", 0.1f, 0.0f); }
static void arm_nan(rl_creature *c) { arm_of(c, "hip_l", NAN, 1.0f); }
static void arm_double(rl_creature *c) {
  arm_of(c, "hip_l", 0.1f, 1.0f);
  arm_of(c, "hip_l", 0.1f, 1.0f);
}
static void inertia_odd(rl_creature *c) { c->bodies[1].inertia = 1e-9f; }
static void inertia_nan(rl_creature *c) { c->bodies[1].inertia = NAN; }
static void center_nan(rl_creature *c) {
  c->bodies[1].centered = true;
  c->bodies[1].center[0] = NAN;
}
static void soften(rl_creature *c, float lower, float upper, float stiffness) {
  rl_joint *joint = &c->bodies[1].joint;
  joint->soft_lower = lower;
  joint->soft_upper = upper;
  joint->soft_stiffness = stiffness;
}
static void soft_outside(rl_creature *c) { soften(c, -1.0f, 0.5f, 10.0f); }
static void soft_reversed(rl_creature *c) { soften(c, 0.5f, 0.2f, 10.0f); }
static void soft_negative(rl_creature *c) { soften(c, -0.2f, 0.2f, -1.0f); }
static void soft_motor(rl_creature *c) {
  soften(c, -0.2f, 0.2f, 10.0f);
  c->motors[c->n_motors++] = (rl_motor){"hip_l", 10.0f, 5.0f};
}
static void nothing_moves(rl_creature *c) { c->n_muscles = 0; }

static void a_faulty_muscle_is_refused_by_name(void **state) {
  static const struct {
    void (*spoil)(rl_creature *c);
    const char *message;
  } cases[] = {
      {no_path, "creature jumper: muscle front_l: a path of 0 points; it needs 2 at least"},
      {a_point, "creature jumper: muscle front_l: a path of 1 points; it needs 2 at least"},
      {many_points, "creature jumper: muscle front_l: 9 points; there is room for 8"},
      {many_arms, "creature jumper: muscle front_l: 5 moment arms; there is room for 4"},
      {many_muscles, "creature jumper: 65 muscles; there is room for 64"},
      {mirrored_too_many, "creature jumper: 65 muscles with the mirrored ones; there is room for 64"},
      {body_missing,
       "creature jumper: muscle front_l: point 3: unknown body \"lge_l\"; did you mean \"leg_l\"?"},
      {body_unnamed, "creature jumper: the body of a muscle's point 3 has no name"},
      {one_body, "creature jumper: muscle front_l: its path stays on body block"},
      {point_nan, "creature jumper: muscle front_l: point 2: at is not finite"},
      {point_far, "creature jumper: muscle front_l: point 2: at 1000 is outside [-100, 100]"},
      {no_length, "creature jumper: muscle front_l: its path has no length"},
      {slack_long, "creature jumper: muscle front_l: l_slack 0.9 m is longer than its longest path, 0.4"},
      {weak, "creature jumper: muscle front_l: f_max 0 is outside [0.001, 1e+06] N"},
      {strong, "creature jumper: muscle front_l: f_max 1e+09 is outside"},
      {force_nan, "creature jumper: muscle front_l: f_max is not finite"},
      {fibre_negative, "creature jumper: muscle front_l: l_opt -0.1 is outside"},
      {slack_negative, "creature jumper: muscle front_l: l_slack -0.1 is outside"},
      {vmax_zero, "creature jumper: muscle front_l: v_max 0 is outside [0.001, 100] l_opt/s"},
      {tau_short, "creature jumper: muscle front_l: tau_deactivation 1e-06 is outside"},
      {fibres_odd, "creature jumper: muscle front_l: slow_fibres 1.5 is outside [0, 1]"},
      {delay_short, "creature jumper: muscle front_l: delay 0.0002 s is below a step of physics (0.001 s)"},
      {delay_long, "creature jumper: muscle front_l: delay 60 is outside [0, 1] s"},
      {delay_nan, "creature jumper: muscle front_l: delay is not finite"},
      {double_name, "creature jumper: muscle front_l: there are two of that name"},
      {odd_name, "creature jumper: muscle \"rectus femoris\": a name is letters, digits and _"},
      {arm_joint, "creature jumper: muscle front_l: unknown joint \"hpi_l\"; did you mean \"hip_l\"?"},
      {arm_zero, "creature jumper: muscle front_l: arm on hip_l: 0 m, it would turn nothing"},
      {arm_long, "creature jumper: muscle front_l: arm on hip_l: arm 3 is outside [-1, 1] m"},
      {arm_rho, "creature jumper: muscle front_l: arm on hip_l: rho 0 is outside [0.01, 10]"},
      {arm_nan, "creature jumper: muscle front_l: arm on hip_l: arm is not finite"},
      {arm_double, "creature jumper: muscle front_l: there are two arms on joint hip_l"},
      {inertia_odd, "creature jumper: body leg_l: inertia 1e-09 is outside"},
      {inertia_nan, "creature jumper: body leg_l: inertia is not finite"},
      {center_nan, "creature jumper: body leg_l: center is not finite"},
      {soft_outside, "creature jumper: joint hip_l: soft: lower -1 is outside [-0.5, 1]"},
      {soft_reversed, "creature jumper: joint hip_l: soft: upper 0.2 is outside [0.5, 1]"},
      {soft_negative, "creature jumper: joint hip_l: soft: stiffness -1 is outside"},
      {soft_motor, "creature jumper: joint hip_l: it has soft stops and a motor"},
      {nothing_moves, "creature jumper: no motors and no muscles, so there is no action"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    static rl_creature creature, complete;
    rl_error error = {RL_OK, ""};
    creature = jumper();
    cases[i].spoil(&creature);
    assert_int_equal(rl_creature_check(&creature, &complete, &error), RL_BAD_ARGUMENT);
    if (strncmp(error.message, cases[i].message, strlen(cases[i].message)) != 0)
      fail_msg("expected: %s\n     got: %s", cases[i].message, error.message);
  }
}

/* --- a world by hand --- */

typedef struct rig {
  rl_model model;
  rl_b2_world *world;
  rl_muscles muscles;
} rig;

/* The creature hovers without gravity, its feet clear of the ground by a start upward. */
static rig *hover(const rl_creature *creature, const float *angles, float dt) {
  static rl_creature complete;
  static rl_ground ground;
  rl_error error;
  rl_rng rng;
  rig *r = zeros(1, sizeof *r);
  rl_start start = {.gravity = 0.0f, .friction = 0.5f, .vy = 2.0f};
  assert_ok(rl_creature_check(creature, &complete, &error));
  rl_model_make(&r->model, &complete);
  if (angles) memcpy(start.joint_angles, angles, (size_t)r->model.n_joints * sizeof(float));
  rl_rng_init(&rng, 1, 1);
  rl_ground_make(&ground, &(rl_ground_options){.kind = RL_GROUND_FLAT, .level = 1.0f}, &rng);
  assert_int_equal(rl_b2_create(&r->world, NULL), RL_OK);
  rl_model_build(&r->model, &ground, &start, r->world);
  for (int i = 0; i < 100; i++) rl_b2_step(r->world, 0.001f, 8, 3); /* away from the ground */
  assert_int_equal(rl_muscles_init(&r->muscles, &r->model, dt, NULL), RL_OK);
  rl_muscles_begin(&r->muscles, r->world, dt);
  return r;
}

static void advance(rig *r) {
  rl_soft_stops(&r->model, r->world, r->muscles.dt);
  rl_muscles_pull(&r->muscles, r->world);
  rl_b2_step(r->world, r->muscles.dt, 50, 20);
  rl_muscles_follow(&r->muscles, r->world);
}

static void put_away(rig *r) {
  rl_muscles_release(&r->muscles);
  rl_b2_free(r->world);
  free(r);
}

typedef struct momentum {
  double x, y, angular, energy;
} momentum;

static momentum momentum_of(const rig *r) {
  momentum sum = {0.0, 0.0, 0.0, 0.0};
  for (int i = 0; i < r->model.creature.n_bodies; i++) {
    const rl_b2_motion b = rl_b2_body_motion(r->world, i);
    const double m = (double)r->model.mass[i], inertia = (double)r->model.inertia[i];
    const double vx = (double)b.vx, vy = (double)b.vy, w = (double)b.angular_speed;
    sum.x += m * vx;
    sum.y += m * vy;
    sum.angular += inertia * w + m * ((double)b.x * vy - (double)b.y * vx);
    sum.energy += 0.5 * (m * (vx * vx + vy * vy) + inertia * w * w);
  }
  return sum;
}

/* Muscles are inner forces, and what they do to the bodies is what the shortening of their path gives. */
static void muscles_keep_the_momentum_and_give_the_work_of_their_shortening(void **state) {
  (void)state;
  for (int arms = 0; arms < 2; arms++) {
    static rl_creature creature;
    rl_creature *c = &creature;
    creature = jumper();
    if (arms) arm_of(c, "hip_l", 0.12f, 1.0f);
    rig *r = hover(c, NULL, 0.0005f);
    const momentum before = momentum_of(r);
    double work = 0.0, moved[2] = {0.0, 0.0};
    r->muscles.excitation[0] = 0.8f;
    r->muscles.excitation[1] = 0.3f;
    for (int i = 0; i < 120; i++) {
      rl_muscle_state old[2];
      memcpy(old, r->muscles.state, sizeof old);
      advance(r);
      for (int m = 0; m < 2; m++) { /* a force acts at the mean of the speeds before and after its step */
        const double now = (double)(r->muscles.state[m].unit_length - old[m].unit_length);
        work -= (double)old[m].force * 0.5 * (moved[m] + now);
        moved[m] = now;
      }
    }
    const momentum after = momentum_of(r);
    print_message("work %.4g J, kinetic energy %.4g J\n", work, after.energy - before.energy);
    assert_true(work > 3.0);
    assert_near(after.x, before.x, 1e-3);
    assert_near(after.y, before.y, 1e-3);
    assert_near(after.angular, before.angular, 5e-3);
    assert_near(after.energy - before.energy, work, 0.003 * work);
    put_away(r);
  }
}

/* A push into a soft stop is answered with stiffness * depth * (1 + w / w0), but at most by stopping. */
static void a_soft_stop_holds_and_gives_back_no_faster_than_a_degree_a_second(void **state) {
  static rl_creature creature;
  rl_creature *c = &creature;
  (void)state;
  creature = jumper();
  arm_of(c, "hip_l", 0.12f, 1.0f);
  soften(c, -0.5f, 0.2f, 200.0f);
  rig *r = hover(c, NULL, 0.001f);
  float arrival = 0.0f, beyond = 0.0f;
  r->muscles.excitation[0] = r->muscles.excitation[1] = 1.0f;
  for (int i = 0; i < 300; i++) {
    const float angle = rl_b2_joint_angle(r->world, 0), speed = rl_b2_joint_speed(r->world, 0);
    if (angle < 0.2f)
      arrival = speed;
    else if (angle > 0.21f)
      beyond = fmaxf(beyond, speed);
    advance(r);
  }
  assert_true(arrival > 5.0f && beyond > 0.0f && beyond < 0.25f * arrival);
  const double depth = (double)rl_b2_joint_angle(r->world, 0) - 0.2,
               torque = 0.12 * (double)r->muscles.state[0].force;
  const double going = (double)rl_b2_joint_speed(r->world, 0) / 0.0174532925;
  print_message("soft stop: %.4g N m at %.3g rad, muscle %.4g N m\n", 200.0 * depth * (1.0 + going), depth,
                torque);
  assert_near(200.0 * depth * (1.0 + going), torque, 0.05 * torque);
  r->muscles.excitation[0] = r->muscles.excitation[1] = 0.0f;
  for (int i = 0; i < 300; i++) advance(r);
  const float angle = rl_b2_joint_angle(r->world, 0);
  assert_true(angle > 0.2f && rl_b2_joint_speed(r->world, 0) >= -0.0175f);
  put_away(r);
}

static void a_muscle_is_felt_as_late_as_its_delay_says(void **state) {
  static rl_creature creature;
  rl_muscle_sense history[64];
  (void)state;
  creature = jumper();
  creature.muscles[0].delay = 0.007f;
  rig *r = hover(&creature, NULL, 0.001f);
  r->muscles.excitation[0] = 1.0f;
  for (int i = 0; i < 64; i++) {
    const rl_muscle_state *s = &r->muscles.state[0];
    history[i] = (rl_muscle_sense){s->length, s->velocity, s->force / 1000.0f};
    const rl_muscle_sense felt = rl_muscles_feel(&r->muscles, 0), then = history[i > 7 ? i - 7 : 0];
    assert_memory_equal(&felt, &then, sizeof felt);
    advance(r);
  }
  put_away(r);
}

/* --- the human --- */

static int muscle_named(const rig *r, const char *name) {
  for (int m = 0; m < r->model.creature.n_muscles; m++)
    if (strcmp(r->model.creature.muscles[m].name, name) == 0) return m;
  fail_msg("no muscle %s", name);
  return -1;
}

static int joint_named(const rig *r, const char *name) {
  return rl_creature_find_joint(&r->model.creature, name) - 1;
}

/* Each muscle with one of its arms at a time, so that no other joint carries this one along. Signs from
 * anatomy: a thigh that flexes, a shank that extends and toes that rise turn counter-clockwise in a person
 * facing right. */
static void each_muscle_moves_its_joints_the_way_anatomy_says(void **state) {
  static const struct {
    const char *muscle, *joint;
    float direction;
  } ways[] = {
      {"sol_l", "ankle_l", -1.0f}, {"ta_l", "ankle_l", 1.0f}, {"gas_l", "ankle_l", -1.0f},
      {"gas_l", "knee_l", -1.0f},  {"vas_l", "knee_l", 1.0f}, {"ham_l", "hip_l", -1.0f},
      {"ham_l", "knee_l", -1.0f},  {"glu_l", "hip_l", -1.0f}, {"hfl_l", "hip_l", 1.0f},
      {"sol_r", "ankle_r", -1.0f}, {"hfl_r", "hip_r", 1.0f},  {"vas_r", "knee_r", 1.0f},
  };
  const float bent[6] = {0.5f, -0.7f, 0.0f, 0.5f, -0.7f, 0.0f};
  (void)state;
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    static rl_creature alone;
    rl_creature_check(rl_registry_creature("human"), &alone, NULL);
    for (int m = 0; m < alone.n_muscles; m++) {
      rl_muscle *muscle = &alone.muscles[m];
      if (strcmp(muscle->name, ways[i].muscle) != 0) continue;
      for (int k = 0; k < muscle->n_arms; k++)
        if (strcmp(muscle->arms[k].joint, ways[i].joint) == 0) muscle->arms[0] = muscle->arms[k];
      muscle->n_arms = 1;
      alone.muscles[0] = *muscle;
      alone.n_muscles = 1;
    }
    rig *r = hover(&alone, bent, 0.001f);
    const int joint = joint_named(r, ways[i].joint);
    const float angle = rl_b2_joint_angle(r->world, joint), length = r->muscles.state[0].unit_length;
    r->muscles.excitation[0] = 1.0f;
    for (int k = 0; k < 40; k++) advance(r);
    const float moved = (rl_b2_joint_angle(r->world, joint) - angle) * ways[i].direction;
    if (moved < 0.02f) fail_msg("%s moves %s by %g", ways[i].muscle, ways[i].joint, (double)moved);
    assert_true(r->muscles.state[0].unit_length < length);
    put_away(r);
  }
}

/* Lengths of the units by the formulas of the paper in its own angles: 180 - hip, 180 + knee, 90 - ankle. The
 * posture is that of its left leg at the start, ankle 85, knee 175, hip 175, and one deeply bent. */
static void units_have_the_lengths_of_the_paper_s_formulas(void **state) {
  static const double degree = 3.14159265358979 / 180.0;
  static const double postures[2][3] = {{85.0, 175.0, 175.0}, {105.0, 120.0, 130.0}}; /* ankle, knee, hip */
  (void)state;
  for (int i = 0; i < 2; i++) {
    const double ankle = postures[i][0], knee = postures[i][1], hip = postures[i][2];
    const float h = (float)((180.0 - hip) * degree), k = (float)((knee - 180.0) * degree),
                a = (float)((90.0 - ankle) * degree);
    rig *r = hover(rl_registry_creature("human"), (float[6]){h, k, a, h, k, a}, 0.001f);
#define TERM(phi, r, max, ref, rho)                                                                          \
  ((rho) * (r) * (sin(((phi) - (max)) * degree) - sin(((ref) - (max)) * degree)))
    const struct {
      const char *muscle;
      double length;
    } units[] = {
        {"sol_l", 0.30 - TERM(ankle, 0.05, 110.0, 80.0, 0.5)},
        {"ta_l", 0.30 + TERM(ankle, 0.04, 80.0, 110.0, 0.7)},
        {"gas_l", 0.45 - TERM(ankle, 0.05, 110.0, 80.0, 0.7) + TERM(knee, 0.05, 140.0, 165.0, 0.7)},
        {"vas_r", 0.31 - TERM(knee, 0.06, 165.0, 125.0, 0.7)},
        {"ham_l", 0.41 - 0.7 * 0.08 * (hip - 155.0) * degree + TERM(knee, 0.05, 180.0, 180.0, 0.7)},
        {"glu_l", 0.24 - 0.5 * 0.10 * (hip - 150.0) * degree},
        {"hfl_r", 0.21 + 0.5 * 0.10 * (hip - 180.0) * degree},
    };
    rl_muscles_begin(&r->muscles, r->world, 0.001f);
    for (int m = 0; m < 7; m++) {
      const rl_muscle_state *s = &r->muscles.state[muscle_named(r, units[m].muscle)];
      assert_near(s->unit_length, units[m].length, 3e-4); /* the joints drift a little on the way up */
    }
    put_away(r);
  }
}

static void the_human_has_the_segments_of_the_paper(void **state) {
  static rl_creature complete;
  static rl_model model;
  rl_pose poses[RL_MAX_PARTS];
  (void)state;
  assert_int_equal(rl_creature_check(rl_registry_creature("human"), &complete, NULL), RL_OK);
  rl_model_make(&model, &complete);
  assert_near(model.total_mass, 80.0, 1e-4);
  assert_int_equal(complete.n_muscles, 14);
  rl_creature_stand(&complete, NULL, poses);
  /* From the ground up: foot, ankle and toe at 0, shank's centre at .3, knee .5, thigh's .8, hip 1,
   * trunk's 1.35. */
  const float heights[] = {1.35f, 0.8f, 0.3f, 0.0f};
  const float inertias[] = {3.0f, 0.15f, 0.05f, 0.005f};
  for (int i = 0; i < 4; i++) {
    const float center[2] = {model.center[i].x, model.center[i].y};
    assert_near(rl_pose_apply(poses[i], center).y, heights[i], 1e-6);
    assert_near(model.inertia[i], inertias[i], 0.0);
  }
}

/* --- the environment --- */

typedef struct sim {
  rl_env_def *def;
  void *copy;
  double options[32];
  float observation[256], fields[512], terms[8];
  rl_env_io io;
  rl_rng rng;
} sim;

static sim *open_creature(const rl_creature *creature) {
  rl_error error;
  sim *s = zeros(1, sizeof *s);
  assert_ok(rl_creature_env(creature, &s->def, &error));
  assert_true(s->def->n_options <= 32 && s->def->observation.size <= 256 && s->def->n_fields <= 512);
  assert_ok(s->def->create(&s->copy, s->def, &error));
  rl_env_defaults(s->def, s->options);
  s->io = (rl_env_io){.observation = s->observation, .fields = s->fields, .terms = s->terms};
  return s;
}

static void reset(sim *s, uint64_t seed) {
  rl_rng_init(&s->rng, seed, 1);
  s->def->reset(s->copy, s->options, &s->rng, &s->io);
}

static void close_sim(sim *s) {
  s->def->free(s->copy);
  rl_env_def_free(s->def);
  free(s);
}

static float field(const sim *s, const char *name) {
  const int i = rl_env_find_field(s->def, name);
  if (i < 0) fail_msg("no field %s", name);
  return s->fields[i];
}

static void actions_ask_motors_first_and_then_muscles(void **state) {
  static rl_creature creature;
  (void)state;
  creature = jumper();
  creature.n_motors = 1;
  creature.motors[0] = (rl_motor){"hip_l", 1.0f, 5.0f};
  sim *s = open_creature(&creature);
  assert_int_equal(s->def->action.size, 4); /* hip_l, hip_r, front_l, front_r */
  reset(s, 1);
  const float action[4] = {0.0f, 0.0f, 1.0f, -1.0f};
  for (int i = 0; i < 4; i++) s->def->step(s->copy, action, &s->io);
  assert_near(field(s, "front_l_activation"), 1.0 - 0.99 * exp(-4.0), 1e-4); /* 40 ms, lag 10 ms */
  assert_near(field(s, "front_r_activation"), 0.01, 1e-6);                   /* the least there is */
  assert_true(field(s, "front_l_force") > field(s, "front_r_force"));
  close_sim(s);
}

static void the_observation_ends_with_what_is_felt_of_the_muscles_late(void **state) {
  static rl_creature creature;
  float force[100];
  (void)state;
  creature = jumper();
  creature.muscles[0].delay = 0.030f; /* 3 actions */
  sim *s = open_creature(&creature);
  const int size = s->def->observation.size;
  assert_int_equal(size, 5 + 2 * 2 + 2 + 3 * 2);
  reset(s, 1);
  for (int t = 0; t < 50; t++) {
    force[t] = field(s, "front_r_force");
    assert_near(s->observation[size - 1], force[t > 3 ? t - 3 : 0], 0.0);
    s->def->step(s->copy, (float[2]){sinf((float)t), cosf((float)t)}, &s->io);
  }
  close_sim(s);
}

/* A relaxed body burns 1.51 W/kg and what excitation and activation of 0.01 cost. */
static void effort_is_the_metabolic_power_and_energy_its_sum(void **state) {
  double energy = 0.0;
  rl_error error;
  (void)state;
  sim *s = open_creature(rl_registry_creature("human"));
  assert_ok(rl_env_set_option(s->def, s->options, "objective", 0.0, "plain", &error));
  reset(s, 1);
  for (int t = 0; t < 20; t++) {
    float action[14];
    for (int m = 0; m < 14; m++) action[m] = t < 5 ? -1.0f : sinf((float)(t * m));
    s->def->step(s->copy, action, &s->io);
    if (t < 5) assert_in_range((int)field(s, "metabolic_power"), 121, 160);
    energy += (double)field(s, "metabolic_power") * 0.01;
    assert_near(field(s, "energy"), energy, 1e-4 * energy);
    assert_near(field(s, "effort"), field(s, "metabolic_power") / 80.0f, 1e-4);
    assert_near(field(s, "cost_of_transport"), energy / 80.0, 1e-4 * energy);
    assert_near(field(s, "power"), field(s, "metabolic_power"), 1e-3);
    assert_near(s->terms[2], -0.05 * (double)field(s, "effort"), 1e-5);
  }
  assert_true(field(s, "metabolic_power") > 300.0f);
  close_sim(s);
}

/* At the coarsest and finest steps that the options allow, and at the roughest actions, nothing breaks. */
static void no_rate_and_no_action_makes_the_human_s_state_infinite(void **state) {
  static const double rates[][2] = {{10.0, 1.0}, {50.0, 1.0}, {200.0, 1.0}, {100.0, 10.0}, {200.0, 32.0}};
  rl_rng rng;
  (void)state;
  rl_rng_init(&rng, 9, 9);
  sim *s = open_creature(rl_registry_creature("human"));
  for (int i = 0; i < 5; i++) {
    rl_error error;
    assert_ok(rl_env_set_option(s->def, s->options, "control_rate", rates[i][0], NULL, &error));
    assert_ok(rl_env_set_option(s->def, s->options, "substeps", rates[i][1], NULL, &error));
    reset(s, (uint64_t)i);
    for (int t = 0; t < 200; t++) {
      float action[14];
      for (int m = 0; m < 14; m++) action[m] = rl_rng_uniform(&rng) < 0.5f ? -1.0f : 1.0f;
      s->def->step(s->copy, action, &s->io);
      for (int k = 0; k < s->def->n_fields; k++) assert_true(isfinite(s->fields[k]));
      for (int k = 0; k < s->def->observation.size; k++) assert_true(isfinite(s->observation[k]));
      assert_true(field(s, "time") > 0.0f); /* else the guard found one that is not finite and shows zeros */
    }
  }
  close_sim(s);
}

/* The first half second of a standing human with wandering excitations, at the default step and at one a
 * sixth of it: contact and all, the legs agree to a third of a degree. */
static void the_default_step_is_fine_enough_for_the_human(void **state) {
  static const char *const joints[] = {"hip_l", "knee_l", "ankle_l", "hip_r", "knee_r", "ankle_r"};
  float angles[2][6];
  (void)state;
  for (int fine = 0; fine < 2; fine++) {
    rl_error error;
    sim *s = open_creature(rl_registry_creature("human"));
    const int an_action = fine ? 2 : 1;
    assert_ok(rl_env_set_option(s->def, s->options, "reset_noise", 0.0, NULL, &error));
    assert_near(s->options[1] * s->options[2], 1000.0, 0.0); /* control rate x substeps */
    if (fine) {
      assert_ok(rl_env_set_option(s->def, s->options, "control_rate", 200.0, NULL, &error));
      assert_ok(rl_env_set_option(s->def, s->options, "substeps", 30.0, NULL, &error));
    }
    reset(s, 1);
    for (int t = 0; t < 50 * an_action; t++) {
      float action[14];
      for (int m = 0; m < 14; m++)
        action[m] = -0.4f + 0.6f * sinf(0.1f * (float)(t / an_action) + 1.7f * (float)m);
      s->def->step(s->copy, action, &s->io);
    }
    for (int j = 0; j < 6; j++) {
      char name[RL_NAME];
      snprintf(name, sizeof name, "%s_angle", joints[j]);
      angles[fine][j] = field(s, name);
    }
    close_sim(s);
  }
  for (int j = 0; j < 6; j++) assert_near(angles[0][j], angles[1][j], 0.006);
}

typedef struct strands {
  int n, fields[64];
} strands;

static void take_polygon(void *context, int body, int n, const float *xy, bool closed) {
  (void)context, (void)body, (void)n, (void)xy, (void)closed;
}
static void take_circle(void *context, int body, float x, float y, float radius) {
  (void)context, (void)body, (void)x, (void)y, (void)radius;
}
static void take_strand(void *context, const char *name, int n, const int *bodies, const float *xy, int f) {
  strands *s = context;
  (void)name, (void)xy;
  assert_in_range(n, 2, RL_MAX_POINTS);
  for (int i = 0; i < n; i++) assert_in_range(bodies[i], 0, 6);
  s->fields[s->n++] = f;
}

static void every_muscle_is_drawn_and_coloured_by_its_activation(void **state) {
  strands seen = {0};
  (void)state;
  sim *s = open_creature(rl_registry_creature("human"));
  reset(s, 1);
  rl_scene scene = {.context = &seen, .polygon = take_polygon, .circle = take_circle, .strand = take_strand};
  s->def->draw(s->copy, &scene);
  scene.strand = NULL; /* one that knows no strands */
  s->def->draw(s->copy, &scene);
  assert_int_equal(seen.n, 14);
  assert_string_equal(s->def->fields[seen.fields[0]].name, "sol_l_activation");
  assert_string_equal(s->def->fields[seen.fields[13]].name, "hfl_r_activation");
  close_sim(s);
}

/* --- saved and gone on with --- */

enum { COPIES = 3, SAVED_AFTER = 45, GO_ON = 40 };

/* Walks by its reflexes over rough ground under throws; the action disturbs it. */
static rl_vec_env *open_walk(const rl_env_def *def, uint64_t seed) {
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_vec_env_create(&env, def, COPIES, seed, 0, NULL, &error));
  double *options = rl_vec_env_options(env);
  assert_ok(rl_env_set_option(def, options, "ground", 0.0, "rough", &error));
  assert_ok(rl_env_set_option(def, options, "throw_interval", 0.1, NULL, &error));
  assert_ok(rl_env_set_option(def, options, "throw_start", 0.0, NULL, &error));
  assert_ok(rl_env_set_option(def, options, "time_limit", 0.6, NULL, &error)); /* ends after it was saved */
  return env;
}

static void walk_on(rl_vec_env *env, rl_rng *rng, int steps) {
  float action[COPIES * 14];
  rl_error error;
  for (int i = 0; i < steps; i++) {
    rl_rng_fill_uniform(rng, action, COPIES * 14, -0.2f, 0.2f);
    assert_ok(rl_vec_env_step(env, action, &error));
  }
}

/* Fibres, tendons, delay lines, states of the gait, held senses and flying balls are all in its actions. */
static void a_walk_that_was_saved_goes_on_with_the_same_bytes(void **state) {
  (void)state;
  rl_env_def *def;
  rl_error error;
  rl_rng rng, again;
  assert_ok(rl_creature_env(rl_registry_creature("reflex_human"), &def, &error));
  rl_vec_env *first = open_walk(def, 5), *second = open_walk(def, 999);
  rl_archive *archive = rl_archive_new();
  rl_rng_init(&rng, 6, 0);
  rl_set_threads(1);
  assert_ok(rl_vec_env_reset(first, &error));
  walk_on(first, &rng, SAVED_AFTER);
  assert_ok(rl_vec_env_save(first, archive, "env", &error));
  assert_ok(rl_vec_env_reset(second, &error));
  again = rng;
  walk_on(second, &again, 7); /* a past of its own that must not show */
  rl_set_threads(2);
  assert_ok(rl_vec_env_load(second, archive, "env", &error));
  const rl_vec_view *want = rl_vec_env_view(first), *got = rl_vec_env_view(second);
  again = rng;
  for (int i = 0; i < GO_ON; i++) {
    assert_memory_equal(got->fields, want->fields, sizeof(float) * COPIES * (size_t)def->n_fields);
    assert_memory_equal(got->observation, want->observation,
                        sizeof(float) * COPIES * (size_t)def->observation.size);
    assert_memory_equal(got->reward, want->reward, sizeof(float) * COPIES);
    rl_set_threads(1);
    walk_on(first, &rng, 1);
    rl_set_threads(2);
    walk_on(second, &again, 1);
  }
  rl_set_threads(1);
  rl_archive_free(archive);
  rl_vec_env_free(first);
  rl_vec_env_free(second);
  rl_env_def_free(def);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_faulty_muscle_is_refused_by_name),
      cmocka_unit_test(muscles_keep_the_momentum_and_give_the_work_of_their_shortening),
      cmocka_unit_test(a_soft_stop_holds_and_gives_back_no_faster_than_a_degree_a_second),
      cmocka_unit_test(a_muscle_is_felt_as_late_as_its_delay_says),
      cmocka_unit_test(each_muscle_moves_its_joints_the_way_anatomy_says),
      cmocka_unit_test(units_have_the_lengths_of_the_paper_s_formulas),
      cmocka_unit_test(the_human_has_the_segments_of_the_paper),
      cmocka_unit_test(actions_ask_motors_first_and_then_muscles),
      cmocka_unit_test(the_observation_ends_with_what_is_felt_of_the_muscles_late),
      cmocka_unit_test(effort_is_the_metabolic_power_and_energy_its_sum),
      cmocka_unit_test(no_rate_and_no_action_makes_the_human_s_state_infinite),
      cmocka_unit_test(the_default_step_is_fine_enough_for_the_human),
      cmocka_unit_test(every_muscle_is_drawn_and_coloured_by_its_activation),
      cmocka_unit_test(a_walk_that_was_saved_goes_on_with_the_same_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
