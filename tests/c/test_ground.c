/* Ground profiles: shapes by formula, height against the polyline and against what Box2D collides with. */
#include "physics/box2d.h"
#include "physics/ground.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const rl_ground_options options = {
    .level = 1.5f, .roughness = 0.05f, .slope = 0.2f, .step_height = 0.08f, .step_length = 0.7f};

static rl_ground make(rl_ground_kind kind, uint64_t seed) {
  static rl_ground ground;
  rl_ground_options chosen = options;
  chosen.kind = kind;
  rl_rng rng;
  rl_rng_init(&rng, seed, 3);
  rl_ground_make(&ground, &chosen, &rng);
  return ground;
}

static void every_profile_is_level_around_the_start(void **state) {
  (void)state;
  for (int kind = RL_GROUND_FLAT; kind <= RL_GROUND_STEPS; kind++) {
    const rl_ground ground = make((rl_ground_kind)kind, 1);
    for (float x = -1.5f; x <= 1.5f; x += 0.05f) assert_float_equal(rl_ground_height(&ground, x), 0.0f, 0.0);
  }
}

/* What Box2D asks of a chain, and what height() asks of a polyline. */
static void points_go_from_left_to_right_and_apart(void **state) {
  (void)state;
  for (int kind = RL_GROUND_FLAT; kind <= RL_GROUND_STEPS; kind++) {
    const rl_ground ground = make((rl_ground_kind)kind, 2);
    assert_in_range(ground.n, 2, RL_B2_MAX_GROUND);
    for (int i = 1; i < ground.n; i++) assert_true(ground.xy[i][0] - ground.xy[i - 1][0] > 0.0051f);
    assert_true(ground.xy[0][0] <= -10.0f && ground.xy[ground.n - 1][0] >= 80.0f);
  }
}

static void height_is_the_polyline(void **state) {
  (void)state;
  for (int kind = RL_GROUND_FLAT; kind <= RL_GROUND_STEPS; kind++) {
    const rl_ground ground = make((rl_ground_kind)kind, 3);
    for (int i = 1; i < ground.n; i++) {
      const float *a = ground.xy[i - 1], *b = ground.xy[i];
      assert_float_equal(rl_ground_height(&ground, a[0]), a[1], 1e-6);
      assert_float_equal(rl_ground_height(&ground, 0.5f * (a[0] + b[0])), 0.5f * (a[1] + b[1]), 1e-3);
    }
    assert_float_equal(rl_ground_height(&ground, 1e6f), ground.xy[ground.n - 1][1], 0.0);
    assert_float_equal(rl_ground_height(&ground, -1e6f), ground.xy[0][1], 0.0);
  }
}

/* A small ball 5 mm above the queried height touches (the skins are 1 cm each); 6 cm above, it does not. */
static void box2d_meets_the_ground_where_height_says(void **state) {
  (void)state;
  const float radius = 0.01f;
  for (int kind = RL_GROUND_FLAT; kind <= RL_GROUND_SLOPE; kind++) {
    const rl_ground ground = make((rl_ground_kind)kind, 4);
    for (int i = 0; i < 40; i++) {
      const float x = -8.0f + 2.0f * (float)i + 0.25f;
      rl_b2_world *world;
      assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
      rl_b2_add_ground(world, ground.n, &ground.xy[0][0], 0.9f);
      const float y = rl_ground_height(&ground, x) + radius;
      const rl_b2_body near = {1.0f, 1e-3f, x, y + 0.005f, 0.0f, 0.0f, 0.0f};
      const rl_b2_body far = {1.0f, 1e-3f, x, y + 0.06f, 0.0f, 0.0f, 0.0f};
      const int a = rl_b2_add_body(world, &near), b = rl_b2_add_body(world, &far);
      rl_b2_add_circle(world, a, 0.0f, 0.0f, radius, 0.9f);
      rl_b2_add_circle(world, b, 0.0f, 0.0f, radius, 0.9f);
      rl_b2_step(world, 0.0f, 1, 1);
      assert_true(rl_b2_body_contact(world, a).touching > 0);
      assert_int_equal(rl_b2_body_contact(world, b).touching, 0);
      rl_b2_free(world);
    }
  }
}

static void a_slope_rises_by_its_tangent(void **state) {
  (void)state;
  const rl_ground ground = make(RL_GROUND_SLOPE, 5);
  assert_float_equal(rl_ground_height(&ground, 11.5f), 10.0f * tanf(0.2f), 1e-4);
  assert_float_equal(rl_ground_height(&ground, -8.0f), 0.0f, 0.0);
}

static void each_step_goes_up_or_down_by_the_step_height(void **state) {
  (void)state;
  const rl_ground ground = make(RL_GROUND_STEPS, 6);
  int up = 0, down = 0;
  for (int k = 0; k < 100; k++) {
    const float x = 1.5f + 0.7f * (float)k;
    const float rise = rl_ground_height(&ground, x + 0.4f) - rl_ground_height(&ground, x - 0.2f);
    assert_float_equal(fabsf(rise), 0.08f, 1e-4);
    if (rise > 0.0f)
      up++;
    else
      down++;
  }
  assert_true(up > 20 && down > 20); /* binomial(100, 1/2): further out than 6 standard deviations */
}

/* The standard deviation of n normal draws is known to 1 / sqrt(2n): 5% of it for n = 180; four
 * times that. */
static void rough_ground_has_the_roughness_asked_for(void **state) {
  (void)state;
  const rl_ground ground = make(RL_GROUND_ROUGH, 7);
  double sum = 0.0;
  int n = 0;
  for (int i = 0; i < ground.n; i++) {
    if (fabsf(ground.xy[i][0]) <= 2.0f) continue;
    sum += (double)(ground.xy[i][1] * ground.xy[i][1]);
    n++;
  }
  assert_true(n > 150);
  assert_float_equal(sqrtf((float)sum / (float)n), 0.05f, 0.05f * 4.0f / sqrtf(2.0f * (float)n));
}

static void a_stream_determines_the_ground(void **state) {
  (void)state;
  for (int kind = RL_GROUND_ROUGH; kind <= RL_GROUND_STEPS; kind++) {
    const rl_ground a = make((rl_ground_kind)kind, 8), b = make((rl_ground_kind)kind, 8),
                    c = make((rl_ground_kind)kind, 9);
    assert_memory_equal(a.xy, b.xy, (size_t)a.n * sizeof a.xy[0]);
    if (kind != RL_GROUND_SLOPE) assert_memory_not_equal(a.xy, c.xy, (size_t)a.n * sizeof a.xy[0]);
  }
}

static void the_finest_steps_fit_and_their_end_is_outside(void **state) {
  (void)state;
  rl_ground_options fine = options;
  fine.kind = RL_GROUND_STEPS;
  fine.step_length = 0.2f;
  static rl_ground ground;
  rl_rng rng;
  rl_rng_init(&rng, 1, 1);
  rl_ground_make(&ground, &fine, &rng);
  assert_in_range(ground.n, 300, RL_GROUND_MAX);
  assert_true(rl_ground_inside(&ground, 0.0f));
  assert_true(ground.xy[ground.n - 1][0] > 35.0f);
  assert_false(rl_ground_inside(&ground, ground.xy[ground.n - 1][0] - 0.5f));
  assert_false(rl_ground_inside(&ground, ground.xy[0][0] - 5.0f));
  assert_false(rl_ground_inside(&ground, NAN));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_profile_is_level_around_the_start),
      cmocka_unit_test(points_go_from_left_to_right_and_apart),
      cmocka_unit_test(height_is_the_polyline),
      cmocka_unit_test(box2d_meets_the_ground_where_height_says),
      cmocka_unit_test(a_slope_rises_by_its_tangent),
      cmocka_unit_test(each_step_goes_up_or_down_by_the_step_height),
      cmocka_unit_test(rough_ground_has_the_roughness_asked_for),
      cmocka_unit_test(a_stream_determines_the_ground),
      cmocka_unit_test(the_finest_steps_fit_and_their_end_is_outside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
