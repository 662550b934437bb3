/* Which bodies a search over bodies is refused, how far apart shapes are, and that mass follows shape. */
#include "check.h"
#include "creature/feasible.h"
#include "creature/gap.h"
#include "registry.h"

#include <stdio.h>

/* --- gaps --- */

static rl_core box(float x, float y, float width, float height, float angle) {
  const rl_shape shape = {.kind = RL_SHAPE_BOX, .width = width, .height = height};
  return rl_core_at(&shape, (rl_pose){x, y, angle});
}

static rl_core disc(float x, float y, float radius) {
  const rl_shape shape = {.kind = RL_SHAPE_CIRCLE, .radius = radius};
  return rl_core_at(&shape, (rl_pose){x, y, 0.0f});
}

static rl_core capsule(float x, float y, float height, float radius, float angle) {
  const rl_shape shape = {.kind = RL_SHAPE_CAPSULE, .height = height, .radius = radius};
  return rl_core_at(&shape, (rl_pose){x, y, angle});
}

static void expect_gap(rl_core a, rl_core b, double gap) {
  assert_near(rl_core_gap(&a, &b), gap, 1e-6);
  assert_near(rl_core_gap(&b, &a), gap, 1e-6);
}

static void gaps_are_distances_and_depths_of_plane_geometry(void **state) {
  (void)state;
  const float right = 1.57079633f, slant = 0.78539816f;
  expect_gap(disc(0, 0, 1), disc(3, 4, 2), 2.0);                           /* 5 - 1 - 2 */
  expect_gap(disc(0, 0, 2), disc(3, 0, 2), -1.0);                          /* 3 - 2 - 2 */
  expect_gap(box(0, 0, 2, 2, 0), box(4, 5, 2, 2, 0), hypot(2, 3));         /* corner to corner */
  expect_gap(box(0, 0, 2, 2, 0), box(0.5f, 1.5f, 2, 2, 0), -0.5);          /* up is the shorter way out */
  expect_gap(box(0, 0, 2, 2, 0), box(0.1f, 0.2f, 0.2f, 0.2f, 0), -0.9);    /* inside: 1 - .2 + .1 */
  expect_gap(box(0, 0, 2, 2, slant), box(3, 0, 2, 2, 0), 2.0 - sqrt(2.0)); /* a corner before a side */
  expect_gap(disc(0, 0, 0.5f), box(2, 0, 2, 2, 0), 0.5);
  expect_gap(disc(0.5f, 0, 0.25f), box(0, 0, 2, 2, 0), -0.75); /* centre .5 inside, and the radius */
  expect_gap(capsule(0, 0, 4, 1, 0), capsule(5, 0, 4, 1, 0), 3.0);
  expect_gap(capsule(0, 0, 4, 1, 0), capsule(0, 5, 4, 1, right), 2.0);  /* end at 2, side at 4 */
  expect_gap(capsule(0, 0, 4, 1, 0), capsule(0, 0, 4, 1, right), -2.0); /* they cross */
  expect_gap(capsule(0, 0, 4, 1, 0), box(0, 3, 2, 2, 0), 0.0);          /* touch */
}

static void gaps_do_not_depend_on_the_way_round_a_polygon(void **state) {
  (void)state;
  rl_shape shape = {.kind = RL_SHAPE_POLYGON, .n_vertices = 3, .vertices = {{0, 0}, {2, 0}, {0, 2}}};
  const rl_core one = rl_core_at(&shape, (rl_pose){0, 0, 0});
  shape = (rl_shape){.kind = RL_SHAPE_POLYGON, .n_vertices = 3, .vertices = {{0, 0}, {0, 2}, {2, 0}}};
  const rl_core other = rl_core_at(&shape, (rl_pose){0, 0, 0});
  const rl_core beyond = disc(2, 2, 0.1f), inside = disc(0.5f, 0.5f, 0.1f);
  assert_near(rl_core_gap(&one, &beyond), sqrt(2.0) - 0.1, 1e-6); /* from the long side */
  assert_near(rl_core_gap(&other, &beyond), sqrt(2.0) - 0.1, 1e-6);
  assert_near(rl_core_gap(&one, &inside), -0.6, 1e-6);
  assert_near(rl_core_gap(&other, &inside), -0.6, 1e-6);
}

/* --- masses --- */

static rl_model model_of(const rl_shape *shape, float density) {
  static rl_creature c;
  static rl_model model;
  c = (rl_creature){.name = "stone", .n_bodies = 1, .n_feet = 1, .feet = {"stone"}};
  c.bodies[0] = (rl_body){
      .name = "stone", .is_root = true, .n_shapes = 1, .shapes = {*shape}, .density = density, .friction = 1};
  strcpy(c.trunk, "stone");
  strcpy(c.head, "stone");
  rl_model_make(&model, &c);
  return model;
}

static void mass_and_inertia_follow_from_shape_and_density(void **state) {
  (void)state;
  const double w = 0.3, h = 0.5, r = 0.1, pi = acos(-1.0), density = 250.0;
  const rl_shape brick = {.kind = RL_SHAPE_BOX, .width = (float)w, .height = (float)h};
  rl_model m = model_of(&brick, (float)density);
  assert_near(m.mass[0], density * w * h, 1e-5);
  assert_near(m.inertia[0], density * w * h * (w * w + h * h) / 12.0, 1e-6);
  const rl_shape limb = {.kind = RL_SHAPE_CAPSULE, .radius = (float)r, .height = (float)h};
  m = model_of(&limb, (float)density);
  /* a bar of length s between two half discs: inertia of a half disc about its centroid, 4r/3pi from the
   * diameter, is (pi/4 - 8/9pi) r^4 */
  const double s = h - 2 * r, bar = 2 * r * s, half = pi * r * r / 2, out = s / 2 + 4 * r / (3 * pi);
  assert_near(m.mass[0], density * (bar + 2 * half), 1e-5);
  assert_near(m.inertia[0],
              density * (bar * (4 * r * r + s * s) / 12 +
                         2 * ((pi / 4 - 8 / (9 * pi)) * r * r * r * r + half * out * out)),
              1e-6);
}

static void a_body_twice_as_long_and_wide_weighs_4_times_and_turns_16_times_as_hard(void **state) {
  (void)state;
  rl_shape shapes[] = {
      {.kind = RL_SHAPE_BOX, .center = {0.1f, 0.2f}, .width = 0.3f, .height = 0.5f},
      {.kind = RL_SHAPE_CIRCLE, .center = {0.1f, 0.2f}, .radius = 0.2f},
      {.kind = RL_SHAPE_CAPSULE, .center = {0.1f, 0.2f}, .height = 0.5f, .radius = 0.1f},
      {.kind = RL_SHAPE_POLYGON, .n_vertices = 4, .vertices = {{0, 0}, {0.3f, 0}, {0.2f, 0.4f}, {0, 0.4f}}}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const rl_model small = model_of(&shapes[i], 300.0f);
    rl_shape *shape = &shapes[i];
    for (int k = 0; k < 2; k++) shape->center[k] *= 2;
    shape->width *= 2;
    shape->height *= 2;
    shape->radius *= 2;
    for (int v = 0; v < shape->n_vertices; v++)
      for (int k = 0; k < 2; k++) shape->vertices[v][k] *= 2;
    const rl_model large = model_of(shape, 300.0f);
    assert_near(large.mass[0] / small.mass[0], 4.0, 1e-5);
    assert_near(large.inertia[0] / small.inertia[0], 16.0, 1e-4);
    assert_near(large.center[0].x, 2.0f * small.center[0].x, 1e-6);
  }
}

/* --- muscles --- */

/* A block on a leg that swings over [-1, .5] rad, with a muscle from a point `above` the hip to one `below`
 * it: cosine rule, length^2 = above^2 + below^2 + 2 above below cos(angle). */
static rl_creature with_muscle(float above, float below) {
  rl_creature c = {.name = "pendulum", .position = {0, 2}, .n_bodies = 2, .n_feet = 1, .feet = {"leg"}};
  c.bodies[0] = (rl_body){.name = "block",
                          .is_root = true,
                          .n_shapes = 1,
                          .shapes = {{.kind = RL_SHAPE_BOX, .width = 0.3f, .height = 1.0f}},
                          .mass = 50,
                          .friction = 1};
  c.bodies[1] = (rl_body){.name = "leg",
                          .n_shapes = 1,
                          .shapes = {{.kind = RL_SHAPE_CAPSULE, .radius = 0.1f, .height = 1.0f}},
                          .mass = 10,
                          .friction = 1,
                          .joint = {.name = "hip",
                                    .parent = "block",
                                    .at = {0.0f, -0.4f},
                                    .from = {0.0f, 0.4f},
                                    .lower = -1.0f,
                                    .upper = 0.5f}};
  c.n_muscles = 1;
  c.muscles[0] = rl_muscle_defaults();
  rl_muscle *muscle = &c.muscles[0];
  strcpy(muscle->name, "front");
  muscle->physiology.f_max = 1000;
  muscle->n_points = 2;
  muscle->path[0] = (rl_path_point){"block", {0.0f, -0.4f + above}};
  muscle->path[1] = (rl_path_point){"leg", {0.0f, 0.4f - below}};
  return c;
}

static void fibre_and_tendon_that_are_left_out_follow_from_the_path(void **state) {
  (void)state;
  static rl_creature complete;
  rl_error error;
  for (int scale = 1; scale <= 2; scale++) {
    const double p = 0.15 * scale, q = 0.2 * scale;
    const double longest = p + q, shortest = sqrt(p * p + q * q + 2 * p * q * cos(1.0));
    rl_creature c = with_muscle((float)p, (float)q);
    assert_int_equal(rl_creature_check(&c, &complete, &error), RL_OK);
    const rl_physiology *got = &complete.muscles[0].physiology;
    const double l_opt = (longest - shortest) / (1.2 - 0.5);
    assert_near(got->l_opt, l_opt, 1e-6);
    assert_near(got->l_slack, longest - 1.2 * l_opt, 1e-6);
    c.muscles[0].physiology.l_opt = 0.1f;
    assert_int_equal(rl_creature_check(&c, &complete, &error), RL_OK);
    assert_near(got->l_opt, 0.1, 1e-8);
    assert_near(got->l_slack, longest - 0.12, 1e-6);
    c.muscles[0].physiology.l_opt = 0.0f;
    c.muscles[0].physiology.l_slack = 0.2f;
    assert_int_equal(rl_creature_check(&c, &complete, &error), RL_OK);
    assert_near(got->l_opt, (longest - 0.2) / 1.2, 1e-6);
  }
}

static void a_path_that_changes_more_than_its_fibres_may_is_refused(void **state) {
  (void)state;
  static rl_creature complete;
  rl_error error;
  rl_creature c = with_muscle(0.15f, 0.2f);
  c.muscles[0].physiology.l_opt = 0.4f; /* 1.2 of it: .48 m, and the path is .35 */
  assert_int_equal(rl_creature_check(&c, &complete, &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "pendulum: muscle front: its path is 0.3"));
  assert_non_null(strstr(error.message, "leave no room for a tendon"));
}

static void muscles_heavier_than_half_the_animal_are_refused(void **state) {
  (void)state;
  rl_error error;
  rl_creature c = with_muscle(0.15f, 0.2f);
  c.muscles[0].physiology.l_opt = 0.1f;
  /* half of 60 kg: f_max = 30 kg * .25e6 Pa / (1059.7 kg/m^3 * .1 m) = 70775 N */
  c.muscles[0].physiology.f_max = 70700.0f;
  assert_int_equal(rl_creature_feasible(&c, &error), RL_OK);
  c.muscles[0].physiology.f_max = 70800.0f;
  assert_int_equal(rl_creature_feasible(&c, &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "its muscles weigh 30.01 kg"));
}

/* --- whole bodies --- */

static rl_shape *shape_of(rl_creature *c, int body) { return &c->bodies[body].shapes[0]; }

static void trunk_heavy(rl_creature *c) { c->bodies[0].mass = 5000.0f; }
static void trunk_light(rl_creature *c) { c->bodies[0].mass = 0.1f; }
static void motor_strong(rl_creature *c) { c->motors[1].torque = 4000.0f; }
static void hip_outside(rl_creature *c) { c->bodies[1].joint.at[1] = -0.25f; }
static void hip_far_from_thigh(rl_creature *c) { c->bodies[1].joint.from[0] = 0.2f; }
static void thigh_short(rl_creature *c) { /* the knee half way up: the foot is drawn up into the thigh */
  c->bodies[2].joint.at[1] = -0.22f;
  c->bodies[3].joint.at[1] = -0.2f;
}
static void foot_small(rl_creature *c) { /* the shank becomes longer than to the sole */
  shape_of(c, 2)->vertices[1][1] = shape_of(c, 2)->vertices[2][1] = -0.6f;
}
static void foot_up(rl_creature *c) { /* thigh and shank turned round: hip below knee below ankle */
  c->bodies[1].joint.rest = 0.5f;
  c->bodies[2].joint.rest = 2.2f;
  c->bodies[3].joint.rest = -2.7f;
  for (int k = 0; k < 5; k++) shape_of(c, 3)->vertices[k][1] -= 0.55f;
  shape_of(c, 3)->vertices[3][1] = shape_of(c, 3)->vertices[4][1] = 0.0f;
}
static void box_negative(rl_creature *c) { shape_of(c, 0)->width = -0.2f; }

static void what_is_no_body_is_refused_by_name(void **state) {
  (void)state;
  static const struct {
    void (*spoil)(rl_creature *c);
    const char *part;
  } faults[] = {{trunk_heavy,
                 "body trunk: density 2.286e+04"}, /* 5000 kg on .24 (.612 + .12) + pi .117^2 = .2187 m^2 */
                {trunk_light, "body trunk: density 0.4573"},
                {motor_strong, "motor on knee_l: torque 4000 N m is above 28"},   /* 2 80 9.81 1.8 = 2825 */
                {hip_outside, "joint hip_l: it is 0.13 m outside of body trunk"}, /* its lower end: -.12 */
                {hip_far_from_thigh, "joint hip_l: it is 0.1"},
                {thigh_short, "bodies thigh_l and foot_l overlap by"},
                {foot_small, "body shank_l reaches lower than foot foot_l"},
                {foot_up, "foot foot_l: its joint ankle_l is 0."},
                {box_negative, "body trunk: shape 1: width -0.2"}};
  rl_error error;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    rl_creature c = *rl_registry_creature("biped");
    c.position[1] = 2.0f; /* in the air: nothing stands in the ground */
    faults[i].spoil(&c);
    const rl_status status = rl_creature_feasible(&c, &error);
    if (status != RL_BAD_ARGUMENT || !strstr(error.message, faults[i].part))
      print_error("expected \"%s\", got \"%s\"\n", faults[i].part, status ? error.message : "nothing");
    assert_int_equal(status, RL_BAD_ARGUMENT);
    assert_non_null(strstr(error.message, faults[i].part));
  }
}

static void what_may_touch_the_ground_but_is_held_above_it_need_not_be_lowest(void **state) {
  (void)state;
  rl_creature c = *rl_registry_creature("biped");
  rl_error error;
  strcpy(c.feet[c.n_feet++], "trunk"); /* thighs and shanks reach lower */
  if (rl_creature_feasible(&c, &error)) fail_msg("%s", error.message);
}

static void every_creature_that_comes_with_the_project_is_feasible(void **state) {
  (void)state;
  int found = 0;
  rl_error error;
  for (int i = 0; i < rl_registry_count(); i++) {
    const rl_creature *creature = rl_registry_creature(rl_registry_name(i));
    if (!creature) continue;
    if (rl_creature_feasible(creature, &error)) fail_msg("%s", error.message);
    found++;
  }
  assert_true(found >= 3);
}

static void legs_side_by_side_do_not_overlap(void **state) {
  (void)state;
  rl_error error;
  rl_creature c;
  assert_int_equal(rl_creature_check(rl_registry_creature("biped"), &c, &error), RL_OK);
  const int left = rl_creature_find_body(&c, "shank_l"), right = rl_creature_find_body(&c, "shank_r");
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(&c, NULL, poses);
  const rl_core a = rl_core_at(&c.bodies[left].shapes[0], poses[left]),
                b = rl_core_at(&c.bodies[right].shapes[0], poses[right]);
  assert_true(rl_core_gap(&a, &b) < -0.04); /* they share the plane, 5 cm thick or more */
  assert_int_equal(rl_creature_feasible(&c, &error), RL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gaps_are_distances_and_depths_of_plane_geometry),
      cmocka_unit_test(gaps_do_not_depend_on_the_way_round_a_polygon),
      cmocka_unit_test(mass_and_inertia_follow_from_shape_and_density),
      cmocka_unit_test(a_body_twice_as_long_and_wide_weighs_4_times_and_turns_16_times_as_hard),
      cmocka_unit_test(fibre_and_tendon_that_are_left_out_follow_from_the_path),
      cmocka_unit_test(a_path_that_changes_more_than_its_fibres_may_is_refused),
      cmocka_unit_test(muscles_heavier_than_half_the_animal_are_refused),
      cmocka_unit_test(what_is_no_body_is_refused_by_name),
      cmocka_unit_test(what_may_touch_the_ground_but_is_held_above_it_need_not_be_lowest),
      cmocka_unit_test(every_creature_that_comes_with_the_project_is_feasible),
      cmocka_unit_test(legs_side_by_side_do_not_overlap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
