/* The environments bipedal_walker and bipedal_walker_hardcore: what an episode shows, earns and ends with.
 * Body, terrain and single steps are in test_walker.c. */
#include "check.h"
#include "registry.h"

enum { OBSERVATION = 24, ACTION = 4, MOST = 64 };

/* One copy of an environment with its buffers. */
typedef struct sim {
  rl_env_def *def;
  void *copy;
  double options[MOST];
  float observation[OBSERVATION], fields[MOST], terms[MOST];
  rl_env_io io;
  rl_rng rng, actions;
} sim;

static void open_sim(sim *s, const char *name) {
  rl_error error;
  memset(s, 0, sizeof *s);
  assert_ok(rl_registry_open(name, NULL, 0, &s->def, &error));
  assert_int_equal(s->def->observation.size, OBSERVATION);
  assert_int_equal(s->def->action.size, ACTION);
  assert_ok(s->def->create(&s->copy, s->def, &error));
  rl_env_defaults(s->def, s->options);
  s->io = (rl_env_io){.observation = s->observation, .fields = s->fields, .terms = s->terms};
}

static void close_sim(sim *s) {
  s->def->free(s->copy);
  rl_env_def_free(s->def);
}

static void set(sim *s, const char *name, double value) {
  rl_error error;
  assert_ok(rl_env_set_option(s->def, s->options, name, value, NULL, &error));
}

/* Few iterations, where only what the environment makes of the physics matters. */
static void set_fast(sim *s) {
  set(s, "velocity_iterations", 8);
  set(s, "position_iterations", 3);
}

static float field(const sim *s, const char *name) {
  const int i = rl_env_find_field(s->def, name);
  if (i < 0) fail_msg("no field %s", name);
  return s->fields[i];
}

static void start(sim *s, uint64_t seed) {
  rl_rng_init(&s->rng, seed, 1);
  rl_rng_init(&s->actions, seed, 2);
  s->def->reset(s->copy, s->options, &s->rng, &s->io);
}

static void act(sim *s, float a, float b, float c, float d) {
  s->def->step(s->copy, (const float[ACTION]){a, b, c, d}, &s->io);
}

static void act_randomly(sim *s) {
  float a[ACTION];
  rl_rng_fill_uniform(&s->actions, a, ACTION, -1.0f, 1.0f);
  s->def->step(s->copy, a, &s->io);
}

/* What Gymnasium 1.4 (Box2D 2.3.10) shows after a reset whose random force is the one that our stream draws
 * first. The rounding of float is all that may differ. */
static void a_reset_shows_what_gymnasium_shows(void **state) {
  (void)state;
  static const struct {
    uint64_t seed;
    float force; /* N */
    float observation[OBSERVATION];
  } want[] = {
      {1, -4.7254777f, {0.002745031f,  1.553541e-05f, -0.002025752f, -0.0160001f, 0.0926507f,   0.004702672f,
                        0.8596132f,    -0.002336704f, 1.0f,          0.03292385f, 0.004702475f, 0.8534506f,
                        -0.003199729f, 1.0f,          0.4408133f,    0.4458194f,  0.461422f,    0.4895494f,
                        0.5341019f,    0.60246f,      0.7091478f,    0.8859304f,  1.0f,         1.0f}},
      {2, 3.30543756f, {0.002747379f, -1.78362e-05f, 0.001387458f, -0.01599988f, 0.0919046f,    -0.001830972f,
                        0.8603013f,   0.002755776f,  1.0f,         0.03231024f,  -0.001830845f, 0.8538514f,
                        0.001294881f, 1.0f,          0.4408141f,   0.4458202f,   0.4614229f,    0.4895503f,
                        0.5341029f,   0.6024612f,    0.7091491f,   0.885932f,    1.0f,          1.0f}},
  };
  static const char *const names[] = {"bipedal_walker", "bipedal_walker_hardcore"};
  for (int k = 0; k < 4; k++) {
    sim s;
    open_sim(&s, names[k / 2]);
    rl_rng rng;
    rl_rng_init(&rng, want[k % 2].seed, 1);
    assert_near(5.0f * (2.0f * rl_rng_uniform(&rng) - 1.0f), want[k % 2].force, 1e-6);
    start(&s, want[k % 2].seed);
    const int shown = k < 2 ? OBSERVATION : 14; /* the first obstacle may be in sight */
    for (int i = 0; i < shown; i++) assert_near(s.observation[i], want[k % 2].observation[i], 2e-6);
    close_sim(&s);
  }
}

static void the_observation_is_made_of_the_fields(void **state) {
  (void)state;
  static const struct {
    const char *field;
    double scale, shift;
  } layout[14] = {
      {"angle", 1, 0},
      {"angular_speed", 2.0 / 50, 0},
      {"vx", 0.3 * (600.0 / 30) / 50, 0},
      {"vy", 0.3 * (400.0 / 30) / 50, 0},
      {"hip_l_angle", 1, 0},
      {"hip_l_speed", 1.0 / 4, 0},
      {"knee_l_angle", 1, 1},
      {"knee_l_speed", 1.0 / 6, 0},
      {"foot_l_contact", 1, 0},
      {"hip_r_angle", 1, 0},
      {"hip_r_speed", 1.0 / 4, 0},
      {"knee_r_angle", 1, 1},
      {"knee_r_speed", 1.0 / 6, 0},
      {"foot_r_contact", 1, 0},
  };
  sim s;
  open_sim(&s, "bipedal_walker");
  start(&s, 3);
  for (int step = 0; step < 20; step++) {
    act_randomly(&s);
    for (int i = 0; i < 14; i++)
      assert_near(s.observation[i], (double)field(&s, layout[i].field) * layout[i].scale + layout[i].shift,
                  1e-6);
    /* the ground is level here: 10/3 high for the first 20 * 14/30 m */
    for (int i = 0; i < 10; i++) {
      const double above = (double)field(&s, "y") - 10.0 / 3.0, sight = 160.0 / 30.0;
      const double far = above / cos(0.15 * i);
      if ((double)field(&s, "x") + far * sin(0.15 * i) < 20 * 14.0 / 30.0)
        assert_near(s.observation[14 + i], fmin(far / sight, 1.0), 2e-6);
    }
    assert_near(field(&s, "height"), (double)field(&s, "y") - 10.0 / 3.0, 1e-5);
  }
  close_sim(&s);
}

/* Gymnasium: change of 130 x / 30 - 5 |angle|, less 0.00035 * 80 * sum |action|. */
static void the_reward_is_the_change_of_shaping_less_the_effort(void **state) {
  (void)state;
  sim s;
  open_sim(&s, "bipedal_walker");
  start(&s, 4);
  double shaping = 130.0 * (double)field(&s, "x") / 30.0 - 5.0 * fabs((double)field(&s, "angle")),
         moved = 0.0;
  for (int step = 0; step < 30 && !s.io.terminated; step++) {
    const float a = step % 2 ? 0.75f : -1.0f, b = -0.25f;
    act(&s, a, b, -a, 0.0f);
    if (s.io.terminated) break;
    const double now = 130.0 * (double)field(&s, "x") / 30.0 - 5.0 * fabs((double)field(&s, "angle"));
    assert_near(s.io.reward, now - shaping - 0.028 * (double)(2.0f * fabsf(a) + 0.25f), 1e-6);
    assert_near(s.terms[0] + s.terms[1] + s.terms[2] + s.terms[3], s.io.reward, 1e-6);
    assert_near(s.terms[2], -0.028 * (double)(2.0f * fabsf(a) + 0.25f), 1e-7);
    assert_near(s.terms[3], 0.0, 0.0);
    moved += fabs(now - shaping);
    shaping = now;
  }
  assert_true(moved > 0.5);
  close_sim(&s);
}

static void a_fall_costs_100_and_terminates(void **state) {
  (void)state;
  sim s;
  open_sim(&s, "bipedal_walker");
  for (uint64_t seed = 1; seed <= 5; seed++) {
    int steps = 0;
    start(&s, seed);
    do {
      assert_near(field(&s, "fallen"), 0.0, 0.0);
      act(&s, 0.0f, 0.0f, 0.0f, 0.0f); /* nothing holds it up */
    } while (!s.io.terminated && ++steps < 300);
    assert_true(s.io.terminated && !s.io.truncated);
    assert_near(field(&s, "fallen"), 1.0, 0.0);
    assert_near(s.io.reward, -100.0, 0.0);
    assert_near(s.terms[3], -100.0, 0.0);
    for (int k = 0; k < 3; k++) assert_near(s.terms[k], 0.0, 0.0);
  }
  close_sim(&s);
}

/* Where almost nothing pulls it down the walker kicks itself off and drifts away. */
static void start_drifting(sim *s, uint64_t seed) {
  open_sim(s, "bipedal_walker");
  set_fast(s);
  set(s, "gravity", 0.01);
  set(s, "limit", 40000);
  start(s, seed);
}

static void the_left_end_of_the_terrain_is_a_fall(void **state) {
  (void)state;
  int left = 0;
  for (uint64_t seed = 1; seed <= 8; seed++) {
    sim s;
    start_drifting(&s, seed);
    for (int step = 0; !s.io.terminated && !s.io.truncated && step < 3000; step++) {
      if (step < 25) act_randomly(&s);
      if (step >= 25) act(&s, 0.0f, 0.0f, 0.0f, 0.0f);
      assert_true(s.io.terminated == (field(&s, "x") < 0.0f || field(&s, "fallen") > 0.0f));
    }
    if (s.io.terminated) assert_near(s.io.reward, -100.0, 0.0);
    left += s.io.terminated && field(&s, "fallen") == 0.0f;
    close_sim(&s);
  }
  assert_true(left > 0);
}

static void the_goal_terminates_with_the_reward_of_the_step(void **state) {
  (void)state;
  int arrived = 0;
  for (uint64_t seed = 1; seed <= 4; seed++) {
    sim s;
    start_drifting(&s, seed);
    for (int step = 0; !s.io.terminated && !s.io.truncated; step++) {
      const float stretch = step < 4 ? -1.0f : step < 16 ? 1.0f : 0.0f; /* bend the knees, then leap */
      act(&s, -stretch, stretch, -stretch, stretch);
      assert_true((field(&s, "x") > 190.0f * 14.0f / 30.0f) == (field(&s, "arrived") > 0.0f));
    }
    if (field(&s, "arrived") > 0.0f) {
      assert_true(s.io.terminated && !s.io.truncated);
      assert_true(s.io.reward > -1.0 && s.terms[0] > 0.0f);
      arrived++;
    }
    close_sim(&s);
  }
  assert_true(arrived > 0);
}

static void the_limit_truncates(void **state) {
  (void)state;
  sim s;
  open_sim(&s, "bipedal_walker");
  set(&s, "limit", 5);
  start(&s, 1);
  for (int step = 1; step <= 5; step++) {
    act(&s, 0.0f, -0.1f, 0.0f, -0.1f);
    assert_false(s.io.terminated);
    assert_true(s.io.truncated == (step == 5));
  }
  close_sim(&s);
}

static double option_of(const rl_env_def *def, const char *name) {
  for (int i = 0; i < def->n_options; i++)
    if (strcmp(def->options[i].name, name) == 0) return def->options[i].value;
  fail_msg("no option %s", name);
  return 0.0;
}

typedef struct picture {
  int open, closed_in_world, of_bodies;
  float first[2]; /* of the ground */
} picture;

static void take_polygon(void *context, int body, int n, const float *xy, bool closed) {
  picture *p = context;
  if (body < 0 && !closed) {
    assert_int_equal(n, 200);
    memcpy(p->first, xy, sizeof p->first);
    p->open++;
  }
  p->closed_in_world += body < 0 && closed;
  p->of_bodies += body >= 0 && closed;
}

static void hardcore_differs_in_its_terrain_and_its_limit(void **state) {
  (void)state;
  sim s;
  for (int hardcore = 0; hardcore < 2; hardcore++) {
    picture p = {.open = 0};
    const rl_scene scene = {.context = &p, .polygon = take_polygon};
    open_sim(&s, hardcore ? "bipedal_walker_hardcore" : "bipedal_walker");
    assert_near(option_of(s.def, "limit"), hardcore ? 2000.0 : 1600.0, 0.0);
    assert_near(option_of(s.def, "velocity_iterations"), 180.0, 0.0);
    assert_near(option_of(s.def, "position_iterations"), 60.0, 0.0);
    assert_near(option_of(s.def, "gravity"), 10.0, 0.0);
    start(&s, 1);
    s.def->draw(s.copy, &scene);
    assert_int_equal(p.open, 1);
    assert_int_equal(p.of_bodies, 5);
    assert_true(hardcore ? p.closed_in_world > 20 : p.closed_in_world == 0);
    assert_near(p.first[0], 0.0, 0.0);
    assert_near(p.first[1], 10.0 / 3.0, 1e-6);
    close_sim(&s);
  }
}

/* The pose of the hull is that of its origin, which `x` and `y` are of; knees and hips hold together. */
static void poses_hang_together(void **state) {
  (void)state;
  sim s;
  open_sim(&s, "bipedal_walker");
  start(&s, 5);
  for (int step = 0; step < 10; step++) act_randomly(&s);
  float pose[5][3];
  s.def->poses(s.copy, &pose[0][0]);
  assert_near(pose[0][0], field(&s, "x"), 0.0);
  assert_near(pose[0][1], field(&s, "y"), 0.0);
  assert_near(pose[0][2], field(&s, "angle"), 0.0);
  for (int body = 1; body < 5; body++) {
    const bool is_upper = body % 2 == 1;
    const float *parent = is_upper ? pose[0] : pose[body - 1];
    const double at = is_upper ? -8.0 / 30.0 : -17.0 / 30.0, from = 17.0 / 30.0;
    const double a = (double)parent[2], b = (double)pose[body][2];
    assert_near(parent[0] - at * sin(a), pose[body][0] - from * sin(b), 0.02);
    assert_near(parent[1] + at * cos(a), pose[body][1] + from * cos(b), 0.02);
  }
  close_sim(&s);
}

enum { LENGTH = 300 };

static void record(sim *s, uint64_t seed, float (*shown)[OBSERVATION + 1]) {
  start(s, seed);
  for (int step = 0; step < LENGTH; step++) {
    act_randomly(s);
    memcpy(shown[step], s->observation, sizeof s->observation);
    shown[step][OBSERVATION] = (float)s->io.reward;
    if (s->io.terminated) s->def->reset(s->copy, s->options, &s->rng, &s->io);
  }
}

static void equal_streams_and_actions_give_equal_bits(void **state) {
  (void)state;
  static float first[LENGTH][OBSERVATION + 1], again[LENGTH][OBSERVATION + 1], other[LENGTH][OBSERVATION + 1];
  static const char *const names[] = {"bipedal_walker", "bipedal_walker_hardcore"};
  for (int k = 0; k < 2; k++) {
    sim a, b;
    open_sim(&a, names[k]);
    open_sim(&b, names[k]);
    record(&a, 11, first);
    record(&b, 12, other);
    record(&b, 11, again);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    close_sim(&a);
    close_sim(&b);
  }
}

static void assert_finite(const sim *s) {
  for (int i = 0; i < s->def->n_fields; i++) assert_true(isfinite(s->fields[i]));
  for (int i = 0; i < OBSERVATION; i++) assert_true(isfinite(s->observation[i]));
  assert_true(isfinite(s->io.reward));
}

/* Also with one iteration a step, and past the end of an episode, as a judge may have it. */
static void random_actions_never_give_what_is_not_finite(void **state) {
  (void)state;
  static const char *const names[] = {"bipedal_walker", "bipedal_walker_hardcore"};
  static const double gravity[] = {10.0, 0.01, 100.0};
  for (int k = 0; k < 12; k++) {
    sim s;
    open_sim(&s, names[k % 2]);
    set(&s, "gravity", gravity[k % 3]);
    if (k >= 6) set(&s, "velocity_iterations", 1);
    if (k >= 6) set(&s, "position_iterations", 1);
    start(&s, (uint64_t)k);
    for (int step = 0; step < 1000; step++) {
      act_randomly(&s);
      assert_finite(&s);
      for (int i = 14; i < OBSERVATION; i++)
        assert_true(s.observation[i] >= 0.0f && s.observation[i] <= 1.0f);
      if (s.io.terminated && k % 4 < 2) s.def->reset(s.copy, s.options, &s.rng, &s.io);
    }
    close_sim(&s);
  }
}

static void a_state_that_is_not_finite_ends_the_episode_with_zeros(void **state) {
  (void)state;
  sim s;
  open_sim(&s, "bipedal_walker");
  start(&s, 1);
  for (int step = 0; step < 3; step++) {
    act(&s, NAN, 0.0f, 0.0f, 0.0f); /* the vectoriser would have refused it */
    assert_true(s.io.terminated && s.io.truncated);
    assert_finite(&s);
    for (int i = 0; i < OBSERVATION; i++) assert_near(s.observation[i], 0.0, 0.0);
    assert_near(s.io.reward, 0.0, 0.0);
  }
  float pose[5][3];
  s.def->poses(s.copy, &pose[0][0]);
  for (int i = 0; i < 15; i++) assert_near((&pose[0][0])[i], 0.0, 0.0);
  start(&s, 1);
  act(&s, 0.0f, 0.0f, 0.0f, 0.0f);
  assert_false(s.io.terminated);
  close_sim(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_reset_shows_what_gymnasium_shows),
      cmocka_unit_test(the_observation_is_made_of_the_fields),
      cmocka_unit_test(the_reward_is_the_change_of_shaping_less_the_effort),
      cmocka_unit_test(a_fall_costs_100_and_terminates),
      cmocka_unit_test(the_left_end_of_the_terrain_is_a_fall),
      cmocka_unit_test(the_goal_terminates_with_the_reward_of_the_step),
      cmocka_unit_test(the_limit_truncates),
      cmocka_unit_test(hardcore_differs_in_its_terrain_and_its_limit),
      cmocka_unit_test(poses_hang_together),
      cmocka_unit_test(equal_streams_and_actions_give_equal_bits),
      cmocka_unit_test(random_actions_never_give_what_is_not_finite),
      cmocka_unit_test(a_state_that_is_not_finite_ends_the_episode_with_zeros),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
