/* Creatures as data: which descriptions are refused and how, symmetry, shapes, masses. */
#include "creature/creature_model.h"
#include "physics/shape.h"
#include "registry.h"
#include "statue.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* --- descriptions --- */

static void joint_limits(rl_creature *c) {
  c->bodies[1].joint.lower = 1.0f;
  c->bodies[1].joint.upper = -1.0f;
}
static void joint_without_zero(rl_creature *c) {
  c->bodies[1].joint.lower = 0.5f;
  c->bodies[1].joint.upper = 1.0f;
}
static void joint_nan(rl_creature *c) { c->bodies[1].joint.rest = NAN; }
static void joint_at_nan(rl_creature *c) { c->bodies[1].joint.at[1] = NAN; }
static void joint_name_missing(rl_creature *c) { c->bodies[1].joint.name[0] = '\0'; }
static void joint_name_double(rl_creature *c) { strcpy(c->bodies[2].joint.name, "hip_l"); }
static void joint_not_left(rl_creature *c) { strcpy(c->bodies[2].joint.name, "knee"); }
static void body_name_double(rl_creature *c) { strcpy(c->bodies[2].name, "thigh_l"); }
static void body_name_endless(rl_creature *c) { memset(c->bodies[2].name, 'x', RL_NAME); }
static void body_name_odd(rl_creature *c) { strcpy(c->bodies[2].name, "left shank"); }
static void body_mirrored_exists(rl_creature *c) { strcpy(c->bodies[2].name, "thigh_r"); }
static void root_missing(rl_creature *c) {
  c->bodies[0].is_root = false;
  c->bodies[0].joint = (rl_joint){.name = "waist", .parent = "thigh_l"};
}
static void root_double(rl_creature *c) { c->bodies[1].is_root = true; }
static void parent_unknown(rl_creature *c) { strcpy(c->bodies[2].joint.parent, "thihg_l"); }
static void parents_in_a_cycle(rl_creature *c) { strcpy(c->bodies[1].joint.parent, "foot_l"); }
static void parent_is_itself(rl_creature *c) { strcpy(c->bodies[2].joint.parent, "shank_l"); }
static void mass_negative(rl_creature *c) { c->bodies[1].mass = -1.0f; }
static void mass_missing(rl_creature *c) { c->bodies[1].mass = 0.0f; }
static void mass_tiny(rl_creature *c) { c->bodies[1].mass = 1e-9f; }
static void mass_infinite(rl_creature *c) { c->bodies[1].mass = INFINITY; }
static void density_negative(rl_creature *c) { c->bodies[1].density = -2.0f; }
static void friction_negative(rl_creature *c) { c->bodies[3].friction = -0.1f; }
static void friction_huge(rl_creature *c) { c->bodies[3].friction = 11.0f; }
static void shapes_none(rl_creature *c) { c->bodies[1].n_shapes = 0; }
static void shapes_many(rl_creature *c) { c->bodies[1].n_shapes = RL_MAX_SHAPES + 1; }
static void shape_unknown(rl_creature *c) { c->bodies[1].shapes[0].kind = (rl_shape_kind)9; }
static void box_flat(rl_creature *c) { c->bodies[0].shapes[0].height = 0.001f; }
static void box_negative(rl_creature *c) { c->bodies[0].shapes[0].width = -1.0f; }
static void box_far(rl_creature *c) { c->bodies[0].shapes[0].center[0] = 1e6f; }
static void circle_small(rl_creature *c) { c->bodies[0].shapes[1].radius = 0.0f; }
static void circle_nan(rl_creature *c) { c->bodies[0].shapes[1].center[1] = NAN; }
static void capsule_short(rl_creature *c) {
  c->bodies[0].shapes[0] = (rl_shape){.kind = RL_SHAPE_CAPSULE, .height = 0.1f, .radius = 0.1f};
}
static void polygon_of_two(rl_creature *c) { c->bodies[1].shapes[0].n_vertices = 2; }
static void polygon_of_nine(rl_creature *c) { c->bodies[1].shapes[0].n_vertices = 9; }
static void polygon(rl_creature *c, int n, float (*xy)[2]) {
  c->bodies[1].shapes[0] = (rl_shape){.kind = RL_SHAPE_POLYGON, .n_vertices = n};
  memcpy(c->bodies[1].shapes[0].vertices, xy, (size_t)n * sizeof xy[0]);
}
static void polygon_nan(rl_creature *c) { c->bodies[1].shapes[0].vertices[2][1] = NAN; }
static void polygon_in_line(rl_creature *c) {
  polygon(c, 3, (float[3][2]){{0.0f, 0.0f}, {0.1f, 0.1f}, {0.2f, 0.2f}});
}
static void polygon_with_a_dent(rl_creature *c) {
  polygon(c, 4, (float[4][2]){{0.0f, 0.0f}, {0.2f, 0.0f}, {0.05f, 0.05f}, {0.0f, 0.2f}});
}
static void polygon_star(rl_creature *c) {
  float xy[5][2];
  for (int i = 0; i < 5; i++) {
    xy[i][0] = 0.2f * cosf((float)(2 * i) * 1.2566371f);
    xy[i][1] = 0.2f * sinf((float)(2 * i) * 1.2566371f);
  }
  polygon(c, 5, xy);
}
static void polygon_with_double_vertex(rl_creature *c) {
  polygon(c, 4, (float[4][2]){{0.0f, 0.0f}, {0.2f, 0.0f}, {0.2f, 0.001f}, {0.0f, 0.2f}});
}
static void polygon_thin(rl_creature *c) {
  polygon(c, 3, (float[3][2]){{0.0f, 0.0f}, {0.2f, 0.0f}, {0.1f, 0.003f}});
}
static void motor_unknown(rl_creature *c) { strcpy(c->motors[1].joint, "kne_l"); }
static void motor_double(rl_creature *c) { strcpy(c->motors[1].joint, "hip_l"); }
static void motor_weak(rl_creature *c) { c->motors[1].torque = 0.0f; }
static void motor_nan(rl_creature *c) { c->motors[1].torque = NAN; }
static void motor_huge(rl_creature *c) { c->motors[1].torque = 1e9f; }
static void motor_still(rl_creature *c) { c->motors[2].speed = -3.0f; }
static void motors_none(rl_creature *c) { c->n_motors = 0; }
static void feet_none(rl_creature *c) { c->n_feet = 0; }
static void foot_unknown(rl_creature *c) { strcpy(c->feet[0], "toe_l"); }
static void trunk_unknown(rl_creature *c) { strcpy(c->trunk, "trnk"); }
static void head_unknown(rl_creature *c) { strcpy(c->head, "skull"); }
static void head_point_nan(rl_creature *c) { c->head_point[0] = NAN; }
static void below_ground(rl_creature *c) { c->position[1] -= 0.2f; }
static void position_infinite(rl_creature *c) { c->position[1] = INFINITY; }
static void start_joint(rl_creature *c, const char *joint, float angle) {
  strcpy(c->start.angles[c->start.n_angles].joint, joint);
  c->start.angles[c->start.n_angles++].angle = angle;
}
static void start_joint_unknown(rl_creature *c) { start_joint(c, "hip", 0.0f); }
static void start_beyond_limit(rl_creature *c) { start_joint(c, "knee_r", 0.5f); }
static void start_angle_nan(rl_creature *c) { start_joint(c, "knee_r", NAN); }
static void start_joint_double(rl_creature *c) {
  start_joint(c, "hip_l", 0.0f);
  start_joint(c, "hip_l", 0.1f);
}
static void start_fast(rl_creature *c) { c->start.vx = 30.0f; }
static void start_lean_nan(rl_creature *c) { c->start.lean = NAN; }
static void bodies_none(rl_creature *c) { c->n_bodies = 0; }
static void bodies_many(rl_creature *c) { c->n_bodies = RL_MAX_PARTS + 1; }
static void name_missing(rl_creature *c) { c->name[0] = '\0'; }

/* Each of these is the biped with one fault. */
static void a_faulty_description_is_refused_by_name(void **state) {
  (void)state;
  const struct {
    void (*spoil)(rl_creature *c);
    const char *message; /* the beginning of it */
  } cases[] = {
      {joint_limits, "creature biped: joint hip_l: upper limit -1 is below lower limit 1"},
      {joint_without_zero, "creature biped: joint hip_l: limits [0.5, 1] do not include 0"},
      {joint_nan, "creature biped: joint hip_l: rest is not finite"},
      {joint_at_nan, "creature biped: joint hip_l: at is not finite"},
      {joint_name_missing, "creature biped: the joint of body 2 has no name"},
      {joint_name_double, "creature biped: joint hip_l: there are two of that name"},
      {joint_not_left,
       "creature biped: joint knee: its body shank_l is mirrored, so its name must end in _l"},
      {body_name_double, "creature biped: body thigh_l: there are two of that name"},
      {body_name_endless, "creature biped: body 3: name is longer than 31 characters"},
      {body_name_odd, "creature biped: body \"left shank\": a name is letters, digits and _"},
      {body_mirrored_exists, "creature biped: body thigh_r: there are two of that name"},
      {root_missing, "creature biped: every body has a joint; one must be the root"},
      {root_double, "creature biped: bodies trunk and thigh_l are both without a joint"},
      {parent_unknown,
       "creature biped: joint knee_l: parent: unknown body \"thihg_l\"; did you mean \"thigh_l\"?"},
      {parents_in_a_cycle, "creature biped: joint hip_l: its chain of parents is a cycle"},
      {parent_is_itself, "creature biped: joint knee_l: its chain of parents is a cycle"},
      {mass_negative, "creature biped: body thigh_l: mass -1 is outside [0, 1e+06] kg"},
      {mass_missing, "creature biped: body thigh_l: neither mass nor density is given"},
      {mass_tiny, "creature biped: body thigh_l: mass 1e-09 is outside [0.001, 1e+06] kg"},
      {mass_infinite, "creature biped: body thigh_l: mass is not finite"},
      {density_negative, "creature biped: body thigh_l: density -2 is outside"},
      {friction_negative, "creature biped: body foot_l: friction -0.1 is outside [0, 10]"},
      {friction_huge, "creature biped: body foot_l: friction 11 is outside [0, 10]"},
      {shapes_none, "creature biped: body thigh_l: 0 shapes; a body has 1 to 4"},
      {shapes_many, "creature biped: body thigh_l: 5 shapes; a body has 1 to 4"},
      {shape_unknown, "creature biped: body thigh_l: unknown kind of shape"},
      {box_flat, "creature biped: body trunk: shape 1: height 0.001 is outside [0.01, 100] m"},
      {box_negative, "creature biped: body trunk: shape 1: width -1 is outside"},
      {box_far, "creature biped: body trunk: shape 1: center 1e+06 is outside [-100, 100] m"},
      {circle_small, "creature biped: body trunk: shape 2: a circle needs radius, in m; there is no radius"},
      {circle_nan, "creature biped: body trunk: shape 2: center is not finite"},
      {capsule_short, "creature biped: body trunk: shape 1: a capsule of height 0.1 m has no room"},
      {polygon_of_two, "creature biped: body thigh_l: 2 vertices; a polygon has 3 to 8"},
      {polygon_of_nine, "creature biped: body thigh_l: 9 vertices; a polygon has 3 to 8"},
      {polygon_nan, "creature biped: body thigh_l: a vertex is not finite"},
      {polygon_in_line,
       "creature biped: body thigh_l: the polygon is not convex, or three of its vertices are in line"},
      {polygon_with_a_dent, "creature biped: body thigh_l: the polygon is not convex"},
      {polygon_star, "creature biped: body thigh_l: the polygon is not convex"},
      {polygon_with_double_vertex, "creature biped: body thigh_l: edge 2 is 0.001 m long, shorter than 0.01"},
      {polygon_thin, "creature biped: body thigh_l: the polygon is 0.003"},
      {motor_unknown, "creature biped: motor: unknown joint \"kne_l\"; did you mean \"knee_l\"?"},
      {motor_double, "creature biped: motor on hip_l: there are two"},
      {motor_weak, "creature biped: motor on knee_l: a motor needs torque (the greatest, N m) and speed"},
      {motor_nan, "creature biped: motor on knee_l: torque is not finite"},
      {motor_huge, "creature biped: motor on knee_l: torque 1e+09 is outside"},
      {motor_still, "creature biped: motor on ankle_l: speed -3 is outside"},
      {motors_none, "creature biped: no motors and no muscles"},
      {feet_none, "creature biped: no feet"},
      {foot_unknown, "creature biped: feet: unknown body \"toe_l\""},
      {trunk_unknown, "creature biped: trunk: unknown body \"trnk\"; did you mean \"trunk\"?"},
      {head_unknown, "creature biped: head: unknown body \"skull\""},
      {head_point_nan, "creature biped: head: point is not finite"},
      {below_ground,
       "creature biped: body foot_l: stands 0.2 m below the ground: give it a position of {0, 0.95"},
      {position_infinite, "creature biped: position is not finite"},
      {start_joint_unknown, "creature biped: start: unknown joint \"hip\"; did you mean"},
      {start_beyond_limit, "creature biped: start: joint knee_r: angle 0.5 is outside [-2.2, 0.05]"},
      {start_angle_nan, "creature biped: start: joint knee_r: angle is not finite"},
      {start_joint_double, "creature biped: start: joint hip_l: named twice"},
      {start_fast, "creature biped: start: vx 30 is outside [-20, 20]"},
      {start_lean_nan, "creature biped: start: lean is not finite"},
      {bodies_none, "creature biped: no bodies"},
      {bodies_many, "creature biped: 33 bodies; there is room for 32"},
      {name_missing, "creature: it needs a name"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    static rl_creature creature, complete;
    rl_error error = {RL_OK, ""};
    rl_env_def *def;
    creature = *rl_registry_creature("biped");
    cases[i].spoil(&creature);
    assert_int_equal(rl_creature_check(&creature, &complete, &error), RL_BAD_ARGUMENT);
    if (strncmp(error.message, cases[i].message, strlen(cases[i].message)) != 0)
      fail_msg("expected: %s\n     got: %s", cases[i].message, error.message);
    assert_int_equal(rl_creature_env(&creature, &def, NULL), RL_BAD_ARGUMENT);
    assert_null(def);
  }
}

static void two_fields_of_one_name_are_refused(void **state) {
  (void)state;
  static rl_creature creature;
  rl_error error;
  rl_env_def *def;
  creature = statue();
  creature.symmetric = false;
  strcpy(creature.bodies[1].joint.name, "angular"); /* angular_speed is the trunk's */
  strcpy(creature.motors[0].joint, "angular");
  assert_int_equal(rl_creature_env(&creature, &def, &error), RL_BAD_ARGUMENT);
  assert_string_equal(error.message,
                      "creature statue: two fields would be called angular_speed; rename the joint, foot "
                      "or muscle behind it");
}

static void symmetry_copies_the_left_side_to_the_right(void **state) {
  (void)state;
  static rl_creature complete;
  assert_int_equal(rl_creature_check(rl_registry_creature("biped"), &complete, NULL), RL_OK);
  const char *bodies[] = {"trunk", "thigh_l", "shank_l", "foot_l", "thigh_r", "shank_r", "foot_r"};
  const char *motors[] = {"hip_l", "knee_l", "ankle_l", "hip_r", "knee_r", "ankle_r"};
  assert_int_equal(complete.n_bodies, 7);
  assert_int_equal(complete.n_motors, 6);
  assert_int_equal(complete.n_feet, 2);
  for (int i = 0; i < 7; i++) assert_string_equal(complete.bodies[i].name, bodies[i]);
  for (int i = 0; i < 6; i++) assert_string_equal(complete.motors[i].joint, motors[i]);
  assert_string_equal(complete.feet[1], "foot_r");
  for (int i = 1; i <= 3; i++) {
    const rl_body *left = &complete.bodies[i], *right = &complete.bodies[i + 3];
    assert_string_equal(right->joint.parent, i == 1 ? "trunk" : bodies[i + 2]);
    assert_memory_equal(left->shapes, right->shapes, sizeof left->shapes);
    assert_memory_equal(left->joint.at, right->joint.at, sizeof left->joint.at);
    assert_float_equal(left->mass, right->mass, 0.0);
    assert_float_equal(left->joint.lower, right->joint.lower, 0.0);
  }
}

static void bodies_may_be_described_in_any_order(void **state) {
  (void)state;
  static rl_creature shuffled, complete;
  shuffled = *rl_registry_creature("biped");
  shuffled.bodies[0] = rl_registry_creature("biped")->bodies[3];
  shuffled.bodies[3] = rl_registry_creature("biped")->bodies[0];
  assert_int_equal(rl_creature_check(&shuffled, &complete, NULL), RL_OK);
  assert_string_equal(complete.bodies[0].name, "trunk");
  for (int i = 1; i < complete.n_bodies; i++)
    assert_in_range(rl_creature_find_body(&complete, complete.bodies[i].joint.parent), 0, i - 1);
}

static void a_creature_without_roles_has_its_root_for_trunk_and_head(void **state) {
  (void)state;
  static rl_creature creature, complete;
  creature = statue();
  assert_int_equal(rl_creature_check(&creature, &complete, NULL), RL_OK);
  assert_string_equal(complete.trunk, "block");
  assert_string_equal(complete.head, "block");
}

/* --- shapes and masses --- */

/* Against sums over a fine grid of points. */
static void moments_agree_with_a_sum_over_points(void **state) {
  (void)state;
  const rl_shape shapes[] = {
      {.kind = RL_SHAPE_BOX, .center = {0.1f, -0.2f}, .width = 0.4f, .height = 0.7f},
      {.kind = RL_SHAPE_CAPSULE, .center = {0.1f, 0.2f}, .radius = 0.15f, .height = 0.8f},
      {.kind = RL_SHAPE_CIRCLE, .center = {-0.2f, 0.1f}, .radius = 0.3f},
  };
  const int n = 2000;
  for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
    const rl_shape *s = &shapes[k];
    const double cell = 2.0 / n;
    double area = 0.0, inertia = 0.0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        const double x = -1.0 + cell * (i + 0.5), y = -1.0 + cell * (j + 0.5); /* from the centre */
        const double w = (double)s->width / 2.0, h = (double)s->height / 2.0, r = (double)s->radius;
        const double beyond = s->kind == RL_SHAPE_CAPSULE ? fmax(fabs(y) - (h - r), 0.0) : y;
        const bool inside = s->kind == RL_SHAPE_BOX ? fabs(x) < w && fabs(y) < h : hypot(x, beyond) < r;
        if (!inside) continue;
        area += cell * cell;
        inertia += cell * cell * (x * x + y * y);
      }
    }
    const rl_moments moments = rl_shape_moments(s);
    assert_true(fabs(moments.area - area) < 2e-3 * area);
    assert_true(fabs(moments.inertia - inertia) < 4e-3 * inertia);
    assert_float_equal((float)moments.center[0], s->center[0], 0.0);
  }
}

static void a_polygon_weighs_the_same_either_way_round(void **state) {
  (void)state;
  const rl_shape box = {.kind = RL_SHAPE_BOX, .center = {0.3f, 0.4f}, .width = 0.2f, .height = 0.6f};
  const rl_core core = rl_shape_core(&box);
  rl_shape left = {.kind = RL_SHAPE_POLYGON, .n_vertices = 4}, right = left;
  for (int i = 0; i < 4; i++) {
    memcpy(left.vertices[i], core.points[i], sizeof core.points[i]);
    memcpy(right.vertices[3 - i], core.points[i], sizeof core.points[i]);
  }
  const rl_moments expected = rl_shape_moments(&box), a = rl_shape_moments(&left),
                   b = rl_shape_moments(&right);
  const rl_moments both[] = {a, b};
  for (int i = 0; i < 2; i++) {
    assert_true(fabs(both[i].area - expected.area) < 1e-7);
    assert_true(fabs(both[i].inertia - expected.inertia) < 1e-7);
    assert_true(fabs(both[i].center[0] - expected.center[0]) < 1e-6);
    assert_true(fabs(both[i].center[1] - expected.center[1]) < 1e-6);
  }
  assert_int_equal(rl_shape_check(&left, "left", NULL), RL_OK);
  assert_int_equal(rl_shape_check(&right, "right", NULL), RL_OK);
}

static rl_model *new_model(const rl_creature *creature) {
  static rl_creature complete;
  static rl_model model;
  assert_int_equal(rl_creature_check(creature, &complete, NULL), RL_OK);
  rl_model_make(&model, &complete);
  return &model;
}

/* Winter's tables: 1.8 m, 80 kg; centres of mass of thigh and shank .433 of the way down; of head, arms and
 * trunk .626 of the way from hip (.530 H) to shoulder (.818 H), to within 2 cm. */
static void the_biped_is_a_person_of_80_kg_and_180_cm(void **state) {
  (void)state;
  const rl_model *model = new_model(rl_registry_creature("biped"));
  rl_pose poses[RL_MAX_PARTS];
  rl_creature_stand(&model->creature, NULL, poses);
  float top = -1.0f, bottom = 1.0f;
  for (int i = 0; i < model->creature.n_bodies; i++) {
    for (int j = 0; j < model->creature.bodies[i].n_shapes; j++) {
      const rl_core core = rl_shape_core(&model->creature.bodies[i].shapes[j]);
      for (int k = 0; k < core.n; k++) {
        top = fmaxf(top, rl_pose_apply(poses[i], core.points[k]).y + core.radius);
        bottom = fminf(bottom, rl_pose_apply(poses[i], core.points[k]).y - core.radius);
      }
    }
  }
  assert_float_equal(top, 1.8f, 1e-4);
  assert_float_equal(bottom, 0.0f, 1e-4);
  assert_float_equal(model->total_mass, 80.0f, 1e-3);
  assert_float_equal(model->mass[0], 0.678f * 80.0f, 1e-3);
  assert_float_equal(model->center[1].y, -0.433f * 0.245f * 1.8f, 0.01);
  assert_float_equal(model->center[2].y, -0.433f * 0.246f * 1.8f, 0.01);
  assert_float_equal(model->center[0].y, 0.626f * (0.818f - 0.530f) * 1.8f, 0.02);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_faulty_description_is_refused_by_name),
      cmocka_unit_test(two_fields_of_one_name_are_refused),
      cmocka_unit_test(symmetry_copies_the_left_side_to_the_right),
      cmocka_unit_test(bodies_may_be_described_in_any_order),
      cmocka_unit_test(a_creature_without_roles_has_its_root_for_trunk_and_head),
      cmocka_unit_test(moments_agree_with_a_sum_over_points),
      cmocka_unit_test(a_polygon_weighs_the_same_either_way_round),
      cmocka_unit_test(the_biped_is_a_person_of_80_kg_and_180_cm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
