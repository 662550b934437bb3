/* The environment made of a creature: episodes, fields, reward, reproducibility, what is not finite. */
#include "creature/creature_model.h"
#include "physics/shape.h"
#include "physics/throw.h"
#include "registry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim.h"
#include "statue.h"

enum { N_CREATURES = 5 };
static const char *const creatures[N_CREATURES] = {"biped", "hopper", "quadruped", "human", "reflex_human"};

static void open_creature(sim *s, const rl_creature *creature) {
  rl_error error;
  rl_env_def *def;
  if (rl_creature_env(creature, &def, &error)) fail_msg("%s", error.message);
  open_def(s, def);
}

static rl_model *new_model(const rl_creature *creature) {
  static rl_creature complete;
  static rl_model model;
  assert_int_equal(rl_creature_check(creature, &complete, NULL), RL_OK);
  rl_model_make(&model, &complete);
  return &model;
}

/* --- episodes --- */

static void a_standing_creature_loads_its_feet_with_one_body_weight(void **state) {
  (void)state;
  const double gravities[] = {9.81, 1.62};
  const rl_creature creature = statue();
  for (int k = 0; k < 2; k++) {
    sim s;
    open_creature(&s, &creature);
    set(&s, "gravity", gravities[k], NULL);
    set(&s, "reset_noise", 0.0, NULL);
    start(&s, 1);
    for (int i = 0; i < 200; i++) step(&s, 0.0f);
    assert_false(s.io.terminated);
    assert_float_equal(field(&s, "foot_l_load") + field(&s, "foot_r_load"), 1.0f, 1e-3);
    assert_float_equal(field(&s, "foot_l_contact"), 1.0f, 0.0);
    assert_float_equal(field(&s, "foot_l_slide"), 0.0f, 1e-3);
    assert_float_equal(field(&s, "upright"), 1.0f, 1e-4);
    assert_float_equal(field(&s, "y"), 0.5f + 0.015f, 0.01); /* Box2D's skin */
    assert_float_equal(field(&s, "effort"), 0.0f, 1e-6);
    close_sim(&s);
  }
}

/* Mean force over any time = weight + change of momentum / time, whatever the creature does. */
static void loads_add_up_to_weight_and_change_of_momentum(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  start(&s, 3);
  for (int i = 0; i < 40; i++) {
    const float before = field(&s, "com_vy");
    step(&s, 0.5f);
    if (s.io.terminated) break;
    const float load = field(&s, "foot_l_load") + field(&s, "foot_r_load");
    assert_float_equal(load, 1.0f + (field(&s, "com_vy") - before) / (9.81f * 0.02f), 0.01);
  }
  close_sim(&s);
}

static void effort_is_bounded_by_the_square_of_the_action(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  for (int k = 0; k < 3; k++) {
    const float scale = 0.5f * (float)k;
    float action[6], most = 0.0f;
    start(&s, 4);
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 6; j++) action[j] = (i + j) % 7 < 3 ? scale : -scale;
      s.def->step(s.copy, action, &s.io);
      assert_true(field(&s, "effort") <= scale * scale + 1e-5f);
      most = fmaxf(most, field(&s, "effort"));
    }
    assert_true(most >= 0.5f * scale * scale);
  }
  close_sim(&s);
}

static void the_documented_fields_are_there(void **state) {
  (void)state;
  const char *names[] = {"time",          "x",           "y",      "vx",     "vy",         "angle",
                         "angular_speed", "upright",     "height", "head_x", "head_y",     "head_vx",
                         "head_vy",       "head_height", "com_x",  "com_y",  "com_vx",     "com_vy",
                         "hip_l_angle",   "hip_l_speed", "effort", "fallen", "foot_r_load"};
  sim s;
  open_named(&s, "biped");
  for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
    assert_true(rl_env_find_field(s.def, names[i]) >= 0);
  assert_int_equal(s.def->observation.size, 5 + 2 * 6 + 2);
  for (int i = 0; i < s.def->n_fields; i++) {
    assert_non_null(s.def->fields[i].unit);
    assert_true(strlen(s.def->fields[i].meaning) > 10);
  }
  close_sim(&s);
}

/* Counting steps by hand: each foot's clocks go on by one step's 0.02 s and start again when
 * contact changes. */
static void air_and_stance_are_the_time_since_contact_changed(void **state) {
  (void)state;
  sim s;
  open_named(&s, "hopper");
  start(&s, 7);
  float air = 0.0f, stance = 0.0f, longest_air = 0.0f;
  float action[3];
  for (int i = 0; i < 200 && !s.io.terminated; i++) {
    const float push = i / 10 % 2 ? -1.0f : 1.0f; /* crouch and jump */
    for (int j = 0; j < 3; j++) action[j] = j % 2 ? -push : push;
    s.def->step(s.copy, action, &s.io);
    const bool contact = field(&s, "foot_contact") > 0.0f;
    air = contact ? 0.0f : air + 0.02f;
    stance = contact ? stance + 0.02f : 0.0f;
    longest_air = fmaxf(longest_air, air);
    assert_true(fabsf(field(&s, "foot_air") - air) < 1e-4f);
    assert_true(fabsf(field(&s, "foot_stance") - stance) < 1e-4f);
  }
  assert_true(longest_air > 0.04f);
  start(&s, 7);
  assert_true(field(&s, "foot_air") == 0.0f && field(&s, "foot_stance") == 0.0f);
  close_sim(&s);
}

static void an_episode_starts_upright_at_zero_with_both_feet_down(void **state) {
  (void)state;
  const char *names[] = {"biped", "hopper", "quadruped", "human"};
  const float height[] = {1.29f, 1.03f, 0.69f}; /* of the trunk's centre, to 5 cm */
  for (int k = 0; k < 3; k++) {
    sim s;
    open_named(&s, names[k]);
    set(&s, "reset_noise", 0.0, NULL);
    start(&s, 5);
    assert_float_equal(field(&s, "time"), 0.0f, 0.0);
    assert_float_equal(field(&s, "x"), 0.0f, 1e-6);
    assert_float_equal(field(&s, "vx"), 0.0f, 0.0);
    assert_float_equal(field(&s, "upright"), 1.0f, 0.0);
    assert_float_equal(field(&s, "height"), height[k], 0.05);
    assert_float_equal(field(&s, "fallen"), 0.0f, 0.0);
    for (int i = 0; i < s.def->n_fields; i++)
      if (strstr(s.def->fields[i].name, "_contact")) assert_float_equal(s.fields[i], 1.0f, 0.0);
    assert_float_equal(s.observation[0], 1.0f, 0.03);
    close_sim(&s);
  }
}

static void reset_noise_stays_within_its_size_and_the_limits(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  set(&s, "reset_noise", 0.2, NULL);
  float most = 0.0f;
  for (uint64_t seed = 0; seed < 100; seed++) {
    start(&s, seed);
    assert_true(fabsf(field(&s, "hip_l_angle")) <= 0.2f + 1e-5f);
    assert_true(field(&s, "knee_r_angle") <= 0.05f + 1e-5f);
    assert_true(fabsf(field(&s, "vx")) <= 0.2f && fabsf(field(&s, "vy")) <= 0.2f);
    assert_float_equal(field(&s, "x"), 0.0f, 1e-5);
    assert_true(field(&s, "foot_l_contact") + field(&s, "foot_r_contact") >= 1.0f);
    most = fmaxf(most, fabsf(field(&s, "hip_l_angle")));
  }
  assert_true(most > 0.15f);
  close_sim(&s);
}

/* With one physics step to an action x += dt vx exactly, but for what contacts and joints correct. */

static void an_episode_starts_as_the_creature_says(void **state) {
  (void)state;
  static rl_creature walker;
  sim s;
  walker = *rl_registry_creature("biped");
  walker.start = (rl_initial_state){
      .vx = 1.3f, .vy = -0.1f, .lean = 0.1f, .n_angles = 2, .angles = {{"hip_r", 0.7f}, {"knee_l", -0.2f}}};
  open_creature(&s, &walker);
  set(&s, "reset_noise", 0.0, NULL);
  start(&s, 1);
  assert_float_equal(field(&s, "hip_r_angle"), 0.7f, 1e-6);
  assert_float_equal(field(&s, "knee_l_angle"), -0.2f, 1e-6);
  assert_float_equal(field(&s, "hip_l_angle"), 0.0f, 1e-6);
  assert_float_equal(field(&s, "angle"), -0.1f, 1e-6); /* forward is clockwise */
  assert_float_equal(field(&s, "vx"), 1.3f, 1e-6);
  assert_float_equal(field(&s, "com_vy"), -0.1f, 1e-6);
  assert_true(field(&s, "foot_l_contact") > 0.0f);
  assert_float_equal(field(&s, "foot_r_contact"), 0.0f, 0.0);
  close_sim(&s);
}

static void velocities_are_the_change_of_positions(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  set(&s, "control_rate", 200.0, NULL);
  set(&s, "substeps", 1.0, NULL);
  start(&s, 6);
  for (int i = 0; i < 60; i++) {
    const float x = field(&s, "x"), head = field(&s, "head_x"), com_y = field(&s, "com_y");
    step(&s, 0.2f);
    assert_float_equal((field(&s, "x") - x) * 200.0f, field(&s, "vx"), 0.05);
    assert_float_equal((field(&s, "head_x") - head) * 200.0f, field(&s, "head_vx"), 0.05);
    assert_float_equal((field(&s, "com_y") - com_y) * 200.0f, field(&s, "com_vy"), 0.05);
    assert_float_equal(field(&s, "time"), (float)(i + 1) / 200.0f, 1e-6);
  }
  close_sim(&s);
}

static void the_reward_is_the_sum_of_its_terms(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  set(&s, "target_speed", 2.0, NULL);
  start(&s, 7);
  assert_int_equal(s.def->n_terms, 7); /* of which the gait's stay 0 */
  for (int i = 0; i < 20; i++) {
    step(&s, 1.0f);
    assert_float_equal(s.terms[0], fmaxf(1.0f - fabsf(field(&s, "vx") - 2.0f) / 2.0f, -1.0f), 1e-6);
    assert_float_equal(s.terms[1], 0.2f * field(&s, "upright"), 1e-6);
    assert_float_equal(s.terms[2], -0.05f * field(&s, "effort"), 1e-6);
    assert_float_equal((float)s.io.reward, s.terms[0] + s.terms[1] + s.terms[2], 1e-6);
  }
  close_sim(&s);
}

static void a_fall_terminates(void **state) {
  (void)state;
  const char *names[] = {"biped", "hopper", "quadruped", "human"};
  for (int k = 0; k < 3; k++) {
    sim s;
    open_named(&s, names[k]);
    start(&s, 8);
    while (!s.io.terminated && !s.io.truncated) step(&s, 0.0f);
    assert_true(s.io.terminated && !s.io.truncated);
    assert_float_equal(field(&s, "fallen"), 1.0f, 0.0);
    assert_in_range((int)(10.0f * field(&s, "time")), 8,
                    40); /* stands for the better part of a second, then drops */
    close_sim(&s);
  }
}

static void the_time_limit_truncates(void **state) {
  (void)state;
  sim s;
  const rl_creature creature = statue();
  open_creature(&s, &creature);
  set(&s, "time_limit", 1.0, NULL);
  start(&s, 9);
  for (int i = 1; i <= 50; i++) {
    step(&s, 0.0f);
    assert_false(s.io.terminated);
    assert_int_equal(s.io.truncated, i == 50);
  }
  assert_float_equal(field(&s, "time"), 1.0f, 1e-6);
  close_sim(&s);
}

/* A low sledge on frictionless ground that falls away: it slides out of the range, on its foot. */
static void leaving_the_ground_truncates(void **state) {
  (void)state;
  sim s;
  rl_creature creature = statue();
  creature.bodies[1].shapes[0] =
      (rl_shape){.kind = RL_SHAPE_BOX, .center = {0.0f, -0.05f}, .width = 1.5f, .height = 0.3f};
  creature.bodies[1].mass = 50.0f;
  creature.bodies[0].joint = (rl_joint){0};
  creature.position[1] = 0.2f;
  open_creature(&s, &creature);
  set(&s, "ground", 0.0, "slope");
  set(&s, "slope", -15.0, NULL);
  set(&s, "friction", 0.0, NULL);
  set(&s, "reset_noise", 1.0, NULL);
  set(&s, "time_limit", 60.0, NULL);
  uint64_t seed = 0;
  do start(&s, seed++);
  while (field(&s, "vx") < 0.7f);
  while (!s.io.terminated && !s.io.truncated) step(&s, 0.0f);
  assert_true(s.io.truncated && !s.io.terminated);
  assert_true(field(&s, "x") > 70.0f && field(&s, "time") < 59.0f);
  close_sim(&s);
}

static void options_take_effect_at_the_next_reset(void **state) {
  (void)state;
  sim s;
  const rl_creature creature = statue();
  open_creature(&s, &creature);
  assert_float_equal((float)s.def->dt(s.options), 0.02f, 1e-7);
  start(&s, 1);
  set(&s, "time_limit", 0.1, NULL);
  for (int i = 0; i < 10; i++) step(&s, 0.0f);
  assert_false(s.io.truncated);
  start(&s, 1);
  for (int i = 0; i < 5; i++) step(&s, 0.0f);
  assert_true(s.io.truncated);
  close_sim(&s);
}

/* A judge that does not mind a fall must still see that time has run out. */
static void a_fall_at_the_time_limit_is_reported_as_both(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  start(&s, 8);
  int steps = 0;
  for (; !s.io.terminated; steps++) step(&s, 0.0f);
  set(&s, "time_limit", 0.02 * steps, NULL);
  start(&s, 8);
  for (int i = 0; i < steps; i++) step(&s, 0.0f);
  assert_true(s.io.terminated && s.io.truncated);
  close_sim(&s);
}

/* Positive is counter-clockwise: the thigh swings forward, the shank too, the toes go up. */
static void an_action_turns_its_joint_its_own_way(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  set(&s, "reset_noise", 0.0, NULL);
  set(&s, "gravity", 0.01, NULL);
  for (int sign = -1; sign <= 1; sign += 2) {
    float action[6] = {0};
    action[0] = 0.3f * (float)sign; /* hip_l */
    action[4] = -0.3f;              /* knee_r: it can only flex */
    start(&s, 1);
    for (int i = 0; i < 8; i++) s.def->step(s.copy, action, &s.io);
    assert_true(field(&s, "hip_l_angle") * (float)sign > 0.05f);
    assert_true(field(&s, "knee_r_angle") < -0.05f);
  }
  close_sim(&s);
}

/* A shin that stands forward of the thigh: its joint shows 0 there, and its limits count from there. */
static void joint_angles_count_from_the_rest_pose(void **state) {
  (void)state;
  sim s;
  rl_creature creature = *rl_registry_creature("hopper");
  creature.bodies[1].joint.rest = 0.5f;
  creature.bodies[2].joint.rest = -0.8f;
  creature.bodies[3].joint.rest = 0.3f;
  open_creature(&s, &creature);
  set(&s, "reset_noise", 0.0, NULL);
  start(&s, 1);
  float poses[4 + RL_THROW_BALLS][3];
  s.def->poses(s.copy, &poses[0][0]);
  assert_float_equal(poses[1][2], 0.5f, 1e-5);
  assert_float_equal(poses[2][2], -0.3f, 1e-5);
  assert_float_equal(poses[3][2], 0.0f, 1e-5);
  assert_float_equal(field(&s, "knee_angle"), 0.0f, 1e-5);
  assert_float_equal(field(&s, "foot_contact"), 1.0f, 0.0);
  for (int i = 0; i < 30; i++) step(&s, 0.0f);
  assert_true(field(&s, "knee_angle") > -2.3f && field(&s, "knee_angle") < 0.1f);
  close_sim(&s);
}

/* --- bits --- */

enum { LENGTH = 60 };

/* Everything that a copy showed, step after step. */
static void record(sim *s, uint64_t seed, float (*path)[MOST]) {
  start(s, seed);
  for (int i = 0; i < LENGTH; i++) {
    memcpy(path[i], s->fields, sizeof s->fields);
    memcpy(path[i] + s->def->n_fields, s->observation, (size_t)s->def->observation.size * sizeof(float));
    step(s, 0.7f);
  }
}

static void equal_streams_and_actions_give_equal_bits(void **state) {
  (void)state;
  static float first[LENGTH][MOST], again[LENGTH][MOST], other[LENGTH][MOST];
  const char *grounds[] = {"flat", "rough", "steps"};
  for (int k = 0; k < N_CREATURES; k++) {
    for (int g = 0; g < 3; g++) {
      sim a, b;
      open_named(&a, creatures[k]);
      open_named(&b, creatures[k]);
      set(&a, "ground", 0.0, grounds[g]);
      set(&b, "ground", 0.0, grounds[g]);
      record(&a, 11, first);
      record(&b, 12, other);
      assert_memory_not_equal(first, other, sizeof first);
      record(&b, 11, other);
      record(&a, 13, again);
      record(&a, 11, again);
      assert_memory_equal(first, other, sizeof first);
      assert_memory_equal(first, again, sizeof first);
      close_sim(&a);
      close_sim(&b);
    }
  }
}

typedef struct points {
  float first[1024];
  int n, polygons, circles;
  bool open_ground;
} points;

static void take_polygon(void *context, int body, int n, const float *xy, bool closed) {
  points *p = context;
  p->polygons++;
  if (body >= 0) return;
  p->open_ground = !closed;
  p->n = n;
  memcpy(p->first, xy, sizeof(float) * 2 * (size_t)n);
}

static void take_circle(void *context, int body, float x, float y, float radius) {
  (void)body, (void)x, (void)y, (void)radius;
  ((points *)context)->circles++;
}

static void a_ground_seed_fixes_the_ground(void **state) {
  (void)state;
  static points a, b;
  const rl_scene draw_a = {.context = &a, .polygon = take_polygon, .circle = take_circle},
                 draw_b = {.context = &b, .polygon = take_polygon, .circle = take_circle};
  sim s;
  open_named(&s, "biped");
  set(&s, "ground", 0.0, "rough");
  start(&s, 1);
  s.def->draw(s.copy, &draw_a);
  start(&s, 2);
  s.def->draw(s.copy, &draw_b);
  assert_memory_not_equal(a.first, b.first, sizeof a.first);
  set(&s, "ground_seed", 7.0, NULL);
  start(&s, 1);
  s.def->draw(s.copy, &draw_a);
  start(&s, 2);
  s.def->draw(s.copy, &draw_b);
  assert_memory_equal(a.first, b.first, sizeof a.first);
  close_sim(&s);
}

static void a_scene_has_the_ground_and_every_shape_where_the_poses_say(void **state) {
  (void)state;
  static points p;
  const rl_scene scene = {.context = &p, .polygon = take_polygon, .circle = take_circle};
  const rl_model *model = new_model(rl_registry_creature("biped"));
  sim s;
  open_named(&s, "biped");
  start(&s, 1);
  s.def->draw(s.copy, &scene);
  assert_true(p.open_ground);
  assert_int_equal(p.polygons, 1 + 7);
  assert_int_equal(p.circles, 1);
  for (int i = 0; i < 20; i++) step(&s, 0.5f);
  float poses[7 + RL_THROW_BALLS][3];
  s.def->poses(s.copy, &poses[0][0]);
  const rl_pose trunk = {poses[0][0], poses[0][1], poses[0][2]};
  const rl_point center = rl_pose_apply(trunk, (const float[2]){model->center[0].x, model->center[0].y});
  assert_float_equal(center.x, field(&s, "x"), 1e-5);
  assert_float_equal(center.y, field(&s, "y"), 1e-5);
  close_sim(&s);
}

/* The hinge is one point, seen from either body. */
static void joints_hold_their_bodies_together(void **state) {
  (void)state;
  for (int k = 0; k < N_CREATURES; k++) {
    const rl_creature *creature = &new_model(rl_registry_creature(creatures[k]))->creature;
    sim s;
    open_named(&s, creatures[k]);
    start(&s, 1);
    for (int i = 0; i < 30; i++) {
      float p[RL_MAX_PARTS + RL_THROW_BALLS][3];
      s.def->poses(s.copy, &p[0][0]);
      for (int b = 1; b < creature->n_bodies; b++) {
        const rl_joint *joint = &creature->bodies[b].joint;
        const int a = rl_creature_find_body(creature, joint->parent);
        const rl_point at = rl_pose_apply((rl_pose){p[a][0], p[a][1], p[a][2]}, joint->at);
        const rl_point from = rl_pose_apply((rl_pose){p[b][0], p[b][1], p[b][2]}, joint->from);
        assert_true(hypotf(at.x - from.x, at.y - from.y) < (i == 0 ? 1e-5f : 0.02f));
      }
      step(&s, 0.5f);
    }
    close_sim(&s);
  }
}

/* --- numbers that must not travel --- */

static bool finite_output(const sim *s) {
  for (int i = 0; i < s->def->n_fields; i++)
    if (!isfinite(s->fields[i])) return false;
  for (int i = 0; i < s->def->observation.size; i++)
    if (!isfinite(s->observation[i])) return false;
  return isfinite(s->io.reward);
}

static void random_actions_never_give_what_is_not_finite(void **state) {
  (void)state;
  const char *grounds[] = {"flat", "rough", "slope", "steps"};
  const double gravity[] = {9.81, 0.01, 100.0, 1.62};
  for (int k = 0; k < N_CREATURES; k++) {
    for (int g = 0; g < 4; g++) {
      sim s;
      open_named(&s, creatures[k]);
      set(&s, "ground", 0.0, grounds[g]);
      set(&s, "gravity", gravity[g], NULL);
      set(&s, "time_limit", 3.0, NULL);
      start(&s, 20);
      for (int i = 0; i < 1500; i++) {
        step(&s, 1.0f);
        assert_true(finite_output(&s));
        if (s.io.terminated || s.io.truncated) s.def->reset(s.copy, s.options, &s.rng, &s.io);
      }
      close_sim(&s);
    }
  }
}

static void a_state_that_is_not_finite_ends_the_episode_with_zeros(void **state) {
  (void)state;
  sim s;
  open_named(&s, "biped");
  start(&s, 21);
  step(&s, 1.0f);
  float action[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
  s.def->step(s.copy, action, &s.io);
  assert_true(s.io.terminated && s.io.truncated); /* over, whatever a judge says */
  assert_true(finite_output(&s));
  assert_true(field(&s, "y") == 0.0f);
  assert_true(s.io.reward == 0.0);
  float poses[7 + RL_THROW_BALLS][3];
  s.def->poses(s.copy, &poses[0][0]);
  for (int i = 0; i < 7; i++) assert_true(poses[i][0] == 0.0f && poses[i][1] == 0.0f);
  step(&s, 1.0f); /* nor does it come back */
  assert_true(s.io.terminated && finite_output(&s));
  start(&s, 21);
  step(&s, 1.0f);
  assert_false(s.io.terminated);
  assert_true(field(&s, "y") > 1.0f);
  close_sim(&s);
}

/* --- registry --- */

static void the_registry_opens_what_it_lists_and_names_what_exists(void **state) {
  (void)state;
  for (int k = 0; k < N_CREATURES; k++) assert_string_equal(rl_registry_name(k), creatures[k]);
  for (int i = 0; i < rl_registry_count(); i++) {
    sim s;
    open_named(&s, rl_registry_name(i));
    assert_string_equal(s.def->name, rl_registry_name(i));
    assert_string_equal(s.def->summary, rl_registry_summary(i));
    const rl_creature *creature = rl_registry_creature(s.def->name);
    if (i < N_CREATURES) assert_ptr_equal(creature->name, rl_registry_name(i));
    if (i >= N_CREATURES) assert_null(creature);
    close_sim(&s);
  }
  rl_env_def *def;
  rl_error error;
  assert_int_equal(rl_registry_open("bipd", NULL, 0, &def, &error), RL_BAD_ARGUMENT);
  assert_non_null(
      strstr(error.message,
             "unknown environment \"bipd\"; did you mean \"biped\"? known: biped, hopper, quadruped"));
  assert_null(rl_registry_creature("bipd"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_standing_creature_loads_its_feet_with_one_body_weight),
      cmocka_unit_test(loads_add_up_to_weight_and_change_of_momentum),
      cmocka_unit_test(effort_is_bounded_by_the_square_of_the_action),
      cmocka_unit_test(the_documented_fields_are_there),
      cmocka_unit_test(air_and_stance_are_the_time_since_contact_changed),
      cmocka_unit_test(an_episode_starts_upright_at_zero_with_both_feet_down),
      cmocka_unit_test(reset_noise_stays_within_its_size_and_the_limits),
      cmocka_unit_test(an_episode_starts_as_the_creature_says),
      cmocka_unit_test(velocities_are_the_change_of_positions),
      cmocka_unit_test(the_reward_is_the_sum_of_its_terms),
      cmocka_unit_test(a_fall_terminates),
      cmocka_unit_test(the_time_limit_truncates),
      cmocka_unit_test(leaving_the_ground_truncates),
      cmocka_unit_test(options_take_effect_at_the_next_reset),
      cmocka_unit_test(a_fall_at_the_time_limit_is_reported_as_both),
      cmocka_unit_test(an_action_turns_its_joint_its_own_way),
      cmocka_unit_test(joint_angles_count_from_the_rest_pose),
      cmocka_unit_test(equal_streams_and_actions_give_equal_bits),
      cmocka_unit_test(a_ground_seed_fixes_the_ground),
      cmocka_unit_test(a_scene_has_the_ground_and_every_shape_where_the_poses_say),
      cmocka_unit_test(joints_hold_their_bodies_together),
      cmocka_unit_test(random_actions_never_give_what_is_not_finite),
      cmocka_unit_test(a_state_that_is_not_finite_ends_the_episode_with_zeros),
      cmocka_unit_test(the_registry_opens_what_it_lists_and_names_what_exists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
