/* Balls thrown at creatures: their flight, what they push, when and from where they come, and that they
 * change nothing until they do. */
#include "physics/throw.h"
#include "registry.h"

#include "sim.h"

#include <stdio.h>

#define DT (1.0f / 200.0f)

static const float level[2][2] = {{-100.0f, 0.0f}, {100.0f, 0.0f}};

/* --- in a world by itself --- */

static rl_b2_world *new_world(float gravity) {
  rl_b2_world *world = rl_b2_create();
  assert_non_null(world);
  rl_b2_clear(world, gravity);
  return world;
}

static int add_disc(rl_b2_world *world, float x, float y) { /* 2 kg, 0.2 m */
  const rl_b2_body def = {2.0f, 0.04f, x, y, 0.0f, 0.0f, 0.0f};
  const int body = rl_b2_add_body(world, &def);
  rl_b2_add_circle(world, body, 0.0f, 0.0f, 0.2f, 0.5f);
  return body;
}

static int add_ball(rl_b2_world *world) {
  const rl_b2_ball ball = {3.0f, 0.1f, 0.5f};
  return rl_b2_add_ball(world, &ball);
}

static void run(rl_b2_world *world, int steps) {
  for (int i = 0; i < steps; i++) rl_b2_step(world, DT, 8, 3);
}

/* A central blow that does not bounce: both go on with m v / (m + M) = 3 * 5 / 5 m/s. */
static void a_ball_shares_its_momentum_with_the_body_it_hits(void **state) {
  (void)state;
  rl_b2_world *world = new_world(0.0f);
  const int disc = add_disc(world, 0.0f, 1.0f), ball = add_ball(world);
  rl_b2_throw_ball(world, ball, -1.0f, 1.0f, 5.0f, 0.0f);
  run(world, 100);
  assert_near(rl_b2_get_motion(world, disc).vx, 3.0, 1e-4);
  assert_near(rl_b2_get_motion(world, ball).vx, 3.0, 1e-4);
  assert_near(rl_b2_get_motion(world, disc).vy, 0.0, 1e-4);
  rl_b2_destroy(world);
}

static void a_ball_that_is_not_thrown_is_not_there(void **state) {
  (void)state;
  rl_b2_world *world = new_world(9.81f);
  const int disc = add_disc(world, 0.0f, 0.0f), ball = add_ball(world); /* at the same place */
  run(world, 20);
  assert_near(rl_b2_get_motion(world, disc).x, 0.0, 0.0);
  assert_near(rl_b2_get_motion(world, ball).y, 0.0, 0.0);
  rl_b2_destroy(world);
}

static void balls_go_through_each_other_and_dropped_ones_through_bodies(void **state) {
  (void)state;
  rl_b2_world *world = new_world(0.0f);
  const int disc = add_disc(world, 0.0f, 5.0f), a = add_ball(world), b = add_ball(world);
  rl_b2_throw_ball(world, a, -1.0f, 1.0f, 5.0f, 0.0f);
  rl_b2_throw_ball(world, b, 1.0f, 1.0f, -5.0f, 0.0f);
  run(world, 100);
  assert_near(rl_b2_get_motion(world, a).vx, 5.0, 0.0);
  assert_near(rl_b2_get_motion(world, b).vx, -5.0, 0.0);
  rl_b2_throw_ball(world, a, -1.0f, 5.0f, 5.0f, 0.0f);
  rl_b2_drop_ball(world, a);
  run(world, 100);
  assert_near(rl_b2_get_motion(world, a).vx, 5.0, 0.0);
  assert_near(rl_b2_get_motion(world, disc).vx, 0.0, 0.0);
  rl_b2_throw_ball(world, a, -1.0f, 5.0f, 5.0f, 0.0f); /* and is whole again when it is thrown again */
  run(world, 100);
  assert_near(rl_b2_get_motion(world, disc).vx, 3.0, 1e-4);
  rl_b2_destroy(world);
}

/* A disc set upon a ball presses on it, slides over it, and is not on the ground. */
static void a_ball_under_a_body_is_not_ground(void **state) {
  (void)state;
  rl_b2_world *world = new_world(9.81f);
  rl_b2_add_ground(world, 2, &level[0][0], 0.9f);
  const int disc = add_disc(world, 0.0f, 0.405f), ball = add_ball(world);
  rl_b2_throw_ball(world, ball, 0.0f, 0.105f, 1.0f, 0.0f);
  rl_b2_begin_interval(world);
  run(world, 5);
  assert_true(rl_b2_get_motion(world, disc).vy > -9.81f * 4.5f * DT); /* it is held up */
  assert_false(rl_b2_get_contact(world, disc).touched);
  assert_near(rl_b2_get_contact(world, disc).impulse, 0.0, 0.0);
  assert_near(rl_b2_slide(world, disc), 0.0, 0.0);
  assert_int_equal(rl_b2_get_contact(world, ball).touching, 1);
  rl_b2_destroy(world);
}

static void fill_defaults(double *options) {
  for (int i = 0; i < RL_THROW_OPTIONS; i++) options[i] = rl_throw_options[i].value;
}

/* Free flight for distance / speed: there it is at the trunk's height, level, at the speed asked for on top
 * of the trunk's. Box2D falls g T dt / 2 further than a parabola. */
static void a_ball_arrives_level_at_the_trunk(void **state) {
  (void)state;
  const float gravities[] = {9.81f, 1.62f}, trunk_vx[] = {0.0f, 2.0f};
  rl_ground ground = {.n = 2, .xy = {{-100.0f, 0.0f}, {100.0f, 0.0f}}};
  double options[RL_THROW_OPTIONS];
  fill_defaults(options);
  options[RL_THROW_INTERVAL] = 1.0;
  for (int k = 0; k < 2; k++) {
    for (int side = RL_THROW_FRONT; side <= RL_THROW_BACK; side++) {
      rl_b2_world *world = new_world(gravities[k]);
      rl_throw balls;
      options[RL_THROW_SIDE] = side;
      rl_throw_reset(&balls, options, 0.3f, world);
      assert_near(balls.radius, 0.0894700, 1e-6); /* (3 / (1000 * 4/3 pi))^(1/3) */
      assert_near(balls.distance, 0.3 + 1.0 + 0.08947, 1e-6);
      const rl_throw_target target = {10.0f, 1.3f, trunk_vx[k], gravities[k]};
      rl_throw_ball(&balls, &target, &ground, NULL, world);
      const int steps = 56; /* distance / speed = 0.278 s; go on to 0.28 s */
      const float beyond = 0.28f - balls.distance / 5.0f, sign = side == RL_THROW_FRONT ? -1.0f : 1.0f;
      run(world, steps);
      const rl_b2_motion motion = rl_b2_get_motion(world, balls.first_ball);
      assert_near(motion.vx, trunk_vx[k] + sign * 5.0f, 1e-4);
      assert_near(motion.x, 10.0f + trunk_vx[k] * 0.28f + sign * 5.0f * beyond, 1e-3);
      assert_near(motion.y, 1.3f - gravities[k] * 0.28f * DT / 2.0f, 1e-3);
      assert_near(motion.vy, -gravities[k] * beyond, 1e-3);
      rl_b2_destroy(world);
    }
  }
}

static void a_ball_that_met_the_ground_is_out_of_play(void **state) {
  (void)state;
  rl_ground ground = {.n = 2, .xy = {{-100.0f, 0.0f}, {100.0f, 0.0f}}};
  rl_b2_world *world = new_world(9.81f);
  rl_throw balls;
  double options[RL_THROW_OPTIONS];
  fill_defaults(options);
  options[RL_THROW_INTERVAL] = 1.0;
  options[RL_THROW_SIDE] = RL_THROW_BACK;
  rl_b2_add_ground(world, 2, &level[0][0], 0.9f);
  rl_throw_reset(&balls, options, 0.3f, world);
  rl_throw_ball(&balls, &(rl_throw_target){0.0f, 1.0f, 0.0f, 9.81f}, &ground, NULL, world);
  int landed = 0;
  for (int i = 1; i <= 1000; i++) {
    assert_int_equal(balls.in_play[0], landed == 0);
    rl_b2_step(world, DT, 8, 3);
    rl_throw_settle(&balls, world);
    if (!landed && !balls.in_play[0]) landed = i;
  }
  /* from 1 m down to its radius after the 0.278 s: sqrt(2 (1 - 0.089) / 9.81) = 0.431 s */
  assert_near((float)landed * DT, 0.278 + 0.431, 0.015);
  assert_near(rl_b2_get_motion(world, balls.first_ball).vx, 0.0, 0.01); /* it has rolled to a stop */
  rl_b2_destroy(world);
}

/* --- at a creature --- */

/* A column of 100 kg on a foot of 20 kg and 2 m, which stands wherever it is hit. */
static void open_column(sim *s) {
  rl_creature c = {.name = "column",
                   .position = {0.0f, 1.0f},
                   .n_bodies = 2,
                   .n_motors = 1,
                   .motors = {{"hip", 1.0f, 1.0f}},
                   .n_feet = 1,
                   .feet = {"foot"}};
  c.bodies[0] = c.bodies[1] = rl_body_defaults();
  strcpy(c.bodies[0].name, "block");
  c.bodies[0].is_root = true;
  c.bodies[0].n_shapes = 1;
  c.bodies[0].shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 0.3f, .height = 0.8f};
  c.bodies[0].mass = 100.0f;
  strcpy(c.bodies[1].name, "foot");
  strcpy(c.bodies[1].joint.name, "hip");
  strcpy(c.bodies[1].joint.parent, "block");
  c.bodies[1].n_shapes = 1;
  c.bodies[1].shapes[0] =
      (rl_shape){.kind = RL_SHAPE_BOX, .center = {0.0f, -0.9f}, .width = 2.0f, .height = 0.2f};
  c.bodies[1].mass = 20.0f;
  rl_error error;
  rl_env_def *def;
  assert_ok(rl_creature_env(&c, &def, &error));
  open_def(s, def);
}

static const float *ball_pose(const sim *s, int ball) {
  return s->poses[s->def->n_bodies - s->def->n_props + ball];
}

/* On frictionless ground M v + m v_ball stays m 5 m/s. A hit is not a fall. */
static void a_hit_on_the_trunk_moves_the_creature_and_is_not_a_fall(void **state) {
  (void)state;
  for (int side = RL_THROW_FRONT; side <= RL_THROW_BACK; side++) {
    sim s;
    open_column(&s);
    set(&s, "friction", 0.0, NULL);
    set(&s, "reset_noise", 0.0, NULL);
    set(&s, "throw_interval", 100.0, NULL);
    set(&s, "throw_side", 0.0, side == RL_THROW_FRONT ? "front" : "back");
    start(&s, 1);
    float before = 0.0f;
    const float sign = side == RL_THROW_FRONT ? -1.0f : 1.0f;
    /* 1 s until the throw, 0.4 s of flight, 0.1 s until position corrections, which are no velocity, are over
     * */
    for (int i = 0; i < 75; i++) {
      before = ball_pose(&s, 0)[0];
      step(&s, 0.0f);
      if (i < 50) assert_near(field(&s, "com_vx"), 0.0, 1e-6);
    }
    const float ball_vx = (ball_pose(&s, 0)[0] - before) / 0.02f;
    assert_true(sign * field(&s, "com_vx") > 0.1f);
    assert_near(120.0f * field(&s, "com_vx") + 3.0f * ball_vx, sign * 15.0f, 0.01);
    for (int i = 0; i < 200; i++) {
      step(&s, 0.0f);
      assert_false(s.io.terminated);
      assert_near(field(&s, "fallen"), 0.0, 0.0);
    }
    close_sim(&s);
  }
}

/* Every interval from the start on, in turn, the fifth with the first ball again. */
static void balls_come_at_their_times(void **state) {
  (void)state;
  sim s;
  open_column(&s);
  set(&s, "throw_interval", 0.5, NULL);
  set(&s, "throw_start", 0.3, NULL);
  set(&s, "throw_side", 0.0, "back");
  start(&s, 2);
  for (int i = 0; i < RL_THROW_BALLS; i++) assert_true(ball_pose(&s, i)[1] < -100.0f);
  int thrown = 0;
  for (int i = 0; i < 200; i++) { /* this step begins at 0.02 i */
    float before[RL_THROW_BALLS];
    for (int b = 0; b < RL_THROW_BALLS; b++)
      before[b] = ball_pose(&s, b)[1] < -100.0f ? 100.0f : ball_pose(&s, b)[0];
    step(&s, 0.0f);
    for (int b = 0; b < RL_THROW_BALLS; b++) {
      if (ball_pose(&s, b)[1] < -100.0f || fabsf(ball_pose(&s, b)[0] - before[b]) < 0.5f) continue;
      assert_int_equal(i, 15 + 25 * thrown);
      assert_int_equal(b, thrown % RL_THROW_BALLS);
      thrown++;
    }
  }
  assert_int_equal(thrown, 8);
  close_sim(&s);
}

/* At random: of 200 balls 100 +- 7 come from the front; 60 to 140 is beyond five standard deviations. */
static void balls_come_from_the_side_asked_for(void **state) {
  (void)state;
  for (int side = RL_THROW_BOTH; side <= RL_THROW_BACK; side++) {
    rl_b2_world *world = new_world(9.81f);
    rl_ground ground = {.n = 2, .xy = {{-100.0f, 0.0f}, {100.0f, 0.0f}}};
    double options[RL_THROW_OPTIONS];
    fill_defaults(options);
    options[RL_THROW_INTERVAL] = 1.0;
    options[RL_THROW_SIDE] = side;
    rl_throw balls;
    rl_rng rng;
    rl_rng_init(&rng, 3, 0);
    rl_throw_reset(&balls, options, 0.3f, world);
    int front = 0;
    for (int i = 0; i < 200; i++) {
      rl_throw_ball(&balls, &(rl_throw_target){0.0f, 1.0f, 0.0f, 9.81f}, &ground, &rng, world);
      front += rl_b2_get_motion(world, balls.first_ball + i % RL_THROW_BALLS).x > 0.0f;
    }
    if (side == RL_THROW_BOTH) assert_in_range(front, 60, 140);
    if (side == RL_THROW_FRONT) assert_int_equal(front, 200);
    if (side == RL_THROW_BACK) assert_int_equal(front, 0);
    rl_b2_destroy(world);
  }
}

/* Muscles, uneven ground and balls at once. */
static void a_muscled_creature_is_thrown_at_on_any_ground(void **state) {
  (void)state;
  const char *grounds[] = {"flat", "rough", "slope", "steps"};
  for (int g = 0; g < 4; g++) {
    sim s;
    open_named(&s, "human");
    set(&s, "ground", 0.0, grounds[g]);
    set(&s, "throw_interval", 0.2, NULL);
    set(&s, "throw_start", 0.1, NULL);
    set(&s, "throw_side", 0.0, "front");
    start(&s, 4);
    float before = 0.0f, after = 0.0f;
    for (int i = 0; i < 60; i++) {
      step(&s, 1.0f);
      for (int f = 0; f < s.def->n_fields; f++) assert_true(isfinite(s.fields[f]));
      if (i == 30) before = field(&s, "com_vx");
      if (i == 55) after = field(&s, "com_vx");
    }
    assert_true(ball_pose(&s, 1)[1] > -100.0f);
    assert_true(after < before - 0.05f); /* 3 kg at 5 m/s against 80 kg: 0.18 m/s each */
    close_sim(&s);
  }
}

/* --- bits --- */

enum { LENGTH = 100 };

static void record(sim *s, uint64_t seed, float (*path)[MOST]) {
  start(s, seed);
  for (int i = 0; i < LENGTH; i++) {
    memcpy(path[i], s->fields, sizeof s->fields);
    memcpy(path[i] + s->def->n_fields, s->poses, sizeof(float) * 3 * (size_t)s->def->n_bodies);
    step(s, 0.5f);
  }
}

static void until_the_first_throw_all_is_as_without(void **state) {
  (void)state;
  static float with[LENGTH][MOST], without[LENGTH][MOST];
  sim s;
  open_named(&s, "hopper");
  record(&s, 11, without);
  set(&s, "throw_interval", 1.0, NULL);
  set(&s, "throw_start", 0.02 * LENGTH, NULL);
  record(&s, 11, with);
  assert_memory_equal(with, without, sizeof with);
  set(&s, "throw_start", 0.2, NULL);
  record(&s, 11, with);
  assert_memory_equal(with, without, 10 * sizeof with[0]);
  assert_memory_not_equal(with, without, sizeof with);
  close_sim(&s);
}

static void equal_streams_get_equal_throws(void **state) {
  (void)state;
  static float first[LENGTH][MOST], again[LENGTH][MOST];
  sim a, b;
  open_named(&a, "hopper");
  open_named(&b, "hopper");
  set(&a, "throw_interval", 0.3, NULL);
  set(&b, "throw_interval", 0.3, NULL);
  record(&a, 11, first);
  record(&b, 12, again);
  assert_memory_not_equal(first, again, sizeof first);
  record(&b, 11, again);
  assert_memory_equal(first, again, sizeof first);
  close_sim(&a);
  close_sim(&b);
}

static void throws_at_the_ends_of_their_ranges_give_finite_numbers(void **state) {
  (void)state;
  const char *grounds[] = {"flat", "rough", "slope", "steps"};
  for (int k = 0; k < 16; k++) {
    sim s;
    open_named(&s, k % 2 ? "biped" : "quadruped");
    set(&s, "ground", 0.0, grounds[k / 4]);
    set(&s, "slope", 45.0, NULL);
    set(&s, "step_height", 0.5, NULL);
    set(&s, "gravity", k % 4 < 2 ? 0.01 : 100.0, NULL);
    set(&s, "throw_mass", k % 4 == 1 ? 0.01 : 100.0, NULL);
    set(&s, "throw_speed", k % 4 == 2 ? 0.5 : 20.0, NULL);
    set(&s, "throw_interval", k % 4 == 3 ? 1e-6 : 0.1, NULL);
    set(&s, "throw_start", 0.0, NULL);
    start(&s, 20);
    for (int i = 0; i < 150; i++) { /* goes on after a fall */
      step(&s, 1.0f);
      for (int f = 0; f < s.def->n_fields; f++) assert_true(isfinite(s.fields[f]));
      for (int b = 0; b < s.def->n_bodies; b++) assert_true(isfinite(s.poses[b][0] + s.poses[b][1]));
    }
    close_sim(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_ball_shares_its_momentum_with_the_body_it_hits),
      cmocka_unit_test(a_ball_that_is_not_thrown_is_not_there),
      cmocka_unit_test(balls_go_through_each_other_and_dropped_ones_through_bodies),
      cmocka_unit_test(a_ball_under_a_body_is_not_ground),
      cmocka_unit_test(a_ball_arrives_level_at_the_trunk),
      cmocka_unit_test(a_ball_that_met_the_ground_is_out_of_play),
      cmocka_unit_test(a_hit_on_the_trunk_moves_the_creature_and_is_not_a_fall),
      cmocka_unit_test(balls_come_at_their_times),
      cmocka_unit_test(balls_come_from_the_side_asked_for),
      cmocka_unit_test(a_muscled_creature_is_thrown_at_on_any_ground),
      cmocka_unit_test(until_the_first_throw_all_is_as_without),
      cmocka_unit_test(equal_streams_get_equal_throws),
      cmocka_unit_test(throws_at_the_ends_of_their_ranges_give_finite_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
