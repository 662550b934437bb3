/* Symmetry of creatures: which parts are found to change places, what is said where none do, and worlds that run beside
 * their mirror images. */
#include "bodies/human_reflex.h"
#include "creature/creature_symmetry.h"
#include "sim.h"

#include <math.h>
#include <stdio.h>

/* --- what is found --- */

static void open_creature(sim *s, const rl_creature *creature) {
  rl_error error;
  rl_env_def *def;
  assert_ok(rl_creature_env(creature, &def, &error));
  open_def(s, def);
}

/* A complete creature of the registry to change; without its controller. */
static rl_creature description_of(const char *name) {
  rl_error error;
  rl_env_def *def;
  assert_ok(rl_registry_open(name, NULL, 0, &def, &error));
  rl_creature creature = *rl_creature_of(def);
  creature.summary = NULL; /* of the definition */
  rl_env_def_free(def);
  return creature;
}

static rl_body *body(rl_creature *creature, const char *name) {
  const int i = rl_creature_find_body(creature, name);
  assert_true(i >= 0);
  return &creature->bodies[i];
}

/* The clock of the image is half a period on; it runs from a phase of its own in each episode. */
static void a_clock_is_sensed(void **state) {
  (void)state;
  rl_creature creature = description_of("biped");
  creature.clock = 1.25f;
  sim s;
  open_creature(&s, &creature);
  const int n = s.def->observation.size, sine = rl_env_find_field(s.def, "clock_sin");
  assert_int_equal(n, 21);
  assert_string_equal(s.def->observation_names[n - 2], "clock_sin");
  assert_string_equal(s.def->observation_names[n - 1], "clock_cos");
  for (int k = 0; k < n; k++) assert_true(s.def->symmetry->observation.sign[k] == (k < n - 2 ? 1.0f : -1.0f));
  assert_int_equal(s.def->symmetry->fields.from[sine], sine);
  assert_true(s.def->symmetry->fields.sign[sine] == -1.0f);
  const double turn = 6.283185307179586;
  double first[2];
  for (int episode = 0; episode < 2; episode++) {
    start(&s, (uint64_t)episode);
    first[episode] = atan2((double)s.observation[n - 2], (double)s.observation[n - 1]) / turn;
    for (int i = 1; i <= 100; i++) {
      step(&s, 0.5f);
      const double phase = first[episode] + (double)i / (1.25 * 50.0);
      assert_true(fabs((double)s.observation[n - 2] - sin(turn * phase)) < 1e-4);
      assert_true(fabs((double)s.observation[n - 1] - cos(turn * phase)) < 1e-4);
      assert_true(s.fields[sine] == s.observation[n - 2]);
    }
  }
  assert_true(fabs(first[0] - first[1]) > 1e-3);
  close_sim(&s);
}

/* Left and right in names change places in every symmetric environment, and the image of an image is what there was. */
static void maps_follow_the_names_of_both_sides(void **state) {
  static const char *const names[] = {"biped", "quadruped", "human", "reflex_human"};
  (void)state;
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    rl_error error;
    sim s;
    open_named(&s, names[k]);
    const rl_symmetry *symmetry;
    assert_ok(rl_env_symmetry(s.def, &symmetry, &error));
    assert_ok(rl_mirror_check(&symmetry->fields, s.def->n_fields, "fields", &error));
    assert_ok(rl_mirror_check(&symmetry->observation, s.def->observation.size, "observation", &error));
    assert_ok(rl_mirror_check_actions(&symmetry->action, &s.def->action, &error));
    for (int i = 0; i < s.def->n_fields; i++) {
      char other[64];
      snprintf(other, sizeof other, "%s", s.def->fields[i].name);
      char *side = strstr(other, "_l_");
      if (!side) side = strstr(other, "_r_");
      if (side) side[1] = side[1] == 'l' ? 'r' : 'l';
      assert_string_equal(s.def->fields[symmetry->fields.from[i]].name, other);
      assert_true(symmetry->fields.sign[i] == 1.0f);
    }
    for (int i = 0; i < s.def->observation.size; i++) { /* an observation follows the field of its name */
      const int own = rl_env_find_field(s.def, s.def->observation_names[i]);
      assert_string_equal(s.def->observation_names[symmetry->observation.from[i]],
                          s.def->fields[symmetry->fields.from[own]].name);
    }
    close_sim(&s);
  }
}

static void wider_thigh(rl_creature *c) { body(c, "thigh_r")->shapes[0].vertices[2][0] = 0.05f; }
static void heavier_shank(rl_creature *c) { body(c, "shank_r")->mass = 4.0f; }
static void other_hip(rl_creature *c) { body(c, "thigh_r")->joint.at[0] = 0.1f; }
static void stiffer_knee(rl_creature *c) { body(c, "shank_r")->joint.upper = 0.0f; }
static void stronger_ankle(rl_creature *c) {
  for (int m = 0; m < c->n_motors; m++)
    if (strcmp(c->motors[m].joint, "ankle_r") == 0) c->motors[m].torque = 100.0f;
}
static void one_foot(rl_creature *c) {
  c->n_feet = 1;
  strcpy(c->feet[0], "foot_l");
}
static void head_on_a_leg(rl_creature *c) { strcpy(c->head, "thigh_r"); }

static void creatures_that_are_not_symmetric_say_what_differs(void **state) {
  static const struct {
    void (*change)(rl_creature *creature);
    const char *message;
  } cases[] = {
      {wider_thigh, "thigh_r: point 3 of a polygon is (0.05, -0.441), of thigh_l (0.04, -0.441)"},
      {heavier_shank, "shank_r: mass is 4 kg, of shank_l 3.72 kg"},
      {other_hip, "hip_r: at is 0.1 m, of hip_l 0 m"},
      {stiffer_knee, "knee_r: upper is 0 rad, of knee_l 0.05 rad"},
      {stronger_ankle, "ankle_r: torque is 100 N m, of ankle_l 120 N m"},
      {one_foot, "foot_l is a foot and foot_r is not"},
      {head_on_a_leg, "one of them is the trunk or the head"},
  };
  (void)state;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    rl_error error;
    sim s;
    const rl_symmetry *symmetry;
    rl_creature creature = description_of("biped");
    cases[k].change(&creature);
    open_creature(&s, &creature);
    assert_refused(rl_env_symmetry(s.def, &symmetry, &error), RL_BAD_ARGUMENT, cases[k].message);
    assert_refused(rl_env_symmetry(s.def, &symmetry, &error), RL_BAD_ARGUMENT,
                   "environment biped is not symmetric");
    close_sim(&s);
  }
  rl_error error;
  sim s;
  const rl_symmetry *symmetry;
  open_named(&s, "hopper");
  assert_refused(rl_env_symmetry(s.def, &symmetry, &error), RL_BAD_ARGUMENT, "no two limbs");
  close_sim(&s);
}

/* Names are no matter where the structure decides. */
static void structure_decides_where_names_say_nothing(void **state) {
  static const char *const names[][2] = {{"thigh_l", "this"}, {"thigh_r", "that"}, {"shank_l", "x"},
                                         {"shank_r", "y"},    {"foot_l", "some"},  {"foot_r", "toes"}};
  (void)state;
  rl_error error;
  rl_creature c = description_of("biped");
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    for (int i = 0; i < c.n_bodies; i++)
      if (strcmp(c.bodies[i].joint.parent, names[k][0]) == 0) strcpy(c.bodies[i].joint.parent, names[k][1]);
    for (int i = 0; i < c.n_feet; i++)
      if (strcmp(c.feet[i], names[k][0]) == 0) strcpy(c.feet[i], names[k][1]);
    strcpy(body(&c, names[k][0])->name, names[k][1]);
  }
  sim s;
  open_creature(&s, &c);
  const rl_symmetry *symmetry;
  assert_ok(rl_env_symmetry(s.def, &symmetry, &error));
  const int left = rl_env_find_field(s.def, "some_contact"), right = rl_env_find_field(s.def, "toes_contact");
  assert_int_equal(symmetry->fields.from[left], right);
  close_sim(&s);
}

static void muscles_and_controllers_must_be_alike(void **state) {
  (void)state;
  rl_error error;
  rl_creature creature = description_of("human");
  for (int m = 0; m < creature.n_muscles; m++)
    if (strcmp(creature.muscles[m].name, "sol_r") == 0) creature.muscles[m].physiology.f_max = 3000.0f;
  sim s;
  open_creature(&s, &creature);
  const rl_symmetry *symmetry;
  assert_refused(rl_env_symmetry(s.def, &symmetry, &error), RL_BAD_ARGUMENT,
                 "sol_r: f_max is 3000 N, of sol_l 4000 N");
  close_sim(&s);

  rl_controller controller = {.transitions = rl_gait_defaults(), .delay = 0.005f, .n_reflexes = 1};
  controller.reflexes[0] = (rl_reflex){.muscle = "ta", .states = RL_IN_ALL, .delay = 0.01f, .constant = 0.1f};
  for (int m = 0; m < creature.n_muscles; m++)
    if (strcmp(creature.muscles[m].name, "sol_r") == 0) creature.muscles[m].physiology.f_max = 4000.0f;
  creature.controller = &controller;
  open_creature(&s, &creature);
  assert_ok(rl_env_symmetry(s.def, &symmetry, &error));
  close_sim(&s);
  strcpy(controller.reflexes[0].muscle, "ta_l");
  open_creature(&s, &creature);
  assert_refused(rl_env_symmetry(s.def, &symmetry, &error), RL_BAD_ARGUMENT,
                 "the controller asks of ta_l what it does not ask of ta_r");
  close_sim(&s);
}

static void maps_that_are_no_mirror_images_are_refused(void **state) {
  (void)state;
  rl_error error;
  const float plus[] = {1.0f, 1.0f, 1.0f}, mixed[] = {1.0f, -1.0f, 1.0f}, odd[] = {1.0f, 0.5f, 1.0f};
  const int far[] = {0, 3, 1}, round_about[] = {1, 2, 0}, swap[] = {1, 0, 2};
  const rl_mirror cases[] = {
      {2, swap, plus}, {3, far, plus}, {3, swap, odd}, {3, round_about, plus}, {3, swap, mixed}};
  static const char *const messages[] = {
      "2 numbers for 3", "number 2 comes from 4, not one of 1 .. 3", "the sign of number 2 is 0.5",
      "number 1 comes from 2, but that from 3", "numbers 1 and 2 have different signs"};
  for (int k = 0; k < 5; k++)
    assert_refused(rl_mirror_check(&cases[k], 3, "action", &error), RL_BAD_ARGUMENT, messages[k]);
}

/* --- mirrored worlds --- */

/* Two worlds, of which the second begins as the image of the first. */
typedef struct worlds {
  sim one, other;
  const rl_symmetry *symmetry;
} worlds;

/* Bends the joints of `creature`, each by another angle; mirrored: each as its counterpart in the other. */
static void bend(rl_creature *creature, rl_rng *rng, const rl_mirror *fields, const rl_env_def *def) {
  float angle[RL_MAX_PARTS];
  rl_initial_state *start = &creature->start;
  start->n_angles = creature->n_bodies - 1;
  for (int j = 0; j < start->n_angles; j++) {
    const rl_joint *joint = &creature->bodies[j + 1].joint;
    const float part = 0.1f + 0.5f * rl_rng_uniform(rng);
    angle[j] = part * (joint->upper > -joint->lower ? joint->upper : joint->lower);
  }
  for (int j = 0; j < start->n_angles; j++) {
    char name[64], other[64] = "";
    snprintf(name, sizeof name, "%s_angle", creature->bodies[j + 1].joint.name);
    int from = j;
    if (fields) {
      snprintf(other, sizeof other, "%s", def->fields[fields->from[rl_env_find_field(def, name)]].name);
      other[strlen(other) - strlen("_angle")] = '\0';
      from = rl_creature_find_joint(creature, other) - 1;
    }
    strcpy(start->angles[j].joint, creature->bodies[j + 1].joint.name);
    start->angles[j].angle = angle[from];
  }
}

static void open_worlds(worlds *w, const char *name, uint64_t seed) {
  rl_error error;
  rl_env_def *def;
  rl_rng rng;
  assert_ok(rl_registry_open(name, NULL, 0, &def, &error));
  rl_creature creature = description_of(name);
  if (strcmp(name, "reflex_human") == 0) creature.controller = &rl_human_reflexes;
  for (int side = 0; side < 2; side++) {
    rl_rng_init(&rng, seed, 7);
    bend(&creature, &rng, side ? &def->symmetry->fields : NULL, def);
    creature.start.vx = 0.5f;
    creature.start.lean = 0.1f;
    open_creature(side ? &w->other : &w->one, &creature);
    set(side ? &w->other : &w->one, "reset_noise", 0.0, NULL);
  }
  rl_env_def_free(def);
  w->symmetry = w->one.def->symmetry;
}

static void both(worlds *w, const char *option, double value) {
  set(&w->one, option, value, NULL);
  set(&w->other, option, value, NULL);
}

static void close_worlds(worlds *w) {
  close_sim(&w->one);
  close_sim(&w->other);
}

/* Greatest difference of a field, or of an observation, from the image of its counterpart. */
static double deviation(const worlds *w) {
  const rl_mirror *fields = &w->symmetry->fields, *observation = &w->symmetry->observation;
  float image[MOST];
  double greatest = 0.0;
  rl_mirror_apply(fields, w->one.fields, 1, image);
  for (int i = 0; i < fields->n; i++)
    greatest = fmax(greatest, fabs((double)image[i] - (double)w->other.fields[i]));
  rl_mirror_apply(observation, w->one.observation, 1, image);
  for (int i = 0; i < observation->n; i++)
    greatest = fmax(greatest, fabs((double)image[i] - (double)w->other.observation[i]));
  return greatest;
}

/* Of the observation, whose numbers are of size 1: root of the mean square. */
static double apart(const worlds *w) {
  const rl_mirror *observation = &w->symmetry->observation;
  float image[MOST];
  double squares = 0.0;
  rl_mirror_apply(observation, w->one.observation, 1, image);
  for (int i = 0; i < observation->n; i++)
    squares += ((double)image[i] - (double)w->other.observation[i]) *
               ((double)image[i] - (double)w->other.observation[i]);
  return sqrt(squares / observation->n);
}

static void step_worlds(worlds *w, rl_rng *rng) {
  float action[MOST], image[MOST];
  const rl_space *space = &w->one.def->action;
  rl_space_sample(space, rl_env_mask(w->one.def, w->one.observation), rng, action);
  rl_mirror_actions(&w->symmetry->action, space, action, 1, image);
  w->one.def->step(w->one.copy, action, &w->one.io);
  w->other.def->step(w->other.copy, image, &w->other.io);
}

/* After `steps` of random actions, the median over starts. */
static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_apart(const char *name, int substeps, int iterations, int steps) {
  enum { STARTS = 21 };
  double all[STARTS];
  for (uint64_t seed = 1; seed <= STARTS; seed++) {
    worlds w;
    rl_rng rng;
    open_worlds(&w, name, seed);
    if (substeps) both(&w, "substeps", substeps);
    if (iterations) both(&w, "velocity_iterations", iterations);
    if (iterations) both(&w, "position_iterations", iterations);
    start(&w.one, seed);
    start(&w.other, seed);
    rl_rng_init(&rng, seed, 9);
    for (int i = 0; i < steps; i++) step_worlds(&w, &rng);
    all[seed - 1] = apart(&w);
    close_worlds(&w);
  }
  qsort(all, STARTS, sizeof *all, compare);
  return all[STARTS / 2];
}

static void a_mirrored_start_shows_the_image_field_by_field(void **state) {
  static const char *const names[] = {"biped", "quadruped", "human", "reflex_human"};
  (void)state;
  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      worlds w;
      open_worlds(&w, names[k], seed);
      start(&w.one, seed);
      start(&w.other, seed);
      assert_near(deviation(&w), 0.0, 1e-5);
      double moved = 0.0; /* an image that is no other would prove nothing */
      for (int i = 0; i < w.one.def->n_fields; i++)
        moved = fmax(moved, fabs((double)w.one.fields[i] - (double)w.other.fields[i]));
      assert_true(moved > 0.02);
      close_worlds(&w);
    }
}

/* Box2D solves its joints and contacts one after the other: the same step in another order comes out a little different.
 * What remains of that shrinks with shorter steps and more iterations, so the images are right. */
static void mirrored_worlds_stay_images_the_better_the_finer_they_are_solved(void **state) {
  static const char *const names[] = {"biped", "quadruped", "human", "reflex_human"};
  (void)state;
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    const double plain = median_apart(names[k], 0, 0, 1), finer = median_apart(names[k], 20, 0, 1),
                 finest = median_apart(names[k], 20, 100, 1);
    print_message(
        "%s: deviation after a step %.3g at its settings, %.3g at 20 substeps, %.3g with 100 iterations; "
        "after 10 steps %.3g and %.3g\n",
        names[k], plain, finer, finest, median_apart(names[k], 0, 0, 10),
        median_apart(names[k], 20, 100, 10));
    /* what single precision leaves is 1e-5 */
    assert_true(finest < 0.2 * plain || plain < 1e-4);
    assert_true(finest < 1e-3);
  }
}

static void cartpole_and_pendulum_have_exact_images(void **state) {
  static const char *const names[] = {"cartpole", "pendulum"};
  (void)state;
  for (int k = 0; k < 2; k++) {
    worlds w = {.symmetry = NULL};
    open_named(&w.one, names[k]);
    open_named(&w.other, names[k]);
    w.symmetry = w.one.def->symmetry;
    start(&w.one, 3);
    start(&w.other, 3);
    double numbers[16]; /* the state of the image, by what is saved: signs of the observation's order */
    w.one.def->save(w.one.copy, numbers);
    const int turned = k == 0 ? 4 : 2;
    for (int i = 0; i < turned; i++) numbers[i] = -numbers[i];
    w.other.def->load(w.other.copy, w.other.options, &w.other.rng, numbers, &w.other.io);
    rl_rng rng;
    rl_rng_init(&rng, 5, 1);
    for (int i = 0; i < 50; i++) {
      assert_near(deviation(&w), 0.0, 1e-6);
      step_worlds(&w, &rng);
      assert_true(w.one.io.terminated == w.other.io.terminated);
      assert_near(w.one.io.reward, w.other.io.reward, 1e-6);
      if (w.one.io.terminated) break;
    }
    close_worlds(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_clock_is_sensed),
      cmocka_unit_test(maps_follow_the_names_of_both_sides),
      cmocka_unit_test(creatures_that_are_not_symmetric_say_what_differs),
      cmocka_unit_test(structure_decides_where_names_say_nothing),
      cmocka_unit_test(muscles_and_controllers_must_be_alike),
      cmocka_unit_test(maps_that_are_no_mirror_images_are_refused),
      cmocka_unit_test(a_mirrored_start_shows_the_image_field_by_field),
      cmocka_unit_test(mirrored_worlds_stay_images_the_better_the_finer_they_are_solved),
      cmocka_unit_test(cartpole_and_pendulum_have_exact_images),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
