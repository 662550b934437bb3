/* Worlds of several creatures: what they do to each other, what each sees, how each ends. */
#include "base/parallel.h"
#include "creature/creature_model.h"
#include "creature/world.h"
#include "env/vec_env.h"
#include "registry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check.h"

/* Two bipeds that look at each other, 3 m apart. */
static rl_world facing(void) {
  rl_world w = {.name = "pair", .n_agents = 2};
  w.agents[0] =
      (rl_inhabitant){.name = "a", .creature = rl_registry_creature("biped"), .x = -1.5f, .walks = true};
  w.agents[1] = (rl_inhabitant){
      .name = "b", .creature = rl_registry_creature("biped"), .x = 1.5f, .turned = true, .walks = true};
  for (int a = 0; a < 2; a++) {
    w.agents[a].n_sights = 1;
    w.agents[a].sights[0] = (rl_sight){.name = "other"};
    strcpy(w.agents[a].sights[0].of, w.agents[1 - a].name);
  }
  return w;
}

static rl_loose block(const char *name, float mass, float x, float y, float vx) {
  rl_loose loose = {.body = rl_body_defaults(), .x = x, .y = y, .vx = vx};
  strcpy(loose.body.name, name);
  loose.body.mass = mass;
  loose.body.friction = 0.0f;
  loose.body.n_shapes = 1;
  loose.body.shapes[0] = (rl_shape){.kind = RL_SHAPE_BOX, .width = 0.4f, .height = 0.4f};
  return loose;
}

typedef struct stage {
  rl_env_def *def;
  rl_vec_env *env;
  const rl_vec_view *view;
  float *action;
  int rows, width;
} stage;

static void set_option(const stage *s, const char *name, double value) {
  rl_error error;
  assert_ok(rl_env_set_option(s->def, rl_vec_env_options(s->env), name, value, NULL, &error));
}

static void open_stage(stage *s, const rl_world *world, int n) {
  rl_error error;
  if (rl_world_env(world, &s->def, &error)) fail_msg("%s", error.message);
  assert_ok(rl_vec_env_create(&s->env, s->def, n, 7, 0, NULL, &error));
  s->view = rl_vec_env_view(s->env);
  s->rows = rl_vec_env_copies(s->env);
  s->width = s->def->action.size;
  s->action = calloc((size_t)(s->rows * s->width), sizeof *s->action);
}

static void close_stage(stage *s) {
  free(s->action);
  rl_vec_env_free(s->env);
  rl_env_def_free(s->def);
}

static void reset(const stage *s) {
  rl_error error;
  if (rl_vec_env_reset(s->env, &error)) fail_msg("%s", error.message);
}

static void step(const stage *s) {
  rl_error error;
  if (rl_vec_env_step(s->env, s->action, &error)) fail_msg("%s", error.message);
}

static float field(const stage *s, int row, const char *name) {
  const int i = rl_env_find_field(rl_env_agent(s->def, row % rl_env_agents(s->def)), name);
  if (i < 0) fail_msg("no field %s", name);
  return s->view->fields[row * s->def->n_fields + i];
}

static void push_at_random(const stage *s, rl_rng *rng) {
  for (int i = 0; i < s->rows * s->width; i++) s->action[i] = 2.0f * rl_rng_uniform(rng) - 1.0f;
}

static float total_mass(const char *creature) {
  static rl_creature complete;
  static rl_model model;
  rl_error error;
  assert_ok(rl_creature_check(rl_registry_creature(creature), &complete, &error));
  rl_model_make(&model, &complete);
  return model.total_mass;
}

/* kg m/s along the world's x. com_vx is along the agent's own. */
static double momentum(const stage *s, const rl_world *world, const float *masses) {
  double sum = 0.0;
  for (int a = 0; a < world->n_agents; a++)
    sum += (double)(masses[a] * field(s, a, "com_vx")) * (world->agents[a].turned ? -1.0 : 1.0);
  return sum;
}

static void test_creatures_that_collide_keep_their_momentum(void **state) {
  (void)state;
  rl_world w = facing();
  rl_creature runner = *rl_registry_creature("biped"), other = *rl_registry_creature("hopper");
  stage s;
  runner.start.vx = 2.0f;
  other.start.vx = 0.5f;
  w.agents[0].creature = &runner;
  w.agents[1].creature = &other;
  open_stage(&s, &w, 1);
  set_option(&s, "gravity", 0.0);
  set_option(&s, "friction", 0.0);
  set_option(&s, "reset_noise", 0.0);
  set_option(&s, "time_limit", 60.0);
  rl_vec_env_set_restart(s.env, false);
  reset(&s);
  const float masses[] = {total_mass("biped"), total_mass("hopper")};
  const double before = momentum(&s, &w, masses);
  assert_true(fabs(before - (2.0 * (double)masses[0] - 0.5 * (double)masses[1])) < 1e-3 * before);
  rl_rng rng;
  rl_rng_init(&rng, 1, 1);
  bool touched = false;
  for (int i = 0; i < 150 && !rl_vec_env_is_over(s.env, 0); i++) {
    push_at_random(&s, &rng); /* inner forces */
    step(&s);
    touched = touched || field(&s, 0, "com_vx") < 1.9f;
    if (fabs(momentum(&s, &w, masses) - before) > 1e-3 * before)
      fail_msg("step %d: %g, not %g", i, momentum(&s, &w, masses), before);
  }
  assert_true(touched);
  close_stage(&s);
}

/* Without restitution two that meet head-on go on together: (m v + M V) / (m + M). */
static void test_blocks_that_meet_go_on_together(void **state) {
  (void)state;
  rl_world w = facing();
  stage s;
  w.n_loose = 2;
  w.loose[0] = block("light", 2.0f, -0.6f, 4.0f, 3.0f);
  w.loose[1] = block("heavy", 6.0f, 0.6f, 4.0f, -1.0f);
  open_stage(&s, &w, 1);
  set_option(&s, "gravity", 0.0);
  reset(&s);
  for (int i = 0; i < 40; i++) step(&s);
  assert_float_equal(field(&s, 0, "light_vx"), 0.0f, 1e-5f);
  assert_float_equal(field(&s, 0, "heavy_vx"), 0.0f, 1e-5f);
  assert_float_equal(field(&s, 0, "heavy_x") - field(&s, 0, "light_x"), 0.42f, 0.02f); /* skins of 1 cm */
  assert_float_equal(field(&s, 1, "light_x"), field(&s, 0, "light_x"), 0.0f);          /* all see the same */
  close_stage(&s);
}

/* To rounding, until a foot stands on two points: the solver takes them in an order, which in the mirror is the other. */
static void test_mirrored_starts_give_mirrored_ways(void **state) {
  (void)state;
  const rl_world w = facing();
  stage s;
  rl_rng rng;
  open_stage(&s, &w, 1);
  set_option(&s, "reset_noise", 0.0);
  reset(&s);
  rl_rng_init(&rng, 3, 1);
  const int size = s.def->observation.size;
  for (int i = 0; i < 25; i++) {
    push_at_random(&s, &rng);
    memcpy(s.action + s.width, s.action, (size_t)s.width * sizeof *s.action);
    for (int k = 0; k < size; k++)
      if (fabsf(s.view->observation[k] - s.view->observation[size + k]) > (i < 12 ? 1e-5f : 1e-2f))
        fail_msg("step %d: %s is %g and %g", i, s.def->observation_names[k], (double)s.view->observation[k],
                 (double)s.view->observation[size + k]);
    step(&s);
  }
  close_stage(&s);
}

static void test_each_sees_the_other(void **state) {
  (void)state;
  rl_world w = facing();
  stage s;
  w.agents[1].x = 0.5f;
  w.agents[1].turned = false;
  w.agents[0].n_sights = 2;
  w.agents[0].sights[1] = (rl_sight){.name = "brick", .of = "brick"};
  w.n_loose = 1;
  w.loose[0] = block("brick", 1.0f, 0.5f, 3.0f, 0.0f);
  open_stage(&s, &w, 1);
  set_option(&s, "reset_noise", 0.0);
  set_option(&s, "gravity", 0.0);
  reset(&s);
  assert_float_equal(field(&s, 0, "other_dx"), 2.0f, 1e-5f);
  assert_float_equal(field(&s, 1, "other_dx"), -2.0f, 1e-5f); /* behind it */
  assert_float_equal(field(&s, 0, "other_touch"), 0.0f, 0.0f);
  assert_float_equal(field(&s, 0, "world_x"), -1.5f, 1e-5f);
  assert_float_equal(field(&s, 0, "brick_dx"), 2.0f, 1e-5f);
  assert_float_equal(field(&s, 0, "brick_y"), 3.0f, 1e-5f);
  assert_true(s.def->unlike); /* b sees no brick */
  assert_int_equal(s.def->agents[0]->observation.size, s.def->agents[1]->observation.size + 5);
  close_stage(&s);
}

/* The same bytes for any number of threads. */
static void test_threads_change_nothing(void **state) {
  (void)state;
  rl_world w = facing();
  float *seen[2];
  w.agents[0].x = -0.6f;
  w.agents[1].x = 0.6f;
  w.n_loose = 1;
  w.loose[0] = block("brick", 3.0f, 0.0f, 2.5f, 0.0f);
  for (int t = 0; t < 2; t++) {
    stage s;
    rl_rng rng;
    rl_set_threads(t ? 3 : 1);
    open_stage(&s, &w, 5);
    set_option(&s, "throw_interval", 0.5);
    rl_rng_init(&rng, 5, 1);
    reset(&s);
    const size_t n = (size_t)(s.rows * s.def->observation.size);
    seen[t] = calloc(60 * n, sizeof *seen[t]);
    for (int i = 0; i < 60; i++) {
      push_at_random(&s, &rng);
      step(&s);
      memcpy(seen[t] + (size_t)i * n, s.view->observation, n * sizeof **seen);
    }
    if (t) assert_memory_equal(seen[0], seen[1], 60 * n * sizeof **seen);
    close_stage(&s);
  }
  free(seen[0]);
  free(seen[1]);
  rl_set_threads(1);
}

/* --- ends --- */

/* Agent a ends after 5 steps, b after 9. */
static rl_status judge(void *context, rl_judgement *j, rl_error *error) {
  int *steps = context;
  (void)error;
  j->reward = 1.0 + j->agent;
  j->terminated = ++steps[j->agent] == (j->agent ? 9 : 5);
  return RL_OK;
}
static int no_terms(void *context) { return (void)context, 0; }
static const char *no_name(void *context, int index) { return (void)context, (void)index, ""; }

static void test_an_agent_that_has_ended_rests(void **state) {
  (void)state;
  for (int leaves = 0; leaves < 2; leaves++) {
    rl_world w = facing();
    stage s;
    int steps[2] = {0};
    w.agents[0].walks = w.agents[1].walks = false;
    w.agents[0].leaves = leaves;
    open_stage(&s, &w, 1);
    rl_vec_env_set_judge(
        s.env, &(rl_judge){.context = steps, .judge = judge, .n_terms = no_terms, .term_name = no_name});
    reset(&s);
    for (int i = 1; i <= 9; i++) {
      step(&s);
      assert_int_equal(s.view->terminated[0], i == 5);
      assert_int_equal(s.view->idle[0], i >= 5 && i < 9);
      assert_int_equal(s.view->terminated[1], i == 9);
      assert_float_equal(s.view->reward[0], i <= 5 ? 1.0f : 0.0f, 0.0f);
      assert_float_equal(s.view->reward[1], 2.0f, 0.0f);
      if (i == 5) assert_true(s.view->episode_return[0] == 5.0 && s.view->episode_length[0] == 5);
      if (i > 5 && i < 9) assert_true((field(&s, 1, "other_dx") == 0.0f) == leaves);
    }
    assert_true(s.view->episode_return[1] == 18.0 && s.view->episode_length[1] == 9);
    assert_int_equal(s.view->idle[0] + s.view->idle[1], 0);
    assert_int_equal(s.view->episode_length[0], 0); /* the next one has begun */
    assert_float_equal(field(&s, 0, "time"), 0.0f, 0.0f);
    close_stage(&s);
  }
}

static void test_agents_may_end_together(void **state) {
  (void)state;
  rl_world w = facing();
  stage s;
  int steps[2] = {0};
  w.together = true;
  open_stage(&s, &w, 1);
  rl_vec_env_set_judge(
      s.env, &(rl_judge){.context = steps, .judge = judge, .n_terms = no_terms, .term_name = no_name});
  reset(&s);
  for (int i = 1; i <= 5; i++) {
    step(&s);
    for (int a = 0; a < 2; a++) assert_int_equal(s.view->terminated[a], i == 5);
  }
  assert_true(s.view->episode_return[0] == 5.0 && s.view->episode_return[1] == 10.0);
  assert_float_equal(field(&s, 0, "time"), 0.0f, 0.0f);
  close_stage(&s);
}

/* In the midst of an episode in which one has ended. */
static void test_a_save_goes_on_bit_for_bit(void **state) {
  (void)state;
  rl_world w = facing();
  stage s, t;
  rl_error error;
  rl_rng rng;
  w.agents[0].leaves = true;
  open_stage(&s, &w, 3);
  open_stage(&t, &w, 3);
  rl_rng_init(&rng, 11, 1);
  reset(&s);
  int idle = 0;
  for (int i = 0; i < 400 && !idle; i++) {
    push_at_random(&s, &rng);
    step(&s);
    for (int r = 0; r < s.rows; r++) idle += s.view->idle[r];
  }
  assert_true(idle > 0);
  push_at_random(&s, &rng);
  step(&s);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_save(s.env, archive, "env", &error));
  assert_ok(rl_vec_env_load(t.env, archive, "env", &error));
  assert_string_equal(rl_vec_env_notice(t.env), "");
  rl_archive_free(archive);
  for (int i = 0; i < 200; i++) {
    push_at_random(&s, &rng);
    memcpy(t.action, s.action, (size_t)(s.rows * s.width) * sizeof *s.action);
    step(&s);
    step(&t);
    assert_memory_equal(s.view->observation, t.view->observation,
                        (size_t)(s.rows * s.def->observation.size) * sizeof(float));
    assert_memory_equal(s.view->idle, t.view->idle, (size_t)s.rows);
    assert_memory_equal(s.view->episode_return, t.view->episode_return, (size_t)s.rows * sizeof(double));
  }
  close_stage(&s);
  close_stage(&t);
}

/* --- bad input --- */

static void refuse(const rl_world *w, const char *why) {
  rl_env_def *def;
  rl_error error;
  assert_int_equal(rl_world_env(w, &def, &error), RL_BAD_ARGUMENT);
  assert_null(def);
  if (!strstr(error.message, why)) fail_msg("\"%s\" does not say \"%s\"", error.message, why);
}

static void test_what_is_wrong_is_named(void **state) {
  (void)state;
  rl_world w = facing();
  strcpy(w.agents[1].name, "a");
  refuse(&w, "world pair: two are named \"a\"; rename one");
  w = facing();
  w.agents[0].x = 1.2f;
  refuse(&w, "agents a and b overlap at the start: they are 0.3 m apart; give them x that are ");
  w = facing();
  w.n_loose = 1;
  w.loose[0] = block("brick", 1.0f, -1.5f, 0.5f, 0.0f);
  refuse(&w, "body brick overlaps agent a at the start: give it another x or y");
  w.loose[0] = block("brick", 1.0f, 0.0f, 0.1f, 0.0f);
  refuse(&w, "body brick reaches 0.1 m below the ground: give it a y of 0.2");
  w.loose[0] = block("brick", 0.0f, 0.0f, 1.0f, 0.0f);
  refuse(&w, "world pair: body brick: neither mass nor density");
  w = facing();
  strcpy(w.agents[0].sights[0].of, "c");
  refuse(&w, "agent a: sight other: agent or body \"c\"");
  w = facing();
  strcpy(w.agents[0].sights[0].body, "tail");
  refuse(&w, "tail");
  w = facing();
  w.agents[0].creature = NULL;
  refuse(&w, "agent a: it has no creature");
  w = facing();
  w.n_agents = 0;
  refuse(&w, "no agents");
}

static void test_an_agent_without_a_reward_is_named(void **state) {
  (void)state;
  rl_world w = facing();
  stage s;
  rl_error error;
  w.agents[1].walks = false;
  open_stage(&s, &w, 1);
  assert_int_equal(rl_vec_env_reset(s.env, &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "pair: agent b has no reward: give the environment a reward"));
  close_stage(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_creatures_that_collide_keep_their_momentum),
      cmocka_unit_test(test_blocks_that_meet_go_on_together),
      cmocka_unit_test(test_mirrored_starts_give_mirrored_ways),
      cmocka_unit_test(test_each_sees_the_other),
      cmocka_unit_test(test_threads_change_nothing),
      cmocka_unit_test(test_an_agent_that_has_ended_rests),
      cmocka_unit_test(test_agents_may_end_together),
      cmocka_unit_test(test_a_save_goes_on_bit_for_bit),
      cmocka_unit_test(test_what_is_wrong_is_named),
      cmocka_unit_test(test_an_agent_without_a_reward_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
