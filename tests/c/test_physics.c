/* The C interface over Box2D against mechanics: each number comes from the formula beside it. */
#include "physics/box2d.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <time.h>

#define G  9.81f
#define DT (1.0f / 200.0f)

static const float level[2][2] = {{-100.0f, 0.0f}, {100.0f, 0.0f}};

static rl_b2_world *new_world(float gravity) {
  rl_b2_world *world;
  assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
  assert_non_null(world);
  rl_b2_clear(world, gravity);
  return world;
}

/* A box of 2 kg, 0.4 m by 0.2 m. */
static int add_box(rl_b2_world *world, float x, float y, float vx, float friction) {
  const float box[4][2] = {{-0.2f, -0.1f}, {0.2f, -0.1f}, {0.2f, 0.1f}, {-0.2f, 0.1f}};
  const rl_b2_body def = {2.0f, 2.0f * (0.16f + 0.04f) / 12.0f, x, y, 0.0f, vx, 0.0f};
  const int body = rl_b2_add_body(world, &def);
  rl_b2_add_polygon(world, body, 4, &box[0][0], friction);
  return body;
}

static void run(rl_b2_world *world, int steps) {
  for (int i = 0; i < steps; i++) rl_b2_step(world, DT, 8, 3);
}

/* v += -g dt, then y += v dt: after n steps v = -g n dt and y = y0 - g dt^2 n (n+1) / 2. */
static void free_fall_follows_semi_implicit_euler(void **state) {
  (void)state;
  const int n = 200;
  rl_b2_world *world = new_world(G);
  const int body = add_box(world, 0.0f, 50.0f, 3.0f, 0.5f);
  run(world, n);
  const rl_b2_motion motion = rl_b2_body_motion(world, body);
  assert_float_equal(motion.vy, -G * (float)n * DT, 1e-4);
  assert_float_equal(motion.y, 50.0f - G * DT * DT * (float)(n * (n + 1)) / 2.0f, 1e-3);
  assert_float_equal(motion.x, 3.0f * (float)n * DT, 1e-3);
  assert_float_equal(motion.angle, 0.0f, 0.0);
  rl_b2_free(world);
}

/* A body on a hinge of a fixed one: child 0.5 m below it. */
static int add_pendulum(rl_b2_world *world, float amplitude, float lower, float upper, bool limited) {
  const rl_b2_body wall = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
  const rl_b2_body bob = {2.0f, 0.1f, 0.5f * sinf(amplitude), -0.5f * cosf(amplitude), amplitude, 0.0f, 0.0f};
  const rl_b2_hinge hinge = {.parent = rl_b2_add_body(world, &wall),
                             .child = rl_b2_add_body(world, &bob),
                             .from = {0.0f, 0.5f},
                             .lower = lower,
                             .upper = upper,
                             .limited = limited};
  return rl_b2_add_hinge(world, &hinge);
}

/* T = 2 pi sqrt((I + m d^2) / (m g d)) (1 + amplitude^2 / 16) */
static void a_pendulum_has_its_period(void **state) {
  (void)state;
  const double amplitude = 0.1;
  const double period = 2.0 * 3.14159265358979 * sqrt((0.1 + 2.0 * 0.25) / (2.0 * (double)G * 0.5)) *
                        (1.0 + amplitude * amplitude / 16.0);
  rl_b2_world *world = new_world(G);
  const int joint = add_pendulum(world, (float)amplitude, 0.0f, 0.0f, false);
  double first = 0.0, last = 0.0;
  int crossings = 0;
  double before = (double)rl_b2_joint_angle(world, joint);
  for (int i = 1; i <= 4000; i++) {
    run(world, 1);
    const double angle = (double)rl_b2_joint_angle(world, joint);
    if (before < 0.0 && angle >= 0.0) {
      last = (double)DT * (i - angle / (angle - before));
      if (crossings++ == 0) first = last;
    }
    before = angle;
  }
  assert_true(crossings > 8);
  assert_float_equal((float)((last - first) / (crossings - 1)), (float)period, 0.002f * (float)period);
  rl_b2_free(world);
}

/* Coulomb: deceleration mu g with mu = sqrt(mu_body mu_ground), so v0^2 / (2 mu g) far. */
static void a_sliding_body_comes_to_rest_where_coulomb_says(void **state) {
  (void)state;
  const float v0 = 4.0f, mu = sqrtf(0.9f * 0.4f);
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground(world, 2, &level[0][0], 0.9f);
  const int body = add_box(world, 0.0f, 0.115f, v0, 0.4f);
  run(world, 400);
  const rl_b2_motion motion = rl_b2_body_motion(world, body);
  assert_float_equal(motion.vx, 0.0f, 1e-4);
  assert_float_equal(motion.x, v0 * v0 / (2.0f * mu * G), 0.01f * v0 * v0 / (2.0f * mu * G));
  rl_b2_free(world);
}

static void slide_is_the_speed_along_the_ground_and_zero_in_the_air(void **state) {
  (void)state;
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground(world, 2, &level[0][0], 0.0f);
  const int body = add_box(world, 0.0f, 0.115f, 2.5f, 0.0f);
  const int flying = add_box(world, 3.0f, 5.0f, 2.5f, 0.0f);
  run(world, 20);
  assert_float_equal(rl_b2_slide(world, body), 2.5f, 1e-3);
  assert_float_equal(rl_b2_slide(world, flying), 0.0f, 0.0);
  assert_int_equal(rl_b2_body_contact(world, flying).touching, 0);
  rl_b2_free(world);
}

/* In equilibrium the ground gives m g T of impulse in T seconds. */
static void the_ground_carries_the_weight_of_a_body_at_rest(void **state) {
  (void)state;
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground(world, 2, &level[0][0], 0.9f);
  const int body = add_box(world, 0.0f, 0.115f, 0.0f, 0.9f);
  run(world, 200);
  rl_b2_begin_interval(world);
  run(world, 100);
  const rl_b2_contact contact = rl_b2_body_contact(world, body);
  assert_true(contact.touched && contact.touching == 1);
  assert_float_equal(contact.impulse, 2.0f * G * 100.0f * DT, 0.01f);
  rl_b2_free(world);
}

static void a_contact_that_came_and_went_counts_as_touched(void **state) {
  (void)state;
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground(world, 2, &level[0][0], 0.9f);
  const int body = add_box(world, 99.5f, 0.115f, 8.0f, 0.0f); /* slides off the end */
  rl_b2_begin_interval(world);
  run(world, 60);
  rl_b2_contact contact = rl_b2_body_contact(world, body);
  assert_true(contact.touched);
  assert_int_equal(contact.touching, 0);
  rl_b2_begin_interval(world);
  contact = rl_b2_body_contact(world, body);
  assert_false(contact.touched);
  assert_float_equal(contact.impulse, 0.0f, 0.0);
  rl_b2_free(world);
}

/* omega = torque t / (I + m d^2) without gravity, up to the motor's speed, and there no torque is needed. */
static void a_motor_gives_its_torque_and_no_more(void **state) {
  (void)state;
  const float torque = 1.5f, speed = 2.0f, inertia = 0.1f + 2.0f * 0.25f;
  rl_b2_world *world = new_world(0.0f);
  const int joint = add_pendulum(world, 0.0f, 0.0f, 0.0f, false);
  rl_b2_set_motor(world, joint, speed, torque);
  for (int i = 1; i <= 100; i++) {
    run(world, 1);
    assert_float_equal(rl_b2_motor_torque(world, joint, DT), torque, 1e-4);
    assert_float_equal(rl_b2_joint_speed(world, joint), torque * (float)i * DT / inertia, 1e-2);
  }
  run(world, 200);
  assert_float_equal(rl_b2_joint_speed(world, joint), speed, 1e-3);
  assert_float_equal(rl_b2_motor_torque(world, joint, DT), 0.0f, 1e-2);
  rl_b2_free(world);
}

static void a_hinge_stops_at_its_limit(void **state) {
  (void)state;
  rl_b2_world *world = new_world(G);
  const int joint = add_pendulum(world, 0.0f, -0.3f, 0.4f, true);
  rl_b2_set_motor(world, joint, 5.0f, 100.0f);
  run(world, 400);
  assert_float_equal(rl_b2_joint_angle(world, joint), 0.4f, 0.01);
  rl_b2_set_motor(world, joint, -5.0f, 100.0f);
  run(world, 400);
  assert_float_equal(rl_b2_joint_angle(world, joint), -0.3f, 0.01);
  rl_b2_free(world);
}

static void bodies_pass_through_each_other(void **state) {
  (void)state;
  rl_b2_world *world = new_world(G);
  const int a = add_box(world, 0.0f, 10.0f, 0.0f, 0.5f), b = add_box(world, 0.05f, 10.02f, 0.0f, 0.5f);
  run(world, 100);
  const rl_b2_motion first = rl_b2_body_motion(world, a), second = rl_b2_body_motion(world, b);
  assert_float_equal(second.x - first.x, 0.05f, 1e-5);
  assert_float_equal(second.y - first.y, 0.02f, 1e-5);
  rl_b2_free(world);
}

/* A box tumbling over a small chain, tied to a second one. */
/* A triangle with legs of 0.6 m along x and 0.3 m along y, 2 kg/m^2: its centre is a third of the way from
 * the right angle, its mass 2 * 0.09 kg, its inertia m (b^2 + h^2) / 18. */
static int add_triangle(rl_b2_world *world, float x, float y) {
  static const float corners[3][2] = {{0.0f, 0.0f}, {0.6f, 0.0f}, {0.0f, 0.3f}};
  const rl_b2_solid solid = {.x = x, .y = y, .n = 3, .xy = &corners[0][0], .density = 2.0f, .friction = 0.5f};
  return rl_b2_add_solid(world, &solid);
}

static void a_solid_has_the_mass_and_the_centre_of_its_polygon(void **state) {
  (void)state;
  const double mass = 2.0 * 0.09, inertia = mass * (0.36 + 0.09) / 18.0;
  rl_b2_world *world = new_world(0.0f);
  const int body = add_triangle(world, 3.0f, 4.0f);
  rl_b2_motion motion = rl_b2_body_motion(world, body);
  assert_float_equal(motion.x, 3.2f, 1e-5);
  assert_float_equal(motion.y, 4.1f, 1e-5);
  rl_b2_add_force(world, body, 5.0f, -2.0f); /* at the centre: no turning */
  run(world, 2);                             /* and for one step only */
  motion = rl_b2_body_motion(world, body);
  assert_float_equal(motion.vx, 5.0f * DT / (float)mass, 1e-5);
  assert_float_equal(motion.vy, -2.0f * DT / (float)mass, 1e-5);
  assert_float_equal(motion.angular_speed, 0.0f, 0.0);
  const rl_b2_pose pose = rl_b2_body_pose(world, body);
  assert_float_equal(pose.x, motion.x - 0.2f, 1e-5);
  assert_float_equal(pose.y, motion.y - 0.1f, 1e-5);

  /* Hinged at its origin it turns by the inertia about that, I + m d^2. */
  rl_b2_clear(world, 0.0f);
  const rl_b2_body wall = {0.0f, 0.0f, 3.0f, 4.0f, 0.0f, 0.0f, 0.0f};
  const rl_b2_hinge hinge = {.parent = rl_b2_add_body(world, &wall),
                             .child = add_triangle(world, 3.0f, 4.0f)};
  const int joint = rl_b2_add_hinge(world, &hinge);
  rl_b2_set_motor(world, joint, 100.0f, 0.5f);
  rl_b2_step(world, DT, 100, 3);
  const double about_origin = inertia + mass * (0.04 + 0.01);
  assert_float_equal(rl_b2_joint_speed(world, joint), 0.5f * DT / (float)about_origin, 1e-3);
  rl_b2_free(world);
}

static void the_latest_contact_tells_whether_it_began_or_ended(void **state) {
  (void)state;
  const float left[2][2] = {{-5.0f, 0.0f}, {0.0f, 0.0f}}, right[2][2] = {{0.0f, 0.0f}, {5.0f, 0.0f}};
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground_piece(world, 2, &left[0][0], 0.0f);
  rl_b2_add_ground_piece(world, 2, &right[0][0], 0.0f);
  const int body = add_box(world, -0.5f, 0.115f, 2.0f, 0.0f);
  assert_false(rl_b2_body_contact(world, body).began);
  bool on_both = false, left_one = false;
  for (int i = 0; i < 150; i++) {
    run(world, 1);
    const rl_b2_contact contact = rl_b2_body_contact(world, body);
    if (contact.touching == 2) on_both = contact.began;
    if (on_both && contact.touching == 1) left_one = !contact.began;
  }
  assert_true(on_both && left_one);
  rl_b2_free(world);
}

static void a_piece_of_ground_is_solid_on_both_sides(void **state) {
  (void)state;
  const float edge[2][2] = {{-5.0f, 0.0f}, {5.0f, 0.0f}};
  const float block[4][2] = {{-5.0f, -3.0f}, {5.0f, -3.0f}, {5.0f, -2.0f}, {-5.0f, -2.0f}};
  rl_b2_world *world = new_world(-G); /* things fall upward */
  rl_b2_add_ground_piece(world, 2, &edge[0][0], 0.5f);
  rl_b2_add_ground_piece(world, 4, &block[0][0], 0.5f);
  const int below_edge = add_box(world, -1.0f, -1.0f, 0.0f, 0.5f);
  const int below_block = add_box(world, 1.0f, -4.0f, 0.0f, 0.5f);
  run(world, 400);
  assert_float_equal(rl_b2_body_motion(world, below_edge).y, -0.115f, 0.006);
  assert_float_equal(rl_b2_body_motion(world, below_block).y, -3.115f, 0.006);
  rl_b2_free(world);
}

static void a_ray_meets_the_nearest_ground_and_no_body(void **state) {
  (void)state;
  const float edge[2][2] = {{-5.0f, 0.0f}, {5.0f, 2.0f}};
  const float block[4][2] = {{1.0f, 3.0f}, {2.0f, 3.0f}, {2.0f, 4.0f}, {1.0f, 4.0f}};
  const float eye[2] = {0.0f, 5.0f}, down[2] = {0.0f, 0.0f}, aside[2] = {3.0f, 2.75f}, up[2] = {0.0f, 9.0f};
  rl_b2_world *world = new_world(G);
  rl_b2_add_ground_piece(world, 2, &edge[0][0], 0.5f);
  rl_b2_add_ground_piece(world, 4, &block[0][0], 0.5f);
  add_box(world, 0.0f, 5.0f, 0.0f, 0.5f); /* around the eye, and one in the way */
  add_box(world, 0.0f, 3.0f, 0.0f, 0.5f);
  assert_float_equal(rl_b2_ray(world, eye, down), 0.8f, 1e-6);         /* the edge is 1 m high there */
  assert_float_equal(rl_b2_ray(world, eye, aside), 4.0f / 9.0f, 1e-6); /* the block's top at x = 4/3 */
  assert_float_equal(rl_b2_ray(world, eye, up), 1.0f, 0.0);
  rl_b2_free(world);
}

static void tumble(rl_b2_world *world, rl_b2_motion *path, int steps) {
  const float hills[4][2] = {{-10.0f, 0.3f}, {0.0f, 0.0f}, {2.0f, 0.4f}, {10.0f, 0.0f}};
  rl_b2_clear(world, G);
  rl_b2_add_ground(world, 4, &hills[0][0], 0.9f);
  const int a = add_box(world, 0.0f, 1.5f, 3.0f, 0.5f), b = add_box(world, 0.4f, 1.5f, 3.0f, 0.5f);
  const rl_b2_hinge hinge = {.parent = a, .child = b, .at = {0.2f, 0.0f}, .from = {-0.2f, 0.0f}};
  const int joint = rl_b2_add_hinge(world, &hinge);
  for (int i = 0; i < steps; i++) {
    rl_b2_set_motor(world, joint, i % 60 < 30 ? 8.0f : -8.0f, 10.0f);
    rl_b2_step(world, DT, 8, 3);
    path[i] = rl_b2_body_motion(world, b);
  }
}

enum { PATH = 400 };

static void a_cleared_world_repeats_an_episode_bit_for_bit(void **state) {
  (void)state;
  static rl_b2_motion first[PATH], again[PATH], other[PATH];
  rl_b2_world *world, *another;
  assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
  assert_int_equal(rl_b2_create(&another, NULL), RL_OK);
  tumble(world, first, PATH);
  tumble(world, again, PATH / 3);
  tumble(world, again, PATH);
  tumble(another, other, PATH);
  assert_memory_equal(first, again, sizeof first);
  assert_memory_equal(first, other, sizeof first);
  rl_b2_free(world);
  rl_b2_free(another);
}

static void *tumble_alone(void *path) {
  rl_b2_world *world;
  assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
  if (world) tumble(world, path, PATH);
  rl_b2_free(world);
  return NULL;
}

static void worlds_on_several_threads_do_not_disturb_each_other(void **state) {
  (void)state;
  enum { THREADS = 4 };
  static rl_b2_motion paths[THREADS][PATH];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, tumble_alone, paths[i]), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 1; i < THREADS; i++) assert_memory_equal(paths[0], paths[i], sizeof paths[0]);
}

static void the_seconds_inside_physics_add_up_to_less_than_the_clock(void **state) {
  (void)state;
  static rl_b2_motion path[PATH];
  struct timespec begin, end;
  rl_b2_world *world;
  assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
  tumble(world, path, PATH);
  assert_true(rl_b2_seconds(world) == 0.0); /* nobody has asked before */
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < 20; i++) tumble(world, path, PATH);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double wall = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
  assert_true(rl_b2_seconds(world) > 0.0);
  assert_true(rl_b2_seconds(world) <= wall + 1e-3);
  rl_b2_free(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      /* first, while no contact has been made */
      cmocka_unit_test(worlds_on_several_threads_do_not_disturb_each_other),
      cmocka_unit_test(free_fall_follows_semi_implicit_euler),
      cmocka_unit_test(a_pendulum_has_its_period),
      cmocka_unit_test(a_sliding_body_comes_to_rest_where_coulomb_says),
      cmocka_unit_test(slide_is_the_speed_along_the_ground_and_zero_in_the_air),
      cmocka_unit_test(the_ground_carries_the_weight_of_a_body_at_rest),
      cmocka_unit_test(a_contact_that_came_and_went_counts_as_touched),
      cmocka_unit_test(a_motor_gives_its_torque_and_no_more),
      cmocka_unit_test(a_hinge_stops_at_its_limit),
      cmocka_unit_test(bodies_pass_through_each_other),
      cmocka_unit_test(a_solid_has_the_mass_and_the_centre_of_its_polygon),
      cmocka_unit_test(the_latest_contact_tells_whether_it_began_or_ended),
      cmocka_unit_test(a_piece_of_ground_is_solid_on_both_sides),
      cmocka_unit_test(a_ray_meets_the_nearest_ground_and_no_body),
      cmocka_unit_test(a_cleared_world_repeats_an_episode_bit_for_bit),
      cmocka_unit_test(the_seconds_inside_physics_add_up_to_less_than_the_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
